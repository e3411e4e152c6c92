/* custom_file.c: the network file of the task `custom`:

     {"about": TEXT, "source": TEXT, "network": EXPERIMENT (substrate/experiment_read.h),
      "case":       {ARRAY: EXPR | [numbers] | {"file": PATH, "columns": [..]} | {"dataset": NAME, "columns": [..]}},
      "score": EXPR over probes, "best": NUMBER, "measures": {NAME: EXPR}, "eta": NUMBER, "tolerated_loss": NUMBER,
      "functions":  [PRIMITIVE, ..], "references": {NAME: RULE | {SLOT: RULE}}, "blind": [RULE, ..],
      "shifts":     {NAME: {PARAMETER: VALUE}}} */
#include "tasks/custom_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "substrate/experiment_read.h"
#include "substrate/json.h"
#include "tasks/environments.h"

enum { PLACE_BYTES = 256 };

/* ---- problems: all of them at once -------------------------------------------------------------------- */

e2l_status custom_note(custom_file *file, e2l_status status)
{
    if (status != E2L_INPUT) {
        return status;
    }
    const size_t prefix = strlen(file->where);
    for (const char *line = e2l_ctx_message(file->ctx); line[0];) {
        const size_t length = strcspn(line, "\n");
        const bool says_where = strncmp(line, file->where, prefix) == 0 && strncmp(line + prefix, ": ", 2) == 0;
        const size_t skip = says_where ? prefix + 2 : 0; /* it is said once for all */
        e2l_text_append(&file->problems, file->n_problems++ > 0 ? "\n" : "");
        e2l_text_append_n(&file->problems, line + skip, length - skip);
        line += length + (line[length] ? 1 : 0);
    }
    return e2l_text_status(&file->problems);
}

e2l_status custom_report(custom_file *file)
{
    if (file->n_problems == 0) {
        return E2L_OK;
    }
    if (file->n_problems == 1) {
        return e2l_fail(file->ctx, E2L_INPUT, "%s: %s", file->where, e2l_text_get(&file->problems));
    }
    return e2l_fail(file->ctx, E2L_INPUT, "%s: %zu problems\n%s", file->where, file->n_problems, e2l_text_get(&file->problems));
}

/* ---- parameters of the options and of the shifted set ----------------------------------------------------- */

static e2l_status no_parameter(custom_file *file, const cJSON *parameters, const char *name, const char *place)
{
    const char *known[E2L_MAX_LIST];
    size_t n = 0;
    char hint[160];
    for (const cJSON *one = parameters ? parameters->child : NULL; one && n < E2L_MAX_LIST; one = one->next) {
        known[n++] = one->string;
    }
    return e2l_fail(file->ctx, E2L_INPUT, "%s: the network of %s has no parameter '%.64s'%s", place, file->where, name,
                    e2l_did_you_mean(hint, sizeof hint, name, known, n));
}

/* Takes `value` over. */
static e2l_status put_parameter(custom_file *file, const char *name, cJSON *value, const char *place)
{
    cJSON *network = cJSON_GetObjectItemCaseSensitive(file->json, "network");
    cJSON *parameters = cJSON_GetObjectItemCaseSensitive(network, "parameters");
    if (!value) {
        return e2l_fail(file->ctx, E2L_NOMEM, "out of memory");
    }
    if (!cJSON_IsString(value) && !cJSON_IsNumber(value)) {
        cJSON_Delete(value);
        return e2l_fail(file->ctx, E2L_INPUT, "%s: '%.64s': expected a number or an expression", place, name);
    }
    if (!cJSON_GetObjectItemCaseSensitive(parameters, name)) {
        cJSON_Delete(value);
        return no_parameter(file, parameters, name, place);
    }
    if (!cJSON_ReplaceItemInObjectCaseSensitive(parameters, name, value)) {
        cJSON_Delete(value);
        return e2l_fail(file->ctx, E2L_NOMEM, "out of memory");
    }
    return E2L_OK;
}

