/* layered.c: a small layered network that learns by error back-propagation, 64 cases (of the ten cases). By hand: hand_layered.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/primitive.h"
#include "tests/bench/layered.h"

enum { INPUT, TARGET, W1, W2, W3, STEPS = 500};

static double value(const void *user, size_t array, uint64_t row, uint64_t element, uint64_t a_case)
{
    (void)user;
    const double phase = 0.01 * (double)row + 6.283185307179586 * bench_uniform(array, 0, element, a_case);
    return array == INPUT ? cos(phase) : array == TARGET ? 0.5 * sin(phase) : 0.3 * bench_normal(array, row, element, a_case);
}

static void hand(void *user, size_t variant)
{
    BENCH_HAND(layered, e2l_isa_best())(user, variant);
}

/* ---- by interpretation: one case after the other, the rule by its graph ------------------------------------------ */
typedef struct layer {
    size_t n, n_pre;
    double *w; /* [n][n_pre] */
    const double *x;
    double u[LAYERED_2], r[LAYERED_2], e[LAYERED_2];
} layer;

static void forward(layer *l)
{
    for (size_t i = 0; i < l->n; ++i) {
        double in = 0;
        for (size_t j = 0; j < l->n_pre; ++j) {
            in += l->w[i * l->n_pre + j] * l->x[j];
        }
        const double du = in + l->e[i] - l->u[i];
        l->r[i] = tanh(l->u[i] + LAYERED_PROSPECT * du);
        l->u[i] += LAYERED_DT * du;
    }
}

static void backward(layer *l, const layer *above, const double *target)
{
    for (size_t i = 0; i < l->n; ++i) {
        double error = above == NULL ? (target[i * LAYERED_LANES] - l->r[i]) * LAYERED_NUDGE : 0;
        for (size_t k = 0; above != NULL && k < above->n; ++k) {
            error += above->w[k * above->n_pre + i] * above->e[k];
        }
        l->e[i] = error * (1 - l->r[i] * l->r[i]);
    }
}

static void change(const layered *net, layer *l)
{
    for (size_t i = 0; i < l->n; ++i) {
        for (size_t j = 0; j < l->n_pre; ++j) {
            double *const w = &l->w[i * l->n_pre + j];
            *w += net->eta * bench_graph_value(net->graph, (const double[]){l->x[j], l->e[i], *w});
        }
    }
}

static void interpret_case(layered *net, size_t lane)
{
    double w[LAYERED_SYNAPSES], x[LAYERED_IN];
    layer layers[3] = {{.n = LAYERED_1, .n_pre = LAYERED_IN, .w = w, .x = x},
                       {.n = LAYERED_2, .n_pre = LAYERED_1, .w = w + LAYERED_W2},
                       {.n = LAYERED_OUT, .n_pre = LAYERED_2, .w = w + LAYERED_W3}};
    layers[1].x = layers[0].r;
    layers[2].x = layers[1].r;
    for (size_t q = 0; q < LAYERED_SYNAPSES; ++q) {
        w[q] = net->w0[q * LAYERED_LANES + lane];
    }
    for (size_t t = 0; t < net->n_steps; ++t) {
        for (size_t i = 0; i < LAYERED_IN; ++i) {
            x[i] = net->in[(t * LAYERED_IN + i) * LAYERED_LANES + lane];
        }
        for (size_t l = 0; l < 3; ++l) {
            forward(&layers[l]);
        }
        for (size_t l = 3; l-- > 0;) {
            backward(&layers[l], l < 2 ? &layers[l + 1] : NULL, net->target + t * LAYERED_OUT * LAYERED_LANES + lane);
        }
        for (size_t l = 0; l < 3; ++l) {
            change(net, &layers[l]);
        }
    }
    for (size_t q = 0; q < LAYERED_SYNAPSES; ++q) {
        net->w[q * LAYERED_LANES + lane] = w[q];
    }
    for (size_t i = 0; i < LAYERED_OUT; ++i) {
        net->r_end[i * LAYERED_LANES + lane] = layers[2].r[i];
    }
}

