/* hand_elise.c: ELiSe as an expert would write it, one case after the other so that its weights stay in the first cache: one pass over them
   per step, which changes a weight and takes it into what arrives in the next step (delays are 5 ms and more, so that is known); neurons
   in vectors; delayed rates from a ring per source; the scaffold over a list of edges. Rule: (r - s) * x. */
#include "tests/bench/elise.h"
#include "tests/bench/hand.h"

enum { MOST_TARGETS = 2, MIXED = 14 /* first rows: those of visible neurons, in pairs */ };

typedef struct state {
    double u[ELISE_ROWS], v[ELISE_ROWS], r[ELISE_ROWS], error[ELISE_ROWS] __attribute__((aligned(64))); /* error = r - r_star */
    double trace[ELISE_ROWS], x[ELISE_ROWS], in[ELISE_ROWS];       /* x: as it arrives at dendrites */
    double exc[ELISE_ROWS], inh[ELISE_ROWS], g_exc[ELISE_ROWS], g_inh[ELISE_ROWS]; /* by source as it arrives at the scaffold; by target */
    double rates[2][ELISE_ROWS]; /* learning rates by source: of visible targets, of latent ones */
    double rest;
} state;

INLINE vector sigmoid(whose library, vector u)
{
    return 1.0 / (1.0 + vector_exp(library, ELISE_SLOPE * (ELISE_U_HALF - u)));
}

static void begin(const elise *net, const elise_case *c, state *s)
{
    memset(s, 0, sizeof *s);
    s->rest = sigmoid(THE_ENGINES, spread(ELISE_E_L))[0];
    memcpy(net->w, c->w0, sizeof c->w0);
    for (size_t i = 0; i < ELISE_N; ++i) {
        s->u[i] = s->v[i] = ELISE_E_L;
        s->r[i] = s->x[i] = s->exc[i] = s->inh[i] = s->rest;
        s->rates[0][i] = i < ELISE_VISIBLE ? net->eta * 0.1 : net->eta;
        s->rates[1][i] = net->eta;
        for (size_t t = 0; t < ELISE_RING; ++t) {
            net->rings[i * ELISE_STRIDE + t] = s->rest;
        }
    }
}

/* Rates of the end of step t into the rings; what arrives at step t + 1. */
static void send(const elise *net, const elise_case *c, state *s, size_t t)
{
    double *restrict ring = net->rings;
    for (size_t j = 0; j < ELISE_N; ++j, ring += ELISE_STRIDE) {
        ring[t % ELISE_RING] = s->r[j];
        const size_t late = t + 1 - c->delay_edge[j];
        s->x[j] = ring[(t + 1 - c->delay[j]) % ELISE_RING];
        s->exc[j] = ring[late % ELISE_RING];
        s->inh[j] = ring[(late - ELISE_INHIBITION) % ELISE_RING];
    }
}

static void scaffold(const elise_case *c, state *s, size_t t)
{
    const vector rest = spread(s->rest);
    for (size_t j = 0; j < ELISE_ROWS; j += WIDTH) {
        const vector exc = load(s->exc + j), inh = load(s->inh + j);
        store(s->exc + j, ELISE_G_EXC * choose(exc > rest, exc, rest));
        store(s->inh + j, ELISE_G_INH * choose(inh > rest, inh, rest));
        store(s->g_exc + j, load(c->teacher_exc + t * ELISE_ROWS + j));
        store(s->g_inh + j, load(c->teacher_inh + t * ELISE_ROWS + j));
    }
    const uint32_t *const source = c->source, *const target = c->target;
    for (size_t k = 0; k < c->n_edges; ++k) {
        s->g_exc[target[k]] += s->exc[source[k]];
        s->g_inh[target[k]] += s->inh[source[k]];
    }
}

INLINE void neurons(state *s, const whose library)
{
    const double leak = ELISE_G_L * ELISE_E_L, all = ELISE_G_L + ELISE_G_D, speed = ELISE_DT * 0.1, part = 2 / 2.1;
    for (size_t i = 0; i < ELISE_ROWS; i += WIDTH) {
        const vector u = load(s->u + i), v = load(s->v + i), trace = load(s->trace + i);
        const vector r_star = sigmoid(library, (leak + ELISE_G_D * v) / all);
        const vector du = -ELISE_G_L * (u - ELISE_E_L) + ELISE_G_D * (v - u) + load(s->g_exc + i) * (ELISE_E_E - u) +
                          load(s->g_inh + i) * (ELISE_E_I - u);
        const vector dv = ELISE_G_L * (ELISE_E_L - v + load(s->in + i)), next = u + ELISE_DT * du, r = sigmoid(library, next);
        store(s->u + i, next);
        store(s->v + i, v + ELISE_DT * dv);
        store(s->r + i, r);
        store(s->error + i, r - r_star);
        store(s->trace + i, trace + speed * (part * load(s->x + i) - trace));
    }
    s->r[ELISE_N] = s->error[ELISE_N] = s->trace[ELISE_N] = 0;
}

