/* worlds.c: see worlds.h. */
#include "tests/support/worlds.h"

#include <math.h>

enum { N, GAIN, N_PARAMETERS };

static const e2l_environment_parameter parameters[N_PARAMETERS] = {
    {"n", "1", "how many", 1, 1, 64, true},
    {"gain", "1", "of the echo", 0.5, -2, 2, false},
};
static const e2l_environment_item observed[] = {{"many", "1", "n numbers", N + 1}, {"one", "1", "one number", 0}};
static const e2l_environment_item shown[] = {{"sum", "1", "of all it saw", 0}, {"echo", "1", "what it saw before, with noise", N + 1}};
static const e2l_environment_item hidden[] = {{"count", "1", "calls", 0}, {"before", "1", "what it saw", N + 1}};

static void begin(const double *p, e2l_stream *stream, double *state)
{
    for (size_t k = 0; k < (size_t)p[N]; k++) {
        state[1 + k] = e2l_stream_uniform(stream) - 0.5;
    }
}

static void step(const double *p, e2l_stream *stream, const double *seen, double *state)
{
    const size_t n = (size_t)p[N];
    double *const count = &state[1 + n], *const before = count + 1;
    state[0] = seen[n];
    for (size_t k = 0; k < n; k++) {
        state[1 + k] = p[GAIN] * tanh(before[k]) + 0.1 * e2l_stream_uniform(stream) + 0.01 * *count;
        before[k] = seen[k];
        state[0] += 0.1 * tanh(seen[k]);
    }
    *count += 1;
}

const e2l_environment test_environment = {.abi = E2L_ENVIRONMENT_ABI,
                                          .struct_size = sizeof(e2l_environment),
                                          .name = "echo",
                                          .summary = "for tests",
                                          .source = "",
                                          .version = 3,
                                          .parameters = parameters,
                                          .n_parameters = N_PARAMETERS,
                                          .observed = observed,
                                          .shown = shown,
                                          .hidden = hidden,
                                          .n_observed = 2,
                                          .n_shown = 2,
                                          .n_hidden = 2,
                                          .begin = begin,
                                          .step = step};
