/* kernels_short.c: trees of one and two operations; compiled once per instruction set. */
#include "substrate/cpu/kernels_impl.h"

#define CHAIN_1_FN(final, inner)                                                                   \
    static void chain1_##final##_##inner(const e2l_op *op)                                         \
    {                                                                                              \
        fused(op, final, CHAIN_1, 0, 0, 0, 0, 0, inner);                                           \
    }
#define CHAIN_2_FN(final, second, spread, inner)                                                   \
    static void chain2_##final##_##second##_##spread##_##inner(const e2l_op *op)                   \
    {                                                                                              \
        fused(op, final, CHAIN_2, 0, 0, second, spread, 0, inner);                                 \
    }
#define CHAIN_2_FNS(final, second, spread) FOR_INNER(CHAIN_2_FN, final, second, spread)

FOR_INNER(CHAIN_1_FN, 0)
FOR_INNER(CHAIN_1_FN, 1)
FOR_LEAF(CHAIN_2_FNS, 0)
FOR_LEAF(CHAIN_2_FNS, 1)

/* w += eta * value, the value from memory. */
static void update(const e2l_op *op)
{
    const size_t n_targets = op->n_targets, end = op->n_rows * E2L_LANE_STEP, n_tiles = op->n_tiles;
    const e2l_real *const in = op->in[0], *const factors_in = op->in[4];
    const size_t from_tile = op->tile[0], factors_tile = op->tile[4], out_tile = op->out_tile;
    const size_t from_target = op->target[0], factors_target = op->target[4], out_target = op->out_target;
    e2l_real *const out = op->out;
    const vector limit = spread(op->limit);
    seen all_seen = seen_nothing();
    for (size_t target = 0; target < n_targets; ++target) {
        const e2l_real *from = in + target * from_target, *factors = factors_in + target * factors_target;
        e2l_real *to = out + target * out_target;
        for (size_t tile = 0; tile < n_tiles; ++tile) {
            vector factor[ROW_VECTORS];
            for (int v = 0; v < ROW_VECTORS; ++v) {
                factor[v] = load(factors + (size_t)v * VECTOR_LANES);
            }
            for (size_t row = 0; row < end; row += E2L_LANE_STEP) {
                for (int v = 0; v < ROW_VECTORS; ++v) {
                    const size_t at = row + (size_t)v * VECTOR_LANES;
                    const vector value = load(to + at) + factor[v] * load(from + at);
                    all_seen = seen_with(all_seen, value, limit);
                    store(to + at, value);
                }
            }
            from += from_tile;
            factors += factors_tile;
            to += out_tile;
        }
    }
    *op->bad |= any_bad(all_seen, limit);
}

#define CHAIN_1_AT(final, inner) [final][inner] = chain1_##final##_##inner,
#define CHAIN_2_AT(final, second, spread, inner)                                                   \
    [final][second][spread][inner] = chain2_##final##_##second##_##spread##_##inner,
#define CHAIN_2_ATS(final, second, spread) FOR_INNER(CHAIN_2_AT, final, second, spread)

const e2l_short_kernels E2L_KERNELS_NAME(e2l_short_kernels) = {
    .chain1 = {FOR_INNER(CHAIN_1_AT, 0) FOR_INNER(CHAIN_1_AT, 1)},
    .chain2 = {FOR_LEAF(CHAIN_2_ATS, 0) FOR_LEAF(CHAIN_2_ATS, 1)},
    .update = update,
};
