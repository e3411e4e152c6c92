/* unit.c: binds a tape to memory and runs it.

   A lane that leaves its range is recorded with the step, then takes over everything a living lane holds and goes on as its
   double: so it does not trip the check again at once, and whoever wrote NaN stays out of the way. Between chunks the
   living are closed up when that saves a vector. */
#include "substrate/cpu/unit.h"
#include "substrate/cpu/wide.h"

#include <math.h>
#include <string.h>

#define NOBODY UINT32_MAX
#define NO_ROW SIZE_MAX

/* Where the area that begins with this row lies. Rows are a little longer than their lanes: areas would often begin a whole
   number of pages apart, where the first cache has too few places and the processor takes loads for earlier stores. On wide tapes, which
   have few areas of many rows, the tape itself leaves some rows free between them. */
static size_t row_at(const e2l_tape *tape, size_t row, size_t n_lanes)
{
    enum { APART = 17 * E2L_LANE_STEP };
    return row * (tape->is_wide ? n_lanes : n_lanes + APART);
}

static size_t area_at(const e2l_unit *unit, size_t row)
{
    return row_at(unit->tape, row, unit->n_lanes);
}

/* ---- operations --------------------------------------------------------------------------------------- */
/* One call per target, of what does not go through targets itself. */
static void run_targets(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    e2l_op one = *op;
    for (size_t target = 0; target < bound->instr->n_outer; ++target) {
        bound->run(&one);
        for (int k = 0; k < E2L_OP_INPUTS; ++k) {
            one.in[k] = one.in[k] == NULL ? NULL : one.in[k] + op->target[k];
        }
        one.out = one.out == NULL ? NULL : one.out + op->out_target;
    }
}

static bool goes_through_targets(const e2l_unit *unit, const e2l_instr *instr)
{
    const e2l_row_kernels *const rows = unit->kernels;
    return instr->run != rows->call && instr->run != rows->copy && instr->run != rows->check && instr->more[0].rows_in == E2L_NO_ROWS &&
           !instr->is_replica && !instr->is_special;
}

/* One long row of tiles when nobody needs to know where a tile ends. */
static bool is_flat(const e2l_instr *instr)
{
    bool flat = !instr->sums && !instr->is_special && instr->n_outer == 1 && instr->in[E2L_OP_INPUTS - 1].rows_in == E2L_NO_ROWS;
    for (int k = 0; k < E2L_OP_INPUTS; ++k) {
        const e2l_operand *const operand = &instr->in[k];
        flat = flat && (operand->rows_in == E2L_NO_ROWS || (!operand->spread && operand->n_rows == instr->n_rows));
    }
    return flat;
}

/* Numbers of a place. */
static size_t place_of_ring(const e2l_operand *operand)
{
    return e2l_wide_rows(operand->space) * E2L_LANE_STEP;
}

/* What was written longest ago is read, or what is written in this step. */
static e2l_turning *add_turning(e2l_unit *unit, const e2l_operand *operand)
{
    e2l_turning *const turning = &unit->turning[unit->n_turning++];
    *turning = (e2l_turning){.ring = unit->memory + area_at(unit, operand->row), .size = place_of_ring(operand), .depth = operand->depth, .ahead = operand->rows_in == E2L_ROWS_RING ? 1 : 0};
    return turning;
}

static void bind_input(e2l_unit *unit, const e2l_instr *instr, e2l_bound_op *bound, uint32_t k)
{
    const e2l_operand *const operand = &instr->in[k];
    bound->op.tile[k] = operand->n_rows * E2L_LANE_STEP;
    bound->op.spread |= operand->spread ? 1u << k : 0u;
    bound->op.target[k] = operand->per_target * E2L_LANE_STEP;
    bound->row_step[k] = operand->spread ? 0 : instr->is_replica ? 1 : E2L_LANE_STEP;
    if (operand->rows_in == E2L_ROWS_MEMORY) {
        bound->op.in[k] = unit->memory + area_at(unit, operand->row);
    } else if (operand->rows_in == E2L_ROWS_LIST) {
        bound->op.in[k] = unit->list_at[operand->row];
    } else if (operand->rows_in == E2L_ROWS_CHUNK) {
        unit->moving[unit->n_moving++] = (e2l_moving){&bound->op.in[k], operand->row * E2L_LANE_STEP};
    } else if (operand->rows_in == E2L_ROWS_RING || operand->rows_in == E2L_ROWS_RING_END) {
        add_turning(unit, operand)->reads = &bound->op.in[k];
    }
}

