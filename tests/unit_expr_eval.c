/* unit_expr_eval.c: evaluating a formula over lanes: against C written by hand, against a plain walk that gives
   every node its own array, and the promises about memory, aliasing and the floating-point state. */
#include "cgp/expr.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 700, N_NAMES = 3, N_RANDOM = 40, GUARD = 64 };

static uint64_t next_bits(uint64_t *state) /* splitmix64 */
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

static void fill_random(uint64_t *state, double x[N_NAMES][N])
{
    for (size_t i = 0; i < (size_t)N_NAMES * N; ++i) {
        x[i / N][i % N] = (double)(int64_t)next_bits(state) * 0x1p-61;
    }
}

static e2l_expr *parse(e2l_ctx *ctx, const char *text)
{
    e2l_expr *expr = NULL;
    if (e2l_expr_parse(ctx, &expr, text, strlen(text), NULL) != E2L_OK) {
        fail_msg("'%s': %s", text, e2l_ctx_message(ctx));
    }
    return expr;
}

/* Evaluates with a guard behind the work memory. */
static void eval(e2l_ctx *ctx, const e2l_expr *expr, e2l_isa isa, size_t n, const double *const *inputs,
                 double *out)
{
    const size_t bytes = e2l_expr_eval_bytes(expr);
    unsigned char *work = e2l_alloc_lanes(ctx, bytes + GUARD, 1);
    assert_non_null(work);
    memset(work, 0xa5, bytes + GUARD);
    e2l_expr_eval(expr, isa, n, inputs, out, work);
    for (size_t k = 0; k < GUARD; ++k) {
        assert_int_equal(work[bytes + k], 0xa5);
    }
    e2l_free(ctx, work);
}

typedef struct fixture {
    e2l_ctx *ctx;
    double x[N_NAMES][N], out[N];
    const double *inputs[N_NAMES];
    uint64_t random;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    const char *seed = getenv("E2L_SEED");
    if (f == NULL || e2l_ctx_create(&f->ctx) != E2L_OK) {
        free(f);
        return -1;
    }
    f->random = seed != NULL ? strtoull(seed, NULL, 0) : 77;
    fill_random(&f->random, f->x);
    for (size_t i = 0; i < N_NAMES; ++i) {
        f->inputs[i] = f->x[i];
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    const size_t left = e2l_ctx_destroy(f->ctx);
    free(f);
    return left == 0 ? 0 : -1;
}

/* Oja's rule; block edges; nothing is written behind the n-th lane. */
static void test_against_c(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 3, 4, 7, 255, 256, 257, 511, 512, 513, N - 1};
    fixture *f = *state;
    e2l_expr *expr = parse(f->ctx, "y * (x - y * w)"); /* names in order of the first node: y, x, w */
    for (e2l_isa isa = E2L_ISA_SSE2; isa < E2L_N_ISA; ++isa) {
        for (size_t s = 0; e2l_isa_available(isa) && s < sizeof sizes / sizeof *sizes; ++s) {
            const size_t n = sizes[s];
            f->out[n] = 123.0;
            eval(f->ctx, expr, isa, n, f->inputs, f->out);
            assert_true(same(f->out[n], 123.0));
            for (size_t k = 0; k < n; ++k) {
                const double y = f->x[0][k], yw = y * f->x[2][k], inner = f->x[1][k] - yw;
                assert_true(same(f->out[k], y * inner));
            }
        }
    }
    e2l_expr_destroy(f->ctx, expr);
}

static void test_leaf_roots(void **state)
{
    fixture *f = *state;
    e2l_expr *constant = parse(f->ctx, "0.75"), *name = parse(f->ctx, "pre.v");
    eval(f->ctx, constant, E2L_ISA_SSE2, N, NULL, f->out);
    assert_true(same(f->out[0], 0.75) && same(f->out[N - 1], 0.75));
    eval(f->ctx, name, E2L_ISA_SSE2, N, f->inputs, f->out);
    assert_memory_equal(f->out, f->x[0], sizeof f->out);
    e2l_expr_destroy(f->ctx, constant);
    e2l_expr_destroy(f->ctx, name);
}

