/* evaluate.c: candidates times cases, whatever the experiments they are instances of.

   Cases of one experiment stand together, so a plan gets all its cases in one run. Buffers grow to the largest batch seen and
   are kept: in a search, evaluating allocates nothing after the first generations. */
#include "tasks/evaluate.h"

#include <math.h>
#include <string.h>

#include "tasks/evaluate_impl.h"

/* Doubles of recordings held at a time (32 MiB): longer batches are cut. */
#ifdef E2L_STRESS
enum { MAX_VALUES = 64 };
#else
enum { MAX_VALUES = 1 << 22 };
#endif

/* ---- opening ------------------------------------------------------------------------------------- */

static e2l_status count_cases(e2l_ctx *ctx, e2l_evaluator *self, const e2l_evaluator_options *options)
{
    const size_t available = self->task->n_cases(self->family);
    if (options->first_case >= available) {
        return e2l_fail(ctx, E2L_INPUT, "case %zu of set '%s': task '%s' has only %zu cases there",
                        options->first_case, options->set, self->task->name, available);
    }
    const size_t left = available - options->first_case;
    if (options->n_cases == 0 && available == SIZE_MAX) {
        return e2l_fail(ctx, E2L_INPUT, "set '%s' of task '%s' is drawn from a distribution: say how many cases",
                        options->set, self->task->name);
    }
    self->first_case = options->first_case;
    self->n_cases = options->n_cases == 0 || options->n_cases > left ? left : options->n_cases;
    return E2L_OK;
}

/* Draws all cases in the caller's order and says which experiment each belongs to. */
static e2l_status draw_cases(e2l_evaluator *self, e2l_case *drawn, size_t *experiment_of, size_t *counts)
{
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < self->n_cases && status == E2L_OK; k++) {
        status = self->task->draw(self->ctx, self->family, self->first_case + k, &experiment_of[k], &drawn[k],
                                  self->names[k]);
        if (status == E2L_OK) {
            counts[experiment_of[k]]++;
        }
    }
    return status;
}

/* Counting sort by experiment; experiments without a case get no group. counts[] is used up. */
static void sort_cases(e2l_evaluator *self, const e2l_case *drawn, const size_t *experiment_of, size_t *counts,
                       size_t n_experiments)
{
    size_t at = 0;
    for (size_t e = 0; e < n_experiments; e++) {
        size_t n = counts[e];
        counts[e] = at;
        at += n;
    }
    for (size_t k = 0; k < self->n_cases; k++) {
        size_t place = counts[experiment_of[k]]++;
        self->cases[place] = drawn[k];
        self->place_of[place] = k;
    }
}

static e2l_status open_group(e2l_evaluator *self, e2l_case_group *out, const e2l_experiment *experiment)
{
    char why[256] = "";
    const e2l_substrate *substrate = self->substrate;
    if (!substrate->supports(self->ctx, self->device, experiment, why)) {
        return e2l_fail(self->ctx, E2L_UNSUPPORTED, "substrate '%s' cannot run task '%s': %s", substrate->name,
                        self->task->name, why);
    }
    e2l_status status = substrate->prepare(self->ctx, self->device, experiment, &out->plan);
    if (status == E2L_OK) {
        out->n_values = substrate->layout(out->plan)->n_values;
    }
    return status;
}

/* A group for every experiment that has cases; ends[e] is where its cases end. */
static e2l_status open_groups(e2l_evaluator *self, const size_t *ends, size_t n_experiments)
{
    self->groups = e2l_alloc(self->ctx, n_experiments, sizeof *self->groups);
    if (!self->groups) {
        return E2L_NOMEM;
    }
    e2l_status status = E2L_OK;
    for (size_t e = 0; e < n_experiments && status == E2L_OK; e++) {
        size_t first = e > 0 ? ends[e - 1] : 0;
        if (ends[e] > first) {
            e2l_case_group *now = &self->groups[self->n_groups++];
            *now = (e2l_case_group){.first = first, .n = ends[e] - first};
            status = open_group(self, now, self->task->experiment(self->family, e));
        }
    }
    return status;
}

