/* reference_run.c: see reference_run.h. */
#include "tests/support/reference_run.h"

#include <string.h>
#include <tgmath.h>

#include "substrate/noise.h"
#include "tests/support/reference_eval.h"

#ifdef E2L_SINGLE
#define reference_run reference_run_single
#endif

/* Everything of one run, in an arena. */
typedef struct run {
    e2l_arena *arena;
    const e2l_resolved *resolved;
    const e2l_candidate *candidate;
    const e2l_case *one;
    e2l_real ***variables;  /* [population][variable][neuron] */
    e2l_real ***drawn;      /* [population][parameter][neuron] */
    e2l_real ***ports;
    e2l_real ***locals;     /* [projection][local][synapse] */
    e2l_real ***states;     /* [projection][state][element of its place] */
    e2l_real **w, **x;      /* [projection] */
    e2l_real **sent;        /* [projection] what was sent at the end of step s: row s + 1; row 0: before the run */
    uint64_t *sent_from;  /* [projection] step since which `sent` counts; before it the row 0 */
    bool **there;         /* [projection][synapse] */
    uint64_t **delays;    /* [projection][source] in steps */
    e2l_real **arrays;      /* all rows; of events there are none here */
    double **events;
    e2l_real **worlds;      /* [world] shown, then hidden */
    e2l_real **folds;       /* [probe][element] */
    uint64_t *looks;
    uint64_t step;
    uint64_t drawn_at;    /* step of draws: E2L_BEFORE_RUN or the present one */
    bool failed;
} run;

/* Who is asking: element i of a population or probe, or a synapse. */
typedef struct place {
    uint64_t self, pre, post, synapse;
    uint32_t projection;
} place;

static void *block(run *r, uint64_t n, size_t size)
{
    void *const memory = e2l_arena_alloc(r->arena, n + 1, size);
    r->failed = r->failed || memory == NULL;
    return memory;
}

static e2l_real *numbers(run *r, uint64_t n)
{
    return block(r, n, sizeof(e2l_real));
}

static e2l_real **rows(run *r, uint64_t n_rows, uint64_t n)
{
    e2l_real **const list = block(r, n_rows, sizeof(e2l_real *));
    for (uint64_t k = 0; !r->failed && k < n_rows; ++k) {
        list[k] = numbers(r, n);
    }
    return list;
}

/* ---- expressions ---------------------------------------------------------------------------------------- */
static e2l_real value(run *r, const e2l_bound *bound, const place *at);

static uint64_t element(e2l_place where, const place *at)
{
    switch (where) {
    case E2L_AT_SELF: return at->self;
    case E2L_AT_PRE: return at->pre;
    case E2L_AT_POST: return at->post;
    case E2L_AT_SYNAPSE: return at->synapse;
    case E2L_AT_GLOBAL:
    default: return 0;
    }
}

static e2l_real rule(run *r, uint32_t slot, const place *at)
{
    const e2l_bound_slot *const bound = &r->resolved->slots[slot];
    const e2l_expr *const expr = r->candidate->rules[slot];
    e2l_real *const names = numbers(r, e2l_expr_n_names(expr));
    for (size_t k = 0; !r->failed && k < e2l_expr_n_names(expr); ++k) {
        for (size_t t = 0; t < bound->source->n_terminals; ++t) {
            if (strcmp(bound->source->terminals[t].name, e2l_expr_name(expr, k)) == 0) {
                names[k] = value(r, &bound->terminals[t], at);
            }
        }
    }
    return r->failed ? 0 : reference_eval(expr, names);
}

/* The weight of a synapse; of a projection that sees them from the other end, that of the reversed one. */
static e2l_real weight(const run *r, const e2l_ref *ref, const place *at)
{
    const e2l_bound_projection *const own = &r->resolved->projections[at->projection];
    if (ref->place == E2L_AT_SELF) {
        return r->w[ref->owner][at->self];
    }
    const bool reversed = ref->owner != at->projection && own->source->transposed;
    return r->w[ref->owner][reversed ? at->pre * own->n_post + at->post : at->synapse];
}

