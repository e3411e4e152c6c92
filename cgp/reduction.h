/* reduction.h: what a formula becomes when one thing is taken out of it: the candidates of a simplification that asks the data.

   One edit puts something smaller in the place of one subexpression: one of its arguments (a term of a sum, a factor of a product, a
   branch goes), the negated second argument of a difference, 0, 1 or -1; or it rounds a constant to 1, 2 or 3 significant digits. A shared
   subexpression is edited everywhere at once: at one of its uses alone, nothing would get smaller. Nothing here says that the formula means the same: that is
   measured (mpi/simplify.h). */
#ifndef E2L_CGP_REDUCTION_H
#define E2L_CGP_REDUCTION_H

#include "cgp/expr.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Edits looked at in one formula, from the root down. */
enum { E2L_MAX_REDUCTIONS = 2048 };

typedef struct e2l_edit {
    uint32_t node; /* what is replaced, wherever it is used */
    uint32_t by;   /* this argument of the node; E2L_NO_NODE: `value` */
    bool negated;  /* ... with a minus */
    double value;
} e2l_edit;

typedef struct e2l_reduction {
    e2l_edit edit;
    size_t complexity; /* of the canonical form */
    size_t digits;     /* significant decimal digits of its constants */
    e2l_key key;       /* of the canonical form */
} e2l_reduction;

/* All distinct results whose canonical form is less complex than `expr` as it stands, or as complex with fewer digits. Least complex first, then
   fewest digits, then as they were found. Gives *out, an array of *n; NULL when there are none. */
E2L_MUST_CHECK e2l_status e2l_reductions_list(e2l_ctx *ctx, e2l_reduction **out, size_t *n, const e2l_expr *expr);
/* The canonical form of `expr` after the edit. Gives *out. */
E2L_MUST_CHECK e2l_status e2l_reduction_apply(e2l_ctx *ctx, e2l_expr **out, const e2l_expr *expr, const e2l_edit *edit);
/* Texts of what is replaced and what comes in its place, appended. */
E2L_MUST_CHECK e2l_status e2l_reduction_describe(e2l_ctx *ctx, const e2l_expr *expr, const e2l_edit *edit, e2l_text *removed,
                                                 e2l_text *put);
/* Significant decimal digits of all constants (shortest decimals that give the same number). */
size_t e2l_expr_digits(const e2l_expr *expr);

#ifdef __cplusplus
}
#endif
#endif
