/* recover_draw.c: recordings of a teacher whose rule is known, and what every recording shares.

   x = mean + sd z, z white with unit variance; r uniform on [0, reward]; w_0 normal with deviation w0; then for every step

       y = w . x,   w_i += rate * teacher(x_i, y, w_i, r)

   with the arithmetic of the networks (DESIGN section 3), so that a student with the same rule repeats it to the bit. What is recorded is
   w + noise * rms(w) * normal (activity alike), at the rows that are no gaps; the first and the last row are always recorded, the first without noise unless start =
   recorded: who sets up an experiment knows where it starts, and a student that starts wrong is blamed for it ever after. Inputs,
   rewards and first weights depend neither on the teacher nor on noise and gaps: recordings can be compared. */
#include "tasks/recover_impl.h"
#include "cgp/stream.h"
#include "substrate/substrate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What within a case a stream is for; values are part of every result. */
typedef enum part { PART_START = 1, PART_INPUTS = 2, PART_REWARD = 3, PART_W_NOISE = 4, PART_Y_NOISE = 5, PART_GAPS = 6 } part;

enum { N_PARTIAL = 8, SLOT_NAMES = 4 };

static const double sqrt_3 = 1.7320508075688772935;

e2l_status recover_recording_create(e2l_ctx *ctx, recover_recording **out, size_t n, size_t n_steps)
{
    *out = e2l_alloc(ctx, 1, sizeof **out);
    if (!*out) {
        return E2L_NOMEM;
    }
    const size_t rows = n_steps + 1;
    double **const blocks[] = {&(*out)->x,      &(*out)->w,    &(*out)->w_seen, &(*out)->reward,
                               &(*out)->y,      &(*out)->y_seen, &(*out)->sync, &(*out)->zeros};
    const size_t sizes[] = {n_steps * n, rows * n, rows * n, n_steps, n_steps, n_steps, n_steps, n_steps};
    (*out)->n = n;
    (*out)->n_steps = n_steps;
    for (size_t b = 0; b < sizeof sizes / sizeof *sizes; b++) {
        *blocks[b] = e2l_alloc(ctx, sizes[b], sizeof(double));
        if (!*blocks[b]) {
            recover_recording_destroy(ctx, *out);
            *out = NULL;
            return E2L_NOMEM;
        }
    }
    return E2L_OK;
}

void recover_recording_destroy(e2l_ctx *ctx, recover_recording *recording)
{
    if (recording) {
        double *const blocks[] = {recording->x, recording->w,      recording->w_seen, recording->reward,
                                  recording->y, recording->y_seen, recording->sync,   recording->zeros};
        for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
            e2l_free(ctx, blocks[b]);
        }
        e2l_free(ctx, recording);
    }
}

