/* Every allocation fails once while an experiment that uses the whole vocabulary is resolved, made ready and run: the status is NOMEM,
   nothing is lost, and what was made ready works afterwards. */
#include "substrate/cpu/engine.h"
#include "tests/support/support.h"
#include "tests/support/vocabulary.h"

enum { EXPERIMENTS = 6, MOST_SLOTS = 16 };

typedef struct job {
    const e2l_substrate *cpu;
    const e2l_cpu_options *options;
    const e2l_experiment *experiment;
    e2l_candidate candidate;
    e2l_case one;
    e2l_recording recording;
} job;

static e2l_status run(e2l_ctx *ctx, e2l_plan *plan, job *j)
{
    return j->cpu->run(ctx, plan, &j->candidate, 1, &j->one, 1, NULL, &j->recording);
}

static e2l_status whole(e2l_ctx *ctx, job *j)
{
    e2l_device *device = NULL;
    e2l_plan *plan = NULL;
    e2l_status status = j->cpu->open(ctx, &device, j->options);
    if (status == E2L_OK) {
        status = j->cpu->prepare(ctx, device, j->experiment, &plan);
    }
    if (status == E2L_OK) {
        status = run(ctx, plan, j);
    }
    if (status == E2L_NOMEM && plan != NULL) {
        e2l_ctx_fail_allocation(ctx, 0);
        assert_int_equal(run(ctx, plan, j), E2L_OK);
    }
    if (plan != NULL) {
        j->cpu->release(ctx, plan);
    }
    if (device != NULL) {
        j->cpu->close(ctx, device);
    }
    return status;
}

/* How many allocations a run of the experiment has. */
static size_t fail_each(e2l_ctx *ctx, job *j)
{
    const size_t blocks = e2l_ctx_blocks(ctx);
    e2l_status status = E2L_NOMEM;
    size_t n = 0;
    while (status != E2L_OK) {
        n = e2l_test_next_allocation(n);
        e2l_ctx_fail_allocation(ctx, n);
        status = whole(ctx, j);
        e2l_ctx_fail_allocation(ctx, 0);
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        assert_int_equal(e2l_ctx_blocks(ctx), blocks);
    }
    return n;
}

static void test_each_allocation(void **state)
{
    (void)state;
    size_t n_ran = 0;
    for (size_t k = 0; k < EXPERIMENTS; ++k) {
        e2l_ctx *const ctx = e2l_test_ctx();
        e2l_arena *arena;
        e2l_layout layout;
        e2l_stream stream = e2l_test_stream(e2l_test_seed(), k);
        assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
        const e2l_experiment *const experiment = vocabulary_make(arena, &stream, (1u << VOCABULARY_N) - 1);
        assert_non_null(experiment);
        if (e2l_experiment_check(ctx, experiment, &layout) == E2L_OK) {
            const e2l_expr *rules[MOST_SLOTS];
            double etas[MOST_SLOTS];
            e2l_expr *const rule = e2l_test_parse(ctx, "a * b - 0.1 * a");
            for (size_t s = 0; s < MOST_SLOTS; ++s) {
                rules[s] = rule;
                etas[s] = 0.01;
            }
            /* cases, then neurons; double, then single precision */
            const e2l_cpu_options options = {.lanes = 1 + (int)(n_ran % 2), .precision = (int)(n_ran / 2 % 2), .memory_mb = 16};
            job j = {.cpu = e2l_substrate_find("cpu"), .options = &options, .experiment = experiment, .candidate = {rules, etas}, .one = vocabulary_case(experiment, k)};
            j.recording.values = e2l_alloc(ctx, layout.n_values + 1, sizeof(double));
            assert_non_null(j.recording.values);
            e2l_layout_clear(ctx, &layout);
            assert_true(fail_each(ctx, &j) > 100);
            n_ran++;
            e2l_free(ctx, j.recording.values);
            e2l_expr_destroy(ctx, rule);
        }
        e2l_arena_destroy(arena);
        e2l_test_ctx_end(ctx);
    }
    assert_true(n_ran >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
