/* recover_taylor.c: what linear least squares makes of the recordings: which terms of a fixed basis the data can tell apart, and the
   coefficients it finds (the basis of Mehta et al., NeurIPS 2024: all x^a y^b w^c up to power 2, here also times r).

   The columns of the design matrix, scaled to length 1, are made orthogonal one after the other, low degrees first (modified Gram and
   Schmidt, each twice: Giraud, Langou, Rozloznik and van den Eshof, Numer. Math. 101:87, 2005). A column of which nothing is left is a
   combination of earlier ones on these data: no rule can be told from another that differs by it. A = QR gives the
   coefficients of the others; the singular values of R (GSL) are those of A. */
#include "tasks/recover_impl.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_TERMS = E2L_RECOVER_TERMS, MAX_ROWS = 4000, POWERS = 3 };
static const double nothing_left = 1e-8; /* of a column of length 1 */

/* One weight change and what the synapse saw. */
typedef struct sample {
    double x, y, w, r, change;
} sample;

typedef struct samples {
    e2l_ctx *ctx;
    sample *at; /* owned */
    size_t n, room;
} samples;

/* The orthogonal columns and the triangle. */
typedef struct fitter {
    size_t n_rows, n_columns;
    double *q;             /* [column][n_rows], one more as scratch */
    size_t term[N_TERMS];  /* of column k */
    double length[N_TERMS];
    double r[N_TERMS][N_TERMS]; /* r[k][j], k <= j: column j = sum over k of r[k][j] q_k */
} fitter;

static void powers_of(size_t term, size_t power[4])
{
    power[2] = term % POWERS;
    power[1] = term / POWERS % POWERS;
    power[0] = term / (POWERS * POWERS) % POWERS;
    power[3] = term / (POWERS * POWERS * POWERS);
}

static double term_at(size_t term, const sample *s)
{
    const double base[4] = {s->x, s->y, s->w, s->r};
    size_t power[4];
    double value = 1;
    powers_of(term, power);
    for (size_t k = 0; k < 4; k++) {
        for (size_t i = 0; i < power[k]; i++) {
            value *= base[k];
        }
    }
    return value;
}

void e2l_recover_term_text(size_t term, char out[E2L_RECOVER_TERM_BYTES])
{
    static const char names[4] = {'x', 'y', 'w', 'r'};
    size_t power[4];
    size_t at = 0;
    powers_of(term, power);
    for (size_t k = 0; k < 4; k++) {
        if (power[k] > 0) {
            int n = snprintf(out + at, E2L_RECOVER_TERM_BYTES - at, "%s%c%s", at > 0 ? "*" : "", names[k],
                             power[k] > 1 ? "^2" : "");
            at += n > 0 ? (size_t)n : 0;
        }
    }
    if (at == 0) {
        (void)snprintf(out, E2L_RECOVER_TERM_BYTES, "1");
    }
}

/* ---- samples ------------------------------------------------------------------------------------- */

static bool push(samples *list, sample one)
{
    if (list->n == list->room) {
        const size_t room = list->room > 0 ? 2 * list->room : 1024;
        sample *grown = e2l_realloc(list->ctx, list->at, room, sizeof *grown);
        if (!grown) {
            return false;
        }
        list->at = grown;
        list->room = room;
    }
    list->at[list->n++] = one;
    return true;
}

/* The activity at step t: recorded where that is what drives the student, else from the weights; NaN when unknown. */
static double activity(const recover_recording *record, size_t t, bool takes_y)
{
    if (takes_y && record->y_seen[t] > 0) {
        return record->y[t];
    }
    for (size_t i = 0; i < record->n; i++) {
        if (!(record->w_seen[t * record->n + i] > 0)) {
            return (double)NAN;
        }
    }
    return recover_dot(record->w + t * record->n, record->x + t * record->n, record->n);
}

