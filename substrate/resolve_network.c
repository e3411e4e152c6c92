/* resolve_network.c: what an experiment declares: names, numbers, arrays, populations with their models. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "substrate/resolve_impl.h"

enum { PLACE_BYTES = 160, MAX_NAME = 64 };
static const uint64_t element_limit = UINT64_C(1) << 40; /* elements of anything */

/* Names with a meaning of their own: the present ones and those of the vocabulary to come. */
static const char *const reserved[] = {"dt", "t", "step", "eta", "x", "w", "pre", "post",
                                       "i", "normal", "uniform", "when", "inf", "nan"};

static bool is_reserved(const char *name)
{
    for (size_t k = 0; k < sizeof reserved / sizeof *reserved; k++) {
        if (strcmp(reserved[k], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    return n > 0 && n <= MAX_NAME && name[n] == '\0' && !(name[0] >= '0' && name[0] <= '9');
}

/* ---- one name for one thing ---- */

typedef struct declared {
    const char *kind, *name;
} declared;

typedef struct name_list {
    declared *at;
    size_t n;
} name_list;

static void declare(e2l_resolver *r, name_list *list, const char *kind, const char *name)
{
    if (!name || !is_name(name)) {
        e2l_resolver_problem(r, "%s '%.80s': not a name (letters, digits, _; at most %d)", kind,
                             name ? name : "", MAX_NAME);
        r->is_hopeless = r->is_hopeless || !name;
        return;
    }
    if (is_reserved(name) && strcmp(kind, "probe") != 0) { /* expressions do not name probes */
        e2l_resolver_problem(r, "%s '%s': the name is reserved", kind, name);
    }
    if (e2l_primitive_find(name)) {
        e2l_resolver_problem(r, "%s '%s': the name is that of a primitive", kind, name);
    }
    for (size_t k = 0; k < list->n; k++) {
        if (strcmp(list->at[k].name, name) == 0) {
            e2l_resolver_problem(r, "%s '%s': the name is already that of a %s", kind, name,
                                 list->at[k].kind);
        }
    }
    list->at[list->n++] = (declared){kind, name};
}

static size_t count_spans(const e2l_span *spans, size_t n)
{
    size_t total = n;
    for (size_t k = 0; k < n; k++) {
        total += count_spans(spans[k].children, spans[k].n_children);
    }
    return total;
}

static void declare_spans(e2l_resolver *r, name_list *list, const e2l_span *spans, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        declare(r, list, "span", spans[k].name);
        declare_spans(r, list, spans[k].children, spans[k].n_children);
    }
}

static void declare_slots(e2l_resolver *r, name_list *list, const e2l_slot *slots, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        declare(r, list, "slot", slots[k].name);
    }
}

static size_t count_slots(const e2l_experiment *experiment)
{
    return e2l_experiment_slots(experiment, NULL, 0);
}

static void check_names(e2l_resolver *r)
{
    const e2l_experiment *e = r->experiment;
    size_t n = e->n_parameters + e->n_arrays + e->n_populations + e->n_projections + e->n_worlds +
               count_spans(e->spans, e->n_spans) + e->n_probes + count_slots(e);
    name_list list = {.at = e2l_resolver_alloc(r, n, sizeof *list.at)};
    name_list probes = {.at = e2l_resolver_alloc(r, e->n_probes, sizeof *probes.at)};
    if (!list.at || !probes.at) {
        return;
    }
    for (size_t k = 0; k < e->n_parameters; k++) {
        declare(r, &list, "parameter", e->parameters[k].name);
    }
    for (size_t k = 0; k < e->n_arrays; k++) {
        declare(r, &list, "array", e->arrays[k].name);
    }
    for (size_t k = 0; k < e->n_populations; k++) {
        declare(r, &list, "population", e->populations[k].name);
    }
    for (size_t k = 0; k < e->n_projections; k++) {
        declare(r, &list, "projection", e->projections[k].name);
    }
    for (size_t k = 0; k < e->n_worlds; k++) {
        declare(r, &list, "environment", e->worlds[k].name);
    }
    declare_spans(r, &list, e->spans, e->n_spans);
    for (size_t k = 0; k < e->n_populations; k++) {
        declare_slots(r, &list, e->populations[k].slots, e->populations[k].n_slots);
    }
    for (size_t k = 0; k < e->n_projections; k++) {
        declare_slots(r, &list, e->projections[k].slots, e->projections[k].n_slots);
    }
    for (size_t k = 0; k < e->n_probes; k++) {
        declare(r, &probes, "probe", e->probes[k].name); /* nothing refers to probes */
    }
}

/* ---- numbers, arrays, spans ---- */

static void resolve_parameters(e2l_resolver *r)
{
    const e2l_experiment *e = r->experiment;
    e2l_names names = {0};
    double *values = e2l_resolver_alloc(r, e->n_parameters, sizeof *values);
    e2l_names_add(r, &names, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = e->dt});
    for (size_t k = 0; values && k < e->n_parameters; k++) {
        e2l_bound bound;
        const char *place = e2l_resolver_text(r, "parameter '%s'", e->parameters[k].name);
        if (e2l_names_read(r, &names, &bound, e->parameters[k].expr, 0, place)) {
            values[k] = e2l_bound_value(r, &bound);
        }
        e2l_names_add(r, &names, e->parameters[k].name,
                      (e2l_ref){.kind = E2L_REF_NUMBER, .value = values[k],
                                .unit = e2l_unit_number(r, e->parameters[k].unit, E2L_UNKNOWN_UNIT, false, place)});
    }
    r->out->parameters = values;
}

