/* unit_parse.c: text to DAG and back; what is refused, and in which words. */
#include "tests/support/support.h"

#include <stdio.h>
#include <string.h>

typedef struct printed {
    const char *text, *expected;
} printed;

/* Fewest parentheses that keep the DAG. */
static const printed round_trips[] = {
    {"y*(x-y*w)", "y * (x - y * w)"},
    {"((a))", "a"},
    {"a-(b-c)", "a - (b - c)"},
    {"(a-b)-c", "a - b - c"},
    {"a/(b*c)", "a / (b * c)"},
    {"(a*b)/c", "a * b / c"},
    {"a*(b/c)", "a * (b / c)"},
    {"-x^5", "-x ^ 5"},
    {"(-x)^5", "(-x) ^ 5"},
    {"-2^2", "-(2 * 2)"},
    {"(-2)^x", "(-2) ^ x"},
    {"x^-y^z", "x ^ -y ^ z"},
    {"(x^y)^z", "(x ^ y) ^ z"},
    {"x^2", "x * x"},
    {"x^3", "x * x * x"},
    {"(x+1)^4", "(x + 1) * (x + 1) * (x + 1) * (x + 1)"},
    {"x^1", "x ^ 1"},
    {"pow(x, 2)", "pow(x, 2)"},
    {"a - -2", "a - -2"},
    {"--2", "2"},
    {"-0", "-0"},
    {"-inf", "-inf"},
    {"!-x", "!-x"},
    {"!(a & b)", "!(a & b)"},
    {"a<b & c>=d | !e", "a < b & c >= d | !e"},
    {"(a<b) == (c<d)", "(a < b) == (c < d)"},
    {"a & (b | c)", "a & (b | c)"},
    {"-(x*y)", "-(x * y)"},
    {"-x*y", "-x * y"},
    {"add(x, mul(y, w))", "x + y * w"},
    {"if(pre.v > trial.last, x, z)", "if(pre.v > trial.last, x, z)"},
    {" \t\r\n x ", "x"},
    {"step % 3 == 0", "step % 3 == 0"},
};

static void test_round_trip(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text text;
    e2l_text_init(&text, ctx);
    for (size_t k = 0; k < sizeof round_trips / sizeof *round_trips; k++) {
        e2l_expr *expr = e2l_test_parse(ctx, round_trips[k].text);
        assert_string_equal(e2l_test_print(expr, &text), round_trips[k].expected);
        e2l_expr *again = e2l_test_parse(ctx, round_trips[k].expected);
        assert_true(e2l_expr_equal(expr, again));
        e2l_expr_destroy(ctx, expr);
        e2l_expr_destroy(ctx, again);
    }
    e2l_text_clear(&text);
    e2l_test_ctx_end(ctx);
}

static void test_hex(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text text;
    e2l_text_init(&text, ctx);
    e2l_expr *expr = e2l_test_parse(ctx, "0.1 * x - 2");
    assert_int_equal(e2l_expr_print(expr, E2L_STYLE_HEX, &text), E2L_OK);
    assert_string_equal(e2l_text_get(&text), "0x1.999999999999ap-4 * x - 0x1p+1");
    e2l_expr_destroy(ctx, expr);
    e2l_text_clear(&text);
    e2l_test_ctx_end(ctx);
}

typedef struct refused {
    const char *text, *column, *words;
} refused;

static const refused errors[] = {
    {"", "column 1:", "expected a value, found the end"},
    {"x + ", "column 5:", "found the end"},
    {"x + $", "column 5:", "found '$'"},
    {"x + \x01", "column 5:", "byte 0x01"},
    {"x \xc3\xa9", "column 3:", "byte 0xc3"},
    {"2x", "column 2:", "expected an operator, found 'x'"},
    {"(x + y", "column 7:", "'(' at column 1"},
    {"x + y)", "column 6:", "no '(' is open"},
    {"a < b < c", "column 7:", "do not chain"},
    {"a = b", "column 3:", "=="},
    {"x ** 2", "column 4:", "^"},
    {"nan", "column 1:", "nan"},
    {"1 + 1e999", "column 5:", "1e999"},
    {"tanhh(x)", "column 1:", "did you mean 'tanh'"},
    {"max(x)", "column 1:", "takes 2 arguments, found 1"},
    {"tanh(x, y)", "column 1:", "takes 1 argument, found at least 2"},
    {"tanh()", "column 1:", "found 0"},
    {"min(x y)", "column 7:", "',' or ')'"},
};

