/* vocabulary.c: see vocabulary.h. */
#include "tests/support/vocabulary.h"

#include "tests/support/worlds.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 8, TEXT = 1024 };

const char *const vocabulary_names[VOCABULARY_N] = {
#define VOCABULARY_NAME(name) #name,
    VOCABULARY_LIST(VOCABULARY_NAME)
#undef VOCABULARY_NAME
};

typedef struct maker {
    e2l_arena *arena;
    e2l_stream *stream;
    uint32_t features;
    e2l_experiment *out;
    e2l_array arrays[MOST * 3];
    e2l_population populations[MOST];
    e2l_projection projections[MOST];
    e2l_probe probes[MOST * 2];
    bool failed;
} maker;

static void *take(maker *m, size_t n, size_t size)
{
    void *const memory = e2l_arena_alloc(m->arena, n, size);
    m->failed = m->failed || memory == NULL;
    return memory;
}

static uint32_t below(maker *m, uint32_t n)
{
    return e2l_stream_below(m->stream, n);
}

/* With the feature, every `one_in`-th time. */
static bool with(maker *m, vocabulary_feature feature, uint32_t one_in)
{
    const bool lucky = below(m, one_in) == 0; /* drawn in any case: fewer features leave the rest as it was */
    return lucky && (m->features >> feature & 1u) != 0;
}

