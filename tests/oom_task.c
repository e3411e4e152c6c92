/* Every allocation of opening, drawing, filling and evaluating fails once: NOMEM, nothing leaks, nothing crashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tasks/csv.h"
#include "tests/support/support.h"
#include "tests/support/task.h"

enum { MAX_ALLOCATIONS = 20000 };

typedef e2l_status (*work_of)(e2l_ctx *ctx);

/* Fails the n-th allocation for n = 1, 2, .. until the work succeeds. */
static void check_work(work_of work)
{
    size_t n = 1;
    for (; n < MAX_ALLOCATIONS; n = e2l_test_next_allocation(n)) {
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

/* ---- regression and recover: drawn, and on tables of one's own ---- */

static const char points[] = "u,v,z\n1,2,3\n2,1,0\n3,5,1\n4,4,2\n5,0,-1\n6,2,2\n7,7,7\n8,1,3\n9,3,1\n0,0,0\n";
static const char steps[] = "recording,x1,x2,w1,w2,y,r\n0,1,2,0.1,0.2,,0\n0,2,1,0.2,,1,1\n0,1,0,0.3,0.1,2,0\n1,1,1,0,0.5,,1\n1,2,2,0.1,0.4,1,0\n";

static char path[] = "/tmp/e2l_oom_task_XXXXXX";

static void write_table(const char *text)
{
    (void)snprintf(path, sizeof path, "/tmp/e2l_oom_task_XXXXXX");
    const int handle = mkstemp(path);
    assert_true(handle >= 0);
    FILE *file = fdopen(handle, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The record, an evaluator, a score, and what the task has to say. */
static e2l_status live(e2l_ctx *ctx, const char *task, const char *options, const char *set)
{
    static const char *const rule[] = {"0.5"};
    test_judge judge;
    e2l_score scores[2];
    const e2l_task *bound = NULL;
    e2l_text text = {.ctx = ctx};
    e2l_status status = test_judge_open(ctx, &judge, task, options, 1, set, 2);
    const e2l_family *family = status == E2L_OK ? e2l_evaluator_family(judge.evaluator) : NULL;
    status = status == E2L_OK ? e2l_task_bind(ctx, &bound, judge.base.task, judge.base.options, 1) : status;
    status = status == E2L_OK ? test_judge_rules(&judge, rule, 0.1, scores) : status;
    if (status == E2L_OK && judge.base.task->remarks) {
        status = judge.base.task->remarks(ctx, family, e2l_evaluator_n_cases(judge.evaluator), &text);
    }
    e2l_text_clear(&text);
    e2l_task_unbind(bound);
    test_judge_close(&judge);
    return status;
}

static e2l_status work_regression(e2l_ctx *ctx)
{
    return live(ctx, "regression", "{\"target\": \"nguyen9\", \"points\": 9, \"noise\": 0.1}", E2L_SET_SEARCH);
}

static e2l_status work_recover(e2l_ctx *ctx)
{
    return live(ctx, "recover", "{\"teacher\": \"threefactor\", \"steps\": 9, \"noise\": 0.1, \"gaps\": 0.2}", E2L_SET_SEARCH);
}

/* A family, the arrays of a case, what rules see. (Plans of such networks: oom_vocabulary.) */
static e2l_status look_at(e2l_ctx *ctx, const char *task, const char *options, const char *set)
{
    enum { N = 20, ROOM = 64 };
    double values[4][N], row[ROOM];
    double *const inputs[] = {values[0], values[1], values[2], values[3]};
    char name[E2L_CASE_NAME_BYTES];
    size_t experiment = 0;
    e2l_case item;
    test_family f;
    e2l_status status = test_family_open(ctx, &f, task, options, 1, set);
    for (size_t slot = 0; status == E2L_OK && slot < f.task->n_slots; slot++) {
        status = f.task->reach(ctx, f.family, slot, N, inputs);
    }
    status = status == E2L_OK ? f.task->draw(ctx, f.family, 1, &experiment, &item, name) : status;
    for (size_t a = 0; status == E2L_OK && a < f.task->experiment(f.family, 0)->n_arrays; a++) {
        assert_true(f.task->experiment(f.family, 0)->arrays[a].size <= ROOM);
        status = item.fill(&item, ctx, a, 0, 1, row);
    }
    test_family_close(&f);
    return status;
}

static e2l_status work_error_driven(e2l_ctx *ctx)
{
    return look_at(ctx, "error_driven", "{\"duration\": 12, \"n\": 2}", "shift:dt");
}

static e2l_status work_second_order(e2l_ctx *ctx)
{
    return look_at(ctx, "second_order_errors", "{\"train\": 5, \"test\": 2, \"inference\": 3}", "shift:width");
}

static e2l_status on_table(e2l_ctx *ctx, const char *task, const char *set)
{
    char options[200];
    (void)snprintf(options, sizeof options, "{\"data\": \"%s\"}", path);
    return live(ctx, task, options, set);
}

static e2l_status work_regression_table(e2l_ctx *ctx)
{
    return on_table(ctx, "regression", E2L_SET_TEST);
}

static e2l_status work_recover_table(e2l_ctx *ctx)
{
    return on_table(ctx, "recover", E2L_SET_ALL);
}

static e2l_status work_csv(e2l_ctx *ctx)
{
    e2l_csv table;
    e2l_status status = e2l_csv_read(ctx, &table, path, E2L_CSV_GAPS);
    assert_true(status == E2L_OK || (!table.values && !table.names && !table.lines && !table.where));
    e2l_csv_clear(ctx, &table);
    return status;
}

static void test_known_targets(void **state)
{
    (void)state;
    check_work(work_regression);
    check_work(work_recover);
}

static void test_networks(void **state)
{
    (void)state;
    check_work(work_error_driven);
    check_work(work_second_order);
}

static void test_tables(void **state)
{
    (void)state;
    write_table(points);
    check_work(work_csv);
    check_work(work_regression_table);
    (void)unlink(path);
    write_table(steps);
    check_work(work_csv);
    check_work(work_recover_table);
    (void)unlink(path);
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
    (void)gsl_set_error_handler_off(); /* as the program does first of all */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_evaluate),
        cmocka_unit_test(test_known_targets),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
