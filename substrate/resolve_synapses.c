/* resolve_synapses.c: signals, weights, effects, states and statements of a projection, and where each state lives. */
#include <string.h>

#include "substrate/resolve_impl.h"

/* ---- signal, weights, effect ---- */

static const char *projection_place(e2l_resolver *r, const e2l_bound_projection *projection,
                                    const char *what)
{
    return e2l_resolver_text(r, "projection '%s': %s", projection->source->name, what);
}

/* What travels for a while must be a state: locals and ports are gone at the end of the step. */
static void check_delayed_signal(e2l_resolver *r, const e2l_bound_projection *projection, const char *place)
{
    for (size_t k = 0; projection->signal.expr && k < e2l_expr_n_names(projection->signal.expr); k++) {
        const e2l_ref *ref = &projection->signal.refs[k];
        bool is_local = ref->kind == E2L_REF_VARIABLE && !r->out->populations[ref->owner].variables[ref->index].is_state;
        if (ref->kind == E2L_REF_PORT || is_local) {
            e2l_resolver_problem(r, "%s: '%s' is no state; a delayed signal is made of states", place,
                                 e2l_expr_name(projection->signal.expr, k));
        }
    }
}


static void bind_signal(e2l_resolver *r, e2l_bound_projection *projection)
{
    const char *place = projection_place(r, projection, "signal");
    e2l_names names = {0};
    e2l_names_population(r, &names, "", projection->from, E2L_AT_SELF);
    e2l_names_arrays(r, &names, E2L_AT_SELF);
    e2l_names_globals(r, &names, false);
    e2l_names_noise(r, &names);
    (void)e2l_names_read(r, &names, &projection->signal, projection->source->signal, projection->n_pre,
                         place);
    e2l_bound_draws_at(&projection->signal, E2L_AT_SELF, e2l_resolver_text(r, "projection/%s/signal", projection->source->name));
    if (projection->delay_steps > 0) {
        check_delayed_signal(r, projection, place);
    }
}

/* What is drawn once per case may name: numbers, the sides' parameters and numbers, arrays of the synapses, noise. */
static void add_drawn_names(e2l_resolver *r, e2l_names *names, const e2l_bound_projection *projection)
{
    e2l_names_add(r, names, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = r->experiment->dt});
    e2l_names_numbers(r, names);
    e2l_names_fixed(r, names, "pre.", projection->from, E2L_AT_PRE);
    e2l_names_fixed(r, names, "post.", projection->to, E2L_AT_POST);
    e2l_names_arrays(r, names, E2L_AT_SYNAPSE);
    e2l_names_noise(r, names);
}

static void bind_drawn(e2l_resolver *r, e2l_bound_projection *projection, e2l_bound *out, const char *text, const char *what,
                       const char *words)
{
    e2l_names names = {0};
    add_drawn_names(r, &names, projection);
    r->shape = projection;
    (void)e2l_names_read(r, &names, out, text, projection->n_post * projection->n_pre, projection_place(r, projection, words));
    r->shape = NULL;
    e2l_bound_draws_at(out, E2L_AT_SYNAPSE, e2l_resolver_text(r, "projection/%s/%s", projection->source->name, what));
}

static void bind_weights(e2l_resolver *r, e2l_bound_projection *projection)
{
    const e2l_projection *source = projection->source;
    if (source->connect) {
        bind_drawn(r, projection, &projection->connect, source->connect, "connect", "connect");
    }
    if (source->weights_of) {
        if (source->w) {
            e2l_resolver_problem(r, "projection '%s': both w and weights_of are given", source->name);
        }
        return;
    }
    bind_drawn(r, projection, &projection->w, source->w, "w", "initial weight w");
    projection->n_w_resets = e2l_resolve_resets(r, source->name, "w", &projection->w_resets);
}

/* ---- states ---- */

static const e2l_binding *given_state(const e2l_projection *source, const char *name)
{
    for (size_t k = 0; k < source->n_states; k++) {
        if (source->states[k].name && strcmp(source->states[k].name, name) == 0) {
            return &source->states[k];
        }
    }
    return NULL;
}

static const e2l_binding *given_parameter(const e2l_projection *source, const char *name)
{
    for (size_t k = 0; k < source->n_parameters; k++) {
        if (source->parameters[k].name && strcmp(source->parameters[k].name, name) == 0) {
            return &source->parameters[k];
        }
    }
    return NULL;
}

