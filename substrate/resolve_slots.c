/* resolve_slots.c: slots that a rule may stand in without ever doing anything: none of their statements runs in any step, because a
   condition over the schedule never holds or a span freezes what would be written. */
#include "substrate/resolve_impl.h"

static const uint64_t countable_steps = UINT64_C(1) << 20; /* longer runs are believed to reach everything */

static bool is_frozen(const e2l_resolver *r, const e2l_bound_statement *statement, uint64_t step)
{
    bool frozen = false;
    for (uint32_t k = 0; k < statement->n_frozen && !frozen; k++) {
        frozen = e2l_span_at_step(r->out, statement->frozen[k], step).on;
    }
    return frozen;
}

static bool ever_runs(e2l_resolver *r, const e2l_bound_statement *statement)
{
    const bool by_schedule = statement->guard.expr && e2l_bound_is_schedule(&statement->guard);
    if ((!by_schedule && statement->n_frozen == 0) || r->is_timeless || r->out->n_steps > countable_steps) {
        return true;
    }
    if (by_schedule && !e2l_resolver_schedule(r, &statement->guard)) {
        return true;
    }
    for (uint64_t step = 0; step < r->out->n_steps; step++) {
        if (!is_frozen(r, statement, step) && (!by_schedule || e2l_bound_at_step(r->out, &statement->guard, step) > 0)) {
            return true;
        }
    }
    return false;
}

static bool names_slot(const e2l_bound *bound, uint32_t slot)
{
    bool found = false;
    for (size_t k = 0; bound->expr && bound->refs && k < e2l_expr_n_names(bound->expr); k++) {
        found = found || (bound->refs[k].kind == E2L_REF_SLOT && bound->refs[k].index == slot);
    }
    return found;
}

/* One of the statements that name the slot runs, or none names it, which is said elsewhere. */
static void check_slot(e2l_resolver *r, const e2l_bound_statement *statements, size_t n, uint32_t slot, const char *owner)
{
    const e2l_bound_statement *dead = NULL;
    for (size_t k = 0; k < n; k++) {
        if (!names_slot(&statements[k].value, slot) && !names_slot(&statements[k].guard, slot)) {
            continue;
        }
        if (ever_runs(r, &statements[k])) {
            return;
        }
        dead = &statements[k];
    }
    if (dead && r->status == E2L_OK) {
        e2l_resolver_problem(r, "%s: slot '%s' is never reached: '%.120s' %s", owner, r->out->slots[slot].source->name, dead->text,
                             dead->n_frozen > 0 ? "is frozen, or its condition false, in every step" : "has a condition that holds in no step");
    }
}

void e2l_resolve_slots(e2l_resolver *r)
{
    const e2l_experiment *e = r->experiment;
    if (!r->out->populations || !r->out->projections || !r->out->slots) {
        return;
    }
    for (size_t p = 0; p < e->n_populations && r->status == E2L_OK; p++) {
        const e2l_bound_population *population = &r->out->populations[p];
        for (uint32_t k = 0; population->model && population->statements && k < e->populations[p].n_slots; k++) {
            check_slot(r, population->statements, population->model->n_statements, population->first_slot + k,
                       e2l_resolver_text(r, "population '%s'", e->populations[p].name));
        }
    }
    for (size_t p = 0; p < e->n_projections && r->status == E2L_OK; p++) {
        const e2l_bound_projection *projection = &r->out->projections[p];
        for (uint32_t k = 0; projection->statements && k < projection->n_slots; k++) {
            check_slot(r, projection->statements, projection->n_statements, projection->first_slot + k,
                       e2l_resolver_text(r, "projection '%s'", e->projections[p].name));
        }
    }
}
