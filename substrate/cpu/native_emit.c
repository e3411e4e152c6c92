/* native_emit.c: a group of calls as a function.

       for every tile: for every call: for every target: for every row: both halves of the row

   Pointers of a tile are in registers (slots). rdx counts tiles, rcx targets (or is the offset of an element),
   rax is the offset of the row where rows are looped over, r15 points to
   `constants` and the numbers of the group. ymm15 is the mask of magnitudes, ymm14 and ymm13 the largest magnitudes seen, of 32 bits each (see note_range); the rest comes and goes. */
#include <assert.h>

#include "substrate/cpu/native_impl.h"

#if defined(__x86_64__)
#include "substrate/cpu/x86_impl.h"

enum { HALF = 32, HALVES = 2, ROW = HALVES * HALF };
enum { MAGNITUDE = 15, SEEN = 14, FREE = SEEN - E2L_NATIVE_LIMITS + 1, NO_VECTOR = -1 };
enum { UNROLLED_ROWS = 16, LOOPED_ROWS = 5, UNROLLED_SUM = 32, SUMS_TOGETHER = 2 };

static const gpr slot_registers[E2L_NATIVE_SLOTS] = {RSI, R8, R9, R10, R11, RBX, RBP, R12, R13, R14, RDI}; /* RDI last: it points to the calls until then */

#ifdef E2L_SINGLE
typedef uint32_t pattern;
#define SIGN UINT32_C(0x80000000)
#else
typedef uint64_t pattern;
#define SIGN UINT64_C(0x8000000000000000)
#endif
enum { LANES = HALF / sizeof(e2l_real) };
#define EIGHT(v) {v, v, v, v, v, v, v, v}
static const struct constants {
    _Alignas(HALF) e2l_real zero[8], one[8], minus_one[8];
    pattern magnitude[8], sign[8];
} constants = {EIGHT(0), EIGHT(1), EIGHT(-1), EIGHT(~SIGN), EIGHT(SIGN)};
#define CONSTANT(name) ((address){R15, NO_INDEX, (int32_t)offsetof(struct constants, name)}) /* what r15 points to begins with them */

enum { MOST_NODES_AT_WORK = 10 };
typedef struct emitter {
    code code;
    const e2l_native *native;
    const e2l_native_group *group;
    const uint8_t *pool; /* constants, then the group's numbers */
    uint32_t taken;      /* vectors */
    bool indexed;   /* rows are looped over */
    int node_vector[MOST_NODES_AT_WORK], node_left[MOST_NODES_AT_WORK]; /* of the call in work: where it is, who still wants it */
} emitter;

/* ---- vectors --------------------------------------------------------------------------------------------------------- */
static int take(emitter *e)
{
    for (int k = 0; k < FREE; ++k) {
        if ((e->taken >> k & 1u) == 0) {
            e->taken |= 1u << k;
            return k;
        }
    }
    e->code.full = true; /* not reached: what an expression takes is bounded */
    return 0;
}

static void give(emitter *e, int vector)
{
    e->taken &= ~(1u << vector);
}

/* Where an operand is for a target and a row of those written out. */
static address at(const emitter *e, const e2l_native_operand *operand, size_t target, size_t row, int half)
{
    if (operand->is_number) {
        return (address){R15, NO_INDEX, (int32_t)sizeof(struct constants) + operand->disp};
    }
    const bool is_element = operand->row == (int32_t)sizeof(e2l_real);
    const int32_t disp = operand->disp + (int32_t)target * operand->target + (int32_t)row * operand->row + (is_element ? 0 : half * HALF);
    return (address){slot_registers[operand->slot], !e->indexed || operand->row == 0 ? NO_INDEX : is_element ? RCX : RAX, disp};
}

/* The largest magnitude so far by its upper 32 bits; that it may have left its range is enough to know, the unit then looks itself. */
static void note_range(emitter *e, int limit, int value)
{
    if (limit >= 0) {
        const int magnitude = take(e);
        x86_vector(&e->code, V_AND, magnitude, value, MAGNITUDE);
        x86_max_u32(&e->code, SEEN - limit, SEEN - limit, magnitude);
        give(e, magnitude);
    }
}

/* ---- recipes: what a call computes -------------------------------------------------------------------------------------- */
/* Arguments: operands of the call by number, what is at its output, constants, then nodes from NODE on. */
enum { OUT = E2L_OP_INPUTS, ZERO, ONE, MINUS_ONE, SIGNS, N_LEAVES, NODE = 16, MOST_NODES = MOST_NODES_AT_WORK };
typedef enum node_kind { ARITHMETIC, COMPARISON, BLEND, FLOOR } node_kind;
typedef struct node {
    node_kind kind;
    unsigned op;  /* vector_op or vector_compare */
    int a, b, c;  /* BLEND: a, where c is true b */
} node;
typedef struct recipe {
    node nodes[MOST_NODES];
    int uses[MOST_NODES]; /* by other nodes and as what is written */
    int n;
    int value; /* what is written */
} recipe;

static int add_node(recipe *r, node_kind kind, unsigned op, int a, int b, int c)
{
    const int arguments[3] = {a, b, c};
    for (int k = 0; k < (kind == BLEND ? 3 : kind == FLOOR ? 1 : 2); ++k) {
        if (arguments[k] >= NODE) {
            r->uses[arguments[k] - NODE]++;
        }
    }
    r->nodes[r->n] = (node){kind, op, a, b, c};
    r->uses[r->n] = 0;
    return NODE + r->n++;
}

static int add(recipe *r, vector_op op, int a, int b)
{
    return add_node(r, ARITHMETIC, op, a, b, ZERO);
}

static int compare(recipe *r, vector_compare op, int a, int b)
{
    return add_node(r, COMPARISON, op, a, b, ZERO);
}

static int blend(recipe *r, int where, int then, int otherwise)
{
    return add_node(r, BLEND, 0, otherwise, then, where);
}