/* A DAG whose nodes share heavily: arguments are drawn from all nodes made so far. */
static e2l_expr *random_dag(fixture *f, size_t n_calls, const e2l_primitive *const *primitives, size_t n_primitives)
{
    static const char *const names[N_NAMES] = {"x", "y", "z"};
    uint32_t nodes[256];
    size_t n = 0;
    e2l_builder *builder = NULL;
    e2l_expr *expr = NULL;
    assert_int_equal(e2l_builder_create(f->ctx, &builder), E2L_OK);
    for (size_t i = 0; i < N_NAMES; ++i) {
        nodes[n++] = e2l_builder_name(builder, names[i], 1);
    }
    nodes[n++] = e2l_builder_const(builder, 0.3);
    nodes[n++] = e2l_builder_const(builder, -2.0);
    for (size_t i = 0; i < n_calls; ++i) {
        uint32_t args[E2L_MAX_ARITY];
        for (size_t j = 0; j < E2L_MAX_ARITY; ++j) { /* late nodes more often, so that much is reachable */
            const size_t back = next_bits(&f->random) % (next_bits(&f->random) % 2 ? n : (n < 6 ? n : 6));
            args[j] = nodes[n - 1 - back];
        }
        nodes[n++] = e2l_builder_call(builder, primitives[next_bits(&f->random) % n_primitives], args);
    }
    assert_int_equal(e2l_builder_finish(builder, nodes[n - 1], &expr), E2L_OK);
    e2l_builder_destroy(builder);
    return expr;
}

/* Every node keeps an array of its own: no registers, no blocks. Input i stands at inputs[i]. */
static void plain_walk(e2l_ctx *ctx, const e2l_expr *expr, e2l_isa isa, const double *const *inputs, double *out)
{
    const size_t n_nodes = e2l_expr_n_nodes(expr);
    const e2l_node *nodes = e2l_expr_nodes(expr);
    double(*value)[N] = e2l_alloc(ctx, n_nodes, sizeof *value);
    assert_non_null(value);
    const unsigned saved = e2l_flush_begin();
    for (size_t k = 0; k < n_nodes; ++k) {
        const e2l_node *node = nodes + k;
        const double *in[E2L_MAX_ARITY] = {NULL};
        for (size_t i = 0; node->kind != E2L_NODE_CALL && i < N; ++i) {
            value[k][i] = node->kind == E2L_NODE_CONST ? node->value : inputs[node->name][i];
        }
        for (uint32_t i = 0; node->kind == E2L_NODE_CALL && i < node->primitive->arity; ++i) {
            in[i] = value[node->arg[i]];
        }
        if (node->kind == E2L_NODE_CALL) {
            node->primitive->eval[isa](N, value[k], in);
        }
    }
    e2l_flush_end(saved);
    memcpy(out, value[n_nodes - 1], sizeof *value);
    e2l_free(ctx, value);
}

/* Every instruction set gives what the plain walk gives, to the bit. */
static void check(fixture *f, e2l_expr *expr)
{
    double wanted[N];
    plain_walk(f->ctx, expr, E2L_ISA_SSE2, f->inputs, wanted);
    for (e2l_isa isa = E2L_ISA_SSE2; isa < E2L_N_ISA; ++isa) {
        if (!e2l_isa_available(isa)) {
            continue;
        }
        eval(f->ctx, expr, isa, N, f->inputs, f->out);
        for (size_t k = 0; k < N; ++k) {
            if (!same(f->out[k], wanted[k])) {
                e2l_text text = {.ctx = f->ctx};
                (void)!e2l_expr_print(expr, E2L_STYLE_SHORTEST, &text);
                fail_msg("%s lane %zu (%a %a %a): %a, wanted %a: %s", e2l_isa_name(isa), k, f->x[0][k], f->x[1][k], f->x[2][k],
                         f->out[k], wanted[k], e2l_text_get(&text));
            }
        }
    }
    e2l_expr_destroy(f->ctx, expr);
}

static void test_random_dags(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < N_RANDOM; ++i) {
        check(f, random_dag(f, 5 + i * 2, e2l_primitives, e2l_n_primitives));
    }
}

enum { N_FUSED = 5 };
static const char *const fused_names[N_FUSED] = {"add", "sub", "mul", "pdiv", "div"}; /* the last one is not fused */

/* Values that make rounding, divisors of zero and flushing matter. */
static void fill_special(fixture *f)
{
    static const double special[] = {0.0, -0.0, 1.0, -3.0, 0x1p-600, -0x1p-1022, 0x1p-1060, 1e300, HUGE_VAL, 0.1};
    enum { N_SPECIAL = sizeof special / sizeof *special };
    for (size_t k = 0; k < N / 2; ++k) {
        f->x[0][k] = special[k % N_SPECIAL];
        f->x[1][k] = special[k / N_SPECIAL % N_SPECIAL];
        f->x[2][k] = special[next_bits(&f->random) % N_SPECIAL];
    }
}

