/* program_values.c: names, expressions and rules as values of the graph. */
#include <string.h>

#include "substrate/cpu/program_impl.h"

e2l_scene e2l_scene_of_population(const e2l_program *program, size_t population)
{
    const uint64_t n = program->resolved->populations[population].source->size;
    return (e2l_scene){.space = {n, 1, 0}, .n_self = n, .n_pre = 1, .n_post = 1};
}

e2l_space e2l_program_synapses(const e2l_program *program, size_t projection)
{
    const e2l_bound_projection *const p = &program->resolved->projections[projection];
    e2l_space space = e2l_space_of(p->n_pre, p->n_post);
    space.list = program->listed != NULL && program->listed[projection] ? (uint32_t)projection + 1 : 0;
    return space;
}

e2l_scene e2l_scene_of_projection(const e2l_program *program, size_t projection)
{
    const e2l_bound_projection *const p = &program->resolved->projections[projection];
    return (e2l_scene){.space = e2l_program_synapses(program, projection), .n_self = 1, .n_pre = p->n_pre, .n_post = p->n_post,
                       .transposed = p->weights != projection && p->source->transposed};
}

void *e2l_program_more(e2l_program *program, void **list, uint32_t *n, uint32_t *room, size_t size)
{
    if (*n == *room) {
        const uint32_t wider = *room * 2 + 8;
        void *const grown = e2l_realloc(program->ctx, *list, wider, size);
        if (grown == NULL) {
            program->graph.failed = true;
            return NULL;
        }
        *list = grown;
        *room = wider;
    }
    return (char *)*list + size * (*n)++;
}

e2l_use e2l_program_number(e2l_program *program, double value)
{
    return e2l_graph_const(&program->graph, value);
}

e2l_use e2l_program_call(e2l_program *program, e2l_space space, const char *primitive, e2l_use a, e2l_use b, e2l_use c)
{
    const e2l_use args[E2L_MAX_ARITY] = {a, b, c};
    return e2l_graph_call(&program->graph, space, e2l_primitive_find(primitive), args);
}

e2l_use e2l_program_choose(e2l_program *program, e2l_space space, e2l_use condition, e2l_use a, e2l_use b)
{
    return e2l_program_call(program, space, "if", condition, a, b);
}

/* ---- names ---------------------------------------------------------------------------------------- */
static e2l_use schedule(e2l_program *program, const e2l_scene *scene, const e2l_ref *ref)
{
    if (scene->begins) {
        return e2l_program_number(program, e2l_ref_at_step(program->resolved, ref, 0));
    }
    uint32_t k = 0;
    while (k < program->n_schedule &&
           (program->schedule[k].kind != ref->kind || program->schedule[k].index != ref->index)) {
        ++k;
    }
    if (k == program->n_schedule) {
        void *list = program->schedule;
        e2l_ref *const added =
            e2l_program_more(program, &list, &program->n_schedule, &program->schedule_room, sizeof *added);
        program->schedule = list;
        if (added == NULL) {
            return e2l_program_number(program, 0.0);
        }
        *added = *ref;
    }
    return e2l_graph_leaf(&program->graph, E2L_VALUE_SCHEDULE, k, (e2l_space){1, 1, 0}, true);
}

e2l_use e2l_program_in_span(e2l_program *program, uint32_t span)
{
    const e2l_scene now = {.space = {1, 1, 0}};
    return schedule(program, &now, &(e2l_ref){.kind = E2L_REF_SPAN_ON, .index = span});
}

