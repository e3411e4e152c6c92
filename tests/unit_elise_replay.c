/* unit_elise_replay.c: the network against a simulation in plain C that knows nothing of experiments; targets, teachers, scaffolds and delays
   against what is published; the score of replays whose error is known; pattern files; sets. */
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tasks/elise_impl.h"
#include "tests/support/task.h"

enum { MOST_NEURONS = 32 };

static void check(e2l_ctx *ctx, e2l_status status)
{
    if (status != E2L_OK) {
        fail_msg("%s: %s", e2l_status_text(status), e2l_ctx_message(ctx));
    }
}

static void open_family(e2l_ctx *ctx, test_family *out, const char *options, const char *set)
{
    check(ctx, test_family_open(ctx, out, "elise_replay", options, 1, set));
}

/* The array of that name, whole; owned by the caller. `rows` of those by step. */
static double *array_of(const test_family *f, const e2l_case *item, const char *name, size_t rows)
{
    const e2l_experiment *experiment = f->task->experiment(f->family, 0);
    for (size_t a = 0; a < experiment->n_arrays; a++) {
        const e2l_array *array = &experiment->arrays[a];
        if (strcmp(array->name, name) == 0) {
            const size_t n = array->kind == E2L_ARRAY_ROWS ? (size_t)array->n_rows : array->kind == E2L_ARRAY_STATIC ? 1 : rows;
            double *out = e2l_alloc(f->ctx, n * (size_t)array->size, sizeof *out);
            assert_non_null(out);
            check(f->ctx, item->fill(item, f->ctx, a, 0, n, out));
            return out;
        }
    }
    return NULL;
}

static e2l_case case_of(const test_family *f, size_t k)
{
    size_t experiment = 0;
    e2l_case item;
    char name[E2L_CASE_NAME_BYTES];
    check(f->ctx, f->task->draw(f->ctx, f->family, k, &experiment, &item, name));
    return item;
}

/* ---- the network by hand ------------------------------------------------------------------------------------------ */

/* Everything in the order of the published program: dendrites see the old rates, somata the old dendrites, traces already this step's arrivals. */
typedef struct by_hand {
    const elise_source *source;
    size_t n, steps;
    double *exc, *inh, *w, *scaffold, *delay, *delay_exc, *delay_inh, *noise; /* of the case */
    double *history; /* [steps][n] rates */
    double u[MOST_NEURONS], v[MOST_NEURONS], trace[MOST_NEURONS];
} by_hand;

static double rate_at(double u)
{
    return 1 / (1 + exp(0.3 * (-58 - u)));
}

/* Rate of neuron j as it was at the end of the step `delay` ms ago. */
static double arrived(const by_hand *h, size_t step, size_t j, double delay)
{
    const size_t ago = (size_t)floor(delay / h->source->options.dt + 0.5);
    return step < ago ? rate_at(-70) : h->history[(step - ago) * h->n + j];
}

static double learning_rate(const by_hand *h, size_t i, size_t j)
{
    const elise_options *o = &h->source->options;
    const size_t visible = h->source->visible;
    return o->speed * (i >= visible ? o->latent_rate : j < visible ? o->visible_rate : 1);
}

static void step_neuron(by_hand *h, size_t step, size_t i, bool is_taught, bool is_clamped, double *rate, double *error)
{
    const elise_options *o = &h->source->options;
    const size_t n = h->n, row = is_taught ? step % h->source->period : h->source->period;
    double drive = 0, g_exc = h->exc[row * n + i], g_inh = h->inh[row * n + i];
    for (size_t j = 0; j < n; j++) {
        drive += h->w[i * n + j] * arrived(h, step, j, h->delay[j]);
        g_exc += 0.3 * h->scaffold[i * n + j] * fmax(arrived(h, step, j, h->delay_exc[j]), rate_at(-70));
        g_inh += 6 * h->scaffold[i * n + j] * fmax(arrived(h, step, j, h->delay_inh[j]), rate_at(-70));
    }
    const double predicted = (0.1 * -70 + 2 * h->v[i]) / 2.1;
    const double current = h->noise ? h->noise[step * n + i] : 0;
    const double du = -0.1 * (h->u[i] + 70) + 2 * (h->v[i] - h->u[i]) - g_exc * h->u[i] + g_inh * (-75 - h->u[i]) + current;
    const double dv = 0.1 * (-70 - h->v[i] + drive);
    h->u[i] += o->dt * du;
    h->u[i] = is_clamped && i < h->source->visible ? o->clamp_mv : h->u[i];
    h->v[i] += o->dt * dv;
    *rate = rate_at(h->u[i]);
    *error = *rate - rate_at(predicted);
}

