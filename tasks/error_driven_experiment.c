/* error_driven_experiment.c: the network of error_driven as data.

   Teacher and student are membranes without threshold (model passive_cuba_exp) that hear the same n spike trains through weights of their own. The
   student's synapses (model induction_exp) see the teacher's potential as it was at the last multiple of `hold`, their own neuron's potential,
   and the potential their input alone would cause. The first part of the run is not scored. */
#include <math.h>

#include "tasks/error_driven_impl.h"

static const e2l_input spikes_in[] = {{.port = "in", .array = "spikes"}};
static const e2l_binding rule_terminals[] = {{"v", "target.held", "mV"}, {"u", "post.v", "mV"}, {"s", "psp", "mV/pA"}};
const char *const error_terminals[] = {"v", "u", "s", NULL};
static const e2l_slot plastic_slots[] = {
    {.name = "rule", .terminals = rule_terminals, .n_terminals = sizeof rule_terminals / sizeof *rule_terminals},
};
/* In the order of error_probe. */
static const e2l_probe probes[ERROR_N_PROBES] = {
    {.name = "mse", .of = "(student.v - teacher.v)^2", .when = "judged.on", .fold = E2L_FOLD_MEAN},
    {.name = "w_end", .of = "plastic.w", .when = "judged.last", .fold = E2L_FOLD_LAST},
};

static void write_texts(error_experiment *self, const error_options *options)
{
    const double values[ERROR_N_TEXTS] = {[ERROR_TEXT_W0] = options->w0,
                                          [ERROR_TEXT_HOLD] = options->hold,
                                          [ERROR_TEXT_TAU_I] = options->tau_i,
                                          [ERROR_TEXT_TAU_M] = options->tau_m,
                                          [ERROR_TEXT_TAU_SYN] = options->tau_syn,
                                          [ERROR_TEXT_R_M] = options->tau_m / ERROR_CAPACITY_PF};
    for (size_t i = 0; i < ERROR_N_TEXTS; i++) {
        (void)e2l_number_shortest(self->texts[i], values[i]);
    }
    self->parameter = (e2l_binding){"w0", self->texts[ERROR_TEXT_W0], "pA"};
    self->sampling = (e2l_binding){"period", self->texts[ERROR_TEXT_HOLD], "ms"};
    self->membrane[0] = (e2l_binding){"tau_m", self->texts[ERROR_TEXT_TAU_M], "ms"};
    self->membrane[1] = (e2l_binding){"tau_syn", self->texts[ERROR_TEXT_TAU_SYN], "ms"};
    self->membrane[2] = (e2l_binding){"r_m", self->texts[ERROR_TEXT_R_M], "GOhm"};
    for (size_t i = 0; i < ERROR_N_MEMBRANE; i++) {
        self->induction[i] = self->membrane[i];
    }
    self->induction[ERROR_N_MEMBRANE] = (e2l_binding){"tau_i", self->texts[ERROR_TEXT_TAU_I], "ms"};
}

static e2l_population membrane(const error_experiment *self, const char *name)
{
    return (e2l_population){
        .name = name, .size = 1, .model = "passive_cuba_exp", .parameters = self->membrane, .n_parameters = ERROR_N_MEMBRANE};
}

static void describe_populations(error_experiment *self, uint64_t n)
{
    self->arrays[ERROR_ARRAY_SPIKES] = (e2l_array){.name = "spikes", .kind = E2L_ARRAY_BY_STEP, .size = n};
    self->arrays[ERROR_ARRAY_TEACHER] = (e2l_array){.name = "teacher_w", .kind = E2L_ARRAY_STATIC, .size = n};
    self->populations[0] = (e2l_population){.name = "input", .size = n, .model = "relay", .inputs = spikes_in, .n_inputs = 1};
    self->populations[1] = membrane(self, "teacher");
    self->populations[2] =
        (e2l_population){.name = "target", .size = 1, .model = "sample_hold", .parameters = &self->sampling, .n_parameters = 1};
    self->populations[3] = membrane(self, "student");
}

static void describe_projections(error_experiment *self)
{
    self->projections[0] =
        (e2l_projection){.name = "taught", .from = "input", .to = "teacher", .port = "in", .signal = "r", .w = "teacher_w"};
    /* dt late: the sample of step k * hold / dt is the potential at time k * hold */
    self->projections[1] = (e2l_projection){
        .name = "sampled", .from = "teacher", .to = "target", .port = "in", .signal = "v", .delay = "dt", .w = "1"};
    self->projections[2] = (e2l_projection){.name = "plastic",
                                            .from = "input",
                                            .to = "student",
                                            .port = "in",
                                            .signal = "r",
                                            .w = "w0",
                                            .model = "induction_exp",
                                            .parameters = self->induction,
                                            .n_parameters = ERROR_N_MEMBRANE + 1,
                                            .slots = plastic_slots,
                                            .n_slots = 1};
}

static void describe(error_experiment *self, const error_options *options)
{
    const uint64_t n_steps = error_steps(options->duration, options->dt);
    uint64_t settle = (uint64_t)floor(options->settle * (double)n_steps);
    settle = settle < n_steps ? settle : n_steps - 1;
    self->spans[0] = (e2l_span){.name = "settling", .steps = settle};
    self->spans[1] = (e2l_span){.name = "judged", .steps = n_steps - settle};
    const size_t first = settle > 0 ? 0 : 1;
    self->experiment = (e2l_experiment){.struct_size = sizeof self->experiment,
                                        .name = "error_driven",
                                        .dt = options->dt,
                                        .dt_unit = "ms",
                                        .parameters = &self->parameter,
                                        .n_parameters = 1,
                                        .arrays = self->arrays,
                                        .n_arrays = ERROR_N_ARRAYS,
                                        .populations = self->populations,
                                        .n_populations = ERROR_N_POPULATIONS,
                                        .projections = self->projections,
                                        .n_projections = ERROR_N_PROJECTIONS,
                                        .spans = self->spans + first,
                                        .n_spans = 2 - first,
                                        .probes = probes,
                                        .n_probes = ERROR_N_PROBES};
}

e2l_status error_experiment_create(e2l_ctx *ctx, error_experiment **out, const error_options *options)
{
    *out = NULL;
    error_experiment *self = e2l_alloc(ctx, 1, sizeof *self);
    if (!self) {
        return E2L_NOMEM;
    }
    write_texts(self, options);
    describe_populations(self, options->n);
    describe_projections(self);
    describe(self, options);
    e2l_status status = e2l_experiment_check(ctx, &self->experiment, &self->layout);
    if (status != E2L_OK) {
        error_experiment_destroy(ctx, self);
        return status;
    }
    *out = self;
    return E2L_OK;
}

void error_experiment_destroy(e2l_ctx *ctx, error_experiment *experiment)
{
    if (experiment) {
        e2l_layout_clear(ctx, &experiment->layout);
        e2l_free(ctx, experiment);
    }
}
