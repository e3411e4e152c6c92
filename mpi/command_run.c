/* command_run.c: e2l run CONFIG.json: a new search in a new folder. */
#include "mpi/command.h"

#include "mpi/launch.h"
#include "results/run_folder.h"

static const e2l_option OPTIONS[] = {
    {"--out", "DIR", "the run folder, new or empty; goes before output.dir", false},
    {"--set", "KEY=VALUE", "changes one key of the config, for example search.functions=[add,mul]", true},
};
static const e2l_usage USAGE = {
    .command = "run",
    .operands = "CONFIG.json",
    .min_operands = 1,
    .max_operands = 1,
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .about = "Searches for rules as a config says, alone or under mpirun or srun. SIGTERM and SIGINT end with a\n"
             "checkpoint, SIGUSR1 writes one and goes on.",
};

/* --out, output.dir, or runs/TASK; gives. */
static e2l_status choose_folder(e2l_ctx *ctx, const e2l_arguments *arguments, const e2l_config *config, char **dir)
{
    const char *given = e2l_arguments_get(arguments, &USAGE, "--out");
    given = given ? given : config->output.dir;
    *dir = given ? e2l_strdup(ctx, given) : e2l_folder_path(ctx, "runs", config->task->name);
    return *dir ? E2L_OK : E2L_NOMEM;
}

static e2l_status write_config(e2l_ctx *ctx, const e2l_config *config, const char *dir)
{
    e2l_text text = {.ctx = ctx};
    e2l_status status = e2l_config_write(config, &text);
    if (status == E2L_OK) {
        status = e2l_folder_write(ctx, dir, E2L_FILE_CONFIG, e2l_text_get(&text), text.n);
    }
    e2l_text_clear(&text);
    return status;
}

static e2l_status prepare(e2l_ctx *ctx, const e2l_arguments *arguments, e2l_config *config, char **dir, bool *finished)
{
    size_t k = e2l_arguments_index(&USAGE, "--set");
    *finished = false;
    e2l_status status =
        e2l_config_read(ctx, config, arguments->operands[0], arguments->values[k].at, arguments->values[k].n);
    if (status == E2L_OK) {
        status = e2l_config_try(config); /* no folder for data that cannot be read */
    }
    if (status == E2L_OK) {
        status = choose_folder(ctx, arguments, config, dir);
    }
    if (status == E2L_OK) {
        status = e2l_folder_create(ctx, *dir);
    }
    if (status == E2L_OK) {
        status = e2l_folder_claim(ctx, *dir);
    }
    if (status != E2L_OK) {
        return status;
    }
    status = write_config(ctx, config, *dir);
    if (status != E2L_OK) {
        e2l_folder_release(ctx, *dir);
    }
    return status;
}

int e2l_command_run(int argc, char **argv)
{
    return e2l_launch(&USAGE, argc, argv, prepare, false);
}
