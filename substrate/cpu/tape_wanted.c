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
            compiler->ring_used[value->index] = true;
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
void e2l_tape_choose_homes(e2l_compiler *compiler)
{
    const e2l_program *const program = compiler->program;
    for (uint32_t s = 0; s < program->n_states; ++s) {
        const e2l_state *const state = &program->states[s];
        const e2l_value *const next = &graph_of(compiler)->values[state->next.value];
        const bool computed = e2l_is_computed(next) && next->varies;
        e2l_note *const note = &compiler->notes[state->next.value];
        if (computed && compiler->stored[s] && !compiler->banned[s] && state->next.view == E2L_VIEW_SELF &&
            note->home == E2L_NO_STATE && note->need == state->guard &&
            e2l_space_rows(next->space) == e2l_space_rows(state->space)) {
            note->home = s;
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
            if (compiler->drafts[d].has[i] && !compiler->drafts[d].replica[i] && value->kind == E2L_VALUE_STATE &&
                value->index == state) {
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
bool e2l_tape_ban_overwritten(e2l_compiler *compiler, size_t first)
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
