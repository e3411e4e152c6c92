/* unit_race: who wins a race has exactly the score of a full evaluation; who is dropped really is below what was asked; nobody's result
   depends on who else runs. Against e2l_evaluate and e2l_evaluate_tuned, on three tasks. */
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/task.h"

enum { MOST_CASES = 13, N_RULES = 40, N_ETAS = E2L_TUNE_OCTAVES + 1 };
static const double any_margin = 1e300; /* no learning rate is ever given up on suspicion */

static const char *const known[] = {"y * (x - y * w)", "y * x",  "0",     "x * x - w", "1e5",      "inf - inf", "2 * y * (x - y * w)",
                                    "x",               "-y * x", "1 / x", "y * x - w", "tanh(y) * (x - y * w)", "x * x * x"};
enum { N_KNOWN = sizeof known / sizeof known[0] };

typedef struct testbed {
    e2l_ctx *ctx;
    test_judge judge;
    size_t n_cases;
    e2l_expr *rules[N_RULES];
    const e2l_expr *const *sets[N_RULES]; /* of one rule each */
    double eta0;
    /* the truth */
    e2l_fitness plain[N_RULES], tuned[N_RULES];
    size_t steps[N_RULES];
    e2l_score scores[N_RULES * MOST_CASES];
} testbed;

/* Known formulas, then random ones; those of regression know x alone. */
static e2l_expr *make_rule(e2l_ctx *ctx, const char *task, size_t k)
{
    char text[256];
    bool regression = strcmp(task, "regression") == 0;
    if (k < N_KNOWN && !regression) {
        return e2l_test_parse(ctx, known[k]);
    }
    if (regression) {
        (void)snprintf(text, sizeof text, "x^2 * (x^2 - 1) * (x^2 - %.17g) + %zu * x * %zu", 1 + (double)(k % 7) / 64, k % 3, k % 5);
        return e2l_test_parse(ctx, text);
    }
    e2l_stream stream = e2l_test_stream(e2l_test_seed(), k);
    return e2l_test_random_expr(ctx, &stream, 5, k % 2 == 0);
}

static void open_bed(testbed *out, const char *task, const char *options, size_t n_cases)
{
    *out = (testbed){.ctx = e2l_test_ctx(), .eta0 = strcmp(task, "regression") == 0 ? 1 : 0.05};
    if (test_judge_open(out->ctx, &out->judge, task, options, 1, E2L_SET_SEARCH, n_cases) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(out->ctx));
    }
    out->n_cases = e2l_evaluator_n_cases(out->judge.evaluator);
    assert_in_range(out->n_cases, 1, MOST_CASES);
    e2l_candidate candidates[N_RULES];
    for (size_t k = 0; k < N_RULES; k++) {
        out->rules[k] = make_rule(out->ctx, task, k);
        out->sets[k] = (const e2l_expr *const *)&out->rules[k];
        candidates[k] = (e2l_candidate){.rules = out->sets[k], .etas = &out->eta0};
    }
    assert_int_equal(e2l_evaluate(out->judge.evaluator, candidates, N_RULES, out->scores), E2L_OK);
    for (size_t k = 0; k < N_RULES; k++) {
        out->plain[k] = e2l_scores_fitness(out->scores + k * out->n_cases, out->n_cases);
    }
    assert_int_equal(e2l_evaluate_tuned(out->judge.evaluator, out->sets, N_RULES, &out->eta0, out->steps, out->scores), E2L_OK);
    for (size_t k = 0; k < N_RULES; k++) {
        out->tuned[k] = e2l_scores_fitness(out->scores + k * out->n_cases, out->n_cases);
    }
}

static void close_bed(testbed *bed)
{
    for (size_t k = 0; k < N_RULES; k++) {
        e2l_expr_destroy(bed->ctx, bed->rules[k]);
    }
    test_judge_close(&bed->judge);
    e2l_test_ctx_end(bed->ctx);
}

static bool is_worst(e2l_fitness f)
{
    return !f.ok && f.score == 0 && f.n_ok == 0 && f.fail_step == 0;
}

static bool same_fitness(e2l_fitness a, e2l_fitness b)
{
    return a.ok == b.ok && memcmp(&a.score, &b.score, sizeof a.score) == 0 && a.n_ok == b.n_ok && a.fail_step == b.fail_step;
}

