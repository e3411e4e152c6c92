/* champion_sets.c: the champion and the reference on every set of cases, side by side, as JSON.

   Learning rates stay as they were found ("eta": "tune" finds them on the search set alone). Shifted sets have a second pair of
   results with rates tuned anew on their first cases, for both alike: it tells a rule that does not generalise from one
   whose rate was fitted to its data. */
#include "mpi/champion_impl.h"

#include <math.h>
#include <string.h>

#include "mpi/figures.h"
#include "substrate/json.h"

enum { RETUNE_CASES = 10 };

/* The two on one set. */
typedef struct side_by_side {
    e2l_ctx *ctx;
    const e2l_lab *lab; /* as the config says */
    e2l_lab frozen;     /* rates come with the rules */
    const e2l_task *task;
    e2l_contender champion, reference;
    e2l_text *out;
} side_by_side;

static void put_judged(side_by_side *both, const e2l_judged *judged)
{
    e2l_text *out = both->out;
    e2l_text_append(out, "{\"eta\":");
    e2l_put_etas(out, both->task, judged->etas);
    e2l_text_appendf(out, ",\"n_ok\":%zu,", judged->n_ok);
    e2l_put_summary(out, &judged->summary);
    e2l_text_append(out, "}");
}

/* `"champion":{...},"reference":{...},"paired":{...}` on the judge's cases at the given rates. */
static e2l_status put_both(side_by_side *both, e2l_judge *judge)
{
    e2l_judged champion = {0};
    e2l_judged reference = {0};
    e2l_paired paired;
    e2l_status status = e2l_judge_rule(judge, &both->champion.choices->at[0], &champion);
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
    }
    e2l_judged_clear(both->ctx, &champion);
    e2l_judged_clear(both->ctx, &reference);
    return status;
}

/* ---- learning rates ----------------------------------------------------------------------------------*/
/* Moves the contender's rates to the best step of the grid around the lab's, on n cases of the set. */
static e2l_status tune(side_by_side *both, const char *set, size_t n_wanted, e2l_contender *contender)
{
    e2l_evaluator *evaluator = NULL;
    size_t n = 0;
    size_t available = 0;
    e2l_rule_choice *choice = &contender->choices->at[0];
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
static e2l_status put_retuned(side_by_side *both, e2l_judge *judge)
{
    double champion[E2L_MAX_SLOTS];
    double reference[E2L_MAX_SLOTS];
    copy_etas(both, champion, both->champion.choices->at[0].etas);
    copy_etas(both, reference, both->reference.choices->at[0].etas);
    e2l_status status = tune(both, judge->set, RETUNE_CASES, &both->champion);
    if (status == E2L_OK) {
        status = tune(both, judge->set, RETUNE_CASES, &both->reference);
    }
    if (status == E2L_OK) {
        e2l_text_append(both->out, ",\"retuned\":{");
        status = put_both(both, judge);
        e2l_text_append(both->out, "}");
    }
    copy_etas(both, both->champion.choices->at[0].etas, champion);
    copy_etas(both, both->reference.choices->at[0].etas, reference);
    return status;
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
    status = put_both(both, &judge);
    if (status == E2L_OK && strncmp(set, E2L_SET_SHIFT, strlen(E2L_SET_SHIFT)) == 0) {
        status = put_retuned(both, &judge);
    }
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
static e2l_status put_slots(side_by_side *both, const e2l_contender *contender)
{
    const e2l_rule_choice *choice = &contender->choices->at[0];
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

static e2l_status put_champion(side_by_side *both, const e2l_archive_entry *entry)
{
    e2l_text *out = both->out;
    e2l_text_append(out, "\"canonical\":");
    e2l_put_texts(out, both->task, entry->canonical);
    e2l_text_appendf(out, ",\"complexity\":%zu,\"eta_mode\":\"%s\",", entry->complexity,
                     e2l_eta_mode_text(both->lab->eta_mode));
    e2l_text_appendf(out, "\"generation\":%llu,\"island\":%llu,\"id\":%llu,\"parent\":%llu,",
                     (unsigned long long)entry->generation, (unsigned long long)entry->island,
                     (unsigned long long)entry->id, (unsigned long long)entry->parent);
    e2l_status status = put_slots(both, &both->champion);
    e2l_text_append(out, "\"reference\":{\"name\":");
    e2l_json_quote(out, both->task->references[0].name);
    e2l_text_append(out, ",");
    if (status == E2L_OK) {
        status = put_slots(both, &both->reference);
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
        status = tune(both, E2L_SET_SEARCH, (size_t)both->lab->config->common.cases, &both->reference);
    }
    return status;
}

static e2l_status print_champion(side_by_side *both, const e2l_archive_entry *entry)
{
    e2l_status status = e2l_contender_init(both->ctx, &both->champion, both->task, entry->canonical[0],
                                           (const char *const *)entry->rules, entry->etas);
    if (status == E2L_OK) {
        status = open_reference(both);
    }
    if (status == E2L_OK) {
        status = put_champion(both, entry);
    }
    if (status == E2L_OK) {
        status = put_scores(both);
    }
    e2l_contender_clear(&both->champion);
    e2l_contender_clear(&both->reference);
    return status;
}

e2l_status e2l_champion_print(e2l_ctx *ctx, const e2l_lab *lab, const e2l_archive *archive, size_t champion,
                              e2l_text *out)
{
    side_by_side both = {.ctx = ctx, .lab = lab, .frozen = *lab, .task = lab->config->task, .out = out};
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
