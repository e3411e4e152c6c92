/* primitive_min.c: smaller of two, IEEE minimum: a NaN passes on (C's fmin drops it). */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a, e2l_real b)
{
    return e2l_lane_minimum(a, b);
}

E2L_FLUSHED_LANES_2(min, lane)

E2L_PRIMITIVE(min,
    .arity = 2,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_COMMUTES | E2L_EXACT | E2L_CHIP,
    .unit_rule = E2L_UNIT_SAME,
    .cost = 1.0,
    .c_text = "e2l_min($0, $1)",
    .c_helper = "static inline double e2l_min(double a, double b)\n"
        "{\n"
        "    if (a == b) {\n"
        "        return signbit(a) ? a : b;\n"
        "    }\n"
        "    return a < b ? a : b < a ? b : a + b;\n"
        "}\n",
    .latex_text = "\\min\\left($0, $1\\right)",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0, 0},
    .summary = "smaller of a and b; NaN when one is NaN; -0 < +0",
    .domain = "",
    .source = "IEEE 754-2019, 9.6 minimum");
