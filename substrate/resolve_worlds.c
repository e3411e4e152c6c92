/* resolve_worlds.c: environments: their numbers, the sizes of what they observe and show, the spans that call them; and the calls. */
#include <math.h>
#include <string.h>

#include "substrate/noise.h"
#include "substrate/resolve_impl.h"

enum { PLACE_BYTES = 160 };

/* "; did you mean" over the names of some list. */
static const char *near_name(e2l_resolver *r, char buffer[PLACE_BYTES], const char *name, const void *list, size_t n, size_t stride)
{
    const char **names = e2l_resolver_alloc(r, n + 1, sizeof *names);
    buffer[0] = '\0';
    for (size_t k = 0; names && k < n; k++) { /* every record begins with its name */
        names[k] = *(const char *const *)(const void *)((const char *)list + k * stride);
    }
    return names ? e2l_did_you_mean(buffer, PLACE_BYTES, name, names, n) : buffer;
}

/* ---- numbers --------------------------------------------------------------------------------------------- */
static const e2l_binding *given_parameter(const e2l_world *source, const char *name)
{
    for (size_t k = 0; k < source->n_parameters; k++) {
        if (source->parameters[k].name && strcmp(source->parameters[k].name, name) == 0) {
            return &source->parameters[k];
        }
    }
    return NULL;
}

static void bind_parameter(e2l_resolver *r, e2l_bound_world *world, size_t k)
{
    const e2l_environment_parameter *about = &world->record->parameters[k];
    const e2l_binding *given = given_parameter(world->source, about->name);
    const char *place = e2l_resolver_text(r, "environment '%s': parameter '%s'", world->source->name, about->name);
    e2l_names names = {0};
    e2l_bound bound;
    world->parameters[k] = about->fallback;
    e2l_names_add(r, &names, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = r->experiment->dt});
    e2l_names_numbers(r, &names);
    if (!given || !e2l_names_read(r, &names, &bound, given->expr, 0, place)) {
        return;
    }
    const double value = e2l_bound_value(r, &bound);
    if (!(value >= about->low && value <= about->high) || (about->is_whole && value != floor(value))) {
        e2l_resolver_problem(r, "%s: %.10g is out of range, expected a %snumber in %.10g..%.10g", place, value,
                             about->is_whole ? "whole " : "", about->low, about->high);
        return;
    }
    world->parameters[k] = value;
}

static void check_given(e2l_resolver *r, const e2l_bound_world *world)
{
    const e2l_environment *record = world->record;
    char near[PLACE_BYTES];
    for (size_t k = 0; k < world->source->n_parameters; k++) {
        const char *name = world->source->parameters[k].name ? world->source->parameters[k].name : "";
        bool found = false;
        for (size_t i = 0; i < record->n_parameters; i++) {
            found = found || strcmp(record->parameters[i].name, name) == 0;
        }
        if (!found) {
            e2l_resolver_problem(r, "environment '%s': parameter '%s' unknown in '%s'%s", world->source->name, name, record->name,
                                 near_name(r, near, name, record->parameters, record->n_parameters, sizeof *record->parameters));
        }
    }
}

/* Sizes of the items and where each begins; returns all numbers together. */
static uint64_t lay_items(e2l_resolver *r, const e2l_bound_world *world, const e2l_environment_item *items, size_t n, uint64_t **first,
                          uint64_t **size)
{
    uint64_t total = 0;
    *first = e2l_resolver_alloc(r, n + 1, sizeof **first);
    *size = e2l_resolver_alloc(r, n + 1, sizeof **size);
    for (size_t k = 0; *first && *size && k < n; k++) {
        (*first)[k] = total;
        (*size)[k] = items[k].sized_by > 0 ? (uint64_t)world->parameters[items[k].sized_by - 1] : 1;
        total += (*size)[k];
    }
    return total;
}

