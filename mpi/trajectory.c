/* trajectory.c: see trajectory.h. The experiment is copied with probes of its own in place of the task's. Probes look at the end of a step, after the
   synapses; the weights before that come from a second copy whose plastic projections have lost their statements: what is drawn once a case
   is drawn by the names of things and stays the same. */
#include "mpi/trajectory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/number.h"
#include "mpi/lab.h"
#include "substrate/model.h"

enum { MOST_STEPS = 2000, LEAST_STEPS = 200, MOST_VALUES = 250000, MOST_PROBES = 256, ID_BYTES = 16, NAME_BYTES = 160, WHEN_BYTES = 48 };

typedef struct tracer {
    e2l_ctx *ctx;
    const e2l_config *config;
    e2l_device *device;
    const e2l_expr *rules[E2L_MAX_SLOTS];
    double etas[E2L_MAX_SLOTS];
    e2l_probe probes[MOST_PROBES];
    char ids[MOST_PROBES][ID_BYTES], names[MOST_PROBES][NAME_BYTES], when[WHEN_BYTES];
    size_t n_probes;
    e2l_text *out;
} tracer;

static e2l_status take_rule(tracer *t, const e2l_rule_set *rule)
{
    const e2l_task *task = t->config->task;
    for (size_t s = 0; s < task->n_slots; s++) {
        const e2l_rule_slot *slot = e2l_rule_set_find(rule, task->slots[s].name);
        if (!slot || !isfinite(slot->eta)) {
            return e2l_fail(t->ctx, E2L_INPUT, "slot '%s' has no %s", task->slots[s].name, slot ? "learning rate" : "rule");
        }
        t->rules[s] = slot->expr;
        t->etas[s] = slot->eta;
    }
    return E2L_OK;
}

/* ---- what is looked at ---- */

static e2l_status add_probe(tracer *t, const char *owner, const char *item)
{
    char name[NAME_BYTES];
    const int length = snprintf(name, sizeof name, "%s.%s", owner, item);
    for (size_t p = 0; p < t->n_probes; p++) {
        if (strcmp(t->names[p], name) == 0) {
            return E2L_OK;
        }
    }
    if (t->n_probes == MOST_PROBES || length < 0 || length >= NAME_BYTES) {
        return e2l_fail(t->ctx, E2L_INPUT, "more than %d things to look at, or a name of more than %d bytes: '%.64s'", MOST_PROBES, NAME_BYTES, name);
    }
    (void)memcpy(t->names[t->n_probes], name, sizeof name);
    (void)snprintf(t->ids[t->n_probes], ID_BYTES, "look%zu", t->n_probes);
    t->probes[t->n_probes] = (e2l_probe){.name = t->ids[t->n_probes], .of = t->names[t->n_probes], .when = t->when, .fold = E2L_FOLD_ALL};
    t->n_probes++;
    return E2L_OK;
}

static e2l_status add_inputs(tracer *t, const e2l_experiment *experiment)
{
    e2l_status status = E2L_OK;
    for (size_t p = 0; p < experiment->n_populations; p++) {
        const e2l_population *population = &experiment->populations[p];
        for (size_t k = 0; k < population->n_inputs && status == E2L_OK; k++) {
            status = add_probe(t, population->name, population->inputs[k].port);
        }
    }
    return status;
}

static e2l_status add_states(tracer *t, const e2l_population *population)
{
    e2l_model *model = NULL;
    e2l_status status = e2l_model_load(t->ctx, &model, population->model);
    for (size_t k = 0; status == E2L_OK && k < model->n_states; k++) {
        status = add_probe(t, population->name, model->states[k].name);
    }
    e2l_model_destroy(t->ctx, model);
    return status;
}

static bool is_served(const e2l_experiment *experiment, const e2l_population *population)
{
    bool served = population->n_slots > 0;
    for (size_t p = 0; p < experiment->n_projections; p++) {
        const e2l_projection *projection = &experiment->projections[p];
        served = served || (projection->n_slots > 0 && strcmp(projection->to, population->name) == 0);
    }
    return served;
}

