/* experiment.c: steps, slots, layout; the check is the resolver's reading, thrown away. */
#include "substrate/experiment.h"

#include "substrate/resolve.h"

static uint64_t steps_of(const e2l_span *spans, size_t n)
{
    uint64_t total = 0;
    for (size_t k = 0; k < n; k++) {
        const uint64_t once = spans[k].n_children > 0 ? steps_of(spans[k].children, spans[k].n_children) : spans[k].steps;
        total += once * (spans[k].repeat > 0 ? spans[k].repeat : 1);
    }
    return total;
}

uint64_t e2l_experiment_n_steps(const e2l_experiment *experiment)
{
    return steps_of(experiment->spans, experiment->n_spans);
}

uint64_t e2l_array_n_rows(const e2l_experiment *experiment, size_t array)
{
    const e2l_array *one = &experiment->arrays[array];
    return one->kind == E2L_ARRAY_STATIC ? 1 : one->kind == E2L_ARRAY_BY_STEP ? e2l_experiment_n_steps(experiment) : one->n_rows;
}

uint64_t e2l_array_n_columns(const e2l_array *array)
{
    return array->kind == E2L_ARRAY_EVENTS ? 2 : array->size;
}

static void add_slots(const e2l_slot *slots, size_t n_slots, const e2l_slot **out, size_t room, size_t *n)
{
    for (size_t k = 0; k < n_slots; k++) {
        if (*n < room) {
            out[*n] = &slots[k];
        }
        ++*n;
    }
}

size_t e2l_experiment_slots(const e2l_experiment *experiment, const e2l_slot **slots, size_t room)
{
    size_t n = 0;
    for (size_t k = 0; k < experiment->n_populations; k++) {
        add_slots(experiment->populations[k].slots, experiment->populations[k].n_slots, slots, room, &n);
    }
    for (size_t k = 0; k < experiment->n_projections; k++) {
        add_slots(experiment->projections[k].slots, experiment->projections[k].n_slots, slots, room, &n);
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
