/* special_fan_in.c: of the synapses that are allowed, those that a target keeps: the ones with the smallest draws (resolve.h). */
#include <string.h>

#include "substrate/cpu/special_world.h"
#include "substrate/cpu/unit.h"
#include "substrate/cpu/wide.h"
#include "substrate/noise.h"

enum { LANES = E2L_LANE_STEP };
static const e2l_real not_allowed = 2, kept = 3, dropped = 4; /* all above every draw */

/* What is drawn for the synapses of one target, rounded, `apart` numbers from each other in memory. */
typedef struct draws {
    e2l_real *at;
    size_t apart, n;
    e2l_key key;
    uint64_t site, first; /* number of the first synapse */
} draws;

static e2l_real rounded(const draws *d, size_t pre)
{
    return d->at[pre * d->apart];
}

static double exact(const draws *d, size_t pre)
{
    return e2l_noise_uniform(d->key, d->site, d->first + pre, E2L_BEFORE_RUN);
}

/* The bits of a positive number, in whose order they grow. */
static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* How many draws are at most this large. */
static size_t count_up_to(const draws *d, uint64_t bits)
{
    size_t count = 0;
    for (size_t pre = 0; pre < d->n; ++pre) {
        count += bits_of((double)rounded(d, pre)) <= bits ? 1 : 0;
    }
    return count;
}

/* The smallest bound that `wanted` draws keep to, by halving. */
static uint64_t bound_for(const draws *d, size_t wanted)
{
    uint64_t low = 0, high = bits_of(1.0);
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (count_up_to(d, middle) >= wanted) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* How many draws that are the same when rounded come before this one: the smaller ones, and of equal ones the first. */
static size_t rank_of(const draws *d, size_t pre, e2l_real value)
{
    const double own = exact(d, pre);
    size_t rank = 0;
    for (size_t other = 0; other < d->n; ++other) {
        const e2l_real its = rounded(d, other);
        if (other != pre && (its == value || its >= kept)) {
            const double draw = exact(d, other);
            rank += draw < own || (draw == own && other < pre) ? 1 : 0;
        }
    }
    return rank;
}

/* 1 for the `wanted` smallest draws, else 0. */
static void thin_out(const draws *d, size_t wanted)
{
    const uint64_t bound = bound_for(d, wanted);
    const size_t below = bound > 0 ? count_up_to(d, bound - 1) : 0;
    for (size_t pre = 0; pre < d->n; ++pre) {
        const e2l_real value = rounded(d, pre);
        if (bits_of((double)value) == bound && value < not_allowed) {
            d->at[pre * d->apart] = below + rank_of(d, pre, value) < wanted ? kept : dropped;
        }
    }
    for (size_t pre = 0; pre < d->n; ++pre) {
        const e2l_real value = rounded(d, pre);
        d->at[pre * d->apart] = value == kept || bits_of((double)value) < bound ? 1 : 0;
    }
}

/* The draw of a synapse, if it is allowed. */
static void draw(const draws *d, size_t pre, bool allowed)
{
    d->at[pre * d->apart] = allowed ? (e2l_real)exact(d, pre) : not_allowed;
}

static draws draws_of(const e2l_bound_op *bound, size_t lane, size_t post)
{
    const e2l_bound_projection *const projection = bound->instr->special.projection;
    const size_t n_pre = (size_t)projection->n_pre;
    return (draws){.n = n_pre,
                   .key = bound->unit->cases[bound->unit->lanes[lane].in_block].key,
                   .site = projection->fan_in_site,
                   .first = post * n_pre};
}

void e2l_run_fan_in(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    const e2l_bound_projection *const projection = bound->instr->special.projection;
    const size_t n_pre = (size_t)projection->n_pre, n_post = (size_t)projection->n_post;
    const bool one = (op->spread & 1u) != 0;
    for (size_t lane = 0; lane < bound->unit->n_lanes; ++lane) {
        const size_t tile = lane / LANES, at = lane % LANES;
        const e2l_real *const mask = op->in[0] + tile * op->tile[0] + at;
        for (size_t post = 0; post < n_post; ++post) {
            draws d = draws_of(bound, lane, post);
            d.at = op->out + tile * op->out_tile + at + post * n_pre * LANES;
            d.apart = LANES;
            for (size_t pre = 0; pre < n_pre; ++pre) {
                draw(&d, pre, mask[one ? 0 : (post * n_pre + pre) * LANES] > 0);
            }
            thin_out(&d, (size_t)projection->fan_in);
        }
    }
}

/* Sources of a target lie a row of lanes apart, or side by side where there is one target. */
void e2l_run_wide_fan_in(const e2l_op *op)
{
    const e2l_bound_op *const bound = e2l_bound_of(op);
    const e2l_bound_projection *const projection = bound->instr->special.projection;
    const e2l_space space = e2l_space_of(projection->n_pre, projection->n_post);
    const size_t n_pre = (size_t)projection->n_pre, n_post = (size_t)projection->n_post;
    const bool one = (op->spread & 1u) != 0;
    for (size_t post = 0; post < n_post; ++post) {
        draws d = draws_of(bound, 0, post);
        d.at = op->out + e2l_wide_at(space, post * n_pre);
        d.apart = e2l_is_synaptic(space) ? LANES : 1;
        for (size_t pre = 0; pre < n_pre; ++pre) {
            draw(&d, pre, op->in[0][one ? 0 : e2l_wide_at(space, post * n_pre + pre)] > 0);
        }
        thin_out(&d, (size_t)projection->fan_in);
    }
    e2l_wide_pad(space, op->out);
}
