/* Environments in an experiment: sizes and places of what they observe and show, when they are called, and mistakes. */
#include <string.h>

#include "substrate/resolve.h"
#include "tests/support/support.h"
#include "tests/support/worlds.h"

typedef struct net {
    e2l_input inputs[1];
    e2l_population populations[2];
    e2l_projection projection;
    e2l_slot slot;
    e2l_binding terminal, number, observes[2];
    const char *calls[2], *synapse[1];
    e2l_span spans[2], inner[2];
    e2l_world world;
    e2l_probe probe;
    e2l_array array;
    e2l_experiment experiment;
} net;

static void init(net *n)
{
    memset(n, 0, sizeof *n);
    n->inputs[0] = (e2l_input){.port = "in", .array = "env.echo"};
    n->populations[0] = (e2l_population){.name = "many", .size = 3, .model = "relay", .inputs = n->inputs, .n_inputs = 1};
    n->populations[1] = (e2l_population){.name = "one", .size = 1, .model = "linear"};
    n->terminal = (e2l_binding){.name = "s", .expr = "env.sum"};
    n->slot = (e2l_slot){.name = "rule", .terminals = &n->terminal, .n_terminals = 1};
    n->synapse[0] = "w += eta * rule";
    n->projection = (e2l_projection){.name = "p", .from = "many", .to = "one", .port = "in", .signal = "r", .w = "1", .slots = &n->slot, .n_slots = 1,
                                     .synapse = n->synapse, .n_synapse = 1};
    n->inner[0] = (e2l_span){.name = "play", .steps = 3, .repeat = 2};
    n->inner[1] = (e2l_span){.name = "rest", .steps = 2};
    n->spans[0] = (e2l_span){.name = "day", .repeat = 2, .children = n->inner, .n_children = 2};
    n->spans[1] = (e2l_span){.name = "end", .steps = 1};
    n->number = (e2l_binding){.name = "n", .expr = "3"};
    n->observes[0] = (e2l_binding){.name = "one", .expr = "one.r"};
    n->observes[1] = (e2l_binding){.name = "many", .expr = "2 * many.r"};
    n->calls[0] = "play";
    n->world = (e2l_world){.name = "env", .environment = "echo", .version = 3, .parameters = &n->number, .n_parameters = 1, .observes = n->observes,
                           .n_observes = 2, .calls = n->calls, .n_calls = 1, .record = &test_environment};
    n->probe = (e2l_probe){.name = "echo", .of = "env.echo + env.sum", .fold = E2L_FOLD_LAST};
    n->array = (e2l_array){.name = "list", .kind = E2L_ARRAY_EDGES, .size = 2, .n_rows = 3};
    n->experiment = (e2l_experiment){.struct_size = sizeof n->experiment, .name = "worlds", .dt = 1, .dt_unit = "1", .populations = n->populations,
                                     .n_populations = 2, .projections = &n->projection, .n_projections = 1, .spans = n->spans, .n_spans = 2,
                                     .probes = &n->probe, .n_probes = 1, .worlds = &n->world, .n_worlds = 1};
}

