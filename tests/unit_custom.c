/* Networks of one's own: cases are what the file's formulas and tables say, sets share out a table, wrong files are refused with their
   place, memory may run out anywhere. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tasks/custom_impl.h"
#include "tasks/yin_yang.h"
#include "tests/support/support.h"

/* A network of one relay; CASE, SCORE and REST are put in. */
#define NETWORK                                                                                                                  \
    "\"network\": {\"experiment\": \"e\", \"dt\": 1, \"parameters\": {\"n\": 2, \"c\": \"n + 1\"},"                              \
    " \"arrays\": {\"a\": {\"kind\": \"static\", \"size\": \"n\"}, \"b\": {\"kind\": \"by_step\", \"size\": \"n\"}},"            \
    " \"populations\": {\"in\": {\"size\": \"n\", \"model\": \"relay\", \"inputs\": {\"in\": \"b\"}}, \"out\": {\"size\": 1, "   \
    "\"model\": \"linear\"}},"                                                                                                  \
    " \"projections\": {\"p\": {\"from\": \"in\", \"to\": \"out.in\", \"signal\": \"r\", \"w\": \"a\", \"slots\": {\"rule\": "   \
    "{\"x\": \"x\", \"w\": \"w\"}}, \"synapse\": [\"w += eta * rule\"]}},"                                                       \
    " \"spans\": [{\"name\": \"s\", \"steps\": 2}], \"probes\": {\"y\": {\"of\": \"out.r\", \"fold\": \"last\"}, \"ww\": {\"of\": " \
    "\"p.w\", \"fold\": \"last\"}}}"
#define FILE_OF(the_case, rest) "{" NETWORK ", \"case\": {" the_case "}, " rest "}"
#define GOOD_REST "\"score\": \"y + ww.sum\", \"references\": {\"r\": \"x - w\"}"

static const custom_options no_options = {0};

static e2l_status parse(e2l_ctx *ctx, e2l_arena *arena, const char *text, const custom_options *options, const char *set, custom_file *out)
{
    return custom_file_parse(ctx, arena, text, strlen(text), "net.json", options, set, out);
}

static void fill(const custom_file *file, size_t set, size_t k, size_t array, size_t n_rows, double *out)
{
    const custom_draw draw = {.file = file, .key = {7, k}, .set = set, .k = k};
    if (custom_fill(file->ctx, &draw, array, 0, n_rows, out) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(file->ctx));
    }
}

static void test_formulas(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_arena *arena;
    custom_file file;
    double a[2];
    double b[4];
    assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
    assert_int_equal(parse(ctx, arena, FILE_OF("\"a\": \"3 + i\", \"b\": \"a * c + 10 * row + a.norm\"", GOOD_REST), &no_options, "search",
                           &file), E2L_OK);
    fill(&file, 0, 0, 0, 1, a);
    fill(&file, 0, 0, 1, 2, b);
    assert_true(a[0] == 3 && a[1] == 4);
    assert_true(b[0] == 14 && b[1] == 17 && b[2] == 24 && b[3] == 27); /* c = 3, norm = 5 */
    const double recorded[] = {2, 5, 7};
    assert_true(custom_value(&file, &file.score, recorded) == 14);
    custom_file_clear(&file);

    const custom_options options = {.parameters = {.n = 1, .at = {(char[]){"c=1"}}}};
    assert_int_equal(parse(ctx, arena, FILE_OF("\"a\": \"c\", \"b\": \"normal\"", GOOD_REST ", \"shifts\": {\"wide\": {\"c\": 9}}"), &options,
                           "search", &file), E2L_OK);
    fill(&file, 0, 0, 0, 1, a);
    assert_true(a[0] == 1);
    double again[4];
    fill(&file, 0, 0, 1, 2, b);
    fill(&file, 0, 1, 1, 2, again);
    assert_true(b[0] != b[1] && b[0] != b[2] && b[0] != again[0]);
    fill(&file, 0, 0, 1, 1, again);
    assert_true(again[0] == b[0] && again[1] == b[1]);
    custom_file_clear(&file);
    assert_int_equal(parse(ctx, arena, FILE_OF("\"a\": \"c\", \"b\": \"normal\"", GOOD_REST ", \"shifts\": {\"wide\": {\"c\": 9}}"), &options,
                           "shift:wide", &file), E2L_OK);
    fill(&file, 0, 0, 0, 1, a);
    assert_true(a[0] == 9);
    custom_file_clear(&file);
    e2l_arena_destroy(arena);
    e2l_test_ctx_end(ctx);
}

