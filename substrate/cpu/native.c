/* native.c: memory for code, and which calls of a tape are one function. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "substrate/cpu/native_impl.h"
#include "substrate/cpu/wide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- memory: either written or run, never both ------------------------------------------------------------------- */
#ifdef E2L_STRESS
enum { CODE_BYTES = 1 << 14 }; /* often too little: then calls are left to kernels */
#else
enum { CODE_BYTES = 1 << 20 };
#endif
enum { ROW = E2L_LANE_STEP * sizeof(e2l_real) };

static int by_address(const void *a, const void *b)
{
    const uintptr_t x = (uintptr_t)((const e2l_known_kernel *)a)->run, y = (uintptr_t)((const e2l_known_kernel *)b)->run;
    return x < y ? -1 : x > y;
}

static bool map(e2l_native *native)
{
#if defined(__x86_64__) && defined(MAP_ANONYMOUS)
    void *const memory = mmap(NULL, CODE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    native->memory = memory;
    native->size = CODE_BYTES;
    return mprotect(memory, CODE_BYTES, PROT_READ | PROT_EXEC) == 0;
#else
    (void)native;
    return false;
#endif
}

e2l_status e2l_native_create(e2l_ctx *ctx, e2l_native **out, e2l_isa isa)
{
    *out = NULL;
    e2l_native *const native = e2l_alloc(ctx, 1, sizeof *native);
    if (native == NULL) {
        return E2L_NOMEM;
    }
    native->ctx = ctx;
    native->isa = isa;
    const e2l_kernels kernels = e2l_kernels_of(isa);
    native->n_known = e2l_native_list_kernels(&kernels, NULL);
    native->known = e2l_alloc(ctx, native->n_known, sizeof *native->known);
    if (native->known == NULL) {
        e2l_native_destroy(ctx, native);
        return E2L_NOMEM;
    }
    e2l_native_list_kernels(&kernels, native->known);
    e2l_native_find_calls(native);
    qsort(native->known, native->n_known, sizeof *native->known, by_address);
    if (!map(native)) {
        e2l_native_destroy(ctx, native);
        return E2L_OK;
    }
    *out = native;
    return E2L_OK;
}

void e2l_native_destroy(e2l_ctx *ctx, e2l_native *native)
{
    if (native != NULL && native->memory != NULL) {
        (void)munmap(native->memory, native->size);
    }
    if (native != NULL) {
        e2l_free(ctx, native->known);
    }
    e2l_free(ctx, native);
}

e2l_status e2l_native_begin(e2l_native *native)
{
    if (native == NULL) {
        return E2L_OK;
    }
    native->used = 0;
    return mprotect(native->memory, native->size, PROT_READ | PROT_WRITE) == 0
               ? E2L_OK
               : e2l_fail(native->ctx, E2L_INTERNAL, "cpu: the system no longer lets code be written; native=off does without");
}

e2l_status e2l_native_end(e2l_native *native)
{
    if (native == NULL) {
        return E2L_OK;
    }
    return mprotect(native->memory, native->size, PROT_READ | PROT_EXEC) == 0
               ? E2L_OK
               : e2l_fail(native->ctx, E2L_INTERNAL, "cpu: the system no longer lets code be run; native=off does without");
}

/* ---- operands ------------------------------------------------------------------------------------------------------- */
/* Numbers of tiles a call goes over: tiles of lanes (0: as many as the unit has), of targets, or on wide tapes rows of neurons. */
static size_t tiles_of(const e2l_tape *tape, const e2l_instr *instr)
{
    return !tape->is_wide ? 0 : instr->is_synaptic ? instr->n_tiles : instr->n_rows;
}

/* Whether a call over wide rows reads it as a whole: every tile the same. */
static bool is_read_whole(const e2l_tape *tape, const e2l_instr *instr, const e2l_operand *operand)
{
    return tape->is_wide && (operand->rows_in == E2L_ROWS_MEMORY || operand->rows_in == E2L_ROWS_RING_END) && (instr->is_synaptic ? operand->n_rows == 0 : operand->spread);
}

static bool same_area(const e2l_operand *a, const e2l_operand *b)
{
    return a->rows_in == b->rows_in && a->row == b->row && a->rows_in != E2L_NO_ROWS;
}

/* Targets are written out one by one while that is little code. */
static bool should_loop(size_t n_rows, size_t n_targets)
{
    enum { UNROLLED = 48 };
    return n_targets > 1 && n_rows * n_targets > UNROLLED;
}

/* Areas of wide tapes have one distance, and arrays of a chunk. */
static bool same_slot(const e2l_native_slot *a, const e2l_native_slot *b, bool is_wide)
{
    return a->rows_in == b->rows_in && (a->row == b->row || (is_wide && a->rows_in == E2L_ROWS_MEMORY) || a->rows_in == E2L_ROWS_CHUNK) && a->is_local == b->is_local && a->tile == b->tile && a->target == b->target;
}

/* The slot for it and where from there it is. */
bool e2l_native_put_slot(e2l_native_group *group, const e2l_native_slot *slot, bool is_wide, e2l_native_operand *out)
{
    size_t k = 0;
    while (k < group->n_slots && !same_slot(&group->slots[k], slot, is_wide)) {
        ++k;
    }
    if (k == group->n_slots) {
        if (k == E2L_NATIVE_SLOTS) {
            return false;
        }
        group->slots[group->n_slots++] = *slot;
    }
    out->is_there = true;
    out->slot = (uint8_t)k;
    out->disp = (int32_t)(((int64_t)slot->row - (int64_t)group->slots[k].row) * ROW);
    return true;
}

static bool fits(size_t rows)
{
    return rows < INT32_MAX / 4 / ROW;
}

/* Written by arithmetic alone, which leaves no subnormals. */
bool e2l_native_is_flushed(const e2l_tape *tape, const e2l_operand *operand)
{
    bool is_written = false;
    for (size_t k = 0; k < tape->n_instrs; ++k) {
        const e2l_instr *const instr = &tape->instrs[k];
        bool here = instr->out.rows_in == E2L_ROWS_MEMORY && instr->out.row == operand->row;
        for (int i = 0; i < E2L_MORE_SUMS; ++i) {
            here = here || (instr->more[i].rows_in == E2L_ROWS_MEMORY && instr->more[i].row == operand->row);
        }
        if (here && ((instr->is_special && instr->whole == NULL) || instr->is_replica)) {
            return false;
        }
        is_written = is_written || here;
    }
    return is_written && operand->rows_in == E2L_ROWS_MEMORY;
}

/* Rows of constants are the same number all over. */
const e2l_filled *e2l_native_constant(const e2l_tape *tape, const e2l_operand *operand)
{
    for (size_t k = 0; operand->rows_in == E2L_ROWS_MEMORY && k < tape->n_constants; ++k) {
        if (tape->constants[k].row == operand->row) {
            return &tape->constants[k];
        }
    }
    return NULL;
}

bool e2l_native_put_number(e2l_native_group *group, e2l_real value, e2l_native_operand *out)
{
    size_t k = 0;
    while (k < group->n_numbers && memcmp(&group->numbers[k], &value, sizeof value) != 0) {
        ++k;
    }
    if (k == E2L_NATIVE_NUMBERS) {
        return false;
    }
    group->numbers[k] = value;
    group->n_numbers = k == group->n_numbers ? k + 1 : group->n_numbers;
    *out = (e2l_native_operand){.is_there = true, .is_number = true,
                                 .is_zero = !(value != 0) && !signbit(value),
                                 .is_one = value >= 1 && value <= 1,
                                 .is_flushed = fpclassify(value) != FP_SUBNORMAL,
                                 .disp = (int32_t)k * E2L_NATIVE_VECTOR};
    return true;
}

/* A call over all synapses of some targets without a view, as one by targets where calls around it are: the same rows in the same order. */
static bool split_by_targets(const e2l_tape *tape, const e2l_instr *instr, e2l_native_op *op)
{
    enum { AROUND = 4 };
    const size_t at = (size_t)(instr - tape->instrs), first = at > tape->n_init + AROUND ? at - AROUND : tape->n_init;
    for (size_t k = first; !tape->is_wide && !instr->sums && instr->n_outer == 1 && k < tape->n_instrs && k <= at + AROUND; ++k) {
        const e2l_instr *const other = &tape->instrs[k];
        if (other->n_outer > 1 && !other->is_special && other->n_outer * other->n_rows == instr->n_rows) {
            op->n_targets = other->n_outer;
            op->n_rows = other->n_rows;
            return true;
        }
    }
    return false;
}

static bool put_operand(const e2l_tape *tape, e2l_native_group *group, const e2l_native_op *op, const e2l_operand *operand, size_t from, bool by_element, e2l_native_operand *out)
{
    const e2l_instr *const instr = op->instr;
    const e2l_filled *const constant = e2l_native_constant(tape, operand);
    if (constant != NULL) {
        return e2l_native_put_number(group, (e2l_real)constant->value, out);
    }
    const bool neurons = tape->is_wide && !instr->is_synaptic;
    const size_t tile = neurons ? (operand->spread ? 0 : 1) : operand->n_rows;
    if (operand->rows_in == E2L_ROWS_LIST || operand->rows_in == E2L_ROWS_BLOCK || !fits(tile) || !fits(operand->per_target * op->n_targets) || !fits(operand->row)) {
        return false;
    }
    const size_t per_target = !op->is_split ? operand->per_target : operand->spread ? 0 : op->n_rows;
    const int32_t target = (int32_t)(per_target * ROW);
    const e2l_native_slot slot = {.rows_in = operand->rows_in, .row = operand->row, .is_local = operand->is_local, .tile = (int32_t)(tile * ROW), .target = op->loops_over_targets ? target : 0, .from = from};
    if (!e2l_native_put_slot(group, &slot, tape->is_wide, out)) {
        return false;
    }
    out->row = by_element ? (int32_t)sizeof(e2l_real) : operand->spread ? 0 : ROW;
    out->target = target;
    out->is_flushed = op->form.kind == E2L_FORM_CALL && e2l_native_is_flushed(tape, operand); /* nobody else asks */
    return true;
}

bool e2l_native_put_limit(e2l_native_group *group, const e2l_instr *instr, size_t bad, int *out)
{
    *out = -1;
    if (!(instr->limit > 0.0)) {
        return true;
    }
    size_t k = 0;
    while (k < group->n_limits && group->limits[k] != instr->limit) {
        ++k;
    }
    if (k == E2L_NATIVE_LIMITS) {
        return false;
    }
    if (k == group->n_limits) {
        group->limits[group->n_limits] = instr->limit;
        group->bad[group->n_limits++] = bad;
    }
    *out = (int)k;
    return true;
}

/* ---- groups --------------------------------------------------------------------------------------------------------- */
static bool has_code(const e2l_native *native, const e2l_tape *tape, const e2l_instr *instr, const e2l_form *form)
{
    const bool in_pieces = instr->region != E2L_NO_REGION && tape->regions[instr->region].extent != E2L_EXTENT_ALL && tape->regions[instr->region].extent != E2L_EXTENT_ANY;
    if ((instr->is_special && instr->whole == NULL) || instr->is_replica || instr->list != 0 || in_pieces || form->kind == E2L_FORM_NONE) {
        return false;
    }
    return form->kind != E2L_FORM_CALL || e2l_native_has_call(native, instr->eval);
}

static bool add_op(const e2l_tape *tape, e2l_native_group *group, const e2l_instr *instr, const e2l_form *form)
{
    if (group->n == E2L_NATIVE_OPS) {
        return false;
    }
    const size_t n_slots = group->n_slots, n_limits = group->n_limits, n_numbers = group->n_numbers;
    const size_t base = (size_t)(instr - group->first) * sizeof(e2l_bound_op);
    e2l_native_op *const op = &group->ops[group->n];
    *op = (e2l_native_op){.instr = instr, .form = *form, .n_targets = instr->n_outer, .n_rows = tape->is_wide && !instr->is_synaptic ? 1 : instr->n_rows};
    op->is_split = split_by_targets(tape, instr, op);
    op->loops_over_targets = should_loop(op->n_rows, op->n_targets);
    bool fine = fits(op->n_rows) && e2l_native_put_limit(group, instr, base + offsetof(e2l_bound_op, op.bad), &op->limit);
    for (size_t k = 0; k < E2L_OP_INPUTS && fine; ++k) {
        const bool by_element = form->kind == E2L_FORM_SUM && form->sum == E2L_SUM_FE && k == 1;
        if (instr->in[k].rows_in != E2L_NO_ROWS) {
            fine = put_operand(tape, group, op, &instr->in[k], base + offsetof(e2l_bound_op, op.in) + k * sizeof(e2l_real *), by_element, &op->in[k]);
        }
    }
    if (fine && instr->out.rows_in != E2L_NO_ROWS) {
        fine = put_operand(tape, group, op, &instr->out, base + offsetof(e2l_bound_op, op.out), false, &op->out);
    }
    for (size_t k = 0; k < E2L_MORE_SUMS && fine; ++k) {
        if (instr->more[k].rows_in != E2L_NO_ROWS) {
            e2l_operand more = instr->more[k];
            more.n_rows = instr->out.n_rows;
            fine = put_operand(tape, group, op, &more, base + offsetof(e2l_bound_op, op.more) + k * sizeof(e2l_real *), false, &op->more[k]);
        }
    }
    group->n += fine ? 1 : 0;
    group->n_slots = fine ? group->n_slots : n_slots;
    group->n_limits = fine ? group->n_limits : n_limits;
    group->n_numbers = fine ? group->n_numbers : n_numbers;
    return fine;
}

/* On wide tapes a call may read what others wrote whole: not before they have written all of it. */
static bool is_tile_by_tile(const e2l_tape *tape, const e2l_native_group *group, const e2l_instr *instr)
{
    for (size_t k = 0; tape->is_wide && k < group->n; ++k) {
        const e2l_instr *const before = group->ops[k].instr;
        for (int i = 0; i < E2L_OP_INPUTS; ++i) {
            if ((is_read_whole(tape, instr, &instr->in[i]) && same_area(&before->out, &instr->in[i])) ||
                (is_read_whole(tape, before, &before->in[i]) && same_area(&instr->out, &before->in[i]))) {
                return false;
            }
        }
    }
    return true;
}

static bool same_rows(const e2l_tape *tape, const e2l_instr *write, const e2l_instr *check)
{
    if (tape->is_wide) {
        return write->is_synaptic == check->is_synaptic && write->n_tiles == check->n_tiles && write->n_rows == check->n_rows && !write->sums;
    }
    return write->out.n_rows == check->in[0].n_rows && write->n_rows * write->n_outer == check->n_rows;
}

bool e2l_native_join_check(const e2l_tape *tape, e2l_native_group *group, const e2l_instr *check)
{
    for (size_t k = group->n; k-- > 0;) {
        e2l_native_op *const op = &group->ops[k];
        const e2l_operand *const out = &op->instr->out, *const in = &check->in[0];
        if (same_area(out, in)) {
            return op->limit < 0 && same_rows(tape, op->instr, check) && e2l_native_put_limit(group, check, (size_t)(check - group->first) * sizeof(e2l_bound_op) + offsetof(e2l_bound_op, op.bad), &op->limit);
        }
    }
    return false;
}

static bool can_join(const e2l_tape *tape, const e2l_native_group *group, const e2l_instr *instr)
{
    const e2l_instr *const first = group->first;
    return first->whole == NULL && instr->whole == NULL && instr->need == first->need && instr->region == first->region && instr->sweep == first->sweep &&
           tiles_of(tape, instr) == tiles_of(tape, first) && is_tile_by_tile(tape, group, instr);
}

/* A call of little work by itself is as quick as a call. */
static bool pays(const e2l_native_group *group)
{
    const e2l_form_kind kind = group->ops[0].form.kind;
    return group->n > 1 || (kind != E2L_FORM_COPY && kind != E2L_FORM_CHECK && kind != E2L_FORM_CALL);
}

size_t e2l_native_last_reader(const e2l_native_group *group, size_t k, const e2l_instr *end)
{
    const e2l_instr *const instr = group->ops[k].instr;
    size_t last = k;
    for (const e2l_instr *later = instr + 1; later < end; ++later) {
        for (int i = 0; i < E2L_OP_INPUTS; ++i) {
            if (same_area(&instr->out, &later->in[i])) {
                while (last < group->n && group->ops[last].instr != later) {
                    ++last;
                }
                if (last == group->n) {
                    return SIZE_MAX;
                }
            }
        }
        if (same_area(&instr->out, &later->out)) {
            break;
        }
    }
    return last;
}

/* Of the whole tape. */
static size_t last_reader(const e2l_tape *tape, const e2l_native_group *group, size_t k)
{
    const e2l_operand *const out = &group->ops[k].instr->out;
    if (!out->is_scratch || out->rows_in != E2L_ROWS_MEMORY) {
        return SIZE_MAX;
    }
    for (size_t r = 0; r < tape->n_regions; ++r) {
        if (tape->regions[r].guard.row == out->row) {
            return SIZE_MAX;
        }
    }
    return e2l_native_last_reader(group, k, tape->instrs + tape->n_instrs);
}

void e2l_native_add(e2l_native *native, e2l_tape *tape)
{
    for (size_t k = 0; native != NULL && k < tape->n_instrs;) {
        e2l_native_group *const group = &native->group;
        group->first = &tape->instrs[k];
        group->n = group->n_slots = group->n_limits = group->n_numbers = 0;
        if (tape->instrs[k].list != 0 && k >= tape->n_init) {
            k = e2l_native_add_list(native, tape, k);
            continue;
        }
        size_t end = k;
        for (; k >= tape->n_init && end < tape->n_instrs; ++end) {
            const e2l_instr *const instr = &tape->instrs[end];
            const e2l_form form = e2l_native_form(native, instr);
            if (!has_code(native, tape, instr, &form) || (end > k && !can_join(tape, group, instr))) {
                break;
            }
            if (!(form.kind == E2L_FORM_CHECK && e2l_native_join_check(tape, group, instr)) && !add_op(tape, group, instr, &form)) {
                break;
            }
        }
        for (size_t op = 0; op < group->n; ++op) {
            group->ops[op].last_reader = last_reader(tape, group, op);
        }
        if (end > k && pays(group)) {
            tape->instrs[k].native = e2l_native_emit(native, group);
            tape->instrs[k].n_native = tape->instrs[k].native != NULL ? end - k : 0;
        }
        k = end > k ? end : k + 1;
    }
}
