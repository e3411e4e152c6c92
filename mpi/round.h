/* round.h: the two halves of a round: every rank advances, rank 0 gathers. */
#ifndef E2L_MPI_ROUND_H
#define E2L_MPI_ROUND_H

#include "mpi/run.h"

/* Advances the islands of this rank by n generations with the migrations that fall due. CANCELLED: the islands are to be cleared. */
E2L_MUST_CHECK e2l_status e2l_round_advance(e2l_run *run, uint64_t n);
/* Collective: what happened since the last round to rank 0. `status` is this rank's; a rank that failed sends nothing. Rank 0: *complete when
   all islands came, and then desk->next and the lines are filled. */
E2L_MUST_CHECK e2l_status e2l_round_gather(e2l_run *run, e2l_status status, bool *complete);
/* Rank 0: appends the lines of the round in the order generation, island, and makes `next` the standing. */
E2L_MUST_CHECK e2l_status e2l_round_absorb(e2l_run *run);

#endif
