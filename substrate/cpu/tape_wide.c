/* tape_wide.c: calls of wide tapes: how they go over tiles and rows (wide.h), and replicas.

   A call goes over a row of neurons (one tile of many rows, so that kernels run long), over n_pre x n_post synapses (a tile for every
   E2L_LANE_STEP targets, a row for every source), or over the single row of a global value. */
#include "substrate/cpu/tape_impl.h"
#include "substrate/cpu/wide.h"

/* ---- replicas ------------------------------------------------------------------------------------------- */
static bool reads_replica(const e2l_compiler *compiler, const drafted *draft, int operand)
{
    const e2l_use use = draft->in[operand];
    return draft->has[operand] && use.view == E2L_VIEW_PRE && e2l_is_synaptic(draft->space) && draft->space.list == 0 && !(draft->by_element && operand == 1) &&
           e2l_space_rows(graph_of(compiler)->values[use.value].space) > 1;
}

static void put(e2l_compiler *compiler, size_t *n, const drafted *draft)
{
    if (compiler->failed || !e2l_tape_more(compiler->ctx, (void **)&compiler->more_drafts, *n, &compiler->more_drafts_room,
                                           sizeof *compiler->more_drafts)) {
        compiler->failed = true;
        return;
    }
    compiler->more_drafts[(*n)++] = *draft;
}

/* Guards of everybody who reads the replica of the value from call `from` on. */
static uint64_t need_of_readers(const e2l_compiler *compiler, uint32_t value, size_t from)
{
    uint64_t need = 0;
    for (size_t d = from; d < compiler->n_drafts; ++d) {
        for (int i = 0; i < E2L_OP_INPUTS; ++i) {
            const bool reads = reads_replica(compiler, &compiler->drafts[d], i) && compiler->drafts[d].in[i].value == value;
            need |= reads ? compiler->drafts[d].need : 0;
        }
    }
    return (need & 1u) != 0 ? 1 : need;
}

/* The region that all who read the replica from call `from` on are in, or E2L_NO_REGION. */
static uint32_t region_of_readers(const e2l_compiler *compiler, uint32_t value, size_t from)
{
    uint32_t region = E2L_NO_REGION;
    bool any = false;
    for (size_t d = from; d < compiler->n_drafts; ++d) {
        for (int i = 0; i < E2L_OP_INPUTS; ++i) {
            const bool reads = reads_replica(compiler, &compiler->drafts[d], i) && compiler->drafts[d].in[i].value == value;
            if (reads && any && compiler->drafts[d].region != region) {
                return E2L_NO_REGION;
            }
            region = reads ? compiler->drafts[d].region : region;
            any = any || reads;
        }
    }
    return region;
}

/* The replica of a value for those who read it from call `from` on, once. */
static void replicate(e2l_compiler *compiler, uint32_t value, size_t from, size_t *n)
{
    const e2l_value *const v = &graph_of(compiler)->values[value];
    if (!compiler->notes[value].replicated) {
        compiler->notes[value].replicated = true;
        put(compiler, n,
            &(drafted){.run = compiler->kernels->rows->replicate,
                       .in = {{value, E2L_VIEW_SELF}},
                       .has = {true},
                       .value = NO_VALUE,
                       .out_state = E2L_NO_STATE,
                       .ring = NO_VALUE,
                       .onto = NO_VALUE,
                       .version = NO_VALUE,
                       .region = v->varies ? region_of_readers(compiler, value, from) : E2L_NO_REGION,
                       .replicates = value,
                       .space = v->space,
                       .need = v->varies ? need_of_readers(compiler, value, from) : 1});
    }
}

/* What call d reads in replica is written out before it. `lasting`: only what does not vary. */
static void replicate_for(e2l_compiler *compiler, size_t d, bool lasting, size_t *n)
{
    drafted *const reader = &compiler->drafts[d];
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        const uint32_t value = reader->in[i].value;
        if (reads_replica(compiler, reader, i) && !(lasting && graph_of(compiler)->values[value].varies)) {
            reader->replica[i] = true;
            replicate(compiler, value, d, n);
        }
    }
}

