/* record.c: recordings of probes as CSV. The experiment is copied with every probe keeping all its looks instead of folding them. A condition
   that only the network decides becomes a probe of its own beside the one it belongs to, which then looks at every step. */
#include "mpi/record.h"

#include <math.h>
#include <string.h>

#include "cgp/number.h"
#include "results/run_folder.h"
#include "substrate/resolve.h"

typedef struct recorder {
    e2l_ctx *ctx;
    const e2l_judge *judge;
    const e2l_substrate *substrate;
    e2l_candidate candidate;
    const char *probe; /* borrowed; NULL: all */
    bool every;        /* whatever their conditions */
    e2l_text csv;
} recorder;

/* As RFC 4180 wants it: names come from people's files and may hold commas, quotes, line ends. */
static void put_name(e2l_text *csv, const char *name)
{
    if (!strpbrk(name, ",\"\r\n")) {
        e2l_text_append(csv, name);
        return;
    }
    e2l_text_append(csv, "\"");
    for (const char *c = name; *c; c++) {
        e2l_text_append_n(csv, c, 1);
        e2l_text_append(csv, *c == '"' ? "\"" : "");
    }
    e2l_text_append(csv, "\"");
}

/* A probe of the copy, and the one that says when it really looked; SIZE_MAX: its own condition does. */
typedef struct watched {
    size_t probe, when;
} watched;

static void put_row(recorder *r, const char *name, uint64_t step, const char *probe, const double *values, size_t width)
{
    char digits[E2L_NUMBER_BYTES];
    for (size_t k = 0; k < width; k++) {
        const bool finite = isfinite(values[k]);
        put_name(&r->csv, name);
        e2l_text_appendf(&r->csv, ",%llu,%s,%zu,%s\n", (unsigned long long)step, probe, k, finite ? e2l_number_shortest(digits, values[k]) : "");
    }
}

static void put_probe(recorder *r, const char *name, const e2l_resolved *resolved, const e2l_layout *layout, const watched *now, const double *values)
{
    const e2l_bound_probe *probe = &resolved->probes[now->probe];
    const e2l_probe_place *place = &layout->places[now->probe];
    size_t look = 0;
    for (uint64_t step = 0; step < resolved->n_steps && look < place->n_looks; step++) {
        if (probe->when.expr && !(e2l_bound_at_step(resolved, &probe->when, step) > 0)) {
            continue;
        }
        if (now->when == SIZE_MAX || values[layout->places[now->when].offset + look] > 0) {
            put_row(r, name, step, probe->source->name, values + place->offset + look * place->width, place->width);
        }
        look++;
    }
}

/* Runs one case under a plan of its own. */
static e2l_status record_case(recorder *r, const char *name, const e2l_experiment *experiment, const watched *list, size_t n, const e2l_case *one)
{
    e2l_plan *plan = NULL;
    e2l_resolved *resolved = NULL;
    e2l_status status = e2l_resolve(r->ctx, &resolved, experiment);
    status = status == E2L_OK ? r->substrate->prepare(r->ctx, r->judge->lab->device, experiment, &plan) : status;
    if (status != E2L_OK) {
        e2l_resolved_destroy(r->ctx, resolved);
        return status;
    }
    const e2l_layout *layout = r->substrate->layout(plan);
    const e2l_run_options options = {.struct_size = sizeof options};
    e2l_recording recording = {.values = e2l_alloc(r->ctx, layout->n_values, sizeof(double))};
    status = recording.values ? r->substrate->run(r->ctx, plan, &r->candidate, 1, one, 1, &options, &recording) : E2L_NOMEM;
    for (size_t k = 0; k < n && status == E2L_OK && recording.outcome == E2L_OUTCOME_OK; k++) {
        put_probe(r, name, resolved, layout, &list[k], recording.values);
    }
    e2l_free(r->ctx, recording.values);
    r->substrate->release(r->ctx, plan);
    e2l_resolved_destroy(r->ctx, resolved);
    return status;
}

static e2l_status no_probe(recorder *r, const e2l_experiment *experiment, size_t n)
{
    enum { MOST_NAMES = 64 };
    const char *names[MOST_NAMES];
    char hint[160];
    n = n < MOST_NAMES ? n : MOST_NAMES;
    for (size_t p = 0; p < n; p++) {
        names[p] = experiment->probes[p].name;
    }
    return e2l_fail(r->ctx, E2L_INPUT, "--record-probe: '%.64s' unknown%s (e2l list tasks NAME --experiment shows them)", r->probe,
                    e2l_did_you_mean(hint, sizeof hint, r->probe, names, n));
}

