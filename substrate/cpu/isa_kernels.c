/* isa_kernels.c: the kernels of an instruction set. */
#include "substrate/cpu/kernels.h"

#ifdef E2L_SINGLE
#define LONG_KERNELS(isa) {NULL, NULL} /* see E2L_LONG_CHAINS */
#else
#define LONG_KERNELS(isa) {&e2l_long_kernels_##isa, &e2l_final_kernels_##isa}
#endif
#define KERNELS(isa)                                                                               \
    (e2l_kernels)                                                                                  \
    {                                                                                              \
        .shorts = &E2L_OF_PRECISION(e2l_short_kernels_##isa), .trees = &E2L_OF_PRECISION(e2l_tree_kernels_##isa),                      \
        .longs = LONG_KERNELS(isa),                              \
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