static e2l_status put_options(custom_file *file, const custom_options *options)
{
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < options->parameters.n && status == E2L_OK; k++) {
        char name[PLACE_BYTES];
        const char *text = options->parameters.at[k];
        const size_t length = strcspn(text, "=");
        if (text[length] != '=' || length == 0 || length >= sizeof name) {
            return e2l_fail(file->ctx, E2L_INPUT, "task.parameters[%zu]: '%.64s', expected NAME=VALUE", k, text);
        }
        memcpy(name, text, length);
        name[length] = '\0';
        status = put_parameter(file, name, cJSON_CreateString(text + length + 1), "task.parameters");
    }
    return status;
}

static e2l_status put_shift(custom_file *file, const char *set)
{
    const size_t prefix = sizeof E2L_SET_SHIFT - 1;
    if (strncmp(set, E2L_SET_SHIFT, prefix) != 0) {
        return E2L_OK;
    }
    const char *known[E2L_MAX_LIST];
    size_t n = 0;
    char hint[160];
    const cJSON *shifts = cJSON_GetObjectItemCaseSensitive(file->json, "shifts");
    for (const cJSON *one = shifts ? shifts->child : NULL; one && n < E2L_MAX_LIST; one = one->next) {
        known[n++] = one->string;
    }
    const cJSON *shift = cJSON_GetObjectItemCaseSensitive(shifts, set + prefix);
    if (!shift) {
        return e2l_fail(file->ctx, E2L_INPUT, "case set '%.60s' unknown: %s has no such shifted set%s", set, file->where,
                        e2l_did_you_mean(hint, sizeof hint, set + prefix, known, n));
    }
    e2l_status status = E2L_OK;
    for (const cJSON *one = shift->child; one && status == E2L_OK; one = one->next) {
        char place[PLACE_BYTES];
        (void)snprintf(place, sizeof place, "%.120s: shifts.%.60s", file->where, set + prefix);
        status = put_parameter(file, one->string, cJSON_Duplicate(one, true), place);
    }
    return status;
}

/* ---- the parts ---------------------------------------------------------------------------------------- */

static e2l_status check_keys(custom_file *file)
{
    static const char *const known[] = {"about", "source", "network", "case", "score", "best", "measures", "eta",
                                        "tolerated_loss", "functions", "references", "blind", "shifts"};
    static const char *const objects[] = {"network", "case", "measures", "references", "shifts"};
    if (!cJSON_IsObject(file->json)) {
        return e2l_fail(file->ctx, E2L_INPUT, "%s: expected an object", file->where);
    }
    e2l_status status = E2L_OK;
    for (const cJSON *one = file->json->child; one && status == E2L_OK; one = one->next) {
        char hint[160];
        bool is_known = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
            is_known = is_known || strcmp(known[k], one->string) == 0;
        }
        if (!is_known) {
            status = custom_note(file, e2l_fail(file->ctx, E2L_INPUT, "%.60s: unknown key%s", one->string,
                                                e2l_did_you_mean(hint, sizeof hint, one->string, known, sizeof known / sizeof *known)));
        }
    }
    for (size_t k = 0; k < sizeof objects / sizeof *objects && status == E2L_OK; k++) {
        const cJSON *one = cJSON_GetObjectItemCaseSensitive(file->json, objects[k]);
        if (k == 0 && !one) {
            return e2l_fail(file->ctx, E2L_INPUT, "%s: network: missing", file->where);
        }
        if (one && !cJSON_IsObject(one)) {
            return e2l_fail(file->ctx, E2L_INPUT, "%s: %s: expected an object", file->where, objects[k]);
        }
    }
    return status;
}

