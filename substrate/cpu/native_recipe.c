/* native_recipe.c: what a call computes, as operations that the machine has. */
#include <assert.h>

#include "substrate/cpu/native_impl.h"

#if defined(__x86_64__)
#include "substrate/cpu/native_emit_impl.h"

static int add_node(recipe *r, node_kind kind, unsigned op, int a, int b, int c)
{
    const int arguments[3] = {a, b, c};
    for (int k = 0; k < e2l_native_arity(kind); ++k) {
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
PRIMITIVE(and, add(r, V_AND, add(r, V_AND, compare(r, V_NE, 0, ZERO), compare(r, V_NE, 1, ZERO)), ONE))
PRIMITIVE(or, add(r, V_AND, add(r, V_OR, compare(r, V_NE, 0, ZERO), compare(r, V_NE, 1, ZERO)), ONE))
PRIMITIVE(min, minimum(r, flushed(r, op, 0), flushed(r, op, 1)))
PRIMITIVE(mod, add(r, V_SUB, 0, add(r, V_MUL, 1, quotient_floor(r, 0, 1))))
PRIMITIVE(floor, add_node(r, FLOOR, 0, flushed(r, op, 0), ZERO, ZERO))
PRIMITIVE(sqrt, add_node(r, ROOT, 0, 0, ZERO, ZERO))

/* The instruction gives its second operand for zeros of either sign and for NaN; +0 is the larger zero, and a NaN passes on. */
static int call_max(recipe *r, const e2l_native_op *op)
{
    if (op->in[0].is_zero || op->in[1].is_zero) { /* then adding +0 gives that, and flushes */
        return add(r, V_ADD, add(r, V_MAX, ZERO, op->in[0].is_zero ? 1 : 0), ZERO);
    }
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
                  {"mod", call_mod}, {"floor", call_floor}, {"sqrt", call_sqrt}, {"relu", call_relu}, {"sign", call_sign}, {"if", call_if}};

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

/* Of `mask & 1`: the mask. */
static int mask_of(const recipe *r, int value)
{
    const node *const at = value >= NODE ? &r->nodes[value - NODE] : NULL;
    const bool is_truth = at != NULL && at->kind == ARITHMETIC && at->op == V_AND && at->b == ONE;
    return is_truth ? at->a : NO_VECTOR;
}

void e2l_native_make_recipe(const e2l_native *native, const e2l_native_op *op, recipe *r)
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
    if (op->form.final) { /* once 1 * value is value: what comes from arithmetic holds no subnormal */
        const bool plain = op->in[E2L_OP_INPUTS - 1].is_one && op->form.kind == E2L_FORM_TREE;
        value = add(r, V_ADD, OUT, plain ? value : add(r, V_MUL, E2L_OP_INPUTS - 1, value));
    }
    r->value = value;
    r->mask = mask_of(r, value);
    if (value >= NODE) {
        r->uses[value - NODE]++;
    }
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
#endif
