/* unit_scorer: what is answered depends on the question, not on what is remembered: with a cache and without one an island takes the same
   course, with racing, tuned rates, restarts and tuned constants all at once. */
#include "tests/support/support.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/island.h"

static void check(e2l_ctx *ctx, e2l_status status)
{
    if (status != E2L_OK) {
        fail_msg("%s: %s", e2l_status_text(status), e2l_ctx_message(ctx));
    }
}

/* ---- cache exact and none -------------------------------------------------------------------------*/
static void run(e2l_ctx *ctx, e2l_text *out, const char *task, const char *search, unsigned long long seed, const char *cache)
{
    char config[700];
    test_island one;
    (void)snprintf(config, sizeof config,
                   "{\"task\": {%s}, \"search\": {\"seed\": %llu, \"islands\": 1, \"columns\": 8, \"mutation\": 0.2, "
                   "\"evaluations\": 100000, \"cache\": \"%s\"%s}}",
                   task, seed, cache, search);
    check(ctx, test_island_open(ctx, &one, config));
    check(ctx, test_island_run(&one, 120));
    check(ctx, test_island_print(&one, out));
    test_island_close(&one);
}

static void same_with_and_without(const char *task, const char *search)
{
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text with = {.ctx = ctx}, without = {.ctx = ctx};
    for (unsigned long long seed = 1; seed <= 6; seed++) {
        e2l_text_reset(&with);
        e2l_text_reset(&without);
        run(ctx, &with, task, search, seed, "exact");
        run(ctx, &without, task, search, seed, "none");
        if (with.n != without.n || memcmp(with.data, without.data, with.n) != 0) {
            fail_msg("seed %llu, %s%s: exact and none differ", seed, task, search);
        }
    }
    e2l_text_clear(&with);
    e2l_text_clear(&without);
    e2l_test_ctx_end(ctx);
}

static const char pca[] = "\"name\": \"pca\", \"samples\": 60, \"cases\": 7, \"eta\": 0.1";
static const char pca_tuned[] = "\"name\": \"pca\", \"samples\": 60, \"cases\": 7, \"eta\": \"tune\"";

static void plain(void **state)
{
    (void)state;
    same_with_and_without(pca, ", \"constants\": [1, 2]");
    same_with_and_without(pca_tuned, ", \"constants\": [1, 2], \"resample_every\": 30");
}

static void racing(void **state)
{
    (void)state;
    same_with_and_without(pca, ", \"racing\": 0.01, \"restart\": 30, \"parents\": 2");
    same_with_and_without(pca_tuned, ", \"racing\": 0.01, \"restart\": 30");
    same_with_and_without(pca_tuned, ", \"racing\": 0.0001, \"restart\": 30, \"parents\": 2");
}

static void everything(void **state)
{
    (void)state;
    same_with_and_without(pca, ", \"racing\": 0.01, \"restart\": 40, \"tune\": 10, \"constants\": [1, 0.3]");
    same_with_and_without(pca_tuned, ", \"racing\": 0.001, \"restart\": 40, \"tune\": 10, \"constants\": [1, 0.3]");
}

/* What a restart leaves behind is in the archive: its best is the best there ever was. */
static void restarts_lose_nothing(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    static const char config[] = "{\"task\": {\"name\": \"pca\", \"samples\": 60, \"cases\": 4, \"eta\": 0.1}, \"search\": {\"islands\": 1, "
                                 "\"columns\": 8, \"mutation\": 0.2, \"racing\": 0.02, \"restart\": 40, \"parents\": 2}}";
    test_island one;
    check(ctx, test_island_open(ctx, &one, config));
    double top = -1e300;
    size_t n_falls = 0;
    for (size_t g = 0; g < 300; g++) {
        e2l_individual_view best;
        check(ctx, test_island_run(&one, 1));
        e2l_search_parent(one.island.search, 0, &best);
        double score = best.fitness.ok ? best.fitness.score : -1e300;
        n_falls += score < top ? 1 : 0;
        top = score > top ? score : top;
    }
    double kept = -1e300;
    for (size_t k = 0; k < e2l_archive_n(one.island.archive); k++) {
        e2l_archive_entry entry;
        e2l_archive_get(one.island.archive, k, &entry);
        kept = entry.fitness.score > kept ? entry.fitness.score : kept;
    }
    assert_true(e2l_search_n_restarts(one.island.search) > 2 && n_falls > 10);
    assert_true(kept == top);
    test_island_close(&one);
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(plain), cmocka_unit_test(racing), cmocka_unit_test(everything),
                                       cmocka_unit_test(restarts_lose_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
