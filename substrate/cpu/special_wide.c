/* special_wide.c: the operations of special.c on wide tapes, and sums over the sources of an only target: lanes are neurons (wide.h), so
   they go along the lanes. */
#include <string.h>

#include "substrate/cpu/special_world.h"
#include "substrate/cpu/unit.h"
#include "substrate/cpu/wide.h"

enum { LANES = E2L_LANE_STEP };

static const e2l_special *special_of(const e2l_op *op)
{
    return &e2l_bound_of(op)->instr->special;
}

/* ---- over sources ------------------------------------------------------------------------------------------ */
static e2l_real factor(const e2l_op *op, int k, size_t source)
{
    return op->in[k][(op->spread >> k & 1u) != 0 ? 0 : source];
}

/* The partial sums of kernels_rows.c: sum k holds the sources k, k + 8, .. */
static void run_sum(const e2l_op *op)
{
    const size_t n = special_of(op)->n_pre;
    e2l_real s[E2L_PARTIAL_SUMS] = {0};
    for (size_t source = 0; source < n; ++source) {
        e2l_real term = factor(op, 0, source);
        for (int k = 1; k < 3 && op->in[k] != NULL; ++k) {
            term *= factor(op, k, source);
        }
        s[source % E2L_PARTIAL_SUMS] += term;
    }
    const e2l_real sum = e2l_sum_of_partials(s);
    for (size_t lane = 0; lane < LANES; ++lane) {
        op->out[lane] = sum;
    }
}

/* Weights that are finite now stay so: a unit in which something is out of range does not go on. Finds the sources that send something. */
static bool find_events(const e2l_bound_op *bound, size_t start[9])
{
    const e2l_unit *const unit = bound->unit;
    if (unit->bad != 0 || bound->never_skips) {
        return false;
    }
    return unit->kernels->find_rows(bound->op.in[1], bound->op.n_rows, bound->op.n_rows / E2L_SKIP_GAIN, unit->rows, start);
}

bool e2l_has_few_events(const e2l_bound_op *bound)
{
    size_t start[9];
    return find_events(bound, start);
}

static void run_sum_some(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    size_t start[9];
    if (find_events(bound, start)) {
        bound->unit->kernels->sum_rows(op, bound->unit->rows, start);
    } else if (bound->instr->native != NULL) {
        bound->instr->native(bound, 0, bound->n_native_tiles);
    } else {
        bound->instr->whole(op);
    }
}

static void reduce(const e2l_op *op, bool smallest)
{
    const e2l_special *const special = special_of(op);
    const e2l_space space = e2l_space_of(special->n_pre, special->n_post);
    for (size_t post = 0; post < special->n_post; ++post) {
        e2l_real so_far = op->in[0][e2l_wide_at(space, post * special->n_pre)];
        for (size_t pre = 1; pre < special->n_pre; ++pre) {
            so_far = e2l_larger(so_far, op->in[0][e2l_wide_at(space, post * special->n_pre + pre)], smallest);
        }
        op->out[post] = so_far;
    }
    e2l_wide_pad((e2l_space){special->n_post, 1, 0}, op->out);
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
    const e2l_special *const special = special_of(op);
    const e2l_space to = {special->n_pre, special->n_post, 0}, from = {special->n_post, special->n_pre, 0};
    for (size_t post = 0; post < special->n_post; ++post) {
        for (size_t pre = 0; pre < special->n_pre; ++pre) {
            op->out[e2l_wide_at(to, post * special->n_pre + pre)] = op->in[0][e2l_wide_at(from, pre * special->n_post + post)];
        }
    }
    e2l_wide_pad(to, op->out);
}

/* 0 where there is no synapse. */
static void flatten_list(const e2l_list *list, const e2l_real *from, e2l_real *to, size_t n)
{
    memset(to, 0, n * sizeof *to);
    for (size_t k = 0; k < list->n; ++k) {
        to[list->post[k] * list->n_pre + list->pre[k]] = from[k];
    }
}

