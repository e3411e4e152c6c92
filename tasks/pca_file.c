/* pca_file.c: cases from a JSON file:

       {"eta": 0.01, "alpha": 2, "cases": [{"name": "a", "samples": [[x0, x1], ...], "w0": [..], "pc1": [..]}, ...]}

   eta, alpha and pc1 may be missing; every sample is used once, in order. Without pc1 the target is the top eigenvector
   of the uncentred second moment. A pc1 whose length is within 1e-6 of 1 is taken as it stands, any other is scaled to
   length 1. Everything else about the file is checked, and what is wrong is named with its place. */
#include "tasks/pca_impl.h"
#include "substrate/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_eigen.h>

enum {
    MAX_INPUTS = 1 << 20,
    MAX_EIGEN_INPUTS = 1024 /* second moments beyond need pc1: n^2 memory, n^3 time */
};
static const double unit_tolerance = 1e-6;
static const double max_alpha = 1e9;
static const double max_eta = 1e6;

/* Where in the file we are, for messages. */
typedef struct place {
    e2l_ctx *ctx;
    const char *where;
    size_t k;         /* case */
    const char *name; /* of the case, or NULL while unknown */
} place;

static e2l_status fail_case(const place *at, const char *what)
{
    return at->name ? e2l_fail(at->ctx, E2L_INPUT, "%s: cases[%zu] ('%s'): %s", at->where, at->k, at->name, what)
                    : e2l_fail(at->ctx, E2L_INPUT, "%s: cases[%zu]: %s", at->where, at->k, what);
}

/* A number that is one: `row` SIZE_MAX for vectors. */
static e2l_status read_element(const place *at, double *out, const cJSON *item, const char *key, size_t row,
                               size_t i)
{
    if (cJSON_IsNumber(item) && isfinite(item->valuedouble)) {
        *out = item->valuedouble;
        return E2L_OK;
    }
    char what[96];
    if (row == SIZE_MAX) {
        (void)snprintf(what, sizeof what, "%s[%zu] is not a finite number", key, i);
    } else {
        (void)snprintf(what, sizeof what, "%s[%zu][%zu] is not a finite number", key, row, i);
    }
    return fail_case(at, what);
}

static e2l_status read_numbers(const place *at, double *out, size_t n, const cJSON *list, const char *key,
                               size_t row)
{
    e2l_status status = E2L_OK;
    size_t i = 0;
    for (const cJSON *item = list->child; item && i < n && status == E2L_OK; item = item->next) {
        status = read_element(at, &out[i], item, key, row, i);
        i++;
    }
    return status;
}

/* Gives a vector of n numbers in the arena, or NULL when the key is missing. */
static e2l_status read_vector(const place *at, e2l_arena *arena, double **out, size_t n, const cJSON *object,
                              const char *key)
{
    *out = NULL;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!list) {
        return E2L_OK;
    }
    char what[128];
    if (!cJSON_IsArray(list)) {
        (void)snprintf(what, sizeof what, "%s is not a list of numbers", key);
        return fail_case(at, what);
    }
    size_t have = (size_t)cJSON_GetArraySize(list);
    if (have != n) {
        (void)snprintf(what, sizeof what, "%s has %zu numbers, the samples have %zu", key, have, n);
        return fail_case(at, what);
    }
    *out = e2l_arena_alloc(arena, n, sizeof **out);
    return *out ? read_numbers(at, *out, n, list, key, SIZE_MAX) : E2L_NOMEM;
}

/* Width of the samples from the first row. */
static e2l_status measure_samples(const place *at, const cJSON *samples, pca_case *out)
{
    if (!samples) {
        return fail_case(at, "samples are missing (a list of rows of numbers)");
    }
    if (!cJSON_IsArray(samples) || !samples->child) {
        return fail_case(at, "samples is not a list of at least one row");
    }
    if (!cJSON_IsArray(samples->child) || !samples->child->child) {
        return fail_case(at, "samples[0] is not a list of at least one number");
    }
    out->n = (size_t)cJSON_GetArraySize(samples->child);
    out->n_steps = (size_t)cJSON_GetArraySize(samples);
    return out->n <= MAX_INPUTS ? E2L_OK : fail_case(at, "samples[0] has more than 1048576 numbers");
}

