/* The evaluator: fitness of scores, the grid of learning rates, batches against single evaluations, cases of several
   shapes, tuned ties, a steady state without allocations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "tests/support/support.h"
#include "tests/support/task.h"

enum { N_CASES = 6, N_RULES = 5 };

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

static void open_judge(e2l_ctx *ctx, test_judge *out, const char *options, const char *set, size_t n_cases)
{
    if (test_judge_open(ctx, out, "pca", options, 1, set, n_cases) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
}

static e2l_expr *parse(e2l_ctx *ctx, const char *text)
{
    static const char *const names[] = {"x", "w", "y"};
    const e2l_scope scope = {.names = names, .n_names = 3};
    e2l_expr *expr = NULL;
    assert_int_equal(e2l_expr_parse(ctx, &expr, text, strlen(text), &scope), E2L_OK);
    return expr;
}

static void test_fitness(void **state)
{
    (void)state;
    e2l_score scores[3] = {{.outcome = E2L_OUTCOME_OK, .value = 1, .step = 10},
                           {.outcome = E2L_OUTCOME_OK, .value = 3, .step = 10},
                           {.outcome = E2L_OUTCOME_OK, .value = -1, .step = 10}};
    e2l_fitness good = e2l_scores_fitness(scores, 3);
    assert_true(good.ok && good.score == 1 && good.n_ok == 3);
    scores[1] = (e2l_score){.outcome = E2L_OUTCOME_DIVERGED, .step = 4};
    scores[2] = (e2l_score){.outcome = E2L_OUTCOME_DOMAIN, .step = 10};
    e2l_fitness bad = e2l_scores_fitness(scores, 3);
    assert_false(bad.ok);
    assert_true(bad.score == 0);
    assert_int_equal(bad.n_ok, 1);
    assert_int_equal(bad.fail_step, 14);
    assert_true(e2l_fitness_compare(good, bad) > 0);
    assert_false(e2l_scores_fitness(scores, 0).ok);
}

static void test_grid(void **state)
{
    (void)state;
    assert_true(e2l_tune_eta(0.01, 1, 8) == 0.01);
    assert_true(e2l_tune_eta(0.01, 1, 0) == 0.01 / 256);
    assert_true(e2l_tune_eta(0.01, 1, 16) == 0.01 * 256);
    for (size_t per_octave = 1; per_octave <= 8; per_octave *= 2) {
        for (size_t step = 0; step <= 16 * per_octave; step++) { /* every power of two is on every grid; the rest is even */
            const double want = 0.01 * exp2((double)step / (double)per_octave - 8);
            assert_close(e2l_tune_eta(0.01, per_octave, step), want, 1e-15, 0);
            assert_true(step % per_octave != 0 ||
                        e2l_tune_eta(0.01, per_octave, step) == e2l_tune_eta(0.01, 1, step / per_octave));
        }
    }
}

static void assert_same_score(const e2l_score *a, const e2l_score *b)
{
    assert_int_equal(a->outcome, b->outcome);
    assert_int_equal(a->step, b->step);
    assert_memory_equal(&a->value, &b->value, sizeof a->value);
    if (a->outcome == E2L_OUTCOME_OK) {
        assert_memory_equal(a->measures, b->measures, 3 * sizeof *a->measures);
    }
}

/* A batch gives the bits of its members evaluated alone, in any order. */
static void test_batches(void **state)
{
    e2l_ctx *ctx = *state;
    static const char *const texts[N_RULES] = {"y * (x - y * w)", "y * x", "x * x - w", "1e5", "inf - inf"};
    test_judge judge;
    open_judge(ctx, &judge, "{\"samples\": 300}", E2L_SET_SEARCH, N_CASES);
    e2l_expr *rules[N_RULES];
    const e2l_expr *borrowed[N_RULES];
    const double eta = 0.3;
    e2l_candidate candidates[N_RULES];
    e2l_score batch[N_RULES * N_CASES];
    e2l_score single[N_CASES];
    for (size_t i = 0; i < N_RULES; i++) {
        borrowed[i] = rules[i] = parse(ctx, texts[i]);
        candidates[N_RULES - 1 - i] = (e2l_candidate){.rules = &borrowed[i], .etas = &eta};
    }
    assert_int_equal(e2l_evaluate(judge.evaluator, candidates, N_RULES, batch), E2L_OK);
    for (size_t i = 0; i < N_RULES; i++) {
        assert_int_equal(e2l_evaluate(judge.evaluator, &candidates[i], 1, single), E2L_OK);
        for (size_t k = 0; k < N_CASES; k++) {
            assert_same_score(&batch[i * N_CASES + k], &single[k]);
        }
    }
    for (size_t k = 0; k < N_CASES; k++) {
        assert_int_equal(batch[k].outcome, E2L_OUTCOME_DIVERGED); /* inf - inf */
        assert_int_equal(batch[k].step, 1);
    }
    e2l_stats stats;
    e2l_evaluator_stats(judge.evaluator, &stats);
    assert_true(stats.n_runs >= N_RULES * N_CASES);
    const size_t blocks = e2l_ctx_blocks(ctx);
    assert_int_equal(e2l_evaluate(judge.evaluator, candidates, N_RULES, batch), E2L_OK);
    assert_int_equal(e2l_ctx_blocks(ctx), blocks);
    for (size_t i = 0; i < N_RULES; i++) {
        e2l_expr_destroy(ctx, rules[i]);
    }
    test_judge_close(&judge);
}

