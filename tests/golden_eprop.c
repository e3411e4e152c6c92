/* e-prop (Bellec et al. 2020, Nature Communications 11:3625) on four sines: losses of the first five iterations as published by an
   independent simulator (NEST's test of eprop_synapse_bsshslm_2020) to 1e-11. The network is data: nothing here is code of e-prop.
   `golden_eprop N` runs N iterations and prints their losses, a line each (tests/bench/eprop_band.sh). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "substrate/json.h"
#include "tests/support/models.h"
#include "tests/support/support.h"

#define DATA E2L_SOURCE_DIR "/tests/golden/eprop_sines.json"

enum { N = 100, STEPS = 1000, ITERATIONS = 5 };
enum { SPIKES, TARGET, W_IN, W_REC, W_OUT, B, N_ARRAYS };

static double spikes[STEPS * N], target[STEPS], w_in[N * N], w_rec[N * N], w_out[N], feedback[N];
static double *const arrays[N_ARRAYS] = {spikes, target, w_in, w_rec, w_out, feedback};

static const char recurrent[] =
    "{\"model\": \"eprop_lif\", \"about\": \"leaky integrate-and-fire neuron with a surrogate gradient\","
    "\"source\": \"Bellec et al. 2020\","
    "\"parameters\": {\"tau\": [30, \"ms\"], \"thr\": [0.03, \"1\"], \"gamma\": [0.3, \"1\"]},"
    "\"ports\": {\"in\": \"1\", \"rec\": \"1\", \"error\": \"1\"},"
    "\"state\": {\"v\": [0, \"1\"], \"z\": [0, \"1\"], \"n\": [0, \"1\"], \"psi\": [0, \"1\"], \"L\": [0, \"1\"]},"
    "\"step\": [\"d = exp(-dt / tau)\", \"v = d * v + (1 - d) * (in + rec) - thr * z\", \"z = v > thr\","
    "\"psi = gamma / thr * max(0, 1 - abs((v - thr) / thr))\", \"n += z\", \"L = error\"]}";
static const char readout[] =
    "{\"model\": \"eprop_readout\", \"about\": \"leaky readout with a squared loss\", \"source\": \"Bellec et al. 2020\","
    "\"parameters\": {\"tau\": [30, \"ms\"]}, \"ports\": {\"in\": \"1\", \"target\": \"1\"},"
    "\"state\": {\"y\": [0, \"1\"], \"e\": [0, \"1\"], \"loss\": [0, \"1\"]},"
    "\"step\": [\"k = exp(-dt / tau)\", \"y = k * y + (1 - k) * in\", \"e = y - target\", \"loss += 0.5 * e * e\"]}";

static const e2l_array array_list[N_ARRAYS] = {{"spikes", E2L_ARRAY_ROWS, N, STEPS}, {"target", E2L_ARRAY_ROWS, 1, STEPS},
                                               {"w_in", E2L_ARRAY_STATIC, N * N, 0}, {"w_rec", E2L_ARRAY_STATIC, N * N, 0},
                                               {"w_out", E2L_ARRAY_STATIC, N, 0},    {"b", E2L_ARRAY_STATIC, N, 0}};
static const e2l_input in_inputs[] = {{"in", "spikes", "trial.t"}};
static const e2l_input out_inputs[] = {{"target", "target", "trial.t"}};
static const e2l_population populations[] = {
    {.name = "input", .size = N, .model = "relay", .inputs = in_inputs, .n_inputs = 1},
    {.name = "rec", .size = N, .model = recurrent},
    {.name = "out", .size = 1, .model = readout, .inputs = out_inputs, .n_inputs = 1}};

static const e2l_binding traces[] = {{"f", "0", NULL}, {"E", "0", NULL}, {"S", "0", NULL}, {"G", "0", NULL}};
static const e2l_binding terminals_in[] = {{"L", "post.L", NULL}, {"E", "E", NULL}};
static const e2l_slot slots_in[] = {{"rule_in", terminals_in, 2}};
static const e2l_slot slots_rec[] = {{"rule_rec", terminals_in, 2}};
static const char *const plastic_in[] = {"f = d * f + (1 - d) * x",
                                         "el = post.psi * f",
                                         "E = d * E + (1 - d) * el",
                                         "S += el",
                                         "G += rule_in",
                                         "when trial.last: G += c_reg * (post.n / trial.steps - f_target) * S / trial.steps",
                                         "when trial.last: w += -eta.rule_in * G"};
static const char *const plastic_rec[] = {"f = d * f + (1 - d) * x",
                                          "el = post.psi * f",
                                          "E = d * E + (1 - d) * el",
                                          "S += el",
                                          "when pre.i != post.i: G += rule_rec",
                                          "when trial.last & pre.i != post.i: G += c_reg * (post.n / trial.steps - f_target) * S / trial.steps",
                                          "when trial.last: w += -eta.rule_rec * G"};
static const char *const plastic_out[] = {"f = d * f + (1 - d) * x", "G += post.e * f", "when trial.last: w += -eta.rule_in * G"};
static const e2l_projection projections[] = {
    {.name = "win", .from = "input", .to = "rec", .port = "in", .signal = "r", .w = "w_in", .states = traces, .n_states = 4,
     .slots = slots_in, .n_slots = 1, .synapse = plastic_in, .n_synapse = 7},
    {.name = "wrec", .from = "rec", .to = "rec", .port = "rec", .signal = "z", .delay = "dt", .w = "w_rec", .states = traces,
     .n_states = 4, .slots = slots_rec, .n_slots = 1, .synapse = plastic_rec, .n_synapse = 7},
    {.name = "wout", .from = "rec", .to = "out", .port = "in", .signal = "z", .w = "w_out",
     .states = (const e2l_binding[]){{"f", "0", NULL}, {"G", "0", NULL}}, .n_states = 2, .synapse = plastic_out, .n_synapse = 3},
    {.name = "fb", .from = "out", .to = "rec", .port = "error", .signal = "e", .w = "b"}};
static const e2l_binding parameters[] = {{"d", "exp(-dt / 30)", NULL}, {"c_reg", "300", NULL}, {"f_target", "0.01", NULL}};
static const char *const resets[] = {"rec.*", "out.*", "win.*", "wrec.*", "wout.*"};
static const e2l_span trials = {.name = "trial", .steps = STEPS, .repeat = ITERATIONS, .reset = resets, .n_reset = 5};
static const e2l_probe probes[] = {{"loss", "out.loss", "trial.last", E2L_FOLD_ALL}};
static const e2l_experiment experiment = {.struct_size = sizeof experiment,
                                          .name = "eprop_sines",
                                          .dt = 1,
                                          .dt_unit = "ms",
                                          .parameters = parameters,
                                          .n_parameters = 3,
                                          .arrays = array_list,
                                          .n_arrays = N_ARRAYS,
                                          .populations = populations,
                                          .n_populations = 3,
                                          .projections = projections,
                                          .n_projections = 4,
                                          .spans = &trials,
                                          .n_spans = 1,
                                          .probes = probes,
                                          .n_probes = 1};

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t row0, size_t n_rows, double *out)
{
    (void)self;
    (void)ctx;
    const size_t size = (size_t)array_list[array].size;
    memcpy(out, arrays[array] + row0 * size, n_rows * size * sizeof *out);
    return E2L_OK;
}

/* Rows one after the other; a row of numbers, or numbers alone. */
static void read_numbers(const cJSON *json, const char *key, double *out, size_t n)
{
    const cJSON *const list = cJSON_GetObjectItemCaseSensitive(json, key);
    size_t k = 0;
    for (const cJSON *row = list->child; row; row = row->next) {
        for (const cJSON *item = cJSON_IsArray(row) ? row->child : row; item; item = cJSON_IsArray(row) ? item->next : NULL) {
            assert_true(k < n);
            out[k++] = item->valuedouble;
        }
    }
    assert_int_equal(k, n);
}

