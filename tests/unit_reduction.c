/* unit_reduction: what a formula may become in one step, and that nothing else is offered. */
#include "cgp/reduction.h"

#include <math.h>
#include <string.h>

#include "tests/support/reference_eval.h"
#include "tests/support/support.h"

/* The reductions of a formula's canonical form, as texts. */
typedef struct reductions {
    e2l_ctx *ctx;
    e2l_expr *expr;
    e2l_reduction *at;
    size_t n;
} reductions;

static void open_reductions(reductions *out, const char *text)
{
    *out = (reductions){.ctx = e2l_test_ctx()};
    e2l_expr *raw = e2l_test_parse(out->ctx, text);
    assert_int_equal(e2l_expr_canonical(out->ctx, &out->expr, raw), E2L_OK);
    e2l_expr_destroy(out->ctx, raw);
    assert_int_equal(e2l_reductions_list(out->ctx, &out->at, &out->n, out->expr), E2L_OK);
}

static void close_reductions(reductions *list)
{
    e2l_free(list->ctx, list->at);
    e2l_expr_destroy(list->ctx, list->expr);
    e2l_test_ctx_end(list->ctx);
}

/* Place of the reduction whose result has the canonical form of `text`; list->n when it is not there. */
static size_t find(const reductions *list, const char *text)
{
    e2l_expr *raw = e2l_test_parse(list->ctx, text), *wanted = NULL;
    assert_int_equal(e2l_expr_canonical(list->ctx, &wanted, raw), E2L_OK);
    size_t found = list->n;
    for (size_t k = 0; k < list->n && found == list->n; k++) {
        e2l_expr *result = NULL;
        assert_int_equal(e2l_reduction_apply(list->ctx, &result, list->expr, &list->at[k].edit), E2L_OK);
        assert_int_equal(e2l_expr_complexity(result), list->at[k].complexity);
        found = e2l_expr_equal(result, wanted) ? k : found;
        e2l_expr_destroy(list->ctx, result);
    }
    e2l_expr_destroy(list->ctx, raw);
    e2l_expr_destroy(list->ctx, wanted);
    return found;
}

static void check(const char *from, const char *const *to, size_t n, bool wanted)
{
    reductions list;
    open_reductions(&list, from);
    for (size_t k = 0; k < n; k++) {
        if ((find(&list, to[k]) < list.n) != wanted) {
            fail_msg("%s -> %s: %s", from, to[k], wanted ? "missing" : "offered");
        }
    }
    close_reductions(&list);
}

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])

static void terms_and_factors(void **state)
{
    (void)state;
    static const char *const SUM[] = {"x + y", "x + w", "y + w", "0", "1"};
    check("x + y + w", SUM, COUNT_OF(SUM), true);
    static const char *const PRODUCT[] = {"x * y", "x * w", "y * w", "0"};
    check("x * y * w", PRODUCT, COUNT_OF(PRODUCT), true);
    static const char *const DIFFERENCE[] = {"y * x", "y * (x - w)", "x - y * w", "y * (x - y)"};
    check("y * (x - y * w)", DIFFERENCE, COUNT_OF(DIFFERENCE), true);
    static const char *const SUBTRACTED[] = {"-y", "w * x", "w - y", "x - y"};
    check("x * w - y", SUBTRACTED, COUNT_OF(SUBTRACTED), true);
    static const char *const PADDED[] = {"2 * y * (x - w * y)", "-w * (x - w * y)", "(2 * y - w) * x", "(y - w) * (x - w * y)"};
    check("(2*y - w) * (x - w*y)", PADDED, COUNT_OF(PADDED), true);
}

static void branches_and_constants(void **state)
{
    (void)state;
    static const char *const BRANCHES[] = {"x", "y", "min(y, w)", "if(x, y, w)"};
    check("if(x, y, min(y, w))", BRANCHES, COUNT_OF(BRANCHES), true);
    static const char *const ROUNDED[] = {"y - 0.33 * x", "y - 0.333 * x", "y - x", "y"};
    check("y - 0.33333 * x", ROUNDED, COUNT_OF(ROUNDED), true);
    static const char *const INSIDE[] = {"tanh(y) * x", "tanh(x * y)", "x"};
    check("tanh(x * y) * x", INSIDE, COUNT_OF(INSIDE), true);
}