/* All of them, whichever is asked for: a search must not end before a misspelt one is found. */
static e2l_status check_shifts(custom_file *file)
{
    const cJSON *network = cJSON_GetObjectItemCaseSensitive(file->json, "network");
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(network, "parameters");
    const cJSON *shifts = cJSON_GetObjectItemCaseSensitive(file->json, "shifts");
    for (const cJSON *shift = shifts ? shifts->child : NULL; shift; shift = shift->next) {
        char place[PLACE_BYTES];
        (void)snprintf(place, sizeof place, "%.120s: shifts.%.60s", file->where, shift->string);
        if (!cJSON_IsObject(shift)) {
            return e2l_fail(file->ctx, E2L_INPUT, "%s: expected an object {PARAMETER: VALUE}", place);
        }
        for (const cJSON *one = shift->child; one; one = one->next) {
            if (!cJSON_GetObjectItemCaseSensitive(parameters, one->string)) {
                return no_parameter(file, parameters, one->string, place);
            }
        }
    }
    return E2L_OK;
}

static e2l_status read_number(custom_file *file, const char *key, double low, double *out)
{
    const cJSON *json = cJSON_GetObjectItemCaseSensitive(file->json, key);
    if (!json) {
        return E2L_OK;
    }
    if (!cJSON_IsNumber(json) || !(json->valuedouble > low)) {
        return e2l_fail(file->ctx, E2L_INPUT, "%s: %s: expected a number above %g", file->where, key, low);
    }
    *out = json->valuedouble;
    return E2L_OK;
}

/* The records behind the names; who has none is told so by the checker. */
static e2l_status find_environments(custom_file *file)
{
    const size_t n = file->experiment.n_worlds;
    e2l_world *worlds = e2l_arena_alloc(file->arena, n + 1, sizeof *worlds);
    for (size_t k = 0; worlds && k < n; k++) {
        worlds[k] = file->experiment.worlds[k];
        worlds[k].record = e2l_environment_find(worlds[k].environment);
    }
    file->experiment.worlds = worlds;
    return worlds ? E2L_OK : E2L_NOMEM;
}

/* A model's path is seen from the network file, as those of tables are. */
static const char *model_path(custom_file *file, const char *model)
{
    const size_t n = model ? strlen(model) : 0;
    const bool is_path = n > 0 && model[0] != '{' && model[0] != '/' && (strchr(model, '/') || (n > 5 && strcmp(model + n - 5, ".json") == 0));
    const size_t folder = strlen(file->folder);
    char *path = is_path ? e2l_arena_alloc(file->arena, folder + n + 1, 1) : NULL;
    if (path) {
        memcpy(path, file->folder, folder);
        memcpy(path + folder, model, n + 1);
    }
    return is_path ? path : model;
}

static e2l_status find_models(custom_file *file)
{
    e2l_experiment *e = &file->experiment;
    e2l_population *populations = e2l_arena_alloc(file->arena, e->n_populations + 1, sizeof *populations);
    e2l_projection *projections = e2l_arena_alloc(file->arena, e->n_projections + 1, sizeof *projections);
    if (!populations || !projections) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < e->n_populations; k++) {
        populations[k] = e->populations[k];
        populations[k].model = model_path(file, populations[k].model);
        if (e->populations[k].model && !populations[k].model) {
            return E2L_NOMEM;
        }
    }
    for (size_t k = 0; k < e->n_projections; k++) {
        projections[k] = e->projections[k];
        projections[k].model = model_path(file, projections[k].model);
        if (e->projections[k].model && !projections[k].model) {
            return E2L_NOMEM;
        }
    }
    e->populations = populations;
    e->projections = projections;
    return E2L_OK;
}

static e2l_status read_network(custom_file *file)
{
    static const char where[] = "network";
    e2l_status status = e2l_experiment_read(file->ctx, file->arena, cJSON_GetObjectItemCaseSensitive(file->json, "network"), where,
                                            &file->experiment);
    if (status != E2L_OK) {
        return status;
    }
    file->is_read = true;
    status = find_environments(file);
    status = status == E2L_OK ? find_models(file) : status;
    if (status != E2L_OK) {
        return status;
    }
    file->parameters = e2l_arena_alloc(file->arena, file->experiment.n_parameters + 1, sizeof *file->parameters);
    status = file->parameters ? e2l_experiment_constants(file->ctx, &file->experiment, where, file->parameters) : E2L_NOMEM;
    if (status == E2L_OK) {
        status = e2l_experiment_check(file->ctx, &file->experiment, &file->layout);
    }
    file->is_whole = status == E2L_OK;
    const size_t n_slots = e2l_experiment_slots(&file->experiment, NULL, 0);
    if (n_slots == 0 || n_slots > E2L_MAX_SLOTS) {
        status = custom_note(file, status);
    }
    if (status == E2L_OK && (n_slots == 0 || n_slots > E2L_MAX_SLOTS)) {
        status = e2l_fail(file->ctx, E2L_INPUT, "%s: %zu slots; a rule needs 1 to %d", where, n_slots, E2L_MAX_SLOTS);
    }
    return status;
}

