/* model.c: neuron models read from JSON, the built-in texts or a user's file.

   {"model": NAME, "about": .., "source": .., "parameters": {NAME: [default, unit]}, "ports": {NAME: unit},
    "state": {NAME: [initial expression, unit]}, "step": [statement, ..]}

   Values may be numbers or texts of the one language. What the names in them mean is the resolver's matter. */
#include "substrate/model.h"

#include <stdio.h>
#include <string.h>

#include "substrate/json_impl.h"

enum { PATH_BYTES = 256, MAX_NAME = 64 };

typedef struct loader {
    e2l_ctx *ctx;
    e2l_model *model;
    const char *where;
} loader;

static e2l_status wrong(const loader *loader_now, const char *path, const cJSON *found, const char *expected)
{
    char words[PATH_BYTES];
    return e2l_fail(loader_now->ctx, E2L_INPUT, "%.*s: %s, expected %s", e2l_json_where_length(path), path,
                    e2l_json_describe(words, sizeof words, found), expected);
}

static bool is_name(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    return n > 0 && n <= MAX_NAME && s[n] == '\0' && !(s[0] >= '0' && s[0] <= '9');
}

static e2l_status take_text(const loader *now, char **out, const char *key, const cJSON *json, bool needed)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(json, key);
    char path[PATH_BYTES];
    e2l_json_path(path, sizeof path, now->where, key);
    if (!member && needed) {
        return e2l_fail(now->ctx, E2L_INPUT, "%s: missing, expected a text", path);
    }
    if (member && !cJSON_IsString(member)) {
        return wrong(now, path, member, "a text");
    }
    *out = e2l_strdup(now->ctx, member ? member->valuestring : "");
    return *out ? E2L_OK : E2L_NOMEM;
}

/* A number or a text of the language. */
static e2l_status take_value(const loader *now, e2l_expr **out, const cJSON *json, const char *path)
{
    e2l_status status;
    if (cJSON_IsNumber(json)) {
        e2l_builder *builder;
        status = e2l_builder_create(now->ctx, &builder);
        if (status != E2L_OK) {
            return status;
        }
        uint32_t node = e2l_builder_const(builder, json->valuedouble);
        status = node == E2L_NO_NODE ? E2L_NOMEM : e2l_builder_finish(builder, node, out);
        e2l_builder_destroy(builder);
        return status;
    }
    if (!cJSON_IsString(json)) {
        return wrong(now, path, json, "a number or an expression");
    }
    status = e2l_expr_parse(now->ctx, out, json->valuestring, strlen(json->valuestring),
                            &(e2l_scope){.any_name = true});
    return status == E2L_INPUT ? e2l_fail_at(now->ctx, status, "%s", path) : status;
}

/* [value, unit], or a unit alone (ports). */
static e2l_status take_item(const loader *now, e2l_model_item *item, const cJSON *json, bool has_value,
                            const char *section)
{
    char path[PATH_BYTES], above[PATH_BYTES];
    e2l_json_path(above, sizeof above, now->where, section);
    e2l_json_path(path, sizeof path, above, json->string);
    if (!is_name(json->string)) {
        return e2l_fail(now->ctx, E2L_INPUT, "%s: not a name (letters, digits, _; at most %d)", path,
                        MAX_NAME);
    }
    const cJSON *value = has_value && cJSON_IsArray(json) ? json->child : NULL;
    const cJSON *unit = has_value ? value ? value->next : NULL : json;
    if (!unit || !cJSON_IsString(unit) || (has_value && unit->next)) {
        return wrong(now, path, json, has_value ? "[value, \"unit\"]" : "a unit in quotes");
    }
    item->name = e2l_strdup(now->ctx, json->string);
    item->unit = e2l_strdup(now->ctx, unit->valuestring);
    if (!item->name || !item->unit) {
        return E2L_NOMEM;
    }
    return has_value ? take_value(now, &item->value, value, path) : E2L_OK;
}

static size_t count_children(const cJSON *json)
{
    size_t n = 0;
    for (const cJSON *child = json ? json->child : NULL; child; child = child->next) {
        n++;
    }
    return n;
}

