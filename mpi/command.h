/* command.h: the commands of the program. Each is one file command_NAME.c with one function; argv[0] is the command's name, the result
   is the exit code: 0 done, 1 failed, 2 the command line, config or data is wrong, 3 an outside tool is missing. */
#ifndef E2L_MPI_COMMAND_H
#define E2L_MPI_COMMAND_H

#include "mpi/arguments.h"

enum { E2L_EXIT_DONE = 0, E2L_EXIT_FAILED = 1, E2L_EXIT_INPUT = 2, E2L_EXIT_TOOL = 3 };

int e2l_command_run(int argc, char **argv);
int e2l_command_resume(int argc, char **argv);
int e2l_command_eval(int argc, char **argv);
int e2l_command_show(int argc, char **argv);
int e2l_command_export(int argc, char **argv);
int e2l_command_list(int argc, char **argv);
int e2l_command_check(int argc, char **argv);
int e2l_command_bench(int argc, char **argv);

/* The exit code that a status means. */
int e2l_exit_code(e2l_status status);
/* Prints "e2l: message" on standard error when the status is a failure; returns the exit code. */
int e2l_report_status(const e2l_ctx *ctx, e2l_status status);
/* Ends a command: flushes standard output (a full disk is an error), destroys the context. */
int e2l_command_end(e2l_ctx *ctx, e2l_status status);
/* A command from its table to its exit code: context, command line, --help, body, end. */
int e2l_command_with(const e2l_usage *usage, int argc, char **argv,
                     e2l_status (*body)(e2l_ctx *ctx, const e2l_arguments *arguments));

#endif
