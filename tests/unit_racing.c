/* What shortens a search changes no answer it may not change: races against full evaluation, the memory of scores and of bars, keys by
   probe vectors, tuned constants. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mpi/island.h"
#include "mpi/memo.h"
#include "mpi/probes.h"
#include "mpi/tune.h"
#include "substrate/json.h"
#include "tests/support/support.h"
#include "tests/support/task.h"

enum { N_CASES = 12, N_RULES = 9, N_TEXTS = 9 };
static const char *const texts[N_TEXTS] = {"y * (x - y * w)", "2 * y * (x - y * w)", "y * x",  "0", "x - w", "y * x - w",
                                           "tanh(y) * (x - y * w)", "x / (y - y)", "y * y * y * x"};

static void open_judge(e2l_ctx *ctx, test_judge *judge)
{
    assert_int_equal(test_judge_open(ctx, judge, "pca", "{\"samples\": 150, \"orientation\": [\"random\", \"diag\"]}", 1, "search", N_CASES),
                     E2L_OK);
}

static void parse_all(e2l_ctx *ctx, e2l_expr **parsed, const e2l_expr *(*slots)[1], const e2l_expr *const **rules)
{
    for (size_t k = 0; k < N_RULES; k++) {
        parsed[k] = e2l_test_parse(ctx, texts[k]);
        slots[k][0] = parsed[k];
        rules[k] = slots[k];
    }
}

/* For every bar: who reaches it has just what full evaluation gives, at the same rate; who has less gets the worst fitness. Once with the
   whole grid (a margin that gives up no rate), once at one rate. */
static void race(bool tunes)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_judge judge;
    open_judge(ctx, &judge);
    assert_true(e2l_evaluate_can_race(judge.evaluator));
    e2l_expr *parsed[N_RULES];
    const e2l_expr *slots[N_RULES][1];
    const e2l_expr *const *rules[N_RULES];
    parse_all(ctx, parsed, slots, rules);
    const double eta0 = 0.05;
    static e2l_score scores[N_RULES * N_CASES];
    size_t steps[N_RULES] = {0}, raced_steps[N_RULES];
    e2l_fitness full[N_RULES], raced[N_RULES];
    if (tunes) {
        assert_int_equal(e2l_evaluate_tuned(judge.evaluator, rules, N_RULES, &eta0, steps, scores), E2L_OK);
    } else {
        e2l_candidate candidates[N_RULES];
        for (size_t k = 0; k < N_RULES; k++) {
            candidates[k] = (e2l_candidate){.rules = slots[k], .etas = &eta0};
        }
        assert_int_equal(e2l_evaluate(judge.evaluator, candidates, N_RULES, scores), E2L_OK);
    }
    size_t n_reached = 0, n_failed = 0;
    for (size_t k = 0; k < N_RULES; k++) {
        full[k] = e2l_scores_fitness(scores + k * N_CASES, N_CASES);
    }
    for (size_t bar = 0; bar < N_RULES; bar++) {
        const double least = full[bar].ok ? full[bar].score : -HUGE_VAL;
        assert_int_equal(e2l_evaluate_raced(judge.evaluator, rules, N_RULES, &eta0, tunes, least, 1e9, raced_steps, raced), E2L_OK);
        for (size_t k = 0; k < N_RULES; k++) {
            bool reaches = full[k].ok && full[k].score >= least;
            if (reaches) {
                assert_true(raced[k].ok && raced[k].score == full[k].score && raced_steps[k] == steps[k]);
                n_reached++;
            } else {
                assert_true(e2l_fitness_compare(raced[k], e2l_fitness_worst()) == 0);
                n_failed++;
            }
        }
    }
    assert_true(n_reached > 0 && n_failed > 0);
    for (size_t k = 0; k < N_RULES; k++) {
        e2l_expr_destroy(ctx, parsed[k]);
    }
    test_judge_close(&judge);
    e2l_test_ctx_end(ctx);
}

static void test_race_at_one_rate(void **state)
{
    (void)state;
    race(false);
}

static void test_race_with_a_grid(void **state)
{
    (void)state;
    race(true);
}

/* A race saves steps: the same candidates cost fewer simulated steps when the bar is out of reach for most. */
static void test_race_saves_work(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    uint64_t n_steps[2];
    for (int k = 0; k < 2; k++) {
        test_judge judge;
        open_judge(ctx, &judge);
        e2l_expr *parsed[N_RULES];
        const e2l_expr *slots[N_RULES][1];
        const e2l_expr *const *rules[N_RULES];
        parse_all(ctx, parsed, slots, rules);
        const double eta0 = 0.05;
        size_t steps[N_RULES];
        e2l_fitness raced[N_RULES];
        assert_int_equal(e2l_evaluate_raced(judge.evaluator, rules, N_RULES, &eta0, true, k == 0 ? -HUGE_VAL : 0.9, k == 0 ? 1e9 : 0.05,
                                            steps, raced), E2L_OK);
        e2l_stats stats;
        e2l_evaluator_stats(judge.evaluator, &stats);
        n_steps[k] = stats.n_steps;
        for (size_t i = 0; i < N_RULES; i++) {
            e2l_expr_destroy(ctx, parsed[i]);
        }
        test_judge_close(&judge);
    }
    assert_true(n_steps[1] < n_steps[0] / 2);
    e2l_test_ctx_end(ctx);
}

