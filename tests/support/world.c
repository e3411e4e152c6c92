#include "tests/support/world.h"


static void init_network(world *w, uint64_t n)
{
    w->arrays[WORLD_ARRAY_SAMPLES] =
        (e2l_array){.name = "samples", .kind = E2L_ARRAY_BY_STEP, .size = n};
    w->arrays[WORLD_ARRAY_W0] = (e2l_array){.name = "w0", .kind = E2L_ARRAY_STATIC, .size = n};
    w->arrays[WORLD_ARRAY_PC1] = (e2l_array){.name = "pc1", .kind = E2L_ARRAY_STATIC, .size = n};
    w->inputs[0] = (e2l_input){.port = "in", .array = "samples"};
    w->populations[0] =
        (e2l_population){.name = "input", .size = n, .model = "relay", .inputs = w->inputs, .n_inputs = 1};
    w->populations[1] = (e2l_population){.name = "output", .size = 1, .model = "linear"};
    w->terminals[0] = (e2l_binding){.name = "x", .expr = "x"};
    w->terminals[1] = (e2l_binding){.name = "w", .expr = "w"};
    w->terminals[2] = (e2l_binding){.name = "y", .expr = "post.r"};
    w->slots[0] = (e2l_slot){.name = "rule", .terminals = w->terminals, .n_terminals = 3};
    w->synapse[0] = "w += eta * rule";
    w->more_synapse[0] = "w += x";
    w->projections[0] = (e2l_projection){.name = "forward",
                                         .from = "input",
                                         .to = "output",
                                         .port = "in",
                                         .signal = "r",
                                         .w = "w0",
                                         .slots = w->slots,
                                         .n_slots = 1,
                                         .synapse = w->synapse,
                                         .n_synapse = 1};
    w->projections[1] = (e2l_projection){.name = "along",
                                         .from = "input",
                                         .to = "output",
                                         .port = "along",
                                         .signal = "pc1",
                                         .weights_of = "forward"};
    w->projections[2] = (e2l_projection){.name = "length",
                                         .from = "input",
                                         .to = "output",
                                         .port = "length",
                                         .signal = "1",
                                         .weights_of = "forward",
                                         .effect = "w * w * x"};
}

void world_init(world *w, uint64_t n, uint64_t n_steps)
{
    *w = (world){0};
    init_network(w, n);
    w->span = (e2l_span){.name = "train", .steps = n_steps};
    w->probes[WORLD_PROBE_COS] = (e2l_probe){
        .name = "cos_mean", .of = "abs(output.along) / sqrt(output.length)", .fold = E2L_FOLD_MEAN};
    w->probes[WORLD_PROBE_W_END] =
        (e2l_probe){.name = "w_end", .of = "forward.w", .when = "train.last", .fold = E2L_FOLD_LAST};
    w->probes[WORLD_PROBE_Y] = (e2l_probe){.name = "y", .of = "output.r", .fold = E2L_FOLD_ALL};
    w->probes[WORLD_PROBE_W_TENTH] =
        (e2l_probe){.name = "w_tenth", .of = "forward.w", .when = "step % 10 == 0", .fold = E2L_FOLD_ALL};
    w->probes[WORLD_PROBE_X_SUM] = (e2l_probe){.name = "x_sum", .of = "input.r", .fold = E2L_FOLD_SUM};
    w->experiment = (e2l_experiment){.struct_size = sizeof w->experiment,
                                     .name = "world",
                                     .dt = 1,
                                     .dt_unit = "1",
                                     .arrays = w->arrays,
                                     .n_arrays = WORLD_N_ARRAYS,
                                     .populations = w->populations,
                                     .n_populations = 2,
                                     .projections = w->projections,
                                     .n_projections = 3,
                                     .spans = &w->span,
                                     .n_spans = 1,
                                     .probes = w->probes,
                                     .n_probes = WORLD_N_PROBES};
}

double world_value(const world_case *user, uint64_t index, size_t array, uint64_t step, uint64_t i)
{
    double n = (double)user->of->arrays[array].size, k = (double)i, c = (double)index;
    switch (array) {
    case WORLD_ARRAY_SAMPLES: /* a sawtooth of its own for every input and case */
        return user->scale *
               ((double)((step * (7 + 3 * i) + 5 * index + i * i) % 23) / 11.0 - 1.0 + 0.25 * k);
    case WORLD_ARRAY_W0:
        return 0.5 - 0.3 * k / n + 0.01 * c;
    default:
        return k < 1 ? 0.8 : 0.6 / n;
    }
}

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps,
                       double *out)
{
    const world_case *user = self->user;
    size_t size = (size_t)user->of->arrays[array].size;
    (void)ctx;
    for (size_t k = 0; k < n_steps; k++) {
        for (size_t i = 0; i < size; i++) {
            out[k * size + i] = world_value(user, self->index, array, step0 + k, i);
        }
    }
    return E2L_OK;
}

e2l_case world_case_of(const world_case *user, uint64_t index)
{
    return (e2l_case){.key = {.low = index, .high = (uint64_t)(user->scale * 1024)},
                      .fill = fill,
                      .user = user,
                      .index = index};
}
