/* recover_remarks.c: in words, what the recordings can tell at all, and what linear least squares finds in them. */
#include "tasks/recover_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TIES = 6, MAX_SHOWN = 12, MAX_PARTS = 4 };
static const double near_nothing = 0.01;  /* of the largest coefficient: a term least squares does not need */
static const double found_within = 0.01;  /* relative: a coefficient that is recovered */
static const double poor_condition = 1e6;
static const double visible_part = 1e-6;

/* "0.3*x", "x", "0.15". */
static void put_term(e2l_text *out, double size, const char *term)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%.5g", size);
    bool is_one = strcmp(number, "1") == 0;
    if (strcmp(term, "1") == 0) {
        e2l_text_append(out, number);
    } else {
        e2l_text_appendf(out, "%s%s%s", is_one ? "" : number, is_one ? "" : "*", term);
    }
}

static void put_terms(e2l_text *out, const double *coefficient, size_t n_terms, double least, size_t most)
{
    size_t n = 0;
    for (size_t k = 0; k < n_terms; k++) {
        char text[E2L_RECOVER_TERM_BYTES];
        if (!(fabs(coefficient[k]) > least)) {
            continue;
        }
        if (n++ < most) {
            e2l_recover_term_text(k, text);
            e2l_text_append(out, coefficient[k] < 0 ? (n > 1 ? " - " : "-") : n > 1 ? " + " : "");
            put_term(out, fabs(coefficient[k]), text);
        }
    }
    if (n > most) {
        e2l_text_appendf(out, " and %zu more", n - most);
    }
    e2l_text_append(out, n == 0 ? "0" : "");
}

/* Terms that are others on these data: what no rule fitted to them can decide. */
static void put_ties(e2l_text *out, const e2l_recover_fit *fit)
{
    size_t n = 0;
    for (size_t k = 0; k < fit->n_terms; k++) {
        char text[E2L_RECOVER_TERM_BYTES];
        if (!fit->is_left_out[k] || n++ >= MAX_TIES) {
            continue;
        }
        e2l_recover_term_text(k, text);
        e2l_text_appendf(out, "  on these data %s = ", text);
        put_terms(out, fit->same[k], fit->n_terms, visible_part, MAX_PARTS);
        e2l_text_append(out, "\n");
    }
    if (n > MAX_TIES) {
        e2l_text_appendf(out, "  and %zu more\n", n - MAX_TIES);
    }
}

static void put_identifiability(e2l_text *out, const e2l_recover_fit *fit)
{
    if (fit->rank == fit->n_terms) {
        e2l_text_appendf(out, "identifiable: the data tell all %zu terms x^a y^b w^c%s (exponents 0 to 2) apart; condition %.2g%s\n",
                         fit->n_terms, fit->n_terms > E2L_RECOVER_TAYLOR ? " and x^a y^b w^c r" : "", fit->condition,
                         fit->condition > poor_condition ? ", poor: little noise hides some of them" : "");
    } else {
        e2l_text_appendf(out, "not identifiable: of %zu terms x^a y^b w^c%s (exponents 0 to 2) the data tell %zu apart; condition of "
                         "these %.2g\n", fit->n_terms, fit->n_terms > E2L_RECOVER_TAYLOR ? " and x^a y^b w^c r" : "",
                         fit->rank, fit->condition);
        put_ties(out, fit);
    }
    if (fit->n_terms == E2L_RECOVER_TAYLOR) {
        e2l_text_append(out, "the reward never varies: nothing in these data speaks for or against a term with r\n");
    }
}

static double largest(const double *values, size_t n)
{
    double most = 0;
    for (size_t k = 0; k < n; k++) {
        most = fmax(most, fabs(values[k]));
    }
    return most;
}

/* Each of the teacher's coefficients within 1 %, the others below 1 % of the largest. */
static bool has_found(const e2l_recover_fit *fit, const double *teacher)
{
    const double most = largest(teacher, E2L_RECOVER_TERMS);
    for (size_t k = 0; k < E2L_RECOVER_TERMS; k++) {
        double allowed = teacher[k] != 0 ? found_within * fabs(teacher[k]) : near_nothing * most;
        if (!(fabs(fit->coefficient[k] - teacher[k]) <= allowed)) {
            return false;
        }
    }
    return true;
}

