/* Every allocation of opening, drawing, filling and evaluating fails once: NOMEM, nothing leaks, nothing crashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/support/task.h"

enum { MAX_ALLOCATIONS = 20000 };

typedef e2l_status (*work_of)(e2l_ctx *ctx);

/* Fails the n-th allocation for n = 1, 2, .. until the work succeeds. */
static void check_work(work_of work)
{
    size_t n = 1;
    for (; n < MAX_ALLOCATIONS; n++) {
        e2l_ctx *ctx;
        assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
        e2l_ctx_fail_allocation(ctx, n);
        e2l_status status = work(ctx);
        if (status != E2L_OK && status != E2L_NOMEM) {
            fail_msg("allocation %zu: %s: %s", n, e2l_status_text(status), e2l_ctx_message(ctx));
        }
        size_t left = e2l_ctx_destroy(ctx);
        if (left > 0) {
            fail_msg("allocation %zu: %zu blocks leak", n, left);
        }
        if (status == E2L_OK) {
            break;
        }
    }
    assert_in_range(n, 2, MAX_ALLOCATIONS - 1);
}

static e2l_status draw_one(e2l_ctx *ctx, test_family *family)
{
    test_arrays arrays;
    e2l_status status = test_arrays_create(ctx, &arrays, family, 1);
    if (status == E2L_OK) {
        test_arrays_clear(ctx, &arrays);
    }
    test_family_close(family);
    return status;
}

static e2l_status work_drawn(e2l_ctx *ctx)
{
    test_family family;
    e2l_status status =
        test_family_open(ctx, &family, "pca", "{\"n\": 40, \"samples\": 70}", 1, "shift:orientation");
    return status == E2L_OK ? draw_one(ctx, &family) : status;
}

static e2l_status work_file(e2l_ctx *ctx)
{
    test_family family;
    e2l_status status = test_family_open_file(ctx, &family, E2L_SOURCE_DIR "/tests/corpus/fuzz_pca_data/shapes.json",
                                              E2L_SET_ALL);
    return status == E2L_OK ? draw_one(ctx, &family) : status;
}

static e2l_status work_evaluate(e2l_ctx *ctx)
{
    static const char *const rule[] = {"y * (x - y * w)"};
    static const char *const data = "{\"data\": \"" E2L_SOURCE_DIR "/tests/corpus/fuzz_pca_data/shapes.json\"}";
    test_judge judge;
    e2l_score scores[2];
    e2l_status status = test_judge_open(ctx, &judge, "pca", data, 1, E2L_SET_ALL, 2);
    status = status == E2L_OK ? test_judge_rules(&judge, rule, 0.01, scores) : status;
    test_judge_close(&judge);
    return status;
}

static void test_drawn(void **state)
{
    (void)state;
    check_work(work_drawn);
}

static void test_file(void **state)
{
    (void)state;
    check_work(work_file);
}

static void test_evaluate(void **state)
{
    (void)state;
    check_work(work_evaluate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_evaluate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
