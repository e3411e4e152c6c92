/* elise_experiment.c: the network of ELiSe as data.

   One population of two-compartment neurons (model soma_dendrite): the first n_visible are visible, the others latent. It is one and not two, so that
   one projection holds all dendritic synapses, and one slot their rule; what depends on the kinds is a condition over pre.i and post.i.

       dendrite     every neuron to every other one, plastic:  w r(t - d),  d per source
       excitation   along the scaffold, to latent somata:      g_exc = G_E max(r(t - d), phi(E_l))
       inhibition   along the same connections, 25 ms later:   g_inh = G_I max(r(t - d), phi(E_l))

   dw/dt = eta * rule, with rates r = phi(u), r_star = phi(v_star) of the target and, of the source, the low-passed delayed rate:

       dx_pre/dt = g_l (g_d / (g_l + g_d) r(t - d) - x_pre)

   which is dv_star/dw (Urbanczik and Senn, Neuron 81:521, 2014). Where there is no synapse the weight is 0 and stays so, which costs an engine less
   than a condition for every pair: no neuron connects to itself, since w0 and the learning rate are 0 there. A cycle is one pass through
   the pattern; the teacher is a row of conductances per step of it, with one row more that is 0, so training, free runs and replay
   differ in which row they read. */
#include "tasks/elise_impl.h"

#include <math.h>
#include <string.h>

#include "cgp/number.h"

static const e2l_binding rule_terminals[] = {
    {"r_post", "post.r", NULL}, {"r_star", "post.r_star", NULL}, {"u", "post.u", "mV"}, {"v_star", "post.v_star", "mV"},
    {"x_pre", "psp", NULL},     {"r_pre", "x", NULL},            {"w", "w", "mV"},
};
const char *const elise_terminals[] = {"r_post", "r_star", "u", "v_star", "x_pre", "r_pre", "w", NULL};
static const e2l_slot dendrite_slots[] = {
    {.name = "rule", .terminals = rule_terminals, .n_terminals = sizeof rule_terminals / sizeof *rule_terminals},
};
static const e2l_binding dendrite_states[] = {{"psp", "0", NULL}};
static const char *const dendrite_synapse[] = {
    "psp += dt * pre.g_l * (pre.g_d / (pre.g_l + pre.g_d) * x - psp)",
    "w += eta * dt * if(pre.i == post.i, 0, if(post.i < n_visible, if(pre.i < n_visible, rate_visible, speed), rate_latent)) * rule",
};
#define SCAFFOLD_SIGNAL "max(r, 1 / (1 + exp(slope * (u_half - E_l))))"

static const char *const array_names[ELISE_N_ARRAYS] = {"teacher_exc", "teacher_inh",      "w0",        "scaffold",    "delay",
                                                        "delay_exc",   "delay_inh", "clamped", "noise"};
static const char *const replay_freeze[] = {"dendrite.w"};

/* Numbers as text: where the experiment points to. */
typedef enum number_name {
    N_VISIBLE,
    PERIOD,
    SPEED,
    RATE_VISIBLE,
    RATE_LATENT,
    CLAMP_STEPS,
    SCORED_FROM,
    EVERY,
    U_CLAMP,
    LONGEST,
    LONGEST_INH,
    N_NUMBERS
} number_name;

enum { MOST_INPUTS = 4, MOST_SPANS = 3, N_PARAMETERS = 10 };

struct elise_experiment {
    e2l_experiment experiment; /* points into this struct: it never moves */
    elise_array kinds[ELISE_N_ARRAYS];
    e2l_array arrays[ELISE_N_ARRAYS];
    size_t n_arrays;
    e2l_binding parameters[N_PARAMETERS];
    e2l_binding population_parameters[1];
    e2l_input inputs[MOST_INPUTS];
    size_t n_inputs;
    e2l_population population;
    e2l_projection projections[3];
    e2l_span block[2];
    e2l_span spans[MOST_SPANS];
    size_t n_spans;
    e2l_probe probe;
    char numbers[N_NUMBERS][E2L_NUMBER_BYTES];
};

static const char *number(elise_experiment *self, number_name name, double value)
{
    return e2l_number_shortest(self->numbers[name], value);
}

