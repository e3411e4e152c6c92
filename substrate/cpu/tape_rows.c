/* tape_rows.c: where everything lies, and the finished calls. */
#include "substrate/cpu/tape_impl.h"
#include "substrate/cpu/wide.h"

/* Areas of wide tapes begin a few rows apart, so that few begin a whole number of pages apart (see area_at in unit.c). */
enum { WIDE_APART = 5 };

/* ---- 4. rows ------------------------------------------------------------------------------------------------ */
static size_t new_rows(e2l_compiler *compiler, size_t n)
{
    e2l_tape *const tape = compiler->tape;
    const size_t row = tape->n_rows;
    if (!e2l_tape_more(compiler->ctx, (void **)&tape->areas, tape->n_areas, &tape->areas_room, sizeof *tape->areas)) {
        compiler->failed = true;
        return row;
    }
    tape->areas[tape->n_areas++] = (e2l_area){row, n};
    tape->n_rows += n + (compiler->is_wide ? WIDE_APART : 0);
    return row;
}

size_t e2l_tape_rows_of(const e2l_compiler *compiler, e2l_space space)
{
    return compiler->is_wide ? e2l_wide_rows(space) : (size_t)e2l_space_rows(space);
}

/* What a value over a list takes instead of rows, told apart from numbers of rows. */
#define BLOCK_SIZE SIZE_MAX
#define LIST_SIZE(list) (SIZE_MAX - (list))

static size_t new_list_area(e2l_compiler *compiler, uint32_t list)
{
    e2l_tape *const tape = compiler->tape;
    if (!e2l_tape_more(compiler->ctx, (void **)&tape->list_areas, tape->n_list_areas, &tape->list_areas_room,
                       sizeof *tape->list_areas)) {
        compiler->failed = true;
        return 0;
    }
    tape->list_areas[tape->n_list_areas] = list;
    return tape->n_list_areas++;
}

/* Where a value of this size lies for good. */
static size_t new_place(e2l_compiler *compiler, size_t size)
{
    if (size == BLOCK_SIZE) {
        return compiler->tape->n_blocks++;
    }
    const size_t list = SIZE_MAX - size;
    return list < UINT32_MAX ? new_list_area(compiler, (uint32_t)list) : new_rows(compiler, size);
}

/* Rows, or what a value over a list takes. */
static size_t size_of(const e2l_compiler *compiler, e2l_space space, bool in_blocks)
{
    return space.list == 0 ? e2l_tape_rows_of(compiler, space) : in_blocks ? BLOCK_SIZE : LIST_SIZE((size_t)space.list);
}

/* What an intermediate value takes. */
static size_t scratch_size(const e2l_compiler *compiler, uint32_t value)
{
    const e2l_note *const note = &compiler->notes[value];
    const e2l_space space = graph_of(compiler)->values[value].space;
    return note->sweep_tiles > 0 ? note->sweep_tiles * (size_t)space.n_pre : size_of(compiler, space, note->in_blocks);
}

/* What a sweep has for some tiles at a time it writes again for the next: until it is over nothing that lasts for all tiles may lie there. */
static size_t scratch_rows(e2l_compiler *compiler, size_t n, size_t lasting_in)
{
    for (size_t k = compiler->n_freed; k-- > 0;) {
        if (compiler->freed[k].n == n && (lasting_in == 0 || compiler->freed[k].sweep != lasting_in)) {
            const size_t row = compiler->freed[k].row;
            compiler->freed[k] = compiler->freed[--compiler->n_freed];
            return row;
        }
    }
    return new_place(compiler, n);
}

static void give_back(e2l_compiler *compiler, size_t row, size_t n, size_t sweep)
{
    if (!e2l_tape_more(compiler->ctx, (void **)&compiler->freed, compiler->n_freed, &compiler->freed_room,
              sizeof *compiler->freed)) {
        compiler->failed = true;
        return;
    }
    compiler->freed[compiler->n_freed++] = (freed){row, n, sweep};
}

static void add_constant(e2l_compiler *compiler, size_t row, double value)
{
    e2l_tape *const tape = compiler->tape;
    if (!e2l_tape_more(compiler->ctx, (void **)&tape->constants, tape->n_constants, &tape->constants_room,
              sizeof *tape->constants)) {
        compiler->failed = true;
        return;
    }
    tape->constants[tape->n_constants++] = (e2l_filled){row, value};
}

