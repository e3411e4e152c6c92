/* The task error_driven: what is drawn, the network against a simulation written here, the published ranking of rules, sets and options. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tasks/error_driven_impl.h"
#include "tests/support/refused.h"
#include "tests/support/support.h"
#include "tests/support/task.h"

enum { MOST_CASES = 40 };

/* Chunks of three steps make minutes of these figures; they are the same bits. */
static void skip_under_stress(void)
{
#ifdef E2L_STRESS
    skip();
#endif
}

static int setup(void **state)
{
    e2l_ctx *ctx;
    int bad = e2l_ctx_create(&ctx) == E2L_OK ? 0 : -1;
    *state = ctx;
    return bad;
}

static int teardown(void **state)
{
    return e2l_ctx_destroy(*state) == 0 ? 0 : -1;
}

static void open_family(e2l_ctx *ctx, test_family *out, const char *options, const char *set)
{
    if (test_family_open(ctx, out, "error_driven", options, 1, set) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
}

/* ---- what is drawn ------------------------------------------------------------------------------------------------ */

static void test_teachers(void **state)
{
    e2l_ctx *ctx = *state;
    test_family f;
    open_family(ctx, &f, "{}", E2L_SET_TEST);
    size_t n_up = 0;
    double sum = 0, square = 0;
    for (size_t k = 0; k < 400; k++) {
        double w[5];
        const bool up = error_draw_is_up(f.family, k);
        error_draw_teacher(f.family, k, w);
        n_up += up;
        for (size_t j = 0; j < 5; j++) {
            const double rest = w[j] - (up ? 15 : -15);
            assert_true(rest >= -20 && rest <= 20);
            sum += rest;
            square += rest * rest;
        }
    }
    assert_in_range(n_up, 150, 250);
    assert_close(sum / 2000, 0, 0, 4 * 20 / sqrt(3 * 2000));
    assert_close(square / 2000, 400.0 / 3, 0.1, 0);
    test_family_close(&f);
    static const char *const one_sided[] = {"{\"sign\": \"down\"}", "{\"sign\": \"up\"}"};
    for (size_t up = 0; up < 2; up++) {
        open_family(ctx, &f, one_sided[up], E2L_SET_TEST);
        for (size_t k = 0; k < 50; k++) {
            assert_int_equal(error_draw_is_up(f.family, k), up);
        }
        test_family_close(&f);
    }
}

/* Spikes of case k per input over one second. */
static void count_spikes(e2l_ctx *ctx, const char *dt, size_t k, double counts[5])
{
    char options[64];
    test_family f;
    (void)snprintf(options, sizeof options, "{\"dt\": %s, \"duration\": 1000}", dt);
    open_family(ctx, &f, options, E2L_SET_TEST);
    const size_t n_steps = (size_t)f.family->n_steps;
    double *spikes = e2l_alloc(ctx, n_steps * 5, sizeof *spikes);
    assert_non_null(spikes);
    error_draw_spikes(f.family, k, 0, n_steps, spikes);
    for (size_t j = 0; j < 5; j++) {
        counts[j] = 0;
        for (size_t t = 0; t < n_steps; t++) {
            counts[j] += spikes[t * 5 + j];
        }
    }
    e2l_free(ctx, spikes);
    test_family_close(&f);
}

/* Rates are uniform from 150 to 850 Hz; the same trains come at any step that is made of whole bins. */
static void test_trains(void **state)
{
    e2l_ctx *ctx = *state;
    double sum = 0, square = 0;
    for (size_t k = 0; k < 60; k++) {
        double coarse[5], fine[5];
        count_spikes(ctx, "1", k, coarse);
        count_spikes(ctx, k % 2 ? "0.5" : "0.1", k, fine);
        assert_memory_equal(coarse, fine, sizeof coarse);
        for (size_t j = 0; j < 5; j++) {
            assert_true(coarse[j] > 150 - 5 * sqrt(150) && coarse[j] < 850 + 5 * sqrt(850));
            sum += coarse[j];
            square += coarse[j] * coarse[j];
        }
    }
    const double mean = sum / 300, variance = square / 300 - mean * mean;
    assert_close(mean, 500, 0, 4 * 700 / sqrt(12 * 300.0));
    assert_close(variance, 700.0 * 700 / 12 + 500, 0.2, 0); /* of the rates, and of counts given the rates */
}

/* ---- the network against a simulation of its own -------------------------------------------------------------------- */

typedef struct simulated {
    double mse, w[5];
} simulated;

/* The equations of the task's head, straight on; exact propagators written out. `gain` times the gradient rule. */
static simulated simulate(e2l_ctx *ctx, const e2l_family *f, size_t k, double gain, double eta)
{
    const error_options *o = &f->options;
    const size_t n_steps = (size_t)f->n_steps, hold = (size_t)(o->hold / o->dt + 0.5), first = (size_t)(o->settle * (double)n_steps);
    const double em = exp(-o->dt / o->tau_m), es = exp(-o->dt / o->tau_syn), p = o->tau_m / 250 * o->tau_syn / (o->tau_m - o->tau_syn) * (em - es);
    double *spikes = e2l_alloc(ctx, n_steps * 5, sizeof *spikes);
    assert_non_null(spikes);
    error_draw_spikes(f, k, 0, n_steps, spikes);
    double teacher[5], v = -70, u = -70, iv = 0, iu = 0, held = 0, psp[5] = {0}, current[5] = {0}, induction[5] = {0};
    simulated out = {.w = {o->w0, o->w0, o->w0, o->w0, o->w0}};
    error_draw_teacher(f, k, teacher);
    for (size_t t = 0; t < n_steps; t++) {
        held = t % hold == 0 ? v : held;
        v = -70 + (v + 70) * em + p * iv;
        u = -70 + (u + 70) * em + p * iu;
        iv *= es;
        iu *= es;
        for (size_t j = 0; j < 5; j++) {
            iv += teacher[j] * spikes[t * 5 + j];
            iu += out.w[j] * spikes[t * 5 + j];
        }
        for (size_t j = 0; j < 5; j++) {
            psp[j] = psp[j] * em + p * current[j];
            current[j] = current[j] * es + spikes[t * 5 + j];
            induction[j] += (1 - exp(-o->dt / o->tau_i)) * (gain * psp[j] * (held - u) - induction[j]);
            out.w[j] += o->dt * eta * induction[j];
        }
        out.mse += t >= first ? (u - v) * (u - v) / (double)(n_steps - first) : 0;
    }
    e2l_free(ctx, spikes);
    return out;
}

static void test_against_simulation(void **state)
{
    e2l_ctx *ctx = *state;
    static const char *const options[] = {"{\"duration\": 1500}", "{\"duration\": 600, \"dt\": 0.5, \"hold\": 3, \"settle\": 0, \"w0\": -4}",
                                          "{\"duration\": 200, \"dt\": 0.1, \"tau_m\": 20, \"tau_syn\": 5, \"tau_i\": 30, \"settle\": 0.5}"};
    static const char *const rules[] = {"s * (v - u)", "0"};
    for (size_t i = 0; i < 3; i++) {
        for (size_t r = 0; r < 2; r++) {
            test_judge judge;
            e2l_score scores[3];
            assert_int_equal(test_judge_open(ctx, &judge, "error_driven", options[i], 1, E2L_SET_SEARCH, 3), E2L_OK);
            assert_int_equal(test_judge_rules(&judge, &rules[r], 1.3, scores), E2L_OK);
            const e2l_family *family = e2l_evaluator_family(judge.evaluator);
            for (size_t k = 0; k < 3; k++) {
                const simulated want = simulate(ctx, family, k, r == 0 ? 1 : 0, 1.3);
                double teacher[5], off = 0;
                error_draw_teacher(family, k, teacher);
                for (size_t j = 0; j < 5; j++) {
                    off += (want.w[j] - teacher[j]) * (want.w[j] - teacher[j]) / 5;
                }
                assert_int_equal(scores[k].outcome, E2L_OUTCOME_OK);
                assert_close(scores[k].value, -sqrt(want.mse), 1e-9, 0);
                assert_close(scores[k].measures[0], sqrt(want.mse * (1 - family->options.settle) * family->options.duration), 1e-9, 0);
                assert_close(scores[k].measures[1], sqrt(off), 1e-9, 0);
            }
            test_judge_close(&judge);
        }
    }
}

/* ---- the published ranking --------------------------------------------------------------------------------------------- */

static double mean_sum(e2l_ctx *ctx, const char *options, const char *rule, size_t n, size_t *n_lost)
{
    test_judge judge;
    e2l_score scores[MOST_CASES];
    double sum = 0;
    assert_true(n <= MOST_CASES);
    assert_int_equal(test_judge_open(ctx, &judge, "error_driven", options, 1, E2L_SET_TEST, n), E2L_OK);
    assert_int_equal(test_judge_rules(&judge, &rule, 1.7, scores), E2L_OK);
    *n_lost = 0;
    for (size_t k = 0; k < n; k++) {
        const bool ok = scores[k].outcome == E2L_OUTCOME_OK && scores[k].measures[0] < 30;
        *n_lost += !ok;
        sum += scores[k].outcome == E2L_OUTCOME_OK ? scores[k].measures[0] / (double)n : 1e6;
    }
    test_judge_close(&judge);
    return sum;
}

/* Published validation, 15 trials: 11.44 (run 0), 11.46 (run 4), 11.48 (run 2), 14.09 (run 3), 14.59 (run 5, the gradient), 25.75 (run 1); by an
   independent program: about 208 without learning, 14.5 with half the gradient, four times the gradient unstable. */
static void test_published_ranking(void **state)
{
    skip_under_stress();
    e2l_ctx *ctx = *state;
    static const char published[] = "{\"sign\": \"up\"}";
    static const struct {
        const char *rule;
        double least, most;
    } rules[] = {{"s * (v - u) * (2 * u - 1) / v", 9.5, 13.5},
                 {"2 * s * (v - u)", 9.5, 13.5},
                 {"s * (v + u) * (v * (v - u) - s) / (v * v)", 9.5, 13.5},
                 {"v * s * (v - u) * (u - 1) / (v * v - u * s * (u - 1))", 12, 16},
                 {"s * (v - u)", 12, 16},
                 {"0.5 * s * (v - u)", 14, 20},
                 {"u * (u - v) / (2 * (v * s + u * u))", 22, 29},
                 {"0", 150, 280}};
    double before = 0;
    size_t n_lost;
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
        const double sum = mean_sum(ctx, published, rules[r].rule, 30, &n_lost);
        print_message("%-56s %8.3f\n", rules[r].rule, sum);
        assert_true(sum > rules[r].least && sum < rules[r].most);
        assert_true(r < 3 || sum > before); /* the first three are one rule but for u / v */
        before = sum;
    }
    (void)mean_sum(ctx, published, "4 * s * (v - u)", 30, &n_lost);
    assert_in_range(n_lost, 3, 29);
}

