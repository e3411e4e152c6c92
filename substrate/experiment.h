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
#include "substrate/environment.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct e2l_experiment e2l_experiment;

/* name = expression (parameters, terminals, states with their initial values, what a span sets). */
typedef struct e2l_binding {
    const char *name;
    const char *expr;
    const char *unit; /* NULL: dimensionless */
} e2l_binding;

/* A named array of the case, filled by the task's code. */
typedef enum e2l_array_kind {
    E2L_ARRAY_STATIC,  /* [size], once per case */
    E2L_ARRAY_BY_STEP, /* [step][size], one row per step of the whole run */
    E2L_ARRAY_ROWS,    /* [n_rows][size]; an input says which row it reads when */
    E2L_ARRAY_EVENTS,  /* [n_rows][2]: (time, index), in any order: the sparse form of ROWS without end, whose row r holds for every
                          index < size the number of its events with floor(time / dt + 1e-9) = r. Below 0 as time: no event */
    E2L_ARRAY_EDGES    /* [n_rows][size], size 2 or 3: (source, target) or (source, target, value). In `connect` and `w` its name is 1
                          where a pair is listed and NAME.value its value (1 without one), both 0 elsewhere. A pair that is listed
                          twice counts once, with the later value. Below 0 as source: no edge */
} e2l_array_kind;
typedef struct e2l_array {
    const char *name;
    e2l_array_kind kind;
    uint64_t size;   /* elements of a row; EVENTS: of the port it is fed into */
    uint64_t n_rows; /* of ROWS, EVENTS and EDGES (the most a case may have); else 0 */
} e2l_array;
/* What a case fills in (e2l_case.fill): rows, and numbers of a row. */
uint64_t e2l_array_n_rows(const e2l_experiment *experiment, size_t array);
uint64_t e2l_array_n_columns(const e2l_array *array);

/* A port of a population fed by an array: element i of the row goes to neuron i. */
typedef struct e2l_input {
    const char *port;
    const char *array; /* or WORLD.ITEM: what an environment shows */
    const char *row; /* which row of a ROWS or EVENTS array: an expression of the schedule (step, span counters, numbers), rounded
                        down: "trial.t" replays in every trial; NULL: the row of the step (not of ROWS). EVENTS have no last
                        row: where nothing is listed nothing comes */
} e2l_input;

/* A hole in statements: the rule. It sees its terminals and nothing else. */
typedef struct e2l_slot {
    const char *name;
    const e2l_binding *terminals; /* expressions over what the statement itself could name */
    size_t n_terminals;
} e2l_slot;

typedef struct e2l_population {
    const char *name;
    uint64_t size;
    const char *model;             /* name of a model (substrate/models), path of a model file, or its JSON text */
    const e2l_binding *parameters; /* overrides of the model's parameters: numbers, or one value per neuron, drawn once per
                                      case: i, static arrays [size], normal, uniform, parameters before it */
    size_t n_parameters;
    const e2l_binding *states; /* overrides of initial values, over the same and all parameters of the model */
    size_t n_states;
    const e2l_input *inputs;
    size_t n_inputs;
    const e2l_slot *slots; /* holes in the model's statements: a name there that is none of the model's own */
    size_t n_slots;
} e2l_population;

/* How the effects of a target's synapses become what arrives at its port. MAX and MIN pass NaN on; over no synapse at all they
   are 0 as SUM is. */
typedef enum e2l_reduce { E2L_REDUCE_SUM, E2L_REDUCE_MAX, E2L_REDUCE_MIN } e2l_reduce;

typedef struct e2l_projection {
    const char *name;
    const char *from, *to; /* populations */
    const char *port;      /* of `to` */
    const char *connect;   /* which synapses there are: > 0. Over pre.i, post.i, parameters of both sides (pre.p, post.p), static arrays
                              [n_post * n_pre], uniform, normal; once per case. NULL: all */
    const char *fan_in;    /* a whole number: of the synapses `connect` allows every target has so many, drawn once per case (all, where
                              there are no more); NULL: all */
    const char *signal;    /* expression of the sender (its variables, static arrays); arrives as `x` */
    const char *delay;     /* a time, multiple of dt; NULL: 0, within the step. One for all, or one per source: over i, parameters of
                              the sender, static arrays [n_pre], normal, uniform, once per case */
    const char *delay_max; /* a number: the longest delay, needed when they differ */
    const char *w;         /* initial weight, over static arrays of size n_post * n_pre (index i_post * n_pre + i_pre), pre.i, post.i,
                              parameters of both sides, normal, uniform, numbers; NULL with weights_of */
    const char *weights_of; /* another projection that owns the weights, or NULL */
    bool transposed;        /* with weights_of, from its targets to its sources: synapse (i_pre, i_post) has its weight (i_post, i_pre) */
    const char *effect;     /* what the synapse puts on the port, over x, w, its own states, pre.i, post.i, parameters of both sides,
                               globals; NULL: "w * x" */
    e2l_reduce reduce;
    const char *lower, *upper; /* bounds of w, numbers, kept after every write and of the initial value (NaN passes); NULL: none */
    const char *model;         /* synapse model (as for populations): its parameters, states and statements; NULL: those here */
    const e2l_binding *parameters; /* overrides of the synapse model's parameters, numbers */
    size_t n_parameters;
    const e2l_binding *states; /* of the synapse, with initial values over numbers, normal, uniform; with a model: overrides */
    size_t n_states;
    const e2l_slot *slots; /* terminals over x, w, own states, pre.*, post.*, globals */
    size_t n_slots;
    const char *const *synapse; /* statements, run after all neurons of the step: "w += eta * rule". With a model: after its own */
    size_t n_synapse;
} e2l_projection;