static void add_held(e2l_compiler *compiler, uint32_t array, size_t row, e2l_space space)
{
    e2l_tape *const tape = compiler->tape;
    if (!e2l_tape_more(compiler->ctx, (void **)&tape->held, tape->n_held, &tape->held_room, sizeof *tape->held)) {
        compiler->failed = true;
        return;
    }
    tape->held[tape->n_held++] = (e2l_held){array, row, space};
}

/* Everything that lasts. Inputs have rows of the chunk and are told apart by their kind. */
static void lasting_rows(e2l_compiler *compiler, const e2l_chunk_layout *chunk)
{
    const e2l_graph *const graph = graph_of(compiler);
    e2l_tape *const tape = compiler->tape;
    for (uint32_t k = 0; k < graph->n_values; ++k) {
        const e2l_value *const value = &graph->values[k];
        e2l_note *const note = &compiler->notes[k];
        const size_t n = size_of(compiler, value->space, false);
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
        case E2L_VALUE_ETA: note->row = tape->eta_rows[value->index] = new_rows(compiler, 1); break;
        case E2L_VALUE_SCHEDULE: note->row = tape->schedule_rows[value->index] = new_rows(compiler, 1); break;
        case E2L_VALUE_STATIC:
        case E2L_VALUE_ELEMENT:
            note->row = new_place(compiler, n);
            add_held(compiler, value->kind == E2L_VALUE_STATIC ? value->index : E2L_NO_ARRAY, note->row, value->space);
            break;
        case E2L_VALUE_CALL:
        case E2L_VALUE_SUM:
        case E2L_VALUE_MAX:
        case E2L_VALUE_MIN:
        case E2L_VALUE_TRANSPOSE:
        case E2L_VALUE_FLAT:
        case E2L_VALUE_NOISE:
        case E2L_VALUE_FAN_IN:
        case E2L_VALUE_WORLD:
        case E2L_VALUE_WORLD_BEGIN:
        case E2L_VALUE_SLICE:
        case E2L_VALUE_PACK:
        case E2L_VALUE_DELAYED:
        default:
            if (!value->varies && note->material) {
                note->row = new_place(compiler, n);
            }
        }
    }
    for (uint32_t s = 0; s < compiler->program->n_states; ++s) {
        if (compiler->stored[s]) {
            compiler->state_rows[s] = new_place(compiler, size_of(compiler, compiler->program->states[s].space, false));
        }
    }
    for (uint32_t k = 0; k < compiler->program->n_rings; ++k) {
        const e2l_ring *const ring = &compiler->program->rings[k];
        if (compiler->ring_used[k]) {
            const size_t places = e2l_tape_ring_places(compiler, ring), n = compiler->is_wide && ring->by_source ? e2l_ring_stride(places) : places;
            compiler->ring_rows[k] = new_rows(compiler, n * e2l_tape_rows_of(compiler, ring->space));
        }
    }
}

size_t e2l_tape_row_of(const e2l_compiler *compiler, uint32_t value)
{
    const e2l_value *const v = &graph_of(compiler)->values[value];
    const e2l_note *const note = &compiler->notes[value];
    return v->kind == E2L_VALUE_STATE      ? compiler->state_rows[v->index]
           : note->home != E2L_NO_STATE ? compiler->state_rows[note->home]
                                        : note->row;
}

size_t e2l_tape_ring_places(const e2l_compiler *compiler, const e2l_ring *ring)
{
    return ring->depth + (compiler->is_wide && !ring->by_source ? 1 : 0);
}

bool e2l_tape_is_in_ring(const e2l_compiler *compiler, uint32_t value)
{
    const e2l_value *const v = &graph_of(compiler)->values[value];
    const e2l_note *const note = &compiler->notes[value];
    return compiler->is_wide && v->kind == E2L_VALUE_DELAYED && !compiler->program->rings[v->index].by_source && note->home == E2L_NO_STATE && !note->kept;
}

void e2l_tape_place(const e2l_compiler *compiler, uint32_t value, e2l_operand *out)
{
    const e2l_value *const v = &graph_of(compiler)->values[value];
    if (e2l_tape_is_in_ring(compiler, value)) {
        const uint32_t twin = compiler->program->rings[v->index].twin;
        out->rows_in = E2L_ROWS_RING;
        out->row = compiler->ring_rows[twin];
        out->depth = e2l_tape_ring_places(compiler, &compiler->program->rings[twin]);
        return;
    }
    if (compiler->notes[value].made_in != 0) {
        const uint32_t ring = compiler->notes[value].made_in - 1;
        out->rows_in = E2L_ROWS_RING_END;
        out->row = compiler->ring_rows[ring];
        out->depth = e2l_tape_ring_places(compiler, &compiler->program->rings[ring]);
        return;
    }
    out->rows_in = v->kind == E2L_VALUE_INPUT              ? E2L_ROWS_CHUNK
                   : v->space.list == 0                    ? E2L_ROWS_MEMORY
                   : compiler->notes[value].in_blocks ? E2L_ROWS_BLOCK
                                                           : E2L_ROWS_LIST;
    out->row = e2l_tape_row_of(compiler, value);
}

