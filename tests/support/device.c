/* device.c: see device.h. */
#include "tests/support/device.h"

#include <string.h>

#include "substrate/json.h"
#include "tests/support/support.h"

static void must(e2l_ctx *ctx, e2l_status status)
{
    if (status != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
}

e2l_device *test_device_open(e2l_ctx *ctx, const e2l_substrate *substrate, const char *options)
{
    cJSON *json = NULL;
    e2l_device *device = NULL;
    void *const values = e2l_alloc(ctx, 1, substrate->options_size);
    assert_non_null(values);
    must(ctx, e2l_json_parse(ctx, &json, options, strlen(options), "test"));
    must(ctx, e2l_fields_read(ctx, substrate->fields, substrate->n_fields, json, NULL, 0, substrate->name, values));
    must(ctx, substrate->open(ctx, &device, values));
    e2l_json_free(json);
    e2l_fields_clear(ctx, substrate->fields, substrate->n_fields, values);
    e2l_free(ctx, values);
    return device;
}

double *test_device_run(e2l_ctx *ctx, const e2l_substrate *substrate, e2l_device *device, const e2l_experiment *experiment, const e2l_candidate *candidates, size_t n_candidates, const e2l_case *cases,
                        size_t n_cases, e2l_recording *recordings, size_t *n_values, e2l_stats *stats)
{
    e2l_plan *plan = NULL;
    must(ctx, substrate->prepare(ctx, device, experiment, &plan));
    *n_values = substrate->layout(plan)->n_values;
    double *const values = e2l_alloc(ctx, n_candidates * n_cases * *n_values, sizeof *values);
    assert_non_null(values);
    for (size_t k = 0; k < n_candidates * n_cases; ++k) {
        recordings[k] = (e2l_recording){.values = values + k * *n_values};
    }
    must(ctx, substrate->run(ctx, plan, candidates, n_candidates, cases, n_cases, NULL, recordings));
    substrate->stats(plan, stats);
    substrate->release(ctx, plan);
    substrate->close(ctx, device);
    return values;
}
