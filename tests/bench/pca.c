/* pca.c: the production engine on the PCA neuron against hand-written loops and a scalar graph interpreter.

   Goals: engine / hand <= 1.5 as geometric mean and <= 2 in every case; interpreter / engine >= 10. The engine's time is that of
   substrate->run: compiling the rule, all steps, checks for divergence after each update, recording. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/expr.h"
#include "cgp/stream.h"
#include "substrate/json.h"
#include "substrate/substrate.h"
#include "tests/bench/bench.h"

enum { STEPS = 2000, SAMPLES = 0, W0 = 1, PC1 = 2, N_ARRAYS = 3, MOST_LANES = 512, MOST_N = 10, COS = 0, W_END = 1 };
static const double eta = 1e-3;

/* The data of a size, and the same as cases. */
typedef struct data {
    size_t n, n_lanes;
    double *x, *w0, *pc1; /* [step][n][lane], [n][lane], [n][lane] */
    double *w, *cos_sum;  /* work */
    e2l_case cases[MOST_LANES];
} data;

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps, double *out)
{
    (void)ctx;
    const data *const d = self->user;
    const double *const from = array == SAMPLES ? d->x + step0 * d->n * d->n_lanes : array == W0 ? d->w0 : d->pc1;
    for (size_t row = 0; row < n_steps * d->n; ++row) {
        out[row] = from[row * d->n_lanes + self->index];
    }
    return E2L_OK;
}

static e2l_status data_create(e2l_ctx *ctx, data *d, size_t n, size_t n_lanes)
{
    *d = (data){.n = n, .n_lanes = n_lanes};
    d->x = e2l_alloc_lanes(ctx, STEPS * n * n_lanes, sizeof(double));
    d->w0 = e2l_alloc_lanes(ctx, n * n_lanes, sizeof(double));
    d->pc1 = e2l_alloc_lanes(ctx, n * n_lanes, sizeof(double));
    d->w = e2l_alloc_lanes(ctx, n * n_lanes, sizeof(double));
    d->cos_sum = e2l_alloc_lanes(ctx, n_lanes, sizeof(double));
    if (d->x == NULL || d->w0 == NULL || d->pc1 == NULL || d->w == NULL || d->cos_sum == NULL) {
        return E2L_NOMEM;
    }
    e2l_stream stream;
    e2l_stream_init(&stream, 1, E2L_PURPOSE_TEST, NULL, 0);
    e2l_stream_fill_normal(&stream, STEPS * n * n_lanes, d->x);
    e2l_stream_fill_normal(&stream, n * n_lanes, d->w0);
    for (size_t k = 0; k < n * n_lanes; ++k) {
        d->w0[k] /= sqrt((double)n);
        d->pc1[k] = k < n_lanes ? 1.0 : 0.0;
    }
    for (size_t k = 0; k < n_lanes; ++k) {
        d->cases[k] = (e2l_case){.key = {n, k}, .fill = fill, .user = d, .index = k};
    }
    return E2L_OK;
}

static void data_clear(e2l_ctx *ctx, data *d)
{
    e2l_free(ctx, d->x);
    e2l_free(ctx, d->w0);
    e2l_free(ctx, d->pc1);
    e2l_free(ctx, d->w);
    e2l_free(ctx, d->cos_sum);
}

/* ---- the network ---------------------------------------------------------------------------------------- */
typedef struct network {
    e2l_array arrays[N_ARRAYS];
    e2l_population populations[2];
    e2l_projection projections[3];
    e2l_span span;
    e2l_probe probes[2];
    e2l_experiment experiment;
} network;

static const e2l_input inputs[] = {{.port = "in", .array = "samples"}};
static const e2l_binding terminals[] = {{"x", "x", NULL}, {"w", "w", NULL}, {"y", "post.r", NULL}};
static const e2l_slot slots[] = {{"rule", terminals, 3}};
static const char *const synapse[] = {"w += eta * rule"};