static void check_arrays(e2l_resolver *r)
{
    r->out->arrays = e2l_resolver_alloc(r, r->experiment->n_arrays, sizeof *r->out->arrays);
    for (size_t k = 0; k < r->experiment->n_arrays; k++) {
        const e2l_array *array = &r->experiment->arrays[k];
        if ((array->size == 0 && !r->experiment->problems) || array->size > element_limit) {
            e2l_resolver_problem(r, "array '%s': size %llu is out of range 1..%llu", array->name,
                                 (unsigned long long)array->size, (unsigned long long)element_limit);
        }
        if (((array->kind >= E2L_ARRAY_ROWS) != (array->n_rows > 0) && !r->experiment->problems) || array->n_rows > element_limit) {
            e2l_resolver_problem(r, "array '%s': %llu rows; one of rows, events or edges has 1..%llu, others none", array->name,
                                 (unsigned long long)array->n_rows, (unsigned long long)element_limit);
        }
        if (array->kind == E2L_ARRAY_EDGES && array->size != 2 && array->size != 3) {
            e2l_resolver_problem(r, "array '%s': size %llu; an edge is source, target (2) or source, target, value (3)", array->name,
                                 (unsigned long long)array->size);
        }
    }
}

/* ---- populations ---- */

bool e2l_find_item(const e2l_model_item *items, size_t n, const char *name, uint32_t *out)
{
    for (uint32_t k = 0; k < n; k++) {
        if (name && strcmp(items[k].name, name) == 0) {
            *out = k;
            return true;
        }
    }
    return false;
}

/* "; did you mean .." for an item of a model. */
const char *e2l_near_item(e2l_resolver *r, char buffer[160], const char *name,
                             const e2l_model_item *items, size_t n)
{
    enum { FEW = 8 };
    const char **names = e2l_resolver_alloc(r, n, sizeof *names);
    buffer[0] = '\0';
    for (size_t k = 0; names && k < n; k++) {
        names[k] = items[k].name;
    }
    if (names && name) {
        (void)e2l_did_you_mean(buffer, PLACE_BYTES, name, names, n);
    }
    for (size_t k = 0; names && !(name && strstr(buffer, "did you")) && n <= FEW && k < n; k++) { /* nothing is near: all there are */
        const size_t used = strlen(buffer);
        (void)snprintf(buffer + used, PLACE_BYTES - used, "%s%s", k == 0 ? "; there is " : ", ", names[k]);
    }
    return buffer;
}

/* Where a model's own expression stands, for messages. */
static const char *model_place(e2l_resolver *r, const e2l_bound_population *population, const char *item)
{
    return e2l_resolver_text(r, "population '%s' (model '%s'): %s", population->source->name,
                             population->model->name, item);
}

