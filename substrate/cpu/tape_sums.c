/* tape_sums.c: sums with a factor in common, such as the weights of several readings, go over it together. */
#include "substrate/cpu/tape_impl.h"

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
            if (e2l_use_equal(leader->in[i], in[k])) {
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
            draft->need != leader->need || draft->region != leader->region || !e2l_space_equal(draft->space, leader->space) ||
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

void e2l_tape_join_sums(e2l_compiler *compiler, size_t first)
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