/* What the experiment gives for a model is over the model's numbers so far and those of the experiment. */
static bool read_given(e2l_resolver *r, const e2l_names *own, e2l_bound *out, const char *text, const char *place)
{
    e2l_names names = {0};
    e2l_names_join(r, &names, own);
    e2l_names_numbers(r, &names);
    return e2l_names_read(r, &names, out, text, 0, place);
}

static bool is_reserved(const char *name)
{
    static const char *const taken[] = {"x", "w", "t", "dt", "step", "eta", "inf", "i", "pre", "post", "normal", "uniform", "when", "nan"};
    bool found = e2l_primitive_find(name) != NULL;
    for (size_t k = 0; k < sizeof taken / sizeof *taken; k++) {
        found = found || strcmp(taken[k], name) == 0;
    }
    return found;
}

/* Adds the numbers of the synapse model: each over those before it. */
static void model_numbers(e2l_resolver *r, const e2l_bound_projection *projection, e2l_names *own)
{
    const e2l_model *model = projection->model;
    for (size_t k = 0; model && k < model->n_parameters && r->status == E2L_OK; k++) {
        const e2l_model_item *item = &model->parameters[k];
        const e2l_binding *given = given_parameter(projection->source, item->name);
        const char *place = projection_place(r, projection, e2l_resolver_text(r, "parameter '%s'", item->name));
        e2l_bound bound;
        if (is_reserved(item->name)) {
            e2l_resolver_problem(r, "%s: the name is taken", place);
        }
        const bool ok = given ? read_given(r, own, &bound, given->expr, place) : e2l_names_bind(r, own, &bound, item->value, 0, place);
        e2l_names_add(r, own, item->name, (e2l_ref){.kind = E2L_REF_NUMBER, .value = ok ? e2l_bound_value(r, &bound) : 0,
                                                    .unit = projection->units.parameters ? projection->units.parameters[k] : E2L_NO_UNIT});
    }
}

static void check_twice(e2l_resolver *r, const e2l_bound_projection *projection, const char *kind, const e2l_binding *list, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < k; i++) {
            if (list[i].name && list[k].name && strcmp(list[i].name, list[k].name) == 0) {
                e2l_resolver_problem(r, "projection '%s': %s '%s' is given twice", projection->source->name, kind, list[k].name);
            }
        }
    }
}

static void check_model_names(e2l_resolver *r, const e2l_bound_projection *projection)
{
    const e2l_model *model = projection->model;
    const e2l_projection *source = projection->source;
    char near[160];
    uint32_t index;
    check_twice(r, projection, "parameter", source->parameters, source->n_parameters);
    check_twice(r, projection, "state", source->states, source->n_states);
    for (size_t k = 0; k < source->n_parameters; k++) {
        const char *name = source->parameters[k].name ? source->parameters[k].name : "";
        if (!model) {
            e2l_resolver_problem(r, "projection '%s': parameter '%s': there is no synapse model that has it", source->name, name);
        } else if (!e2l_find_item(model->parameters, model->n_parameters, name, &index)) {
            e2l_resolver_problem(r, "projection '%s': parameter '%s' unknown in model '%s'%s", source->name, name, model->name,
                                 e2l_near_item(r, near, name, model->parameters, model->n_parameters));
        }
    }
}

/* By the language, a slot or a parameter of the synapse model. */
static bool is_taken(const e2l_bound_projection *projection, const char *name)
{
    uint32_t index;
    bool found = is_reserved(name);
    for (size_t k = 0; k < projection->source->n_slots; k++) {
        found = found || strcmp(projection->source->slots[k].name, name) == 0;
    }
    return found || (projection->model && e2l_find_item(projection->model->parameters, projection->model->n_parameters, name, &index));
}

/* `initial` is the model's own, or else `given`, a text of the experiment. */
static void add_state(e2l_resolver *r, e2l_bound_projection *projection, const e2l_names *names, const char *name, uint32_t unit,
                      const e2l_expr *initial, const char *given)
{
    const char *place = projection_place(r, projection, e2l_resolver_text(r, "state '%.64s'", name));
    if (is_taken(projection, name)) {
        e2l_resolver_problem(r, "%s: the name is taken", place);
    }
    e2l_variable *state = &projection->states[projection->n_states];
    *state = (e2l_variable){.name = name, .is_state = true};
    (void)(initial ? e2l_names_bind(r, names, &state->initial, initial, 0, place)
                   : read_given(r, names, &state->initial, given, place));
    projection->state_units[projection->n_states] = unit;
    projection->state_places[projection->n_states++] = e2l_bound_has_noise(&state->initial) ? E2L_AT_SYNAPSE : E2L_AT_GLOBAL;
    e2l_bound_draws_at(&state->initial, E2L_AT_SYNAPSE, e2l_resolver_text(r, "projection/%s/state/%s", projection->source->name, name));
    state->n_resets = e2l_resolve_resets(r, projection->source->name, name, &state->resets);
}

