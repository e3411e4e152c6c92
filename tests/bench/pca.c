/* pca.c: one linear neuron with the PCA task's data, many cases: Oja's rule and a longer one (of the ten cases: 10 inputs, 64 cases), and
   the same with two inputs and with the angle to the first component. By hand: hand_pca.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/primitive.h"
#include "tests/bench/pca.h"

enum { STEPS = 2000, SAMPLES = 0, W0 = 1, PC1 = 2 };

static double value(const void *user, size_t array, uint64_t row, uint64_t element, uint64_t a_case)
{
    const pca *const net = user;
    const double normal = array == PC1 ? 0 : bench_normal(array, row, element, a_case);
    return array == SAMPLES ? normal : array == W0 ? normal / sqrt((double)net->n) : element == 0 ? 1 : 0;
}

static void begin(const pca *net)
{
    memcpy(net->w, net->w0, net->n * net->n_lanes * sizeof *net->w);
    memset(net->cos_sum, 0, net->n_lanes * sizeof *net->cos_sum);
}

static void hand(void *user, size_t variant)
{
    begin(user);
    BENCH_HAND(pca, e2l_isa_best())(user, variant);
}

static void interpret_step(const pca *net, const double *x, size_t lane)
{
    double y = 0, along = 0, length = 0;
    for (size_t i = 0; i < net->n; ++i) {
        const double w = net->w[i * net->n_lanes + lane];
        y += w * x[i * net->n_lanes + lane];
        along += net->angle ? w * net->pc1[i * net->n_lanes + lane] : 0;
        length += net->angle ? w * w : 0;
    }
    net->cos_sum[lane] += net->angle ? fabs(along) / sqrt(length) : 0;
    for (size_t i = 0; i < net->n; ++i) {
        double *const w = &net->w[i * net->n_lanes + lane];
        *w += net->eta * bench_graph_value(net->graph, (const double[]){x[i * net->n_lanes + lane], y, *w});
    }
}

static void interpret(void *user)
{
    const pca *const net = user;
    begin(net);
    for (size_t step = 0; step < net->n_steps; ++step) {
        for (size_t lane = 0; lane < net->n_lanes; ++lane) {
            interpret_step(net, net->x + step * net->n * net->n_lanes, lane);
        }
    }
}

static void collect(const void *user, uint64_t a_case, double *values)
{
    const pca *const net = user;
    for (size_t i = 0; i < net->n; ++i) {
        values[i] = net->w[i * net->n_lanes + a_case];
    }
    if (net->angle) {
        values[net->n] = net->cos_sum[a_case] / (double)net->n_steps;
    }
}

/* ---- sizes ------------------------------------------------------------------------------------------------- */
static double *filled(e2l_ctx *ctx, const pca *net, size_t array, size_t n_rows)
{
    double *const out = e2l_alloc_lanes(ctx, n_rows * net->n * net->n_lanes, sizeof *out);
    for (size_t k = 0; out != NULL && k < n_rows * net->n * net->n_lanes; ++k) {
        out[k] = value(net, array, k / net->n_lanes / net->n, k / net->n_lanes % net->n, k % net->n_lanes);
    }
    return out;
}

static e2l_status create(e2l_ctx *ctx, pca *net, size_t n, size_t n_lanes)
{
    *net = (pca){.n = n, .n_lanes = n_lanes, .n_steps = STEPS, .eta = 1e-3};
    net->x = filled(ctx, net, SAMPLES, STEPS);
    net->w0 = filled(ctx, net, W0, 1);
    net->pc1 = filled(ctx, net, PC1, 1);
    net->w = e2l_alloc_lanes(ctx, n * n_lanes, sizeof *net->w);
    net->cos_sum = e2l_alloc_lanes(ctx, n_lanes, sizeof *net->cos_sum);
    return net->x != NULL && net->w0 != NULL && net->pc1 != NULL && net->w != NULL && net->cos_sum != NULL ? E2L_OK : E2L_NOMEM;
}

static void clear(e2l_ctx *ctx, pca *net)
{
    const double *const all[] = {net->x, net->w0, net->pc1, net->w, net->cos_sum};
    for (size_t k = 0; k < sizeof all / sizeof *all; ++k) {
        e2l_free(ctx, (void *)(uintptr_t)all[k]);
    }
}

