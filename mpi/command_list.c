/* command_list.c: e2l list KIND [NAME]: what is built in, from the records themselves.

   Every item is described once, as a JSON object; --json prints it, people get the same members as text. */
#include "mpi/command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/number.h"
#include "mpi/list_experiment.h"
#include "mpi/page.h"
#include "results/exporter.h"
#include "substrate/json.h"
#include "substrate/model.h"
#include "substrate/substrate.h"
#include "tasks/dataset.h"
#include "tasks/environments.h"
#include "tasks/task.h"

static const e2l_option OPTIONS[] = {
    {"--json", NULL, "machine-readable output", false},
    {"--experiment", NULL, "tasks NAME: the network of its first search case as JSON", false},
    {"--task", "SPEC", "with tasks NAME: NAME:KEY=VALUE,... instead of the task's defaults", false},
};
static const e2l_usage USAGE = {
    .command = "list",
    .operands = "tasks|primitives|models|environments|datasets|substrates|exporters [NAME]",
    .min_operands = 1,
    .max_operands = 2,
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .about = "What is built in; with NAME, everything known about one item.",
};

/* ---- describing ---- */

static void put_text(cJSON *object, const char *key, const char *value)
{
    (void)cJSON_AddStringToObject(object, key, value ? value : "");
}

/* NULL-terminated words as an array. */
static void put_words(cJSON *object, const char *key, const char *const *words)
{
    cJSON *array = cJSON_AddArrayToObject(object, key);
    for (; words && *words; words++) {
        (void)cJSON_AddItemToArray(array, cJSON_CreateString(*words));
    }
}

static void put_bound(cJSON *object, const char *key, double value)
{
    if (isfinite(value)) {
        (void)cJSON_AddNumberToObject(object, key, value);
    }
}

/* Words and texts have no unit and no range. */
static bool is_numeric(e2l_field_type type)
{
    return type == E2L_FIELD_NUMBER || type == E2L_FIELD_COUNT || type == E2L_FIELD_NUMBERS || type == E2L_FIELD_RATE;
}

static void put_fields(cJSON *object, const e2l_field *fields, size_t n)
{
    cJSON *array = cJSON_GetObjectItemCaseSensitive(object, "options");
    array = array ? array : cJSON_AddArrayToObject(object, "options");
    for (size_t k = 0; k < n; k++) {
        cJSON *option = cJSON_CreateObject();
        put_text(option, "key", fields[k].key);
        put_text(option, "default", fields[k].fallback);
        if (is_numeric(fields[k].type)) {
            put_text(option, "unit", fields[k].unit);
            put_bound(option, "low", fields[k].low);
            put_bound(option, "high", fields[k].high);
        }
        if (fields[k].words) {
            put_words(option, "words", fields[k].words);
        }
        put_text(option, "help", fields[k].help);
        (void)cJSON_AddItemToArray(array, option);
    }
}

/* The task's own defaults stand in the common options. */
static void put_common(cJSON *object, const e2l_task *task)
{
    char number[E2L_NUMBER_BYTES];
    for (size_t k = 0; k < e2l_n_task_common_fields; k++) {
        e2l_field field = e2l_task_common_fields[k];
        if (strcmp(field.key, "cases") == 0 && task->default_cases > 0) {
            field.fallback = e2l_number_shortest(number, (double)task->default_cases);
        }
        if (strcmp(field.key, "eta") != 0 || !task->no_eta) {
            put_fields(object, &field, 1);
        }
    }
}

/* Named settings that come with a source (targets of a regression). */
static void put_presets(cJSON *object, const e2l_task *task)
{
    cJSON *presets = task->presets ? cJSON_AddArrayToObject(object, task->presets_name) : NULL;
    for (size_t k = 0; presets && task->presets[k].name; k++) {
        cJSON *preset = cJSON_CreateObject();
        put_text(preset, "name", task->presets[k].name);
        put_text(preset, "about", task->presets[k].about);
        put_text(preset, "source", task->presets[k].source);
        (void)cJSON_AddItemToArray(presets, preset);
    }
}

