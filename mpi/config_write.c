/* config_write.c: config.json: every setting that can change a result, resolved. */
#include <string.h>

#include "mpi/config_impl.h"
#include "substrate/json.h"

/* Moves the members of `from` (destroyed) to the end of `to`. */
static bool move_members(cJSON *to, cJSON *from)
{
    bool done = to && from;
    while (done && from->child) {
        cJSON *member = cJSON_DetachItemViaPointer(from, from->child);
        done = cJSON_AddItemToObject(to, member->string, member);
    }
    e2l_json_free(from);
    return done;
}

static bool add_table(e2l_ctx *ctx, cJSON *to, const e2l_field *fields, size_t n, const void *options)
{
    return move_members(to, e2l_fields_write(ctx, fields, n, options));
}

static bool add_slot(e2l_ctx *ctx, cJSON *to, const e2l_slot_settings *slot)
{
    if (!add_table(ctx, to, e2l_slot_fields, e2l_n_slot_fields, slot)) {
        return false;
    }
    return slot->levels_back != 0 ||
           cJSON_ReplaceItemInObjectCaseSensitive(to, "levels_back", cJSON_CreateString("all"));
}

static bool add_slots(e2l_ctx *ctx, cJSON *search, const e2l_config *config)
{
    if (config->task->n_slots == 1) {
        return add_slot(ctx, search, &config->slots[0]);
    }
    cJSON *slots = cJSON_AddObjectToObject(search, "slots");
    bool done = slots != NULL;
    for (size_t k = 0; done && k < config->task->n_slots; k++) {
        cJSON *own = cJSON_AddObjectToObject(slots, config->task->slots[k].name);
        done = own && add_slot(ctx, own, &config->slots[k]);
    }
    return done;
}

/* Seeds as formulas: a file they came from may be gone when the run goes on. */
static e2l_status add_seeds(e2l_ctx *ctx, cJSON *search, const e2l_config *config)
{
    size_t n_slots = config->task->n_slots;
    cJSON *list = cJSON_CreateArray();
    e2l_text text = {.ctx = ctx};
    e2l_status status = list ? E2L_OK : e2l_fail(ctx, E2L_NOMEM, "out of memory");
    for (size_t k = 0; status == E2L_OK && k < config->seeds.n * n_slots; k++) {
        e2l_text_reset(&text);
        if (n_slots > 1) {
            e2l_text_appendf(&text, "%s=", config->task->slots[k % n_slots].name);
        }
        status = e2l_expr_print(config->seed_rules[k], E2L_STYLE_SHORTEST, &text);
        if (status == E2L_OK && !cJSON_AddItemToArray(list, cJSON_CreateString(e2l_text_get(&text)))) {
            status = e2l_fail(ctx, E2L_NOMEM, "out of memory");
        }
    }
    e2l_text_clear(&text);
    if (status == E2L_OK && cJSON_ReplaceItemInObjectCaseSensitive(search, "seeds", list)) {
        return E2L_OK;
    }
    e2l_json_free(list);
    return status != E2L_OK ? status : e2l_fail(ctx, E2L_NOMEM, "out of memory");
}

static bool build(e2l_ctx *ctx, cJSON *root, const e2l_config *config)
{
    cJSON *task = cJSON_AddObjectToObject(root, "task");
    cJSON *substrate = cJSON_AddObjectToObject(root, "substrate");
    cJSON *search = cJSON_AddObjectToObject(root, "search");
    cJSON *output = cJSON_AddObjectToObject(root, "output");
    if (!task || !substrate || !search || !output) {
        return false;
    }
    bool done = cJSON_AddStringToObject(task, "name", config->task->name) &&
                add_table(ctx, task, config->task->fields, config->task->n_fields, config->task_options) &&
                add_table(ctx, task, e2l_task_common_fields, e2l_n_task_common_fields, &config->common) &&
                cJSON_AddStringToObject(substrate, "name", config->substrate->name) &&
                add_table(ctx, substrate, config->substrate->fields, config->substrate->n_fields,
                          config->substrate_options) &&
                add_table(ctx, search, e2l_search_fields, e2l_n_search_fields, &config->search) &&
                add_slots(ctx, search, config) &&
                add_table(ctx, output, e2l_output_fields, e2l_n_output_fields, &config->output);
    if (config->search.cache != E2L_CACHE_PROBES) { /* the others give the same results */
        cJSON_DeleteItemFromObjectCaseSensitive(search, "cache");
    }
    cJSON_DeleteItemFromObjectCaseSensitive(output, "dir");
    return done;
}

e2l_status e2l_config_write(const e2l_config *config, e2l_text *out)
{
    e2l_ctx *ctx = config->ctx;
    cJSON *root = cJSON_CreateObject();
    e2l_status status = root && build(ctx, root, config) ? E2L_OK : e2l_fail(ctx, E2L_NOMEM, "out of memory");
    if (status == E2L_OK) {
        status = add_seeds(ctx, cJSON_GetObjectItemCaseSensitive(root, "search"), config);
    }
    if (status == E2L_OK) {
        status = e2l_json_print(root, true, out);
    }
    if (status == E2L_OK) {
        e2l_text_append(out, "\n");
        status = e2l_text_status(out);
    }
    e2l_json_free(root);
    return status;
}
