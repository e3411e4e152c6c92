/* pca.h: a linear neuron with plastic synapses, many cases side by side; networks/pca.json and pca_angle.json. */
#ifndef E2L_TESTS_BENCH_PCA_H
#define E2L_TESTS_BENCH_PCA_H

#include "tests/bench/bench.h"

typedef struct pca {
    size_t n, n_lanes, n_steps; /* n_lanes: 64 with n = 10, 512 with n = 2 */
    const double *x;            /* [step][n][lane] */
    const double *w0, *pc1;     /* [n][lane] */
    double *w;                  /* [n][lane] */
    double *cos_sum;            /* [lane] */
    double eta;
    int rule;   /* BENCH_RULE_0 or BENCH_RULE_1 */
    bool angle; /* its mean cosine is measured */
    bench_graph *graph;
} pca;

typedef void pca_fn(const pca *net, size_t variant);
/* Ways to write it (order of loops, glibc's or SLEEF's tanh). */
enum { PCA_VARIANTS = 4 };
BENCH_HANDS(pca_fn, pca);

#endif