/* What may stand in what is drawn once per case: numbers, i, noise; arrays too where the experiment itself says it. */
static void add_drawn_names(e2l_resolver *r, e2l_names *names, uint32_t population)
{
    e2l_names_add(r, names, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = r->experiment->dt});
    e2l_names_add(r, names, "i", (e2l_ref){.kind = E2L_REF_INDEX, .place = E2L_AT_SELF, .owner = population});
    e2l_names_noise(r, names);
}

static const char *population_site(e2l_resolver *r, const e2l_bound_population *population, const char *what, const char *name)
{
    return e2l_resolver_text(r, "population/%s/%s/%s", population->source->name ? population->source->name : "", what, name);
}

/* One value for all, or one per neuron. */
static void keep_parameter(e2l_resolver *r, e2l_bound_population *population, uint32_t index, e2l_bound *bound)
{
    if (e2l_bound_is_number(bound)) {
        population->parameters[index] = e2l_bound_value(r, bound);
    } else {
        e2l_bound_draws_at(bound, E2L_AT_SELF,
                           population_site(r, population, "parameter", population->model->parameters[index].name));
        population->drawn[index] = *bound;
    }
}

/* Each override names a parameter of the model, once: given[k] is that of parameter k. */
static void find_overrides(e2l_resolver *r, const e2l_bound_population *population, const e2l_binding **given)
{
    const e2l_population *source = population->source;
    const e2l_model *model = population->model;
    char near[PLACE_BYTES];
    uint32_t index;
    for (size_t k = 0; k < source->n_parameters; k++) {
        const char *name = source->parameters[k].name ? source->parameters[k].name : "";
        if (!e2l_find_item(model->parameters, model->n_parameters, name, &index)) {
            e2l_resolver_problem(r, "population '%s': parameter '%s' unknown in model '%s'%s", source->name, name, model->name,
                                 e2l_near_item(r, near, name, model->parameters, model->n_parameters));
        } else if (given[index]) {
            e2l_resolver_problem(r, "population '%s': parameter '%s' is given twice", source->name, name);
        } else {
            given[index] = &source->parameters[k];
        }
    }
}

static void add_parameter_name(e2l_resolver *r, e2l_names *names, const e2l_bound_population *population, uint32_t own, uint32_t k)
{
    e2l_ref ref = {.kind = E2L_REF_NUMBER, .value = population->parameters[k], .unit = population->units.parameters[k]};
    if (population->drawn[k].expr) {
        ref = (e2l_ref){.kind = E2L_REF_PARAMETER, .place = E2L_AT_SELF, .owner = own, .index = k};
    }
    e2l_names_add(r, names, population->model->parameters[k].name, ref);
}

static bool read_override(e2l_resolver *r, const e2l_bound_population *population, const e2l_names *own, const e2l_binding *given,
                          e2l_bound *out)
{
    const e2l_population *source = population->source;
    e2l_names names = {0};
    e2l_names_join(r, &names, own);
    e2l_names_arrays(r, &names, E2L_AT_SELF);
    e2l_names_numbers(r, &names);
    return e2l_names_read(r, &names, out, given->expr, source->size,
                          e2l_resolver_text(r, "population '%s': parameter '%s'", source->name, given->name));
}

/* In the model's order, each over those before it; what the experiment gives may name its numbers and arrays besides. */
static void resolve_values(e2l_resolver *r, e2l_bound_population *population, uint32_t own, e2l_names *names,
                           const e2l_binding *const *given)
{
    const e2l_model *model = population->model;
    for (uint32_t k = 0; k < model->n_parameters && r->status == E2L_OK; k++) {
        const e2l_model_item *item = &model->parameters[k];
        e2l_bound bound;
        const bool ok = given[k] ? read_override(r, population, names, given[k], &bound)
                                 : e2l_names_bind(r, names, &bound, item->value, 0, model_place(r, population, item->name));
        if (ok) {
            keep_parameter(r, population, k, &bound);
        }
        add_parameter_name(r, names, population, own, k);
    }
}

