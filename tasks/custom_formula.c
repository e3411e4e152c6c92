/* custom_formula.c: formulas of a network file: names bound to indices, noise, parameters, arrays and probes; rows of arrays. */
#include "tasks/custom_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/number.h"
#include "cgp/stream.h"

static const char *const fold_names[] = {"", "sum", "mean", "norm", "max", "min"};
enum { N_FOLDS = sizeof fold_names / sizeof *fold_names, MOST_NAMES = 512, NAME_BYTES = 128 };

/* "samples.norm" is "samples" and NORM. */
static custom_fold split(const char *name, char base[NAME_BYTES])
{
    (void)snprintf(base, NAME_BYTES, "%s", name);
    char *dot = strrchr(base, '.');
    for (int k = 1; dot && k < N_FOLDS; k++) {
        if (strcmp(dot + 1, fold_names[k]) == 0) {
            *dot = '\0';
            return (custom_fold)k;
        }
    }
    return CUSTOM_VALUE;
}

static bool find_fixed(const char *name, custom_ref *out)
{
    static const struct {
        const char *name;
        custom_kind kind;
    } fixed[] = {{"i", CUSTOM_INDEX}, {"row", CUSTOM_ROW}, {"step", CUSTOM_ROW}, {"normal", CUSTOM_NORMAL}, {"uniform", CUSTOM_UNIFORM}};
    for (size_t k = 0; k < sizeof fixed / sizeof *fixed; k++) {
        if (strcmp(name, fixed[k].name) == 0) {
            *out = (custom_ref){.kind = fixed[k].kind};
            return true;
        }
    }
    return false;
}

static bool find_parameter(const custom_file *file, const char *name, custom_ref *out)
{
    for (size_t k = 0; k < file->experiment.n_parameters; k++) {
        if (strcmp(file->experiment.parameters[k].name, name) == 0) {
            *out = (custom_ref){.kind = CUSTOM_PARAMETER, .at = k};
            return true;
        }
    }
    return false;
}

static e2l_status unknown(const custom_file *file, const char *name, size_t array, const char *place)
{
    const e2l_experiment *e = &file->experiment;
    const char *known[MOST_NAMES] = {"i", "row", "normal", "uniform"};
    const bool is_case = array < e->n_arrays;
    size_t n = is_case ? 4 : 0;
    char hint[160];
    for (size_t k = 0; k < e->n_parameters && n < MOST_NAMES; k++) {
        known[n++] = e->parameters[k].name;
    }
    for (size_t k = 0; is_case && k < array && n < MOST_NAMES; k++) {
        known[n++] = e->arrays[k].name;
    }
    for (size_t k = 0; !is_case && k < e->n_probes && n < MOST_NAMES; k++) {
        known[n++] = e->probes[k].name;
    }
    return e2l_fail(file->ctx, E2L_INPUT, "%s: %s: '%.64s' unknown; there are %s (with .sum, .mean, .norm, .max, .min)%s", file->where,
                    place, name, is_case ? "i, row, normal, uniform, parameters, and arrays listed before" : "parameters and probes",
                    e2l_did_you_mean(hint, sizeof hint, name, known, n));
}

/* Rows and elements must meet: a row of the same number (or the one row of a static array), one element or as many. */
static e2l_status check_array(const custom_file *file, const custom_ref *ref, const char *name, size_t array, const char *place)
{
    const e2l_array *of = &file->experiment.arrays[ref->at];
    const e2l_array *to = &file->experiment.arrays[array];
    const bool rows_meet = of->kind == E2L_ARRAY_STATIC || (of->kind == to->kind && of->n_rows == to->n_rows);
    if (!rows_meet) {
        return e2l_fail(file->ctx, E2L_INPUT, "%s: %s: '%.64s' has rows of its own; only static arrays and those with the same rows can be "
                        "named here", file->where, place, name);
    }
    const uint64_t size = to->kind < E2L_ARRAY_EVENTS ? to->size : 1; /* columns of lists are made one by one */
    if (ref->fold == CUSTOM_VALUE && of->size != 1 && of->size != size) {
        return e2l_fail(file->ctx, E2L_INPUT, "%s: %s: '%.64s' has %llu elements, %s %llu", file->where, place, name,
                        (unsigned long long)of->size, to->kind < E2L_ARRAY_EVENTS ? "this array" : "a column", (unsigned long long)size);
    }
    return E2L_OK;
}

