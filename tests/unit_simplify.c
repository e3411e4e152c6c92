/* unit_simplify: zero-mean padding goes, what carries score stays, every step is recorded; the criterion by itself. */
#include "mpi/simplify.h"

#include <math.h>
#include <string.h>

#include "substrate/json.h"
#include "tests/support/support.h"

/* ---- e2l_scores_hold ---------------------------------------------------------------------------------*/
enum { N = 20 };

static void fill(e2l_score *scores, double value)
{
    for (size_t k = 0; k < N; k++) {
        scores[k] = (e2l_score){.outcome = E2L_OUTCOME_OK, .value = value};
    }
}

static void equal_and_better_hold(void **state)
{
    (void)state;
    e2l_score a[N], b[N];
    fill(a, 0.9);
    fill(b, 0.9);
    assert_true(e2l_scores_hold(a, b, N, 0.02));
    b[3].value = 2.0;
    assert_true(e2l_scores_hold(a, b, N, 0.02));
    assert_true(e2l_scores_hold(a, b, 1, 0.02));
    fill(b, 0.9 - 1e-9); /* rounding */
    assert_true(e2l_scores_hold(a, b, N, 0.02));
    fill(b, 0.9 - 1e-7); /* every case loses: no spread to hide in */
    assert_false(e2l_scores_hold(a, b, N, 0.02));
    assert_false(e2l_scores_hold(a, b, 1, 0.02));
}

/* One disaster has a mean and a standard error of d / n each; without it there is no spread. */
static void a_disaster_does_not_excuse_itself(void **state)
{
    (void)state;
    e2l_score a[N], b[N];
    for (double loss = 1e-4; loss < 1e3; loss *= 10) {
        fill(a, 0.9);
        fill(b, 0.9);
        b[N - 1].value -= loss;
        assert_false(e2l_scores_hold(a, b, N, 0.02));
    }
}

/* Losses of -1, 1, -1, .. have the mean m = shift and a standard error of about 1 / sqrt(n). */
static void one_standard_error(void **state)
{
    (void)state;
    e2l_score a[N], b[N];
    fill(a, 0.0);
    for (int sign = 0; sign < 2; sign++) {
        double shift = sign ? 0.15 : 0.3; /* standard error: 0.22 */
        for (size_t k = 0; k < N; k++) {
            b[k] = (e2l_score){.outcome = E2L_OUTCOME_OK, .value = (k % 2 ? 1.0 : -1.0) - shift};
        }
        assert_true(e2l_scores_hold(a, b, N, 0.02) == (sign == 1));
    }
}

static void cases_that_were_ok_stay_ok(void **state)
{
    (void)state;
    e2l_score a[N], b[N];
    fill(a, 0.5);
    fill(b, 0.9);
    b[7] = (e2l_score){.outcome = E2L_OUTCOME_DIVERGED};
    assert_false(e2l_scores_hold(a, b, N, 0.02));
    a[7] = b[7]; /* it was not ok before either */
    assert_true(e2l_scores_hold(a, b, N, 0.02));
    for (size_t k = 0; k < N; k++) {
        a[k].outcome = E2L_OUTCOME_DIVERGED;
    }
    assert_false(e2l_scores_hold(a, b, N, 0.02));
}

/* ---- e2l_simplify through the real task ----------------------------------------------------------------*/
typedef struct testbed {
    e2l_ctx *ctx;
    e2l_config config;
    e2l_lab lab;
    e2l_rule_choices rules;
    e2l_simplification simplified;
} testbed;

static const char *const TUNED = "{\"task\": {\"name\": \"pca\", \"eta\": \"tune\", \"samples\": 400, \"cases\": 6}}";
static const char *const FIXED = "{\"task\": {\"name\": \"pca\", \"eta\": 0.02, \"samples\": 400, \"cases\": 6}}";

