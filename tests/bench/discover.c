/* discover.c: one search until it finds what the task hides, or its budget is used; a line of JSON about it.

   e2l-discover CONFIG [--set KEY=VALUE]...
   One island of the production search (mpi/island, mpi/scorer), so what is counted is what `e2l run` does. The budget is
   search.evaluations: different candidates evaluated, which is what a cache cannot answer.

   Success, looked at whenever the best score of the run rises:
   - a task that knows its solution (is_solution): the best rule is it;
   - else a task with a mark (solved): the best score reaches it;
   - else: the mean over the test cases is at least the reference's - 0.001, with every case ok, and no shifted set is lost by more than
     the task tolerates (0.02 unless its record says otherwise); learning rates as the search's eta rule found them on the search cases, for rule and reference alike. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mpi/island.h"
#include "mpi/scoring.h"
#include "substrate/json.h"

enum { MAX_SETS = 16 };
static const double test_margin = 0.001;

/* A held-out set, with the reference judged on it. */
typedef struct held_out {
    char name[64];
    e2l_judge judge;
    e2l_judged reference;
    double margin;
} held_out;

typedef struct discovery {
    e2l_ctx *ctx;
    e2l_config config;
    e2l_lab lab;
    e2l_scorer *scorer;
    e2l_island island;
    e2l_rule_choices reference;
    held_out sets[MAX_SETS];
    size_t n_sets;
    e2l_fitness best;
    char *rule;             /* text of the best, owned */
    double test, worst_shift; /* differences to the reference of the best */
    bool solved;
} discovery;

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- success ------------------------------------------------------------------------------------------*/
static e2l_status open_set(discovery *d, const char *name, double margin)
{
    held_out *set = &d->sets[d->n_sets];
    (void)snprintf(set->name, sizeof set->name, "%s", name);
    set->margin = margin;
    e2l_status status = e2l_judge_open(d->ctx, &set->judge, &d->lab, set->name, 0);
    d->n_sets++;
    return status == E2L_OK ? e2l_judge_rule(&set->judge, &d->reference.at[0], &set->reference) : status;
}

static e2l_status open_sets(discovery *d)
{
    char name[64];
    const char *text[E2L_MAX_SLOTS] = {"name:"};
    const e2l_task *task = d->config.task;
    char reference[128];
    (void)snprintf(reference, sizeof reference, "name:%s", task->references[0].name);
    text[0] = reference;
    e2l_status status = e2l_rule_choices_read(d->ctx, &d->reference, task, text, 1, "reference");
    if (status == E2L_OK) {
        status = open_set(d, E2L_SET_TEST, test_margin);
    }
    for (size_t k = 0; status == E2L_OK && task->shifts && task->shifts[k] && d->n_sets < MAX_SETS; k++) {
        (void)snprintf(name, sizeof name, "%s%s", E2L_SET_SHIFT, task->shifts[k]);
        status = open_set(d, name, e2l_tolerated_loss(task));
    }
    return status;
}

/* Mean difference to the reference; -HUGE_VAL when a case failed. */
static double difference(const held_out *set, const e2l_judged *judged)
{
    return judged->n_ok == set->judge.n_cases ? judged->summary.mean - set->reference.summary.mean : -HUGE_VAL;
}

static e2l_status holds(discovery *d, const e2l_individual_view *best, bool *yes)
{
    e2l_rule_choice choice = {.label = NULL};
    for (size_t s = 0; s < d->config.task->n_slots; s++) {
        choice.rules[s] = (e2l_expr *)(uintptr_t)best->rules[s]; /* only read */
        choice.etas[s] = best->etas[s];
    }
    *yes = true;
    d->worst_shift = HUGE_VAL;
    e2l_status status = E2L_OK;
    for (size_t k = 0; status == E2L_OK && *yes && k < d->n_sets; k++) {
        e2l_judged judged;
        status = e2l_judge_rule(&d->sets[k].judge, &choice, &judged);
        if (status == E2L_OK) {
            double lost = difference(&d->sets[k], &judged);
            d->test = k == 0 ? lost : d->test;
            d->worst_shift = k > 0 && lost < d->worst_shift ? lost : d->worst_shift;
            *yes = lost >= -d->sets[k].margin;
        }
        e2l_judged_clear(d->ctx, &judged);
    }
    return status;
}

static e2l_status check_best(discovery *d, const e2l_individual_view *best)
{
    const e2l_task *task = d->config.task;
    if (task->is_solution) {
        return task->is_solution(d->ctx, d->config.task_options, best->rules, &d->solved);
    }
    double mark = e2l_task_solved(task);
    if (!isnan(mark)) {
        d->solved = best->fitness.ok && best->fitness.score >= mark;
        return E2L_OK;
    }
    return holds(d, best, &d->solved);
}

static e2l_status keep_text(discovery *d, const e2l_individual_view *best)
{
    e2l_text text = {.ctx = d->ctx};
    uint64_t complexity;
    e2l_status status = e2l_rules_describe(d->ctx, d->config.task, best->rules, &text, &complexity);
    e2l_free(d->ctx, d->rule);
    d->rule = NULL;
    if (status == E2L_OK) {
        d->rule = e2l_alloc(d->ctx, text.n + 1, 1);
        status = d->rule ? E2L_OK : E2L_NOMEM;
    }
    if (status == E2L_OK) {
        memcpy(d->rule, e2l_text_get(&text), text.n + 1);
    }
    e2l_text_clear(&text);
    return status == E2L_UNSUPPORTED ? E2L_OK : status;
}

