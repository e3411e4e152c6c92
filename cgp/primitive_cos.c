/* primitive_cos.c: cosine. u35: u10 has 0.71 ulp and takes 2.6 times as long
   (AVX-512). Errors are against long double, over 0.4 million arguments in each of several ranges. */
#include "cgp/primitive_impl.h"

static inline e2l_vector lane(e2l_vector a)
{
    return E2L_SLEEF(cos, u35)(a);
}

E2L_VECTOR_LANES_1(cos, lane)

E2L_PRIMITIVE(cos,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_EVEN | E2L_BOUNDED,
    .unit_rule = E2L_UNIT_DIMENSIONLESS,
    .cost = 8.7,
    .c_text = "cos($0)",
    .latex_text = "\\cos\\left($0\\right)",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0},
    .summary = "cosine of a in radians; NaN for +-inf",
    .domain = "a finite",
    .source = "SLEEF 3.5.1, Sleef_cinz_cosd*_u35; largest error seen 2.38 ulp");