static int add_inner(recipe *r, uint8_t inner, int a, int b)
{
    return add(r, inner <= E2L_INNER_ADD_SF ? V_ADD : inner <= E2L_INNER_MUL_SF ? V_MUL : V_SUB, a, b);
}

static int add_met(recipe *r, uint8_t meet, int leaf, int value)
{
    return meet == E2L_MEET_ADD   ? add(r, V_ADD, leaf, value)
           : meet == E2L_MEET_MUL ? add(r, V_MUL, leaf, value)
           : meet == E2L_MEET_SUB ? add(r, V_SUB, leaf, value)
                                  : add(r, V_SUB, value, leaf);
}

/* In the order of kernels_impl.h. */
static int tree(recipe *r, const e2l_form *form)
{
    const int value = add_inner(r, form->inner, 0, 1);
    if (form->shape == E2L_SHAPE_TREE) {
        return add_met(r, form->third, value, add_inner(r, form->right, 2, 3));
    }
    if (form->shape == E2L_SHAPE_CHAIN_1) {
        return value;
    }
    const int second = add_met(r, form->second, 2, value);
    return form->shape == E2L_SHAPE_CHAIN_3 ? add_met(r, form->third, 3, second) : second;
}

/* ---- primitives: as their files have them, cgp/primitive_NAME.c ---- */
/* A move hands a subnormal on, arithmetic does not. */
static int flushed(recipe *r, const e2l_native_op *op, int k)
{
    return op->in[k].is_flushed ? k : add(r, V_MUL, k, ONE);
}

static int truth(recipe *r, vector_compare op, int a, int b)
{
    return add(r, V_AND, compare(r, op, a, b), ONE);
}

/* As for max; here NaN passes on by itself. */
static int minimum(recipe *r, int a, int b)
{
    return add(r, V_OR, add(r, V_MIN, a, b), add(r, V_MIN, b, a));
}

static int quotient_floor(recipe *r, int a, int b)
{
    return add_node(r, FLOOR, 0, add(r, V_DIV, a, b), ZERO, ZERO);
}

typedef int primitive_fn(recipe *r, const e2l_native_op *op);
#define PRIMITIVE(name, value) static int call_##name(recipe *r, const e2l_native_op *op) { (void)op; return value; }
PRIMITIVE(add, add(r, V_ADD, 0, 1))
PRIMITIVE(sub, add(r, V_SUB, 0, 1))
PRIMITIVE(mul, add(r, V_MUL, 0, 1))
PRIMITIVE(div, add(r, V_DIV, 0, 1))
PRIMITIVE(pdiv, blend(r, compare(r, V_EQ, 1, ZERO), ONE, add(r, V_DIV, 0, 1)))
PRIMITIVE(square, add(r, V_MUL, 0, 0))
PRIMITIVE(neg, add(r, V_XOR, flushed(r, op, 0), SIGNS))
PRIMITIVE(abs, add(r, V_AND_NOT, SIGNS, flushed(r, op, 0)))
PRIMITIVE(step, truth(r, V_GT, 0, ZERO))
PRIMITIVE(lt, truth(r, V_LT, 0, 1))
PRIMITIVE(le, truth(r, V_LE, 0, 1))
PRIMITIVE(gt, truth(r, V_GT, 0, 1))
PRIMITIVE(ge, truth(r, V_GE, 0, 1))
PRIMITIVE(eq, truth(r, V_EQ, 0, 1))
PRIMITIVE(ne, truth(r, V_NE, 0, 1))
PRIMITIVE(not, truth(r, V_EQ, 0, ZERO))
PRIMITIVE(and, add(r, V_AND, compare(r, V_NE, 0, ZERO), truth(r, V_NE, 1, ZERO)))
PRIMITIVE(or, add(r, V_AND, add(r, V_OR, compare(r, V_NE, 0, ZERO), compare(r, V_NE, 1, ZERO)), ONE))
PRIMITIVE(min, minimum(r, flushed(r, op, 0), flushed(r, op, 1)))
PRIMITIVE(mod, add(r, V_SUB, 0, add(r, V_MUL, 1, quotient_floor(r, 0, 1))))
PRIMITIVE(floor, add_node(r, FLOOR, 0, flushed(r, op, 0), ZERO, ZERO))

/* The instruction gives its second operand for zeros of either sign and for NaN; +0 is the larger zero, and a NaN passes on. */
static int call_max(recipe *r, const e2l_native_op *op)
{
    const int a = flushed(r, op, 0), b = flushed(r, op, 1);
    return add(r, V_OR, add(r, V_AND, add(r, V_MAX, a, b), add(r, V_MAX, b, a)), compare(r, V_UNORDERED, a, b));
}

static int call_relu(recipe *r, const e2l_native_op *op)
{
    const int a = flushed(r, op, 0);
    return add(r, V_AND_NOT, compare(r, V_LE, a, ZERO), a);
}

static int call_sign(recipe *r, const e2l_native_op *op)
{
    const int a = flushed(r, op, 0);
    return blend(r, compare(r, V_GT, a, ZERO), ONE, blend(r, compare(r, V_LT, a, ZERO), MINUS_ONE, a));
}

static int call_if(recipe *r, const e2l_native_op *op)
{
    const int a = flushed(r, op, 1), b = flushed(r, op, 2);
    return blend(r, compare(r, V_GT, 0, ZERO), a, b);
}

static const struct {
    const char *name;
    primitive_fn *add;
} primitives[] = {{"add", call_add}, {"sub", call_sub}, {"mul", call_mul}, {"div", call_div}, {"pdiv", call_pdiv}, {"square", call_square},
                  {"neg", call_neg}, {"abs", call_abs}, {"step", call_step}, {"lt", call_lt}, {"le", call_le}, {"gt", call_gt}, {"ge", call_ge},
                  {"eq", call_eq}, {"ne", call_ne}, {"not", call_not}, {"and", call_and}, {"or", call_or}, {"min", call_min}, {"max", call_max},
                  {"mod", call_mod}, {"floor", call_floor}, {"relu", call_relu}, {"sign", call_sign}, {"if", call_if}};

