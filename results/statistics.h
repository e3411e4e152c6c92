/* statistics.h: what is said about a list of scores: means with intervals, paired comparison, normalised score.

   Distributions and quantiles are GSL's. Values are finite; whoever has cases without a score leaves them out and says
   how many. */
#ifndef E2L_RESULTS_STATISTICS_H
#define E2L_RESULTS_STATISTICS_H

#include "cgp/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fields that the number of values does not allow (n = 0; sd and ci95 for n < 2) are NaN. */
typedef struct e2l_summary {
    size_t n;
    double mean, sd;           /* sd with n - 1 */
    double median, q25, q75;   /* linear interpolation between order statistics */
    double ci95_low, ci95_high; /* Student-t interval of the mean */
} e2l_summary;
E2L_MUST_CHECK e2l_status e2l_summarise(e2l_ctx *ctx, const double *values, size_t n, e2l_summary *out);

/* Differences a[k] - b[k] over the same cases. */
typedef struct e2l_paired {
    size_t n;
    double mean, sd, ci95_low, ci95_high; /* sd with n - 1; Student-t interval */
    double p; /* two-sided Wilcoxon signed-rank test: zeros dropped, mid-ranks for ties; exact distribution up to 50
                 differences without ties, else normal approximation with tie correction and continuity; 1 when all
                 differences are zero. Source: Hollander & Wolfe, Nonparametric Statistical Methods, sec. 3.1. */
    double cases_needed; /* e2l_cases_needed(mean, sd); NaN: none, or fewer than two differences */
} e2l_paired;
E2L_MUST_CHECK e2l_status e2l_compare_paired(e2l_ctx *ctx, const double *a, const double *b, size_t n,
                                             e2l_paired *out);

/* Cases a two-sided paired test at 5 % needs to see a mean difference of this size at this spread with a power of 80 %: the
   smallest n >= 2 with n >= ((t(0.975, n - 1) + t(0.8, n - 1)) sd / |mean|)^2, that is the usual
   ((z(1 - a/2) + z(1 - b)) sd / |mean|)^2 with Student's quantiles in place of the normal ones. NaN when the mean is zero, when a
   value is not finite, or when more than E2L_MAX_CASES_NEEDED are needed.
   Source: Guenther 1981, The American Statistician 35:243; Chow, Shao & Wang, Sample Size Calculations, sec. 3.1. */
#define E2L_MAX_CASES_NEEDED 1e6
double e2l_cases_needed(double mean, double sd);

/* (mean(s) - mean(f)) / (mean(r) - mean(f)), the ratio of means, with a percentile bootstrap interval over cases (2000 resamples,
   stream keyed by n). NaN when n = 0 or the denominator is zero. */
typedef struct e2l_normalised {
    double value, low, high;
} e2l_normalised;
E2L_MUST_CHECK e2l_status e2l_normalise_score(e2l_ctx *ctx, const double *score, const double *floor,
                                              const double *reference, size_t n, e2l_normalised *out);

/* Wilson score interval (95 %) of k successes in n trials. Source: Wilson 1927, J. Am. Stat. Assoc. 22:209. */
void e2l_wilson(size_t k, size_t n, double *low, double *high);

#ifdef __cplusplus
}
#endif
#endif
