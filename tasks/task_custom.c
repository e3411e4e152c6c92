/* task_custom.c: a network of one's own, without C: network, cases and score from a file (custom_file.c). */
#include "tasks/custom_impl.h"
#include "tasks/drawn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "substrate/json.h"

#define OPTION(member) .offset = offsetof(custom_options, member)

static const e2l_field fields[] = {
    {.key = "file", .type = E2L_FIELD_TEXT, OPTION(file), .unit = "path", .fallback = "\"\"", .is_data = true,
     .help = "JSON file with network, cases and score; not given: a built-in example, an Oja neuron"},
    {.key = "parameters", .type = E2L_FIELD_TEXTS, OPTION(parameters), .unit = "1", .fallback = "[]", .low = 0, .high = E2L_MAX_LIST,
     .is_data = true, .help = "NAME=VALUE: other values for parameters of the network: [n=10,ratio=0.5]"},
};

/* Those of the example; custom_bind puts the file's in their place. */
static const char *const terminals[] = {"x", "w", "y", NULL};
static const char *const functions[] = {"add", "sub", "mul", NULL};
static const e2l_task_slot slots[] = {
    {.name = "rule", .terminals = terminals, .functions = functions, .about = "change of one weight per sample and learning rate"},
};
#define RULE(text) ((const char *const[]){text})
static const e2l_reference references[] = {
    {"oja", RULE("y * (x - y * w)"), "Oja, J. Math. Biol. 15:267 (1982)"},
    {"hebb", RULE("y * x"), "Hebb, The Organization of Behavior (1949)"},
};
static const char *const blind[] = {"1 - w", NULL};
static const char *const measures[] = {"cosine", "length", NULL};
static const char *const shifts[] = {"dimension", "gap", NULL};

struct e2l_family {
    e2l_arena *arena; /* owned */
    custom_file file;
    e2l_key key; /* of settings, set and seed */
    size_t set;  /* 0 search, 1 select, 2 others */
    bool is_example;
};

static void family_close(e2l_ctx *ctx, e2l_family *family)
{
    if (family) {
        custom_file_clear(&family->file);
        e2l_arena_destroy(family->arena);
        e2l_free(ctx, family);
    }
}

static e2l_status check_set(e2l_ctx *ctx, const char *set)
{
    static const char *const known[] = {E2L_SET_SEARCH, E2L_SET_SELECT, E2L_SET_TEST};
    char hint[96];
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (strcmp(set, known[k]) == 0) {
            return E2L_OK;
        }
    }
    if (strncmp(set, E2L_SET_SHIFT, sizeof E2L_SET_SHIFT - 1) == 0) {
        return E2L_OK;
    }
    return e2l_fail(ctx, E2L_INPUT, "task 'custom' has no case set '%.60s'; there are search, select, test and the file's shift:NAME%s", set,
                    e2l_did_you_mean(hint, sizeof hint, set, known, sizeof known / sizeof *known));
}

static e2l_status make_key(e2l_ctx *ctx, e2l_family *family, const custom_options *options, uint64_t seed, const char *set)
{
    e2l_text settings = {.ctx = ctx};
    for (size_t k = 0; k < options->parameters.n; k++) {
        e2l_text_appendf(&settings, "%s\n", options->parameters.at[k]);
    }
    e2l_text_appendf(&settings, "set=%s\nseed=%llu\n", set, (unsigned long long)seed);
    e2l_status status = e2l_text_status(&settings);
    family->key = e2l_key_bytes(e2l_text_get(&settings), settings.n, family->file.key);
    family->set = strcmp(set, E2L_SET_SEARCH) == 0 ? 0 : strcmp(set, E2L_SET_SELECT) == 0 ? 1 : 2;
    family->is_example = !options->file || !options->file[0];
    e2l_text_clear(&settings);
    return status;
}

