/* unit_remarks: what tasks say about data and rules, as lines and as JSON. */
#include "mpi/remarks.h"

#include <string.h>

#include "substrate/json.h"
#include "tests/support/support.h"

typedef struct testbed {
    e2l_ctx *ctx;
    e2l_config config;
    e2l_lab lab;
} testbed;

static e2l_status open_bed(e2l_ctx *ctx, testbed *out, const char *config)
{
    cJSON *json = NULL;
    *out = (testbed){.ctx = ctx};
    e2l_status status = e2l_json_parse(ctx, &json, config, strlen(config), "test");
    status = status == E2L_OK ? e2l_config_from_json(ctx, &out->config, json, "test") : status;
    e2l_json_free(json);
    return status == E2L_OK ? e2l_lab_open(ctx, &out->lab, &out->config, NULL) : status;
}

static void close_bed(testbed *bed)
{
    e2l_lab_close(&bed->lab);
    if (bed->config.ctx) {
        e2l_config_clear(&bed->config);
    }
}

/* The members as an object; NULL when they are none. Gives. */
static cJSON *object_of(e2l_text *members)
{
    cJSON *json = NULL;
    e2l_text text = {.ctx = members->ctx};
    e2l_text_appendf(&text, "{%s\"end\": 1}", e2l_text_get(members));
    assert_int_equal(e2l_json_parse(members->ctx, &json, e2l_text_get(&text), text.n, "members"), E2L_OK);
    e2l_text_clear(&text);
    return json;
}

static void lines_as_json(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text members = {.ctx = ctx}, lines = {.ctx = ctx};
    e2l_text_append(&lines, "one \"quoted\"\n  two, indented\n");
    for (size_t k = 0; k < 3000; k++) {
        e2l_text_append(&lines, "z"); /* longer than any line should be: cut, not lost, and the next one is whole */
    }
    e2l_text_append(&lines, "\nlast without an end");
    e2l_put_remarks(&members, e2l_text_get(&lines));
    e2l_text_append(&members, ",");
    cJSON *json = object_of(&members);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "remarks");
    assert_int_equal(cJSON_GetArraySize(list), 4);
    assert_string_equal(cJSON_GetArrayItem(list, 0)->valuestring, "one \"quoted\"");
    assert_string_equal(cJSON_GetArrayItem(list, 1)->valuestring, "two, indented");
    assert_in_range(strlen(cJSON_GetArrayItem(list, 2)->valuestring), 500, 3000);
    assert_string_equal(cJSON_GetArrayItem(list, 3)->valuestring, "last without an end");
    e2l_json_free(json);
    e2l_text_reset(&members);
    e2l_put_remarks(&members, "");
    assert_string_equal(e2l_text_get(&members), "\"remarks\":[]");
    e2l_text_clear(&members);
    e2l_text_clear(&lines);
    e2l_test_ctx_end(ctx);
}

static e2l_status found(e2l_ctx *ctx, const char *config, const char *rule, e2l_text *out)
{
    testbed bed;
    e2l_expr *expr = NULL;
    e2l_status status = open_bed(ctx, &bed, config);
    status = status == E2L_OK ? e2l_expr_parse(ctx, &expr, rule, strlen(rule), NULL) : status;
    const e2l_expr *rules[] = {expr};
    status = status == E2L_OK ? e2l_put_found(ctx, out, &bed.lab, rules) : status;
    e2l_expr_destroy(ctx, expr);
    close_bed(&bed);
    return status;
}

static const char recover[] = "{\"task\": {\"name\": \"recover\", \"teacher\": \"oja\", \"steps\": 40, \"cases\": 3}}";

/* A task that knows its teacher says whether a rule is it; one that knows nothing says nothing. */
static void solutions(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        bool is_one;
    } cases[] = {{"y * (x - y * w)", true}, {"y * x - w * y * y", true}, {"y * (x - 1.001 * y * w)", true},
                 {"y * (x - 2 * y * w)", false}, {"y * x", false}};
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text members = {.ctx = ctx};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        e2l_text_reset(&members);
        assert_int_equal(found(ctx, recover, cases[k].rule, &members), E2L_OK);
        cJSON *json = object_of(&members);
        const cJSON *solution = cJSON_GetObjectItemCaseSensitive(json, "solution");
        assert_true(cases[k].is_one ? cJSON_IsTrue(solution) : cJSON_IsFalse(solution));
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "remarks");
        assert_true(cJSON_GetArraySize(list) > 0 && cJSON_GetArrayItem(list, 0)->valuestring[0] != '\0');
        e2l_json_free(json);
    }
    e2l_text_reset(&members);
    assert_int_equal(found(ctx, "{\"task\": {\"name\": \"pca\"}}", "x", &members), E2L_OK);
    assert_int_equal(members.n, 0);
    e2l_text_clear(&members);
    e2l_test_ctx_end(ctx);
}

static void out_of_memory(void **state)
{
    (void)state;
    size_t n = 1;
    for (bool failed = true; failed; n += 1 + n / 30) {
        e2l_ctx *ctx = e2l_test_ctx();
        e2l_text members = {.ctx = ctx};
        e2l_ctx_fail_allocation(ctx, n);
        e2l_status status = found(ctx, recover, "y * (x - y * w)", &members);
        e2l_ctx_fail_allocation(ctx, 0);
        status = status == E2L_OK ? e2l_text_status(&members) : status;
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        failed = status != E2L_OK;
        e2l_text_clear(&members);
        e2l_test_ctx_end(ctx);
    }
    assert_true(n > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines_as_json), cmocka_unit_test(solutions), cmocka_unit_test(out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
