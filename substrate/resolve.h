/* resolve.h: an experiment with every text parsed and every name bound. The checker and every substrate's compiler
   start from this one reading, so that they cannot disagree about what a name means or when a statement runs.

   Extents are element counts of a value: a value of place SELF has one element per neuron of the population the
   expression belongs to, PRE and POST one per source and target of the projection, SYNAPSE one per synapse
   (index i_post * n_pre + i_pre), GLOBAL one. Probes use SELF for the elements of the probe. */
#ifndef E2L_SUBSTRATE_RESOLVE_H
#define E2L_SUBSTRATE_RESOLVE_H

#include "substrate/experiment.h"
#include "substrate/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum e2l_place {
    E2L_AT_GLOBAL,  /* one value for everybody: numbers, schedule, size-one populations */
    E2L_AT_SELF,    /* one per neuron of the population (or per element of the probe) */
    E2L_AT_PRE,     /* one per source neuron */
    E2L_AT_POST,    /* one per target neuron */
    E2L_AT_SYNAPSE  /* one per synapse */
} e2l_place;

typedef enum e2l_ref_kind {
    E2L_REF_NUMBER,     /* a parameter: `value` */
    E2L_REF_DT,         /* `value` as well */
    E2L_REF_TIME,       /* t = step * dt, start of the step */
    E2L_REF_STEP,       /* 0, 1, .. */
    E2L_REF_SPAN_ON,    /* `index` = span: 1 inside, else 0 */
    E2L_REF_SPAN_FIRST, /* 1 in its first step */
    E2L_REF_SPAN_LAST,  /* 1 in its last step */
    E2L_REF_SPAN_TIME,  /* NAME.t: steps since the repetition began; 0 outside */
    E2L_REF_SPAN_K,     /* NAME.k: repetitions before this one; 0 outside */
    E2L_REF_SET,        /* `index` = parameter of the experiment that some span sets; `value` before the first set */
    E2L_REF_SPAN_STEPS, /* `value`: length of a repetition in steps; the last kind of the schedule */
    E2L_REF_ETA,        /* `index` = slot, in the order of e2l_experiment_slots */
    E2L_REF_SLOT,       /* value of the rule in that slot; `index` as above */
    E2L_REF_VARIABLE,   /* `owner` = population, `index` = variable */
    E2L_REF_PORT,       /* `owner` = population, `index` = port of its model */
    E2L_REF_ARRAY,      /* `index` = static array; element = that of the place. Of edges `owner` 0: is there one, 1: its value */
    E2L_REF_X,          /* the signal as arrived; `owner` = projection, place PRE */
    E2L_REF_W,          /* `owner` = the projection that owns the weights */
    E2L_REF_LOCAL,      /* local of synapse statements; `owner` = projection, `index` = local; place SYNAPSE */
    E2L_REF_INDEX,      /* i, pre.i, post.i: the number of the element from 0; place SELF, PRE or POST */
    E2L_REF_PARAMETER,  /* a parameter with one value per neuron; `owner` = population, `index` = parameter of its model */
    E2L_REF_SYNAPSE_STATE, /* `owner` = projection, `index` = state; place: where it lives (GLOBAL, PRE, POST, SYNAPSE), in probes SELF */
    E2L_REF_SHOWN,      /* `owner` = world, `index` = item it shows; place GLOBAL, or SELF in probes and what worlds observe */
    E2L_REF_UNIFORM,    /* a draw of (0, 1); place: where the value is wanted, the domain of what is written; `site` */
    E2L_REF_NORMAL      /* a standard normal draw; the same */
} e2l_ref_kind;

typedef struct e2l_ref {
    e2l_ref_kind kind;
    e2l_place place;
    uint32_t owner, index;
    double value;  /* NUMBER, DT, SPAN_STEPS, SET */
    uint64_t site; /* UNIFORM, NORMAL: which text draws (e2l_noise) */
    uint32_t unit; /* NUMBER, SET: its unit, for the resolver alone */
} e2l_ref;

/* An expression and what each of its names means: refs[k] belongs to e2l_expr_name(expr, k). */
typedef struct e2l_bound {
    const e2l_expr *expr; /* NULL: not given. Borrowed from the model, or from the resolved experiment */
    e2l_ref *refs;        /* [n_names] */
} e2l_bound;

typedef struct e2l_bound_statement {
    const char *text;  /* as written, for messages */
    e2l_ref target;    /* VARIABLE (population), W, LOCAL or SYNAPSE_STATE (projection) */
    bool adds;         /* += */
    e2l_bound value;
    e2l_bound guard;   /* expr NULL: always. True when > 0 */
    uint32_t *frozen;  /* [n_frozen] spans inside which it writes nothing */
    uint32_t n_frozen;
} e2l_bound_statement;

