/* prop_native.c: machine code gives the bits that calls of kernels give, in networks around the sizes at which it is written out in another way. That the
   kernels are right is held by prop_cpu.c, prop_vocabulary.c and conform_system.c, which run with both. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "substrate/cpu/engine.h"
#include "substrate/experiment_read.h"
#include "substrate/json.h"
#include "tests/support/device.h"
#include "tests/support/support.h"

enum { MOST_CASES = 20, RULES = 3, RULE_SIZE = 9 };

typedef struct trial {
    e2l_ctx *ctx;
    const e2l_substrate *cpu;
    size_t n_in, n_out, n_cases;
    const char *lanes, *precision;
    uint64_t seed;
    bool is_wild, is_clipped, is_plain;
    e2l_arena *arena;
    e2l_experiment experiment;
    e2l_case cases[MOST_CASES];
    e2l_expr *rules[RULES];
} trial;

/* Neurons whose step is made of every operation that has code; each is looked at. */
static const char *const model =
    "{\"model\": \"all\", \"about\": \"every operation that has code\", \"source\": \"\", \"ports\": {\"in\": \"1\", \"target\": \"1\"},"
    "\"state\": {\"r\": [0, \"1\"], \"e\": [0.5, \"1\"], \"a\": [0, \"1\"], \"b\": [0, \"1\"], \"c\": [1, \"1\"], \"d\": [0, \"1\"], \"f\": [0, \"1\"]},"
    "\"step\": [\"r = in\", \"e = target - r * 0.5\","
    "\"a = if(e > r, max(e, 0.25 * a), min(r, target)) + abs(r - e)\","
    "\"b = (e >= 0 & r < 1 | e == r | !(target <= b)) + sign(target) - step(r) + (a != b)\","
    "\"c = floor(target * 3) + target % 0.75 + relu(e) - -r\","
    "\"d = pdiv(target, r) / (1 + d * d) + square(min(a, 2) / 4) - sqrt(abs(target))\","
    "\"f = f + 0.125 * (max(r, a) - f)\"]}";

static const char *const plain_model = "{\"model\": \"plain\", \"about\": \"what arrives\", \"source\": \"\", \"ports\": {\"in\": \"1\", \"target\": \"1\"},"
                                       "\"state\": {\"r\": [0, \"1\"]}, \"step\": [\"r = in\"]}";

static void put_network(const trial *t, e2l_text *out)
{
    e2l_text_appendf(out,
                     "{\"experiment\": \"native\", \"dt\": [1, \"1\"], \"parameters\": {\"n_in\": %zu, \"n_out\": %zu},"
                     "\"arrays\": {\"samples\": {\"kind\": \"by_step\", \"size\": \"n_in\"}, \"target\": {\"kind\": \"by_step\", \"size\": \"n_out\"},"
                     "\"w0\": {\"kind\": \"static\", \"size\": \"n_in * n_out\"}},"
                     "\"populations\": {\"input\": {\"size\": \"n_in\", \"model\": \"relay\", \"inputs\": {\"in\": \"samples\"}},"
                     "\"output\": {\"size\": \"n_out\", \"model\": %s, \"inputs\": {\"target\": \"target\"}}},",
                     t->n_in, t->n_out, t->is_plain ? plain_model : model);
    e2l_text_append(out, "\"projections\": {\"forward\": {\"from\": \"input\", \"to\": \"output.in\", \"signal\": \"0.25 * r\", \"w\": \"w0\","
                         "\"slots\": {\"rule\": {\"x\": \"x\", \"y\": \"post.r\", \"w\": \"w\"}},"
                         "\"synapse\": [\"w += eta * rule\"");
    e2l_text_append(out, t->is_clipped ? ", \"w = min(max(w, -4), 4)\"" : "");
    e2l_text_append(out, "]}},"
                         "\"spans\": [{\"name\": \"train\", \"steps\": 7}],"
                         "\"probes\": {\"w\": {\"of\": \"forward.w\", \"when\": \"train.last\", \"fold\": \"last\"}, \"r\": {\"of\": \"output.r\"}");
    for (const char *name = t->is_plain ? "" : "eabcdf"; *name != '\0'; ++name) {
        e2l_text_appendf(out, ", \"%c\": {\"of\": \"output.%c\", \"fold\": \"%s\"}", *name, *name, *name == 'f' ? "all" : "sum");
    }
    e2l_text_append(out, "}}");
}

/* Now and then what arithmetic treats apart. */
static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t row0, size_t n_rows, double *out)
{
    static const double apart[] = {0.0, -0.0, 1e-310, -1e-310, 1e-41, 1.0, -1.0, 0.5};
    static const double wild[] = {1e200, -1e200, 1e30, 1e5};
    const trial *const t = self->user;
    (void)ctx;
    for (uint64_t row = 0; row < n_rows; ++row) {
        for (uint64_t k = 0; k < t->experiment.arrays[array].size; ++k) {
            e2l_stream stream = e2l_test_stream(t->seed, (size_t)(((self->index * 4 + array) * 64 + row0 + row) * 4096 + k));
            const uint32_t which = e2l_stream_below(&stream, 8);
            const double number = 2 * e2l_stream_uniform(&stream) - 1;
            *out++ = which == 0                                    ? apart[e2l_stream_below(&stream, 8)]
                     : which == 1 && t->is_wild && self->index == 0 ? wild[e2l_stream_below(&stream, 4)]
                                                                    : number;
        }
    }
    return E2L_OK;
}

static e2l_device *open_device(const trial *t, const char *native)
{
    char text[160];
    (void)snprintf(text, sizeof text, "{\"isa\": \"%s\", \"native\": \"%s\", \"lanes\": \"%s\", \"precision\": \"%s\"}",
                   e2l_isa_available(E2L_ISA_AVX2) && t->n_in % 2 == 0 ? "avx2" : "sse2", native, t->lanes, t->precision);
    return test_device_open(t->ctx, t->cpu, text);
}

