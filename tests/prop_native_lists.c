/* prop_native_lists.c: machine code over lists of synapses gives the bits that calls of kernels give: sums of few and of many events, guards by source, by target and
   for all, values that the sum and a statement share, delays, resets, weights that are not finite; and lists give what all pairs give. Sizes are around those of vectors and of a block of a list.
   What is under way lies in rings: projections that take the same signal along or not, with delays up to longer than the run, that begin again in nested spans, are held against the tree-walking oracle. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "substrate/cpu/engine.h"
#include "substrate/experiment_read.h"
#include "substrate/json.h"
#include "substrate/resolve.h"
#include "tests/support/device.h"
#include "tests/support/reference_run.h"
#include "tests/support/support.h"

enum { N_CASES = 2, RULES = 2, RULE_SIZE = 7, MOST_STATEMENTS = 7 };

typedef struct trial {
    e2l_ctx *ctx;
    const e2l_substrate *cpu;
    size_t n_in, n_out, n_other; /* n_other: of rings; 0: a network of lists alone */
    const char *fixed;           /* this network; or NULL */
    const char *precision, *isa;
    uint64_t seed;
    bool is_wild;
    e2l_arena *arena;
    e2l_text text;
    e2l_experiment experiment;
    e2l_case cases[N_CASES];
    e2l_expr *rules[RULES];
} trial;

static const char *pick(e2l_stream *stream, const char *const *words, uint32_t n)
{
    return words[e2l_stream_below(stream, n)];
}
#define PICK(...) PICK_OF(stream, __VA_ARGS__)
#define PICK_OF(stream, ...) pick(stream, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* ---- networks ------------------------------------------------------------------------------------------------------- */
static const char *const neurons = "{\"model\": \"cell\", \"about\": \"\", \"source\": \"\", \"ports\": {\"in\": \"1\", \"back\": \"1\", \"target\": \"1\"},"
                                   "\"state\": {\"r\": [0, \"1\"], \"z\": [0, \"1\"], \"v\": [0, \"1\"]},"
                                   "\"step\": [\"v = 0.5 * v + in + 0.25 * back\", \"z = v > 0.5\", \"when z: v = v - 1\", \"r = target - 0.5 * v\"]}";

static const char *statement(e2l_stream *stream)
{
    return PICK("when x > 0: s = s * 0.5 + w * x", "when post.z: s = s + 0.25 * post.r",
                "s = w * x", "s = 0.5 * s + x * post.v", "e = e * 0.75 + x", "u = 0.5 * u + post.z", "when post.z: s = max(s, e) - u", "when x: s = if(s > u, 1 - s, s)",
                "when x: w = 0.5 * w + 0.25 * s", "w = min(max(w, -4), 4)", "when post.z: w = w - e * 0.125", "s = (s > 0.25) + (w >= x)", "when train.last: s = w - 0.5 * s",
                "when x: q = q + (s < w)", "when post.z: q = x * post.r", "q = s / w", "when post.r > 0: w = post.r * e", "when pre.r > 0: w += 0.0625 * u", "s = s * x + w", "s = max(w, 0)",
                "when x: s = max(w, 0)", "when post.z: s = max(x, 0) * w", "when x: s = w", "when x: s = -s", "when step % 3 == 1: q = w * x - q", "w += 0.125 * x * post.z");
}

static void put_projection(trial *t, e2l_stream *stream, const char *name, const char *from, const char *to, const char *signal)
{
    e2l_text_appendf(&t->text, "\"%s\": {\"from\": \"%s\", \"to\": \"%s\", \"connect\": \"%s\", \"signal\": \"%s\"", name, from, to,
                     PICK("uniform < 0.5", "uniform < 0.2", "uniform < 0.9", "pre.i == post.i", "pre.i > 2 * post.i", "1 > 0", "pre.i == 1", "post.i == 1", "uniform < 0.01"), signal);
    const char *const delay = PICK("", ", \"delay\": \"dt\"", ", \"delay\": \"3 * dt\"", ", \"delay\": \"dt * (1 + i % 3)\", \"delay_max\": \"4 * dt\"",
                                   ", \"delay\": \"dt * floor(1 + 3 * uniform)\", \"delay_max\": \"5 * dt\"");
    e2l_text_append(&t->text, strcmp(from, "input") != 0 && delay[0] == '\0' ? ", \"delay\": \"dt\"" : delay);
    const char *const effect = PICK("", "", "", ", \"effect\": \"w * x + s * x\"", ", \"effect\": \"s\"", ", \"effect\": \"max(w, s) * x\"", ", \"effect\": \"s * x\"", ", \"effect\": \"x * (w + e)\"", ", \"effect\": \"w * x + 0.5\"", ", \"effect\": \"if(w > s, x, s) * u\"");
    e2l_text_append(&t->text, effect);
}