/* ---- memory of scores ------------------------------------------------------------------------------------ */
typedef struct bed {
    e2l_ctx *ctx;
    e2l_config config;
    e2l_lab lab;
    e2l_scorer *scorer;
    e2l_island island;
} bed;

static void open_bed(bed *out, const char *search)
{
    e2l_ctx *ctx = e2l_test_ctx();
    cJSON *json = NULL;
    e2l_text text = {.ctx = ctx};
    *out = (bed){.ctx = ctx};
    e2l_text_appendf(&text, "{\"task\": {\"name\": \"pca\", \"samples\": 200, \"cases\": 6, \"eta\": 0.05}, \"search\": {%s}}", search);
    assert_int_equal(e2l_json_parse(ctx, &json, e2l_text_get(&text), text.n, "test"), E2L_OK);
    assert_int_equal(e2l_config_from_json(ctx, &out->config, json, "test"), E2L_OK);
    e2l_json_free(json);
    e2l_text_clear(&text);
    assert_int_equal(e2l_lab_open(ctx, &out->lab, &out->config, NULL), E2L_OK);
    assert_int_equal(e2l_scorer_create(ctx, &out->scorer, &out->lab), E2L_OK);
    assert_int_equal(e2l_island_init(ctx, &out->island, &out->config, 0), E2L_OK);
}

static void close_bed(bed *b)
{
    e2l_island_clear(&b->island);
    e2l_scorer_destroy(b->scorer);
    e2l_lab_close(&b->lab);
    e2l_config_clear(&b->config);
    e2l_test_ctx_end(b->ctx);
}

static void test_memo(void **state)
{
    (void)state;
    bed b;
    open_bed(&b, "\"islands\": 1");
    e2l_memo *memo = &b.island.memo;
    const e2l_key key = {3, 4}, other = {3, 5};
    const e2l_fitness good = {.ok = true, .score = 0.7};
    double eta = 0.25, got_eta = 0;
    e2l_fitness got;
    assert_false(e2l_memo_get(memo, key, false, 0, &got, &got_eta));
    e2l_memo_put(memo, key, false, 0, good, &eta);
    assert_true(e2l_memo_get(memo, key, false, 0, &got, &got_eta) && got.ok && got.score == 0.7 && got_eta == 0.25);
    assert_true(e2l_memo_get(memo, key, true, 0.7, &got, &got_eta) && got.ok); /* reaches the bar */
    assert_true(e2l_memo_get(memo, key, true, 0.71, &got, &got_eta));          /* does not: as the race would answer */
    assert_true(e2l_fitness_compare(got, e2l_fitness_worst()) == 0);
    e2l_memo_put(memo, other, true, 0.5, e2l_fitness_worst(), &eta); /* somewhere below .5 */
    assert_true(e2l_memo_get(memo, other, true, 0.5, &got, &got_eta) && !got.ok);
    assert_true(e2l_memo_get(memo, other, true, 0.6, &got, &got_eta) && !got.ok);
    assert_false(e2l_memo_get(memo, other, true, 0.4, &got, &got_eta)); /* it may lie between .4 and .5 */
    assert_false(e2l_memo_get(memo, other, false, 0, &got, &got_eta));

    memo->n_evaluations = 77;
    e2l_text bytes = {.ctx = b.ctx}, count = {.ctx = b.ctx};
    assert_int_equal(e2l_memo_save(memo, true, &bytes), E2L_OK);
    assert_int_equal(e2l_memo_save(memo, false, &count), E2L_OK);
    e2l_memo again;
    assert_int_equal(e2l_memo_init(b.ctx, &again, &b.config), E2L_OK);
    assert_int_equal(e2l_memo_load(&again, e2l_text_get(&bytes), bytes.n), E2L_OK);
    assert_int_equal(again.n_evaluations, 77);
    assert_true(e2l_memo_get(&again, key, false, 0, &got, &got_eta) && got.score == 0.7 && got_eta == 0.25);
    assert_false(e2l_memo_get(&again, other, true, 0.4, &got, &got_eta));
    assert_true(e2l_memo_get(&again, other, true, 0.5, &got, &got_eta));
    for (size_t cut = 0; cut < bytes.n; cut += cut < 64 ? 1 : 997) { /* a part is refused, whatever it holds */
        assert_int_equal(e2l_memo_load(&again, e2l_text_get(&bytes), cut), E2L_INPUT);
    }
    assert_int_equal(e2l_memo_load(&again, e2l_text_get(&count), count.n), E2L_OK);
    assert_int_equal(again.n_evaluations, 77);
    assert_false(e2l_memo_get(&again, key, false, 0, &got, &got_eta));
    e2l_memo_enter(memo, 1); /* other cases: all is forgotten but the count */
    assert_false(e2l_memo_get(memo, key, false, 0, &got, &got_eta));
    assert_int_equal(memo->n_evaluations, 77);
    e2l_memo_clear(&again);
    e2l_text_clear(&bytes);
    e2l_text_clear(&count);
    close_bed(&b);
}