static const char *say(maker *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
static const char *say(maker *m, const char *format, ...)
{
    char text[TEXT];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    m->failed = m->failed || n < 0 || n >= TEXT;
    const char *const copy = e2l_arena_strdup(m->arena, text, strlen(text));
    m->failed = m->failed || copy == NULL;
    return copy != NULL ? copy : "";
}

static void add_text(char *text, const char *more)
{
    strncat(text, more, TEXT - strlen(text) - 1);
}

/* ---- populations ----------------------------------------------------------------------------------------- */
static const char *model(maker *m, uint32_t k, bool has_slot)
{
    char steps[TEXT] = "";
    static const struct {
        vocabulary_feature feature;
        const char *text;
    } more[] = {{VOCABULARY_GUARDS, ", \"when u > 0.2: v = 0.5 * v + k\""},
                {VOCABULARY_GUARDS, ", \"when trial.last: u = 0.5 * u\""},
                {VOCABULARY_GUARDS, ", \"when step % 3 == 1: v += 0.25\""},
                {VOCABULARY_NOISE, ", \"u += 0.05 * normal\""},
                {VOCABULARY_NOISE, ", \"when uniform < 0.4: v = uniform - 0.5\""},
                {VOCABULARY_SET, ", \"u += 0.1 * lam\""},
                {VOCABULARY_DRAWN, ", \"v += 0.01 * i\""},
                {VOCABULARY_WORLDS, ", \"v += 0.05 * env.sum\""},
                {VOCABULARY_GLOBALS, ", \"v += 0.1 * p0.u\""},
                {VOCABULARY_GLOBALS, ", \"when p0.v > p0.u: u += 0.01 * p0.k\""}};
    add_text(steps, with(m, VOCABULARY_UNREAD, 2) ? "\"k = u * p\"" : "\"k = u * p + aux\"");
    if (has_slot) { /* before the port is mentioned: the rule's terminals are to count as that */
        add_text(steps, say(m, ", \"v += 0.1 * own%u\"", k));
    }
    for (size_t i = 0; i < sizeof more / sizeof *more; ++i) {
        const bool chosen = with(m, more[i].feature, 2);
        if (chosen && (k > 0 || more[i].feature != VOCABULARY_GLOBALS)) { /* p0 itself has no p0 */
            add_text(steps, more[i].text);
        }
    }
    return say(m,
               "{\"model\": \"random\", \"about\": \"\", \"source\": \"\", \"parameters\": {\"p\": [0.5, \"1\"], \"q\": [\"p * 0.5\", \"1\"]},"
               "\"ports\": {\"in\": \"1\", \"aux\": \"1\"}, \"state\": {\"u\": [\"%s\", \"1\"], \"v\": [\"q - 0.3\", \"1\"]},"
               "\"step\": [%s, \"u += 0.3 * (in - u)\", \"v += 0.1 * (k - v)\"]}",
               with(m, VOCABULARY_DRAWN, 2) ? "0.2 * normal + 0.1 * i" : "0.1", steps);
}

static const e2l_slot *slot(maker *m, const char *name, const char *a, const char *b)
{
    e2l_binding *const terminals = take(m, 2, sizeof *terminals);
    e2l_slot *const out = take(m, 1, sizeof *out);
    if (!m->failed) {
        terminals[0] = (e2l_binding){"a", a, NULL};
        terminals[1] = (e2l_binding){"b", b, NULL};
        *out = (e2l_slot){.name = name, .terminals = terminals, .n_terminals = 2};
    }
    return out;
}

static const e2l_binding *binding(maker *m, const char *name, const char *expr)
{
    e2l_binding *const out = take(m, 1, sizeof *out);
    if (out != NULL) {
        *out = (e2l_binding){name, expr, NULL};
    }
    return out;
}

static uint32_t add_array(maker *m, e2l_array_kind kind, uint64_t size, uint64_t n_rows)
{
    const uint32_t k = (uint32_t)m->out->n_arrays++;
    m->arrays[k] = (e2l_array){.name = say(m, "a%u", k), .kind = kind, .size = size, .n_rows = n_rows};
    return k;
}

static void add_input(maker *m, e2l_population *population)
{
    e2l_input *const input = take(m, 1, sizeof *input);
    if (input == NULL) {
        return;
    }
    const bool by_rows = with(m, VOCABULARY_ROWS, 1), by_events = with(m, VOCABULARY_EVENTS, 1);
    const e2l_array_kind kind = by_events ? E2L_ARRAY_EVENTS : by_rows ? E2L_ARRAY_ROWS : E2L_ARRAY_BY_STEP;
    const uint32_t array = add_array(m, kind, population->size, by_events ? 1 + below(m, 40) : by_rows ? 4 : 0);
    const char *const rows[] = {"trial.t % 4", "floor(step / 3) % 4", "trial.k % 2 + 1"};
    const char *const events[] = {NULL, "trial.t", "trial.t - 2 + 0.5 * trial.k"};
    const uint32_t row = below(m, 3);
    *input = (e2l_input){.port = "in", .array = m->arrays[array].name, .row = by_events ? events[row] : by_rows ? rows[row] : NULL};
    population->inputs = input;
    population->n_inputs = 1;
}

/* It sees p1 and p0, and shows p1 something. */
static void add_world(maker *m, e2l_population *population)
{
    e2l_world *const world = take(m, 1, sizeof *world);
    e2l_binding *const seen = take(m, 2, sizeof *seen);
    e2l_input *const inputs = take(m, 2, sizeof *inputs);
    const char **const calls = take(m, 2, sizeof *calls);
    if (m->failed) {
        return;
    }
    seen[0] = (e2l_binding){"many", below(m, 2) == 0 ? "p1.u" : "0.5 * p0.u", NULL};
    seen[1] = (e2l_binding){"one", below(m, 2) == 0 ? "p0.v + 0.1 * t" : "0.25", NULL};
    calls[0] = "trial";
    calls[1] = "rest";
    *world = (e2l_world){.name = "env", .environment = "echo", .record = &test_environment, .observes = seen, .n_observes = 2,
                         .calls = calls, .n_calls = 1 + below(m, 2)};
    world->parameters = binding(m, "n", say(m, "%u", (unsigned)population->size));
    world->n_parameters = 1;
    inputs[0] = population->inputs[0];
    inputs[1] = (e2l_input){.port = "aux", .array = "env.echo"};
    population->inputs = inputs;
    population->n_inputs = 2;
    m->out->worlds = world;
    m->out->n_worlds = 1;
}

static void add_population(maker *m, uint32_t k)
{
    const bool has_slot = with(m, VOCABULARY_SLOTS, 2);
    e2l_population *const out = &m->populations[k];
    *out = (e2l_population){.name = say(m, "p%u", k), .size = k == 0 ? 1 : below(m, 4) == 0 ? 9 + below(m, 12) : 1 + below(m, 9), .model = model(m, k, has_slot)};
    if (has_slot) {
        const char *const b = below(m, 2) == 0 ? "k" : with(m, VOCABULARY_NOISE, 2) ? "0.5 * normal" : "in";
        out->slots = slot(m, say(m, "own%u", k), k > 0 && with(m, VOCABULARY_GLOBALS, 2) ? "u * p0.v" : "u", b);
        out->n_slots = 1;
    }
    if (with(m, VOCABULARY_DRAWN, 2)) {
        const bool listed = with(m, VOCABULARY_ARRAYS, 2);
        out->parameters = binding(m, "p", listed ? m->arrays[add_array(m, E2L_ARRAY_STATIC, out->size, 0)].name
                                          : below(m, 2) == 0 ? "0.3 + 0.2 * uniform" : "0.1 * i + 0.2");
        out->n_parameters = 1;
    }
    if (with(m, VOCABULARY_DRAWN, 2)) {
        out->states = binding(m, "v", "0.1 * i - 0.2 * p");
        out->n_states = 1;
    }
    if (k == 1 || below(m, 3) == 0) {
        add_input(m, out);
    }
    if (k == 1 && with(m, VOCABULARY_WORLDS, 1)) {
        add_world(m, out);
    }
}

/* ---- projections ----------------------------------------------------------------------------------------- */
static void add_statements(maker *m, e2l_projection *out, uint32_t k, bool owns)
{
    static const char *const states[][2] = {{"e", "0"}, {"f", "0.1"}, {"g", "0"}, {"c", "0"}, {"h", "0.2 * normal"}};
    const char **const list = take(m, 24, sizeof *list);
    e2l_binding *const given = take(m, 5, sizeof *given);
    size_t n = 0;
    if (m->failed) {
        return;
    }
    if (with(m, VOCABULARY_STATES, 1)) {
        for (size_t s = 0; s < 5; ++s) {
            given[s] = (e2l_binding){states[s][0], s == 4 && !with(m, VOCABULARY_NOISE, 1) ? "0.3" : states[s][1], NULL};
        }
        out->states = given;
        out->n_states = 5;
        list[n++] = "f = 0.9 * f + 0.1 * x";
        list[n++] = "g += 0.1 * post.u";
        list[n++] = "c += 1";
        list[n++] = "e = 0.8 * e + f * post.v";
        if (with(m, VOCABULARY_GUARDS, 1)) {
            list[n++] = below(m, 2) == 0 ? "when trial.last: e = 0.5 * g" : "when f > 0: h = h * 0.5 + 0.01 * pre.i";
        }
        if (with(m, VOCABULARY_NOISE, 2)) {
            list[n++] = below(m, 2) == 0 ? "g += 0.01 * normal" : "when uniform < 0.5: e += 0.1 * normal";
        }
        if (with(m, VOCABULARY_GLOBALS, 2)) {
            list[n++] = below(m, 2) == 0 ? "g += 0.1 * p0.u" : "when p0.u > 0: c += 0.5";
        }
        if (with(m, VOCABULARY_NOISE, 2)) {
            list[n++] = "jitter = 0.1 * normal * post.v";
            list[n++] = "e += jitter";
        }
        if (owns) {
            list[n++] = "w += 0.01 * e * h";
        }
    }
    if (owns && with(m, VOCABULARY_WORLDS, 2)) {
        list[n++] = "when env.sum > 0: w += 0.01 * env.sum";
    }
    list[n++] = "local = post.u * x";
    if (owns) {
        list[n++] = with(m, VOCABULARY_GUARDS, 2) ? "when (trial.k + 1) % 2 == 0: w += 0.01 * local" : "w += 0.01 * (local - w)";
    }
    if (owns && with(m, VOCABULARY_GUARDS, 1)) { /* guards of sources and of targets, which leave rows and columns alone */
        static const char *const writes[] = {"when x > 0.1: w += 0.02 * local", "when post.u > 0.1: w += -0.01 * w", "when pre.v < 0: w = 0.9 * w + 0.01 * post.v",
                                             "when post.v > post.u: w = 0.05 * pre.i", "when x > 0: w = post.u", "when x > w: w += 0.01"};
        enum { WRITES = sizeof writes / sizeof *writes };
        for (uint32_t more = 1 + below(m, 3); more > 0; --more) {
            list[n++] = writes[below(m, WRITES)];
        }
    }
    if (owns && with(m, VOCABULARY_SLOTS, 2)) {
        const char *const b = below(m, 2) == 0 ? "post.v" : with(m, VOCABULARY_NOISE, 2) ? "post.in + 0.1 * uniform" : "w";
        out->slots = slot(m, say(m, "rule%u", k), out->n_states > 0 && below(m, 2) == 0 ? "e" : "x", b);
        out->n_slots = 1;
        list[n++] = say(m, "w += eta.rule%u * rule%u", k, k);
    }
    out->synapse = list;
    out->n_synapse = n;
}

static const e2l_projection *partner(maker *m, uint32_t k, bool transposed, const e2l_projection *out)
{
    for (uint32_t j = 0; j < k; ++j) {
        const e2l_projection *const other = &m->projections[j];
        const char *const from = transposed ? other->to : other->from, *const to = transposed ? other->from : other->to;
        if (other->weights_of == NULL && strcmp(from, out->from) == 0 && strcmp(to, out->to) == 0) {
            return other;
        }
    }
    return NULL;
}

static void add_weights(maker *m, e2l_projection *out, uint32_t k, uint64_t n)
{
    const bool transposed = with(m, VOCABULARY_TRANSPOSED, 1);
    const e2l_projection *const reversed = transposed ? partner(m, k, true, out) : NULL;
    const e2l_projection *const same = with(m, VOCABULARY_SHARED, 1) ? partner(m, k, false, out) : NULL;
    if (reversed != NULL || same != NULL) {
        out->weights_of = reversed != NULL ? reversed->name : same->name;
        out->transposed = reversed != NULL;
        return;
    }
    const bool noise = with(m, VOCABULARY_NOISE, 2), drawn = with(m, VOCABULARY_DRAWN, 2);
    out->w = noise ? "0.3 * normal" : drawn ? "0.1 * (pre.i - post.i) + 0.1 * pre.p" : m->arrays[add_array(m, E2L_ARRAY_STATIC, n, 0)].name;
    if (with(m, VOCABULARY_BOUNDS, 2)) {
        out->lower = "-0.2";
        out->upper = below(m, 2) == 0 ? "0.25" : NULL;
    }
}

static void add_projection(maker *m, uint32_t k)
{
    static const char *const signals[] = {"u", "tanh(v)", "if(v > 0.05, u, 0)", "v > 0.1"}; /* the last two are often 0 */
    e2l_projection *const out = &m->projections[k];
    const uint32_t n = (uint32_t)m->out->n_populations;
    uint32_t from = below(m, n), to = below(m, n);
    const bool delays = (m->features >> VOCABULARY_DELAYS & 1u) != 0;
    if (from >= to && !delays) { /* without delays there are no circles */
        const uint32_t other = from;
        from = to == from ? (to > 0 ? to - 1 : 0) : to;
        to = other == from ? from + 1 : other;
    }
    *out = (e2l_projection){.name = say(m, "j%u", k), .from = m->populations[from].name, .to = m->populations[to].name,
                            .port = below(m, 3) == 0 ? "aux" : "in", .signal = signals[below(m, 4)]};
    if (from >= to || with(m, VOCABULARY_DELAYS, 2)) {
        const char *const delay[] = {"dt", "3 * dt", "2"};
        const bool each = with(m, VOCABULARY_DELAY_EACH, 2);
        out->delay = each ? below(m, 2) == 0 ? "dt * floor(1 + 4 * uniform)" : "dt * (1 + i % 3)" : delay[below(m, 3)];
        out->delay_max = each ? "5 * dt" : NULL;
    }
    add_weights(m, out, k, m->populations[from].size * m->populations[to].size);
    if (with(m, VOCABULARY_CONNECT, 2)) {
        const bool listed = with(m, VOCABULARY_ARRAYS, 2);
        const uint64_t n_synapses = m->populations[from].size * m->populations[to].size;
        out->connect = listed ? m->arrays[add_array(m, E2L_ARRAY_STATIC, n_synapses, 0)].name
                              : below(m, 2) == 0 ? "uniform < 0.6 + 0.1 * pre.p" : "pre.i != post.i";
    }
    if (with(m, VOCABULARY_EDGES, 2) && out->weights_of == NULL) {
        const uint64_t n_synapses = m->populations[from].size * m->populations[to].size;
        const char *const name = m->arrays[add_array(m, E2L_ARRAY_EDGES, 2 + below(m, 2), 1 + below(m, (uint32_t)n_synapses))].name;
        const char *const connects[] = {name, say(m, "%s & pre.i != post.i", name), out->connect};
        out->connect = connects[below(m, 3)];
        out->w = out->connect != NULL && below(m, 2) == 0 ? out->w : say(m, "0.5 * %s.value", name);
    }
    if (with(m, VOCABULARY_FAN_IN, 2)) {
        out->fan_in = say(m, "%u", 1 + below(m, (uint32_t)m->populations[from].size));
    }
    if (with(m, VOCABULARY_REDUCE, 2)) {
        out->reduce = below(m, 2) == 0 ? E2L_REDUCE_MAX : E2L_REDUCE_MIN;
    }
    add_statements(m, out, k, out->weights_of == NULL);
    if (out->n_states > 0 && below(m, 2) == 0) {
        out->effect = below(m, 2) == 0 ? "(w + 0.1 * h) * x" : "if(e > 0, w, 0.5 * w) * x";
    }
    if (with(m, VOCABULARY_EFFECTS, 2)) {
        static const char *const effects[] = {"w * x * pre.p + 0.1 * post.i", "max(w, x) - post.q", "w * w", "x", "abs(w * x)", "0.25",
                                              "if(trial.on, w, -w) * x"};
        const char *const of[] = {with(m, VOCABULARY_NOISE, 1) ? "w * x + 0.1 * normal" : "-(w * x)",
                                  with(m, VOCABULARY_GLOBALS, 1) ? "if(p0.u > 0, w, 0.5) * x" : "x - w", effects[below(m, 7)]};
        out->effect = of[below(m, 3)];
    }
    if (with(m, VOCABULARY_EFFECTS, 2)) {
        const char *const of[] = {with(m, VOCABULARY_NOISE, 1) ? "u + 0.1 * normal" : "u * p", with(m, VOCABULARY_GLOBALS, 1) ? "u + 0.5 * p0.v" : "1",
                                  with(m, VOCABULARY_SET, 1) ? "lam * u" : "u * v", "u * (1 + 0.01 * t) + 0.1 * i", "v + trial.k"};
        out->signal = of[below(m, 5)];
    }
    if (with(m, VOCABULARY_MODELS, 3) && out->weights_of == NULL) {
        out->model = "{\"synapse\": \"trace\", \"about\": \"\", \"source\": \"\", \"parameters\": {\"decay\": [0.9, \"1\"]},"
                     "\"state\": {\"trace\": [0, \"1\"]}, \"step\": [\"trace = decay * trace + x\", \"w += 0.001 * trace * post.u\"]}";
        out->parameters = binding(m, "decay", "0.7");
        out->n_parameters = 1;
    }
}

/* ---- schedule and probes ----------------------------------------------------------------------------------- */
static const char *some_state(maker *m)
{
    const uint32_t k = below(m, (uint32_t)(m->out->n_populations + m->out->n_projections));
    if (k < m->out->n_populations) {
        static const char *const of[] = {"u", "v", "*"};
        return say(m, "p%u.%s", k, of[below(m, 3)]);
    }
    const e2l_projection *const projection = &m->projections[k - m->out->n_populations];
    static const char *const of_states[] = {"h", "e", "f", "c", "g", "*"};
    const bool owns = projection->weights_of == NULL;
    return say(m, "%s.%s", projection->name, owns && below(m, 2) == 0 ? "w" : projection->n_states > 0 ? of_states[below(m, 6)] : "*");
}

static void add_reach(maker *m, vocabulary_feature feature, const char *const **names, size_t *n)
{
    const char **const list = take(m, 3, sizeof *list);
    if (m->failed || !with(m, feature, 1)) {
        return;
    }
    *n = 1 + below(m, 3);
    for (size_t k = 0; k < *n; ++k) {
        list[k] = some_state(m);
    }
    *names = list;
}

static void add_spans(maker *m)
{
    e2l_span *const top = take(m, 2, sizeof *top), *const inner = take(m, 2, sizeof *inner), *const deep = take(m, 2, sizeof *deep);
    if (m->failed) {
        return;
    }
    inner[0] = (e2l_span){.name = "early", .steps = 1 + below(m, 5), .repeat = below(m, 3)};
    inner[1] = (e2l_span){.name = "late", .steps = 1 + below(m, 3)};
    top[0] = (e2l_span){.name = "trial", .steps = 5 + below(m, 5), .repeat = 1 + below(m, 3)};
    top[1] = (e2l_span){.name = "rest", .steps = 2 + below(m, 5)};
    if (with(m, VOCABULARY_NESTED, 1)) {
        top[0].steps = 0;
        top[0].children = inner;
        top[0].n_children = 2;
    }
    deep[0] = (e2l_span){.name = "calm", .steps = 1 + below(m, 2)};
    deep[1] = (e2l_span){.name = "storm", .steps = 1, .repeat = 1 + below(m, 3)};
    if (with(m, VOCABULARY_NESTED, 2)) {
        inner[0].steps = 0;
        inner[0].children = deep;
        inner[0].n_children = 2;
    }
    for (int k = 0; k < 6; ++k) {
        e2l_span *const span = k < 2 ? &inner[k] : k < 4 ? &top[k - 2] : &deep[k - 4];
        add_reach(m, VOCABULARY_RESET, &span->reset, &span->n_reset);
        add_reach(m, VOCABULARY_FREEZE, &span->freeze, &span->n_freeze);
        if (with(m, VOCABULARY_SET, 2)) {
            span->set = binding(m, "lam", k == 0 ? "0.5" : k == 1 ? "if(trial.k % 2 == 0, 1, -1)" : k == 5 ? "0.01 * step" : "0.25 + 0.1 * trial.k");
            span->n_set = 1;
        }
    }
    m->out->spans = top;
    m->out->n_spans = 2;
}

static void add_probes(maker *m)
{
    const uint32_t n_populations = (uint32_t)m->out->n_populations, n_projections = (uint32_t)m->out->n_projections;
    for (uint32_t k = 0; k < MOST * 2; ++k) {
        const uint32_t j = below(m, n_projections);
        const e2l_projection *const projection = &m->projections[j];
        const char *const ofs[] = {"u", "v", "in", "aux", "k"};
        const char *const of = below(m, 2) == 0            ? say(m, "p%u.%s", below(m, n_populations), ofs[below(m, 5)])
                               : projection->n_states == 0 ? say(m, "j%u.w", j)
                                                           : say(m, "j%u.%c", j, "efgchw"[below(m, 6)]);
        const char *const shown[] = {"env.sum", "env.echo"};
        const bool looks_out = with(m, VOCABULARY_WORLDS, 3);
        const uint32_t what = below(m, 2);
        const char *const known[] = {NULL, "trial.last", "step % 2 == 0", "rest.on"};
        const char *const own[] = {"p0.u > 0", "p0.v > p0.u"};
        const uint32_t fold = below(m, 5), which = below(m, 4);
        const bool dynamic = fold != E2L_FOLD_ALL && with(m, VOCABULARY_CONDITIONS, 2);
        m->probes[k] = (e2l_probe){.name = say(m, "q%u", k), .of = looks_out ? shown[what] : of, .when = dynamic ? own[which % 2] : known[which], .fold = (e2l_fold)fold};
    }
    m->out->probes = m->probes;
    m->out->n_probes = MOST * 2;
}

const e2l_experiment *vocabulary_make(e2l_arena *arena, e2l_stream *stream, uint32_t features)
{
    maker *const m = e2l_arena_alloc(arena, 1, sizeof *m);
    e2l_experiment *const out = e2l_arena_alloc(arena, 1, sizeof *out);
    if (m == NULL || out == NULL) {
        return NULL;
    }
    *m = (maker){.arena = arena, .stream = stream, .features = features, .out = out};
    *out = (e2l_experiment){.struct_size = sizeof *out, .name = "random", .dt = 0.5, .dt_unit = "ms"};
    out->n_populations = 2 + below(m, 3);
    out->n_projections = 1 + below(m, 5);
    for (uint32_t k = 0; k < out->n_populations; ++k) {
        add_population(m, k);
    }
    for (uint32_t k = 0; k < out->n_projections; ++k) {
        add_projection(m, k);
    }
    add_spans(m);
    add_probes(m);
    out->parameters = binding(m, "lam", "0.1");
    out->n_parameters = 1;
    out->arrays = m->arrays;
    out->populations = m->populations;
    out->projections = m->projections;
    return m->failed ? NULL : out;
}

/* Sources and targets of the projection that names the array. */
static void shape_of(const e2l_experiment *experiment, const e2l_array *array, uint64_t *n_pre, uint64_t *n_post)
{
    *n_pre = *n_post = 1;
    for (size_t k = 0; k < experiment->n_projections; ++k) {
        const e2l_projection *const projection = &experiment->projections[k];
        const bool names = (projection->connect != NULL && strstr(projection->connect, array->name) != NULL) ||
                           (projection->w != NULL && strstr(projection->w, array->name) != NULL);
        for (size_t p = 0; names && p < experiment->n_populations; ++p) {
            const e2l_population *const population = &experiment->populations[p];
            *n_pre = strcmp(population->name, projection->from) == 0 ? population->size : *n_pre;
            *n_post = strcmp(population->name, projection->to) == 0 ? population->size : *n_post;
        }
    }
}

/* One event or edge; now and then none. */
static void fill_list(const e2l_experiment *experiment, const e2l_array *array, e2l_stream *stream, double *out)
{
    uint64_t n_pre, n_post;
    shape_of(experiment, array, &n_pre, &n_post);
    const bool none = e2l_stream_below(stream, 8) == 0;
    if (array->kind == E2L_ARRAY_EVENTS) {
        const double step = (double)e2l_stream_below(stream, 16);
        out[0] = none ? -1 : experiment->dt * (e2l_stream_below(stream, 2) == 0 ? step : step + e2l_stream_uniform(stream));
        out[1] = (double)e2l_stream_below(stream, (uint32_t)array->size);
        return;
    }
    out[0] = none ? -1 : (double)e2l_stream_below(stream, (uint32_t)n_pre);
    out[1] = (double)e2l_stream_below(stream, (uint32_t)n_post);
    if (array->size > 2) {
        out[2] = 2 * e2l_stream_uniform(stream) - 1;
    }
}

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t row0, size_t n_rows, double *out)
{
    (void)ctx;
    const e2l_experiment *const experiment = self->user;
    const uint64_t size = e2l_array_n_columns(&experiment->arrays[array]);
    const bool is_list = experiment->arrays[array].kind >= E2L_ARRAY_EVENTS;
    for (uint64_t k = 0; k < n_rows * size; k += is_list ? size : 1) {
        const uint64_t words[] = {self->index, array, row0 * size + k};
        e2l_stream stream;
        e2l_stream_init(&stream, 1, E2L_PURPOSE_TEST, words, 3);
        if (is_list) {
            fill_list(experiment, &experiment->arrays[array], &stream, out + k);
            continue;
        }
        out[k] = 2 * e2l_stream_uniform(&stream) - 1;
    }
    return E2L_OK;
}

