/* task_second_order_errors.c: two classes whose means agree are told apart by how large errors are (Granier, Petrovici, Senn & Wilmes 2024).

   Two slots learn together: predictions of the inputs' means (W, from class neurons r) and of their precisions (A):

       mu = W r,  pi = A r,   e = x - mu,  eps = pi e,  delta = (1 / pi - e^2) / 2
       W += eta f(r, e, eps, W),   A += eta g(r, e, delta, A),   A within [0.01, 1000]

   The score of a case is the share of test samples whose class the network then infers. With f = eps r and g = A delta r both learn; with
   f = e r and g = 0, classical predictive coding, the two sets of the default stay at chance. Half of the cases each: `variance`, `xor`. */
#include <math.h>
#include <stdio.h>

#include "tasks/second_order_impl.h"

#define OPTION(member) .offset = offsetof(second_order_options, member)

static const e2l_field fields[] = {
    {.key = "sets", .type = E2L_FIELD_WORDS, OPTION(sets), .unit = "1", .fallback = "[\"variance\", \"xor\"]", .low = 1,
     .high = E2L_MAX_LIST, .words = second_order_kinds, .is_data = true,
     .help = "how the classes differ: in the variances of the inputs, as an exclusive or, or in their means; of several, case k takes number k "
             "modulo their count"},
    {.key = "n", .type = E2L_FIELD_COUNT, OPTION(n), .unit = "1", .fallback = "2", .low = 2, .high = 10000, .is_data = true,
     .help = "inputs; one half tells of each class"},
    {.key = "train", .type = E2L_FIELD_COUNT, OPTION(train), .unit = "1", .fallback = "1000", .low = 1, .high = 1e8,
     .help = "samples to learn from, each used once"},
    {.key = "test", .type = E2L_FIELD_COUNT, OPTION(test), .unit = "1", .fallback = "200", .low = 1, .high = 1e6,
     .help = "samples whose class is asked for afterwards"},
    {.key = "contrast", .type = E2L_FIELD_NUMBER, OPTION(contrast), .unit = "1", .fallback = "0.25", .low = 0, .high = 1, .is_data = true,
     .help = "set variance: smaller standard deviation over the larger one"},
    {.key = "noise", .type = E2L_FIELD_NUMBER, OPTION(noise), .unit = "1", .fallback = "0.2", .low = 0, .high = 100, .is_data = true,
     .help = "set xor: standard deviation of a cluster; their centres are 1 away from 0"},
    {.key = "scale", .type = E2L_FIELD_NUMBER, OPTION(scale), .unit = "1", .fallback = "1", .low = 0, .high = 1000, .low_open = true,
     .is_data = true, .help = "factor on all inputs"},
    {.key = "w_noise", .type = E2L_FIELD_NUMBER, OPTION(w_noise), .unit = "1", .fallback = "0.1", .low = 0, .high = 100,
     .help = "standard deviation of the first predictions of the mean; precisions begin at 1"},
    {.key = "tau", .type = E2L_FIELD_NUMBER, OPTION(tau), .unit = "1", .fallback = "10", .low = 0.001, .high = 1e6,
     .help = "time constant of the class neurons"},
    {.key = "inference", .type = E2L_FIELD_NUMBER, OPTION(inference), .unit = "1", .fallback = "10", .low = 0.001, .high = 1e6,
     .help = "time for an answer, a multiple of dt, in the unit of tau"},
    {.key = "dt", .type = E2L_FIELD_NUMBER, OPTION(dt), .unit = "1", .fallback = "1", .low = 0.001, .high = 1000,
     .help = "step of the inference; training takes one step per sample"},
};

static const char *const functions[] = {"add", "sub", "mul", NULL};
static const e2l_task_slot slots[SECOND_ORDER_N_SLOTS] = {
    {.name = "mean_rule",
     .terminals = second_order_mean_terminals,
     .functions = functions,
     .about = "change of a predicted mean per sample and learning rate: class r (0 or 1), error e, weighted error eps, itself w"},
    {.name = "precision_rule",
     .terminals = second_order_precision_terminals,
     .functions = functions,
     .about = "change of a predicted precision per sample and learning rate: class r, error e, second-order error delta, itself w"},
};

#define RULES(mean, precision) ((const char *const[]){mean, precision})
static const e2l_reference references[] = {
    {"second_order", RULES("eps * r", "w * delta * r"), "Granier et al., PNAS Nexus 3:pgae404 (2024)"},
    {"additive", RULES("eps * r", "delta * r"), "the same without the factor w, which keeps precisions positive without a bound"},
    {"precision_only", RULES("0", "w * delta * r"), "predictions of the mean stay as they were: enough where the means agree"},
    {"first_order", RULES("e * r", "0"), "predictive coding without precisions (Rao and Ballard, Nat. Neurosci. 2:79, 1999): chance where the means agree"},
};
#undef RULES

