/* spiking.c: 1000 integrate-and-fire neurons with exponential currents, one tenth of all synapses there, each with pair STDP; delay 1 ms,
   steps of 0.1 ms, about 10 spikes per second and neuron. By hand: hand_spiking.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/primitive.h"
#include "tests/bench/spiking.h"

enum { W0, E_L, V0, N = 1000, STEPS = 10000 };
static const double density = 0.1;
static const char *const rules[] = {"-1.05 * k", "k"}; /* on_pre, on_post */
static const char *const rule_names[] = {"k", "w"};

/* ---- the data: some neurons are driven beyond threshold, the others by them --------------------------------- */
static double value(const void *user, size_t array, uint64_t row, uint64_t element, uint64_t a_case)
{
    (void)user;
    const double uniform = bench_uniform(array, row, element, a_case);
    switch (array) {
    case W0: return uniform < density ? 2 + 6 * uniform / density : 0;
    case E_L: return -51.3 + 2.5 * uniform;
    default: return SPIKING_V_RESET + (SPIKING_V_TH - SPIKING_V_RESET) * uniform;
    }
}

/* ---- by interpretation: every statement of the neuron and both rules by their graphs, synapses by events ------ */
enum { I_SYN, IN, REF, V, E_L_NAME, DECAY_SYN, DECAY_M, V_INF, ACTIVE, Z, N_NAMES };
static const char *const neuron_names[N_NAMES] = {"i_syn", "in", "ref", "v", "e_l", "decay_syn", "decay_m", "v_inf", "active", "z"};
/* Of lif_cuba_exp, with its parameters put in and what is constant taken out; what is written, and to which name. */
static const struct {
    const char *text;
    int out;
} neuron_statements[] = {
    {"i_syn * decay_syn + in", I_SYN}, {"ref < 0.5 * 0.1", ACTIVE}, {"e_l + 0.04 * i_syn", V_INF},
    {"if(active, v_inf + (v - v_inf) * decay_m, v)", V}, {"active & v >= -50", Z}, {"if(z, -65, v)", V},
    {"if(z, 2, max(ref - 0.1, 0))", REF}};
enum { N_STATEMENTS = sizeof neuron_statements / sizeof *neuron_statements };

static double clipped(double w)
{
    return fmin(fmax(w, 0), SPIKING_UPPER);
}

static void interpret_arrivals(spiking *net, const uint32_t *sources, uint32_t n)
{
    for (uint32_t s = 0; s < n; ++s) {
        for (uint32_t k = net->out_start[sources[s]]; k < net->out_start[sources[s] + 1]; ++k) {
            const uint32_t i = net->target[k];
            net->in[i] += net->w[k];
            net->w[k] = clipped(net->w[k] + net->eta * bench_graph_value(net->on_pre, (const double[]){net->k_post[i], net->w[k]}));
        }
        net->k_pre[sources[s]] += 1;
    }
}

static bool interpret_neuron(spiking *net, size_t i, const double *decays)
{
    double names[N_NAMES] = {net->i_syn[i], net->in[i], net->ref[i], net->v[i], net->e_l[i], decays[0], decays[1], 0, 0, 0};
    for (size_t k = 0; k < N_STATEMENTS; ++k) {
        names[neuron_statements[k].out] = bench_graph_value(net->statements[k], names);
    }
    net->i_syn[i] = names[I_SYN];
    net->v[i] = names[V];
    net->ref[i] = names[REF];
    net->in[i] = 0;
    return names[Z] > 0;
}

static void interpret_spike(spiking *net, size_t i)
{
    net->count[i] += 1;
    for (uint32_t k = net->in_start[i]; k < net->in_start[i + 1]; ++k) {
        double *const w = &net->w[net->place[k]];
        *w = clipped(*w + net->eta * bench_graph_value(net->on_post, (const double[]){net->k_pre[net->source[k]], *w}));
    }
}