/* ---- searching ----------------------------------------------------------------------------------------*/
static e2l_status search(discovery *d)
{
    e2l_status status = E2L_OK;
    const uint64_t n = d->config.search.generations;
    while (status == E2L_OK && !d->solved && !e2l_island_is_spent(&d->island) &&
           e2l_search_generation(d->island.search) < n) {
        status = e2l_island_step(&d->island, d->scorer);
        e2l_text_reset(&d->island.history);
        e2l_text_reset(&d->island.lineage);
        e2l_individual_view best;
        e2l_search_parent(d->island.search, 0, &best);
        if (status == E2L_OK && best.fitness.ok && (!d->best.ok || best.fitness.score > d->best.score)) {
            d->best = best.fitness;
            status = keep_text(d, &best);
            status = status == E2L_OK ? check_best(d, &best) : status;
        }
    }
    return status;
}

static bool uses_reference(const e2l_task *task)
{
    return !task->is_solution && isnan(e2l_task_solved(task));
}

static e2l_status open_all(discovery *d, const char *path, const char *const *settings, size_t n)
{
    e2l_status status = e2l_config_read(d->ctx, &d->config, path, settings, n);
    if (status == E2L_OK && d->config.search.islands != 1) {
        status = e2l_fail(d->ctx, E2L_INPUT, "search.islands: %llu; here: 1",
                          (unsigned long long)d->config.search.islands);
    }
    status = status == E2L_OK ? e2l_lab_open(d->ctx, &d->lab, &d->config, NULL) : status;
    status = status == E2L_OK ? e2l_scorer_create(d->ctx, &d->scorer, &d->lab) : status;
    status = status == E2L_OK ? e2l_island_init(d->ctx, &d->island, &d->config, 0) : status;
    return status == E2L_OK && uses_reference(d->config.task) ? open_sets(d) : status;
}

static void close_all(discovery *d)
{
    for (size_t k = 0; k < d->n_sets; k++) {
        e2l_judged_clear(d->ctx, &d->sets[k].reference);
        e2l_judge_close(&d->sets[k].judge);
    }
    e2l_rule_choices_clear(d->ctx, &d->reference);
    e2l_island_clear(&d->island);
    e2l_scorer_destroy(d->scorer);
    e2l_lab_close(&d->lab);
    e2l_config_clear(&d->config);
    e2l_free(d->ctx, d->rule);
}

/* ---- the line -----------------------------------------------------------------------------------------*/
static void put(e2l_text *line, const char *key, double value)
{
    e2l_text_appendf(line, ",\"%s\":", key);
    e2l_json_put_number(line, isfinite(value) ? value : (double)NAN);
}

static e2l_status report(const discovery *d, double seconds)
{
    e2l_text line = {.ctx = d->ctx};
    e2l_text_appendf(&line, "{\"task\":\"%s\",\"method\":\"%s\",\"seed\":%llu,\"budget\":%llu,\"solved\":%s,\"evaluations\":%llu",
                     d->config.task->name, d->config.search.method == E2L_SEARCH_CGP ? "cgp" : "random",
                     (unsigned long long)d->config.search.seed, (unsigned long long)d->config.search.evaluations,
                     d->solved ? "true" : "false", (unsigned long long)d->island.memo.n_evaluations);
    e2l_text_appendf(&line, ",\"generations\":%llu,\"restarts\":%llu",
                     (unsigned long long)e2l_search_generation(d->island.search),
                     (unsigned long long)e2l_search_n_restarts(d->island.search));
    put(&line, "cpu_s", seconds);
    put(&line, "score", d->best.ok ? d->best.score : (double)NAN);
    put(&line, "test", d->n_sets > 0 ? d->test : (double)NAN);
    put(&line, "worst_shift", d->n_sets > 0 ? d->worst_shift : (double)NAN);
    e2l_text_append(&line, ",\"rule\":");
    e2l_json_quote(&line, d->rule ? d->rule : "");
    e2l_text_append(&line, "}\n");
    e2l_status status = e2l_text_status(&line);
    if (status == E2L_OK) {
        (void)fputs(e2l_text_get(&line), stdout);
    }
    e2l_text_clear(&line);
    return status;
}

int main(int argc, char **argv)
{
    const char *settings[64];
    size_t n = 0;
    for (int k = 2; k + 1 < argc && n < 64 && strcmp(argv[k], "--set") == 0; k += 2) {
        settings[n++] = argv[k + 1];
    }
    if (argc < 2 || (size_t)argc != 2 + 2 * n) {
        (void)fputs("usage: e2l-discover CONFIG [--set KEY=VALUE]...\n", stderr);
        return 2;
    }
    e2l_ctx *ctx = NULL;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 1;
    }
    static discovery d;
    d = (discovery){.ctx = ctx, .test = -HUGE_VAL, .worst_shift = -HUGE_VAL};
    double start = cpu_seconds();
    e2l_status status = open_all(&d, argv[1], settings, n);
    status = status == E2L_OK ? search(&d) : status;
    status = status == E2L_OK ? report(&d, cpu_seconds() - start) : status;
    if (status != E2L_OK) {
        (void)fprintf(stderr, "e2l-discover: %s\n", e2l_ctx_message(ctx));
    }
    close_all(&d);
    e2l_ctx_destroy(ctx);
    return status == E2L_OK ? 0 : status == E2L_INPUT ? 2 : 1;
}
