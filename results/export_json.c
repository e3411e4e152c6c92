/* export_json.c: rule.json and vectors.csv. Every export has them, so writing has nothing left to do here; checking
   reads rule.json again and asks for the same bytes. */
#include <string.h>

#include "results/exporter.h"
#include "results/run_folder.h"

static e2l_status write_json(const e2l_export_job *job)
{
    (void)job; /* e2l_export_write puts both files into every export */
    return E2L_OK;
}

static e2l_status compare(e2l_ctx *ctx, const e2l_rule_set *set, const char *text, size_t n)
{
    e2l_text again = {.ctx = ctx};
    e2l_status status = e2l_rule_print(set, &again);
    if (status == E2L_OK && (again.n != n || memcmp(e2l_text_get(&again), text, n) != 0)) {
        status = e2l_fail(ctx, E2L_INTERNAL, "rule.json, read and written again, is not the same");
    }
    e2l_text_clear(&again);
    return status;
}

static e2l_status check_json(e2l_ctx *ctx, const char *dir, e2l_text *log)
{
    char *text;
    size_t n;
    e2l_status status = e2l_folder_read(ctx, &text, &n, dir, "rule.json");
    if (status != E2L_OK) {
        return status;
    }
    e2l_rule_set *set;
    status = e2l_rule_read_text(ctx, &set, text, n, "rule.json");
    if (status == E2L_OK) {
        status = compare(ctx, set, text, n);
        e2l_rule_set_destroy(set);
    } else if (status == E2L_INPUT) {
        status = E2L_INTERNAL; /* our own file is broken */
    }
    e2l_free(ctx, text);
    if (status == E2L_OK) {
        e2l_text_append(log, "json: rule.json reads back to the same formulas and the same bytes\n");
    }
    return status;
}

static const char *const files[] = {"rule.json", "vectors.csv", NULL};

extern const e2l_exporter e2l_export_json;
const e2l_exporter e2l_export_json = {
    .abi = E2L_EXPORTER_ABI,
    .struct_size = sizeof(e2l_exporter),
    .name = "json",
    .summary = "the rule as data: formula, nodes, inputs, meaning",
    .files = files,
    .tools = "",
    .how_to = "`@rule.json` stands for the rule wherever e2l takes one. Other programs read `rule` (the formula), `nodes`\n"
              "(the same as a list, arguments before users, the last one is the result), `inputs` and `operators`.\n"
              "Constants are decimals that read back to the same bits, and hex floats.",
    .lost = "nothing.",
    .write = write_json,
    .check = check_json,
};
