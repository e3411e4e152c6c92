/* tune.h: constants of the best rule, tuned by a local method: Nelder and Mead's simplex (GSL, nmsimplex2) on the score, which needs no
   derivatives and stands cases that diverge. Source: Nelder & Mead 1965, Computer Journal 7:308. */
#ifndef E2L_MPI_TUNE_H
#define E2L_MPI_TUNE_H

#include "mpi/island.h"

/* Between two generations: tunes the constants that the island's best rules use, if the best has changed since the last time, with at most
   search.tune evaluations; what is better takes the place of the best and is offered to the archive. */
E2L_MUST_CHECK e2l_status e2l_tune_best(e2l_island *island, e2l_scorer *scorer, uint64_t generation);

#endif