static e2l_status open_bench(e2l_ctx *ctx, testbed *out, const char *config, const char *rule)
{
    cJSON *json = NULL;
    *out = (testbed){.ctx = ctx};
    e2l_status status = e2l_json_parse(ctx, &json, config, strlen(config), "test");
    status = status == E2L_OK ? e2l_config_from_json(ctx, &out->config, json, "test") : status;
    e2l_json_free(json);
    status = status == E2L_OK ? e2l_lab_open(ctx, &out->lab, &out->config, NULL) : status;
    return status == E2L_OK ? e2l_rule_choices_add(ctx, &out->rules, out->config.task, "rule", &rule, "test") : status;
}

static e2l_status simplify(testbed *on, size_t most)
{
    double etas[E2L_MAX_SLOTS] = {on->lab.eta0};
    return e2l_simplify(on->ctx, &on->simplified, &on->lab,
                        (const e2l_expr *const *)on->rules.at[0].rules, etas, most);
}

static void close_bench(testbed *on)
{
    e2l_simplification_clear(&on->simplified);
    e2l_rule_choices_clear(on->ctx, &on->rules);
    e2l_lab_close(&on->lab);
    e2l_config_clear(&on->config);
}

static void run(testbed *on, const char *config, const char *rule, size_t most)
{
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_status status = open_bench(ctx, on, config, rule);
    status = status == E2L_OK ? simplify(on, most) : status;
    if (status != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
}

static void end(testbed *on)
{
    close_bench(on);
    e2l_test_ctx_end(on->ctx);
}

static void assert_result(const testbed *on, const char *wanted)
{
    e2l_text text = {.ctx = on->ctx};
    assert_string_equal(e2l_test_print(on->simplified.result->at[0].rules[0], &text), wanted);
    e2l_text_clear(&text);
}

/* Steps join up: each begins with the formula the one before ended with, and gets smaller. */
static void assert_chain(const testbed *on)
{
    const e2l_simplification *done = &on->simplified;
    for (size_t k = 0; k < done->n_steps; k++) {
        const e2l_simpler *step = &done->steps[k];
        assert_true(step->complexity_after <= step->complexity_before && step->paired.n > 0);
        assert_true((step->evidence == E2L_EVIDENCE_EMPIRICAL) == (step->removed && step->put));
        if (k > 0) {
            assert_string_equal(step->from, done->steps[k - 1].to);
        }
    }
}

static void padding_goes(void **state)
{
    (void)state;
    testbed bench;
    run(&bench, TUNED, "(2*y - w) * (x - w*y)", 1000);
    assert_result(&bench, "y * (x - y * w)");
    assert_chain(&bench);
    const e2l_simplification *done = &bench.simplified;
    assert_true(done->n_steps >= 1 && !done->is_capped && done->n_cases == E2L_CASES_SELECT);
    assert_int_equal(done->steps[0].evidence, E2L_EVIDENCE_EMPIRICAL);
    assert_int_equal(done->steps[done->n_steps - 1].complexity_after, 3);
    end(&bench);
}

static void what_carries_score_stays(void **state)
{
    (void)state;
    testbed bench;
    run(&bench, TUNED, "y * (x - y * w)", 1000);
    assert_result(&bench, "y * (x - y * w)");
    assert_int_equal(bench.simplified.n_steps, 0);
    end(&bench);
}

/* At a fixed rate the factor is a rate: it carries score and stays. */
static void rates_stay_with_fixed_eta(void **state)
{
    (void)state;
    testbed bench;
    run(&bench, FIXED, "3 * y * (x - y * w) + 0 * x", 1000);
    assert_chain(&bench);
    assert_result(&bench, "3 * y * (x - y * w)");
    assert_int_equal(bench.simplified.n_steps, 1); /* 0 * x, proven */
    assert_int_equal(bench.simplified.steps[0].evidence, E2L_EVIDENCE_ALGEBRAIC);
    assert_true(bench.simplified.result->at[0].etas[0] == bench.lab.eta0);
    end(&bench);
}

static void nothing_to_judge_by(void **state)
{
    (void)state;
    testbed bench;
    run(&bench, FIXED, "1e9 * y + x", 1000); /* diverges everywhere */
    assert_int_equal(bench.simplified.n_steps, 0);
    assert_result(&bench, "1000000000 * y + x");
    end(&bench);
    run(&bench, TUNED, "(2*y - w) * (x - w*y)", 0);
    assert_int_equal(bench.simplified.n_steps, 0);
    assert_int_equal(bench.simplified.n_tried, 0);
    end(&bench);
}

static void the_cap_holds(void **state)
{
    (void)state;
    for (size_t most = 1; most < 12; most += 3) {
        testbed bench;
        run(&bench, TUNED, "(2*y - w) * (x - w*y)", most);
        assert_true(bench.simplified.n_tried <= most && bench.simplified.is_capped);
        assert_chain(&bench);
        end(&bench);
    }
}

/* The record as JSON: complete, parsable, the same twice. */
static void record(void **state)
{
    (void)state;
    e2l_text texts[2];
    for (size_t k = 0; k < 2; k++) {
        testbed bench;
        run(&bench, TUNED, "(2*y - w) * (x - w*y)", 1000);
        e2l_ctx *ctx = e2l_test_ctx();
        texts[k] = (e2l_text){.ctx = ctx};
        e2l_text_append(&texts[k], "{");
        e2l_simplification_put(&texts[k], &bench.simplified);
        e2l_text_append(&texts[k], "}");
        end(&bench);
    }
    assert_string_equal(e2l_text_get(&texts[0]), e2l_text_get(&texts[1]));
    cJSON *json = NULL;
    assert_int_equal(e2l_json_parse(texts[0].ctx, &json, e2l_text_get(&texts[0]), texts[0].n, "record"), E2L_OK);
    const cJSON *step = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(json, "steps"), 0);
    static const char *const KEYS[] = {"kind", "slot", "removed", "put", "from", "to", "eta", "paired"};
    for (size_t k = 0; k < sizeof KEYS / sizeof KEYS[0]; k++) {
        assert_non_null(cJSON_GetObjectItemCaseSensitive(step, KEYS[k]));
    }
    e2l_json_free(json);
    for (size_t k = 0; k < 2; k++) {
        e2l_ctx *ctx = texts[k].ctx;
        e2l_text_clear(&texts[k]);
        e2l_test_ctx_end(ctx);
    }
}