/* `own` gets dt and the synapse model's parameters. */
static void bind_states(e2l_resolver *r, e2l_bound_projection *projection, e2l_names *own)
{
    const e2l_projection *source = projection->source;
    const e2l_model *model = projection->model;
    const size_t most = source->n_states + (model ? model->n_states : 0);
    projection->states = e2l_resolver_alloc(r, most + 1, sizeof *projection->states);
    projection->state_places = e2l_resolver_alloc(r, most + 1, sizeof *projection->state_places);
    projection->state_units = e2l_resolver_alloc(r, most + 1, sizeof *projection->state_units);
    e2l_names_add(r, own, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = r->experiment->dt});
    check_model_names(r, projection);
    model_numbers(r, projection, own);
    e2l_names names = {0};
    e2l_names_join(r, &names, own);
    e2l_names_noise(r, &names);
    for (size_t k = 0; model && k < model->n_states && r->status == E2L_OK; k++) {
        const e2l_binding *given = given_state(source, model->states[k].name);
        add_state(r, projection, &names, model->states[k].name, projection->units.states[k], given ? NULL : model->states[k].value, given ? given->expr : NULL);
    }
    for (size_t k = 0; k < source->n_states && r->status == E2L_OK; k++) {
        const char *name = source->states[k].name ? source->states[k].name : "";
        uint32_t index;
        if (!model || !e2l_find_item(model->states, model->n_states, name, &index)) {
            const uint32_t unit = e2l_unit_number(r, source->states[k].unit, E2L_UNKNOWN_UNIT, false,
                                                  projection_place(r, projection, e2l_resolver_text(r, "state '%.64s'", name)));
            add_state(r, projection, &names, name, unit, NULL, source->states[k].expr);
        }
    }
}

/* x, w and the states of the projection. */
static void add_synapse_names(e2l_resolver *r, e2l_names *names, uint32_t index)
{
    const e2l_bound_projection *projection = &r->out->projections[index];
    e2l_names_add(r, names, "x", (e2l_ref){.kind = E2L_REF_X, .place = E2L_AT_PRE, .owner = index});
    e2l_names_add(r, names, "w", (e2l_ref){.kind = E2L_REF_W, .place = E2L_AT_SYNAPSE, .owner = projection->weights});
    for (uint32_t k = 0; k < projection->n_states; k++) {
        e2l_names_add(r, names, projection->states[k].name,
                      (e2l_ref){.kind = E2L_REF_SYNAPSE_STATE, .place = E2L_AT_SYNAPSE, .owner = index, .index = k});
    }
}

static void bind_effect(e2l_resolver *r, e2l_bound_projection *projection, uint32_t index, const e2l_names *own)
{
    e2l_names names = {0};
    e2l_names_join(r, &names, own);
    add_synapse_names(r, &names, index);
    e2l_names_fixed(r, &names, "pre.", projection->from, E2L_AT_PRE);
    e2l_names_fixed(r, &names, "post.", projection->to, E2L_AT_POST);
    e2l_names_globals(r, &names, false);
    e2l_names_noise(r, &names);
    const char *text = projection->source->effect ? projection->source->effect : "w * x";
    (void)e2l_names_read(r, &names, &projection->effect, text, 0, projection_place(r, projection, "effect"));
    e2l_bound_draws_at(&projection->effect, E2L_AT_SYNAPSE, e2l_resolver_text(r, "projection/%s/effect", projection->source->name));
}

/* ---- synapse statements ---- */

/* Index of the local called `name`, added when new. */
static uint32_t find_local(e2l_bound_projection *projection, const char *name)
{
    for (uint32_t k = 0; k < projection->n_locals; k++) {
        if (strcmp(projection->locals[k], name) == 0) {
            return k;
        }
    }
    projection->locals[projection->n_locals] = name;
    return projection->n_locals++;
}

