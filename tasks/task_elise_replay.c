/* task_elise_replay.c: a recurrent network learns a sequence and goes on playing it (ELiSe, Kriener et al. 2024).

   Visible neurons are nudged through a pattern, cycle after cycle; every dendritic synapse learns all the time by the rule, with nothing but
   what source and target know; then the teacher is gone and the network replays. Latent neurons, which have no target, get theirs from a sparse
   random scaffold of somatic connections. Without learning in the latent neurons (latent_rate = 0: a reservoir), and without a scaffold
   (p0 = 1), nothing lasting is learned. The defaults are a small version: 8 visible and 25 latent neurons, 12 slots, 400 cycles at 50 times the
   published learning rate. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "substrate/json.h"
#include "tasks/elise_impl.h"

#define OPTION(member) .offset = offsetof(elise_options, member)

static const double slot_ms = 10, look_ms = 0.2;
static const size_t most_values = 20000000; /* doubles of an array or of a recording */

static const e2l_field fields[] = {
    {.key = "visible", .type = E2L_FIELD_COUNT, OPTION(visible), .unit = "1", .fallback = "8", .low = 2, .high = ELISE_MOST_NEURONS,
     .is_data = true, .help = "neurons with a target"},
    {.key = "slots", .type = E2L_FIELD_COUNT, OPTION(slots), .unit = "1", .fallback = "12", .low = 2, .high = ELISE_MOST_SLOTS,
     .is_data = true, .help = "length of the pattern in slots of 10 ms, each with one active visible neuron"},
    {.key = "latent", .type = E2L_FIELD_COUNT, OPTION(latent), .unit = "1", .fallback = "25", .low = 1, .high = ELISE_MOST_NEURONS,
     .is_data = true, .help = "neurons without a target"},
    {.key = "cycles", .type = E2L_FIELD_COUNT, OPTION(cycles), .unit = "cycles", .fallback = "400", .low = 1, .high = 1e7,
     .help = "passes through the pattern before the replay"},
    {.key = "free_every", .type = E2L_FIELD_COUNT, OPTION(free_every), .unit = "cycles", .fallback = "0", .low = 0, .high = 1e7,
     .help = "one of so many training cycles goes without the teacher; 0 and 1: none (published: 20)"},
    {.key = "replay", .type = E2L_FIELD_COUNT, OPTION(replay), .unit = "cycles", .fallback = "4", .low = 3, .high = 1e6,
     .help = "cycles without the teacher after training; the last two are scored"},
    {.key = "plastic", .type = E2L_FIELD_BOOL, OPTION(plastic), .unit = "1", .fallback = "true",
     .help = "synapses go on learning in the replay"},
    {.key = "speed", .type = E2L_FIELD_NUMBER, OPTION(speed), .unit = "1", .fallback = "50", .low = 0, .high = 1e6,
     .help = "factor on all learning rates: over those published when eta is the default"},
    {.key = "visible_rate", .type = E2L_FIELD_NUMBER, OPTION(visible_rate), .unit = "1", .fallback = "0.1", .low = 0, .high = 1e3,
     .help = "learning rate between visible neurons over that of all others"},
    {.key = "latent_rate", .type = E2L_FIELD_NUMBER, OPTION(latent_rate), .unit = "1", .fallback = "1", .low = 0, .high = 1e3,
     .help = "learning rate of synapses onto latent neurons over that onto visible ones from latent ones; 0: a reservoir"},
    {.key = "nudging", .type = E2L_FIELD_NUMBER, OPTION(nudging), .unit = "1", .fallback = "0.6", .low = 0, .high = 0.95,
     .is_data = true, .help = "weight lambda of the teacher against leak and dendrite"},
    {.key = "p0", .type = E2L_FIELD_NUMBER, OPTION(p0), .unit = "1", .fallback = "0.04", .low = 0, .high = 1,
     .is_data = true, .help = "a neuron gets no targets in the scaffold with this probability; 1: no scaffold"},
    {.key = "p", .type = E2L_FIELD_NUMBER, OPTION(p), .unit = "1", .fallback = "0.2", .low = 0, .high = 1,
     .is_data = true, .help = "one more target after k with probability p^k"},
    {.key = "q", .type = E2L_FIELD_NUMBER, OPTION(q), .unit = "1", .fallback = "0.15", .low = 0, .high = 1,
     .is_data = true, .help = "a neuron with k connections accepts one more with probability q^k"},
    {.key = "noise", .type = E2L_FIELD_NUMBER, OPTION(noise), .unit = "mV/sqrt(ms)", .fallback = "0", .low = 0, .high = 100,
     .is_data = true, .help = "white noise in all somata"},
    {.key = "clamp", .type = E2L_FIELD_NUMBER, OPTION(clamp_ms), .unit = "ms", .fallback = "0", .low = 0, .high = 1e5,
     .is_data = true, .help = "for so long visible somata are held at clamp_mv, from the beginning of the second replay cycle to its end at most"},
    {.key = "clamp_mv", .type = E2L_FIELD_NUMBER, OPTION(clamp_mv), .unit = "mV", .fallback = "-70", .low = -100, .high = 0,
     .help = "potential they are held at"},
    {.key = "dt", .type = E2L_FIELD_NUMBER, OPTION(dt), .unit = "ms", .fallback = "0.1", .low = 0.01, .high = 0.2,
     .is_data = true, .help = "Euler step; a slot must be a whole number of steps"},
    {.key = "pattern", .type = E2L_FIELD_TEXT, OPTION(pattern), .unit = "path", .fallback = "\"\"", .is_data = true,
     .help = "file with a pattern of your own, a row of 0 and 1 per visible neuron, a column per slot; visible and slots are then its own"},
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

static const char *const functions[] = {"add", "sub", "mul", NULL};
static const e2l_task_slot slots[] = {
    {.name = "rule",
     .terminals = elise_terminals,
     .functions = functions,
     .about = "change of a weight per ms and learning rate: rate r_post and potential u of the target's soma, what its dendrite predicts of them "
              "(r_star, v_star), the source's rate as it arrives (r_pre) and low-passed (x_pre), the weight w"},
};

#define RULE(text) ((const char *const[]){text})
static const e2l_reference references[] = {
    {"elise", RULE("(r_post - r_star) * x_pre"),
     "Urbanczik and Senn, Neuron 81:521 (2014), as in Kriener et al., arXiv:2402.16763: the dendrite learns to predict the soma"},
    {"direct", RULE("(r_post - r_star) * r_pre"), "the same without the low-pass in the source's trace"},
    {"hebb", RULE("r_post * x_pre"), "Hebb, The Organization of Behavior (1949): nothing stops its growth"},
};
#undef RULE

/* Rules that do not see the soma, where the teacher is. */
static const char *const blind[] = {"1", "-w", "-(r_star * x_pre)", NULL};
static const char *const measures[] = {"error", "correlation", "first", "shift", NULL};

/* ---- opening ------------------------------------------------------------------------------------- */

static void scratch_destroy(e2l_ctx *ctx, elise_scratch *scratch)
{
    if (scratch) {
        e2l_free(ctx, scratch->active);
        e2l_free(ctx, scratch->target);
        e2l_free(ctx, scratch->replay);
        e2l_free(ctx, scratch->errors);
        e2l_free(ctx, scratch);
    }
}

static e2l_status scratch_create(e2l_ctx *ctx, elise_scratch **out, const elise_source *source)
{
    const size_t n_looks = source->period / source->every;
    elise_scratch *self = *out = e2l_alloc(ctx, 1, sizeof *self);
    if (!self) {
        return E2L_NOMEM;
    }
    self->active = e2l_alloc(ctx, source->visible * source->slots, 1);
    self->target = e2l_alloc(ctx, n_looks * source->visible, sizeof(double));
    self->replay = e2l_alloc(ctx, 2 * n_looks, sizeof(double));
    self->errors = e2l_alloc(ctx, n_looks, sizeof(double));
    return self->active && self->target && self->replay && self->errors ? E2L_OK : E2L_NOMEM;
}

static void family_close(e2l_ctx *ctx, e2l_family *family)
{
    if (family) {
        elise_experiment_destroy(ctx, family->experiment);
        elise_pattern_clear(ctx, &family->source.given);
        scratch_destroy(ctx, family->scratch);
        e2l_free(ctx, family);
    }
}

/* A given pattern stays as long as it is. */
static e2l_status open_set(e2l_ctx *ctx, elise_source *source, uint64_t seed, const char *set)
{
    const char *path = source->options.pattern;
    const bool is_given = path && path[0];
    if (is_given && strcmp(set, E2L_SET_SHIFT "slots") == 0) {
        return e2l_fail(ctx, E2L_UNSUPPORTED, "case set '%s': the pattern is given", set);
    }
    e2l_status status =
        e2l_drawn_open(ctx, &source->drawn, &e2l_task_elise_replay, &elise_shifts, &source->options, seed, set);
    return status == E2L_OK && is_given ? elise_pattern_read(ctx, &source->given, path) : status;
}

/* Sizes in neurons and steps, and whether they fit. */
static e2l_status choose_sizes(e2l_ctx *ctx, elise_source *source)
{
    const elise_options *options = &source->options;
    const double steps = slot_ms / options->dt;
    source->visible = source->given.active ? source->given.visible : (size_t)options->visible;
    source->slots = source->given.active ? source->given.slots : (size_t)options->slots;
    source->n = source->visible + (size_t)options->latent;
    source->slot_steps = (size_t)lrint(steps);
    if (fabs(steps - (double)source->slot_steps) > 1e-9 * steps) {
        return e2l_fail(ctx, E2L_INPUT, "task.dt: %g ms; a slot of 10 ms must be a whole number of steps (0.1, 0.05, 0.2 ..)", options->dt);
    }
    source->period = source->slots * source->slot_steps;
    source->every = (size_t)fmax(1, rint(look_ms / options->dt));
    source->every = source->period % source->every == 0 ? source->every : 1;
    if ((source->period + 1) * source->n > most_values) {
        return e2l_fail(ctx, E2L_INPUT, "task.slots: %zu steps of %zu neurons are more than a cycle holds, %zu numbers", source->period,
                        source->n, most_values);
    }
    return E2L_OK;
}

static e2l_status open_family(e2l_ctx *ctx, e2l_family *family, uint64_t seed, const char *set)
{
    elise_source *source = &family->source;
    e2l_status status = open_set(ctx, source, seed, set);
    status = status == E2L_OK ? choose_sizes(ctx, source) : status;
    status = status == E2L_OK ? scratch_create(ctx, &family->scratch, source) : status;
    return status == E2L_OK ? elise_experiment_create(ctx, &family->experiment, source) : status;
}

static e2l_status family_open(e2l_ctx *ctx, e2l_family **out, const void *options, uint64_t task_seed, const char *set)
{
    *out = NULL;
    e2l_family *family = e2l_alloc(ctx, 1, sizeof *family);
    if (!family) {
        return E2L_NOMEM;
    }
    family->source.options = *(const elise_options *)options;
    e2l_status status = open_family(ctx, family, task_seed, set);
    if (status != E2L_OK) {
        family_close(ctx, family);
        return status;
    }
    *out = family;
    return E2L_OK;
}

/* ---- what a family tells ------------------------------------------------------------------------- */

static const e2l_experiment *family_experiment(const e2l_family *family, size_t k)
{
    (void)k;
    return elise_experiment_get(family->experiment);
}

/* A square error is never below 0. */
static double best_score(const e2l_family *family)
{
    (void)family;
    return 0;
}

static uint64_t rows_of(const e2l_array *array, const e2l_experiment *experiment)
{
    return array->kind == E2L_ARRAY_ROWS ? array->n_rows : array->kind == E2L_ARRAY_STATIC ? 1 : e2l_experiment_n_steps(experiment);
}

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps, double *out)
{
    const e2l_family *family = self->user;
    const e2l_experiment *experiment = elise_experiment_get(family->experiment);
    const uint64_t rows = array < experiment->n_arrays ? rows_of(&experiment->arrays[array], experiment) : 0;
    if (step0 > rows || n_steps > rows - step0) {
        return e2l_fail(ctx, E2L_INTERNAL, "elise_replay: array %zu has no rows %llu to %llu", array, (unsigned long long)step0,
                        (unsigned long long)(step0 + n_steps));
    }
    if (n_steps == 0) {
        return E2L_OK;
    }
    return elise_draw_rows(ctx, &family->source, (size_t)self->index, elise_experiment_array(family->experiment, array), step0, n_steps, out);
}

