/* tape_wanted.c: who is wanted, under which guards, and what may be written in place. */
#include "substrate/cpu/tape_impl.h"

/* ---- 1. who is wanted --------------------------------------------------------------------------------- */
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

/* A ring that is read is written. */
static void want_rings(e2l_compiler *compiler)
{
    const e2l_graph *const graph = graph_of(compiler);
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        const e2l_value *const value = &graph->values[k];
        if (value->kind == E2L_VALUE_DELAYED && compiler->notes[k].need != 0) {
            const e2l_ring *const ring = &compiler->program->rings[value->index];
            compiler->ring_used[ring->twin] = true;
            compiler->notes[k].need |= 1u; /* the place is written over at the end of the step */
            want(compiler, ring->signal, 1);
            want(compiler, ring->initial, 1);
            want(compiler, ring->reset, ring->reset_guard);
        }
    }
}

/* A state that is read is stored, what it is stored from is wanted, which may read further states. */
static void find_needs(e2l_compiler *compiler)
{
    const e2l_program *const program = compiler->program;
    const e2l_graph *const graph = graph_of(compiler);
    for (uint32_t k = 0; k < program->n_rings; ++k) {
        compiler->ring_used[k] = false;
    }
    for (uint32_t s = 0; s < program->n_states; ++s) {
        const e2l_state *const state = &program->states[s];
        compiler->stored[s] = state->limit == 0.0;
        want(compiler, state->next, state->guard); /* a constant too: it may be out of range */
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
                want(compiler, program->states[s].reset, program->states[s].reset_guard);
            }
        }
        want_rings(compiler);
    }
    pass_down(compiler);
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        e2l_note *const note = &compiler->notes[k];
        note->need = (note->need & 1u) != 0 ? 1 : note->need; /* every step is every step */
    }
}

/* Read at the end of a step, or when something begins again: it lies in memory then. */
static void keep(e2l_compiler *compiler, e2l_use use)
{
    compiler->notes[use.value].n_uses++;
    compiler->notes[use.value].kept = true;
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
        keep(compiler, state->next);
        keep(compiler, state->initial);
        keep(compiler, state->reset);
    }
    for (uint32_t k = 0; k < program->n_rings; ++k) {
        keep(compiler, program->rings[k].signal);
        keep(compiler, program->rings[k].initial);
        keep(compiler, program->rings[k].reset);
    }
    for (size_t k = 0; k < program->resolved->experiment->n_probes; ++k) {
        if (program->looks[k].state == E2L_NO_STATE) {
            keep(compiler, program->looks[k].value);
        }
    }
}

void e2l_tape_find_wanted(e2l_compiler *compiler)
{
    find_needs(compiler);
    count_uses(compiler);
}

/* ---- 2. in place ---------------------------------------------------------------------------------------- */
static bool can_live_in(const e2l_compiler *compiler, e2l_use use, uint32_t state)
{
    const e2l_state *const s = &compiler->program->states[state];
    const e2l_value *const value = &graph_of(compiler)->values[use.value];
    const e2l_note *const note = &compiler->notes[use.value];
    return e2l_is_computed(value) && value->varies && use.view == E2L_VIEW_SELF && note->home == E2L_NO_STATE &&
           note->need == s->guard && e2l_space_rows(value->space) == e2l_space_rows(s->space) && value->space.list == s->space.list;
}

/* The value of the state before a conditional write lives there as well; of that one, if it is a conditional write, the one before it. */
static void choose_earlier(e2l_compiler *compiler, uint32_t at, uint32_t state)
{
    const e2l_primitive *const selection = e2l_primitive_find("if");
    for (;;) {
        const e2l_value *const write = &graph_of(compiler)->values[at];
        if (write->primitive != selection) {
            return;
        }
        const e2l_use old = write->arg[2];
        const e2l_value *const before = &graph_of(compiler)->values[old.value];
        const bool begins = before->kind == E2L_VALUE_STATE && before->index == state && old.view == E2L_VIEW_SELF;
        if (!begins && (compiler->notes[old.value].kept || !can_live_in(compiler, old, state))) {
            return;
        }
        const uint32_t region = e2l_tape_region_for(compiler, write->arg[0], write->space);
        if (region == E2L_NO_REGION) {
            return;
        }
        compiler->notes[at].conditional = true;
        compiler->notes[at].region = region;
        if (begins) {
            return;
        }
        compiler->notes[old.value].home = state;
        at = old.value;
    }
}

