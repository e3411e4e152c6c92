/* Models as data: the built-in ones, a file of one's own, every kind of mistake, and their use in a population. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "substrate/model.h"
#include "tests/support/world.h"

static int create_ctx(void **state)
{
    e2l_ctx *ctx;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return -1;
    }
    *state = ctx;
    return 0;
}

static int destroy_ctx(void **state)
{
    return e2l_ctx_destroy(*state) == 0 ? 0 : -1;
}

static const char leaky[] = "{\"model\": \"leaky\", \"about\": \"leaky integrator\", \"source\": \"textbook\","
                            " \"parameters\": {\"tau\": [10, \"ms\"], \"rest\": [\"-tau * 5 / 10\", \"mV\"]},"
                            " \"ports\": {\"in\": \"mV\"}, \"state\": {\"u\": [\"rest\", \"mV\"]},"
                            " \"step\": [\"du = (rest - u + in) / tau\", \"u += dt * du\"]}";

/* A model file that is there while `run` runs. */
static void with_file(const char *text, void (*run)(e2l_ctx *ctx, const char *path), e2l_ctx *ctx)
{
    char path[] = "/tmp/e2l_unit_model_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(file), 0);
    run(ctx, path);
    assert_int_equal(unlink(path), 0);
}

static void all_built_in_models_load(void **state)
{
    e2l_ctx *ctx = *state;
    assert_true(e2l_n_model_texts >= 2);
    for (size_t k = 0; k < e2l_n_model_texts; k++) {
        e2l_model *model;
        if (e2l_model_load(ctx, &model, e2l_model_texts[k].name) != E2L_OK) {
            fail_msg("%s", e2l_ctx_message(ctx));
        }
        assert_string_equal(model->name, e2l_model_texts[k].name);
        assert_true(strlen(model->about) > 10);
        e2l_model_destroy(ctx, model);
    }
}

static void unknown_models_are_named(void **state)
{
    e2l_model *model;
    assert_int_equal(e2l_model_load(*state, &model, "linaer"), E2L_INPUT);
    assert_string_equal(e2l_ctx_message(*state), "model 'linaer' unknown; did you mean 'linear'?");
    assert_int_equal(e2l_model_load(*state, &model, "nowhere/none.json"), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(*state), "nowhere/none.json"));
}

static void use_own_model(e2l_ctx *ctx, const char *path)
{
    world w;
    world_init(&w, 3, 40);
    e2l_binding slow = {.name = "tau", .expr = "4 * speed"};
    e2l_binding speed = {.name = "speed", .expr = "5 * dt"};
    w.experiment.parameters = &speed;
    w.experiment.n_parameters = 1;
    w.populations[0].model = path;
    w.populations[0].parameters = &slow;
    w.populations[0].n_parameters = 1;
    w.projections[0].signal = "u - dt * du";
    w.probes[WORLD_PROBE_X_SUM].of = "input.u + input.in";
    e2l_resolved *resolved;
    if (e2l_resolve(ctx, &resolved, &w.experiment) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
    const e2l_bound_population *input = &resolved->populations[0];
    assert_int_equal(input->n_variables, 2);
    assert_true(input->variables[0].is_state && !input->variables[1].is_state);
    assert_true(input->parameters[0] == 20 && input->parameters[1] == -10);
    assert_true(input->variables[0].initial.expr != NULL && input->variables[0].initial.refs[0].value == -10);
    e2l_resolved_destroy(ctx, resolved);
    w.projections[0].delay = "2 * dt"; /* du does not live that long */
    assert_int_equal(e2l_resolve(ctx, &resolved, &w.experiment), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "'du' is no state"));
}

