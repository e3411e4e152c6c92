/* native.h: machine code for what a tape does in every step.

   Calls that follow each other and go over the same tiles are written out as one function, which takes a tile through all of them while it is in the
   first cache: operands stay in registers, loops are as long as the network needs, nothing is looked up. What has no code (special operations,
   functions of SLEEF, calls over lists and pieces) stays a call; the tape is complete without. Bits are those of the kernels: the same operations
   on the same numbers in the same order.

   x86-64 with AVX2; where that is not there, or the system gives no memory that may be executed, nothing has code. */
#ifndef E2L_SUBSTRATE_CPU_NATIVE_H
#define E2L_SUBSTRATE_CPU_NATIVE_H

#include "substrate/cpu/tape.h"

typedef struct e2l_native e2l_native;

/* For calls of the kernels of this instruction set, on a machine that can run the code (e2l_native_available). Leaves *out NULL where the system gives no
   memory for code. */
E2L_MUST_CHECK e2l_status e2l_native_create(e2l_ctx *ctx, e2l_native **out, e2l_isa isa);
void e2l_native_destroy(e2l_ctx *ctx, e2l_native *native);
/* Forgets the code of all tapes; then tapes are given code, and after `end` it may be run. NULL: nothing is done. */
E2L_MUST_CHECK e2l_status e2l_native_begin(e2l_native *native);
void e2l_native_add(e2l_native *native, e2l_tape *tape);
E2L_MUST_CHECK e2l_status e2l_native_end(e2l_native *native);

#endif
