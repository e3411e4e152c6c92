/* Random experiments over the whole vocabulary: the cpu substrate gives the bits of the tree-walking oracle, whatever the instruction set and
   whoever runs beside. A failure is shrunk to the fewest features that still show it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "substrate/cpu/engine.h"
#include "substrate/json.h"
#include "substrate/resolve.h"
#include "tests/support/device.h"
#include "tests/support/reference_run.h"
#include "tests/support/support.h"
#include "tests/support/vocabulary.h"

enum { LAYOUTS = 3, PRECISIONS = 2, N_CASES = 3, N_CANDIDATES = 2, MOST_SLOTS = 16, EXPERIMENTS = 250 };
#define ALL ((1u << VOCABULARY_N) - 1)
#define HAS(features, name) (((features) >> VOCABULARY_##name & 1u) != 0)

typedef struct bed {
    e2l_ctx *ctx;
    const e2l_substrate *cpu;
    e2l_device *devices[PRECISIONS * LAYOUTS * E2L_N_ISA]; /* [n_devices] for every instruction set there is, in every layout */
    size_t n_devices;
    e2l_device *device; /* the one whose turn it is */
    bool is_single;
    bool is_wild;
    size_t n_ran, n_ok, n_refused;
    char problem[1024];
} bed;

static const char *const texts[N_CANDIDATES] = {"a * b - 0.1 * a", "tanh(a + b)"};

static bool same_bits(const double *a, const double *b, size_t n)
{
    for (size_t k = 0; k < n; ++k) {
        const bool both_nan = a[k] != a[k] && b[k] != b[k];
        if (!both_nan && memcmp(&a[k], &b[k], sizeof a[k]) != 0) {
            return false;
        }
    }
    return true;
}

static e2l_case case_of(const bed *b, const e2l_experiment *experiment, size_t k)
{
    return b->is_wild ? vocabulary_wild_case(experiment, k) : vocabulary_case(experiment, k);
}

/* Which probe differs first, in words. */
static void say_where(bed *b, const e2l_experiment *experiment, const e2l_layout *layout, const double *got, const double *want)
{
    for (size_t k = 0; k < layout->n_probes; ++k) {
        const e2l_probe_place *const place = &layout->places[k];
        for (size_t i = 0; i < place->width * place->n_looks; ++i) {
            if (!same_bits(got + place->offset + i, want + place->offset + i, 1)) {
                (void)snprintf(b->problem, sizeof b->problem, "probe %s (%s, when %s, fold %d) value %zu of %zu x %zu: %a, expected %a",
                               experiment->probes[k].name, experiment->probes[k].of,
                               experiment->probes[k].when ? experiment->probes[k].when : "always", (int)experiment->probes[k].fold, i,
                               place->n_looks, place->width, got[place->offset + i], want[place->offset + i]);
                return;
            }
        }
    }
}

static bool compare(bed *b, const e2l_experiment *experiment, const e2l_resolved *resolved, const e2l_layout *layout,
                    const e2l_candidate *candidates, const e2l_recording *recordings, double *want)
{
    for (size_t c = 0; c < N_CANDIDATES; ++c) {
        for (size_t k = 0; k < N_CASES; ++k) {
            const e2l_case one = case_of(b, experiment, k);
            const e2l_recording *const got = &recordings[c * N_CASES + k];
            e2l_recording expected = {.values = want};
            const e2l_status status = (b->is_single ? reference_run_single : reference_run)(b->ctx, resolved, layout, &candidates[c], &one, &expected);
            assert_int_equal(status, E2L_OK);
            if (got->outcome != expected.outcome || got->step != expected.step) {
                (void)snprintf(b->problem, sizeof b->problem, "outcome %d at step %" PRIu64 ", expected %d at %" PRIu64, (int)got->outcome,
                               got->step, (int)expected.outcome, expected.step);
                return false;
            }
            b->n_ok += got->outcome == E2L_OUTCOME_OK ? 1 : 0;
            if (got->outcome == E2L_OUTCOME_OK && !same_bits(got->values, want, layout->n_values)) {
                say_where(b, experiment, layout, got->values, want);
                return false;
            }
        }
    }
    return true;
}

