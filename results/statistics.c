/* statistics.c: summaries, paired comparison, normalised score, success rates. */
#include "results/statistics.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "cgp/stream.h"

static const double CONFIDENCE_TAIL = 0.975; /* two-sided 95 % */
static const double POWER = 0.8;

static void mean_interval(const double *values, size_t n, double *mean, double *sd, double *low, double *high)
{
    *mean = n > 0 ? gsl_stats_mean(values, 1, n) : (double)NAN;
    *sd = *low = *high = NAN;
    if (n > 1) {
        *sd = gsl_stats_sd_m(values, 1, n, *mean);
        double half = gsl_cdf_tdist_Pinv(CONFIDENCE_TAIL, (double)(n - 1)) * *sd / sqrt((double)n);
        *low = *mean - half;
        *high = *mean + half;
    }
}

e2l_status e2l_summarise(e2l_ctx *ctx, const double *values, size_t n, e2l_summary *out)
{
    *out = (e2l_summary){.n = n, .mean = NAN, .sd = NAN, .median = NAN, .q25 = NAN, .q75 = NAN};
    mean_interval(values, n, &out->mean, &out->sd, &out->ci95_low, &out->ci95_high);
    if (n == 0) {
        return E2L_OK;
    }
    double *sorted = e2l_alloc(ctx, n, sizeof *sorted);
    if (!sorted) {
        return E2L_NOMEM;
    }
    memcpy(sorted, values, n * sizeof *sorted);
    gsl_sort(sorted, 1, n);
    out->median = gsl_stats_median_from_sorted_data(sorted, 1, n);
    out->q25 = gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.25);
    out->q75 = gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.75);
    e2l_free(ctx, sorted);
    return E2L_OK;
}

/* ---- Wilcoxon signed rank ---- */

enum { WILCOXON_EXACT_MAX = 50 };

/* P(W+ <= w) for n differences without ties: number of subsets of 1..n with sum <= w, over 2^n. */
static double wilcoxon_exact_cdf(size_t n, size_t w)
{
    double ways[WILCOXON_EXACT_MAX * (WILCOXON_EXACT_MAX + 1) / 2 + 1] = {1.0};
    size_t top = 0;
    for (size_t rank = 1; rank <= n; rank++) {
        top += rank;
        for (size_t sum = top; sum >= rank; sum--) {
            ways[sum] = (ways[sum] + ways[sum - rank]) * 0.5;
        }
        for (size_t sum = 0; sum < rank; sum++) {
            ways[sum] *= 0.5;
        }
    }
    double total = 0.0;
    for (size_t sum = 0; sum <= w && sum <= top; sum++) {
        total += ways[sum];
    }
    return total;
}

/* Normal approximation with tie correction; `ties` is the sum of t^3 - t over groups of equal |difference|. */
static double wilcoxon_normal_p(double w_plus, double n, double ties)
{
    double centre = n * (n + 1.0) / 4.0;
    double variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
    double distance = fabs(w_plus - centre) - 0.5;
    if (variance <= 0.0 || distance <= 0.0) {
        return 1.0;
    }
    return fmin(1.0, 2.0 * gsl_cdf_ugaussian_Q(distance / sqrt(variance)));
}

/* `magnitude` ascending with the signs beside it, zeros already gone. */
static double wilcoxon_p(const double *magnitude, const double *sign, size_t n)
{
    double w_plus = 0.0, ties = 0.0;
    for (size_t first = 0; first < n;) {
        size_t end = first + 1;
        while (end < n && magnitude[end] == magnitude[first]) {
            end++;
        }
        double t = (double)(end - first), rank = ((double)first + 1.0 + (double)end) / 2.0;
        ties += t * t * t - t;
        for (size_t k = first; k < end; k++) {
            w_plus += sign[k] > 0.0 ? rank : 0.0;
        }
        first = end;
    }
    if (n == 0) {
        return 1.0;
    }
    if (n > WILCOXON_EXACT_MAX || ties > 0.0) {
        return wilcoxon_normal_p(w_plus, (double)n, ties);
    }
    double all = (double)(n * (n + 1)) / 2.0;
    double smaller = w_plus < all - w_plus ? w_plus : all - w_plus;
    return fmin(1.0, 2.0 * wilcoxon_exact_cdf(n, (size_t)smaller));
}

