/* polynomial.h: sums of products of atoms with double coefficients, for the canonical form.

   An atom is a number that the caller gives meaning to. A polynomial is scale * sum(k * product of atoms): where
   possible the k are integers without a common divisor (then sums and products of k are exact, and the polynomial
   can be factored), otherwise scale = 1 and it is called rough. All are immutable and live in an arena.
   Everything is bounded: what would exceed a limit is NULL, and the caller keeps its operation as it stands. */
#ifndef E2L_CGP_POLYNOMIAL_H
#define E2L_CGP_POLYNOMIAL_H

#include "cgp/base.h"

enum {
    E2L_POLY_DEGREE = 12,  /* largest total degree of a product */
    E2L_POLY_TERMS = 64,   /* terms of a polynomial */
    E2L_POLY_PAIRS = 512,  /* pairs of terms in one multiplication */
    E2L_POLY_BUDGET = 20000, /* pairs of terms in one factorisation */
    E2L_POLY_EFFORT = 500000 /* ... and in all of one algebra */
};

/* Product of at[0] <= at[1] <= ...: powers stand repeated. */
typedef struct e2l_monomial {
    uint32_t n;
    uint32_t at[E2L_POLY_DEGREE];
} e2l_monomial;

typedef struct e2l_term {
    double k; /* not 0 */
    e2l_monomial m;
} e2l_term;

/* Terms in descending lexicographic order of their monomials; the first atom counts most. */
typedef struct e2l_poly {
    double scale; /* > 0 */
    bool rough;
    size_t n; /* 0: the polynomial 0 */
    e2l_term *term;
} e2l_poly;

/* Where polynomials live. After a NULL, no_memory tells a full memory from a limit. */
typedef struct e2l_algebra {
    e2l_arena *arena;
    e2l_term *scratch; /* [E2L_POLY_PAIRS] */
    size_t budget;     /* pairs of terms left in this factorisation; SIZE_MAX outside of one */
    size_t effort;     /* ... in all coming ones */
    bool no_memory;
} e2l_algebra;

/* Prepares `algebra` in `arena` (borrowed). */
E2L_MUST_CHECK e2l_status e2l_algebra_init(e2l_algebra *algebra, e2l_arena *arena);

const e2l_poly *e2l_poly_const(e2l_algebra *algebra, double value); /* finite */
const e2l_poly *e2l_poly_atom(e2l_algebra *algebra, uint32_t atom);
const e2l_poly *e2l_poly_add(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *b);
const e2l_poly *e2l_poly_neg(e2l_algebra *algebra, const e2l_poly *a);
const e2l_poly *e2l_poly_mul(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *b);
/* Every coefficient divided by c. */
const e2l_poly *e2l_poly_over(e2l_algebra *algebra, const e2l_poly *a, double c);
/* From coefficients and monomials in any order, distinct. */
const e2l_poly *e2l_poly_from(e2l_algebra *algebra, const e2l_term *terms, size_t n);
/* Coefficients without the scale in front: scale 1. */
const e2l_poly *e2l_poly_primitive(e2l_algebra *algebra, const e2l_poly *a);

/* Coefficient of term i as one number. */
double e2l_poly_coefficient(const e2l_poly *a, size_t i);
bool e2l_poly_is_const(const e2l_poly *a, double *value);
bool e2l_poly_equal(const e2l_poly *a, const e2l_poly *b);
int e2l_monomial_compare(const e2l_monomial *a, const e2l_monomial *b); /* lexicographic */
bool e2l_monomial_has(const e2l_monomial *m, uint32_t atom);
/* m without one `atom`, which it has. */
e2l_monomial e2l_monomial_without(const e2l_monomial *m, uint32_t atom);
/* What all terms of a nonzero polynomial share. */
e2l_monomial e2l_poly_common(const e2l_poly *a);
/* Every term divided by `m`, which divides them all. */
const e2l_poly *e2l_poly_strip(e2l_algebra *algebra, const e2l_poly *a, const e2l_monomial *m);

enum { E2L_POLY_FACTORS = E2L_POLY_DEGREE };
/* Factors of a polynomial that is not rough, has no common monomial and scale 1, over the integers: contents in
   each atom and repeated factors. Gives their number, at least 1; what cannot be split within the limits stays
   one factor. Their product, multiplied from left to right, is `a` (checked). */
size_t e2l_poly_factor(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *factors[E2L_POLY_FACTORS]);

#endif