static void bind(e2l_unit *unit, const e2l_instr *instr, e2l_bound_op *bound)
{
    const size_t n_tiles = instr->n_tiles > 0 ? instr->n_tiles : unit->n_lanes / E2L_LANE_STEP;
    const bool flat = instr->n_tiles == 0 && is_flat(instr);
    *bound = (e2l_bound_op){
        .run = instr->run, .need = instr->need, .instr = instr, .unit = unit, .n_native_tiles = instr->n_tiles == 0 || instr->is_synaptic ? n_tiles : instr->n_rows};
    const bool in_turn = instr->n_outer > 1 && !goes_through_targets(unit, instr);
    bound->op = (e2l_op){.run = in_turn ? run_targets : instr->run,
                         .n_rows = flat ? instr->n_rows * n_tiles : instr->n_rows,
                         .n_tiles = flat ? 1 : n_tiles,
                         .n_targets = in_turn ? 1 : instr->n_outer,
                         .eval = instr->eval,
                         .limit = (e2l_real)(instr->limit > 0.0 ? instr->limit : HUGE_VAL),
                         .bad = instr->limit > 0.0 ? &unit->bad : &unit->ignored};
    for (uint32_t k = 0; k < E2L_OP_INPUTS; ++k) {
        bind_input(unit, instr, bound, k);
    }
    bound->row_step[E2L_OP_INPUTS] = E2L_LANE_STEP;
    for (int k = 0; k < E2L_MORE_SUMS; ++k) {
        bound->op.more[k] = instr->more[k].rows_in == E2L_ROWS_MEMORY
                                ? unit->memory + area_at(unit, instr->more[k].row)
                                : NULL;
    }
    if (instr->out.rows_in == E2L_ROWS_MEMORY) {
        bound->op.out = unit->memory + area_at(unit, instr->out.row);
        bound->op.out_tile = instr->out.n_rows * E2L_LANE_STEP;
        bound->op.out_target = instr->out.per_target * E2L_LANE_STEP;
    } else if (instr->out.rows_in == E2L_ROWS_LIST) {
        bound->op.out = unit->list_at[instr->out.row];
    } else if (instr->out.rows_in == E2L_ROWS_RING_END) {
        add_turning(unit, &instr->out)->writes = &bound->op.out;
    }
}

static void bind_all(e2l_unit *unit)
{
    unit->n_moving = unit->n_turning = unit->n_stretches = 0;
    for (size_t k = 0; k < unit->n_ops; ++k) {
        const e2l_instr *const instr = &unit->tape->instrs[k];
        const e2l_stretch *const last = unit->n_stretches > 0 ? &unit->stretches[unit->n_stretches - 1] : NULL;
        bind(unit, instr, &unit->ops[k]);
        if (k == unit->n_init) {
            unit->n_init_stretches = unit->n_stretches;
        }
        if (last == NULL || k == unit->n_init || last->region != instr->region || last->list != instr->list ||
            last->sweep != instr->sweep ||
            (last->list != 0 && unit->tape->instrs[k - 1].sums)) {
            unit->stretches[unit->n_stretches++] = (e2l_stretch){.first = k, .region = instr->region, .list = instr->list, .sweep = instr->sweep};
        }
        unit->stretches[unit->n_stretches - 1].end = k + 1;
    }
    e2l_unit_find_repeats(unit);
    unit->n_init_stretches = unit->n_init == unit->n_ops ? unit->n_stretches : unit->n_init_stretches;
}

/* The most pieces a region of this tape may have, and sources a sum. */
static size_t most_pieces(const e2l_tape *tape)
{
    size_t most = 1;
    for (size_t k = 0; k < tape->n_instrs; ++k) {
        most = tape->instrs[k].whole != NULL && tape->instrs[k].n_rows > most ? tape->instrs[k].n_rows : most;
    }
    for (size_t k = 0; k < tape->n_regions; ++k) {
        most = tape->regions[k].n > most ? tape->regions[k].n : most;
    }
    return most;
}

static void run_stretch(e2l_unit *unit, const e2l_stretch *stretch, const e2l_real *rows, uint64_t guards);

/* ---- memory ------------------------------------------------------------------------------------------- */
/* Where row 0 of an area of n_rows rows has this lane; row r is r * E2L_LANE_STEP further. */
static size_t lane_at(size_t lane, size_t n_rows)
{
    return lane / E2L_LANE_STEP * E2L_LANE_STEP * n_rows + lane % E2L_LANE_STEP;
}

/* An area of one row. */
static void fill_row(e2l_unit *unit, size_t row, e2l_real value)
{
    e2l_real *const at = unit->memory + area_at(unit, row);
    for (size_t k = 0; k < unit->n_lanes; ++k) {
        at[k] = value;
    }
}

/* Element k holds k. */
static void fill_numbers(e2l_unit *unit, const e2l_held *held)
{
    e2l_real *const at = unit->memory + area_at(unit, held->row);
    const size_t n = (size_t)e2l_space_rows(held->space);
    for (size_t k = 0; unit->tape->is_wide && k < n; ++k) {
        at[e2l_wide_at(held->space, k)] = (e2l_real)k;
    }
    if (unit->tape->is_wide) {
        e2l_wide_pad(held->space, at);
        return;
    }
    for (size_t lane = 0; lane < unit->n_lanes; ++lane) {
        for (size_t row = 0; row < n; ++row) {
            at[lane_at(lane, n) + row * E2L_LANE_STEP] = (e2l_real)row;
        }
    }
}

/* Rows [first, first + n) of areas of n_from rows (block lanes) to all rows of areas of n rows (unit lanes). */
static void spread_area(const e2l_unit *unit, const e2l_real *from, size_t n_from, size_t first, size_t n, e2l_real *to)
{
    for (size_t k = 0; k < unit->n_lanes; ++k) {
        const e2l_real *const source =
            from + lane_at(unit->lanes[k].in_block, n_from) + first * E2L_LANE_STEP;
        e2l_real *const target = to + lane_at(k, n);
        for (size_t row = 0; row < n; ++row) {
            target[row * E2L_LANE_STEP] = source[row * E2L_LANE_STEP];
        }
    }
}

