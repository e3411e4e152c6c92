/* fitness.h: what selection compares: a total order that NaN cannot break. */
#ifndef E2L_CGP_FITNESS_H
#define E2L_CGP_FITNESS_H

#include "cgp/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct e2l_fitness {
    bool ok;            /* every case ok: score counts */
    double score;       /* finite when ok, else 0 */
    uint64_t n_ok;      /* not ok: cases that were */
    uint64_t fail_step; /* not ok: sum of the steps reached by the others */
} e2l_fitness;

/* -1, 0, 1 as a is worse, equal, better. Bad ones rank below every finite score; among them more ok cases, then later
   failure, are better. A NaN or infinite score counts as not ok with nothing else known. */
int e2l_fitness_compare(e2l_fitness a, e2l_fitness b);
/* The worst of all: a candidate that cannot be run. */
e2l_fitness e2l_fitness_worst(void);

#ifdef __cplusplus
}
#endif
#endif
