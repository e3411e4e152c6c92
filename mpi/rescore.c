/* rescore.c: entries are texts; they are read, scored and offered again. */
#include "mpi/rescore.h"

#include <string.h>

#include "mpi/scoring.h"

typedef struct rescoring {
    e2l_ctx *ctx;
    const e2l_lab *lab;
    e2l_evaluator *evaluator;
    e2l_archive *fresh; /* owned */
    e2l_score *scores;  /* [cases] owned */
} rescoring;

/* Scores of one rule set, and with "eta": "tune" its new rates. */
static e2l_status score(rescoring *at, const e2l_expr *const *rules, double *etas)
{
    const e2l_candidate candidate = {.rules = rules, .etas = etas};
    if (at->lab->eta_mode != E2L_ETA_TUNE) {
        return e2l_evaluate(at->evaluator, &candidate, 1, at->scores);
    }
    size_t step = 0;
    const size_t n_slots = at->lab->config->task->n_slots;
    for (size_t slot = 0; slot < n_slots; slot++) {
        etas[slot] = at->lab->eta0;
    }
    e2l_status status = e2l_evaluate_tuned(at->evaluator, &rules, 1, etas, &step, at->scores);
    for (size_t slot = 0; status == E2L_OK && slot < n_slots; slot++) {
        etas[slot] = e2l_evaluator_eta(at->evaluator, at->lab->eta0, step);
    }
    return status;
}

static e2l_status rescore_entry(rescoring *at, const e2l_archive_entry *entry)
{
    const e2l_task *task = at->lab->config->task;
    e2l_expr *rules[E2L_MAX_SLOTS] = {NULL};
    double etas[E2L_MAX_SLOTS] = {0};
    const e2l_scope scope = {.any_name = true};
    e2l_status status = E2L_OK;
    memcpy(etas, entry->etas, task->n_slots * sizeof *etas);
    for (size_t slot = 0; status == E2L_OK && slot < task->n_slots; slot++) {
        status = e2l_expr_parse(at->ctx, &rules[slot], entry->rules[slot], strlen(entry->rules[slot]), &scope);
    }
    const e2l_expr *const *read = (const e2l_expr *const *)rules;
    status = status == E2L_OK ? score(at, read, etas) : status;
    if (status == E2L_OK) {
        e2l_fitness fitness = e2l_scores_fitness(at->scores, e2l_evaluator_n_cases(at->evaluator));
        status = fitness.ok ? e2l_archive_offer(at->fresh, read, fitness, etas, entry->generation, entry->island,
                                                entry->id, entry->parent)
                            : E2L_OK;
    }
    for (size_t slot = 0; slot < task->n_slots; slot++) {
        e2l_expr_destroy(at->ctx, rules[slot]);
    }
    return status;
}

/* Through bytes: the archive itself stays where it is, and whole when memory is out. */
static e2l_status take_over(e2l_ctx *ctx, e2l_archive *archive, const e2l_archive *fresh)
{
    e2l_text bytes = {.ctx = ctx};
    e2l_status status = e2l_archive_save(fresh, &bytes);
    status = status == E2L_OK ? e2l_archive_load(archive, e2l_text_get(&bytes), bytes.n) : status;
    e2l_text_clear(&bytes);
    return status;
}

e2l_status e2l_archive_rescore(e2l_ctx *ctx, e2l_archive *archive, const e2l_lab *lab, e2l_evaluator *evaluator)
{
    rescoring at = {.ctx = ctx, .lab = lab, .evaluator = evaluator};
    e2l_status status = e2l_archive_create(ctx, &at.fresh, lab->config->task->n_slots);
    at.scores = e2l_alloc(ctx, e2l_evaluator_n_cases(evaluator), sizeof *at.scores);
    status = status == E2L_OK && !at.scores ? E2L_NOMEM : status;
    for (size_t k = 0; status == E2L_OK && k < e2l_archive_n(archive); k++) {
        e2l_archive_entry entry;
        e2l_archive_get(archive, k, &entry);
        status = rescore_entry(&at, &entry);
    }
    status = status == E2L_OK ? take_over(ctx, archive, at.fresh) : status;
    e2l_free(ctx, at.scores);
    e2l_archive_destroy(at.fresh);
    return status;
}
