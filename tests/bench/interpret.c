/* interpret.c: the scalar graph interpreter: active nodes in order, one switch per node, synapse and lane. */
#include <math.h>
#include <string.h>

#include "tests/bench/bench.h"

const char *const bench_rule_texts[BENCH_N_RULES] = {
    "y * (x - y * w)", "y * (x - y * w) + tanh(x * y) / (w * w + 1) * 0.1 - w * 0.01"};

typedef enum kind { CONSTANT, ADD, SUB, MUL, DIV, TANH } kind;
typedef struct node {
    kind kind;
    int a, b;
    double value;
} node;

/* Values 0, 1, 2 are x, y, w; node k gives value 3 + k. */
static const node oja[] = {{MUL, 1, 2, 0}, {SUB, 0, 3, 0}, {MUL, 1, 4, 0}};
static const node longer[] = {{MUL, 1, 2, 0}, {SUB, 0, 3, 0},  {MUL, 1, 4, 0},        {MUL, 2, 2, 0},  {CONSTANT, 0, 0, 1},
                              {ADD, 6, 7, 0}, {MUL, 0, 1, 0},  {TANH, 9, 0, 0},       {DIV, 10, 8, 0}, {CONSTANT, 0, 0, 0.1},
                              {MUL, 11, 12, 0}, {ADD, 5, 13, 0}, {CONSTANT, 0, 0, 0.01}, {MUL, 2, 15, 0}, {SUB, 14, 16, 0}};

static double value_of(const node *nodes, size_t n, double x, double y, double w)
{
    double values[32] = {x, y, w};
    for (size_t k = 0; k < n; ++k) {
        const node *const at = &nodes[k];
        double *const out = &values[3 + k];
        switch (at->kind) {
        case CONSTANT: *out = at->value; break;
        case ADD: *out = values[at->a] + values[at->b]; break;
        case SUB: *out = values[at->a] - values[at->b]; break;
        case MUL: *out = values[at->a] * values[at->b]; break;
        case DIV: *out = values[at->a] / values[at->b]; break;
        case TANH: *out = tanh(values[at->a]); break;
        }
    }
    return values[2 + n];
}

void bench_interpret(const bench_problem *p, int rule)
{
    const node *const nodes = rule == BENCH_OJA ? oja : longer;
    const size_t n_nodes = rule == BENCH_OJA ? sizeof oja / sizeof *oja : sizeof longer / sizeof *longer;
    for (size_t step = 0; step < p->n_steps; ++step) {
        const double *const x = p->x + step * p->n * p->n_lanes;
        for (size_t lane = 0; lane < p->n_lanes; ++lane) {
            double y = 0, along = 0, length = 0;
            for (size_t i = 0; i < p->n; ++i) {
                const double w = p->w[i * p->n_lanes + lane];
                y += w * x[i * p->n_lanes + lane];
                along += p->cos_sum != NULL ? w * p->pc1[i * p->n_lanes + lane] : 0;
                length += p->cos_sum != NULL ? w * w : 0;
            }
            if (p->cos_sum != NULL) {
                p->cos_sum[lane] += fabs(along) / sqrt(length);
            }
            for (size_t i = 0; i < p->n; ++i) {
                double *const w = &p->w[i * p->n_lanes + lane];
                *w += p->eta * value_of(nodes, n_nodes, x[i * p->n_lanes + lane], y, *w);
            }
        }
    }
}
