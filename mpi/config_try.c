/* config_try.c: what only a look at the data can tell about a config. */
#include "mpi/config.h"
#include "tasks/evaluate.h"

/* Opens one case of a set on the substrate: finds broken data files and networks the substrate cannot run. */
static e2l_status try_set(e2l_ctx *ctx, const e2l_config *config, e2l_device *device, const char *set)
{
    const e2l_evaluator_options options = {.struct_size = sizeof options,
                                           .task = config->task,
                                           .task_options = config->task_options,
                                           .task_seed = config->common.seed,
                                           .set = set,
                                           .n_cases = 1,
                                           .substrate = config->substrate,
                                           .device = device};
    e2l_evaluator *evaluator = NULL;
    e2l_status status = e2l_evaluator_create(ctx, &evaluator, &options);
    e2l_evaluator_destroy(evaluator);
    return status == E2L_OK ? status : e2l_fail_at(ctx, status, "set '%s'", set);
}

static e2l_status try_sets(e2l_ctx *ctx, const e2l_config *config, e2l_device *device)
{
    static const char *const SETS[] = {E2L_SET_SEARCH, E2L_SET_SELECT, E2L_SET_TEST};
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < sizeof SETS / sizeof SETS[0] && status == E2L_OK; k++) {
        status = try_set(ctx, config, device, SETS[k]);
    }
    return status;
}

e2l_status e2l_config_try(const e2l_config *config)
{
    e2l_device *device = NULL;
    e2l_status status = config->substrate->open(config->ctx, &device, config->substrate_options);
    if (status == E2L_OK) {
        status = try_sets(config->ctx, config, device);
        config->substrate->close(config->ctx, device);
    }
    return status;
}
