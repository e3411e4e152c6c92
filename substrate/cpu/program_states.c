/* program_states.c: what lasts from step to step: how it begins, how it begins again, and what it is after a step. */
#include <math.h>

#include "substrate/cpu/program_impl.h"

uint32_t e2l_program_add_state(e2l_program *program, const e2l_state *state)
{
    void *list = program->states;
    e2l_state *const added = e2l_program_more(program, &list, &program->n_states, &program->states_room, sizeof *added);
    program->states = list;
    if (added == NULL) {
        return 0;
    }
    *added = *state;
    return program->n_states - 1;
}

e2l_space e2l_program_state_space(const e2l_program *program, size_t p, e2l_place place)
{
    const e2l_bound_projection *const projection = &program->resolved->projections[p];
    switch (place) {
    case E2L_AT_PRE: return (e2l_space){projection->n_pre, 1, 0};
    case E2L_AT_POST: return (e2l_space){projection->n_post, 1, 0};
    case E2L_AT_SYNAPSE: return e2l_program_synapses(program, p);
    case E2L_AT_GLOBAL:
    case E2L_AT_SELF:
    default: return (e2l_space){1, 1, 0};
    }
}

e2l_use e2l_program_fit(e2l_program *program, e2l_use use, e2l_place place, e2l_space space)
{
    if (program->graph.failed) {
        return use;
    }
    const bool own = (place == E2L_AT_PRE && use.view == E2L_VIEW_PRE) || (place == E2L_AT_POST && use.view == E2L_VIEW_POST);
    if (own) {
        return (e2l_use){use.value, E2L_VIEW_SELF};
    }
    if (use.view == E2L_VIEW_SELF) {
        return use; /* as many elements, or one for all */
    }
    const e2l_use args[E2L_MAX_ARITY] = {use, e2l_program_number(program, 1.0)};
    return e2l_graph_spread(&program->graph, space, args);
}

static uint64_t guards_of(const e2l_program *program, const uint32_t *spans, uint32_t n)
{
    uint64_t guard = 0;
    for (uint32_t k = 0; k < n; ++k) {
        guard |= e2l_reset_guard(program->resolved, spans[k]);
    }
    return guard;
}

static e2l_use leaf(e2l_program *program, uint32_t at)
{
    return program->graph.failed
               ? (e2l_use){0, E2L_VIEW_SELF}
               : e2l_graph_leaf(&program->graph, E2L_VALUE_STATE, at, program->states[at].space, true);
}

/* ---- populations ---------------------------------------------------------------------------------- */
static void begin_parameters(e2l_program *program, size_t p)
{
    const e2l_bound_population *const population = &program->resolved->populations[p];
    e2l_scene scene = e2l_scene_of_population(program, p);
    scene.once = true;
    for (size_t k = 0; k < population->model->n_parameters; ++k) {
        program->drawn[p][k] = population->drawn != NULL && population->drawn[k].expr != NULL
                                   ? e2l_program_bound(program, &scene, &population->drawn[k])
                                   : e2l_program_number(program, population->parameters[k]);
    }
}

void e2l_program_begin_parameters(e2l_program *program)
{
    for (size_t p = 0; p < program->resolved->experiment->n_populations; ++p) {
        begin_parameters(program, p);
    }
}

static uint32_t begin_variable(e2l_program *program, const e2l_scene *scene, const e2l_variable *variable)
{
    e2l_scene before = *scene;
    before.once = before.begins = true;
    e2l_state state = {.space = scene->space,
                       .initial = e2l_program_bound(program, &before, &variable->initial),
                       .limit = HUGE_VAL,
                       .guard = 1,
                       .reset_guard = guards_of(program, variable->resets, variable->n_resets)};
    state.reset = state.reset_guard != 0 ? e2l_program_bound(program, scene, &variable->initial) : state.initial;
    return e2l_program_add_state(program, &state);
}