static void put_synapse(trial *t, e2l_stream *stream, const char *w)
{
    const bool has_slot = strcmp(w, "w0") == 0;
    e2l_text_appendf(&t->text, ", \"w\": \"%s\", \"state\": {\"s\": \"%s\", \"e\": 0.5, \"u\": 0.25, \"q\": 0}, \"synapse\": [", w, PICK("0", "0.5", "normal"));
    const uint32_t n = 1 + e2l_stream_below(stream, MOST_STATEMENTS);
    for (uint32_t k = 0; k < n; ++k) {
        const bool applies = has_slot && (k == 0 || e2l_stream_below(stream, 5) == 0);
        e2l_text_appendf(&t->text, "%s\"%s\"", k > 0 ? ", " : "", applies ? PICK("w += eta * rule", "when x: w += eta * rule", "when post.z: w += eta * rule", "s = 0.5 * s + rule") : statement(stream));
    }
    e2l_text_append(&t->text, has_slot ? "], \"slots\": {\"rule\": {\"x\": \"x\", \"y\": \"post.r\", \"w\": \"w\"}}}" : "]}");
}

static void put_network(trial *t, e2l_stream *stream)
{
    e2l_text_appendf(&t->text,
                     "{\"experiment\": \"lists\", \"dt\": [1, \"1\"], \"parameters\": {\"n_in\": %zu, \"n_out\": %zu},"
                     "\"arrays\": {\"samples\": {\"kind\": \"by_step\", \"size\": \"n_in\"}, \"target\": {\"kind\": \"by_step\", \"size\": \"n_out\"},"
                     "\"w0\": {\"kind\": \"static\", \"size\": \"n_in * n_out\"}, \"w1\": {\"kind\": \"static\", \"size\": \"n_out * n_out\"}},"
                     "\"populations\": {\"input\": {\"size\": \"n_in\", \"model\": \"relay\", \"inputs\": {\"in\": \"samples\"}},"
                     "\"output\": {\"size\": \"n_out\", \"model\": %s, \"inputs\": {\"target\": \"target\"}}}, \"projections\": {",
                     t->n_in, t->n_out, neurons);
    put_projection(t, stream, "forward", "input", "output.in", PICK("r", "r", "r > 0.5", "0.25 * r"));
    put_synapse(t, stream, "w0");
    e2l_text_append(&t->text, ", ");
    put_projection(t, stream, "back", "output", "output.back", PICK("z", "z", "r", "z * r"));
    put_synapse(t, stream, "w1");
    e2l_text_appendf(&t->text, "}, \"spans\": [{\"name\": \"train\", \"repeat\": 2, \"steps\": 5%s}], \"probes\": {", PICK("", ", \"reset\": [\"forward.s\", \"output.v\"]", ", \"reset\": [\"forward.w\", \"output.z\"]", ", \"reset\": [\"back.w\", \"output.r\"]"));
    e2l_text_append(&t->text, "\"r\": {\"of\": \"output.r\"}, \"v\": {\"of\": \"output.v\", \"fold\": \"sum\"}");
    for (const char *name = "wseuq"; *name != '\0'; ++name) {
        if (e2l_stream_below(stream, 2) == 0) {
            e2l_text_appendf(&t->text, ", \"f%c\": {\"of\": \"forward.%c\", \"fold\": \"%s\"}, \"b%c\": {\"of\": \"back.%c\", \"fold\": \"last\"}", *name, *name, PICK("last", "sum", "all"), *name, *name);
        }
    }
    e2l_text_append(&t->text, "}}");
}

/* ---- rings ----------------------------------------------------------------------------------------------------------- */
/* Of these delays and signals a network has two each, so that several projections have the same. */
static const char *const delays[] = {"\"dt\"", "\"2 * dt\"", "\"10 * dt\"", "\"12 * dt\"", "\"dt * (1 + i % 3)\", \"delay_max\": \"3 * dt\"", "\"dt * floor(1 + 5 * uniform)\", \"delay_max\": \"5 * dt\"",
                                     "\"dt * (1 + i % 3)\", \"delay_max\": \"3 * dt\"", "\"dt * floor(1 + 5 * uniform)\", \"delay_max\": \"5 * dt\""};
static const char *const signals[] = {"z", "z", "z", "r", "z * r", "z * r", "v", "o", "0.5 * o", "z - r", "v > 0.25", "if(z, r, 0)", "r * (step % 3)"};
static const char *const of_nobody[] = {"1", "step % 3 == 1", "t * 0.125", "one.r", "one.z * 0.5"}; /* the same for all neurons of any population */

