/* resolve_units.c: whether units fit together, and which unit a rule has.

   Names have the units that models and the experiment declare; what declares none agrees with everything; i, noise, counters and learning
   rates are plain numbers. Nothing
   is asked of a model all of whose units are "1" or missing. A local has the unit of its first value, x that of the signal, and w the
   one that makes the effect what its port is. A slot's unit follows from its place: in `w += eta * rule` it is that of w.
   Locals and slots may be read before they are made (by other populations), so everything is gone through until nothing is new, and
   then once more to report. */
#include <string.h>

#include "substrate/resolve_impl.h"

enum { ROUNDS = 3, LINE_BYTES = 200 };

/* ---- declared units ---------------------------------------------------------------------------------------- */
uint32_t e2l_unit_number(e2l_resolver *r, const char *text, uint32_t none, bool is_mute, const char *place)
{
    if (!text || !text[0]) {
        return none;
    }
    for (uint32_t k = 0; k < r->n_units; k++) {
        if (strcmp(r->units[k].text, text) == 0 && r->units[k].is_mute == is_mute) {
            return E2L_FIRST_UNIT + k;
        }
    }
    e2l_dimension dimension;
    const e2l_status status = e2l_dimension_parse(r->ctx, &dimension, text);
    if (status != E2L_OK) {
        (void)(status == E2L_INPUT && !place ? true : e2l_resolver_take(r, status, place ? place : ""));
        return E2L_UNKNOWN_UNIT;
    }
    if (r->n_units == r->units_room) {
        const uint32_t room = r->units_room * 2 + 16;
        e2l_unit_entry *units = e2l_resolver_alloc(r, room, sizeof *units);
        if (!units) {
            return E2L_UNKNOWN_UNIT;
        }
        if (r->n_units > 0) {
            memcpy(units, r->units, r->n_units * sizeof *units);
        }
        r->units = units;
        r->units_room = room;
    }
    r->units[r->n_units++] = (e2l_unit_entry){text, dimension, is_mute};
    return E2L_FIRST_UNIT + r->n_units - 1;
}

static bool says_nothing(const e2l_model_item *items, size_t n)
{
    bool nothing = true;
    for (size_t k = 0; k < n; k++) {
        nothing = nothing && (!items[k].unit || !items[k].unit[0] || strcmp(items[k].unit, "1") == 0);
    }
    return nothing;
}

static uint32_t *numbers_of(e2l_resolver *r, const e2l_model_item *items, size_t n, bool is_mute, const char *place)
{
    uint32_t *out = e2l_resolver_alloc(r, n + 1, sizeof *out);
    for (size_t k = 0; out && k < n; k++) {
        out[k] = e2l_unit_number(r, items[k].unit, E2L_UNKNOWN_UNIT, is_mute, e2l_resolver_text(r, "%s: '%s'", place, items[k].name));
    }
    return out;
}

e2l_model_units e2l_model_units_of(e2l_resolver *r, const e2l_model *model, const char *place)
{
    const bool is_mute = says_nothing(model->parameters, model->n_parameters) && says_nothing(model->ports, model->n_ports) &&
                         says_nothing(model->states, model->n_states);
    return (e2l_model_units){.parameters = numbers_of(r, model->parameters, model->n_parameters, is_mute, place),
                             .ports = numbers_of(r, model->ports, model->n_ports, is_mute, place),
                             .states = numbers_of(r, model->states, model->n_states, is_mute, place)};
}

/* ---- units of names ------------------------------------------------------------------------------------------ */
typedef struct judge {
    e2l_resolver *r;
    bool reports;
    bool is_plain; /* "1" of models that declare nothing else counts, too: for showing, not for judging */
    e2l_dimension **variables, **locals; /* [population][variable], [projection][local] */
    e2l_dimension *x, *w;                /* [projection] */
    e2l_dimension *slots, **terminals;   /* [slot] */
    e2l_dimension *names, *nodes;        /* of one expression */
    e2l_dimension dt;
} judge;

static const e2l_dimension unknown = {.kind = E2L_DIMENSION_UNKNOWN}, number = {.kind = E2L_DIMENSION_NUMBER};

static e2l_dimension of_number(const judge *j, uint32_t unit)
{
    if (unit < E2L_FIRST_UNIT) {
        return unit == E2L_NO_UNIT ? number : unknown;
    }
    const e2l_unit_entry *entry = &j->r->units[unit - E2L_FIRST_UNIT];
    return entry->is_mute && !j->is_plain ? unknown : entry->dimension;
}