static bench_contest contest_of(pca *net, const char *name, const bench_setting *settings)
{
    const bool is_classic = net->n == 10 && !net->angle;
    return (bench_contest){.name = name, .group = is_classic ? BENCH_TEN : BENCH_PCA, .network = net->angle ? "pca_angle" : "pca",
                           .settings = settings, .n_settings = 1, .rules = &bench_rule_texts[net->rule], .eta = net->eta,
                           .n_cases = net->n_lanes, .n_updates = (double)(net->n * net->n_lanes * net->n_steps), .user = net,
                           .value = value, .hand = hand,
                           .n_variants = !net->angle ? 3 : net->rule == BENCH_RULE_1 ? 4 : 2,
                           .interpret = interpret, .collect = collect};
}

static e2l_status run(e2l_ctx *ctx, bench_table *table, pca *net, int rule, bool angle)
{
    char name[64];
    net->rule = rule;
    net->angle = angle;
    (void)snprintf(name, sizeof name, "%s %zux%zu rule%d%s", net->n == 10 && !angle ? "W1 neuron" : "neuron", net->n, net->n_lanes,
                   rule, angle ? " angle" : "");
    const bench_setting settings[] = {{"n", (double)net->n}};
    const bench_contest contest = contest_of(net, name, settings);
    e2l_status status = bench_graph_create(ctx, &net->graph, bench_rule_texts[rule], bench_rule_names, 3);
    status = status == E2L_OK ? bench_run(ctx, table, &contest) : status;
    bench_graph_destroy(ctx, net->graph);
    return status;
}

/* ---- bits ---------------------------------------------------------------------------------------------------- */
static e2l_status hash_of(e2l_ctx *ctx, pca *net, int rule, e2l_isa isa, e2l_key *hash)
{
    char option[32];
    (void)snprintf(option, sizeof option, "isa=%s", e2l_isa_name(isa));
    net->rule = rule;
    net->angle = true;
    const bench_setting settings[] = {{"n", (double)net->n}};
    const bench_contest contest = contest_of(net, "neuron same bits", settings);
    bench_engine e;
    double seconds;
    e2l_status status = bench_engine_open(ctx, &e, &contest, option);
    status = status == E2L_OK ? bench_engine_run(ctx, &e, &seconds) : status;
    if (status == E2L_OK) {
        *hash = e2l_key_bytes(e.values, e.n_values * net->n_lanes * sizeof(double), *hash);
    }
    bench_engine_close(ctx, &e);
    return status;
}

static e2l_status same_bits(e2l_ctx *ctx, pca *sizes, bool *same)
{
    e2l_key first = {0, 0};
    e2l_status status = E2L_OK;
    for (int isa = 0; isa < E2L_N_ISA && status == E2L_OK; ++isa) {
        e2l_key hash = {0, 0};
        for (int k = 0; k < 4 && status == E2L_OK && e2l_isa_available((e2l_isa)isa); ++k) {
            status = hash_of(ctx, &sizes[k / 2], k % 2, (e2l_isa)isa, &hash);
        }
        first = isa == 0 ? hash : first;
        *same = *same && (!e2l_isa_available((e2l_isa)isa) || (hash.low == first.low && hash.high == first.high));
    }
    return status;
}

/* ---- all ------------------------------------------------------------------------------------------------------- */
e2l_status bench_pca(e2l_ctx *ctx, bench_table *table)
{
    pca sizes[2];
    e2l_status status = create(ctx, &sizes[0], 10, 64);
    status = status == E2L_OK ? create(ctx, &sizes[1], 2, 512) : status;
    for (int k = 0; status == E2L_OK && k < 8; ++k) {
        status = run(ctx, table, &sizes[k / 2 % 2], k % 2, k / 4 > 0);
    }
    if (status == E2L_OK && bench_wanted(table, "neuron same bits")) {
        bool same = true;
        status = same_bits(ctx, sizes, &same);
        bench_report(table, "neuron same bits on all instruction sets", same ? 1 : 0, "", 1, true);
    }
    clear(ctx, &sizes[0]);
    clear(ctx, &sizes[1]);
    return status;
}
