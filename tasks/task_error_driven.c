/* task_error_driven.c: a spiking student learns its teacher's membrane potential (Jordan, Schmidt, Senn & Petrovici 2021).

   Both membranes hear the same Poisson inputs. With the rule f of v (teacher, sampled every `hold`), u (student) and s_j (potential that input j
   alone causes per unit of weight)

       tau_i dI_j/dt = f(v, u, s_j) - I_j,        dw_j/dt = eta I_j

   and the score of a case is  - sqrt(<(u - v)^2>)  in mV, the mean over all steps after the first `settle` of the run, with v as it is, not as it
   was sampled. Published is - sqrt(sum (u - v)^2) over samples 1 ms apart: the measure `sum`. There the teacher always lies above the student ("a
   random sign" is compiled out); then a rule that sees nothing and lets the weights drift upwards is better than no rule. `sign` decides that here. */
#include <math.h>
#include <stdio.h>

#include "tasks/error_driven_impl.h"

#define OPTION(member) .offset = offsetof(error_options, member)

static const char *const sign_words[] = {"random", "up", "down", NULL};
static const e2l_field fields[] = {
    {.key = "n", .type = E2L_FIELD_COUNT, OPTION(n), .unit = "1", .fallback = "5", .low = 1, .high = 10000, .is_data = true,
     .help = "inputs, shared by teacher and student"},
    {.key = "rate_low", .type = E2L_FIELD_NUMBER, OPTION(rate_low), .unit = "Hz", .fallback = "150", .low = 0, .high = 5000,
     .is_data = true, .help = "lowest rate of an input; each input's is drawn once per case"},
    {.key = "rate_high", .type = E2L_FIELD_NUMBER, OPTION(rate_high), .unit = "Hz", .fallback = "850", .low = 0, .high = 5000,
     .low_open = true, .is_data = true, .help = "highest rate of an input"},
    {.key = "spread", .type = E2L_FIELD_NUMBER, OPTION(spread), .unit = "pA", .fallback = "20", .low = 0, .high = 10000, .is_data = true,
     .help = "teacher's weights lie within +- spread of the offset"},
    {.key = "offset", .type = E2L_FIELD_NUMBER, OPTION(offset), .unit = "pA", .fallback = "15", .low = 0, .high = 10000, .is_data = true,
     .help = "how far teachers are shifted away from 0"},
    {.key = "sign", .type = E2L_FIELD_WORD, OPTION(sign), .unit = "1", .fallback = "\"random\"", .words = sign_words, .is_data = true,
     .help = "where they are shifted to: drawn per case, always up (as published), or always down"},
    {.key = "w0", .type = E2L_FIELD_NUMBER, OPTION(w0), .unit = "pA", .fallback = "5", .low = -10000, .high = 10000,
     .help = "first weights of the student"},
    {.key = "duration", .type = E2L_FIELD_NUMBER, OPTION(duration), .unit = "ms", .fallback = "10000", .low = 1, .high = 1e8,
     .help = "length of a case, a multiple of dt"},
    {.key = "dt", .type = E2L_FIELD_NUMBER, OPTION(dt), .unit = "ms", .fallback = "1", .low = 0.001, .high = 10, .help = "step"},
    {.key = "hold", .type = E2L_FIELD_NUMBER, OPTION(hold), .unit = "ms", .fallback = "5", .low = 0.001, .high = 1e6,
     .help = "time between two samples of the teacher's potential, a multiple of dt"},
    {.key = "settle", .type = E2L_FIELD_NUMBER, OPTION(settle), .unit = "1", .fallback = "0.1", .low = 0, .high = 0.99,
     .help = "first share of a case that is not scored"},
    {.key = "tau_i", .type = E2L_FIELD_NUMBER, OPTION(tau_i), .unit = "ms", .fallback = "100", .low = 0.001, .high = 1e6,
     .help = "time constant of the plasticity induction"},
    {.key = "tau_m", .type = E2L_FIELD_NUMBER, OPTION(tau_m), .unit = "ms", .fallback = "10", .low = 0.1, .high = 1e5,
     .help = "time constant of the membranes (capacity 250 pF); not that of the synapses"},
    {.key = "tau_syn", .type = E2L_FIELD_NUMBER, OPTION(tau_syn), .unit = "ms", .fallback = "2", .low = 0.01, .high = 1e5,
     .help = "time constant of the synaptic currents"},
};

