/* Any bytes as a table: refused with a message, or names and numbers that are what the header promises. */
#include <math.h>
#include <string.h>

#include "tasks/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void check_table(e2l_ctx *ctx, const e2l_csv *table, e2l_csv_gaps gaps)
{
    check(table->n_columns >= 1 && table->n_columns <= E2L_CSV_MAX_COLUMNS && table->n_rows >= 1);
    for (size_t c = 0; c < table->n_columns; c++) {
        size_t found;
        check(strlen(table->names[c]) >= 1 && strlen(table->names[c]) < E2L_CSV_NAME_BYTES);
        check(e2l_csv_column(ctx, &found, table, table->names[c]) == E2L_OK && found == c);
    }
    for (size_t k = 0; k < table->n_rows * table->n_columns; k++) {
        check(isfinite(table->values[k]) || (gaps == E2L_CSV_GAPS && isnan(table->values[k])));
    }
    for (size_t k = 1; k < table->n_rows; k++) {
        check(table->lines[k] > table->lines[k - 1]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 0;
    }
    for (int gaps = E2L_CSV_FULL; gaps <= E2L_CSV_GAPS; gaps++) {
        e2l_csv table;
        e2l_status status = e2l_csv_parse(ctx, &table, (const char *)data, size, "fuzz", (e2l_csv_gaps)gaps);
        check(status == E2L_OK || (status == E2L_INPUT && e2l_ctx_message(ctx)[0] != '\0'));
        if (status == E2L_OK) {
            check_table(ctx, &table, (e2l_csv_gaps)gaps);
            e2l_csv_clear(ctx, &table);
        }
    }
    check(e2l_ctx_destroy(ctx) == 0);
    return 0;
}
