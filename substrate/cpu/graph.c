/* graph.c: building the values of a step; see graph.h. */
#include "substrate/cpu/graph.h"

#include <string.h>

#include "cgp/number.h"

enum { FIRST_ROOM = 64 };

void e2l_graph_init(e2l_graph *graph, e2l_ctx *ctx, e2l_isa isa)
{
    *graph = (e2l_graph){.ctx = ctx, .isa = isa};
}

void e2l_graph_clear(e2l_graph *graph)
{
    e2l_free(graph->ctx, graph->values);
    e2l_free(graph->ctx, graph->table);
    *graph = (e2l_graph){.ctx = graph->ctx, .isa = graph->isa};
}

void e2l_graph_reset(e2l_graph *graph)
{
    graph->n_values = 0;
    graph->failed = false;
    if (graph->table != NULL) {
        memset(graph->table, 0, graph->table_size * sizeof *graph->table);
    }
}

e2l_space e2l_space_of(uint64_t n_pre, uint64_t n_post)
{
    return n_pre == 1 ? (e2l_space){n_post, 1, 0} : (e2l_space){n_pre, n_post, 0};
}

uint64_t e2l_space_rows(e2l_space space)
{
    return space.n_pre * space.n_post;
}

bool e2l_space_equal(e2l_space a, e2l_space b)
{
    return a.n_pre == b.n_pre && a.n_post == b.n_post && a.list == b.list;
}

static bool is_one(e2l_space space)
{
    return space.n_pre == 1 && space.n_post == 1;
}

/* With one target the sources are the synapses. */
e2l_use e2l_use_pre(const e2l_graph *graph, e2l_use use, e2l_space space)
{
    const bool plain = space.n_post == 1 || is_one(graph->values[use.value].space);
    return (e2l_use){use.value, plain ? E2L_VIEW_SELF : E2L_VIEW_PRE};
}

/* With one source the targets are the synapses; the space is then n_post x 1 and views are plain. */
e2l_use e2l_use_post(const e2l_graph *graph, e2l_use use, e2l_space space)
{
    const bool plain = space.n_post == 1 || is_one(graph->values[use.value].space);
    return (e2l_use){use.value, plain ? E2L_VIEW_SELF : E2L_VIEW_POST};
}

/* ---- one of each ---------------------------------------------------------------------------------- */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    const uint64_t golden = 0x9e3779b97f4a7c15u;
    hash = (hash ^ word) * golden;
    return hash ^ (hash >> 29);
}

static uint64_t hash_of(const e2l_value *value)
{
    uint64_t hash = mix((uint64_t)value->kind, value->index);
    hash = mix(hash, e2l_double_bits(value->constant));
    hash = mix(hash, (uint64_t)(uintptr_t)value->primitive);
    hash = mix(hash, (value->space.n_pre * 31 + value->space.n_post) * 31 + value->space.list);
    hash = mix(hash, value->n_summed);
    for (uint32_t k = 0; k < value->n_args; ++k) {
        hash = mix(hash, (uint64_t)value->arg[k].value << 2 | (uint64_t)value->arg[k].view);
    }
    return hash;
}

static bool same(const e2l_value *a, const e2l_value *b)
{
    bool equal = a->kind == b->kind && a->index == b->index && a->primitive == b->primitive &&
                 a->n_args == b->n_args && a->n_summed == b->n_summed && e2l_space_equal(a->space, b->space) &&
                 e2l_double_bits(a->constant) == e2l_double_bits(b->constant);
    for (uint32_t k = 0; equal && k < a->n_args; ++k) {
        equal = e2l_use_equal(a->arg[k], b->arg[k]);
    }
    return equal;
}

/* The place of an equal value in the table, or the free place for it. */
static uint32_t *slot_for(const e2l_graph *graph, const e2l_value *value)
{
    const uint32_t last = graph->table_size - 1;
    uint32_t at = (uint32_t)hash_of(value) & last;
    while (graph->table[at] != 0 && !same(&graph->values[graph->table[at] - 1], value)) {
        at = (at + 1) & last;
    }
    return &graph->table[at];
}

