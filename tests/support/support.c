/* support.c: closeness, seeds, random formulas, shrinking. */
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool e2l_test_is_close(double a, double b, double rtol, double atol)
{
    if (a == b || (isnan(a) && isnan(b))) {
        return true;
    }
    return isfinite(a) && isfinite(b) && fabs(a - b) <= atol + rtol * fmax(fabs(a), fabs(b));
}

void e2l_test_assert_close(double a, double b, double rtol, double atol, const char *file, int line)
{
    if (!e2l_test_is_close(a, b, rtol, atol)) {
        print_error("%.17g and %.17g differ by %g (rtol %g, atol %g)\n", a, b, fabs(a - b), rtol, atol);
        _fail(file, line);
    }
}

static uint64_t number_from(const char *variable, uint64_t fallback)
{
    const char *text = getenv(variable);
    return text ? strtoull(text, NULL, 10) : fallback;
}

uint64_t e2l_test_seed(void)
{
    return number_from("E2L_SEED", 1);
}

size_t e2l_test_cases(void)
{
    return (size_t)number_from("E2L_CASES", 1000);
}

e2l_stream e2l_test_stream(uint64_t seed, size_t k)
{
    e2l_stream stream;
    uint64_t word = k;
    e2l_stream_init(&stream, seed, E2L_PURPOSE_TEST, &word, 1);
    return stream;
}

e2l_ctx *e2l_test_ctx(void)
{
    e2l_ctx *ctx = NULL;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    return ctx;
}

