/* regression_targets.c: functions with known formulas that symbolic regression is measured on.

   Ranges are those of the sources; where a source gives no wider one for testing, the shifted set takes the range twice
   as wide on the side or sides where the function is defined. Counts of points are ours (option `points`): sources use
   20, 50 or 100. */
#include "tasks/regression_impl.h"

#include <stddef.h>

#define KOZA92 "Koza, Genetic Programming (1992)"
#define KOZA94 "Koza, Genetic Programming II (1994)"
#define NGUYEN "Uy et al., Genet. Program. Evolvable Mach. 12:91 (2011)"
#define DSR "Petersen et al., ICLR 2021, arXiv:1912.04871"
#define KRAWIEC "Krawiec and Pawlak, Genet. Program. Evolvable Mach. 14:31 (2013)"
#define KEIJZER "Keijzer, EuroGP 2003, LNCS 2610:70"
#define PAGIE "Pagie and Hogeweg, Evol. Comput. 5:401 (1997)"
#define VLADISLAVLEVA "Vladislavleva, Smits and den Hertog, IEEE Trans. Evol. Comput. 13:333 (2009)"
#define OWN "a quotient without poles, for this program's own calibration"

static const char *const in_x[] = {"x", NULL};
static const char *const in_xy[] = {"x", "y", NULL};
static const char *const in_five[] = {"x1", "x2", "x3", "x4", "x5", NULL};

