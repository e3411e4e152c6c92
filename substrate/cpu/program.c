/* program.c: from a resolved experiment to a graph, in the order of a step: neurons, synapses, probes.

   Not built yet and refused: delays, probes that look when the network says so, more than 62 probes. */
#include "substrate/cpu/program.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- memory --------------------------------------------------------------------------------------- */
static e2l_use **rows_of(e2l_ctx *ctx, size_t n, const size_t *sizes, bool *ok)
{
    e2l_use **rows = e2l_alloc(ctx, n + 1, sizeof *rows);
    for (size_t k = 0; rows != NULL && k < n; ++k) {
        rows[k] = e2l_alloc(ctx, sizes[k] + 1, sizeof **rows);
        *ok = *ok && rows[k] != NULL;
    }
    *ok = *ok && rows != NULL;
    return rows;
}

static void free_rows(e2l_ctx *ctx, e2l_use **rows)
{
    for (size_t k = 0; rows != NULL && rows[k] != NULL; ++k) {
        e2l_free(ctx, rows[k]);
    }
    e2l_free(ctx, rows);
}

typedef enum name_kind { VARIABLES, PORTS, LOCALS } name_kind;

static e2l_use **name_rows(e2l_program *program, name_kind kind, bool *ok)
{
    const e2l_resolved *const resolved = program->resolved;
    const size_t n = kind == LOCALS ? resolved->experiment->n_projections : resolved->experiment->n_populations;
    size_t *sizes = e2l_alloc(program->ctx, n + 1, sizeof *sizes);
    if (sizes == NULL) {
        *ok = false;
        return NULL;
    }
    for (size_t k = 0; k < n; ++k) {
        sizes[k] = kind == LOCALS      ? resolved->projections[k].n_locals
                   : kind == VARIABLES ? resolved->populations[k].n_variables
                                       : resolved->populations[k].model->n_ports;
    }
    e2l_use **const rows = rows_of(program->ctx, n, sizes, ok);
    e2l_free(program->ctx, sizes);
    return rows;
}

static uint32_t **state_rows(e2l_program *program, bool *ok)
{
    const e2l_resolved *const resolved = program->resolved;
    const size_t n = resolved->experiment->n_populations;
    uint32_t **rows = e2l_alloc(program->ctx, n + 1, sizeof *rows);
    for (size_t k = 0; rows != NULL && k < n; ++k) {
        rows[k] = e2l_alloc(program->ctx, resolved->populations[k].n_variables + 1u, sizeof **rows);
        *ok = *ok && rows[k] != NULL;
    }
    *ok = *ok && rows != NULL;
    return rows;
}

e2l_status e2l_program_init(e2l_program *program, e2l_ctx *ctx, const e2l_resolved *resolved, e2l_isa isa)
{
    *program = (e2l_program){.ctx = ctx, .resolved = resolved};
    e2l_graph_init(&program->graph, ctx, isa);
    const e2l_experiment *const experiment = resolved->experiment;
    bool ok = true;
    program->variables = name_rows(program, VARIABLES, &ok);
    program->ports = name_rows(program, PORTS, &ok);
    program->locals = name_rows(program, LOCALS, &ok);
    program->variable_states = state_rows(program, &ok);
    program->x = e2l_alloc(ctx, experiment->n_projections + 1, sizeof *program->x);
    program->w = e2l_alloc(ctx, experiment->n_projections + 1, sizeof *program->w);
    program->w_states = e2l_alloc(ctx, experiment->n_projections + 1, sizeof *program->w_states);
    program->slots = e2l_alloc(ctx, resolved->n_slots + 1, sizeof *program->slots);
    program->slot_known = e2l_alloc(ctx, resolved->n_slots + 1, sizeof *program->slot_known);
    program->looks = e2l_alloc(ctx, experiment->n_probes + 1, sizeof *program->looks);
    ok = ok && program->x != NULL && program->w != NULL && program->w_states != NULL && program->slots != NULL &&
         program->slot_known != NULL && program->looks != NULL;
    if (!ok) {
        e2l_program_clear(program);
        return E2L_NOMEM;
    }
    return E2L_OK;
}

