/* Cache: what it knows is right, it forgets the older half, and it stays within its size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cgp/cache.h"
#include "cgp/pack.h"

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

/* ---- bytes ---- */

static e2l_cache *create(e2l_ctx *ctx, size_t n_slots, size_t capacity)
{
    e2l_cache *cache;
    assert_int_equal(e2l_cache_create(ctx, &cache, n_slots, capacity), E2L_OK);
    return cache;
}

static void save(const e2l_cache *cache, e2l_text *out)
{
    e2l_text_reset(out);
    assert_int_equal(e2l_cache_save(cache, out), E2L_OK);
}

/* At every filling the loaded cache knows what the saved one knows, and after any number of further puts as well. */
static void test_saved_and_loaded(void **state)
{
    (void)state;
    e2l_ctx *ctx;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    e2l_text bytes = {.ctx = ctx}, again = {.ctx = ctx};
    for (uint64_t n = 0; n < 60; n += 1 + n / 8) {
        e2l_cache *cache = create(ctx, 2, 20), *other = create(ctx, 2, 20);
        for (uint64_t k = 0; k < n; k++) {
            put(cache, k);
            put(cache, k / 3); /* some are put again, or come back */
        }
        put(other, 1000);
        save(cache, &bytes);
        assert_int_equal(e2l_cache_load(other, bytes.data, bytes.n), E2L_OK);
        for (uint64_t further = 100; further < 130; further++) {
            assert_false(known(other, 1000));
            for (uint64_t k = 0; k < 130; k++) {
                assert_true(known(cache, k) == known(other, k));
            }
            save(cache, &bytes);
            save(other, &again);
            assert_int_equal(bytes.n, again.n);
            assert_memory_equal(bytes.data, again.data, bytes.n);
            put(cache, further);
            put(other, further);
        }
        e2l_cache_destroy(cache);
        e2l_cache_destroy(other);
    }
    e2l_text_clear(&bytes);
    e2l_text_clear(&again);
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

static void refuse(e2l_ctx *ctx, e2l_cache *cache, const void *bytes, size_t n)
{
    put(cache, 7);
    assert_int_equal(e2l_cache_load(cache, bytes, n), E2L_INPUT);
    assert_true(e2l_ctx_message(ctx)[0] != '\0');
    assert_false(known(cache, 7)); /* empty, not half full */
    assert_false(known(cache, 1));
}

static void reframe(e2l_text *out, const char *body, size_t n, uint64_t version)
{
    e2l_text_reset(out);
    size_t start = e2l_pack_begin(out, "e2lcach", version);
    e2l_text_append_n(out, body, n);
    e2l_pack_end(out, start);
}

/* Damaged, cut off, of another shape, with an entry twice, with more entries than fit: refused, and the cache is empty. */
static void test_hostile_bytes(void **state)
{
    (void)state;
    enum { ENTRY = 16 + 28 + 16, HEAD = 24 }; /* key, fitness, two rates; slots, room, count of the first half */
    e2l_ctx *ctx;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    e2l_cache *cache = create(ctx, 2, 8), *wide = create(ctx, 3, 8), *large = create(ctx, 2, 10), *none = create(ctx, 2, 0);
    e2l_text bytes = {.ctx = ctx}, forged = {.ctx = ctx};
    for (uint64_t k = 1; k < 7; k++) {
        put(cache, k);
    }
    save(cache, &bytes);
    const size_t n = bytes.n - E2L_PACK_HEAD_BYTES - E2L_PACK_TAIL_BYTES;
    char body[1024];
    assert_int_equal(n, HEAD + 8 + 6 * ENTRY);
    memcpy(body, bytes.data + E2L_PACK_HEAD_BYTES, n);
    assert_int_equal(e2l_cache_load(wide, bytes.data, bytes.n), E2L_INPUT);
    assert_int_equal(e2l_cache_load(large, bytes.data, bytes.n), E2L_INPUT);
    assert_int_equal(e2l_cache_load(none, bytes.data, bytes.n), E2L_INPUT);
    for (size_t k = 0; k < bytes.n; k++) {
        bytes.data[k] = (char)(bytes.data[k] ^ 1);
        refuse(ctx, cache, bytes.data, bytes.n);
        bytes.data[k] = (char)(bytes.data[k] ^ 1);
        refuse(ctx, cache, bytes.data, k);
    }
    for (size_t k = 0; k < n; k++) { /* cut off under a checksum that is right */
        reframe(&forged, body, k, 1);
        refuse(ctx, cache, forged.data, forged.n);
    }
    reframe(&forged, body, n, 2);
    refuse(ctx, cache, forged.data, forged.n);
    memcpy(body + HEAD + ENTRY, body + HEAD, 16); /* the second key is the first */
    reframe(&forged, body, n, 1);
    refuse(ctx, cache, forged.data, forged.n);
    memcpy(body, bytes.data + E2L_PACK_HEAD_BYTES, n);
    memset(body + HEAD + 20, 0xff, 8); /* a score that is NaN */
    reframe(&forged, body, n, 1);
    refuse(ctx, cache, forged.data, forged.n);
    memcpy(body, bytes.data + E2L_PACK_HEAD_BYTES, n);
    for (int huge = 0; huge < 2; huge++) {
        memset(body + HEAD - 8, huge ? 0xff : 5, huge ? 8 : 1); /* more entries than a half has room for */
        reframe(&forged, body, n, 1);
        refuse(ctx, cache, forged.data, forged.n);
    }
    assert_int_equal(e2l_cache_load(cache, bytes.data, bytes.n), E2L_OK);
    assert_true(known(cache, 1) && known(cache, 6));
    e2l_text_clear(&bytes);
    e2l_text_clear(&forged);
    e2l_cache_destroy(cache);
    e2l_cache_destroy(wide);
    e2l_cache_destroy(large);
    e2l_cache_destroy(none);
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remembers), cmocka_unit_test(test_forgets_the_older_half),
        cmocka_unit_test(test_overwrites), cmocka_unit_test(test_tiny_and_huge),
        cmocka_unit_test(test_saved_and_loaded), cmocka_unit_test(test_hostile_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
