/* unit_recover.c: the teacher's own rule repeats every recording to the bit; errors, gaps, windows and units of the score by hand; tables
   of one's own; what least squares finds and what data cannot tell; when a rule counts as found. */
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tasks/recover.h"
#include "tests/support/task.h"

enum { N_CASES = 5, MAX_ARRAY = 4096 };

static void check(e2l_ctx *ctx, e2l_status status)
{
    if (status != E2L_OK) {
        fail_msg("%s: %s", e2l_status_text(status), e2l_ctx_message(ctx));
    }
}

/* Scores of one rule on the first n cases of a set. */
static void judge(const char *options, const char *set, const char *rule, double eta, size_t n, e2l_score *scores)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_judge judge;
    check(ctx, test_judge_open(ctx, &judge, "recover", options, 1, set, n));
    check(ctx, test_judge_rules(&judge, &rule, eta, scores));
    test_judge_close(&judge);
    e2l_test_ctx_end(ctx);
}

/* ---- synthetic recordings ------------------------------------------------------------------------ */

static void assert_exact(const char *options, const char *set, const char *rule)
{
    e2l_score scores[N_CASES];
    judge(options, set, rule, 0.02, N_CASES, scores);
    for (size_t k = 0; k < N_CASES; k++) {
        if (scores[k].outcome != E2L_OUTCOME_OK || scores[k].value != 0) {
            fail_msg("%s on %s, %s, case %zu: %s, %g", rule, set, options, k, e2l_outcome_text(scores[k].outcome),
                     scores[k].value);
        }
        assert_true(scores[k].measures[0] == 0 && scores[k].measures[1] == 0);
    }
    judge(options, set, "0", 0.02, N_CASES, scores);
    for (size_t k = 0; k < N_CASES; k++) {
        assert_int_equal(scores[k].outcome, E2L_OUTCOME_OK);
        assert_close(scores[k].value, -1, 1e-12, 0);
        assert_close(scores[k].measures[0], 1, 1e-12, 0);
        assert_true(scores[k].measures[1] > 0);
    }
}

static void test_exact(void **state)
{
    static const char *const sets[] = {"search",       "select",      "test",       "shift:dimension",
                                       "shift:inputs", "shift:scale", "shift:start"};
    static const char *const settings[] = {
        "", ", \"observe\": \"activity\"", ", \"observe\": \"both\"", ", \"window\": 0", ", \"window\": 7, \"gaps\": 0.4",
        ", \"every\": 5, \"n\": 9, \"inputs\": \"uniform\"", ", \"n\": 17, \"inputs\": \"binary\", \"steps\": 300"};
    const e2l_task *task = e2l_task_find("recover");
    (void)state;
    for (size_t r = 0; r < 5; r++) {
        for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
            char options[200];
            (void)snprintf(options, sizeof options, "{\"teacher\": \"%s\"%s}", task->references[r].name, settings[s]);
            assert_exact(options, sets[(r + s) % 7], task->references[r].rules[0]);
        }
        for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
            char options[100];
            (void)snprintf(options, sizeof options, "{\"teacher\": \"%s\"}", task->references[r].name);
            assert_exact(options, sets[s], task->references[r].rules[0]);
        }
    }
    assert_exact("{\"teacher\": \"tanh(x * y) - exp(-abs(w)) * r\"}", "search", "tanh(x * y) - exp(-abs(w)) * r");
}

/* 1 % of a constant off costs about its square, and twice as far four times as much: a smooth way down. */
static void test_smooth(void **state)
{
    e2l_score one[N_CASES], two[N_CASES], far[N_CASES];
    (void)state;
    judge("{}", "search", "1.01 * y * (x - y * w)", 0.02, N_CASES, one);
    judge("{}", "search", "1.02 * y * (x - y * w)", 0.02, N_CASES, two);
    judge("{}", "search", "1e5", 0.02, N_CASES, far);
    for (size_t k = 0; k < N_CASES; k++) {
        assert_close(one[k].value, -2e-4 / (1 + 1e-4), 1e-6, 0);
        assert_close(two[k].value / one[k].value, 4, 1e-2, 0);
        assert_true(far[k].value > -2 - 1e-12 && far[k].value < -1.99);
    }
}

