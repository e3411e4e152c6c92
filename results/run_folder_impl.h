/* run_folder_impl.h: what the files of the run folder share; only for results/. */
#ifndef E2L_RESULTS_RUN_FOLDER_IMPL_H
#define E2L_RESULTS_RUN_FOLDER_IMPL_H

#include "cgp/base.h"

/* E2L_IO: "doing 'path': what errno says". */
e2l_status e2l_io_fail(e2l_ctx *ctx, const char *doing, const char *path);
/* mkdir of one level; an existing folder is as good. E2L_INPUT when something else has the name. */
E2L_MUST_CHECK e2l_status e2l_make_level(e2l_ctx *ctx, const char *path);
/* write(2) until all is written. */
E2L_MUST_CHECK e2l_status e2l_write_all(e2l_ctx *ctx, int file, const void *bytes, size_t n, const char *path);

#endif