/* ---- memory ------------------------------------------------------------------------------------------*/
/* Allocations fail from the n-th on, n growing by a quarter: no leak, no crash, NOMEM. */
static void out_of_memory(void **state)
{
    (void)state;
    static const char *const SMALL = "{\"task\": {\"name\": \"pca\", \"eta\": \"tune\", \"samples\": 5, \"cases\": 2}}";
    size_t n = 1;
    for (bool failed = true; failed; n += 1 + n / 4) {
        testbed bench;
        e2l_ctx *ctx = e2l_test_ctx();
        assert_int_equal(open_bench(ctx, &bench, SMALL, "x + 0.37 * y * w - w"), E2L_OK);
        e2l_ctx_fail_allocation(ctx, n);
        e2l_status status = simplify(&bench, 200);
        e2l_ctx_fail_allocation(ctx, 0);
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        failed = status != E2L_OK;
        end(&bench);
    }
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_and_better_hold),    cmocka_unit_test(a_disaster_does_not_excuse_itself),
        cmocka_unit_test(one_standard_error),       cmocka_unit_test(cases_that_were_ok_stay_ok),
        cmocka_unit_test(padding_goes),             cmocka_unit_test(what_carries_score_stays),
        cmocka_unit_test(rates_stay_with_fixed_eta), cmocka_unit_test(nothing_to_judge_by),
        cmocka_unit_test(the_cap_holds),            cmocka_unit_test(record),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