/* Without `measures`, the training projection alone; the weights at the end are recorded in any case. */
static void network_init(network *net, size_t n, bool measures)
{
    *net = (network){.span = {.name = "train", .steps = STEPS}};
    net->arrays[SAMPLES] = (e2l_array){.name = "samples", .kind = E2L_ARRAY_BY_STEP, .size = n};
    net->arrays[W0] = (e2l_array){.name = "w0", .kind = E2L_ARRAY_STATIC, .size = n};
    net->arrays[PC1] = (e2l_array){.name = "pc1", .kind = E2L_ARRAY_STATIC, .size = n};
    net->populations[0] =
        (e2l_population){.name = "input", .size = n, .model = "relay", .inputs = inputs, .n_inputs = 1};
    net->populations[1] = (e2l_population){.name = "output", .size = 1, .model = "linear"};
    net->projections[0] = (e2l_projection){.name = "forward", .from = "input", .to = "output", .port = "in",
                                           .signal = "r", .w = "w0", .slots = slots, .n_slots = 1,
                                           .synapse = synapse, .n_synapse = 1};
    net->projections[1] = (e2l_projection){.name = "along", .from = "input", .to = "output", .port = "along",
                                           .signal = "pc1", .weights_of = "forward"};
    net->projections[2] = (e2l_projection){.name = "length", .from = "input", .to = "output", .port = "length",
                                           .signal = "1", .weights_of = "forward", .effect = "w * w * x"};
    net->probes[measures ? 1 : 0] = (e2l_probe){"w_end", "forward.w", "train.last", E2L_FOLD_LAST};
    if (measures) {
        net->probes[0] = (e2l_probe){"cos_mean", "abs(output.along) / sqrt(output.length)", NULL, E2L_FOLD_MEAN};
    }
    net->experiment = (e2l_experiment){.struct_size = sizeof net->experiment, .name = "bench", .dt = 1, .dt_unit = "1",
                                       .arrays = net->arrays, .n_arrays = N_ARRAYS,
                                       .populations = net->populations, .n_populations = 2,
                                       .projections = net->projections, .n_projections = measures ? 3 : 1,
                                       .spans = &net->span, .n_spans = 1,
                                       .probes = net->probes, .n_probes = measures ? 2 : 1};
}

/* ---- the engine ------------------------------------------------------------------------------------------- */
typedef struct engine {
    const e2l_substrate *substrate;
    e2l_device *device;
    e2l_plan *plan;
    const e2l_expr *rule;
    e2l_expr *owned_rule;
    e2l_recording recordings[MOST_LANES];
    double *values;
    size_t n_values;
} engine;

static e2l_status engine_open(e2l_ctx *ctx, engine *e, const network *net, const data *d, int rule, e2l_isa isa)
{
    static const char *const names[] = {"\"sse2\"", "\"avx2\"", "\"avx512\""};
    *e = (engine){.substrate = e2l_substrate_find("cpu")};
    char text[64];
    snprintf(text, sizeof text, "{\"isa\": %s}", names[isa]);
    void *options = e2l_alloc(ctx, 1, e->substrate->options_size);
    cJSON *json = NULL;
    e2l_status status = options == NULL ? E2L_NOMEM : e2l_json_parse(ctx, &json, text, strlen(text), "bench");
    if (status == E2L_OK) {
        status = e2l_fields_read(ctx, e->substrate->fields, e->substrate->n_fields, json, NULL, 0, "cpu", options);
    }
    if (status == E2L_OK) {
        status = e->substrate->open(ctx, &e->device, options);
    }
    e2l_json_free(json);
    e2l_free(ctx, options);
    if (status == E2L_OK) {
        status = e->substrate->prepare(ctx, e->device, &net->experiment, &e->plan);
    }
    if (status == E2L_OK) {
        status = e2l_expr_parse(ctx, &e->owned_rule, bench_rule_texts[rule], strlen(bench_rule_texts[rule]), NULL);
    }
    if (status != E2L_OK) {
        return status;
    }
    e->rule = e->owned_rule;
    e->n_values = e->substrate->layout(e->plan)->n_values;
    e->values = e2l_alloc_lanes(ctx, e->n_values * d->n_lanes, sizeof(double));
    for (size_t k = 0; e->values != NULL && k < d->n_lanes; ++k) {
        e->recordings[k].values = e->values + k * e->n_values;
    }
    return e->values != NULL ? E2L_OK : E2L_NOMEM;
}

static void engine_close(e2l_ctx *ctx, engine *e)
{
    if (e->plan != NULL) {
        e->substrate->release(ctx, e->plan);
    }
    if (e->device != NULL) {
        e->substrate->close(ctx, e->device);
    }
    e2l_expr_destroy(ctx, e->owned_rule);
    e2l_free(ctx, e->values);
}

static e2l_status engine_run(e2l_ctx *ctx, engine *e, const data *d, double *seconds)
{
    const e2l_candidate candidate = {.rules = &e->rule, .etas = &eta};
    const double start = bench_seconds();
    const e2l_status status =
        e->substrate->run(ctx, e->plan, &candidate, 1, d->cases, d->n_lanes, NULL, e->recordings);
    *seconds = bench_smaller(*seconds, bench_seconds() - start);
    return status;
}

