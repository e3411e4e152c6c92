/* polynomial_factor.c: splits an integer polynomial in several atoms.

   Seen as a polynomial in one atom, the coefficients' common divisor (the content) is a factor; so is what the
   polynomial shares with its derivative (a repeated factor). Greatest common divisors by Euclid's algorithm with
   primitive pseudo-remainders, atom by atom (Knuth, TAOCP 2, 4.6.1, algorithm E). Whatever grows past the limits
   of polynomial.h counts as having no common divisor: the polynomial then stays in one piece. */
#include "cgp/polynomial.h"

#include <math.h>
#include <string.h>

enum { NO_ATOM = 0x7fffffff };

static const e2l_poly *poly_gcd(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *b);

static uint32_t power_in(const e2l_monomial *m, uint32_t atom)
{
    uint32_t power = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        power += m->at[i] == atom ? 1 : 0;
    }
    return power;
}

static uint32_t degree_in(const e2l_poly *a, uint32_t atom)
{
    uint32_t degree = 0;
    for (size_t i = 0; i < a->n; i++) {
        uint32_t power = power_in(&a->term[i].m, atom);
        degree = power > degree ? power : degree;
    }
    return degree;
}

/* The smallest atom that is larger than `after` (pass UINT32_MAX for the first); NO_ATOM when none. */
static uint32_t next_atom(const e2l_poly *a, uint32_t after)
{
    uint32_t next = NO_ATOM;
    for (size_t i = 0; i < a->n; i++) {
        for (uint32_t j = 0; j < a->term[i].m.n; j++) {
            uint32_t atom = a->term[i].m.at[j];
            if ((after == UINT32_MAX || atom > after) && atom < next) {
                next = atom;
            }
        }
    }
    return next;
}

/* The factor of atom^power in `a`, without a scale. */
static const e2l_poly *coefficient_of(e2l_algebra *algebra, const e2l_poly *a, uint32_t atom, uint32_t power)
{
    e2l_term terms[E2L_POLY_TERMS];
    size_t n = 0;
    if (algebra->budget < a->n) {
        return NULL;
    }
    algebra->budget -= a->n;
    for (size_t i = 0; i < a->n; i++) {
        if (power_in(&a->term[i].m, atom) != power) {
            continue;
        }
        terms[n] = a->term[i];
        for (uint32_t k = 0; k < power; k++) {
            terms[n].m = e2l_monomial_without(&terms[n].m, atom);
        }
        n++;
    }
    return e2l_poly_from(algebra, terms, n);
}

/* a / b when it is exact, else NULL: leading terms are divided until nothing is left. */
static const e2l_poly *divide(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *b)
{
    const e2l_poly *quotient = e2l_poly_const(algebra, 0.0), *rest = a;
    while (quotient && rest && rest->n > 0) {
        e2l_term lead = {.k = e2l_poly_coefficient(rest, 0) / e2l_poly_coefficient(b, 0), .m = rest->term[0].m};
        for (uint32_t j = 0; j < b->term[0].m.n; j++) {
            if (!e2l_monomial_has(&lead.m, b->term[0].m.at[j])) {
                return NULL;
            }
            lead.m = e2l_monomial_without(&lead.m, b->term[0].m.at[j]);
        }
        if (lead.k != nearbyint(lead.k)) {
            return NULL;
        }
        const e2l_poly *step = e2l_poly_from(algebra, &lead, 1);
        quotient = step ? e2l_poly_add(algebra, quotient, step) : NULL;
        const e2l_poly *taken = step ? e2l_poly_mul(algebra, step, b) : NULL;
        taken = taken ? e2l_poly_neg(algebra, taken) : NULL;
        rest = taken ? e2l_poly_add(algebra, rest, taken) : NULL;
    }
    return rest ? quotient : NULL;
}

static const e2l_poly *without_scale(e2l_algebra *algebra, const e2l_poly *a)
{
    return a && !a->rough ? e2l_poly_primitive(algebra, a) : NULL;
}