/* What call d makes is written out right after it when somebody will read it so: calls over the same targets then stand together (tape_sweeps.c). */
static void replicate_made(e2l_compiler *compiler, size_t d, size_t *n)
{
    const uint32_t value = compiler->drafts[d].value;
    if (value == NO_VALUE || !graph_of(compiler)->values[value].varies || need_of_readers(compiler, value, d + 1) == 0) {
        return;
    }
    const uint32_t region = region_of_readers(compiler, value, d + 1);
    if (region == E2L_NO_REGION || compiler->guarded[region].guard.value < value) { /* else the guard is not there yet */
        replicate(compiler, value, d + 1, n);
    }
}

/* A state that has begun again is replicated again. */
static void forget_state(e2l_compiler *compiler, const drafted *draft)
{
    const bool begins = draft->value == NO_VALUE && draft->version == NO_VALUE && draft->out_state != E2L_NO_STATE;
    for (uint32_t k = 0; begins && k < graph_of(compiler)->n_values; ++k) {
        const e2l_value *const value = &graph_of(compiler)->values[k];
        if (value->kind == E2L_VALUE_STATE && value->index == draft->out_state) {
            compiler->notes[k].replicated = false;
        }
    }
}

size_t e2l_tape_add_replicas(e2l_compiler *compiler, size_t first)
{
    size_t n = 0, new_first = 0;
    for (size_t d = 0; d <= compiler->n_drafts; ++d) {
        if (d == first) {
            for (size_t later = first; later < compiler->n_drafts; ++later) {
                replicate_for(compiler, later, true, &n);
            }
            new_first = n;
        }
        if (d < compiler->n_drafts) {
            replicate_for(compiler, d, false, &n);
            put(compiler, &n, &compiler->drafts[d]);
            replicate_made(compiler, d, &n);
            forget_state(compiler, &compiler->drafts[d]);
        }
    }
    drafted *const drafts = compiler->drafts;
    const size_t room = compiler->drafts_room;
    compiler->drafts = compiler->more_drafts;
    compiler->drafts_room = compiler->more_drafts_room;
    compiler->more_drafts = drafts;
    compiler->more_drafts_room = room;
    compiler->n_drafts = compiler->failed ? 0 : n;
    return compiler->failed ? 0 : new_first;
}

/* ---- calls ------------------------------------------------------------------------------------------------ */
/* Values of neurons in a call over synapses are one row a tile; elsewhere a call has one tile and goes down its rows. */
static e2l_operand operand_of(const e2l_compiler *compiler, const drafted *draft, int i)
{
    const e2l_use use = draft->in[i];
    const e2l_value *const value = &graph_of(compiler)->values[use.value];
    e2l_operand operand = {.is_local = compiler->notes[use.value].sweep_tiles > 0, .space = value->space};
    e2l_tape_place(compiler, use.value, &operand);
    if (draft->replica[i]) {
        operand.rows_in = E2L_ROWS_MEMORY;
        operand.row = compiler->notes[use.value].replica_row;
    } else if (draft->by_element && i == 1) {
        return operand; /* the same elements for all tiles */
    } else if (e2l_space_rows(value->space) == 1) {
        operand.spread = e2l_space_rows(draft->space) > 1;
    } else if (e2l_is_synaptic(draft->space)) {
        operand.spread = use.view == E2L_VIEW_POST;
        operand.n_rows = e2l_is_synaptic(value->space) ? (size_t)value->space.n_pre : 1;
    }
    return operand;
}

static size_t out_row(const e2l_compiler *compiler, const drafted *draft)
{
    return draft->replicates != NO_VALUE       ? compiler->notes[draft->replicates].replica_row
           : draft->out_state != E2L_NO_STATE ? compiler->state_rows[draft->out_state]
                                              : compiler->notes[draft->value].row;
}