/* A stretch of the run, a tree: `repeat` times `steps` steps, or `repeat` times its children one after the other. */
typedef struct e2l_span e2l_span;
struct e2l_span {
    const char *name;
    uint64_t steps;  /* of one repetition; 0 with children */
    uint64_t repeat; /* 0 means 1 */
    const e2l_span *children;
    size_t n_children;
    const e2l_binding *set;    /* parameters of the experiment that get a new value on entering (every repetition), over
                                  numbers and the schedule, no parameter that is set itself; it stays until the next set */
    size_t n_set;
    const char *const *reset;  /* POP.state, PROJ.state, PROJ.w, POP.* or PROJ.* (all states; w is none of them): the initial expression
                                  evaluated again on entering (every repetition), noise drawn anew; a reset of all states of the sender that a delayed signal is
                                  made of resets its history */
    size_t n_reset;
    const char *const *freeze; /* the same names: not written inside the span (resets still count) */
    size_t n_freeze;
};

/* An environment (environment.h) in this network. What it shows is read as NAME.ITEM: single numbers are globals, several are fed into
   ports (an input whose array is "NAME.ITEM") or looked at by probes. Called before the first step, then in the last step of every
   repetition of the spans listed, after all neuron statements: synapse statements and probes of that step see what it shows then, neurons
   from the next step on. */
typedef struct e2l_world {
    const char *name;
    const char *environment; /* name of the record */
    uint64_t version;        /* 0: the record's own */
    const e2l_binding *parameters; /* overrides of the record's, numbers */
    size_t n_parameters;
    const e2l_binding *observes; /* all the record observes: expressions as those of probes, with as many elements as the record says */
    size_t n_observes;
    const char *const *calls; /* spans */
    size_t n_calls;
    const e2l_environment *record; /* who has the registry fills it in: NULL is a name nobody knows */
} e2l_world;

typedef enum e2l_fold { E2L_FOLD_ALL, E2L_FOLD_LAST, E2L_FOLD_MEAN, E2L_FOLD_SUM, E2L_FOLD_MAX } e2l_fold;
typedef struct e2l_probe {
    const char *name;
    const char *of;   /* expression over POP.var, POP.port, PROJ.w; all indexed names in it are of one size */
    const char *when; /* condition over globals, NULL: every step */
    e2l_fold fold;    /* over the steps at which it looks; LAST: the value of the last look */
} e2l_probe;

struct e2l_experiment {
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
    const e2l_span *spans; /* one after the other, each a tree */
    size_t n_spans;
    const e2l_probe *probes;
    size_t n_probes;
    const e2l_world *worlds;
    size_t n_worlds;
    const char *problems; /* what its reader found wrong, a line each: the checker says that first; NULL: nothing */
};

/* Names every statement may use: dt, t (start of the step), step (0, 1, ..), SPAN.on, SPAN.first and SPAN.last (in the first and last
   step of a repetition), SPAN.k (repetitions before this one), SPAN.t (steps since this repetition began), SPAN.steps (of one repetition);
   outside of the span on, first, last, k and t are 0. eta.SLOT (the slot's learning rate; plain `eta` when there is one slot),
   parameters, variables of size-one populations as POP.var, and normal and uniform: a draw for this (case, statement, element, step).
   In neuron statements `i`, in synapse statements x, w, own states, pre.NAME, post.NAME (also pre.i, post.i), slot names.

   A synapse state lives once, per source, per target or per synapse, as its statements allow: the smallest of these that all
   values and guards written to it fit in, where noise fits anywhere; with noise in its initial value it lives per synapse.

   Noise of what is drawn once per case (parameters, initial values, weights, delays, connectivity) is keyed by the text's place instead of a
   statement; after a reset by the step of the reset as well. */

/* What a name may be: a local of a model (written, but no state) is read only after it was written in the same step, and a
   guarded statement writes states only. A port is the sum of its input array, then of its projections as listed; it is gathered right before the first statement of its model
   that mentions it, or, when none does but a probe, terminal or signal reads it, after the last statement of its population; nothing fed in
   counts as 0. A `when` holds where it is > 0. Names of parameters, arrays, populations, projections, environments, spans and slots are one
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
/* All slots: of all populations, then of all projections, in the order listed. Returns how many; fills `slots` up to `room`. */
size_t e2l_experiment_slots(const e2l_experiment *experiment, const e2l_slot **slots, size_t room);
/* The experiment as JSON text (for people, hashing, files). */
E2L_MUST_CHECK e2l_status e2l_experiment_print(const e2l_experiment *experiment, e2l_text *out);

#ifdef __cplusplus
}
#endif
#endif
