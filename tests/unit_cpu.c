/* The CPU substrate where a rule is easy to judge by hand: rules that do nothing, see nothing, are NaN at once or in time; company of other
   candidates; counters; what it refuses. */
#include <math.h>
#include <string.h>

#include "substrate/json.h"
#include "tests/support/support.h"
#include "tests/support/world.h"

enum { N = 3, STEPS = 40, CASES = 5, MOST_VALUES = 256, MOST_CANDIDATES = 40 };

typedef struct bench {
    e2l_ctx *ctx;
    const e2l_substrate *cpu;
    e2l_device *device;
    e2l_plan *plan;
    world net;
    world_case user;
    e2l_case cases[CASES];
    size_t n_values;
    double *values;
    e2l_recording recordings[MOST_CANDIDATES * CASES];
} bench;

static void open_bench(bench *b)
{
    b->ctx = e2l_test_ctx();
    b->cpu = e2l_substrate_find("cpu");
    world_init(&b->net, N, STEPS);
    b->user = (world_case){&b->net, 1.0};
    for (size_t k = 0; k < CASES; ++k) {
        b->cases[k] = world_case_of(&b->user, k);
    }
    assert_int_equal(b->cpu->open(b->ctx, &b->device, NULL), E2L_OK);
    assert_int_equal(b->cpu->prepare(b->ctx, b->device, &b->net.experiment, &b->plan), E2L_OK);
    b->n_values = b->cpu->layout(b->plan)->n_values;
    b->values = e2l_alloc(b->ctx, MOST_CANDIDATES * CASES * b->n_values, sizeof(double));
    assert_non_null(b->values);
    for (size_t k = 0; k < MOST_CANDIDATES * CASES; ++k) {
        b->recordings[k].values = b->values + k * b->n_values;
    }
}

static void close_bench(bench *b)
{
    b->cpu->release(b->ctx, b->plan);
    b->cpu->close(b->ctx, b->device);
    e2l_free(b->ctx, b->values);
    e2l_test_ctx_end(b->ctx);
}

/* n candidates with one rule, rates eta * 2^k. */
static void run(bench *b, const char *text, double eta, size_t n, size_t n_cases)
{
    static double etas[MOST_CANDIDATES];
    e2l_candidate candidates[MOST_CANDIDATES];
    e2l_expr *rule = e2l_test_parse(b->ctx, text);
    const e2l_expr *const rules[] = {rule};
    for (size_t k = 0; k < n; ++k) {
        etas[k] = ldexp(eta, (int)k);
        candidates[k] = (e2l_candidate){rules, &etas[k]};
    }
    assert_int_equal(b->cpu->run(b->ctx, b->plan, candidates, n, b->cases, n_cases, NULL, b->recordings), E2L_OK);
    e2l_expr_destroy(b->ctx, rule);
}

static const double *w_end(const bench *b, size_t run_index)
{
    const e2l_layout *const layout = b->cpu->layout(b->plan);
    return b->recordings[run_index].values + layout->places[WORLD_PROBE_W_END].offset;
}

static void test_zero_rule(void **state)
{
    (void)state;
    static bench b;
    open_bench(&b);
    run(&b, "0", 0.1, 1, CASES);
    for (size_t k = 0; k < CASES; ++k) {
        assert_int_equal(b.recordings[k].outcome, E2L_OUTCOME_OK);
        assert_int_equal(b.recordings[k].step, STEPS);
        for (size_t i = 0; i < N; ++i) {
            assert_true(w_end(&b, k)[i] == world_value(&b.user, k, WORLD_ARRAY_W0, 0, i));
        }
    }
    close_bench(&b);
}

static void test_blind_rule(void **state)
{
    (void)state;
    static bench b;
    open_bench(&b);
    run(&b, "1", 0.125, 1, CASES);
    for (size_t i = 0; i < N; ++i) {
        assert_close(w_end(&b, 2)[i], world_value(&b.user, 2, WORLD_ARRAY_W0, 0, i) + 0.125 * STEPS, 1e-12, 0);
    }
    close_bench(&b);
}

/* |w| >= 1e6 after the step at which it first is, to the step: w grows by one rate each step. */
static void test_step_of_divergence(void **state)
{
    (void)state;
    static bench b;
    open_bench(&b);
    run(&b, "1", 0x1p17, 5, CASES); /* 131072 a step: at or beyond 1e6 after 8 steps, then 4, 2, 1, 1 */
    static const uint64_t steps[] = {8, 4, 2, 1, 1};
    for (size_t k = 0; k < 5 * CASES; ++k) {
        assert_int_equal(b.recordings[k].outcome, E2L_OUTCOME_DIVERGED);
        assert_int_equal(b.recordings[k].step, steps[k / CASES]);
    }
    e2l_stats stats;
    b.cpu->stats(b.plan, &stats);
    assert_int_equal(stats.n_runs, 5 * CASES);
    assert_int_equal(stats.n_steps, 16 * CASES);
    assert_int_equal(stats.n_steps_saved, (5 * STEPS - 16) * CASES);
    assert_int_equal(stats.n_compiled, 1); /* five rates, one rule */
    assert_int_equal(stats.n_nodes_rule, stats.n_nodes_synapse + stats.n_nodes_hoisted);
    close_bench(&b);
}

