/* experiment.h: which network to simulate, as data (DESIGN section 3).

   An experiment is plain text and numbers: populations of named models, projections with plastic synapses, a
   schedule of spans, named arrays of the case, probes. It can be checked, printed, hashed and handed to any substrate.
   Expressions are texts of the one language; e2l_experiment_check resolves every name and reports what is wrong.

   The vocabulary grows by fields with a zero default: what is not given keeps its meaning. What a substrate
   cannot do it refuses in words (supports), it never ignores it. */
#ifndef E2L_SUBSTRATE_EXPERIMENT_H
#define E2L_SUBSTRATE_EXPERIMENT_H

#include "cgp/base.h"
#include "cgp/expr.h"

#ifdef __cplusplus
extern "C" {
#endif

/* name = expression (parameters, terminals, initial values). */
typedef struct e2l_binding {
    const char *name;
    const char *expr;
    const char *unit; /* NULL: dimensionless */
} e2l_binding;

/* A named array of the case, filled by the task's code. */
typedef enum e2l_array_kind {
    E2L_ARRAY_STATIC, /* [size], once per case */
    E2L_ARRAY_BY_STEP /* [step][size], one row per step of the whole run */
} e2l_array_kind;
typedef struct e2l_array {
    const char *name;
    e2l_array_kind kind;
    uint64_t size; /* elements of a row */
} e2l_array;

/* A port of a population fed by a BY_STEP array: element i of the row goes to neuron i. */
typedef struct e2l_input {
    const char *port;
    const char *array;
} e2l_input;

typedef struct e2l_population {
    const char *name;
    uint64_t size;
    const char *model;             /* name of a model (substrate/models), path of a model file, or its JSON text */
    const e2l_binding *parameters; /* overrides of the model's parameters */
    size_t n_parameters;
    const e2l_input *inputs;
    size_t n_inputs;
} e2l_population;

/* A hole in the projection's synapse statements: the rule. It sees its terminals and nothing else. */
typedef struct e2l_slot {
    const char *name;
    const e2l_binding *terminals; /* expressions over x, w, pre.*, post.*, globals */
    size_t n_terminals;
} e2l_slot;

typedef struct e2l_projection {
    const char *name;
    const char *from, *to; /* populations */
    const char *port;      /* of `to` */
    const char *signal;    /* expression of the sender (its variables, static arrays); arrives as `x` */
    double delay;          /* multiple of dt; 0 = within the step */
    const char *w;         /* initial weight: expression over static arrays of size n_post * n_pre (index
                              i_post * n_pre + i_pre), constants; NULL with weights_of */
    const char *weights_of; /* another projection that owns the weights, or NULL */
    const char *effect;     /* what the synapse puts on the port; NULL: "w * x" */
    const e2l_slot *slots;
    size_t n_slots;
    const char *const *synapse; /* statements, run after all neurons of the step: "w += eta * rule" */
    size_t n_synapse;
} e2l_projection;

typedef struct e2l_span {
    const char *name;
    uint64_t steps;
} e2l_span;

typedef enum e2l_fold { E2L_FOLD_ALL, E2L_FOLD_LAST, E2L_FOLD_MEAN, E2L_FOLD_SUM, E2L_FOLD_MAX } e2l_fold;
typedef struct e2l_probe {
    const char *name;
    const char *of;   /* expression over POP.var, POP.port, PROJ.w; all indexed names in it are of one size */
    const char *when; /* global condition, NULL: every step */
    e2l_fold fold;    /* over the steps at which it looks; LAST: the value of the last look */
} e2l_probe;

typedef struct e2l_experiment {
    size_t struct_size; /* sizeof(e2l_experiment) */
    const char *name;
    double dt;
    const char *dt_unit;
    const e2l_binding *parameters; /* named numbers, constant expressions, visible everywhere */
    size_t n_parameters;
    const e2l_array *arrays;
    size_t n_arrays;
    const e2l_population *populations;
    size_t n_populations;
    const e2l_projection *projections;
    size_t n_projections;
    const e2l_span *spans; /* one after the other */
    size_t n_spans;
    const e2l_probe *probes;
    size_t n_probes;
} e2l_experiment;

/* Names every statement may use: dt, t (start of the step), step (0, 1, ..), SPAN.on SPAN.first SPAN.last SPAN.t
   SPAN.steps, eta.SLOT (the slot's learning rate; plain `eta` when there is one slot), parameters,
   variables of size-one populations as POP.var. In synapse statements: x, w, pre.NAME, post.NAME, slot names. */

/* What a name may be: a local of a model (written, but no state) is read only after it was written in the same step, and a
   guarded statement writes states only. A port is the sum of its input array, then of its projections as listed; it is gathered right before the first statement of its model
   that mentions it, or, when none does but a probe, terminal or signal reads it, after the last statement of its population; nothing fed in
   counts as 0. A `when` holds where it is > 0. Names of parameters, arrays, populations, projections, spans and slots are one
   name space; names of primitives and dt t step eta x w pre post i normal uniform when inf nan are taken.

   Folds run over the looks, the steps at which the probe's `when` holds, in order: SUM from +0, MEAN = SUM / number of looks, MAX passes NaN
   on. With no look at all SUM is 0, the others NaN; a condition over the schedule that never holds is an error. ALL stores a row
   per look, so its number of looks must follow from step, spans and parameters alone. */

uint64_t e2l_experiment_n_steps(const e2l_experiment *experiment);

/* Where the values of each probe lie in a recording. */
typedef struct e2l_probe_place {
    size_t offset; /* first double */
    size_t width;  /* elements of one look: 1 for size-one populations, n_post * n_pre for PROJ.w */
    size_t n_looks; /* rows stored: 1 for folds; ALL: steps at which `when` holds (every step without one) */
} e2l_probe_place;
typedef struct e2l_layout {
    size_t n_values; /* doubles per recording */
    size_t n_probes;
    e2l_probe_place *places; /* [n_probes], owned: e2l_layout_clear */
} e2l_layout;
void e2l_layout_clear(e2l_ctx *ctx, e2l_layout *layout);

/* Every problem at once, one a line, with place and nearest name, in the message (as many as fit). Fills `out` when
   it is not NULL and all is well. E2L_INPUT otherwise. */
E2L_MUST_CHECK e2l_status e2l_experiment_check(e2l_ctx *ctx, const e2l_experiment *experiment,
                                               e2l_layout *out);
/* All slots of all projections in the order listed. Returns how many; fills `slots` up to `room`. */
size_t e2l_experiment_slots(const e2l_experiment *experiment, const e2l_slot **slots, size_t room);
/* The experiment as JSON text (for people, hashing, files). */
E2L_MUST_CHECK e2l_status e2l_experiment_print(const e2l_experiment *experiment, e2l_text *out);

#ifdef __cplusplus
}
#endif
#endif