static e2l_status check_row(const place *at, const cJSON *row, size_t t, size_t n)
{
    char what[128];
    if (!cJSON_IsArray(row)) {
        (void)snprintf(what, sizeof what, "samples[%zu] is not a list of numbers", t);
        return fail_case(at, what);
    }
    size_t have = (size_t)cJSON_GetArraySize(row);
    if (have != n) {
        (void)snprintf(what, sizeof what, "samples[%zu] has %zu numbers, samples[0] has %zu", t, have, n);
        return fail_case(at, what);
    }
    return E2L_OK;
}

static e2l_status read_samples(const place *at, e2l_arena *arena, const cJSON *object, pca_case *out)
{
    const cJSON *samples = cJSON_GetObjectItemCaseSensitive(object, "samples");
    e2l_status status = measure_samples(at, samples, out);
    if (status != E2L_OK) {
        return status;
    }
    double *values = out->n_steps <= SIZE_MAX / out->n
                         ? e2l_arena_alloc(arena, out->n * out->n_steps, sizeof *values)
                         : NULL;
    if (!values) {
        return E2L_NOMEM;
    }
    size_t t = 0;
    for (const cJSON *row = samples->child; row && status == E2L_OK; row = row->next) {
        status = check_row(at, row, t, out->n);
        if (status == E2L_OK) {
            status = read_numbers(at, values + t * out->n, out->n, row, "samples", t);
        }
        t++;
    }
    out->samples = values;
    return status;
}

/* Second moment, uncentred: the data are taken to have mean zero, as the rule sees them. */
static bool second_moment(const double *samples, size_t n, size_t n_steps, double *out)
{
    bool finite = true;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t t = 0; t < n_steps; t++) {
                sum += samples[t * n + i] * samples[t * n + j];
            }
            out[i * n + j] = out[j * n + i] = sum / (double)n_steps;
            finite = finite && isfinite(sum);
        }
    }
    return finite;
}

static void positive_first(double *v, size_t n)
{
    size_t i = 0;
    while (i < n && v[i] == 0) {
        i++;
    }
    if (i < n && v[i] < 0) {
        for (size_t j = 0; j < n; j++) {
            v[j] = -v[j];
        }
    }
}

/* Top eigenvector of the symmetric matrix; `space` has n * n + n doubles. */
static e2l_status top_eigenvector(e2l_ctx *ctx, double *matrix, size_t n, double *space, double *out)
{
    gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(n);
    if (!work) {
        return e2l_fail(ctx, E2L_NOMEM, "out of memory (eigenvectors of %zu inputs)", n);
    }
    gsl_matrix_view a = gsl_matrix_view_array(matrix, n, n);
    gsl_matrix_view vectors = gsl_matrix_view_array(space, n, n);
    gsl_vector_view values = gsl_vector_view_array(space + n * n, n);
    int failed = gsl_eigen_symmv(&a.matrix, &values.vector, &vectors.matrix, work);
    gsl_eigen_symmv_free(work);
    size_t best = gsl_vector_max_index(&values.vector);
    for (size_t i = 0; i < n; i++) {
        out[i] = space[i * n + best];
    }
    if (failed || !pca_normalise(out, n, 1)) {
        return e2l_fail(ctx, E2L_INPUT, "the eigenvectors of the second moment were not found; give pc1");
    }
    positive_first(out, n);
    return E2L_OK;
}

e2l_status pca_top_component(e2l_ctx *ctx, const double *samples, size_t n, size_t n_steps, double *out)
{
    if (n > MAX_EIGEN_INPUTS) {
        return e2l_fail(ctx, E2L_INPUT, "pc1 is missing: with more than %d inputs it has to be given",
                        MAX_EIGEN_INPUTS);
    }
    double *matrix = e2l_alloc(ctx, 2 * n * n + n, sizeof *matrix);
    if (!matrix) {
        return E2L_NOMEM;
    }
    e2l_status status = E2L_OK;
    double trace = 0;
    if (!second_moment(samples, n, n_steps, matrix)) {
        status = e2l_fail(ctx, E2L_INPUT, "pc1 is missing and the second moment overflows; give pc1");
    }
    for (size_t i = 0; i < n; i++) {
        trace += matrix[i * n + i];
    }
    if (status == E2L_OK && !(trace > 0)) {
        status = e2l_fail(ctx, E2L_INPUT, "pc1 is missing and all samples are zero; give pc1");
    }
    if (status == E2L_OK) {
        status = top_eigenvector(ctx, matrix, n, matrix + n * n, out);
    }
    e2l_free(ctx, matrix);
    return status;
}

