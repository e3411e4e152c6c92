/* stream.h: random numbers from counter-based streams (Random123, Philox4x32-10).

   A stream is a pure function of its key words: (seed, purpose, up to six indices). Whoever knows the
   indices gets the same numbers, on any rank, in any order. Source of the generator: Salmon et al.,
   "Parallel random numbers: as easy as 1, 2, 3", SC'11. */
#ifndef E2L_CGP_STREAM_H
#define E2L_CGP_STREAM_H

#include "cgp/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a stream is for; values are part of every result, so they never change. */
typedef enum e2l_purpose {
    E2L_PURPOSE_GENOME = 1,   /* (island, individual): first genomes, random search */
    E2L_PURPOSE_MUTATION = 2, /* (island, generation, offspring) */
    E2L_PURPOSE_PARENT = 3,   /* (island, generation, offspring) */
    E2L_PURPOSE_CASE = 4,     /* (set, case): the data of a case */
    E2L_PURPOSE_NOISE = 5,    /* (case, statement, element, step) */
    E2L_PURPOSE_BOOTSTRAP = 6,
    E2L_PURPOSE_TEST = 7,
    E2L_PURPOSE_PROBE = 8,    /* (vector): inputs that tell rules apart */
    E2L_PURPOSE_ENVIRONMENT = 9 /* (case, environment, step) */
} e2l_purpose;

typedef struct e2l_stream {
    uint32_t key[2];     /* Philox key */
    uint32_t counter[4]; /* next block */
    uint32_t block[4];
    unsigned n_left;     /* words of block not handed out */
} e2l_stream;

/* The stream of (seed, purpose, words[0..n)); n <= 16. The key is an xxHash of the words. */
void e2l_stream_init(e2l_stream *stream, uint64_t seed, e2l_purpose purpose, const uint64_t *words,
                     size_t n);
uint32_t e2l_stream_u32(e2l_stream *stream);
uint64_t e2l_stream_u64(e2l_stream *stream);
/* [0, 1) with 53 bits. */
double e2l_stream_uniform(e2l_stream *stream);
/* 0..n-1 without bias (Lemire's rejection); n >= 1. */
uint32_t e2l_stream_below(e2l_stream *stream, uint32_t n);
/* Fills out[0..n): (0,1) uniforms that are never 0 or 1; standard normals (Box-Muller with SLEEF's consistent
   functions: same bits on every instruction set and compiler). */
void e2l_stream_fill_uniform(e2l_stream *stream, size_t n, double *out);
void e2l_stream_fill_normal(e2l_stream *stream, size_t n, double *out);

#ifdef __cplusplus
}
#endif
#endif
