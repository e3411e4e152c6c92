/* primitive_mod.c: a - b * floor(a / b), rounded in this order. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a, e2l_real b)
{
    return a - b * e2l_lane_floor(a / b);
}

E2L_LANES_2(mod, lane)

E2L_PRIMITIVE(mod,
    .arity = 2,
    .notation = E2L_NOTATION_INFIX,
    .symbol = "%",
    .level = E2L_LEVEL_PRODUCT,
    .flags = E2L_EXACT,
    .unit_rule = E2L_UNIT_SAME,
    .cost = 2.5,
    .c_text = "e2l_mod($0, $1)",
    .c_helper = "static inline double e2l_mod(double a, double b)\n"
        "{\n"
        "    return a - b * floor(a / b);\n"
        "}\n",
    .latex_text = "$0 \\bmod $1",
    .latex_level = E2L_LEVEL_COMPARE, /* a mod b c is read as a mod (b c): brackets in sums and products */
    .latex_arg_level = E2L_LEVEL_UNARY,
    .latex_arg_levels = {E2L_LEVEL_PRODUCT, E2L_LEVEL_UNARY},
    .summary = "a - b * floor(a / b): remainder with the sign of b; NaN where b == 0",
    .domain = "b != 0 and a, b finite",
    .source = "D. E. Knuth, The Art of Computer Programming 1, section 1.2.4; rounded operations of IEEE 754-2019");
