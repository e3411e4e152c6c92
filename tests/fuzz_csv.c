/* Any bytes as a table: numbers that are finite (or gaps, where these are allowed), or E2L_INPUT that says where; never a leak. The input is
   read as it is, without and with gaps; then its first byte chooses a reader of the rest: the table again, or a task that lives on it, up
   to the score of a rule. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gsl/gsl_errno.h>

#include "tasks/csv.h"
#include "tests/support/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FULL, GAPS, REGRESSION, RECOVER, N_KINDS, MOST_CASES = 3 };

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

/* Refusals name the table, and the line where there is one to name. */
static void check_status(e2l_ctx *ctx, e2l_status status, const char *where)
{
    check(status == E2L_OK || status == E2L_INPUT);
    check(status == E2L_OK || strstr(e2l_ctx_message(ctx), where) != NULL);
}

static void check_table(e2l_ctx *ctx, const e2l_csv *table, e2l_csv_gaps gaps)
{
    check(table->n_rows > 0 && table->n_columns > 0 && table->n_columns <= E2L_CSV_MAX_COLUMNS);
    for (size_t c = 0; c < table->n_columns; c++) {
        const char *name = table->names[c];
        size_t found;
        check(name[0] != '\0' && strlen(name) < E2L_CSV_NAME_BYTES && e2l_csv_find(table, name) == c);
        check(e2l_csv_column(ctx, &found, table, name) == E2L_OK && found == c);
    }
    for (size_t row = 0; row < table->n_rows; row++) {
        check(table->lines[row] > (row > 0 ? table->lines[row - 1] : 1));
        for (size_t c = 0; c < table->n_columns; c++) {
            double value = e2l_csv_at(table, row, c);
            check(isfinite(value) || (gaps == E2L_CSV_GAPS && isnan(value)));
        }
    }
}

static void try_table(e2l_ctx *ctx, const char *text, size_t n, e2l_csv_gaps gaps)
{
    e2l_csv table;
    e2l_status status = e2l_csv_parse(ctx, &table, text, n, "fuzz.csv", gaps);
    check_status(ctx, status, "fuzz.csv: ");
    if (status == E2L_OK) {
        check_table(ctx, &table, gaps);
    }
    check(status == E2L_OK || (!table.values && table.n_rows == 0));
    e2l_csv_clear(ctx, &table);
}

/* A family of the file, its bound record, and the scores of the rule 0. */
static void try_task(e2l_ctx *ctx, const char *task, const char *options, const char *path)
{
    static const char *const sets[] = {E2L_SET_SEARCH, E2L_SET_TEST, E2L_SET_ALL};
    static const char *const rule[] = {"0"};
    e2l_score scores[MOST_CASES];
    test_judge judge;
    for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
        e2l_status status = test_judge_open(ctx, &judge, task, options, 1, sets[s], MOST_CASES);
        check_status(ctx, status, path);
        if (status != E2L_OK) {
            continue;
        }
        const e2l_task *bound = NULL;
        status = e2l_task_bind(ctx, &bound, judge.base.task, judge.base.options, 1);
        check(status == E2L_OK || status == E2L_INPUT);
        e2l_task_unbind(bound);
        check(test_judge_rules(&judge, rule, 0.5, scores) == E2L_OK);
        for (size_t k = 0; k < e2l_evaluator_n_cases(judge.evaluator); k++) {
            check(isfinite(scores[k].value));
        }
        test_judge_close(&judge);
    }
}

static void try_file(e2l_ctx *ctx, unsigned kind, const uint8_t *bytes, size_t n)
{
    char path[] = "/tmp/e2l_fuzz_csv_XXXXXX", options[128];
    const int handle = mkstemp(path);
    FILE *file = handle >= 0 ? fdopen(handle, "wb") : NULL;
    if (!file) {
        return;
    }
    bool written = fwrite(bytes, 1, n, file) == n;
    written = fclose(file) == 0 && written;
    (void)snprintf(options, sizeof options, "{\"data\": \"%s\"%s}", path, kind == RECOVER ? ", \"steps\": 3" : "");
    if (written) {
        try_task(ctx, kind == RECOVER ? "recover" : "regression", options, path);
    }
    (void)unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    (void)gsl_set_error_handler_off();
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 0;
    }
    if (size == 0) {
        try_table(ctx, "", 0, E2L_CSV_FULL);
        check(e2l_ctx_destroy(ctx) == 0);
        return 0;
    }
    const unsigned kind = data[0] % N_KINDS;
    try_table(ctx, (const char *)data, size, E2L_CSV_FULL);
    try_table(ctx, (const char *)data, size, E2L_CSV_GAPS);
    try_table(ctx, (const char *)data + 1, size - 1, kind == FULL ? E2L_CSV_FULL : E2L_CSV_GAPS);
    if (kind >= REGRESSION) {
        try_file(ctx, kind, data + 1, size - 1);
    }
    check(e2l_ctx_destroy(ctx) == 0);
    return 0;
}