/* Where teachers always lie above, a drift that sees nothing beats no learning; where they lie on either side it does not. */
static void test_drift(void **state)
{
    skip_under_stress();
    e2l_ctx *ctx = *state;
    size_t n_lost;
    assert_true(mean_sum(ctx, "{\"sign\": \"up\"}", "0.001", 30, &n_lost) < 0.7 * mean_sum(ctx, "{\"sign\": \"up\"}", "0", 30, &n_lost));
    assert_true(mean_sum(ctx, "{}", "0.001", 30, &n_lost) > mean_sum(ctx, "{}", "0", 30, &n_lost));
}

/* ---- sets, options, scores ----------------------------------------------------------------------------------------------- */

static error_options shifted(e2l_ctx *ctx, const char *options, const char *set)
{
    test_family f;
    open_family(ctx, &f, options, set);
    const error_options out = f.family->options;
    assert_int_equal(f.family->n_steps, (uint64_t)(out.duration / out.dt));
    test_family_close(&f);
    return out;
}

static void test_shifts(void **state)
{
    e2l_ctx *ctx = *state;
    assert_int_equal(shifted(ctx, "{}", "shift:inputs").n, 8);
    assert_int_equal(shifted(ctx, "{\"n\": 8}", "shift:inputs").n, 5);
    assert_close(shifted(ctx, "{}", "shift:rates").rate_low, 75, 0, 0);
    assert_close(shifted(ctx, "{}", "shift:rates").rate_high, 425, 0, 0);
    assert_int_equal(shifted(ctx, "{}", "shift:sign").sign, ERROR_SIGN_DOWN);
    assert_int_equal(shifted(ctx, "{\"sign\": \"down\"}", "shift:sign").sign, ERROR_SIGN_UP);
    assert_close(shifted(ctx, "{}", "shift:teacher").offset, 30, 0, 0);
    assert_close(shifted(ctx, "{}", "shift:teacher").spread, 40, 0, 0);
    assert_close(shifted(ctx, "{}", "shift:hold").hold, 20, 0, 0);
    assert_close(shifted(ctx, "{}", "shift:membrane").tau_m, 5, 0, 0);
    assert_close(shifted(ctx, "{}", "shift:duration").duration, 40000, 0, 0);
    assert_close(shifted(ctx, "{}", "shift:dt").dt, 0.5, 0, 0);
    test_family f;
    open_family(ctx, &f, "{\"settle\": 0.25, \"duration\": 1000}", E2L_SET_TEST);
    const e2l_experiment *net = f.task->experiment(f.family, 0);
    assert_int_equal(net->spans[0].steps, 250);
    assert_int_equal(net->spans[1].steps, 750);
    test_family_close(&f);
}