static void own_models_are_files(void **state)
{
    e2l_ctx *ctx = *state;
    char path[] = "/tmp/e2l_unit_model_own.json";
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(leaky, file) >= 0);
    assert_int_equal(fclose(file), 0);
    use_own_model(ctx, path);
    assert_int_equal(unlink(path), 0);
    with_file(leaky, use_own_model, ctx); /* a path with a '/' needs no ending */
}

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"[]", "m: a list, expected an object"},
        {"{}", "m: model: missing"},
        {"{\"model\": 3}", "m: model: number 3, expected a text"},
        {"{\"model\": \"a\", \"prots\": {}}", "m: prots: unknown key; did you mean 'ports'?"},
        {"{\"model\": \"a\", \"ports\": []}", "m: ports: a list, expected an object"},
        {"{\"model\": \"a\", \"ports\": {\"in\": 1}}", "m: ports.in: number 1, expected a unit"},
        {"{\"model\": \"a\", \"ports\": {\"in put\": \"1\"}}", "m: ports.in put: not a name"},
        {"{\"model\": \"a\", \"parameters\": {\"g\": 1}}", "m: parameters.g: number 1, expected [value, \"unit\"]"},
        {"{\"model\": \"a\", \"parameters\": {\"g\": [1]}}", "m: parameters.g: a list, expected"},
        {"{\"model\": \"a\", \"parameters\": {\"g\": [1, \"1\", 2]}}", "m: parameters.g: a list, expected"},
        {"{\"model\": \"a\", \"state\": {\"u\": [\"1 +\", \"1\"]}}", "m: state.u: column"},
        {"{\"model\": \"a\", \"state\": {\"u\": [true, \"1\"]}}", "m: state.u: true, expected a number or an expression"},
        {"{\"model\": \"a\", \"step\": \"u = 1\"}", "expected a list of statements"},
        {"{\"model\": \"a\", \"step\": [1]}", "expected a statement in quotes"},
        {"{\"model\": \"a\", \"step\": [\"u = 1\", \"u = \"]}", "m: step[1]: column"},
        {"{\"model\": \"a\", \"ports\": {\"u\": \"1\"}, \"state\": {\"u\": [0, \"1\"]}}", "'u' is declared twice"},
        {"{\"model\": \"a\"", "m:1:14: the text ends too early"},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        e2l_model *model;
        assert_int_equal(e2l_model_parse(*state, &model, wrong[k].text, strlen(wrong[k].text), "m"), E2L_INPUT);
        assert_null(model);
        if (!strstr(e2l_ctx_message(*state), wrong[k].words)) {
            fail_msg("%s: expected '%s' in: %s", wrong[k].text, wrong[k].words, e2l_ctx_message(*state));
        }
    }
}

static void use_wrong_names(e2l_ctx *ctx, const char *path)
{
    world w;
    world_init(&w, 3, 40);
    w.populations[0].model = path;
    w.projections[0].signal = "1";
    w.probes[WORLD_PROBE_X_SUM].of = "1";
    assert_int_equal(e2l_experiment_check(ctx, &w.experiment, NULL), E2L_INPUT);
    static const char *const words[] = {"'in' is a port or parameter and cannot be written",
                                        "'late' is read before it is written", "'inn' unknown; did you mean 'in'?",
                                        "'soft' is no state", "'v' unknown"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        if (!strstr(e2l_ctx_message(ctx), words[k])) {
            fail_msg("expected '%s' in: %s", words[k], e2l_ctx_message(ctx));
        }
    }
}

static void mistakes_of_meaning_are_named(void **state)
{
    with_file("{\"model\": \"m\", \"ports\": {\"in\": \"1\"}, \"state\": {\"u\": [\"v\", \"1\"]},"
              " \"step\": [\"in = 1\", \"u = late\", \"late = inn\", \"when u: soft = 1\"]}",
              use_wrong_names, *state);
}

static void out_of_memory(void **state)
{
    e2l_ctx *ctx = *state;
    for (size_t n = 1; n < 2000; n++) {
        e2l_model *model;
        e2l_ctx_fail_allocation(ctx, n);
        e2l_status status = e2l_model_parse(ctx, &model, leaky, strlen(leaky), "m");
        e2l_ctx_fail_allocation(ctx, 0);
        if (status == E2L_OK) {
            e2l_model_destroy(ctx, model);
            return;
        }
        assert_int_equal(status, E2L_NOMEM);
        assert_int_equal(e2l_ctx_blocks(ctx), 0);
    }
    fail_msg("never enough memory");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, create_ctx, destroy_ctx)
    const struct CMUnitTest tests[] = {
        TEST(all_built_in_models_load), TEST(unknown_models_are_named),      TEST(own_models_are_files),
        TEST(mistakes_are_named),       TEST(mistakes_of_meaning_are_named), TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
