/* bench.h: what the parts of e2l-bench share.

   Every comparison runs its contestants in turn, round after round, in one process and takes the smallest thread CPU time of
   each: on a shared machine ratios of such minima repeat to about 5 %, absolute times do not. */
#ifndef E2L_TESTS_BENCH_H
#define E2L_TESTS_BENCH_H

#include "cgp/base.h"
#include "cgp/primitive.h"

typedef struct bench_options {
    size_t rounds;
    const char *only; /* part of a case's name, or NULL */
    bool json;
} bench_options;

/* Seconds of CPU this thread has used. */
double bench_seconds(void);
static inline double bench_smaller(double a, double b)
{
    return a < b ? a : b;
}
/* |a - b| is at most 1e-9 of the larger one. */
bool bench_agree(double a, double b);

/* One figure: printed as text, or as a line of JSON. `goal` NaN: none; sign of `goal_is_least`. Returns whether it is met. */
bool bench_report(const bench_options *options, const char *name, double value, const char *unit, double goal,
                  bool goal_is_least);
bool bench_wanted(const bench_options *options, const char *name);

/* The parts: return E2L_OK when they could run; *passed becomes false when a goal is missed. */
e2l_status bench_pca(e2l_ctx *ctx, const bench_options *options, bool *passed);
e2l_status bench_regression(e2l_ctx *ctx, const bench_options *options, bool *passed);

/* ---- by hand: what an expert would write for one rule and size ------------------------------------ */
enum { BENCH_OJA, BENCH_LONG, BENCH_N_RULES };
typedef struct bench_problem {
    size_t n, n_lanes, n_steps; /* n_lanes: 64 with n = 10, 512 with n = 2 */
    const double *x;            /* [step][n][lane] */
    const double *pc1;          /* [n][lane] */
    double *w;                  /* [n][lane] */
    double *cos_sum;            /* [lane], NULL: the angle is not measured */
    double eta;
} bench_problem;
/* Ways to write it (order of loops, glibc's or SLEEF's tanh); the fastest one counts. */
enum { BENCH_HAND_VARIANTS = 4 };
typedef void bench_hand_fn(const bench_problem *problem, int rule, int variant);
bench_hand_fn bench_hand_sse2, bench_hand_avx2, bench_hand_avx512;

/* A graph interpreter as it is usually written: node after node, one synapse of one lane at a time. */
void bench_interpret(const bench_problem *problem, int rule);
extern const char *const bench_rule_texts[BENCH_N_RULES];

/* ---- symbolic regression ------------------------------------------------------------------------------ */
enum { BENCH_POINTS = 1024, BENCH_COLUMNS = 64 };
#define BENCH_MUTATION 0.05
typedef struct bench_points {
    double x[2][BENCH_POINTS] __attribute__((aligned(64))); /* inputs: x and the constant one */
    double y[BENCH_POINTS] __attribute__((aligned(64)));
} bench_points;
typedef struct bench_search_result {
    double nodes; /* operations times points */
    double error; /* of the best */
} bench_search_result;
/* Sum of |out - y|; n is a multiple of 32. */
typedef double bench_error_fn(const double *out, const double *y, size_t n);
bench_error_fn bench_error_sse2, bench_error_avx2, bench_error_avx512;
typedef enum bench_minimal_kind { BENCH_PLAIN, BENCH_SKIP, BENCH_TUNED, BENCH_N_MINIMAL } bench_minimal_kind;
typedef bench_search_result bench_minimal_fn(bench_minimal_kind kind, const bench_points *points, uint64_t seed,
                                             size_t generations);
bench_minimal_fn bench_minimal_sse2, bench_minimal_avx2, bench_minimal_avx512;

#endif
