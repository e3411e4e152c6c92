/* desk.c: see desk.h. */
#include "mpi/desk.h"

#include <string.h>

#include "mpi/signals.h"
#include "substrate/json.h"

static const double TIMING_EVERY_S = 1;
static const double LOCK_WAIT_S = 15; /* a launcher that was killed leaves its ranks alive for a few seconds */

static const char HISTORY_HEAD[] =
    "generation,island,best_score,best_complexity,median_score,candidates,skipped_silent,aborted\n";
static const char TIMING_HEAD[] = "elapsed_s,generation,proposals,evaluations,evaluations_per_s,ranks\n";

static e2l_status open_growing(e2l_run *run, e2l_growing **out, const char *name, uint64_t keep, const char *head)
{
    e2l_status status = e2l_growing_open(run->ctx, out, run->desk->dir, name, keep);
    if (status == E2L_OK && e2l_growing_length(*out) == 0 && *head) {
        status = e2l_growing_append(*out, head, strlen(head));
    }
    return status;
}

/* ---- going on ----------------------------------------------------------------------------------------*/
/* The length of a growing file now; 0 when there is none. */
static uint64_t length_now(e2l_run *run, const char *name)
{
    e2l_growing *file = NULL;
    uint64_t length = 0;
    if (e2l_folder_has(run->ctx, run->desk->dir, name) &&
        e2l_growing_open(run->ctx, &file, run->desk->dir, name, UINT64_MAX) == E2L_OK) {
        length = e2l_growing_length(file);
    }
    e2l_growing_close(file);
    return length;
}

static e2l_status try_checkpoint(e2l_run *run, uint64_t generation)
{
    e2l_desk *desk = run->desk;
    char *bytes = NULL;
    size_t n = 0;
    e2l_status status = e2l_checkpoint_read(run->ctx, &bytes, &n, desk->dir, generation);
    if (status == E2L_OK) {
        status = e2l_snapshot_decode(&desk->standing, desk->config_key, bytes, n);
    }
    e2l_free(run->ctx, bytes);
    if (status == E2L_OK && (desk->standing.history_bytes > length_now(run, E2L_FILE_HISTORY) ||
                             desk->standing.lineage_bytes > length_now(run, E2L_FILE_LINEAGE))) {
        status = e2l_fail(run->ctx, E2L_INPUT, "checkpoint: %s or %s is shorter than it was then", E2L_FILE_HISTORY,
                          E2L_FILE_LINEAGE);
    }
    return status;
}

/* The newest usable checkpoint into the standing. None usable although there are some: E2L_INPUT. */
static e2l_status load_checkpoint(e2l_run *run)
{
    uint64_t generations[E2L_MAX_CHECKPOINTS] = {0};
    e2l_desk *desk = run->desk;
    size_t n = e2l_checkpoint_list(run->ctx, desk->dir, generations);
    for (size_t k = 0; k < n; k++) {
        e2l_status status = try_checkpoint(run, generations[k]);
        if (status == E2L_OK) {
            /* Those that cannot be used would be taken for the newest again. */
            for (size_t bad = 0; status == E2L_OK && bad < k; bad++) {
                status = e2l_checkpoint_drop(run->ctx, desk->dir, generations[bad]);
            }
            desk->saved_generation = desk->standing.generation;
            return status;
        }
        if (status == E2L_NOMEM) {
            return status;
        }
        e2l_progress_say(&desk->progress, "e2l: checkpoint of generation %llu cannot be used: %s%s",
                         (unsigned long long)generations[k], e2l_ctx_message(run->ctx),
                         k + 1 < n ? "; trying the one before it" : "");
    }
    desk->standing.generation = 0;
    desk->standing.history_bytes = 0;
    desk->standing.lineage_bytes = 0;
    return n == 0 ? E2L_OK
                  : e2l_fail(run->ctx, E2L_INPUT,
                             "no checkpoint in '%.200s/%s' can be used; remove that folder to start again at generation 0",
                             desk->dir, E2L_FOLDER_CHECKPOINT);
}

