/* task_regression.c: symbolic regression: a formula is tried at points whose values are known.

   Nothing is learned here: the rule itself is the answer, so a case costs one evaluation of the formula per point. With
   e_i = rule(x_i) - t_i over the n points of a case the score is

       abs      - (1/n) sum_i |e_i|              square      - (1/n) sum_i e_i^2

   at most 0. Known answers and microseconds per candidate make it the search's test bench; a table of the user's own
   makes it a tool. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tasks/regression_impl.h"

#define OPTION(member) .offset = offsetof(regression_options, member)

static const char *const sampling_words[] = {"even", "uniform", NULL};
static const char *const error_words[] = {"abs", "square", NULL};
static const double hit = 0.01;             /* |error| of a hit: Koza 1992 */
static const double unscaled_limit = 1024;  /* targets below this need no unit of their own */
enum { TABLE_CASES = 10 };                  /* into which rows held out are split, for a spread over cases */

const e2l_field regression_fields[] = {
    {.key = "target", .type = E2L_FIELD_WORD, OPTION(target), .unit = "1", .fallback = "\"koza6\"",
     .words = regression_target_words, .is_data = true, .help = "a function with a known formula, one of the targets above"},
    {.key = "data", .type = E2L_FIELD_TEXT, OPTION(data), .unit = "path", .fallback = "\"\"", .is_data = true,
     .help = "CSV file of your own: first line names the columns, these are the inputs; target, points, sampling and "
             "noise are then without effect"},
    {.key = "target_column", .type = E2L_FIELD_TEXT, OPTION(target_column), .unit = "1", .fallback = "\"\"",
     .is_data = true, .help = "column of the CSV file that is to be explained; not given: the last one"},
    {.key = "holdout", .type = E2L_FIELD_NUMBER, OPTION(holdout), .unit = "1", .fallback = "0.4", .low = 0, .high = 0.9,
     .is_data = true, .help = "share of the CSV file's rows kept from the search: half for select, half for test; 0: every "
                              "set sees all rows"},
    {.key = "points", .type = E2L_FIELD_COUNT, OPTION(points), .unit = "1", .fallback = "64", .low = 2, .high = 1e6,
     .is_data = true, .help = "points of a case"},
    {.key = "sampling", .type = E2L_FIELD_WORD, OPTION(sampling), .unit = "1", .fallback = "\"even\"",
     .words = sampling_words, .is_data = true,
     .help = "points of the first search case: even over the range, or a uniform draw as all other cases are"},
    {.key = "noise", .type = E2L_FIELD_NUMBER, OPTION(noise), .unit = "1", .fallback = "0", .low = 0, .high = 1e6,
     .is_data = true, .help = "standard deviation of what is added to the target values of the search set"},
    {.key = "error", .type = E2L_FIELD_WORD, OPTION(error), .unit = "1", .fallback = "\"abs\"", .words = error_words,
     .help = "score of a case: minus the mean of |error|, or of its square"},
};
const size_t regression_n_fields = sizeof regression_fields / sizeof *regression_fields;

static const char *const functions[] = {"add", "sub", "mul", "pdiv", NULL};
static const char *const koza6_inputs[] = {"x", NULL};
const e2l_task_slot regression_slot = {
    .name = "rule",
    .terminals = koza6_inputs,
    .functions = functions,
    .about = "value at a point, from its coordinates; constants come from search.constants",
};
/* Those of the default target; regression_bind puts the others in their place. */
static const char *const koza6_rules[] = {"x^6 - 2 * x^4 + x^2"};
static const e2l_reference koza6_reference[] = {{"target", koza6_rules, "Koza, Genetic Programming II (1994)"}};
static const char *const blind[] = {"1", NULL};
static const char *const measures[] = {"max_error", "r2", "hits", NULL};
static const char *const shifts[] = {"range", NULL};

/* ---- points of a family, made when first asked for -------------------------------------------------- */

