/* plan.h: an experiment made ready for the CPU. */
#ifndef E2L_SUBSTRATE_CPU_PLAN_H
#define E2L_SUBSTRATE_CPU_PLAN_H

#include "substrate/cpu/engine.h"
#include "substrate/cpu/native.h"
#include "substrate/cpu/unit.h"

#ifdef E2L_STRESS
enum { E2L_MOST_LANES = E2L_LANE_STEP, E2L_LEAST_LANES = E2L_LANE_STEP, E2L_CHUNK_STEPS = 3, E2L_TAPES = 2, E2L_CHUNK_BUDGET = 512 };
#else
/* Lanes of a unit, steps of a chunk, rule sets compiled at a time, bytes of a chunk (second cache). All measured with e2l-bench. */
enum { E2L_MOST_LANES = 192, E2L_LEAST_LANES = 16, E2L_CHUNK_STEPS = 128, E2L_TAPES = 16, E2L_CHUNK_BUDGET = 262144 };
#endif

typedef struct e2l_buffer {
    e2l_real *data;
    size_t room;
} e2l_buffer;

struct e2l_plan {
    e2l_plan_head head; /* first, see engine.h */
    e2l_ctx *ctx;
    const e2l_device *device;
    e2l_kernels kernels;
    const e2l_experiment *experiment;
    e2l_resolved *resolved;
    e2l_layout layout;
    e2l_program program;
    e2l_compiler *compiler;
    e2l_tape tapes[E2L_TAPES];
    e2l_native *native; /* or NULL */
    e2l_store store;
    e2l_chunk_layout chunk_layout;
    e2l_arena *arena;
    e2l_stats stats;
    uint64_t guards[E2L_CHUNK_STEPS];
    double *when_values; /* [most names of a probe's `when`][E2L_CHUNK_STEPS] */
    const double **when_inputs;
    void *when_work;
    uint64_t *last_looks; /* [n_probes] step of the last look, for fold last */
    size_t most_lanes;
    bool is_wide; /* lanes are neurons */
    bool *listed; /* [projection] its synapses are a list: found with the first case that is run */
    bool *may_list;
    bool lists_known;
    e2l_tape mask_tape;   /* which synapses there are */
    uint32_t *mask_state; /* [projection] of the masks */
    size_t *mask_row;     /* [projection] on that tape */
    e2l_buffer pattern, moved; /* chunk rows for lanes that are not the block's own; of a unit that has closed up */
};

E2L_MUST_CHECK e2l_status e2l_plan_create(e2l_ctx *ctx, const e2l_device *device, const e2l_experiment *experiment,
                                          e2l_plan **out);
void e2l_plan_destroy(e2l_ctx *ctx, e2l_plan *plan);
/* plan_lists.c: memory; which projections have lists, once; the lists of a block's case, once, in work memory of the plan's arena. */
E2L_MUST_CHECK e2l_status e2l_plan_init_lists(e2l_plan *plan);
void e2l_plan_clear_lists(e2l_plan *plan);
E2L_MUST_CHECK e2l_status e2l_plan_find_lists(e2l_plan *plan, const e2l_case *first);
E2L_MUST_CHECK e2l_status e2l_plan_make_lists(e2l_plan *plan, e2l_block *block);
/* Makes the buffer hold n numbers; false when memory is out. */
bool e2l_plan_buffer(e2l_plan *plan, e2l_buffer *buffer, size_t n);
/* Fills plan->guards for steps [step0, step0 + n), n <= E2L_CHUNK_STEPS. */
void e2l_plan_set_guards(e2l_plan *plan, uint64_t step0, size_t n);
E2L_MUST_CHECK e2l_status e2l_plan_run(e2l_ctx *ctx, e2l_plan *plan, const e2l_candidate *candidates,
                                       size_t n_candidates, const e2l_case *cases, size_t n_cases,
                                       const volatile sig_atomic_t *cancel, e2l_recording *recordings);

#endif
