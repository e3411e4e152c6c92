/* figures.h: statistics as members of JSON objects, the same words in every file: mean, sd, median, q25, q75, ci95, p, n. */
#ifndef E2L_MPI_FIGURES_H
#define E2L_MPI_FIGURES_H

#include "results/statistics.h"

/* `"key": value`; null when it is not finite. */
void e2l_put_member(e2l_text *out, const char *key, double value);
/* `[low, high]`. */
void e2l_put_interval(e2l_text *out, double low, double high);
/* `"mean": .., "sd": .., "median": .., "q25": .., "q75": .., "ci95": [..]`, without braces. */
void e2l_put_summary(e2l_text *out, const e2l_summary *summary);
/* `{"mean": .., "sd": .., "ci95": [..], "p": .., "n": .., "cases_needed": ..}`. */
void e2l_put_paired(e2l_text *out, const e2l_paired *paired);

#endif
