/* probes.h: keys by what rules put out on inputs they really meet: rules that agree bit for bit on all probe vectors of their slot count
   as one to search.cache "probes". */
#ifndef E2L_MPI_PROBES_H
#define E2L_MPI_PROBES_H

#include "tasks/evaluate.h"

enum { E2L_N_PROBES = 256 };

typedef struct e2l_probes {
    e2l_ctx *ctx;          /* borrowed */
    const e2l_task *task;  /* borrowed */
    double *inputs[E2L_MAX_SLOTS]; /* owned: [terminal][E2L_N_PROBES] */
    double *work;          /* owned, grown */
    size_t work_bytes;
} e2l_probes;

/* Vectors of the family's reach (e2l_task), or normal numbers. */
E2L_MUST_CHECK e2l_status e2l_probes_init(e2l_ctx *ctx, e2l_probes *out, const e2l_task *task, const e2l_family *family);
void e2l_probes_clear(e2l_probes *probes);
/* Equal for rules with equal outputs on all vectors; NaNs are one value. */
E2L_MUST_CHECK e2l_status e2l_probes_key(e2l_probes *probes, const e2l_expr *const *rules, e2l_key *out);

#endif
