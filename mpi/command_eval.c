/* command_eval.c: e2l eval: scores of given rules on the cases of a task. */
#include "mpi/command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mpi/figures.h"
#include "mpi/record.h"
#include "mpi/remarks.h"
#include "mpi/page.h"
#include "mpi/scoring.h"
#include "mpi/simplify.h"
#include "mpi/spec.h"
#include "substrate/json.h"

static const e2l_option OPTIONS[] = {
    {"--task", "SPEC", "NAME[:KEY=VALUE,...], see e2l list tasks NAME (required)", false},
    {"--rule", "RULE", "EXPR, SLOT=EXPR, @FILE or name:REFERENCE (required; repeats)", true},
    {"--substrate", "SPEC", "where to run it, default cpu", false},
    {"--set", "SET", "search, select, test (default), shift:NAME, all (data files)", false},
    {"--cases", "N", "number of cases, default: the set's usual number", false},
    {"--seed", "TASKSEED", "task.seed, default 1", false},
    {"--compare", "RULE", "a rule to compare with, case by case; default: the first of several", false},
    {"--simplify", NULL, "take out what carries no score on the select cases, and say what", false},
    {"--record", "FILE.csv", "what every probe saw, look by look, before any fold (one --rule)", false},
    {"--record-probe", "NAME", "with --record: this probe alone", false},
    {"--record-every", NULL, "with --record: at every step, whatever the probes' conditions", false},
    {"--no-norm", NULL, "no score_norm: reference and data-blind rules are not run beside the rules", false},
    {"--json", NULL, "machine-readable output", false},
};
static const e2l_usage USAGE = {
    .command = "eval",
    .operands = "",
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .about = "Scores of rules on the cases of a task.",
};
static const uint64_t MAX_CASES = 1000000, MAX_SEED = (uint64_t)1 << 53;

/* Everything one call of eval holds. */
typedef struct eval_state {
    e2l_ctx *ctx;
    const e2l_arguments *arguments; /* borrowed */
    e2l_config config;
    bool has_config;
    e2l_lab lab;
    bool has_lab;
    e2l_judge judge;
    e2l_rule_choices rules, compare;
    e2l_judged *judged; /* [rules.n] */
    e2l_judged reference;
    e2l_normalised *norms; /* [rules.n] */
    e2l_paired *paired;    /* [rules.n] */
    e2l_simplification *simplified; /* [rules.n] with --simplify */
    e2l_text remarks; /* of the task on these cases */
} eval_state;

static const char *argument(const eval_state *state, const char *name)
{
    return e2l_arguments_get(state->arguments, &USAGE, name);
}

/* ---- reading the command line ---- */

/* {"task": SPEC, "substrate": SPEC} as a config would hold it. */
static e2l_status build_config_json(eval_state *state, cJSON *root)
{
    static const char *const GROUPS[][2] = {{"--task", "task"}, {"--substrate", "substrate"}};
    for (size_t k = 0; k < 2; k++) {
        const char *spec = argument(state, GROUPS[k][0]);
        cJSON *group = NULL;
        if (!spec) {
            continue;
        }
        e2l_status status = e2l_spec_parse(state->ctx, &group, spec, GROUPS[k][0]);
        if (status != E2L_OK) {
            return status;
        }
        if (!cJSON_AddItemToObject(root, GROUPS[k][1], group)) {
            e2l_json_free(group);
            return e2l_fail(state->ctx, E2L_NOMEM, "out of memory");
        }
    }
    return E2L_OK;
}

static e2l_status put_seed(eval_state *state, cJSON *root)
{
    const char *text = argument(state, "--seed");
    uint64_t seed = 0;
    if (!text) {
        return E2L_OK;
    }
    e2l_status status = e2l_arguments_count(state->ctx, &seed, "--seed", text, 0, MAX_SEED);
    cJSON *task = cJSON_GetObjectItemCaseSensitive(root, "task");
    if (status == E2L_OK && cJSON_HasObjectItem(task, "seed")) {
        status = e2l_fail(state->ctx, E2L_INPUT, "--seed: the seed stands in --task already");
    }
    if (status == E2L_OK && !cJSON_AddNumberToObject(task, "seed", (double)seed)) {
        status = e2l_fail(state->ctx, E2L_NOMEM, "out of memory");
    }
    return status;
}

