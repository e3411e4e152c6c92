/* The oracle itself, held against answers worked out by hand: what travels when, what a span sets, resets and freezes, where a state lives,
   which sum, which draw. The cpu substrate must give the same, so that a mistake in what both of them read shows as well. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "substrate/json.h"
#include "substrate/noise.h"
#include "substrate/resolve.h"
#include "tests/support/reference_run.h"
#include "tests/support/support.h"

enum { MOST_VALUES = 128, MOST_SLOTS = 4 };
static const e2l_key CASE_KEY = {7, 99};

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))
#define STATE(name, initial) "\"" name "\": [\"" initial "\", \"1\"]"
#define MODEL(states, steps)                                                                                       \
    "{\"model\": \"m\", \"about\": \"\", \"source\": \"\", \"parameters\": {}, \"ports\": {\"in\": \"1\", \"back\": \"1\"}, " \
    "\"state\": {" states "}, \"step\": [" steps "]}"
#define PASSES MODEL(STATE("s", "0"), "\"r = in\"") /* r is a local: what it holds may be anything */
#define KEEPS MODEL(STATE("r", "0"), "\"r = in\"")

/* Of the arrays of the function around: populations, projections, spans, probes. */
#define NEURONS(...)                                                                                                 \
    {                                                                                                                \
        .struct_size = sizeof(e2l_experiment), .name = "known", .dt = 0.5, .dt_unit = "ms", .populations = populations, \
        .n_populations = COUNT_OF(populations), .spans = spans, .n_spans = COUNT_OF(spans), .probes = probes,        \
        .n_probes = COUNT_OF(probes), __VA_ARGS__                                                                    \
    }
#define NETWORK(...) NEURONS(.projections = projections, .n_projections = COUNT_OF(projections), __VA_ARGS__)

/* ---- running ---------------------------------------------------------------------------------------------- */
typedef struct data {
    const e2l_experiment *experiment;
    const double *const *arrays; /* all rows of each */
    const char *const *rules;
    e2l_outcome outcome;
    uint64_t step; /* at which it ends when the outcome is not ok */
} data;

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t row0, size_t n_rows, double *out)
{
    (void)ctx;
    const data *const of = self->user;
    const uint64_t size = of->experiment->arrays[array].size;
    memcpy(out, of->arrays[array] + row0 * size, n_rows * size * sizeof *out);
    return E2L_OK;
}

static void same(const char *who, const data *of, const e2l_recording *got, const double *want, size_t n)
{
    assert_int_equal(got->outcome, of->outcome);
    if (of->outcome != E2L_OUTCOME_OK) {
        assert_int_equal(got->step, of->step);
        return;
    }
    for (size_t k = 0; k < n; ++k) {
        const bool both_nan = isnan(got->values[k]) && isnan(want[k]);
        if (!both_nan && memcmp(&got->values[k], &want[k], sizeof *want) != 0) {
            fail_msg("%s: value %zu is %.17g, expected %.17g", who, k, got->values[k], want[k]);
        }
    }
}

