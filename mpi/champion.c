/* champion.c: choosing the champion; see champion.h. champion_sets.c judges it. */
#include "mpi/champion_impl.h"

#include <math.h>
#include <string.h>

#include "mpi/figures.h"
#include "mpi/rescore.h"
#include "results/run_folder.h"
#include "substrate/json.h"

/* ---- rules of the archive ----------------------------------------------------------------------------*/
e2l_status e2l_contender_init(e2l_ctx *ctx, e2l_contender *out, const e2l_task *task, const char *label,
                              const char *const *texts, const double *etas)
{
    *out = (e2l_contender){.ctx = ctx, .task = task};
    out->choices = e2l_alloc(ctx, 1, sizeof *out->choices);
    if (!out->choices) {
        return E2L_NOMEM;
    }
    e2l_status status = e2l_rule_choices_add(ctx, out->choices, task, label, texts, "rule");
    for (size_t slot = 0; status == E2L_OK && slot < task->n_slots; slot++) {
        out->choices->at[0].etas[slot] = etas[slot];
    }
    if (status != E2L_OK) {
        e2l_contender_clear(out);
    }
    return status;
}

void e2l_contender_clear(e2l_contender *contender)
{
    if (contender->choices) {
        e2l_rule_choices_clear(contender->ctx, contender->choices);
        e2l_free(contender->ctx, contender->choices);
    }
    *contender = (e2l_contender){0};
}

static e2l_status entry_contender(e2l_ctx *ctx, e2l_contender *out, const e2l_task *task, const e2l_archive_entry *entry)
{
    return e2l_contender_init(ctx, out, task, entry->canonical[0], (const char *const *)entry->rules, entry->etas);
}

/* With new cases every so often, islands may have ended on different ones: all archives go to the first block. */
static e2l_status open_first_block(const e2l_lab *lab, e2l_evaluator **out)
{
    size_t n = 0, available = 0;
    *out = NULL;
    if (lab->config->search.resample_every == 0) {
        return E2L_OK;
    }
    e2l_status status = e2l_lab_count_cases(lab, E2L_SET_SEARCH, (size_t)lab->config->common.cases, &n, &available);
    return status == E2L_OK ? e2l_lab_evaluator(lab, out, E2L_SET_SEARCH, 0, n) : status;
}

static e2l_status merge_archives(e2l_ctx *ctx, e2l_archive **out, const e2l_snapshot *standing, const e2l_lab *lab)
{
    e2l_archive *one = NULL;
    e2l_evaluator *first_block = NULL;
    e2l_status status = e2l_archive_create(ctx, out, lab->config->task->n_slots);
    if (status == E2L_OK) {
        status = e2l_archive_create(ctx, &one, lab->config->task->n_slots);
    }
    if (status == E2L_OK) {
        status = open_first_block(lab, &first_block);
    }
    for (size_t k = 0; status == E2L_OK && k < standing->n_islands; k++) {
        status = e2l_archive_load(one, e2l_text_get(&standing->archive[k]), standing->archive[k].n);
        if (status == E2L_OK && first_block) {
            status = e2l_archive_rescore(ctx, one, lab, first_block);
        }
        if (status == E2L_OK) {
            status = e2l_archive_merge(*out, one);
        }
    }
    e2l_evaluator_destroy(first_block);
    e2l_archive_destroy(one);
    return status;
}

/* ---- choosing ----------------------------------------------------------------------------------------*/
/* Scores of every entry on the select set: scores[entry * n_cases + case]. */
static e2l_status judge_entries(e2l_ctx *ctx, const e2l_archive *archive, const e2l_task *task, e2l_judge *judge,
                                e2l_score *scores)
{
    e2l_status status = E2L_OK;
    for (size_t k = 0; status == E2L_OK && k < e2l_archive_n(archive); k++) {
        e2l_archive_entry entry;
        e2l_contender contender;
        e2l_judged judged = {0};
        e2l_archive_get(archive, k, &entry);
        status = entry_contender(ctx, &contender, task, &entry);
        if (status != E2L_OK) {
            return status;
        }
        status = e2l_judge_rule(judge, &contender.choices->at[0], &judged);
        if (status == E2L_OK) {
            memcpy(scores + k * judge->n_cases, judged.scores, judge->n_cases * sizeof *scores);
        }
        e2l_judged_clear(ctx, &judged);
        e2l_contender_clear(&contender);
    }
    return status;
}

/* Index of the champion among n_entries (simplest first): the simplest one that holds against the best. */
static size_t choose(const e2l_score *scores, size_t n_entries, size_t n_cases, double tolerated)
{
    size_t best = 0;
    for (size_t k = 1; k < n_entries; k++) {
        e2l_fitness fitness = e2l_scores_fitness(scores + k * n_cases, n_cases);
        if (e2l_fitness_compare(fitness, e2l_scores_fitness(scores + best * n_cases, n_cases)) > 0) {
            best = k;
        }
    }
    if (!e2l_scores_fitness(scores + best * n_cases, n_cases).ok) {
        return best;
    }
    for (size_t k = 0; k < best; k++) {
        if (e2l_scores_hold(scores + best * n_cases, scores + k * n_cases, n_cases, tolerated)) {
            return k;
        }
    }
    return best;
}

