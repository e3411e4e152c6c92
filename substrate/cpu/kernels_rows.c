/* kernels_rows.c: sums over sources, calls of primitives, copies and checks; compiled once per instruction set. */
#include "substrate/cpu/kernels_impl.h"

/* ---- sums ------------------------------------------------------------------------------------------
   s_k = 0 + t_k + t_(k+8) + .., then a fixed tree. A partial sum that starts at +0 is never -0, so the zeros
   in front may be left away as long as the result of all is not -0: one + 0 at the end sees to that. */
ALWAYS_INLINE vector term(const e2l_op *op, e2l_sum kind, size_t at, size_t lane)
{
    const vector a = load(op->in[0] + at);
    switch (kind) {
    case E2L_SUM_FF: return a * load(op->in[1] + at);
    case E2L_SUM_FS: return a * load(op->in[1] + lane);
    case E2L_SUM_FFF: return a * load(op->in[1] + at) * load(op->in[2] + at);
    case E2L_SUM_ONE:
    case E2L_N_SUM:
    default: return a;
    }
}

/* Of the first n < 8 partial sums alone. `n` is a constant wherever this is expanded. */
ALWAYS_INLINE vector combined(vector s[8], int n)
{
    const vector s04 = n > 4 ? s[0] + s[4] : s[0], s15 = n > 5 ? s[1] + s[5] : s[1];
    const vector s26 = n > 6 ? s[2] + s[6] : s[2], s37 = n > 7 ? s[3] + s[7] : s[3];
    const vector even = n > 2 ? s04 + s26 : s04, odd = n > 3 ? s15 + s37 : s15;
    return (n > 1 ? even + odd : even) + 0.0;
}

ALWAYS_INLINE void sum_few(const e2l_op *op, e2l_sum kind, int n)
{
    const vector limit = spread(op->limit);
    seen all_seen = seen_nothing();
    for (size_t lane = 0; lane < op->n_lanes; lane += VECTOR_LANES) {
        vector s[8] = {{0}};
        for (int k = 0; k < n; ++k) {
            s[k] = term(op, kind, (size_t)k * op->n_lanes + lane, lane);
        }
        const vector all = combined(s, n);
        all_seen = seen_with(all_seen, all, limit);
        store(op->out + lane, all);
    }
    *op->bad |= any_bad(all_seen, limit);
}

ALWAYS_INLINE void sum_many(const e2l_op *op, e2l_sum kind)
{
    const size_t n_lanes = op->n_lanes, n = op->n_rows;
    const vector limit = spread(op->limit);
    seen all_seen = seen_nothing();
    for (size_t lane = 0; lane < n_lanes; lane += VECTOR_LANES) {
        vector s[8];
        size_t at = lane;
        for (int k = 0; k < 8; ++k, at += n_lanes) {
            s[k] = term(op, kind, at, lane);
        }
        for (size_t row = 16; row <= n; row += 8) {
            for (int k = 0; k < 8; ++k, at += n_lanes) {
                s[k] += term(op, kind, at, lane);
            }
        }
        const size_t rest = n % 8;
#define REST(k)                                                                                    \
    if (rest > (k)) {                                                                              \
        s[k] += term(op, kind, at + (k) * n_lanes, lane);                                          \
    }
        REST(0) REST(1) REST(2) REST(3) REST(4) REST(5) REST(6)
#undef REST
        const vector all = combined(s, 8);
        all_seen = seen_with(all_seen, all, limit);
        store(op->out + lane, all);
    }
    *op->bad |= any_bad(all_seen, limit);
}

ALWAYS_INLINE void sum(const e2l_op *op, e2l_sum kind)
{
    switch (op->n_rows) {
    case 1: sum_few(op, kind, 1); break;
    case 2: sum_few(op, kind, 2); break;
    case 3: sum_few(op, kind, 3); break;
    case 4: sum_few(op, kind, 4); break;
    case 5: sum_few(op, kind, 5); break;
    case 6: sum_few(op, kind, 6); break;
    case 7: sum_few(op, kind, 7); break;
    default: sum_many(op, kind); break;
    }
}

static void sum_one(const e2l_op *op)
{
    sum(op, E2L_SUM_ONE);
}
static void sum_ff(const e2l_op *op)
{
    sum(op, E2L_SUM_FF);
}
static void sum_fs(const e2l_op *op)
{
    sum(op, E2L_SUM_FS);
}
static void sum_fff(const e2l_op *op)
{
    sum(op, E2L_SUM_FFF);
}

/* ---- the rest ---------------------------------------------------------------------------------------- */
static void call(const e2l_op *op)
{
    if (op->spread == 0) {
        op->eval(op->n_rows * op->n_lanes, op->out, op->in);
        return;
    }
    for (size_t row = 0; row < op->n_rows; ++row) {
        const size_t at = row * op->n_lanes;
        const double *in[E2L_MAX_ARITY];
        for (int k = 0; k < E2L_MAX_ARITY; ++k) {
            in[k] = (op->spread >> k & 1u) != 0 || op->in[k] == NULL ? op->in[k] : op->in[k] + at;
        }
        op->eval(op->n_lanes, op->out + at, in);
    }
}

/* A move is no arithmetic and would hand a subnormal on; + 0 flushes it, but would also turn -0 to +0. The
   product with one keeps the sign. The one comes from memory so that it is not folded away. */
static void copy(const e2l_op *op)
{
    const volatile double one = 1.0;
    const vector ones = spread(one);
    const size_t end = op->n_rows * op->n_lanes;
    for (size_t at = 0; at < end; at += VECTOR_LANES) {
        const size_t from = (op->spread & 1u) != 0 ? at % op->n_lanes : at;
        store(op->out + at, load(op->in[0] + from) * ones);
    }
}

static void check(const e2l_op *op)
{
    const vector limit = spread(op->limit);
    const size_t end = op->n_rows * op->n_lanes;
    seen all_seen = seen_nothing();
    for (size_t at = 0; at < end; at += VECTOR_LANES) {
        all_seen = seen_with(all_seen, load(op->in[0] + at), limit);
    }
    *op->bad |= any_bad(all_seen, limit);
}

const e2l_row_kernels E2L_KERNELS_NAME(e2l_row_kernels) = {
    .sum = {[E2L_SUM_ONE] = sum_one,
            [E2L_SUM_FF] = sum_ff,
            [E2L_SUM_FS] = sum_fs,
            [E2L_SUM_FFF] = sum_fff},
    .call = call,
    .copy = copy,
    .check = check,
};
