/* resolve_probes.c: what is recorded: elements of one look, number of looks. */

#include "substrate/resolve_impl.h"

enum { BLOCK = 256 };
static const uint64_t countable_steps = UINT64_C(1) << 26; /* conditions are counted over at most so many: some seconds */
static const uint64_t value_limit = UINT64_C(1) << 36;     /* doubles of a recording */

static void add_states(e2l_resolver *r, e2l_names *names, uint32_t index)
{
    const e2l_bound_projection *projection = &r->out->projections[index];
    for (uint32_t k = 0; projection->states && k < projection->n_states; k++) {
        const e2l_place place = projection->state_places[k] == E2L_AT_GLOBAL ? E2L_AT_GLOBAL : E2L_AT_SELF;
        e2l_names_add(r, names, e2l_resolver_text(r, "%s.%s", projection->source->name, projection->states[k].name),
                      (e2l_ref){.kind = E2L_REF_SYNAPSE_STATE, .place = place, .owner = index, .index = k});
    }
}

static void probe_names(e2l_resolver *r, e2l_names *names)
{
    const e2l_experiment *e = r->experiment;
    e2l_names_globals(r, names, true);
    e2l_names_worlds(r, names, true);
    for (uint32_t k = 0; k < e->n_populations; k++) {
        if (e->populations[k].size != 1) {
            const char *prefix = e2l_resolver_text(r, "%s.", e->populations[k].name);
            e2l_names_population(r, names, prefix, k, E2L_AT_SELF);
        }
    }
    for (uint32_t k = 0; k < e->n_projections; k++) {
        e2l_ref ref = {
            .kind = E2L_REF_W, .place = E2L_AT_SELF, .owner = r->out->projections[k].weights};
        e2l_names_add(r, names, e2l_resolver_text(r, "%s.w", e->projections[k].name), ref);
        add_states(r, names, k);
    }
}

static uint64_t elements(const e2l_resolver *r, const e2l_ref *ref)
{
    if (ref->place == E2L_AT_GLOBAL) {
        return 1;
    }
    if (ref->kind == E2L_REF_SHOWN) {
        return r->out->worlds[ref->owner].shown_size[ref->index];
    }
    if (ref->kind == E2L_REF_W) {
        const e2l_bound_projection *owner = &r->out->projections[ref->owner];
        return owner->n_post * owner->n_pre;
    }
    if (ref->kind == E2L_REF_SYNAPSE_STATE) {
        const e2l_bound_projection *owner = &r->out->projections[ref->owner];
        const e2l_place place = owner->state_places[ref->index];
        return place == E2L_AT_PRE ? owner->n_pre : place == E2L_AT_POST ? owner->n_post : owner->n_pre * owner->n_post;
    }
    return r->experiment->populations[ref->owner].size;
}

uint64_t e2l_bound_width(e2l_resolver *r, const e2l_bound *bound, const char *place)
{
    const char *first = NULL;
    uint64_t width = 1;
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        uint64_t n = elements(r, &bound->refs[k]);
        const char *name = e2l_expr_name(bound->expr, k);
        if (bound->refs[k].place == E2L_AT_GLOBAL) {
            continue;
        }
        if (first && n != width) {
            e2l_resolver_problem(r, "%s: '%s' has %llu elements, '%s' has %llu; all must have the same number", place,
                                 first, (unsigned long long)width, name, (unsigned long long)n);
            return width;
        }
        first = name;
        width = n;
    }
    return width;
}

bool e2l_bound_is_schedule(const e2l_bound *bound)
{
    for (size_t k = 0; k < e2l_expr_n_names(bound->expr); k++) {
        if (bound->refs[k].kind > E2L_REF_SPAN_STEPS) {
            return false;
        }
    }
    return true;
}

/* Steps of the run at which the condition is above 0. */
static uint64_t count_looks(e2l_resolver *r, const e2l_bound *when)
{
    size_t n_names = e2l_expr_n_names(when->expr);
    double *values = e2l_resolver_alloc(r, n_names * BLOCK, sizeof *values);
    double *result = e2l_resolver_alloc(r, BLOCK, sizeof *result);
    const double **inputs = e2l_resolver_alloc(r, n_names, sizeof *inputs);
    void *work = e2l_resolver_alloc(r, e2l_expr_eval_bytes(when->expr), 1);
    uint64_t looks = 0;
    if (!values || !result || !inputs || !work) {
        return 0;
    }
    for (uint64_t first = 0; first < r->out->n_steps; first += BLOCK) {
        uint64_t left = r->out->n_steps - first;
        size_t n = left < BLOCK ? (size_t)left : BLOCK;
        for (size_t k = 0; k < n_names; k++) {
            inputs[k] = values + k * BLOCK;
            for (size_t i = 0; i < n; i++) {
                values[k * BLOCK + i] = e2l_ref_at_step(r->out, &when->refs[k], first + i);
            }
        }
        e2l_expr_eval(when->expr, E2L_ISA_SSE2, n, inputs, result, work);
        for (size_t i = 0; i < n; i++) {
            looks += result[i] > 0 ? 1 : 0;
        }
    }
    return looks;
}

