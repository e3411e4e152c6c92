/* An experiment printed, read and printed again is the same text: for random experiments of the whole vocabulary and for those of every
   task; what is not an experiment is refused with its place. */
#include <string.h>

#include "substrate/experiment_read.h"
#include "substrate/json.h"
#include "tests/support/support.h"
#include "tests/support/task.h"
#include "tests/support/vocabulary.h"

static e2l_status read_back(e2l_ctx *ctx, e2l_arena *arena, const char *text, e2l_experiment *out)
{
    cJSON *json = NULL;
    e2l_status status = e2l_json_parse(ctx, &json, text, strlen(text), "net.json");
    status = status == E2L_OK ? e2l_experiment_read(ctx, arena, json, "net.json:", out) : status;
    e2l_json_free(json);
    return status;
}

static void check_round(e2l_ctx *ctx, const e2l_experiment *experiment)
{
    e2l_arena *arena;
    e2l_experiment again;
    e2l_text first = {.ctx = ctx};
    e2l_text second = {.ctx = ctx};
    assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
    assert_int_equal(e2l_experiment_print(experiment, &first), E2L_OK);
    e2l_status status = read_back(ctx, arena, e2l_text_get(&first), &again);
    if (status != E2L_OK) {
        fail_msg("%s\n%s", e2l_ctx_message(ctx), e2l_text_get(&first));
    }
    assert_int_equal(e2l_experiment_print(&again, &second), E2L_OK);
    assert_string_equal(e2l_text_get(&first), e2l_text_get(&second));
    assert_int_equal(e2l_experiment_n_steps(experiment), e2l_experiment_n_steps(&again));
    e2l_text_clear(&first);
    e2l_text_clear(&second);
    e2l_arena_destroy(arena);
}

static void test_random(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < e2l_test_cases(); k++) {
        e2l_arena *arena;
        e2l_stream stream = e2l_test_stream(e2l_test_seed(), k);
        assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
        const uint32_t features = k % 3 == 0 ? UINT32_MAX : e2l_stream_u32(&stream);
        const e2l_experiment *experiment = vocabulary_make(arena, &stream, features & ((1u << VOCABULARY_N) - 1));
        assert_non_null(experiment);
        check_round(ctx, experiment);
        e2l_arena_destroy(arena);
    }
    e2l_test_ctx_end(ctx);
}

static void test_tasks(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t i = 0; i < e2l_n_tasks; i++) {
        test_family f;
        assert_int_equal(test_family_open(ctx, &f, e2l_tasks[i]->name, NULL, 1, E2L_SET_SEARCH), E2L_OK);
        for (size_t e = 0; e < f.task->n_experiments(f.family); e++) {
            check_round(ctx, f.task->experiment(f.family, e));
        }
        test_family_close(&f);
    }
    e2l_test_ctx_end(ctx);
}

#define POPULATION "\"populations\": {\"a\": {\"size\": \"2 * n\", \"model\": \"linear\"}}"
#define HEAD "{\"experiment\": \"e\", \"dt\": 1, \"parameters\": {\"n\": 3}, "

static void test_sizes(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_arena *arena;
    e2l_experiment out;
    assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
    assert_int_equal(read_back(ctx, arena, HEAD POPULATION ", \"spans\": [{\"name\": \"s\", \"steps\": \"n^2 + 1\"}]}", &out), E2L_OK);
    assert_int_equal(out.populations[0].size, 6);
    assert_int_equal(out.spans[0].steps, 10);
    e2l_arena_destroy(arena);
    e2l_test_ctx_end(ctx);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } bad[] = {
        {"[]", "an object"},
        {"{}", "experiment"},
        {"{\"experiment\": 3, \"dt\": 1}", "a text"},
        {"{\"experiment\": \"e\"}", "dt"},
        {"{\"experiment\": \"e\", \"dt\": \"1\"}", "number"},
        {"{\"experiment\": \"e\", \"dt\": [1, 2]}", "unit"},
        {"{\"experiment\": \"e\", \"dt\": 1, \"population\": {}}", "'populations'"},
        {HEAD "\"populations\": []}", "populations"},
        {HEAD "\"populations\": {\"a\": {\"size\": 1.5, \"model\": \"linear\"}}}", "populations.a.size"},
        {HEAD "\"populations\": {\"a\": {\"size\": -1, \"model\": \"linear\"}}}", "whole number"},
        {HEAD "\"populations\": {\"a\": {\"size\": \"m\", \"model\": \"linear\"}}}", "'n'"},
        {HEAD "\"populations\": {\"a\": {\"size\": 1}}}", "populations.a.model"},
        {HEAD "\"populations\": {\"a\": {\"size\": 1, \"model\": \"linear\", \"inputs\": {\"in\": \"x[1\"}}}}", "ARRAY[ROW]"},
        {HEAD "\"projections\": {\"p\": {\"from\": \"a\", \"to\": \"a\"}}}", "POPULATION.PORT"},
        {HEAD "\"projections\": {\"p\": {\"from\": \"a\", \"to\": \"a.in\", \"reduce\": \"maxx\"}}}", "'max'"},
        {HEAD "\"projections\": {\"p\": {\"from\": \"a\", \"to\": \"a.in\", \"synapses\": []}}}", "'synapse'"},
        {HEAD "\"projections\": {\"p\": {\"from\": \"a\", \"to\": \"a.in\", \"synapse\": [3]}}}", "synapse[0]"},
        {HEAD "\"projections\": {\"p\": {\"from\": \"a\", \"to\": \"a.in\", \"state\": {\"d\": [1]}}}}", "state.d"},
        {HEAD "\"spans\": [{\"name\": \"s\"}]}", "spans[0].steps"},
        {HEAD "\"spans\": [{\"name\": \"s\", \"do\": [{\"nam\": \"t\", \"steps\": 2}]}]}", "spans[0].do[0]"},
        {HEAD "\"probes\": {\"p\": {\"when\": \"1\"}}}", "probes.p.of"},
        {HEAD "\"probes\": {\"p\": {\"of\": \"w\", \"fold\": \"avg\"}}}", "probes.p.fold"},
        {HEAD "\"arrays\": {\"a\": {\"kind\": \"rows\", \"size\": 1}}}", "arrays.a.rows"},
        {"{\"experiment\": \"e\", \"dt\": 1, \"parameters\": {\"a\": \"b\", \"b\": 1}}", "parameters.a"},
    };
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        e2l_arena *arena;
        e2l_experiment out;
        assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
        const e2l_status status = read_back(ctx, arena, bad[k].text, &out);
        assert_int_equal(status == E2L_OK ? e2l_experiment_check(ctx, &out, NULL) : status, E2L_INPUT);
        if (!strstr(e2l_ctx_message(ctx), bad[k].word)) {
            fail_msg("'%s' does not say %s: %s", bad[k].text, bad[k].word, e2l_ctx_message(ctx));
        }
        e2l_arena_destroy(arena);
    }
    e2l_test_ctx_end(ctx);
}

static void test_memory(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_status status = E2L_NOMEM;
    for (size_t n = 1; status != E2L_OK; n++) {
        e2l_arena *arena = NULL;
        e2l_experiment out;
        e2l_ctx_fail_allocation(ctx, n);
        status = e2l_arena_create(ctx, &arena);
        status = status == E2L_OK ? read_back(ctx, arena, HEAD POPULATION "}", &out) : status;
        e2l_ctx_fail_allocation(ctx, 0);
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        e2l_arena_destroy(arena);
        assert_int_equal(e2l_ctx_blocks(ctx), 0);
    }
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),  cmocka_unit_test(test_tasks),  cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