static void begin_population(e2l_program *program, size_t p)
{
    const e2l_bound_population *const population = &program->resolved->populations[p];
    const e2l_scene scene = e2l_scene_of_population(program, p);
    begin_parameters(program, p);
    for (uint32_t k = 0; k < population->n_variables; ++k) {
        program->variables[p][k] = e2l_program_number(program, 0.0);
        program->variable_at[p][k] = E2L_NO_STATE;
        if (population->variables[k].is_state) {
            program->variable_at[p][k] = begin_variable(program, &scene, &population->variables[k]);
        }
    }
    for (size_t k = 0; k < population->model->n_ports; ++k) {
        program->ports[p][k] = e2l_program_number(program, 0.0);
    }
}

/* ---- projections ---------------------------------------------------------------------------------- */
bool e2l_program_mask(e2l_program *program, size_t p, e2l_use *mask)
{
    const e2l_bound_projection *projection = &program->resolved->projections[p];
    if (program->listed != NULL && program->listed[p]) {
        return false; /* what does not exist is not in the list */
    }
    const e2l_scene own = e2l_scene_of_projection(program, p);
    const bool borrows = projection->connect.expr == NULL && projection->fan_in == 0 && projection->weights != p;
    const size_t from = borrows ? projection->weights : p;
    projection = &program->resolved->projections[from];
    if (projection->connect.expr == NULL && projection->fan_in == 0) {
        return false;
    }
    e2l_scene scene = e2l_scene_of_projection(program, from);
    scene.once = scene.begins = true;
    *mask = projection->connect.expr != NULL ? e2l_program_bound(program, &scene, &projection->connect) : e2l_program_number(program, 1.0);
    if (projection->fan_in > 0 && !program->graph.failed) {
        const e2l_use args[E2L_MAX_ARITY] = {*mask, e2l_program_number(program, 1.0)};
        const bool full = mask->view == E2L_VIEW_SELF && e2l_space_equal(program->graph.values[mask->value].space, scene.space);
        const e2l_use each = full ? *mask : e2l_graph_spread(&program->graph, scene.space, args);
        *mask = e2l_graph_special(&program->graph, E2L_VALUE_FAN_IN, (uint32_t)from, scene.space, false, &each);
    }
    if (borrows && own.transposed) {
        *mask = e2l_graph_transpose(&program->graph, own.n_pre, own.n_post, *mask);
    }
    return true;
}

/* Where there is no synapse, there is 0. */
e2l_use e2l_program_masked(e2l_program *program, size_t projection, e2l_use use)
{
    e2l_use mask;
    if (!e2l_program_mask(program, projection, &mask)) {
        return use;
    }
    return e2l_program_choose(program, e2l_scene_of_projection(program, projection).space, mask, use,
                              e2l_program_number(program, 0.0));
}

static e2l_use bounded(e2l_program *program, const e2l_bound_projection *projection, e2l_space space, e2l_use w)
{
    if (projection->lower > -HUGE_VAL) {
        const e2l_use lower = e2l_program_number(program, projection->lower);
        w = e2l_program_choose(program, space, e2l_program_call(program, space, "lt", w, lower, lower), lower, w);
    }
    if (projection->upper < HUGE_VAL) {
        const e2l_use upper = e2l_program_number(program, projection->upper);
        w = e2l_program_choose(program, space, e2l_program_call(program, space, "gt", w, upper, upper), upper, w);
    }
    return w;
}

e2l_use e2l_program_bounded(e2l_program *program, size_t projection, e2l_use w)
{
    const e2l_scene scene = e2l_scene_of_projection(program, projection);
    return bounded(program, &program->resolved->projections[projection], scene.space, w);
}

static e2l_use weight_begins(e2l_program *program, size_t p, const e2l_scene *scene)
{
    const e2l_use w = e2l_program_bound(program, scene, &program->resolved->projections[p].w);
    return e2l_program_masked(program, p, e2l_program_bounded(program, p, w));
}

static void begin_weights(e2l_program *program, size_t p)
{
    const e2l_bound_projection *const projection = &program->resolved->projections[p];
    const e2l_scene scene = e2l_scene_of_projection(program, p);
    e2l_scene before = scene;
    before.once = before.begins = true;
    e2l_state state = {.space = scene.space,
                       .initial = weight_begins(program, p, &before),
                       .limit = E2L_WEIGHT_LIMIT,
                       .guard = 1,
                       .reset_guard = guards_of(program, projection->w_resets, projection->n_w_resets)};
    state.reset = state.reset_guard != 0 ? weight_begins(program, p, &scene) : state.initial;
    program->w_at[p] = e2l_program_add_state(program, &state);
}

