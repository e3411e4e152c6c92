/* tape.c: from a graph to kernel calls.

   1. Who is wanted, under which guards (roots: states that are checked or read, probes).
   2. A state's next value is written over the old one when nobody reads the old one later; else it is copied at the end of the
      step. Tried first, checked on the finished list, and where it fails compiled again without.
   3. Cover (cover.c): which values share a call. `state + eta * value` is one call with its check.
   4. Rows: constants, learning rates, arrays, states for good; intermediate values by liveness. */
#include <math.h>
#include <string.h>

#include "substrate/cpu/cover_impl.h"

enum { NO_VALUE = UINT32_MAX };
#define NO_ROW SIZE_MAX

/* A call before rows are given out. */
typedef struct drafted {
    e2l_op_fn *run;
    e2l_lanes_fn *eval;
    e2l_use in[E2L_OP_INPUTS];
    bool has[E2L_OP_INPUTS];
    uint32_t value;     /* what it computes, or NO_VALUE: a copy or a check */
    uint32_t out_state; /* what it writes instead, or E2L_NO_STATE */
    uint32_t more[E2L_MORE_SUMS]; /* values of sums that joined this one */
    uint32_t n_more;
    bool checks_only;
    e2l_space space;    /* of its operands */
    bool sums;
    double limit;
    uint64_t need;
} drafted;

typedef struct freed {
    size_t row, n;
} freed;

struct e2l_compiler {
    e2l_ctx *ctx;
    e2l_arithmetic arithmetic;
    e2l_note *notes;
    size_t notes_room;
    drafted *drafts;
    size_t n_drafts, drafts_room;
    bool *stored; /* [states] needs rows */
    bool *banned; /* [states] not in place */
    size_t *state_rows;
    size_t states_room;
    freed *freed;
    size_t n_freed, freed_room;
    /* of the present compilation */
    const e2l_program *program;
    const e2l_kernels *kernels;
    size_t chunk_rows;
    e2l_tape *tape;
    bool failed;
};

/* ---- memory ----------------------------------------------------------------------------------------- */
e2l_status e2l_compiler_create(e2l_ctx *ctx, e2l_compiler **out)
{
    *out = e2l_alloc(ctx, 1, sizeof **out);
    if (*out == NULL) {
        return E2L_NOMEM;
    }
    (*out)->ctx = ctx;
    (*out)->arithmetic = (e2l_arithmetic){.add = e2l_primitive_find("add"),
                                          .sub = e2l_primitive_find("sub"),
                                          .mul = e2l_primitive_find("mul")};
    return E2L_OK;
}

void e2l_compiler_destroy(e2l_ctx *ctx, e2l_compiler *compiler)
{
    if (compiler == NULL) {
        return;
    }
    e2l_free(ctx, compiler->notes);
    e2l_free(ctx, compiler->drafts);
    e2l_free(ctx, compiler->stored);
    e2l_free(ctx, compiler->banned);
    e2l_free(ctx, compiler->state_rows);
    e2l_free(ctx, compiler->freed);
    e2l_free(ctx, compiler);
}

/* Makes room for one more element; false when memory is out. */
static bool more(e2l_ctx *ctx, void **block, size_t n, size_t *room, size_t size)
{
    if (n < *room) {
        return true;
    }
    const size_t wanted = *room * 2 + 16;
    void *const grown = e2l_realloc(ctx, *block, wanted, size);
    if (grown == NULL) {
        return false;
    }
    *block = grown;
    *room = wanted;
    return true;
}

static size_t *filled_sizes(e2l_ctx *ctx, size_t n)
{
    return e2l_alloc(ctx, n + 1, sizeof(size_t));
}

e2l_status e2l_tape_init(e2l_tape *tape, e2l_ctx *ctx, const e2l_resolved *resolved)
{
    *tape = (e2l_tape){.ctx = ctx};
    tape->looks = e2l_alloc(ctx, resolved->experiment->n_probes + 1, sizeof *tape->looks);
    tape->eta_rows = filled_sizes(ctx, resolved->n_slots);
    tape->static_rows = filled_sizes(ctx, resolved->experiment->n_arrays);
    if (tape->looks == NULL || tape->eta_rows == NULL || tape->static_rows == NULL) {
        e2l_tape_clear(tape);
        return E2L_NOMEM;
    }
    return E2L_OK;
}

void e2l_tape_clear(e2l_tape *tape)
{
    e2l_ctx *const ctx = tape->ctx;
    e2l_free(ctx, tape->instrs);
    e2l_free(ctx, tape->checks);
    e2l_free(ctx, tape->constants);
    e2l_free(ctx, tape->areas);
    e2l_free(ctx, tape->looks);
    e2l_free(ctx, tape->eta_rows);
    e2l_free(ctx, tape->static_rows);
    e2l_free(ctx, tape->schedule_rows);
    *tape = (e2l_tape){.ctx = ctx};
}

