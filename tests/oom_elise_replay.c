/* Every allocation of opening a family, reading its pattern and drawing fails once: NOMEM, nothing leaks, nothing crashes. (Plans of such networks: oom_vocabulary.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/task.h"

enum { MOST_ALLOCATIONS = 20000, N_VECTORS = 5, N_TERMINALS = 7 };

static e2l_status draw_all(e2l_ctx *ctx, const test_family *f)
{
    size_t experiment = 0;
    e2l_case item;
    char name[E2L_CASE_NAME_BYTES];
    e2l_status status = f->task->draw(ctx, f->family, 0, &experiment, &item, name);
    const e2l_experiment *network = f->task->experiment(f->family, 0);
    for (size_t a = 0; status == E2L_OK && a < network->n_arrays; a++) {
        double *row = e2l_alloc(ctx, (size_t)network->arrays[a].size, sizeof *row);
        status = row ? item.fill(&item, ctx, a, 0, 1, row) : E2L_NOMEM;
        e2l_free(ctx, row);
    }
    return status;
}

static e2l_status open_and_draw(e2l_ctx *ctx, const char *options, const char *set)
{
    double values[N_TERMINALS][N_VECTORS];
    double *inputs[N_TERMINALS];
    test_family f;
    for (size_t t = 0; t < N_TERMINALS; t++) {
        inputs[t] = values[t];
    }
    e2l_status status = test_family_open(ctx, &f, "elise_replay", options, 1, set);
    status = status == E2L_OK ? draw_all(ctx, &f) : status;
    status = status == E2L_OK ? f.task->reach(ctx, f.family, 0, N_VECTORS, inputs) : status;
    test_family_close(&f);
    return status;
}

static e2l_status work_drawn(e2l_ctx *ctx)
{
    return open_and_draw(ctx,
                         "{\"visible\": 2, \"slots\": 2, \"latent\": 2, \"cycles\": 3, \"free_every\": 2, \"replay\": 3, \"noise\": 1, \"clamp\": 5, "
                         "\"dt\": 0.2}",
                         "shift:noise");
}

static char path[] = "/tmp/e2l_oom_elise_XXXXXX";

static e2l_status work_given(e2l_ctx *ctx)
{
    char options[200];
    (void)snprintf(options, sizeof options, "{\"pattern\": \"%s\", \"latent\": 2, \"cycles\": 1, \"dt\": 0.2, \"replay\": 3}", path);
    return open_and_draw(ctx, options, E2L_SET_SEARCH);
}

static void check_work(e2l_status (*work)(e2l_ctx *ctx))
{
    size_t n = 1;
    for (; n < MOST_ALLOCATIONS; n++) {
        e2l_ctx *ctx;
        assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
        e2l_ctx_fail_allocation(ctx, n);
        const e2l_status status = work(ctx);
        if (status != E2L_OK && status != E2L_NOMEM) {
            fail_msg("allocation %zu: %s: %s", n, e2l_status_text(status), e2l_ctx_message(ctx));
        }
        const size_t left = e2l_ctx_destroy(ctx);
        if (left > 0) {
            fail_msg("allocation %zu: %zu blocks leak", n, left);
        }
        if (status == E2L_OK) {
            break;
        }
    }
    assert_in_range(n, 50, MOST_ALLOCATIONS - 1);
}

static void test_drawn(void **state)
{
    (void)state;
    check_work(work_drawn);
}

static void test_given(void **state)
{
    (void)state;
    const int handle = mkstemp(path);
    assert_true(handle >= 0);
    static const char text[] = "1 0\n0 1\n";
    assert_int_equal(write(handle, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    assert_int_equal(close(handle), 0);
    check_work(work_given);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_drawn), cmocka_unit_test(test_given)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