static e2l_status take_items(const loader *now, e2l_model_item **items, size_t *n, const char *key,
                             const cJSON *json, bool has_value)
{
    const cJSON *section = cJSON_GetObjectItemCaseSensitive(json, key);
    char path[PATH_BYTES];
    if (section && !cJSON_IsObject(section)) {
        e2l_json_path(path, sizeof path, now->where, key);
        return wrong(now, path, section, "an object");
    }
    *items = e2l_alloc(now->ctx, count_children(section), sizeof **items);
    if (!*items) {
        return E2L_NOMEM;
    }
    for (const cJSON *child = section ? section->child : NULL; child; child = child->next) {
        *n += 1;
        e2l_status status = take_item(now, &(*items)[*n - 1], child, has_value, key);
        if (status != E2L_OK) {
            return status;
        }
    }
    return E2L_OK;
}

static e2l_status take_statements(const loader *now, const cJSON *json)
{
    e2l_model *model = now->model;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "step");
    char path[PATH_BYTES];
    e2l_json_path(path, sizeof path, now->where, "step");
    if (list && !cJSON_IsArray(list)) {
        return wrong(now, path, list, "a list of statements");
    }
    model->statements = e2l_alloc(now->ctx, count_children(list), sizeof *model->statements);
    if (!model->statements) {
        return E2L_NOMEM;
    }
    for (const cJSON *child = list ? list->child : NULL; child; child = child->next) {
        if (!cJSON_IsString(child)) {
            return wrong(now, path, child, "a statement in quotes");
        }
        e2l_status status =
            e2l_statement_parse(now->ctx, &model->statements[model->n_statements], child->valuestring);
        if (status != E2L_OK) {
            return status == E2L_INPUT
                       ? e2l_fail_at(now->ctx, status, "%s[%zu]", path, model->n_statements)
                       : status;
        }
        model->n_statements++;
    }
    return E2L_OK;
}

/* Parameters, ports and states live in one scope. */
static e2l_status check_names(const loader *now)
{
    const e2l_model *model = now->model;
    const e2l_model_item *lists[] = {model->parameters, model->ports, model->states};
    const size_t counts[] = {model->n_parameters, model->n_ports, model->n_states};
    for (size_t a = 0; a < 3; a++) {
        for (size_t b = 0; b < a; b++) {
            for (size_t i = 0; i < counts[a] * counts[b]; i++) {
                const char *name = lists[a][i / counts[b]].name;
                if (strcmp(name, lists[b][i % counts[b]].name) == 0) {
                    return e2l_fail(now->ctx, E2L_INPUT,
                                    "%s '%s' is declared twice (parameters, ports and state share their names)",
                                    now->where, name);
                }
            }
        }
    }
    return E2L_OK;
}

/* Of neurons or of synapses, and its name. */
static e2l_status take_kind(const loader *now, const cJSON *json)
{
    static const char *const foreign[] = {"model", "ports"};
    e2l_model *model = now->model;
    model->is_synapse = cJSON_GetObjectItemCaseSensitive(json, "synapse") != NULL;
    for (size_t k = 0; model->is_synapse && k < sizeof foreign / sizeof *foreign; k++) {
        if (cJSON_GetObjectItemCaseSensitive(json, foreign[k])) {
            return e2l_fail(now->ctx, E2L_INPUT, "%s a synapse model has no '%s'", now->where, foreign[k]);
        }
    }
    return take_text(now, &model->name, model->is_synapse ? "synapse" : "model", json, true);
}

