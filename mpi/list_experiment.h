/* list_experiment.h: the network of a task as JSON text, for `e2l list tasks NAME --experiment`. */
#ifndef E2L_MPI_LIST_EXPERIMENT_H
#define E2L_MPI_LIST_EXPERIMENT_H

#include <cjson/cJSON.h>

#include "mpi/config.h"

/* Prints the experiment of the task's first search case on standard output. `spec` gives options as for eval (NAME:KEY=VALUE); NULL:
   the defaults of task `name`. */
E2L_MUST_CHECK e2l_status e2l_list_experiment(e2l_ctx *ctx, const char *name, const char *spec);

/* Adds "unit", "terminal_units" and "terminal_classes" (global, neuron, pre, post, synapse) to `slots`, a JSON list of objects in the order of the task's slots: as they follow from the network
   of its first search case, "?" where nothing says one. */
E2L_MUST_CHECK e2l_status e2l_list_units(e2l_ctx *ctx, const e2l_config *config, cJSON *slots);
/* The task `name` with the options of `spec` (NULL: its defaults). Needs e2l_config_clear, also after a failure. */
E2L_MUST_CHECK e2l_status e2l_list_config(e2l_ctx *ctx, e2l_config *out, const char *name, const char *spec);

#endif
