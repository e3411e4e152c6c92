/* kernels_long.c: chains of three operations, the value goes to memory; compiled once per instruction set. */
#include "substrate/cpu/kernels_impl.h"

#define CHAIN_3_FN(third, spread_3, second, spread_2, inner)                                       \
    static void chain3_##third##_##spread_3##_##second##_##spread_2##_##inner(const e2l_op *op)    \
    {                                                                                              \
        fused(op, 0, CHAIN_3, third, spread_3, second, spread_2, 0, inner);                        \
    }
#define FOR_THIRD(X)                                                                               \
    FOR_LEAF(X, 0, 0) FOR_LEAF(X, 0, 1) FOR_LEAF(X, 1, 0) FOR_LEAF(X, 1, 1)                        \
    FOR_LEAF(X, 2, 0) FOR_LEAF(X, 2, 1) FOR_LEAF(X, 3, 0) FOR_LEAF(X, 3, 1)
#define CHAIN_3_FNS(third, spread_3, second, spread_2)                                             \
    FOR_INNER(CHAIN_3_FN, third, spread_3, second, spread_2)

FOR_THIRD(CHAIN_3_FNS)

#define CHAIN_3_AT(third, spread_3, second, spread_2, inner)                                       \
    [third][spread_3][second][spread_2][inner] =                                                   \
        chain3_##third##_##spread_3##_##second##_##spread_2##_##inner,
#define CHAIN_3_ATS(third, spread_3, second, spread_2)                                             \
    FOR_INNER(CHAIN_3_AT, third, spread_3, second, spread_2)

const e2l_long_kernels E2L_KERNELS_NAME(e2l_long_kernels) = {.chain3 = {FOR_THIRD(CHAIN_3_ATS)}};
