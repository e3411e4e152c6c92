/* reference_eval.h: a formula by walking its tree, one number at a time: what every faster evaluator must equal to the bit. */
#ifndef E2L_TESTS_SUPPORT_REFERENCE_EVAL_H
#define E2L_TESTS_SUPPORT_REFERENCE_EVAL_H

#include "cgp/expr.h"

/* names[k]: value of the expression's name k. Subnormals must be flushed by the caller (e2l_flush_begin). */
double reference_eval(const e2l_expr *expr, const double *names);
/* One operation; NaN for a primitive this file does not know. */
double reference_apply(const char *primitive, double a, double b, double c);
/* A subnormal as zero, which a move alone would not make of it. */
double reference_flushed(double a);

#endif
