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

/* Changes `options` (of `task`) as the set asks and fills `out`. E2L_INPUT with the known sets when there is none of this name. */
E2L_MUST_CHECK e2l_status e2l_drawn_open(e2l_ctx *ctx, e2l_drawn *out, const e2l_task *task, const e2l_shift *shifts, size_t n_shifts,
                                         void *options, uint64_t seed, const char *set);
/* The stream of one part (a number of the task's) of case k; blocks of a part have streams of their own. */
void e2l_drawn_stream(const e2l_drawn *drawn, e2l_stream *stream, size_t k, uint64_t part, uint64_t block);
/* Key of case k: `more` are numbers the arrays depend on as well and the settings do not hold. */
e2l_key e2l_drawn_key(const e2l_drawn *drawn, size_t k, const uint64_t *more, size_t n_more);

#ifdef __cplusplus
}
#endif
#endif
