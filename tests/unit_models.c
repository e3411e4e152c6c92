/* Built-in models against closed forms, and against finer integrations written here. */
#include <math.h>
#include <string.h>

#include "tests/support/models.h"
#include "tests/support/support.h"

static double held(const void *user, size_t port, uint64_t step, uint64_t neuron)
{
    (void)port;
    (void)step;
    (void)neuron;
    return *(const double *)user;
}

/* ---- rate neurons ------------------------------------------------------------------------------------------ */
/* u(t) = I (1 - exp(-t / tau)) to rounding, whatever the step. */
static void test_leaky_rate(void **state)
{
    (void)state;
    static const struct {
        const char *model;
    } models[] = {{"rate_tanh"}, {"rate_logistic"}, {"rate_relu"}, {"rate_softplus"}};
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t m = 0; m < 4; m++) {
        const double input = m == 2 ? -0.7 : 1.3;
        const model_run run = {.model = models[m].model, .dt = 2.5, .size = 1, .steps = 30, .ports = {"in"}, .inputs = held,
                               .user = &input, .probes = {"u", "r"}};
        double *out[MODEL_MOST_PROBES];
        model_run_all(ctx, &run, out);
        for (size_t k = 0; k < 30; k++) {
            const double u = input * (1 - exp(-2.5 * (double)(k + 1) / 10));
            const double r[] = {tanh(u), 1 / (1 + exp(-u)), fmax(u, 0), log1p(exp(u))};
            assert_close(out[0][k], u, 1e-13, 1e-15);
            assert_close(out[1][k], r[m], 1e-12, 1e-15);
        }
        e2l_free(ctx, out[0]);
        e2l_free(ctx, out[1]);
    }
    e2l_test_ctx_end(ctx);
}

static double sine(const void *user, size_t port, uint64_t step, uint64_t neuron)
{
    (void)user;
    (void)port;
    (void)neuron;
    return sin(0.3 * (double)step);
}

/* With tau_r = tau the output is the input's own, at once; without, it is low-passed: at 0.3 per step and tau = 10 steps the gain is below a half. */
static void test_prospective(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    for (int on = 0; on < 2; on++) {
        const e2l_binding parameter = {"prospective", on ? "1" : "0", NULL};
        const model_run run = {.model = "rate_prospective", .dt = 1, .size = 1, .steps = 200, .parameters = &parameter, .n_parameters = 1,
                               .ports = {"in"}, .inputs = sine, .probes = {"v", "r"}};
        double *out[MODEL_MOST_PROBES];
        model_run_all(ctx, &run, out);
        double largest = 0;
        for (size_t k = 0; k < 200; k++) {
            if (on) {
                assert_close(out[0][k], sine(NULL, 0, k, 0), 1e-12, 1e-13);
                assert_close(out[1][k], tanh(sine(NULL, 0, k, 0)), 1e-12, 1e-13);
            }
            largest = k > 100 ? fmax(largest, fabs(out[0][k])) : largest;
        }
        assert_true(on ? largest > 0.95 : largest < 0.5);
        e2l_free(ctx, out[0]);
        e2l_free(ctx, out[1]);
    }
    e2l_test_ctx_end(ctx);
}

/* At rest nothing moves; a conductance pulls the soma to the weighted mean of its reversal potentials; phi(E_l) and phi(-50) as published. */
static double conductance(const void *user, size_t port, uint64_t step, uint64_t neuron)
{
    (void)user;
    (void)step;
    return neuron == 0 ? 0 : port == 0 ? 1.5 : 0.25;
}

static void test_soma_dendrite(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const model_run run = {.model = "soma_dendrite", .dt = 0.1, .size = 2, .steps = 20000, .ports = {"g_exc", "g_inh"}, .inputs = conductance,
                           .probes = {"u", "r"}};
    double *out[MODEL_MOST_PROBES];
    model_run_all(ctx, &run, out);
    const size_t last = 2 * 19999;
    assert_close(out[0][last], -70, 1e-12, 0);
    assert_close(out[1][last], 1 / (1 + exp(0.3 * 12)), 1e-12, 0);
    assert_close(out[1][last], 0.0266, 0, 5e-5);
    assert_close(out[0][last + 1], (0.1 * -70 + 2 * -70 + 1.5 * 0 + 0.25 * -75) / (0.1 + 2 + 1.5 + 0.25), 1e-9, 0);
    e2l_free(ctx, out[0]);
    e2l_free(ctx, out[1]);
    e2l_test_ctx_end(ctx);
}

