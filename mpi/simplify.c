/* simplify.c: greedy removal of what carries no score; see simplify.h. */
#include "mpi/simplify.h"

#include <string.h>

#include "cgp/reduction.h"

enum { BATCH = 32 }; /* rule sets scored at once: bounds memory, not results */

/* One reduction of one slot. */
typedef struct option {
    size_t slot;
    e2l_reduction reduction;
    size_t complexity, digits; /* of the whole rule set with it */
} option;

/* A rule set being judged. */
typedef struct trial {
    const option *option;
    e2l_expr *expr; /* owned: what stands in the option's slot */
    const e2l_expr *rules[E2L_MAX_SLOTS];
    double etas[E2L_MAX_SLOTS];
} trial;

typedef struct simplifying {
    e2l_ctx *ctx;
    const e2l_lab *lab;
    const e2l_task *task;
    e2l_lab frozen; /* learning rates come with the rules */
    e2l_judge judge; /* of select */
    e2l_evaluator *tuning; /* of search; NULL: rates stay; owned */
    size_t n_cases, most;
    e2l_simplification *out;
    e2l_expr **rules; /* the present ones: those of out->result */
    double *etas;
    e2l_score *begin, *present; /* [n_cases] owned: scores of the first and of the present rule set */
    e2l_score *scores;          /* [BATCH * n_cases] owned */
    e2l_score *tuned;           /* [BATCH * search cases] owned */
    e2l_key *refused;           /* [n_refused] owned: rule sets that did not hold */
    size_t n_refused, room_refused;
} simplifying;

/* ---- scoring -----------------------------------------------------------------------------------------*/
/* Learning rates of n rule sets on the search set. */
static e2l_status tune(simplifying *at, trial *trials, size_t n)
{
    const e2l_expr *const *rules[BATCH] = {NULL};
    size_t steps[BATCH];
    double eta0[E2L_MAX_SLOTS] = {0};
    for (size_t k = 0; k < n; k++) {
        rules[k] = trials[k].rules;
    }
    for (size_t slot = 0; slot < at->task->n_slots; slot++) {
        eta0[slot] = at->lab->eta0;
    }
    e2l_status status = e2l_evaluate_tuned(at->tuning, rules, n, eta0, steps, at->tuned);
    for (size_t k = 0; status == E2L_OK && k < n; k++) {
        for (size_t slot = 0; slot < at->task->n_slots; slot++) {
            trials[k].etas[slot] = e2l_evaluator_eta(at->tuning, eta0[slot], steps[k]);
        }
    }
    return status;
}

/* Scores of n <= BATCH rule sets on select, into at->scores. */
static e2l_status score(simplifying *at, trial *trials, size_t n)
{
    e2l_candidate candidates[BATCH] = {0};
    e2l_status status = at->tuning ? tune(at, trials, n) : E2L_OK;
    for (size_t k = 0; k < n; k++) {
        candidates[k] = (e2l_candidate){.rules = trials[k].rules, .etas = trials[k].etas};
    }
    at->out->n_tried += n;
    return status == E2L_OK ? e2l_evaluate(at->judge.evaluator, candidates, n, at->scores) : status;
}

static bool holds(const simplifying *at, const e2l_score *scores)
{
    double tolerated = e2l_tolerated_loss(at->task);
    return e2l_scores_hold(at->present, scores, at->n_cases, tolerated) &&
           e2l_scores_hold(at->begin, scores, at->n_cases, tolerated);
}

/* ---- steps -------------------------------------------------------------------------------------------*/
static e2l_status add_step(simplifying *at, e2l_simpler **step)
{
    e2l_simplification *out = at->out;
    if (out->n_steps == out->room) {
        size_t room = out->room > 0 ? 2 * out->room : 8;
        e2l_simpler *steps = e2l_realloc(at->ctx, out->steps, room, sizeof *steps);
        if (!steps) {
            return E2L_NOMEM;
        }
        out->steps = steps;
        out->room = room;
    }
    *step = &out->steps[out->n_steps++];
    **step = (e2l_simpler){.slot = 0};
    return E2L_OK;
}

