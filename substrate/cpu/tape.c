/* tape.c: from a graph to kernel calls; the steps are in tape_*.c.

   1. Who is wanted, under which guards (roots: states that are checked or read, probes).
   2. A state's next value is written over the old one when nobody reads the old one later; else it is copied at the end of the
      step. Tried first, checked on the finished list, and where it fails compiled again without. Values on the way to it, before a
      guard, may lie there too: then what the guard does not want is neither written nor computed.
   3. Cover (cover.c): which values share a call. `state + eta * value` is one call with its check.
   4. Rows: constants, learning rates, arrays, states for good; intermediate values by liveness. */
#include "substrate/cpu/tape_impl.h"

/* ---- memory ----------------------------------------------------------------------------------------- */
e2l_status e2l_compiler_create(e2l_ctx *ctx, e2l_compiler **out, bool is_wide)
{
    *out = e2l_alloc(ctx, 1, sizeof **out);
    if (*out == NULL) {
        return E2L_NOMEM;
    }
    (*out)->ctx = ctx;
    (*out)->is_wide = is_wide;
    (*out)->specials = is_wide ? &e2l_wide_specials : &e2l_specials;
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
    e2l_free(ctx, compiler->more_drafts);
    e2l_free(ctx, compiler->stored);
    e2l_free(ctx, compiler->banned);
    e2l_free(ctx, compiler->versions);
    e2l_free(ctx, compiler->guarded);
    e2l_free(ctx, compiler->state_rows);
    e2l_free(ctx, compiler->ring_used);
    e2l_free(ctx, compiler->ring_rows);
    e2l_free(ctx, compiler->freed);
    e2l_free(ctx, compiler);
}

size_t e2l_compiler_state_row(const e2l_compiler *compiler, uint32_t state)
{
    return compiler->state_rows[state];
}

bool e2l_tape_more(e2l_ctx *ctx, void **block, size_t n, size_t *room, size_t size)
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
    tape->counts = e2l_alloc(ctx, resolved->experiment->n_probes + 1, sizeof *tape->counts);
    tape->eta_rows = filled_sizes(ctx, resolved->n_slots);
    if (tape->looks == NULL || tape->counts == NULL || tape->eta_rows == NULL) {
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
    e2l_free(ctx, tape->held);
    e2l_free(ctx, tape->regions);
    e2l_free(ctx, tape->list_areas);
    e2l_free(ctx, tape->looks);
    e2l_free(ctx, tape->counts);
    e2l_free(ctx, tape->eta_rows);
    e2l_free(ctx, tape->schedule_rows);
    *tape = (e2l_tape){.ctx = ctx};
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
        uint32_t *versions = e2l_realloc(compiler->ctx, compiler->versions, n_states + 1, sizeof *versions);
        compiler->versions = versions != NULL ? versions : compiler->versions;
        if (stored == NULL || banned == NULL || rows == NULL || versions == NULL) {
            return false;
        }
        compiler->states_room = n_states + 1;
    }
    const size_t n_rings = compiler->program->n_rings;
    if (n_rings + 1 > compiler->rings_room) {
        bool *used = e2l_realloc(compiler->ctx, compiler->ring_used, n_rings + 1, sizeof *used);
        compiler->ring_used = used != NULL ? used : compiler->ring_used;
        size_t *rows = e2l_realloc(compiler->ctx, compiler->ring_rows, n_rings + 1, sizeof *rows);
        compiler->ring_rows = rows != NULL ? rows : compiler->ring_rows;
        if (used == NULL || rows == NULL) {
            return false;
        }
        compiler->rings_room = n_rings + 1;
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
        compiler->notes[k] = (e2l_note){.home = E2L_NO_STATE, .row = NO_ROW, .replica_row = NO_ROW, .region = E2L_NO_REGION};
    }
    compiler->n_drafts = compiler->n_guarded = 0;
    tape->n_init = tape->n_instrs = tape->n_checks = tape->n_constants = tape->n_held = tape->n_regions = tape->n_list_areas = tape->n_blocks = tape->n_rows = tape->n_areas = 0;
    tape->needs = 0;
    tape->is_wide = compiler->is_wide;
    tape->n_schedule = compiler->program->n_schedule;
    for (size_t k = 0; k < resolved->n_slots; ++k) {
        tape->eta_rows[k] = NO_ROW;
    }
    for (size_t k = 0; k < compiler->program->n_schedule; ++k) {
        tape->schedule_rows[k] = NO_ROW;
    }
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
        e2l_tape_find_wanted(compiler);
        e2l_tape_find_uniform(compiler);
        e2l_tape_choose_homes(compiler);
        e2l_tape_find_regions(compiler);
        e2l_cover_choose(&program->graph, &compiler->arithmetic, compiler->notes);
        first = e2l_tape_draft(compiler);
        first = compiler->is_wide ? e2l_tape_add_replicas(compiler, first) : first;
        if (compiler->is_wide) {
            e2l_tape_order(compiler, first);
        }
        e2l_tape_find_blocks(compiler, first);
    } while (!compiler->failed && e2l_tape_ban_overwritten(compiler, first));
    e2l_tape_find_sweeps(compiler, first);
    e2l_tape_finish(compiler, chunk, first);
    count_nodes(compiler);
    return compiler->failed ? E2L_NOMEM : E2L_OK;
}