static e2l_status fill_model(const loader *now, const cJSON *json)
{
    static const char *const known[] = {"model", "synapse", "about", "source", "parameters",
                                        "ports", "state", "step"};
    e2l_model *model = now->model;
    if (!cJSON_IsObject(json)) {
        return wrong(now, now->where, json, "an object that describes a model");
    }
    e2l_status status =
        e2l_json_known_keys(now->ctx, json, known, sizeof known / sizeof *known, now->where);
    if (status == E2L_OK) {
        status = take_kind(now, json);
    }
    if (status == E2L_OK) {
        status = take_text(now, &model->about, "about", json, false);
    }
    if (status == E2L_OK) {
        status = take_text(now, &model->source, "source", json, false);
    }
    if (status == E2L_OK) {
        status = take_items(now, &model->parameters, &model->n_parameters, "parameters", json, true);
    }
    if (status == E2L_OK) {
        status = take_items(now, &model->ports, &model->n_ports, "ports", json, false);
    }
    if (status == E2L_OK) {
        status = take_items(now, &model->states, &model->n_states, "state", json, true);
    }
    if (status == E2L_OK) {
        status = take_statements(now, json);
    }
    return status == E2L_OK ? check_names(now) : status;
}

e2l_status e2l_model_parse(e2l_ctx *ctx, e2l_model **out, const char *text, size_t length,
                           const char *where)
{
    *out = NULL;
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s:", where);
    cJSON *json;
    e2l_status status = e2l_json_parse(ctx, &json, text, length, where);
    if (status != E2L_OK) {
        return status;
    }
    loader now = {.ctx = ctx, .model = e2l_alloc(ctx, 1, sizeof(e2l_model)), .where = path};
    status = now.model ? fill_model(&now, json) : E2L_NOMEM;
    e2l_json_free(json);
    if (status != E2L_OK) {
        e2l_model_destroy(ctx, now.model);
        return status;
    }
    *out = now.model;
    return E2L_OK;
}

static bool is_path(const char *name)
{
    static const char ending[] = ".json";
    size_t n = strlen(name), length = sizeof ending - 1;
    return strchr(name, '/') || (n > length && strcmp(name + n - length, ending) == 0);
}

static e2l_status load_file(e2l_ctx *ctx, e2l_model **out, const char *path)
{
    char *text;
    size_t length;
    e2l_status status = e2l_file_read(ctx, &text, &length, path);
    if (status == E2L_OK) {
        status = e2l_model_parse(ctx, out, text, length, path);
        e2l_free(ctx, text);
    }
    return status;
}

e2l_status e2l_model_load(e2l_ctx *ctx, e2l_model **out, const char *name)
{
    enum { MOST = 64 };
    const char *names[MOST];
    char near[PATH_BYTES], where[PATH_BYTES];
    size_t n = 0;
    *out = NULL;
    if (name[0] == '{') {
        return e2l_model_parse(ctx, out, name, strlen(name), "model given as text");
    }
    if (is_path(name)) {
        return load_file(ctx, out, name);
    }
    for (size_t k = 0; k < e2l_n_model_texts; k++) {
        const e2l_model_text *model = &e2l_model_texts[k];
        if (strcmp(model->name, name) == 0) {
            (void)snprintf(where, sizeof where, "model '%s'", name);
            return e2l_model_parse(ctx, out, model->text, strlen(model->text), where);
        }
        if (n < MOST) {
            names[n++] = model->name;
        }
    }
    const char *hint = e2l_did_you_mean(near, sizeof near, name, names, n);
    return e2l_fail(ctx, E2L_INPUT, "model '%.64s' unknown%s", name, hint[0] ? hint : "; e2l list models shows what there is");
}

static void destroy_items(e2l_ctx *ctx, e2l_model_item *items, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        e2l_free(ctx, items[k].name);
        e2l_free(ctx, items[k].unit);
        e2l_expr_destroy(ctx, items[k].value);
    }
    e2l_free(ctx, items);
}

void e2l_model_destroy(e2l_ctx *ctx, e2l_model *model)
{
    if (!model) {
        return;
    }
    for (size_t k = 0; k < model->n_statements; k++) {
        e2l_statement_clear(ctx, &model->statements[k]);
    }
    e2l_free(ctx, model->statements);
    destroy_items(ctx, model->parameters, model->n_parameters);
    destroy_items(ctx, model->ports, model->n_ports);
    destroy_items(ctx, model->states, model->n_states);
    e2l_free(ctx, model->name);
    e2l_free(ctx, model->about);
    e2l_free(ctx, model->source);
    e2l_free(ctx, model);
}
