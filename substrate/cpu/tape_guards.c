/* tape_guards.c: what a guard may leave undone.

   The program selects between the new and the old value of a state (program.c). Where the old value lies in the state's own rows, leaving it there
   is the same as selecting it, and whatever only the new value needs is not needed either: a region. When it is entered depends on the
   guard: the same for all lanes (the schedule; on a wide tape everything global), one for each lane, or, on a wide tape, one for each source or
   target. All lanes or rows of a region that is the same for all, or that goes by sources, want the new value: it is computed right into its
   place, and the selection has no call of its own. */
#include "substrate/cpu/tape_impl.h"
#include "substrate/cpu/wide.h"

/* ---- regions ---------------------------------------------------------------------------------------------- */
/* The same for all lanes: made of numbers and the schedule. */
void e2l_tape_find_uniform(e2l_compiler *compiler)
{
    const e2l_graph *const graph = graph_of(compiler);
    for (uint32_t at = 0; at < graph->n_values; ++at) {
        const e2l_value *const value = &graph->values[at];
        bool uniform = value->kind == E2L_VALUE_CONST || value->kind == E2L_VALUE_SCHEDULE || value->kind == E2L_VALUE_CALL;
        for (uint32_t k = 0; uniform && k < value->n_args; ++k) {
            uniform = compiler->notes[value->arg[k].value].uniform;
        }
        compiler->notes[at].uniform = uniform;
    }
}

static bool extent_of(const e2l_compiler *compiler, e2l_use guard, e2l_space space, e2l_extent *out)
{
    if (e2l_space_rows(graph_of(compiler)->values[guard.value].space) == 1) {
        *out = compiler->is_wide || compiler->notes[guard.value].uniform ? E2L_EXTENT_ALL : E2L_EXTENT_ANY;
        return true;
    }
    *out = guard.view == E2L_VIEW_PRE ? E2L_EXTENT_ROWS : E2L_EXTENT_TILES;
    return compiler->is_wide && e2l_is_synaptic(space) && guard.view != E2L_VIEW_SELF;
}

/* The same guard over the same elements, the same region. E2L_NO_REGION: memory is out. */
static uint32_t add_region(e2l_compiler *compiler, const e2l_guarded *region)
{
    const bool of_space = region->extent != E2L_EXTENT_ALL && region->extent != E2L_EXTENT_ANY;
    for (size_t k = 0; k < compiler->n_guarded; ++k) {
        const e2l_guarded *const known = &compiler->guarded[k];
        if (known->guard.value == region->guard.value && known->extent == region->extent &&
            (!of_space || e2l_space_equal(known->space, region->space))) {
            return (uint32_t)k;
        }
    }
    if (!e2l_tape_more(compiler->ctx, (void **)&compiler->guarded, compiler->n_guarded, &compiler->guarded_room,
                       sizeof *compiler->guarded)) {
        compiler->failed = true;
        return E2L_NO_REGION;
    }
    compiler->guarded[compiler->n_guarded] = *region;
    return (uint32_t)compiler->n_guarded++;
}

uint32_t e2l_tape_region_for(e2l_compiler *compiler, e2l_use guard, e2l_space space)
{
    e2l_guarded region = {.guard = guard, .space = space};
    if (!extent_of(compiler, guard, space, &region.extent)) {
        return E2L_NO_REGION;
    }
    return add_region(compiler, &region);
}

/* ---- what only a region needs --------------------------------------------------------------------------------- */
static bool can_belong(const e2l_compiler *compiler, uint32_t at)
{
    const e2l_value *const value = &graph_of(compiler)->values[at];
    const e2l_note *const note = &compiler->notes[at];
    if (note->region == E2L_NO_REGION || note->kept || note->home != E2L_NO_STATE || !e2l_is_computed(value) || !value->varies) {
        return false;
    }
    const e2l_guarded *const region = &compiler->guarded[note->region];
    const bool parts = region->extent == E2L_EXTENT_ROWS || region->extent == E2L_EXTENT_TILES;
    return !parts || (value->kind == E2L_VALUE_CALL && e2l_space_equal(value->space, region->space));
}

/* A sum that a global condition chooses is made only then. */
static uint32_t lazy_region(e2l_compiler *compiler, const e2l_value *value)
{
    const bool chooses = compiler->is_wide && value->kind == E2L_VALUE_CALL && value->primitive == e2l_primitive_find("if") &&
                         graph_of(compiler)->values[value->arg[1].value].kind == E2L_VALUE_SUM &&
                         e2l_space_rows(graph_of(compiler)->values[value->arg[0].value].space) == 1;
    return chooses ? e2l_tape_region_for(compiler, value->arg[0], value->space) : E2L_NO_REGION;
}

static void ask(e2l_compiler *compiler, uint32_t value, uint32_t region)
{
    e2l_note *const note = &compiler->notes[value];
    if (note->conditional) {
        return; /* its region is that of its guard */
    }
    note->region = !note->asked || note->region == region ? region : E2L_NO_REGION;
    note->asked = true;
}

/* Users come after what they use: one pass down, and everybody has been asked by all before it asks. */
static void spread_regions(e2l_compiler *compiler)
{
    const e2l_graph *const graph = graph_of(compiler);
    for (uint32_t k = graph->n_values; k-- > 0;) {
        const e2l_value *const value = &graph->values[k];
        e2l_note *const note = &compiler->notes[k];
        if (note->need == 0) {
            continue;
        }
        if (!note->conditional && !can_belong(compiler, k)) {
            note->region = E2L_NO_REGION;
        }
        const uint32_t lazy = note->conditional || note->region != E2L_NO_REGION ? E2L_NO_REGION : lazy_region(compiler, value);
        for (uint32_t i = 0; i < value->n_args; ++i) {
            ask(compiler, value->arg[i].value,
                lazy != E2L_NO_REGION && i == 1 ? lazy : note->conditional && i != 1 ? E2L_NO_REGION : note->region);
        }
    }
}