void e2l_tape_choose_homes(e2l_compiler *compiler)
{
    const e2l_program *const program = compiler->program;
    for (uint32_t s = 0; s < program->n_states; ++s) {
        const e2l_use next = program->states[s].next;
        if (compiler->stored[s] && !compiler->banned[s] && can_live_in(compiler, next, s)) {
            compiler->notes[next.value].home = s;
            choose_earlier(compiler, next.value, s);
        }
    }
}

/* ---- in place after all? ---------------------------------------------------------------------------------- */
bool e2l_tape_lies_in(const e2l_compiler *compiler, uint32_t value, uint32_t state)
{
    const e2l_value *const v = &graph_of(compiler)->values[value];
    return (v->kind == E2L_VALUE_STATE && v->index == state) || compiler->notes[value].home == state;
}

/* The state in whose rows it lies, or E2L_NO_STATE. */
static uint32_t lies_where(const e2l_compiler *compiler, uint32_t value)
{
    const e2l_value *const v = &graph_of(compiler)->values[value];
    return v->kind == E2L_VALUE_STATE ? v->index : compiler->notes[value].home;
}

/* What is selected silently is in its place as soon as the new value is. */
static uint32_t version_of(const e2l_compiler *compiler, uint32_t value)
{
    const e2l_value *const v = &graph_of(compiler)->values[value];
    const bool through = compiler->notes[value].is_silent && compiler->notes[v->arg[1].value].home == compiler->notes[value].home;
    return v->kind == E2L_VALUE_STATE ? NO_VALUE : through ? v->arg[1].value : value;
}

static bool ban_unless_there(e2l_compiler *compiler, uint32_t value)
{
    const uint32_t state = lies_where(compiler, value);
    if (state == E2L_NO_STATE || compiler->banned[state] || compiler->versions[state] == version_of(compiler, value)) {
        return false;
    }
    compiler->banned[state] = true;
    return true;
}

/* A sum reads all sources for every target, so it must not write what it reads; element by element may. */
static bool ban_readers(e2l_compiler *compiler, const drafted *draft)
{
    bool banned = draft->onto != NO_VALUE && ban_unless_there(compiler, draft->onto);
    if (draft->region != E2L_NO_REGION) {
        banned = ban_unless_there(compiler, compiler->guarded[draft->region].guard.value) || banned;
    }
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        if (!draft->has[i] || draft->replica[i]) {
            continue;
        }
        banned = ban_unless_there(compiler, draft->in[i].value) || banned;
        if (draft->sums && draft->out_state != E2L_NO_STATE && !compiler->banned[draft->out_state] &&
            lies_where(compiler, draft->in[i].value) == draft->out_state) {
            compiler->banned[draft->out_state] = true;
            banned = true;
        }
    }
    return banned;
}

/* Goes through a step and holds what is read against what is there by then; true when a state must not be written in place. */
bool e2l_tape_ban_overwritten(e2l_compiler *compiler, size_t first)
{
    bool banned = false;
    for (uint32_t s = 0; s < compiler->program->n_states; ++s) {
        compiler->versions[s] = NO_VALUE;
    }
    for (size_t d = first; d < compiler->n_drafts; ++d) {
        const drafted *const draft = &compiler->drafts[d];
        banned = ban_readers(compiler, draft) || banned;
        if (draft->out_state != E2L_NO_STATE && draft->version != NO_VALUE) {
            compiler->versions[draft->out_state] = version_of(compiler, draft->version);
        }
    }
    for (size_t k = 0; k < compiler->program->resolved->experiment->n_probes; ++k) {
        const e2l_look *const look = &compiler->program->looks[k];
        if (look->state == E2L_NO_STATE) {
            banned = ban_unless_there(compiler, look->value.value) || banned;
        }
    }
    return banned;
}
