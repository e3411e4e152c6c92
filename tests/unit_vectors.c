/* unit_vectors.c: the self-check vectors: right for the formula on every instruction set, wrong for its mutants. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/vectors.h"

typedef struct bench {
    e2l_ctx *ctx;
    e2l_rule_set *set;
    e2l_vectors vectors;
} bench;

static void begin(bench *b, const char *text)
{
    b->ctx = e2l_test_ctx();
    assert_int_equal(e2l_rule_read_text(b->ctx, &b->set, text, strlen(text), text), E2L_OK);
    if (e2l_vectors_make(b->ctx, &b->vectors, &b->set->slots[0]) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(b->ctx));
    }
}

static void end(bench *b)
{
    e2l_vectors_clear(b->ctx, &b->vectors);
    e2l_rule_set_destroy(b->set);
    e2l_test_ctx_end(b->ctx);
}

/* Column of an input of the slot. */
static size_t column(const e2l_rule_slot *slot, const char *name)
{
    size_t k = 0;
    while (k < slot->n_inputs && strcmp(slot->inputs[k].name, name) != 0) {
        k++;
    }
    assert_true(k < slot->n_inputs);
    return k;
}

/* Rows on which a formula over the slot's inputs is not accepted. */
static size_t n_rejected(bench *b, const e2l_expr *expr, e2l_isa isa)
{
    const double *in[16];
    double value;
    size_t n = 0;
    void *work = e2l_alloc_lanes(b->ctx, e2l_expr_eval_bytes(expr), 1);
    for (size_t r = 0; r < b->vectors.n_rows; r++) {
        for (size_t k = 0; k < e2l_expr_n_names(expr); k++) {
            in[k] = b->vectors.in + r * b->vectors.n_inputs + column(&b->set->slots[0], e2l_expr_name(expr, k));
        }
        e2l_expr_eval(expr, isa, 1, in, &value, work);
        n += e2l_vectors_accept(&b->vectors, r, value) ? 0 : 1;
    }
    e2l_free(b->ctx, work);
    return n;
}

static void mutant_is_seen(const char *rule, const char *mutant)
{
    bench b;
    begin(&b, rule);
    e2l_expr *expr = e2l_test_parse(b.ctx, mutant);
    if (n_rejected(&b, b.set->slots[0].expr, E2L_ISA_SSE2) != 0) {
        fail_msg("'%s' does not pass its own vectors", rule);
    }
    if (n_rejected(&b, expr, E2L_ISA_SSE2) == 0) {
        fail_msg("the vectors of '%s' accept '%s'", rule, mutant);
    }
    e2l_expr_destroy(b.ctx, expr);
    end(&b);
}

/* One ulp of a constant; swapped operands; < for <=; unprotected for protected; another order of evaluation. */
static void mutants(void **state)
{
    (void)state;
    mutant_is_seen("0.30000000000000004*x", "0.3*x");
    mutant_is_seen("pdiv(x, y)*(0.1+0.2) + 1.0000000000000002*w", "pdiv(x, y)*(0.1+0.2) + 1*w");
    mutant_is_seen("pdiv(x, y - w) + w", "x/(y - w) + w");
    mutant_is_seen("y*(x - y*w)", "y*(y*w - x)");
    mutant_is_seen("y*(x - y*w)", "y*x - y*y*w");
    mutant_is_seen("y*(x - y*w)", "y*(x - (y + 0*x)*(w + 1e-17))");
    mutant_is_seen("if(x > 0.25, y, w)", "if(x >= 0.25, y, w)");
    mutant_is_seen("if(x > 0.1, y, w)", "if(x > 0.10000000000000002, y, w)");
    mutant_is_seen("if(x > 0.1, y, w)", "if(x > 0.1, w, y)");
    mutant_is_seen("x - 1000000", "x - 1000000.0000000001");
    mutant_is_seen("max(x, y)", "if(x > y, x, y)");
    mutant_is_seen("relu(x)", "if(x > 0, x, 0)");
    mutant_is_seen("0.25", "0.25000000000000006");
    mutant_is_seen("x + y + w", "x + (y + w)");
    mutant_is_seen("0.5*tanh(x)", "0.5000000001*tanh(x)");
    mutant_is_seen("tanh(x - y)", "tanh(y - x)");
}

static void usual_rows(void **state)
{
    (void)state;
    bench b;
    begin(&b, "y*(x-y*w)");
    assert_true(b.vectors.n_rows >= E2L_VECTORS_ROWS);
    assert_int_equal(b.vectors.kind, E2L_TOLERANCE_EXACT);
    bool nan = false, inf = false, big = false, zero = false;
    for (size_t k = 0; k < b.vectors.n_rows * b.vectors.n_inputs; k++) {
        double v = b.vectors.in[k];
        nan = nan || isnan(v);
        inf = inf || isinf(v);
        big = big || fabs(v) == 1e3;
        zero = zero || (v == 0.0 && signbit(v));
    }
    assert_true(nan && inf && big && zero);
    end(&b);
}

/* At the root the allowance of a libm function is 4 ulp, no more and no less. */
static void four_ulps(void **state)
{
    (void)state;
    bench b;
    size_t n_finite = 0;
    begin(&b, "exp(x)");
    assert_int_equal(b.vectors.kind, E2L_TOLERANCE_ULP4);
    for (size_t r = 0; r < b.vectors.n_rows; r++) {
        double expected = b.vectors.expected[r], up = expected;
        for (int k = 0; k < 4; k++) {
            up = nextafter(up, (double)INFINITY);
        }
        if (isfinite(expected) && expected > 0.0) {
            assert_true(e2l_vectors_accept(&b.vectors, r, up));
            assert_false(e2l_vectors_accept(&b.vectors, r, expected + 2.5 * (up - expected)));
            n_finite++;
        } else {
            assert_true(b.vectors.allowed[r] == 0.0);
        }
    }
    assert_true(n_finite > 20);
    end(&b);
}

static void subnormals_are_avoided(void **state)
{
    (void)state;
    bench b;
    begin(&b, "x*1e-200*y*1e-115 + w");
    for (size_t r = 0; r < b.vectors.n_rows; r++) {
        const double *in = b.vectors.in + r * b.vectors.n_inputs;
        double product = in[0] * 1e-200 * in[1] * 1e-115;
        assert_true(product == 0.0 || !isfinite(product) || fabs(product) > 0x1p-1022);
    }
    end(&b);
}

static bool own_rows_pass(e2l_ctx *ctx, const e2l_expr *expr, uint64_t seed)
{
    (void)seed;
    bench b = {.ctx = ctx};
    e2l_text text = {.ctx = ctx};
    bool ok = e2l_expr_print(expr, E2L_STYLE_HEX, &text) == E2L_OK &&
              e2l_rule_read_text(ctx, &b.set, e2l_text_get(&text), strlen(e2l_text_get(&text)), "any") == E2L_OK;
    e2l_status status = ok ? e2l_vectors_make(ctx, &b.vectors, &b.set->slots[0]) : E2L_INTERNAL;
    ok = status == E2L_UNSUPPORTED || (status == E2L_OK && n_rejected(&b, expr, e2l_isa_best()) == 0);
    e2l_vectors_clear(ctx, &b.vectors);
    e2l_rule_set_destroy(b.set);
    e2l_text_clear(&text);
    return ok;
}

static void any_formula(void **state)
{
    (void)state;
    e2l_test_for_all("vectors accept their formula", own_rows_pass, 15, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutants),   cmocka_unit_test(usual_rows),
        cmocka_unit_test(four_ulps), cmocka_unit_test(subnormals_are_avoided),
        cmocka_unit_test(any_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