static void begin_synapse_state(e2l_program *program, size_t p, uint32_t k)
{
    const e2l_bound_projection *const projection = &program->resolved->projections[p];
    const e2l_place place = projection->state_places[k];
    const e2l_scene scene = e2l_scene_of_projection(program, p);
    const uint32_t at = program->synapse_at[p][k] = begin_variable(program, &scene, &projection->states[k]);
    if (program->graph.failed) {
        return;
    }
    e2l_use initial = program->states[at].initial, reset = program->states[at].reset;
    const e2l_space space = e2l_program_state_space(program, p, place);
    if (place == E2L_AT_SYNAPSE) {
        initial = e2l_program_masked(program, p, initial);
        reset = program->states[at].reset_guard != 0 ? e2l_program_masked(program, p, reset) : initial;
    }
    program->states[at].space = space;
    program->states[at].initial = e2l_program_fit(program, initial, place, space);
    program->states[at].reset = e2l_program_fit(program, reset, place, space);
}

static void begin_projection(e2l_program *program, size_t p)
{
    const e2l_bound_projection *const projection = &program->resolved->projections[p];
    program->w_at[p] = program->ring_at[p] = E2L_NO_STATE;
    program->x[p] = e2l_program_number(program, 0.0);
    for (uint32_t k = 0; k < projection->n_locals; ++k) {
        program->locals[p][k] = e2l_program_number(program, 0.0);
    }
    if (projection->weights == p) {
        begin_weights(program, p);
    }
    for (uint32_t k = 0; k < projection->n_states; ++k) {
        begin_synapse_state(program, p, k);
    }
}

/* ---- rings ---------------------------------------------------------------------------------------- */
/* Resets of everything the signal is made of: the spans that all its states have in common. */
static uint64_t signal_resets(const e2l_program *program, const e2l_bound_projection *projection)
{
    uint64_t guard = 0;
    bool any = false;
    for (size_t k = 0; k < e2l_expr_n_names(projection->signal.expr); ++k) {
        const e2l_ref *const ref = &projection->signal.refs[k];
        if (ref->kind == E2L_REF_VARIABLE && ref->owner == projection->from) {
            const e2l_variable *const variable = &program->resolved->populations[ref->owner].variables[ref->index];
            const uint64_t own = guards_of(program, variable->resets, variable->n_resets);
            guard = any ? guard & own : own;
            any = true;
        }
    }
    return guard;
}

typedef enum moment { BEFORE, RESET } moment;

/* A state in a step that may begin with its reset: where these spans surely do it, the reset value, else it depends on the step. */
static e2l_use begun_again(e2l_program *program, const e2l_variable *variable, uint32_t at, uint64_t guard)
{
    const e2l_state state = program->states[at];
    if ((state.reset_guard & guard) == guard) {
        return state.reset;
    }
    e2l_use use = leaf(program, at);
    for (uint32_t k = 0; k < variable->n_resets; ++k) {
        use = e2l_program_choose(program, state.space, e2l_program_enters(program, variable->resets[k]), state.reset, use);
    }
    return use;
}

/* What a name of a state means while a signal is taken: the state as it begins, or begins again where a reset reaches it. */
static void set_variables(e2l_program *program, moment when, uint64_t guard)
{
    if (when == RESET) {
        e2l_program_world_leaves(program);
    } else {
        for (size_t k = 0; k < program->resolved->experiment->n_worlds && !program->graph.failed; ++k) {
            program->worlds[k] = program->states[program->world_at[k]].initial;
        }
    }
    for (size_t p = 0; p < program->resolved->experiment->n_populations && !program->graph.failed; ++p) {
        for (uint32_t k = 0; k < program->resolved->populations[p].n_variables; ++k) {
            const uint32_t at = program->variable_at[p][k];
            if (at == E2L_NO_STATE) {
                continue;
            }
            program->variables[p][k] =
                when == BEFORE ? program->states[at].initial
                               : begun_again(program, &program->resolved->populations[p].variables[k], at, guard);
        }
    }
}

