/* drawn.h: what tasks share whose cases are all drawn from a distribution: sets and their shifts, streams, keys.

   The sets are search, select, test and shift:NAME. A shifted set has other options than the rest of the family; its cases are drawn
   from streams of its own. */
#ifndef E2L_TASKS_DRAWN_H
#define E2L_TASKS_DRAWN_H

#include "cgp/stream.h"
#include "tasks/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A shifted set: what it changes in the task's options. */
typedef struct e2l_shift {
    const char *name;
    void (*apply)(void *options);
} e2l_shift;

/* What the cases of an open set depend on beside their numbers. */
typedef struct e2l_drawn {
    uint64_t seed;    /* task.seed */
    uint64_t set;     /* from the name of the set */
    e2l_key settings; /* of the options that change the data (is_data), as shifted */
} e2l_drawn;

/* The shifted sets of a task; `all`, too, is a set of one that takes data files. */
typedef struct e2l_shifts {
    const e2l_shift *at;
    size_t n;
    bool has_files;
} e2l_shifts;

/* Changes `options` (of `task`) as the set asks and fills `out`. E2L_INPUT with the known sets when there is none of this name. */
E2L_MUST_CHECK e2l_status e2l_drawn_open(e2l_ctx *ctx, e2l_drawn *out, const e2l_task *task, const e2l_shifts *shifts, void *options, uint64_t seed,
                                         const char *set);
/* The sets of a data file are search, select, test and all. E2L_UNSUPPORTED for a shifted one, E2L_INPUT for any other. */
E2L_MUST_CHECK e2l_status e2l_drawn_check_file_set(e2l_ctx *ctx, const e2l_task *task, const e2l_shifts *shifts, const char *set);
/* e2l_task.n_experiments, n_cases and data_eta where one network runs on as many cases as are asked for, and no data asks for a rate. */
size_t e2l_drawn_n_experiments(const e2l_family *family);
size_t e2l_drawn_n_cases(const e2l_family *family);
double e2l_drawn_data_eta(const e2l_family *family);
/* The stream of one part (a number of the task's) of case k; blocks of a part have streams of their own. */
void e2l_drawn_stream(const e2l_drawn *drawn, e2l_stream *stream, size_t k, uint64_t part, uint64_t block);
/* Key of case k: `more` are numbers the arrays depend on as well and the settings do not hold. */
e2l_key e2l_drawn_key(const e2l_drawn *drawn, size_t k, const uint64_t *more, size_t n_more);

#ifdef __cplusplus
}
#endif
#endif
