/* primitive_impl.h: how a file cgp/primitive_NAME.c becomes lane functions and a record.

   The file writes its operation on one lane once,

       static inline e2l_real lane(e2l_real a, e2l_real b) { return a + b; }
       E2L_LANES_2(add, lane)
       E2L_PRIMITIVE(add, .arity = 2, ...);

   and is compiled six times. In double precision (e2l_real is double): for the base set (SSE2, or plain C where the machine
   is no x86-64) with nothing defined, which gives e2l_lanes_add_sse2 and the record; with E2L_LANES_avx2 and with
   E2L_LANES_avx512, which give only the lane function of that name. On other machines the base function
   fills all slots. The same with E2L_SINGLE defined (e2l_real is float) gives e2l_lanes_add_single_sse2 and so on.

   Same bits everywhere: the loops hold only operations that IEEE 754 rounds correctly, and comparisons;
   exp, log, pow, sin, cos, tanh are SLEEF's consistent functions without FMA, whose results do not depend
   on the vector width. What is left at the end of a block goes through a full padded vector, so a lane's
   result never depends on its place. */
#ifndef E2L_CGP_PRIMITIVE_IMPL_H
#define E2L_CGP_PRIMITIVE_IMPL_H

#include "cgp/primitive.h"
#include "cgp/real.h"

#include <sleef.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------------------- */
#if defined(E2L_LANES_avx2)
#define E2L_LANES_OF_ISA(name) name##_avx2
#elif defined(E2L_LANES_avx512)
#define E2L_LANES_OF_ISA(name) name##_avx512
#else
#define E2L_LANES_OF_ISA(name) name##_sse2
#if !defined(E2L_SINGLE)
#define E2L_LANES_BASE 1
#endif
#endif
#ifdef E2L_SINGLE
#define E2L_LANES_NAME(name) E2L_LANES_OF_ISA(e2l_lanes_##name##_single)
#define E2L_LANES_FN e2l_lanes_single_fn
#else
#define E2L_LANES_NAME(name) E2L_LANES_OF_ISA(e2l_lanes_##name)
#define E2L_LANES_FN e2l_lanes_fn
#endif

/* The record: emitted by the base compilation, a mere declaration in the others. */
#define E2L_LANES_OF_ALL(lanes) lanes##_sse2, E2L_OF_AVX2(lanes), E2L_OF_AVX512(lanes)
#if !defined(E2L_LANES_BASE)
#define E2L_PRIMITIVE(primitive, ...) extern const e2l_primitive e2l_primitive_##primitive
#else
#define E2L_PRIMITIVE(primitive, ...)                                                              \
    extern const e2l_primitive e2l_primitive_##primitive;                                          \
    e2l_lanes_fn E2L_LANES_OF_ALL(e2l_lanes_##primitive);                                          \
    e2l_lanes_single_fn E2L_LANES_OF_ALL(e2l_lanes_##primitive##_single);                          \
    const e2l_primitive e2l_primitive_##primitive = {                                              \
        .abi = E2L_PRIMITIVE_ABI,                                                                  \
        .name = #primitive,                                                                        \
        .eval = {E2L_LANES_OF_ALL(e2l_lanes_##primitive)},                                         \
        .eval_single = {E2L_LANES_OF_ALL(e2l_lanes_##primitive##_single)},                         \
        __VA_ARGS__}
#endif

/* ---- loops the compiler vectorises ----------------------------------------------------------------
   out may be one of the inputs, so restrict would be a lie; but an iteration touches index k only, and
   that is what the pragma says. */
#if defined(__clang__)
#define E2L_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define E2L_INDEPENDENT _Pragma("GCC ivdep")
#else
#define E2L_INDEPENDENT
#endif

#define E2L_LANES_1(name, lane)                                                                    \
    E2L_LANES_FN E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, e2l_real *out, const e2l_real *const *in)                  \
    {                                                                                              \
        const e2l_real *const a = in[0];                                                           \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = lane(a[k]);                                                                   \
        }                                                                                          \
    }

#define E2L_LANES_2(name, lane)                                                                    \
    E2L_LANES_FN E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, e2l_real *out, const e2l_real *const *in)                  \
    {                                                                                              \
        const e2l_real *const a = in[0], *const b = in[1];                                         \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = lane(a[k], b[k]);                                                             \
        }                                                                                          \
    }

/* Moves, sign changes and selections are no arithmetic to the machine and would hand a subnormal on (or
   not, as the instruction chosen by the compiler has it). Their arguments are first multiplied by one,
   which flushes them as arithmetic does; the one is volatile, so the product cannot be folded away. */
static inline e2l_real e2l_opaque_one(void)
{
    const volatile e2l_real one = 1.0;
    return one;
}

#define E2L_FLUSHED_LANES_1(name, lane)                                                            \
    E2L_LANES_FN E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, e2l_real *out, const e2l_real *const *in)                  \
    {                                                                                              \
        const e2l_real *const a = in[0];                                                           \
        const e2l_real one = e2l_opaque_one();                                                     \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = lane(a[k] * one);                                                             \
        }                                                                                          \
    }