/* Last reader of every value; what is kept is read after the last call. */
static void find_last(e2l_compiler *compiler)
{
    for (uint32_t k = 0; k < graph_of(compiler)->n_values; ++k) {
        compiler->notes[k].last = compiler->notes[k].kept ? SIZE_MAX : 0;
        compiler->notes[k].replica_last = 0;
    }
    for (size_t d = 0; d < compiler->n_drafts; ++d) {
        const drafted *const draft = &compiler->drafts[d];
        if (draft->region != E2L_NO_REGION) {
            e2l_note *const guard = &compiler->notes[compiler->guarded[draft->region].guard.value];
            guard->last = guard->last < d ? d : guard->last;
        }
        for (int i = 0; i < E2L_OP_INPUTS; ++i) {
            e2l_note *const note = &compiler->notes[draft->in[i].value];
            size_t *const last = draft->replica[i] ? &note->replica_last : &note->last;
            const bool local = note->sweep_tiles > 0 && !draft->replica[i];
            const size_t at = draft->sweep > 0 && !local ? SIZE_MAX - 1 : d; /* a sweep reads it again for its next tiles */
            if (draft->has[i] && *last < at) {
                *last = at;
            }
        }
    }
}

/* Once, even when two operands are the same value. */
static void free_value(e2l_compiler *compiler, uint32_t value, size_t d)
{
    e2l_note *const note = &compiler->notes[value];
    const e2l_value *const v = &graph_of(compiler)->values[value];
    if (e2l_is_computed(v) && v->varies && note->home == E2L_NO_STATE && note->last == d && !e2l_tape_is_in_ring(compiler, value)) {
        note->last = SIZE_MAX;
        give_back(compiler, note->row, scratch_size(compiler, value), note->sweep_tiles > 0 ? compiler->drafts[d].sweep : 0);
    }
}

static void free_after(e2l_compiler *compiler, size_t d)
{
    const drafted *const draft = &compiler->drafts[d];
    if (draft->region != E2L_NO_REGION) {
        free_value(compiler, compiler->guarded[draft->region].guard.value, d);
    }
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        const uint32_t value = draft->in[i].value;
        e2l_note *const note = &compiler->notes[value];
        const e2l_value *const v = &graph_of(compiler)->values[value];
        if (draft->has[i] && draft->replica[i]) {
            if (v->varies && note->replica_last == d) {
                note->replica_last = SIZE_MAX;
                give_back(compiler, note->replica_row, (size_t)v->space.n_pre, 0);
            }
        } else if (draft->has[i]) {
            free_value(compiler, value, d);
        }
    }
}

static void scratch_all(e2l_compiler *compiler, size_t first)
{
    find_last(compiler);
    compiler->n_freed = 0;
    for (size_t d = 0; d < compiler->n_drafts && !compiler->failed; ++d) {
        const drafted *const draft = &compiler->drafts[d];
        if (draft->replicates != NO_VALUE) {
            const e2l_value *const value = &graph_of(compiler)->values[draft->replicates];
            const size_t n = (size_t)value->space.n_pre;
            compiler->notes[draft->replicates].replica_row = value->varies ? scratch_rows(compiler, n, draft->sweep) : new_rows(compiler, n);
        }
        if (d < first) {
            continue;
        }
        if (draft->value != NO_VALUE && compiler->notes[draft->value].made_in == 0) {
            e2l_note *const note = &compiler->notes[draft->value];
            const size_t n = scratch_size(compiler, draft->value);
            note->row = note->home != E2L_NO_STATE ? compiler->state_rows[note->home] : scratch_rows(compiler, n, note->sweep_tiles > 0 ? 0 : draft->sweep);
            for (uint32_t k = 0; k < draft->n_more; ++k) {
                compiler->notes[draft->more[k]].row = scratch_rows(compiler, n, draft->sweep);
            }
        }
        free_after(compiler, d);
    }
}