static void set_special(const e2l_compiler *compiler, const drafted *draft, e2l_instr *instr)
{
    instr->is_special = true;
    instr->special = (e2l_special){.n_pre = (size_t)draft->space.n_pre, .n_post = (size_t)draft->space.n_post};
    if (draft->ring != NO_VALUE) {
        const e2l_ring *const ring = &compiler->program->rings[draft->ring];
        const e2l_operand memory = {.rows_in = E2L_ROWS_MEMORY, .row = compiler->ring_rows[draft->ring], .space = ring->space};
        instr->special.depth = e2l_tape_ring_places(compiler, ring);
        instr->special.by_source = ring->by_source;
        *(draft->value == NO_VALUE ? &instr->out : &instr->in[1]) = memory;
    }
    if (draft->value == NO_VALUE) {
        return;
    }
    const e2l_value *const value = &graph_of(compiler)->values[draft->value];
    instr->special.first = value->index;
    if (value->kind == E2L_VALUE_FAN_IN) {
        instr->special.projection = &compiler->program->resolved->projections[value->index];
    }
    if (value->kind == E2L_VALUE_WORLD || value->kind == E2L_VALUE_WORLD_BEGIN) {
        instr->special.world = &compiler->program->resolved->worlds[value->index];
    }
    if (value->kind == E2L_VALUE_NOISE) {
        instr->special.draw = compiler->program->draws[value->index];
    } else if (value->kind == E2L_VALUE_MAX || value->kind == E2L_VALUE_MIN) {
        instr->special.n_pre = (size_t)value->n_summed;
        instr->special.n_post = (size_t)value->space.n_pre;
    }
}

e2l_instr e2l_tape_wide_instr(const e2l_compiler *compiler, const drafted *draft)
{
    if (draft->space.list != 0) {
        return e2l_tape_list_instr(compiler, draft);
    }
    const bool synaptic = e2l_is_synaptic(draft->space);
    e2l_instr instr = {.run = draft->run, .eval = draft->eval, .limit = draft->limit, .need = draft->need, .sums = draft->sums,
                       .n_outer = 1, .region = draft->region, .sweep = draft->sweep, .sweep_tiles = draft->sweep_tiles};
    instr.is_synaptic = synaptic;
    instr.n_tiles = synaptic ? e2l_tiles_of(draft->space.n_post) : 1;
    instr.n_rows = synaptic ? (size_t)draft->space.n_pre : e2l_tiles_of(draft->space.n_pre);
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        if (draft->has[i]) {
            instr.in[i] = operand_of(compiler, draft, i);
        }
    }
    if (draft->replicates != NO_VALUE) {
        instr.n_rows = (size_t)draft->space.n_pre;
        instr.is_replica = true;
    }
    if (draft->value != NO_VALUE || draft->replicates != NO_VALUE || draft->out_state != E2L_NO_STATE) {
        instr.out = (e2l_operand){.rows_in = E2L_ROWS_MEMORY,
                                  .row = out_row(compiler, draft),
                                  .n_rows = draft->sums ? 1 : instr.n_rows,
                                  .is_local = draft->value != NO_VALUE && compiler->notes[draft->value].sweep_tiles > 0,
                                  .is_scratch = e2l_tape_is_scratch(compiler, draft),
                                  .space = draft->space};
    }
    if (draft->value != NO_VALUE && compiler->notes[draft->value].made_in != 0) {
        e2l_tape_place(compiler, draft->value, &instr.out);
    }
    if (draft->is_special) {
        set_special(compiler, draft, &instr);
    } else if (draft->ring != NO_VALUE) {
        const e2l_ring *const ring = &compiler->program->rings[draft->ring];
        instr.out = (e2l_operand){.rows_in = E2L_ROWS_RING_END, .row = compiler->ring_rows[draft->ring], .n_rows = instr.n_rows,
                                  .depth = e2l_tape_ring_places(compiler, ring), .space = ring->space};
    }
    if (draft->by_element && e2l_tape_is_finite(compiler, draft->in[0].value)) {
        instr.whole = instr.run;
        instr.run = e2l_wide_specials.sum_some;
    }
    return instr;
}
