/* resolve_network.c: what an experiment declares: names, numbers, arrays, spans, populations with their models, projections. */
#include <math.h>
#include <string.h>

#include "substrate/resolve_impl.h"

enum { PLACE_BYTES = 160, MAX_NAME = 64 };
static const uint64_t element_limit = UINT64_C(1) << 40; /* elements of anything */
static const uint64_t step_limit = UINT64_C(1) << 53;

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
    if (is_reserved(name)) {
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

static size_t count_slots(const e2l_experiment *experiment)
{
    return e2l_experiment_slots(experiment, NULL, 0);
}

static void check_names(e2l_resolver *r)
{
    const e2l_experiment *e = r->experiment;
    size_t n = e->n_parameters + e->n_arrays + e->n_populations + e->n_projections + e->n_spans +
               e->n_probes + count_slots(e);
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
    for (size_t k = 0; k < e->n_spans; k++) {
        declare(r, &list, "span", e->spans[k].name);
    }
    for (size_t k = 0; k < e->n_projections; k++) {
        for (size_t i = 0; i < e->projections[k].n_slots; i++) {
            declare(r, &list, "slot", e->projections[k].slots[i].name);
        }
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
                      (e2l_ref){.kind = E2L_REF_NUMBER, .value = values[k]});
    }
    r->out->parameters = values;
}

static void check_arrays(e2l_resolver *r)
{
    for (size_t k = 0; k < r->experiment->n_arrays; k++) {
        const e2l_array *array = &r->experiment->arrays[k];
        if (array->size == 0 || array->size > element_limit) {
            e2l_resolver_problem(r, "array '%s': size %llu is out of range 1..%llu", array->name,
                                 (unsigned long long)array->size, (unsigned long long)element_limit);
        }
    }
}

static void resolve_spans(e2l_resolver *r)
{
    const e2l_experiment *e = r->experiment;
    r->out->spans = e2l_resolver_alloc(r, e->n_spans, sizeof *r->out->spans);
    uint64_t first = 0;
    for (size_t k = 0; r->out->spans && k < e->n_spans; k++) {
        uint64_t steps = e->spans[k].steps;
        if (steps == 0 || steps > step_limit - first) {
            e2l_resolver_problem(r, "span '%s': %llu steps is out of range 1..%llu", e->spans[k].name,
                                 (unsigned long long)steps, (unsigned long long)(step_limit - first));
            steps = 0;
        }
        r->out->spans[k] = (e2l_bound_span){.first = first, .n = steps};
        first += steps;
    }
    r->out->n_steps = first;
    if (e->n_spans == 0) {
        e2l_resolver_problem(r, "the experiment has no spans: nothing to run");
    }
}

/* ---- populations ---- */

static bool find_item(const e2l_model_item *items, size_t n, const char *name, uint32_t *out)
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
static const char *near_item(e2l_resolver *r, char buffer[PLACE_BYTES], const char *name,
                             const e2l_model_item *items, size_t n)
{
    const char **names = e2l_resolver_alloc(r, n, sizeof *names);
    buffer[0] = '\0';
    for (size_t k = 0; names && k < n; k++) {
        names[k] = items[k].name;
    }
    return names && name ? e2l_did_you_mean(buffer, PLACE_BYTES, name, names, n) : buffer;
}

/* Where a model's own expression stands, for messages. */
static const char *model_place(e2l_resolver *r, const e2l_bound_population *population, const char *item)
{
    return e2l_resolver_text(r, "population '%s' (model '%s'): %s", population->source->name,
                             population->model->name, item);
}

