/* store.c: see store.h. Cases with equal keys hold equal arrays, so a block is known by the keys of its cases. */
#include "substrate/cpu/store.h"
#include "substrate/cpu/wide.h"

#include <math.h>
#include <string.h>

enum { LANE_ROOM = E2L_LANE_STEP };

static void add_feed(e2l_store *store, size_t array, const e2l_bound *row)
{
    const e2l_array *const about = &store->experiment->arrays[array];
    const size_t feed = store->n_feeds++;
    size_t *const n = about->kind == E2L_ARRAY_STATIC ? &store->n_static_rows : &store->n_chunk_rows;
    store->array_of[feed] = array;
    store->row_of[feed] = row;
    store->first[feed] = *n;
    const size_t n_rows = store->is_wide ? e2l_tiles_of(about->size) : (size_t)about->size;
    *n += about->kind >= E2L_ARRAY_ROWS && row == NULL ? 0 : n_rows;
}

/* In the order of e2l_feed_of: arrays, then ports that read rows. */
static void add_feeds(e2l_store *store)
{
    for (size_t k = 0; k < store->experiment->n_arrays; ++k) {
        add_feed(store, k, NULL);
    }
    for (size_t p = 0; p < store->experiment->n_populations; ++p) {
        const e2l_bound_population *const population = &store->resolved->populations[p];
        for (size_t k = 0; k < population->model->n_ports; ++k) {
            if (population->ports[k].row.expr != NULL) {
                add_feed(store, population->ports[k].array, &population->ports[k].row);
            }
        }
    }
}

static void add_static(e2l_store *store, size_t at, size_t size)
{
    store->static_first[at] = store->n_static_rows;
    store->static_size[at] = size;
    store->n_static_rows += store->is_wide ? e2l_tiles_of(size) : size;
}

static void add_statics(e2l_store *store)
{
    const size_t n_arrays = store->experiment->n_arrays;
    for (size_t k = 0; k < n_arrays; ++k) {
        const e2l_array *const about = &store->experiment->arrays[k];
        const e2l_bound_array *const shape = &store->resolved->arrays[k];
        if (about->kind == E2L_ARRAY_STATIC) {
            store->static_first[k] = store->first[k];
            store->static_size[k] = (size_t)about->size;
        } else if (about->kind == E2L_ARRAY_EDGES) {
            const size_t n = (size_t)(shape->n_pre * shape->n_post);
            add_static(store, k, n);
            add_static(store, n_arrays + k, about->size > 2 ? n : 0);
        }
    }
}

e2l_status e2l_store_init(e2l_store *store, e2l_ctx *ctx, const e2l_resolved *resolved, size_t budget, bool is_wide)
{
    const e2l_experiment *const experiment = resolved->experiment;
    *store = (e2l_store){.ctx = ctx, .resolved = resolved, .experiment = experiment, .budget = budget,
                         .is_wide = is_wide};
    store->n_steps = resolved->n_steps;
    size_t n = experiment->n_arrays + 1;
    for (size_t p = 0; p < experiment->n_populations; ++p) {
        n += resolved->populations[p].model->n_ports;
    }
    store->first = e2l_alloc(ctx, n, sizeof *store->first);
    store->array_of = e2l_alloc(ctx, n, sizeof *store->array_of);
    store->row_of = e2l_alloc(ctx, n, sizeof *store->row_of);
    store->static_first = e2l_alloc(ctx, 2 * experiment->n_arrays + 1, sizeof *store->static_first);
    store->static_size = e2l_alloc(ctx, 2 * experiment->n_arrays + 1, sizeof *store->static_size);
    if (store->first == NULL || store->array_of == NULL || store->row_of == NULL || store->static_first == NULL ||
        store->static_size == NULL) {
        return E2L_NOMEM;
    }
    add_feeds(store);
    add_statics(store);
    return E2L_OK;
}

