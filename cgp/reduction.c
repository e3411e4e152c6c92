/* reduction.c: edits of one formula; see reduction.h. */
#include "cgp/reduction.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/number.h"

/* ---- digits -----------------------------------------------------------------------------------------*/
/* "-0.0125" has three: from the first digit that is not 0 to the last one. */
static size_t digits_of(double value)
{
    char text[E2L_NUMBER_BYTES];
    size_t n = 0, kept = 0;
    (void)e2l_number_shortest(text, value);
    for (const char *c = text; *c && *c != 'e'; c++) {
        if (*c >= '0' && *c <= '9' && (n > 0 || *c != '0')) {
            n++;
            kept = *c != '0' ? n : kept;
        }
    }
    return kept > 0 ? kept : 1;
}

size_t e2l_expr_digits(const e2l_expr *expr)
{
    const e2l_node *nodes = e2l_expr_nodes(expr);
    size_t n = 0;
    for (size_t k = 0; k < e2l_expr_n_nodes(expr); k++) {
        n += nodes[k].kind == E2L_NODE_CONST ? digits_of(nodes[k].value) : 0;
    }
    return n;
}

/* Through decimals: 0.1 is what people call 0.1. */
static double rounded(double value, int digits)
{
    char text[32];
    double result = value;
    (void)snprintf(text, sizeof text, "%.*e", digits - 1, fabs(value));
    if (digits > 1) {
        text[1] = '.'; /* whatever the locale's is */
    }
    return e2l_number_read(text, strlen(text), &result) > 0 ? copysign(result, value) : value;
}

/* ---- applying ----------------------------------------------------------------------------------------*/
typedef struct rebuilding {
    e2l_builder *builder;
    const e2l_node *nodes;
    uint32_t *map; /* of each node of the old formula */
    const e2l_edit *edit;
    const e2l_primitive *neg;
} rebuilding;

/* What comes in the place of the edited node; its arguments are built already. */
static uint32_t replacement(const rebuilding *to)
{
    const e2l_edit *edit = to->edit;
    if (edit->by == E2L_NO_NODE) {
        return e2l_builder_const(to->builder, edit->value);
    }
    uint32_t kept = to->map[to->nodes[edit->node].arg[edit->by]];
    return edit->negated ? e2l_builder_call(to->builder, to->neg, &kept) : kept;
}

static uint32_t rebuild_node(const rebuilding *to, const e2l_expr *expr, uint32_t k)
{
    const e2l_node *node = &to->nodes[k];
    if (to->edit && to->edit->node == k) {
        return replacement(to);
    }
    if (node->kind == E2L_NODE_CONST) {
        return e2l_builder_const(to->builder, node->value);
    }
    if (node->kind == E2L_NODE_NAME) {
        const char *name = e2l_expr_name(expr, node->name);
        return e2l_builder_name(to->builder, name, strlen(name));
    }
    uint32_t args[E2L_MAX_ARITY];
    for (uint32_t a = 0; a < node->primitive->arity; a++) {
        args[a] = to->map[node->arg[a]];
    }
    return e2l_builder_call(to->builder, node->primitive, args);
}

/* Copies nodes up to `last` with the edit; *root is where node `last` is now. The caller frees to->map and the builder. */
static e2l_status rebuild(e2l_ctx *ctx, rebuilding *to, const e2l_expr *expr, const e2l_edit *edit, size_t last, uint32_t *root)
{
    *to = (rebuilding){.nodes = e2l_expr_nodes(expr), .edit = edit, .neg = e2l_primitive_find("neg")};
    e2l_status status = e2l_builder_create(ctx, &to->builder);
    to->map = status == E2L_OK ? e2l_alloc(ctx, last + 1, sizeof *to->map) : NULL;
    if (!to->map) {
        return E2L_NOMEM;
    }
    for (uint32_t k = 0; k <= last; k++) {
        to->map[k] = rebuild_node(to, expr, k);
        if (to->map[k] == E2L_NO_NODE) {
            return E2L_NOMEM;
        }
    }
    *root = to->map[last];
    return E2L_OK;
}

static void end_rebuild(e2l_ctx *ctx, rebuilding *to)
{
    e2l_free(ctx, to->map);
    e2l_builder_destroy(to->builder);
}

e2l_status e2l_reduction_apply(e2l_ctx *ctx, e2l_expr **out, const e2l_expr *expr, const e2l_edit *edit)
{
    rebuilding to;
    uint32_t root = E2L_NO_NODE;
    e2l_expr *edited = NULL;
    *out = NULL;
    e2l_status status = rebuild(ctx, &to, expr, edit, e2l_expr_n_nodes(expr) - 1, &root);
    if (status == E2L_OK) {
        status = e2l_builder_finish(to.builder, root, &edited);
    }
    end_rebuild(ctx, &to);
    if (status == E2L_OK) {
        status = e2l_expr_canonical(ctx, out, edited);
    }
    e2l_expr_destroy(ctx, edited);
    return status;
}

/* ---- words -------------------------------------------------------------------------------------------*/
static e2l_status print_root(e2l_ctx *ctx, const rebuilding *to, uint32_t root, e2l_text *text)
{
    e2l_expr *part = NULL;
    e2l_status status = root == E2L_NO_NODE ? E2L_NOMEM : e2l_builder_finish(to->builder, root, &part);
    if (status == E2L_OK) {
        status = e2l_expr_print(part, E2L_STYLE_SHORTEST, text);
    }
    e2l_expr_destroy(ctx, part);
    return status;
}

