/* regression_points.c: points of known targets, drawn, and points of the user's table, dealt to the sets.

   Drawn: the first case of the search set is even (evenly spaced in one dimension, ends included; the Halton points of
   Halton, Numer. Math. 2:84 (1960), in several); all others are uniform draws. A case is a pure function of (settings,
   task seed, set, case). Rows of a table are dealt once, by a shuffle that task.seed decides. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cgp/stream.h"
#include "tasks/regression_impl.h"

enum { MAX_TERMINALS = 256, MAX_NAME = 32, MIN_SEARCH_ROWS = 2 };

void regression_points_clear(e2l_ctx *ctx, regression_points *points)
{
    e2l_free(ctx, points->values);
    *points = (regression_points){0};
}

static e2l_status alloc_points(e2l_ctx *ctx, regression_points *out, size_t n, size_t n_columns)
{
    *out = (regression_points){.n = n, .n_columns = n_columns};
    out->values = n <= SIZE_MAX / n_columns ? e2l_alloc(ctx, n * n_columns, sizeof *out->values) : NULL;
    return out->values ? E2L_OK : E2L_NOMEM;
}

/* ---- drawn points -------------------------------------------------------------------------------- */

e2l_key regression_draw_key(const regression_source *source, size_t k)
{
    const uint64_t words[] = {source->seed, (uint64_t)k};
    return e2l_key_bytes(words, sizeof words, source->settings);
}

/* What within a case a stream is for; values are part of every result. */
typedef enum part { PART_POINTS = 1, PART_NOISE = 2, PART_DEAL = 3 } part;

static void open_stream(e2l_stream *stream, const regression_source *source, size_t k, part what)
{
    const uint64_t words[] = {source->settings.low, source->settings.high, (uint64_t)k, (uint64_t)what};
    e2l_stream_init(stream, source->seed, E2L_PURPOSE_CASE, words, sizeof words / sizeof *words);
}

/* Digits of i in this base, mirrored at the point: in (0, 1) for i > 0. */
static double mirrored(size_t i, unsigned base)
{
    double value = 0;
    double digit = 1;
    for (; i > 0; i /= base) {
        digit /= base;
        value += digit * (double)(i % base);
    }
    return value;
}

static void fill_even(double *out, size_t n, size_t input, size_t n_inputs)
{
    static const unsigned bases[REGRESSION_MAX_INPUTS] = {2, 3, 5, 7, 11};
    for (size_t i = 0; i < n; i++) {
        out[i] = n_inputs > 1 ? mirrored(i + 1, bases[input]) : (double)i / (double)(n - 1);
    }
}

static void fill_inputs(const regression_source *source, size_t k, regression_points *points)
{
    const regression_target *target = &regression_targets[source->options.target];
    const double low = source->is_wide ? target->range.wide_low : target->range.low;
    const double high = source->is_wide ? target->range.wide_high : target->range.high;
    const bool is_even = source->is_search && k == 0 && source->options.sampling == REGRESSION_EVEN;
    e2l_stream stream;
    open_stream(&stream, source, k, PART_POINTS);
    for (size_t c = 0; c + 1 < points->n_columns; c++) {
        double *column = points->values + c * points->n;
        if (is_even) {
            fill_even(column, points->n, c, points->n_columns - 1);
        } else {
            e2l_stream_fill_uniform(&stream, points->n, column);
        }
        for (size_t i = 0; i < points->n; i++) {
            column[i] = low + (high - low) * column[i];
        }
    }
}

static size_t place_of(const regression_target *target, const char *name)
{
    size_t i = 0;
    while (strcmp(target->inputs[i], name) != 0) { /* formulas name nothing else: a test parses them all */
        i++;
    }
    return i;
}

static e2l_status fill_target(e2l_ctx *ctx, const regression_target *target, regression_points *points)
{
    e2l_expr *expr = NULL;
    const e2l_scope scope = {.names = target->inputs, .n_names = points->n_columns - 1};
    e2l_status status = e2l_expr_parse(ctx, &expr, target->formula, strlen(target->formula), &scope);
    if (status != E2L_OK) {
        return status;
    }
    const double *inputs[REGRESSION_MAX_INPUTS] = {NULL};
    for (size_t k = 0; k < e2l_expr_n_names(expr); k++) {
        inputs[k] = points->values + place_of(target, e2l_expr_name(expr, k)) * points->n;
    }
    void *work = e2l_alloc_lanes(ctx, e2l_expr_eval_bytes(expr), 1);
    if (work) {
        e2l_expr_eval(expr, E2L_ISA_SSE2, points->n, inputs, points->values + (points->n_columns - 1) * points->n, work);
    }
    e2l_free(ctx, work);
    e2l_expr_destroy(ctx, expr);
    return work ? E2L_OK : E2L_NOMEM;
}

static e2l_status add_noise(e2l_ctx *ctx, const regression_source *source, size_t k, regression_points *points)
{
    if (!source->is_search || !(source->options.noise > 0)) {
        return E2L_OK;
    }
    double *normal = e2l_alloc(ctx, points->n, sizeof *normal);
    if (!normal) {
        return E2L_NOMEM;
    }
    e2l_stream stream;
    open_stream(&stream, source, k, PART_NOISE);
    e2l_stream_fill_normal(&stream, points->n, normal);
    double *values = points->values + (points->n_columns - 1) * points->n;
    for (size_t i = 0; i < points->n; i++) {
        values[i] += source->options.noise * normal[i];
    }
    e2l_free(ctx, normal);
    return E2L_OK;
}

