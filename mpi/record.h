/* record.h: what every probe saw, as a long CSV: case,step,probe,index,value. */
#ifndef E2L_MPI_RECORD_H
#define E2L_MPI_RECORD_H

#include "mpi/scoring.h"

/* Runs the rule on every case of the judge and writes every look of every probe, unfolded; the file whole or not at all. With `every`
   probes look at the end of every step, whatever their conditions. `step` counts from 0. Cases that are not ok have no rows; values that
   are not finite are empty. With `probe` (may be NULL) that one alone. */
E2L_MUST_CHECK e2l_status e2l_record_write(e2l_judge *judge, const e2l_rule_choice *choice, const double *etas,
                                           const char *probe, bool every, const char *path);

#endif