typedef struct e2l_variable {
    const char *name;
    bool is_state;     /* else a local of the step */
    e2l_bound initial; /* state: value before the first step, and after a reset; places SELF and GLOBAL, never a variable */
    uint32_t *resets;  /* [n_resets] spans whose every repetition begins with a reset of it */
    uint32_t n_resets;
} e2l_variable;

#define E2L_NO_INDEX UINT32_MAX

typedef struct e2l_bound_port {
    const char *name;
    uint32_t array;        /* BY_STEP or ROWS array fed in, or E2L_NO_INDEX. Added first */
    e2l_bound row;         /* ROWS: which row, over the schedule; expr NULL with BY_STEP */
    uint32_t *projections; /* [n_projections] that end here, in listed order */
    uint32_t n_projections;
    uint32_t world, shown; /* the item of a world fed in instead of an array, or E2L_NO_INDEX */
    bool is_read;          /* by a statement, signal, terminal or probe; else it need not be gathered */
} e2l_bound_port;

/* Units of a model's items, for the resolver alone. */
typedef struct e2l_model_units {
    uint32_t *parameters, *ports, *states;
} e2l_model_units;

typedef struct e2l_bound_population {
    const e2l_population *source;
    e2l_model *model;           /* owned */
    e2l_model_units units;
    double *parameters;         /* [model->n_parameters] values, overrides applied; of those that are one for all neurons */
    e2l_bound *drawn;           /* [model->n_parameters] those with a value per neuron: places SELF; expr NULL: one for all */
    e2l_variable *variables;    /* states as listed in the model, then locals in order of first write */
    uint32_t n_variables;
    uint32_t first_slot;        /* in e2l_resolved.slots */
    e2l_bound_port *ports;      /* [model->n_ports] */
    e2l_bound_statement *statements; /* [model->n_statements], in the order written */
} e2l_bound_population;

typedef struct e2l_bound_slot {
    const e2l_slot *source;
    uint32_t population; /* of a slot in neuron statements, else E2L_NO_INDEX */
    uint32_t projection; /* of a slot in synapse statements, else E2L_NO_INDEX */
    e2l_bound *terminals; /* [source->n_terminals] */
    const char *unit;     /* of the rule, as its place asks for: "1", "mV/ms"; "": it cannot be told */
    const char **terminal_units; /* [source->n_terminals] */
} e2l_bound_slot;

typedef struct e2l_bound_projection {
    const e2l_projection *source;
    uint32_t from, to, port; /* populations, port of `to` */
    uint64_t n_pre, n_post;
    uint64_t delay_steps; /* the longest one; 0: within the step */
    e2l_bound delay;   /* time, where sources differ: places SELF (of the sender); expr NULL: delay_steps for all. A value is divided by dt
                          and rounded to the nearest whole number within 1..delay_steps */
    e2l_bound connect; /* > 0: there is a synapse; places PRE, POST, SYNAPSE; expr NULL: all */
    uint64_t fan_in;   /* synapses that every target has at most, of those that connect allows: the ones with the smallest uniform draws
                          (e2l_noise, element of the synapse, before the run; of equal ones the first); 0: all */
    uint64_t fan_in_site;
    double lower, upper; /* of w; -inf, inf: none */
    uint32_t weights;  /* the projection that owns the weights: itself or weights_of */
    e2l_bound signal;  /* places SELF (of the sender) and GLOBAL */
    e2l_bound w;       /* places SYNAPSE (arrays), PRE, POST and GLOBAL; expr NULL with weights_of */
    uint32_t *w_resets; /* [n_w_resets] spans that reset w */
    uint32_t n_w_resets;
    e2l_model *model;  /* synapse model, owned; NULL */
    e2l_model_units units;
    uint32_t *state_units; /* [n_states] */
    e2l_variable *states; /* [n_states] of the synapse; initial: places as w */
    e2l_place *state_places; /* [n_states] GLOBAL, PRE, POST or SYNAPSE: where each lives */
    uint32_t n_states;
    e2l_bound effect;  /* w, x and globals; "w * x" when not given */
    uint32_t first_slot, n_slots; /* in e2l_resolved.slots */
    const char **locals;          /* [n_locals] names */
    uint32_t n_locals;
    e2l_bound_statement *statements; /* [n_statements]: the model's, then the projection's own */
    uint32_t n_statements;
} e2l_bound_projection;

typedef struct e2l_bound_probe {
    const e2l_probe *source;
    e2l_bound of, when;  /* when.expr NULL: every step. True when > 0 */
    uint64_t width;
    bool when_is_schedule; /* `when` (or its absence) depends on step, spans and numbers alone */
    uint64_t n_looks;      /* then: steps at which it looks; else 0 */
} e2l_bound_probe;