void e2l_program_clear(e2l_program *program)
{
    e2l_ctx *const ctx = program->ctx;
    e2l_graph_clear(&program->graph);
    free_rows(ctx, program->variables);
    free_rows(ctx, program->ports);
    free_rows(ctx, program->locals);
    for (size_t k = 0; program->variable_states != NULL && program->variable_states[k] != NULL; ++k) {
        e2l_free(ctx, program->variable_states[k]);
    }
    e2l_free(ctx, program->variable_states);
    e2l_free(ctx, program->x);
    e2l_free(ctx, program->w);
    e2l_free(ctx, program->w_states);
    e2l_free(ctx, program->slots);
    e2l_free(ctx, program->slot_known);
    e2l_free(ctx, program->looks);
    e2l_free(ctx, program->states);
    e2l_free(ctx, program->schedule);
    e2l_free(ctx, program->nodes);
    *program = (e2l_program){.ctx = ctx};
}

static uint32_t add_state(e2l_program *program, const e2l_state *state)
{
    if (program->n_states == program->states_room) {
        const uint32_t room = program->states_room * 2 + 8;
        e2l_state *states = e2l_realloc(program->ctx, program->states, room, sizeof *states);
        if (states == NULL) {
            program->graph.failed = true;
            return 0;
        }
        program->states = states;
        program->states_room = room;
    }
    program->states[program->n_states] = *state;
    return program->n_states++;
}

/* ---- names ---------------------------------------------------------------------------------------- */
/* Where an expression stands: the elements it is computed for, and which rule of a candidate it may call. */
typedef struct setting {
    e2l_space space;
    const e2l_expr *const *rules; /* NULL outside of synapse statements */
} setting;

static e2l_use number(e2l_program *program, double value)
{
    return e2l_graph_const(&program->graph, value);
}

static e2l_use schedule(e2l_program *program, const e2l_ref *ref)
{
    uint32_t k = 0;
    while (k < program->n_schedule &&
           (program->schedule[k].kind != ref->kind || program->schedule[k].index != ref->index)) {
        ++k;
    }
    if (k == program->schedule_room) {
        const uint32_t room = k * 2 + 4;
        e2l_ref *refs = e2l_realloc(program->ctx, program->schedule, room, sizeof *refs);
        if (refs == NULL) {
            program->graph.failed = true;
            return number(program, 0.0);
        }
        program->schedule = refs;
        program->schedule_room = room;
    }
    if (k == program->n_schedule) {
        program->schedule[program->n_schedule++] = *ref;
    }
    return e2l_graph_leaf(&program->graph, E2L_VALUE_SCHEDULE, k, (e2l_space){1, 1}, true);
}

static e2l_use seen_from(const e2l_program *program, e2l_use use, e2l_place place, e2l_space space)
{
    if (program->graph.failed) {
        return use;
    }
    if (place == E2L_AT_PRE) {
        return e2l_use_pre(&program->graph, use, space);
    }
    return place == E2L_AT_POST ? e2l_use_post(&program->graph, use, space) : use;
}

static e2l_use slot_value(e2l_program *program, const setting *scene, uint32_t slot);

static e2l_use name_value(e2l_program *program, const setting *scene, const e2l_ref *ref)
{
    const e2l_space one = {1, 1};
    switch (ref->kind) {
    case E2L_REF_NUMBER:
    case E2L_REF_DT:
    case E2L_REF_SPAN_STEPS: return number(program, ref->value);
    case E2L_REF_TIME:
    case E2L_REF_STEP:
    case E2L_REF_SPAN_ON:
    case E2L_REF_SPAN_FIRST:
    case E2L_REF_SPAN_LAST:
    case E2L_REF_SPAN_TIME: return schedule(program, ref);
    case E2L_REF_ETA: return e2l_graph_leaf(&program->graph, E2L_VALUE_ETA, ref->index, one, false);
    case E2L_REF_SLOT: return slot_value(program, scene, ref->index);
    case E2L_REF_VARIABLE:
        return seen_from(program, program->variables[ref->owner][ref->index], ref->place, scene->space);
    case E2L_REF_PORT: return seen_from(program, program->ports[ref->owner][ref->index], ref->place, scene->space);
    case E2L_REF_ARRAY: {
        const uint64_t n = program->resolved->experiment->arrays[ref->index].size;
        const e2l_space space = ref->place == E2L_AT_SYNAPSE ? scene->space : (e2l_space){n, 1};
        return seen_from(program, e2l_graph_leaf(&program->graph, E2L_VALUE_STATIC, ref->index, space, false),
                         ref->place, scene->space);
    }
    case E2L_REF_X: return seen_from(program, program->x[ref->owner], E2L_AT_PRE, scene->space);
    case E2L_REF_W: return program->w[ref->owner];
    case E2L_REF_LOCAL:
    default: return program->locals[ref->owner][ref->index];
    }
}