static e2l_status read_config(eval_state *state)
{
    cJSON *root = cJSON_CreateObject();
    if (!root) {
        return e2l_fail(state->ctx, E2L_NOMEM, "out of memory");
    }
    e2l_status status = build_config_json(state, root);
    if (status == E2L_OK) {
        status = put_seed(state, root);
    }
    if (status == E2L_OK) {
        state->has_config = true;
        status = e2l_config_from_json(state->ctx, &state->config, root, "command line");
    }
    cJSON_Delete(root);
    return status;
}

static e2l_status read_rules(eval_state *state)
{
    size_t k = e2l_arguments_index(&USAGE, "--rule");
    e2l_status status = e2l_rule_choices_read(state->ctx, &state->rules, state->config.task,
                                              state->arguments->values[k].at, state->arguments->values[k].n,
                                              "--rule");
    const char *compare = argument(state, "--compare");
    if (status == E2L_OK && compare) {
        status = e2l_rule_choices_read(state->ctx, &state->compare, state->config.task, &compare, 1, "--compare");
    }
    if (status == E2L_OK && argument(state, "--record-probe") && !argument(state, "--record")) {
        status = e2l_fail(state->ctx, E2L_INPUT, "--record-probe: goes with --record FILE.csv");
    }
    if (status == E2L_OK && e2l_arguments_has(state->arguments, &USAGE, "--record-every") && !argument(state, "--record")) {
        status = e2l_fail(state->ctx, E2L_INPUT, "--record-every: goes with --record FILE.csv");
    }
    if (status == E2L_OK && state->rules.n > 1 && argument(state, "--record")) {
        status = e2l_fail(state->ctx, E2L_INPUT, "--record: takes one --rule, %zu given", state->rules.n);
    }
    return status;
}

static e2l_status require(const eval_state *state, const char *name)
{
    if (e2l_arguments_has(state->arguments, &USAGE, name)) {
        return E2L_OK;
    }
    return e2l_fail(state->ctx, E2L_INPUT,
                    "eval: %s missing; for example: e2l eval --task pca --rule 'y * (x - y * w)'", name);
}

static e2l_status open_judge(eval_state *state)
{
    uint64_t n_cases = 0;
    const char *cases = argument(state, "--cases");
    e2l_status status = E2L_OK;
    if (cases) {
        status = e2l_arguments_count(state->ctx, &n_cases, "--cases", cases, 1, MAX_CASES);
    }
    if (status == E2L_OK) {
        status = e2l_lab_open(state->ctx, &state->lab, &state->config, NULL);
        state->has_lab = status == E2L_OK;
    }
    if (status == E2L_OK) {
        status = e2l_judge_open(state->ctx, &state->judge, &state->lab, argument(state, "--set"), (size_t)n_cases);
    }
    return status;
}

/* ---- judging ---- */

/* What rule k is compared with: the rule of --compare, else the first of several; NULL: nothing. */
static const e2l_rule_choice *other_rule(const eval_state *state, size_t k)
{
    return state->compare.n > 0 ? &state->compare.at[0] : k > 0 ? &state->rules.at[0] : NULL;
}

static const e2l_judged *other_judged(const eval_state *state)
{
    return state->compare.n > 0 ? &state->reference : &state->judged[0];
}

static e2l_status judge_all(eval_state *state)
{
    size_t n = state->rules.n;
    state->judged = e2l_alloc(state->ctx, n, sizeof *state->judged);
    state->norms = e2l_alloc(state->ctx, n, sizeof *state->norms);
    state->paired = e2l_alloc(state->ctx, n, sizeof *state->paired);
    if (!state->judged || !state->norms || !state->paired) {
        return E2L_NOMEM;
    }
    e2l_status status = E2L_OK;
    if (state->compare.n > 0) {
        status = e2l_judge_rule(&state->judge, &state->compare.at[0], &state->reference);
    }
    for (size_t k = 0; k < n && status == E2L_OK; k++) {
        status = e2l_judge_rule(&state->judge, &state->rules.at[k], &state->judged[k]);
        state->norms[k] = (e2l_normalised){.value = (double)NAN, .low = (double)NAN, .high = (double)NAN};
        if (status == E2L_OK && !e2l_arguments_has(state->arguments, &USAGE, "--no-norm")) {
            status = e2l_judge_normalise(&state->judge, &state->judged[k], &state->norms[k]);
        }
        if (status == E2L_OK && other_rule(state, k)) {
            status = e2l_judge_compare(&state->judge, &state->judged[k], other_judged(state), &state->paired[k]);
        }
    }
    return status;
}

