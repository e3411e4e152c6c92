/* vectors.h: inputs and expected outputs by which a ported formula is checked.

   Rows: zeros and signs, both sides of every comparison and protected operation, +-1e3, infinities, NaN, and ordinary
   numbers; chosen so that a wrong last bit of a constant or swapped arguments of an operation show. Expected values are
   those of e2l's evaluator. Rows whose intermediate results are subnormal (e2l flushes them, C does not) or where a
   few ulps of a libm function decide the result are not used. */
#ifndef E2L_RESULTS_VECTORS_H
#define E2L_RESULTS_VECTORS_H

#include "results/rule.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum e2l_tolerance {
    E2L_TOLERANCE_EXACT, /* only + - * / sqrt, comparisons, selections: the same bits */
    E2L_TOLERANCE_ULP4   /* 4 ulp for every call of a libm function, carried on to the result */
} e2l_tolerance;

const char *e2l_tolerance_name(e2l_tolerance tolerance); /* "exact", "ulp4" */

enum { E2L_VECTORS_ROWS = 32 }; /* usual number; more when the formula has more to show */

/* Row r: input k is in[r * n_inputs + k], in the order of the slot's inputs. */
typedef struct e2l_vectors {
    e2l_tolerance kind;
    size_t n_rows, n_inputs;
    double *in;       /* [n_rows][n_inputs] */
    double *expected; /* [n_rows] */
    double *allowed;  /* [n_rows], absolute; 0: the same bits, where any NaN is a NaN */
} e2l_vectors;

E2L_MUST_CHECK e2l_status e2l_vectors_make(e2l_ctx *ctx, e2l_vectors *out, const e2l_rule_slot *slot);
void e2l_vectors_clear(e2l_ctx *ctx, e2l_vectors *vectors);
/* Whether `value` is right for row r. */
bool e2l_vectors_accept(const e2l_vectors *vectors, size_t r, double value);

#ifdef __cplusplus
}
#endif
#endif
