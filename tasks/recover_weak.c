/* recover_weak.c: least squares on whole trajectories: what a linear method makes of noisy recordings when it is given every help.

   One-step changes w(t+1) - w(t) drown in observation noise, which enters each of them twice. Summed up, the rule says

       w(t) = w(0) + rate * sum over s < t of sum_k c_k phi_k(x(s), y(s), w(s), r(s)) + noise(t),

   linear in c, with the noise once and the change of the whole record (the weak form of Messenger and Bortz, Multiscale Model. Simul.
   19:1474, 2021, with steps as test functions). Recordings count by the inverse mean square of their
   weights, the unit of the noise. Two helps besides:
   - Terms are dropped one after the other, the one that explains least first; of the models with at most twelve terms the one stays
     whose own trajectories have the smallest Bayesian information criterion (Schwarz, Ann. Stat. 6:461, 1978).
   - Noise in w also stands in phi, which biases c. So phi is first taken along smoothed weights (local lines, bandwidth by leaving
     one out), then along the trajectory the fitted rule itself makes, which has no noise, and again (refined instrumental
     variables: Young and Jakeman, Int. J. Control 29:1, 1979). Of all rounds the one with the best trajectory counts. */
#include <math.h>
#include <string.h>

#include "tasks/recover_impl.h"

enum { N_TERMS = E2L_RECOVER_TERMS, MAX_ROUNDS = 20, MAX_ROWS = 40000, N_WIDTHS = 7, MOST_USED = 12 };
static const double dependent = 1e-10; /* share of a column's square that must be left beside earlier ones */
static const double settled = 1e-10;   /* relative change of coefficients */

/* One recording, with the weights phi is taken along. */
typedef struct track {
    const recover_recording *record; /* borrowed */
    size_t n_steps;                  /* before the teacher diverged */
    double *path;                    /* [(n_steps + 1) * n], owned */
    double weight;                   /* 1 / mean square of its weights: noise comes in that unit */
} track;

/* Normal equations and what the rounds share. */
typedef struct weak {
    e2l_ctx *ctx;
    const recover_options *options;
    track *tracks; /* [n_tracks], owned */
    size_t n_tracks, n_terms, stride;
    bool has_start; /* first weights are known */
    size_t n_rows;
    double zz, b[N_TERMS], g[N_TERMS][N_TERMS];
    double coefficient[N_TERMS];
} weak;

/* Terms in use, in an order, with the triangle L of their part of G: G = L L'. */
typedef struct active {
    size_t n, term[N_TERMS];
    double l[N_TERMS][N_TERMS];
} active;

/* ---- smoothing ----------------------------------------------------------------------------------- */

/* Line through the recorded values around t, weights falling to 0 at width + 1 steps; without t itself when told so. NaN: none. */
static double local_line(const track *k, size_t i, size_t t, size_t width, bool leaves_out)
{
    const recover_recording *r = k->record;
    const size_t from = t > width ? t - width : 0, to = k->n_steps - t > width ? t + width : k->n_steps;
    double s0 = 0, s1 = 0, s2 = 0, z0 = 0, z1 = 0;
    for (size_t s = from; s <= to; s++) {
        const double d = (double)s - (double)t;
        const bool counts = r->w_seen[s * r->n + i] > 0 && !(leaves_out && s == t);
        const double weight = counts ? 1 - fabs(d) / ((double)width + 1) : 0;
        const double value = counts ? r->w[s * r->n + i] : 0;
        s0 += weight;
        s1 += weight * d;
        s2 += weight * d * d;
        z0 += weight * value;
        z1 += weight * d * value;
    }
    const double det = s0 * s2 - s1 * s1;
    return det > 1e-9 * s0 * s2 ? (s2 * z0 - s1 * z1) / det : s0 > 0 ? z0 / s0 : (double)NAN;
}

