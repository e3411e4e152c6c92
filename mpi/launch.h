/* launch.h: what `run` and `resume` share: rank 0 reads config and folder, all ranks get the config, the search runs, rank 0 shows what
   was found. */
#ifndef E2L_MPI_LAUNCH_H
#define E2L_MPI_LAUNCH_H

#include "mpi/arguments.h"
#include "mpi/comm.h"
#include "mpi/config.h"

/* Collective. Rank 0's part: reads the config (gives it, also when it fails) and the folder's name (gives *dir). `*finished`: there is nothing
   left to do. */
typedef e2l_status e2l_launch_fn(e2l_ctx *ctx, const e2l_arguments *arguments, e2l_config *config, char **dir, bool *finished);

/* Runs a command: parses the command line, opens the ranks, prepares, searches, shows. Returns the exit code. */
int e2l_launch(const e2l_usage *usage, int argc, char **argv, e2l_launch_fn *prepare, bool resumes);

#endif
