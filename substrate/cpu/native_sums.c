/* native_sums.c: sums over sources, in the order of kernels_rows.c. */
#include "substrate/cpu/native_impl.h"

#if defined(__x86_64__)
#include "substrate/cpu/native_emit_impl.h"

enum { UNROLLED_SUM = 32, SUMS_TOGETHER = 2 };

/* Sums side by side: of targets, or of the halves of a row where these share an element. */
typedef struct stream {
    size_t target;
    int half;
} stream;
typedef struct summing {
    const e2l_native_op *op;
    const e2l_native_operand *in[3], *out;
    e2l_sum kind;
    stream streams[SUMS_TOGETHER];
    size_t n;
    int limit;
    bool shares; /* the second factor is the same for all */
} summing;

/* The term of a row into new vectors. */
static void emit_term(emitter *e, const summing *s, size_t row, int out[SUMS_TOGETHER])
{
    int shared = NO_VECTOR;
    if (s->kind == E2L_SUM_FE || (s->shares && s->n > 1)) {
        const address from = at(e, s->in[1], s->streams[0].target, row, s->streams[0].half);
        shared = take(e);
        if (s->kind == E2L_SUM_FE) {
            x86_broadcast(&e->code, shared, &from);
        } else {
            x86_load_vector(&e->code, shared, &from);
        }
    }
    for (size_t k = 0; k < s->n; ++k) {
        const address a = at(e, s->in[0], s->streams[k].target, row, s->streams[k].half);
        out[k] = k + 1 == s->n && shared != NO_VECTOR ? shared : take(e);
        if (shared != NO_VECTOR) {
            x86_vector_at(&e->code, V_MUL, out[k], shared, &a);
        } else {
            x86_load_vector(&e->code, out[k], &a);
        }
        if (shared == NO_VECTOR && s->kind != E2L_SUM_ONE) {
            const address b = at(e, s->in[1], s->streams[k].target, row, s->streams[k].half);
            x86_vector_at(&e->code, V_MUL, out[k], out[k], &b);
        }
        if (s->kind == E2L_SUM_FFF) {
            const address c = at(e, s->in[2], s->streams[k].target, row, s->streams[k].half);
            x86_vector_at(&e->code, V_MUL, out[k], out[k], &c);
        }
    }
}

static void emit_add(emitter *e, const summing *s, int to[SUMS_TOGETHER], const int from[SUMS_TOGETHER])
{
    for (size_t k = 0; k < s->n; ++k) {
        x86_vector(&e->code, V_ADD, to[k], to[k], from[k]);
        give(e, from[k]);
    }
}

/* Partial sum k of all rows. */
static void emit_partial(emitter *e, const summing *s, size_t k, int out[SUMS_TOGETHER])
{
    emit_term(e, s, k, out);
    for (size_t row = k + E2L_PARTIAL_SUMS; row < s->op->n_rows; row += E2L_PARTIAL_SUMS) {
        int term[SUMS_TOGETHER];
        emit_term(e, s, row, term);
        emit_add(e, s, out, term);
    }
}

/* Partial sums first, first + step, .. of 8: in halves, s0 + s4 before s2 + s6. */
static void emit_partials(emitter *e, const summing *s, size_t first, size_t step, int out[SUMS_TOGETHER])
{
    if (step == E2L_PARTIAL_SUMS) {
        emit_partial(e, s, first, out);
        return;
    }
    emit_partials(e, s, first, step * 2, out);
    if (first + step < s->op->n_rows) {
        int other[SUMS_TOGETHER];
        emit_partials(e, s, first + step, step * 2, other);
        emit_add(e, s, out, other);
    }
}

