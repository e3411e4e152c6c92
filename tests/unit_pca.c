/* The PCA family: what is drawn, what a data file must hold, how weights are scored, what each set means. The dynamics
   are checked with the oracle of tests/support/task.c against means from the literature of the task. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tasks/pca_impl.h"
#include "tests/support/refused.h"
#include "tests/support/task.h"

static int setup(void **state)
{
    e2l_ctx *ctx;
    int bad = e2l_ctx_create(&ctx) == E2L_OK ? 0 : -1;
    *state = ctx;
    return bad;
}

static int teardown(void **state)
{
    return e2l_ctx_destroy(*state) == 0 ? 0 : -1;
}

static void open_family(e2l_ctx *ctx, test_family *out, const char *options, uint64_t seed, const char *set)
{
    if (test_family_open(ctx, out, "pca", options, seed, set) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
}

static void open_arrays(e2l_ctx *ctx, test_arrays *out, const test_family *family, size_t k)
{
    if (test_arrays_create(ctx, out, family, k) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
}

static void assert_near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance)) {
        fail_msg("%.17g is not within %g of %.17g", a, tolerance, b);
    }
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* ---- what is drawn ------------------------------------------------------------------------------- */

static void test_orientations(void **state)
{
    e2l_ctx *ctx = *state;
    test_family family;
    open_family(ctx, &family, "{\"n\": 5, \"samples\": 3, \"orientation\": [\"axis\", \"diag\", \"mixed\", \"random\"]}",
                1, E2L_SET_SEARCH);
    unsigned axes = 0;
    size_t n_negative = 0;
    for (size_t k = 0; k < 200; k++) {
        test_arrays a;
        open_arrays(ctx, &a, &family, k);
        assert_near(dot(a.pc1, a.pc1, 5), 1, 1e-14);
        assert_near(dot(a.w0, a.w0, 5), 1, 1e-14);
        char name[E2L_CASE_NAME_BYTES];
        (void)snprintf(name, sizeof name, "%s-%zu", (const char *[]){"axis", "diag", "mixed", "random"}[k % 4], k);
        assert_string_equal(a.name, name);
        for (size_t i = 0; i < 5; i++) {
            axes |= k % 4 == 0 && a.pc1[i] == 1 ? 1u << i : 0;
            n_negative += k % 4 == 2 && a.pc1[i] < 0;
            if (k % 4 == 1) {
                assert_near(a.pc1[i], 1 / sqrt(5), 1e-15);
            }
            if (k % 4 == 2) {
                assert_near(fabs(a.pc1[i]), 1 / sqrt(5), 1e-15);
            }
        }
        test_arrays_clear(ctx, &a);
    }
    assert_int_equal(axes, 31); /* every axis is drawn */
    assert_in_range(n_negative, 90, 160); /* of 250 signs */
    test_family_close(&family);
}

/* Second moments along and across the component, and the fourth moment of white inputs. */
static void check_moments(e2l_ctx *ctx, const char *inputs, double kurtosis)
{
    char options[160];
    (void)snprintf(options, sizeof options,
                   "{\"n\": 3, \"samples\": 40000, \"scale\": 2, \"ratio\": 0.25, \"inputs\": \"%s\"}", inputs);
    test_family family;
    test_arrays a;
    open_family(ctx, &family, options, 3, E2L_SET_TEST);
    open_arrays(ctx, &a, &family, 7);
    double along = 0;
    double all = 0;
    double mean = 0;
    for (size_t t = 0; t < a.n_steps; t++) {
        const double *x = a.samples + t * 3;
        double p = dot(x, a.pc1, 3);
        mean += p;
        along += p * p;
        all += dot(x, x, 3);
    }
    const double m = (double)a.n_steps;
    assert_near(mean / m, 0, 4 * sqrt(2 / m));
    assert_near(along / m, 2, 4 * 2 * sqrt((kurtosis - 1) / m));
    assert_near((all - along) / m, 2 * 0.5, 4 * sqrt((kurtosis - 1) / m));
    test_arrays_clear(ctx, &a);
    test_family_close(&family);
    (void)snprintf(options, sizeof options, "{\"samples\": 40000, \"ratio\": 1, \"inputs\": \"%s\"}", inputs);
    open_family(ctx, &family, options, 3, E2L_SET_TEST);
    open_arrays(ctx, &a, &family, 0);
    double fourth = 0;
    for (size_t i = 0; i < 2 * a.n_steps; i++) {
        fourth += pow(a.samples[i], 4);
    }
    assert_near(fourth / (2 * m) / kurtosis, 1, 0.15);
    test_arrays_clear(ctx, &a);
    test_family_close(&family);
}