static const char *const functions[] = {"add", "sub", "mul", "div", NULL};
static const e2l_task_slot slots[] = {
    {.name = "rule",
     .terminals = error_terminals,
     .functions = functions,
     .about = "plasticity induction of one synapse: teacher's potential v (sampled), own potential u (both about -70 mV), potential s of its input "
              "per unit of weight"},
};

#define RULE(text) ((const char *const[]){text})
static const e2l_reference references[] = {
    {"gradient", RULE("s * (v - u)"), "gradient of the squared error (Pfister et al. 2006; run 5 of Jordan et al., eLife 10:e66273, 2021)"},
    {"double", RULE("2 * s * (v - u)"), "twice the gradient: run 4 of Jordan et al.; ties with it under eta tune"},
    {"run0", RULE("s * (v - u) * (2 * u - 1) / v"), "run 0 of Jordan et al., the best published; as u / v is about 1, twice the gradient"},
    {"run2", RULE("s * (v + u) * (v * (v - u) - s) / (v * v)"), "run 2 of Jordan et al.: about twice the gradient"},
    {"run3", RULE("v * s * (v - u) * (u - 1) / (v * v - u * s * (u - 1))"), "run 3 of Jordan et al.: about the gradient"},
    {"run1", RULE("u * (u - v) / (2 * (v * s + u * u))"), "run 1 of Jordan et al., the worst: about (u - v) / (2 u), blind to its input"},
    {"half", RULE("0.5 * s * (v - u)"), "half the gradient: slower"},
    {"quadruple", RULE("4 * s * (v - u)"), "four times the gradient: unstable in some cases at the published rate"},
};
#undef RULE

/* Rules that see no potential: drifts, as fast as useful ones and slow, and one that follows its input alone. */
static const char *const blind[] = {"1", "0.001", "-0.001", "s", "-0.01 * s", NULL};
static const char *const measures[] = {"sum", "w_error", NULL};

/* ---- opening ------------------------------------------------------------------------------------------------- */

static void family_close(e2l_ctx *ctx, e2l_family *family)
{
    if (family) {
        error_experiment_destroy(ctx, family->network);
        e2l_free(ctx, family->scratch);
        e2l_free(ctx, family);
    }
}

static e2l_status check_options(e2l_ctx *ctx, const error_options *o)
{
    if (error_steps(o->duration, o->dt) == 0) {
        return e2l_fail(ctx, E2L_INPUT, "task.duration: %g ms is no multiple of task.dt, %g ms", o->duration, o->dt);
    }
    if (error_steps(o->hold, o->dt) == 0) {
        return e2l_fail(ctx, E2L_INPUT, "task.hold: %g ms is no multiple of task.dt, %g ms", o->hold, o->dt);
    }
    if (o->rate_low > o->rate_high) {
        return e2l_fail(ctx, E2L_INPUT, "task.rate_low: %g Hz is above task.rate_high, %g Hz", o->rate_low, o->rate_high);
    }
    if (fabs(o->tau_m - o->tau_syn) < 1e-3 * o->tau_m) { /* the exact propagator divides by the difference */
        return e2l_fail(ctx, E2L_INPUT, "task.tau_m: %g ms is too close to task.tau_syn, %g ms; they must differ by a thousandth", o->tau_m,
                        o->tau_syn);
    }
    return E2L_OK;
}

static e2l_status open_network(e2l_ctx *ctx, e2l_family *family)
{
    e2l_status status = check_options(ctx, &family->options);
    if (status != E2L_OK) {
        return status;
    }
    family->n_steps = error_steps(family->options.duration, family->options.dt);
    family->scratch = e2l_alloc(ctx, (size_t)family->options.n, sizeof *family->scratch);
    return family->scratch ? error_experiment_create(ctx, &family->network, &family->options) : E2L_NOMEM;
}

static e2l_status family_open(e2l_ctx *ctx, e2l_family **out, const void *options, uint64_t task_seed, const char *set)
{
    *out = NULL;
    e2l_family *family = e2l_alloc(ctx, 1, sizeof *family);
    if (!family) {
        return E2L_NOMEM;
    }
    family->options = *(const error_options *)options;
    e2l_status status = e2l_drawn_open(ctx, &family->drawn, &e2l_task_error_driven, &error_shifts, &family->options, task_seed, set);
    status = status == E2L_OK ? open_network(ctx, family) : status;
    if (status != E2L_OK) {
        family_close(ctx, family);
        return status;
    }
    *out = family;
    return E2L_OK;
}

