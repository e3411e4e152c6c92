/* tape_list.c: calls of wide tapes over the synapses of a list (list.h).

   Calls that follow each other over the same list, in the same region, are gone through together, some synapses at a time (list_run.c). What is made
   and read in one such stretch lives for these synapses alone; everything else has an area with a place for every synapse. */
#include "substrate/cpu/tape_impl.h"
#include "substrate/cpu/wide.h"

/* Where a new stretch begins: also after every sum, since there is one set of partial sums. */
static bool begins(const e2l_compiler *compiler, size_t d, size_t first)
{
    const drafted *const draft = &compiler->drafts[d];
    return d == 0 || d == first || compiler->drafts[d - 1].sums || draft->space.list != compiler->drafts[d - 1].space.list ||
           draft->region != compiler->drafts[d - 1].region;
}

static bool has_list(const e2l_compiler *compiler, uint32_t value)
{
    return graph_of(compiler)->values[value].space.list != 0;
}

/* notes[].last is put to use for the stretch in which a value is made; find_last sets it anew. */
void e2l_tape_find_blocks(e2l_compiler *compiler, size_t first)
{
    size_t stretch = 0;
    for (size_t d = 0; d < compiler->n_drafts; ++d) {
        const drafted *const draft = &compiler->drafts[d];
        stretch += begins(compiler, d, first) ? 1 : 0;
        for (int i = 0; i < E2L_OP_INPUTS; ++i) {
            e2l_note *const note = &compiler->notes[draft->in[i].value];
            const bool reads = draft->has[i] && has_list(compiler, draft->in[i].value);
            note->in_blocks = note->in_blocks && !(reads && (note->last != stretch || draft->space.list == 0));
        }
        if (draft->value != NO_VALUE && has_list(compiler, draft->value)) {
            e2l_note *const note = &compiler->notes[draft->value];
            note->last = stretch;
            note->in_blocks = !note->kept && note->home == E2L_NO_STATE && graph_of(compiler)->values[draft->value].varies;
        }
    }
}

/* ---- calls ------------------------------------------------------------------------------------------------ */
static e2l_operand operand_of(const e2l_compiler *compiler, e2l_use use)
{
    const e2l_value *const value = &graph_of(compiler)->values[use.value];
    e2l_operand operand = {.space = value->space, .view = use.view};
    e2l_tape_place(compiler, use.value, &operand);
    operand.spread = e2l_space_rows(value->space) == 1;
    return operand;
}

static e2l_operand out_of(const e2l_compiler *compiler, const drafted *draft)
{
    e2l_operand out = {.rows_in = draft->sums ? E2L_ROWS_MEMORY : E2L_ROWS_LIST, .space = draft->space};
    if (draft->out_state != E2L_NO_STATE) {
        out.row = compiler->state_rows[draft->out_state];
        return out;
    }
    const e2l_note *const note = &compiler->notes[draft->value];
    out.rows_in = note->in_blocks && !draft->sums ? E2L_ROWS_BLOCK : out.rows_in;
    out.row = note->row;
    return out;
}

e2l_instr e2l_tape_list_instr(const e2l_compiler *compiler, const drafted *draft)
{
    e2l_instr instr = {.run = draft->run,
                       .eval = draft->eval,
                       .limit = draft->limit,
                       .need = draft->need,
                       .sums = draft->sums,
                       .region = draft->region,
                       .list = draft->space.list,
                       .is_special = draft->is_special,
                       .n_outer = 1,
                       .n_tiles = 1};
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        if (draft->has[i]) {
            instr.in[i] = operand_of(compiler, draft->in[i]);
        }
    }
    if (!draft->checks_only) {
        instr.out = out_of(compiler, draft);
    }
    if (draft->value != NO_VALUE && graph_of(compiler)->values[draft->value].kind == E2L_VALUE_NOISE) {
        instr.special.draw = compiler->program->draws[graph_of(compiler)->values[draft->value].index];
    }
    instr.special.n_pre = (size_t)draft->space.n_pre;
    instr.special.n_post = (size_t)draft->space.n_post;
    return instr;
}