static void resolve_initial(e2l_resolver *r, e2l_bound_population *population, const e2l_names *names, const e2l_names *given_names,
                            size_t k)
{
    const e2l_population *source = population->source;
    const e2l_model_item *item = &population->model->states[k];
    e2l_variable *variable = &population->variables[k];
    const e2l_binding *given = NULL;
    *variable = (e2l_variable){.name = item->name, .is_state = true};
    for (size_t i = 0; i < source->n_states; i++) {
        given = source->states[i].name && strcmp(source->states[i].name, item->name) == 0 ? &source->states[i] : given;
    }
    if (given) {
        const char *place = e2l_resolver_text(r, "population '%s': state '%s'", source->name, item->name);
        (void)e2l_names_read(r, given_names, &variable->initial, given->expr, source->size, place);
    } else {
        (void)e2l_names_bind(r, names, &variable->initial, item->value, 0, model_place(r, population, item->name));
    }
    e2l_bound_draws_at(&variable->initial, E2L_AT_SELF, population_site(r, population, "state", item->name));
}

static void check_state_overrides(e2l_resolver *r, const e2l_bound_population *population)
{
    const e2l_model *model = population->model;
    char near[PLACE_BYTES];
    uint32_t index;
    for (size_t k = 0; k < population->source->n_states; k++) {
        const char *name = population->source->states[k].name ? population->source->states[k].name : "";
        if (!e2l_find_item(model->states, model->n_states, name, &index)) {
            e2l_resolver_problem(r, "population '%s': state '%s' unknown in model '%s'%s", population->source->name, name, model->name,
                                 e2l_near_item(r, near, name, model->states, model->n_states));
        }
        for (size_t i = 0; i < k; i++) {
            if (population->source->states[i].name && strcmp(population->source->states[i].name, name) == 0) {
                e2l_resolver_problem(r, "population '%s': state '%s' is given twice", population->source->name, name);
            }
        }
    }
}

static void resolve_model_numbers(e2l_resolver *r, e2l_bound_population *population, uint32_t own)
{
    const e2l_model *model = population->model;
    e2l_names names = {0}, given_names = {0};
    population->parameters = e2l_resolver_alloc(r, model->n_parameters, sizeof *population->parameters);
    population->drawn = e2l_resolver_alloc(r, model->n_parameters, sizeof *population->drawn);
    const e2l_binding **given = e2l_resolver_alloc(r, model->n_parameters, sizeof *given);
    if (!population->parameters || !population->drawn || !given) {
        return;
    }
    find_overrides(r, population, given);
    add_drawn_names(r, &names, own);
    resolve_values(r, population, own, &names, given);
    e2l_names_join(r, &given_names, &names);
    e2l_names_arrays(r, &given_names, E2L_AT_SELF);
    e2l_names_numbers(r, &given_names);
    check_state_overrides(r, population);
    for (size_t k = 0; k < model->n_states; k++) {
        resolve_initial(r, population, &names, &given_names, k);
    }
}

static void check_reserved(e2l_resolver *r, const e2l_bound_population *population, const char *name)
{
    if (is_reserved(name) || e2l_primitive_find(name)) {
        e2l_resolver_problem(r, "%s: the name is %s", model_place(r, population, name),
                             is_reserved(name) ? "reserved" : "that of a primitive");
    }
}

/* Names written by statements that are no states are locals of the step. */
static void find_locals(e2l_resolver *r, e2l_bound_population *population)
{
    const e2l_model *model = population->model;
    population->n_variables = (uint32_t)model->n_states;
    for (size_t k = 0; k < model->n_statements; k++) {
        const char *target = model->statements[k].target;
        bool is_known = false;
        for (uint32_t i = 0; i < population->n_variables && !is_known; i++) {
            is_known = strcmp(population->variables[i].name, target) == 0;
        }
        if (!is_known) {
            population->variables[population->n_variables++] = (e2l_variable){.name = target};
        }
    }
    for (uint32_t k = 0; k < population->n_variables; k++) {
        check_reserved(r, population, population->variables[k].name);
    }
    for (size_t k = 0; k < model->n_parameters; k++) {
        check_reserved(r, population, model->parameters[k].name);
    }
}

/* Which row is read at a step follows from the schedule, so every row is looked at before the run as far as it is short. */
static void check_rows(e2l_resolver *r, const e2l_bound_port *port, const char *place)
{
    const uint64_t n = r->experiment->arrays[port->array].n_rows, countable = UINT64_C(1) << 24;
    for (uint64_t step = 0; step < r->out->n_steps && step < countable && n > 0 && !r->is_timeless; step++) {
        const double row = e2l_bound_at_step(r->out, &port->row, step);
        if (!(row >= 0) || row >= (double)n) {
            e2l_resolver_problem(r, "%s: row %.10g at step %llu is out of range 0..%llu", place, row, (unsigned long long)step,
                                 (unsigned long long)(n - 1));
            return;
        }
    }
}

