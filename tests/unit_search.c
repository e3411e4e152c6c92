/* Search: ask, tell, selection with NaN, silent offspring, two slots, seeds, migration, refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "cgp/search.h"
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

static e2l_search *create(e2l_ctx *ctx, const e2l_search_options *options)
{
    e2l_search *search;
    assert_int_equal(e2l_search_create(ctx, &search, options), E2L_OK);
    return search;
}

/* Asks and tells the given scores, in turn. */
static size_t step(e2l_search *search, const e2l_fitness *scores, size_t n_scores)
{
    const e2l_proposal *proposals;
    e2l_fitness fitness[64];
    size_t n;
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_true(n <= 64);
    for (size_t k = 0; k < n; k++) {
        fitness[k] = scores[k % n_scores];
    }
    assert_int_equal(e2l_search_tell(search, fitness, NULL), E2L_OK);
    return n;
}

static void assert_rule(e2l_ctx *ctx, const e2l_expr *rule, const char *want)
{
    char *text = test_text(ctx, rule);
    assert_non_null(text);
    assert_string_equal(text, want);
    e2l_free(ctx, text);
}

/* NaN once kept the best from being found in another engine: [1, nan, 3, 2, nan, 5]. */
static void test_nan_does_not_hide_the_best(void **state)
{
    e2l_genome_shape shape = test_shape("s", 30, 0, 0.3);
    e2l_search_options options = test_options(&shape, 1, 1, 6, 6);
    e2l_search *search = create(*state, &options);
    const e2l_fitness scores[] = {{true, 1, 0, 0}, {true, (double)NAN, 0, 0}, {true, 3, 0, 0},
                                  {true, 2, 0, 0}, {true, (double)NAN, 0, 0}, {true, 5, 0, 0}};
    assert_int_equal(step(search, scores, 6), 6);
    const double want[] = {5, 3, 2, 1};
    e2l_individual_view view;
    for (size_t k = 0; k < 4; k++) {
        e2l_search_parent(search, k, &view);
        assert_true(view.fitness.ok && view.fitness.score == want[k]);
    }
    for (size_t k = 4; k < 6; k++) {
        e2l_search_parent(search, k, &view);
        assert_false(view.fitness.ok);
        assert_true(view.fitness.score == 0.0);
    }
    e2l_search_counts counts;
    e2l_search_last_counts(search, &counts);
    assert_int_equal(counts.candidates, 6);
    assert_int_equal(counts.aborted, 2);
    e2l_search_destroy(search);
}

static void test_all_nan_for_long(void **state)
{
    e2l_genome_shape shape = test_shape("s", 30, 0, 0.3);
    e2l_search_options options = test_options(&shape, 1, 1, 2, 4);
    e2l_search *search = create(*state, &options);
    const e2l_fitness nan = {true, (double)NAN, 0, 0};
    size_t blocks = 0;
    for (size_t k = 0; k < 300; k++) {
        (void)step(search, &nan, 1);
        blocks = k == 20 ? e2l_ctx_blocks(*state) : blocks;
    }
    assert_in_range(e2l_ctx_blocks(*state), 1, blocks + 20); /* nothing grows with generations */
    assert_int_equal(e2l_search_n_parents(search), 2);
    e2l_search_destroy(search);
}

/* Offspring as good as the parent takes its place: neutral drift. With the random method the first stays. */
static void test_drift(void **state)
{
    e2l_genome_shape shape = test_shape("s", 10, 0, 0.5);
    e2l_search_options options = test_options(&shape, 1, 2, 1, 4);
    const e2l_fitness same = {true, 1, 0, 0};
    for (int method = E2L_SEARCH_CGP; method <= E2L_SEARCH_RANDOM; method++) {
        options.method = (e2l_search_method)method;
        e2l_search *search = create(*state, &options);
        for (size_t k = 0; k < 5; k++) {
            (void)step(search, &same, 1);
        }
        e2l_individual_view view;
        e2l_search_parent(search, 0, &view);
        assert_int_equal(view.id, method == E2L_SEARCH_CGP ? 1 + 1 + 3 * 4 : 1); /* first of the last four */
        e2l_search_destroy(search);
    }
}

