/* program.c: from a resolved experiment to a graph, in the order of a step: neurons, synapses, probes. What the states are made of is in
   program_states.c, names and expressions in program_values.c. */
#include <math.h>
#include <stdio.h>

#include "substrate/cpu/program_impl.h"

/* ---- memory --------------------------------------------------------------------------------------- */
static void free_rows(e2l_ctx *ctx, void **rows)
{
    for (size_t k = 0; rows != NULL && rows[k] != NULL; ++k) {
        e2l_free(ctx, rows[k]);
    }
    e2l_free(ctx, rows);
}

typedef enum name_kind { VARIABLES, PORTS, PARAMETERS, LOCALS, SYNAPSE_STATES } name_kind;

/* How many things of that kind each population or projection has: sizes[0..*n). NULL: memory is out. */
static size_t *sizes_of(e2l_program *program, name_kind kind, size_t *n)
{
    const e2l_resolved *const resolved = program->resolved;
    const bool of_projections = kind == LOCALS || kind == SYNAPSE_STATES;
    *n = of_projections ? resolved->experiment->n_projections : resolved->experiment->n_populations;
    size_t *const sizes = e2l_alloc(program->ctx, *n + 1, sizeof *sizes);
    for (size_t k = 0; sizes != NULL && k < *n; ++k) {
        sizes[k] = kind == LOCALS           ? resolved->projections[k].n_locals
                   : kind == SYNAPSE_STATES ? resolved->projections[k].n_states
                   : kind == VARIABLES      ? resolved->populations[k].n_variables
                   : kind == PORTS          ? resolved->populations[k].model->n_ports
                                            : resolved->populations[k].model->n_parameters;
    }
    return sizes;
}

static void **name_rows(e2l_program *program, name_kind kind, size_t size, bool *ok)
{
    size_t n = 0;
    size_t *const sizes = sizes_of(program, kind, &n);
    void **const rows = sizes != NULL ? e2l_alloc(program->ctx, n + 1, sizeof *rows) : NULL;
    for (size_t k = 0; rows != NULL && k < n; ++k) {
        rows[k] = e2l_alloc(program->ctx, sizes[k] + 1, size);
        *ok = *ok && rows[k] != NULL;
    }
    *ok = *ok && rows != NULL;
    e2l_free(program->ctx, sizes);
    return rows;
}

e2l_status e2l_program_init(e2l_program *program, e2l_ctx *ctx, const e2l_resolved *resolved, e2l_isa isa, bool is_wide)
{
    *program = (e2l_program){.ctx = ctx, .resolved = resolved, .is_wide = is_wide};
    e2l_graph_init(&program->graph, ctx, isa);
    const e2l_experiment *const experiment = resolved->experiment;
    bool ok = true;
    program->variables = (e2l_use **)name_rows(program, VARIABLES, sizeof(e2l_use), &ok);
    program->ports = (e2l_use **)name_rows(program, PORTS, sizeof(e2l_use), &ok);
    program->drawn = (e2l_use **)name_rows(program, PARAMETERS, sizeof(e2l_use), &ok);
    program->locals = (e2l_use **)name_rows(program, LOCALS, sizeof(e2l_use), &ok);
    program->synapse_states = (e2l_use **)name_rows(program, SYNAPSE_STATES, sizeof(e2l_use), &ok);
    program->variable_at = (uint32_t **)name_rows(program, VARIABLES, sizeof(uint32_t), &ok);
    program->synapse_at = (uint32_t **)name_rows(program, SYNAPSE_STATES, sizeof(uint32_t), &ok);
    const size_t n = experiment->n_projections + 1;
    program->x = e2l_alloc(ctx, n, sizeof *program->x);
    program->w = e2l_alloc(ctx, n, sizeof *program->w);
    program->w_at = e2l_alloc(ctx, n, sizeof *program->w_at);
    program->ring_at = e2l_alloc(ctx, n, sizeof *program->ring_at);
    program->looks = e2l_alloc(ctx, experiment->n_probes + 1, sizeof *program->looks);
    program->worlds = e2l_alloc(ctx, experiment->n_worlds + 1, sizeof *program->worlds);
    program->world_at = e2l_alloc(ctx, experiment->n_worlds + 1, sizeof *program->world_at);
    ok = ok && program->worlds != NULL && program->world_at != NULL;
    ok = ok && program->x != NULL && program->w != NULL && program->w_at != NULL && program->ring_at != NULL &&
         program->looks != NULL;
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
    free_rows(ctx, (void **)program->variables);
    free_rows(ctx, (void **)program->ports);
    free_rows(ctx, (void **)program->drawn);
    free_rows(ctx, (void **)program->locals);
    free_rows(ctx, (void **)program->synapse_states);
    free_rows(ctx, (void **)program->variable_at);
    free_rows(ctx, (void **)program->synapse_at);
    e2l_free(ctx, program->x);
    e2l_free(ctx, program->w);
    e2l_free(ctx, program->w_at);
    e2l_free(ctx, program->ring_at);
    e2l_free(ctx, program->worlds);
    e2l_free(ctx, program->world_at);
    e2l_free(ctx, program->rings);
    e2l_free(ctx, program->draws);
    e2l_free(ctx, program->looks);
    e2l_free(ctx, program->states);
    e2l_free(ctx, program->schedule);
    e2l_free(ctx, program->nodes);
    *program = (e2l_program){.ctx = ctx};
}

