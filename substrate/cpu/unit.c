/* unit.c: binds a tape to memory and runs it.

   A lane that leaves its range is recorded with the step, then takes over everything a living lane holds and goes on as its
   double: so it does not trip the check again at once, and whoever wrote NaN stays out of the way. Between chunks the
   living are closed up when that saves a vector. */
#include "substrate/cpu/unit.h"

#include <math.h>
#include <string.h>

enum { NOBODY = UINT32_MAX };
#define NO_ROW SIZE_MAX

/* ---- operations --------------------------------------------------------------------------------------- */
/* One call per target. The fields of a projection are few next to the rows of a call. */
static void run_targets(const e2l_op *op)
{
    const e2l_bound_op *const bound = (const e2l_bound_op *)(const void *)op;
    e2l_op one = *op;
    for (size_t target = 0; target < bound->n_outer; ++target) {
        bound->run(&one);
        for (int k = 0; k < E2L_OP_INPUTS; ++k) {
            one.in[k] = one.in[k] == NULL ? NULL : one.in[k] + bound->per_target[k];
        }
        one.out = one.out == NULL ? NULL : one.out + bound->per_target[E2L_OP_INPUTS];
    }
}

static bool is_flat(const e2l_instr *instr)
{
    bool flat = !instr->sums && instr->n_outer == 1;
    for (int k = 0; k < E2L_OP_INPUTS; ++k) {
        flat = flat && !instr->in[k].spread;
    }
    return flat;
}

static void bind(e2l_unit *unit, const e2l_instr *instr, e2l_bound_op *bound)
{
    const size_t n_lanes = unit->n_lanes;
    const bool flat = is_flat(instr);
    *bound = (e2l_bound_op){.run = instr->run, .n_outer = instr->n_outer, .need = instr->need};
    bound->op = (e2l_op){.run = instr->n_outer > 1 ? run_targets : instr->run,
                         .n_rows = flat ? 1 : instr->n_rows,
                         .n_lanes = flat ? instr->n_rows * n_lanes : n_lanes,
                         .eval = instr->eval,
                         .limit = instr->limit > 0.0 ? instr->limit : (double)INFINITY,
                         .bad = instr->limit > 0.0 ? &unit->bad : &unit->ignored};
    for (uint32_t k = 0; k < E2L_OP_INPUTS; ++k) {
        const e2l_operand *const operand = &instr->in[k];
        bound->op.spread |= operand->spread ? 1u << k : 0u;
        bound->per_target[k] = operand->per_target * n_lanes;
        if (operand->rows_in == E2L_ROWS_MEMORY) {
            bound->op.in[k] = unit->memory + operand->row * n_lanes;
        } else if (operand->rows_in == E2L_ROWS_CHUNK) {
            unit->moving[unit->n_moving++] = (e2l_moving){&bound->op.in[k], operand->row};
        }
    }
    if (instr->out.rows_in == E2L_ROWS_MEMORY) {
        bound->op.out = unit->memory + instr->out.row * n_lanes;
        bound->per_target[E2L_OP_INPUTS] = instr->out.per_target * n_lanes;
    }
}

static void bind_all(e2l_unit *unit)
{
    unit->n_moving = 0;
    unit->n_always = 0;
    for (size_t k = 0; k < unit->n_ops; ++k) {
        bind(unit, &unit->tape->instrs[k], &unit->ops[k]);
        if (k >= unit->n_init && (unit->ops[k].need & 1u) != 0) {
            unit->always[unit->n_always++] = &unit->ops[k];
        }
    }
}

/* ---- memory ------------------------------------------------------------------------------------------- */
static void fill_row(e2l_unit *unit, size_t row, double value)
{
    double *const at = unit->memory + row * unit->n_lanes;
    for (size_t k = 0; k < unit->n_lanes; ++k) {
        at[k] = value;
    }
}

void e2l_unit_expand(const e2l_unit *unit, const double *from, size_t n_block_lanes, size_t n_rows, double *to)
{
    for (size_t row = 0; row < n_rows; ++row) {
        const double *const source = from + row * n_block_lanes;
        double *const target = to + row * unit->n_lanes;
        for (size_t k = 0; k < unit->n_lanes; ++k) {
            target[k] = source[unit->lanes[k].in_block];
        }
    }
}