/* One neuron alone, one with a current of 2.1 mV/ms against g_l + g_d = 2.1/ms, one clamped from its second step on. */
static double push_or_clamp(const void *user, size_t port, uint64_t step, uint64_t neuron)
{
    (void)user;
    return port == 0 ? (neuron == 1 ? 2.1 : 0) : neuron == 2 && step > 0 ? 1 : 0;
}

static void test_soma_pushed(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const e2l_binding clamp = {"u_clamp", "-55", "mV"};
    const model_run run = {.model = "soma_dendrite", .dt = 0.1, .size = 3, .steps = 2000, .parameters = &clamp, .n_parameters = 1,
                           .ports = {"current", "clamp"}, .inputs = push_or_clamp, .probes = {"u", "r"}};
    double *out[MODEL_MOST_PROBES];
    model_run_all(ctx, &run, out);
    const size_t last = 3 * 1999;
    assert_close(out[0][last], -70, 1e-12, 0);
    assert_close(out[0][last + 1], -69, 1e-9, 0); /* the dendrite is not driven and stays at rest */
    assert_close(out[0][2], -70, 1e-12, 0);
    assert_true(out[0][3 + 2] == -55);
    assert_close(out[1][3 + 2], 1 / (1 + exp(0.3 * -3)), 1e-12, 0);
    e2l_free(ctx, out[0]);
    e2l_free(ctx, out[1]);
    e2l_test_ctx_end(ctx);
}

/* ---- the dendritic microcircuit: pyramidal cells, their interneurons, output cells ---------------------------------------- */

static double softplus(double v)
{
    return log1p(exp(v));
}

static double logistic(double v)
{
    return 1 / (1 + exp(-v));
}

/* Port k is held at value k. */
static double held_each(const void *user, size_t port, uint64_t step, uint64_t neuron)
{
    (void)step;
    (void)neuron;
    return ((const double *)user)[port];
}

typedef struct compartments {
    const char *model, *ports[3], *prediction;
    double inputs[3];
    double conductances[2];  /* through which the first two inputs pull at the soma; the leak is 0.03 */
    double attenuation;      /* of the dendrite's own prediction */
} compartments;

static const compartments microcircuit[] = {
    {"pyramidal", {"basal", "apical"}, "r_basal", {1.7, -0.6}, {0.1, 0.06}, 0.1 / 0.19},
    {"interneuron_dendritic", {"dendrite", "soma"}, "r_dendrite", {0.9, 1.4}, {0.1, 0.06}, 0.1 / 0.13},
    {"pyramidal_output", {"basal", "target", "g_target"}, "r_basal", {-1.2, 1, 0.06}, {0.1, 0.06}, 0.1 / 0.13},
    {"pyramidal_output", {"basal", "target", "g_target"}, "r_basal", {-1.2, 1, 0}, {0.1, 0}, 0.1 / 0.13},
};

/* With inputs held, the soma goes to the mean of its inputs weighted by their conductances as Euler's steps do, u_k = u_end (1 - (1 - dt g)^k);
   looking ahead, the rate is there at once; the dendrite predicts what the soma would be without the second input. */
static void check_compartments(e2l_ctx *ctx, const compartments *c, bool is_prospective, bool is_logistic)
{
    enum { STEPS = 60 };
    const double dt = 0.5, total = 0.03 + c->conductances[0] + c->conductances[1];
    const double end = (c->conductances[0] * c->inputs[0] + c->conductances[1] * c->inputs[1]) / total;
    double (*const phi)(double) = is_logistic ? logistic : softplus;
    const e2l_binding parameters[] = {{"prospective", is_prospective ? "1" : "0", NULL}, {"logistic", is_logistic ? "1" : "0", NULL}};
    const model_run run = {.model = c->model, .dt = dt, .size = 1, .steps = STEPS, .parameters = parameters, .n_parameters = 2,
                           .ports = {c->ports[0], c->ports[1], c->ports[2]}, .inputs = held_each, .user = c->inputs,
                           .probes = {"u", "v", "r", c->prediction}};
    double *out[MODEL_MOST_PROBES];
    model_run_all(ctx, &run, out);
    for (size_t k = 0; k < STEPS; k++) {
        const double before = end * (1 - pow(1 - dt * total, (double)k));
        assert_close(out[0][k], end * (1 - pow(1 - dt * total, (double)k + 1)), 1e-12, 1e-15);
        assert_close(out[1][k], is_prospective ? end : before, 1e-12, 1e-14);
        assert_close(out[2][k], phi(is_prospective ? end : before), 1e-12, 0);
        assert_close(out[3][k], phi(c->attenuation * c->inputs[0]), 1e-12, 0);
    }
    for (size_t k = 0; k < MODEL_MOST_PROBES; k++) {
        e2l_free(ctx, out[k]);
    }
}

