/* isa_kernels.c: the kernels of an instruction set. */
#include "substrate/cpu/kernels.h"

#define KERNELS(isa)                                                                               \
    (e2l_kernels)                                                                                  \
    {                                                                                              \
        .shorts = &E2L_OF_PRECISION(e2l_short_kernels_##isa), .trees = &E2L_OF_PRECISION(e2l_tree_kernels_##isa),                      \
        .longs = {&E2L_OF_PRECISION(e2l_long_kernels_##isa), &E2L_OF_PRECISION(e2l_final_kernels_##isa)},                              \
        .rows = &E2L_OF_PRECISION(e2l_row_kernels_##isa),                                                            \
    }

e2l_kernels e2l_kernels_of(e2l_isa isa)
{
#if defined(__x86_64__)
    if (isa == E2L_ISA_AVX2) {
        return KERNELS(avx2);
    }
    if (isa == E2L_ISA_AVX512) {
        return KERNELS(avx512);
    }
#else
    (void)isa;
#endif
    return KERNELS(sse2);
}