static void run_flat(const e2l_op *op)
{
    const e2l_space to = {special_of(op)->n_pre, special_of(op)->n_post, 0}, from = e2l_bound_of(op)->instr->in[0].space;
    if (from.list != 0) {
        flatten_list(&e2l_bound_of(op)->unit->lists[from.list - 1], op->in[0], op->out, (size_t)to.n_pre);
        e2l_wide_pad(to, op->out);
        return;
    }
    for (size_t k = 0; k < to.n_pre; ++k) {
        op->out[k] = op->in[0][e2l_wide_at(from, k)];
    }
    e2l_wide_pad(to, op->out);
}

/* Lanes past the last target repeat its mask. */
static void run_punch(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    for (size_t k = 0; k < bound->n_holes; ++k) {
        op->out[bound->holes[k]] = 0.0;
    }
}

/* ---- noise --------------------------------------------------------------------------------------------------- */
static void run_noise(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    const e2l_special *const special = special_of(op);
    const e2l_draw *const draw = &special->draw;
    const e2l_space space = {special->n_pre, special->n_post, 0};
    const uint64_t step = draw->once ? E2L_BEFORE_RUN : bound->unit->step;
    const e2l_key key = bound->unit->cases[bound->unit->lanes[0].in_block].key;
    const size_t n = (size_t)e2l_space_rows(space);
    for (size_t k = 0; k < n; ++k) {
        op->out[e2l_wide_at(space, k)] = e2l_drawn(draw, key, k, step);
    }
    e2l_wide_pad(space, op->out);
}

/* ---- under way ------------------------------------------------------------------------------------------------ */
/* Doubles of one place of the ring. */
static size_t place_size(const e2l_op *op)
{
    return e2l_tiles_of(special_of(op)->n_pre) * LANES;
}

static void run_delayed(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    const size_t depth = special_of(op)->depth, now = (size_t)(bound->unit->step % depth), size = place_size(op);
    if (op->in[0] == NULL) {
        memcpy(op->out, op->in[1] + (size_t)((bound->unit->step + 1) % depth) * size, size * sizeof *op->out);
        return;
    }
    const e2l_real *delay = op->in[0], *ring = op->in[1];
    const size_t next = (op->spread & 1u) != 0 ? 0 : 1, stride = e2l_ring_stride(depth);
    e2l_real *const out = op->out;
    for (size_t k = 0; k < size; ++k, delay += next, ring += stride) {
        out[k] = ring[e2l_ring_place(now, depth, *delay)];
    }
}

/* A global signal is one row for all. */
static void write_place(const e2l_op *op, size_t place)
{
    const e2l_special *const special = special_of(op);
    const size_t size = place_size(op), stride = special->by_source ? e2l_ring_stride(special->depth) : 1;
    e2l_real *const to = op->out + place * (special->by_source ? 1 : size);
    if ((op->spread & 1u) == 0 && stride == 1) {
        memcpy(to, op->in[0], size * sizeof *to);
        return;
    }
    for (size_t k = 0; k < size; ++k) {
        to[k * stride] = factor(op, 0, k);
    }
}

static void run_ring_write(const e2l_op *op)
{
    write_place(op, (size_t)(e2l_bound_of(op)->unit->step % special_of(op)->depth));
}

static void run_ring_fill(const e2l_op *op)
{
    const e2l_unit *const unit = e2l_bound_of(op)->unit;
    *unit->filled = unit->step;
    for (size_t place = 0; place < special_of(op)->depth; ++place) {
        write_place(op, place);
    }
}

const e2l_special_kernels e2l_wide_specials = {.max = run_max,
                                               .min = run_min,
                                               .transpose = run_transpose,
                                               .flat = run_flat,
                                               .noise = run_noise,
                                               .delayed = run_delayed,
                                               .ring_write = run_ring_write,
                                               .ring_fill = run_ring_fill,
                                               .punch = run_punch,
                                               .sum_some = run_sum_some,
                                               .list_sum = run_sum, /* a mark: list_run.c does the work */
                                               .sum = run_sum,
                                               .fan_in = e2l_run_wide_fan_in,
                                               .world = e2l_run_wide_world,
                                               .world_begin = e2l_run_wide_world_begin,
                                               .slice = e2l_run_wide_slice,
                                               .pack = e2l_run_wide_pack};
