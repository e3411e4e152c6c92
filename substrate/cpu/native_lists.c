/* native_lists.c: calls over the synapses of a list as one function, which takes vectors of them through all calls.

   Where a guard is one per source, the synapses of a source lie side by side; where it is one per target, they are reached by their numbers. What their source or
   target is comes for all of them at once where they share it, else by index. The last vector of a part may be partly another's: it is read whole, and written where
   it is the part's own. */
#include "substrate/cpu/native_impl.h"

#if defined(__x86_64__)
#include "substrate/cpu/native_emit_impl.h"

enum { LANES = HALF / sizeof(e2l_real), SCALE = sizeof(e2l_real) == 8 ? 3 : 2, INDEX_SCALE = 2, BLOCK_BYTES = E2L_LIST_BLOCK * sizeof(e2l_real) };
/* The last two registers of slots are not used for slots here: one points to the calls, one is the number of a synapse. */
enum { SLOTS = E2L_NATIVE_SLOTS - 2 };
static const gpr synapse = R14;
enum { MIDDLE = 8 }; /* of constants.some */

/* Which synapses a part has. */
typedef enum shared { NOTHING, SOURCE, TARGET } shared;

static shared shared_by(const e2l_tape *tape, const e2l_instr *instr)
{
    if (instr->region == E2L_NO_REGION) {
        return NOTHING;
    }
    switch (tape->regions[instr->region].extent) {
    case E2L_EXTENT_ROWS:
    case E2L_EXTENT_EVENTS: return SOURCE;
    case E2L_EXTENT_TILES: return TARGET;
    case E2L_EXTENT_ALL:
    case E2L_EXTENT_ANY:
    default: return NOTHING;
    }
}

/* ---- operands ------------------------------------------------------------------------------------------------------- */
static bool put_index(e2l_native_group *group, size_t offset, e2l_native_operand *out)
{
    const e2l_native_slot slot = {.rows_in = E2L_NO_ROWS, .row = offset, .from = offset, .of_part = true};
    e2l_native_operand index;
    const bool fine = e2l_native_put_slot(group, &slot, false, &index);
    out->index_slot = index.slot;
    return fine;
}

static bool put_of_list(e2l_native_group *group, const e2l_operand *operand, shared by, size_t from, e2l_native_operand *out)
{
    const e2l_native_slot slot = {.rows_in = E2L_ROWS_LIST, .row = operand->row, .from = from, .moves = by != TARGET};
    const bool fine = e2l_native_put_slot(group, &slot, false, out) && (by != TARGET || put_index(group, offsetof(e2l_list_part, ids), out));
    out->way = by == TARGET ? E2L_NATIVE_BY_ID : E2L_NATIVE_SOME;
    out->row = ROW;
    return fine;
}

static bool put_of_block(e2l_native_group *group, const e2l_operand *operand, e2l_native_operand *out)
{
    const e2l_native_slot slot = {.rows_in = E2L_ROWS_BLOCK, .from = offsetof(e2l_list_part, blocks), .of_part = true};
    const bool fine = operand->row < INT16_MAX && e2l_native_put_slot(group, &slot, false, out);
    out->disp = (int32_t)(operand->row * BLOCK_BYTES);
    out->row = ROW;
    return fine;
}

/* Of neurons, or one for all. Different views of a value are told apart by the index they seem to have. */
static bool put_of_neurons(e2l_native_group *group, const e2l_operand *operand, shared by, size_t from, e2l_native_operand *out)
{
    const e2l_native_slot slot = {.rows_in = operand->rows_in, .row = operand->row, .from = from};
    if (operand->row >= INT32_MAX / 4 / ROW || !e2l_native_put_slot(group, &slot, true, out)) {
        return false;
    }
    const bool pre = operand->view == E2L_VIEW_PRE;
    if (operand->spread) {
        return true;
    }
    if (by == (pre ? SOURCE : TARGET)) {
        out->way = E2L_NATIVE_OWN;
        return true;
    }
    out->way = E2L_NATIVE_BY_INDEX;
    out->row = pre ? ROW : (int32_t)sizeof(e2l_real);
    return put_index(group, pre ? offsetof(e2l_list_part, pre) : offsetof(e2l_list_part, post), out);
}

