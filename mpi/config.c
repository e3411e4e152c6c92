/* config.c: a config's tree into checked values. Four groups, each read by its table; then the names in them are looked up. */
#include "mpi/config.h"

#include <stdio.h>
#include <string.h>

#include "mpi/config_impl.h"
#include "substrate/json.h"

static const char *const GROUPS[] = {"task", "substrate", "search", "output"};
enum { N_GROUPS = sizeof GROUPS / sizeof GROUPS[0], MAX_KEYS = 128, WHERE_BYTES = 512 };

/* What is being read, and everything found wrong so far. */
typedef struct config_reader {
    e2l_ctx *ctx;
    e2l_config *config;
    cJSON *root;
    const char *where;
    e2l_status status; /* first failure */
    e2l_text problems; /* one a line */
} config_reader;

/* Notes a failure and goes on; only a lack of memory ends the reading. */
static void note(config_reader *reader, e2l_status status)
{
    if (status == E2L_OK) {
        return;
    }
    e2l_text_append(&reader->problems, reader->problems.n > 0 ? "\n" : "");
    e2l_text_append(&reader->problems, e2l_ctx_message(reader->ctx));
    reader->status = reader->status == E2L_OK ? status : reader->status;
}

static const char *group_where(const config_reader *reader, const char *group, char where[WHERE_BYTES])
{
    (void)snprintf(where, WHERE_BYTES, "%s: %s", reader->where, group);
    return where;
}

/* Appends a table's keys to a list of names. */
static size_t add_keys(const char **names, size_t n, const e2l_field *fields, size_t n_fields)
{
    for (size_t k = 0; k < n_fields && n < MAX_KEYS; k++) {
        names[n++] = fields[k].key;
    }
    return n;
}

static cJSON *group_object(config_reader *reader, const char *group)
{
    cJSON *object = cJSON_GetObjectItemCaseSensitive(reader->root, group);
    if (object && !cJSON_IsObject(object)) {
        note(reader, e2l_fail(reader->ctx, E2L_INPUT, "%s: %s is not an object {...}", reader->where, group));
        return NULL;
    }
    return object;
}

/* ---- task and substrate ----------------------------------------------------------------------------*/
static e2l_status unknown_name(config_reader *reader, const char *group, const char *name, const char **names, size_t n)
{
    char hint[96];
    return e2l_fail(reader->ctx, E2L_INPUT, "%s: %s '%.60s' unknown%s (e2l list %ss shows them)", reader->where, group, name,
                    e2l_did_you_mean(hint, sizeof hint, name, names, n), group);
}

static e2l_status find_task(config_reader *reader, const char *name)
{
    const char *names[MAX_KEYS];
    size_t n = 0;
    reader->config->task = e2l_task_find(name);
    if (reader->config->task) {
        return E2L_OK;
    }
    for (; n < e2l_n_tasks && n < MAX_KEYS; n++) {
        names[n] = e2l_tasks[n]->name;
    }
    return unknown_name(reader, "task", name, names, n);
}

static e2l_status find_substrate(config_reader *reader, const char *name)
{
    const char *names[MAX_KEYS];
    size_t n = 0;
    reader->config->substrate = e2l_substrate_find(name);
    if (reader->config->substrate) {
        return E2L_OK;
    }
    for (; n < e2l_n_substrates && n < MAX_KEYS; n++) {
        names[n] = e2l_substrates[n]->name;
    }
    return unknown_name(reader, "substrate", name, names, n);
}

/* What options decide: the number of cases when none is given, and the record itself. */
static e2l_status bind_task(config_reader *reader, const cJSON *object)
{
    e2l_config *config = reader->config;
    const e2l_task *task = config->task;
    if (task->default_cases > 0 && !cJSON_GetObjectItemCaseSensitive(object, "cases")) {
        config->common.cases = task->default_cases;
    }
    if (task->no_eta && config->common.eta.kind == E2L_RATE_TUNE) {
        return e2l_fail(reader->ctx, E2L_INPUT, "%s: task.eta: task '%s' has no learning rate, there is nothing to tune",
                        reader->where, task->name);
    }
    const uint64_t grid = config->common.eta_grid;
    if ((grid & (grid - 1)) != 0) {
        return e2l_fail(reader->ctx, E2L_INPUT, "%s: task.eta_grid: %llu, expected 1, 2, 4 or 8", reader->where,
                        (unsigned long long)grid);
    }
    const e2l_task *bound = NULL;
    e2l_status status = e2l_task_bind(reader->ctx, &bound, task, config->task_options, config->common.seed);
    if (status == E2L_OK) {
        config->task = bound;
        return status;
    }
    return e2l_fail_at(reader->ctx, status, "%s: task", reader->where);
}

