/* Experiments: what the checker says about each kind of mistake, the order of statements, layouts, printing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "substrate/json.h"
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

/* Expects wrong input whose message holds `words`. */
static void expect_problem(e2l_ctx *ctx, const e2l_experiment *experiment, const char *words)
{
    assert_int_equal(e2l_experiment_check(ctx, experiment, NULL), E2L_INPUT);
    if (!strstr(e2l_ctx_message(ctx), words)) {
        fail_msg("expected '%s' in: %s", words, e2l_ctx_message(ctx));
    }
}

static void good_experiment_has_a_layout(void **state)
{
    e2l_ctx *ctx = *state;
    world w;
    e2l_layout layout;
    world_init(&w, 3, 40);
    if (e2l_experiment_check(ctx, &w.experiment, &layout) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
    assert_int_equal(layout.n_probes, WORLD_N_PROBES);
    assert_int_equal(layout.places[WORLD_PROBE_COS].n_looks, 1);
    assert_int_equal(layout.places[WORLD_PROBE_W_END].width, 3);
    assert_int_equal(layout.places[WORLD_PROBE_W_END].offset, 1);
    assert_int_equal(layout.places[WORLD_PROBE_Y].n_looks, 40);
    assert_int_equal(layout.places[WORLD_PROBE_Y].width, 1);
    assert_int_equal(layout.places[WORLD_PROBE_W_TENTH].n_looks, 4);
    assert_int_equal(layout.n_values, 1 + 3 + 40 + 4 * 3 + 3);
    e2l_layout_clear(ctx, &layout);
}

#define PROBLEM(change, words)                                                                     \
    do {                                                                                           \
        world w;                                                                                   \
        world_init(&w, 3, 40);                                                                     \
        change;                                                                                    \
        expect_problem(*state, &w.experiment, words);                                              \
    } while (0)

static void unknown_names_are_named(void **state)
{
    PROBLEM(w.projections[0].port = "inn", "projection 'forward': port 'inn' unknown in model 'linear' of population "
                                           "'output'; did you mean 'in'?");
    PROBLEM(w.projections[0].from = "inputt", "population 'inputt' unknown; did you mean 'input'?");
    PROBLEM(w.projections[1].to = "outpt", "population 'outpt' unknown; did you mean 'output'?");
    PROBLEM(w.populations[0].model = "rely", "population 'input': model 'rely' unknown; did you mean 'relay'?");
    PROBLEM(w.populations[0].model = "stdp_pair", "model 'stdp_pair' is one of synapses");
    PROBLEM(w.projections[0].model = "relay", "model 'relay' is one of neurons");
    PROBLEM(w.inputs[0].array = "sample", "array 'sample' unknown; did you mean 'samples'?");
    PROBLEM(w.inputs[0].port = "on", "port 'on' unknown in model 'relay'; did you mean 'in'?");
    PROBLEM(w.projections[0].signal = "rr", "signal: 'rr' unknown; did you mean 'r'?");
    PROBLEM(w.projections[0].w = "w1", "initial weight w: 'w1' unknown; did you mean 'w0'?");
    PROBLEM(w.projections[2].effect = "w * y", "effect: 'y' unknown");
    PROBLEM(w.projections[1].weights_of = "forwar", "weights_of 'forwar' unknown; did you mean 'forward'?");
    PROBLEM(w.terminals[2].expr = "post.q", "slot 'rule': terminal 'y': 'post.q' unknown; did you mean 'post.r'?");
    PROBLEM(w.synapse[0] = "w += eta * rul", "'rul' unknown; did you mean 'rule'?");
    PROBLEM(w.probes[0].of = "output.alon", "probe 'cos_mean': 'output.alon' unknown; did you mean 'output.along'?");
    PROBLEM(w.probes[1].when = "train.lst", "probe 'w_end': when: 'train.lst' unknown; did you mean 'train.last'?");
    PROBLEM(w.probes[2].when = "input.r", "'input.r' unknown");
    e2l_binding wrong = {.name = "gain", .expr = "2"};
    PROBLEM((w.populations[1].parameters = &wrong, w.populations[1].n_parameters = 1),
            "population 'output': parameter 'gain' unknown in model 'linear'");
}

static void sizes_must_fit(void **state)
{
    PROBLEM(w.arrays[WORLD_ARRAY_W0].size = 4, "array 'w0' has 4 elements, expected 3");
    PROBLEM(w.arrays[WORLD_ARRAY_PC1].size = 2, "array 'pc1' has 2 elements, expected 3");
    PROBLEM(w.arrays[WORLD_ARRAY_SAMPLES].size = 5, "array 'samples' must have a row of 3 per step, it has 5");
    PROBLEM(w.arrays[WORLD_ARRAY_SAMPLES].kind = E2L_ARRAY_STATIC, "and is static");
    PROBLEM(w.projections[1].signal = "samples", "only static arrays");
    PROBLEM(w.populations[1].size = 0, "size 0 is out of range");
    PROBLEM(w.projections[1].weights_of = "length", "which has no weights of its own");
    PROBLEM(w.projections[1].from = "output", "1 x 1 synapses, but weights_of 'forward' has 1 x 3");
}

static void one_name_for_one_thing(void **state)
{
    PROBLEM(w.projections[0].name = "input", "projection 'input': the name is already that of a population");
    PROBLEM(w.slots[0].name = "eta", "slot 'eta': the name is reserved");
    PROBLEM(w.slots[0].name = "tanh", "slot 'tanh': the name is that of a primitive");
    PROBLEM(w.slots[0].name = "w0", "slot 'w0': the name is already that of a array");
    PROBLEM(w.arrays[0].name = "two words", "array 'two words': not a name");
    PROBLEM(w.arrays[0].name = NULL, "array '': not a name");
    PROBLEM(w.terminals[0].name = "w", "terminal 'w' stands twice");
    PROBLEM(w.terminals[0].name = "exp", "terminal 'exp'");
    PROBLEM(w.probes[1].name = "cos_mean", "probe 'cos_mean': the name is already that of a probe");
}

static void statements_must_make_sense(void **state)
{
    PROBLEM(w.synapse[0] = "w += eta", "slot 'rule' stands in no statement");
    PROBLEM(w.synapse[0] = "x = eta * rule", "'x' cannot be written");
    PROBLEM(w.synapse[0] = "w += dw + rule", "'dw' unknown");
    PROBLEM(w.synapse[0] = "dw += eta * rule", "'dw' is read before it is written");
    PROBLEM(w.synapse[0] = "when train.last: dw = rule", "a guarded statement writes states only");
    PROBLEM(w.synapse[0] = "w += eta * (rule", "synapse[0]");
    PROBLEM(w.projections[0].w = NULL, "initial weight w: missing");
    PROBLEM(w.projections[1].w = "w0", "both w and weights_of");
    PROBLEM((w.projections[1].synapse = w.more_synapse, w.projections[1].n_synapse = 1),
            "the weights belong to projection 'forward'");
    PROBLEM(w.projections[0].delay = "0.5", "no multiple of dt");
    PROBLEM(w.projections[0].delay = "-1", "delay -1 is out of range");
    PROBLEM((w.projections[0].delay = "1", w.projections[0].signal = "in"), "'in' is no state; a delayed signal");
    PROBLEM(w.experiment.dt = 0, "dt: 0 is out of range");
    PROBLEM(w.experiment.n_spans = 0, "no spans");
    PROBLEM(w.span.steps = 0, "span 'train': 0 steps is out of range");
    PROBLEM(w.probes[1].when = "step > 100", "never true");
    PROBLEM((w.probes[1].fold = E2L_FOLD_ALL, w.probes[1].when = "output.r > 0"), "known before the run");
}

static void all_problems_at_once(void **state)
{
    world w;
    world_init(&w, 3, 40);
    w.projections[0].port = "inn";
    w.probes[0].of = "nothing";
    w.terminals[2].expr = "nobody";
    expect_problem(*state, &w.experiment, "port 'inn'");
    expect_problem(*state, &w.experiment, "'nothing' unknown");
    expect_problem(*state, &w.experiment, "'nobody' unknown");
}

static void many_problems_are_counted(void **state)
{
    world w;
    world_init(&w, 3, 40);
    e2l_probe probes[60];
    for (size_t k = 0; k < 60; k++) {
        probes[k] = (e2l_probe){.name = "same", .of = "unknown_thing", .fold = E2L_FOLD_LAST};
    }
    w.experiment.probes = probes;
    w.experiment.n_probes = 60;
    expect_problem(*state, &w.experiment, " more)");
}

/* Position of an action in the order; SIZE_MAX: not there. */
static size_t find_action(const e2l_resolved *resolved, e2l_action_kind kind, uint32_t population, uint32_t index)
{
    for (size_t k = 0; k < resolved->n_actions; k++) {
        const e2l_action *action = &resolved->actions[k];
        if (action->kind == kind && action->population == population && action->index == index) {
            return k;
        }
    }
    return SIZE_MAX;
}

static void readers_come_after_writers(void **state)
{
    e2l_ctx *ctx = *state;
    world w;
    world_init(&w, 3, 40);
    /* The receiver is listed first: the order must turn round. */
    e2l_population swap = w.populations[0];
    w.populations[0] = w.populations[1];
    w.populations[1] = swap;
    e2l_resolved *resolved;
    assert_int_equal(e2l_resolve(ctx, &resolved, &w.experiment), E2L_OK);
    size_t write = find_action(resolved, E2L_ACTION_STATEMENT, 1, 0);
    size_t gather = find_action(resolved, E2L_ACTION_GATHER, 0, 0);
    size_t along = find_action(resolved, E2L_ACTION_GATHER, 0, 1);
    size_t statement = find_action(resolved, E2L_ACTION_STATEMENT, 0, 0);
    assert_true(write < gather && gather < statement && statement < along && along != SIZE_MAX);
    e2l_resolved_destroy(ctx, resolved);
}

static void unread_ports_are_not_gathered(void **state)
{
    e2l_ctx *ctx = *state;
    world w;
    world_init(&w, 3, 40);
    w.probes[WORLD_PROBE_COS].of = "output.along";
    e2l_resolved *resolved;
    assert_int_equal(e2l_resolve(ctx, &resolved, &w.experiment), E2L_OK);
    assert_true(find_action(resolved, E2L_ACTION_GATHER, 1, 1) != SIZE_MAX);
    assert_true(find_action(resolved, E2L_ACTION_GATHER, 1, 2) == SIZE_MAX);
    e2l_resolved_destroy(ctx, resolved);
}

static void a_circle_is_named(void **state)
{
    world w;
    world_init(&w, 1, 40);
    e2l_projection circle[4];
    memcpy(circle, w.projections, sizeof w.projections);
    circle[3] = (e2l_projection){
        .name = "back", .from = "output", .to = "input", .port = "in", .signal = "r", .w = "1"};
    w.experiment.projections = circle;
    w.experiment.n_projections = 4;
    expect_problem(*state, &w.experiment, "input: 'r = in', which waits for output: 'r = in', which waits for input: 'r = in'");
    circle[3].delay = "1";
    assert_int_equal(e2l_experiment_check(*state, &w.experiment, NULL), E2L_OK);
    circle[3] = (e2l_projection){
        .name = "self", .from = "output", .to = "output", .port = "in", .signal = "r", .w = "1"};
    expect_problem(*state, &w.experiment, "output: 'r = in', which waits for output: 'r = in'");
}

static void names_are_bound(void **state)
{
    e2l_ctx *ctx = *state;
    world w;
    world_init(&w, 3, 40);
    e2l_resolved *resolved;
    assert_int_equal(e2l_resolve(ctx, &resolved, &w.experiment), E2L_OK);
    const e2l_bound *y = &resolved->slots[0].terminals[2];
    assert_int_equal(y->refs[0].kind, E2L_REF_VARIABLE);
    assert_int_equal(y->refs[0].place, E2L_AT_POST);
    assert_int_equal(y->refs[0].owner, 1);
    const e2l_bound_projection *length = &resolved->projections[2];
    assert_int_equal(length->weights, 0);
    assert_string_equal(e2l_expr_name(length->effect.expr, 0), "w");
    assert_int_equal(length->effect.refs[0].owner, 0);
    assert_int_equal(resolved->projections[1].signal.refs[0].kind, E2L_REF_ARRAY);
    assert_true(resolved->projections[0].statements[0].adds);
    assert_int_equal(resolved->projections[0].statements[0].target.kind, E2L_REF_W);
    e2l_ref last = {.kind = E2L_REF_SPAN_LAST};
    assert_true(e2l_ref_at_step(resolved, &last, 39) == 1 && e2l_ref_at_step(resolved, &last, 38) == 0);
    e2l_resolved_destroy(ctx, resolved);
}

static void printing_is_json_and_stable(void **state)
{
    e2l_ctx *ctx = *state;
    world w;
    world_init(&w, 3, 40);
    e2l_text first, second;
    e2l_text_init(&first, ctx);
    e2l_text_init(&second, ctx);
    cJSON *json;
    assert_int_equal(e2l_experiment_print(&w.experiment, &first), E2L_OK);
    assert_int_equal(e2l_experiment_print(&w.experiment, &second), E2L_OK);
    assert_string_equal(e2l_text_get(&first), e2l_text_get(&second));
    assert_int_equal(e2l_json_parse(ctx, &json, first.data, first.n, "printed"), E2L_OK);
    const cJSON *forward = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(json, "projections"), "forward");
    const char *text;
    assert_int_equal(e2l_json_string(ctx, &text, forward, "signal", "forward"), E2L_OK);
    assert_string_equal(text, "r");
    e2l_json_free(json);
    w.projections[2].effect = "w * x"; /* any change is seen */
    e2l_text_reset(&second);
    assert_int_equal(e2l_experiment_print(&w.experiment, &second), E2L_OK);
    assert_string_not_equal(e2l_text_get(&first), e2l_text_get(&second));
    e2l_text_clear(&first);
    e2l_text_clear(&second);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, create_ctx, destroy_ctx)
    const struct CMUnitTest tests[] = {
        TEST(good_experiment_has_a_layout), TEST(unknown_names_are_named),    TEST(sizes_must_fit),
        TEST(one_name_for_one_thing),       TEST(statements_must_make_sense), TEST(all_problems_at_once),
        TEST(many_problems_are_counted),    TEST(readers_come_after_writers), TEST(unread_ports_are_not_gathered),
        TEST(a_circle_is_named),            TEST(names_are_bound),            TEST(printing_is_json_and_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