static void test_moments(void **state)
{
    check_moments(*state, "gaussian", 3);
    check_moments(*state, "uniform", 1.8);
    check_moments(*state, "laplace", 6);
}

static void test_start(void **state)
{
    e2l_ctx *ctx = *state;
    test_family family;
    open_family(ctx, &family, "{\"n\": 4, \"samples\": 1, \"w0\": \"cube\", \"w0_norm\": 0.25}", 1, E2L_SET_SEARCH);
    double fourth = 0;
    for (size_t k = 0; k < 500; k++) {
        test_arrays a;
        open_arrays(ctx, &a, &family, k);
        assert_near(sqrt(dot(a.w0, a.w0, 4)), 0.25, 1e-15);
        for (size_t i = 0; i < 4; i++) {
            fourth += pow(a.w0[i] / 0.25, 4);
        }
        test_arrays_clear(ctx, &a);
    }
    /* Sum over i of E u_i^4: 3/6 for directions of a sphere in four dimensions, less for those of a cube. */
    assert_in_range((uint64_t)(1000 * fourth / 500), 350, 480);
    test_family_close(&family);
}

/* The zero rule keeps w0: E|cos| of two isotropic directions is Gamma(n/2) / (sqrt(pi) Gamma((n+1)/2)). */
static void test_chance(void **state)
{
    e2l_ctx *ctx = *state;
    static const size_t dimensions[] = {2, 10, 50};
    for (size_t d = 0; d < sizeof dimensions / sizeof *dimensions; d++) {
        const size_t n = dimensions[d];
        char options[64];
        (void)snprintf(options, sizeof options, "{\"n\": %zu, \"samples\": 1}", n);
        test_family family;
        open_family(ctx, &family, options, 1, E2L_SET_TEST);
        double sum = 0;
        double square = 0;
        const size_t n_cases = 2000;
        for (size_t k = 0; k < n_cases; k++) {
            test_arrays a;
            open_arrays(ctx, &a, &family, k);
            double c = fabs(dot(a.w0, a.pc1, n));
            sum += c;
            square += c * c;
            test_arrays_clear(ctx, &a);
        }
        double mean = sum / (double)n_cases;
        double error = sqrt((square / (double)n_cases - mean * mean) / (double)n_cases);
        double half = (double)n / 2;
        assert_near(mean, tgamma(half) / (sqrt(3.14159265358979323846) * tgamma(half + 0.5)), 3 * error);
        test_family_close(&family);
    }
}

static bool same_samples(e2l_ctx *ctx, const char *options_a, uint64_t seed_a, const char *set_a, size_t k_a,
                         const char *options_b, uint64_t seed_b, const char *set_b, size_t k_b)
{
    test_family family_a;
    test_family family_b;
    test_arrays a;
    test_arrays b;
    open_family(ctx, &family_a, options_a, seed_a, set_a);
    open_family(ctx, &family_b, options_b, seed_b, set_b);
    open_arrays(ctx, &a, &family_a, k_a);
    open_arrays(ctx, &b, &family_b, k_b);
    bool same = memcmp(a.samples, b.samples, a.n * sizeof(double)) == 0;
    assert_int_equal(same, a.item.key.low == b.item.key.low && a.item.key.high == b.item.key.high);
    assert_int_equal(same, memcmp(a.w0, b.w0, a.n * sizeof(double)) == 0);
    test_arrays_clear(ctx, &a);
    test_arrays_clear(ctx, &b);
    test_family_close(&family_a);
    test_family_close(&family_b);
    return same;
}

