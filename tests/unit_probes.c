/* unit_probes: equal outputs, equal keys: computed again one number at a time with the simplest evaluator there is. */
#include "mpi/probes.h"

#include <math.h>
#include <string.h>

#include "substrate/json.h"
#include "tests/support/reference_eval.h"
#include "tests/support/support.h"
#include "tests/support/task.h"

typedef struct testbed {
    e2l_ctx *ctx;
    test_family base;
    const e2l_task *task; /* bound to the options */
    e2l_probes probes;
} testbed;

static void open_bed(testbed *out, const char *task, const char *options)
{
    *out = (testbed){.ctx = e2l_test_ctx()};
    e2l_status status = test_family_open(out->ctx, &out->base, task, options, 1, E2L_SET_SEARCH);
    status = status == E2L_OK ? e2l_task_bind(out->ctx, &out->task, out->base.task, out->base.options, 1) : status;
    status = status == E2L_OK ? e2l_probes_init(out->ctx, &out->probes, out->task, out->base.family) : status;
    if (status != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(out->ctx));
    }
}

static void close_bed(testbed *bed)
{
    e2l_probes_clear(&bed->probes);
    e2l_task_unbind(bed->task);
    test_family_close(&bed->base);
    e2l_test_ctx_end(bed->ctx);
}

static e2l_key key_of(testbed *bed, const e2l_expr *rule)
{
    e2l_key key;
    const e2l_expr *rules[] = {rule};
    assert_int_equal(e2l_probes_key(&bed->probes, rules, &key), E2L_OK);
    return key;
}

static bool same(testbed *bed, const char *a, const char *b)
{
    e2l_expr *one = e2l_test_parse(bed->ctx, a), *other = e2l_test_parse(bed->ctx, b);
    e2l_key x = key_of(bed, one), y = key_of(bed, other), again = key_of(bed, one);
    assert_true(x.low == again.low && x.high == again.high);
    e2l_expr_destroy(bed->ctx, one);
    e2l_expr_destroy(bed->ctx, other);
    return x.low == y.low && x.high == y.high;
}

static void equal_functions(void **state)
{
    (void)state;
    testbed bed;
    open_bed(&bed, "pca", "{}");
    assert_true(same(&bed, "x * y", "y * x"));
    assert_true(same(&bed, "x + x", "2 * x"));
    assert_true(same(&bed, "x * y + 0 * w", "x * y"));
    assert_true(same(&bed, "max(w, w - 1)", "w"));
    assert_true(same(&bed, "if(1, x, y)", "x"));
    assert_true(same(&bed, "y * (x - y * w)", "(x - w * y) * y"));
    assert_true(same(&bed, "max(-x, x)", "abs(x)"));
    close_bed(&bed);
}

static void different_functions(void **state)
{
    (void)state;
    static const char *const rules[] = {"x", "y", "w", "0", "1", "x * y", "x + y", "x * y - w", "x * y + 1e-12", "y * (x - y * w)",
                                        "y * (x - 2 * y * w)", "tanh(x)", "-x", "x * w", "1 / 0", "-1 / 0", "0 / 0"};
    const size_t n = sizeof rules / sizeof rules[0];
    testbed bed;
    open_bed(&bed, "pca", "{\"n\": 3}");
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            if (same(&bed, rules[a], rules[b]) != (a == b)) {
                fail_msg("'%s' and '%s'", rules[a], rules[b]);
            }
        }
    }
    /* to the bit: equal for real numbers, not for these */
    assert_false(same(&bed, "(x + y) + w", "x + (y + w)"));
    assert_false(same(&bed, "0 * x", "0"));  /* zeros have a sign */
    close_bed(&bed);
}

/* Which NaN an operation gives depends on the machine; infinities are numbers like any other. */
static void not_numbers(void **state)
{
    (void)state;
    testbed bed;
    open_bed(&bed, "pca", "{}");
    assert_true(same(&bed, "0 / 0", "-(0 / 0)"));
    assert_true(same(&bed, "sqrt(-1 - x * x)", "log(-1 - y * y)"));
    assert_true(same(&bed, "inf - inf", "0 / 0"));
    assert_true(same(&bed, "1 / 0", "inf") && !same(&bed, "inf", "-inf") && !same(&bed, "inf", "0 / 0"));
    assert_false(same(&bed, "sqrt(x)", "0 / 0")); /* only half of it is none */
    assert_false(same(&bed, "log(x)", "log(x) * if(x, 2, 1)"));
    close_bed(&bed);
}

/* Bits of the outputs, one number after the other, every NaN as one. */
static e2l_key simplest_key(const testbed *bed, const e2l_expr *rule)
{
    const char *const *terminals = bed->task->slots[0].terminals;
    double out[E2L_N_PROBES];
    unsigned kept = e2l_flush_begin();
    for (size_t k = 0; k < E2L_N_PROBES; k++) {
        double names[8] = {0};
        for (size_t i = 0; i < e2l_expr_n_names(rule); i++) {
            size_t t = 0;
            while (strcmp(terminals[t], e2l_expr_name(rule, i)) != 0) {
                t++;
            }
            names[i] = bed->probes.inputs[0][t * E2L_N_PROBES + k];
        }
        out[k] = reference_eval(rule, names);
        if (isnan(out[k])) {
            memset(&out[k], 0xff, sizeof out[k]);
        }
    }
    e2l_flush_end(kept);
    return e2l_key_bytes(out, sizeof out, (e2l_key){0});
}