enum { N_PRIMITIVES = sizeof primitives / sizeof *primitives };
static_assert((size_t)N_PRIMITIVES <= (size_t)E2L_NATIVE_CALLS, "room in e2l_native");

void e2l_native_find_calls(e2l_native *native)
{
    for (size_t k = 0; k < N_PRIMITIVES; ++k) {
        native->calls[k] = e2l_primitive_find(primitives[k].name)->E2L_EVAL[native->isa];
    }
}

static primitive_fn *primitive_of(const e2l_native *native, e2l_real_lanes_fn *eval)
{
    for (size_t k = 0; k < N_PRIMITIVES; ++k) {
        if (native->calls[k] == eval) {
            return primitives[k].add;
        }
    }
    return NULL;
}

bool e2l_native_has_call(const e2l_native *native, e2l_real_lanes_fn *eval)
{
    return primitive_of(native, eval) != NULL;
}

static void make_recipe(const e2l_native *native, const e2l_native_op *op, recipe *r)
{
    r->n = 0;
    int value = 0;
    if (op->form.kind == E2L_FORM_TREE) {
        value = tree(r, &op->form);
    } else if (op->form.kind == E2L_FORM_COPY) {
        value = add(r, V_MUL, 0, ONE);
    } else if (op->form.kind == E2L_FORM_CALL) {
        value = primitive_of(native, op->instr->eval)(r, op);
    }
    if (op->form.final) {
        value = add(r, V_ADD, OUT, add(r, V_MUL, E2L_OP_INPUTS - 1, value));
    }
    r->value = value;
    if (value >= NODE) {
        r->uses[value - NODE]++;
    }
}

/* ---- values in vectors ------------------------------------------------------------------------------------------------- */
/* What is in memory at an address is in a vector, too. */
typedef struct known {
    address at;
    int vector;
    bool stays; /* for all rows */
} known;

/* Calls that go over the same rows together, at some targets side by side: what one loads or writes the others have. */
enum { MOST_CLUSTER = E2L_NATIVE_OPS, MOST_KNOWN = FREE, TREE_AT_WORK = 3, CALL_AT_WORK = 5 };
typedef struct cluster {
    const e2l_native_op *ops;
    size_t n_ops, n_targets;
    recipe recipes[MOST_CLUSTER];
    uint8_t used[MOST_CLUSTER][N_LEAVES];    /* how often a call reads a leaf */
    uint8_t leaves[MOST_CLUSTER][N_LEAVES];  /* [n_leaves] those that it reads */
    uint8_t n_leaves[MOST_CLUSTER];
    known known[MOST_KNOWN];
    size_t n_known;
    int at_work; /* vectors that a value takes while it is made */
} cluster;

/* One call at one target and half a row. Calls that do not go by targets are made once for those side by side. */
typedef struct place {
    const cluster *all;
    size_t op, first_target, side, row; /* target: first_target + side */
    int half;
} place;

static size_t n_sides(const cluster *all, size_t op)
{
    return all->ops[op].n_targets == 1 ? 1 : all->n_targets;
}

static bool same_address(const address *a, const address *b)
{
    return a->base == b->base && a->index == b->index && a->disp == b->disp;
}

static const known *find_known(const cluster *all, const address *at)
{
    for (size_t k = 0; k < all->n_known; ++k) {
        if (same_address(&all->known[k].at, at)) {
            return &all->known[k];
        }
    }
    return NULL;
}

static int n_free(const emitter *e)
{
    return FREE - __builtin_popcount(e->taken);
}

static void know(cluster *all, const address *at, int vector, bool stays)
{
    all->known[all->n_known++] = (known){*at, vector, stays};
}

/* Forgets an entry; its vector is free again. */
static void forget(emitter *e, cluster *all, size_t k)
{
    give(e, all->known[k].vector);
    all->known[k] = all->known[--all->n_known];
}

static const e2l_native_operand *leaf_of(const e2l_native_op *op, int leaf)
{
    return leaf == OUT ? &op->out : &op->in[leaf];
}

static address leaf_at(const emitter *e, const place *p, int leaf)
{
    static const int32_t constant_at[N_LEAVES] = {[ZERO] = offsetof(struct constants, zero),
                                                  [ONE] = offsetof(struct constants, one),
                                                  [MINUS_ONE] = offsetof(struct constants, minus_one),
                                                  [SIGNS] = offsetof(struct constants, sign)};
    if (leaf > OUT) {
        return (address){R15, NO_INDEX, constant_at[leaf]};
    }
    const e2l_native_op *const op = &p->all->ops[p->op];
    return at(e, leaf_of(op, leaf), op->n_targets == 1 ? 0 : p->first_target + p->side, p->row, p->half);
}

static bool is_used(const cluster *all, size_t op, int leaf)
{
    return all->used[op][leaf] > 0;
}

static bool is_one_row(const e2l_native_op *op, int leaf)
{
    return leaf > OUT || leaf_of(op, leaf)->row == 0;
}

/* How often the calls from `p` on read the address in this half of a row. */
static size_t n_reads(const emitter *e, const place *p, const address *what)
{
    size_t n = 0;
    place q = *p;
    for (; q.op < p->all->n_ops; ++q.op) {
        for (q.side = q.op == p->op ? p->side : 0; q.side < n_sides(p->all, q.op); ++q.side) {
            for (int k = 0; k < p->all->n_leaves[q.op]; ++k) {
                const int leaf = p->all->leaves[q.op][k];
                const address a = leaf_at(e, &q, leaf);
                n += same_address(&a, what) ? p->all->used[q.op][leaf] : 0;
            }
        }
    }
    return n;
}

