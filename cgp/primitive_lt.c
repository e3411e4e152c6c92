/* primitive_lt.c: 1 where a < b, else 0 (Iverson bracket). */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a, e2l_real b)
{
    return a < b ? E2L_ONE : E2L_ZERO;
}

E2L_LANES_2(lt, lane)

E2L_PRIMITIVE(lt,
    .arity = 2,
    .notation = E2L_NOTATION_INFIX,
    .symbol = "<",
    .level = E2L_LEVEL_COMPARE,
    .flags = E2L_EXACT | E2L_CHIP | E2L_BOUNDED,
    .unit_rule = E2L_UNIT_COMPARE,
    .cost = 1.0,
    .c_text = "(double)($0 < $1)",
    .latex_text = "\\left[$0 < $1\\right]",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = E2L_LEVEL_SUM,
    .latex_arg_levels = {E2L_LEVEL_SUM, E2L_LEVEL_SUM},
    .summary = "1 where a < b, else 0; 0 with a NaN",
    .domain = "",
    .source = "IEEE 754-2019");
