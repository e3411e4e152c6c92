/* print.c: DAG to text, with the fewest parentheses that give the same DAG again.

   Walks the tree with a stack of its own: sums of thousands of terms are deep trees. */
#include <string.h>

#include "cgp/expr.h"
#include "cgp/expr_impl.h"
#include "cgp/number.h"

/* What is left to print: a piece of text, or a node that needs parentheses below `level`. */
typedef struct piece {
    const char *text;
    uint32_t node;
    int level;
} piece;

typedef struct printer {
    const e2l_expr *expr;
    e2l_style style;
    e2l_text *text;
    piece *stack;
    size_t n, capacity;
    bool failed;
} printer;

static void push(printer *p, piece item)
{
    if (p->n == p->capacity) {
        size_t wider = p->capacity > 0 ? p->capacity * 2 : 64;
        piece *moved = e2l_realloc(p->text->ctx, p->stack, wider, sizeof *moved);
        if (!moved) {
            p->failed = true;
            return;
        }
        p->stack = moved;
        p->capacity = wider;
    }
    p->stack[p->n++] = item;
}

static void push_text(printer *p, const char *text)
{
    push(p, (piece){.text = text});
}

static void push_node(printer *p, uint32_t node, int level)
{
    push(p, (piece){.node = node, .level = level});
}

/* x^2, x^3 and x^4 would be read as products. */
static bool reads_as_product(const printer *p, const e2l_node *node)
{
    const e2l_node *exponent = &p->expr->nodes[node->arg[1]];
    return node->primitive->level == E2L_LEVEL_POWER && exponent->kind == E2L_NODE_CONST &&
           (exponent->value == 2.0 || exponent->value == 3.0 || exponent->value == 4.0);
}

static e2l_notation notation(const printer *p, const e2l_node *node)
{
    if (node->primitive->notation == E2L_NOTATION_INFIX && reads_as_product(p, node)) {
        return E2L_NOTATION_CALL;
    }
    return node->primitive->notation;
}

static int level_of(const printer *p, const e2l_node *node)
{
    if (node->kind == E2L_NODE_CONST) {
        return __builtin_signbit(node->value) ? E2L_LEVEL_UNARY : E2L_LEVEL_ATOM;
    }
    if (node->kind == E2L_NODE_NAME || notation(p, node) == E2L_NOTATION_CALL) {
        return E2L_LEVEL_ATOM;
    }
    return node->primitive->level;
}

/* Pieces are pushed last first. */
static void print_call(printer *p, const e2l_node *node)
{
    push_text(p, ")");
    for (uint32_t i = node->primitive->arity; i-- > 0;) {
        push_node(p, node->arg[i], E2L_LEVEL_OR);
        push_text(p, i > 0 ? ", " : "(");
    }
    push_text(p, node->primitive->name);
}

static void print_infix(printer *p, const e2l_node *node)
{
    int level = node->primitive->level, left = level, right = level + 1;
    if (level == E2L_LEVEL_POWER) {
        left = E2L_LEVEL_ATOM;
        right = E2L_LEVEL_UNARY;
    } else if (level == E2L_LEVEL_COMPARE) {
        left = level + 1;
    }
    push_node(p, node->arg[1], right);
    push_text(p, " ");
    push_text(p, node->primitive->symbol);
    push_text(p, " ");
    push_node(p, node->arg[0], left);
}

static void print_operation(printer *p, const e2l_node *node)
{
    switch (notation(p, node)) {
    case E2L_NOTATION_CALL:
        print_call(p, node);
        break;
    case E2L_NOTATION_INFIX:
        print_infix(p, node);
        break;
    case E2L_NOTATION_PREFIX:
        push_node(p, node->arg[0], E2L_LEVEL_UNARY);
        push_text(p, node->primitive->symbol);
        break;
    }
}

static void print_node(printer *p, piece item)
{
    const e2l_node *node = &p->expr->nodes[item.node];
    char number[E2L_NUMBER_BYTES];
    if (level_of(p, node) < item.level) {
        push_text(p, ")");
        push_node(p, item.node, E2L_LEVEL_OR);
        push_text(p, "(");
        return;
    }
    switch (node->kind) {
    case E2L_NODE_CONST:
        e2l_text_append(p->text, p->style == E2L_STYLE_HEX ? e2l_number_hex(number, node->value)
                                                           : e2l_number_shortest(number, node->value));
        break;
    case E2L_NODE_NAME:
        e2l_text_append(p->text, p->expr->names[node->name]);
        break;
    case E2L_NODE_CALL:
        print_operation(p, node);
        break;
    }
}

e2l_status e2l_expr_print(const e2l_expr *expr, e2l_style style, e2l_text *text)
{
    if (expr->tree_size > E2L_EXPR_MAX_TREE) {
        return e2l_fail(text->ctx, E2L_UNSUPPORTED,
                        "the formula has %zu operators and operands when written out; allowed: at most %d",
                        expr->tree_size, (int)E2L_EXPR_MAX_TREE);
    }
    printer p = {.expr = expr, .style = style, .text = text};
    push_node(&p, (uint32_t)expr->n_nodes - 1, E2L_LEVEL_OR);
    while (p.n > 0 && !p.failed) {
        piece item = p.stack[--p.n];
        if (item.text) {
            e2l_text_append(text, item.text);
        } else {
            print_node(&p, item);
        }
    }
    e2l_free(text->ctx, p.stack);
    return p.failed ? E2L_NOMEM : e2l_text_status(text);
}