static void test_wrong_settings(void **state)
{
    static const struct {
        const char *options, *set, *say;
    } wrong[] = {{"{}", "tets", "did you mean 'test'"},
                 {"{}", "shift:rate", "did you mean 'shift:rates'"},
                 {"{}", "all", "search, select, test and shift:NAME"},
                 {"{\"dt\": 0.3}", "test", "task.duration: 10000 ms is no multiple of task.dt, 0.3 ms"},
                 {"{\"hold\": 2.5}", "test", "task.hold: 2.5 ms is no multiple of task.dt, 1 ms"},
                 {"{\"rate_low\": 900}", "test", "task.rate_low: 900 Hz is above task.rate_high, 850 Hz"},
                 {"{\"tau_syn\": 10}", "test", "too close"},
                 {"{\"sign\": \"upp\"}", "test", "up"},
                 {"{\"n\": 0}", "test", "n"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        test_family_refused(*state, "error_driven", wrong[i].options, wrong[i].set, wrong[i].say);
    }
}

static void test_score(void **state)
{
    e2l_ctx *ctx = *state;
    test_family f;
    e2l_score score;
    open_family(ctx, &f, "{}", E2L_SET_TEST);
    double values[6] = {0.25};
    error_draw_teacher(f.family, 3, values + 1);
    values[3] += 2; /* one weight 2 pA off */
    e2l_recording recording = {.outcome = E2L_OUTCOME_OK, .step = 10000, .values = values};
    f.task->score(f.family, 3, &recording, &score);
    assert_close(score.value, -0.5, 1e-15, 0);
    assert_close(score.measures[0], 0.5 * sqrt(9000), 1e-14, 0);
    assert_close(score.measures[1], 2 / sqrt(5), 1e-14, 0);
    values[0] = HUGE_VAL;
    f.task->score(f.family, 3, &recording, &score);
    assert_int_equal(score.outcome, E2L_OUTCOME_DOMAIN);
    assert_true(score.value == 0);
    recording.outcome = E2L_OUTCOME_DIVERGED;
    f.task->score(f.family, 3, &recording, &score);
    assert_int_equal(score.outcome, E2L_OUTCOME_DIVERGED);
    assert_true(score.value == 0 && isnan(score.measures[0]));
    test_family_close(&f);
}

/* What the probe cache is given is what rules see: potentials around rest, traces of inputs, and errors that are neither all of one sign nor
   without relation to the potentials. */
static void test_reach(void **state)
{
    enum { N = 256 };
    e2l_ctx *ctx = *state;
    test_family f;
    double v[N], u[N], s[N];
    double *const inputs[] = {v, u, s};
    open_family(ctx, &f, "{}", E2L_SET_SEARCH);
    assert_int_equal(f.task->reach(ctx, f.family, 0, N, inputs), E2L_OK);
    size_t above = 0;
    double mean = 0;
    for (size_t k = 0; k < N; k++) {
        assert_true(fabs(v[k] + 70) < 20 && fabs(u[k] + 70) < 20 && s[k] >= 0 && s[k] < 0.2);
        above += v[k] > u[k];
        mean += s[k] / N;
    }
    assert_in_range(above, N / 5, 4 * N / 5);
    assert_close(mean, 0.5 * 2 * 0.04, 0.15, 0); /* 500 Hz, 2 ms, 0.04 GOhm */
    test_family_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_teachers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trains, setup, teardown),
        cmocka_unit_test_setup_teardown(test_against_simulation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_published_ranking, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drift, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shifts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_settings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_score, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reach, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
