/* recover_match.c: is a rule the hidden one? Polynomials are compared by their terms, everything else by its canonical form. */
#include "tasks/recover.h"
#include "cgp/polynomial.h"

#include <math.h>
#include <string.h>

enum { N_ATOMS = 4, POWERS = 3 };
static const double rounding = 1e-9; /* terms below this share of the largest are what is left of terms that cancel */
static const char *const atom_names[N_ATOMS] = {"x", "y", "w", "r"};

/* ---- expansion ----------------------------------------------------------------------------------- */

static const e2l_poly *expand_name(e2l_algebra *algebra, const char *name)
{
    for (uint32_t a = 0; a < N_ATOMS; a++) {
        if (strcmp(name, atom_names[a]) == 0) {
            return e2l_poly_atom(algebra, a);
        }
    }
    return NULL;
}

static const e2l_poly *expand_call(e2l_algebra *algebra, const char *name, const e2l_poly *a, const e2l_poly *b)
{
    double value = 0;
    if (strcmp(name, "add") == 0) {
        return e2l_poly_add(algebra, a, b);
    }
    if (strcmp(name, "sub") == 0) {
        const e2l_poly *minus = e2l_poly_neg(algebra, b);
        return minus ? e2l_poly_add(algebra, a, minus) : NULL;
    }
    if (strcmp(name, "mul") == 0) {
        return e2l_poly_mul(algebra, a, b);
    }
    if (strcmp(name, "div") == 0 && e2l_poly_is_const(b, &value) && value != 0) {
        return e2l_poly_over(algebra, a, value);
    }
    return strcmp(name, "neg") == 0      ? e2l_poly_neg(algebra, a)
           : strcmp(name, "square") == 0 ? e2l_poly_mul(algebra, a, a)
                                         : NULL;
}

/* The rule as a sum of products of x, y, w, r; NULL when it is none, or beyond the limits of polynomial.h. */
static e2l_status expand(e2l_ctx *ctx, e2l_algebra *algebra, const e2l_expr *rule, const e2l_poly **out)
{
    *out = NULL;
    const size_t n = e2l_expr_n_nodes(rule);
    const e2l_node *nodes = e2l_expr_nodes(rule);
    const e2l_poly **made = e2l_alloc(ctx, n, sizeof *made);
    if (!made) {
        return E2L_NOMEM;
    }
    bool ok = true;
    for (size_t k = 0; k < n && ok; k++) {
        if (nodes[k].kind == E2L_NODE_CONST) {
            made[k] = isfinite(nodes[k].value) ? e2l_poly_const(algebra, nodes[k].value) : NULL;
        } else if (nodes[k].kind == E2L_NODE_NAME) {
            made[k] = expand_name(algebra, e2l_expr_name(rule, nodes[k].name));
        } else {
            const e2l_poly *b = nodes[k].primitive->arity > 1 ? made[nodes[k].arg[1]] : NULL;
            made[k] = expand_call(algebra, nodes[k].primitive->name, made[nodes[k].arg[0]], b);
        }
        ok = made[k] != NULL;
    }
    *out = ok ? made[n - 1] : NULL;
    e2l_free(ctx, made);
    return algebra->no_memory ? E2L_NOMEM : E2L_OK;
}

/* ---- polynomials --------------------------------------------------------------------------------- */

static double largest_coefficient(const e2l_poly *p)
{
    double largest = 0;
    for (size_t i = 0; i < p->n; i++) {
        largest = fmax(largest, fabs(e2l_poly_coefficient(p, i)));
    }
    return largest;
}

static bool is_close(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance * fabs(b);
}

/* Coefficient of b's term i in a, 0 when it is not there. */
static double coefficient_in(const e2l_poly *a, const e2l_poly *b, size_t i)
{
    double have = 0;
    for (size_t k = 0; k < a->n; k++) {
        have = e2l_monomial_compare(&a->term[k].m, &b->term[i].m) == 0 ? e2l_poly_coefficient(a, k) : have;
    }
    return have;
}

/* Every term of `b` that counts is in `a`, within tolerance of b's coefficient (or of a's, to compare the other way). */
static bool contains(const e2l_poly *a, const e2l_poly *b, double tolerance, bool is_turned)
{
    const double floor = rounding * largest_coefficient(b);
    for (size_t i = 0; i < b->n; i++) {
        double want = e2l_poly_coefficient(b, i);
        double have = coefficient_in(a, b, i);
        bool is_same = is_turned ? is_close(want, have, tolerance) : is_close(have, want, tolerance);
        if (fabs(want) > floor && !is_same) {
            return false;
        }
    }
    return true;
}

/* Terms of `b` that count are terms of `a`; *worst: the largest relative difference, in units of b's coefficients. */
static bool has_terms(const e2l_poly *a, const e2l_poly *b, double *worst)
{
    const double floor = rounding * largest_coefficient(b);
    *worst = 0;
    for (size_t i = 0; i < b->n; i++) {
        const double want = e2l_poly_coefficient(b, i), have = coefficient_in(a, b, i);
        if (fabs(want) > floor && fabs(have) <= rounding * largest_coefficient(a)) {
            return false;
        }
        *worst = fabs(want) > floor ? fmax(*worst, fabs(have / want - 1)) : *worst;
    }
    return true;
}

/* ---- anything else ------------------------------------------------------------------------------- */