/* Weights at the end, and mean |cos|. */
static double engine_sum(const engine *e, const data *d, bool measures)
{
    double sum = 0;
    for (size_t k = 0; k < d->n_lanes; ++k) {
        const double *const w = e->recordings[k].values + (measures ? 1 : 0);
        for (size_t i = 0; i < d->n; ++i) {
            sum += w[i] * (double)(1 + i % 3);
        }
        sum += measures ? e->recordings[k].values[0] : 0;
    }
    return sum;
}

/* ---- the others ------------------------------------------------------------------------------------------- */
static bench_problem problem_of(data *d, bool measures)
{
    memcpy(d->w, d->w0, d->n * d->n_lanes * sizeof *d->w);
    memset(d->cos_sum, 0, d->n_lanes * sizeof *d->cos_sum);
    return (bench_problem){.n = d->n, .n_lanes = d->n_lanes, .n_steps = STEPS, .x = d->x, .pc1 = d->pc1, .w = d->w,
                           .cos_sum = measures ? d->cos_sum : NULL, .eta = eta};
}

static double problem_sum(const bench_problem *p)
{
    double sum = 0;
    for (size_t k = 0; k < p->n_lanes; ++k) {
        for (size_t i = 0; i < p->n; ++i) {
            sum += p->w[i * p->n_lanes + k] * (double)(1 + i % 3);
        }
        sum += p->cos_sum != NULL ? p->cos_sum[k] / STEPS : 0;
    }
    return sum;
}

typedef struct contest {
    double engine, hand, interpreter; /* seconds */
    double engine_sum, hand_sum, interpreter_sum;
} contest;

static bench_hand_fn *hand_of(e2l_isa isa)
{
    return isa == E2L_ISA_AVX512 ? bench_hand_avx512 : isa == E2L_ISA_AVX2 ? bench_hand_avx2 : bench_hand_sse2;
}

static void hand_round(data *d, int rule, bool measures, e2l_isa isa, contest *result)
{
    for (int variant = 0; variant < BENCH_HAND_VARIANTS; ++variant) {
        const bench_problem p = problem_of(d, measures);
        const unsigned saved = e2l_flush_begin();
        const double start = bench_seconds();
        hand_of(isa)(&p, rule, variant);
        result->hand = bench_smaller(result->hand, bench_seconds() - start);
        e2l_flush_end(saved);
        result->hand_sum = problem_sum(&p);
    }
}

static void interpreter_round(data *d, int rule, bool measures, contest *result)
{
    const bench_problem p = problem_of(d, measures);
    const unsigned saved = e2l_flush_begin();
    const double start = bench_seconds();
    bench_interpret(&p, rule);
    result->interpreter = bench_smaller(result->interpreter, bench_seconds() - start);
    e2l_flush_end(saved);
    result->interpreter_sum = problem_sum(&p);
}

static e2l_status hold(e2l_ctx *ctx, const bench_options *options, data *d, int rule, bool measures, contest *result)
{
    const e2l_isa isa = e2l_isa_best();
    network net;
    network_init(&net, d->n, measures);
    engine e;
    e2l_status status = engine_open(ctx, &e, &net, d, rule, isa);
    *result = (contest){HUGE_VAL, HUGE_VAL, HUGE_VAL, 0, 0, 0};
    double first = HUGE_VAL; /* fills the store */
    status = status == E2L_OK ? engine_run(ctx, &e, d, &first) : status;
    for (size_t round = 0; status == E2L_OK && round < options->rounds; ++round) {
        /* as often in a row as there are ways by hand: each has its own copy of the data, which the other drives out */
        for (int again = 0; status == E2L_OK && again < BENCH_HAND_VARIANTS; ++again) {
            status = engine_run(ctx, &e, d, &result->engine);
        }
        hand_round(d, rule, measures, isa, result);
        if (round < 2) {
            interpreter_round(d, rule, measures, result);
        }
    }
    if (status == E2L_OK) {
        result->engine_sum = engine_sum(&e, d, measures);
    }
    engine_close(ctx, &e);
    return status;
}

/* ---- bits ---------------------------------------------------------------------------------------------------- */
static e2l_status hash_of(e2l_ctx *ctx, data *d, int rule, e2l_isa isa, uint64_t *hash)
{
    network net;
    network_init(&net, d->n, true);
    engine e;
    double seconds = HUGE_VAL;
    e2l_status status = engine_open(ctx, &e, &net, d, rule, isa);
    status = status == E2L_OK ? engine_run(ctx, &e, d, &seconds) : status;
    if (status == E2L_OK) {
        *hash = e2l_key_bytes(e.values, e.n_values * d->n_lanes * sizeof(double), (e2l_key){*hash, 0}).low;
    }
    engine_close(ctx, &e);
    return status;
}

