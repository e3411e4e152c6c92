/* resolve_names.c: lists of names that an expression may use, and finding its names in them. */
#include <string.h>

#include "substrate/resolve_impl.h"

void e2l_names_add(e2l_resolver *resolver, e2l_names *names, const char *name, e2l_ref ref)
{
    if (names->n == names->capacity) {
        size_t capacity = names->capacity > 0 ? names->capacity * 2 : 32;
        e2l_names grown = {.n = names->n, .capacity = capacity};
        grown.names = e2l_resolver_alloc(resolver, capacity, sizeof *grown.names);
        grown.refs = e2l_resolver_alloc(resolver, capacity, sizeof *grown.refs);
        grown.sizes = e2l_resolver_alloc(resolver, capacity, sizeof *grown.sizes);
        if (!grown.names || !grown.refs || !grown.sizes) {
            return;
        }
        if (names->n > 0) {
            memcpy(grown.names, names->names, names->n * sizeof *names->names);
            memcpy(grown.refs, names->refs, names->n * sizeof *names->refs);
            memcpy(grown.sizes, names->sizes, names->n * sizeof *names->sizes);
        }
        *names = grown;
    }
    names->names[names->n] = name;
    names->refs[names->n] = ref;
    names->n++;
}

void e2l_names_join(e2l_resolver *resolver, e2l_names *names, const e2l_names *more)
{
    for (size_t k = 0; k < more->n && resolver->status == E2L_OK; k++) {
        e2l_names_add(resolver, names, more->names[k], more->refs[k]);
        if (resolver->status == E2L_OK) {
            names->sizes[names->n - 1] = more->sizes[k];
        }
    }
}

static void add_span(e2l_resolver *resolver, e2l_names *names, uint32_t index)
{
    static const struct {
        const char *suffix;
        e2l_ref_kind kind;
    } parts[] = {{"on", E2L_REF_SPAN_ON},
                 {"first", E2L_REF_SPAN_FIRST},
                 {"last", E2L_REF_SPAN_LAST},
                 {"t", E2L_REF_SPAN_TIME},
                 {"k", E2L_REF_SPAN_K},
                 {"steps", E2L_REF_SPAN_STEPS}};
    const e2l_bound_span *bound = &resolver->out->spans[index];
    const e2l_span *span = bound->source;
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        e2l_ref ref = {.kind = parts[k].kind, .index = index, .value = (double)bound->steps};
        const char *name = e2l_resolver_text(resolver, "%s.%s", span->name ? span->name : "", parts[k].suffix);
        e2l_names_add(resolver, names, name, ref);
    }
}

/* eta.SLOT of every slot; plain eta when there is one slot. */
static void add_rates(e2l_resolver *resolver, e2l_names *names)
{
    const size_t n = e2l_experiment_slots(resolver->experiment, NULL, 0);
    const e2l_slot **slots = e2l_resolver_alloc(resolver, n, sizeof *slots);
    if (!slots) {
        return;
    }
    (void)e2l_experiment_slots(resolver->experiment, slots, n);
    for (uint32_t k = 0; k < n; k++) {
        e2l_ref ref = {.kind = E2L_REF_ETA, .index = k};
        e2l_names_add(resolver, names, e2l_resolver_text(resolver, "eta.%s", slots[k]->name), ref);
    }
    if (n == 1) {
        e2l_names_add(resolver, names, "eta", (e2l_ref){.kind = E2L_REF_ETA});
    }
}

static void add_variables(e2l_resolver *resolver, e2l_names *names, const char *prefix,
                          uint32_t population, e2l_place place)
{
    const e2l_bound_population *bound = &resolver->out->populations[population];
    for (uint32_t k = 0; bound->model && k < bound->n_variables; k++) {
        e2l_ref ref = {.kind = E2L_REF_VARIABLE, .place = place, .owner = population, .index = k};
        e2l_names_add(resolver, names,
                      e2l_resolver_text(resolver, "%s%s", prefix, bound->variables[k].name), ref);
    }
}

