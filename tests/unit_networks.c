/* Published networks as files (tasks/configs/networks): the weights they end at against the papers' equations in plain C on the same
   instance, with the files' own reference rules; and in small what they are known for. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/models.h"
#include "tests/support/support.h"
#include "tests/support/task.h"

/* ---- a network file, opened ------------------------------------------------------------------------------ */

enum { MOST_CASES = 8 };

typedef struct net {
    e2l_ctx *ctx;
    test_family family;
    const e2l_task *record; /* slots and references of the file */
    const e2l_experiment *experiment;
    e2l_case cases[MOST_CASES];
    size_t n_cases;
} net;

static void need(e2l_ctx *ctx, e2l_status status)
{
    if (status != E2L_OK) {
        fail_msg("%s: %s", e2l_status_text(status), e2l_ctx_message(ctx));
    }
}

/* `parameters`: "\"T=20\", \"tau=5\"". */
static net net_open(const char *name, const char *parameters, const char *set, size_t n_cases)
{
    net out = {.ctx = e2l_test_ctx(), .n_cases = n_cases};
    char options[512], case_name[E2L_CASE_NAME_BYTES];
    size_t which = 0;
    (void)snprintf(options, sizeof options, "{\"file\": \"%s/tasks/configs/networks/%s.json\", \"parameters\": [%s]}", E2L_SOURCE_DIR, name,
                   parameters);
    need(out.ctx, test_family_open(out.ctx, &out.family, "custom", options, 1, set));
    need(out.ctx, e2l_task_bind(out.ctx, &out.record, out.family.task, out.family.options, 1));
    for (size_t k = 0; k < n_cases; k++) {
        need(out.ctx, out.family.task->draw(out.ctx, out.family.family, k, &which, &out.cases[k], case_name));
    }
    out.experiment = out.family.task->experiment(out.family.family, which);
    return out;
}

static void net_close(net *of)
{
    e2l_task_unbind(of->record);
    test_family_close(&of->family);
    e2l_test_ctx_end(of->ctx);
}

/* All rows of an array of the last case, e2l_free. */
static double *net_array(const net *of, const char *name)
{
    for (size_t a = 0; a < of->experiment->n_arrays; a++) {
        const e2l_array *array = &of->experiment->arrays[a];
        if (strcmp(array->name, name) == 0) {
            const size_t rows = array->kind == E2L_ARRAY_STATIC ? 1 : (size_t)array->n_rows;
            double *const out = e2l_alloc(of->ctx, rows * (size_t)array->size, sizeof *out);
            assert_non_null(out);
            const e2l_case *const last = &of->cases[of->n_cases - 1];
            need(of->ctx, last->fill(last, of->ctx, a, 0, rows, out));
            return out;
        }
    }
    fail_msg("no array %s", name);
    return NULL;
}

/* What a reference rule of the file leads to in the last n cases, by the file's probes or (probes not NULL) others; e2l_free. */
static double *net_run(const net *of, const char *reference, size_t n, const e2l_probe *probes, size_t n_probes)
{
    e2l_expr *rules[E2L_MAX_SLOTS] = {NULL};
    double etas[E2L_MAX_SLOTS];
    size_t r = 0;
    while (r < of->record->n_references && strcmp(of->record->references[r].name, reference) != 0) {
        r++;
    }
    assert_true(r < of->record->n_references);
    for (size_t s = 0; s < of->record->n_slots; s++) {
        const char *text = of->record->references[r].rules[s];
        const e2l_scope scope = {.any_name = true};
        need(of->ctx, e2l_expr_parse(of->ctx, &rules[s], text, strlen(text), &scope));
        etas[s] = of->record->eta;
    }
    e2l_experiment probed = *of->experiment;
    probed.probes = probes ? probes : probed.probes;
    probed.n_probes = probes ? n_probes : probed.n_probes;
    const e2l_candidate candidate = {.rules = (const e2l_expr *const *)rules, .etas = etas};
    double *const out = experiment_values(of->ctx, &probed, &of->cases[of->n_cases - n], n, &candidate);
    for (size_t s = 0; s < of->record->n_slots; s++) {
        e2l_expr_destroy(of->ctx, rules[s]);
    }
    return out;
}