typedef struct drawn_points {
    size_t k;
    regression_points points;
    double spread; /* sum of squared distances of the target values from their mean */
} drawn_points;

struct regression_cache {
    drawn_points *at; /* [room] owned */
    size_t n, room;
};

static const drawn_points *find_points(const e2l_family *family, size_t k)
{
    const struct regression_cache *cache = family->cache;
    if (cache->n > 0 && k >= cache->at[0].k && k - cache->at[0].k < cache->n && cache->at[k - cache->at[0].k].k == k) {
        return &cache->at[k - cache->at[0].k];
    }
    for (size_t i = 0; i < cache->n; i++) {
        if (cache->at[i].k == k) {
            return &cache->at[i];
        }
    }
    return NULL;
}

static double spread_of(const regression_points *points)
{
    const double *values = points->values + (points->n_columns - 1) * points->n;
    double mean = 0;
    double sum = 0;
    for (size_t i = 0; i < points->n; i++) {
        mean += values[i] / (double)points->n;
    }
    for (size_t i = 0; i < points->n; i++) {
        sum += (values[i] - mean) * (values[i] - mean);
    }
    return sum;
}

/* Rows of case k of a table: the first ones have one row more when the rows do not divide. */
static size_t case_rows(const e2l_family *family, size_t k, size_t *first)
{
    const size_t least = family->n_rows / family->n_cases;
    const size_t more = family->n_rows % family->n_cases;
    *first = family->first_row + k * least + (k < more ? k : more);
    return least + (k < more);
}

static e2l_status make_points(e2l_ctx *ctx, const e2l_family *family, size_t k, regression_points *out)
{
    if (!family->has_table) {
        return regression_draw(ctx, out, &family->source, k);
    }
    size_t first = 0;
    const size_t n = case_rows(family, k, &first);
    return regression_table_points(ctx, out, &family->table, first, n, false);
}

static e2l_status add_points(e2l_ctx *ctx, const e2l_family *family, size_t k)
{
    struct regression_cache *cache = family->cache;
    if (find_points(family, k)) {
        return E2L_OK;
    }
    if (cache->n == cache->room) {
        const size_t room = cache->room > 0 ? 2 * cache->room : 8;
        drawn_points *grown = e2l_realloc(ctx, cache->at, room, sizeof *grown);
        if (!grown) {
            return E2L_NOMEM;
        }
        cache->at = grown;
        cache->room = room;
    }
    drawn_points *now = &cache->at[cache->n];
    now->k = k;
    e2l_status status = make_points(ctx, family, k, &now->points);
    if (status == E2L_OK) {
        now->spread = spread_of(&now->points);
        cache->n++;
    }
    return status;
}

/* ---- opening ----------------------------------------------------------------------------------------- */

static void family_close(e2l_ctx *ctx, e2l_family *family)
{
    if (!family) {
        return;
    }
    for (size_t i = 0; i < family->n_experiments; i++) {
        regression_experiment_destroy(ctx, family->experiments[i]);
    }
    for (size_t i = 0; family->cache && i < family->cache->n; i++) {
        regression_points_clear(ctx, &family->cache->at[i].points);
    }
    if (family->cache) {
        e2l_free(ctx, family->cache->at);
    }
    e2l_free(ctx, family->cache);
    e2l_free(ctx, family->inputs);
    regression_table_clear(ctx, &family->table);
    e2l_free(ctx, family);
}

static e2l_status fail_set(e2l_ctx *ctx, const char *set)
{
    static const char *const known[] = {E2L_SET_SEARCH, E2L_SET_SELECT, E2L_SET_TEST, E2L_SET_ALL,
                                        E2L_SET_SHIFT "range"};
    char hint[64];
    return e2l_fail(ctx, E2L_INPUT,
                    "task 'regression' has no case set '%.60s'; there are search, select, test, all (data files) and "
                    "shift:range%s",
                    set, e2l_did_you_mean(hint, sizeof hint, set, known, sizeof known / sizeof *known));
}

