/* What the course of a search is made of beside selection: restarts on stagnation, constants of one's own, the bar of a race, keys made
   when asked for; each through saving and loading, and against bytes that are not what they seem. */
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

#include "cgp/pack.h"
#include "tests/support/search.h"

enum { MOST = 64 };

static e2l_search *create(e2l_ctx *ctx, const e2l_search_options *options)
{
    e2l_search *search;
    assert_int_equal(e2l_search_create(ctx, &search, options), E2L_OK);
    return search;
}

static void save(const e2l_search *search, e2l_text *out)
{
    e2l_text_reset(out);
    assert_int_equal(e2l_search_save(search, out), E2L_OK);
}

static void assert_same_state(e2l_ctx *ctx, const e2l_search *a, const e2l_search *b)
{
    e2l_text x = {.ctx = ctx}, y = {.ctx = ctx};
    save(a, &x);
    save(b, &y);
    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.data, y.data, x.n);
    e2l_text_clear(&x);
    e2l_text_clear(&y);
}

static bool is_rule(e2l_ctx *ctx, const e2l_expr *rule, const char *want)
{
    e2l_text text = {.ctx = ctx};
    bool same = strcmp(e2l_test_print(rule, &text), want) == 0;
    if (!same) {
        print_message("'%s', expected '%s'\n", e2l_text_get(&text), want);
    }
    e2l_text_clear(&text);
    return same;
}

/* ---- restarts ----------------------------------------------------------------------------------------*/

/* Asks, and tells everybody the same score. */
static size_t tell_all(e2l_search *search, double score)
{
    const e2l_proposal *proposals;
    e2l_fitness fitness[MOST];
    size_t n;
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_true(n <= MOST);
    for (size_t k = 0; k < n; k++) {
        fitness[k] = (e2l_fitness){.ok = true, .score = score};
    }
    assert_int_equal(e2l_search_tell(search, fitness, NULL), E2L_OK);
    return n;
}

/* Candidates asked in vain are counted by hand; at the limit, and not before, the next batch has no parents, and nobody is left of
   those who were. Equal scores are no progress. */
static void test_restart_is_due(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = test_shape("s", 12, 0, 0.3);
    for (size_t mu = 1; mu <= 3; mu += 2) {
        e2l_search_options options = test_options(&shape, 1, 5, mu, 4);
        options.restart = 20;
        e2l_search *search = create(ctx, &options);
        (void)tell_all(search, 10);
        uint64_t in_vain = 0, n_restarts = 0;
        for (size_t g = 0; g < 200; g++) {
            const e2l_proposal *proposals;
            size_t n;
            bool due = in_vain >= options.restart;
            assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
            for (size_t k = 0; k < n; k++) {
                assert_true((proposals[k].parent == 0) == due);
            }
            assert_true(!due || n == mu);
            (void)tell_all(search, due ? 1.0 / (double)(1 + g) : g % 3 == 0 ? 1e-9 : 0);
            e2l_individual_view best;
            e2l_search_parent(search, 0, &best);
            assert_true(!due || (best.parent == 0 && best.fitness.score == 1.0 / (double)(1 + g)));
            in_vain = due ? 0 : in_vain + n;
            n_restarts += due ? 1 : 0;
            assert_int_equal(e2l_search_n_restarts(search), n_restarts);
            assert_int_equal(e2l_search_n_parents(search), mu);
        }
        assert_true(n_restarts >= 5);
        e2l_search_destroy(search);
    }
    e2l_test_ctx_end(ctx);
}

static void test_progress_postpones(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = test_shape("s", 12, 0, 0.5);
    e2l_search_options options = test_options(&shape, 1, 5, 1, 4);
    options.restart = 9;
    for (int method = E2L_SEARCH_CGP; method <= E2L_SEARCH_RANDOM; method++) {
        options.method = (e2l_search_method)method;
        e2l_search *search = create(ctx, &options);
        for (size_t g = 0; g < 60; g++) {
            (void)tell_all(search, method == E2L_SEARCH_CGP ? (double)(g / 2) : 0); /* sampling never restarts */
        }
        assert_int_equal(e2l_search_n_restarts(search), 0);
        e2l_search_destroy(search);
    }
    e2l_test_ctx_end(ctx);
}

