/* comm_impl.h: what comm.c asks of MPI when there are several ranks; only for mpi/comm*.c. */
#ifndef E2L_MPI_COMM_IMPL_H
#define E2L_MPI_COMM_IMPL_H

#include "mpi/comm.h"

typedef struct e2l_comm_mpi e2l_comm_mpi;

E2L_MUST_CHECK e2l_status e2l_comm_mpi_open(e2l_ctx *ctx, e2l_comm_mpi **out, size_t *rank, size_t *size);
void e2l_comm_mpi_watch(e2l_comm_mpi *mpi, const volatile sig_atomic_t *cancel);
void e2l_comm_mpi_close(e2l_comm_mpi *mpi);
void e2l_comm_mpi_abort(e2l_comm_mpi *mpi, int code);
/* n bytes of rank `root` to all. */
E2L_MUST_CHECK e2l_status e2l_comm_mpi_broadcast(e2l_comm_mpi *mpi, void *bytes, size_t n, size_t root);
/* The smallest of all values, everywhere. */
E2L_MUST_CHECK e2l_status e2l_comm_mpi_smallest(e2l_comm_mpi *mpi, uint64_t *value);
E2L_MUST_CHECK e2l_status e2l_comm_mpi_gather(e2l_comm_mpi *mpi, const e2l_text *mine, e2l_text *all);
E2L_MUST_CHECK e2l_status e2l_comm_mpi_post(e2l_comm_mpi *mpi, size_t to, uint32_t tag, const void *bytes, size_t n);
E2L_MUST_CHECK e2l_status e2l_comm_mpi_take(e2l_comm_mpi *mpi, size_t from, uint32_t tag, e2l_text *out);
void e2l_comm_mpi_settle(e2l_comm_mpi *mpi);
void e2l_comm_mpi_call_stop(e2l_comm_mpi *mpi);
bool e2l_comm_mpi_is_stopped(e2l_comm_mpi *mpi);

#endif
