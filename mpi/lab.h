/* lab.h: where rules are tried: an open substrate, the learning rate in force, and evaluators on the task's case sets. */
#ifndef E2L_MPI_LAB_H
#define E2L_MPI_LAB_H

#include "mpi/config.h"
#include "tasks/evaluate.h"

/* Where the learning rate comes from, first found: config (number or "tune"), data file, task. */
typedef enum e2l_eta_mode { E2L_ETA_GIVEN, E2L_ETA_DATA, E2L_ETA_TASK, E2L_ETA_TUNE } e2l_eta_mode;
const char *e2l_eta_mode_text(e2l_eta_mode mode); /* "given", "data", "task", "tune" */

typedef struct e2l_lab {
    e2l_ctx *ctx;             /* borrowed */
    const e2l_config *config; /* borrowed */
    e2l_device *device;       /* owned */
    const volatile sig_atomic_t *cancel;
    e2l_eta_mode eta_mode;
    double eta0; /* the rate; the middle of the grid when tuned */
} e2l_lab;

E2L_MUST_CHECK e2l_status e2l_lab_open(e2l_ctx *ctx, e2l_lab *out, const e2l_config *config,
                                       const volatile sig_atomic_t *cancel);
void e2l_lab_close(e2l_lab *lab);

/* How many cases of a set are used: what is asked for, or fewer when a data file holds fewer. */
E2L_MUST_CHECK e2l_status e2l_lab_count_cases(const e2l_lab *lab, const char *set, size_t wanted, size_t *n,
                                              size_t *available);
/* Evaluator on cases [first, first + n) of the set. Gives *out. */
E2L_MUST_CHECK e2l_status e2l_lab_evaluator(const e2l_lab *lab, e2l_evaluator **out, const char *set, size_t first,
                                            size_t n);

#endif
