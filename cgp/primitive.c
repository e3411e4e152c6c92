/* primitive.c: looking things up in the generated registry of primitives. */
#include "cgp/primitive.h"

#include <string.h>

const e2l_primitive *e2l_primitive_find(const char *name)
{
    size_t low = 0, high = e2l_n_primitives;
    while (low < high) { /* the registry is sorted by name */
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(name, e2l_primitives[middle]->name);
        if (order == 0) {
            return e2l_primitives[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

size_t e2l_primitive_index(const e2l_primitive *primitive)
{
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        if (e2l_primitives[k] == primitive) {
            return k;
        }
    }
    return e2l_n_primitives;
}

void e2l_primitive_names(const char **names)
{
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        names[k] = e2l_primitives[k]->name;
    }
}
