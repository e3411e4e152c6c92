/* Restarts on stagnation, the bar of a race, and constants of an individual's own: what they do, and that a saved search goes on
   with them as if nothing had been. */
#include <math.h>
#include <string.h>

#include "cgp/search.h"
#include "tests/support/search.h"
#include "tests/support/support.h"

static e2l_search *create(e2l_ctx *ctx, const e2l_search_options *options)
{
    e2l_search *search;
    assert_int_equal(e2l_search_create(ctx, &search, options), E2L_OK);
    return search;
}

/* One generation in which everybody gets `score`; returns how many were asked. */
static size_t flat(e2l_search *search, double score)
{
    const e2l_proposal *proposals;
    e2l_fitness fitness[64];
    size_t n;
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_in_range(n, 0, 64);
    for (size_t k = 0; k < n; k++) {
        fitness[k] = (e2l_fitness){.ok = true, .score = score};
    }
    assert_int_equal(e2l_search_tell(search, fitness, NULL), E2L_OK);
    return n;
}

/* With the best unbeaten, the population is drawn anew once `restart` candidates were asked in vain, and not before. */
static void test_stagnation(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = test_shape("s", 30, 0, 0.3);
    e2l_search_options options = test_options(&shape, 1, 5, 2, 4);
    options.restart = 40;
    e2l_search *search = create(ctx, &options);
    (void)flat(search, 1);
    size_t in_vain = 0;
    for (size_t k = 0; e2l_search_n_restarts(search) == 0; k++) {
        assert_in_range(k, 0, 1000);
        e2l_individual_view before;
        e2l_search_parent(search, 0, &before);
        bool due = in_vain >= options.restart;
        in_vain += flat(search, 1);
        assert_int_equal(e2l_search_n_restarts(search), due ? 1 : 0);
    }
    e2l_individual_view fresh;
    for (size_t k = 0; k < e2l_search_n_parents(search); k++) {
        e2l_search_parent(search, k, &fresh);
        assert_int_equal(fresh.parent, 0);
        assert_int_equal(fresh.generation, e2l_search_generation(search) - 1);
    }
    e2l_search_destroy(search);
    e2l_test_ctx_end(ctx);
}

static void test_progress_keeps_the_population(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = test_shape("s", 30, 0, 0.3);
    e2l_search_options options = test_options(&shape, 1, 5, 1, 4);
    options.restart = 8;
    e2l_search *climbing = create(ctx, &options);
    options.restart = 0;
    e2l_search *endless = create(ctx, &options);
    options.restart = 8;
    options.method = E2L_SEARCH_RANDOM;
    e2l_search *sampling = create(ctx, &options);
    for (int k = 0; k < 200; k++) {
        (void)flat(climbing, k);
        (void)flat(endless, 1);
        (void)flat(sampling, 1);
    }
    assert_int_equal(e2l_search_n_restarts(climbing), 0);
    assert_int_equal(e2l_search_n_restarts(endless), 0);
    assert_int_equal(e2l_search_n_restarts(sampling), 0);
    e2l_search_destroy(climbing);
    e2l_search_destroy(endless);
    e2l_search_destroy(sampling);
    e2l_test_ctx_end(ctx);
}

/* Keys of what is asked in a generation, chained. */
static e2l_key generation_key(e2l_ctx *ctx, e2l_search *search, e2l_key key)
{
    const e2l_proposal *proposals;
    size_t n;
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    for (size_t k = 0; k < n; k++) {
        e2l_key own = e2l_proposal_key(&proposals[k]);
        key = e2l_key_bytes(&own, sizeof own, key);
    }
    assert_int_equal(test_generation(ctx, search, 1), E2L_OK);
    return key;
}

