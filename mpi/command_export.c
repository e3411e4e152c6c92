/* command_export.c: e2l export: a rule as files for other programs. */
#include "mpi/command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "mpi/trajectory.h"
#include "results/export.h"
#include "results/run_folder.h"

static const e2l_option OPTIONS[] = {
    {"--format", "LIST", "formats, comma-separated, or all (default); see e2l list exporters", false},
    {"--out", "DIR", "folder to write to (required)", false},
    {"--check", NULL, "tries what was written with the tools of each format", false},
};
static const e2l_usage USAGE = {
    .command = "export",
    .operands = "DIR|FILE|EXPR",
    .min_operands = 1,
    .max_operands = 1,
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .about = "Writes a rule as C, LaTeX, JSON: of a run folder, of a rule file, or given as a formula.",
};

/* A run folder's champion, a file, or a formula. A name of something that exists is taken as such; a path that does not
   exist is an error, not a formula. */
static e2l_status read_rule(e2l_ctx *ctx, const char *given, e2l_rule_set **out)
{
    struct stat info;
    bool exists = stat(given, &info) == 0;
    if (exists && S_ISDIR(info.st_mode)) {
        char *path = e2l_folder_path(ctx, given, E2L_FILE_CHAMPION);
        if (!path) {
            return E2L_NOMEM;
        }
        e2l_status status = e2l_folder_check(ctx, given);
        if (status == E2L_OK && !e2l_folder_has(ctx, given, E2L_FILE_CHAMPION)) {
            status = e2l_fail(ctx, E2L_INPUT, "%s: no %s: the run is not finished; e2l resume %s goes on with it",
                              given, E2L_FILE_CHAMPION, given);
        }
        status = status == E2L_OK ? e2l_rule_read_file(ctx, out, path) : status;
        e2l_free(ctx, path);
        return status;
    }
    if (exists || given[0] == '@') {
        return e2l_rule_read_file(ctx, out, given[0] == '@' ? given + 1 : given);
    }
    size_t length = strlen(given);
    bool looks_like_path = length > 5 && strcmp(given + length - 5, ".json") == 0;
    if (looks_like_path) {
        return e2l_fail(ctx, E2L_INPUT, "%s: no such file", given);
    }
    if (strncmp(given, "name:", strlen("name:")) == 0) {
        return e2l_fail(ctx, E2L_INPUT, "'%.64s' is a rule of some task, which export does not know; give its formula (e2l list tasks NAME shows it)", given);
    }
    return e2l_rule_read_text(ctx, out, given, length, "rule");
}

static e2l_status check_files(e2l_ctx *ctx, const e2l_exporter *const *formats, size_t n, const char *dir)
{
    e2l_text log;
    e2l_text_init(&log, ctx);
    e2l_status status = e2l_export_check(ctx, formats, n, dir, &log);
    (void)printf("%s", e2l_text_get(&log));
    e2l_text_clear(&log);
    return status;
}

static void print_files(const e2l_exporter *const *formats, size_t n, const char *dir, bool has_trajectory)
{
    (void)printf("exported to %s:\n", dir);
    for (size_t k = 0; k < n; k++) {
        (void)printf("  %-8s", formats[k]->name);
        for (const char *const *file = formats[k]->files; *file; file++) {
            (void)printf(" %s", *file);
        }
        (void)printf("\n");
    }
    if (has_trajectory) {
        (void)printf("  a case   trajectory.csv\n");
    }
}

/* Of a run folder: the task and its data are known there. A config that cannot be used any more (data moved away) costs the trajectory alone. */
static void make_trajectory(e2l_ctx *ctx, const char *given, const e2l_rule_set *rule, e2l_text *out)
{
    struct stat info;
    e2l_config config = {.ctx = ctx};
    char *path = stat(given, &info) == 0 && S_ISDIR(info.st_mode) ? e2l_folder_path(ctx, given, E2L_FILE_CONFIG) : NULL;
    if (!path) {
        return;
    }
    e2l_status status = e2l_config_read(ctx, &config, path, NULL, 0);
    status = status == E2L_OK ? e2l_trajectory_make(ctx, &config, rule, out) : status;
    if (status != E2L_OK) {
        (void)fprintf(stderr, "e2l: no trajectory.csv: %s\n", e2l_ctx_message(ctx));
        e2l_text_clear(out);
        *out = (e2l_text){.ctx = ctx};
    }
    e2l_config_clear(&config);
    e2l_free(ctx, path);
}

static e2l_status write_files(e2l_ctx *ctx, const e2l_arguments *arguments)
{
    const char *dir = e2l_arguments_get(arguments, &USAGE, "--out");
    const char *list = e2l_arguments_get(arguments, &USAGE, "--format");
    enum { MAX_FORMATS = 64 };
    const e2l_exporter *formats[MAX_FORMATS];
    size_t n = 0;
    e2l_rule_set *rule = NULL;
    if (!dir || e2l_n_exports > MAX_FORMATS) {
        return e2l_fail(ctx, E2L_INPUT, "export: --out missing: the folder to write to");
    }
    e2l_status status = e2l_export_formats(ctx, formats, &n, list ? list : "all");
    status = status == E2L_OK ? read_rule(ctx, arguments->operands[0], &rule) : status;
    status = status == E2L_OK ? e2l_rule_set_describe(rule) : status;
    e2l_text trajectory = {.ctx = ctx};
    if (status == E2L_OK) {
        make_trajectory(ctx, arguments->operands[0], rule, &trajectory);
        status = e2l_export_write(ctx, rule, formats, n, dir, &trajectory);
    }
    if (status == E2L_OK) {
        print_files(formats, n, dir, trajectory.n > 0);
    }
    e2l_text_clear(&trajectory);
    if (status == E2L_OK && e2l_arguments_has(arguments, &USAGE, "--check")) {
        status = check_files(ctx, formats, n, dir);
    }
    e2l_rule_set_destroy(rule);
    return status;
}

int e2l_command_export(int argc, char **argv)
{
    return e2l_command_with(&USAGE, argc, argv, write_files);
}
