/* kernels_impl.h: vectors of the instruction set a kernel file is being compiled for. */
#ifndef E2L_SUBSTRATE_CPU_KERNELS_IMPL_H
#define E2L_SUBSTRATE_CPU_KERNELS_IMPL_H

#include "substrate/cpu/kernels.h"

#if defined(E2L_LANES_avx512)
#include <immintrin.h>
#define E2L_KERNELS_NAME(name) name##_avx512
enum { VECTOR_BYTES = 64 };
#elif defined(E2L_LANES_avx2)
#define E2L_KERNELS_NAME(name) name##_avx2
enum { VECTOR_BYTES = 32 };
#else
#define E2L_KERNELS_NAME(name) name##_sse2
enum { VECTOR_BYTES = 16 };
#endif

/* Functions that take vectors are all expanded in place, so how they would be passed does not matter. */
#pragma GCC diagnostic ignored "-Wpsabi"

typedef e2l_real vector __attribute__((vector_size(VECTOR_BYTES)));
typedef e2l_real vector_in_memory __attribute__((vector_size(VECTOR_BYTES), may_alias));
#ifdef E2L_SINGLE
typedef int32_t bits;
enum { MAGNITUDE = INT32_MAX };
#else
typedef int64_t bits;
static const bits MAGNITUDE = INT64_MAX;
#endif
typedef bits mask __attribute__((vector_size(VECTOR_BYTES)));
enum { VECTOR_LANES = VECTOR_BYTES / sizeof(e2l_real) };
#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE vector load(const e2l_real *from)
{
    return *(const vector_in_memory *)(const void *)from;
}

ALWAYS_INLINE void store(e2l_real *to, vector value)
{
    *(vector_in_memory *)(void *)to = value;
}

ALWAYS_INLINE vector spread(e2l_real value)
{
    return value - (vector){0};
}

/* Whether all lanes seen so far have |value| < limit; NaN fails. */
#if defined(E2L_LANES_avx512)
/* The largest magnitude so far, as the integer with its bits: integers order magnitudes as numbers do, with NaN beyond
   infinity. A comparison into a mask register each time has several cycles of latency, this has one. */
typedef __m512i seen;
ALWAYS_INLINE seen seen_nothing(void)
{
    return _mm512_setzero_si512();
}
ALWAYS_INLINE seen seen_with(seen so_far, vector value, vector limit)
{
    (void)limit;
#ifdef E2L_SINGLE
    return _mm512_max_epu32(so_far, _mm512_and_si512((__m512i)value, _mm512_set1_epi32(INT32_MAX)));
#else
    return _mm512_max_epu64(so_far, _mm512_and_si512((__m512i)value, _mm512_set1_epi64(INT64_MAX)));
#endif
}
ALWAYS_INLINE unsigned any_bad(seen so_far, vector limit)
{
#ifdef E2L_SINGLE
    return _mm512_cmpge_epu32_mask(so_far, (__m512i)limit) != 0;
#else
    return _mm512_cmpge_epu64_mask(so_far, (__m512i)limit) != 0;
#endif
}
#else
typedef mask seen; /* all bits set while good */
ALWAYS_INLINE seen seen_nothing(void)
{
    return (mask){0} - 1;
}
ALWAYS_INLINE seen seen_with(seen so_far, vector value, vector limit)
{
    const vector magnitude = (vector)((mask)value & MAGNITUDE);
    return so_far & (mask)(magnitude < limit);
}
ALWAYS_INLINE unsigned any_bad(seen so_far, vector limit)
{
    (void)limit;
    bits all = -1;
    for (int k = 0; k < VECTOR_LANES; ++k) {
        all &= so_far[k];
    }
    return all != -1;
}
#endif

/* ---- trees of + - * ------------------------------------------------------------------------------ */
typedef enum tree_shape { CHAIN_1, CHAIN_2, CHAIN_3, TREE } tree_shape;

ALWAYS_INLINE vector inner_value(e2l_inner inner, vector a, vector b)
{
    if (inner <= E2L_INNER_ADD_SF) {
        return a + b;
    }
    return inner <= E2L_INNER_MUL_SF ? a * b : a - b;
}