e2l_status e2l_compare_paired(e2l_ctx *ctx, const double *a, const double *b, size_t n, e2l_paired *out)
{
    const double none = NAN;
    *out = (e2l_paired){
        .n = n, .mean = none, .sd = none, .ci95_low = none, .ci95_high = none, .p = none, .cases_needed = none};
    if (n == 0) {
        return E2L_OK;
    }
    double *work = e2l_alloc(ctx, 3 * n, sizeof *work);
    if (!work) {
        return E2L_NOMEM;
    }
    double *difference = work, *magnitude = work + n, *sign = work + 2 * n;
    size_t n_nonzero = 0;
    for (size_t k = 0; k < n; k++) {
        difference[k] = a[k] - b[k];
        if (difference[k] != 0.0) {
            magnitude[n_nonzero] = fabs(difference[k]);
            sign[n_nonzero++] = difference[k];
        }
    }
    mean_interval(difference, n, &out->mean, &out->sd, &out->ci95_low, &out->ci95_high);
    out->cases_needed = e2l_cases_needed(out->mean, out->sd);
    gsl_sort2(magnitude, 1, sign, 1, n_nonzero);
    out->p = wilcoxon_p(magnitude, sign, n_nonzero);
    e2l_free(ctx, work);
    return E2L_OK;
}

/* ---- power ---- */

static double cases_by_quantiles(double of_tail, double of_power, double effect)
{
    double root = (of_tail + of_power) / effect;
    return root * root;
}

double e2l_cases_needed(double mean, double sd)
{
    double effect = fabs(mean) / sd; /* infinite without spread */
    if (!isfinite(mean) || !isfinite(sd) || mean == 0.0 || !(effect > 0.0)) {
        return (double)NAN;
    }
    double normal = cases_by_quantiles(gsl_cdf_ugaussian_Pinv(CONFIDENCE_TAIL), gsl_cdf_ugaussian_Pinv(POWER), effect);
    if (normal > E2L_MAX_CASES_NEEDED) {
        return (double)NAN;
    }
    /* Student's quantiles are larger: the answer lies a few cases above the normal one. */
    for (double n = fmax(2.0, ceil(normal));; n += 1.0) {
        double dof = n - 1.0;
        if (n >= cases_by_quantiles(gsl_cdf_tdist_Pinv(CONFIDENCE_TAIL, dof), gsl_cdf_tdist_Pinv(POWER, dof), effect)) {
            return n <= E2L_MAX_CASES_NEEDED ? n : (double)NAN;
        }
    }
}

/* ---- normalised score ---- */

enum { N_RESAMPLES = 2000 };

typedef struct mean_triple {
    double score, floor, reference;
} mean_triple;

static double normalised(mean_triple sum)
{
    double span = sum.reference - sum.floor;
    return span != 0.0 ? (sum.score - sum.floor) / span : (double)NAN;
}

e2l_status e2l_normalise_score(e2l_ctx *ctx, const double *score, const double *floor,
                               const double *reference, size_t n, e2l_normalised *out)
{
    *out = (e2l_normalised){NAN, NAN, NAN};
    if (n == 0) {
        return E2L_OK;
    }
    mean_triple all = {0};
    for (size_t k = 0; k < n; k++) {
        all.score += score[k];
        all.floor += floor[k];
        all.reference += reference[k];
    }
    out->value = normalised(all);
    double *ratios = e2l_alloc(ctx, N_RESAMPLES, sizeof *ratios);
    if (!ratios) {
        return E2L_NOMEM;
    }
    e2l_stream stream;
    const uint64_t words[] = {n};
    e2l_stream_init(&stream, 0, E2L_PURPOSE_BOOTSTRAP, words, 1);
    size_t n_ratios = 0;
    for (size_t r = 0; r < N_RESAMPLES; r++) {
        mean_triple sum = {0};
        for (size_t k = 0; k < n; k++) {
            size_t pick = e2l_stream_below(&stream, (uint32_t)n);
            sum.score += score[pick];
            sum.floor += floor[pick];
            sum.reference += reference[pick];
        }
        double ratio = normalised(sum);
        if (isfinite(ratio)) {
            ratios[n_ratios++] = ratio;
        }
    }
    if (n_ratios > 1 && isfinite(out->value)) {
        gsl_sort(ratios, 1, n_ratios);
        out->low = gsl_stats_quantile_from_sorted_data(ratios, 1, n_ratios, 1.0 - CONFIDENCE_TAIL);
        out->high = gsl_stats_quantile_from_sorted_data(ratios, 1, n_ratios, CONFIDENCE_TAIL);
    }
    e2l_free(ctx, ratios);
    return E2L_OK;
}

void e2l_wilson(size_t k, size_t n, double *low, double *high)
{
    *low = *high = NAN;
    if (n == 0) {
        return;
    }
    double z = gsl_cdf_ugaussian_Pinv(CONFIDENCE_TAIL), m = (double)n, p = (double)k / m;
    double centre = p + z * z / (2.0 * m), spread = z * sqrt(p * (1.0 - p) / m + z * z / (4.0 * m * m));
    *low = (centre - spread) / (1.0 + z * z / m);
    *high = (centre + spread) / (1.0 + z * z / m);
}
