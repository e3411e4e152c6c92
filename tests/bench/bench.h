/* bench.h: what the parts of e2l-bench share.

   Every comparison runs its contestants in turn, round after round, in one process and takes the smallest thread CPU time of
   each: on a shared machine ratios of such minima repeat to about 5 %, absolute times do not. */
#ifndef E2L_TESTS_BENCH_H
#define E2L_TESTS_BENCH_H

#include "cgp/base.h"
#include "cgp/expr.h"
#include "substrate/substrate.h"

typedef struct bench_options {
    size_t rounds;
    const char *only;   /* part of a case's name, or NULL */
    const char *option; /* KEY=VALUE: an option of the substrate for a second engine, or NULL */
    const char *program; /* how this one was called */
    bool json;
} bench_options;

/* Cases whose ratios are taken together. */
typedef enum bench_group { BENCH_TEN, BENCH_PCA, BENCH_NETWORKS, BENCH_RULES, BENCH_N_GROUPS } bench_group;
typedef struct bench_tally {
    double log_ratio, log_speed, log_option; /* engine / hand, interpreter / engine, engine / second engine */
    double worst;
    size_t n, n_speed;
} bench_tally;
/* What has been measured so far. */
typedef struct bench_table {
    bench_options options;
    bench_tally tallies[BENCH_N_GROUPS];
    size_t n_rows, n_figures;
    bool passed;
} bench_table;

/* Seconds of CPU this thread has used. */
double bench_seconds(void);
static inline double bench_smaller(double a, double b)
{
    return a < b ? a : b;
}
bool bench_wanted(const bench_table *table, const char *name);
/* One figure: printed as text, or as a line of JSON. `goal` NaN: none. A goal that is missed fails the table. */
void bench_report(bench_table *table, const char *name, double value, const char *unit, double goal, bool goal_is_least);
/* Geometric means and worst ratios of the groups, held against the goals. */
void bench_summary(bench_table *table);

/* ---- data ------------------------------------------------------------------------------------------------
   A number in (0, 1), or a standard normal one: a pure function of its arguments, so that nothing need be kept. */
double bench_uniform(uint64_t seed, uint64_t row, uint64_t element, uint64_t a_case);
double bench_normal(uint64_t seed, uint64_t row, uint64_t element, uint64_t a_case);

/* ---- contests ------------------------------------------------------------------------------------------
   An experiment with its rules, and who else computes it. All contestants begin with what the case's arrays hold and end with
   what the probes of the experiment saw; making the arrays is nobody's time. */
typedef struct bench_setting {
    const char *parameter;
    double value;
} bench_setting;

typedef struct bench_contest {
    const char *name;
    bench_group group;
    const char *network; /* tests/bench/networks/NETWORK.json */
    const bench_setting *settings; /* parameters of the network that differ from the file */
    size_t n_settings;
    const char *without;      /* a probe of the file that is left out, or NULL */
    const char *const *rules; /* [n_slots] */
    double eta;               /* of all slots */
    size_t n_cases;
    double n_updates; /* synapses x steps x cases, for ns per update */
    void *user;
    /* Element of row `row` of array `array` of the network. */
    double (*value)(const void *user, size_t array, uint64_t row, uint64_t element, uint64_t a_case);
    /* By hand, the way `variant` has it; the fastest one counts, all must be right. */
    void (*hand)(void *user, size_t variant);
    size_t n_variants;
    void (*interpret)(void *user); /* NULL: nobody interprets */
    /* What the last of them ended with, as in a recording of the experiment. */
    void (*collect)(const void *user, uint64_t a_case, double *values);
} bench_contest;

/* Largest difference between contestants over the largest value, with the engine's tanh and exp; with other people's. */
#define BENCH_SAME 1e-12
#define BENCH_CLOSE 1e-9

/* Runs it and prints its row; with `--only` that leaves it out, nothing. */
E2L_MUST_CHECK e2l_status bench_run(e2l_ctx *ctx, bench_table *table, const bench_contest *contest);

/* ---- the production engine --------------------------------------------------------------------------------- */
typedef struct bench_engine {
    const bench_contest *contest;
    const e2l_substrate *substrate;
    e2l_arena *arena; /* the experiment */
    e2l_experiment experiment;
    e2l_device *device;
    e2l_plan *plan;
    e2l_expr **owned;             /* [n_slots] */
    const e2l_expr **rules;       /* [n_slots] */
    double *etas;                 /* [n_slots] */
    e2l_case *cases;
    e2l_recording *recordings;
    double *values; /* [n_cases][n_values] */
    size_t n_slots, n_values;
} bench_engine;

/* `option` is KEY=VALUE or NULL. Borrows the contest; bench_engine_close also after a failure. */
E2L_MUST_CHECK e2l_status bench_engine_open(e2l_ctx *ctx, bench_engine *e, const bench_contest *contest, const char *option);
/* One run of all cases; an outcome other than ok is an error. */
E2L_MUST_CHECK e2l_status bench_engine_run(e2l_ctx *ctx, bench_engine *e, double *seconds);
void bench_engine_close(e2l_ctx *ctx, bench_engine *e);

/* ---- a scalar graph interpreter -------------------------------------------------------------------------------
   As it is usually written: the active nodes one after the other, one switch per node. Constants wait in their places. */
typedef struct bench_graph bench_graph;
/* `names` are those that the text may use; values of them are handed in. */
E2L_MUST_CHECK e2l_status bench_graph_create(e2l_ctx *ctx, bench_graph **out, const char *text, const char *const *names,
                                             size_t n_names);
void bench_graph_destroy(e2l_ctx *ctx, bench_graph *graph);
double bench_graph_value(bench_graph *graph, const double *names);

/* ---- by hand ------------------------------------------------------------------------------------------------
   Compiled once per instruction set with that set's flags; BENCH_HAND(name, isa) is the one for this machine. */
#define BENCH_HANDS(type, name) type bench_##name##_sse2, bench_##name##_avx2, bench_##name##_avx512
#define BENCH_HAND(name, isa)                                                                      \
    ((isa) == E2L_ISA_AVX512 ? bench_##name##_avx512 : (isa) == E2L_ISA_AVX2 ? bench_##name##_avx2 : bench_##name##_sse2)

/* The rules of the ten cases. */
enum { BENCH_RULE_0, BENCH_RULE_1, BENCH_RULE_2, BENCH_RULE_3, BENCH_N_RULES };
extern const char *const bench_rule_texts[BENCH_N_RULES];
extern const char *const bench_rule_names[3]; /* x y w */

/* The parts. */
e2l_status bench_pca(e2l_ctx *ctx, bench_table *table);
/* What `e2l-bench --peak` prints: the most memory that the engine needs for 2000 neurons with 4 million plastic synapses. */
e2l_status bench_peak(e2l_ctx *ctx, double *bytes);
e2l_status bench_layered(e2l_ctx *ctx, bench_table *table);
e2l_status bench_recurrent(e2l_ctx *ctx, bench_table *table);
e2l_status bench_elise(e2l_ctx *ctx, bench_table *table);
e2l_status bench_spiking(e2l_ctx *ctx, bench_table *table);
e2l_status bench_rules(e2l_ctx *ctx, bench_table *table);
e2l_status bench_regression(e2l_ctx *ctx, bench_table *table);

#endif
