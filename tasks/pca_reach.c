/* pca_reach.c: what a rule sees on this task: inputs of the search cases, weights of any direction with the lengths that learning passes
   through, and the output they give together. */
#include <math.h>

#include "cgp/stream.h"
#include "tasks/pca_impl.h"

enum { MOST_CASES = 64, STRIDE = 797 /* between the steps looked at: prime, so that they spread over any length */ };
static const double least_length = 0.05, most_length = 1.6;

/* One vector: x and w of a synapse, and y. `x` and `w` have room for n numbers each. */
static e2l_status reach_one(e2l_ctx *ctx, const e2l_family *family, size_t k, double *x, double *w, double out[3])
{
    size_t n_cases = family->n_cases < MOST_CASES ? family->n_cases : MOST_CASES;
    size_t experiment;
    e2l_case drawn;
    char name[E2L_CASE_NAME_BYTES];
    e2l_status status = e2l_task_pca.draw(ctx, family, k % n_cases, &experiment, &drawn, name);
    if (status != E2L_OK) {
        return status;
    }
    const e2l_experiment *network = &family->experiments[experiment]->experiment;
    const size_t n = (size_t)network->populations[0].size;
    uint64_t step = (uint64_t)k * STRIDE % e2l_experiment_n_steps(network);
    status = drawn.fill(&drawn, ctx, PCA_ARRAY_SAMPLES, step, 1, x);
    e2l_stream stream;
    const uint64_t words[] = {(uint64_t)k};
    e2l_stream_init(&stream, family->source.drawn.seed, E2L_PURPOSE_PROBE, words, 1);
    e2l_stream_fill_normal(&stream, n, w);
    (void)pca_normalise(w, n, least_length + (most_length - least_length) * e2l_stream_uniform(&stream));
    double y = 0;
    for (size_t i = 0; i < n; i++) {
        y += w[i] * x[i];
    }
    size_t i = e2l_stream_below(&stream, (uint32_t)n);
    out[0] = x[i];
    out[1] = w[i];
    out[2] = y;
    return status;
}

static size_t widest(const e2l_family *family)
{
    size_t n = 0;
    for (size_t e = 0; e < family->n_experiments; e++) {
        size_t own = (size_t)family->experiments[e]->experiment.populations[0].size;
        n = own > n ? own : n;
    }
    return n;
}

e2l_status pca_reach(e2l_ctx *ctx, const e2l_family *family, size_t slot, size_t n, double *const *inputs)
{
    (void)slot; /* there is one */
    size_t width = widest(family);
    double *scratch = e2l_alloc(ctx, 2 * width, sizeof *scratch);
    e2l_status status = scratch ? E2L_OK : E2L_NOMEM;
    for (size_t k = 0; status == E2L_OK && k < n; k++) {
        double seen[3] = {0};
        status = reach_one(ctx, family, k, scratch, scratch + width, seen);
        for (size_t t = 0; t < 3; t++) { /* in the order of pca_terminals */
            inputs[t][k] = seen[t];
        }
    }
    e2l_free(ctx, scratch);
    return status;
}
