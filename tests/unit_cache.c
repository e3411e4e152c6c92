/* Cache: what it knows is right, it forgets the older half, and it stays within its size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cgp/cache.h"

static e2l_key key_of(uint64_t k)
{
    return (e2l_key){.low = k % 5 == 0 ? 40 : k, .high = k * 7 + 1}; /* many collide in the low word */
}

static void put(e2l_cache *cache, uint64_t k)
{
    const double etas[2] = {(double)k, 0.5};
    e2l_cache_put(cache, key_of(k), (e2l_fitness){.ok = true, .score = (double)k * 2}, etas);
}

static bool known(e2l_cache *cache, uint64_t k)
{
    e2l_fitness fitness;
    double etas[2];
    if (!e2l_cache_get(cache, key_of(k), &fitness, etas)) {
        return false;
    }
    assert_true(fitness.ok && fitness.score == (double)k * 2);
    assert_true(etas[0] == (double)k && etas[1] == 0.5);
    return true;
}

static void test_remembers(void **state)
{
    (void)state;
    e2l_ctx *ctx;
    e2l_cache *cache;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    assert_int_equal(e2l_cache_create(ctx, &cache, 2, 100), E2L_OK);
    for (uint64_t k = 0; k < 50; k++) {
        assert_false(known(cache, k));
        put(cache, k);
    }
    for (uint64_t k = 0; k < 50; k++) {
        assert_true(known(cache, k));
    }
    assert_int_equal(e2l_cache_hits(cache), 50);
    assert_int_equal(e2l_cache_misses(cache), 50);
    e2l_cache_reset(cache);
    assert_false(known(cache, 3));
    e2l_cache_destroy(cache);
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

static void test_forgets_the_older_half(void **state)
{
    (void)state;
    e2l_ctx *ctx;
    e2l_cache *cache;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    assert_int_equal(e2l_cache_create(ctx, &cache, 2, 64), E2L_OK);
    for (uint64_t k = 0; k < 1000; k++) {
        put(cache, k);
        assert_true(known(cache, k));
        if (k >= 32) {
            assert_true(known(cache, k - 31)); /* never less than the newer half */
        }
    }
    size_t n = 0;
    for (uint64_t k = 0; k < 1000; k++) {
        n += known(cache, k) ? 1 : 0;
    }
    assert_in_range(n, 32, 64);
    e2l_cache_destroy(cache);
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

static void test_overwrites(void **state)
{
    (void)state;
    e2l_ctx *ctx;
    e2l_cache *cache;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    assert_int_equal(e2l_cache_create(ctx, &cache, 1, 4), E2L_OK);
    const double eta = 1;
    for (int k = 0; k < 20; k++) {
        e2l_cache_put(cache, key_of(1), (e2l_fitness){.ok = true, .score = k}, &eta);
        put(cache, 2); /* takes only the first of its two rates */
    }
    e2l_fitness fitness;
    double got;
    assert_true(e2l_cache_get(cache, key_of(1), &fitness, &got));
    assert_true(fitness.score == 19.0);
    e2l_cache_destroy(cache);
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

static void test_tiny_and_huge(void **state)
{
    (void)state;
    e2l_ctx *ctx;
    e2l_cache *cache;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    assert_int_equal(e2l_cache_create(ctx, &cache, 2, 0), E2L_OK);
    put(cache, 1);
    assert_false(known(cache, 1));
    e2l_cache_destroy(cache);
    assert_int_equal(e2l_cache_create(ctx, &cache, 2, SIZE_MAX), E2L_INPUT);
    assert_null(cache);
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remembers), cmocka_unit_test(test_forgets_the_older_half),
        cmocka_unit_test(test_overwrites), cmocka_unit_test(test_tiny_and_huge)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