static e2l_ref target_of(e2l_resolver *r, uint32_t index, const char *name)
{
    e2l_bound_projection *projection = &r->out->projections[index];
    if (strcmp(name, "w") == 0) {
        return (e2l_ref){.kind = E2L_REF_W, .place = E2L_AT_SYNAPSE, .owner = projection->weights};
    }
    for (uint32_t k = 0; k < projection->n_states; k++) {
        if (strcmp(projection->states[k].name, name) == 0) {
            return (e2l_ref){.kind = E2L_REF_SYNAPSE_STATE, .place = E2L_AT_SYNAPSE, .owner = index, .index = k};
        }
    }
    return (e2l_ref){.kind = E2L_REF_LOCAL, .place = E2L_AT_SYNAPSE, .owner = index, .index = find_local(projection, name)};
}

static void begin_statement(e2l_resolver *r, uint32_t index, size_t k, const e2l_statement *statement, const char *text)
{
    e2l_bound_projection *projection = &r->out->projections[index];
    e2l_bound_statement *out = &projection->statements[k];
    if (strcmp(statement->target, "w") != 0 && is_taken(projection, statement->target)) {
        e2l_resolver_problem(r, "projection '%s': statement '%.120s': '%s' cannot be written", projection->source->name, text,
                             statement->target);
    }
    *out = (e2l_bound_statement){.text = text, .adds = statement->adds};
    out->target = target_of(r, index, e2l_resolver_text(r, "%s", statement->target));
    if (out->target.kind != E2L_REF_LOCAL) {
        out->n_frozen = e2l_resolve_freezes(r, projection->source->name, statement->target, &out->frozen);
    }
}

/* Parsed statements of the projection itself; the expressions are owned by the resolved experiment. */
static bool parse_synapse(e2l_resolver *r, const e2l_bound_projection *projection, e2l_statement *out, size_t k)
{
    const char *text = projection->source->synapse[k] ? projection->source->synapse[k] : "";
    e2l_owned_expr *owned = e2l_resolver_alloc(r, 2, sizeof *owned);
    if (!owned || !e2l_resolver_take(r, e2l_statement_parse(r->ctx, out, text),
                                     projection_place(r, projection, e2l_resolver_text(r, "synapse[%zu]", k)))) {
        return false;
    }
    owned[0] = (e2l_owned_expr){.next = &owned[1], .expr = out->expr};
    owned[1] = (e2l_owned_expr){.next = r->out->memory->exprs, .expr = out->guard};
    r->out->memory->exprs = owned;
    char *target = e2l_arena_strdup(r->arena, out->target, strlen(out->target));
    e2l_free(r->ctx, out->target);
    out->target = target;
    r->status = target ? r->status : E2L_NOMEM;
    return target != NULL;
}

static void bind_synapse_statement(e2l_resolver *r, const e2l_names *names, uint32_t index, const e2l_statement *statement, size_t k,
                                   bool *is_written)
{
    e2l_bound_projection *projection = &r->out->projections[index];
    e2l_bound_statement *out = &projection->statements[k];
    const char *place = projection_place(r, projection, e2l_resolver_text(r, "statement '%.120s'", out->text));
    const char *site = e2l_resolver_text(r, "projection/%s/synapse/%zu", projection->source->name, k);
    bool ok = e2l_names_bind(r, names, &out->value, statement->expr, 0, place);
    if (statement->guard) {
        ok = e2l_names_bind(r, names, &out->guard, statement->guard, 0, place) && ok;
    }
    e2l_bound_draws_at(&out->value, E2L_AT_SYNAPSE, site);
    e2l_bound_draws_at(&out->guard, E2L_AT_SYNAPSE, site);
    if (ok) {
        e2l_check_local_reads(r, &out->value, is_written, E2L_REF_LOCAL, index, place);
        e2l_check_local_reads(r, &out->guard, is_written, E2L_REF_LOCAL, index, place);
    }
    if (out->target.kind == E2L_REF_LOCAL) {
        e2l_check_local_write(r, statement, is_written, out->target.index, true, place);
    } else if (out->target.kind == E2L_REF_W && projection->weights != index) {
        e2l_resolver_problem(r, "%s: the weights belong to projection '%s'; only it can write them", place,
                             r->experiment->projections[projection->weights].name);
    }
}

/* ---- where states live ---- */

static e2l_place join(e2l_place a, e2l_place b)
{
    if (a == b || b == E2L_AT_GLOBAL) {
        return a;
    }
    return a == E2L_AT_GLOBAL ? b : E2L_AT_SYNAPSE;
}

