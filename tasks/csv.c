/* csv.c: one pass over the text, a cell at a time; rows go to one growing block.

   RFC 4180 without line ends inside quotes: data are numbers, and an unclosed quote would swallow the rest of the file
   before anyone notices. Numbers are those of e2l_number_read, to the bit, with an optional sign. */
#include "tasks/csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/number.h"
#include "substrate/json.h"

enum { MAX_CELL_BYTES = 256, FIRST_ROWS = 64 };

typedef struct reader {
    e2l_ctx *ctx;
    e2l_csv *table;
    e2l_csv_gaps gaps;
    const char *at, *end;
    uint64_t line;  /* from 1 */
    size_t column;  /* cells before this one on the line */
    size_t room;    /* rows */
    char cell[MAX_CELL_BYTES + 1];
    size_t n_cell;
    bool is_quoted;
} reader;

/* ---- messages ------------------------------------------------------------------------------------ */

static e2l_status fail_line(const reader *r, const char *what)
{
    return e2l_fail(r->ctx, E2L_INPUT, "%s: line %llu: %s", r->table->where, (unsigned long long)r->line, what);
}

/* Names the cell the reader stands on, with its column's name once that is known. */
static e2l_status fail_cell(const reader *r, const char *what)
{
    const bool has_name = r->column < r->table->n_columns && r->table->names[r->column];
    return e2l_fail(r->ctx, E2L_INPUT, "%s: line %llu, column %zu%s%s%s: %s", r->table->where,
                    (unsigned long long)r->line, r->column + 1, has_name ? " ('" : "",
                    has_name ? r->table->names[r->column] : "", has_name ? "')" : "", what);
}

/* The cell as a message may show it: bytes that are no printable ASCII become '?', long ones are cut. */
static e2l_status fail_value(const reader *r, const char *what)
{
    char shown[41];
    size_t n = r->n_cell < sizeof shown - 1 ? r->n_cell : sizeof shown - 1;
    for (size_t i = 0; i < n; i++) {
        shown[i] = r->cell[i] >= ' ' && r->cell[i] <= '~' ? r->cell[i] : '?';
    }
    shown[n] = '\0';
    char text[160];
    (void)snprintf(text, sizeof text, "'%s'%s %s", shown, r->n_cell > n ? ".." : "", what);
    return fail_cell(r, text);
}

/* ---- cells --------------------------------------------------------------------------------------- */

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(reader *r)
{
    while (r->at < r->end && is_blank(*r->at)) {
        r->at++;
    }
}

/* Past LF, CRLF or CR. */
static void skip_line_end(reader *r)
{
    if (r->at < r->end && *r->at == '\r') {
        r->at++;
        r->at += r->at < r->end && *r->at == '\n';
    } else if (r->at < r->end) {
        r->at++;
    }
    r->line++;
    r->column = 0;
}

/* Past empty lines and comments; false at the end of the text. */
static bool next_line(reader *r)
{
    while (r->at < r->end) {
        const char *first = r->at;
        skip_blanks(r);
        if (r->at < r->end && *r->at == '#') {
            while (r->at < r->end && !is_line_end(*r->at)) {
                r->at++;
            }
        }
        if (r->at < r->end && !is_line_end(*r->at)) {
            r->at = first;
            return true;
        }
        if (r->at < r->end) {
            skip_line_end(r);
        }
    }
    return false;
}

static e2l_status put_byte(reader *r, char c)
{
    if (r->n_cell == MAX_CELL_BYTES) {
        return fail_cell(r, "a cell has at most 256 bytes");
    }
    r->cell[r->n_cell++] = c;
    return E2L_OK;
}

static e2l_status read_quoted(reader *r)
{
    e2l_status status = E2L_OK;
    for (r->at++; status == E2L_OK; r->at++) {
        if (r->at >= r->end || is_line_end(*r->at)) {
            return fail_cell(r, "the quote is not closed on this line");
        }
        if (*r->at == '"') {
            bool is_doubled = r->end - r->at > 1 && r->at[1] == '"';
            if (!is_doubled) {
                r->at++;
                return E2L_OK;
            }
            r->at++;
        }
        status = put_byte(r, *r->at);
    }
    return status;
}

/* Leaves the reader on the comma, the line end or the end of the text behind the cell. */
static e2l_status read_cell(reader *r)
{
    r->n_cell = 0;
    skip_blanks(r);
    r->is_quoted = r->at < r->end && *r->at == '"';
    e2l_status status = r->is_quoted ? read_quoted(r) : E2L_OK;
    if (status == E2L_OK && r->is_quoted) {
        skip_blanks(r);
        if (r->at < r->end && *r->at != ',' && !is_line_end(*r->at)) {
            return fail_cell(r, "text after the closing quote");
        }
    }
    while (status == E2L_OK && r->at < r->end && *r->at != ',' && !is_line_end(*r->at)) {
        status = put_byte(r, *r->at++);
    }
    while (!r->is_quoted && r->n_cell > 0 && is_blank(r->cell[r->n_cell - 1])) {
        r->n_cell--;
    }
    r->cell[r->n_cell] = '\0';
    return status;
}