/* ---- guards ---------------------------------------------------------------------------------------- */
uint64_t e2l_probe_guard(const e2l_resolved *resolved, size_t probe)
{
    const e2l_bound_probe *const bound_probe = &resolved->probes[probe];
    const bool every_step = (bound_probe->when.expr == NULL && bound_probe->source->fold != E2L_FOLD_LAST) ||
                            !bound_probe->when_is_schedule;
    return every_step ? 1u : (uint64_t)1 << (probe + 1);
}

static size_t n_resetting(const e2l_resolved *resolved, uint32_t n_spans)
{
    size_t n = 0;
    for (uint32_t k = 0; k < n_spans; ++k) {
        n += resolved->spans[k].source->n_reset > 0 ? 1 : 0;
    }
    return n;
}

uint64_t e2l_reset_guard(const e2l_resolved *resolved, uint32_t span)
{
    return resolved->spans[span].source->n_reset == 0
               ? 0
               : (uint64_t)1 << (resolved->experiment->n_probes + 1 + n_resetting(resolved, span));
}

uint32_t e2l_feed_of(const e2l_resolved *resolved, uint32_t population, uint32_t port)
{
    if (resolved->populations[population].ports[port].row.expr == NULL) {
        return resolved->populations[population].ports[port].array;
    }
    uint32_t feed = (uint32_t)resolved->experiment->n_arrays;
    for (uint32_t p = 0; p <= population; ++p) {
        const uint32_t n = p < population ? (uint32_t)resolved->populations[p].model->n_ports : port;
        for (uint32_t k = 0; k < n; ++k) {
            feed += resolved->populations[p].ports[k].row.expr != NULL ? 1 : 0;
        }
    }
    return feed;
}

/* ---- statements ------------------------------------------------------------------------------------ */
/* When a statement writes: > 0. False: it always does. */
static bool condition(e2l_program *program, const e2l_scene *scene, const e2l_bound_statement *statement, e2l_use *out)
{
    const bool guarded = statement->guard.expr != NULL;
    *out = guarded ? e2l_program_bound(program, scene, &statement->guard) : e2l_program_number(program, 1.0);
    for (uint32_t k = 0; k < statement->n_frozen; ++k) {
        const e2l_use frozen = e2l_program_in_span(program, statement->frozen[k]);
        *out = e2l_program_choose(program, scene->space, frozen, e2l_program_number(program, 0.0), *out);
    }
    return guarded || statement->n_frozen > 0;
}

