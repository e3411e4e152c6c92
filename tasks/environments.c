/* environments.c: finding an environment by name. */
#include "tasks/environments.h"

#include <string.h>

const e2l_environment *e2l_environment_find(const char *name)
{
    for (size_t k = 0; k < e2l_n_environments; k++) {
        if (strcmp(e2l_environments[k]->name, name) == 0) {
            return e2l_environments[k];
        }
    }
    return NULL;
}
