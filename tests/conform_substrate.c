/* Every registered substrate against the contract of substrate.h, on the PCA neuron of tests/support/world.h. The expected
   numbers come from a plain C loop below that shares nothing with the substrates. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "substrate/json.h"
#include "substrate/substrate.h"
#include "tests/support/world.h"

enum { N = 3, STEPS = 40, N_RULES = 6, N_CASES = 3, MOST_VALUES = 256 };

/* ---- a substrate, open and ready ---- */

typedef struct bench {
    e2l_ctx *ctx;
    const e2l_substrate *substrate;
    void *options;
    e2l_device *device;
    e2l_plan *plan;
} bench;

static void bench_close(bench *b)
{
    if (b->plan) {
        b->substrate->release(b->ctx, b->plan);
    }
    if (b->device) {
        b->substrate->close(b->ctx, b->device);
    }
    if (b->options) {
        e2l_fields_clear(b->ctx, b->substrate->fields, b->substrate->n_fields, b->options);
    }
    e2l_free(b->ctx, b->options);
    b->plan = NULL;
    b->device = NULL;
    b->options = NULL;
}

static e2l_status bench_open(bench *b, e2l_ctx *ctx, const e2l_substrate *substrate)
{
    *b = (bench){.ctx = ctx, .substrate = substrate};
    b->options = e2l_alloc(ctx, 1, substrate->options_size);
    e2l_status status = b->options ? e2l_fields_read(ctx, substrate->fields, substrate->n_fields, NULL, NULL,
                                                     0, substrate->name, b->options)
                                   : E2L_NOMEM;
    status = status == E2L_OK ? substrate->open(ctx, &b->device, b->options) : status;
    if (status != E2L_OK) {
        bench_close(b);
    }
    return status;
}

static e2l_status bench_prepare(bench *b, e2l_ctx *ctx, const e2l_substrate *substrate,
                                const e2l_experiment *experiment)
{
    char why[256] = "";
    e2l_status status = bench_open(b, ctx, substrate);
    if (status != E2L_OK) {
        return status;
    }
    if (!substrate->supports(ctx, b->device, experiment, why)) {
        bench_close(b);
        return E2L_NOMEM; /* the experiment itself is supported: only memory can stand in the way */
    }
    status = substrate->prepare(ctx, b->device, experiment, &b->plan);
    if (status != E2L_OK) {
        bench_close(b);
    }
    return status;
}

/* ---- rules ---- */

static const char *const rule_texts[N_RULES] = {
    "y * (x - y * w)", "x * y - w * 0.1", "tanh(x * y) - w", "0", "if(x > y, x * w, exp(-y * y) - w)", "sqrt(-1 - x * x)"};
static double rule_oja(double x, double w, double y) { return y * (x - y * w); }
static double rule_decay(double x, double w, double y) { return x * y - w * 0.1; }
static double rule_zero(double x, double w, double y) { return 0 * x * w * y; }
static double rule_hebb(double x, double w, double y) { return w - w + y * x; }

