/* elise.c: steps of ELiSe while it is taught, one case and eight. By hand: hand_elise.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/primitive.h"
#include "tests/bench/elise.h"

enum { W0, EDGES, DELAY, DELAY_EDGE, TEACHER_EXC, TEACHER_INH, STEPS = 2000, SLOT = 100, LEAST_DELAY = 50, N_DELAYS = 101 };
static const char *const rules[] = {"(r - s) * x"};

/* ---- what a case draws -------------------------------------------------------------------------------------------- */
/* The scaffold grows from the visible neurons: one without outputs with probability 0.04, else one and with probability 0.2 each one
   more; a latent neuron that is hit accepts with 0.15 to the power of the inputs it has, and goes on in turn. */
static void grow(elise_case *c, uint64_t index, bool (*edges)[ELISE_N])
{
    size_t work[ELISE_N], n_work = ELISE_VISIBLE, indegree[ELISE_N] = {0};
    bool reached[ELISE_N] = {false};
    uint64_t draw = 0;
    for (size_t i = 0; i < ELISE_VISIBLE; ++i) {
        work[i] = i;
    }
    for (size_t at = 0; at < n_work; ++at) {
        size_t outputs = bench_uniform(EDGES, draw++, 0, index) < 0.04 ? 0u : 1u;
        while (outputs > 0 && outputs < 5 && bench_uniform(EDGES, draw++, 0, index) < pow(0.2, (double)outputs)) {
            outputs++;
        }
        while (outputs > 0) {
            const size_t b = (size_t)(ELISE_VISIBLE + (ELISE_N - ELISE_VISIBLE) * bench_uniform(EDGES, draw++, 1, index));
            if (!edges[b][work[at]] && b != work[at] && bench_uniform(EDGES, draw++, 2, index) < pow(0.15, (double)indegree[b])) {
                edges[b][work[at]] = true;
                indegree[b]++;
                outputs--;
                work[n_work] = b;
                n_work += reached[b] ? 0 : 1;
                reached[b] = true;
            }
        }
    }
    for (size_t i = 0; i < ELISE_N; ++i) {
        for (size_t j = 0; j < ELISE_N; ++j) {
            if (edges[i][j]) {
                c->target[c->n_edges] = (uint32_t)i;
                c->source[c->n_edges++] = (uint32_t)j;
            }
        }
    }
}

/* One note of a slot sounds: its neuron is drawn to -50 mV, the other visible ones to -70, with 0.6 of all conductance. */
static void teach(elise_case *c, uint64_t index, size_t n_steps)
{
    const double total = 0.6 / (1 - 0.6) * (ELISE_G_L + ELISE_G_D);
    for (size_t t = 0; t < n_steps; ++t) {
        const size_t note = (size_t)(ELISE_VISIBLE * bench_uniform(TEACHER_EXC, t / SLOT, 0, index));
        for (size_t i = 0; i < ELISE_VISIBLE; ++i) {
            const double target = i == note ? -50 : -70;
            c->teacher_exc[t * ELISE_ROWS + i] = total * (ELISE_E_I - target) / ELISE_E_I;
            c->teacher_inh[t * ELISE_ROWS + i] = total * target / ELISE_E_I;
        }
    }
}

static void draw(elise_case *c, uint64_t index, size_t n_steps)
{
    bool edges[ELISE_N][ELISE_N] = {{false}};
    for (size_t i = 0; i < ELISE_N; ++i) {
        c->delay[i] = LEAST_DELAY + (uint32_t)(N_DELAYS * bench_uniform(DELAY, 0, i, index));
        c->delay_edge[i] = LEAST_DELAY + (uint32_t)(N_DELAYS * bench_uniform(DELAY_EDGE, 0, i, index));
        for (size_t j = 0; j < ELISE_N; ++j) {
            c->w0[i * ELISE_ROWS + j] = i == j ? 0 : 0.5 * bench_normal(W0, i, j, index);
        }
    }
    grow(c, index, edges);
    teach(c, index, n_steps);
}

