/* primitive_square.c: a * a. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a)
{
    return a * a;
}

E2L_LANES_1(square, lane)

E2L_PRIMITIVE(square,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_EVEN | E2L_EXACT | E2L_CHIP,
    .unit_rule = E2L_UNIT_SQUARE,
    .cost = 1.0,
    .c_text = "e2l_square($0)",
    .c_helper = "static inline double e2l_square(double a)\n"
        "{\n"
        "    return a * a;\n"
        "}\n",
    .latex_text = "{$0}^{2}",
    .latex_level = E2L_LEVEL_POWER,
    .latex_arg_level = E2L_LEVEL_ATOM,
    .latex_arg_levels = {E2L_LEVEL_ATOM},
    .summary = "a * a",
    .domain = "",
    .source = "IEEE 754-2019");
