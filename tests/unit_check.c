/* Does `check` find what it looks for? It is put over a substrate of this file that keeps the contract, or breaks one clause of it
   on purpose. The registry is this file's own. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "substrate/json.h"
#include "substrate/substrate.h"
#include "tests/support/world.h"

enum { N = 3, STEPS = 40, N_CANDIDATES = 2, N_CASES = 3 };

typedef enum breach {
    HONEST,
    FORGETS_A_VALUE,
    WRITES_BEHIND,
    WRITES_BEFORE,
    WRONG_OUTCOME,
    WRONG_STEP,
    STEP_ZERO,
    KNOWS_THE_BATCH,     /* values depend on how many candidates run */
    KNOWS_THE_POSITION,  /* values depend on where the case stands */
    KNOWS_THE_CALLS,     /* steps depend on how often it was called */
    WRONG_LAYOUT,
    N_BREACHES
} breach;

/* The breach is handed in through the experiment's name, so that nothing here is global. */
typedef struct liar_plan {
    breach breach;
    e2l_layout layout;
    size_t n_calls;
} liar_plan;

static e2l_status liar_open(e2l_ctx *ctx, e2l_device **out, const void *options)
{
    (void)options;
    *out = e2l_alloc(ctx, 1, 1);
    return *out ? E2L_OK : E2L_NOMEM;
}

static void liar_close(e2l_ctx *ctx, e2l_device *device)
{
    e2l_free(ctx, device);
}

static bool liar_supports(e2l_ctx *ctx, e2l_device *device, const e2l_experiment *experiment, char why[256])
{
    (void)ctx;
    (void)device;
    (void)why;
    return experiment->n_projections > 0;
}

static e2l_status liar_prepare(e2l_ctx *ctx, e2l_device *device, const e2l_experiment *experiment, e2l_plan **out)
{
    (void)device;
    *out = NULL;
    liar_plan *plan = e2l_alloc(ctx, 1, sizeof *plan);
    if (!plan) {
        return E2L_NOMEM;
    }
    e2l_status status = e2l_experiment_check(ctx, experiment, &plan->layout);
    if (status != E2L_OK) {
        e2l_free(ctx, plan);
        return status;
    }
    plan->breach = (breach)(experiment->name[0] - 'a');
    if (plan->breach == WRONG_LAYOUT) {
        plan->layout.places[1].offset++;
    }
    *out = (e2l_plan *)(void *)plan;
    return E2L_OK;
}

static const e2l_layout *liar_layout(const e2l_plan *plan)
{
    return &((const liar_plan *)(const void *)plan)->layout;
}

static void liar_release(e2l_ctx *ctx, e2l_plan *plan)
{
    liar_plan *self = (liar_plan *)(void *)plan;
    e2l_layout_clear(ctx, &self->layout);
    e2l_free(ctx, self);
}

/* A recording that is a function of learning rate and case alone, before the breach. */
static void record(const liar_plan *plan, e2l_recording *out, double eta, const e2l_case *item)
{
    for (size_t i = 0; i < plan->layout.n_values; i++) {
        out->values[i] = eta * (double)i + (double)item->index;
    }
    out->outcome = E2L_OUTCOME_OK;
    out->step = STEPS;
}

static void break_one(const liar_plan *plan, e2l_recording *out, size_t n_candidates, size_t position,
                      const double *untouched)
{
    size_t n = plan->layout.n_values;
    switch ((int)plan->breach) {
    case FORGETS_A_VALUE:
        out->values[n - 1] = *untouched;
        break;
    case WRITES_BEHIND:
        out->values[n] = 1;
        break;
    case WRITES_BEFORE:
        out->values[-1] = 1;
        break;
    case WRONG_OUTCOME:
        out->outcome = (e2l_outcome)E2L_N_OUTCOMES;
        break;
    case WRONG_STEP:
        out->step = STEPS - 1;
        break;
    case STEP_ZERO:
        out->outcome = E2L_OUTCOME_DIVERGED;
        out->step = 0;
        break;
    case KNOWS_THE_BATCH:
        out->values[0] += n_candidates > 1 ? 1e-16 : 0;
        break;
    case KNOWS_THE_POSITION:
        out->values[n - 1] += 1e-3 * (double)position;
        break;
    case KNOWS_THE_CALLS:
        out->outcome = E2L_OUTCOME_TIMEOUT;
        out->step = plan->n_calls;
        break;
    default:
        break;
    }
}