static e2l_status collect(samples *list, const recover_recording *record, const recover_options *options, size_t first,
                          size_t end)
{
    const size_t n = record->n;
    for (size_t t = first; t < end; t++) {
        const double y = activity(record, t, options->observe == RECOVER_BOTH);
        for (size_t i = 0; i < n && !isnan(y); i++) {
            const size_t now = t * n + i, next = now + n;
            const bool is_seen = record->w_seen[now] > 0 && record->w_seen[next] > 0;
            const sample one = {.x = record->x[now],
                                .y = y,
                                .w = record->w[now],
                                .r = record->reward[t],
                                .change = (record->w[next] - record->w[now]) / options->rate};
            if (is_seen && !push(list, one)) {
                return E2L_NOMEM;
            }
        }
    }
    return E2L_OK;
}

static e2l_status collect_all(e2l_ctx *ctx, const e2l_family *family, size_t n_cases, samples *fit, samples *held)
{
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < n_cases && status == E2L_OK; k++) {
        const recover_recording *record = NULL;
        status = recover_case(ctx, &record, family, k);
        if (status == E2L_OK && n_cases == 1) {
            status = collect(fit, record, &family->options, 0, record->n_steps / 2);
            status = status == E2L_OK ? collect(held, record, &family->options, record->n_steps / 2, record->n_steps) : status;
        } else if (status == E2L_OK) {
            status = collect(k % 2 == 0 ? fit : held, record, &family->options, 0, record->n_steps);
        }
    }
    return status;
}

static bool reward_varies(const samples *list)
{
    for (size_t k = 1; k < list->n; k++) {
        if (list->at[k].r != list->at[0].r) {
            return true;
        }
    }
    return false;
}

/* ---- the decomposition --------------------------------------------------------------------------- */

static double inner(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        sum += a[k] * b[k];
    }
    return sum;
}

/* Takes the parts along the columns there are out of v and adds them to along[]. */
static void project(const fitter *f, double *v, double *along)
{
    for (size_t k = 0; k < f->n_columns; k++) {
        const double *q = f->q + k * f->n_rows;
        const double part = inner(q, v, f->n_rows);
        along[k] += part;
        for (size_t i = 0; i < f->n_rows; i++) {
            v[i] -= part * q[i];
        }
    }
}

/* R c = b, in place. */
static void solve(const fitter *f, double *b)
{
    for (size_t k = f->n_columns; k-- > 0;) {
        for (size_t j = k + 1; j < f->n_columns; j++) {
            b[k] -= f->r[k][j] * b[j];
        }
        b[k] /= f->r[k][k];
    }
}

/* The term is `along` of the columns there are, and `length` long. */
static void leave_out(const fitter *f, size_t term, double *along, double length, e2l_recover_fit *out)
{
    solve(f, along);
    out->is_left_out[term] = true;
    for (size_t k = 0; k < f->n_columns; k++) {
        out->same[term][f->term[k]] = along[k] * length / f->length[k];
    }
}

static void add_term(fitter *f, const samples *data, size_t stride, size_t term, e2l_recover_fit *out)
{
    double *v = f->q + f->n_columns * f->n_rows;
    double along[N_TERMS] = {0};
    for (size_t i = 0; i < f->n_rows; i++) {
        v[i] = term_at(term, &data->at[i * stride]);
    }
    const double length = sqrt(inner(v, v, f->n_rows));
    for (size_t i = 0; i < f->n_rows && length > 0; i++) {
        v[i] /= length;
    }
    project(f, v, along);
    project(f, v, along);
    const double left = sqrt(inner(v, v, f->n_rows));
    if (!(left > nothing_left) || !isfinite(length) || f->n_columns == f->n_rows) {
        leave_out(f, term, along, length, out);
        return;
    }
    for (size_t i = 0; i < f->n_rows; i++) {
        v[i] /= left;
    }
    const size_t j = f->n_columns++;
    for (size_t k = 0; k < j; k++) {
        f->r[k][j] = along[k];
    }
    f->r[j][j] = left;
    f->term[j] = term;
    f->length[j] = length;
}

static size_t degree(size_t term)
{
    size_t power[4];
    powers_of(term, power);
    return power[0] + power[1] + power[2] + power[3];
}