/* Greatest common divisor of the coefficients of the powers of `atom`. */
static const e2l_poly *content(e2l_algebra *algebra, const e2l_poly *a, uint32_t atom)
{
    const e2l_poly *common = NULL;
    double value;
    for (uint32_t power = degree_in(a, atom) + 1; power-- > 0;) {
        const e2l_poly *c = coefficient_of(algebra, a, atom, power);
        if (!c) {
            return NULL;
        }
        if (c->n == 0) {
            continue;
        }
        common = common ? poly_gcd(algebra, common, c) : without_scale(algebra, c);
        if (!common || e2l_poly_is_const(common, &value)) {
            return common;
        }
    }
    return common;
}

/* Pseudo-remainder of a by b in `atom`: no coefficient is divided. */
static const e2l_poly *remainder_in(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *b, uint32_t atom)
{
    uint32_t degree = degree_in(b, atom);
    const e2l_poly *lead = coefficient_of(algebra, b, atom, degree);
    const e2l_poly *x = e2l_poly_atom(algebra, atom);
    while (a && lead && x && a->n > 0 && degree_in(a, atom) >= degree) {
        uint32_t power = degree_in(a, atom);
        const e2l_poly *top = coefficient_of(algebra, a, atom, power);
        for (uint32_t k = degree; top && k < power; k++) {
            top = e2l_poly_mul(algebra, top, x);
        }
        const e2l_poly *left = e2l_poly_mul(algebra, a, lead);
        const e2l_poly *right = top ? e2l_poly_mul(algebra, b, top) : NULL;
        right = right ? e2l_poly_neg(algebra, right) : NULL;
        a = left && right ? without_scale(algebra, e2l_poly_add(algebra, left, right)) : NULL;
    }
    return lead && x ? a : NULL;
}

/* Euclid on two polynomials without content in `atom`; the constant 1 when they share nothing. */
static const e2l_poly *euclid(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *b, uint32_t atom)
{
    while (b->n > 0) {
        if (degree_in(b, atom) == 0) {
            return e2l_poly_const(algebra, 1.0);
        }
        const e2l_poly *rest = remainder_in(algebra, a, b, atom);
        if (!rest) {
            return NULL;
        }
        if (rest->n > 0) {
            const e2l_poly *c = content(algebra, rest, atom);
            rest = c ? without_scale(algebra, divide(algebra, rest, c)) : NULL;
        }
        if (!rest) {
            return NULL;
        }
        a = b;
        b = rest;
    }
    return a;
}

/* With the sign that makes the leading coefficient positive. */
static const e2l_poly *positive(e2l_algebra *algebra, const e2l_poly *a)
{
    return a && a->n > 0 && a->term[0].k < 0.0 ? e2l_poly_neg(algebra, a) : a;
}

/* Greatest common divisor of two nonzero polynomials apart from numbers, or NULL past the limits. */
static const e2l_poly *poly_gcd(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *b)
{
    uint32_t atom = next_atom(a, UINT32_MAX), other = next_atom(b, UINT32_MAX);
    if (atom == NO_ATOM || other == NO_ATOM) {
        return e2l_poly_const(algebra, 1.0);
    }
    atom = other < atom ? other : atom;
    const e2l_poly *content_a = content(algebra, a, atom), *content_b = content(algebra, b, atom);
    if (!content_a || !content_b) {
        return NULL;
    }
    const e2l_poly *shared = poly_gcd(algebra, content_a, content_b);
    if (degree_in(a, atom) == 0 || degree_in(b, atom) == 0 || !shared) {
        return positive(algebra, shared);
    }
    a = without_scale(algebra, divide(algebra, a, content_a));
    b = without_scale(algebra, divide(algebra, b, content_b));
    const e2l_poly *rest = a && b ? euclid(algebra, a, b, atom) : NULL;
    return rest ? positive(algebra, e2l_poly_mul(algebra, shared, rest)) : NULL;
}

static const e2l_poly *derivative(e2l_algebra *algebra, const e2l_poly *a, uint32_t atom)
{
    e2l_term terms[E2L_POLY_TERMS];
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        uint32_t power = power_in(&a->term[i].m, atom);
        if (power > 0) {
            terms[n].k = a->term[i].k * power;
            terms[n++].m = e2l_monomial_without(&a->term[i].m, atom);
        }
    }
    return e2l_poly_from(algebra, terms, n);
}

