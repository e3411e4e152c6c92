/* Searches at large: state on disk in the middle changes nothing, islands do not depend on each other, search and
   sampling solve a regression through the same interface, offers to an archive commute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "cgp/archive.h"
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

static void run(e2l_ctx *ctx, e2l_search *search, size_t n, size_t n_slots)
{
    for (size_t k = 0; k < n; k++) {
        if (k % 10 == 7) {
            e2l_search_reevaluate(search);
        }
        assert_int_equal(test_generation(ctx, search, n_slots), E2L_OK);
    }
}

static void assert_same_state(e2l_ctx *ctx, const e2l_search *a, const e2l_search *b)
{
    e2l_text x, y;
    e2l_text_init(&x, ctx);
    e2l_text_init(&y, ctx);
    assert_int_equal(e2l_search_save(a, &x), E2L_OK);
    assert_int_equal(e2l_search_save(b, &y), E2L_OK);
    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.data, y.data, x.n);
    e2l_text_clear(&x);
    e2l_text_clear(&y);
}

static void reload(e2l_ctx *ctx, const e2l_search *from, e2l_search *to)
{
    e2l_text bytes;
    e2l_text_init(&bytes, ctx);
    assert_int_equal(e2l_search_save(from, &bytes), E2L_OK);
    assert_int_equal(e2l_search_load(to, bytes.data, bytes.n), E2L_OK);
    e2l_text_clear(&bytes);
}

/* 50 generations in one go; 25, saved and loaded into a new search (with a batch out or not), 25 more. */
static void check_resume(e2l_ctx *ctx, const e2l_search_options *options, bool in_the_middle)
{
    e2l_search *straight = create(ctx, options), *first = create(ctx, options), *second = create(ctx, options);
    run(ctx, straight, 20, options->n_slots);
    run(ctx, straight, 30, options->n_slots);
    run(ctx, first, 20, options->n_slots);
    if (in_the_middle) {
        const e2l_proposal *proposals;
        size_t n;
        assert_int_equal(e2l_search_ask(first, &proposals, &n), E2L_OK);
    }
    run(ctx, second, 3, options->n_slots); /* a past of its own is forgotten */
    reload(ctx, first, second);
    e2l_search_destroy(first);
    run(ctx, second, 30, options->n_slots);
    assert_same_state(ctx, straight, second);
    e2l_search_destroy(straight);
    e2l_search_destroy(second);
}

static void test_resume(void **state)
{
    e2l_genome_shape shapes[] = {test_shape("a", 30, 0, 0.05), test_shape("b", 8, 3, 0.2)};
    for (uint64_t seed = 0; seed < 12; seed++) {
        e2l_search_options options = test_options(shapes, 1 + seed % 2, seed, 1 + seed % 4, 1 + seed % 6);
        options.method = seed % 3 == 2 ? E2L_SEARCH_RANDOM : E2L_SEARCH_CGP;
        check_resume(*state, &options, seed % 2 == 0);
    }
}

static void test_other_states_are_refused(void **state)
{
    e2l_genome_shape shape = test_shape("a", 30, 0, 0.05), wider = test_shape("a", 31, 0, 0.05);
    e2l_search_options options = test_options(&shape, 1, 1, 2, 4), other[5];
    for (size_t k = 0; k < 5; k++) {
        other[k] = options;
    }
    other[0].seed = 2;
    other[1].island = 4;
    other[2].parents = 3;
    other[3].method = E2L_SEARCH_RANDOM;
    other[4].shapes = &wider;
    e2l_search *saved = create(*state, &options);
    run(*state, saved, 5, 1);
    e2l_text bytes;
    e2l_text_init(&bytes, *state);
    assert_int_equal(e2l_search_save(saved, &bytes), E2L_OK);
    for (size_t k = 0; k < 5; k++) {
        e2l_search *search = create(*state, &other[k]);
        assert_int_equal(e2l_search_load(search, bytes.data, bytes.n), E2L_INPUT);
        assert_int_equal(e2l_search_generation(search), 0);
        e2l_search_destroy(search);
    }
    for (size_t k = 0; k < bytes.n; k++) { /* every single byte counts, and so does every length */
        bytes.data[k] = (char)(bytes.data[k] ^ 1);
        assert_int_equal(e2l_search_load(saved, bytes.data, bytes.n), E2L_INPUT);
        bytes.data[k] = (char)(bytes.data[k] ^ 1);
        assert_int_equal(e2l_search_load(saved, bytes.data, k), E2L_INPUT);
    }
    assert_int_equal(e2l_search_load(saved, bytes.data, bytes.n), E2L_OK);
    e2l_text_clear(&bytes);
    e2l_search_destroy(saved);
}