static e2l_expr *parse_rule(e2l_ctx *ctx, const char *text)
{
    static const char *const terminals[] = {"x", "w", "y"};
    e2l_scope scope = {.names = terminals, .n_names = 3};
    e2l_expr *expr;
    if (e2l_expr_parse(ctx, &expr, text, strlen(text), &scope) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
    return expr;
}

/* ---- the plain loop ---- */

typedef struct expected {
    e2l_outcome outcome;
    uint64_t step;
    double cos_mean, w_end[N], y[STEPS], w_tenth[STEPS / 10][N], x_sum[N];
} expected;

/* Sum of the design: eight partial sums over the source index, one fixed tree. */
static double sum_of(const double *terms, size_t n)
{
    double s[8] = {0};
    for (size_t i = 0; i < n; i++) {
        s[i % 8] += terms[i];
    }
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static double loop_output(const double *w, const double *x, const double *pc1, double *cosine)
{
    double in[N], along[N], length[N];
    for (size_t i = 0; i < N; i++) {
        in[i] = w[i] * x[i];
        along[i] = w[i] * pc1[i];
        length[i] = w[i] * w[i] * 1.0;
    }
    *cosine = fabs(sum_of(along, N)) / sqrt(sum_of(length, N));
    return sum_of(in, N);
}

static void loop(expected *out, const world_case *user, uint64_t index, double (*rule)(double, double, double),
                 double eta)
{
    double w[N], x[N], pc1[N], cos_sum = 0;
    *out = (expected){.outcome = E2L_OUTCOME_OK, .step = STEPS};
    for (size_t i = 0; i < N; i++) {
        w[i] = world_value(user, index, WORLD_ARRAY_W0, 0, i);
        pc1[i] = world_value(user, index, WORLD_ARRAY_PC1, 0, i);
    }
    for (uint64_t step = 0; step < STEPS; step++) {
        double cosine;
        for (size_t i = 0; i < N; i++) {
            x[i] = world_value(user, index, WORLD_ARRAY_SAMPLES, step, i);
            out->x_sum[i] += x[i];
        }
        out->y[step] = loop_output(w, x, pc1, &cosine);
        cos_sum += cosine;
        bool is_bad = !isfinite(out->y[step]);
        for (size_t i = 0; i < N; i++) {
            w[i] += eta * rule(x[i], w[i], out->y[step]);
            is_bad = is_bad || !(fabs(w[i]) < E2L_WEIGHT_LIMIT);
            out->w_end[i] = w[i];
            if (step % 10 == 0) {
                out->w_tenth[step / 10][i] = w[i];
            }
        }
        if (is_bad) {
            out->outcome = E2L_OUTCOME_DIVERGED;
            out->step = step + 1;
            return;
        }
    }
    out->cos_mean = cos_sum / STEPS;
}

static void expect_close(const char *name, const char *what, const double *got, const double *wanted, size_t n,
                         double tolerance)
{
    for (size_t k = 0; k < n; k++) {
        double slack = tolerance * (fabs(wanted[k]) > 1e-300 ? fabs(wanted[k]) : 1);
        bool same = tolerance > 0 ? fabs(got[k] - wanted[k]) <= slack
                                  : memcmp(&got[k], &wanted[k], sizeof *got) == 0;
        if (!same) {
            fail_msg("%s: %s[%zu]: %a, expected %a", name, what, k, got[k], wanted[k]);
        }
    }
}

static void expect_recording(const e2l_substrate *substrate, const e2l_layout *layout,
                             const e2l_recording *got, const expected *wanted)
{
    const e2l_probe_place *at = layout->places;
    const double fold_rounding = 1e-14; /* how a mean is summed is not part of the contract */
    double tolerance = substrate->tolerance;
    if (got->outcome != wanted->outcome || got->step != wanted->step) {
        fail_msg("%s: %s at step %llu, expected %s at %llu", substrate->name, e2l_outcome_text(got->outcome),
                 (unsigned long long)got->step, e2l_outcome_text(wanted->outcome),
                 (unsigned long long)wanted->step);
    }
    if (got->outcome != E2L_OUTCOME_OK) {
        return;
    }
    const char *name = substrate->name;
    expect_close(name, "cos_mean", got->values + at[WORLD_PROBE_COS].offset, &wanted->cos_mean, 1,
                 tolerance + fold_rounding);
    expect_close(name, "w_end", got->values + at[WORLD_PROBE_W_END].offset, wanted->w_end, N, tolerance);
    expect_close(name, "y", got->values + at[WORLD_PROBE_Y].offset, wanted->y, STEPS, tolerance);
    expect_close(name, "w_tenth", got->values + at[WORLD_PROBE_W_TENTH].offset, wanted->w_tenth[0],
                 (size_t)N * STEPS / 10, tolerance);
    expect_close(name, "x_sum", got->values + at[WORLD_PROBE_X_SUM].offset, wanted->x_sum, N,
                 tolerance + fold_rounding);
}

/* ---- the suite, one substrate at a time ---- */

typedef void suite_test(e2l_ctx *ctx, const e2l_substrate *substrate);

static void for_each_substrate(suite_test *test)
{
    assert_true(e2l_n_substrates >= 1);
    for (size_t k = 0; k < e2l_n_substrates; k++) {
        e2l_ctx *ctx;
        assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
        test(ctx, e2l_substrates[k]);
        assert_int_equal(e2l_ctx_destroy(ctx), 0);
    }
}

static void test_record(e2l_ctx *ctx, const e2l_substrate *s)
{
    assert_int_equal(s->abi, E2L_SUBSTRATE_ABI);
    assert_int_equal(s->struct_size, sizeof *s);
    assert_true(s->name && s->summary && s->units && strlen(s->summary) > 10);
    assert_true(s->open && s->close && s->supports && s->prepare && s->layout && s->run && s->release);
    assert_true(s->n_fields == 0 || (s->fields && s->options_size > 0));
    assert_true(s->tolerance >= 0 && s->tolerance < 1);
    assert_ptr_equal(e2l_substrate_find(s->name), s);
    for (size_t k = 0; k < s->n_fields; k++) {
        assert_true(s->fields[k].help && s->fields[k].unit && s->fields[k].fallback);
    }
    bench b;
    assert_int_equal(bench_open(&b, ctx, s), E2L_OK);
    bench_close(&b);
    assert_int_equal(e2l_ctx_blocks(ctx), 0);
}

static void test_refusal(e2l_ctx *ctx, const e2l_substrate *s)
{
    world w;
    bench b;
    char why[256];
    assert_int_equal(bench_open(&b, ctx, s), E2L_OK);
    world_init(&w, N, STEPS);
    why[0] = '\0';
    assert_true(s->supports(ctx, b.device, &w.experiment, why));
    w.projections[0].delay = "3 * dt";
    if (!s->supports(ctx, b.device, &w.experiment, why)) {
        assert_true(strlen(why) > 10);
    } else {
        assert_int_equal(s->prepare(ctx, b.device, &w.experiment, &b.plan), E2L_OK);
    }
    bench_close(&b);
    assert_int_equal(bench_open(&b, ctx, s), E2L_OK);
    w.projections[0].delay = NULL;
    w.projections[0].port = "inn"; /* wrong, not unsupported */
    assert_int_equal(s->prepare(ctx, b.device, &w.experiment, &b.plan), E2L_INPUT);
    assert_null(b.plan);
    assert_non_null(strstr(e2l_ctx_message(ctx), "did you mean 'in'?"));
    bench_close(&b);
}

static void run_against_loop(e2l_ctx *ctx, const e2l_substrate *s, const char *text,
                             double (*rule)(double, double, double), double eta, double scale)
{
    world w;
    bench b;
    double values[MOST_VALUES];
    world_init(&w, N, STEPS);
    world_case user = {.of = &w, .scale = scale};
    assert_int_equal(bench_prepare(&b, ctx, s, &w.experiment), E2L_OK);
    const e2l_layout *layout = s->layout(b.plan);
    assert_true(layout->n_values <= MOST_VALUES);
    e2l_expr *expr = parse_rule(ctx, text);
    const e2l_expr *const rules[] = {expr};
    e2l_candidate candidate = {.rules = rules, .etas = &eta};
    for (uint64_t k = 0; k < N_CASES; k++) {
        e2l_case item = world_case_of(&user, k);
        e2l_recording recording = {.values = values};
        expected wanted;
        loop(&wanted, &user, k, rule, eta);
        if (s->run(ctx, b.plan, &candidate, 1, &item, 1, NULL, &recording) != E2L_OK) {
            fail_msg("%s: %s", s->name, e2l_ctx_message(ctx));
        }
        expect_recording(s, layout, &recording, &wanted);
    }
    e2l_expr_destroy(ctx, expr);
    bench_close(&b);
}

static void test_values(e2l_ctx *ctx, const e2l_substrate *s)
{
    run_against_loop(ctx, s, "y * (x - y * w)", rule_oja, 0.05, 1);
    run_against_loop(ctx, s, "x * y - w * 0.1", rule_decay, 0.01, 0.5);
    run_against_loop(ctx, s, "0", rule_zero, 0.01, 1);
}

static void test_divergence(e2l_ctx *ctx, const e2l_substrate *s)
{
    run_against_loop(ctx, s, "y * x", rule_hebb, 2, 1);     /* some step in the middle */
    run_against_loop(ctx, s, "y * x", rule_hebb, 0.5, 30);  /* early */
    run_against_loop(ctx, s, "y * x", rule_hebb, 1e300, 1); /* at once, by far */
    world w;
    world_init(&w, N, STEPS);
    world_case user = {.of = &w, .scale = 1};
    expected wanted;
    loop(&wanted, &user, 0, rule_hebb, 2);
    assert_true(wanted.outcome == E2L_OUTCOME_DIVERGED && wanted.step > 5); /* the test tests something */
}

/* ---- batches ---- */

typedef struct batch {
    world w;
    world_case user;
    e2l_expr *exprs[N_RULES];
    const e2l_expr *rules[2 * N_RULES][1];
    double etas[2 * N_RULES];
    e2l_candidate candidates[2 * N_RULES];
    e2l_case cases[N_CASES];
    e2l_recording recordings[2 * N_RULES * N_CASES];
    double values[2 * N_RULES * N_CASES][MOST_VALUES];
} batch;

/* Each rule at two learning rates: candidates that share expressions, side by side and apart. */
static batch *batch_create(e2l_ctx *ctx)
{
    batch *b = e2l_alloc(ctx, 1, sizeof *b);
    assert_non_null(b);
    world_init(&b->w, N, STEPS);
    b->user = (world_case){.of = &b->w, .scale = 1.25};
    for (size_t k = 0; k < N_RULES; k++) {
        b->exprs[k] = parse_rule(ctx, rule_texts[k]);
    }
    for (size_t k = 0; k < 2 * N_RULES; k++) {
        b->rules[k][0] = b->exprs[(k / 2 + k * k) % N_RULES];
        b->etas[k] = k % 2 == 0 ? 0.01 : 0.3;
        b->candidates[k] = (e2l_candidate){.rules = b->rules[k], .etas = &b->etas[k]};
    }
    for (size_t k = 0; k < N_CASES; k++) {
        b->cases[k] = world_case_of(&b->user, k);
    }
    for (size_t k = 0; k < (size_t)2 * N_RULES * N_CASES; k++) {
        b->recordings[k].values = b->values[k];
    }
    return b;
}

static void batch_destroy(e2l_ctx *ctx, batch *b)
{
    for (size_t k = 0; k < N_RULES; k++) {
        e2l_expr_destroy(ctx, b->exprs[k]);
    }
    e2l_free(ctx, b);
}

static void test_batch(e2l_ctx *ctx, const e2l_substrate *s)
{
    batch *all = batch_create(ctx);
    bench b;
    assert_int_equal(bench_prepare(&b, ctx, s, &all->w.experiment), E2L_OK);
    size_t n_values = s->layout(b.plan)->n_values;
    if (s->run(ctx, b.plan, all->candidates, (size_t)2 * N_RULES, all->cases, N_CASES, NULL, all->recordings) != E2L_OK) {
        fail_msg("%s: %s", s->name, e2l_ctx_message(ctx));
    }
    for (size_t k = 0; k < (size_t)2 * N_RULES * N_CASES; k++) {
        double values[MOST_VALUES];
        e2l_recording alone = {.values = values};
        assert_int_equal(s->run(ctx, b.plan, &all->candidates[k / N_CASES], 1, &all->cases[k % N_CASES], 1, NULL, &alone),
                         E2L_OK);
        assert_int_equal(alone.outcome, all->recordings[k].outcome);
        assert_int_equal(alone.step, all->recordings[k].step);
        if (alone.outcome == E2L_OUTCOME_OK) {
            assert_memory_equal(values, all->values[k], n_values * sizeof *values);
        }
        bool is_nan_rule = all->rules[k / N_CASES][0] == all->exprs[N_RULES - 1];
        assert_true(!is_nan_rule || (alone.outcome == E2L_OUTCOME_DIVERGED && alone.step == 1));
    }
    if (s->stats) {
        e2l_stats stats;
        s->stats(b.plan, &stats);
        assert_true(stats.n_runs >= (uint64_t)2 * N_RULES * N_CASES && stats.n_steps > 0);
    }
    bench_close(&b);
    batch_destroy(ctx, all);
}

static void test_cancel(e2l_ctx *ctx, const e2l_substrate *s)
{
    batch *all = batch_create(ctx);
    bench b;
    volatile sig_atomic_t cancel = 1;
    e2l_run_options options = {.struct_size = sizeof options, .cancel = &cancel};
    assert_int_equal(bench_prepare(&b, ctx, s, &all->w.experiment), E2L_OK);
    assert_int_equal(s->run(ctx, b.plan, all->candidates, 1, all->cases, 1, &options, all->recordings), E2L_CANCELLED);
    cancel = 0;
    assert_int_equal(s->run(ctx, b.plan, all->candidates, 1, all->cases, 1, &options, all->recordings), E2L_OK);
    bench_close(&b);
    batch_destroy(ctx, all);
}

/* ---- failures from outside ---- */

static e2l_status failing_fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps,
                               double *out)
{
    (void)self;
    (void)array;
    (void)step0;
    (void)n_steps;
    (void)out;
    return e2l_fail(ctx, E2L_IO, "the disk is gone");
}

static void test_failing_fill(e2l_ctx *ctx, const e2l_substrate *s)
{
    batch *all = batch_create(ctx);
    bench b;
    assert_int_equal(bench_prepare(&b, ctx, s, &all->w.experiment), E2L_OK);
    all->cases[1].fill = failing_fill;
    assert_int_equal(s->run(ctx, b.plan, all->candidates, 2, all->cases, N_CASES, NULL, all->recordings), E2L_IO);
    assert_non_null(strstr(e2l_ctx_message(ctx), "the disk is gone"));
    bench_close(&b);
    batch_destroy(ctx, all);
}

static void test_memory(e2l_ctx *ctx, const e2l_substrate *s)
{
    batch *all = batch_create(ctx);
    size_t blocks = e2l_ctx_blocks(ctx), n = 0;
    e2l_status status = E2L_NOMEM;
    while (status == E2L_NOMEM) {
        bench b;
        assert_true(++n < 20000);
        e2l_ctx_fail_allocation(ctx, n);
        status = bench_prepare(&b, ctx, s, &all->w.experiment);
        if (status == E2L_OK) {
            status = s->run(ctx, b.plan, all->candidates, 3, all->cases, 2, NULL, all->recordings);
            bench_close(&b);
        }
        e2l_ctx_fail_allocation(ctx, 0);
        assert_int_equal(e2l_ctx_blocks(ctx), blocks);
    }
    assert_int_equal(status, E2L_OK);
    batch_destroy(ctx, all);
}

/* ---- CMocka ---- */

#define SUITE(X)                                                                                   \
    X(record)                                                                                      \
    X(refusal)                                                                                     \
    X(values)                                                                                      \
    X(divergence)                                                                                  \
    X(batch)                                                                                       \
    X(cancel)                                                                                      \
    X(failing_fill)                                                                                \
    X(memory)

#define RUN(name)                                                                                  \
    static void each_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        for_each_substrate(test_##name);                                                           \
    }
SUITE(RUN)

int main(void)
{
#define TEST(name) cmocka_unit_test(each_##name),
    const struct CMUnitTest tests[] = {SUITE(TEST)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