static void test_errors(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < sizeof errors / sizeof *errors; k++) {
        e2l_expr *expr;
        assert_int_equal(e2l_expr_parse(ctx, &expr, errors[k].text, strlen(errors[k].text), NULL), E2L_INPUT);
        assert_null(expr);
        const char *message = e2l_ctx_message(ctx);
        if (strncmp(message, errors[k].column, strlen(errors[k].column)) != 0 || !strstr(message, errors[k].words)) {
            fail_msg("'%s' gives '%s'", errors[k].text, message);
        }
    }
    e2l_test_ctx_end(ctx);
}

static void test_scope(void **state)
{
    (void)state;
    static const char *const names[] = {"x", "y", "weight"};
    const e2l_scope scope = {.names = names, .n_names = 3};
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_expr *expr;
    assert_int_equal(e2l_expr_parse(ctx, &expr, "x * weight", 10, &scope), E2L_OK);
    e2l_expr_destroy(ctx, expr);
    assert_int_equal(e2l_expr_parse(ctx, &expr, "x * wieght", 10, &scope), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "column 5: unknown name 'wieght'; did you mean 'weight'?"));
    assert_non_null(strstr(e2l_ctx_message(ctx), "allowed: x, y, weight"));
    assert_int_equal(e2l_expr_parse(ctx, &expr, "y(x - 1)", 8, &scope), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "written with *"));
    e2l_test_ctx_end(ctx);
}

static e2l_status parse_repeated(e2l_ctx *ctx, const char *head, const char *piece, size_t n, const char *tail)
{
    e2l_text text;
    e2l_expr *expr;
    e2l_text_init(&text, ctx);
    e2l_text_append(&text, head);
    for (size_t k = 0; k < n; k++) {
        e2l_text_append(&text, piece);
    }
    e2l_text_append(&text, tail);
    e2l_status status = e2l_expr_parse(ctx, &expr, e2l_text_get(&text), text.n, NULL);
    e2l_expr_destroy(ctx, expr);
    e2l_text_clear(&text);
    return status;
}

/* Hostile sizes end in words. */
static void test_limits(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    assert_int_equal(parse_repeated(ctx, "", "(", 60000, ""), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "nested too deeply"));
    assert_int_equal(parse_repeated(ctx, "", "-", 60000, "x"), E2L_INPUT);
    assert_int_equal(parse_repeated(ctx, "x", "^x", 20000, ""), E2L_INPUT);
    assert_int_equal(parse_repeated(ctx, "", "tanh(", 10000, "x"), E2L_INPUT);
    assert_int_equal(parse_repeated(ctx, "x", "+x", 500000, ""), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "bytes; allowed"));
    assert_int_equal(parse_repeated(ctx, "x", "+x", 30000, ""), E2L_INPUT);
    assert_int_equal(parse_repeated(ctx, "x", "+x", 2000, ""), E2L_OK);
    assert_int_equal(parse_repeated(ctx, "(", "(x+y)^4*", 2000, "1)"), E2L_INPUT);
    assert_int_equal(parse_repeated(ctx, "", "1", 60000, ""), E2L_INPUT);
    assert_int_equal(parse_repeated(ctx, "0.", "1", 60000, ""), E2L_OK);
    assert_int_equal(parse_repeated(ctx, "", "n", 60000, ""), E2L_INPUT);
    e2l_expr *expr;
    assert_int_equal(e2l_expr_parse(ctx, &expr, "x\0+y", 4, NULL), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "column 2: expected an operator, found byte 0x00"));
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_hex),    cmocka_unit_test(test_errors),
        cmocka_unit_test(test_scope),      cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("unit_parse", tests, NULL, NULL);
}
