/* command.c: what all commands share: exit codes and the last words. */
#include "mpi/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int e2l_exit_code(e2l_status status)
{
    switch (status) {
    case E2L_OK:
        return E2L_EXIT_DONE;
    case E2L_INPUT:
    case E2L_UNSUPPORTED:
        return E2L_EXIT_INPUT;
    case E2L_TOOL:
        return E2L_EXIT_TOOL;
    case E2L_NOMEM:
    case E2L_IO:
    case E2L_CANCELLED:
    case E2L_INTERNAL:
    default:
        return E2L_EXIT_FAILED;
    }
}

int e2l_report_status(const e2l_ctx *ctx, e2l_status status)
{
    if (status != E2L_OK) {
        const char *message = ctx ? e2l_ctx_message(ctx) : "";
        (void)fprintf(stderr, "e2l: %s\n", *message ? message : e2l_status_text(status));
    }
    return e2l_exit_code(status);
}

int e2l_command_end(e2l_ctx *ctx, e2l_status status)
{
    if (fflush(stdout) != 0 && status == E2L_OK) {
        status = e2l_fail(ctx, E2L_IO, "standard output: %s", strerror(errno));
    }
    int code = e2l_report_status(ctx, status);
    (void)e2l_ctx_destroy(ctx);
    return code;
}

int e2l_command_with(const e2l_usage *usage, int argc, char **argv,
                     e2l_status (*body)(e2l_ctx *ctx, const e2l_arguments *arguments))
{
    e2l_ctx *ctx = NULL;
    e2l_arguments arguments;
    e2l_status status = e2l_ctx_create(&ctx);
    if (status != E2L_OK) {
        return e2l_report_status(ctx, status);
    }
    status = e2l_arguments_parse(ctx, &arguments, usage, argc, argv);
    if (status == E2L_OK && arguments.help) {
        e2l_usage_print(usage);
    } else if (status == E2L_OK) {
        status = body(ctx, &arguments);
    }
    return e2l_command_end(ctx, status);
}