static void test_streams(void **state)
{
    e2l_ctx *ctx = *state;
    const char *plain = "{\"samples\": 5}";
    assert_true(same_samples(ctx, plain, 1, "search", 0, plain, 1, "search", 0));
    assert_true(same_samples(ctx, plain, 1, "search", 4, "{\"samples\": 5, \"alpha\": 3, \"metric\": \"final\"}", 1,
                             "search", 4)); /* how it is scored does not change the data */
    assert_false(same_samples(ctx, plain, 1, "search", 0, plain, 1, "search", 1));
    assert_false(same_samples(ctx, plain, 1, "search", 0, plain, 2, "search", 0));
    assert_false(same_samples(ctx, plain, 1, "search", 0, plain, 1, "select", 0));
    assert_false(same_samples(ctx, plain, 1, "select", 0, plain, 1, "test", 0));
    assert_false(same_samples(ctx, plain, 1, "shift:start", 0, plain, 1, "test", 0));
    assert_false(same_samples(ctx, plain, 1, "test", 0, "{\"samples\": 5, \"ratio\": 0.31}", 1, "test", 0));
}

/* ---- sets ---------------------------------------------------------------------------------------- */

static const pca_options *shifted(e2l_ctx *ctx, test_family *family, const char *options, const char *set)
{
    open_family(ctx, family, options, 1, set);
    return &family->family->source.options;
}

static void test_shifts(void **state)
{
    e2l_ctx *ctx = *state;
    test_family f;
    const pca_options *o = shifted(ctx, &f, "{}", "shift:dimension");
    assert_int_equal(o->n, 10);
    assert_int_equal(f.task->experiment(f.family, 0)->arrays[0].size, 10);
    test_family_close(&f);
    assert_int_equal(shifted(ctx, &f, "{\"n\": 10}", "shift:dimension")->n, 2);
    test_family_close(&f);
    o = shifted(ctx, &f, "{}", "shift:orientation");
    assert_int_equal(o->orientation.n, 1);
    assert_int_equal(o->orientation.at[0], PCA_MIXED);
    test_family_close(&f);
    o = shifted(ctx, &f, "{\"orientation\": [\"mixed\", \"random\"]}", "shift:orientation");
    assert_int_equal(o->orientation.n, 2);
    assert_int_equal(o->orientation.at[0], PCA_AXIS);
    assert_int_equal(o->orientation.at[1], PCA_DIAG);
    test_family_close(&f);
    o = shifted(ctx, &f, "{\"orientation\": [\"mixed\", \"random\", \"axis\", \"diag\"]}", "shift:orientation");
    assert_int_equal(o->orientation.n, 1);
    assert_int_equal(o->orientation.at[0], PCA_RANDOM);
    test_family_close(&f);
    assert_true(shifted(ctx, &f, "{}", "shift:scale")->scale == 3);
    test_family_close(&f);
    assert_true(shifted(ctx, &f, "{}", "shift:gap")->ratio == 0.8);
    test_family_close(&f);
    assert_int_equal(shifted(ctx, &f, "{}", "shift:inputs")->inputs, PCA_LAPLACE);
    test_family_close(&f);
    assert_true(shifted(ctx, &f, "{}", "shift:start")->w0_norm == 0.5);
    test_family_close(&f);
    assert_int_equal(shifted(ctx, &f, "{\"samples\": 10}", "shift:duration")->samples, 40);
    test_family_close(&f);
}

static void test_wrong_settings(void **state)
{
    e2l_ctx *ctx = *state;
    test_family_refused(ctx, "pca", "{}", "tset", "test");
    test_family_refused(ctx, "pca", "{}", "all", "data");
    test_family_refused(ctx, "pca", "{}", "shift:scal", "shift:scale");
    test_family_refused(ctx, "pca", "{\"n\": 1}", "test", "n");
    test_family_refused(ctx, "pca", "{\"ratio\": 1.5}", "test", "ratio");
    test_family_refused(ctx, "pca", "{\"scale\": 0}", "test", "scale");
    test_family_refused(ctx, "pca", "{\"alpha\": [1, 2]}", "test", "alpha");
    test_family_refused(ctx, "pca", "{\"orientation\": \"diagonal\"}", "test", "diag");
    test_family_refused(ctx, "pca", "{\"orientation\": []}", "test", "orientation");
    test_family_refused(ctx, "pca", "{\"data\": \"/nowhere/at/all.json\"}", "all", "/nowhere/at/all.json");
}

