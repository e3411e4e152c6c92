/* regression_bind.c: the record of given options: what the target or the table says about terminals, about rules to
   compare with, and about when a search is done.

   Reference: the target's own formula; of a table the least-squares plane through the search's rows. Blind rule: the best
   constant, the median of the search's target values under absolute error, their mean under squared error. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_multifit.h>

#include "cgp/number.h"
#include "tasks/regression_impl.h"

enum { MOST_FIT_ROWS = 20000, MOST_FIT_INPUTS = 32 };
static const double solved_sum = 1e-6; /* of absolute errors, over the points of a case: Koza-6 runs stop here */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static e2l_status best_constant(e2l_ctx *ctx, double *out, const regression_points *points, int error)
{
    const double *values = points->values + (points->n_columns - 1) * points->n;
    const size_t n = points->n;
    double *sorted = e2l_alloc(ctx, n, sizeof *sorted);
    if (!sorted) {
        return E2L_NOMEM;
    }
    memcpy(sorted, values, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_size);
    double mean = 0;
    for (size_t i = 0; i < n; i++) {
        mean += sorted[i] / (double)n;
    }
    *out = error == REGRESSION_SQUARE ? mean : sorted[n / 2];
    e2l_free(ctx, sorted);
    return E2L_OK;
}

/* ---- what is put into the record ------------------------------------------------------------------ */

static char *keep(e2l_arena *arena, const e2l_text *text)
{
    return e2l_text_status(text) == E2L_OK ? e2l_arena_strdup(arena, e2l_text_get(text), text->n) : NULL;
}

static e2l_status put_slot(e2l_task *record, e2l_arena *arena, const char *const *terminals)
{
    e2l_task_slot *slot = e2l_arena_alloc(arena, 1, sizeof *slot);
    if (!slot) {
        return E2L_NOMEM;
    }
    *slot = regression_slot;
    slot->terminals = terminals;
    record->slots = slot;
    return E2L_OK;
}

static e2l_status put_reference(e2l_task *record, e2l_arena *arena, const char *name, const char *formula,
                                const char *about)
{
    e2l_reference *reference = e2l_arena_alloc(arena, 1, sizeof *reference);
    const char **rules = e2l_arena_alloc(arena, 1, sizeof *rules);
    if (!reference || !rules || !formula) {
        return E2L_NOMEM;
    }
    rules[0] = formula;
    *reference = (e2l_reference){.name = name, .rules = rules, .about = about};
    record->references = reference;
    record->n_references = 1;
    return E2L_OK;
}

static e2l_status put_blind(e2l_ctx *ctx, e2l_task *record, e2l_arena *arena, const regression_points *points,
                            int error)
{
    double constant = 0;
    char number[E2L_NUMBER_BYTES];
    e2l_status status = best_constant(ctx, &constant, points, error);
    const char **blind = e2l_arena_alloc(arena, 2, sizeof *blind);
    if (status != E2L_OK || !blind) {
        return E2L_NOMEM;
    }
    const char *text = e2l_number_shortest(number, constant);
    blind[0] = e2l_arena_strdup(arena, text, strlen(text));
    record->blind = blind;
    return blind[0] ? E2L_OK : E2L_NOMEM;
}

/* A case's score where the absolute errors sum to 1e-6 when all are equal. */
static e2l_status put_solved(e2l_task *record, e2l_arena *arena, const regression_options *options, size_t n_points)
{
    double *solved = e2l_arena_alloc(arena, 1, sizeof *solved);
    if (!solved) {
        return E2L_NOMEM;
    }
    const double each = solved_sum / (double)n_points;
    *solved = options->error == REGRESSION_SQUARE ? -each * each : -each;
    record->solved = options->noise > 0 ? NULL : solved;
    return E2L_OK;
}

/* ---- known targets -------------------------------------------------------------------------------- */

static e2l_status bind_target(e2l_ctx *ctx, e2l_task *record, e2l_arena *arena, const regression_options *options,
                              uint64_t seed)
{
    const regression_target *target = &regression_targets[options->target];
    const regression_source source = {.options = *options, .seed = seed, .is_search = true};
    regression_points points;
    e2l_status status = regression_draw(ctx, &points, &source, 0);
    if (status != E2L_OK) {
        return status;
    }
    status = put_slot(record, arena, target->inputs);
    status = status == E2L_OK ? put_reference(record, arena, "target", target->formula, target->source) : status;
    status = status == E2L_OK ? put_blind(ctx, record, arena, &points, options->error) : status;
    status = status == E2L_OK ? put_solved(record, arena, options, points.n) : status;
    regression_points_clear(ctx, &points);
    return status;
}

/* ---- tables --------------------------------------------------------------------------------------- */

