/* resolve_texts.c: statements of neurons, and slots: what every name in them means. */
#include <string.h>

#include "substrate/resolve_impl.h"

/* ---- neuron statements ---- */

/* A local must have been written, without a guard, before it is read: it has no value of its own. */
void e2l_check_local_reads(e2l_resolver *r, const e2l_bound *bound, const bool *is_written,
                              e2l_ref_kind kind, uint32_t owner, const char *place)
{
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        const e2l_ref *ref = &bound->refs[k];
        bool is_own = ref->kind == kind && ref->owner == owner && ref->place != E2L_AT_GLOBAL;
        if (is_own && !is_written[ref->index]) {
            e2l_resolver_problem(r, "%s: '%s' is read before it is written", place,
                                 e2l_expr_name(bound->expr, k));
        }
        const e2l_bound_slot *slot = ref->kind == E2L_REF_SLOT ? &r->out->slots[ref->index] : NULL;
        for (size_t i = 0; slot && slot->terminals && i < slot->source->n_terminals; i++) {
            /* no slot stands in a terminal, so this goes down once */
            e2l_check_local_reads(r, &slot->terminals[i], is_written, kind, owner, place);
        }
    }
}

void e2l_check_local_write(e2l_resolver *r, const e2l_statement *statement, bool *is_written,
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

const char *e2l_statement_text(e2l_resolver *r, const e2l_statement *statement)
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
    out->text = e2l_statement_text(r, statement);
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
        e2l_check_local_reads(r, &out->value, is_written, E2L_REF_VARIABLE, index, place);
        e2l_check_local_reads(r, &out->guard, is_written, E2L_REF_VARIABLE, index, place);
    }
    const char *site = e2l_resolver_text(r, "population/%s/step/%zu", population->source->name, k);
    e2l_bound_draws_at(&out->value, E2L_AT_SELF, site);
    e2l_bound_draws_at(&out->guard, E2L_AT_SELF, site);
    bool is_local = !population->variables[target].is_state;
    if (!is_local) {
        out->n_frozen = e2l_resolve_freezes(r, population->source->name, statement->target, &out->frozen);
    }
    e2l_check_local_write(r, statement, is_written, target, is_local, place);
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

/* Of synapses a rule sees its own alone. No name reaches further today; whoever adds one meets this. */
static void check_locality(e2l_resolver *r, const e2l_bound *bound, uint32_t projection, const char *place)
{
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        const e2l_ref *ref = &bound->refs[k];
        const bool of_synapses = ref->kind == E2L_REF_W || ref->kind == E2L_REF_SYNAPSE_STATE || ref->kind == E2L_REF_LOCAL || ref->kind == E2L_REF_X;
        const bool is_own = projection != E2L_NO_INDEX &&
                            ref->owner == (ref->kind == E2L_REF_W ? r->out->projections[projection].weights : projection);
        if (of_synapses && !is_own) {
            e2l_resolver_problem(r, "%s: '%s' belongs to other synapses; a rule sees its own, both neurons and globals", place,
                                 e2l_expr_name(bound->expr, k));
        }
    }
}

void e2l_bind_slot(e2l_resolver *r, const e2l_names *names, const e2l_slot *slot, uint32_t index, uint32_t population,
                   uint32_t projection)
{
    e2l_bound_slot *out = &r->out->slots[index];
    const bool of_neurons = population != E2L_NO_INDEX;
    const char *owner = of_neurons ? r->experiment->populations[population].name : r->experiment->projections[projection].name;
    const char *place =
        e2l_resolver_text(r, "%s '%s': slot '%s'", of_neurons ? "population" : "projection", owner, slot->name);
    *out = (e2l_bound_slot){.source = slot, .population = population, .projection = projection};
    out->terminals = e2l_resolver_alloc(r, slot->n_terminals, sizeof *out->terminals);
    for (size_t i = 0; out->terminals && i < slot->n_terminals; i++) {
        check_terminal_name(r, slot, i, place);
        const char *name = slot->terminals[i].name ? slot->terminals[i].name : "";
        const char *at = e2l_resolver_text(r, "%s: terminal '%s'", place, name);
        (void)e2l_names_read(r, names, &out->terminals[i], slot->terminals[i].expr, 0, at);
        e2l_bound_draws_at(&out->terminals[i], of_neurons ? E2L_AT_SELF : E2L_AT_SYNAPSE,
                           e2l_resolver_text(r, "slot/%s/%s", slot->name, name));
        check_locality(r, &out->terminals[i], projection, at);
    }
}

void e2l_names_slots(e2l_resolver *r, e2l_names *names, const e2l_slot *slots, size_t n, uint32_t first, e2l_place place,
                     uint32_t owner)
{
    for (uint32_t k = 0; k < n; k++) {
        e2l_names_add(r, names, slots[k].name,
                      (e2l_ref){.kind = E2L_REF_SLOT, .place = place, .owner = owner, .index = first + k});
    }
}

static bool names_slot(const e2l_bound *bound, uint32_t slot)
{
    bool found = false;
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        found = found || (bound->refs[k].kind == E2L_REF_SLOT && bound->refs[k].index == slot);
    }
    return found;
}

void e2l_check_slot_use(e2l_resolver *r, const e2l_slot *slot, uint32_t index, const e2l_bound_statement *statements, size_t n)
{
    bool is_used = false;
    for (size_t k = 0; k < n; k++) {
        is_used = is_used || names_slot(&statements[k].value, index) || names_slot(&statements[k].guard, index);
    }
    if (!is_used) {
        e2l_resolver_problem(r, "slot '%s' stands in no statement", slot->name);
    }
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
    e2l_names_noise(r, &names);
    for (uint32_t k = 0; k < population->source->n_slots; k++) {
        e2l_bind_slot(r, &names, &population->source->slots[k], population->first_slot + k, index, E2L_NO_INDEX);
    }
    e2l_names_slots(r, &names, population->source->slots, population->source->n_slots, population->first_slot, E2L_AT_SELF, index);
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
    for (uint32_t k = 0; k < model->n_states; k++) {
        e2l_variable *variable = &population->variables[k];
        variable->n_resets = e2l_resolve_resets(r, population->source->name, variable->name, &variable->resets);
    }
    for (uint32_t k = 0; k < population->source->n_slots; k++) {
        e2l_check_slot_use(r, &population->source->slots[k], population->first_slot + k, population->statements, model->n_statements);
    }
}

void e2l_resolve_texts(e2l_resolver *r)
{
    e2l_resolve_reach(r);
    r->out->slots = e2l_resolver_alloc(r, r->out->n_slots, sizeof *r->out->slots);
    for (uint32_t k = 0; r->status == E2L_OK && k < r->experiment->n_populations; k++) {
        bind_population(r, k);
    }
    for (uint32_t k = 0; r->status == E2L_OK && k < r->experiment->n_projections; k++) {
        e2l_resolve_synapses(r, k);
    }
}