static void add_ports(e2l_resolver *resolver, e2l_names *names, const char *prefix, uint32_t population,
                      e2l_place place)
{
    const e2l_bound_population *bound = &resolver->out->populations[population];
    for (uint32_t k = 0; bound->model && bound->ports && k < bound->model->n_ports; k++) {
        e2l_ref ref = {.kind = E2L_REF_PORT, .place = place, .owner = population, .index = k};
        e2l_names_add(resolver, names,
                      e2l_resolver_text(resolver, "%s%s", prefix, bound->model->ports[k].name), ref);
    }
}

static void add_parameters(e2l_resolver *resolver, e2l_names *names, const char *prefix, uint32_t population,
                           e2l_place place)
{
    const e2l_bound_population *bound = &resolver->out->populations[population];
    for (uint32_t k = 0; bound->model && bound->parameters && bound->drawn && k < bound->model->n_parameters; k++) {
        e2l_ref ref = {.kind = E2L_REF_NUMBER, .value = bound->parameters[k], .unit = bound->units.parameters[k]};
        if (bound->drawn[k].expr) {
            ref = (e2l_ref){.kind = E2L_REF_PARAMETER, .place = place, .owner = population, .index = k};
        }
        e2l_names_add(resolver, names,
                      e2l_resolver_text(resolver, "%s%s", prefix, bound->model->parameters[k].name), ref);
    }
}

static void add_index(e2l_resolver *resolver, e2l_names *names, const char *prefix, uint32_t population, e2l_place place)
{
    e2l_names_add(resolver, names, e2l_resolver_text(resolver, "%si", prefix),
                  (e2l_ref){.kind = E2L_REF_INDEX, .place = place, .owner = population});
}

void e2l_names_fixed(e2l_resolver *resolver, e2l_names *names, const char *prefix, uint32_t population, e2l_place place)
{
    add_parameters(resolver, names, prefix, population, place);
    add_index(resolver, names, prefix, population, place);
}

void e2l_names_population(e2l_resolver *resolver, e2l_names *names, const char *prefix, uint32_t population,
                          e2l_place place)
{
    add_parameters(resolver, names, prefix, population, place);
    add_ports(resolver, names, prefix, population, place);
    add_variables(resolver, names, prefix, population, place);
    add_index(resolver, names, prefix, population, place);
}

void e2l_names_schedule(e2l_resolver *resolver, e2l_names *names)
{
    e2l_names_add(resolver, names, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = resolver->experiment->dt});
    e2l_names_add(resolver, names, "t", (e2l_ref){.kind = E2L_REF_TIME});
    e2l_names_add(resolver, names, "step", (e2l_ref){.kind = E2L_REF_STEP});
    for (uint32_t k = 0; k < resolver->out->n_spans; k++) {
        add_span(resolver, names, k);
    }
}

static bool is_set(const e2l_resolver *resolver, uint32_t parameter)
{
    return resolver->is_set && resolver->is_set[parameter];
}

static void add_numbers(e2l_resolver *resolver, e2l_names *names, bool with_set)
{
    const e2l_experiment *experiment = resolver->experiment;
    for (uint32_t k = 0; resolver->out->parameters && k < experiment->n_parameters; k++) {
        const e2l_ref_kind kind = is_set(resolver, k) ? E2L_REF_SET : E2L_REF_NUMBER;
        if (kind == E2L_REF_NUMBER || with_set) {
            e2l_names_add(resolver, names, experiment->parameters[k].name,
                          (e2l_ref){.kind = kind, .index = k, .value = resolver->out->parameters[k],
                                    .unit = e2l_unit_number(resolver, experiment->parameters[k].unit, E2L_UNKNOWN_UNIT, false, NULL)});
        }
    }
}

void e2l_names_numbers(e2l_resolver *resolver, e2l_names *names)
{
    add_numbers(resolver, names, false);
}

void e2l_names_parameters(e2l_resolver *resolver, e2l_names *names)
{
    add_numbers(resolver, names, true);
}

void e2l_names_noise(e2l_resolver *resolver, e2l_names *names)
{
    e2l_names_add(resolver, names, "uniform", (e2l_ref){.kind = E2L_REF_UNIFORM});
    e2l_names_add(resolver, names, "normal", (e2l_ref){.kind = E2L_REF_NORMAL});
}

