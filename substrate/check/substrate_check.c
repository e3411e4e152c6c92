/* substrate_check.c: any substrate under suspicion. It runs another one (option "of") and tests, on everything that really runs, what the
   contract promises:

   - the layout is that of e2l_experiment_check,
   - arrays of a case are a pure function: filled again, row by row and backwards, they are the same bits, finite, and nothing is
     written behind them,
   - every value of an ok recording is written (recordings are filled with one NaN pattern before) and nothing around them is,
   - outcomes and steps are in range,
   - recordings do not depend on the batch: the first and the last candidate alone, cases backwards, and the first and the last case
     alone give the same outcomes, steps and bits.

   A breach is E2L_INTERNAL with words; recordings of the whole batch are handed on as they are. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "substrate/json.h"
#include "substrate/substrate.h"

enum { GUARD = 8, ROWS = 16 };
static const uint64_t poison = UINT64_C(0x7ff8e21badc0ffee);  /* a quiet NaN that no arithmetic makes */
static const uint64_t guard_word = UINT64_C(0x7ff8e2d0add0beef);

typedef struct check_options {
    char *of;
} check_options;

static const e2l_field check_fields[] = {
    {.key = "of",
     .type = E2L_FIELD_TEXT,
     .offset = offsetof(check_options, of),
     .unit = "1",
     .fallback = "\"cpu\"",
     .help = "name of the substrate that is checked; it runs with its default options"},
};

typedef struct check_device {
    const e2l_substrate *inner;
    e2l_device *device; /* of inner, owned */
    void *options;      /* of inner, owned */
} check_device;

typedef struct check_plan {
    const e2l_substrate *inner;
    e2l_plan *plan; /* of inner, owned */
    const e2l_experiment *experiment;
    uint64_t n_steps;
    size_t n_values;
} check_plan;

/* Values of n recordings, each between guard words. */
typedef struct guarded {
    uint64_t *words; /* owned */
    e2l_recording *recordings; /* owned; values point into words */
    size_t n, n_values;
} guarded;

/* ---- memory under guard ---- */

static void guarded_clear(e2l_ctx *ctx, guarded *g)
{
    e2l_free(ctx, g->words);
    e2l_free(ctx, g->recordings);
    *g = (guarded){0};
}

static double *guarded_values(const guarded *g, size_t k)
{
    return (double *)(void *)(g->words + k * (g->n_values + GUARD) + GUARD);
}

static e2l_status guarded_create(e2l_ctx *ctx, guarded *g, size_t n, size_t n_values)
{
    *g = (guarded){.n = n, .n_values = n_values};
    size_t words = n * (n_values + GUARD) + GUARD;
    g->words = e2l_alloc_lanes(ctx, words, sizeof *g->words);
    g->recordings = e2l_alloc(ctx, n, sizeof *g->recordings);
    if (!g->words || !g->recordings) {
        guarded_clear(ctx, g);
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < words; k++) {
        g->words[k] = k % (n_values + GUARD) < GUARD ? guard_word : poison;
    }
    for (size_t k = 0; k < n; k++) {
        g->recordings[k].values = guarded_values(g, k);
    }
    return E2L_OK;
}

/* ---- one recording by itself ---- */