/* Without mutation everything is silent: nothing is asked, nothing accepted, scores are the parent's. */
static void test_silent(void **state)
{
    e2l_genome_shape shape = test_shape("s", 10, 0, 0);
    e2l_search_options options = test_options(&shape, 1, 3, 1, 5);
    e2l_search *search = create(*state, &options);
    const e2l_fitness score = {true, 7, 0, 0};
    assert_int_equal(step(search, &score, 1), 1);
    assert_int_equal(e2l_search_n_accepted(search), 1);
    assert_int_equal(step(search, NULL, 1), 0);
    e2l_search_counts counts;
    e2l_search_last_counts(search, &counts);
    assert_int_equal(counts.candidates, 5);
    assert_int_equal(counts.skipped_silent, 5);
    assert_int_equal(counts.aborted, 0);
    assert_int_equal(e2l_search_n_accepted(search), 0);
    assert_int_equal(e2l_search_n_told(search), 5);
    e2l_individual_view view;
    e2l_search_told(search, 4, &view);
    assert_true(view.fitness.ok && view.fitness.score == 7.0);
    assert_int_equal(view.parent, 1);
    assert_int_equal(e2l_search_generation(search), 2);
    e2l_search_destroy(search);
}

/* Parents are asked first, keep their ids, take the new score, and silent children follow the new one. */
static void test_reevaluate(void **state)
{
    e2l_genome_shape shape = test_shape("s", 10, 0, 0);
    e2l_search_options options = test_options(&shape, 1, 3, 1, 2);
    e2l_search *search = create(*state, &options);
    const e2l_fitness first = {true, 7, 0, 0}, second = {true, -2, 0, 0};
    (void)step(search, &first, 1);
    (void)step(search, &first, 1);
    e2l_search_reevaluate(search);
    e2l_individual_view view;
    e2l_search_parent(search, 0, &view);
    const e2l_proposal *proposals;
    size_t n;
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_int_equal(n, 1);
    assert_true(proposals[0].id == view.id);
    const double eta = 0.25;
    assert_int_equal(e2l_search_tell(search, &second, &eta), E2L_OK);
    e2l_search_told(search, 1, &view);
    assert_true(view.fitness.score == -2.0 && view.etas[0] == 0.25);
    e2l_search_parent(search, 0, &view);
    assert_true(view.fitness.score == -2.0);
    assert_int_equal(step(search, &first, 1), 0); /* once only */
    e2l_search_destroy(search);
}

/* Same decoded rules are never asked, different ones always: seen from outside, over two slots. */
static void test_two_slots(void **state)
{
    e2l_genome_shape shapes[] = {test_shape("a", 12, 0, 0.02), test_shape("b", 5, 2, 0.1)};
    e2l_search_options options = test_options(shapes, 2, 4, 2, 6);
    e2l_search *search = create(*state, &options);
    size_t n_one_changed = 0;
    for (size_t g = 0; g < 100; g++) {
        assert_int_equal(test_generation(*state, search, 2), E2L_OK);
        e2l_search_counts counts;
        e2l_search_last_counts(search, &counts);
        assert_int_equal(counts.candidates, g == 0 ? 2 : 6);
        e2l_individual_view one, other;
        for (size_t k = 0; k < e2l_search_n_told(search); k++) {
            e2l_search_told(search, k, &one);
            assert_non_null(one.rules[0]);
            assert_non_null(one.rules[1]);
            e2l_search_parent(search, 0, &other);
            bool a = e2l_expr_equal(one.rules[0], other.rules[0]), b = e2l_expr_equal(one.rules[1], other.rules[1]);
            n_one_changed += a != b ? 1 : 0;
            if (a && b) {
                assert_true(one.key.low == other.key.low && one.key.high == other.key.high);
            }
        }
    }
    assert_true(n_one_changed > 50);
    e2l_search_destroy(search);
}