static void race(testbed *bed, size_t first, size_t n, bool tunes, double least, double margin, size_t *steps, e2l_fitness *found)
{
    assert_int_equal(e2l_evaluate_raced(bed->judge.evaluator, bed->sets + first, n, &bed->eta0, tunes, least, margin, steps, found),
                     E2L_OK);
}

/* With no suspicion the race and the full evaluation agree on everything, whatever is asked for. */
static void check_exact(testbed *bed, bool tunes, double least)
{
    const e2l_fitness *want = tunes ? bed->tuned : bed->plain;
    e2l_fitness found[N_RULES];
    size_t steps[N_RULES];
    race(bed, 0, N_RULES, tunes, least, any_margin, steps, found);
    for (size_t k = 0; k < N_RULES; k++) {
        bool wins = want[k].ok && want[k].score >= least;
        if (wins ? !same_fitness(found[k], want[k]) : !is_worst(found[k])) {
            fail_msg("rule %zu, at least %g: %d %.17g, in full %d %.17g", k, least, found[k].ok, found[k].score, want[k].ok,
                     want[k].score);
        }
        assert_true(!wins || steps[k] == (tunes ? bed->steps[k] : 0));
    }
}

/* Bars at, just above and just below scores that occur, where rounding would show. */
static void check_bars(testbed *bed, bool tunes)
{
    const e2l_fitness *scores = tunes ? bed->tuned : bed->plain;
    check_exact(bed, tunes, -HUGE_VAL);
    check_exact(bed, tunes, 1e9);
    for (size_t k = 0; k < N_RULES; k += 5) {
        if (scores[k].ok) {
            check_exact(bed, tunes, scores[k].score);
            check_exact(bed, tunes, nextafter(scores[k].score, HUGE_VAL));
            check_exact(bed, tunes, nextafter(scores[k].score, -HUGE_VAL));
        }
    }
}

static void check_task(const char *task, const char *options, size_t n_cases)
{
    static testbed bed;
    open_bed(&bed, task, options, n_cases);
    assert_true(e2l_evaluate_can_race(bed.judge.evaluator) == (bed.n_cases > 1));
    check_bars(&bed, false);
    check_bars(&bed, true);
    close_bed(&bed);
}

static void pca(void **state)
{
    (void)state;
    check_task("pca", "{\"samples\": 40}", 12);
    check_task("pca", "{\"samples\": 30, \"alpha\": 0}", 13);
    check_task("pca", "{\"samples\": 60, \"n\": 3, \"orientation\": [\"axis\", \"random\", \"diag\"]}", 7);
    for (size_t n = 2; n < 6; n++) {
        check_task("pca", "{\"samples\": 20}", n);
    }
}

static void other_tasks(void **state)
{
    (void)state;
    check_task("recover", "{\"steps\": 30}", 9);
    check_task("recover", "{\"steps\": 30, \"noise\": 0.1, \"gaps\": 0.3}", 5);
    check_task("regression", "{\"points\": 16}", 8);
}

/* Suspicion may cost a rule part of its score, never make one up: the score of a winner is that of a full evaluation at its rate. And what
   is asked for does not change a winner. */
static void check_suspicion(testbed *bed, double margin)
{
    const size_t n_cases = bed->n_cases;
    e2l_fitness free_run[N_RULES], found[N_RULES];
    size_t steps[N_RULES], free_steps[N_RULES], n_lost = 0;
    e2l_score scores[MOST_CASES];
    race(bed, 0, N_RULES, true, -HUGE_VAL, margin, free_steps, free_run);
    for (size_t k = 0; k < N_RULES; k++) {
        if (free_run[k].ok) {
            double eta = e2l_evaluator_eta(bed->judge.evaluator, bed->eta0, free_steps[k]);
            const e2l_candidate alone = {.rules = bed->sets[k], .etas = &eta};
            assert_int_equal(e2l_evaluate(bed->judge.evaluator, &alone, 1, scores), E2L_OK);
            assert_true(same_fitness(free_run[k], e2l_scores_fitness(scores, n_cases)));
            assert_true(e2l_fitness_compare(free_run[k], bed->tuned[k]) <= 0);
        }
        n_lost += e2l_fitness_compare(free_run[k], bed->tuned[k]) < 0 && bed->tuned[k].ok ? 1 : 0;
    }
    assert_true(margin > 0.001 || n_lost > 0); /* so that something is tried here at all */
    for (size_t j = 0; j < N_RULES; j += 4) {
        double least = free_run[j].ok ? free_run[j].score : 0.3;
        race(bed, 0, N_RULES, true, least, margin, steps, found);
        for (size_t k = 0; k < N_RULES; k++) {
            bool wins = free_run[k].ok && free_run[k].score >= least;
            assert_true(wins ? same_fitness(found[k], free_run[k]) && steps[k] == free_steps[k] : is_worst(found[k]));
        }
    }
}