/* With --simplify: every rule, from its learning rates on. */
static e2l_status simplify_all(eval_state *state)
{
    if (!e2l_arguments_has(state->arguments, &USAGE, "--simplify")) {
        return E2L_OK;
    }
    state->simplified = e2l_alloc(state->ctx, state->rules.n, sizeof *state->simplified);
    e2l_status status = state->simplified ? E2L_OK : E2L_NOMEM;
    for (size_t k = 0; k < state->rules.n && status == E2L_OK; k++) {
        const e2l_expr *const *rules = (const e2l_expr *const *)state->rules.at[k].rules;
        status = e2l_simplify(state->ctx, &state->simplified[k], &state->lab, rules, state->judged[k].etas,
                              (size_t)state->config.search.simplify);
    }
    return status;
}

/* ---- JSON ---- */

static void put_braced(e2l_text *out, const e2l_summary *summary)
{
    e2l_text_append(out, "{");
    e2l_put_summary(out, summary);
    e2l_text_append(out, "}");
}

static e2l_status put_choice(const eval_state *state, e2l_text *out, const e2l_rule_choice *choice)
{
    return e2l_put_rules(out, state->config.task, (const e2l_expr *const *)choice->rules, true);
}

static void put_case(const eval_state *state, e2l_text *out, size_t k, const e2l_score *score)
{
    const char *const *measures = state->config.task->measures;
    e2l_text_append(out, "    {\"name\": ");
    e2l_json_quote(out, e2l_evaluator_case_name(state->judge.evaluator, k));
    e2l_text_appendf(out, ", \"outcome\": \"%s\", ", e2l_outcome_text(score->outcome));
    e2l_put_member(out, "score", score->outcome == E2L_OUTCOME_OK ? score->value : (double)NAN);
    e2l_text_appendf(out, ", \"steps\": %llu, \"measures\": {", (unsigned long long)score->step);
    for (size_t m = 0; measures[m]; m++) {
        e2l_text_append(out, m > 0 ? ", " : "");
        e2l_put_member(out, measures[m], score->outcome == E2L_OUTCOME_OK ? score->measures[m] : (double)NAN);
    }
    e2l_text_append(out, "}}");
}

/* {"rule", "eta", "n_ok", "score"} of what rule k is compared with. */
static e2l_status put_reference(const eval_state *state, e2l_text *out, size_t k)
{
    const e2l_judged *reference = other_judged(state);
    e2l_text_append(out, "  \"reference\": {\"rule\": ");
    e2l_status status = put_choice(state, out, other_rule(state, k));
    e2l_text_append(out, ", \"eta\": ");
    e2l_put_etas(out, state->config.task, reference->etas, true);
    e2l_text_appendf(out, ", \"n_ok\": %zu, \"score\": ", reference->n_ok);
    put_braced(out, &reference->summary);
    e2l_text_append(out, "},\n");
    return status;
}

/* "simplification": {"rule", "eta", "n_cases", .., "steps"}. */
static e2l_status put_simplified(const eval_state *state, e2l_text *out, size_t k)
{
    const e2l_simplification *simplified = &state->simplified[k];
    e2l_text_append(out, "  \"simplification\": {\"rule\": ");
    e2l_status status = put_choice(state, out, &simplified->result->at[0]);
    e2l_text_append(out, ", \"eta\": ");
    e2l_put_etas(out, state->config.task, simplified->result->at[0].etas, true);
    e2l_text_append(out, ", ");
    e2l_simplification_put(out, simplified);
    e2l_text_append(out, "},\n");
    return status;
}

