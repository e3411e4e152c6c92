/* reference_eval.c: every primitive in plain C, from its one-line description; exp, log, pow, sin, cos and tanh are the scalar
   versions of SLEEF's consistent functions. */
#include "tests/support/reference_eval.h"

#include <sleef.h>
#include <string.h>
#include <tgmath.h>

#ifdef E2L_SINGLE
#define SLEEF(function, accuracy) Sleef_cinz_##function##f1_##accuracy##purec
#else
#define SLEEF(function, accuracy) Sleef_cinz_##function##d1_##accuracy##purec
#endif

/* min and max pass NaN on, and -0 is less than +0. */
static e2l_real minimum(e2l_real a, e2l_real b)
{
    if (isnan(a) || isnan(b)) {
        return (e2l_real)NAN;
    }
    if (a == b) {
        return signbit(a) ? a : b;
    }
    return a < b ? a : b;
}

static e2l_real truth(bool is)
{
    return is ? 1 : 0;
}

typedef e2l_real one_argument(e2l_real a);
typedef e2l_real two_arguments(e2l_real a, e2l_real b);

/* SLEEF declares its results const, which makes other function types of these. */
static e2l_real f_cos(e2l_real a) { return SLEEF(cos, u35)(a); }
static e2l_real f_exp(e2l_real a) { return SLEEF(exp, u10)(a); }
static e2l_real f_log(e2l_real a) { return SLEEF(log, u35)(a); }
static e2l_real f_sin(e2l_real a) { return SLEEF(sin, u35)(a); }
static e2l_real f_tanh(e2l_real a) { return SLEEF(tanh, u35)(a); }
static e2l_real f_pow(e2l_real a, e2l_real b) { return SLEEF(pow, u10)(a, b); }

static e2l_real f_abs(e2l_real a) { return fabs(a); }
static e2l_real f_floor(e2l_real a) { return floor(a); }
static e2l_real f_sqrt(e2l_real a) { return sqrt(a); }
static e2l_real f_neg(e2l_real a) { return -a; }
static e2l_real f_not(e2l_real a) { return truth(a == 0); }
static e2l_real f_relu(e2l_real a) { return a <= 0 ? 0 : a; }
static e2l_real f_sigmoid(e2l_real a) { return 1 / (1 + SLEEF(exp, u10)(-a)); }
static e2l_real f_sign(e2l_real a) { return a > 0 ? 1 : a < 0 ? -1 : a; }
static e2l_real f_square(e2l_real a) { return a * a; }
static e2l_real f_step(e2l_real a) { return truth(a > 0); }

static e2l_real f_add(e2l_real a, e2l_real b) { return a + b; }
static e2l_real f_sub(e2l_real a, e2l_real b) { return a - b; }
static e2l_real f_mul(e2l_real a, e2l_real b) { return a * b; }
static e2l_real f_div(e2l_real a, e2l_real b) { return a / b; }
static e2l_real f_mod(e2l_real a, e2l_real b) { return a - b * floor(a / b); }
static e2l_real f_pdiv(e2l_real a, e2l_real b) { return b == 0 ? 1 : a / b; }
static e2l_real f_max(e2l_real a, e2l_real b) { return -minimum(-a, -b); }
static e2l_real f_and(e2l_real a, e2l_real b) { return truth(a != 0 && b != 0); }
static e2l_real f_or(e2l_real a, e2l_real b) { return truth(a != 0 || b != 0); }
static e2l_real f_eq(e2l_real a, e2l_real b) { return truth(a == b); }
static e2l_real f_ne(e2l_real a, e2l_real b) { return truth(a != b); }
static e2l_real f_lt(e2l_real a, e2l_real b) { return truth(a < b); }
static e2l_real f_le(e2l_real a, e2l_real b) { return truth(a <= b); }
static e2l_real f_gt(e2l_real a, e2l_real b) { return truth(a > b); }
static e2l_real f_ge(e2l_real a, e2l_real b) { return truth(a >= b); }

static const struct {
    const char *name;
    one_argument *of;
} ones[] = {{"abs", f_abs},
            {"cos", f_cos},
            {"exp", f_exp},
            {"floor", f_floor},
            {"log", f_log},
            {"neg", f_neg},
            {"not", f_not},
            {"relu", f_relu},
            {"sigmoid", f_sigmoid},
            {"sign", f_sign},
            {"sin", f_sin},
            {"sqrt", f_sqrt},
            {"square", f_square},
            {"step", f_step},
            {"tanh", f_tanh}};

static const struct {
    const char *name;
    two_arguments *of;
} twos[] = {{"add", f_add}, {"and", f_and}, {"div", f_div},   {"eq", f_eq},   {"ge", f_ge}, {"gt", f_gt},
            {"le", f_le},   {"lt", f_lt},   {"max", f_max},   {"min", minimum}, {"mod", f_mod}, {"mul", f_mul},
            {"ne", f_ne},   {"or", f_or},   {"pdiv", f_pdiv}, {"sub", f_sub}, {"pow", f_pow}};

/* What enters an operation is flushed, as arithmetic does; moves and sign changes would not. */
e2l_real reference_flushed(e2l_real a)
{
    const volatile e2l_real one = 1;
    return a * one;
}

e2l_real reference_apply(const char *primitive, e2l_real a, e2l_real b, e2l_real c)
{
    if (strcmp(primitive, "if") == 0) {
        return reference_flushed(a) > 0 ? reference_flushed(b) : reference_flushed(c);
    }
    for (size_t k = 0; k < sizeof ones / sizeof *ones; ++k) {
        if (strcmp(primitive, ones[k].name) == 0) {
            return ones[k].of(reference_flushed(a));
        }
    }
    for (size_t k = 0; k < sizeof twos / sizeof *twos; ++k) {
        if (strcmp(primitive, twos[k].name) == 0) {
            return twos[k].of(reference_flushed(a), reference_flushed(b));
        }
    }
    return (e2l_real)NAN;
}

static e2l_real walk(const e2l_node *nodes, uint32_t at, const e2l_real *names)
{
    const e2l_node *const node = &nodes[at];
    e2l_real args[E2L_MAX_ARITY] = {0, 0, 0};
    switch (node->kind) {
    case E2L_NODE_CONST: return (e2l_real)node->value;
    case E2L_NODE_NAME: return names[node->name];
    case E2L_NODE_CALL:
    default:
        for (uint32_t k = 0; k < node->primitive->arity; ++k) {
            args[k] = walk(nodes, node->arg[k], names);
        }
        return reference_apply(node->primitive->name, args[0], args[1], args[2]);
    }
}

e2l_real reference_eval(const e2l_expr *expr, const e2l_real *names)
{
    return walk(e2l_expr_nodes(expr), (uint32_t)e2l_expr_n_nodes(expr) - 1, names);
}
