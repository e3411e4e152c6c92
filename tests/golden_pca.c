/* PCA scores against recorded ones: every case and rule of tests/golden/pca_expected.json to 1e-9 relative, outcomes
   equal; once by the oracle in C, once by the production path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "tests/support/task.h"

#define CASES E2L_SOURCE_DIR "/tests/golden/pca_cases.json"
#define EXPECTED E2L_SOURCE_DIR "/tests/golden/pca_expected.json"

static const double tolerance = 1e-9;
enum { MAX_CASES = 16 };

static double oja(double x, double w, double y)
{
    return y * (x - y * w);
}
static double oja2(double x, double w, double y)
{
    return 2 * y * (x - y * w);
}
static double decay(double x, double w, double y)
{
    return y * x - w;
}
static double hebb(double x, double w, double y)
{
    (void)w;
    return y * x;
}
static double zero(double x, double w, double y)
{
    (void)x;
    (void)w;
    (void)y;
    return 0;
}

static const struct {
    const char *text;
    test_rule_of rule;
} rules[] = {{"y * (x - y * w)", oja}, {"2 * y * (x - y * w)", oja2}, {"y * x - w", decay}, {"y * x", hebb}, {"0", zero}};

static test_rule_of find_rule(const char *text)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcmp(rules[i].text, text) == 0) {
            return rules[i].rule;
        }
    }
    return NULL;
}

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

static double number_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

static bool is_ok(const cJSON *want)
{
    return strcmp(cJSON_GetObjectItemCaseSensitive(want, "outcome")->valuestring, "ok") == 0;
}

static cJSON *read_expected(e2l_ctx *ctx)
{
    cJSON *root = NULL;
    assert_int_equal(e2l_json_read_file(ctx, &root, EXPECTED), E2L_OK);
    return root;
}

static void compare_oracle(const cJSON *want, const test_outcome *have)
{
    assert_int_equal(have->diverged, !is_ok(want));
    if (is_ok(want)) {
        assert_true(test_close(have->score, number_of(want, "fitness"), tolerance));
        assert_true(test_close(have->cos_mean, number_of(want, "cos_mean"), tolerance));
        assert_true(test_close(have->cos_final, number_of(want, "cos_final"), tolerance));
        assert_true(test_close(have->norm, number_of(want, "norm"), tolerance));
    }
}

static void test_oracle(void **state)
{
    e2l_ctx *ctx = *state;
    cJSON *root = read_expected(ctx);
    test_family family;
    assert_int_equal(test_family_open_file(ctx, &family, CASES, E2L_SET_ALL), E2L_OK);
    size_t k = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "cases"))
    {
        test_arrays arrays;
        assert_int_equal(test_arrays_create(ctx, &arrays, &family, k++), E2L_OK);
        assert_string_equal(arrays.name, cJSON_GetObjectItemCaseSensitive(item, "name")->valuestring);
        const cJSON *want;
        cJSON_ArrayForEach(want, cJSON_GetObjectItemCaseSensitive(item, "rules"))
        {
            test_outcome have;
            assert_non_null(find_rule(want->string));
            assert_int_equal(test_simulate(ctx, &have, &arrays, find_rule(want->string), number_of(root, "eta"),
                                           number_of(root, "alpha")),
                             E2L_OK);
            compare_oracle(want, &have);
        }
        test_arrays_clear(ctx, &arrays);
    }
    assert_int_equal(k, family.task->n_cases(family.family));
    assert_true(family.task->data_eta(family.family) == number_of(root, "eta"));
    test_family_close(&family);
    e2l_json_free(root);
}

static void compare_score(const cJSON *want, const e2l_score *have)
{
    assert_int_equal(have->outcome == E2L_OUTCOME_OK, is_ok(want));
    if (is_ok(want)) {
        assert_true(test_close(have->value, number_of(want, "fitness"), tolerance));
        assert_true(test_close(have->measures[0], number_of(want, "cos_mean"), tolerance));
        assert_true(test_close(have->measures[1], number_of(want, "cos_final"), tolerance));
        assert_true(test_close(have->measures[2], number_of(want, "norm"), tolerance));
    } else {
        assert_int_equal(have->outcome, E2L_OUTCOME_DIVERGED);
    }
}

static void test_production(void **state)
{
    e2l_ctx *ctx = *state;
    cJSON *root = read_expected(ctx);
    const cJSON *cases = cJSON_GetObjectItemCaseSensitive(root, "cases");
    test_judge judge;
    if (test_judge_open(ctx, &judge, "pca", "{\"data\": \"" CASES "\"}", 1, E2L_SET_ALL, 0) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
    const size_t n = e2l_evaluator_n_cases(judge.evaluator);
    assert_int_equal(n, cJSON_GetArraySize(cases));
    assert_true(n <= MAX_CASES);
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
        e2l_score scores[MAX_CASES];
        assert_int_equal(test_judge_rules(&judge, &rules[r].text, number_of(root, "eta"), scores), E2L_OK);
        for (size_t k = 0; k < n; k++) {
            const cJSON *item = cJSON_GetArrayItem(cases, (int)k);
            assert_string_equal(e2l_evaluator_case_name(judge.evaluator, k),
                                cJSON_GetObjectItemCaseSensitive(item, "name")->valuestring);
            const cJSON *of_rules = cJSON_GetObjectItemCaseSensitive(item, "rules");
            compare_score(cJSON_GetObjectItemCaseSensitive(of_rules, rules[r].text), &scores[k]);
        }
    }
    test_judge_close(&judge);
    e2l_json_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_oracle, setup, teardown),
        cmocka_unit_test_setup_teardown(test_production, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
