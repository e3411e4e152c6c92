/* trajectory.h: one case of the task a rule was found on, step by step, for whoever takes the rule elsewhere: what came in, and what the plastic
   weights and their targets did. */
#ifndef E2L_MPI_TRAJECTORY_H
#define E2L_MPI_TRAJECTORY_H

#include "mpi/config.h"
#include "results/rule.h"

/* Appends the CSV of the first test case to `out`: a comment, then step,what,index,value. Step -1: the plastic weights before anything was learned.
   Steps 0 .. : ports that arrays feed, states of the populations the rule serves, plastic weights, each as it is at the end of the step; the
   first 2000 steps, fewer where a step has more than 125 values. Decimals that read back to the same bits. E2L_INPUT, in words, when there
   can be no trajectory: the rule lacks a slot or its learning rate, fails on the case, or steps are too large (under 200 of them would fit). */
E2L_MUST_CHECK e2l_status e2l_trajectory_make(e2l_ctx *ctx, const e2l_config *config, const e2l_rule_set *rule, e2l_text *out);

#endif
