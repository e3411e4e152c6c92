/* hand.h: for hand-written loops: vectors of the instruction set a file is compiled for, its fastest tanh and exp from glibc and the
   engine's from SLEEF, the rules of the ten cases taken apart.

   Files hand_*.c are compiled once per instruction set with that set's flags, -O3, no contraction. */
#ifndef E2L_TESTS_BENCH_HAND_H
#define E2L_TESTS_BENCH_HAND_H

#include <sleef.h>
#include <string.h>

#include "tests/bench/bench.h"

/* glibc's vector library; its header offers it to -ffast-math alone. */
#if defined(E2L_LANES_avx512)
enum { VECTOR_BYTES = 64 };
#define HAND(name) bench_##name##_avx512
typedef __m512d machine_vector;
__m512d _ZGVeN8v_tanh(__m512d);
__m512d _ZGVeN8v_exp(__m512d);
#define GLIBC(function) _ZGVeN8v_##function
#define SLEEF(function, accuracy) Sleef_cinz_##function##d8_##accuracy##avx512fnofma
#elif defined(E2L_LANES_avx2)
enum { VECTOR_BYTES = 32 };
#define HAND(name) bench_##name##_avx2
typedef __m256d machine_vector;
__m256d _ZGVdN4v_tanh(__m256d);
__m256d _ZGVdN4v_exp(__m256d);
#define GLIBC(function) _ZGVdN4v_##function
#define SLEEF(function, accuracy) Sleef_cinz_##function##d4_##accuracy##avx
#else
enum { VECTOR_BYTES = 16 };
#define HAND(name) bench_##name##_sse2
typedef __m128d machine_vector;
__m128d _ZGVbN2v_tanh(__m128d);
__m128d _ZGVbN2v_exp(__m128d);
#define GLIBC(function) _ZGVbN2v_##function
#define SLEEF(function, accuracy) Sleef_cinz_##function##d2_##accuracy##sse2
#endif
typedef double vector __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t bits __attribute__((vector_size(VECTOR_BYTES)));
enum { WIDTH = VECTOR_BYTES / sizeof(double), PARTS = 8 / WIDTH };

#define INLINE static inline __attribute__((always_inline, unused))

/* Whose functions a loop calls. */
typedef enum whose { THE_ENGINES, GLIBCS } whose;

/* Anywhere in memory, and no more than doubles to the compiler: what a store may change is not pointers. */
typedef double loose_vector __attribute__((vector_size(VECTOR_BYTES), aligned(8)));
INLINE vector load(const double *from)
{
    return *(const loose_vector *)from;
}
INLINE void store(double *to, vector value)
{
    *(loose_vector *)to = value;
}
INLINE vector spread(double value)
{
    return value - (vector){0};
}
INLINE vector vector_tanh(whose library, vector x)
{
    return library == GLIBCS ? (vector)GLIBC(tanh)((machine_vector)x) : (vector)SLEEF(tanh, u35)((machine_vector)x);
}
INLINE vector vector_exp(whose library, vector x)
{
    return library == GLIBCS ? (vector)GLIBC(exp)((machine_vector)x) : (vector)SLEEF(exp, u10)((machine_vector)x);
}
/* where > 0: a, elsewhere b. */
INLINE vector choose(bits where, vector a, vector b)
{
    return (vector)((where & (bits)a) | (~where & (bits)b));
}

/* Bit k: lane k of a comparison holds. */
INLINE unsigned mask_of(bits where)
{
#if defined(E2L_LANES_avx512)
    return _mm512_movepi64_mask((__m512i)where);
#elif defined(E2L_LANES_avx2)
    return (unsigned)_mm256_movemask_pd((__m256d)where);
#else
    return (unsigned)_mm_movemask_pd((__m128d)where);
#endif
}

/* The sum of eight parts, in the order that suits vectors of any width: in halves. */
INLINE double sum_of_parts(const vector *parts)
{
#if defined(E2L_LANES_avx512)
    const vector s = parts[0];
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
#elif defined(E2L_LANES_avx2)
    const vector s = parts[0] + parts[1];
    return (s[0] + s[2]) + (s[1] + s[3]);
#else
    const vector s = (parts[0] + parts[2]) + (parts[1] + parts[3]);
    return s[0] + s[1];
#endif
}

/* ---- the rules, what depends on y alone taken out ---- */
typedef struct rule_post {
    vector y, tanh_y, share; /* share = y^2 / (y^2 + 1) */
} rule_post;

INLINE rule_post rule_of_post(int rule, whose library, vector y)
{
    rule_post post = {y, y, y};
    if (rule == BENCH_RULE_3) {
        post.tanh_y = vector_tanh(library, y);
        post.share = y * y / (y * y + 1.0);
    }
    return post;
}

/* `squared` is x * x, used by rule 3 alone. */
INLINE vector rule_value(int rule, whose library, vector x, vector squared, const rule_post *post, vector w)
{
    const vector y = post->y;
    switch (rule) {
    case BENCH_RULE_0: return y * (x - y * w);
    case BENCH_RULE_1: return y * (x - y * w) + vector_tanh(library, x * y) / (w * w + 1.0) * 0.1 - w * 0.01;
    case BENCH_RULE_2: return x * y;
    default: return x * post->tanh_y - post->share * w + squared * y * 0.1 - w * 0.01;
    }
}

#endif