static e2l_status put_result(const eval_state *state, e2l_text *out, size_t k)
{
    const e2l_config *config = &state->config;
    const e2l_judged *judged = &state->judged[k];
    e2l_text_appendf(out, "{\n  \"schema\": \"e2l.eval/1\",\n  \"task\": \"%s\",\n  \"substrate\": \"%s\",\n",
                     config->task->name, config->substrate->name);
    e2l_text_append(out, "  \"case_set\": ");
    e2l_json_quote(out, state->judge.set);
    e2l_text_appendf(out, ",\n  \"seed\": %llu,\n  \"rule\": ", (unsigned long long)config->common.seed);
    e2l_status status = put_choice(state, out, &state->rules.at[k]);
    e2l_text_append(out, ",\n  \"eta\": ");
    e2l_put_etas(out, state->config.task, judged->etas, true);
    e2l_text_appendf(out, ",\n  \"eta_mode\": \"%s\",\n  \"n_cases\": %zu,\n  \"n_ok\": %zu,\n  \"score\": ",
                     e2l_eta_mode_text(state->lab.eta_mode), state->judge.n_cases, judged->n_ok);
    put_braced(out, &judged->summary);
    e2l_text_append(out, ",\n  ");
    e2l_put_member(out, "score_norm", state->norms[k].value);
    e2l_text_append(out, ",\n  \"score_norm_ci95\": ");
    e2l_put_interval(out, state->norms[k].low, state->norms[k].high);
    e2l_text_append(out, ",\n");
    if (other_rule(state, k) && status == E2L_OK) {
        status = put_reference(state, out, k);
        e2l_text_append(out, "  \"paired\": ");
        e2l_put_paired(out, &state->paired[k]);
        e2l_text_append(out, ",\n");
    }
    if (state->simplified && status == E2L_OK) {
        status = put_simplified(state, out, k);
    }
    e2l_text_append(out, "  ");
    e2l_put_remarks(out, e2l_text_get(&state->remarks));
    e2l_text_append(out, ",\n  \"cases\": [\n");
    for (size_t c = 0; c < state->judge.n_cases; c++) {
        put_case(state, out, c, &judged->scores[c]);
        e2l_text_append(out, c + 1 < state->judge.n_cases ? ",\n" : "\n");
    }
    e2l_text_append(out, "  ]\n}");
    return status;
}

/* One rule: an object. Several: a list of objects. */
static e2l_status print_json(const eval_state *state)
{
    e2l_text out;
    e2l_text_init(&out, state->ctx);
    e2l_status status = E2L_OK;
    e2l_text_append(&out, state->rules.n > 1 ? "[" : "");
    for (size_t k = 0; k < state->rules.n && status == E2L_OK; k++) {
        e2l_text_append(&out, k > 0 ? ",\n" : "");
        status = put_result(state, &out, k);
    }
    e2l_text_append(&out, state->rules.n > 1 ? "]" : "");
    status = status == E2L_OK ? e2l_text_status(&out) : status;
    if (status == E2L_OK) {
        (void)printf("%s\n", e2l_text_get(&out));
    }
    e2l_text_clear(&out);
    return status;
}

/* ---- for people ---- */

enum { RULE_WIDTH = 30 };

/* In a column: fewer decimals, then an exponent, where there is no room for all. */
static void print_number(double value, int width, int digits)
{
    char cell[400] = "-"; /* 1e308 has 309 digits */
    int length = isfinite(value) ? width + 1 : 1;
    for (int d = digits; d >= 0 && length > width; d--) {
        length = snprintf(cell, sizeof cell, "%.*f", d, value);
    }
    for (int d = 3; d > 0 && length > width; d--) {
        length = snprintf(cell, sizeof cell, "%.*g", d, value);
    }
    (void)printf(" %*s", width, cell);
}

