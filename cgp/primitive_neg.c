/* primitive_neg.c: -a. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a)
{
    return -a;
}

E2L_FLUSHED_LANES_1(neg, lane)

E2L_PRIMITIVE(neg,
    .arity = 1,
    .notation = E2L_NOTATION_PREFIX,
    .symbol = "-",
    .level = E2L_LEVEL_UNARY,
    .flags = E2L_ODD | E2L_EXACT | E2L_CHIP,
    .unit_rule = E2L_UNIT_SAME,
    .cost = 1.0,
    .c_text = "-$0",
    .latex_text = "-$0",
    .latex_level = E2L_LEVEL_SUM,
    .latex_arg_level = E2L_LEVEL_PRODUCT,
    .latex_arg_levels = {E2L_LEVEL_PRODUCT},
    .summary = "-a: flips the sign, of zero too",
    .domain = "",
    .source = "IEEE 754-2019");
