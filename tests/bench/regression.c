/* regression.c: x^6 - 2x^4 + x^2 on 1024 points with a (1+4) CGP of 64 columns: genome, search and evaluator of e2l against the minimal
   engines of minimal.c. Goal: at least 1.2 times the node evaluations per second of the plain and of the skipping one; the tuned one is
   there to see how far that is from what the machine can do.

   A node evaluation is one operation on one point of a formula that was really evaluated: what the minimal engines count as
   active columns, e2l counts after sharing equal ones. The courses differ, and long formulas are quicker by the node than short ones:
   hence many seeds. */
#include <math.h>
#include <stdio.h>

#include "cgp/search.h"
#include "tests/bench/regression.h"

enum { GENERATIONS = 2000, SEEDS = 20, CONTESTANTS = 1 + BENCH_N_MINIMAL };

static void points_init(bench_points *points)
{
    for (int k = 0; k < BENCH_POINTS; ++k) {
        const double x = -1 + 2.0 * k / (BENCH_POINTS - 1), q = x * x;
        points->x[0][k] = x;
        points->x[1][k] = 1;
        points->y[k] = q * q * q - 2 * q * q + q;
    }
}

static bench_error_fn *error_of(e2l_isa isa)
{
    return BENCH_HAND(error, isa);
}

/* ---- e2l -------------------------------------------------------------------------------------------------- */
typedef struct judge {
    const bench_points *points;
    e2l_isa isa;
    bench_error_fn *error;
    double out[BENCH_POINTS] __attribute__((aligned(64)));
    void *work;
    double nodes, best;
} judge;

static e2l_fitness fitness_of(judge *j, const e2l_expr *rule)
{
    const double *inputs[2] = {NULL, NULL};
    for (size_t k = 0; k < e2l_expr_n_names(rule); ++k) {
        inputs[k] = j->points->x[e2l_expr_name(rule, k)[0] == 'x' ? 0 : 1];
    }
    e2l_expr_eval(rule, j->isa, BENCH_POINTS, inputs, j->out, j->work);
    const e2l_node *nodes = e2l_expr_nodes(rule);
    size_t n_calls = 0;
    for (size_t k = 0; k < e2l_expr_n_nodes(rule); ++k) {
        n_calls += nodes[k].kind == E2L_NODE_CALL ? 1 : 0;
    }
    j->nodes += (double)n_calls * BENCH_POINTS;
    const double error = j->error(j->out, j->points->y, BENCH_POINTS);
    j->best = fmin(j->best, error);
    return isfinite(error) ? (e2l_fitness){.ok = true, .score = -error} : e2l_fitness_worst();
}

static e2l_status run_generations(e2l_search *search, judge *j)
{
    e2l_fitness fitness[8];
    for (size_t g = 0; g <= GENERATIONS; ++g) {
        const e2l_proposal *proposals;
        size_t n;
        e2l_status status = e2l_search_ask(search, &proposals, &n);
        for (size_t k = 0; status == E2L_OK && k < n; ++k) {
            fitness[k] = fitness_of(j, proposals[k].rules[0]);
        }
        status = status == E2L_OK ? e2l_search_tell(search, fitness, NULL) : status;
        if (status != E2L_OK) {
            return status;
        }
    }
    return E2L_OK;
}

static e2l_status run_e2l(e2l_ctx *ctx, const bench_points *points, uint64_t seed, bench_search_result *out)
{
    static const char *const terminals[] = {"x", "one"};
    const e2l_primitive *const functions[] = {e2l_primitive_find("add"), e2l_primitive_find("sub"),
                                              e2l_primitive_find("mul"), e2l_primitive_find("pdiv")};
    const e2l_genome_shape shape = {.slot = "f", .terminals = terminals, .n_terminals = 2, .functions = functions,
                                    .n_functions = 4, .columns = BENCH_COLUMNS, .mutation = BENCH_MUTATION};
    const e2l_search_options options = {.struct_size = sizeof options, .method = E2L_SEARCH_CGP, .seed = seed,
                                        .parents = 1, .offspring = 4, .shapes = &shape, .n_slots = 1};
    judge j = {.points = points, .isa = e2l_isa_best(), .error = error_of(e2l_isa_best()), .best = HUGE_VAL};
    /* room for every column in a register of its own, as large as e2l_expr_eval may ask for */
    enum { REGISTER_BYTES = 8192 };
    j.work = e2l_alloc_lanes(ctx, BENCH_COLUMNS + 2, REGISTER_BYTES);
    e2l_search *search = NULL;
    e2l_status status = j.work == NULL ? E2L_NOMEM : e2l_search_create(ctx, &search, &options);
    status = status == E2L_OK ? run_generations(search, &j) : status;
    e2l_search_destroy(search);
    e2l_free(ctx, j.work);
    *out = (bench_search_result){j.nodes, j.best};
    return status;
}