static e2l_status family_draw(e2l_ctx *ctx, const e2l_family *family, size_t k, size_t *experiment, e2l_case *out,
                              char name[E2L_CASE_NAME_BYTES])
{
    (void)ctx;
    *experiment = 0;
    *out = (e2l_case){.key = elise_draw_key(&family->source, k), .fill = fill, .user = family, .index = k};
    (void)snprintf(name, E2L_CASE_NAME_BYTES, "%s-%zu", family->source.given.active ? "network" : "pattern", k);
    return E2L_OK;
}

/* Potentials between silence and full activity, rates and traces that go with them, weights as they grow in training. */
e2l_status elise_reach(e2l_ctx *ctx, const e2l_family *family, size_t slot, size_t n, double *const *inputs)
{
    static const double least_mv = -72, most_mv = -45, weight_sd = 3, most_trace = 0.95, slope = 0.3, u_half = -58;
    (void)ctx;
    (void)slot; /* there is one */
    for (size_t k = 0; k < n; k++) {
        const uint64_t words[] = {(uint64_t)k};
        e2l_stream stream;
        e2l_stream_init(&stream, family->source.drawn.seed, E2L_PURPOSE_PROBE, words, 1);
        double mv[3], rates[3], w;
        for (size_t i = 0; i < 3; i++) {
            mv[i] = least_mv + (most_mv - least_mv) * e2l_stream_uniform(&stream);
            rates[i] = slope * (mv[i] - u_half);
        }
        elise_sigmoid(3, rates);
        e2l_stream_fill_normal(&stream, 1, &w);
        const double seen[] = {rates[0], rates[1], mv[0], mv[1], most_trace * e2l_stream_uniform(&stream), rates[2], weight_sd * w};
        for (size_t t = 0; t < sizeof seen / sizeof *seen; t++) { /* in the order of elise_terminals */
            inputs[t][k] = seen[t];
        }
    }
    return E2L_OK;
}