/* A subexpression used twice goes everywhere. */
static void shared_uses(void **state)
{
    (void)state;
    static const char *const BOTH[] = {"x + min(x, y)", "min(0, y)", "min(tanh(x), y)", "tanh(x) + y"};
    check("tanh(x) + min(tanh(x), y)", BOTH, COUNT_OF(BOTH), true);
}

/* Leaves and small constants have little left; what is as complex is not offered. */
static void nothing_larger(void **state)
{
    (void)state;
    static const char *const SAME[] = {"x * w", "x * y", "y"};
    check("x * y", SAME, 2, false);
    reductions list;
    open_reductions(&list, "x");
    assert_int_equal(list.n, 0); /* a constant counts 1, a name 0 */
    close_reductions(&list);
    open_reductions(&list, "0.126");
    assert_true(find(&list, "0") < find(&list, "0.13") && find(&list, "0.1") < find(&list, "0.13"));
    assert_int_equal(find(&list, "0.13"), list.n - 1);
    close_reductions(&list);
}

/* Least complex first, and every one smaller than what it came from. */
static bool is_ordered(e2l_ctx *ctx, const e2l_expr *raw, uint64_t seed)
{
    (void)seed;
    e2l_expr *expr = NULL, *result = NULL;
    e2l_reduction *at = NULL;
    size_t n = 0;
    bool good = e2l_expr_canonical(ctx, &expr, raw) == E2L_OK && e2l_reductions_list(ctx, &at, &n, expr) == E2L_OK;
    for (size_t k = 0; good && k < n; k++) {
        size_t before = k > 0 ? at[k - 1].complexity : 0;
        bool smaller = at[k].complexity < e2l_expr_complexity(expr) || at[k].digits < e2l_expr_digits(expr);
        good = at[k].complexity >= before && smaller;
    }
    if (good && n > 0) {
        good = e2l_reduction_apply(ctx, &result, expr, &at[n / 2].edit) == E2L_OK &&
               e2l_expr_complexity(result) == at[n / 2].complexity && e2l_expr_digits(result) == at[n / 2].digits;
    }
    e2l_expr_destroy(ctx, result);
    e2l_expr_destroy(ctx, expr);
    e2l_free(ctx, at);
    return good;
}

static void ordered(void **state)
{
    (void)state;
    e2l_test_for_all("reductions are ordered and smaller", is_ordered, 8, false);
}

/* ---- meaning: an edit, made while the tree is walked, gives the value of what the edit makes of the formula ---- */

/* Value of node `at` of a polynomial with the edit in force; x = 2, y = -3, w = 5. Exact: all are whole numbers. */
static double walk(const e2l_expr *expr, const e2l_edit *edit, uint32_t at)
{
    const e2l_node *node = &e2l_expr_nodes(expr)[at];
    bool is_edited = edit && edit->node == at;
    if (is_edited && edit->by == E2L_NO_NODE) {
        return edit->value;
    }
    if (is_edited) {
        double kept = walk(expr, edit, node->arg[edit->by]);
        return edit->negated ? -kept : kept;
    }
    if (node->kind == E2L_NODE_CONST) {
        return node->value;
    }
    if (node->kind == E2L_NODE_NAME) {
        const char name = e2l_expr_name(expr, node->name)[0];
        return name == 'x' ? 2 : name == 'y' ? -3 : 5;
    }
    double a[E2L_MAX_ARITY] = {0};
    for (size_t k = 0; k < node->primitive->arity; k++) {
        a[k] = walk(expr, edit, node->arg[k]);
    }
    return reference_apply(node->primitive->name, a[0], a[1], a[2]);
}

static uint32_t root_of(const e2l_expr *expr)
{
    return (uint32_t)e2l_expr_n_nodes(expr) - 1;
}

/* One edit of one formula: valid, written down and read again the same, of the size and key promised, and of the right value. */
static bool is_sound(e2l_ctx *ctx, const e2l_expr *expr, const e2l_reduction *of)
{
    e2l_expr *result = NULL, *again = NULL;
    e2l_key key = {0};
    e2l_text text = {.ctx = ctx};
    bool good = e2l_reduction_apply(ctx, &result, expr, &of->edit) == E2L_OK && e2l_expr_key(ctx, result, &key) == E2L_OK;
    good = good && key.low == of->key.low && key.high == of->key.high && e2l_expr_complexity(result) == of->complexity &&
           e2l_expr_digits(result) == of->digits;
    good = good && e2l_expr_print(result, E2L_STYLE_HEX, &text) == E2L_OK &&
           e2l_expr_parse(ctx, &again, e2l_text_get(&text), text.n, NULL) == E2L_OK && e2l_expr_equal(result, again);
    if (good) {
        double want = walk(expr, &of->edit, root_of(expr)), got = walk(result, NULL, root_of(result));
        good = want == got || !(fabs(want) < 1e12);
    }
    e2l_text_clear(&text);
    e2l_expr_destroy(ctx, again);
    e2l_expr_destroy(ctx, result);
    return good;
}