#define E2L_FLUSHED_LANES_2(name, lane)                                                            \
    E2L_LANES_FN E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, e2l_real *out, const e2l_real *const *in)                  \
    {                                                                                              \
        const e2l_real *const a = in[0], *const b = in[1];                                         \
        const e2l_real one = e2l_opaque_one();                                                     \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = lane(a[k] * one, b[k] * one);                                                 \
        }                                                                                          \
    }

#define E2L_FLUSHED_LANES_3(name, lane)                                                            \
    E2L_LANES_FN E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, e2l_real *out, const e2l_real *const *in)                  \
    {                                                                                              \
        const e2l_real *const a = in[0], *const b = in[1], *const c = in[2];                       \
        const e2l_real one = e2l_opaque_one();                                                     \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = lane(a[k] * one, b[k] * one, c[k] * one);                                     \
        }                                                                                          \
    }

/* Constants of the precision: 1.0 would make doubles of what it meets. */
#define E2L_ZERO ((e2l_real)0)
#define E2L_ONE ((e2l_real)1)

/* ---- one-lane helpers that several primitives share ------------------------------------------------ */
#ifdef E2L_SINGLE
typedef uint32_t e2l_real_bits;
#define E2L_FABS __builtin_fabsf
#define E2L_SQRT __builtin_sqrtf
#define E2L_FLOOR __builtin_floorf
#define E2L_COPYSIGN __builtin_copysignf
#define E2L_NO_FRACTION 0x1p23f /* from here on every number is an integer */
#else
typedef uint64_t e2l_real_bits;
#define E2L_FABS __builtin_fabs
#define E2L_SQRT __builtin_sqrt
#define E2L_FLOOR __builtin_floor
#define E2L_COPYSIGN __builtin_copysign
#define E2L_NO_FRACTION 0x1p52
#endif

static inline e2l_real_bits e2l_bits(e2l_real a)
{
    e2l_real_bits bits;
    memcpy(&bits, &a, sizeof bits);
    return bits;
}

static inline e2l_real e2l_from_bits(e2l_real_bits bits)
{
    e2l_real a;
    memcpy(&a, &bits, sizeof a);
    return a;
}

/* IEEE 754-2019 minimum: NaN passes on, -0 < +0. When both selections agree the "or" changes nothing; for
   the two zeros it gives -0; for a NaN (both comparisons false) it joins NaN with something: still NaN. */
static inline e2l_real e2l_lane_minimum(e2l_real a, e2l_real b)
{
    return e2l_from_bits(e2l_bits(a < b ? a : b) | e2l_bits(b < a ? b : a));
}

/* floor. SSE2 has no instruction for it: x + 2^52 - 2^52 (with the sign of x; 2^23 in single precision) rounds to an integer, one too
   large at most. From there on every number is an integer already; NaN fails the comparison and passes. */
static inline e2l_real e2l_lane_floor(e2l_real x)
{
#if defined(__SSE4_1__) || !defined(__SSE2__)
    return E2L_FLOOR(x);
#else
    const e2l_real shift = E2L_COPYSIGN(E2L_NO_FRACTION, x);
    const e2l_real near = (x + shift) - shift;
    const e2l_real below = near > x ? near - E2L_ONE : near;
    return E2L_FABS(x) < E2L_NO_FRACTION ? E2L_COPYSIGN(below, x) : x;
#endif
}