/* ---- data files ---------------------------------------------------------------------------------- */

static e2l_status parse(e2l_ctx *ctx, pca_file *out, const char *text)
{
    return pca_file_parse(ctx, out, text, strlen(text), "own.json");
}

static void test_own_data(void **state)
{
    e2l_ctx *ctx = *state;
    pca_file f;
    assert_int_equal(parse(ctx, &f, "{\"eta\": 0.5, \"cases\": ["
                                    "{\"name\": \"a\", \"samples\": [[2, 1], [-1, -2]], \"w0\": [1, 0]},"
                                    "{\"name\": \"b\", \"samples\": [[1, 2, 3]], \"w0\": [0, 0, 0], \"pc1\": [0, 3, 4]},"
                                    "{\"name\": \"c\", \"samples\": [[1, -1], [2, -2]], \"w0\": [0, 1]}]}"),
                     E2L_OK);
    assert_int_equal(f.n_cases, 3);
    assert_true(f.eta == 0.5);
    assert_true(isnan(f.alpha));
    assert_near(f.cases[0].pc1[0], sqrt(0.5), 1e-15); /* moment [[2.5, 2], [2, 2.5]] */
    assert_near(f.cases[0].pc1[1], sqrt(0.5), 1e-15);
    assert_int_equal(f.cases[1].n, 3);
    assert_int_equal(f.cases[1].n_steps, 1);
    assert_near(f.cases[1].pc1[1], 0.6, 1e-15); /* scaled to length 1 */
    assert_near(f.cases[1].pc1[2], 0.8, 1e-15);
    assert_near(f.cases[2].pc1[0], sqrt(0.5), 1e-15); /* first nonzero component positive */
    assert_near(f.cases[2].pc1[1], -sqrt(0.5), 1e-15);
    pca_file_clear(&f);
}

static void test_top_component(void **state)
{
    e2l_ctx *ctx = *state;
    const double samples[] = {0, 0, 3, 0, 1, 0, 0, 0, -3, 0, -1, 0};
    double top[3];
    assert_int_equal(pca_top_component(ctx, samples, 3, 4, top), E2L_OK);
    assert_near(top[0], 0, 1e-15);
    assert_near(top[1], 0, 1e-15);
    assert_near(fabs(top[2]), 1, 1e-15);
    const double zeros[] = {0, 0, 0, 0};
    assert_int_equal(pca_top_component(ctx, zeros, 2, 2, top), E2L_INPUT);
    const double huge[] = {1e200, 1, 1, 1};
    assert_int_equal(pca_top_component(ctx, huge, 2, 2, top), E2L_INPUT);
}

