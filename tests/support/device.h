/* device.h: an opened substrate, for tests. */
#ifndef E2L_TESTS_SUPPORT_DEVICE_H
#define E2L_TESTS_SUPPORT_DEVICE_H

#include "substrate/substrate.h"

/* With options as JSON text, an object; the caller closes it. Fails the test, with the message, when that is wrong. */
e2l_device *test_device_open(e2l_ctx *ctx, const e2l_substrate *substrate, const char *options);

#endif
