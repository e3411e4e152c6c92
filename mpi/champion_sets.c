/* champion_sets.c: the champion and the reference on every set of cases, side by side, as JSON.

   Learning rates stay as they were found ("eta": "tune" finds them on the search set alone). Shifted sets have a second pair of
   results with rates tuned anew on their first cases, for both alike: it tells a rule that does not generalise from one
   whose rate was fitted to its data. */
#include "mpi/champion_impl.h"

#include <math.h>
#include <string.h>

#include "mpi/figures.h"
#include "mpi/remarks.h"
#include "mpi/simplify.h"
#include "substrate/json.h"

enum { RETUNE_CASES = 10 };

/* What can be wrong with a set: the champion loses it at the rates as found and with rates tuned anew, with the former alone, the latter alone. */
typedef enum flag { LOST, LOST_UNLESS_RETUNED, LOST_WHEN_RETUNED, N_FLAGS } flag;
static const char *const FLAG_NAMES[N_FLAGS] = {"lost", "lost_unless_retuned", "lost_when_retuned"};

/* The two on one set. */
typedef struct side_by_side {
    e2l_ctx *ctx;
    const e2l_lab *lab; /* as the config says */
    e2l_lab frozen;     /* rates come with the rules */
    const e2l_task *task;
    e2l_contender found;               /* the archive's entry */
    e2l_simplification simplification; /* of it */
    const e2l_rule_choice *champion;   /* the result of that */
    uint64_t id;
    e2l_contender reference;
    double tolerated;
    e2l_text flags[N_FLAGS]; /* names of the sets: JSON lists without brackets */
    e2l_text *out;
} side_by_side;

static void put_judged(side_by_side *both, const e2l_judged *judged)
{
    e2l_text *out = both->out;
    e2l_text_append(out, "{\"eta\":");
    e2l_put_etas(out, both->task, judged->etas, false);
    e2l_text_appendf(out, ",\"n_ok\":%zu,", judged->n_ok);
    e2l_put_summary(out, &judged->summary);
    e2l_text_append(out, "}");
}

/* `,"score_norm":..,"score_norm_ci95":[..]`: floor and reference at their own rates, as the config has it. */
static e2l_status put_norm(side_by_side *both, e2l_judge *judge, const e2l_judged *champion)
{
    e2l_normalised norm;
    judge->lab = both->lab;
    e2l_status status = e2l_judge_normalise(judge, champion, &norm);
    judge->lab = &both->frozen;
    if (status == E2L_OK) {
        e2l_text_append(both->out, ",");
        e2l_put_member(both->out, "score_norm", norm.value);
        e2l_text_append(both->out, ",\"score_norm_ci95\":");
        e2l_put_interval(both->out, norm.low, norm.high);
    }
    return status;
}

/* Cases failed that the reference manages, or a mean below the reference's by more than is tolerated. */
static bool is_lost(const side_by_side *both, const e2l_judged *champion, const e2l_judged *reference,
                    const e2l_paired *paired)
{
    return champion->n_ok < reference->n_ok || !(paired->mean >= -both->tolerated);
}

/* `"champion":{...},"reference":{...},"paired":{...}` on the judge's cases at the given rates. */
static e2l_status put_both(side_by_side *both, e2l_judge *judge, bool with_norm, bool *lost)
{
    e2l_judged champion = {0};
    e2l_judged reference = {0};
    e2l_paired paired;
    e2l_status status = e2l_judge_rule(judge, both->champion, &champion);
    if (status == E2L_OK) {
        status = e2l_judge_rule(judge, &both->reference.choices->at[0], &reference);
    }
    if (status == E2L_OK) {
        status = e2l_judge_compare(judge, &champion, &reference, &paired);
    }
    if (status == E2L_OK) {
        e2l_text_append(both->out, "\"champion\":");
        put_judged(both, &champion);
        e2l_text_append(both->out, ",\"reference\":");
        put_judged(both, &reference);
        e2l_text_append(both->out, ",\"paired\":");
        e2l_put_paired(both->out, &paired);
        *lost = is_lost(both, &champion, &reference, &paired);
        status = with_norm ? put_norm(both, judge, &champion) : E2L_OK;
    }
    e2l_judged_clear(both->ctx, &champion);
    e2l_judged_clear(both->ctx, &reference);
    return status;
}