static e2l_status find_array(const custom_file *file, const char *name, size_t array, const char *place, custom_ref *out)
{
    char base[NAME_BYTES];
    const custom_fold fold = split(name, base);
    for (size_t k = 0; k < array; k++) {
        if (strcmp(file->experiment.arrays[k].name, base) == 0 && file->experiment.arrays[k].kind < E2L_ARRAY_EVENTS) {
            *out = (custom_ref){.kind = CUSTOM_ARRAY, .at = k, .fold = fold};
            return check_array(file, out, name, array, place);
        }
    }
    return unknown(file, name, array, place);
}

static e2l_status find_probe(const custom_file *file, const char *name, const char *place, custom_ref *out)
{
    char base[NAME_BYTES];
    const custom_fold fold = split(name, base);
    for (size_t k = 0; k < file->experiment.n_probes; k++) {
        const e2l_probe_place *at = &file->layout.places[k];
        if (strcmp(file->experiment.probes[k].name, base) != 0) {
            continue;
        }
        *out = (custom_ref){.kind = CUSTOM_PROBE, .at = k, .fold = fold};
        if (fold == CUSTOM_VALUE && at->width * at->n_looks != 1) {
            return e2l_fail(file->ctx, E2L_INPUT, "%s: %s: probe '%.64s' has %zu values; say which: %.64s.sum, .mean, .norm, .max or .min",
                            file->where, place, name, at->width * at->n_looks, name);
        }
        return E2L_OK;
    }
    return unknown(file, name, file->experiment.n_arrays, place);
}

static e2l_status bind_name(const custom_file *file, const char *name, size_t array, const char *place, custom_ref *out)
{
    const bool is_case = array < file->experiment.n_arrays;
    if ((is_case && find_fixed(name, out)) || find_parameter(file, name, out)) {
        return E2L_OK;
    }
    return is_case ? find_array(file, name, array, place, out) : find_probe(file, name, place, out);
}

e2l_status custom_formula_read(custom_file *file, const cJSON *json, size_t array, const char *place, custom_formula *out)
{
    char digits[E2L_NUMBER_BYTES];
    const char *text = cJSON_IsString(json) ? json->valuestring : NULL;
    text = cJSON_IsNumber(json) ? e2l_number_shortest(digits, json->valuedouble) : text;
    if (!text) {
        return e2l_fail(file->ctx, E2L_INPUT, "%s: %s: expected an expression (a text) or a number", file->where, place);
    }
    const e2l_scope scope = {.any_name = true};
    e2l_status status = e2l_expr_parse(file->ctx, &out->expr, text, strlen(text), &scope);
    if (status != E2L_OK) {
        return status == E2L_NOMEM ? status : e2l_fail_at(file->ctx, status, "%s: %s", file->where, place);
    }
    const size_t n = e2l_expr_n_names(out->expr);
    out->refs = e2l_arena_alloc(file->arena, n + 1, sizeof *out->refs);
    status = out->refs ? E2L_OK : E2L_NOMEM;
    for (size_t k = 0; k < n && status == E2L_OK; k++) {
        status = bind_name(file, e2l_expr_name(out->expr, k), array, place, &out->refs[k]);
    }
    return status;
}

/* ---- folds over elements ---------------------------------------------------------------------------- */

static double fold_of(custom_fold fold, const double *values, size_t n)
{
    double sum = 0;
    double best = n > 0 ? values[0] : 0;
    for (size_t k = 0; k < n; k++) {
        sum += fold == CUSTOM_NORM ? values[k] * values[k] : values[k];
        const bool is_better = fold == CUSTOM_MAX ? values[k] > best : values[k] < best;
        best = is_better || isnan(values[k]) ? values[k] : best;
    }
    return fold == CUSTOM_SUM    ? sum
           : fold == CUSTOM_MEAN ? sum / (double)n
           : fold == CUSTOM_NORM ? sqrt(sum)
           : fold == CUSTOM_VALUE ? values[0]
                                 : best;
}

double custom_value(const custom_file *file, const custom_formula *formula, const double *recorded)
{
    double values[MOST_NAMES];
    const double *inputs[MOST_NAMES];
    double out = 0;
    const size_t n = e2l_expr_n_names(formula->expr);
    for (size_t k = 0; k < n && k < MOST_NAMES; k++) {
        const custom_ref *ref = &formula->refs[k];
        if (ref->kind == CUSTOM_PARAMETER) {
            values[k] = file->parameters[ref->at];
        } else {
            const e2l_probe_place *place = &file->layout.places[ref->at];
            values[k] = fold_of(ref->fold, recorded + place->offset, place->width * place->n_looks);
        }
        inputs[k] = &values[k];
    }
    e2l_expr_eval(formula->expr, e2l_isa_best(), 1, inputs, &out, file->work);
    return n <= MOST_NAMES ? out : (double)NAN;
}