/* Many rows: the even partial sums, then the odd ones, eight rows at a time. */
static void emit_half(emitter *e, const summing *s, size_t first, int out[SUMS_TOGETHER])
{
    enum { EACH = E2L_PARTIAL_SUMS / 2 };
    const size_t n = s->op->n_rows, blocks = n / E2L_PARTIAL_SUMS;
    int partial[EACH][SUMS_TOGETHER], term[SUMS_TOGETHER];
    for (size_t k = 0; k < EACH; ++k) {
        emit_term(e, s, first + 2 * k, partial[k]);
    }
    if (blocks > 1) {
        const bool elements = s->kind == E2L_SUM_FE;
        x86_zero(&e->code, RAX);
        if (elements) {
            x86_zero(&e->code, RCX);
        }
        const uint8_t *const again = e->code.at;
        e->indexed = true;
        for (size_t k = 0; k < EACH; ++k) {
            emit_term(e, s, E2L_PARTIAL_SUMS + first + 2 * k, term);
            emit_add(e, s, partial[k], term);
        }
        e->indexed = false;
        if (elements) {
            x86_add_const(&e->code, RCX, E2L_PARTIAL_SUMS * (int32_t)sizeof(e2l_real));
        }
        x86_add_const(&e->code, RAX, E2L_PARTIAL_SUMS * ROW);
        x86_compare_const(&e->code, RAX, (int32_t)(blocks - 1) * E2L_PARTIAL_SUMS * ROW);
        x86_back_if(&e->code, IF_NOT_ZERO, again);
    }
    for (size_t k = 0; k < EACH && blocks * E2L_PARTIAL_SUMS + first + 2 * k < n; ++k) {
        emit_term(e, s, blocks * E2L_PARTIAL_SUMS + first + 2 * k, term);
        emit_add(e, s, partial[k], term);
    }
    emit_add(e, s, partial[0], partial[2]); /* s0 + s4 */
    emit_add(e, s, partial[1], partial[3]); /* s2 + s6 */
    emit_add(e, s, partial[0], partial[1]);
    memcpy(out, partial[0], sizeof partial[0]);
}

static void emit_streams(emitter *e, const summing *s)
{
    int sum[SUMS_TOGETHER], odd[SUMS_TOGETHER];
    if (s->op->n_rows <= UNROLLED_SUM) {
        emit_partials(e, s, 0, 1, sum);
    } else {
        emit_half(e, s, 0, sum);
        emit_half(e, s, 1, odd);
        emit_add(e, s, sum, odd);
    }
    for (size_t k = 0; k < s->n; ++k) {
        const address zero = CONSTANT(zero), to = at(e, s->out, s->streams[k].target, 0, s->streams[k].half);
        x86_vector_at(&e->code, V_ADD, sum[k], sum[k], &zero);
        note_range(e, s->limit, sum[k]);
        x86_store_vector(&e->code, sum[k], &to);
        give(e, sum[k]);
    }
}

/* Some targets, from `target` on. */
static void emit_one_sum(emitter *e, summing *s, size_t target, size_t n)
{
    s->shares = s->in[1]->is_there && s->in[1]->target == 0 && s->kind != E2L_SUM_ONE;
    if (s->kind == E2L_SUM_FE) {
        s->n = HALVES;
        for (size_t t = 0; t < n; ++t) {
            s->streams[0] = (stream){target + t, 0};
            s->streams[1] = (stream){target + t, 1};
            emit_streams(e, s);
        }
        return;
    }
    s->n = n;
    for (int half = 0; half < HALVES; ++half) {
        for (size_t t = 0; t < n; ++t) {
            s->streams[t] = (stream){target + t, half};
        }
        emit_streams(e, s);
    }
}

static void emit_some(emitter *e, void *what, size_t target, size_t n)
{
    summing s = *(const summing *)what;
    const e2l_native_op *const op = s.op;
    emit_one_sum(e, &s, target, n);
    for (size_t k = 0; op->form.kind == E2L_FORM_SUMS && k < op->form.sum; ++k) { /* `out` alone is checked */
        s.in[1] = &op->in[2 + k];
        s.out = &op->more[k];
        s.limit = -1;
        emit_one_sum(e, &s, target, n);
    }
}

void e2l_native_emit_sum(emitter *e, const e2l_native_op *op)
{
    summing s = {.op = op, .in = {&op->in[0], &op->in[1], &op->in[2]}, .out = &op->out, .limit = op->limit};
    s.kind = op->form.kind == E2L_FORM_SUMS ? E2L_SUM_FF : (e2l_sum)op->form.sum;
    e2l_native_emit_targets(e, op, 1, SUMS_TOGETHER, emit_some, &s);
}
#endif