/* ---- selections without a call ---------------------------------------------------------------------------------- */
/* Calls are made in the order of values: what an earlier statement has said in the same words stands before the value that it is to replace, and must not be written there. */
static bool comes_after(const e2l_compiler *compiler, uint32_t fresh, uint32_t old)
{
    return graph_of(compiler)->values[old].kind == E2L_VALUE_STATE || fresh > old;
}

static void silence(e2l_compiler *compiler, uint32_t at)
{
    const e2l_value *const write = &graph_of(compiler)->values[at];
    e2l_note *const note = &compiler->notes[at], *const fresh = &compiler->notes[write->arg[1].value];
    const e2l_value *const value = &graph_of(compiler)->values[write->arg[1].value];
    note->is_silent = true;
    if (fresh->region == note->region && fresh->n_uses == 1 && fresh->need == note->need && write->arg[1].view == E2L_VIEW_SELF &&
        !fresh->conditional && e2l_space_equal(value->space, write->space) && comes_after(compiler, write->arg[1].value, write->arg[2].value)) {
        fresh->home = note->home;
        fresh->selected_by = at;
    }
}

/* What is nowhere but in a few places gets its 0 afterwards: the new value is made right in its home, without a pass over all synapses to select. */
static void find_punch(e2l_compiler *compiler, uint32_t at)
{
    const e2l_graph *const graph = graph_of(compiler);
    const e2l_value *const value = &graph->values[at], *const mask = &graph->values[value->arg[0].value];
    e2l_note *const note = &compiler->notes[at], *const fresh = &compiler->notes[value->arg[1].value];
    const e2l_value *const zero = &graph->values[value->arg[2].value], *const made = &graph->values[value->arg[1].value];
    const bool masks = note->home != E2L_NO_STATE && !note->conditional && e2l_is_synaptic(value->space) && value->space.list == 0 &&
                       value->primitive == e2l_primitive_find("if") && !mask->varies && value->arg[0].view == E2L_VIEW_SELF &&
                       e2l_space_equal(mask->space, value->space) && zero->kind == E2L_VALUE_CONST && !(zero->constant != 0.0);
    if (masks && made->kind == E2L_VALUE_CALL && made->varies && value->arg[1].view == E2L_VIEW_SELF && fresh->n_uses == 1 &&
        !fresh->kept && fresh->home == E2L_NO_STATE && fresh->need == note->need && fresh->region == note->region &&
        e2l_space_equal(made->space, value->space)) {
        note->is_punch = true;
        fresh->home = note->home;
        fresh->selected_by = at;
    }
}

/* ---- sums that pass over zeros ----------------------------------------------------------------------------------- */
/* Zero times a weight that is sure to be finite is a zero, and adds nothing. A state is checked after every step, one that is never written only before the
   first (unit.c): it must not begin again. */
bool e2l_tape_is_finite(const e2l_compiler *compiler, uint32_t value)
{
    const e2l_value *const weights = &graph_of(compiler)->values[value];
    if (weights->kind != E2L_VALUE_STATE) {
        return false;
    }
    const e2l_state *const state = &compiler->program->states[weights->index];
    return state->limit > 0.0 && (state->reset_guard == 0 || !e2l_tape_is_state_itself(compiler, weights->index));
}

/* Over a list: what arrives times a weight, for nobody but the sum. */
static void find_events(e2l_compiler *compiler, uint32_t at)
{
    const e2l_value *const sum = &graph_of(compiler)->values[at];
    const uint32_t effect = sum->arg[0].value;
    const e2l_value *const product = &graph_of(compiler)->values[effect];
    const bool own = compiler->notes[effect].n_uses == 1 && !compiler->notes[effect].kept && compiler->notes[at].region == E2L_NO_REGION;
    if (product->space.list == 0 || product->primitive != compiler->arithmetic.mul || !own) {
        return;
    }
    for (uint32_t k = 0; k < 2; ++k) {
        if (product->arg[k].view == E2L_VIEW_PRE && e2l_tape_is_finite(compiler, product->arg[1 - k].value)) {
            const uint32_t region =
                add_region(compiler, &(e2l_guarded){.extent = E2L_EXTENT_EVENTS, .guard = product->arg[k], .space = product->space});
            compiler->notes[at].region = compiler->notes[effect].region = region;
            return;
        }
    }
}

void e2l_tape_find_regions(e2l_compiler *compiler)
{
    spread_regions(compiler);
    for (uint32_t k = 0; k < graph_of(compiler)->n_values; ++k) {
        if (graph_of(compiler)->values[k].kind == E2L_VALUE_SUM && compiler->notes[k].need != 0) {
            find_events(compiler, k);
        }
    }
    for (uint32_t k = 0; k < graph_of(compiler)->n_values; ++k) {
        const e2l_note *const note = &compiler->notes[k];
        const e2l_guarded *const region = note->conditional ? &compiler->guarded[note->region] : NULL;
        const bool of_tiles = region != NULL && region->extent == E2L_EXTENT_TILES && region->space.list == 0;
        if (region != NULL && region->extent != E2L_EXTENT_ANY && !of_tiles) {
            silence(compiler, k);
        }
    }
    for (uint32_t k = 0; compiler->is_wide && k < graph_of(compiler)->n_values; ++k) {
        if (graph_of(compiler)->values[k].kind == E2L_VALUE_CALL && compiler->notes[k].need != 0) {
            find_punch(compiler, k);
        }
    }
}
