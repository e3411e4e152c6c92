/* command_bench.c: e2l bench: how many candidates per second this machine evaluates for a config, with the production code on one process.

   Candidates are drawn as random search draws them and as CGP makes them, half of the time each: what a search meets. */
#include "mpi/command.h"

#include <stdio.h>
#include <time.h>

#include "mpi/config.h"
#include "substrate/json.h"
#include "tasks/evaluate.h"

static const e2l_option OPTIONS[] = {
    {"--set", "KEY=VALUE", "changes one key of the config, for example search.columns=30", true},
    {"--seconds", "N", "measuring time, default 4", false},
    {"--json", NULL, "machine-readable output", false},
};
static const e2l_usage USAGE = {
    .command = "bench",
    .operands = "CONFIG.json",
    .min_operands = 1,
    .max_operands = 1,
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .about = "Evaluations per second of a config on this machine, one process.",
};

typedef struct bench_state {
    e2l_ctx *ctx;
    const e2l_config *config;
    e2l_evaluator *evaluator;
    size_t n_cases, n_slots;
    e2l_score *scores;     /* [batch][n_cases] */
    double *etas;          /* [batch][n_slots] */
    e2l_fitness *fitness;  /* [batch] */
    e2l_candidate *candidates;
    const e2l_expr *const **rules; /* [batch] */
    size_t *steps;
} bench_state;

typedef struct bench_result {
    const char *method;
    uint64_t n_candidates, n_ok;
    double seconds;
    e2l_stats stats; /* difference over the measurement */
} bench_result;

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static e2l_status evaluate(bench_state *state, const e2l_proposal *proposals, size_t n)
{
    const e2l_config *config = state->config;
    bool tuned = config->common.eta.kind == E2L_RATE_TUNE;
    double eta = config->common.eta.kind == E2L_RATE_FIXED ? config->common.eta.value : config->task->eta;
    for (size_t k = 0; k < n; k++) {
        for (size_t s = 0; s < state->n_slots; s++) {
            state->etas[k * state->n_slots + s] = eta;
        }
        state->rules[k] = proposals[k].rules;
        state->candidates[k] = (e2l_candidate){proposals[k].rules, state->etas + k * state->n_slots};
    }
    e2l_status status = tuned ? e2l_evaluate_tuned(state->evaluator, state->rules, n, state->etas, state->steps,
                                                   state->scores)
                              : e2l_evaluate(state->evaluator, state->candidates, n, state->scores);
    for (size_t k = 0; k < n && status == E2L_OK; k++) {
        state->fitness[k] = e2l_scores_fitness(state->scores + k * state->n_cases, state->n_cases);
    }
    return status;
}

static e2l_status measure(bench_state *state, e2l_search *search, double seconds, bench_result *out)
{
    e2l_stats before, after;
    e2l_evaluator_stats(state->evaluator, &before);
    double start = seconds_now(), now = start;
    while (now - start < seconds) {
        const e2l_proposal *proposals = NULL;
        size_t n = 0;
        e2l_status status = e2l_search_ask(search, &proposals, &n);
        status = status == E2L_OK ? evaluate(state, proposals, n) : status;
        status = status == E2L_OK ? e2l_search_tell(search, state->fitness, state->etas) : status;
        if (status != E2L_OK) {
            return status;
        }
        out->n_candidates += n;
        for (size_t k = 0; k < n; k++) {
            out->n_ok += state->fitness[k].ok ? 1 : 0;
        }
        now = seconds_now();
    }
    out->seconds = now - start;
    e2l_evaluator_stats(state->evaluator, &after);
    out->stats = (e2l_stats){.n_runs = after.n_runs - before.n_runs,
                             .n_steps = after.n_steps - before.n_steps,
                             .n_steps_saved = after.n_steps_saved - before.n_steps_saved,
                             .n_synapse_updates = after.n_synapse_updates - before.n_synapse_updates,
                             .n_nodes_rule = after.n_nodes_rule - before.n_nodes_rule,
                             .n_nodes_synapse = after.n_nodes_synapse - before.n_nodes_synapse,
                             .n_nodes_hoisted = after.n_nodes_hoisted - before.n_nodes_hoisted,
                             .n_calls = after.n_calls - before.n_calls,
                             .n_native = after.n_native - before.n_native,
                             .n_compiled = after.n_compiled - before.n_compiled};
    return E2L_OK;
}