static e2l_dimension of_variable(const judge *j, const e2l_ref *ref)
{
    const e2l_bound_population *population = &j->r->out->populations[ref->owner];
    return ref->index < population->model->n_states ? of_number(j, population->units.states[ref->index])
                                                    : j->variables[ref->owner][ref->index];
}

static e2l_dimension of_ref(const judge *j, const e2l_ref *ref)
{
    const e2l_resolved *out = j->r->out;
    switch ((int)ref->kind) {
    case E2L_REF_NUMBER:
    case E2L_REF_SET: return of_number(j, ref->unit);
    case E2L_REF_DT:
    case E2L_REF_TIME: return j->dt;
    case E2L_REF_SLOT: return j->slots[ref->index];
    case E2L_REF_VARIABLE: return of_variable(j, ref);
    case E2L_REF_PORT: return of_number(j, out->populations[ref->owner].units.ports[ref->index]);
    case E2L_REF_PARAMETER: return of_number(j, out->populations[ref->owner].units.parameters[ref->index]);
    case E2L_REF_X: return j->x[ref->owner];
    case E2L_REF_W: return j->w[ref->owner];
    case E2L_REF_LOCAL: return j->locals[ref->owner][ref->index];
    case E2L_REF_SYNAPSE_STATE: return of_number(j, out->projections[ref->owner].state_units[ref->index]);
    case E2L_REF_SHOWN:
    case E2L_REF_ARRAY: return unknown;
    default: return number; /* counters, indices, noise, learning rates */
    }
}

/* ---- one text -------------------------------------------------------------------------------------------------- */
/* The part of a formula that hangs on a node, cut short. */
static const char *part_of(judge *j, const e2l_expr *expr, uint32_t node)
{
    e2l_ctx *ctx = j->r->ctx;
    const e2l_node *nodes = e2l_expr_nodes(expr);
    e2l_builder *builder = NULL;
    e2l_expr *part = NULL;
    e2l_text text = {.ctx = ctx};
    uint32_t *at = e2l_resolver_alloc(j->r, node + 1, sizeof *at);
    e2l_status status = at ? e2l_builder_create(ctx, &builder) : E2L_NOMEM;
    for (uint32_t k = 0; k <= node && status == E2L_OK; k++) {
        uint32_t args[E2L_MAX_ARITY] = {0};
        for (uint32_t i = 0; nodes[k].kind == E2L_NODE_CALL && i < nodes[k].primitive->arity; i++) {
            args[i] = at[nodes[k].arg[i]];
        }
        const char *name = nodes[k].kind == E2L_NODE_NAME ? e2l_expr_name(expr, nodes[k].name) : "";
        at[k] = nodes[k].kind == E2L_NODE_CONST  ? e2l_builder_const(builder, nodes[k].value)
                : nodes[k].kind == E2L_NODE_NAME ? e2l_builder_name(builder, name, strlen(name))
                                                 : e2l_builder_call(builder, nodes[k].primitive, args);
    }
    status = status == E2L_OK ? e2l_builder_finish(builder, at[node], &part) : status;
    status = status == E2L_OK ? e2l_expr_print(part, E2L_STYLE_SHORTEST, &text) : status;
    const char *copy = status == E2L_OK ? e2l_resolver_text(j->r, "%.100s", e2l_text_get(&text)) : "";
    j->r->status = status == E2L_NOMEM ? status : j->r->status;
    e2l_text_clear(&text);
    e2l_expr_destroy(ctx, part);
    e2l_builder_destroy(builder);
    return copy;
}

static void report_clash(judge *j, const e2l_expr *expr, const e2l_dimension_clash *clash, const char *place)
{
    char a[E2L_DIMENSION_BYTES], b[E2L_DIMENSION_BYTES];
    const char *part = part_of(j, expr, clash->node);
    if (clash->alone) {
        e2l_resolver_problem(j->r, "%s: units: in '%s' stands something in %s; %s takes plain numbers", place, part,
                             e2l_dimension_print(a, &clash->a), e2l_expr_nodes(expr)[clash->node].primitive->name);
    } else {
        e2l_resolver_problem(j->r, "%s: units: in '%s' %s meets %s", place, part, e2l_dimension_print(a, &clash->a),
                             e2l_dimension_print(b, &clash->b));
    }
}

