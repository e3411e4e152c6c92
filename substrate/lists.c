/* lists.c: see lists.h. What a list may hold is said in experiment.h. */
#include "substrate/lists.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double last_row = 9007199254740992.0; /* 2^53: later events never happen */
static const double slack = 1e-9;                  /* 0.3 / 0.1 is a little less than 3 */

/* All rows of the list as the case fills them. Gives *out. */
static e2l_status read_rows(e2l_ctx *ctx, const e2l_experiment *experiment, const e2l_case *one, size_t array, double **out)
{
    const e2l_array *about = &experiment->arrays[array];
    const size_t n = (size_t)about->n_rows;
    *out = e2l_alloc(ctx, n, (size_t)e2l_array_n_columns(about) * sizeof **out);
    if (!*out) {
        return E2L_NOMEM;
    }
    e2l_status status = one->fill(one, ctx, array, 0, n, *out);
    if (status != E2L_OK) {
        e2l_free(ctx, *out);
        *out = NULL;
    }
    return status;
}

/* Whether `value` is a whole number below n. */
static bool is_index(double value, uint64_t n)
{
    return value >= 0 && value < (double)n && value == floor(value);
}

static e2l_status out_of_range(e2l_ctx *ctx, const e2l_experiment *experiment, const e2l_case *one, size_t array, size_t row,
                               const char *what, double value, uint64_t n)
{
    return e2l_fail(ctx, E2L_INPUT, "array '%s' of case %llu: row %zu: %s %.10g, expected a whole number in 0..%llu",
                    experiment->arrays[array].name, (unsigned long long)one->index, row, what, value, (unsigned long long)(n - 1));
}

static int by_row(const void *a, const void *b)
{
    const e2l_event *one = a, *other = b;
    return one->row < other->row ? -1 : one->row > other->row;
}

e2l_status e2l_events_read(e2l_ctx *ctx, const e2l_experiment *experiment, const e2l_case *one, size_t array, e2l_event **out, size_t *n)
{
    const e2l_array *about = &experiment->arrays[array];
    double *rows;
    *out = NULL;
    *n = 0;
    e2l_status status = read_rows(ctx, experiment, one, array, &rows);
    if (status != E2L_OK) {
        return status;
    }
    e2l_event *events = e2l_alloc(ctx, (size_t)about->n_rows, sizeof *events);
    status = events ? E2L_OK : E2L_NOMEM;
    for (size_t k = 0; k < about->n_rows && status == E2L_OK; k++) {
        const double time = rows[2 * k], row = floor(time / experiment->dt + slack);
        if (!(time >= 0) || !(row < last_row)) {
            continue;
        }
        if (!is_index(rows[2 * k + 1], about->size)) {
            status = out_of_range(ctx, experiment, one, array, k, "index", rows[2 * k + 1], about->size);
        }
        events[(*n)++] = (e2l_event){.row = (uint64_t)row, .element = status == E2L_OK ? (uint64_t)rows[2 * k + 1] : 0};
    }
    e2l_free(ctx, rows);
    if (status != E2L_OK) {
        e2l_free(ctx, events);
        return status;
    }
    qsort(events, *n, sizeof *events, by_row);
    *out = events;
    return E2L_OK;
}

size_t e2l_events_find(const e2l_event *events, size_t n, uint64_t row)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (events[middle].row < row) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

e2l_status e2l_edges_read(e2l_ctx *ctx, const e2l_experiment *experiment, const e2l_case *one, size_t array, uint64_t n_pre, uint64_t n_post,
                          bool values, double *out)
{
    const e2l_array *about = &experiment->arrays[array];
    const size_t width = (size_t)about->size;
    double *rows;
    e2l_status status = read_rows(ctx, experiment, one, array, &rows);
    if (status != E2L_OK) {
        return status;
    }
    memset(out, 0, (size_t)(n_pre * n_post) * sizeof *out);
    for (size_t k = 0; k < about->n_rows && status == E2L_OK; k++) {
        const double *edge = rows + k * width;
        if (!(edge[0] >= 0)) {
            continue;
        }
        if (!is_index(edge[0], n_pre)) {
            status = out_of_range(ctx, experiment, one, array, k, "source", edge[0], n_pre);
        } else if (!is_index(edge[1], n_post)) {
            status = out_of_range(ctx, experiment, one, array, k, "target", edge[1], n_post);
        } else {
            out[(uint64_t)edge[1] * n_pre + (uint64_t)edge[0]] = values && width > 2 ? edge[2] : 1;
        }
    }
    e2l_free(ctx, rows);
    return status;
}
