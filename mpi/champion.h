/* champion.h: what a finished search found: the archive of all islands, judged on cases it never saw.

   Writes archive.jsonl (every entry with its score on the select set) and champion.json: the simplest entry within one paired standard error
   of the best on select, with its scores on search, select, test and every shifted set beside the reference's on the same cases. */
#ifndef E2L_MPI_CHAMPION_H
#define E2L_MPI_CHAMPION_H

#include "mpi/checkpoint.h"
#include "mpi/lab.h"

E2L_MUST_CHECK e2l_status e2l_champion_write(e2l_ctx *ctx, const e2l_lab *lab, const e2l_snapshot *standing,
                                             const char *dir);

#endif