/* A copy of a formula's text; NULL when memory is out. */
static e2l_status copy_text(e2l_ctx *ctx, char **out, const e2l_expr *expr)
{
    e2l_text text = {.ctx = ctx};
    e2l_status status = e2l_expr_print(expr, E2L_STYLE_SHORTEST, &text);
    *out = status == E2L_OK ? e2l_strdup(ctx, e2l_text_get(&text)) : NULL;
    e2l_text_clear(&text);
    return status == E2L_OK && !*out ? E2L_NOMEM : status;
}

static e2l_status describe_edit(simplifying *at, e2l_simpler *step, const e2l_expr *from, const e2l_edit *edit)
{
    e2l_text removed = {.ctx = at->ctx}, put = {.ctx = at->ctx};
    e2l_status status = e2l_reduction_describe(at->ctx, from, edit, &removed, &put);
    if (status == E2L_OK) {
        step->removed = e2l_strdup(at->ctx, e2l_text_get(&removed));
        step->put = e2l_strdup(at->ctx, e2l_text_get(&put));
        status = step->removed && step->put ? E2L_OK : E2L_NOMEM;
    }
    e2l_text_clear(&removed);
    e2l_text_clear(&put);
    return status;
}

static e2l_status compare(simplifying *at, const e2l_score *after, e2l_paired *out)
{
    double *values = e2l_alloc(at->ctx, 2 * at->n_cases, sizeof *values);
    size_t n = values ? e2l_scores_pair(after, at->present, at->n_cases, values, values + at->n_cases) : 0;
    e2l_status status = values ? e2l_compare_paired(at->ctx, values, values + at->n_cases, n, out) : E2L_NOMEM;
    e2l_free(at->ctx, values);
    return status;
}

/* The trial becomes the present rule set, and a line of the record. Takes over its formula. */
static e2l_status take(simplifying *at, trial *taken, size_t slot, const e2l_edit *edit, const e2l_score *scores)
{
    e2l_simpler *step = NULL;
    e2l_status status = add_step(at, &step);
    if (status != E2L_OK) {
        return status;
    }
    const e2l_expr *before = at->rules[slot];
    step->evidence = edit ? E2L_EVIDENCE_EMPIRICAL : E2L_EVIDENCE_ALGEBRAIC;
    step->slot = slot;
    step->complexity_before = e2l_expr_complexity(before);
    step->complexity_after = e2l_expr_complexity(taken->expr);
    memcpy(step->etas, taken->etas, sizeof step->etas);
    status = edit ? describe_edit(at, step, before, edit) : E2L_OK;
    status = status == E2L_OK ? copy_text(at->ctx, &step->from, before) : status;
    status = status == E2L_OK ? copy_text(at->ctx, &step->to, taken->expr) : status;
    status = status == E2L_OK ? compare(at, scores, &step->paired) : status;
    if (status == E2L_OK) {
        e2l_expr_destroy(at->ctx, at->rules[slot]);
        at->rules[slot] = taken->expr;
        taken->expr = NULL;
        memcpy(at->etas, taken->etas, sizeof taken->etas);
        memcpy(at->present, scores, at->n_cases * sizeof *scores);
    }
    return status;
}

static trial present_trial(const simplifying *at)
{
    trial now = {.option = NULL};
    for (size_t slot = 0; slot < at->task->n_slots; slot++) {
        now.rules[slot] = at->rules[slot];
        now.etas[slot] = at->etas[slot];
    }
    return now;
}

/* ---- the algebraic step ------------------------------------------------------------------------------*/
/* Another order of the same operations is no step. */
static bool is_wanted(const e2l_expr *rule, const e2l_expr *canonical)
{
    return e2l_expr_complexity(canonical) < e2l_expr_complexity(rule) &&
           e2l_expr_tree_size(canonical) <= E2L_EXPR_MAX_TREE;
}

/* The canonical form in the slot's place; it runs on the same cases with the same rates, because rounding may still tell. */
static e2l_status simplify_by_algebra(simplifying *at, size_t slot)
{
    trial next = present_trial(at);
    e2l_status status = e2l_expr_canonical(at->ctx, &next.expr, at->rules[slot]);
    if (status != E2L_OK) {
        return status == E2L_UNSUPPORTED ? E2L_OK : status;
    }
    if (is_wanted(at->rules[slot], next.expr) && at->out->n_tried < at->most) {
        next.rules[slot] = next.expr;
        const e2l_candidate candidate = {.rules = next.rules, .etas = next.etas};
        at->out->n_tried++;
        status = e2l_evaluate(at->judge.evaluator, &candidate, 1, at->scores);
        if (status == E2L_OK && holds(at, at->scores)) {
            status = take(at, &next, slot, NULL, at->scores);
        }
    }
    e2l_expr_destroy(at->ctx, next.expr);
    return status;
}

