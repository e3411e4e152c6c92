/* substrate_cpu.c: the CPU engine's record.

   Built in layers, each a file: resolve (../resolve.h) reads the experiment; program.c makes one step of it, with the rules in
   their slots, a graph of values (graph.c), which does the hoisting; cover.c and tape.c turn the graph into a list of
   kernel calls over rows of lanes; unit.c runs them; store.c keeps the stimuli; run.c takes a batch through. All of it is
   compiled once for each precision (precision.h). */
#include <float.h>
#include <stdio.h>

#include "substrate/cpu/engine.h"

static const char *const isa_words[] = {"auto", "sse2", "avx2", "avx512", NULL};

static const char *const precision_words[] = {"double", "single", NULL};

static const char *const lanes_words[] = {"auto", "cases", "neurons", NULL};

static const char *const synapses_words[] = {"auto", "pairs", "lists", NULL};

enum { NATIVE_AUTO, NATIVE_ON };
static const char *const native_words[] = {"auto", "on", "off", NULL};

static const e2l_field fields[] = {
    {.key = "isa",
     .type = E2L_FIELD_WORD,
     .offset = offsetof(e2l_cpu_options, isa),
     .unit = "1",
     .fallback = "\"auto\"",
     .words = isa_words,
     .help = "instruction set; all give the same bits, auto takes the fastest (or E2L_ISA)"},
    {.key = "precision",
     .type = E2L_FIELD_WORD,
     .offset = offsetof(e2l_cpu_options, precision),
     .unit = "1",
     .fallback = "\"double\"",
     .words = precision_words,
     .help = "of everything in the network: binary64, or binary32 (about half the time; scores agree to some digits, see README)"},
    {.key = "lanes",
     .type = E2L_FIELD_WORD,
     .offset = offsetof(e2l_cpu_options, lanes),
     .unit = "1",
     .fallback = "\"auto\"",
     .words = lanes_words,
     .help = "what lies side by side in vectors: cases (small networks) or the neurons of one network; both give the same bits"},
    {.key = "synapses",
     .type = E2L_FIELD_WORD,
     .offset = offsetof(e2l_cpu_options, synapses),
     .unit = "1",
     .fallback = "\"auto\"",
     .words = synapses_words,
     .help = "how synapses of projections with `connect` lie where neurons are lanes: all pairs, or lists of those there are (auto: where these are few); "
             "both give the same bits"},
    {.key = "native",
     .type = E2L_FIELD_WORD,
     .offset = offsetof(e2l_cpu_options, native),
     .unit = "1",
     .fallback = "\"auto\"",
     .words = native_words,
     .help = "machine code for what a step does instead of calls of kernels: on wants a processor with AVX2, auto is on where isa is avx2; both give the same bits"},
    {.key = "memory_mb",
     .type = E2L_FIELD_COUNT,
     .offset = offsetof(e2l_cpu_options, memory_mb),
     .unit = "MiB",
     .fallback = "512",
     .low = 0,
     .high = 1048576,
     .help = "stimuli kept between batches; what does not fit is generated again"},
};

bool e2l_native_available(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") != 0;
#else
    return false;
#endif
}

static e2l_status open_device(e2l_ctx *ctx, e2l_device **out, const void *options)
{
    const e2l_cpu_options defaults = {.isa = 0, .lanes = 0, .memory_mb = 512};
    const e2l_cpu_options *const given = options != NULL ? options : &defaults;
    *out = NULL;
    const e2l_isa isa = given->isa > 0 ? (e2l_isa)(given->isa - 1) : e2l_isa_best();
    if (!e2l_isa_available(isa)) {
        return e2l_fail(ctx, E2L_INPUT, "substrate cpu: isa '%s' is not available on this machine", e2l_isa_name(isa));
    }
    if (given->native == NATIVE_ON && !e2l_native_available()) {
        return e2l_fail(ctx, E2L_INPUT, "substrate cpu: native 'on' wants a processor with AVX2 (x86-64), which this machine has not; auto does without");
    }
    e2l_device *const device = e2l_alloc(ctx, 1, sizeof *device);
    if (device == NULL) {
        return E2L_NOMEM;
    }
    const size_t mebibyte = (size_t)1 << 20;
    *device = (e2l_device){.engine = given->precision == 1 ? &e2l_engine_single : &e2l_engine_double,
                           .isa = isa,
                           .lanes = given->lanes,
                           .synapses = given->synapses,
                           .native = given->native == NATIVE_ON || (given->native == NATIVE_AUTO && isa == E2L_ISA_AVX2),
                           .memory = given->memory_mb * mebibyte};
    *out = device;
    return E2L_OK;
}

static void close_device(e2l_ctx *ctx, e2l_device *device)
{
    e2l_free(ctx, device);
}

static bool supports(e2l_ctx *ctx, e2l_device *device, const e2l_experiment *experiment, char why[256])
{
    enum { WHY = 256 };
    e2l_resolved *resolved = NULL;
    why[0] = '\0';
    e2l_status status = e2l_resolve(ctx, &resolved, experiment);
    if (status == E2L_NOMEM) {
        return true; /* nothing said against it; prepare will meet the same want of memory and report it */
    }
    if (status != E2L_OK) {
        snprintf(why, WHY, "the experiment has errors: %.220s", e2l_ctx_message(ctx));
        return false;
    }
    const bool can = device->engine->can(resolved, why);
    e2l_resolved_destroy(ctx, resolved);
    return can;
}

static e2l_status prepare(e2l_ctx *ctx, e2l_device *device, const e2l_experiment *experiment, e2l_plan **out)
{
    return device->engine->prepare(ctx, device, experiment, out);
}

static const e2l_engine *engine_of(const e2l_plan *plan)
{
    return ((const e2l_plan_head *)(const void *)plan)->engine;
}

static const e2l_layout *layout(const e2l_plan *plan)
{
    return engine_of(plan)->layout(plan);
}

static e2l_status run(e2l_ctx *ctx, e2l_plan *plan, const e2l_candidate *candidates, size_t n_candidates,
                      const e2l_case *cases, size_t n_cases, const e2l_run_options *options, e2l_recording *recordings)
{
    return engine_of(plan)->run(ctx, plan, candidates, n_candidates, cases, n_cases, options != NULL ? options->cancel : NULL,
                                recordings);
}

static void stats(const e2l_plan *plan, e2l_stats *out)
{
    engine_of(plan)->stats(plan, out);
}

static void release(e2l_ctx *ctx, e2l_plan *plan)
{
    if (plan != NULL) {
        engine_of(plan)->release(ctx, plan);
    }
}

extern const e2l_substrate e2l_substrate_cpu;
const e2l_substrate e2l_substrate_cpu = {
    .abi = E2L_SUBSTRATE_ABI,
    .struct_size = sizeof(e2l_substrate),
    .name = "cpu",
    .summary = "compiled to vector code on this machine's processor; binary64 or binary32, the same bits on every instruction set",
    .units = "as the experiment says",
    .capabilities = 0,
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .options_size = sizeof(e2l_cpu_options),
    .tolerance = 0.0,
    .open = open_device,
    .close = close_device,
    .supports = supports,
    .prepare = prepare,
    .layout = layout,
    .run = run,
    .stats = stats,
    .release = release,
};
