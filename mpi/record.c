/* record.c: recordings of probes as CSV. The experiment is copied with every probe looking at every step. */
#include "mpi/record.h"

#include <math.h>
#include <string.h>

#include "cgp/number.h"
#include "results/run_folder.h"

typedef struct recorder {
    e2l_ctx *ctx;
    const e2l_judge *judge;
    const e2l_substrate *substrate;
    e2l_candidate candidate;
    const char *probe; /* borrowed; NULL: all */
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

static void put_rows(recorder *r, const char *name, const e2l_experiment *experiment, const e2l_layout *layout,
                     const double *values)
{
    char digits[E2L_NUMBER_BYTES];
    for (size_t p = 0; p < layout->n_probes; p++) {
        const e2l_probe_place *place = &layout->places[p];
        for (size_t look = 0; look < place->n_looks; look++) {
            for (size_t k = 0; k < place->width; k++) {
                double value = values[place->offset + look * place->width + k];
                bool finite = isfinite(value);
                put_name(&r->csv, name);
                e2l_text_appendf(&r->csv, ",%zu,%s,%zu,%s\n", look, experiment->probes[p].name, k,
                                 finite ? e2l_number_shortest(digits, value) : "");
            }
        }
    }
}

/* Runs one case under a plan of its own. */
static e2l_status record_case(recorder *r, const char *name, const e2l_experiment *experiment, const e2l_case *one)
{
    e2l_plan *plan = NULL;
    e2l_status status = r->substrate->prepare(r->ctx, r->judge->lab->device, experiment, &plan);
    if (status != E2L_OK) {
        return status;
    }
    const e2l_layout *layout = r->substrate->layout(plan);
    const e2l_run_options options = {.struct_size = sizeof options};
    e2l_recording recording = {.values = e2l_alloc(r->ctx, layout->n_values, sizeof(double))};
    status = recording.values ? r->substrate->run(r->ctx, plan, &r->candidate, 1, one, 1, &options, &recording)
                              : E2L_NOMEM;
    if (status == E2L_OK && recording.outcome == E2L_OUTCOME_OK) {
        put_rows(r, name, experiment, layout, recording.values);
    }
    e2l_free(r->ctx, recording.values);
    r->substrate->release(r->ctx, plan);
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

/* The experiment of the case with every probe folded `all` over every step. */
static e2l_status record_drawn(recorder *r, size_t k)
{
    const e2l_task *task = r->judge->lab->config->task;
    const e2l_family *family = e2l_evaluator_family(r->judge->evaluator);
    char name[E2L_CASE_NAME_BYTES];
    size_t which = 0;
    e2l_case one;
    e2l_status status = task->draw(r->ctx, family, k, &which, &one, name);
    if (status != E2L_OK) {
        return status;
    }
    e2l_experiment experiment = *task->experiment(family, which);
    e2l_probe *probes = e2l_alloc(r->ctx, experiment.n_probes, sizeof *probes);
    if (!probes) {
        return E2L_NOMEM;
    }
    const size_t n = experiment.n_probes;
    experiment.n_probes = 0;
    for (size_t p = 0; p < n; p++) {
        if (!r->probe || strcmp(r->probe, experiment.probes[p].name) == 0) {
            e2l_probe *now = &probes[experiment.n_probes++];
            *now = experiment.probes[p];
            now->when = NULL;
            now->fold = E2L_FOLD_ALL;
        }
    }
    status = experiment.n_probes > 0 || !r->probe ? E2L_OK : no_probe(r, &experiment, n);
    experiment.probes = probes;
    status = status == E2L_OK ? record_case(r, name, &experiment, &one) : status;
    e2l_free(r->ctx, probes);
    return status;
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

e2l_status e2l_record_write(e2l_judge *judge, const e2l_rule_choice *choice, const double *etas, const char *probe,
                            const char *path)
{
    const e2l_expr *rules[E2L_MAX_SLOTS];
    for (size_t s = 0; s < E2L_MAX_SLOTS; s++) {
        rules[s] = choice->rules[s];
    }
    recorder r = {.ctx = judge->ctx,
                  .probe = probe,
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