static void print_row(const eval_state *state, const char *label, const e2l_judged *judged, double norm)
{
    char ok[32];
    (void)snprintf(ok, sizeof ok, "%zu/%zu", judged->n_ok, state->judge.n_cases);
    if (strlen(label) > RULE_WIDTH) {
        (void)printf("%s\n%*s", label, RULE_WIDTH, "");
    } else {
        (void)printf("%-*s", RULE_WIDTH, label);
    }
    (void)printf(" %9s", ok);
    print_number(judged->summary.mean, 9, 5);
    double half = judged->summary.ci95_high - judged->summary.mean;
    if (isfinite(half)) {
        (void)printf(" +-");
        print_number(half, 7, 5);
    } else {
        (void)printf("%11s", "");
    }
    print_number(judged->summary.median, 9, 5);
    print_number(norm, 7, 3);
    (void)printf("\n");
}

/* Outcomes other than ok, counted. */
static void print_outcomes(const eval_state *state, const e2l_judged *judged)
{
    for (int outcome = E2L_OUTCOME_OK + 1; outcome < E2L_N_OUTCOMES; outcome++) {
        size_t n = 0;
        for (size_t k = 0; k < state->judge.n_cases; k++) {
            n += judged->scores[k].outcome == (e2l_outcome)outcome ? 1 : 0;
        }
        if (n > 0) {
            (void)printf("  %zu %s", n, e2l_outcome_text((e2l_outcome)outcome));
        }
    }
    if (judged->n_ok < state->judge.n_cases) {
        (void)printf("  (no score: not part of the mean)\n");
    }
}

static void print_measures(const eval_state *state, const e2l_judged *judged)
{
    const char *const *measures = state->config.task->measures;
    for (size_t m = 0; measures[m] && judged->n_ok > 0; m++) {
        double sum = 0.0;
        for (size_t k = 0; k < state->judge.n_cases; k++) {
            sum += judged->scores[k].outcome == E2L_OUTCOME_OK ? judged->scores[k].measures[m] : 0.0;
        }
        (void)printf("  %s %.5g", measures[m], sum / (double)judged->n_ok);
    }
    (void)printf("%s  eta", judged->n_ok > 0 ? " " : "");
    for (size_t s = 0; s < state->config.task->n_slots; s++) {
        (void)printf(" %g", judged->etas[s]);
    }
    (void)printf("\n");
}

/* No cases in common: no difference; one: no interval. */
static void print_paired(const char *label, const e2l_paired *paired)
{
    (void)printf("  against %s: ", label);
    if (paired->n == 0) {
        (void)printf("no case is ok with both\n");
        return;
    }
    (void)printf("%+.5f", paired->mean);
    if (isfinite(paired->ci95_low) && isfinite(paired->ci95_high)) {
        (void)printf(" [%+.5f, %+.5f]", paired->ci95_low, paired->ci95_high);
    }
    (void)printf(", Wilcoxon p = %.2g over %zu case%s\n", paired->p, paired->n, paired->n == 1 ? "" : "s");
}

/* How many cases tell the two apart. */
static void print_needed(const e2l_paired *paired)
{
    if (paired->n < 2) {
        return;
    }
    if (isfinite(paired->cases_needed)) {
        (void)printf("    %.0f cases separate these two (5 %%, power 80 %%); %zu were used\n", paired->cases_needed,
                     paired->n);
    } else if (paired->mean == 0.0) {
        (void)printf("    no difference: no number of cases separates these two\n");
    } else {
        (void)printf("    more than a million cases would be needed to separate these two\n");
    }
}

/* The steps, the way a run's page shows them. */
static e2l_status print_simplified(const eval_state *state, const e2l_simplification *simplified)
{
    e2l_text text = {.ctx = state->ctx};
    cJSON *json = NULL;
    e2l_text_append(&text, "{");
    e2l_simplification_put(&text, simplified);
    e2l_text_append(&text, "}");
    e2l_status status = e2l_text_status(&text);
    status = status == E2L_OK ? e2l_json_parse(state->ctx, &json, e2l_text_get(&text), text.n, "simplification") : status;
    if (status == E2L_OK) {
        int column = printf("  simplified: ");
        e2l_simplification_page(json, (size_t)column, 4, state->config.task->n_slots > 1);
    }
    e2l_json_free(json);
    e2l_text_clear(&text);
    return status;
}

