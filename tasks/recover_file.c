/* recover_file.c: recordings of one's own, from a table with one row per step.

   Columns: x1 .. xn inputs; w1 .. wn weights before the step's update; y activity; r reward; recording, a number that tells
   several recordings apart; t or step, which only people read. Row by row: y = sum w_i x_i, then w changes. So the last row of a
   recording holds the weights after the last update, and its inputs are not used. Empty cells of w and y are gaps. Recordings
   longer than `steps` updates are cut into cases, each from a row with all weights on; with observe=activity a recording is
   one case, and its first row has all weights. */
#include "tasks/recover_impl.h"
#include "tasks/csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 24 };
static const double largest_cell = 1e9;

typedef struct reader {
    e2l_ctx *ctx;
    e2l_family *family;
    e2l_csv table;
    size_t n;
    size_t x[E2L_CSV_MAX_COLUMNS], w[E2L_CSV_MAX_COLUMNS]; /* columns of input and weight i */
    size_t y, reward, recording;                           /* n_columns: none */
} reader;

/* ---- columns ------------------------------------------------------------------------------------- */

/* How many of letter1, letter2, .. there are; their columns go to `at`. */
static size_t find_numbered(const e2l_csv *table, char letter, size_t *at)
{
    size_t n = 0;
    char name[NAME_BYTES];
    while (n < table->n_columns) {
        (void)snprintf(name, sizeof name, "%c%zu", letter, n + 1);
        at[n] = e2l_csv_find(table, name);
        if (at[n] == table->n_columns) {
            break;
        }
        n++;
    }
    return n;
}

static bool is_numbered(const reader *r, size_t column)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->x[i] == column || r->w[i] == column) {
            return true;
        }
    }
    return false;
}

/* A misspelt column must not be passed over in silence. */
static e2l_status check_columns(reader *r)
{
    static const char *const known[] = {"x1", "w1", "y", "r", "recording", "t", "step"};
    char hint[128];
    for (size_t c = 0; c < r->table.n_columns; c++) {
        const char *name = r->table.names[c];
        bool is_known = is_numbered(r, c) || c == r->y || c == r->reward || c == r->recording ||
                        strcmp(name, "t") == 0 || strcmp(name, "step") == 0;
        if (!is_known) {
            return e2l_fail(r->ctx, E2L_INPUT,
                            "%s: column %zu: '%s' unknown; there are x1 to x%zu, w1 to w%zu, y, r, recording, t, step%s",
                            r->table.where, c + 1, name, r->n, r->n,
                            e2l_did_you_mean(hint, sizeof hint, name, known, sizeof known / sizeof *known));
        }
    }
    return E2L_OK;
}

static e2l_status find_columns(reader *r)
{
    const e2l_csv *table = &r->table;
    r->n = find_numbered(table, 'x', r->x);
    const size_t n_w = find_numbered(table, 'w', r->w);
    r->y = e2l_csv_find(table, "y");
    r->reward = e2l_csv_find(table, "r");
    r->recording = e2l_csv_find(table, "recording");
    r->family->has_reward = r->reward < table->n_columns;
    if (r->n == 0 || n_w != r->n) {
        return e2l_fail(r->ctx, E2L_INPUT, "%s: %zu columns x1, x2, .. and %zu columns w1, w2, ..; as many of both are wanted, "
                        "at least one", table->where, r->n, n_w);
    }
    if (r->family->options.observe != RECOVER_WEIGHTS && r->y == table->n_columns) {
        return e2l_fail(r->ctx, E2L_INPUT, "%s: no column 'y', which task.observe asks for", table->where);
    }
    return check_columns(r);
}

/* Only weights and activity may have gaps; nothing so large that its square is no number. */
static e2l_status check_cells(const reader *r)
{
    const e2l_csv *table = &r->table;
    for (size_t row = 0; row < table->n_rows; row++) {
        for (size_t c = 0; c < table->n_columns; c++) {
            char first = table->names[c][0];
            bool may_miss = first == 'w' || first == 'y' || first == 't' || first == 's';
            if (!may_miss && isnan(e2l_csv_at(table, row, c))) {
                return e2l_fail(r->ctx, E2L_INPUT, "%s: line %llu, column '%s': empty; only weights and activity may have gaps",
                                table->where, (unsigned long long)table->lines[row], table->names[c]);
            }
            if (fabs(e2l_csv_at(table, row, c)) > largest_cell) {
                return e2l_fail(r->ctx, E2L_INPUT, "%s: line %llu, column '%s': %g is out of range -1e9..1e9", table->where,
                                (unsigned long long)table->lines[row], table->names[c], e2l_csv_at(table, row, c));
            }
        }
    }
    return E2L_OK;
}

