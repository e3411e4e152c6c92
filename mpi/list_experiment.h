/* list_experiment.h: the network of a task as JSON text, for `e2l list tasks NAME --experiment`. */
#ifndef E2L_MPI_LIST_EXPERIMENT_H
#define E2L_MPI_LIST_EXPERIMENT_H

#include "cgp/base.h"

/* Prints the experiment of the task's first search case on standard output. `spec` gives options as for eval (NAME:KEY=VALUE); NULL:
   the defaults of task `name`. */
E2L_MUST_CHECK e2l_status e2l_list_experiment(e2l_ctx *ctx, const char *name, const char *spec);

#endif