static void check_weights(const double *got, const double *want, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        assert_close(got[k], want[k], 1e-8, 1e-10);
    }
}

/* Mean over the last n cases. */
static double net_score(const net *of, const char *reference, size_t n)
{
    double *const values = net_run(of, reference, n, NULL, 0), sum = 0;
    e2l_layout layout;
    need(of->ctx, e2l_experiment_check(of->ctx, of->experiment, &layout));
    for (size_t k = 0; k < n; k++) {
        const e2l_recording recording = {.outcome = E2L_OUTCOME_OK, .values = values + k * layout.n_values};
        e2l_score score;
        of->family.task->score(of->family.family, of->n_cases - n + k, &recording, &score);
        assert_int_equal(score.outcome, E2L_OUTCOME_OK);
        sum += score.value;
    }
    e2l_layout_clear(of->ctx, &layout);
    e2l_free(of->ctx, values);
    return sum / (double)n;
}

static double mean_score(const char *name, const char *parameters, const char *set, const char *reference)
{
    net of = net_open(name, parameters, set, MOST_CASES);
    const double score = net_score(&of, reference, MOST_CASES);
    net_close(&of);
    return score;
}

/* ---- RFLO: Murray 2019, equations of its example program ------------------------------------------------------ */

enum { RFLO_N = 30 };
static const double rflo_tau = 10;

typedef struct rflo {
    double w[RFLO_N * RFLO_N], out[RFLO_N], back[RFLO_N];
    double h[RFLO_N], p[RFLO_N * RFLO_N], g[RFLO_N * RFLO_N], g_out[RFLO_N];
} rflo;

/* h(t+1) = h + (tanh(u) - h) / tau with u = W h; returns the error of y = w_out h. */
static double rflo_step(rflo *s, double target, double rate)
{
    double next[RFLO_N], slope[RFLO_N], y = 0;
    for (size_t a = 0; a < RFLO_N; a++) {
        double u = 0;
        for (size_t b = 0; b < RFLO_N; b++) {
            u += s->w[a * RFLO_N + b] * s->h[b];
        }
        next[a] = s->h[a] + (tanh(u) - s->h[a]) / rflo_tau;
        slope[a] = 1 - tanh(u) * tanh(u);
        y += s->out[a] * next[a];
    }
    for (size_t a = 0; a < RFLO_N; a++) {
        for (size_t b = 0; b < RFLO_N; b++) {
            double *const p = &s->p[a * RFLO_N + b];
            *p = (1 - 1 / rflo_tau) * *p + slope[a] * s->h[b] / rflo_tau;
            s->g[a * RFLO_N + b] += rate * s->back[a] * (target - y) * *p;
        }
        s->g_out[a] += rate * (target - y) * next[a];
    }
    memcpy(s->h, next, sizeof next);
    return target - y;
}

/* The loss of a trial over T values, the first of which has the output 0. */
static double rflo_trial(rflo *s, const double *target, size_t T, double eta)
{
    double loss = target[0] * target[0];
    memset(s->p, 0, sizeof s->p);
    memset(s->g, 0, sizeof s->g);
    memset(s->g_out, 0, sizeof s->g_out);
    for (size_t a = 0; a < RFLO_N; a++) {
        s->h[a] = 0.1;
    }
    for (size_t t = 1; t < T; t++) {
        const double e = rflo_step(s, target[t], eta / (double)T);
        loss += e * e;
    }
    for (size_t k = 0; k < RFLO_N * RFLO_N; k++) {
        s->w[k] += s->g[k];
    }
    for (size_t a = 0; a < RFLO_N; a++) {
        s->out[a] += s->g_out[a];
    }
    return loss / (double)T;
}