void e2l_test_ctx_end(e2l_ctx *ctx)
{
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

e2l_expr *e2l_test_parse(e2l_ctx *ctx, const char *text)
{
    e2l_expr *expr;
    if (e2l_expr_parse(ctx, &expr, text, strlen(text), NULL) != E2L_OK) {
        fail_msg("'%s': %s", text, e2l_ctx_message(ctx));
    }
    return expr;
}

const char *e2l_test_print(const e2l_expr *expr, e2l_text *text)
{
    e2l_text_reset(text);
    assert_int_equal(e2l_expr_print(expr, E2L_STYLE_SHORTEST, text), E2L_OK);
    return e2l_text_get(text);
}

/* ---- random formulas ---- */

static double random_constant(e2l_stream *stream, bool whole)
{
    static const double special[] = {0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 0.1, 1e-300, 1e300, 3.0, 4.0, 1.0 / 3.0};
    if (whole) {
        return (double)e2l_stream_below(stream, 7) - 3.0;
    }
    if (e2l_stream_below(stream, 2) == 0) {
        return special[e2l_stream_below(stream, sizeof special / sizeof *special)];
    }
    return (e2l_stream_uniform(stream) - 0.5) * exp2((double)e2l_stream_below(stream, 20));
}

static uint32_t random_leaf(e2l_builder *builder, e2l_stream *stream, bool whole)
{
    static const char *const names[] = {"x", "y", "w"};
    uint32_t k = e2l_stream_below(stream, 4);
    return k < 3 ? e2l_builder_name(builder, names[k], 1)
                 : e2l_builder_const(builder, random_constant(stream, whole));
}

static const e2l_primitive *random_primitive(e2l_stream *stream, bool whole)
{
    static const char *const arithmetic[] = {"add", "sub", "mul", "neg", "add", "sub", "mul"};
    if (whole || e2l_stream_below(stream, 2) == 0) {
        return e2l_primitive_find(arithmetic[e2l_stream_below(stream, 7)]);
    }
    return e2l_primitives[e2l_stream_below(stream, (uint32_t)e2l_n_primitives)];
}

enum { MAX_POOL = 64 };

e2l_expr *e2l_test_random_expr(e2l_ctx *ctx, e2l_stream *stream, size_t size, bool whole)
{
    e2l_builder *builder;
    e2l_expr *expr;
    uint32_t pool[MAX_POOL];
    size_t n = 0, n_calls = 1 + e2l_stream_below(stream, (uint32_t)size);
    assert_int_equal(e2l_builder_create(ctx, &builder), E2L_OK);
    for (; n < 4; n++) {
        pool[n] = random_leaf(builder, stream, whole);
    }
    for (size_t k = 0; k < n_calls && n < MAX_POOL; k++, n++) {
        const e2l_primitive *primitive = random_primitive(stream, whole);
        uint32_t args[E2L_MAX_ARITY];
        for (size_t i = 0; i < E2L_MAX_ARITY; i++) { /* mostly recent nodes, so that formulas grow deep */
            uint32_t back = e2l_stream_below(stream, e2l_stream_below(stream, 2) == 0 ? 3 : (uint32_t)n);
            args[i] = pool[n - 1 - back];
        }
        pool[n] = e2l_builder_call(builder, primitive, args);
    }
    assert_int_equal(e2l_builder_finish(builder, pool[n - 1], &expr), E2L_OK);
    e2l_builder_destroy(builder);
    return expr;
}

/* ---- properties ---- */

/* The part of `expr` below node k; nodes stand in depth-first order, so it is built from the first k + 1. */
static e2l_expr *part(e2l_ctx *ctx, const e2l_expr *expr, size_t k)
{
    e2l_builder *builder;
    e2l_expr *out;
    uint32_t *place = e2l_alloc(ctx, k + 1, sizeof *place);
    assert_non_null(place);
    assert_int_equal(e2l_builder_create(ctx, &builder), E2L_OK);
    for (size_t i = 0; i <= k; i++) {
        const e2l_node *node = &e2l_expr_nodes(expr)[i];
        if (node->kind == E2L_NODE_CONST) {
            place[i] = e2l_builder_const(builder, node->value);
        } else if (node->kind == E2L_NODE_NAME) {
            const char *name = e2l_expr_name(expr, node->name);
            place[i] = e2l_builder_name(builder, name, strlen(name));
        } else {
            uint32_t args[E2L_MAX_ARITY] = {0};
            for (size_t j = 0; j < node->primitive->arity; j++) {
                args[j] = place[node->arg[j]];
            }
            place[i] = e2l_builder_call(builder, node->primitive, args);
        }
    }
    assert_int_equal(e2l_builder_finish(builder, place[k], &out), E2L_OK);
    e2l_builder_destroy(builder);
    e2l_free(ctx, place);
    return out;
}

/* Prints the smallest failing part. */
static void report(e2l_ctx *ctx, const char *name, e2l_test_property *holds, const e2l_expr *expr, uint64_t seed,
                   size_t k)
{
    e2l_text text;
    e2l_text_init(&text, ctx);
    for (size_t i = 0; i < e2l_expr_n_nodes(expr); i++) {
        e2l_expr *smaller = part(ctx, expr, i);
        bool fails = !holds(ctx, smaller, seed + k);
        const char *formula = fails ? e2l_test_print(smaller, &text) : "";
        if (fails) {
            print_error("%s fails for %s (E2L_SEED=%llu, case %zu)\n", name, formula, (unsigned long long)seed, k);
        }
        e2l_expr_destroy(ctx, smaller);
        if (fails) {
            break;
        }
    }
    e2l_text_clear(&text);
}

void e2l_test_for_all(const char *name, e2l_test_property *holds, size_t size, bool whole)
{
    uint64_t seed = e2l_test_seed();
    e2l_ctx *ctx = e2l_test_ctx();
    bool failed = false;
    for (size_t k = 0; k < e2l_test_cases() && !failed; k++) {
        e2l_stream stream = e2l_test_stream(seed, k);
        e2l_expr *expr = e2l_test_random_expr(ctx, &stream, size, whole);
        if (e2l_expr_tree_size(expr) <= E2L_EXPR_MAX_TREE && !holds(ctx, expr, seed + k)) {
            report(ctx, name, holds, expr, seed, k);
            failed = true;
        }
        e2l_expr_destroy(ctx, expr);
    }
    e2l_test_ctx_end(ctx);
    assert_false(failed);
}
