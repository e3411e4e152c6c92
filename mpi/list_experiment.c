/* list_experiment.c: see list_experiment.h. */
#include "mpi/list_experiment.h"

#include <stdio.h>
#include <string.h>

#include "mpi/config.h"
#include "mpi/spec.h"
#include "substrate/json.h"

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