static e2l_status put_fit(e2l_ctx *ctx, const e2l_family *family, const e2l_recover_fit *fit, e2l_text *out)
{
    e2l_text_appendf(out, "least squares on these %zu terms: ", fit->n_terms);
    put_terms(out, fit->coefficient, fit->n_terms, near_nothing * largest(fit->coefficient, fit->n_terms), MAX_SHOWN);
    e2l_text_appendf(out, "\n  square error over square change: %.2g on %zu changes fitted, ", fit->error_fit, fit->n_fit);
    if (isfinite(fit->error_held)) {
        e2l_text_appendf(out, "%.2g on %zu held out", fit->error_held, fit->n_held);
    } else {
        e2l_text_append(out, "none held out");
    }
    double teacher[E2L_RECOVER_TERMS];
    bool is_in_basis = false;
    e2l_status status = E2L_OK;
    if (family->teacher) {
        status = e2l_recover_coefficients(ctx, family->teacher, teacher, &is_in_basis);
    }
    if (is_in_basis) {
        e2l_text_append(out, has_found(fit, teacher) ? "; finds the teacher within 1 %" : "; misses the teacher by more than 1 %");
    }
    e2l_text_append(out, "\n");
    return status;
}

/* Same terms as the teacher? Then the largest relative error of its coefficients, else NaN. */
static double coefficient_error(const double *found, const double *teacher)
{
    double worst = 0;
    for (size_t k = 0; k < E2L_RECOVER_TERMS; k++) {
        if ((found[k] != 0) != (teacher[k] != 0)) {
            return (double)NAN;
        }
        worst = teacher[k] != 0 ? fmax(worst, fabs(found[k] / teacher[k] - 1)) : worst;
    }
    return worst;
}

/* What the best linear method finds: only where noise makes single steps useless. */
static e2l_status put_weak(e2l_ctx *ctx, const e2l_family *family, size_t n_cases, e2l_text *out)
{
    e2l_recover_weak_fit fit;
    double teacher[E2L_RECOVER_TERMS];
    bool is_in_basis = false;
    e2l_status status = e2l_recover_weak(ctx, &fit, &family, &n_cases, 1);
    if (status != E2L_OK || fit.n_rounds == 0) {
        return status;
    }
    e2l_text_append(out, "least squares on whole trajectories, terms dropped by BIC: ");
    put_terms(out, fit.coefficient, fit.n_terms, 0, MAX_SHOWN);
    e2l_text_appendf(out, "\n  square error of its trajectories over square change: %.2g on %zu weights", fit.error, fit.n_rows);
    if (family->teacher) {
        status = e2l_recover_coefficients(ctx, family->teacher, teacher, &is_in_basis);
    }
    if (is_in_basis) {
        const double worst = coefficient_error(fit.coefficient, teacher);
        e2l_text_append(out, isnan(worst) ? "; not the teacher's terms" : "");
        if (!isnan(worst)) {
            e2l_text_appendf(out, "; the teacher's terms, coefficients within %.2g %%", 100 * worst);
        }
    }
    e2l_text_append(out, "\n");
    return status;
}

static e2l_status put_all(e2l_ctx *ctx, const e2l_family *family, const e2l_recover_fit *fit, e2l_text *out)
{
    if (family->options.observe == RECOVER_ACTIVITY) {
        e2l_text_append(out, "only activity is compared: a rule shows as far as it changes y; what follows uses the weights all the same\n");
    }
    if (fit->rank == 0) {
        e2l_text_append(out, "no weight was recorded both before and after one step: whether the rule is identifiable cannot be told "
                        "by least squares\n");
        return E2L_OK;
    }
    if (!isfinite(fit->error_fit)) {
        e2l_text_append(out, "the weights do not change where a fit could see it: nothing is to be learned there\n");
        return E2L_OK;
    }
    put_identifiability(out, fit);
    return put_fit(ctx, family, fit, out);
}

e2l_status recover_remarks(e2l_ctx *ctx, const e2l_family *family, size_t n_cases, e2l_text *out)
{
    e2l_recover_fit *fit = e2l_alloc(ctx, 1, sizeof *fit); /* 25 kB */
    if (!fit) {
        return E2L_NOMEM;
    }
    e2l_status status = e2l_recover_taylor(ctx, fit, family, n_cases);
    status = status == E2L_OK ? put_all(ctx, family, fit, out) : status;
    const bool is_noisy = family->has_file || family->options.noise > 0;
    if (status == E2L_OK && is_noisy && family->options.observe != RECOVER_ACTIVITY) {
        status = put_weak(ctx, family, n_cases, out);
    }
    e2l_free(ctx, fit);
    return status == E2L_OK ? e2l_text_status(out) : status;
}