/* Square error of lines that leave one out, over all recordings; where a line sees nothing it is 0. */
static double left_out_error(const weak *f, size_t width)
{
    double error = 0;
    for (size_t c = 0; c < f->n_tracks; c++) {
        const track *k = &f->tracks[c];
        const size_t n = k->record->n;
        for (size_t at = 0; at < (k->n_steps + 1) * n; at++) {
            const double line = local_line(k, at % n, at / n, width, true);
            const double miss = ((isnan(line) ? 0 : line) - k->record->w[at]) * k->record->w_seen[at];
            error += k->weight * miss * miss;
        }
    }
    return error;
}

static size_t choose_width(const weak *f)
{
    static const size_t widths[N_WIDTHS] = {1, 2, 3, 5, 8, 13, 21};
    size_t best = 0;
    double least = HUGE_VAL;
    for (size_t k = 0; k < N_WIDTHS; k++) {
        const double error = left_out_error(f, widths[k]);
        best = error < least ? k : best;
        least = fmin(error, least);
    }
    return widths[best];
}

static void smooth(weak *f)
{
    const size_t width = choose_width(f);
    for (size_t c = 0; c < f->n_tracks; c++) {
        track *k = &f->tracks[c];
        const size_t n = k->record->n;
        for (size_t at = 0; at < (k->n_steps + 1) * n; at++) {
            const double line = local_line(k, at % n, at / n, width, false);
            k->path[at] = !isnan(line) ? line : at >= n ? k->path[at - n] : 0;
        }
        if (f->has_start) {
            memcpy(k->path, k->record->w, n * sizeof *k->path);
        }
    }
}

/* ---- the terms along a path ---------------------------------------------------------------------- */

static double activity(const weak *f, const track *k, size_t t)
{
    const recover_recording *r = k->record;
    const bool is_recorded = f->options->observe == RECOVER_BOTH && r->y_seen[t] > 0;
    return is_recorded ? r->y[t] : recover_dot(k->path + t * r->n, r->x + t * r->n, r->n);
}

/* Every term x^a y^b w^c (exponents 0 to 2), then all of them times r. */
static void terms_at(const weak *f, double x, double y, double w, double r, double out[N_TERMS])
{
    const double px[3] = {1, x, x * x}, py[3] = {1, y, y * y}, pw[3] = {1, w, w * w};
    for (size_t k = 0; k < E2L_RECOVER_TAYLOR; k++) {
        out[k] = px[k / 9] * py[k / 3 % 3] * pw[k % 3];
    }
    for (size_t k = E2L_RECOVER_TAYLOR; k < f->n_terms; k++) {
        out[k] = r * out[k - E2L_RECOVER_TAYLOR];
    }
}

static void add_row(weak *f, const double *sums, double z, double weight)
{
    f->zz += weight * z * z;
    for (size_t k = 0; k < f->n_terms; k++) {
        f->b[k] += weight * sums[k] * z;
        for (size_t j = 0; j <= k; j++) {
            f->g[k][j] += weight * sums[k] * sums[j];
        }
    }
}

/* Rows of one synapse. Where the start is not known, the means over the rows are taken out: a free first weight. */
static void add_synapse(weak *f, const track *k, const double *y, size_t i)
{
    const recover_recording *r = k->record;
    double sums[N_TERMS] = {0}, now[N_TERMS], mean[N_TERMS] = {0}, mean_z = 0;
    size_t n = 0;
    for (size_t t = 0; t < k->n_steps; t++) {
        terms_at(f, r->x[t * r->n + i], y[t], k->path[t * r->n + i], r->reward[t], now);
        for (size_t j = 0; j < f->n_terms; j++) {
            sums[j] += f->options->rate * now[j];
        }
        const size_t next = (t + 1) * r->n + i;
        if (!(r->w_seen[next] > 0) || (t + 1) % f->stride != 0) {
            continue;
        }
        const double z = r->w[next] - r->w[i];
        add_row(f, sums, z, k->weight);
        n++;
        mean_z += z;
        for (size_t j = 0; j < f->n_terms; j++) {
            mean[j] += sums[j];
        }
    }
    f->n_rows += n;
    if (!f->has_start && n > 0) {
        add_row(f, mean, mean_z, -k->weight / (double)n);
    }
}

