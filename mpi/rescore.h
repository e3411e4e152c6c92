/* rescore.h: an archive on other cases: scores of different blocks of search cases are never compared.

   With search.resample_every the cases change; what an archive holds was scored on the block before. Every entry is scored again on the new
   one (learning rates tuned anew where they are tuned), and those that fail there or are beaten by a simpler one go. These evaluations are
   not counted in search.evaluations: they hold a few dozen rules. */
#ifndef E2L_MPI_RESCORE_H
#define E2L_MPI_RESCORE_H

#include "cgp/archive.h"
#include "mpi/lab.h"

/* Replaces the content of `archive` by its entries as they score on the evaluator's cases. After a failure it is as it was. */
E2L_MUST_CHECK e2l_status e2l_archive_rescore(e2l_ctx *ctx, e2l_archive *archive, const e2l_lab *lab,
                                              e2l_evaluator *evaluator);

#endif
