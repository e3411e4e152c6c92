/* oom_expr.c: every allocation of reading, printing, the canonical form and keys fails once: NOMEM, nothing leaked. */
#include "tests/support/support.h"

#include <string.h>

typedef e2l_status work(e2l_ctx *ctx, const char *text);

static e2l_status parse_and_print(e2l_ctx *ctx, const char *text)
{
    e2l_expr *expr;
    e2l_text out;
    e2l_text_init(&out, ctx);
    e2l_status status = e2l_expr_parse(ctx, &expr, text, strlen(text), NULL);
    if (status == E2L_OK) {
        status = e2l_expr_print(expr, E2L_STYLE_HEX, &out);
    }
    e2l_text_clear(&out);
    e2l_expr_destroy(ctx, expr);
    return status;
}

static e2l_status canonical(e2l_ctx *ctx, const char *text)
{
    e2l_expr *expr, *out = NULL;
    e2l_key key;
    e2l_status status = e2l_expr_parse(ctx, &expr, text, strlen(text), NULL);
    if (status == E2L_OK) {
        status = e2l_expr_canonical(ctx, &out, expr);
    }
    if (status == E2L_OK) {
        status = e2l_expr_key(ctx, out, &key);
    }
    e2l_expr_destroy(ctx, out);
    e2l_expr_destroy(ctx, expr);
    return status;
}

/* A name nobody knows: the error's list of functions is allocated as well. */
static e2l_status wrong(e2l_ctx *ctx, const char *text)
{
    e2l_expr *expr;
    e2l_status status = e2l_expr_parse(ctx, &expr, text, strlen(text), NULL);
    assert_null(expr);
    return status;
}

static void fail_each(work *run, const char *text, e2l_status last)
{
    e2l_status status = E2L_NOMEM;
    size_t n = 0;
    while (status == E2L_NOMEM) {
        e2l_ctx *ctx = e2l_test_ctx();
        n = e2l_test_next_allocation(n);
        e2l_ctx_fail_allocation(ctx, n);
        status = run(ctx, text);
        if (status != E2L_OK) {
            assert_true(strlen(e2l_ctx_message(ctx)) > 0);
        }
        e2l_test_ctx_end(ctx);
    }
    assert_int_equal(status, last);
    assert_true(n > 3); /* something was allocated, so something could fail */
}

static const char *const formulas[] = {
    "y * (x - y * w)",
    "(2*y - w)*(x - y*w)*(x - y)^2 + tanh(x - y)/max(y, x) - a*b*c*d*e*f",
    "a0+a1+a2+a3+a4+a5+a6+a7+a8+a9+b0+b1+b2+b3+b4+b5+b6+b7+b8+b9+c0+c1+c2+c3+c4+c5+c6+c7+c8+c9+d0+d1+d2+d3+d4+d5",
};

static void test_each(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof formulas / sizeof *formulas; k++) {
        fail_each(parse_and_print, formulas[k], E2L_OK);
        fail_each(canonical, formulas[k], E2L_OK);
    }
    fail_each(wrong, "x + sinn(y)", E2L_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each)};
    return cmocka_run_group_tests_name("oom_expr", tests, NULL, NULL);
}
