/* expr_eval.c: one formula over many lanes, step by step.

   Nodes stand arguments first, so one pass over the array per block of lanes evaluates each shared node
   once. A step is a node; or, where an operation's argument is such an operation too and nobody else uses it,
   both or all three in one pass over the lanes (expr_fused.h). A value lives in a register (a block of lanes in
   `work`) from its step to its last user; registers are then given to later steps, so that a DAG of thousands of
   nodes needs only as many as are alive at the same time. Names are read where the caller has them; the root is
   written where the caller wants it. The steps are made anew for counting registers (e2l_expr_eval_bytes) and for
   each run. */
#include "cgp/expr.h"

#include <string.h>

#include "cgp/expr_fused.h"

#ifdef E2L_STRESS
enum { BLOCK = 3 };
#else
enum { BLOCK = 512 };
#endif

enum { ALIGNMENT = 64, MAX_NODES = E2L_EXPR_MAX_NODES };
/* Doubles from one register to the next: whole cache lines. */
enum { STRIDE = (BLOCK * 8 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT / 8 };

/* out = run(in...); without `run`: a constant (in[0] is its node) or a name copied. Operands below MAX_NODES are registers,
   the others names. */
typedef struct step {
    e2l_lanes_fn *run;
    uint16_t out, in[E2L_FUSED_INPUTS], n_in;
} step;

/* The steps of a formula; the arrays live on the stack and are written before they are read: clearing them would cost
   more than a formula. Formulas are short and differ from one to the next, so a branch on them is a gamble: what can be is
   computed without. */
typedef struct steps {
    const e2l_node *nodes;
    size_t n_nodes;
    e2l_isa isa;
    const e2l_fused_kernels *fused;
    size_t n, n_free, n_registers;
    uint16_t last_user[MAX_NODES];    /* node index of the last user; NOBODY: none that gives a register back */
    uint16_t operand[MAX_NODES];      /* where the value of a node is */
    uint16_t free[MAX_NODES + 1];     /* stack of registers given back */
    uint16_t n_users[MAX_NODES];
    unsigned char fused_op[MAX_NODES];
    unsigned char waits[MAX_NODES]; /* 1: becomes part of its only user's step */
    step list[MAX_NODES];
} steps;
#define NOBODY UINT16_MAX

static uint32_t arity_of(const e2l_node *node)
{
    return node->kind == E2L_NODE_CALL ? node->primitive->arity : 0;
}

static void find_users(steps *s)
{
    for (size_t k = 0; k < s->n_nodes; ++k) {
        const e2l_node *node = s->nodes + k;
        const uint32_t arity = arity_of(node);
        s->fused_op[k] = (unsigned char)e2l_fused_op_of(node->primitive);
        s->last_user[k] = NOBODY;
        s->n_users[k] = 0;
        for (uint32_t i = 0; i < arity; ++i) {
            s->last_user[node->arg[i]] = (uint16_t)k;
            ++s->n_users[node->arg[i]];
        }
    }
}

/* An operation of two values that are there already, for one user that can take it in. */
static bool can_wait(const steps *s, size_t k)
{
    if (s->fused_op[k] == E2L_N_FUSED || s->n_users[k] != 1) {
        return false;
    }
    const uint32_t *arg = s->nodes[k].arg;
    const unsigned taken = s->fused_op[s->last_user[k]] != E2L_N_FUSED;
    return taken > (s->waits[arg[0]] | s->waits[arg[1]]);
}

/* Its arguments are read as late as its user reads the others. */
static void wait_for_user(steps *s, size_t k)
{
    const uint16_t user = s->last_user[k];
    for (uint32_t i = 0; i < 2; ++i) {
        const uint32_t arg = s->nodes[k].arg[i];
        s->last_user[arg] = s->last_user[arg] > user ? s->last_user[arg] : user;
    }
}

/* One more operand; its register is given back by its last user, once: an operation may write over its argument. */
static void read_operand(steps *s, step *to, uint32_t arg, size_t user)
{
    const bool done = s->last_user[arg] == user;
    to->in[to->n_in++] = s->operand[arg];
    s->free[s->n_free] = s->operand[arg];
    s->n_free += done ? 1 : 0;
    s->last_user[arg] = done ? NOBODY : s->last_user[arg];
}

static void read_argument(steps *s, step *to, uint32_t arg, size_t user)
{
    if (s->waits[arg]) {
        read_operand(s, to, s->nodes[arg].arg[0], user);
        read_operand(s, to, s->nodes[arg].arg[1], user);
    } else {
        read_operand(s, to, arg, user);
    }
}

static e2l_lanes_fn *kernel_of(const steps *s, size_t k)
{
    const e2l_node *node = s->nodes + k;
    const unsigned op = s->fused_op[k];
    const uint32_t left = node->arg[0], right = node->arg[1];
    if (op == E2L_N_FUSED || !(s->waits[left] | s->waits[right])) {
        return node->primitive->eval[s->isa];
    }
    return s->waits[left] & s->waits[right] ? s->fused->both[op][s->fused_op[left]][s->fused_op[right]]
           : s->waits[left]                 ? s->fused->first[op][s->fused_op[left]]
                                            : s->fused->second[op][s->fused_op[right]];
}

static void add_step(steps *s, size_t k)
{
    step *to = s->list + s->n++;
    const e2l_node *node = s->nodes + k;
    const uint32_t arity = arity_of(node);
    to->run = arity > 0 ? kernel_of(s, k) : NULL;
    to->in[0] = (uint16_t)k;
    to->n_in = 0;
    for (uint32_t i = 0; i < arity; ++i) {
        read_argument(s, to, node->arg[i], k);
    }
    to->out = s->n_free > 0 ? s->free[--s->n_free] : (uint16_t)s->n_registers++;
    s->operand[k] = to->out;
}

static void make_steps(steps *s, const e2l_expr *expr, e2l_isa isa)
{
    s->nodes = e2l_expr_nodes(expr);
    s->n_nodes = e2l_expr_n_nodes(expr);
    s->isa = isa;
    s->fused = e2l_fused_kernels_of(isa);
    s->n = s->n_free = s->n_registers = 0;
    find_users(s);
    for (size_t k = 0; k < s->n_nodes; ++k) {
        s->waits[k] = can_wait(s, k);
        if (s->waits[k]) {
            wait_for_user(s, k);
        } else if (s->nodes[k].kind == E2L_NODE_NAME && k + 1 < s->n_nodes) {
            s->operand[k] = (uint16_t)(MAX_NODES + s->nodes[k].name);
            s->last_user[k] = NOBODY;
        } else {
            add_step(s, k);
        }
    }
}

size_t e2l_expr_eval_bytes(const e2l_expr *expr)
{
    steps s;
    make_steps(&s, expr, E2L_ISA_SSE2);
    return s.n_registers * STRIDE * sizeof(double) + ALIGNMENT;
}

/* Constants are written again in each block: their register may have served others meanwhile. */
static void fill(double *out, double value, size_t n)
{
    for (size_t k = 0; k < n; ++k) {
        out[k] = value;
    }
}

typedef struct evaluation {
    const steps *steps;
    const double *const *inputs;
    double *work;
} evaluation;

static void run_step(const evaluation *e, const step *now, size_t start, size_t n, double *out)
{
    if (now->run == NULL) {
        const e2l_node *node = e->steps->nodes + now->in[0];
        if (node->kind == E2L_NODE_CONST) {
            fill(out, node->value, n);
        } else {
            memmove(out, e->inputs[node->name] + start, n * sizeof *out);
        }
        return;
    }
    const double *in[E2L_FUSED_INPUTS];
    for (size_t i = 0; i < now->n_in; ++i) {
        const size_t at = now->in[i];
        in[i] = at >= MAX_NODES ? e->inputs[at - MAX_NODES] + start : e->work + at * STRIDE;
    }
    now->run(n, out, in);
}

void e2l_expr_eval(const e2l_expr *expr, e2l_isa isa, size_t n, const double *const *inputs, double *out,
                   void *work)
{
    steps s;
    make_steps(&s, expr, isa);
    const evaluation e = {.steps = &s, .inputs = inputs, .work = work};
    const unsigned saved = e2l_flush_begin();
    for (size_t start = 0; start < n; start += BLOCK) {
        const size_t n_block = n - start < BLOCK ? n - start : BLOCK;
        for (size_t k = 0; k + 1 < s.n; ++k) {
            run_step(&e, s.list + k, start, n_block, e.work + s.list[k].out * (size_t)STRIDE);
        }
        run_step(&e, s.list + s.n - 1, start, n_block, out + start);
    }
    e2l_flush_end(saved);
}
