/* Statements: what is read, and where wrong ones are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "substrate/statement.h"

static int create_ctx(void **state)
{
    e2l_ctx *ctx;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return -1;
    }
    *state = ctx;
    return 0;
}

static int destroy_ctx(void **state)
{
    return e2l_ctx_destroy(*state) == 0 ? 0 : -1;
}

static void expect_printed(e2l_ctx *ctx, const e2l_expr *expr, const char *expected)
{
    e2l_text text;
    e2l_text_init(&text, ctx);
    assert_int_equal(e2l_expr_print(expr, E2L_STYLE_SHORTEST, &text), E2L_OK);
    assert_string_equal(e2l_text_get(&text), expected);
    e2l_text_clear(&text);
}

static void good_statements(void **state)
{
    e2l_ctx *ctx = *state;
    static const struct {
        const char *text, *target, *expr, *guard;
        bool adds;
    } good[] = {
        {"w += eta * rule", "w", "eta * rule", NULL, true},
        {"  r=in ", "r", "in", NULL, false},
        {"when trial.last & x > 0: G = 0", "G", "0", "trial.last & x > 0", false},
        {"whenever = 1", "whenever", "1", NULL, false},
        {"when z: u += -1", "u", "-1", "z", true},
        {"z = v == 3", "z", "v == 3", NULL, false},
    };
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        e2l_statement statement;
        assert_int_equal(e2l_statement_parse(ctx, &statement, good[k].text), E2L_OK);
        assert_string_equal(statement.target, good[k].target);
        assert_int_equal(statement.adds, good[k].adds);
        expect_printed(ctx, statement.expr, good[k].expr);
        assert_int_equal(statement.guard != NULL, good[k].guard != NULL);
        if (good[k].guard) {
            expect_printed(ctx, statement.guard, good[k].guard);
        }
        e2l_statement_clear(ctx, &statement);
    }
}

static void wrong_statements(void **state)
{
    e2l_ctx *ctx = *state;
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"", "column 1: a name to be written"},
        {"   ", "column 4: a name to be written"},
        {"w", "column 2: '=' or '+=' expected"},
        {"w +", "column 4: '=' or '+='"},
        {"w -= 1", "column 3: '=' or '+='"},
        {"w == 1", "column 3: '=' or '+='"},
        {"w =", "column"},
        {"w = x +", "column"},
        {"w = (x", "column"},
        {"w = $", "column 5"},
        {"pre.v = 1", "column 1: only own variables"},
        {"3 = x", "column 1: a name"},
        {"when z u = 1", "':' expected"},
        {"when : u = 1", "column"},
        {"when (z: u = 1", "column"},
        {"when z: when y: u = 1", "column 14: '=' or '+='"},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        e2l_statement statement;
        assert_int_equal(e2l_statement_parse(ctx, &statement, wrong[k].text), E2L_INPUT);
        if (!strstr(e2l_ctx_message(ctx), wrong[k].words)) {
            fail_msg("'%s': expected '%s' in: %s", wrong[k].text, wrong[k].words, e2l_ctx_message(ctx));
        }
        assert_null(statement.target);
    }
}

static void out_of_memory(void **state)
{
    e2l_ctx *ctx = *state;
    for (size_t n = 1; n < 1000; n++) {
        e2l_statement statement;
        e2l_ctx_fail_allocation(ctx, n);
        e2l_status status = e2l_statement_parse(ctx, &statement, "when a > b: w += eta * rule");
        e2l_ctx_fail_allocation(ctx, 0);
        if (status == E2L_OK) {
            e2l_statement_clear(ctx, &statement);
            return;
        }
        assert_int_equal(status, E2L_NOMEM);
        assert_int_equal(e2l_ctx_blocks(ctx), 0);
    }
    fail_msg("never enough memory");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, create_ctx, destroy_ctx)
    const struct CMUnitTest tests[] = {TEST(good_statements), TEST(wrong_statements), TEST(out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