/* Every pair and tree of operations that may be one pass over the lanes. */
static void test_fused_pairs_and_trees(void **state)
{
    fixture *f = *state;
    fill_special(f);
    for (size_t i = 0; i < (size_t)N_FUSED * N_FUSED * N_FUSED; ++i) {
        const char *outer = fused_names[i / (N_FUSED * N_FUSED)], *left = fused_names[i / N_FUSED % N_FUSED],
                   *right = fused_names[i % N_FUSED];
        char text[128];
        (void)snprintf(text, sizeof text, "%s(%s(x, y), %s(z, x))", outer, left, right);
        check(f, parse(f->ctx, text));
        (void)snprintf(text, sizeof text, "%s(%s(x, %s(y, z)), x)", outer, left, right);
        check(f, parse(f->ctx, text));
        (void)snprintf(text, sizeof text, "%s(x, %s(%s(y, z), z))", outer, left, right);
        check(f, parse(f->ctx, text));
    }
}

static void test_fused_dags(void **state)
{
    fixture *f = *state;
    const e2l_primitive *primitives[N_FUSED];
    for (size_t i = 0; i < N_FUSED; ++i) {
        primitives[i] = e2l_primitive_find(fused_names[i]);
    }
    fill_special(f);
    for (size_t i = 0; i < 4 * (size_t)N_RANDOM; ++i) {
        check(f, random_dag(f, 3 + i / 2, primitives, N_FUSED));
    }
}

/* out may be an input: a state variable advanced in place. */
static void test_in_place(void **state)
{
    fixture *f = *state;
    double wanted[N];
    e2l_expr *expr = parse(f->ctx, "x + exp(-x) * (y - x) + sin(x)");
    eval(f->ctx, expr, E2L_ISA_SSE2, N, f->inputs, wanted);
    eval(f->ctx, expr, E2L_ISA_SSE2, N, f->inputs, f->x[0]);
    assert_memory_equal(f->x[0], wanted, sizeof wanted);
    e2l_expr_destroy(f->ctx, expr);
}

/* A chain with thousands of nodes needs a handful of registers: x = x * c + y again and again. */
static void test_memory_is_modest(void **state)
{
    fixture *f = *state;
    e2l_builder *builder = NULL;
    e2l_expr *expr = NULL;
    assert_int_equal(e2l_builder_create(f->ctx, &builder), E2L_OK);
    uint32_t root = e2l_builder_name(builder, "x", 1);
    const uint32_t y = e2l_builder_name(builder, "y", 1);
    for (int k = 0; k < 1300; ++k) {
        const uint32_t product[] = {root, e2l_builder_const(builder, 1.0 / (k + 2))};
        const uint32_t sum[] = {e2l_builder_call(builder, e2l_primitive_find("mul"), product), y};
        root = e2l_builder_call(builder, e2l_primitive_find("add"), sum);
    }
    assert_int_equal(e2l_builder_finish(builder, root, &expr), E2L_OK);
    e2l_builder_destroy(builder);
    assert_true(e2l_expr_n_nodes(expr) > 3800);
    assert_true(e2l_expr_eval_bytes(expr) < 8 * 256 * sizeof(double));
    double wanted[N];
    plain_walk(f->ctx, expr, E2L_ISA_SSE2, f->inputs, wanted);
    eval(f->ctx, expr, e2l_isa_best(), N, f->inputs, f->out);
    assert_memory_equal(f->out, wanted, sizeof wanted);
    e2l_expr_destroy(f->ctx, expr);
}

/* Subnormals are zero inside, and arithmetic outside is as it was before. */
static void test_flush_is_put_back(void **state)
{
    fixture *f = *state;
    e2l_expr *expr = parse(f->ctx, "x * 0.5");
    volatile double smallest = 0x1p-1022;
    f->x[0][0] = smallest;
    eval(f->ctx, expr, e2l_isa_best(), 1, f->inputs, f->out);
#if defined(__x86_64__)
    assert_true(same(f->out[0], 0.0));
#endif
    assert_true(smallest * 0.5 == 0x1p-1023);
    const unsigned outer = e2l_flush_begin(), inner = e2l_flush_begin();
    e2l_flush_end(inner);
#if defined(__x86_64__)
    assert_true(smallest * 0.5 == 0.0);
#endif
    e2l_flush_end(outer);
    assert_true(smallest * 0.5 == 0x1p-1023);
    e2l_expr_destroy(f->ctx, expr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_against_c, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leaf_roots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_random_dags, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fused_pairs_and_trees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fused_dags, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_in_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory_is_modest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_flush_is_put_back, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