/* ---- learning rates ----------------------------------------------------------------------------------*/
/* Moves the contender's rates to the best step of the grid around the lab's, on n cases of the set. */
static e2l_status tune(side_by_side *both, const char *set, size_t n_wanted, e2l_rule_choice *choice)
{
    e2l_evaluator *evaluator = NULL;
    size_t n = 0;
    size_t available = 0;
    const e2l_expr *rules[E2L_MAX_SLOTS] = {NULL};
    for (size_t slot = 0; slot < both->task->n_slots; slot++) {
        rules[slot] = choice->rules[slot];
        choice->etas[slot] = both->lab->eta0;
    }
    e2l_status status = e2l_lab_count_cases(both->lab, set, n_wanted, &n, &available);
    if (status == E2L_OK) {
        status = e2l_lab_evaluator(both->lab, &evaluator, set, 0, n);
    }
    if (status == E2L_OK) {
        status = e2l_tune_rule(both->ctx, evaluator, both->task, rules, choice->etas);
    }
    e2l_evaluator_destroy(evaluator);
    return status;
}

static void copy_etas(const side_by_side *both, double *to, const double *from)
{
    memcpy(to, from, both->task->n_slots * sizeof *to);
}

/* `,"retuned":{...}`; the rates as found are put back afterwards. */
static e2l_status put_retuned(side_by_side *both, e2l_judge *judge, bool *lost)
{
    double found[2][E2L_MAX_SLOTS];
    e2l_rule_choice *choices[] = {&both->simplification.result->at[0], &both->reference.choices->at[0]};
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < 2; k++) {
        copy_etas(both, found[k], choices[k]->etas);
        status = status == E2L_OK ? tune(both, judge->set, RETUNE_CASES, choices[k]) : status;
    }
    if (status == E2L_OK) {
        e2l_text_append(both->out, ",\"retuned\":{");
        status = put_both(both, judge, false, lost);
        e2l_text_append(both->out, "}");
    }
    for (size_t k = 0; k < 2; k++) {
        copy_etas(both, choices[k]->etas, found[k]);
    }
    return status;
}

/* Sets that were seen, search and select, are no evidence and are not named. */
static void note_lost(side_by_side *both, const char *set, bool lost, bool lost_retuned)
{
    bool was_seen = strcmp(set, E2L_SET_SEARCH) == 0 || strcmp(set, E2L_SET_SELECT) == 0;
    flag kind = lost && lost_retuned ? LOST : lost ? LOST_UNLESS_RETUNED : LOST_WHEN_RETUNED;
    e2l_text *list = &both->flags[kind];
    if ((lost || lost_retuned) && !was_seen) {
        e2l_text_append(list, list->n > 0 ? "," : "");
        e2l_json_quote(list, set);
    }
}

/* ---- sets --------------------------------------------------------------------------------------------*/
static e2l_status put_set(side_by_side *both, const char *set, size_t n_wanted, bool is_first)
{
    e2l_judge judge;
    size_t n = 0;
    size_t available = 0;
    e2l_status status = e2l_lab_count_cases(both->lab, set, n_wanted, &n, &available);
    if (status == E2L_OK) {
        status = e2l_judge_open(both->ctx, &judge, &both->frozen, set, n_wanted > 0 ? n : 0);
    }
    if (status != E2L_OK) {
        return status;
    }
    e2l_text_append(both->out, is_first ? "" : ",");
    e2l_json_quote(both->out, set);
    e2l_text_appendf(both->out, ":{\"n_cases\":%zu,", judge.n_cases);
    bool lost = false;
    status = put_both(both, &judge, true, &lost);
    bool lost_retuned = lost;
    if (status == E2L_OK && strncmp(set, E2L_SET_SHIFT, strlen(E2L_SET_SHIFT)) == 0) {
        status = put_retuned(both, &judge, &lost_retuned);
    }
    note_lost(both, set, lost, lost_retuned);
    e2l_text_append(both->out, "}");
    e2l_judge_close(&judge);
    return status;
}

