/* resolve_projections.c: between whom, through which port, with which delay and bounds, and whose weights. */
#include <math.h>
#include <string.h>

#include "substrate/resolve_impl.h"

enum { PLACE_BYTES = 160 };
static const uint64_t element_limit = UINT64_C(1) << 40; /* synapses */

static uint32_t find_population(e2l_resolver *r, const char *name, const char *projection)
{
    const e2l_experiment *e = r->experiment;
    const char **names = e2l_resolver_alloc(r, e->n_populations, sizeof *names);
    char near[PLACE_BYTES];
    for (uint32_t k = 0; names && k < e->n_populations; k++) {
        names[k] = e->populations[k].name ? e->populations[k].name : "";
        if (name && strcmp(names[k], name) == 0) {
            return k;
        }
    }
    if (!name) {
        e2l_resolver_missing(r, e2l_resolver_text(r, "projection '%s': population", projection));
    } else if (names) {
        e2l_resolver_problem(r, "projection '%s': population '%s' unknown%s", projection, name,
                             e2l_did_you_mean(near, sizeof near, name, names, e->n_populations));
    }
    return E2L_NO_INDEX;
}

static void resolve_target(e2l_resolver *r, e2l_bound_projection *projection, uint32_t index)
{
    e2l_bound_population *to = &r->out->populations[projection->to];
    const e2l_projection *source = projection->source;
    char near[PLACE_BYTES];
    if (!to->model || !to->ports) {
        return;
    }
    if (!source->port) {
        e2l_resolver_missing(r, e2l_resolver_text(r, "projection '%s': port", source->name));
        return;
    }
    if (!e2l_find_item(to->model->ports, to->model->n_ports, source->port, &projection->port)) {
        e2l_resolver_problem(r, "projection '%s': port '%s' unknown in model '%s' of population '%s'%s",
                             source->name, source->port ? source->port : "", to->model->name,
                             to->source->name,
                             e2l_near_item(r, near, source->port, to->model->ports, to->model->n_ports));
        return;
    }
    e2l_bound_port *port = &to->ports[projection->port];
    port->projections[port->n_projections++] = index;
}

/* A number written as text; `fallback` when it is not given. */
static double number_of(e2l_resolver *r, const e2l_projection *source, const char *what, const char *text, double fallback)
{
    e2l_names names = {0};
    e2l_bound bound;
    e2l_names_add(r, &names, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = r->experiment->dt});
    e2l_names_numbers(r, &names);
    if (!text || !e2l_names_read(r, &names, &bound, text, 0, e2l_resolver_text(r, "projection '%s': %s", source->name, what))) {
        return fallback;
    }
    return e2l_bound_value(r, &bound);
}

static uint64_t whole_steps(e2l_resolver *r, const e2l_projection *source, const char *what, double delay)
{
    const double slack = 1e-9; /* a delay is a multiple of dt to this */
    double steps = delay / r->experiment->dt, whole = floor(steps + 0.5);
    if (!(delay >= 0) || !(whole < 1e9)) {
        e2l_resolver_problem(r, "projection '%s': %s %.10g is out of range 0..1e9 dt", source->name, what, delay);
    } else if (fabs(steps - whole) > slack * (whole > 1 ? whole : 1)) {
        e2l_resolver_problem(r, "projection '%s': %s %.10g is no multiple of dt = %.10g", source->name, what, delay,
                             r->experiment->dt);
    } else {
        return (uint64_t)whole;
    }
    return 0;
}

