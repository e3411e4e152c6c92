/* arguments.h: the command line of one command: `--name value`, `--name=value`, flags, operands; `--help` comes from the table. */
#ifndef E2L_MPI_ARGUMENTS_H
#define E2L_MPI_ARGUMENTS_H

#include "cgp/base.h"

enum { E2L_MAX_VALUES = 64 };

typedef struct e2l_option {
    const char *name;  /* "--task" */
    const char *value; /* what the value is called, "SPEC"; NULL: a flag */
    const char *help;  /* one line */
    bool repeats;      /* may stand several times */
} e2l_option;

typedef struct e2l_usage {
    const char *command;  /* "eval" */
    const char *operands; /* "DIR", "" */
    size_t min_operands, max_operands;
    const e2l_option *options;
    size_t n_options;
    const char *about; /* one line */
} e2l_usage;

typedef struct e2l_arguments {
    const char *operands[E2L_MAX_VALUES];
    size_t n_operands;
    struct {
        const char *at[E2L_MAX_VALUES];
        size_t n;
    } values[32]; /* by index of the option */
    bool help;        /* --help or -h was given: nothing else was checked */
} e2l_arguments;

/* argv[0] is the command's name. Values are borrowed from argv. E2L_INPUT with the nearest option. */
E2L_MUST_CHECK e2l_status e2l_arguments_parse(e2l_ctx *ctx, e2l_arguments *out, const e2l_usage *usage,
                                              int argc, char **argv);
/* Last value of the option, or NULL / `fallback`. */
const char *e2l_arguments_get(const e2l_arguments *arguments, const e2l_usage *usage, const char *name);
bool e2l_arguments_has(const e2l_arguments *arguments, const e2l_usage *usage, const char *name);
/* Index of the option in the table; the name must be one of them. */
size_t e2l_arguments_index(const e2l_usage *usage, const char *name);
/* A whole number in [low, high] from an option's value. */
E2L_MUST_CHECK e2l_status e2l_arguments_count(e2l_ctx *ctx, uint64_t *out, const char *name, const char *text,
                                              uint64_t low, uint64_t high);
/* The text of --help. */
void e2l_usage_print(const e2l_usage *usage);

#endif
