/* island.h: one island of the search on its rank: search, archive, and what it has to tell since it was last asked. */
#ifndef E2L_MPI_ISLAND_H
#define E2L_MPI_ISLAND_H

#include "cgp/archive.h"
#include "mpi/block.h"
#include "mpi/scorer.h"

typedef struct e2l_island {
    e2l_ctx *ctx; /* borrowed */
    const e2l_config *config; /* borrowed */
    uint64_t index;
    e2l_search *search;   /* owned */
    e2l_archive *archive; /* owned */
    e2l_memo memo;        /* owned */
    /* Since the last pack: one line of history.csv per generation, and (generation, line) of lineage.jsonl. */
    e2l_text history, lineage;
    /* Room for the largest batch. */
    size_t room;
    e2l_fitness *fitness; /* [room] owned */
    double *etas;         /* [room * n_slots] owned */
    e2l_fitness *told;    /* [n_told room] owned, for the median */
    size_t told_room;
    /* Complexity of the best rules, kept while they compute the same. */
    e2l_key best_key;
    uint64_t best_complexity;
    bool has_best;
    bool has_tuned;
    double tuned_score; /* of the best when its constants were tuned last */
} e2l_island;

E2L_MUST_CHECK e2l_status e2l_island_init(e2l_ctx *ctx, e2l_island *out, const e2l_config *config, uint64_t index);
void e2l_island_clear(e2l_island *island);
/* The island has used its share of search.evaluations: it takes no more steps. */
bool e2l_island_is_spent(const e2l_island *island);
/* One generation. After a failure (CANCELLED among them) the island is only good for clear. */
E2L_MUST_CHECK e2l_status e2l_island_step(e2l_island *island, e2l_scorer *scorer);

/* Search and archive as bytes, and back. */
E2L_MUST_CHECK e2l_status e2l_island_save(const e2l_island *island, e2l_text *search, e2l_text *archive);
E2L_MUST_CHECK e2l_status e2l_island_load(e2l_island *island, const e2l_text *search, const e2l_text *archive);

/* Canonical text of one rule per slot for people: "RULE", or "SLOT: RULE; SLOT: RULE"; and the complexity summed over slots. Rules too large
   to be written give E2L_UNSUPPORTED. */
E2L_MUST_CHECK e2l_status e2l_rules_describe(e2l_ctx *ctx, const e2l_task *task, const e2l_expr *const *rules, e2l_text *text,
                                             uint64_t *complexity);

#endif
