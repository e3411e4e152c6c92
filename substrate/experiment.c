/* experiment.c: steps, slots, layout; the check is the resolver's reading, thrown away. */
#include "substrate/experiment.h"

#include "substrate/resolve.h"

uint64_t e2l_experiment_n_steps(const e2l_experiment *experiment)
{
    uint64_t n = 0;
    for (size_t k = 0; k < experiment->n_spans; k++) {
        n += experiment->spans[k].steps;
    }
    return n;
}

size_t e2l_experiment_slots(const e2l_experiment *experiment, const e2l_slot **slots, size_t room)
{
    size_t n = 0;
    for (size_t k = 0; k < experiment->n_projections; k++) {
        for (size_t i = 0; i < experiment->projections[k].n_slots; i++) {
            if (n < room) {
                slots[n] = &experiment->projections[k].slots[i];
            }
            n++;
        }
    }
    return n;
}

void e2l_layout_clear(e2l_ctx *ctx, e2l_layout *layout)
{
    e2l_free(ctx, layout->places);
    *layout = (e2l_layout){0};
}

e2l_status e2l_experiment_check(e2l_ctx *ctx, const e2l_experiment *experiment, e2l_layout *out)
{
    e2l_resolved *resolved;
    if (out) {
        *out = (e2l_layout){0};
    }
    e2l_status status = e2l_resolve(ctx, &resolved, experiment);
    if (status == E2L_OK && out) {
        status = e2l_resolved_layout(ctx, resolved, out);
    }
    e2l_resolved_destroy(ctx, resolved);
    return status;
}
