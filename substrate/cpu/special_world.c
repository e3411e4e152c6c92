/* special_world.c: see special_world.h. Every lane is a world of its own; what it shows and hides lies in the rows of one state. */
#include "substrate/cpu/special_world.h"

#include <string.h>

#include "substrate/cpu/unit.h"
#include "substrate/cpu/wide.h"

enum { LANES = E2L_LANE_STEP };

static e2l_key key_of(const e2l_unit *unit, size_t lane)
{
    return unit->cases[unit->lanes[lane].in_block].key;
}

/* The new state may lie where the old one does: a lane is read before it is written. */
void e2l_run_world(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    const e2l_unit *const unit = bound->unit;
    const e2l_bound_world *const world = bound->instr->special.world;
    const bool is_called = e2l_world_is_called(unit->resolved, world, unit->step);
    double observed[E2L_ENVIRONMENT_NUMBERS + 1], state[E2L_ENVIRONMENT_NUMBERS];
    for (size_t lane = 0; lane < unit->n_lanes; ++lane) {
        const size_t tile = lane / LANES, at = lane % LANES;
        for (size_t row = 0; row < op->n_rows; ++row) {
            state[row] = e2l_row_in(op, 2, tile, row)[at];
        }
        for (size_t k = 0; is_called && k < world->n_observed; ++k) {
            observed[k] = e2l_row_in(op, 0, tile, k)[at];
        }
        if (is_called) {
            e2l_world_step(world, key_of(unit, lane), unit->step, observed, state);
        }
        for (size_t row = 0; row < op->n_rows; ++row) {
            e2l_row_out(op, tile, row)[at] = (e2l_real)state[row];
        }
    }
}

void e2l_run_world_begin(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    double state[E2L_ENVIRONMENT_NUMBERS];
    for (size_t lane = 0; lane < bound->unit->n_lanes; ++lane) {
        e2l_world_begin(bound->instr->special.world, key_of(bound->unit, lane), state);
        for (size_t row = 0; row < op->n_rows; ++row) {
            e2l_row_out(op, lane / LANES, row)[lane % LANES] = (e2l_real)state[row];
        }
    }
}

void e2l_run_slice(const e2l_op *op)
{
    const size_t first = e2l_bound_of(op)->instr->special.first;
    for (size_t tile = 0; tile < op->n_tiles; ++tile) {
        for (size_t row = 0; row < op->n_rows; ++row) {
            memcpy(e2l_row_out(op, tile, row), e2l_row_in(op, 0, tile, first + row), LANES * sizeof(e2l_real));
        }
    }
}

void e2l_run_pack(const e2l_op *op)
{
    const size_t first = e2l_bound_of(op)->instr->special.first;
    for (size_t tile = 0; tile < op->n_tiles; ++tile) {
        for (size_t row = 0; row < op->n_rows; ++row) {
            const bool is_second = row >= first;
            memcpy(e2l_row_out(op, tile, row), e2l_row_in(op, is_second ? 2 : 0, tile, is_second ? row - first : row), LANES * sizeof(e2l_real));
        }
    }
}

/* ---- wide ------------------------------------------------------------------------------------------------------ */
/* A single number stands in all lanes of its row, and one for all elements may be asked for each of them. */
static e2l_real element(const e2l_op *op, int operand, size_t k)
{
    return op->in[operand][(op->spread >> operand & 1u) != 0 ? 0 : k];
}

static size_t n_of(const e2l_op *op)
{
    return e2l_bound_of(op)->instr->special.n_pre;
}

static void put(const e2l_op *op, const double *values)
{
    for (size_t k = 0; k < n_of(op); ++k) {
        op->out[k] = (e2l_real)values[k];
    }
    e2l_wide_pad((e2l_space){n_of(op), 1, 0}, op->out);
}

void e2l_run_wide_world(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    const e2l_bound_world *const world = bound->instr->special.world;
    double observed[E2L_ENVIRONMENT_NUMBERS + 1], state[E2L_ENVIRONMENT_NUMBERS];
    for (size_t k = 0; k < n_of(op); ++k) {
        state[k] = element(op, 2, k);
    }
    if (e2l_world_is_called(bound->unit->resolved, world, bound->unit->step)) {
        for (size_t k = 0; k < world->n_observed; ++k) {
            observed[k] = element(op, 0, k);
        }
        e2l_world_step(world, key_of(bound->unit, 0), bound->unit->step, observed, state);
    }
    put(op, state);
}

void e2l_run_wide_world_begin(const e2l_op *op)
{
    double state[E2L_ENVIRONMENT_NUMBERS];
    e2l_world_begin(e2l_bound_of(op)->instr->special.world, key_of(e2l_bound_of(op)->unit, 0), state);
    put(op, state);
}

void e2l_run_wide_slice(const e2l_op *op)
{
    const size_t first = e2l_bound_of(op)->instr->special.first;
    for (size_t k = 0; k < n_of(op); ++k) {
        op->out[k] = op->in[0][first + k];
    }
    e2l_wide_pad((e2l_space){n_of(op), 1, 0}, op->out);
}

void e2l_run_wide_pack(const e2l_op *op)
{
    const size_t first = e2l_bound_of(op)->instr->special.first;
    for (size_t k = 0; k < n_of(op); ++k) {
        op->out[k] = k < first ? element(op, 0, k) : element(op, 2, k - first);
    }
    e2l_wide_pad((e2l_space){n_of(op), 1, 0}, op->out);
}