/* ---- expressions ---------------------------------------------------------------------------------- */
static bool room_for_nodes(e2l_program *program, size_t n)
{
    if (n > program->nodes_room) {
        e2l_use *nodes = e2l_realloc(program->ctx, program->nodes, n, sizeof *nodes);
        if (nodes == NULL) {
            program->graph.failed = true;
            return false;
        }
        program->nodes = nodes;
        program->nodes_room = n;
    }
    return true;
}

/* `names[k]`: the value of the expression's name k. */
static e2l_use expression(e2l_program *program, e2l_space space, const e2l_expr *expr, const e2l_use *names)
{
    const size_t n = e2l_expr_n_nodes(expr);
    const e2l_node *const nodes = e2l_expr_nodes(expr);
    if (!room_for_nodes(program, n)) {
        return (e2l_use){0, E2L_VIEW_SELF};
    }
    for (size_t k = 0; k < n; ++k) {
        e2l_use args[E2L_MAX_ARITY];
        switch (nodes[k].kind) {
        case E2L_NODE_CONST: program->nodes[k] = number(program, nodes[k].value); break;
        case E2L_NODE_NAME: program->nodes[k] = names[nodes[k].name]; break;
        case E2L_NODE_CALL:
        default:
            for (uint32_t i = 0; i < nodes[k].primitive->arity; ++i) {
                args[i] = program->nodes[nodes[k].arg[i]];
            }
            program->nodes[k] = e2l_graph_call(&program->graph, space, nodes[k].primitive, args);
        }
    }
    return program->nodes[n - 1];
}

enum { FEW_NAMES = 32 };

static e2l_use bound(e2l_program *program, const setting *scene, const e2l_bound *what)
{
    const size_t n = e2l_expr_n_names(what->expr);
    e2l_use few[FEW_NAMES], *names = n > FEW_NAMES ? e2l_alloc(program->ctx, n, sizeof *names) : few;
    if (names == NULL) {
        program->graph.failed = true;
        return number(program, 0.0);
    }
    for (size_t k = 0; k < n; ++k) {
        names[k] = name_value(program, scene, &what->refs[k]);
    }
    const e2l_use result = expression(program, scene->space, what->expr, names);
    if (names != few) {
        e2l_free(program->ctx, names);
    }
    return result;
}

/* ---- rules ---------------------------------------------------------------------------------------- */
static uint32_t terminal_at(const e2l_slot *slot, const char *name)
{
    uint32_t k = 0;
    while (k < slot->n_terminals && strcmp(slot->terminals[k].name, name) != 0) {
        ++k;
    }
    return k;
}

/* Names of the rule were checked before. The rule is a value like any other: when two statements name it and nothing it
   reads has changed in between, it is one value. */
static e2l_use slot_value(e2l_program *program, const setting *scene, uint32_t slot)
{
    const e2l_bound_slot *const bound_slot = &program->resolved->slots[slot];
    const e2l_expr *const rule = scene->rules[slot];
    const size_t n = e2l_expr_n_names(rule);
    e2l_use few[FEW_NAMES], *names = n > FEW_NAMES ? e2l_alloc(program->ctx, n, sizeof *names) : few;
    if (names == NULL) {
        program->graph.failed = true;
        return number(program, 0.0);
    }
    for (size_t k = 0; k < n; ++k) {
        const uint32_t terminal = terminal_at(bound_slot->source, e2l_expr_name(rule, k));
        names[k] = bound(program, scene, &bound_slot->terminals[terminal]);
    }
    const e2l_use result = expression(program, scene->space, rule, names);
    if (names != few) {
        e2l_free(program->ctx, names);
    }
    return result;
}

