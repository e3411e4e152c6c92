/* primitive_log.c: natural logarithm. u35: u10 has 0.73 ulp and takes 2.9 times as long
   (AVX-512). Errors are against long double, over 0.4 million arguments in each of several ranges. */
#include "cgp/primitive_impl.h"

static inline e2l_vector lane(e2l_vector a)
{
    return E2L_SLEEF(log, u35)(a);
}

E2L_VECTOR_LANES_1(log, lane)

E2L_PRIMITIVE(log,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .unit_rule = E2L_UNIT_DIMENSIONLESS,
    .cost = 6.3,
    .c_text = "log($0)",
    .latex_text = "\\ln\\left($0\\right)",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0},
    .summary = "natural logarithm; -inf at 0, NaN for negatives",
    .domain = "a > 0",
    .source = "SLEEF 3.5.1, Sleef_cinz_logd*_u35; largest error seen 2.19 ulp");