double recover_dot(const double *a, const double *b, size_t n)
{
    double s[N_PARTIAL] = {0};
    for (size_t i = 0; i < n; i++) {
        s[i % N_PARTIAL] += a[i] * b[i];
    }
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/* ---- what every recording shares ----------------------------------------------------------------- */

static bool is_whole(const recover_recording *r, size_t row)
{
    for (size_t i = 0; i < r->n; i++) {
        if (!(r->w_seen[row * r->n + i] > 0)) {
            return false;
        }
    }
    return true;
}

/* The first completely recorded row after at least `window` steps; 0: never after the start. Where the teacher had diverged the
   student is held. */
static void choose_sync(recover_recording *r, uint64_t window)
{
    const size_t end = r->n_steps - r->n_cut;
    size_t last = 0;
    for (size_t t = 0; t < r->n_steps; t++) {
        bool is_due = t >= end || t == 0 || (window > 0 && t - last >= window && is_whole(r, t));
        r->sync[t] = is_due ? 1 : 0;
        last = is_due ? t : last;
    }
}

/* Square error of weights that stay what they were set to. */
static void measure_still_weights(recover_recording *r)
{
    const double *set = r->w;
    for (size_t t = 0; t < r->n_steps; t++) {
        set = r->sync[t] > 0 ? r->w + t * r->n : set;
        for (size_t i = 0; i < r->n; i++) {
            const size_t at = (t + 1) * r->n + i;
            double miss = (set[i] - r->w[at]) * r->w_seen[at];
            r->still += miss * miss;
            r->n_compared += r->w_seen[at] > 0;
        }
    }
}

static void measure_still_activity(recover_recording *r)
{
    for (size_t t = 0; t < r->n_steps; t++) {
        double miss = (recover_dot(r->w, r->x + t * r->n, r->n) - r->y[t]) * r->y_seen[t];
        r->still += miss * miss;
        r->n_compared += r->y_seen[t] > 0;
    }
}

void recover_recording_finish(recover_recording *recording, const recover_options *options)
{
    recover_recording *r = recording;
    const size_t wide = r->n * sizeof(double);
    choose_sync(r, options->observe == RECOVER_ACTIVITY ? 0 : options->window);
    r->still = 0;
    r->n_compared = 0;
    if (options->observe == RECOVER_ACTIVITY) {
        measure_still_activity(r);
    } else {
        measure_still_weights(r);
    }
    const uint64_t shape[] = {r->n, r->n_steps, (uint64_t)options->observe};
    e2l_key key = e2l_key_bytes(shape, sizeof shape, (e2l_key){0, 0});
    key = e2l_key_bytes(r->x, r->n_steps * wide, key);
    key = e2l_key_bytes(r->w, (r->n_steps + 1) * wide, key);
    key = e2l_key_bytes(r->w_seen, (r->n_steps + 1) * wide, key);
    const double *const rows[] = {r->reward, r->y, r->y_seen, r->sync};
    for (size_t b = 0; b < sizeof rows / sizeof *rows; b++) {
        key = e2l_key_bytes(rows[b], r->n_steps * sizeof(double), key);
    }
    r->key = key;
}

/* ---- the teacher --------------------------------------------------------------------------------- */

static void open_stream(e2l_stream *stream, const e2l_family *family, size_t k, part what)
{
    const uint64_t words[] = {family->drawn.settings.low, family->drawn.settings.high, family->drawn.set, (uint64_t)k, (uint64_t)what};
    e2l_stream_init(stream, family->drawn.seed, E2L_PURPOSE_CASE, words, sizeof words / sizeof *words);
}

static void draw_inputs(const e2l_family *family, size_t k, recover_recording *r)
{
    const recover_options *options = &family->options;
    const size_t n = r->n * r->n_steps;
    e2l_stream stream;
    open_stream(&stream, family, k, PART_INPUTS);
    if (options->inputs == RECOVER_GAUSSIAN) {
        e2l_stream_fill_normal(&stream, n, r->x);
    } else {
        e2l_stream_fill_uniform(&stream, n, r->x);
    }
    for (size_t i = 0; i < n; i++) {
        double z = options->inputs == RECOVER_GAUSSIAN  ? r->x[i]
                   : options->inputs == RECOVER_UNIFORM ? (2 * r->x[i] - 1) * sqrt_3
                                                        : (r->x[i] < 0.5 ? -1 : 1);
        r->x[i] = options->mean + options->sd * z;
    }
    open_stream(&stream, family, k, PART_REWARD);
    e2l_stream_fill_uniform(&stream, r->n_steps, r->reward);
    for (size_t t = 0; t < r->n_steps; t++) {
        r->reward[t] *= options->reward;
    }
    open_stream(&stream, family, k, PART_START);
    e2l_stream_fill_normal(&stream, r->n, r->w);
    for (size_t i = 0; i < r->n; i++) {
        r->w[i] *= options->w0;
    }
}

/* Constant rows of scratch for the terminals that are the same for all synapses, the rule's value, its workspace. */
typedef struct bench {
    double *y, *reward, *value;
    void *work;
} bench;

static void bench_clear(e2l_ctx *ctx, bench *b)
{
    e2l_free(ctx, b->y);
    e2l_free(ctx, b->reward);
    e2l_free(ctx, b->value);
    e2l_free(ctx, b->work);
}

static e2l_status bench_init(e2l_ctx *ctx, bench *b, const e2l_expr *rule, size_t n)
{
    *b = (bench){.y = e2l_alloc(ctx, n, sizeof(double)),
                 .reward = e2l_alloc(ctx, n, sizeof(double)),
                 .value = e2l_alloc(ctx, n, sizeof(double)),
                 .work = e2l_alloc_lanes(ctx, e2l_expr_eval_bytes(rule), 1)};
    if (!b->y || !b->reward || !b->value || !b->work) {
        bench_clear(ctx, b);
        return E2L_NOMEM;
    }
    return E2L_OK;
}

/* One update of row t; false when a weight is out of range after it. */
static bool step_teacher(const e2l_family *family, recover_recording *r, size_t t, const bench *b)
{
    const double *inputs[SLOT_NAMES] = {NULL};
    const double *x = r->x + t * r->n, *w = r->w + t * r->n;
    double *next = r->w + (t + 1) * r->n;
    r->y[t] = recover_dot(w, x, r->n);
    for (size_t i = 0; i < r->n; i++) {
        b->y[i] = r->y[t];
        b->reward[i] = r->reward[t];
    }
    for (size_t k = 0; k < e2l_expr_n_names(family->teacher); k++) {
        const char name = e2l_expr_name(family->teacher, k)[0];
        inputs[k] = name == 'x' ? x : name == 'y' ? b->y : name == 'w' ? w : b->reward;
    }
    e2l_expr_eval(family->teacher, e2l_isa_best(), r->n, inputs, b->value, b->work);
    bool is_sane = true;
    for (size_t i = 0; i < r->n; i++) {
        next[i] = w[i] + family->options.rate * b->value[i];
        is_sane = is_sane && fabs(next[i]) < E2L_WEIGHT_LIMIT; /* false for NaN */
    }
    return is_sane;
}

/* Rows of weights there are: n_steps + 1, or up to the last one before the teacher diverged. */
static e2l_status run_teacher(e2l_ctx *ctx, const e2l_family *family, recover_recording *r, size_t *n_rows)
{
    bench b;
    e2l_status status = bench_init(ctx, &b, family->teacher, r->n);
    if (status != E2L_OK) {
        return status;
    }
    size_t t = 0;
    const unsigned saved = e2l_flush_begin();
    while (t < r->n_steps && step_teacher(family, r, t, &b)) {
        t++;
    }
    e2l_flush_end(saved);
    bench_clear(ctx, &b);
    *n_rows = t + 1;
    r->n_cut = r->n_steps - t;
    if (t == 0) {
        return e2l_fail(ctx, E2L_INPUT, "task.teacher: weights diverge in the first step; a smaller rate, w0 or sd helps");
    }
    return E2L_OK;
}

/* ---- what is seen of it -------------------------------------------------------------------------- */

static void add_noise(e2l_stream *stream, double noise, size_t n, double *values)
{
    double square = 0;
    for (size_t i = 0; i < n; i++) {
        square += values[i] * values[i];
    }
    const double deviation = noise * sqrt(square / (double)n);
    for (size_t i = 0; i < n && deviation > 0; i++) {
        double one;
        e2l_stream_fill_normal(stream, 1, &one);
        values[i] += deviation * one;
    }
}

/* Row t of those recorded. Draws one number per row, whatever the options are. */
static bool is_recorded(const recover_options *options, e2l_stream *stream, size_t t, size_t n_rows)
{
    const double u = e2l_stream_uniform(stream);
    return t == 0 || t + 1 == n_rows || (t % options->every == 0 && u >= options->gaps);
}

/* After the last row before the teacher diverged: no inputs, so that its rule does not diverge there in the student. */
static void hold(recover_recording *r, size_t n_rows)
{
    for (size_t at = (n_rows - 1) * r->n; at < r->n_steps * r->n; at++) {
        r->x[at] = 0;
    }
}

/* Hides what is not recorded: zeros, so that no number tells what was there. */
static void observe(const e2l_family *family, size_t k, recover_recording *r, size_t n_rows)
{
    e2l_stream stream;
    open_stream(&stream, family, k, PART_W_NOISE);
    const size_t known = family->options.start == RECOVER_KNOWN ? r->n : 0;
    add_noise(&stream, family->options.noise, n_rows * r->n - known, r->w + known);
    open_stream(&stream, family, k, PART_Y_NOISE);
    add_noise(&stream, family->options.noise, n_rows - 1, r->y);
    open_stream(&stream, family, k, PART_GAPS);
    for (size_t t = 0; t <= r->n_steps; t++) {
        const bool is_seen = is_recorded(&family->options, &stream, t, n_rows) && t < n_rows;
        for (size_t i = 0; i < r->n; i++) {
            r->w[t * r->n + i] = is_seen ? r->w[t * r->n + i] : t < n_rows ? 0 : r->w[(n_rows - 1) * r->n + i];
            r->w_seen[t * r->n + i] = is_seen;
        }
        if (t < r->n_steps) {
            const bool is_active = is_seen && t + 1 < n_rows;
            r->y[t] = is_active ? r->y[t] : 0;
            r->y_seen[t] = is_active;
        }
    }
    hold(r, n_rows);
}

e2l_status recover_draw(e2l_ctx *ctx, recover_recording **out, const e2l_family *family, size_t k)
{
    size_t n_rows = 0;
    e2l_status status =
        recover_recording_create(ctx, out, (size_t)family->options.n, (size_t)family->options.steps);
    if (status != E2L_OK) {
        return status;
    }
    draw_inputs(family, k, *out);
    status = run_teacher(ctx, family, *out, &n_rows);
    if (status != E2L_OK) {
        recover_recording_destroy(ctx, *out);
        *out = NULL;
        return status;
    }
    observe(family, k, *out, n_rows);
    (void)snprintf((*out)->name, sizeof (*out)->name, "recording-%zu", k);
    recover_recording_finish(*out, &family->options);
    return E2L_OK;
}
