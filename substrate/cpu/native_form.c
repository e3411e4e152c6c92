/* native_form.c: what each kernel does, from its place in the tables. */
#include "substrate/cpu/native_impl.h"

static void know(e2l_known_kernel *out, size_t *n, e2l_op_fn *run, const e2l_form *form)
{
    if (run != NULL) {
        if (out != NULL) {
            out[*n] = (e2l_known_kernel){run, *form};
        }
        ++*n;
    }
}

static void know_chains(e2l_known_kernel *out, size_t *n, const e2l_kernels *kernels, bool final, uint8_t inner)
{
    e2l_form form = {.kind = E2L_FORM_TREE, .shape = E2L_SHAPE_CHAIN_1, .final = final, .inner = inner};
    know(out, n, kernels->shorts->chain1[final][inner], &form);
    for (uint8_t second = 0; second < E2L_N_MEET; ++second) {
        for (int spread = 0; spread < 2; ++spread) {
            form.shape = E2L_SHAPE_CHAIN_2;
            form.second = second;
            know(out, n, kernels->shorts->chain2[final][second][spread][inner], &form);
            form.shape = E2L_SHAPE_CHAIN_3;
            for (int k = 0; kernels->longs[final] != NULL && k < 2 * E2L_N_MEET; ++k) {
                form.third = (uint8_t)(k / 2);
                know(out, n, kernels->longs[final]->chain3[k / 2][k % 2][second][spread][inner], &form);
            }
        }
    }
}

static void know_trees(e2l_known_kernel *out, size_t *n, const e2l_kernels *kernels, bool final, uint8_t inner)
{
    e2l_form form = {.kind = E2L_FORM_TREE, .shape = E2L_SHAPE_TREE, .final = final, .inner = inner};
    for (uint8_t outer = 0; outer < E2L_N_OUTER; ++outer) { /* ADD, MUL, SUB as of e2l_meet */
        for (uint8_t right = 0; right < E2L_N_INNER; ++right) {
            form.third = outer;
            form.right = right;
            know(out, n, kernels->trees->tree[final][outer][inner][right], &form);
        }
    }
}

size_t e2l_native_list_kernels(const e2l_kernels *kernels, e2l_known_kernel *out)
{
    size_t n = 0;
    for (int k = 0; k < 2 * E2L_N_INNER; ++k) {
        know_chains(out, &n, kernels, k % 2, (uint8_t)(k / 2));
        know_trees(out, &n, kernels, k % 2, (uint8_t)(k / 2));
    }
    for (uint8_t sum = 0; sum < E2L_N_SUM; ++sum) {
        know(out, &n, kernels->rows->sum[sum], &(e2l_form){.kind = E2L_FORM_SUM, .sum = sum});
    }
    for (uint8_t more = 0; more < E2L_MORE_SUMS; ++more) {
        know(out, &n, kernels->rows->sums[more], &(e2l_form){.kind = E2L_FORM_SUMS, .sum = (uint8_t)(more + 1)});
    }
    know(out, &n, kernels->shorts->update, &(e2l_form){.kind = E2L_FORM_UPDATE, .final = true});
    know(out, &n, kernels->rows->copy, &(e2l_form){.kind = E2L_FORM_COPY});
    know(out, &n, kernels->rows->check, &(e2l_form){.kind = E2L_FORM_CHECK});
    know(out, &n, kernels->rows->call, &(e2l_form){.kind = E2L_FORM_CALL});
    return n;
}

e2l_form e2l_native_form(const e2l_native *native, const e2l_instr *instr)
{
    e2l_op_fn *const run = instr->whole != NULL ? instr->whole : instr->run;
    size_t low = 0, high = native->n_known;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if ((uintptr_t)native->known[middle].run < (uintptr_t)run) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const bool found = low < native->n_known && native->known[low].run == run;
    return found ? native->known[low].form : (e2l_form){.kind = E2L_FORM_NONE};
}