/* What the statement writes, whether or not it does. */
static e2l_use value_of(e2l_program *program, const e2l_scene *scene, const e2l_bound_statement *statement, e2l_use old)
{
    const e2l_use value = e2l_program_bound(program, scene, &statement->value);
    return statement->adds ? e2l_program_call(program, scene->space, "add", old, value, value) : value;
}

/* A guard, or a span that freezes, selects between the new and the old value, which is the same as not writing. The tape compiler sees the
   selection and leaves the work undone (tape_guards.c); the guard comes first in the list of values, so that it is there by then. */
typedef struct choice {
    bool is_needed;
    e2l_use when;
} choice;

static choice choice_of(e2l_program *program, const e2l_scene *scene, const e2l_bound_statement *statement)
{
    choice out;
    out.is_needed = condition(program, scene, statement, &out.when);
    return out;
}

static e2l_use chosen(e2l_program *program, const e2l_scene *scene, const choice *made, e2l_use value, e2l_use old)
{
    return made->is_needed ? e2l_program_choose(program, scene->space, made->when, value, old) : value;
}

static e2l_use written(e2l_program *program, const e2l_scene *scene, const e2l_bound_statement *statement, e2l_use old)
{
    const choice made = choice_of(program, scene, statement);
    return chosen(program, scene, &made, value_of(program, scene, statement, old), old);
}

/* A sum needs its argument per synapse or per source; anything smaller is spread by a product with one. */
static e2l_use per_source(e2l_program *program, const e2l_scene *scene, e2l_use effect, bool views_too)
{
    e2l_graph *const graph = &program->graph;
    if (graph->failed) {
        return effect;
    }
    const bool full = effect.view == E2L_VIEW_SELF && e2l_space_equal(graph->values[effect.value].space, scene->space);
    if (full || (views_too && effect.view == E2L_VIEW_PRE)) {
        return effect;
    }
    const e2l_use args[E2L_MAX_ARITY] = {effect, e2l_program_number(program, 1.0)};
    return e2l_graph_spread(graph, scene->space, args);
}

/* Largest or smallest effect; 0 where there is no synapse at all. */
static e2l_use extreme(e2l_program *program, const e2l_scene *scene, e2l_value_kind kind, e2l_use effect, const e2l_use *mask)
{
    e2l_graph *const graph = &program->graph;
    const e2l_space targets = {scene->n_post, 1, 0};
    const e2l_use zero = e2l_program_number(program, 0.0), one = e2l_program_number(program, 1.0);
    if (mask == NULL) {
        return e2l_graph_reduce(graph, kind, scene->n_pre, scene->n_post, per_source(program, scene, effect, false));
    }
    const e2l_use none = e2l_program_number(program, kind == E2L_VALUE_MAX ? -HUGE_VAL : HUGE_VAL);
    const e2l_use there = e2l_program_choose(program, scene->space, *mask, one, zero);
    const e2l_use n = e2l_graph_reduce(graph, E2L_VALUE_SUM, scene->n_pre, scene->n_post, per_source(program, scene, there, true));
    effect = e2l_program_choose(program, scene->space, *mask, effect, none);
    const e2l_use found =
        e2l_graph_reduce(graph, kind, scene->n_pre, scene->n_post, per_source(program, scene, effect, false));
    return e2l_program_choose(program, targets, n, found, zero);
}