static void drop(e2l_store *store, e2l_block *block)
{
    for (size_t p = 0; block->lists != NULL && p < store->experiment->n_projections; ++p) {
        e2l_list_clear(store->ctx, &block->lists[p]);
    }
    e2l_free(store->ctx, block->lists);
    for (size_t k = 0; block->events != NULL && k < store->experiment->n_arrays * block->n_cases; ++k) {
        e2l_free(store->ctx, block->events[k].at);
    }
    e2l_free(store->ctx, block->events);
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
    e2l_free(store->ctx, store->array_of);
    e2l_free(store->ctx, store->row_of);
    e2l_free(store->ctx, store->static_first);
    e2l_free(store->ctx, store->static_size);
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

/* A block of at least n: the old one, or a new one in its place. NULL: memory is out, the old one stays. */
static void *enough(e2l_ctx *ctx, void *block, size_t *room, size_t n, size_t size)
{
    if (block != NULL && n <= *room) {
        return block;
    }
    void *const grown = e2l_alloc_lanes(ctx, n + 1, size);
    if (grown != NULL) {
        e2l_free(ctx, block);
        *room = n;
    }
    return grown;
}

static bool enough_raw(e2l_store *store, size_t n)
{
    double *const raw = enough(store->ctx, store->raw, &store->raw_room, n, sizeof *raw);
    store->raw = raw != NULL ? raw : store->raw;
    return raw != NULL;
}

static bool enough_chunk(e2l_store *store, size_t n)
{
    e2l_real *const chunk = enough(store->ctx, store->chunk, &store->chunk_room, n, sizeof *chunk);
    store->chunk = chunk != NULL ? chunk : store->chunk;
    return chunk != NULL;
}

/* raw[step][element] of the only case into to[step][first row ..], element by element; the last one is repeated. */
static bool line_up(const double *raw, size_t n_steps, size_t size, size_t first, e2l_real *to, size_t rows_per_step)
{
    bool finite = true;
    for (size_t step = 0; step < n_steps; ++step) {
        e2l_real *const at = to + (step * rows_per_step + first) * LANE_ROOM;
        for (size_t k = 0; k < size; ++k) {
            at[k] = (e2l_real)raw[step * size + k];
            finite = finite && isfinite(at[k]);
        }
        e2l_wide_pad((e2l_space){size, 1, 0}, at);
    }
    return finite;
}

/* raw[step][element] of one case into its lane of to[step][tile][first + element][lane]. */
static bool turn(const double *raw, size_t n_steps, size_t size, size_t first, e2l_real *to, size_t rows_per_step,
                 size_t n_lanes, size_t lane)
{
    bool finite = true;
    const size_t tile = lane / LANE_ROOM * LANE_ROOM * rows_per_step;
    for (size_t step = 0; step < n_steps; ++step) {
        e2l_real *const at = to + step * rows_per_step * n_lanes + tile + first * LANE_ROOM + lane % LANE_ROOM;
        for (size_t k = 0; k < size; ++k) {
            const e2l_real value = (e2l_real)raw[step * size + k];
            finite = finite && isfinite(value);
            at[k * LANE_ROOM] = value;
        }
    }
    return finite;
}

/* Some rows of one array of all cases of the block, the first for step0, to as many steps. `to`: row 0 of the first step. */
static e2l_status fill_rows(e2l_store *store, const e2l_block *block, size_t feed, uint64_t row0, size_t n_rows, e2l_real *to,
                            size_t rows_per_step, bool *bad)
{
    const size_t array = store->array_of[feed], size = (size_t)store->experiment->arrays[array].size;
    if (!enough_raw(store, n_rows * size)) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < block->n_cases; ++k) {
        const e2l_case *const one = &block->cases[k];
        const e2l_status status = one->fill(one, store->ctx, array, row0, n_rows, store->raw);
        if (status != E2L_OK) {
            return e2l_fail_at(store->ctx, status, "array '%s' of case %llu", store->experiment->arrays[array].name,
                               (unsigned long long)one->index);
        }
        if (store->is_wide) {
            const bool finite = line_up(store->raw, n_rows, size, store->first[feed], to, rows_per_step);
            *bad = *bad || !finite;
            continue;
        }
        const size_t last = k + 1 == block->n_cases ? block->n_lanes : k + 1;
        for (size_t lane = k; lane < last; ++lane) {
            const bool finite = turn(store->raw, n_rows, size, store->first[feed], to, rows_per_step, block->n_lanes, lane);
            *bad = *bad || !finite;
        }
    }
    return E2L_OK;
}

static uint64_t row_at(const e2l_store *store, size_t feed, uint64_t step)
{
    const uint64_t n = store->experiment->arrays[store->array_of[feed]].n_rows;
    const double row = floor(e2l_bound_at_step(store->resolved, store->row_of[feed], step));
    return !(row > 0.0) ? 0 : row < (double)n ? (uint64_t)row : n - 1;
}

