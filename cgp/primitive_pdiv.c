/* primitive_pdiv.c: protected division of genetic programming: 1 where b == 0, else a / b. */
#include "cgp/primitive_impl.h"

static inline e2l_real lane(e2l_real a, e2l_real b)
{
    return b == E2L_ZERO ? E2L_ONE : a / b;
}

E2L_LANES_2(pdiv, lane)

E2L_PRIMITIVE(pdiv,
    .arity = 2,
    .notation = E2L_NOTATION_CALL,
    .level = E2L_LEVEL_ATOM,
    .flags = E2L_EXACT,
    .unit_rule = E2L_UNIT_QUOTIENT,
    .cost = 2.5,
    .c_text = "e2l_pdiv($0, $1)",
    .c_helper = "static inline double e2l_pdiv(double a, double b)\n"
        "{\n"
        "    return b == 0.0 ? 1.0 : a / b;\n"
        "}\n",
    .latex_text = "\\operatorname{pdiv}\\left($0, $1\\right)",
    .latex_level = E2L_LEVEL_ATOM,
    .latex_arg_level = 0,
    .latex_arg_levels = {0, 0},
    .summary = "protected division: 1 where b == 0, else a / b",
    .domain = "",
    .source = "Koza 1992, Genetic Programming (the protected division %)");
