/* prop_expr.c: what holds for every formula: text and back, the canonical form, keys. */
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Text -> DAG -> text -> DAG is stable in both styles. */
static bool text_and_back(e2l_ctx *ctx, const e2l_expr *expr, uint64_t seed)
{
    bool same = true;
    (void)seed;
    for (int style = E2L_STYLE_SHORTEST; style <= E2L_STYLE_HEX; style++) {
        e2l_text text;
        e2l_expr *again = NULL;
        e2l_text_init(&text, ctx);
        same = same && e2l_expr_print(expr, (e2l_style)style, &text) == E2L_OK &&
               e2l_expr_parse(ctx, &again, e2l_text_get(&text), text.n, NULL) == E2L_OK &&
               e2l_expr_equal(expr, again);
        e2l_expr_destroy(ctx, again);
        e2l_text_clear(&text);
    }
    return same;
}

static bool canonical_is_settled(e2l_ctx *ctx, const e2l_expr *expr, uint64_t seed)
{
    e2l_expr *once = NULL, *twice = NULL;
    (void)seed;
    bool same = e2l_expr_canonical(ctx, &once, expr) == E2L_OK && e2l_expr_canonical(ctx, &twice, once) == E2L_OK &&
                e2l_expr_equal(once, twice);
    e2l_expr_destroy(ctx, once);
    e2l_expr_destroy(ctx, twice);
    return same;
}

/* The same formula with random arguments of add and mul exchanged, and a - b turned into -(b - a) or a + -b. */
static e2l_expr *shuffle(e2l_ctx *ctx, const e2l_expr *expr, e2l_stream *stream)
{
    const e2l_primitive *add = e2l_primitive_find("add"), *sub = e2l_primitive_find("sub");
    const e2l_primitive *neg = e2l_primitive_find("neg");
    size_t n = e2l_expr_n_nodes(expr);
    e2l_builder *builder;
    e2l_expr *out;
    uint32_t *place = e2l_alloc(ctx, n, sizeof *place);
    assert_non_null(place);
    assert_int_equal(e2l_builder_create(ctx, &builder), E2L_OK);
    for (size_t i = 0; i < n; i++) {
        const e2l_node *node = &e2l_expr_nodes(expr)[i];
        if (node->kind == E2L_NODE_CONST) {
            place[i] = e2l_builder_const(builder, node->value);
            continue;
        }
        if (node->kind == E2L_NODE_NAME) {
            const char *name = e2l_expr_name(expr, node->name);
            place[i] = e2l_builder_name(builder, name, strlen(name));
            continue;
        }
        uint32_t args[E2L_MAX_ARITY] = {0};
        for (size_t j = 0; j < node->primitive->arity; j++) {
            args[j] = place[node->arg[j]];
        }
        uint32_t turned[2] = {args[1], args[0]};
        uint32_t choice = e2l_stream_below(stream, 3);
        if ((node->primitive->flags & E2L_COMMUTES) && choice > 0) {
            place[i] = e2l_builder_call(builder, node->primitive, turned);
        } else if (node->primitive == sub && choice == 1) {
            uint32_t difference = e2l_builder_call(builder, sub, turned);
            place[i] = e2l_builder_call(builder, neg, &difference);
        } else if (node->primitive == sub && choice == 2) {
            uint32_t minus = e2l_builder_call(builder, neg, &args[1]);
            place[i] = e2l_builder_call(builder, add, (uint32_t[]){minus, args[0]});
        } else {
            place[i] = e2l_builder_call(builder, node->primitive, args);
        }
    }
    assert_int_equal(e2l_builder_finish(builder, place[n - 1], &out), E2L_OK);
    e2l_builder_destroy(builder);
    e2l_free(ctx, place);
    return out;
}

static bool canonical_ignores_order(e2l_ctx *ctx, const e2l_expr *expr, uint64_t seed)
{
    e2l_stream stream = e2l_test_stream(seed, 1000003);
    e2l_expr *other = shuffle(ctx, expr, &stream), *a = NULL, *b = NULL;
    bool same = e2l_expr_canonical(ctx, &a, expr) == E2L_OK && e2l_expr_canonical(ctx, &b, other) == E2L_OK &&
                e2l_expr_equal(a, b);
    e2l_expr_destroy(ctx, a);
    e2l_expr_destroy(ctx, b);
    e2l_expr_destroy(ctx, other);
    return same;
}

enum { N_POINTS = 8 };

/* Values at N_POINTS points of x, y, w; inputs by name. */
static void evaluate(e2l_ctx *ctx, const e2l_expr *expr, double values[3][N_POINTS], double *out)
{
    const double *inputs[3] = {values[0], values[1], values[2]};
    for (size_t k = 0; k < e2l_expr_n_names(expr); k++) {
        char name = e2l_expr_name(expr, k)[0];
        inputs[k] = values[name == 'x' ? 0 : (name == 'y' ? 1 : 2)];
    }
    void *work = e2l_alloc_lanes(ctx, e2l_expr_eval_bytes(expr), 1);
    assert_non_null(work);
    e2l_expr_eval(expr, E2L_ISA_SSE2, N_POINTS, inputs, out, work);
    e2l_free(ctx, work);
}