/* The race of one rule as evaluate_grid.c describes it, on the scores of all its rates: which step wins; N_ETAS: none. */
static size_t race_by_hand(const e2l_score *scores, size_t n_cases, double best, double least, double margin, double *mean)
{
    double sums[N_ETAS] = {0};
    bool gone[N_ETAS] = {false};
    for (size_t from = 0, to = (n_cases + 5) / 6; from < n_cases; from = to, to = 2 * to < n_cases ? 2 * to : n_cases) {
        double top = -HUGE_VAL;
        for (size_t s = 0; s < N_ETAS; s++) {
            for (size_t k = from; k < to; k++) {
                gone[s] = gone[s] || scores[s * n_cases + k].outcome != E2L_OUTCOME_OK;
                sums[s] += scores[s * n_cases + k].value;
            }
            gone[s] = gone[s] || sums[s] + best * (double)(n_cases - to) < (least - 1e-9) * (double)n_cases;
            top = !gone[s] && sums[s] > top ? sums[s] : top;
        }
        for (size_t s = 0; s < N_ETAS; s++) {
            gone[s] = gone[s] || top / (double)to - sums[s] / (double)to > margin;
        }
    }
    size_t winner = N_ETAS;
    for (size_t s = 0; s < N_ETAS; s++) {
        bool wins = !gone[s] && sums[s] / (double)n_cases >= least && (winner == N_ETAS || sums[s] > sums[winner]);
        winner = wins ? s : winner;
    }
    *mean = winner < N_ETAS ? sums[winner] / (double)n_cases : 0;
    return winner;
}

static void by_hand(void **state)
{
    (void)state;
    static testbed bed;
    static e2l_score scores[N_ETAS * MOST_CASES];
    open_bed(&bed, "pca", "{\"samples\": 60, \"orientation\": [\"axis\", \"random\", \"diag\"]}", 12);
    size_t n_won = 0;
    for (size_t k = 0; k < N_RULES; k++) {
        for (size_t s = 0; s < N_ETAS; s++) {
            double eta = e2l_tune_eta(bed.eta0, 1, s);
            const e2l_candidate alone = {.rules = bed.sets[k], .etas = &eta};
            assert_int_equal(e2l_evaluate(bed.judge.evaluator, &alone, 1, scores + s * bed.n_cases), E2L_OK);
        }
        for (double margin = 0.0003; margin < 1; margin *= 7) {
            for (double least = -0.5; least < 1; least += 0.3) {
                e2l_fitness found;
                size_t step;
                double mean;
                size_t winner = race_by_hand(scores, bed.n_cases, 1, least, margin, &mean);
                race(&bed, k, 1, true, least, margin, &step, &found);
                assert_true(found.ok == (winner < N_ETAS));
                assert_true(!found.ok || (step == winner && e2l_test_is_close(found.score, mean, 1e-14, 0)));
                n_won += found.ok ? 1 : 0;
            }
        }
    }
    assert_in_range(n_won, 100, 950); /* of 1000 */
    close_bed(&bed);
}

static void suspicion(void **state)
{
    (void)state;
    static testbed bed;
    open_bed(&bed, "pca", "{\"samples\": 60, \"orientation\": [\"axis\", \"random\", \"diag\"]}", 12);
    check_suspicion(&bed, 0.0001);
    check_suspicion(&bed, 0.05);
    check_suspicion(&bed, 0.5);
    close_bed(&bed);
}

