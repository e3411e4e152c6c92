/* special_world.h: operations for environments: the calls, and vectors of several things put together and taken apart; and fan-in. */
#ifndef E2L_SUBSTRATE_CPU_SPECIAL_WORLD_H
#define E2L_SUBSTRATE_CPU_SPECIAL_WORLD_H

#include "substrate/cpu/kernels.h"

void e2l_run_world(const e2l_op *op);
void e2l_run_world_begin(const e2l_op *op);
void e2l_run_slice(const e2l_op *op);
void e2l_run_pack(const e2l_op *op);
/* On wide tapes, which have one case: elements lie side by side. */
void e2l_run_fan_in(const e2l_op *op);
void e2l_run_wide_fan_in(const e2l_op *op);
void e2l_run_wide_world(const e2l_op *op);
void e2l_run_wide_world_begin(const e2l_op *op);
void e2l_run_wide_slice(const e2l_op *op);
void e2l_run_wide_pack(const e2l_op *op);

#endif