void e2l_unit_expand(const e2l_unit *unit, const e2l_real *from, size_t n_block_lanes, size_t n_rows, size_t n_steps,
                     e2l_real *to)
{
    size_t *const places = unit->places;
    for (size_t k = 0; k < unit->n_lanes; ++k) {
        places[k] = lane_at(unit->lanes[k].in_block, n_rows);
    }
    for (size_t step = 0; step < n_steps; ++step, from += n_rows * n_block_lanes) {
        for (size_t tile = 0; tile < unit->n_lanes; tile += E2L_LANE_STEP) {
            for (size_t row = 0; row < n_rows; ++row, to += E2L_LANE_STEP) { /* a line at a time */
                const e2l_real *const source = from + row * E2L_LANE_STEP;
                for (size_t lane = 0; lane < E2L_LANE_STEP; ++lane) {
                    to[lane] = source[places[tile + lane]];
                }
            }
        }
    }
}

/* From values of all pairs; the last one is repeated up to whole vectors. */
static void fill_list(const e2l_unit *unit, const e2l_held *held, const e2l_real *values)
{
    const e2l_list *const list = &unit->lists[held->space.list - 1];
    e2l_real *const at = unit->list_at[held->row];
    for (size_t post = 0; post < list->n_post; ++post) { /* as the values lie */
        for (size_t k = list->in_start[post]; k < list->in_start[post + 1]; ++k) {
            at[list->in[k]] = values[post * list->n_pre + list->in_pre[k]];
        }
    }
    for (size_t k = list->n; list->n > 0 && k < e2l_list_room(list); ++k) {
        at[k] = at[list->n - 1];
    }
}

static void fill_held(e2l_unit *unit, const e2l_store *store, const e2l_block *block, const e2l_held *held)
{
    if (held->space.list != 0) {
        fill_list(unit, held, block->statics + store->static_first[held->array] * E2L_LANE_STEP);
        return;
    }
    if (held->array == E2L_NO_ARRAY) {
        fill_numbers(unit, held);
        return;
    }
    e2l_real *const at = unit->memory + area_at(unit, held->row);
    const size_t first = store->static_first[held->array];
    if (unit->tape->is_wide) {
        e2l_wide_fill(held->space, block->statics + first * E2L_LANE_STEP, at);
    } else {
        spread_area(unit, block->statics, store->n_static_rows, first, store->static_size[held->array], at);
    }
}

/* What lasts all the run. Lanes that repeat another have its candidate's learning rate; `owners` says whose. */
static void fill_lasting(e2l_unit *unit, const e2l_shift *shift, const e2l_store *store, const e2l_block *block,
                         const e2l_lane *owners)
{
    const e2l_tape *const tape = unit->tape;
    for (size_t k = 0; k < tape->n_constants; ++k) {
        fill_row(unit, tape->constants[k].row, (e2l_real)tape->constants[k].value);
    }
    for (size_t k = 0; k < tape->n_held; ++k) {
        fill_held(unit, store, block, &tape->held[k]);
    }
    for (size_t slot = 0; slot < shift->resolved->n_slots; ++slot) {
        for (size_t k = 0; tape->eta_rows[slot] != NO_ROW && k < unit->n_lanes; ++k) {
            unit->memory[area_at(unit, tape->eta_rows[slot]) + k] = (e2l_real)shift->candidates[owners[k].candidate].etas[slot];
        }
    }
}

static bool allocate(e2l_unit *unit, e2l_arena *arena, size_t n_probes)
{
    unit->lanes = e2l_arena_alloc(arena, unit->n_lanes, sizeof *unit->lanes);
    unit->places = e2l_arena_take(arena, unit->n_lanes, sizeof *unit->places);
    unit->memory = e2l_arena_take(arena, area_at(unit, unit->tape->n_rows + 1), sizeof *unit->memory);
    unit->ops = e2l_arena_alloc(arena, unit->n_ops + 1, sizeof *unit->ops);
    unit->stretches = e2l_arena_alloc(arena, unit->n_ops + 2, sizeof *unit->stretches);
    unit->pieces = e2l_arena_take(arena, most_pieces(unit->tape), sizeof *unit->pieces);
    unit->rows = e2l_arena_take(arena, most_pieces(unit->tape), sizeof *unit->rows);
    unit->moving = e2l_arena_take(arena, (unit->n_ops + 1) * E2L_OP_INPUTS, sizeof *unit->moving);
    unit->turning = e2l_arena_take(arena, (unit->n_ops + 1) * (E2L_OP_INPUTS + 1), sizeof *unit->turning);
    unit->n_looks = e2l_arena_alloc(arena, n_probes + 1, sizeof *unit->n_looks);
    unit->filled = e2l_arena_alloc(arena, 1, sizeof *unit->filled);
    unit->dead = e2l_arena_alloc(arena, unit->n_lanes, sizeof *unit->dead);
    return unit->lanes != NULL && unit->places != NULL && unit->memory != NULL && unit->ops != NULL && unit->stretches != NULL &&
           unit->moving != NULL && unit->turning != NULL && unit->filled != NULL && unit->n_looks != NULL && unit->dead != NULL && unit->pieces != NULL && unit->rows != NULL;
}