static void test_compartments(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t m = 0; m < sizeof microcircuit / sizeof *microcircuit; m++) {
        for (int switches = 0; switches < 4; switches++) {
            check_compartments(ctx, &microcircuit[m], switches & 1, switches & 2);
        }
    }
    e2l_test_ctx_end(ctx);
}

/* Inputs that change: the soma within 1 % of the same equation in steps a hundred times as fine (midpoint rule); what looks ahead is the
   weighted mean of this step's inputs, whatever the soma is at. */
static double wave(const void *user, size_t port, uint64_t step, uint64_t neuron)
{
    (void)neuron;
    const double t = *(const double *)user * (double)step;
    return port == 0 ? sin(0.2 * t) : 0.5 + cos(0.33 * t);
}

static void test_pyramidal_course(void **state)
{
    (void)state;
    enum { STEPS = 800, FINE = 100 };
    e2l_ctx *ctx = e2l_test_ctx();
    const double dt = 0.05;
    const model_run run = {.model = "pyramidal", .dt = dt, .size = 1, .steps = STEPS, .ports = {"basal", "apical"}, .inputs = wave, .user = &dt,
                           .probes = {"u", "v"}};
    double *out[MODEL_MOST_PROBES], u = 0;
    model_run_all(ctx, &run, out);
    for (size_t k = 0; k < STEPS; k++) {
        assert_close(out[1][k], (0.1 * wave(&dt, 0, k, 0) + 0.06 * wave(&dt, 1, k, 0)) / 0.19, 1e-12, 1e-14);
        for (int fine = 0; fine < FINE; fine++) {
            const double h = dt / FINE, t = dt * (double)k + h * fine;
            const double half = u + h / 2 * (0.1 * sin(0.2 * t) + 0.06 * (0.5 + cos(0.33 * t)) - 0.19 * u);
            u += h * (0.1 * sin(0.2 * (t + h / 2)) + 0.06 * (0.5 + cos(0.33 * (t + h / 2))) - 0.19 * half);
        }
        assert_close(out[0][k], u, 0, 0.005);
    }
    e2l_free(ctx, out[0]);
    e2l_free(ctx, out[1]);
    e2l_test_ctx_end(ctx);
}

/* ---- spiking neurons ---------------------------------------------------------------------------------------- */
static size_t spikes_of(const double *z, size_t n, size_t *first, size_t *last)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k++) {
        if (z[k] > 0) {
            *first = count == 0 ? k : *first;
            *last = k;
            count++;
        }
    }
    return count;
}

/* Period = t_ref + tau ln(R I / (R I - (v_th - v_reset))), rounded up to steps: the potential is exact. */
static void test_lif_rate(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    static const char *const models[] = {"lif_cuba_exp", "lif_cuba_delta", "lif_coba_exp"};
    for (size_t m = 0; m < 3; m++) {
        for (double drive = 15.5; drive < 60; drive *= 1.5) {
            const double dt = 0.1, input = m == 2 ? drive : drive / 0.04;
            const model_run run = {.model = models[m], .dt = dt, .size = 1, .steps = 20000, .ports = {m == 2 ? "drive" : "current"},
                                   .inputs = held, .user = &input, .probes = {"z"}};
            double *out[MODEL_MOST_PROBES];
            size_t first = 0, last = 0;
            model_run_all(ctx, &run, out);
            const size_t n = spikes_of(out[0], 20000, &first, &last);
            const double rise = ceil(10 * log(drive / (drive - 15)) / dt - 1e-9), period = rise + 2 / dt;
            assert_true(n > 2);
            assert_close((double)first + 1, rise, 0, 1e-9);
            assert_close((double)(last - first) / (double)(n - 1), period, 0, 1e-9);
            e2l_free(ctx, out[0]);
        }
    }
    e2l_test_ctx_end(ctx);
}

