/* Genome: layout, decoding of chosen genes, encoding of chosen rules and its refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "cgp/genome.h"
#include "tests/support/search.h"

enum { ADD, SUB, MUL, PDIV };
enum { X, W, ONE, COLUMN };

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

static void assert_decodes(e2l_ctx *ctx, const e2l_genome_shape *shape, const uint32_t *genes, const char *want)
{
    e2l_expr *rule;
    assert_true(e2l_genome_valid(shape, genes));
    assert_int_equal(e2l_genome_decode(ctx, shape, genes, &rule), E2L_OK);
    char *text = test_text(ctx, rule);
    assert_non_null(text);
    assert_string_equal(text, want);
    e2l_free(ctx, text);
    e2l_expr_destroy(ctx, rule);
}

static void test_decode(void **state)
{
    e2l_genome_shape shape = test_shape("s", 3, 0, 0.1);
    assert_int_equal(e2l_genome_n_genes(&shape), 10);
    const uint32_t nested[] = {MUL, X, W, SUB, COLUMN, ONE, PDIV, COLUMN + 1, COLUMN, COLUMN + 2};
    e2l_expr *rule;
    assert_int_equal(e2l_genome_decode(*state, &shape, nested, &rule), E2L_OK);
    assert_int_equal(e2l_expr_n_nodes(rule), 6); /* x w x*w 1 x*w-1 pdiv: the product stands twice, once */
    e2l_expr_destroy(*state, rule);
    const uint32_t input[] = {MUL, X, W, SUB, COLUMN, ONE, PDIV, COLUMN + 1, COLUMN, W};
    assert_decodes(*state, &shape, input, "w");
    const uint32_t constant[] = {MUL, X, W, SUB, COLUMN, ONE, PDIV, COLUMN + 1, COLUMN, ONE};
    assert_decodes(*state, &shape, constant, "1");
    const uint32_t product[] = {MUL, X, W, SUB, COLUMN, ONE, PDIV, X, X, COLUMN};
    assert_decodes(*state, &shape, product, "x * w");
}

static void test_levels_back(void **state)
{
    e2l_genome_shape shape = test_shape("s", 3, 1, 0.1);
    assert_int_equal(e2l_genome_n_values(&shape, 0), 4);
    assert_int_equal(e2l_genome_n_values(&shape, 1), 3);
    assert_int_equal(e2l_genome_n_values(&shape, 4), 4);
    assert_int_equal(e2l_genome_n_values(&shape, 7), 4); /* one column back, whatever stands before */
    assert_int_equal(e2l_genome_n_values(&shape, 9), 6); /* the output reads all */
    const uint32_t genes[] = {MUL, X, X, ADD, COLUMN, W, SUB, COLUMN, W, COLUMN + 2};
    assert_decodes(*state, &shape, genes, "x * x + w - w"); /* COLUMN is the column before */
    const uint32_t beyond[] = {MUL, X, X, ADD, COLUMN, W, SUB, COLUMN + 1, W, COLUMN + 2};
    assert_false(e2l_genome_valid(&shape, beyond));
}

/* Twenty products of a product with itself: 2^20 leaves of a tree, 21 nodes of a DAG. */
static void test_decode_is_no_tree_walk(void **state)
{
    enum { COLUMNS = 200 };
    e2l_genome_shape shape = test_shape("s", COLUMNS, 0, 0.1);
    uint32_t genes[3 * COLUMNS + 1];
    for (uint32_t c = 0; c < COLUMNS; c++) {
        genes[3 * c] = MUL;
        genes[3 * c + 1] = genes[3 * c + 2] = c == 0 ? X : COLUMN + c - 1;
    }
    genes[3 * COLUMNS] = COLUMN + COLUMNS - 1;
    e2l_expr *rule;
    assert_int_equal(e2l_genome_decode(*state, &shape, genes, &rule), E2L_OK);
    assert_int_equal(e2l_expr_n_nodes(rule), COLUMNS + 1);
    assert_true(e2l_expr_tree_size(rule) == SIZE_MAX);
    e2l_expr_destroy(*state, rule);
}