/* The last row that lists the pair. */
static e2l_real edge(const run *r, const e2l_ref *ref, const place *at)
{
    const e2l_array *const about = &r->resolved->experiment->arrays[ref->index];
    e2l_real found = 0;
    for (uint64_t k = 0; k < about->n_rows; ++k) {
        const e2l_real *const row = r->arrays[ref->index] + k * about->size;
        if (row[0] == (e2l_real)at->pre && row[1] == (e2l_real)at->post) {
            found = ref->owner == 1 ? row[2] : 1;
        }
    }
    return found;
}

static e2l_real name(run *r, const e2l_ref *ref, const place *at)
{
    const uint64_t e = element(ref->place, at);
    switch ((int)ref->kind) {
    case E2L_REF_ETA: return (e2l_real)r->candidate->etas[ref->index];
    case E2L_REF_SLOT: return rule(r, ref->index, at);
    case E2L_REF_VARIABLE: return r->variables[ref->owner][ref->index][e];
    case E2L_REF_PARAMETER: return r->drawn[ref->owner][ref->index][e];
    case E2L_REF_PORT: return r->ports[ref->owner][ref->index][e];
    case E2L_REF_ARRAY: return r->resolved->experiment->arrays[ref->index].kind == E2L_ARRAY_EDGES ? edge(r, ref, at) : r->arrays[ref->index][e];
    case E2L_REF_X: return r->x[ref->owner][at->pre];
    case E2L_REF_W: return weight(r, ref, at);
    case E2L_REF_LOCAL: return r->locals[ref->owner][ref->index][at->synapse];
    case E2L_REF_SYNAPSE_STATE: return r->states[ref->owner][ref->index][e];
    case E2L_REF_SHOWN: return r->worlds[ref->owner][r->resolved->worlds[ref->owner].shown_first[ref->index] + e];
    case E2L_REF_INDEX: return (e2l_real)e;
    case E2L_REF_UNIFORM: {
        const e2l_real drawn = (e2l_real)e2l_noise_uniform(r->one->key, ref->site, e, r->drawn_at);
        return drawn < 1 ? drawn : E2L_BELOW_ONE;
    }
    case E2L_REF_NORMAL: return (e2l_real)e2l_noise_normal(r->one->key, ref->site, e, r->drawn_at);
    default: return (e2l_real)e2l_ref_at_step(r->resolved, ref, r->step);
    }
}

static e2l_real value(run *r, const e2l_bound *bound, const place *at)
{
    e2l_real *const names = numbers(r, e2l_expr_n_names(bound->expr));
    for (size_t k = 0; !r->failed && k < e2l_expr_n_names(bound->expr); ++k) {
        names[k] = name(r, &bound->refs[k], at);
    }
    return r->failed ? 0 : reference_eval(bound->expr, names);
}

static bool is_frozen(const run *r, const e2l_bound_statement *statement)
{
    bool frozen = false;
    for (uint32_t k = 0; k < statement->n_frozen; ++k) {
        frozen = frozen || e2l_span_at_step(r->resolved, statement->frozen[k], r->step).on;
    }
    return frozen;
}

static bool execute(run *r, const e2l_bound_statement *statement, const place *at, e2l_real *target)
{
    if (is_frozen(r, statement) || (statement->guard.expr != NULL && !(value(r, &statement->guard, at) > 0))) {
        return false;
    }
    const e2l_real result = value(r, &statement->value, at);
    *target = statement->adds ? *target + result : result;
    return true;
}