/* Shifted sets that make no sense here (data files have none) are left out. */
static e2l_status put_shifts(side_by_side *both)
{
    const char *const *shift = both->task->shifts;
    e2l_status status = E2L_OK;
    e2l_text set = {.ctx = both->ctx};
    for (; status == E2L_OK && shift && *shift; shift++) {
        e2l_text_reset(&set);
        e2l_text_appendf(&set, "%s%s", E2L_SET_SHIFT, *shift);
        status = e2l_text_status(&set);
        if (status == E2L_OK) {
            status = put_set(both, e2l_text_get(&set), 0, false);
        }
        if (status == E2L_UNSUPPORTED) {
            status = E2L_OK;
        }
    }
    e2l_text_clear(&set);
    return status;
}

static e2l_status put_scores(side_by_side *both)
{
    e2l_text_append(both->out, "\"scores\":{");
    e2l_status status = put_set(both, E2L_SET_SEARCH, (size_t)both->lab->config->common.cases, true);
    if (status == E2L_OK) {
        status = put_set(both, E2L_SET_SELECT, 0, false);
    }
    if (status == E2L_OK) {
        status = put_set(both, E2L_SET_TEST, 0, false);
    }
    if (status == E2L_OK) {
        status = put_shifts(both);
    }
    e2l_text_append(both->out, "},");
    e2l_put_member(both->out, "tolerated_loss", both->tolerated);
    for (size_t k = 0; k < N_FLAGS; k++) {
        e2l_text_appendf(both->out, "%s\"%s\":[%s]", k > 0 ? "," : ",\"flags\":{", FLAG_NAMES[k],
                         e2l_text_get(&both->flags[k]));
        status = status == E2L_OK ? e2l_text_status(&both->flags[k]) : status;
    }
    e2l_text_append(both->out, "}");
    return status;
}

/* ---- rules -------------------------------------------------------------------------------------------*/
static e2l_status put_formula(side_by_side *both, const char *key, const e2l_expr *expr, e2l_style style)
{
    e2l_text text = {.ctx = both->ctx};
    e2l_status status = e2l_expr_print(expr, style, &text);
    e2l_text_appendf(both->out, "\"%s\":", key);
    e2l_json_quote(both->out, e2l_text_get(&text));
    e2l_text_append(both->out, ",");
    e2l_text_clear(&text);
    return status;
}

static e2l_status put_canonical(side_by_side *both, const e2l_expr *expr)
{
    e2l_expr *canonical = NULL;
    e2l_status status = e2l_expr_canonical(both->ctx, &canonical, expr);
    if (status == E2L_OK) {
        status = put_formula(both, "canonical", canonical, E2L_STYLE_SHORTEST);
        e2l_text_appendf(both->out, "\"complexity\":%zu,", e2l_expr_complexity(canonical));
    }
    e2l_expr_destroy(both->ctx, canonical);
    return status;
}

/* "slots": {NAME: {rule, rule_hex, canonical, complexity, eta}}, as rule.json has it. */
static e2l_status put_slots(side_by_side *both, const e2l_rule_choice *choice)
{
    e2l_status status = E2L_OK;
    e2l_text_append(both->out, "\"slots\":{");
    for (size_t slot = 0; status == E2L_OK && slot < both->task->n_slots; slot++) {
        e2l_text_append(both->out, slot > 0 ? "," : "");
        e2l_json_quote(both->out, both->task->slots[slot].name);
        e2l_text_append(both->out, ":{");
        status = put_formula(both, "rule", choice->rules[slot], E2L_STYLE_SHORTEST);
        if (status == E2L_OK) {
            status = put_formula(both, "rule_hex", choice->rules[slot], E2L_STYLE_HEX);
        }
        if (status == E2L_OK) {
            status = put_canonical(both, choice->rules[slot]);
        }
        e2l_text_append(both->out, "\"eta\":");
        e2l_json_put_number(both->out, choice->etas[slot]);
        e2l_text_append(both->out, "}");
    }
    e2l_text_append(both->out, "},");
    return status;
}