/* ---- expressions --------------------------------------------------------------------------------------------------------- */
static int emit(emitter *e, const place *p, int argument);

static const known *known_leaf(const emitter *e, const place *p, int a)
{
    const address from = leaf_at(e, p, a);
    return find_known(p->all, &from);
}

/* `a` in a vector; *own: it may be written over. What several nodes use is computed for the first and free after the last. */
static int in_vector(emitter *e, const place *p, int a, bool *own)
{
    if (a >= NODE) {
        int *const vector = &e->node_vector[a - NODE], *const left = &e->node_left[a - NODE];
        if (*vector == NO_VECTOR) {
            *vector = emit(e, p, a);
            *left = p->all->recipes[p->op].uses[a - NODE];
        }
        *own = --*left == 0;
        return *vector;
    }
    const known *const there = known_leaf(e, p, a);
    *own = there == NULL;
    if (there != NULL) {
        return there->vector;
    }
    const address from = leaf_at(e, p, a);
    const int vector = take(e);
    x86_load_vector(&e->code, vector, &from);
    return vector;
}

static bool is_in_memory(const emitter *e, const place *p, int a)
{
    return a < NODE && known_leaf(e, p, a) == NULL;
}

/* Where a result may go: over an argument that nobody else wants. */
static int result(emitter *e, int a, bool own_a, int b, bool own_b)
{
    if (own_a && own_b && a != b) {
        give(e, b);
    }
    return own_a ? a : own_b ? b : take(e);
}

static int emit_blend(emitter *e, const place *p, const node *n)
{
    bool own_a = false, own_b = false, own_c = false;
    const int c = in_vector(e, p, n->c, &own_c), a = in_vector(e, p, n->a, &own_a), b = in_vector(e, p, n->b, &own_b);
    const int to = result(e, a, own_a, b, own_b);
    x86_blend(&e->code, to, a, b, c);
    if (own_c) {
        give(e, c);
    }
    return to;
}

static int emit_floor(emitter *e, const place *p, const node *n)
{
    bool own = false;
    const int a = in_vector(e, p, n->a, &own), to = own ? a : take(e);
    x86_floor(&e->code, to, a);
    return to;
}

static int emit(emitter *e, const place *p, int argument)
{
    const node *const n = &p->all->recipes[p->op].nodes[argument - NODE];
    if (n->kind == BLEND || n->kind == FLOOR) {
        return n->kind == BLEND ? emit_blend(e, p, n) : emit_floor(e, p, n);
    }
    const bool commutes = n->kind == ARITHMETIC && (n->op == V_ADD || n->op == V_MUL || n->op == V_AND || n->op == V_OR || n->op == V_XOR);
    const bool swap = commutes && is_in_memory(e, p, n->a) && !is_in_memory(e, p, n->b);
    const int first = swap ? n->b : n->a, second = swap ? n->a : n->b;
    bool own_a = false, own_b = false;
    const int a = in_vector(e, p, first, &own_a);
    if (n->kind == ARITHMETIC && is_in_memory(e, p, second)) {
        const address from = leaf_at(e, p, second);
        const int to = own_a ? a : take(e);
        x86_vector_at(&e->code, (vector_op)n->op, to, a, &from);
        return to;
    }
    const int b = in_vector(e, p, second, &own_b), to = result(e, a, own_a, b, own_b);
    if (n->kind == COMPARISON) {
        x86_compare_vectors(&e->code, (vector_compare)n->op, to, a, b);
    } else {
        x86_vector(&e->code, (vector_op)n->op, to, a, b);
    }
    return to;
}

/* ---- element by element ---------------------------------------------------------------------------------------------------- */
/* The value of a call, written and, while somebody will read it, kept. */
static void emit_value(emitter *e, cluster *all, const place *p)
{
    const e2l_native_op *const op = &all->ops[p->op];
    bool own = false;
    memset(e->node_vector, 0xff, sizeof e->node_vector);
    const int value = in_vector(e, p, all->recipes[p->op].value, &own);
    note_range(e, op->limit, value);
    if (!op->out.is_there) {
        if (own) {
            give(e, value);
        }
        return;
    }
    const address to = leaf_at(e, p, OUT);
    for (size_t k = all->n_known; k-- > 0;) {
        if (same_address(&all->known[k].at, &to)) {
            forget(e, all, k);
        }
    }
    place next = *p;
    next.side++;
    const bool is_read = n_reads(e, &next, &to) > 0, is_kept = own && is_read && all->n_known < MOST_KNOWN && n_free(e) >= all->at_work;
    const bool is_wanted = op->last_reader >= (size_t)(all->ops - e->group->ops) + all->n_ops; /* by calls beyond these */
    if (is_kept) {
        know(all, &to, value, false);
    }
    if (is_wanted || (is_read && !is_kept)) {
        x86_store_vector(&e->code, value, &to);
    }
    if (own && !is_kept) {
        give(e, value);
    }
}

/* Loads what will be read more than once. */
static void load_shared(emitter *e, cluster *all, const place *p)
{
    for (int k = 0; k < all->n_leaves[p->op]; ++k) {
        const int leaf = all->leaves[p->op][k];
        const address from = leaf_at(e, p, leaf);
        if (find_known(all, &from) == NULL && all->n_known < MOST_KNOWN && n_free(e) > all->at_work && n_reads(e, p, &from) > 1) {
            const int vector = take(e);
            x86_load_vector(&e->code, vector, &from);
            know(all, &from, vector, false);
        }
    }
}

static void emit_row(emitter *e, cluster *all, size_t first_target, size_t row, int half)
{
    place p = {.all = all, .first_target = first_target, .row = row, .half = half};
    for (; p.op < all->n_ops; ++p.op) {
        for (p.side = 0; p.side < n_sides(all, p.op); ++p.side) {
            load_shared(e, all, &p);
            emit_value(e, all, &p);
            place next = p;
            next.side++;
            for (size_t k = all->n_known; k-- > 0;) {
                if (!all->known[k].stays && n_reads(e, &next, &all->known[k].at) == 0) {
                    forget(e, all, k);
                }
            }
        }
    }
}