/* The signal of the sender's states as they begin. */
static e2l_use first_signal(e2l_program *program, const e2l_bound_projection *projection, moment when, uint64_t guard)
{
    e2l_scene scene = e2l_scene_of_population(program, projection->from);
    scene.once = scene.begins = when == BEFORE;
    set_variables(program, when, guard);
    return e2l_program_bound(program, &scene, &projection->signal);
}

static void begin_ring(e2l_program *program, size_t p)
{
    const e2l_bound_projection *const projection = &program->resolved->projections[p];
    if (projection->delay_steps == 0) {
        return;
    }
    const bool differ = projection->delay.expr != NULL;
    e2l_ring ring = {.space = {projection->n_pre, 1, 0},
                     .depth = (size_t)projection->delay_steps + (differ ? 1 : 0),
                     .by_source = differ,
                     .initial = first_signal(program, projection, BEFORE, 0),
                     .reset_guard = signal_resets(program, projection)};
    ring.reset = ring.reset_guard != 0 ? first_signal(program, projection, RESET, ring.reset_guard) : ring.initial;
    void *list = program->rings;
    e2l_ring *const added = e2l_program_more(program, &list, &program->n_rings, &program->rings_room, sizeof *added);
    program->rings = list;
    if (added != NULL) {
        *added = ring;
        program->ring_at[p] = program->n_rings - 1;
    }
}

/* How many steps ago, per source: nearest whole number within 1..longest. */
static e2l_use delay_in_steps(e2l_program *program, size_t p)
{
    const e2l_bound_projection *const projection = &program->resolved->projections[p];
    e2l_scene before = e2l_scene_of_population(program, projection->from);
    before.once = before.begins = true;
    const e2l_space space = before.space;
    const e2l_use dt = e2l_program_number(program, program->resolved->experiment->dt);
    const e2l_use half = e2l_program_number(program, 0.5), one = e2l_program_number(program, 1.0);
    const e2l_use longest = e2l_program_number(program, (double)projection->delay_steps);
    e2l_use steps = e2l_program_bound(program, &before, &projection->delay);
    steps = e2l_program_call(program, space, "div", steps, dt, dt);
    steps = e2l_program_call(program, space, "add", steps, half, half);
    steps = e2l_program_call(program, space, "floor", steps, half, half);
    steps = e2l_program_call(program, space, "max", steps, one, one);
    return e2l_program_call(program, space, "min", steps, longest, longest);
}

/* What arrives: read from the ring before anything of this step is written into it. */
static void read_ring(e2l_program *program, size_t p)
{
    const uint32_t at = program->ring_at[p];
    if (at == E2L_NO_STATE || program->graph.failed) {
        return;
    }
    const bool differ = program->resolved->projections[p].delay.expr != NULL;
    const e2l_use steps = differ ? delay_in_steps(program, p) : e2l_program_number(program, 0.0);
    program->x[p] = e2l_graph_special(&program->graph, E2L_VALUE_DELAYED, at, program->rings[at].space, true,
                                      differ ? &steps : NULL);
}

static void end_ring(e2l_program *program, size_t p)
{
    if (program->ring_at[p] == E2L_NO_STATE) {
        return;
    }
    const e2l_bound_projection *const projection = &program->resolved->projections[p];
    const e2l_scene scene = e2l_scene_of_population(program, projection->from);
    program->rings[program->ring_at[p]].signal = e2l_program_bound(program, &scene, &projection->signal);
}

/* Projections that take the same signal along, of as many neurons (what is the same for all may come from any population), read one ring: by the source's own delay from any depth, else from the last place. */
static void find_twins(e2l_program *program)
{
    for (uint32_t k = 0; k < program->n_rings; ++k) {
        e2l_ring *const ring = &program->rings[k];
        ring->twin = k;
        for (uint32_t before = 0; before < k && ring->twin == k; ++before) {
            e2l_ring *const other = &program->rings[before];
            const bool same = other->twin == before && e2l_space_equal(ring->space, other->space) && e2l_use_equal(ring->signal, other->signal) && e2l_use_equal(ring->initial, other->initial) &&
                              e2l_use_equal(ring->reset, other->reset) && ring->reset_guard == other->reset_guard && ring->by_source == other->by_source;
            if (same && (ring->by_source || ring->depth == other->depth)) {
                ring->twin = before;
                other->depth = ring->depth > other->depth ? ring->depth : other->depth;
            }
        }
    }
}

