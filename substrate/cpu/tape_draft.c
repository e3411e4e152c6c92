/* tape_draft.c: calls for the values that get one of their own. */
#include "substrate/cpu/tape_impl.h"

#include <math.h>

bool e2l_tape_is_state_itself(const e2l_compiler *compiler, uint32_t state)
{
    const e2l_value *const next = &graph_of(compiler)->values[compiler->program->states[state].next.value];
    return next->kind == E2L_VALUE_STATE && next->index == state;
}

/* ---- 3. calls --------------------------------------------------------------------------------------------- */
static drafted *new_draft(e2l_compiler *compiler, const drafted *what)
{
    if (!e2l_tape_more(compiler->ctx, (void **)&compiler->drafts, compiler->n_drafts, &compiler->drafts_room,
              sizeof *compiler->drafts)) {
        compiler->failed = true;
        return NULL;
    }
    compiler->drafts[compiler->n_drafts] = *what;
    return &compiler->drafts[compiler->n_drafts++];
}

/* What is added to a state in its own rows: factor * rest. */
typedef struct e2l_increment {
    uint32_t onto; /* the value of the state */
    e2l_use factor, rest;
} e2l_increment;

/* `state + eta * r`: one factor is the same for all rows. */
static bool is_scaled(const e2l_compiler *compiler, e2l_space space, uint32_t product, e2l_increment *out)
{
    const e2l_graph *const graph = graph_of(compiler);
    const e2l_value *const value = &graph->values[product];
    const bool one = e2l_space_rows(space) == 1;
    if (!compiler->notes[product].inlinable || value->primitive != compiler->arithmetic.mul) {
        return false;
    }
    for (uint32_t i = 0; i < 2; ++i) {
        if ((one || e2l_use_is_spread(graph, value->arg[i], space)) && (one || !e2l_use_is_spread(graph, value->arg[1 - i], space))) {
            out->factor = value->arg[i];
            out->rest = value->arg[1 - i];
            return true;
        }
    }
    return false;
}

/* `state + v`, `state - v`: 1 * v is v to the bit, so the same kernels serve, which look at what they write. */
static bool is_plain(const e2l_compiler *compiler, uint32_t at, uint32_t k, e2l_increment *out)
{
    const e2l_value *const value = &graph_of(compiler)->values[at];
    const e2l_program *const program = compiler->program;
    const bool checked = program->states[compiler->notes[at].home].limit > 0.0;
    if (!checked || e2l_use_is_spread(graph_of(compiler), value->arg[1 - k], value->space)) {
        return false;
    }
    out->factor = value->primitive == compiler->arithmetic.add ? program->one : program->minus_one;
    out->rest = value->arg[1 - k];
    return true;
}

static bool is_final(const e2l_compiler *compiler, uint32_t at, e2l_increment *out)
{
    const e2l_value *const value = &graph_of(compiler)->values[at];
    const uint32_t home = compiler->notes[at].home;
    const bool adds = value->primitive == compiler->arithmetic.add;
    if (home == E2L_NO_STATE || value->kind != E2L_VALUE_CALL || (!adds && value->primitive != compiler->arithmetic.sub)) {
        return false;
    }
    for (uint32_t k = 0; k < (adds ? 2u : 1u); ++k) {
        out->onto = value->arg[k].value;
        if (e2l_tape_lies_in(compiler, out->onto, home) && value->arg[k].view == E2L_VIEW_SELF &&
            ((adds && is_scaled(compiler, value->space, value->arg[1 - k].value, out)) || is_plain(compiler, at, k, out))) {
            return true;
        }
    }
    return false;
}