/* What is one row for all rows is loaded before them, while there are vectors. */
static void keep_rows(emitter *e, cluster *all, size_t first_target, int first_half, int end_half)
{
    place p = {.all = all, .first_target = first_target};
    for (; p.op < all->n_ops && all->ops[0].n_rows > 1; ++p.op) {
        for (p.side = 0; p.side < n_sides(all, p.op); ++p.side) {
            for (p.half = first_half; p.half < end_half; ++p.half) {
                for (int leaf = 0; leaf < N_LEAVES; ++leaf) {
                    const bool one = is_used(all, p.op, leaf) && is_one_row(&all->ops[p.op], leaf);
                    const address from = one ? leaf_at(e, &p, leaf) : (address){RSP, NO_INDEX, 0};
                    if (one && find_known(all, &from) == NULL && n_free(e) > all->at_work + 1) {
                        const int vector = take(e);
                        x86_load_vector(&e->code, vector, &from);
                        know(all, &from, vector, true);
                    }
                }
            }
        }
    }
}

/* Rows written out in a loop, all of them when these are few; a number that leaves none over, if there is one. */
static size_t rows_at_a_time(const cluster *all)
{
    const size_t n = all->ops[0].n_rows, others = all->n_targets * all->n_ops, most = others < UNROLLED_ROWS / 2 ? UNROLLED_ROWS / others : 2;
    if (n * others <= UNROLLED_ROWS) {
        return n;
    }
    const size_t fit = most < LOOPED_ROWS ? most : LOOPED_ROWS;
    for (size_t k = fit; k > 1; --k) {
        if (n % k == 0) {
            return k;
        }
    }
    return fit < n ? fit : n;
}

static void emit_rows(emitter *e, cluster *all, size_t target, int first_half, int end_half)
{
    const size_t n = all->ops[0].n_rows, each = rows_at_a_time(all);
    keep_rows(e, all, target, first_half, end_half);
    size_t row = 0;
    if (each < n) {
        x86_zero(&e->code, RAX);
        const uint8_t *const again = e->code.at;
        e->indexed = true;
        for (; row < each; ++row) {
            for (int half = first_half; half < end_half; ++half) {
                emit_row(e, all, target, row, half);
            }
        }
        e->indexed = false;
        row = n / each * each;
        x86_add_const(&e->code, RAX, (int32_t)each * ROW);
        x86_compare_const(&e->code, RAX, (int32_t)row * ROW);
        x86_back_if_not_zero(&e->code, again);
    }
    for (; row < n; ++row) {
        for (int half = first_half; half < end_half; ++half) {
            emit_row(e, all, target, row, half);
        }
    }
    while (all->n_known > 0) {
        forget(e, all, all->n_known - 1);
    }
}

/* How targets go side by side: what they share is loaded once, as long as what each has of its own stays in vectors; half by half that is half as many. */
typedef struct arrangement {
    size_t n;
    bool by_halves;
} arrangement;

/* What it adds to is one of its operands, too. */
static bool adds_to_operand(const e2l_native_op *op)
{
    for (int k = 0; k < E2L_OP_INPUTS; ++k) {
        if (op->in[k].is_there && !op->in[k].is_number && op->in[k].slot == op->out.slot && op->in[k].disp == op->out.disp && op->in[k].target == op->out.target) {
            return true;
        }
    }
    return false;
}

static arrangement arrange(const cluster *all)
{
    const e2l_native_op *const last = &all->ops[all->n_ops - 1];
    size_t own = 0, common = 0, rows = 0;
    for (size_t k = 0; k < all->n_ops; ++k) {
        const e2l_native_op *const op = &all->ops[k];
        for (int leaf = 0; leaf < N_LEAVES; ++leaf) {
            const bool used = is_used(all, k, leaf), one = is_one_row(op, leaf), same = leaf > OUT || leaf_of(op, leaf)->target == 0;
            own += used && one && !same ? 1 : 0;
            common += used && one && same ? 1 : 0;
            rows += used && !one && !(leaf == OUT && adds_to_operand(op)) ? 1 : 0;
        }
    }
    static const arrangement choices[] = {{4, false}, {4, true}, {2, false}, {1, false}};
    size_t k = 0;
    for (; k + 1 < sizeof choices / sizeof *choices; ++k) {
        const size_t halves = choices[k].by_halves ? 1 : HALVES;
        if (last->n_targets % choices[k].n == 0 && (own * choices[k].n + common) * halves + rows + (size_t)all->at_work <= FREE) {
            break;
        }
    }
    return choices[k];
}

static void count_uses(const recipe *r, uint8_t used[N_LEAVES])
{
    if (r->value < NODE) {
        used[r->value]++;
    }
    for (int k = 0; k < r->n; ++k) {
        const node *const at = &r->nodes[k];
        const int arguments[3] = {at->a, at->b, at->c};
        for (int i = 0; i < (at->kind == BLEND ? 3 : at->kind == FLOOR ? 1 : 2); ++i) {
            if (arguments[i] < NODE) {
                used[arguments[i]]++;
            }
        }
    }
}

static void make_cluster(const e2l_native *native, cluster *all, const e2l_native_op *ops, size_t n)
{
    all->ops = ops;
    all->n_ops = n;
    all->n_targets = 1;
    all->n_known = 0;
    all->at_work = TREE_AT_WORK;
    for (size_t k = 0; k < n; ++k) {
        make_recipe(native, &ops[k], &all->recipes[k]);
        all->at_work = ops[k].form.kind == E2L_FORM_CALL ? CALL_AT_WORK : all->at_work;
        memset(all->used[k], 0, sizeof all->used[k]);
        count_uses(&all->recipes[k], all->used[k]);
        all->n_leaves[k] = 0;
        for (uint8_t leaf = 0; leaf < N_LEAVES; ++leaf) {
            if (all->used[k][leaf] > 0) {
                all->leaves[k][all->n_leaves[k]++] = leaf;
            }
        }
    }
}

