/* primitive_sign.c: sign; zero and NaN pass on. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a)
{
    return a > E2L_ZERO ? E2L_ONE : a < E2L_ZERO ? -E2L_ONE : a;
}

E2L_FLUSHED_LANES_1(sign, lane)

E2L_PRIMITIVE(sign,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_ODD | E2L_EXACT | E2L_CHIP | E2L_BOUNDED | E2L_IDEMPOTENT,
    .unit_rule = E2L_UNIT_SIGN,
    .cost = 1.9,
    .c_text = "e2l_sign($0)",
    .c_helper = "static inline double e2l_sign(double a)\n"
        "{\n"
        "    return a > 0.0 ? 1.0 : a < 0.0 ? -1.0 : a;\n"
        "}\n",
    .latex_text = "\\operatorname{sgn}\\left($0\\right)",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0},
    .summary = "1 where a > 0, -1 where a < 0; zero (of either sign) and NaN pass on",
    .domain = "",
    .source = "IEEE 754-2019");
