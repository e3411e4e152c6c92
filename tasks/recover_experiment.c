/* recover_experiment.c: the student: n recorded inputs, one linear neuron, one plastic projection with the rule sought.

   y = sum_i w_i x_i, then w_i += eta * rule(x_i, y, w_i, r). At the steps of `sync` the recorded weights are taken over before anything
   uses them: y comes through the projection `forced` (the same products in the same order), w in the first synapse
   statement. So the student is the teacher to the bit when its rule is. Probes run last and see w after the update. */
#include "tasks/recover_impl.h"

static const e2l_input input_inputs[] = {{.port = "in", .array = "samples"}, {.port = "now", .array = "now"}, {.port = "next", .array = "next"}, {.port = "seen", .array = "seen"}};
static const e2l_input output_inputs[] = {{.port = "sync", .array = "sync"}, {.port = "clamp", .array = "clamp"}, {.port = "y", .array = "y"}, {.port = "y_seen", .array = "y_seen"}};
static const e2l_input critic_inputs[] = {{.port = "in", .array = "reward"}};
static const e2l_binding rule_terminals[] = {
    {"x", "x", NULL}, {"y", "post.r", NULL}, {"w", "w", NULL}, {"r", "critic.r", NULL}};
const char *const recover_terminals[] = {"x", "y", "w", "r", NULL};
static const e2l_slot forward_slots[] = {
    {.name = "rule",
     .terminals = rule_terminals,
     .n_terminals = sizeof rule_terminals / sizeof *rule_terminals},
};
static const char *const forward_synapse[] = {"when post.sync: w = pre.now", "w += eta * rule"};

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
     .n_synapse = 2},
    {.name = "forced",
     .from = "input",
     .to = "output",
     .port = "forced",
     .signal = "r * now",
     .weights_of = "forward",
     .effect = "x"},
};

static const e2l_probe weight_probe = {
    .name = "error", .of = "square((forward.w - input.next) * input.seen)", .fold = E2L_FOLD_SUM};
static const e2l_probe activity_probe = {
    .name = "error", .of = "square((output.r - output.y) * output.y_seen)", .fold = E2L_FOLD_SUM};

static const char *const array_names[RECOVER_N_ARRAYS] = {"samples", "now",   "next", "seen",   "reward",
                                                          "sync",    "clamp", "y",    "y_seen", "w0"};

static void describe(recover_experiment *self, size_t n, size_t n_steps, int observe)
{
    for (size_t a = 0; a < RECOVER_N_ARRAYS; a++) {
        bool is_wide = a <= RECOVER_SEEN || a == RECOVER_W0;
        self->arrays[a] = (e2l_array){.name = array_names[a],
                                      .kind = a == RECOVER_W0 ? E2L_ARRAY_STATIC : E2L_ARRAY_BY_STEP,
                                      .size = is_wide ? n : 1};
    }
    self->populations[0] = (e2l_population){
        .name = "critic", .size = 1, .model = "relay", .inputs = critic_inputs, .n_inputs = 1};
    self->populations[1] = (e2l_population){
        .name = "input", .size = n, .model = "recorder", .inputs = input_inputs, .n_inputs = 4};
    self->populations[2] = (e2l_population){
        .name = "output", .size = 1, .model = "recorded", .inputs = output_inputs, .n_inputs = 4};
    self->span = (e2l_span){.name = "record", .steps = n_steps};
    self->experiment = (e2l_experiment){
        .struct_size = sizeof self->experiment,
        .name = "recover",
        .dt = 1,
        .dt_unit = "1",
        .arrays = self->arrays,
        .n_arrays = RECOVER_N_ARRAYS,
        .populations = self->populations,
        .n_populations = 3,
        .projections = projections,
        .n_projections = sizeof projections / sizeof *projections,
        .spans = &self->span,
        .n_spans = 1,
        .probes = observe == RECOVER_ACTIVITY ? &activity_probe : &weight_probe,
        .n_probes = 1,
    };
}

e2l_status recover_experiment_create(e2l_ctx *ctx, recover_experiment **out, size_t n, size_t n_steps, int observe)
{
    *out = NULL;
    recover_experiment *self = e2l_alloc(ctx, 1, sizeof *self);
    if (!self) {
        return E2L_NOMEM;
    }
    describe(self, n, n_steps, observe);
    e2l_status status = e2l_experiment_check(ctx, &self->experiment, &self->layout);
    if (status != E2L_OK) {
        recover_experiment_destroy(ctx, self);
        return status;
    }
    *out = self;
    return E2L_OK;
}

void recover_experiment_destroy(e2l_ctx *ctx, recover_experiment *experiment)
{
    if (experiment) {
        e2l_layout_clear(ctx, &experiment->layout);
        e2l_free(ctx, experiment);
    }
}