/* ---- empirical steps ---------------------------------------------------------------------------------*/
typedef struct options {
    option *at; /* owned */
    size_t n;
} options;

static int compare_options(const option *a, const option *b)
{
    if (a->complexity != b->complexity) {
        return a->complexity < b->complexity ? -1 : 1;
    }
    return a->digits < b->digits ? -1 : a->digits > b->digits ? 1 : 0;
}

static bool is_same_key(e2l_key a, e2l_key b)
{
    return a.low == b.low && a.high == b.high;
}

/* The key of the whole rule set with the option. */
static e2l_status key_of(simplifying *at, const option *one, e2l_key *out)
{
    e2l_status status = E2L_OK;
    *out = (e2l_key){0};
    for (size_t slot = 0; status == E2L_OK && slot < at->task->n_slots; slot++) {
        e2l_key key = one->reduction.key;
        status = slot == one->slot ? E2L_OK : e2l_expr_key(at->ctx, at->rules[slot], &key);
        *out = e2l_key_bytes(&key, sizeof key, *out);
    }
    return status;
}

static bool was_refused(const simplifying *at, e2l_key key)
{
    for (size_t k = 0; k < at->n_refused; k++) {
        if (is_same_key(at->refused[k], key)) {
            return true;
        }
    }
    return false;
}

static e2l_status note_refused(simplifying *at, const option *one)
{
    if (at->n_refused == at->room_refused) {
        size_t room = at->room_refused > 0 ? 2 * at->room_refused : 64;
        e2l_key *refused = e2l_realloc(at->ctx, at->refused, room, sizeof *refused);
        if (!refused) {
            return E2L_NOMEM;
        }
        at->refused = refused;
        at->room_refused = room;
    }
    return key_of(at, one, &at->refused[at->n_refused++]);
}

/* Appends the slot's options, those refused before left out; `list` stays sorted (stable insertion from the end). */
static e2l_status add_options(simplifying *at, options *list, size_t slot, size_t complexity, size_t digits)
{
    e2l_reduction *reductions = NULL;
    size_t n = 0;
    e2l_status status = e2l_reductions_list(at->ctx, &reductions, &n, at->rules[slot]);
    if (status != E2L_OK || n == 0) {
        return status;
    }
    option *grown = e2l_realloc(at->ctx, list->at, list->n + n, sizeof *grown);
    status = grown ? E2L_OK : E2L_NOMEM;
    list->at = grown ? grown : list->at;
    complexity -= e2l_expr_complexity(at->rules[slot]);
    digits -= e2l_expr_digits(at->rules[slot]);
    for (size_t k = 0; status == E2L_OK && k < n; k++) {
        option one = {.slot = slot, .reduction = reductions[k]};
        e2l_key key;
        one.complexity = complexity + reductions[k].complexity;
        one.digits = digits + reductions[k].digits;
        status = key_of(at, &one, &key);
        if (status != E2L_OK || was_refused(at, key)) {
            continue;
        }
        size_t to = list->n++;
        for (; to > 0 && compare_options(&one, &list->at[to - 1]) < 0; to--) {
            list->at[to] = list->at[to - 1];
        }
        list->at[to] = one;
    }
    e2l_free(at->ctx, reductions);
    return status;
}

static e2l_status list_options(simplifying *at, options *list)
{
    size_t complexity = 0, digits = 0;
    e2l_status status = E2L_OK;
    for (size_t slot = 0; slot < at->task->n_slots; slot++) {
        complexity += e2l_expr_complexity(at->rules[slot]);
        digits += e2l_expr_digits(at->rules[slot]);
    }
    for (size_t slot = 0; status == E2L_OK && slot < at->task->n_slots; slot++) {
        status = add_options(at, list, slot, complexity, digits);
    }
    return status;
}

/* The best of the batch that holds. */
typedef struct finding {
    trial best; /* owns its formula; option NULL: none yet */
    e2l_fitness fitness;
    e2l_score *scores; /* [n_cases] owned */
} finding;

