/* Configs: defaults, words for what is wrong, --set, and a resolved text that reads back as itself. */
#include <string.h>

#include "mpi/config.h"
#include "substrate/json.h"
#include "tests/support/support.h"

static e2l_status read_config(e2l_ctx *ctx, e2l_config *config, const char *text)
{
    cJSON *root = NULL;
    *config = (e2l_config){0};
    e2l_status status = e2l_json_parse(ctx, &root, text, strlen(text), "config");
    if (status == E2L_OK) {
        status = e2l_config_from_json(ctx, config, root, "config");
    }
    e2l_json_free(root);
    return status;
}

static void assert_refused(const char *text, const char *part)
{
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_config config;
    assert_int_equal(read_config(ctx, &config, text), E2L_INPUT);
    if (!strstr(e2l_ctx_message(ctx), part)) {
        fail_msg("'%s' is not in '%s'", part, e2l_ctx_message(ctx));
    }
    e2l_config_clear(&config);
    e2l_test_ctx_end(ctx);
}

static void least_config_has_defaults(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_config config;
    assert_int_equal(read_config(ctx, &config, "{\"task\": {\"name\": \"pca\"}}"), E2L_OK);
    assert_string_equal(config.task->name, "pca");
    assert_string_equal(config.substrate->name, "cpu");
    assert_int_equal(config.search.islands, 4);
    assert_int_equal(config.search.offspring, 4);
    assert_int_equal(config.common.cases, 10);
    assert_int_equal(config.shapes[0].n_terminals, 3);
    assert_true(config.shapes[0].n_functions >= 3);
    assert_int_equal(config.shapes[0].n_constants, 0);
    assert_int_equal(config.shapes[0].levels_back, 0);
    e2l_config_clear(&config);
    e2l_test_ctx_end(ctx);
}

static void words_for_numbers(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_config config;
    assert_int_equal(read_config(ctx, &config,
                                 "{\"task\": {\"name\": \"pca\", \"eta\": \"tune\"}, \"search\": {\"levels_back\": \"all\","
                                 " \"constants\": true, \"functions\": [\"sub\", \"mul\"], \"seeds\": [\"name:oja\"]}}"),
                     E2L_OK);
    assert_int_equal(config.shapes[0].levels_back, 0);
    assert_int_equal(config.shapes[0].n_constants, 3);
    assert_int_equal(config.shapes[0].n_functions, 2);
    assert_int_equal(config.common.eta.kind, E2L_RATE_TUNE);
    assert_int_equal(config.seeds.n, 1);
    e2l_config_clear(&config);
    e2l_test_ctx_end(ctx);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    assert_refused("[]", "object");
    assert_refused("{}", "task");
    assert_refused("{\"task\": 3}", "task is not an object");
    assert_refused("{\"task\": {\"name\": \"pcaa\"}}", "did you mean 'pca'");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"serach\": {}}", "search");
    assert_refused("{\"task\": {\"name\": \"pca\", \"sampels\": 3}}", "samples");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"substrate\": {\"name\": \"cpuu\"}}", "did you mean 'cpu'");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"search\": {\"islands\": 0}}", "islands");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"search\": {\"islands\": 2.5}}", "islands");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"search\": {\"generation\": 5}}", "generations");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"search\": {\"functions\": [\"mull\"]}}", "did you mean 'mul'");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"search\": {\"functions\": [\"mul\", \"mul\"]}}", "twice");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"search\": {\"levels_back\": \"some\"}}", "all");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"search\": {\"mutation\": 0}}", "mutation");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"search\": {\"seeds\": [\"y * q\"]}}", "seeds");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"search\": {\"seeds\": [\"exp(y)\"]}}", "seeds");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"search\": {\"seeds\": [\"y\", \"x\"]}}", "parents");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"search\": {\"slots\": {\"rul\": {}}}}", "rule");
    assert_refused("{\"task\": {\"name\": \"pca\"}, \"output\": {\"checkpoint_s\": \"often\"}}", "checkpoint_s");
}

static void all_mistakes_at_once(void **state)
{
    (void)state;
    const char *text = "{\"task\": {\"name\": \"pca\", \"sampels\": 3}, \"search\": {\"islands\": 0}, \"extra\": 1}";
    assert_refused(text, "sampels");
    assert_refused(text, "islands");
    assert_refused(text, "extra");
}