static e2l_status fill_wild(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t row0, size_t n_rows, double *out)
{
    static const double wild[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e300, -1e9, 5e-324, 0.0, -0.0};
    const e2l_experiment *const experiment = self->user;
    const uint64_t size = experiment->arrays[array].size;
    const bool is_list = experiment->arrays[array].kind >= E2L_ARRAY_EVENTS;
    const e2l_status status = fill(self, ctx, array, row0, n_rows, out);
    for (uint64_t k = 0; status == E2L_OK && !is_list && k < n_rows * size; ++k) {
        const uint64_t words[] = {self->index, array, row0 * size + k};
        e2l_stream stream;
        e2l_stream_init(&stream, 2, E2L_PURPOSE_TEST, words, 3);
        const uint32_t which = e2l_stream_below(&stream, 500);
        out[k] = which < sizeof wild / sizeof *wild ? wild[which] : out[k];
    }
    return status;
}

e2l_case vocabulary_wild_case(const e2l_experiment *experiment, uint64_t index)
{
    return (e2l_case){.key = {index * 7 + 1, 98}, .fill = fill_wild, .user = experiment, .index = index};
}

e2l_case vocabulary_case(const e2l_experiment *experiment, uint64_t index)
{
    return (e2l_case){.key = {index * 7 + 1, 99}, .fill = fill, .user = experiment, .index = index};
}
