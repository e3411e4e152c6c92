/* wide.c: see wide.h. */
#include "substrate/cpu/wide.h"

void e2l_wide_pad(e2l_space space, e2l_real *area)
{
    const size_t n = (size_t)(e2l_is_synaptic(space) ? space.n_post : space.n_pre);
    const size_t n_rows = e2l_is_synaptic(space) ? (size_t)space.n_pre : 1;
    const size_t last = (n - 1) % E2L_LANE_STEP;
    e2l_real *const tile = area + (e2l_tiles_of(n) - 1) * n_rows * E2L_LANE_STEP;
    for (size_t row = 0; row < n_rows; ++row) {
        for (size_t lane = last + 1; lane < E2L_LANE_STEP; ++lane) {
            tile[row * E2L_LANE_STEP + lane] = tile[row * E2L_LANE_STEP + last];
        }
    }
}

void e2l_wide_fill(e2l_space space, const e2l_real *values, e2l_real *area)
{
    const size_t n = (size_t)e2l_space_rows(space);
    for (size_t k = 0; k < n; ++k) {
        area[e2l_wide_at(space, k)] = values[k];
    }
    e2l_wide_pad(space, area);
}