#define RINGING \
    "{\"model\": \"ringing\", \"about\": \"\", \"source\": \"\", \"ports\": {\"in\": \"1\", \"back\": \"1\", \"target\": \"1\"}," \
    "\"state\": {\"r\": [\"0.25\", \"1\"], \"z\": [\"%s\", \"1\"], \"v\": [\"0.125 * i\", \"1\"], \"o\": [\"0\", \"1\"]}," \
    "\"step\": [\"o = %s\", \"v = 0.5 * v + in + 0.25 * back\", \"z = v > 0.5\", \"when z: v = v - 1\", \"r = target - 0.5 * v\"%s]}"

static const char *ring_statement(e2l_stream *stream)
{
    return PICK("when x: w = 0.5 * w + 0.25 * x", "when x > 0.25: s += w", "when post.z: w += 0.125 * x", "when pre.r: s = 0.5 * s + pre.r", "when one.z: w = 0.5 * w", "when one.r > 0: s = s + x",
                "e = 0.5 * e + x * x", "when x: e = 0.5 * e + post.z", "when x: q = post.o - x", "when pre.r > x: q = q + 1", "when post.o: u = x",
                "when post.z: s = 0.5 * s + x", "when post.z: e = e - x", "when post.z * post.r: u = x", "when x: s = w - x");
}

static void put_ring(trial *t, e2l_stream *stream, const char *name, const char *from, const char *to, const char *delay, const char *signal, const char *w)
{
    e2l_text_appendf(&t->text, "\"%s\": {\"from\": \"%s\", \"to\": \"%s\", \"delay\": %s, \"signal\": \"%s\"", name, from, to, delay, signal);
    e2l_text_append(&t->text, PICK("", ", \"connect\": \"uniform < 0.5\"", ", \"connect\": \"uniform < 0.2\"", ", \"connect\": \"1 > 0\"", ", \"connect\": \"pre.i == post.i\""));
    e2l_text_append(&t->text, PICK("", "", "", ", \"effect\": \"s * x\"", ", \"effect\": \"x\"", ", \"effect\": \"w * x + s * x\"", ", \"effect\": \"0.5 * w * x\""));
    e2l_text_appendf(&t->text, ", \"w\": \"%s\", \"state\": {\"s\": \"%s\", \"e\": 0.5, \"u\": 0.25, \"q\": 0}, \"synapse\": [", w, PICK("0", "0.5", "normal"));
    const bool has_slot = strcmp(w, "w0") == 0;
    e2l_text_append(&t->text, has_slot ? PICK("\"when x: w += eta * rule\"", "\"w += eta * rule\"") : "\"u = 0.5 * u\"");
    for (uint32_t n = e2l_stream_below(stream, 4); n > 0; --n) {
        e2l_text_appendf(&t->text, ", \"%s\"", e2l_stream_below(stream, 3) == 0 ? statement(stream) : ring_statement(stream));
    }
    e2l_text_append(&t->text, has_slot ? "], \"slots\": {\"rule\": {\"x\": \"x\", \"y\": \"post.r\", \"w\": \"w\"}}}" : "]}");
}

static void put_population(trial *t, e2l_stream *stream, const char *name, const char *size, bool sees_one)
{
    e2l_text_appendf(&t->text, ", \"%s\": {\"size\": \"%s\", \"model\": ", name, size);
    e2l_text_appendf(&t->text, RINGING, PICK("0", "1", "i % 2"), PICK("v", "r", "z"), sees_one ? PICK("", ", \"when one.z: r = 0.5 * r\"", ", \"r += 0.5 * one.r\"") : "");
    e2l_text_append(&t->text, strcmp(name, "output") == 0 ? ", \"inputs\": {\"target\": \"target\"}}" : "}");
}

static void put_spans(trial *t, e2l_stream *stream)
{
    static const char *const reach[] = {"output.v", "output.z", "output.z", "output.r", "output.*", "other.*", "other.o", "one.*", "one.z", "input.r", "j0.*", "j1.w", "j2.s"};
    enum { REACH = sizeof reach / sizeof *reach };
    const char *const first = pick(stream, reach, REACH), *const second = pick(stream, reach, REACH), *const third = pick(stream, reach, REACH), *const fourth = pick(stream, reach, REACH);
    const uint32_t form = e2l_stream_below(stream, 3);
    e2l_text_append(&t->text, "\"spans\": [");
    if (form == 0) {
        e2l_text_appendf(&t->text, "{\"name\": \"train\", \"repeat\": 2, \"steps\": 5, \"reset\": [\"%s\", \"%s\"], \"freeze\": [\"%s\", \"%s\"]}", first, second, third, fourth);
    } else if (form == 1) {
        e2l_text_appendf(&t->text, "{\"name\": \"train\", \"repeat\": 5, \"do\": [{\"name\": \"early\", \"steps\": 1, \"reset\": [\"%s\", \"%s\"]}, {\"name\": \"late\", \"steps\": 1, \"reset\": [\"%s\"], \"freeze\": [\"%s\"]}]}", first, second, third, fourth);
    } else {
        e2l_text_appendf(&t->text, "{\"name\": \"train\", \"repeat\": 2, \"reset\": [\"%s\"], \"do\": [{\"name\": \"early\", \"steps\": 2, \"reset\": [\"%s\", \"%s\"]}, {\"name\": \"late\", \"steps\": 2, \"freeze\": [\"%s\"]}, {\"name\": \"rest\", \"steps\": 1}]}", first, second, third, fourth);
    }
    e2l_text_append(&t->text, "], ");
}

