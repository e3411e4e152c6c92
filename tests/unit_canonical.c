/* unit_canonical.c: one printed form per rule, and safety on large DAGs. */
#include "tests/support/support.h"

#include <string.h>

typedef struct form {
    const char *text, *expected;
} form;

static const form forms[] = {
    /* Oja's rule in any of its clothes */
    {"y * (x - y * w)", "y * (x - y * w)"},
    {"y*x - y*y*w", "y * (x - y * w)"},
    {"x*y - w*y^2", "y * (x - y * w)"},
    {"-(y*(y*w - x))", "y * (x - y * w)"},
    {"square(y) * -w + x*y", "y * (x - y * w)"},
    {"(x*2*y - 2*y*y*w)/2", "y * (x - y * w)"},
    {"2*y*(x - y*w)", "2 * y * (x - y * w)"},
    {"(2*y - w)*(x - y*w)", "(2 * y - w) * (x - y * w)"},
    {"2*y*x - 2*y*y*w - w*x + y*w*w", "(2 * y - w) * (x - y * w)"},
    {"(x - y)^2", "(x - y) * (x - y)"},
    {"x*x - 2*x*y + y*y", "(x - y) * (x - y)"},
    {"y*x", "x * y"},
    {"x - x", "0"},
    {"x*y - w*y + w", "w + y * (x - w)"},
    {"1 - x", "1 - x"},
    {"-1 + x", "x - 1"},
    {"-x - y", "-(x + y)"},
    {"x * -2", "-2 * x"},
    {"tanh(y*w - x)", "-tanh(x - y * w)"},
    {"abs(-x)", "abs(x)"},
    {"abs(abs(x - 1))", "abs(1 - x)"},
    {"relu(relu(x))", "relu(x)"},
    {"max(y, x)", "max(x, y)"},
    {"x / y / 2", "0.5 * x / y"},
    {"y * x / y", "x * y / y"}, /* never cancelled */
    {"0.5*x + y", "0.5 * x + y"},
    {"0.3*x - 0.3*y", "0.3 * (x - y)"},
    {"x / 0", "x / 0"},
};

static void test_forms(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text text;
    e2l_text_init(&text, ctx);
    for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
        e2l_expr *expr = e2l_test_parse(ctx, forms[k].text), *out;
        assert_int_equal(e2l_expr_canonical(ctx, &out, expr), E2L_OK);
        assert_string_equal(e2l_test_print(out, &text), forms[k].expected);
        e2l_expr_destroy(ctx, expr);
        e2l_expr_destroy(ctx, out);
    }
    e2l_text_clear(&text);
    e2l_test_ctx_end(ctx);
}

static void test_complexity(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_expr *oja = e2l_test_parse(ctx, "y*x - y*y*w"), *out;
    assert_int_equal(e2l_expr_canonical(ctx, &out, oja), E2L_OK);
    assert_int_equal(e2l_expr_complexity(out), 3);
    assert_int_equal(e2l_expr_complexity(oja), 4);
    e2l_expr_destroy(ctx, oja);
    e2l_expr_destroy(ctx, out);
    e2l_test_ctx_end(ctx);
}

/* n_k = f(n_{k-1}, n_{k-1}): 2^n paths, n nodes. */
static e2l_expr *doubling(e2l_ctx *ctx, const char *primitive, size_t n)
{
    e2l_builder *builder;
    e2l_expr *expr;
    assert_int_equal(e2l_builder_create(ctx, &builder), E2L_OK);
    uint32_t node = e2l_builder_name(builder, "x", 1);
    for (size_t k = 1; k < n; k++) {
        node = e2l_builder_call(builder, e2l_primitive_find(primitive), (uint32_t[]){node, node, node});
    }
    assert_int_equal(e2l_builder_finish(builder, node, &expr), E2L_OK);
    e2l_builder_destroy(builder);
    return expr;
}

static void test_large(void **state)
{
    (void)state;
    static const char *const primitives[] = {"mul", "add", "sub", "max", "div", "tanh", "if", "pow", "square"};
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < sizeof primitives / sizeof *primitives; k++) {
        e2l_expr *expr = doubling(ctx, primitives[k], E2L_EXPR_MAX_NODES), *out;
        e2l_text text;
        e2l_key key;
        e2l_text_init(&text, ctx);
        assert_int_equal(e2l_expr_n_nodes(expr), E2L_EXPR_MAX_NODES);
        assert_int_equal(e2l_expr_canonical(ctx, &out, expr), E2L_OK);
        assert_int_equal(e2l_expr_key(ctx, expr, &key), E2L_OK);
        if (e2l_expr_tree_size(expr) > E2L_EXPR_MAX_TREE) {
            assert_int_equal(e2l_expr_print(expr, E2L_STYLE_HEX, &text), E2L_UNSUPPORTED);
        }
        e2l_text_clear(&text);
        e2l_expr_destroy(ctx, expr);
        e2l_expr_destroy(ctx, out);
    }
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_complexity),
        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests_name("unit_canonical", tests, NULL, NULL);
}
