/* recurrent.h: N leaky tanh neurons, each synapse of all N^2 plastic in every step; networks/recurrent.json. */
#ifndef E2L_TESTS_BENCH_RECURRENT_H
#define E2L_TESTS_BENCH_RECURRENT_H

#include "tests/bench/bench.h"

typedef struct recurrent {
    size_t n, n_steps; /* n is a multiple of 8 */
    int rule;
    double eta;
    const double *w0, *u0; /* [i_post][i_pre], [n] */
    double *w, *u, *r, *x; /* work; x is r one step ago */
    double *squared, *in;  /* work: x * x, what arrives */
    bench_graph *graph;
} recurrent;

typedef void recurrent_fn(recurrent *net, size_t variant);
enum { RECURRENT_VARIANTS = 3 };
BENCH_HANDS(recurrent_fn, recurrent);

#endif
