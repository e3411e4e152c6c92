/* regression.h: symbolic regression on 1024 points, e2l's search against minimal ones (minimal.c). */
#ifndef E2L_TESTS_BENCH_REGRESSION_H
#define E2L_TESTS_BENCH_REGRESSION_H

#include "tests/bench/bench.h"

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
BENCH_HANDS(bench_error_fn, error);
typedef enum bench_minimal_kind { BENCH_PLAIN, BENCH_SKIP, BENCH_TUNED, BENCH_N_MINIMAL } bench_minimal_kind;
typedef bench_search_result bench_minimal_fn(bench_minimal_kind kind, const bench_points *points, uint64_t seed,
                                             size_t generations);
BENCH_HANDS(bench_minimal_fn, minimal);

#endif