ALWAYS_INLINE vector met(e2l_meet meet, vector leaf, vector value)
{
    switch (meet) {
    case E2L_MEET_ADD: return leaf + value;
    case E2L_MEET_MUL: return leaf * value;
    case E2L_MEET_SUB: return leaf - value;
    case E2L_MEET_RSUB:
    case E2L_N_MEET:
    default: return value - leaf;
    }
}

ALWAYS_INLINE int inner_spreads(e2l_inner inner, int operand)
{
    const int first = inner == E2L_INNER_ADD_SF || inner == E2L_INNER_MUL_SF || inner == E2L_INNER_SUB_SF;
    return operand == 0 ? first : inner == E2L_INNER_SUB_FS;
}

/* What an operation does not read has no address; its pointer is moved on all the same, so it gets one. */
ALWAYS_INLINE const e2l_real *operand_of(const e2l_op *op, int k)
{
    return op->in[k] ? op->in[k] : op->out;
}

/* What is spread stays in registers while the rows of a tile go by, a whole row at a time: stores of half cache lines, each line twice, take twice as
   long. All parameters but `op` are constants wherever this is expanded. */
enum { ROW_VECTORS = E2L_LANE_STEP / VECTOR_LANES };

ALWAYS_INLINE void fused(const e2l_op *op, int final, tree_shape shape, e2l_meet third, int spread_3,
                         e2l_meet second, int spread_2, e2l_inner right, e2l_inner left)
{
    const int keep_0 = inner_spreads(left, 0), keep_1 = inner_spreads(left, 1);
    const int keep_2 = shape == TREE ? inner_spreads(right, 0) : spread_2;
    const int keep_3 = shape == TREE ? inner_spreads(right, 1) : spread_3;
    /* All of *op is read first: the compiler must take a store of lanes for one that may change it. */
    const size_t n_targets = op->n_targets, n_tiles = op->n_tiles, end = op->n_rows * E2L_LANE_STEP;
    const e2l_real *const in0 = operand_of(op, 0), *const in1 = operand_of(op, 1), *const in2 = operand_of(op, 2),
                   *const in3 = operand_of(op, 3), *const in4 = operand_of(op, 4);
    const size_t tile0 = op->tile[0], tile1 = op->tile[1], tile2 = op->tile[2], tile3 = op->tile[3],
                 tile4 = op->tile[4], out_tile = op->out_tile;
    const size_t target0 = op->target[0], target1 = op->target[1], target2 = op->target[2], target3 = op->target[3],
                 target4 = op->target[4], out_target = op->out_target;
    e2l_real *const out = op->out;
    const vector limit = spread(op->limit), zero = {0};
    seen all_seen[ROW_VECTORS];
    for (int v = 0; v < ROW_VECTORS; ++v) {
        all_seen[v] = seen_nothing();
    }
    for (size_t target = 0; target < n_targets; ++target) {
        const e2l_real *from0 = in0 + target * target0, *from1 = in1 + target * target1;
        const e2l_real *from2 = shape >= CHAIN_2 ? in2 + target * target2 : in2, *from3 = shape >= CHAIN_3 ? in3 + target * target3 : in3;
        const e2l_real *from4 = final ? in4 + target * target4 : in4;
        e2l_real *to = out + target * out_target;
        for (size_t tile = 0; tile < n_tiles; ++tile) {
            vector kept_0[ROW_VECTORS], kept_1[ROW_VECTORS], kept_2[ROW_VECTORS], kept_3[ROW_VECTORS], factor[ROW_VECTORS];
            for (int v = 0; v < ROW_VECTORS; ++v) {
                const size_t lane = (size_t)v * VECTOR_LANES;
                kept_0[v] = keep_0 ? load(from0 + lane) : zero;
                kept_1[v] = keep_1 ? load(from1 + lane) : zero;
                kept_2[v] = shape >= CHAIN_2 && keep_2 ? load(from2 + lane) : zero;
                kept_3[v] = shape >= CHAIN_3 && keep_3 ? load(from3 + lane) : zero;
                factor[v] = final ? load(from4 + lane) : zero;
            }
            for (size_t row = 0; row < end; row += E2L_LANE_STEP) {
                for (int v = 0; v < ROW_VECTORS; ++v) {
                    const size_t at = row + (size_t)v * VECTOR_LANES;
                    vector value = inner_value(left, keep_0 ? kept_0[v] : load(from0 + at), keep_1 ? kept_1[v] : load(from1 + at));
                    if (shape == CHAIN_2 || shape == CHAIN_3) {
                        value = met(second, keep_2 ? kept_2[v] : load(from2 + at), value);
                    }
                    if (shape == CHAIN_3) {
                        value = met(third, keep_3 ? kept_3[v] : load(from3 + at), value);
                    }
                    if (shape == TREE) {
                        const vector other = inner_value(right, keep_2 ? kept_2[v] : load(from2 + at),
                                                         keep_3 ? kept_3[v] : load(from3 + at));
                        value = met(third, value, other);
                    }
                    if (final) {
                        value = load(to + at) + factor[v] * value;
                        all_seen[v] = seen_with(all_seen[v], value, limit);
                    }
                    store(to + at, value);
                }
            }
            from0 += tile0;
            from1 += tile1;
            from2 += shape >= CHAIN_2 ? tile2 : 0;
            from3 += shape >= CHAIN_3 ? tile3 : 0;
            from4 += final ? tile4 : 0;
            to += out_tile;
        }
    }
    for (int v = 0; final && v < ROW_VECTORS; ++v) {
        *op->bad |= any_bad(all_seen[v], limit);
    }
}

