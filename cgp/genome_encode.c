/* genome_encode.c: formula to genes, for rules a search is to start from. Calls fill the columns from the front in
   the order of the nodes; whatever is left is drawn, so that the rest of the genome is as random as any. */
#include <string.h>

#include "cgp/expr_impl.h"
#include "cgp/genome.h"
#include "cgp/genome_impl.h"

/* Where each node of the formula went. */
typedef struct encoder {
    e2l_ctx *ctx;
    const e2l_genome_shape *shape;
    const e2l_expr *expr;
    e2l_genome_source *place; /* [n_nodes] */
    uint32_t *genes;
    size_t width;     /* genes of a column */
    size_t n_columns; /* filled */
    size_t reach;     /* levels back needed */
} encoder;

static e2l_status place_name(encoder *e, const char *name, e2l_genome_source *out)
{
    const e2l_genome_shape *shape = e->shape;
    for (size_t k = 0; k < shape->n_terminals; k++) {
        if (strcmp(shape->terminals[k], name) == 0) {
            *out = (e2l_genome_source){.is_column = false, .at = k};
            return E2L_OK;
        }
    }
    char hint[256];
    return e2l_fail(e->ctx, E2L_INPUT, "slot '%s': '%s' is no terminal%s", shape->slot, name,
                    e2l_did_you_mean(hint, sizeof hint, name, shape->terminals, shape->n_terminals));
}

/* Index of the function, or n_functions. */
static size_t find_function(const e2l_genome_shape *shape, const e2l_primitive *primitive)
{
    size_t k = 0;
    while (k < shape->n_functions && shape->functions[k] != primitive) {
        k++;
    }
    return k;
}

/* The input that holds the constant, or n_inputs. */
static size_t find_constant(const e2l_genome_shape *shape, double value)
{
    size_t k = 0;
    while (k < shape->n_constants && e2l_double_bits(shape->constants[k]) != e2l_double_bits(value)) {
        k++;
    }
    return shape->n_terminals + k;
}

static size_t reach_of(size_t column, e2l_genome_source from)
{
    return from.is_column ? column - from.at : 0;
}

/* Columns past the last are counted but not written, so that the message can say how many are needed. */
static e2l_genome_source place_call(encoder *e, size_t function, const e2l_genome_source *args, size_t arity)
{
    size_t c = e->n_columns++;
    for (size_t i = 0; i < arity; i++) {
        size_t reach = reach_of(c, args[i]);
        e->reach = reach > e->reach ? reach : e->reach;
    }
    if (c < e->shape->columns) {
        uint32_t *gene = e->genes + c * e->width;
        size_t n_inputs = e2l_genome_n_inputs(e->shape), first = e2l_genome_first(e->shape, c);
        gene[0] = (uint32_t)function;
        for (size_t i = 0; i < arity; i++) {
            gene[1 + i] = (uint32_t)(args[i].is_column ? n_inputs + args[i].at - first : args[i].at);
        }
    }
    return (e2l_genome_source){.is_column = true, .at = c};
}

/* A constant of the list, or neg of one: the decoder folds that back into the constant. */
static e2l_status place_constant(encoder *e, double value, e2l_genome_source *out)
{
    const e2l_genome_shape *shape = e->shape;
    size_t n_inputs = e2l_genome_n_inputs(shape), plus = find_constant(shape, value);
    if (plus < n_inputs) {
        *out = (e2l_genome_source){.is_column = false, .at = plus};
        return E2L_OK;
    }
    size_t minus = find_constant(shape, -value), neg = find_function(shape, e2l_primitive_find("neg"));
    if (minus == n_inputs || neg == shape->n_functions) {
        return e2l_fail(e->ctx, E2L_INPUT, "slot '%s': the constant %.17g is not among the constants", shape->slot,
                        value);
    }
    *out = place_call(e, neg, &(e2l_genome_source){.is_column = false, .at = minus}, 1);
    return E2L_OK;
}

static e2l_status fail_function(encoder *e, const e2l_primitive *primitive)
{
    const e2l_genome_shape *shape = e->shape;
    e2l_text list;
    e2l_text_init(&list, e->ctx);
    for (size_t k = 0; k < shape->n_functions; k++) {
        e2l_text_appendf(&list, "%s%s", k > 0 ? ", " : "", shape->functions[k]->name);
    }
    e2l_status status = e2l_text_status(&list);
    if (status == E2L_OK) {
        status = e2l_fail(e->ctx, E2L_INPUT, "slot '%s': '%s' is not among the functions (%s)", shape->slot,
                          primitive->name, e2l_text_get(&list));
    }
    e2l_text_clear(&list);
    return status;
}

static e2l_status place_node(encoder *e, size_t k)
{
    const e2l_node *node = &e2l_expr_nodes(e->expr)[k];
    if (node->kind == E2L_NODE_NAME) {
        return place_name(e, e2l_expr_name(e->expr, node->name), &e->place[k]);
    }
    if (node->kind == E2L_NODE_CONST) {
        return place_constant(e, node->value, &e->place[k]);
    }
    size_t function = find_function(e->shape, node->primitive);
    if (function == e->shape->n_functions) {
        return fail_function(e, node->primitive);
    }
    e2l_genome_source args[E2L_MAX_ARITY] = {{0}};
    for (size_t i = 0; i < node->primitive->arity; i++) {
        args[i] = e->place[node->arg[i]];
    }
    e->place[k] = place_call(e, function, args, node->primitive->arity);
    return E2L_OK;
}

static e2l_status check_room(const encoder *e)
{
    const e2l_genome_shape *shape = e->shape;
    if (e->n_columns > shape->columns) {
        return e2l_fail(e->ctx, E2L_INPUT, "slot '%s': columns: %zu; the rule needs %zu", shape->slot, shape->columns,
                        e->n_columns);
    }
    if (shape->levels_back > 0 && e->reach > shape->levels_back) {
        return e2l_fail(e->ctx, E2L_INPUT, "slot '%s': levels_back: %zu; the rule needs %zu", shape->slot,
                        shape->levels_back, e->reach);
    }
    return E2L_OK;
}

static e2l_status encode_with(encoder *e)
{
    size_t n = e2l_expr_n_nodes(e->expr);
    for (size_t k = 0; k < n; k++) {
        e2l_status status = place_node(e, k);
        if (status != E2L_OK) {
            return status;
        }
    }
    e2l_genome_source root = e->place[n - 1];
    size_t n_inputs = e2l_genome_n_inputs(e->shape);
    e->genes[e->shape->columns * e->width] = (uint32_t)(root.is_column ? n_inputs + root.at : root.at);
    return check_room(e);
}

e2l_status e2l_genome_encode(e2l_ctx *ctx, const e2l_genome_shape *shape, const e2l_expr *expr,
                             e2l_stream *stream, uint32_t *genes)
{
    encoder e = {.ctx = ctx, .shape = shape, .expr = expr, .genes = genes};
    e.width = 1 + e2l_genome_arity(shape);
    e.place = e2l_alloc(ctx, e2l_expr_n_nodes(expr), sizeof e.place[0]);
    if (!e.place) {
        return E2L_NOMEM;
    }
    e2l_genome_draw(shape, stream, genes);
    e2l_status status = encode_with(&e);
    e2l_free(ctx, e.place);
    return status;
}
