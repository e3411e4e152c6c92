/* store.c: see store.h. Cases with equal keys hold equal arrays, so a block is known by the keys of its cases. */
#include "substrate/cpu/store.h"

#include <math.h>

enum { LANE_ROOM = E2L_LANE_STEP };

e2l_status e2l_store_init(e2l_store *store, e2l_ctx *ctx, const e2l_experiment *experiment, size_t budget)
{
    *store = (e2l_store){.ctx = ctx, .experiment = experiment, .budget = budget};
    store->n_steps = e2l_experiment_n_steps(experiment);
    store->first = e2l_alloc(ctx, experiment->n_arrays + 1, sizeof *store->first);
    if (store->first == NULL) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < experiment->n_arrays; ++k) {
        size_t *const n = experiment->arrays[k].kind == E2L_ARRAY_STATIC ? &store->n_static_rows : &store->n_chunk_rows;
        store->first[k] = *n;
        *n += (size_t)experiment->arrays[k].size;
    }
    return E2L_OK;
}

static void drop(e2l_store *store, e2l_block *block)
{
    e2l_free(store->ctx, block->statics);
    e2l_free(store->ctx, block->rows);
    e2l_free(store->ctx, block);
}

static void drop_all(e2l_store *store)
{
    for (size_t k = 0; k < store->n_blocks; ++k) {
        drop(store, store->blocks[k]);
    }
    store->n_blocks = 0;
    store->used = 0;
}

void e2l_store_clear(e2l_store *store)
{
    drop_all(store);
    e2l_free(store->ctx, store->blocks);
    e2l_free(store->ctx, store->first);
    e2l_free(store->ctx, store->raw);
    e2l_free(store->ctx, store->chunk);
    *store = (e2l_store){.ctx = store->ctx};
}

static e2l_key key_of(const e2l_case *cases, size_t n)
{
    e2l_key key = {n, 0};
    for (size_t k = 0; k < n; ++k) {
        key = e2l_key_bytes(&cases[k].key, sizeof cases[k].key, key);
    }
    return key;
}

static bool enough(e2l_ctx *ctx, double **block, size_t *room, size_t n)
{
    if (n <= *room) {
        return true;
    }
    double *const grown = e2l_alloc_lanes(ctx, n, sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    e2l_free(ctx, *block);
    *block = grown;
    *room = n;
    return true;
}

/* raw[step][element] of one case into its lane of to[step][tile][first + element][lane]. */
static bool turn(const double *raw, size_t n_steps, size_t size, size_t first, double *to, size_t rows_per_step,
                 size_t n_lanes, size_t lane)
{
    bool finite = true;
    const size_t tile = lane / LANE_ROOM * LANE_ROOM * rows_per_step;
    for (size_t step = 0; step < n_steps; ++step) {
        double *const at = to + step * rows_per_step * n_lanes + tile + first * LANE_ROOM + lane % LANE_ROOM;
        for (size_t k = 0; k < size; ++k) {
            const double value = raw[step * size + k];
            finite = finite && isfinite(value);
            at[k * LANE_ROOM] = value;
        }
    }
    return finite;
}

/* One array of all cases of the block for some steps (one for static arrays). `to`: row 0 of the first step. */
static e2l_status fill_array(e2l_store *store, const e2l_block *block, size_t array, uint64_t step0, size_t n_steps,
                             double *to, size_t rows_per_step, bool *bad)
{
    const size_t size = (size_t)store->experiment->arrays[array].size;
    if (!enough(store->ctx, &store->raw, &store->raw_room, n_steps * size)) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < block->n_cases; ++k) {
        const e2l_case *const one = &block->cases[k];
        const e2l_status status = one->fill(one, store->ctx, array, step0, n_steps, store->raw);
        if (status != E2L_OK) {
            return e2l_fail_at(store->ctx, status, "array '%s' of case %llu", store->experiment->arrays[array].name,
                               (unsigned long long)one->index);
        }
        const size_t last = k + 1 == block->n_cases ? block->n_lanes : k + 1;
        for (size_t lane = k; lane < last; ++lane) {
            const bool finite = turn(store->raw, n_steps, size, store->first[array], to, rows_per_step, block->n_lanes,
                                     lane);
            *bad = *bad || !finite;
        }
    }
    return E2L_OK;
}

