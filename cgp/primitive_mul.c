/* primitive_mul.c: a * b. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a, e2l_real b)
{
    return a * b;
}

E2L_LANES_2(mul, lane)

E2L_PRIMITIVE(mul,
    .arity = 2,
    .notation = E2L_NOTATION_INFIX,
    .symbol = "*",
    .level = E2L_LEVEL_PRODUCT,
    .flags = E2L_COMMUTES | E2L_EXACT | E2L_CHIP,
    .unit_rule = E2L_UNIT_PRODUCT,
    .cost = 1.0,
    .c_text = "$0 * $1",
    .latex_text = "$0\\,$1",
    .latex_level = E2L_LEVEL_PRODUCT,
    .latex_arg_level = E2L_LEVEL_UNARY,
    .latex_arg_levels = {E2L_LEVEL_PRODUCT, E2L_LEVEL_UNARY},
    .summary = "a * b",
    .domain = "",
    .source = "IEEE 754-2019");
