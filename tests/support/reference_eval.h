/* reference_eval.h: a formula by walking its tree, one number at a time: what every faster evaluator must equal to the bit. */
#ifndef E2L_TESTS_SUPPORT_REFERENCE_EVAL_H
#define E2L_TESTS_SUPPORT_REFERENCE_EVAL_H

#include "cgp/expr.h"
#include "cgp/real.h"

/* Compiled for both precisions; those of single precision have names of their own. */
#ifdef E2L_SINGLE
#define reference_eval reference_eval_single
#define reference_apply reference_apply_single
#define reference_flushed reference_flushed_single
#endif

/* names[k]: value of the expression's name k. Subnormals must be flushed by the caller (e2l_flush_begin). */
e2l_real reference_eval(const e2l_expr *expr, const e2l_real *names);
/* One operation; NaN for a primitive this file does not know. */
e2l_real reference_apply(const char *primitive, e2l_real a, e2l_real b, e2l_real c);
/* A subnormal as zero, which a move alone would not make of it. */
e2l_real reference_flushed(e2l_real a);

#ifndef E2L_SINGLE
float reference_apply_single(const char *primitive, float a, float b, float c);
#endif

#endif