/* ---- leaves ---------------------------------------------------------------------------------------- */
static void begin_leaves(e2l_program *program)
{
    e2l_program_world_leaves(program);
    const e2l_experiment *const experiment = program->resolved->experiment;
    for (size_t p = 0; p < experiment->n_populations; ++p) {
        for (uint32_t k = 0; k < program->resolved->populations[p].n_variables; ++k) {
            if (program->variable_at[p][k] != E2L_NO_STATE) {
                program->variables[p][k] = leaf(program, program->variable_at[p][k]);
            }
        }
    }
    for (size_t p = 0; p < experiment->n_projections; ++p) {
        if (program->w_at[p] != E2L_NO_STATE) {
            program->w[p] = leaf(program, program->w_at[p]);
        }
        for (uint32_t k = 0; k < program->resolved->projections[p].n_states; ++k) {
            program->synapse_states[p][k] = leaf(program, program->synapse_at[p][k]);
        }
        read_ring(program, p);
    }
}

void e2l_program_begin(e2l_program *program)
{
    const e2l_experiment *const experiment = program->resolved->experiment;
    for (size_t p = 0; p < experiment->n_populations; ++p) {
        begin_population(program, p);
    }
    for (size_t p = 0; p < experiment->n_projections; ++p) {
        begin_projection(program, p);
    }
    e2l_program_begin_worlds(program);
    for (size_t p = 0; p < experiment->n_projections && !program->graph.failed; ++p) {
        begin_ring(program, p);
    }
    program->n_begin = program->graph.n_values;
    begin_leaves(program);
}

/* ---- the end of a step ------------------------------------------------------------------------------ */
/* The old value of another state is made a value of its own, so that writing that state does not change it. */
static void set_next(e2l_program *program, uint32_t at, e2l_use next)
{
    e2l_state *const state = &program->states[at];
    const e2l_value *const value = &program->graph.values[next.value];
    if (value->kind == E2L_VALUE_STATE && value->index != at) {
        const e2l_use args[E2L_MAX_ARITY] = {next, e2l_program_number(program, 1.0)};
        next = e2l_graph_spread(&program->graph, state->space, args);
    }
    state->next = next;
}

static void end_projection(e2l_program *program, size_t p)
{
    const e2l_bound_projection *const projection = &program->resolved->projections[p];
    if (program->w_at[p] != E2L_NO_STATE) {
        program->w[p] = e2l_program_fit(program, program->w[p], E2L_AT_SYNAPSE, program->states[program->w_at[p]].space);
        set_next(program, program->w_at[p], program->w[p]);
    }
    for (uint32_t k = 0; k < projection->n_states && !program->graph.failed; ++k) {
        const uint32_t at = program->synapse_at[p][k];
        program->synapse_states[p][k] = e2l_program_fit(program, program->synapse_states[p][k], projection->state_places[k],
                                                        program->states[at].space);
        set_next(program, at, program->synapse_states[p][k]);
    }
}

void e2l_program_end(e2l_program *program)
{
    const e2l_experiment *const experiment = program->resolved->experiment;
    for (size_t p = 0; p < experiment->n_projections && !program->graph.failed; ++p) {
        end_ring(program, p);
    }
    find_twins(program);
    for (size_t p = 0; p < experiment->n_populations && !program->graph.failed; ++p) {
        for (uint32_t k = 0; k < program->resolved->populations[p].n_variables; ++k) {
            if (program->variable_at[p][k] != E2L_NO_STATE) {
                set_next(program, program->variable_at[p][k], program->variables[p][k]);
            }
        }
    }
    for (size_t p = 0; p < experiment->n_projections && !program->graph.failed; ++p) {
        end_projection(program, p);
    }
}