static void step_by_hand(by_hand *h, size_t step, bool is_taught, bool is_clamped, bool learns, double eta)
{
    const double dt = h->source->options.dt;
    double errors[MOST_NEURONS];
    for (size_t i = 0; i < h->n; i++) {
        step_neuron(h, step, i, is_taught, is_clamped, &h->history[step * h->n + i], &errors[i]);
    }
    for (size_t j = 0; j < h->n; j++) {
        h->trace[j] += dt * 0.1 * (-h->trace[j] + 2 / 2.1 * arrived(h, step, j, h->delay[j]));
    }
    for (size_t i = 0; learns && i < h->n; i++) {
        for (size_t j = 0; j < h->n; j++) {
            h->w[i * h->n + j] += i == j ? 0 : eta * dt * learning_rate(h, i, j) * errors[i] * h->trace[j];
        }
    }
}

static void run_by_hand(by_hand *h, double eta)
{
    const elise_options *o = &h->source->options;
    const size_t period = h->source->period, trained = (size_t)o->cycles;
    const size_t every = (size_t)o->free_every, whole = every > 1 ? trained / every * every : 0;
    for (size_t step = 0; step < h->steps; step++) {
        const size_t cycle = step / period;
        const bool is_replay = cycle >= trained, is_free = cycle < whole && cycle % every == 0;
        const bool is_clamped = is_replay && cycle == trained + 1 && (double)(step % period) * o->dt < o->clamp_ms - 1e-9;
        step_by_hand(h, step, !is_replay && !is_free, is_clamped, !is_replay || o->plastic, eta);
    }
}

/* The looks of the replay from the engine. */
static double *run_engine(const test_family *f, const e2l_case *item, double eta, size_t *n_values)
{
    e2l_ctx *ctx = f->ctx;
    const e2l_substrate *cpu = e2l_substrate_find("cpu");
    test_judge with_device; /* its options open the device */
    check(ctx, test_judge_open(ctx, &with_device, "pca", NULL, 1, E2L_SET_SEARCH, 1));
    e2l_plan *plan;
    check(ctx, cpu->prepare(ctx, with_device.device, f->task->experiment(f->family, 0), &plan));
    *n_values = cpu->layout(plan)->n_values;
    double *values = e2l_alloc(ctx, *n_values, sizeof *values);
    assert_non_null(values);
    e2l_expr *rule;
    const char *text = f->task->references[0].rules[0];
    e2l_scope scope = {.names = elise_terminals, .n_names = 7};
    check(ctx, e2l_expr_parse(ctx, &rule, text, strlen(text), &scope));
    const e2l_expr *rules[] = {rule};
    e2l_recording recording = {.values = values};
    const e2l_candidate candidate = {.rules = rules, .etas = &eta};
    check(ctx, cpu->run(ctx, plan, &candidate, 1, item, 1, NULL, &recording));
    assert_int_equal(recording.outcome, E2L_OUTCOME_OK);
    e2l_expr_destroy(ctx, rule);
    cpu->release(ctx, plan);
    test_judge_close(&with_device);
    return values;
}

static void compare(const test_family *f, const by_hand *h, const double *values, size_t n_values)
{
    const elise_source *source = h->source;
    const size_t n_looks = source->period / source->every, replay = (size_t)source->options.replay;
    assert_int_equal(n_values, 3 * n_looks * h->n);
    double farthest = 0;
    for (size_t look = 0; look < 3 * n_looks; look++) {
        const size_t cycle = look < n_looks ? 0 : replay - 2 + (look / n_looks - 1);
        const size_t step = ((size_t)source->options.cycles + cycle) * source->period + look % n_looks * source->every;
        for (size_t i = 0; i < h->n; i++) {
            farthest = fmax(farthest, fabs(values[look * h->n + i] - h->history[step * h->n + i]));
        }
    }
    if (!(farthest < 1e-9)) {
        fail_msg("engine and hand differ by %g", farthest);
    }
    (void)f;
}