/* Whether the schedule alone says when probe p looks. */
static e2l_status is_by_schedule(recorder *r, const e2l_experiment *experiment, size_t p, bool *out)
{
    e2l_resolved *resolved = NULL;
    const e2l_status status = e2l_resolve(r->ctx, &resolved, experiment);
    if (status == E2L_OK) {
        *out = resolved->probes[p].when_is_schedule;
    }
    e2l_resolved_destroy(r->ctx, resolved);
    return status;
}

/* Copies probe p without its fold to probes[*n]; *out says where it and its condition stand. */
static e2l_status watch(recorder *r, const e2l_experiment *experiment, size_t p, e2l_probe *probes, size_t *n, watched *out)
{
    bool by_schedule = true;
    const e2l_status status = is_by_schedule(r, experiment, p, &by_schedule);
    const e2l_probe *source = &experiment->probes[p];
    *out = (watched){.probe = *n, .when = SIZE_MAX};
    probes[*n] = *source;
    probes[*n].fold = E2L_FOLD_ALL;
    if (r->every) {
        by_schedule = true;
        probes[*n].when = NULL;
    }
    if (!by_schedule) {
        probes[*n].when = NULL;
        out->when = *n + 1;
        probes[*n + 1] = (e2l_probe){.name = "looks_now", .of = source->when, .fold = E2L_FOLD_ALL};
    }
    *n += by_schedule ? 1 : 2;
    return status;
}

/* The probes of one case, one after the other: together they might be more than a substrate takes. */
static e2l_status record_drawn(recorder *r, size_t k)
{
    const e2l_task *task = r->judge->lab->config->task;
    const e2l_family *family = e2l_evaluator_family(r->judge->evaluator);
    char name[E2L_CASE_NAME_BYTES];
    size_t which = 0, n_found = 0;
    e2l_case one;
    e2l_status status = task->draw(r->ctx, family, k, &which, &one, name);
    const e2l_experiment *source = status == E2L_OK ? task->experiment(family, which) : NULL;
    for (size_t p = 0; status == E2L_OK && p < source->n_probes; p++) {
        e2l_experiment experiment = *source;
        e2l_probe probes[2];
        watched now;
        if (r->probe && strcmp(r->probe, source->probes[p].name) != 0) {
            continue;
        }
        n_found++;
        experiment.n_probes = 0;
        status = watch(r, source, p, probes, &experiment.n_probes, &now);
        experiment.probes = probes;
        status = status == E2L_OK ? record_case(r, name, &experiment, &now, 1, &one) : status;
    }
    return status == E2L_OK && r->probe && n_found == 0 ? no_probe(r, source, source->n_probes) : status;
}

static e2l_status write_file(e2l_ctx *ctx, const char *path, const e2l_text *text)
{
    const char *slash = strrchr(path, '/');
    if (!slash) {
        return e2l_folder_write(ctx, ".", path, e2l_text_get(text), text->n);
    }
    e2l_text dir;
    e2l_text_init(&dir, ctx);
    e2l_text_append_n(&dir, path, slash == path ? 1 : (size_t)(slash - path));
    e2l_status status = e2l_text_status(&dir);
    if (status == E2L_OK) {
        status = e2l_folder_write(ctx, e2l_text_get(&dir), slash + 1, e2l_text_get(text), text->n);
    }
    e2l_text_clear(&dir);
    return status;
}

e2l_status e2l_record_write(e2l_judge *judge, const e2l_rule_choice *choice, const double *etas, const char *probe, bool every,
                            const char *path)
{
    const e2l_expr *rules[E2L_MAX_SLOTS];
    for (size_t s = 0; s < E2L_MAX_SLOTS; s++) {
        rules[s] = choice->rules[s];
    }
    recorder r = {.ctx = judge->ctx,
                  .probe = probe,
                  .every = every,
                  .judge = judge,
                  .substrate = judge->lab->config->substrate,
                  .candidate = {.rules = rules, .etas = etas}};
    e2l_text_init(&r.csv, judge->ctx);
    e2l_text_append(&r.csv, "case,step,probe,index,value\n");
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < judge->n_cases && status == E2L_OK; k++) {
        status = record_drawn(&r, k);
    }
    status = status == E2L_OK ? e2l_text_status(&r.csv) : status;
    if (status == E2L_OK) {
        status = write_file(judge->ctx, path, &r.csv);
    }
    e2l_text_clear(&r.csv);
    return status;
}