static double one_spike(const void *user, size_t port, uint64_t step, uint64_t neuron)
{
    (void)port;
    (void)neuron;
    return step == 0 ? *(const double *)user : 0;
}

/* One incoming spike: the current decays exponentially; a jump decays with the membrane; a conductance leaves as its own exponential. */
static void test_synapses(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const double jump = 3, dt = 0.5;
    double *out[MODEL_MOST_PROBES];
    const model_run delta = {.model = "lif_cuba_delta", .dt = dt, .size = 1, .steps = 50, .ports = {"in"}, .inputs = one_spike, .user = &jump, .probes = {"v"}};
    model_run_all(ctx, &delta, out);
    for (size_t k = 0; k < 50; k++) {
        assert_close(out[0][k] + 65, 3 * exp(-(double)k * dt / 10), 1e-11, 1e-12);
    }
    e2l_free(ctx, out[0]);
    const model_run exponential = {.model = "lif_cuba_exp", .dt = dt, .size = 1, .steps = 50, .ports = {"in"}, .inputs = one_spike, .user = &jump, .probes = {"i_syn"}};
    model_run_all(ctx, &exponential, out);
    for (size_t k = 0; k < 50; k++) {
        assert_close(out[0][k], 3 * exp(-(double)k * dt / 2), 1e-12, 1e-15);
    }
    e2l_free(ctx, out[0]);
    const double weight = 0.2;
    const model_run conductance_run = {.model = "lif_coba_exp", .dt = 0.01, .size = 1, .steps = 3000, .ports = {"exc"}, .inputs = one_spike, .user = &weight, .probes = {"v", "g_e"}};
    model_run_all(ctx, &conductance_run, out);
    double v = -65, g = weight; /* a hundred times finer, midpoint rule */
    for (size_t k = 0; k < 3000; k++) {
        assert_close(out[1][k], weight * exp(-(double)k * 0.01 / 5), 1e-11, 0);
        for (int fine = 0; fine < 20; fine++) {
            const double h = 0.01 / 20, half = g * exp(-h / 2 / 5);
            const double mid = v + h / 2 * (-(v + 65) + g * (0 - v)) / 10;
            v += h * (-(mid + 65) + half * (0 - mid)) / 10;
            g *= exp(-h / 5);
        }
        assert_close(out[0][k], v, 0, 0.01);
    }
    e2l_free(ctx, out[0]);
    e2l_free(ctx, out[1]);
    e2l_test_ctx_end(ctx);
}

/* One incoming spike leaves r w tau_s / (tau_m - tau_s) (exp(-t / tau_m) - exp(-t / tau_s)) on a membrane without threshold, whatever the step. */
static void test_passive_membrane(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const double weight = 30;
    const double steps[] = {0.1, 1, 2.5};
    for (size_t s = 0; s < 3; s++) {
        const model_run run = {.model = "passive_cuba_exp", .dt = steps[s], .size = 1, .steps = 40, .ports = {"in"}, .inputs = one_spike,
                               .user = &weight, .probes = {"v"}};
        double *out[MODEL_MOST_PROBES];
        model_run_all(ctx, &run, out);
        for (size_t k = 0; k < 40; k++) {
            const double t = (double)k * steps[s];
            assert_close(out[0][k] + 70, 0.04 * weight * 2 / 8 * (exp(-t / 10) - exp(-t / 2)), 1e-11, 1e-12);
        }
        e2l_free(ctx, out[0]);
    }
    e2l_test_ctx_end(ctx);
}

/* Every third step's input, for three steps. */
static void test_sample_hold(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const e2l_binding period = {"period", "0.3", NULL};
    const model_run run = {.model = "sample_hold", .dt = 0.1, .size = 1, .steps = 50, .parameters = &period, .n_parameters = 1, .ports = {"in"},
                           .inputs = sine, .probes = {"held"}};
    double *out[MODEL_MOST_PROBES];
    model_run_all(ctx, &run, out);
    for (size_t k = 0; k < 50; k++) {
        assert_close(out[0][k], sine(NULL, 0, k - k % 3, 0), 0, 0);
    }
    e2l_free(ctx, out[0]);
    e2l_test_ctx_end(ctx);
}

/* Held at the threshold without reset or refractoriness, the neuron fires with probability 1 - exp(-rho_0 dt) in every step, by the binomial
   law within five standard deviations. */
