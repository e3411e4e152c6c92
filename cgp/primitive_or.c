/* primitive_or.c: 1 where one of the arguments is true (not 0), else 0. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a, e2l_real b)
{
    return ((a != E2L_ZERO) | (b != E2L_ZERO)) ? E2L_ONE : E2L_ZERO;
}

E2L_LANES_2(or, lane)

E2L_PRIMITIVE(or,
    .arity = 2,
    .notation = E2L_NOTATION_INFIX,
    .symbol = "|",
    .level = E2L_LEVEL_OR,
    .flags = E2L_COMMUTES | E2L_EXACT | E2L_CHIP | E2L_BOUNDED,
    .unit_rule = E2L_UNIT_SIGN,
    .cost = 1.2,
    .c_text = "(double)($0 != 0.0 || $1 != 0.0)",
    .latex_text = "$0 \\vee $1",
    .latex_level = E2L_LEVEL_OR,
    .latex_arg_level = E2L_LEVEL_AND,
    .latex_arg_levels = {E2L_LEVEL_OR, E2L_LEVEL_AND},
    .summary = "1 where a != 0 or b != 0, else 0; a NaN counts as true (NaN != 0)",
    .domain = "",
    .source = "IEEE 754-2019");