static e2l_status settle_component(const place *at, e2l_arena *arena, double *pc1, pca_case *out)
{
    if (!pc1) {
        pc1 = e2l_arena_alloc(arena, out->n, sizeof *pc1);
        if (!pc1) {
            return E2L_NOMEM;
        }
        e2l_status status = pca_top_component(at->ctx, out->samples, out->n, out->n_steps, pc1);
        out->pc1 = pc1;
        return status == E2L_INPUT
                   ? e2l_fail_at(at->ctx, status, "%s: cases[%zu] ('%s')", at->where, at->k, at->name)
                   : status;
    }
    double sum = 0;
    for (size_t i = 0; i < out->n; i++) {
        sum += pc1[i] * pc1[i];
    }
    bool is_unit = fabs(sqrt(sum) - 1) <= unit_tolerance;
    if (!is_unit && !pca_normalise(pc1, out->n, 1)) {
        return fail_case(at, "pc1 is a zero vector");
    }
    out->pc1 = pc1;
    return E2L_OK;
}

static e2l_status read_name(place *at, e2l_arena *arena, const cJSON *object, pca_case *out)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(object, "name");
    if (!cJSON_IsString(name) || !name->valuestring[0]) {
        return fail_case(at, name ? "name is not a text of at least one letter" : "name is missing");
    }
    size_t length = strlen(name->valuestring);
    if (length >= E2L_CASE_NAME_BYTES) {
        return fail_case(at, "name is longer than 63 bytes");
    }
    out->name = at->name = e2l_arena_strdup(arena, name->valuestring, length);
    return out->name ? E2L_OK : E2L_NOMEM;
}

static e2l_key case_key(const pca_case *item)
{
    const uint64_t shape[] = {item->n, item->n_steps};
    e2l_key key = e2l_key_bytes(shape, sizeof shape, (e2l_key){0, 0});
    key = e2l_key_bytes(item->samples, item->n * item->n_steps * sizeof *item->samples, key);
    key = e2l_key_bytes(item->w0, item->n * sizeof *item->w0, key);
    return e2l_key_bytes(item->pc1, item->n * sizeof *item->pc1, key);
}

static e2l_status read_case(place *at, e2l_arena *arena, const cJSON *object, pca_case *out)
{
    static const char *const known[] = {"name", "samples", "w0", "pc1", "about"};
    char where[E2L_MESSAGE_BYTES / 2];
    if (!cJSON_IsObject(object)) {
        return fail_case(at, "is not an object with name, samples, w0");
    }
    (void)snprintf(where, sizeof where, "%s: cases[%zu]", at->where, at->k);
    e2l_status status = e2l_json_known_keys(at->ctx, object, known, sizeof known / sizeof *known, where);
    double *w0 = NULL;
    double *pc1 = NULL;
    status = status == E2L_OK ? read_name(at, arena, object, out) : status;
    status = status == E2L_OK ? read_samples(at, arena, object, out) : status;
    status = status == E2L_OK ? read_vector(at, arena, &w0, out->n, object, "w0") : status;
    if (status == E2L_OK && !w0) {
        status = fail_case(at, "w0 is missing (the weights before the first sample)");
    }
    status = status == E2L_OK ? read_vector(at, arena, &pc1, out->n, object, "pc1") : status;
    status = status == E2L_OK ? settle_component(at, arena, pc1, out) : status;
    if (status == E2L_OK) {
        out->w0 = w0;
        out->key = case_key(out);
    }
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static e2l_status check_names(e2l_ctx *ctx, const pca_file *file, const char *where)
{
    const char **names = e2l_arena_alloc(file->arena, file->n_cases, sizeof *names);
    if (!names) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < file->n_cases; k++) {
        names[k] = file->cases[k].name;
    }
    qsort(names, file->n_cases, sizeof *names, compare_names);
    for (size_t k = 1; k < file->n_cases; k++) {
        if (strcmp(names[k - 1], names[k]) == 0) {
            return e2l_fail(ctx, E2L_INPUT, "%s: two cases have the name '%s'", where, names[k]);
        }
    }
    return E2L_OK;
}