/* Descending: a value that is material says of its leaves that they are. */
static void mark_material(e2l_compiler *compiler)
{
    const e2l_graph *const graph = graph_of(compiler);
    e2l_note *const notes = compiler->notes;
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        notes[k].material = notes[k].need != 0 && !notes[k].inlinable;
    }
    for (size_t k = 0; k < compiler->n_guarded; ++k) {
        notes[compiler->guarded[k].guard.value].material = true;
        notes[compiler->guarded[k].guard.value].is_guard = true;
    }
    for (uint32_t k = graph->n_values; k-- > 0;) {
        e2l_increment increment;
        e2l_use leaves[4];
        uint32_t n = 0;
        if (notes[k].is_silent) {
            notes[k].material = false;
            notes[graph->values[k].arg[1].value].material = true;
            continue;
        }
        if (!notes[k].material || graph->values[k].n_args == 0) {
            continue;
        }
        if (graph->values[k].kind == E2L_VALUE_SUM) {
            const uint32_t effect = graph->values[k].arg[0].value;
            leaves[0] = graph->values[k].arg[0];
            n = notes[effect].inlinable ? e2l_cover_leaves(graph, notes, effect, leaves) : 1;
        } else if (is_final(compiler, k, &increment)) {
            const uint32_t rest = increment.rest.value;
            leaves[0] = increment.rest;
            notes[increment.factor.value].material = true;
            notes[increment.factor.value].need |= notes[k].need; /* a one that nobody else wanted */
            n = notes[rest].inlinable ? e2l_cover_leaves(graph, notes, rest, leaves) : 1;
        } else {
            n = e2l_cover_leaves(graph, notes, k, leaves);
        }
        for (uint32_t i = 0; i < n; ++i) {
            notes[leaves[i].value].material = true;
        }
    }
}

static void set_leaves(drafted *draft, e2l_shape shape)
{
    draft->has[0] = draft->has[1] = true;
    draft->has[2] = shape >= E2L_SHAPE_CHAIN_2;
    draft->has[3] = shape >= E2L_SHAPE_CHAIN_3;
}

/* What belongs to the source goes second, and needs no replica. Where the other factor is sure to be finite, sources with a 0 add nothing. */
static void sum_by_element(e2l_compiler *compiler, drafted *draft)
{
    const e2l_use first = draft->in[0], second = draft->in[1];
    if (draft->space.n_post == 1 || (first.view == E2L_VIEW_PRE) == (second.view == E2L_VIEW_PRE)) {
        return;
    }
    draft->in[0] = first.view == E2L_VIEW_PRE ? second : first;
    draft->in[1] = first.view == E2L_VIEW_PRE ? first : second;
    draft->by_element = true;
    draft->run = compiler->kernels->rows->sum[E2L_SUM_FE];
}

static void draft_sum(e2l_compiler *compiler, drafted *draft, uint32_t at)
{
    const e2l_graph *const graph = graph_of(compiler);
    const e2l_value *const sum = &graph->values[at];
    const uint32_t effect = sum->arg[0].value;
    draft->space = (e2l_space){sum->n_summed, sum->space.n_pre, graph->values[effect].space.list};
    draft->sums = true;
    if (draft->space.list != 0) {
        draft->is_special = true;
        draft->run = compiler->specials->list_sum;
        draft->in[0] = sum->arg[0];
        draft->has[0] = true;
        return;
    }
    if (!compiler->notes[effect].inlinable) {
        draft->run = compiler->kernels->rows->sum[E2L_SUM_ONE];
        draft->in[0] = sum->arg[0];
        draft->has[0] = true;
        return;
    }
    const e2l_value *const product = &graph->values[effect];
    const bool swap = e2l_use_is_spread(graph, product->arg[0], draft->space);
    draft->in[0] = product->arg[swap ? 1 : 0];
    draft->in[1] = product->arg[swap ? 0 : 1];
    draft->has[0] = draft->has[1] = true;
    const bool spreads = e2l_use_is_spread(graph, draft->in[1], draft->space);
    draft->run = compiler->kernels->rows->sum[spreads ? E2L_SUM_FS : E2L_SUM_FF];
    if (compiler->is_wide && !spreads) {
        sum_by_element(compiler, draft);
    }
}

