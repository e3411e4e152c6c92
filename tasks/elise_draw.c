/* elise_draw.c: patterns, teachers, scaffolds, delays and first weights of a case.

   Source of all of it: Kriener et al., arXiv:2402.16763, and the program published with it (unibe-cns/temporal_sequence_learning).

   A pattern has one active visible neuron per slot of 10 ms. The target potential of a neuron is E_l + 20 mV a(t): a rises as
   sigmoid(0.7 + x), x in ms from the onset of its slot, from a third of a slot before it, and falls as the mirror image after it. The teacher's
   conductances pull the soma to it with the weight lambda against its leak and dendrite:

       g_exc + g_inh = lambda / (1 - lambda) (g_l + g_d),   g_inh = (g_exc + g_inh) U / E_i

   The scaffold grows from the visible neurons: of those whose turn has not come a random one gets no targets with p0, else one, and another
   one with p, p^2, ..; each is a latent neuron that accepts with q^(connections it has), and has its turn once. Signals
   travel 5 to 15 ms; inhibition follows excitation after 25 ms. In the published program dendritic signals take a step less
   than drawn (a ring buffer of that many steps); so they do here.

   Every number is a pure function of (settings, task seed, set, case, part). */
#include "tasks/elise_impl.h"
#include "cgp/primitive.h"

#include <math.h>
#include <string.h>

/* What within a case a stream is for; values are part of every result. */
typedef enum part {
    PART_PATTERN = 1,
    PART_SCAFFOLD = 2,
    PART_WEIGHTS = 3,
    PART_DELAY = 4,
    PART_DELAY_EXC = 5,
    PART_NOISE = 6
} part;

enum {
    NOISE_STEPS = 64,    /* that share a stream; part of every result */
    MOST_TRIES = 10000,  /* for one connection: where nobody accepts it is left out */
    LEAST_DELAY = 50,    /* tenths of a millisecond */
    N_DELAYS = 101,
    LATER_INHIBITION = 250
};

/* Of the model soma_dendrite. */
static const double g_l = 0.1, g_d = 2, e_l = -70, e_i = -75, slope = 0.3, u_half = -58;
static const double swing = 20;        /* mV of the target above rest */
static const double onset = 0.7;       /* ms the ramp is ahead of the slot */
static const double weight_sd = 0.5;   /* mV */
static const double tenth_ms = 0.1;

extern const e2l_primitive e2l_primitive_sigmoid;

void elise_sigmoid(size_t n, double *z)
{
    const double *const in[E2L_MAX_ARITY] = {z};
    e2l_primitive_sigmoid.eval[E2L_ISA_SSE2](n, z, in);
}

e2l_key elise_draw_key(const elise_source *source, size_t k)
{
    const elise_pattern *given = &source->given;
    const e2l_key key = e2l_key_bytes(given->active, given->visible * given->slots, (e2l_key){0, 0});
    const uint64_t more[] = {key.low, key.high};
    return e2l_drawn_key(&source->drawn, k, more, given->active ? 2 : 0);
}

/* ---- patterns ------------------------------------------------------------------------------------ */

void elise_draw_pattern(const elise_source *source, size_t k, uint8_t *out)
{
    const size_t n = source->visible * source->slots;
    if (source->given.active) {
        memcpy(out, source->given.active, n);
        return;
    }
    e2l_stream stream;
    e2l_drawn_stream(&source->drawn, &stream, k, PART_PATTERN, 0);
    memset(out, 0, n);
    size_t note = 0, n_first = 0, first = 0;
    for (size_t s = 0; s < source->slots; s++) {
        note = e2l_stream_below(&stream, (uint32_t)source->visible);
        first = s == 0 ? note : first;
        n_first += note == first;
        out[note * source->slots + s] = 1;
    }
    if (n_first == source->slots) { /* one note all along is no sequence: the last slot gets another one */
        out[note * source->slots + source->slots - 1] = 0;
        note = (note + 1 + e2l_stream_below(&stream, (uint32_t)source->visible - 1)) % source->visible;
        out[note * source->slots + source->slots - 1] = 1;
    }
}