const e2l_task e2l_task_elise_replay = {
    .abi = E2L_TASK_ABI,
    .struct_size = sizeof(e2l_task),
    .name = "elise_replay",
    .summary = "a recurrent network of two-compartment neurons learns a sequence and replays it",
    .source = "Kriener et al., arXiv:2402.16763 (2024)",
    .fields = fields,
    .n_fields = N_FIELDS,
    .options_size = sizeof(elise_options),
    .slots = slots,
    .n_slots = sizeof slots / sizeof *slots,
    .references = references,
    .n_references = sizeof references / sizeof *references,
    .blind = blind,
    .measures = measures,
    .shifts = elise_shift_names,
    .eta = 0.01,
    .smoke_cases = 8,
    .best = best_score,
    .reach = elise_reach,
    .open = family_open,
    .close = family_close,
    .n_experiments = e2l_drawn_n_experiments,
    .experiment = family_experiment,
    .n_cases = e2l_drawn_n_cases,
    .data_eta = e2l_drawn_data_eta,
    .draw = family_draw,
    .score = elise_score,
    .default_cases = 8,
    .judged_cases = 40,
    .smoke = "{\"visible\": 3, \"slots\": 3, \"latent\": 5, \"cycles\": 8, \"replay\": 3, \"speed\": 1200, \"dt\": 0.2, \"q\": 0}",
    .tolerated_loss = 0.01,
};
