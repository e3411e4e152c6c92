/* primitive_relu.c: rectifier: a where a > 0, else 0; NaN passes on. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a)
{
    return a <= E2L_ZERO ? E2L_ZERO : a;
}

E2L_FLUSHED_LANES_1(relu, lane)

E2L_PRIMITIVE(relu,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_EXACT | E2L_CHIP | E2L_IDEMPOTENT,
    .unit_rule = E2L_UNIT_SAME,
    .cost = 1.0,
    .c_text = "e2l_relu($0)",
    .c_helper = "static inline double e2l_relu(double a)\n"
        "{\n"
        "    return a <= 0.0 ? 0.0 : a;\n"
        "}\n",
    .latex_text = "\\operatorname{relu}\\left($0\\right)",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0},
    .summary = "a where a > 0, else 0; NaN passes on",
    .domain = "",
    .source = "Nair and Hinton 2010, Rectified linear units improve restricted Boltzmann machines");