/* w * w * x: three factors in one sum; cover.c lets such a product pass only when all go from source to source. */
static void three_factors(e2l_compiler *compiler, drafted *draft, uint32_t at)
{
    const e2l_graph *const graph = graph_of(compiler);
    const uint32_t effect = graph->values[at].arg[0].value;
    if (!compiler->notes[effect].inlinable || compiler->notes[effect].shape != E2L_SHAPE_CHAIN_2) {
        return;
    }
    const e2l_value *const product = &graph->values[effect];
    const uint32_t deep = compiler->notes[effect].deep;
    const e2l_value *const inner = &graph->values[product->arg[deep].value];
    draft->by_element = false;
    draft->in[0] = inner->arg[0];
    draft->in[1] = inner->arg[1];
    draft->in[2] = product->arg[1 - deep];
    draft->has[2] = true;
    draft->run = compiler->kernels->rows->sum[E2L_SUM_FFF];
}

static void draft_call(const e2l_value *value, const e2l_compiler *compiler, drafted *draft)
{
    draft->run = compiler->kernels->rows->call;
    draft->eval = value->primitive->E2L_EVAL[graph_of(compiler)->isa];
    for (uint32_t k = 0; k < value->n_args; ++k) {
        draft->in[k] = value->arg[k];
        draft->has[k] = true;
    }
}

static void draft_special(const e2l_compiler *compiler, const e2l_value *value, drafted *draft)
{
    draft->is_special = true;
    draft->ring = value->kind == E2L_VALUE_DELAYED ? compiler->program->rings[value->index].twin : NO_VALUE;
    draft->run = value->kind == E2L_VALUE_MAX         ? compiler->specials->max
                 : value->kind == E2L_VALUE_MIN       ? compiler->specials->min
                 : value->kind == E2L_VALUE_TRANSPOSE ? compiler->specials->transpose
                 : value->kind == E2L_VALUE_FLAT      ? compiler->specials->flat
                 : value->kind == E2L_VALUE_NOISE     ? compiler->specials->noise
                 : value->kind == E2L_VALUE_FAN_IN    ? compiler->specials->fan_in
                 : value->kind == E2L_VALUE_WORLD     ? compiler->specials->world
                 : value->kind == E2L_VALUE_WORLD_BEGIN ? compiler->specials->world_begin
                 : value->kind == E2L_VALUE_SLICE     ? compiler->specials->slice
                 : value->kind == E2L_VALUE_PACK      ? compiler->specials->pack
                                                      : compiler->specials->delayed;
    draft->in[0] = value->arg[0];
    draft->has[0] = value->n_args > 0;
    draft->in[2] = value->arg[1]; /* in[1] is a ring's */
    draft->has[2] = value->n_args > 1;
}

/* Says whether the call checks what it writes. */
static bool draft_value(e2l_compiler *compiler, drafted *draft, uint32_t at)
{
    const e2l_graph *const graph = graph_of(compiler);
    const e2l_value *const value = &graph->values[at];
    const e2l_note *const notes = compiler->notes;
    e2l_increment increment;
    draft->space = value->space;
    if (e2l_is_special(value)) {
        draft_special(compiler, value, draft);
        return false;
    }
    if (notes[at].is_punch) {
        draft->is_special = true;
        draft->run = compiler->specials->punch;
        draft->onto = value->arg[1].value;
        draft->in[0] = value->arg[0];
        draft->has[0] = true;
        return true; /* what was made is checked, and 0 is in range */
    }
    if (value->kind == E2L_VALUE_SUM) {
        draft_sum(compiler, draft, at);
        if (draft->is_special) {
            return false;
        }
        three_factors(compiler, draft, at);
        if (compiler->is_wide && draft->space.n_post == 1) {
            draft->is_special = true;
            draft->run = compiler->specials->sum;
        }
        return !draft->is_special;
    }
    if (is_final(compiler, at, &increment)) {
        const e2l_use rest = increment.rest;
        draft->onto = increment.onto;
        draft->in[4] = increment.factor;
        draft->has[4] = true;
        draft->in[0] = rest;
        draft->has[0] = true;
        draft->run = compiler->kernels->shorts->update;
        if (notes[rest.value].inlinable) {
            draft->run = e2l_cover_kernel(graph, &compiler->arithmetic, notes, compiler->kernels, rest.value, true,
                                          draft->in);
            set_leaves(draft, notes[rest.value].shape);
        }
        return true;
    }
    if (notes[at].fusable) {
        draft->run = e2l_cover_kernel(graph, &compiler->arithmetic, notes, compiler->kernels, at, false, draft->in);
        set_leaves(draft, notes[at].shape);
    } else {
        draft_call(value, compiler, draft);
    }
    return false;
}