static void resolve_row(e2l_resolver *r, const e2l_bound_population *population, const e2l_input *input, e2l_bound_port *port)
{
    const bool by_events = r->experiment->arrays[port->array].kind == E2L_ARRAY_EVENTS;
    const bool by_rows = by_events || r->experiment->arrays[port->array].kind == E2L_ARRAY_ROWS;
    const char *row = by_events && !input->row ? "step" : input->row;
    const char *place = e2l_resolver_text(r, "population '%s': input '%s': row", population->source->name, input->port);
    if (by_rows != (row != NULL)) {
        e2l_resolver_problem(r, "%s: %s", place,
                             by_rows ? "which row of the array is read must be said" : "the array has a row per step; none can be chosen");
        return;
    }
    e2l_names names = {0};
    e2l_names_schedule(r, &names);
    e2l_names_numbers(r, &names);
    if (by_rows && e2l_names_read(r, &names, &port->row, row, 0, place) && e2l_resolver_schedule(r, &port->row) && !by_events) {
        check_rows(r, port, place);
    }
}

/* WORLD.ITEM as input. */
static void resolve_shown(e2l_resolver *r, const e2l_bound_population *population, const e2l_input *input, e2l_bound_port *port)
{
    uint32_t world = 0, item = 0;
    bool is_world;
    const char *place = e2l_resolver_text(r, "population '%s': input '%s'", population->source->name, input->port);
    if (!e2l_find_shown(r, input->array, &world, &item, &is_world)) {
        const e2l_environment *record = is_world ? r->out->worlds[world].record : NULL;
        if (!is_world || record) { /* else said already */
            e2l_resolver_problem(r, is_world ? "%s: '%.64s': the environment shows no such thing" : "%s: '%.64s' is no array and nothing an environment shows",
                                 place, input->array);
        }
    } else if (input->row) {
        e2l_resolver_problem(r, "%s: '%.64s': what an environment shows has no rows", place, input->array);
    } else if (r->out->worlds[world].shown_size[item] != population->source->size) {
        e2l_resolver_problem(r, "%s: '%.64s' has %llu elements, the population %llu", place, input->array,
                             (unsigned long long)r->out->worlds[world].shown_size[item], (unsigned long long)population->source->size);
    } else if (port->array != E2L_NO_INDEX || port->world != E2L_NO_INDEX) {
        e2l_resolver_problem(r, "%s: the port has two inputs", place);
    } else {
        port->world = world;
        port->shown = item;
    }
}

static void resolve_inputs(e2l_resolver *r, e2l_bound_population *population)
{
    const e2l_population *source = population->source;
    const e2l_model *model = population->model;
    const e2l_experiment *e = r->experiment;
    const char **names = e2l_resolver_alloc(r, e->n_arrays, sizeof *names);
    char near[PLACE_BYTES];
    for (size_t k = 0; names && k < source->n_inputs; k++) {
        const e2l_input *input = &source->inputs[k];
        const char *array = input->array ? input->array : "";
        uint32_t port, found = E2L_NO_INDEX;
        if (strchr(array, '.') && e2l_find_item(model->ports, model->n_ports, input->port, &port)) {
            resolve_shown(r, population, input, &population->ports[port]);
            continue;
        }
        for (uint32_t i = 0; i < e->n_arrays; i++) {
            names[i] = e->arrays[i].name ? e->arrays[i].name : "";
            found = strcmp(names[i], array) == 0 ? i : found;
        }
        if (!e2l_find_item(model->ports, model->n_ports, input->port, &port)) {
            e2l_resolver_problem(r, "population '%s': port '%s' unknown in model '%s'%s", source->name,
                                 input->port ? input->port : "", model->name,
                                 e2l_near_item(r, near, input->port, model->ports, model->n_ports));
        } else if (found == E2L_NO_INDEX) {
            e2l_resolver_problem(r, "population '%s': array '%s' unknown%s", source->name, array,
                                 e2l_did_you_mean(near, sizeof near, array, names, e->n_arrays));
        } else if (e->arrays[found].kind == E2L_ARRAY_STATIC || e->arrays[found].kind == E2L_ARRAY_EDGES ||
                   e->arrays[found].size != source->size) {
            e2l_resolver_problem(r, "population '%s': array '%s' must have a row of %llu per step, it has %llu%s",
                                 source->name, array, (unsigned long long)source->size,
                                 (unsigned long long)e->arrays[found].size,
                                 e->arrays[found].kind == E2L_ARRAY_STATIC  ? " and is static"
                                 : e->arrays[found].kind == E2L_ARRAY_EDGES ? " and is a list of edges"
                                                                            : "");
        } else if (population->ports[port].array != E2L_NO_INDEX || population->ports[port].world != E2L_NO_INDEX) {
            e2l_resolver_problem(r, "population '%s': port '%s' has two input arrays", source->name,
                                 input->port);
        } else {
            population->ports[port].array = found;
            resolve_row(r, population, input, &population->ports[port]);
        }
    }
}

