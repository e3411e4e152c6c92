/* checkpoint.h: the state of all islands between two generations, as rank 0 holds it, and as bytes.

   A checkpoint does not know on how many ranks it was made: a run may go on with any other number. */
#ifndef E2L_MPI_CHECKPOINT_H
#define E2L_MPI_CHECKPOINT_H

#include "cgp/expr.h"

/* What a rank needs to go on. */
typedef struct e2l_snapshot {
    e2l_ctx *ctx;        /* borrowed */
    uint64_t generation; /* generations finished; 0: nothing yet */
    size_t n_islands;
    e2l_text *search;  /* [n_islands] owned */
    e2l_text *archive; /* [n_islands] owned */
    /* How long the growing files were then. */
    uint64_t history_bytes, lineage_bytes;
} e2l_snapshot;

E2L_MUST_CHECK e2l_status e2l_snapshot_init(e2l_ctx *ctx, e2l_snapshot *out, size_t n_islands);
void e2l_snapshot_clear(e2l_snapshot *snapshot);
/* `config` is the key of config.json's bytes: a checkpoint belongs to one config. */
E2L_MUST_CHECK e2l_status e2l_snapshot_encode(const e2l_snapshot *snapshot, e2l_key config, e2l_text *out);
/* Fills an initialised snapshot. E2L_INPUT in words when the bytes are damaged, of another version, config or number of islands. */
E2L_MUST_CHECK e2l_status e2l_snapshot_decode(e2l_snapshot *snapshot, e2l_key config, const void *bytes, size_t n);

#endif