/* Areas over lists, and what going through them takes. */
static bool allocate_lists(e2l_unit *unit, e2l_arena *arena)
{
    const e2l_tape *const tape = unit->tape;
    size_t most = 0;
    unit->list_at = e2l_arena_alloc(arena, tape->n_list_areas + 1, sizeof(e2l_real *));
    for (size_t k = 0; unit->list_at != NULL && k < tape->n_list_areas; ++k) {
        const e2l_list *const list = &unit->lists[tape->list_areas[k] - 1];
        most = list->n_post > most ? list->n_post : most;
        unit->list_at[k] = e2l_arena_take(arena, e2l_list_room(list) + E2L_LANE_STEP, sizeof(e2l_real));
        if (unit->list_at[k] == NULL) {
            return false;
        }
        memset(unit->list_at[k] + e2l_list_room(list), 0, E2L_LANE_STEP * sizeof(e2l_real)); /* read, never used */
    }
    if (tape->n_list_areas == 0) {
        return unit->list_at != NULL;
    }
    unit->blocks = e2l_arena_take(arena, (tape->n_blocks + 1) * E2L_LIST_BLOCK, sizeof(e2l_real));
    unit->gathered = e2l_arena_take(arena, (E2L_OP_INPUTS + 1) * E2L_LIST_BLOCK, sizeof(e2l_real));
    unit->ids = e2l_arena_take(arena, E2L_LIST_BLOCK, sizeof *unit->ids);
    unit->partial = e2l_arena_alloc(arena, most * E2L_PARTIAL_SUMS, sizeof(e2l_real));
    unit->marked = e2l_arena_alloc(arena, most, sizeof *unit->marked);
    unit->touched = e2l_arena_take(arena, most, sizeof *unit->touched);
    unit->wanted = e2l_arena_take(arena, most_pieces(tape), sizeof *unit->wanted);
    return unit->list_at != NULL && unit->blocks != NULL && unit->gathered != NULL && unit->ids != NULL && unit->partial != NULL &&
           unit->marked != NULL && unit->touched != NULL && unit->wanted != NULL && e2l_unit_allocate_sent(unit, arena);
}

/* Where there is no synapse: masks do not change. */
static bool find_holes(e2l_unit *unit, e2l_arena *arena)
{
    for (size_t k = unit->n_init; k < unit->n_ops; ++k) {
        e2l_bound_op *const bound = &unit->ops[k];
        const e2l_instr *const instr = bound->instr;
        const size_t n = instr->run == e2l_wide_specials.punch ? e2l_wide_rows(instr->in[0].space) * E2L_LANE_STEP : 0;
        size_t n_holes = 0;
        for (size_t at = 0; at < n; ++at) {
            n_holes += bound->op.in[0][at] > 0.0 ? 0 : 1;
        }
        bound->holes = n > 0 ? e2l_arena_take(arena, n_holes + 1, sizeof *bound->holes) : NULL;
        if (n > 0 && bound->holes == NULL) {
            return false;
        }
        for (size_t at = 0; at < n; ++at) {
            if (!(bound->op.in[0][at] > 0.0)) {
                bound->holes[bound->n_holes++] = (uint32_t)at;
            }
        }
    }
    return true;
}

/* Sums over sources that add something need weights that are finite. Wide units are bound once. */
static void find_never_skips(e2l_unit *unit)
{
    for (size_t k = unit->n_init; k < unit->n_ops; ++k) {
        const e2l_instr *const instr = &unit->tape->instrs[k];
        const size_t n = instr->whole != NULL ? e2l_wide_rows(instr->in[0].space) * E2L_LANE_STEP : 0;
        for (size_t at = 0; at < n && !unit->ops[k].never_skips; ++at) {
            unit->ops[k].never_skips = !isfinite(unit->ops[k].op.in[0][at]);
        }
        const bool skips = instr->list != 0 && instr->region != E2L_NO_REGION && unit->tape->regions[instr->region].extent == E2L_EXTENT_EVENTS;
        for (int i = 0; i < E2L_OP_INPUTS && skips; ++i) {
            const e2l_operand *const in = &instr->in[i];
            for (size_t at = 0; in->rows_in == E2L_ROWS_LIST && at < unit->lists[instr->list - 1].n; ++at) {
                unit->ops[k].never_skips = unit->ops[k].never_skips || !isfinite(unit->list_at[in->row][at]);
            }
        }
    }
}

e2l_status e2l_unit_create(e2l_unit **out, e2l_arena *arena, const e2l_tape *tape, const e2l_lane *lanes, size_t n_lanes,
                           const e2l_shift *shift, const e2l_store *store, const e2l_block *block)
{
    const size_t n_probes = shift->resolved->experiment->n_probes;
    e2l_unit *const unit = *out = e2l_arena_alloc(arena, 1, sizeof *unit);
    if (unit == NULL) {
        return E2L_NOMEM;
    }
    unit->tape = tape;
    unit->kernels = shift->kernels;
    unit->resolved = shift->resolved;
    unit->cases = block->cases;
    unit->n_lanes = (n_lanes + E2L_LANE_STEP - 1) / E2L_LANE_STEP * E2L_LANE_STEP;
    unit->n_alive = unit->n_real = n_lanes;
    unit->n_ops = tape->n_instrs;
    unit->n_init = tape->n_init;
    unit->lists = block->lists;
    if (!allocate(unit, arena, n_probes) || !allocate_lists(unit, arena)) {
        *out = NULL;
        return E2L_NOMEM;
    }
    unit->is_straight = unit->n_lanes == block->n_lanes;
    for (size_t k = 0; k < unit->n_lanes; ++k) {
        unit->lanes[k] = lanes[k < n_lanes ? k : n_lanes - 1];
        unit->is_straight = unit->is_straight && (k >= n_lanes || unit->lanes[k].in_block == k);
    }
    fill_lasting(unit, shift, store, block, unit->lanes);
    for (size_t k = n_lanes; k < unit->n_lanes; ++k) {
        unit->lanes[k].candidate = NOBODY;
    }
    for (size_t k = 0; k < n_probes; ++k) {
        const e2l_look *const look = &shift->program->looks[k];
        unit->direct_looks |= look->state == E2L_NO_STATE ? look->guard : 0;
    }
    bind_all(unit);
    for (size_t k = 0; k < unit->n_init_stretches; ++k) {
        run_stretch(unit, &unit->stretches[k], NULL, UINT64_MAX);
    }
    find_never_skips(unit);
    return find_holes(unit, arena) ? E2L_OK : E2L_NOMEM;
}

