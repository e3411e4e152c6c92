/* recover.h: what tests, benchmarks and reports ask of the task `recover` beyond its record: is a rule the hidden one, and what would
   least squares on a fixed basis have found in the same recordings? */
#ifndef E2L_TASKS_RECOVER_H
#define E2L_TASKS_RECOVER_H

#include "cgp/expr.h"
#include "tasks/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether `rule` is `teacher`, constants within `tolerance` (relative, 0.01 = 1 %). Polynomials are compared term by term after
   expansion, whatever the factors they are written in: the same products, each coefficient within tolerance; terms below
   1e-9 of the largest are rounding. Everything else is compared node by node in canonical form. Gives *out. E2L_NOMEM. */
E2L_MUST_CHECK e2l_status e2l_recover_matches(e2l_ctx *ctx, const e2l_expr *rule, const e2l_expr *teacher,
                                              double tolerance, bool *out);

/* Whether both are sums of the same products of x, y, w, r, whatever the coefficients, and by how much these differ: *worst is the
   largest difference of a coefficient relative to the teacher's (NaN when not the same form). What is no polynomial has the same form
   when the canonical trees differ in constants alone; *worst is NaN then. E2L_NOMEM. */
E2L_MUST_CHECK e2l_status e2l_recover_form(e2l_ctx *ctx, const e2l_expr *rule, const e2l_expr *teacher, bool *is_same,
                                           double *worst);

/* The basis x^a y^b w^c, each exponent 0 to 2, without r and times r: term k = (((r * 3 + a) * 3 + b) * 3 + c). */
enum { E2L_RECOVER_TAYLOR = 27, E2L_RECOVER_TERMS = 2 * E2L_RECOVER_TAYLOR, E2L_RECOVER_TERM_BYTES = 32 };
/* "x^2*y*w*r"; "1" for term 0. */
void e2l_recover_term_text(size_t term, char out[E2L_RECOVER_TERM_BYTES]);

/* Coefficients of a polynomial rule in that basis; false when it is none or has other terms. */
E2L_MUST_CHECK e2l_status e2l_recover_coefficients(e2l_ctx *ctx, const e2l_expr *rule, double out[E2L_RECOVER_TERMS],
                                                   bool *is_in_basis);

/* Least squares of the weight changes over one step, (w(t+1) - w(t)) / eta, on the basis: even cases fit, odd ones are held out (one
   case: its first and second half). Terms that the data cannot tell from earlier ones (lower degree first) are left out. */
typedef struct e2l_recover_fit {
    size_t n_terms;    /* 27, or 54 when the reward varies */
    size_t n_fit, n_held; /* weight changes used */
    size_t rank;       /* independent terms among n_terms; 0: nothing to fit */
    double condition;  /* of the independent ones, columns scaled to length 1; NaN without any */
    double coefficient[E2L_RECOVER_TERMS];  /* 0 for terms left out */
    bool is_left_out[E2L_RECOVER_TERMS];
    double same[E2L_RECOVER_TERMS][E2L_RECOVER_TERMS]; /* term left out = sum of same[term][k] * term k on these data */
    double error_fit, error_held; /* mean square error over mean square change; NaN without data */
} e2l_recover_fit;

/* `family` is an open family of the task, `n_cases` at most what it has. Draws them. E2L_NOMEM, E2L_INPUT of draw. */
E2L_MUST_CHECK e2l_status e2l_recover_taylor(e2l_ctx *ctx, e2l_recover_fit *out, const e2l_family *family, size_t n_cases);

/* Least squares on whole trajectories, for noisy records: w(t) - w(0) on the basis summed over the steps before t, terms dropped by the
   Bayesian information criterion, the basis taken along smoothed weights first and then along the fitted rule's own. */
typedef struct e2l_recover_weak_fit {
    size_t n_terms, n_rows;                /* 27, or 54 when the reward varies; recorded weights fitted */
    size_t n_rounds;                       /* 0: nothing to fit */
    double coefficient[E2L_RECOVER_TERMS]; /* 0 for terms dropped */
    double error; /* square error of the fitted rule's trajectories over that of weights that stay */
} e2l_recover_weak_fit;

/* On the first n_cases[s] cases of open families of the task with the same options. Draws them. E2L_NOMEM, E2L_INPUT of draw. */
E2L_MUST_CHECK e2l_status e2l_recover_weak(e2l_ctx *ctx, e2l_recover_weak_fit *out, const e2l_family *const *families,
                                           const size_t *n_cases, size_t n_families);

#ifdef __cplusplus
}
#endif
#endif
