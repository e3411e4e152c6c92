/* remarks.h: what a task has to say about its data and about a rule found in them: lines for people, members for files. */
#ifndef E2L_MPI_REMARKS_H
#define E2L_MPI_REMARKS_H

#include "mpi/lab.h"

/* Lines of text into `out`, nothing when the task has none; the evaluator's first cases are looked at. */
E2L_MUST_CHECK e2l_status e2l_remarks_read(e2l_ctx *ctx, const e2l_task *task, const e2l_evaluator *evaluator, e2l_text *out);
/* `"remarks": ["line", ..]` of such lines. */
void e2l_put_remarks(e2l_text *out, const char *lines);
/* The lines, wrapped, a blank line in front; nothing for none. */
void e2l_remarks_print(const char *lines);
/* `"remarks":[..],"solution":true,` for rules found on the search set; each only where the task knows about it. */
E2L_MUST_CHECK e2l_status e2l_put_found(e2l_ctx *ctx, e2l_text *out, const e2l_lab *lab, const e2l_expr *const *rules);

#endif