static void test_rflo(void **state)
{
    (void)state;
    enum { T = 50, TRIALS = 15 };
    static const e2l_probe probes[] = {{"recurrent", "recurrent.w", NULL, E2L_FOLD_LAST}, {"readout", "readout.w", NULL, E2L_FOLD_LAST}};
    net of = net_open("rflo", "\"T=50\", \"n_trials=15\"", E2L_SET_TEST, 3);
    double *const w = net_array(&of, "recurrent0"), *const out = net_array(&of, "readout0"), *const back = net_array(&of, "back0");
    double *const target = net_array(&of, "target"), *const got = net_run(&of, "rflo", 1, probes, 2);
    rflo s;
    memcpy(s.w, w, sizeof s.w);
    memcpy(s.out, out, sizeof s.out);
    memcpy(s.back, back, sizeof s.back);
    double loss = 0, mean = 0, power = 0;
    for (size_t k = 0; k < TRIALS; k++) {
        loss += rflo_trial(&s, target, T, 0.05) * (k >= TRIALS - 10) / 10;
    }
    for (size_t t = 0; t < T; t++) {
        mean += target[t] / T;
        power += target[t] * target[t] / T;
    }
    check_weights(got, s.w, RFLO_N * RFLO_N);
    check_weights(got + RFLO_N * RFLO_N, s.out, RFLO_N);
    assert_close(net_score(&of, "rflo", 1), -loss / (power - mean * mean), 1e-9, 0); /* (loss / 2) / (variance / 2) */
    double *const all[] = {w, out, back, target, got};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        e2l_free(of.ctx, all[k]);
    }
    net_close(&of);
}

/* ---- latent equilibrium on Yin-Yang: Haider et al. 2021 ---------------------------------------------------------- */

enum { LE_IN = 4, LE_HIDDEN = 30, LE_OUT = 3 };
static const double le_dt = 0.05, le_tau = 10, le_beta = 0.1, le_faster = 50;

typedef struct le {
    double w[LE_HIDDEN * LE_IN], out[LE_OUT * LE_HIDDEN], back[LE_HIDDEN * LE_OUT];
    double u[LE_HIDDEN], u_out[LE_OUT];
    double sent[LE_HIDDEN], error[LE_OUT]; /* rates and errors of the last step, on their way */
    bool is_transposed, is_prospective;
} le;

/* u + tau du/dt, or u where nothing looks ahead. */
static double ahead(const le *s, double u, double drive)
{
    return s->is_prospective ? drive : u;
}

static void le_output(le *s, const double *target, double error[LE_OUT])
{
    for (size_t o = 0; o < LE_OUT; o++) {
        double in = 0;
        for (size_t a = 0; a < LE_HIDDEN; a++) {
            in += s->out[o * LE_HIDDEN + a] * s->sent[a];
        }
        const double v = ahead(s, s->u_out[o], (in + le_beta * target[o]) / (1 + le_beta)); /* v = in + beta (target - v) */
        error[o] = v - in;
        s->u_out[o] += le_dt / le_tau * (in + le_beta * (target[o] - v) - s->u_out[o]);
    }
}

/* The lower layer: its rates, its errors from those that have arrived, its change of weights. */
static void le_hidden(le *s, const double *x, double eta, double rate[LE_HIDDEN])
{
    for (size_t a = 0; a < LE_HIDDEN; a++) {
        double in = 0, back = 0;
        for (size_t i = 0; i < LE_IN; i++) {
            in += s->w[a * LE_IN + i] * x[i];
        }
        for (size_t o = 0; o < LE_OUT; o++) {
            back += (s->is_transposed ? s->out[o * LE_HIDDEN + a] : s->back[a * LE_OUT + o]) * s->error[o];
        }
        const double e = s->sent[a] * (1 - s->sent[a]) * back;
        const double v = ahead(s, s->u[a], in + e);
        rate[a] = 1 / (1 + exp(-v));
        s->u[a] += le_dt / le_tau * (in + e - s->u[a]);
        for (size_t i = 0; i < LE_IN; i++) {
            s->w[a * LE_IN + i] += le_dt * le_faster * eta * (v - in) * x[i];
        }
    }
}