/* The unit of a text; j->nodes has those of its parts afterwards. */
static e2l_dimension judge_bound(judge *j, const e2l_bound *bound, const char *place)
{
    if (!bound->expr || !bound->refs) {
        return unknown;
    }
    e2l_dimension_clash clash = {0};
    for (size_t k = 0; k < e2l_expr_n_names(bound->expr); k++) {
        j->names[k] = of_ref(j, &bound->refs[k]);
    }
    const size_t n = e2l_dimension_of(bound->expr, j->names, j->nodes, &clash);
    if (n > 0 && j->reports) {
        report_clash(j, bound->expr, &clash, place);
    }
    return n > 0 ? unknown : j->nodes[e2l_expr_n_nodes(bound->expr) - 1];
}

static void compare(judge *j, const e2l_dimension *have, const e2l_dimension *want, const char *place, const char *what)
{
    char a[E2L_DIMENSION_BYTES], b[E2L_DIMENSION_BYTES];
    if (j->reports && !e2l_dimension_agree(have, want)) {
        e2l_resolver_problem(j->r, "%s: units: the value is in %s, %s in %s", place, e2l_dimension_print(a, have), what,
                             e2l_dimension_print(b, want));
    }
}

/* A text the place of which has a unit. */
static void judge_text(judge *j, const e2l_bound *bound, uint32_t unit, const char *place, const char *what)
{
    const e2l_dimension have = judge_bound(j, bound, place), want = of_number(j, unit);
    compare(j, &have, &want, place, what);
}

/* A unit that was written next to a value, and that of what the value is for. */
static void judge_given(judge *j, const char *text, uint32_t unit, const char *place)
{
    if (text && text[0]) {
        const uint32_t given = e2l_unit_number(j->r, text, E2L_NO_UNIT, false, j->reports ? place : NULL);
        const e2l_dimension have = of_number(j, given), want = of_number(j, unit);
        compare(j, &have, &want, place, "the model has it");
    }
}

/* The model's own values of its parameters, over those before them. */
static void judge_defaults(judge *j, const e2l_model *model, const e2l_model_units *units, const char *where)
{
    for (size_t k = 0; k < model->n_parameters; k++) {
        const e2l_expr *expr = model->parameters[k].value;
        const char *place = e2l_resolver_text(j->r, "%s: parameter '%s'", where, model->parameters[k].name);
        const e2l_dimension want = of_number(j, units->parameters[k]);
        e2l_dimension_clash first = {0};
        for (size_t i = 0; i < e2l_expr_n_names(expr); i++) {
            uint32_t index;
            const char *name = e2l_expr_name(expr, i);
            j->names[i] = e2l_find_item(model->parameters, k, name, &index) ? of_number(j, units->parameters[index])
                          : strcmp(name, "dt") == 0                         ? j->dt
                                                                            : number;
        }
        const size_t n = e2l_dimension_of(expr, j->names, j->nodes, &first);
        if (n > 0 && j->reports) {
            report_clash(j, expr, &first, place);
        } else if (n == 0) {
            compare(j, &j->nodes[e2l_expr_n_nodes(expr) - 1], &want, place, "the parameter");
        }
    }
}

/* ---- slots ------------------------------------------------------------------------------------------------------- */
static void settle_slot(judge *j, uint32_t slot, e2l_dimension found, const char *place)
{
    char a[E2L_DIMENSION_BYTES], b[E2L_DIMENSION_BYTES];
    e2l_dimension *unit = &j->slots[slot];
    if (unit->kind != E2L_DIMENSION_UNIT) {
        *unit = found.kind == E2L_DIMENSION_UNIT ? found : *unit;
    } else if (j->reports && !e2l_dimension_agree(unit, &found)) {
        e2l_resolver_problem(j->r, "%s: units: here the rule of slot '%s' is in %s, elsewhere in %s", place, j->r->out->slots[slot].source->name,
                             e2l_dimension_print(a, &found), e2l_dimension_print(b, unit));
    }
}

/* What the place asks of the slots in a text that should be in `wanted`. */
static void solve_slots(judge *j, const e2l_bound *bound, e2l_dimension wanted, const char *place)
{
    for (uint32_t k = 0; bound->expr && bound->refs && k < e2l_expr_n_names(bound->expr); k++) {
        if (bound->refs[k].kind != E2L_REF_SLOT) {
            continue;
        }
        const e2l_dimension before = j->slots[bound->refs[k].index];
        const bool reports = j->reports;
        j->slots[bound->refs[k].index] = unknown;
        j->reports = false;
        (void)judge_bound(j, bound, place);
        j->slots[bound->refs[k].index] = before;
        j->reports = reports;
        settle_slot(j, bound->refs[k].index, e2l_dimension_solve(bound->expr, j->nodes, k, wanted), place);
    }
}

