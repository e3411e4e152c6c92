/* signals.h: what the outside asks of a running search.

   SIGINT, SIGTERM: end with a checkpoint; the same one again, half a second later or more: end at once. SIGUSR1: write a checkpoint and go on. */
#ifndef E2L_MPI_SIGNALS_H
#define E2L_MPI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Starts listening. With `watch_parent`, losing the parent process (the launcher was killed) counts as SIGTERM. */
void e2l_signals_open(bool watch_parent);
/* The flag that is raised: for evaluators to look at. */
const volatile sig_atomic_t *e2l_signals_cancel(void);
/* The search is to end. Looks after the parent as well. */
bool e2l_signals_is_cancelled(void);
/* "SIGTERM", "SIGINT" or "the launcher is gone". */
const char *e2l_signals_reason(void);
/* True once for every SIGUSR1. */
bool e2l_signals_take_checkpoint(void);

#endif
