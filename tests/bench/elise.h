/* elise.h: ELiSe (Kriener et al. 2024, arXiv:2402.16763): 13 visible and 50 latent two-compartment neurons, plastic dendritic synapses
   between all of them, a delay per source, a fixed sparse scaffold of conductances onto latent neurons; networks/elise.json. */
#ifndef E2L_TESTS_BENCH_ELISE_H
#define E2L_TESTS_BENCH_ELISE_H

#include "tests/bench/bench.h"

enum {
    ELISE_VISIBLE = 13, ELISE_N = 63, ELISE_ROWS = 64, /* rows and columns by hand: one more neuron that is never there */
    ELISE_MOST_EDGES = 256, ELISE_MOST_CASES = 8,
    ELISE_RING = 512, ELISE_INHIBITION = 250, /* steps remembered; by which inhibition comes later */
    ELISE_STRIDE = ELISE_RING + 8             /* from ring to ring: not all in the same lines of the first cache */
};
/* Parameters of networks/elise.json and of the model soma_dendrite. */
#define ELISE_DT 0.1
#define ELISE_G_L 0.1
#define ELISE_G_D 2.0
#define ELISE_E_L (-70.0)
#define ELISE_E_E 0.0
#define ELISE_E_I (-75.0)
#define ELISE_SLOPE 0.3
#define ELISE_U_HALF (-58.0)
#define ELISE_G_EXC 0.3
#define ELISE_G_INH 6.0

/* What is drawn for a case. */
typedef struct elise_case {
    double w0[ELISE_ROWS * ELISE_ROWS] __attribute__((aligned(64))); /* [i_post][i_pre], 0 where there is no synapse */
    uint32_t delay[ELISE_N], delay_edge[ELISE_N];                    /* steps */
    uint32_t source[ELISE_MOST_EDGES], target[ELISE_MOST_EDGES];     /* by target, then source */
    size_t n_edges;
    double *teacher_exc, *teacher_inh; /* [step][ELISE_ROWS] */
    double u_end[ELISE_ROWS], w_end[ELISE_ROWS * ELISE_ROWS];
} elise_case;

typedef struct elise {
    size_t n_steps, n_cases;
    double eta;
    elise_case *cases;
    double *w, *rings; /* work: [ELISE_ROWS][ELISE_ROWS], [ELISE_ROWS][ELISE_STRIDE] */
    struct elise_graphs *graphs;
} elise;

typedef void elise_fn(elise *net, size_t variant);
enum { ELISE_VARIANTS = 4 };
BENCH_HANDS(elise_fn, elise);

/* By interpretation: elise_interpret.c. */
E2L_MUST_CHECK e2l_status elise_graphs_create(e2l_ctx *ctx, elise *net, const char *rule);
void elise_graphs_destroy(e2l_ctx *ctx, elise *net);
void elise_interpret(void *user);

#endif