/* Every life draws other genomes, and the same ones when the search is run again. */
static void test_lives_differ(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = test_shape("s", 30, 0, 0.3);
    e2l_search_options options = test_options(&shape, 1, 5, 4, 4);
    options.restart = 1;
    e2l_key seen[2][40];
    for (size_t round = 0; round < 2; round++) {
        e2l_search *search = create(ctx, &options);
        for (size_t life = 0; life < 40;) {
            const e2l_proposal *proposals;
            size_t n;
            assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
            if (n > 0 && proposals[0].parent == 0) {
                seen[round][life++] = e2l_proposal_key(&proposals[n - 1]);
            }
            (void)tell_all(search, 0);
        }
        e2l_search_destroy(search);
    }
    assert_memory_equal(seen[0], seen[1], sizeof seen[0]);
    size_t n_equal = 0;
    for (size_t a = 0; a < 40; a++) {
        for (size_t b = 0; b < a; b++) {
            n_equal += seen[0][a].low == seen[0][b].low ? 1 : 0;
        }
    }
    assert_in_range(n_equal, 0, 100); /* of 780 pairs: small formulas come again */
    e2l_test_ctx_end(ctx);
}

/* Parents that are to be scored anew are not, where nobody of them stays. */
static void test_restart_and_reevaluation(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = test_shape("s", 12, 0, 0.5);
    e2l_search_options options = test_options(&shape, 1, 6, 2, 4);
    options.restart = 4;
    e2l_search *search = create(ctx, &options);
    (void)tell_all(search, 1);
    while (e2l_search_n_restarts(search) < 3) {
        e2l_search_reevaluate(search);
        uint64_t before = e2l_search_n_restarts(search);
        size_t n = tell_all(search, 0);
        assert_true(e2l_search_n_restarts(search) == before || n == 2);
    }
    e2l_search_destroy(search);
    e2l_test_ctx_end(ctx);
}

/* A migrant that is better than all is a better best: the island goes on with it. */
static void test_a_better_migrant_postpones(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = test_shape("s", 12, 0, 0.5);
    e2l_search_options options = test_options(&shape, 1, 6, 1, 4);
    options.restart = 12;
    e2l_search *home = create(ctx, &options);
    options.island = 9;
    e2l_search *abroad = create(ctx, &options);
    e2l_text migrant = {.ctx = ctx};
    for (int better = 0; better < 2; better++) {
        e2l_text_reset(&migrant);
        (void)tell_all(home, 1);
        assert_int_equal(e2l_search_n_restarts(home), 0);
        size_t n_asked = 0;
        while (n_asked < options.restart) {
            n_asked += tell_all(home, 0);
        }
        (void)tell_all(abroad, better ? 7 : 1);
        assert_int_equal(e2l_search_emigrate(abroad, &migrant), E2L_OK);
        assert_int_equal(e2l_search_immigrate(home, migrant.data, migrant.n), E2L_OK);
        (void)tell_all(home, 0);
        assert_int_equal(e2l_search_n_restarts(home), better ? 0 : 1);
        e2l_search_destroy(home);
        options.island = 3;
        home = create(ctx, &options);
    }
    e2l_text_clear(&migrant);
    e2l_search_destroy(home);
    e2l_search_destroy(abroad);
    e2l_test_ctx_end(ctx);
}

/* Saved and loaded in every generation, asked or not yet asked: the same course as in one go. */
static void test_restarts_resume(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shapes[] = {test_shape("a", 30, 0, 0.05), test_shape("b", 8, 3, 0.2)};
    e2l_text bytes = {.ctx = ctx};
    for (uint64_t seed = 0; seed < 6; seed++) {
        e2l_search_options options = test_options(shapes, 1 + seed % 2, seed, 1 + seed % 3, 4);
        options.restart = 15;
        e2l_search *straight = create(ctx, &options), *resumed = create(ctx, &options);
        for (size_t g = 0; g < 80; g++) {
            const e2l_proposal *proposals;
            size_t n;
            if (g % 2 == 0) {
                assert_int_equal(e2l_search_ask(resumed, &proposals, &n), E2L_OK);
            }
            save(resumed, &bytes);
            e2l_search_destroy(resumed);
            resumed = create(ctx, &options);
            assert_int_equal(e2l_search_load(resumed, bytes.data, bytes.n), E2L_OK);
            assert_int_equal(test_generation(ctx, straight, options.n_slots), E2L_OK);
            assert_int_equal(test_generation(ctx, resumed, options.n_slots), E2L_OK);
            assert_same_state(ctx, straight, resumed);
        }
        assert_true(e2l_search_n_restarts(straight) > 2);
        assert_int_equal(e2l_search_n_restarts(straight), e2l_search_n_restarts(resumed));
        e2l_search_destroy(straight);
        e2l_search_destroy(resumed);
    }
    e2l_text_clear(&bytes);
    e2l_test_ctx_end(ctx);
}