/* ---- vectors for SLEEF ------------------------------------------------------------------------------ */
#ifdef E2L_SINGLE
#define E2L_VECTOR_OF(vector) vector
#define E2L_SLEEF_OF(function, doubles, singles, tail) Sleef_cinz_##function##f##singles##_##tail
#else
#define E2L_VECTOR_OF(vector) vector##d
#define E2L_SLEEF_OF(function, doubles, singles, tail) Sleef_cinz_##function##d##doubles##_##tail
#endif
#if defined(E2L_LANES_avx512)
typedef E2L_VECTOR_OF(__m512) e2l_vector;
#define E2L_SLEEF(function, accuracy) E2L_SLEEF_OF(function, 8, 16, accuracy##avx512fnofma)
#elif defined(E2L_LANES_avx2)
typedef E2L_VECTOR_OF(__m256) e2l_vector;
#define E2L_SLEEF(function, accuracy) E2L_SLEEF_OF(function, 4, 8, accuracy##avx)
#elif defined(__x86_64__)
typedef E2L_VECTOR_OF(__m128) e2l_vector;
#define E2L_SLEEF(function, accuracy) E2L_SLEEF_OF(function, 2, 4, accuracy##sse2)
#else
typedef e2l_real e2l_vector;
#define E2L_SLEEF(function, accuracy) E2L_SLEEF_OF(function, 1, 1, accuracy##purec)
#endif
#if defined(__x86_64__)
#define E2L_SPREAD(value) ((value) - (e2l_vector){0})
#else
#define E2L_SPREAD(value) (value)
#endif
enum { E2L_VECTOR_LANES = sizeof(e2l_vector) / sizeof(e2l_real) };

/* n lanes (all of a vector, or the rest of a block padded with ones) from memory of any alignment. */
static inline e2l_vector e2l_vector_load(const e2l_real *from)
{
    e2l_vector vector;
    memcpy(&vector, from, sizeof vector);
    return vector;
}

static inline e2l_vector e2l_vector_load_n(const e2l_real *from, size_t n)
{
    e2l_vector vector = E2L_SPREAD(E2L_ONE);
    memcpy(&vector, from, n * sizeof *from);
    return vector;
}

/* `lane` maps e2l_vector to e2l_vector; SLEEF looks at the bits of subnormals, so they are flushed here too. */
#define E2L_VECTOR_LANES_1(name, lane)                                                             \
    E2L_LANES_FN E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, e2l_real *out, const e2l_real *const *in)                  \
    {                                                                                              \
        const e2l_vector one = E2L_SPREAD(e2l_opaque_one());                                       \
        size_t k = 0;                                                                              \
        for (; k + E2L_VECTOR_LANES <= n; k += E2L_VECTOR_LANES) {                                 \
            const e2l_vector value = lane(one * e2l_vector_load(in[0] + k));                       \
            memcpy(out + k, &value, sizeof value);                                                 \
        }                                                                                          \
        if (k < n) {                                                                               \
            const e2l_vector value = lane(one * e2l_vector_load_n(in[0] + k, n - k));              \
            memcpy(out + k, &value, (n - k) * sizeof *out);                                        \
        }                                                                                          \
    }

#define E2L_VECTOR_LANES_2(name, lane)                                                             \
    E2L_LANES_FN E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, e2l_real *out, const e2l_real *const *in)                  \
    {                                                                                              \
        const e2l_vector one = E2L_SPREAD(e2l_opaque_one());                                       \
        size_t k = 0;                                                                              \
        for (; k + E2L_VECTOR_LANES <= n; k += E2L_VECTOR_LANES) {                                 \
            const e2l_vector value =                                                               \
                lane(one * e2l_vector_load(in[0] + k), one * e2l_vector_load(in[1] + k));          \
            memcpy(out + k, &value, sizeof value);                                                 \
        }                                                                                          \
        if (k < n) {                                                                               \
            const e2l_vector value = lane(one * e2l_vector_load_n(in[0] + k, n - k),               \
                                          one * e2l_vector_load_n(in[1] + k, n - k));              \
            memcpy(out + k, &value, (n - k) * sizeof *out);                                        \
        }                                                                                          \
    }

#endif