static void check_network(const char *options, size_t k, double eta)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    open_family(ctx, &f, options, E2L_SET_TEST);
    const e2l_case item = case_of(&f, k);
    const elise_source *source = &f.family->source;
    by_hand h = {.source = source, .n = source->n, .steps = (size_t)e2l_experiment_n_steps(f.task->experiment(f.family, 0))};
    assert_true(h.n <= MOST_NEURONS);
    double **const arrays[] = {&h.exc, &h.inh, &h.w, &h.scaffold, &h.delay, &h.delay_exc, &h.delay_inh, &h.noise};
    static const char *const names[] = {"teacher_exc", "teacher_inh", "w0", "scaffold", "delay", "delay_exc", "delay_inh", "noise"};
    for (size_t a = 0; a < sizeof names / sizeof *names; a++) {
        *arrays[a] = array_of(&f, &item, names[a], h.steps);
    }
    for (size_t i = 0; i < h.n; i++) {
        h.u[i] = h.v[i] = -70;
        h.trace[i] = 0;
    }
    h.history = e2l_alloc(ctx, h.steps * h.n, sizeof *h.history);
    assert_non_null(h.history);
    run_by_hand(&h, eta);
    size_t n_values = 0;
    double *values = run_engine(&f, &item, eta, &n_values);
    compare(&f, &h, values, n_values);
    e2l_free(ctx, values);
    e2l_free(ctx, h.history);
    for (size_t a = 0; a < sizeof names / sizeof *names; a++) {
        e2l_free(ctx, *arrays[a]);
    }
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

static void test_network(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "{\"visible\": 3, \"slots\": 4, \"latent\": 6, \"cycles\": 3, \"replay\": 3}",
        "{\"visible\": 2, \"slots\": 3, \"latent\": 3, \"cycles\": 5, \"free_every\": 2, \"latent_rate\": 0, \"speed\": 200, \"replay\": 4}",
        "{\"visible\": 4, \"slots\": 2, \"latent\": 5, \"cycles\": 2, \"plastic\": false, \"clamp\": 7.5, \"clamp_mv\": -55, \"noise\": 2, \"q\": 0.6, \"p\": 0.5}",
        "{\"visible\": 5, \"slots\": 2, \"latent\": 9, \"cycles\": 2, \"dt\": 0.05, \"visible_rate\": 1.5, \"nudging\": 0.8}"};
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        check_network(settings[s], s, 0.01);
    }
}

/* ---- what is drawn ------------------------------------------------------------------------------------------------ */

static double up(double x)
{
    return -70 + 20 / (1 + exp(-0.7 - x));
}

/* The target in tenths of a millisecond, as the published program has it. */
static double published(bool before, bool now, bool after, int t)
{
    const double x = t * 0.1, y = (t - 100) * 0.1;
    if (!now) {
        return before && t <= 33 ? up(-x) : after && t >= 67 ? up(y) : -70;
    }
    if (before && after) {
        return up(10);
    }
    if (!before && !after) {
        return t < 50 ? up(x) : up(-y);
    }
    return before ? (t >= 34 ? up(-y) : up(10)) : (t <= 66 ? up(x) : up(10));
}