static void judge_slot(judge *j, uint32_t index, const char *place)
{
    const e2l_bound_slot *slot = &j->r->out->slots[index];
    for (size_t t = 0; slot->terminals && t < slot->source->n_terminals; t++) {
        const e2l_binding *source = &slot->source->terminals[t];
        const char *at = e2l_resolver_text(j->r, "%s: slot '%s': terminal '%s'", place, slot->source->name, source->name);
        j->terminals[index][t] = judge_bound(j, &slot->terminals[t], at);
        if (source->unit && source->unit[0]) {
            const e2l_dimension want = of_number(j, e2l_unit_number(j->r, source->unit, E2L_NO_UNIT, false, j->reports ? at : NULL));
            compare(j, &j->terminals[index][t], &want, at, "it is declared");
        }
    }
}

/* ---- statements -------------------------------------------------------------------------------------------------- */
/* `local`: where the unit of a local is kept, NULL: the target's unit is `want`. */
static void judge_statement(judge *j, const e2l_bound_statement *statement, const char *target, e2l_dimension *local, e2l_dimension want,
                            const char *where)
{
    const char *place = e2l_resolver_text(j->r, "%s: statement '%.120s'", where, statement->text);
    solve_slots(j, &statement->guard, number, place);
    (void)judge_bound(j, &statement->guard, place);
    if (local && local->kind != E2L_DIMENSION_UNKNOWN) {
        want = *local;
    }
    solve_slots(j, &statement->value, want, place);
    const e2l_dimension have = judge_bound(j, &statement->value, place);
    if (local && local->kind == E2L_DIMENSION_UNKNOWN) {
        *local = have;
    } else {
        compare(j, &have, &want, place, e2l_resolver_text(j->r, "'%s'", target));
    }
}

static void judge_population(judge *j, uint32_t p)
{
    const e2l_bound_population *population = &j->r->out->populations[p];
    const e2l_population *source = population->source;
    const e2l_model *model = population->model;
    if (!model || !population->variables || !population->drawn || !population->statements) {
        return;
    }
    const char *place = e2l_resolver_text(j->r, "population '%s' (model '%s')", source->name, model->name);
    uint32_t index;
    judge_defaults(j, model, &population->units, place);
    for (size_t k = 0; k < source->n_parameters; k++) {
        if (e2l_find_item(model->parameters, model->n_parameters, source->parameters[k].name, &index)) {
            judge_given(j, source->parameters[k].unit, population->units.parameters[index],
                        e2l_resolver_text(j->r, "population '%s': parameter '%s'", source->name, source->parameters[k].name));
        }
    }
    for (size_t k = 0; k < source->n_states; k++) {
        if (e2l_find_item(model->states, model->n_states, source->states[k].name, &index)) {
            judge_given(j, source->states[k].unit, population->units.states[index],
                        e2l_resolver_text(j->r, "population '%s': state '%s'", source->name, source->states[k].name));
        }
    }
    for (uint32_t k = 0; k < model->n_parameters; k++) {
        judge_text(j, &population->drawn[k], population->units.parameters[k],
                   e2l_resolver_text(j->r, "%s: parameter '%s'", place, model->parameters[k].name), "the parameter");
    }
    for (uint32_t k = 0; k < model->n_states; k++) {
        judge_text(j, &population->variables[k].initial, population->units.states[k],
                   e2l_resolver_text(j->r, "%s: state '%s'", place, model->states[k].name), "the state");
    }
    for (uint32_t k = 0; k < source->n_slots; k++) {
        judge_slot(j, population->first_slot + k, e2l_resolver_text(j->r, "population '%s'", source->name));
    }
    for (uint32_t k = 0; k < model->n_statements; k++) {
        const e2l_bound_statement *statement = &population->statements[k];
        if (!statement->text || !statement->value.expr) {
            continue;
        }
        const uint32_t v = statement->target.index;
        const bool is_state = population->variables[v].is_state;
        judge_statement(j, statement, population->variables[v].name, is_state ? NULL : &j->variables[p][v], is_state ? of_number(j, population->units.states[v]) : unknown, place);
    }
}

