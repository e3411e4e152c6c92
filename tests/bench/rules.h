/* rules.h: rules of searches (rules.txt) in one small network, as C that is written, compiled and loaded; networks/rules.json. */
#ifndef E2L_TESTS_BENCH_RULES_H
#define E2L_TESTS_BENCH_RULES_H

#include "tests/bench/bench.h"

enum { RULES_IN = 10, RULES_OUT = 4, RULES_LANES = 64, RULES_MOST = 64 };

typedef struct rules_net {
    size_t n_steps;
    double eta;
    const double *x, *target, *g; /* [step][RULES_IN][lane], [step][RULES_OUT][lane], [step][lane] */
    const double *w0;             /* [RULES_OUT][RULES_IN][lane] */
    double *w, *r_sum;            /* as w0, [RULES_OUT][lane] */
} rules_net;

/* The network with one rule, lanes innermost or a vector of lanes at a time. */
typedef void rules_fn(const rules_net *net);
enum { RULES_ORDERS = 2 };

/* Appends the functions rule_K_0 and rule_K_1 for the rule: each node of the formula is computed where its arguments allow, once before the
   first step, per step, per source, per target or per synapse. */
E2L_MUST_CHECK e2l_status rules_print(e2l_ctx *ctx, e2l_text *out, size_t k, const e2l_expr *rule);
/* What stands before them. */
void rules_print_head(e2l_text *out);
/* The formula calls functions that glibc and SLEEF write differently. */
bool rules_is_transcendental(const e2l_expr *rule);

#endif
