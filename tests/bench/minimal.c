/* minimal.c: a (1+4) CGP with nothing around it, as the measure of what a search engine may cost: flat integer genome, one backward pass
   for the active columns, node after node over blocks of points that the compiler vectorises.

   Three of a kind. The plain and the skipping one are written as such programs usually are: a coin per gene is a comparison of doubles,
   the error is one sum from the first point to the last; the plain one evaluates every offspring, the others no silent ones. The tuned
   one compares integers and adds up in parts, as e2l's side of the comparison does. Compiled once per instruction set. */
#include <math.h>
#include <string.h>

#include "tests/bench/regression.h"

#if defined(E2L_LANES_avx512)
#define MINIMAL bench_minimal_avx512
#define ERROR bench_error_avx512
#elif defined(E2L_LANES_avx2)
#define MINIMAL bench_minimal_avx2
#define ERROR bench_error_avx2
#else
#define MINIMAL bench_minimal_sse2
#define ERROR bench_error_sse2
#endif

enum { INPUTS = 2, COLUMNS = BENCH_COLUMNS, GENES = 3 * COLUMNS + 1, BLOCK = 256, POINTS = BENCH_POINTS, OFFSPRING = 4 };

typedef struct individual {
    int genes[GENES];
    double error;
} individual;

typedef struct engine {
    uint64_t state[4];
    bench_minimal_kind kind;
    const bench_points *points;
    int active[COLUMNS], n_active;
    double nodes;
    double values[INPUTS + COLUMNS][BLOCK] __attribute__((aligned(64)));
} engine;

/* xoshiro256** by Blackman and Vigna. */
static uint64_t rotated(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

static uint64_t next(engine *e)
{
    uint64_t *const s = e->state;
    const uint64_t result = rotated(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotated(s[3], 45);
    return result;
}

static int below(engine *e, int n)
{
    return (int)((next(e) >> 32) * (uint64_t)n >> 32);
}

static int values_of(int gene)
{
    return gene == GENES - 1 ? INPUTS + COLUMNS : gene % 3 == 0 ? 4 : INPUTS + gene / 3;
}

static void find_active(engine *e, const int *genes, unsigned char *is_active)
{
    memset(is_active, 0, INPUTS + COLUMNS);
    is_active[genes[GENES - 1]] = 1;
    for (int k = COLUMNS - 1; k >= 0; --k) {
        if (is_active[INPUTS + k]) {
            is_active[genes[3 * k + 1]] = 1;
            is_active[genes[3 * k + 2]] = 1;
        }
    }
    e->n_active = 0;
    for (int k = 0; k < COLUMNS; ++k) {
        if (is_active[INPUTS + k]) {
            e->active[e->n_active++] = k;
        }
    }
}

static const double *operand(const engine *e, int index, int start)
{
    return index < INPUTS ? e->points->x[index] + start : e->values[index];
}

static void compute(engine *e, const int *genes, int start)
{
    for (int i = 0; i < e->n_active; ++i) {
        const int k = e->active[i];
        const double *restrict const a = operand(e, genes[3 * k + 1], start);
        const double *restrict const b = operand(e, genes[3 * k + 2], start);
        double *restrict const out = e->values[INPUTS + k];
        switch (genes[3 * k]) {
        case 0:
            for (int j = 0; j < BLOCK; ++j) {
                out[j] = a[j] + b[j];
            }
            break;
        case 1:
            for (int j = 0; j < BLOCK; ++j) {
                out[j] = a[j] - b[j];
            }
            break;
        case 2:
            for (int j = 0; j < BLOCK; ++j) {
                out[j] = a[j] * b[j];
            }
            break;
        default:
            for (int j = 0; j < BLOCK; ++j) {
                const double quotient = a[j] / b[j];
                out[j] = b[j] == 0 ? 1.0 : quotient;
            }
        }
    }
}

/* Partial sums, so that it is not one long chain of additions. */
double ERROR(const double *out, const double *y, size_t n)
{
    enum { PARTS = 32 };
    double s[PARTS] = {0};
    for (size_t k = 0; k < n; k += PARTS) {
        for (size_t i = 0; i < PARTS; ++i) {
            s[i] += fabs(out[k + i] - y[k + i]);
        }
    }
    for (size_t half = PARTS / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; ++i) {
            s[i] += s[i + half];
        }
    }
    return s[0];
}

static double chained_error(const double *out, const double *y, size_t n)
{
    double error = 0;
    for (size_t k = 0; k < n; ++k) {
        error += fabs(out[k] - y[k]);
    }
    return error;
}

static double error_of(engine *e, const int *genes)
{
    double error = 0;
    for (int start = 0; start < POINTS; start += BLOCK) {
        compute(e, genes, start);
        const double *out = operand(e, genes[GENES - 1], start), *y = e->points->y + start;
        error += e->kind == BENCH_TUNED ? ERROR(out, y, BLOCK) : chained_error(out, y, BLOCK);
    }
    e->nodes += (double)e->n_active * POINTS;
    return isfinite(error) ? error : 1e300;
}

static bool heads(engine *e)
{
    return e->kind == BENCH_TUNED ? next(e) < (uint64_t)(BENCH_MUTATION * 0x1p64)
                                  : (double)(next(e) >> 11) * 0x1p-53 < BENCH_MUTATION;
}

static bool mutate(engine *e, int *genes, const unsigned char *is_active)
{
    bool silent = true;
    for (int k = 0; k < GENES; ++k) {
        if (!heads(e)) {
            continue;
        }
        const int old = genes[k];
        genes[k] = below(e, values_of(k));
        silent = silent && (genes[k] == old || !(k == GENES - 1 || is_active[INPUTS + k / 3]));
    }
    return silent;
}

static void generation(engine *e, individual *parent)
{
    unsigned char is_active[INPUTS + COLUMNS], scratch[INPUTS + COLUMNS];
    find_active(e, parent->genes, is_active);
    individual best = *parent;
    for (int k = 0; k < OFFSPRING; ++k) {
        individual child = *parent;
        if (!mutate(e, child.genes, is_active) || e->kind == BENCH_PLAIN) {
            find_active(e, child.genes, scratch);
            child.error = error_of(e, child.genes);
        }
        best = child.error <= best.error ? child : best;
    }
    *parent = best;
}

bench_search_result MINIMAL(bench_minimal_kind kind, const bench_points *points, uint64_t seed, size_t generations)
{
    static const uint64_t words[4] = {0x9e3779b97f4a7c15u, 0xbf58476d1ce4e5b9u, 0x94d049bb133111ebu, 0x2545f4914f6cdd1du};
    engine e = {.points = points, .kind = kind};
    for (int k = 0; k < 4; ++k) {
        e.state[k] = words[k] * (seed + 1);
    }
    individual parent;
    for (int k = 0; k < GENES; ++k) {
        parent.genes[k] = below(&e, values_of(k));
    }
    unsigned char scratch[INPUTS + COLUMNS];
    find_active(&e, parent.genes, scratch);
    parent.error = error_of(&e, parent.genes);
    for (size_t g = 0; g < generations; ++g) {
        generation(&e, &parent);
    }
    return (bench_search_result){e.nodes, parent.error};
}