/* Effects that are a product of the projection's own weights, which are 0 where there is no synapse, and of what arrives. */
static bool is_weighted(const e2l_program *program, size_t p, const e2l_scene *scene, e2l_use effect, e2l_use *x)
{
    if (!program->is_wide || program->graph.failed || program->resolved->projections[p].weights != p || scene->space.n_post == 1 ||
        effect.view != E2L_VIEW_SELF) {
        return false;
    }
    const e2l_value *const product = &program->graph.values[effect.value];
    const bool is_product = product->kind == E2L_VALUE_CALL && product->primitive == e2l_primitive_find("mul");
    for (uint32_t k = 0; is_product && k < 2; ++k) {
        *x = product->arg[1 - k];
        if (product->arg[k].value == program->w[p].value && product->arg[k].view == E2L_VIEW_SELF && x->view == E2L_VIEW_PRE) {
            return true;
        }
    }
    return false;
}

/* Where nothing is infinite, what does not exist adds a zero by itself; the sum that leaves it out is made only when some x is not finite (a region
   of its own, tape_guards.c). */
static e2l_use sum_of_weighted(e2l_program *program, size_t p, const e2l_scene *scene, e2l_use effect, e2l_use x, e2l_use mask)
{
    e2l_graph *const graph = &program->graph;
    const e2l_space one = {1, 1, 0}, sources = {scene->n_pre, 1, 0}, targets = {scene->n_post, 1, 0};
    const e2l_use zero = e2l_program_number(program, 0.0), from = {x.value, E2L_VIEW_SELF};
    const e2l_use zeros = e2l_program_call(program, sources, "mul", from, zero, zero);
    const e2l_use none = e2l_graph_reduce(graph, E2L_VALUE_SUM, scene->n_pre, 1, zeros);
    const e2l_use bad = e2l_program_call(program, one, "ne", none, zero, zero);
    const e2l_use w_there = e2l_program_choose(program, scene->space, mask, program->w[p], zero);
    const e2l_use x_there = e2l_program_choose(program, scene->space, mask, x, zero);
    const e2l_use product = e2l_program_call(program, scene->space, "mul", w_there, x_there, zero);
    const e2l_use careful = e2l_graph_reduce(graph, E2L_VALUE_SUM, scene->n_pre, scene->n_post, product);
    const e2l_use plain = e2l_graph_reduce(graph, E2L_VALUE_SUM, scene->n_pre, scene->n_post, effect);
    return e2l_program_choose(program, targets, bad, careful, plain);
}

static e2l_use arriving(e2l_program *program, size_t p)
{
    const e2l_bound_projection *const projection = &program->resolved->projections[p];
    const e2l_scene sender = e2l_scene_of_population(program, projection->from);
    const e2l_scene scene = e2l_scene_of_projection(program, p);
    e2l_use mask;
    if (projection->delay_steps == 0) {
        program->x[p] = e2l_program_bound(program, &sender, &projection->signal);
    }
    e2l_use effect = e2l_program_bound(program, &scene, &projection->effect);
    const bool masked = e2l_program_mask(program, p, &mask);
    if (projection->source->reduce != E2L_REDUCE_SUM) {
        const e2l_value_kind kind = projection->source->reduce == E2L_REDUCE_MAX ? E2L_VALUE_MAX : E2L_VALUE_MIN;
        return extreme(program, &scene, kind, effect, masked ? &mask : NULL);
    }
    e2l_use x;
    if (masked && is_weighted(program, p, &scene, effect, &x)) {
        return sum_of_weighted(program, p, &scene, effect, x, mask);
    }
    if (masked) {
        effect = e2l_program_choose(program, scene.space, mask, effect, e2l_program_number(program, 0.0));
    }
    return e2l_graph_reduce(&program->graph, E2L_VALUE_SUM, projection->n_pre, projection->n_post,
                            per_source(program, &scene, effect, scene.space.list == 0));
}

