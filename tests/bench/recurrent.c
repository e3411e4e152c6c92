/* recurrent.c: one large recurrent network: 200 neurons with 40 000 plastic synapses (of the ten cases), and 2000 neurons with
   4 million. By hand: hand_recurrent.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgp/primitive.h"
#include "tests/bench/recurrent.h"

enum { W0, U0, MOST_RECORDED = 500 /* neurons whose weights are probed */ };

static double value(const void *user, size_t array, uint64_t row, uint64_t element, uint64_t a_case)
{
    const recurrent *const net = user;
    const double normal = bench_normal(array, row, element, a_case);
    return array == W0 ? normal / sqrt((double)net->n) : normal;
}

static void hand(void *user, size_t variant)
{
    BENCH_HAND(recurrent, e2l_isa_best())(user, variant);
}

/* The same network one synapse after the other, the rule by its graph. */
static void interpret(void *user)
{
    recurrent *const net = user;
    const double dt = 0.1;
    const size_t n = net->n;
    memcpy(net->w, net->w0, n * n * sizeof *net->w);
    for (size_t i = 0; i < n; ++i) {
        net->u[i] = net->u0[i];
        net->r[i] = tanh(net->u[i]);
    }
    for (size_t step = 0; step < net->n_steps; ++step) {
        memcpy(net->x, net->r, n * sizeof *net->x);
        for (size_t i = 0; i < n; ++i) {
            double in = 0;
            for (size_t j = 0; j < n; ++j) {
                in += net->w[i * n + j] * net->x[j];
            }
            net->u[i] += dt * (in - net->u[i]);
            net->r[i] = tanh(net->u[i]);
        }
        for (size_t i = 0; i < n; ++i) {
            for (size_t j = 0; j < n; ++j) {
                double *const w = &net->w[i * n + j];
                *w += net->eta * bench_graph_value(net->graph, (const double[]){net->x[j], net->r[i], *w});
            }
        }
    }
}

static void collect(const void *user, uint64_t a_case, double *values)
{
    const recurrent *const net = user;
    (void)a_case;
    memcpy(values, net->r, net->n * sizeof *values);
    if (net->n > MOST_RECORDED) {
        return;
    }
    memcpy(values + net->n, net->w, net->n * net->n * sizeof *values);
}

static double *numbers(e2l_ctx *ctx, size_t n)
{
    return e2l_alloc_lanes(ctx, n, sizeof(double));
}

static e2l_status create(e2l_ctx *ctx, recurrent *net, size_t n, size_t n_steps, int rule)
{
    *net = (recurrent){.n = n, .n_steps = n_steps, .rule = rule, .eta = 1e-4};
    double *const w0 = numbers(ctx, n * n), *const u0 = numbers(ctx, n);
    net->w0 = w0;
    net->u0 = u0;
    net->w = numbers(ctx, n * n);
    net->u = numbers(ctx, n);
    net->r = numbers(ctx, n);
    net->x = numbers(ctx, n);
    net->squared = numbers(ctx, n);
    net->in = numbers(ctx, n);
    if (w0 == NULL || u0 == NULL || net->w == NULL || net->u == NULL || net->r == NULL || net->x == NULL || net->squared == NULL ||
        net->in == NULL) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < n * n; ++k) {
        w0[k] = value(net, W0, 0, k, 0);
    }
    for (size_t k = 0; k < n; ++k) {
        u0[k] = value(net, U0, 0, k, 0);
    }
    return bench_graph_create(ctx, &net->graph, bench_rule_texts[rule], bench_rule_names, 3);
}

static void clear(e2l_ctx *ctx, recurrent *net)
{
    const double *const all[] = {net->w0, net->u0, net->w, net->u, net->r, net->x, net->squared, net->in};
    for (size_t k = 0; k < sizeof all / sizeof *all; ++k) {
        e2l_free(ctx, (void *)(uintptr_t)all[k]);
    }
    bench_graph_destroy(ctx, net->graph);
}

