/* hand_spiking.c: the spiking network as an expert would write it: neurons and traces in vectors, everything of a synapse driven by
   events over compressed lists. A source's spike changes its synapses in the pass that delivers it; a target's spike runs over the list
   of the synapses onto it. Rules: on_pre = -1.05 k_post, on_post = k_pre. */
#include "tests/bench/hand.h"
#include "tests/bench/spiking.h"

typedef struct constants {
    double decay_m, decay_syn, decay_stdp;
} constants;

static void begin(spiking *net)
{
    memcpy(net->w, net->w0, net->n_synapses * sizeof *net->w);
    memcpy(net->v, net->v0, net->n * sizeof *net->v);
    double *const zero[] = {net->i_syn, net->ref, net->in, net->k_pre, net->k_post, net->count};
    for (size_t k = 0; k < sizeof zero / sizeof *zero; ++k) {
        memset(zero[k], 0, net->n * sizeof(double));
    }
    memset(net->n_spikes, 0, sizeof net->n_spikes);
}

static void decay(spiking *net, double factor)
{
    for (size_t k = 0; k < net->n; k += WIDTH) {
        store(net->k_pre + k, load(net->k_pre + k) * factor);
        store(net->k_post + k, load(net->k_post + k) * factor);
    }
}

static inline double bounded(double w)
{
    return w < 0 ? 0 : w > SPIKING_UPPER ? SPIKING_UPPER : w;
}

/* Spikes that arrive: currents, and the change of the weights that let them through. */
static void deliver(spiking *net, const uint32_t *sources, uint32_t n)
{
    const double eta = net->eta;
    for (uint32_t s = 0; s < n; ++s) {
        const uint32_t j = sources[s];
        for (uint32_t k = net->out_start[j]; k < net->out_start[j + 1]; ++k) {
            const uint32_t i = net->target[k];
            const double w = net->w[k];
            net->in[i] += w;
            net->w[k] = bounded(w + eta * (-1.05 * net->k_post[i]));
        }
    }
    for (uint32_t s = 0; s < n; ++s) {
        net->k_pre[sources[s]] += 1;
    }
}

/* Returns how many fire, and who. */
static uint32_t neurons(spiking *net, const constants *c, uint32_t *fired)
{
    const vector reset = spread(SPIKING_V_RESET), refractory = spread(SPIKING_T_REF), zero = {0};
    uint32_t n = 0;
    for (size_t k = 0; k < net->n; k += WIDTH) {
        const vector i_syn = load(net->i_syn + k) * c->decay_syn + load(net->in + k), before = load(net->v + k), ref = load(net->ref + k);
        const bits active = ref < 0.5 * SPIKING_DT;
        const vector v_inf = load(net->e_l + k) + SPIKING_R_M * i_syn;
        const vector v = choose(active, v_inf + (before - v_inf) * c->decay_m, before);
        const bits fires = active & (v >= SPIKING_V_TH);
        const vector left = ref - SPIKING_DT;
        store(net->i_syn + k, i_syn);
        store(net->in + k, zero);
        store(net->v + k, choose(fires, reset, v));
        store(net->ref + k, choose(fires, refractory, choose(left > 0.0, left, zero)));
        for (unsigned left_over = mask_of(fires); left_over != 0; left_over &= left_over - 1) {
            fired[n++] = (uint32_t)k + (uint32_t)__builtin_ctz(left_over);
        }
    }
    return n;
}

/* Targets that fire: the weights onto them. */
static void potentiate(spiking *net, const uint32_t *targets, uint32_t n)
{
    const double eta = net->eta;
    for (uint32_t s = 0; s < n; ++s) {
        const uint32_t i = targets[s];
        for (uint32_t k = net->in_start[i]; k < net->in_start[i + 1]; ++k) {
            double *const w = &net->w[net->place[k]];
            *w = bounded(*w + eta * net->k_pre[net->source[k]]);
        }
        net->count[i] += 1;
    }
    for (uint32_t s = 0; s < n; ++s) {
        net->k_post[targets[s]] += 1;
    }
}

static double exponential(double x)
{
    return vector_exp(THE_ENGINES, spread(x))[0];
}

void HAND(spiking)(spiking *net, size_t variant)
{
    const constants c = {exponential(-SPIKING_DT / SPIKING_TAU_M), exponential(-SPIKING_DT / SPIKING_TAU_SYN),
                         exponential(-SPIKING_DT / SPIKING_TAU_STDP)};
    (void)variant;
    begin(net);
    for (size_t step = 0; step < net->n_steps; ++step) {
        const size_t now = step % (SPIKING_DELAY + 1), then = (step + 1) % (SPIKING_DELAY + 1);
        decay(net, c.decay_stdp);
        deliver(net, net->spikes + then * net->n, net->n_spikes[then]);
        uint32_t *const fired = net->spikes + now * net->n;
        net->n_spikes[now] = neurons(net, &c, fired);
        potentiate(net, fired, net->n_spikes[now]);
    }
}