static void slots_override(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_config config;
    assert_int_equal(read_config(ctx, &config,
                                 "{\"task\": {\"name\": \"pca\"}, \"search\": {\"columns\": 7, \"mutation\": 0.1, \"slots\":"
                                 " {\"rule\": {\"columns\": 9}}}}"),
                     E2L_OK);
    assert_int_equal(config.shapes[0].columns, 9);
    assert_close(config.shapes[0].mutation, 0.1, 0, 0);
    e2l_config_clear(&config);
    e2l_test_ctx_end(ctx);
}

static void assert_set(const char *setting, e2l_status expected, const char *result)
{
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text text = {.ctx = ctx};
    cJSON *root = NULL;
    assert_int_equal(e2l_json_parse(ctx, &root, "{\"a\":{\"b\":1}}", 13, "test"), E2L_OK);
    assert_int_equal(e2l_config_set(ctx, root, setting), expected);
    if (expected == E2L_OK) {
        assert_int_equal(e2l_json_print(root, false, &text), E2L_OK);
        assert_string_equal(e2l_text_get(&text), result);
    } else if (!strstr(e2l_ctx_message(ctx), result)) {
        fail_msg("'%s' is not in '%s'", result, e2l_ctx_message(ctx));
    }
    e2l_text_clear(&text);
    e2l_json_free(root);
    e2l_test_ctx_end(ctx);
}

static void dotted_paths_are_set(void **state)
{
    (void)state;
    assert_set("a.b=2", E2L_OK, "{\"a\":{\"b\":2}}");
    assert_set("a.c=[add,mul]", E2L_OK, "{\"a\":{\"b\":1,\"c\":[\"add\",\"mul\"]}}");
    assert_set("d.e.f=tune", E2L_OK, "{\"a\":{\"b\":1},\"d\":{\"e\":{\"f\":\"tune\"}}}");
    assert_set("a=x=y", E2L_OK, "{\"a\":\"x=y\"}");
    assert_set("a.b", E2L_INPUT, "no '='");
    assert_set("=3", E2L_INPUT, "dotted path");
    assert_set("a.=3", E2L_INPUT, "dotted path");
    assert_set(".a=3", E2L_INPUT, "dotted path");
    assert_set("a..b=3", E2L_INPUT, "dotted path");
    assert_set("a.b.c=3", E2L_INPUT, "not an object");
}

/* Resolved text -> config -> the same text; cache and folder are not in it. */
static void resolved_text_is_stable(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_config config;
    e2l_text first = {.ctx = ctx};
    e2l_text second = {.ctx = ctx};
    assert_int_equal(read_config(ctx, &config,
                                 "{\"task\": {\"name\": \"pca\", \"eta\": 0.012345678901234567}, \"search\": {\"cache\": \"none\","
                                 " \"mutation\": 0.1, \"seeds\": [\"y*(x-y*w)\"]}, \"output\": {\"dir\": \"somewhere\"}}"),
                     E2L_OK);
    assert_int_equal(e2l_config_write(&config, &first), E2L_OK);
    e2l_config_clear(&config);
    assert_int_equal(read_config(ctx, &config, e2l_text_get(&first)), E2L_OK);
    assert_int_equal(e2l_config_write(&config, &second), E2L_OK);
    e2l_config_clear(&config);
    assert_string_equal(e2l_text_get(&first), e2l_text_get(&second));
    assert_null(strstr(e2l_text_get(&first), "cache"));
    assert_null(strstr(e2l_text_get(&first), "somewhere"));
    assert_non_null(strstr(e2l_text_get(&first), "\"all\""));
    assert_non_null(strstr(e2l_text_get(&first), "checkpoint_s"));
    e2l_text_clear(&first);
    e2l_text_clear(&second);
    e2l_test_ctx_end(ctx);
}

/* Every allocation of ours fails once: NOMEM or a plain refusal, nothing leaks. */
static void survives_lack_of_memory(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_config config;
    e2l_status status = E2L_NOMEM;
    for (size_t n = 1; status != E2L_OK && n < 2000; n++) {
        e2l_ctx_fail_allocation(ctx, n);
        status = read_config(ctx, &config, "{\"task\": {\"name\": \"pca\"}, \"search\": {\"seeds\": [\"name:oja\"]}}");
        e2l_ctx_fail_allocation(ctx, 0);
        e2l_config_clear(&config);
        assert_int_equal(e2l_ctx_blocks(ctx), 0);
    }
    assert_int_equal(status, E2L_OK);
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(least_config_has_defaults), cmocka_unit_test(words_for_numbers),
        cmocka_unit_test(mistakes_are_named),        cmocka_unit_test(all_mistakes_at_once),
        cmocka_unit_test(slots_override),            cmocka_unit_test(dotted_paths_are_set),
        cmocka_unit_test(resolved_text_is_stable),   cmocka_unit_test(survives_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