/* The check a value needs, 0 for none: the first state that has it as next. */
double e2l_tape_limit(const e2l_compiler *compiler, uint32_t value)
{
    double limit = 0.0;
    for (uint32_t s = 0; s < compiler->program->n_states; ++s) {
        const e2l_state *const state = &compiler->program->states[s];
        if (state->next.value == value && state->limit > 0.0 && (limit == 0.0 || state->limit < limit)) {
            limit = state->limit;
        }
    }
    return limit;
}

/* The least of the limits of what it becomes: states, or the state whose rows it is written to on the way. */
static double limit_of(const e2l_compiler *compiler, uint32_t value)
{
    const e2l_note *const note = &compiler->notes[value];
    const double own = e2l_tape_limit(compiler, value);
    const double later = note->selected_by != 0 ? e2l_tape_limit(compiler, note->selected_by) : 0.0;
    const double home = note->home != E2L_NO_STATE ? compiler->program->states[note->home].limit : 0.0;
    double limit = own > 0.0 && (own < home || home == 0.0) ? own : home;
    return later > 0.0 && (later < limit || limit == 0.0) ? later : limit;
}

static void draft_check(e2l_compiler *compiler, uint32_t value, double limit, uint32_t region)
{
    const drafted check = {.run = compiler->kernels->rows->check,
                         .in = {{value, E2L_VIEW_SELF}},
                         .has = {true},
                         .value = NO_VALUE,
                         .out_state = E2L_NO_STATE,
                         .checks_only = true,
                         .onto = NO_VALUE,
                         .version = NO_VALUE,
                         .region = region,
                         .ring = NO_VALUE,
                         .replicates = NO_VALUE,
                         .space = graph_of(compiler)->values[value].space,
                         .limit = limit,
                         .need = 1};
    (void)new_draft(compiler, &check);
}

bool e2l_tape_is_fixed_check(const e2l_compiler *compiler, uint32_t value)
{
    const e2l_value *const v = &graph_of(compiler)->values[value];
    const double limit = v->varies || v->kind == E2L_VALUE_STATE ? 0.0 : e2l_tape_limit(compiler, value);
    return limit > 0.0 && !(v->kind == E2L_VALUE_CONST && fabs(v->constant) < limit);
}

/* What does not vary and becomes a state: it is in range or it is not, from the first update on. */
static void draft_fixed_checks(e2l_compiler *compiler)
{
    for (uint32_t k = 0; k < graph_of(compiler)->n_values && !compiler->failed; ++k) {
        if (e2l_tape_is_fixed_check(compiler, k)) {
            draft_check(compiler, k, e2l_tape_limit(compiler, k), E2L_NO_REGION);
        }
    }
}

/* Inputs that are taken over as a state are looked at only when the data hold something that is not finite. */
static void draft_input_checks(e2l_compiler *compiler)
{
    const e2l_graph *const graph = graph_of(compiler);
    for (uint32_t k = 0; k < graph->n_values && !compiler->failed; ++k) {
        const double limit = graph->values[k].kind == E2L_VALUE_INPUT ? e2l_tape_limit(compiler, k) : 0.0;
        if (limit > 0.0) {
            draft_check(compiler, k, limit, E2L_NO_REGION);
            compiler->drafts[compiler->n_drafts - 1].need = E2L_GUARD_BAD_INPUT;
        }
    }
}