static void interpret(void *user)
{
    for (size_t lane = 0; lane < LAYERED_LANES; ++lane) {
        interpret_case(user, lane);
    }
}

/* ---- making it ------------------------------------------------------------------------------------------------------ */
static void collect(const void *user, uint64_t a_case, double *values)
{
    const layered *const net = user;
    for (size_t q = 0; q < LAYERED_SYNAPSES; ++q) {
        values[q] = net->w[q * LAYERED_LANES + a_case];
    }
    for (size_t i = 0; i < LAYERED_OUT; ++i) {
        values[LAYERED_SYNAPSES + i] = net->r_end[i * LAYERED_LANES + a_case];
    }
}

static void fill(const layered *net, size_t array, size_t n_rows, size_t size, double *out)
{
    for (size_t k = 0; k < n_rows * size * LAYERED_LANES; ++k) {
        out[k] = value(net, array, k / LAYERED_LANES / size, k / LAYERED_LANES % size, k % LAYERED_LANES);
    }
}

static e2l_status create(e2l_ctx *ctx, e2l_arena *arena, layered *net)
{
    *net = (layered){.n_steps = STEPS, .eta = 1e-4};
    const size_t sizes[] = {STEPS * LAYERED_IN, STEPS * LAYERED_OUT, LAYERED_SYNAPSES, LAYERED_SYNAPSES, LAYERED_OUT,
                            LAYERED_SYNAPSES + 3 * LAYERED_NEURONS};
    double *numbers[6];
    for (size_t k = 0; k < 6; ++k) {
        numbers[k] = e2l_arena_alloc(arena, sizes[k] * LAYERED_LANES, sizeof(double));
        if (numbers[k] == NULL) {
            return E2L_NOMEM;
        }
    }
    (void)ctx;
    fill(net, INPUT, STEPS, LAYERED_IN, numbers[0]);
    fill(net, TARGET, STEPS, LAYERED_OUT, numbers[1]);
    fill(net, W1, 1, LAYERED_W2, numbers[2]);
    fill(net, W2, 1, LAYERED_W3 - LAYERED_W2, numbers[2] + LAYERED_W2 * LAYERED_LANES);
    fill(net, W3, 1, LAYERED_SYNAPSES - LAYERED_W3, numbers[2] + LAYERED_W3 * LAYERED_LANES);
    net->in = numbers[0];
    net->target = numbers[1];
    net->w0 = numbers[2];
    net->w = numbers[3];
    net->r_end = numbers[4];
    net->work = numbers[5];
    return E2L_OK;
}

static e2l_status run(e2l_ctx *ctx, bench_table *table, layered *net, int rule)
{
    char name[64];
    (void)snprintf(name, sizeof name, "W2 layered B=64 rule%d", rule);
    const char *const text = bench_rule_texts[rule], *const rules[] = {text, text, text};
    const bench_setting settings[] = {{"n_steps", (double)net->n_steps}};
    const bench_contest contest = {.name = name, .group = BENCH_TEN, .network = "layered", .settings = settings, .n_settings = 1,
                                   .rules = rules, .eta = net->eta, .n_cases = LAYERED_LANES,
                                   .n_updates = (double)(net->n_steps * LAYERED_SYNAPSES * LAYERED_LANES), .user = net, .value = value,
                                   .hand = hand, .n_variants = LAYERED_VARIANTS, .interpret = interpret, .collect = collect};
    net->rule = rule;
    e2l_status status = bench_graph_create(ctx, &net->graph, text, bench_rule_names, 3);
    status = status == E2L_OK ? bench_run(ctx, table, &contest) : status;
    bench_graph_destroy(ctx, net->graph);
    return status;
}

e2l_status bench_layered(e2l_ctx *ctx, bench_table *table)
{
    layered net;
    e2l_arena *arena = NULL;
    e2l_status status = e2l_arena_create(ctx, &arena);
    status = status == E2L_OK ? create(ctx, arena, &net) : status;
    for (int rule = 0; status == E2L_OK && rule < BENCH_N_RULES; ++rule) {
        status = run(ctx, table, &net, rule);
    }
    e2l_arena_destroy(arena);
    return status;
}