/* What lasts all the run. Lanes that repeat another have its candidate's learning rate; `owners` says whose. */
static void fill_lasting(e2l_unit *unit, const e2l_shift *shift, const e2l_store *store, const e2l_block *block,
                         const e2l_lane *owners)
{
    const e2l_tape *const tape = unit->tape;
    for (size_t k = 0; k < tape->n_constants; ++k) {
        fill_row(unit, tape->constants[k].row, tape->constants[k].value);
    }
    for (size_t slot = 0; slot < shift->resolved->n_slots; ++slot) {
        double *const at = unit->memory + tape->eta_rows[slot] * unit->n_lanes;
        for (size_t k = 0; tape->eta_rows[slot] != NO_ROW && k < unit->n_lanes; ++k) {
            at[k] = shift->candidates[owners[k].candidate].etas[slot];
        }
    }
    for (size_t array = 0; array < shift->resolved->experiment->n_arrays; ++array) {
        if (tape->static_rows[array] != NO_ROW) {
            e2l_unit_expand(unit, block->statics + store->first[array] * block->n_lanes, block->n_lanes,
                            (size_t)shift->resolved->experiment->arrays[array].size,
                            unit->memory + tape->static_rows[array] * unit->n_lanes);
        }
    }
}

static bool allocate(e2l_unit *unit, e2l_arena *arena, size_t n_probes)
{
    unit->lanes = e2l_arena_alloc(arena, unit->n_lanes, sizeof *unit->lanes);
    unit->memory = e2l_arena_alloc(arena, (unit->tape->n_rows + 1) * unit->n_lanes, sizeof *unit->memory);
    unit->ops = e2l_arena_alloc(arena, unit->n_ops + 1, sizeof *unit->ops);
    unit->always = e2l_arena_alloc(arena, unit->n_ops + 1, sizeof(e2l_bound_op *));
    unit->moving = e2l_arena_alloc(arena, (unit->n_ops + 1) * E2L_OP_INPUTS, sizeof *unit->moving);
    unit->n_looks = e2l_arena_alloc(arena, n_probes + 1, sizeof *unit->n_looks);
    unit->dead = e2l_arena_alloc(arena, unit->n_lanes, sizeof *unit->dead);
    return unit->lanes != NULL && unit->memory != NULL && unit->ops != NULL && unit->always != NULL &&
           unit->moving != NULL && unit->n_looks != NULL && unit->dead != NULL;
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
    unit->n_lanes = (n_lanes + E2L_LANE_STEP - 1) / E2L_LANE_STEP * E2L_LANE_STEP;
    unit->n_alive = n_lanes;
    unit->n_ops = tape->n_instrs;
    unit->n_init = tape->n_init;
    if (!allocate(unit, arena, n_probes)) {
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
    for (size_t k = 0; k < unit->n_init; ++k) {
        unit->ops[k].op.run(&unit->ops[k].op);
    }
    return E2L_OK;
}

/* ---- death -------------------------------------------------------------------------------------------- */
static const double *rows_at(const e2l_unit *unit, const e2l_operand *operand, const double *rows)
{
    return (operand->rows_in == E2L_ROWS_CHUNK ? rows : unit->memory) + operand->row * unit->n_lanes;
}

static void find_dead(e2l_unit *unit, const double *rows, bool inputs_too)
{
    memset(unit->dead, 0, unit->n_lanes * sizeof *unit->dead);
    for (size_t k = 0; k < unit->tape->n_checks; ++k) {
        const e2l_check *const check = &unit->tape->checks[k];
        if (check->at.rows_in == E2L_ROWS_CHUNK && !inputs_too) {
            continue;
        }
        const double *const values = rows_at(unit, &check->at, rows);
        for (size_t row = 0; row < check->n_rows; ++row) {
            for (size_t lane = 0; lane < unit->n_lanes; ++lane) {
                const bool good = fabs(values[row * unit->n_lanes + lane]) < check->limit;
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
    for (size_t row = 0; row < unit->tape->n_rows; ++row) {
        double *const at = unit->memory + row * unit->n_lanes;
        at[dead] = at[living];
    }
}

static void bury(e2l_unit *unit, const e2l_shift *shift, const double *rows, uint64_t step, bool inputs_too)
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

/* The last living lane gives what the new end needs. Writing moves on behind reading, and what it runs over of that lane is
   a copy of itself. */
void e2l_unit_close_up(e2l_unit *unit)
{
    const size_t n_new = (unit->n_alive + E2L_LANE_STEP - 1) / E2L_LANE_STEP * E2L_LANE_STEP;
    if (unit->n_alive == 0 || n_new >= unit->n_lanes) {
        return;
    }
    size_t living = 0;
    for (size_t row = 0; row < unit->tape->n_rows; ++row) {
        const double *const from = unit->memory + row * unit->n_lanes;
        double *const to = unit->memory + row * n_new;
        size_t n = 0;
        for (size_t k = 0; k < unit->n_lanes; ++k) {
            if (unit->lanes[k].candidate != NOBODY) {
                to[n++] = from[k];
                living = k;
            }
        }
        const double last = to[n - 1];
        for (; n < n_new; ++n) {
            to[n] = last;
        }
    }
    size_t n = 0;
    const e2l_lane last = unit->lanes[living];
    for (size_t k = 0; k < unit->n_lanes; ++k) {
        if (unit->lanes[k].candidate != NOBODY) {
            unit->lanes[n++] = unit->lanes[k];
        }
    }
    for (; n < n_new; ++n) {
        unit->lanes[n] = last;
        unit->lanes[n].candidate = NOBODY;
    }
    unit->n_lanes = n_new;
    unit->is_straight = false;
    unit->is_moved = true;
    bind_all(unit);
}

/* ---- probes ------------------------------------------------------------------------------------------- */
/* Recorded values are results: subnormals are zero. The one is not folded away. */
static double flushed(double value)
{
    const volatile double one = 1.0;
    return value * one;
}

static void write_look(const e2l_unit *unit, const e2l_shift *shift, size_t probe, const double *rows, size_t look,
                       double divisor)
{
    const e2l_operand *const at = &unit->tape->looks[probe];
    const e2l_probe_place *const place = &shift->layout->places[probe];
    const double *const values = rows_at(unit, at, rows);
    for (size_t lane = 0; lane < unit->n_lanes; ++lane) {
        if (unit->lanes[lane].candidate == NOBODY) {
            continue;
        }
        double *const to = recording_of(shift, &unit->lanes[lane])->values + place->offset + look * place->width;
        for (size_t k = 0; k < place->width; ++k) {
            to[k] = flushed(values[(at->spread ? 0 : k) * unit->n_lanes + lane]) / divisor;
        }
    }
}

static void look_directly(e2l_unit *unit, const e2l_shift *shift, const double *rows, uint64_t guards)
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
            write_look(unit, shift, k, NULL, 0, probe->source->fold == E2L_FOLD_MEAN ? n : 1.0);
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
static void run_guarded(e2l_unit *unit, uint64_t guards)
{
    for (size_t k = unit->n_init; k < unit->n_ops; ++k) {
        if ((unit->ops[k].need & guards) != 0) {
            unit->ops[k].op.run(&unit->ops[k].op);
        }
    }
}

static void set_schedule(e2l_unit *unit, const e2l_shift *shift, uint64_t step)
{
    for (size_t k = 0; k < unit->tape->n_schedule; ++k) {
        if (unit->tape->schedule_rows[k] != NO_ROW) {
            fill_row(unit, unit->tape->schedule_rows[k],
                     e2l_ref_at_step(shift->resolved, &shift->program->schedule[k], step));
        }
    }
}

void e2l_unit_advance(e2l_unit *unit, const e2l_shift *shift, const double *rows, size_t n_chunk_rows, bool bad_input)
{
    const size_t stride = n_chunk_rows * unit->n_lanes;
    const uint64_t inputs = bad_input ? E2L_GUARD_BAD_INPUT : 0;
    for (size_t k = 0; k < unit->n_moving; ++k) {
        *unit->moving[k].at = rows + unit->moving[k].row * unit->n_lanes;
    }
    for (size_t step = 0; step < shift->n_steps && unit->n_alive > 0; ++step) {
        const uint64_t guards = shift->guards[step] | inputs;
        const double *const now = rows == NULL ? NULL : rows + step * stride;
        if (unit->tape->n_schedule > 0) {
            set_schedule(unit, shift, shift->step0 + step);
        }
        if (guards == 1) {
            for (size_t k = 0; k < unit->n_always; ++k) {
                unit->always[k]->op.run(&unit->always[k]->op);
            }
        } else {
            run_guarded(unit, guards);
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
    }
}
