/* tool.c: posix_spawn of a program in a folder, its output in a file there.

   The folder is entered by a line of shell, whose arguments are handed over as arguments: no text is ever parsed. */
#include "results/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "results/run_folder.h"

extern char **environ;

enum { MAX_ARGUMENTS = 32, TAIL_BYTES = 600 };

bool e2l_tool_exists(e2l_ctx *ctx, const char *name)
{
    const char *path = getenv("PATH");
    e2l_text file = {.ctx = ctx};
    bool found = false;
    for (const char *at = path ? path : "/usr/bin:/bin"; !found && *at != '\0';) {
        size_t length = strcspn(at, ":");
        struct stat info;
        e2l_text_reset(&file);
        e2l_text_append_n(&file, at, length);
        e2l_text_appendf(&file, "%s%s", length > 0 ? "/" : "", name);
        const char *candidate = e2l_text_get(&file);
        found = stat(candidate, &info) == 0 && S_ISREG(info.st_mode) && access(candidate, X_OK) == 0;
        at += at[length] == ':' ? length + 1 : length;
    }
    e2l_text_clear(&file);
    return found;
}

/* Starts it; the file actions are set up by the caller's macros of spawn.h, each of which may fail. */
static int start(pid_t *pid, const char *output, char *const *argv)
{
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed) {
        return failed;
    }
    failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    failed = failed ? failed
                    : posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC,
                                                       0666);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    failed = failed ? failed : posix_spawn(pid, "/bin/sh", &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static e2l_status wait_for(e2l_ctx *ctx, pid_t pid, int *result)
{
    int state;
    while (waitpid(pid, &state, 0) < 0) {
        if (errno != EINTR) {
            return e2l_fail(ctx, E2L_IO, "cannot wait for a program: %s", strerror(errno));
        }
    }
    *result = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    return E2L_OK;
}

/* "tool ended with 1: ... last of what it printed". */
static e2l_status ended_badly(e2l_ctx *ctx, const char *dir, const char *output, const char *name, int result)
{
    char *text;
    size_t n;
    e2l_status status = e2l_folder_read(ctx, &text, &n, dir, output);
    if (status != E2L_OK) {
        return status;
    }
    const char *tail = n > TAIL_BYTES ? text + n - TAIL_BYTES : text;
    (void)e2l_fail(ctx, E2L_INTERNAL, "%s ended with %d (%s/%s): %.*s", name, result, dir, output, (int)TAIL_BYTES,
                   tail);
    e2l_free(ctx, text);
    return E2L_INTERNAL;
}

e2l_status e2l_tool_run(e2l_ctx *ctx, const char *dir, const char *output, const char *const *argv)
{
    char *all[MAX_ARGUMENTS + 5] = {(char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c",
                                    (char *)(uintptr_t)"cd \"$0\" && exec \"$@\"", (char *)(uintptr_t)dir};
    size_t n = 4;
    for (size_t k = 0; argv[k]; k++) {
        if (k == MAX_ARGUMENTS) {
            return e2l_fail(ctx, E2L_INTERNAL, "%s: more than %d arguments", argv[0], (int)MAX_ARGUMENTS);
        }
        all[n++] = (char *)(uintptr_t)argv[k]; /* posix_spawn takes char *const[] and leaves the text alone */
    }
    if (!e2l_tool_exists(ctx, argv[0])) {
        return e2l_fail(ctx, E2L_TOOL, "%s is not installed", argv[0]);
    }
    char *path = e2l_folder_path(ctx, dir, output);
    if (!path) {
        return E2L_NOMEM;
    }
    pid_t pid = 0;
    int result = 0, failed = start(&pid, path, all);
    e2l_free(ctx, path);
    if (failed) {
        return e2l_fail(ctx, E2L_IO, "cannot run %s: %s", argv[0], strerror(failed));
    }
    e2l_status status = wait_for(ctx, pid, &result);
    return status == E2L_OK && result != 0 ? ended_badly(ctx, dir, output, argv[0], result) : status;
}