static e2l_status read_task_options(config_reader *reader, const cJSON *object)
{
    e2l_config *config = reader->config;
    const e2l_task *task = config->task;
    const char *known[MAX_KEYS] = {"name"};
    char where[WHERE_BYTES];
    (void)group_where(reader, "task", where);
    config->task_options = e2l_alloc(reader->ctx, 1, task->options_size > 0 ? task->options_size : 1);
    if (!config->task_options) {
        return E2L_NOMEM;
    }
    size_t n = add_keys(known, 1, e2l_task_common_fields, e2l_n_task_common_fields);
    e2l_status status = e2l_fields_read(reader->ctx, task->fields, task->n_fields, object, known, n, where,
                                        config->task_options);
    if (status == E2L_OK) {
        n = add_keys(known, 1, task->fields, task->n_fields);
        status = e2l_fields_read(reader->ctx, e2l_task_common_fields, e2l_n_task_common_fields, object, known, n, where,
                                 &config->common);
    }
    return status == E2L_OK ? bind_task(reader, object) : status;
}

static e2l_status read_task(config_reader *reader)
{
    const char *name;
    cJSON *object = group_object(reader, "task");
    if (!object) {
        return cJSON_HasObjectItem(reader->root, "task")
                   ? E2L_OK /* noted */
                   : e2l_fail(reader->ctx, E2L_INPUT,
                              "%s: \"task\" is missing; the least config is {\"task\": {\"name\": \"pca\"}}", reader->where);
    }
    e2l_status status = e2l_json_string(reader->ctx, &name, object, "name", "task");
    if (status != E2L_OK) {
        return e2l_fail_at(reader->ctx, status, "%s", reader->where);
    }
    status = find_task(reader, name);
    return status == E2L_OK ? read_task_options(reader, object) : status;
}

static e2l_status read_substrate(config_reader *reader)
{
    static const char *const KNOWN[] = {"name"};
    const char *name = "cpu";
    char where[WHERE_BYTES];
    cJSON *object = group_object(reader, "substrate");
    e2l_status status = E2L_OK;
    if (object && cJSON_HasObjectItem(object, "name")) {
        status = e2l_json_string(reader->ctx, &name, object, "name", group_where(reader, "substrate", where));
    }
    if (status == E2L_OK) {
        status = find_substrate(reader, name);
    }
    if (status != E2L_OK) {
        return status;
    }
    const e2l_substrate *substrate = reader->config->substrate;
    reader->config->substrate_options =
        e2l_alloc(reader->ctx, 1, substrate->options_size > 0 ? substrate->options_size : 1);
    if (!reader->config->substrate_options) {
        return E2L_NOMEM;
    }
    return e2l_fields_read(reader->ctx, substrate->fields, substrate->n_fields, object, KNOWN, 1,
                           group_where(reader, "substrate", where), reader->config->substrate_options);
}

/* ---- search ----------------------------------------------------------------------------------------*/
/* Keys of one slot, from "search" and from "search.slots.NAME" on top. */
static e2l_status read_slot(config_reader *reader, const cJSON *search, const cJSON *own, const char *name,
                            e2l_slot_settings *out)
{
    char where[WHERE_BYTES];
    cJSON *merged = cJSON_CreateObject();
    (void)snprintf(where, sizeof where, own ? "%s: search.slots.%.60s" : "%s: search", reader->where, name);
    e2l_status status = merged ? E2L_OK : e2l_fail(reader->ctx, E2L_NOMEM, "out of memory");
    for (size_t k = 0; status == E2L_OK && k < e2l_n_slot_fields; k++) {
        const char *key = e2l_slot_fields[k].key;
        const cJSON *from = cJSON_GetObjectItemCaseSensitive(own, key);
        from = from ? from : cJSON_GetObjectItemCaseSensitive(search, key);
        if (from && !cJSON_AddItemToObject(merged, key, cJSON_Duplicate(from, 1))) {
            status = e2l_fail(reader->ctx, E2L_NOMEM, "out of memory");
        }
    }
    if (status == E2L_OK) {
        status = e2l_config_slot_words(reader->ctx, merged, where);
    }
    if (status == E2L_OK) {
        status = e2l_fields_read(reader->ctx, e2l_slot_fields, e2l_n_slot_fields, merged, NULL, 0, where, out);
    }
    e2l_json_free(merged);
    return status;
}

/* "slots": its names are the task's, its keys those of a slot. */
static e2l_status check_slots(config_reader *reader, const cJSON *slots)
{
    const char *names[MAX_KEYS];
    char where[WHERE_BYTES];
    const e2l_task *task = reader->config->task;
    for (size_t k = 0; k < task->n_slots; k++) {
        names[k] = task->slots[k].name;
    }
    if (!cJSON_IsObject(slots)) {
        return e2l_fail(reader->ctx, E2L_INPUT, "%s: search.slots is not an object {SLOT: {...}}", reader->where);
    }
    e2l_status status = e2l_json_known_keys(reader->ctx, slots, names, task->n_slots,
                                            group_where(reader, "search.slots", where));
    size_t n = add_keys(names, 0, e2l_slot_fields, e2l_n_slot_fields);
    for (const cJSON *own = slots->child; status == E2L_OK && own; own = own->next) {
        (void)snprintf(where, sizeof where, "%s: search.slots.%.60s", reader->where, own->string);
        status = cJSON_IsObject(own) ? e2l_json_known_keys(reader->ctx, own, names, n, where)
                                     : e2l_fail(reader->ctx, E2L_INPUT, "%s is not an object {...}", where);
    }
    return status;
}