/* Noise does not change inputs and rewards; the teacher's rule is no longer exact, and better than nothing. */
static void test_noise(void **state)
{
    e2l_score noisy[N_CASES], still[N_CASES], other[N_CASES];
    const char *options = "{\"noise\": 0.1, \"window\": 0, \"steps\": 200, \"rate\": 0.05}";
    (void)state;
    judge(options, "search", "y * (x - y * w)", 0.05, N_CASES, noisy);
    judge(options, "search", "0", 0.05, N_CASES, still);
    double known = 0, recorded = 0;
    judge("{\"noise\": 0.1, \"window\": 0, \"steps\": 200, \"rate\": 0.05, \"start\": \"recorded\"}", "search", "y * (x - y * w)", 0.05,
          N_CASES, other);
    for (size_t k = 0; k < N_CASES; k++) {
        known += noisy[k].value;
        recorded += other[k].value;
    }
    assert_true(recorded < known); /* who starts wrong is blamed for it */
    for (size_t k = 0; k < N_CASES; k++) {
        assert_true(noisy[k].value < 0 && noisy[k].value > -0.5);
        assert_close(still[k].value, -1, 1e-12, 0);
    }
}

/* ---- tables of one's own -------------------------------------------------------------------------- */

typedef struct table {
    char path[64];
    char options[256];
} table;

static void write_table(table *out, const char *text, const char *more)
{
    (void)snprintf(out->path, sizeof out->path, "/tmp/e2l_recover_XXXXXX");
    const int handle = mkstemp(out->path);
    assert_true(handle >= 0);
    FILE *file = fdopen(handle, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(out->options, sizeof out->options, "{\"data\": \"%s\", \"rate\": 0.5%s}", out->path, more);
}

static double score_table(const char *text, const char *more, const char *rule)
{
    table made;
    e2l_score score;
    write_table(&made, text, more);
    judge(made.options, "all", rule, 0.5, 1, &score);
    (void)unlink(made.path);
    assert_int_equal(score.outcome, E2L_OUTCOME_OK);
    return score.value;
}

static const char three_rows[] = "x1,w1\n1,1\n2,1.5\n9,2.5\n"; /* the last inputs are not used */

/* rule 1 at rate 0.5 adds 0.5 a step; -2 E / (E + S). */
static void test_by_hand(void **state)
{
    (void)state;
    assert_close(score_table(three_rows, "", "1"), -2 * 0.25 / (0.25 + 1.25), 1e-14, 0);
    assert_close(score_table(three_rows, ", \"window\": 0", "1"), -2 * 0.25 / (0.25 + 2.5), 1e-14, 0);
    assert_close(score_table(three_rows, "", "y"), -2 * 0.25 / (0.25 + 1.25), 1e-14, 0); /* 1.5 + 0.5 * 3 = 3 */
    assert_close(score_table("x1,w1\n1,1\n2,\n9,2.5\n", "", "1"), -2 * 0.25 / (0.25 + 2.25), 1e-14, 0); /* a gap */
    assert_close(score_table("t,x1,w1,r\n0,1,1,1\n1,2,1.5,2\n2,9,2.5,0\n", "", "r"), 0, 0, 0);
    assert_close(score_table("x1,w1,y\n1,1,1\n2,1.5,2\n9,2.5,\n", ", \"observe\": \"both\"", "y"), 0, 0, 0);
    /* activity: y = x w = 1, 2 * 1.5 with rule 1; recorded 1 and 4: E = 1; still 2 * 1: S = 4 */
    assert_close(score_table("x1,w1,y\n1,1,1\n2,,4\n9,,\n", ", \"observe\": \"activity\"", "1"), -2.0 / 5, 1e-14, 0);
}

static void put_row(e2l_text *out, const double *x, const double *w, double reward)
{
    e2l_text_appendf(out, "0,%.17g,%.17g,%.17g,%.17g,%.17g\n", x[0], x[1], w[0], w[1], reward);
}

/* A drawn recording written as a table, cut in pieces of 7 steps: the same rule is exact again. */
static void test_round_trip(void **state)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    size_t experiment;
    e2l_case item;
    char name[E2L_CASE_NAME_BYTES];
    double x[40], now[40], next[40], reward[20];
    e2l_score scores[3];
    (void)state;
    check(ctx, test_family_open(ctx, &f, "recover", "{\"n\": 2, \"steps\": 20, \"teacher\": \"threefactor\"}", 1, "search"));
    check(ctx, f.task->draw(ctx, f.family, 3, &experiment, &item, name));
    check(ctx, item.fill(&item, ctx, 0, 0, 20, x));
    check(ctx, item.fill(&item, ctx, 1, 0, 20, now));
    check(ctx, item.fill(&item, ctx, 2, 0, 20, next));
    check(ctx, item.fill(&item, ctx, 4, 0, 20, reward));
    e2l_text text;
    e2l_text_init(&text, ctx);
    e2l_text_append(&text, "recording,x1,x2,w1,w2,r\n");
    for (size_t t = 0; t < 20; t++) {
        put_row(&text, x + 2 * t, now + 2 * t, reward[t]);
    }
    put_row(&text, x, next + 38, 0);
    table made;
    write_table(&made, e2l_text_get(&text), ", \"steps\": 7");
    judge(made.options, "all", "(r - 0.2) * x * y - 0.1 * w", 0.02, 3, scores);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(scores[k].outcome, E2L_OUTCOME_OK);
        assert_true(scores[k].value == 0);
        assert_int_equal(scores[k].step, k < 2 ? 7 : 6);
    }
    (void)unlink(made.path);
    e2l_text_clear(&text);
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

