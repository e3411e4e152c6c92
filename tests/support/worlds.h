/* worlds.h: an environment for tests: it uses everything an environment may have. */
#ifndef E2L_TESTS_SUPPORT_WORLDS_H
#define E2L_TESTS_SUPPORT_WORLDS_H

#include "substrate/environment.h"

/* Parameters n and gain; observes `many` (n numbers) and `one`; shows `sum` and `echo` (n numbers); hides how often it was called. */
extern const e2l_environment test_environment;

#endif
