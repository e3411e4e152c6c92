/* texts.c: the rules of the ten cases. */
#include "tests/bench/bench.h"

const char *const bench_rule_texts[BENCH_N_RULES] = {
    "y * (x - y * w)", "y * (x - y * w) + tanh(x * y) / (w * w + 1) * 0.1 - w * 0.01", "x * y",
    "x * tanh(y) - y * y / (y * y + 1) * w + x * x * y * 0.1 - w * 0.01"};
const char *const bench_rule_names[3] = {"x", "y", "w"};
