/* contest.c: contestants in turn, round after round; a row of the table for each contest; the goals.

   Goals: engine / hand at most 1.5 as geometric mean of a group and 2 in every case (aimed at: 1.25 and 1.6), interpreter / engine at
   least 10 as geometric mean; a single-precision engine at least 1.8 times as fast. The engine's time is that of substrate->run:
   compiling the rules, what a case draws, all steps, checks for divergence after each update, recording. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/primitive.h"
#include "tests/bench/bench.h"

static const double MOST_MEAN = 1.5, MOST_RATIO = 2.0, AIM_MEAN = 1.25, AIM_RATIO = 1.6, LEAST_SPEED = 10, LEAST_SINGLE = 1.8;
/* Seconds: after which a contest has no further round, after which an engine's first run counts (and is not repeated beyond ENOUGH),
   of a contestant in a round. */
static const double ENOUGH = 20, SLOW = 4, SHARE = 0.03;
enum { MOST_REPEATS = 20 };

/* ---- data ---------------------------------------------------------------------------------------------------- */
/* The finaliser of SplitMix64 (Steele, Lea & Flood 2014), chained over the words. */
static uint64_t mix(uint64_t state, uint64_t word)
{
    uint64_t z = state + word + 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double bench_uniform(uint64_t seed, uint64_t row, uint64_t element, uint64_t a_case)
{
    const uint64_t bits = mix(mix(mix(mix(0, seed), row), element), a_case);
    return ((double)(bits >> 11) + 0.5) * 0x1p-53;
}

double bench_normal(uint64_t seed, uint64_t row, uint64_t element, uint64_t a_case)
{
    const double turn = 6.283185307179586 * bench_uniform(seed + 1000, row, element, a_case);
    return sqrt(-2 * log(bench_uniform(seed, row, element, a_case))) * cos(turn);
}

/* ---- one contest ------------------------------------------------------------------------------------------------ */
typedef struct result {
    double engine, hand, interpreter, option; /* seconds */
    size_t best;                              /* variant */
    double difference;                        /* smallest of the variants by hand */
    double most, most_interpreter;            /* largest of them */
    double option_difference;
} result;

/* Largest |a - b| over the largest |a| of a case, over all cases. */
static double difference_of(const bench_engine *e, double (*other)(const void *, size_t, size_t), const void *user)
{
    double most = 0;
    for (size_t k = 0; k < e->contest->n_cases; ++k) {
        double off = 0, large = 0;
        for (size_t i = 0; i < e->n_values; ++i) {
            const double a = e->recordings[k].values[i], b = other(user, k, i);
            off = isnan(a) || isnan(b) ? HUGE_VAL : fmax(off, fabs(a - b));
            large = fmax(large, fabs(a));
        }
        most = fmax(most, off > 0 ? off / large : 0);
    }
    return most;
}

typedef struct collected {
    const double *values;
    size_t n_values;
} collected;

static double collected_value(const void *user, size_t a_case, size_t i)
{
    const collected *const c = user;
    return c->values[a_case * c->n_values + i];
}

static double engine_value(const void *user, size_t a_case, size_t i)
{
    const bench_engine *const e = user;
    return e->recordings[a_case].values[i];
}

static double difference(const bench_engine *e, double *room)
{
    const bench_contest *const contest = e->contest;
    for (size_t k = 0; k < contest->n_cases; ++k) {
        contest->collect(contest->user, k, room + k * e->n_values);
    }
    const collected c = {room, e->n_values};
    return difference_of(e, collected_value, &c);
}

/* One contestant's share of a round: again and again until that has taken long enough to be measured, on a shared machine. */
typedef struct share {
    double spent;
    size_t n;
} share;

static bool has_share(const share *s)
{
    return s->n == 0 || (s->n < MOST_REPEATS && s->spent < SHARE);
}

static void take(share *s, double seconds, double *least)
{
    s->spent += seconds;
    s->n++;
    *least = bench_smaller(*least, seconds);
}

static void hand_round(const bench_engine *e, double *room, bool first, result *r)
{
    const bench_contest *const contest = e->contest;
    for (size_t variant = 0; variant < contest->n_variants; ++variant) {
        double least = HUGE_VAL;
        const unsigned saved = e2l_flush_begin();
        for (share s = {0, 0}; has_share(&s);) {
            const double start = bench_seconds();
            contest->hand(contest->user, variant);
            take(&s, bench_seconds() - start, &least);
        }
        e2l_flush_end(saved);
        r->best = least < r->hand ? variant : r->best;
        r->hand = bench_smaller(r->hand, least);
        if (first) {
            const double off = difference(e, room);
            r->difference = fmin(r->difference, off);
            r->most = fmax(r->most, off);
        }
    }
}

static void interpreter_round(const bench_engine *e, double *room, result *r)
{
    const unsigned saved = e2l_flush_begin();
    for (share s = {0, 0}; has_share(&s);) {
        const double start = bench_seconds();
        e->contest->interpret(e->contest->user);
        take(&s, bench_seconds() - start, &r->interpreter);
    }
    e2l_flush_end(saved);
    r->most_interpreter = fmax(r->most_interpreter, difference(e, room));
}

static e2l_status engine_round(e2l_ctx *ctx, bench_engine *e, double *least)
{
    e2l_status status = E2L_OK;
    for (share s = {0, 0}; status == E2L_OK && has_share(&s);) {
        double seconds = 0;
        status = bench_engine_run(ctx, e, &seconds);
        take(&s, seconds, least);
    }
    return status;
}

static e2l_status rounds(e2l_ctx *ctx, const bench_options *options, bench_engine *e, bench_engine *second, double *room, result *r)
{
    double first = 0; /* keeps what the case draws */
    const double start = bench_seconds();
    e2l_status status = bench_engine_run(ctx, e, &first);
    const bool is_slow = first > SLOW;
    r->engine = is_slow ? first : r->engine;
    if (status == E2L_OK && options->option != NULL) {
        double kept = 0;
        status = bench_engine_run(ctx, second, &kept);
    }
    for (size_t round = 0; status == E2L_OK && round < options->rounds; ++round) {
        if (round > 1 && bench_seconds() - start > ENOUGH) {
            break;
        }
        status = is_slow && (round != 1 || first > ENOUGH) ? status : engine_round(ctx, e, &r->engine);
        if (status == E2L_OK && options->option != NULL) {
            status = engine_round(ctx, second, &r->option);
            r->option_difference = status == E2L_OK ? difference_of(e, engine_value, second) : 0;
        }
        if (status == E2L_OK) {
            hand_round(e, room, round == 0, r);
        }
        if (status == E2L_OK && round < 2 && e->contest->interpret != NULL) {
            interpreter_round(e, room, r);
        }
    }
    return status;
}

static e2l_status hold(e2l_ctx *ctx, const bench_options *options, const bench_contest *contest, result *r)
{
    bench_engine e = {0}, second = {0};
    double *room = NULL;
    *r = (result){.engine = HUGE_VAL, .hand = HUGE_VAL, .interpreter = HUGE_VAL, .option = HUGE_VAL, .difference = HUGE_VAL};
    e2l_status status = bench_engine_open(ctx, &e, contest, NULL);
    if (status == E2L_OK && options->option != NULL) {
        status = bench_engine_open(ctx, &second, contest, options->option);
    }
    if (status == E2L_OK) {
        room = e2l_alloc_lanes(ctx, contest->n_cases * e.n_values, sizeof *room);
        status = room != NULL ? rounds(ctx, options, &e, &second, room, r) : E2L_NOMEM;
    }
    e2l_free(ctx, room);
    bench_engine_close(ctx, &e);
    bench_engine_close(ctx, &second);
    return status;
}

/* ---- the table ------------------------------------------------------------------------------------------------------ */
static void print_head(bench_table *table)
{
    if (table->n_rows++ == 0 && !table->options.json) {
        printf("%-26s %8s %8s %8s %7s %8s %7s\n", "", "engine", "hand", "interp.", "engine/", "interp./", "largest");
        printf("%-26s %26s %7s %8s %7s\n", "case", "ns per synapse and step", "hand", "engine", "diff.");
    }
}

static void print_row(bench_table *table, const bench_contest *contest, const result *r)
{
    const double ns = 1e9 / contest->n_updates, ratio = r->engine / r->hand;
    if (table->options.json) {
        printf("{\"case\": \"%s\", \"rule\": \"%s\", \"engine_ns\": %.6g, \"hand_ns\": %.6g, \"hand_variant\": %zu, \"ratio\": %.6g, \"goal\": \"<= %g\", \"met\": %s, ",
               contest->name, contest->rules[0], r->engine * ns, r->hand * ns, r->best, ratio, MOST_RATIO, ratio <= MOST_RATIO ? "true" : "false");
        if (contest->interpret != NULL) {
            printf("\"interpreter_ns\": %.6g, \"speed\": %.6g, ", r->interpreter * ns, r->interpreter / r->engine);
        }
        if (table->options.option != NULL) {
            printf("\"option\": \"%s\", \"option_ns\": %.6g, \"option_speed\": %.6g, \"option_difference\": %.3g, ", table->options.option,
                   r->option * ns, r->engine / r->option, r->option_difference);
        }
        printf("\"difference\": %.3g}\n", r->difference);
        fflush(stdout);
        return;
    }
    printf("%-26s %8.3f %8.3f ", contest->name, r->engine * ns, r->hand * ns);
    if (contest->interpret != NULL) {
        printf("%8.2f %7.2f %8.1f", r->interpreter * ns, ratio, r->interpreter / r->engine);
    } else {
        printf("%8s %7.2f %8s", "-", ratio, "-");
    }
    printf(" %7.0e%s\n", r->difference, ratio <= MOST_RATIO ? "" : " *");
    if (table->options.option != NULL) {
        printf("  %s: %.3f ns, %.2f times as fast, difference %.0e\n", table->options.option, r->option * ns, r->engine / r->option,
               r->option_difference);
    }
    fflush(stdout);
}

static void check(bench_table *table, const bench_contest *contest, const result *r)
{
    if (!(r->difference <= BENCH_SAME) || !(r->most <= BENCH_CLOSE) || !(r->most_interpreter <= BENCH_CLOSE)) {
        printf("%s: contestants differ: by hand %.3g to %.3g, interpreter %.3g\n", contest->name, r->difference, r->most,
               r->most_interpreter);
        table->passed = false;
    }
}

static void add(bench_table *table, const bench_contest *contest, const result *r)
{
    bench_tally *const tally = &table->tallies[contest->group];
    const double ratio = r->engine / r->hand;
    tally->log_ratio += log(ratio);
    tally->worst = fmax(tally->worst, ratio);
    tally->n++;
    if (contest->interpret != NULL) {
        tally->log_speed += log(r->interpreter / r->engine);
        tally->n_speed++;
    }
    if (table->options.option != NULL) {
        tally->log_option += log(r->engine / r->option);
    }
    table->passed = table->passed && ratio <= MOST_RATIO;
}

e2l_status bench_run(e2l_ctx *ctx, bench_table *table, const bench_contest *contest)
{
    if (!bench_wanted(table, contest->name)) {
        return E2L_OK;
    }
    result r;
    const e2l_status status = hold(ctx, &table->options, contest, &r);
    if (status == E2L_OK) {
        print_head(table);
        print_row(table, contest, &r);
        check(table, contest, &r);
        add(table, contest, &r);
    }
    return status;
}

/* ---- goals ---------------------------------------------------------------------------------------------------------- */
bool bench_wanted(const bench_table *table, const char *name)
{
    return table->options.only == NULL || strstr(name, table->options.only) != NULL;
}

void bench_report(bench_table *table, const char *name, double value, const char *unit, double goal, bool goal_is_least)
{
    table->n_figures++;
    const bool has_goal = !isnan(goal);
    const bool met = !has_goal || (goal_is_least ? value >= goal : value <= goal);
    table->passed = table->passed && met;
    if (table->options.json) {
        printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"", name, value, unit);
        if (has_goal) {
            printf(", \"goal\": \"%s %g\", \"met\": %s", goal_is_least ? ">=" : "<=", goal, met ? "true" : "false");
        }
        printf("}\n");
        return;
    }
    printf("  %-46s %8.3f %s", name, value, unit);
    if (has_goal) {
        printf(" goal %s %g: %s", goal_is_least ? ">=" : "<=", goal, met ? "PASS" : "FAIL");
    }
    printf("\n");
    fflush(stdout);
}