static void test_broken_data(void **state)
{
    static const struct {
        const char *text, *say;
    } broken[] = {
        {"[]", "own.json"},
        {"{}", "cases is missing"},
        {"{\"cases\": []}", "at least one case"},
        {"{\"cases\": {}}", "at least one case"},
        {"{\"case\": []}", "cases"},
        {"{\"cases\": [3]}", "cases[0]"},
        {"{\"cases\": [{\"samples\": [[1]], \"w0\": [1]}]}", "name is missing"},
        {"{\"cases\": [{\"name\": \"\", \"samples\": [[1]], \"w0\": [1]}]}", "name"},
        {"{\"cases\": [{\"name\": 7, \"samples\": [[1]], \"w0\": [1]}]}", "name"},
        {"{\"cases\": [{\"name\": \"a\", \"w0\": [1]}]}", "samples are missing"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [], \"w0\": [1]}]}", "at least one row"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[]], \"w0\": []}]}", "at least one number"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [1, 2], \"w0\": [1]}]}", "samples[0]"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, 2], [1]], \"w0\": [1, 1]}]}", "samples[1] has 1"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, 2], 5], \"w0\": [1, 1]}]}", "samples[1] is not"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, \"2\"]], \"w0\": [1, 1]}]}", "samples[0][1]"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, null]], \"w0\": [1, 1]}]}", "samples[0][1]"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, 1e999]], \"w0\": [1, 1]}]}", "own.json"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, NaN]], \"w0\": [1, 1]}]}", "own.json"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, 2]]}]}", "('a'): w0 is missing"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, 2]], \"w0\": [1]}]}", "w0 has 1 numbers"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, 2]], \"w0\": 1}]}", "w0 is not a list"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, 2]], \"w0\": [1, true]}]}", "w0[1]"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, 2]], \"w0\": [1, 1], \"pc1\": [0, 0]}]}", "zero vector"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1, 2]], \"w0\": [1, 1], \"pc1\": [1]}]}", "pc1 has 1"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[0, 0]], \"w0\": [1, 1]}]}", "all samples are zero"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1e200, 2]], \"w0\": [1, 1]}]}", "overflows"},
        {"{\"cases\": [{\"name\": \"a\", \"sample\": [[1, 2]], \"w0\": [1, 1]}]}", "samples"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1]], \"w0\": [1]}, {\"name\": \"a\", \"samples\": [[2]], "
         "\"w0\": [1]}]}",
         "two cases have the name 'a'"},
        {"{\"eta\": \"fast\", \"cases\": [{\"name\": \"a\", \"samples\": [[1]], \"w0\": [1]}]}", "eta"},
        {"{\"eta\": -1, \"cases\": [{\"name\": \"a\", \"samples\": [[1]], \"w0\": [1]}]}", "eta is -1"},
        {"{\"alpha\": -2, \"cases\": [{\"name\": \"a\", \"samples\": [[1]], \"w0\": [1]}]}", "alpha is -2"},
        {"{\"cases\": [{\"name\": \"a\", \"samples\": [[1]], \"w0\": [1]}]", "own.json"},
        {"", "own.json"},
    };
    e2l_ctx *ctx = *state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        pca_file f;
        e2l_status status = parse(ctx, &f, broken[i].text);
        if (status != E2L_INPUT || !strstr(e2l_ctx_message(ctx), broken[i].say)) {
            fail_msg("%s: status %d, '%s' does not say '%s'", broken[i].text, status, e2l_ctx_message(ctx),
                     broken[i].say);
        }
        assert_null(f.arena);
    }
}

static void test_file_sets(void **state)
{
    e2l_ctx *ctx = *state;
    static const char *const sets[] = {E2L_SET_ALL, E2L_SET_SEARCH, E2L_SET_SELECT, E2L_SET_TEST};
    const char *path = E2L_SOURCE_DIR "/tests/golden/pca_cases.json";
    size_t n_all = 0;
    size_t n_parts = 0;
    for (size_t s = 0; s < 4; s++) {
        test_family f;
        assert_int_equal(test_family_open_file(ctx, &f, path, sets[s]), E2L_OK);
        size_t n = f.task->n_cases(f.family);
        *(s == 0 ? &n_all : &n_parts) += n;
        size_t experiment;
        e2l_case item;
        char name[E2L_CASE_NAME_BYTES];
        assert_int_equal(f.task->draw(ctx, f.family, n, &experiment, &item, name), E2L_INPUT);
        test_family_close(&f);
    }
    assert_int_equal(n_all, n_parts);
    test_family f;
    assert_int_equal(test_family_open_file(ctx, &f, path, "shift:scale"), E2L_UNSUPPORTED);
    assert_int_equal(test_family_open_file(ctx, &f, path, "tset"), E2L_INPUT);
}

/* ---- scores -------------------------------------------------------------------------------------- */

static e2l_score score_of(e2l_ctx *ctx, const char *options, double w_along, double w_across, e2l_outcome outcome)
{
    test_family f;
    open_family(ctx, &f, options, 1, E2L_SET_TEST);
    double values[8] = {0};
    const e2l_layout *layout = &f.family->experiments[0]->layout;
    assert_true(layout->n_values <= 8);
    test_arrays a;
    open_arrays(ctx, &a, &f, 0);
    values[layout->places[PCA_PROBE_COS].offset] = 0.75;
    double *w = values + layout->places[PCA_PROBE_W_END].offset;
    w[0] = w_along * a.pc1[0] - w_across * a.pc1[1];
    w[1] = w_along * a.pc1[1] + w_across * a.pc1[0];
    test_arrays_clear(ctx, &a);
    const e2l_recording recording = {.outcome = outcome, .step = 9, .values = values};
    e2l_score score;
    f.task->score(f.family, 0, &recording, &score);
    test_family_close(&f);
    return score;
}