static e2l_status read_sources(custom_file *file)
{
    const e2l_experiment *e = &file->experiment;
    const cJSON *all = cJSON_GetObjectItemCaseSensitive(file->json, "case");
    const char *known[CUSTOM_MAX_ARRAYS];
    if (e->n_arrays > CUSTOM_MAX_ARRAYS) {
        return e2l_fail(file->ctx, E2L_INPUT, "%s: network.arrays: %zu arrays, at most %d", file->where, e->n_arrays, CUSTOM_MAX_ARRAYS);
    }
    for (size_t k = 0; k < e->n_arrays; k++) {
        known[k] = e->arrays[k].name;
    }
    e2l_status status = all ? custom_note(file, e2l_json_known_keys(file->ctx, all, known, e->n_arrays, "case")) : E2L_OK;
    file->sources = e2l_arena_alloc(file->arena, e->n_arrays + 1, sizeof *file->sources);
    status = file->sources ? status : E2L_NOMEM;
    for (size_t k = 0; k < e->n_arrays && status == E2L_OK; k++) {
        const cJSON *one = cJSON_GetObjectItemCaseSensitive(all, known[k]);
        if (one) {
            status = custom_note(file, custom_source_read(file, one, k));
        } else if (known[k]) {
            status = custom_note(file, e2l_fail(file->ctx, E2L_INPUT, "case.%.64s: missing: nothing says what fills this array", known[k]));
        }
    }
    return status;
}

static void need_work(const custom_formula *formula, size_t *most)
{
    const size_t bytes = e2l_expr_eval_bytes(formula->expr);
    *most = bytes > *most ? bytes : *most;
}

static e2l_status read_scores(custom_file *file)
{
    const size_t of_probes = file->experiment.n_arrays;
    const cJSON *score = cJSON_GetObjectItemCaseSensitive(file->json, "score");
    const cJSON *measures = cJSON_GetObjectItemCaseSensitive(file->json, "measures");
    size_t most = 64;
    e2l_status status = custom_note(file, score ? custom_formula_read(file, score, of_probes, "score", &file->score)
                                                : e2l_fail(file->ctx, E2L_INPUT, "score: missing"));
    for (const cJSON *one = measures ? measures->child : NULL; one && status == E2L_OK; one = one->next) {
        char place[PLACE_BYTES];
        if (file->n_measures == E2L_MAX_MEASURES) {
            return e2l_fail(file->ctx, E2L_INPUT, "%s: measures: at most %d", file->where, E2L_MAX_MEASURES);
        }
        custom_measure *measure = &file->measures[file->n_measures++];
        (void)snprintf(place, sizeof place, "measures.%.64s", one->string);
        measure->name = e2l_arena_strdup(file->arena, one->string, strlen(one->string));
        status = measure->name ? custom_note(file, custom_formula_read(file, one, of_probes, place, &measure->formula)) : E2L_NOMEM;
    }
    if (status != E2L_OK || file->n_problems > 0) {
        return status;
    }
    need_work(&file->score, &most);
    for (size_t k = 0; k < file->n_measures; k++) {
        need_work(&file->measures[k].formula, &most);
    }
    file->work = e2l_alloc_lanes(file->ctx, most, 1);
    return file->work ? E2L_OK : E2L_NOMEM;
}

