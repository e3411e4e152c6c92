/* oom_export.c: reading a rule and exporting it, with every allocation failing in turn: NOMEM, no crash, no leak. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/trajectory.h"
#include "results/export.h"
#include "substrate/json.h"

static const char rule_text[] =
    "{\"task\": \"pca\", \"slots\": {\"a\": {\"rule\": \"0.123456*tanh(x)*(y - x*w)/w\", \"eta\": 0.1, \"inputs\": "
    "[{\"name\": \"x\"}, {\"name\": \"y\", \"unit\": \"mV\"}, {\"name\": \"w\"}]}, \"b\": {\"rule\": \"y*x - y*y*w\"}}, "
    "\"scores\": {\"mean\": 1}}";

static e2l_status read_and_export(e2l_ctx *ctx, const char *dir)
{
    e2l_rule_set *rule;
    const e2l_exporter *formats[64];
    size_t n;
    e2l_status status = e2l_rule_read_text(ctx, &rule, rule_text, sizeof rule_text - 1, "test");
    if (status != E2L_OK) {
        assert_null(rule);
        return status;
    }
    status = e2l_export_formats(ctx, formats, &n, "all");
    status = status == E2L_OK ? e2l_export_write(ctx, rule, formats, n, dir, NULL) : status;
    e2l_rule_set_destroy(rule);
    return status;
}

static void every_allocation(void **state)
{
    (void)state;
    char dir[256], command[300];
    const char *base = getenv("TMPDIR");
    (void)snprintf(dir, sizeof dir, "%s/e2l_oom_export_XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(dir));
    e2l_status status = E2L_NOMEM;
    size_t n = 0;
    while (status == E2L_NOMEM) {
        e2l_ctx *ctx = e2l_test_ctx();
        n = e2l_test_next_allocation(n);
        e2l_ctx_fail_allocation(ctx, n);
        status = read_and_export(ctx, dir);
        assert_true(status == E2L_NOMEM || status == E2L_OK);
        e2l_ctx_fail_allocation(ctx, 0);
        e2l_test_ctx_end(ctx);
    }
    assert_int_equal(status, E2L_OK);
    assert_true(n > 100);
    (void)snprintf(command, sizeof command, "rm -r '%s'", dir);
    assert_int_equal(system(command), 0);
}

static e2l_status read_and_trace(e2l_ctx *ctx)
{
    static const char config_text[] = "{\"task\": {\"name\": \"pca\", \"samples\": 10, \"cases\": 1}}";
    static const char text[] = "{\"task\": \"pca\", \"slots\": {\"rule\": {\"rule\": \"y*(x - y*w)\", \"eta\": 0.01}}}";
    e2l_config config = {.ctx = ctx};
    e2l_rule_set *rule = NULL;
    e2l_text out = {.ctx = ctx};
    cJSON *root = NULL;
    e2l_status status = e2l_json_parse(ctx, &root, config_text, sizeof config_text - 1, "config");
    status = status == E2L_OK ? e2l_config_from_json(ctx, &config, root, "config") : status;
    e2l_json_free(root);
    status = status == E2L_OK ? e2l_rule_read_text(ctx, &rule, text, sizeof text - 1, "rule") : status;
    status = status == E2L_OK ? e2l_trajectory_make(ctx, &config, rule, &out) : status;
    assert_true(status != E2L_OK || strstr(e2l_text_get(&out), "\n9,forward.w,1,"));
    e2l_text_clear(&out);
    e2l_rule_set_destroy(rule);
    e2l_config_clear(&config);
    return status;
}

static void every_allocation_of_a_trajectory(void **state)
{
    (void)state;
    e2l_status status = E2L_NOMEM;
    size_t n = 0;
    while (status == E2L_NOMEM) {
        e2l_ctx *ctx = e2l_test_ctx();
        n = e2l_test_next_allocation(n);
        e2l_ctx_fail_allocation(ctx, n);
        status = read_and_trace(ctx);
        assert_true(status == E2L_NOMEM || status == E2L_OK);
        e2l_ctx_fail_allocation(ctx, 0);
        e2l_test_ctx_end(ctx);
    }
    assert_int_equal(status, E2L_OK);
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation), cmocka_unit_test(every_allocation_of_a_trajectory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
