/* second_order_reach.c: what rules see on this task while weights change: labels and samples of the search cases, with predictions of the mean and
   of the precision anywhere learning passes through. */
#include <math.h>

#include "tasks/second_order_impl.h"

enum { MOST_CASES = 64, STRIDE = 397 /* between the samples looked at: prime, so that they spread over any number */ };
static const double mean_spread = 0.5; /* of predicted means */
enum { LOW_OCTAVE = -3, OCTAVES = 9 };      /* predicted precisions: 1/8 to 64 */

typedef struct seen {
    double r, e, eps, delta, w_mean, w_precision;
} seen;

static e2l_status reach_one(e2l_ctx *ctx, const e2l_family *family, size_t number, double *data, seen *out)
{
    const size_t n = (size_t)family->options.n, k = number % MOST_CASES;
    double label[SECOND_ORDER_CLASSES];
    e2l_status status = second_order_draw_rows(ctx, family, k, (uint64_t)number * STRIDE % family->options.train, 1, label, data);
    if (status != E2L_OK) {
        return status;
    }
    e2l_stream stream;
    const uint64_t words[] = {(uint64_t)number};
    e2l_stream_init(&stream, family->drawn.seed, E2L_PURPOSE_PROBE, words, 1);
    const size_t input = e2l_stream_below(&stream, (uint32_t)n), class = e2l_stream_below(&stream, SECOND_ORDER_CLASSES);
    double normals[SECOND_ORDER_CLASSES], mean[SECOND_ORDER_CLASSES], precision[SECOND_ORDER_CLASSES];
    double mu = 0, pi = 0;
    e2l_stream_fill_normal(&stream, SECOND_ORDER_CLASSES, normals);
    for (size_t c = 0; c < SECOND_ORDER_CLASSES; c++) {
        mean[c] = mean_spread * normals[c];
        precision[c] = ldexp(1 + e2l_stream_uniform(&stream), LOW_OCTAVE + (int)e2l_stream_below(&stream, OCTAVES));
        mu += mean[c] * label[c];
        pi += precision[c] * label[c];
    }
    const double e = data[input] - mu;
    *out = (seen){.r = label[class], .e = e, .eps = pi * e, .delta = 0.5 * (1 / pi - e * e), .w_mean = mean[class], .w_precision = precision[class]};
    return E2L_OK;
}

e2l_status second_order_reach(e2l_ctx *ctx, const e2l_family *family, size_t slot, size_t n, double *const *inputs)
{
    double *data = e2l_alloc(ctx, (size_t)family->options.n, sizeof *data);
    e2l_status status = data ? E2L_OK : E2L_NOMEM;
    for (size_t k = 0; status == E2L_OK && k < n; k++) {
        seen one = {0};
        status = reach_one(ctx, family, k, data, &one);
        const bool is_mean = slot == SECOND_ORDER_SLOT_MEAN;
        inputs[0][k] = one.r; /* in the order of the slots' terminals */
        inputs[1][k] = one.e;
        inputs[2][k] = is_mean ? one.eps : one.delta;
        inputs[3][k] = is_mean ? one.w_mean : one.w_precision;
    }
    e2l_free(ctx, data);
    return status;
}