/* Into a state: what it begins with, what a guard lets through, or what could not be written in place. */
static void draft_copy(e2l_compiler *compiler, e2l_use from, uint32_t state, uint32_t version, double limit, uint64_t need)
{
    const drafted copy = {.run = compiler->kernels->rows->copy,
                          .in = {from},
                          .has = {true},
                          .value = NO_VALUE,
                          .out_state = state,
                          .ring = NO_VALUE,
                          .replicates = NO_VALUE,
                          .onto = NO_VALUE,
                          .version = version,
                          .region = version != NO_VALUE ? compiler->notes[version].region : E2L_NO_REGION,
                          .space = compiler->program->states[state].space,
                          .limit = limit,
                          .need = need};
    (void)new_draft(compiler, &copy);
}

static void draft_selection(e2l_compiler *compiler, uint32_t at)
{
    const e2l_use fresh = graph_of(compiler)->values[at].arg[1];
    const e2l_note *const note = &compiler->notes[at];
    if (compiler->notes[fresh.value].selected_by != at) {
        draft_copy(compiler, fresh, note->home, at, limit_of(compiler, at), note->need);
    }
}

static void draft_one(e2l_compiler *compiler, uint32_t at)
{
    const e2l_note *const note = &compiler->notes[at];
    const bool varies = graph_of(compiler)->values[at].varies;
    drafted what = {.value = at,
                    .ring = NO_VALUE,
                    .replicates = NO_VALUE,
                    .onto = NO_VALUE,
                    .out_state = note->home,
                    .version = at,
                    .region = note->region,
                    .need = note->need};
    const bool checks = draft_value(compiler, &what, at);
    const double limit = varies ? limit_of(compiler, at) : 0.0;
    what.limit = checks ? limit : 0.0;
    (void)new_draft(compiler, &what);
    if (limit > 0.0 && !checks) {
        draft_check(compiler, at, limit, what.region);
    }
}

/* What only a guarded write needs and stands before the guard waits for it. */
static bool waits(const e2l_compiler *compiler, uint32_t at)
{
    const uint32_t region = compiler->notes[at].region;
    return region != E2L_NO_REGION && compiler->guarded[region].guard.value > at;
}

static void draft_waiting(e2l_compiler *compiler, uint32_t guard)
{
    for (uint32_t k = 0; k < guard; ++k) {
        const uint32_t region = compiler->notes[k].region;
        if (region != E2L_NO_REGION && compiler->guarded[region].guard.value == guard && compiler->notes[k].material && !e2l_tape_is_in_ring(compiler, k)) {
            draft_one(compiler, k);
        }
    }
}

static void draft_values(e2l_compiler *compiler, bool varying, uint32_t from, uint32_t to)
{
    for (uint32_t k = from; k < to && !compiler->failed; ++k) {
        const e2l_value *const value = &graph_of(compiler)->values[k];
        const e2l_note *const note = &compiler->notes[k];
        if (note->is_silent && varying) {
            draft_selection(compiler, k);
        }
        if (note->material && e2l_is_computed(value) && value->varies == varying && !waits(compiler, k) && !e2l_tape_is_in_ring(compiler, k)) {
            draft_one(compiler, k);
        }
        if (varying && note->is_guard) {
            draft_waiting(compiler, k);
        }
    }
}

