/* primitive_sub.c: a - b. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a, e2l_real b)
{
    return a - b;
}

E2L_LANES_2(sub, lane)

E2L_PRIMITIVE(sub,
    .arity = 2,
    .notation = E2L_NOTATION_INFIX,
    .symbol = "-",
    .level = E2L_LEVEL_SUM,
    .flags = E2L_EXACT | E2L_CHIP,
    .unit_rule = E2L_UNIT_SAME,
    .cost = 1.0,
    .c_text = "$0 - $1",
    .latex_text = "$0 - $1",
    .latex_level = E2L_LEVEL_SUM,
    .latex_arg_level = E2L_LEVEL_PRODUCT,
    .latex_arg_levels = {E2L_LEVEL_SUM, E2L_LEVEL_PRODUCT},
    .summary = "a - b",
    .domain = "",
    .source = "IEEE 754-2019");