static e2l_status family_open(e2l_ctx *ctx, e2l_family **out, const void *options, uint64_t task_seed, const char *set)
{
    *out = NULL;
    e2l_family *family = e2l_alloc(ctx, 1, sizeof *family);
    if (!family) {
        return E2L_NOMEM;
    }
    family->file.ctx = ctx;
    e2l_status status = check_set(ctx, set);
    status = status == E2L_OK ? e2l_arena_create(ctx, &family->arena) : status;
    status = status == E2L_OK ? custom_file_read(ctx, family->arena, options, set, &family->file) : status;
    status = status == E2L_OK ? make_key(ctx, family, options, task_seed, set) : status;
    if (status != E2L_OK) {
        family_close(ctx, family);
        return status;
    }
    *out = family;
    return E2L_OK;
}

static const e2l_experiment *family_experiment(const e2l_family *family, size_t k)
{
    (void)k;
    return &family->file.experiment;
}

static double family_eta(const e2l_family *family)
{
    return family->file.eta;
}

static double family_best(const e2l_family *family)
{
    return family->file.best;
}

static e2l_key case_key(const e2l_family *family, size_t k)
{
    const uint64_t number = k;
    return e2l_key_bytes(&number, sizeof number, family->key);
}

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps, double *out)
{
    const e2l_family *family = self->user;
    const e2l_experiment *e = &family->file.experiment;
    if (array >= e->n_arrays) {
        return e2l_fail(ctx, E2L_INTERNAL, "custom: there is no array %zu", array);
    }
    const uint64_t rows = e2l_array_n_rows(e, array);
    if (step0 > rows || n_steps > rows - step0) {
        return e2l_fail(ctx, E2L_INTERNAL, "custom: array %zu has no rows %llu to %llu", array, (unsigned long long)step0,
                        (unsigned long long)(step0 + n_steps));
    }
    const custom_draw draw = {.file = &family->file, .key = self->key, .set = family->set, .k = (size_t)self->index};
    return custom_fill(ctx, &draw, array, step0, n_steps, out);
}

static e2l_status family_draw(e2l_ctx *ctx, const e2l_family *family, size_t k, size_t *experiment, e2l_case *out,
                              char name[E2L_CASE_NAME_BYTES])
{
    (void)ctx;
    *experiment = 0;
    *out = (e2l_case){.key = case_key(family, k), .fill = fill, .user = family, .index = k};
    (void)snprintf(name, E2L_CASE_NAME_BYTES, "%.40s-%zu", family->file.experiment.name, k);
    return E2L_OK;
}

static void score(const e2l_family *family, size_t k, const e2l_recording *recording, e2l_score *out)
{
    (void)k;
    const custom_file *file = &family->file;
    if (!e2l_score_begin(out, recording)) {
        return;
    }
    const double value = custom_value(file, &file->score, recording->values);
    if (!isfinite(value)) {
        out->outcome = E2L_OUTCOME_DOMAIN;
        return;
    }
    out->value = value;
    for (size_t m = 0; m < file->n_measures; m++) {
        out->measures[m] = custom_value(file, &file->measures[m].formula, recording->values);
    }
}

static e2l_status remarks(e2l_ctx *ctx, const e2l_family *family, size_t n_cases, e2l_text *out)
{
    (void)ctx;
    (void)n_cases;
    if (family->is_example) {
        e2l_text_append(out, "no task.file was given: this is the built-in example, an Oja neuron\n");
    }
    return e2l_text_status(out);
}

const e2l_task e2l_task_custom = {
    .abi = E2L_TASK_ABI,
    .struct_size = sizeof(e2l_task),
    .name = "custom",
    .summary = "a network of your own from a JSON file: equations, cases, score",
    .source = "the user's; built-in example: Oja, J. Math. Biol. 15:267 (1982)",
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .options_size = sizeof(custom_options),
    .slots = slots,
    .n_slots = sizeof slots / sizeof *slots,
    .references = references,
    .n_references = sizeof references / sizeof *references,
    .blind = blind,
    .measures = measures,
    .shifts = shifts,
    .eta = 0.01,
    .smoke_cases = 20,
    .best = family_best,
    .open = family_open,
    .close = family_close,
    .n_experiments = e2l_drawn_n_experiments,
    .experiment = family_experiment,
    .n_cases = e2l_drawn_n_cases,
    .data_eta = family_eta,
    .draw = family_draw,
    .score = score,
    .remarks = remarks,
    .bind = custom_bind,
};