static e2l_status open_cases(e2l_evaluator *self)
{
    const size_t n = self->n_cases;
    const size_t n_experiments = self->task->n_experiments(self->family);
    e2l_case *drawn = e2l_alloc(self->ctx, n, sizeof *drawn);
    size_t *experiment_of = e2l_alloc(self->ctx, n, sizeof *experiment_of);
    size_t *counts = e2l_alloc(self->ctx, n_experiments, sizeof *counts);
    self->cases = e2l_alloc(self->ctx, n, sizeof *self->cases);
    self->place_of = e2l_alloc(self->ctx, n, sizeof *self->place_of);
    self->names = e2l_alloc(self->ctx, n, sizeof *self->names);
    e2l_status status = E2L_NOMEM;
    if (drawn && experiment_of && counts && self->cases && self->place_of && self->names) {
        status = draw_cases(self, drawn, experiment_of, counts);
    }
    if (status == E2L_OK) {
        sort_cases(self, drawn, experiment_of, counts, n_experiments);
        status = open_groups(self, counts, n_experiments);
    }
    e2l_free(self->ctx, counts);
    e2l_free(self->ctx, experiment_of);
    e2l_free(self->ctx, drawn);
    return status;
}

e2l_status e2l_evaluator_create(e2l_ctx *ctx, e2l_evaluator **out, const e2l_evaluator_options *options)
{
    *out = NULL;
    e2l_evaluator *self = e2l_alloc(ctx, 1, sizeof *self);
    if (!self) {
        return E2L_NOMEM;
    }
    self->ctx = ctx;
    self->task = options->task;
    self->substrate = options->substrate;
    self->device = options->device;
    self->per_octave = options->eta_grid > 0 ? options->eta_grid : 1;
    self->run = (e2l_run_options){.struct_size = sizeof self->run, .cancel = options->cancel};
    e2l_status status =
        self->task->open(ctx, &self->family, options->task_options, options->task_seed, options->set);
    status = status == E2L_OK ? count_cases(ctx, self, options) : status;
    status = status == E2L_OK ? open_cases(self) : status;
    if (status != E2L_OK) {
        e2l_evaluator_destroy(self);
        return status;
    }
    *out = self;
    return E2L_OK;
}

void e2l_evaluator_destroy(e2l_evaluator *evaluator)
{
    if (!evaluator) {
        return;
    }
    e2l_ctx *ctx = evaluator->ctx;
    for (size_t g = 0; g < evaluator->n_groups; g++) {
        if (evaluator->groups[g].plan) {
            evaluator->substrate->release(ctx, evaluator->groups[g].plan);
        }
    }
    if (evaluator->family) {
        evaluator->task->close(ctx, evaluator->family);
    }
    e2l_free(ctx, evaluator->groups);
    e2l_free(ctx, evaluator->names);
    e2l_free(ctx, evaluator->place_of);
    e2l_free(ctx, evaluator->cases);
    e2l_free(ctx, evaluator->values);
    e2l_free(ctx, evaluator->recordings);
    e2l_grid_clear(ctx, &evaluator->grid);
    e2l_free(ctx, evaluator);
}

size_t e2l_evaluator_n_cases(const e2l_evaluator *evaluator)
{
    return evaluator->n_cases;
}

const char *e2l_evaluator_case_name(const e2l_evaluator *evaluator, size_t k)
{
    return evaluator->names[k];
}

const e2l_family *e2l_evaluator_family(const e2l_evaluator *evaluator)
{
    return evaluator->family;
}

void e2l_evaluator_stats(const e2l_evaluator *evaluator, e2l_stats *out)
{
    *out = (e2l_stats){0};
    for (size_t g = 0; g < evaluator->n_groups && evaluator->substrate->stats; g++) {
        e2l_stats one = {0};
        evaluator->substrate->stats(evaluator->groups[g].plan, &one);
        out->n_runs += one.n_runs;
        out->n_steps += one.n_steps;
        out->n_steps_saved += one.n_steps_saved;
        out->n_synapse_updates += one.n_synapse_updates;
        out->n_nodes_rule += one.n_nodes_rule;
        out->n_nodes_synapse += one.n_nodes_synapse;
        out->n_nodes_hoisted += one.n_nodes_hoisted;
        out->n_calls += one.n_calls;
        out->n_native += one.n_native;
        out->n_compiled += one.n_compiled;
    }
}

/* ---- running ------------------------------------------------------------------------------------- */

e2l_status e2l_evaluate_reserve(e2l_ctx *ctx, void **block, size_t *room, size_t n, size_t size)
{
    if (n <= *room) {
        return E2L_OK;
    }
    e2l_free(ctx, *block);
    *room = 0;
    *block = e2l_alloc(ctx, n, size);
    if (!*block) {
        return E2L_NOMEM;
    }
    *room = n;
    return E2L_OK;
}

