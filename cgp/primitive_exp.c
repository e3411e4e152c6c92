/* primitive_exp.c: exponential. */
#include "cgp/primitive_impl.h"

static inline e2l_vector lane(e2l_vector a)
{
    return E2L_SLEEF(exp, u10)(a);
}

E2L_VECTOR_LANES_1(exp, lane)

E2L_PRIMITIVE(exp,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .unit_rule = E2L_UNIT_DIMENSIONLESS,
    .cost = 11.0,
    .c_text = "exp($0)",
    .latex_text = "e^{$0}",
    .latex_level = E2L_LEVEL_POWER,
    .latex_arg_level = 0,
    .latex_arg_levels = {0},
    .summary = "e to the power a; inf from 709.7827112 on (true overflow: 709.7827129)",
    .domain = "a < 709.7827",
    .source = "SLEEF 3.5.1, Sleef_cinz_expd*_u10; largest error seen 0.94 ulp");