static void emit_elements(emitter *e, cluster *all, size_t target, size_t n, bool by_halves)
{
    all->n_targets = n;
    if (by_halves) {
        emit_rows(e, all, target, 0, 1);
        emit_rows(e, all, target, 1, HALVES);
    } else {
        emit_rows(e, all, target, 0, HALVES);
    }
}

/* ---- sums: in the order of kernels_rows.c -------------------------------------------------------------------------------- */
/* Sums side by side: of targets, or of the halves of a row where these share an element. */
typedef struct stream {
    size_t target;
    int half;
} stream;
typedef struct summing {
    const e2l_native_op *op;
    const e2l_native_operand *in[3], *out;
    e2l_sum kind;
    stream streams[SUMS_TOGETHER];
    size_t n;
    int limit;
    bool shares; /* the second factor is the same for all */
} summing;

/* The term of a row into new vectors. */
static void emit_term(emitter *e, const summing *s, size_t row, int out[SUMS_TOGETHER])
{
    int shared = NO_VECTOR;
    if (s->kind == E2L_SUM_FE || (s->shares && s->n > 1)) {
        const address from = at(e, s->in[1], s->streams[0].target, row, s->streams[0].half);
        shared = take(e);
        if (s->kind == E2L_SUM_FE) {
            x86_broadcast(&e->code, shared, &from);
        } else {
            x86_load_vector(&e->code, shared, &from);
        }
    }
    for (size_t k = 0; k < s->n; ++k) {
        const address a = at(e, s->in[0], s->streams[k].target, row, s->streams[k].half);
        out[k] = k + 1 == s->n && shared != NO_VECTOR ? shared : take(e);
        if (shared != NO_VECTOR) {
            x86_vector_at(&e->code, V_MUL, out[k], shared, &a);
        } else {
            x86_load_vector(&e->code, out[k], &a);
        }
        if (shared == NO_VECTOR && s->kind != E2L_SUM_ONE) {
            const address b = at(e, s->in[1], s->streams[k].target, row, s->streams[k].half);
            x86_vector_at(&e->code, V_MUL, out[k], out[k], &b);
        }
        if (s->kind == E2L_SUM_FFF) {
            const address c = at(e, s->in[2], s->streams[k].target, row, s->streams[k].half);
            x86_vector_at(&e->code, V_MUL, out[k], out[k], &c);
        }
    }
}

static void emit_add(emitter *e, const summing *s, int to[SUMS_TOGETHER], const int from[SUMS_TOGETHER])
{
    for (size_t k = 0; k < s->n; ++k) {
        x86_vector(&e->code, V_ADD, to[k], to[k], from[k]);
        give(e, from[k]);
    }
}

/* Partial sum k of all rows. */
static void emit_partial(emitter *e, const summing *s, size_t k, int out[SUMS_TOGETHER])
{
    emit_term(e, s, k, out);
    for (size_t row = k + E2L_PARTIAL_SUMS; row < s->op->n_rows; row += E2L_PARTIAL_SUMS) {
        int term[SUMS_TOGETHER];
        emit_term(e, s, row, term);
        emit_add(e, s, out, term);
    }
}

/* Partial sums first, first + step, .. of 8: in halves, s0 + s4 before s2 + s6. */
static void emit_partials(emitter *e, const summing *s, size_t first, size_t step, int out[SUMS_TOGETHER])
{
    if (step == E2L_PARTIAL_SUMS) {
        emit_partial(e, s, first, out);
        return;
    }
    emit_partials(e, s, first, step * 2, out);
    if (first + step < s->op->n_rows) {
        int other[SUMS_TOGETHER];
        emit_partials(e, s, first + step, step * 2, other);
        emit_add(e, s, out, other);
    }
}

/* Many rows: the even partial sums, then the odd ones, eight rows at a time. */
static void emit_half(emitter *e, const summing *s, size_t first, int out[SUMS_TOGETHER])
{
    enum { EACH = E2L_PARTIAL_SUMS / 2 };
    const size_t n = s->op->n_rows, blocks = n / E2L_PARTIAL_SUMS;
    int partial[EACH][SUMS_TOGETHER], term[SUMS_TOGETHER];
    for (size_t k = 0; k < EACH; ++k) {
        emit_term(e, s, first + 2 * k, partial[k]);
    }
    if (blocks > 1) {
        const bool elements = s->kind == E2L_SUM_FE;
        x86_zero(&e->code, RAX);
        if (elements) {
            x86_zero(&e->code, RCX);
        }
        const uint8_t *const again = e->code.at;
        e->indexed = true;
        for (size_t k = 0; k < EACH; ++k) {
            emit_term(e, s, E2L_PARTIAL_SUMS + first + 2 * k, term);
            emit_add(e, s, partial[k], term);
        }
        e->indexed = false;
        if (elements) {
            x86_add_const(&e->code, RCX, E2L_PARTIAL_SUMS * (int32_t)sizeof(e2l_real));
        }
        x86_add_const(&e->code, RAX, E2L_PARTIAL_SUMS * ROW);
        x86_compare_const(&e->code, RAX, (int32_t)(blocks - 1) * E2L_PARTIAL_SUMS * ROW);
        x86_back_if_not_zero(&e->code, again);
    }
    for (size_t k = 0; k < EACH && blocks * E2L_PARTIAL_SUMS + first + 2 * k < n; ++k) {
        emit_term(e, s, blocks * E2L_PARTIAL_SUMS + first + 2 * k, term);
        emit_add(e, s, partial[k], term);
    }
    emit_add(e, s, partial[0], partial[2]); /* s0 + s4 */
    emit_add(e, s, partial[1], partial[3]); /* s2 + s6 */
    emit_add(e, s, partial[0], partial[1]);
    memcpy(out, partial[0], sizeof partial[0]);
}

