/* store.h: the arrays of cases as rows of lanes, kept from run to run while they fit the budget.

   A block holds some cases side by side: rows[step][tile][row][lane] for the arrays by step (row numbers of the chunk layout)
   and statics[tile][row][lane]; see kernels.h for tiles. Lanes past the last case repeat it. Where lanes are neurons (wide.h) a block holds one
   case: rows[step][row][lane], element by element, and statics as the task writes them, each array from a whole row on. */
#ifndef E2L_SUBSTRATE_CPU_STORE_H
#define E2L_SUBSTRATE_CPU_STORE_H

#include "substrate/cpu/list.h"
#include "substrate/cpu/tape.h"
#include "substrate/lists.h"

typedef struct e2l_event_list {
    e2l_event *at;
    size_t n;
} e2l_event_list;

typedef struct e2l_block {
    e2l_key key;          /* of its cases in order */
    const e2l_case *cases; /* borrowed during a run */
    size_t n_cases, n_lanes;
    e2l_real *statics;
    e2l_list *lists;      /* [projection] NULL until they are made (plan.c), owned */
    e2l_event_list *events; /* [array][case]; NULL: no array is a list of events */
    e2l_real *rows;         /* all steps, or NULL: too large to keep, made chunk by chunk */
    uint64_t n_filled;    /* steps of rows that are there */
    bool bad_input;       /* something in rows[0..n_filled) is not finite */
} e2l_block;

/* Owned by its creator: e2l_store_clear. */
typedef struct e2l_store {
    e2l_ctx *ctx;
    const e2l_resolved *resolved;
    const e2l_experiment *experiment;
    uint64_t n_steps;
    bool is_wide;
    size_t n_chunk_rows, n_static_rows;
    size_t *first;        /* [n_feeds] first row of an array by step or static, or of a port with an array of rows (e2l_feed_of) */
    size_t *array_of;     /* [n_feeds] */
    const e2l_bound **row_of; /* [n_feeds] which row of an array of rows or events, else NULL */
    size_t n_feeds;
    size_t *static_first; /* [2 * n_arrays] static rows of arrays and of which edges there are; then of the edges' values */
    size_t *static_size;  /* the same: how many; 0: none */
    size_t budget, used;  /* bytes of rows kept */
    e2l_block **blocks;
    size_t n_blocks, room;
    double *raw;          /* one case's chunk of one array as the task writes it */
    size_t raw_room;
    e2l_real *chunk;        /* of blocks that are not kept */
    size_t chunk_room;
} e2l_store;

E2L_MUST_CHECK e2l_status e2l_store_init(e2l_store *store, e2l_ctx *ctx, const e2l_resolved *resolved,
                                         size_t budget, bool is_wide);
void e2l_store_clear(e2l_store *store);
/* The block of these cases, with its static arrays; steps follow as they are asked for. Borrowed until the next call. */
E2L_MUST_CHECK e2l_status e2l_store_block(e2l_store *store, const e2l_case *cases, size_t n_cases, e2l_block **out);
/* Rows of steps [step0, step0 + n), n_chunk_rows * n_lanes apart. Sets *bad when some of these are not finite. */
E2L_MUST_CHECK e2l_status e2l_store_steps(e2l_store *store, e2l_block *block, uint64_t step0, size_t n,
                                          const e2l_real **out, bool *bad);

#endif
