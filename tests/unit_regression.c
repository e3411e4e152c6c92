/* The regression task: targets score 0 by their own formulas, wrong rules what a hand computes, tables are dealt and
   refused with their place. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/support.h"
#include "tests/support/task.h"
#include "tasks/regression_impl.h"

enum { MAX_CASES = 16 };

static void check_status(e2l_ctx *ctx, e2l_status status, const char *what)
{
    if (status != E2L_OK) {
        fail_msg("%s: %s", what, e2l_ctx_message(ctx));
    }
}

static test_mean score_of(e2l_ctx *ctx, const char *options, const char *set, size_t n_cases, const char *rule,
                          e2l_score *scores)
{
    test_judge judge;
    check_status(ctx, test_judge_open(ctx, &judge, "regression", options, 1, set, n_cases), options);
    const size_t n = e2l_evaluator_n_cases(judge.evaluator);
    assert_true(n <= MAX_CASES);
    check_status(ctx, test_judge_rules(&judge, &rule, 1, scores), rule);
    test_judge_close(&judge);
    return test_mean_of(scores, n, -1e9);
}

/* ---- known targets -------------------------------------------------------------------------------- */

/* Every target's own formula scores exactly 0 on every set, from finite values. The test's judge reads rules with the
   default terminal x, so formulas are compared through the points here. */
static void test_targets(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    for (int t = 0; regression_targets[t].name; t++) {
        const regression_target *target = &regression_targets[t];
        assert_string_equal(regression_target_words[t], target->name);
        assert_true(target->range.low < target->range.high && target->range.wide_low < target->range.wide_high);
        assert_true(target->range.wide_low <= target->range.low && target->range.wide_high > target->range.high);
        for (int wide = 0; wide < 2; wide++) {
            const regression_source source = {.options = {.target = t, .points = 500}, .seed = 3, .is_search = !wide,
                                              .is_wide = wide};
            for (size_t k = 0; k < 2; k++) {
                regression_points points;
                check_status(ctx, regression_draw(ctx, &points, &source, k), target->name);
                const double low = wide ? target->range.wide_low : target->range.low;
                const double high = wide ? target->range.wide_high : target->range.high;
                for (size_t i = 0; i < points.n * points.n_columns; i++) {
                    assert_true(isfinite(points.values[i]));
                    assert_true(i >= points.n * (points.n_columns - 1) ||
                                (points.values[i] >= low && points.values[i] <= high));
                }
                regression_points_clear(ctx, &points);
            }
        }
    }
    e2l_test_ctx_end(ctx);
}

static void test_bound_targets(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const e2l_task *task = e2l_task_find("regression");
    for (int t = 0; regression_targets[t].name; t++) {
        const e2l_task *bound = NULL;
        const regression_options options = {.target = t, .points = 64};
        check_status(ctx, e2l_task_bind(ctx, &bound, task, &options, 1), regression_targets[t].name);
        assert_ptr_not_equal(bound, task);
        assert_string_equal(bound->references[0].rules[0], regression_targets[t].formula);
        for (size_t i = 0; regression_targets[t].inputs[i]; i++) {
            assert_string_equal(bound->slots[0].terminals[i], regression_targets[t].inputs[i]);
        }
        assert_close(e2l_task_solved(bound), -1e-6 / 64, 1e-15, 0);
        e2l_task_unbind(bound);
    }
    const e2l_task *noisy = NULL;
    const regression_options options = {.points = 64, .noise = 0.1};
    check_status(ctx, e2l_task_bind(ctx, &noisy, task, &options, 1), "noise");
    assert_true(isnan(e2l_task_solved(noisy)));
    e2l_task_unbind(noisy);
    e2l_task_unbind(task); /* a record of the registry stays */
    e2l_task_unbind(NULL);
    e2l_test_ctx_end(ctx);
}

static void test_koza6(void **state)
{
    (void)state;
    static const char *const sets[] = {E2L_SET_SEARCH, E2L_SET_SELECT, E2L_SET_TEST, E2L_SET_SHIFT "range"};
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_score scores[MAX_CASES];
    for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
        test_mean own = score_of(ctx, NULL, sets[s], 5, "x^6 - 2*x^4 + x^2", scores);
        assert_true(own.mean == 0 && own.n_ok == 5);
        assert_true(scores[0].measures[0] == 0 && scores[0].measures[1] == 1 && scores[0].measures[2] == 1);
        /* factored: the same function up to rounding */
        test_mean factored = score_of(ctx, NULL, sets[s], 5, "(x * (x*x - 1))^2", scores);
        assert_true(factored.mean <= 0);
        assert_close(factored.mean, 0, 0, 1e-13);
    }
    e2l_test_ctx_end(ctx);
}

