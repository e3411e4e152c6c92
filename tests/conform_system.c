/* Published systems written as networks of the vocabulary (tests/data/systems, and two that are examples for users): each passes the
   checker, runs, and gives the bits of the tree-walking oracle, with its reference rule, without any, and with one that nobody meant. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "substrate/resolve.h"
#include "tests/support/reference_run.h"
#include "tests/support/device.h"
#include "tests/support/support.h"
#include "tests/support/task.h"

enum { MOST_FILES = 64, N_CASES = 2, N_RULES = 3, RULE_BYTES = 256 };
#define SYSTEMS E2L_SOURCE_DIR "/tests/data/systems"
#define NETWORKS E2L_SOURCE_DIR "/tasks/configs/networks"

typedef struct bed {
    e2l_ctx *ctx;
    const char *file;
    test_family f;
    const e2l_task *bound; /* slots and references of the file */
    const e2l_experiment *experiment;
    const e2l_substrate *cpu;
    e2l_device *device;
    bool is_single;
    e2l_plan *plan;
    e2l_resolved *resolved;
    e2l_expr *rules[N_RULES][E2L_MAX_SLOTS];
    double etas[E2L_MAX_SLOTS];
    double *values; /* [rule][case], then the oracle's */
} bed;

static void ok(bed *b, e2l_status status)
{
    if (status != E2L_OK) {
        fail_msg("%s: %s", b->file, e2l_ctx_message(b->ctx));
    }
}

static void open_bed(bed *b, const char *path, const char *parameters, const char *device)
{
    e2l_text options = {.ctx = b->ctx};
    b->file = path;
    e2l_text_append(&options, "{\"file\": ");
    e2l_json_quote(&options, path);
    e2l_text_appendf(&options, ", \"parameters\": [%s]}", parameters);
    ok(b, test_family_open(b->ctx, &b->f, "custom", e2l_text_get(&options), 1, E2L_SET_SEARCH));
    ok(b, e2l_task_bind(b->ctx, &b->bound, b->f.task, b->f.options, 1));
    e2l_text_clear(&options);
    b->experiment = b->f.task->experiment(b->f.family, 0);
    b->cpu = e2l_substrate_find("cpu");
    b->device = test_device_open(b->ctx, b->cpu, device);
    ok(b, b->cpu->prepare(b->ctx, b->device, b->experiment, &b->plan));
    ok(b, e2l_resolve(b->ctx, &b->resolved, b->experiment));
}

static void close_bed(bed *b)
{
    for (size_t r = 0; r < N_RULES; ++r) {
        for (size_t s = 0; s < E2L_MAX_SLOTS; ++s) {
            e2l_expr_destroy(b->ctx, b->rules[r][s]);
        }
    }
    e2l_free(b->ctx, b->values);
    e2l_resolved_destroy(b->ctx, b->resolved);
    b->cpu->release(b->ctx, b->plan);
    b->cpu->close(b->ctx, b->device);
    e2l_task_unbind(b->bound);
    test_family_close(&b->f);
}

static void parse_rules(bed *b)
{
    for (size_t s = 0; s < b->bound->n_slots; ++s) {
        char odd[RULE_BYTES];
        const char *const first = b->bound->slots[s].terminals[0];
        const char *const last = b->bound->slots[s].terminals[1] != NULL ? b->bound->slots[s].terminals[1] : first;
        (void)snprintf(odd, sizeof odd, "tanh(%s - 0.3 * %s) + 0.01", first, last);
        b->rules[0][s] = e2l_test_parse(b->ctx, b->bound->references[0].rules[s]);
        b->rules[1][s] = e2l_test_parse(b->ctx, "0");
        b->rules[2][s] = e2l_test_parse(b->ctx, odd);
        b->etas[s] = b->bound->eta;
    }
}

static void compare(bed *b, const e2l_layout *layout, const e2l_recording *got, const e2l_candidate *candidate, const e2l_case *one)
{
    double *const want = b->values + N_RULES * N_CASES * layout->n_values;
    e2l_recording expected = {.values = want};
    ok(b, (b->is_single ? reference_run_single : reference_run)(b->ctx, b->resolved, layout, candidate, one, &expected));
    if (got->outcome != expected.outcome || got->step != expected.step) {
        fail_msg("%s: outcome %d at step %" PRIu64 ", expected %d at %" PRIu64, b->file, (int)got->outcome, got->step, (int)expected.outcome,
                 expected.step);
    }
    for (size_t k = 0; got->outcome == E2L_OUTCOME_OK && k < layout->n_values; ++k) {
        const bool both_nan = got->values[k] != got->values[k] && want[k] != want[k];
        if (!both_nan && memcmp(&got->values[k], &want[k], sizeof *want) != 0) {
            fail_msg("%s: value %zu is %a, expected %a", b->file, k, got->values[k], want[k]);
        }
    }
}