static e2l_status liar_run(e2l_ctx *ctx, e2l_plan *plan, const e2l_candidate *candidates, size_t n_candidates,
                           const e2l_case *cases, size_t n_cases, const e2l_run_options *options,
                           e2l_recording *recordings)
{
    liar_plan *self = (liar_plan *)(void *)plan;
    (void)ctx;
    (void)options;
    self->n_calls++;
    for (size_t k = 0; k < n_candidates * n_cases; k++) {
        double untouched = recordings[k].values[self->layout.n_values - 1];
        record(self, &recordings[k], candidates[k / n_cases].etas[0], &cases[k % n_cases]);
        break_one(self, &recordings[k], n_candidates, k % n_cases, &untouched);
    }
    return E2L_OK;
}

static const e2l_substrate liar = {
    .abi = E2L_SUBSTRATE_ABI,
    .struct_size = sizeof(e2l_substrate),
    .name = "cpu", /* what check opens unless told otherwise */
    .options_size = 1,
    .open = liar_open,
    .close = liar_close,
    .supports = liar_supports,
    .prepare = liar_prepare,
    .layout = liar_layout,
    .run = liar_run,
    .release = liar_release,
};

extern const e2l_substrate e2l_substrate_check;
const e2l_substrate *const e2l_substrates[] = {&e2l_substrate_check, &liar, NULL};
const size_t e2l_n_substrates = 2;

/* ---- the tests ---- */

static e2l_status open_check(e2l_ctx *ctx, e2l_device **device, char *of)
{
    struct {
        char *of;
    } options = {of};
    return e2l_substrate_check.open(ctx, device, &options);
}

static e2l_status run_cases(e2l_ctx *ctx, e2l_plan *plan, const e2l_case *cases)
{
    enum { MOST = 256 };
    const double etas[N_CANDIDATES] = {0.5, 0.25};
    const e2l_candidate candidates[N_CANDIDATES] = {{.etas = &etas[0]}, {.etas = &etas[1]}};
    e2l_recording recordings[N_CANDIDATES * N_CASES];
    double values[N_CANDIDATES * N_CASES][MOST];
    for (size_t k = 0; k < (size_t)N_CANDIDATES * N_CASES; k++) {
        recordings[k] = (e2l_recording){.values = values[k]};
    }
    return e2l_substrate_check.run(ctx, plan, candidates, N_CANDIDATES, cases, N_CASES, NULL, recordings);
}

/* Prepares and runs the experiment under a breach. */
static e2l_status run_checked(e2l_ctx *ctx, breach how, e2l_status (*fill)(const e2l_case *, e2l_ctx *, size_t,
                                                                           uint64_t, size_t, double *))
{
    world w;
    e2l_device *device;
    e2l_plan *plan;
    char name[2] = {(char)('a' + how), '\0'}, of[] = "cpu";
    world_init(&w, N, STEPS);
    w.experiment.name = name;
    world_case user = {.of = &w, .scale = 1};
    e2l_case cases[N_CASES];
    for (size_t k = 0; k < N_CASES; k++) {
        cases[k] = world_case_of(&user, k);
        cases[k].fill = fill ? fill : cases[k].fill;
    }
    e2l_status status = open_check(ctx, &device, of);
    if (status != E2L_OK) {
        return status;
    }
    status = e2l_substrate_check.prepare(ctx, device, &w.experiment, &plan);
    if (status == E2L_OK) {
        status = run_cases(ctx, plan, cases);
        e2l_substrate_check.release(ctx, plan);
    }
    e2l_substrate_check.close(ctx, device);
    return status;
}

