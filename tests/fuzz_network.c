/* Any bytes as an experiment file; what is small enough to run runs on the cpu substrate and on the tree-walking oracle, which agree. Files of
   the task custom serve as well: their network is taken. */
#include <math.h>
#include <string.h>

#include "substrate/experiment_read.h"
#include "substrate/json.h"
#include "substrate/resolve.h"
#include "tasks/environments.h"
#include "tests/support/reference_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_STEPS = 60, MOST_SYNAPSES = 144, MOST_NEURONS = 12, MOST_ROWS = 128, MOST_SLOTS = 16, MOST_VALUES = 8192, MOST_WORLDS = 4 };

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

/* Whole numbers now and then negative: lists get indices that are right and some that are not. */
static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t row0, size_t n_rows, double *out)
{
    (void)ctx;
    const e2l_experiment *experiment = self->user;
    const e2l_array *about = &experiment->arrays[array];
    const uint64_t columns = e2l_array_n_columns(about);
    for (uint64_t k = 0; k < n_rows * columns; k++) {
        const uint64_t at = row0 * columns + k;
        const double value = (double)((at * 2654435761u + array * 97u) % 1000u) / 250.0 - 1.0;
        out[k] = about->kind >= E2L_ARRAY_EVENTS ? floor(value) : value;
    }
    return E2L_OK;
}

static bool is_small(const e2l_experiment *e, const e2l_resolved *resolved)
{
    bool small = resolved->n_steps <= MOST_STEPS && resolved->n_slots <= MOST_SLOTS;
    for (size_t k = 0; k < e->n_populations; k++) {
        small = small && e->populations[k].size <= MOST_NEURONS;
    }
    for (size_t k = 0; k < e->n_projections; k++) {
        small = small && resolved->projections[k].n_pre * resolved->projections[k].n_post <= MOST_SYNAPSES &&
                resolved->projections[k].delay_steps <= MOST_STEPS;
    }
    for (size_t k = 0; k < e->n_arrays; k++) {
        small = small && e->arrays[k].size <= MOST_SYNAPSES && e->arrays[k].n_rows <= MOST_ROWS;
    }
    return small;
}

static void compare(const e2l_recording *got, const e2l_recording *want, size_t n)
{
    check(got->outcome == want->outcome && got->step == want->step);
    for (size_t k = 0; got->outcome == E2L_OUTCOME_OK && k < n; k++) {
        const bool both_nan = got->values[k] != got->values[k] && want->values[k] != want->values[k];
        check(both_nan || memcmp(&got->values[k], &want->values[k], sizeof(double)) == 0);
    }
}

/* With cases or with neurons as lanes. */
static e2l_device *open_device(e2l_ctx *ctx, const e2l_substrate *cpu, const char *text)
{
    cJSON *json = NULL;
    e2l_device *device = NULL;
    void *options = e2l_alloc(ctx, 1, cpu->options_size);
    check(options != NULL && e2l_json_parse(ctx, &json, text, strlen(text), "fuzz") == E2L_OK);
    check(e2l_fields_read(ctx, cpu->fields, cpu->n_fields, json, NULL, 0, "cpu", options) == E2L_OK);
    check(cpu->open(ctx, &device, options) == E2L_OK);
    e2l_json_free(json);
    e2l_fields_clear(ctx, cpu->fields, cpu->n_fields, options);
    e2l_free(ctx, options);
    return device;
}

static void run_both(e2l_ctx *ctx, const e2l_experiment *experiment, const e2l_resolved *resolved, const char *options)
{
    static double values[2][MOST_VALUES];
    const e2l_substrate *cpu = e2l_substrate_find("cpu");
    e2l_device *device = open_device(ctx, cpu, options);
    e2l_plan *plan = NULL;
    e2l_expr *rule = NULL;
    const e2l_expr *rules[MOST_SLOTS];
    double etas[MOST_SLOTS];
    check(e2l_expr_parse(ctx, &rule, "0.25", 4, NULL) == E2L_OK);
    for (size_t k = 0; k < MOST_SLOTS; k++) {
        rules[k] = rule;
        etas[k] = 0.125;
    }
    const e2l_candidate candidate = {rules, etas};
    const e2l_case one = {.key = {1, 2}, .fill = fill, .user = experiment};
    if (cpu->prepare(ctx, device, experiment, &plan) == E2L_OK) {
        const e2l_layout *layout = cpu->layout(plan);
        e2l_recording got = {.values = values[0]}, want = {.values = values[1]};
        if (layout->n_values <= MOST_VALUES) {
            const e2l_status mine = cpu->run(ctx, plan, &candidate, 1, &one, 1, NULL, &got);
            check(mine == E2L_OK || mine == E2L_INPUT); /* a list may name what does not exist */
            if (mine == E2L_OK) {
                check(reference_run(ctx, resolved, layout, &candidate, &one, &want) == E2L_OK);
                compare(&got, &want, layout->n_values);
            }
        }
        cpu->release(ctx, plan);
    }
    e2l_expr_destroy(ctx, rule);
    cpu->close(ctx, device);
}

static void try_json(e2l_ctx *ctx, e2l_arena *arena, const cJSON *json)
{
    e2l_experiment experiment;
    e2l_world worlds[MOST_WORLDS];
    e2l_resolved *resolved = NULL;
    const cJSON *network = cJSON_GetObjectItemCaseSensitive(json, "network");
    if (e2l_experiment_read(ctx, arena, network ? network : json, "fuzz", &experiment) != E2L_OK || experiment.n_worlds > MOST_WORLDS) {
        return;
    }
    for (size_t k = 0; k < experiment.n_worlds; k++) {
        worlds[k] = experiment.worlds[k];
        worlds[k].record = worlds[k].environment ? e2l_environment_find(worlds[k].environment) : NULL;
    }
    experiment.worlds = worlds;
    const e2l_status status = e2l_resolve(ctx, &resolved, &experiment);
    check(status == E2L_OK || e2l_ctx_message(ctx)[0] != '\0');
    if (status == E2L_OK && is_small(&experiment, resolved)) {
        run_both(ctx, &experiment, resolved, "{\"lanes\": \"cases\"}");
        run_both(ctx, &experiment, resolved, "{\"lanes\": \"neurons\"}");
    }
    e2l_resolved_destroy(ctx, resolved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    e2l_arena *arena;
    cJSON *json = NULL;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 0;
    }
    check(e2l_arena_create(ctx, &arena) == E2L_OK);
    if (e2l_json_parse(ctx, &json, (const char *)data, size, "fuzz") == E2L_OK) {
        try_json(ctx, arena, json);
    }
    e2l_json_free(json);
    e2l_arena_destroy(arena);
    check(e2l_ctx_destroy(ctx) == 0);
    return 0;
}