/* ---- cases: arrays row by row, each a pure function of (case, array, row) ------------------------------- */

typedef struct rows {
    e2l_ctx *ctx;
    const custom_draw *draw;
    size_t array, column; /* column: of a list, else 0 */
    uint64_t row0;
    size_t n_rows, size;
} rows;

static void put_noise(const rows *r, custom_kind kind, double *out)
{
    const char *name = r->draw->file->experiment.arrays[r->array].name;
    const e2l_key site = e2l_key_bytes(name, strlen(name), (e2l_key){kind, r->column});
    for (size_t k = 0; k < r->n_rows; k++) {
        const uint64_t words[] = {r->draw->key.low, r->draw->key.high, site.low, r->row0 + k};
        e2l_stream stream;
        e2l_stream_init(&stream, 0, E2L_PURPOSE_CASE, words, 4);
        if (kind == CUSTOM_NORMAL) {
            e2l_stream_fill_normal(&stream, r->size, out + k * r->size);
        } else {
            e2l_stream_fill_uniform(&stream, r->size, out + k * r->size);
        }
    }
}

static e2l_status put_array(const rows *r, const custom_ref *ref, double *out)
{
    const e2l_array *of = &r->draw->file->experiment.arrays[ref->at];
    const bool is_static = of->kind == E2L_ARRAY_STATIC;
    const size_t n = (size_t)of->size;
    const size_t n_rows = is_static ? 1 : r->n_rows;
    double *values = e2l_alloc(r->ctx, n * n_rows, sizeof *values);
    e2l_status status = values ? custom_fill(r->ctx, r->draw, ref->at, is_static ? 0 : r->row0, n_rows, values) : E2L_NOMEM;
    for (size_t k = 0; k < r->n_rows && status == E2L_OK; k++) {
        const double *from = values + (is_static ? 0 : k * n);
        const double folded = fold_of(ref->fold, from, n);
        for (size_t i = 0; i < r->size; i++) {
            out[k * r->size + i] = ref->fold == CUSTOM_VALUE && n > 1 ? from[i] : folded;
        }
    }
    e2l_free(r->ctx, values);
    return status;
}

static e2l_status put_input(const rows *r, const custom_ref *ref, double *out)
{
    const size_t lanes = r->n_rows * r->size;
    switch (ref->kind) {
    case CUSTOM_NORMAL:
    case CUSTOM_UNIFORM:
        put_noise(r, ref->kind, out);
        return E2L_OK;
    case CUSTOM_ARRAY:
        return put_array(r, ref, out);
    case CUSTOM_INDEX:
    case CUSTOM_ROW:
    case CUSTOM_PARAMETER:
    case CUSTOM_PROBE:
        break;
    }
    for (size_t k = 0; k < lanes; k++) {
        out[k] = ref->kind == CUSTOM_INDEX ? (double)(k % r->size)
                 : ref->kind == CUSTOM_ROW ? (double)(r->row0 + k / r->size)
                                           : r->draw->file->parameters[ref->at];
    }
    return E2L_OK;
}

static e2l_status check_finite(const rows *r, const double *values)
{
    for (size_t k = 0; k < r->n_rows * r->size; k++) {
        if (!isfinite(values[k])) {
            return e2l_fail(r->ctx, E2L_INPUT, "%s: case.%s: row %llu, element %zu is not finite", r->draw->file->where,
                            r->draw->file->experiment.arrays[r->array].name, (unsigned long long)(r->row0 + k / r->size), k % r->size);
        }
    }
    return E2L_OK;
}

static e2l_status evaluate(const rows *r, const custom_formula *formula, double *out)
{
    const size_t n = e2l_expr_n_names(formula->expr);
    const size_t lanes = r->n_rows * r->size;
    double *values = e2l_alloc(r->ctx, n * lanes, sizeof *values);
    const double **inputs = e2l_alloc(r->ctx, n, sizeof *inputs);
    void *work = e2l_alloc_lanes(r->ctx, e2l_expr_eval_bytes(formula->expr), 1);
    e2l_status status = values && inputs && work ? E2L_OK : E2L_NOMEM;
    for (size_t k = 0; k < n && status == E2L_OK; k++) {
        inputs[k] = values + k * lanes;
        status = put_input(r, &formula->refs[k], values + k * lanes);
    }
    if (status == E2L_OK) {
        e2l_expr_eval(formula->expr, e2l_isa_best(), lanes, inputs, out, work);
        status = check_finite(r, out);
    }
    e2l_free(r->ctx, work);
    e2l_free(r->ctx, inputs);
    e2l_free(r->ctx, values);
    return status;
}

