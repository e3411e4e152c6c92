/* resolve_texts.c: statements of neurons and synapses, signals, weights, effects and slots: what every name in them means. */
#include <string.h>

#include "substrate/resolve_impl.h"

/* ---- neuron statements ---- */

/* A local must have been written, without a guard, before it is read: it has no value of its own. */
static void check_local_reads(e2l_resolver *r, const e2l_bound *bound, const bool *is_written,
                              e2l_ref_kind kind, uint32_t owner, const char *place)
{
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        const e2l_ref *ref = &bound->refs[k];
        bool is_own = ref->kind == kind && ref->owner == owner && ref->place != E2L_AT_GLOBAL;
        if (is_own && !is_written[ref->index]) {
            e2l_resolver_problem(r, "%s: '%s' is read before it is written", place,
                                 e2l_expr_name(bound->expr, k));
        }
    }
}

static void check_local_write(e2l_resolver *r, const e2l_statement *statement, bool *is_written,
                              uint32_t index, bool is_local, const char *place)
{
    if (is_local && statement->guard) {
        e2l_resolver_problem(r, "%s: '%s' is no state; a guarded statement writes states only", place,
                             statement->target);
    } else if (is_local && statement->adds && !is_written[index]) {
        e2l_resolver_problem(r, "%s: '%s' is read before it is written", place, statement->target);
    }
    is_written[index] = true;
}

