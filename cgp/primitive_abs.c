/* primitive_abs.c: |a|. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a)
{
    return E2L_FABS(a);
}

E2L_FLUSHED_LANES_1(abs, lane)

E2L_PRIMITIVE(abs,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_EVEN | E2L_EXACT | E2L_CHIP | E2L_IDEMPOTENT,
    .unit_rule = E2L_UNIT_SAME,
    .cost = 1.0,
    .c_text = "fabs($0)",
    .latex_text = "\\left|$0\\right|",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0},
    .summary = "|a|",
    .domain = "",
    .source = "IEEE 754-2019");
