/* kernels_long.c: chains of three operations, the value goes to memory; compiled once per instruction set. */
#define CHAIN_3_FINAL 0
#include "substrate/cpu/kernels_impl.h"

FOR_THIRD(CHAIN_3_FNS)

const e2l_long_kernels E2L_KERNELS_NAME(e2l_long_kernels) = {.chain3 = {FOR_THIRD(CHAIN_3_ATS)}};
