/* second_order_experiment.c: the network of second_order_errors as data (Granier, Petrovici, Senn & Wilmes 2024).

   Two class neurons r predict mean and precision of every input, mu = W r, pi = A r; error neurons send the weighted error eps back through W and the
   second-order error delta through A. In training a class neuron takes on its label, one step a sample; then the weights stay, and for every test sample
   both classes start at 1/2 and follow the errors for `inference`. A case is right where the right class neuron is the larger one; a tie is half right. */
#include <math.h>

#include "tasks/second_order_impl.h"

#define ROW "if(train.on, step, n_train + test.k)"
static const e2l_input top_inputs[] = {{.port = "label", .array = "label", .row = ROW}};
static const e2l_input error_inputs[] = {{.port = "x", .array = "data", .row = ROW}};
static const e2l_binding mean_terminals[] = {{"r", "x", NULL}, {"e", "post.e", NULL}, {"eps", "post.eps", NULL}, {"w", "w", NULL}};
static const e2l_binding precision_terminals[] = {{"r", "x", NULL}, {"e", "post.e", NULL}, {"delta", "post.delta", NULL}, {"w", "w", NULL}};
const char *const second_order_mean_terminals[] = {"r", "e", "eps", "w", NULL};
const char *const second_order_precision_terminals[] = {"r", "e", "delta", "w", NULL};
#define COUNT(list) (sizeof(list) / sizeof *(list))
static const e2l_slot mean_slots[] = {{.name = "mean_rule", .terminals = mean_terminals, .n_terminals = COUNT(mean_terminals)}};
static const e2l_slot precision_slots[] = {{.name = "precision_rule", .terminals = precision_terminals, .n_terminals = COUNT(precision_terminals)}};
static const char *const mean_synapse[] = {"w += eta.mean_rule * mean_rule"};
static const char *const precision_synapse[] = {"w += eta.precision_rule * precision_rule"};

static const e2l_projection projections[SECOND_ORDER_N_PROJECTIONS] = {
    {.name = "mean", .from = "top", .to = "error", .port = "mu", .signal = "r", .w = "w_noise * normal", .slots = mean_slots, .n_slots = 1,
     .synapse = mean_synapse, .n_synapse = 1},
    {.name = "precision", .from = "top", .to = "error", .port = "pi", .signal = "r", .w = "1", .lower = "0.01", .upper = "1000",
     .slots = precision_slots, .n_slots = 1, .synapse = precision_synapse, .n_synapse = 1},
    {.name = "mean_back", .from = "error", .to = "top", .port = "first", .signal = "eps", .delay = "dt", .weights_of = "mean",
     .transposed = true},
    {.name = "precision_back", .from = "error", .to = "top", .port = "second", .signal = "delta", .delay = "dt", .weights_of = "precision",
     .transposed = true},
    {.name = "votes", .from = "top", .to = "judge", .port = "in", .signal = "r * (2 * label - 1)", .w = "1"},
    {.name = "total", .from = "top", .to = "judge", .port = "along", .signal = "r", .w = "1"},
};

/* In the order of second_order_probe. */
static const e2l_probe probes[SECOND_ORDER_N_PROBES] = {
    {.name = "right", .of = "(judge.r > 0) + 0.5 * (judge.r == 0)", .when = "test.last", .fold = E2L_FOLD_MEAN},
    {.name = "share", .of = "if(judge.along > 0, 0.5 + 0.5 * (judge.r / judge.along), 0.5)", .when = "test.last", .fold = E2L_FOLD_MEAN},
};
static const e2l_binding teach[] = {{"teach", "1", NULL}}, infer[] = {{"teach", "0", NULL}};
static const char *const reset[] = {"top.*", "error.*"};
static const char *const freeze[] = {"mean.w", "precision.w"};

uint64_t second_order_inference_steps(const second_order_options *options)
{
    const double steps = floor(options->inference / options->dt + 0.5);
    return fabs(options->inference / options->dt - steps) <= 1e-9 * fmax(steps, 1) ? (uint64_t)steps : 0;
}