static void gather(e2l_program *program, uint32_t population, uint32_t port)
{
    const e2l_resolved *const resolved = program->resolved;
    const e2l_bound_port *const source = &resolved->populations[population].ports[port];
    const e2l_space space = {resolved->populations[population].source->size, 1, 0};
    e2l_use total = e2l_program_number(program, 0.0);
    bool empty = true;
    if (source->world != E2L_NO_INDEX) {
        total = e2l_program_shown(program, source->world, source->shown);
        empty = false;
    } else if (source->array != E2L_NO_INDEX) {
        total = e2l_graph_leaf(&program->graph, E2L_VALUE_INPUT, e2l_feed_of(resolved, population, port), space, true);
        empty = false;
    }
    for (uint32_t k = 0; k < source->n_projections; ++k) {
        const e2l_use sum = arriving(program, source->projections[k]);
        total = empty ? sum : e2l_program_call(program, space, "add", total, sum, sum);
        empty = false;
    }
    program->ports[population][port] = total;
}

static void neurons(e2l_program *program)
{
    const e2l_resolved *const resolved = program->resolved;
    for (size_t k = 0; k < resolved->n_actions && !program->graph.failed; ++k) {
        const e2l_action *const action = &resolved->actions[k];
        if (action->kind == E2L_ACTION_GATHER) {
            gather(program, action->population, action->index);
            continue;
        }
        const e2l_scene scene = e2l_scene_of_population(program, action->population);
        const e2l_bound_statement *const statement =
            &resolved->populations[action->population].statements[action->index];
        e2l_use *const target = &program->variables[action->population][statement->target.index];
        *target = written(program, &scene, statement, *target);
    }
}

/* Weights stay within their bounds, and what does not exist stays 0, with every write: so what a guard leaves alone needs neither. */
static e2l_use written_weight(e2l_program *program, const e2l_scene *scene, size_t p, const e2l_bound_statement *statement, e2l_use old)
{
    const choice made = choice_of(program, scene, statement);
    const e2l_use value = e2l_program_bounded(program, p, value_of(program, scene, statement, old));
    return chosen(program, scene, &made, e2l_program_masked(program, p, value), old);
}

static void synapse_statement(e2l_program *program, size_t p, const e2l_bound_statement *statement)
{
    const e2l_scene scene = e2l_scene_of_projection(program, p);
    const e2l_ref *const target = &statement->target;
    if (target->kind == E2L_REF_W) {
        program->w[p] = written_weight(program, &scene, p, statement, program->w[p]);
        return;
    }
    if (target->kind != E2L_REF_SYNAPSE_STATE) {
        e2l_use *const local = &program->locals[p][target->index];
        *local = written(program, &scene, statement, *local);
        return;
    }
    e2l_use *const state = &program->synapse_states[p][target->index];
    const e2l_use old = target->place == E2L_AT_PRE    ? e2l_use_pre(&program->graph, *state, scene.space)
                        : target->place == E2L_AT_POST ? e2l_use_post(&program->graph, *state, scene.space)
                                                       : *state;
    const choice made = choice_of(program, &scene, statement);
    e2l_use value = value_of(program, &scene, statement, old);
    value = target->place == E2L_AT_SYNAPSE ? e2l_program_masked(program, p, value) : value;
    *state = e2l_program_fit(program, chosen(program, &scene, &made, value, old), target->place,
                             e2l_program_state_space(program, p, target->place));
}

static void synapses(e2l_program *program)
{
    const e2l_resolved *const resolved = program->resolved;
    for (size_t p = 0; p < resolved->experiment->n_projections; ++p) {
        for (size_t k = 0; k < resolved->projections[p].n_statements && !program->graph.failed; ++k) {
            synapse_statement(program, p, &resolved->projections[p].statements[k]);
        }
    }
}

/* ---- probes ----------------------------------------------------------------------------------------- */
/* A fold over the looks of a condition that the network itself decides. */
static e2l_use folded(e2l_program *program, e2l_space space, e2l_fold fold, e2l_use old, e2l_use value)
{
    if (fold == E2L_FOLD_LAST) {
        return value;
    }
    return e2l_program_call(program, space, fold == E2L_FOLD_MAX ? "max" : "add", old, value, value);
}

