/* export.h: writes a rule set as a folder of files for other programs, and tries them.

       DIR/rule.json vectors.csv README.md SHA256SUMS   always
       DIR/trajectory.csv                               when the caller has one
       DIR/c/  DIR/latex/  ...                          as the formats say (exporter.h)

   SHA256SUMS is checked by `sha256sum -c SHA256SUMS` and written last: a folder without it is not finished. */
#ifndef E2L_RESULTS_EXPORT_H
#define E2L_RESULTS_EXPORT_H

#include "results/exporter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The records named in `list` ("c,latex,json", or "all") into formats (room for e2l_n_exports). E2L_INPUT with the
   nearest name for one that is not known, and for one named twice. */
E2L_MUST_CHECK e2l_status e2l_export_formats(e2l_ctx *ctx, const e2l_exporter **formats, size_t *n, const char *list);
/* Makes DIR (and the folders above) and writes the formats; files of that name are replaced one by one, each whole. `trajectory`: the text of
   trajectory.csv; NULL or empty: none, and one from an earlier export is removed. */
E2L_MUST_CHECK e2l_status e2l_export_write(e2l_ctx *ctx, const e2l_rule_set *rule, const e2l_exporter *const *formats,
                                           size_t n, const char *dir, const e2l_text *trajectory);
/* Checks each format in DIR, all of them whatever comes out, and appends lines "c: ..." to `log`. A wrong file
   (E2L_INTERNAL, E2L_IO) outweighs a missing tool (E2L_TOOL). */
E2L_MUST_CHECK e2l_status e2l_export_check(e2l_ctx *ctx, const e2l_exporter *const *formats, size_t n, const char *dir,
                                           e2l_text *log);

#ifdef __cplusplus
}
#endif
#endif
