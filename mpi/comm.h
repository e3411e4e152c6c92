/* comm.h: the ranks of a run, as a few verbs. The only place that knows MPI (comm_mpi.c); built without it, or started alone, there
   is one rank and every verb is the trivial one.

   Waiting is polite (a few thousand polls, then naps), so ranks with nothing to do leave the cores to the others. Failures of
   MPI itself are E2L_INTERNAL with its text. "Collective" verbs are called by all ranks in the same order. */
#ifndef E2L_MPI_COMM_H
#define E2L_MPI_COMM_H

#include <signal.h>

#include "cgp/base.h"

typedef struct e2l_comm e2l_comm;

/* Collective. Under mpirun or srun: initialises MPI; alone: one rank. E2L_TOOL when started by a launcher with several ranks and
   built without MPI. Gives *out. */
E2L_MUST_CHECK e2l_status e2l_comm_open(e2l_ctx *ctx, e2l_comm **out);
/* From now on take gives up with E2L_CANCELLED when the flag is raised. The flag outlives the comm. */
void e2l_comm_watch(e2l_comm *comm, const volatile sig_atomic_t *cancel);
/* Collective. Ends MPI. */
void e2l_comm_close(e2l_comm *comm);
/* Ends all ranks at once with this exit code: for failures after which the ranks cannot agree any more. Does not return under MPI. */
void e2l_comm_abort(e2l_comm *comm, int code);

size_t e2l_comm_rank(const e2l_comm *comm);
size_t e2l_comm_size(const e2l_comm *comm);
/* Started by a launcher (so that losing the parent process means that the job is gone). */
bool e2l_comm_is_launched(const e2l_comm *comm);

/* Collective: `text` of rank 0 becomes the text of all. */
E2L_MUST_CHECK e2l_status e2l_comm_share(e2l_comm *comm, e2l_text *text);
/* Collective: the worst of everybody's statuses with its message, in the ctx of everybody. A failure goes before CANCELLED. */
E2L_MUST_CHECK e2l_status e2l_comm_agree(e2l_comm *comm, e2l_status mine);
/* Collective: rank 0 gets the texts of all, one after the other in the order of ranks. */
E2L_MUST_CHECK e2l_status e2l_comm_gather(e2l_comm *comm, const e2l_text *mine, e2l_text *all);

/* Sends bytes to a rank (not to oneself); they are copied, nobody waits. */
E2L_MUST_CHECK e2l_status e2l_comm_post(e2l_comm *comm, size_t to, uint32_t tag, const void *bytes, size_t n);
/* Waits for the bytes that rank `from` posted with this tag. E2L_CANCELLED when a stop was called meanwhile. */
E2L_MUST_CHECK e2l_status e2l_comm_take(e2l_comm *comm, size_t from, uint32_t tag, e2l_text *out);
/* Forgets posts that have left. */
void e2l_comm_settle(e2l_comm *comm);

/* Tells the other ranks to leave the round: whoever waits in take, or asks is_stopped, hears of it. */
void e2l_comm_call_stop(e2l_comm *comm);
bool e2l_comm_is_stopped(e2l_comm *comm);

#endif