static void read_spikes(const cJSON *json)
{
    size_t step = 0;
    for (const cJSON *row = cJSON_GetObjectItemCaseSensitive(json, "spikes")->child; row; row = row->next, ++step) {
        for (const cJSON *item = row->child; item; item = item->next) {
            spikes[step * N + (size_t)item->valueint] = 1;
        }
    }
    assert_int_equal(step, STEPS);
}

/* The published run rounded its weights to single precision; the file has nine digits of them. */
static void round_to_single(double *values, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        values[k] = (double)(float)values[k];
    }
}

static cJSON *read_data(e2l_ctx *ctx)
{
    cJSON *json;
    assert_int_equal(e2l_json_read_file(ctx, &json, DATA), E2L_OK);
    read_numbers(json, "w_in", w_in, N * N);
    read_numbers(json, "w_rec", w_rec, N * N);
    read_numbers(json, "w_out", w_out, N);
    read_numbers(json, "b_feedback", feedback, N);
    read_numbers(json, "target", target, STEPS);
    read_spikes(json);
    round_to_single(w_in, N * N);
    round_to_single(w_rec, N * N);
    round_to_single(w_out, N);
    round_to_single(feedback, N);
    return json;
}

/* losses[iterations] with the published rule, e2l_free. */
static double *losses_of(e2l_ctx *ctx, uint64_t iterations)
{
    e2l_span span = trials;
    e2l_experiment longer = experiment;
    span.repeat = iterations;
    longer.spans = &span;
    e2l_expr *const rule = e2l_test_parse(ctx, "L * E");
    const e2l_expr *const rules[] = {rule, rule};
    const double etas[] = {1e-4, 1e-4};
    const e2l_case one = {.key = {1, 2}, .fill = fill};
    double *const losses = experiment_values(ctx, &longer, &one, 1, &(e2l_candidate){rules, etas});
    e2l_expr_destroy(ctx, rule);
    return losses;
}

static void test_losses(void **state)
{
    (void)state;
    e2l_ctx *const ctx = e2l_test_ctx();
    cJSON *const json = read_data(ctx);
    double want[ITERATIONS];
    read_numbers(json, "loss_first_5_iterations", want, ITERATIONS);
    double *const got = losses_of(ctx, ITERATIONS);
    for (size_t k = 0; k < ITERATIONS; ++k) {
        assert_close(got[k], want[k], 1e-11, 0);
    }
    e2l_free(ctx, got);
    e2l_json_free(json);
    e2l_test_ctx_end(ctx);
}

static int print_losses(uint64_t iterations)
{
    e2l_ctx *const ctx = e2l_test_ctx();
    e2l_json_free(read_data(ctx));
    double *const losses = losses_of(ctx, iterations);
    for (uint64_t k = 0; k < iterations; ++k) {
        (void)printf("%.15g\n", losses[k]);
    }
    e2l_free(ctx, losses);
    e2l_test_ctx_end(ctx);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && atoi(argv[1]) > 0) {
        return print_losses((uint64_t)atoi(argv[1]));
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_losses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
