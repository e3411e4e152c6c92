/* dataset.h: data sets that are drawn, not read: tables without an end, whose rows are drawn one like the other.

   One record per data set: tasks/dataset_NAME.c defines `const e2l_dataset e2l_dataset_NAME`. A network file (task `custom`) takes
   columns of it where it could take columns of a CSV file. */
#ifndef E2L_TASKS_DATASET_H
#define E2L_TASKS_DATASET_H

#include "cgp/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { E2L_DATASET_MAX_COLUMNS = 16 };

typedef struct e2l_dataset {
    uint32_t abi; /* E2L_DATASET_ABI */
    size_t struct_size;
    const char *name, *summary, *source;
    const char *const *columns; /* NULL-terminated, at most E2L_DATASET_MAX_COLUMNS */
    /* One row: out[column], finite. A pure function of where the stream stands. */
    void (*draw)(e2l_stream *stream, double *out);
} e2l_dataset;

enum { E2L_DATASET_ABI = 1 };

extern const e2l_dataset *const e2l_datasets[];
extern const size_t e2l_n_datasets;
/* NULL: there is none of that name. */
const e2l_dataset *e2l_dataset_find(const char *name);
size_t e2l_dataset_n_columns(const e2l_dataset *dataset);

#ifdef __cplusplus
}
#endif
#endif
