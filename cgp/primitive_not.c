/* primitive_not.c: 1 where a is false (0), else 0. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a)
{
    return a == E2L_ZERO ? E2L_ONE : E2L_ZERO;
}

E2L_LANES_1(not, lane)

E2L_PRIMITIVE(not,
    .arity = 1,
    .notation = E2L_NOTATION_PREFIX,
    .symbol = "!",
    .level = E2L_LEVEL_UNARY,
    .flags = E2L_EVEN | E2L_EXACT | E2L_CHIP | E2L_BOUNDED,
    .unit_rule = E2L_UNIT_SIGN,
    .cost = 1.0,
    .c_text = "(double)($0 == 0.0)",
    .latex_text = "\\neg $0",
    .latex_level = E2L_LEVEL_UNARY,
    .latex_arg_level = E2L_LEVEL_UNARY,
    .latex_arg_levels = {E2L_LEVEL_UNARY},
    .summary = "1 where a == 0, else 0; a NaN counts as true, so not(NaN) = 0",
    .domain = "",
    .source = "IEEE 754-2019");