static e2l_status check_rule(e2l_ctx *ctx, const e2l_slot *slot, const e2l_expr *rule)
{
    for (size_t k = 0; k < e2l_expr_n_names(rule); ++k) {
        const char *const name = e2l_expr_name(rule, k);
        if (terminal_at(slot, name) == slot->n_terminals) {
            return e2l_fail(ctx, E2L_INPUT, "the rule of slot '%s' names '%s', which is none of its %zu terminals",
                            slot->name, name, slot->n_terminals);
        }
    }
    return E2L_OK;
}

/* ---- statements ------------------------------------------------------------------------------------ */
static e2l_use call_named(e2l_program *program, e2l_space space, const char *name, e2l_use a, e2l_use b, e2l_use c)
{
    const e2l_use args[E2L_MAX_ARITY] = {a, b, c};
    return e2l_graph_call(&program->graph, space, e2l_primitive_find(name), args);
}

/* A guard selects between the new and the old value, which is the same as not writing. */
static e2l_use written(e2l_program *program, const setting *scene, const e2l_bound_statement *statement, e2l_use old)
{
    e2l_use value = bound(program, scene, &statement->value);
    if (statement->adds) {
        value = call_named(program, scene->space, "add", old, value, value);
    }
    if (statement->guard.expr != NULL) {
        const e2l_use guard = bound(program, scene, &statement->guard);
        value = call_named(program, scene->space, "if", guard, value, old);
    }
    return value;
}

/* The sum needs its argument per synapse or per source; anything smaller is spread by a product with one. */
static e2l_use summed(e2l_program *program, const e2l_bound_projection *projection, e2l_use effect)
{
    const e2l_space space = e2l_space_of(projection->n_pre, projection->n_post);
    e2l_graph *const graph = &program->graph;
    if (graph->failed) {
        return effect;
    }
    const e2l_space own = graph->values[effect.value].space;
    const bool by_source = effect.view == E2L_VIEW_PRE ||
                           (effect.view == E2L_VIEW_SELF && e2l_space_equal(own, space));
    if (!by_source) {
        const e2l_use args[E2L_MAX_ARITY] = {effect, number(program, 1.0)};
        effect = e2l_graph_spread(graph, space, args);
    }
    return e2l_graph_sum(graph, projection->n_pre, projection->n_post, effect);
}

static void gather(e2l_program *program, uint32_t population, uint32_t port)
{
    const e2l_resolved *const resolved = program->resolved;
    const e2l_bound_port *const source = &resolved->populations[population].ports[port];
    const e2l_space space = {resolved->populations[population].source->size, 1};
    e2l_use total = number(program, 0.0);
    bool empty = true;
    if (source->array != E2L_NO_INDEX) {
        total = e2l_graph_leaf(&program->graph, E2L_VALUE_INPUT, source->array, space, true);
        empty = false;
    }
    for (uint32_t k = 0; k < source->n_projections; ++k) {
        const uint32_t p = source->projections[k];
        const e2l_bound_projection *const projection = &resolved->projections[p];
        const setting sender = {{projection->n_pre, 1}, NULL};
        const setting synapse = {e2l_space_of(projection->n_pre, projection->n_post), NULL};
        program->x[p] = bound(program, &sender, &projection->signal);
        const e2l_use sum = summed(program, projection, bound(program, &synapse, &projection->effect));
        total = empty ? sum : call_named(program, space, "add", total, sum, sum);
        empty = false;
    }
    program->ports[population][port] = total;
}

static void neurons(e2l_program *program)
{
    const e2l_resolved *const resolved = program->resolved;
    for (size_t k = 0; k < resolved->n_actions; ++k) {
        const e2l_action *const action = &resolved->actions[k];
        const e2l_bound_population *const population = &resolved->populations[action->population];
        if (action->kind == E2L_ACTION_GATHER) {
            gather(program, action->population, action->index);
            continue;
        }
        const setting scene = {{population->source->size, 1}, NULL};
        const e2l_bound_statement *const statement = &population->statements[action->index];
        e2l_use *const target = &program->variables[action->population][statement->target.index];
        *target = written(program, &scene, statement, *target);
    }
}