static void run_bed(bed *b)
{
    const e2l_layout *const layout = b->cpu->layout(b->plan);
    e2l_candidate candidates[N_RULES];
    e2l_case cases[N_CASES];
    e2l_recording recordings[N_RULES * N_CASES];
    char name[E2L_CASE_NAME_BYTES];
    b->values = e2l_alloc(b->ctx, layout->n_values * (N_RULES * N_CASES + 1), sizeof *b->values);
    assert_non_null(b->values);
    for (size_t k = 0; k < N_CASES; ++k) {
        size_t which;
        ok(b, b->f.task->draw(b->ctx, b->f.family, k, &which, &cases[k], name));
    }
    for (size_t r = 0; r < N_RULES; ++r) {
        candidates[r] = (e2l_candidate){(const e2l_expr *const *)b->rules[r], b->etas};
    }
    for (size_t k = 0; k < N_RULES * N_CASES; ++k) {
        recordings[k] = (e2l_recording){.values = b->values + k * layout->n_values};
    }
    ok(b, b->cpu->run(b->ctx, b->plan, candidates, N_RULES, cases, N_CASES, NULL, recordings));
    for (size_t k = 0; k < N_RULES * N_CASES; ++k) {
        compare(b, layout, &recordings[k], &candidates[k / N_CASES], &cases[k % N_CASES]);
    }
    if (recordings[0].outcome != E2L_OUTCOME_OK || recordings[N_CASES].outcome != E2L_OUTCOME_OK) {
        fail_msg("%s: the reference rule or none does not run to the end", b->file);
    }
    /* of all cases together: in one of them nobody may have spiked */
    if (memcmp(recordings[0].values, recordings[N_CASES].values, N_CASES * layout->n_values * sizeof(double)) == 0) {
        fail_msg("%s: the rule makes no difference", b->file);
    }
    e2l_score score;
    b->f.task->score(b->f.family, 0, &recordings[0], &score);
    if (score.outcome != E2L_OUTCOME_OK) {
        fail_msg("%s: the score is not finite", b->file);
    }
}

static void try_file(const char *path, const char *parameters)
{
    static const char *const devices[] = {"{\"lanes\": \"cases\"}", "{\"lanes\": \"neurons\"}", "{\"lanes\": \"cases\", \"precision\": \"single\"}",
                                          "{\"lanes\": \"neurons\", \"precision\": \"single\"}"};
    for (size_t k = 0; k < sizeof devices / sizeof *devices; ++k) {
        bed b = {.ctx = e2l_test_ctx()};
        open_bed(&b, path, parameters, devices[k]);
        b.is_single = strstr(devices[k], "single") != NULL;
        parse_rules(&b);
        run_bed(&b);
        close_bed(&b);
        e2l_test_ctx_end(b.ctx);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void test_systems(void **state)
{
    (void)state;
    char *names[MOST_FILES];
    size_t n = 0;
    DIR *const folder = opendir(SYSTEMS);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL && n < MOST_FILES; entry = readdir(folder)) {
        if (strstr(entry->d_name, ".json") != NULL) {
            names[n] = strdup(entry->d_name);
            assert_non_null(names[n]);
            n++;
        }
    }
    assert_int_equal(closedir(folder), 0);
    qsort(names, n, sizeof *names, by_name);
    assert_true(n >= 20);
    for (size_t k = 0; k < n; ++k) {
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/%s", SYSTEMS, names[k]);
        try_file(path, "");
        free(names[k]);
    }
}

/* The two that users find as examples, shrunk. */
static void test_examples(void **state)
{
    (void)state;
    try_file(NETWORKS "/rflo.json", "\"n=6\", \"T=20\", \"n_trials=12\"");
    try_file(NETWORKS "/second_order.json", "\"n_train=300\", \"n_test=100\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_systems), cmocka_unit_test(test_examples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
