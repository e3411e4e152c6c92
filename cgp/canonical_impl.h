/* canonical_impl.h: what the two halves of the canonical form share: canonical.c turns nodes into polynomials,
   canonical_write.c turns polynomials into nodes. */
#ifndef E2L_CGP_CANONICAL_IMPL_H
#define E2L_CGP_CANONICAL_IMPL_H

#include "cgp/expr.h"
#include "cgp/polynomial.h"

typedef struct e2l_canon {
    e2l_ctx *ctx;
    e2l_algebra algebra;
    e2l_builder *builder; /* of the canonical DAG; an atom's number is its node here */
    e2l_key *keys;        /* of the builder's first n_keys nodes */
    size_t n_keys, capacity;
    const e2l_primitive *add, *sub, *mul, *div, *neg, *square;
    uint32_t one;         /* the node 1 */
    e2l_status status;    /* the first failure */
} e2l_canon;

/* The node of a polynomial in its one printed form; E2L_NO_NODE when memory is out. */
uint32_t e2l_canon_write(e2l_canon *canon, const e2l_poly *p);
/* Order of two nodes by what they are, not by their numbers: constants, names, calls. */
int e2l_canon_compare(e2l_canon *canon, uint32_t a, uint32_t b);
/* A call, with the arguments of a commuting primitive in that order. */
uint32_t e2l_canon_call(e2l_canon *canon, const e2l_primitive *primitive, const uint32_t *args);
/* The sign that makes the first printed term positive: 1 or -1. */
double e2l_canon_sign(e2l_canon *canon, const e2l_poly *p);

#endif