static const e2l_real *ring_place(const e2l_unit *unit, const e2l_operand *operand)
{
    const uint64_t step = unit->step + (operand->rows_in == E2L_ROWS_RING ? 1 : 0);
    return unit->memory + area_at(unit, operand->row) + (size_t)(step % operand->depth) * place_of_ring(operand);
}

/* ---- death -------------------------------------------------------------------------------------------- */
const e2l_real *e2l_unit_area(const e2l_unit *unit, const e2l_operand *operand, const e2l_real *rows)
{
    switch (operand->rows_in) {
    case E2L_ROWS_CHUNK: return rows + operand->row * E2L_LANE_STEP;
    case E2L_ROWS_LIST: return unit->list_at[operand->row];
    case E2L_ROWS_RING:
    case E2L_ROWS_RING_END: return ring_place(unit, operand);
    case E2L_NO_ROWS:
    case E2L_ROWS_MEMORY:
    case E2L_ROWS_BLOCK:
    default: return unit->memory + area_at(unit, operand->row);
    }
}

/* On a wide tape all lanes are one simulation, and lanes past the last neuron repeat it. */
static bool is_out_of_range(const e2l_unit *unit, const e2l_real *rows, bool inputs_too)
{
    for (size_t k = 0; k < unit->tape->n_checks; ++k) {
        const e2l_check *const check = &unit->tape->checks[k];
        const uint32_t list = check->at.space.list;
        const size_t n = list != 0 ? unit->lists[list - 1].n : e2l_wide_rows(check->at.space) * E2L_LANE_STEP;
        const e2l_real *const area = e2l_unit_area(unit, &check->at, rows);
        for (size_t at = 0; at < n && (check->at.rows_in != E2L_ROWS_CHUNK || inputs_too); ++at) {
            if (!(fabs(area[at]) < check->limit)) {
                return true;
            }
        }
    }
    return false;
}

/* What a check saw on the way may have been written over since: the values after the step count. */
static void find_dead(e2l_unit *unit, const e2l_real *rows, bool inputs_too)
{
    memset(unit->dead, 0, unit->n_lanes * sizeof *unit->dead);
    if (unit->tape->is_wide) {
        const bool dead = is_out_of_range(unit, rows, inputs_too);
        memset(unit->dead, dead, unit->n_lanes * sizeof *unit->dead);
        return;
    }
    for (size_t k = 0; k < unit->tape->n_checks; ++k) {
        const e2l_check *const check = &unit->tape->checks[k];
        if (check->at.rows_in == E2L_ROWS_CHUNK && !inputs_too) {
            continue;
        }
        const e2l_real *const area = e2l_unit_area(unit, &check->at, rows);
        for (size_t lane = 0; lane < unit->n_lanes; ++lane) {
            const e2l_real *const values = area + lane_at(lane, check->at.n_rows);
            for (size_t row = 0; row < check->n_rows; ++row) {
                const bool good = fabs(values[row * E2L_LANE_STEP]) < check->limit;
                unit->dead[lane] = unit->dead[lane] || !good;
            }
        }
    }
}

static e2l_recording *recording_of(const e2l_shift *shift, const e2l_lane *lane)
{
    return &shift->recordings[(size_t)lane->candidate * shift->n_cases + lane->a_case];
}

static void take_over(e2l_unit *unit, size_t dead, size_t living)
{
    for (size_t k = 0; k < unit->tape->n_areas; ++k) {
        const e2l_area *const area = &unit->tape->areas[k];
        e2l_real *const at = unit->memory + area_at(unit, area->row);
        for (size_t row = 0; row < area->n_rows; ++row) {
            at[lane_at(dead, area->n_rows) + row * E2L_LANE_STEP] =
                at[lane_at(living, area->n_rows) + row * E2L_LANE_STEP];
        }
    }
}

static void bury(e2l_unit *unit, const e2l_shift *shift, const e2l_real *rows, uint64_t step, bool inputs_too)
{
    unit->bad = 0;
    find_dead(unit, rows, inputs_too);
    size_t living = NO_ROW;
    for (size_t k = 0; k < unit->n_lanes; ++k) {
        e2l_lane *const lane = &unit->lanes[k];
        if (unit->dead[k] && lane->candidate != NOBODY) {
            e2l_recording *const recording = recording_of(shift, lane);
            recording->outcome = E2L_OUTCOME_DIVERGED;
            recording->step = step + 1;
            shift->stats->n_steps += step + 1;
            shift->stats->n_steps_saved += shift->resolved->n_steps - step - 1;
            lane->candidate = NOBODY;
            --unit->n_alive;
        }
        living = !unit->dead[k] && lane->candidate != NOBODY ? k : living;
    }
    for (size_t k = 0; living != NO_ROW && k < unit->n_lanes; ++k) {
        if (unit->dead[k]) {
            take_over(unit, k, living);
        }
    }
}

