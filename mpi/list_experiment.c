/* list_experiment.c: see list_experiment.h. */
#include "mpi/list_experiment.h"

#include <stdio.h>
#include <string.h>

#include "mpi/config.h"
#include "mpi/spec.h"
#include "substrate/json.h"
#include "substrate/resolve.h"

static e2l_status read_config(e2l_ctx *ctx, e2l_config *out, const char *name, const char *spec)
{
    cJSON *task = NULL;
    cJSON *root = cJSON_CreateObject();
    e2l_status status = e2l_spec_parse(ctx, &task, spec ? spec : name, spec ? "--task" : "list tasks");
    if (status == E2L_OK && (!root || !cJSON_AddItemToObject(root, "task", task))) {
        cJSON_Delete(task);
        status = e2l_fail(ctx, E2L_NOMEM, "out of memory");
    }
    const char *given = status == E2L_OK ? cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(task, "name")) : NULL;
    if (given && strcmp(given, name) != 0) {
        status = e2l_fail(ctx, E2L_INPUT, "--task: options of '%.60s', but 'list tasks %.60s' was asked for", given, name);
    }
    status = status == E2L_OK ? e2l_config_from_json(ctx, out, root, "command line") : status;
    cJSON_Delete(root);
    return status;
}

static e2l_status print_first(e2l_ctx *ctx, const e2l_task *task, const e2l_family *family)
{
    size_t which = 0;
    e2l_case item;
    char name[E2L_CASE_NAME_BYTES];
    e2l_text out = {.ctx = ctx};
    e2l_status status = task->draw(ctx, family, 0, &which, &item, name);
    status = status == E2L_OK ? e2l_experiment_print(task->experiment(family, which), &out) : status;
    if (status == E2L_OK) {
        (void)printf("%s\n", e2l_text_get(&out));
    }
    e2l_text_clear(&out);
    return status;
}

e2l_status e2l_list_experiment(e2l_ctx *ctx, const char *name, const char *spec)
{
    e2l_config config = {.ctx = ctx};
    e2l_family *family = NULL;
    e2l_status status = read_config(ctx, &config, name, spec);
    if (status == E2L_OK) {
        status = config.task->open(ctx, &family, config.task_options, config.common.seed, E2L_SET_SEARCH);
    }
    if (family) {
        status = print_first(ctx, config.task, family);
        config.task->close(ctx, family);
    }
    e2l_config_clear(&config);
    return status;
}

/* ---- units ---- */

static const char *said(const char *unit)
{
    return unit && unit[0] ? unit : "?";
}

/* Whether a value is one for all, per source, per target, per neuron of the population or per synapse. */
static const char *class_of(const e2l_bound *bound)
{
    static const char *const words[] = {"global", "neuron", "pre", "post", "synapse"};
    e2l_place place = E2L_AT_GLOBAL;
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        const e2l_place one = bound->refs[k].place;
        place = one == place || one == E2L_AT_GLOBAL ? place : place == E2L_AT_GLOBAL ? one : E2L_AT_SYNAPSE;
    }
    return words[place];
}

static void put_units(const e2l_resolved *resolved, cJSON *slots)
{
    for (size_t s = 0; s < resolved->n_slots; s++) {
        const e2l_bound_slot *slot = &resolved->slots[s];
        cJSON *object = cJSON_GetArrayItem(slots, (int)s);
        (void)cJSON_AddStringToObject(object, "unit", said(slot->unit));
        cJSON *units = cJSON_AddArrayToObject(object, "terminal_units");
        for (size_t t = 0; t < slot->source->n_terminals; t++) {
            (void)cJSON_AddItemToArray(units, cJSON_CreateString(said(slot->terminal_units[t])));
        }
        cJSON *classes = cJSON_AddArrayToObject(object, "terminal_classes");
        for (size_t t = 0; t < slot->source->n_terminals; t++) {
            (void)cJSON_AddItemToArray(classes, cJSON_CreateString(class_of(&slot->terminals[t])));
        }
        static const char *const later[] = {"functions", "about"}; /* units stand beside what has them */
        for (size_t k = 0; k < sizeof later / sizeof *later; k++) {
            cJSON *one = cJSON_DetachItemFromObjectCaseSensitive(object, later[k]);
            if (one && !cJSON_AddItemToObject(object, later[k], one)) {
                cJSON_Delete(one);
            }
        }
    }
}

e2l_status e2l_list_config(e2l_ctx *ctx, e2l_config *out, const char *name, const char *spec)
{
    return read_config(ctx, out, name, spec);
}

e2l_status e2l_list_units(e2l_ctx *ctx, const e2l_config *config, cJSON *slots)
{
    const e2l_task *task = config->task;
    e2l_family *family = NULL;
    e2l_resolved *resolved = NULL;
    size_t which = 0;
    e2l_case item;
    char name[E2L_CASE_NAME_BYTES];
    e2l_status status = task->open(ctx, &family, config->task_options, config->common.seed, E2L_SET_SEARCH);
    status = status == E2L_OK ? task->draw(ctx, family, 0, &which, &item, name) : status;
    status = status == E2L_OK ? e2l_resolve(ctx, &resolved, task->experiment(family, which)) : status;
    if (status == E2L_OK) {
        put_units(resolved, slots);
    }
    e2l_resolved_destroy(ctx, resolved);
    if (family) {
        task->close(ctx, family);
    }
    return status;
}
