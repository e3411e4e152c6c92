/* unit_statistics: summaries and tests against textbook values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "results/statistics.h"
#include "tests/support/support.h"

static void summary_of_known_values(void **state)
{
    e2l_ctx *ctx = *state;
    const double values[] = {2.0, 4.0, 4.0, 5.0, 10.0};
    e2l_summary s;
    assert_int_equal(e2l_summarise(ctx, values, 5, &s), E2L_OK);
    assert_close(s.mean, 5.0, 1e-15, 0.0);
    assert_close(s.sd, 3.0, 1e-15, 0.0);
    assert_close(s.median, 4.0, 1e-15, 0.0);
    /* t(0.975, 4) = 2.776445 */
    assert_close(s.ci95_high - s.mean, 2.7764451051977987 * 3.0 / sqrt(5.0), 1e-9, 0.0);
    assert_int_equal(e2l_summarise(ctx, values, 0, &s), E2L_OK);
    assert_true(isnan(s.mean) && isnan(s.ci95_low));
    assert_int_equal(e2l_summarise(ctx, values, 1, &s), E2L_OK);
    assert_true(s.mean == 2.0 && isnan(s.sd));
}

/* n = 6, all differences positive: p = 2 / 2^6. */
static void wilcoxon_exact_small(void **state)
{
    const double a[] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, zero[6] = {0.0};
    e2l_paired p;
    assert_int_equal(e2l_compare_paired(*state, a, zero, 6, &p), E2L_OK);
    assert_close(p.p, 2.0 / 64.0, 1e-12, 0.0);
    assert_close(p.mean, 3.5, 1e-15, 0.0);
}

/* Depression scores of Hollander & Wolfe, table 3.1: V = 5, two-sided exact p = 0.0390625. */
static void wilcoxon_published(void **state)
{
    const double before[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
    const double after[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
    e2l_paired p;
    assert_int_equal(e2l_compare_paired(*state, before, after, 9, &p), E2L_OK);
    assert_close(p.p, 0.0390625, 1e-9, 0.0);
}

/* The exact and the normal branch agree where both are good; symmetric data give p near 1. */
static void wilcoxon_large_and_null(void **state)
{
    double a[60], b[60];
    for (size_t k = 0; k < 60; k++) {
        a[k] = (double)k;
        b[k] = (double)k + (k % 2 ? 1.0 : -1.0) * (double)(k / 2 + 1);
    }
    e2l_paired p;
    assert_int_equal(e2l_compare_paired(*state, a, b, 60, &p), E2L_OK);
    assert_true(p.p > 0.5);
    assert_int_equal(e2l_compare_paired(*state, a, a, 60, &p), E2L_OK);
    assert_true(p.p == 1.0 && p.mean == 0.0);
}

static void normalised_score(void **state)
{
    const double s[] = {1.0, 2.0, 3.0}, f[] = {0.0, 0.0, 0.0}, r[] = {2.0, 4.0, 6.0};
    e2l_normalised out;
    assert_int_equal(e2l_normalise_score(*state, s, f, r, 3, &out), E2L_OK);
    assert_close(out.value, 0.5, 1e-15, 0.0);
    assert_close(out.low, 0.5, 1e-15, 0.0);
    assert_int_equal(e2l_normalise_score(*state, s, f, f, 3, &out), E2L_OK);
    assert_true(isnan(out.value));
}

/* 8 of 10: Wilson interval 0.4902 .. 0.9433. */
static void wilson_interval(void **state)
{
    (void)state;
    double low, high;
    e2l_wilson(8, 10, &low, &high);
    assert_close(low, 0.4901625, 1e-6, 0.0);
    assert_close(high, 0.9433178, 1e-6, 0.0);
}

/* Paired t-test, 5 % two-sided, power 80 %, at effects d = mean/sd: the n of exact power tables for d <= 1 (0.2: 199, 0.5: 34,
   0.8: 15, 1: 10). */
static void cases_needed(void **state)
{
    (void)state;
    assert_true(e2l_cases_needed(0.2, 1.0) == 199.0);
    assert_true(e2l_cases_needed(-0.5, 1.0) == 34.0);
    assert_true(e2l_cases_needed(0.5e-9, 1e-9) == 34.0);
    assert_true(e2l_cases_needed(0.8, 1.0) == 15.0);
    assert_true(e2l_cases_needed(3.0, 3.0) == 10.0);
    assert_true(e2l_cases_needed(1.0, 0.0) == 2.0); /* every case says the same */
    assert_true(e2l_cases_needed(1e-2, 1.0) == 78491.0); /* 78488.6 + z(0.975)^2 / 2 */
    assert_true(isnan(e2l_cases_needed(0.0, 1.0)) && isnan(e2l_cases_needed(0.0, 0.0)));
    assert_true(isnan(e2l_cases_needed(1e-3, 1.0)) && isnan(e2l_cases_needed(1e-300, 1e300)));
    assert_true(isnan(e2l_cases_needed((double)NAN, 1.0)) && isnan(e2l_cases_needed(1.0, (double)NAN)));
    assert_true(isnan(e2l_cases_needed((double)INFINITY, 1.0)) && isnan(e2l_cases_needed(1.0, (double)INFINITY)));
}

/* Differences 1, 2, 3, 4, 5, 6: sd = sqrt(3.5), d = 1.87083, five cases; a single difference needs no number. */
static void pairs_say_how_many(void **state)
{
    const double a[] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, zero[6] = {0.0};
    e2l_paired p;
    assert_int_equal(e2l_compare_paired(*state, a, zero, 6, &p), E2L_OK);
    assert_close(p.sd, sqrt(3.5), 1e-15, 0.0);
    assert_true(p.cases_needed == 5.0);
    assert_int_equal(e2l_compare_paired(*state, a, a, 6, &p), E2L_OK);
    assert_true(p.sd == 0.0 && isnan(p.cases_needed));
    assert_int_equal(e2l_compare_paired(*state, a, zero, 1, &p), E2L_OK);
    assert_true(isnan(p.sd) && isnan(p.cases_needed));
}

static int open_ctx(void **state)
{
    return e2l_ctx_create((e2l_ctx **)state) == E2L_OK ? 0 : -1;
}

static int close_ctx(void **state)
{
    return e2l_ctx_destroy(*state) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summary_of_known_values), cmocka_unit_test(wilcoxon_exact_small),
        cmocka_unit_test(wilcoxon_published),      cmocka_unit_test(wilcoxon_large_and_null),
        cmocka_unit_test(normalised_score),        cmocka_unit_test(wilson_interval),
        cmocka_unit_test(cases_needed),            cmocka_unit_test(pairs_say_how_many),
    };
    return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