/* Cycles without a teacher in training. */
static bool has_free(const elise_source *source)
{
    return source->options.free_every > 1 && source->options.cycles >= source->options.free_every;
}

/* ---- arrays and inputs ---------------------------------------------------------------------------- */

static void add_array(elise_experiment *self, const elise_source *source, elise_array kind)
{
    const size_t n = source->n;
    const bool is_teacher = kind == ELISE_TEACHER_EXC || kind == ELISE_TEACHER_INH;
    self->kinds[self->n_arrays] = kind;
    self->arrays[self->n_arrays++] = (e2l_array){
        .name = array_names[kind],
        .kind = is_teacher || kind == ELISE_CLAMP ? E2L_ARRAY_ROWS : kind == ELISE_NOISE ? E2L_ARRAY_BY_STEP : E2L_ARRAY_STATIC,
        .size = kind == ELISE_W0 || kind == ELISE_SCAFFOLD ? n * n : n,
        .n_rows = is_teacher ? source->period + 1 : kind == ELISE_CLAMP ? 2 : 0};
}

static void add_input(elise_experiment *self, const char *port, elise_array kind, const char *row)
{
    self->inputs[self->n_inputs++] = (e2l_input){.port = port, .array = array_names[kind], .row = row};
}

static void describe_arrays(elise_experiment *self, const elise_source *source)
{
    for (size_t kind = 0; kind < ELISE_CLAMP; kind++) {
        add_array(self, source, (elise_array)kind);
    }
    const char *row = has_free(source) ? "if(replay.on | free.on, period, step % period)" : "if(replay.on, period, step % period)";
    add_input(self, "g_exc", ELISE_TEACHER_EXC, row);
    add_input(self, "g_inh", ELISE_TEACHER_INH, row);
    if (source->options.clamp_ms > 0) {
        add_array(self, source, ELISE_CLAMP);
        add_input(self, "clamp", ELISE_CLAMP, "replay.on & replay.k == 1 & replay.t < clamp_steps");
    }
    if (source->options.noise > 0) {
        add_array(self, source, ELISE_NOISE);
        add_input(self, "current", ELISE_NOISE, NULL);
    }
}

/* ---- neurons and synapses -------------------------------------------------------------------------- */

static void describe_network(elise_experiment *self, const elise_source *source)
{
    const double dt = source->options.dt;
    self->population_parameters[0] = (e2l_binding){"u_clamp", number(self, U_CLAMP, source->options.clamp_mv), "mV"};
    self->population = (e2l_population){.name = "neurons",
                                        .size = source->n,
                                        .model = "soma_dendrite",
                                        .parameters = self->population_parameters,
                                        .n_parameters = 1,
                                        .inputs = self->inputs,
                                        .n_inputs = self->n_inputs};
    const char *longest = number(self, LONGEST, ceil(15 / dt - 1e-9) * dt);
    self->projections[0] = (e2l_projection){.name = "dendrite",
                                            .from = "neurons",
                                            .to = "neurons",
                                            .port = "dendrite",
                                            .signal = "r",
                                            .delay = "delay",
                                            .delay_max = longest,
                                            .w = "w0",
                                            .states = dendrite_states,
                                            .n_states = 1,
                                            .slots = dendrite_slots,
                                            .n_slots = 1,
                                            .synapse = dendrite_synapse,
                                            .n_synapse = 2};
    self->projections[1] = (e2l_projection){.name = "excitation",
                                            .from = "neurons",
                                            .to = "neurons",
                                            .port = "g_exc",
                                            .signal = SCAFFOLD_SIGNAL,
                                            .delay = "delay_exc",
                                            .delay_max = longest,
                                            .w = "g_excitation * scaffold"};
    self->projections[2] = (e2l_projection){.name = "inhibition",
                                            .from = "neurons",
                                            .to = "neurons",
                                            .port = "g_inh",
                                            .signal = SCAFFOLD_SIGNAL,
                                            .delay = "delay_inh",
                                            .delay_max = number(self, LONGEST_INH, ceil(40 / dt - 1e-9) * dt),
                                            .w = "g_inhibition * scaffold"};
}

/* ---- schedule -------------------------------------------------------------------------------------- */