/* Five even points of quartic on [-1, 1]: x = -1, -.5, 0, .5, 1 give 0, -.3125, 0, .9375, 4. */
static void test_by_hand(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_score scores[MAX_CASES];
    const char *options = "{\"target\": \"quartic\", \"points\": 5}";
    test_mean zero = score_of(ctx, options, E2L_SET_SEARCH, 1, "0", scores);
    assert_close(zero.mean, -(0.3125 + 0.9375 + 4) / 5, 1e-15, 0);
    assert_true(scores[0].measures[0] == 4);
    assert_close(scores[0].measures[2], 0.4, 1e-15, 0);
    /* mean .925; spread = sum t^2 - 5 mean^2 */
    const double squares = 0.3125 * 0.3125 + 0.9375 * 0.9375 + 16;
    assert_close(scores[0].measures[1], 1 - squares / (squares - 5 * 0.925 * 0.925), 1e-12, 0);
    test_mean line = score_of(ctx, options, E2L_SET_SEARCH, 1, "x", scores);
    assert_close(line.mean, -(1 + 0.1875 + 0 + 0.4375 + 3) / 5, 1e-15, 0);
    test_mean square = score_of(ctx, "{\"target\": \"quartic\", \"points\": 5, \"error\": \"square\"}", E2L_SET_SEARCH, 1,
                                "x", scores);
    assert_close(square.mean, -(1 + 0.1875 * 0.1875 + 0.4375 * 0.4375 + 9) / 5, 1e-15, 0);
    e2l_test_ctx_end(ctx);
}

/* A rule that is no number anywhere has no score; the learning rate is nothing to it. */
static void test_bad_rules(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_score scores[MAX_CASES];
    static const char *const rules[] = {"log(x)", "1 / (x - x)", "inf - inf", "1e7"};
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
        (void)score_of(ctx, NULL, E2L_SET_SEARCH, 1, rules[r], scores);
        assert_int_equal(scores[0].outcome, E2L_OUTCOME_DIVERGED);
        assert_true(scores[0].value == 0);
    }
    test_judge judge;
    const char *rule = "x + 1";
    e2l_score other[MAX_CASES];
    check_status(ctx, test_judge_open(ctx, &judge, "regression", NULL, 1, E2L_SET_TEST, 3), "open");
    check_status(ctx, test_judge_rules(&judge, &rule, 1, scores), rule);
    check_status(ctx, test_judge_rules(&judge, &rule, 0.125, other), rule);
    for (size_t k = 0; k < 3; k++) {
        assert_true(scores[k].value == other[k].value);
    }
    test_judge_close(&judge);
    e2l_test_ctx_end(ctx);
}

/* Noise is on the search set alone, and is what is left of the score of the truth: mean |N(0, sd)| = sd sqrt(2/pi). */
static void test_noise(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_score scores[MAX_CASES];
    const char *options = "{\"noise\": 0.1, \"points\": 20000}";
    test_mean seen = score_of(ctx, options, E2L_SET_SEARCH, 1, "x^6 - 2*x^4 + x^2", scores);
    assert_close(seen.mean, -0.0797885, 0.03, 0);
    test_mean unseen = score_of(ctx, options, E2L_SET_TEST, 2, "x^6 - 2*x^4 + x^2", scores);
    assert_true(unseen.mean == 0);
    e2l_test_ctx_end(ctx);
}

