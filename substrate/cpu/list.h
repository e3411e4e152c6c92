/* list.h: the synapses that there are, of a projection few of whose n_pre x n_post synapses there are. Wide tapes keep what belongs to such a synapse
   in the order of the list, source by source; where a source or a target acts, only its synapses are gone through. */
#ifndef E2L_SUBSTRATE_CPU_LIST_H
#define E2L_SUBSTRATE_CPU_LIST_H

#include "cgp/base.h"
#include "substrate/cpu/graph.h"

typedef struct e2l_list {
    size_t n_pre, n_post;
    size_t n;            /* synapses */
    uint32_t *pre, *post; /* [e2l_list_read] source and target, sources ascending, then targets; after the n-th the last one again */
    uint32_t *place;     /* [n] partial sum of its target that it is part of: target * E2L_PARTIAL_SUMS + source % E2L_PARTIAL_SUMS */
    uint32_t *out_start; /* [n_pre + 1] the synapses of source j are out_start[j] .. out_start[j + 1] - 1 */
    uint32_t *in_start;  /* [n_post + 1] */
    uint32_t *in, *in_pre; /* [e2l_list_read] those of target i are in[in_start[i]] .., sources ascending, and these */
} e2l_list;

/* From a mask over n_pre x n_post synapses as a wide tape has it: there is a synapse where it is > 0. Gives out's arrays: e2l_list_clear. */
E2L_MUST_CHECK e2l_status e2l_list_create(e2l_ctx *ctx, e2l_list *out, uint64_t n_pre, uint64_t n_post, const e2l_real *mask);
void e2l_list_clear(e2l_ctx *ctx, e2l_list *list);
/* Synapses, and what is beyond them up to whole vectors. */
size_t e2l_list_room(const e2l_list *list);
/* What is read when vectors begin anywhere. */
size_t e2l_list_read(const e2l_list *list);

#endif
