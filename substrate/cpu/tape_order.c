/* tape_order.c: calls over neurons move up over calls over lists, which stand between them because statements do.

   What belongs to the neurons of a projection (a trace, a factor of its rule) is written among its synapses. Taken together with the neurons' own calls it is one pass
   over them, and values on the way stay in registers (native.h). */
#include "substrate/cpu/tape_impl.h"
#include "substrate/cpu/wide.h"

static bool is_of_neurons(const drafted *draft)
{
    return !draft->is_special && draft->replicates == NO_VALUE && draft->region == E2L_NO_REGION && draft->space.list == 0 && !e2l_is_synaptic(draft->space) &&
           e2l_space_rows(draft->space) > 1;
}

static bool reads_state(const e2l_compiler *compiler, const drafted *draft, uint32_t state)
{
    bool reads = draft->onto != NO_VALUE && e2l_tape_lies_in(compiler, draft->onto, state);
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        reads = reads || (draft->has[i] && e2l_tape_lies_in(compiler, draft->in[i].value, state));
    }
    return reads || (draft->region != E2L_NO_REGION && e2l_tape_lies_in(compiler, compiler->guarded[draft->region].guard.value, state));
}

/* Whether `later` may be done before `earlier`, a call over a list. */
static bool may_pass(const e2l_compiler *compiler, const drafted *later, const drafted *earlier)
{
    for (int i = 0; i < E2L_OP_INPUTS; ++i) {
        if (later->has[i] && earlier->value != NO_VALUE && later->in[i].value == earlier->value) {
            return false;
        }
    }
    return (earlier->out_state == E2L_NO_STATE || !(reads_state(compiler, later, earlier->out_state) || later->out_state == earlier->out_state)) &&
           (later->out_state == E2L_NO_STATE || !reads_state(compiler, earlier, later->out_state));
}

/* Where call d may stand, behind others of its kind; d: it stays. */
static size_t new_place(const e2l_compiler *compiler, size_t first, size_t d)
{
    const drafted *const draft = &compiler->drafts[d];
    size_t at = d;
    while (at > first && compiler->drafts[at - 1].space.list != 0 && may_pass(compiler, draft, &compiler->drafts[at - 1])) {
        --at;
    }
    const drafted *const before = at > first ? &compiler->drafts[at - 1] : NULL;
    const bool together = before != NULL && is_of_neurons(before) && before->need == draft->need && e2l_space_equal(before->space, draft->space);
    return together ? at : d;
}

void e2l_tape_order(e2l_compiler *compiler, size_t first)
{
    for (size_t d = first; d < compiler->n_drafts; ++d) {
        const size_t at = is_of_neurons(&compiler->drafts[d]) ? new_place(compiler, first, d) : d;
        const drafted moved = compiler->drafts[d];
        if (at < d) {
            memmove(&compiler->drafts[at + 1], &compiler->drafts[at], (d - at) * sizeof moved);
            compiler->drafts[at] = moved;
        }
    }
}
