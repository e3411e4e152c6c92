/* custom_table.c: where an array of the case comes from: a formula, numbers in the network file, a table in a CSV or JSON file beside it, or a
   data set that is drawn. */
#include "tasks/custom_impl.h"

#include <stdio.h>
#include <string.h>

#include "substrate/json.h"
#include "tasks/csv.h"

enum { PLACE_BYTES = 256 };

typedef struct reader {
    custom_file *file;
    size_t array;
    char place[PLACE_BYTES]; /* "net.json: case.samples" */
} reader;

static e2l_status fail_shape(const reader *r, const char *what)
{
    return e2l_fail(r->file->ctx, E2L_INPUT, "%s: %s", r->place, what);
}

static e2l_status open_table(const reader *r, custom_table *table, size_t n_rows, size_t n_columns)
{
    *table = (custom_table){.n_rows = n_rows, .n_columns = n_columns};
    if (n_rows == 0 || n_columns == 0) {
        return fail_shape(r, "no numbers");
    }
    table->values = e2l_arena_alloc(r->file->arena, n_rows, n_columns * sizeof *table->values);
    return table->values ? E2L_OK : E2L_NOMEM;
}

/* [1, 2, ..]: one row; [[..], ..]: rows. */
static e2l_status from_json(const reader *r, const cJSON *json, custom_table *table)
{
    if (!cJSON_IsArray(json)) {
        return fail_shape(r, "expected a list of numbers or of rows");
    }
    const bool has_rows = cJSON_IsArray(json->child);
    const size_t n_rows = has_rows ? (size_t)cJSON_GetArraySize(json) : 1;
    const size_t n = (size_t)cJSON_GetArraySize(has_rows ? json->child : json);
    e2l_status status = open_table(r, table, n_rows, n);
    const cJSON *row = has_rows ? json->child : json;
    for (size_t k = 0; k < n_rows && status == E2L_OK; k++, row = row->next) {
        if (!cJSON_IsArray(row) || (size_t)cJSON_GetArraySize(row) != n) {
            return e2l_fail(r->file->ctx, E2L_INPUT, "%s[%zu]: expected a row of %zu numbers", r->place, k, n);
        }
        const cJSON *cell = row->child;
        for (size_t c = 0; c < n; c++, cell = cell->next) {
            if (!cJSON_IsNumber(cell)) {
                return e2l_fail(r->file->ctx, E2L_INPUT, "%s[%zu][%zu]: expected a number", r->place, k, c);
            }
            table->values[k * n + c] = cell->valuedouble;
        }
    }
    return status;
}

static e2l_status choose_columns(const reader *r, const cJSON *names, const e2l_csv *csv, size_t *columns, size_t *n)
{
    *n = names ? (size_t)cJSON_GetArraySize(names) : csv->n_columns;
    if (names && (!cJSON_IsArray(names) || *n > E2L_CSV_MAX_COLUMNS)) {
        return fail_shape(r, "columns: expected a list of names");
    }
    const cJSON *name = names ? names->child : NULL;
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < *n && status == E2L_OK; k++) {
        columns[k] = k;
        if (name && !cJSON_IsString(name)) {
            return fail_shape(r, "columns: expected a list of names");
        }
        status = name ? e2l_csv_column(r->file->ctx, &columns[k], csv, name->valuestring) : E2L_OK;
        name = name ? name->next : NULL;
    }
    return status;
}

static e2l_status from_csv(const reader *r, const char *path, const cJSON *names, custom_table *table)
{
    e2l_csv csv;
    size_t *columns = e2l_alloc(r->file->ctx, E2L_CSV_MAX_COLUMNS, sizeof *columns);
    size_t n = 0;
    if (!columns) {
        return E2L_NOMEM;
    }
    e2l_status status = e2l_csv_read(r->file->ctx, &csv, path, E2L_CSV_FULL);
    if (status == E2L_OK) {
        status = choose_columns(r, names, &csv, columns, &n);
        status = status == E2L_OK ? open_table(r, table, csv.n_rows, n) : status;
        for (size_t k = 0; status == E2L_OK && k < csv.n_rows * n; k++) {
            table->values[k] = e2l_csv_at(&csv, k / n, columns[k % n]);
        }
        e2l_csv_clear(r->file->ctx, &csv);
    }
    e2l_free(r->file->ctx, columns);
    return status;
}