static void test_seeds(void **state)
{
    e2l_genome_shape shapes[] = {test_shape("a", 9, 0, 0.1), test_shape("b", 9, 0, 0.1)};
    e2l_search_options options = test_options(shapes, 2, 4, 2, 4);
    e2l_expr *rules[] = {test_rule(*state, "x * (w - x)"), test_rule(*state, "pdiv(w, x)")};
    assert_true(rules[0] && rules[1]);
    options.seeds = (const e2l_expr *const *)rules;
    options.n_seeds = 1;
    e2l_search *search = create(*state, &options);
    const e2l_proposal *proposals;
    size_t n;
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_int_equal(n, 2);
    assert_rule(*state, proposals[0].rules[0], "x * (w - x)");
    assert_rule(*state, proposals[0].rules[1], "pdiv(w, x)");
    e2l_search_destroy(search);
    shapes[1].columns = 0;
    assert_int_equal(e2l_search_create(*state, &search, &options), E2L_INPUT);
    assert_null(search);
    assert_non_null(strstr(e2l_ctx_message(*state), "number 1: slot 'b': columns: 0; the rule needs 1"));
    e2l_expr_destroy(*state, rules[0]);
    e2l_expr_destroy(*state, rules[1]);
}

/* x^(2^n) as n squares of squares: n + 1 nodes, 2^(n + 1) - 1 when printed. */
static e2l_expr *squares(e2l_ctx *ctx, const e2l_primitive *mul, size_t n)
{
    e2l_builder *builder;
    e2l_expr *expr;
    assert_int_equal(e2l_builder_create(ctx, &builder), E2L_OK);
    uint32_t node = e2l_builder_name(builder, "x", 1);
    for (size_t k = 0; k < n; k++) {
        node = e2l_builder_call(builder, mul, (const uint32_t[]){node, node});
    }
    assert_int_equal(e2l_builder_finish(builder, node, &expr), E2L_OK);
    e2l_builder_destroy(builder);
    return expr;
}

/* Rules too long to print get the worst score without being asked: one of the first ones is. */
static void test_too_large(void **state)
{
    const e2l_primitive *mul[] = {e2l_primitive_find("mul")};
    const char *const x[] = {"x"};
    e2l_genome_shape shape = {.slot = "s", .terminals = x, .n_terminals = 1, .functions = mul, .n_functions = 1,
                              .columns = 300, .levels_back = 1, .mutation = 0.05};
    e2l_search_options options = test_options(&shape, 1, 1, 30, 30);
    e2l_expr *large = squares(*state, mul[0], 12);
    const e2l_expr *const seeds[] = {large};
    options.seeds = seeds;
    options.n_seeds = 1;
    e2l_search *search = create(*state, &options);
    e2l_expr_destroy(*state, large);
    size_t n_large = 0;
    const e2l_fitness good = {true, 1, 0, 0};
    for (size_t g = 0; g < 40; g++) {
        const e2l_proposal *proposals;
        size_t n;
        assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
        for (size_t k = 0; k < n; k++) {
            assert_true(e2l_expr_tree_size(proposals[k].rules[0]) <= E2L_EXPR_MAX_TREE);
        }
        (void)step(search, &good, 1);
        e2l_search_counts counts;
        e2l_search_last_counts(search, &counts);
        assert_int_equal(counts.aborted + counts.skipped_silent + n, counts.candidates);
        n_large += counts.aborted;
    }
    assert_true(n_large > 0);
    e2l_search_destroy(search);
}

static void migrate(e2l_ctx *ctx, const e2l_search *from, e2l_search *to)
{
    e2l_text bytes;
    e2l_text_init(&bytes, ctx);
    assert_int_equal(e2l_search_emigrate(from, &bytes), E2L_OK);
    assert_int_equal(e2l_search_immigrate(to, bytes.data, bytes.n), E2L_OK);
    e2l_text_clear(&bytes);
}

