/* primitive_impl.h: how a file cgp/primitive_NAME.c becomes lane functions and a record.

   The file writes its operation on one lane once,

       static inline double lane(double a, double b) { return a + b; }
       E2L_LANES_2(add, lane)
       E2L_PRIMITIVE(add, .arity = 2, ...);

   and is compiled three times: for the base set (SSE2, or plain C where the machine is no x86-64) with
   nothing defined, which gives e2l_lanes_add_sse2 and the record; with E2L_LANES_avx2 and with
   E2L_LANES_avx512, which give only the lane function of that name. On other machines the base function
   fills all slots.

   Same bits everywhere: the loops hold only operations that IEEE 754 rounds correctly, and comparisons;
   exp, log, pow, sin, cos, tanh are SLEEF's consistent functions without FMA, whose results do not depend
   on the vector width. What is left at the end of a block goes through a full padded vector, so a lane's
   result never depends on its place. */
#ifndef E2L_CGP_PRIMITIVE_IMPL_H
#define E2L_CGP_PRIMITIVE_IMPL_H

#include "cgp/primitive.h"

#include <sleef.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------------------- */
#if defined(E2L_LANES_avx2)
#define E2L_LANES_NAME(name) e2l_lanes_##name##_avx2
#elif defined(E2L_LANES_avx512)
#define E2L_LANES_NAME(name) e2l_lanes_##name##_avx512
#else
#define E2L_LANES_NAME(name) e2l_lanes_##name##_sse2
#define E2L_LANES_BASE 1
#endif

/* The record: emitted by the base compilation, a mere declaration in the others. */
#if !defined(E2L_LANES_BASE)
#define E2L_PRIMITIVE(primitive, ...) extern const e2l_primitive e2l_primitive_##primitive
#elif defined(__x86_64__)
#define E2L_PRIMITIVE(primitive, ...)                                                              \
    extern const e2l_primitive e2l_primitive_##primitive;                                          \
    e2l_lanes_fn e2l_lanes_##primitive##_avx2, e2l_lanes_##primitive##_avx512;                     \
    const e2l_primitive e2l_primitive_##primitive = {                                              \
        .abi = E2L_PRIMITIVE_ABI,                                                                  \
        .name = #primitive,                                                                        \
        .eval = {e2l_lanes_##primitive##_sse2, e2l_lanes_##primitive##_avx2,                       \
                 e2l_lanes_##primitive##_avx512},                                                  \
        __VA_ARGS__}
#else
#define E2L_PRIMITIVE(primitive, ...)                                                              \
    extern const e2l_primitive e2l_primitive_##primitive;                                          \
    const e2l_primitive e2l_primitive_##primitive = {                                              \
        .abi = E2L_PRIMITIVE_ABI,                                                                  \
        .name = #primitive,                                                                        \
        .eval = {e2l_lanes_##primitive##_sse2, e2l_lanes_##primitive##_sse2,                       \
                 e2l_lanes_##primitive##_sse2},                                                    \
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
    e2l_lanes_fn E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, double *out, const double *const *in)                      \
    {                                                                                              \
        const double *const a = in[0];                                                             \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = lane(a[k]);                                                                   \
        }                                                                                          \
    }

#define E2L_LANES_2(name, lane)                                                                    \
    e2l_lanes_fn E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, double *out, const double *const *in)                      \
    {                                                                                              \
        const double *const a = in[0], *const b = in[1];                                           \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = lane(a[k], b[k]);                                                             \
        }                                                                                          \
    }

/* Moves, sign changes and selections are no arithmetic to the machine and would hand a subnormal on (or
   not, as the instruction chosen by the compiler has it). Their arguments are first multiplied by one,
   which flushes them as arithmetic does; the one is volatile, so the product cannot be folded away. */
static inline double e2l_opaque_one(void)
{
    const volatile double one = 1.0;
    return one;
}

#define E2L_FLUSHED_LANES_1(name, lane)                                                            \
    e2l_lanes_fn E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, double *out, const double *const *in)                      \
    {                                                                                              \
        const double *const a = in[0];                                                             \
        const double one = e2l_opaque_one();                                                       \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = lane(a[k] * one);                                                             \
        }                                                                                          \
    }