static e2l_status fill(e2l_store *store, const e2l_block *block, e2l_array_kind kind, uint64_t step0, size_t n_steps,
                       double *to, bool *bad)
{
    const size_t rows_per_step = kind == E2L_ARRAY_STATIC ? store->n_static_rows : store->n_chunk_rows;
    for (size_t k = 0; k < store->experiment->n_arrays; ++k) {
        if (store->experiment->arrays[k].kind != kind) {
            continue;
        }
        const e2l_status status = fill_array(store, block, k, step0, n_steps, to, rows_per_step, bad);
        if (status != E2L_OK) {
            return status;
        }
    }
    return E2L_OK;
}

/* ---- blocks ----------------------------------------------------------------------------------------- */
static bool keep(e2l_store *store, e2l_block *block)
{
    if (store->n_blocks == store->room) {
        const size_t room = store->room * 2 + 4;
        e2l_block **blocks = e2l_realloc(store->ctx, store->blocks, room, sizeof *blocks);
        if (blocks == NULL) {
            return false;
        }
        store->blocks = blocks;
        store->room = room;
    }
    store->blocks[store->n_blocks++] = block;
    return true;
}

/* Room in the budget: what was kept for earlier cases goes first. */
static bool fits(e2l_store *store, size_t bytes)
{
    if (bytes > store->budget) {
        return false;
    }
    if (store->used + bytes > store->budget) {
        drop_all(store);
    }
    return true;
}

static e2l_status new_block(e2l_store *store, e2l_key key, const e2l_case *cases, size_t n_cases, e2l_block **out)
{
    const size_t n_lanes = (n_cases + LANE_ROOM - 1) / LANE_ROOM * LANE_ROOM;
    const size_t row = store->n_chunk_rows * n_lanes;
    const size_t bytes = row * sizeof(double) * (size_t)store->n_steps;
    const bool kept = row > 0 && store->n_steps <= SIZE_MAX / (row * sizeof(double)) && fits(store, bytes);
    e2l_block *block = e2l_alloc(store->ctx, 1, sizeof *block);
    if (block == NULL) {
        return E2L_NOMEM;
    }
    *block = (e2l_block){.key = key, .cases = cases, .n_cases = n_cases, .n_lanes = n_lanes};
    block->statics = e2l_alloc_lanes(store->ctx, (store->n_static_rows + 1) * n_lanes, sizeof(double));
    if (kept) {
        block->rows = e2l_alloc_lanes(store->ctx, row * (size_t)store->n_steps, sizeof(double));
    }
    e2l_status status = block->statics == NULL || (kept && block->rows == NULL) ? E2L_NOMEM : E2L_OK;
    bool bad = false; /* static arrays are no inputs: they may hold anything */
    if (status == E2L_OK) {
        status = fill(store, block, E2L_ARRAY_STATIC, 0, 1, block->statics, &bad);
    }
    if (status == E2L_OK && !keep(store, block)) {
        status = E2L_NOMEM;
    }
    if (status != E2L_OK) {
        drop(store, block);
        return status;
    }
    store->used += kept ? bytes : 0;
    *out = block;
    return E2L_OK;
}

e2l_status e2l_store_block(e2l_store *store, const e2l_case *cases, size_t n_cases, e2l_block **out)
{
    *out = NULL;
    const e2l_key key = key_of(cases, n_cases);
    for (size_t k = 0; k < store->n_blocks; ++k) {
        e2l_block *const block = store->blocks[k];
        if (block->n_cases == n_cases && block->key.low == key.low && block->key.high == key.high) {
            block->cases = cases;
            *out = block;
            return E2L_OK;
        }
    }
    return new_block(store, key, cases, n_cases, out);
}

e2l_status e2l_store_steps(e2l_store *store, e2l_block *block, uint64_t step0, size_t n, const double **out, bool *bad)
{
    const size_t row = store->n_chunk_rows * block->n_lanes;
    *bad = false;
    *out = NULL;
    if (row == 0) {
        return E2L_OK;
    }
    if (block->rows == NULL) {
        if (!enough(store->ctx, &store->chunk, &store->chunk_room, n * row)) {
            return E2L_NOMEM;
        }
        *out = store->chunk;
        return fill(store, block, E2L_ARRAY_BY_STEP, step0, n, store->chunk, bad);
    }
    *out = block->rows + (size_t)step0 * row;
    if (step0 + n > block->n_filled) {
        const uint64_t from = block->n_filled;
        const e2l_status status = fill(store, block, E2L_ARRAY_BY_STEP, from, (size_t)(step0 + n - from),
                                       block->rows + (size_t)from * row, &block->bad_input);
        if (status != E2L_OK) {
            return status;
        }
        block->n_filled = step0 + n;
    }
    *bad = block->bad_input;
    return E2L_OK;
}
