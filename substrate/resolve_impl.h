/* resolve_impl.h: what the files resolve*.c share. */
#ifndef E2L_SUBSTRATE_RESOLVE_IMPL_H
#define E2L_SUBSTRATE_RESOLVE_IMPL_H

#include "substrate/dimension.h"
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
    double *values; /* of e2l_bound_at_step: room for the schedule's largest expression */
    const double **inputs;
    void *work;
    size_t n_values, n_work;
} e2l_resolved_memory;

/* Units that stand in the experiment, numbered. */
enum { E2L_NO_UNIT, E2L_UNKNOWN_UNIT, E2L_FIRST_UNIT }; /* a plain number; not declared; then those of the list */
typedef struct e2l_unit_entry {
    const char *text;
    e2l_dimension dimension;
    bool is_mute; /* of a model that declares none but "1": it asks for nothing */
} e2l_unit_entry;

typedef struct e2l_resolver {
    e2l_ctx *ctx;
    const e2l_experiment *experiment;
    e2l_resolved *out;
    e2l_arena *arena; /* out->memory->arena */
    e2l_text problems; /* one a line */
    size_t n_problems;
    e2l_unit_entry *units;
    uint32_t n_units, units_room;
    const bool *is_set; /* [n_parameters] some span sets it */
    bool is_timeless; /* a span has a wrong length: what happens at which step is not known */
    const e2l_bound_projection *shape; /* whose drawn texts are being read, else NULL */
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
/* Something that must be given is not; not said when the reader found mistakes, as this is one of those. */
void e2l_resolver_missing(e2l_resolver *resolver, const char *place);
/* Passes a status on: wrong input becomes a problem ("place: message"), anything else ends the reading. True when ok. */
bool e2l_resolver_take(e2l_resolver *resolver, e2l_status status, const char *place);
/* Zeroed memory of the resolved experiment; NULL sets the status. */
void *e2l_resolver_alloc(e2l_resolver *resolver, size_t n, size_t size);
/* Text put together in that memory; "" when memory is out. */
const char *e2l_resolver_text(e2l_resolver *resolver, const char *format, ...) E2L_PRINTF(2, 3);
/* Parses a text of the experiment; the result is owned by the resolved experiment. NULL: a problem was noted. */
const e2l_expr *e2l_resolver_parse(e2l_resolver *resolver, const char *text, const char *place);

/* ---- names (resolve_names.c) ---- */
/* Of two equal names the one added first counts: a model's own names come before those of the experiment. */
void e2l_names_add(e2l_resolver *resolver, e2l_names *names, const char *name, e2l_ref ref);
/* Adds all of `more`. */
void e2l_names_join(e2l_resolver *resolver, e2l_names *names, const e2l_names *more);
/* dt, t, step, spans. */
void e2l_names_schedule(e2l_resolver *resolver, e2l_names *names);
/* Parameters of the experiment that no span sets. */
void e2l_names_numbers(e2l_resolver *resolver, e2l_names *names);
/* All of them: what is set has the value of the step. */
void e2l_names_parameters(e2l_resolver *resolver, e2l_names *names);
/* normal and uniform; who binds says for whom and where: e2l_bound_draws_at. */
void e2l_names_noise(e2l_resolver *resolver, e2l_names *names);
void e2l_bound_draws_at(e2l_bound *bound, e2l_place place, const char *site);
bool e2l_bound_has_noise(const e2l_bound *bound);
/* Its names are the schedule's and numbers (resolve_probes.c). */
bool e2l_bound_is_schedule(const e2l_bound *bound);
/* All its names are numbers. */
bool e2l_bound_is_number(const e2l_bound *bound);
/* Parameters of a population's model, behind `prefix`; with `prefix`.i. */
void e2l_names_fixed(e2l_resolver *resolver, e2l_names *names, const char *prefix, uint32_t population, e2l_place place);
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

/* Makes e2l_bound_at_step possible for it. */
bool e2l_resolver_schedule(e2l_resolver *resolver, const e2l_bound *bound);

/* ---- parts of stages ---- */
void e2l_resolve_spans(e2l_resolver *resolver);                      /* resolve_spans.c */
void e2l_resolve_projections(e2l_resolver *resolver);                /* resolve_projections.c */
/* Spans that reset or freeze `what` of `owner` (POP.state, PROJ.w, with POP.* and PROJ.*): gives the list, returns its length. */
uint32_t e2l_resolve_resets(e2l_resolver *resolver, const char *owner, const char *what, uint32_t **out); /* resolve_reach.c */
uint32_t e2l_resolve_freezes(e2l_resolver *resolver, const char *owner, const char *what, uint32_t **out);
/* Every name that a span resets or freezes exists. */
void e2l_resolve_reach(e2l_resolver *resolver);
/* One projection: resolve_synapses.c */
void e2l_resolve_synapses(e2l_resolver *resolver, uint32_t projection);
/* ---- statements and slots (resolve_texts.c) ---- */
void e2l_check_local_reads(e2l_resolver *resolver, const e2l_bound *bound, const bool *is_written, e2l_ref_kind kind, uint32_t owner,
                           const char *place);
void e2l_check_local_write(e2l_resolver *resolver, const e2l_statement *statement, bool *is_written, uint32_t index, bool is_local,
                           const char *place);
/* As written, cut short. */
const char *e2l_statement_text(e2l_resolver *resolver, const e2l_statement *statement);
/* Terminals of slot `index`, of a population or of a projection; the other one is E2L_NO_INDEX. */
void e2l_bind_slot(e2l_resolver *resolver, const e2l_names *names, const e2l_slot *slot, uint32_t index, uint32_t population,
                   uint32_t projection);
void e2l_names_slots(e2l_resolver *resolver, e2l_names *names, const e2l_slot *slots, size_t n, uint32_t first, e2l_place place,
                     uint32_t owner);
void e2l_check_slot_use(e2l_resolver *resolver, const e2l_slot *slot, uint32_t index, const e2l_bound_statement *statements, size_t n);
/* Index of a model's item; with the nearest name in a problem. */
bool e2l_find_item(const e2l_model_item *items, size_t n, const char *name, uint32_t *out);
const char *e2l_near_item(e2l_resolver *resolver, char buffer[160], const char *name, const e2l_model_item *items, size_t n);

/* ---- units (resolve_units.c) ---- */
/* Number of a unit; an unknown one is a problem at `place`. NULL or "": `none`. */
uint32_t e2l_unit_number(e2l_resolver *resolver, const char *text, uint32_t none, bool is_mute, const char *place);
/* Those of a model's items. */
e2l_model_units e2l_model_units_of(e2l_resolver *resolver, const e2l_model *model, const char *place);

/* ---- environments (resolve_worlds.c) ---- */
void e2l_declare_worlds(e2l_resolver *resolver); /* records, numbers, sizes, spans */
void e2l_bind_worlds(e2l_resolver *resolver, const e2l_names *names); /* what they observe: names as of probes */
/* World and item of "WORLD.ITEM"; false: there is no such world, or (`is_world`) no such item in it. */
bool e2l_find_shown(const e2l_resolver *resolver, const char *name, uint32_t *world, uint32_t *item, bool *is_world);
/* Names of single numbers (all_sizes: everything) that worlds show. */
void e2l_names_worlds(e2l_resolver *resolver, e2l_names *names, bool all_sizes);
/* Elements of a text whose names are those of probes; a problem where they differ. */
uint64_t e2l_bound_width(e2l_resolver *resolver, const e2l_bound *bound, const char *place);

/* ---- stages, in this order ---- */
void e2l_resolve_declarations(e2l_resolver *resolver); /* resolve_network.c: what there is */
void e2l_resolve_sets(e2l_resolver *resolver);         /* resolve_spans.c */
void e2l_resolve_texts(e2l_resolver *resolver);        /* resolve_texts.c: what every text means */
void e2l_resolve_probes(e2l_resolver *resolver);       /* resolve_probes.c */
void e2l_resolve_slots(e2l_resolver *resolver);        /* resolve_slots.c: whether rules are ever asked */
void e2l_resolve_units(e2l_resolver *resolver);        /* resolve_units.c: whether the units fit, and those of the slots */
void e2l_resolve_order(e2l_resolver *resolver);        /* resolve_order.c: when it runs */

#endif