static void le_step(le *s, const double *x, const double *target, double eta)
{
    double rate[LE_HIDDEN], error[LE_OUT];
    le_hidden(s, x, eta, rate);
    le_output(s, target, error);
    for (size_t o = 0; o < LE_OUT; o++) {
        for (size_t a = 0; a < LE_HIDDEN; a++) {
            s->out[o * LE_HIDDEN + a] += le_dt * eta * error[o] * s->sent[a];
        }
    }
    memcpy(s->sent, rate, sizeof rate);
    memcpy(s->error, error, sizeof error);
}

static void check_latent_equilibrium(const char *set, const char *parameters)
{
    enum { EPOCHS = 2, TRAIN = 20, STEPS = 20 };
    static const e2l_probe probes[] = {{"forward", "forward.w", NULL, E2L_FOLD_LAST}, {"readout", "readout.w", NULL, E2L_FOLD_LAST}};
    net of = net_open("yin_yang", parameters, set, 2);
    double *const w = net_array(&of, "hidden0"), *const out = net_array(&of, "readout0"), *const back = net_array(&of, "back0");
    double *const points = net_array(&of, "points"), *const classes = net_array(&of, "classes");
    double *const got = net_run(&of, "latent_equilibrium", 1, probes, 2);
    le s = {.is_transposed = strcmp(set, "shift:transposed") == 0, .is_prospective = strcmp(set, "shift:not_prospective") != 0};
    memcpy(s.w, w, sizeof s.w);
    memcpy(s.out, out, sizeof s.out);
    memcpy(s.back, back, sizeof s.back);
    for (size_t a = 0; a < LE_HIDDEN; a++) {
        s.sent[a] = 0.5;
    }
    for (size_t k = 0; k < EPOCHS * TRAIN * STEPS; k++) {
        const size_t epoch = k / (TRAIN * STEPS), row = ((1 + 370 * epoch) * (k / STEPS % TRAIN) + epoch) % TRAIN;
        le_step(&s, points + row * LE_IN, classes + row * LE_OUT, of.record->eta);
    }
    check_weights(got, s.w, LE_HIDDEN * LE_IN);
    check_weights(got + LE_HIDDEN * LE_IN, s.out, LE_OUT * LE_HIDDEN);
    double *const all[] = {w, out, back, points, classes, got};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        e2l_free(of.ctx, all[k]);
    }
    net_close(&of);
}

static void test_latent_equilibrium(void **state)
{
    (void)state;
    static const char parameters[] = "\"n_epochs=2\", \"n_train=20\", \"n_test=2\"";
    check_latent_equilibrium(E2L_SET_TEST, parameters);
    check_latent_equilibrium("shift:transposed", parameters);
    check_latent_equilibrium("shift:not_prospective", parameters);
}

/* After 320 points it is well above chance, and not where rates do not look ahead. */
static void test_yin_yang_learns(void **state)
{
    (void)state;
    static const char parameters[] = "\"n_epochs=1\", \"n_train=320\", \"n_test=80\"";
    const double right = mean_score("yin_yang", parameters, E2L_SET_TEST, "latent_equilibrium");
    const double plain = mean_score("yin_yang", parameters, "shift:not_prospective", "latent_equilibrium");
    assert_true(right > 0.5 && plain < 0.42);
}

/* ---- the dendritic microcircuit: Sacramento et al. 2018 ------------------------------------------------------------- */

enum { IN = 9, HIDDEN = 30, OUT = 3 };
static const double dt = 0.1, g_l = 0.03, g_b = 0.1, g_a = 0.06;

typedef struct circuit {
    bool is_logistic;
    double up[HIDDEN * IN], readout[OUT * HIDDEN], lateral[OUT * HIDDEN], down[HIDDEN * OUT], cancel[HIDDEN * OUT];
    double u[HIDDEN], u_inter[OUT], u_out[OUT];
    double r_inter[OUT], r_out[OUT]; /* of the last step, on their way to the apical dendrites */
    double eta_up, eta_readout, eta_lateral, eta_cancel; /* 1/ms; 0: fixed */
} circuit;