/* ---- what arrives ----------------------------------------------------------------------------------------- */
static e2l_real sum(const e2l_real *terms, const bool *there, uint64_t n)
{
    e2l_real s[8] = {0};
    for (uint64_t k = 0; k < n; ++k) {
        s[k % 8] += there[k] ? terms[k] : 0;
    }
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static e2l_real extreme(const e2l_real *terms, const bool *there, uint64_t n, bool largest)
{
    e2l_real best = 0;
    bool any = false;
    for (uint64_t k = 0; k < n; ++k) {
        if (there[k]) {
            const bool better = largest ? terms[k] > best : terms[k] < best;
            best = !any ? terms[k] : best != best ? best : terms[k] != terms[k] || better ? terms[k] : best;
            any = true;
        }
    }
    return best;
}

static void send(run *r, uint32_t p)
{
    const e2l_bound_projection *const projection = &r->resolved->projections[p];
    const uint64_t n = projection->n_pre;
    for (uint64_t j = 0; j < n; ++j) {
        if (projection->delay_steps == 0) {
            r->x[p][j] = value(r, &projection->signal, &(place){.self = j, .pre = j});
            continue;
        }
        const uint64_t d = r->delays[p][j];
        const bool early = r->step < r->sent_from[p] + d;
        r->x[p][j] = r->sent[p][(early ? 0 : r->step - d + 1) * n + j];
    }
}

/* All that stands there at the end of a step, or as a history that never was anything else. */
static void keep_signals(run *r, uint32_t p, uint64_t row)
{
    const e2l_bound_projection *const projection = &r->resolved->projections[p];
    for (uint64_t j = 0; j < projection->n_pre; ++j) {
        r->sent[p][row * projection->n_pre + j] = value(r, &projection->signal, &(place){.self = j, .pre = j});
    }
}

static e2l_real arriving(run *r, uint32_t p, uint64_t i)
{
    const e2l_bound_projection *const projection = &r->resolved->projections[p];
    e2l_real *const terms = numbers(r, projection->n_pre);
    const bool *const there = r->there[p] + i * projection->n_pre;
    for (uint64_t j = 0; !r->failed && j < projection->n_pre; ++j) {
        const place at = {.pre = j, .post = i, .synapse = i * projection->n_pre + j, .projection = p};
        terms[j] = value(r, &projection->effect, &at);
    }
    if (r->failed) {
        return 0;
    }
    return projection->source->reduce == E2L_REDUCE_SUM
               ? sum(terms, there, projection->n_pre)
               : extreme(terms, there, projection->n_pre, projection->source->reduce == E2L_REDUCE_MAX);
}

static e2l_real input(run *r, const e2l_bound_port *port, uint64_t n, uint64_t i)
{
    if (port->world != E2L_NO_INDEX) {
        return r->worlds[port->world][r->resolved->worlds[port->world].shown_first[port->shown] + i];
    }
    const e2l_array *const about = &r->resolved->experiment->arrays[port->array];
    if (about->kind == E2L_ARRAY_EVENTS) {
        const double wanted = floor(e2l_bound_at_step(r->resolved, &port->row, r->step));
        e2l_real count = 0;
        for (uint64_t k = 0; k < about->n_rows; ++k) {
            const double *const event = r->events[port->array] + 2 * k;
            count += event[0] >= 0 && floor(event[0] / r->resolved->experiment->dt + 1e-9) == wanted && event[1] == (double)i ? 1 : 0;
        }
        return count;
    }
    const uint64_t row = port->row.expr == NULL ? r->step : (uint64_t)floor(e2l_bound_at_step(r->resolved, &port->row, r->step));
    return r->arrays[port->array][row * n + i];
}

static void gather(run *r, uint32_t population, uint32_t port)
{
    const e2l_bound_port *const source = &r->resolved->populations[population].ports[port];
    const uint64_t n = r->resolved->populations[population].source->size;
    for (uint32_t k = 0; k < source->n_projections; ++k) {
        send(r, source->projections[k]);
    }
    for (uint64_t i = 0; i < n; ++i) {
        const bool is_fed = source->array != E2L_NO_INDEX || source->world != E2L_NO_INDEX;
        e2l_real total = is_fed ? input(r, source, n, i) : 0;
        for (uint32_t k = 0; k < source->n_projections; ++k) {
            const e2l_real part = arriving(r, source->projections[k], i);
            total = k == 0 && !is_fed ? part : total + part;
        }
        r->ports[population][port][i] = total;
    }
}

/* ---- a step --------------------------------------------------------------------------------------------- */
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
        e2l_real *const target = r->variables[action->population][statement->target.index];
        for (uint64_t i = 0; i < population->source->size; ++i) {
            (void)execute(r, statement, &(place){.self = i}, &target[i]);
        }
    }
}

