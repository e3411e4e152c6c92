/* special.c: operations that know tiles, steps and cases: reductions other than sums, the view from the other end, noise, and what is
   under way for some steps. See kernels.h for the layout [tile][row][lane]. */
#include <math.h>
#include <string.h>

#include "substrate/cpu/special_world.h"
#include "substrate/cpu/unit.h"

enum { LANES = E2L_LANE_STEP };

/* ---- reductions ------------------------------------------------------------------------------------------ */
static void reduce(const e2l_op *op, bool smallest)
{
    const e2l_special *const special = &e2l_bound_of(op)->instr->special;
    for (size_t tile = 0; tile < op->n_tiles; ++tile) {
        for (size_t post = 0; post < special->n_post; ++post) {
            const e2l_real *const from = e2l_row_in(op, 0, tile, post * special->n_pre);
            e2l_real *const to = e2l_row_out(op, tile, post);
            memcpy(to, from, LANES * sizeof *to);
            for (size_t pre = 1; pre < special->n_pre; ++pre) {
                for (size_t lane = 0; lane < LANES; ++lane) {
                    to[lane] = e2l_larger(to[lane], from[pre * LANES + lane], smallest);
                }
            }
        }
    }
}

static void run_max(const e2l_op *op)
{
    reduce(op, false);
}

static void run_min(const e2l_op *op)
{
    reduce(op, true);
}

/* ---- the other end ----------------------------------------------------------------------------------------- */
static void run_transpose(const e2l_op *op)
{
    const e2l_special *const special = &e2l_bound_of(op)->instr->special;
    for (size_t tile = 0; tile < op->n_tiles; ++tile) {
        for (size_t post = 0; post < special->n_post; ++post) {
            for (size_t pre = 0; pre < special->n_pre; ++pre) {
                memcpy(e2l_row_out(op, tile, post * special->n_pre + pre), e2l_row_in(op, 0, tile, pre * special->n_post + post),
                       LANES * sizeof(e2l_real));
            }
        }
    }
}

/* ---- noise --------------------------------------------------------------------------------------------------- */
/* Lanes with the same case draw the same. */
static size_t twin_of(const e2l_unit *unit, size_t tile, size_t lane)
{
    const e2l_lane *const lanes = unit->lanes + tile * LANES;
    size_t twin = 0;
    while (lanes[twin].in_block != lanes[lane].in_block) {
        ++twin;
    }
    return twin;
}

static void run_noise(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    const e2l_draw *const draw = &bound->instr->special.draw;
    const uint64_t step = draw->once ? E2L_BEFORE_RUN : bound->unit->step;
    for (size_t lane = 0; lane < bound->unit->n_lanes; ++lane) {
        const size_t tile = lane / LANES, at = lane % LANES, twin = twin_of(bound->unit, tile, at);
        const e2l_key key = bound->unit->cases[bound->unit->lanes[lane].in_block].key;
        for (size_t row = 0; row < op->n_rows; ++row) {
            e2l_real *const to = e2l_row_out(op, tile, row);
            to[at] = twin < at ? to[twin] : e2l_drawn(draw, key, row, step);
        }
    }
}

/* ---- under way ------------------------------------------------------------------------------------------------ */
static void run_delayed(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    const size_t depth = bound->instr->special.depth, now = (size_t)(bound->unit->step % depth);
    for (size_t tile = 0; tile < op->n_tiles; ++tile) {
        if (op->in[0] == NULL) {
            memcpy(e2l_row_out(op, tile, 0), e2l_row_in(op, 1, tile, now * op->n_rows), op->n_rows * LANES * sizeof(e2l_real));
            continue;
        }
        for (size_t row = 0; row < op->n_rows; ++row) {
            const e2l_real *const delay = e2l_row_in(op, 0, tile, row);
            for (size_t lane = 0; lane < LANES; ++lane) {
                const size_t place = e2l_ring_place(now, depth, delay[lane]);
                e2l_row_out(op, tile, row)[lane] = e2l_row_in(op, 1, tile, place * op->n_rows + row)[lane];
            }
        }
    }
}

static void write_place(const e2l_op *op, size_t place)
{
    for (size_t tile = 0; tile < op->n_tiles; ++tile) {
        for (size_t row = 0; row < op->n_rows; ++row) {
            memcpy(e2l_row_out(op, tile, place * op->n_rows + row), e2l_row_in(op, 0, tile, row), LANES * sizeof(e2l_real));
        }
    }
}

static void run_ring_write(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    write_place(op, (size_t)(bound->unit->step % bound->instr->special.depth));
}

static void run_ring_fill(const e2l_op *op)
{
    for (size_t place = 0; place < e2l_bound_of(op)->instr->special.depth; ++place) {
        write_place(op, place);
    }
}

const e2l_special_kernels e2l_specials = {.max = run_max,
                                          .min = run_min,
                                          .transpose = run_transpose,
                                          .noise = run_noise,
                                          .delayed = run_delayed,
                                          .ring_write = run_ring_write,
                                          .ring_fill = run_ring_fill,
                                          .fan_in = e2l_run_fan_in,
                                          .world = e2l_run_world,
                                          .world_begin = e2l_run_world_begin,
                                          .slice = e2l_run_slice,
                                          .pack = e2l_run_pack};