static e2l_status from_json_file(const reader *r, const char *path, custom_table *table)
{
    cJSON *json = NULL;
    e2l_status status = e2l_json_read_file(r->file->ctx, &json, path);
    status = status == E2L_OK ? from_json(r, json, table) : status;
    e2l_json_free(json);
    return status;
}

static e2l_status find_dataset(const reader *r, const char *name, const e2l_dataset **out)
{
    const char *known[E2L_MAX_LIST];
    char hint[160];
    *out = e2l_dataset_find(name);
    for (size_t k = 0; !*out && k < e2l_n_datasets && k < E2L_MAX_LIST; k++) {
        known[k] = e2l_datasets[k]->name;
    }
    return *out ? E2L_OK
                : e2l_fail(r->file->ctx, E2L_INPUT, "%s: dataset: '%.64s' unknown%s (e2l list datasets)", r->place, name,
                           e2l_did_you_mean(hint, sizeof hint, name, known, e2l_n_datasets));
}

static e2l_status find_column(const reader *r, const e2l_dataset *dataset, const char *name, size_t *out)
{
    const size_t n = e2l_dataset_n_columns(dataset);
    char hint[160];
    for (*out = 0; *out < n; ++*out) {
        if (strcmp(dataset->columns[*out], name) == 0) {
            return E2L_OK;
        }
    }
    return e2l_fail(r->file->ctx, E2L_INPUT, "%s: columns: '%s' has no column '%.64s'%s", r->place, dataset->name, name,
                    e2l_did_you_mean(hint, sizeof hint, name, dataset->columns, n));
}

/* {"dataset": NAME, "columns": [..]}: as many columns as a row of the array has elements. */
static e2l_status from_dataset(const reader *r, const cJSON *json, custom_source *source)
{
    static const char *const known[] = {"dataset", "columns"};
    const size_t size = (size_t)r->file->experiment.arrays[r->array].size;
    const cJSON *columns = cJSON_GetObjectItemCaseSensitive(json, "columns");
    const char *name = NULL;
    e2l_status status = e2l_json_known_keys(r->file->ctx, json, known, 2, r->place);
    status = status == E2L_OK ? e2l_json_string(r->file->ctx, &name, json, "dataset", r->place) : status;
    status = status == E2L_OK ? find_dataset(r, name, &source->dataset) : status;
    if (status != E2L_OK) {
        return status;
    }
    if (!cJSON_IsArray(columns) || (size_t)cJSON_GetArraySize(columns) != size) {
        return e2l_fail(r->file->ctx, E2L_INPUT, "%s: columns: expected a list of %zu names, one per element of the array", r->place, size);
    }
    source->chosen = e2l_arena_alloc(r->file->arena, size, sizeof *source->chosen);
    status = source->chosen ? E2L_OK : E2L_NOMEM;
    const cJSON *column = columns->child;
    for (size_t k = 0; k < size && status == E2L_OK; k++, column = column->next) {
        status = cJSON_IsString(column) ? find_column(r, source->dataset, column->valuestring, &source->chosen[k])
                                        : fail_shape(r, "columns: expected a list of names");
    }
    return status;
}

/* {"file": PATH, "columns": [..]}: the path as seen from the network file. */
static e2l_status from_file(const reader *r, const cJSON *json, custom_table *table)
{
    static const char *const known[] = {"file", "columns"};
    const char *name = NULL;
    e2l_status status = e2l_json_known_keys(r->file->ctx, json, known, 2, r->place);
    status = status == E2L_OK ? e2l_json_string(r->file->ctx, &name, json, "file", r->place) : status;
    if (status != E2L_OK) {
        return status;
    }
    e2l_text path = {.ctx = r->file->ctx};
    e2l_text_appendf(&path, "%s%s", name[0] == '/' ? "" : r->file->folder, name);
    status = e2l_text_status(&path);
    const size_t length = strlen(name);
    const bool is_json = length > 5 && strcmp(name + length - 5, ".json") == 0;
    if (status == E2L_OK) {
        status = is_json ? from_json_file(r, e2l_text_get(&path), table)
                         : from_csv(r, e2l_text_get(&path), cJSON_GetObjectItemCaseSensitive(json, "columns"), table);
    }
    e2l_text_clear(&path);
    return status == E2L_INPUT ? e2l_fail_at(r->file->ctx, status, "%s", r->place) : status;
}

