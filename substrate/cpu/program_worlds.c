/* program_worlds.c: environments as values: what a world shows and hides is one state; a call makes the next one from it and from what
   the world observes. */
#include <math.h>

#include "substrate/cpu/program_impl.h"

static e2l_space space_of(const e2l_program *program, size_t world)
{
    const e2l_bound_world *const about = &program->resolved->worlds[world];
    return (e2l_space){about->n_shown + about->n_hidden, 1, 0};
}

e2l_use e2l_program_shown(e2l_program *program, uint32_t world, uint32_t item)
{
    const e2l_bound_world *const about = &program->resolved->worlds[world];
    if (program->graph.failed) {
        return (e2l_use){0, E2L_VIEW_SELF};
    }
    const bool varies = program->graph.values[program->worlds[world].value].varies;
    return e2l_graph_special(&program->graph, E2L_VALUE_SLICE, (uint32_t)about->shown_first[item],
                             (e2l_space){about->shown_size[item], 1, 0}, varies, &program->worlds[world]);
}

void e2l_program_begin_worlds(e2l_program *program)
{
    for (uint32_t k = 0; k < program->resolved->experiment->n_worlds && !program->graph.failed; ++k) {
        const e2l_space space = space_of(program, k);
        const e2l_use initial = e2l_graph_special(&program->graph, E2L_VALUE_WORLD_BEGIN, k, space, false, NULL);
        program->world_at[k] = e2l_program_add_state(
            program, &(e2l_state){.space = space, .initial = initial, .reset = initial, .limit = HUGE_VAL, .guard = 1});
        program->worlds[k] = initial;
    }
}

void e2l_program_world_leaves(e2l_program *program)
{
    for (uint32_t k = 0; k < program->resolved->experiment->n_worlds && !program->graph.failed; ++k) {
        program->worlds[k] = e2l_graph_leaf(&program->graph, E2L_VALUE_STATE, program->world_at[k], space_of(program, k), true);
    }
}

/* One observed item with all its elements. */
static e2l_use observed(e2l_program *program, const e2l_bound_world *world, size_t k)
{
    const uint64_t n = world->observed_size[k];
    const e2l_scene scene = {.space = {n, 1, 0}, .n_self = n, .n_pre = 1, .n_post = 1, .flat = true};
    const e2l_use use = e2l_program_bound(program, &scene, &world->observes[k]);
    if (program->graph.failed || e2l_space_equal(program->graph.values[use.value].space, scene.space)) {
        return use;
    }
    const e2l_use args[E2L_MAX_ARITY] = {use, e2l_program_number(program, 1.0)};
    return e2l_graph_spread(&program->graph, scene.space, args);
}

static e2l_use all_observed(e2l_program *program, const e2l_bound_world *world)
{
    e2l_use all = e2l_program_number(program, 0.0);
    for (size_t k = 0; k < world->record->n_observed; ++k) {
        const e2l_use one = observed(program, world, k);
        const uint64_t before = world->observed_first[k];
        all = k == 0 ? one
                     : e2l_graph_special_2(&program->graph, E2L_VALUE_PACK, (uint32_t)before,
                                           (e2l_space){before + world->observed_size[k], 1, 0}, true, all, one);
    }
    return all;
}

void e2l_program_call_worlds(e2l_program *program)
{
    for (uint32_t k = 0; k < program->resolved->experiment->n_worlds && !program->graph.failed; ++k) {
        const e2l_use seen = all_observed(program, &program->resolved->worlds[k]);
        program->worlds[k] = e2l_graph_special_2(&program->graph, E2L_VALUE_WORLD, k, space_of(program, k), true, seen, program->worlds[k]);
        if (!program->graph.failed) {
            program->states[program->world_at[k]].next = program->worlds[k];
        }
    }
}
