/* figures.h: statistics as members of JSON objects, the same words in every file: mean, sd, median, q25, q75, ci95, p, n. */
#ifndef E2L_MPI_FIGURES_H
#define E2L_MPI_FIGURES_H

#include "cgp/expr.h"
#include "results/statistics.h"
#include "tasks/task.h"

/* `"key": value`; null when it is not finite. */
void e2l_put_member(e2l_text *out, const char *key, double value);
/* `[low, high]`. */
void e2l_put_interval(e2l_text *out, double low, double high);
/* `"mean": .., "sd": .., "median": .., "q25": .., "q75": .., "ci95": [..]`, without braces. */
void e2l_put_summary(e2l_text *out, const e2l_summary *summary);
/* `{"mean": .., "sd": .., "ci95": [..], "p": .., "n": .., "cases_needed": ..}`. */
void e2l_put_paired(e2l_text *out, const e2l_paired *paired);

/* One value per slot: the value itself for a task with one slot, else {"SLOT": value, ..}. `always`: the object for one slot, too. */
void e2l_put_texts(e2l_text *out, const e2l_task *task, const char *const *texts, bool always);
void e2l_put_etas(e2l_text *out, const e2l_task *task, const double *etas, bool always);
/* Formulas with the shortest decimals; E2L_UNSUPPORTED when one is too large to be written. */
E2L_MUST_CHECK e2l_status e2l_put_rules(e2l_text *out, const e2l_task *task, const e2l_expr *const *rules, bool always);

#endif
