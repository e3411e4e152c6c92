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

static void add_span(e2l_resolver *resolver, e2l_names *names, uint32_t index)
{
    static const struct {
        const char *suffix;
        e2l_ref_kind kind;
    } parts[] = {{"on", E2L_REF_SPAN_ON},
                 {"first", E2L_REF_SPAN_FIRST},
                 {"last", E2L_REF_SPAN_LAST},
                 {"t", E2L_REF_SPAN_TIME},
                 {"steps", E2L_REF_SPAN_STEPS}};
    const e2l_span *span = &resolver->experiment->spans[index];
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        e2l_ref ref = {.kind = parts[k].kind, .index = index, .value = (double)span->steps};
        const char *name = e2l_resolver_text(resolver, "%s.%s", span->name ? span->name : "", parts[k].suffix);
        e2l_names_add(resolver, names, name, ref);
    }
}

/* eta.SLOT of every slot; plain eta when there is one. */
static void add_rates(e2l_resolver *resolver, e2l_names *names)
{
    const e2l_experiment *experiment = resolver->experiment;
    uint32_t index = 0;
    for (size_t k = 0; k < experiment->n_projections; k++) {
        for (size_t i = 0; i < experiment->projections[k].n_slots; i++) {
            e2l_ref ref = {.kind = E2L_REF_ETA, .index = index++};
            const char *slot = experiment->projections[k].slots[i].name;
            e2l_names_add(resolver, names, e2l_resolver_text(resolver, "eta.%s", slot), ref);
        }
    }
    if (index == 1) {
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

void e2l_names_population(e2l_resolver *resolver, e2l_names *names, const char *prefix, uint32_t population,
                          e2l_place place)
{
    const e2l_bound_population *bound = &resolver->out->populations[population];
    for (uint32_t k = 0; bound->model && bound->parameters && k < bound->model->n_parameters; k++) {
        e2l_ref ref = {.kind = E2L_REF_NUMBER, .value = bound->parameters[k]};
        e2l_names_add(resolver, names,
                      e2l_resolver_text(resolver, "%s%s", prefix, bound->model->parameters[k].name), ref);
    }
    add_ports(resolver, names, prefix, population, place);
    add_variables(resolver, names, prefix, population, place);
}

void e2l_names_globals(e2l_resolver *resolver, e2l_names *names, bool with_ports)
{
    const e2l_experiment *experiment = resolver->experiment;
    e2l_names_add(resolver, names, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = experiment->dt});
    e2l_names_add(resolver, names, "t", (e2l_ref){.kind = E2L_REF_TIME});
    e2l_names_add(resolver, names, "step", (e2l_ref){.kind = E2L_REF_STEP});
    for (uint32_t k = 0; k < experiment->n_spans; k++) {
        add_span(resolver, names, k);
    }
    add_rates(resolver, names);
    for (uint32_t k = 0; resolver->out->parameters && k < experiment->n_parameters; k++) {
        e2l_ref ref = {.kind = E2L_REF_NUMBER, .value = resolver->out->parameters[k]};
        e2l_names_add(resolver, names, experiment->parameters[k].name, ref);
    }
    for (uint32_t k = 0; resolver->out->populations && k < experiment->n_populations; k++) {
        if (experiment->populations[k].size == 1) {
            const char *prefix = e2l_resolver_text(resolver, "%s.", experiment->populations[k].name);
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
    }
}

static bool bind_one(e2l_resolver *resolver, const e2l_names *names, e2l_ref *out, const char *name,
                     uint64_t elements, const char *place)
{
    char near[128];
    for (size_t k = 0; k < names->n; k++) {
        if (strcmp(names->names[k], name) != 0) {
            continue;
        }
        *out = names->refs[k];
        if (out->kind != E2L_REF_ARRAY) {
            return true;
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
    e2l_resolver_problem(resolver, "%s: '%.64s' unknown%s", place, name,
                         e2l_did_you_mean(near, sizeof near, name, names->names, names->n));
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
