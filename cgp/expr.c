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
