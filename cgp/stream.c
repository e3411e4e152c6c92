/* stream.c: Philox4x32-10 streams (Salmon et al., SC'11) by Random123.

   The key is the XXH3 of (seed, purpose, words), the counter starts at 0 and each block gives four words. Whatever
   is drawn takes words in order, so one call for n numbers gives the same as n calls for one.

   Normals: Box and Muller (1958), r = sqrt(-2 log u), r cos(2 pi v), r sin(2 pi v), two at a time from four words
   each. log and sincos are SLEEF's consistent no-FMA ones in two lanes: their bits equal those of the other widths,
   and two lanes exist on every x86-64. Other machines use the scalar ones with the same bits. */
#include "cgp/stream.h"

#include <math.h>
#include <string.h>

#include <Random123/philox.h>
#include <sleef.h>
/* header-only: the lengths hashed here are known to the compiler */
#define XXH_INLINE_ALL
#include <xxhash.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    KEY_WORDS = 16,    /* words hashed at once */
    FILL_BLOCKS = 128, /* Philox blocks kept in L1 by a fill */
    BLOCK_WORDS = 4
};

void e2l_stream_init(e2l_stream *stream, uint64_t seed, e2l_purpose purpose, const uint64_t *words,
                     size_t n)
{
    uint64_t head[KEY_WORDS + 3] = {seed, (uint64_t)purpose, n};
    size_t n_head = 3;
    uint64_t key;
    do {
        size_t now = n < KEY_WORDS ? n : KEY_WORDS;
        if (now > 0) {
            memcpy(head + n_head, words, now * sizeof words[0]);
            words += now;
        }
        n -= now;
        key = XXH3_64bits(head, (n_head + now) * sizeof head[0]);
        head[0] = key;
        n_head = 1;
    } while (n > 0);
    *stream = (e2l_stream){.key = {(uint32_t)key, (uint32_t)(key >> 32)}};
}

/* Block number `counter` + k of the stream. */
static philox4x32_ctr_t block_at(const e2l_stream *stream, uint64_t k)
{
    uint64_t low = stream->counter[0] | (uint64_t)stream->counter[1] << 32;
    uint64_t high = stream->counter[2] | (uint64_t)stream->counter[3] << 32;
    high += low > UINT64_MAX - k ? 1 : 0;
    low += k;
    philox4x32_ctr_t counter = {{(uint32_t)low, (uint32_t)(low >> 32), (uint32_t)high, (uint32_t)(high >> 32)}};
    philox4x32_key_t key = {{stream->key[0], stream->key[1]}};
    return philox4x32_R(10, counter, key);
}

static void advance(e2l_stream *stream, uint64_t n_blocks)
{
    for (int i = 0; i < BLOCK_WORDS; i++) {
        uint64_t sum = stream->counter[i] + (n_blocks & UINT32_MAX);
        stream->counter[i] = (uint32_t)sum;
        n_blocks = (n_blocks >> 32) + (sum >> 32);
    }
}

uint32_t e2l_stream_u32(e2l_stream *stream)
{
    if (stream->n_left == 0) {
        philox4x32_ctr_t block = block_at(stream, 0);
        memcpy(stream->block, block.v, sizeof stream->block);
        advance(stream, 1);
        stream->n_left = BLOCK_WORDS;
    }
    return stream->block[BLOCK_WORDS - stream->n_left--];
}

uint64_t e2l_stream_u64(e2l_stream *stream)
{
    uint64_t low = e2l_stream_u32(stream);
    return low | (uint64_t)e2l_stream_u32(stream) << 32;
}

double e2l_stream_uniform(e2l_stream *stream)
{
    return (double)(e2l_stream_u64(stream) >> 11) * 0x1p-53;
}

/* Lemire, "Fast random integer generation in an interval", TOMACS 2019: the products whose low word falls below
   2^32 mod n are the surplus ones. */