static void report_group(bench_table *table, const char *name, const bench_tally *tally)
{
    char line[96];
    const double mean = exp(tally->log_ratio / (double)tally->n);
    (void)snprintf(line, sizeof line, "%s: mean engine / hand", name);
    bench_report(table, line, mean, "", MOST_MEAN, false);
    (void)snprintf(line, sizeof line, "%s: worst engine / hand", name);
    bench_report(table, line, tally->worst, "", MOST_RATIO, false);
    if (tally->n_speed > 0) {
        (void)snprintf(line, sizeof line, "%s: mean interpreter / engine", name);
        bench_report(table, line, exp(tally->log_speed / (double)tally->n_speed), "", (double)NAN, true);
    }
    if (!table->options.json) {
        printf("    aims: mean %g %s, worst %g %s\n", AIM_MEAN, mean <= AIM_MEAN ? "reached" : "not reached", AIM_RATIO,
               tally->worst <= AIM_RATIO ? "reached" : "not reached");
    }
}

void bench_summary(bench_table *table)
{
    static const char *const names[BENCH_N_GROUPS] = {"ten cases", "more of one neuron", "networks", "rules of searches"};
    bench_tally all = {0};
    bool beyond = false;
    for (size_t k = 0; k < BENCH_N_GROUPS; ++k) {
        beyond = beyond || table->tallies[k].worst > MOST_RATIO;
    }
    if (beyond && !table->options.json) {
        printf("* engine / hand beyond %g\n", MOST_RATIO);
    }
    for (size_t k = 0; k < BENCH_N_GROUPS; ++k) {
        const bench_tally *const tally = &table->tallies[k];
        if (tally->n > 0) {
            report_group(table, names[k], tally);
        }
        all.log_speed += tally->log_speed;
        all.n_speed += tally->n_speed;
        all.log_option += tally->log_option;
        all.n += tally->n;
    }
    if (all.n_speed > 0) {
        bench_report(table, "all: mean interpreter / engine", exp(all.log_speed / (double)all.n_speed), "", LEAST_SPEED, true);
    }
    if (all.n > 0 && table->options.option != NULL) {
        const bool is_single = strncmp(table->options.option, "precision=", strlen("precision=")) == 0;
        bench_report(table, "all: mean engine / engine with the option", exp(all.log_option / (double)all.n), "",
                     is_single ? LEAST_SINGLE : (double)NAN, true);
    }
}
