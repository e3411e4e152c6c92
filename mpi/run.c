/* run.c: a search from start to champion; see run.h. */
#include "mpi/run.h"

#include <string.h>

#include "mpi/champion.h"
#include "mpi/desk.h"
#include "mpi/round.h"
#include "mpi/signals.h"

static const double ROUND_S = 0.25; /* how much work is lost at most when a checkpoint is asked for */

/* ---- opening -----------------------------------------------------------------------------------------*/
static size_t count_islands(uint64_t n_islands, size_t rank, size_t size)
{
    return rank < n_islands ? (size_t)((n_islands - rank + size - 1) / size) : 0;
}

static e2l_status open_islands(e2l_run *run)
{
    size_t rank = e2l_comm_rank(run->comm);
    size_t size = e2l_comm_size(run->comm);
    size_t n = count_islands(run->config->search.islands, rank, size);
    e2l_status status = E2L_OK;
    run->islands = e2l_alloc(run->ctx, n > 0 ? n : 1, sizeof *run->islands);
    if (!run->islands) {
        return E2L_NOMEM;
    }
    for (; status == E2L_OK && run->n_islands < n; run->n_islands++) {
        uint64_t index = rank + run->n_islands * size;
        status = e2l_island_init(run->ctx, &run->islands[run->n_islands], run->config, index);
        if (status != E2L_OK) {
            return status;
        }
    }
    return status;
}

static e2l_status open_engine(e2l_run *run)
{
    e2l_status status = e2l_lab_open(run->ctx, &run->lab, run->config, e2l_signals_cancel());
    if (status == E2L_OK) {
        status = e2l_scorer_create(run->ctx, &run->scorer, &run->lab);
    }
    return status == E2L_OK ? open_islands(run) : status;
}

static void close_engine(e2l_run *run)
{
    for (size_t k = 0; k < run->n_islands; k++) {
        e2l_island_clear(&run->islands[k]);
    }
    e2l_free(run->ctx, run->islands);
    e2l_scorer_destroy(run->scorer);
    e2l_lab_close(&run->lab);
    e2l_text_clear(&run->mine);
    e2l_text_clear(&run->all);
}

/* Every rank gets rank 0's standing and takes its islands out of it. Collective. */
static e2l_status distribute(e2l_run *run)
{
    e2l_snapshot all;
    const e2l_key none = {0};
    e2l_status status = e2l_snapshot_init(run->ctx, &all, (size_t)run->config->search.islands);
    if (status == E2L_OK && run->desk) {
        status = e2l_snapshot_encode(&run->desk->standing, none, &run->mine);
    }
    status = e2l_comm_agree(run->comm, status);
    if (status == E2L_OK) {
        status = e2l_comm_share(run->comm, &run->mine);
    }
    if (status == E2L_OK) {
        status = e2l_snapshot_decode(&all, none, e2l_text_get(&run->mine), run->mine.n);
    }
    run->generation = all.generation;
    for (size_t k = 0; status == E2L_OK && run->generation > 0 && k < run->n_islands; k++) {
        uint64_t index = run->islands[k].index;
        status = e2l_island_load(&run->islands[k], &all.search[index], &all.archive[index]);
    }
    e2l_snapshot_clear(&all);
    return e2l_comm_agree(run->comm, status);
}

/* ---- the loop ----------------------------------------------------------------------------------------*/
/* Generations of the next round, 0: all islands have used their evaluations. About ROUND_S of work, at most eight times the last round. */
static uint64_t plan_round(const e2l_run *run, uint64_t last)
{
    if (run->desk->n_spent == run->config->search.islands) {
        return 0;
    }
    uint64_t left = run->config->search.generations - run->generation;
    double every = run->config->output.checkpoint_s < ROUND_S ? run->config->output.checkpoint_s : ROUND_S;
    double fits = run->generation_s > 0 ? every / run->generation_s : 1;
    double most = 8.0 * (double)(last > 0 ? last : 1);
    double n = fits < most ? fits : most;
    uint64_t wanted = n < 1 ? 1 : (uint64_t)n;
    return wanted < left ? wanted : left;
}

/* Rank 0 says how long the next round is. Collective. */
static e2l_status share_plan(e2l_run *run, uint64_t *n)
{
    e2l_text_reset(&run->mine);
    if (run->desk) {
        *n = plan_round(run, *n);
        e2l_pack_u64(&run->mine, *n);
    }
    e2l_status status = e2l_comm_share(run->comm, &run->mine);
    if (status == E2L_OK) {
        e2l_unpack u = {.at = (const unsigned char *)run->mine.data, .left = run->mine.n};
        *n = e2l_unpack_u64(&u);
        status = u.bad ? e2l_fail(run->ctx, E2L_INTERNAL, "the plan of a round got lost") : E2L_OK;
    }
    return status;
}

/* Leaves a round that cannot be finished: the others are told, and what rank 0 holds is saved at once, because a launcher that
   was told to end gives little time. */
static void leave_round(e2l_run *run, e2l_status status)
{
    char message[E2L_MESSAGE_BYTES];
    (void)strncpy(message, e2l_ctx_message(run->ctx), sizeof message - 1);
    message[sizeof message - 1] = '\0';
    e2l_comm_call_stop(run->comm);
    if (run->desk && e2l_desk_save(run) != E2L_OK) {
        e2l_progress_say(&run->desk->progress, "e2l: %s", e2l_ctx_message(run->ctx));
    }
    (void)e2l_fail(run->ctx, status, "%s", message);
}