/* An optional number of the file itself in [low, high]; NaN when it is missing. */
static e2l_status read_setting(e2l_ctx *ctx, double *out, const cJSON *root, const char *key, double low,
                               double high, const char *where)
{
    *out = (double)NAN;
    if (!cJSON_HasObjectItem(root, key)) {
        return E2L_OK;
    }
    double value = 0;
    e2l_status status = e2l_json_number(ctx, &value, root, key, where);
    if (status == E2L_OK && !(value >= low && value <= high)) {
        return e2l_fail(ctx, E2L_INPUT, "%s: %s is %g, allowed are %g to %g", where, key, value, low, high);
    }
    *out = value;
    return status;
}

static e2l_status read_cases(e2l_ctx *ctx, pca_file *out, const cJSON *cases, const char *where)
{
    if (!cJSON_IsArray(cases) || !cases->child) {
        return e2l_fail(ctx, E2L_INPUT, "%s: cases %s", where,
                        cases ? "is not a list of at least one case" : "is missing (a list of cases)");
    }
    out->n_cases = (size_t)cJSON_GetArraySize(cases);
    out->cases = e2l_arena_alloc(out->arena, out->n_cases, sizeof *out->cases);
    if (!out->cases) {
        return E2L_NOMEM;
    }
    e2l_status status = E2L_OK;
    size_t k = 0;
    for (const cJSON *item = cases->child; item && status == E2L_OK; item = item->next) {
        place at = {.ctx = ctx, .where = where, .k = k};
        status = read_case(&at, out->arena, item, &out->cases[k]);
        k++;
    }
    return status == E2L_OK ? check_names(ctx, out, where) : status;
}

static e2l_status read_root(e2l_ctx *ctx, pca_file *out, const cJSON *root, const char *where)
{
    static const char *const known[] = {"about", "eta", "alpha", "cases"};
    if (!cJSON_IsObject(root)) {
        return e2l_fail(ctx, E2L_INPUT, "%s: not an object with \"cases\"", where);
    }
    e2l_status status = e2l_json_known_keys(ctx, root, known, sizeof known / sizeof *known, where);
    status = status == E2L_OK ? read_setting(ctx, &out->eta, root, "eta", 1e-300, max_eta, where) : status;
    status = status == E2L_OK ? read_setting(ctx, &out->alpha, root, "alpha", 0, max_alpha, where) : status;
    return status == E2L_OK ? read_cases(ctx, out, cJSON_GetObjectItemCaseSensitive(root, "cases"), where)
                            : status;
}

e2l_status pca_file_parse(e2l_ctx *ctx, pca_file *out, const char *text, size_t length, const char *where)
{
    *out = (pca_file){0};
    cJSON *root = NULL;
    e2l_status status = e2l_json_parse(ctx, &root, text, length, where);
    if (status != E2L_OK) {
        return status;
    }
    status = e2l_arena_create(ctx, &out->arena);
    status = status == E2L_OK ? read_root(ctx, out, root, where) : status;
    e2l_json_free(root);
    if (status != E2L_OK) {
        pca_file_clear(out);
    }
    return status;
}

e2l_status pca_file_read(e2l_ctx *ctx, pca_file *out, const char *path)
{
    *out = (pca_file){0};
    char *text = NULL;
    size_t length = 0;
    e2l_status status = e2l_file_read(ctx, &text, &length, path);
    status = status == E2L_OK ? pca_file_parse(ctx, out, text, length, path) : status;
    e2l_free(ctx, text);
    return status;
}

void pca_file_clear(pca_file *file)
{
    e2l_arena_destroy(file->arena);
    *file = (pca_file){0};
}