/* Environments reckon in doubles. */
static void step_world(run *r, const e2l_bound_world *world, const e2l_real *observed, e2l_real *state)
{
    double from[E2L_ENVIRONMENT_NUMBERS + 1], now[E2L_ENVIRONMENT_NUMBERS];
    for (uint64_t k = 0; k < world->n_observed; ++k) {
        from[k] = (double)observed[k];
    }
    for (uint64_t k = 0; k < world->n_shown + world->n_hidden; ++k) {
        now[k] = (double)state[k];
    }
    e2l_world_step(world, r->one->key, r->step, from, now);
    for (uint64_t k = 0; k < world->n_shown + world->n_hidden; ++k) {
        state[k] = (e2l_real)now[k];
    }
}

/* Environments that are called now. */
static void call_worlds(run *r)
{
    for (size_t k = 0; k < r->resolved->experiment->n_worlds; ++k) {
        const e2l_bound_world *const world = &r->resolved->worlds[k];
        bool called = false;
        for (uint32_t c = 0; c < world->n_calls; ++c) {
            const e2l_moment moment = e2l_span_at_step(r->resolved, world->calls[c], r->step);
            called = called || (moment.on && moment.t + 1 == r->resolved->spans[world->calls[c]].steps);
        }
        e2l_real *const observed = numbers(r, world->n_observed);
        for (size_t item = 0; called && !r->failed && item < world->record->n_observed; ++item) {
            for (uint64_t i = 0; i < world->observed_size[item]; ++i) {
                observed[world->observed_first[item] + i] = value(r, &world->observes[item], &(place){.self = i});
            }
        }
        if (called && !r->failed) {
            step_world(r, world, observed, r->worlds[k]);
        }
    }
}

static e2l_real bounded(const e2l_bound_projection *projection, e2l_real w)
{
    const e2l_real lower = (e2l_real)projection->lower, upper = (e2l_real)projection->upper;
    w = w < lower ? lower : w;
    return w > upper ? upper : w;
}

static uint64_t n_of(const e2l_bound_projection *projection, e2l_place where)
{
    return where == E2L_AT_SYNAPSE ? projection->n_pre * projection->n_post
           : where == E2L_AT_PRE   ? projection->n_pre
           : where == E2L_AT_POST  ? projection->n_post
                                   : 1;
}

/* One statement of a projection, for every element of what it writes. */
static void synapse_statement(run *r, uint32_t p, const e2l_bound_statement *statement)
{
    const e2l_bound_projection *const projection = &r->resolved->projections[p];
    const e2l_ref *const target = &statement->target;
    const bool is_state = target->kind == E2L_REF_SYNAPSE_STATE;
    const e2l_place where = is_state ? target->place : E2L_AT_SYNAPSE;
    e2l_real *const to = target->kind == E2L_REF_W ? r->w[p] : is_state ? r->states[p][target->index] : r->locals[p][target->index];
    for (uint64_t k = 0; k < n_of(projection, where); ++k) {
        place at = {.projection = p, .synapse = k, .pre = k % projection->n_pre, .post = k / projection->n_pre};
        at.pre = where == E2L_AT_PRE ? k : at.pre;
        at.post = where == E2L_AT_POST ? k : at.post;
        if (where == E2L_AT_SYNAPSE && target->kind != E2L_REF_LOCAL && !r->there[p][k]) {
            continue;
        }
        if (execute(r, statement, &at, &to[k]) && target->kind == E2L_REF_W) {
            to[k] = bounded(projection, to[k]);
        }
    }
}

static void synapses(run *r)
{
    for (uint32_t p = 0; p < r->resolved->experiment->n_projections; ++p) {
        for (uint32_t k = 0; k < r->resolved->projections[p].n_statements; ++k) {
            synapse_statement(r, p, &r->resolved->projections[p].statements[k]);
        }
    }
}

static bool all_finite(const e2l_real *values, uint64_t n)
{
    bool good = true;
    for (uint64_t k = 0; k < n; ++k) {
        good = good && isfinite(values[k]);
    }
    return good;
}