/* Weights that became the same for all synapses of a source or target are spread again: probes count elements. */
static void spread_weights(e2l_program *program)
{
    for (size_t p = 0; p < program->resolved->experiment->n_projections && !program->graph.failed; ++p) {
        const e2l_bound_projection *const projection = &program->resolved->projections[p];
        if (projection->weights == p && program->w[p].view != E2L_VIEW_SELF) {
            const e2l_use args[E2L_MAX_ARITY] = {program->w[p], number(program, 1.0)};
            program->w[p] =
                e2l_graph_spread(&program->graph, e2l_space_of(projection->n_pre, projection->n_post), args);
        }
    }
}

static void synapses(e2l_program *program, const e2l_expr *const *rules)
{
    const e2l_resolved *const resolved = program->resolved;
    for (size_t p = 0; p < resolved->experiment->n_projections; ++p) {
        const e2l_bound_projection *const projection = &resolved->projections[p];
        const setting scene = {e2l_space_of(projection->n_pre, projection->n_post), rules};
        for (size_t k = 0; k < projection->source->n_synapse; ++k) {
            const e2l_bound_statement *const statement = &projection->statements[k];
            e2l_use *const target = statement->target.kind == E2L_REF_W
                                        ? &program->w[statement->target.owner]
                                        : &program->locals[statement->target.owner][statement->target.index];
            *target = written(program, &scene, statement, *target);
        }
    }
}

/* ---- states ---------------------------------------------------------------------------------------- */
static void begin_population(e2l_program *program, size_t p)
{
    const e2l_bound_population *const population = &program->resolved->populations[p];
    const e2l_space space = {population->source->size, 1};
    for (uint32_t k = 0; k < population->n_variables; ++k) {
        const e2l_variable *const variable = &population->variables[k];
        program->variables[p][k] = number(program, 0.0);
        program->variable_states[p][k] = E2L_NO_STATE;
        if (variable->is_state) {
            const e2l_state state = {
                .space = space, .initial = number(program, variable->initial), .limit = HUGE_VAL, .guard = 1};
            const uint32_t at = add_state(program, &state);
            program->variable_states[p][k] = at;
            program->variables[p][k] = e2l_graph_leaf(&program->graph, E2L_VALUE_STATE, at, space, true);
        }
    }
    for (size_t k = 0; k < population->model->n_ports; ++k) {
        program->ports[p][k] = number(program, 0.0);
    }
}

/* Weights of a projection, and a reading of them in all that share them. */
static void begin_projection(e2l_program *program, size_t p)
{
    const e2l_bound_projection *const projection = &program->resolved->projections[p];
    const e2l_space space = e2l_space_of(projection->n_pre, projection->n_post);
    program->w_states[p] = E2L_NO_STATE;
    program->x[p] = number(program, 0.0);
    for (uint32_t k = 0; k < projection->n_locals; ++k) {
        program->locals[p][k] = number(program, 0.0);
    }
    if (projection->weights == p) {
        const setting scene = {space, NULL};
        const e2l_state state = {.space = space,
                                 .initial = bound(program, &scene, &projection->w),
                                 .limit = E2L_WEIGHT_LIMIT,
                                 .guard = 1};
        const uint32_t at = add_state(program, &state);
        program->w_states[p] = at;
        program->w[p] = e2l_graph_leaf(&program->graph, E2L_VALUE_STATE, at, space, true);
    }
}

/* The old value of another state is made a value of its own, so that writing that state does not change it. */
static void set_next(e2l_program *program, uint32_t at, e2l_use next)
{
    e2l_state *const state = &program->states[at];
    const e2l_value *const value = &program->graph.values[next.value];
    if (value->kind == E2L_VALUE_STATE && value->index != at) {
        const e2l_use args[E2L_MAX_ARITY] = {next, number(program, 1.0)};
        next = e2l_graph_spread(&program->graph, state->space, args);
    }
    state->next = next;
}

static void end_states(e2l_program *program)
{
    const e2l_experiment *const experiment = program->resolved->experiment;
    for (size_t p = 0; p < experiment->n_populations; ++p) {
        for (uint32_t k = 0; k < program->resolved->populations[p].n_variables; ++k) {
            if (program->variable_states[p][k] != E2L_NO_STATE) {
                set_next(program, program->variable_states[p][k], program->variables[p][k]);
            }
        }
    }
    for (size_t p = 0; p < experiment->n_projections; ++p) {
        if (program->w_states[p] != E2L_NO_STATE) {
            set_next(program, program->w_states[p], program->w[p]);
        }
    }
}