static void emit_streams(emitter *e, const summing *s)
{
    int sum[SUMS_TOGETHER], odd[SUMS_TOGETHER];
    if (s->op->n_rows <= UNROLLED_SUM) {
        emit_partials(e, s, 0, 1, sum);
    } else {
        emit_half(e, s, 0, sum);
        emit_half(e, s, 1, odd);
        emit_add(e, s, sum, odd);
    }
    for (size_t k = 0; k < s->n; ++k) {
        const address zero = CONSTANT(zero), to = at(e, s->out, s->streams[k].target, 0, s->streams[k].half);
        x86_vector_at(&e->code, V_ADD, sum[k], sum[k], &zero);
        note_range(e, s->limit, sum[k]);
        x86_store_vector(&e->code, sum[k], &to);
        give(e, sum[k]);
    }
}

/* Some targets, from `target` on. */
static void emit_one_sum(emitter *e, summing *s, size_t target, size_t n)
{
    s->shares = s->in[1]->is_there && s->in[1]->target == 0 && s->kind != E2L_SUM_ONE;
    if (s->kind == E2L_SUM_FE) {
        s->n = HALVES;
        for (size_t t = 0; t < n; ++t) {
            s->streams[0] = (stream){target + t, 0};
            s->streams[1] = (stream){target + t, 1};
            emit_streams(e, s);
        }
        return;
    }
    s->n = n;
    for (int half = 0; half < HALVES; ++half) {
        for (size_t t = 0; t < n; ++t) {
            s->streams[t] = (stream){target + t, half};
        }
        emit_streams(e, s);
    }
}

static void emit_sum(emitter *e, const e2l_native_op *op, size_t target, size_t n)
{
    summing s = {.op = op, .in = {&op->in[0], &op->in[1], &op->in[2]}, .out = &op->out, .limit = op->limit};
    s.kind = op->form.kind == E2L_FORM_SUMS ? E2L_SUM_FF : (e2l_sum)op->form.sum;
    emit_one_sum(e, &s, target, n);
    for (size_t k = 0; op->form.kind == E2L_FORM_SUMS && k < op->form.sum; ++k) { /* `out` alone is checked */
        s.in[1] = &op->in[2 + k];
        s.out = &op->more[k];
        s.limit = -1;
        emit_one_sum(e, &s, target, n);
    }
}

/* ---- calls, tiles, the function -------------------------------------------------------------------------------------------- */
static bool is_sum(const e2l_native_op *op)
{
    return op->form.kind == E2L_FORM_SUM || op->form.kind == E2L_FORM_SUMS;
}

static void emit_targets(emitter *e, cluster *all, size_t target, size_t n, bool by_halves)
{
    if (is_sum(all->ops)) {
        emit_sum(e, all->ops, target, n);
    } else {
        emit_elements(e, all, target, n, by_halves);
    }
}

/* Pointers of this call's operands on by so many targets; those that several operands share once. */
static void move_targets(emitter *e, const e2l_native_op *op, int64_t n)
{
    uint32_t done = 0;
    const e2l_native_operand *operands[N_LEAVES + E2L_MORE_SUMS];
    size_t n_operands = 0;
    for (int k = 0; k < E2L_OP_INPUTS; ++k) {
        operands[n_operands++] = &op->in[k];
    }
    operands[n_operands++] = &op->out;
    for (int k = 0; k < E2L_MORE_SUMS; ++k) {
        operands[n_operands++] = &op->more[k];
    }
    for (size_t k = 0; k < n_operands; ++k) {
        const e2l_native_operand *const operand = operands[k];
        if (operand->is_there && operand->target != 0 && (done >> operand->slot & 1u) == 0) {
            done |= 1u << operand->slot;
            x86_add_const(&e->code, slot_registers[operand->slot], (int32_t)(operand->target * n));
        }
    }
}

/* One call, or some that go over the same rows; gives how many. */
static size_t emit_cluster(emitter *e, const e2l_native_op *ops, size_t n_ops)
{
    cluster all;
    make_cluster(e->native, &all, ops, n_ops);
    if (n_ops > 1 && arrange(&all).n < ops[n_ops - 1].n_targets) { /* what is made for all targets is made once */
        n_ops -= ops[n_ops - 1].n_targets > 1 ? 1 : 0;
        make_cluster(e->native, &all, ops, n_ops);
    }
    const e2l_native_op *const last = &ops[n_ops - 1]; /* the only one that may go by targets */
    const arrangement a = is_sum(ops) ? (arrangement){SUMS_TOGETHER, false} : arrange(&all);
    const size_t n = last->n_targets, times = n / a.n;
    if (!last->loops_over_targets) {
        for (size_t target = 0; target < n; target += a.n) {
            emit_targets(e, &all, target, n - target < a.n ? n - target : a.n, a.by_halves);
        }
        return n_ops;
    }
    x86_set(&e->code, RCX, times);
    const uint8_t *const again = e->code.at;
    emit_targets(e, &all, 0, a.n, a.by_halves);
    move_targets(e, last, (int64_t)a.n);
    x86_add_const(&e->code, RCX, -1);
    x86_back_if_not_zero(&e->code, again);
    for (size_t target = 0; target < n % a.n; ++target) {
        emit_targets(e, &all, target, 1, a.by_halves);
    }
    move_targets(e, last, -(int64_t)(times * a.n));
    return n_ops;
}