static void refuse(const char *text, const char *more, const char *expected)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    table made;
    write_table(&made, text, more);
    assert_int_equal(test_family_open(ctx, &f, "recover", made.options, 1, "all"), E2L_INPUT);
    if (!strstr(e2l_ctx_message(ctx), expected)) {
        fail_msg("'%s' does not say '%s'", e2l_ctx_message(ctx), expected);
    }
    (void)unlink(made.path);
    e2l_test_ctx_end(ctx);
}

static void test_wrong_tables(void **state)
{
    (void)state;
    refuse("x1,w1,w3\n1,1,1\n2,2,2\n", "", "column 3: 'w3' unknown");
    refuse("x1,x2,w1\n1,1,1\n2,2,2\n", "", "as many of both");
    refuse("x1,w1\n,1\n2,2\n", "", "line 2, column 'x1': empty");
    refuse("x1,w1,r\n1,1,\n2,2,2\n", "", "line 2, column 'r': empty");
    refuse("x1,w1\n1,1e10\n2,2\n", "", "line 2, column 'w1'");
    refuse("x1,w1\n1,1\n", "", "no two rows");
    refuse("x1,w1\n1,\n2,\n3,1\n", "", "no two rows");
    refuse("x1,w1\n1,1\n2,2\n", ", \"observe\": \"activity\"", "no column 'y'");
    refuse("x1,w1,y\n1,,1\n2,2,1\n", ", \"observe\": \"activity\"", "line 2: the first weights");
    refuse("x1,w1\n1,1\n2,a\n", "", "line 3");
}

static void test_wrong_options(void **state)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    (void)state;
    assert_int_equal(test_family_open(ctx, &f, "recover", "{\"teacher\": \"x * z\"}", 1, "search"), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "task.teacher"));
    assert_int_equal(test_family_open(ctx, &f, "recover", "{\"teacher\": \"\"}", 1, "search"), E2L_INPUT);
    assert_int_equal(test_family_open(ctx, &f, "recover", "{\"n\": 1000, \"steps\": 1000000}", 1, "search"), E2L_INPUT);
    e2l_test_ctx_end(ctx);
}

/* A teacher that runs away is recorded as far as it gets; one that does so at once cannot be recorded. */
static void test_runaway(void **state)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    size_t experiment;
    e2l_case item;
    char name[E2L_CASE_NAME_BYTES];
    (void)state;
    assert_exact("{\"teacher\": \"1000 * x * y\", \"steps\": 200}", "search", "1000 * x * y");
    check(ctx, test_family_open(ctx, &f, "recover", "{\"teacher\": \"1e9\"}", 1, "search"));
    assert_int_equal(f.task->draw(ctx, f.family, 0, &experiment, &item, name), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "diverge"));
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

/* ---- what the data can tell ----------------------------------------------------------------------- */

static void fit(e2l_recover_fit *out, const char *options)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    check(ctx, test_family_open(ctx, &f, "recover", options, 1, "search"));
    check(ctx, e2l_recover_taylor(ctx, out, f.family, 6));
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

