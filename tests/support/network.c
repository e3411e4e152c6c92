/* network.c: see network.h. The texts are chosen so that every kind of value meets every other: per source, per target, per
   synapse and global ones, guards, locals, shared weights, general effects, all folds. */
#include "tests/support/network.h"

#include <math.h>
#include <string.h>

enum { IN, HIDDEN, OUT, FORWARD = 0, UP, SHARED };
enum { SAMPLES, W_FORWARD, W_UP };

static const e2l_input inputs[] = {{.port = "in", .array = "samples"}};

static const char *const signals[] = {"r", "r * 0.5", "1", "r - 0.1"};
static const char *const effects[] = {NULL, NULL, "w * w * x", "max(w, x)", "x", "w", "1", "abs(w * x) - 0.1", "w * x * x",
                                      "-(w * x)"};
static const char *const xs[] = {"x", "pre.r", "x * pre.r", "exp(-x)"};
static const char *const ys[] = {"post.r", "post.r + t * 0.01", "post.r * post.r", "mid.on", "eta.ra"};
static const char *const ws[] = {"w", "w", "w * post.r", "tanh(w)"};
static const char *const statements[][3] = {{"w += eta.ra * ra", NULL, NULL},
                                            {"w += eta.ra * ra", NULL, NULL},
                                            {"d = ra * post.r", "w += eta.ra * (d - 0.01 * w)", NULL},
                                            {"when post.r > 0: w += eta.ra * ra", NULL, NULL},
                                            {"when step % 3 == 1: w = w + eta.ra * ra", "w = min(w, 5)", NULL},
                                            {"w += eta.ra * ra", "w += eta.ra * ra * 0.5", NULL},
                                            {"w = w * 0.9 + ra", NULL, NULL},
                                            {"d = ra", "w = post.r * x", NULL},
                                            {"d = ra", "w = 0.25", NULL}};
static const char *const up_statements[] = {"w += eta.rb * rb"};
static const e2l_probe probes[NETWORK_PROBES] = {{"hidden", "hid.r", NULL, E2L_FOLD_ALL},
                                                 {"w_last", "fwd.w", NULL, E2L_FOLD_LAST},
                                                 {"mean", "abs(out.r) / sqrt(out.in)", NULL, E2L_FOLD_MEAN},
                                                 {"w_some", "fwd.w", "step % 4 == 0", E2L_FOLD_ALL},
                                                 {"largest", "hid.u * 2", NULL, E2L_FOLD_MAX},
                                                 {"inputs", "inp.r", "mid.on", E2L_FOLD_SUM},
                                                 {"ports", "hid.in - hid.top", NULL, E2L_FOLD_ALL},
                                                 {"up", "up.w", "mid.last", E2L_FOLD_LAST},
                                                 {"last_mean", "hid.old + t", "step > 0", E2L_FOLD_MEAN}};

static size_t below(e2l_stream *stream, size_t n)
{
    return e2l_stream_below(stream, (uint32_t)n);
}

#define CHOOSE(stream, list) (list)[below(stream, sizeof(list) / sizeof *(list))]

/* ---- data ------------------------------------------------------------------------------------------------ */
static double wild_value(uint32_t which, double value)
{
    static const double values[] = {1e300, -1e9, 5e-324, 0.0, -0.0};
    return which == 0 ? (double)NAN : which == 1 ? (double)INFINITY : which < 7 ? values[which - 2] : value;
}

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps, double *out)
{
    (void)ctx;
    const network *const net = self->user;
    const size_t size = (size_t)net->arrays[array].size;
    for (size_t row = 0; row < n_steps; ++row) {
        const uint64_t words[] = {self->index, array, step0 + row};
        e2l_stream stream;
        e2l_stream_init(&stream, net->seed, E2L_PURPOSE_TEST, words, 3);
        for (size_t k = 0; k < size; ++k) {
            const double value = net->data_scale * (2 * e2l_stream_uniform(&stream) - 1);
            out[row * size + k] = net->wild ? wild_value(e2l_stream_below(&stream, 2000), value) : value;
        }
    }
    return E2L_OK;
}