/* Whether call k of the group, not by targets, may be made again for each of the targets of call `last`, which alone wants it. */
static bool can_repeat(const e2l_native_group *group, size_t k, size_t last)
{
    const e2l_native_op *const op = &group->ops[k], *const reader = &group->ops[last];
    bool row_by_row = true; /* not as a value of the targets, of which there may be as many */
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        const e2l_native_operand *const in = &reader->in[i];
        const bool same = in->is_there && !in->is_number && in->slot == op->out.slot && in->disp == op->out.disp;
        row_by_row = row_by_row && (!same || (in->row == op->out.row && in->target == 0));
    }
    return row_by_row && op->n_targets == 1 && !op->form.final && op->limit < 0 && op->last_reader == last && !adds_to_operand(op);
}

/* How many calls from here on go over the same rows: none by targets but the last one, where the others are only made for it. */
static size_t cluster_size(const e2l_native_group *group, size_t first)
{
    const e2l_native_op *const ops = &group->ops[first];
    size_t n = 1;
    while (!is_sum(ops) && ops->n_targets == 1 && n < MOST_CLUSTER && first + n < group->n && !is_sum(&ops[n]) && ops[n].n_rows == ops->n_rows) {
        if (ops[n].n_targets > 1) {
            bool repeats = true;
            for (size_t k = first; k < first + n; ++k) {
                repeats = repeats && can_repeat(group, k, first + n);
            }
            return repeats ? n + 1 : n;
        }
        ++n;
    }
    return n;
}

static const gpr saved[] = {RBX, RBP, R12, R13, R14, R15, RDI};
enum { N_SAVED = sizeof saved / sizeof *saved };

static void emit_begin(emitter *e)
{
    code *const c = &e->code;
    for (int k = 0; k < N_SAVED; ++k) {
        x86_push(c, saved[k]);
    }
    x86_move(c, RCX, RSI);
    x86_set(c, R15, (uint64_t)(uintptr_t)e->pool);
    for (size_t k = 0; k < e->group->n_slots; ++k) {
        const e2l_native_slot *const slot = &e->group->slots[k];
        x86_load(c, slot_registers[k], RDI, (int32_t)slot->from);
        if (slot->tile != 0 && !slot->is_local) {
            x86_multiply(c, RAX, RCX, slot->tile);
            x86_add(c, slot_registers[k], RAX);
        }
    }
    const address magnitude = CONSTANT(magnitude);
    x86_load_vector(c, MAGNITUDE, &magnitude);
    for (size_t k = 0; k < e->group->n_limits; ++k) {
        x86_clear_vector(c, SEEN - (int)k);
    }
}

/* The upper 32 bits of a number's magnitude. */
static int32_t upper_bits(double limit)
{
    const e2l_real value = (e2l_real)limit;
    pattern bits;
    memcpy(&bits, &value, sizeof bits);
    return (int32_t)(bits >> (8 * sizeof bits - 32));
}

static void emit_end(emitter *e)
{
    code *const c = &e->code;
    x86_pop(c, RDI);
    for (size_t k = 0; k < e->group->n_limits; ++k) {
        x86_set_vector(c, 0, upper_bits(e->group->limits[k]) - 1);
        x86_greater_i32(c, 0, SEEN - (int)k, 0);
        x86_signs(c, RCX, 0);
        x86_load(c, RSI, RDI, (int32_t)e->group->bad[k]);
        x86_mark_unless_zero(c, RCX, RSI);
    }
    for (int k = N_SAVED - 2; k >= 0; --k) {
        x86_pop(c, saved[k]);
    }
    x86_end_vectors(c);
    x86_return(c);
}

/* What r15 points to, before the code. False: no room. */
static bool put_pool(e2l_native *native, const e2l_native_group *group)
{
    const size_t bytes = sizeof constants + group->n_numbers * HALF;
    if (native->size - native->used < bytes) {
        return false;
    }
    uint8_t *const pool = native->memory + native->used;
    memcpy(pool, &constants, sizeof constants);
    for (size_t k = 0; k < group->n_numbers; ++k) {
        e2l_real number[LANES];
        for (int lane = 0; lane < LANES; ++lane) {
            number[lane] = group->numbers[k];
        }
        memcpy(pool + sizeof constants + k * HALF, number, sizeof number);
    }
    native->used += bytes;
    return true;
}

e2l_native_fn *e2l_native_emit(e2l_native *native, const e2l_native_group *group)
{
    const uint8_t *const pool = native->memory + native->used;
    if (!put_pool(native, group)) {
        return NULL;
    }
    emitter e = {.code = {.at = native->memory + native->used, .end = native->memory + native->size, .single = sizeof(e2l_real) == 4}, .native = native, .group = group, .pool = pool};
    uint8_t *const begin = e.code.at;
    emit_begin(&e);
    const uint8_t *const again = e.code.at;
    for (size_t k = 0; k < group->n;) {
        k += emit_cluster(&e, &group->ops[k], cluster_size(group, k));
    }
    for (size_t k = 0; k < group->n_slots; ++k) {
        if (group->slots[k].tile != 0) {
            x86_add_const(&e.code, slot_registers[k], group->slots[k].tile);
        }
    }
    x86_add_const(&e.code, RDX, -1);
    x86_back_if_not_zero(&e.code, again);
    emit_end(&e);
    if (e.code.full) {
        return NULL;
    }
    native->used = ((size_t)(e.code.at - native->memory) + 63) / 64 * 64;
    native->used = native->used < native->size ? native->used : native->size;
    e2l_native_fn *function = NULL;
    memcpy(&function, &(void *){begin}, sizeof function); /* POSIX: what is at an address may be a function */
    return function;
}

#else
void e2l_native_find_calls(e2l_native *native)
{
    (void)native;
}

bool e2l_native_has_call(const e2l_native *native, e2l_real_lanes_fn *eval)
{
    (void)native;
    (void)eval;
    return false;
}

e2l_native_fn *e2l_native_emit(e2l_native *native, const e2l_native_group *group)
{
    (void)native;
    (void)group;
    return NULL;
}
#endif