/* ---- the bar -----------------------------------------------------------------------------------------*/

static bool has_bar(const e2l_search *search, double *score)
{
    e2l_fitness bar = {0};
    bool known = e2l_search_bar(search, &bar);
    *score = bar.score;
    return known;
}

static void test_bar(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = test_shape("s", 12, 0, 0.5);
    e2l_search_options options = test_options(&shape, 1, 6, 2, 4);
    const e2l_fitness first[] = {{true, 3, 0, 0}, {true, 2, 0, 0}};
    const e2l_proposal *proposals;
    double bar;
    size_t n;
    options.restart = 8;
    e2l_search *search = create(ctx, &options);
    assert_false(has_bar(search, &bar));
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_false(has_bar(search, &bar)); /* nobody there yet */
    assert_int_equal(e2l_search_tell(search, first, NULL), E2L_OK);
    assert_false(has_bar(search, &bar)); /* nothing asked */
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_true(has_bar(search, &bar) && bar == 2);
    (void)tell_all(search, 3.5);
    e2l_search_reevaluate(search);
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_false(has_bar(search, &bar)); /* the parents' scores are about to change */
    (void)tell_all(search, 1);
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_true(has_bar(search, &bar) && bar == 1);
    for (size_t g = 0; g < 30; g++) {
        uint64_t before = e2l_search_n_restarts(search);
        assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
        bool known = has_bar(search, &bar);
        (void)tell_all(search, 0);
        assert_true(known == (e2l_search_n_restarts(search) == before));
    }
    assert_true(e2l_search_n_restarts(search) > 1);
    e2l_search_destroy(search);
    e2l_test_ctx_end(ctx);
}

/* What a race rests on: to say of everything below the bar only that it is bad changes nothing that stays. */
static void raced_generation(e2l_search *search, bool races)
{
    const e2l_proposal *proposals;
    e2l_fitness fitness[MOST], bar;
    size_t n;
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    bool known = e2l_search_bar(search, &bar);
    for (size_t k = 0; k < n; k++) {
        fitness[k] = test_score(e2l_proposal_key(&proposals[k]));
        if (races && known && e2l_fitness_compare(fitness[k], bar) < 0) {
            fitness[k] = e2l_fitness_worst();
        }
    }
    assert_int_equal(e2l_search_tell(search, fitness, NULL), E2L_OK);
}

static void test_below_the_bar_nothing_matters(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = test_shape("s", 20, 0, 0.1);
    for (uint64_t seed = 1; seed <= 6; seed++) {
        e2l_search_options options = test_options(&shape, 1, seed, 1 + seed % 4, 5);
        options.restart = 60;
        e2l_search *full = create(ctx, &options), *raced = create(ctx, &options);
        for (size_t g = 0; g < 100; g++) {
            if (g % 20 == 13) {
                e2l_search_reevaluate(full);
                e2l_search_reevaluate(raced);
            }
            raced_generation(full, false);
            raced_generation(raced, true);
            assert_same_state(ctx, full, raced);
        }
        e2l_search_destroy(full);
        e2l_search_destroy(raced);
    }
    e2l_test_ctx_end(ctx);
}

/* ---- keys --------------------------------------------------------------------------------------------*/

static bool same_key(e2l_key a, e2l_key b)
{
    return a.low == b.low && a.high == b.high;
}