/* Neuron phase of a step: one legal order. GATHER comes right before the first statement that mentions the port, or
   after the last statement of its population when none does. */
typedef enum e2l_action_kind { E2L_ACTION_GATHER, E2L_ACTION_STATEMENT } e2l_action_kind;
typedef struct e2l_action {
    e2l_action_kind kind;
    uint32_t population;
    uint32_t index; /* port or statement */
} e2l_action;

/* Spans are numbered parents first, in the order listed. */
typedef struct e2l_bound_span {
    const e2l_span *source;
    uint32_t parent; /* E2L_NO_INDEX: the run */
    uint64_t first;  /* step at which it begins, counted from the start of a repetition of the parent */
    uint64_t steps;  /* of one repetition */
    uint64_t repeat;
    e2l_bound *set;          /* [source->n_set] over the schedule */
    uint32_t *set_parameter; /* [source->n_set] */
} e2l_bound_span;

typedef struct e2l_bound_world {
    const e2l_world *source;
    const e2l_environment *record;
    double *parameters;         /* [record->n_parameters] */
    e2l_bound *observes;        /* [record->n_observed], in the record's order: places SELF and GLOBAL */
    uint64_t *observed_first, *observed_size; /* [record->n_observed] where its numbers lie among all observed */
    uint64_t *shown_first, *shown_size;       /* [record->n_shown] among all shown */
    uint64_t n_observed, n_shown, n_hidden;   /* numbers */
    uint32_t *calls;            /* [n_calls] spans */
    uint32_t n_calls;
    uint64_t site;              /* of its noise */
} e2l_bound_world;

/* The shape of an array of edges. */
typedef struct e2l_bound_array {
    uint64_t n_pre, n_post; /* 0: not used, or no edges */
} e2l_bound_array;

/* Where a step stands in a span. */
typedef struct e2l_moment {
    bool on;
    uint64_t k, t; /* repetitions before, steps since this one began */
} e2l_moment;

typedef struct e2l_resolved {
    const e2l_experiment *experiment; /* borrowed */
    uint64_t n_steps;
    double *parameters;               /* [experiment->n_parameters] */
    e2l_bound_span *spans;            /* [n_spans] */
    uint32_t n_spans;
    e2l_bound_array *arrays;           /* [experiment->n_arrays] */
    e2l_bound_population *populations; /* [experiment->n_populations] */
    e2l_bound_projection *projections; /* [experiment->n_projections] */
    e2l_bound_world *worlds;          /* [experiment->n_worlds] */
    e2l_bound_slot *slots;            /* [n_slots], order of e2l_experiment_slots */
    size_t n_slots;
    e2l_bound_probe *probes;          /* [experiment->n_probes] */
    e2l_action *actions;              /* [n_actions] */
    size_t n_actions;
    struct e2l_resolved_memory *memory; /* owns all of the above */
} e2l_resolved;

/* Reads the experiment (borrowed until destroy). Gives *out. E2L_INPUT with every problem, one a line. */
E2L_MUST_CHECK e2l_status e2l_resolve(e2l_ctx *ctx, e2l_resolved **out, const e2l_experiment *experiment);
void e2l_resolved_destroy(e2l_ctx *ctx, e2l_resolved *resolved);
/* Where each probe lies in a recording: probe after probe, look after look. Gives out->places. */
E2L_MUST_CHECK e2l_status e2l_resolved_layout(e2l_ctx *ctx, const e2l_resolved *resolved, e2l_layout *out);
/* Value of a ref of the schedule (NUMBER, DT, TIME, STEP, SPAN_*, SET) at a step. */
double e2l_ref_at_step(const e2l_resolved *resolved, const e2l_ref *ref, uint64_t step);
e2l_moment e2l_span_at_step(const e2l_resolved *resolved, uint32_t span, uint64_t step);
/* Value of an expression over the schedule at a step. */
double e2l_bound_at_step(const e2l_resolved *resolved, const e2l_bound *bound, uint64_t step);

/* ---- environments (resolve_worlds.c) ---- */
/* Whether it is called in this step. */
bool e2l_world_is_called(const e2l_resolved *resolved, const e2l_bound_world *world, uint64_t step);
/* state[n_shown + n_hidden] before the first step, and after a call with observed[n_observed]. */
void e2l_world_begin(const e2l_bound_world *world, e2l_key case_key, double *state);
void e2l_world_step(const e2l_bound_world *world, e2l_key case_key, uint64_t step, const double *observed, double *state);

#ifdef __cplusplus
}
#endif
#endif