/* On to the next cell of the line; false behind the last one. */
static bool next_cell(reader *r)
{
    if (r->at < r->end && *r->at == ',') {
        r->at++;
        r->column++;
        return true;
    }
    return false;
}

/* ---- header -------------------------------------------------------------------------------------- */

static bool is_number(const char *text, size_t n, double *out)
{
    size_t sign = n > 0 && (text[0] == '-' || text[0] == '+');
    if (n == sign || e2l_number_read(text + sign, n - sign, out) != n - sign) {
        return false;
    }
    *out = text[0] == '-' ? -*out : *out;
    return true;
}

static e2l_status check_name(const reader *r)
{
    double number = 0;
    if (r->n_cell == 0) {
        return fail_cell(r, "the first line names the columns, this one has no name");
    }
    if (r->n_cell >= E2L_CSV_NAME_BYTES) {
        return fail_value(r, "is no name for a column: at most 63 bytes");
    }
    for (size_t i = 0; i < r->n_cell; i++) {
        if (r->cell[i] < ' ' || r->cell[i] > '~') {
            return fail_value(r, "is no name for a column: printable ASCII only");
        }
    }
    if (is_number(r->cell, r->n_cell, &number)) {
        return fail_value(r, "is a number: the first line has to name the columns");
    }
    if (strchr(r->cell, ';') || strchr(r->cell, '\t')) {
        return fail_value(r, "is no name for a column: cells are separated by commas");
    }
    size_t twin = e2l_csv_find(r->table, r->cell);
    if (twin < r->table->n_columns) {
        char what[64];
        (void)snprintf(what, sizeof what, "is the name of column %zu already", twin + 1);
        return fail_value(r, what);
    }
    return E2L_OK;
}

static e2l_status add_name(reader *r)
{
    if (r->table->n_columns == E2L_CSV_MAX_COLUMNS) {
        return fail_line(r, "more than 1024 columns");
    }
    e2l_status status = check_name(r);
    if (status != E2L_OK) {
        return status;
    }
    char *name = e2l_strdup(r->ctx, r->cell);
    if (!name) {
        return E2L_NOMEM;
    }
    r->table->names[r->table->n_columns++] = name;
    return E2L_OK;
}

static e2l_status read_header(reader *r)
{
    if (!next_line(r)) {
        return e2l_fail(r->ctx, E2L_INPUT, "%s: empty: expected a line of column names, then rows of numbers",
                        r->table->where);
    }
    r->table->names = e2l_alloc(r->ctx, E2L_CSV_MAX_COLUMNS, sizeof *r->table->names);
    if (!r->table->names) {
        return E2L_NOMEM;
    }
    e2l_status status = E2L_OK;
    do {
        status = read_cell(r);
        status = status == E2L_OK ? add_name(r) : status;
    } while (status == E2L_OK && next_cell(r));
    return status;
}

/* ---- rows ---------------------------------------------------------------------------------------- */

