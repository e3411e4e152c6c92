/* Units: texts, printing, algebra, units through a formula, and what its place asks of a name. */
#include "substrate/dimension.h"
#include "tests/support/support.h"

#include <string.h>

static e2l_dimension unit(e2l_ctx *ctx, const char *text)
{
    e2l_dimension out;
    if (e2l_dimension_parse(ctx, &out, text) != E2L_OK) {
        fail_msg("%s: %s", text, e2l_ctx_message(ctx));
    }
    return out;
}

static void same_units(void **state)
{
    (void)state;
    static const char *const same[][2] = {{"nS*mV", "pA"},   {"GOhm pA", "mV"}, {"pF/nS", "ms"}, {"1/ms", "kHz"},    {"Hz", "1/s"},
                                          {"mV^2/mV", "mV"}, {"C/s", "A"},      {"V/Ohm", "A"},  {"W", "J/s"},       {"N", "kg*m/s^2"},
                                          {"M", "mol/dm^3"}, {"mS", "1/kOhm"},  {"1", "rad"},    {"ms^-1", "1/ms"}, {"\xc2\xb5V", "uV"}};
    static const char *const different[][2] = {{"mV", "V"}, {"ms", "s"}, {"mV", "ms"}, {"1", "kHz"}, {"Hz*ms", "1"}, {"m", "mS"}};
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < sizeof same / sizeof *same; k++) {
        const e2l_dimension a = unit(ctx, same[k][0]), b = unit(ctx, same[k][1]);
        if (!e2l_dimension_agree(&a, &b)) {
            fail_msg("%s is not %s", same[k][0], same[k][1]);
        }
    }
    for (size_t k = 0; k < sizeof different / sizeof *different; k++) {
        const e2l_dimension a = unit(ctx, different[k][0]), b = unit(ctx, different[k][1]);
        assert_false(e2l_dimension_agree(&a, &b));
    }
    const e2l_dimension none = unit(ctx, ""), volt = unit(ctx, "V");
    assert_int_equal(none.kind, E2L_DIMENSION_UNKNOWN);
    assert_true(e2l_dimension_agree(&none, &volt));
    e2l_test_ctx_end(ctx);
}

static void printed(void **state)
{
    (void)state;
    static const char *const texts[][2] = {{"mV", "mV"},       {"V", "1e3 mV"}, {"1/ms", "1/ms"}, {"nS", "nS"},      {"GOhm", "GOhm"},
                                           {"pF", "pF"},       {"1", "1"},      {"mV/ms", "mV/ms"}, {"Hz*ms", "1e-3"}, {"um", "1e-6 m"},
                                           {"mV^2", "mV^2"},   {"Hz", "1e-3 1/ms"}, {"mM", "mol/m^3"}, {"pA*ms", "ms*pA"}};
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        char buffer[E2L_DIMENSION_BYTES];
        const e2l_dimension d = unit(ctx, texts[k][0]);
        assert_string_equal(e2l_dimension_print(buffer, &d), texts[k][1]);
        const e2l_dimension again = k == 1 || k == 8 || k == 9 || k == 11 ? d : unit(ctx, buffer); /* powers of ten are for people */
        assert_true(e2l_dimension_agree(&d, &again));
    }
    e2l_test_ctx_end(ctx);
}

static void refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {{"mVV", "did you mean 'mV'"}, {"furlong", "'furlong' unknown"}, {"mV^x", "whole power"}, {"/ms", "expected a product"},
                                         {"mV^99", "-9 to 9"}, {"mV*", "expected a product"}, {"mV 2", "'2' unknown"}};
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        e2l_dimension out;
        assert_int_equal(e2l_dimension_parse(ctx, &out, bad[k][0]), E2L_INPUT);
        if (!strstr(e2l_ctx_message(ctx), bad[k][1])) {
            fail_msg("%s: %s", bad[k][0], e2l_ctx_message(ctx));
        }
    }
    e2l_test_ctx_end(ctx);
}