static void put_rings(trial *t, e2l_stream *stream)
{
    enum { N_DELAYS = sizeof delays / sizeof *delays, N_SIGNALS = sizeof signals / sizeof *signals, N_OF_NOBODY = sizeof of_nobody / sizeof *of_nobody };
    const char *const two_delays[] = {pick(stream, delays, N_DELAYS), pick(stream, delays, N_DELAYS)};
    const char *const its_signals[] = {pick(stream, signals, N_SIGNALS), pick(stream, signals, N_SIGNALS)}, *const nobodys = pick(stream, of_nobody, N_OF_NOBODY);
    e2l_text_appendf(&t->text,
                     "{\"experiment\": \"rings\", \"dt\": [1, \"1\"], \"parameters\": {\"n_in\": %zu, \"n_out\": %zu, \"n_other\": %zu},"
                     "\"arrays\": {\"samples\": {\"kind\": \"by_step\", \"size\": \"n_in\"}, \"target\": {\"kind\": \"by_step\", \"size\": \"n_out\"},"
                     "\"w0\": {\"kind\": \"static\", \"size\": \"n_in * n_out\"}},"
                     "\"populations\": {\"input\": {\"size\": \"n_in\", \"model\": \"relay\", \"inputs\": {\"in\": \"samples\"}}",
                     t->n_in, t->n_out, t->n_other);
    put_population(t, stream, "one", "1", false);
    put_population(t, stream, "output", "n_out", true);
    put_population(t, stream, "other", "n_other", true);
    e2l_text_append(&t->text, "}, \"projections\": {");
    const uint32_t n = 3 + e2l_stream_below(stream, 4);
    for (uint32_t k = 0; k < n; ++k) {
        const char *const from = k == 0 ? "input" : PICK("input", "output", "output", "other", "one"), *const to = k == 0 ? "output.in" : PICK("output.in", "output.back", "other.in", "other.back", "one.in");
        const bool is_input = strcmp(from, "input") == 0;
        const char *const signal = e2l_stream_below(stream, 4) == 0 ? nobodys : is_input ? PICK("r", "r", "r > 0.5", "0.25 * r") : its_signals[e2l_stream_below(stream, 3) / 2];
        const char name[] = {'j', (char)('0' + k), '\0'};
        put_ring(t, stream, name, from, to, two_delays[e2l_stream_below(stream, 3) / 2], signal, k == 0 ? "w0" : PICK("0.5 * normal", "normal", "0.25"));
        e2l_text_append(&t->text, k + 1 < n ? ", " : "}, ");
    }
    put_spans(t, stream);
    e2l_text_append(&t->text, "\"probes\": {\"one\": {\"of\": \"one.v\"}");
    static const char *const probed[] = {"output.r", "output.z", "output.v", "output.o", "other.r", "other.v", "j0.w", "j1.s", "j2.q", "j1.e", "output.z * output.r", "other.v > 0.25", "0.5 * output.o", "j1.u"};
    for (uint32_t k = 0; k < sizeof probed / sizeof *probed; ++k) {
        if (e2l_stream_below(stream, 2) == 0) {
            e2l_text_appendf(&t->text, ", \"q%u\": {\"of\": \"%s\", \"fold\": \"%s\"%s}", k, probed[k], PICK("all", "last", "sum"), PICK("", "", ", \"when\": \"step % 2 == 1\""));
        }
    }
    e2l_text_append(&t->text, "}}");
}

