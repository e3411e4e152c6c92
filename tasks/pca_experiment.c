/* pca_experiment.c: the PCA network as data: n inputs, one linear neuron, one plastic projection.

   y = sum_i w_i x_i, then w_i += eta * rule(x_i, w_i, y). Two more projections borrow the weights of the first and
   put w . pc1 and |w|^2 on ports of the same neuron, so that |cos| is a probe. Neurons run before synapses, so both
   ports hold the weights before this step's update. |w|^2 below the smallest normal number counts as 0, and |cos| of
   a zero vector as 0. */
#include "tasks/pca_impl.h"

static const e2l_input input_inputs[] = {{.port = "in", .array = "samples"}};
static const e2l_binding rule_terminals[] = {{"x", "x", NULL}, {"w", "w", NULL}, {"y", "post.r", NULL}};
const char *const pca_terminals[] = {"x", "w", "y", NULL};
static const e2l_slot forward_slots[] = {
    {.name = "rule",
     .terminals = rule_terminals,
     .n_terminals = sizeof rule_terminals / sizeof *rule_terminals},
};
static const char *const forward_synapse[] = {"w += eta * rule"};

static const e2l_projection projections[] = {
    {.name = "forward",
     .from = "input",
     .to = "output",
     .port = "in",
     .signal = "r",
     .w = "w0",
     .slots = forward_slots,
     .n_slots = 1,
     .synapse = forward_synapse,
     .n_synapse = 1},
    {.name = "along",
     .from = "input",
     .to = "output",
     .port = "along",
     .signal = "pc1",
     .weights_of = "forward"},
    {.name = "length",
     .from = "input",
     .to = "output",
     .port = "length",
     .signal = "1",
     .weights_of = "forward",
     .effect = "w * w * x"},
};

/* In the order of pca_probe. */
static const e2l_probe probes[PCA_N_PROBES] = {
    {.name = "cos_mean",
     .of = "if(output.length > 0, abs(output.along) / sqrt(output.length), 0)",
     .fold = E2L_FOLD_MEAN},
    {.name = "w_end", .of = "forward.w", .when = "train.last", .fold = E2L_FOLD_LAST},
};

static void describe(pca_experiment *self, size_t n, size_t n_steps)
{
    self->arrays[PCA_ARRAY_SAMPLES] =
        (e2l_array){.name = "samples", .kind = E2L_ARRAY_BY_STEP, .size = n};
    self->arrays[PCA_ARRAY_W0] = (e2l_array){.name = "w0", .kind = E2L_ARRAY_STATIC, .size = n};
    self->arrays[PCA_ARRAY_PC1] = (e2l_array){.name = "pc1", .kind = E2L_ARRAY_STATIC, .size = n};
    self->populations[0] = (e2l_population){
        .name = "input", .size = n, .model = "relay", .inputs = input_inputs, .n_inputs = 1};
    self->populations[1] = (e2l_population){.name = "output", .size = 1, .model = "linear"};
    self->span = (e2l_span){.name = "train", .steps = n_steps};
    self->experiment = (e2l_experiment){
        .struct_size = sizeof self->experiment,
        .name = "pca",
        .dt = 1,
        .dt_unit = "1",
        .arrays = self->arrays,
        .n_arrays = PCA_N_ARRAYS,
        .populations = self->populations,
        .n_populations = 2,
        .projections = projections,
        .n_projections = sizeof projections / sizeof *projections,
        .spans = &self->span,
        .n_spans = 1,
        .probes = probes,
        .n_probes = PCA_N_PROBES,
    };
}

e2l_status pca_experiment_create(e2l_ctx *ctx, pca_experiment **out, size_t n, size_t n_steps)
{
    *out = NULL;
    pca_experiment *self = e2l_alloc(ctx, 1, sizeof *self);
    if (!self) {
        return E2L_NOMEM;
    }
    describe(self, n, n_steps);
    e2l_status status = e2l_experiment_check(ctx, &self->experiment, &self->layout);
    if (status != E2L_OK) {
        pca_experiment_destroy(ctx, self);
        return status;
    }
    *out = self;
    return E2L_OK;
}

void pca_experiment_destroy(e2l_ctx *ctx, pca_experiment *experiment)
{
    if (experiment) {
        e2l_layout_clear(ctx, &experiment->layout);
        e2l_free(ctx, experiment);
    }
}