/* Canonical forms of the champion's formulas, which are smaller than those found: none is too large to be written. */
static e2l_status put_simplified(side_by_side *both)
{
    e2l_expr *canonical[E2L_MAX_SLOTS] = {NULL};
    size_t complexity = 0;
    e2l_status status = E2L_OK;
    for (size_t slot = 0; status == E2L_OK && slot < both->task->n_slots; slot++) {
        status = e2l_expr_canonical(both->ctx, &canonical[slot], both->champion->rules[slot]);
        complexity += status == E2L_OK ? e2l_expr_complexity(canonical[slot]) : 0;
    }
    if (status == E2L_OK) {
        status = e2l_put_rules(both->out, both->task, (const e2l_expr *const *)canonical, false);
    }
    e2l_text_appendf(both->out, ",\"complexity\":%zu,", complexity);
    for (size_t slot = 0; slot < both->task->n_slots; slot++) {
        e2l_expr_destroy(both->ctx, canonical[slot]);
    }
    return status;
}

/* `"canonical":..,"complexity":..,` of the champion. */
static e2l_status put_whole(side_by_side *both, const e2l_archive_entry *entry)
{
    e2l_text_append(both->out, "\"canonical\":");
    if (both->simplification.n_steps > 0) {
        return put_simplified(both);
    }
    e2l_put_texts(both->out, both->task, (const char *const *)entry->canonical, false);
    e2l_text_appendf(both->out, ",\"complexity\":%zu,", entry->complexity);
    return E2L_OK;
}

static e2l_status put_champion(side_by_side *both, const e2l_archive_entry *entry)
{
    e2l_text *out = both->out;
    e2l_status status = put_whole(both, entry);
    e2l_text_appendf(out, "\"eta_mode\":\"%s\",", e2l_eta_mode_text(both->lab->eta_mode));
    e2l_text_appendf(out, "\"generation\":%llu,\"island\":%llu,\"id\":%llu,\"parent\":%llu,",
                     (unsigned long long)entry->generation, (unsigned long long)entry->island,
                     (unsigned long long)entry->id, (unsigned long long)entry->parent);
    status = status == E2L_OK ? put_slots(both, both->champion) : status;
    e2l_text_append(out, "\"reference\":{\"name\":");
    e2l_json_quote(out, both->task->references[0].name);
    e2l_text_append(out, ",");
    if (status == E2L_OK) {
        status = put_slots(both, &both->reference.choices->at[0]);
    }
    e2l_text_append(out, "\"about\":");
    e2l_json_quote(out, both->task->references[0].about);
    e2l_text_append(out, "},");
    return status;
}

static e2l_status open_reference(side_by_side *both)
{
    const e2l_reference *reference = &both->task->references[0];
    double etas[E2L_MAX_SLOTS];
    for (size_t slot = 0; slot < both->task->n_slots; slot++) {
        etas[slot] = both->lab->eta0;
    }
    e2l_status status =
        e2l_contender_init(both->ctx, &both->reference, both->task, reference->name, reference->rules, etas);
    if (status == E2L_OK && both->lab->eta_mode == E2L_ETA_TUNE) {
        status = tune(both, E2L_SET_SEARCH, (size_t)both->lab->config->common.cases,
                      &both->reference.choices->at[0]);
    }
    return status;
}

/* ---- simplification ----------------------------------------------------------------------------------*/
static e2l_status simplify(side_by_side *both)
{
    const e2l_rule_choice *found = &both->found.choices->at[0];
    e2l_status status = e2l_simplify(both->ctx, &both->simplification, both->lab, (const e2l_expr *const *)found->rules,
                                     found->etas, (size_t)both->lab->config->search.simplify);
    both->champion = status == E2L_OK ? &both->simplification.result->at[0] : NULL;
    return status;
}