static e2l_status add_experiment(e2l_ctx *ctx, e2l_family *family, size_t n_points)
{
    e2l_status status = regression_experiment_create(ctx, &family->experiments[family->n_experiments], family->inputs,
                                                     family->n_inputs, n_points, family->unit);
    family->n_experiments += status == E2L_OK;
    return status;
}

static e2l_status open_drawn(e2l_ctx *ctx, e2l_family *family, const char *set)
{
    regression_source *source = &family->source;
    source->is_search = strcmp(set, E2L_SET_SEARCH) == 0;
    source->is_wide = strcmp(set, E2L_SET_SHIFT "range") == 0;
    if (strcmp(set, E2L_SET_ALL) == 0) {
        return e2l_fail(ctx, E2L_INPUT, "case set 'all' is for data files; task 'regression' has no 'data' here");
    }
    if (!source->is_search && !source->is_wide && strcmp(set, E2L_SET_SELECT) != 0 && strcmp(set, E2L_SET_TEST) != 0) {
        return fail_set(ctx, set);
    }
    const regression_target *target = &regression_targets[source->options.target];
    e2l_text settings = {.ctx = ctx};
    e2l_fields_data_text(regression_fields, regression_n_fields, &source->options, &settings);
    e2l_text_appendf(&settings, "set=%s\n", set);
    e2l_status status = e2l_text_status(&settings);
    source->settings = e2l_key_bytes(e2l_text_get(&settings), settings.n, (e2l_key){0, 0});
    e2l_text_clear(&settings);
    family->n_inputs = regression_n_inputs(target);
    family->inputs = e2l_alloc(ctx, family->n_inputs, sizeof *family->inputs);
    if (status != E2L_OK || !family->inputs) {
        return E2L_NOMEM;
    }
    memcpy(family->inputs, target->inputs, family->n_inputs * sizeof *family->inputs);
    family->n_cases = SIZE_MAX;
    return add_experiment(ctx, family, (size_t)source->options.points);
}

/* A power of two at least the largest target value, so that weights stay far from their limit. */
static double table_unit(const regression_table *table)
{
    double most = 0;
    for (size_t i = 0; i < table->csv.n_rows; i++) {
        most = fmax(most, fabs(e2l_csv_at(&table->csv, i, table->target)));
    }
    int exponent = 0;
    (void)frexp(most, &exponent);
    return most > unscaled_limit ? ldexp(1, exponent < 1000 ? exponent : 1000) : 1;
}

/* The rows of this set, and into how many cases they are split. */
static e2l_status choose_rows(e2l_ctx *ctx, e2l_family *family, const char *set)
{
    const regression_table *table = &family->table;
    const bool is_search = strcmp(set, E2L_SET_SEARCH) == 0;
    const bool is_all = strcmp(set, E2L_SET_ALL) == 0;
    const bool is_select = strcmp(set, E2L_SET_SELECT) == 0;
    if (!is_search && !is_all && !is_select && strcmp(set, E2L_SET_TEST) != 0) {
        return strncmp(set, E2L_SET_SHIFT, sizeof E2L_SET_SHIFT - 1) == 0
                   ? e2l_fail(ctx, E2L_UNSUPPORTED, "case set '%.60s': data files have no shifted sets", set)
                   : fail_set(ctx, set);
    }
    family->n_rows = is_search ? table->n_search : is_select ? table->n_select : table->n_test;
    family->first_row = is_search ? 0 : is_select ? table->n_search : table->n_search + table->n_select;
    if (is_all || table->n_search == 0) {
        family->first_row = 0;
        family->n_rows = table->csv.n_rows;
    }
    const size_t most = is_search || is_all ? 1 : TABLE_CASES;
    family->n_cases = family->n_rows < most ? family->n_rows : most;
    return E2L_OK;
}

