/* Tables of numbers: what is read to the bit, what is refused with its place, what happens when memory is out. */
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tasks/csv.h"

static e2l_status parse(e2l_ctx *ctx, e2l_csv *table, const char *text, e2l_csv_gaps gaps)
{
    return e2l_csv_parse(ctx, table, text, strlen(text), "t.csv", gaps);
}

static void test_plain(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_csv table;
    assert_int_equal(parse(ctx, &table, "x,y\n1,2\n-0.5,3e-2\n", E2L_CSV_FULL), E2L_OK);
    assert_int_equal(table.n_columns, 2);
    assert_int_equal(table.n_rows, 2);
    assert_string_equal(table.names[0], "x");
    assert_string_equal(table.names[1], "y");
    assert_true(e2l_csv_at(&table, 0, 0) == 1 && e2l_csv_at(&table, 0, 1) == 2);
    assert_true(e2l_csv_at(&table, 1, 0) == -0.5 && e2l_csv_at(&table, 1, 1) == 3e-2);
    assert_int_equal(table.lines[1], 3);
    size_t column = 9;
    assert_int_equal(e2l_csv_column(ctx, &column, &table, "y"), E2L_OK);
    assert_int_equal(column, 1);
    assert_int_equal(e2l_csv_column(ctx, &column, &table, "Y"), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "t.csv: no column 'Y'; did you mean"));
    assert_int_equal(e2l_csv_find(&table, "z"), 2);
    e2l_csv_clear(ctx, &table);
    e2l_test_ctx_end(ctx);
}

/* The same table in every disguise a spreadsheet may give it. */
static void test_disguises(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "x,y\r\n1,2\r\n3,4\r\n", "x,y\r1,2\r3,4", "\xef\xbb\xbfx,y\n1,2\n3,4",
        "# made by hand\n\n x , y \n 1 ,\t2\n\n  # half\n3 , 4 \n\n", "\"x\",\"y\"\n\"1\",2\n3,\" 4\"", "x,y\n+1,2.0\n0x1.8p1,4e0\n"};
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        e2l_csv table;
        if (i == 4) { /* blanks inside quotes belong to the cell, and no number has any */
            assert_int_equal(parse(ctx, &table, texts[i], E2L_CSV_FULL), E2L_INPUT);
            assert_non_null(strstr(e2l_ctx_message(ctx), "t.csv: line 3, column 2 ('y'): ' 4' is not a number"));
            continue;
        }
        assert_int_equal(parse(ctx, &table, texts[i], E2L_CSV_FULL), E2L_OK);
        assert_int_equal(table.n_rows, 2);
        static const double want[] = {1, 2, 3, 4};
        assert_string_equal(table.names[0], "x");
        assert_string_equal(table.names[1], "y");
        assert_memory_equal(table.values, want, sizeof want);
        e2l_csv_clear(ctx, &table);
    }
    e2l_test_ctx_end(ctx);
}

static void test_quotes(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_csv table;
    assert_int_equal(parse(ctx, &table, "\"a, \"\"b\"\"\" ,c\n1,\"2\"\n", E2L_CSV_FULL), E2L_OK);
    assert_string_equal(table.names[0], "a, \"b\"");
    assert_true(e2l_csv_at(&table, 0, 1) == 2);
    e2l_csv_clear(ctx, &table);
    e2l_test_ctx_end(ctx);
}