static e2l_status add_weights(tracer *t, const e2l_experiment *experiment)
{
    e2l_status status = E2L_OK;
    for (size_t p = 0; p < experiment->n_projections && status == E2L_OK; p++) {
        const e2l_projection *projection = &experiment->projections[p];
        if (projection->n_slots > 0) {
            status = add_probe(t, projection->weights_of ? projection->weights_of : projection->name, "w");
        }
    }
    return status;
}

/* Inputs, states, then weights: where weights begin is known to the caller by counting. */
static e2l_status add_all(tracer *t, const e2l_experiment *experiment, size_t *n_before_weights)
{
    e2l_status status = add_inputs(t, experiment);
    for (size_t p = 0; p < experiment->n_populations && status == E2L_OK; p++) {
        status = is_served(experiment, &experiment->populations[p]) ? add_states(t, &experiment->populations[p]) : E2L_OK;
    }
    *n_before_weights = t->n_probes;
    return status == E2L_OK ? add_weights(t, experiment) : status;
}

/* How many steps fit: all are of one width. */
static e2l_status choose_steps(tracer *t, const e2l_experiment *experiment)
{
    e2l_layout layout = {.places = NULL};
    const uint64_t n_steps = e2l_experiment_n_steps(experiment);
    (void)snprintf(t->when, sizeof t->when, "step < 1");
    const e2l_status status = e2l_experiment_check(t->ctx, experiment, &layout);
    const size_t width = layout.n_values > 0 ? layout.n_values : 1;
    e2l_layout_clear(t->ctx, &layout);
    if (status != E2L_OK) {
        return status;
    }
    const size_t fit = MOST_VALUES / width < MOST_STEPS ? MOST_VALUES / width : MOST_STEPS;
    if (fit < LEAST_STEPS && fit < n_steps) {
        return e2l_fail(t->ctx, E2L_INPUT, "a step has %zu values, and %d in all are written at most", width, MOST_VALUES);
    }
    (void)snprintf(t->when, sizeof t->when, "step < %zu", fit);
    return E2L_OK;
}

/* ---- running and writing ---- */

static void put_values(tracer *t, const e2l_experiment *experiment, const e2l_layout *layout, const double *values, long long first)
{
    char digits[E2L_NUMBER_BYTES];
    for (size_t step = 0; layout->n_probes > 0 && step < layout->places[0].n_looks; step++) {
        for (size_t p = 0; p < layout->n_probes; p++) {
            const e2l_probe_place *place = &layout->places[p];
            for (size_t k = 0; k < place->width; k++) {
                const double value = values[place->offset + step * place->width + k];
                e2l_text_appendf(t->out, "%lld,%s,%zu,%s\n", first + (long long)step, experiment->probes[p].of, k,
                                 isfinite(value) ? e2l_number_shortest(digits, value) : "");
            }
        }
    }
}

static e2l_status trace(tracer *t, const e2l_experiment *experiment, const e2l_case *one, long long first)
{
    const e2l_substrate *substrate = t->config->substrate;
    const e2l_candidate candidate = {t->rules, t->etas};
    const e2l_run_options options = {.struct_size = sizeof options};
    e2l_plan *plan = NULL;
    e2l_status status = substrate->prepare(t->ctx, t->device, experiment, &plan);
    if (status != E2L_OK) {
        return status;
    }
    const e2l_layout *layout = substrate->layout(plan);
    e2l_recording recording = {.values = e2l_alloc(t->ctx, layout->n_values + 1, sizeof(double))};
    status = recording.values ? substrate->run(t->ctx, plan, &candidate, 1, one, 1, &options, &recording) : E2L_NOMEM;
    if (status == E2L_OK && recording.outcome == E2L_OUTCOME_OK) {
        put_values(t, experiment, layout, recording.values, first);
    } else if (status == E2L_OK) {
        status = e2l_fail(t->ctx, E2L_INPUT, "the first test case ends as '%s'", e2l_outcome_text(recording.outcome));
    }
    e2l_free(t->ctx, recording.values);
    substrate->release(t->ctx, plan);
    return status;
}