static e2l_status do_round(e2l_run *run, uint64_t *n)
{
    bool complete = false;
    e2l_status status = share_plan(run, n);
    if (status != E2L_OK || *n == 0) {
        return status; /* MPI itself failed: nobody can be asked; or all is done */
    }
    double start = e2l_clock_s();
    status = e2l_round_advance(run, *n);
    if (status != E2L_OK) {
        leave_round(run, status);
    }
    status = e2l_round_gather(run, status, &complete);
    if (status == E2L_OK && complete) {
        status = e2l_round_absorb(run);
    }
    if (status == E2L_OK && complete) {
        status = e2l_desk_tick(run);
    }
    run->generation_s = (e2l_clock_s() - start) / (double)*n;
    return e2l_comm_agree(run->comm, status);
}

static e2l_status search(e2l_run *run)
{
    uint64_t n = 0;
    bool more = true;
    e2l_status status = E2L_OK;
    while (status == E2L_OK && more && run->generation < run->config->search.generations) {
        status = do_round(run, &n);
        more = n > 0;
    }
    return status;
}

/* ---- the end -----------------------------------------------------------------------------------------*/
/* Rank 0: judges the finds and writes the results; DONE comes last. */
static e2l_status conclude(e2l_run *run)
{
    e2l_desk *desk = run->desk;
    e2l_progress_close(&desk->progress);
    e2l_status status = e2l_champion_write(run->ctx, &run->lab, &desk->standing, desk->dir);
    if (status == E2L_OK) {
        status = e2l_growing_sync(desk->history);
    }
    if (status == E2L_OK) {
        status = e2l_growing_sync(desk->lineage);
    }
    if (status == E2L_OK) {
        status = e2l_desk_provenance(run, "done");
    }
    if (status == E2L_OK) {
        status = e2l_folder_write(run->ctx, desk->dir, E2L_FILE_DONE, "done\n", strlen("done\n"));
    }
    return status == E2L_OK ? e2l_checkpoint_clear(run->ctx, desk->dir) : status;
}

/* Says how to go on after an end before the end; the status stays. */
static e2l_status say_goodbye(e2l_run *run, e2l_status status)
{
    e2l_desk *desk = run->desk;
    char message[E2L_MESSAGE_BYTES];
    (void)strncpy(message, e2l_ctx_message(run->ctx), sizeof message - 1);
    message[sizeof message - 1] = '\0';
    bool cancelled = status == E2L_CANCELLED;
    if (e2l_desk_save(run) != E2L_OK || e2l_desk_provenance(run, cancelled ? "stopped" : "failed") != E2L_OK) {
        e2l_progress_say(&desk->progress, "e2l: %s", e2l_ctx_message(run->ctx));
    }
    e2l_progress_close(&desk->progress);
    if (cancelled) {
        return e2l_fail(run->ctx, status, "stopped by %s after generation %llu; go on with: e2l resume %s",
                        e2l_signals_is_cancelled() ? e2l_signals_reason() : "another rank",
                        (unsigned long long)desk->standing.generation, desk->dir);
    }
    if (!e2l_folder_has(run->ctx, desk->dir, E2L_FILE_CONFIG)) {
        return e2l_fail(run->ctx, status, "%s (the run folder is gone)", message);
    }
    return e2l_fail(run->ctx, status, "%s (generations up to %llu are safe; go on with: e2l resume %s)", message,
                    (unsigned long long)(desk->saved_generation == UINT64_MAX ? 0 : desk->saved_generation), desk->dir);
}

static e2l_status run_all(e2l_run *run, const char *dir, bool resumes)
{
    e2l_status status = E2L_OK;
    if (e2l_comm_rank(run->comm) == 0) {
        status = e2l_desk_open(run, dir, resumes);
    }
    status = e2l_comm_agree(run->comm, status);
    if (status == E2L_OK) {
        status = e2l_comm_agree(run->comm, open_engine(run));
    }
    if (status == E2L_OK) {
        status = distribute(run);
    }
    if (status == E2L_OK && resumes && run->desk) {
        e2l_progress_say(&run->desk->progress, "e2l: going on with '%s' from generation %llu of %llu", dir,
                         (unsigned long long)run->generation, (unsigned long long)run->config->search.generations);
    }
    if (status == E2L_OK) {
        status = search(run);
    }
    if (status == E2L_OK) {
        status = e2l_comm_agree(run->comm, run->desk ? conclude(run) : E2L_OK);
    }
    return status;
}

e2l_status e2l_run_search(e2l_ctx *ctx, e2l_comm *comm, const e2l_config *config, const char *dir, bool resumes)
{
    e2l_run run = {.ctx = ctx, .comm = comm, .config = config, .mine = {.ctx = ctx}, .all = {.ctx = ctx}};
    e2l_comm_watch(comm, e2l_signals_cancel());
    e2l_status status = run_all(&run, dir, resumes);
    if (status != E2L_OK && run.desk && run.desk->history) {
        status = say_goodbye(&run, status);
    }
    close_engine(&run);
    e2l_desk_close(&run);
    return status;
}