static e2l_status print_people(const eval_state *state)
{
    e2l_status status = E2L_OK;
    (void)printf("task %s, set %s, %zu case%s, seed %llu, substrate %s\n\n", state->config.task->name,
                 state->judge.set, state->judge.n_cases, state->judge.n_cases == 1 ? "" : "s", (unsigned long long)state->config.common.seed,
                 state->config.substrate->name);
    (void)printf("%-*s %9s %9s %11s %9s %7s\n", RULE_WIDTH, "rule", "ok", "mean", "95 %", "median", "norm");
    for (size_t k = 0; k < state->rules.n; k++) {
        print_row(state, state->rules.at[k].label, &state->judged[k], state->norms[k].value);
        print_outcomes(state, &state->judged[k]);
        print_measures(state, &state->judged[k]);
        const e2l_rule_choice *other = other_rule(state, k);
        if (other) {
            print_paired(other->label, &state->paired[k]);
            print_needed(&state->paired[k]);
        }
        if (state->simplified && status == E2L_OK) {
            status = print_simplified(state, &state->simplified[k]);
        }
    }
    if (state->compare.n > 0) {
        print_row(state, state->compare.at[0].label, &state->reference, (double)NAN);
        print_outcomes(state, &state->reference);
        print_measures(state, &state->reference);
    }
    e2l_remarks_print(e2l_text_get(&state->remarks));
    return status;
}

/* ---- the command ---- */

static e2l_status eval(eval_state *state)
{
    e2l_status status = require(state, "--task");
    status = status == E2L_OK ? require(state, "--rule") : status;
    status = status == E2L_OK ? read_config(state) : status;
    status = status == E2L_OK ? read_rules(state) : status;
    status = status == E2L_OK ? open_judge(state) : status;
    status = status == E2L_OK ? judge_all(state) : status;
    status = status == E2L_OK ? simplify_all(state) : status;
    status = status == E2L_OK ? e2l_remarks_read(state->ctx, state->config.task, state->judge.evaluator, &state->remarks)
                              : status;
    const char *record = argument(state, "--record");
    if (status == E2L_OK && record) {
        status = e2l_record_write(&state->judge, &state->rules.at[0], state->judged[0].etas,
                                  argument(state, "--record-probe"), e2l_arguments_has(state->arguments, &USAGE, "--record-every"), record);
    }
    if (status != E2L_OK) {
        return status;
    }
    if (e2l_arguments_has(state->arguments, &USAGE, "--json")) {
        return print_json(state);
    }
    return print_people(state);
}

static void clear(eval_state *state)
{
    e2l_text_clear(&state->remarks);
    for (size_t k = 0; state->judged && k < state->rules.n; k++) {
        e2l_judged_clear(state->ctx, &state->judged[k]);
    }
    for (size_t k = 0; state->simplified && k < state->rules.n; k++) {
        e2l_simplification_clear(&state->simplified[k]);
    }
    e2l_free(state->ctx, state->simplified);
    e2l_judged_clear(state->ctx, &state->reference);
    e2l_free(state->ctx, state->judged);
    e2l_free(state->ctx, state->norms);
    e2l_free(state->ctx, state->paired);
    e2l_rule_choices_clear(state->ctx, &state->rules);
    e2l_rule_choices_clear(state->ctx, &state->compare);
    if (state->judge.ctx) {
        e2l_judge_close(&state->judge);
    }
    if (state->has_lab) {
        e2l_lab_close(&state->lab);
    }
    if (state->has_config) {
        e2l_config_clear(&state->config);
    }
}

static e2l_status run_eval(e2l_ctx *ctx, const e2l_arguments *arguments)
{
    eval_state *state = e2l_alloc(ctx, 1, sizeof *state);
    if (!state) {
        return E2L_NOMEM;
    }
    state->ctx = ctx;
    state->arguments = arguments;
    e2l_text_init(&state->remarks, ctx);
    e2l_status status = eval(state);
    clear(state);
    e2l_free(ctx, state);
    return status;
}

int e2l_command_eval(int argc, char **argv)
{
    return e2l_command_with(&USAGE, argc, argv, run_eval);
}