static double value(const void *user, size_t array, uint64_t row, uint64_t element, uint64_t a_case)
{
    const elise *const net = user;
    const elise_case *const c = &net->cases[a_case];
    const uint64_t i = element / ELISE_N, j = element % ELISE_N;
    bool is_edge = false;
    switch (array) {
    case W0: return c->w0[i * ELISE_ROWS + j];
    case DELAY: return c->delay[element] * ELISE_DT;
    case DELAY_EDGE: return c->delay_edge[element] * ELISE_DT;
    case TEACHER_EXC: return c->teacher_exc[row * ELISE_ROWS + element];
    case TEACHER_INH: return c->teacher_inh[row * ELISE_ROWS + element];
    default:
        for (size_t k = 0; k < c->n_edges; ++k) {
            is_edge = is_edge || (c->target[k] == i && c->source[k] == j);
        }
        return is_edge ? 1 : 0;
    }
}

/* ---- all --------------------------------------------------------------------------------------------------------------- */
static void hand(void *user, size_t variant)
{
    BENCH_HAND(elise, e2l_isa_best())(user, variant);
}

static void collect(const void *user, uint64_t a_case, double *values)
{
    const elise *const net = user;
    memcpy(values, net->cases[a_case].u_end, ELISE_N * sizeof *values);
    for (size_t i = 0; i < ELISE_N; ++i) {
        memcpy(values + (1 + i) * ELISE_N, net->cases[a_case].w_end + i * ELISE_ROWS, ELISE_N * sizeof *values);
    }
}

static e2l_status create(e2l_ctx *ctx, e2l_arena *arena, elise *net)
{
    *net = (elise){.n_steps = STEPS, .eta = 1e-3};
    net->cases = e2l_arena_alloc(arena, ELISE_MOST_CASES, sizeof *net->cases);
    net->w = e2l_arena_alloc(arena, ELISE_ROWS * ELISE_ROWS, sizeof *net->w);
    net->rings = e2l_arena_alloc(arena, ELISE_ROWS * ELISE_STRIDE, sizeof *net->rings);
    if (net->cases == NULL || net->w == NULL || net->rings == NULL) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < ELISE_MOST_CASES; ++k) {
        elise_case *const c = &net->cases[k];
        c->teacher_exc = e2l_arena_alloc(arena, STEPS * ELISE_ROWS, sizeof(double));
        c->teacher_inh = e2l_arena_alloc(arena, STEPS * ELISE_ROWS, sizeof(double));
        if (c->teacher_exc == NULL || c->teacher_inh == NULL) {
            return E2L_NOMEM;
        }
        draw(c, k, STEPS);
    }
    return elise_graphs_create(ctx, net, rules[0]);
}

static e2l_status run(e2l_ctx *ctx, bench_table *table, elise *net, size_t n_cases)
{
    char name[64];
    (void)snprintf(name, sizeof name, "ELiSe 13+50 %zu case%s", n_cases, n_cases > 1 ? "s" : "");
    net->n_cases = n_cases;
    const bench_setting settings[] = {{"n_steps", STEPS}};
    const double n_synapses = ELISE_N * (ELISE_N - 1);
    const bench_contest contest = {.name = name, .group = BENCH_NETWORKS, .network = "elise", .settings = settings, .n_settings = 1,
                                   .rules = rules, .eta = net->eta, .n_cases = n_cases, .n_updates = n_synapses * STEPS * (double)n_cases,
                                   .user = net, .value = value, .hand = hand, .n_variants = ELISE_VARIANTS, .interpret = elise_interpret,
                                   .collect = collect};
    return bench_run(ctx, table, &contest);
}

e2l_status bench_elise(e2l_ctx *ctx, bench_table *table)
{
    elise net = {0};
    e2l_arena *arena = NULL;
    e2l_status status = e2l_arena_create(ctx, &arena);
    status = status == E2L_OK ? create(ctx, arena, &net) : status;
    status = status == E2L_OK ? run(ctx, table, &net, 1) : status;
    status = status == E2L_OK ? run(ctx, table, &net, ELISE_MOST_CASES) : status;
    elise_graphs_destroy(ctx, &net);
    e2l_arena_destroy(arena);
    return status;
}