static bool put_operand(const e2l_tape *tape, e2l_native_group *group, const e2l_native_op *op, const e2l_operand *operand, size_t from, e2l_native_operand *out)
{
    const shared by = shared_by(tape, op->instr);
    const e2l_filled *const constant = e2l_native_constant(tape, operand);
    if (constant != NULL) {
        return e2l_native_put_number(group, (e2l_real)constant->value, out);
    }
    const bool fine = operand->rows_in == E2L_ROWS_LIST    ? put_of_list(group, operand, by, from, out)
                      : operand->rows_in == E2L_ROWS_BLOCK ? put_of_block(group, operand, out)
                                                           : put_of_neurons(group, operand, by, from, out);
    out->is_flushed = operand->rows_in == E2L_ROWS_BLOCK || (op->form.kind == E2L_FORM_CALL && e2l_native_is_flushed(tape, operand));
    return fine;
}

/* ---- groups ----------------------------------------------------------------------------------------------------------- */
static bool add_op(const e2l_tape *tape, e2l_native_group *group, const e2l_instr *instr, const e2l_form *form)
{
    e2l_native_op *const op = &group->ops[group->n++];
    const size_t base = (size_t)(instr - group->first) * sizeof(e2l_bound_op);
    *op = (e2l_native_op){.instr = instr, .form = *form, .n_targets = 1, .n_rows = 1};
    bool fine = e2l_native_put_limit(group, instr, base + offsetof(e2l_bound_op, op.bad), &op->limit);
    for (size_t k = 0; k < E2L_OP_INPUTS && fine; ++k) {
        if (instr->in[k].rows_in != E2L_NO_ROWS) {
            fine = put_operand(tape, group, op, &instr->in[k], base + offsetof(e2l_bound_op, op.in) + k * sizeof(e2l_real *), &op->in[k]);
        }
    }
    return fine && (instr->out.rows_in == E2L_NO_ROWS || put_operand(tape, group, op, &instr->out, base + offsetof(e2l_bound_op, op.out), &op->out));
}

/* ---- code --------------------------------------------------------------------------------------------------------------- */
static address index_at(const e2l_native_operand *operand, int32_t disp)
{
    return (address){.base = e2l_native_registers[operand->index_slot], .index = RAX, .disp = disp, .scale = INDEX_SCALE};
}

int e2l_native_fetch(emitter *e, const e2l_native_operand *from)
{
    const gpr base = e2l_native_registers[from->slot];
    const int to = take(e);
    if (from->way == E2L_NATIVE_OWN || from->way == E2L_NATIVE_SOME) {
        const bool own = from->way == E2L_NATIVE_OWN;
        const address at = {.base = base, .index = own ? RCX : RAX, .disp = from->disp, .scale = SCALE};
        if (own) {
            x86_broadcast(&e->code, to, &at);
        } else {
            x86_load_vector(&e->code, to, &at);
        }
        return to;
    }
    const address indices = index_at(from, 0);
    const int index = take(e), mask = take(e);
    x86_load_indices(&e->code, index, &indices);
    x86_gather(&e->code, to, base, from->disp, index, mask);
    give(e, index);
    give(e, mask);
    return to;
}

/* Lane by lane; in the last vector those that are there, of which rdx says how many. */
static void put_by_id(emitter *e, const e2l_native_operand *to, int vector)
{
    enum { LOWER = LANES / 2 };
    code *const c = &e->code;
    const address at = {.base = e2l_native_registers[to->slot], .index = synapse, .disp = to->disp, .scale = SCALE};
    uint8_t *ends[LANES];
    const int upper = take(e);
    for (int lane = 0; lane < LANES; ++lane) {
        const address id = index_at(to, lane * (int32_t)sizeof(uint32_t));
        if (e->tail != NO_VECTOR && lane > 0) {
            x86_compare_const(c, RDX, lane);
            ends[lane] = x86_forward_if(c, IF_ZERO);
        }
        if (lane == LOWER) {
            x86_upper_half(c, upper, vector);
        }
        x86_load_u32(c, synapse, &id);
        x86_store_lane(c, lane < LOWER ? vector : upper, (unsigned)lane % LOWER, &at);
    }
    for (int lane = 1; e->tail != NO_VECTOR && lane < LANES; ++lane) {
        x86_land(c, ends[lane]);
    }
    give(e, upper);
}

void e2l_native_put(emitter *e, const e2l_native_operand *to, int vector)
{
    if (to->way == E2L_NATIVE_BY_ID) {
        put_by_id(e, to, vector);
        return;
    }
    const address at = {.base = e2l_native_registers[to->slot], .index = RAX, .disp = to->disp, .scale = SCALE};
    if (e->tail != NO_VECTOR) {
        x86_store_some(&e->code, vector, e->tail, &at);
    } else {
        x86_store_vector(&e->code, vector, &at);
    }
}

