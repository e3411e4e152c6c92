/* lists.h: arrays of a case that are lists, read: events by the row they belong to, edges as one number per synapse. */
#ifndef E2L_SUBSTRATE_LISTS_H
#define E2L_SUBSTRATE_LISTS_H

#include "substrate/substrate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct e2l_event {
    uint64_t row;     /* floor(time / dt + 1e-9) */
    uint64_t element;
} e2l_event;

/* The events of an EVENTS array in order of rows. Gives *out (e2l_free), [*n]. E2L_INPUT when an index is out of range. */
E2L_MUST_CHECK e2l_status e2l_events_read(e2l_ctx *ctx, const e2l_experiment *experiment, const e2l_case *one, size_t array,
                                          e2l_event **out, size_t *n);
/* The first of events[0..n) whose row is `row` or later; n: none. */
size_t e2l_events_find(const e2l_event *events, size_t n, uint64_t row);
/* out[i_post * n_pre + i_pre]: 1 (or, with `values`, the edge's value) where an edge is listed, else 0. E2L_INPUT when an edge is
   out of range. */
E2L_MUST_CHECK e2l_status e2l_edges_read(e2l_ctx *ctx, const e2l_experiment *experiment, const e2l_case *one, size_t array,
                                         uint64_t n_pre, uint64_t n_post, bool values, double *out);

#ifdef __cplusplus
}
#endif
#endif