/* The rule as it was found, on the test set, beside what became of it: nothing was lost, or what. */
static e2l_status put_before(side_by_side *both)
{
    e2l_judge judge;
    e2l_judged before = {0}, after = {0};
    e2l_paired paired;
    e2l_status status = e2l_judge_open(both->ctx, &judge, &both->frozen, E2L_SET_TEST, 0);
    if (status != E2L_OK) {
        return status;
    }
    status = e2l_judge_rule(&judge, &both->found.choices->at[0], &before);
    status = status == E2L_OK ? e2l_judge_rule(&judge, both->champion, &after) : status;
    status = status == E2L_OK ? e2l_judge_compare(&judge, &after, &before, &paired) : status;
    if (status == E2L_OK) {
        e2l_text_appendf(both->out, "{\"n_cases\":%zu,\"from\":", judge.n_cases);
        put_judged(both, &before);
        e2l_text_append(both->out, ",\"to\":");
        put_judged(both, &after);
        e2l_text_append(both->out, ",\"paired\":");
        e2l_put_paired(both->out, &paired);
        e2l_text_append(both->out, "}");
    }
    e2l_judged_clear(both->ctx, &before);
    e2l_judged_clear(both->ctx, &after);
    e2l_judge_close(&judge);
    return status;
}

/* "simplification": {from: {slots}, the steps, test: both on unseen cases; null without steps}. */
static e2l_status put_simplification(side_by_side *both)
{
    e2l_text_append(both->out, "\"simplification\":{\"from\":{");
    e2l_status status = put_slots(both, &both->found.choices->at[0]);
    e2l_text_appendf(both->out, "\"id\":%llu},", (unsigned long long)both->id);
    e2l_simplification_put(both->out, &both->simplification);
    e2l_text_append(both->out, ",\"test\":");
    if (both->simplification.n_steps == 0) {
        e2l_text_append(both->out, "null");
    } else if (status == E2L_OK) {
        status = put_before(both);
    }
    e2l_text_append(both->out, "},");
    return status;
}

static e2l_status print_champion(side_by_side *both, const e2l_archive_entry *entry)
{
    e2l_status status = e2l_contender_init(both->ctx, &both->found, both->task, entry->canonical[0],
                                           (const char *const *)entry->rules, entry->etas);
    both->id = entry->id;
    status = status == E2L_OK ? simplify(both) : status;
    status = status == E2L_OK ? open_reference(both) : status;
    status = status == E2L_OK ? put_champion(both, entry) : status;
    status = status == E2L_OK ? put_simplification(both) : status;
    if (status == E2L_OK) {
        status = e2l_put_found(both->ctx, both->out, both->lab, (const e2l_expr *const *)both->champion->rules);
    }
    status = status == E2L_OK ? put_scores(both) : status;
    e2l_simplification_clear(&both->simplification);
    e2l_contender_clear(&both->found);
    e2l_contender_clear(&both->reference);
    for (size_t k = 0; k < N_FLAGS; k++) {
        e2l_text_clear(&both->flags[k]);
    }
    return status;
}

e2l_status e2l_champion_print(e2l_ctx *ctx, const e2l_lab *lab, const e2l_archive *archive, size_t champion,
                              e2l_text *out)
{
    side_by_side both = {
        .ctx = ctx, .lab = lab, .frozen = *lab, .task = lab->config->task, .out = out};
    for (size_t k = 0; k < N_FLAGS; k++) {
        both.flags[k].ctx = ctx;
    }
    both.tolerated = e2l_tolerated_loss(both.task);
    e2l_status status = E2L_OK;
    both.frozen.eta_mode = E2L_ETA_TASK;
    e2l_text_append(out, "{\"schema\":\"e2l.champion/1\",\"task\":");
    e2l_json_quote(out, both.task->name);
    e2l_text_append(out, ",");
    if (e2l_archive_n(archive) > 0) {
        e2l_archive_entry entry;
        e2l_archive_get(archive, champion, &entry);
        status = print_champion(&both, &entry);
    } else {
        e2l_text_append(out, "\"canonical\":null,\"slots\":null,\"scores\":null");
    }
    e2l_text_append(out, "}");
    return status == E2L_OK ? e2l_text_status(out) : status;
}