static e2l_status measure_method(bench_state *state, e2l_search_method method, double seconds, bench_result *out)
{
    const e2l_config *config = state->config;
    const e2l_search_options options = {.struct_size = sizeof options,
                                        .method = method,
                                        .seed = config->search.seed,
                                        .parents = (size_t)config->search.parents,
                                        .offspring = (size_t)config->search.offspring,
                                        .shapes = config->shapes,
                                        .n_slots = state->n_slots};
    e2l_search *search = NULL;
    e2l_status status = e2l_search_create(state->ctx, &search, &options);
    if (status == E2L_OK) {
        status = measure(state, search, seconds, out);
    }
    e2l_search_destroy(search);
    return status;
}

static e2l_status allocate(bench_state *state, size_t batch)
{
    state->scores = e2l_alloc(state->ctx, batch * state->n_cases, sizeof *state->scores);
    state->etas = e2l_alloc(state->ctx, batch * state->n_slots, sizeof *state->etas);
    state->fitness = e2l_alloc(state->ctx, batch, sizeof *state->fitness);
    state->candidates = e2l_alloc(state->ctx, batch, sizeof *state->candidates);
    state->rules = e2l_alloc(state->ctx, batch, sizeof *state->rules);
    state->steps = e2l_alloc(state->ctx, batch, sizeof *state->steps);
    return state->scores && state->etas && state->fitness && state->candidates && state->rules && state->steps
               ? E2L_OK
               : E2L_NOMEM;
}

static void release(bench_state *state)
{
    e2l_free(state->ctx, state->scores);
    e2l_free(state->ctx, state->etas);
    e2l_free(state->ctx, state->fitness);
    e2l_free(state->ctx, state->candidates);
    e2l_free(state->ctx, (void *)(uintptr_t)state->rules);
    e2l_free(state->ctx, state->steps);
    e2l_evaluator_destroy(state->evaluator);
}

/* n of all rule sets compiled, per rule set. */
static double per_rule(const bench_result *result, uint64_t n)
{
    return (double)n / (double)(result->stats.n_compiled > 0 ? result->stats.n_compiled : 1);
}

static void print_people(const bench_result *result)
{
    double updates = (double)result->stats.n_synapse_updates;
    (void)printf("%-7s %9.0f candidates/s  %9.3g synapse updates/s  %6.2f ns/update  %5.1f %% ok", result->method,
                 (double)result->n_candidates / result->seconds, updates / result->seconds,
                 updates > 0.0 ? 1e9 * result->seconds / updates : 0.0,
                 100.0 * (double)result->n_ok / (double)(result->n_candidates > 0 ? result->n_candidates : 1));
    double steps = (double)(result->stats.n_steps + result->stats.n_steps_saved);
    (void)printf("\n        early abort saved %.1f %% of the steps\n",
                 steps > 0.0 ? 100.0 * (double)result->stats.n_steps_saved / steps : 0.0);
    (void)printf("        a step of network and rule has %.1f operations: %.1f run for every synapse, %.1f less often (hoisted)\n",
                 per_rule(result, result->stats.n_nodes_rule), per_rule(result, result->stats.n_nodes_synapse),
                 per_rule(result, result->stats.n_nodes_hoisted));
    (void)printf("        in %.1f calls of kernels, %.1f of them written out as machine code\n", per_rule(result, result->stats.n_calls),
                 per_rule(result, result->stats.n_native));
}

static void put_json(e2l_text *out, const bench_result *result)
{
    const e2l_stats *const stats = &result->stats;
    e2l_text_appendf(out, "  \"%s\": {\"candidates\": %llu, \"ok\": %llu, \"seconds\": ", result->method,
                     (unsigned long long)result->n_candidates, (unsigned long long)result->n_ok);
    e2l_json_put_number(out, result->seconds);
    e2l_text_append(out, ", \"candidates_per_s\": ");
    e2l_json_put_number(out, (double)result->n_candidates / result->seconds);
    e2l_text_appendf(out,
                     ", \"synapse_updates\": %llu, \"steps\": %llu, \"steps_saved\": %llu, \"nodes\": %llu, "
                     "\"nodes_synapse\": %llu, \"nodes_hoisted\": %llu, \"calls\": %llu, \"calls_native\": %llu, \"compiled\": %llu",
                     (unsigned long long)stats->n_synapse_updates, (unsigned long long)stats->n_steps,
                     (unsigned long long)stats->n_steps_saved, (unsigned long long)stats->n_nodes_rule,
                     (unsigned long long)stats->n_nodes_synapse, (unsigned long long)stats->n_nodes_hoisted,
                     (unsigned long long)stats->n_calls, (unsigned long long)stats->n_native,
                     (unsigned long long)stats->n_compiled);
    e2l_text_append(out, ", \"operations\": ");
    e2l_json_put_number(out, per_rule(result, stats->n_nodes_rule));
    e2l_text_append(out, ", \"operations_per_synapse\": ");
    e2l_json_put_number(out, per_rule(result, stats->n_nodes_synapse));
    e2l_text_append(out, "}");
}

