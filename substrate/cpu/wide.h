/* wide.h: where the elements of a value lie on a wide tape, whose lanes are neurons instead of cases.

   One simulation has all lanes. A value of n neurons (space n x 1) is n numbers in a row, in tiles of E2L_LANE_STEP. A value of n_pre x n_post synapses
   has a tile of lanes for every E2L_LANE_STEP targets and in it a row for every source: [tile of targets][source][target in tile]. So a
   target's value is one row of its tile, which serves all sources ("spread"), sums over sources go down the rows, and what belongs to
   a source has to be written out once for each lane (a replica, [source][lane]), the same for all tiles. A global value fills one row.

   Lanes past the last target repeat it, from the first value on: what they compute is what the last one computes. */
#ifndef E2L_SUBSTRATE_CPU_WIDE_H
#define E2L_SUBSTRATE_CPU_WIDE_H

#include "substrate/cpu/graph.h"
#include "substrate/cpu/kernels.h"

static inline size_t e2l_tiles_of(uint64_t n)
{
    return ((size_t)n + E2L_LANE_STEP - 1) / E2L_LANE_STEP;
}

/* A value with a row per source in every tile of targets. */
static inline bool e2l_is_synaptic(e2l_space space)
{
    return space.n_post > 1;
}

/* Rows of E2L_LANE_STEP lanes. */
static inline size_t e2l_wide_rows(e2l_space space)
{
    return e2l_is_synaptic(space) ? e2l_tiles_of(space.n_post) * (size_t)space.n_pre : e2l_tiles_of(space.n_pre);
}

/* Where element i_post * n_pre + i_pre lies: numbers from the start of the area. */
static inline size_t e2l_wide_at(e2l_space space, size_t element)
{
    if (!e2l_is_synaptic(space)) {
        return element;
    }
    const size_t n_pre = (size_t)space.n_pre, post = element / n_pre, pre = element % n_pre;
    return (post / E2L_LANE_STEP * n_pre + pre) * E2L_LANE_STEP + post % E2L_LANE_STEP;
}

/* Repeats the last target in the lanes past it. */
void e2l_wide_pad(e2l_space space, e2l_real *area);
/* values[element] into their places. */
void e2l_wide_fill(e2l_space space, const e2l_real *values, e2l_real *area);

/* Where sources have delays of their own: from one to the next. Odd: a whole number of pages apart they would have few places in the first cache. */
static inline size_t e2l_ring_stride(size_t depth)
{
    return depth | 1u;
}

#endif