static void resolved_world(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    net n;
    e2l_resolved *resolved;
    init(&n);
    if (e2l_resolve(ctx, &resolved, &n.experiment) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
    const e2l_bound_world *const world = &resolved->worlds[0];
    assert_true(world->n_observed == 4 && world->n_shown == 4 && world->n_hidden == 4);
    assert_true(world->observed_size[0] == 3 && world->observed_first[1] == 3); /* in the record's order */
    assert_true(world->shown_first[1] == 1 && world->shown_size[1] == 3);
    assert_int_equal(resolved->probes[0].width, 3);
    assert_int_equal(resolved->populations[0].ports[0].world, 0);
    assert_int_equal(resolved->populations[0].ports[0].shown, 1);
    static const bool called[] = {false, false, true, false, false, true, false, false, false, false, true, false, false, true, false, false, false};
    for (uint64_t step = 0; step < sizeof called / sizeof *called; ++step) {
        assert_int_equal(e2l_world_is_called(resolved, world, step), called[step]);
    }
    e2l_resolved_destroy(ctx, resolved);
    e2l_test_ctx_end(ctx);
}

static void expect(e2l_ctx *ctx, net *n, const char *words)
{
    assert_int_equal(e2l_experiment_check(ctx, &n->experiment, NULL), E2L_INPUT);
    if (!strstr(e2l_ctx_message(ctx), words)) {
        fail_msg("'%s' is not said in: %s", words, e2l_ctx_message(ctx));
    }
    init(n);
}

static void mistakes(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    net n;
    init(&n);
#define PROBLEM(change, words) ((void)(change), expect(ctx, &n, words))
    PROBLEM(n.world.record = NULL, "environment 'env': 'echo' unknown, see e2l list environments");
    PROBLEM(n.world.version = 2, "environment 'env': version 2 of 'echo' is asked for, this is version 3");
    PROBLEM(n.number.expr = "65", "environment 'env': parameter 'n': 65 is out of range, expected a whole number in 1..64");
    PROBLEM(n.number.expr = "2.5", "2.5 is out of range, expected a whole number");
    PROBLEM(n.number.name = "gian", "parameter 'gian' unknown in 'echo'; did you mean 'gain'?");
    PROBLEM(n.number.expr = "2", "population 'many': input 'in': 'env.echo' has 2 elements, the population 3");
    PROBLEM(n.number.expr = "2", "environment 'env': observes 'many': '2 * many.r' has 3 elements, expected 2");
    PROBLEM(n.world.n_observes = 1, "environment 'env': observes 'many': missing; 'echo' needs to see: n numbers");
    PROBLEM(n.observes[1].name = "mayn", "observes 'mayn': 'echo' does not look at that; did you mean 'many'?");
    PROBLEM(n.observes[0].expr = "one.rr", "environment 'env': observes 'one': 'one.rr' unknown; did you mean 'one.r'?");
    PROBLEM(n.calls[0] = "plya", "environment 'env': calls: span 'plya' unknown; did you mean 'play'?");
    PROBLEM(n.world.n_calls = 0, "environment 'env': calls: no span is named");
    PROBLEM(n.inputs[0].array = "env.eco", "population 'many': input 'in': 'env.eco': the environment shows no such thing");
    PROBLEM(n.inputs[0].array = "envy.echo", "'envy.echo' is no array and nothing an environment shows");
    PROBLEM(n.inputs[0].row = "step", "what an environment shows has no rows");
    PROBLEM(n.terminal.expr = "env.echo", "terminal 's': 'env.echo' unknown");
    PROBLEM(n.world.name = "many", "environment 'many': the name is already that of a population");
    /* lists */
    PROBLEM((n.array.size = 4, n.experiment.arrays = &n.array, n.experiment.n_arrays = 1), "array 'list': size 4; an edge is source, target (2)");
    PROBLEM((n.array.n_rows = 0, n.experiment.arrays = &n.array, n.experiment.n_arrays = 1), "array 'list': 0 rows; one of rows, events or edges has 1..");
    PROBLEM((n.inputs[0].array = "list", n.experiment.arrays = &n.array, n.experiment.n_arrays = 1), "it has 2 and is a list of edges");
    PROBLEM((n.projection.delay = "list", n.projection.delay_max = "2", n.experiment.arrays = &n.array, n.experiment.n_arrays = 1),
            "'list' is a list of edges; it stands in connect and w alone");
    PROBLEM(n.projection.fan_in = "4", "projection 'p': fan_in 4, expected a whole number in 1..3");
    PROBLEM(n.projection.fan_in = "1.5", "projection 'p': fan_in 1.5, expected a whole number");
    e2l_test_ctx_end(ctx);
}

static void memory(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    net n;
    init(&n);
    e2l_status status = E2L_NOMEM;
    for (size_t k = 1; status != E2L_OK; ++k) {
        e2l_ctx_fail_allocation(ctx, k);
        status = e2l_experiment_check(ctx, &n.experiment, NULL);
        e2l_ctx_fail_allocation(ctx, 0);
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        assert_int_equal(e2l_ctx_blocks(ctx), 0);
    }
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(resolved_world), cmocka_unit_test(mistakes), cmocka_unit_test(memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