static e2l_status judge_batch(simplifying *at, const option *list, size_t n, finding *found)
{
    trial trials[BATCH];
    size_t made = 0;
    e2l_status status = E2L_OK;
    for (; status == E2L_OK && made < n; made++) {
        trials[made] = present_trial(at);
        trials[made].option = &list[made];
        status = e2l_reduction_apply(at->ctx, &trials[made].expr, at->rules[list[made].slot], &list[made].reduction.edit);
        trials[made].rules[list[made].slot] = trials[made].expr;
    }
    status = status == E2L_OK ? score(at, trials, n) : status;
    for (size_t k = 0; status == E2L_OK && k < n; k++) {
        const e2l_score *scores = at->scores + k * at->n_cases;
        e2l_fitness fitness = e2l_scores_fitness(scores, at->n_cases);
        if (!holds(at, scores)) {
            status = note_refused(at, &list[k]);
        } else if (!found->best.option || e2l_fitness_compare(fitness, found->fitness) > 0) {
            e2l_expr_destroy(at->ctx, found->best.expr);
            found->best = trials[k];
            found->fitness = fitness;
            memcpy(found->scores, scores, at->n_cases * sizeof *scores);
            trials[k].expr = NULL;
        }
    }
    for (size_t k = 0; k < made; k++) {
        e2l_expr_destroy(at->ctx, trials[k].expr);
    }
    return status;
}

/* The options as simple as list[0] are judged together; as many as the cap leaves. */
static e2l_status judge_equals(simplifying *at, const option *list, size_t n, finding *found)
{
    e2l_status status = E2L_OK;
    for (size_t first = 0; status == E2L_OK && first < n;) {
        size_t left = at->most - at->out->n_tried;
        size_t batch = n - first < BATCH ? n - first : BATCH;
        batch = batch < left ? batch : left;
        if (batch == 0) {
            at->out->is_capped = true;
            break;
        }
        status = judge_batch(at, list + first, batch, found);
        first += batch;
    }
    return status;
}

/* Simplest first: the first group with a rule set that holds ends the round. */
static e2l_status find_step(simplifying *at, const options *list, finding *found)
{
    e2l_status status = E2L_OK;
    for (size_t first = 0; status == E2L_OK && first < list->n && !found->best.option && !at->out->is_capped;) {
        size_t end = first + 1;
        while (end < list->n && compare_options(&list->at[first], &list->at[end]) == 0) {
            end++;
        }
        status = judge_equals(at, list->at + first, end - first, found);
        first = end;
    }
    return status;
}

static e2l_status simplify_by_evidence(simplifying *at, bool *stepped)
{
    options list = {.n = 0};
    finding found = {.scores = e2l_alloc(at->ctx, at->n_cases, sizeof *found.scores)};
    e2l_status status = found.scores ? list_options(at, &list) : E2L_NOMEM;
    status = status == E2L_OK ? find_step(at, &list, &found) : status;
    *stepped = status == E2L_OK && found.best.option;
    if (*stepped) {
        const option *one = found.best.option;
        status = take(at, &found.best, one->slot, &one->reduction.edit, found.scores);
    }
    e2l_expr_destroy(at->ctx, found.best.expr);
    e2l_free(at->ctx, found.scores);
    e2l_free(at->ctx, list.at);
    return status;
}

/* ---- the whole ---------------------------------------------------------------------------------------*/
static e2l_status open_tuning(simplifying *at)
{
    size_t n = 0, available = 0;
    if (at->lab->eta_mode != E2L_ETA_TUNE) {
        return E2L_OK;
    }
    e2l_status status =
        e2l_lab_count_cases(at->lab, E2L_SET_SEARCH, (size_t)at->lab->config->common.cases, &n, &available);
    if (status == E2L_OK) {
        status = e2l_lab_evaluator(at->lab, &at->tuning, E2L_SET_SEARCH, 0, n);
    }
    if (status == E2L_OK) {
        at->tuned = e2l_alloc(at->ctx, BATCH * n, sizeof *at->tuned);
        status = at->tuned ? E2L_OK : E2L_NOMEM;
    }
    return status;
}