/* ---- rows to recordings -------------------------------------------------------------------------- */

static bool has_all_weights(const reader *r, size_t row)
{
    for (size_t i = 0; i < r->n; i++) {
        if (isnan(e2l_csv_at(&r->table, row, r->w[i]))) {
            return false;
        }
    }
    return true;
}

static void put(double value, double *out, double *seen)
{
    *seen = isnan(value) ? 0 : 1;
    *out = isnan(value) ? 0 : value;
}

/* Rows [first, first + steps] as one case. */
static e2l_status add_case(reader *r, size_t first, size_t n_steps)
{
    e2l_family *family = r->family;
    const e2l_csv *table = &r->table;
    recover_recording *made;
    e2l_status status = recover_recording_create(r->ctx, &made, r->n, n_steps);
    if (status != E2L_OK) {
        return status;
    }
    for (size_t t = 0; t <= n_steps; t++) {
        for (size_t i = 0; i < r->n; i++) {
            const size_t at = t * r->n + i;
            put(e2l_csv_at(table, first + t, r->w[i]), &made->w[at], &made->w_seen[at]);
            if (t < n_steps) {
                made->x[at] = e2l_csv_at(table, first + t, r->x[i]);
            }
        }
        if (t < n_steps && r->y < table->n_columns) {
            put(e2l_csv_at(table, first + t, r->y), &made->y[t], &made->y_seen[t]);
        }
        if (t < n_steps && r->reward < table->n_columns) {
            made->reward[t] = e2l_csv_at(table, first + t, r->reward);
        }
    }
    (void)snprintf(made->name, sizeof made->name, "line-%llu", (unsigned long long)table->lines[first]);
    recover_recording_finish(made, &family->options);
    if (made->n_compared == 0) {
        recover_recording_destroy(r->ctx, made); /* all gaps: nothing to compare with */
        return E2L_OK;
    }
    family->file[family->n_file++] = made;
    return E2L_OK;
}

/* Cases of the rows [first, end) of one recording. */
static e2l_status cut_recording(reader *r, size_t first, size_t end)
{
    const recover_options *options = &r->family->options;
    const bool is_whole = options->observe == RECOVER_ACTIVITY;
    e2l_status status = E2L_OK;
    if (is_whole && !has_all_weights(r, first)) {
        return e2l_fail(r->ctx, E2L_INPUT, "%s: line %llu: the first weights w1 to w%zu are wanted where only activity is compared",
                        r->table.where, (unsigned long long)r->table.lines[first], r->n);
    }
    while (first + 1 < end && status == E2L_OK) {
        if (!has_all_weights(r, first)) {
            first++;
            continue;
        }
        size_t n_steps = end - 1 - first;
        n_steps = !is_whole && n_steps > options->steps ? (size_t)options->steps : n_steps;
        status = add_case(r, first, n_steps);
        first += n_steps;
    }
    return status;
}

static bool is_same_recording(const reader *r, size_t row)
{
    return r->recording == r->table.n_columns || e2l_csv_at(&r->table, row, r->recording) == e2l_csv_at(&r->table, row - 1, r->recording);
}

static e2l_status read_rows(reader *r)
{
    e2l_status status = E2L_OK;
    r->family->file = e2l_alloc(r->ctx, r->table.n_rows, sizeof(recover_recording *));
    if (!r->family->file) {
        return E2L_NOMEM;
    }
    for (size_t first = 0; first < r->table.n_rows && status == E2L_OK;) {
        size_t end = first + 1;
        while (end < r->table.n_rows && is_same_recording(r, end)) {
            end++;
        }
        status = cut_recording(r, first, end);
        first = end;
    }
    if (status == E2L_OK && r->family->n_file == 0) {
        return e2l_fail(r->ctx, E2L_INPUT, "%s: no two rows to compare: a row with all weights and a later one with some are wanted",
                        r->table.where);
    }
    return status;
}

e2l_status recover_file_read(e2l_ctx *ctx, e2l_family *family, const char *path)
{
    reader *r = e2l_alloc(ctx, 1, sizeof *r); /* its lists of columns are long */
    if (!r) {
        return E2L_NOMEM;
    }
    *r = (reader){.ctx = ctx, .family = family};
    e2l_status status = e2l_csv_read(ctx, &r->table, path, E2L_CSV_GAPS);
    if (status == E2L_OK) {
        status = find_columns(r);
        status = status == E2L_OK ? check_cells(r) : status;
        status = status == E2L_OK ? read_rows(r) : status;
        e2l_csv_clear(ctx, &r->table);
    }
    e2l_free(ctx, r);
    return status;
}