/* The size of blocks of lanes (it differs between builds) and the machine's vectors are not in the key. */
static void one_at_a_time(void **state)
{
    (void)state;
    testbed bed;
    open_bed(&bed, "pca", "{\"n\": 4, \"orientation\": [\"axis\", \"random\"]}");
    for (size_t k = 0; k < 400; k++) {
        e2l_stream stream = e2l_test_stream(e2l_test_seed(), k);
        e2l_expr *rule = e2l_test_random_expr(bed.ctx, &stream, 12, false);
        e2l_key fast = key_of(&bed, rule), simple = simplest_key(&bed, rule);
        if (fast.low != simple.low || fast.high != simple.high) {
            e2l_text text = {.ctx = bed.ctx};
            fail_msg("case %zu: %s", k, e2l_test_print(rule, &text));
        }
        e2l_expr_destroy(bed.ctx, rule);
    }
    close_bed(&bed);
}

/* Vectors are finite, vary, and are the same whenever they are made; those of a task are what its rules meet. */
static void vectors(void **state)
{
    (void)state;
    static const char *const tasks[][2] = {{"pca", "{\"n\": 5}"}, {"regression", "{}"}, {"regression", "{\"target\": \"nguyen9\"}"},
                                           {"recover", "{\"teacher\": \"threefactor\"}"}};
    for (size_t t = 0; t < sizeof tasks / sizeof tasks[0]; t++) {
        testbed bed, again;
        open_bed(&bed, tasks[t][0], tasks[t][1]);
        open_bed(&again, tasks[t][0], tasks[t][1]);
        const char *const *terminals = bed.task->slots[0].terminals;
        for (size_t i = 0; terminals[i]; i++) {
            const double *column = bed.probes.inputs[0] + i * E2L_N_PROBES;
            size_t n_changes = 0;
            for (size_t k = 0; k < E2L_N_PROBES; k++) {
                assert_true(isfinite(column[k]));
                n_changes += k > 0 && column[k] != column[k - 1] ? 1 : 0;
            }
            assert_true(n_changes > E2L_N_PROBES / 2);
            assert_memory_equal(column, again.probes.inputs[0] + i * E2L_N_PROBES, E2L_N_PROBES * sizeof *column);
        }
        close_bed(&bed);
        close_bed(&again);
    }
}

/* Without a reach of its own a task's rules are tried on normal numbers, each terminal with its own. */
static void no_reach(void **state)
{
    (void)state;
    testbed bed;
    open_bed(&bed, "pca", "{}");
    e2l_task plain = *bed.task;
    plain.reach = NULL;
    e2l_probes_clear(&bed.probes);
    assert_int_equal(e2l_probes_init(bed.ctx, &bed.probes, &plain, bed.base.family), E2L_OK);
    double sum = 0, squares = 0;
    for (size_t k = 0; k < 3 * E2L_N_PROBES; k++) {
        sum += bed.probes.inputs[0][k];
        squares += bed.probes.inputs[0][k] * bed.probes.inputs[0][k];
    }
    assert_close(sum / (3 * E2L_N_PROBES), 0, 0, 0.15);
    assert_close(squares / (3 * E2L_N_PROBES), 1, 0, 0.2);
    assert_false(same(&bed, "x", "y") || same(&bed, "y", "w"));
    close_bed(&bed);
}

static void out_of_memory(void **state)
{
    (void)state;
    testbed bed;
    open_bed(&bed, "recover", "{}");
    e2l_probes probes;
    e2l_key key, want;
    e2l_expr *rule = e2l_test_parse(bed.ctx, "y * (x - y * w)");
    const e2l_expr *rules[] = {rule};
    want = key_of(&bed, rule);
    size_t n = 1;
    for (e2l_status status = E2L_NOMEM; status == E2L_NOMEM; n++) {
        e2l_ctx_fail_allocation(bed.ctx, n);
        status = e2l_probes_init(bed.ctx, &probes, bed.task, bed.base.family);
        status = status == E2L_OK ? e2l_probes_key(&probes, rules, &key) : status;
        e2l_ctx_fail_allocation(bed.ctx, 0);
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        if (status == E2L_NOMEM && probes.inputs[0]) { /* the key alone failed: asked again, it comes */
            assert_int_equal(e2l_probes_key(&probes, rules, &key), E2L_OK);
            assert_true(key.low == want.low && key.high == want.high);
        }
        e2l_probes_clear(&probes);
    }
    assert_in_range(n, 3, 1000);
    e2l_expr_destroy(bed.ctx, rule);
    close_bed(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_functions), cmocka_unit_test(different_functions), cmocka_unit_test(not_numbers),
        cmocka_unit_test(one_at_a_time),   cmocka_unit_test(vectors),             cmocka_unit_test(no_reach),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
