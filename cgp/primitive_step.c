/* primitive_step.c: Heaviside step, 0 at 0. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a)
{
    return a > E2L_ZERO ? E2L_ONE : E2L_ZERO;
}

E2L_LANES_1(step, lane)

E2L_PRIMITIVE(step,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_EXACT | E2L_CHIP | E2L_BOUNDED | E2L_IDEMPOTENT,
    .unit_rule = E2L_UNIT_SIGN,
    .cost = 1.0,
    .c_text = "(double)($0 > 0.0)",
    .latex_text = "\\operatorname{step}\\left($0\\right)",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0},
    .summary = "1 where a > 0, else 0; step(NaN) = 0 as a comparison",
    .domain = "",
    .source = "IEEE 754-2019");