static e2l_span cycles_of(const elise_source *source, const char *name, uint64_t repeat)
{
    return (e2l_span){.name = name, .steps = source->period, .repeat = repeat};
}

/* Training: cycles with the teacher, every so often one without, of which the first comes first; then the replay without. */
static void describe_spans(elise_experiment *self, const elise_source *source)
{
    const elise_options *options = &source->options;
    const uint64_t every = options->free_every, blocks = has_free(source) ? options->cycles / every : 0;
    const uint64_t left = options->cycles - blocks * every;
    if (blocks > 0) {
        self->block[0] = cycles_of(source, "free", 1);
        self->block[1] = cycles_of(source, "nudged", every - 1);
        self->spans[self->n_spans++] = (e2l_span){.name = "train", .repeat = blocks, .children = self->block, .n_children = 2};
    }
    if (left > 0) {
        self->spans[self->n_spans++] = cycles_of(source, blocks > 0 ? "rest" : "train", left);
    }
    e2l_span *replay = &self->spans[self->n_spans++];
    *replay = cycles_of(source, "replay", options->replay);
    replay->freeze = replay_freeze;
    replay->n_freeze = options->plastic ? 0 : 1;
}

static void describe_parameters(elise_experiment *self, const elise_source *source)
{
    const elise_options *options = &source->options;
    const e2l_binding list[N_PARAMETERS] = {
        {"n_visible", number(self, N_VISIBLE, (double)source->visible), NULL},
        {"period", number(self, PERIOD, (double)source->period), NULL},
        {"speed", number(self, SPEED, options->speed), NULL},
        {"rate_visible", number(self, RATE_VISIBLE, options->speed * options->visible_rate), NULL},
        {"rate_latent", number(self, RATE_LATENT, options->speed * options->latent_rate), NULL},
        {"g_excitation", "0.3", "1/ms"},
        {"g_inhibition", "6", "1/ms"},
        {"scored_from", number(self, SCORED_FROM, (double)options->replay - 2), NULL},
        {"look_every", number(self, EVERY, (double)source->every), NULL},
        {"clamp_steps", number(self, CLAMP_STEPS, rint(options->clamp_ms / options->dt)), NULL},
    };
    memcpy(self->parameters, list, sizeof list);
}

static void describe(elise_experiment *self, const elise_source *source)
{
    describe_arrays(self, source);
    describe_network(self, source);
    describe_spans(self, source);
    describe_parameters(self, source);
    self->probe = (e2l_probe){.name = "rates",
                              .of = "neurons.r",
                              .when = "replay.on & (replay.k == 0 | replay.k >= scored_from) & step % look_every == 0"};
    self->experiment = (e2l_experiment){.struct_size = sizeof self->experiment,
                                        .name = "elise_replay",
                                        .dt = source->options.dt,
                                        .dt_unit = "ms",
                                        .parameters = self->parameters,
                                        .n_parameters = N_PARAMETERS,
                                        .arrays = self->arrays,
                                        .n_arrays = self->n_arrays,
                                        .populations = &self->population,
                                        .n_populations = 1,
                                        .projections = self->projections,
                                        .n_projections = 3,
                                        .spans = self->spans,
                                        .n_spans = self->n_spans,
                                        .probes = &self->probe,
                                        .n_probes = 1};
}

e2l_status elise_experiment_create(e2l_ctx *ctx, elise_experiment **out, const elise_source *source)
{
    *out = NULL;
    elise_experiment *self = e2l_alloc(ctx, 1, sizeof *self);
    if (!self) {
        return E2L_NOMEM;
    }
    describe(self, source);
    e2l_status status = e2l_experiment_check(ctx, &self->experiment, NULL);
    if (status != E2L_OK) {
        elise_experiment_destroy(ctx, self);
        return status;
    }
    *out = self;
    return E2L_OK;
}

void elise_experiment_destroy(e2l_ctx *ctx, elise_experiment *experiment)
{
    e2l_free(ctx, experiment);
}

const e2l_experiment *elise_experiment_get(const elise_experiment *experiment)
{
    return &experiment->experiment;
}

elise_array elise_experiment_array(const elise_experiment *experiment, size_t k)
{
    return k < experiment->n_arrays ? experiment->kinds[k] : ELISE_N_ARRAYS;
}