/* Most sources are silent in a step; now and then what arithmetic treats apart. */
static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t row0, size_t n_rows, double *out)
{
    static const double apart[] = {0.0, -0.0, 1e-310, -1e-310, 1e-41, 1.0, -1.0, 0.5};
    static const double wild[] = {1e200, -1e200, 1e30, 1e5, INFINITY, -INFINITY, NAN, 1e6};
    const trial *const t = self->user;
    (void)ctx;
    for (uint64_t row = 0; row < n_rows; ++row) {
        e2l_stream of_row = e2l_test_stream(t->seed, (size_t)((self->index * 4 + array) * 64 + row0 + row));
        const uint32_t silent = array == 0 ? e2l_stream_below(&of_row, 8) : 0;
        for (uint64_t k = 0; k < t->experiment.arrays[array].size; ++k) {
            const uint32_t which = e2l_stream_below(&of_row, 16);
            const double number = 2 * e2l_stream_uniform(&of_row) - 1;
            const bool is_silent = e2l_stream_below(&of_row, 7) < silent;
            *out++ = is_silent                                                                 ? 0.0
                     : which == 0                                                              ? apart[e2l_stream_below(&of_row, 8)]
                     : which == 1 && t->is_wild && e2l_stream_below(&of_row, 40) == 0 ? wild[e2l_stream_below(&of_row, 8)]
                                                                                               : number;
        }
    }
    return E2L_OK;
}

/* ---- runs ------------------------------------------------------------------------------------------------------------ */
static double *run(trial *t, const char *native, const char *layout, e2l_recording recordings[RULES * N_CASES], size_t *n_values, e2l_stats *stats)
{
    static const double eta = 0.125;
    e2l_candidate candidates[RULES];
    char text[200];
    (void)snprintf(text, sizeof text, "{\"isa\": \"%s\", \"native\": \"%s\", \"lanes\": %s, \"precision\": \"%s\", \"memory_mb\": %d}", t->isa, native, layout, t->precision, t->seed % 2 == 0 ? 64 : 0);
    e2l_device *const device = test_device_open(t->ctx, t->cpu, text);
    for (size_t k = 0; k < RULES; ++k) {
        candidates[k] = (e2l_candidate){.rules = (const e2l_expr *const *)&t->rules[k], .etas = &eta};
    }
    return test_device_run(t->ctx, t->cpu, device, &t->experiment, candidates, RULES, t->cases, N_CASES, recordings, n_values, stats);
}

static bool same(double a, double b)
{
    return (a != a && b != b) || memcmp(&a, &b, sizeof a) == 0;
}

static void compare(trial *t, const char *what, const e2l_recording *got, const e2l_recording *want, size_t n_values)
{
    for (size_t k = 0; k < RULES * N_CASES; ++k) {
        size_t at = 0;
        bool good = got[k].outcome == want[k].outcome && got[k].step == want[k].step;
        for (; good && want[k].outcome == E2L_OUTCOME_OK && at < n_values; ++at) {
            good = same(got[k].values[at], want[k].values[at]);
        }
        if (!good) {
            e2l_text first = {.ctx = t->ctx}, second = {.ctx = t->ctx};
            printf("%s\n", e2l_text_get(&t->text));
            fail_msg("trial %" PRIu64 ", %s, %s: rules %s and %s, case %zu: outcome %d at %" PRIu64 ", expected %d at %" PRIu64 "; value %zu: %a, expected %a", t->seed, what, t->precision,
                     e2l_test_print(t->rules[0], &first), e2l_test_print(t->rules[1], &second), k, (int)got[k].outcome, got[k].step, (int)want[k].outcome, want[k].step,
                     at, at > 0 ? got[k].values[at - 1] : 0.0, at > 0 ? want[k].values[at - 1] : 0.0);
        }
    }
}

static bool read(trial *t)
{
    cJSON *json;
    assert_int_equal(e2l_json_parse(t->ctx, &json, e2l_text_get(&t->text), t->text.n, "test"), E2L_OK);
    const bool good = e2l_experiment_read(t->ctx, t->arena, json, "test", &t->experiment) == E2L_OK;
    e2l_json_free(json);
    return good;
}

/* Signals of two projections lie in the same rows one after the other. What huge values make the code look at stands between: all weights of the second are then added up, and whom
   its statement wants is found for the first time. */
