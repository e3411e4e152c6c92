/* error_driven_draw.c: the cases of error_driven: teachers and spike trains.

   Weights of a teacher: offset (up or down) + uniform in +-spread. Rates: uniform between rate_low and rate_high, one per input. A train is drawn in bins
   of 0.1 ms (or dt, if that is shorter), a spike in each with probability rate * bin; the spikes of a step are those of its bins, so that the same
   case at dt = 0.1, 0.5 and 1 ms has the same trains. */
#include <math.h>
#include <string.h>

#include "tasks/error_driven_impl.h"

/* What within a case a stream is for; values are part of every result. */
enum { PART_SIGN = 1, PART_TEACHER = 2, PART_RATES = 3, PART_SPIKES = 4 };
enum { BLOCK_BINS = 640 }; /* bins of one input that share a stream; part of every result */
static const double longest_bin_ms = 0.1;
static const double words_u32 = 4294967296.0; /* 2^32 */

uint64_t error_steps(double duration, double dt)
{
    const double steps = floor(duration / dt + 0.5);
    return fabs(duration / dt - steps) <= 1e-9 * fmax(steps, 1) ? (uint64_t)steps : 0;
}

bool error_draw_is_up(const e2l_family *family, size_t k)
{
    e2l_stream stream;
    e2l_drawn_stream(&family->drawn, &stream, k, PART_SIGN, 0);
    const bool heads = (e2l_stream_u32(&stream) & 1u) != 0;
    return family->options.sign == ERROR_SIGN_UP || (family->options.sign == ERROR_SIGN_RANDOM && heads);
}

void error_draw_teacher(const e2l_family *family, size_t k, double *out)
{
    const error_options *options = &family->options;
    const double offset = error_draw_is_up(family, k) ? options->offset : -options->offset;
    e2l_stream stream;
    e2l_drawn_stream(&family->drawn, &stream, k, PART_TEACHER, 0);
    for (size_t j = 0; j < options->n; j++) {
        out[j] = offset + options->spread * (2 * e2l_stream_uniform(&stream) - 1);
    }
}

/* Bins of a step: the fewest that are no longer than longest_bin_ms. */
static uint64_t bins_per_step(const error_options *options)
{
    const double bins = ceil(options->dt / longest_bin_ms - 1e-9);
    return bins > 1 ? (uint64_t)bins : 1;
}

/* A bin holds a spike where the next word of the stream is below this. */
static uint32_t threshold_of(const error_options *options, double rate_hz, uint64_t bins)
{
    const double expected = rate_hz * 1e-3 * options->dt / (double)bins;
    return (uint32_t)(fmin(expected, 1) * (words_u32 - 1));
}

/* Adds the spikes of one block of input j to the steps asked for. */
static void add_block(const e2l_family *family, size_t k, size_t j, uint64_t block, uint32_t threshold, uint64_t step0, size_t n_steps,
                      double *out)
{
    const size_t n = (size_t)family->options.n;
    const uint64_t bins = bins_per_step(&family->options);
    e2l_stream stream;
    e2l_drawn_stream(&family->drawn, &stream, k, PART_SPIKES + (uint64_t)j, block);
    for (uint64_t bin = block * BLOCK_BINS; bin < (block + 1) * BLOCK_BINS; bin++) {
        const bool spikes = e2l_stream_u32(&stream) < threshold;
        const uint64_t step = bin / bins;
        if (spikes && step >= step0 && step - step0 < n_steps) {
            out[(step - step0) * n + j] += 1;
        }
    }
}

void error_draw_spikes(const e2l_family *family, size_t k, uint64_t step0, size_t n_steps, double *out)
{
    const error_options *options = &family->options;
    const size_t n = (size_t)options->n;
    const uint64_t bins = bins_per_step(options);
    e2l_stream rates;
    e2l_drawn_stream(&family->drawn, &rates, k, PART_RATES, 0);
    memset(out, 0, n_steps * n * sizeof *out);
    for (size_t j = 0; j < n && n_steps > 0; j++) {
        const double rate_hz = options->rate_low + (options->rate_high - options->rate_low) * e2l_stream_uniform(&rates);
        const uint32_t threshold = threshold_of(options, rate_hz, bins);
        const uint64_t last = ((step0 + n_steps) * bins - 1) / BLOCK_BINS;
        for (uint64_t block = step0 * bins / BLOCK_BINS; block <= last; block++) {
            add_block(family, k, j, block, threshold, step0, n_steps, out);
        }
    }
}

e2l_key error_draw_key(const e2l_family *family, size_t k)
{
    const uint64_t more[] = {e2l_double_bits(family->options.dt), family->n_steps};
    return e2l_drawn_key(&family->drawn, k, more, sizeof more / sizeof *more);
}
