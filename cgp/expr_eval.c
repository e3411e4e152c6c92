/* expr_eval.c: one formula over many lanes, node by node.

   Nodes stand arguments first, so one pass over the array per block of lanes evaluates each shared node
   once. A value lives in a register (a block of lanes in `work`) from its node to its last user; registers
   are then given to later nodes, so that a DAG of thousands of nodes needs only as many as are alive at
   the same time. Names are read where the caller has them; the root is written where the caller wants it.
   The same assignment is made for counting (e2l_expr_eval_bytes) and for running. */
#include "cgp/expr.h"

#include <string.h>

#ifdef E2L_STRESS
enum { BLOCK = 3 };
#else
enum { BLOCK = 512 };
#endif

enum { ALIGNMENT = 64, MAX_NODES = E2L_EXPR_MAX_NODES };
/* Doubles from one register to the next: whole cache lines. */
enum { STRIDE = (BLOCK * 8 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT / 8 };

/* Assignment in progress; the arrays live on the stack: 4 bytes for each of MAX_NODES nodes. */
typedef struct registers {
    uint16_t last_user[MAX_NODES]; /* node index of the last user */
    uint16_t free[MAX_NODES];      /* stack of registers given back */
    size_t n_free, n_used;
} registers;

static void find_last_users(registers *r, const e2l_node *nodes, size_t n)
{
    for (size_t k = 0; k < n; ++k) {
        r->last_user[k] = (uint16_t)k;
        for (uint32_t i = 0; nodes[k].kind == E2L_NODE_CALL && i < nodes[k].primitive->arity; ++i) {
            r->last_user[nodes[k].arg[i]] = (uint16_t)k;
        }
    }
}

static uint16_t take(registers *r)
{
    return r->n_free > 0 ? r->free[--r->n_free] : (uint16_t)r->n_used++;
}

/* Gives back the registers of arguments that node k uses last, each once: an operation may write over its argument. */
static void give_back(registers *r, const e2l_node *nodes, size_t k, const uint16_t *register_of)
{
    for (uint32_t i = 0; i < nodes[k].primitive->arity; ++i) {
        const uint32_t arg = nodes[k].arg[i];
        if (r->last_user[arg] == k && nodes[arg].kind != E2L_NODE_NAME) {
            r->free[r->n_free++] = register_of[arg];
            r->last_user[arg] = 0; /* user of nothing */
        }
    }
}

/* register_of[k] for every node but names; returns the number of registers. */
static size_t assign(const e2l_node *nodes, size_t n, uint16_t *register_of)
{
    registers r; /* the arrays are written before they are read: clearing them would cost more than a formula */
    r.n_free = r.n_used = 0;
    find_last_users(&r, nodes, n);
    for (size_t k = 0; k < n; ++k) {
        register_of[k] = 0;
        if (nodes[k].kind == E2L_NODE_CALL) {
            give_back(&r, nodes, k, register_of);
        }
        if (nodes[k].kind != E2L_NODE_NAME) {
            register_of[k] = take(&r);
        }
    }
    return r.n_used;
}

/* Larger DAGs than the parser makes get one register per node. */
static size_t assign_any(const e2l_node *nodes, size_t n, uint16_t *register_of)
{
    return n <= MAX_NODES ? assign(nodes, n, register_of) : n;
}

size_t e2l_expr_eval_bytes(const e2l_expr *expr)
{
    uint16_t register_of[MAX_NODES];
    const size_t n = e2l_expr_n_nodes(expr);
    return assign_any(e2l_expr_nodes(expr), n, register_of) * STRIDE * sizeof(double) + ALIGNMENT;
}

typedef struct evaluation {
    const e2l_node *nodes;
    size_t n_nodes;
    const uint16_t *register_of; /* NULL: node k has register k */
    const double *const *inputs;
    double *work;
    e2l_isa isa;
} evaluation;

static double *lanes_of(const evaluation *e, size_t k)
{
    return e->work + (e->register_of != NULL ? e->register_of[k] : k) * STRIDE;
}

/* Constants are written again in each block: their register may have served others meanwhile. */
static void fill(double *out, double value, size_t n)
{
    for (size_t k = 0; k < n; ++k) {
        out[k] = value;
    }
}

static void call(const evaluation *e, size_t k, size_t start, size_t n, double *out)
{
    const e2l_node *node = e->nodes + k;
    const double *in[E2L_MAX_ARITY] = {NULL};
    for (uint32_t i = 0; i < node->primitive->arity; ++i) {
        const e2l_node *arg = e->nodes + node->arg[i];
        in[i] = arg->kind == E2L_NODE_NAME ? e->inputs[arg->name] + start : lanes_of(e, node->arg[i]);
    }
    node->primitive->eval[e->isa](n, out, in);
}

static void eval_block(const evaluation *e, size_t start, size_t n, double *out)
{
    const size_t root = e->n_nodes - 1;
    for (size_t k = 0; k < e->n_nodes; ++k) {
        double *to = k == root ? out : lanes_of(e, k);
        if (e->nodes[k].kind == E2L_NODE_CONST) {
            fill(to, e->nodes[k].value, n);
        } else if (e->nodes[k].kind == E2L_NODE_CALL) {
            call(e, k, start, n, to);
        } else if (k == root) {
            memmove(to, e->inputs[e->nodes[k].name] + start, n * sizeof *to);
        }
    }
}

void e2l_expr_eval(const e2l_expr *expr, e2l_isa isa, size_t n, const double *const *inputs, double *out,
                   void *work)
{
    uint16_t register_of[MAX_NODES];
    const size_t n_nodes = e2l_expr_n_nodes(expr);
    evaluation e = {.nodes = e2l_expr_nodes(expr), .n_nodes = n_nodes, .inputs = inputs,
                    .work = work, .isa = isa};
    (void)assign_any(e.nodes, n_nodes, register_of);
    e.register_of = n_nodes <= MAX_NODES ? register_of : NULL;
    const unsigned saved = e2l_flush_begin();
    for (size_t start = 0; start < n; start += BLOCK) {
        const size_t n_block = n - start < BLOCK ? n - start : BLOCK;
        eval_block(&e, start, n_block, out + start);
    }
    e2l_flush_end(saved);
}