static e2l_status read_search(config_reader *reader)
{
    const char *known[MAX_KEYS] = {"slots"};
    char where[WHERE_BYTES];
    e2l_config *config = reader->config;
    cJSON *object = group_object(reader, "search");
    cJSON *slots = cJSON_GetObjectItemCaseSensitive(object, "slots");
    size_t n = add_keys(known, 1, e2l_slot_fields, e2l_n_slot_fields);
    e2l_status status = e2l_fields_read(reader->ctx, e2l_search_fields, e2l_n_search_fields, object, known, n,
                                        group_where(reader, "search", where), &config->search);
    if (status == E2L_OK && config->task && slots) {
        status = check_slots(reader, slots);
    }
    for (size_t k = 0; status == E2L_OK && config->task && k < config->task->n_slots; k++) {
        const char *name = config->task->slots[k].name;
        status = read_slot(reader, object, cJSON_GetObjectItemCaseSensitive(slots, name), name, &config->slots[k]);
    }
    return status;
}

static e2l_status read_output(config_reader *reader)
{
    char where[WHERE_BYTES];
    return e2l_fields_read(reader->ctx, e2l_output_fields, e2l_n_output_fields, group_object(reader, "output"), NULL, 0,
                           group_where(reader, "output", where), &reader->config->output);
}

/* ---- the whole -------------------------------------------------------------------------------------*/
static e2l_status read_groups(config_reader *reader)
{
    if (!cJSON_IsObject(reader->root)) {
        return e2l_fail(reader->ctx, E2L_INPUT, "%s: a config is a JSON object {\"task\": {...}, ...}", reader->where);
    }
    note(reader, e2l_json_known_keys(reader->ctx, reader->root, GROUPS, N_GROUPS, reader->where));
    note(reader, read_task(reader));
    note(reader, read_substrate(reader));
    note(reader, read_search(reader));
    note(reader, read_output(reader));
    if (reader->status == E2L_OK) {
        note(reader, e2l_config_resolve(reader->ctx, reader->config, reader->where));
    }
    if (reader->status == E2L_OK) {
        return E2L_OK;
    }
    return e2l_fail(reader->ctx, reader->status, "%s", e2l_text_get(&reader->problems));
}

e2l_status e2l_config_from_json(e2l_ctx *ctx, e2l_config *out, cJSON *root, const char *where)
{
    *out = (e2l_config){.ctx = ctx};
    config_reader reader = {.ctx = ctx, .config = out, .root = root, .where = where, .problems = {.ctx = ctx}};
    e2l_status status = read_groups(&reader);
    e2l_text_clear(&reader.problems);
    if (status != E2L_OK) {
        e2l_config_clear(out);
    }
    return status;
}

e2l_status e2l_config_read(e2l_ctx *ctx, e2l_config *out, const char *path, const char *const *settings, size_t n)
{
    cJSON *root = NULL;
    *out = (e2l_config){.ctx = ctx};
    e2l_status status = e2l_json_read_file(ctx, &root, path);
    if (status == E2L_OK && n > 0 && !cJSON_IsObject(root)) {
        status = e2l_fail(ctx, E2L_INPUT, "%s: a config is a JSON object {\"task\": {...}, ...}", path);
    }
    for (size_t k = 0; status == E2L_OK && k < n; k++) {
        status = e2l_config_set(ctx, root, settings[k]);
    }
    if (status == E2L_OK) {
        status = e2l_config_from_json(ctx, out, root, path);
    }
    e2l_json_free(root);
    return status;
}

void e2l_config_clear(e2l_config *config)
{
    e2l_ctx *ctx = config->ctx;
    if (!ctx) {
        return;
    }
    e2l_rule_choices_clear(ctx, &config->seeds);
    e2l_free(ctx, config->seed_rules);
    if (config->task_options) {
        e2l_fields_clear(ctx, config->task->fields, config->task->n_fields, config->task_options);
    }
    if (config->substrate_options) {
        e2l_fields_clear(ctx, config->substrate->fields, config->substrate->n_fields, config->substrate_options);
    }
    e2l_fields_clear(ctx, e2l_task_common_fields, e2l_n_task_common_fields, &config->common);
    e2l_fields_clear(ctx, e2l_search_fields, e2l_n_search_fields, &config->search);
    for (size_t k = 0; k < E2L_MAX_SLOTS; k++) {
        e2l_fields_clear(ctx, e2l_slot_fields, e2l_n_slot_fields, &config->slots[k]);
    }
    e2l_fields_clear(ctx, e2l_output_fields, e2l_n_output_fields, &config->output);
    e2l_free(ctx, config->task_options);
    e2l_free(ctx, config->substrate_options);
    e2l_task_unbind(config->task);
    *config = (e2l_config){0};
}