static size_t term_called(const char *name)
{
    for (size_t k = 0; k < E2L_RECOVER_TERMS; k++) {
        char text[E2L_RECOVER_TERM_BYTES];
        e2l_recover_term_text(k, text);
        if (strcmp(text, name) == 0) {
            return k;
        }
    }
    fail_msg("no term '%s'", name);
    return 0;
}

static void test_taylor(void **state)
{
    static e2l_recover_fit found;
    (void)state;
    fit(&found, "{}");
    assert_int_equal(found.n_terms, E2L_RECOVER_TERMS);
    assert_int_equal(found.rank, E2L_RECOVER_TERMS);
    assert_int_equal(found.n_fit, 3 * 50 * 3);
    assert_int_equal(found.n_held, 3 * 50 * 3);
    for (size_t k = 0; k < E2L_RECOVER_TERMS; k++) {
        double want = k == term_called("x*y") ? 1 : k == term_called("y^2*w") ? -1 : 0;
        assert_close(found.coefficient[k], want, 0, 1e-6);
    }
    assert_true(found.error_held < 1e-12 && found.condition > 1 && found.condition < 1e6);
    fit(&found, "{\"reward\": 0, \"teacher\": \"covariance\"}");
    assert_int_equal(found.n_terms, E2L_RECOVER_TAYLOR);
    assert_close(found.coefficient[0], 0.15, 0, 1e-6);
    assert_close(found.coefficient[term_called("x")], -0.3, 0, 1e-6);
    fit(&found, "{\"noise\": 0.1}");
    assert_true(fabs(found.coefficient[term_called("x*y")] - 1) > 0.01 && found.error_held > 0.1);
    fit(&found, "{\"every\": 2}");
    assert_int_equal(found.n_fit, 0);
    assert_int_equal(found.rank, 0);
}

/* Whole trajectories: n recordings of a set; the coefficients must be `want` within the tolerance, all others dropped. */
static void assert_weak(const char *options, size_t n, size_t n_wanted, const char *const *terms, const double *want,
                        double tolerance)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    e2l_recover_weak_fit found;
    check(ctx, test_family_open(ctx, &f, "recover", options, 1, "search"));
    const e2l_family *family = f.family;
    check(ctx, e2l_recover_weak(ctx, &found, &family, &n, 1));
    size_t n_kept = 0;
    for (size_t k = 0; k < E2L_RECOVER_TERMS; k++) {
        n_kept += found.coefficient[k] != 0;
    }
    assert_int_equal(n_kept, n_wanted);
    for (size_t k = 0; k < n_wanted; k++) {
        assert_close(found.coefficient[term_called(terms[k])], want[k], tolerance, 0);
    }
    assert_true(n == 0 ? found.n_rounds == 0 : found.n_rows > 0 && found.error >= 0 && found.error < 0.3);
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

/* Noise of 10 % leaves the terms and their coefficients, with a reward to be mistaken about and without, through gaps as well. */
static void test_weak(void **state)
{
    static const char *const oja[] = {"x*y", "y^2*w"}, *const decay[] = {"x*y", "w"};
    static const double both[] = {1, -1};
    (void)state;
    assert_weak("{\"rate\": 0.05, \"noise\": 0.1}", 60, 2, oja, both, 0.02);
    assert_weak("{\"rate\": 0.05, \"noise\": 0.1, \"teacher\": \"decay\"}", 60, 2, decay, both, 0.02);
    assert_weak("{\"rate\": 0.05, \"noise\": 0.1, \"gaps\": 0.3, \"reward\": 0}", 60, 2, oja, both, 0.02);
    assert_weak("{\"teacher\": \"0 * x\"}", 0, 0, NULL, NULL, 0);
}

static void assert_form(const char *rule, const char *teacher, bool expected, double worst)
{
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_expr *a = e2l_test_parse(ctx, rule), *b = e2l_test_parse(ctx, teacher);
    bool is_same = !expected;
    double found = 0;
    check(ctx, e2l_recover_form(ctx, a, b, &is_same, &found));
    assert_int_equal(is_same, expected);
    assert_true(isnan(worst) ? isnan(found) : fabs(found - worst) < 1e-12);
    e2l_expr_destroy(ctx, a);
    e2l_expr_destroy(ctx, b);
    e2l_test_ctx_end(ctx);
}

