/* recover_score.c: from the student's errors to a score.

   E = sum of squares of what the student missed at the steps compared, S = the same for weights that never change after being set:

       score = -2 E / (E + S)       0: the record exactly, -1: no better than no learning, -2: however far off

   A mean square is smooth in the constants of a rule; the bound keeps one exploding case from hiding nine good ones. Where nothing
   changes in the record (S = 0) only a perfect student scores 0. */
#include "tasks/recover_impl.h"

#include <math.h>

enum { MEASURE_ERROR, MEASURE_RMS };

static double bounded(double error, double still)
{
    if (!(error > 0)) {
        return 0;
    }
    return error <= still ? -2 * (error / still) / (1 + error / still) : -2 / (1 + still / error);
}

void recover_score(const e2l_family *family, size_t k, const e2l_recording *recording, e2l_score *out)
{
    if (!e2l_score_begin(out, recording)) {
        return;
    }
    const recover_recording *record = family->has_file       ? family->file[family->first + k * family->stride]
                                      : k < family->store->room ? family->store->at[k]
                                                                : NULL;
    if (!record) {
        out->outcome = E2L_OUTCOME_DOMAIN;
        return;
    }
    const size_t width = family->options.observe == RECOVER_ACTIVITY ? 1 : record->n;
    double error = 0;
    for (size_t i = 0; i < width; i++) {
        error += recording->values[i];
    }
    if (isnan(error)) {
        out->outcome = E2L_OUTCOME_DOMAIN;
        return;
    }
    error = fmin(error, 1e300);
    out->value = bounded(error, record->still);
    out->measures[MEASURE_ERROR] = error > 0 ? fmin(error / record->still, 1e300) : 0;
    out->measures[MEASURE_RMS] = record->n_compared > 0 ? sqrt(error / (double)record->n_compared) : 0;
}