static void write_texts(second_order_experiment *self, const second_order_options *options)
{
    (void)e2l_number_shortest(self->texts[SECOND_ORDER_TEXT_TAU], options->tau);
    (void)e2l_number_shortest(self->texts[SECOND_ORDER_TEXT_W_NOISE], options->w_noise);
    (void)e2l_number_shortest(self->texts[SECOND_ORDER_TEXT_TRAIN], (double)options->train);
    self->tau = (e2l_binding){"tau", self->texts[SECOND_ORDER_TEXT_TAU], NULL};
    self->parameters[0] = (e2l_binding){"n_train", self->texts[SECOND_ORDER_TEXT_TRAIN], NULL};
    self->parameters[1] = (e2l_binding){"w_noise", self->texts[SECOND_ORDER_TEXT_W_NOISE], NULL};
    self->parameters[2] = (e2l_binding){"teach", "0", NULL};
}

static void describe_populations(second_order_experiment *self, const second_order_options *options)
{
    const uint64_t n_rows = options->train + options->test;
    self->arrays[SECOND_ORDER_LABEL] =
        (e2l_array){.name = "label", .kind = E2L_ARRAY_ROWS, .size = SECOND_ORDER_CLASSES, .n_rows = n_rows};
    self->arrays[SECOND_ORDER_DATA] = (e2l_array){.name = "data", .kind = E2L_ARRAY_ROWS, .size = options->n, .n_rows = n_rows};
    self->populations[0] = (e2l_population){.name = "top",
                                            .size = SECOND_ORDER_CLASSES,
                                            .model = "second_order_class",
                                            .parameters = &self->tau,
                                            .n_parameters = 1,
                                            .inputs = top_inputs,
                                            .n_inputs = 1};
    self->populations[1] =
        (e2l_population){.name = "error", .size = options->n, .model = "second_order_error", .inputs = error_inputs, .n_inputs = 1};
    self->populations[2] = (e2l_population){.name = "judge", .size = 1, .model = "linear"};
}

static void describe(second_order_experiment *self, const second_order_options *options)
{
    self->spans[0] = (e2l_span){.name = "train", .steps = options->train, .set = teach, .n_set = 1};
    self->spans[1] = (e2l_span){.name = "test",
                                .repeat = options->test,
                                .steps = second_order_inference_steps(options),
                                .set = infer,
                                .n_set = 1,
                                .reset = reset,
                                .n_reset = COUNT(reset),
                                .freeze = freeze,
                                .n_freeze = COUNT(freeze)};
    self->experiment = (e2l_experiment){.struct_size = sizeof self->experiment,
                                        .name = "second_order_errors",
                                        .dt = options->dt,
                                        .dt_unit = "1",
                                        .parameters = self->parameters,
                                        .n_parameters = SECOND_ORDER_N_PARAMETERS,
                                        .arrays = self->arrays,
                                        .n_arrays = SECOND_ORDER_N_ARRAYS,
                                        .populations = self->populations,
                                        .n_populations = SECOND_ORDER_N_POPULATIONS,
                                        .projections = projections,
                                        .n_projections = SECOND_ORDER_N_PROJECTIONS,
                                        .spans = self->spans,
                                        .n_spans = SECOND_ORDER_N_SPANS,
                                        .probes = probes,
                                        .n_probes = SECOND_ORDER_N_PROBES};
}

e2l_status second_order_experiment_create(e2l_ctx *ctx, second_order_experiment **out, const second_order_options *options)
{
    *out = NULL;
    second_order_experiment *self = e2l_alloc(ctx, 1, sizeof *self);
    if (!self) {
        return E2L_NOMEM;
    }
    write_texts(self, options);
    describe_populations(self, options);
    describe(self, options);
    e2l_status status = e2l_experiment_check(ctx, &self->experiment, &self->layout);
    if (status != E2L_OK) {
        second_order_experiment_destroy(ctx, self);
        return status;
    }
    *out = self;
    return E2L_OK;
}

void second_order_experiment_destroy(e2l_ctx *ctx, second_order_experiment *experiment)
{
    if (experiment) {
        e2l_layout_clear(ctx, &experiment->layout);
        e2l_free(ctx, experiment);
    }
}