/* A rule's block is used again for another rule: its key must not be. */
static void test_keys(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shapes[] = {test_shape("a", 15, 0, 0.2), test_shape("b", 8, 3, 0.2)};
    for (size_t n_slots = 1; n_slots <= 2; n_slots++) {
        e2l_search_options options = test_options(shapes, n_slots, 4, 2, 6);
        e2l_search *search = create(ctx, &options);
        for (size_t g = 0; g < 150; g++) {
            const e2l_proposal *proposals;
            size_t n;
            assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
            for (size_t k = 0; k < n; k += 1 + g % 3) { /* not every key is asked for */
                e2l_key key = e2l_proposal_key(&proposals[k]), own[2];
                assert_int_equal(e2l_expr_key(ctx, proposals[k].rules[0], &own[0]), E2L_OK);
                assert_int_equal(e2l_expr_key(ctx, proposals[k].rules[n_slots - 1], &own[1]), E2L_OK);
                assert_true(n_slots == 2 || same_key(key, own[0]));
                assert_true(n_slots == 1 || !same_key(key, own[0]));
                assert_true(same_key(key, e2l_proposal_key(&proposals[k])));
                for (size_t j = 0; j < k && n_slots == 2; j++) {
                    bool same = e2l_expr_equal(proposals[k].rules[0], proposals[j].rules[0]) &&
                                e2l_expr_equal(proposals[k].rules[1], proposals[j].rules[1]);
                    assert_true(!same || same_key(key, e2l_proposal_key(&proposals[j])));
                }
            }
            assert_int_equal(test_generation(ctx, search, n_slots), E2L_OK);
        }
        e2l_search_destroy(search);
    }
    e2l_test_ctx_end(ctx);
}

/* Slots are told apart: the same two rules the other way round are another candidate. */
static void test_keys_of_slots(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shapes[] = {test_shape("a", 9, 0, 0.1), test_shape("b", 9, 0, 0.1)};
    e2l_search_options options = test_options(shapes, 2, 4, 2, 4);
    e2l_expr *one = e2l_test_parse(ctx, "x * w"), *other = e2l_test_parse(ctx, "w - x");
    const e2l_expr *seeds[] = {one, other, other, one};
    options.seeds = seeds;
    options.n_seeds = 2;
    e2l_search *search = create(ctx, &options);
    const e2l_proposal *proposals;
    size_t n;
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_int_equal(n, 2);
    assert_false(same_key(e2l_proposal_key(&proposals[0]), e2l_proposal_key(&proposals[1])));
    e2l_search_destroy(search);
    e2l_expr_destroy(ctx, one);
    e2l_expr_destroy(ctx, other);
    e2l_test_ctx_end(ctx);
}

/* ---- constants ---------------------------------------------------------------------------------------*/

/* A shape with three constants, the first two of them equal. */
static e2l_genome_shape tunable_shape(const char *slot, double mutation)
{
    static const double constants[] = {2, 2, 5};
    e2l_genome_shape shape = test_shape(slot, 12, 0, mutation);
    shape.constants = constants;
    shape.n_constants = 3;
    return shape;
}

/* A search whose only parent is the given rule, score 1. */
static e2l_search *create_with(e2l_ctx *ctx, double mutation, const char *rule, uint32_t island)
{
    e2l_genome_shape shape = tunable_shape("s", mutation);
    e2l_search_options options = test_options(&shape, 1, 5, 1, 4);
    e2l_expr *parsed = e2l_test_parse(ctx, rule);
    const e2l_expr *seeds[] = {parsed};
    options.seeds = seeds;
    options.n_seeds = 1;
    options.island = island;
    options.restart = 40;
    e2l_search *search = create(ctx, &options);
    e2l_expr_destroy(ctx, parsed);
    (void)tell_all(search, 1);
    return search;
}

static void adopt(e2l_search *search, const double *values, double score)
{
    e2l_proposal proposal;
    const double eta = 0.25;
    assert_int_equal(e2l_search_vary(search, values, &proposal), E2L_OK);
    assert_true(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = score}, &eta));
}

