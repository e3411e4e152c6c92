/* exporter.h: one record per export format.

   A format is one file results/export_NAME.c that defines `const e2l_exporter e2l_export_NAME`; CMake finds the files
   and generates the registry. */
#ifndef E2L_RESULTS_EXPORTER_H
#define E2L_RESULTS_EXPORTER_H

#include "results/rule.h"
#include "results/vectors.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { E2L_EXPORTER_ABI = 1 };

/* Takes the files of an export: written whole into DIR/PATH, its checksum noted. */
typedef struct e2l_sink e2l_sink;
E2L_MUST_CHECK e2l_status e2l_sink_put(e2l_sink *sink, const char *path, const e2l_text *text);

/* What a format writes from. All borrowed for the call. */
typedef struct e2l_export_job {
    e2l_ctx *ctx;
    const e2l_rule_set *rule;
    const e2l_vectors *vectors; /* [rule->n_slots] */
    const e2l_text *rule_json;  /* the file rule.json */
    const e2l_text *trajectory; /* the file trajectory.csv, or NULL */
    const char *rule_sum;       /* its SHA-256, 64 hex digits */
    e2l_sink *sink;
} e2l_export_job;

typedef struct e2l_exporter {
    uint32_t abi;              /* E2L_EXPORTER_ABI */
    size_t struct_size;
    const char *name;          /* "c": for --format */
    const char *summary;       /* one line */
    const char *const *files;  /* NULL-terminated paths below the export folder, for every slot count */
    const char *tools;         /* what the check runs, in words; "" when it needs nothing */
    const char *how_to;        /* README text: how to use it */
    const char *lost;          /* README text: what does not survive */
    /* Writes the files through job->sink. */
    e2l_status (*write)(const e2l_export_job *job);
    /* Tries what was written to `dir`; appends what it did to `log`. E2L_TOOL when the tool is missing (never a
       pass), E2L_INTERNAL when the files are wrong. */
    e2l_status (*check)(e2l_ctx *ctx, const char *dir, e2l_text *log);
} e2l_exporter;

/* The generated registry, sorted by name. */
extern const e2l_exporter *const e2l_exports[];
extern const size_t e2l_n_exports;
/* The record called `name`, or NULL. */
const e2l_exporter *e2l_exporter_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