static void test_migration(void **state)
{
    e2l_genome_shape shape = test_shape("s", 20, 0, 0.1);
    e2l_search_options options = test_options(&shape, 1, 1, 2, 4);
    e2l_search *here = create(*state, &options);
    options.island = 8;
    options.seed = 77;
    e2l_search *there = create(*state, &options);
    const e2l_fitness low[] = {{true, 1, 0, 0}, {true, 2, 0, 0}}, high[] = {{true, 5, 0, 0}, {true, 1.5, 0, 0}};
    (void)step(here, low, 2);
    (void)step(there, high, 2);
    e2l_individual_view best, arrived;
    e2l_search_parent(there, 0, &best);
    migrate(*state, there, here);
    e2l_search_parent(here, 0, &arrived);
    assert_true(e2l_expr_equal(best.rules[0], arrived.rules[0]));
    assert_true(arrived.fitness.score == 5.0 && arrived.island == 8 && arrived.id == 3 && arrived.parent == 0);
    e2l_search_parent(here, 1, &arrived);
    assert_true(arrived.fitness.score == 2.0); /* the worst made room */
    e2l_search_destroy(here);
    options.island = 9;
    here = create(*state, &options);
    const e2l_fitness better[] = {{true, 9, 0, 0}, {true, 8, 0, 0}};
    (void)step(here, better, 2);
    migrate(*state, there, here);
    e2l_search_parent(here, 1, &arrived);
    assert_true(arrived.fitness.score == 8.0); /* a worse one stays out */
    e2l_search_destroy(here);
    e2l_search_destroy(there);
}

static void test_ask_twice_and_misuse(void **state)
{
    e2l_genome_shape shape = test_shape("s", 20, 0, 0.2);
    e2l_search_options options = test_options(&shape, 1, 1, 1, 4);
    e2l_search *search = create(*state, &options);
    e2l_text bytes;
    e2l_text_init(&bytes, *state);
    assert_int_equal(e2l_search_tell(search, NULL, NULL), E2L_INTERNAL);
    assert_int_equal(e2l_search_emigrate(search, &bytes), E2L_INTERNAL);
    const e2l_proposal *first, *second;
    size_t n_first, n_second;
    assert_int_equal(e2l_search_ask(search, &first, &n_first), E2L_OK);
    assert_int_equal(e2l_search_ask(search, &second, &n_second), E2L_OK);
    assert_ptr_equal(first, second);
    assert_int_equal(n_first, n_second);
    assert_int_equal(e2l_search_tell(search, NULL, NULL), E2L_INTERNAL);
    e2l_text_clear(&bytes);
    e2l_search_destroy(search);
}

static void test_options_refused(void **state)
{
    e2l_genome_shape shape = test_shape("s", 20, 0, 0.2);
    e2l_search_options bad[6];
    for (size_t k = 0; k < 6; k++) {
        bad[k] = test_options(&shape, 1, 1, 1, 4);
    }
    bad[0].struct_size = 8;
    bad[1].parents = 0;
    bad[2].offspring = 0;
    bad[3].n_slots = 0;
    bad[4].offspring = SIZE_MAX;
    bad[5].method = (e2l_search_method)7;
    for (size_t k = 0; k < 6; k++) {
        e2l_search *search;
        assert_int_equal(e2l_search_create(*state, &search, &bad[k]), E2L_INPUT);
        assert_null(search);
        assert_non_null(strstr(e2l_ctx_message(*state), "search: "));
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nan_does_not_hide_the_best), TEST(test_all_nan_for_long), TEST(test_drift), TEST(test_silent),
        TEST(test_reevaluate), TEST(test_two_slots), TEST(test_seeds), TEST(test_too_large), TEST(test_migration),
        TEST(test_ask_twice_and_misuse), TEST(test_options_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