/* Lane `from` of the area as it was to lane `to` of the area as it will be. Taken in order of lanes and rows, writing never
   gets ahead of reading: both lane and area only move forward. */
static void move_lane(e2l_unit *unit, const e2l_area *area, size_t n_new, size_t from, size_t to)
{
    const e2l_real *const source = unit->memory + area_at(unit, area->row) + lane_at(from, area->n_rows);
    e2l_real *const target = unit->memory + row_at(unit->tape, area->row, n_new) + lane_at(to, area->n_rows);
    for (size_t row = 0; row < area->n_rows; ++row) {
        target[row * E2L_LANE_STEP] = source[row * E2L_LANE_STEP];
    }
}

static void close_area(e2l_unit *unit, const e2l_area *area, size_t n_new)
{
    size_t n = 0;
    for (size_t k = 0; k < unit->n_lanes; ++k) {
        if (unit->lanes[k].candidate != NOBODY) {
            move_lane(unit, area, n_new, k, n++);
        }
    }
    e2l_real *const at = unit->memory + row_at(unit->tape, area->row, n_new);
    for (const size_t last = n - 1; n < n_new; ++n) {
        for (size_t row = 0; row < area->n_rows; ++row) {
            at[lane_at(n, area->n_rows) + row * E2L_LANE_STEP] = at[lane_at(last, area->n_rows) + row * E2L_LANE_STEP];
        }
    }
}

void e2l_unit_close_up(e2l_unit *unit)
{
    const size_t n_new = (unit->n_alive + E2L_LANE_STEP - 1) / E2L_LANE_STEP * E2L_LANE_STEP;
    if (unit->n_alive == 0 || n_new >= unit->n_lanes) {
        return;
    }
    for (size_t k = 0; k < unit->tape->n_areas; ++k) {
        close_area(unit, &unit->tape->areas[k], n_new);
    }
    size_t n = 0;
    for (size_t k = 0; k < unit->n_lanes; ++k) {
        if (unit->lanes[k].candidate != NOBODY) {
            unit->lanes[n++] = unit->lanes[k];
        }
    }
    for (const size_t last = n - 1; n < n_new; ++n) {
        unit->lanes[n] = unit->lanes[last];
        unit->lanes[n].candidate = NOBODY;
    }
    unit->n_lanes = n_new;
    unit->is_straight = false;
    unit->is_moved = true;
    bind_all(unit);
}

/* ---- probes ------------------------------------------------------------------------------------------- */
/* Recorded values are results: subnormals are zero. The one is not folded away. */
static e2l_real flushed(e2l_real value)
{
    const volatile e2l_real one = 1.0;
    return value * one;
}

/* Looks of a lane, where only the network knows when it was looked at. */
static double looks_of(const e2l_unit *unit, size_t probe, size_t lane)
{
    return (unit->memory + area_at(unit, unit->tape->counts[probe].row))[lane];
}

/* What a fold over n looks is, given what it has gathered. */
static double fold_of(e2l_fold fold, double gathered, double n)
{
    const bool nothing = !(n > 0.0) && fold != E2L_FOLD_SUM;
    return nothing ? (double)NAN : fold == E2L_FOLD_MEAN ? gathered / n : gathered;
}

static void write_look(const e2l_unit *unit, const e2l_shift *shift, size_t probe, const e2l_real *rows, size_t look,
                       double n_looks)
{
    const e2l_fold fold = shift->resolved->probes[probe].source->fold;
    const bool counts = shift->program->looks[probe].count != E2L_NO_STATE;
    const e2l_operand *const at = &unit->tape->looks[probe];
    const e2l_probe_place *const place = &shift->layout->places[probe];
    const bool wide = unit->tape->is_wide;
    const e2l_real *const area = e2l_unit_area(unit, at, rows);
    for (size_t lane = 0; lane < unit->n_lanes; ++lane) {
        if (unit->lanes[lane].candidate == NOBODY) {
            continue;
        }
        const e2l_real *const values = wide ? area : area + lane_at(lane, at->n_rows);
        const double n = counts ? looks_of(unit, probe, lane) : n_looks;
        double *const to = recording_of(shift, &unit->lanes[lane])->values + place->offset + look * place->width;
        for (size_t k = 0; k < place->width; ++k) {
            const size_t element = at->spread ? 0 : k;
            to[k] = fold_of(fold, flushed(values[wide ? e2l_wide_at(at->space, element) : element * E2L_LANE_STEP]), n);
        }
    }
}

static void look_directly(e2l_unit *unit, const e2l_shift *shift, const e2l_real *rows, uint64_t guards)
{
    for (size_t k = 0; k < shift->resolved->experiment->n_probes; ++k) {
        const e2l_look *const look = &shift->program->looks[k];
        if (look->state == E2L_NO_STATE && (look->guard & guards) != 0) {
            const bool all = shift->resolved->probes[k].source->fold == E2L_FOLD_ALL;
            write_look(unit, shift, k, rows, all ? (size_t)unit->n_looks[k]++ : 0, 1.0);
        }
    }
}