static void test_metrics(void **state)
{
    e2l_ctx *ctx = *state;
    e2l_score s = score_of(ctx, "{\"scale\": 3, \"ratio\": 0.5}", 1.2, 1.6, E2L_OUTCOME_OK); /* |w| = 2 */
    assert_int_equal(s.outcome, E2L_OUTCOME_OK);
    assert_int_equal(s.step, 9);
    assert_near(s.value, 0.75 - 2, 1e-14);
    assert_near(s.measures[0], 0.75, 0);
    assert_near(s.measures[1], 0.6, 1e-14);
    assert_near(s.measures[2], 2, 1e-14);
    s = score_of(ctx, "{\"scale\": 3, \"ratio\": 0.5, \"metric\": \"final\", \"alpha\": 0.5}", -1.2, 1.6, E2L_OUTCOME_OK);
    assert_near(s.value, 0.6 - 0.5, 1e-14);
    s = score_of(ctx, "{\"scale\": 3, \"ratio\": 0.5, \"metric\": \"variance\", \"alpha\": 0}", 1.2, 1.6, E2L_OUTCOME_OK);
    assert_near(s.value, 3 * 1.44 + 1.5 * 2.56, 1e-13);
    s = score_of(ctx, "{}", 0, 0, E2L_OUTCOME_OK);
    assert_near(s.measures[1], 0, 0);
    assert_near(s.value, 0.75 - 2, 1e-14);
    s = score_of(ctx, "{}", (double)INFINITY, 0, E2L_OUTCOME_OK);
    assert_int_equal(s.outcome, E2L_OUTCOME_DOMAIN);
    assert_true(s.value == 0);
    s = score_of(ctx, "{}", 1, 0, E2L_OUTCOME_DIVERGED);
    assert_int_equal(s.outcome, E2L_OUTCOME_DIVERGED);
    assert_true(s.value == 0 && isnan(s.measures[0]));
    assert_int_equal(s.step, 9);
}

static double alpha_of(e2l_ctx *ctx, const char *options, const char *set)
{
    test_family f;
    open_family(ctx, &f, options, 1, set);
    double alpha = f.family->alpha;
    test_family_close(&f);
    return alpha;
}

#define DATA "\"data\": \"" E2L_SOURCE_DIR "/tests/corpus/fuzz_pca_data/alpha.json\""
static void test_alpha(void **state)
{
    e2l_ctx *ctx = *state;
    assert_true(alpha_of(ctx, "{}", E2L_SET_TEST) == 2);
    assert_true(alpha_of(ctx, "{\"alpha\": 0}", E2L_SET_TEST) == 0);
    assert_true(alpha_of(ctx, "{" DATA "}", E2L_SET_ALL) == 0.5);
    assert_true(alpha_of(ctx, "{" DATA ", \"alpha\": 7}", E2L_SET_ALL) == 7);
}

/* ---- dynamics, by the oracle --------------------------------------------------------------------- */

static double oja(double x, double w, double y)
{
    return y * (x - y * w);
}
static double hebb(double x, double w, double y)
{
    (void)w;
    return y * x;
}
static double absdecay(double x, double w, double y)
{
    return y * x - fabs(y) * w;
}
static double square(double x, double w, double y)
{
    (void)y;
    return x * x - w;
}
static double fixed(double x, double w, double y)
{
    (void)x;
    (void)y;
    return 0.7071 - w;
}

/* Mean score over the cases that do not diverge; eta 0.01. */
static double family_mean(e2l_ctx *ctx, const char *options, const char *set, size_t n_cases, test_rule_of rule,
                          size_t *n_diverged)
{
    test_family f;
    open_family(ctx, &f, options, 1, set);
    double sum = 0;
    *n_diverged = 0;
    for (size_t k = 0; k < n_cases; k++) {
        test_arrays a;
        test_outcome out;
        open_arrays(ctx, &a, &f, k);
        assert_int_equal(test_simulate(ctx, &out, &a, rule, 0.01, 2), E2L_OK);
        sum += out.diverged ? 0 : out.score;
        *n_diverged += out.diverged;
        test_arrays_clear(ctx, &a);
    }
    test_family_close(&f);
    return *n_diverged < n_cases ? sum / (double)(n_cases - *n_diverged) : 0;
}

