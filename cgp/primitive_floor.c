/* primitive_floor.c: largest integer not above a. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a)
{
    return e2l_lane_floor(a);
}

E2L_FLUSHED_LANES_1(floor, lane)

E2L_PRIMITIVE(floor,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_EXACT | E2L_IDEMPOTENT,
    .unit_rule = E2L_UNIT_SAME,
    .cost = 1.0,
    .c_text = "floor($0)",
    .latex_text = "\\left\\lfloor $0 \\right\\rfloor",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0},
    .summary = "largest integer <= a",
    .domain = "",
    .source = "IEEE 754-2019");