static e2l_status print_json(e2l_ctx *ctx, const e2l_config *config, const bench_result *results, size_t n)
{
    e2l_text out;
    e2l_text_init(&out, ctx);
    e2l_text_appendf(&out, "{\n  \"schema\": \"e2l.bench/1\",\n  \"task\": \"%s\",\n  \"substrate\": \"%s\"",
                     config->task->name, config->substrate->name);
    for (size_t k = 0; k < n; k++) {
        e2l_text_append(&out, ",\n");
        put_json(&out, &results[k]);
    }
    e2l_text_append(&out, "\n}");
    e2l_status status = e2l_text_status(&out);
    if (status == E2L_OK) {
        (void)printf("%s\n", e2l_text_get(&out));
    }
    e2l_text_clear(&out);
    return status;
}

static e2l_status bench(e2l_ctx *ctx, const e2l_arguments *arguments, const e2l_config *config, e2l_device *device)
{
    bench_state state = {.ctx = ctx, .config = config, .n_slots = config->task->n_slots};
    const e2l_evaluator_options options = {.struct_size = sizeof options,
                                           .task = config->task,
                                           .task_options = config->task_options,
                                           .task_seed = config->common.seed,
                                           .set = E2L_SET_SEARCH,
                                           .n_cases = (size_t)config->common.cases,
                                           .eta_grid = (size_t)config->common.eta_grid,
                                           .substrate = config->substrate,
                                           .device = device};
    bench_result results[2] = {{.method = "cgp"}, {.method = "random"}};
    uint64_t seconds = 4;
    const char *given = e2l_arguments_get(arguments, &USAGE, "--seconds");
    e2l_status status = given ? e2l_arguments_count(ctx, &seconds, "--seconds", given, 1, 3600) : E2L_OK;
    status = status == E2L_OK ? e2l_evaluator_create(ctx, &state.evaluator, &options) : status;
    if (status == E2L_OK) {
        state.n_cases = e2l_evaluator_n_cases(state.evaluator);
        status = allocate(&state, (size_t)(config->search.parents + config->search.offspring));
    }
    double each = (double)seconds / 2.0;
    status = status == E2L_OK ? measure_method(&state, E2L_SEARCH_CGP, each, &results[0]) : status;
    status = status == E2L_OK ? measure_method(&state, E2L_SEARCH_RANDOM, each, &results[1]) : status;
    release(&state);
    if (status == E2L_OK && e2l_arguments_has(arguments, &USAGE, "--json")) {
        status = print_json(ctx, config, results, 2);
    } else if (status == E2L_OK) {
        (void)printf("task %s, %zu search cases, substrate %s, one process\n", config->task->name, state.n_cases,
                     config->substrate->name);
        print_people(&results[0]);
        print_people(&results[1]);
    }
    return status;
}

static e2l_status run_bench(e2l_ctx *ctx, const e2l_arguments *arguments)
{
    e2l_config config = {.ctx = ctx};
    e2l_device *device = NULL;
    size_t k = e2l_arguments_index(&USAGE, "--set");
    e2l_status status =
        e2l_config_read(ctx, &config, arguments->operands[0], arguments->values[k].at, arguments->values[k].n);
    status = status == E2L_OK ? config.substrate->open(ctx, &device, config.substrate_options) : status;
    if (status == E2L_OK) {
        status = bench(ctx, arguments, &config, device);
        config.substrate->close(ctx, device);
    }
    e2l_config_clear(&config);
    return status;
}

int e2l_command_bench(int argc, char **argv)
{
    return e2l_command_with(&USAGE, argc, argv, run_bench);
}