/* ---- 1. who is wanted --------------------------------------------------------------------------------- */
static const e2l_graph *graph_of(const e2l_compiler *compiler)
{
    return &compiler->program->graph;
}

static bool is_state_itself(const e2l_compiler *compiler, uint32_t state)
{
    const e2l_value *const next = &graph_of(compiler)->values[compiler->program->states[state].next.value];
    return next->kind == E2L_VALUE_STATE && next->index == state;
}

static void want(e2l_compiler *compiler, e2l_use use, uint64_t need)
{
    compiler->notes[use.value].need |= need;
}

/* Arguments come before their users: one pass down. */
static void pass_down(e2l_compiler *compiler)
{
    const e2l_graph *const graph = graph_of(compiler);
    for (uint32_t k = graph->n_values; k-- > 0;) {
        for (uint32_t i = 0; i < graph->values[k].n_args; ++i) {
            want(compiler, graph->values[k].arg[i], compiler->notes[k].need);
        }
    }
}

/* A state that is read is stored, what it is stored from is wanted, which may read further states. */
static void find_wanted(e2l_compiler *compiler)
{
    const e2l_program *const program = compiler->program;
    const e2l_graph *const graph = graph_of(compiler);
    for (uint32_t s = 0; s < program->n_states; ++s) {
        const e2l_state *const state = &program->states[s];
        compiler->stored[s] = state->limit == 0.0;
        if (graph->values[state->next.value].varies) {
            want(compiler, state->next, state->guard);
        }
    }
    for (size_t k = 0; k < program->resolved->experiment->n_probes; ++k) {
        if (program->looks[k].state == E2L_NO_STATE) {
            want(compiler, program->looks[k].value, program->looks[k].guard);
        }
    }
    for (bool changed = true; changed;) {
        changed = false;
        pass_down(compiler);
        for (uint32_t k = 0; k < graph->n_values; ++k) {
            const e2l_value *const value = &graph->values[k];
            if (value->kind == E2L_VALUE_STATE && compiler->notes[k].need != 0 && !compiler->stored[value->index]) {
                compiler->stored[value->index] = true;
                changed = true;
            }
        }
        for (uint32_t s = 0; s < program->n_states; ++s) {
            if (compiler->stored[s]) {
                want(compiler, program->states[s].next, program->states[s].guard);
                want(compiler, program->states[s].initial, 1);
            }
        }
    }
    pass_down(compiler);
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        e2l_note *const note = &compiler->notes[k];
        note->need = (note->need & 1u) != 0 ? 1 : note->need; /* every step is every step */
    }
}

static void count_uses(e2l_compiler *compiler)
{
    const e2l_program *const program = compiler->program;
    const e2l_graph *const graph = graph_of(compiler);
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        for (uint32_t i = 0; compiler->notes[k].need != 0 && i < graph->values[k].n_args; ++i) {
            compiler->notes[graph->values[k].arg[i].value].n_uses++;
        }
    }
    for (uint32_t s = 0; s < program->n_states; ++s) {
        const e2l_state *const state = &program->states[s];
        compiler->notes[state->next.value].n_uses++;
        compiler->notes[state->next.value].kept = true;
        compiler->notes[state->initial.value].n_uses++;
        compiler->notes[state->initial.value].kept = true;
    }
    for (size_t k = 0; k < program->resolved->experiment->n_probes; ++k) {
        if (program->looks[k].state == E2L_NO_STATE) {
            compiler->notes[program->looks[k].value.value].n_uses++;
            compiler->notes[program->looks[k].value.value].kept = true;
        }
    }
}

/* ---- 2. in place ---------------------------------------------------------------------------------------- */
static void choose_homes(e2l_compiler *compiler)
{
    const e2l_program *const program = compiler->program;
    for (uint32_t s = 0; s < program->n_states; ++s) {
        const e2l_state *const state = &program->states[s];
        const e2l_value *const next = &graph_of(compiler)->values[state->next.value];
        const bool computed = (next->kind == E2L_VALUE_CALL || next->kind == E2L_VALUE_SUM) && next->varies;
        e2l_note *const note = &compiler->notes[state->next.value];
        if (computed && compiler->stored[s] && !compiler->banned[s] && state->next.view == E2L_VIEW_SELF &&
            note->home == E2L_NO_STATE && note->need == state->guard &&
            e2l_space_rows(next->space) == e2l_space_rows(state->space)) {
            note->home = s;
        }
    }
}

