/* isa_kernels.c: the kernels of an instruction set. */
#include "substrate/cpu/kernels.h"

#if defined(E2L_WITH_LONG_CHAINS) && !defined(E2L_SINGLE)
#define LONG_KERNELS(set) {&set(e2l_long_kernels), &set(e2l_final_kernels)}
#else
#define LONG_KERNELS(set) {NULL, NULL} /* see E2L_LONG_CHAINS */
#endif
#define KERNELS(set)                                                                               \
    (e2l_kernels)                                                                                  \
    {                                                                                              \
        .shorts = &set(e2l_short_kernels), .trees = &set(e2l_tree_kernels), .longs = LONG_KERNELS(set), .rows = &set(e2l_row_kernels), \
    }
#define OF_SSE2(name) name##_sse2

e2l_kernels e2l_kernels_of(e2l_isa isa)
{
    if (isa == E2L_ISA_AVX2) {
        return KERNELS(E2L_OF_AVX2);
    }
    return isa == E2L_ISA_AVX512 ? KERNELS(E2L_OF_AVX512) : KERNELS(OF_SSE2);
}