static e2l_status same_bits(e2l_ctx *ctx, const bench_options *options, data *sizes, bool *passed)
{
    uint64_t hashes[E2L_N_ISA] = {0}, first = 0;
    e2l_status status = E2L_OK;
    for (int isa = 0; isa < E2L_N_ISA && status == E2L_OK; ++isa) {
        if (!e2l_isa_available((e2l_isa)isa)) {
            continue;
        }
        for (int k = 0; k < 2 * BENCH_N_RULES && status == E2L_OK; ++k) {
            status = hash_of(ctx, &sizes[k / BENCH_N_RULES], k % BENCH_N_RULES, (e2l_isa)isa, &hashes[isa]);
        }
        if (!options->json) {
            printf("  recordings of all cases, %-6s        %016llx\n", e2l_isa_name((e2l_isa)isa),
                   (unsigned long long)hashes[isa]);
        }
        first = isa == 0 ? hashes[isa] : first;
        *passed = *passed && hashes[isa] == first;
    }
    return status;
}

/* ---- all ------------------------------------------------------------------------------------------------------- */
typedef struct means {
    double log_hand, log_interpreter;
    size_t n;
} means;

static e2l_status one_case(e2l_ctx *ctx, const bench_options *options, data *d, int rule, bool measures, means *m,
                           bool *passed)
{
    char name[64], line[96];
    snprintf(name, sizeof name, "pca n=%zu B=%zu %s%s", d->n, d->n_lanes, rule == BENCH_OJA ? "oja" : "rule1",
             measures ? " with angle" : "");
    if (!bench_wanted(options, name)) {
        return E2L_OK;
    }
    contest c;
    const e2l_status status = hold(ctx, options, d, rule, measures, &c);
    if (status != E2L_OK) {
        return status;
    }
    const double updates = (double)(STEPS * d->n * d->n_lanes), ns = 1e9;
    if (!bench_agree(c.engine_sum, c.hand_sum) || !bench_agree(c.engine_sum, c.interpreter_sum)) {
        printf("%s: sums differ: engine %.15g, hand %.15g, interpreter %.15g\n", name, c.engine_sum, c.hand_sum,
               c.interpreter_sum);
        *passed = false;
    }
    if (!options->json) {
        printf("%-34s  engine %.3f  hand %.3f  interpreter %.2f ns per synapse update\n", name,
               c.engine / updates * ns, c.hand / updates * ns, c.interpreter / updates * ns);
    }
    snprintf(line, sizeof line, "%s: engine / hand", name);
    *passed = bench_report(options, line, c.engine / c.hand, "", 2.0, false) && *passed;
    snprintf(line, sizeof line, "%s: interpreter / engine", name);
    (void)bench_report(options, line, c.interpreter / c.engine, "", (double)NAN, true);
    m->log_hand += log(c.engine / c.hand);
    m->log_interpreter += log(c.interpreter / c.engine);
    m->n++;
    return E2L_OK;
}

e2l_status bench_pca(e2l_ctx *ctx, const bench_options *options, bool *passed)
{
    data sizes[2];
    e2l_status status = data_create(ctx, &sizes[0], 10, 64);
    status = status == E2L_OK ? data_create(ctx, &sizes[1], 2, 512) : status;
    means m = {0, 0, 0};
    for (int k = 0; status == E2L_OK && k < 8; ++k) {
        status = one_case(ctx, options, &sizes[k / 2 % 2], k % 2, k / 4 > 0, &m, passed);
    }
    if (status == E2L_OK && m.n > 0) {
        const double n = (double)m.n;
        *passed = bench_report(options, "geometric mean engine / hand", exp(m.log_hand / n), "", 1.5, false) && *passed;
        *passed = bench_report(options, "geometric mean interpreter / engine", exp(m.log_interpreter / n), "", 10, true) &&
                  *passed;
    }
    if (status == E2L_OK && bench_wanted(options, "pca same bits")) {
        bool same = true;
        status = same_bits(ctx, options, sizes, &same);
        *passed = bench_report(options, "pca same bits on all instruction sets", same ? 1 : 0, "", 1, true) && *passed;
    }
    data_clear(ctx, &sizes[0]);
    data_clear(ctx, &sizes[1]);
    return status;
}