static double *run(trial *t, const char *native, e2l_recording recordings[RULES * MOST_CASES], size_t *n_values, e2l_stats *stats)
{
    static const double eta = 0.125;
    e2l_candidate candidates[RULES];
    e2l_device *const device = open_device(t, native);
    for (size_t k = 0; k < RULES; ++k) {
        candidates[k] = (e2l_candidate){.rules = (const e2l_expr *const *)&t->rules[k], .etas = &eta};
    }
    return test_device_run(t->ctx, t->cpu, device, &t->experiment, candidates, RULES, t->cases, t->n_cases, recordings, n_values, stats);
}

static bool same(double a, double b)
{
    return (a != a && b != b) || memcmp(&a, &b, sizeof a) == 0;
}

static void compare(const trial *t, const e2l_recording *code, const e2l_recording *calls, size_t n_values)
{
    for (size_t k = 0; k < RULES * t->n_cases; ++k) {
        size_t at = 0;
        bool good = code[k].outcome == calls[k].outcome && code[k].step == calls[k].step;
        for (; good && calls[k].outcome == E2L_OUTCOME_OK && at < n_values; ++at) {
            good = same(code[k].values[at], calls[k].values[at]);
        }
        if (!good) {
            e2l_text text = {.ctx = t->ctx};
            fail_msg("E2L_SEED=%" PRIu64 ": %zu inputs, %zu outputs, %zu cases, lanes %s, %s, rule %s, case %zu: outcome %d and %d, value %zu: %a and %a",
                     t->seed, t->n_in, t->n_out, t->n_cases, t->lanes, t->precision, e2l_test_print(t->rules[k / t->n_cases], &text), k % t->n_cases,
                     (int)code[k].outcome, (int)calls[k].outcome, at, at > 0 ? code[k].values[at - 1] : 0.0, at > 0 ? calls[k].values[at - 1] : 0.0);
        }
    }
}

static void try_sizes(trial *t, e2l_stream *stream, size_t *n_ok)
{
    e2l_text text = {.ctx = t->ctx};
    cJSON *json;
    put_network(t, &text);
    assert_int_equal(e2l_arena_create(t->ctx, &t->arena), E2L_OK);
    assert_int_equal(e2l_json_parse(t->ctx, &json, e2l_text_get(&text), text.n, "test"), E2L_OK);
    if (e2l_experiment_read(t->ctx, t->arena, json, "test", &t->experiment) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(t->ctx));
    }
    e2l_json_free(json);
    e2l_text_clear(&text);
    for (size_t k = 0; k < t->n_cases; ++k) {
        t->cases[k] = (e2l_case){.key = {k, t->seed}, .fill = fill, .user = t, .index = k};
    }
    for (size_t k = 0; k < RULES; ++k) {
        t->rules[k] = e2l_test_random_expr(t->ctx, stream, RULE_SIZE, e2l_stream_below(stream, 2) == 0);
    }
    static e2l_recording code[RULES * MOST_CASES], calls[RULES * MOST_CASES];
    size_t n_values;
    e2l_stats with, without;
    double *const of_code = run(t, e2l_native_available() ? "on" : "off", code, &n_values, &with), *const of_calls = run(t, "off", calls, &n_values, &without);
    compare(t, code, calls, n_values);
    assert_int_equal(without.n_native, 0);
    assert_true(with.n_native > 0 || !e2l_native_available());
    for (size_t k = 0; k < RULES * t->n_cases; ++k) {
        *n_ok += calls[k].outcome == E2L_OUTCOME_OK ? 1 : 0;
    }
    e2l_free(t->ctx, of_code);
    e2l_free(t->ctx, of_calls);
    for (size_t k = 0; k < RULES; ++k) {
        e2l_expr_destroy(t->ctx, t->rules[k]);
    }
    e2l_arena_destroy(t->arena);
}

static void test_sizes(void **state)
{
    static const size_t ins[] = {1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 15, 16, 17, 20, 24, 31, 32, 33, 34, 40, 41, 47, 48, 49, 64, 65};
    static const size_t outs[] = {1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 25, 64};
    static const size_t n_cases[] = {1, 3, 8, 9, MOST_CASES};
    static const char *const lanes[] = {"cases", "neurons"}, *const precisions[] = {"double", "single"};
    (void)state;
    size_t n_ok = 0, n_runs = 0;
    const size_t n = e2l_test_cases() / 2;
    for (size_t k = 0; k < n; ++k) {
        e2l_stream stream = e2l_test_stream(e2l_test_seed(), k);
        trial t = {.ctx = e2l_test_ctx(), .cpu = e2l_substrate_find("cpu"), .seed = e2l_test_seed() + k, .is_wild = k % 4 == 0, .is_clipped = k % 3 == 0, .is_plain = k % 2 == 0};
        t.n_in = ins[e2l_stream_below(&stream, sizeof ins / sizeof *ins)];
        t.n_out = outs[e2l_stream_below(&stream, sizeof outs / sizeof *outs)];
        t.n_out = e2l_stream_below(&stream, 3) == 0 && t.n_in < 20 ? t.n_in : t.n_out;
        t.n_cases = n_cases[e2l_stream_below(&stream, sizeof n_cases / sizeof *n_cases)];
        t.lanes = lanes[e2l_stream_below(&stream, 2)];
        t.precision = precisions[e2l_stream_below(&stream, 2)];
        n_runs += RULES * t.n_cases;
        try_sizes(&t, &stream, &n_ok);
        e2l_test_ctx_end(t.ctx);
    }
    assert_true(n_ok > n_runs / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