static e2l_status add_all(weak *f)
{
    f->n_rows = 0;
    f->zz = 0;
    memset(f->b, 0, sizeof f->b);
    memset(f->g, 0, sizeof f->g);
    for (size_t c = 0; c < f->n_tracks; c++) {
        const track *k = &f->tracks[c];
        double *y = e2l_alloc(f->ctx, k->n_steps + 1, sizeof *y);
        if (!y) {
            return E2L_NOMEM;
        }
        for (size_t t = 0; t < k->n_steps; t++) {
            y[t] = activity(f, k, t);
        }
        for (size_t i = 0; i < k->record->n; i++) {
            add_synapse(f, k, y, i);
        }
        e2l_free(f->ctx, y);
    }
    return E2L_OK;
}

/* ---- choosing terms ------------------------------------------------------------------------------ */

static double entry(const weak *f, size_t a, size_t b)
{
    return a >= b ? f->g[a][b] : f->g[b][a];
}

/* Takes term in as the last one; false when it is a combination of those there are. */
static bool append(const weak *f, active *a, size_t term)
{
    double left = f->g[term][term];
    for (size_t j = 0; j < a->n; j++) {
        double sum = entry(f, term, a->term[j]);
        for (size_t m = 0; m < j; m++) {
            sum -= a->l[a->n][m] * a->l[j][m];
        }
        a->l[a->n][j] = sum / a->l[j][j];
        left -= a->l[a->n][j] * a->l[a->n][j];
    }
    if (!(left > dependent * f->g[term][term])) {
        return false;
    }
    a->l[a->n][a->n] = sqrt(left);
    a->term[a->n++] = term;
    return true;
}

/* L v = v, then L' v = v, in place. */
static void solve_lower(const active *a, double *v)
{
    for (size_t k = 0; k < a->n; k++) {
        for (size_t j = 0; j < k; j++) {
            v[k] -= a->l[k][j] * v[j];
        }
        v[k] /= a->l[k][k];
    }
}

static void solve_upper(const active *a, double *v)
{
    for (size_t k = a->n; k-- > 0;) {
        for (size_t j = k + 1; j < a->n; j++) {
            v[k] -= a->l[j][k] * v[j];
        }
        v[k] /= a->l[k][k];
    }
}

/* Coefficients of the active terms. */
static void solve(const weak *f, const active *a, double *c)
{
    for (size_t k = 0; k < a->n; k++) {
        c[k] = f->b[a->term[k]];
    }
    solve_lower(a, c);
    solve_upper(a, c);
}

/* Place of the term that explains least beside the others: smallest c^2 over its diagonal element of the inverse. */
static size_t least_useful(const active *a, const double *c)
{
    size_t worst = 0;
    double least = HUGE_VAL;
    for (size_t k = 0; k < a->n; k++) {
        double unit[N_TERMS] = {0}, diagonal = 0;
        unit[k] = 1;
        solve_lower(a, unit);
        for (size_t j = k; j < a->n; j++) {
            diagonal += unit[j] * unit[j];
        }
        const double use = c[k] * c[k] / diagonal;
        worst = use < least ? k : worst;
        least = fmin(use, least);
    }
    return worst;
}

static void drop(const weak *f, active *a, size_t place)
{
    active shorter = {.n = 0};
    for (size_t k = 0; k < a->n; k++) {
        if (k != place) {
            (void)append(f, &shorter, a->term[k]);
        }
    }
    *a = shorter;
}

static double criterion(const weak *f, double error, size_t n_used)
{
    const double n = (double)f->n_rows;
    return n * log(error / n) + (double)n_used * log(n);
}