/* Alone or in company, in this order or another. */
static void company(void **state)
{
    (void)state;
    static testbed bed;
    e2l_fitness together[N_RULES], alone;
    size_t steps[N_RULES], step;
    open_bed(&bed, "pca", "{\"samples\": 60}", 9);
    for (int tunes = 0; tunes < 2; tunes++) {
        for (double margin = 0.01; margin < 1; margin *= 10) {
            race(&bed, 0, N_RULES, tunes != 0, 0.4, margin, steps, together);
            for (size_t k = N_RULES; k-- > 0;) {
                race(&bed, k, 1, tunes != 0, 0.4, margin, &step, &alone);
                assert_true(same_fitness(alone, together[k]) && (step == steps[k] || !alone.ok));
            }
        }
    }
    close_bed(&bed);
}

static uint64_t n_runs(const testbed *bed)
{
    e2l_stats stats;
    e2l_evaluator_stats(bed->judge.evaluator, &stats);
    return stats.n_runs;
}

/* What it is for: hopeless ones are not run to their end, and who can still win is. */
static void saves_runs(void **state)
{
    (void)state;
    static testbed bed;
    e2l_fitness found[N_RULES];
    size_t steps[N_RULES];
    open_bed(&bed, "pca", "{\"samples\": 60}", 12);
    uint64_t before = n_runs(&bed);
    race(&bed, 0, N_RULES, false, -HUGE_VAL, any_margin, steps, found);
    uint64_t all = n_runs(&bed) - before;
    size_t n_bad = 0;
    for (size_t k = 0; k < N_RULES; k++) {
        n_bad += bed.plain[k].ok ? 0 : 1;
    }
    assert_in_range(all, (N_RULES - n_bad) * 12, N_RULES * 12);
    before = n_runs(&bed);
    race(&bed, 0, N_RULES, false, 1.5, any_margin, steps, found); /* nobody can: one block of two cases at most */
    assert_in_range(n_runs(&bed) - before, N_RULES, 2 * N_RULES);
    before = n_runs(&bed);
    race(&bed, 0, N_RULES, true, -HUGE_VAL, 0.05, steps, found);
    assert_true(n_runs(&bed) - before < all * N_ETAS / 2);
    close_bed(&bed);
}

static void cannot_race(void **state)
{
    (void)state;
    static testbed bed;
    open_bed(&bed, "pca", "{\"samples\": 20}", 1);
    assert_false(e2l_evaluate_can_race(bed.judge.evaluator));
    close_bed(&bed);
}

static void out_of_memory(void **state)
{
    (void)state;
    e2l_expr *rule;
    size_t n = 1;
    for (e2l_status status = E2L_NOMEM; status == E2L_NOMEM; n++) {
        e2l_ctx *ctx = e2l_test_ctx();
        test_judge judge;
        size_t step;
        e2l_fitness found;
        const double eta0 = 0.05;
        assert_int_equal(test_judge_open(ctx, &judge, "pca", "{\"samples\": 20}", 1, E2L_SET_SEARCH, 4), E2L_OK);
        rule = e2l_test_parse(ctx, "y * (x - y * w)");
        const e2l_expr *const *set = (const e2l_expr *const *)&rule;
        e2l_ctx_fail_allocation(ctx, n);
        status = e2l_evaluate_raced(judge.evaluator, &set, 1, &eta0, true, 0.1, 0.1, &step, &found);
        e2l_ctx_fail_allocation(ctx, 0);
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        if (status == E2L_NOMEM) { /* once there is memory it goes on */
            assert_int_equal(e2l_evaluate_raced(judge.evaluator, &set, 1, &eta0, true, 0.1, 0.1, &step, &found), E2L_OK);
            assert_true(found.ok);
        }
        e2l_expr_destroy(ctx, rule);
        test_judge_close(&judge);
        e2l_test_ctx_end(ctx);
    }
    assert_in_range(n, 5, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pca),        cmocka_unit_test(other_tasks), cmocka_unit_test(suspicion),    cmocka_unit_test(company),
        cmocka_unit_test(by_hand),    cmocka_unit_test(saves_runs), cmocka_unit_test(cannot_race), cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