static e2l_use add_fold(e2l_program *program, e2l_space space, e2l_use initial, uint64_t guard, uint32_t *at)
{
    *at = e2l_program_add_state(
        program, &(e2l_state){.space = space, .initial = initial, .reset = initial, .guard = guard});
    return e2l_graph_leaf(&program->graph, E2L_VALUE_STATE, *at, space, true);
}

static void set_fold(e2l_program *program, uint32_t at, e2l_use next)
{
    if (!program->graph.failed) {
        program->states[at].next = next;
    }
}

/* The elements of what a name in a probe stands for. */
static e2l_space named_space(const e2l_program *program, const e2l_ref *ref, uint64_t width)
{
    const bool of_projection = ref->kind == E2L_REF_W || ref->kind == E2L_REF_SYNAPSE_STATE;
    if (!of_projection || ref->place == E2L_AT_GLOBAL) {
        return (e2l_space){width, 1, 0};
    }
    const e2l_bound_projection *const projection = &program->resolved->projections[ref->owner];
    return ref->kind == E2L_REF_W ? e2l_program_synapses(program, ref->owner)
                                  : e2l_program_state_space(program, ref->owner, projection->state_places[ref->index]);
}

/* A probe of synapses alone has their space, any other one as many elements in a row. */
static e2l_scene probe_scene(const e2l_program *program, const e2l_bound_probe *probe)
{
    e2l_scene scene = {.space = {probe->width, 1, 0}, .n_self = probe->width, .n_pre = 1, .n_post = 1};
    bool any = false;
    for (size_t k = 0; k < e2l_expr_n_names(probe->of.expr); ++k) {
        const e2l_ref *const ref = &probe->of.refs[k];
        if (ref->place == E2L_AT_GLOBAL) {
            continue;
        }
        const e2l_space space = named_space(program, ref, probe->width);
        scene.flat = scene.flat || space.list != 0 || (any && !e2l_space_equal(space, scene.space));
        scene.space = space;
        any = true;
    }
    if (scene.flat) {
        scene.space = (e2l_space){probe->width, 1, 0};
    }
    return scene;
}

/* The old value of a state that changes is made a value of its own: looks are taken after the step. */
static e2l_use before_it_changes(e2l_program *program, e2l_use use)
{
    const e2l_value *const value = &program->graph.values[use.value];
    const bool changes = !program->graph.failed && value->kind == E2L_VALUE_STATE && program->states[value->index].next.value != use.value;
    const e2l_use args[E2L_MAX_ARITY] = {use, program->one};
    return changes && use.view == E2L_VIEW_SELF ? e2l_graph_spread(&program->graph, value->space, args) : use;
}

static void look(e2l_program *program, size_t k)
{
    const e2l_bound_probe *const probe = &program->resolved->probes[k];
    const e2l_scene scene = probe_scene(program, probe);
    const e2l_use value = before_it_changes(program, e2l_program_bound(program, &scene, &probe->of));
    const uint64_t guard = e2l_probe_guard(program->resolved, k);
    const e2l_fold fold = probe->source->fold;
    e2l_look *const out = &program->looks[k];
    *out = (e2l_look){.probe = (uint32_t)k, .value = value, .state = E2L_NO_STATE, .count = E2L_NO_STATE, .guard = guard};
    if (probe->when_is_schedule && (fold == E2L_FOLD_ALL || fold == E2L_FOLD_LAST)) {
        return;
    }
    const e2l_use zero = e2l_program_number(program, 0.0), one = e2l_program_number(program, 1.0);
    const e2l_use initial = fold == E2L_FOLD_MAX ? e2l_program_number(program, -HUGE_VAL) : zero;
    const e2l_use old = add_fold(program, scene.space, initial, guard, &out->state);
    e2l_use next = folded(program, scene.space, fold, old, value);
    if (!probe->when_is_schedule) {
        const e2l_scene global = {.space = {1, 1, 0}, .n_self = 1, .n_pre = 1, .n_post = 1};
        const e2l_use when = e2l_program_bound(program, &global, &probe->when);
        next = e2l_program_choose(program, scene.space, when, next, old);
        const e2l_use count = add_fold(program, global.space, zero, guard, &out->count);
        const e2l_use more = e2l_program_call(program, global.space, "add", count, one, one);
        set_fold(program, out->count, e2l_program_choose(program, global.space, when, more, count));
    }
    set_fold(program, out->state, e2l_program_fit(program, next, E2L_AT_SELF, scene.space));
}