static e2l_status check_recording(e2l_ctx *ctx, const check_plan *plan, const guarded *g, size_t k)
{
    const e2l_recording *recording = &g->recordings[k];
    const uint64_t *words = (const uint64_t *)(const void *)guarded_values(g, k);
    if ((unsigned)recording->outcome >= E2L_N_OUTCOMES) {
        return e2l_fail(ctx, E2L_INTERNAL, "check: recording %zu: outcome %d is out of range", k,
                        (int)recording->outcome);
    }
    bool is_ok = recording->outcome == E2L_OUTCOME_OK;
    bool may_not_run = recording->outcome == E2L_OUTCOME_UNSUPPORTED;
    bool step_fits = is_ok ? recording->step == plan->n_steps
                           : recording->step <= plan->n_steps && (recording->step > 0 || may_not_run);
    if (!step_fits) {
        return e2l_fail(ctx, E2L_INTERNAL, "check: recording %zu: %s at step %" PRIu64 " of %" PRIu64, k,
                        e2l_outcome_text(recording->outcome), recording->step, plan->n_steps);
    }
    if (recording->values != guarded_values(g, k)) {
        return e2l_fail(ctx, E2L_INTERNAL, "check: recording %zu: the pointer to its values was changed", k);
    }
    for (size_t i = 0; is_ok && i < g->n_values; i++) {
        if (words[i] == poison) {
            return e2l_fail(ctx, E2L_INTERNAL, "check: recording %zu: value %zu of %zu was never written",
                            k, i, g->n_values);
        }
    }
    return E2L_OK;
}

static e2l_status check_recordings(e2l_ctx *ctx, const check_plan *plan, const guarded *g)
{
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < g->n && status == E2L_OK; k++) {
        status = check_recording(ctx, plan, g, k);
    }
    for (size_t k = 0; k <= g->n && status == E2L_OK; k++) {
        const uint64_t *guards = g->words + k * (g->n_values + GUARD);
        for (size_t i = 0; i < GUARD && status == E2L_OK; i++) {
            if (guards[i] != guard_word) {
                status = e2l_fail(ctx, E2L_INTERNAL,
                                  "check: something was written outside the values, between recordings %zu and %zu",
                                  k, k + 1);
            }
        }
    }
    return status;
}

/* ---- two recordings of the same thing ---- */

static e2l_status compare(e2l_ctx *ctx, const check_plan *plan, const e2l_recording *batch,
                          const e2l_recording *alone, size_t candidate, size_t item)
{
    if (batch->outcome != alone->outcome || batch->step != alone->step) {
        return e2l_fail(ctx, E2L_INTERNAL,
                        "check: candidate %zu, case %zu: %s at step %" PRIu64 " in the batch, %s at step %" PRIu64 " alone",
                        candidate, item, e2l_outcome_text(batch->outcome), batch->step,
                        e2l_outcome_text(alone->outcome), alone->step);
    }
    for (size_t i = 0; batch->outcome == E2L_OUTCOME_OK && i < plan->n_values; i++) {
        if (memcmp(&batch->values[i], &alone->values[i], sizeof(double)) != 0) {
            return e2l_fail(ctx, E2L_INTERNAL,
                            "check: candidate %zu, case %zu, value %zu: %a in the batch, %a alone", candidate,
                            item, i, batch->values[i], alone->values[i]);
        }
    }
    return E2L_OK;
}

/* Runs one candidate on cases picked from the batch (pick[k] = index there) and compares with the batch. */
static e2l_status run_again(e2l_ctx *ctx, const check_plan *plan, const e2l_candidate *candidates,
                            size_t candidate, const e2l_case *cases, size_t n_cases, const size_t *pick,
                            size_t n_pick, const e2l_run_options *options, const guarded *batch)
{
    guarded again = {0};
    e2l_case *picked = e2l_alloc(ctx, n_pick, sizeof *picked);
    e2l_status status = picked ? guarded_create(ctx, &again, n_pick, plan->n_values) : E2L_NOMEM;
    if (status == E2L_OK) {
        for (size_t k = 0; k < n_pick; k++) {
            picked[k] = cases[pick[k]];
        }
        status = plan->inner->run(ctx, plan->plan, &candidates[candidate], 1, picked, n_pick, options,
                                  again.recordings);
    }
    if (status == E2L_OK) {
        status = check_recordings(ctx, plan, &again);
    }
    for (size_t k = 0; k < n_pick && status == E2L_OK; k++) {
        status = compare(ctx, plan, &batch->recordings[candidate * n_cases + pick[k]],
                         &again.recordings[k], candidate, pick[k]);
    }
    guarded_clear(ctx, &again);
    e2l_free(ctx, picked);
    return status;
}