static bool in_range(const run *r)
{
    bool good = true;
    for (size_t p = 0; p < r->resolved->experiment->n_populations; ++p) {
        const e2l_bound_population *const population = &r->resolved->populations[p];
        for (uint32_t v = 0; v < population->n_variables; ++v) {
            good = good && (!population->variables[v].is_state || all_finite(r->variables[p][v], population->source->size));
        }
    }
    for (size_t k = 0; k < r->resolved->experiment->n_worlds; ++k) {
        good = good && all_finite(r->worlds[k], r->resolved->worlds[k].n_shown + r->resolved->worlds[k].n_hidden);
    }
    for (size_t p = 0; p < r->resolved->experiment->n_projections; ++p) {
        const e2l_bound_projection *const projection = &r->resolved->projections[p];
        for (uint64_t s = 0; projection->weights == p && s < projection->n_pre * projection->n_post; ++s) {
            good = good && fabs(r->w[p][s]) < (e2l_real)E2L_WEIGHT_LIMIT;
        }
        for (uint32_t k = 0; k < projection->n_states; ++k) {
            good = good && all_finite(r->states[p][k], n_of(projection, projection->state_places[k]));
        }
    }
    return good;
}

/* ---- beginning, and beginning again ------------------------------------------------------------------------- */
static void begin_variable(run *r, const e2l_variable *variable, e2l_real *values, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i) {
        values[i] = value(r, &variable->initial, &(place){.self = i});
    }
}

static void begin_weights(run *r, uint32_t p)
{
    const e2l_bound_projection *const projection = &r->resolved->projections[p];
    for (uint64_t s = 0; s < projection->n_pre * projection->n_post; ++s) {
        const place at = {.synapse = s, .pre = s % projection->n_pre, .post = s / projection->n_pre, .projection = p};
        r->w[p][s] = r->there[p][s] ? bounded(projection, value(r, &projection->w, &at)) : 0;
    }
}

static void begin_synapse_state(run *r, uint32_t p, uint32_t k)
{
    const e2l_bound_projection *const projection = &r->resolved->projections[p];
    const e2l_place where = projection->state_places[k];
    for (uint64_t e = 0; e < n_of(projection, where); ++e) {
        const bool is_there = where != E2L_AT_SYNAPSE || r->there[p][e];
        r->states[p][k][e] = is_there ? value(r, &projection->states[k].initial, &(place){.synapse = e, .projection = p}) : 0;
    }
}

static bool resets_now(const run *r, const uint32_t *spans, uint32_t n)
{
    bool now = false;
    for (uint32_t k = 0; k < n; ++k) {
        const e2l_moment moment = e2l_span_at_step(r->resolved, spans[k], r->step);
        now = now || (moment.on && moment.t == 0);
    }
    return now;
}

/* All states of the sender that the signal is made of, by whichever name, begin again with one span, and there is one. */
static bool history_resets(const run *r, const e2l_bound_projection *projection)
{
    bool any = false;
    for (uint32_t span = 0; span < r->resolved->n_spans; ++span) {
        const e2l_moment moment = e2l_span_at_step(r->resolved, span, r->step);
        bool some = false, every = true;
        for (size_t k = 0; k < e2l_expr_n_names(projection->signal.expr); ++k) {
            const e2l_ref *const ref = &projection->signal.refs[k];
            if (ref->kind != E2L_REF_VARIABLE || ref->owner != projection->from) {
                continue;
            }
            const e2l_variable *const variable = &r->resolved->populations[ref->owner].variables[ref->index];
            bool has = false;
            for (uint32_t i = 0; i < variable->n_resets; ++i) {
                has = has || variable->resets[i] == span;
            }
            some = true;
            every = every && has;
        }
        any = any || (some && every && moment.on && moment.t == 0);
    }
    return any;
}