static const char *const two_signals =
    "{\"experiment\": \"lists\", \"dt\": [1, \"1\"], \"parameters\": {\"n_in\": 8, \"n_out\": 3},"
    "\"arrays\": {\"samples\": {\"kind\": \"by_step\", \"size\": \"n_in\"}, \"target\": {\"kind\": \"by_step\", \"size\": \"n_out\"},"
    "\"w0\": {\"kind\": \"static\", \"size\": \"n_in * 17\"}, \"w1\": {\"kind\": \"static\", \"size\": \"n_out * n_out\"}},"
    "\"populations\": {\"input\": {\"size\": \"n_in\", \"model\": \"relay\", \"inputs\": {\"in\": \"samples\"}},"
    "\"second\": {\"size\": \"n_out\", \"model\": \"relay\", \"inputs\": {\"in\": \"target\"}},"
    "\"huge\": {\"size\": 17, \"model\": {\"model\": \"huge\", \"about\": \"\", \"source\": \"\", \"ports\": {\"in\": \"1\"}, \"state\": {\"h\": [0, \"1\"], \"g\": [0, \"1\"]},"
    "\"step\": [\"h = 1e308 + in\", \"g = h / 1e308 + in\"]}},"
    "\"output\": {\"size\": \"n_out\", \"model\": {\"model\": \"plain\", \"about\": \"\", \"source\": \"\", \"ports\": {\"in\": \"1\"}, \"state\": {\"r\": [0, \"1\"]}, \"step\": [\"r = in\"]}}},"
    "\"projections\": {\"one\": {\"from\": \"input\", \"to\": \"huge.in\", \"connect\": \"uniform < 0.5\", \"signal\": \"r * 0.5\", \"w\": \"w0\"},"
    "\"two\": {\"from\": \"second\", \"to\": \"output.in\", \"connect\": \"pre.i >= post.i\", \"signal\": \"r * 0.5\", \"w\": \"w1\", \"synapse\": [\"when x: w += eta * rule\"],"
    "\"slots\": {\"rule\": {\"x\": \"x\", \"y\": \"post.r\", \"w\": \"w\"}}}},"
    "\"spans\": [{\"name\": \"train\", \"steps\": 6}], \"probes\": {\"w\": {\"of\": \"two.w\", \"fold\": \"last\"}, \"r\": {\"of\": \"output.r\"}, \"g\": {\"of\": \"huge.g\"}}}";

static const char *const lists = "\"neurons\", \"synapses\": \"lists\"", *const pairs_of_all = "\"neurons\", \"synapses\": \"pairs\"", *const lanes_of_cases = "\"cases\"";

/* What a network of rings gives, neuron by neuron: the order in which projections are taken and how much lies in one ring are nobody's but the cpu substrate's. */
static void compare_with_oracle(trial *t, const e2l_recording got[RULES * N_CASES], size_t n_values)
{
    static const double eta = 0.125;
    e2l_resolved *resolved;
    e2l_plan *plan;
    e2l_recording want[RULES * N_CASES];
    e2l_device *const device = test_device_open(t->ctx, t->cpu, "{}");
    assert_int_equal(t->cpu->prepare(t->ctx, device, &t->experiment, &plan), E2L_OK);
    assert_int_equal(e2l_resolve(t->ctx, &resolved, &t->experiment), E2L_OK);
    double *const values = e2l_alloc(t->ctx, RULES * N_CASES * n_values, sizeof *values);
    assert_non_null(values);
    for (size_t k = 0; k < RULES * N_CASES; ++k) {
        const e2l_candidate candidate = {.rules = (const e2l_expr *const *)&t->rules[k / N_CASES], .etas = &eta};
        want[k] = (e2l_recording){.values = values + k * n_values};
        assert_int_equal((t->precision[0] == 's' ? reference_run_single : reference_run)(t->ctx, resolved, t->cpu->layout(plan), &candidate, &t->cases[k % N_CASES], &want[k]), E2L_OK);
    }
    compare(t, "calls against the oracle", got, want, n_values);
    e2l_free(t->ctx, values);
    e2l_resolved_destroy(t->ctx, resolved);
    t->cpu->release(t->ctx, plan);
    t->cpu->close(t->ctx, device);
}

/* What was under way begins again as ones, after fewer were sent; who sent was looked for when it was written, by a statement of the targets. */
static const char *const begins_again =
    "{\"experiment\":\"lists\",\"dt\":[1,\"1\"],\"parameters\":{\"n_in\":8,\"n_out\":12},"
    "\"arrays\":{\"samples\":{\"kind\":\"by_step\",\"size\":\"n_in\"},\"target\":{\"kind\":\"by_step\",\"size\":\"n_out\"},\"w0\":{\"kind\":\"static\",\"size\":\"n_in * n_out\"}},"
    "\"populations\":{\"input\":{\"size\":\"n_in\",\"model\":\"relay\",\"inputs\":{\"in\":\"samples\"}},"
    "\"output\":{\"size\":\"n_out\",\"model\":{\"model\":\"cell\",\"about\":\"\",\"source\":\"\",\"ports\":{\"in\":\"1\",\"back\":\"1\",\"target\":\"1\"},\"state\":{\"r\":[\"0\",\"1\"],\"z\":[\"1\",\"1\"],\"v\":[\"0\",\"1\"]},\"step\":[\"v = 0.5 * v + in + 0.25 * back\",\"z = v > 0.75\",\"when z: v = v - 1\",\"r = target - 0.5 * v\"]},\"inputs\":{\"target\":\"target\"}}},"
    "\"projections\":{\"j0\":{\"from\":\"input\",\"to\":\"output.in\",\"signal\":\"r\",\"connect\":\"uniform < 0.5\",\"w\":\"w0\",\"state\":{\"s\":\"0\"},\"synapse\":[\"when x: w += eta * rule\"],\"slots\":{\"rule\":{\"x\":\"x\",\"y\":\"post.r\",\"w\":\"w\"}}},"
    "\"back\":{\"from\":\"output\",\"to\":\"output.back\",\"delay\":\"2 * dt\",\"connect\":\"uniform < 0.5\",\"signal\":\"z\",\"w\":\"normal\",\"state\":{\"s\":\"0\"},\"synapse\":[\"when post.z: w = 0.5 * w + 0.125 * x\"]}},"
    "\"spans\":[{\"name\":\"train\",\"repeat\":3,\"steps\":4,\"reset\":[\"output.z\"]}],\"probes\":{\"r\":{\"of\":\"output.r\"},\"w\":{\"of\":\"back.w\",\"fold\":\"last\"}}}";

