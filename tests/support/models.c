/* models.c: see models.h. */
#include "tests/support/models.h"

#include <stdio.h>

#include "substrate/json.h"
#include "tests/support/device.h"
#include "tests/support/support.h"

double *experiment_values(e2l_ctx *ctx, const e2l_experiment *experiment, const e2l_case *cases, size_t n_cases,
                          const e2l_candidate *candidate)
{
    const e2l_substrate *const cpu = e2l_substrate_find("cpu");
    e2l_device *const device = test_device_open(ctx, cpu, "{}");
    e2l_plan *plan;
    if (cpu->prepare(ctx, device, experiment, &plan) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
    const size_t n = cpu->layout(plan)->n_values;
    double *const values = e2l_alloc(ctx, n_cases * n, sizeof *values);
    e2l_recording *const recordings = e2l_alloc(ctx, n_cases, sizeof *recordings);
    assert_true(values && recordings);
    for (size_t k = 0; k < n_cases; ++k) {
        recordings[k].values = values + k * n;
    }
    const e2l_candidate nothing = {NULL, NULL};
    assert_int_equal(cpu->run(ctx, plan, candidate ? candidate : &nothing, 1, cases, n_cases, NULL, recordings), E2L_OK);
    for (size_t k = 0; k < n_cases; ++k) {
        assert_int_equal(recordings[k].outcome, E2L_OUTCOME_OK);
    }
    cpu->release(ctx, plan);
    cpu->close(ctx, device);
    e2l_free(ctx, recordings);
    return values;
}

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps, double *out)
{
    const model_run *const what = self->user;
    (void)ctx;
    for (uint64_t step = 0; step < n_steps; ++step) {
        for (uint64_t neuron = 0; neuron < what->size; ++neuron) {
            out[step * what->size + neuron] = what->inputs(what->user, array, step0 + step, neuron);
        }
    }
    return E2L_OK;
}

void model_run_all(e2l_ctx *ctx, const model_run *what, double *out[MODEL_MOST_PROBES])
{
    static const char *const names[] = {"a0", "a1", "a2", "p0", "p1", "p2", "p3"};
    e2l_array arrays[MODEL_MOST_INPUTS];
    e2l_input inputs[MODEL_MOST_INPUTS];
    e2l_probe probes[MODEL_MOST_PROBES];
    char of[MODEL_MOST_PROBES][64];
    size_t n_inputs = 0, n_probes = 0;
    for (; n_inputs < MODEL_MOST_INPUTS && what->ports[n_inputs]; ++n_inputs) {
        arrays[n_inputs] = (e2l_array){.name = names[n_inputs], .kind = E2L_ARRAY_BY_STEP, .size = what->size};
        inputs[n_inputs] = (e2l_input){.port = what->ports[n_inputs], .array = names[n_inputs]};
    }
    for (; n_probes < MODEL_MOST_PROBES && what->probes[n_probes]; ++n_probes) {
        (void)snprintf(of[n_probes], sizeof of[0], "cells.%s", what->probes[n_probes]);
        probes[n_probes] = (e2l_probe){.name = names[3 + n_probes], .of = of[n_probes], .fold = E2L_FOLD_ALL};
    }
    const e2l_population population = {.name = "cells", .size = what->size, .model = what->model, .parameters = what->parameters,
                                       .n_parameters = what->n_parameters, .inputs = inputs, .n_inputs = n_inputs};
    const e2l_span span = {.name = "all", .steps = what->steps};
    const e2l_experiment experiment = {.struct_size = sizeof experiment, .name = "model", .dt = what->dt, .dt_unit = "ms",
                                       .arrays = arrays, .n_arrays = n_inputs, .populations = &population, .n_populations = 1,
                                       .spans = &span, .n_spans = 1, .probes = probes, .n_probes = n_probes};
    const e2l_case one = {.key = {5, 6}, .fill = fill, .user = what};
    double *const values = experiment_values(ctx, &experiment, &one, 1, NULL);
    const size_t n = (size_t)(what->steps * what->size);
    for (size_t k = 0; k < n_probes; ++k) {
        out[k] = e2l_alloc(ctx, n, sizeof *out[k]);
        assert_non_null(out[k]);
        for (size_t i = 0; i < n; ++i) {
            out[k][i] = values[k * n + i];
        }
    }
    e2l_free(ctx, values);
}