/* Small integers at integer points: both sides are exact, so they must agree to the last bit. */
static bool canonical_means_the_same(e2l_ctx *ctx, const e2l_expr *expr, uint64_t seed)
{
    double values[3][N_POINTS], a[N_POINTS], b[N_POINTS];
    e2l_stream stream = e2l_test_stream(seed, 1000033);
    e2l_expr *canonical = NULL;
    for (size_t i = 0; i < 3 * N_POINTS; i++) {
        values[i / N_POINTS][i % N_POINTS] = (double)e2l_stream_below(&stream, 5) - 2.0;
    }
    if (e2l_expr_canonical(ctx, &canonical, expr) != E2L_OK) {
        return false;
    }
    evaluate(ctx, expr, values, a);
    evaluate(ctx, canonical, values, b);
    e2l_expr_destroy(ctx, canonical);
    bool same = true;
    for (size_t k = 0; k < N_POINTS; k++) {
        same = same && (fabs(a[k]) > 1e12 || fabs(b[k]) > 1e12 || a[k] == b[k]);
    }
    return same;
}

/* Operations that do not enlarge an error in their arguments by more than the bound below does. */
static bool is_tame(const e2l_expr *expr)
{
    static const char *const tame[] = {"add", "sub", "mul",  "neg", "square", "abs", "relu",
                                       "max", "min", "tanh", "sin", "cos",    "sigmoid"};
    for (size_t i = 0; i < e2l_expr_n_nodes(expr); i++) {
        const e2l_node *node = &e2l_expr_nodes(expr)[i];
        bool known = node->kind != E2L_NODE_CALL;
        for (size_t k = 0; k < sizeof tame / sizeof *tame && !known; k++) {
            known = strcmp(node->primitive->name, tame[k]) == 0;
        }
        if (!known) {
            return false;
        }
    }
    return true;
}

/* An upper bound of all intermediate values at point k: everything positive, nothing cancels. */
static double bound_at(e2l_ctx *ctx, const e2l_expr *expr, double values[3][N_POINTS], size_t k)
{
    size_t n = e2l_expr_n_nodes(expr);
    double *bound = e2l_alloc(ctx, n, sizeof *bound);
    assert_non_null(bound);
    for (size_t i = 0; i < n; i++) {
        const e2l_node *node = &e2l_expr_nodes(expr)[i];
        if (node->kind == E2L_NODE_CONST) {
            bound[i] = fabs(node->value);
        } else if (node->kind == E2L_NODE_NAME) {
            char name = e2l_expr_name(expr, node->name)[0];
            bound[i] = fabs(values[name == 'x' ? 0 : (name == 'y' ? 1 : 2)][k]);
        } else if (strcmp(node->primitive->name, "mul") == 0) {
            bound[i] = bound[node->arg[0]] * bound[node->arg[1]];
        } else if (strcmp(node->primitive->name, "square") == 0) {
            bound[i] = bound[node->arg[0]] * bound[node->arg[0]];
        } else {
            bound[i] = bound[node->arg[0]] + (node->primitive->arity > 1 ? bound[node->arg[1]] : 1.0);
        }
    }
    double last = bound[n - 1];
    e2l_free(ctx, bound);
    return last;
}

/* Any constants at any points: equal up to rounding of the largest intermediate value. */
static bool canonical_is_close(e2l_ctx *ctx, const e2l_expr *expr, uint64_t seed)
{
    double values[3][N_POINTS], a[N_POINTS], b[N_POINTS];
    e2l_stream stream = e2l_test_stream(seed, 1000037);
    e2l_expr *canonical = NULL;
    if (!is_tame(expr)) {
        return true;
    }
    for (size_t i = 0; i < 3 * N_POINTS; i++) {
        values[i / N_POINTS][i % N_POINTS] = 4.0 * e2l_stream_uniform(&stream) - 2.0;
    }
    if (e2l_expr_canonical(ctx, &canonical, expr) != E2L_OK) {
        return false;
    }
    evaluate(ctx, expr, values, a);
    evaluate(ctx, canonical, values, b);
    e2l_expr_destroy(ctx, canonical);
    bool close = true;
    for (size_t k = 0; k < N_POINTS; k++) {
        double bound = bound_at(ctx, expr, values, k);
        close = close && (!(bound < 1e150) || e2l_test_is_close(a[k], b[k], 1e-12, 1e-12 * (1.0 + bound)));
    }
    return close;
}

/* The key belongs to the DAG, not to its memory: read back from text it is the same. */
static bool key_follows_the_dag(e2l_ctx *ctx, const e2l_expr *expr, uint64_t seed)
{
    e2l_key plain, again;
    e2l_text text;
    e2l_expr *copy = NULL;
    (void)seed;
    e2l_text_init(&text, ctx);
    bool same = e2l_expr_print(expr, E2L_STYLE_HEX, &text) == E2L_OK &&
                e2l_expr_parse(ctx, &copy, e2l_text_get(&text), text.n, NULL) == E2L_OK &&
                e2l_expr_key(ctx, expr, &plain) == E2L_OK && e2l_expr_key(ctx, copy, &again) == E2L_OK &&
                plain.low == again.low && plain.high == again.high;
    e2l_expr_destroy(ctx, copy);
    e2l_text_clear(&text);
    return same;
}

static void test_text(void **state)
{
    (void)state;
    e2l_test_for_all("text and back", text_and_back, 20, false);
    e2l_test_for_all("key", key_follows_the_dag, 20, false);
}

static void test_settled(void **state)
{
    (void)state;
    e2l_test_for_all("canonical twice", canonical_is_settled, 12, false);
    e2l_test_for_all("canonical twice, polynomials", canonical_is_settled, 12, true);
}

static void test_order(void **state)
{
    (void)state;
    e2l_test_for_all("canonical of a shuffled formula", canonical_ignores_order, 12, true);
}

static void test_meaning(void **state)
{
    (void)state;
    e2l_test_for_all("canonical has the same value", canonical_means_the_same, 12, true);
    e2l_test_for_all("canonical is close", canonical_is_close, 8, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_settled),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_meaning),
    };
    return cmocka_run_group_tests_name("prop_expr", tests, NULL, NULL);
}