/* One for all is a number; else there is one per source, and a longest one. */
static void resolve_delay(e2l_resolver *r, e2l_bound_projection *projection)
{
    const e2l_projection *source = projection->source;
    e2l_names names = {0};
    if (!source->delay || projection->from == E2L_NO_INDEX) {
        return;
    }
    e2l_names_add(r, &names, "dt", (e2l_ref){.kind = E2L_REF_DT, .value = r->experiment->dt});
    e2l_names_numbers(r, &names);
    e2l_names_fixed(r, &names, "", projection->from, E2L_AT_SELF);
    e2l_names_arrays(r, &names, E2L_AT_SELF);
    e2l_names_noise(r, &names);
    if (!e2l_names_read(r, &names, &projection->delay, source->delay, projection->n_pre,
                        e2l_resolver_text(r, "projection '%s': delay", source->name))) {
        return;
    }
    if (e2l_bound_is_number(&projection->delay)) {
        projection->delay_steps = whole_steps(r, source, "delay", e2l_bound_value(r, &projection->delay));
        const uint64_t most = whole_steps(r, source, "delay_max", number_of(r, source, "delay_max", source->delay_max, 0));
        if (source->delay_max && projection->delay_steps > most) {
            e2l_resolver_problem(r, "projection '%s': delay '%s' is longer than delay_max '%s'", source->name, source->delay,
                                 source->delay_max);
        }
        projection->delay = (e2l_bound){0};
        return;
    }
    e2l_bound_draws_at(&projection->delay, E2L_AT_SELF, e2l_resolver_text(r, "projection/%s/delay", source->name));
    projection->delay_steps = whole_steps(r, source, "delay_max", number_of(r, source, "delay_max", source->delay_max, 0));
    if (projection->delay_steps == 0) {
        e2l_resolver_problem(r, "projection '%s': delay '%s' may differ from source to source; delay_max must say the longest one",
                             source->name, source->delay);
    }
}

static void resolve_fan_in(e2l_resolver *r, e2l_bound_projection *projection)
{
    const e2l_projection *source = projection->source;
    if (!source->fan_in || projection->n_pre == 0) {
        return;
    }
    const double wanted = number_of(r, source, "fan_in", source->fan_in, 1);
    if (!(wanted >= 1 && wanted <= (double)projection->n_pre) || wanted != floor(wanted)) {
        e2l_resolver_problem(r, "projection '%s': fan_in %.10g, expected a whole number in 1..%llu", source->name, wanted,
                             (unsigned long long)projection->n_pre);
        return;
    }
    const char *site = e2l_resolver_text(r, "projection/%s/fan_in", source->name);
    projection->fan_in = (uint64_t)wanted;
    projection->fan_in_site = e2l_key_bytes(site, strlen(site), (e2l_key){0, 0}).low;
}

static void resolve_bounds(e2l_resolver *r, e2l_bound_projection *projection)
{
    const e2l_projection *source = projection->source;
    projection->lower = number_of(r, source, "lower", source->lower, -HUGE_VAL);
    projection->upper = number_of(r, source, "upper", source->upper, HUGE_VAL);
    if (!(projection->lower <= projection->upper)) {
        e2l_resolver_problem(r, "projection '%s': lower %.10g is above upper %.10g", source->name, projection->lower, projection->upper);
    }
    if ((unsigned)source->reduce > E2L_REDUCE_MIN) {
        e2l_resolver_problem(r, "projection '%s': reduce %d is out of range 0..%d", source->name, (int)source->reduce,
                             (int)E2L_REDUCE_MIN);
    }
    if ((source->lower || source->upper) && source->weights_of) {
        e2l_resolver_problem(r, "projection '%s': bounds belong to the projection that owns the weights", source->name);
    }
    if (source->transposed && !source->weights_of) {
        e2l_resolver_problem(r, "projection '%s': transposed says how weights_of is read; it is not given", source->name);
    }
}