/* One of the weights is infinite and stays so: 0 times that is no number, which is the only thing that the targets look at. */
static const char *const never_written =
    "{\"experiment\":\"lists\",\"dt\":[1,\"1\"],\"parameters\":{\"n_in\":8,\"n_out\":12},"
    "\"arrays\":{\"samples\":{\"kind\":\"by_step\",\"size\":\"n_in\"},\"target\":{\"kind\":\"by_step\",\"size\":\"n_out\"},\"w0\":{\"kind\":\"static\",\"size\":\"n_in * n_out\"}},"
    "\"populations\":{\"input\":{\"size\":\"n_in\",\"model\":\"relay\",\"inputs\":{\"in\":\"samples\"}},"
    "\"output\":{\"size\":\"n_out\",\"model\":{\"model\":\"cell\",\"about\":\"\",\"source\":\"\",\"ports\":{\"in\":\"1\",\"back\":\"1\",\"target\":\"1\"},\"state\":{\"r\":[\"0\",\"1\"],\"z\":[\"1\",\"1\"],\"v\":[\"0\",\"1\"]},\"step\":[\"v = 0.5 * v + in\",\"z = back >= -1000\",\"r = target - 0.5 * v\"]},\"inputs\":{\"target\":\"target\"}}},"
    "\"projections\":{\"j0\":{\"from\":\"input\",\"to\":\"output.in\",\"signal\":\"r\",\"connect\":\"uniform < 0.5\",\"w\":\"w0\",\"state\":{\"s\":\"0\"},\"synapse\":[\"when x: w += eta * rule\"],\"slots\":{\"rule\":{\"x\":\"x\",\"y\":\"post.r\",\"w\":\"w\"}}},"
    "\"still\":{\"from\":\"input\",\"to\":\"output.back\",\"connect\":\"uniform < 0.9\",\"signal\":\"r > 0.5\",\"w\":\"1 / (pre.i - 3)\"}},"
    "\"spans\":[{\"name\":\"train\",\"repeat\":3,\"steps\":4,\"reset\":[\"output.z\"]}],\"probes\":{\"z\":{\"of\":\"output.z\"},\"w\":{\"of\":\"j0.w\",\"fold\":\"last\"}}}";

static void try_network(trial *t, e2l_stream *stream, size_t *n_ok, size_t *n_native)
{
    static e2l_recording code[RULES * N_CASES], calls[RULES * N_CASES], pairs[RULES * N_CASES];
    e2l_stats with, without;
    size_t n_values;
    t->text = (e2l_text){.ctx = t->ctx};
    if (t->n_other > 0) {
        put_rings(t, stream);
    } else if (t->fixed == NULL) {
        put_network(t, stream);
    } else {
        e2l_text_append(&t->text, t->fixed);
    }
    assert_int_equal(e2l_arena_create(t->ctx, &t->arena), E2L_OK);
    if (!read(t)) {
        fail_msg("%s\n%s", e2l_ctx_message(t->ctx), e2l_text_get(&t->text));
    }
    for (size_t k = 0; k < N_CASES; ++k) {
        t->cases[k] = (e2l_case){.key = {k, t->seed}, .fill = fill, .user = t, .index = k};
    }
    for (size_t k = 0; k < RULES; ++k) {
        t->rules[k] = e2l_test_random_expr(t->ctx, stream, RULE_SIZE, e2l_stream_below(stream, 2) == 0);
    }
    double *const of_code = run(t, e2l_native_available() ? "on" : "off", lists, code, &n_values, &with), *const of_calls = run(t, "off", lists, calls, &n_values, &without);
    const bool is_code = t->n_other > 0 && e2l_native_available(), is_of_cases = t->n_other > 0 && t->seed % 2 == 0;
    double *const of_pairs = run(t, is_code ? "on" : "off", is_of_cases ? lanes_of_cases : pairs_of_all, pairs, &n_values, &without);
    compare(t, "code against calls", code, calls, n_values);
    compare(t, is_of_cases ? "neurons against cases" : "lists against all pairs", calls, pairs, n_values);
    if (t->n_other > 0) {
        compare_with_oracle(t, calls, n_values);
    }
    *n_native += with.n_native;
    for (size_t k = 0; k < RULES * N_CASES; ++k) {
        *n_ok += calls[k].outcome == E2L_OUTCOME_OK ? 1 : 0;
    }
    e2l_free(t->ctx, of_code);
    e2l_free(t->ctx, of_calls);
    e2l_free(t->ctx, of_pairs);
    for (size_t k = 0; k < RULES; ++k) {
        e2l_expr_destroy(t->ctx, t->rules[k]);
    }
    e2l_text_clear(&t->text);
    e2l_arena_destroy(t->arena);
}

