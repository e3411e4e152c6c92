/* archive.h: the best rule set of every complexity (Pareto front of fitness against complexity).

   The content is a function of the set of things offered, not of their order: among equals in fitness and complexity the one with
   the smallest (generation, island, canonical text) stays. */
#ifndef E2L_CGP_ARCHIVE_H
#define E2L_CGP_ARCHIVE_H

#include "cgp/expr.h"
#include "cgp/fitness.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct e2l_archive e2l_archive;

typedef struct e2l_archive_entry {
    size_t complexity;      /* summed over slots */
    e2l_fitness fitness;
    uint64_t generation, island, id, parent;
    char *const *rules;     /* [n_slots] evaluated text, exact */
    char *const *canonical; /* [n_slots] */
    const double *etas;     /* [n_slots] */
} e2l_archive_entry;

E2L_MUST_CHECK e2l_status e2l_archive_create(e2l_ctx *ctx, e2l_archive **out, size_t n_slots);
void e2l_archive_destroy(e2l_archive *archive);
/* Offers rules (copied as texts). Cheap when fitness cannot enter: the canonical form is computed only when needed. Only fitness.ok enters. */
E2L_MUST_CHECK e2l_status e2l_archive_offer(e2l_archive *archive, const e2l_expr *const *rules, e2l_fitness fitness,
                                            const double *etas, uint64_t generation, uint64_t island, uint64_t id,
                                            uint64_t parent);
/* The complexity of rules offered lately (a memo: it may have forgotten; never wrong). */
bool e2l_archive_recall(const e2l_archive *archive, const e2l_expr *const *rules, size_t *complexity);
/* All entries of `other` offered to `archive`. */
E2L_MUST_CHECK e2l_status e2l_archive_merge(e2l_archive *archive, const e2l_archive *other);
size_t e2l_archive_n(const e2l_archive *archive); /* simplest first, fitness rising */
void e2l_archive_get(const e2l_archive *archive, size_t k, e2l_archive_entry *out); /* borrowed until the next change */
void e2l_archive_reset(e2l_archive *archive);
/* Portable bytes, versioned; load replaces the content, or changes nothing and gives E2L_INPUT in words. */
E2L_MUST_CHECK e2l_status e2l_archive_save(const e2l_archive *archive, e2l_text *out);
E2L_MUST_CHECK e2l_status e2l_archive_load(e2l_archive *archive, const void *bytes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
