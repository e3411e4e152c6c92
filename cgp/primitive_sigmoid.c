/* primitive_sigmoid.c: 1 / (1 + exp(-a)), in this order and with the same exp as the primitive exp. */
#include "cgp/primitive_impl.h"

static inline e2l_vector lane(e2l_vector a)
{
    const e2l_vector one = E2L_SPREAD(E2L_ONE);
    return one / (one + E2L_SLEEF(exp, u10)(-a));
}

E2L_VECTOR_LANES_1(sigmoid, lane)

E2L_PRIMITIVE(sigmoid,
    .arity = 1,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_BOUNDED,
    .unit_rule = E2L_UNIT_DIMENSIONLESS,
    .cost = 13.0,
    .c_text = "e2l_sigmoid($0)",
    .c_helper = "static inline double e2l_sigmoid(double a)\n"
        "{\n"
        "    return 1.0 / (1.0 + exp(-a));\n"
        "}\n",
    .latex_text = "\\operatorname{sigmoid}\\left($0\\right)",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0},
    .summary = "1 / (1 + exp(-a))",
    .domain = "",
    .source = "definition; SLEEF 3.5.1, Sleef_cinz_expd*_u10; largest error seen 2.34 ulp");