/* One candidate alone: all cases backwards, then the first and the last by themselves. */
static e2l_status check_candidate(e2l_ctx *ctx, const check_plan *plan, const e2l_candidate *candidates,
                                  size_t candidate, const e2l_case *cases, size_t n_cases,
                                  const e2l_run_options *options, const guarded *batch)
{
    size_t *pick = e2l_alloc(ctx, n_cases, sizeof *pick);
    if (!pick) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < n_cases; k++) {
        pick[k] = n_cases - 1 - k;
    }
    e2l_status status =
        run_again(ctx, plan, candidates, candidate, cases, n_cases, pick, n_cases, options, batch);
    if (status == E2L_OK && n_cases > 1) {
        status = run_again(ctx, plan, candidates, candidate, cases, n_cases, &pick[n_cases - 1], 1, options, batch);
    }
    if (status == E2L_OK && n_cases > 2) {
        status = run_again(ctx, plan, candidates, candidate, cases, n_cases, &pick[0], 1, options, batch);
    }
    e2l_free(ctx, pick);
    return status;
}

/* ---- the arrays of a case ---- */

static e2l_status check_rows(e2l_ctx *ctx, const e2l_case *item, size_t array, const char *name,
                             const double *whole, double *row, size_t size, size_t n_rows, uint64_t first)
{
    for (size_t k = n_rows; k-- > 0;) {
        e2l_status status = item->fill(item, ctx, array, first + k, 1, row);
        if (status != E2L_OK) {
            return status;
        }
        if (memcmp(row, whole + k * size, size * sizeof *row) != 0) {
            return e2l_fail(ctx, E2L_INTERNAL,
                            "check: array '%s', row %" PRIu64 ": filled alone it is not what it was among %zu rows",
                            name, first + k, n_rows);
        }
    }
    return E2L_OK;
}

static e2l_status check_array(e2l_ctx *ctx, const check_plan *plan, const e2l_case *item, size_t array)
{
    const e2l_array *about = &plan->experiment->arrays[array];
    bool by_step = about->kind == E2L_ARRAY_BY_STEP;
    size_t n_rows = !by_step ? 1 : plan->n_steps < ROWS ? (size_t)plan->n_steps : ROWS;
    uint64_t first = by_step ? plan->n_steps - n_rows : 0; /* the end first: nothing may depend on having begun */
    size_t size = (size_t)e2l_array_n_columns(about);
    uint64_t *words = e2l_alloc_lanes(ctx, (n_rows + 1) * size + GUARD, sizeof *words);
    if (!words) {
        return E2L_NOMEM;
    }
    uint64_t *guards = words + n_rows * size;
    for (size_t k = 0; k < GUARD; k++) {
        guards[k] = guard_word;
    }
    double *whole = (double *)(void *)words;
    e2l_status status = item->fill(item, ctx, array, first, n_rows, whole);
    for (size_t k = 0; status == E2L_OK && k < GUARD; k++) {
        if (guards[k] != guard_word) {
            status = e2l_fail(ctx, E2L_INTERNAL, "check: array '%s': fill wrote behind its rows", about->name);
        }
    }
    for (size_t k = 0; status == E2L_OK && k < n_rows * size; k++) {
        if (!isfinite(whole[k])) {
            status = e2l_fail(ctx, E2L_INTERNAL, "check: array '%s', row %" PRIu64 ": element %zu is not finite",
                              about->name, first + k / size, k % size);
        }
    }
    if (status == E2L_OK) {
        status = check_rows(ctx, item, array, about->name, whole, whole + n_rows * size + GUARD, size,
                            n_rows, first);
    }
    e2l_free(ctx, words);
    return status;
}

