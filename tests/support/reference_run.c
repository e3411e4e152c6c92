/* reference_run.c: see reference_run.h. */
#include "tests/support/reference_run.h"

#include <math.h>
#include <string.h>

#include "tests/support/reference_eval.h"

enum { MOST_NAMES = 64, MOST = 16 };

/* Everything of one run, in an arena. */
typedef struct run {
    e2l_arena *arena;
    const e2l_resolved *resolved;
    const e2l_candidate *candidate;
    double **variables[MOST]; /* [population][variable][neuron] */
    double **ports[MOST];
    double **locals[MOST];    /* [projection][local][synapse] */
    double *w[MOST], *x[MOST];
    double *arrays[MOST];     /* static: the row; by step: all rows */
    double *folds[MOST];      /* [probe][element] */
    uint64_t looks[MOST];
    uint64_t step;
    bool failed;
} run;

/* Who is asking: element i of a population or probe, or a synapse. */
typedef struct place {
    uint64_t self, pre, post, synapse;
} place;

static double *doubles(run *r, uint64_t n)
{
    double *const block = e2l_arena_alloc(r->arena, n + 1, sizeof(double));
    r->failed = r->failed || block == NULL;
    return block;
}

static double **rows(run *r, uint64_t n_rows, uint64_t n)
{
    double **const block = e2l_arena_alloc(r->arena, n_rows + 1, sizeof(double *));
    r->failed = r->failed || block == NULL;
    for (uint64_t k = 0; !r->failed && k < n_rows; ++k) {
        block[k] = doubles(r, n);
    }
    return block;
}

/* ---- expressions ---------------------------------------------------------------------------------------- */
static double value(run *r, const e2l_bound *bound, const place *at);

static uint64_t element(const e2l_ref *ref, const place *at)
{
    switch (ref->place) {
    case E2L_AT_SELF: return at->self;
    case E2L_AT_PRE: return at->pre;
    case E2L_AT_POST: return at->post;
    case E2L_AT_SYNAPSE: return at->synapse;
    case E2L_AT_GLOBAL:
    default: return 0;
    }
}

static double rule(run *r, uint32_t slot, const place *at)
{
    const e2l_bound_slot *const bound = &r->resolved->slots[slot];
    const e2l_expr *const expr = r->candidate->rules[slot];
    double names[MOST_NAMES] = {0};
    for (size_t k = 0; k < e2l_expr_n_names(expr); ++k) {
        for (size_t t = 0; t < bound->source->n_terminals; ++t) {
            if (strcmp(bound->source->terminals[t].name, e2l_expr_name(expr, k)) == 0) {
                names[k] = value(r, &bound->terminals[t], at);
            }
        }
    }
    return reference_eval(expr, names);
}

static double name(run *r, const e2l_ref *ref, const place *at)
{
    switch (ref->kind) {
    case E2L_REF_ETA: return r->candidate->etas[ref->index];
    case E2L_REF_SLOT: return rule(r, ref->index, at);
    case E2L_REF_VARIABLE: return r->variables[ref->owner][ref->index][element(ref, at)];
    case E2L_REF_PORT: return r->ports[ref->owner][ref->index][element(ref, at)];
    case E2L_REF_ARRAY: return r->arrays[ref->index][element(ref, at)];
    case E2L_REF_X: return r->x[ref->owner][at->pre];
    case E2L_REF_W: return r->w[ref->owner][ref->place == E2L_AT_SELF ? at->self : at->synapse];
    case E2L_REF_LOCAL: return r->locals[ref->owner][ref->index][at->synapse];
    case E2L_REF_NUMBER:
    case E2L_REF_DT:
    case E2L_REF_TIME:
    case E2L_REF_STEP:
    case E2L_REF_SPAN_ON:
    case E2L_REF_SPAN_FIRST:
    case E2L_REF_SPAN_LAST:
    case E2L_REF_SPAN_TIME:
    case E2L_REF_SPAN_STEPS:
    default: return e2l_ref_at_step(r->resolved, ref, r->step);
    }
}

static double value(run *r, const e2l_bound *bound, const place *at)
{
    double names[MOST_NAMES] = {0};
    for (size_t k = 0; k < e2l_expr_n_names(bound->expr); ++k) {
        names[k] = name(r, &bound->refs[k], at);
    }
    return reference_eval(bound->expr, names);
}

static void execute(run *r, const e2l_bound_statement *statement, const place *at, double *target)
{
    if (statement->guard.expr != NULL && !(value(r, &statement->guard, at) > 0)) {
        return;
    }
    const double result = value(r, &statement->value, at);
    *target = statement->adds ? *target + result : result;
}

