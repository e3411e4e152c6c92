/* Every task record, whatever it is about: complete, its defaults open, its cases are pure, its references learn, and what
   does not learn scores no better than the floor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/task.h"

enum { MAX_CASES = 64, MAX_ROWS = 200, FAIR_CASES = 40 }; /* of the scores */

static int setup(void **state)
{
    e2l_ctx *ctx;
    int bad = e2l_ctx_create(&ctx) == E2L_OK ? 0 : -1;
    *state = ctx;
    return bad;
}

static int teardown(void **state)
{
    return e2l_ctx_destroy(*state) == 0 ? 0 : -1;
}

static void check_status(e2l_ctx *ctx, e2l_status status, const char *what)
{
    if (status != E2L_OK) {
        fail_msg("%s: %s: %s", what, e2l_status_text(status), e2l_ctx_message(ctx));
    }
}

static bool is_said(const char *text)
{
    return text && text[0];
}

/* ---- the record ---------------------------------------------------------------------------------- */

static void check_fields(const e2l_task *task)
{
    for (size_t i = 0; i < task->n_fields; i++) {
        const e2l_field *field = &task->fields[i];
        assert_true(is_said(field->key) && is_said(field->unit) && is_said(field->fallback) && is_said(field->help));
        assert_true(field->offset < task->options_size);
        assert_null(strchr(field->help, '\n'));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(field->key, task->fields[j].key);
        }
        for (size_t j = 0; j < e2l_n_task_common_fields; j++) {
            assert_string_not_equal(field->key, e2l_task_common_fields[j].key);
        }
    }
}

static void test_records(void **state)
{
    (void)state;
    assert_true(e2l_n_tasks > 0);
    for (size_t i = 0; i < e2l_n_tasks; i++) {
        const e2l_task *task = e2l_tasks[i];
        assert_int_equal(task->abi, E2L_TASK_ABI);
        assert_int_equal(task->struct_size, sizeof *task);
        assert_true(is_said(task->name) && is_said(task->summary) && is_said(task->source));
        assert_ptr_equal(e2l_task_find(task->name), task);
        check_fields(task);
        assert_in_range(task->n_slots, 1, E2L_MAX_SLOTS);
        for (size_t s = 0; s < task->n_slots; s++) {
            assert_true(is_said(task->slots[s].name) && is_said(task->slots[s].about));
            assert_true(task->slots[s].terminals[0] && task->slots[s].functions[0]);
            for (size_t f = 0; task->slots[s].functions[f]; f++) {
                assert_non_null(e2l_primitive_find(task->slots[s].functions[f]));
            }
        }
        assert_true(task->n_references > 0 && task->blind && task->measures && task->shifts);
        for (size_t r = 0; r < task->n_references; r++) {
            assert_true(is_said(task->references[r].name) && is_said(task->references[r].about));
        }
        size_t n_measures = 0;
        while (task->measures[n_measures]) {
            n_measures++;
        }
        assert_true(n_measures <= E2L_MAX_MEASURES);
        assert_true(task->eta > 0 && isfinite(task->eta));
        assert_in_range(task->smoke_cases, 2, MAX_CASES);
        assert_true(task->open && task->close && task->n_experiments && task->experiment && task->n_cases);
        assert_true(task->data_eta && task->draw && task->score);
    }
    assert_null(e2l_task_find("no such task"));
}

/* ---- sets and cases ------------------------------------------------------------------------------ */

static uint64_t n_rows(const e2l_experiment *experiment, size_t array)
{
    uint64_t steps = e2l_experiment_n_steps(experiment);
    uint64_t rows = experiment->arrays[array].kind == E2L_ARRAY_BY_STEP ? steps : 1;
    return rows < MAX_ROWS ? rows : MAX_ROWS;
}

/* The first rows of an array are the same asked for at once, one by one, in odd chunks, and backwards. */
static void check_array(e2l_ctx *ctx, const e2l_case *item, const e2l_experiment *experiment, size_t array)
{
    const size_t size = (size_t)experiment->arrays[array].size;
    const size_t rows = (size_t)n_rows(experiment, array);
    double *whole = e2l_alloc(ctx, rows * size, sizeof *whole);
    double *part = e2l_alloc(ctx, rows * size, sizeof *part);
    assert_true(whole && part);
    check_status(ctx, item->fill(item, ctx, array, 0, rows, whole), "fill");
    for (size_t i = 0; i < rows * size; i++) {
        assert_true(isfinite(whole[i]));
    }
    static const size_t chunks[] = {1, 7, 64, 100};
    for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++) {
        memset(part, 0x7f, rows * size * sizeof *part);
        size_t n_chunks = (rows + chunks[c] - 1) / chunks[c];
        for (size_t k = n_chunks; k-- > 0;) {
            size_t first = k * chunks[c];
            size_t n = rows - first < chunks[c] ? rows - first : chunks[c];
            check_status(ctx, item->fill(item, ctx, array, first, n, part + first * size), "fill");
        }
        assert_memory_equal(part, whole, rows * size * sizeof *part);
    }
    e2l_free(ctx, part);
    e2l_free(ctx, whole);
}

