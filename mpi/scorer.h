/* scorer.h: scores of a search's proposals on one rank: looked up, told apart within the batch, run, remembered.

   What it answers is a pure function of (config, block of cases, rules, bar); what is remembered decides how often it is computed. */
#ifndef E2L_MPI_SCORER_H
#define E2L_MPI_SCORER_H

#include "mpi/lab.h"
#include "mpi/memo.h"

typedef struct e2l_scorer e2l_scorer;

E2L_MUST_CHECK e2l_status e2l_scorer_create(e2l_ctx *ctx, e2l_scorer **out, const e2l_lab *lab);
void e2l_scorer_destroy(e2l_scorer *scorer);

/* Scores on the search cases in force at this generation; `memo` is the island's. etas[i * n_slots + slot] is the rate of each. `bar`, if not
   NULL, is what a candidate must reach to matter: with search.racing those that stay below it by more than the margin get
   e2l_fitness_worst(). */
E2L_MUST_CHECK e2l_status e2l_scorer_score(e2l_scorer *scorer, e2l_memo *memo, uint64_t generation,
                                           const e2l_proposal *proposals, size_t n, const e2l_fitness *bar,
                                           e2l_fitness *fitness, double *etas);

/* The evaluator on the search cases in force at this generation; `memo` enters their block. Borrowed until another generation is asked for. */
E2L_MUST_CHECK e2l_status e2l_scorer_evaluator(e2l_scorer *scorer, e2l_memo *memo, uint64_t generation, e2l_evaluator **out);

typedef struct e2l_scorer_counts {
    uint64_t n_proposals; /* scores handed out */
    uint64_t n_evaluated; /* of these, run */
    uint64_t n_cases;     /* cases of one score */
} e2l_scorer_counts;
void e2l_scorer_count(const e2l_scorer *scorer, e2l_scorer_counts *out);

#endif
