/* config_impl.h: what the files of the config share; only for mpi/config*.c. */
#ifndef E2L_MPI_CONFIG_IMPL_H
#define E2L_MPI_CONFIG_IMPL_H

#include "mpi/config.h"

/* The words a slot's keys may hold into what the table reads: "all" -> 0, constants true -> the default list, false -> none. */
E2L_MUST_CHECK e2l_status e2l_config_slot_words(e2l_ctx *ctx, cJSON *slot, const char *where);
/* Looks up functions, lays out the genome's shapes, reads the seeds. */
E2L_MUST_CHECK e2l_status e2l_config_resolve(e2l_ctx *ctx, e2l_config *config, const char *where);

#endif
