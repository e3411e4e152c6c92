/* spiking.h: sparse recurrent network of integrate-and-fire neurons with pair STDP; networks/spiking.json. */
#ifndef E2L_TESTS_BENCH_SPIKING_H
#define E2L_TESTS_BENCH_SPIKING_H

#include "tests/bench/bench.h"

/* Synapses lie by source; the lists of a target say where. */
typedef struct spiking {
    size_t n, n_steps, n_synapses; /* n is a multiple of 8 */
    double eta;
    const uint32_t *out_start, *target; /* [n + 1], [n_synapses] */
    const uint32_t *in_start, *source, *place; /* [n + 1], [n_synapses] each: of the synapses onto a target */
    const double *w0, *e_l, *v0;
    double *w, *v, *i_syn, *ref, *in, *k_pre, *k_post, *count; /* work */
    uint32_t *spikes; /* [SPIKING_DELAY + 1][n]: who fired so many steps ago, in a ring */
    uint32_t n_spikes[16];
    bench_graph *on_pre, *on_post; /* the rules, then the statements of the neuron */
    bench_graph *statements[9];
} spiking;

/* Parameters of networks/spiking.json and of the model lif_cuba_exp. */
#define SPIKING_DT 0.1
#define SPIKING_TAU_M 20.0
#define SPIKING_TAU_SYN 2.0
#define SPIKING_TAU_STDP 20.0
#define SPIKING_V_TH (-50.0)
#define SPIKING_V_RESET (-65.0)
#define SPIKING_T_REF 2.0
#define SPIKING_R_M 0.04
#define SPIKING_UPPER 10.0
enum { SPIKING_DELAY = 10 /* steps */ };

typedef void spiking_fn(spiking *net, size_t variant);
enum { SPIKING_VARIANTS = 1 };
BENCH_HANDS(spiking_fn, spiking);

#endif