/* Texts for both slots: rules that see no error. */
static const char *const blind[] = {"w", "-w", "1 - w", "r", "r * (1 - w)", NULL};
static const char *const measures[] = {"accuracy", "share", NULL};

/* ---- opening ----------------------------------------------------------------------------------------------- */

static void family_close(e2l_ctx *ctx, e2l_family *family)
{
    if (family) {
        second_order_experiment_destroy(ctx, family->network);
        e2l_free(ctx, family);
    }
}

static e2l_status check_options(e2l_ctx *ctx, const second_order_options *o)
{
    if (second_order_inference_steps(o) == 0) {
        return e2l_fail(ctx, E2L_INPUT, "task.inference: %g is no multiple of task.dt, %g", o->inference, o->dt);
    }
    return E2L_OK;
}

static e2l_status family_open(e2l_ctx *ctx, e2l_family **out, const void *options, uint64_t task_seed, const char *set)
{
    *out = NULL;
    e2l_family *family = e2l_alloc(ctx, 1, sizeof *family);
    if (!family) {
        return E2L_NOMEM;
    }
    family->options = *(const second_order_options *)options;
    e2l_status status = e2l_drawn_open(ctx, &family->drawn, &e2l_task_second_order_errors, &second_order_shifts, &family->options, task_seed, set);
    status = status == E2L_OK ? check_options(ctx, &family->options) : status;
    status = status == E2L_OK ? second_order_experiment_create(ctx, &family->network, &family->options) : status;
    if (status != E2L_OK) {
        family_close(ctx, family);
        return status;
    }
    *out = family;
    return E2L_OK;
}

/* ---- what a family tells ------------------------------------------------------------------------------------ */

static const e2l_experiment *family_experiment(const e2l_family *family, size_t k)
{
    (void)k;
    return &family->network->experiment;
}

static double family_best(const e2l_family *family)
{
    (void)family;
    return 1;
}

/* ---- cases ---------------------------------------------------------------------------------------------------- */

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t row0, size_t n_rows, double *out)
{
    const e2l_family *family = self->user;
    const uint64_t rows = family->options.train + family->options.test;
    if (array >= SECOND_ORDER_N_ARRAYS || row0 > rows || n_rows > rows - row0) {
        return e2l_fail(ctx, E2L_INTERNAL, "second_order_errors: array %zu has no rows %llu to %llu", array, (unsigned long long)row0,
                        (unsigned long long)(row0 + n_rows));
    }
    return second_order_draw_rows(ctx, family, (size_t)self->index, row0, n_rows, array == SECOND_ORDER_LABEL ? out : NULL,
                                  array == SECOND_ORDER_DATA ? out : NULL);
}

static e2l_status family_draw(e2l_ctx *ctx, const e2l_family *family, size_t k, size_t *experiment, e2l_case *out,
                              char name[E2L_CASE_NAME_BYTES])
{
    (void)ctx;
    const uint64_t more[] = {family->options.train + family->options.test};
    *experiment = 0;
    *out = (e2l_case){.key = e2l_drawn_key(&family->drawn, k, more, 1), .fill = fill, .user = family, .index = k};
    (void)snprintf(name, E2L_CASE_NAME_BYTES, "%s-%zu", second_order_kinds[second_order_draw_kind(family, k)], k);
    return E2L_OK;
}

static void family_score(const e2l_family *family, size_t k, const e2l_recording *recording, e2l_score *out)
{
    (void)k;
    if (!e2l_score_begin(out, recording)) {
        return;
    }
    const e2l_probe_place *places = family->network->layout.places;
    out->value = recording->values[places[SECOND_ORDER_RIGHT].offset];
    out->measures[0] = out->value;
    out->measures[1] = recording->values[places[SECOND_ORDER_SHARE].offset];
}

const e2l_task e2l_task_second_order_errors = {
    .abi = E2L_TASK_ABI,
    .struct_size = sizeof(e2l_task),
    .name = "second_order_errors",
    .summary = "a predictive network learns to tell classes apart by the size of their errors: means and precisions, two rules that learn together",
    .source = "Granier, Petrovici, Senn and Wilmes, Confidence and second-order errors in cortical circuits, PNAS Nexus 3:pgae404 (2024)",
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .options_size = sizeof(second_order_options),
    .slots = slots,
    .n_slots = SECOND_ORDER_N_SLOTS,
    .references = references,
    .n_references = sizeof references / sizeof *references,
    .blind = blind,
    .measures = measures,
    .shifts = second_order_shift_names,
    .eta = 0.02,
    .smoke_cases = 12,
    .best = family_best,
    .reach = second_order_reach,
    .open = family_open,
    .close = family_close,
    .n_experiments = e2l_drawn_n_experiments,
    .experiment = family_experiment,
    .n_cases = e2l_drawn_n_cases,
    .data_eta = e2l_drawn_data_eta,
    .draw = family_draw,
    .score = family_score,
};
