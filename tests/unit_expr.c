/* unit_expr.c: the DAG: sharing, order of nodes, sizes, equality, keys. */
#include "tests/support/support.h"

#include <string.h>

static void test_sharing(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_expr *expr = e2l_test_parse(ctx, "(x + y) * (x + y) + (x + y)");
    assert_int_equal(e2l_expr_n_nodes(expr), 5); /* x, y, x + y, product, sum */
    assert_int_equal(e2l_expr_tree_size(expr), 11);
    assert_int_equal(e2l_expr_n_names(expr), 2);
    assert_string_equal(e2l_expr_name(expr, 0), "x");
    assert_string_equal(e2l_expr_name(expr, 1), "y");
    assert_int_equal(e2l_expr_complexity(expr), 3);
    e2l_expr_destroy(ctx, expr);
    e2l_test_ctx_end(ctx);
}

/* Arguments stand before their users and names in the order of their first node. */
static void test_order(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_expr *expr = e2l_test_parse(ctx, "b * tanh(a) - if(c, b, a / 2)");
    const e2l_node *nodes = e2l_expr_nodes(expr);
    for (size_t k = 0; k < e2l_expr_n_nodes(expr); k++) {
        uint32_t arity = nodes[k].kind == E2L_NODE_CALL ? nodes[k].primitive->arity : 0;
        for (uint32_t i = 0; i < arity; i++) {
            assert_true(nodes[k].arg[i] < k);
        }
    }
    assert_string_equal(nodes[e2l_expr_n_nodes(expr) - 1].primitive->name, "sub");
    assert_string_equal(e2l_expr_name(expr, 0), "b");
    assert_string_equal(e2l_expr_name(expr, 2), "c");
    e2l_expr_destroy(ctx, expr);
    e2l_test_ctx_end(ctx);
}

static void test_builder(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_builder *b;
    e2l_expr *expr, *same;
    assert_int_equal(e2l_builder_create(ctx, &b), E2L_OK);
    uint32_t x = e2l_builder_name(b, "xyz", 1);
    uint32_t unused = e2l_builder_name(b, "unused", 6);
    assert_int_not_equal(x, unused);
    assert_int_equal(x, e2l_builder_name(b, "x", 1));
    assert_int_not_equal(e2l_builder_const(b, 0.0), e2l_builder_const(b, -0.0));
    uint32_t two = e2l_builder_const(b, 2.0);
    uint32_t minus = e2l_builder_call(b, e2l_primitive_find("neg"), &two);
    assert_int_equal(minus, e2l_builder_const(b, -2.0));
    uint32_t root = e2l_builder_call(b, e2l_primitive_find("mul"), (uint32_t[]){x, minus});
    assert_int_equal(e2l_builder_finish(b, root, &expr), E2L_OK);
    assert_int_equal(e2l_expr_n_nodes(expr), 3);
    assert_int_equal(e2l_expr_n_names(expr), 1);
    e2l_builder_reset(b);
    root = e2l_builder_insert(b, expr);
    assert_int_equal(e2l_builder_finish(b, root, &same), E2L_OK);
    assert_true(e2l_expr_equal(expr, same));
    assert_int_equal(e2l_builder_const(b, (double)__builtin_nan("")), E2L_NO_NODE);
    e2l_expr_destroy(ctx, expr);
    assert_int_equal(e2l_builder_finish(b, E2L_NO_NODE, &expr), E2L_INPUT);
    assert_null(expr);
    e2l_expr_destroy(ctx, same);
    e2l_builder_destroy(b);
    e2l_test_ctx_end(ctx);
}

/* Thousands of nodes and names: the tables grow. */
static void test_many(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_builder *b;
    e2l_expr *expr;
    assert_int_equal(e2l_builder_create(ctx, &b), E2L_OK);
    uint32_t sum = e2l_builder_const(b, 0.0);
    for (uint32_t k = 0; k < 3000; k++) {
        char name[4] = {(char)('a' + k % 26), (char)('a' + k / 26 % 26), (char)('a' + k / 676), '\0'};
        uint32_t args[2] = {sum, e2l_builder_name(b, name, 3)};
        sum = e2l_builder_call(b, e2l_primitive_find("add"), args);
    }
    assert_int_equal(e2l_builder_finish(b, sum, &expr), E2L_INPUT); /* 6001 nodes */
    assert_non_null(strstr(e2l_ctx_message(ctx), "6001 nodes"));
    assert_null(expr);
    e2l_builder_destroy(b);
    e2l_test_ctx_end(ctx);
}

static bool same_key(e2l_ctx *ctx, const char *a, const char *b)
{
    e2l_expr *p = e2l_test_parse(ctx, a), *q = e2l_test_parse(ctx, b);
    e2l_key k, l;
    assert_int_equal(e2l_expr_key(ctx, p, &k), E2L_OK);
    assert_int_equal(e2l_expr_key(ctx, q, &l), E2L_OK);
    e2l_expr_destroy(ctx, p);
    e2l_expr_destroy(ctx, q);
    return k.low == l.low && k.high == l.high;
}

static void test_keys(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    assert_true(same_key(ctx, "x*y + w", "w + y*x"));
    assert_true(same_key(ctx, "max(x, y) == x + 1", "1 + x == max(y, x)"));
    assert_false(same_key(ctx, "x - y", "y - x"));
    assert_false(same_key(ctx, "x + (y + w)", "(x + y) + w")); /* other bits */
    assert_false(same_key(ctx, "x + 0", "x + -0"));
    assert_false(same_key(ctx, "x", "y"));
    assert_false(same_key(ctx, "x * y", "x + y"));
    assert_false(same_key(ctx, "x * x", "square(x)"));
    assert_false(same_key(ctx, "x + 1", "x + 1.0000000000000002"));
    e2l_key seed = {1, 2};
    e2l_key a = e2l_key_bytes("ab", 2, seed), b = e2l_key_bytes("ab", 2, (e2l_key){1, 3});
    assert_true(a.low != b.low || a.high != b.high);
    e2l_test_ctx_end(ctx);
}

static void test_equal(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_expr *a = e2l_test_parse(ctx, "x * y"), *b = e2l_test_parse(ctx, "y * x"), *c = e2l_test_parse(ctx, "x*y");
    assert_false(e2l_expr_equal(a, b));
    assert_true(e2l_expr_equal(a, c));
    e2l_expr_destroy(ctx, a);
    e2l_expr_destroy(ctx, b);
    e2l_expr_destroy(ctx, c);
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sharing), cmocka_unit_test(test_order), cmocka_unit_test(test_builder),
        cmocka_unit_test(test_many),    cmocka_unit_test(test_keys),  cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests_name("unit_expr", tests, NULL, NULL);
}