/* A proper factor of `a`, or NULL when none is found. */
static const e2l_poly *proper_factor(e2l_algebra *algebra, const e2l_poly *a)
{
    double value;
    for (uint32_t atom = next_atom(a, UINT32_MAX); atom != NO_ATOM; atom = next_atom(a, atom)) {
        const e2l_poly *f = content(algebra, a, atom);
        if (f && !e2l_poly_is_const(f, &value)) {
            return f;
        }
        if (degree_in(a, atom) < 2) {
            continue;
        }
        const e2l_poly *slope = derivative(algebra, a, atom);
        f = slope && slope->n > 0 ? poly_gcd(algebra, a, slope) : NULL;
        if (f && !e2l_poly_is_const(f, &value)) {
            return f;
        }
    }
    return NULL;
}

/* Smaller degree first, then fewer terms, then term by term: one order for any set of factors. */
static int compare_factors(const e2l_poly *a, const e2l_poly *b)
{
    uint32_t degree_a = 0, degree_b = 0;
    for (size_t i = 0; i < a->n; i++) {
        degree_a = a->term[i].m.n > degree_a ? a->term[i].m.n : degree_a;
    }
    for (size_t i = 0; i < b->n; i++) {
        degree_b = b->term[i].m.n > degree_b ? b->term[i].m.n : degree_b;
    }
    if (degree_a != degree_b || a->n != b->n) {
        return degree_a != degree_b ? (degree_a < degree_b ? -1 : 1) : (a->n < b->n ? -1 : 1);
    }
    for (size_t i = 0; i < a->n; i++) {
        int order = e2l_monomial_compare(&b->term[i].m, &a->term[i].m);
        if (order != 0 || a->term[i].k != b->term[i].k) {
            return order != 0 ? order : (a->term[i].k > b->term[i].k ? -1 : 1);
        }
    }
    return 0;
}

static void sort_factors(const e2l_poly **factors, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const e2l_poly *f = factors[i];
        size_t j = i;
        for (; j > 0 && compare_factors(f, factors[j - 1]) < 0; j--) {
            factors[j] = factors[j - 1];
        }
        factors[j] = f;
    }
}

/* The product from left to right is `a`, within the limits. */
static bool multiplies_back(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *const *factors, size_t n)
{
    const e2l_poly *product = factors[0];
    for (size_t i = 1; product && i < n; i++) {
        product = e2l_poly_mul(algebra, product, factors[i]);
    }
    return product && e2l_poly_equal(product, a);
}

size_t e2l_poly_factor(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *factors[E2L_POLY_FACTORS])
{
    size_t n = 1;
    bool flipped = a->n > 0 && a->term[0].k < 0.0;
    size_t granted = algebra->effort < E2L_POLY_BUDGET ? algebra->effort : E2L_POLY_BUDGET;
    algebra->budget = granted;
    factors[0] = positive(algebra, a);
    const e2l_poly *whole = factors[0];
    for (size_t i = 0; whole && i < n && n < E2L_POLY_FACTORS;) {
        const e2l_poly *f = proper_factor(algebra, factors[i]);
        const e2l_poly *g = f ? without_scale(algebra, divide(algebra, factors[i], f)) : NULL;
        double value;
        if (!g || e2l_poly_is_const(g, &value)) {
            i++;
            continue;
        }
        factors[i] = positive(algebra, f);
        factors[n++] = positive(algebra, g);
    }
    sort_factors(factors, n);
    algebra->effort -= granted - algebra->budget;
    algebra->budget = SIZE_MAX;
    if (n == 1 || algebra->no_memory || !multiplies_back(algebra, whole, factors, n)) {
        factors[0] = a;
        return 1;
    }
    if (flipped) { /* the sign goes to the first factor; how it is written is the caller's choice */
        factors[0] = e2l_poly_neg(algebra, factors[0]);
    }
    return factors[0] ? n : 0;
}