static void test_escape(void **state)
{
    (void)state;
    enum { N = 50, STEPS = 2000 };
    e2l_ctx *ctx = e2l_test_ctx();
    const double input = 15 / 0.04;
    const e2l_binding parameters[] = {{"t_ref", "0", NULL}, {"v_reset", "-50", NULL}, {"tau_m", "1e-3", NULL}};
    const model_run run = {.model = "lif_escape", .dt = 1, .size = N, .steps = STEPS, .parameters = parameters, .n_parameters = 3,
                           .ports = {"current"}, .inputs = held, .user = &input, .probes = {"z"}};
    double *out[MODEL_MOST_PROBES];
    model_run_all(ctx, &run, out);
    size_t first = 0, last = 0;
    const double n = N * STEPS, p = 1 - exp(-0.1), count = (double)spikes_of(out[0], N * STEPS, &first, &last);
    assert_true(fabs(count - n * p) < 5 * sqrt(n * p * (1 - p)));
    e2l_free(ctx, out[0]);
    e2l_test_ctx_end(ctx);
}

/* A spike adds (1 - rho) to the adaptation one step later, which then decays; the threshold follows. */
static void test_adaptation(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const double kick = 0.7 / (1 - exp(-1.0 / 20));
    const e2l_binding beta = {"beta", "1.8", NULL};
    const model_run run = {.model = "lif_eprop", .dt = 1, .size = 1, .steps = 100, .parameters = &beta, .n_parameters = 1, .ports = {"in"},
                           .inputs = one_spike, .user = &kick, .probes = {"z", "a", "th"}};
    double *out[MODEL_MOST_PROBES];
    model_run_all(ctx, &run, out);
    assert_true(out[0][0] == 1 && out[1][0] == 0);
    for (size_t k = 1; k < 100; k++) {
        const double a = (1 - exp(-1.0 / 200)) * exp(-(double)(k - 1) / 200);
        assert_close(out[1][k], a, 1e-12, 0);
        assert_close(out[2][k], 0.6 + 1.8 * a, 1e-12, 0);
        assert_true(out[0][k] == 0);
    }
    for (size_t k = 0; k < 3; k++) {
        e2l_free(ctx, out[k]);
    }
    e2l_test_ctx_end(ctx);
}

/* Against the same equations with steps fifty times as fine (midpoint rule): number of spikes equal, their times within half a millisecond; and
   the intervals grow, as adaptation demands. */
static void test_adex(void **state)
{
    (void)state;
    enum { STEPS = 40000, MOST = 200 };
    e2l_ctx *ctx = e2l_test_ctx();
    const double input = 800, dt = 0.01;
    const model_run run = {.model = "adex", .dt = dt, .size = 1, .steps = STEPS, .ports = {"in"}, .inputs = held, .user = &input, .probes = {"z"}};
    double *out[MODEL_MOST_PROBES], want[MOST], got[MOST];
    size_t n_want = 0, n_got = 0;
    model_run_all(ctx, &run, out);
    for (size_t k = 0; k < STEPS && n_got < MOST; k++) {
        if (out[0][k] > 0) {
            got[n_got++] = dt * (double)(k + 1);
        }
    }
    double v = -70.6, w = 0;
    for (size_t k = 0; k < STEPS * 10 && n_want < MOST; k++) {
        const double h = dt / 10;
        const double dv = (-30 * (v + 70.6) + 60 * exp(fmin((v + 50.4) / 2, 30)) - w + input) / 281, dw = (4 * (v + 70.6) - w) / 144;
        const double vm = v + h / 2 * dv, wm = w + h / 2 * dw;
        v += h * (-30 * (vm + 70.6) + 60 * exp(fmin((vm + 50.4) / 2, 30)) - wm + input) / 281;
        w += h * (4 * (vm + 70.6) - wm) / 144;
        if (v >= 0) {
            v = -70.6;
            w += 80.5;
            want[n_want++] = h * (double)(k + 1);
        }
    }
    assert_int_equal(n_got, n_want);
    assert_in_range(n_got, 5, MOST - 1);
    for (size_t k = 0; k < n_got; k++) {
        assert_close(got[k], want[k], 0, 0.5);
    }
    assert_true(got[2] - got[1] < got[n_got - 1] - got[n_got - 2]);
    e2l_free(ctx, out[0]);
    e2l_test_ctx_end(ctx);
}