typedef struct places {
    const e2l_resolver *r;
    e2l_bound_projection *projection;
    uint32_t index;
    e2l_place *locals;
} places;

static e2l_place place_of_bound(const places *now, const e2l_bound *bound);

static e2l_place place_of(const places *now, const e2l_ref *ref)
{
    switch ((int)ref->kind) {
    case E2L_REF_UNIFORM:
    case E2L_REF_NORMAL: return E2L_AT_GLOBAL; /* fits anywhere */
    case E2L_REF_LOCAL: return now->locals[ref->index];
    case E2L_REF_SYNAPSE_STATE: return now->projection->state_places[ref->index];
    case E2L_REF_SLOT: {
        const e2l_bound_slot *slot = &now->r->out->slots[ref->index];
        e2l_place place = E2L_AT_GLOBAL;
        for (size_t k = 0; k < slot->source->n_terminals; k++) {
            place = join(place, place_of_bound(now, &slot->terminals[k]));
            place = e2l_bound_has_noise(&slot->terminals[k]) ? E2L_AT_SYNAPSE : place;
        }
        return place;
    }
    default: return ref->place;
    }
}

static e2l_place place_of_bound(const places *now, const e2l_bound *bound)
{
    e2l_place place = E2L_AT_GLOBAL;
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        place = join(place, place_of(now, &bound->refs[k]));
    }
    return place;
}

/* Places only grow, so going round ends. */
static bool widen(places *now)
{
    bool changed = false;
    for (uint32_t k = 0; k < now->projection->n_statements; k++) {
        const e2l_bound_statement *statement = &now->projection->statements[k];
        const e2l_ref *target = &statement->target;
        e2l_place *at = target->kind == E2L_REF_LOCAL           ? &now->locals[target->index]
                        : target->kind == E2L_REF_SYNAPSE_STATE ? &now->projection->state_places[target->index]
                                                                : NULL;
        if (!at) {
            continue;
        }
        e2l_place wanted = join(*at, join(place_of_bound(now, &statement->value), place_of_bound(now, &statement->guard)));
        const bool draws = e2l_bound_has_noise(&statement->value) || e2l_bound_has_noise(&statement->guard);
        wanted = draws && target->kind == E2L_REF_LOCAL ? E2L_AT_SYNAPSE : wanted;
        changed = changed || wanted != *at;
        *at = wanted;
    }
    return changed;
}

/* Refs to states say where they live, and draws for a state are made there. */
static void settle(const places *now, const e2l_bound *bound, const e2l_ref *target)
{
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        e2l_ref *ref = &bound->refs[k];
        if (ref->kind == E2L_REF_SYNAPSE_STATE && ref->owner == now->index) {
            ref->place = now->projection->state_places[ref->index];
        } else if (target && target->kind == E2L_REF_SYNAPSE_STATE &&
                   (ref->kind == E2L_REF_UNIFORM || ref->kind == E2L_REF_NORMAL)) {
            ref->place = now->projection->state_places[target->index];
        }
    }
}

/* Who sees x has it arrive, though nobody may read the port it goes to. */
static void make_arrive(e2l_resolver *r, const e2l_bound *bound)
{
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        if (bound->refs[k].kind == E2L_REF_X) {
            const e2l_bound_projection *projection = &r->out->projections[bound->refs[k].owner];
            e2l_bound_population *to = &r->out->populations[projection->to];
            if (projection->port != E2L_NO_INDEX) {
                to->ports[projection->port].is_read = true;
            }
        }
    }
}

static void find_places(e2l_resolver *r, uint32_t index)
{
    e2l_bound_projection *projection = &r->out->projections[index];
    places now = {.r = r, .projection = projection, .index = index,
                  .locals = e2l_resolver_alloc(r, projection->n_locals + 1, sizeof *now.locals)};
    while (now.locals && widen(&now)) {
    }
    for (uint32_t k = 0; now.locals && k < projection->n_statements; k++) {
        e2l_bound_statement *statement = &projection->statements[k];
        if (statement->target.kind == E2L_REF_SYNAPSE_STATE) {
            statement->target.place = projection->state_places[statement->target.index];
        }
        settle(&now, &statement->value, &statement->target);
        settle(&now, &statement->guard, &statement->target);
        make_arrive(r, &statement->value);
        make_arrive(r, &statement->guard);
    }
    settle(&now, &projection->effect, NULL);
    for (uint32_t k = 0; k < projection->n_slots; k++) {
        const e2l_bound_slot *slot = &r->out->slots[projection->first_slot + k];
        for (size_t i = 0; i < slot->source->n_terminals; i++) {
            settle(&now, &slot->terminals[i], NULL);
            make_arrive(r, &slot->terminals[i]);
        }
    }
}

