/* cache.h: exact memory of scores: key of what is computed -> fitness and learning rates. On or off, results are the same. */
#ifndef E2L_CGP_CACHE_H
#define E2L_CGP_CACHE_H

#include "cgp/expr.h"
#include "cgp/fitness.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct e2l_cache e2l_cache;

/* At most `capacity` entries (oldest half forgotten when full); a capacity below 2 keeps nothing. Owns its memory from the
   start: get and put never allocate. */
E2L_MUST_CHECK e2l_status e2l_cache_create(e2l_ctx *ctx, e2l_cache **out, size_t n_slots, size_t capacity);
void e2l_cache_destroy(e2l_cache *cache);
/* True and filled when known. etas has n_slots numbers. */
bool e2l_cache_get(e2l_cache *cache, e2l_key key, e2l_fitness *fitness, double *etas);
/* A known key is overwritten. */
void e2l_cache_put(e2l_cache *cache, e2l_key key, e2l_fitness fitness, const double *etas);
void e2l_cache_reset(e2l_cache *cache);
/* Content as portable bytes, and back into a cache of the same capacity and slots: a loaded cache forgets what the saved one would have
   forgotten. E2L_INPUT in words, and an empty cache, for bytes that are damaged or of another cache. */
E2L_MUST_CHECK e2l_status e2l_cache_save(const e2l_cache *cache, e2l_text *out);
E2L_MUST_CHECK e2l_status e2l_cache_load(e2l_cache *cache, const void *bytes, size_t n);
uint64_t e2l_cache_hits(const e2l_cache *cache);
uint64_t e2l_cache_misses(const e2l_cache *cache);

#ifdef __cplusplus
}
#endif
#endif