/* What rules really meet: the points of the search, in range, terminals together. */
static void test_reach(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    check_status(ctx, test_family_open(ctx, &f, "regression", "{\"target\": \"nguyen10\", \"points\": 10}", 1, E2L_SET_SEARCH),
                 "open");
    double x[32], y[32];
    double *const inputs[] = {x, y};
    check_status(ctx, f.task->reach(ctx, f.family, 0, 32, inputs), "reach");
    assert_true(x[0] == 0 && x[1] == -0.5); /* Halton points in base 2: 1/2, 1/4, 3/4 .. */
    assert_close(y[0], -1.0 / 3, 1e-15, 0);
    for (size_t i = 0; i < 32; i++) {
        assert_true(fabs(x[i]) <= 1 && fabs(y[i]) <= 1);
    }
    assert_true(f.task->best(f.family) == 0);
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

/* ---- tables ----------------------------------------------------------------------------------------- */

static void write_file(char path[64], const char *text)
{
    (void)snprintf(path, 64, "regression_XXXXXX");
    const int handle = mkstemp(path);
    assert_true(handle >= 0);
    const size_t n = strlen(text);
    assert_true(write(handle, text, n) == (ssize_t)n);
    assert_int_equal(close(handle), 0);
}

/* target = 2 a - 3 b + 1 over 40 rows, the target's column in the middle. */
static void write_plane(char path[64], double scale)
{
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text text = {.ctx = ctx};
    e2l_text_append(&text, "a,what,b\n");
    for (int i = 0; i < 40; i++) {
        double a = i % 7;
        double b = i % 5;
        e2l_text_appendf(&text, "%g,%.17g,%g\n", a, scale * (2 * a - 3 * b + 1), b);
    }
    write_file(path, e2l_text_get(&text));
    e2l_text_clear(&text);
    e2l_test_ctx_end(ctx);
}

typedef struct bound_table {
    const e2l_task *task;
    regression_options options;
} bound_table;

static e2l_status bind_table(e2l_ctx *ctx, bound_table *out, char *path, char *column)
{
    *out = (bound_table){.options = {.data = path, .target_column = column, .holdout = 0.4, .points = 64}};
    return e2l_task_bind(ctx, &out->task, e2l_task_find("regression"), &out->options, 1);
}

static double judge_table(e2l_ctx *ctx, const bound_table *table, const char *set, const char *rule, size_t *n_cases)
{
    test_judge judge = {.substrate = e2l_substrate_find("cpu")};
    check_status(ctx, judge.substrate->open(ctx, &judge.device, NULL), "substrate");
    const e2l_evaluator_options options = {.struct_size = sizeof options, .task = table->task, .task_options = &table->options,
                                           .task_seed = 1, .set = set, .substrate = judge.substrate, .device = judge.device};
    e2l_evaluator *evaluator = NULL;
    check_status(ctx, e2l_evaluator_create(ctx, &evaluator, &options), set);
    size_t n_names = 0;
    while (table->task->slots[0].terminals[n_names]) {
        n_names++;
    }
    const e2l_scope scope = {.names = table->task->slots[0].terminals, .n_names = n_names};
    e2l_expr *expr = NULL;
    check_status(ctx, e2l_expr_parse(ctx, &expr, rule, strlen(rule), &scope), rule);
    const e2l_expr *rules[] = {expr};
    const double eta = 1;
    e2l_score scores[MAX_CASES];
    *n_cases = e2l_evaluator_n_cases(evaluator);
    assert_true(*n_cases <= MAX_CASES);
    check_status(ctx, e2l_evaluate(evaluator, &(e2l_candidate){rules, &eta}, 1, scores), rule);
    for (size_t k = 0; k < *n_cases; k++) {
        assert_int_equal(scores[k].outcome, E2L_OUTCOME_OK);
    }
    test_mean mean = test_mean_of(scores, *n_cases, -1e9);
    e2l_expr_destroy(ctx, expr);
    e2l_evaluator_destroy(evaluator);
    judge.substrate->close(ctx, judge.device);
    return mean.mean;
}

static void test_table(void **state)
{
    (void)state;
    static const char *const sets[] = {E2L_SET_SEARCH, E2L_SET_SELECT, E2L_SET_TEST, E2L_SET_ALL};
    static const size_t n_cases[] = {1, 8, 8, 1}; /* 24, 8, 8 and 40 rows */
    e2l_ctx *ctx = e2l_test_ctx();
    char path[64];
    char column[] = "what";
    static const double scales[] = {1, 1e9}; /* values far beyond the limit of weights */
    for (size_t s = 0; s < 2; s++) {
        bound_table table;
        write_plane(path, scales[s]);
        check_status(ctx, bind_table(ctx, &table, path, column), path);
        assert_string_equal(table.task->slots[0].terminals[0], "a");
        assert_string_equal(table.task->slots[0].terminals[1], "b");
        assert_null(table.task->slots[0].terminals[2]);
        assert_string_equal(table.task->references[0].name, "linear");
        assert_null(table.task->shifts[0]);
        for (size_t k = 0; k < 4; k++) {
            size_t n = 0;
            const char *truth = s == 0 ? "2 * a - 3 * b + 1" : "1e9 * (2 * a - 3 * b + 1)";
            assert_close(judge_table(ctx, &table, sets[k], truth, &n), 0, 0, 1e-6);
            assert_int_equal(n, n_cases[k]);
            assert_close(judge_table(ctx, &table, sets[k], table.task->references[0].rules[0], &n), 0, 0, 1e-11 * scales[s]);
            assert_true(judge_table(ctx, &table, sets[k], table.task->blind[0], &n) < -0.5 * scales[s]);
        }
        e2l_task_unbind(table.task);
        (void)unlink(path);
    }
    e2l_test_ctx_end(ctx);
}

/* Together the sets hold every row once. */
static void test_deal(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    char path[64];
    write_plane(path, 1);
    regression_table table;
    const regression_options options = {.data = path, .holdout = 0.4};
    check_status(ctx, regression_table_read(ctx, &table, &options, 1), path);
    assert_int_equal(table.n_search + table.n_select + table.n_test, 40);
    assert_int_equal(table.n_search, 24);
    bool seen[40] = {false};
    for (size_t i = 0; i < 40; i++) {
        assert_true(table.order[i] < 40 && !seen[table.order[i]]);
        seen[table.order[i]] = true;
    }
    regression_table_clear(ctx, &table);
    (void)unlink(path);
    e2l_test_ctx_end(ctx);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const texts[][3] = {
        {"x\n1\n", NULL, "one column only"},
        {"a b,y\n1,2\n", NULL, "column 1: 'a b' cannot be an input of formulas: letters"},
        {"1st,y\n1,2\n", NULL, "no digit first"},
        {"sin,y\n1,2\n", NULL, "name of a primitive"},
        {"nan,y\n1,2\n", NULL, "reserved"},
        {"abcdefghijklmnopqrstuvwxyzabcdefgh,y\n1,2\n", NULL, "more than 32 letters"},
        {"alpha,beta\n1,2\n", "alhpa", "target_column: "},
        {"alpha,beta\n1,2\n", "alhpa", "did you mean 'alpha'"},
        {"x,y\n1,two\n", NULL, "line 2, column 2 ('y'): 'two' is not a number"},
    };
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char path[64];
        char column[64];
        bound_table table;
        write_file(path, texts[i][0]);
        (void)snprintf(column, sizeof column, "%s", texts[i][1] ? texts[i][1] : "");
        assert_int_equal(bind_table(ctx, &table, path, column), E2L_INPUT);
        if (!strstr(e2l_ctx_message(ctx), texts[i][2])) {
            fail_msg("'%s' gives '%s', expected '%s'", texts[i][0], e2l_ctx_message(ctx), texts[i][2]);
        }
        assert_null(table.task);
        (void)unlink(path);
    }
    e2l_test_ctx_end(ctx);
}