static void find_looks(e2l_resolver *r, e2l_bound_probe *probe, const char *place)
{
    bool keeps_all = probe->source->fold == E2L_FOLD_ALL;
    if (!probe->when.expr) {
        probe->when_is_schedule = true;
        probe->n_looks = r->out->n_steps;
        return;
    }
    probe->when_is_schedule = e2l_bound_is_schedule(&probe->when);
    if (probe->when_is_schedule && !e2l_resolver_schedule(r, &probe->when)) { /* others may ask for a step */
        return;
    }
    bool can_count = probe->when_is_schedule && r->out->n_steps <= countable_steps;
    if (!can_count && probe->when_is_schedule && !keeps_all && probe->source->fold != E2L_FOLD_SUM && probe->source->fold != E2L_FOLD_LAST) {
        e2l_resolver_problem(r, "%s: how often it looks is counted over at most %llu steps, the run has %llu; without a condition, or with fold 'sum' or "
                                "'last', it need not be",
                             place, (unsigned long long)countable_steps, (unsigned long long)r->out->n_steps);
    }
    if (!can_count && keeps_all) {
        e2l_resolver_problem(r, "%s: fold 'all' needs a number of looks known before the run: a condition over step and spans, at most %llu steps",
                             place, (unsigned long long)countable_steps);
    }
    if (!can_count) {
        return;
    }
    probe->n_looks = count_looks(r, &probe->when);
    if (probe->n_looks == 0 && r->status == E2L_OK && r->out->n_steps > 0 && !r->is_timeless) {
        e2l_resolver_problem(r, "%s: its condition is never true: it sees nothing", place);
    }
}

static void resolve_probe(e2l_resolver *r, const e2l_names *names, const e2l_names *globals, size_t k)
{
    e2l_bound_probe *probe = &r->out->probes[k];
    const e2l_probe *source = &r->experiment->probes[k];
    const char *place = e2l_resolver_text(r, "probe '%s'", source->name);
    *probe = (e2l_bound_probe){.source = source, .width = 1};
    if (e2l_names_read(r, names, &probe->of, source->of, 0, place)) {
        probe->width = e2l_bound_width(r, &probe->of, place);
    }
    bool ok = !source->when || e2l_names_read(r, globals, &probe->when, source->when, 0,
                                              e2l_resolver_text(r, "%s: when", place));
    if (source->fold > E2L_FOLD_MAX) {
        e2l_resolver_problem(r, "%s: fold %d is out of range 0..%d", place, (int)source->fold,
                             (int)E2L_FOLD_MAX);
    } else if (ok) {
        find_looks(r, probe, place);
    }
}

static void check_total(e2l_resolver *r)
{
    uint64_t total = 0;
    for (size_t k = 0; k < r->experiment->n_probes; k++) {
        const e2l_bound_probe *probe = &r->out->probes[k];
        uint64_t rows = probe->source->fold == E2L_FOLD_ALL ? probe->n_looks : 1;
        if (probe->width > 0 && rows > (value_limit - total) / probe->width) {
            e2l_resolver_problem(r, "probe '%s': %llu looks at %llu elements: the recording would be larger than %llu numbers",
                                 probe->source->name, (unsigned long long)rows,
                                 (unsigned long long)probe->width, (unsigned long long)value_limit);
            return;
        }
        total += probe->width * rows;
    }
}

void e2l_resolve_probes(e2l_resolver *r)
{
    e2l_names names = {0}, globals = {0};
    probe_names(r, &names);
    e2l_names_globals(r, &globals, true);
    e2l_bind_worlds(r, &names);
    r->out->probes = e2l_resolver_alloc(r, r->experiment->n_probes, sizeof *r->out->probes);
    for (size_t k = 0; r->status == E2L_OK && k < r->experiment->n_probes; k++) {
        resolve_probe(r, &names, &globals, k);
    }
    if (r->status == E2L_OK) {
        check_total(r);
    }
}
