/* island.h: one island with all it needs to run, from the text of a config: for tests of what happens between search and substrate. */
#ifndef E2L_TESTS_SUPPORT_ISLAND_H
#define E2L_TESTS_SUPPORT_ISLAND_H

#include "mpi/island.h"

typedef struct test_island {
    e2l_ctx *ctx; /* borrowed */
    e2l_config config;
    e2l_lab lab;
    e2l_scorer *scorer;
    e2l_island island; /* number 0 */
} test_island;

/* Must stay where it is: its parts point to each other. What fails is closed again. */
E2L_MUST_CHECK e2l_status test_island_open(e2l_ctx *ctx, test_island *out, const char *config);
void test_island_close(test_island *one);
E2L_MUST_CHECK e2l_status test_island_run(test_island *one, size_t n_generations);
/* Search, archive, history and lineage, one after the other, appended. */
E2L_MUST_CHECK e2l_status test_island_print(const test_island *one, e2l_text *out);

#endif
