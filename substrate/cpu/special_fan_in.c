/* special_fan_in.c: of the synapses that are allowed, those that a target keeps: the ones with the smallest draws (resolve.h). */
#include <string.h>

#include "substrate/cpu/special_world.h"
#include "substrate/cpu/unit.h"
#include "substrate/cpu/wide.h"
#include "substrate/noise.h"

enum { LANES = E2L_LANE_STEP };
static const double not_allowed = 2.0; /* above every draw */

/* The bits of a positive number, in whose order they grow. */
static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Of the draws of one target, `apart` doubles from each other, how many are at most this large. */
static size_t count_up_to(const double *draws, size_t apart, size_t n, uint64_t bits)
{
    size_t count = 0;
    for (size_t pre = 0; pre < n; ++pre) {
        count += bits_of(draws[pre * apart]) <= bits ? 1 : 0;
    }
    return count;
}

/* The smallest bound that `wanted` draws keep to, by halving; then 1 for those that do, the first of equal ones, else 0. */
static void thin_out(double *draws, size_t apart, size_t n, size_t wanted)
{
    const uint64_t last = bits_of(1.0);
    uint64_t low = 0, high = last;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (count_up_to(draws, apart, n, middle) >= wanted) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    size_t below = low > 0 ? count_up_to(draws, apart, n, low - 1) : 0;
    for (size_t pre = 0; pre < n; ++pre) {
        const uint64_t bits = bits_of(draws[pre * apart]);
        const bool is_last = bits == low && bits <= last && below < wanted;
        below += is_last ? 1 : 0;
        draws[pre * apart] = bits < low || is_last ? 1.0 : 0.0;
    }
}

static double draw(const e2l_unit *unit, size_t lane, const e2l_bound_projection *projection, bool allowed, size_t synapse)
{
    const e2l_key key = unit->cases[unit->lanes[lane].in_block].key;
    return allowed ? e2l_noise_uniform(key, projection->fan_in_site, synapse, E2L_BEFORE_RUN) : not_allowed;
}

void e2l_run_fan_in(const e2l_op *op)
{
    const e2l_bound_op *const bound = (const e2l_bound_op *)(const void *)op;
    const e2l_bound_projection *const projection = bound->instr->special.projection;
    const size_t n_pre = (size_t)projection->n_pre, n_post = (size_t)projection->n_post;
    const bool one = (op->spread & 1u) != 0;
    for (size_t lane = 0; lane < bound->unit->n_lanes; ++lane) {
        const size_t tile = lane / LANES, at = lane % LANES;
        double *const to = op->out + tile * op->out_tile + at;
        const double *const mask = op->in[0] + tile * op->tile[0] + at;
        for (size_t row = 0; row < n_pre * n_post; ++row) {
            to[row * LANES] = draw(bound->unit, lane, projection, mask[one ? 0 : row * LANES] > 0.0, row);
        }
        for (size_t post = 0; post < n_post; ++post) {
            thin_out(to + post * n_pre * LANES, LANES, n_pre, (size_t)projection->fan_in);
        }
    }
}

/* Sources of a target lie a row of lanes apart, or side by side where there is one target. */
void e2l_run_wide_fan_in(const e2l_op *op)
{
    const e2l_bound_op *const bound = (const e2l_bound_op *)(const void *)op;
    const e2l_bound_projection *const projection = bound->instr->special.projection;
    const e2l_space space = e2l_space_of(projection->n_pre, projection->n_post);
    const size_t n_pre = (size_t)projection->n_pre, n_post = (size_t)projection->n_post;
    const size_t apart = e2l_is_synaptic(space) ? LANES : 1;
    const bool one = (op->spread & 1u) != 0;
    for (size_t k = 0; k < n_pre * n_post; ++k) {
        op->out[e2l_wide_at(space, k)] = draw(bound->unit, 0, projection, op->in[0][one ? 0 : e2l_wide_at(space, k)] > 0.0, k);
    }
    for (size_t post = 0; post < n_post; ++post) {
        double *const draws = op->out + e2l_wide_at(space, post * n_pre);
        if (n_pre > 1) {
            thin_out(draws, apart, n_pre, (size_t)projection->fan_in);
        } else {
            *draws = *draws < not_allowed ? 1.0 : 0.0;
        }
    }
    e2l_wide_pad(space, op->out);
}
