/* models.h: one model run on the cpu substrate, for tests that hold models against closed forms. */
#ifndef E2L_TESTS_SUPPORT_MODELS_H
#define E2L_TESTS_SUPPORT_MODELS_H

#include "substrate/substrate.h"

enum { MODEL_MOST_INPUTS = 3, MODEL_MOST_PROBES = 4 };

/* A population of `size` neurons of a model for `steps` steps; every port named in `ports` gets inputs(user, port, step, neuron). */
typedef struct model_run {
    const char *model;
    double dt;
    uint64_t size, steps;
    const e2l_binding *parameters;
    size_t n_parameters;
    const char *ports[MODEL_MOST_INPUTS]; /* NULL: none further */
    double (*inputs)(const void *user, size_t port, uint64_t step, uint64_t neuron);
    const void *user;
    const char *probes[MODEL_MOST_PROBES]; /* variables; NULL: none further */
} model_run;

/* Every step's values of the probes: out[probe][step * size + neuron]. The caller frees out[k] with e2l_free. */
void model_run_all(e2l_ctx *ctx, const model_run *what, double *out[MODEL_MOST_PROBES]);
/* Any experiment, one candidate (NULL: it has no slots): gives the values recorded of each case, one after the other, e2l_free. */
double *experiment_values(e2l_ctx *ctx, const e2l_experiment *experiment, const e2l_case *cases, size_t n_cases,
                          const e2l_candidate *candidate);

#endif