/* The unit of w that makes the effect what the port is. */
static void solve_weights(judge *j, uint32_t p, e2l_dimension port)
{
    const e2l_bound_projection *projection = &j->r->out->projections[p];
    const bool reports = j->reports;
    for (uint32_t k = 0; projection->effect.expr && k < e2l_expr_n_names(projection->effect.expr); k++) {
        if (projection->effect.refs[k].kind != E2L_REF_W || j->w[projection->weights].kind == E2L_DIMENSION_UNIT) {
            continue;
        }
        j->reports = false;
        (void)judge_bound(j, &projection->effect, "");
        j->reports = reports;
        j->w[projection->weights] = e2l_dimension_solve(projection->effect.expr, j->nodes, k, port);
    }
}

static void judge_wiring(judge *j, uint32_t p, const char *where)
{
    const e2l_bound_projection *projection = &j->r->out->projections[p];
    j->x[p] = judge_bound(j, &projection->signal, e2l_resolver_text(j->r, "%s: signal", where));
    if (projection->to == E2L_NO_INDEX || projection->port == E2L_NO_INDEX) {
        return;
    }
    const e2l_dimension port = of_number(j, j->r->out->populations[projection->to].units.ports[projection->port]);
    solve_weights(j, p, port);
    const char *place = e2l_resolver_text(j->r, "%s: effect", where);
    const e2l_dimension effect = judge_bound(j, &projection->effect, place);
    compare(j, &effect, &port, place, e2l_resolver_text(j->r, "port '%s'", projection->source->port));
    (void)judge_bound(j, &projection->connect, e2l_resolver_text(j->r, "%s: connect", where));
    const e2l_dimension w = judge_bound(j, &projection->w, e2l_resolver_text(j->r, "%s: w", where));
    compare(j, &w, &j->w[projection->weights], e2l_resolver_text(j->r, "%s: w", where), "the weights");
    const e2l_dimension delay = judge_bound(j, &projection->delay, e2l_resolver_text(j->r, "%s: delay", where));
    compare(j, &delay, &j->dt, e2l_resolver_text(j->r, "%s: delay", where), "dt");
}

static void judge_projection(judge *j, uint32_t p)
{
    const e2l_bound_projection *projection = &j->r->out->projections[p];
    const char *where = e2l_resolver_text(j->r, "projection '%s'", projection->source->name);
    judge_wiring(j, p, where);
    if (projection->model) {
        judge_defaults(j, projection->model, &projection->units, e2l_resolver_text(j->r, "%s (model '%s')", where, projection->model->name));
        for (size_t k = 0; k < projection->source->n_parameters; k++) {
            uint32_t index;
            const e2l_binding *given = &projection->source->parameters[k];
            if (e2l_find_item(projection->model->parameters, projection->model->n_parameters, given->name, &index)) {
                judge_given(j, given->unit, projection->units.parameters[index],
                            e2l_resolver_text(j->r, "%s: parameter '%s'", where, given->name));
            }
        }
    }
    for (uint32_t k = 0; k < projection->n_states; k++) {
        judge_text(j, &projection->states[k].initial, projection->state_units[k],
                   e2l_resolver_text(j->r, "%s: state '%s'", where, projection->states[k].name), "the state");
    }
    for (uint32_t k = 0; j->r->out->slots && k < projection->n_slots; k++) {
        judge_slot(j, projection->first_slot + k, where);
    }
    const size_t n_model = projection->model ? projection->model->n_statements : 0;
    for (uint32_t k = 0; projection->statements && k < projection->n_statements; k++) {
        const e2l_bound_statement *statement = &projection->statements[k];
        const e2l_ref *target = &statement->target;
        if (!statement->text || !statement->value.expr) {
            continue;
        }
        const e2l_dimension w = k < n_model ? unknown : j->w[projection->weights]; /* a synapse model does not know what it is used for */
        const e2l_dimension saved = j->w[projection->weights];
        j->w[projection->weights] = w;
        const char *name = target->kind == E2L_REF_W               ? "w"
                           : target->kind == E2L_REF_SYNAPSE_STATE ? projection->states[target->index].name
                                                                   : projection->locals[target->index];
        judge_statement(j, statement, name, target->kind == E2L_REF_LOCAL ? &j->locals[p][target->index] : NULL,
                        target->kind == E2L_REF_W               ? w
                        : target->kind == E2L_REF_SYNAPSE_STATE ? of_number(j, projection->state_units[target->index])
                                                                : unknown,
                        where);
        j->w[projection->weights] = saved;
    }
}