/* What is asked is never equal to its parent; what is silent always is: decided again from outside. */
static void test_silent_is_exact(void **state)
{
    e2l_genome_shape shape = test_shape("a", 25, 0, 0.06);
    e2l_search_options options = test_options(&shape, 1, 5, 1, 8);
    e2l_search *search = create(*state, &options);
    size_t n_silent = 0;
    assert_int_equal(test_generation(*state, search, 1), E2L_OK);
    for (size_t g = 0; g < 300; g++) {
        e2l_individual_view parent;
        e2l_search_parent(search, 0, &parent);
        char *was = test_text(*state, parent.rules[0]);
        e2l_fitness fitness = parent.fitness;
        const e2l_proposal *proposals;
        size_t n, n_equal = 0;
        assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
        for (size_t k = 0; k < n; k++) {
            assert_false(e2l_expr_equal(proposals[k].rules[0], parent.rules[0]));
            assert_true(proposals[k].parent == parent.id);
        }
        assert_int_equal(test_generation(*state, search, 1), E2L_OK);
        for (size_t k = 0; k < e2l_search_n_told(search); k++) {
            e2l_individual_view one;
            e2l_search_told(search, k, &one);
            char *text = test_text(*state, one.rules[0]);
            if (strcmp(text, was) == 0) {
                n_equal++;
                assert_int_equal(e2l_fitness_compare(one.fitness, fitness), 0);
            }
            e2l_free(*state, text);
        }
        e2l_search_counts counts;
        e2l_search_last_counts(search, &counts);
        assert_int_equal(counts.skipped_silent, n_equal);
        n_silent += n_equal;
        e2l_free(*state, was);
    }
    assert_in_range(n_silent, 100, 2300);
    e2l_search_destroy(search);
}

/* Parents are drawn uniformly: with equal scores for all, each of four has its share of children. */
static void test_parents_are_drawn_uniformly(void **state)
{
    e2l_genome_shape shape = test_shape("a", 10, 0, 0.5);
    e2l_search_options options = test_options(&shape, 1, 5, 4, 4000);
    e2l_search *search = create(*state, &options);
    assert_int_equal(test_generation(*state, search, 1), E2L_OK);
    size_t children[4] = {0};
    e2l_individual_view parents[4];
    for (size_t k = 0; k < 4; k++) {
        e2l_search_parent(search, k, &parents[k]);
    }
    assert_int_equal(test_generation(*state, search, 1), E2L_OK);
    for (size_t k = 0; k < 4000; k++) {
        e2l_individual_view one;
        e2l_search_told(search, k, &one);
        for (size_t p = 0; p < 4; p++) {
            children[p] += one.parent == parents[p].id ? 1 : 0;
        }
    }
    assert_int_equal(children[0] + children[1] + children[2] + children[3], 4000);
    assert_true(test_chi_square(children, 4) < 40);
    e2l_search_destroy(search);
}

/* ---- a whole search: Koza's sextic x^6 - 2x^4 + x^2 (Koza, Genetic Programming II, MIT Press 1994, ch. 5) ---- */

enum { POINTS = 64 };

/* Minus the summed error. */
static e2l_fitness regression(e2l_ctx *ctx, const e2l_expr *rule)
{
    double x[POINTS], out[POINTS], sum = 0;
    const double *inputs[] = {x};
    for (size_t k = 0; k < POINTS; k++) {
        x[k] = -1 + 2 * (double)k / (POINTS - 1);
    }
    void *work = e2l_alloc_lanes(ctx, 1, e2l_expr_eval_bytes(rule));
    assert_non_null(work);
    e2l_expr_eval(rule, e2l_isa_best(), POINTS, inputs, out, work);
    e2l_free(ctx, work);
    for (size_t k = 0; k < POINTS; k++) {
        double s = x[k] * x[k];
        sum += fabs(out[k] - s * (s - 1) * (s - 1));
    }
    return (e2l_fitness){.ok = true, .score = -sum};
}

/* Evaluations until the error is below 1e-6, or 0 when the budget is spent. */
static size_t solve(e2l_ctx *ctx, e2l_search_method method, uint64_t seed, size_t budget)
{
    const char *const x[] = {"x"};
    e2l_genome_shape shape = test_shape("f", 64, 0, 0.1);
    shape.terminals = x;
    shape.n_terminals = 1;
    e2l_search_options options = test_options(&shape, 1, seed, 1, 4);
    options.method = method;
    e2l_search *search = create(ctx, &options);
    size_t n_asked = 0;
    bool solved = false;
    while (n_asked < budget && !solved) {
        const e2l_proposal *proposals;
        e2l_fitness fitness[4];
        size_t n;
        assert_int_equal(e2l_search_ask(search, &proposals, &n), E2L_OK);
        for (size_t k = 0; k < n; k++) {
            fitness[k] = regression(ctx, proposals[k].rules[0]);
        }
        assert_int_equal(e2l_search_tell(search, fitness, NULL), E2L_OK);
        n_asked += n;
        e2l_individual_view best;
        e2l_search_parent(search, 0, &best);
        solved = best.fitness.ok && best.fitness.score > -1e-6;
    }
    e2l_search_destroy(search);
    return solved ? n_asked : 0;
}