static void test_gaps(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_csv table;
    assert_int_equal(parse(ctx, &table, "x,y\n,2\n3,\n\"\",\n", E2L_CSV_GAPS), E2L_OK);
    assert_int_equal(table.n_rows, 3);
    assert_true(isnan(e2l_csv_at(&table, 0, 0)) && e2l_csv_at(&table, 0, 1) == 2);
    assert_true(e2l_csv_at(&table, 1, 0) == 3 && isnan(e2l_csv_at(&table, 1, 1)));
    assert_true(isnan(e2l_csv_at(&table, 2, 0)) && isnan(e2l_csv_at(&table, 2, 1)));
    e2l_csv_clear(ctx, &table);
    assert_int_equal(parse(ctx, &table, "x,y\n1,nan\n", E2L_CSV_GAPS), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "leave the cell empty for a gap"));
    e2l_test_ctx_end(ctx);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"", "t.csv: empty"},
        {"\xef\xbb\xbf\n # only\n", "t.csv: empty"},
        {"x,y\n", "t.csv: no rows"},
        {"1,2\n3,4\n", "line 1, column 1: '1' is a number: the first line has to name the columns"},
        {"x,,y\n1,2,3\n", "line 1, column 2: the first line names the columns, this one has no name"},
        {"x,y,x\n1,2,3\n", "line 1, column 3: 'x' is the name of column 1 already"},
        {"x;y\n1;2\n", "line 1, column 1: 'x;y' is no name for a column: cells are separated by commas"},
        {"x\ty\n1\t2\n", "printable ASCII"},
        {"x,\xc3\xbc\n1,2\n", "line 1, column 2: '\?\?' is no name for a column: printable ASCII only"},
        {"x,y\x7f\n1,2\n", "line 1, column 2: 'y?' is no name for a column: printable ASCII only"},
        {"x,y\n1,2\n\n3\n", "line 4: 1 cell, the header has 2 columns"},
        {"x,y\n1,2,3\n", "line 2: more cells than the header has columns"},
        {"x,y\n1,2,\n", "line 2: more cells than the header has columns"},
        {"x,y\n1,abc\n", "line 2, column 2 ('y'): 'abc' is not a number"},
        {"x,y\n1,1 2\n", "'1 2' is not a number"},
        {"x,y\n1,--2\n", "'--2' is not a number"},
        {"x,y\n1,-\n", "'-' is not a number"},
        {"x,y\n1,NaN\n", "'NaN' is not a finite number"},
        {"x,y\n1,-Inf\n", "'-Inf' is not a finite number"},
        {"x,y\n1,1e999\n", "'1e999' is too large for a double"},
        {"x,y\n1,\n", "line 2, column 2 ('y'): the cell is empty, expected a number"},
        {"x,y\n\"1,2\n", "line 2, column 1 ('x'): the quote is not closed on this line"},
        {"x,y\n\"1\"2,3\n", "text after the closing quote"},
        {"x,y\n\"", "the quote is not closed"},
        {"x,y\n1,\x01\n", "'?' is not a number"},
    };
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        e2l_csv table;
        assert_int_equal(parse(ctx, &table, texts[i][0], E2L_CSV_FULL), E2L_INPUT);
        if (!strstr(e2l_ctx_message(ctx), texts[i][1])) {
            fail_msg("'%s' gives '%s', expected '%s'", texts[i][0], e2l_ctx_message(ctx), texts[i][1]);
        }
        assert_null(table.values);
    }
    e2l_test_ctx_end(ctx);
}

static void test_long(void **state)
{
    (void)state;
    enum { ROWS = 200000 };
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text text = {.ctx = ctx};
    e2l_text_append(&text, "a,b\n");
    for (int i = 0; i < ROWS; i++) {
        e2l_text_appendf(&text, "%d,%d\n", i, -i);
    }
    e2l_csv table;
    assert_int_equal(parse(ctx, &table, e2l_text_get(&text), E2L_CSV_FULL), E2L_OK);
    assert_int_equal(table.n_rows, ROWS);
    assert_true(e2l_csv_at(&table, ROWS - 1, 1) == 1 - ROWS);
    assert_int_equal(table.lines[ROWS - 1], ROWS + 1);
    e2l_csv_clear(ctx, &table);
    e2l_text_reset(&text);
    for (int i = 0; i < 400; i++) {
        e2l_text_append(&text, "9");
    }
    e2l_text_append(&text, "\n1\n");
    assert_int_equal(parse(ctx, &table, e2l_text_get(&text), E2L_CSV_FULL), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "a cell has at most 256 bytes"));
    e2l_text_reset(&text);
    for (int i = 0; i <= E2L_CSV_MAX_COLUMNS; i++) {
        e2l_text_appendf(&text, "%sc%d", i > 0 ? "," : "", i);
    }
    assert_int_equal(parse(ctx, &table, e2l_text_get(&text), E2L_CSV_FULL), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "more than 1024 columns"));
    e2l_text_clear(&text);
    e2l_test_ctx_end(ctx);
}

static void test_files(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_csv table;
    assert_int_equal(e2l_csv_read(ctx, &table, "no/such/file.csv", E2L_CSV_FULL), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "no/such/file.csv: cannot be opened"));
    assert_int_equal(e2l_csv_read(ctx, &table, "/", E2L_CSV_FULL), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "is a folder"));
    e2l_test_ctx_end(ctx);
}

static void test_no_memory(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text text = {.ctx = ctx};
    e2l_text_append(&text, "a,b\n");
    for (int i = 0; i < 200; i++) {
        e2l_text_appendf(&text, "%d,1\n", i);
    }
    e2l_status status = E2L_NOMEM;
    size_t n = 0;
    while (status == E2L_NOMEM) {
        e2l_csv table;
        e2l_ctx_fail_allocation(ctx, ++n);
        status = parse(ctx, &table, e2l_text_get(&text), E2L_CSV_FULL);
        e2l_ctx_fail_allocation(ctx, 0);
        if (status == E2L_OK) {
            e2l_csv_clear(ctx, &table);
        }
    }
    assert_int_equal(status, E2L_OK);
    assert_true(n > 5);
    e2l_text_clear(&text);
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),   cmocka_unit_test(test_disguises), cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_gaps),    cmocka_unit_test(test_refused),   cmocka_unit_test(test_long),
        cmocka_unit_test(test_files),   cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