static void judge_probes(judge *j)
{
    for (size_t k = 0; j->r->out->probes && k < j->r->experiment->n_probes; k++) {
        const char *place = e2l_resolver_text(j->r, "probe '%s'", j->r->experiment->probes[k].name);
        (void)judge_bound(j, &j->r->out->probes[k].of, place);
        (void)judge_bound(j, &j->r->out->probes[k].when, place);
    }
}

/* ---- all ----------------------------------------------------------------------------------------------------------- */
static bool begin(judge *j, e2l_resolver *r, bool is_plain)
{
    const e2l_experiment *e = r->experiment;
    const e2l_resolved *out = r->out;
    *j = (judge){.r = r, .is_plain = is_plain};
    const uint32_t dt = e2l_unit_number(r, e->dt_unit, E2L_UNKNOWN_UNIT, false, is_plain ? NULL : "dt");
    j->dt = e->dt_unit && strcmp(e->dt_unit, "1") == 0 && !is_plain ? unknown : of_number(j, dt);
    j->variables = e2l_resolver_alloc(r, e->n_populations + 1, sizeof *j->variables);
    j->locals = e2l_resolver_alloc(r, e->n_projections + 1, sizeof *j->locals);
    j->x = e2l_resolver_alloc(r, e->n_projections + 1, sizeof *j->x);
    j->w = e2l_resolver_alloc(r, e->n_projections + 1, sizeof *j->w);
    j->slots = e2l_resolver_alloc(r, out->n_slots + 1, sizeof *j->slots);
    j->terminals = e2l_resolver_alloc(r, out->n_slots + 1, sizeof *j->terminals);
    j->names = e2l_resolver_alloc(r, E2L_EXPR_MAX_NODES, sizeof *j->names);
    j->nodes = e2l_resolver_alloc(r, E2L_EXPR_MAX_NODES, sizeof *j->nodes);
    for (size_t k = 0; r->status == E2L_OK && k < e->n_populations; k++) {
        j->variables[k] = e2l_resolver_alloc(r, out->populations[k].n_variables + 1, sizeof **j->variables);
    }
    for (size_t k = 0; r->status == E2L_OK && k < e->n_projections; k++) {
        j->locals[k] = e2l_resolver_alloc(r, out->projections[k].n_locals + 1, sizeof **j->locals);
    }
    for (size_t k = 0; r->status == E2L_OK && k < out->n_slots; k++) {
        j->terminals[k] = e2l_resolver_alloc(r, out->slots[k].source ? out->slots[k].source->n_terminals + 1 : 1, sizeof **j->terminals);
    }
    return r->status == E2L_OK;
}

static void go_through(judge *j, bool reports)
{
    j->reports = reports;
    for (uint32_t p = 0; p < j->r->experiment->n_populations && j->r->status == E2L_OK; p++) {
        judge_population(j, p);
    }
    for (uint32_t p = 0; p < j->r->experiment->n_projections && j->r->status == E2L_OK; p++) {
        judge_projection(j, p);
    }
    judge_probes(j);
}

/* As text, in the resolved experiment's memory; a plain number is "1". */
static const char *say(judge *j, const e2l_dimension *unit)
{
    char text[E2L_DIMENSION_BYTES];
    return unit->kind == E2L_DIMENSION_NUMBER ? "1" : e2l_resolver_text(j->r, "%s", e2l_dimension_print(text, unit));
}

static void say_slots(judge *j)
{
    for (size_t k = 0; k < j->r->out->n_slots && j->r->status == E2L_OK; k++) {
        e2l_bound_slot *slot = &j->r->out->slots[k];
        const size_t n = slot->source ? slot->source->n_terminals : 0;
        if (!slot->terminal_units) {
            slot->terminal_units = e2l_resolver_alloc(j->r, n + 1, sizeof *slot->terminal_units);
        }
        slot->unit = slot->unit && slot->unit[0] ? slot->unit : say(j, &j->slots[k]);
        for (size_t t = 0; slot->terminal_units && t < n; t++) {
            const char *before = slot->terminal_units[t];
            slot->terminal_units[t] = before && before[0] ? before : say(j, &j->terminals[k][t]);
        }
    }
}

void e2l_resolve_units(e2l_resolver *r)
{
    judge j;
    if (!r->out->populations || !r->out->projections || !r->out->slots) {
        return;
    }
    for (int pass = 0; pass < 2; pass++) { /* to judge, then what is left to show */
        if (!begin(&j, r, pass == 1)) {
            return;
        }
        for (int k = 0; k < ROUNDS; k++) {
            go_through(&j, false);
        }
        if (pass == 0) {
            go_through(&j, true);
        }
        say_slots(&j);
    }
}