/* ---- probes ---------------------------------------------------------------------------------------------- */
static e2l_key probe_key(bed *b, e2l_probes *probes, const char *text)
{
    e2l_expr *rule = e2l_test_parse(b->ctx, text);
    const e2l_expr *rules[] = {rule};
    e2l_key key;
    assert_int_equal(e2l_probes_key(probes, rules, &key), E2L_OK);
    e2l_expr_destroy(b->ctx, rule);
    return key;
}

static void test_probes(void **state)
{
    (void)state;
    bed b;
    open_bed(&b, "\"islands\": 1, \"cache\": \"probes\"");
    e2l_evaluator *evaluator;
    assert_int_equal(e2l_lab_evaluator(&b.lab, &evaluator, E2L_SET_SEARCH, 0, 6), E2L_OK);
    e2l_probes probes;
    assert_int_equal(e2l_probes_init(b.ctx, &probes, b.config.task, e2l_evaluator_family(evaluator)), E2L_OK);
    static const struct {
        const char *a, *b;
        bool same;
    } pairs[] = {{"y * x", "x * y", true},
                 {"y * x + 0 * w", "x * y", true},
                 {"x / (w - w)", "x / (y - y)", true},
                 {"log(-1 - x * x)", "sqrt(-1 - y * y)", true}, /* NaN is one value */
                 {"y * x", "y * w", false},
                 {"y * (x - y * w)", "2 * y * (x - y * w)", false},
                 {"x", "x + 1e-12", false},
                 {"0", "x - x", true}};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        e2l_key left = probe_key(&b, &probes, pairs[k].a), right = probe_key(&b, &probes, pairs[k].b);
        bool same = left.low == right.low && left.high == right.high;
        if (same != pairs[k].same) {
            fail_msg("'%s' and '%s': keys are %s", pairs[k].a, pairs[k].b, same ? "equal" : "different");
        }
    }
    e2l_probes_clear(&probes);
    e2l_evaluator_destroy(evaluator);
    close_bed(&b);
}

/* ---- tuned constants --------------------------------------------------------------------------------------- */
/* Started at a rule whose constant is wrong, tuning never makes the best worse, finds a better constant, and does the same again. */
static double tuned_score(char *text, size_t room)
{
    bed b;
    open_bed(&b, "\"islands\": 1, \"functions\": [\"add\", \"sub\", \"mul\"], \"constants\": [0.3], \"tune\": 40, \"seeds\": [\"y * (0.3 * x - y * w)\"]");
    double before = -HUGE_VAL;
    for (int k = 0; k < 3; k++) {
        assert_int_equal(e2l_island_step(&b.island, b.scorer), E2L_OK);
        e2l_individual_view best;
        e2l_search_parent(b.island.search, 0, &best);
        assert_true(best.fitness.ok && best.fitness.score >= before);
        before = best.fitness.score;
    }
    e2l_individual_view best;
    e2l_search_parent(b.island.search, 0, &best);
    e2l_text out = {.ctx = b.ctx};
    (void)snprintf(text, room, "%s", e2l_test_print(best.rules[0], &out));
    e2l_text_clear(&out);
    close_bed(&b);
    return before;
}

static void test_tuning(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    test_judge judge;
    e2l_score scores[6];
    const char *const wrong[] = {"y * (0.3 * x - y * w)"};
    assert_int_equal(test_judge_open(ctx, &judge, "pca", "{\"samples\": 200}", 1, "search", 6), E2L_OK);
    assert_int_equal(test_judge_rules(&judge, wrong, 0.05, scores), E2L_OK);
    const double start = e2l_scores_fitness(scores, 6).score;
    test_judge_close(&judge);
    e2l_test_ctx_end(ctx);
    char first[256], again[256];
    const double tuned = tuned_score(first, sizeof first), repeated = tuned_score(again, sizeof again);
    assert_true(tuned > start + 0.05);
    assert_true(tuned == repeated);
    assert_string_equal(first, again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_race_at_one_rate), cmocka_unit_test(test_race_with_a_grid), cmocka_unit_test(test_race_saves_work),
        cmocka_unit_test(test_memo),             cmocka_unit_test(test_probes),           cmocka_unit_test(test_tuning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
