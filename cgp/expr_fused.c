/* expr_fused.c: the loops of expr_fused.h, all expanded from one text; compiled once per instruction set. */
#include "cgp/expr_fused.h"

#include "cgp/primitive_impl.h"

#if defined(E2L_LANES_avx512)
#define KERNELS e2l_fused_kernels_avx512
#elif defined(E2L_LANES_avx2)
#define KERNELS e2l_fused_kernels_avx2
#else
#define KERNELS e2l_fused_kernels_sse2
#endif

/* `op` is a constant wherever this is expanded. The definitions are those of primitive_add.c and so on. The compiler must not
   know the one of pdiv: a factor of 1 would be dropped, and with it the flushing of a subnormal. */
static inline __attribute__((always_inline)) double apply(e2l_fused_op op, double a, double b, double one)
{
    switch (op) {
    case E2L_FUSED_ADD: return a + b;
    case E2L_FUSED_SUB: return a - b;
    case E2L_FUSED_MUL: return a * b;
    case E2L_FUSED_PDIV:
    case E2L_N_FUSED:
    default: return b == 0.0 ? one : a / b;
    }
}

#define LOOP(name, value)                                                                          \
    static void name(size_t n, double *out, const double *const *in)                               \
    {                                                                                              \
        const double *const a = in[0], *const b = in[1], *const c = in[2];                         \
        const double one = e2l_opaque_one();                                                       \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = value;                                                                        \
        }                                                                                          \
    }
#define LOOP_4(name, value)                                                                        \
    static void name(size_t n, double *out, const double *const *in)                               \
    {                                                                                              \
        const double *const a = in[0], *const b = in[1], *const c = in[2], *const d = in[3];       \
        const double one = e2l_opaque_one();                                                       \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = value;                                                                        \
        }                                                                                          \
    }
#define PAIR(outer, inner)                                                                         \
    LOOP(first_##outer##_##inner, apply(outer, apply(inner, a[k], b[k], one), c[k], one))                    \
    LOOP(second_##outer##_##inner, apply(outer, a[k], apply(inner, b[k], c[k], one), one))
#define TREE(outer, left, right)                                                                   \
    LOOP_4(both_##outer##_##left##_##right,                                                        \
           apply(outer, apply(left, a[k], b[k], one), apply(right, c[k], d[k], one), one))

/* X(..., op) for every operation, by its number */
#define FOR_OP(X, ...) X(__VA_ARGS__, 0) X(__VA_ARGS__, 1) X(__VA_ARGS__, 2) X(__VA_ARGS__, 3)
#define FOR_LEFT(X, ...) X(__VA_ARGS__, 0) X(__VA_ARGS__, 1) X(__VA_ARGS__, 2) X(__VA_ARGS__, 3)
#define FOR_OUTER(X) X(0) X(1) X(2) X(3)

#define PAIRS(outer) FOR_OP(PAIR, outer)
#define TREES_OF(outer, left) FOR_OP(TREE, outer, left)
#define TREES(outer) FOR_LEFT(TREES_OF, outer)
FOR_OUTER(PAIRS)
FOR_OUTER(TREES)

#define FIRST_AT(outer, inner) [outer][inner] = first_##outer##_##inner,
#define SECOND_AT(outer, inner) [outer][inner] = second_##outer##_##inner,
#define BOTH_AT(outer, left, right) [outer][left][right] = both_##outer##_##left##_##right,
#define FIRSTS(outer) FOR_OP(FIRST_AT, outer)
#define SECONDS(outer) FOR_OP(SECOND_AT, outer)
#define BOTHS_OF(outer, left) FOR_OP(BOTH_AT, outer, left)
#define BOTHS(outer) FOR_LEFT(BOTHS_OF, outer)

const e2l_fused_kernels KERNELS = {
    .first = {FOR_OUTER(FIRSTS)},
    .second = {FOR_OUTER(SECONDS)},
    .both = {FOR_OUTER(BOTHS)},
};

#if defined(E2L_LANES_BASE)
const e2l_fused_kernels *e2l_fused_kernels_of(e2l_isa isa)
{
    static const e2l_fused_kernels *const kernels[E2L_N_ISA] = {&e2l_fused_kernels_sse2, &E2L_OF_AVX2(e2l_fused_kernels),
                                                                &E2L_OF_AVX512(e2l_fused_kernels)};
    return kernels[isa];
}
#endif
