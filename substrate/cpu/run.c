/* run.c: a batch. Candidates with the same rules run side by side with their learning rates as lanes; a few rule sets at a
   time are compiled and taken together through the stimuli, chunk by chunk, so that a chunk is made once and stays in
   the cache while every candidate steps over it. */
#include "substrate/cpu/plan.h"

#include <string.h>

enum { LOOK_AHEAD = 1024 };
#define NO_GROUP UINT32_MAX

typedef struct batch_job {
    e2l_plan *plan;
    e2l_shift shift;
    const e2l_candidate *candidates;
    size_t n_candidates;
    const e2l_case *cases;
    size_t n_cases;
    const volatile sig_atomic_t *cancel;
    uint32_t *group; /* [n_candidates] rule set of the wave, or NO_GROUP */
    size_t n_groups;
    e2l_block *block;
    size_t first_case;
    e2l_unit **units;
    size_t n_units;
    size_t chunk_steps;
    size_t pattern_lanes; /* n_real of the units that plan->pattern holds this chunk, 0: nothing yet */
} batch_job;

/* ---- rule sets ------------------------------------------------------------------------------------------ */
static bool same_rules(const batch_job *batch, size_t a, size_t b)
{
    const size_t bytes = batch->plan->resolved->n_slots * sizeof(e2l_expr *);
    return memcmp(batch->candidates[a].rules, batch->candidates[b].rules, bytes) == 0;
}

/* Gives the next candidates from `first` on, up to E2L_TAPES rule sets, their group. Later candidates with one of these sets
   join. Returns the first candidate without a group. */
static size_t next_wave(batch_job *batch, size_t first)
{
    batch->n_groups = 0;
    size_t k = first;
    for (; k < batch->n_candidates; ++k) {
        if (batch->group[k] != NO_GROUP) {
            continue;
        }
        if (batch->n_groups == E2L_TAPES) {
            break;
        }
        const uint32_t group = (uint32_t)batch->n_groups++;
        const size_t end = batch->n_candidates - k < LOOK_AHEAD ? batch->n_candidates : k + LOOK_AHEAD;
        for (size_t i = k; i < end; ++i) {
            if (batch->group[i] == NO_GROUP && (i == k || same_rules(batch, k, i))) {
                batch->group[i] = group;
            }
        }
    }
    return k;
}

static e2l_status compile(batch_job *batch)
{
    e2l_plan *const plan = batch->plan;
    e2l_status status = e2l_native_begin(plan->native);
    for (uint32_t g = 0; status == E2L_OK && g < batch->n_groups; ++g) {
        size_t k = 0;
        while (batch->group[k] != g) {
            ++k;
        }
        status = e2l_program_build(&plan->program, batch->candidates[k].rules);
        if (status == E2L_OK) {
            status = e2l_tape_compile(&plan->tapes[g], plan->compiler, &plan->program, &plan->kernels,
                                      &plan->chunk_layout);
        }
        if (status == E2L_OK) {
            e2l_native_add(plan->native, &plan->tapes[g]);
        }
        plan->stats.n_compiled++;
        plan->stats.n_nodes_synapse += plan->tapes[g].n_nodes_synapse;
        plan->stats.n_nodes_hoisted += plan->tapes[g].n_nodes_hoisted;
        for (size_t call = plan->tapes[g].n_init; call < plan->tapes[g].n_instrs; ++call) {
            plan->stats.n_calls++;
            plan->stats.n_native += plan->tapes[g].instrs[call].n_native;
        }
        plan->stats.n_nodes_rule += plan->tapes[g].n_nodes_synapse + plan->tapes[g].n_nodes_hoisted;
    }
    const e2l_status ended = e2l_native_end(plan->native);
    return status == E2L_OK ? ended : status;
}

/* ---- units ------------------------------------------------------------------------------------------------ */
static e2l_status add_unit(batch_job *batch, const e2l_tape *tape, const uint32_t *members, size_t n_members)
{
    e2l_plan *const plan = batch->plan;
    const size_t n_cases = batch->block->n_cases;
    e2l_lane *const lanes = e2l_arena_alloc(plan->arena, n_members * n_cases, sizeof *lanes);
    if (lanes == NULL) {
        return E2L_NOMEM;
    }
    for (size_t m = 0; m < n_members; ++m) {
        for (size_t k = 0; k < n_cases; ++k) {
            lanes[m * n_cases + k] = (e2l_lane){members[m], (uint32_t)(batch->first_case + k), (uint32_t)k};
        }
    }
    return e2l_unit_create(&batch->units[batch->n_units++], plan->arena, tape, lanes, n_members * n_cases,
                           &batch->shift, &plan->store, batch->block);
}