/* ---- finished calls --------------------------------------------------------------------------------------- */
static size_t area_rows(const e2l_compiler *compiler, const e2l_value *value)
{
    return value->kind == E2L_VALUE_INPUT ? compiler->chunk_rows : e2l_tape_rows_of(compiler, value->space);
}

static e2l_operand operand_of(const e2l_compiler *compiler, const e2l_use use, size_t n_rows, bool many)
{
    const e2l_value *const value = &graph_of(compiler)->values[use.value];
    e2l_operand operand = {.rows_in = value->kind == E2L_VALUE_INPUT ? E2L_ROWS_CHUNK : E2L_ROWS_MEMORY,
                           .row = e2l_tape_row_of(compiler, use.value),
                           .n_rows = area_rows(compiler, value),
                           .space = value->space};
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

/* Views are looked through by the operation itself, which has one row or n_pre x n_post of them. */
static e2l_instr special_of(const e2l_compiler *compiler, const drafted *draft)
{
    const e2l_graph *const graph = graph_of(compiler);
    e2l_instr instr = {.run = draft->run, .need = draft->need, .is_special = true, .n_outer = 1, .region = draft->region,
                       .special = {.n_pre = (size_t)draft->space.n_pre, .n_post = (size_t)draft->space.n_post}};
    instr.n_rows = (size_t)e2l_space_rows(draft->space);
    if (draft->has[0]) {
        instr.in[0] = operand_of(compiler, draft->in[0], instr.n_rows, true);
    }
    if (draft->has[2]) {
        instr.in[2] = operand_of(compiler, draft->in[2], instr.n_rows, true);
    }
    if (draft->ring != NO_VALUE) {
        const e2l_ring *const ring = &compiler->program->rings[draft->ring];
        const e2l_operand memory = {.rows_in = E2L_ROWS_MEMORY, .row = compiler->ring_rows[draft->ring],
                                    .n_rows = ring->depth * (size_t)e2l_space_rows(ring->space)};
        instr.special.depth = ring->depth;
        *(draft->value == NO_VALUE ? &instr.out : &instr.in[1]) = memory;
    }
    if (draft->value != NO_VALUE) {
        const e2l_value *const value = &graph->values[draft->value];
        const size_t row = draft->out_state != E2L_NO_STATE ? compiler->state_rows[draft->out_state]
                                                            : compiler->notes[draft->value].row;
        instr.out = (e2l_operand){.rows_in = E2L_ROWS_MEMORY, .row = row, .n_rows = (size_t)e2l_space_rows(value->space)};
        instr.special.first = value->index;
        if (value->kind == E2L_VALUE_WORLD || value->kind == E2L_VALUE_WORLD_BEGIN) {
            instr.special.world = &compiler->program->resolved->worlds[value->index];
        }
        if (value->kind == E2L_VALUE_FAN_IN) {
            instr.special.projection = &compiler->program->resolved->projections[value->index];
        }
        if (value->kind == E2L_VALUE_NOISE) {
            instr.special.draw = compiler->program->draws[value->index];
        } else if (value->kind == E2L_VALUE_MAX || value->kind == E2L_VALUE_MIN) {
            instr.special.n_pre = (size_t)value->n_summed;
            instr.special.n_post = (size_t)value->space.n_pre;
        }
    }
    return instr;
}

bool e2l_tape_is_scratch(const e2l_compiler *compiler, const drafted *draft)
{
    const e2l_note *const note = draft->value != NO_VALUE ? &compiler->notes[draft->value] : NULL;
    return note != NULL && draft->out_state == E2L_NO_STATE && note->home == E2L_NO_STATE && !note->kept && graph_of(compiler)->values[draft->value].varies;
}

static void finish(e2l_compiler *compiler, const drafted *draft)
{
    e2l_tape *const tape = compiler->tape;
    if (compiler->failed ||
        !e2l_tape_more(compiler->ctx, (void **)&tape->instrs, tape->n_instrs, &tape->room, sizeof *tape->instrs)) {
        compiler->failed = true;
        return;
    }
    if (compiler->is_wide || draft->is_special) {
        tape->instrs[tape->n_instrs++] =
            compiler->is_wide ? e2l_tape_wide_instr(compiler, draft) : special_of(compiler, draft);
        tape->needs |= draft->need;
        return;
    }
    const bool by_target = goes_by_target(draft);
    e2l_instr instr = {.run = draft->run, .eval = draft->eval, .limit = draft->limit, .need = draft->need,
                       .sums = draft->sums, .region = draft->region};
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
            .rows_in = E2L_ROWS_MEMORY, .row = row, .n_rows = n_out, .per_target = draft->sums ? 1 : instr.n_rows,
            .is_scratch = e2l_tape_is_scratch(compiler, draft)};
    }
    for (uint32_t k = 0; k < draft->n_more; ++k) {
        instr.more[k] = (e2l_operand){
            .rows_in = E2L_ROWS_MEMORY, .row = compiler->notes[draft->more[k]].row, .n_rows = 1, .per_target = 1};
    }
    tape->instrs[tape->n_instrs++] = instr;
    tape->needs |= draft->need;
}