/* Largest over smallest singular value of R. */
static double condition_of(const fitter *f)
{
    enum { SPACE = N_TERMS * N_TERMS };
    double a[SPACE], v[SPACE], s[N_TERMS], work[N_TERMS];
    const size_t n = f->n_columns;
    for (size_t k = 0; k < n * n; k++) {
        a[k] = f->r[k / n][k % n];
    }
    gsl_matrix_view ma = gsl_matrix_view_array(a, n, n), mv = gsl_matrix_view_array(v, n, n);
    gsl_vector_view vs = gsl_vector_view_array(s, n), vw = gsl_vector_view_array(work, n);
    if (gsl_linalg_SV_decomp(&ma.matrix, &mv.matrix, &vs.vector, &vw.vector) != 0) {
        return (double)NAN;
    }
    return s[n - 1] > 0 ? s[0] / s[n - 1] : (double)HUGE_VAL;
}

static void find_coefficients(fitter *f, const samples *data, size_t stride, e2l_recover_fit *out)
{
    double *v = f->q + f->n_columns * f->n_rows;
    double along[N_TERMS] = {0};
    for (size_t i = 0; i < f->n_rows; i++) {
        v[i] = data->at[i * stride].change;
    }
    project(f, v, along);
    project(f, v, along);
    solve(f, along);
    for (size_t k = 0; k < f->n_columns; k++) {
        out->coefficient[f->term[k]] = along[k] / f->length[k];
    }
}

/* Mean square error over mean square change. */
static double error_on(const e2l_recover_fit *fit, const samples *data)
{
    double error = 0, still = 0;
    for (size_t i = 0; i < data->n; i++) {
        double value = 0;
        for (size_t k = 0; k < fit->n_terms; k++) {
            value += fit->coefficient[k] != 0 ? fit->coefficient[k] * term_at(k, &data->at[i]) : 0;
        }
        error += (value - data->at[i].change) * (value - data->at[i].change);
        still += data->at[i].change * data->at[i].change;
    }
    return still > 0 && isfinite(error) ? error / still : (double)NAN;
}

static e2l_status fit_samples(e2l_ctx *ctx, e2l_recover_fit *out, const samples *fit, const samples *held)
{
    const size_t stride = (fit->n + MAX_ROWS - 1) / MAX_ROWS;
    fitter *f = e2l_alloc(ctx, 1, sizeof *f);
    if (!f) {
        return E2L_NOMEM;
    }
    f->n_rows = (fit->n + stride - 1) / stride;
    f->q = e2l_alloc(ctx, (N_TERMS + 1) * f->n_rows, sizeof(double));
    if (!f->q) {
        e2l_free(ctx, f);
        return E2L_NOMEM;
    }
    const size_t most = degree(N_TERMS - 1);
    for (size_t d = 0; d <= most; d++) {
        for (size_t term = 0; term < out->n_terms; term++) {
            if (degree(term) == d) {
                add_term(f, fit, stride, term, out);
            }
        }
    }
    out->rank = f->n_columns;
    if (out->rank > 0) {
        out->condition = condition_of(f);
        find_coefficients(f, fit, stride, out);
    }
    out->error_fit = error_on(out, fit);
    out->error_held = error_on(out, held);
    e2l_free(ctx, f->q);
    e2l_free(ctx, f);
    return E2L_OK;
}

e2l_status e2l_recover_taylor(e2l_ctx *ctx, e2l_recover_fit *out, const e2l_family *family, size_t n_cases)
{
    samples fit = {.ctx = ctx}, held = {.ctx = ctx};
    memset(out, 0, sizeof *out);
    out->condition = out->error_fit = out->error_held = (double)NAN;
    e2l_status status = collect_all(ctx, family, n_cases, &fit, &held);
    out->n_fit = fit.n;
    out->n_held = held.n;
    out->n_terms = reward_varies(&fit) ? N_TERMS : E2L_RECOVER_TAYLOR;
    if (status == E2L_OK && fit.n > 0) {
        status = fit_samples(ctx, out, &fit, &held);
    }
    e2l_free(ctx, fit.at);
    e2l_free(ctx, held.at);
    return status;
}
