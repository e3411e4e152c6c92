/* resolve_reach.c: which states a span resets or freezes: POP.state, PROJ.state, PROJ.w, POP.*, PROJ.*. */
#include <string.h>

#include "substrate/resolve_impl.h"

/* Whether `name` is owner.what, or owner.* (which leaves out w). */
static bool means(const char *name, const char *owner, const char *what)
{
    const size_t n = strlen(owner);
    if (!name || strncmp(name, owner, n) != 0 || name[n] != '.') {
        return false;
    }
    return strcmp(name + n + 1, what) == 0 || (strcmp(name + n + 1, "*") == 0 && strcmp(what, "w") != 0);
}

static bool one_means(const char *const *names, size_t n, const char *owner, const char *what)
{
    bool found = false;
    for (size_t k = 0; k < n; k++) {
        found = found || means(names[k], owner, what);
    }
    return found;
}

static uint32_t find_spans(e2l_resolver *r, bool resets, const char *owner, const char *what, uint32_t **out)
{
    uint32_t n = 0;
    *out = e2l_resolver_alloc(r, r->out->n_spans + 1, sizeof **out);
    for (uint32_t k = 0; *out && k < r->out->n_spans; k++) {
        const e2l_span *span = r->out->spans[k].source;
        if (resets ? one_means(span->reset, span->n_reset, owner, what) : one_means(span->freeze, span->n_freeze, owner, what)) {
            (*out)[n++] = k;
        }
    }
    return n;
}

uint32_t e2l_resolve_resets(e2l_resolver *r, const char *owner, const char *what, uint32_t **out)
{
    return find_spans(r, true, owner, what, out);
}

uint32_t e2l_resolve_freezes(e2l_resolver *r, const char *owner, const char *what, uint32_t **out)
{
    return find_spans(r, false, owner, what, out);
}

static bool has_projection_state(const e2l_bound_projection *projection, const char *what)
{
    uint32_t index;
    bool found = strcmp(what, "*") == 0 || (strcmp(what, "w") == 0 && !projection->source->weights_of);
    for (size_t k = 0; k < projection->source->n_states; k++) {
        found = found || (projection->source->states[k].name && strcmp(projection->source->states[k].name, what) == 0);
    }
    return found || (projection->model && e2l_find_item(projection->model->states, projection->model->n_states, what, &index));
}

static bool exists(const e2l_resolver *r, const char *name)
{
    const char *dot = strchr(name, '.');
    const size_t n = dot ? (size_t)(dot - name) : 0;
    uint32_t index;
    for (size_t k = 0; dot && k < r->experiment->n_populations; k++) {
        const e2l_bound_population *population = &r->out->populations[k];
        const char *own = r->experiment->populations[k].name;
        if (strlen(own) == n && strncmp(own, name, n) == 0) {
            return strcmp(dot + 1, "*") == 0 || !population->model ||
                   e2l_find_item(population->model->states, population->model->n_states, dot + 1, &index);
        }
    }
    for (size_t k = 0; dot && k < r->experiment->n_projections; k++) {
        const char *own = r->experiment->projections[k].name;
        if (strlen(own) == n && strncmp(own, name, n) == 0) {
            return has_projection_state(&r->out->projections[k], dot + 1);
        }
    }
    return false;
}

/* All names that a span may reset or freeze. */
static void all_states(e2l_resolver *r, e2l_names *names)
{
    for (size_t k = 0; k < r->experiment->n_populations; k++) {
        const e2l_model *model = r->out->populations[k].model;
        for (size_t i = 0; model && i < model->n_states; i++) {
            e2l_names_add(r, names, e2l_resolver_text(r, "%s.%s", r->experiment->populations[k].name, model->states[i].name), (e2l_ref){0});
        }
    }
    for (size_t k = 0; k < r->experiment->n_projections; k++) {
        const e2l_projection *source = &r->experiment->projections[k];
        const e2l_model *model = r->out->projections[k].model;
        if (!source->weights_of) {
            e2l_names_add(r, names, e2l_resolver_text(r, "%s.w", source->name), (e2l_ref){0});
        }
        for (size_t i = 0; i < source->n_states; i++) {
            e2l_names_add(r, names, e2l_resolver_text(r, "%s.%s", source->name, source->states[i].name), (e2l_ref){0});
        }
        for (size_t i = 0; model && i < model->n_states; i++) {
            e2l_names_add(r, names, e2l_resolver_text(r, "%s.%s", source->name, model->states[i].name), (e2l_ref){0});
        }
    }
}

static void check_list(e2l_resolver *r, const e2l_span *span, const char *what, const char *const *names, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (!names[k] || !exists(r, names[k])) {
            char near[160];
            e2l_names known = {0};
            all_states(r, &known);
            const char *hint = e2l_did_you_mean(near, sizeof near, names[k] ? names[k] : "", known.names, known.n);
            e2l_resolver_problem(r, "span '%s': %s '%.80s': no such state%s", span->name, what, names[k] ? names[k] : "",
                                 hint[0] ? hint : " (POP.state, PROJ.state, PROJ.w, POP.* or PROJ.*)");
        }
    }
}

void e2l_resolve_reach(e2l_resolver *r)
{
    for (uint32_t k = 0; k < r->out->n_spans; k++) {
        const e2l_span *span = r->out->spans[k].source;
        check_list(r, span, "reset", span->reset, span->n_reset);
        check_list(r, span, "freeze", span->freeze, span->n_freeze);
    }
}