static void test_form(void **state)
{
    static const char oja[] = "y * (x - y * w)";
    (void)state;
    assert_form("1.25 * y * x - 0.9 * y * y * w", oja, true, 0.25);
    assert_form(oja, oja, true, 0);
    assert_form("y * (x - y * w) + 1e-3 * x", oja, false, (double)NAN);
    assert_form("y * x", oja, false, (double)NAN);
    assert_form("-2 * y * x + w * y^2", oja, true, 3);
    assert_form("tanh(0.7 * x) * y", "tanh(0.5 * x) * y", true, (double)NAN);
    assert_form("tanh(x * y)", oja, false, (double)NAN);
}

/* The remarks on the first cases of a set, which must hold `expected`. */
static void assert_remark(const char *options, const char *expected)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    e2l_text text;
    e2l_text_init(&text, ctx);
    check(ctx, test_family_open(ctx, &f, "recover", options, 1, "search"));
    check(ctx, f.task->remarks(ctx, f.family, 4, &text));
    if (!strstr(e2l_text_get(&text), expected)) {
        fail_msg("%s: '%s' does not say '%s'", options, e2l_text_get(&text), expected);
    }
    e2l_text_clear(&text);
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

static void test_remarks(void **state)
{
    (void)state;
    assert_remark("{}", "identifiable: the data tell all 54 terms");
    assert_remark("{}", "least squares on these 54 terms: -y^2*w + x*y\n");
    assert_remark("{}", "finds the teacher within 1 %");
    assert_remark("{\"sd\": 0}", "not identifiable");
    assert_remark("{\"sd\": 0}", "on these data x = 0.5\n"); /* a constant input is no input */
    assert_remark("{\"inputs\": \"binary\", \"sd\": 0.5}", "on these data x^2 = x\n");
    assert_remark("{\"n\": 1}", "on these data x*w = y\n"); /* one input: y = w x */
    assert_remark("{\"reward\": 0}", "the reward never varies");
    assert_remark("{\"every\": 2}", "cannot be told");
    assert_remark("{\"teacher\": \"0 * x\"}", "do not change");
    assert_remark("{\"observe\": \"activity\"}", "only activity is compared");
    assert_remark("{\"noise\": 0.1}", "misses the teacher");
    assert_remark("{\"noise\": 0.1}", "least squares on whole trajectories");
}

/* ---- when a rule is found -------------------------------------------------------------------------- */

static void assert_match(const char *rule, const char *teacher, bool expected)
{
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_expr *a = e2l_test_parse(ctx, rule), *b = e2l_test_parse(ctx, teacher);
    bool is_one = !expected;
    check(ctx, e2l_recover_matches(ctx, a, b, 0.01, &is_one));
    if (is_one != expected) {
        fail_msg("'%s' and '%s': %d", rule, teacher, is_one);
    }
    e2l_expr_destroy(ctx, a);
    e2l_expr_destroy(ctx, b);
    e2l_test_ctx_end(ctx);
}

static void test_matches(void **state)
{
    static const char oja[] = "y * (x - y * w)", covariance[] = "(x - 0.5) * (y - 0.3)";
    (void)state;
    assert_match("y * x - y * y * w", oja, true);
    assert_match("1.005 * y * (x - y * w)", oja, true);
    assert_match("1.02 * y * (x - y * w)", oja, false);
    assert_match("2 * y * (x - y * w)", oja, false);
    assert_match("y * (x - y * w) + 1e-3 * x", oja, false);
    assert_match("y * x", oja, false);
    assert_match("y * (x - y * w) + r - r", oja, true);
    assert_match("x * y - 0.3 * x - 0.5 * y + 0.15", covariance, true);
    assert_match("0.1 * (2 * x - 1) * (5 * y - 1.5)", covariance, true);
    assert_match("(x - 0.502) * (y - 0.301)", covariance, true);
    assert_match("(x - 0.502) * (y - 0.31)", covariance, false);
    assert_match("0.1 * (1 - 2 * x) * (1 - 5 * y)", covariance, false);
    assert_match("(0.1 + 0.2 - 0.3) * w + (x - 0.5) * (y - 0.3)", covariance, true); /* 5e-17 w is rounding */
    assert_match("tanh(0.5 * x) * y", "y * tanh(x * 0.502)", true);
    assert_match("tanh(0.5 * x) * y", "y * tanh(x * 0.6)", false);
    assert_match("tanh(x) * y", "x * y", false);
    assert_match("0", "0", true);
    assert_match("0", oja, false);
    assert_match("inf", "inf", true);
}