/* ---- coincident spikes ---------------------------------------------------------------------------------------- */
static double coincidences(const void *user, size_t port, uint64_t step, uint64_t neuron)
{
    (void)user;
    (void)port;
    (void)neuron;
    return step % 100 == 50 ? 1 : 0;
}

static e2l_status fill_spikes(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps, double *out)
{
    (void)ctx;
    for (size_t k = 0; k < n_steps; k++) {
        out[k] = coincidences(self->user, array, step0 + k, 0);
    }
    return E2L_OK;
}

/* 20 coincidences of both spikes, 100 ms apart, from w = 0.5: what simulators with these four orders end at. */
static double stdp_end(e2l_ctx *ctx, const char *model)
{
    static const char cell[] = "{\"model\": \"spikes\", \"about\": \"\", \"source\": \"\", \"ports\": {\"in\": \"1\", \"none\": \"1\"},"
                               "\"state\": {\"z\": [0, \"1\"], \"e\": [0, \"1\"]}, \"step\": [\"z = in\", \"e = none\"]}";
    const e2l_array arrays[] = {{.name = "spikes", .kind = E2L_ARRAY_BY_STEP, .size = 1}};
    const e2l_input input = {.port = "in", .array = "spikes"};
    const e2l_population populations[] = {{.name = "source", .size = 1, .model = cell, .inputs = &input, .n_inputs = 1},
                                          {.name = "target", .size = 1, .model = cell, .inputs = &input, .n_inputs = 1}};
    const e2l_projection projection = {.name = "plastic", .from = "source", .to = "target", .port = "none", .signal = "z", .w = "0.5",
                                       .model = model};
    const e2l_span span = {.name = "all", .steps = 2000};
    const e2l_probe probe = {.name = "weight", .of = "plastic.w", .fold = E2L_FOLD_LAST};
    const e2l_experiment experiment = {.struct_size = sizeof experiment, .name = "stdp", .dt = 1, .dt_unit = "ms", .arrays = arrays,
                                       .n_arrays = 1, .populations = populations, .n_populations = 2, .projections = &projection,
                                       .n_projections = 1, .spans = &span, .n_spans = 1, .probes = &probe, .n_probes = 1};
    const e2l_case one = {.key = {1, 1}, .fill = fill_spikes};
    double *const values = experiment_values(ctx, &experiment, &one, 1, NULL);
    const double w = values[0];
    e2l_free(ctx, values);
    return w;
}

#define STDP(a, b, c, d)                                                                                                          \
    "{\"synapse\": \"stdp\", \"about\": \"\", \"source\": \"\", \"state\": {\"kp\": [0, \"1\"], \"kq\": [0, \"1\"]}, \"step\": [" \
    "\"kp = kp * exp(-dt / 20)\", \"kq = kq * exp(-dt / 20)\", " a ", " b ", " c ", " d "]}"
#define DEPRESS "\"when x: w += -0.0105 * kq\""
#define POTENTIATE "\"when post.z: w += 0.01 * kp\""
#define PRE "\"when x: kp += 1\""
#define POST "\"when post.z: kq += 1\""

static void test_coincident_spikes(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    assert_close(stdp_end(ctx, STDP(DEPRESS, PRE, POTENTIATE, POST)), 0.69994, 0, 1e-5); /* source first */
    assert_close(stdp_end(ctx, STDP(POTENTIATE, POST, DEPRESS, PRE)), 0.28994, 0, 1e-5); /* target first */
    assert_close(stdp_end(ctx, STDP(DEPRESS, POTENTIATE, PRE, POST)), 0.49994, 0, 1e-5); /* both see the old traces */
    assert_close(stdp_end(ctx, STDP(PRE, POST, DEPRESS, POTENTIATE)), 0.48994, 0, 1e-5); /* both see the new ones */
    assert_close(stdp_end(ctx, "stdp_pair"), 0.69994, 0, 1e-5);
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaky_rate),       cmocka_unit_test(test_prospective), cmocka_unit_test(test_soma_dendrite),
        cmocka_unit_test(test_soma_pushed),      cmocka_unit_test(test_compartments), cmocka_unit_test(test_pyramidal_course),
        cmocka_unit_test(test_lif_rate),         cmocka_unit_test(test_synapses),    cmocka_unit_test(test_passive_membrane),
        cmocka_unit_test(test_sample_hold),      cmocka_unit_test(test_escape),      cmocka_unit_test(test_adaptation),
        cmocka_unit_test(test_adex),             cmocka_unit_test(test_coincident_spikes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
