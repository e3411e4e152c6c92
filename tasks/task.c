/* task.c: finding a task by name, and the options every task shares. */
#include "tasks/task.h"

#include <math.h>
#include <string.h>

bool e2l_score_begin(e2l_score *out, const e2l_recording *recording)
{
    *out = (e2l_score){.outcome = recording->outcome, .step = recording->step};
    for (size_t i = 0; i < E2L_MAX_MEASURES; i++) {
        out->measures[i] = (double)NAN;
    }
    return recording->outcome == E2L_OUTCOME_OK;
}

const e2l_field e2l_task_common_fields[] = {
    {.key = "cases",
     .type = E2L_FIELD_COUNT,
     .offset = offsetof(e2l_task_common, cases),
     .unit = "1",
     .fallback = "10",
     .low = 1,
     .high = 1000000,
     .help = "cases of the search set; a data file gives at most what it holds"},
    {.key = "seed",
     .type = E2L_FIELD_COUNT,
     .offset = offsetof(e2l_task_common, seed),
     .unit = "1",
     .fallback = "1",
     .low = 0,
     .high = 9007199254740992.0, /* 2^53: whole numbers a JSON number holds exactly */
     .help = "seed of all cases, independent of the search's seed"},
    {.key = "eta",
     .type = E2L_FIELD_RATE,
     .offset = offsetof(e2l_task_common, eta),
     .unit = "1",
     .fallback = "null",
     .low = 0,
     .high = 1e6,
     .low_open = true,
     .help = "learning rate, or \"tune\" (the best of eta0 / 256 to eta0 * 256); else the data file's, else the task's"},
    {.key = "eta_grid",
     .type = E2L_FIELD_COUNT,
     .offset = offsetof(e2l_task_common, eta_grid),
     .unit = "1",
     .fallback = "1",
     .low = 1,
     .high = 8,
     .help = "rates tried per factor of two with eta tune: 1, 2, 4 or 8"},
};
const size_t e2l_n_task_common_fields =
    sizeof e2l_task_common_fields / sizeof *e2l_task_common_fields;

const e2l_task *e2l_task_find(const char *name)
{
    for (size_t i = 0; i < e2l_n_tasks; i++) {
        if (strcmp(e2l_tasks[i]->name, name) == 0) {
            return e2l_tasks[i];
        }
    }
    return NULL;
}

static e2l_status bind_copy(e2l_ctx *ctx, const e2l_task **out, const e2l_task *task, const void *options,
                            uint64_t task_seed, e2l_arena *arena)
{
    e2l_task *record = e2l_arena_alloc(arena, 1, sizeof *record);
    if (!record) {
        return E2L_NOMEM;
    }
    *record = *task;
    record->arena = arena;
    *out = record;
    return task->bind(ctx, record, arena, options, task_seed);
}

e2l_status e2l_task_bind(e2l_ctx *ctx, const e2l_task **out, const e2l_task *task, const void *options,
                         uint64_t task_seed)
{
    *out = task->bind ? NULL : task;
    if (!task->bind) {
        return E2L_OK;
    }
    e2l_arena *arena = NULL;
    e2l_status status = e2l_arena_create(ctx, &arena);
    if (status != E2L_OK) {
        return status;
    }
    status = bind_copy(ctx, out, task, options, task_seed, arena);
    if (status != E2L_OK) {
        e2l_arena_destroy(arena);
        *out = NULL;
    }
    return status;
}

void e2l_task_unbind(const e2l_task *task)
{
    if (task && task->arena) {
        e2l_arena_destroy(task->arena);
    }
}

double e2l_task_solved(const e2l_task *task)
{
    return task->solved ? *task->solved : (double)NAN;
}

double e2l_tolerated_loss(const e2l_task *task)
{
    return task->tolerated_loss > 0 ? task->tolerated_loss : E2L_TOLERATED_LOSS;
}