static void test_solution(void **state)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    bool is_one = false;
    (void)state;
    check(ctx, test_family_open(ctx, &f, "recover", "{\"teacher\": \"covariance\"}", 1, "search"));
    e2l_expr *rule = e2l_test_parse(ctx, "x * y - 0.3 * x - 0.5 * y + 0.15"), *other = e2l_test_parse(ctx, "x * y");
    check(ctx, f.task->is_solution(ctx, f.options, (const e2l_expr *const *)&rule, &is_one));
    assert_true(is_one);
    check(ctx, f.task->is_solution(ctx, f.options, (const e2l_expr *const *)&other, &is_one));
    assert_false(is_one);
    e2l_expr_destroy(ctx, rule);
    e2l_expr_destroy(ctx, other);
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

/* The record for given options: the teacher first, no r where no reward is, a mark only where exactness can be had. */
static void test_bind(void **state)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    const e2l_task *bound;
    (void)state;
    check(ctx, test_family_open(ctx, &f, "recover", "{\"teacher\": \"x - w\", \"reward\": 0}", 1, "search"));
    check(ctx, e2l_task_bind(ctx, &bound, f.task, f.options, 1));
    assert_string_equal(bound->references[0].name, "teacher");
    assert_string_equal(bound->references[0].rules[0], "x - w");
    assert_string_equal(bound->slots[0].terminals[2], "w");
    assert_null(bound->slots[0].terminals[3]);
    assert_true(e2l_task_solved(bound) < 0 && e2l_task_solved(bound) > -1e-9);
    assert_close(f.task->data_eta(f.family), 0.02, 0, 0);
    e2l_task_unbind(bound);
    test_family_close(&f);
    check(ctx, test_family_open(ctx, &f, "recover", "{\"noise\": 0.1}", 1, "search"));
    check(ctx, e2l_task_bind(ctx, &bound, f.task, f.options, 1));
    assert_string_equal(bound->slots[0].terminals[3], "r");
    assert_true(isnan(e2l_task_solved(bound)));
    e2l_task_unbind(bound);
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

/* Every allocation of reading a table, judging and remarking fails once. */
static e2l_status work(e2l_ctx *ctx, const char *options)
{
    static const char *const rule[] = {"y * x"};
    test_judge made;
    e2l_score scores[2];
    e2l_text text;
    e2l_text_init(&text, ctx);
    e2l_status status = test_judge_open(ctx, &made, "recover", options, 1, "search", 1);
    status = status == E2L_OK ? test_judge_rules(&made, rule, 0.5, scores) : status;
    if (status == E2L_OK) {
        status = made.base.task->remarks(ctx, e2l_evaluator_family(made.evaluator), 1, &text);
    }
    test_judge_close(&made);
    e2l_text_clear(&text);
    return status;
}

static void test_memory(void **state)
{
    table made;
    const char *options[] = {made.options, "{\"steps\": 5, \"n\": 1}"};
    (void)state;
    write_table(&made, three_rows, "");
    for (size_t o = 0; o < 2; o++) {
        e2l_status status = E2L_NOMEM;
        for (size_t n = 1; status != E2L_OK && n < 1000000; n = e2l_test_next_allocation(n)) {
            e2l_ctx *ctx = e2l_test_ctx();
            e2l_ctx_fail_allocation(ctx, n);
            status = work(ctx, options[o]);
            assert_true(status == E2L_OK || status == E2L_NOMEM);
            e2l_test_ctx_end(ctx);
        }
        assert_int_equal(status, E2L_OK);
    }
    (void)unlink(made.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),       cmocka_unit_test(test_smooth),       cmocka_unit_test(test_noise),
        cmocka_unit_test(test_by_hand),     cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_wrong_tables),
        cmocka_unit_test(test_wrong_options), cmocka_unit_test(test_runaway),    cmocka_unit_test(test_taylor),
        cmocka_unit_test(test_weak),          cmocka_unit_test(test_form),
        cmocka_unit_test(test_remarks),     cmocka_unit_test(test_matches),      cmocka_unit_test(test_solution),
        cmocka_unit_test(test_bind),        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
