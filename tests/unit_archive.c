/* Archive: the Pareto front by hand, ties, what stays out, damaged bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "cgp/archive.h"
#include "tests/support/search.h"

static int setup(void **state)
{
    e2l_ctx *ctx;
    int bad = e2l_ctx_create(&ctx) == E2L_OK ? 0 : -1;
    *state = ctx;
    return bad;
}

static int teardown(void **state)
{
    return e2l_ctx_destroy(*state) == 0 ? 0 : -1;
}

static void offer_fitness(e2l_ctx *ctx, e2l_archive *archive, const char *text, e2l_fitness fitness,
                          uint64_t generation)
{
    e2l_expr *rule = test_rule(ctx, text);
    assert_non_null(rule);
    const e2l_expr *rules[] = {rule};
    const double eta = 0.5;
    assert_int_equal(e2l_archive_offer(archive, rules, fitness, &eta, generation, 1, 7, 6), E2L_OK);
    e2l_expr_destroy(ctx, rule);
}

static void offer(e2l_ctx *ctx, e2l_archive *archive, const char *text, double score)
{
    offer_fitness(ctx, archive, text, (e2l_fitness){.ok = true, .score = score}, 4);
}

static void assert_entry(const e2l_archive *archive, size_t k, size_t complexity, const char *rule, double score)
{
    e2l_archive_entry entry;
    e2l_archive_get(archive, k, &entry);
    assert_int_equal(entry.complexity, complexity);
    assert_string_equal(entry.rules[0], rule);
    assert_true(entry.fitness.score == score);
    assert_true(entry.etas[0] == 0.5);
    assert_int_equal(entry.id, 7);
    assert_int_equal(entry.parent, 6);
}

static void test_front(void **state)
{
    e2l_archive *archive;
    assert_int_equal(e2l_archive_create(*state, &archive, 1), E2L_OK);
    offer(*state, archive, "x * w", 1);
    offer(*state, archive, "x", 2); /* simpler and better: the product falls */
    assert_int_equal(e2l_archive_n(archive), 1);
    offer(*state, archive, "x * w * w", 3);
    offer(*state, archive, "x * w", 3); /* as good and simpler */
    offer(*state, archive, "w * x * w", 3);
    offer(*state, archive, "tanh(x * w)", 4);
    offer(*state, archive, "exp(x) * w", 3.5);
    assert_int_equal(e2l_archive_n(archive), 3);
    assert_entry(archive, 0, 0, "x", 2);
    assert_entry(archive, 1, 1, "x * w", 3);
    assert_entry(archive, 2, 2, "tanh(x * w)", 4);
    offer(*state, archive, "w", 10);
    assert_int_equal(e2l_archive_n(archive), 1);
    e2l_archive_reset(archive);
    assert_int_equal(e2l_archive_n(archive), 0);
    e2l_archive_destroy(archive);
}

/* The rule as evaluated stays beside its canonical form, and only the latter counts. */
static void test_canonical(void **state)
{
    e2l_archive *archive;
    assert_int_equal(e2l_archive_create(*state, &archive, 1), E2L_OK);
    offer(*state, archive, "y * x - y * y * w", 1);
    e2l_archive_entry entry;
    e2l_archive_get(archive, 0, &entry);
    assert_string_equal(entry.rules[0], "y * x - y * y * w");
    e2l_expr *canonical = test_rule(*state, entry.canonical[0]);
    assert_non_null(canonical);
    assert_int_equal(e2l_expr_complexity(canonical), entry.complexity);
    assert_in_range(entry.complexity, 1, 4);
    e2l_expr_destroy(*state, canonical);
    e2l_archive_destroy(archive);
}

static void test_ties(void **state)
{
    e2l_archive *archive;
    e2l_archive_entry entry;
    const e2l_fitness one = {true, 1, 0, 0}, zero = {true, -0.0, 0, 0};
    assert_int_equal(e2l_archive_create(*state, &archive, 1), E2L_OK);
    offer_fitness(*state, archive, "a * b", one, 9);
    offer_fitness(*state, archive, "x * w", one, 3);
    offer_fitness(*state, archive, "b * c", one, 5);
    assert_int_equal(e2l_archive_n(archive), 1);
    e2l_archive_get(archive, 0, &entry);
    assert_string_equal(entry.rules[0], "x * w"); /* the earliest */
    e2l_archive_reset(archive);
    offer_fitness(*state, archive, "x", zero, 1);
    e2l_archive_get(archive, 0, &entry);
    assert_false(signbit(entry.fitness.score));
    e2l_archive_destroy(archive);
}

static void test_bad_ones_stay_out(void **state)
{
    e2l_archive *archive;
    assert_int_equal(e2l_archive_create(*state, &archive, 1), E2L_OK);
    offer(*state, archive, "x", (double)NAN);
    offer(*state, archive, "x", (double)INFINITY);
    offer_fitness(*state, archive, "x", (e2l_fitness){.ok = false, .n_ok = 9}, 1);
    assert_int_equal(e2l_archive_n(archive), 0);
    offer(*state, archive, "x", -1e308);
    assert_int_equal(e2l_archive_n(archive), 1);
    e2l_archive_destroy(archive);
    assert_int_equal(e2l_archive_create(*state, &archive, 0), E2L_INPUT);
    assert_null(archive);
}

static void test_damaged_bytes(void **state)
{
    e2l_archive *archive, *other;
    e2l_text bytes;
    e2l_text_init(&bytes, *state);
    assert_int_equal(e2l_archive_create(*state, &archive, 1), E2L_OK);
    assert_int_equal(e2l_archive_create(*state, &other, 2), E2L_OK);
    offer(*state, archive, "x * w", 1);
    offer(*state, archive, "tanh(x * w)", 4);
    assert_int_equal(e2l_archive_save(archive, &bytes), E2L_OK);
    assert_int_equal(e2l_archive_load(other, bytes.data, bytes.n), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(*state), "slots"));
    for (size_t k = 0; k < bytes.n; k++) {
        assert_int_equal(e2l_archive_load(archive, bytes.data, k), E2L_INPUT);
        bytes.data[k] = (char)(bytes.data[k] ^ 64);
        assert_int_equal(e2l_archive_load(archive, bytes.data, bytes.n), E2L_INPUT);
        bytes.data[k] = (char)(bytes.data[k] ^ 64);
        assert_int_equal(e2l_archive_n(archive), 2);
    }
    assert_int_equal(e2l_archive_load(archive, bytes.data, bytes.n), E2L_OK);
    assert_entry(archive, 1, 2, "tanh(x * w)", 4);
    e2l_text_clear(&bytes);
    e2l_archive_destroy(archive);
    e2l_archive_destroy(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_front), TEST(test_canonical), TEST(test_ties),
                                       TEST(test_bad_ones_stay_out), TEST(test_damaged_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