static e2l_status open_table(e2l_ctx *ctx, e2l_family *family, const char *set)
{
    regression_table *table = &family->table;
    e2l_status status = regression_table_read(ctx, table, &family->source.options, family->source.seed);
    if (status != E2L_OK) {
        return status;
    }
    family->has_table = true;
    family->unit = table_unit(table);
    family->inputs = e2l_alloc(ctx, table->csv.n_columns, sizeof *family->inputs);
    if (!family->inputs) {
        return E2L_NOMEM;
    }
    for (size_t c = 0; c < table->csv.n_columns; c++) {
        if (c != table->target) {
            family->inputs[family->n_inputs++] = table->csv.names[c];
        }
    }
    status = choose_rows(ctx, family, set);
    if (status != E2L_OK) {
        return status;
    }
    size_t first = 0;
    const size_t most = case_rows(family, 0, &first);
    status = add_experiment(ctx, family, most);
    if (status == E2L_OK && case_rows(family, family->n_cases - 1, &first) < most) {
        status = add_experiment(ctx, family, most - 1);
    }
    return status;
}

static e2l_status family_open(e2l_ctx *ctx, e2l_family **out, const void *options, uint64_t task_seed, const char *set)
{
    *out = NULL;
    e2l_family *family = e2l_alloc(ctx, 1, sizeof *family);
    if (!family) {
        return E2L_NOMEM;
    }
    family->source.options = *(const regression_options *)options;
    family->source.seed = task_seed;
    family->unit = 1;
    family->cache = e2l_alloc(ctx, 1, sizeof *family->cache);
    const char *path = family->source.options.data;
    e2l_status status = !family->cache ? E2L_NOMEM
                        : path && path[0] ? open_table(ctx, family, set)
                                          : open_drawn(ctx, family, set);
    if (status != E2L_OK) {
        family_close(ctx, family);
        return status;
    }
    *out = family;
    return E2L_OK;
}

/* ---- what a family tells ------------------------------------------------------------------------------ */

static size_t family_n_experiments(const e2l_family *family)
{
    return family->n_experiments;
}

static const e2l_experiment *family_experiment(const e2l_family *family, size_t k)
{
    return &family->experiments[k]->experiment;
}

static size_t family_n_cases(const e2l_family *family)
{
    return family->n_cases;
}

static double family_eta(const e2l_family *family)
{
    (void)family;
    return (double)NAN;
}

static double family_best(const e2l_family *family)
{
    (void)family;
    return 0;
}

/* The points of the cases, one after the other; a table's over and over. */
static e2l_status family_reach(e2l_ctx *ctx, const e2l_family *family, size_t slot, size_t n, double *const *inputs)
{
    (void)slot; /* there is one */
    e2l_status status = E2L_OK;
    size_t done = 0;
    for (size_t k = 0; status == E2L_OK && done < n; k = k + 1 < family->n_cases ? k + 1 : 0) {
        status = add_points(ctx, family, k);
        const drawn_points *drawn = status == E2L_OK ? find_points(family, k) : NULL;
        for (size_t i = 0; drawn && i < drawn->points.n && done < n; i++, done++) {
            for (size_t t = 0; t < family->n_inputs; t++) {
                inputs[t][done] = drawn->points.values[t * drawn->points.n + i];
            }
        }
    }
    return status;
}

/* ---- cases --------------------------------------------------------------------------------------------- */

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps, double *out)
{
    const e2l_family *family = self->user;
    const drawn_points *drawn = find_points(family, (size_t)self->index);
    if (!drawn || array >= family->n_inputs || step0 > 1 || n_steps > 1 - step0) {
        return e2l_fail(ctx, E2L_INTERNAL, "regression: array %zu has no rows %llu to %llu", array,
                        (unsigned long long)step0, (unsigned long long)(step0 + n_steps));
    }
    memcpy(out, drawn->points.values + array * drawn->points.n, n_steps * drawn->points.n * sizeof *out);
    return E2L_OK;
}