void e2l_unit_finish(e2l_unit *unit, const e2l_shift *shift, uint64_t n_steps)
{
    for (size_t k = 0; k < shift->resolved->experiment->n_probes; ++k) {
        const e2l_bound_probe *const probe = &shift->resolved->probes[k];
        if (shift->program->looks[k].state != E2L_NO_STATE) {
            const double n = probe->when.expr == NULL ? (double)n_steps : (double)probe->n_looks;
            write_look(unit, shift, k, NULL, 0, n);
        }
    }
    for (size_t k = 0; k < unit->n_lanes; ++k) {
        if (unit->lanes[k].candidate != NOBODY) {
            e2l_recording *const recording = recording_of(shift, &unit->lanes[k]);
            recording->outcome = E2L_OUTCOME_OK;
            recording->step = n_steps;
            shift->stats->n_steps += n_steps;
        }
    }
}

/* ---- steps -------------------------------------------------------------------------------------------- */
/* Sources, or tiles of targets, whose guard is true, as pieces of neighbours. */
static void find_pieces(e2l_unit *unit, const e2l_region *region, const e2l_real *guard)
{
    const size_t each = region->extent == E2L_EXTENT_TILES ? E2L_LANE_STEP : 1;
    const size_t n_wanted = unit->kernels->find(guard, region->n, false, unit->rows);
    unit->n_pieces = 0;
    for (size_t k = 0; k < n_wanted; ++k) {
        const size_t at = unit->rows[k] / each;
        e2l_piece *const last = unit->n_pieces > 0 ? &unit->pieces[unit->n_pieces - 1] : NULL;
        if (last != NULL && last->first + last->n == at) {
            last->n++;
        } else if (last == NULL || last->first + last->n < at) {
            unit->pieces[unit->n_pieces++] = (e2l_piece){at, 1};
        }
    }
}

/* False: nobody wants it. */
static bool enter(e2l_unit *unit, const e2l_region *region, const e2l_real *rows, bool of_list)
{
    const e2l_real *const guard = e2l_unit_area(unit, &region->guard, rows);
    if (region->extent != E2L_EXTENT_ALL && region->extent != E2L_EXTENT_ANY) {
        if (!of_list) {
            find_pieces(unit, region, guard);
        }
        return of_list || unit->n_pieces > 0;
    }
    const size_t n = region->extent == E2L_EXTENT_ALL ? 1 : unit->n_lanes;
    bool wanted = false;
    for (size_t lane = 0; lane < n; ++lane) {
        wanted = wanted || guard[lane] > 0.0;
    }
    return wanted;
}

static void run_piece(const e2l_bound_op *bound, e2l_extent extent, const e2l_piece *piece)
{
    e2l_bound_op part = *bound;
    e2l_op *const op = &part.op;
    const bool rows = extent == E2L_EXTENT_ROWS;
    *(rows ? &op->n_rows : &op->n_tiles) = piece->n;
    for (int k = 0; k < E2L_OP_INPUTS; ++k) {
        op->in[k] = op->in[k] == NULL ? NULL : op->in[k] + piece->first * (rows ? bound->row_step[k] : op->tile[k]);
    }
    op->out = op->out == NULL ? NULL : op->out + piece->first * (rows ? bound->row_step[E2L_OP_INPUTS] : op->out_tile);
    op->run(op);
}

static void run_pieces(const e2l_unit *unit, const e2l_bound_op *bound, e2l_extent extent)
{
    /* a replica that is wanted for some tiles is wanted whole; zeros where there is no synapse are there anyway */
    if (bound->instr->is_special || (extent == E2L_EXTENT_TILES && bound->instr->is_replica)) {
        bound->op.run(&bound->op);
        return;
    }
    for (size_t k = 0; k < unit->n_pieces; ++k) {
        run_piece(bound, extent, &unit->pieces[k]);
    }
}

/* Some tiles of a call: of n_pre x n_post synapses its tiles, of a row of neurons its rows. */
static void run_tiles(const e2l_bound_op *bound, size_t first, size_t n)
{
    const e2l_instr *const instr = bound->instr;
    const bool synaptic = instr->is_synaptic;
    e2l_op op = bound->op;
    *(synaptic ? &op.n_tiles : &op.n_rows) = n;
    for (int k = 0; k < E2L_OP_INPUTS; ++k) {
        const size_t step = synaptic ? op.tile[k] : bound->row_step[k];
        op.in[k] = op.in[k] == NULL || instr->in[k].is_local ? op.in[k] : op.in[k] + first * step;
    }
    if (op.out != NULL && !instr->out.is_local) {
        op.out += first * (synaptic ? op.out_tile : bound->row_step[E2L_OP_INPUTS]);
    }
    (instr->whole != NULL ? instr->whole : instr->run)(&op);
}

/* How many calls from here on are done together. */
static size_t n_together(const e2l_bound_op *bound)
{
    return bound->instr->native != NULL ? bound->instr->n_native : 1;
}

/* Sums with few events are quicker all at once, before the sweep: nothing in it makes what they read of their sources. */
static bool runs_ahead(const e2l_bound_op *bound)
{
    return bound->instr->whole != NULL && e2l_has_few_events(bound);
}