/* The candidates of a group, as many side by side as lanes allow. */
static e2l_status add_units(batch_job *batch, uint32_t group, uint32_t *members)
{
    const size_t fit = batch->plan->most_lanes / batch->block->n_cases;
    const size_t most = fit > 0 ? fit : 1;
    e2l_status status = E2L_OK;
    size_t n = 0;
    for (size_t k = 0; status == E2L_OK && k < batch->n_candidates; ++k) {
        if (batch->group[k] == group) {
            members[n++] = (uint32_t)k;
        }
        if (n == most || (k + 1 == batch->n_candidates && n > 0)) {
            status = add_unit(batch, &batch->plan->tapes[group], members, n);
            n = 0;
        }
    }
    return status;
}

static e2l_status add_all_units(batch_job *batch)
{
    e2l_plan *const plan = batch->plan;
    batch->n_units = 0;
    batch->units = e2l_arena_alloc(plan->arena, batch->n_candidates, sizeof(e2l_unit *));
    uint32_t *const members = e2l_arena_alloc(plan->arena, batch->n_candidates, sizeof *members);
    if (batch->units == NULL || members == NULL) {
        return E2L_NOMEM;
    }
    e2l_status status = E2L_OK;
    for (uint32_t g = 0; status == E2L_OK && g < batch->n_groups; ++g) {
        status = add_units(batch, g, members);
    }
    return status;
}

/* Chunks short enough for the cache; work memory for lanes that are not the block's own. */
static e2l_status plan_chunks(batch_job *batch)
{
    e2l_plan *const plan = batch->plan;
    size_t most = batch->block->n_lanes;
    for (size_t k = 0; k < batch->n_units; ++k) {
        most = batch->units[k]->n_lanes > most ? batch->units[k]->n_lanes : most;
    }
    const size_t step = plan->store.n_chunk_rows * most;
    const size_t fit = step > 0 ? E2L_CHUNK_BUDGET / (step * sizeof(e2l_real)) : E2L_CHUNK_STEPS;
    const size_t least = E2L_CHUNK_STEPS < 8 ? 1 : 8;
    batch->chunk_steps = fit < least ? least : fit > E2L_CHUNK_STEPS ? E2L_CHUNK_STEPS : fit;
    const size_t n = step * batch->chunk_steps;
    return e2l_plan_buffer(plan, &plan->pattern, n) && e2l_plan_buffer(plan, &plan->moved, n) ? E2L_OK : E2L_NOMEM;
}

/* ---- steps ------------------------------------------------------------------------------------------------- */
/* Units that began with the same number of lanes and never closed up have the same cases in the same lanes. */
static const e2l_real *rows_for(batch_job *batch, const e2l_unit *unit, const e2l_real *rows, size_t n_steps)
{
    const size_t n_rows = batch->plan->store.n_chunk_rows;
    if (unit->is_straight || rows == NULL) {
        return rows;
    }
    if (unit->is_moved) {
        e2l_unit_expand(unit, rows, batch->block->n_lanes, n_rows, n_steps, batch->plan->moved.data);
        return batch->plan->moved.data;
    }
    if (batch->pattern_lanes != unit->n_real) {
        e2l_unit_expand(unit, rows, batch->block->n_lanes, n_rows, n_steps, batch->plan->pattern.data);
        batch->pattern_lanes = unit->n_real;
    }
    return batch->plan->pattern.data;
}

static size_t advance_all(batch_job *batch, const e2l_real *rows, bool bad_input)
{
    size_t n_alive = 0;
    batch->pattern_lanes = 0;
    for (size_t k = 0; k < batch->n_units; ++k) {
        e2l_unit *const unit = batch->units[k];
        if (unit->n_alive > 0) {
            const e2l_real *const own = rows_for(batch, unit, rows, batch->shift.n_steps);
            e2l_unit_advance(unit, &batch->shift, own, batch->plan->store.n_chunk_rows, bad_input);
            e2l_unit_close_up(unit);
            n_alive += unit->n_alive;
        }
    }
    return n_alive;
}