static bool grow(e2l_graph *graph)
{
    const uint32_t room = graph->room > 0 ? graph->room * 2 : FIRST_ROOM;
    e2l_value *values = e2l_realloc(graph->ctx, graph->values, room, sizeof *values);
    if (values == NULL) {
        return false;
    }
    graph->values = values;
    graph->room = room;
    uint32_t *table = e2l_alloc(graph->ctx, (size_t)room * 2, sizeof *table);
    if (table == NULL) {
        return false;
    }
    e2l_free(graph->ctx, graph->table);
    graph->table = table;
    graph->table_size = room * 2;
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        *slot_for(graph, &graph->values[k]) = k + 1;
    }
    return true;
}

static e2l_use add(e2l_graph *graph, const e2l_value *value)
{
    if (graph->n_values == graph->room || graph->table_size < 2 * graph->room) {
        graph->failed = graph->failed || !grow(graph);
    }
    if (graph->failed) {
        return (e2l_use){0, E2L_VIEW_SELF};
    }
    uint32_t *slot = slot_for(graph, value);
    if (*slot == 0) {
        graph->values[graph->n_values] = *value;
        *slot = ++graph->n_values;
    }
    return (e2l_use){*slot - 1, E2L_VIEW_SELF};
}

e2l_use e2l_graph_const(e2l_graph *graph, double constant)
{
    return add(graph, &(e2l_value){.kind = E2L_VALUE_CONST, .constant = (double)(e2l_real)constant, .space = {1, 1, 0}});
}

e2l_use e2l_graph_leaf(e2l_graph *graph, e2l_value_kind kind, uint32_t index, e2l_space space, bool varies)
{
    return add(graph, &(e2l_value){.kind = kind, .index = index, .space = space, .varies = varies});
}

/* ---- calls ---------------------------------------------------------------------------------------- */
static bool all_const(const e2l_graph *graph, const e2l_value *call)
{
    for (uint32_t k = 0; k < call->n_args; ++k) {
        if (graph->values[call->arg[k].value].kind != E2L_VALUE_CONST) {
            return false;
        }
    }
    return true;
}

/* By the primitive itself, flushing as everywhere: the same bits as at run time. */
static double folded(const e2l_graph *graph, const e2l_value *call)
{
    e2l_real result = 0, value[E2L_MAX_ARITY];
    const e2l_real *in[E2L_MAX_ARITY] = {value, value, value};
    for (uint32_t k = 0; k < call->n_args; ++k) {
        value[k] = (e2l_real)graph->values[call->arg[k].value].constant;
        in[k] = &value[k];
    }
    const unsigned saved = e2l_flush_begin();
    call->primitive->E2L_EVAL[graph->isa](1, &result, in);
    e2l_flush_end(saved);
    return result;
}

static bool is_const(const e2l_graph *graph, e2l_use use, double constant)
{
    const e2l_value *value = &graph->values[use.value];
    return value->kind == E2L_VALUE_CONST && value->constant == constant;
}

/* v * 1 is v when v is itself a result: whatever was subnormal in it is flushed already. */
static bool is_product_with_one(const e2l_graph *graph, const e2l_value *call, e2l_use *result)
{
    if (strcmp(call->primitive->name, "mul") != 0) {
        return false;
    }
    for (uint32_t k = 0; k < 2; ++k) {
        if (is_const(graph, call->arg[k], 1.0) && e2l_is_computed(&graph->values[call->arg[1 - k].value])) {
            *result = call->arg[1 - k];
            return true;
        }
    }
    return false;
}

/* -v is v * -1 to the bit, which the fused kernels have. */
static void neg_to_mul(e2l_graph *graph, e2l_value *call)
{
    if (strcmp(call->primitive->name, "neg") == 0) {
        call->primitive = e2l_primitive_find("mul");
        call->arg[1] = e2l_graph_const(graph, -1.0);
        call->n_args = 2;
    }
}

static void order_args(e2l_value *call)
{
    const e2l_use a = call->arg[0], b = call->arg[1];
    const bool swap = a.value > b.value || (a.value == b.value && a.view > b.view);
    if ((call->primitive->flags & E2L_COMMUTES) != 0 && swap) {
        call->arg[0] = b;
        call->arg[1] = a;
    }
}

