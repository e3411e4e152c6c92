/* cover.c: which operations share a kernel call.

   A value is inlined into its only user when both are + - * over the same elements. Of the shapes there are kernels for, each
   value takes the one that leaves the fewest calls in all; values come after their arguments, so one pass decides. */
#include "substrate/cpu/cover_impl.h"

bool e2l_use_is_spread(const e2l_graph *graph, e2l_use use, e2l_space space)
{
    const bool many = e2l_space_rows(space) > 1;
    return many && ((use.view == E2L_VIEW_POST && space.list == 0) || e2l_space_rows(graph->values[use.value].space) == 1);
}

/* ---- what may be fused ------------------------------------------------------------------------------ */
static bool is_fusable(const e2l_graph *graph, const e2l_arithmetic *arithmetic, const e2l_value *value)
{
    const e2l_primitive *const p = value->primitive;
    if (value->kind != E2L_VALUE_CALL || (p != arithmetic->add && p != arithmetic->sub && p != arithmetic->mul)) {
        return false;
    }
    return !e2l_use_is_spread(graph, value->arg[0], value->space) ||
           !e2l_use_is_spread(graph, value->arg[1], value->space);
}

/* One user: sum (products alone) or fusable call. Called for every argument of every wanted value. */
static void judge(const e2l_graph *graph, const e2l_arithmetic *arithmetic, e2l_note *notes, uint32_t user,
                  e2l_use use)
{
    const e2l_value *const value = &graph->values[use.value], *const by = &graph->values[user];
    e2l_note *const note = &notes[use.value];
    const bool sum = by->kind == E2L_VALUE_SUM && value->primitive == arithmetic->mul && value->space.list == 0;
    const bool fits = sum || (notes[user].fusable && e2l_space_equal(value->space, by->space));
    note->inlinable = note->fusable && note->n_uses == 1 && !note->kept && note->home == E2L_NO_STATE &&
                      use.view == E2L_VIEW_SELF && fits && value->varies == by->varies &&
                      note->need == notes[user].need;
}

/* ---- shapes ------------------------------------------------------------------------------------------- */
static uint32_t cost_of(const e2l_note *notes, e2l_use use)
{
    return notes[use.value].inlinable ? notes[use.value].cost : 0;
}

static void consider(e2l_note *note, e2l_shape shape, uint32_t cost, uint32_t deep, uint32_t deeper)
{
    if (cost < note->cost) {
        note->shape = shape;
        note->cost = cost;
        note->deep = deep;
        note->deeper = deeper;
    }
}

static void choose_chains(const e2l_graph *graph, e2l_note *notes, uint32_t at, uint32_t deep)
{
    const e2l_value *const value = &graph->values[at];
    const uint32_t inner = value->arg[deep].value;
    if (!notes[inner].inlinable) {
        return;
    }
    const e2l_use *const args = graph->values[inner].arg;
    const uint32_t leaf = cost_of(notes, value->arg[1 - deep]);
    consider(&notes[at], E2L_SHAPE_CHAIN_2, 1 + leaf + cost_of(notes, args[0]) + cost_of(notes, args[1]), deep, 0);
    for (uint32_t deeper = 0; E2L_LONG_CHAINS && deeper < 2; ++deeper) {
        const uint32_t innermost = args[deeper].value;
        if (notes[innermost].inlinable) {
            const e2l_use *const last = graph->values[innermost].arg;
            const uint32_t cost = 1 + leaf + cost_of(notes, args[1 - deeper]) + cost_of(notes, last[0]) +
                                  cost_of(notes, last[1]);
            consider(&notes[at], E2L_SHAPE_CHAIN_3, cost, deep, deeper);
        }
    }
}

static void choose_shape(const e2l_graph *graph, e2l_note *notes, uint32_t at)
{
    const e2l_value *const value = &graph->values[at];
    const e2l_use a = value->arg[0], b = value->arg[1];
    notes[at].shape = E2L_SHAPE_CHAIN_1;
    notes[at].cost = 1 + cost_of(notes, a) + cost_of(notes, b);
    choose_chains(graph, notes, at, 0);
    choose_chains(graph, notes, at, 1);
    if (notes[a.value].inlinable && notes[b.value].inlinable && a.value != b.value) {
        const e2l_use *const left = graph->values[a.value].arg, *const right = graph->values[b.value].arg;
        consider(&notes[at], E2L_SHAPE_TREE,
                 1 + cost_of(notes, left[0]) + cost_of(notes, left[1]) + cost_of(notes, right[0]) +
                     cost_of(notes, right[1]),
                 0, 0);
    }
}

/* A sum knows products of two factors, and of three when none is spread. */
static void choose_summed(const e2l_graph *graph, const e2l_arithmetic *arithmetic, e2l_note *notes, uint32_t at)
{
    const e2l_value *const product = &graph->values[at];
    notes[at].shape = E2L_SHAPE_CHAIN_1;
    for (uint32_t deep = 0; deep < 2; ++deep) {
        const e2l_value *const inner = &graph->values[product->arg[deep].value];
        bool fits = notes[product->arg[deep].value].inlinable && inner->primitive == arithmetic->mul &&
                    !e2l_use_is_spread(graph, product->arg[1 - deep], product->space);
        for (uint32_t k = 0; fits && k < 2; ++k) {
            fits = !e2l_use_is_spread(graph, inner->arg[k], product->space);
        }
        if (fits) {
            notes[at].shape = E2L_SHAPE_CHAIN_2;
            notes[at].deep = deep;
            return;
        }
    }
}