static void interpret_begin(spiking *net)
{
    memcpy(net->w, net->w0, net->n_synapses * sizeof *net->w);
    memset(net->n_spikes, 0, sizeof net->n_spikes);
    for (size_t i = 0; i < net->n; ++i) {
        net->v[i] = net->v0[i];
        net->i_syn[i] = net->ref[i] = net->in[i] = net->k_pre[i] = net->k_post[i] = net->count[i] = 0;
    }
}

static void interpret(void *user)
{
    spiking *const net = user;
    const double decay = exp(-SPIKING_DT / SPIKING_TAU_STDP);
    const double decays[] = {exp(-SPIKING_DT / SPIKING_TAU_SYN), exp(-SPIKING_DT / SPIKING_TAU_M)};
    interpret_begin(net);
    for (size_t step = 0; step < net->n_steps; ++step) {
        const size_t now = step % (SPIKING_DELAY + 1), then = (step + 1) % (SPIKING_DELAY + 1);
        for (size_t i = 0; i < net->n; ++i) {
            net->k_pre[i] *= decay;
            net->k_post[i] *= decay;
        }
        interpret_arrivals(net, net->spikes + then * net->n, net->n_spikes[then]);
        net->n_spikes[now] = 0;
        for (size_t i = 0; i < net->n; ++i) {
            if (interpret_neuron(net, i, decays)) {
                net->spikes[now * net->n + net->n_spikes[now]++] = (uint32_t)i;
            }
        }
        for (uint32_t s = 0; s < net->n_spikes[now]; ++s) {
            interpret_spike(net, net->spikes[now * net->n + s]);
        }
        for (uint32_t s = 0; s < net->n_spikes[now]; ++s) {
            net->k_post[net->spikes[now * net->n + s]] += 1;
        }
    }
}

/* ---- making it ---------------------------------------------------------------------------------------------------- */
static void hand(void *user, size_t variant)
{
    BENCH_HAND(spiking, e2l_isa_best())(user, variant);
}

static void collect(const void *user, uint64_t a_case, double *values)
{
    const spiking *const net = user;
    (void)a_case;
    memcpy(values, net->v, net->n * sizeof *values);
    memcpy(values + net->n, net->count, net->n * sizeof *values);
}

static size_t count_synapses(const spiking *net)
{
    size_t n = 0;
    for (size_t k = 0; k < net->n * net->n; ++k) {
        n += value(net, W0, 0, k, 0) > 0 ? 1 : 0;
    }
    return n;
}

/* By source, then the lists by target. */
static void wire(spiking *net, uint32_t *out_start, uint32_t *target, uint32_t *in_start, uint32_t *source, uint32_t *place, double *w0)
{
    uint32_t n = 0;
    for (uint32_t j = 0; j < net->n; ++j) {
        out_start[j] = n;
        for (uint32_t i = 0; i < net->n; ++i) {
            const double w = value(net, W0, 0, i * net->n + j, 0);
            if (w > 0) {
                target[n] = i;
                w0[n++] = w;
                in_start[i + 1]++;
            }
        }
    }
    out_start[net->n] = n;
    for (size_t i = 0; i < net->n; ++i) {
        in_start[i + 1] += in_start[i];
    }
    uint32_t *const next = net->spikes; /* not used yet */
    for (uint32_t i = 0; i < net->n; ++i) {
        next[i] = in_start[i];
    }
    for (uint32_t j = 0; j < net->n; ++j) {
        for (uint32_t k = out_start[j]; k < out_start[j + 1]; ++k) {
            source[next[target[k]]] = j;
            place[next[target[k]]++] = k;
        }
    }
}

static e2l_status create_graphs(e2l_ctx *ctx, spiking *net)
{
    e2l_status status = bench_graph_create(ctx, &net->on_pre, rules[0], rule_names, 2);
    status = status == E2L_OK ? bench_graph_create(ctx, &net->on_post, rules[1], rule_names, 2) : status;
    for (size_t k = 0; status == E2L_OK && k < N_STATEMENTS; ++k) {
        status = bench_graph_create(ctx, &net->statements[k], neuron_statements[k].text, neuron_names, N_NAMES);
    }
    return status;
}