/* X(name, formula, inputs, low, high, wide low, wide high, source) */
#define TARGETS(X)                                                                                                     \
    X("koza6", "x^6 - 2 * x^4 + x^2", in_x, -1, 1, -2, 2, KOZA94)                                                      \
    X("quartic", "x^4 + x^3 + x^2 + x", in_x, -1, 1, -2, 2, KOZA92)                                                    \
    X("quintic", "x^5 - 2 * x^3 + x", in_x, -1, 1, -2, 2, KOZA94)                                                      \
    X("nguyen1", "x^3 + x^2 + x", in_x, -1, 1, -2, 2, NGUYEN)                                                          \
    X("nguyen2", "x^4 + x^3 + x^2 + x", in_x, -1, 1, -2, 2, NGUYEN)                                                    \
    X("nguyen3", "x^5 + x^4 + x^3 + x^2 + x", in_x, -1, 1, -2, 2, NGUYEN)                                              \
    X("nguyen4", "x^6 + x^5 + x^4 + x^3 + x^2 + x", in_x, -1, 1, -2, 2, NGUYEN)                                        \
    X("nguyen5", "sin(x^2) * cos(x) - 1", in_x, -1, 1, -2, 2, NGUYEN)                                                  \
    X("nguyen6", "sin(x) + sin(x + x^2)", in_x, -1, 1, -2, 2, NGUYEN)                                                  \
    X("nguyen7", "log(x + 1) + log(x^2 + 1)", in_x, 0, 2, 0, 4, NGUYEN)                                                \
    X("nguyen8", "sqrt(x)", in_x, 0, 4, 0, 8, NGUYEN)                                                                  \
    X("nguyen9", "sin(x) + sin(y^2)", in_xy, -1, 1, -2, 2, NGUYEN)                                                     \
    X("nguyen10", "2 * sin(x) * cos(y)", in_xy, -1, 1, -2, 2, NGUYEN)                                                  \
    X("nguyen11", "x^y", in_xy, 0, 1, 0, 2, DSR)                                                                       \
    X("nguyen12", "x^4 - x^3 + y^2 / 2 - y", in_xy, 0, 1, 0, 2, DSR)                                                   \
    X("nguyen1c", "3.39 * x^3 + 2.12 * x^2 + 1.78 * x", in_x, -1, 1, -2, 2, DSR)                                       \
    X("nguyen5c", "sin(x^2) * cos(x) - 0.75", in_x, -1, 1, -2, 2, DSR)                                                 \
    X("nguyen7c", "log(x + 1.4) + log(x^2 + 1.3)", in_x, 0, 2, 0, 4, DSR)                                              \
    X("nguyen8c", "sqrt(1.23 * x)", in_x, 0, 4, 0, 8, DSR)                                                             \
    X("nguyen10c", "sin(1.5 * x) * cos(0.5 * y)", in_xy, -1, 1, -2, 2, DSR)                                            \
    X("rational", "x / (1 + x^2 + x^4)", in_x, -1, 1, -2, 2, OWN)                                                      \
    X("r1", "(x + 1)^3 / (x^2 - x + 1)", in_x, -1, 1, -2, 2, KRAWIEC)                                                  \
    X("r2", "(x^5 - 3 * x^3 + 1) / (x^2 + 1)", in_x, -1, 1, -2, 2, KRAWIEC)                                            \
    X("r3", "(x^6 + x^5) / (x^4 + x^3 + x^2 + x + 1)", in_x, -1, 1, -2, 2, KRAWIEC)                                    \
    X("keijzer1", "0.3 * x * sin(6.283185307179586 * x)", in_x, -1, 1, -2, 2, KEIJZER)                                 \
    X("keijzer4", "x^3 * exp(-x) * cos(x) * sin(x) * (sin(x)^2 * cos(x) - 1)", in_x, 0, 10, 0, 20, KEIJZER)            \
    X("keijzer7", "log(x)", in_x, 1, 100, 1, 200, KEIJZER)                                                             \
    X("keijzer11", "x * y + sin((x - 1) * (y - 1))", in_xy, -3, 3, -6, 6, KEIJZER)                                     \
    X("keijzer12", "x^4 - x^3 + y^2 / 2 - y", in_xy, -3, 3, -6, 6, KEIJZER)                                            \
    X("keijzer13", "6 * sin(x) * cos(y)", in_xy, -3, 3, -6, 6, KEIJZER)                                                \
    X("keijzer14", "8 / (2 + x^2 + y^2)", in_xy, -3, 3, -6, 6, KEIJZER)                                                \
    X("keijzer15", "x^3 / 5 + y^3 / 2 - y - x", in_xy, -3, 3, -6, 6, KEIJZER)                                          \
    X("pagie1", "1 / (1 + 1 / x^4) + 1 / (1 + 1 / y^4)", in_xy, -5, 5, -10, 10, PAGIE)                                 \
    X("kotanchek", "exp(-(x - 1)^2) / (1.2 + (y - 2.5)^2)", in_xy, 0.3, 4, -0.2, 4.2, VLADISLAVLEVA)                   \
    X("salustowicz", "exp(-x) * x^3 * cos(x) * sin(x) * (cos(x) * sin(x)^2 - 1)", in_x, 0.05, 10, -0.5, 10.5,          \
      VLADISLAVLEVA)                                                                                                   \
    X("uball5d", "10 / (5 + (x1 - 3)^2 + (x2 - 3)^2 + (x3 - 3)^2 + (x4 - 3)^2 + (x5 - 3)^2)", in_five, 0.05, 6.05,     \
      -0.25, 6.35, VLADISLAVLEVA)                                                                                      \
    X("ripple", "(x - 3) * (y - 3) + 2 * sin((x - 4) * (y - 4))", in_xy, 0.05, 6.05, -0.25, 6.35, VLADISLAVLEVA)       \
    X("ratpol2d", "((x - 3)^4 + (y - 3)^3 - (y - 3)) / ((y - 2)^4 + 10)", in_xy, 0.05, 6.05, -0.25, 6.35,              \
      VLADISLAVLEVA)

#define AS_TARGET(name, formula, inputs, low, high, wide_low, wide_high, source)                                       \
    {name, formula, inputs, {low, high, wide_low, wide_high}, source},
const regression_target regression_targets[] = {TARGETS(AS_TARGET){NULL, NULL, NULL, {0, 0, 0, 0}, NULL}};
#define AS_WORD(name, formula, inputs, low, high, wide_low, wide_high, source) name,
const char *const regression_target_words[] = {TARGETS(AS_WORD) NULL};

#define AS_PRESET(name, formula, inputs, low, high, wide_low, wide_high, source)                                       \
    {name, formula "   in [" #low ", " #high "]", source},
const e2l_preset regression_presets[] = {TARGETS(AS_PRESET){NULL, NULL, NULL}};

size_t regression_n_inputs(const regression_target *target)
{
    size_t n = 0;
    while (target->inputs[n]) {
        n++;
    }
    return n;
}