/* X(..., inner) for every inner operation; X(..., meet, spread) for every kind of leaf. */
#define FOR_INNER(X, ...)                                                                          \
    X(__VA_ARGS__, 0) X(__VA_ARGS__, 1) X(__VA_ARGS__, 2) X(__VA_ARGS__, 3) X(__VA_ARGS__, 4)      \
    X(__VA_ARGS__, 5) X(__VA_ARGS__, 6)
#define FOR_LEAF(X, ...)                                                                           \
    X(__VA_ARGS__, 0, 0) X(__VA_ARGS__, 0, 1) X(__VA_ARGS__, 1, 0) X(__VA_ARGS__, 1, 1)            \
    X(__VA_ARGS__, 2, 0) X(__VA_ARGS__, 2, 1) X(__VA_ARGS__, 3, 0) X(__VA_ARGS__, 3, 1)

/* All chains of three operations and their table; the file that expands them says CHAIN_3_FINAL 0 or 1. */
#define CHAIN_3_FN(third, spread_3, second, spread_2, inner)                                       \
    static void chain3_##third##_##spread_3##_##second##_##spread_2##_##inner(const e2l_op *op)    \
    {                                                                                              \
        fused(op, CHAIN_3_FINAL, CHAIN_3, third, spread_3, second, spread_2, 0, inner);                        \
    }
#define FOR_THIRD(X)                                                                               \
    FOR_LEAF(X, 0, 0) FOR_LEAF(X, 0, 1) FOR_LEAF(X, 1, 0) FOR_LEAF(X, 1, 1)                        \
    FOR_LEAF(X, 2, 0) FOR_LEAF(X, 2, 1) FOR_LEAF(X, 3, 0) FOR_LEAF(X, 3, 1)
#define CHAIN_3_FNS(third, spread_3, second, spread_2)                                             \
    FOR_INNER(CHAIN_3_FN, third, spread_3, second, spread_2)
#define CHAIN_3_AT(third, spread_3, second, spread_2, inner)                                       \
    [third][spread_3][second][spread_2][inner] =                                                   \
        chain3_##third##_##spread_3##_##second##_##spread_2##_##inner,
#define CHAIN_3_ATS(third, spread_3, second, spread_2)                                             \
    FOR_INNER(CHAIN_3_AT, third, spread_3, second, spread_2)

#endif
