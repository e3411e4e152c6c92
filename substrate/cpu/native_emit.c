/* native_emit.c: a group of calls as a function. */
#include "substrate/cpu/native_impl.h"

#if defined(__x86_64__)
#include "substrate/cpu/native_emit_impl.h"

#ifdef E2L_SINGLE
#define SIGN UINT32_C(0x80000000)
#else
#define SIGN UINT64_C(0x8000000000000000)
#endif
#define EIGHT(v) {v, v, v, v, v, v, v, v}
#define ALL (~(pattern)0)
enum { LANES = HALF / sizeof(e2l_real) };
static const constants the_constants = {EIGHT(0), EIGHT(1), EIGHT(-1), EIGHT(~SIGN), EIGHT(SIGN), {ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL}};

/* RDI last: it points to the calls until all pointers are loaded. */
const gpr e2l_native_registers[E2L_NATIVE_SLOTS] = {RSI, R8, R9, R10, R11, RBX, RBP, R12, R13, R14, RDI};

/* ---- targets --------------------------------------------------------------------------------------------------------- */
static void move_operand(emitter *e, const e2l_native_operand *operand, int64_t n, uint32_t *done)
{
    if (operand->is_there && operand->target != 0 && (*done >> operand->slot & 1u) == 0) {
        *done |= 1u << operand->slot;
        x86_add_const(&e->code, e2l_native_registers[operand->slot], (int32_t)(operand->target * n));
    }
}

/* Pointers of these calls' operands on by so many targets; those that several operands share once. */
static void move_targets(emitter *e, const e2l_native_op *ops, size_t n_ops, int64_t n)
{
    uint32_t done = 0;
    for (const e2l_native_op *op = ops; op < ops + n_ops; ++op) {
        for (int k = 0; op->n_targets > 1 && k < E2L_OP_INPUTS; ++k) {
            move_operand(e, &op->in[k], n, &done);
        }
        if (op->n_targets > 1) {
            move_operand(e, &op->out, n, &done);
            move_operand(e, &op->more[0], n, &done);
            move_operand(e, &op->more[1], n, &done);
        }
    }
}

void e2l_native_emit_targets(emitter *e, const e2l_native_op *ops, size_t n_ops, size_t at_a_time, e2l_native_some_fn *some, void *what)
{
    const e2l_native_op *const last = &ops[n_ops - 1];
    const size_t n = last->n_targets, times = n / at_a_time;
    if (!last->loops_over_targets) {
        for (size_t target = 0; target < n; target += at_a_time) {
            some(e, what, target, n - target < at_a_time ? n - target : at_a_time);
        }
        return;
    }
    x86_set(&e->code, RCX, times);
    const uint8_t *const again = e->code.at;
    some(e, what, 0, at_a_time);
    move_targets(e, ops, n_ops, (int64_t)at_a_time);
    x86_add_const(&e->code, RCX, -1);
    x86_back_if(&e->code, IF_NOT_ZERO, again);
    for (size_t target = 0; target < n % at_a_time; ++target) {
        some(e, what, target, 1);
    }
    move_targets(e, ops, n_ops, -(int64_t)(times * at_a_time));
}

/* ---- the function ------------------------------------------------------------------------------------------------------ */
static const gpr saved[] = {RBX, RBP, R12, R13, R14, R15, RDI};
enum { N_SAVED = sizeof saved / sizeof *saved };

void e2l_native_save(emitter *e)
{
    code *const c = &e->code;
    for (int k = 0; k < N_SAVED; ++k) {
        x86_push(c, saved[k]);
    }
    x86_set(c, R15, (uint64_t)(uintptr_t)e->pool);
}

void e2l_native_watch(emitter *e)
{
    const address magnitude = CONSTANT(magnitude);
    x86_load_vector(&e->code, MAGNITUDE, &magnitude);
    for (int k = 0; k < E2L_NATIVE_LIMITS; ++k) {
        x86_clear_vector(&e->code, SEEN - k);
    }
}

static void emit_begin(emitter *e)
{
    code *const c = &e->code;
    e2l_native_save(e);
    x86_move(c, RCX, RSI);
    for (size_t k = 0; k < e->group->n_slots; ++k) {
        const e2l_native_slot *const slot = &e->group->slots[k];
        x86_load(c, e2l_native_registers[k], RDI, (int32_t)slot->from);
        if (slot->tile != 0 && !slot->is_local) {
            x86_multiply(c, RAX, RCX, slot->tile);
            x86_add(c, e2l_native_registers[k], RAX);
        }
    }
    e2l_native_watch(e);
}

