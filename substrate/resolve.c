/* resolve.c: the stages of reading an experiment, its memory, its list of problems. */
#include "substrate/resolve.h"

#include <stdio.h>
#include <string.h>

#include "substrate/resolve_impl.h"

void e2l_resolver_problem(e2l_resolver *resolver, const char *format, ...)
{
    char line[E2L_MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    e2l_text_appendf(&resolver->problems, "%s%s", resolver->n_problems > 0 ? "\n" : "", line);
    resolver->n_problems++;
}

void e2l_resolver_missing(e2l_resolver *resolver, const char *place)
{
    if (!resolver->experiment->problems) {
        e2l_resolver_problem(resolver, "%s: missing", place);
    }
}

bool e2l_resolver_take(e2l_resolver *resolver, e2l_status status, const char *place)
{
    if (status == E2L_INPUT) {
        e2l_resolver_problem(resolver, "%s: %s", place, e2l_ctx_message(resolver->ctx));
    } else if (status != E2L_OK && resolver->status == E2L_OK) {
        resolver->status = status;
    }
    return status == E2L_OK;
}

void *e2l_resolver_alloc(e2l_resolver *resolver, size_t n, size_t size)
{
    void *block = resolver->status == E2L_OK ? e2l_arena_alloc(resolver->arena, n, size) : NULL;
    if (!block) {
        resolver->status = E2L_NOMEM;
    }
    return block;
}

const char *e2l_resolver_text(e2l_resolver *resolver, const char *format, ...)
{
    char line[E2L_MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    const char *copy = e2l_arena_strdup(resolver->arena, line, strlen(line));
    if (!copy) {
        resolver->status = E2L_NOMEM;
    }
    return copy ? copy : "";
}

const e2l_expr *e2l_resolver_parse(e2l_resolver *resolver, const char *text, const char *place)
{
    if (!text) {
        e2l_resolver_missing(resolver, place);
        return NULL;
    }
    e2l_owned_expr *owned = e2l_resolver_alloc(resolver, 1, sizeof *owned);
    if (!owned) {
        return NULL;
    }
    e2l_status status = e2l_expr_parse(resolver->ctx, &owned->expr, text, strlen(text),
                                       &(e2l_scope){.any_name = true});
    if (!e2l_resolver_take(resolver, status, place)) {
        return NULL;
    }
    owned->next = resolver->out->memory->exprs;
    resolver->out->memory->exprs = owned;
    return owned->expr;
}

/* As many whole lines as fit into a message, and how many did not. */
static e2l_status report(e2l_resolver *resolver)
{
    enum { ROOM = E2L_MESSAGE_BYTES - 48 };
    if (resolver->problems.failed) {
        return E2L_NOMEM;
    }
    const char *text = e2l_text_get(&resolver->problems);
    size_t length = 0, lines = 0;
    for (size_t k = 0; k <= resolver->problems.n && k < ROOM; k++) {
        if (text[k] == '\n' || text[k] == '\0') {
            length = k;
            lines++;
        }
    }
    if (lines == 0) {
        length = ROOM;
        lines = 1;
    }
    size_t left = resolver->n_problems - lines;
    if (left == 0) {
        return e2l_fail(resolver->ctx, E2L_INPUT, "%.*s", (int)length, text);
    }
    return e2l_fail(resolver->ctx, E2L_INPUT, "%.*s\n(and %zu more)", (int)length, text, left);
}

/* Those of the reader come first. */
static void begin_problems(e2l_resolver *resolver)
{
    const char *given = resolver->experiment->problems;
    if (given && given[0]) {
        e2l_text_append(&resolver->problems, given);
        resolver->n_problems = 1;
    }
    for (const char *c = given; c && *c; c++) {
        resolver->n_problems += *c == '\n' ? 1 : 0;
    }
}

static e2l_status create_memory(e2l_ctx *ctx, e2l_resolved **out)
{
    e2l_resolved *resolved = e2l_alloc(ctx, 1, sizeof *resolved);
    if (!resolved) {
        return E2L_NOMEM;
    }
    resolved->memory = e2l_alloc(ctx, 1, sizeof *resolved->memory);
    e2l_status status =
        resolved->memory ? e2l_arena_create(ctx, &resolved->memory->arena) : E2L_NOMEM;
    if (status != E2L_OK) {
        e2l_resolved_destroy(ctx, resolved);
        return status;
    }
    *out = resolved;
    return E2L_OK;
}

static void run_stages(e2l_resolver *resolver)
{
    void (*const stages[])(e2l_resolver *) = {e2l_resolve_declarations, e2l_resolve_sets, e2l_resolve_texts,
                                              e2l_resolve_probes, e2l_resolve_slots, e2l_resolve_units, e2l_resolve_order};
    for (size_t k = 0; k < sizeof stages / sizeof *stages; k++) {
        if (resolver->status != E2L_OK || resolver->is_hopeless) {
            return;
        }
        stages[k](resolver);
    }
}

e2l_status e2l_resolve(e2l_ctx *ctx, e2l_resolved **out, const e2l_experiment *experiment)
{
    *out = NULL;
    if (experiment->struct_size != sizeof *experiment) {
        return e2l_fail(ctx, E2L_INTERNAL, "experiment of struct_size %zu, expected %zu",
                        experiment->struct_size, sizeof *experiment);
    }
    e2l_resolver resolver = {.ctx = ctx, .experiment = experiment};
    e2l_text_init(&resolver.problems, ctx);
    begin_problems(&resolver);
    e2l_status status = create_memory(ctx, &resolver.out);
    if (status != E2L_OK) {
        return status;
    }
    resolver.out->experiment = experiment;
    resolver.arena = resolver.out->memory->arena;
    run_stages(&resolver);
    status = resolver.status;
    if (status == E2L_OK && resolver.n_problems > 0) {
        status = report(&resolver);
    }
    e2l_text_clear(&resolver.problems);
    if (status != E2L_OK) {
        e2l_resolved_destroy(ctx, resolver.out);
        return status;
    }
    *out = resolver.out;
    return E2L_OK;
}

void e2l_resolved_destroy(e2l_ctx *ctx, e2l_resolved *resolved)
{
    if (!resolved) {
        return;
    }
    for (size_t k = 0; resolved->populations && k < resolved->experiment->n_populations; k++) {
        e2l_model_destroy(ctx, resolved->populations[k].model);
    }
    for (size_t k = 0; resolved->projections && k < resolved->experiment->n_projections; k++) {
        e2l_model_destroy(ctx, resolved->projections[k].model);
    }
    if (resolved->memory) {
        for (e2l_owned_expr *owned = resolved->memory->exprs; owned; owned = owned->next) {
            e2l_expr_destroy(ctx, owned->expr);
        }
        e2l_arena_destroy(resolved->memory->arena);
    }
    e2l_free(ctx, resolved->memory);
    e2l_free(ctx, resolved);
}

/* ---- what follows from a resolved experiment ---- */

e2l_status e2l_resolved_layout(e2l_ctx *ctx, const e2l_resolved *resolved, e2l_layout *out)
{
    const e2l_experiment *experiment = resolved->experiment;
    *out = (e2l_layout){.n_probes = experiment->n_probes};
    out->places = e2l_alloc(ctx, experiment->n_probes, sizeof *out->places);
    if (!out->places) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < experiment->n_probes; k++) {
        const e2l_bound_probe *probe = &resolved->probes[k];
        bool keeps_all = experiment->probes[k].fold == E2L_FOLD_ALL;
        out->places[k] = (e2l_probe_place){.offset = out->n_values,
                                           .width = (size_t)probe->width,
                                           .n_looks = keeps_all ? (size_t)probe->n_looks : 1};
        out->n_values += out->places[k].width * out->places[k].n_looks;
    }
    return E2L_OK;
}
