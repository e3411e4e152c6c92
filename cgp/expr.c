/* expr.c: the finished formula: reading access, size, equality, complexity. */
#include "cgp/expr.h"

#include <string.h>

#include "cgp/expr_impl.h"

size_t e2l_expr_n_nodes(const e2l_expr *expr)
{
    return expr->n_nodes;
}

const e2l_node *e2l_expr_nodes(const e2l_expr *expr)
{
    return expr->nodes;
}

size_t e2l_expr_n_names(const e2l_expr *expr)
{
    return expr->n_names;
}

const char *e2l_expr_name(const e2l_expr *expr, size_t k)
{
    return expr->names[k];
}

size_t e2l_expr_tree_size(const e2l_expr *expr)
{
    return expr->tree_size;
}

void e2l_expr_destroy(e2l_ctx *ctx, e2l_expr *expr)
{
    e2l_free(ctx, expr);
}

e2l_status e2l_expr_reserve(e2l_ctx *ctx, size_t n_nodes, size_t n_names, size_t n_letters, e2l_expr **out)
{
    size_t bytes = sizeof(e2l_expr) + n_nodes * sizeof(e2l_node) + n_names * sizeof(char *) + n_letters;
    e2l_expr *expr = *out;
    if (!expr || expr->capacity < bytes) {
        expr = e2l_alloc(ctx, 1, bytes);
        if (!expr) {
            return E2L_NOMEM;
        }
        expr->capacity = bytes;
        e2l_expr_destroy(ctx, *out);
        *out = expr;
    }
    expr->n_nodes = n_nodes;
    expr->n_names = n_names;
    expr->nodes = (e2l_node *)(void *)(expr + 1);
    expr->names = (const char **)(void *)(expr->nodes + n_nodes);
    return E2L_OK;
}

e2l_status e2l_expr_refill(e2l_ctx *ctx, const e2l_expr *expr, e2l_expr **out)
{
    size_t n_letters = 0;
    for (size_t k = 0; k < expr->n_names; k++) {
        n_letters += strlen(expr->names[k]) + 1;
    }
    e2l_status status = e2l_expr_reserve(ctx, expr->n_nodes, expr->n_names, n_letters, out);
    if (status != E2L_OK) {
        return status;
    }
    e2l_expr *to = *out;
    char *letters = (char *)(to->names + to->n_names);
    for (size_t k = 0; k < expr->n_names; k++) {
        size_t n = strlen(expr->names[k]) + 1;
        to->names[k] = memcpy(letters, expr->names[k], n);
        letters += n;
    }
    memcpy(to->nodes, expr->nodes, expr->n_nodes * sizeof expr->nodes[0]);
    to->tree_size = expr->tree_size;
    return E2L_OK;
}

static bool nodes_equal(const e2l_expr *a, const e2l_expr *b, size_t k)
{
    const e2l_node *p = &a->nodes[k], *q = &b->nodes[k];
    if (p->kind != q->kind) {
        return false;
    }
    if (p->kind == E2L_NODE_CONST) {
        return e2l_double_bits(p->value) == e2l_double_bits(q->value);
    }
    if (p->kind == E2L_NODE_NAME) {
        return strcmp(a->names[p->name], b->names[q->name]) == 0;
    }
    return p->primitive == q->primitive &&
           memcmp(p->arg, q->arg, p->primitive->arity * sizeof p->arg[0]) == 0;
}

/* The order of nodes is fixed by the DAG, so equal DAGs are equal node by node. */
bool e2l_expr_equal(const e2l_expr *a, const e2l_expr *b)
{
    if (a->n_nodes != b->n_nodes) {
        return false;
    }
    for (size_t k = 0; k < a->n_nodes; k++) {
        if (!nodes_equal(a, b, k)) {
            return false;
        }
    }
    return true;
}

size_t e2l_expr_complexity(const e2l_expr *expr)
{
    size_t n = 0;
    for (size_t k = 0; k < expr->n_nodes; k++) {
        n += expr->nodes[k].kind != E2L_NODE_NAME ? 1 : 0;
    }
    return n;
}

/* The stack is a path from the root, and arguments have smaller indices than their users: it cannot outgrow the
   number of nodes. */
size_t e2l_nodes_order(const e2l_node *nodes, size_t n_nodes, uint32_t root, uint32_t *order,
                       uint32_t *place, uint32_t *stack)
{
    for (size_t k = 0; k < n_nodes; k++) {
        place[k] = E2L_NO_NODE;
    }
    size_t n_order = 0, n_stack = 0;
    stack[n_stack++] = root;
    while (n_stack > 0) {
        uint32_t at = stack[n_stack - 1], next = E2L_NO_NODE;
        const e2l_node *node = &nodes[at];
        uint32_t arity = node->kind == E2L_NODE_CALL ? node->primitive->arity : 0;
        for (uint32_t i = 0; i < arity && next == E2L_NO_NODE; i++) {
            next = place[node->arg[i]] == E2L_NO_NODE ? node->arg[i] : E2L_NO_NODE;
        }
        if (next != E2L_NO_NODE) {
            stack[n_stack++] = next;
        } else {
            n_stack--;
            place[at] = (uint32_t)n_order;
            order[n_order++] = at;
        }
    }
    return n_order;
}
