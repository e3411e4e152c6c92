/* oom_export.c: reading a rule and exporting it, with every allocation failing in turn: NOMEM, no crash, no leak. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/export.h"

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
    status = status == E2L_OK ? e2l_export_write(ctx, rule, formats, n, dir) : status;
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
        e2l_ctx_fail_allocation(ctx, ++n);
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