/* Argument of the sigmoid in step q of a slot: -inf at rest. */
static double ramp(const elise_source *source, bool before, bool now, bool after, size_t q)
{
    const double length = (double)source->slot_steps;
    const double x = (double)q * source->options.dt, left = (length - (double)q) * source->options.dt;
    const bool is_early = (double)q <= length / 3, is_late = (double)q >= 2 * length / 3;
    if (!now) {
        return before && is_early ? onset - x : after && is_late ? onset - left : -(double)INFINITY;
    }
    const bool rises = !before && (after ? (double)q <= 2 * length / 3 : 2 * (double)q <= length);
    const bool falls = !after && (before ? (double)q >= length / 3 : 2 * (double)q >= length);
    return rises ? onset + x : falls ? onset + left : onset + length * source->options.dt;
}

void elise_draw_target(const elise_source *source, const uint8_t *active, size_t step0, size_t stride, size_t n_rows, double *out)
{
    const size_t slots = source->slots;
    for (size_t row = 0; row < n_rows; row++) {
        const size_t step = step0 + row * stride, s = step / source->slot_steps, q = step % source->slot_steps;
        for (size_t i = 0; i < source->visible; i++) {
            const uint8_t *own = active + i * slots;
            out[row * source->visible + i] = ramp(source, own[(s + slots - 1) % slots], own[s], own[(s + 1) % slots], q);
        }
    }
    elise_sigmoid(n_rows * source->visible, out);
}

void elise_target_rates(size_t n, double *activations)
{
    for (size_t i = 0; i < n; i++) {
        activations[i] = slope * (e_l + swing * activations[i] - u_half);
    }
    elise_sigmoid(n, activations);
}

/* Rows of conductances; the row past the cycle has no teacher. */
static e2l_status draw_teacher(e2l_ctx *ctx, const elise_source *source, size_t k, bool is_inhibition, size_t step0, size_t n_rows,
                               double *out)
{
    const size_t visible = source->visible, n_active = visible * source->slots;
    const size_t n_taught = step0 + n_rows > source->period ? source->period - step0 : n_rows;
    const double lambda = source->options.nudging;
    const double total = lambda / (1 - lambda) * (g_l + g_d);
    uint8_t *active = e2l_alloc(ctx, n_active, 1);
    double *target = e2l_alloc(ctx, n_taught * visible + 1, sizeof *target);
    if (active && target) {
        memset(out, 0, n_rows * source->n * sizeof *out);
        elise_draw_pattern(source, k, active);
        elise_draw_target(source, active, step0, 1, n_taught, target);
        for (size_t row = 0; row < n_taught; row++) {
            for (size_t i = 0; i < visible; i++) {
                const double inhibition = total * (e_l + swing * target[row * visible + i]) / e_i;
                out[row * source->n + i] = is_inhibition ? inhibition : total - inhibition;
            }
        }
    }
    const bool ok = active && target;
    e2l_free(ctx, target);
    e2l_free(ctx, active);
    return ok ? E2L_OK : E2L_NOMEM;
}

/* ---- networks ------------------------------------------------------------------------------------ */

typedef struct growth {
    const elise_source *source;
    e2l_stream stream;
    double *connections; /* [n * n] */
    size_t *waiting;     /* [n] whose turn has not come */
    size_t n_waiting;
    size_t *n_in;        /* [n] connections a neuron has accepted */
} growth;

/* base^n by multiplication: no library decides about the last bit. */
static double power(double base, size_t n)
{
    double out = 1;
    for (size_t i = 0; i < n && out > 0; i++) {
        out *= base;
    }
    return out;
}

static size_t count_targets(growth *g)
{
    const elise_options *options = &g->source->options;
    if (e2l_stream_uniform(&g->stream) < options->p0) {
        return 0;
    }
    size_t n = 1;
    while (n < g->source->n && e2l_stream_uniform(&g->stream) < power(options->p, n)) {
        n++;
    }
    return n;
}

static void connect_one(growth *g, size_t from)
{
    const elise_source *source = g->source;
    for (size_t tries = 0; tries < MOST_TRIES; tries++) {
        const size_t to = source->visible + e2l_stream_below(&g->stream, (uint32_t)(source->n - source->visible));
        if (to == from || !(e2l_stream_uniform(&g->stream) < power(source->options.q, g->n_in[to]))) {
            continue;
        }
        if (g->n_in[to]++ == 0) {
            g->waiting[g->n_waiting++] = to;
        }
        g->connections[to * source->n + from] += 1;
        return;
    }
}