/* Lane of an aligned eight that is no synapse, or all there. */
static const int64_t there[9][8] = {{0, -1, -1, -1, -1, -1, -1, -1}, {-1, 0, -1, -1, -1, -1, -1, -1}, {-1, -1, 0, -1, -1, -1, -1, -1},
                                    {-1, -1, -1, 0, -1, -1, -1, -1}, {-1, -1, -1, -1, 0, -1, -1, -1}, {-1, -1, -1, -1, -1, 0, -1, -1},
                                    {-1, -1, -1, -1, -1, -1, 0, -1}, {-1, -1, -1, -1, -1, -1, -1, 0}};

/* Eight sources of `rows` targets from i on; with `self`, they are among the sources. */
INLINE void eight(double *weights, const state *s, double eta, const size_t rows, const bool mixed, const bool self, size_t i, size_t j,
                  const vector *error, vector (*sums)[PARTS])
{
    for (size_t part = 0; part < PARTS; ++part) {
        const size_t at = j + part * WIDTH;
        const vector trace = load(s->trace + at), x = load(s->x + at);
        for (size_t q = 0; q < rows; ++q) {
            const vector rate = mixed ? load(s->rates[i + q < ELISE_VISIBLE ? 0 : 1] + at) : spread(eta);
            double *const place = weights + (i + q) * ELISE_ROWS + at;
            vector w = load(place) + rate * (error[q] * trace);
            if (self) {
                bits mask;
                memcpy(&mask, &there[(i + q) % 8][part * WIDTH], sizeof mask);
                w = (vector)((bits)w & mask);
            }
            store(place, w);
            sums[q][part] += w * x;
        }
    }
}

INLINE void targets(const elise *net, state *s, const size_t rows, const bool mixed, size_t i)
{
    vector sums[MOST_TARGETS][PARTS], error[MOST_TARGETS];
    memset(sums, 0, sizeof sums);
    for (size_t q = 0; q < rows; ++q) {
        error[q] = spread(s->error[i + q]);
    }
    double *const weights = net->w;
    const double eta = net->eta;
    const size_t own = i / 8 * 8;
    for (size_t j = 0; j < own; j += 8) {
        eight(weights, s, eta, rows, mixed, false, i, j, error, sums);
    }
    eight(weights, s, eta, rows, mixed, true, i, own, error, sums);
    for (size_t j = own + 8; j < ELISE_ROWS; j += 8) {
        eight(weights, s, eta, rows, mixed, false, i, j, error, sums);
    }
    for (size_t q = 0; q < rows; ++q) {
        s->in[i + q] = sum_of_parts(sums[q]);
    }
}

/* What arrives at the first step, by the weights as they begin. */
static void first_drive(const elise *net, state *s)
{
    for (size_t i = 0; i < ELISE_ROWS; ++i) {
        vector sums[PARTS];
        memset(sums, 0, sizeof sums);
        for (size_t j = 0; j < ELISE_ROWS; j += 8) {
            for (size_t part = 0; part < PARTS; ++part) {
                sums[part] += load(net->w + i * ELISE_ROWS + j + part * WIDTH) * load(s->x + j + part * WIDTH);
            }
        }
        s->in[i] = sum_of_parts(sums);
    }
}

INLINE void run_case(const elise *net, elise_case *c, const whose library, const size_t rows)
{
    state s;
    begin(net, c, &s);
    first_drive(net, &s);
    for (size_t t = 0; t < net->n_steps; ++t) {
        scaffold(c, &s, t);
        neurons(&s, library);
        send(net, c, &s, t);
        for (size_t i = 0; i < MIXED; i += rows) {
            targets(net, &s, rows, true, i);
        }
        for (size_t i = MIXED; i < ELISE_ROWS; i += rows) {
            targets(net, &s, rows, false, i);
        }
    }
    memcpy(c->u_end, s.u, sizeof s.u);
    memcpy(c->w_end, net->w, sizeof c->w_end);
}

#define RUN(name, library, rows)                                                                   \
    static void name(elise *net)                                                                   \
    {                                                                                              \
        for (size_t k = 0; k < net->n_cases; ++k) {                                                \
            run_case(net, &net->cases[k], library, rows);                                          \
        }                                                                                          \
    }
RUN(one_row, GLIBCS, 1)
RUN(two_rows, GLIBCS, 2)
RUN(one_row_ours, THE_ENGINES, 1)
RUN(two_rows_ours, THE_ENGINES, 2)

void HAND(elise)(elise *net, size_t variant)
{
    static void (*const ways[ELISE_VARIANTS])(elise *) = {one_row, two_rows, one_row_ours, two_rows_ours};
    ways[variant](net);
}