static e2l_key key_of(const e2l_family *family, const drawn_points *drawn, size_t k)
{
    const regression_points *points = &drawn->points;
    return family->has_table
               ? e2l_key_bytes(points->values, points->n * points->n_columns * sizeof(double), (e2l_key){0, 0})
               : regression_draw_key(&family->source, k);
}

static e2l_status family_draw(e2l_ctx *ctx, const e2l_family *family, size_t k, size_t *experiment, e2l_case *out,
                              char name[E2L_CASE_NAME_BYTES])
{
    if (k >= family->n_cases) {
        return e2l_fail(ctx, E2L_INPUT, "regression: there is no case %zu, the set has %zu", k, family->n_cases);
    }
    e2l_status status = add_points(ctx, family, k);
    const drawn_points *drawn = find_points(family, k);
    if (status != E2L_OK || !drawn) {
        return status == E2L_OK ? E2L_NOMEM : status;
    }
    *experiment = drawn->points.n == family->experiments[0]->populations[0].size ? 0 : 1;
    *out = (e2l_case){.key = key_of(family, drawn, k), .fill = fill, .user = family, .index = k};
    const char *what = family->has_table ? "rows" : regression_target_words[family->source.options.target];
    (void)snprintf(name, E2L_CASE_NAME_BYTES, "%s-%zu", what, k);
    return E2L_OK;
}

/* ---- score ---------------------------------------------------------------------------------------------- */

static double known_or_nan(double value)
{
    return isfinite(value) ? value : (double)NAN;
}

static void family_score(const e2l_family *family, size_t k, const e2l_recording *recording, e2l_score *out)
{
    *out = (e2l_score){.outcome = recording->outcome, .step = recording->step};
    const drawn_points *drawn = find_points(family, k);
    if (recording->outcome != E2L_OUTCOME_OK || !drawn) {
        return;
    }
    const size_t n = drawn->points.n;
    const double *target = drawn->points.values + (drawn->points.n_columns - 1) * n;
    double sum = 0;
    double squares = 0;
    double most = 0;
    size_t hits = 0;
    for (size_t i = 0; i < n; i++) {
        double error = fabs(recording->values[i] * family->unit - target[i]);
        sum += error;
        squares += error * error;
        most = error > most ? error : most;
        hits += error < hit;
    }
    out->value = 0 - (family->source.options.error == REGRESSION_SQUARE ? squares : sum) / (double)n;
    out->measures[0] = known_or_nan(most);
    out->measures[1] = known_or_nan(1 - squares / drawn->spread);
    out->measures[2] = (double)hits / (double)n;
}

const e2l_task e2l_task_regression = {
    .abi = E2L_TASK_ABI,
    .struct_size = sizeof(e2l_task),
    .name = "regression",
    .summary = "find the formula behind points: known targets (koza6, nguyen, ...) or a CSV file of your own",
    .source = "Koza, Genetic Programming (1992); McDermott et al., GECCO 2012",
    .fields = regression_fields,
    .n_fields = sizeof regression_fields / sizeof *regression_fields,
    .options_size = sizeof(regression_options),
    .slots = &regression_slot,
    .n_slots = 1,
    .references = koza6_reference,
    .n_references = sizeof koza6_reference / sizeof *koza6_reference,
    .blind = blind,
    .measures = measures,
    .shifts = shifts,
    .eta = 1,
    .smoke_cases = 10,
    .best = family_best,
    .reach = family_reach,
    .open = family_open,
    .close = family_close,
    .n_experiments = family_n_experiments,
    .experiment = family_experiment,
    .n_cases = family_n_cases,
    .data_eta = family_eta,
    .draw = family_draw,
    .score = family_score,
    .default_cases = 1,
    .no_eta = true,
    .presets_name = "targets",
    .presets = regression_presets,
    .bind = regression_bind,
};