static e2l_status describe_config(e2l_ctx *ctx, const e2l_config *config, cJSON *object)
{
    const e2l_task *task = config->task;
    put_text(object, "name", task->name);
    put_text(object, "summary", task->summary);
    put_text(object, "source", task->source);
    (void)cJSON_AddNumberToObject(object, "eta", task->eta);
    cJSON *slots = cJSON_AddArrayToObject(object, "slots");
    for (size_t s = 0; s < task->n_slots; s++) {
        cJSON *slot = cJSON_CreateObject();
        put_text(slot, "name", task->slots[s].name);
        put_words(slot, "terminals", task->slots[s].terminals);
        put_words(slot, "functions", task->slots[s].functions);
        put_text(slot, "about", task->slots[s].about);
        (void)cJSON_AddItemToArray(slots, slot);
    }
    const e2l_status status = e2l_list_units(ctx, config, slots);
    if (status != E2L_OK) {
        return status;
    }
    cJSON *references = cJSON_AddArrayToObject(object, "references");
    for (size_t r = 0; r < task->n_references; r++) {
        cJSON *reference = cJSON_CreateObject();
        put_text(reference, "name", task->references[r].name);
        for (size_t s = 0; s < task->n_slots; s++) {
            put_text(reference, task->slots[s].name, task->references[r].rules[s]);
        }
        put_text(reference, "about", task->references[r].about);
        (void)cJSON_AddItemToArray(references, reference);
    }
    put_words(object, "measures", task->measures);
    put_words(object, "shifts", task->shifts);
    put_presets(object, task);
    put_fields(object, task->fields, task->n_fields);
    put_common(object, task);
    return E2L_OK;
}

/* With the slots, references and shifts that follow from the options. */
static e2l_status describe_task_with(e2l_ctx *ctx, const char *name, const char *spec, cJSON *object)
{
    e2l_config config = {.ctx = ctx};
    e2l_status status = e2l_list_config(ctx, &config, name, spec);
    status = status == E2L_OK ? describe_config(ctx, &config, object) : status;
    e2l_config_clear(&config);
    return status;
}

static e2l_status describe_task(e2l_ctx *ctx, size_t k, cJSON *object)
{
    return describe_task_with(ctx, e2l_tasks[k]->name, NULL, object);
}

static const char *notation_text(const e2l_primitive *primitive, char buffer[64])
{
    static const char *const ARGUMENTS[] = {"", "a", "a, b", "a, b, c"};
    if (primitive->notation == E2L_NOTATION_INFIX) {
        (void)snprintf(buffer, 64, "a %s b", primitive->symbol);
    } else if (primitive->notation == E2L_NOTATION_PREFIX) {
        (void)snprintf(buffer, 64, "%sa", primitive->symbol);
    } else {
        (void)snprintf(buffer, 64, "%s(%s)", primitive->name, ARGUMENTS[primitive->arity % 4]);
    }
    return buffer;
}

static e2l_status describe_primitive(e2l_ctx *ctx, size_t k, cJSON *object)
{
    (void)ctx;
    static const struct {
        uint32_t flag;
        const char *word;
    } FLAGS[] = {{E2L_COMMUTES, "commutes"}, {E2L_ODD, "odd"},     {E2L_EVEN, "even"},
                 {E2L_BOUNDED, "bounded"},   {E2L_EXACT, "exact"}, {E2L_CHIP, "chip"},
                 {E2L_IDEMPOTENT, "idempotent"}};
    const e2l_primitive *primitive = e2l_primitives[k];
    char text[64];
    put_text(object, "name", primitive->name);
    put_text(object, "summary", primitive->summary);
    put_text(object, "text", notation_text(primitive, text));
    (void)cJSON_AddNumberToObject(object, "arity", primitive->arity);
    put_text(object, "domain", primitive->domain);
    cJSON *facts = cJSON_AddArrayToObject(object, "facts");
    for (size_t f = 0; f < sizeof FLAGS / sizeof FLAGS[0]; f++) {
        if (primitive->flags & FLAGS[f].flag) {
            (void)cJSON_AddItemToArray(facts, cJSON_CreateString(FLAGS[f].word));
        }
    }
    (void)cJSON_AddNumberToObject(object, "cost", primitive->cost);
    put_text(object, "c", primitive->c_text);
    put_text(object, "latex", primitive->latex_text);
    put_text(object, "source", primitive->source);
    return E2L_OK;
}