static e2l_status check_case(e2l_ctx *ctx, const check_plan *plan, const e2l_case *item)
{
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < plan->experiment->n_arrays && status == E2L_OK; k++) {
        status = check_array(ctx, plan, item, k);
    }
    return status;
}

/* ---- the record ---- */

static void check_close(e2l_ctx *ctx, e2l_device *device)
{
    check_device *self = (check_device *)(void *)device;
    if (!self) {
        return;
    }
    if (self->device) {
        self->inner->close(ctx, self->device);
    }
    if (self->options) {
        e2l_fields_clear(ctx, self->inner->fields, self->inner->n_fields, self->options);
    }
    e2l_free(ctx, self->options);
    e2l_free(ctx, self);
}

static e2l_status open_inner(e2l_ctx *ctx, check_device *self)
{
    const e2l_substrate *inner = self->inner;
    self->options = e2l_alloc(ctx, 1, inner->options_size);
    if (!self->options) {
        return E2L_NOMEM;
    }
    e2l_status status = e2l_fields_read(ctx, inner->fields, inner->n_fields, NULL, NULL, 0, inner->name,
                                        self->options);
    return status == E2L_OK ? inner->open(ctx, &self->device, self->options) : status;
}

static e2l_status check_open(e2l_ctx *ctx, e2l_device **out, const void *options)
{
    const check_options *given = options;
    const char *of = given->of ? given->of : "";
    *out = NULL;
    const e2l_substrate *inner = e2l_substrate_find(of);
    if (!inner) {
        const char *names[64];
        char near[128];
        size_t n = 0;
        for (size_t k = 0; k < e2l_n_substrates && n < 64; k++) {
            names[n++] = e2l_substrates[k]->name;
        }
        return e2l_fail(ctx, E2L_INPUT, "check: of: substrate '%.64s' unknown%s", of,
                        e2l_did_you_mean(near, sizeof near, of, names, n));
    }
    check_device *self = e2l_alloc(ctx, 1, sizeof *self);
    if (!self) {
        return E2L_NOMEM;
    }
    self->inner = inner;
    e2l_status status = open_inner(ctx, self);
    if (status != E2L_OK) {
        check_close(ctx, (e2l_device *)(void *)self);
        return status;
    }
    *out = (e2l_device *)(void *)self;
    return E2L_OK;
}

static bool check_supports(e2l_ctx *ctx, e2l_device *device, const e2l_experiment *experiment, char why[256])
{
    check_device *self = (check_device *)(void *)device;
    return self->inner->supports(ctx, self->device, experiment, why);
}

static void check_release(e2l_ctx *ctx, e2l_plan *plan)
{
    check_plan *self = (check_plan *)(void *)plan;
    if (self) {
        if (self->plan) {
            self->inner->release(ctx, self->plan);
        }
        e2l_free(ctx, self);
    }
}

static bool same_layout(const e2l_layout *a, const e2l_layout *b)
{
    bool same = a->n_values == b->n_values && a->n_probes == b->n_probes;
    for (size_t k = 0; same && k < a->n_probes; k++) {
        same = a->places[k].offset == b->places[k].offset && a->places[k].width == b->places[k].width &&
               a->places[k].n_looks == b->places[k].n_looks;
    }
    return same;
}

static e2l_status check_prepare(e2l_ctx *ctx, e2l_device *device, const e2l_experiment *experiment, e2l_plan **out)
{
    check_device *from = (check_device *)(void *)device;
    e2l_layout layout;
    *out = NULL;
    e2l_status status = e2l_experiment_check(ctx, experiment, &layout);
    if (status != E2L_OK) {
        return status;
    }
    check_plan *self = e2l_alloc(ctx, 1, sizeof *self);
    status = self ? from->inner->prepare(ctx, from->device, experiment, &self->plan) : E2L_NOMEM;
    if (self) {
        self->inner = from->inner;
        self->experiment = experiment;
        self->n_steps = e2l_experiment_n_steps(experiment);
        self->n_values = layout.n_values;
    }
    if (status == E2L_OK && !same_layout(from->inner->layout(self->plan), &layout)) {
        status = e2l_fail(ctx, E2L_INTERNAL, "check: the layout of '%s' is not that of the experiment",
                          from->inner->name);
    }
    e2l_layout_clear(ctx, &layout);
    if (status != E2L_OK) {
        check_release(ctx, (e2l_plan *)(void *)self);
        return status;
    }
    *out = (e2l_plan *)(void *)self;
    return E2L_OK;
}