static void reset(run *r)
{
    for (size_t p = 0; p < r->resolved->experiment->n_populations; ++p) {
        const e2l_bound_population *const population = &r->resolved->populations[p];
        for (uint32_t v = 0; v < population->n_variables; ++v) {
            if (population->variables[v].is_state &&
                resets_now(r, population->variables[v].resets, population->variables[v].n_resets)) {
                begin_variable(r, &population->variables[v], r->variables[p][v], population->source->size);
            }
        }
    }
    for (uint32_t p = 0; p < r->resolved->experiment->n_projections; ++p) {
        const e2l_bound_projection *const projection = &r->resolved->projections[p];
        if (projection->weights == p && resets_now(r, projection->w_resets, projection->n_w_resets)) {
            begin_weights(r, p);
        }
        for (uint32_t k = 0; k < projection->n_states; ++k) {
            if (resets_now(r, projection->states[k].resets, projection->states[k].n_resets)) {
                begin_synapse_state(r, p, k);
            }
        }
        if (projection->delay_steps > 0 && history_resets(r, projection)) {
            keep_signals(r, p, 0);
            r->sent_from[p] = r->step;
        }
    }
}

static e2l_status begin_arrays(e2l_ctx *ctx, run *r)
{
    const e2l_experiment *const experiment = r->resolved->experiment;
    for (size_t k = 0; k < experiment->n_arrays; ++k) {
        const e2l_array *const array = &experiment->arrays[k];
        const uint64_t n_rows = array->kind == E2L_ARRAY_STATIC ? 1 : array->kind >= E2L_ARRAY_ROWS ? array->n_rows : r->resolved->n_steps;
        const uint64_t n = n_rows * (array->kind == E2L_ARRAY_EVENTS ? 2 : array->size);
        double *const filled = block(r, n, sizeof *filled);
        r->events[k] = filled;
        r->arrays[k] = numbers(r, n);
        const e2l_status status = r->failed ? E2L_NOMEM : r->one->fill(r->one, ctx, k, 0, n_rows, filled);
        for (uint64_t i = 0; status == E2L_OK && i < n; ++i) {
            r->arrays[k][i] = (e2l_real)filled[i];
        }
        if (status != E2L_OK) {
            return status;
        }
    }
    return E2L_OK;
}

static void begin_population(run *r, size_t p)
{
    const e2l_bound_population *const population = &r->resolved->populations[p];
    const uint64_t n = population->source->size;
    r->variables[p] = rows(r, population->n_variables, n);
    r->ports[p] = rows(r, population->model->n_ports, n);
    r->drawn[p] = rows(r, population->model->n_parameters, n);
    for (size_t k = 0; !r->failed && k < population->model->n_parameters; ++k) {
        for (uint64_t i = 0; population->drawn[k].expr != NULL && i < n; ++i) {
            r->drawn[p][k][i] = value(r, &population->drawn[k], &(place){.self = i});
        }
    }
    for (uint32_t v = 0; !r->failed && v < population->n_variables; ++v) {
        if (population->variables[v].is_state) {
            begin_variable(r, &population->variables[v], r->variables[p][v], n);
        }
    }
}

/* Of the synapses that are allowed, a target keeps those with fewer than fan_in smaller draws. */
static void thin_out(run *r, const e2l_bound_projection *projection, const bool *allowed, bool *there)
{
    const uint64_t n = projection->n_pre;
    for (uint64_t s = 0; projection->fan_in > 0 && s < n * projection->n_post; ++s) {
        const uint64_t first = s / n * n;
        const double own = e2l_noise_uniform(r->one->key, projection->fan_in_site, s, E2L_BEFORE_RUN);
        uint64_t smaller = 0;
        for (uint64_t other = first; other < first + n; ++other) {
            const double draw = e2l_noise_uniform(r->one->key, projection->fan_in_site, other, E2L_BEFORE_RUN);
            smaller += allowed[other] && (draw < own || (draw == own && other < s)) ? 1 : 0;
        }
        there[s] = allowed[s] && smaller < projection->fan_in;
    }
}