static void each_breach_is_found(void **state)
{
    static const char *const words[N_BREACHES] = {
        [FORGETS_A_VALUE] = "was never written",
        [WRITES_BEHIND] = "written outside the values",
        [WRITES_BEFORE] = "written outside the values",
        [WRONG_OUTCOME] = "outcome 7 is out of range",
        [WRONG_STEP] = "ok at step 39 of 40",
        [STEP_ZERO] = "diverged at step 0 of 40",
        [KNOWS_THE_BATCH] = "in the batch",
        [KNOWS_THE_POSITION] = "in the batch",
        [KNOWS_THE_CALLS] = "timeout at step 1 in the batch, timeout at step 2 alone",
        [WRONG_LAYOUT] = "the layout of 'cpu' is not that of the experiment",
    };
    (void)state;
    for (int how = HONEST; how < N_BREACHES; how++) {
        e2l_ctx *ctx;
        assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
        e2l_status status = run_checked(ctx, (breach)how, NULL);
        assert_int_equal(status, words[how] ? E2L_INTERNAL : E2L_OK);
        if (words[how] && !strstr(e2l_ctx_message(ctx), words[how])) {
            fail_msg("expected '%s' in: %s", words[how], e2l_ctx_message(ctx));
        }
        assert_int_equal(e2l_ctx_destroy(ctx), 0);
    }
}

/* Rows that depend on where the chunk begins. */
static e2l_status chunky_fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps,
                              double *out)
{
    (void)self;
    (void)ctx;
    for (size_t k = 0; k < n_steps * N; k++) {
        out[k] = array == WORLD_ARRAY_SAMPLES ? (double)(step0 + k) : 1;
    }
    return E2L_OK;
}

static e2l_status infinite_fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps,
                                double *out)
{
    (void)self;
    (void)ctx;
    (void)step0;
    for (size_t k = 0; k < n_steps * N; k++) {
        out[k] = array == WORLD_ARRAY_PC1 ? (double)INFINITY : 1;
    }
    return E2L_OK;
}

static e2l_status long_fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps,
                            double *out)
{
    (void)self;
    (void)ctx;
    (void)array;
    (void)step0;
    for (size_t k = 0; k < n_steps * N + 1; k++) {
        out[k] = 1;
    }
    return E2L_OK;
}

static void wrong_data_are_found(void **state)
{
    static const struct {
        e2l_status (*fill)(const e2l_case *, e2l_ctx *, size_t, uint64_t, size_t, double *);
        const char *words;
    } wrong[] = {{chunky_fill, "array 'samples', row 39: filled alone"},
                 {infinite_fill, "array 'pc1', row 0: element 0 is not finite"},
                 {long_fill, "array 'samples': fill wrote behind its rows"}};
    (void)state;
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        e2l_ctx *ctx;
        assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
        assert_int_equal(run_checked(ctx, HONEST, wrong[k].fill), E2L_INTERNAL);
        if (!strstr(e2l_ctx_message(ctx), wrong[k].words)) {
            fail_msg("expected '%s' in: %s", wrong[k].words, e2l_ctx_message(ctx));
        }
        assert_int_equal(e2l_ctx_destroy(ctx), 0);
    }
}

static void unknown_substrates_are_named(void **state)
{
    e2l_ctx *ctx;
    e2l_device *device;
    char of[] = "cpuu";
    (void)state;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    assert_int_equal(open_check(ctx, &device, of), E2L_INPUT);
    assert_string_equal(e2l_ctx_message(ctx), "check: of: substrate 'cpuu' unknown; did you mean 'cpu'?");
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_breach_is_found), cmocka_unit_test(wrong_data_are_found),
                                       cmocka_unit_test(unknown_substrates_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