uint32_t e2l_stream_below(e2l_stream *stream, uint32_t n)
{
    uint64_t product = (uint64_t)e2l_stream_u32(stream) * n;
    if ((uint32_t)product < n) {
        uint32_t surplus = (uint32_t)(0 - n) % (n > 0 ? n : 1);
        while ((uint32_t)product < surplus) {
            product = (uint64_t)e2l_stream_u32(stream) * n;
        }
    }
    return (uint32_t)(product >> 32);
}

/* ---- fills ---- */

/* (k + 1/2) / 2^52 for the upper 52 bits k: never 0, never 1, exact. */
static double open_uniform(uint64_t word)
{
    uint64_t bits = word >> 12 | UINT64_C(0x3ff0000000000000); /* 1 + k / 2^52 */
    double value;
    memcpy(&value, &bits, sizeof value);
    return value - (1.0 - 0x1p-53);
}

#if defined(__SSE2__)
enum { VECTORS = 3, VECTOR_BLOCKS = 2 * VECTORS }; /* three independent chains hide the multiplier's latency */

/* Philox on two blocks in the even 32-bit lanes of each vector; the odd lanes hold garbage that nothing reads. */
typedef struct two_blocks {
    __m128i c0, c1, c2, c3;
} two_blocks;

static two_blocks philox_round(two_blocks c, __m128i key_0, __m128i key_1)
{
    __m128i p0 = _mm_mul_epu32(_mm_set1_epi64x(PHILOX_M4x32_0), c.c0);
    __m128i p1 = _mm_mul_epu32(_mm_set1_epi64x(PHILOX_M4x32_1), c.c2);
    return (two_blocks){.c0 = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(p1, 32), c.c1), key_0),
                        .c1 = p1,
                        .c2 = _mm_xor_si128(_mm_xor_si128(_mm_srli_epi64(p0, 32), c.c3), key_1),
                        .c3 = p0};
}

/* open_uniform of the words low | high << 32 */
static __m128d open_uniforms(__m128i low, __m128i high)
{
    __m128i word = _mm_or_si128(_mm_and_si128(low, _mm_set1_epi64x(0xffffffff)), _mm_slli_epi64(high, 32));
    __m128i bits = _mm_or_si128(_mm_srli_epi64(word, 12), _mm_set1_epi64x(0x3ff0000000000000));
    return _mm_sub_pd(_mm_castsi128_pd(bits), _mm_set1_pd(1.0 - 0x1p-53));
}

/* VECTOR_BLOCKS blocks whose counters do not carry out of the lower 64 bits. */
static void fill_vectors(const e2l_stream *stream, uint64_t low, double *out)
{
    two_blocks c[VECTORS];
    uint32_t key_0 = stream->key[0], key_1 = stream->key[1];
    for (int v = 0; v < VECTORS; v++) {
        uint64_t first = low + 2 * (uint64_t)v;
        c[v].c0 = _mm_set_epi64x((long long)(first + 1), (long long)first);
        c[v].c1 = _mm_srli_epi64(c[v].c0, 32);
        c[v].c2 = _mm_set1_epi64x(stream->counter[2]);
        c[v].c3 = _mm_set1_epi64x(stream->counter[3]);
    }
    for (int round = 0; round < 10; round++) {
        for (int v = 0; v < VECTORS; v++) {
            c[v] = philox_round(c[v], _mm_set1_epi64x(key_0), _mm_set1_epi64x(key_1));
        }
        key_0 += PHILOX_W32_0;
        key_1 += PHILOX_W32_1;
    }
    for (int v = 0; v < VECTORS; v++) {
        __m128d first = open_uniforms(c[v].c0, c[v].c1), second = open_uniforms(c[v].c2, c[v].c3);
        _mm_storeu_pd(out + 4 * v, _mm_unpacklo_pd(first, second));
        _mm_storeu_pd(out + 4 * v + 2, _mm_unpackhi_pd(first, second));
    }
}

