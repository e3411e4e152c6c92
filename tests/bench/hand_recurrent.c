/* hand_recurrent.c: the recurrent network as an expert would write it: one pass over the weights per step, which changes a weight and at
   once takes it into the sums of the next step; a few targets at a time share what is loaded of the sources. */
#include "tests/bench/hand.h"
#include "tests/bench/recurrent.h"

enum { MOST_ROWS = 4 };

static void begin(recurrent *net)
{
    memcpy(net->w, net->w0, net->n * net->n * sizeof *net->w);
    memcpy(net->u, net->u0, net->n * sizeof *net->u);
    for (size_t k = 0; k < net->n; k += WIDTH) {
        store(net->r + k, vector_tanh(THE_ENGINES, load(net->u + k)));
    }
}

/* Targets i .. i + rows - 1: w += eta * rule(x, y, w) when `changes`, then in = sum_j w_j r_j when `drives`. */
INLINE void targets(recurrent *net, const int rule, const whose library, const int rows, const bool changes, const bool drives, size_t i)
{
    const size_t n = net->n;
    const double eta = net->eta;
    rule_post post[MOST_ROWS];
    vector sums[MOST_ROWS][PARTS];
    memset(sums, 0, sizeof sums);
    for (int q = 0; q < rows && changes; ++q) {
        post[q] = rule_of_post(rule, library, spread(net->r[i + (size_t)q]));
    }
    for (size_t j = 0; j < n; j += 8) {
        for (size_t part = 0; part < PARTS; ++part) {
            const size_t at = j + part * WIDTH;
            const vector x = load(net->x + at), squared = load(net->squared + at), r = load(net->r + at);
            for (int q = 0; q < rows; ++q) {
                double *const place = net->w + (i + (size_t)q) * n + at;
                vector w = load(place);
                if (changes) {
                    w += eta * rule_value(rule, library, x, squared, &post[q], w);
                    store(place, w);
                }
                if (drives) {
                    sums[q][part] += w * r;
                }
            }
        }
    }
    for (int q = 0; q < rows && drives; ++q) {
        net->in[i + (size_t)q] = sum_of_parts(sums[q]);
    }
}

INLINE void neurons(recurrent *net, const int rule)
{
    const double dt = 0.1;
    for (size_t k = 0; k < net->n; k += WIDTH) {
        const vector x = load(net->r + k);
        vector u = load(net->u + k);
        u += dt * (load(net->in + k) - u);
        store(net->u + k, u);
        store(net->x + k, x);
        if (rule == BENCH_RULE_3) {
            store(net->squared + k, x * x);
        }
        store(net->r + k, vector_tanh(THE_ENGINES, u));
    }
}

INLINE void run(recurrent *net, const int rule, const whose library, const int rows)
{
    const size_t step_rows = (size_t)rows;
    begin(net);
    for (size_t i = 0; i < net->n; i += step_rows) {
        targets(net, rule, library, rows, false, true, i);
    }
    for (size_t step = 0; step < net->n_steps; ++step) {
        neurons(net, rule);
        for (size_t i = 0; i < net->n; i += step_rows) {
            if (step + 1 < net->n_steps) {
                targets(net, rule, library, rows, true, true, i);
            } else {
                targets(net, rule, library, rows, true, false, i);
            }
        }
    }
}

#define RUN(name, rule, library, rows)                                                             \
    static void name(recurrent *net)                                                               \
    {                                                                                              \
        run(net, rule, library, rows);                                                             \
    }
RUN(rule_0_1, BENCH_RULE_0, THE_ENGINES, 1)
RUN(rule_0_2, BENCH_RULE_0, THE_ENGINES, 2)
RUN(rule_0_4, BENCH_RULE_0, THE_ENGINES, 4)
RUN(rule_1_1, BENCH_RULE_1, THE_ENGINES, 1)
RUN(rule_1_2, BENCH_RULE_1, GLIBCS, 2)
RUN(rule_1_4, BENCH_RULE_1, GLIBCS, 1)
RUN(rule_2_1, BENCH_RULE_2, THE_ENGINES, 1)
RUN(rule_2_2, BENCH_RULE_2, THE_ENGINES, 2)
RUN(rule_2_4, BENCH_RULE_2, THE_ENGINES, 4)
RUN(rule_3_1, BENCH_RULE_3, THE_ENGINES, 1)
RUN(rule_3_2, BENCH_RULE_3, THE_ENGINES, 2)
RUN(rule_3_4, BENCH_RULE_3, THE_ENGINES, 4)

void HAND(recurrent)(recurrent *net, size_t variant)
{
    static void (*const ways[BENCH_N_RULES][RECURRENT_VARIANTS])(recurrent *) = {
        {rule_0_1, rule_0_2, rule_0_4}, {rule_1_1, rule_1_2, rule_1_4}, {rule_2_1, rule_2_2, rule_2_4}, {rule_3_1, rule_3_2, rule_3_4}};
    ways[net->rule][variant](net);
}
