/* dataset.c: finding a data set by name. */
#include "tasks/dataset.h"

#include <string.h>

const e2l_dataset *e2l_dataset_find(const char *name)
{
    for (size_t k = 0; k < e2l_n_datasets; k++) {
        if (strcmp(e2l_datasets[k]->name, name) == 0) {
            return e2l_datasets[k];
        }
    }
    return NULL;
}

size_t e2l_dataset_n_columns(const e2l_dataset *dataset)
{
    size_t n = 0;
    while (dataset->columns[n]) {
        n++;
    }
    return n;
}