static void check_case(e2l_ctx *ctx, const test_family *f, const test_family *again, size_t k)
{
    size_t experiment = SIZE_MAX;
    size_t experiment_again = SIZE_MAX;
    e2l_case item;
    e2l_case item_again;
    char name[E2L_CASE_NAME_BYTES];
    char name_again[E2L_CASE_NAME_BYTES];
    check_status(ctx, f->task->draw(ctx, f->family, k, &experiment, &item, name), "draw");
    check_status(ctx, again->task->draw(ctx, again->family, k, &experiment_again, &item_again, name_again), "draw");
    assert_true(experiment < f->task->n_experiments(f->family));
    assert_int_equal(experiment, experiment_again);
    assert_string_equal(name, name_again);
    assert_true(name[0] != '\0');
    assert_true(item.key.low == item_again.key.low && item.key.high == item_again.key.high);
    const e2l_experiment *net = f->task->experiment(f->family, experiment);
    for (size_t a = 0; a < net->n_arrays; a++) {
        check_array(ctx, &item, net, a);
        const size_t n = (size_t)(n_rows(net, a) * net->arrays[a].size);
        double *one = e2l_alloc(ctx, 2 * n, sizeof *one);
        assert_non_null(one);
        check_status(ctx, item.fill(&item, ctx, a, 0, (size_t)n_rows(net, a), one), "fill");
        check_status(ctx, item_again.fill(&item_again, ctx, a, 0, (size_t)n_rows(net, a), one + n), "fill");
        assert_memory_equal(one, one + n, n * sizeof *one);
        e2l_free(ctx, one);
    }
}

static void check_set(e2l_ctx *ctx, const char *task, const char *set)
{
    test_family f;
    test_family again;
    check_status(ctx, test_family_open(ctx, &f, task, NULL, 1, set), set);
    check_status(ctx, test_family_open(ctx, &again, task, NULL, 1, set), set);
    assert_true(f.task->n_experiments(f.family) > 0);
    assert_true(f.task->n_cases(f.family) > 0);
    for (size_t e = 0; e < f.task->n_experiments(f.family); e++) {
        const e2l_experiment *net = f.task->experiment(f.family, e);
        check_status(ctx, e2l_experiment_check(ctx, net, NULL), set);
        const e2l_slot *slots[E2L_MAX_SLOTS];
        assert_int_equal(e2l_experiment_slots(net, slots, E2L_MAX_SLOTS), f.task->n_slots);
        for (size_t s = 0; s < f.task->n_slots; s++) {
            assert_string_equal(slots[s]->name, f.task->slots[s].name);
            for (size_t t = 0; t < slots[s]->n_terminals; t++) {
                assert_string_equal(slots[s]->terminals[t].name, f.task->slots[s].terminals[t]);
            }
            assert_null(f.task->slots[s].terminals[slots[s]->n_terminals]);
        }
    }
    check_case(ctx, &f, &again, 5);
    check_case(ctx, &f, &again, 0);
    test_family_close(&again);
    test_family_close(&f);
}

static void test_sets(void **state)
{
    e2l_ctx *ctx = *state;
    for (size_t i = 0; i < e2l_n_tasks; i++) {
        const e2l_task *task = e2l_tasks[i];
        check_set(ctx, task->name, E2L_SET_SEARCH);
        check_set(ctx, task->name, E2L_SET_SELECT);
        check_set(ctx, task->name, E2L_SET_TEST);
        for (size_t s = 0; task->shifts[s]; s++) {
            char set[64];
            (void)snprintf(set, sizeof set, "%s%s", E2L_SET_SHIFT, task->shifts[s]);
            check_set(ctx, task->name, set);
        }
        test_family f;
        assert_int_equal(test_family_open(ctx, &f, task->name, NULL, 1, "no such set"), E2L_INPUT);
        assert_int_equal(test_family_open(ctx, &f, task->name, NULL, 1, "shift:nothing"), E2L_INPUT);
    }
}

/* ---- scores -------------------------------------------------------------------------------------- */

static test_mean judge_all_slots(test_judge *judge, const char *const *texts, e2l_score *scores)
{
    const e2l_task *task = judge->base.task;
    const size_t n = e2l_evaluator_n_cases(judge->evaluator);
    check_status(judge->base.ctx, test_judge_rules(judge, texts, task->eta, scores), texts[0]);
    for (size_t k = 0; k < n; k++) {
        bool is_ok = scores[k].outcome == E2L_OUTCOME_OK;
        assert_true(isfinite(scores[k].value));
        assert_true(is_ok || scores[k].value == 0);
        for (size_t m = 0; is_ok && task->measures[m]; m++) {
            assert_true(isfinite(scores[k].measures[m]));
        }
    }
    return test_mean_of(scores, n, -1e9);
}

