/* layered.h: 2-4-30-3 neurons with leak and look-ahead, errors sent back through the transposed weights in the same step, all 218 weights
   changed in every step; networks/layered.json. */
#ifndef E2L_TESTS_BENCH_LAYERED_H
#define E2L_TESTS_BENCH_LAYERED_H

#include "tests/bench/bench.h"

enum {
    LAYERED_IN = 2, LAYERED_1 = 4, LAYERED_2 = 30, LAYERED_OUT = 3,
    LAYERED_NEURONS = LAYERED_1 + LAYERED_2 + LAYERED_OUT,
    LAYERED_W2 = LAYERED_IN * LAYERED_1, LAYERED_W3 = LAYERED_W2 + LAYERED_1 * LAYERED_2, /* where the weights of a layer begin */
    LAYERED_SYNAPSES = LAYERED_W3 + LAYERED_2 * LAYERED_OUT,
    LAYERED_LANES = 64
};
#define LAYERED_DT 0.1
#define LAYERED_PROSPECT 0.9
#define LAYERED_NUDGE 0.1 /* small enough for the loop of errors to settle */

typedef struct layered {
    size_t n_steps;
    int rule;
    double eta;
    const double *in, *target; /* [step][n][lane] */
    const double *w0;          /* [synapse][lane], a layer after the other, [i_post][i_pre] */
    double *w;                 /* as w0 */
    double *r_end;             /* [LAYERED_OUT][lane] */
    double *work;              /* [LAYERED_SYNAPSES + 3 * LAYERED_NEURONS][lane] */
    bench_graph *graph;
} layered;

typedef void layered_fn(layered *net, size_t variant);
enum { LAYERED_VARIANTS = 5 };
BENCH_HANDS(layered_fn, layered);

#endif