/* ---- opening and closing -----------------------------------------------------------------------------*/
/* Files the config only names (the task's data) count as well: scores on old and on new data must not stand in one archive. */
static e2l_status add_named_files(e2l_run *run, e2l_key *key)
{
    const e2l_task *task = run->config->task;
    e2l_status status = E2L_OK;
    for (size_t k = 0; status == E2L_OK && k < task->n_fields; k++) {
        const e2l_field *field = &task->fields[k];
        bool is_path = field->type == E2L_FIELD_TEXT && strcmp(field->unit, "path") == 0;
        char *path = NULL;
        if (is_path) {
            memcpy(&path, (const char *)run->config->task_options + field->offset, sizeof path);
        }
        if (path) {
            char *bytes = NULL;
            size_t n = 0;
            status = e2l_file_read(run->ctx, &bytes, &n, path);
            *key = status == E2L_OK ? e2l_key_bytes(bytes, n, *key) : *key;
            e2l_free(run->ctx, bytes);
        }
    }
    return status;
}

static e2l_status read_config_key(e2l_run *run)
{
    char *bytes = NULL;
    size_t n = 0;
    e2l_status status = e2l_folder_read(run->ctx, &bytes, &n, run->desk->dir, E2L_FILE_CONFIG);
    if (status == E2L_OK) {
        run->desk->config_key = e2l_key_bytes(bytes, n, (e2l_key){0});
        status = add_named_files(run, &run->desk->config_key);
    }
    e2l_free(run->ctx, bytes);
    return status;
}

static e2l_status open_files(e2l_run *run)
{
    e2l_desk *desk = run->desk;
    e2l_status status =
        open_growing(run, &desk->history, E2L_FILE_HISTORY, desk->standing.history_bytes, HISTORY_HEAD);
    if (status == E2L_OK) {
        status = open_growing(run, &desk->lineage, E2L_FILE_LINEAGE, desk->standing.lineage_bytes, "");
    }
    return status;
}

static e2l_status prepare(e2l_run *run, bool resumes)
{
    e2l_desk *desk = run->desk;
    size_t n_islands = (size_t)run->config->search.islands;
    desk->history_lines = e2l_alloc(run->ctx, n_islands, sizeof *desk->history_lines);
    desk->lineage_lines = e2l_alloc(run->ctx, n_islands, sizeof *desk->lineage_lines);
    e2l_status status = desk->history_lines && desk->lineage_lines ? E2L_OK : E2L_NOMEM;
    for (size_t k = 0; status == E2L_OK && k < n_islands; k++) {
        e2l_text_init(&desk->history_lines[k], run->ctx);
        e2l_text_init(&desk->lineage_lines[k], run->ctx);
    }
    if (status == E2L_OK) {
        status = e2l_snapshot_init(run->ctx, &desk->standing, n_islands);
    }
    if (status == E2L_OK) {
        status = e2l_snapshot_init(run->ctx, &desk->next, n_islands);
    }
    if (status == E2L_OK) {
        status = open_growing(run, &desk->timing, E2L_FILE_TIMING, UINT64_MAX, TIMING_HEAD);
    }
    if (status == E2L_OK) {
        status = e2l_growing_lock(desk->timing, LOCK_WAIT_S);
    }
    if (status == E2L_OK) {
        status = read_config_key(run);
    }
    if (status == E2L_OK && resumes) {
        status = e2l_folder_tidy(run->ctx, desk->dir);
    }
    return status == E2L_OK && resumes ? load_checkpoint(run) : status;
}

e2l_status e2l_desk_open(e2l_run *run, const char *dir, bool resumes)
{
    double now = e2l_clock_s();
    run->desk = e2l_alloc(run->ctx, 1, sizeof *run->desk);
    if (!run->desk) {
        return E2L_NOMEM;
    }
    *run->desk = (e2l_desk){.dir = dir, .rule = {.ctx = run->ctx}, .scratch = {.ctx = run->ctx},
                            .saved_generation = UINT64_MAX, .started_s = now, .checkpoint_s = now, .timing_s = now};
    e2l_progress_open(&run->desk->progress, 0);
    e2l_status status = prepare(run, resumes);
    if (status == E2L_OK) {
        status = open_files(run);
    }
    if (status == E2L_OK) {
        e2l_progress_open(&run->desk->progress, run->desk->standing.generation);
        status = e2l_desk_provenance(run, NULL);
    }
    return status;
}