/* ---- what a family tells -------------------------------------------------------------------------------------- */

static const e2l_experiment *family_experiment(const e2l_family *family, size_t k)
{
    (void)k;
    return &family->network->experiment;
}

static double family_best(const e2l_family *family)
{
    (void)family;
    return 0;
}

/* ---- cases ----------------------------------------------------------------------------------------------------- */

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps, double *out)
{
    const e2l_family *family = self->user;
    const uint64_t rows = array == ERROR_ARRAY_SPIKES ? family->n_steps : 1;
    if (array >= ERROR_N_ARRAYS || step0 > rows || n_steps > rows - step0) {
        return e2l_fail(ctx, E2L_INTERNAL, "error_driven: array %zu has no rows %llu to %llu", array, (unsigned long long)step0,
                        (unsigned long long)(step0 + n_steps));
    }
    if (array == ERROR_ARRAY_SPIKES) {
        error_draw_spikes(family, (size_t)self->index, step0, n_steps, out);
    } else if (n_steps > 0) {
        error_draw_teacher(family, (size_t)self->index, out);
    }
    return E2L_OK;
}

static e2l_status family_draw(e2l_ctx *ctx, const e2l_family *family, size_t k, size_t *experiment, e2l_case *out,
                              char name[E2L_CASE_NAME_BYTES])
{
    (void)ctx;
    *experiment = 0;
    *out = (e2l_case){.key = error_draw_key(family, k), .fill = fill, .user = family, .index = k};
    (void)snprintf(name, E2L_CASE_NAME_BYTES, "%s-%zu", error_draw_is_up(family, k) ? "up" : "down", k);
    return E2L_OK;
}

/* Root mean square difference to the teacher's weights, pA. */
static double weight_error(const e2l_family *family, size_t k, const double *w)
{
    const size_t n = (size_t)family->options.n;
    double sum = 0;
    error_draw_teacher(family, k, family->scratch);
    for (size_t j = 0; j < n; j++) {
        sum += (w[j] - family->scratch[j]) * (w[j] - family->scratch[j]);
    }
    return sqrt(sum / (double)n);
}

static void family_score(const e2l_family *family, size_t k, const e2l_recording *recording, e2l_score *out)
{
    if (!e2l_score_begin(out, recording)) {
        return;
    }
    const e2l_probe_place *places = family->network->layout.places;
    const double rms = sqrt(recording->values[places[ERROR_PROBE_MSE].offset]);
    if (!isfinite(rms)) {
        out->outcome = E2L_OUTCOME_DOMAIN;
        return;
    }
    const error_options *o = &family->options;
    out->value = -rms;
    out->measures[0] = rms * sqrt((1 - o->settle) * o->duration); /* as if sampled every ms */
    out->measures[1] = weight_error(family, k, recording->values + places[ERROR_PROBE_W_END].offset);
}

const e2l_task e2l_task_error_driven = {
    .abi = E2L_TASK_ABI,
    .struct_size = sizeof(e2l_task),
    .name = "error_driven",
    .summary = "a spiking neuron's student learns to follow its teacher's membrane potential",
    .source = "Jordan, Schmidt, Senn and Petrovici, eLife 10:e66273 (2021), error-driven learning; Urbanczik and Senn, Neuron 81:521 (2014)",
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .options_size = sizeof(error_options),
    .slots = slots,
    .n_slots = sizeof slots / sizeof *slots,
    .references = references,
    .n_references = sizeof references / sizeof *references,
    .blind = blind,
    .measures = measures,
    .shifts = error_shift_names,
    .eta = 1.7,
    .smoke_cases = 12,
    .best = family_best,
    .reach = error_reach,
    .open = family_open,
    .close = family_close,
    .n_experiments = e2l_drawn_n_experiments,
    .experiment = family_experiment,
    .n_cases = e2l_drawn_n_cases,
    .data_eta = e2l_drawn_data_eta,
    .draw = family_draw,
    .score = family_score,
    .tolerated_loss = 0.01, /* mV: the gradient rule is at 0.13, the zero rule at 2 */
};