static void resolve_projection(e2l_resolver *r, uint32_t index, uint32_t first_slot)
{
    e2l_bound_projection *projection = &r->out->projections[index];
    const e2l_projection *source = &r->experiment->projections[index];
    const char *name = source->name ? source->name : "";
    *projection = (e2l_bound_projection){.source = source,
                                         .from = find_population(r, source->from, name),
                                         .to = find_population(r, source->to, name),
                                         .port = E2L_NO_INDEX,
                                         .weights = index,
                                         .lower = -HUGE_VAL,
                                         .upper = HUGE_VAL,
                                         .first_slot = first_slot,
                                         .n_slots = (uint32_t)source->n_slots};
    if (projection->from != E2L_NO_INDEX) {
        projection->n_pre = r->experiment->populations[projection->from].size;
    }
    if (projection->to != E2L_NO_INDEX) {
        projection->n_post = r->experiment->populations[projection->to].size;
        resolve_target(r, projection, index);
    }
    if (projection->n_pre > 0 && projection->n_post > element_limit / projection->n_pre) {
        e2l_resolver_problem(r, "projection '%s': %llu x %llu synapses, at most %llu", name,
                             (unsigned long long)projection->n_post, (unsigned long long)projection->n_pre,
                             (unsigned long long)element_limit);
        projection->n_pre = 0;
    }
    resolve_delay(r, projection);
    resolve_fan_in(r, projection);
    resolve_bounds(r, projection);
    if (source->model) {
        const char *place = e2l_resolver_text(r, "projection '%s'", name);
        (void)e2l_resolver_take(r, e2l_model_load(r->ctx, &projection->model, source->model), place);
        if (projection->model && !projection->model->is_synapse) {
            e2l_resolver_problem(r, "%s: model '%s' is one of neurons", place, projection->model->name);
        }
        if (projection->model) {
            projection->units = e2l_model_units_of(r, projection->model, e2l_resolver_text(r, "%s (model '%s')", place, projection->model->name));
        }
    }
}

/* The projection whose weights are borrowed: it owns some, and they have the same shape. */
static void resolve_weights_of(e2l_resolver *r, e2l_bound_projection *projection)
{
    const e2l_experiment *e = r->experiment;
    const e2l_projection *source = projection->source;
    const char **names = e2l_resolver_alloc(r, e->n_projections, sizeof *names);
    char near[PLACE_BYTES];
    uint32_t found = E2L_NO_INDEX;
    for (uint32_t k = 0; names && k < e->n_projections; k++) {
        names[k] = e->projections[k].name ? e->projections[k].name : "";
        found = strcmp(names[k], source->weights_of) == 0 ? k : found;
    }
    if (found == E2L_NO_INDEX) {
        e2l_resolver_problem(r, "projection '%s': weights_of '%s' unknown%s", source->name, source->weights_of,
                             names ? e2l_did_you_mean(near, sizeof near, source->weights_of, names,
                                                      e->n_projections)
                                   : "");
        return;
    }
    const e2l_bound_projection *owner = &r->out->projections[found];
    if (owner == projection || owner->source->weights_of) {
        e2l_resolver_problem(r, "projection '%s': weights_of '%s', which has no weights of its own",
                             source->name, source->weights_of);
    } else if (owner->n_pre != (source->transposed ? projection->n_post : projection->n_pre) ||
               owner->n_post != (source->transposed ? projection->n_pre : projection->n_post)) {
        e2l_resolver_problem(r, "projection '%s': %llu x %llu synapses, but weights_of '%s' has %llu x %llu",
                             source->name, (unsigned long long)projection->n_post,
                             (unsigned long long)projection->n_pre, source->weights_of,
                             (unsigned long long)owner->n_post, (unsigned long long)owner->n_pre);
    }
    projection->weights = found;
}

void e2l_resolve_projections(e2l_resolver *r)
{
    const e2l_experiment *e = r->experiment;
    uint32_t first_slot = 0;
    for (size_t k = 0; r->out->populations && k < e->n_populations; k++) {
        r->out->populations[k].first_slot = first_slot;
        first_slot += (uint32_t)e->populations[k].n_slots;
    }
    r->out->projections = e2l_resolver_alloc(r, e->n_projections, sizeof *r->out->projections);
    for (uint32_t k = 0; r->out->projections && k < e->n_projections; k++) {
        resolve_projection(r, k, first_slot);
        first_slot += (uint32_t)e->projections[k].n_slots;
    }
    r->out->n_slots = first_slot;
    for (size_t k = 0; r->out->projections && k < e->n_projections; k++) {
        if (e->projections[k].weights_of) {
            resolve_weights_of(r, &r->out->projections[k]);
        }
    }
}

