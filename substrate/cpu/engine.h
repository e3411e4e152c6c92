/* engine.h: the engine in one precision, as substrate_cpu.c calls it; the functions are those of e2l_substrate. */
#ifndef E2L_SUBSTRATE_CPU_ENGINE_H
#define E2L_SUBSTRATE_CPU_ENGINE_H

#include "substrate/resolve.h"
#include "substrate/substrate.h"

typedef struct e2l_cpu_options {
    int isa;       /* 0 auto, then e2l_isa + 1 */
    int precision; /* 0 double, 1 single */
    int lanes;     /* 0 auto, 1 cases, 2 neurons */
    int synapses;  /* of projections with `connect`, where lanes are neurons: 0 auto, 1 all pairs, 2 lists */
    int native;    /* 0 auto, 1 on, 2 off */
    uint64_t memory_mb;
} e2l_cpu_options;

typedef struct e2l_engine {
    bool (*can)(const e2l_resolved *resolved, char why[256]);
    e2l_status (*prepare)(e2l_ctx *ctx, const e2l_device *device, const e2l_experiment *experiment, e2l_plan **out);
    const e2l_layout *(*layout)(const e2l_plan *plan);
    e2l_status (*run)(e2l_ctx *ctx, e2l_plan *plan, const e2l_candidate *candidates, size_t n_candidates, const e2l_case *cases, size_t n_cases,
                      const volatile sig_atomic_t *cancel, e2l_recording *recordings);
    void (*stats)(const e2l_plan *plan, e2l_stats *out);
    void (*release)(e2l_ctx *ctx, e2l_plan *plan);
} e2l_engine;
/* Whether this machine can run the code of native.h. */
bool e2l_native_available(void);
extern const e2l_engine e2l_engine_double, e2l_engine_single;

struct e2l_device {
    const e2l_engine *engine;
    e2l_isa isa;
    int lanes, synapses; /* as options of these names */
    bool native;         /* machine code where there is some */
    size_t memory;       /* bytes of stimuli kept */
};

/* What a plan of either precision begins with. */
typedef struct e2l_plan_head {
    const e2l_engine *engine;
} e2l_plan_head;

#endif