static void test_lists(void **state)
{
    static const size_t sizes[] = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 20};
    (void)state;
    size_t n_ok = 0, n_native = 0;
    const size_t n = e2l_test_cases() / 6;
    for (size_t k = 0; k < n; ++k) {
        e2l_stream stream = e2l_test_stream(e2l_test_seed(), k);
        trial t = {.ctx = e2l_test_ctx(), .cpu = e2l_substrate_find("cpu"), .seed = e2l_test_seed() * 100000 + k, .is_wild = k % 4 == 0};
        t.n_in = sizes[e2l_stream_below(&stream, sizeof sizes / sizeof *sizes)];
        t.n_out = k % 16 == 1 ? 250 + e2l_stream_below(&stream, 30) : sizes[e2l_stream_below(&stream, sizeof sizes / sizeof *sizes)];
        t.n_in = t.n_out > 200 ? 2 + e2l_stream_below(&stream, 4) : k % 16 == 2 ? 250 + e2l_stream_below(&stream, 30) : t.n_in;
        t.precision = PICK_OF(&stream, "double", "single");
        t.isa = e2l_isa_available(E2L_ISA_AVX2) && k % 2 == 0 ? "avx2" : "sse2";
        try_network(&t, &stream, &n_ok, &n_native);
        e2l_test_ctx_end(t.ctx);
    }
    assert_true(n_ok > n * RULES * N_CASES / 3 && n_ok < n * RULES * N_CASES); /* some diverge */
    assert_true(n_native > 0 || !e2l_native_available());
}

static void test_rings(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 20};
    (void)state;
    size_t n_ok = 0, n_native = 0;
    const size_t n = e2l_test_cases() / 8;
    for (size_t k = 0; k < n; ++k) {
        e2l_stream stream = e2l_test_stream(e2l_test_seed(), n + k);
        trial t = {.ctx = e2l_test_ctx(), .cpu = e2l_substrate_find("cpu"), .seed = e2l_test_seed() * 100000 + k, .is_wild = k % 8 == 0};
        t.n_in = sizes[e2l_stream_below(&stream, sizeof sizes / sizeof *sizes)];
        t.n_out = sizes[1 + e2l_stream_below(&stream, sizeof sizes / sizeof *sizes - 1)];
        t.n_other = sizes[1 + e2l_stream_below(&stream, sizeof sizes / sizeof *sizes - 1)];
        t.precision = PICK_OF(&stream, "double", "double", "single");
        t.isa = e2l_isa_available(E2L_ISA_AVX2) && k % 4 != 0 ? "avx2" : "sse2";
        try_network(&t, &stream, &n_ok, &n_native);
        e2l_test_ctx_end(t.ctx);
    }
    assert_true(n_ok > n * RULES * N_CASES / 3);
    assert_true(n_native > 0 || !e2l_native_available());
}

static void try_fixed(const char *text)
{
    size_t n_ok = 0, n_native = 0;
    for (size_t k = 0; k < 8; ++k) {
        e2l_stream stream = e2l_test_stream(e2l_test_seed(), k);
        trial t = {.ctx = e2l_test_ctx(), .cpu = e2l_substrate_find("cpu"), .seed = e2l_test_seed() * 100000 + k, .precision = "double", .isa = "sse2", .fixed = text};
        try_network(&t, &stream, &n_ok, &n_native);
        e2l_test_ctx_end(t.ctx);
    }
    assert_true(n_ok > 0);
}

static void test_two_signals(void **state)
{
    (void)state;
    try_fixed(two_signals);
}

static void test_begins_again(void **state)
{
    (void)state;
    try_fixed(begins_again);
}

static void test_never_written(void **state)
{
    (void)state;
    try_fixed(never_written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lists), cmocka_unit_test(test_rings), cmocka_unit_test(test_two_signals), cmocka_unit_test(test_begins_again), cmocka_unit_test(test_never_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
