/* run.h: a search over all ranks, from its first generation or its last checkpoint to the champion.

   Rounds: every rank advances its islands by the same number of generations, islands exchange migrants along a ring at fixed
   generations, then rank 0 gathers the lines of history and lineage and the state of every island. Nothing that is
   written depends on how many generations a round has, on the number of ranks, or on when checkpoints are made. */
#ifndef E2L_MPI_RUN_H
#define E2L_MPI_RUN_H

#include "mpi/checkpoint.h"
#include "mpi/comm.h"
#include "mpi/island.h"
#include "mpi/progress.h"
#include "results/run_folder.h"

/* What only rank 0 has. */
typedef struct e2l_desk {
    const char *dir; /* borrowed */
    e2l_key config_key;                      /* of config.json and the data files it names */
    e2l_growing *history, *lineage, *timing; /* owned */
    e2l_snapshot standing, next;             /* last gathered round; the one being gathered */
    e2l_text *history_lines, *lineage_lines; /* [n_islands] owned: of the round */
    e2l_text rule;                           /* canonical text of the best */
    e2l_fitness best;
    e2l_text scratch;
    uint64_t n_proposals, n_evaluated; /* all ranks, this process */
    uint64_t n_spent;                  /* islands that have used their evaluations */
    uint64_t n_counted;                /* evaluations of all islands since generation 0 */
    double checkpoint_s, timing_s;     /* clock of the last ones */
    uint64_t saved_generation;         /* of the last checkpoint; UINT64_MAX: none */
    double started_s;
    e2l_progress progress;
} e2l_desk;

typedef struct e2l_run {
    e2l_ctx *ctx;             /* borrowed */
    e2l_comm *comm;           /* borrowed */
    const e2l_config *config; /* borrowed */
    e2l_lab lab;
    e2l_scorer *scorer;  /* owned */
    e2l_island *islands; /* [n_islands] owned: those of this rank, in order */
    size_t n_islands;
    uint64_t generation; /* generations finished */
    double generation_s; /* seconds per generation of the last round */
    e2l_text mine, all;  /* bytes to and from rank 0 */
    e2l_desk *desk;      /* owned; NULL on other ranks */
} e2l_run;

/* Collective. Runs `config` in the folder `dir` (rank 0's; made and holding config.json). `resumes`: from the last checkpoint, if any. */
E2L_MUST_CHECK e2l_status e2l_run_search(e2l_ctx *ctx, e2l_comm *comm, const e2l_config *config, const char *dir,
                                         bool resumes);

#endif