/* As many of the blocks as come in whole vectors; returns their number. */
static size_t fill_most(const e2l_stream *stream, size_t n_blocks, double *out)
{
    uint64_t low = stream->counter[0] | (uint64_t)stream->counter[1] << 32;
    size_t k = 0;
    if (low > UINT64_MAX - n_blocks - VECTOR_BLOCKS) {
        return 0;
    }
    for (; k + VECTOR_BLOCKS <= n_blocks; k += VECTOR_BLOCKS) {
        fill_vectors(stream, low + k, out + 2 * k);
    }
    return k;
}
#else
static size_t fill_most(const e2l_stream *stream, size_t n_blocks, double *out)
{
    (void)stream;
    (void)n_blocks;
    (void)out;
    return 0;
}
#endif

/* Whole blocks straight from the counter: two uniforms each. The stream must stand between blocks. */
static void fill_blocks(e2l_stream *stream, size_t n_blocks, double *out)
{
    for (size_t k = fill_most(stream, n_blocks, out); k < n_blocks; k++) {
        philox4x32_ctr_t block = block_at(stream, k);
        out[2 * k] = open_uniform(block.v[0] | (uint64_t)block.v[1] << 32);
        out[2 * k + 1] = open_uniform(block.v[2] | (uint64_t)block.v[3] << 32);
    }
    advance(stream, n_blocks);
}

void e2l_stream_fill_uniform(e2l_stream *stream, size_t n, double *out)
{
    size_t k = 0;
    for (; k < n && stream->n_left > 0; k++) {
        out[k] = open_uniform(e2l_stream_u64(stream));
    }
    size_t n_blocks = (n - k) / 2;
    fill_blocks(stream, n_blocks, out + k);
    for (k += 2 * n_blocks; k < n; k++) {
        out[k] = open_uniform(e2l_stream_u64(stream));
    }
}

#if defined(__SSE2__)
/* pair[0..4) = u, v, u, v -> four normals in place. */
static void box_muller(double pair[4])
{
    __m128d first = _mm_loadu_pd(pair), second = _mm_loadu_pd(pair + 2);
    __m128d u = _mm_unpacklo_pd(first, second), v = _mm_unpackhi_pd(first, second);
    __m128d r = _mm_sqrt_pd(_mm_mul_pd(_mm_set1_pd(-2.0), Sleef_cinz_logd2_u35sse2(u)));
    Sleef___m128d_2 angle = Sleef_cinz_sincospid2_u35sse2(_mm_add_pd(v, v));
    __m128d cosine = _mm_mul_pd(r, angle.y), sine = _mm_mul_pd(r, angle.x);
    _mm_storeu_pd(pair, _mm_unpacklo_pd(cosine, sine));
    _mm_storeu_pd(pair + 2, _mm_unpackhi_pd(cosine, sine));
}
#else
static void box_muller(double pair[4])
{
    for (int k = 0; k < 4; k += 2) {
        double r = sqrt(-2.0 * Sleef_cinz_logd1_u35purec(pair[k]));
        Sleef_double_2 angle = Sleef_cinz_sincospid1_u35purec(pair[k + 1] + pair[k + 1]);
        pair[k] = r * angle.y;
        pair[k + 1] = r * angle.x;
    }
}
#endif

/* Up to 2 * FILL_BLOCKS normals; an odd last one leaves its partner unused. */
static void fill_normal_some(e2l_stream *stream, size_t n, double *out)
{
    double pairs[2 * FILL_BLOCKS + 2];
    size_t used = (n + 1) / 2 * 2;
    e2l_stream_fill_uniform(stream, used, pairs);
    if (used % 4 != 0) { /* fill the idle half of the last two lanes with something harmless */
        pairs[used] = 0.5;
        pairs[used + 1] = 0.5;
    }
    for (size_t k = 0; k < used; k += 4) {
        box_muller(pairs + k);
    }
    memcpy(out, pairs, n * sizeof out[0]);
}

void e2l_stream_fill_normal(e2l_stream *stream, size_t n, double *out)
{
    while (n > 0) {
        size_t now = n < 2 * FILL_BLOCKS ? n : 2 * FILL_BLOCKS;
        fill_normal_some(stream, now, out);
        out += now;
        n -= now;
    }
}