static void test_targets(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    char options[400];
    (void)snprintf(options, sizeof options, "{\"pattern\": \"%s/tasks/configs/patterns/fur_elise.txt\", \"latent\": 3}", E2L_SOURCE_DIR);
    open_family(ctx, &f, options, E2L_SET_TEST);
    const elise_source *source = &f.family->source;
    assert_int_equal(source->visible, 13);
    assert_int_equal(source->slots, 25);
    const e2l_case item = case_of(&f, 0);
    double *exc = array_of(&f, &item, "teacher_exc", 0), *inh = array_of(&f, &item, "teacher_inh", 0);
    for (size_t t = 0; t <= source->period; t++) {
        for (size_t i = 0; i < source->n; i++) {
            const double e = exc[t * source->n + i], g = inh[t * source->n + i];
            if (t == source->period || i >= source->visible) {
                assert_true(e == 0 && g == 0);
                continue;
            }
            const uint8_t *own = source->given.active + i * 25;
            const size_t s = t / 100;
            const double wanted = published(own[(s + 24) % 25], own[s], own[(s + 1) % 25], (int)(t % 100));
            assert_close(e + g, 3.15, 1e-12, 0);
            assert_close(g * -75 / (e + g), wanted, 0, 1e-9);
        }
    }
    e2l_free(ctx, exc);
    e2l_free(ctx, inh);
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

/* Every slot has one note, notes are equally likely, and no pattern is one note throughout. */
static void test_patterns(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    open_family(ctx, &f, "{\"visible\": 2, \"slots\": 3, \"latent\": 1}", E2L_SET_TEST);
    size_t first = 0;
    for (size_t k = 0; k < 400; k++) {
        uint8_t active[6];
        elise_draw_pattern(&f.family->source, k, active);
        for (size_t s = 0; s < 3; s++) {
            assert_int_equal(active[s] + active[3 + s], 1);
        }
        assert_in_range(active[0] + active[1] + active[2], 1, 2);
        first += active[0];
    }
    assert_in_range(first, 160, 240);
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

static void count_scaffold(const char *options, double *per_network, double *most_in, size_t *n_broken)
{
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    open_family(ctx, &f, options, E2L_SET_TEST);
    const size_t n = f.family->source.n, visible = f.family->source.visible;
    *per_network = *most_in = 0;
    *n_broken = 0;
    for (size_t k = 0; k < 50; k++) {
        const e2l_case item = case_of(&f, k);
        double *scaffold = array_of(&f, &item, "scaffold", 0);
        for (size_t i = 0; i < n; i++) {
            double in = 0;
            for (size_t j = 0; j < n; j++) {
                in += scaffold[i * n + j];
                *n_broken += scaffold[i * n + j] != 0 && (i < visible || i == j);
            }
            *per_network += in / 50;
            *most_in = fmax(*most_in, in);
        }
        e2l_free(ctx, scaffold);
    }
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

/* Only latent neurons are targets, nobody is its own; p0 = 1: none; q = 0: one each, and as many as there are latent neurons; at the published
   values a neuron whose turn comes has 0.96 * (1 + 0.2 + 0.2 * 0.04 + ..) = 1.16 targets on average, and with plenty of latent neurons
   most of these are new: the scaffold goes on until they get scarce. */
static void test_scaffold(void **state)
{
    (void)state;
    double mean, most;
    size_t broken;
    count_scaffold("{\"p0\": 1}", &mean, &most, &broken);
    assert_true(mean == 0 && broken == 0);
    count_scaffold("{\"q\": 0, \"p0\": 0}", &mean, &most, &broken);
    assert_true(most == 1 && broken == 0);
    assert_close(mean, 25, 0, 1e-9);
    count_scaffold("{\"latent\": 50}", &mean, &most, &broken);
    assert_int_equal(broken, 0);
    assert_true(mean > 30 && mean < 70 && most >= 2 && most < 8);
    count_scaffold("{\"latent\": 1, \"visible\": 2}", &mean, &most, &broken); /* its only possible target is itself */
    assert_int_equal(broken, 0);
}

static void test_delays(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    open_family(ctx, &f, "{\"latent\": 300}", E2L_SET_TEST);
    const e2l_case item = case_of(&f, 3);
    double *own = array_of(&f, &item, "delay", 0), *exc = array_of(&f, &item, "delay_exc", 0), *inh = array_of(&f, &item, "delay_inh", 0);
    double *w0 = array_of(&f, &item, "w0", 0), squares = 0;
    double least = 100, most = 0, together = 0;
    const size_t n = f.family->source.n;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, fmin(own[i] + 0.1, exc[i]));
        most = fmax(most, fmax(own[i] + 0.1, exc[i]));
        assert_close(inh[i], exc[i] + 25, 0, 1e-9);
        together += (own[i] - 9.9) * (exc[i] - 10);
        assert_true(w0[i * n + i] == 0);
        for (size_t j = 0; j < n; j++) {
            squares += w0[i * n + j] * w0[i * n + j];
        }
    }
    assert_close(least, 5, 0, 0.2);
    assert_close(most, 15, 0, 0.2);
    assert_close(squares / (double)(n * (n - 1)), 0.25, 0.02, 0);
    assert_true(fabs(together / (double)n) < 2); /* drawn one by one: 8.5 if they were the same */
    e2l_free(ctx, own);
    e2l_free(ctx, exc);
    e2l_free(ctx, inh);
    e2l_free(ctx, w0);
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

/* ---- score -------------------------------------------------------------------------------------------------------- */

typedef struct score_case {
    e2l_ctx *ctx;
    test_family f;
    double *target; /* [n_looks * visible] */
    double *values; /* [3 * n_looks * n] */
    size_t n_looks, n, visible;
} score_case;

static void open_score(score_case *s)
{
    s->ctx = e2l_test_ctx();
    open_family(s->ctx, &s->f, "{\"visible\": 3, \"slots\": 6, \"latent\": 2}", E2L_SET_TEST);
    const elise_source *source = &s->f.family->source;
    s->n_looks = source->period / source->every;
    s->n = source->n;
    s->visible = source->visible;
    s->target = e2l_alloc(s->ctx, s->n_looks * s->visible, sizeof(double));
    s->values = e2l_alloc(s->ctx, 3 * s->n_looks * s->n, sizeof(double));
    assert_true(s->target && s->values);
    uint8_t active[18];
    elise_draw_pattern(source, 0, active);
    elise_draw_target(source, active, 0, source->every, s->n_looks, s->target);
    elise_target_rates(s->n_looks * s->visible, s->target);
}

static void close_score(score_case *s)
{
    e2l_free(s->ctx, s->target);
    e2l_free(s->ctx, s->values);
    test_family_close(&s->f);
    e2l_test_ctx_end(s->ctx);
}

/* The pattern, late by so many looks in the last two cycles, off by `offset`. */
static e2l_score score_of(score_case *s, size_t late, double offset)
{
    for (size_t look = 0; look < 3 * s->n_looks; look++) {
        const size_t t = look < s->n_looks ? look : (look + s->n_looks - late) % s->n_looks;
        for (size_t i = 0; i < s->n; i++) {
            s->values[look * s->n + i] = i < s->visible ? s->target[t * s->visible + i] + offset : 1e6 + (double)look;
        }
    }
    const e2l_recording recording = {.outcome = E2L_OUTCOME_OK, .values = s->values};
    e2l_score out;
    s->f.task->score(s->f.family, 0, &recording, &out);
    return out;
}

static void test_score(void **state)
{
    (void)state;
    score_case s;
    open_score(&s);
    e2l_score out = score_of(&s, 0, 0);
    assert_true(out.value == 0 && out.measures[0] == 0 && out.measures[2] == 0 && out.measures[3] == 0);
    assert_close(out.measures[1], 1, 1e-12, 0);
    out = score_of(&s, 77, 0.25);
    assert_close(out.value, -0.0625, 1e-12, 0);
    assert_close(out.measures[1], 1, 1e-12, 0);
    assert_close(out.measures[2], 0.0625, 1e-12, 0);
    assert_close(out.measures[3], 77 * 0.2, 1e-12, 0);
    double mean = 0, variance = 0;
    for (size_t i = 0; i < s.visible; i++) { /* a constant rate: no correlation, the error of its best value is the variance */
        mean = 0;
        for (size_t t = 0; t < s.n_looks; t++) {
            mean += s.target[t * s.visible + i] / (double)s.n_looks;
        }
        for (size_t t = 0; t < s.n_looks; t++) {
            const double off = s.target[t * s.visible + i] - mean;
            variance += off * off / (double)(s.n_looks * s.visible);
        }
        for (size_t look = 0; look < 3 * s.n_looks; look++) {
            s.values[look * s.n + i] = mean;
        }
    }
    e2l_recording recording = {.outcome = E2L_OUTCOME_OK, .values = s.values};
    s.f.task->score(s.f.family, 0, &recording, &out);
    assert_close(-out.value, variance, 1e-9, 0);
    assert_true(out.measures[1] == 0);
    recording.outcome = E2L_OUTCOME_DIVERGED;
    s.f.task->score(s.f.family, 0, &recording, &out);
    assert_true(out.outcome == E2L_OUTCOME_DIVERGED && out.value == 0 && isnan(out.measures[0]));
    close_score(&s);
}

/* ---- pattern files ------------------------------------------------------------------------------------------------ */

static void refuse(const char *text, const char *word)
{
    e2l_ctx *ctx = e2l_test_ctx();
    elise_pattern pattern;
    assert_int_equal(elise_pattern_parse(ctx, &pattern, text, strlen(text), "p.txt"), E2L_INPUT);
    assert_null(pattern.active);
    if (!strstr(e2l_ctx_message(ctx), word)) {
        fail_msg("'%s' does not say '%s'", e2l_ctx_message(ctx), word);
    }
    e2l_test_ctx_end(ctx);
}

static void test_files(void **state)
{
    (void)state;
    static const char *const good[] = {"1 0 1\n0 1 0\n", "# a comment, 2 rows\n\n  1\t0 1 \r\n0 1 0"};
    static const uint8_t wanted[] = {1, 0, 1, 0, 1, 0};
    e2l_ctx *ctx = e2l_test_ctx();
    for (size_t k = 0; k < 2; k++) {
        elise_pattern pattern;
        check(ctx, elise_pattern_parse(ctx, &pattern, good[k], strlen(good[k]), "p.txt"));
        assert_int_equal(pattern.visible, 2);
        assert_int_equal(pattern.slots, 3);
        assert_memory_equal(pattern.active, wanted, sizeof wanted);
        elise_pattern_clear(ctx, &pattern);
    }
    e2l_test_ctx_end(ctx);
    refuse("", "no rows");
    refuse("# nothing\n\n", "no rows");
    refuse("1 0 1\n0 2 0\n", "line 2, column 3: '2' is neither 0 nor 1");
    refuse("1 0 1\n0 1\n", "line 2, column 4: 2 slots, the rows before have 3");
    refuse("1 01\n", "line 1, column 4: expected a blank");
    refuse("1 0 \x80\n", "line 1, column 5: byte 0x80");
    refuse("1 1\n0 0\n", "no row changes");
    char *many = malloc(2 * ELISE_MOST_SLOTS + 3);
    assert_non_null(many);
    for (size_t s = 0; s <= ELISE_MOST_SLOTS; s++) {
        memcpy(many + 2 * s, "1 ", 2);
    }
    many[2 * ELISE_MOST_SLOTS + 2] = '\0';
    refuse(many, "more than 1000 slots");
    free(many);
}

/* ---- sets and options --------------------------------------------------------------------------------------------- */

static void test_sets(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    open_family(ctx, &f, "{}", "shift:slots");
    assert_int_equal(f.family->source.slots, 18);
    test_family_close(&f);
    open_family(ctx, &f, "{}", "shift:width");
    assert_int_equal(f.family->source.n, 58);
    test_family_close(&f);
    open_family(ctx, &f, "{}", "shift:dt");
    assert_int_equal(f.family->source.period, 2400);
    assert_int_equal(f.family->source.every, 4);
    test_family_close(&f);
    open_family(ctx, &f, "{}", "shift:noise");
    assert_int_equal(f.task->experiment(f.family, 0)->n_arrays, 8);
    test_family_close(&f);
    open_family(ctx, &f, "{}", "shift:clamp");
    assert_int_equal(f.task->experiment(f.family, 0)->n_arrays, 8);
    assert_int_equal(e2l_experiment_n_steps(f.task->experiment(f.family, 0)), 409 * 1200);
    test_family_close(&f);
    assert_int_equal(test_family_open(ctx, &f, "elise_replay", "{\"dt\": 0.03}", 1, E2L_SET_TEST), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "task.dt"));
    assert_int_equal(test_family_open(ctx, &f, "elise_replay", "{\"slots\": 1000, \"latent\": 1000}", 1, E2L_SET_TEST), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "task.slots"));
    char options[400];
    (void)snprintf(options, sizeof options, "{\"pattern\": \"%s/tasks/configs/patterns/fur_elise.txt\"}", E2L_SOURCE_DIR);
    assert_int_equal(test_family_open(ctx, &f, "elise_replay", options, 1, "shift:slots"), E2L_UNSUPPORTED);
    assert_int_equal(test_family_open(ctx, &f, "elise_replay", "{\"pattern\": \"/nonexistent.txt\"}", 1, E2L_SET_TEST), E2L_INPUT);
    e2l_test_ctx_end(ctx);
}

/* What tells rules apart are values as they occur: rates belong to the potentials, and the traces are below 2 / 2.1. */
static void test_reach(void **state)
{
    (void)state;
    enum { N = 200 };
    double values[7][N];
    double *inputs[7];
    e2l_ctx *ctx = e2l_test_ctx();
    test_family f;
    open_family(ctx, &f, "{}", E2L_SET_SEARCH);
    for (size_t t = 0; t < 7; t++) {
        inputs[t] = values[t];
    }
    check(ctx, f.task->reach(ctx, f.family, 0, N, inputs));
    for (size_t k = 0; k < N; k++) {
        assert_close(values[0][k], rate_at(values[2][k]), 1e-12, 0);
        assert_close(values[1][k], rate_at(values[3][k]), 1e-12, 0);
        assert_true(values[4][k] >= 0 && values[4][k] <= 2 / 2.1);
        assert_true(values[5][k] > 0 && values[5][k] < 1 && fabs(values[6][k]) < 20);
    }
    test_family_close(&f);
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network), cmocka_unit_test(test_targets), cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_scaffold), cmocka_unit_test(test_delays), cmocka_unit_test(test_score),
        cmocka_unit_test(test_files), cmocka_unit_test(test_sets), cmocka_unit_test(test_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