e2l_status regression_draw(e2l_ctx *ctx, regression_points *out, const regression_source *source, size_t k)
{
    const regression_target *target = &regression_targets[source->options.target];
    e2l_status status = alloc_points(ctx, out, (size_t)source->options.points, regression_n_inputs(target) + 1);
    if (status == E2L_OK) {
        fill_inputs(source, k, out);
        status = fill_target(ctx, target, out);
    }
    status = status == E2L_OK ? add_noise(ctx, source, k, out) : status;
    if (status != E2L_OK) {
        regression_points_clear(ctx, out);
    }
    return status;
}

/* ---- tables -------------------------------------------------------------------------------------- */

void regression_table_clear(e2l_ctx *ctx, regression_table *table)
{
    e2l_csv_clear(ctx, &table->csv);
    e2l_free(ctx, table->order);
    *table = (regression_table){0};
}

/* Columns other than the target stand in formulas by their names. */
static e2l_status check_terminal(e2l_ctx *ctx, const regression_table *table, size_t column)
{
    const char *name = table->csv.names[column];
    const size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    const char *why = NULL;
    if (name[n] != '\0' || (name[0] >= '0' && name[0] <= '9')) {
        why = "letters, digits and _ only, no digit first";
    } else if (n > MAX_NAME) {
        why = "more than 32 letters";
    } else if (e2l_primitive_find(name)) {
        why = "it is the name of a primitive (e2l list primitives)";
    } else if (strcmp(name, "inf") == 0 || strcmp(name, "nan") == 0 || strcmp(name, "when") == 0) {
        why = "the name is reserved";
    }
    return why ? e2l_fail(ctx, E2L_INPUT, "%s: column %zu: '%s' cannot be an input of formulas: %s", table->csv.where,
                          column + 1, name, why)
               : E2L_OK;
}

static e2l_status choose_columns(e2l_ctx *ctx, regression_table *table, const regression_options *options)
{
    const e2l_csv *csv = &table->csv;
    if (csv->n_columns < 2) {
        return e2l_fail(ctx, E2L_INPUT, "%s: one column only; expected inputs and a target", csv->where);
    }
    if (csv->n_columns > MAX_TERMINALS + 1) {
        return e2l_fail(ctx, E2L_INPUT, "%s: %zu columns; at most %d inputs and a target", csv->where, csv->n_columns,
                        MAX_TERMINALS);
    }
    table->target = csv->n_columns - 1;
    const char *name = options->target_column;
    e2l_status status = name && name[0] ? e2l_csv_column(ctx, &table->target, csv, name) : E2L_OK;
    if (status != E2L_OK) {
        return e2l_fail_at(ctx, status, "target_column");
    }
    for (size_t c = 0; c < csv->n_columns && status == E2L_OK; c++) {
        status = c == table->target ? E2L_OK : check_terminal(ctx, table, c);
    }
    return status;
}

/* A shuffle (Fisher and Yates) keyed by the seed and the number of rows, and how many rows each set gets. */
static e2l_status deal_rows(e2l_ctx *ctx, regression_table *table, double holdout, uint64_t seed)
{
    const size_t n = table->csv.n_rows;
    table->order = e2l_alloc(ctx, n, sizeof *table->order);
    if (!table->order) {
        return E2L_NOMEM;
    }
    const regression_source source = {.seed = seed, .settings = {(uint64_t)n, 0}};
    e2l_stream stream;
    open_stream(&stream, &source, 0, PART_DEAL);
    for (size_t i = 0; i < n; i++) {
        size_t j = (size_t)(e2l_stream_uniform(&stream) * (double)(i + 1)); /* at most i: uniform < 1 */
        table->order[i] = table->order[j];
        table->order[j] = i;
    }
    const size_t held = (size_t)(holdout * (double)n);
    if (held < 2 || n - held < MIN_SEARCH_ROWS) {
        return E2L_OK; /* too few to share: every set sees all */
    }
    table->n_select = held / 2;
    table->n_test = held - table->n_select;
    table->n_search = n - held;
    return E2L_OK;
}

e2l_status regression_table_read(e2l_ctx *ctx, regression_table *out, const regression_options *options, uint64_t seed)
{
    *out = (regression_table){0};
    e2l_status status = e2l_csv_read(ctx, &out->csv, options->data, E2L_CSV_FULL);
    status = status == E2L_OK ? choose_columns(ctx, out, options) : status;
    status = status == E2L_OK ? deal_rows(ctx, out, options->holdout, seed) : status;
    if (status != E2L_OK) {
        regression_table_clear(ctx, out);
    }
    return status;
}

e2l_status regression_table_points(e2l_ctx *ctx, regression_points *out, const regression_table *table, size_t first,
                                   size_t n, bool in_file_order)
{
    const e2l_csv *csv = &table->csv;
    e2l_status status = alloc_points(ctx, out, n, csv->n_columns);
    if (status != E2L_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t row = in_file_order ? first + i : table->order[first + i];
        for (size_t c = 0, at = 0; c < csv->n_columns; c++) {
            size_t column = c == table->target ? csv->n_columns - 1 : at++;
            out->values[column * n + i] = e2l_csv_at(csv, row, c);
        }
    }
    return E2L_OK;
}