/* Production against the oracle on drawn cases, outcomes and steps included. */
static double hebb(double x, double w, double y)
{
    (void)w;
    return y * x;
}
static double oja(double x, double w, double y)
{
    return y * (x - y * w);
}

static void test_oracle(void **state)
{
    e2l_ctx *ctx = *state;
    static const struct {
        const char *text;
        test_rule_of rule;
    } rules[] = {{"y * x", hebb}, {"y * (x - y * w)", oja}};
    const char *options = "{\"n\": 3, \"samples\": 2000, \"orientation\": [\"axis\", \"random\"]}";
    test_judge judge;
    test_family family;
    open_judge(ctx, &judge, options, E2L_SET_TEST, N_CASES);
    assert_int_equal(test_family_open(ctx, &family, "pca", options, 1, E2L_SET_TEST), E2L_OK);
    for (size_t r = 0; r < 2; r++) {
        e2l_score scores[N_CASES];
        assert_int_equal(test_judge_rules(&judge, &rules[r].text, 0.01, scores), E2L_OK);
        for (size_t k = 0; k < N_CASES; k++) {
            test_arrays arrays;
            test_outcome want;
            assert_int_equal(test_arrays_create(ctx, &arrays, &family, k), E2L_OK);
            assert_int_equal(test_simulate(ctx, &want, &arrays, rules[r].rule, 0.01, 2), E2L_OK);
            assert_int_equal(scores[k].outcome == E2L_OUTCOME_DIVERGED, want.diverged);
            assert_int_equal(scores[k].step, want.step);
            assert_true(want.diverged || test_close(scores[k].value, want.score, 1e-9));
            test_arrays_clear(ctx, &arrays);
        }
    }
    test_family_close(&family);
    test_judge_close(&judge);
}

/* Twice the rule at half the learning rate is the same computation, so tuned scores tie to the bit. */
static void test_tuned(void **state)
{
    e2l_ctx *ctx = *state;
    test_judge judge;
    open_judge(ctx, &judge, "{}", E2L_SET_SEARCH, N_CASES);
    e2l_expr *oja1 = parse(ctx, "y * (x - y * w)");
    e2l_expr *oja2 = parse(ctx, "2 * y * (x - y * w)");
    e2l_expr *zero = parse(ctx, "0");
    const e2l_expr *const first[] = {oja1};
    const e2l_expr *const second[] = {oja2};
    const e2l_expr *const third[] = {zero};
    const e2l_expr *const *const rules[] = {first, second, third};
    const double eta0 = 0.01;
    size_t steps[3];
    e2l_score scores[3 * N_CASES];
    assert_int_equal(e2l_evaluate_tuned(judge.evaluator, rules, 3, &eta0, steps, scores), E2L_OK);
    assert_int_equal(steps[0], steps[1] + 1);
    assert_int_equal(steps[2], 0); /* all tie: the smallest */
    for (size_t k = 0; k < N_CASES; k++) {
        assert_same_score(&scores[k], &scores[N_CASES + k]);
    }
    e2l_score plain[N_CASES];
    const double eta = e2l_evaluator_eta(judge.evaluator, eta0, steps[0]);
    const e2l_candidate candidate = {.rules = first, .etas = &eta};
    assert_int_equal(e2l_evaluate(judge.evaluator, &candidate, 1, plain), E2L_OK);
    for (size_t k = 0; k < N_CASES; k++) {
        assert_same_score(&scores[k], &plain[k]);
    }
    e2l_expr_destroy(ctx, oja1);
    e2l_expr_destroy(ctx, oja2);
    e2l_expr_destroy(ctx, zero);
    test_judge_close(&judge);
}

static void test_refusals(void **state)
{
    e2l_ctx *ctx = *state;
    test_judge judge;
    assert_int_equal(test_judge_open(ctx, &judge, "pca", NULL, 1, E2L_SET_TEST, 0), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "how many"));
    open_judge(ctx, &judge, "{\"data\": \"" E2L_SOURCE_DIR "/tests/golden/pca_cases.json\"}", E2L_SET_ALL, 100);
    assert_true(e2l_evaluator_n_cases(judge.evaluator) < 100); /* all there are */
    test_judge_close(&judge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fitness, setup, teardown),
        cmocka_unit_test_setup_teardown(test_grid, setup, teardown),
        cmocka_unit_test_setup_teardown(test_batches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_oracle, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tuned, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