static bool is_not_finite_word(const char *text)
{
    static const char *const words[] = {"nan", "inf", "infinity", "na", "null", "none"};
    char lower[16] = "";
    text += text[0] == '-' || text[0] == '+';
    for (size_t i = 0; text[i] && i < sizeof lower - 1; i++) {
        lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(lower, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static e2l_status read_value(const reader *r, double *out)
{
    if (r->n_cell == 0) {
        *out = (double)NAN;
        return r->gaps == E2L_CSV_GAPS ? E2L_OK : fail_cell(r, "the cell is empty, expected a number");
    }
    if (!is_number(r->cell, r->n_cell, out)) {
        bool is_word = is_not_finite_word(r->cell);
        bool has_gaps = is_word && r->gaps == E2L_CSV_GAPS;
        return fail_value(r, has_gaps  ? "is not a finite number (leave the cell empty for a gap)"
                             : is_word ? "is not a finite number"
                                       : "is not a number");
    }
    return isfinite(*out) ? E2L_OK : fail_value(r, "is too large for a double");
}

/* Room for one row more. */
static e2l_status grow(reader *r)
{
    e2l_csv *table = r->table;
    if (table->n_rows < r->room) {
        return E2L_OK;
    }
    const size_t room = r->room > 0 ? 2 * r->room : FIRST_ROWS;
    if (room > SIZE_MAX / sizeof(double) / table->n_columns) {
        return e2l_fail(r->ctx, E2L_NOMEM, "out of memory (%zu rows of %zu numbers)", room, table->n_columns);
    }
    double *values = e2l_realloc(r->ctx, table->values, room * table->n_columns, sizeof *values);
    table->values = values ? values : table->values;
    uint64_t *lines = values ? e2l_realloc(r->ctx, table->lines, room, sizeof *lines) : NULL;
    table->lines = lines ? lines : table->lines;
    if (!values || !lines) {
        return E2L_NOMEM;
    }
    r->room = room;
    return E2L_OK;
}

static e2l_status fail_width(const reader *r, size_t have)
{
    char what[96];
    (void)snprintf(what, sizeof what, "%zu cell%s, the header has %zu columns", have, have == 1 ? "" : "s",
                   r->table->n_columns);
    return fail_line(r, what);
}

static e2l_status read_row(reader *r)
{
    e2l_csv *table = r->table;
    e2l_status status = grow(r);
    if (status != E2L_OK) {
        return status;
    }
    double *row = table->values + table->n_rows * table->n_columns;
    bool is_more = true;
    while (is_more && status == E2L_OK && r->column < table->n_columns) {
        status = read_cell(r);
        status = status == E2L_OK ? read_value(r, &row[r->column]) : status;
        is_more = status == E2L_OK && next_cell(r);
    }
    if (status != E2L_OK) {
        return status;
    }
    if (is_more || r->column + 1 < table->n_columns) {
        return is_more ? fail_line(r, "more cells than the header has columns") : fail_width(r, r->column + 1);
    }
    table->lines[table->n_rows++] = r->line;
    return E2L_OK;
}

static e2l_status read_table(reader *r)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (r->end - r->at >= 3 && memcmp(r->at, mark, 3) == 0) {
        r->at += 3;
    }
    e2l_status status = read_header(r);
    while (status == E2L_OK && r->at < r->end) {
        skip_line_end(r); /* of the header or the row before */
        if (!next_line(r)) {
            break;
        }
        status = read_row(r);
    }
    if (status == E2L_OK && r->table->n_rows == 0) {
        return e2l_fail(r->ctx, E2L_INPUT, "%s: no rows of numbers after the line of column names", r->table->where);
    }
    return status;
}

/* ---- whole tables -------------------------------------------------------------------------------- */

e2l_status e2l_csv_parse(e2l_ctx *ctx, e2l_csv *out, const char *text, size_t length, const char *where,
                         e2l_csv_gaps gaps)
{
    *out = (e2l_csv){.where = e2l_strdup(ctx, where)};
    if (!out->where) {
        return E2L_NOMEM;
    }
    reader r = {.ctx = ctx, .table = out, .gaps = gaps, .at = text, .end = text + length, .line = 1};
    e2l_status status = read_table(&r);
    if (status != E2L_OK) {
        e2l_csv_clear(ctx, out);
    }
    return status;
}

e2l_status e2l_csv_read(e2l_ctx *ctx, e2l_csv *out, const char *path, e2l_csv_gaps gaps)
{
    *out = (e2l_csv){0};
    char *text = NULL;
    size_t length = 0;
    e2l_status status = e2l_file_read(ctx, &text, &length, path);
    if (status == E2L_OK) {
        status = e2l_csv_parse(ctx, out, text, length, path, gaps);
    }
    e2l_free(ctx, text);
    return status;
}

void e2l_csv_clear(e2l_ctx *ctx, e2l_csv *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        e2l_free(ctx, table->names[i]);
    }
    e2l_free(ctx, table->names);
    e2l_free(ctx, table->values);
    e2l_free(ctx, table->lines);
    e2l_free(ctx, table->where);
    *table = (e2l_csv){0};
}

size_t e2l_csv_find(const e2l_csv *table, const char *name)
{
    size_t i = 0;
    while (i < table->n_columns && strcmp(table->names[i], name) != 0) {
        i++;
    }
    return i;
}

e2l_status e2l_csv_column(e2l_ctx *ctx, size_t *column, const e2l_csv *table, const char *name)
{
    *column = e2l_csv_find(table, name);
    if (*column < table->n_columns) {
        return E2L_OK;
    }
    char hint[128];
    return e2l_fail(ctx, E2L_INPUT, "%s: no column '%.60s'%s", table->where, name,
                    e2l_did_you_mean(hint, sizeof hint, name, (const char *const *)table->names, table->n_columns));
}

double e2l_csv_at(const e2l_csv *table, size_t row, size_t column)
{
    return table->values[row * table->n_columns + column];
}
