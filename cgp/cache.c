/* cache.c: two tables of half the capacity each, a young and an old one. What is put goes into the young one; when
   that is full, the old one is emptied and becomes the young one: the older half is forgotten at the cost of clearing
   an index, and no entry is ever deleted alone. */
#include "cgp/cache.h"

#include <string.h>

typedef struct entry {
    e2l_key key;
    e2l_fitness fitness;
} entry;

/* `slot` holds index + 1 of an entry, 0 = empty; at most half of the slots are taken. */
typedef struct half {
    uint32_t *slot;
    entry *entries;
    double *etas; /* [n][n_slots] */
    size_t n;
} half;

struct e2l_cache {
    e2l_ctx *ctx;
    size_t n_slots, room, mask; /* room: entries of a half; mask: slots of a half - 1 */
    half young, old;
    uint64_t n_hits, n_misses;
};

static bool half_create(e2l_cache *cache, half *h)
{
    h->slot = e2l_alloc(cache->ctx, cache->mask + 1, sizeof h->slot[0]);
    h->entries = h->slot ? e2l_alloc(cache->ctx, cache->room, sizeof h->entries[0]) : NULL;
    h->etas = h->entries ? e2l_alloc(cache->ctx, cache->room, cache->n_slots * sizeof h->etas[0]) : NULL;
    return h->etas != NULL;
}

static void half_destroy(e2l_cache *cache, half *h)
{
    e2l_free(cache->ctx, h->slot);
    e2l_free(cache->ctx, h->entries);
    e2l_free(cache->ctx, h->etas);
}

e2l_status e2l_cache_create(e2l_ctx *ctx, e2l_cache **out, size_t n_slots, size_t capacity)
{
    *out = NULL;
    const size_t most = UINT32_MAX / 2; /* indices are 32 bits wide */
    if (capacity > most) {
        return e2l_fail(ctx, E2L_INPUT, "cache: capacity %zu; allowed: 0 to %zu", capacity, most);
    }
    e2l_cache *cache = e2l_alloc(ctx, 1, sizeof *cache);
    if (!cache) {
        return E2L_NOMEM;
    }
    *cache = (e2l_cache){.ctx = ctx, .n_slots = n_slots, .room = capacity / 2, .mask = 1};
    while (cache->mask < 2 * cache->room) {
        cache->mask = 2 * cache->mask + 1;
    }
    if (!half_create(cache, &cache->young) || !half_create(cache, &cache->old)) {
        e2l_cache_destroy(cache);
        return E2L_NOMEM;
    }
    *out = cache;
    return E2L_OK;
}

void e2l_cache_destroy(e2l_cache *cache)
{
    if (!cache) {
        return;
    }
    half_destroy(cache, &cache->young);
    half_destroy(cache, &cache->old);
    e2l_free(cache->ctx, cache);
}

/* The slot that holds `key`, or the empty one where it would go. Keys are hashes already. */
static size_t find(const e2l_cache *cache, const half *h, e2l_key key)
{
    size_t at = (size_t)key.low & cache->mask;
    for (; h->slot[at] != 0; at = (at + 1) & cache->mask) {
        const entry *e = &h->entries[h->slot[at] - 1];
        if (e->key.low == key.low && e->key.high == key.high) {
            break;
        }
    }
    return at;
}

static bool half_get(const e2l_cache *cache, const half *h, e2l_key key, e2l_fitness *fitness, double *etas)
{
    uint32_t index = h->slot[find(cache, h, key)];
    if (index == 0) {
        return false;
    }
    *fitness = h->entries[index - 1].fitness;
    memcpy(etas, h->etas + (index - 1) * cache->n_slots, cache->n_slots * sizeof etas[0]);
    return true;
}

bool e2l_cache_get(e2l_cache *cache, e2l_key key, e2l_fitness *fitness, double *etas)
{
    bool known = half_get(cache, &cache->young, key, fitness, etas) ||
                 half_get(cache, &cache->old, key, fitness, etas);
    cache->n_hits += known ? 1 : 0;
    cache->n_misses += known ? 0 : 1;
    return known;
}

static void half_reset(const e2l_cache *cache, half *h)
{
    if (h->n > 0) {
        memset(h->slot, 0, (cache->mask + 1) * sizeof h->slot[0]);
        h->n = 0;
    }
}

static void age(e2l_cache *cache)
{
    half young = cache->old;
    cache->old = cache->young;
    half_reset(cache, &young);
    cache->young = young;
}

static void half_set(const e2l_cache *cache, half *h, size_t index, e2l_fitness fitness, const double *etas)
{
    h->entries[index].fitness = fitness;
    memcpy(h->etas + index * cache->n_slots, etas, cache->n_slots * sizeof etas[0]);
}

/* Overwrites `key` where it stands already: a key lives in one half only. */
static bool replace(const e2l_cache *cache, half *h, e2l_key key, e2l_fitness fitness, const double *etas)
{
    uint32_t index = h->slot[find(cache, h, key)];
    if (index == 0) {
        return false;
    }
    half_set(cache, h, index - 1, fitness, etas);
    return true;
}

void e2l_cache_put(e2l_cache *cache, e2l_key key, e2l_fitness fitness, const double *etas)
{
    if (cache->room == 0 || replace(cache, &cache->young, key, fitness, etas) ||
        replace(cache, &cache->old, key, fitness, etas)) {
        return;
    }
    if (cache->young.n == cache->room) {
        age(cache);
    }
    half *h = &cache->young;
    size_t index = h->n++;
    h->slot[find(cache, h, key)] = (uint32_t)index + 1;
    h->entries[index].key = key;
    half_set(cache, h, index, fitness, etas);
}

void e2l_cache_reset(e2l_cache *cache)
{
    half_reset(cache, &cache->young);
    half_reset(cache, &cache->old);
}

uint64_t e2l_cache_hits(const e2l_cache *cache)
{
    return cache->n_hits;
}

uint64_t e2l_cache_misses(const e2l_cache *cache)
{
    return cache->n_misses;
}