/* ---- both --------------------------------------------------------------------------------------------------- */
static bench_minimal_fn *minimal_of(e2l_isa isa)
{
    return BENCH_HAND(minimal, isa);
}

/* Contestant 0 is e2l, the others are minimal engines. */
static const char *const names[CONTESTANTS] = {"e2l", "plain engine", "skipping engine", "tuned engine"};

static e2l_status run(e2l_ctx *ctx, size_t contestant, const bench_points *points, uint64_t seed, bench_search_result *out)
{
    if (contestant == 0) {
        return run_e2l(ctx, points, seed, out);
    }
    *out = minimal_of(e2l_isa_best())((bench_minimal_kind)(contestant - 1), points, seed, GENERATIONS);
    return E2L_OK;
}

typedef struct tally {
    double nodes, seconds;
} tally;

/* All contestants in turn, round after round; the smallest time of each counts. */
static e2l_status run_seed(e2l_ctx *ctx, size_t rounds, const bench_points *points, uint64_t seed, tally *total)
{
    double seconds[CONTESTANTS] = {0};
    bench_search_result result[CONTESTANTS] = {{0, 0}};
    for (size_t round = 0; round < rounds; ++round) {
        for (size_t k = 0; k < CONTESTANTS; ++k) {
            const double start = bench_seconds();
            const e2l_status status = run(ctx, k, points, seed, &result[k]);
            const double now = bench_seconds() - start;
            seconds[k] = round == 0 ? now : bench_smaller(seconds[k], now);
            if (status != E2L_OK) {
                return status;
            }
        }
    }
    for (size_t k = 0; k < CONTESTANTS; ++k) {
        total[k].nodes += result[k].nodes;
        total[k].seconds += seconds[k];
    }
    return E2L_OK;
}

static void report(bench_table *table, const tally *total)
{
    char name[64];
    const double ours = total[0].nodes / total[0].seconds;
    for (size_t k = 0; k < CONTESTANTS; ++k) {
        (void)snprintf(name, sizeof name, "regression: %s", names[k]);
        bench_report(table, name, total[k].nodes / total[k].seconds / 1e9, "G node evaluations/s", (double)NAN, true);
        (void)snprintf(name, sizeof name, "regression: generations/s, %s", names[k]);
        bench_report(table, name, SEEDS * GENERATIONS / total[k].seconds, "", (double)NAN, true);
    }
    for (size_t k = 1; k < CONTESTANTS; ++k) {
        const double goal = k - 1 == BENCH_TUNED ? (double)NAN : 1.2;
        (void)snprintf(name, sizeof name, "regression: e2l / %s", names[k]);
        bench_report(table, name, ours / (total[k].nodes / total[k].seconds), "", goal, true);
    }
}

e2l_status bench_regression(e2l_ctx *ctx, bench_table *table)
{
    if (!bench_wanted(table, "regression")) {
        return E2L_OK;
    }
    static bench_points points;
    points_init(&points);
    tally total[CONTESTANTS] = {{0, 0}};
    for (uint64_t seed = 1; seed <= SEEDS; ++seed) {
        const e2l_status status = run_seed(ctx, table->options.rounds, &points, seed, total);
        if (status != E2L_OK) {
            return status;
        }
    }
    report(table, total);
    return E2L_OK;
}
