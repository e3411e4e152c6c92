/* config_resolve.c: names in a config become primitives, shapes of genomes and first rules. */
#include <stdio.h>
#include <string.h>

#include "mpi/config_impl.h"
#include "substrate/json.h"

static const double DEFAULT_CONSTANTS[] = {1, 2, 0.5};

static e2l_status replace(e2l_ctx *ctx, cJSON *object, const char *key, cJSON *value)
{
    if (!value || !cJSON_ReplaceItemInObjectCaseSensitive(object, key, value)) {
        e2l_json_free(value);
        return e2l_fail(ctx, E2L_NOMEM, "out of memory");
    }
    return E2L_OK;
}

e2l_status e2l_config_slot_words(e2l_ctx *ctx, cJSON *slot, const char *where)
{
    const cJSON *levels = cJSON_GetObjectItemCaseSensitive(slot, "levels_back");
    const cJSON *constants = cJSON_GetObjectItemCaseSensitive(slot, "constants");
    e2l_status status = E2L_OK;
    if (cJSON_IsString(levels)) {
        status = strcmp(levels->valuestring, "all") == 0
                     ? replace(ctx, slot, "levels_back", cJSON_CreateNumber(0))
                     : e2l_fail(ctx, E2L_INPUT, "%s.levels_back: '%.60s' is neither \"all\" nor a number in 0..1000", where,
                                levels->valuestring);
    }
    if (status == E2L_OK && cJSON_IsBool(constants)) {
        int n = cJSON_IsTrue(constants) ? (int)(sizeof DEFAULT_CONSTANTS / sizeof DEFAULT_CONSTANTS[0]) : 0;
        status = replace(ctx, slot, "constants", cJSON_CreateDoubleArray(DEFAULT_CONSTANTS, n));
    }
    return status;
}

static e2l_status unknown_function(e2l_ctx *ctx, const char *name, const char *where)
{
    enum { MAX_NAMES = 256 };
    const char *names[MAX_NAMES];
    char hint[96];
    size_t n = 0;
    for (; n < e2l_n_primitives && n < MAX_NAMES; n++) {
        names[n] = e2l_primitives[n]->name;
    }
    return e2l_fail(ctx, E2L_INPUT, "%s: search.functions: primitive '%.60s' unknown%s (e2l list primitives shows them)",
                    where, name, e2l_did_you_mean(hint, sizeof hint, name, names, n));
}

/* The task's own list, so that config.json says what was used. */
static e2l_status default_functions(e2l_ctx *ctx, const e2l_task_slot *slot, e2l_text_list *list)
{
    while (slot->functions[list->n] && list->n < E2L_MAX_LIST) {
        list->at[list->n] = e2l_strdup(ctx, slot->functions[list->n]);
        if (!list->at[list->n]) {
            return E2L_NOMEM;
        }
        list->n++;
    }
    return E2L_OK;
}

static e2l_status resolve_functions(e2l_ctx *ctx, e2l_config *config, size_t slot, const char *where)
{
    e2l_text_list *list = &config->slots[slot].functions;
    e2l_status status = list->n > 0 ? E2L_OK : default_functions(ctx, &config->task->slots[slot], list);
    for (size_t k = 0; status == E2L_OK && k < list->n; k++) {
        const e2l_primitive *primitive = e2l_primitive_find(list->at[k]);
        config->functions[slot][k] = primitive;
        if (!primitive) {
            return unknown_function(ctx, list->at[k], where);
        }
        for (size_t before = 0; before < k; before++) {
            if (config->functions[slot][before] == primitive) {
                return e2l_fail(ctx, E2L_INPUT, "%s: search.functions: '%s' stands twice", where, primitive->name);
            }
        }
    }
    return status;
}

static void resolve_shape(e2l_config *config, size_t slot)
{
    const e2l_slot_settings *settings = &config->slots[slot];
    e2l_genome_shape *shape = &config->shapes[slot];
    *shape = (e2l_genome_shape){.slot = config->task->slots[slot].name,
                                .terminals = config->task->slots[slot].terminals,
                                .constants = settings->constants.at,
                                .n_constants = settings->constants.n,
                                .functions = config->functions[slot],
                                .n_functions = settings->functions.n,
                                .columns = (size_t)settings->columns,
                                .levels_back = (size_t)settings->levels_back,
                                .mutation = settings->mutation};
    while (shape->terminals[shape->n_terminals]) {
        shape->n_terminals++;
    }
}

static e2l_status resolve_seeds(e2l_ctx *ctx, e2l_config *config, const char *where)
{
    const e2l_text_list *texts = &config->search.seeds;
    size_t n_slots = config->task->n_slots;
    if (texts->n == 0) {
        return E2L_OK;
    }
    char place[512];
    (void)snprintf(place, sizeof place, "%s: search.seeds", where);
    e2l_status status =
        e2l_rule_choices_read(ctx, &config->seeds, config->task, (const char *const *)texts->at, texts->n, place);
    if (status != E2L_OK) {
        return status;
    }
    config->seed_rules = e2l_alloc(ctx, config->seeds.n * n_slots, sizeof *config->seed_rules);
    for (size_t k = 0; config->seed_rules && k < config->seeds.n * n_slots; k++) {
        config->seed_rules[k] = config->seeds.at[k / n_slots].rules[k % n_slots];
    }
    return config->seed_rules ? E2L_OK : E2L_NOMEM;
}

/* A seed must be sayable by the genome it starts: tried here, where the message can name it. */
static e2l_status check_seeds(e2l_ctx *ctx, const e2l_config *config, const char *where)
{
    e2l_status status = E2L_OK;
    size_t n_slots = config->task->n_slots;
    for (size_t k = 0; status == E2L_OK && k < config->seeds.n * n_slots; k++) {
        const e2l_genome_shape *shape = &config->shapes[k % n_slots];
        e2l_stream stream;
        e2l_stream_init(&stream, config->search.seed, E2L_PURPOSE_GENOME, NULL, 0);
        uint32_t *genes = e2l_alloc(ctx, e2l_genome_n_genes(shape), sizeof *genes);
        status = genes ? e2l_genome_encode(ctx, shape, config->seed_rules[k], &stream, genes) : E2L_NOMEM;
        e2l_free(ctx, genes);
        if (status != E2L_OK) {
            return e2l_fail_at(ctx, status, "%s: search.seeds: '%.100s'", where, config->seeds.at[k / n_slots].label);
        }
    }
    return status;
}

e2l_status e2l_config_resolve(e2l_ctx *ctx, e2l_config *config, const char *where)
{
    e2l_status status = E2L_OK;
    for (size_t slot = 0; status == E2L_OK && slot < config->task->n_slots; slot++) {
        status = resolve_functions(ctx, config, slot, where);
        if (status == E2L_OK) {
            resolve_shape(config, slot);
        }
    }
    if (status == E2L_OK) {
        status = resolve_seeds(ctx, config, where);
    }
    if (status == E2L_OK && config->seeds.n > config->search.parents) {
        status = e2l_fail(ctx, E2L_INPUT, "%s: search.seeds has %zu rules for search.parents = %llu; raise parents", where,
                          config->seeds.n, (unsigned long long)config->search.parents);
    }
    if (status == E2L_OK) {
        status = check_seeds(ctx, config, where);
    }
    return status;
}
