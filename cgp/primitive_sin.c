/* primitive_sin.c: sine. u35: u10 has 0.78 ulp and takes 2.3 times as long
   (AVX-512). Errors are against long double, over 0.4 million arguments in each of several ranges. */
#include "cgp/primitive_impl.h"

static inline e2l_vector lane(e2l_vector a)
{
    return E2L_SLEEF(sin, u35)(a);
}

E2L_VECTOR_LANES_1(sin, lane)

E2L_PRIMITIVE(sin,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_ODD | E2L_BOUNDED,
    .unit_rule = E2L_UNIT_DIMENSIONLESS,
    .cost = 8.6,
    .c_text = "sin($0)",
    .latex_text = "\\sin\\left($0\\right)",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0},
    .summary = "sine of a in radians; NaN for +-inf",
    .domain = "a finite",
    .source = "SLEEF 3.5.1, Sleef_cinz_sind*_u35; largest error seen 2.08 ulp");