static e2l_status copy_terminals(e2l_arena *arena, const char *const **out, const regression_table *table)
{
    const char **names = e2l_arena_alloc(arena, table->csv.n_columns, sizeof *names);
    *out = names;
    for (size_t c = 0, at = 0; names && c < table->csv.n_columns; c++) {
        const char *name = table->csv.names[c];
        if (c != table->target) {
            names[at] = e2l_arena_strdup(arena, name, strlen(name));
            if (!names[at++]) {
                return E2L_NOMEM;
            }
        }
    }
    return names ? E2L_OK : E2L_NOMEM;
}

/* Coefficients of 1 and the inputs, by singular values: columns that say the same share one. False when there are none. */
static bool fit_plane(const regression_points *points, double *out)
{
    const size_t n_inputs = points->n_columns - 1;
    const size_t p = n_inputs + 1;
    const size_t n = points->n < MOST_FIT_ROWS ? points->n : MOST_FIT_ROWS;
    if (n_inputs > MOST_FIT_INPUTS || n < p) {
        return false;
    }
    gsl_matrix *x = gsl_matrix_alloc(n, p);
    gsl_matrix *covariance = gsl_matrix_alloc(p, p);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(n, p);
    bool done = x && covariance && work;
    for (size_t i = 0; done && i < n * p; i++) {
        size_t column = i % p;
        gsl_matrix_set(x, i / p, column, column == 0 ? 1 : points->values[(column - 1) * points->n + i / p]);
    }
    if (done) {
        double chi = 0;
        gsl_vector_const_view y = gsl_vector_const_view_array(points->values + n_inputs * points->n, n);
        gsl_vector_view c = gsl_vector_view_array(out, p);
        done = gsl_multifit_linear(x, &y.vector, &c.vector, covariance, &chi, work) == 0;
    }
    gsl_multifit_linear_free(work);
    gsl_matrix_free(covariance);
    gsl_matrix_free(x);
    for (size_t i = 0; done && i < p; i++) {
        done = isfinite(out[i]);
    }
    return done;
}

static void print_plane(e2l_text *out, const double *coefficients, const char *const *terminals, size_t n)
{
    char number[E2L_NUMBER_BYTES];
    e2l_text_append(out, e2l_number_shortest(number, coefficients[0]));
    for (size_t i = 0; i < n; i++) {
        const double c = coefficients[i + 1];
        e2l_text_appendf(out, " %s %s * %s", c < 0 ? "-" : "+", e2l_number_shortest(number, fabs(c)), terminals[i]);
    }
}

static e2l_status put_plane(e2l_ctx *ctx, e2l_task *record, e2l_arena *arena, const regression_points *points,
                            const char *const *terminals)
{
    double coefficients[MOST_FIT_INPUTS + 1] = {0};
    if (!fit_plane(points, coefficients)) {
        return put_reference(record, arena, "constant", record->blind[0], "the best constant: too few rows for a plane");
    }
    e2l_text text = {.ctx = ctx};
    print_plane(&text, coefficients, terminals, points->n_columns - 1);
    e2l_status status = put_reference(record, arena, "linear", keep(arena, &text),
                                      "least-squares plane through the rows of the search");
    e2l_text_clear(&text);
    return status;
}

static e2l_status bind_rows(e2l_ctx *ctx, e2l_task *record, e2l_arena *arena, const regression_options *options,
                            const regression_table *table)
{
    static const char *const none[] = {NULL};
    const char *const *terminals = NULL;
    regression_points points;
    const size_t n = table->n_search > 0 ? table->n_search : table->csv.n_rows;
    e2l_status status = regression_table_points(ctx, &points, table, 0, n, false);
    if (status != E2L_OK) {
        return status;
    }
    record->shifts = none;
    status = copy_terminals(arena, &terminals, table);
    status = status == E2L_OK ? put_slot(record, arena, terminals) : status;
    status = status == E2L_OK ? put_blind(ctx, record, arena, &points, options->error) : status;
    status = status == E2L_OK ? put_plane(ctx, record, arena, &points, terminals) : status;
    status = status == E2L_OK ? put_solved(record, arena, options, points.n) : status;
    regression_points_clear(ctx, &points);
    return status;
}

e2l_status regression_bind(e2l_ctx *ctx, e2l_task *record, e2l_arena *arena, const void *options, uint64_t task_seed)
{
    const regression_options *given = options;
    if (!given->data || !given->data[0]) {
        return bind_target(ctx, record, arena, given, task_seed);
    }
    regression_table table;
    e2l_status status = regression_table_read(ctx, &table, given, task_seed);
    if (status == E2L_OK) {
        status = bind_rows(ctx, record, arena, given, &table);
        regression_table_clear(ctx, &table);
    }
    return status;
}