static double phi(const circuit *c, double v)
{
    return c->is_logistic ? 1 / (1 + exp(-v)) : log1p(exp(v));
}

static void learn(double *w, size_t n, double rate, double error, const double *x, double bound)
{
    for (size_t k = 0; k < n; k++) {
        const double moved = w[k] + dt * rate * error * x[k];
        w[k] = moved > bound ? bound : moved < -bound ? -bound : moved;
    }
}

static double dot(const double *w, const double *x, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        sum += w[k] * x[k];
    }
    return sum;
}

static void circuit_hidden(circuit *c, const double *x, double r[HIDDEN], double apical[HIDDEN], double error[HIDDEN])
{
    for (size_t a = 0; a < HIDDEN; a++) {
        const double basal = dot(c->up + a * IN, x, IN);
        apical[a] = dot(c->down + a * OUT, c->r_out, OUT) + dot(c->cancel + a * OUT, c->r_inter, OUT);
        const double du = -g_l * c->u[a] + g_b * (basal - c->u[a]) + g_a * (apical[a] - c->u[a]);
        r[a] = phi(c, c->u[a] + du / (g_l + g_b + g_a));
        error[a] = r[a] - phi(c, g_b / (g_l + g_b + g_a) * basal);
        c->u[a] += dt * du;
    }
}

/* One leaky soma with a dendrite, nudged: the potential ahead; error: rate less what the dendrite predicts. */
static double nudged(const circuit *c, double *u, double dendrite, double g, double towards, double *error)
{
    const double du = -g_l * *u + g_b * (dendrite - *u) + g * (towards - *u);
    const double v = *u + du / (g_l + g_b + g);
    *u += dt * du;
    *error = phi(c, v) - phi(c, g_b / (g_l + g_b) * dendrite);
    return v;
}

/* target NULL: no teacher, nothing of the forward path learns. */
static void circuit_step(circuit *c, const double *x, const double *target, bool learns)
{
    double r[HIDDEN], apical[HIDDEN], error[HIDDEN], e_out[OUT], e_inter[OUT], sent[OUT];
    memcpy(sent, c->r_inter, sizeof sent);
    circuit_hidden(c, x, r, apical, error);
    for (size_t o = 0; o < OUT; o++) {
        const double v = nudged(c, &c->u_out[o], dot(c->readout + o * HIDDEN, r, HIDDEN), target ? g_a : 0, target ? target[o] : 0, &e_out[o]);
        const double v_inter = nudged(c, &c->u_inter[o], dot(c->lateral + o * HIDDEN, r, HIDDEN), g_a, v, &e_inter[o]);
        c->r_out[o] = phi(c, v);
        c->r_inter[o] = phi(c, v_inter);
    }
    for (size_t a = 0; a < HIDDEN && learns; a++) {
        learn(c->up + a * IN, IN, c->eta_up, error[a], x, 4);
        learn(c->cancel + a * OUT, OUT, c->eta_cancel, -apical[a], sent, HUGE_VAL);
    }
    for (size_t o = 0; o < OUT && learns; o++) {
        learn(c->readout + o * HIDDEN, HIDDEN, c->eta_readout, e_out[o], r, 5);
        learn(c->lateral + o * HIDDEN, HIDDEN, c->eta_lateral, e_inter[o], r, 5);
    }
}

static void take(const net *of, const char *name, double *out, size_t n, double factor)
{
    double *const from = net_array(of, name);
    for (size_t k = 0; k < n; k++) {
        out[k] = factor * from[k];
    }
    e2l_free(of->ctx, from);
}

static void circuit_init(circuit *c, const net *of)
{
    take(of, "up0", c->up, HIDDEN * IN, 1);
    take(of, "readout0", c->readout, OUT * HIDDEN, 1);
    take(of, "down0", c->down, HIDDEN * OUT, 1);
    for (size_t o = 0; o < OUT; o++) {
        c->r_out[o] = c->r_inter[o] = phi(c, 0);
    }
}

