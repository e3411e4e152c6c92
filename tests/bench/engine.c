/* engine.c: the production engine on the network of a contest: read from its file, opened, prepared and run as the program does. */
#include <stdio.h>
#include <string.h>

#include "substrate/experiment_read.h"
#include "substrate/json.h"
#include "tests/bench/bench.h"

/* ---- the network -------------------------------------------------------------------------------------------- */
static e2l_status set_parameters(e2l_ctx *ctx, cJSON *json, const bench_contest *contest)
{
    cJSON *const parameters = cJSON_GetObjectItemCaseSensitive(json, "parameters");
    for (size_t k = 0; k < contest->n_settings; ++k) {
        const char *const name = contest->settings[k].parameter;
        cJSON *const number = cJSON_CreateNumber(contest->settings[k].value);
        if (number == NULL || !cJSON_ReplaceItemInObjectCaseSensitive(parameters, name, number)) {
            cJSON_Delete(number);
            return e2l_fail(ctx, E2L_INTERNAL, "network '%s' has no parameter '%s'", contest->network, name);
        }
    }
    return E2L_OK;
}

static e2l_status read_network(e2l_ctx *ctx, bench_engine *e, const bench_contest *contest)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/bench/networks/%s.json", E2L_SOURCE_DIR, contest->network);
    cJSON *json = NULL;
    e2l_status status = e2l_json_read_file(ctx, &json, path);
    status = status == E2L_OK ? set_parameters(ctx, json, contest) : status;
    if (status == E2L_OK && contest->without != NULL) {
        cJSON_DeleteItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(json, "probes"), contest->without);
    }
    status = status == E2L_OK ? e2l_arena_create(ctx, &e->arena) : status;
    status = status == E2L_OK ? e2l_experiment_read(ctx, e->arena, json, contest->network, &e->experiment) : status;
    e2l_json_free(json);
    return status;
}

/* ---- the device ----------------------------------------------------------------------------------------------- */
/* KEY=VALUE as a JSON object: a word that JSON does not know is a string. */
static e2l_status parse_option(e2l_ctx *ctx, cJSON **out, const char *option)
{
    const char *const equals = option != NULL ? strchr(option, '=') : NULL;
    *out = NULL;
    if (equals == NULL) {
        return option == NULL ? E2L_OK : e2l_fail(ctx, E2L_INPUT, "option '%s': KEY=VALUE expected", option);
    }
    e2l_text text = {.ctx = ctx};
    cJSON *const value = cJSON_Parse(equals + 1);
    e2l_text_appendf(&text, "{\"%.*s\": %s%s%s}", (int)(equals - option), option, value != NULL ? "" : "\"", equals + 1,
                     value != NULL ? "" : "\"");
    cJSON_Delete(value);
    e2l_status status = e2l_text_status(&text);
    status = status == E2L_OK ? e2l_json_parse(ctx, out, e2l_text_get(&text), text.n, "--also") : status;
    e2l_text_clear(&text);
    return status;
}

static e2l_status open_device(e2l_ctx *ctx, bench_engine *e, const char *option)
{
    const e2l_substrate *const cpu = e->substrate;
    cJSON *json = NULL;
    void *const options = e2l_alloc(ctx, 1, cpu->options_size);
    e2l_status status = options == NULL ? E2L_NOMEM : parse_option(ctx, &json, option);
    status = status == E2L_OK ? e2l_fields_read(ctx, cpu->fields, cpu->n_fields, json, NULL, 0, "--also", options) : status;
    status = status == E2L_OK ? cpu->open(ctx, &e->device, options) : status;
    e2l_json_free(json);
    if (options != NULL) {
        e2l_fields_clear(ctx, cpu->fields, cpu->n_fields, options);
    }
    e2l_free(ctx, options);
    return status;
}