/* Overrides first: they see experiment parameters; defaults see the model's parameters before them. */
static void resolve_overrides(e2l_resolver *r, e2l_bound_population *population, bool *is_given)
{
    const e2l_population *source = population->source;
    const e2l_model *model = population->model;
    e2l_names names = {0};
    char near[PLACE_BYTES];
    e2l_names_add(r, &names, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = r->experiment->dt});
    for (size_t k = 0; k < r->experiment->n_parameters; k++) {
        e2l_names_add(r, &names, r->experiment->parameters[k].name,
                      (e2l_ref){.kind = E2L_REF_NUMBER, .value = r->out->parameters[k]});
    }
    for (size_t k = 0; k < source->n_parameters && r->status == E2L_OK; k++) {
        const e2l_binding *given = &source->parameters[k];
        const char *name = given->name ? given->name : "";
        const char *place = e2l_resolver_text(r, "population '%s': parameter '%s'", source->name, name);
        uint32_t index;
        e2l_bound bound;
        if (!find_item(model->parameters, model->n_parameters, name, &index)) {
            e2l_resolver_problem(r, "%s unknown in model '%s'%s", place, model->name,
                                 near_item(r, near, name, model->parameters, model->n_parameters));
        } else if (is_given[index]) {
            e2l_resolver_problem(r, "%s is given twice", place);
        } else if (e2l_names_read(r, &names, &bound, given->expr, 0, place)) {
            population->parameters[index] = e2l_bound_value(r, &bound);
            is_given[index] = true;
        }
    }
}