/* Saved in the middle of a stagnation and loaded elsewhere, the search restarts at the same moment with the same genomes. */
static void test_saved_stagnation(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = test_shape("s", 20, 0, 0.2);
    e2l_search_options options = test_options(&shape, 1, 9, 1, 4);
    options.restart = 25;
    e2l_search *search = create(ctx, &options);
    for (int k = 0; k < 60; k++) {
        (void)generation_key(ctx, search, (e2l_key){0, 0});
    }
    e2l_text bytes = {.ctx = ctx};
    assert_int_equal(e2l_search_save(search, &bytes), E2L_OK);
    e2l_search *other = create(ctx, &options);
    assert_int_equal(e2l_search_load(other, e2l_text_get(&bytes), bytes.n), E2L_OK);
    assert_int_equal(e2l_search_n_restarts(other), e2l_search_n_restarts(search));
    uint64_t before = e2l_search_n_restarts(search);
    e2l_key a = {1, 1}, b = {1, 1};
    for (int k = 0; k < 120; k++) {
        a = generation_key(ctx, search, a);
        b = generation_key(ctx, other, b);
        assert_true(a.low == b.low && a.high == b.high);
    }
    assert_true(e2l_search_n_restarts(search) > before);
    assert_int_equal(e2l_search_n_restarts(other), e2l_search_n_restarts(search));
    e2l_text_clear(&bytes);
    e2l_search_destroy(search);
    e2l_search_destroy(other);
    e2l_test_ctx_end(ctx);
}

static void test_bar(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape = test_shape("s", 30, 0, 0.3);
    e2l_search_options options = test_options(&shape, 1, 5, 3, 4);
    options.restart = 30;
    e2l_search *search = create(ctx, &options);
    const e2l_proposal *proposals;
    const e2l_fitness scores[] = {{.ok = true, .score = 3}, {.ok = true, .score = 1}, {.ok = true, .score = 2}};
    e2l_fitness bar;
    size_t n;
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_false(e2l_search_bar(search, &bar)); /* nobody is scored yet */
    assert_int_equal(n, 3);
    assert_int_equal(e2l_search_tell(search, scores, NULL), E2L_OK);
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_true(e2l_search_bar(search, &bar));
    assert_true(bar.ok && bar.score == 1);
    while (e2l_search_n_restarts(search) == 0) { /* of a population that is about to be drawn anew nothing is known */
        assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
        bool known = e2l_search_bar(search, &bar);
        (void)flat(search, 0);
        assert_true(known == (e2l_search_n_restarts(search) == 0));
    }
    e2l_search_reevaluate(search);
    assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
    assert_false(e2l_search_bar(search, &bar)); /* the parents themselves are asked */
    e2l_search_destroy(search);
    e2l_test_ctx_end(ctx);
}

/* ---- constants --------------------------------------------------------------------------------------------- */
static const double two_constants[] = {2, 5};

/* An island whose best rule is `text`. */
static e2l_search *seeded(e2l_ctx *ctx, e2l_genome_shape *shape, const char *text, uint64_t restart)
{
    *shape = test_shape("s", 20, 0, 0.3);
    shape->constants = two_constants;
    shape->n_constants = 2;
    e2l_expr *rule = test_rule(ctx, text);
    const e2l_expr *seeds[] = {rule};
    e2l_search_options options = test_options(shape, 1, 5, 1, 4);
    options.seeds = seeds;
    options.n_seeds = 1;
    options.restart = restart;
    e2l_search *search = create(ctx, &options);
    e2l_expr_destroy(ctx, rule);
    (void)flat(search, 1);
    return search;
}

static void assert_best(e2l_ctx *ctx, const e2l_search *search, const char *want)
{
    e2l_individual_view best;
    e2l_search_parent(search, 0, &best);
    char *text = test_text(ctx, best.rules[0]);
    assert_string_equal(text, want);
    e2l_free(ctx, text);
}

static void test_vary_and_adopt(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape;
    e2l_search *search = seeded(ctx, &shape, "x * 5 + w", 0);
    double values[2];
    bool used[2];
    e2l_proposal proposal;
    assert_int_equal(e2l_search_n_constants(search), 2);
    e2l_search_constants(search, values, used);
    assert_true(values[0] == 2 && values[1] == 5 && !used[0] && used[1]);

    const double other[] = {2, 0.25}, bad[] = {2, (double)NAN};
    assert_int_equal(e2l_search_vary(search, other, &proposal), E2L_OK);
    char *text = test_text(ctx, proposal.rules[0]);
    assert_string_equal(text, "x * 0.25 + w");
    e2l_free(ctx, text);
    assert_int_not_equal(e2l_search_vary(search, bad, &proposal), E2L_OK);
    assert_int_equal(e2l_search_vary(search, other, &proposal), E2L_OK);
    const double eta = 0.5;
    assert_false(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = 1}, &eta)); /* not better: nothing done */
    assert_best(ctx, search, "x * 5 + w");
    assert_true(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = 2}, &eta));
    assert_best(ctx, search, "x * 0.25 + w");
    assert_false(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = 3}, &eta)); /* there is no trial any more */
    e2l_search_constants(search, values, used);
    assert_true(values[0] == 2 && values[1] == 0.25);
    e2l_individual_view best;
    e2l_search_parent(search, 0, &best);
    assert_true(best.fitness.score == 2 && best.etas[0] == eta && best.parent != 0);
    e2l_search_destroy(search);
    e2l_test_ctx_end(ctx);
}