#define E2L_FLUSHED_LANES_2(name, lane)                                                            \
    e2l_lanes_fn E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, double *out, const double *const *in)                      \
    {                                                                                              \
        const double *const a = in[0], *const b = in[1];                                           \
        const double one = e2l_opaque_one();                                                       \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = lane(a[k] * one, b[k] * one);                                                 \
        }                                                                                          \
    }

#define E2L_FLUSHED_LANES_3(name, lane)                                                            \
    e2l_lanes_fn E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, double *out, const double *const *in)                      \
    {                                                                                              \
        const double *const a = in[0], *const b = in[1], *const c = in[2];                         \
        const double one = e2l_opaque_one();                                                       \
        E2L_INDEPENDENT                                                                            \
        for (size_t k = 0; k < n; ++k) {                                                           \
            out[k] = lane(a[k] * one, b[k] * one, c[k] * one);                                     \
        }                                                                                          \
    }

/* ---- one-lane helpers that several primitives share ------------------------------------------------ */
static inline uint64_t e2l_bits(double a)
{
    uint64_t bits;
    memcpy(&bits, &a, sizeof bits);
    return bits;
}

static inline double e2l_from_bits(uint64_t bits)
{
    double a;
    memcpy(&a, &bits, sizeof a);
    return a;
}

/* IEEE 754-2019 minimum: NaN passes on, -0 < +0. When both selections agree the "or" changes nothing; for
   the two zeros it gives -0; for a NaN (both comparisons false) it joins NaN with something: still NaN. */
static inline double e2l_lane_minimum(double a, double b)
{
    return e2l_from_bits(e2l_bits(a < b ? a : b) | e2l_bits(b < a ? b : a));
}

/* floor. SSE2 has no instruction for it: x + 2^52 - 2^52 (with the sign of x) rounds to an integer, one too
   large at most. From 2^52 on every double is an integer already; NaN fails the comparison and passes. */
static inline double e2l_lane_floor(double x)
{
#if defined(__SSE4_1__) || !defined(__SSE2__)
    return __builtin_floor(x);
#else
    const double two_52 = 0x1p52, shift = __builtin_copysign(two_52, x);
    const double near = (x + shift) - shift;
    const double below = near > x ? near - 1.0 : near;
    return __builtin_fabs(x) < two_52 ? __builtin_copysign(below, x) : x;
#endif
}

/* ---- vectors for SLEEF ------------------------------------------------------------------------------ */
#if defined(E2L_LANES_avx512)
typedef __m512d e2l_vector;
#define E2L_SLEEF(function, accuracy) Sleef_cinz_##function##d8_##accuracy##avx512fnofma
#define E2L_SPREAD(value) _mm512_set1_pd(value)
#elif defined(E2L_LANES_avx2)
typedef __m256d e2l_vector;
#define E2L_SLEEF(function, accuracy) Sleef_cinz_##function##d4_##accuracy##avx
#define E2L_SPREAD(value) _mm256_set1_pd(value)
#elif defined(__x86_64__)
typedef __m128d e2l_vector;
#define E2L_SLEEF(function, accuracy) Sleef_cinz_##function##d2_##accuracy##sse2
#define E2L_SPREAD(value) _mm_set1_pd(value)
#else
typedef double e2l_vector;
#define E2L_SLEEF(function, accuracy) Sleef_cinz_##function##d1_##accuracy##purec
#define E2L_SPREAD(value) (value)
#endif
enum { E2L_VECTOR_LANES = sizeof(e2l_vector) / sizeof(double) };

/* n lanes (all of a vector, or the rest of a block padded with ones) from memory of any alignment. */
static inline e2l_vector e2l_vector_load(const double *from)
{
    e2l_vector vector;
    memcpy(&vector, from, sizeof vector);
    return vector;
}

static inline e2l_vector e2l_vector_load_n(const double *from, size_t n)
{
    e2l_vector vector = E2L_SPREAD(1.0);
    memcpy(&vector, from, n * sizeof *from);
    return vector;
}

/* `lane` maps e2l_vector to e2l_vector; SLEEF looks at the bits of subnormals, so they are flushed here too. */
#define E2L_VECTOR_LANES_1(name, lane)                                                             \
    e2l_lanes_fn E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, double *out, const double *const *in)                      \
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
    e2l_lanes_fn E2L_LANES_NAME(name);                                                             \
    void E2L_LANES_NAME(name)(size_t n, double *out, const double *const *in)                      \
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
