/* drawn.c: see drawn.h. */
#include "tasks/drawn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "substrate/json.h"

enum { MOST_SETS = 32, NAME_BYTES = 64 };
static const char *const plain_sets[] = {E2L_SET_SEARCH, E2L_SET_SELECT, E2L_SET_TEST};
enum { N_PLAIN = sizeof plain_sets / sizeof *plain_sets };

static e2l_status fail_set(e2l_ctx *ctx, const e2l_task *task, const e2l_shifts *shifts, const char *set)
{
    char names[MOST_SETS][NAME_BYTES];
    const char *known[N_PLAIN + 1 + MOST_SETS];
    char hint[128];
    size_t n = N_PLAIN;
    memcpy(known, plain_sets, sizeof plain_sets);
    if (shifts->has_files) {
        known[n++] = E2L_SET_ALL;
    }
    for (size_t i = 0; i < shifts->n && i < MOST_SETS; i++) {
        (void)snprintf(names[i], NAME_BYTES, "%s%s", E2L_SET_SHIFT, shifts->at[i].name);
        known[n++] = names[i];
    }
    return e2l_fail(ctx, E2L_INPUT, "task '%s' has no case set '%s'; there are search, select, test%s and shift:NAME%s", task->name, set,
                    shifts->has_files ? ", all (data files)" : "", e2l_did_you_mean(hint, sizeof hint, set, known, n));
}

static bool is_plain(const char *set)
{
    bool found = false;
    for (size_t i = 0; i < N_PLAIN; i++) {
        found = found || strcmp(set, plain_sets[i]) == 0;
    }
    return found;
}

static bool is_shifted(const char *set)
{
    return strncmp(set, E2L_SET_SHIFT, sizeof E2L_SET_SHIFT - 1) == 0;
}

e2l_status e2l_drawn_check_file_set(e2l_ctx *ctx, const e2l_task *task, const e2l_shifts *shifts, const char *set)
{
    if (is_shifted(set)) {
        return e2l_fail(ctx, E2L_UNSUPPORTED, "case set '%s': data files have no shifted sets", set);
    }
    return is_plain(set) || strcmp(set, E2L_SET_ALL) == 0 ? E2L_OK : fail_set(ctx, task, shifts, set);
}

static e2l_status apply_set(e2l_ctx *ctx, const e2l_task *task, const e2l_shifts *shifts, void *options, const char *set)
{
    if (shifts->has_files && strcmp(set, E2L_SET_ALL) == 0) {
        return e2l_fail(ctx, E2L_INPUT, "case set 'all' is for data files; task '%s' has no 'data' here", task->name);
    }
    for (size_t i = 0; is_shifted(set) && i < shifts->n; i++) {
        if (strcmp(set + sizeof E2L_SET_SHIFT - 1, shifts->at[i].name) == 0) {
            shifts->at[i].apply(options);
            return E2L_OK;
        }
    }
    return is_plain(set) ? E2L_OK : fail_set(ctx, task, shifts, set);
}

size_t e2l_drawn_n_experiments(const e2l_family *family)
{
    (void)family;
    return 1;
}

size_t e2l_drawn_n_cases(const e2l_family *family)
{
    (void)family;
    return SIZE_MAX;
}

double e2l_drawn_data_eta(const e2l_family *family)
{
    (void)family;
    return (double)NAN;
}

e2l_status e2l_drawn_open(e2l_ctx *ctx, e2l_drawn *out, const e2l_task *task, const e2l_shifts *shifts, void *options, uint64_t seed,
                          const char *set)
{
    *out = (e2l_drawn){.seed = seed, .set = e2l_key_bytes(set, strlen(set), (e2l_key){0, 0}).low};
    e2l_status status = apply_set(ctx, task, shifts, options, set);
    if (status != E2L_OK) {
        return status;
    }
    e2l_text settings = {.ctx = ctx};
    e2l_fields_data_text(task->fields, task->n_fields, options, &settings);
    status = e2l_text_status(&settings);
    out->settings = e2l_key_bytes(e2l_text_get(&settings), settings.n, (e2l_key){0, 0});
    e2l_text_clear(&settings);
    return status;
}

void e2l_drawn_stream(const e2l_drawn *drawn, e2l_stream *stream, size_t k, uint64_t part, uint64_t block)
{
    const uint64_t words[] = {drawn->settings.low, drawn->settings.high, drawn->set, (uint64_t)k, part, block};
    e2l_stream_init(stream, drawn->seed, E2L_PURPOSE_CASE, words, sizeof words / sizeof *words);
}

e2l_key e2l_drawn_key(const e2l_drawn *drawn, size_t k, const uint64_t *more, size_t n_more)
{
    const uint64_t words[] = {drawn->seed, drawn->set, (uint64_t)k};
    const e2l_key own = e2l_key_bytes(words, sizeof words, drawn->settings);
    return n_more > 0 ? e2l_key_bytes(more, n_more * sizeof *more, own) : own;
}