static void test_bars(void **state)
{
    (void)state;
    enum { STEPS = 25, EPOCHS = 2, PATTERNS = 8 };
    static const e2l_probe probes[] = {{"up", "up.w", NULL, E2L_FOLD_LAST}, {"readout", "readout.w", NULL, E2L_FOLD_LAST},
                                       {"lateral", "lateral.w", NULL, E2L_FOLD_LAST}};
    net of = net_open("microcircuit_bars", "\"T=25\", \"n_rounds=1\", \"n_epochs=2\"", E2L_SET_TEST, 1);
    circuit c = {.eta_up = 0.05, .eta_readout = 0.01, .eta_lateral = 0.02};
    double *const bars = net_array(&of, "bars"), *const target = net_array(&of, "target"), *const got = net_run(&of, "sacramento", 1, probes, 3);
    circuit_init(&c, &of);
    take(&of, "readout0", c.lateral, OUT * HIDDEN, (g_l + g_b) / (g_l + g_b + g_a)); /* the interneurons predict, and cancel, from the start */
    take(&of, "down0", c.cancel, HIDDEN * OUT, -1);
    for (size_t epoch = 0; epoch < EPOCHS; epoch++) {
        for (size_t k = 0; k < PATTERNS; k++) {
            const size_t which = (3 * k + epoch) % PATTERNS;
            for (size_t t = 0; t < STEPS; t++) {
                circuit_step(&c, bars + which * IN, target + which * OUT, true);
            }
        }
    }
    check_weights(got, c.up, HIDDEN * IN);
    check_weights(got + HIDDEN * IN, c.readout, OUT * HIDDEN);
    check_weights(got + HIDDEN * IN + OUT * HIDDEN, c.lateral, OUT * HIDDEN);
    double *const all[] = {bars, target, got};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        e2l_free(of.ctx, all[k]);
    }
    net_close(&of);
}

static void test_self_prediction(void **state)
{
    (void)state;
    enum { STEPS = 25, TEST = 2, TRAIN = 6 };
    static const e2l_probe probes[] = {{"lateral", "lateral.w", NULL, E2L_FOLD_LAST}, {"cancel", "cancel.w", NULL, E2L_FOLD_LAST}};
    net of = net_open("self_prediction", "\"T=25\", \"n_train=6\", \"n_test=2\"", E2L_SET_TEST, 1);
    circuit c = {.is_logistic = true, .eta_lateral = 0.02, .eta_cancel = 0.02};
    double *const patterns = net_array(&of, "patterns"), *const got = net_run(&of, "sacramento", 1, probes, 2);
    circuit_init(&c, &of);
    take(&of, "lateral0", c.lateral, OUT * HIDDEN, 1);
    take(&of, "cancel0", c.cancel, HIDDEN * OUT, 1);
    for (size_t k = 0; k < (TEST + TRAIN) * STEPS; k++) {
        circuit_step(&c, patterns + k / STEPS * IN, NULL, k >= TEST * STEPS);
    }
    check_weights(got, c.lateral, OUT * HIDDEN);
    check_weights(got + OUT * HIDDEN, c.cancel, HIDDEN * OUT);
    e2l_free(of.ctx, patterns);
    e2l_free(of.ctx, got);
    net_close(&of);
}

/* Twenty patterns lower the apical potentials for other patterns five times and more, by the mean of the logarithms. */
static void test_self_prediction_learns(void **state)
{
    (void)state;
    assert_true(mean_score("self_prediction", "\"n_train=20\", \"n_test=4\"", E2L_SET_TEST, "sacramento") > log(5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rflo), cmocka_unit_test(test_latent_equilibrium), cmocka_unit_test(test_yin_yang_learns),
        cmocka_unit_test(test_bars), cmocka_unit_test(test_self_prediction),    cmocka_unit_test(test_self_prediction_learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