static e2l_status run_chunks(batch_job *batch)
{
    e2l_plan *const plan = batch->plan;
    const uint64_t n_steps = plan->resolved->n_steps;
    for (uint64_t step0 = 0; step0 < n_steps; step0 += batch->chunk_steps) {
        if (batch->cancel != NULL && *batch->cancel != 0) {
            return e2l_fail(plan->ctx, E2L_CANCELLED, "cancelled");
        }
        const size_t n = n_steps - step0 < batch->chunk_steps ? (size_t)(n_steps - step0) : batch->chunk_steps;
        const e2l_real *rows = NULL;
        bool bad_input = false;
        const e2l_status status = e2l_store_steps(&plan->store, batch->block, step0, n, &rows, &bad_input);
        if (status != E2L_OK) {
            return status;
        }
        e2l_plan_set_guards(plan, step0, n);
        batch->shift.step0 = step0;
        batch->shift.n_steps = n;
        if (advance_all(batch, rows, bad_input) == 0) {
            break;
        }
    }
    for (size_t k = 0; k < batch->n_units; ++k) {
        e2l_unit_finish(batch->units[k], &batch->shift, n_steps);
    }
    return E2L_OK;
}

static e2l_status run_block(batch_job *batch, size_t n_cases)
{
    e2l_plan *const plan = batch->plan;
    e2l_arena_reset(plan->arena);
    e2l_status status = e2l_store_block(&plan->store, batch->cases + batch->first_case, n_cases, &batch->block);
    if (status == E2L_OK) {
        status = e2l_plan_make_lists(plan, batch->block);
        e2l_arena_reset(plan->arena);
    }
    if (status == E2L_OK) {
        status = add_all_units(batch);
    }
    if (status == E2L_OK) {
        status = plan_chunks(batch);
    }
    return status == E2L_OK ? run_chunks(batch) : status;
}

/* Compiles one wave and takes it through all cases. */
static e2l_status run_wave(batch_job *batch)
{
    e2l_plan *const plan = batch->plan;
    e2l_status status = compile(batch);
    const size_t n_blocks = (batch->n_cases + plan->most_lanes - 1) / plan->most_lanes;
    const size_t even = (batch->n_cases + n_blocks - 1) / n_blocks;
    for (size_t first = 0; status == E2L_OK && first < batch->n_cases; first += even) {
        batch->first_case = first;
        status = run_block(batch, batch->n_cases - first < even ? batch->n_cases - first : even);
    }
    return status;
}

/* Candidates of a finished wave are no longer anybody's: groups are numbered anew. */
static void retire(batch_job *batch)
{
    for (size_t k = 0; k < batch->n_candidates; ++k) {
        if (batch->group[k] != NO_GROUP) {
            batch->group[k] = NO_GROUP - 1;
        }
    }
}

static e2l_status run_all(batch_job *batch)
{
    e2l_status status = E2L_OK;
    for (size_t first = 0; status == E2L_OK && first < batch->n_candidates;) {
        first = next_wave(batch, first);
        status = batch->n_groups > 0 ? run_wave(batch) : E2L_OK;
        retire(batch);
    }
    return status;
}

e2l_status e2l_plan_run(e2l_ctx *ctx, e2l_plan *plan, const e2l_candidate *candidates, size_t n_candidates,
                        const e2l_case *cases, size_t n_cases, const volatile sig_atomic_t *cancel,
                        e2l_recording *recordings)
{
    if (n_candidates == 0 || n_cases == 0) {
        return E2L_OK;
    }
    batch_job batch = {.plan = plan,
                   .candidates = candidates,
                   .n_candidates = n_candidates,
                   .cases = cases,
                   .n_cases = n_cases,
                   .cancel = cancel};
    batch.shift = (e2l_shift){.ctx = ctx,
                              .resolved = plan->resolved,
                              .kernels = plan->kernels.rows,
                              .program = &plan->program,
                              .layout = &plan->layout,
                              .candidates = candidates,
                              .n_cases = n_cases,
                              .recordings = recordings,
                              .stats = &plan->stats,
                              .guards = plan->guards};
    batch.group = e2l_alloc(ctx, n_candidates, sizeof *batch.group);
    if (batch.group == NULL) {
        return E2L_NOMEM;
    }
    memset(batch.group, 0xff, n_candidates * sizeof *batch.group);
    const uint64_t before = plan->stats.n_steps;
    const unsigned saved = e2l_flush_begin();
    e2l_status status = e2l_plan_find_lists(plan, cases);
    status = status == E2L_OK ? run_all(&batch) : status;
    e2l_flush_end(saved);
    e2l_free(ctx, batch.group);
    uint64_t n_synapses = 0;
    for (size_t p = 0; p < plan->experiment->n_projections; ++p) {
        const e2l_bound_projection *const projection = &plan->resolved->projections[p];
        n_synapses += projection->n_statements > 0 ? projection->n_pre * projection->n_post : 0;
    }
    plan->stats.n_runs += n_candidates * n_cases;
    plan->stats.n_synapse_updates += (plan->stats.n_steps - before) * n_synapses;
    return status;
}
