/* Genomes at large: the distribution of mutation (other engines got it wrong several times), round trips. Fixed
   streams, so a bound that holds once holds always; bounds are about five standard deviations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "cgp/genome.h"
#include "tests/support/search.h"

enum { COLUMNS = 20, GENES = 3 * COLUMNS + 1, ROUNDS = 20000 };

static void start(e2l_stream *stream, uint64_t seed)
{
    e2l_stream_init(stream, seed, E2L_PURPOSE_TEST, NULL, 0);
}

/* Upper bound of chi-square with n degrees: Wilson-Hilferty at five standard deviations. */
static double chi_bound(size_t n)
{
    double f = 2.0 / (9.0 * (double)n);
    return (double)n * pow(1 - f + 5 * sqrt(f), 3);
}

static void test_mean_count_and_positions(void **state)
{
    (void)state;
    const double rates[] = {0.003, 0.05, 0.1, 0.5, 0.93};
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        e2l_genome_shape shape = test_shape("s", COLUMNS, 0, rates[r]);
        e2l_stream stream;
        start(&stream, r);
        uint32_t parent[GENES], child[GENES];
        size_t hits[GENES] = {0}, total = 0;
        double squares = 0;
        e2l_genome_draw(&shape, &stream, parent);
        for (size_t k = 0; k < ROUNDS; k++) {
            memcpy(child, parent, sizeof child);
            size_t n = e2l_genome_mutate(&shape, &stream, child), differing = 0;
            for (size_t g = 0; g < GENES; g++) {
                differing += child[g] != parent[g] ? 1 : 0;
                hits[g] += child[g] != parent[g] ? 1 : 0;
            }
            assert_int_equal(n, differing);
            total += n;
            squares += (double)n * (double)n;
        }
        double mean = (double)total / ROUNDS, want = GENES * rates[r], variance = want * (1 - rates[r]);
        assert_true(fabs(mean - want) < 5 * sqrt(variance / ROUNDS));
        double got = squares / ROUNDS - mean * mean; /* independent genes: binomial */
        assert_true(fabs(got - variance) < 0.06 * variance + 0.01);
        assert_true(test_chi_square(hits, GENES) * (1 / (1 - rates[r])) < chi_bound(GENES - 1));
    }
}

/* Which of the other values: all alike, for every gene of a small genome. */
static void test_alternatives_are_uniform(void **state)
{
    (void)state;
    e2l_genome_shape shape = test_shape("s", 3, 2, 0.3);
    e2l_stream stream;
    start(&stream, 11);
    enum { N = 10, MOST = 16 };
    uint32_t parent[N], child[N];
    for (size_t round = 0; round < 4; round++) {
        size_t seen[N][MOST] = {{0}};
        e2l_genome_draw(&shape, &stream, parent);
        for (size_t k = 0; k < ROUNDS; k++) {
            memcpy(child, parent, sizeof child);
            (void)e2l_genome_mutate(&shape, &stream, child);
            assert_true(e2l_genome_valid(&shape, child));
            for (size_t g = 0; g < N; g++) {
                seen[g][child[g]]++;
            }
        }
        for (size_t g = 0; g < N; g++) {
            size_t n = e2l_genome_n_values(&shape, g), others[MOST], n_others = 0;
            assert_in_range(n, 3, MOST);
            for (size_t v = 0; v < n; v++) {
                if (v != parent[g]) {
                    others[n_others++] = seen[g][v];
                }
            }
            assert_true(test_chi_square(others, n_others) < chi_bound(n_others - 1));
        }
    }
}