static void find_calls(e2l_resolver *r, e2l_bound_world *world)
{
    const e2l_world *source = world->source;
    char near[PLACE_BYTES];
    const char **names = e2l_resolver_alloc(r, r->out->n_spans + 1, sizeof *names);
    world->calls = e2l_resolver_alloc(r, source->n_calls + 1, sizeof *world->calls);
    for (uint32_t s = 0; names && s < r->out->n_spans; s++) {
        names[s] = r->out->spans[s].source->name ? r->out->spans[s].source->name : "";
    }
    for (size_t k = 0; names && world->calls && k < source->n_calls; k++) {
        const char *name = source->calls[k] ? source->calls[k] : "";
        uint32_t span = 0;
        while (span < r->out->n_spans && strcmp(names[span], name) != 0) {
            span++;
        }
        if (span == r->out->n_spans) {
            e2l_resolver_problem(r, "environment '%s': calls: span '%.64s' unknown%s", source->name, name,
                                 e2l_did_you_mean(near, sizeof near, name, names, r->out->n_spans));
        } else {
            world->calls[world->n_calls++] = span;
        }
    }
    if (source->n_calls == 0) {
        e2l_resolver_problem(r, "environment '%s': calls: no span is named in whose last step it is called", source->name);
    }
}

static void declare_world(e2l_resolver *r, e2l_bound_world *world, const e2l_world *source)
{
    *world = (e2l_bound_world){.source = source, .record = source->record};
    const e2l_environment *record = source->record;
    const char *name = source->environment ? source->environment : "";
    if (!record) {
        e2l_resolver_problem(r, "environment '%s': '%.64s' unknown, see e2l list environments", source->name, name);
        return;
    }
    if (source->version > 0 && source->version != record->version) {
        e2l_resolver_problem(r, "environment '%s': version %llu of '%s' is asked for, this is version %u", source->name,
                             (unsigned long long)source->version, record->name, record->version);
    }
    world->parameters = e2l_resolver_alloc(r, record->n_parameters + 1, sizeof *world->parameters);
    world->observes = e2l_resolver_alloc(r, record->n_observed + 1, sizeof *world->observes);
    if (!world->parameters || !world->observes) {
        return;
    }
    check_given(r, world);
    for (size_t k = 0; k < record->n_parameters; k++) {
        bind_parameter(r, world, k);
    }
    uint64_t *first, *size;
    world->n_observed = lay_items(r, world, record->observed, record->n_observed, &world->observed_first, &world->observed_size);
    world->n_shown = lay_items(r, world, record->shown, record->n_shown, &world->shown_first, &world->shown_size);
    world->n_hidden = lay_items(r, world, record->hidden, record->n_hidden, &first, &size);
    if (world->n_observed + world->n_shown + world->n_hidden > E2L_ENVIRONMENT_NUMBERS) {
        e2l_resolver_problem(r, "environment '%s': %llu numbers observed, shown and hidden, at most %d", source->name,
                             (unsigned long long)(world->n_observed + world->n_shown + world->n_hidden), (int)E2L_ENVIRONMENT_NUMBERS);
    }
    const char *site = e2l_resolver_text(r, "environment/%s", source->name);
    world->site = e2l_key_bytes(site, strlen(site), (e2l_key){0, 0}).low;
    find_calls(r, world);
}

void e2l_declare_worlds(e2l_resolver *r)
{
    const e2l_experiment *e = r->experiment;
    r->out->worlds = e2l_resolver_alloc(r, e->n_worlds, sizeof *r->out->worlds);
    for (size_t k = 0; r->out->worlds && k < e->n_worlds; k++) {
        declare_world(r, &r->out->worlds[k], &e->worlds[k]);
    }
}

/* ---- names ------------------------------------------------------------------------------------------------- */
bool e2l_find_shown(const e2l_resolver *r, const char *name, uint32_t *world, uint32_t *item, bool *is_world)
{
    const char *dot = strchr(name, '.');
    *is_world = false;
    for (uint32_t k = 0; dot && k < r->experiment->n_worlds; k++) {
        const e2l_environment *record = r->out->worlds[k].record;
        const char *own = r->experiment->worlds[k].name;
        if (strlen(own) != (size_t)(dot - name) || strncmp(own, name, (size_t)(dot - name)) != 0) {
            continue;
        }
        *is_world = true;
        *world = k;
        for (uint32_t i = 0; record && i < record->n_shown; i++) {
            if (strcmp(record->shown[i].name, dot + 1) == 0) {
                *item = i;
                return true;
            }
        }
    }
    return false;
}