static test_mean judge_same(test_judge *judge, const char *text, e2l_score *scores)
{
    const char *texts[E2L_MAX_SLOTS];
    for (size_t s = 0; s < E2L_MAX_SLOTS; s++) {
        texts[s] = text;
    }
    return judge_all_slots(judge, texts, scores);
}

/* `bound`: the record of these options, which may know better blind rules than the registry's. */
static test_mean floor_of(test_judge *judge, const e2l_task *bound, e2l_score *scores)
{
    test_mean best = judge_same(judge, "0", scores);
    for (size_t b = 0; bound->blind[b]; b++) {
        test_mean one = judge_same(judge, bound->blind[b], scores);
        best = one.mean > best.mean ? one : best;
    }
    return best;
}

static void assert_no_better(test_mean have, test_mean floor, const char *what)
{
    if (have.mean > floor.mean + 2 * floor.error) {
        fail_msg("'%s' scores %g, the floor is %g +- %g", what, have.mean, floor.mean, floor.error);
    }
}

/* What should not win: sees nothing, sees no data, or grows without bound. */
static const char *const anywhere[] = {"1",     "-1",       "0.1",    "-0.1",          "10",        "-10",  "0.5",
                                       "1e5",   "-1e5",     "1e300 * 1e300", "inf - inf", "-inf", "1e-320"};
static const char *const of_weights[] = {"w", "-w", "1 - w", "-1 - w", "w * w", "-(w * w)", "-(w * w * w)", "0.5 - w", "w - w * w * w", "1e3 * w", "-1e3 * w", "sign(w) - w"};

static bool sees_weights(const e2l_task *task)
{
    bool all = true;
    for (size_t s = 0; s < task->n_slots; s++) {
        bool sees = false;
        for (size_t t = 0; task->slots[s].terminals[t]; t++) {
            sees = sees || strcmp(task->slots[s].terminals[t], "w") == 0;
        }
        all = all && sees;
    }
    return all;
}

static void check_losers(test_judge *judge, test_mean floor, e2l_score *scores)
{
    for (size_t k = 0; k < sizeof anywhere / sizeof *anywhere; k++) {
        assert_no_better(judge_same(judge, anywhere[k], scores), floor, anywhere[k]);
    }
    for (size_t k = 0; sees_weights(judge->base.task) && k < sizeof of_weights / sizeof *of_weights; k++) {
        assert_no_better(judge_same(judge, of_weights[k], scores), floor, of_weights[k]);
    }
}

static void check_opposite(test_judge *judge, const char *const *rules, test_mean floor, e2l_score *scores)
{
    char texts[E2L_MAX_SLOTS][256];
    const char *list[E2L_MAX_SLOTS] = {NULL};
    for (size_t s = 0; s < judge->base.task->n_slots; s++) {
        (void)snprintf(texts[s], sizeof texts[s], "-(%s)", rules[s]);
        list[s] = texts[s];
    }
    assert_no_better(judge_all_slots(judge, list, scores), floor, texts[0]);
}

static void test_scores(void **state)
{
    e2l_ctx *ctx = *state;
    for (size_t i = 0; i < e2l_n_tasks; i++) {
        const e2l_task *task = e2l_tasks[i];
        test_judge judge;
        e2l_score scores[MAX_CASES];
        check_status(ctx, test_judge_open(ctx, &judge, task->name, task->smoke, 1, E2L_SET_TEST, FAIR_CASES), task->name);
        assert_int_equal(e2l_evaluator_n_cases(judge.evaluator), FAIR_CASES);
        const e2l_task *bound;
        check_status(ctx, e2l_task_bind(ctx, &bound, task, judge.base.options, 1), task->name);
        test_mean floor = floor_of(&judge, bound, scores);
        for (size_t r = 0; r < task->n_references; r++) {
            test_mean reference = judge_all_slots(&judge, task->references[r].rules, scores);
            if (r == 0) {
                assert_int_equal(reference.n_ok, FAIR_CASES);
                assert_true(reference.mean > floor.mean + 2 * floor.error);
            }
            if (r == 0 || reference.mean > floor.mean + 2 * floor.error) { /* what loses may win turned round: anti-Hebb */
                check_opposite(&judge, task->references[r].rules, floor, scores);
            }
        }
        check_losers(&judge, floor, scores);
        e2l_task_unbind(bound);
        test_judge_close(&judge);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_records, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scores, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