static void test_no_memory(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    char path[64];
    char column[] = "";
    write_plane(path, 1);
    e2l_status status = E2L_NOMEM;
    for (size_t n = 1; status == E2L_NOMEM; n++) {
        bound_table table;
        e2l_ctx_fail_allocation(ctx, n);
        status = bind_table(ctx, &table, path, column);
        e2l_ctx_fail_allocation(ctx, 0);
        e2l_task_unbind(table.task);
        assert_int_equal(e2l_ctx_blocks(ctx), 0);
    }
    assert_int_equal(status, E2L_OK);
    status = E2L_NOMEM;
    for (size_t n = 1; status == E2L_NOMEM; n++) {
        e2l_family *family = NULL;
        const e2l_task *task = e2l_task_find("regression");
        const regression_options options = {.data = path, .holdout = 0.4};
        e2l_ctx_fail_allocation(ctx, n);
        status = task->open(ctx, &family, &options, 1, E2L_SET_TEST);
        size_t experiment;
        e2l_case drawn;
        char name[E2L_CASE_NAME_BYTES];
        status = status == E2L_OK ? task->draw(ctx, family, 0, &experiment, &drawn, name) : status;
        e2l_ctx_fail_allocation(ctx, 0);
        task->close(ctx, family);
        assert_int_equal(e2l_ctx_blocks(ctx), 0);
    }
    assert_int_equal(status, E2L_OK);
    (void)unlink(path);
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),   cmocka_unit_test(test_bound_targets), cmocka_unit_test(test_koza6),
        cmocka_unit_test(test_by_hand),   cmocka_unit_test(test_bad_rules),     cmocka_unit_test(test_noise),
        cmocka_unit_test(test_reach),     cmocka_unit_test(test_table),         cmocka_unit_test(test_deal),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
