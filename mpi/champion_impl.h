/* champion_impl.h: what champion.c and champion_sets.c share. */
#ifndef E2L_MPI_CHAMPION_IMPL_H
#define E2L_MPI_CHAMPION_IMPL_H

#include "cgp/archive.h"
#include "mpi/champion.h"
#include "mpi/scoring.h"

/* A rule set with the learning rates it runs at. */
typedef struct e2l_contender {
    e2l_ctx *ctx;
    const e2l_task *task;
    e2l_rule_choices *choices; /* owned: one */
} e2l_contender;

E2L_MUST_CHECK e2l_status e2l_contender_init(e2l_ctx *ctx, e2l_contender *out, const e2l_task *task, const char *label,
                                             const char *const *texts, const double *etas);
void e2l_contender_clear(e2l_contender *contender);

/* Judges entry `champion` of the archive and the task's first reference on every set; champion.json as compact text. */
E2L_MUST_CHECK e2l_status e2l_champion_print(e2l_ctx *ctx, const e2l_lab *lab, const e2l_archive *archive, size_t champion,
                                             e2l_text *out);

#endif