void e2l_cover_choose(const e2l_graph *graph, const e2l_arithmetic *arithmetic, e2l_note *notes)
{
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        notes[k].fusable = is_fusable(graph, arithmetic, &graph->values[k]);
        notes[k].inlinable = false;
        notes[k].shape = E2L_SHAPE_CALL;
        notes[k].cost = 1;
    }
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        for (uint32_t i = 0; notes[k].need != 0 && i < graph->values[k].n_args; ++i) {
            judge(graph, arithmetic, notes, k, graph->values[k].arg[i]);
        }
    }
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        if (notes[k].fusable && notes[k].need != 0) {
            choose_shape(graph, notes, k);
        }
    }
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        const e2l_value *const value = &graph->values[k];
        if (value->kind == E2L_VALUE_SUM && notes[k].need != 0 && notes[value->arg[0].value].inlinable) {
            choose_summed(graph, arithmetic, notes, value->arg[0].value);
        }
    }
}

/* ---- kernels -------------------------------------------------------------------------------------------- */
static e2l_inner inner_of(const e2l_graph *graph, const e2l_arithmetic *arithmetic, e2l_space space,
                          const e2l_value *value, e2l_use in[2])
{
    const bool swap = value->primitive != arithmetic->sub && e2l_use_is_spread(graph, value->arg[1], space);
    in[0] = value->arg[swap ? 1 : 0];
    in[1] = value->arg[swap ? 0 : 1];
    const bool first = e2l_use_is_spread(graph, in[0], space);
    if (value->primitive == arithmetic->add) {
        return first ? E2L_INNER_ADD_SF : E2L_INNER_ADD_FF;
    }
    if (value->primitive == arithmetic->mul) {
        return first ? E2L_INNER_MUL_SF : E2L_INNER_MUL_FF;
    }
    if (first) {
        return E2L_INNER_SUB_SF;
    }
    return e2l_use_is_spread(graph, in[1], space) ? E2L_INNER_SUB_FS : E2L_INNER_SUB_FF;
}

static e2l_meet meet_of(const e2l_arithmetic *arithmetic, const e2l_value *value, uint32_t deep)
{
    if (value->primitive == arithmetic->add) {
        return E2L_MEET_ADD;
    }
    if (value->primitive == arithmetic->mul) {
        return E2L_MEET_MUL;
    }
    return deep == 1 ? E2L_MEET_SUB : E2L_MEET_RSUB;
}

e2l_op_fn *e2l_cover_kernel(const e2l_graph *graph, const e2l_arithmetic *arithmetic, const e2l_note *notes,
                            const e2l_kernels *kernels, uint32_t at, bool final, e2l_use in[4])
{
    const e2l_value *const value = &graph->values[at];
    const e2l_note *const note = &notes[at];
    const e2l_space space = value->space;
    if (note->shape == E2L_SHAPE_CHAIN_1) {
        return kernels->shorts->chain1[final][inner_of(graph, arithmetic, space, value, in)];
    }
    const e2l_meet outer = meet_of(arithmetic, value, note->deep);
    if (note->shape == E2L_SHAPE_TREE) {
        const e2l_inner left = inner_of(graph, arithmetic, space, &graph->values[value->arg[0].value], in);
        const e2l_inner right = inner_of(graph, arithmetic, space, &graph->values[value->arg[1].value], in + 2);
        const e2l_meet met = outer == E2L_MEET_RSUB ? E2L_MEET_SUB : outer;
        return kernels->trees->tree[final][met][left][right];
    }
    const e2l_value *const next = &graph->values[value->arg[note->deep].value];
    const e2l_use leaf = value->arg[1 - note->deep];
    const bool leaf_spread = e2l_use_is_spread(graph, leaf, space);
    if (note->shape == E2L_SHAPE_CHAIN_2) {
        in[2] = leaf;
        return kernels->shorts->chain2[final][outer][leaf_spread][inner_of(graph, arithmetic, space, next, in)];
    }
    in[2] = next->arg[1 - note->deeper];
    in[3] = leaf;
    const e2l_meet second = meet_of(arithmetic, next, note->deeper);
    const bool spread = e2l_use_is_spread(graph, in[2], space);
    const e2l_value *const last = &graph->values[next->arg[note->deeper].value];
    const e2l_inner inner = inner_of(graph, arithmetic, space, last, in);
    return kernels->longs[final]->chain3[outer][leaf_spread][second][spread][inner];
}

uint32_t e2l_cover_leaves(const e2l_graph *graph, const e2l_note *notes, uint32_t at, e2l_use leaves[4])
{
    const e2l_value *const value = &graph->values[at];
    const e2l_note *const note = &notes[at];
    if (note->shape == E2L_SHAPE_CALL || note->shape == E2L_SHAPE_CHAIN_1) {
        for (uint32_t k = 0; k < value->n_args; ++k) {
            leaves[k] = value->arg[k];
        }
        return value->n_args;
    }
    if (note->shape == E2L_SHAPE_TREE) {
        for (uint32_t k = 0; k < 4; ++k) {
            leaves[k] = graph->values[value->arg[k / 2].value].arg[k % 2];
        }
        return 4;
    }
    const e2l_value *const next = &graph->values[value->arg[note->deep].value];
    leaves[0] = value->arg[1 - note->deep];
    if (note->shape == E2L_SHAPE_CHAIN_2) {
        leaves[1] = next->arg[0];
        leaves[2] = next->arg[1];
        return 3;
    }
    const e2l_value *const last = &graph->values[next->arg[note->deeper].value];
    leaves[1] = next->arg[1 - note->deeper];
    leaves[2] = last->arg[0];
    leaves[3] = last->arg[1];
    return 4;
}
