/* dimension.h: units of measurement: what "mV", "1/ms" or "pA/mV^2" is, and how units go through a formula.

   A value has a unit, or is a plain number that takes the unit its place asks for, or nothing is known about it: 0, 1, 2 and 0.5 are plain
   numbers, any other that is written in a formula may stand for something with a unit. A unit is a product of
   powers of the SI's base units and of ten, so mV and V differ as mV and ms do, and nS * mV is pA. */
#ifndef E2L_SUBSTRATE_DIMENSION_H
#define E2L_SUBSTRATE_DIMENSION_H

#include "cgp/expr.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum e2l_dimension_kind {
    E2L_DIMENSION_UNKNOWN, /* agrees with everything; whatever it is multiplied with is unknown too */
    E2L_DIMENSION_NUMBER,  /* takes the unit of its place in a sum or comparison, none in a product */
    E2L_DIMENSION_UNIT
} e2l_dimension_kind;

enum { E2L_N_BASE_UNITS = 6, E2L_DIMENSION_BYTES = 64 };
typedef struct e2l_dimension {
    e2l_dimension_kind kind;
    int power[E2L_N_BASE_UNITS]; /* twice the powers of m, kg, s, A, K, mol: a square root has halves */
    int scale;                   /* twice the power of ten */
} e2l_dimension;

/* "1", a unit with or without prefix, powers "mV^2", products "mV*ms" or "mV ms", quotients "pA/mV/ms". NULL and "" are unknown.
   E2L_INPUT with the nearest known unit. */
E2L_MUST_CHECK e2l_status e2l_dimension_parse(e2l_ctx *ctx, e2l_dimension *out, const char *text);
/* In mV, ms and pA where they suffice: "mV/ms", "nS"; "" when it is no unit. Returns buffer. */
const char *e2l_dimension_print(char buffer[E2L_DIMENSION_BYTES], const e2l_dimension *dimension);
/* False when both are units and differ. */
bool e2l_dimension_agree(const e2l_dimension *a, const e2l_dimension *b);
e2l_dimension e2l_dimension_product(const e2l_dimension *a, const e2l_dimension *b, int sign); /* sign -1: a / b */
e2l_dimension e2l_dimension_power(const e2l_dimension *a, double exponent);

/* Where a formula goes wrong: `node` of it, whose argument has a unit it must not have, or two arguments that differ. */
typedef struct e2l_dimension_clash {
    uint32_t node;
    e2l_dimension a, b;
    bool alone; /* b says nothing: the function takes plain numbers only */
} e2l_dimension_clash;
/* out[k]: unit of node k, names[i]: of name i. Returns how many clashes there are; fills the first one. */
size_t e2l_dimension_of(const e2l_expr *expr, const e2l_dimension *names, e2l_dimension *out, e2l_dimension_clash *clash);
/* The unit that name `which` (its own is unknown) must have for the formula to have `wanted`; unknown when it cannot be told.
   `nodes` as e2l_dimension_of gave it. */
e2l_dimension e2l_dimension_solve(const e2l_expr *expr, const e2l_dimension *nodes, uint32_t which, e2l_dimension wanted);

#ifdef __cplusplus
}
#endif
#endif