e2l_status e2l_reduction_describe(e2l_ctx *ctx, const e2l_expr *expr, const e2l_edit *edit, e2l_text *removed,
                                  e2l_text *put)
{
    rebuilding to;
    uint32_t root = E2L_NO_NODE;
    e2l_status status = rebuild(ctx, &to, expr, NULL, edit->node, &root);
    if (status == E2L_OK) {
        status = print_root(ctx, &to, root, removed);
    }
    if (status == E2L_OK) {
        to.edit = edit;
        status = print_root(ctx, &to, replacement(&to), put);
    }
    end_rebuild(ctx, &to);
    return status;
}

/* ---- listing -----------------------------------------------------------------------------------------*/
typedef struct listing {
    e2l_ctx *ctx;
    const e2l_expr *expr;
    size_t complexity, digits; /* of expr */
    e2l_reduction *at;         /* [E2L_MAX_REDUCTIONS] owned */
    size_t n, n_looked_at;
    e2l_status status;
} listing;

static bool is_known(const listing *list, e2l_key key)
{
    for (size_t k = 0; k < list->n; k++) {
        if (list->at[k].key.low == key.low && list->at[k].key.high == key.high) {
            return true;
        }
    }
    return false;
}

/* Kept when it is smaller and new. What the canonical form cannot hold is passed over. */
static void consider(listing *list, e2l_edit edit)
{
    e2l_expr *result = NULL;
    if (list->status != E2L_OK || list->n_looked_at == E2L_MAX_REDUCTIONS) {
        return;
    }
    list->n_looked_at++;
    e2l_reduction made = {.edit = edit};
    e2l_status status = e2l_reduction_apply(list->ctx, &result, list->expr, &edit);
    if (status == E2L_OK) {
        status = e2l_expr_key(list->ctx, result, &made.key);
    }
    if (status == E2L_OK) {
        made.complexity = e2l_expr_complexity(result);
        made.digits = e2l_expr_digits(result);
        bool smaller = made.complexity < list->complexity ||
                       (made.complexity == list->complexity && made.digits < list->digits);
        if (smaller && e2l_expr_tree_size(result) <= E2L_EXPR_MAX_TREE && !is_known(list, made.key)) {
            list->at[list->n++] = made;
        }
    }
    list->status = status == E2L_UNSUPPORTED ? E2L_OK : status;
    e2l_expr_destroy(list->ctx, result);
}

static void consider_roundings(listing *list, e2l_edit edit, double value)
{
    for (int digits = 1; digits <= 3 && isfinite(value); digits++) {
        edit.value = rounded(value, digits);
        if (edit.value != value) {
            consider(list, edit);
        }
    }
}

/* Every replacement of a node. */
static void consider_node(listing *list, uint32_t k)
{
    e2l_edit edit = {.node = k};
    static const double CONSTANTS[] = {0.0, 1.0, -1.0};
    const e2l_node *node = &e2l_expr_nodes(list->expr)[k];
    bool is_call = node->kind == E2L_NODE_CALL;
    for (uint32_t a = 0; is_call && a < node->primitive->arity; a++) {
        edit.by = a;
        consider(list, edit);
        if (a == 1 && strcmp(node->primitive->name, "sub") == 0) {
            edit.negated = true;
            consider(list, edit);
            edit.negated = false;
        }
    }
    edit.by = E2L_NO_NODE;
    for (size_t c = 0; c < sizeof CONSTANTS / sizeof CONSTANTS[0]; c++) {
        edit.value = CONSTANTS[c];
        consider(list, edit);
    }
    if (node->kind == E2L_NODE_CONST) {
        consider_roundings(list, edit, node->value);
    }
}

static void consider_all(listing *list)
{
    for (size_t k = e2l_expr_n_nodes(list->expr); k-- > 0;) {
        consider_node(list, (uint32_t)k);
    }
}

static bool is_before(const e2l_reduction *a, const e2l_reduction *b)
{
    return a->complexity < b->complexity || (a->complexity == b->complexity && a->digits < b->digits);
}

/* Stable: equals stay as they were found. */
static void sort(e2l_reduction *at, size_t n)
{
    for (size_t k = 1; k < n; k++) {
        e2l_reduction moved = at[k];
        size_t to = k;
        for (; to > 0 && is_before(&moved, &at[to - 1]); to--) {
            at[to] = at[to - 1];
        }
        at[to] = moved;
    }
}

e2l_status e2l_reductions_list(e2l_ctx *ctx, e2l_reduction **out, size_t *n, const e2l_expr *expr)
{
    listing list = {.ctx = ctx, .expr = expr, .complexity = e2l_expr_complexity(expr), .digits = e2l_expr_digits(expr)};
    *out = NULL;
    *n = 0;
    list.at = e2l_alloc(ctx, E2L_MAX_REDUCTIONS, sizeof *list.at);
    if (!list.at) {
        return E2L_NOMEM;
    }
    consider_all(&list);
    if (list.status != E2L_OK || list.n == 0) {
        e2l_free(ctx, list.at);
        return list.status;
    }
    sort(list.at, list.n);
    *out = list.at;
    *n = list.n;
    return E2L_OK;
}
