/* resolve_impl.h: what the files resolve*.c share. */
#ifndef E2L_SUBSTRATE_RESOLVE_IMPL_H
#define E2L_SUBSTRATE_RESOLVE_IMPL_H

#include "substrate/resolve.h"

/* An expression owned by the resolved experiment. */
typedef struct e2l_owned_expr {
    struct e2l_owned_expr *next;
    e2l_expr *expr;
} e2l_owned_expr;

/* Everything of a resolved experiment lives in one arena; expressions and models are destroyed one by one. */
typedef struct e2l_resolved_memory {
    e2l_arena *arena;
    e2l_owned_expr *exprs;
} e2l_resolved_memory;

typedef struct e2l_resolver {
    e2l_ctx *ctx;
    const e2l_experiment *experiment;
    e2l_resolved *out;
    e2l_arena *arena; /* out->memory->arena */
    e2l_text problems; /* one a line */
    size_t n_problems;
    bool is_hopeless; /* something has no name or no time: nothing further can be said */
    e2l_status status; /* memory and the like; problems are counted, not a status */
} e2l_resolver;

/* The names an expression may use. */
typedef struct e2l_names {
    const char **names;
    e2l_ref *refs;
    uint64_t *sizes; /* ARRAY: its size; else 0 */
    size_t n, capacity;
} e2l_names;

/* Adds one line to the problems. */
void e2l_resolver_problem(e2l_resolver *resolver, const char *format, ...) E2L_PRINTF(2, 3);
/* Passes a status on: wrong input becomes a problem ("place: message"), anything else ends the reading. True when ok. */
bool e2l_resolver_take(e2l_resolver *resolver, e2l_status status, const char *place);
/* Zeroed memory of the resolved experiment; NULL sets the status. */
void *e2l_resolver_alloc(e2l_resolver *resolver, size_t n, size_t size);
/* Text put together in that memory; "" when memory is out. */
const char *e2l_resolver_text(e2l_resolver *resolver, const char *format, ...) E2L_PRINTF(2, 3);
/* Parses a text of the experiment; the result is owned by the resolved experiment. NULL: a problem was noted. */
const e2l_expr *e2l_resolver_parse(e2l_resolver *resolver, const char *text, const char *place);

/* ---- names (resolve_names.c) ---- */
void e2l_names_add(e2l_resolver *resolver, e2l_names *names, const char *name, e2l_ref ref);
/* dt, t, step, spans, learning rates, parameters, variables of size-one populations (their ports as well with `with_ports`). */
void e2l_names_globals(e2l_resolver *resolver, e2l_names *names, bool with_ports);
/* Parameters, ports and variables of a population, behind `prefix` ("", "pre.", "post."). */
void e2l_names_population(e2l_resolver *resolver, e2l_names *names, const char *prefix, uint32_t population,
                          e2l_place place);
void e2l_names_arrays(e2l_resolver *resolver, e2l_names *names, e2l_place place);
/* Binds every name of `expr`; `elements` is what a static array must have. False when a problem was noted. */
bool e2l_names_bind(e2l_resolver *resolver, const e2l_names *names, e2l_bound *out, const e2l_expr *expr,
                    uint64_t elements, const char *place);
/* Parses and binds. */
bool e2l_names_read(e2l_resolver *resolver, const e2l_names *names, e2l_bound *out, const char *text,
                    uint64_t elements, const char *place);
/* Value of an expression all of whose names are numbers. */
double e2l_bound_value(e2l_resolver *resolver, const e2l_bound *bound);

/* ---- stages, in this order ---- */
void e2l_resolve_declarations(e2l_resolver *resolver); /* resolve_network.c: what there is */
void e2l_resolve_texts(e2l_resolver *resolver);        /* resolve_texts.c: what every text means */
void e2l_resolve_probes(e2l_resolver *resolver);       /* resolve_probes.c */
void e2l_resolve_order(e2l_resolver *resolver);        /* resolve_order.c: when it runs */

#endif