/* A row that stays is made once and copied. */
static e2l_status fill_chosen(e2l_store *store, const e2l_block *block, size_t feed, uint64_t step0, size_t n_steps, e2l_real *to,
                              bool *bad)
{
    const size_t stride = store->n_chunk_rows * block->n_lanes;
    const size_t size = (size_t)store->experiment->arrays[store->array_of[feed]].size;
    uint64_t before = UINT64_MAX;
    for (size_t step = 0; step < n_steps; ++step) {
        const uint64_t row = row_at(store, feed, step0 + step);
        e2l_real *const now = to + step * stride;
        if (row != before) {
            const e2l_status status = fill_rows(store, block, feed, row, 1, now, store->n_chunk_rows, bad);
            if (status != E2L_OK) {
                return status;
            }
            before = row;
            continue;
        }
        for (size_t tile = 0; tile < block->n_lanes; tile += LANE_ROOM) {
            e2l_real *const at = now + tile * store->n_chunk_rows + store->first[feed] * LANE_ROOM;
            memcpy(at, at - stride, (store->is_wide ? e2l_tiles_of(size) : size) * LANE_ROOM * sizeof *at);
        }
    }
    return E2L_OK;
}

/* ---- lists -------------------------------------------------------------------------------------------- */
static e2l_status read_events(e2l_store *store, e2l_block *block)
{
    const size_t n_arrays = store->experiment->n_arrays;
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < n_arrays && status == E2L_OK; ++k) {
        if (store->experiment->arrays[k].kind != E2L_ARRAY_EVENTS) {
            continue;
        }
        if (block->events == NULL) {
            block->events = e2l_alloc(store->ctx, n_arrays * block->n_cases, sizeof *block->events);
        }
        status = block->events == NULL ? E2L_NOMEM : E2L_OK;
        for (size_t one = 0; one < block->n_cases && status == E2L_OK; ++one) {
            e2l_event_list *const list = &block->events[k * block->n_cases + one];
            status = e2l_events_read(store->ctx, store->experiment, &block->cases[one], k, &list->at, &list->n);
        }
    }
    return status;
}

/* Edges as static rows, one per synapse. */
static e2l_status read_edges(e2l_store *store, e2l_block *block)
{
    const size_t n_arrays = store->experiment->n_arrays;
    e2l_status status = E2L_OK;
    for (size_t at = 0; at < 2 * n_arrays && status == E2L_OK; ++at) {
        const size_t array = at % n_arrays, size = store->static_size[at];
        if (store->experiment->arrays[array].kind != E2L_ARRAY_EDGES || size == 0) {
            continue;
        }
        const e2l_bound_array *const shape = &store->resolved->arrays[array];
        if (!enough_raw(store, size)) {
            return E2L_NOMEM;
        }
        for (size_t k = 0; k < block->n_cases && status == E2L_OK; ++k) {
            status = e2l_edges_read(store->ctx, store->experiment, &block->cases[k], array, shape->n_pre, shape->n_post, at >= n_arrays,
                                    store->raw);
            if (store->is_wide && status == E2L_OK) {
                (void)line_up(store->raw, 1, size, store->static_first[at], block->statics, store->n_static_rows);
                continue;
            }
            const size_t last = k + 1 == block->n_cases ? block->n_lanes : k + 1;
            for (size_t lane = k; lane < last && status == E2L_OK; ++lane) {
                (void)turn(store->raw, 1, size, store->static_first[at], block->statics, store->n_static_rows, block->n_lanes, lane);
            }
        }
    }
    return status;
}

/* Adds one for every event of the row; elements are `apart` numbers from each other. */
static void count_events(const e2l_event_list *list, double row, e2l_real *at, size_t apart)
{
    if (!(row >= 0.0) || row >= 0x1p53) {
        return;
    }
    for (size_t k = e2l_events_find(list->at, list->n, (uint64_t)row); k < list->n && list->at[k].row == (uint64_t)row; ++k) {
        at[list->at[k].element * apart] += 1;
    }
}

