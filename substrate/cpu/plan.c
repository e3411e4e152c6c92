/* plan.c: making ready, and when probes look. */
#include "substrate/cpu/plan.h"

#include <string.h>
#include <unistd.h>

/* From how many synapses, and targets, of the largest projection on lanes are neurons; measured with e2l-bench. */
enum { E2L_WIDE_SYNAPSES = 1024, E2L_WIDE_TARGETS = 24 };

static bool is_guarded(const e2l_plan *plan, size_t probe)
{
    return (e2l_probe_guard(plan->resolved, probe) & 1u) == 0;
}

/* Whether probe k looks at steps [step0, step0 + n), by its condition alone. */
static void condition(const e2l_plan *plan, size_t k, uint64_t step0, size_t n, double *out)
{
    const e2l_bound *const when = &plan->resolved->probes[k].when;
    if (when->expr == NULL) {
        for (size_t i = 0; i < n; ++i) {
            out[i] = 1.0;
        }
        return;
    }
    for (size_t name = 0; name < e2l_expr_n_names(when->expr); ++name) {
        double *const values = plan->when_values + name * E2L_CHUNK_STEPS;
        for (size_t i = 0; i < n; ++i) {
            values[i] = e2l_ref_at_step(plan->resolved, &when->refs[name], step0 + i);
        }
        plan->when_inputs[name] = values;
    }
    e2l_expr_eval(when->expr, plan->device->isa, n, plan->when_inputs, out, plan->when_work);
}

static void set_reset_guards(e2l_plan *plan, uint64_t step0, size_t n)
{
    for (uint32_t span = 0; span < plan->resolved->n_spans; ++span) {
        const uint64_t guard = e2l_reset_guard(plan->resolved, span);
        for (size_t i = 0; guard != 0 && i < n; ++i) {
            const e2l_moment moment = e2l_span_at_step(plan->resolved, span, step0 + i);
            plan->guards[i] |= moment.on && moment.t == 0 ? guard : 0;
        }
    }
}

void e2l_plan_set_guards(e2l_plan *plan, uint64_t step0, size_t n)
{
    double look[E2L_CHUNK_STEPS];
    for (size_t i = 0; i < n; ++i) {
        plan->guards[i] = 1;
    }
    set_reset_guards(plan, step0, n);
    for (size_t k = 0; k < plan->experiment->n_probes; ++k) {
        const uint64_t guard = e2l_probe_guard(plan->resolved, k);
        if (!is_guarded(plan, k)) {
            continue;
        }
        const bool last = plan->experiment->probes[k].fold == E2L_FOLD_LAST;
        if (!last) {
            condition(plan, k, step0, n, look);
        }
        for (size_t i = 0; i < n; ++i) {
            const bool looks = last ? step0 + i == plan->last_looks[k] : look[i] > 0.0;
            plan->guards[i] |= looks ? guard : 0;
        }
    }
}

static void find_last_looks(e2l_plan *plan)
{
    double look[E2L_CHUNK_STEPS];
    for (size_t k = 0; k < plan->experiment->n_probes; ++k) {
        plan->last_looks[k] = UINT64_MAX;
        if (!plan->resolved->probes[k].when_is_schedule) {
            continue;
        }
        for (uint64_t end = plan->resolved->n_steps; end > 0 && plan->last_looks[k] == UINT64_MAX;) {
            const size_t n = end < E2L_CHUNK_STEPS ? (size_t)end : E2L_CHUNK_STEPS;
            condition(plan, k, end - n, n, look);
            for (size_t i = 0; i < n; ++i) {
                plan->last_looks[k] = look[i] > 0.0 ? end - n + i : plan->last_looks[k];
            }
            end -= n;
        }
    }
}

static bool room_for_conditions(e2l_plan *plan)
{
    size_t n_names = 1, bytes = 1;
    for (size_t k = 0; k < plan->experiment->n_probes; ++k) {
        const e2l_expr *const when = plan->resolved->probes[k].when.expr;
        if (when != NULL && plan->resolved->probes[k].when_is_schedule) {
            n_names = e2l_expr_n_names(when) > n_names ? e2l_expr_n_names(when) : n_names;
            bytes = e2l_expr_eval_bytes(when) > bytes ? e2l_expr_eval_bytes(when) : bytes;
        }
    }
    plan->when_values = e2l_alloc_lanes(plan->ctx, n_names * E2L_CHUNK_STEPS, sizeof(double));
    plan->when_inputs = e2l_alloc(plan->ctx, n_names, sizeof(double *));
    plan->when_work = e2l_alloc_lanes(plan->ctx, bytes, 1);
    plan->last_looks = e2l_alloc(plan->ctx, plan->experiment->n_probes + 1, sizeof *plan->last_looks);
    return plan->when_values != NULL && plan->when_inputs != NULL && plan->when_work != NULL &&
           plan->last_looks != NULL;
}

/* Bytes of the first cache. */
static uint64_t first_cache(void)
{
#ifdef _SC_LEVEL1_DCACHE_SIZE
    const long bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE);
    if (bytes > 0) {
        return (uint64_t)bytes;
    }
#endif
    return 32768;
}

/* Numbers of a lane: what lasts, and about a third more of what does not. */
static uint64_t lane_numbers(const e2l_resolved *resolved)
{
    uint64_t n = 1;
    for (size_t p = 0; p < resolved->experiment->n_projections; ++p) {
        n += resolved->projections[p].weights == p ? resolved->projections[p].n_pre * resolved->projections[p].n_post : 0;
    }
    for (size_t p = 0; p < resolved->experiment->n_populations; ++p) {
        const e2l_bound_population *const population = &resolved->populations[p];
        n += population->source->size * (population->n_variables + population->model->n_ports);
    }
    return n + n / 3;
}

