/* memo.c: see memo.h. */
#include "mpi/memo.h"

#include "mpi/block.h"

/* A score that was never computed because it is below a bar: the bar stands as the score. */
static const uint64_t BELOW = UINT64_MAX; /* as fail_step of an ok fitness, where 0 stands otherwise */

enum { MOST_ENTRIES = 1 << 17, ALL_ISLANDS = 1 << 21, LEAST_ENTRIES = 1 << 10 };
static const char magic[] = "e2lmemo";
enum { VERSION = 1 };

/* Depends on the config alone: what is forgotten when is part of the island's course. */
static size_t capacity_for(const e2l_config *config)
{
    uint64_t share = ALL_ISLANDS / config->search.islands;
    return share > MOST_ENTRIES ? MOST_ENTRIES : share < LEAST_ENTRIES ? LEAST_ENTRIES : (size_t)share;
}

e2l_status e2l_memo_init(e2l_ctx *ctx, e2l_memo *out, const e2l_config *config)
{
    *out = (e2l_memo){.ctx = ctx};
    return e2l_cache_create(ctx, &out->cache, config->task->n_slots, capacity_for(config));
}

void e2l_memo_clear(e2l_memo *memo)
{
    e2l_cache_destroy(memo->cache);
    *memo = (e2l_memo){0};
}

void e2l_memo_enter(e2l_memo *memo, uint64_t block)
{
    if (block != memo->block) {
        e2l_cache_reset(memo->cache);
        memo->block = block;
    }
}

bool e2l_memo_get(e2l_memo *memo, e2l_key key, bool races, double least, e2l_fitness *fitness, double *etas)
{
    e2l_fitness known;
    if (!e2l_cache_get(memo->cache, key, &known, etas)) {
        return false;
    }
    bool is_bar = known.ok && known.fail_step == BELOW;
    if (is_bar && !(races && known.score <= least)) {
        return false; /* what is asked now lies below the bar it failed at */
    }
    bool below = is_bar || (races && !(known.ok && known.score >= least));
    *fitness = below ? e2l_fitness_worst() : known;
    return true;
}

void e2l_memo_put(e2l_memo *memo, e2l_key key, bool races, double least, e2l_fitness fitness, const double *etas)
{
    if (races && !fitness.ok) {
        fitness = (e2l_fitness){.ok = true, .score = least, .fail_step = BELOW};
    }
    e2l_cache_put(memo->cache, key, fitness, etas);
}

e2l_status e2l_memo_save(const e2l_memo *memo, bool entries, e2l_text *out)
{
    e2l_text cache = {.ctx = memo->ctx};
    e2l_status status = entries ? e2l_cache_save(memo->cache, &cache) : E2L_OK;
    if (status == E2L_OK) {
        size_t start = e2l_pack_begin(out, magic, VERSION);
        e2l_pack_u64(out, memo->block);
        e2l_pack_u64(out, memo->n_evaluations);
        e2l_block_put_text(out, &cache);
        e2l_pack_end(out, start);
        status = e2l_text_status(out);
    }
    e2l_text_clear(&cache);
    return status;
}

e2l_status e2l_memo_load(e2l_memo *memo, const void *bytes, size_t n)
{
    e2l_unpack u;
    e2l_status status = e2l_unpack_open(memo->ctx, &u, bytes, n, magic, VERSION, "memo");
    if (status != E2L_OK) {
        return status;
    }
    size_t n_cache;
    uint64_t block = e2l_unpack_u64(&u);
    uint64_t n_evaluations = e2l_unpack_u64(&u);
    const char *cache = e2l_block_get(&u, &n_cache);
    if (!e2l_unpack_done(&u)) {
        return e2l_fail(memo->ctx, E2L_INPUT, "memo: bytes left over");
    }
    e2l_cache_reset(memo->cache);
    status = n_cache > 0 ? e2l_cache_load(memo->cache, cache, n_cache) : E2L_OK;
    if (status == E2L_OK) {
        memo->block = block;
        memo->n_evaluations = n_evaluations;
    }
    return status;
}