/* Keys of objects are names, so this does not happen; formulas count on it. */
static bool has_nameless(const e2l_experiment *experiment)
{
    bool nameless = false;
    for (size_t k = 0; k < experiment->n_arrays; k++) {
        nameless = nameless || !experiment->arrays[k].name;
    }
    return nameless;
}

static e2l_status read_all(custom_file *file, const custom_options *options, const char *set)
{
    e2l_status status = check_keys(file);
    if (status == E2L_INPUT) { /* there is nothing to look at */
        status = custom_note(file, status);
        return status == E2L_OK ? custom_report(file) : status;
    }
    status = status == E2L_OK ? custom_note(file, check_shifts(file)) : status;
    status = status == E2L_OK ? custom_note(file, put_options(file, options)) : status;
    status = status == E2L_OK ? custom_note(file, put_shift(file, set)) : status;
    status = status == E2L_OK ? custom_note(file, read_network(file)) : status;
    if (status == E2L_OK && file->is_read && !has_nameless(&file->experiment)) {
        status = read_sources(file);
    }
    status = status == E2L_OK && file->is_whole ? read_scores(file) : status;
    status = status == E2L_OK ? custom_note(file, read_number(file, "eta", 0, &file->eta)) : status;
    status = status == E2L_OK ? custom_note(file, read_number(file, "best", -HUGE_VAL, &file->best)) : status;
    status = status == E2L_OK ? custom_note(file, read_number(file, "tolerated_loss", 0, &file->tolerated_loss)) : status;
    return status == E2L_OK ? custom_report(file) : status;
}

static e2l_status put_where(custom_file *file, const char *where)
{
    const char *slash = strrchr(where, '/');
    file->where = e2l_arena_strdup(file->arena, where, strlen(where));
    file->folder = e2l_arena_strdup(file->arena, where, slash ? (size_t)(slash - where) + 1 : 0);
    return file->where && file->folder ? E2L_OK : E2L_NOMEM;
}

e2l_status custom_file_parse(e2l_ctx *ctx, e2l_arena *arena, const char *text, size_t length, const char *where,
                             const custom_options *options, const char *set, custom_file *out)
{
    *out = (custom_file){.ctx = ctx, .arena = arena, .eta = (double)NAN, .best = HUGE_VAL, .problems = {.ctx = ctx}};
    out->key = e2l_key_bytes(text, length, (e2l_key){0, 0});
    e2l_status status = put_where(out, where);
    status = status == E2L_OK ? e2l_json_parse(ctx, &out->json, text, length, where) : status;
    return status == E2L_OK ? read_all(out, options, set) : status;
}

e2l_status custom_file_read(e2l_ctx *ctx, e2l_arena *arena, const custom_options *options, const char *set, custom_file *out)
{
    char *text = NULL;
    size_t length = 0;
    *out = (custom_file){.ctx = ctx};
    if (!options->file || !options->file[0]) {
        return custom_file_parse(ctx, arena, custom_example, strlen(custom_example), "the built-in example", options, set, out);
    }
    e2l_status status = e2l_file_read(ctx, &text, &length, options->file);
    if (status == E2L_OK) {
        status = custom_file_parse(ctx, arena, text, length, options->file, options, set, out);
    }
    e2l_free(ctx, text);
    return status;
}

void custom_file_clear(custom_file *file)
{
    for (size_t k = 0; file->sources && k < file->experiment.n_arrays; k++) {
        e2l_expr_destroy(file->ctx, file->sources[k].formula.expr);
        for (size_t c = 0; c < CUSTOM_COLUMNS; c++) {
            e2l_expr_destroy(file->ctx, file->sources[k].columns[c].expr);
        }
    }
    e2l_expr_destroy(file->ctx, file->score.expr);
    for (size_t k = 0; k < file->n_measures; k++) {
        e2l_expr_destroy(file->ctx, file->measures[k].formula.expr);
    }
    e2l_layout_clear(file->ctx, &file->layout);
    e2l_free(file->ctx, file->work);
    e2l_text_clear(&file->problems);
    e2l_json_free(file->json);
    *file = (custom_file){.ctx = file->ctx};
}