static void finish_regions(e2l_compiler *compiler)
{
    e2l_tape *const tape = compiler->tape;
    for (size_t k = 0; k < compiler->n_guarded && !compiler->failed; ++k) {
        const e2l_guarded *const guarded = &compiler->guarded[k];
        const e2l_value *const guard = &graph_of(compiler)->values[guarded->guard.value];
        if (!e2l_tape_more(compiler->ctx, (void **)&tape->regions, tape->n_regions, &tape->regions_room, sizeof *tape->regions)) {
            compiler->failed = true;
            return;
        }
        const bool rows = guarded->extent == E2L_EXTENT_ROWS || guarded->extent == E2L_EXTENT_EVENTS;
        e2l_region *const region = &tape->regions[tape->n_regions++];
        *region = (e2l_region){.extent = guarded->extent, .guard = {.space = guard->space}, .n = (size_t)(rows ? guarded->space.n_pre : guarded->space.n_post)};
        e2l_tape_place(compiler, guarded->guard.value, &region->guard);
    }
}

static void finish_checks(e2l_compiler *compiler)
{
    e2l_tape *const tape = compiler->tape;
    for (uint32_t k = 0; k < graph_of(compiler)->n_values && !compiler->failed; ++k) {
        const e2l_value *const value = &graph_of(compiler)->values[k];
        const double limit = e2l_tape_limit(compiler, k);
        const bool computed = (e2l_is_computed(value) && value->varies) ||
                              e2l_tape_is_fixed_check(compiler, k);
        if (limit == 0.0 || (!computed && value->kind != E2L_VALUE_INPUT)) {
            continue;
        }
        if (!e2l_tape_more(compiler->ctx, (void **)&tape->checks, tape->n_checks, &tape->checks_room, sizeof *tape->checks)) {
            compiler->failed = true;
            return;
        }
        e2l_operand at = {.n_rows = area_rows(compiler, value), .space = value->space};
        e2l_tape_place(compiler, k, &at);
        tape->checks[tape->n_checks++] = (e2l_check){at, (size_t)e2l_space_rows(value->space), limit};
    }
}

static void finish_looks(e2l_compiler *compiler)
{
    const e2l_program *const program = compiler->program;
    for (size_t k = 0; k < program->resolved->experiment->n_probes; ++k) {
        const e2l_look *const look = &program->looks[k];
        if (look->count != E2L_NO_STATE) {
            compiler->tape->counts[k] =
                (e2l_operand){.rows_in = E2L_ROWS_MEMORY, .row = compiler->state_rows[look->count], .n_rows = 1};
        }
        if (look->state != E2L_NO_STATE) {
            compiler->tape->looks[k] =
                (e2l_operand){.rows_in = E2L_ROWS_MEMORY,
                              .row = compiler->state_rows[look->state],
                              .n_rows = e2l_tape_rows_of(compiler, program->states[look->state].space),
                              .space = program->states[look->state].space};
        } else {
            const e2l_value *const value = &graph_of(compiler)->values[look->value.value];
            e2l_operand *const at = &compiler->tape->looks[k];
            *at = (e2l_operand){.n_rows = area_rows(compiler, value), .spread = e2l_space_rows(value->space) == 1, .space = value->space};
            e2l_tape_place(compiler, look->value.value, at);
        }
    }
}

void e2l_tape_finish(e2l_compiler *compiler, const e2l_chunk_layout *chunk, size_t first)
{
    e2l_tape *const tape = compiler->tape;
    lasting_rows(compiler, chunk);
    scratch_all(compiler, first);
    for (size_t d = 0; d < compiler->n_drafts; ++d) {
        tape->n_init = d == first ? tape->n_instrs : tape->n_init;
        finish(compiler, &compiler->drafts[d]);
    }
    tape->n_init = first == compiler->n_drafts ? tape->n_instrs : tape->n_init;
    finish_regions(compiler);
    finish_checks(compiler);
    finish_looks(compiler);
}
