/* hand_layered.c: the layered network as an expert would write it: cases innermost, sizes known to the compiler; a layer's weights are
   changed in the pass that sends its errors back. All 64 cases side by side, or as many at a time as keep the weights in the first cache. */
#include "tests/bench/hand.h"
#include "tests/bench/layered.h"

/* What a block of lanes works on: rows of V vectors. */
typedef struct block {
    vector *w, *u, *r, *e;
} block;

enum { AT_1 = 0, AT_2 = LAYERED_1, AT_OUT = LAYERED_1 + LAYERED_2 };

INLINE block begin(const layered *net, const size_t V, size_t lane)
{
    vector *const work = (vector *)(void *)net->work;
    const block b = {.w = work,
                     .u = work + LAYERED_SYNAPSES * V,
                     .r = work + (LAYERED_SYNAPSES + LAYERED_NEURONS) * V,
                     .e = work + (LAYERED_SYNAPSES + 2 * LAYERED_NEURONS) * V};
    for (size_t q = 0; q < LAYERED_SYNAPSES; ++q) {
        for (size_t v = 0; v < V; ++v) {
            b.w[q * V + v] = load(net->w0 + q * LAYERED_LANES + lane + v * WIDTH);
        }
    }
    memset(b.u, 0, 3 * LAYERED_NEURONS * V * sizeof *b.u);
    return b;
}

/* Neurons `at` .. `at` + n - 1 from n_pre sources. */
INLINE void forward(const block *b, const size_t V, const whose library, const vector *w, const vector *x, size_t n_pre, size_t at, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        for (size_t v = 0; v < V; ++v) {
            vector in = w[i * n_pre * V + v] * x[v];
            for (size_t j = 1; j < n_pre; ++j) {
                in += w[(i * n_pre + j) * V + v] * x[j * V + v];
            }
            const size_t k = (at + i) * V + v;
            const vector u = b->u[k], du = in + b->e[k] - u;
            b->r[k] = vector_tanh(library, u + LAYERED_PROSPECT * du);
            b->u[k] = u + LAYERED_DT * du;
        }
    }
}

/* Changes the weights from n_pre sources to n targets; `back`: errors of the sources by the old ones. */
INLINE void backward(const block *b, const size_t V, const int rule, const whose library, double eta, vector *w, const vector *x, size_t n_pre,
                     size_t at, size_t n, vector *back)
{
    rule_post post[LAYERED_2];
    for (size_t v = 0; v < V; ++v) {
        for (size_t i = 0; i < n; ++i) {
            post[i] = rule_of_post(rule, library, b->e[(at + i) * V + v]);
        }
        for (size_t j = 0; j < n_pre; ++j) {
            const vector in = x[j * V + v], squared = in * in;
            vector sum = {0};
            for (size_t i = 0; i < n; ++i) {
                vector *const place = &w[(i * n_pre + j) * V + v];
                const vector before = *place;
                sum += before * post[i].y;
                *place = before + eta * rule_value(rule, library, in, squared, &post[i], before);
            }
            if (back != NULL) {
                back[j * V + v] = sum * (1.0 - in * in);
            }
        }
    }
}

INLINE void top(const block *b, const size_t V, const double *target)
{
    for (size_t i = 0; i < LAYERED_OUT; ++i) {
        for (size_t v = 0; v < V; ++v) {
            const vector r = b->r[(AT_OUT + i) * V + v];
            b->e[(AT_OUT + i) * V + v] = (load(target + i * LAYERED_LANES + v * WIDTH) - r) * LAYERED_NUDGE * (1.0 - r * r);
        }
    }
}

INLINE void step(const layered *net, const block *b, const size_t V, const int rule, const whose library, const double *in, const double *target)
{
    vector x[LAYERED_IN * LAYERED_LANES / WIDTH];
    for (size_t i = 0; i < LAYERED_IN; ++i) {
        for (size_t v = 0; v < V; ++v) {
            x[i * V + v] = load(in + i * LAYERED_LANES + v * WIDTH);
        }
    }
    vector *const w2 = b->w + LAYERED_W2 * V, *const w3 = b->w + LAYERED_W3 * V;
    forward(b, V, library, b->w, x, LAYERED_IN, AT_1, LAYERED_1);
    forward(b, V, library, w2, b->r, LAYERED_1, AT_2, LAYERED_2);
    forward(b, V, library, w3, b->r + AT_2 * V, LAYERED_2, AT_OUT, LAYERED_OUT);
    top(b, V, target);
    backward(b, V, rule, library, net->eta, w3, b->r + AT_2 * V, LAYERED_2, AT_OUT, LAYERED_OUT, b->e + AT_2 * V);
    backward(b, V, rule, library, net->eta, w2, b->r, LAYERED_1, AT_2, LAYERED_2, b->e);
    backward(b, V, rule, library, net->eta, b->w, x, LAYERED_IN, AT_1, LAYERED_1, NULL);
}

INLINE void run(const layered *net, const int rule, const whose library, const size_t lanes)
{
    const size_t V = lanes / WIDTH;
    for (size_t lane = 0; lane < LAYERED_LANES; lane += lanes) {
        const block b = begin(net, V, lane);
        for (size_t t = 0; t < net->n_steps; ++t) {
            step(net, &b, V, rule, library, net->in + t * LAYERED_IN * LAYERED_LANES + lane, net->target + t * LAYERED_OUT * LAYERED_LANES + lane);
        }
        for (size_t v = 0; v < V; ++v) {
            for (size_t q = 0; q < LAYERED_SYNAPSES; ++q) {
                store(net->w + q * LAYERED_LANES + lane + v * WIDTH, b.w[q * V + v]);
            }
            for (size_t i = 0; i < LAYERED_OUT; ++i) {
                store(net->r_end + i * LAYERED_LANES + lane + v * WIDTH, b.r[(AT_OUT + i) * V + v]);
            }
        }
    }
}

#define RUN(name, rule, library, lanes)                                                            \
    static void name(const layered *net)                                                           \
    {                                                                                              \
        run(net, rule, library, lanes);                                                            \
    }
#define RUNS(rule)                                                                                 \
    RUN(all_##rule, rule, GLIBCS, LAYERED_LANES)                                                   \
    RUN(all_ours_##rule, rule, THE_ENGINES, LAYERED_LANES)                                         \
    RUN(sixteen_##rule, rule, GLIBCS, 16)                                                          \
    RUN(eight_##rule, rule, GLIBCS, 8)                                                             \
    RUN(sixteen_ours_##rule, rule, THE_ENGINES, 16)
RUNS(BENCH_RULE_0)
RUNS(BENCH_RULE_1)
RUNS(BENCH_RULE_2)
RUNS(BENCH_RULE_3)
#define WAYS(rule) {all_##rule, all_ours_##rule, sixteen_##rule, eight_##rule, sixteen_ours_##rule}

void HAND(layered)(layered *net, size_t variant)
{
    static void (*const ways[BENCH_N_RULES][LAYERED_VARIANTS])(const layered *) = {WAYS(BENCH_RULE_0), WAYS(BENCH_RULE_1), WAYS(BENCH_RULE_2),
                                                                                   WAYS(BENCH_RULE_3)};
    ways[net->rule][variant](net);
}