/* ---- a step --------------------------------------------------------------------------------------------- */
static double sum(const double *terms, uint64_t n)
{
    double s[8] = {0};
    for (uint64_t k = 0; k < n; ++k) {
        s[k % 8] += terms[k];
    }
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static void send(run *r, uint32_t p)
{
    const e2l_bound_projection *const projection = &r->resolved->projections[p];
    for (uint64_t j = 0; j < projection->n_pre; ++j) {
        r->x[p][j] = value(r, &projection->signal, &(place){.self = j, .pre = j});
    }
}

static double arriving(run *r, uint32_t p, uint64_t i)
{
    const e2l_bound_projection *const projection = &r->resolved->projections[p];
    double terms[MOST * MOST * 2] = {0};
    for (uint64_t j = 0; j < projection->n_pre; ++j) {
        const place at = {.pre = j, .post = i, .synapse = i * projection->n_pre + j};
        terms[j] = value(r, &projection->effect, &at);
    }
    return sum(terms, projection->n_pre);
}

static void gather(run *r, uint32_t population, uint32_t port)
{
    const e2l_bound_port *const source = &r->resolved->populations[population].ports[port];
    const uint64_t n = r->resolved->populations[population].source->size;
    for (uint32_t k = 0; k < source->n_projections; ++k) {
        send(r, source->projections[k]);
    }
    for (uint64_t i = 0; i < n; ++i) {
        double total = source->array != E2L_NO_INDEX ? r->arrays[source->array][r->step * n + i] : 0;
        for (uint32_t k = 0; k < source->n_projections; ++k) {
            const double part = arriving(r, source->projections[k], i);
            total = k == 0 && source->array == E2L_NO_INDEX ? part : total + part;
        }
        r->ports[population][port][i] = total;
    }
}

static void neurons(run *r)
{
    for (size_t k = 0; k < r->resolved->n_actions; ++k) {
        const e2l_action *const action = &r->resolved->actions[k];
        const e2l_bound_population *const population = &r->resolved->populations[action->population];
        if (action->kind == E2L_ACTION_GATHER) {
            gather(r, action->population, action->index);
            continue;
        }
        const e2l_bound_statement *const statement = &population->statements[action->index];
        double *const target = r->variables[action->population][statement->target.index];
        for (uint64_t i = 0; i < population->source->size; ++i) {
            execute(r, statement, &(place){.self = i}, &target[i]);
        }
    }
}

static void synapses(run *r)
{
    for (size_t p = 0; p < r->resolved->experiment->n_projections; ++p) {
        const e2l_bound_projection *const projection = &r->resolved->projections[p];
        for (size_t k = 0; k < projection->source->n_synapse; ++k) {
            const e2l_bound_statement *const statement = &projection->statements[k];
            double *const target = statement->target.kind == E2L_REF_W
                                       ? r->w[statement->target.owner]
                                       : r->locals[statement->target.owner][statement->target.index];
            for (uint64_t s = 0; s < projection->n_pre * projection->n_post; ++s) {
                const place at = {.pre = s % projection->n_pre, .post = s / projection->n_pre, .synapse = s};
                execute(r, statement, &at, &target[s]);
            }
        }
    }
}

/* ---- states ---------------------------------------------------------------------------------------------- */
static bool in_range(const run *r)
{
    bool good = true;
    for (size_t p = 0; p < r->resolved->experiment->n_populations; ++p) {
        const e2l_bound_population *const population = &r->resolved->populations[p];
        for (uint32_t v = 0; v < population->n_variables; ++v) {
            for (uint64_t i = 0; population->variables[v].is_state && i < population->source->size; ++i) {
                good = good && isfinite(r->variables[p][v][i]);
            }
        }
    }
    for (size_t p = 0; p < r->resolved->experiment->n_projections; ++p) {
        const e2l_bound_projection *const projection = &r->resolved->projections[p];
        for (uint64_t s = 0; projection->weights == p && s < projection->n_pre * projection->n_post; ++s) {
            good = good && fabs(r->w[p][s]) < E2L_WEIGHT_LIMIT;
        }
    }
    return good;
}

static e2l_status begin(e2l_ctx *ctx, run *r, const e2l_case *one)
{
    const e2l_experiment *const experiment = r->resolved->experiment;
    for (size_t k = 0; k < experiment->n_arrays; ++k) {
        const uint64_t n_rows = experiment->arrays[k].kind == E2L_ARRAY_STATIC ? 1 : r->resolved->n_steps;
        r->arrays[k] = doubles(r, n_rows * experiment->arrays[k].size);
        const e2l_status status = r->failed ? E2L_NOMEM : one->fill(one, ctx, k, 0, n_rows, r->arrays[k]);
        if (status != E2L_OK) {
            return status;
        }
    }
    for (size_t p = 0; p < experiment->n_populations; ++p) {
        const e2l_bound_population *const population = &r->resolved->populations[p];
        r->variables[p] = rows(r, population->n_variables, population->source->size);
        r->ports[p] = rows(r, population->model->n_ports, population->source->size);
        for (uint32_t v = 0; !r->failed && v < population->n_variables; ++v) {
            for (uint64_t i = 0; i < population->source->size; ++i) {
                r->variables[p][v][i] = population->variables[v].is_state ? population->variables[v].initial : 0;
            }
        }
    }
    for (size_t p = 0; !r->failed && p < experiment->n_projections; ++p) {
        const e2l_bound_projection *const projection = &r->resolved->projections[p];
        const uint64_t n = projection->n_pre * projection->n_post;
        r->x[p] = doubles(r, projection->n_pre);
        r->w[p] = doubles(r, n);
        r->locals[p] = rows(r, projection->n_locals, n);
        for (uint64_t s = 0; !r->failed && projection->weights == p && s < n; ++s) {
            r->w[p][s] = value(r, &projection->w, &(place){.synapse = s});
        }
    }
    for (size_t k = 0; k < experiment->n_probes; ++k) {
        r->folds[k] = doubles(r, r->resolved->probes[k].width);
    }
    return r->failed ? E2L_NOMEM : E2L_OK;
}

/* ---- probes ------------------------------------------------------------------------------------------------ */
static void fold(e2l_fold how, uint64_t look, double now, double *gathered)
{
    if (how == E2L_FOLD_MAX) {
        *gathered = reference_apply("max", look == 0 ? -(double)INFINITY : *gathered, now, 0);
    } else if (how == E2L_FOLD_SUM || how == E2L_FOLD_MEAN) {
        *gathered += now;
    } else {
        *gathered = reference_flushed(now);
    }
}

static void look(run *r, const e2l_layout *layout, double *values)
{
    for (size_t k = 0; k < r->resolved->experiment->n_probes; ++k) {
        const e2l_bound_probe *const probe = &r->resolved->probes[k];
        if (probe->when.expr != NULL && !(value(r, &probe->when, &(place){0}) > 0)) {
            continue;
        }
        for (uint64_t i = 0; i < probe->width; ++i) {
            const double now = value(r, &probe->of, &(place){.self = i});
            fold(probe->source->fold, r->looks[k], now, &r->folds[k][i]);
            if (probe->source->fold == E2L_FOLD_ALL) {
                values[layout->places[k].offset + r->looks[k] * probe->width + i] = r->folds[k][i];
            }
        }
        r->looks[k]++;
    }
}

static void finish(const run *r, const e2l_layout *layout, double *values)
{
    for (size_t k = 0; k < r->resolved->experiment->n_probes; ++k) {
        const e2l_bound_probe *const probe = &r->resolved->probes[k];
        for (uint64_t i = 0; probe->source->fold != E2L_FOLD_ALL && i < probe->width; ++i) {
            const double divisor = probe->source->fold == E2L_FOLD_MEAN ? (double)r->looks[k] : 1;
            values[layout->places[k].offset + i] = r->folds[k][i] / divisor;
        }
    }
}

static void steps(run *r, const e2l_layout *layout, e2l_recording *recording)
{
    recording->outcome = E2L_OUTCOME_OK;
    for (r->step = 0; r->step < r->resolved->n_steps; ++r->step) {
        neurons(r);
        synapses(r);
        if (!in_range(r)) {
            recording->outcome = E2L_OUTCOME_DIVERGED;
            recording->step = r->step + 1;
            return;
        }
        look(r, layout, recording->values);
    }
    recording->step = r->resolved->n_steps;
    finish(r, layout, recording->values);
}

e2l_status reference_run(e2l_ctx *ctx, const e2l_resolved *resolved, const e2l_layout *layout,
                         const e2l_candidate *candidate, const e2l_case *one, e2l_recording *recording)
{
    run r = {.resolved = resolved, .candidate = candidate};
    e2l_status status = e2l_arena_create(ctx, &r.arena);
    if (status != E2L_OK) {
        return status;
    }
    const unsigned saved = e2l_flush_begin();
    status = begin(ctx, &r, one);
    if (status == E2L_OK) {
        steps(&r, layout, recording);
    }
    e2l_flush_end(saved);
    e2l_arena_destroy(r.arena);
    return status;
}