/* How often every element is listed for the row that is read in each step. */
static void fill_events(e2l_store *store, const e2l_block *block, size_t feed, uint64_t step0, size_t n_steps, e2l_real *to)
{
    const size_t array = store->array_of[feed], size = (size_t)store->experiment->arrays[array].size, n_rows = store->n_chunk_rows;
    const size_t n_tiles = store->is_wide ? e2l_tiles_of(size) : size;
    const e2l_event_list *const lists = &block->events[array * block->n_cases];
    for (size_t step = 0; step < n_steps; ++step) {
        e2l_real *const now = to + step * n_rows * block->n_lanes + store->first[feed] * LANE_ROOM;
        const double row = floor(e2l_bound_at_step(store->resolved, store->row_of[feed], step0 + step));
        for (size_t tile = 0; tile < block->n_lanes; tile += LANE_ROOM) {
            memset(now + tile * n_rows, 0, n_tiles * LANE_ROOM * sizeof *now);
        }
        if (store->is_wide) {
            count_events(lists, row, now, 1);
            e2l_wide_pad((e2l_space){size, 1, 0}, now);
            continue;
        }
        for (size_t lane = 0; lane < block->n_lanes; ++lane) {
            const size_t one = lane < block->n_cases ? lane : block->n_cases - 1;
            count_events(&lists[one], row, now + lane / LANE_ROOM * LANE_ROOM * n_rows + lane % LANE_ROOM, LANE_ROOM);
        }
    }
}

static e2l_status fill(e2l_store *store, const e2l_block *block, bool statics, uint64_t step0, size_t n_steps,
                       e2l_real *to, bool *bad)
{
    const size_t rows_per_step = statics ? store->n_static_rows : store->n_chunk_rows;
    e2l_status status = E2L_OK;
    for (size_t feed = 0; feed < store->n_feeds && status == E2L_OK; ++feed) {
        const e2l_array_kind kind = store->experiment->arrays[store->array_of[feed]].kind;
        if (kind == E2L_ARRAY_EVENTS && store->row_of[feed] != NULL && !statics) {
            fill_events(store, block, feed, step0, n_steps, to);
        } else if (store->row_of[feed] != NULL && !statics) {
            status = fill_chosen(store, block, feed, step0, n_steps, to, bad);
        } else if (store->row_of[feed] == NULL && kind == (statics ? E2L_ARRAY_STATIC : E2L_ARRAY_BY_STEP)) {
            status = fill_rows(store, block, feed, step0, n_steps, to, rows_per_step, bad);
        }
    }
    return status;
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
    const size_t bytes = row * sizeof(e2l_real) * (size_t)store->n_steps;
    const bool kept = row > 0 && store->n_steps <= SIZE_MAX / (row * sizeof(e2l_real)) && fits(store, bytes);
    e2l_block *block = e2l_alloc(store->ctx, 1, sizeof *block);
    if (block == NULL) {
        return E2L_NOMEM;
    }
    *block = (e2l_block){.key = key, .cases = cases, .n_cases = n_cases, .n_lanes = n_lanes};
    block->statics = e2l_alloc_lanes(store->ctx, (store->n_static_rows + 1) * n_lanes, sizeof(e2l_real));
    if (kept) {
        block->rows = e2l_alloc_lanes(store->ctx, row * (size_t)store->n_steps, sizeof(e2l_real));
    }
    e2l_status status = block->statics == NULL || (kept && block->rows == NULL) ? E2L_NOMEM : E2L_OK;
    bool bad = false; /* static arrays are no inputs: they may hold anything */
    if (status == E2L_OK) {
        status = fill(store, block, true, 0, 1, block->statics, &bad);
    }
    status = status == E2L_OK ? read_events(store, block) : status;
    status = status == E2L_OK ? read_edges(store, block) : status;
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

e2l_status e2l_store_steps(e2l_store *store, e2l_block *block, uint64_t step0, size_t n, const e2l_real **out, bool *bad)
{
    const size_t row = store->n_chunk_rows * block->n_lanes;
    *bad = false;
    *out = NULL;
    if (row == 0) {
        return E2L_OK;
    }
    if (block->rows == NULL) {
        if (!enough_chunk(store, n * row)) {
            return E2L_NOMEM;
        }
        *out = store->chunk;
        return fill(store, block, false, step0, n, store->chunk, bad);
    }
    *out = block->rows + (size_t)step0 * row;
    if (step0 + n > block->n_filled) {
        const uint64_t from = block->n_filled;
        const e2l_status status = fill(store, block, false, from, (size_t)(step0 + n - from),
                                       block->rows + (size_t)from * row, &block->bad_input);
        if (status != E2L_OK) {
            return status;
        }
        block->n_filled = step0 + n;
    }
    *bad = block->bad_input;
    return E2L_OK;
}