void e2l_desk_close(e2l_run *run)
{
    e2l_desk *desk = run->desk;
    if (!desk) {
        return;
    }
    e2l_progress_close(&desk->progress);
    e2l_growing_close(desk->history);
    e2l_growing_close(desk->lineage);
    e2l_growing_close(desk->timing);
    for (size_t k = 0; k < run->config->search.islands && desk->history_lines && desk->lineage_lines; k++) {
        e2l_text_clear(&desk->history_lines[k]);
        e2l_text_clear(&desk->lineage_lines[k]);
    }
    e2l_free(run->ctx, desk->history_lines);
    e2l_free(run->ctx, desk->lineage_lines);
    e2l_snapshot_clear(&desk->standing);
    e2l_snapshot_clear(&desk->next);
    e2l_text_clear(&desk->rule);
    e2l_text_clear(&desk->scratch);
    e2l_free(run->ctx, desk);
    run->desk = NULL;
}

/* ---- while it runs -----------------------------------------------------------------------------------*/
e2l_status e2l_desk_save(e2l_run *run)
{
    e2l_desk *desk = run->desk;
    if (desk->standing.generation == 0 || desk->saved_generation == desk->standing.generation) {
        return E2L_OK;
    }
    /* The lines first: a checkpoint must never know of more than the files hold. */
    e2l_status status = e2l_growing_sync(desk->history);
    if (status == E2L_OK) {
        status = e2l_growing_sync(desk->lineage);
    }
    if (status == E2L_OK) {
        status = e2l_snapshot_encode(&desk->standing, desk->config_key, &desk->scratch);
    }
    if (status == E2L_OK) {
        status = e2l_checkpoint_write(run->ctx, desk->dir, desk->standing.generation, desk->scratch.data,
                                      desk->scratch.n);
    }
    if (status == E2L_OK) {
        desk->saved_generation = desk->standing.generation;
        desk->checkpoint_s = e2l_clock_s();
    }
    return status;
}

static e2l_status add_timing(e2l_run *run, double now)
{
    e2l_desk *desk = run->desk;
    double elapsed = now - desk->started_s;
    e2l_text_reset(&desk->scratch);
    e2l_text_appendf(&desk->scratch, "%.3f,%llu,%llu,%llu,%.1f,%zu\n", elapsed,
                     (unsigned long long)desk->standing.generation, (unsigned long long)desk->n_proposals,
                     (unsigned long long)desk->n_evaluated, elapsed > 0 ? (double)desk->n_evaluated / elapsed : 0,
                     e2l_comm_size(run->comm));
    desk->timing_s = now;
    e2l_status status = e2l_text_status(&desk->scratch);
    return status == E2L_OK ? e2l_growing_append(desk->timing, desk->scratch.data, desk->scratch.n) : status;
}

/* Generations or evaluations are used up. */
static bool is_over(const e2l_run *run)
{
    return run->desk->standing.generation == run->config->search.generations ||
           run->desk->n_spent == run->config->search.islands;
}

static void show_progress(e2l_run *run)
{
    e2l_desk *desk = run->desk;
    const e2l_standing standing = {.generation = desk->standing.generation,
                                   .n_generations = run->config->search.generations,
                                   .n_counted = desk->n_counted,
                                   .budget = run->config->search.evaluations,
                                   .is_last = is_over(run),
                                   .has_best = desk->best.ok,
                                   .best = desk->best.score,
                                   .rule = e2l_text_get(&desk->rule),
                                   .n_proposals = desk->n_proposals,
                                   .n_evaluated = desk->n_evaluated};
    e2l_progress_show(&desk->progress, &standing);
}

e2l_status e2l_desk_tick(e2l_run *run)
{
    e2l_desk *desk = run->desk;
    double now = e2l_clock_s();
    bool is_last = is_over(run);
    bool asked = e2l_signals_take_checkpoint();
    e2l_status status = E2L_OK;
    show_progress(run);
    if (is_last || now - desk->timing_s >= TIMING_EVERY_S) {
        status = add_timing(run, now);
    }
    if (status == E2L_OK && (is_last || asked || now - desk->checkpoint_s >= run->config->output.checkpoint_s)) {
        status = e2l_desk_save(run);
    }
    if (status == E2L_OK && asked) {
        e2l_progress_say(&desk->progress, "e2l: checkpoint of generation %llu written",
                         (unsigned long long)desk->saved_generation);
    }
    return status;
}
