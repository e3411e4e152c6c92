/* plan_lists.c: which projections have lists of their synapses, and the lists of a case.

   Which synapses there are is computed as everything else is: a tape of its own whose states are the masks of `connect`, run up to its first step. */
#include "substrate/cpu/plan.h"
#include "substrate/cpu/wide.h"

/* Lists are kept where at most one pair in so many is a synapse; measured with e2l-bench. */
enum { E2L_LIST_GAIN = 4 };

/* All that reads or writes such a projection's synapses goes over a list: shared weights, maxima and minima do not. */
static bool may_list(const e2l_plan *plan, size_t p)
{
    const e2l_bound_projection *const projection = &plan->resolved->projections[p];
    const bool masked = projection->connect.expr != NULL || projection->fan_in > 0;
    bool may = plan->is_wide && plan->device->synapses != 1 && masked && projection->weights == p && projection->n_pre > 1 &&
               projection->n_post > 1 && projection->source->reduce == E2L_REDUCE_SUM &&
               projection->n_pre * projection->n_post < UINT32_MAX / 2;
    for (size_t other = 0; other < plan->experiment->n_projections; ++other) {
        may = may && (other == p || plan->resolved->projections[other].weights != p);
    }
    return may;
}

e2l_status e2l_plan_init_lists(e2l_plan *plan)
{
    const size_t n = plan->experiment->n_projections;
    plan->listed = e2l_alloc(plan->ctx, n + 1, sizeof *plan->listed);
    plan->may_list = e2l_alloc(plan->ctx, n + 1, sizeof *plan->may_list);
    plan->mask_state = e2l_alloc(plan->ctx, n + 1, sizeof *plan->mask_state);
    plan->mask_row = e2l_alloc(plan->ctx, n + 1, sizeof *plan->mask_row);
    if (plan->listed == NULL || plan->may_list == NULL || plan->mask_state == NULL || plan->mask_row == NULL) {
        return E2L_NOMEM;
    }
    bool any = false;
    for (size_t p = 0; p < n; ++p) {
        plan->may_list[p] = may_list(plan, p);
        any = any || plan->may_list[p];
    }
    plan->lists_known = !any;
    return any ? e2l_tape_init(&plan->mask_tape, plan->ctx, plan->resolved) : E2L_OK;
}

void e2l_plan_clear_lists(e2l_plan *plan)
{
    e2l_tape_clear(&plan->mask_tape);
    e2l_free(plan->ctx, plan->listed);
    e2l_free(plan->ctx, plan->may_list);
    e2l_free(plan->ctx, plan->mask_state);
    e2l_free(plan->ctx, plan->mask_row);
}

static e2l_status compile_masks(e2l_plan *plan, const bool *wanted)
{
    e2l_status status = e2l_program_build_masks(&plan->program, wanted, plan->mask_state);
    if (status == E2L_OK) {
        status = e2l_tape_compile(&plan->mask_tape, plan->compiler, &plan->program, &plan->kernels, &plan->chunk_layout);
    }
    for (size_t p = 0; status == E2L_OK && p < plan->experiment->n_projections; ++p) {
        plan->mask_row[p] = wanted[p] ? e2l_compiler_state_row(plan->compiler, plan->mask_state[p]) : 0;
    }
    plan->program.listed = plan->listed;
    return status;
}

/* Runs the masks of the block's case. The unit lies in the plan's arena. */
static e2l_status run_masks(e2l_plan *plan, const e2l_block *block, e2l_unit **out)
{
    const e2l_lane lane = {0, 0, 0};
    const e2l_shift shift = {.ctx = plan->ctx, .resolved = plan->resolved, .kernels = plan->kernels.rows, .program = &plan->program,
                             .layout = &plan->layout};
    return e2l_unit_create(out, plan->arena, &plan->mask_tape, &lane, 1, &shift, &plan->store, block);
}

static const e2l_real *mask_of(const e2l_plan *plan, const e2l_unit *unit, size_t p)
{
    const e2l_operand at = {.rows_in = E2L_ROWS_MEMORY, .row = plan->mask_row[p]};
    return e2l_unit_area(unit, &at, NULL);
}

static bool is_sparse(const e2l_plan *plan, const e2l_unit *unit, size_t p)
{
    const e2l_bound_projection *const projection = &plan->resolved->projections[p];
    const e2l_space space = {projection->n_pre, projection->n_post, 0};
    const e2l_real *const mask = mask_of(plan, unit, p);
    const size_t n = (size_t)e2l_space_rows(space);
    size_t there = 0;
    for (size_t k = 0; k < n; ++k) {
        there += mask[e2l_wide_at(space, k)] > 0.0 ? 1 : 0;
    }
    return plan->device->synapses == 2 || there * E2L_LIST_GAIN <= n;
}

/* Decides with the first case, for all: results do not depend on it. */
static e2l_status find_listed(e2l_plan *plan, const e2l_case *first)
{
    e2l_block *block;
    e2l_unit *unit;
    e2l_arena_reset(plan->arena);
    e2l_status status = e2l_store_block(&plan->store, first, 1, &block);
    status = status == E2L_OK ? compile_masks(plan, plan->may_list) : status;
    status = status == E2L_OK ? run_masks(plan, block, &unit) : status;
    for (size_t p = 0; status == E2L_OK && p < plan->experiment->n_projections; ++p) {
        plan->listed[p] = plan->may_list[p] && is_sparse(plan, unit, p);
    }
    plan->lists_known = status == E2L_OK;
    return status == E2L_OK ? compile_masks(plan, plan->listed) : status;
}

e2l_status e2l_plan_find_lists(e2l_plan *plan, const e2l_case *first)
{
    return plan->lists_known ? E2L_OK : find_listed(plan, first);
}

static bool any_listed(const e2l_plan *plan)
{
    bool any = false;
    for (size_t p = 0; p < plan->experiment->n_projections; ++p) {
        any = any || plan->listed[p];
    }
    return any;
}

e2l_status e2l_plan_make_lists(e2l_plan *plan, e2l_block *block)
{
    e2l_unit *unit;
    const size_t n = plan->experiment->n_projections;
    if (block->lists != NULL || !any_listed(plan)) {
        return E2L_OK;
    }
    e2l_list *const lists = e2l_alloc(plan->ctx, n, sizeof *lists);
    e2l_status status = lists != NULL ? run_masks(plan, block, &unit) : E2L_NOMEM;
    for (size_t p = 0; status == E2L_OK && p < n; ++p) {
        const e2l_bound_projection *const projection = &plan->resolved->projections[p];
        if (plan->listed[p]) {
            status = e2l_list_create(plan->ctx, &lists[p], projection->n_pre, projection->n_post, mask_of(plan, unit, p));
        }
    }
    for (size_t p = 0; status != E2L_OK && lists != NULL && p < n; ++p) {
        e2l_list_clear(plan->ctx, &lists[p]);
    }
    if (status != E2L_OK) {
        e2l_free(plan->ctx, lists);
        return status;
    }
    block->lists = lists;
    return E2L_OK;
}