/* ---- all ---------------------------------------------------------------------------------------------- */
e2l_status e2l_program_build(e2l_program *program, const e2l_expr *const *rules)
{
    const e2l_resolved *const resolved = program->resolved;
    e2l_graph_reset(&program->graph);
    program->n_states = program->n_rings = 0; /* schedule and draws stay: finished tapes count on their order */
    program->rules = rules;
    for (size_t k = 0; k < resolved->n_slots; ++k) {
        const e2l_status status = e2l_program_check_rule(program->ctx, resolved->slots[k].source, rules[k]);
        if (status != E2L_OK) {
            return status;
        }
    }
    program->one = e2l_program_number(program, 1.0);
    program->minus_one = e2l_program_number(program, -1.0);
    e2l_program_begin(program);
    neurons(program);
    e2l_program_call_worlds(program);
    synapses(program);
    if (!program->graph.failed) {
        e2l_program_end(program);
    }
    for (size_t k = 0; k < resolved->experiment->n_probes; ++k) {
        look(program, k);
    }
    return program->graph.failed ? E2L_NOMEM : E2L_OK;
}

/* Looks of nothing: the graph of masks has no probes. */
static void look_away(e2l_program *program)
{
    for (size_t k = 0; k < program->resolved->experiment->n_probes; ++k) {
        program->looks[k] = (e2l_look){.probe = (uint32_t)k, .value = program->one, .state = E2L_NO_STATE, .count = E2L_NO_STATE};
    }
}

e2l_status e2l_program_build_masks(e2l_program *program, const bool *wanted, uint32_t *states)
{
    e2l_graph_reset(&program->graph);
    program->n_states = program->n_rings = 0;
    program->listed = NULL;
    program->one = e2l_program_number(program, 1.0);
    e2l_program_begin_parameters(program);
    for (size_t p = 0; p < program->resolved->experiment->n_projections && !program->graph.failed; ++p) {
        e2l_use mask = program->one;
        if (!wanted[p] || !e2l_program_mask(program, p, &mask) || program->graph.failed) {
            continue;
        }
        const e2l_state state = {.space = e2l_program_synapses(program, p), .initial = mask, .reset = mask, .guard = 1};
        states[p] = e2l_program_add_state(program, &state);
        if (!program->graph.failed) {
            program->states[states[p]].next = e2l_graph_leaf(&program->graph, E2L_VALUE_STATE, states[p], state.space, true);
        }
    }
    program->n_begin = program->graph.n_values;
    look_away(program);
    return program->graph.failed ? E2L_NOMEM : E2L_OK;
}

bool e2l_program_can(const e2l_resolved *resolved, char why[256])
{
    enum { WHY = 256 };
    const size_t n_probes = resolved->experiment->n_probes, n_resets = n_resetting(resolved, resolved->n_spans);
    if (n_probes + n_resets > E2L_MAX_GUARDS - 1) {
        snprintf(why, WHY, "%zu probes and %zu spans that reset; cpu has room for %d together", n_probes, n_resets,
                 E2L_MAX_GUARDS - 1);
        return false;
    }
    if (resolved->n_steps > E2L_MOST_COUNTED) {
        snprintf(why, WHY, "%llu steps; in this precision they are counted up to %llu", (unsigned long long)resolved->n_steps,
                 (unsigned long long)E2L_MOST_COUNTED);
        return false;
    }
    return true;
}