static void emit_begin(emitter *e)
{
    code *const c = &e->code;
    e2l_native_save(e);
    x86_move(c, RAX, RSI);
    for (size_t k = 0; k < e->group->n_slots; ++k) {
        const e2l_native_slot *const slot = &e->group->slots[k];
        x86_load(c, e2l_native_registers[k], slot->of_part ? RAX : RDI, (int32_t)slot->from);
        if (slot->moves) {
            x86_add_at(c, e2l_native_registers[k], RAX, (int32_t)offsetof(e2l_list_part, first));
        }
    }
    x86_load(c, RCX, RAX, (int32_t)offsetof(e2l_list_part, own));
    x86_load(c, RDX, RAX, (int32_t)offsetof(e2l_list_part, n));
    x86_zero(c, RAX);
    e2l_native_watch(e);
}

/* rdx: how many are left. */
static void emit_tail(emitter *e)
{
    const address some = {.base = R15, .index = RDX, .disp = (int32_t)(offsetof(struct constants, some) + MIDDLE * sizeof(e2l_real)), .scale = SCALE};
    e->tail = take(e);
    x86_negate(&e->code, RDX);
    x86_load_vector(&e->code, e->tail, &some);
    x86_negate(&e->code, RDX);
    e2l_native_emit_synapses(e, e->group->ops, e->group->n);
    give(e, e->tail);
    e->tail = NO_VECTOR;
}

static e2l_native_list_fn *emit_list(e2l_native *native, const e2l_native_group *group)
{
    emitter e;
    if (!e2l_native_begin_function(&e, native, group)) {
        return NULL;
    }
    code *const c = &e.code;
    e.scale = SCALE;
    emit_begin(&e);
    x86_add_const(c, RDX, -LANES);
    uint8_t *const few = x86_forward_if(c, IF_LESS);
    const uint8_t *const again = c->at;
    e2l_native_emit_synapses(&e, group->ops, group->n);
    x86_add_const(c, RAX, LANES);
    x86_compare(c, RAX, RDX);
    x86_back_if(c, IF_NOT_MORE, again);
    x86_land(c, few);
    x86_add_const(c, RDX, LANES);
    x86_sub(c, RDX, RAX);
    uint8_t *const none = x86_forward_if(c, IF_ZERO);
    emit_tail(&e);
    x86_land(c, none);
    void *const begin = e2l_native_end_function(&e, native);
    e2l_native_list_fn *function = NULL;
    memcpy(&function, &begin, sizeof function);
    return function;
}

/* ---- stretches ------------------------------------------------------------------------------------------------------------ */
/* All calls of a stretch but a sum at its end, or none. */
static bool add_ops(const e2l_native *native, const e2l_tape *tape, e2l_native_group *group, const e2l_instr *end)
{
    for (const e2l_instr *instr = group->first; instr < end; ++instr) {
        const e2l_form form = e2l_native_form(native, instr);
        const bool has = !instr->is_special && form.kind != E2L_FORM_NONE &&
                         (form.kind != E2L_FORM_CALL || e2l_native_has_call(native, instr->eval));
        if (!has || group->n == E2L_NATIVE_OPS || !((form.kind == E2L_FORM_CHECK && e2l_native_join_check(tape, group, instr)) || add_op(tape, group, instr, &form))) {
            return false;
        }
    }
    return group->n > 0 && group->n_slots <= SLOTS;
}

size_t e2l_native_add_list(e2l_native *native, e2l_tape *tape, size_t k)
{
    e2l_native_group *const group = &native->group;
    size_t end = k + 1;
    bool same_need = true;
    while (end < tape->n_instrs && tape->instrs[end].list == group->first->list && tape->instrs[end].region == group->first->region && !tape->instrs[end - 1].sums) {
        same_need = same_need && tape->instrs[end].need == group->first->need;
        ++end;
    }
    const bool sums = tape->instrs[end - 1].sums;
    const e2l_instr *const ops_end = &tape->instrs[sums ? end - 1 : end];
    if (!same_need || (sums && shared_by(tape, group->first) == TARGET) || !add_ops(native, tape, group, ops_end)) {
        return end;
    }
    for (size_t op = 0; op < group->n; ++op) {
        const bool in_block = group->ops[op].instr->out.rows_in == E2L_ROWS_BLOCK;
        group->ops[op].last_reader = in_block ? e2l_native_last_reader(group, op, tape->instrs + end) : SIZE_MAX;
    }
    tape->instrs[k].native_list = emit_list(native, group);
    tape->instrs[k].n_native = tape->instrs[k].native_list != NULL ? (size_t)(ops_end - group->first) : 0;
    return end;
}

#else
size_t e2l_native_add_list(e2l_native *native, e2l_tape *tape, size_t k)
{
    (void)native;
    (void)tape;
    return k + 1;
}
#endif