/* The upper 32 bits of a number's magnitude. */
static int32_t upper_bits(double limit)
{
    const e2l_real value = (e2l_real)limit;
    pattern bits;
    memcpy(&bits, &value, sizeof bits);
    return (int32_t)(bits >> (8 * sizeof bits - 32));
}

static void emit_end(emitter *e)
{
    code *const c = &e->code;
    x86_pop(c, RDI);
    if (e->group->n_limits == 1) {
        x86_vector(c, V_ADD, SEEN, SEEN, SEEN - 1); /* one of them holds 0 where values are not added */
    }
    for (size_t k = 0; k < e->group->n_limits; ++k) {
        x86_set_vector(c, 0, upper_bits(e->group->limits[k]) - 1);
        x86_vector(c, V_AND, 1, SEEN - (int)k, MAGNITUDE);
        x86_greater_i32(c, 0, 1, 0);
        x86_signs(c, RCX, 0);
        x86_load(c, RSI, RDI, (int32_t)e->group->bad[k]);
        x86_mark_unless_zero(c, RCX, RSI);
    }
    for (int k = N_SAVED - 2; k >= 0; --k) {
        x86_pop(c, saved[k]);
    }
    x86_end_vectors(c);
    x86_return(c);
}

/* What r15 points to, before the code. False: no room. */
static bool put_pool(e2l_native *native, const e2l_native_group *group)
{
    const size_t bytes = sizeof the_constants + group->n_numbers * HALF;
    if (native->size - native->used < bytes) {
        return false;
    }
    uint8_t *const pool = native->memory + native->used;
    memcpy(pool, &the_constants, sizeof the_constants);
    for (size_t k = 0; k < group->n_numbers; ++k) {
        e2l_real number[LANES];
        for (int lane = 0; lane < LANES; ++lane) {
            number[lane] = group->numbers[k];
        }
        memcpy(pool + sizeof the_constants + k * HALF, number, sizeof number);
    }
    native->used += bytes;
    return true;
}

bool e2l_native_begin_function(emitter *e, e2l_native *native, const e2l_native_group *group)
{
    const uint8_t *const pool = native->memory + native->used;
    if (!put_pool(native, group)) {
        return false;
    }
    uint8_t *const at = native->memory + native->used;
    *e = (emitter){.code = {.at = at, .end = native->memory + native->size, .single = sizeof(e2l_real) == 4}, .native = native, .group = group, .pool = pool, .begin = at, .tail = NO_VECTOR};
    return true;
}

void *e2l_native_end_function(emitter *e, e2l_native *native)
{
    emit_end(e);
    if (e->code.full) {
        return NULL;
    }
    native->used = ((size_t)(e->code.at - native->memory) + 63) / 64 * 64;
    native->used = native->used < native->size ? native->used : native->size;
    return e->begin;
}

e2l_native_fn *e2l_native_emit(e2l_native *native, const e2l_native_group *group)
{
    emitter e;
    if (!e2l_native_begin_function(&e, native, group)) {
        return NULL;
    }
    emit_begin(&e);
    const e2l_native_op *const op = &group->ops[0];
    if (op->n_rows == 1 && op->n_targets == 1 && !e2l_native_is_sum(op) && e2l_native_cluster(group, 0) == group->n) {
        e2l_native_emit_lasting(&e);
    }
    const uint8_t *const again = e.code.at;
    for (size_t k = 0; k < group->n;) {
        if (e2l_native_is_sum(&group->ops[k])) {
            e2l_native_emit_sum(&e, &group->ops[k++]);
        } else {
            k += e2l_native_emit_elements(&e, &group->ops[k], e2l_native_cluster(group, k));
        }
    }
    for (size_t k = 0; k < group->n_slots; ++k) {
        if (group->slots[k].tile != 0) {
            x86_add_const(&e.code, e2l_native_registers[k], group->slots[k].tile);
        }
    }
    x86_add_const(&e.code, RDX, -1);
    x86_back_if(&e.code, IF_NOT_ZERO, again);
    void *const begin = e2l_native_end_function(&e, native);
    e2l_native_fn *function = NULL;
    memcpy(&function, &begin, sizeof function); /* POSIX: what is at an address may be a function */
    return function;
}

#else
e2l_native_fn *e2l_native_emit(e2l_native *native, const e2l_native_group *group)
{
    (void)native;
    (void)group;
    return NULL;
}
#endif