static bench_contest contest_of(recurrent *net, const char *name, bench_group group, const bench_setting *settings)
{
    const double n = (double)net->n;
    return (bench_contest){.name = name, .group = group, .network = "recurrent", .settings = settings, .n_settings = 2,
                           .without = net->n > MOST_RECORDED ? "w_end" : NULL, .rules = &bench_rule_texts[net->rule], .eta = net->eta,
                           .n_cases = 1, .n_updates = n * n * (double)net->n_steps, .user = net, .value = value, .hand = hand,
                           .n_variants = RECURRENT_VARIANTS, .interpret = interpret, .collect = collect};
}

static e2l_status run(e2l_ctx *ctx, bench_table *table, const char *name, bench_group group, size_t n, size_t n_steps, int rule)
{
    if (!bench_wanted(table, name)) {
        return E2L_OK;
    }
    recurrent net;
    e2l_status status = create(ctx, &net, n, n_steps, rule);
    const bench_setting settings[] = {{"n", (double)n}, {"n_steps", (double)n_steps}};
    const bench_contest contest = contest_of(&net, name, group, settings);
    status = status == E2L_OK ? bench_run(ctx, table, &contest) : status;
    clear(ctx, &net);
    return status;
}

/* ---- memory ------------------------------------------------------------------------------------------------------- */
static const char large[] = "recurrent N=2000 rule0";
enum { LARGE = 2000, LARGE_STEPS = 20, MOST_MEGABYTES = 200 };

/* The most memory this process has had, in bytes; NaN where the system does not say. */
static double peak_memory(void)
{
    FILE *const file = fopen("/proc/self/status", "r");
    char line[256];
    double kibibytes = (double)NAN;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kibibytes = strtod(line + 6, NULL);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return kibibytes * 1024;
}

e2l_status bench_peak(e2l_ctx *ctx, double *bytes)
{
    recurrent net = {.n = LARGE, .n_steps = LARGE_STEPS, .rule = BENCH_RULE_0, .eta = 1e-4};
    const bench_setting settings[] = {{"n", LARGE}, {"n_steps", LARGE_STEPS}};
    const bench_contest contest = contest_of(&net, large, BENCH_NETWORKS, settings);
    bench_engine e;
    double seconds;
    e2l_status status = bench_engine_open(ctx, &e, &contest, NULL);
    status = status == E2L_OK ? bench_engine_run(ctx, &e, &seconds) : status;
    bench_engine_close(ctx, &e);
    *bytes = peak_memory();
    return status;
}

/* In a process of its own, which holds nothing but the engine. */
static e2l_status measure_peak(e2l_ctx *ctx, bench_table *table)
{
    static const char name[] = "recurrent N=2000: peak memory of a run";
    if (!bench_wanted(table, name)) {
        return E2L_OK;
    }
    char command[600], line[64] = "";
    (void)snprintf(command, sizeof command, "\"%s\" --peak", table->options.program);
    FILE *const pipe = popen(command, "r");
    if (pipe == NULL) {
        return e2l_fail(ctx, E2L_IO, "%s: does not start", command);
    }
    const bool read = fgets(line, sizeof line, pipe) != NULL;
    if (pclose(pipe) != 0 || !read) {
        return e2l_fail(ctx, E2L_IO, "%s: failed", command);
    }
    bench_report(table, name, strtod(line, NULL) / 1e6, "MB", MOST_MEGABYTES, false);
    return E2L_OK;
}

e2l_status bench_recurrent(e2l_ctx *ctx, bench_table *table)
{
    e2l_status status = E2L_OK;
    for (int rule = 0; status == E2L_OK && rule < BENCH_N_RULES; ++rule) {
        char name[64];
        (void)snprintf(name, sizeof name, "W3 recurrent N=200 rule%d", rule);
        status = run(ctx, table, name, BENCH_TEN, 200, 250, rule);
    }
    status = status == E2L_OK ? run(ctx, table, large, BENCH_NETWORKS, LARGE, LARGE_STEPS, BENCH_RULE_0) : status;
    return status == E2L_OK ? measure_peak(ctx, table) : status;
}