static e2l_status put_items(cJSON *object, const char *key, const e2l_model_item *items, size_t n, e2l_ctx *ctx)
{
    cJSON *array = cJSON_AddArrayToObject(object, key);
    for (size_t k = 0; k < n; k++) {
        cJSON *item = cJSON_CreateObject();
        (void)cJSON_AddItemToArray(array, item);
        put_text(item, "name", items[k].name);
        e2l_text value;
        e2l_text_init(&value, ctx);
        e2l_status status =
            items[k].value ? e2l_expr_print(items[k].value, E2L_STYLE_SHORTEST, &value) : E2L_OK;
        if (items[k].value) {
            put_text(item, "value", e2l_text_get(&value));
        }
        e2l_text_clear(&value);
        put_text(item, "unit", items[k].unit);
        if (status != E2L_OK) {
            return status;
        }
    }
    return E2L_OK;
}

static e2l_status put_statements(cJSON *object, const e2l_model *model, e2l_ctx *ctx)
{
    cJSON *array = cJSON_AddArrayToObject(object, "step");
    e2l_text line;
    e2l_text_init(&line, ctx);
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < model->n_statements && status == E2L_OK; k++) {
        const e2l_statement *statement = &model->statements[k];
        e2l_text_reset(&line);
        if (statement->guard) {
            e2l_text_append(&line, "when ");
            status = e2l_expr_print(statement->guard, E2L_STYLE_SHORTEST, &line);
            e2l_text_append(&line, ": ");
        }
        if (status == E2L_OK) {
            e2l_text_appendf(&line, "%s %s ", statement->target, statement->adds ? "+=" : "=");
            status = e2l_expr_print(statement->expr, E2L_STYLE_SHORTEST, &line);
        }
        (void)cJSON_AddItemToArray(array, cJSON_CreateString(e2l_text_get(&line)));
    }
    e2l_text_clear(&line);
    return status;
}

/* `name`: of a built-in one, or the path of a file. */
static e2l_status describe_model_named(e2l_ctx *ctx, const char *name, cJSON *object)
{
    e2l_model *model = NULL;
    e2l_status status = e2l_model_load(ctx, &model, name);
    if (status != E2L_OK) {
        return status;
    }
    put_text(object, "name", model->name);
    put_text(object, "summary", model->about);
    put_text(object, "source", model->source);
    put_text(object, "of", model->is_synapse ? "synapses (a projection's model)" : "neurons (a population's model)");
    status = put_items(object, "parameters", model->parameters, model->n_parameters, ctx);
    if (status == E2L_OK && !model->is_synapse) {
        status = put_items(object, "ports", model->ports, model->n_ports, ctx);
    }
    if (status == E2L_OK) {
        status = put_items(object, "state", model->states, model->n_states, ctx);
    }
    if (status == E2L_OK) {
        status = put_statements(object, model, ctx);
    }
    e2l_model_destroy(ctx, model);
    return status;
}

static e2l_status describe_model(e2l_ctx *ctx, size_t k, cJSON *object)
{
    return describe_model_named(ctx, e2l_model_texts[k].name, object);
}

/* Parameters or items of an environment, one object each. */
static cJSON *put_entry(cJSON *array, const char *name, const char *unit, const char *help)
{
    cJSON *entry = cJSON_CreateObject();
    (void)cJSON_AddItemToArray(array, entry);
    put_text(entry, "name", name);
    put_text(entry, "unit", unit);
    put_text(entry, "help", help);
    return entry;
}

static void put_observed(cJSON *object, const char *key, const e2l_environment *record, const e2l_environment_item *items, size_t n)
{
    cJSON *array = cJSON_AddArrayToObject(object, key);
    for (size_t i = 0; i < n; i++) {
        cJSON *entry = put_entry(array, items[i].name, items[i].unit, items[i].help);
        if (items[i].sized_by > 0) {
            put_text(entry, "numbers", record->parameters[items[i].sized_by - 1].name);
        }
    }
}