/* Six blocks of two rows: search has 0 and 3, select 1 and 4, test 2 and 5. */
static void test_tables(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_arena *arena;
    custom_file file;
    char path[] = "/tmp/e2l_custom_XXXXXX";
    char text[4096];
    const int handle = mkstemp(path);
    assert_true(handle >= 0);
    FILE *csv = fdopen(handle, "w");
    assert_non_null(csv);
    (void)fputs("v,u\n", csv);
    for (int row = 0; row < 12; row++) {
        (void)fprintf(csv, "%d,%d\n", row + 100, row);
    }
    (void)fclose(csv);
    (void)snprintf(text, sizeof text, FILE_OF("\"a\": [1, 2], \"b\": {\"file\": \"%s\", \"columns\": [\"u\", \"v\"]}", GOOD_REST), path);
    assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
    if (parse(ctx, arena, text, &no_options, "search", &file) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
    static const double first[3][3] = {{0, 6, 0}, {2, 8, 2}, {4, 10, 4}};
    for (size_t set = 0; set < 3; set++) {
        for (size_t k = 0; k < 3; k++) {
            double b[4];
            fill(&file, set, k, 1, 2, b);
            assert_true(b[0] == first[set][k] && b[1] == first[set][k] + 100 && b[2] == first[set][k] + 1);
        }
    }
    custom_file_clear(&file);
    assert_int_equal(unlink(path), 0);
    e2l_arena_destroy(arena);
    e2l_test_ctx_end(ctx);
}

/* Columns of one data set belong together, whatever array they stand in, row by row and however the rows are asked for. */
static void test_dataset(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_arena *arena;
    custom_file file;
    double a[2], b[4], last[2];
    assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
    assert_int_equal(parse(ctx, arena, FILE_OF("\"a\": {\"dataset\": \"yin_yang\", \"columns\": [\"x\", \"y\"]}, \"b\": {\"dataset\": "
                                               "\"yin_yang\", \"columns\": [\"y_mirrored\", \"class\"]}", GOOD_REST), &no_options, "search", &file),
                     E2L_OK);
    fill(&file, 0, 0, 0, 1, a);
    fill(&file, 0, 0, 1, 2, b);
    assert_true(b[0] == 1 - a[1] && b[1] == (double)e2l_yin_yang_class(a[0], a[1]) && b[2] != b[0]);
    const custom_draw draw = {.file = &file, .key = {7, 0}};
    assert_int_equal(custom_fill(ctx, &draw, 1, 1, 1, last), E2L_OK);
    assert_true(last[0] == b[2] && last[1] == b[3]);
    fill(&file, 0, 1, 1, 1, last);
    assert_true(last[0] != b[0]);
    custom_file_clear(&file);
    e2l_arena_destroy(arena);
    e2l_test_ctx_end(ctx);
}

#define AB "\"a\": 1, \"b\": 1"
static const struct {
    const char *text, *word;
} bad[] = {
    {"[]", "object"},
    {"{}", "network"},
    {"{\"networks\": {}}", "'network'"},
    {FILE_OF("\"a\": 1", GOOD_REST), "case.b"},
    {FILE_OF("\"a\": 1, \"b\": 1, \"bb\": 1", GOOD_REST), "bb"},
    {FILE_OF("\"a\": \"b\", \"b\": 1", GOOD_REST), "case.a"},
    {FILE_OF("\"a\": \"nn\", \"b\": 1", GOOD_REST), "'n'"},
    {FILE_OF("\"a\": \"1 +\", \"b\": 1", GOOD_REST), "column"},
    {FILE_OF("\"a\": true, \"b\": 1", GOOD_REST), "expression"},
    {FILE_OF("\"a\": [1, 2, 3], \"b\": 1", GOOD_REST), "1 rows of 3"},
    {FILE_OF("\"a\": [1, \"x\"], \"b\": 1", GOOD_REST), "[0][1]"},
    {FILE_OF("\"a\": [], \"b\": 1", GOOD_REST), "no numbers"},
    {FILE_OF("\"a\": 1, \"b\": [[1, 2], [3]]", GOOD_REST), "[1]"},
    {FILE_OF("\"a\": 1, \"b\": [[1, 2]]", GOOD_REST), "2 rows"},
    {FILE_OF("\"a\": 1, \"b\": {\"file\": \"nowhere.csv\"}", GOOD_REST), "nowhere.csv"},
    {FILE_OF("\"a\": 1, \"b\": {\"fil\": \"nowhere.csv\"}", GOOD_REST), "'file'"},
    {FILE_OF("\"a\": 1, \"b\": {}", GOOD_REST), "file"},
    {FILE_OF("\"a\": {\"dataset\": \"yin_yan\", \"columns\": [\"x\", \"y\"]}, \"b\": 1", GOOD_REST), "'yin_yang'"},
    {FILE_OF("\"a\": {\"dataset\": \"yin_yang\", \"columns\": [\"x\", \"yy\"]}, \"b\": 1", GOOD_REST), "'yy'"},
    {FILE_OF("\"a\": {\"dataset\": \"yin_yang\", \"columns\": [\"x\"]}, \"b\": 1", GOOD_REST), "2 names"},
    {FILE_OF("\"a\": {\"dataset\": \"yin_yang\", \"columns\": [\"x\", 1]}, \"b\": 1", GOOD_REST), "names"},
    {FILE_OF("\"a\": {\"dataset\": \"yin_yang\"}, \"b\": 1", GOOD_REST), "2 names"},
    {FILE_OF("\"a\": {\"dataset\": 3}, \"b\": 1", GOOD_REST), "dataset"},
    {FILE_OF("\"a\": {\"dataset\": \"yin_yang\", \"file\": \"x\"}, \"b\": 1", GOOD_REST), "case.a.file"},
    {FILE_OF(AB, "\"references\": {}"), "score"},
    {FILE_OF(AB, "\"score\": \"ww\""), "ww.sum"},
    {FILE_OF(AB, "\"score\": \"yy\""), "'y'"},
    {FILE_OF(AB, "\"score\": \"normal\""), "normal"},
    {FILE_OF(AB, "\"score\": \"y\", \"measures\": {\"m\": \"z\"}"), "measures.m"},
    {FILE_OF(AB, "\"score\": \"y\", \"eta\": 0"), "eta"},
    {FILE_OF(AB, "\"score\": \"y\", \"shifts\": {\"s\": 3}"), "shifts.s"},
    {FILE_OF(AB, "\"score\": \"y\", \"shifts\": {\"s\": {\"cc\": 3}}"), "'c'"},
};

static void test_refused(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        e2l_arena *arena;
        custom_file file;
        assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
        assert_int_equal(parse(ctx, arena, bad[k].text, &no_options, "search", &file), E2L_INPUT);
        if (!strstr(e2l_ctx_message(ctx), bad[k].word)) {
            fail_msg("case %zu does not say %s: %s", k, bad[k].word, e2l_ctx_message(ctx));
        }
        custom_file_clear(&file);
        e2l_arena_destroy(arena);
    }
    e2l_test_ctx_end(ctx);
}