/* ---- archive.jsonl -----------------------------------------------------------------------------------*/
static void put_entry(e2l_text *out, const e2l_task *task, const e2l_archive_entry *entry, e2l_fitness select)
{
    e2l_text_appendf(out, "{\"complexity\":%zu,\"rule\":", entry->complexity);
    e2l_put_texts(out, task, (const char *const *)entry->rules, false);
    e2l_text_append(out, ",\"canonical\":");
    e2l_put_texts(out, task, (const char *const *)entry->canonical, false);
    e2l_text_append(out, ",\"eta\":");
    e2l_put_etas(out, task, entry->etas, false);
    e2l_text_append(out, ",\"score\":");
    e2l_json_put_number(out, entry->fitness.score);
    e2l_text_append(out, ",\"select\":");
    e2l_json_put_number(out, select.ok ? select.score : (double)NAN);
    e2l_text_appendf(out, ",\"island\":%llu,\"generation\":%llu,\"id\":%llu,\"parent\":%llu}\n",
                     (unsigned long long)entry->island, (unsigned long long)entry->generation,
                     (unsigned long long)entry->id, (unsigned long long)entry->parent);
}

static e2l_status write_archive(e2l_ctx *ctx, const e2l_task *task, const e2l_archive *archive, const e2l_score *scores,
                                size_t n_cases, const char *dir)
{
    e2l_text lines = {.ctx = ctx};
    for (size_t k = 0; k < e2l_archive_n(archive); k++) {
        e2l_archive_entry entry;
        e2l_archive_get(archive, k, &entry);
        put_entry(&lines, task, &entry, e2l_scores_fitness(scores + k * n_cases, n_cases));
    }
    e2l_status status = e2l_text_status(&lines);
    if (status == E2L_OK) {
        status = e2l_folder_write(ctx, dir, E2L_FILE_ARCHIVE, e2l_text_get(&lines), lines.n);
    }
    e2l_text_clear(&lines);
    return status;
}

/* ---- the whole ---------------------------------------------------------------------------------------*/
/* Judges all entries, writes the archive and gives the champion's index. */
static e2l_status select_champion(e2l_ctx *ctx, const e2l_lab *lab, const e2l_archive *archive, const char *dir,
                                  size_t *champion)
{
    const e2l_task *task = lab->config->task;
    e2l_judge judge;
    size_t n = e2l_archive_n(archive);
    e2l_status status = e2l_judge_open(ctx, &judge, lab, E2L_SET_SELECT, 0);
    if (status != E2L_OK) {
        return status;
    }
    e2l_score *scores = e2l_alloc(ctx, n > 0 ? n * judge.n_cases : 1, sizeof *scores);
    status = scores ? judge_entries(ctx, archive, task, &judge, scores) : E2L_NOMEM;
    if (status == E2L_OK) {
        *champion = n > 0 ? choose(scores, n, judge.n_cases, e2l_tolerated_loss(task)) : 0;
        status = write_archive(ctx, task, archive, scores, judge.n_cases, dir);
    }
    e2l_free(ctx, scores);
    e2l_judge_close(&judge);
    return status;
}

/* The champion's file; without any rule that ran on all cases, the file says so. */
static e2l_status write_champion(e2l_ctx *ctx, const e2l_lab *lab, const e2l_archive *archive, size_t champion,
                                 const char *dir)
{
    e2l_text text = {.ctx = ctx};
    e2l_text pretty = {.ctx = ctx};
    cJSON *json = NULL;
    e2l_status status = e2l_champion_print(ctx, lab, archive, champion, &text);
    if (status == E2L_OK) {
        status = e2l_json_parse(ctx, &json, e2l_text_get(&text), text.n, E2L_FILE_CHAMPION);
    }
    if (status == E2L_OK) {
        status = e2l_json_print(json, true, &pretty);
    }
    if (status == E2L_OK) {
        e2l_text_append(&pretty, "\n");
        status = e2l_text_status(&pretty);
    }
    if (status == E2L_OK) {
        status = e2l_folder_write(ctx, dir, E2L_FILE_CHAMPION, pretty.data, pretty.n);
    }
    e2l_json_free(json);
    e2l_text_clear(&text);
    e2l_text_clear(&pretty);
    return status;
}

e2l_status e2l_champion_write(e2l_ctx *ctx, const e2l_lab *lab, const e2l_snapshot *standing, const char *dir)
{
    e2l_lab frozen = *lab; /* borrows the device; learning rates are those that were found */
    e2l_archive *archive = NULL;
    size_t champion = 0;
    frozen.eta_mode = E2L_ETA_TASK;
    e2l_status status = merge_archives(ctx, &archive, standing, lab);
    if (status == E2L_OK) {
        status = select_champion(ctx, &frozen, archive, dir, &champion);
    }
    if (status == E2L_OK) {
        status = write_champion(ctx, lab, archive, champion, dir);
    }
    e2l_archive_destroy(archive);
    return status;
}
