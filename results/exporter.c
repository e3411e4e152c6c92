/* exporter.c: looking up export formats. */
#include "results/exporter.h"

#include <string.h>

const e2l_exporter *e2l_exporter_find(const char *name)
{
    for (size_t k = 0; k < e2l_n_exports; k++) {
        if (strcmp(e2l_exports[k]->name, name) == 0) {
            return e2l_exports[k];
        }
    }
    return NULL;
}