static bool means_the_edit(e2l_ctx *ctx, const e2l_expr *raw, uint64_t seed)
{
    (void)seed;
    e2l_expr *expr = NULL;
    e2l_reduction *at = NULL;
    size_t n = 0;
    bool good = e2l_expr_canonical(ctx, &expr, raw) == E2L_OK && e2l_reductions_list(ctx, &at, &n, expr) == E2L_OK;
    for (size_t k = 0; good && k < n; k++) {
        good = is_sound(ctx, expr, &at[k]);
        for (size_t j = 0; good && j < k; j++) { /* all are distinct */
            good = at[j].key.low != at[k].key.low || at[j].key.high != at[k].key.high;
        }
    }
    e2l_free(ctx, at);
    e2l_expr_destroy(ctx, expr);
    return good;
}

static void meaning(void **state)
{
    (void)state;
    e2l_test_for_all("reductions mean their edit", means_the_edit, 8, true);
}

static void words(void **state)
{
    (void)state;
    reductions list;
    open_reductions(&list, "y * (x - y * w)");
    e2l_text removed = {.ctx = list.ctx}, put = {.ctx = list.ctx};
    size_t k = find(&list, "y * x");
    assert_true(k < list.n);
    assert_int_equal(e2l_reduction_describe(list.ctx, list.expr, &list.at[k].edit, &removed, &put), E2L_OK);
    assert_string_equal(e2l_text_get(&removed), "x - y * w");
    assert_string_equal(e2l_text_get(&put), "x");
    e2l_text_clear(&removed);
    e2l_text_clear(&put);
    close_reductions(&list);
}

static void digits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n;
    } CASES[] = {{"x", 0}, {"0", 1}, {"1", 1}, {"-0.0125", 3}, {"100", 1}, {"0.1 * x + 12", 3}, {"1e-300", 1}, {"1.5e300", 2}};
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < COUNT_OF(CASES); k++) {
        e2l_expr *expr = e2l_test_parse(ctx, CASES[k].text);
        assert_int_equal(e2l_expr_digits(expr), CASES[k].n);
        e2l_expr_destroy(ctx, expr);
    }
    e2l_test_ctx_end(ctx);
}

/* Every allocation fails once. */
static void out_of_memory(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        e2l_ctx *ctx = e2l_test_ctx();
        e2l_expr *raw = e2l_test_parse(ctx, "(y - 0.37 * w) * (x - tanh(y))"), *result = NULL;
        e2l_reduction *at = NULL;
        size_t n_at = 0;
        e2l_text removed = {.ctx = ctx}, put = {.ctx = ctx};
        e2l_ctx_fail_allocation(ctx, n);
        e2l_status status = e2l_reductions_list(ctx, &at, &n_at, raw);
        status = status == E2L_OK ? e2l_reduction_apply(ctx, &result, raw, &at[n_at / 2].edit) : status;
        status = status == E2L_OK ? e2l_reduction_describe(ctx, raw, &at[n_at / 2].edit, &removed, &put) : status;
        e2l_ctx_fail_allocation(ctx, 0);
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        e2l_text_clear(&removed);
        e2l_text_clear(&put);
        e2l_expr_destroy(ctx, result);
        e2l_free(ctx, at);
        e2l_expr_destroy(ctx, raw);
        e2l_test_ctx_end(ctx);
        if (status == E2L_OK) {
            assert_true(n > 10);
            return;
        }
        n += n / 8; /* the list allocates the same things again and again */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_and_factors), cmocka_unit_test(branches_and_constants), cmocka_unit_test(shared_uses),
        cmocka_unit_test(nothing_larger),    cmocka_unit_test(ordered),                cmocka_unit_test(words),
        cmocka_unit_test(digits),            cmocka_unit_test(meaning),                cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