e2l_use e2l_program_enters(e2l_program *program, uint32_t span)
{
    const e2l_scene now = {.space = {1, 1, 0}};
    return schedule(program, &now, &(e2l_ref){.kind = E2L_REF_SPAN_FIRST, .index = span});
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

static e2l_space space_at(const e2l_scene *scene, e2l_place place)
{
    switch (place) {
    case E2L_AT_SELF: return (e2l_space){scene->n_self, 1, 0};
    case E2L_AT_PRE: return (e2l_space){scene->n_pre, 1, 0};
    case E2L_AT_POST: return (e2l_space){scene->n_post, 1, 0};
    case E2L_AT_SYNAPSE: return scene->space;
    case E2L_AT_GLOBAL:
    default: return (e2l_space){1, 1, 0};
    }
}

static e2l_use drawn(e2l_program *program, const e2l_scene *scene, const e2l_ref *ref)
{
    const e2l_draw what = {.site = ref->site, .is_normal = ref->kind == E2L_REF_NORMAL, .once = scene->once};
    uint32_t k = 0;
    while (k < program->n_draws && (program->draws[k].site != what.site || program->draws[k].is_normal != what.is_normal ||
                                    program->draws[k].once != what.once)) {
        ++k;
    }
    if (k == program->n_draws) {
        void *list = program->draws;
        e2l_draw *const added = e2l_program_more(program, &list, &program->n_draws, &program->draws_room, sizeof *added);
        program->draws = list;
        if (added == NULL) {
            return e2l_program_number(program, 0.0);
        }
        *added = what;
    }
    const e2l_use use = e2l_graph_special(&program->graph, E2L_VALUE_NOISE, k, space_at(scene, ref->place), !what.once, NULL);
    return seen_from(program, use, ref->place, scene->space);
}

/* Beside values of neurons as many as there are synapses, in a probe; where cases are lanes both lie alike. */
static e2l_use flat(e2l_program *program, const e2l_scene *scene, e2l_use use)
{
    if (!scene->flat || !program->is_wide || program->graph.failed || program->graph.values[use.value].space.n_post == 1) {
        return use;
    }
    const e2l_space all = {scene->n_self, 1, 0};
    return e2l_graph_special(&program->graph, E2L_VALUE_FLAT, 0, all, program->graph.values[use.value].varies, &use);
}

/* Synapse (i_pre, i_post) of a projection that sees its weights from the other end has the weight (i_post, i_pre). */
static e2l_use weights(e2l_program *program, const e2l_scene *scene, const e2l_ref *ref)
{
    const e2l_use w = program->w[ref->owner];
    return scene->transposed ? e2l_graph_transpose(&program->graph, scene->n_pre, scene->n_post, w) : flat(program, scene, w);
}

static e2l_use slot_value(e2l_program *program, const e2l_scene *scene, uint32_t slot);

static e2l_use name_value(e2l_program *program, const e2l_scene *scene, const e2l_ref *ref)
{
    const e2l_space one = {1, 1, 0};
    switch (ref->kind) {
    case E2L_REF_NUMBER:
    case E2L_REF_DT:
    case E2L_REF_SPAN_STEPS: return e2l_program_number(program, ref->value);
    case E2L_REF_TIME:
    case E2L_REF_STEP:
    case E2L_REF_SPAN_ON:
    case E2L_REF_SPAN_FIRST:
    case E2L_REF_SPAN_LAST:
    case E2L_REF_SPAN_TIME:
    case E2L_REF_SPAN_K:
    case E2L_REF_SET: return schedule(program, scene, ref);
    case E2L_REF_ETA: return e2l_graph_leaf(&program->graph, E2L_VALUE_ETA, ref->index, one, false);
    case E2L_REF_SLOT: return slot_value(program, scene, ref->index);
    case E2L_REF_VARIABLE:
        return seen_from(program, program->variables[ref->owner][ref->index], ref->place, scene->space);
    case E2L_REF_PORT: return seen_from(program, program->ports[ref->owner][ref->index], ref->place, scene->space);
    case E2L_REF_PARAMETER: return seen_from(program, program->drawn[ref->owner][ref->index], ref->place, scene->space);
    case E2L_REF_SYNAPSE_STATE:
        return flat(program, scene, seen_from(program, program->synapse_states[ref->owner][ref->index], ref->place, scene->space));
    case E2L_REF_ARRAY: {
        const uint64_t n = program->resolved->experiment->arrays[ref->index].size;
        const e2l_space space = ref->place == E2L_AT_SYNAPSE ? scene->space : (e2l_space){n, 1, 0};
        const uint32_t column = ref->owner * (uint32_t)program->resolved->experiment->n_arrays; /* values of edges */
        return seen_from(program, e2l_graph_leaf(&program->graph, E2L_VALUE_STATIC, ref->index + column, space, false),
                         ref->place, scene->space);
    }
    case E2L_REF_INDEX:
        return seen_from(program,
                         e2l_graph_leaf(&program->graph, E2L_VALUE_ELEMENT, 0, space_at(scene, ref->place), false),
                         ref->place, scene->space);
    case E2L_REF_SHOWN: return e2l_program_shown(program, ref->owner, ref->index);
    case E2L_REF_UNIFORM:
    case E2L_REF_NORMAL: return drawn(program, scene, ref);
    case E2L_REF_X: return seen_from(program, program->x[ref->owner], E2L_AT_PRE, scene->space);
    case E2L_REF_W: return weights(program, scene, ref);
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
        case E2L_NODE_CONST: program->nodes[k] = e2l_program_number(program, nodes[k].value); break;
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

e2l_use e2l_program_bound(e2l_program *program, const e2l_scene *scene, const e2l_bound *what)
{
    const size_t n = e2l_expr_n_names(what->expr);
    e2l_use few[FEW_NAMES], *names = n > FEW_NAMES ? e2l_alloc(program->ctx, n, sizeof *names) : few;
    if (names == NULL) {
        program->graph.failed = true;
        return e2l_program_number(program, 0.0);
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
static e2l_use slot_value(e2l_program *program, const e2l_scene *scene, uint32_t slot)
{
    const e2l_bound_slot *const bound_slot = &program->resolved->slots[slot];
    const e2l_expr *const rule = program->rules[slot];
    const size_t n = e2l_expr_n_names(rule);
    e2l_use few[FEW_NAMES], *names = n > FEW_NAMES ? e2l_alloc(program->ctx, n, sizeof *names) : few;
    if (names == NULL) {
        program->graph.failed = true;
        return e2l_program_number(program, 0.0);
    }
    for (size_t k = 0; k < n; ++k) {
        const uint32_t terminal = terminal_at(bound_slot->source, e2l_expr_name(rule, k));
        names[k] = e2l_program_bound(program, scene, &bound_slot->terminals[terminal]);
    }
    const e2l_use result = expression(program, scene->space, rule, names);
    if (names != few) {
        e2l_free(program->ctx, names);
    }
    return result;
}

e2l_status e2l_program_check_rule(e2l_ctx *ctx, const e2l_slot *slot, const e2l_expr *rule)
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