static e2l_status check_shape(const reader *r, custom_source *source)
{
    const e2l_array *array = &r->file->experiment.arrays[r->array];
    const custom_table *table = &source->table;
    const uint64_t rows = e2l_array_n_rows(&r->file->experiment, r->array), columns = e2l_array_n_columns(array);
    const bool is_column = array->kind == E2L_ARRAY_STATIC && table->n_columns == 1;
    const bool is_list = array->kind >= E2L_ARRAY_EVENTS; /* may be shorter than the longest */
    const uint64_t needed = is_column ? array->size : rows;
    if ((!is_column && table->n_columns != columns) || (!is_list && table->n_rows < needed) || needed == 0) {
        return e2l_fail(r->file->ctx, E2L_INPUT, "%s: %zu rows of %zu numbers; a case needs %llu rows of %llu", r->place, table->n_rows,
                        table->n_columns, (unsigned long long)rows, (unsigned long long)columns);
    }
    source->rows_per_case = (size_t)needed;
    r->file->key = e2l_key_bytes(table->values, table->n_rows * table->n_columns * sizeof *table->values, r->file->key);
    return E2L_OK;
}

/* {"time": EXPR, "index": EXPR} or {"source": EXPR, "target": EXPR, "value": EXPR}. */
static e2l_status from_columns(const reader *r, const cJSON *json, custom_source *source)
{
    static const char *const names[2][CUSTOM_COLUMNS] = {{"time", "index", NULL}, {"source", "target", "value"}};
    const e2l_array *array = &r->file->experiment.arrays[r->array];
    const char *const *known = names[array->kind == E2L_ARRAY_EVENTS ? 0 : 1];
    const size_t n = (size_t)e2l_array_n_columns(array);
    e2l_status status = e2l_json_known_keys(r->file->ctx, json, known, n, r->place);
    for (size_t k = 0; k < n && k < CUSTOM_COLUMNS && status == E2L_OK; k++) {
        char place[PLACE_BYTES];
        const cJSON *one = cJSON_GetObjectItemCaseSensitive(json, known[k]);
        (void)snprintf(place, sizeof place, "case.%.64s.%s", array->name, known[k]);
        status = one ? custom_formula_read(r->file, one, r->array, place, &source->columns[k])
                     : e2l_fail(r->file->ctx, E2L_INPUT, "%s.%s: missing", r->place, known[k]);
    }
    return status;
}

e2l_status custom_source_read(custom_file *file, const cJSON *json, size_t array)
{
    custom_source *source = &file->sources[array];
    reader r = {.file = file, .array = array};
    char place[PLACE_BYTES];
    (void)snprintf(place, sizeof place, "case.%.64s", file->experiment.arrays[array].name);
    (void)snprintf(r.place, sizeof r.place, "%.120s: case.%.64s", file->where, file->experiment.arrays[array].name);
    const bool is_list = file->experiment.arrays[array].kind >= E2L_ARRAY_EVENTS;
    if (!cJSON_IsArray(json) && !cJSON_IsObject(json)) {
        return is_list ? fail_shape(&r, "a list: its columns are formulas, {\"time\", \"index\"} of events, {\"source\", \"target\", \"value\"} of edges")
                       : custom_formula_read(file, json, array, place, &source->formula);
    }
    if (is_list && cJSON_IsObject(json) && !cJSON_HasObjectItem(json, "file")) {
        return from_columns(&r, json, source);
    }
    if (cJSON_GetObjectItemCaseSensitive(json, "dataset")) {
        return from_dataset(&r, json, source);
    }
    e2l_status status = cJSON_IsObject(json) ? from_file(&r, json, &source->table) : from_json(&r, json, &source->table);
    return status == E2L_OK ? check_shape(&r, source) : status;
}