/* Which synapses a projection with a mask of its own, or none, has. */
static void own_mask(run *r, uint32_t p, bool *there)
{
    const e2l_bound_projection *const projection = &r->resolved->projections[p];
    const uint64_t n = projection->n_pre * projection->n_post;
    bool *const allowed = block(r, n, sizeof(bool));
    for (uint64_t s = 0; !r->failed && s < n; ++s) {
        const place at = {.synapse = s, .pre = s % projection->n_pre, .post = s / projection->n_pre, .projection = p};
        allowed[s] = there[s] = projection->connect.expr == NULL || value(r, &projection->connect, &at) > 0;
    }
    if (!r->failed) {
        thin_out(r, projection, allowed, there);
    }
}

/* What exists; without an own mask, where the owner of the weights has synapses. */
static void begin_mask(run *r, uint32_t p)
{
    const e2l_bound_projection *const projection = &r->resolved->projections[p];
    const e2l_bound_projection *const owner = &r->resolved->projections[projection->weights];
    const bool borrows = projection->connect.expr == NULL && projection->fan_in == 0 && owner != projection;
    if (!borrows) {
        own_mask(r, p, r->there[p]);
        return;
    }
    bool *const of_owner = block(r, owner->n_pre * owner->n_post, sizeof(bool));
    if (r->failed) {
        return;
    }
    own_mask(r, projection->weights, of_owner);
    for (uint64_t s = 0; s < projection->n_pre * projection->n_post; ++s) {
        const uint64_t pre = s % projection->n_pre, post = s / projection->n_pre;
        r->there[p][s] = of_owner[projection->source->transposed ? pre * projection->n_post + post : s];
    }
}

static void begin_projection(run *r, uint32_t p)
{
    const e2l_bound_projection *const projection = &r->resolved->projections[p];
    const uint64_t n = projection->n_pre * projection->n_post;
    r->x[p] = numbers(r, projection->n_pre);
    r->w[p] = numbers(r, n);
    r->there[p] = block(r, n, sizeof(bool));
    r->locals[p] = rows(r, projection->n_locals, n);
    r->states[p] = rows(r, projection->n_states, n);
    r->sent[p] = numbers(r, projection->delay_steps > 0 ? (r->resolved->n_steps + 1) * projection->n_pre : 0);
    r->delays[p] = block(r, projection->n_pre, sizeof(uint64_t));
    if (r->failed) {
        return;
    }
    begin_mask(r, p);
    if (projection->weights == p) {
        begin_weights(r, p);
    }
    for (uint32_t k = 0; k < projection->n_states; ++k) {
        begin_synapse_state(r, p, k);
    }
    for (uint64_t j = 0; j < projection->n_pre; ++j) {
        r->delays[p][j] = projection->delay_steps;
        if (projection->delay.expr != NULL) {
            const e2l_real half = (e2l_real)0.5, dt = (e2l_real)r->resolved->experiment->dt;
            const e2l_real d = floor(value(r, &projection->delay, &(place){.self = j}) / dt + half);
            r->delays[p][j] = !(d > 1) ? 1 : d > (e2l_real)projection->delay_steps ? projection->delay_steps : (uint64_t)d;
        }
    }
    if (projection->delay_steps > 0) {
        keep_signals(r, p, 0);
    }
}

