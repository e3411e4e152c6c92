/* export.c: the export folder: rule.json and vectors.csv, the formats' files, README, checksums. */
#include "results/export.h"

#include <math.h>
#include <sha2.h>
#include <string.h>

#include "cgp/number.h"
#include "results/run_folder.h"
#include "results/run_folder_impl.h"

enum { SUM_BYTES = SHA256_DIGEST_STRING_LENGTH };

struct e2l_sink {
    e2l_ctx *ctx;
    const char *dir;
    e2l_text sums;
};

/* ---- choosing formats ---- */

static e2l_status unknown_format(e2l_ctx *ctx, const char *name)
{
    const char *known[65] = {"all"};
    size_t n = 1;
    for (size_t k = 0; k < e2l_n_exports && n < 65; k++) {
        known[n++] = e2l_exports[k]->name;
    }
    char hint[120];
    return e2l_fail(ctx, E2L_INPUT, "export format '%.40s' is not known%s (see `e2l list exporters`)", name,
                    e2l_did_you_mean(hint, sizeof hint, name, known, n));
}

static e2l_status add_format(e2l_ctx *ctx, const e2l_exporter **formats, size_t *n, const char *name)
{
    const e2l_exporter *format = e2l_exporter_find(name);
    if (!format) {
        return unknown_format(ctx, name);
    }
    for (size_t k = 0; k < *n; k++) {
        if (formats[k] == format) {
            return e2l_fail(ctx, E2L_INPUT, "export format '%s' is named twice", name);
        }
    }
    formats[(*n)++] = format;
    return E2L_OK;
}

e2l_status e2l_export_formats(e2l_ctx *ctx, const e2l_exporter **formats, size_t *n, const char *list)
{
    *n = 0;
    if (strcmp(list, "all") == 0) {
        for (size_t k = 0; k < e2l_n_exports; k++) {
            formats[(*n)++] = e2l_exports[k];
        }
        return E2L_OK;
    }
    e2l_status status = E2L_OK;
    for (const char *at = list; status == E2L_OK;) {
        size_t length = strcspn(at, ",");
        char name[48];
        size_t kept = length < sizeof name ? length : sizeof name - 1;
        memcpy(name, at, kept);
        name[kept] = '\0';
        status = add_format(ctx, formats, n, name);
        if (at[length] == '\0') {
            break;
        }
        at += length + 1;
    }
    return status;
}

/* ---- files ---- */

static void sum_text(char sum[SUM_BYTES], const e2l_text *text)
{
    const char *bytes = e2l_text_get(text);
    (void)SHA256Data((const uint8_t *)bytes, strlen(bytes), sum);
}

/* Makes the folders above `path`, and `path` itself when it ends in a slash. */
static e2l_status make_folders_of(e2l_ctx *ctx, const char *path)
{
    char *copy = e2l_strdup(ctx, path);
    if (!copy) {
        return E2L_NOMEM;
    }
    e2l_status status = E2L_OK;
    for (size_t k = 1; status == E2L_OK && copy[0] != '\0' && copy[k] != '\0'; k++) {
        if (copy[k] == '/' && copy[k - 1] != '/') {
            copy[k] = '\0';
            status = e2l_make_level(ctx, copy);
            copy[k] = '/';
        }
    }
    e2l_free(ctx, copy);
    return status;
}

static e2l_status write_file(e2l_sink *sink, const char *path, const e2l_text *text)
{
    const char *bytes = e2l_text_get(text);
    char *whole = e2l_folder_path(sink->ctx, sink->dir, path);
    e2l_status status = whole ? make_folders_of(sink->ctx, whole) : E2L_NOMEM;
    e2l_free(sink->ctx, whole);
    return status == E2L_OK ? e2l_folder_write(sink->ctx, sink->dir, path, bytes, strlen(bytes)) : status;
}

e2l_status e2l_sink_put(e2l_sink *sink, const char *path, const e2l_text *text)
{
    char sum[SUM_BYTES];
    e2l_status status = e2l_text_status(text);
    if (status != E2L_OK) {
        return e2l_fail(sink->ctx, status, "export of '%s': out of memory", path);
    }
    sum_text(sum, text);
    e2l_text_appendf(&sink->sums, "%s  %s\n", sum, path);
    return write_file(sink, path, text);
}

/* ---- vectors.csv ---- */

static void put_cell(e2l_text *out, double value)
{
    char number[E2L_NUMBER_BYTES];
    e2l_text_appendf(out, ",%s", e2l_number_hex(number, value));
}

static bool is_listed(const char *const *names, size_t n, const char *name, size_t *place)
{
    for (*place = 0; *place < n; (*place)++) {
        if (strcmp(names[*place], name) == 0) {
            return true;
        }
    }
    return false;
}

