/* regression.c: x^6 - 2x^4 + x^2 on 1024 points with a (1+4) CGP of 64 columns: genome, search and evaluator of e2l against the minimal
   engine of minimal.c. Goal: at least 1.2 times its node evaluations per second.

   A node evaluation is one operation on one point of a formula that was really evaluated: what the minimal engine counts as
   active columns, e2l counts after sharing equal ones. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/search.h"
#include "tests/bench/bench.h"

enum { GENERATIONS = 2000, SEEDS = 5 };

/* Eight partial sums, so that it is not one long chain of additions; the same for both. */
double bench_error(const double *out, const double *y, size_t n)
{
    double s[8] = {0};
    for (size_t k = 0; k < n; k += 8) {
        for (size_t i = 0; i < 8; ++i) {
            s[i] += fabs(out[k + i] - y[k + i]);
        }
    }
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static void points_init(bench_points *points)
{
    for (int k = 0; k < BENCH_POINTS; ++k) {
        const double x = -1 + 2.0 * k / (BENCH_POINTS - 1), q = x * x;
        points->x[0][k] = x;
        points->x[1][k] = 1;
        points->y[k] = q * q * q - 2 * q * q + q;
    }
}

/* ---- e2l -------------------------------------------------------------------------------------------------- */
typedef struct judge {
    const bench_points *points;
    e2l_isa isa;
    double out[BENCH_POINTS] __attribute__((aligned(64)));
    void *work;
    double nodes, best;
} judge;

static e2l_fitness fitness_of(judge *j, const e2l_expr *rule)
{
    const double *inputs[2] = {NULL, NULL};
    for (size_t k = 0; k < e2l_expr_n_names(rule); ++k) {
        inputs[k] = j->points->x[strcmp(e2l_expr_name(rule, k), "x") == 0 ? 0 : 1];
    }
    e2l_expr_eval(rule, j->isa, BENCH_POINTS, inputs, j->out, j->work);
    for (size_t k = 0; k < e2l_expr_n_nodes(rule); ++k) {
        j->nodes += e2l_expr_nodes(rule)[k].kind == E2L_NODE_CALL ? BENCH_POINTS : 0;
    }
    const double error = bench_error(j->out, j->points->y, BENCH_POINTS);
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
    judge j = {.points = points, .isa = e2l_isa_best(), .best = HUGE_VAL};
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
    return isa == E2L_ISA_AVX512 ? bench_minimal_avx512 : isa == E2L_ISA_AVX2 ? bench_minimal_avx2 : bench_minimal_sse2;
}

e2l_status bench_regression(e2l_ctx *ctx, const bench_options *options, bool *passed)
{
    if (!bench_wanted(options, "regression")) {
        return E2L_OK;
    }
    static bench_points points;
    points_init(&points);
    double ours[SEEDS], theirs[SEEDS], our_nodes = 0, their_nodes = 0, our_time = 0, their_time = 0;
    for (uint64_t seed = 0; seed < SEEDS; ++seed) {
        ours[seed] = theirs[seed] = HUGE_VAL;
        bench_search_result result = {0, 0}, minimal = {0, 0};
        for (size_t round = 0; round < options->rounds; ++round) {
            double start = bench_seconds();
            const e2l_status status = run_e2l(ctx, &points, seed + 1, &result);
            ours[seed] = bench_smaller(ours[seed], bench_seconds() - start);
            if (status != E2L_OK) {
                return status;
            }
            start = bench_seconds();
            minimal = minimal_of(e2l_isa_best())(&points, seed + 1, GENERATIONS);
            theirs[seed] = bench_smaller(theirs[seed], bench_seconds() - start);
        }
        our_nodes += result.nodes;
        their_nodes += minimal.nodes;
        our_time += ours[seed];
        their_time += theirs[seed];
    }
    const double ours_per_s = our_nodes / our_time, theirs_per_s = their_nodes / their_time;
    (void)bench_report(options, "regression: e2l", ours_per_s / 1e9, "G node evaluations/s", (double)NAN, true);
    (void)bench_report(options, "regression: minimal engine", theirs_per_s / 1e9, "G node evaluations/s", (double)NAN, true);
    (void)bench_report(options, "regression: generations/s, e2l", SEEDS * GENERATIONS / our_time, "", (double)NAN, true);
    (void)bench_report(options, "regression: generations/s, minimal engine", SEEDS * GENERATIONS / their_time, "",
                       (double)NAN, true);
    *passed = bench_report(options, "regression: e2l / minimal engine", ours_per_s / theirs_per_s, "", 1.2, true) && *passed;
    return E2L_OK;
}