/* Lanes of a unit: many where the net is small, so that a call has work to do, but no more than keep a unit in the first cache. Results do not depend on
   it. */
static size_t lanes_for(const e2l_resolved *resolved)
{
    const uint64_t fit = first_cache() / sizeof(e2l_real) * 4 / 5 / lane_numbers(resolved) / E2L_LANE_STEP * E2L_LANE_STEP;
    const uint64_t least = E2L_LEAST_LANES;
    const uint64_t enough = fit < least ? least : fit;
    return (size_t)(enough < E2L_MOST_LANES ? enough : E2L_MOST_LANES);
}

/* Lanes are neurons where one network fills them and cases side by side would not fit the cache. */
static bool should_be_wide(const e2l_plan *plan)
{
    uint64_t most = 0;
    for (size_t p = 0; p < plan->experiment->n_projections; ++p) {
        const e2l_bound_projection *const projection = &plan->resolved->projections[p];
        const uint64_t n = projection->n_pre * projection->n_post;
        most = projection->n_post >= E2L_WIDE_TARGETS && n > most ? n : most;
    }
    return plan->device->lanes == 0 ? most >= E2L_WIDE_SYNAPSES : plan->device->lanes == 2;
}

static e2l_status init(e2l_plan *plan)
{
    e2l_ctx *const ctx = plan->ctx;
    e2l_status status = e2l_resolve(ctx, &plan->resolved, plan->experiment);
    if (status == E2L_OK) {
        status = e2l_resolved_layout(ctx, plan->resolved, &plan->layout);
    }
    char why[256] = "";
    if (status == E2L_OK && !e2l_program_can(plan->resolved, why)) {
        status = e2l_fail(ctx, E2L_UNSUPPORTED, "cpu: %s", why);
    }
    plan->is_wide = status == E2L_OK && should_be_wide(plan);
    if (status == E2L_OK) {
        status = e2l_program_init(&plan->program, ctx, plan->resolved, plan->device->isa, plan->is_wide);
    }
    if (status == E2L_OK) {
        status = e2l_compiler_create(ctx, &plan->compiler, plan->is_wide);
    }
    if (status == E2L_OK && plan->device->native) {
        status = e2l_native_create(ctx, &plan->native, plan->device->isa);
    }
    for (size_t k = 0; status == E2L_OK && k < E2L_TAPES; ++k) {
        status = e2l_tape_init(&plan->tapes[k], ctx, plan->resolved);
    }
    if (status == E2L_OK) {
        status = e2l_store_init(&plan->store, ctx, plan->resolved, plan->device->memory, plan->is_wide);
    }
    if (status == E2L_OK) {
        status = e2l_arena_create(ctx, &plan->arena);
    }
    if (status == E2L_OK) {
        status = e2l_plan_init_lists(plan);
    }
    if (status == E2L_OK && !room_for_conditions(plan)) {
        status = E2L_NOMEM;
    }
    return status;
}

e2l_status e2l_plan_create(e2l_ctx *ctx, const e2l_device *device, const e2l_experiment *experiment, e2l_plan **out)
{
    *out = NULL;
    e2l_plan *const plan = e2l_alloc(ctx, 1, sizeof *plan);
    if (plan == NULL) {
        return E2L_NOMEM;
    }
    plan->ctx = ctx;
    plan->head.engine = &E2L_ENGINE;
    plan->device = device;
    plan->kernels = e2l_kernels_of(device->isa);
    plan->experiment = experiment;
    plan->program.ctx = plan->store.ctx = plan->mask_tape.ctx = ctx;
    for (size_t k = 0; k < E2L_TAPES; ++k) {
        plan->tapes[k].ctx = ctx;
    }
    const e2l_status status = init(plan);
    if (status != E2L_OK) {
        e2l_plan_destroy(ctx, plan);
        return status;
    }
    plan->chunk_layout = (e2l_chunk_layout){plan->store.first, plan->store.n_chunk_rows};
    plan->most_lanes = plan->is_wide ? 1 : lanes_for(plan->resolved);
    find_last_looks(plan);
    *out = plan;
    return E2L_OK;
}

bool e2l_plan_buffer(e2l_plan *plan, e2l_buffer *buffer, size_t n)
{
    if (n <= buffer->room) {
        return true;
    }
    e2l_real *const data = e2l_alloc_lanes(plan->ctx, n, sizeof *data);
    if (data == NULL) {
        return false;
    }
    e2l_free(plan->ctx, buffer->data);
    *buffer = (e2l_buffer){data, n};
    return true;
}

void e2l_plan_destroy(e2l_ctx *ctx, e2l_plan *plan)
{
    if (plan == NULL) {
        return;
    }
    e2l_arena_destroy(plan->arena);
    e2l_store_clear(&plan->store);
    for (size_t k = 0; k < E2L_TAPES; ++k) {
        e2l_tape_clear(&plan->tapes[k]);
    }
    e2l_plan_clear_lists(plan);
    e2l_native_destroy(ctx, plan->native);
    e2l_compiler_destroy(ctx, plan->compiler);
    e2l_program_clear(&plan->program);
    e2l_layout_clear(ctx, &plan->layout);
    e2l_resolved_destroy(ctx, plan->resolved);
    e2l_free(ctx, plan->pattern.data);
    e2l_free(ctx, plan->moved.data);
    e2l_free(ctx, plan->when_values);
    e2l_free(ctx, plan->when_inputs);
    e2l_free(ctx, plan->when_work);
    e2l_free(ctx, plan->last_looks);
    e2l_free(ctx, plan);
}