void e2l_names_worlds(e2l_resolver *r, e2l_names *names, bool all_sizes)
{
    for (uint32_t k = 0; r->out->worlds && k < r->experiment->n_worlds; k++) {
        const e2l_bound_world *world = &r->out->worlds[k];
        for (uint32_t i = 0; world->record && world->shown_size && i < world->record->n_shown; i++) {
            const bool is_one = world->shown_size[i] == 1;
            if (is_one != all_sizes) { /* single numbers are among the globals already */
                e2l_names_add(r, names, e2l_resolver_text(r, "%s.%s", world->source->name, world->record->shown[i].name),
                              (e2l_ref){.kind = E2L_REF_SHOWN, .place = is_one ? E2L_AT_GLOBAL : E2L_AT_SELF, .owner = k, .index = i});
            }
        }
    }
}

static const e2l_binding *given_observed(const e2l_world *source, const char *name)
{
    for (size_t k = 0; k < source->n_observes; k++) {
        if (source->observes[k].name && strcmp(source->observes[k].name, name) == 0) {
            return &source->observes[k];
        }
    }
    return NULL;
}

static void bind_observed(e2l_resolver *r, const e2l_names *names, e2l_bound_world *world, size_t k)
{
    const e2l_environment_item *item = &world->record->observed[k];
    const e2l_binding *given = given_observed(world->source, item->name);
    const char *place = e2l_resolver_text(r, "environment '%s': observes '%s'", world->source->name, item->name);
    if (!given) {
        e2l_resolver_problem(r, "%s: missing; '%s' needs to see: %s", place, world->record->name, item->help);
        return;
    }
    if (!e2l_names_read(r, names, &world->observes[k], given->expr, 0, place)) {
        return;
    }
    const uint64_t width = e2l_bound_width(r, &world->observes[k], place), wanted = world->observed_size[k];
    if (width != wanted && width != 1) {
        e2l_resolver_problem(r, "%s: '%s' has %llu elements, expected %llu", place, given->expr, (unsigned long long)width,
                             (unsigned long long)wanted);
    }
}

void e2l_bind_worlds(e2l_resolver *r, const e2l_names *names)
{
    char near[PLACE_BYTES];
    for (size_t k = 0; r->out->worlds && k < r->experiment->n_worlds && r->status == E2L_OK; k++) {
        e2l_bound_world *world = &r->out->worlds[k];
        const e2l_environment *record = world->record;
        if (!record || !world->observed_size) {
            continue;
        }
        for (size_t i = 0; i < record->n_observed; i++) {
            bind_observed(r, names, world, i);
        }
        for (size_t i = 0; i < world->source->n_observes; i++) {
            const char *name = world->source->observes[i].name ? world->source->observes[i].name : "";
            bool found = false;
            for (size_t o = 0; o < record->n_observed; o++) {
                found = found || strcmp(record->observed[o].name, name) == 0;
            }
            if (!found) {
                e2l_resolver_problem(r, "environment '%s': observes '%s': '%s' does not look at that%s", world->source->name, name, record->name,
                                     near_name(r, near, name, record->observed, record->n_observed, sizeof *record->observed));
            }
        }
    }
}

/* ---- calls --------------------------------------------------------------------------------------------------- */
bool e2l_world_is_called(const e2l_resolved *resolved, const e2l_bound_world *world, uint64_t step)
{
    bool called = false;
    for (uint32_t k = 0; k < world->n_calls && !called; k++) {
        const e2l_moment moment = e2l_span_at_step(resolved, world->calls[k], step);
        called = moment.on && moment.t + 1 == resolved->spans[world->calls[k]].steps;
    }
    return called;
}

static e2l_stream stream_of(const e2l_bound_world *world, e2l_key case_key, uint64_t step)
{
    const uint64_t words[] = {case_key.low, case_key.high, world->site, step};
    e2l_stream stream;
    e2l_stream_init(&stream, 0, E2L_PURPOSE_ENVIRONMENT, words, sizeof words / sizeof *words);
    return stream;
}

void e2l_world_begin(const e2l_bound_world *world, e2l_key case_key, double *state)
{
    e2l_stream stream = stream_of(world, case_key, E2L_BEFORE_RUN);
    for (uint64_t k = 0; k < world->n_shown + world->n_hidden; k++) {
        state[k] = 0;
    }
    world->record->begin(world->parameters, &stream, state);
}

void e2l_world_step(const e2l_bound_world *world, e2l_key case_key, uint64_t step, const double *observed, double *state)
{
    e2l_stream stream = stream_of(world, case_key, step);
    world->record->step(world->parameters, &stream, observed, state);
}