static bool names_port_or_parameter(const e2l_model *model, const char *name)
{
    for (size_t k = 0; k < model->n_ports; k++) {
        if (strcmp(model->ports[k].name, name) == 0) {
            return true;
        }
    }
    for (size_t k = 0; k < model->n_parameters; k++) {
        if (strcmp(model->parameters[k].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *statement_text(e2l_resolver *r, const e2l_statement *statement)
{
    e2l_text text;
    e2l_text_init(&text, r->ctx);
    e2l_status status = E2L_OK;
    if (statement->guard) {
        e2l_text_append(&text, "when ");
        status = e2l_expr_print(statement->guard, E2L_STYLE_SHORTEST, &text);
        e2l_text_append(&text, ": ");
    }
    e2l_text_appendf(&text, "%s %s ", statement->target, statement->adds ? "+=" : "=");
    if (status == E2L_OK) {
        status = e2l_expr_print(statement->expr, E2L_STYLE_SHORTEST, &text);
    }
    status = status == E2L_OK ? e2l_text_status(&text) : status;
    const char *copy = e2l_resolver_text(r, "%.120s", e2l_text_get(&text));
    if (status == E2L_NOMEM) {
        r->status = status;
    }
    e2l_text_clear(&text);
    return copy;
}

static void bind_neuron_statement(e2l_resolver *r, const e2l_names *names, uint32_t index, size_t k,
                                  bool *is_written)
{
    e2l_bound_population *population = &r->out->populations[index];
    const e2l_statement *statement = &population->model->statements[k];
    e2l_bound_statement *out = &population->statements[k];
    out->text = statement_text(r, statement);
    out->adds = statement->adds;
    const char *place = e2l_resolver_text(r, "population '%s' (model '%s'): statement '%s'",
                                          population->source->name, population->model->name, out->text);
    if (names_port_or_parameter(population->model, statement->target)) {
        e2l_resolver_problem(r, "%s: '%s' is a port or parameter and cannot be written", place,
                             statement->target);
        return;
    }
    uint32_t target = 0;
    while (strcmp(population->variables[target].name, statement->target) != 0) {
        target++; /* find_locals has put it there */
    }
    out->target = (e2l_ref){
        .kind = E2L_REF_VARIABLE, .place = E2L_AT_SELF, .owner = index, .index = target};
    bool ok = e2l_names_bind(r, names, &out->value, statement->expr, 0, place);
    if (statement->guard) {
        ok = e2l_names_bind(r, names, &out->guard, statement->guard, 0, place) && ok;
    }
    if (ok) {
        check_local_reads(r, &out->value, is_written, E2L_REF_VARIABLE, index, place);
        check_local_reads(r, &out->guard, is_written, E2L_REF_VARIABLE, index, place);
    }
    bool is_local = !population->variables[target].is_state;
    check_local_write(r, statement, is_written, target, is_local, place);
}

static void bind_population(e2l_resolver *r, uint32_t index)
{
    e2l_bound_population *population = &r->out->populations[index];
    const e2l_model *model = population->model;
    if (!model || !population->variables || !population->ports) {
        return;
    }
    e2l_names names = {0};
    e2l_names_population(r, &names, "", index, E2L_AT_SELF);
    e2l_names_globals(r, &names, false);
    population->statements =
        e2l_resolver_alloc(r, model->n_statements, sizeof *population->statements);
    bool *is_written = e2l_resolver_alloc(r, population->n_variables, sizeof *is_written);
    if (!population->statements || !is_written) {
        return;
    }
    for (uint32_t k = 0; k < model->n_states; k++) {
        is_written[k] = true;
    }
    for (size_t k = 0; k < model->n_statements && r->status == E2L_OK; k++) {
        bind_neuron_statement(r, &names, index, k, is_written);
    }
}

/* ---- signal, weights, effect ---- */

static const char *projection_place(e2l_resolver *r, const e2l_bound_projection *projection,
                                    const char *what)
{
    return e2l_resolver_text(r, "projection '%s': %s", projection->source->name, what);
}

/* What travels for a while must be a state: locals and ports are gone at the end of the step. */
static void check_delayed_signal(e2l_resolver *r, const e2l_bound_projection *projection, const char *place)
{
    const e2l_bound_population *from = &r->out->populations[projection->from];
    for (size_t k = 0; projection->signal.expr && k < e2l_expr_n_names(projection->signal.expr); k++) {
        const e2l_ref *ref = &projection->signal.refs[k];
        bool is_local = ref->kind == E2L_REF_VARIABLE && ref->owner == projection->from &&
                        !from->variables[ref->index].is_state;
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
    (void)e2l_names_read(r, &names, &projection->signal, projection->source->signal, projection->n_pre,
                         place);
    if (projection->delay_steps > 0) {
        check_delayed_signal(r, projection, place);
    }
}

static void bind_weights(e2l_resolver *r, e2l_bound_projection *projection)
{
    const e2l_projection *source = projection->source;
    const e2l_experiment *e = r->experiment;
    if (source->weights_of) {
        if (source->w) {
            e2l_resolver_problem(r, "projection '%s': both w and weights_of are given", source->name);
        }
        return;
    }
    e2l_names names = {0};
    e2l_names_arrays(r, &names, E2L_AT_SYNAPSE);
    e2l_names_add(r, &names, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = e->dt});
    for (size_t k = 0; k < e->n_parameters; k++) {
        e2l_ref ref = {.kind = E2L_REF_NUMBER, .value = r->out->parameters[k]};
        e2l_names_add(r, &names, e->parameters[k].name, ref);
    }
    (void)e2l_names_read(r, &names, &projection->w, source->w, projection->n_post * projection->n_pre,
                         projection_place(r, projection, "initial weight w"));
}

/* x and w of the projection. */
static void add_synapse_names(e2l_resolver *r, e2l_names *names, uint32_t index)
{
    const e2l_bound_projection *projection = &r->out->projections[index];
    e2l_names_add(r, names, "x", (e2l_ref){.kind = E2L_REF_X, .place = E2L_AT_PRE, .owner = index});
    e2l_names_add(r, names, "w", (e2l_ref){.kind = E2L_REF_W, .place = E2L_AT_SYNAPSE, .owner = projection->weights});
}

static void bind_effect(e2l_resolver *r, e2l_bound_projection *projection, uint32_t index)
{
    e2l_names names = {0};
    add_synapse_names(r, &names, index);
    e2l_names_globals(r, &names, false);
    const char *text = projection->source->effect ? projection->source->effect : "w * x";
    (void)e2l_names_read(r, &names, &projection->effect, text, 0, projection_place(r, projection, "effect"));
}

/* ---- slots ---- */

static void check_terminal_name(e2l_resolver *r, const e2l_slot *slot, size_t k, const char *place)
{
    const char *name = slot->terminals[k].name ? slot->terminals[k].name : "";
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    bool is_word = length > 0 && name[length] == '\0' && !(name[0] >= '0' && name[0] <= '9');
    if (!is_word || e2l_primitive_find(name) || strcmp(name, "inf") == 0) {
        e2l_resolver_problem(r, "%s: terminal '%.80s': not a name, or the name of a primitive", place, name);
    }
    for (size_t i = 0; i < k; i++) {
        if (slot->terminals[i].name && strcmp(slot->terminals[i].name, name) == 0) {
            e2l_resolver_problem(r, "%s: terminal '%s' stands twice", place, name);
        }
    }
}

static void bind_slot(e2l_resolver *r, const e2l_names *names, uint32_t projection, size_t k)
{
    const e2l_slot *slot = &r->out->projections[projection].source->slots[k];
    e2l_bound_slot *out = &r->out->slots[r->out->projections[projection].first_slot + k];
    const char *place = projection_place(r, &r->out->projections[projection],
                                         e2l_resolver_text(r, "slot '%s'", slot->name));
    *out = (e2l_bound_slot){.source = slot, .projection = projection};
    out->terminals = e2l_resolver_alloc(r, slot->n_terminals, sizeof *out->terminals);
    for (size_t i = 0; out->terminals && i < slot->n_terminals; i++) {
        check_terminal_name(r, slot, i, place);
        const char *at = e2l_resolver_text(r, "%s: terminal '%s'", place,
                                           slot->terminals[i].name ? slot->terminals[i].name : "");
        (void)e2l_names_read(r, names, &out->terminals[i], slot->terminals[i].expr, 0, at);
    }
}

static void check_slot_use(e2l_resolver *r, const e2l_bound_projection *projection)
{
    for (size_t k = 0; k < projection->n_slots; k++) {
        bool is_used = false;
        for (size_t s = 0; s < projection->source->n_synapse; s++) {
            const e2l_bound *value = &projection->statements[s].value;
            for (size_t i = 0; value->expr && i < e2l_expr_n_names(value->expr); i++) {
                is_used = is_used || (value->refs[i].kind == E2L_REF_SLOT &&
                                      value->refs[i].index == projection->first_slot + k);
            }
        }
        if (!is_used) {
            e2l_resolver_problem(r, "projection '%s': slot '%s' stands in no statement",
                                 projection->source->name, projection->source->slots[k].name);
        }
    }
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

/* Parsed statements of a projection; the expressions are owned by the resolved experiment. */
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
    const char *target = e2l_resolver_text(r, "%s", out->target);
    bool is_taken = strcmp(target, "x") == 0 || strcmp(target, "t") == 0 || strcmp(target, "dt") == 0 ||
                    strcmp(target, "step") == 0 || strcmp(target, "eta") == 0 || strcmp(target, "inf") == 0;
    for (size_t i = 0; i < projection->source->n_slots; i++) {
        is_taken = is_taken || strcmp(projection->source->slots[i].name, target) == 0;
    }
    if (is_taken || e2l_primitive_find(target)) {
        e2l_resolver_problem(r, "projection '%s': synapse[%zu]: '%s' cannot be written",
                             projection->source->name, k, target);
    }
    e2l_free(r->ctx, out->target);
    out->target = NULL;
    projection->statements[k].text = text;
    projection->statements[k].adds = out->adds;
    if (strcmp(target, "w") == 0) {
        projection->statements[k].target =
            (e2l_ref){.kind = E2L_REF_W, .place = E2L_AT_SYNAPSE, .owner = projection->weights};
    } else {
        projection->statements[k].target =
            (e2l_ref){.kind = E2L_REF_LOCAL, .place = E2L_AT_SYNAPSE, .owner = (uint32_t)(projection - r->out->projections)};
        projection->statements[k].target.index =
            find_local(&r->out->projections[projection - r->out->projections], target);
    }
    return true;
}

static void bind_synapse_statement(e2l_resolver *r, const e2l_names *names, e2l_bound_projection *projection,
                                   const e2l_statement *statement, size_t k, bool *is_written)
{
    e2l_bound_statement *out = &projection->statements[k];
    const char *place = projection_place(r, projection, e2l_resolver_text(r, "statement '%.120s'", out->text));
    uint32_t index = (uint32_t)(projection - r->out->projections);
    bool ok = e2l_names_bind(r, names, &out->value, statement->expr, 0, place);
    if (statement->guard) {
        ok = e2l_names_bind(r, names, &out->guard, statement->guard, 0, place) && ok;
    }
    if (ok) {
        check_local_reads(r, &out->value, is_written, E2L_REF_LOCAL, index, place);
        check_local_reads(r, &out->guard, is_written, E2L_REF_LOCAL, index, place);
    }
    if (out->target.kind == E2L_REF_LOCAL) {
        e2l_statement named = *statement;
        char *target = e2l_arena_strdup(r->arena, projection->locals[out->target.index],
                                        strlen(projection->locals[out->target.index]));
        named.target = target;
        if (!target) {
            r->status = E2L_NOMEM;
            return;
        }
        check_local_write(r, &named, is_written, out->target.index, true, place);
    } else if (projection->weights != index) {
        e2l_resolver_problem(r, "%s: the weights belong to projection '%s'; only it can write them", place,
                             r->experiment->projections[projection->weights].name);
    }
}

static void bind_synapses(e2l_resolver *r, e2l_names *names, uint32_t index)
{
    e2l_bound_projection *projection = &r->out->projections[index];
    const e2l_projection *source = projection->source;
    e2l_statement *parsed = e2l_resolver_alloc(r, source->n_synapse, sizeof *parsed);
    bool *is_written = e2l_resolver_alloc(r, source->n_synapse, sizeof *is_written);
    projection->statements = e2l_resolver_alloc(r, source->n_synapse, sizeof *projection->statements);
    projection->locals = e2l_resolver_alloc(r, source->n_synapse, sizeof *projection->locals);
    bool ok = parsed && is_written && projection->statements && projection->locals;
    for (size_t k = 0; ok && k < source->n_synapse; k++) {
        ok = parse_synapse(r, projection, &parsed[k], k);
    }
    if (!ok) {
        return;
    }
    for (uint32_t k = 0; k < projection->n_locals; k++) {
        e2l_ref ref = {.kind = E2L_REF_LOCAL, .place = E2L_AT_SYNAPSE, .owner = index, .index = k};
        e2l_names_add(r, names, projection->locals[k], ref);
    }
    for (uint32_t k = 0; k < projection->n_slots; k++) {
        e2l_ref ref = {.kind = E2L_REF_SLOT,
                       .place = E2L_AT_SYNAPSE,
                       .owner = index,
                       .index = projection->first_slot + k};
        e2l_names_add(r, names, source->slots[k].name, ref);
    }
    for (size_t k = 0; k < source->n_synapse && r->status == E2L_OK; k++) {
        bind_synapse_statement(r, names, projection, &parsed[k], k, is_written);
    }
    check_slot_use(r, projection);
}

static void bind_projection(e2l_resolver *r, uint32_t index)
{
    e2l_bound_projection *projection = &r->out->projections[index];
    if (projection->from == E2L_NO_INDEX || projection->to == E2L_NO_INDEX) {
        return;
    }
    if (!r->out->populations[projection->from].model || !r->out->populations[projection->to].model) {
        return;
    }
    bind_signal(r, projection);
    bind_weights(r, projection);
    bind_effect(r, projection, index);
    e2l_names names = {0};
    add_synapse_names(r, &names, index);
    e2l_names_population(r, &names, "pre.", projection->from, E2L_AT_PRE);
    e2l_names_population(r, &names, "post.", projection->to, E2L_AT_POST);
    e2l_names_globals(r, &names, true);
    for (size_t k = 0; k < projection->n_slots && r->status == E2L_OK; k++) {
        bind_slot(r, &names, index, k);
    }
    if (r->status == E2L_OK) {
        bind_synapses(r, &names, index);
    }
}

void e2l_resolve_texts(e2l_resolver *r)
{
    r->out->slots = e2l_resolver_alloc(r, r->out->n_slots, sizeof *r->out->slots);
    for (uint32_t k = 0; r->status == E2L_OK && k < r->experiment->n_populations; k++) {
        bind_population(r, k);
    }
    for (uint32_t k = 0; r->status == E2L_OK && k < r->experiment->n_projections; k++) {
        bind_projection(r, k);
    }
}