/* ---- rules and cases -------------------------------------------------------------------------------------------- */
static e2l_status parse_rules(e2l_ctx *ctx, bench_engine *e, const bench_contest *contest)
{
    e->n_slots = e2l_experiment_slots(&e->experiment, NULL, 0);
    e->owned = e2l_alloc(ctx, e->n_slots + 1, sizeof *e->owned);
    e->rules = e2l_alloc(ctx, e->n_slots + 1, sizeof *e->rules);
    e->etas = e2l_alloc(ctx, e->n_slots + 1, sizeof *e->etas);
    if (e->owned == NULL || e->rules == NULL || e->etas == NULL) {
        return E2L_NOMEM;
    }
    e2l_status status = E2L_OK;
    for (size_t k = 0; status == E2L_OK && k < e->n_slots; ++k) {
        status = e2l_expr_parse(ctx, &e->owned[k], contest->rules[k], strlen(contest->rules[k]), NULL);
        e->rules[k] = e->owned[k];
        e->etas[k] = contest->eta;
    }
    return status;
}

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t row0, size_t n_rows, double *out)
{
    (void)ctx;
    const bench_engine *const e = self->user;
    const bench_contest *const contest = e->contest;
    const uint64_t size = e->experiment.arrays[array].size;
    for (uint64_t row = 0; row < n_rows; ++row) {
        for (uint64_t k = 0; k < size; ++k) {
            out[row * size + k] = contest->value(contest->user, array, row0 + row, k, self->index);
        }
    }
    return E2L_OK;
}

static e2l_status make_room(e2l_ctx *ctx, bench_engine *e, const bench_contest *contest)
{
    const size_t n = contest->n_cases;
    e->n_values = e->substrate->layout(e->plan)->n_values;
    e->cases = e2l_alloc(ctx, n, sizeof *e->cases);
    e->recordings = e2l_alloc(ctx, n, sizeof *e->recordings);
    e->values = e2l_alloc_lanes(ctx, n * e->n_values, sizeof *e->values);
    if (e->cases == NULL || e->recordings == NULL || e->values == NULL) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < n; ++k) {
        e->cases[k] = (e2l_case){.key = {k, 1}, .fill = fill, .user = e, .index = k};
        e->recordings[k].values = e->values + k * e->n_values;
    }
    return E2L_OK;
}

e2l_status bench_engine_open(e2l_ctx *ctx, bench_engine *e, const bench_contest *contest, const char *option)
{
    *e = (bench_engine){.substrate = e2l_substrate_find("cpu"), .contest = contest};
    e2l_status status = read_network(ctx, e, contest);
    status = status == E2L_OK ? open_device(ctx, e, option) : status;
    status = status == E2L_OK ? e->substrate->prepare(ctx, e->device, &e->experiment, &e->plan) : status;
    status = status == E2L_OK ? parse_rules(ctx, e, contest) : status;
    return status == E2L_OK ? make_room(ctx, e, contest) : status;
}

e2l_status bench_engine_run(e2l_ctx *ctx, bench_engine *e, double *seconds)
{
    const size_t n = e->contest->n_cases;
    const e2l_candidate candidate = {.rules = e->rules, .etas = e->etas};
    const double start = bench_seconds();
    const e2l_status status = e->substrate->run(ctx, e->plan, &candidate, 1, e->cases, n, NULL, e->recordings);
    *seconds = bench_seconds() - start;
    for (size_t k = 0; status == E2L_OK && k < n; ++k) {
        if (e->recordings[k].outcome != E2L_OUTCOME_OK) {
            return e2l_fail(ctx, E2L_INTERNAL, "%s: case %zu is %s after %llu steps", e->contest->name, k,
                            e2l_outcome_text(e->recordings[k].outcome), (unsigned long long)e->recordings[k].step);
        }
    }
    return status;
}

void bench_engine_close(e2l_ctx *ctx, bench_engine *e)
{
    if (e->plan != NULL) {
        e->substrate->release(ctx, e->plan);
    }
    if (e->device != NULL) {
        e->substrate->close(ctx, e->device);
    }
    for (size_t k = 0; e->owned != NULL && k < e->n_slots; ++k) {
        e2l_expr_destroy(ctx, e->owned[k]);
    }
    e2l_free(ctx, (void *)(uintptr_t)e->owned);
    e2l_free(ctx, (void *)(uintptr_t)e->rules);
    e2l_free(ctx, e->etas);
    e2l_free(ctx, e->cases);
    e2l_free(ctx, e->recordings);
    e2l_free(ctx, e->values);
    e2l_arena_destroy(e->arena);
}
