/* arguments.c: command lines by table. */
#include "mpi/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/page.h"

size_t e2l_arguments_index(const e2l_usage *usage, const char *name)
{
    for (size_t k = 0; k < usage->n_options; k++) {
        if (strcmp(usage->options[k].name, name) == 0) {
            return k;
        }
    }
    return usage->n_options;
}

static e2l_status unknown_option(e2l_ctx *ctx, const e2l_usage *usage, const char *given)
{
    const char *names[32];
    char hint[96];
    for (size_t k = 0; k < usage->n_options; k++) {
        names[k] = usage->options[k].name;
    }
    return e2l_fail(ctx, E2L_INPUT, "%s: option '%.60s' unknown%s (e2l %s --help lists them)", usage->command,
                    given, e2l_did_you_mean(hint, sizeof hint, given, names, usage->n_options),
                    usage->command);
}

/* Stores one value of option k; `inline_value` is what stood behind '=' or NULL. */
static e2l_status take_value(e2l_ctx *ctx, e2l_arguments *out, const e2l_usage *usage, size_t k,
                             const char *inline_value, const char *next, bool *used_next)
{
    const e2l_option *option = &usage->options[k];
    const char *value = inline_value ? inline_value : next;
    if (!option->value) {
        if (inline_value) {
            return e2l_fail(ctx, E2L_INPUT, "%s: %s takes no value, '%.60s' given", usage->command,
                            option->name, inline_value);
        }
        value = "";
    } else if (!value) {
        return e2l_fail(ctx, E2L_INPUT, "%s: %s needs a value: %s %s", usage->command, option->name,
                        option->name, option->value);
    }
    *used_next = option->value && !inline_value;
    size_t n = out->values[k].n;
    if (n > 0 && !option->repeats && option->value) {
        return e2l_fail(ctx, E2L_INPUT, "%s: %s given twice ('%.60s' and '%.60s')", usage->command,
                        option->name, out->values[k].at[0], value);
    }
    if (n == E2L_MAX_VALUES) {
        return e2l_fail(ctx, E2L_INPUT, "%s: %s given more than %d times", usage->command, option->name,
                        E2L_MAX_VALUES);
    }
    out->values[k].at[out->values[k].n++] = value;
    return E2L_OK;
}

static e2l_status take_option(e2l_ctx *ctx, e2l_arguments *out, const e2l_usage *usage, const char *given,
                              const char *next, bool *used_next)
{
    char name[64];
    const char *equals = strchr(given, '=');
    size_t length = equals ? (size_t)(equals - given) : strlen(given);
    if (length >= sizeof name) {
        return unknown_option(ctx, usage, given);
    }
    memcpy(name, given, length);
    name[length] = '\0';
    size_t k = e2l_arguments_index(usage, name);
    if (k == usage->n_options) {
        return unknown_option(ctx, usage, name);
    }
    return take_value(ctx, out, usage, k, equals ? equals + 1 : NULL, next, used_next);
}

static e2l_status check_operands(e2l_ctx *ctx, const e2l_arguments *out, const e2l_usage *usage)
{
    if (out->n_operands < usage->min_operands) {
        return e2l_fail(ctx, E2L_INPUT, "%s: %s missing; usage: e2l %s %s [options], see e2l %s --help",
                        usage->command, usage->operands, usage->command, usage->operands, usage->command);
    }
    if (out->n_operands > usage->max_operands) {
        return e2l_fail(ctx, E2L_INPUT, "%s: '%.80s' is one argument too many; usage: e2l %s %s [options]",
                        usage->command, out->operands[usage->max_operands], usage->command, usage->operands);
    }
    return E2L_OK;
}

e2l_status e2l_arguments_parse(e2l_ctx *ctx, e2l_arguments *out, const e2l_usage *usage, int argc, char **argv)
{
    *out = (e2l_arguments){0};
    for (int k = 1; k < argc; k++) {
        if (strcmp(argv[k], "--help") == 0 || strcmp(argv[k], "-h") == 0) {
            out->help = true;
            return E2L_OK;
        }
    }
    bool only_operands = false;
    for (int k = 1; k < argc; k++) {
        const char *given = argv[k];
        if (!only_operands && strcmp(given, "--") == 0) {
            only_operands = true;
        } else if (!only_operands && strncmp(given, "--", 2) == 0) {
            bool used_next = false;
            e2l_status status =
                take_option(ctx, out, usage, given, k + 1 < argc ? argv[k + 1] : NULL, &used_next);
            if (status != E2L_OK) {
                return status;
            }
            k += used_next ? 1 : 0;
        } else if (out->n_operands < E2L_MAX_VALUES) {
            out->operands[out->n_operands++] = given;
        }
    }
    return check_operands(ctx, out, usage);
}

const char *e2l_arguments_get(const e2l_arguments *arguments, const e2l_usage *usage, const char *name)
{
    size_t k = e2l_arguments_index(usage, name);
    size_t n = arguments->values[k].n;
    return n > 0 ? arguments->values[k].at[n - 1] : NULL;
}

bool e2l_arguments_has(const e2l_arguments *arguments, const e2l_usage *usage, const char *name)
{
    return arguments->values[e2l_arguments_index(usage, name)].n > 0;
}

e2l_status e2l_arguments_count(e2l_ctx *ctx, uint64_t *out, const char *name, const char *text, uint64_t low,
                               uint64_t high)
{
    uint64_t value = 0;
    size_t n = 0;
    bool fits = true;
    for (; text[n] >= '0' && text[n] <= '9'; n++) {
        uint64_t digit = (uint64_t)(text[n] - '0');
        fits = fits && value <= (UINT64_MAX - digit) / 10;
        value = fits ? value * 10 + digit : value;
    }
    if (n == 0 || text[n] != '\0' || !fits || value < low || value > high) {
        return e2l_fail(ctx, E2L_INPUT, "%s: '%.60s' is not a whole number in %llu..%llu", name, text,
                        (unsigned long long)low, (unsigned long long)high);
    }
    *out = value;
    return E2L_OK;
}

enum { HELP_COLUMN = 24 };

void e2l_usage_print(const e2l_usage *usage)
{
    e2l_page_wrap(usage->about, 0, 0);
    (void)printf("\nusage: e2l %s%s%s%s\n", usage->command, *usage->operands ? " " : "", usage->operands,
                 usage->n_options > 0 ? " [options]" : "");
    for (size_t k = 0; k < usage->n_options; k++) {
        char left[64];
        const e2l_option *option = &usage->options[k];
        (void)snprintf(left, sizeof left, "%s %s", option->name, option->value ? option->value : "");
        (void)printf("  %-*s ", HELP_COLUMN - 3, left);
        e2l_page_wrap(option->help, HELP_COLUMN, HELP_COLUMN);
    }
}
