/* reference_eval.c: every primitive in plain C, from its one-line description; exp, log, pow, sin, cos and tanh are the scalar
   versions of SLEEF's consistent functions. */
#include "tests/support/reference_eval.h"

#include <math.h>
#include <sleef.h>
#include <string.h>

/* min and max pass NaN on, and -0 is less than +0. */
static double minimum(double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return (double)NAN;
    }
    if (a == b) {
        return signbit(a) ? a : b;
    }
    return a < b ? a : b;
}

static double truth(bool is)
{
    return is ? 1.0 : 0.0;
}

typedef double one_argument(double a);
typedef double two_arguments(double a, double b);

/* SLEEF declares its results const, which makes other function types of these. */
static double f_cos(double a) { return Sleef_cinz_cosd1_u35purec(a); }
static double f_exp(double a) { return Sleef_cinz_expd1_u10purec(a); }
static double f_log(double a) { return Sleef_cinz_logd1_u35purec(a); }
static double f_sin(double a) { return Sleef_cinz_sind1_u35purec(a); }
static double f_tanh(double a) { return Sleef_cinz_tanhd1_u35purec(a); }
static double f_pow(double a, double b) { return Sleef_cinz_powd1_u10purec(a, b); }

static double f_neg(double a) { return -a; }
static double f_not(double a) { return truth(a == 0); }
static double f_relu(double a) { return a <= 0 ? 0 : a; }
static double f_sigmoid(double a) { return 1 / (1 + Sleef_cinz_expd1_u10purec(-a)); }
static double f_sign(double a) { return a > 0 ? 1 : a < 0 ? -1 : a; }
static double f_square(double a) { return a * a; }
static double f_step(double a) { return truth(a > 0); }

static double f_add(double a, double b) { return a + b; }
static double f_sub(double a, double b) { return a - b; }
static double f_mul(double a, double b) { return a * b; }
static double f_div(double a, double b) { return a / b; }
static double f_mod(double a, double b) { return a - b * floor(a / b); }
static double f_pdiv(double a, double b) { return b == 0 ? 1 : a / b; }
static double f_max(double a, double b) { return -minimum(-a, -b); }
static double f_and(double a, double b) { return truth(a != 0 && b != 0); }
static double f_or(double a, double b) { return truth(a != 0 || b != 0); }
static double f_eq(double a, double b) { return truth(a == b); }
static double f_ne(double a, double b) { return truth(a != b); }
static double f_lt(double a, double b) { return truth(a < b); }
static double f_le(double a, double b) { return truth(a <= b); }
static double f_gt(double a, double b) { return truth(a > b); }
static double f_ge(double a, double b) { return truth(a >= b); }

static const struct {
    const char *name;
    one_argument *of;
} ones[] = {{"abs", fabs},
            {"cos", f_cos},
            {"exp", f_exp},
            {"floor", floor},
            {"log", f_log},
            {"neg", f_neg},
            {"not", f_not},
            {"relu", f_relu},
            {"sigmoid", f_sigmoid},
            {"sign", f_sign},
            {"sin", f_sin},
            {"sqrt", sqrt},
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
double reference_flushed(double a)
{
    const volatile double one = 1;
    return a * one;
}

double reference_apply(const char *primitive, double a, double b, double c)
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
    return (double)NAN;
}

static double walk(const e2l_node *nodes, uint32_t at, const double *names)
{
    const e2l_node *const node = &nodes[at];
    double args[E2L_MAX_ARITY] = {0, 0, 0};
    switch (node->kind) {
    case E2L_NODE_CONST: return node->value;
    case E2L_NODE_NAME: return names[node->name];
    case E2L_NODE_CALL:
    default:
        for (uint32_t k = 0; k < node->primitive->arity; ++k) {
            args[k] = walk(nodes, node->arg[k], names);
        }
        return reference_apply(node->primitive->name, args[0], args[1], args[2]);
    }
}

double reference_eval(const e2l_expr *expr, const double *names)
{
    return walk(e2l_expr_nodes(expr), (uint32_t)e2l_expr_n_nodes(expr) - 1, names);
}
