/* memo.h: what an island knows already: scores by key, and how many candidates it really had to evaluate.

   The key says what a candidate computes: its formula after bit-exact rewrites (search.cache exact and none), or its outputs on probe vectors
   (probes). What the memo answers depends on this island's course alone, so it is the same on any number of ranks. With `none`
   scores are computed again all the same; evaluations are counted as if they had been remembered. */
#ifndef E2L_MPI_MEMO_H
#define E2L_MPI_MEMO_H

#include "cgp/cache.h"
#include "cgp/pack.h"
#include "mpi/config.h"

typedef struct e2l_memo {
    e2l_ctx *ctx;     /* borrowed */
    e2l_cache *cache; /* owned */
    uint64_t block;   /* of cases the scores belong to */
    uint64_t n_evaluations;
} e2l_memo;

E2L_MUST_CHECK e2l_status e2l_memo_init(e2l_ctx *ctx, e2l_memo *out, const e2l_config *config);
void e2l_memo_clear(e2l_memo *memo);
/* Scores of another block of cases are forgotten. */
void e2l_memo_enter(e2l_memo *memo, uint64_t block);
/* The score, if it is known for the question asked: with `races`, whether it is at least `least`, and then which. What is below answers
   e2l_fitness_worst(), as the race itself does. */
bool e2l_memo_get(e2l_memo *memo, e2l_key key, bool races, double least, e2l_fitness *fitness, double *etas);
/* Remembers what an evaluation, or a race for `least`, gave. */
void e2l_memo_put(e2l_memo *memo, e2l_key key, bool races, double least, e2l_fitness fitness, const double *etas);
/* As bytes, and back. With `entries` false only the count is written, and a load leaves the memo empty. */
E2L_MUST_CHECK e2l_status e2l_memo_save(const e2l_memo *memo, bool entries, e2l_text *out);
E2L_MUST_CHECK e2l_status e2l_memo_load(e2l_memo *memo, const void *bytes, size_t n);

#endif
