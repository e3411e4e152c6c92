/* pca_draw.c: cases from the family's distribution.

   The covariance has one large eigenvalue l1 along the unit vector p and n - 1 equal small ones l2 = ratio * l1:

       x = sqrt(l2) z + (sqrt(l1) - sqrt(l2)) p (p . z),    z white, unit variance: gaussian, uniform or laplace

   so p is the first component of the *generating* covariance, and the target of the task. Every number is a pure
   function of (settings, task seed, set, case, block of steps): samples can be asked for in any order. */
#include "tasks/pca_impl.h"
#include "cgp/stream.h"

#include <math.h>
#include <string.h>

/* What within a case a stream is for; values are part of every result. */
typedef enum part { PART_COMPONENT = 1, PART_START = 2, PART_SAMPLES = 3 } part;

enum {
    BLOCK_STEPS = 64,  /* steps that share a stream; part of every result */
    PIECE = 64,        /* Laplace numbers made at a time; part of every result */
    SMALL = 1024       /* doubles of scratch kept on the stack */
};

const char *const pca_orientation_words[] = {"random", "axis", "diag", "mixed", NULL};

bool pca_normalise(double *v, size_t n, double length)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(v[i]));
    }
    if (!(largest > 0)) {
        return false;
    }
    double sum = 0; /* of squares at most 1: no overflow however long the vector is */
    for (size_t i = 0; i < n; i++) {
        v[i] /= largest;
        sum += v[i] * v[i];
    }
    double factor = length / sqrt(sum);
    for (size_t i = 0; i < n; i++) {
        v[i] *= factor;
    }
    return true;
}

pca_orientation pca_draw_orientation(const pca_source *source, size_t k)
{
    const e2l_word_list *list = &source->options.orientation;
    return list->n > 0 ? (pca_orientation)list->at[k % list->n] : PCA_RANDOM;
}

void pca_draw_component(const pca_source *source, size_t k, double *out)
{
    const size_t n = (size_t)source->options.n;
    e2l_stream stream;
    e2l_drawn_stream(&source->drawn, &stream, k, PART_COMPONENT, 0);
    memset(out, 0, n * sizeof *out);
    switch (pca_draw_orientation(source, k)) {
    case PCA_AXIS:
        out[e2l_stream_below(&stream, (uint32_t)n)] = 1;
        return;
    case PCA_DIAG:
    case PCA_MIXED:
        for (size_t i = 0; i < n; i++) {
            bool flip = pca_draw_orientation(source, k) == PCA_MIXED && (e2l_stream_u32(&stream) & 1u);
            out[i] = flip ? -1 : 1;
        }
        break;
    case PCA_RANDOM:
    case PCA_N_ORIENTATIONS:
        e2l_stream_fill_normal(&stream, n, out); /* isotropic once normalised */
        break;
    }
    if (!pca_normalise(out, n, 1)) {
        out[0] = 1;
    }
}

void pca_draw_start(const pca_source *source, size_t k, double *out)
{
    const size_t n = (size_t)source->options.n;
    e2l_stream stream;
    e2l_drawn_stream(&source->drawn, &stream, k, PART_START, 0);
    if (source->options.start == PCA_CUBE) {
        e2l_stream_fill_uniform(&stream, n, out);
        for (size_t i = 0; i < n; i++) {
            out[i] = 2 * out[i] - 1;
        }
    } else {
        e2l_stream_fill_normal(&stream, n, out);
    }
    if (!pca_normalise(out, n, source->options.w0_norm)) {
        out[0] = source->options.w0_norm;
    }
}

/* A b + C d of standard normals, over sqrt(2), is Laplace with unit variance (Nyquist, Rice and Riordan, Q. Appl. Math.
   12, 1954: the determinant of a 2 x 2 normal matrix): no logarithm, so the same bits on every machine. */