static e2l_status describe_environment(e2l_ctx *ctx, size_t k, cJSON *object)
{
    (void)ctx;
    const e2l_environment *record = e2l_environments[k];
    put_text(object, "name", record->name);
    put_text(object, "summary", record->summary);
    put_text(object, "source", record->source);
    (void)cJSON_AddNumberToObject(object, "version", record->version);
    cJSON *array = cJSON_AddArrayToObject(object, "parameters");
    for (size_t i = 0; i < record->n_parameters; i++) {
        const e2l_environment_parameter *one = &record->parameters[i];
        cJSON *entry = put_entry(array, one->name, one->unit, one->help);
        (void)cJSON_AddNumberToObject(entry, "default", one->fallback);
        put_bound(entry, "low", one->low);
        put_bound(entry, "high", one->high);
    }
    put_observed(object, "observes", record, record->observed, record->n_observed);
    put_observed(object, "shows", record, record->shown, record->n_shown);
    return E2L_OK;
}

static e2l_status describe_dataset(e2l_ctx *ctx, size_t k, cJSON *object)
{
    (void)ctx;
    put_text(object, "name", e2l_datasets[k]->name);
    put_text(object, "summary", e2l_datasets[k]->summary);
    put_text(object, "source", e2l_datasets[k]->source);
    put_words(object, "columns", e2l_datasets[k]->columns);
    return E2L_OK;
}

static e2l_status describe_substrate(e2l_ctx *ctx, size_t k, cJSON *object)
{
    (void)ctx;
    const e2l_substrate *substrate = e2l_substrates[k];
    put_text(object, "name", substrate->name);
    put_text(object, "summary", substrate->summary);
    put_text(object, "units", substrate->units);
    (void)cJSON_AddNumberToObject(object, "tolerance", substrate->tolerance);
    put_fields(object, substrate->fields, substrate->n_fields);
    return E2L_OK;
}

static e2l_status describe_exporter(e2l_ctx *ctx, size_t k, cJSON *object)
{
    (void)ctx;
    put_text(object, "name", e2l_exports[k]->name);
    put_text(object, "summary", e2l_exports[k]->summary);
    return E2L_OK;
}

/* ---- kinds ---- */

typedef struct item_kind {
    const char *name;
    e2l_status (*describe)(e2l_ctx *ctx, size_t k, cJSON *object);
    const size_t *n;
} item_kind;

static const item_kind KINDS[] = {
    {"tasks", describe_task, &e2l_n_tasks},
    {"primitives", describe_primitive, &e2l_n_primitives},
    {"models", describe_model, &e2l_n_model_texts},
    {"environments", describe_environment, &e2l_n_environments},
    {"datasets", describe_dataset, &e2l_n_datasets},
    {"substrates", describe_substrate, &e2l_n_substrates},
    {"exporters", describe_exporter, &e2l_n_exports},
};
enum { N_KINDS = sizeof KINDS / sizeof KINDS[0], MAX_ITEMS = 256 };

/* NULL with a message when there is no such kind. */
static const item_kind *find_kind(e2l_ctx *ctx, const char *name)
{
    const char *names[N_KINDS];
    char hint[96];
    for (size_t k = 0; k < N_KINDS; k++) {
        names[k] = KINDS[k].name;
        if (strcmp(name, names[k]) == 0) {
            return &KINDS[k];
        }
    }
    (void)e2l_fail(ctx, E2L_INPUT, "list: '%.60s' unknown%s (tasks, primitives, models, environments, datasets, substrates, exporters)",
                   name, e2l_did_you_mean(hint, sizeof hint, name, names, N_KINDS));
    return NULL;
}

/* All items of a kind as an array. */
static e2l_status describe_all(e2l_ctx *ctx, const item_kind *kind, cJSON *array)
{
    for (size_t k = 0; k < *kind->n; k++) {
        cJSON *object = cJSON_CreateObject();
        if (!object || !cJSON_AddItemToArray(array, object)) {
            cJSON_Delete(object);
            return e2l_fail(ctx, E2L_NOMEM, "out of memory");
        }
        e2l_status status = kind->describe(ctx, k, object);
        if (status != E2L_OK) {
            return status;
        }
    }
    return E2L_OK;
}

