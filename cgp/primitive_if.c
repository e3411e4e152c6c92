/* primitive_if.c: selection: a where c > 0, else b. Both sides are evaluated. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real c, e2l_real a, e2l_real b)
{
    return c > E2L_ZERO ? a : b;
}

E2L_FLUSHED_LANES_3(if, lane)

E2L_PRIMITIVE(if,
    .arity = 3,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_EXACT | E2L_CHIP,
    .unit_rule = E2L_UNIT_SELECT,
    .cost = 1.2,
    .c_text = "($0 > 0.0 ? $1 : $2)",
    .latex_text = "\\begin{cases} $1 & \\text{if } $0 > 0 \\\\ $2 & \\text{otherwise} \\end{cases}",
    .latex_level = 0,
    .latex_arg_level = E2L_LEVEL_SUM,
    .latex_arg_levels = {E2L_LEVEL_SUM, 0, 0},
    .summary = "a where c > 0, else b (also for a NaN c); arguments c, a, b",
    .domain = "",
    .source = "Koza 1992, Genetic Programming (conditional operators); > 0 as threshold");
