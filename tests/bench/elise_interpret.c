/* elise_interpret.c: ELiSe by a scalar interpreter: every statement of the neuron and the rule by their graphs, one neuron and one synapse at
   a time. */
#include <math.h>
#include <string.h>

#include "tests/bench/elise.h"

enum { U, V, R, DENDRITE, G_EXC, G_INH, V_STAR, R_STAR, DU, DV, N_NAMES };
static const char *const names[N_NAMES] = {"u", "v", "r", "dendrite", "g_exc", "g_inh", "v_star", "r_star", "du", "dv"};
/* Of soma_dendrite, with its parameters put in; what is written, and to which name. */
static const struct {
    const char *text;
    int out;
} statements[] = {{"(-7 + 2 * v) / 2.1", V_STAR},
                  {"1 / (1 + exp(0.3 * (-58 - v_star)))", R_STAR},
                  {"-0.1 * (u - -70) + 2 * (v - u) + g_exc * (0 - u) + g_inh * (-75 - u)", DU},
                  {"0.1 * (-70 - v + dendrite)", DV},
                  {"u + 0.1 * du", U},
                  {"v + 0.1 * dv", V},
                  {"1 / (1 + exp(0.3 * (-58 - u)))", R}};
enum { N_STATEMENTS = sizeof statements / sizeof *statements };
static const char *const rule_names[] = {"r", "s", "x", "w"};

struct elise_graphs {
    bench_graph *rule, *statements[N_STATEMENTS];
};

e2l_status elise_graphs_create(e2l_ctx *ctx, elise *net, const char *rule)
{
    net->graphs = e2l_alloc(ctx, 1, sizeof *net->graphs);
    if (net->graphs == NULL) {
        return E2L_NOMEM;
    }
    e2l_status status = bench_graph_create(ctx, &net->graphs->rule, rule, rule_names, 4);
    for (size_t k = 0; status == E2L_OK && k < N_STATEMENTS; ++k) {
        status = bench_graph_create(ctx, &net->graphs->statements[k], statements[k].text, names, N_NAMES);
    }
    return status;
}

void elise_graphs_destroy(e2l_ctx *ctx, elise *net)
{
    if (net->graphs == NULL) {
        return;
    }
    bench_graph_destroy(ctx, net->graphs->rule);
    for (size_t k = 0; k < N_STATEMENTS; ++k) {
        bench_graph_destroy(ctx, net->graphs->statements[k]);
    }
    e2l_free(ctx, net->graphs);
}

typedef struct state {
    double names[ELISE_N][N_NAMES];
    double trace[ELISE_N], x[ELISE_N];
    double rest;
} state;

static void begin(const elise *net, const elise_case *c, state *s)
{
    s->rest = 1 / (1 + exp(ELISE_SLOPE * (ELISE_U_HALF - ELISE_E_L)));
    memcpy(net->w, c->w0, sizeof c->w0);
    for (size_t i = 0; i < ELISE_N; ++i) {
        memset(s->names[i], 0, sizeof s->names[i]);
        s->names[i][U] = s->names[i][V] = ELISE_E_L;
        s->names[i][R] = s->rest;
        s->trace[i] = 0;
        for (size_t t = 0; t < ELISE_RING; ++t) {
            net->rings[i * ELISE_STRIDE + t] = s->rest;
        }
    }
}

static void arrive(const elise *net, const elise_case *c, state *s, size_t t)
{
    for (size_t j = 0; j < ELISE_N; ++j) {
        s->x[j] = net->rings[j * ELISE_STRIDE + (t - c->delay[j]) % ELISE_RING];
    }
    for (size_t i = 0; i < ELISE_N; ++i) {
        double sum = 0;
        for (size_t j = 0; j < ELISE_N; ++j) {
            sum += net->w[i * ELISE_ROWS + j] * s->x[j];
        }
        s->names[i][DENDRITE] = sum;
        s->names[i][G_EXC] = c->teacher_exc[t * ELISE_ROWS + i];
        s->names[i][G_INH] = c->teacher_inh[t * ELISE_ROWS + i];
    }
    for (size_t k = 0; k < c->n_edges; ++k) {
        const uint32_t j = c->source[k];
        const double *const ring = net->rings + j * ELISE_STRIDE;
        const size_t at = t - c->delay_edge[j];
        s->names[c->target[k]][G_EXC] += ELISE_G_EXC * fmax(ring[at % ELISE_RING], s->rest);
        s->names[c->target[k]][G_INH] += ELISE_G_INH * fmax(ring[(at - ELISE_INHIBITION) % ELISE_RING], s->rest);
    }
}

static void learn(const elise *net, state *s)
{
    for (size_t j = 0; j < ELISE_N; ++j) {
        s->trace[j] += ELISE_DT * 0.1 * (2 / 2.1 * s->x[j] - s->trace[j]);
    }
    for (size_t i = 0; i < ELISE_N; ++i) {
        for (size_t j = 0; j < ELISE_N; ++j) {
            double *const w = &net->w[i * ELISE_ROWS + j];
            const double rate = i < ELISE_VISIBLE && j < ELISE_VISIBLE ? net->eta * 0.1 : net->eta;
            if (i != j) {
                *w += rate * bench_graph_value(net->graphs->rule, (const double[]){s->names[i][R], s->names[i][R_STAR], s->trace[j], *w});
            }
        }
    }
}

static void interpret_case(const elise *net, elise_case *c)
{
    state s;
    begin(net, c, &s);
    for (size_t t = 0; t < net->n_steps; ++t) {
        arrive(net, c, &s, t);
        for (size_t i = 0; i < ELISE_N; ++i) {
            for (size_t k = 0; k < N_STATEMENTS; ++k) {
                s.names[i][statements[k].out] = bench_graph_value(net->graphs->statements[k], s.names[i]);
            }
            net->rings[i * ELISE_STRIDE + t % ELISE_RING] = s.names[i][R];
        }
        learn(net, &s);
    }
    for (size_t i = 0; i < ELISE_N; ++i) {
        c->u_end[i] = s.names[i][U];
    }
    memcpy(c->w_end, net->w, sizeof c->w_end);
}

void elise_interpret(void *user)
{
    elise *const net = user;
    for (size_t k = 0; k < net->n_cases; ++k) {
        interpret_case(net, &net->cases[k]);
    }
}