static const char *item_name(const cJSON *object)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "name"));
    return name ? name : "";
}

static e2l_status find_item(e2l_ctx *ctx, const item_kind *kind, const cJSON *array, const char *name,
                            const cJSON **out)
{
    const char *names[MAX_ITEMS];
    size_t n = 0;
    char hint[96];
    const cJSON *object;
    cJSON_ArrayForEach(object, array)
    {
        if (strcmp(item_name(object), name) == 0) {
            *out = object;
            return E2L_OK;
        }
        if (n < MAX_ITEMS) {
            names[n++] = item_name(object);
        }
    }
    return e2l_fail(ctx, E2L_INPUT, "list %s: '%.60s' unknown%s", kind->name, name,
                    e2l_did_you_mean(hint, sizeof hint, name, names, n));
}

static void print_overview(const cJSON *array)
{
    const cJSON *object;
    cJSON_ArrayForEach(object, array)
    {
        e2l_page_entry(item_name(object),
                       cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "summary")));
    }
}

static e2l_status experiment(e2l_ctx *ctx, const e2l_arguments *arguments, const item_kind *kind)
{
    if (strcmp(kind->name, "tasks") != 0 || arguments->n_operands < 2) {
        return e2l_fail(ctx, E2L_INPUT, "list: --experiment goes with 'tasks NAME'");
    }
    return e2l_list_experiment(ctx, arguments->operands[1], e2l_arguments_get(arguments, &USAGE, "--task"));
}

/* A model of one's own, named by its path. */
static bool is_model_file(const item_kind *kind, const e2l_arguments *arguments)
{
    const char *name = arguments->n_operands > 1 ? arguments->operands[1] : "";
    const size_t n = strlen(name);
    return strcmp(kind->name, "models") == 0 && (strchr(name, '/') || (n > 5 && strcmp(name + n - 5, ".json") == 0));
}

static e2l_status list(e2l_ctx *ctx, const e2l_arguments *arguments, cJSON *array)
{
    const cJSON *item = NULL;
    const item_kind *kind = find_kind(ctx, arguments->operands[0]);
    if (!kind) {
        return E2L_INPUT;
    }
    if (e2l_arguments_has(arguments, &USAGE, "--experiment")) {
        return experiment(ctx, arguments, kind);
    }
    const char *spec = e2l_arguments_get(arguments, &USAGE, "--task");
    if (spec && (strcmp(kind->name, "tasks") != 0 || arguments->n_operands < 2)) {
        return e2l_fail(ctx, E2L_INPUT, "list: --task goes with 'tasks NAME'");
    }
    cJSON *own = spec || is_model_file(kind, arguments) ? cJSON_CreateObject() : NULL;
    (void)(own && cJSON_AddItemToArray(array, own));
    e2l_status status = spec  ? describe_task_with(ctx, arguments->operands[1], spec, own)
                        : own ? describe_model_named(ctx, arguments->operands[1], own)
                              : describe_all(ctx, kind, array);
    item = own;
    if (status == E2L_OK && !own && arguments->n_operands > 1) {
        status = find_item(ctx, kind, array, arguments->operands[1], &item);
    }
    if (status != E2L_OK) {
        return status;
    }
    if (e2l_arguments_has(arguments, &USAGE, "--json")) {
        return e2l_page_json(ctx, item ? item : array);
    }
    if (item) {
        e2l_page_object(item);
    } else {
        print_overview(array);
    }
    return E2L_OK;
}

static e2l_status run_list(e2l_ctx *ctx, const e2l_arguments *arguments)
{
    cJSON *array = cJSON_CreateArray();
    e2l_status status = array ? list(ctx, arguments, array) : e2l_fail(ctx, E2L_NOMEM, "out of memory");
    cJSON_Delete(array);
    return status;
}

int e2l_command_list(int argc, char **argv)
{
    return e2l_command_with(&USAGE, argc, argv, run_list);
}
