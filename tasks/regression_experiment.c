/* regression_experiment.c: a formula at n points as a network of one step.

   Population `points` has a neuron per point whose ports are fed the point's coordinates. One synapse leads from each to
   the only neuron of `out`; its statement `w = rule` keeps what the rule says there, and the probe hands all n values
   over. Weights at or beyond 1e6 count as diverged, so for large targets a weight stands for a larger unit, a power of
   two: `w = rule * 2^-k` loses no bit. */
#include "tasks/regression_impl.h"

#include <string.h>

#include "cgp/number.h"
#include "substrate/json.h"

static const e2l_probe probes[] = {{.name = "value", .of = "fit.w", .fold = E2L_FOLD_LAST}};

/* The model of `points`: ports and nothing else. */
static e2l_status write_model(e2l_ctx *ctx, e2l_arena *arena, const char **out, const char *const *inputs,
                              size_t n_inputs)
{
    e2l_text text = {.ctx = ctx};
    e2l_text_append(&text, "{\"model\": \"point\", \"about\": \"a point: its coordinates\", \"ports\": {");
    for (size_t i = 0; i < n_inputs; i++) {
        e2l_text_append(&text, i > 0 ? ", " : "");
        e2l_json_quote(&text, inputs[i]);
        e2l_text_append(&text, ": \"1\"");
    }
    e2l_text_append(&text, "}}");
    e2l_status status = e2l_text_status(&text);
    *out = status == E2L_OK ? e2l_arena_strdup(arena, e2l_text_get(&text), text.n) : NULL;
    e2l_text_clear(&text);
    return *out ? E2L_OK : E2L_NOMEM;
}

static char *joined(e2l_ctx *ctx, e2l_arena *arena, const char *prefix, const char *name)
{
    e2l_text text = {.ctx = ctx};
    e2l_text_append(&text, prefix);
    e2l_text_append(&text, name);
    e2l_status status = e2l_text_status(&text);
    char *out = status == E2L_OK ? e2l_arena_strdup(arena, e2l_text_get(&text), text.n) : NULL;
    e2l_text_clear(&text);
    return out;
}

/* One array, port and terminal per input: array `data_x` feeds port `x`, terminal x = pre.x. */
static e2l_status describe_inputs(e2l_ctx *ctx, regression_experiment *self, const char *const *names, size_t n,
                                  size_t n_points)
{
    e2l_input *inputs = e2l_arena_alloc(self->arena, n, sizeof *inputs);
    e2l_binding *terminals = e2l_arena_alloc(self->arena, n, sizeof *terminals);
    self->arrays = e2l_arena_alloc(self->arena, n, sizeof *self->arrays);
    if (!inputs || !terminals || !self->arrays) {
        return E2L_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = e2l_arena_strdup(self->arena, names[i], strlen(names[i]));
        const char *array = joined(ctx, self->arena, "data_", names[i]);
        const char *port = joined(ctx, self->arena, "pre.", names[i]);
        if (!name || !array || !port) {
            return E2L_NOMEM;
        }
        self->arrays[i] = (e2l_array){.name = array, .kind = E2L_ARRAY_BY_STEP, .size = n_points};
        inputs[i] = (e2l_input){.port = name, .array = array};
        terminals[i] = (e2l_binding){.name = name, .expr = port};
    }
    self->populations[0] =
        (e2l_population){.name = "points", .size = n_points, .inputs = inputs, .n_inputs = n};
    self->slot = (e2l_slot){.name = "rule", .terminals = terminals, .n_terminals = n};
    return write_model(ctx, self->arena, &self->populations[0].model, names, n);
}

static e2l_status describe_statement(e2l_ctx *ctx, regression_experiment *self, double unit)
{
    char number[E2L_NUMBER_BYTES];
    self->statement = "w = rule";
    if (!(unit > 1)) {
        return E2L_OK;
    }
    self->statement = joined(ctx, self->arena, "w = rule * ", e2l_number_shortest(number, 1 / unit));
    return self->statement ? E2L_OK : E2L_NOMEM;
}

static void describe(regression_experiment *self, size_t n_inputs)
{
    self->populations[1] = (e2l_population){.name = "out", .size = 1, .model = "relay"};
    self->projection = (e2l_projection){.name = "fit",
                                        .from = "points",
                                        .to = "out",
                                        .port = "in",
                                        .signal = "1",
                                        .w = "0",
                                        .effect = "0",
                                        .slots = &self->slot,
                                        .n_slots = 1,
                                        .synapse = &self->statement,
                                        .n_synapse = 1};
    self->span = (e2l_span){.name = "look", .steps = 1};
    self->experiment = (e2l_experiment){.struct_size = sizeof self->experiment,
                                        .name = "regression",
                                        .dt = 1,
                                        .dt_unit = "1",
                                        .arrays = self->arrays,
                                        .n_arrays = n_inputs,
                                        .populations = self->populations,
                                        .n_populations = 2,
                                        .projections = &self->projection,
                                        .n_projections = 1,
                                        .spans = &self->span,
                                        .n_spans = 1,
                                        .probes = probes,
                                        .n_probes = 1};
}

e2l_status regression_experiment_create(e2l_ctx *ctx, regression_experiment **out, const char *const *inputs,
                                        size_t n_inputs, size_t n_points, double unit)
{
    *out = NULL;
    regression_experiment *self = e2l_alloc(ctx, 1, sizeof *self);
    if (!self) {
        return E2L_NOMEM;
    }
    e2l_status status = e2l_arena_create(ctx, &self->arena);
    status = status == E2L_OK ? describe_inputs(ctx, self, inputs, n_inputs, n_points) : status;
    status = status == E2L_OK ? describe_statement(ctx, self, unit) : status;
    if (status == E2L_OK) {
        describe(self, n_inputs);
        status = e2l_experiment_check(ctx, &self->experiment, NULL);
    }
    if (status != E2L_OK) {
        regression_experiment_destroy(ctx, self);
        return status;
    }
    *out = self;
    return E2L_OK;
}

void regression_experiment_destroy(e2l_ctx *ctx, regression_experiment *experiment)
{
    if (experiment) {
        e2l_arena_destroy(experiment->arena);
        e2l_free(ctx, experiment);
    }
}
