/* Reading, laying out and printing an experiment survive every failed allocation without a leak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/world.h"

static e2l_status check_all(e2l_ctx *ctx, const e2l_experiment *experiment)
{
    e2l_layout layout;
    e2l_text text;
    e2l_text_init(&text, ctx);
    e2l_status status = e2l_experiment_check(ctx, experiment, &layout);
    if (status == E2L_OK) {
        status = e2l_experiment_print(experiment, &text);
        e2l_layout_clear(ctx, &layout);
    }
    e2l_text_clear(&text);
    return status;
}

/* Fails the n-th allocation for every n until nothing fails; gives the status of that last time. */
static e2l_status fail_each(const e2l_experiment *experiment)
{
    e2l_ctx *ctx;
    e2l_status status = E2L_NOMEM;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    size_t n = 0;
    while (status == E2L_NOMEM) {
        assert_true(++n < 100000);
        e2l_ctx_fail_allocation(ctx, n);
        status = check_all(ctx, experiment);
        e2l_ctx_fail_allocation(ctx, 0);
        assert_int_equal(e2l_ctx_blocks(ctx), 0);
    }
    assert_true(n > 50);
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
    return status;
}

static void good_experiment(void **state)
{
    (void)state;
    world w;
    world_init(&w, 3, 40);
    assert_int_equal(fail_each(&w.experiment), E2L_OK);
}

static void wrong_experiment(void **state)
{
    (void)state;
    world w;
    world_init(&w, 3, 40);
    w.projections[0].port = "inn";
    w.populations[1].model = "linaer";
    w.synapse[0] = "w += (";
    w.probes[0].of = "nothing";
    assert_int_equal(fail_each(&w.experiment), E2L_INPUT);
}

static void circle(void **state)
{
    (void)state;
    world w;
    world_init(&w, 1, 40);
    e2l_projection more[4] = {w.projections[0], w.projections[1], w.projections[2]};
    more[3] = (e2l_projection){
        .name = "back", .from = "output", .to = "input", .port = "in", .signal = "r", .w = "1"};
    w.experiment.projections = more;
    w.experiment.n_projections = 4;
    assert_int_equal(fail_each(&w.experiment), E2L_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(good_experiment), cmocka_unit_test(wrong_experiment),
                                       cmocka_unit_test(circle)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