/* ---- network --------------------------------------------------------------------------------------------- */
static void init_layers(network *net, e2l_stream *stream, const char *model, uint64_t n_in, uint64_t n_hidden, uint64_t n_out)
{
    net->arrays[SAMPLES] = (e2l_array){.name = "samples", .kind = E2L_ARRAY_BY_STEP, .size = n_in};
    net->arrays[W_FORWARD] = (e2l_array){.name = "w0", .kind = E2L_ARRAY_STATIC, .size = n_in * n_hidden};
    net->arrays[W_UP] = (e2l_array){.name = "w1", .kind = E2L_ARRAY_STATIC, .size = n_hidden * n_out};
    net->populations[IN] =
        (e2l_population){.name = "inp", .size = n_in, .model = "relay", .inputs = inputs, .n_inputs = 1};
    net->populations[HIDDEN] =
        (e2l_population){.name = "hid", .size = n_hidden, .model = model};
    net->populations[OUT] = (e2l_population){.name = "out", .size = n_out, .model = "linear"};
    const char *const *const texts = CHOOSE(stream, statements);
    const size_t n_texts = texts[1] != NULL ? 2 : 1;
    net->projections[FORWARD] = (e2l_projection){.name = "fwd", .from = "inp", .to = "hid", .port = "in",
                                                 .signal = CHOOSE(stream, signals), .w = "w0 * 0.5",
                                                 .effect = CHOOSE(stream, effects), .slots = &net->slots[0],
                                                 .n_slots = 1, .synapse = texts, .n_synapse = n_texts};
    net->projections[UP] = (e2l_projection){.name = "up", .from = "hid", .to = "out", .port = "in",
                                            .signal = CHOOSE(stream, signals), .w = "w1",
                                            .effect = CHOOSE(stream, effects), .slots = &net->slots[1], .n_slots = 1,
                                            .synapse = up_statements, .n_synapse = 1};
    net->projections[SHARED] = (e2l_projection){.name = "shared", .from = "inp", .to = "hid", .port = "top",
                                                .signal = CHOOSE(stream, signals), .weights_of = "fwd",
                                                .effect = CHOOSE(stream, effects)};
}

static void init_slots(network *net, e2l_stream *stream)
{
    static const char *const names[NETWORK_SLOTS] = {"ra", "rb"};
    for (size_t k = 0; k < NETWORK_SLOTS; ++k) {
        net->terminals[k][0] = (e2l_binding){"x", CHOOSE(stream, xs), NULL};
        net->terminals[k][1] = (e2l_binding){"y", CHOOSE(stream, ys), NULL};
        net->terminals[k][2] = (e2l_binding){"w", CHOOSE(stream, ws), NULL};
        net->slots[k] = (e2l_slot){names[k], net->terminals[k], 3};
    }
}

static void init_experiment(network *net, e2l_stream *stream)
{
    const uint64_t first = 2 + below(stream, 20);
    net->spans[0] = (e2l_span){.name = "run", .steps = first};
    net->spans[1] = (e2l_span){.name = "mid", .steps = 1 + below(stream, 6)};
    size_t n_probes = 0;
    for (size_t k = 0; k < NETWORK_PROBES; ++k) {
        if (below(stream, 3) > 0 || (k + 1 == NETWORK_PROBES && n_probes == 0)) {
            net->probes[n_probes++] = probes[k];
        }
    }
    net->experiment = (e2l_experiment){.struct_size = sizeof net->experiment, .name = "random", .dt = 0.5,
                                       .dt_unit = "1", .arrays = net->arrays, .n_arrays = 3,
                                       .populations = net->populations, .n_populations = 3,
                                       .projections = net->projections,
                                       .n_projections = 2 + below(stream, 2), .spans = net->spans, .n_spans = 2,
                                       .probes = net->probes, .n_probes = n_probes};
}

/* ---- candidates ------------------------------------------------------------------------------------------- */
static void init_candidates(network *net, e2l_ctx *ctx, e2l_stream *stream)
{
    net->n_rules = 1 + below(stream, NETWORK_RULES);
    for (size_t k = 0; k < net->n_rules; ++k) {
        for (size_t slot = 0; slot < NETWORK_SLOTS; ++slot) {
            net->rules[k][slot] = e2l_test_random_expr(ctx, stream, 1 + below(stream, 14), below(stream, 3) == 0);
        }
    }
    net->n_candidates = 1 + below(stream, NETWORK_CANDIDATES);
    for (size_t k = 0; k < net->n_candidates; ++k) {
        for (size_t slot = 0; slot < NETWORK_SLOTS; ++slot) {
            net->etas[k][slot] = ldexp(1.0, (int)below(stream, 20) - 12);
        }
        net->candidates[k] = (e2l_candidate){.rules = (const e2l_expr *const *)net->rules[below(stream, net->n_rules)],
                                             .etas = net->etas[k]};
    }
}

void network_init(network *net, e2l_ctx *ctx, e2l_stream *stream, const char *model)
{
    memset(net, 0, sizeof *net);
    net->seed = e2l_stream_u64(stream);
    net->data_scale = ldexp(1.0, (int)below(stream, 8) - 3);
    net->wild = below(stream, 4) == 0;
    const uint64_t n_in = 1 + below(stream, 19), n_hidden = 1 + below(stream, 4), n_out = 1 + below(stream, 2);
    init_layers(net, stream, model, n_in, n_hidden, n_out);
    init_slots(net, stream);
    init_experiment(net, stream);
    net->n_cases = 1 + below(stream, NETWORK_CASES);
    for (size_t k = 0; k < net->n_cases; ++k) {
        net->cases[k] = (e2l_case){.key = {net->seed, k}, .fill = fill, .user = net, .index = k};
    }
    init_candidates(net, ctx, stream);
}

void network_clear(network *net, e2l_ctx *ctx)
{
    for (size_t k = 0; k < net->n_rules; ++k) {
        for (size_t slot = 0; slot < NETWORK_SLOTS; ++slot) {
            e2l_expr_destroy(ctx, net->rules[k][slot]);
        }
    }
}