static void test_koza_6(void **state)
{
    size_t n_solved[2] = {0};
    for (uint64_t seed = 1; seed <= 8; seed++) {
        n_solved[0] += solve(*state, E2L_SEARCH_CGP, seed, 40000) > 0 ? 1 : 0;
        n_solved[1] += solve(*state, E2L_SEARCH_RANDOM, seed, 40000) > 0 ? 1 : 0;
    }
    print_message("solved of 8 within 40000 evaluations: cgp %zu, random %zu\n", n_solved[0], n_solved[1]);
    assert_in_range(n_solved[0], 5, 8);
    assert_in_range(n_solved[1], 1, 8);
}

/* ---- archive: shuffled offers, merged halves, saved and loaded: the same bytes ---- */

enum { OFFERS = 60 };
typedef struct offer {
    e2l_expr *rule;
    e2l_fitness fitness;
    double eta;
    uint64_t generation, island, id;
} offer;

static void make_offers(e2l_ctx *ctx, e2l_stream *stream, offer *offers)
{
    e2l_genome_shape shape = test_shape("a", 8, 0, 0.1);
    for (size_t k = 0; k < OFFERS; k++) {
        uint32_t genes[25];
        e2l_genome_draw(&shape, stream, genes);
        assert_int_equal(e2l_genome_decode(ctx, &shape, genes, &offers[k].rule), E2L_OK);
        offers[k].fitness = (e2l_fitness){.ok = e2l_stream_below(stream, 9) > 0};
        offers[k].fitness.score = offers[k].fitness.ok ? (double)e2l_stream_below(stream, 6) - 2 : 0;
        if (k % 10 == 3) {
            offers[k].fitness.score = offers[k].fitness.ok ? (double)NAN : 0;
        }
        offers[k].eta = (double)e2l_stream_below(stream, 3);
        offers[k].generation = e2l_stream_below(stream, 3);
        offers[k].island = e2l_stream_below(stream, 2);
        offers[k].id = k;
    }
}

static void give(e2l_archive *archive, const offer *o)
{
    const e2l_expr *rules[] = {o->rule};
    assert_int_equal(e2l_archive_offer(archive, rules, o->fitness, &o->eta, o->generation, o->island, o->id, 0),
                     E2L_OK);
}

static void shuffle(e2l_stream *stream, offer *offers)
{
    for (uint32_t k = OFFERS - 1; k > 0; k--) {
        uint32_t other = e2l_stream_below(stream, k + 1);
        offer kept = offers[k];
        offers[k] = offers[other];
        offers[other] = kept;
    }
}

static void save(const e2l_archive *archive, e2l_text *out)
{
    e2l_text_reset(out);
    assert_int_equal(e2l_archive_save(archive, out), E2L_OK);
}

static void check_orders(e2l_ctx *ctx, uint64_t seed)
{
    e2l_stream stream;
    e2l_stream_init(&stream, seed, E2L_PURPOSE_TEST, NULL, 0);
    offer offers[OFFERS];
    make_offers(ctx, &stream, offers);
    e2l_archive *archive, *half;
    assert_int_equal(e2l_archive_create(ctx, &archive, 1), E2L_OK);
    assert_int_equal(e2l_archive_create(ctx, &half, 1), E2L_OK);
    e2l_text want, got;
    e2l_text_init(&want, ctx);
    e2l_text_init(&got, ctx);
    for (size_t round = 0; round < 6; round++) {
        e2l_archive_reset(archive);
        e2l_archive_reset(half);
        for (size_t k = 0; k < OFFERS; k++) {
            give(k % 2 == 0 && round % 2 == 1 ? half : archive, &offers[k]);
        }
        assert_int_equal(e2l_archive_merge(archive, half), E2L_OK);
        save(archive, round == 0 ? &want : &got);
        if (round > 0) {
            assert_int_equal(got.n, want.n);
            assert_memory_equal(got.data, want.data, want.n);
        }
        shuffle(&stream, offers);
    }
    assert_int_equal(e2l_archive_load(half, want.data, want.n), E2L_OK);
    save(half, &got);
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.data, want.data, want.n);
    e2l_text_clear(&want);
    e2l_text_clear(&got);
    for (size_t k = 0; k < OFFERS; k++) {
        e2l_expr_destroy(ctx, offers[k].rule);
    }
    e2l_archive_destroy(archive);
    e2l_archive_destroy(half);
}

static void test_archive_order(void **state)
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        check_orders(*state, seed);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_resume), TEST(test_other_states_are_refused),
                                       TEST(test_silent_is_exact), TEST(test_parents_are_drawn_uniformly),
                                       TEST(test_koza_6), TEST(test_archive_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
