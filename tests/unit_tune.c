/* unit_tune: the simplex finds constants that are known, keeps within its budget, never makes anything worse, and takes the same way twice. */
#include "mpi/tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gsl/gsl_errno.h>

#include "tests/support/island.h"
#include "tests/support/support.h"

static void check(e2l_ctx *ctx, e2l_status status)
{
    if (status != E2L_OK) {
        fail_msg("%s: %s", e2l_status_text(status), e2l_ctx_message(ctx));
    }
}

/* y = 3.7 x - 0.4 at five points; squared error. */
static const char line[] = "x,y\n-1,-4.1\n-0.5,-2.25\n0,-0.4\n0.5,1.45\n1,3.3\n";

typedef struct table {
    char path[64];
} table;

static void write_table(table *out)
{
    (void)snprintf(out->path, sizeof out->path, "/tmp/e2l_tune_XXXXXX");
    const int handle = mkstemp(out->path);
    assert_true(handle >= 0);
    FILE *file = fdopen(handle, "w");
    assert_non_null(file);
    assert_true(fputs(line, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* An island that starts from one rule and makes children that are silent. */
static e2l_status open_line(e2l_ctx *ctx, test_island *out, const table *data, unsigned tune, const char *rule, const char *more)
{
    char config[900];
    (void)snprintf(config, sizeof config,
                   "{\"task\": {\"name\": \"regression\", \"data\": \"%s\", \"holdout\": 0, \"error\": \"square\"}, "
                   "\"search\": {\"islands\": 1, \"columns\": 10, \"mutation\": 1e-9, \"constants\": [1, 2, 7], \"tune\": %u, "
                   "\"functions\": [\"add\", \"mul\", \"sub\"], \"seeds\": [\"%s\"]%s}}",
                   data->path, tune, rule, more);
    return test_island_open(ctx, out, config);
}

static double best_of(const test_island *one, e2l_individual_view *best)
{
    e2l_search_parent(one->island.search, 0, best);
    return best->fitness.ok ? best->fitness.score : -HUGE_VAL;
}

static void finds_the_line(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    test_island one;
    table data;
    e2l_individual_view best;
    double values[3];
    bool used[3];
    write_table(&data);
    check(ctx, open_line(ctx, &one, &data, 400, "1 * x + 2", ""));
    check(ctx, test_island_run(&one, 1));
    assert_true(best_of(&one, &best) > -1e-9);
    e2l_search_constants(one.island.search, values, used);
    assert_close(values[0], 3.7, 0, 1e-4);
    assert_close(values[1], -0.4, 0, 1e-4);
    assert_true(values[2] == 7 && used[0] && used[1] && !used[2]); /* nobody reads it */
    assert_in_range(one.island.memo.n_evaluations, 20, 401);
    assert_true(best.parent == 1 && best.generation == 0);
    /* the archive has it, with the score it has */
    e2l_archive_entry entry;
    size_t n = e2l_archive_n(one.island.archive);
    assert_true(n > 0);
    e2l_archive_get(one.island.archive, n - 1, &entry);
    assert_true(entry.fitness.score == best.fitness.score && entry.id == best.id && entry.parent == best.parent);
    /* nothing new: nothing to tune */
    uint64_t before = one.island.memo.n_evaluations;
    check(ctx, test_island_run(&one, 5));
    assert_int_equal(one.island.memo.n_evaluations, before);
    test_island_close(&one);
    (void)unlink(data.path);
    e2l_test_ctx_end(ctx);
}

/* At most so many evaluations, of which more do not make it worse. */
static void keeps_to_its_budget(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    table data;
    double last = -HUGE_VAL;
    write_table(&data);
    for (unsigned tune = 0; tune < 60; tune += 1 + tune / 4) {
        test_island one;
        e2l_individual_view best;
        check(ctx, open_line(ctx, &one, &data, tune, "1 * x + 2", ""));
        check(ctx, test_island_run(&one, 1));
        assert_in_range(one.island.memo.n_evaluations, 1, 1 + tune);
        double score = best_of(&one, &best);
        assert_true(score >= last && (tune > 0 || score < -5));
        last = score;
        test_island_close(&one);
    }
    assert_true(last > -0.1);
    (void)unlink(data.path);
    e2l_test_ctx_end(ctx);
}

/* Rules without constants, or with a score nothing can better, cost nothing. */
static void nothing_to_tune(void **state)
{
    (void)state;
    static const char *const rules[] = {"x", "x * x", "x - x"};
    e2l_ctx *ctx = e2l_test_ctx();
    table data;
    write_table(&data);
    for (size_t k = 0; k < sizeof rules / sizeof rules[0]; k++) {
        test_island one;
        check(ctx, open_line(ctx, &one, &data, 100, rules[k], ""));
        check(ctx, test_island_run(&one, 1));
        assert_int_equal(one.island.memo.n_evaluations, 1);
        test_island_close(&one);
    }
    (void)unlink(data.path);
    e2l_test_ctx_end(ctx);
}

/* ---- on real searches ----------------------------------------------------------------------------------*/

static const char *const searches[] = {
    "{\"task\": {\"name\": \"pca\", \"samples\": 60, \"cases\": 5, \"eta\": 0.1}, \"search\": {\"islands\": 1, \"columns\": 10, "
    "\"mutation\": 0.2, \"functions\": [\"add\", \"sub\", \"mul\", \"div\", \"tanh\"], \"constants\": [1, 0.1, 1e6], \"tune\": 12%s}}",
    "{\"task\": {\"name\": \"regression\", \"target\": \"koza6\"}, \"search\": {\"islands\": 1, \"columns\": 10, \"mutation\": 0.2, "
    "\"constants\": [1, -0.3], \"tune\": 25, \"cache\": \"probes\"%s}}",
    "{\"task\": {\"name\": \"recover\", \"teacher\": \"covariance\", \"steps\": 30, \"cases\": 4}, \"search\": {\"islands\": 1, "
    "\"columns\": 10, \"mutation\": 0.2, \"constants\": [1, 0.5], \"tune\": 15, \"racing\": 0.05%s}}",
};
enum { N_SEARCHES = sizeof searches / sizeof searches[0] };

static void open_search(e2l_ctx *ctx, test_island *out, size_t k, const char *more)
{
    char config[900];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(config, sizeof config, searches[k], more);
#pragma GCC diagnostic pop
    check(ctx, test_island_open(ctx, out, config));
}

/* The best is never worse than the generation before, its formula scores what is said of it, and ids stay in order. */
static void never_worse(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < N_SEARCHES; k++) {
        test_island one;
        e2l_individual_view best;
        double last = -HUGE_VAL;
        size_t n_tuned = 0;
        uint64_t id = 0;
        open_search(ctx, &one, k, "");
        for (size_t g = 0; g < 150; g++) {
            uint64_t before = one.island.memo.n_evaluations;
            check(ctx, test_island_run(&one, 1));
            double score = best_of(&one, &best);
            assert_true(score >= last);
            last = score;
            n_tuned += one.island.memo.n_evaluations > before + one.config.search.offspring ? 1 : 0;
            assert_true(best.id >= id || best.fitness.score == score);
            id = best.id;
        }
        assert_true(n_tuned > 0);
        e2l_evaluator *evaluator = NULL;
        e2l_score scores[64];
        check(ctx, e2l_scorer_evaluator(one.scorer, &one.island.memo, 0, &evaluator));
        const e2l_candidate candidate = {.rules = best.rules, .etas = best.etas};
        assert_true(e2l_evaluator_n_cases(evaluator) <= 64);
        check(ctx, e2l_evaluate(evaluator, &candidate, 1, scores));
        assert_true(!best.fitness.ok || e2l_scores_fitness(scores, e2l_evaluator_n_cases(evaluator)).score == best.fitness.score);
        test_island_close(&one);
    }
    e2l_test_ctx_end(ctx);
}

/* The same way twice, and with the island saved and loaded in the middle. */
static void resumes(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text straight = {.ctx = ctx}, resumed = {.ctx = ctx}, search = {.ctx = ctx}, archive = {.ctx = ctx};
    for (size_t k = 0; k < 2 * N_SEARCHES; k++) {
        test_island a, b, c;
        e2l_text_reset(&straight);
        e2l_text_reset(&resumed);
        open_search(ctx, &a, k / 2, ", \"restart\": 60, \"evaluations\": 100000");
        open_search(ctx, &b, k / 2, ", \"restart\": 60, \"evaluations\": 100000");
        open_search(ctx, &c, k / 2, ", \"restart\": 60, \"evaluations\": 100000");
        check(ctx, test_island_run(&a, 90));
        check(ctx, test_island_run(&b, 37));
        check(ctx, test_island_run(&c, 4 * (k % 2))); /* a past of its own */
        check(ctx, e2l_island_save(&b.island, &search, &archive));
        check(ctx, e2l_island_load(&c.island, &search, &archive));
        check(ctx, test_island_run(&c, 53));
        check(ctx, e2l_island_save(&a.island, &search, &archive));
        e2l_text_append_n(&straight, search.data, search.n);
        e2l_text_append_n(&straight, archive.data, archive.n);
        check(ctx, e2l_island_save(&c.island, &search, &archive));
        e2l_text_append_n(&resumed, search.data, search.n);
        e2l_text_append_n(&resumed, archive.data, archive.n);
        assert_true(e2l_search_n_restarts(a.island.search) > 0);
        assert_int_equal(straight.n, resumed.n);
        assert_memory_equal(straight.data, resumed.data, straight.n);
        test_island_close(&a);
        test_island_close(&b);
        test_island_close(&c);
    }
    e2l_text_clear(&straight);
    e2l_text_clear(&resumed);
    e2l_text_clear(&search);
    e2l_text_clear(&archive);
    e2l_test_ctx_end(ctx);
}

/* Island states of others, cut off or changed: refused in words. */
static void hostile_states(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    test_island one;
    e2l_text search = {.ctx = ctx}, archive = {.ctx = ctx};
    open_search(ctx, &one, 1, "");
    check(ctx, test_island_run(&one, 3));
    check(ctx, e2l_island_save(&one.island, &search, &archive));
    for (size_t n = 0; n < search.n; n++) {
        const e2l_text cut = {.ctx = ctx, .data = search.data, .n = n};
        assert_int_equal(e2l_island_load(&one.island, &cut, &archive), E2L_INPUT);
        assert_true(e2l_ctx_message(ctx)[0] != '\0');
    }
    const size_t tail = search.n - 12; /* whether and at which score constants were tuned last */
    search.data[tail] = 2;
    assert_int_equal(e2l_island_load(&one.island, &search, &archive), E2L_INPUT);
    search.data[tail] = 1;
    memset(search.data + tail + 4, 0xff, 8);
    assert_int_equal(e2l_island_load(&one.island, &search, &archive), E2L_INPUT);
    memset(search.data + tail + 4, 0, 8);
    check(ctx, e2l_island_load(&one.island, &search, &archive));
    check(ctx, test_island_run(&one, 3));
    e2l_text_clear(&search);
    e2l_text_clear(&archive);
    test_island_close(&one);
    e2l_test_ctx_end(ctx);
}

/* ---- memory ------------------------------------------------------------------------------------------*/

/* Allocations of a whole life of an island fail from the n-th on: NOMEM, and nothing is left. */
static void out_of_memory(void **state)
{
    (void)state;
    table data;
    write_table(&data);
    size_t n = 1, n_failed = 0;
    for (bool failed = true; failed; n += 1 + n / 40) {
        e2l_ctx *ctx = e2l_test_ctx();
        test_island one;
        e2l_ctx_fail_allocation(ctx, n);
        e2l_status status = open_line(ctx, &one, &data, 20, "1 * x + 2", ", \"cache\": \"probes\", \"evaluations\": 50");
        status = status == E2L_OK ? test_island_run(&one, 2) : status;
        e2l_ctx_fail_allocation(ctx, 0);
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        failed = status != E2L_OK;
        n_failed += failed ? 1 : 0;
        test_island_close(&one);
        e2l_test_ctx_end(ctx);
    }
    assert_true(n_failed > 50);
    (void)unlink(data.path);
}

int main(void)
{
    (void)gsl_set_error_handler_off(); /* as the program does first of all */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_line), cmocka_unit_test(keeps_to_its_budget), cmocka_unit_test(nothing_to_tune),
        cmocka_unit_test(never_worse),    cmocka_unit_test(resumes),             cmocka_unit_test(hostile_states),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