static void test_vary_and_adopt(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_search *search = create_with(ctx, 0, "x * 2 + 5", 3);
    double values[3], again[3], eta = 0.25;
    bool used[3];
    e2l_text before = {.ctx = ctx}, after = {.ctx = ctx};
    e2l_proposal proposal;
    assert_int_equal(e2l_search_n_constants(search), 3);
    e2l_search_constants(search, values, used);
    assert_true(values[0] == 2 && values[1] == 2 && values[2] == 5);
    assert_true(used[0] != used[1] && used[2]); /* the genes read one of the two */
    save(search, &before);
    values[0] = values[1] = 2.5;
    values[2] = -1;
    assert_int_equal(e2l_search_vary(search, values, &proposal), E2L_OK);
    assert_true(is_rule(ctx, proposal.rules[0], "x * 2.5 + -1"));
    assert_true(proposal.id == 2 && proposal.parent == 1 && proposal.n_rules == 1);
    assert_false(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = 1}, &eta)); /* no better */
    assert_false(e2l_search_adopt(search, e2l_fitness_worst(), &eta));
    assert_false(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = (double)NAN}, &eta));
    save(search, &after);
    assert_true(before.n == after.n && memcmp(before.data, after.data, before.n) == 0);
    assert_true(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = 2}, &eta));
    assert_false(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = 3}, &eta)); /* it is gone */
    e2l_individual_view best;
    e2l_search_parent(search, 0, &best);
    assert_true(is_rule(ctx, best.rules[0], "x * 2.5 + -1"));
    assert_true(best.id == 2 && best.parent == 1 && best.etas[0] == 0.25 && best.fitness.score == 2);
    e2l_search_constants(search, again, used);
    assert_memory_equal(values, again, sizeof values);
    e2l_text_clear(&before);
    e2l_text_clear(&after);
    e2l_search_destroy(search);
    e2l_test_ctx_end(ctx);
}

/* Whatever a search keeps can be saved and loaded: a score without ok, or one that is minus zero, among it. */
static void test_adopted_scores_are_settled(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = tunable_shape("s", 0.1);
    e2l_search_options options = test_options(&shape, 1, 5, 1, 4);
    e2l_search *search = create(ctx, &options);
    const e2l_fitness bad = {.ok = false, .n_ok = 1};
    const double values[] = {1, 2, 3}, eta = 0;
    e2l_proposal proposal;
    const e2l_proposal *proposals;
    size_t n;
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_int_equal(e2l_search_tell(search, &bad, NULL), E2L_OK);
    assert_int_equal(e2l_search_vary(search, values, &proposal), E2L_OK);
    assert_true(e2l_search_adopt(search, (e2l_fitness){.ok = false, .score = 4, .n_ok = 2}, &eta));
    e2l_text bytes = {.ctx = ctx};
    save(search, &bytes);
    assert_int_equal(e2l_search_load(search, bytes.data, bytes.n), E2L_OK);
    assert_int_equal(e2l_search_vary(search, values, &proposal), E2L_OK);
    assert_true(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = -0.0}, &eta));
    e2l_individual_view best;
    e2l_search_parent(search, 0, &best);
    assert_false(signbit(best.fitness.score));
    e2l_text_clear(&bytes);
    e2l_search_destroy(search);
    e2l_test_ctx_end(ctx);
}

static void test_when_not_to_vary(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_search *search = create_with(ctx, 0.1, "x * 2 + 5", 3);
    const double good[] = {1, 2, 3}, bad[] = {1, (double)INFINITY, 3}, eta = 0;
    const e2l_proposal *proposals;
    e2l_proposal proposal;
    size_t n;
    assert_false(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = 9}, &eta)); /* nothing tried */
    assert_int_equal(e2l_search_vary(search, bad, &proposal), E2L_INTERNAL);
    assert_int_equal(e2l_search_vary(search, good, &proposal), E2L_OK);
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK); /* ... lets the trial go */
    assert_false(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = 9}, &eta));
    assert_int_equal(e2l_search_vary(search, good, &proposal), E2L_INTERNAL);
    (void)tell_all(search, 0);
    for (size_t k = 0; k < 50; k++) { /* no individual is lost over trials */
        assert_int_equal(e2l_search_vary(search, good, &proposal), E2L_OK);
    }
    e2l_search_destroy(search);
    e2l_test_ctx_end(ctx);
}

