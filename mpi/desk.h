/* desk.h: rank 0's desk: the run folder's open files, the standing of the search, checkpoints. */
#ifndef E2L_MPI_DESK_H
#define E2L_MPI_DESK_H

#include "mpi/run.h"

/* Opens the files of the folder and, when the run is to go on, the last good checkpoint (desk->standing). A checkpoint that cannot be
   used is told of, removed, and the one before it tried; without any the run starts at generation 0. */
E2L_MUST_CHECK e2l_status e2l_desk_open(e2l_run *run, const char *dir, bool resumes);
void e2l_desk_close(e2l_run *run);
/* Writes the standing as a checkpoint, unless it is already. */
E2L_MUST_CHECK e2l_status e2l_desk_save(e2l_run *run);
/* Checkpoints, timing and progress that are due after a round. */
E2L_MUST_CHECK e2l_status e2l_desk_tick(e2l_run *run);
/* provenance.json: what depends on the machine, once per start of the program: {"starts": [...]}. `ended` says how the present start
   ended, NULL while it runs. */
E2L_MUST_CHECK e2l_status e2l_desk_provenance(e2l_run *run, const char *ended);

#endif