static void fill_laplace(e2l_stream *stream, size_t n, double *out)
{
    double normals[4 * PIECE];
    for (size_t at = 0; at < n; at += PIECE) {
        size_t m = n - at < PIECE ? n - at : PIECE;
        e2l_stream_fill_normal(stream, 4 * m, normals);
        for (size_t i = 0; i < m; i++) {
            const double *q = normals + 4 * i;
            out[at + i] = (q[0] * q[1] + q[2] * q[3]) * 0.70710678118654752440;
        }
    }
}

static void fill_white(e2l_stream *stream, int inputs, size_t n, double *out)
{
    if (inputs == PCA_LAPLACE) {
        fill_laplace(stream, n, out);
    } else if (inputs == PCA_UNIFORM) {
        e2l_stream_fill_uniform(stream, n, out);
        for (size_t i = 0; i < n; i++) {
            out[i] = (2 * out[i] - 1) * 1.7320508075688772935; /* sqrt(3): unit variance */
        }
    } else {
        e2l_stream_fill_normal(stream, n, out);
    }
}

/* White numbers to samples, in place. */
static void colour_rows(const pca_source *source, const double *component, size_t n_rows, double *rows)
{
    const size_t n = (size_t)source->options.n;
    const double large = sqrt(source->options.scale);
    const double small = sqrt(source->options.ratio * source->options.scale);
    for (size_t t = 0; t < n_rows; t++) {
        double *x = rows + t * n;
        double along = 0;
        for (size_t i = 0; i < n; i++) {
            along += component[i] * x[i];
        }
        along *= large - small;
        for (size_t i = 0; i < n; i++) {
            x[i] = small * x[i] + along * component[i];
        }
    }
}

/* Rows [first, first + n_rows) of one block. Whole blocks are made where they are wanted, parts in `scratch`. */
static void fill_block(const pca_source *source, size_t k, uint64_t block, size_t first, size_t n_rows,
                       double *scratch, double *out)
{
    const size_t n = (size_t)source->options.n;
    const uint64_t left = source->options.samples - block * BLOCK_STEPS;
    const size_t rows = left < BLOCK_STEPS ? (size_t)left : BLOCK_STEPS;
    e2l_stream stream;
    e2l_drawn_stream(&source->drawn, &stream, k, PART_SAMPLES, block);
    double *white = n_rows == rows ? out : scratch;
    fill_white(&stream, source->options.inputs, rows * n, white);
    if (white != out) {
        memcpy(out, white + first * n, n_rows * n * sizeof *out);
    }
}

/* Whether the rows are whole blocks, which need no scratch: what substrates ask for. */
static bool is_whole(const pca_source *source, uint64_t step0, size_t n_steps)
{
    uint64_t end = step0 + n_steps;
    return step0 % BLOCK_STEPS == 0 && (end % BLOCK_STEPS == 0 || end == source->options.samples);
}

e2l_status pca_draw_samples(e2l_ctx *ctx, const pca_source *source, size_t k, uint64_t step0, size_t n_steps,
                            double *out)
{
    const size_t n = (size_t)source->options.n;
    const size_t room = n + (is_whole(source, step0, n_steps) ? 0 : n * BLOCK_STEPS);
    double small[SMALL];
    double *heap = NULL;
    if (room > SMALL) {
        heap = e2l_alloc(ctx, room, sizeof *heap);
        if (!heap) {
            return E2L_NOMEM;
        }
    }
    double *component = heap ? heap : small;
    double *scratch = component + n;
    pca_draw_component(source, k, component);
    for (size_t done = 0; done < n_steps;) {
        uint64_t step = step0 + done;
        size_t first = (size_t)(step % BLOCK_STEPS);
        size_t m = BLOCK_STEPS - first;
        m = n_steps - done < m ? n_steps - done : m;
        fill_block(source, k, step / BLOCK_STEPS, first, m, scratch, out + done * n);
        done += m;
    }
    colour_rows(source, component, n_steps, out);
    e2l_free(ctx, heap);
    return E2L_OK;
}

e2l_key pca_draw_key(const pca_source *source, size_t k)
{
    return e2l_drawn_key(&source->drawn, k, NULL, 0);
}
