/* reference_run.h: an experiment step by step, neuron by neuron, synapse by synapse, with reference_eval: written to be read beside
   DESIGN section 3. Understands what the CPU substrate understands. */
#ifndef E2L_TESTS_SUPPORT_REFERENCE_RUN_H
#define E2L_TESTS_SUPPORT_REFERENCE_RUN_H

#include "substrate/resolve.h"
#include "substrate/substrate.h"

/* One candidate on one case. recording->values must have room. */
E2L_MUST_CHECK e2l_status reference_run(e2l_ctx *ctx, const e2l_resolved *resolved, const e2l_layout *layout,
                                        const e2l_candidate *candidate, const e2l_case *one, e2l_recording *recording);
/* The same in single precision: every number of the network is a float, and so is the result of every operation. */
E2L_MUST_CHECK e2l_status reference_run_single(e2l_ctx *ctx, const e2l_resolved *resolved, const e2l_layout *layout,
                                               const e2l_candidate *candidate, const e2l_case *one, e2l_recording *recording);

#endif