/* Children, saved states and migrants keep the constants; a population drawn anew starts with those of the shape. */
static void test_constants_are_inherited(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_search *search = create_with(ctx, 0.2, "x * 2 + 5", 3), *other = create_with(ctx, 0.2, "w", 8);
    const double values[] = {2.5, 2.75, 7};
    double found[3];
    bool used[3];
    adopt(search, values, 2);
    e2l_text bytes = {.ctx = ctx};
    assert_int_equal(e2l_search_emigrate(search, &bytes), E2L_OK);
    assert_int_equal(e2l_search_immigrate(other, bytes.data, bytes.n), E2L_OK);
    e2l_search_constants(other, found, used);
    assert_memory_equal(found, values, sizeof values);
    e2l_individual_view here, there;
    e2l_search_parent(search, 0, &here);
    e2l_search_parent(other, 0, &there);
    assert_true(e2l_expr_equal(here.rules[0], there.rules[0]));
    save(search, &bytes);
    e2l_search_destroy(other);
    other = create_with(ctx, 0.2, "x * 2 + 5", 3);
    assert_int_equal(e2l_search_load(other, bytes.data, bytes.n), E2L_OK);
    double best = 3;
    while (e2l_search_n_restarts(search) == 0) {
        (void)tell_all(search, best);
        (void)tell_all(other, best);
        assert_same_state(ctx, search, other);
        bool redrawn = e2l_search_n_restarts(search) > 0;
        static const double of_shape[] = {2, 2, 5};
        e2l_search_constants(search, found, used);
        assert_memory_equal(found, redrawn ? of_shape : values, sizeof found);
        best = 0;
    }
    e2l_text_clear(&bytes);
    e2l_search_destroy(search);
    e2l_search_destroy(other);
    e2l_test_ctx_end(ctx);
}

/* "Used" is decided again from outside: what is not used changes nothing, what is used can be told from the formula. */
static void test_used(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shapes[] = {tunable_shape("a", 0.3), tunable_shape("b", 0.3)};
    e2l_search_options options = test_options(shapes, 2, 5, 1, 4);
    options.restart = 1; /* always new genomes */
    e2l_search *search = create(ctx, &options);
    size_t n_used = 0;
    for (size_t g = 0; g < 300; g++) {
        double base[6] = {1.5, 2.5, 3.5, 4.5, 5.5, 6.5}, values[6];
        bool used[6];
        e2l_proposal proposal;
        (void)tell_all(search, 0);
        assert_int_equal(e2l_search_n_constants(search), 6);
        e2l_search_constants(search, values, used);
        assert_int_equal(e2l_search_vary(search, base, &proposal), E2L_OK);
        e2l_key key = e2l_proposal_key(&proposal);
        for (size_t k = 0; k < 6; k++) {
            memcpy(values, base, sizeof values);
            values[k] = 11.25;
            assert_int_equal(e2l_search_vary(search, values, &proposal), E2L_OK);
            assert_true(same_key(key, e2l_proposal_key(&proposal)) == !used[k]);
            n_used += used[k] ? 1 : 0;
        }
    }
    assert_in_range(n_used, 200, 1600);
    e2l_search_destroy(search);
    e2l_test_ctx_end(ctx);
}

/* ---- bytes -------------------------------------------------------------------------------------------*/

/* The frame with every 8 bytes `from` made `to`, and a checksum that is right again. */
static size_t forge(e2l_text *out, const e2l_text *frame, uint64_t version, double from, double to)
{
    size_t n_found = 0, n = frame->n - E2L_PACK_HEAD_BYTES - E2L_PACK_TAIL_BYTES;
    char body[4096];
    assert_true(n <= sizeof body);
    memcpy(body, frame->data + E2L_PACK_HEAD_BYTES, n);
    for (size_t k = 0; k + sizeof from <= n; k++) {
        if (memcmp(body + k, &from, sizeof from) == 0) {
            memcpy(body + k, &to, sizeof to);
            n_found++;
        }
    }
    e2l_text_reset(out);
    size_t start = e2l_pack_begin(out, frame->data, version);
    e2l_text_append_n(out, body, n);
    e2l_pack_end(out, start);
    return n_found;
}

static void refuse(e2l_ctx *ctx, e2l_search *search, bool is_state, const e2l_text *bytes, const char *word)
{
    e2l_status status = is_state ? e2l_search_load(search, bytes->data, bytes->n)
                                 : e2l_search_immigrate(search, bytes->data, bytes->n);
    assert_int_equal(status, E2L_INPUT);
    if (!strstr(e2l_ctx_message(ctx), word)) {
        fail_msg("'%s' does not say '%s'", e2l_ctx_message(ctx), word);
    }
}