static size_t degree_of(size_t term)
{
    return term % 3 + term / 3 % 3 + term / 9 % 3 + term / E2L_RECOVER_TAYLOR;
}

/* Backward from all terms that can be told apart; the models with at most MOST_USED terms, path[k] with k of them. */
static void drop_terms(const weak *f, double path[MOST_USED + 1][N_TERMS])
{
    enum { MOST_DEGREE = 7 };
    active a = {.n = 0};
    double c[N_TERMS];
    for (size_t d = 0; d <= MOST_DEGREE; d++) {
        for (size_t term = 0; term < f->n_terms; term++) {
            (void)(degree_of(term) == d && append(f, &a, term));
        }
    }
    memset(path, 0, (MOST_USED + 1) * sizeof path[0]);
    while (a.n > 0) {
        solve(f, &a, c);
        for (size_t k = 0; k < a.n && a.n <= MOST_USED; k++) {
            path[a.n][a.term[k]] = c[k];
        }
        drop(f, &a, least_useful(&a, c));
    }
}

/* ---- the trajectory of the fitted rule ------------------------------------------------------------ */

static double rule_at(const weak *f, const double terms[N_TERMS])
{
    double sum = 0;
    for (size_t k = 0; k < f->n_terms; k++) {
        sum += f->coefficient[k] != 0 ? f->coefficient[k] * terms[k] : 0;
    }
    return sum;
}

static bool follow(const weak *f, track *k)
{
    const recover_recording *r = k->record;
    double terms[N_TERMS];
    for (size_t t = 0; t < k->n_steps; t++) {
        const double y = activity(f, k, t);
        for (size_t i = 0; i < r->n; i++) {
            const double w = k->path[t * r->n + i];
            terms_at(f, r->x[t * r->n + i], y, w, r->reward[t], terms);
            const double next = w + f->options->rate * rule_at(f, terms);
            if (!(fabs(next) < E2L_WEIGHT_LIMIT)) {
                return false;
            }
            k->path[(t + 1) * r->n + i] = next;
        }
    }
    return true;
}

/* Square error of the fitted rule's own trajectories, *change that of weights that stay; HUGE_VAL when one diverges. */
static double follow_all(weak *f, double *change)
{
    double error = 0;
    *change = 0;
    for (size_t c = 0; c < f->n_tracks; c++) {
        track *k = &f->tracks[c];
        const size_t n = k->record->n;
        if (!follow(f, k)) {
            return HUGE_VAL;
        }
        for (size_t at = n; at < (k->n_steps + 1) * n; at++) {
            const double miss = (k->path[at] - k->record->w[at]) * k->record->w_seen[at];
            const double moved = (k->path[at % n] - k->record->w[at]) * k->record->w_seen[at];
            error += k->weight * miss * miss;
            *change += k->weight * moved * moved;
        }
    }
    return error;
}

static bool has_settled(const double *a, const double *b)
{
    for (size_t k = 0; k < N_TERMS; k++) {
        if (!(fabs(a[k] - b[k]) <= settled * fabs(a[k]))) {
            return false;
        }
    }
    return true;
}

/* Of the models of all sizes the one whose own trajectories have the smallest criterion: into f->coefficient and the paths. */
static double choose_model(weak *f, double *relative)
{
    double models[MOST_USED + 1][N_TERMS], change = 0, least = HUGE_VAL;
    size_t best = 0;
    drop_terms(f, models);
    for (size_t k = 0; k <= MOST_USED; k++) {
        memcpy(f->coefficient, models[k], sizeof models[k]);
        const double error = follow_all(f, &change);
        const double now = isfinite(error) ? criterion(f, fmax(error, 1e-14 * change), k) : HUGE_VAL;
        best = now < least ? k : best;
        least = fmin(now, least);
    }
    memcpy(f->coefficient, models[best], sizeof models[best]);
    const double error = follow_all(f, &change); /* the empty model never diverges */
    *relative = change > 0 ? error / change : (double)NAN;
    return least;
}

