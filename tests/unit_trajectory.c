/* unit_trajectory: when there is no trajectory, and why; how many steps of a long or wide case are kept. What stands in one is held against rules
   written in awk by program_export.sh. */
#include <string.h>

#include "mpi/trajectory.h"
#include "substrate/json.h"
#include "tests/support/support.h"

/* The text of the trajectory, the caller's; NULL: refused, and the message holds `why`. */
static char *trace(e2l_ctx *ctx, const char *task, const char *rule_text, const char *why)
{
    e2l_config config = {.ctx = ctx};
    e2l_rule_set *rule = NULL;
    e2l_text out = {.ctx = ctx};
    cJSON *root = NULL;
    char *text = NULL;
    assert_int_equal(e2l_json_parse(ctx, &root, task, strlen(task), "config"), E2L_OK);
    assert_int_equal(e2l_config_from_json(ctx, &config, root, "config"), E2L_OK);
    e2l_json_free(root);
    assert_int_equal(e2l_rule_read_text(ctx, &rule, rule_text, strlen(rule_text), "rule"), E2L_OK);
    e2l_status status = e2l_trajectory_make(ctx, &config, rule, &out);
    if (why) {
        assert_int_equal(status, E2L_INPUT);
        assert_non_null(strstr(e2l_ctx_message(ctx), why));
    } else {
        assert_int_equal(status, E2L_OK);
        text = e2l_strdup(ctx, e2l_text_get(&out));
    }
    e2l_text_clear(&out);
    e2l_rule_set_destroy(rule);
    e2l_config_clear(&config);
    return text;
}

#define OJA "{\"slots\": {\"rule\": {\"rule\": \"y*(x - y*w)\", \"eta\": 0.001}}}"
#define HEBB "{\"slots\": {\"rule\": {\"rule\": \"1e3*y*x\", \"eta\": 1}}}"

static void refusals(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    static const char pca[] = "{\"task\": {\"name\": \"pca\", \"samples\": 300, \"cases\": 1}}";
    assert_null(trace(ctx, pca, "{\"slots\": {\"rule\": {\"rule\": \"y\"}}}", "slot 'rule' has no learning rate"));
    assert_null(trace(ctx, pca, "{\"slots\": {\"other\": {\"rule\": \"y\", \"eta\": 1}}}", "slot 'rule' has no rule"));
    assert_null(trace(ctx, pca, HEBB, "ends as 'diverged'"));
    assert_null(trace(ctx, "{\"task\": {\"name\": \"pca\", \"n\": 700, \"samples\": 300, \"cases\": 1}}", OJA, "a step has 1401 values"));
    e2l_test_ctx_end(ctx);
}

static void assert_last_step(const char *task, const char *last, const char *beyond)
{
    e2l_ctx *ctx = e2l_test_ctx();
    char *text = trace(ctx, task, OJA, NULL);
    assert_non_null(strstr(text, "\n-1,forward.w,1,"));
    assert_non_null(strstr(text, last));
    assert_null(strstr(text, beyond));
    e2l_free(ctx, text);
    e2l_test_ctx_end(ctx);
}

static void lengths(void **state)
{
    (void)state;
    assert_last_step("{\"task\": {\"name\": \"pca\", \"samples\": 300, \"cases\": 1}}", "\n299,forward.w,1,", "\n300,");
    assert_last_step("{\"task\": {\"name\": \"pca\", \"samples\": 2500, \"cases\": 1}}", "\n1999,forward.w,1,", "\n2000,");
    /* 250000 / 401 */
    assert_last_step("{\"task\": {\"name\": \"pca\", \"n\": 200, \"samples\": 1000, \"cases\": 1}}", "\n622,forward.w,199,", "\n623,");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refusals), cmocka_unit_test(lengths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
