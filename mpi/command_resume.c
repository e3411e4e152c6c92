/* command_resume.c: e2l resume DIR: goes on with a run that was stopped, on any number of ranks. */
#include "mpi/command.h"

#include <stdio.h>

#include "mpi/launch.h"
#include "results/run_folder.h"

static const e2l_usage USAGE = {
    .command = "resume",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .about = "Goes on with a run from its last checkpoint, on any number of ranks; the result is that of a run that was\n"
             "never stopped. Without a checkpoint it starts at generation 0.",
};

/* Checkpoints that a kill between DONE and their removal left. */
static e2l_status tell_finished(e2l_ctx *ctx, const char *dir)
{
    e2l_status status = E2L_OK;
    if (e2l_folder_has(ctx, dir, E2L_FOLDER_CHECKPOINT)) {
        status = e2l_checkpoint_clear(ctx, dir);
    }
    (void)printf("'%s' is finished; see it with: e2l show %s\n", dir, dir);
    return status;
}

static e2l_status prepare(e2l_ctx *ctx, const e2l_arguments *arguments, e2l_config *config, char **dir, bool *finished)
{
    *dir = e2l_strdup(ctx, arguments->operands[0]);
    e2l_status status = *dir ? e2l_folder_check(ctx, *dir) : E2L_NOMEM;
    if (status != E2L_OK) {
        return status;
    }
    /* DONE alone (copied, or the rest removed) is no result: then the run goes on. */
    *finished = e2l_folder_has(ctx, *dir, E2L_FILE_DONE) && e2l_folder_has(ctx, *dir, E2L_FILE_CHAMPION);
    if (*finished) {
        return tell_finished(ctx, *dir);
    }
    char *path = e2l_folder_path(ctx, *dir, E2L_FILE_CONFIG);
    status = path ? e2l_config_read(ctx, config, path, NULL, 0) : E2L_NOMEM;
    e2l_free(ctx, path);
    return status;
}

int e2l_command_resume(int argc, char **argv)
{
    return e2l_launch(&USAGE, argc, argv, prepare, true);
}