/* ---- all of a projection ---- */

/* The model's statements, then those of the projection; false when one of them is no statement. */
static bool begin_statements(e2l_resolver *r, uint32_t index, size_t n_model, size_t n, e2l_statement *parsed)
{
    e2l_bound_projection *projection = &r->out->projections[index];
    bool ok = true;
    for (size_t k = 0; k < n && r->status == E2L_OK; k++) {
        const bool is_own = k >= n_model;
        if (is_own && !parse_synapse(r, projection, &parsed[k], k - n_model)) {
            ok = false;
            continue;
        }
        parsed[k] = is_own ? parsed[k] : projection->model->statements[k];
        begin_statement(r, index, k, &parsed[k], is_own ? projection->source->synapse[k - n_model] : e2l_statement_text(r, &parsed[k]));
    }
    return ok && r->status == E2L_OK;
}

static void bind_statements(e2l_resolver *r, const e2l_names *others, uint32_t index)
{
    e2l_bound_projection *projection = &r->out->projections[index];
    const e2l_projection *source = projection->source;
    const size_t n_model = projection->model ? projection->model->n_statements : 0, n = n_model + source->n_synapse;
    e2l_statement *parsed = e2l_resolver_alloc(r, n + 1, sizeof *parsed);
    bool *is_written = e2l_resolver_alloc(r, n + 1, sizeof *is_written);
    projection->statements = e2l_resolver_alloc(r, n + 1, sizeof *projection->statements);
    projection->locals = e2l_resolver_alloc(r, n + 1, sizeof *projection->locals);
    if (!parsed || !is_written || !projection->statements || !projection->locals ||
        !begin_statements(r, index, n_model, n, parsed)) {
        return;
    }
    projection->n_statements = (uint32_t)n;
    e2l_names names = {0};
    for (uint32_t k = 0; k < projection->n_locals; k++) {
        const e2l_ref local = {.kind = E2L_REF_LOCAL, .place = E2L_AT_SYNAPSE, .owner = index, .index = k};
        if (!is_taken(projection, projection->locals[k])) { /* else said already */
            e2l_names_add(r, &names, projection->locals[k], local);
        }
    }
    e2l_names_join(r, &names, others);
    for (size_t k = 0; k < n && r->status == E2L_OK; k++) {
        bind_synapse_statement(r, &names, index, &parsed[k], k, is_written);
    }
    for (uint32_t k = 0; k < projection->n_slots; k++) {
        e2l_check_slot_use(r, &source->slots[k], projection->first_slot + k, projection->statements, n);
    }
    if (r->status == E2L_OK) {
        find_places(r, index);
    }
}

void e2l_resolve_synapses(e2l_resolver *r, uint32_t index)
{
    e2l_bound_projection *projection = &r->out->projections[index];
    if (projection->from == E2L_NO_INDEX || projection->to == E2L_NO_INDEX ||
        !r->out->populations[projection->from].model || !r->out->populations[projection->to].model) {
        return;
    }
    e2l_names names = {0};
    bind_signal(r, projection);
    bind_weights(r, projection);
    bind_states(r, projection, &names);
    if (r->status != E2L_OK) {
        return;
    }
    bind_effect(r, projection, index, &names);
    add_synapse_names(r, &names, index);
    e2l_names_population(r, &names, "pre.", projection->from, E2L_AT_PRE);
    e2l_names_population(r, &names, "post.", projection->to, E2L_AT_POST);
    e2l_names_globals(r, &names, true);
    e2l_names_noise(r, &names);
    for (uint32_t k = 0; k < projection->n_slots && r->status == E2L_OK; k++) {
        e2l_bind_slot(r, &names, &projection->source->slots[k], projection->first_slot + k, E2L_NO_INDEX, index);
    }
    e2l_names_slots(r, &names, projection->source->slots, projection->n_slots, projection->first_slot, E2L_AT_SYNAPSE, index);
    if (r->status == E2L_OK) {
        bind_statements(r, &names, index);
    }
}