static void test_nan_rules(void **state)
{
    (void)state;
    static const char *const texts[] = {"0 / (x - x)", "log(-1 - x * x)", "1 / (x - x)", "w / w - w / (w - w)"};
    static bench b;
    open_bench(&b);
    for (size_t k = 0; k < sizeof texts / sizeof *texts; ++k) {
        run(&b, texts[k], 0.1, 3, CASES);
        for (size_t r = 0; r < 3 * CASES; ++r) {
            assert_int_equal(b.recordings[r].outcome, E2L_OUTCOME_DIVERGED);
            assert_int_equal(b.recordings[r].step, 1);
        }
    }
    close_bench(&b);
}

/* One candidate diverges, the others must not notice, whatever lane they have and however often lanes are closed up. */
static void test_company(void **state)
{
    (void)state;
    static bench b;
    static double alone[MOST_CANDIDATES * CASES * N];
    static uint64_t steps[MOST_CANDIDATES * CASES];
    open_bench(&b);
    for (size_t k = 0; k < MOST_CANDIDATES; ++k) {
        run(&b, "y * x - 0.01 * w", ldexp(1e-6, (int)k), 1, CASES);
        for (size_t c = 0; c < CASES; ++c) {
            memcpy(&alone[(k * CASES + c) * N], w_end(&b, c), N * sizeof *alone);
            steps[k * CASES + c] = b.recordings[c].step;
        }
    }
    run(&b, "y * x - 0.01 * w", 1e-6, MOST_CANDIDATES, CASES);
    size_t n_ok = 0;
    for (size_t r = 0; r < MOST_CANDIDATES * CASES; ++r) {
        assert_int_equal(b.recordings[r].step, steps[r]);
        if (b.recordings[r].outcome == E2L_OUTCOME_OK) {
            assert_memory_equal(w_end(&b, r), &alone[r * N], N * sizeof *alone);
            n_ok++;
        }
    }
    assert_true(n_ok > CASES && n_ok < (MOST_CANDIDATES - 5) * CASES);
    close_bench(&b);
}

/* Two and three candidates of a rule fill the same number of vectors with other cases in the lanes. */
static void test_units_of_other_patterns(void **state)
{
    (void)state;
    static bench b;
    open_bench(&b);
    e2l_expr *const first = e2l_test_parse(b.ctx, "y * (x - y * w)"), *const second = e2l_test_parse(b.ctx, "y * x - w");
    const e2l_expr *const rules_1[] = {first}, *const rules_2[] = {second};
    static const double etas[] = {0.01, 0.02, 0.04, 0.08, 0.16};
    const e2l_candidate candidates[] = {{rules_1, &etas[0]}, {rules_1, &etas[1]}, {rules_2, &etas[2]},
                                        {rules_2, &etas[3]}, {rules_2, &etas[4]}};
    double expected[5][2][N];
    for (size_t k = 0; k < 5; ++k) {
        assert_int_equal(b.cpu->run(b.ctx, b.plan, &candidates[k], 1, b.cases, 2, NULL, b.recordings), E2L_OK);
        memcpy(expected[k][0], w_end(&b, 0), sizeof expected[k][0]);
        memcpy(expected[k][1], w_end(&b, 1), sizeof expected[k][1]);
    }
    assert_int_equal(b.cpu->run(b.ctx, b.plan, candidates, 5, b.cases, 2, NULL, b.recordings), E2L_OK);
    for (size_t r = 0; r < 10; ++r) {
        assert_memory_equal(w_end(&b, r), expected[r / 2][r % 2], sizeof expected[0][0]);
    }
    e2l_expr_destroy(b.ctx, first);
    e2l_expr_destroy(b.ctx, second);
    close_bench(&b);
}

static void test_refusals(void **state)
{
    (void)state;
    static bench b;
    open_bench(&b);
    e2l_expr *const rule = e2l_test_parse(b.ctx, "y * z");
    const e2l_expr *const rules[] = {rule};
    const double eta = 1;
    const e2l_candidate candidate = {rules, &eta};
    assert_int_equal(b.cpu->run(b.ctx, b.plan, &candidate, 1, b.cases, 1, NULL, b.recordings), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(b.ctx), "'z'"));
    e2l_expr_destroy(b.ctx, rule);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_zero_rule),  cmocka_unit_test(test_blind_rule),
                                       cmocka_unit_test(test_step_of_divergence),
                                       cmocka_unit_test(test_nan_rules),  cmocka_unit_test(test_company),
                                       cmocka_unit_test(test_units_of_other_patterns),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
