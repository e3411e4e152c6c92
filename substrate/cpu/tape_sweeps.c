/* tape_sweeps.c: which calls of a wide tape go over their targets together, some tiles at a time.

   The drive of some targets, what these do with it and how their synapses change touch the same weights: taken together while these are in the
   cache, a step goes through them once. It takes calls that follow each other, have a tile for the same targets, and read nothing but their own
   tiles of what the others write. Synaptic values that live inside a sweep need room for its tiles alone. */
#include "substrate/cpu/tape_impl.h"
#include "substrate/cpu/wide.h"

#ifdef E2L_STRESS
enum { LARGE = 0, ROOM = 512 };
#else
/* Bytes of synaptic values from which on it pays, and that a sweep takes at a time; measured with e2l-bench. */
enum { LARGE = 131072, ROOM = 100000 };
#endif

static bool is_synaptic_call(const drafted *draft)
{
    return e2l_is_synaptic(draft->space);
}

/* Tiles of the call, 0 when it does not go by tiles. */
static size_t tiles_of(const e2l_compiler *compiler, const drafted *draft)
{
    const bool in_parts = draft->region != E2L_NO_REGION && compiler->guarded[draft->region].extent != E2L_EXTENT_ALL;
    if (draft->is_special || draft->replicates != NO_VALUE || draft->space.list != 0 || in_parts || e2l_space_rows(draft->space) == 1) {
        return 0;
    }
    return e2l_tiles_of(is_synaptic_call(draft) ? draft->space.n_post : draft->space.n_pre);
}

/* Made by a call from `first` to `end`, in scratch or in the rows of a state. */
static bool is_made(const e2l_compiler *compiler, uint32_t value, size_t first, size_t end)
{
    const e2l_value *const v = &graph_of(compiler)->values[value];
    const uint32_t state = v->kind == E2L_VALUE_STATE ? v->index : compiler->notes[value].home;
    for (size_t d = first; d < end; ++d) {
        const drafted *const draft = &compiler->drafts[d];
        if (draft->value == value || (state != E2L_NO_STATE && draft->out_state == state)) {
            return true;
        }
    }
    return false;
}

/* Calls over synapses see values of their sources whole, by element or in replica. */
static bool reads_whole(const drafted *draft, int operand)
{
    return draft->has[operand] && is_synaptic_call(draft) && draft->in[operand].view == E2L_VIEW_PRE;
}

static bool can_join(const e2l_compiler *compiler, size_t first, size_t d)
{
    const drafted *const draft = &compiler->drafts[d];
    if (draft->region != compiler->drafts[first].region || tiles_of(compiler, draft) != tiles_of(compiler, &compiler->drafts[first])) {
        return false;
    }
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        if (reads_whole(draft, i) && !draft->replica[i] && is_made(compiler, draft->in[i].value, first, d)) {
            return false;
        }
    }
    for (size_t before = first; before <= d; ++before) { /* nor does it write what one of them reads whole */
        for (int i = 0; i < E2L_OP_INPUTS; ++i) {
            if (reads_whole(&compiler->drafts[before], i) && !compiler->drafts[before].replica[i] &&
                is_made(compiler, compiler->drafts[before].in[i].value, d, d + 1)) {
                return false;
            }
        }
    }
    return true;
}

/* Bytes of one tile of synaptic values, all calls together; 0: none is synaptic. */
static size_t tile_bytes(const e2l_compiler *compiler, size_t first, size_t end)
{
    size_t most = 0;
    for (size_t d = first; d < end; ++d) {
        const drafted *const draft = &compiler->drafts[d];
        const size_t bytes = is_synaptic_call(draft) ? (size_t)draft->space.n_pre * E2L_LANE_STEP * sizeof(e2l_real) : 0;
        most = bytes > most ? bytes : most;
    }
    return most;
}

static size_t n_synaptic(const e2l_compiler *compiler, size_t first, size_t end)
{
    size_t n = 0;
    for (size_t d = first; d < end; ++d) {
        n += is_synaptic_call(&compiler->drafts[d]) ? 1 : 0;
    }
    return n;
}

static void make_sweep(e2l_compiler *compiler, size_t first, size_t end)
{
    const size_t bytes = tile_bytes(compiler, first, end), tiles = tiles_of(compiler, &compiler->drafts[first]);
    if (bytes * tiles <= LARGE || n_synaptic(compiler, first, end) < 2) {
        return;
    }
    const size_t fit = ROOM / bytes;
    compiler->n_sweeps++;
    for (size_t d = first; d < end; ++d) {
        compiler->drafts[d].sweep = compiler->n_sweeps;
        compiler->drafts[d].sweep_tiles = fit > 1 ? fit : 1;
    }
}

/* Values made and read in one sweep alone. notes[].last is put to use for the sweep in which a value is made; find_last sets it anew. */
static void find_local(e2l_compiler *compiler)
{
    for (size_t d = 0; d < compiler->n_drafts; ++d) {
        const drafted *const draft = &compiler->drafts[d];
        for (int i = 0; i < E2L_OP_INPUTS; ++i) {
            e2l_note *const note = &compiler->notes[draft->in[i].value];
            if (draft->has[i] && note->sweep_tiles > 0 && note->last != draft->sweep) {
                note->sweep_tiles = 0;
            }
        }
        if (draft->value != NO_VALUE && draft->sweep > 0 && !draft->sums && is_synaptic_call(draft)) {
            e2l_note *const note = &compiler->notes[draft->value];
            note->last = draft->sweep;
            note->sweep_tiles = note->kept || note->home != E2L_NO_STATE ? 0 : draft->sweep_tiles;
        }
    }
}

void e2l_tape_find_sweeps(e2l_compiler *compiler, size_t first)
{
    compiler->n_sweeps = 0;
    for (size_t d = first; compiler->is_wide && d < compiler->n_drafts;) {
        size_t end = d + 1;
        while (tiles_of(compiler, &compiler->drafts[d]) > 0 && end < compiler->n_drafts && can_join(compiler, d, end)) {
            ++end;
        }
        if (end > d + 1) {
            make_sweep(compiler, d, end);
        }
        d = end;
    }
    if (compiler->n_sweeps > 0) {
        find_local(compiler);
    }
}
