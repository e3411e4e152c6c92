/* network.h: random networks of two layers with rules in two slots, for tests that hold a substrate against the reference. */
#ifndef E2L_TESTS_SUPPORT_NETWORK_H
#define E2L_TESTS_SUPPORT_NETWORK_H

#include "substrate/substrate.h"
#include "tests/support/support.h"

enum { NETWORK_PROBES = 9, NETWORK_RULES = 3, NETWORK_CANDIDATES = 6, NETWORK_CASES = 20, NETWORK_SLOTS = 2 };

typedef struct network {
    e2l_array arrays[3];
    e2l_population populations[3];
    e2l_binding terminals[NETWORK_SLOTS][3];
    e2l_slot slots[NETWORK_SLOTS];
    e2l_projection projections[3];
    e2l_span spans[2];
    e2l_probe probes[NETWORK_PROBES];
    e2l_experiment experiment;
    double data_scale;
    bool wild; /* the data hold a NaN, an infinity or a huge number here and there */
    uint64_t seed;
    e2l_case cases[NETWORK_CASES];
    size_t n_cases;
    e2l_expr *rules[NETWORK_RULES][NETWORK_SLOTS];
    size_t n_rules;
    double etas[NETWORK_CANDIDATES][NETWORK_SLOTS];
    e2l_candidate candidates[NETWORK_CANDIDATES];
    size_t n_candidates;
} network;

/* `net` and `model` (path of support/leaky.json) must stay where they are until network_clear. */
void network_init(network *net, e2l_ctx *ctx, e2l_stream *stream, const char *model);
void network_clear(network *net, e2l_ctx *ctx);

#endif