static e2l_status begin(e2l_ctx *ctx, run *r)
{
    const e2l_experiment *const experiment = r->resolved->experiment;
    const size_t n = experiment->n_populations, m = experiment->n_projections;
    r->arrays = block(r, experiment->n_arrays, sizeof(e2l_real *));
    r->events = block(r, experiment->n_arrays, sizeof(double *));
    r->variables = block(r, n, sizeof(e2l_real **));
    r->drawn = block(r, n, sizeof(e2l_real **));
    r->ports = block(r, n, sizeof(e2l_real **));
    r->locals = block(r, m, sizeof(e2l_real **));
    r->states = block(r, m, sizeof(e2l_real **));
    r->w = block(r, m, sizeof(e2l_real *));
    r->x = block(r, m, sizeof(e2l_real *));
    r->sent = block(r, m, sizeof(e2l_real *));
    r->sent_from = block(r, m, sizeof(uint64_t));
    r->there = block(r, m, sizeof(bool *));
    r->delays = block(r, m, sizeof(uint64_t *));
    r->folds = block(r, experiment->n_probes, sizeof(e2l_real *));
    r->looks = block(r, experiment->n_probes, sizeof(uint64_t));
    r->drawn_at = E2L_BEFORE_RUN;
    const e2l_status status = r->failed ? E2L_NOMEM : begin_arrays(ctx, r);
    if (status != E2L_OK) {
        return status;
    }
    r->worlds = block(r, experiment->n_worlds, sizeof(e2l_real *));
    for (size_t k = 0; k < experiment->n_worlds && !r->failed; ++k) {
        const e2l_bound_world *const world = &r->resolved->worlds[k];
        r->worlds[k] = numbers(r, world->n_shown + world->n_hidden);
        if (!r->failed) {
            double now[E2L_ENVIRONMENT_NUMBERS];
            e2l_world_begin(world, r->one->key, now);
            for (uint64_t i = 0; i < world->n_shown + world->n_hidden; ++i) {
                r->worlds[k][i] = (e2l_real)now[i];
            }
        }
    }
    for (size_t p = 0; p < n && !r->failed; ++p) {
        begin_population(r, p);
    }
    for (uint32_t p = 0; p < m && !r->failed; ++p) {
        begin_projection(r, p);
    }
    for (size_t k = 0; k < experiment->n_probes; ++k) {
        r->folds[k] = numbers(r, r->resolved->probes[k].width);
    }
    return r->failed ? E2L_NOMEM : E2L_OK;
}

/* ---- probes ------------------------------------------------------------------------------------------------ */
static void fold(e2l_fold how, uint64_t look, e2l_real now, e2l_real *gathered)
{
    if (how == E2L_FOLD_MAX) {
        *gathered = reference_apply("max", look == 0 ? -(e2l_real)INFINITY : *gathered, now, 0);
    } else if (how == E2L_FOLD_SUM || how == E2L_FOLD_MEAN) {
        *gathered += now;
    } else {
        *gathered = reference_flushed(now);
    }
}

/* What follows from the step alone is reckoned in doubles. */
static bool looks_now(run *r, const e2l_bound_probe *probe)
{
    if (probe->when.expr != NULL && probe->when_is_schedule) {
        return e2l_bound_at_step(r->resolved, &probe->when, r->step) > 0;
    }
    return probe->when.expr == NULL || value(r, &probe->when, &(place){0}) > 0;
}

static void look(run *r, const e2l_layout *layout, double *values)
{
    for (size_t k = 0; k < r->resolved->experiment->n_probes; ++k) {
        const e2l_bound_probe *const probe = &r->resolved->probes[k];
        if (!looks_now(r, probe)) {
            continue;
        }
        for (uint64_t i = 0; i < probe->width; ++i) {
            const e2l_real now = value(r, &probe->of, &(place){.self = i});
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
            const bool nothing = r->looks[k] == 0 && probe->source->fold != E2L_FOLD_SUM;
            values[layout->places[k].offset + i] = nothing ? (double)NAN : (double)r->folds[k][i] / divisor;
        }
    }
}

static void steps(run *r, const e2l_layout *layout, e2l_recording *recording)
{
    recording->outcome = E2L_OUTCOME_OK;
    for (r->step = 0; r->step < r->resolved->n_steps; ++r->step) {
        r->drawn_at = r->step;
        reset(r);
        neurons(r);
        call_worlds(r);
        synapses(r);
        for (uint32_t p = 0; p < r->resolved->experiment->n_projections; ++p) {
            if (r->resolved->projections[p].delay_steps > 0) {
                keep_signals(r, p, r->step + 1);
            }
        }
        if (r->failed) {
            return;
        }
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
    run r = {.resolved = resolved, .candidate = candidate, .one = one};
    e2l_status status = e2l_arena_create(ctx, &r.arena);
    if (status != E2L_OK) {
        return status;
    }
    const unsigned saved = e2l_flush_begin();
    status = begin(ctx, &r);
    if (status == E2L_OK) {
        steps(&r, layout, recording);
        status = r.failed ? E2L_NOMEM : E2L_OK;
    }
    e2l_flush_end(saved);
    e2l_arena_destroy(r.arena);
    return status;
}