static e2l_status draw_scaffold(e2l_ctx *ctx, const elise_source *source, size_t k, double *out)
{
    growth g = {.source = source, .connections = out, .n_waiting = source->visible};
    g.waiting = e2l_alloc(ctx, 2 * source->n, sizeof *g.waiting);
    if (!g.waiting) {
        return E2L_NOMEM;
    }
    g.n_in = g.waiting + source->n;
    e2l_drawn_stream(&source->drawn, &g.stream, k, PART_SCAFFOLD, 0);
    memset(out, 0, source->n * source->n * sizeof *out);
    for (size_t i = 0; i < source->visible; i++) {
        g.waiting[i] = i;
    }
    while (g.n_waiting > 0) {
        const size_t at = e2l_stream_below(&g.stream, (uint32_t)g.n_waiting);
        const size_t from = g.waiting[at];
        g.n_waiting--;
        memmove(g.waiting + at, g.waiting + at + 1, (g.n_waiting - at) * sizeof *g.waiting);
        for (size_t n = count_targets(&g); n > 0; n--) {
            connect_one(&g, from);
        }
    }
    e2l_free(ctx, g.waiting);
    return E2L_OK;
}

static void draw_weights(const elise_source *source, size_t k, double *out)
{
    e2l_stream stream;
    e2l_drawn_stream(&source->drawn, &stream, k, PART_WEIGHTS, 0);
    e2l_stream_fill_normal(&stream, source->n * source->n, out);
    for (size_t i = 0; i < source->n * source->n; i++) {
        out[i] *= i % (source->n + 1) == 0 ? 0 : weight_sd; /* nobody connects to itself */
    }
}

static void draw_delays(const elise_source *source, size_t k, part what, int offset, double *out)
{
    e2l_stream stream;
    e2l_drawn_stream(&source->drawn, &stream, k, what, 0);
    for (size_t i = 0; i < source->n; i++) {
        out[i] = (double)(LEAST_DELAY + offset + (int)e2l_stream_below(&stream, N_DELAYS)) * tenth_ms;
    }
}

/* White noise: over a step of dt the potential gains noise * sqrt(dt) * normal. Blocks of steps share a stream. */
static e2l_status draw_noise(e2l_ctx *ctx, const elise_source *source, size_t k, uint64_t step0, size_t n_rows, double *out)
{
    const size_t n = source->n;
    const double scale = source->options.noise / sqrt(source->options.dt);
    double *block = e2l_alloc(ctx, NOISE_STEPS * n, sizeof *block);
    if (!block) {
        return E2L_NOMEM;
    }
    for (size_t done = 0; done < n_rows;) {
        const uint64_t step = step0 + done;
        const size_t first = (size_t)(step % NOISE_STEPS);
        const size_t m = n_rows - done < NOISE_STEPS - first ? n_rows - done : NOISE_STEPS - first;
        e2l_stream stream;
        e2l_drawn_stream(&source->drawn, &stream, k, PART_NOISE, step / NOISE_STEPS);
        e2l_stream_fill_normal(&stream, (first + m) * n, block);
        for (size_t i = 0; i < m * n; i++) {
            out[done * n + i] = scale * block[first * n + i];
        }
        done += m;
    }
    e2l_free(ctx, block);
    return E2L_OK;
}

static void draw_clamp(const elise_source *source, uint64_t step0, size_t n_rows, double *out)
{
    for (size_t row = 0; row < n_rows; row++) {
        for (size_t i = 0; i < source->n; i++) {
            out[row * source->n + i] = step0 + row > 0 && i < source->visible ? 1 : 0;
        }
    }
}

e2l_status elise_draw_rows(e2l_ctx *ctx, const elise_source *source, size_t k, elise_array array, uint64_t step0, size_t n_rows,
                           double *out)
{
    switch (array) {
    case ELISE_TEACHER_EXC:
    case ELISE_TEACHER_INH:
        return draw_teacher(ctx, source, k, array == ELISE_TEACHER_INH, (size_t)step0, n_rows, out);
    case ELISE_SCAFFOLD:
        return draw_scaffold(ctx, source, k, out);
    case ELISE_NOISE:
        return draw_noise(ctx, source, k, step0, n_rows, out);
    case ELISE_W0:
        draw_weights(source, k, out);
        break;
    case ELISE_DELAY:
        draw_delays(source, k, PART_DELAY, -1, out);
        break;
    case ELISE_DELAY_EXC:
    case ELISE_DELAY_INH:
        draw_delays(source, k, PART_DELAY_EXC, array == ELISE_DELAY_INH ? LATER_INHIBITION : 0, out);
        break;
    case ELISE_CLAMP:
        draw_clamp(source, step0, n_rows, out);
        break;
    case ELISE_N_ARRAYS:
        break;
    }
    return E2L_OK;
}