static const e2l_layout *check_layout(const e2l_plan *plan)
{
    const check_plan *self = (const check_plan *)(const void *)plan;
    return self->inner->layout(self->plan);
}

/* First and last, once when they are the same. */
static e2l_status check_all(e2l_ctx *ctx, const check_plan *plan, const e2l_candidate *candidates,
                            size_t n_candidates, const e2l_case *cases, size_t n_cases,
                            const e2l_run_options *options, const guarded *batch)
{
    e2l_status status = check_recordings(ctx, plan, batch);
    if (status == E2L_OK && n_candidates > 0 && n_cases > 0) {
        status = check_candidate(ctx, plan, candidates, 0, cases, n_cases, options, batch);
    }
    if (status == E2L_OK && n_candidates > 1 && n_cases > 0) {
        status = check_candidate(ctx, plan, candidates, n_candidates - 1, cases, n_cases, options, batch);
    }
    if (status == E2L_OK && n_cases > 0) {
        status = check_case(ctx, plan, &cases[0]);
    }
    if (status == E2L_OK && n_cases > 1) {
        status = check_case(ctx, plan, &cases[n_cases - 1]);
    }
    return status;
}

static e2l_status check_run(e2l_ctx *ctx, e2l_plan *plan, const e2l_candidate *candidates, size_t n_candidates,
                            const e2l_case *cases, size_t n_cases, const e2l_run_options *options,
                            e2l_recording *recordings)
{
    check_plan *self = (check_plan *)(void *)plan;
    guarded batch;
    e2l_status status = guarded_create(ctx, &batch, n_candidates * n_cases, self->n_values);
    if (status != E2L_OK) {
        return status;
    }
    status = self->inner->run(ctx, self->plan, candidates, n_candidates, cases, n_cases, options,
                              batch.recordings);
    if (status == E2L_OK) {
        status = check_all(ctx, self, candidates, n_candidates, cases, n_cases, options, &batch);
    }
    for (size_t k = 0; status == E2L_OK && k < batch.n; k++) {
        recordings[k].outcome = batch.recordings[k].outcome;
        recordings[k].step = batch.recordings[k].step;
        if (self->n_values > 0) {
            memcpy(recordings[k].values, batch.recordings[k].values, self->n_values * sizeof(double));
        }
    }
    guarded_clear(ctx, &batch);
    return status;
}

static void check_stats(const e2l_plan *plan, e2l_stats *out)
{
    const check_plan *self = (const check_plan *)(const void *)plan;
    *out = (e2l_stats){0};
    if (self->inner->stats) {
        self->inner->stats(self->plan, out);
    }
}

const e2l_substrate e2l_substrate_check = {
    .abi = E2L_SUBSTRATE_ABI,
    .struct_size = sizeof(e2l_substrate),
    .name = "check",
    .summary = "another substrate, run several times over, with its promises tested",
    .units = "those of the substrate it checks",
    .capabilities = 0,
    .fields = check_fields,
    .n_fields = sizeof check_fields / sizeof *check_fields,
    .options_size = sizeof(check_options),
    .tolerance = 0,
    .open = check_open,
    .close = check_close,
    .supports = check_supports,
    .prepare = check_prepare,
    .layout = check_layout,
    .run = check_run,
    .stats = check_stats,
    .release = check_release,
};
