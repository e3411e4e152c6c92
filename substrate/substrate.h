/* substrate.h: the contract of everything that can run an experiment (DESIGN section 7).

   One record per substrate: substrate/NAME/substrate_NAME.c defines `const e2l_substrate e2l_substrate_NAME`; the
   registry is generated. Required: name, open, close, supports, prepare, run, release. Optional: stats (zeros).

   A recording is a pure function of (experiment, rules, learning rates, case): never of the batch it ran in, the block
   size, the instruction set or the rank. A candidate that misbehaves is data (outcome), never a status. */
#ifndef E2L_SUBSTRATE_SUBSTRATE_H
#define E2L_SUBSTRATE_SUBSTRATE_H

#include <signal.h>

#include "cgp/field.h"
#include "substrate/experiment.h"

#ifdef __cplusplus
extern "C" {
#endif

#define E2L_OUTCOME_LIST(X)                                                                        \
    X(OK, "ok")                   /* ran to the end */                                             \
    X(DIVERGED, "diverged")       /* a weight reached |w| >= 1e6, or a state is not finite */      \
    X(SILENT, "silent")           /* no activity where the task needs some */                      \
    X(SATURATED, "saturated")                                                                      \
    X(DOMAIN, "domain")           /* ran, but the score is not finite */                           \
    X(TIMEOUT, "timeout")         /* steps or spikes used up */                                    \
    X(UNSUPPORTED, "unsupported") /* the substrate cannot run this rule */

typedef enum e2l_outcome {
#define E2L_OUTCOME_ENUM(name, text) E2L_OUTCOME_##name,
    E2L_OUTCOME_LIST(E2L_OUTCOME_ENUM)
#undef E2L_OUTCOME_ENUM
        E2L_N_OUTCOMES
} e2l_outcome;
const char *e2l_outcome_text(e2l_outcome outcome);

/* Weights at or beyond this magnitude have diverged. */
#define E2L_WEIGHT_LIMIT 1e6

/* One case: where its arrays come from. Equal keys hold equal arrays, so a substrate may keep them. */
typedef struct e2l_case e2l_case;
struct e2l_case {
    e2l_key key;
    /* Writes rows [step0, step0 + n_steps) of experiment->arrays[array] to out[row][size]; STATIC arrays: one row, step0 = 0. A
       pure function of its arguments, callable in any order. */
    e2l_status (*fill)(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps,
                       double *out);
    const void *user; /* borrowed until the case is gone */
    uint64_t index;   /* for user's purposes */
};

/* One thing to try: a rule and a learning rate per slot, in the order of e2l_experiment_slots. Candidates of one batch that
   point to the same expressions (same pointers) and differ in eta alone run side by side. */
typedef struct e2l_candidate {
    const e2l_expr *const *rules; /* [n_slots]; names are terminals of the slot */
    const double *etas;           /* [n_slots] */
} e2l_candidate;

typedef struct e2l_recording {
    e2l_outcome outcome;
    uint64_t step;  /* steps run: n_steps when ok, else the number of the update after which it failed, from 1 */
    double *values; /* [layout.n_values], the caller's; unspecified unless ok */
} e2l_recording;

typedef struct e2l_stats {
    uint64_t n_runs;           /* candidate x case */
    uint64_t n_steps;          /* candidate x case x step really simulated */
    uint64_t n_steps_saved;    /* not simulated thanks to early abort */
    uint64_t n_synapse_updates;
    uint64_t n_nodes_rule;     /* operations of a step, of all rule sets compiled, the network's own included */
    uint64_t n_nodes_synapse;  /* of these, run once per synapse */
    uint64_t n_nodes_hoisted;  /* of these, run once per neuron, step or run */
    uint64_t n_calls;          /* calls of kernels in a step, of all rule sets compiled */
    uint64_t n_native;         /* of these, those that are machine code instead */
    uint64_t n_compiled;       /* rule sets compiled */
} e2l_stats;

typedef struct e2l_run_options {
    size_t struct_size;
    const volatile sig_atomic_t *cancel; /* NULL or a flag looked at between chunks: E2L_CANCELLED */
} e2l_run_options;

typedef struct e2l_device e2l_device; /* an open substrate: opaque, its own type */
typedef struct e2l_plan e2l_plan;     /* an experiment made ready */

typedef struct e2l_substrate {
    uint32_t abi; /* E2L_SUBSTRATE_ABI */
    size_t struct_size;
    const char *name;
    const char *summary;
    const char *units;
    uint32_t capabilities; /* E2L_CAN_* */
    const e2l_field *fields; /* options of open */
    size_t n_fields;
    size_t options_size;
    double tolerance; /* relative, against the reference evaluator: 0 = same bits */

    e2l_status (*open)(e2l_ctx *ctx, e2l_device **out, const void *options);
    void (*close)(e2l_ctx *ctx, e2l_device *device);
    /* True when it can; else `why` says what is missing, with numbers. */
    bool (*supports)(e2l_ctx *ctx, e2l_device *device, const e2l_experiment *experiment, char why[256]);
    /* The experiment is borrowed until release. */
    e2l_status (*prepare)(e2l_ctx *ctx, e2l_device *device, const e2l_experiment *experiment, e2l_plan **out);
    const e2l_layout *(*layout)(const e2l_plan *plan);
    /* recordings[i_candidate * n_cases + i_case]. */
    e2l_status (*run)(e2l_ctx *ctx, e2l_plan *plan, const e2l_candidate *candidates, size_t n_candidates,
                      const e2l_case *cases, size_t n_cases, const e2l_run_options *options,
                      e2l_recording *recordings);
    void (*stats)(const e2l_plan *plan, e2l_stats *out); /* optional */
    void (*release)(e2l_ctx *ctx, e2l_plan *plan);
} e2l_substrate;

enum {
    E2L_SUBSTRATE_ABI = 1,
    E2L_CAN_CLOSED_LOOP = 1 << 0,
    E2L_CAN_SPIKE = 1 << 1,
    E2L_CAN_SYNAPSE_STATE = 1 << 2,
    E2L_CAN_DELAY = 1 << 3,
    E2L_CAN_NOISE = 1 << 4
};

extern const e2l_substrate *const e2l_substrates[];
extern const size_t e2l_n_substrates;
const e2l_substrate *e2l_substrate_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