/* The inputs of all slots, each once: the columns. */
static size_t all_inputs(const e2l_rule_set *rule, const char **names)
{
    size_t n = 0, place;
    for (size_t s = 0; s < rule->n_slots; s++) {
        for (size_t k = 0; k < rule->slots[s].n_inputs; k++) {
            if (!is_listed(names, n, rule->slots[s].inputs[k].name, &place)) {
                names[n++] = rule->slots[s].inputs[k].name;
            }
        }
    }
    return n;
}

static void put_row(e2l_text *out, const e2l_rule_slot *slot, const e2l_vectors *v, size_t row,
                    const char *const *columns, size_t n_columns)
{
    e2l_text_append(out, slot->name);
    for (size_t c = 0; c < n_columns; c++) {
        size_t k = 0;
        while (k < slot->n_inputs && strcmp(slot->inputs[k].name, columns[c]) != 0) {
            k++;
        }
        if (k < slot->n_inputs) {
            put_cell(out, v->in[row * v->n_inputs + k]);
        } else {
            e2l_text_append(out, ","); /* not an input of this slot */
        }
    }
    put_cell(out, v->expected[row]);
    put_cell(out, v->allowed[row]);
    e2l_text_append(out, "\n");
}

static void put_vectors(const e2l_export_job *job, e2l_text *out, const char **columns)
{
    size_t n_columns = all_inputs(job->rule, columns);
    e2l_text_appendf(out, "# rule.json SHA-256 %s\n", job->rule_sum);
    for (size_t s = 0; s < job->rule->n_slots; s++) {
        e2l_text_appendf(out, "# tolerance %s: %s\n", job->rule->slots[s].name,
                         e2l_tolerance_name(job->vectors[s].kind));
    }
    e2l_text_append(out, "# C hex floats. Right is |result - expected| <= allowed; where allowed is 0: the same bits, "
                         "any NaN for nan.\nslot");
    for (size_t c = 0; c < n_columns; c++) {
        e2l_text_appendf(out, ",%s", columns[c]);
    }
    e2l_text_append(out, ",expected,allowed\n");
    for (size_t s = 0; s < job->rule->n_slots; s++) {
        for (size_t r = 0; r < job->vectors[s].n_rows; r++) {
            put_row(out, &job->rule->slots[s], &job->vectors[s], r, columns, n_columns);
        }
    }
}

static e2l_status write_vectors(const e2l_export_job *job)
{
    size_t most = 1;
    for (size_t s = 0; s < job->rule->n_slots; s++) {
        most += job->rule->slots[s].n_inputs;
    }
    const char **columns = e2l_alloc(job->ctx, most, sizeof *columns);
    if (!columns) {
        return E2L_NOMEM;
    }
    e2l_text out = {.ctx = job->ctx};
    put_vectors(job, &out, columns);
    e2l_free(job->ctx, columns);
    e2l_status status = e2l_sink_put(job->sink, "vectors.csv", &out);
    e2l_text_clear(&out);
    return status;
}

/* ---- README.md ---- */

static void put_rules(e2l_text *out, const e2l_rule_set *rule)
{
    for (size_t k = 0; k < rule->n_slots; k++) {
        const e2l_rule_slot *slot = &rule->slots[k];
        e2l_text_appendf(out, "    %s = %s\n", slot->name, slot->text);
        if (strcmp(slot->text, slot->canonical_text) != 0) {
            e2l_text_appendf(out, "    %s = %s   (the same, for reading; rounding may differ)\n", slot->name,
                             slot->canonical_text);
        }
        if (isfinite(slot->eta)) {
            char number[E2L_NUMBER_BYTES];
            e2l_text_appendf(out, "    eta = %s\n", e2l_number_shortest(number, slot->eta));
        }
        e2l_text_appendf(out, "    applied as: %s\n\n", slot->applied);
    }
}

static void put_format(e2l_text *out, const e2l_exporter *format)
{
    e2l_text_appendf(out, "## %s: %s\n\n%s\n\nWhat is lost: %s\n\n", format->name, format->summary, format->how_to,
                     format->lost);
}

static void put_readme(const e2l_export_job *job, const e2l_exporter *const *formats, size_t n, e2l_text *out)
{
    e2l_text_append(out, "# A synaptic plasticity rule, exported by e2l " E2L_VERSION "\n\n");
    if (job->rule->task) {
        e2l_text_appendf(out, "Task: %s. ", job->rule->task);
    }
    e2l_text_appendf(out, "Evaluated: %s.\n\n", job->rule->trigger);
    put_rules(out, job->rule);
    if (job->trajectory) {
        e2l_text_append(out, "trajectory.csv is one case of the task step by step: the weights as they begin, then what came in, the neurons the\n"
                             "rule serves and their weights. A port of rule and network to anywhere else is fed with the inputs and compared with\n"
                             "the weights.\n\n");
    }
    e2l_text_append(
        out,
        "The value of a formula is not the change of the weight: it is multiplied by the learning rate eta first.\n"
        "rule.json is the source of truth: `e2l eval --task TASK --rule @rule.json` scores the same bits as before.\n"
        "vectors.csv holds inputs and expected outputs as hex floats; a port of the formula to anywhere else is\n"
        "checked with them. `sha256sum -c SHA256SUMS` checks that no file was changed.\n\n"
        "What no export carries: the network and the schedule around the rule. Porting errors are nearly always\n"
        "errors of order: here all neurons of a step come first, then the synapses, and every effect of the step\n"
        "used the weight before its update. e2l counts subnormal numbers (below 2.2e-308) as zero.\n\n");
    for (size_t k = 0; k < n; k++) {
        put_format(out, formats[k]);
    }
}