static void run_cpu(e2l_ctx *ctx, const data *of, const e2l_candidate *candidate, const e2l_case *one, e2l_recording *out)
{
    const e2l_substrate *const cpu = e2l_substrate_find("cpu");
    e2l_device *device;
    e2l_plan *plan;
    assert_int_equal(cpu->open(ctx, &device, NULL), E2L_OK);
    if (cpu->prepare(ctx, device, of->experiment, &plan) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
    assert_int_equal(cpu->run(ctx, plan, candidate, 1, one, 1, NULL, out), E2L_OK);
    cpu->release(ctx, plan);
    cpu->close(ctx, device);
}

static void expect_of(const data *of, const double *want, size_t n)
{
    static double etas[MOST_SLOTS] = {0.25, 0.5, 1, 2};
    double values[MOST_VALUES];
    e2l_ctx *const ctx = e2l_test_ctx();
    e2l_resolved *resolved;
    e2l_layout layout;
    if (e2l_resolve(ctx, &resolved, of->experiment) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
    assert_int_equal(e2l_resolved_layout(ctx, resolved, &layout), E2L_OK);
    assert_true(layout.n_values <= MOST_VALUES && (of->outcome != E2L_OUTCOME_OK || layout.n_values == n));
    const e2l_expr *rules[MOST_SLOTS] = {NULL};
    for (size_t k = 0; k < resolved->n_slots; ++k) {
        rules[k] = e2l_test_parse(ctx, of->rules[k]);
    }
    const e2l_candidate candidate = {rules, etas};
    const e2l_case one = {.key = CASE_KEY, .fill = fill, .user = of};
    e2l_recording recording = {.values = values};
    assert_int_equal(reference_run(ctx, resolved, &layout, &candidate, &one, &recording), E2L_OK);
    same("oracle", of, &recording, want, n);
    run_cpu(ctx, of, &candidate, &one, &recording);
    same("cpu", of, &recording, want, n);
    for (size_t k = 0; k < resolved->n_slots; ++k) {
        e2l_expr_destroy(ctx, (e2l_expr *)(uintptr_t)rules[k]);
    }
    e2l_layout_clear(ctx, &layout);
    e2l_resolved_destroy(ctx, resolved);
    e2l_test_ctx_end(ctx);
}

static void expect(const e2l_experiment *experiment, const double *const *arrays, const double *want, size_t n)
{
    expect_of(&(data){.experiment = experiment, .arrays = arrays}, want, n);
}
#define EXPECT(experiment, arrays, ...) \
    expect(experiment, arrays, (const double[]){__VA_ARGS__}, COUNT_OF(((const double[]){__VA_ARGS__})))

/* ---- what travels ------------------------------------------------------------------------------------------- */
static void ring_of_three_steps(void **state)
{
    (void)state;
    const e2l_population populations[] = {{.name = "p", .size = 1, .model = MODEL(STATE("z", "0"), "\"z = in + (step == 0)\"")}};
    const e2l_projection projections[] = {
        {.name = "loop", .from = "p", .to = "p", .port = "in", .signal = "z", .delay = "3 * dt", .w = "1"}};
    const e2l_span spans[] = {{.name = "run", .steps = 8}};
    const e2l_probe probes[] = {{"z", "p.z", NULL, E2L_FOLD_ALL}};
    const e2l_experiment experiment = NETWORK(.n_parameters = 0);
    EXPECT(&experiment, NULL, 1, 0, 0, 1, 0, 0, 1, 0);
}

/* Source 0 is 10 + t + 1 at the end of step t and takes one step, source 1 is 20 + 2 (t + 1) and takes three. */
static void delays_differ_and_histories_reset(void **state)
{
    (void)state;
    const e2l_binding begin[] = {{"n", "10 * (i + 1)", NULL}};
    const char *const reset[] = {"a.n"};
    const e2l_population populations[] = {
        {.name = "a", .size = 2, .model = MODEL(STATE("n", "0"), "\"n += 1 + i\""), .states = begin, .n_states = 1},
        {.name = "b", .size = 1, .model = KEEPS}};
    const e2l_projection projections[] = {{.name = "j", .from = "a", .to = "b", .port = "in", .signal = "n", .w = "1",
                                           .delay = "dt * (1 + 2 * i)", .delay_max = "3 * dt"}};
    const e2l_span spans[] = {{.name = "trial", .steps = 4, .repeat = 2, .reset = reset, .n_reset = 1}, {.name = "rest", .steps = 2}};
    const e2l_probe probes[] = {{"r", "b.r", NULL, E2L_FOLD_ALL}};
    const e2l_experiment experiment = NETWORK(.n_parameters = 0);
    EXPECT(&experiment, NULL, 30, 31, 32, 13 + 22, 30, 31, 32, 13 + 22, 14 + 24, 15 + 26);
}

/* a -> b -> a within one step, as statements in one order; the effect of a step used the weight before it. */
static void within_a_step(void **state)
{
    (void)state;
    const e2l_array arrays[] = {{.name = "data", .kind = E2L_ARRAY_BY_STEP, .size = 1}};
    const e2l_input inputs[] = {{"in", "data", NULL}};
    const e2l_population populations[] = {
        {.name = "a", .size = 1, .inputs = inputs, .n_inputs = 1, .model = MODEL(STATE("s", "0"), "\"r = in\", \"s = back\"")},
        {.name = "b", .size = 1, .model = MODEL(STATE("y", "0"), "\"y = 2 * in\"")}};
    const char *const synapse[] = {"w += post.y"};
    const e2l_projection projections[] = {
        {.name = "up", .from = "a", .to = "b", .port = "in", .signal = "r", .w = "1", .synapse = synapse, .n_synapse = 1},
        {.name = "down", .from = "b", .to = "a", .port = "back", .signal = "y", .w = "1"}};
    const e2l_span spans[] = {{.name = "run", .steps = 2}};
    const e2l_probe probes[] = {{"s", "a.s", NULL, E2L_FOLD_ALL}, {"weight", "up.w", NULL, E2L_FOLD_ALL}};
    const e2l_experiment experiment = NETWORK(.arrays = arrays, .n_arrays = 1);
    const double rows[] = {3, 5};
    EXPECT(&experiment, (const double *const[]){rows}, 6, 70, 7, 77);
}

/* In order one by one the sum would be 6: the large numbers cancel before five ones are added. */
static void eight_partial_sums(void **state)
{
    (void)state;
    const e2l_array arrays[] = {{.name = "data", .kind = E2L_ARRAY_BY_STEP, .size = 9}};
    const e2l_input inputs[] = {{"in", "data", NULL}};
    const e2l_population populations[] = {{.name = "a", .size = 9, .inputs = inputs, .n_inputs = 1, .model = PASSES},
                                          {.name = "b", .size = 1, .model = KEEPS}};
    const e2l_projection projections[] = {{.name = "j", .from = "a", .to = "b", .port = "in", .signal = "r", .w = "1"}};
    const e2l_span spans[] = {{.name = "run", .steps = 1}};
    const e2l_probe probes[] = {{"r", "b.r", NULL, E2L_FOLD_ALL}};
    const e2l_experiment experiment = NETWORK(.arrays = arrays, .n_arrays = 1);
    const double row[] = {1e16, 1, -1e16, 1, 1, 1, 1, 1, 1};
    EXPECT(&experiment, (const double *const[]){row}, 4);
}

static void largest_and_smallest(void **state)
{
    (void)state;
    const e2l_array arrays[] = {{.name = "data", .kind = E2L_ARRAY_BY_STEP, .size = 3}};
    const e2l_input inputs[] = {{"in", "data", NULL}};
    const e2l_population populations[] = {{.name = "a", .size = 3, .inputs = inputs, .n_inputs = 1, .model = PASSES},
                                          {.name = "b", .size = 3, .model = MODEL(STATE("s", "0"), "\"s += 1\"")}};
    const e2l_span spans[] = {{.name = "run", .steps = 3}};
    const e2l_probe probes[] = {{"in", "b.in", NULL, E2L_FOLD_ALL}};
    const double nan = (double)NAN, rows[] = {-5, -3, -4, 1, nan, 2, 7, 7, 1};
    for (int k = 0; k < 2; ++k) { /* target 0 has all sources, 1 none, 2 all but source 1 */
        const e2l_projection projections[] = {{.name = "j", .from = "a", .to = "b", .port = "in", .signal = "r", .w = "1",
                                               .connect = "post.i == 0 | (post.i == 2 & pre.i != 1)",
                                               .reduce = k == 0 ? E2L_REDUCE_MAX : E2L_REDUCE_MIN}};
        const e2l_experiment experiment = NETWORK(.arrays = arrays, .n_arrays = 1);
        const double largest[] = {-3, 0, -4, nan, 0, 2, 7, 0, 7}, smallest[] = {-5, 0, -5, nan, 0, 1, 1, 0, 1};
        expect(&experiment, (const double *const[]){rows}, k == 0 ? largest : smallest, 9);
    }
}

/* Weights of 2 sources and 3 targets are 1..6 by rows of a target; seen from the targets' end. */
static void weights_the_other_way(void **state)
{
    (void)state;
    const e2l_array arrays[] = {{.name = "w0", .kind = E2L_ARRAY_STATIC, .size = 6}};
    const e2l_population populations[] = {
        {.name = "a", .size = 2, .model = KEEPS},
        {.name = "b", .size = 3, .model = MODEL(STATE("s", "1"), "\"s = if(i == 0, 1, if(i == 1, 10, 100))\"")}};
    const e2l_span spans[] = {{.name = "run", .steps = 2}};
    const e2l_probe probes[] = {{"r", "a.r", NULL, E2L_FOLD_ALL}};
    const double w0[] = {1, 2, 3, 4, 5, 6};
    for (int k = 0; k < 3; ++k) { /* all; what the owner lacks is missing; the borrower has a say of its own */
        const e2l_projection projections[] = {{.name = "up", .from = "a", .to = "b", .port = "in", .signal = "r", .w = "w0",
                                               .delay = "dt", .connect = k == 1 ? "pre.i + post.i != 1" : NULL},
                                              {.name = "down", .from = "b", .to = "a", .port = "in", .signal = "s",
                                               .weights_of = "up", .transposed = true, .connect = k == 2 ? "pre.i > post.i" : NULL}};
        const e2l_experiment experiment = NETWORK(.arrays = arrays, .n_arrays = 1);
        const double all[] = {531, 642, 531, 642}, masked[] = {501, 640, 501, 640}, own[] = {530, 600, 530, 600};
        expect(&experiment, (const double *const[]){w0}, k == 0 ? all : k == 1 ? masked : own, 4);
    }
}

static void rows_by_the_schedule(void **state)
{
    (void)state;
    const e2l_array arrays[] = {{.name = "data", .kind = E2L_ARRAY_ROWS, .size = 2, .n_rows = 2}};
    const e2l_input inputs[] = {{"in", "data", "trial.k % 2 + 0.9"}}; /* rounded down */
    const e2l_population populations[] = {{.name = "p", .size = 2, .inputs = inputs, .n_inputs = 1, .model = KEEPS}};
    const e2l_span spans[] = {{.name = "trial", .steps = 2, .repeat = 3}};
    const e2l_probe probes[] = {{"r", "p.r", NULL, E2L_FOLD_ALL}};
    const e2l_experiment experiment = NEURONS(.arrays = arrays, .n_arrays = 1);
    const double rows[] = {1, 2, 3, 4};
    EXPECT(&experiment, (const double *const[]){rows}, 1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2);
}

/* ---- spans --------------------------------------------------------------------------------------------------- */
#define LAM "\"u = lam\""
static void what_is_set_stays(void **state)
{
    (void)state;
    const e2l_binding lam[] = {{"lam", "0.5", NULL}}, one[] = {{"lam", "1", NULL}}, five[] = {{"lam", "5", NULL}},
                      inner[] = {{"lam", "10 + trial.k", NULL}}, late[] = {{"lam", "20 + trial.k", NULL}};
    const e2l_population populations[] = {{.name = "p", .size = 1, .model = MODEL(STATE("u", "0"), LAM)}};
    const e2l_probe probes[] = {{"u", "p.u", NULL, E2L_FOLD_ALL}};
    const e2l_span children[] = {{.name = "a", .steps = 2, .set = inner, .n_set = 1}, {.name = "b", .steps = 1}};
    const e2l_span over[] = {{.name = "a", .steps = 1}, {.name = "b", .steps = 1, .repeat = 2, .set = late, .n_set = 1}};
    {   /* the inner set comes after the outer one and stays to the end */
        const e2l_span spans[] = {{.name = "before", .steps = 2, .set = one, .n_set = 1},
                                  {.name = "trial", .repeat = 2, .children = children, .n_children = 2, .set = five, .n_set = 1},
                                  {.name = "after", .steps = 2}};
        const e2l_experiment experiment = NEURONS(.parameters = lam, .n_parameters = 1);
        EXPECT(&experiment, NULL, 1, 1, 10, 10, 10, 11, 11, 11, 11, 11);
    }
    {   /* before any set the parameter's own value; in a second repetition that of the first's child */
        const e2l_span spans[] = {{.name = "before", .steps = 1}, {.name = "trial", .repeat = 2, .children = over, .n_children = 2},
                                  {.name = "after", .steps = 1}};
        const e2l_experiment experiment = NEURONS(.parameters = lam, .n_parameters = 1);
        EXPECT(&experiment, NULL, 0.5, 0.5, 20, 20, 20, 21, 21, 21);
    }
    {   /* the outer set counts until the child that sets, every time */
        const e2l_span spans[] = {{.name = "trial", .repeat = 2, .children = over, .n_children = 2, .set = five, .n_set = 1}};
        const e2l_experiment experiment = NEURONS(.parameters = lam, .n_parameters = 1);
        EXPECT(&experiment, NULL, 5, 20, 20, 5, 21, 21);
    }
}

static void counters_of_spans(void **state)
{
    (void)state;
    const e2l_population populations[] = {
        {.name = "p", .size = 1, .model = MODEL(STATE("u", "0"), "\"u = trial.k * 1000 + trial.t * 100 + b.k * 10 + b.t + b.on * 0.5\"")}};
    const e2l_probe probes[] = {{"u", "p.u", NULL, E2L_FOLD_ALL},
                                {"first", "trial.first * 2 + trial.last + b.first * 20 + b.last * 10", NULL, E2L_FOLD_ALL}};
    const e2l_span children[] = {{.name = "a", .steps = 1}, {.name = "b", .steps = 2, .repeat = 2}};
    const e2l_span spans[] = {{.name = "trial", .repeat = 2, .children = children, .n_children = 2}, {.name = "after", .steps = 1}};
    const e2l_experiment experiment = NEURONS(.n_parameters = 0);
    EXPECT(&experiment, NULL, 0, 100.5, 201.5, 310.5, 411.5, 1000, 1100.5, 1201.5, 1310.5, 1411.5, 0, /* u */
           2, 20, 10, 20, 11, 2, 20, 10, 20, 11, 0);
}

static void frozen_but_reset(void **state)
{
    (void)state;
    const char *const n[] = {"p.n"}, *const all[] = {"p.*"};
    const e2l_population populations[] = {{.name = "p", .size = 1, .model = MODEL(STATE("n", "0"), "\"n += 1\"")}};
    const e2l_span child[] = {{.name = "inner", .steps = 1}};
    const e2l_span spans[] = {{.name = "go", .steps = 2},
                              {.name = "hold", .steps = 2, .freeze = n, .n_freeze = 1, .reset = n, .n_reset = 1},
                              {.name = "more", .steps = 2},
                              {.name = "outer", .freeze = all, .n_freeze = 1, .children = child, .n_children = 1},
                              {.name = "end", .steps = 1}};
    const e2l_probe probes[] = {{"n", "p.n", NULL, E2L_FOLD_ALL}};
    const e2l_experiment experiment = NEURONS(.n_parameters = 0);
    EXPECT(&experiment, NULL, 1, 2, 0, 0, 1, 2, 2, 3);
}

/* PROJ.* is all states, and w is none of them. */
static void frozen_synapses(void **state)
{
    (void)state;
    const char *const w[] = {"j.w"}, *const all[] = {"j.*"}, *const synapse[] = {"c += 1", "w += 1"};
    const e2l_binding states[] = {{"c", "0", NULL}};
    const e2l_population populations[] = {{.name = "p", .size = 1, .model = MODEL(STATE("n", "0"), "\"n += 1\"")}};
    const e2l_projection projections[] = {{.name = "j", .from = "p", .to = "p", .port = "in", .signal = "n", .delay = "dt", .w = "0",
                                           .states = states, .n_states = 1, .synapse = synapse, .n_synapse = 2}};
    const e2l_span spans[] = {{.name = "go", .steps = 1},
                              {.name = "hold", .steps = 1, .freeze = w, .n_freeze = 1},
                              {.name = "open", .steps = 1, .freeze = all, .n_freeze = 1},
                              {.name = "again", .steps = 1, .reset = all, .n_reset = 1}};
    const e2l_probe probes[] = {{"weight", "j.w", NULL, E2L_FOLD_ALL}, {"c", "j.c", NULL, E2L_FOLD_ALL}};
    const e2l_experiment experiment = NETWORK(.n_parameters = 0);
    EXPECT(&experiment, NULL, 1, 1, 2, 3, 1, 2, 2, 1);
}

/* ---- draws ---------------------------------------------------------------------------------------------------- */
static uint64_t site(const char *text)
{
    return e2l_key_bytes(text, strlen(text), (e2l_key){0, 0}).low;
}

static double normal(const char *text, uint64_t element, uint64_t step)
{
    return e2l_noise_normal(CASE_KEY, site(text), element, step);
}

static double uniform(const char *text, uint64_t element, uint64_t step)
{
    return e2l_noise_uniform(CASE_KEY, site(text), element, step);
}

/* u begins anew with every trial, v once; the same word twice in a statement is one draw, and a guard shares it. */
static void draws_of_neurons(void **state)
{
    (void)state;
    enum { SIZE = 3, STEPS = 4 };
    const char *const reset[] = {"a.u"};
    const e2l_population populations[] = {
        {.name = "a", .size = SIZE,
         .model = MODEL(STATE("u", "normal") ", " STATE("v", "uniform") ", " STATE("d", "1") ", " STATE("e", "0") ", " STATE("g", "2"),
                        "\"d = normal - normal\", \"e = normal\", \"when uniform < 0.5: g = uniform\"")}};
    const e2l_span spans[] = {{.name = "trial", .steps = 2, .repeat = 2, .reset = reset, .n_reset = 1}};
    const e2l_probe probes[] = {{"u", "a.u", NULL, E2L_FOLD_ALL}, {"v", "a.v", NULL, E2L_FOLD_LAST}, {"d", "a.d", NULL, E2L_FOLD_LAST},
                                {"e", "a.e", NULL, E2L_FOLD_ALL}, {"g", "a.g", NULL, E2L_FOLD_ALL}};
    const e2l_experiment experiment = NEURONS(.n_parameters = 0);
    double want[SIZE * (3 * STEPS + 2)], *v = want + SIZE * STEPS, *e = v + 2 * SIZE, *g = e + SIZE * STEPS;
    for (uint64_t k = 0; k < SIZE * STEPS; ++k) {
        const uint64_t i = k % SIZE, step = k / SIZE;
        const double draw = uniform("population/a/step/2", i, step);
        want[k] = normal("population/a/state/u", i, step - step % 2);
        e[k] = normal("population/a/step/1", i, step);
        g[k] = draw < 0.5 ? draw : step == 0 ? 2 : g[k - SIZE];
    }
    for (uint64_t i = 0; i < SIZE; ++i) {
        v[i] = uniform("population/a/state/v", i, E2L_BEFORE_RUN);
        v[SIZE + i] = 0;
    }
    expect(&experiment, NULL, want, COUNT_OF(want));
}

/* Which synapses there are is drawn once; w and xi begin anew with every trial, and are 0 where there is none. */
static void draws_of_synapses(void **state)
{
    (void)state;
    enum { N = 6, STEPS = 3 };
    const char *const reset[] = {"j.w", "j.xi"}, *const synapse[] = {"when uniform < 2: c = normal", "f = x * normal"};
    const e2l_binding states[] = {{"xi", "normal", NULL}, {"c", "0", NULL}, {"f", "0", NULL}};
    const e2l_population populations[] = {{.name = "a", .size = 2, .model = MODEL(STATE("r", "1"), "\"r = 1\"")},
                                          {.name = "b", .size = 3, .model = KEEPS}};
    const e2l_projection projections[] = {{.name = "j", .from = "a", .to = "b", .port = "in", .signal = "r", .w = "normal",
                                           .connect = "uniform < 0.5", .states = states, .n_states = 3, .synapse = synapse, .n_synapse = 2}};
    const e2l_span spans[] = {{.name = "first", .steps = 1}, {.name = "trial", .steps = 2, .reset = reset, .n_reset = 2}};
    const e2l_probe probes[] = {{"weight", "j.w", NULL, E2L_FOLD_ALL}, {"xi", "j.xi", NULL, E2L_FOLD_ALL},
                                {"c", "j.c", NULL, E2L_FOLD_ALL}, {"f", "j.f", NULL, E2L_FOLD_ALL}};
    const e2l_experiment experiment = NETWORK(.n_parameters = 0);
    double want[2 * N * STEPS + STEPS + 2 * STEPS], *c = want + 2 * N * STEPS, *f = c + STEPS;
    for (uint64_t k = 0; k < N * STEPS; ++k) {
        const uint64_t s = k % N, step = k / N == 0 ? E2L_BEFORE_RUN : 1;
        const bool there = uniform("projection/j/connect", s, E2L_BEFORE_RUN) < 0.5;
        want[k] = there ? normal("projection/j/w", s, step) : 0;
        want[N * STEPS + k] = there ? normal("projection/j/state/xi", s, step) : 0;
    }
    for (uint64_t step = 0; step < STEPS; ++step) { /* noise fits anywhere: c lives once, f per source */
        c[step] = normal("projection/j/synapse/0", 0, step);
        f[2 * step] = normal("projection/j/synapse/1", 0, step);
        f[2 * step + 1] = normal("projection/j/synapse/1", 1, step);
    }
    expect(&experiment, NULL, want, COUNT_OF(want));
}

/* ---- synapses --------------------------------------------------------------------------------------------------- */
static void where_states_live(void **state)
{
    (void)state;
    const e2l_array arrays[] = {{.name = "data", .kind = E2L_ARRAY_BY_STEP, .size = 2}};
    const e2l_input inputs[] = {{"in", "data", NULL}};
    const e2l_population populations[] = {{.name = "a", .size = 2, .inputs = inputs, .n_inputs = 1, .model = KEEPS},
                                          {.name = "b", .size = 3, .model = MODEL(STATE("r", "0"), "\"r = i + 1 + 0 * in\"")}};
    const char *const synapse[] = {"f = f + x", "g += post.r", "c += 1", "e += f * post.r"};
    const e2l_binding states[] = {{"f", "0", NULL}, {"g", "0", NULL}, {"c", "0", NULL}, {"e", "0", NULL}, {"h", "0.25", NULL}};
    const e2l_span spans[] = {{.name = "run", .steps = 2}};
    const e2l_probe probes[] = {{"f", "j.f", NULL, E2L_FOLD_LAST}, {"g", "j.g", NULL, E2L_FOLD_LAST}, {"c", "j.c", NULL, E2L_FOLD_LAST},
                                {"e", "j.e", NULL, E2L_FOLD_LAST}, {"h", "j.h", NULL, E2L_FOLD_LAST}, {"weight", "j.w", NULL, E2L_FOLD_LAST}};
    const double rows[] = {1, 10, 2, 20};
    for (int k = 0; k < 2; ++k) {
        const e2l_projection projections[] = {{.name = "j", .from = "a", .to = "b", .port = "in", .signal = "r", .w = "1",
                                               .connect = k == 0 ? NULL : "pre.i != post.i", .states = states, .n_states = 5,
                                               .synapse = synapse, .n_synapse = 4}};
        const e2l_experiment experiment = NETWORK(.arrays = arrays, .n_arrays = 1);
        const double all[] = {3, 30, 2, 4, 6, 2, 4, 40, 8, 80, 12, 120, 0.25, 1, 1, 1, 1, 1, 1},
                     some[] = {3, 30, 2, 4, 6, 2, 0, 40, 8, 0, 12, 120, 0.25, 0, 1, 1, 0, 1, 1};
        expect(&experiment, (const double *const[]){rows}, k == 0 ? all : some, COUNT_OF(all));
    }
}

static void bounds_let_nan_pass(void **state)
{
    (void)state;
    const e2l_array arrays[] = {{.name = "w0", .kind = E2L_ARRAY_STATIC, .size = 3}};
    const e2l_population populations[] = {{.name = "a", .size = 3, .model = MODEL(STATE("r", "1"), "\"r = 1\"")},
                                          {.name = "b", .size = 1, .model = KEEPS}};
    const char *const synapse[] = {"w += 0.75"}, *const spoils[] = {"when step == 2: w = 0 / (x - 1)"};
    const e2l_span spans[] = {{.name = "run", .steps = 4}};
    const e2l_probe probes[] = {{"weight", "j.w", "step < 2", E2L_FOLD_ALL}, {"r", "b.r", "step < 2", E2L_FOLD_ALL}};
    e2l_projection projections[] = {{.name = "j", .from = "a", .to = "b", .port = "in", .signal = "r", .w = "w0", .lower = "-1",
                                     .upper = "1", .synapse = synapse, .n_synapse = 1}};
    const e2l_experiment experiment = NETWORK(.arrays = arrays, .n_arrays = 1);
    const double plain[] = {5, -5, 0.5}, broken[] = {1, (double)NAN, 0};
    EXPECT(&experiment, (const double *const[]){plain}, 1, -0.25, 1, 1, 0.5, 1, 0.5, 1.75);
    expect_of(&(data){&experiment, (const double *const[]){broken}, NULL, E2L_OUTCOME_DIVERGED, 1}, NULL, 0);
    projections[0].synapse = spoils;
    expect_of(&(data){&experiment, (const double *const[]){plain}, NULL, E2L_OUTCOME_DIVERGED, 3}, NULL, 0);
}

/* No statement reads the port the signal goes to, yet it arrives; slots of populations come first. */
static void rules_in_both_places(void **state)
{
    (void)state;
    const e2l_array arrays[] = {{.name = "data", .kind = E2L_ARRAY_BY_STEP, .size = 1}};
    const e2l_input inputs[] = {{"in", "data", NULL}};
    const e2l_binding own[] = {{"a", "v", NULL}, {"b", "in", NULL}}, learn[] = {{"a", "x", NULL}, {"b", "post.v", NULL}};
    const e2l_slot in_neuron[] = {{"own", own, 2}}, in_synapse[] = {{"learn", learn, 2}};
    const e2l_population populations[] = {
        {.name = "src", .size = 1, .model = MODEL(STATE("r", "4"), "\"r += 0\"")},
        {.name = "p", .size = 1, .inputs = inputs, .n_inputs = 1, .slots = in_neuron, .n_slots = 1, .model = MODEL(STATE("v", "2"), "\"v += own\"")}};
    const char *const synapse[] = {"w += eta.learn * learn"}, *const rules[] = {"a * b + 1", "a - b"};
    const e2l_projection projections[] = {{.name = "j", .from = "src", .to = "p", .port = "back", .signal = "r", .w = "1",
                                           .slots = in_synapse, .n_slots = 1, .synapse = synapse, .n_synapse = 1}};
    const e2l_span spans[] = {{.name = "run", .steps = 2}};
    const e2l_probe probes[] = {{"v", "p.v", NULL, E2L_FOLD_ALL}, {"weight", "j.w", NULL, E2L_FOLD_ALL}};
    const e2l_experiment experiment = NETWORK(.arrays = arrays, .n_arrays = 1);
    const double rows[] = {3, 3}, want[] = {9, 37, -1.5, -18};
    expect_of(&(data){.experiment = &experiment, .arrays = (const double *const[]){rows}, .rules = rules}, want, 4);
}

/* The rule in b's statement sees what a, listed behind it, has made in this step. */
static void rules_wait_for_globals(void **state)
{
    (void)state;
    const e2l_binding own[] = {{"a", "a.r", NULL}, {"b", "v", NULL}};
    const e2l_slot slots[] = {{"own", own, 2}};
    const e2l_population populations[] = {{.name = "b", .size = 2, .slots = slots, .n_slots = 1, .model = MODEL(STATE("v", "0"), "\"v = own\"")},
                                          {.name = "a", .size = 1, .model = MODEL(STATE("r", "1"), "\"r += 1\"")}};
    const e2l_span spans[] = {{.name = "run", .steps = 2}};
    const e2l_probe probes[] = {{"v", "b.v", NULL, E2L_FOLD_ALL}};
    const e2l_experiment experiment = NEURONS(.n_parameters = 0);
    const char *const rules[] = {"10 * a + b"};
    const double want[] = {20, 20, 50, 50};
    expect_of(&(data){.experiment = &experiment, .rules = rules}, want, 4);
}

static void expect_refusal(const e2l_experiment *experiment, const char *words)
{
    e2l_ctx *const ctx = e2l_test_ctx();
    e2l_resolved *resolved = NULL;
    assert_int_equal(e2l_resolve(ctx, &resolved, experiment), E2L_INPUT);
    if (strstr(e2l_ctx_message(ctx), words) == NULL) {
        fail_msg("'%s' is not in: %s", words, e2l_ctx_message(ctx));
    }
    e2l_test_ctx_end(ctx);
}

/* Values that do not exist yet: a local that is written later, a local of another population before the run. */
static void nothing_is_read_too_early(void **state)
{
    (void)state;
    const e2l_binding own[] = {{"a", "k", NULL}};
    const e2l_slot slots[] = {{"own", own, 1}};
    const e2l_span spans[] = {{.name = "run", .steps = 2}};
    const e2l_probe probes[] = {{"v", "b.v", NULL, E2L_FOLD_ALL}};
    {
        const e2l_population populations[] = {
            {.name = "b", .size = 1, .slots = slots, .n_slots = 1, .model = MODEL(STATE("v", "0"), "\"v = own\", \"k = v\"")}};
        const e2l_experiment experiment = NEURONS(.n_parameters = 0);
        expect_refusal(&experiment, "'k' is read before it is written");
    }
    {
        const e2l_population populations[] = {{.name = "a", .size = 1, .model = PASSES},
                                              {.name = "b", .size = 2, .model = MODEL(STATE("v", "0"), "\"v = in\"")}};
        const e2l_projection projections[] = {
            {.name = "j", .from = "b", .to = "b", .port = "in", .signal = "v + a.r", .delay = "dt", .w = "1"}};
        const e2l_experiment experiment = NETWORK(.n_parameters = 0);
        expect_refusal(&experiment, "'a.r' is no state; a delayed signal is made of states");
    }
}

/* ---- probes ------------------------------------------------------------------------------------------------------ */
static void folds_without_looks(void **state)
{
    (void)state;
    const e2l_population populations[] = {{.name = "p", .size = 1, .model = MODEL(STATE("n", "0"), "\"n += 1\"")}};
    const e2l_span spans[] = {{.name = "run", .steps = 4}};
    const e2l_probe probes[] = {{"a", "p.n", "p.n > 9", E2L_FOLD_LAST}, {"b", "p.n", "p.n > 9", E2L_FOLD_MEAN},
                                {"c", "p.n", "p.n > 9", E2L_FOLD_SUM},  {"d", "p.n", "p.n > 9", E2L_FOLD_MAX},
                                {"e", "p.n", "run.last", E2L_FOLD_ALL}, {"f", "p.n", "p.n > 2", E2L_FOLD_MEAN},
                                {"g", "-p.n", NULL, E2L_FOLD_MAX},      {"h", "p.n", "p.n < 4", E2L_FOLD_SUM}};
    const e2l_experiment experiment = NEURONS(.n_parameters = 0);
    const double nan = (double)NAN;
    EXPECT(&experiment, NULL, nan, nan, 0, nan, 4, 3.5, -1, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring_of_three_steps), cmocka_unit_test(delays_differ_and_histories_reset),
        cmocka_unit_test(within_a_step),       cmocka_unit_test(eight_partial_sums),
        cmocka_unit_test(largest_and_smallest), cmocka_unit_test(weights_the_other_way),
        cmocka_unit_test(rows_by_the_schedule), cmocka_unit_test(what_is_set_stays),
        cmocka_unit_test(counters_of_spans),   cmocka_unit_test(frozen_but_reset),
        cmocka_unit_test(frozen_synapses),     cmocka_unit_test(draws_of_neurons),
        cmocka_unit_test(draws_of_synapses),   cmocka_unit_test(where_states_live),
        cmocka_unit_test(bounds_let_nan_pass), cmocka_unit_test(rules_in_both_places),
        cmocka_unit_test(rules_wait_for_globals), cmocka_unit_test(nothing_is_read_too_early),
        cmocka_unit_test(folds_without_looks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