void e2l_names_globals(e2l_resolver *resolver, e2l_names *names, bool with_ports)
{
    const e2l_experiment *experiment = resolver->experiment;
    e2l_names_schedule(resolver, names);
    add_rates(resolver, names);
    e2l_names_parameters(resolver, names);
    e2l_names_worlds(resolver, names, false);
    for (uint32_t k = 0; resolver->out->populations && k < experiment->n_populations; k++) {
        if (experiment->populations[k].size == 1) {
            const char *prefix = e2l_resolver_text(resolver, "%s.", experiment->populations[k].name);
            add_parameters(resolver, names, prefix, k, E2L_AT_GLOBAL);
            add_variables(resolver, names, prefix, k, E2L_AT_GLOBAL);
            if (with_ports) {
                add_ports(resolver, names, prefix, k, E2L_AT_GLOBAL);
            }
        }
    }
}

void e2l_names_arrays(e2l_resolver *resolver, e2l_names *names, e2l_place place)
{
    for (uint32_t k = 0; k < resolver->experiment->n_arrays; k++) {
        const e2l_array *array = &resolver->experiment->arrays[k];
        e2l_ref ref = {.kind = E2L_REF_ARRAY, .place = place, .index = k};
        e2l_names_add(resolver, names, array->name, ref);
        if (names->n > 0) {
            names->sizes[names->n - 1] = array->size;
        }
        if (array->kind == E2L_ARRAY_EDGES) {
            ref.owner = array->size > 2 ? 1 : 0;
            e2l_names_add(resolver, names, e2l_resolver_text(resolver, "%s.value", array->name), ref);
        }
    }
}

/* POPULATION.NAME where it cannot be seen: what there is to say about it. True when it is said. */
static bool note_population(e2l_resolver *resolver, const char *name, const char *place)
{
    const e2l_experiment *experiment = resolver->experiment;
    const char *dot = strchr(name, '.');
    for (size_t k = 0; dot && resolver->out->populations && k < experiment->n_populations; k++) {
        const char *own = experiment->populations[k].name;
        if (strlen(own) != (size_t)(dot - name) || strncmp(own, name, (size_t)(dot - name)) != 0) {
            continue;
        }
        if (!resolver->out->populations[k].model) {
            return true; /* that is the mistake, and it is said */
        }
        const bool runs = strstr(place, "statement") || strstr(place, "terminal") || strstr(place, "signal") || strstr(place, "effect");
        if (experiment->populations[k].size != 1 && runs) {
            e2l_resolver_problem(resolver, "%s: '%.64s': population '%s' has %llu neurons; only those of size one are seen everywhere, others send "
                                 "signals through projections", place, name, own, (unsigned long long)experiment->populations[k].size);
            return true;
        }
    }
    return false;
}

/* A parameter that a span sets is unknown where what stays the same is wanted: that is said, not a name like it. */
static void note_unknown(e2l_resolver *resolver, const e2l_names *names, const char *name, const char *place)
{
    const e2l_experiment *experiment = resolver->experiment;
    char near[128];
    for (uint32_t k = 0; k < experiment->n_parameters; k++) {
        if (is_set(resolver, k) && strcmp(experiment->parameters[k].name, name) == 0) {
            e2l_resolver_problem(resolver, "%s: parameter '%s' is set by a span; only what stays the same can stand here", place, name);
            return;
        }
    }
    if (note_population(resolver, name, place)) {
        return;
    }
    e2l_resolver_problem(resolver, "%s: '%.64s' unknown%s", place, name,
                         e2l_did_you_mean(near, sizeof near, name, names->names, names->n));
}

/* Edges have the shape of the first projection that names them. */
static bool bind_edges(e2l_resolver *resolver, const e2l_ref *ref, const char *name, uint64_t elements, const char *place)
{
    e2l_bound_array *array = &resolver->out->arrays[ref->index];
    if (ref->place != E2L_AT_SYNAPSE || !resolver->shape) {
        e2l_resolver_problem(resolver, "%s: '%s' is a list of edges; it stands in connect and w alone", place, name);
        return false;
    }
    if (array->n_pre == 0) {
        *array = (e2l_bound_array){resolver->shape->n_pre, resolver->shape->n_post};
    }
    if (array->n_pre != resolver->shape->n_pre || array->n_pre * array->n_post != elements) {
        e2l_resolver_problem(resolver, "%s: the edges '%s' are those of %llu x %llu synapses in another projection, here there are %llu x %llu",
                             place, name, (unsigned long long)array->n_post, (unsigned long long)array->n_pre,
                             (unsigned long long)resolver->shape->n_post, (unsigned long long)resolver->shape->n_pre);
        return false;
    }
    return true;
}

