/* tool.h: running outside programs (compilers, pdflatex) to check what was exported. */
#ifndef E2L_RESULTS_TOOL_H
#define E2L_RESULTS_TOOL_H

#include "cgp/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A program of this name is found through PATH and may be run. */
bool e2l_tool_exists(e2l_ctx *ctx, const char *name);
/* Runs argv (NULL-terminated, argv[0] found through PATH) in folder `dir` without input; what it prints goes to the
   file dir/output. Waits for it. E2L_OK when it ends with 0; E2L_TOOL when it is not there; E2L_INTERNAL with its last
   lines when it ends otherwise; E2L_IO when it cannot be started. */
E2L_MUST_CHECK e2l_status e2l_tool_run(e2l_ctx *ctx, const char *dir, const char *output, const char *const *argv);

#ifdef __cplusplus
}
#endif
#endif