/* The smallest space that has all arguments, and through which view `context` sees it. */
static e2l_view place(const e2l_graph *graph, e2l_space context, e2l_value *call)
{
    bool self = false, pre = false, post = false;
    for (uint32_t k = 0; k < call->n_args; ++k) {
        const bool one = is_one(graph->values[call->arg[k].value].space);
        self = self || (call->arg[k].view == E2L_VIEW_SELF && !one);
        pre = pre || call->arg[k].view == E2L_VIEW_PRE;
        post = post || call->arg[k].view == E2L_VIEW_POST;
    }
    if (!self && !pre && !post) {
        call->space = (e2l_space){1, 1, 0};
        return E2L_VIEW_SELF;
    }
    if (self || (pre && post)) {
        call->space = context;
        return E2L_VIEW_SELF;
    }
    call->space = (e2l_space){pre ? context.n_pre : context.n_post, 1, 0};
    for (uint32_t k = 0; k < call->n_args; ++k) {
        call->arg[k].view = E2L_VIEW_SELF;
    }
    return pre ? E2L_VIEW_PRE : E2L_VIEW_POST;
}

e2l_use e2l_graph_call(e2l_graph *graph, e2l_space context, const e2l_primitive *primitive, const e2l_use *args)
{
    if (graph->failed) {
        return (e2l_use){0, E2L_VIEW_SELF};
    }
    e2l_value call = {.kind = E2L_VALUE_CALL, .primitive = primitive, .n_args = primitive->arity};
    memcpy(call.arg, args, primitive->arity * sizeof *args);
    if (all_const(graph, &call)) {
        return e2l_graph_const(graph, folded(graph, &call));
    }
    e2l_use result;
    if (is_product_with_one(graph, &call, &result)) {
        return result;
    }
    neg_to_mul(graph, &call);
    order_args(&call);
    for (uint32_t k = 0; k < call.n_args && !graph->failed; ++k) {
        call.varies = call.varies || graph->values[call.arg[k].value].varies;
    }
    const e2l_view view = place(graph, context, &call);
    result = add(graph, &call);
    result.view = view;
    return result;
}

e2l_use e2l_graph_spread(e2l_graph *graph, e2l_space space, const e2l_use *args)
{
    if (graph->failed) {
        return args[0];
    }
    const e2l_value product = {.kind = E2L_VALUE_CALL,
                               .primitive = e2l_primitive_find("mul"),
                               .n_args = 2,
                               .arg = {args[0], args[1]},
                               .space = space,
                               .varies = graph->values[args[0].value].varies};
    return add(graph, &product);
}

e2l_use e2l_graph_reduce(e2l_graph *graph, e2l_value_kind kind, uint64_t n_pre, uint64_t n_post, e2l_use effect)
{
    if (graph->failed) {
        return effect;
    }
    e2l_value sum = {.kind = kind, .n_args = 1, .arg = {effect}, .n_summed = n_pre};
    sum.space = (e2l_space){n_post, 1, 0};
    sum.varies = graph->values[effect.value].varies;
    return add(graph, &sum);
}

/* A row of synapses is the same row seen from the other end. */
e2l_use e2l_graph_transpose(e2l_graph *graph, uint64_t n_pre, uint64_t n_post, e2l_use use)
{
    if (graph->failed || n_pre == 1 || n_post == 1 || is_one(graph->values[use.value].space)) {
        return use;
    }
    const e2l_view swapped = use.view == E2L_VIEW_PRE ? E2L_VIEW_POST : E2L_VIEW_PRE;
    if (use.view != E2L_VIEW_SELF) {
        return (e2l_use){use.value, swapped};
    }
    return add(graph, &(e2l_value){.kind = E2L_VALUE_TRANSPOSE,
                                   .n_args = 1,
                                   .arg = {use},
                                   .space = {n_pre, n_post, 0},
                                   .varies = graph->values[use.value].varies});
}

e2l_use e2l_graph_special(e2l_graph *graph, e2l_value_kind kind, uint32_t index, e2l_space space, bool varies, const e2l_use *arg)
{
    e2l_value value = {.kind = kind, .index = index, .space = space, .varies = varies, .n_args = arg != NULL ? 1 : 0};
    if (graph->failed) {
        return (e2l_use){0, E2L_VIEW_SELF};
    }
    if (arg != NULL) {
        value.arg[0] = *arg;
    }
    return add(graph, &value);
}

e2l_use e2l_graph_special_2(e2l_graph *graph, e2l_value_kind kind, uint32_t index, e2l_space space, bool varies, e2l_use a, e2l_use b)
{
    const e2l_value value = {.kind = kind, .index = index, .space = space, .varies = varies, .n_args = 2, .arg = {a, b}};
    return graph->failed ? (e2l_use){0, E2L_VIEW_SELF} : add(graph, &value);
}
