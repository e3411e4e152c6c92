/* cache.c: two tables of half the capacity each, a young and an old one. What is put goes into the young one; when
   that is full, the old one is emptied and becomes the young one: the older half is forgotten at the cost of clearing
   an index, and no entry is ever deleted alone. */
#include "cgp/cache.h"

#include <string.h>

#include "cgp/pack.h"

static const char magic[] = "e2lcach";
enum { VERSION = 1 };

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

/* ---- bytes ---- */

static void save_half(const e2l_cache *cache, const half *h, e2l_text *out)
{
    e2l_pack_u64(out, h->n);
    for (size_t k = 0; k < h->n; k++) {
        e2l_pack_u64(out, h->entries[k].key.low);
        e2l_pack_u64(out, h->entries[k].key.high);
        e2l_pack_fitness(out, h->entries[k].fitness);
        for (size_t s = 0; s < cache->n_slots; s++) {
            e2l_pack_double(out, h->etas[k * cache->n_slots + s]);
        }
    }
}

e2l_status e2l_cache_save(const e2l_cache *cache, e2l_text *out)
{
    size_t start = e2l_pack_begin(out, magic, VERSION);
    e2l_pack_u64(out, cache->n_slots);
    e2l_pack_u64(out, cache->room);
    save_half(cache, &cache->old, out);
    save_half(cache, &cache->young, out);
    e2l_pack_end(out, start);
    return e2l_text_status(out);
}

/* False when the bytes cannot be those of a half. */
static bool load_half(e2l_cache *cache, half *h, e2l_unpack *u)
{
    uint64_t n = e2l_unpack_u64(u);
    for (uint64_t k = 0; !u->bad && n <= cache->room && k < n; k++) {
        e2l_key key = {.low = e2l_unpack_u64(u)};
        key.high = e2l_unpack_u64(u);
        size_t at = find(cache, h, key);
        if (h->slot[at] != 0) {
            return false; /* twice */
        }
        h->slot[at] = (uint32_t)++h->n;
        h->entries[k] = (entry){.key = key, .fitness = e2l_unpack_fitness(u)};
        for (size_t s = 0; s < cache->n_slots; s++) {
            h->etas[k * cache->n_slots + s] = e2l_unpack_double(u);
        }
    }
    return !u->bad && n <= cache->room;
}

e2l_status e2l_cache_load(e2l_cache *cache, const void *bytes, size_t n)
{
    e2l_unpack u;
    e2l_cache_reset(cache);
    e2l_status status = e2l_unpack_open(cache->ctx, &u, bytes, n, magic, VERSION, "cache");
    if (status != E2L_OK) {
        return status;
    }
    bool same = e2l_unpack_u64(&u) == cache->n_slots && e2l_unpack_u64(&u) == cache->room;
    if (same && load_half(cache, &cache->old, &u) && load_half(cache, &cache->young, &u) && e2l_unpack_done(&u)) {
        return E2L_OK;
    }
    e2l_cache_reset(cache);
    return e2l_fail(cache->ctx, E2L_INPUT, "cache: of another search, or damaged");
}

uint64_t e2l_cache_hits(const e2l_cache *cache)
{
    return cache->n_hits;
}

uint64_t e2l_cache_misses(const e2l_cache *cache)
{
    return cache->n_misses;
}