/* A list of events or edges, column by column. */
static e2l_status evaluate_list(const rows *r, const custom_source *source, double *out)
{
    const size_t width = (size_t)e2l_array_n_columns(&r->draw->file->experiment.arrays[r->array]);
    double *column = e2l_alloc(r->ctx, r->n_rows, sizeof *column);
    e2l_status status = column ? E2L_OK : E2L_NOMEM;
    for (size_t c = 0; c < width && status == E2L_OK; c++) {
        const rows one = {.ctx = r->ctx, .draw = r->draw, .array = r->array, .column = c, .row0 = r->row0, .n_rows = r->n_rows, .size = 1};
        status = evaluate(&one, &source->columns[c], column);
        for (size_t k = 0; k < r->n_rows && status == E2L_OK; k++) {
            out[k * width + c] = column[k];
        }
    }
    e2l_free(r->ctx, column);
    return status;
}

/* Rows of a table, shorter for some case than the longest list: the rest is nothing. */
static void copy_list(const rows *r, const custom_table *table, size_t first, double *out)
{
    for (size_t k = 0; k < r->n_rows * table->n_columns; k++) {
        const size_t row = first + k / table->n_columns;
        out[k] = row < table->n_rows ? table->values[row * table->n_columns + k % table->n_columns] : -1;
    }
}

/* The block of the table that this case reads: blocks are dealt to search, select and test in turn when there are enough. */
static size_t block_of(const custom_draw *draw, const custom_source *source)
{
    const size_t n = source->table.n_rows / source->rows_per_case;
    if (n == 0) { /* a list shorter than it may be: the only one */
        return 0;
    }
    if (n < 3) {
        return draw->k % n;
    }
    const size_t mine = (n - draw->set + 2) / 3;
    return draw->set + 3 * (draw->k % mine);
}

/* Row k of a data set is the same in every array of the case that takes columns of it. */
static void put_dataset(const rows *r, const custom_source *source, double *out)
{
    const char *name = source->dataset->name;
    const e2l_key site = e2l_key_bytes(name, strlen(name), (e2l_key){0, 0});
    for (size_t k = 0; k < r->n_rows; k++) {
        const uint64_t words[] = {r->draw->key.low, r->draw->key.high, site.low, r->row0 + k};
        double row[E2L_DATASET_MAX_COLUMNS];
        e2l_stream stream;
        e2l_stream_init(&stream, 0, E2L_PURPOSE_CASE, words, 4);
        source->dataset->draw(&stream, row);
        for (size_t i = 0; i < r->size; i++) {
            out[k * r->size + i] = row[source->chosen[i]];
        }
    }
}

e2l_status custom_fill(e2l_ctx *ctx, const custom_draw *draw, size_t array, uint64_t row0, size_t n_rows, double *out)
{
    const custom_source *source = &draw->file->sources[array];
    const e2l_array *about = &draw->file->experiment.arrays[array];
    const rows r = {.ctx = ctx, .draw = draw, .array = array, .row0 = row0, .n_rows = n_rows, .size = (size_t)e2l_array_n_columns(about)};
    if (n_rows == 0) {
        return E2L_OK;
    }
    if (source->formula.expr || source->columns[0].expr) {
        return source->formula.expr ? evaluate(&r, &source->formula, out) : evaluate_list(&r, source, out);
    }
    if (about->kind >= E2L_ARRAY_EVENTS) {
        copy_list(&r, &source->table, block_of(draw, source) * source->rows_per_case + (size_t)row0, out);
        return E2L_OK;
    }
    if (source->dataset) {
        put_dataset(&r, source, out);
        return E2L_OK;
    }
    const size_t per_row = source->table.n_columns == r.size ? 1 : r.size; /* a static array may stand in one column */
    const size_t first = block_of(draw, source) * source->rows_per_case + (size_t)row0 * per_row;
    memcpy(out, source->table.values + first * source->table.n_columns, n_rows * r.size * sizeof *out);
    return E2L_OK;
}