/* Oja's means with 2000 samples, as measured by others with the same definitions. */
static void test_oja_means(void **state)
{
    static const struct {
        const char *options;
        double mean;
        size_t n_cases;
    } rows[] = {
        {"{\"samples\": 2000}", 0.9650, 600},
        {"{\"samples\": 2000, \"orientation\": \"axis\"}", 0.9625, 600},
        {"{\"samples\": 2000, \"orientation\": \"diag\"}", 0.9524, 600},
        {"{\"samples\": 2000, \"n\": 10}", 0.8921, 300},
        {"{\"samples\": 2000, \"n\": 50, \"ratio\": 0.1}", 0.8647, 100},
        {"{\"samples\": 2000, \"ratio\": 0.8}", 0.8704, 1500},
        {"{\"samples\": 2000, \"scale\": 10}", 0.9837, 300},
        {"{\"samples\": 2000, \"scale\": 0.1}", 0.7605, 1500},
        {"{\"samples\": 2000, \"inputs\": \"uniform\"}", 0.9640, 600},
        {"{\"samples\": 2000, \"inputs\": \"laplace\"}", 0.9646, 600},
    };
    e2l_ctx *ctx = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n_diverged;
        double mean = family_mean(ctx, rows[i].options, E2L_SET_TEST, rows[i].n_cases, oja, &n_diverged);
        print_message("%-60s %.4f (%.4f)\n", rows[i].options, mean, rows[i].mean);
        assert_int_equal(n_diverged, 0);
        assert_near(mean, rows[i].mean, 0.015);
    }
}

static void test_hebb_diverges(void **state)
{
    size_t n_diverged;
    double mean = family_mean(*state, "{\"samples\": 2000}", E2L_SET_TEST, 150, hebb, &n_diverged);
    assert_in_range(n_diverged, 143, 150); /* 95 % */
    assert_true(mean < 0);
    double own = family_mean(*state, "{\"samples\": 2000}", E2L_SET_TEST, 150, absdecay, &n_diverged);
    assert_int_equal(n_diverged, 0);
    assert_true(own < family_mean(*state, "{\"samples\": 2000}", E2L_SET_TEST, 150, oja, &n_diverged));
}

/* Shortcuts that look fine on one family score far below Oja on a shifted set. */
static void test_shortcuts_exposed(void **state)
{
    e2l_ctx *ctx = *state;
    const char *axis = "{\"orientation\": \"axis\"}";
    const char *diag = "{\"orientation\": \"diag\"}";
    size_t bad;
    assert_true(family_mean(ctx, axis, E2L_SET_TEST, 100, square, &bad) > 0.85);
    assert_true(family_mean(ctx, diag, E2L_SET_TEST, 100, fixed, &bad) > 0.9);
    static const char *const exposing[] = {"shift:orientation", "shift:dimension"};
    for (size_t i = 0; i < 2; i++) {
        double reference = family_mean(ctx, axis, exposing[i], 100, oja, &bad);
        double trick = family_mean(ctx, axis, exposing[i], 100, square, &bad);
        print_message("axis %s: oja %.3f, x*x - w %.3f\n", exposing[i], reference, trick);
        assert_true(i > 0 || trick < reference - 0.3);
        trick = family_mean(ctx, diag, exposing[i], 100, fixed, &bad);
        print_message("diag %s: oja %.3f, c - w %.3f\n", exposing[i], reference, trick);
        assert_true(trick < reference - 0.3);
    }
    assert_true(family_mean(ctx, axis, "shift:scale", 100, square, &bad) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_orientations, setup, teardown),
        cmocka_unit_test_setup_teardown(test_moments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chance, setup, teardown),
        cmocka_unit_test_setup_teardown(test_streams, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shifts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_settings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_own_data, setup, teardown),
        cmocka_unit_test_setup_teardown(test_top_component, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_data, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_sets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_metrics, setup, teardown),
        cmocka_unit_test_setup_teardown(test_alpha, setup, teardown),
        cmocka_unit_test_setup_teardown(test_oja_means, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hebb_diverges, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shortcuts_exposed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