static e2l_status run_rounds(weak *f, e2l_recover_weak_fit *out)
{
    double least = HUGE_VAL;
    e2l_status status = E2L_OK;
    for (bool goes_on = true; status == E2L_OK && goes_on && out->n_rounds < MAX_ROUNDS;) {
        double before[N_TERMS], relative = 0;
        memcpy(before, f->coefficient, sizeof before);
        status = add_all(f);
        if (status != E2L_OK || f->n_rows == 0 || !(f->zz > 0) || !isfinite(f->zz)) {
            return status;
        }
        const double now = choose_model(f, &relative);
        out->n_rounds++;
        if (now < least) {
            least = now;
            memcpy(out->coefficient, f->coefficient, sizeof out->coefficient);
            out->error = relative;
        }
        goes_on = !has_settled(before, f->coefficient);
    }
    return status;
}

/* ---- opening ------------------------------------------------------------------------------------- */

/* One over the mean square of the recorded weights; 0 where there are none. */
static double unit_of(const track *k)
{
    const recover_recording *r = k->record;
    double square = 0, n = 0;
    for (size_t at = 0; at < (k->n_steps + 1) * r->n; at++) {
        square += r->w[at] * r->w[at] * r->w_seen[at];
        n += r->w_seen[at];
    }
    return square > 0 && isfinite(square) ? n / square : 0;
}

static e2l_status open_tracks(weak *f, const e2l_family *const *families, const size_t *n_cases, size_t n_families)
{
    bool varies = false;
    size_t n_rows = 0;
    for (size_t s = 0; s < n_families; s++) {
        for (size_t c = 0; c < n_cases[s]; c++) {
            track *k = &f->tracks[f->n_tracks];
            e2l_status status = recover_case(f->ctx, &k->record, families[s], c);
            if (status != E2L_OK) {
                return status;
            }
            k->n_steps = k->record->n_steps - k->record->n_cut;
            k->path = e2l_alloc(f->ctx, (k->n_steps + 1) * k->record->n, sizeof *k->path);
            if (!k->path) {
                return E2L_NOMEM;
            }
            f->n_tracks++;
            k->weight = unit_of(k);
            n_rows += k->n_steps * k->record->n;
            for (size_t t = 0; t < k->n_steps; t++) {
                varies = varies || k->record->reward[t] != f->tracks[0].record->reward[0];
            }
        }
    }
    f->n_terms = varies ? N_TERMS : E2L_RECOVER_TAYLOR;
    f->stride = n_rows / MAX_ROWS + 1;
    return E2L_OK;
}

e2l_status e2l_recover_weak(e2l_ctx *ctx, e2l_recover_weak_fit *out, const e2l_family *const *families,
                            const size_t *n_cases, size_t n_families)
{
    *out = (e2l_recover_weak_fit){.error = (double)NAN};
    size_t n = 0;
    for (size_t s = 0; s < n_families; s++) {
        n += n_cases[s];
    }
    weak *f = e2l_alloc(ctx, 1, sizeof *f);
    if (!f) {
        return E2L_NOMEM;
    }
    f->ctx = ctx;
    f->options = &families[0]->options;
    f->has_start = !families[0]->has_file && families[0]->options.start == RECOVER_KNOWN;
    f->tracks = e2l_alloc(ctx, n, sizeof *f->tracks);
    e2l_status status = f->tracks ? open_tracks(f, families, n_cases, n_families) : E2L_NOMEM;
    if (status == E2L_OK) {
        smooth(f);
        status = run_rounds(f, out);
    }
    out->n_rows = f->n_rows;
    out->n_terms = f->n_terms;
    for (size_t c = 0; c < f->n_tracks; c++) {
        e2l_free(ctx, f->tracks[c].path);
    }
    e2l_free(ctx, f->tracks);
    e2l_free(ctx, f);
    return status;
}