/* The weights as they begin. Slots of populations come first in the list of slots, so that those that are left keep their rules. */
static e2l_status trace_beginning(tracer *t, const e2l_experiment *experiment, size_t n_before_weights, const e2l_case *one)
{
    char when[WHEN_BYTES];
    e2l_experiment still = *experiment;
    e2l_projection *projections = e2l_alloc(t->ctx, experiment->n_projections + 1, sizeof *projections);
    if (!projections) {
        return E2L_NOMEM;
    }
    for (size_t p = 0; p < experiment->n_projections; p++) {
        projections[p] = experiment->projections[p];
        if (projections[p].n_slots > 0) {
            projections[p].model = NULL;
            projections[p].n_parameters = projections[p].n_slots = projections[p].n_synapse = 0;
        }
    }
    still.projections = projections;
    still.probes = t->probes + n_before_weights;
    still.n_probes = t->n_probes - n_before_weights;
    (void)memcpy(when, t->when, sizeof when);
    (void)snprintf(t->when, sizeof t->when, "step < 1");
    const e2l_status status = still.n_probes > 0 ? trace(t, &still, one, -1) : E2L_OK;
    (void)memcpy(t->when, when, sizeof when);
    e2l_free(t->ctx, projections);
    return status;
}

static void put_head(tracer *t, const char *name)
{
    e2l_text_appendf(t->out, "# task %s, test case '", t->config->task->name);
    for (const char *c = name; *c != '\0'; c++) {
        e2l_text_append_n(t->out, *c == '\n' || *c == '\r' ? " " : c, 1);
    }
    e2l_text_append(t->out, "'; step -1: weights as they begin; then what is there at the end of each step, weights after their update; index of a weight = target * "
                            "sources + source\nstep,what,index,value\n");
}

static e2l_status trace_first(tracer *t, const e2l_family *family)
{
    const e2l_task *task = t->config->task;
    char name[E2L_CASE_NAME_BYTES];
    size_t which = 0, n_before_weights = 0;
    e2l_case one;
    e2l_status status = task->draw(t->ctx, family, 0, &which, &one, name);
    if (status != E2L_OK) {
        return status;
    }
    e2l_experiment experiment = *task->experiment(family, which);
    status = add_all(t, &experiment, &n_before_weights);
    experiment.probes = t->probes;
    experiment.n_probes = t->n_probes;
    if (status == E2L_OK && t->n_probes > 0) {
        put_head(t, name);
        status = choose_steps(t, &experiment);
        status = status == E2L_OK ? trace_beginning(t, &experiment, n_before_weights, &one) : status;
        status = status == E2L_OK ? trace(t, &experiment, &one, 0) : status;
    }
    return status;
}

static e2l_status trace_on(tracer *t, const e2l_lab *lab)
{
    e2l_evaluator *evaluator = NULL;
    e2l_status status = e2l_lab_evaluator(lab, &evaluator, E2L_SET_TEST, 0, 1);
    if (status == E2L_OK) {
        t->device = lab->device;
        status = trace_first(t, e2l_evaluator_family(evaluator));
    }
    e2l_evaluator_destroy(evaluator);
    return status;
}

e2l_status e2l_trajectory_make(e2l_ctx *ctx, const e2l_config *config, const e2l_rule_set *rule, e2l_text *out)
{
    e2l_lab lab = {.ctx = ctx};
    tracer *t = e2l_alloc(ctx, 1, sizeof *t);
    if (!t) {
        return E2L_NOMEM;
    }
    *t = (tracer){.ctx = ctx, .config = config, .out = out};
    e2l_status status = take_rule(t, rule);
    if (status == E2L_OK) {
        status = e2l_lab_open(ctx, &lab, config, NULL);
        status = status == E2L_OK ? trace_on(t, &lab) : status;
        if (lab.config) {
            e2l_lab_close(&lab);
        }
    }
    e2l_free(ctx, t);
    return status == E2L_OK ? e2l_text_status(out) : status;
}