/* ---- 3. calls --------------------------------------------------------------------------------------------- */
static drafted *new_draft(e2l_compiler *compiler, const drafted *what)
{
    if (!more(compiler->ctx, (void **)&compiler->drafts, compiler->n_drafts, &compiler->drafts_room,
              sizeof *compiler->drafts)) {
        compiler->failed = true;
        return NULL;
    }
    compiler->drafts[compiler->n_drafts] = *what;
    return &compiler->drafts[compiler->n_drafts++];
}

/* `state + eta * r` over the state's own rows: gives the factor and r. */
static bool is_final(const e2l_compiler *compiler, uint32_t at, e2l_use *factor, e2l_use *rest)
{
    const e2l_graph *const graph = graph_of(compiler);
    const e2l_value *const value = &graph->values[at];
    if (compiler->notes[at].home == E2L_NO_STATE || value->primitive != compiler->arithmetic.add) {
        return false;
    }
    for (uint32_t k = 0; k < 2; ++k) {
        const e2l_value *const old = &graph->values[value->arg[k].value];
        const uint32_t other = value->arg[1 - k].value;
        const e2l_value *const product = &graph->values[other];
        if (old->kind != E2L_VALUE_STATE || old->index != compiler->notes[at].home ||
            value->arg[k].view != E2L_VIEW_SELF || !compiler->notes[other].inlinable ||
            product->primitive != compiler->arithmetic.mul) {
            continue;
        }
        for (uint32_t i = 0; i < 2; ++i) {
            const bool one = e2l_space_rows(value->space) == 1;
            const bool spreads = e2l_use_is_spread(graph, product->arg[i], value->space);
            if ((one || spreads) && (one || !e2l_use_is_spread(graph, product->arg[1 - i], value->space))) {
                *factor = product->arg[i];
                *rest = product->arg[1 - i];
                return true;
            }
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
    for (uint32_t k = graph->n_values; k-- > 0;) {
        e2l_use leaves[4], factor;
        uint32_t n = 0;
        if (!notes[k].material || graph->values[k].n_args == 0) {
            continue;
        }
        if (graph->values[k].kind == E2L_VALUE_SUM) {
            const uint32_t effect = graph->values[k].arg[0].value;
            leaves[0] = graph->values[k].arg[0];
            n = notes[effect].inlinable ? e2l_cover_leaves(graph, notes, effect, leaves) : 1;
        } else if (is_final(compiler, k, &factor, &leaves[0])) {
            const uint32_t rest = leaves[0].value;
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

static void draft_sum(e2l_compiler *compiler, drafted *draft, uint32_t at)
{
    const e2l_graph *const graph = graph_of(compiler);
    const e2l_value *const sum = &graph->values[at];
    const uint32_t effect = sum->arg[0].value;
    draft->space = (e2l_space){sum->n_summed, sum->space.n_pre};
    draft->sums = true;
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
    draft->in[0] = inner->arg[0];
    draft->in[1] = inner->arg[1];
    draft->in[2] = product->arg[1 - deep];
    draft->has[2] = true;
    draft->run = compiler->kernels->rows->sum[E2L_SUM_FFF];
}

static void draft_call(const e2l_value *value, const e2l_compiler *compiler, drafted *draft)
{
    draft->run = compiler->kernels->rows->call;
    draft->eval = value->primitive->eval[graph_of(compiler)->isa];
    for (uint32_t k = 0; k < value->n_args; ++k) {
        draft->in[k] = value->arg[k];
        draft->has[k] = true;
    }
}

/* Says whether the call checks what it writes. */
static bool draft_value(e2l_compiler *compiler, drafted *draft, uint32_t at)
{
    const e2l_graph *const graph = graph_of(compiler);
    const e2l_value *const value = &graph->values[at];
    const e2l_note *const notes = compiler->notes;
    e2l_use factor, rest;
    draft->space = value->space;
    if (value->kind == E2L_VALUE_SUM) {
        draft_sum(compiler, draft, at);
        three_factors(compiler, draft, at);
        return true;
    }
    if (is_final(compiler, at, &factor, &rest)) {
        draft->in[4] = factor;
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
static double limit_of(const e2l_compiler *compiler, uint32_t value)
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

static void draft_check(e2l_compiler *compiler, uint32_t value, double limit)
{
    const drafted check = {.run = compiler->kernels->rows->check,
                         .in = {{value, E2L_VIEW_SELF}},
                         .has = {true},
                         .value = NO_VALUE,
                         .out_state = E2L_NO_STATE,
                         .checks_only = true,
                         .space = graph_of(compiler)->values[value].space,
                         .limit = limit,
                         .need = 1};
    (void)new_draft(compiler, &check);
}

/* Inputs that are taken over as a state are looked at only when the data hold something that is not finite. */
static void draft_input_checks(e2l_compiler *compiler)
{
    const e2l_graph *const graph = graph_of(compiler);
    for (uint32_t k = 0; k < graph->n_values && !compiler->failed; ++k) {
        const double limit = graph->values[k].kind == E2L_VALUE_INPUT ? limit_of(compiler, k) : 0.0;
        if (limit > 0.0) {
            draft_check(compiler, k, limit);
            compiler->drafts[compiler->n_drafts - 1].need = E2L_GUARD_BAD_INPUT;
        }
    }
}

static void draft_values(e2l_compiler *compiler, bool varying)
{
    const e2l_graph *const graph = graph_of(compiler);
    for (uint32_t k = 0; k < graph->n_values && !compiler->failed; ++k) {
        const e2l_value *const value = &graph->values[k];
        const bool computed = value->kind == E2L_VALUE_CALL || value->kind == E2L_VALUE_SUM;
        if (!compiler->notes[k].material || !computed || value->varies != varying) {
            continue;
        }
        drafted what = {.value = k, .out_state = compiler->notes[k].home, .need = compiler->notes[k].need};
        const bool checks = draft_value(compiler, &what, k);
        const double limit = varying ? limit_of(compiler, k) : 0.0;
        what.limit = checks ? limit : 0.0;
        (void)new_draft(compiler, &what);
        if (limit > 0.0 && !checks) {
            draft_check(compiler, k, limit);
        }
    }
}

static void draft_copy(e2l_compiler *compiler, e2l_use from, uint32_t state, uint64_t need)
{
    const drafted copy = {.run = compiler->kernels->rows->copy,
                        .in = {from},
                        .has = {true},
                        .value = NO_VALUE,
                        .out_state = state,
                        .space = compiler->program->states[state].space,
                        .need = need};
    (void)new_draft(compiler, &copy);
}

/* States that are not written in place. What is copied is never another state's old rows: program.c makes a value of it. */
static void draft_commits(e2l_compiler *compiler)
{
    const e2l_program *const program = compiler->program;
    for (uint32_t s = 0; s < program->n_states && !compiler->failed; ++s) {
        const e2l_state *const state = &program->states[s];
        const bool in_place = compiler->notes[state->next.value].home == s;
        if (compiler->stored[s] && !in_place && !is_state_itself(compiler, s)) {
            draft_copy(compiler, state->next, s, state->guard);
        }
    }
}

/* ---- sums with a factor in common ------------------------------------------------------------------------ */
static bool same_use(e2l_use a, e2l_use b)
{
    return a.value == b.value && a.view == b.view;
}

static bool can_join(const e2l_compiler *compiler, const drafted *draft)
{
    return draft->run == compiler->kernels->rows->sum[E2L_SUM_FF] && draft->space.n_post == 1 &&
           draft->out_state == E2L_NO_STATE;
}

/* What is computed by a call from `first` on is not there yet at `first`. */
static bool is_there(const e2l_compiler *compiler, e2l_use use, size_t first)
{
    for (size_t d = first; d < compiler->n_drafts; ++d) {
        if (compiler->drafts[d].value == use.value) {
            return false;
        }
    }
    return true;
}

/* The factor goes first; a leader that nobody has joined yet may still choose which one that is. */
static bool share_factor(drafted *leader, e2l_use in[2])
{
    for (int i = 0; i < (leader->n_more == 0 ? 2 : 1); ++i) {
        for (int k = 0; k < 2; ++k) {
            if (same_use(leader->in[i], in[k])) {
                const e2l_use other = leader->in[1 - i];
                leader->in[0] = in[k];
                leader->in[1] = i == 0 ? leader->in[1] : other;
                const e2l_use rest = in[1 - k];
                in[0] = leader->in[0];
                in[1] = rest;
                return true;
            }
        }
    }
    return false;
}

static void join(e2l_compiler *compiler, size_t at)
{
    for (size_t d = at + 1; d < compiler->n_drafts; ++d) {
        drafted *const leader = &compiler->drafts[at];
        const drafted *const draft = &compiler->drafts[d];
        e2l_use in[2] = {draft->in[0], draft->in[1]};
        if (leader->n_more == E2L_MORE_SUMS || !can_join(compiler, draft) || draft->limit > 0.0 ||
            draft->need != leader->need || !e2l_space_equal(draft->space, leader->space) ||
            !is_there(compiler, in[0], at) || !is_there(compiler, in[1], at) || !share_factor(leader, in)) {
            continue;
        }
        leader->in[2 + leader->n_more] = in[1];
        leader->has[2 + leader->n_more] = true;
        leader->more[leader->n_more++] = draft->value;
        memmove(&compiler->drafts[d], &compiler->drafts[d + 1], (compiler->n_drafts - d - 1) * sizeof *draft);
        --compiler->n_drafts;
        --d;
    }
}

static void join_sums(e2l_compiler *compiler, size_t first)
{
    for (size_t d = first; d < compiler->n_drafts; ++d) {
        if (can_join(compiler, &compiler->drafts[d])) {
            join(compiler, d);
            const uint32_t n_more = compiler->drafts[d].n_more;
            if (n_more > 0) {
                compiler->drafts[d].run = compiler->kernels->rows->sums[n_more - 1];
            }
        }
    }
}

/* ---- 4. rows ------------------------------------------------------------------------------------------------ */
static size_t new_rows(e2l_compiler *compiler, size_t n)
{
    e2l_tape *const tape = compiler->tape;
    const size_t row = tape->n_rows;
    if (!more(compiler->ctx, (void **)&tape->areas, tape->n_areas, &tape->areas_room, sizeof *tape->areas)) {
        compiler->failed = true;
        return row;
    }
    tape->areas[tape->n_areas++] = (e2l_area){row, n};
    tape->n_rows += n;
    return row;
}

static size_t scratch_rows(e2l_compiler *compiler, size_t n)
{
    for (size_t k = compiler->n_freed; k-- > 0;) {
        if (compiler->freed[k].n == n) {
            const size_t row = compiler->freed[k].row;
            compiler->freed[k] = compiler->freed[--compiler->n_freed];
            return row;
        }
    }
    return new_rows(compiler, n);
}

static void give_back(e2l_compiler *compiler, size_t row, size_t n)
{
    if (!more(compiler->ctx, (void **)&compiler->freed, compiler->n_freed, &compiler->freed_room,
              sizeof *compiler->freed)) {
        compiler->failed = true;
        return;
    }
    compiler->freed[compiler->n_freed++] = (freed){row, n};
}

static void add_constant(e2l_compiler *compiler, size_t row, double value)
{
    e2l_tape *const tape = compiler->tape;
    if (!more(compiler->ctx, (void **)&tape->constants, tape->n_constants, &tape->constants_room,
              sizeof *tape->constants)) {
        compiler->failed = true;
        return;
    }
    tape->constants[tape->n_constants++] = (e2l_filled){row, value};
}

/* Everything that lasts. Inputs have rows of the chunk and are told apart by their kind. */
static void lasting_rows(e2l_compiler *compiler, const e2l_chunk_layout *chunk)
{
    const e2l_graph *const graph = graph_of(compiler);
    e2l_tape *const tape = compiler->tape;
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        const e2l_value *const value = &graph->values[k];
        e2l_note *const note = &compiler->notes[k];
        const size_t n = (size_t)e2l_space_rows(value->space);
        if (note->need == 0) {
            continue;
        }
        switch (value->kind) {
        case E2L_VALUE_CONST:
            note->row = new_rows(compiler, 1);
            add_constant(compiler, note->row, value->constant);
            break;
        case E2L_VALUE_STATE: break;
        case E2L_VALUE_INPUT: note->row = chunk->first[value->index]; break;
        case E2L_VALUE_STATIC: note->row = tape->static_rows[value->index] = new_rows(compiler, n); break;
        case E2L_VALUE_ETA: note->row = tape->eta_rows[value->index] = new_rows(compiler, 1); break;
        case E2L_VALUE_SCHEDULE: note->row = tape->schedule_rows[value->index] = new_rows(compiler, 1); break;
        case E2L_VALUE_CALL:
        case E2L_VALUE_SUM:
        default:
            if (!value->varies && note->material) {
                note->row = new_rows(compiler, n);
            }
        }
    }
    for (uint32_t s = 0; s < compiler->program->n_states; ++s) {
        if (compiler->stored[s]) {
            compiler->state_rows[s] = new_rows(compiler, (size_t)e2l_space_rows(compiler->program->states[s].space));
        }
    }
}

static size_t row_of(const e2l_compiler *compiler, uint32_t value)
{
    const e2l_value *const v = &graph_of(compiler)->values[value];
    return v->kind == E2L_VALUE_STATE ? compiler->state_rows[v->index] : compiler->notes[value].row;
}

/* Last reader of every value; what is kept is read after the last call. */
static void find_last(e2l_compiler *compiler)
{
    for (uint32_t k = 0; k < graph_of(compiler)->n_values; ++k) {
        compiler->notes[k].last = compiler->notes[k].kept ? SIZE_MAX : 0;
    }
    for (size_t d = 0; d < compiler->n_drafts; ++d) {
        for (int i = 0; i < E2L_OP_INPUTS; ++i) {
            e2l_note *const note = &compiler->notes[compiler->drafts[d].in[i].value];
            if (compiler->drafts[d].has[i] && note->last < d) {
                note->last = d;
            }
        }
    }
}

static void free_after(e2l_compiler *compiler, size_t d)
{
    const drafted *const draft = &compiler->drafts[d];
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        const uint32_t value = draft->in[i].value;
        e2l_note *const note = &compiler->notes[value];
        const e2l_value *const v = &graph_of(compiler)->values[value];
        const bool scratch = (v->kind == E2L_VALUE_CALL || v->kind == E2L_VALUE_SUM) && v->varies;
        if (draft->has[i] && scratch && note->home == E2L_NO_STATE && note->last == d) {
            note->last = SIZE_MAX; /* once, even when two operands are the same value */
            give_back(compiler, note->row, (size_t)e2l_space_rows(v->space));
        }
    }
}

static void scratch_all(e2l_compiler *compiler, size_t first)
{
    find_last(compiler);
    compiler->n_freed = 0;
    for (size_t d = first; d < compiler->n_drafts && !compiler->failed; ++d) {
        const drafted *const draft = &compiler->drafts[d];
        if (draft->value != NO_VALUE) {
            e2l_note *const note = &compiler->notes[draft->value];
            const size_t n = (size_t)e2l_space_rows(graph_of(compiler)->values[draft->value].space);
            note->row = note->home != E2L_NO_STATE ? compiler->state_rows[note->home] : scratch_rows(compiler, n);
            for (uint32_t k = 0; k < draft->n_more; ++k) {
                compiler->notes[draft->more[k]].row = scratch_rows(compiler, n);
            }
        }
        free_after(compiler, d);
    }
}

/* ---- finished calls --------------------------------------------------------------------------------------- */
static size_t area_rows(const e2l_compiler *compiler, const e2l_value *value)
{
    return value->kind == E2L_VALUE_INPUT ? compiler->chunk_rows : (size_t)e2l_space_rows(value->space);
}

static e2l_operand operand_of(const e2l_compiler *compiler, const e2l_use use, size_t n_rows, bool many)
{
    const e2l_value *const value = &graph_of(compiler)->values[use.value];
    e2l_operand operand = {.rows_in = value->kind == E2L_VALUE_INPUT ? E2L_ROWS_CHUNK : E2L_ROWS_MEMORY,
                           .row = row_of(compiler, use.value),
                           .n_rows = area_rows(compiler, value)};
    const bool one = e2l_space_rows(value->space) == 1;
    if (use.view == E2L_VIEW_POST) {
        operand.spread = many;
        operand.per_target = 1;
    } else if (one) {
        operand.spread = many;
    } else if (use.view == E2L_VIEW_SELF) {
        operand.per_target = n_rows;
    }
    return operand;
}

static bool goes_by_target(const drafted *draft)
{
    bool views = draft->sums;
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        views = views || (draft->has[i] && draft->in[i].view != E2L_VIEW_SELF);
    }
    return views;
}

static void finish(e2l_compiler *compiler, const drafted *draft)
{
    e2l_tape *const tape = compiler->tape;
    if (compiler->failed ||
        !more(compiler->ctx, (void **)&tape->instrs, tape->n_instrs, &tape->room, sizeof *tape->instrs)) {
        compiler->failed = true;
        return;
    }
    const bool by_target = goes_by_target(draft);
    e2l_instr instr = {.run = draft->run, .eval = draft->eval, .limit = draft->limit, .need = draft->need,
                       .sums = draft->sums};
    instr.n_outer = by_target ? (size_t)draft->space.n_post : 1;
    instr.n_rows = (size_t)e2l_space_rows(draft->space) / instr.n_outer;
    const bool many = e2l_space_rows(draft->space) > 1;
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        if (draft->has[i]) {
            instr.in[i] = operand_of(compiler, draft->in[i], instr.n_rows, many && instr.n_rows > 1);
        }
    }
    if (!draft->checks_only) {
        const size_t row = draft->out_state != E2L_NO_STATE ? compiler->state_rows[draft->out_state]
                                                            : compiler->notes[draft->value].row;
        const size_t n_out = draft->sums ? instr.n_outer : instr.n_rows * instr.n_outer;
        instr.out = (e2l_operand){
            .rows_in = E2L_ROWS_MEMORY, .row = row, .n_rows = n_out, .per_target = draft->sums ? 1 : instr.n_rows};
    }
    for (uint32_t k = 0; k < draft->n_more; ++k) {
        instr.more[k] = (e2l_operand){
            .rows_in = E2L_ROWS_MEMORY, .row = compiler->notes[draft->more[k]].row, .n_rows = 1, .per_target = 1};
    }
    tape->instrs[tape->n_instrs++] = instr;
    tape->needs |= draft->need;
}

static void finish_checks(e2l_compiler *compiler)
{
    e2l_tape *const tape = compiler->tape;
    for (uint32_t k = 0; k < graph_of(compiler)->n_values && !compiler->failed; ++k) {
        const e2l_value *const value = &graph_of(compiler)->values[k];
        const double limit = limit_of(compiler, k);
        const bool computed = (value->kind == E2L_VALUE_CALL || value->kind == E2L_VALUE_SUM) && value->varies;
        if (limit == 0.0 || (!computed && value->kind != E2L_VALUE_INPUT)) {
            continue;
        }
        if (!more(compiler->ctx, (void **)&tape->checks, tape->n_checks, &tape->checks_room, sizeof *tape->checks)) {
            compiler->failed = true;
            return;
        }
        const e2l_operand at = {.rows_in = computed ? E2L_ROWS_MEMORY : E2L_ROWS_CHUNK, .row = row_of(compiler, k),
                                .n_rows = area_rows(compiler, value)};
        tape->checks[tape->n_checks++] = (e2l_check){at, (size_t)e2l_space_rows(value->space), limit};
    }
}

static void finish_looks(e2l_compiler *compiler)
{
    const e2l_program *const program = compiler->program;
    for (size_t k = 0; k < program->resolved->experiment->n_probes; ++k) {
        const e2l_look *const look = &program->looks[k];
        if (look->state != E2L_NO_STATE) {
            compiler->tape->looks[k] =
                (e2l_operand){.rows_in = E2L_ROWS_MEMORY,
                              .row = compiler->state_rows[look->state],
                              .n_rows = (size_t)e2l_space_rows(program->states[look->state].space)};
        } else {
            const e2l_value *const value = &graph_of(compiler)->values[look->value.value];
            compiler->tape->looks[k] = (e2l_operand){
                .rows_in = value->kind == E2L_VALUE_INPUT ? E2L_ROWS_CHUNK : E2L_ROWS_MEMORY,
                .row = row_of(compiler, look->value.value),
                .n_rows = area_rows(compiler, value),
                .spread = e2l_space_rows(value->space) == 1};
        }
    }
}

/* ---- in place after all? ---------------------------------------------------------------------------------- */
/* A sum reads all sources for every target, so it must not write what it reads; element by element may. */
static size_t last_read_of(const e2l_compiler *compiler, uint32_t state, size_t first)
{
    const e2l_graph *const graph = graph_of(compiler);
    for (size_t k = 0; k < compiler->program->resolved->experiment->n_probes; ++k) {
        const e2l_look *const look = &compiler->program->looks[k];
        const e2l_value *const value = &graph->values[look->value.value];
        if (look->state == E2L_NO_STATE && value->kind == E2L_VALUE_STATE && value->index == state) {
            return SIZE_MAX;
        }
    }
    size_t last = 0;
    for (size_t d = first; d < compiler->n_drafts; ++d) {
        for (int i = 0; i < E2L_OP_INPUTS; ++i) {
            const e2l_value *const value = &graph->values[compiler->drafts[d].in[i].value];
            if (compiler->drafts[d].has[i] && value->kind == E2L_VALUE_STATE && value->index == state) {
                last = compiler->drafts[d].sums ? d + 1 : d;
            }
        }
    }
    return last;
}

static size_t written_at(const e2l_compiler *compiler, uint32_t state, size_t first)
{
    for (size_t d = first; d < compiler->n_drafts; ++d) {
        if (compiler->drafts[d].out_state == state && compiler->drafts[d].value != NO_VALUE) {
            return d;
        }
    }
    return SIZE_MAX;
}

/* Bans what was read after it was written; true when something was. */
static bool ban_the_overwritten(e2l_compiler *compiler, size_t first)
{
    bool banned = false;
    for (uint32_t s = 0; s < compiler->program->n_states; ++s) {
        if (compiler->notes[compiler->program->states[s].next.value].home == s &&
            last_read_of(compiler, s, first) > written_at(compiler, s, first)) {
            compiler->banned[s] = true;
            banned = true;
        }
    }
    return banned;
}

/* ---- all ------------------------------------------------------------------------------------------------------ */
static bool make_room(e2l_compiler *compiler)
{
    const size_t n_values = compiler->program->graph.n_values, n_states = compiler->program->n_states;
    if (n_values > compiler->notes_room) {
        e2l_note *notes = e2l_realloc(compiler->ctx, compiler->notes, n_values * 2, sizeof *notes);
        if (notes == NULL) {
            return false;
        }
        compiler->notes = notes;
        compiler->notes_room = n_values * 2;
    }
    if (n_states + 1 > compiler->states_room) {
        bool *stored = e2l_realloc(compiler->ctx, compiler->stored, n_states + 1, sizeof *stored);
        compiler->stored = stored != NULL ? stored : compiler->stored;
        bool *banned = e2l_realloc(compiler->ctx, compiler->banned, n_states + 1, sizeof *banned);
        compiler->banned = banned != NULL ? banned : compiler->banned;
        size_t *rows = e2l_realloc(compiler->ctx, compiler->state_rows, n_states + 1, sizeof *rows);
        compiler->state_rows = rows != NULL ? rows : compiler->state_rows;
        if (stored == NULL || banned == NULL || rows == NULL) {
            return false;
        }
        compiler->states_room = n_states + 1;
    }
    e2l_tape *const tape = compiler->tape;
    if (compiler->program->n_schedule + 1u > tape->schedule_room) {
        size_t *rows = e2l_realloc(compiler->ctx, tape->schedule_rows, compiler->program->n_schedule + 1u, sizeof *rows);
        if (rows == NULL) {
            return false;
        }
        tape->schedule_rows = rows;
        tape->schedule_room = compiler->program->n_schedule + 1u;
    }
    return true;
}

static void forget(e2l_compiler *compiler)
{
    e2l_tape *const tape = compiler->tape;
    const e2l_resolved *const resolved = compiler->program->resolved;
    for (uint32_t k = 0; k < graph_of(compiler)->n_values; ++k) {
        compiler->notes[k] = (e2l_note){.home = E2L_NO_STATE, .row = NO_ROW};
    }
    compiler->n_drafts = 0;
    tape->n_init = tape->n_instrs = tape->n_checks = tape->n_constants = tape->n_rows = tape->n_areas = 0;
    tape->needs = 0;
    tape->n_schedule = compiler->program->n_schedule;
    for (size_t k = 0; k < resolved->n_slots; ++k) {
        tape->eta_rows[k] = NO_ROW;
    }
    for (size_t k = 0; k < resolved->experiment->n_arrays; ++k) {
        tape->static_rows[k] = NO_ROW;
    }
    for (size_t k = 0; k < compiler->program->n_schedule; ++k) {
        tape->schedule_rows[k] = NO_ROW;
    }
}

/* First calls once per run (and the states' initial values), then those of a step. */
static size_t draft_all(e2l_compiler *compiler)
{
    draft_values(compiler, false);
    for (uint32_t s = 0; s < compiler->program->n_states && !compiler->failed; ++s) {
        if (compiler->stored[s]) {
            draft_copy(compiler, compiler->program->states[s].initial, s, 1);
        }
    }
    const size_t first = compiler->n_drafts;
    draft_values(compiler, true);
    join_sums(compiler, first);
    draft_input_checks(compiler);
    draft_commits(compiler);
    return first;
}

static void count_nodes(e2l_compiler *compiler)
{
    const e2l_graph *const graph = graph_of(compiler);
    e2l_tape *const tape = compiler->tape;
    tape->n_nodes_synapse = tape->n_nodes_hoisted = 0;
    uint64_t most = 1;
    for (size_t p = 0; p < compiler->program->resolved->experiment->n_projections; ++p) {
        const e2l_bound_projection *const projection = &compiler->program->resolved->projections[p];
        const uint64_t n = projection->n_pre * projection->n_post;
        most = n > most ? n : most;
    }
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        if (graph->values[k].kind == E2L_VALUE_CALL && compiler->notes[k].need != 0) {
            const bool each = graph->values[k].varies && e2l_space_rows(graph->values[k].space) == most;
            *(each ? &tape->n_nodes_synapse : &tape->n_nodes_hoisted) += 1;
        }
    }
}

e2l_status e2l_tape_compile(e2l_tape *tape, e2l_compiler *compiler, const e2l_program *program,
                            const e2l_kernels *kernels, const e2l_chunk_layout *chunk)
{
    compiler->program = program;
    compiler->kernels = kernels;
    compiler->tape = tape;
    compiler->chunk_rows = chunk->n_rows;
    compiler->failed = false;
    if (!make_room(compiler)) {
        return E2L_NOMEM;
    }
    memset(compiler->banned, 0, (program->n_states + 1u) * sizeof *compiler->banned);
    size_t first = 0;
    do {
        forget(compiler);
        find_wanted(compiler);
        count_uses(compiler);
        choose_homes(compiler);
        e2l_cover_choose(&program->graph, &compiler->arithmetic, compiler->notes);
        mark_material(compiler);
        first = draft_all(compiler);
    } while (!compiler->failed && ban_the_overwritten(compiler, first));
    lasting_rows(compiler, chunk);
    scratch_all(compiler, first);
    for (size_t d = 0; d < compiler->n_drafts; ++d) {
        tape->n_init = d == first ? tape->n_instrs : tape->n_init;
        finish(compiler, &compiler->drafts[d]);
    }
    tape->n_init = first == compiler->n_drafts ? tape->n_instrs : tape->n_init;
    finish_checks(compiler);
    finish_looks(compiler);
    count_nodes(compiler);
    return compiler->failed ? E2L_NOMEM : E2L_OK;
}