static void resolve_ports(e2l_resolver *r, e2l_bound_population *population)
{
    const e2l_model *model = population->model;
    population->ports = e2l_resolver_alloc(r, model->n_ports, sizeof *population->ports);
    for (size_t k = 0; population->ports && k < model->n_ports; k++) {
        e2l_bound_port *port = &population->ports[k];
        port->name = model->ports[k].name;
        port->array = port->world = port->shown = E2L_NO_INDEX;
        port->projections =
            e2l_resolver_alloc(r, r->experiment->n_projections, sizeof *port->projections);
    }
    if (r->status == E2L_OK) {
        resolve_inputs(r, population);
    }
}

static void resolve_population(e2l_resolver *r, uint32_t index)
{
    e2l_bound_population *population = &r->out->populations[index];
    const e2l_population *source = &r->experiment->populations[index];
    population->source = source;
    if ((source->size == 0 && !r->experiment->problems) || source->size > element_limit) {
        e2l_resolver_problem(r, "population '%s': size %llu is out of range 1..%llu", source->name,
                             (unsigned long long)source->size, (unsigned long long)element_limit);
    }
    const char *place = e2l_resolver_text(r, "population '%s'", source->name);
    if (!source->model) {
        e2l_resolver_missing(r, e2l_resolver_text(r, "%s: model", place));
        return;
    }
    e2l_status status = e2l_model_load(r->ctx, &population->model, source->model);
    if (!e2l_resolver_take(r, status, place)) {
        return;
    }
    const e2l_model *model = population->model;
    if (model->is_synapse) {
        e2l_resolver_problem(r, "%s: model '%s' is one of synapses", place, model->name);
    }
    population->units = e2l_model_units_of(r, model, e2l_resolver_text(r, "%s (model '%s')", place, model->name));
    size_t most = model->n_states + model->n_statements;
    population->variables = e2l_resolver_alloc(r, most, sizeof *population->variables);
    if (population->variables && r->status == E2L_OK) {
        resolve_model_numbers(r, population, index);
    }
    if (r->status != E2L_NOMEM && population->variables) { /* else states have no names yet */
        find_locals(r, population);
        resolve_ports(r, population);
    }
}

void e2l_resolve_declarations(e2l_resolver *r)
{
    const e2l_experiment *e = r->experiment;
    if (!(e->dt > 0) || !isfinite(e->dt)) {
        e2l_resolver_problem(r, "dt: %.10g is out of range, expected a number above 0", e->dt);
        r->is_hopeless = true;
    }
    check_names(r);
    if (r->is_hopeless || r->status != E2L_OK) {
        return;
    }
    resolve_parameters(r);
    check_arrays(r);
    e2l_resolve_spans(r);
    if (r->is_hopeless || r->status != E2L_OK) {
        return;
    }
    e2l_declare_worlds(r);
    r->out->populations = e2l_resolver_alloc(r, e->n_populations, sizeof *r->out->populations);
    if (e->n_populations == 0) {
        e2l_resolver_problem(r, "the experiment has no populations");
    }
    for (uint32_t k = 0; r->status == E2L_OK && k < e->n_populations; k++) {
        resolve_population(r, k);
    }
    if (r->status == E2L_OK) {
        e2l_resolve_projections(r);
    }
}
