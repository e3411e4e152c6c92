/* command_show.c: e2l show: what a finished run found, from its folder. */
#include "mpi/command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mpi/page.h"
#include "mpi/summary.h"
#include "results/run_folder.h"
#include "substrate/json.h"

static const e2l_option OPTIONS[] = {
    {"--json", NULL, "machine-readable output: {\"champion\": ..., \"archive\": [...]}", false},
};
static const e2l_usage USAGE = {
    .command = "show",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .about = "Champion, held-out scores and Pareto table of a run folder.",
};

/* One JSON object a line. */
static e2l_status read_archive(e2l_ctx *ctx, const char *dir, cJSON *out)
{
    char *text = NULL, where[64];
    size_t n = 0, number = 0;
    e2l_status status = e2l_folder_read(ctx, &text, &n, dir, E2L_FILE_ARCHIVE);
    for (size_t at = 0; status == E2L_OK && at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t length = end ? (size_t)(end - (text + at)) : n - at;
        cJSON *entry = NULL;
        (void)snprintf(where, sizeof where, "%s:%zu", E2L_FILE_ARCHIVE, ++number);
        status = e2l_json_parse(ctx, &entry, text + at, length, where);
        if (status == E2L_OK && !cJSON_AddItemToArray(out, entry)) {
            e2l_json_free(entry);
            status = e2l_fail(ctx, E2L_NOMEM, "out of memory");
        }
        at += length + 1;
    }
    e2l_free(ctx, text);
    return status;
}

/* A number in a column, "-" where there is none. */
static void print_number(const cJSON *entry, const char *key, int width, bool is_count)
{
    char cell[64] = "-";
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(entry, key);
    if (cJSON_IsNumber(value)) {
        (void)snprintf(cell, sizeof cell, is_count ? "%.0f" : "%.5f", value->valuedouble);
    }
    (void)printf(" %*s", width, cell);
}

enum { RULE_COLUMN = 34 };

/* The canonical text: a string, or an object with one per slot. */
static void print_rule(const cJSON *canonical)
{
    const cJSON *slot = canonical ? canonical->child : NULL;
    const char *only = cJSON_GetStringValue(canonical);
    (void)printf("  ");
    if (!slot) {
        e2l_page_wrap(only ? only : "", RULE_COLUMN, RULE_COLUMN);
    }
    for (; slot; slot = slot->next) {
        const char *text = cJSON_GetStringValue(slot);
        (void)printf("%*s%s = ", slot == canonical->child ? 0 : RULE_COLUMN, "", slot->string);
        e2l_page_wrap(text ? text : "", RULE_COLUMN + strlen(slot->string) + 3, RULE_COLUMN);
    }
}

static void print_pareto(const cJSON *archive)
{
    const cJSON *entry;
    (void)printf("\n  Best rule of every complexity:\n\n  complexity    search    select  rule\n");
    cJSON_ArrayForEach(entry, archive)
    {
        (void)printf(" ");
        print_number(entry, "complexity", 10, true);
        print_number(entry, "score", 9, false);
        print_number(entry, "select", 9, false);
        print_rule(cJSON_GetObjectItemCaseSensitive(entry, "canonical"));
    }
}

static e2l_status check_finished(e2l_ctx *ctx, const char *dir)
{
    e2l_status status = e2l_folder_check(ctx, dir);
    if (status == E2L_OK && !e2l_folder_has(ctx, dir, E2L_FILE_CHAMPION)) {
        status = e2l_fail(ctx, E2L_INPUT, "%s: no %s yet: the run is not finished; e2l resume %s goes on with it", dir,
                          E2L_FILE_CHAMPION, dir);
    }
    return status;
}

static e2l_status show(e2l_ctx *ctx, const e2l_arguments *arguments, cJSON *both)
{
    const char *dir = arguments->operands[0];
    cJSON *champion = NULL, *archive = cJSON_AddArrayToObject(both, "archive");
    e2l_status status = archive ? check_finished(ctx, dir) : e2l_fail(ctx, E2L_NOMEM, "out of memory");
    status = status == E2L_OK ? e2l_champion_read(ctx, dir, &champion) : status;
    if (champion && !cJSON_AddItemToObject(both, "champion", champion)) {
        e2l_json_free(champion);
        status = e2l_fail(ctx, E2L_NOMEM, "out of memory");
    }
    status = status == E2L_OK ? read_archive(ctx, dir, archive) : status;
    if (status == E2L_OK && !archive->child && cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(champion, "slots"))) {
        status = e2l_fail(ctx, E2L_INPUT, "%s/%s: is empty; a run with a champion has at least one line there", dir, E2L_FILE_ARCHIVE);
    }
    if (status != E2L_OK) {
        return status;
    }
    if (e2l_arguments_has(arguments, &USAGE, "--json")) {
        return e2l_page_json(ctx, both);
    }
    e2l_summary_print(champion, dir);
    if (archive->child) {
        print_pareto(archive);
    }
    return E2L_OK;
}

static e2l_status run_show(e2l_ctx *ctx, const e2l_arguments *arguments)
{
    cJSON *both = cJSON_CreateObject();
    e2l_status status = both ? show(ctx, arguments, both) : e2l_fail(ctx, E2L_NOMEM, "out of memory");
    cJSON_Delete(both);
    return status;
}

int e2l_command_show(int argc, char **argv)
{
    return e2l_command_with(&USAGE, argc, argv, run_show);
}