static bool run_and_compare(bed *b, const e2l_experiment *experiment, e2l_plan *plan, const e2l_resolved *resolved)
{
    const e2l_layout *const layout = b->cpu->layout(plan);
    const e2l_expr *rules[N_CANDIDATES][MOST_SLOTS];
    double etas[MOST_SLOTS];
    e2l_candidate candidates[N_CANDIDATES];
    e2l_case cases[N_CASES];
    e2l_recording recordings[N_CANDIDATES * N_CASES];
    double *const values = e2l_alloc(b->ctx, layout->n_values * (N_CANDIDATES * N_CASES + 1), sizeof *values);
    assert_non_null(values);
    for (size_t c = 0; c < N_CANDIDATES; ++c) {
        e2l_expr *const rule = e2l_test_parse(b->ctx, texts[c]);
        for (size_t s = 0; s < MOST_SLOTS; ++s) {
            rules[c][s] = rule;
            etas[s] = 0.01;
        }
        candidates[c] = (e2l_candidate){rules[c], etas};
    }
    for (size_t k = 0; k < N_CASES; ++k) {
        cases[k] = case_of(b, experiment, k);
    }
    for (size_t k = 0; k < N_CANDIDATES * N_CASES; ++k) {
        recordings[k] = (e2l_recording){.values = values + k * layout->n_values};
    }
    assert_int_equal(b->cpu->run(b->ctx, plan, candidates, N_CANDIDATES, cases, N_CASES, NULL, recordings), E2L_OK);
    const bool same = compare(b, experiment, resolved, layout, candidates, recordings, values + N_CANDIDATES * N_CASES * layout->n_values);
    for (size_t c = 0; c < N_CANDIDATES; ++c) {
        e2l_expr_destroy(b->ctx, (e2l_expr *)(uintptr_t)rules[c][0]);
    }
    e2l_free(b->ctx, values);
    return same;
}

/* One experiment; true when all agrees. */
static bool holds(bed *b, uint64_t seed, size_t k, uint32_t features)
{
    e2l_arena *arena;
    e2l_stream stream = e2l_test_stream(seed, k);
    bool good = true;
    b->is_wild = HAS(features, WILD);
    b->device = b->devices[k % b->n_devices];
    b->is_single = k % b->n_devices >= b->n_devices / PRECISIONS;
    assert_int_equal(e2l_arena_create(b->ctx, &arena), E2L_OK);
    const e2l_experiment *const experiment = vocabulary_make(arena, &stream, features);
    assert_non_null(experiment);
    e2l_resolved *resolved = NULL;
    e2l_plan *plan = NULL;
    if (e2l_resolve(b->ctx, &resolved, experiment) != E2L_OK) {
        b->n_refused++; /* a condition that never holds, a circle: the resolver says so, and that is right */
        if (strstr(e2l_ctx_message(b->ctx), "is never true") == NULL && strstr(e2l_ctx_message(b->ctx), "wait for each other") == NULL &&
            strstr(e2l_ctx_message(b->ctx), "is never reached") == NULL) {
            (void)snprintf(b->problem, sizeof b->problem, "refused: %s", e2l_ctx_message(b->ctx));
            good = false;
        }
    } else if (b->cpu->prepare(b->ctx, b->device, experiment, &plan) != E2L_OK) {
        (void)snprintf(b->problem, sizeof b->problem, "prepare: %s", e2l_ctx_message(b->ctx));
        good = false;
    } else {
        b->n_ran++;
        good = run_and_compare(b, experiment, plan, resolved);
        b->cpu->release(b->ctx, plan);
    }
    e2l_resolved_destroy(b->ctx, resolved);
    e2l_arena_destroy(arena);
    return good;
}