/* Names a [mV], b [ms], c [pA], g [nS], n plain, u unknown. */
static e2l_dimension names_of(e2l_ctx *ctx, const char *name)
{
    static const char *const units[][2] = {{"a", "mV"}, {"b", "ms"}, {"c", "pA"}, {"g", "nS"}};
    for (size_t k = 0; k < 4; k++) {
        if (strcmp(units[k][0], name) == 0) {
            return unit(ctx, units[k][1]);
        }
    }
    return (e2l_dimension){.kind = strcmp(name, "n") == 0 ? E2L_DIMENSION_NUMBER : E2L_DIMENSION_UNKNOWN};
}

enum { MOST = 64 };

static size_t through(e2l_ctx *ctx, const e2l_expr *expr, e2l_dimension *nodes, e2l_dimension_clash *clash)
{
    e2l_dimension names[MOST];
    for (size_t k = 0; k < e2l_expr_n_names(expr); k++) {
        names[k] = names_of(ctx, e2l_expr_name(expr, k));
    }
    return e2l_dimension_of(expr, names, nodes, clash);
}

static void formulas(void **state)
{
    (void)state;
    static const char *const good[][2] = {{"a + 2 * a", "mV"},      {"g * (a - 70)", "pA"},   {"a * exp(-b / (2 * b))", "mV"}, {"sqrt(a * a)", "mV"},
                                          {"square(a) / a", "mV"},  {"a^2", "mV^2"},          {"if(a > 3, c, 5)", "pA"},       {"max(a, 0)", "mV"},
                                          {"a * n", "mV"},          {"(a > 1) & c", ""},      {"tanh(a / a)", ""},             {"0.03 * a", ""},
                                          {"a + u", "mV"},          {"a * u", ""},            {"(a * a)^0.5", "mV"},           {"a % 5", "mV"}};
    static const char *const bad[] = {"a + b", "exp(a)", "if(n, a, c)", "a < b", "max(a, b)", "n^a", "a + 2 * b", "a - a * a"};
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_dimension nodes[MOST];
    e2l_dimension_clash clash;
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        e2l_expr *expr = e2l_test_parse(ctx, good[k][0]);
        assert_int_equal(through(ctx, expr, nodes, &clash), 0);
        const e2l_dimension want = unit(ctx, good[k][1]), *have = &nodes[e2l_expr_n_nodes(expr) - 1];
        if ((have->kind == E2L_DIMENSION_UNIT) != (want.kind == E2L_DIMENSION_UNIT) || !e2l_dimension_agree(have, &want)) {
            fail_msg("%s is not %s", good[k][0], good[k][1]);
        }
        e2l_expr_destroy(ctx, expr);
    }
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        e2l_expr *expr = e2l_test_parse(ctx, bad[k]);
        assert_int_equal(through(ctx, expr, nodes, &clash), 1);
        e2l_expr_destroy(ctx, expr);
    }
    e2l_test_ctx_end(ctx);
}

static void solved(void **state)
{
    (void)state;
    static const char *const texts[][3] = {{"a + u", "mV", "mV"},      {"b / b * (u - a)", "mV", "mV"}, {"g * u", "pA", "mV"},   {"c / u", "mV", "nS"},
                                           {"tanh(u)", "", "1"},       {"n * u", "mV", "mV"},           {"u", "ms", "ms"},        {"if(u, a, a)", "mV", ""},
                                           {"if(n, u, a)", "", "mV"},  {"sqrt(u)", "mV", "mV^2"},       {"u > a", "", "mV"},      {"0.3 * u", "mV", ""}};
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        e2l_expr *expr = e2l_test_parse(ctx, texts[k][0]);
        e2l_dimension nodes[MOST];
        e2l_dimension_clash clash;
        uint32_t which = 0;
        while (strcmp(e2l_expr_name(expr, which), "u") != 0) {
            which++;
        }
        assert_int_equal(through(ctx, expr, nodes, &clash), 0);
        const e2l_dimension found = e2l_dimension_solve(expr, nodes, which, unit(ctx, texts[k][1])), want = unit(ctx, texts[k][2]);
        if ((found.kind == E2L_DIMENSION_UNIT) != (want.kind == E2L_DIMENSION_UNIT) || !e2l_dimension_agree(&found, &want)) {
            fail_msg("u in %s = %s is not %s", texts[k][0], texts[k][1], texts[k][2]);
        }
        e2l_expr_destroy(ctx, expr);
    }
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_units), cmocka_unit_test(printed), cmocka_unit_test(refused),
                                       cmocka_unit_test(formulas), cmocka_unit_test(solved)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