static e2l_status bind(e2l_ctx *ctx)
{
    const e2l_task *record = NULL;
    e2l_status status = e2l_task_bind(ctx, &record, e2l_task_find("custom"), &no_options, 1);
    e2l_task_unbind(record);
    return status;
}

static e2l_status open_close(e2l_ctx *ctx)
{
    const e2l_task *task = e2l_task_find("custom");
    e2l_family *family = NULL;
    e2l_status status = task->open(ctx, &family, &no_options, 1, "test");
    size_t experiment = 0;
    e2l_case item;
    char name[E2L_CASE_NAME_BYTES];
    double samples[16];
    status = status == E2L_OK ? task->draw(ctx, family, 0, &experiment, &item, name) : status;
    status = status == E2L_OK ? item.fill(&item, ctx, 5, 0, 4, samples) : status;
    task->close(ctx, family);
    return status;
}

/* A file with a mistake of every kind: all are said in one go, each with its place and, where a name is wrong, the one that was meant. */
static void test_all_at_once(void **state)
{
    (void)state;
    static const char *const broken =
        "{\"network\": {\"experiment\": \"ten\", \"dt\": [1, \"ms\"], \"parameters\": {\"n\": 8, \"steps\": 40},"
        "\"arrays\": {\"samples\": {\"kind\": \"by_step\", \"size\": \"n\"}, \"wanted\": {\"kind\": \"by_step\", \"size\": 2}},"
        "\"populations\": {\"input\": {\"size\": \"n\", \"model\": \"relay\", \"inputs\": {\"in\": \"sampels\"}},"
        " \"target\": {\"size\": 1, \"model\": \"relay\", \"inputs\": {\"in\": \"wanted\"}},"
        " \"a\": {\"size\": 1, \"model\": \"linear\"}, \"b\": {\"size\": 1, \"model\": \"liner\"}, \"c\": {\"size\": 1, \"model\": \"linear\"},"
        " \"output\": {\"size\": 1, \"model\": \"lif_cuba_exp\", \"parameters\": {\"tau_mm\": 5, \"E_l\": [-0.065, \"V\"]}}},"
        "\"projections\": {\"there\": {\"from\": \"a\", \"to\": \"c.in\", \"signal\": \"r\", \"w\": 1},"
        " \"back\": {\"from\": \"c\", \"to\": \"a.in\", \"signal\": \"r\", \"w\": 1},"
        " \"forward\": {\"from\": \"input\", \"to\": \"output.inn\", \"signal\": \"r\", \"w\": \"normal\", \"state\": {\"trace\": [\"0\", \"mV\"]},"
        "  \"slots\": {\"rule\": {\"x\": \"x\", \"y\": \"post.vv\"}, \"spare\": {\"x\": \"x\"}}, \"sinapse\": [],"
        "  \"synapse\": [\"trace = dt\", \"when train.k > 10: w += eta.rule * rule\"]}},"
        "\"spans\": [{\"name\": \"train\", \"steps\": \"steps\", \"freeze\": [\"forward.u\"]}],"
        "\"probes\": {\"error\": {\"of\": \"output.v + output.ref\", \"fold\": \"average\"}}},"
        "\"case\": {\"samples\": \"nosie\"}, \"scores\": 1, \"eta\": -1}";
    static const char *const said[] = {
        "scores: unknown key; did you mean 'score'?",
        "network.projections.forward.sinapse: unknown key; did you mean 'synapse'?",
        "network.probes.error.fold: 'average' unknown, expected one of all, last, mean, sum, max",
        "population 'input': array 'sampels' unknown; did you mean 'samples'?",
        "population 'target': array 'wanted' must have a row of 1 per step, it has 2",
        "population 'b': model 'liner' unknown; did you mean 'linear'?",
        "population 'output': parameter 'tau_mm' unknown in model 'lif_cuba_exp'; did you mean 'tau_m'?",
        "projection 'forward': port 'inn' unknown in model 'lif_cuba_exp' of population 'output'; did you mean 'in'?",
        "span 'train': freeze 'forward.u': no such state",
        "terminal 'y': 'post.vv' unknown; did you mean 'post.v'?",
        "slot 'spare' stands in no statement",
        "slot 'rule' is never reached: 'when train.k > 10: w += eta.rule * rule' has a condition that holds in no step",
        "parameter 'E_l': units: the value is in 1e3 mV, the model has it in mV",
        "statement 'trace = dt': units: the value is in ms, 'trace' in mV",
        "probe 'error': units: in 'output.v + output.ref' mV meets ms",
        "the statements wait for each other within the step (a delay would break the circle)",
        "case.samples: 'nosie' unknown",
        "case.wanted: missing",
        "eta: expected a number above 0",
    };
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_arena *arena;
    custom_file file;
    assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
    assert_int_equal(parse(ctx, arena, broken, &no_options, "search", &file), E2L_INPUT);
    for (size_t k = 0; k < sizeof said / sizeof *said; k++) {
        if (!strstr(e2l_ctx_message(ctx), said[k])) {
            fail_msg("'%s' is not said in\n%s", said[k], e2l_ctx_message(ctx));
        }
    }
    assert_int_equal(file.n_problems, sizeof said / sizeof *said); /* and nothing besides */
    custom_file_clear(&file);
    e2l_arena_destroy(arena);
    e2l_test_ctx_end(ctx);
}

static void test_memory(void **state)
{
    (void)state;
    static e2l_status (*const what[])(e2l_ctx *) = {bind, open_close};
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t w = 0; w < 2; w++) {
        e2l_status status = E2L_NOMEM;
        for (size_t n = 1; status != E2L_OK; n++) {
            e2l_ctx_fail_allocation(ctx, n);
            status = what[w](ctx);
            e2l_ctx_fail_allocation(ctx, 0);
            assert_true(status == E2L_OK || status == E2L_NOMEM);
            assert_int_equal(e2l_ctx_blocks(ctx), 0);
        }
    }
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas), cmocka_unit_test(test_tables), cmocka_unit_test(test_dataset),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_all_at_once), cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