/* Whether what goes under way can be made right in the ring: in every step, by a call for nobody's rows. */
static bool can_be_made_there(const e2l_compiler *compiler, e2l_use from, uint32_t ring)
{
    const e2l_value *const value = &graph_of(compiler)->values[from.value];
    const e2l_note *const note = &compiler->notes[from.value];
    return value->kind == E2L_VALUE_CALL && value->varies && from.view == E2L_VIEW_SELF && note->need == 1 && note->material && note->home == E2L_NO_STATE &&
           note->region == E2L_NO_REGION && note->made_in == 0 && !note->is_punch && e2l_space_equal(value->space, compiler->program->rings[ring].space);
}

/* Into one place of a ring, or into all. On wide tapes the one is a copy as any other where sources have one delay. */
static void draft_ring(e2l_compiler *compiler, e2l_op_fn *run, e2l_use from, uint32_t ring, uint64_t need)
{
    const bool copies = run == compiler->specials->ring_write && compiler->is_wide && !compiler->program->rings[ring].by_source;
    if (copies && compiler->ring_used[ring] && can_be_made_there(compiler, from, ring)) {
        compiler->notes[from.value].made_in = ring + 1;
        return;
    }
    const drafted write = {.run = copies ? compiler->kernels->rows->copy : run,
                         .in = {from},
                         .has = {true},
                         .value = NO_VALUE,
                         .out_state = E2L_NO_STATE,
                         .is_special = !copies,
                         .ring = ring,
                         .replicates = NO_VALUE,
                         .onto = NO_VALUE,
                         .version = NO_VALUE,
                         .region = E2L_NO_REGION,
                         .space = compiler->program->rings[ring].space,
                         .need = need};
    if (need != 0 && compiler->ring_used[ring]) {
        (void)new_draft(compiler, &write);
    }
}

/* States that are not written in place. What is copied is never another state's old rows: program.c makes a value of it. */
static void draft_commits(e2l_compiler *compiler)
{
    const e2l_program *const program = compiler->program;
    for (uint32_t s = 0; s < program->n_states && !compiler->failed; ++s) {
        const e2l_state *const state = &program->states[s];
        const bool in_place = compiler->notes[state->next.value].home == s;
        if (compiler->stored[s] && !in_place && !e2l_tape_is_state_itself(compiler, s)) {
            draft_copy(compiler, state->next, s, NO_VALUE, 0.0, state->guard);
        }
    }
}

/* States and rings as they begin, or begin again in the first step of a span. */
static void draft_begin(e2l_compiler *compiler, bool again)
{
    const e2l_program *const program = compiler->program;
    for (uint32_t s = 0; s < program->n_states && !compiler->failed; ++s) {
        const e2l_state *const state = &program->states[s];
        const uint64_t need = again ? state->reset_guard : 1;
        if (compiler->stored[s] && need != 0) {
            draft_copy(compiler, again ? state->reset : state->initial, s, NO_VALUE, state->limit, need);
        }
    }
    for (uint32_t k = 0; k < program->n_rings && !compiler->failed; ++k) {
        const e2l_ring *const ring = &program->rings[k];
        draft_ring(compiler, compiler->specials->ring_fill, again ? ring->reset : ring->initial, k, again ? ring->reset_guard : 1);
    }
}

/* First calls once per run (and the states' initial values), then those of a step. */
size_t e2l_tape_draft(e2l_compiler *compiler)
{
    const e2l_program *const program = compiler->program;
    const uint32_t n_values = program->graph.n_values;
    mark_material(compiler);
    draft_values(compiler, false, 0, n_values);
    draft_begin(compiler, false);
    const size_t first = compiler->n_drafts;
    draft_values(compiler, true, 0, program->n_begin);
    draft_begin(compiler, true);
    draft_values(compiler, true, program->n_begin, n_values);
    if (!compiler->is_wide) {
        e2l_tape_join_sums(compiler, first);
    }
    draft_fixed_checks(compiler);
    draft_input_checks(compiler);
    for (uint32_t k = 0; k < program->n_rings && !compiler->failed; ++k) {
        draft_ring(compiler, compiler->specials->ring_write, program->rings[k].signal, k, 1);
    }
    draft_commits(compiler);
    return first;
}
