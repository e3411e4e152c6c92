/* pca_score.c: from the recording of a case to its score.

   angle      mean over t of |cos(w_t, pc1)|, w_t before the update of step t,  - alpha (|w_T| - 1)^2
   final      |cos(w_T, pc1)|                                                   - alpha (|w_T| - 1)^2
   variance   w_T' C w_T                                                        - alpha (|w_T| - 1)^2

   with w_T after the last update. C is the covariance the case was drawn from; of a data file the uncentred second moment.
   `variance` rewards long weights when alpha is not above the largest eigenvalue; it is there for comparison. */
#include "tasks/pca_impl.h"

#include <math.h>

typedef struct target {
    size_t n;
    double norm, along; /* of the last weights: length, and projection on the component */
} target;

static target measure(const double *w, const double *component, size_t n)
{
    double square = 0;
    double along = 0;
    for (size_t i = 0; i < n; i++) {
        square += w[i] * w[i];
        along += w[i] * component[i];
    }
    return (target){.n = n, .norm = sqrt(square), .along = along};
}

/* w'Cw of the covariance l2 I + (l1 - l2) p p'. */
static double drawn_variance(const pca_options *options, const target *end)
{
    double large = options->scale;
    double small = options->ratio * options->scale;
    return small * (end->norm * end->norm) + (large - small) * (end->along * end->along);
}

static double data_variance(const pca_case *data, const double *w)
{
    double sum = 0;
    for (size_t t = 0; t < data->n_steps; t++) {
        double y = 0;
        for (size_t i = 0; i < data->n; i++) {
            y += w[i] * data->samples[t * data->n + i];
        }
        sum += y * y;
    }
    return sum / (double)data->n_steps;
}

static double merit(const e2l_family *family, const pca_case *data, const target *end, const double *w,
                    const e2l_score *score)
{
    switch ((pca_metric)family->source.options.metric) {
    case PCA_FINAL:
        return score->measures[1];
    case PCA_VARIANCE:
        return data ? data_variance(data, w) : drawn_variance(&family->source.options, end);
    case PCA_ANGLE:
        break;
    }
    return score->measures[0];
}

static void score_weights(const e2l_family *family, const pca_case *data, const pca_experiment *experiment,
                          const double *values, const double *component, e2l_score *out)
{
    const double *w = values + experiment->layout.places[PCA_PROBE_W_END].offset;
    const target end = measure(w, component, (size_t)experiment->arrays[PCA_ARRAY_PC1].size);
    out->measures[0] = values[experiment->layout.places[PCA_PROBE_COS].offset];
    out->measures[1] = end.norm > 0 ? fabs(end.along) / end.norm : 0;
    out->measures[2] = end.norm;
    double excess = end.norm - 1;
    double value = merit(family, data, &end, w, out) - family->alpha * (excess * excess);
    if (isfinite(value)) {
        out->value = value;
    } else {
        out->outcome = E2L_OUTCOME_DOMAIN;
    }
}

void pca_score(const e2l_family *family, size_t k, const e2l_recording *recording, e2l_score *out)
{
    if (!e2l_score_begin(out, recording)) {
        return;
    }
    if (family->has_file) {
        const pca_case *data = &family->file.cases[family->first + k * family->stride];
        score_weights(family, data, family->experiments[family->experiment_of[k]], recording->values,
                      data->pc1, out);
        return;
    }
    double *component = family->component;
    pca_draw_component(&family->source, k, component);
    score_weights(family, NULL, family->experiments[0], recording->values, component, out);
}
