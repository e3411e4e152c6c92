/* environments.h: the environments that are built in: one file tasks/environment_NAME.c each. */
#ifndef E2L_TASKS_ENVIRONMENTS_H
#define E2L_TASKS_ENVIRONMENTS_H

#include "substrate/environment.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const e2l_environment *const e2l_environments[];
extern const size_t e2l_n_environments;
const e2l_environment *e2l_environment_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
