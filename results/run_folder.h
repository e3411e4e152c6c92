/* run_folder.h: the files of a run on disk: whole or not at all.

   Files that are written once go through a temporary name, fsync and rename, so a reader never sees half of one. Files that
   grow (history, lineage) are appended to and cut back to a recorded length when a run goes on. Checkpoints are files
   checkpoint/NNNNNNNNNNNN named by the generations finished; the last two are kept. Nothing here knows what the bytes mean.
   All paths are DIR "/" NAME. Failures are E2L_IO with the path and the system's reason; the message says what to do. */
#ifndef E2L_RESULTS_RUN_FOLDER_H
#define E2L_RESULTS_RUN_FOLDER_H

#include "cgp/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define E2L_FILE_CONFIG "config.json"
#define E2L_FILE_HISTORY "history.csv"
#define E2L_FILE_LINEAGE "lineage.jsonl"
#define E2L_FILE_ARCHIVE "archive.jsonl"
#define E2L_FILE_CHAMPION "champion.json"
#define E2L_FILE_TIMING "timing.csv"
#define E2L_FILE_PROVENANCE "provenance.json"
#define E2L_FILE_DONE "DONE"
#define E2L_FOLDER_CHECKPOINT "checkpoint"

/* Makes `dir` and the folders above it. E2L_INPUT when it is not a folder or holds anything (the message names `e2l resume`). */
E2L_MUST_CHECK e2l_status e2l_folder_create(e2l_ctx *ctx, const char *dir);
/* Takes an empty folder for one run: of several that start in it at the same moment, one gets E2L_OK, the others E2L_INPUT. */
E2L_MUST_CHECK e2l_status e2l_folder_claim(e2l_ctx *ctx, const char *dir);
/* Undoes a claim when the run cannot even begin; the context keeps its message. */
void e2l_folder_release(e2l_ctx *ctx, const char *dir);
/* E2L_INPUT, in words, when `dir` is not a run folder (it has no config.json). */
E2L_MUST_CHECK e2l_status e2l_folder_check(e2l_ctx *ctx, const char *dir);
/* DIR/NAME exists (file or folder). */
bool e2l_folder_has(e2l_ctx *ctx, const char *dir, const char *name);
/* DIR "/" NAME; gives, NULL when memory is out. */
char *e2l_folder_path(e2l_ctx *ctx, const char *dir, const char *name);
/* Removes temporary files that a killed run left behind. */
E2L_MUST_CHECK e2l_status e2l_folder_tidy(e2l_ctx *ctx, const char *dir);

/* Writes all of DIR/NAME or leaves what was there. */
E2L_MUST_CHECK e2l_status e2l_folder_write(e2l_ctx *ctx, const char *dir, const char *name, const void *bytes,
                                           size_t n);
/* The whole of DIR/NAME; gives *out. E2L_IO when it cannot be read. */
E2L_MUST_CHECK e2l_status e2l_folder_read(e2l_ctx *ctx, char **out, size_t *n, const char *dir, const char *name);
/* Gone afterwards, whether it was there or not. */
E2L_MUST_CHECK e2l_status e2l_folder_remove(e2l_ctx *ctx, const char *dir, const char *name);

/* ---- files that grow ---------------------------------------------------------------------------*/
typedef struct e2l_growing e2l_growing;
/* Opens or creates DIR/NAME and cuts it to `keep` bytes (UINT64_MAX: all of it stays). E2L_IO when it is shorter. */
E2L_MUST_CHECK e2l_status e2l_growing_open(e2l_ctx *ctx, e2l_growing **out, const char *dir, const char *name,
                                           uint64_t keep);
E2L_MUST_CHECK e2l_status e2l_growing_append(e2l_growing *file, const void *bytes, size_t n);
/* What was appended is on the disk. */
E2L_MUST_CHECK e2l_status e2l_growing_sync(e2l_growing *file);
uint64_t e2l_growing_length(const e2l_growing *file);
/* Takes the file for this process (advisory lock, gone with the process); waits up to `seconds`. E2L_IO when another holds it. */
E2L_MUST_CHECK e2l_status e2l_growing_lock(e2l_growing *file, double seconds);
void e2l_growing_close(e2l_growing *file);

/* ---- checkpoints ---------------------------------------------------------------------------------*/
enum { E2L_KEPT_CHECKPOINTS = 2, E2L_MAX_CHECKPOINTS = 8 };
/* Writes the checkpoint of `generation`, then removes all but the last two. */
E2L_MUST_CHECK e2l_status e2l_checkpoint_write(e2l_ctx *ctx, const char *dir, uint64_t generation,
                                               const void *bytes, size_t n);
/* Generations of the checkpoints there are, newest first; returns how many (0: none, or no folder). */
size_t e2l_checkpoint_list(e2l_ctx *ctx, const char *dir, uint64_t generations[E2L_MAX_CHECKPOINTS]);
E2L_MUST_CHECK e2l_status e2l_checkpoint_read(e2l_ctx *ctx, char **out, size_t *n, const char *dir,
                                              uint64_t generation);
/* Removes one checkpoint. */
E2L_MUST_CHECK e2l_status e2l_checkpoint_drop(e2l_ctx *ctx, const char *dir, uint64_t generation);
/* Removes the checkpoints and their folder. */
E2L_MUST_CHECK e2l_status e2l_checkpoint_clear(e2l_ctx *ctx, const char *dir);

#ifdef __cplusplus
}
#endif
#endif