static void test_forged_constants(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const double values[] = {0.12345678901, 2.75, 7};
    for (int is_state = 0; is_state < 2; is_state++) {
        const uint64_t version = is_state ? 3 : 2;
        e2l_search *search = create_with(ctx, 0.2, "x * 2 + 5", 3);
        adopt(search, values, 2);
        e2l_text bytes = {.ctx = ctx}, forged = {.ctx = ctx}, before = {.ctx = ctx}, after = {.ctx = ctx};
        save(search, &before);
        assert_int_equal(is_state ? e2l_search_save(search, &bytes) : e2l_search_emigrate(search, &bytes), E2L_OK);
        assert_int_equal(forge(&forged, &bytes, version, values[0], (double)NAN), 1);
        refuse(ctx, search, is_state, &forged, "out of range");
        assert_int_equal(forge(&forged, &bytes, version, 2.0, (double)INFINITY), 1); /* the score */
        refuse(ctx, search, is_state, &forged, "out of range");
        for (uint64_t other = 0; other < 5; other++) {
            (void)forge(&forged, &bytes, other, values[0], 1);
            if (other != version) {
                refuse(ctx, search, is_state, &forged, "version");
            }
        }
        for (size_t k = 0; k < bytes.n; k++) { /* every byte counts, and so does every length */
            bytes.data[k] = (char)(bytes.data[k] ^ 4);
            refuse(ctx, search, is_state, &bytes, "");
            bytes.data[k] = (char)(bytes.data[k] ^ 4);
            const e2l_text cut = {.ctx = ctx, .data = bytes.data, .n = k};
            refuse(ctx, search, is_state, &cut, "");
        }
        save(search, &after);
        assert_true(before.n == after.n && memcmp(before.data, after.data, before.n) == 0);
        (void)forge(&forged, &bytes, version, values[0], 0.5); /* an honest one is taken */
        assert_int_equal(is_state ? e2l_search_load(search, forged.data, forged.n)
                                  : e2l_search_immigrate(search, forged.data, forged.n),
                         E2L_OK);
        double found[3];
        bool used[3];
        e2l_search_constants(search, found, used);
        assert_true(found[0] == 0.5 && found[1] == 2.75);
        e2l_text_clear(&bytes);
        e2l_text_clear(&forged);
        e2l_text_clear(&before);
        e2l_text_clear(&after);
        e2l_search_destroy(search);
    }
    e2l_test_ctx_end(ctx);
}

/* Memory that runs out in vary leaves the search as it was. */
static void test_vary_without_memory(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_search *search = create_with(ctx, 0.2, "x * 2 + 5", 3);
    const double values[] = {1, 2, 3};
    e2l_status status = E2L_NOMEM;
    e2l_proposal proposal;
    e2l_text before = {.ctx = ctx}, after = {.ctx = ctx};
    save(search, &before);
    for (size_t n = 1; status == E2L_NOMEM; n++) {
        e2l_ctx_fail_allocation(ctx, n);
        status = e2l_search_vary(search, values, &proposal);
        e2l_ctx_fail_allocation(ctx, 0);
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        save(search, &after);
        assert_true(before.n == after.n && memcmp(before.data, after.data, before.n) == 0);
    }
    assert_int_equal(status, E2L_OK);
    e2l_text_clear(&before);
    e2l_text_clear(&after);
    e2l_search_destroy(search);
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restart_is_due),
        cmocka_unit_test(test_progress_postpones),
        cmocka_unit_test(test_lives_differ),
        cmocka_unit_test(test_restart_and_reevaluation),
        cmocka_unit_test(test_a_better_migrant_postpones),
        cmocka_unit_test(test_restarts_resume),
        cmocka_unit_test(test_bar),
        cmocka_unit_test(test_below_the_bar_nothing_matters),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_keys_of_slots),
        cmocka_unit_test(test_vary_and_adopt),
        cmocka_unit_test(test_adopted_scores_are_settled),
        cmocka_unit_test(test_when_not_to_vary),
        cmocka_unit_test(test_constants_are_inherited),
        cmocka_unit_test(test_used),
        cmocka_unit_test(test_forged_constants),
        cmocka_unit_test(test_vary_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