static bool bind_one(e2l_resolver *resolver, const e2l_names *names, e2l_ref *out, const char *name,
                     uint64_t elements, const char *place)
{
    for (size_t k = 0; k < names->n; k++) {
        if (strcmp(names->names[k], name) != 0) {
            continue;
        }
        *out = names->refs[k];
        if (out->kind != E2L_REF_ARRAY) {
            return true;
        }
        if (resolver->experiment->arrays[out->index].kind == E2L_ARRAY_EDGES) {
            return bind_edges(resolver, out, name, elements, place);
        }
        if (resolver->experiment->arrays[out->index].kind != E2L_ARRAY_STATIC) {
            e2l_resolver_problem(resolver, "%s: array '%s' has a row per step; only static arrays stand in expressions",
                                 place, name);
            return false;
        }
        if (names->sizes[k] != elements) {
            e2l_resolver_problem(resolver, "%s: array '%s' has %llu elements, expected %llu", place, name,
                                 (unsigned long long)names->sizes[k], (unsigned long long)elements);
            return false;
        }
        return true;
    }
    note_unknown(resolver, names, name, place);
    return false;
}

bool e2l_names_bind(e2l_resolver *resolver, const e2l_names *names, e2l_bound *out, const e2l_expr *expr,
                    uint64_t elements, const char *place)
{
    size_t n = e2l_expr_n_names(expr);
    e2l_ref *refs = e2l_resolver_alloc(resolver, n, sizeof *refs);
    bool ok = refs != NULL;
    for (size_t k = 0; refs && k < n; k++) {
        ok = bind_one(resolver, names, &refs[k], e2l_expr_name(expr, k), elements, place) && ok;
    }
    for (size_t k = 0; ok && k < n; k++) {
        if (refs[k].kind == E2L_REF_PORT) {
            resolver->out->populations[refs[k].owner].ports[refs[k].index].is_read = true;
        }
    }
    *out = ok ? (e2l_bound){.expr = expr, .refs = refs} : (e2l_bound){0};
    return ok;
}

bool e2l_names_read(e2l_resolver *resolver, const e2l_names *names, e2l_bound *out, const char *text,
                    uint64_t elements, const char *place)
{
    const e2l_expr *expr = e2l_resolver_parse(resolver, text, place);
    return expr && e2l_names_bind(resolver, names, out, expr, elements, place);
}

double e2l_bound_value(e2l_resolver *resolver, const e2l_bound *bound)
{
    size_t n = e2l_expr_n_names(bound->expr);
    const double **inputs = e2l_resolver_alloc(resolver, n, sizeof *inputs);
    void *work = e2l_resolver_alloc(resolver, e2l_expr_eval_bytes(bound->expr), 1);
    double value = 0;
    if (!inputs || !work) {
        return 0;
    }
    for (size_t k = 0; k < n; k++) {
        inputs[k] = &bound->refs[k].value;
    }
    e2l_expr_eval(bound->expr, E2L_ISA_SSE2, 1, inputs, &value, work);
    return value;
}

bool e2l_bound_is_number(const e2l_bound *bound)
{
    for (size_t k = 0; k < e2l_expr_n_names(bound->expr); k++) {
        if (bound->refs[k].kind != E2L_REF_NUMBER && bound->refs[k].kind != E2L_REF_DT) {
            return false;
        }
    }
    return true;
}

static bool is_noise(const e2l_ref *ref)
{
    return ref->kind == E2L_REF_UNIFORM || ref->kind == E2L_REF_NORMAL;
}

bool e2l_bound_has_noise(const e2l_bound *bound)
{
    bool found = false;
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        found = found || is_noise(&bound->refs[k]);
    }
    return found;
}

void e2l_bound_draws_at(e2l_bound *bound, e2l_place place, const char *site)
{
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        if (is_noise(&bound->refs[k])) {
            bound->refs[k].place = place;
            bound->refs[k].site = e2l_key_bytes(site, strlen(site), (e2l_key){0, 0}).low;
        }
    }
}
