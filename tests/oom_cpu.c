/* Every allocation of the CPU substrate fails once: nothing is lost, nothing crashes, the status is NOMEM, and the same plan works
   afterwards. */
#include "tests/support/network.h"

enum { RUNS = NETWORK_CANDIDATES * NETWORK_CASES };

typedef struct job {
    const e2l_substrate *cpu;
    network *net;
    e2l_recording recordings[RUNS];
    double *values;
} job;

static e2l_status whole(e2l_ctx *ctx, job *j)
{
    e2l_device *device = NULL;
    e2l_plan *plan = NULL;
    e2l_status status = j->cpu->open(ctx, &device, NULL);
    if (status == E2L_OK) {
        status = j->cpu->prepare(ctx, device, &j->net->experiment, &plan);
    }
    if (status == E2L_OK) {
        status = j->cpu->run(ctx, plan, j->net->candidates, j->net->n_candidates, j->net->cases, j->net->n_cases, NULL,
                             j->recordings);
    }
    if (status == E2L_NOMEM && plan != NULL) {
        e2l_ctx_fail_allocation(ctx, 0);
        assert_int_equal(j->cpu->run(ctx, plan, j->net->candidates, j->net->n_candidates, j->net->cases,
                                     j->net->n_cases, NULL, j->recordings),
                         E2L_OK);
    }
    if (plan != NULL) {
        j->cpu->release(ctx, plan);
    }
    if (device != NULL) {
        j->cpu->close(ctx, device);
    }
    return status;
}

static void test_each_allocation(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; ++k) {
        static network net;
        static job j;
        e2l_ctx *const ctx = e2l_test_ctx();
        e2l_stream stream = e2l_test_stream(e2l_test_seed(), k);
        network_init(&net, ctx, &stream, E2L_SOURCE_DIR "/tests/support/leaky.json");
        j = (job){.cpu = e2l_substrate_find("cpu"), .net = &net};
        e2l_layout layout;
        assert_int_equal(e2l_experiment_check(ctx, &net.experiment, &layout), E2L_OK);
        j.values = e2l_alloc(ctx, RUNS * layout.n_values + 1, sizeof(double));
        for (size_t r = 0; r < RUNS; ++r) {
            j.recordings[r].values = j.values + r * layout.n_values;
        }
        e2l_layout_clear(ctx, &layout);
        const size_t blocks = e2l_ctx_blocks(ctx);
        e2l_status status = E2L_NOMEM;
        for (size_t n = 1; status != E2L_OK; ++n) {
            e2l_ctx_fail_allocation(ctx, n);
            status = whole(ctx, &j);
            e2l_ctx_fail_allocation(ctx, 0);
            assert_true(status == E2L_OK || status == E2L_NOMEM);
            assert_int_equal(e2l_ctx_blocks(ctx), blocks);
        }
        e2l_free(ctx, j.values);
        network_clear(&net, ctx);
        e2l_test_ctx_end(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