/* ---- driver ---- */

static e2l_status write_trajectory(const e2l_export_job *job)
{
    static const char name[] = "trajectory.csv";
    if (job->trajectory) {
        return e2l_sink_put(job->sink, name, job->trajectory);
    }
    return e2l_folder_has(job->ctx, job->sink->dir, name) ? e2l_folder_remove(job->ctx, job->sink->dir, name) : E2L_OK;
}

static e2l_status write_formats(const e2l_export_job *job, const e2l_exporter *const *formats, size_t n)
{
    e2l_status status = E2L_OK;
    if (e2l_folder_has(job->ctx, job->sink->dir, "SHA256SUMS")) { /* an earlier export is no longer whole */
        status = e2l_folder_remove(job->ctx, job->sink->dir, "SHA256SUMS");
    }
    status = status == E2L_OK ? e2l_sink_put(job->sink, "rule.json", job->rule_json) : status;
    status = status == E2L_OK ? write_vectors(job) : status;
    status = status == E2L_OK ? write_trajectory(job) : status;
    for (size_t k = 0; k < n && status == E2L_OK; k++) {
        status = formats[k]->write(job);
        status = status != E2L_OK ? e2l_fail_at(job->ctx, status, "export %s", formats[k]->name) : status;
    }
    if (status != E2L_OK) {
        return status;
    }
    e2l_text readme = {.ctx = job->ctx};
    put_readme(job, formats, n, &readme);
    status = e2l_sink_put(job->sink, "README.md", &readme);
    e2l_text_clear(&readme);
    status = status == E2L_OK ? e2l_text_status(&job->sink->sums) : status;
    return status == E2L_OK ? write_file(job->sink, "SHA256SUMS", &job->sink->sums) : status;
}

static e2l_status write_with(e2l_export_job *job, const e2l_exporter *const *formats, size_t n)
{
    e2l_text json = {.ctx = job->ctx};
    char sum[SUM_BYTES];
    e2l_status status = e2l_rule_print(job->rule, &json);
    if (status == E2L_OK) {
        sum_text(sum, &json);
        job->rule_json = &json;
        job->rule_sum = sum;
        status = write_formats(job, formats, n);
    }
    e2l_text_clear(&json);
    return status;
}

e2l_status e2l_export_write(e2l_ctx *ctx, const e2l_rule_set *rule, const e2l_exporter *const *formats, size_t n,
                            const char *dir, const e2l_text *trajectory)
{
    e2l_vectors vectors[E2L_RULE_MAX_SLOTS] = {{.n_rows = 0}};
    e2l_sink sink = {.ctx = ctx, .dir = dir, .sums = {.ctx = ctx}};
    e2l_export_job job = {.ctx = ctx, .rule = rule, .vectors = vectors, .sink = &sink};
    job.trajectory = trajectory && trajectory->n > 0 ? trajectory : NULL;
    e2l_status status = E2L_OK;
    if (dir[0] == '\0') {
        return e2l_fail(ctx, E2L_INPUT, "the export folder's name is empty; give --out DIR");
    }
    for (size_t k = 0; k < rule->n_slots && status == E2L_OK; k++) {
        status = e2l_vectors_make(ctx, &vectors[k], &rule->slots[k]);
    }
    status = status == E2L_OK ? write_with(&job, formats, n) : status;
    for (size_t k = 0; k < rule->n_slots; k++) {
        e2l_vectors_clear(ctx, &vectors[k]);
    }
    e2l_text_clear(&sink.sums);
    return status;
}

e2l_status e2l_export_check(e2l_ctx *ctx, const e2l_exporter *const *formats, size_t n, const char *dir, e2l_text *log)
{
    e2l_status worst = E2L_OK;
    char message[E2L_MESSAGE_BYTES] = "";
    for (size_t k = 0; k < n; k++) {
        e2l_status status = formats[k]->check(ctx, dir, log);
        if (status != E2L_OK) {
            e2l_text_appendf(log, "%s: %s: %s\n", formats[k]->name, status == E2L_TOOL ? "not checked" : "WRONG",
                             e2l_ctx_message(ctx));
        }
        if (status != E2L_OK && (worst == E2L_OK || worst == E2L_TOOL)) {
            worst = worst == E2L_TOOL && status == E2L_TOOL ? worst : status;
            (void)memcpy(message, e2l_ctx_message(ctx), sizeof message);
        }
    }
    if (worst != E2L_OK) {
        return e2l_fail(ctx, worst, "%s", message);
    }
    return e2l_text_status(log);
}