static void resolve_model_numbers(e2l_resolver *r, e2l_bound_population *population)
{
    const e2l_model *model = population->model;
    e2l_names names = {0};
    population->parameters =
        e2l_resolver_alloc(r, model->n_parameters, sizeof *population->parameters);
    bool *is_given = e2l_resolver_alloc(r, model->n_parameters, sizeof *is_given);
    if (!population->parameters || !is_given) {
        return;
    }
    resolve_overrides(r, population, is_given);
    e2l_names_add(r, &names, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = r->experiment->dt});
    for (size_t k = 0; k < model->n_parameters; k++) {
        const e2l_model_item *item = &model->parameters[k];
        e2l_bound bound;
        if (!is_given[k] &&
            e2l_names_bind(r, &names, &bound, item->value, 0, model_place(r, population, item->name))) {
            population->parameters[k] = e2l_bound_value(r, &bound);
        }
        e2l_names_add(r, &names, item->name,
                      (e2l_ref){.kind = E2L_REF_NUMBER, .value = population->parameters[k]});
    }
    for (size_t k = 0; k < model->n_states; k++) {
        const e2l_model_item *item = &model->states[k];
        e2l_bound bound;
        population->variables[k] = (e2l_variable){.name = item->name, .is_state = true};
        if (e2l_names_bind(r, &names, &bound, item->value, 0, model_place(r, population, item->name))) {
            population->variables[k].initial = e2l_bound_value(r, &bound);
        }
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
        const char *name = population->variables[k].name;
        if (is_reserved(name) || e2l_primitive_find(name)) {
            e2l_resolver_problem(r, "%s: the name is reserved", model_place(r, population, name));
        }
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
        for (uint32_t i = 0; i < e->n_arrays; i++) {
            names[i] = e->arrays[i].name ? e->arrays[i].name : "";
            found = strcmp(names[i], array) == 0 ? i : found;
        }
        if (!find_item(model->ports, model->n_ports, input->port, &port)) {
            e2l_resolver_problem(r, "population '%s': port '%s' unknown in model '%s'%s", source->name,
                                 input->port ? input->port : "", model->name,
                                 near_item(r, near, input->port, model->ports, model->n_ports));
        } else if (found == E2L_NO_INDEX) {
            e2l_resolver_problem(r, "population '%s': array '%s' unknown%s", source->name, array,
                                 e2l_did_you_mean(near, sizeof near, array, names, e->n_arrays));
        } else if (e->arrays[found].kind != E2L_ARRAY_BY_STEP || e->arrays[found].size != source->size) {
            e2l_resolver_problem(r, "population '%s': array '%s' must have a row of %llu per step, it has %llu%s",
                                 source->name, array, (unsigned long long)source->size,
                                 (unsigned long long)e->arrays[found].size,
                                 e->arrays[found].kind == E2L_ARRAY_STATIC ? " and is static" : "");
        } else if (population->ports[port].array != E2L_NO_INDEX) {
            e2l_resolver_problem(r, "population '%s': port '%s' has two input arrays", source->name,
                                 input->port);
        } else {
            population->ports[port].array = found;
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
        port->array = E2L_NO_INDEX;
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
    if (source->size == 0 || source->size > element_limit) {
        e2l_resolver_problem(r, "population '%s': size %llu is out of range 1..%llu", source->name,
                             (unsigned long long)source->size, (unsigned long long)element_limit);
    }
    const char *place = e2l_resolver_text(r, "population '%s'", source->name);
    e2l_status status = e2l_model_load(r->ctx, &population->model, source->model ? source->model : "");
    if (!e2l_resolver_take(r, status, place)) {
        return;
    }
    const e2l_model *model = population->model;
    size_t most = model->n_states + model->n_statements;
    population->variables = e2l_resolver_alloc(r, most, sizeof *population->variables);
    if (population->variables) {
        resolve_model_numbers(r, population);
    }
    if (r->status != E2L_NOMEM && population->variables) { /* else states have no names yet */
        find_locals(r, population);
        resolve_ports(r, population);
    }
}

/* ---- projections ---- */

static uint32_t find_population(e2l_resolver *r, const char *name, const char *projection)
{
    const e2l_experiment *e = r->experiment;
    const char **names = e2l_resolver_alloc(r, e->n_populations, sizeof *names);
    char near[PLACE_BYTES];
    for (uint32_t k = 0; names && k < e->n_populations; k++) {
        names[k] = e->populations[k].name ? e->populations[k].name : "";
        if (name && strcmp(names[k], name) == 0) {
            return k;
        }
    }
    name = name ? name : "";
    if (names) {
        e2l_resolver_problem(r, "projection '%s': population '%s' unknown%s", projection, name,
                             e2l_did_you_mean(near, sizeof near, name, names, e->n_populations));
    }
    return E2L_NO_INDEX;
}

static void resolve_target(e2l_resolver *r, e2l_bound_projection *projection, uint32_t index)
{
    e2l_bound_population *to = &r->out->populations[projection->to];
    const e2l_projection *source = projection->source;
    char near[PLACE_BYTES];
    if (!to->model || !to->ports) {
        return;
    }
    if (!find_item(to->model->ports, to->model->n_ports, source->port, &projection->port)) {
        e2l_resolver_problem(r, "projection '%s': port '%s' unknown in model '%s' of population '%s'%s",
                             source->name, source->port ? source->port : "", to->model->name,
                             to->source->name,
                             near_item(r, near, source->port, to->model->ports, to->model->n_ports));
        return;
    }
    e2l_bound_port *port = &to->ports[projection->port];
    port->projections[port->n_projections++] = index;
}

static void resolve_delay(e2l_resolver *r, e2l_bound_projection *projection)
{
    const double slack = 1e-9; /* a delay is a multiple of dt to this */
    const e2l_projection *source = projection->source;
    double steps = source->delay / r->experiment->dt, whole = floor(steps + 0.5);
    if (!(source->delay >= 0) || !(whole < 1e9)) {
        e2l_resolver_problem(r, "projection '%s': delay %.10g is out of range 0..1e9 dt", source->name,
                             source->delay);
    } else if (fabs(steps - whole) > slack * (whole > 1 ? whole : 1)) {
        e2l_resolver_problem(r, "projection '%s': delay %.10g is no multiple of dt = %.10g", source->name,
                             source->delay, r->experiment->dt);
    } else {
        projection->delay_steps = (uint64_t)whole;
    }
}

static void resolve_projection(e2l_resolver *r, uint32_t index, uint32_t first_slot)
{
    e2l_bound_projection *projection = &r->out->projections[index];
    const e2l_projection *source = &r->experiment->projections[index];
    const char *name = source->name ? source->name : "";
    *projection = (e2l_bound_projection){.source = source,
                                         .from = find_population(r, source->from, name),
                                         .to = find_population(r, source->to, name),
                                         .port = E2L_NO_INDEX,
                                         .weights = index,
                                         .first_slot = first_slot,
                                         .n_slots = (uint32_t)source->n_slots};
    if (projection->from != E2L_NO_INDEX) {
        projection->n_pre = r->experiment->populations[projection->from].size;
    }
    if (projection->to != E2L_NO_INDEX) {
        projection->n_post = r->experiment->populations[projection->to].size;
        resolve_target(r, projection, index);
    }
    if (projection->n_pre > 0 && projection->n_post > element_limit / projection->n_pre) {
        e2l_resolver_problem(r, "projection '%s': %llu x %llu synapses, at most %llu", name,
                             (unsigned long long)projection->n_post, (unsigned long long)projection->n_pre,
                             (unsigned long long)element_limit);
        projection->n_pre = 0;
    }
    resolve_delay(r, projection);
}

/* The projection whose weights are borrowed: it owns some, and they have the same shape. */
static void resolve_weights_of(e2l_resolver *r, e2l_bound_projection *projection)
{
    const e2l_experiment *e = r->experiment;
    const e2l_projection *source = projection->source;
    const char **names = e2l_resolver_alloc(r, e->n_projections, sizeof *names);
    char near[PLACE_BYTES];
    uint32_t found = E2L_NO_INDEX;
    for (uint32_t k = 0; names && k < e->n_projections; k++) {
        names[k] = e->projections[k].name ? e->projections[k].name : "";
        found = strcmp(names[k], source->weights_of) == 0 ? k : found;
    }
    if (found == E2L_NO_INDEX) {
        e2l_resolver_problem(r, "projection '%s': weights_of '%s' unknown%s", source->name, source->weights_of,
                             names ? e2l_did_you_mean(near, sizeof near, source->weights_of, names,
                                                      e->n_projections)
                                   : "");
        return;
    }
    const e2l_bound_projection *owner = &r->out->projections[found];
    if (owner == projection || owner->source->weights_of) {
        e2l_resolver_problem(r, "projection '%s': weights_of '%s', which has no weights of its own",
                             source->name, source->weights_of);
    } else if (owner->n_pre != projection->n_pre || owner->n_post != projection->n_post) {
        e2l_resolver_problem(r, "projection '%s': %llu x %llu synapses, but weights_of '%s' has %llu x %llu",
                             source->name, (unsigned long long)projection->n_post,
                             (unsigned long long)projection->n_pre, source->weights_of,
                             (unsigned long long)owner->n_post, (unsigned long long)owner->n_pre);
    }
    projection->weights = found;
}

static void resolve_projections(e2l_resolver *r)
{
    const e2l_experiment *e = r->experiment;
    uint32_t first_slot = 0;
    r->out->projections = e2l_resolver_alloc(r, e->n_projections, sizeof *r->out->projections);
    for (uint32_t k = 0; r->out->projections && k < e->n_projections; k++) {
        resolve_projection(r, k, first_slot);
        first_slot += (uint32_t)e->projections[k].n_slots;
    }
    r->out->n_slots = first_slot;
    for (size_t k = 0; r->out->projections && k < e->n_projections; k++) {
        if (e->projections[k].weights_of) {
            resolve_weights_of(r, &r->out->projections[k]);
        }
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
    resolve_spans(r);
    r->out->populations = e2l_resolver_alloc(r, e->n_populations, sizeof *r->out->populations);
    if (e->n_populations == 0) {
        e2l_resolver_problem(r, "the experiment has no populations");
    }
    for (uint32_t k = 0; r->status == E2L_OK && k < e->n_populations; k++) {
        resolve_population(r, k);
    }
    if (r->status == E2L_OK) {
        resolve_projections(r);
    }
}