/* Two genes change together as often as independence says: neighbours, and neighbours but one. */
static void test_pairs_are_independent(void **state)
{
    (void)state;
    e2l_genome_shape shape = test_shape("s", COLUMNS, 0, 0.2);
    e2l_stream stream;
    start(&stream, 5);
    uint32_t parent[GENES], child[GENES];
    size_t both[3] = {0};
    e2l_genome_draw(&shape, &stream, parent);
    for (size_t k = 0; k < ROUNDS; k++) {
        memcpy(child, parent, sizeof child);
        (void)e2l_genome_mutate(&shape, &stream, child);
        for (size_t lag = 1; lag <= 2; lag++) {
            for (size_t g = lag; g < GENES; g++) {
                both[lag] += child[g] != parent[g] && child[g - lag] != parent[g - lag] ? 1 : 0;
            }
        }
    }
    for (size_t lag = 1; lag <= 2; lag++) {
        double trials = (double)ROUNDS * (double)(GENES - lag), p = 0.04;
        assert_true(fabs((double)both[lag] - trials * p) < 7 * sqrt(trials * p));
    }
}

static void test_rate_zero_and_one(void **state)
{
    (void)state;
    e2l_stream stream;
    start(&stream, 6);
    uint32_t parent[GENES], child[GENES];
    e2l_genome_shape shape = test_shape("s", COLUMNS, 0, 0);
    e2l_genome_draw(&shape, &stream, parent);
    memcpy(child, parent, sizeof child);
    for (size_t k = 0; k < 100; k++) {
        assert_int_equal(e2l_genome_mutate(&shape, &stream, child), 0);
    }
    assert_memory_equal(parent, child, sizeof child);
    shape.mutation = 1;
    for (size_t k = 0; k < 100; k++) {
        assert_int_equal(e2l_genome_mutate(&shape, &stream, child), GENES);
    }
}

/* One function, one input, levels back: function genes have one value and stay as they are at any rate. */
static void test_single_valued_genes(void **state)
{
    (void)state;
    const e2l_primitive *mul[] = {e2l_primitive_find("mul")};
    const char *const x[] = {"x"};
    e2l_genome_shape shape = {.slot = "s", .terminals = x, .n_terminals = 1, .functions = mul, .n_functions = 1,
                              .columns = 4, .levels_back = 1, .mutation = 1};
    e2l_stream stream;
    start(&stream, 7);
    uint32_t genes[13];
    e2l_genome_draw(&shape, &stream, genes);
    for (size_t k = 0; k < 50; k++) {
        assert_int_equal(e2l_genome_mutate(&shape, &stream, genes), 7); /* 3 columns of 2 inputs, and the output */
        assert_true(e2l_genome_valid(&shape, genes));
    }
}

static void test_draw_is_uniform(void **state)
{
    (void)state;
    e2l_genome_shape shape = test_shape("s", 3, 0, 0.1);
    e2l_stream stream;
    start(&stream, 8);
    size_t seen[10][16] = {{0}};
    for (size_t k = 0; k < ROUNDS; k++) {
        uint32_t genes[10];
        e2l_genome_draw(&shape, &stream, genes);
        assert_true(e2l_genome_valid(&shape, genes));
        for (size_t g = 0; g < 10; g++) {
            seen[g][genes[g]]++;
        }
    }
    for (size_t g = 0; g < 10; g++) {
        size_t n = e2l_genome_n_values(&shape, g);
        assert_true(test_chi_square(seen[g], n) < chi_bound(n - 1));
    }
}