/* ---- probes ----------------------------------------------------------------------------------------- */
uint64_t e2l_probe_guard(const e2l_resolved *resolved, size_t probe)
{
    const e2l_bound_probe *const bound_probe = &resolved->probes[probe];
    const bool every_step = bound_probe->when.expr == NULL && bound_probe->source->fold != E2L_FOLD_LAST;
    return every_step ? 1u : (uint64_t)1 << (probe + 1);
}

static void look(e2l_program *program, size_t k)
{
    const e2l_bound_probe *const probe = &program->resolved->probes[k];
    const setting scene = {{probe->width, 1}, NULL};
    const e2l_use value = bound(program, &scene, &probe->of);
    const uint64_t guard = e2l_probe_guard(program->resolved, k);
    const e2l_fold fold = probe->source->fold;
    program->looks[k] = (e2l_look){.probe = (uint32_t)k, .value = value, .state = E2L_NO_STATE, .guard = guard};
    if (fold == E2L_FOLD_ALL || fold == E2L_FOLD_LAST) {
        return;
    }
    const e2l_use initial = number(program, fold == E2L_FOLD_MAX ? -HUGE_VAL : 0.0);
    const uint32_t at = add_state(program, &(e2l_state){.space = scene.space, .initial = initial, .guard = guard});
    const e2l_use old = e2l_graph_leaf(&program->graph, E2L_VALUE_STATE, at, scene.space, true);
    const e2l_use next = call_named(program, scene.space, fold == E2L_FOLD_MAX ? "max" : "add", old, value, value);
    if (!program->graph.failed) {
        program->states[at].next = next;
    }
    program->looks[k].state = at;
}

/* ---- all ---------------------------------------------------------------------------------------------- */
e2l_status e2l_program_build(e2l_program *program, const e2l_expr *const *rules)
{
    const e2l_resolved *const resolved = program->resolved;
    const e2l_experiment *const experiment = resolved->experiment;
    e2l_graph_reset(&program->graph);
    program->n_states = 0; /* the schedule stays: finished tapes count on its order */
    for (size_t k = 0; k < resolved->n_slots; ++k) {
        const e2l_status status = check_rule(program->ctx, resolved->slots[k].source, rules[k]);
        if (status != E2L_OK) {
            return status;
        }
    }
    for (size_t p = 0; p < experiment->n_populations; ++p) {
        begin_population(program, p);
    }
    for (size_t p = 0; p < experiment->n_projections; ++p) {
        begin_projection(program, p);
    }
    neurons(program);
    synapses(program, rules);
    spread_weights(program);
    if (!program->graph.failed) {
        end_states(program);
    }
    for (size_t k = 0; k < experiment->n_probes; ++k) {
        look(program, k);
    }
    return program->graph.failed ? E2L_NOMEM : E2L_OK;
}

bool e2l_program_can(const e2l_resolved *resolved, char why[256])
{
    const e2l_experiment *const experiment = resolved->experiment;
    enum { WHY = 256 };
    for (size_t p = 0; p < experiment->n_projections; ++p) {
        if (resolved->projections[p].delay_steps > 0) {
            snprintf(why, WHY, "projection '%s' has a delay of %llu steps; this version of cpu has only delay 0",
                     experiment->projections[p].name, (unsigned long long)resolved->projections[p].delay_steps);
            return false;
        }
    }
    for (size_t k = 0; k < experiment->n_probes; ++k) {
        if (!resolved->probes[k].when_is_schedule) {
            snprintf(why, WHY, "probe '%s' looks when '%s'; this version of cpu follows step and spans alone",
                     experiment->probes[k].name, experiment->probes[k].when);
            return false;
        }
    }
    if (experiment->n_probes > E2L_MAX_GUARDS - 1) {
        snprintf(why, WHY, "%zu probes; cpu has room for %d", experiment->n_probes, E2L_MAX_GUARDS - 1);
        return false;
    }
    return true;
}