static e2l_status open_cases(simplifying *at)
{
    e2l_status status = e2l_judge_open(at->ctx, &at->judge, &at->frozen, E2L_SET_SELECT, 0);
    if (status != E2L_OK) {
        return status;
    }
    at->n_cases = at->out->n_cases = at->judge.n_cases;
    at->begin = e2l_alloc(at->ctx, at->n_cases, sizeof *at->begin);
    at->present = e2l_alloc(at->ctx, at->n_cases, sizeof *at->present);
    at->scores = e2l_alloc(at->ctx, BATCH * at->n_cases, sizeof *at->scores);
    return at->begin && at->present && at->scores ? open_tuning(at) : E2L_NOMEM;
}

/* Scores of the rule set to begin with; *any: some case is ok. */
static e2l_status score_begin(simplifying *at, bool *any)
{
    trial now = present_trial(at);
    const e2l_candidate candidate = {.rules = now.rules, .etas = now.etas};
    e2l_status status = e2l_evaluate(at->judge.evaluator, &candidate, 1, at->begin);
    at->out->n_tried = 1;
    *any = false;
    for (size_t k = 0; status == E2L_OK && k < at->n_cases; k++) {
        *any = *any || at->begin[k].outcome == E2L_OUTCOME_OK;
        at->present[k] = at->begin[k];
    }
    return status;
}

static e2l_status simplify(simplifying *at)
{
    bool goes_on = false;
    e2l_status status = open_cases(at);
    status = status == E2L_OK ? score_begin(at, &goes_on) : status;
    for (size_t slot = 0; status == E2L_OK && goes_on && slot < at->task->n_slots; slot++) {
        status = simplify_by_algebra(at, slot);
    }
    while (status == E2L_OK && goes_on && !at->out->is_capped) {
        status = simplify_by_evidence(at, &goes_on);
    }
    return status;
}

/* A copy through text: the formula as it would be written down. */
static e2l_status copy_rules(simplifying *at, const e2l_expr *const *rules, const double *etas)
{
    char *texts[E2L_MAX_SLOTS] = {NULL};
    e2l_status status = E2L_OK;
    for (size_t slot = 0; status == E2L_OK && slot < at->task->n_slots; slot++) {
        status = copy_text(at->ctx, &texts[slot], rules[slot]);
    }
    if (status == E2L_OK) {
        at->out->result = e2l_alloc(at->ctx, 1, sizeof *at->out->result);
        status = at->out->result ? e2l_rule_choices_add(at->ctx, at->out->result, at->task, "simplified",
                                                        (const char *const *)texts, "rule")
                                 : E2L_NOMEM;
    }
    for (size_t slot = 0; slot < at->task->n_slots; slot++) {
        e2l_free(at->ctx, texts[slot]);
    }
    if (status == E2L_OK) {
        at->rules = at->out->result->at[0].rules;
        at->etas = at->out->result->at[0].etas;
        memcpy(at->etas, etas, at->task->n_slots * sizeof *etas);
    }
    return status;
}

e2l_status e2l_simplify(e2l_ctx *ctx, e2l_simplification *out, const e2l_lab *lab, const e2l_expr *const *rules,
                        const double *etas, size_t most)
{
    simplifying at = {.ctx = ctx, .lab = lab, .task = lab->config->task, .frozen = *lab, .most = most, .out = out};
    *out = (e2l_simplification){.ctx = ctx, .task = at.task};
    at.frozen.eta_mode = E2L_ETA_TASK;
    e2l_status status = copy_rules(&at, rules, etas);
    if (status == E2L_OK && most > 0) {
        status = simplify(&at);
    }
    if (at.judge.ctx) {
        e2l_judge_close(&at.judge);
    }
    e2l_evaluator_destroy(at.tuning);
    e2l_free(ctx, at.begin);
    e2l_free(ctx, at.present);
    e2l_free(ctx, at.scores);
    e2l_free(ctx, at.tuned);
    e2l_free(ctx, at.refused);
    return status;
}

void e2l_simplification_clear(e2l_simplification *simplification)
{
    e2l_ctx *ctx = simplification->ctx;
    if (!ctx) {
        return;
    }
    for (size_t k = 0; k < simplification->n_steps; k++) {
        e2l_simpler *step = &simplification->steps[k];
        e2l_free(ctx, step->removed);
        e2l_free(ctx, step->put);
        e2l_free(ctx, step->from);
        e2l_free(ctx, step->to);
    }
    e2l_free(ctx, simplification->steps);
    if (simplification->result) {
        e2l_rule_choices_clear(ctx, simplification->result);
        e2l_free(ctx, simplification->result);
    }
    *simplification = (e2l_simplification){0};
}