/* The same for all its calls. */
static size_t stretch_tiles(const e2l_unit *unit, const e2l_stretch *stretch)
{
    const e2l_instr *const instr = unit->ops[stretch->first].instr;
    return instr->is_synaptic ? instr->n_tiles : instr->n_rows;
}

static void run_sweep(e2l_unit *unit, const e2l_stretch *stretch, uint64_t guards)
{
    const size_t at_a_time = unit->ops[stretch->first].instr->sweep_tiles;
    const size_t n = stretch_tiles(unit, stretch);
    for (size_t k = stretch->first; k < stretch->end; k += n_together(&unit->ops[k])) {
        e2l_bound_op *const bound = &unit->ops[k];
        bound->is_done = (bound->need & guards) == 0;
        if (!bound->is_done && runs_ahead(bound)) {
            bound->op.run(&bound->op);
            bound->is_done = true;
        }
    }
    for (size_t first = 0; first < n; first += at_a_time) {
        const size_t n_now = n - first < at_a_time ? n - first : at_a_time;
        for (size_t k = stretch->first; k < stretch->end; k += n_together(&unit->ops[k])) {
            const e2l_bound_op *const bound = &unit->ops[k];
            if (!bound->is_done && bound->instr->native != NULL) {
                bound->instr->native(bound, first, n_now);
            } else if (!bound->is_done) {
                run_tiles(bound, first, n_now);
            }
        }
    }
}

static void run_stretch(e2l_unit *unit, const e2l_stretch *stretch, const e2l_real *rows, uint64_t guards)
{
    const e2l_region *const region = stretch->region != E2L_NO_REGION ? &unit->tape->regions[stretch->region] : NULL;
    if (region != NULL && !enter(unit, region, rows, stretch->list != 0)) {
        return;
    }
    if (stretch->list != 0) {
        e2l_unit_run_list(unit, stretch, region, rows, guards);
        return;
    }
    if (stretch->sweep != 0) {
        run_sweep(unit, stretch, guards);
        return;
    }
    const bool in_pieces = region != NULL && (region->extent == E2L_EXTENT_ROWS || region->extent == E2L_EXTENT_TILES);
    for (size_t k = stretch->first; k < stretch->end; k += n_together(&unit->ops[k])) {
        const e2l_bound_op *const bound = &unit->ops[k];
        if ((bound->need & guards) == 0) {
            continue;
        }
        if (bound->instr->native != NULL && bound->instr->whole == NULL) {
            bound->instr->native(bound, 0, bound->n_native_tiles);
        } else if (in_pieces) {
            run_pieces(unit, bound, region->extent);
        } else {
            bound->op.run(&bound->op);
        }
    }
}

static void set_schedule(e2l_unit *unit, const e2l_shift *shift, uint64_t step)
{
    for (size_t k = 0; k < unit->tape->n_schedule; ++k) {
        if (unit->tape->schedule_rows[k] != NO_ROW) {
            fill_row(unit, unit->tape->schedule_rows[k],
                     (e2l_real)e2l_ref_at_step(shift->resolved, &shift->program->schedule[k], step));
        }
    }
}

static void turn_to(e2l_turning *turning, size_t place)
{
    e2l_real *const at = turning->ring + place * turning->size;
    turning->place = place;
    if (turning->reads != NULL) {
        *turning->reads = at;
    } else {
        *turning->writes = at;
    }
}

static void begin_turning(e2l_unit *unit, uint64_t step)
{
    for (size_t k = 0; k < unit->n_turning; ++k) {
        e2l_turning *const turning = &unit->turning[k];
        turn_to(turning, (size_t)((step + turning->ahead) % turning->depth));
    }
}

static void turn(e2l_unit *unit)
{
    for (size_t k = 0; k < unit->n_turning; ++k) {
        e2l_turning *const turning = &unit->turning[k];
        turn_to(turning, turning->place + 1 == turning->depth ? 0 : turning->place + 1);
    }
}

void e2l_unit_advance(e2l_unit *unit, const e2l_shift *shift, const e2l_real *rows, size_t n_chunk_rows, bool bad_input)
{
    const size_t stride = n_chunk_rows * unit->n_lanes;
    const uint64_t inputs = bad_input ? E2L_GUARD_BAD_INPUT : 0;
    for (size_t k = 0; k < unit->n_moving; ++k) {
        *unit->moving[k].at = rows + unit->moving[k].offset;
    }
    begin_turning(unit, shift->step0);
    for (size_t step = 0; step < shift->n_steps && unit->n_alive > 0; ++step) {
        const uint64_t guards = shift->guards[step] | inputs;
        const e2l_real *const now = rows == NULL ? NULL : rows + step * stride;
        unit->step = shift->step0 + step;
        if (unit->tape->n_schedule > 0) {
            set_schedule(unit, shift, shift->step0 + step);
        }
        for (size_t k = unit->n_init_stretches; k < unit->n_stretches; ++k) {
            run_stretch(unit, &unit->stretches[k], now, guards);
        }
        if (unit->bad != 0) {
            bury(unit, shift, now, shift->step0 + step, bad_input);
        }
        if ((unit->direct_looks & guards) != 0) {
            look_directly(unit, shift, now, guards);
        }
        for (size_t k = 0; k < unit->n_moving; ++k) {
            *unit->moving[k].at += stride;
        }
        turn(unit);
    }
}