static void explain(bed *b, uint64_t seed, size_t k, uint32_t features)
{
    for (bool less = true; less;) {
        less = false;
        for (uint32_t f = 0; f < VOCABULARY_N; ++f) {
            const uint32_t fewer = features & ~(1u << f);
            if (fewer != features && !holds(b, seed, k, fewer)) {
                features = fewer;
                less = true;
            }
        }
    }
    (void)holds(b, seed, k, features);
    char names[512] = "";
    for (uint32_t f = 0; f < VOCABULARY_N; ++f) {
        if ((features >> f & 1u) != 0) {
            (void)strncat(names, " ", sizeof names - strlen(names) - 1);
            (void)strncat(names, vocabulary_names[f], sizeof names - strlen(names) - 1);
        }
    }
    e2l_arena *arena;
    e2l_text text = {.ctx = b->ctx};
    e2l_stream stream = e2l_test_stream(seed, k);
    assert_int_equal(e2l_arena_create(b->ctx, &arena), E2L_OK);
    assert_int_equal(e2l_experiment_print(vocabulary_make(arena, &stream, features), &text), E2L_OK);
    printf("%s\n", e2l_text_get(&text));
    e2l_text_clear(&text);
    e2l_arena_destroy(arena);
    fail_msg("E2L_SEED=%" PRIu64 ", experiment %zu, features%s: %s", seed, k, names, b->problem);
}

/* Every other one is run as machine code, pairs of them keep their stimuli. */
static e2l_device *open_device(bed *b, e2l_isa isa, const char *lanes, const char *precision)
{
    char text[200];
    const bool native = e2l_native_available() && (b->n_devices + (precision[0] == 's' ? 1 : 0)) % 2 == 0;
    (void)snprintf(text, sizeof text, "{\"isa\": \"%s\", \"native\": \"%s\", \"lanes\": %s, \"precision\": \"%s\", \"memory_mb\": %d}", e2l_isa_name(isa),
                   native ? "on" : "off", lanes, precision, b->n_devices % 4 < 2 ? 64 : 0);
    return test_device_open(b->ctx, b->cpu, text);
}

static void open_devices(bed *b, const char *precision)
{
    static const char *const lanes[LAYOUTS] = {"\"cases\"", "\"neurons\", \"synapses\": \"pairs\"", "\"neurons\", \"synapses\": \"lists\""};
    for (int isa = 0; isa < E2L_N_ISA; ++isa) {
        for (size_t k = 0; e2l_isa_available((e2l_isa)isa) && k < LAYOUTS; ++k) {
            b->devices[b->n_devices] = open_device(b, (e2l_isa)isa, lanes[k], precision);
            b->n_devices++;
        }
    }
}

static void open_bed(bed *b)
{
    *b = (bed){.ctx = e2l_test_ctx(), .cpu = e2l_substrate_find("cpu")};
    open_devices(b, "double");
    open_devices(b, "single");
}

static void close_bed(bed *b)
{
    for (size_t k = 0; k < b->n_devices; ++k) {
        b->cpu->close(b->ctx, b->devices[k]);
    }
    e2l_test_ctx_end(b->ctx);
}

static void try_features(uint32_t features, size_t n)
{
    bed b;
    open_bed(&b);
    const uint64_t seed = e2l_test_seed();
    for (size_t k = 0; k < n; ++k) {
        if (!holds(&b, seed, k, features)) {
            explain(&b, seed, k, features);
        }
    }
    assert_true(b.n_ran >= n / 4); /* most experiments must really run */
    assert_true(b.n_ok > 0);
    close_bed(&b);
}

static void test_features_one_by_one(void **state)
{
    (void)state;
    try_features(0, 20);
    for (uint32_t f = 0; f < VOCABULARY_N; ++f) {
        const bool needs_delays = f == VOCABULARY_DELAY_EACH || f == VOCABULARY_TRANSPOSED || f == VOCABULARY_GLOBALS;
        const uint32_t more = (needs_delays ? 1u << VOCABULARY_DELAYS : 0) | (f == VOCABULARY_ARRAYS ? 1u << VOCABULARY_CONNECT : 0) |
                              (f == VOCABULARY_GLOBALS ? 1u << VOCABULARY_EFFECTS : 0) | (f == VOCABULARY_UNREAD ? 1u << VOCABULARY_STATES : 0) | (f == VOCABULARY_EDGES ? 1u << VOCABULARY_CONNECT : 0);
        try_features(1u << f | more, 12);
    }
}

static void test_all_features(void **state)
{
    (void)state;
    const size_t n = e2l_test_cases() * EXPERIMENTS / 1000;
    try_features(ALL, n > 0 ? n : 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_features_one_by_one), cmocka_unit_test(test_all_features)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