static e2l_status create(e2l_ctx *ctx, e2l_arena *arena, spiking *net)
{
    *net = (spiking){.n = N, .n_steps = STEPS, .eta = 0.05};
    net->n_synapses = count_synapses(net);
    double **const work[] = {&net->v, &net->i_syn, &net->ref, &net->in, &net->k_pre, &net->k_post, &net->count};
    bool ok = true;
    for (size_t k = 0; k < sizeof work / sizeof *work; ++k) {
        *work[k] = e2l_arena_alloc(arena, net->n, sizeof(double));
        ok = ok && *work[k] != NULL;
    }
    uint32_t *lists[5];
    for (size_t k = 0; k < 5; ++k) {
        lists[k] = e2l_arena_alloc(arena, k == 0 || k == 2 ? net->n + 1 : net->n_synapses, sizeof(uint32_t));
        ok = ok && lists[k] != NULL;
    }
    double *const w0 = e2l_arena_alloc(arena, net->n_synapses, sizeof *w0), *const e_l = e2l_arena_alloc(arena, net->n, sizeof *e_l),
           *const v0 = e2l_arena_alloc(arena, net->n, sizeof *v0);
    net->w = e2l_arena_alloc(arena, net->n_synapses, sizeof *net->w);
    net->spikes = e2l_arena_alloc(arena, (SPIKING_DELAY + 1) * net->n, sizeof *net->spikes);
    if (!ok || w0 == NULL || e_l == NULL || v0 == NULL || net->w == NULL || net->spikes == NULL) {
        return E2L_NOMEM;
    }
    wire(net, lists[0], lists[1], lists[2], lists[3], lists[4], w0);
    for (size_t i = 0; i < net->n; ++i) {
        e_l[i] = value(net, E_L, 0, i, 0);
        v0[i] = value(net, V0, 0, i, 0);
    }
    net->out_start = lists[0];
    net->target = lists[1];
    net->in_start = lists[2];
    net->source = lists[3];
    net->place = lists[4];
    net->w0 = w0;
    net->e_l = e_l;
    net->v0 = v0;
    return create_graphs(ctx, net);
}

static void print_rate(const bench_table *table, const spiking *net)
{
    double n = 0;
    for (size_t i = 0; i < net->n; ++i) {
        n += net->count[i];
    }
    if (!table->options.json && n > 0) {
        const double seconds = (double)net->n_steps * SPIKING_DT / 1000;
        printf("  %zu synapses, %.1f spikes per second and neuron\n", net->n_synapses, n / (double)net->n / seconds);
    }
}

e2l_status bench_spiking(e2l_ctx *ctx, bench_table *table)
{
    static const char name[] = "spiking N=1000 10% STDP";
    if (!bench_wanted(table, name)) {
        return E2L_OK;
    }
    spiking net = {0};
    e2l_arena *arena = NULL;
    e2l_status status = e2l_arena_create(ctx, &arena);
    status = status == E2L_OK ? create(ctx, arena, &net) : status;
    const bench_setting settings[] = {{"n", N}, {"n_steps", STEPS}};
    const bench_contest contest = {.name = name, .group = BENCH_NETWORKS, .network = "spiking", .settings = settings, .n_settings = 2,
                                   .rules = rules, .eta = net.eta, .n_cases = 1, .n_updates = (double)net.n_synapses * STEPS,
                                   .user = &net, .value = value, .hand = hand, .n_variants = SPIKING_VARIANTS, .interpret = interpret,
                                   .collect = collect};
    status = status == E2L_OK ? bench_run(ctx, table, &contest) : status;
    print_rate(table, &net);
    bench_graph_destroy(ctx, net.on_pre);
    bench_graph_destroy(ctx, net.on_post);
    for (size_t k = 0; k < N_STATEMENTS; ++k) {
        bench_graph_destroy(ctx, net.statements[k]);
    }
    e2l_arena_destroy(arena);
    return status;
}
