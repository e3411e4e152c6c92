/* device.h: an opened substrate, for tests. */
#ifndef E2L_TESTS_SUPPORT_DEVICE_H
#define E2L_TESTS_SUPPORT_DEVICE_H

#include "substrate/substrate.h"

/* With options as JSON text, an object; the caller closes it. Fails the test, with the message, when that is wrong. */
e2l_device *test_device_open(e2l_ctx *ctx, const e2l_substrate *substrate, const char *options);

/* Runs the candidates in all cases and closes the device. Gives *n_values values of each, which the recordings point to, and what was counted; the caller frees them. */
double *test_device_run(e2l_ctx *ctx, const e2l_substrate *substrate, e2l_device *device, const e2l_experiment *experiment, const e2l_candidate *candidates, size_t n_candidates, const e2l_case *cases,
                        size_t n_cases, e2l_recording *recordings, size_t *n_values, e2l_stats *stats);

#endif