/* decode(encode(decode(g))) = decode(g), as text and as DAG; with all levels back every DAG fits again. */
static void test_round_trip(void **state)
{
    (void)state;
    e2l_ctx *ctx;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    e2l_genome_shape shape = test_shape("s", COLUMNS, 0, 0.1);
    e2l_stream stream;
    start(&stream, 9);
    for (size_t k = 0; k < 1000; k++) {
        uint32_t genes[GENES], again[GENES];
        e2l_expr *rule, *second;
        e2l_genome_draw(&shape, &stream, genes);
        assert_int_equal(e2l_genome_decode(ctx, &shape, genes, &rule), E2L_OK);
        assert_int_equal(e2l_genome_encode(ctx, &shape, rule, &stream, again), E2L_OK);
        assert_true(e2l_genome_valid(&shape, again));
        assert_int_equal(e2l_genome_decode(ctx, &shape, again, &second), E2L_OK);
        assert_true(e2l_expr_equal(rule, second));
        e2l_expr_destroy(ctx, rule);
        e2l_expr_destroy(ctx, second);
    }
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

/* The formula as a builder makes it of all columns, wanted or not; the walk of the decoder must give the same, node for node:
   equal columns, a name that is there twice, neg of constants, columns that are read from afar. */
static e2l_expr *built(e2l_ctx *ctx, const e2l_genome_shape *shape, const uint32_t *genes)
{
    enum { WIDTH = 4, MOST = 64 };
    uint32_t node[MOST];
    e2l_builder *builder;
    e2l_expr *rule;
    assert_int_equal(e2l_builder_create(ctx, &builder), E2L_OK);
    size_t n = 0, n_inputs = shape->n_terminals + shape->n_constants;
    for (size_t k = 0; k < shape->n_terminals; k++) {
        node[n++] = e2l_builder_name(builder, shape->terminals[k], strlen(shape->terminals[k]));
    }
    for (size_t k = 0; k < shape->n_constants; k++) {
        node[n++] = e2l_builder_const(builder, shape->constants[k]);
    }
    for (size_t c = 0; c <= shape->columns; c++) {
        const uint32_t *gene = genes + c * WIDTH;
        bool is_output = c == shape->columns;
        size_t first = is_output || shape->levels_back == 0 || c <= shape->levels_back ? 0 : c - shape->levels_back;
        uint32_t args[E2L_MAX_ARITY];
        for (size_t i = 0; i < (is_output ? 1 : E2L_MAX_ARITY); i++) {
            size_t from = gene[is_output ? 0 : i + 1];
            args[i] = node[from < n_inputs ? from : from + first];
        }
        node[n++] = is_output ? args[0] : e2l_builder_call(builder, shape->functions[gene[0]], args);
    }
    assert_int_equal(e2l_builder_finish(builder, node[n - 1], &rule), E2L_OK);
    e2l_builder_destroy(builder);
    return rule;
}

static void test_decode_is_what_a_builder_makes(void **state)
{
    (void)state;
    static const char *const terminals[] = {"x", "y", "x"};
    static const double constants[] = {0.5, 0.0, -0.5};
    const e2l_primitive *functions[] = {e2l_primitive_find("neg"), e2l_primitive_find("add"), e2l_primitive_find("if"),
                                        e2l_primitive_find("mul"), e2l_primitive_find("neg")};
    e2l_ctx *ctx;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    e2l_stream stream;
    start(&stream, 10);
    for (size_t k = 0; k < 4000; k++) {
        uint32_t genes[4 * COLUMNS + 1];
        e2l_genome_shape shape = {.slot = "s", .terminals = terminals, .n_terminals = k % 4, .constants = constants,
                                  .n_constants = 1 + k % 3, .functions = functions, .n_functions = 5,
                                  .columns = 1 + k % COLUMNS, .levels_back = k % 5, .mutation = 0.1};
        e2l_genome_draw(&shape, &stream, genes);
        e2l_expr *rule, *wanted = built(ctx, &shape, genes);
        assert_int_equal(e2l_genome_decode(ctx, &shape, genes, &rule), E2L_OK);
        assert_true(e2l_expr_equal(rule, wanted));
        assert_true(e2l_expr_tree_size(rule) == e2l_expr_tree_size(wanted));
        assert_int_equal(e2l_expr_n_names(rule), e2l_expr_n_names(wanted));
        e2l_expr_destroy(ctx, rule);
        e2l_expr_destroy(ctx, wanted);
    }
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_count_and_positions), cmocka_unit_test(test_alternatives_are_uniform),
        cmocka_unit_test(test_pairs_are_independent),    cmocka_unit_test(test_rate_zero_and_one),
        cmocka_unit_test(test_single_valued_genes),      cmocka_unit_test(test_draw_is_uniform),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_decode_is_what_a_builder_makes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
