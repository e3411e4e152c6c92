/* kernels_rows.c: sums over sources, calls of primitives, copies and checks; compiled once per instruction set. */
#include "substrate/cpu/kernels_impl.h"

/* ---- sums ------------------------------------------------------------------------------------------
   s_k = 0 + t_k + t_(k+8) + .., then a fixed tree. A partial sum that starts at +0 is never -0, so the zeros
   in front may be left away as long as the result of all is not -0: one + 0 at the end sees to that. */
typedef struct streams {
    const e2l_real *a, *b, *c;
} streams;

ALWAYS_INLINE vector term(const streams *from, e2l_sum kind, size_t at)
{
    const vector a = load(from->a + at);
    switch (kind) {
    case E2L_SUM_FF: return a * load(from->b + at);
    case E2L_SUM_FS: return a * load(from->b);
    case E2L_SUM_FE: return a * spread(from->b[at / E2L_LANE_STEP]);
    case E2L_SUM_FFF: return a * load(from->b + at) * load(from->c + at);
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
    return (n > 1 ? even + odd : even) + spread(0);
}

/* n rows, of which n % 8 = rest; `few` when n < 8. `rest` and `few` are constants wherever this is expanded. */
ALWAYS_INLINE vector sum_of(const streams *from, e2l_sum kind, size_t n, int rest, int few)
{
    vector s[8] = {{0}};
    for (int k = 0; k < (few ? rest : 8); ++k) {
        s[k] = term(from, kind, (size_t)k * E2L_LANE_STEP);
    }
    if (few) {
        return combined(s, rest);
    }
    const size_t block = 8 * E2L_LANE_STEP, end = n / 8 * block;
    size_t at = block;
    for (; at < end; at += block) {
        for (int k = 0; k < 8; ++k) {
            s[k] += term(from, kind, at + (size_t)k * E2L_LANE_STEP);
        }
    }
    for (int k = 0; k < rest; ++k) {
        s[k] += term(from, kind, at + (size_t)k * E2L_LANE_STEP);
    }
    return combined(s, 8);
}

ALWAYS_INLINE void sum_rows(const e2l_op *op, e2l_sum kind, int rest, int few)
{
    /* all of *op is read first, see fused() */
    const size_t n_targets = op->n_targets, n_tiles = op->n_tiles, n_rows = op->n_rows, out_tile = op->out_tile;
    const size_t tile_a = op->tile[0], tile_b = op->tile[1], tile_c = op->tile[2];
    const size_t target_a = op->target[0], target_b = op->target[1], target_c = op->target[2], out_target = op->out_target;
    const int two = kind != E2L_SUM_ONE, three = kind == E2L_SUM_FFF;
    const streams in = {op->in[0], op->in[1], op->in[2]};
    e2l_real *const out = op->out;
    const vector limit = spread(op->limit);
    seen all_seen = seen_nothing();
    for (size_t target = 0; target < n_targets; ++target) {
        /* a stream that is not there is NULL, and NULL + 0 is undefined in C */
        streams from = {in.a + target * target_a, two ? in.b + target * target_b : NULL, three ? in.c + target * target_c : NULL};
        e2l_real *to = out + target * out_target;
        for (size_t tile = 0; tile < n_tiles; ++tile) {
            for (size_t lane = 0; lane < E2L_LANE_STEP; lane += VECTOR_LANES) {
                const size_t lane_b = kind == E2L_SUM_FE ? 0 : lane;
                const streams at = {from.a + lane, two ? from.b + lane_b : NULL, three ? from.c + lane : NULL};
                const vector all = sum_of(&at, kind, n_rows, rest, few);
                all_seen = seen_with(all_seen, all, limit);
                store(to + lane, all);
            }
            from.a += tile_a;
            from.b = two ? from.b + tile_b : NULL;
            from.c = three ? from.c + tile_c : NULL;
            to += out_tile;
        }
    }
    *op->bad |= any_bad(all_seen, limit);
}

#define SUM_CASE(rest)                                                                             \
    case rest:                                                                                     \
        if (op->n_rows < 8) {                                                                      \
            sum_rows(op, kind, rest, 1);                                                           \
        } else {                                                                                   \
            sum_rows(op, kind, rest, 0);                                                           \
        }                                                                                          \
        break;

ALWAYS_INLINE void sum(const e2l_op *op, e2l_sum kind)
{
    switch (op->n_rows % 8) {
        SUM_CASE(1) SUM_CASE(2) SUM_CASE(3) SUM_CASE(4) SUM_CASE(5) SUM_CASE(6) SUM_CASE(7)
    default: sum_rows(op, kind, 0, 0);
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

static void sum_fe(const e2l_op *op)
{
    sum(op, E2L_SUM_FE);
}

/* Rows whose number is k mod 8 go into partial sum k, as where all rows are gone through. */
static void sum_some_rows(const e2l_op *op, const uint32_t *rows, const size_t start[9])
{
    const vector limit = spread(op->limit);
    seen all_seen = seen_nothing();
    for (size_t tile = 0; tile < op->n_tiles; ++tile) {
        const e2l_real *const from = op->in[0] + tile * op->tile[0];
        for (size_t lane = 0; lane < E2L_LANE_STEP; lane += VECTOR_LANES) {
            vector s[8] = {{0}};
            for (int k = 0; k < 8; ++k) {
                for (size_t at = start[k]; at < start[k + 1]; ++at) {
                    s[k] += load(from + rows[at] * (size_t)E2L_LANE_STEP + lane) * spread(op->in[1][rows[at]]);
                }
            }
            const vector all = combined(s, 8);
            all_seen = seen_with(all_seen, all, limit);
            store(op->out + tile * op->out_tile + lane, all);
        }
    }
    *op->bad |= any_bad(all_seen, limit);
}

ALWAYS_INLINE bool any_set(mask m)
{
    bits any = 0;
    for (int k = 0; k < VECTOR_LANES; ++k) {
        any |= m[k];
    }
    return any != 0;
}

/* Most are 0: a vector at a time. The first pass counts, the second one writes. */
static bool find_rows(const e2l_real *elements, size_t n, size_t most, uint32_t *rows, size_t start[9])
{
    size_t found[8] = {0}, total = 0, seen_so_far = 0;
    for (size_t at = 0; at < n && seen_so_far <= most; at += VECTOR_LANES) {
        if (any_set((mask)(load(elements + at) != spread(0)))) {
            for (size_t k = at; k < at + VECTOR_LANES && k < n; ++k) {
                found[k % 8] += elements[k] != 0.0 ? 1 : 0;
                seen_so_far += elements[k] != 0.0 ? 1 : 0;
            }
        }
    }
    if (seen_so_far > most) {
        return false;
    }
    for (int k = 0; k < 8; ++k) {
        start[k] = total;
        total += found[k];
        found[k] = start[k];
    }
    start[8] = total;
    for (size_t at = 0; total > 0 && at < n; at += VECTOR_LANES) {
        if (any_set((mask)(load(elements + at) != spread(0)))) {
            for (size_t k = at; k < at + VECTOR_LANES && k < n; ++k) {
                if (elements[k] != 0.0) {
                    rows[found[k % 8]++] = (uint32_t)k;
                }
            }
        }
    }
    return true;
}

/* Of some lines: whether a bit is set. */
ALWAYS_INLINE bool has_bits(const e2l_real *elements, size_t n)
{
    mask some = {0};
    for (size_t at = 0; at < n; at += VECTOR_LANES) {
        some |= (mask)load(elements + at);
    }
    return any_set(some);
}

ALWAYS_INLINE size_t find_in_line(const e2l_real *elements, size_t first, size_t end, bool sends, uint32_t *out)
{
    size_t n_found = 0;
    for (size_t k = first; k < end; ++k) {
        out[n_found] = (uint32_t)k;
        n_found += (sends ? elements[k] != 0 : elements[k] > 0) ? 1 : 0;
    }
    return n_found;
}

/* Many lines at a time, then one: few hold more than +0. Guards are as long as whole lines. */
static size_t find(const e2l_real *elements, size_t n, bool sends, uint32_t *out)
{
    enum { EACH = 8 * E2L_LANE_STEP };
    size_t n_found = 0;
    for (size_t first = 0; first < n; first += EACH) {
        const size_t end = n - first < EACH ? n : first + EACH;
        if (!(end - first == EACH ? has_bits(elements + first, EACH) : has_bits(elements + first, end - first))) { /* EACH: written out */
            continue;
        }
        for (size_t line = first; line < end; line += E2L_LANE_STEP) {
            if (has_bits(elements + line, E2L_LANE_STEP)) {
                n_found += find_in_line(elements, line, end - line < E2L_LANE_STEP ? end : line + E2L_LANE_STEP, sends, out + n_found);
            }
        }
    }
    return n_found;
}

typedef e2l_real quad __attribute__((vector_size(4 * sizeof(e2l_real)), aligned(sizeof(e2l_real)), may_alias));
typedef e2l_real pair __attribute__((vector_size(2 * sizeof(e2l_real))));

static void fold(e2l_real *partial, const uint32_t *which, size_t n, e2l_real *out)
{
    for (size_t k = 0; k < n; ++k) {
        const size_t target = which != NULL ? which[k] : k;
        quad *const lower = (quad *)(void *)(partial + target * E2L_PARTIAL_SUMS), *const upper = lower + 1;
        const quad four = *lower + *upper;
        const pair even_odd = (pair){four[0], four[1]} + (pair){four[2], four[3]};
        out[target] = even_odd[0] + even_odd[1] + 0;
        *lower = *upper = (quad){0};
    }
}

/* n - 1 = more sums of products with the same first factor. */
ALWAYS_INLINE void sums_of(const e2l_op *op, int more, int rest, int few)
{
    const size_t n_tiles = op->n_tiles, n_rows = op->n_rows, out_tile = op->out_tile;
    const size_t tile_a = op->tile[0], tile_b = op->tile[1], tile_c = op->tile[2], tile_d = op->tile[3];
    const e2l_real *a = op->in[0], *b = op->in[1], *c = op->in[2], *d = op->in[3];
    e2l_real *to = op->out, *to_c = op->more[0], *to_d = op->more[1];
    const vector limit = spread(op->limit);
    seen all_seen = seen_nothing();
    for (size_t tile = 0; tile < n_tiles; ++tile) {
        for (size_t lane = 0; lane < E2L_LANE_STEP; lane += VECTOR_LANES) {
            const streams ab = {a + lane, b + lane, NULL}, ac = {a + lane, c + lane, NULL};
            const vector first = sum_of(&ab, E2L_SUM_FF, n_rows, rest, few);
            const vector second = sum_of(&ac, E2L_SUM_FF, n_rows, rest, few);
            if (more > 1) {
                const streams ad = {a + lane, d + lane, NULL};
                store(to_d + lane, sum_of(&ad, E2L_SUM_FF, n_rows, rest, few));
            }
            all_seen = seen_with(all_seen, first, limit);
            store(to + lane, first);
            store(to_c + lane, second);
        }
        a += tile_a;
        b += tile_b;
        c += tile_c;
        to += out_tile;
        to_c += out_tile;
        if (more > 1) {
            d += tile_d;
            to_d += out_tile;
        }
    }
    *op->bad |= any_bad(all_seen, limit);
}

#define SUMS_CASE(rest)                                                                            \
    case rest:                                                                                     \
        if (op->n_rows < 8) {                                                                      \
            sums_of(op, more, rest, 1);                                                            \
        } else {                                                                                   \
            sums_of(op, more, rest, 0);                                                            \
        }                                                                                          \
        break;

ALWAYS_INLINE void sums(const e2l_op *op, int more)
{
    switch (op->n_rows % 8) {
        SUMS_CASE(1) SUMS_CASE(2) SUMS_CASE(3) SUMS_CASE(4) SUMS_CASE(5) SUMS_CASE(6) SUMS_CASE(7)
    default: sums_of(op, more, 0, 0);
    }
}

static void sums_two(const e2l_op *op)
{
    sums(op, 1);
}
static void sums_three(const e2l_op *op)
{
    sums(op, 2);
}

/* ---- the rest ---------------------------------------------------------------------------------------- */
enum { SPREAD_ROWS = 32 }; /* a spread operand of a call is written out for so many rows at a time */

/* The row in as many rows as the block has. */
ALWAYS_INLINE void write_out(const e2l_real *row, size_t n_rows, e2l_real *out)
{
    for (size_t lane = 0; lane < E2L_LANE_STEP; lane += VECTOR_LANES) {
        const vector value = load(row + lane);
        for (size_t k = 0; k < n_rows; ++k) {
            store(out + k * E2L_LANE_STEP + lane, value);
        }
    }
}

/* Functions take whole blocks: one call for each row would cost more than the rows. */
static void call_tile(const e2l_op *op, const e2l_real *in[E2L_MAX_ARITY], e2l_real *out)
{
    e2l_real room[E2L_MAX_ARITY][SPREAD_ROWS * E2L_LANE_STEP] __attribute__((aligned(64)));
    const size_t block = op->n_rows < SPREAD_ROWS ? op->n_rows : SPREAD_ROWS;
    for (int k = 0; k < E2L_MAX_ARITY; ++k) {
        if ((op->spread >> k & 1u) != 0) {
            write_out(in[k], block, room[k]);
            in[k] = room[k];
        }
    }
    for (size_t row = 0; row < op->n_rows; row += block) {
        const size_t n = op->n_rows - row < block ? op->n_rows - row : block;
        op->eval(n * E2L_LANE_STEP, out + row * E2L_LANE_STEP, in);
        for (int k = 0; k < E2L_MAX_ARITY; ++k) {
            in[k] = (op->spread >> k & 1u) != 0 || in[k] == NULL ? in[k] : in[k] + n * E2L_LANE_STEP;
        }
    }
}

static void call(const e2l_op *op)
{
    for (size_t tile = 0; tile < op->n_tiles; ++tile) {
        const e2l_real *in[E2L_MAX_ARITY];
        for (int k = 0; k < E2L_MAX_ARITY; ++k) {
            in[k] = op->in[k] == NULL ? NULL : op->in[k] + tile * op->tile[k];
        }
        e2l_real *const out = op->out + tile * op->out_tile;
        if (op->spread == 0) {
            op->eval(op->n_rows * E2L_LANE_STEP, out, in);
        } else {
            call_tile(op, in, out);
        }
    }
}

/* A move is no arithmetic and would hand a subnormal on; the product with one does not, and keeps the sign of a zero. The one
   comes from memory so that it is not folded away. */
static void copy(const e2l_op *op)
{
    const volatile e2l_real one = 1.0;
    const vector ones = spread(one);
    const size_t step = (op->spread & 1u) != 0 ? 0 : E2L_LANE_STEP;
    const vector limit = spread(op->limit);
    seen all_seen = seen_nothing();
    for (size_t tile = 0; tile < op->n_tiles; ++tile) {
        const e2l_real *const from = op->in[0] + tile * op->tile[0];
        e2l_real *const to = op->out + tile * op->out_tile;
        for (size_t row = 0; row < op->n_rows; ++row) {
            for (size_t lane = 0; lane < E2L_LANE_STEP; lane += VECTOR_LANES) {
                const vector value = load(from + row * step + lane) * ones;
                all_seen = seen_with(all_seen, value, limit);
                store(to + row * E2L_LANE_STEP + lane, value);
            }
        }
    }
    *op->bad |= any_bad(all_seen, limit);
}

static void check(const e2l_op *op)
{
    const vector limit = spread(op->limit);
    seen all_seen = seen_nothing();
    for (size_t tile = 0; tile < op->n_tiles; ++tile) {
        const e2l_real *const from = op->in[0] + tile * op->tile[0];
        for (size_t at = 0; at < op->n_rows * E2L_LANE_STEP; at += VECTOR_LANES) {
            all_seen = seen_with(all_seen, load(from + at), limit);
        }
    }
    *op->bad |= any_bad(all_seen, limit);
}

static void replicate(const e2l_op *op)
{
    const e2l_real *const from = op->in[0];
    e2l_real *to = op->out;
    for (size_t row = 0; row < op->n_rows; ++row, to += E2L_LANE_STEP) {
        const vector value = spread(from[row]);
        for (size_t lane = 0; lane < E2L_LANE_STEP; lane += VECTOR_LANES) {
            store(to + lane, value);
        }
    }
}

const e2l_row_kernels E2L_KERNELS_NAME(e2l_row_kernels) = {
    .sum = {[E2L_SUM_ONE] = sum_one,
            [E2L_SUM_FF] = sum_ff,
            [E2L_SUM_FS] = sum_fs,
            [E2L_SUM_FFF] = sum_fff,
            [E2L_SUM_FE] = sum_fe},
    .sum_rows = sum_some_rows,
    .find_rows = find_rows,
    .find = find,
    .fold = fold,
    .sums = {sums_two, sums_three},
    .call = call,
    .copy = copy,
    .check = check,
    .replicate = replicate,
};