static e2l_status reserve_recordings(e2l_evaluator *self, size_t n, size_t n_values)
{
    void *recordings = self->recordings;
    e2l_status status = e2l_evaluate_reserve(self->ctx, &recordings, &self->room_recordings, n, sizeof *self->recordings);
    self->recordings = recordings;
    if (status != E2L_OK) {
        return status;
    }
    if (n_values > 0 && n > SIZE_MAX / n_values) {
        return e2l_fail(self->ctx, E2L_NOMEM, "out of memory (%zu recordings of %zu numbers)", n, n_values);
    }
    void *values = self->values;
    status = e2l_evaluate_reserve(self->ctx, &values, &self->room_values, n * n_values, sizeof *self->values);
    self->values = values;
    if (status != E2L_OK) {
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        self->recordings[i] = (e2l_recording){.values = self->values + i * n_values};
    }
    return E2L_OK;
}

/* A score that is no number is worth nothing, whoever computed it. */
static void trust(e2l_score *score)
{
    if (score->outcome == E2L_OUTCOME_OK && !isfinite(score->value)) {
        score->outcome = E2L_OUTCOME_DOMAIN;
    }
    if (score->outcome != E2L_OUTCOME_OK) {
        score->value = 0;
    }
}

/* Which candidates, on which of a group's cases, and where their scores go. */
typedef struct slice {
    const e2l_case_group *group;
    size_t first, n_cases; /* among the evaluator's cases, by group */
    const e2l_candidate *candidates;
    const size_t *where;
    e2l_score *scores;
} slice;

static void score_slice(e2l_evaluator *self, const slice *s, size_t from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t row = s->where ? s->where[from + i] : from + i;
        for (size_t c = 0; c < s->n_cases; c++) {
            size_t k = self->place_of[s->first + c];
            e2l_score *score = &s->scores[row * self->n_cases + k];
            self->task->score(self->family, self->first_case + k, &self->recordings[i * s->n_cases + c], score);
            trust(score);
        }
    }
}

/* Candidates [from, from + n). */
static e2l_status run_slice(e2l_evaluator *self, const slice *s, size_t from, size_t n)
{
    e2l_status status = reserve_recordings(self, n * s->n_cases, s->group->n_values);
    if (status == E2L_OK) {
        status = self->substrate->run(self->ctx, s->group->plan, s->candidates + from, n, self->cases + s->first, s->n_cases,
                                      &self->run, self->recordings);
    }
    if (status == E2L_OK) {
        score_slice(self, s, from, n);
    }
    return status;
}

static e2l_status run_group(e2l_evaluator *self, const slice *s, size_t n)
{
    size_t per_candidate = s->n_cases * (s->group->n_values > 0 ? s->group->n_values : 1);
    size_t most = MAX_VALUES / per_candidate;
    most = most > 0 ? most : 1;
    e2l_status status = E2L_OK;
    for (size_t i = 0; i < n && status == E2L_OK; i += most) {
        status = run_slice(self, s, i, n - i < most ? n - i : most);
    }
    return status;
}

/* Cases [from, to) of the caller's order among those of a group, which keep that order. */
static void part_of_group(const e2l_evaluator *self, size_t from, size_t to, slice *s)
{
    size_t end = s->group->first + s->group->n;
    s->first = s->group->first;
    while (s->first < end && self->place_of[s->first] < from) {
        s->first++;
    }
    s->n_cases = 0;
    while (s->first + s->n_cases < end && self->place_of[s->first + s->n_cases] < to) {
        s->n_cases++;
    }
}

e2l_status e2l_evaluate_part(e2l_evaluator *evaluator, const e2l_candidate *candidates, size_t n, size_t from, size_t to,
                             const size_t *where, e2l_score *scores)
{
    e2l_status status = E2L_OK;
    for (size_t g = 0; g < evaluator->n_groups && status == E2L_OK; g++) {
        slice s = {.group = &evaluator->groups[g], .candidates = candidates, .where = where, .scores = scores};
        part_of_group(evaluator, from, to, &s);
        if (s.n_cases > 0) {
            status = run_group(evaluator, &s, n);
        }
    }
    return status;
}

e2l_status e2l_evaluate(e2l_evaluator *evaluator, const e2l_candidate *candidates, size_t n_candidates,
                        e2l_score *scores)
{
    return e2l_evaluate_part(evaluator, candidates, n_candidates, 0, evaluator->n_cases, NULL, scores);
}

e2l_fitness e2l_scores_fitness(const e2l_score *scores, size_t n)
{
    e2l_fitness out = {.ok = n > 0};
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        bool is_ok = scores[k].outcome == E2L_OUTCOME_OK;
        out.ok = out.ok && is_ok;
        out.n_ok += is_ok;
        sum += is_ok ? scores[k].value : 0;
        out.fail_step += is_ok ? 0 : scores[k].step;
    }
    if (!out.ok || !isfinite(sum)) {
        return (e2l_fitness){.ok = false, .n_ok = out.n_ok, .fail_step = out.fail_step};
    }
    out.score = sum / (double)n;
    out.fail_step = 0;
    return out;
}
