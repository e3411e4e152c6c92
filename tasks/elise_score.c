/* elise_score.c: how well the pattern came back.

   The network keeps its own time in the replay, so its last two cycles are compared with the pattern at every shift: a window of one cycle slides
   over the first of them, and the best mean square error of the visible rates counts (Kriener et al. 2024, evaluation/plotMetrics.py).

       error        least mean square error over shifts        score = -error
       correlation  Pearson's r of rate and target at that shift, mean over the neurons whose target changes; 0 for a rate that does not
       first        mean square error of the first cycle after the teacher is gone, not shifted: falls before the replay lasts
       shift        ms at which the error is least

   Errors are summed neuron by neuron and look by look for all shifts side by side. */
#include "tasks/elise_impl.h"

#include <math.h>

typedef enum measure { MEASURE_ERROR, MEASURE_CORRELATION, MEASURE_FIRST, MEASURE_SHIFT } measure;

typedef struct replay {
    const elise_source *source;
    const elise_scratch *scratch;
    const double *rates; /* [3 * n_looks][n] */
    size_t n_looks;      /* of a cycle */
} replay;

/* One neuron's looks at the last two cycles. */
static void take_neuron(const replay *r, size_t i)
{
    const double *last = r->rates + r->n_looks * r->source->n;
    for (size_t t = 0; t < 2 * r->n_looks; t++) {
        r->scratch->replay[t] = last[t * r->source->n + i];
    }
}

static double target_of(const replay *r, size_t t, size_t i)
{
    return r->scratch->target[t * r->source->visible + i];
}

/* errors[s] = mean over neurons and looks of (rate(t + s) - target(t))^2. */
static void sum_errors(const replay *r)
{
    double *errors = r->scratch->errors;
    const size_t n = r->n_looks;
    for (size_t s = 0; s < n; s++) {
        errors[s] = 0;
    }
    for (size_t i = 0; i < r->source->visible; i++) {
        take_neuron(r, i);
        for (size_t t = 0; t < n; t++) {
            const double target = target_of(r, t, i);
            const double *from = r->scratch->replay + t;
            for (size_t s = 0; s < n; s++) {
                const double off = from[s] - target;
                errors[s] += off * off;
            }
        }
    }
    for (size_t s = 0; s < n; s++) {
        errors[s] /= (double)(n * r->source->visible);
    }
}

/* Pearson's r of neuron i at shift s, whose looks stand in scratch->replay; NaN when its target does not change. */
static double correlate(const replay *r, size_t i, size_t s)
{
    const size_t n = r->n_looks;
    double mean_rate = 0, mean_target = 0, rates = 0, targets = 0, both = 0;
    for (size_t t = 0; t < n; t++) {
        mean_rate += r->scratch->replay[s + t] / (double)n;
        mean_target += target_of(r, t, i) / (double)n;
    }
    for (size_t t = 0; t < n; t++) {
        const double a = r->scratch->replay[s + t] - mean_rate, b = target_of(r, t, i) - mean_target;
        rates += a * a;
        targets += b * b;
        both += a * b;
    }
    const double least = 1e-12 * (double)n;
    return !(targets > least) ? (double)NAN : rates > least ? both / sqrt(rates * targets) : 0;
}

static double mean_correlation(const replay *r, size_t shift)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < r->source->visible; i++) {
        take_neuron(r, i);
        const double one = correlate(r, i, shift);
        sum += isnan(one) ? 0 : one;
        n += isnan(one) ? 0 : 1;
    }
    return n > 0 ? sum / (double)n : 0;
}

static double first_error(const replay *r)
{
    double sum = 0;
    for (size_t t = 0; t < r->n_looks; t++) {
        for (size_t i = 0; i < r->source->visible; i++) {
            const double off = r->rates[t * r->source->n + i] - target_of(r, t, i);
            sum += off * off;
        }
    }
    return sum / (double)(r->n_looks * r->source->visible);
}

void elise_score(const e2l_family *family, size_t k, const e2l_recording *recording, e2l_score *out)
{
    if (!e2l_score_begin(out, recording)) {
        return;
    }
    const elise_source *source = &family->source;
    const replay r = {.source = source, .scratch = family->scratch, .rates = recording->values, .n_looks = source->period / source->every};
    elise_draw_pattern(source, k, r.scratch->active);
    elise_draw_target(source, r.scratch->active, 0, source->every, r.n_looks, r.scratch->target);
    elise_target_rates(r.n_looks * source->visible, r.scratch->target);
    sum_errors(&r);
    size_t best = 0;
    for (size_t s = 1; s < r.n_looks; s++) {
        best = r.scratch->errors[s] < r.scratch->errors[best] ? s : best;
    }
    out->value = -r.scratch->errors[best];
    out->measures[MEASURE_ERROR] = r.scratch->errors[best];
    out->measures[MEASURE_CORRELATION] = mean_correlation(&r, best);
    out->measures[MEASURE_FIRST] = first_error(&r);
    out->measures[MEASURE_SHIFT] = (double)(best * source->every) * source->options.dt;
    if (!isfinite(out->value)) {
        out->outcome = E2L_OUTCOME_DOMAIN;
        out->value = 0;
    }
}
