/* primitive_pow.c: power. */
#include "cgp/primitive_impl.h"

static inline e2l_vector lane(e2l_vector a, e2l_vector b)
{
    return E2L_SLEEF(pow, u10)(a, b);
}

E2L_VECTOR_LANES_2(pow, lane)

E2L_PRIMITIVE(pow,
    .arity = 2,
    .notation = E2L_NOTATION_INFIX,
    .symbol = "^",
    .level = E2L_LEVEL_POWER,
    .unit_rule = E2L_UNIT_POWER,
    .cost = 66.0,
    .c_text = "pow($0, $1)",
    .latex_text = "{$0}^{$1}",
    .latex_level = E2L_LEVEL_POWER,
    .latex_arg_level = E2L_LEVEL_ATOM,
    .latex_arg_levels = {E2L_LEVEL_ATOM, 0},
    .summary = "a to the power b as in C: NaN for a < 0 and b no integer; a^0 = 1^b = 1 even for NaN; inf from 0.999998 of the largest double on",
    .domain = "a > 0, or a != 0 and b an integer",
    .source = "SLEEF 3.5.1, Sleef_cinz_powd*_u10; largest error seen 0.64 ulp");
