/* primitive_div.c: a / b. Dividing by zero is bad data, not a special case; pdiv is the protected one. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a, e2l_real b)
{
    return a / b;
}

E2L_LANES_2(div, lane)

E2L_PRIMITIVE(div,
    .arity = 2,
    .notation = E2L_NOTATION_INFIX,
    .symbol = "/",
    .level = E2L_LEVEL_PRODUCT,
    .flags = E2L_EXACT,
    .unit_rule = E2L_UNIT_QUOTIENT,
    .cost = 2.5,
    .c_text = "$0 / $1",
    .latex_text = "\\frac{$0}{$1}",
    .latex_level = E2L_LEVEL_UNARY,
    .latex_arg_level = 0,
    .latex_arg_levels = {0, 0},
    .summary = "a / b, IEEE division: inf or NaN where b == 0",
    .domain = "b != 0",
    .source = "IEEE 754-2019");