static e2l_status encode(e2l_ctx *ctx, const e2l_genome_shape *shape, const char *text, uint32_t *genes)
{
    e2l_stream stream;
    e2l_stream_init(&stream, 1, E2L_PURPOSE_TEST, NULL, 0);
    e2l_expr *rule = test_rule(ctx, text);
    assert_non_null(rule);
    e2l_status status = e2l_genome_encode(ctx, shape, rule, &stream, genes);
    e2l_expr_destroy(ctx, rule);
    return status;
}

static void test_encode(void **state)
{
    e2l_genome_shape shape = test_shape("s", 8, 0, 0.1);
    uint32_t genes[25];
    const char *rules[] = {"x", "1", "x * (w - x * w)", "pdiv(x, w) + pdiv(x, w) * x", "x * x * x * x - 1"};
    for (size_t k = 0; k < sizeof rules / sizeof rules[0]; k++) {
        assert_int_equal(encode(*state, &shape, rules[k], genes), E2L_OK);
        assert_decodes(*state, &shape, genes, rules[k]);
    }
}

static void test_encode_negative_constant(void **state)
{
    const e2l_primitive *functions[] = {e2l_primitive_find("neg"), e2l_primitive_find("mul")};
    e2l_genome_shape shape = test_shape("s", 4, 0, 0.1);
    shape.functions = functions;
    shape.n_functions = 2;
    uint32_t genes[13];
    assert_int_equal(encode(*state, &shape, "x * -1", genes), E2L_OK);
    assert_decodes(*state, &shape, genes, "x * -1");
}

static void assert_refused(e2l_ctx *ctx, const e2l_genome_shape *shape, const char *text, const char *words)
{
    uint32_t genes[64];
    assert_int_equal(encode(ctx, shape, text, genes), E2L_INPUT);
    if (!strstr(e2l_ctx_message(ctx), words)) {
        fail_msg("'%s' lacks '%s'", e2l_ctx_message(ctx), words);
    }
}

static void test_encode_refuses(void **state)
{
    e2l_genome_shape shape = test_shape("fwd", 2, 0, 0.1);
    assert_refused(*state, &shape, "tanh(x)", "'tanh' is not among the functions (add, sub, mul, pdiv)");
    assert_refused(*state, &shape, "x + 2", "2 is not among the constants");
    assert_refused(*state, &shape, "x + y", "slot 'fwd': 'y' is no terminal");
    assert_refused(*state, &shape, "x * x * x * x", "columns: 2; the rule needs 3");
    shape = test_shape("fwd", 9, 1, 0.1);
    assert_refused(*state, &shape, "(x + w) * (x - w)", "levels_back: 1; the rule needs 2");
}

static void test_check(void **state)
{
    e2l_genome_shape good = test_shape("s", 3, 0, 0.1);
    assert_int_equal(e2l_genome_check(*state, &good), E2L_OK);
    e2l_genome_shape none = good, still = good, wild = good, wide = good, nan = good;
    none.n_terminals = none.n_constants = 0;
    still.n_functions = 0;
    wild.mutation = 1.5;
    wide.columns = 5000;
    const double not_a_number = (double)NAN;
    nan.constants = &not_a_number;
    const e2l_genome_shape *bad[] = {&none, &still, &wild, &wide, &nan};
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        assert_int_equal(e2l_genome_check(*state, bad[k]), E2L_INPUT);
    }
    wild.mutation = (double)NAN;
    assert_int_equal(e2l_genome_check(*state, &wild), E2L_INPUT);
    still.columns = 0;
    assert_int_equal(e2l_genome_check(*state, &still), E2L_OK);
    uint32_t gene[] = {W};
    assert_decodes(*state, &still, gene, "w");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_decode, setup, teardown),
        cmocka_unit_test_setup_teardown(test_levels_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_decode_is_no_tree_walk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_encode, setup, teardown),
        cmocka_unit_test_setup_teardown(test_encode_negative_constant, setup, teardown),
        cmocka_unit_test_setup_teardown(test_encode_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_check, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