/* Offspring, saved states and migrants keep an individual's constants; a population drawn anew has those of the shape. */
static void test_constants_are_inherited(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape;
    e2l_search *search = seeded(ctx, &shape, "x * 5 + w", 200);
    const double other[] = {7, 0.25};
    const double eta = 0.5;
    double values[2];
    bool used[2];
    e2l_proposal proposal;
    assert_int_equal(e2l_search_vary(search, other, &proposal), E2L_OK);
    assert_true(e2l_search_adopt(search, (e2l_fitness){.ok = true, .score = 2}, &eta));
    e2l_text bytes = {.ctx = ctx}, migrant = {.ctx = ctx};
    assert_int_equal(e2l_search_save(search, &bytes), E2L_OK);
    assert_int_equal(e2l_search_emigrate(search, &migrant), E2L_OK);

    e2l_search *loaded = seeded(ctx, &shape, "w", 200);
    assert_int_equal(e2l_search_load(loaded, e2l_text_get(&bytes), bytes.n), E2L_OK);
    assert_best(ctx, loaded, "x * 0.25 + w");
    e2l_search *neighbour = seeded(ctx, &shape, "w", 200);
    assert_int_equal(e2l_search_immigrate(neighbour, e2l_text_get(&migrant), migrant.n), E2L_OK);
    assert_best(ctx, neighbour, "x * 0.25 + w");
    for (size_t cut = 0; cut < migrant.n; cut++) {
        assert_int_equal(e2l_search_immigrate(neighbour, e2l_text_get(&migrant), cut), E2L_INPUT);
    }

    bool child_has = false;
    for (int k = 0; k < 20; k++) { /* children that use the constants use these */
        const e2l_proposal *proposals;
        size_t n;
        assert_int_equal(e2l_search_ask(loaded, &proposals, &n), E2L_OK);
        for (size_t i = 0; i < n; i++) {
            const e2l_node *nodes = e2l_expr_nodes(proposals[i].rules[0]);
            for (size_t node = 0; node < e2l_expr_n_nodes(proposals[i].rules[0]); node++) {
                assert_false(nodes[node].kind == E2L_NODE_CONST && (nodes[node].value == 2 || nodes[node].value == 5));
                child_has = child_has || (nodes[node].kind == E2L_NODE_CONST && nodes[node].value == 7);
            }
        }
        (void)flat(loaded, 0);
    }
    assert_true(child_has);
    while (e2l_search_n_restarts(loaded) == 0) {
        (void)flat(loaded, 0);
    }
    e2l_search_constants(loaded, values, used);
    assert_true(values[0] == 2 && values[1] == 5);
    e2l_text_clear(&bytes);
    e2l_text_clear(&migrant);
    e2l_search_destroy(search);
    e2l_search_destroy(loaded);
    e2l_search_destroy(neighbour);
    e2l_test_ctx_end(ctx);
}

/* Two constants that become equal are one node: the rule is what its text says. */
static void test_equal_constants(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_genome_shape shape;
    e2l_search *search = seeded(ctx, &shape, "(x + 2) * (w + 5)", 0);
    const double same[] = {3, 3};
    e2l_proposal proposal;
    assert_int_equal(e2l_search_vary(search, same, &proposal), E2L_OK);
    e2l_expr *want = test_rule(ctx, "(x + 3) * (w + 3)");
    assert_true(e2l_expr_equal(proposal.rules[0], want));
    assert_int_equal(e2l_expr_n_nodes(proposal.rules[0]), e2l_expr_n_nodes(want));
    e2l_expr_destroy(ctx, want);
    e2l_search_destroy(search);
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stagnation),      cmocka_unit_test(test_progress_keeps_the_population),
        cmocka_unit_test(test_saved_stagnation), cmocka_unit_test(test_bar),
        cmocka_unit_test(test_vary_and_adopt),  cmocka_unit_test(test_constants_are_inherited),
        cmocka_unit_test(test_equal_constants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
