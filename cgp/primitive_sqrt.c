/* primitive_sqrt.c: square root. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a)
{
    return E2L_SQRT(a);
}

E2L_LANES_1(sqrt, lane)

E2L_PRIMITIVE(sqrt,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_EXACT,
    .unit_rule = E2L_UNIT_SQRT,
    .cost = 4.4,
    .c_text = "sqrt($0)",
    .latex_text = "\\sqrt{$0}",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0},
    .summary = "square root; NaN for negatives",
    .domain = "a >= 0",
    .source = "IEEE 754-2019");
