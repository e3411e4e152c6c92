/* Random networks with random rules on the CPU substrate against the reference of tests/support: outcome, step of divergence and every
   recorded bit, on all instruction sets of this machine, with stimuli kept and not kept. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "substrate/cpu/engine.h"
#include "substrate/json.h"
#include "tests/support/device.h"
#include "tests/support/network.h"
#include "tests/support/reference_run.h"

enum { RUNS = NETWORK_CANDIDATES * NETWORK_CASES };

typedef struct expected {
    e2l_recording recordings[RUNS];
    double *values;
    size_t n_values;
} expected;

static uint64_t bits(double value)
{
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    return isnan(value) ? 0x7ff8000000000000u : word;
}

static double *room_for(e2l_ctx *ctx, e2l_recording *recordings, size_t n_values)
{
    double *const values = e2l_alloc_lanes(ctx, RUNS * n_values + 1, sizeof(double));
    assert_non_null(values);
    for (size_t k = 0; k < RUNS; ++k) {
        recordings[k] = (e2l_recording){.values = values + k * n_values};
    }
    return values;
}

static void expect(e2l_ctx *ctx, const network *net, expected *out)
{
    e2l_resolved *resolved;
    e2l_layout layout;
    if (e2l_resolve(ctx, &resolved, &net->experiment) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
    assert_int_equal(e2l_resolved_layout(ctx, resolved, &layout), E2L_OK);
    out->n_values = layout.n_values;
    out->values = room_for(ctx, out->recordings, layout.n_values);
    for (size_t c = 0; c < net->n_candidates; ++c) {
        for (size_t k = 0; k < net->n_cases; ++k) {
            assert_int_equal(reference_run(ctx, resolved, &layout, &net->candidates[c], &net->cases[k],
                                           &out->recordings[c * net->n_cases + k]),
                             E2L_OK);
        }
    }
    e2l_layout_clear(ctx, &layout);
    e2l_resolved_destroy(ctx, resolved);
}

static e2l_device *open_cpu(e2l_ctx *ctx, const e2l_substrate *cpu, e2l_isa isa, bool neurons, bool keeps)
{
    char text[128];
    snprintf(text, sizeof text, "{\"isa\": \"%s\", \"native\": \"%s\", \"lanes\": \"%s\", \"memory_mb\": %d}", e2l_isa_name(isa),
             e2l_native_available() && keeps != neurons ? "on" : "off", neurons ? "neurons" : "cases", keeps ? 64 : 0);
    return test_device_open(ctx, cpu, text);
}

static bool equal(const e2l_recording *a, const e2l_recording *b, size_t n_values)
{
    bool same = a->outcome == b->outcome && a->step == b->step;
    for (size_t k = 0; same && a->outcome == E2L_OUTCOME_OK && k < n_values; ++k) {
        same = bits(a->values[k]) == bits(b->values[k]);
    }
    return same;
}

static void explain(e2l_ctx *ctx, const network *net, size_t run, const e2l_recording *got, const e2l_recording *want,
                    size_t n_values, e2l_isa isa)
{
    e2l_text text;
    e2l_text_init(&text, ctx);
    print_error("isa %s, candidate %zu, case %zu: outcome %d step %llu, expected %d step %llu\n", e2l_isa_name(isa),
                run / net->n_cases, run % net->n_cases, (int)got->outcome, (unsigned long long)got->step,
                (int)want->outcome, (unsigned long long)want->step);
    for (size_t slot = 0; slot < NETWORK_SLOTS; ++slot) {
        print_error("rule: %s\n", e2l_test_print(net->candidates[run / net->n_cases].rules[slot], &text));
    }
    e2l_text_reset(&text);
    assert_int_equal(e2l_experiment_print(&net->experiment, &text), E2L_OK);
    print_error("%s\n", e2l_text_get(&text));
    for (size_t k = 0; k < n_values && got->outcome == want->outcome && got->outcome == E2L_OUTCOME_OK; ++k) {
        if (bits(got->values[k]) != bits(want->values[k])) {
            print_error("value %zu: %.17g, expected %.17g\n", k, got->values[k], want->values[k]);
            break;
        }
    }
    e2l_text_clear(&text);
}

/* All candidates in one batch, then the first alone on the last case: a recording does not depend on its company. */
static bool hold(e2l_ctx *ctx, const network *net, const expected *want, e2l_isa isa, bool neurons, bool keeps)
{
    const e2l_substrate *const cpu = e2l_substrate_find("cpu");
    e2l_device *const device = open_cpu(ctx, cpu, isa, neurons, keeps);
    char why[256];
    e2l_plan *plan;
    if (!cpu->supports(ctx, device, &net->experiment, why)) {
        fail_msg("%s", why);
    }
    assert_int_equal(cpu->prepare(ctx, device, &net->experiment, &plan), E2L_OK);
    e2l_recording got[RUNS];
    double *const values = room_for(ctx, got, want->n_values);
    assert_int_equal(
        cpu->run(ctx, plan, net->candidates, net->n_candidates, net->cases, net->n_cases, NULL, got), E2L_OK);
    bool good = true;
    for (size_t k = 0; good && k < net->n_candidates * net->n_cases; ++k) {
        good = equal(&got[k], &want->recordings[k], want->n_values);
        if (!good) {
            explain(ctx, net, k, &got[k], &want->recordings[k], want->n_values, isa);
        }
    }
    const size_t last = net->n_cases - 1;
    assert_int_equal(cpu->run(ctx, plan, net->candidates, 1, &net->cases[last], 1, NULL, got), E2L_OK);
    if (good && !equal(&got[0], &want->recordings[last], want->n_values)) {
        print_error("alone, it is another recording\n");
        explain(ctx, net, last, &got[0], &want->recordings[last], want->n_values, isa);
        good = false;
    }
    cpu->release(ctx, plan);
    cpu->close(ctx, device);
    e2l_free(ctx, values);
    return good;
}

static void test_random_networks(void **state)
{
    (void)state;
    const size_t each = 4, n = (e2l_test_cases() + each - 1) / each;
    size_t n_diverged = 0, n_runs = 0;
    for (size_t k = 0; k < n; ++k) {
        e2l_ctx *const ctx = e2l_test_ctx();
        e2l_stream stream = e2l_test_stream(e2l_test_seed(), k);
        static network net;
        network_init(&net, ctx, &stream, E2L_SOURCE_DIR "/tests/support/leaky.json");
        static expected want;
        expect(ctx, &net, &want);
        for (int isa = 0; isa < E2L_N_ISA; ++isa) {
            const bool keeps = (k + (size_t)isa) % 2 == 0;
            if (e2l_isa_available((e2l_isa)isa) && (!hold(ctx, &net, &want, (e2l_isa)isa, false, keeps) ||
                                                    !hold(ctx, &net, &want, (e2l_isa)isa, true, keeps))) {
                fail_msg("network %zu of seed %llu (E2L_SEED)", k, (unsigned long long)e2l_test_seed());
            }
        }
        for (size_t run = 0; run < net.n_candidates * net.n_cases; ++run) {
            n_diverged += want.recordings[run].outcome == E2L_OUTCOME_DIVERGED ? 1 : 0;
            n_runs++;
        }
        e2l_free(ctx, want.values);
        network_clear(&net, ctx);
        e2l_test_ctx_end(ctx);
    }
    /* the generator must keep both kinds of ending alive */
    assert_true(n < 20 || (n_diverged > n_runs / 20 && n_diverged < n_runs - n_runs / 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_networks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