static bool same_tree(const e2l_expr *a, uint32_t at, const e2l_expr *b, uint32_t bt, double tolerance)
{
    const e2l_node *p = &e2l_expr_nodes(a)[at], *q = &e2l_expr_nodes(b)[bt];
    if (p->kind != q->kind) {
        return false;
    }
    if (p->kind == E2L_NODE_CONST) {
        return p->value == q->value || is_close(p->value, q->value, tolerance);
    }
    if (p->kind == E2L_NODE_NAME) {
        return strcmp(e2l_expr_name(a, p->name), e2l_expr_name(b, q->name)) == 0;
    }
    bool is_same = p->primitive == q->primitive;
    for (uint32_t i = 0; is_same && i < p->primitive->arity; i++) {
        is_same = same_tree(a, p->arg[i], b, q->arg[i], tolerance);
    }
    return is_same;
}

static e2l_status match_canonical(e2l_ctx *ctx, const e2l_expr *rule, const e2l_expr *teacher, double tolerance, bool *out)
{
    e2l_expr *a = NULL, *b = NULL;
    e2l_status status = e2l_expr_canonical(ctx, &a, rule);
    status = status == E2L_OK ? e2l_expr_canonical(ctx, &b, teacher) : status;
    if (status == E2L_OK) {
        const size_t n_a = e2l_expr_tree_size(a);
        *out = n_a <= E2L_EXPR_MAX_TREE && n_a == e2l_expr_tree_size(b) &&
               same_tree(a, (uint32_t)e2l_expr_n_nodes(a) - 1, b, (uint32_t)e2l_expr_n_nodes(b) - 1, tolerance);
    }
    e2l_expr_destroy(ctx, a);
    e2l_expr_destroy(ctx, b);
    return status;
}

static e2l_status algebra_open(e2l_ctx *ctx, e2l_algebra *algebra, e2l_arena **arena)
{
    e2l_status status = e2l_arena_create(ctx, arena);
    status = status == E2L_OK ? e2l_algebra_init(algebra, *arena) : status;
    if (status != E2L_OK) {
        e2l_arena_destroy(*arena);
        *arena = NULL;
    }
    return status;
}

e2l_status e2l_recover_matches(e2l_ctx *ctx, const e2l_expr *rule, const e2l_expr *teacher, double tolerance, bool *out)
{
    e2l_algebra algebra;
    e2l_arena *arena = NULL;
    const e2l_poly *a = NULL, *b = NULL;
    *out = false;
    e2l_status status = algebra_open(ctx, &algebra, &arena);
    if (status != E2L_OK) {
        return status;
    }
    status = expand(ctx, &algebra, rule, &a);
    status = status == E2L_OK ? expand(ctx, &algebra, teacher, &b) : status;
    if (status == E2L_OK && a && b) {
        *out = contains(a, b, tolerance, false) && contains(b, a, tolerance, true);
    } else if (status == E2L_OK && !a && !b) {
        status = match_canonical(ctx, rule, teacher, tolerance, out);
    }
    e2l_arena_destroy(arena);
    return status;
}

e2l_status e2l_recover_form(e2l_ctx *ctx, const e2l_expr *rule, const e2l_expr *teacher, bool *is_same, double *worst)
{
    e2l_algebra algebra;
    e2l_arena *arena = NULL;
    const e2l_poly *a = NULL, *b = NULL;
    double other = 0;
    *is_same = false;
    *worst = (double)NAN;
    e2l_status status = algebra_open(ctx, &algebra, &arena);
    if (status != E2L_OK) {
        return status;
    }
    status = expand(ctx, &algebra, rule, &a);
    status = status == E2L_OK ? expand(ctx, &algebra, teacher, &b) : status;
    if (status == E2L_OK && a && b) {
        *is_same = has_terms(a, b, worst) && has_terms(b, a, &other);
        *worst = *is_same ? *worst : (double)NAN;
    } else if (status == E2L_OK && !a && !b) {
        status = match_canonical(ctx, rule, teacher, HUGE_VAL, is_same);
    }
    e2l_arena_destroy(arena);
    return status;
}

/* ---- the Taylor basis ---------------------------------------------------------------------------- */

/* Term number of a monomial; E2L_RECOVER_TERMS: not in the basis. */
static size_t term_of(const e2l_monomial *m)
{
    size_t power[N_ATOMS] = {0};
    for (uint32_t i = 0; i < m->n; i++) {
        power[m->at[i]]++;
    }
    bool is_in = power[0] < POWERS && power[1] < POWERS && power[2] < POWERS && power[3] < 2;
    return is_in ? ((power[3] * POWERS + power[0]) * POWERS + power[1]) * POWERS + power[2] : E2L_RECOVER_TERMS;
}

e2l_status e2l_recover_coefficients(e2l_ctx *ctx, const e2l_expr *rule, double out[E2L_RECOVER_TERMS], bool *is_in_basis)
{
    e2l_algebra algebra;
    e2l_arena *arena = NULL;
    const e2l_poly *poly = NULL;
    *is_in_basis = false;
    memset(out, 0, E2L_RECOVER_TERMS * sizeof *out);
    e2l_status status = algebra_open(ctx, &algebra, &arena);
    if (status != E2L_OK) {
        return status;
    }
    status = expand(ctx, &algebra, rule, &poly);
    *is_in_basis = status == E2L_OK && poly;
    for (size_t i = 0; *is_in_basis && i < poly->n; i++) {
        const size_t term = term_of(&poly->term[i].m);
        *is_in_basis = term < E2L_RECOVER_TERMS;
        if (*is_in_basis) {
            out[term] = e2l_poly_coefficient(poly, i);
        }
    }
    e2l_arena_destroy(arena);
    return status;
}
