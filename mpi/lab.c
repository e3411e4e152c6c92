/* lab.c: opens substrate and task for a config. */
#include "mpi/lab.h"

static e2l_status choose_eta(e2l_lab *lab)
{
    const e2l_config *config = lab->config;
    const e2l_task *task = config->task;
    e2l_family *family = NULL;
    e2l_status status = task->open(lab->ctx, &family, config->task_options, config->common.seed, E2L_SET_SEARCH);
    if (status != E2L_OK) {
        return status;
    }
    double own = task->data_eta(family);
    bool has_own = own - own == 0.0;
    task->close(lab->ctx, family);
    const e2l_rate *given = &config->common.eta;
    lab->eta0 = has_own ? own : task->eta;
    lab->eta_mode = has_own ? E2L_ETA_DATA : E2L_ETA_TASK;
    if (given->kind == E2L_RATE_FIXED) {
        lab->eta0 = given->value;
        lab->eta_mode = E2L_ETA_GIVEN;
    } else if (given->kind == E2L_RATE_TUNE) {
        lab->eta_mode = E2L_ETA_TUNE;
    }
    return E2L_OK;
}

const char *e2l_eta_mode_text(e2l_eta_mode mode)
{
    static const char *const TEXTS[] = {"given", "data", "task", "tune"};
    return TEXTS[mode];
}

e2l_status e2l_lab_open(e2l_ctx *ctx, e2l_lab *out, const e2l_config *config, const volatile sig_atomic_t *cancel)
{
    *out = (e2l_lab){.ctx = ctx, .config = config, .cancel = cancel};
    e2l_status status = choose_eta(out);
    return status == E2L_OK ? config->substrate->open(ctx, &out->device, config->substrate_options) : status;
}

void e2l_lab_close(e2l_lab *lab)
{
    if (lab->device) {
        lab->config->substrate->close(lab->ctx, lab->device);
    }
    *lab = (e2l_lab){0};
}

e2l_status e2l_lab_count_cases(const e2l_lab *lab, const char *set, size_t wanted, size_t *n, size_t *available)
{
    const e2l_config *config = lab->config;
    e2l_family *family = NULL;
    e2l_status status = config->task->open(lab->ctx, &family, config->task_options, config->common.seed, set);
    if (status == E2L_OK) {
        *available = config->task->n_cases(family);
        *n = wanted < *available ? wanted : *available;
        config->task->close(lab->ctx, family);
    }
    return status;
}

e2l_status e2l_lab_evaluator(const e2l_lab *lab, e2l_evaluator **out, const char *set, size_t first, size_t n)
{
    const e2l_config *config = lab->config;
    e2l_evaluator_options options = {.struct_size = sizeof options,
                                     .task = config->task,
                                     .task_options = config->task_options,
                                     .task_seed = config->common.seed,
                                     .set = set,
                                     .first_case = first,
                                     .n_cases = n,
                                     .eta_grid = (size_t)config->common.eta_grid,
                                     .substrate = config->substrate,
                                     .device = lab->device,
                                     .cancel = lab->cancel};
    return e2l_evaluator_create(lab->ctx, out, &options);
}
