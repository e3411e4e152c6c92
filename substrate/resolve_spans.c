/* resolve_spans.c: the schedule: a tree of spans laid flat, what they set, and where a step stands in them. */
#include <math.h>
#include <string.h>

#include "substrate/resolve_impl.h"

static const uint64_t step_limit = UINT64_C(1) << 53;
enum { MAX_DEPTH = 16 };

/* ---- the tree laid flat ---------------------------------------------------------------------------------- */
static uint32_t count_spans(const e2l_span *spans, size_t n, unsigned depth)
{
    uint32_t total = 0;
    for (size_t k = 0; k < n && depth < MAX_DEPTH; k++) {
        total += 1 + count_spans(spans[k].children, spans[k].n_children, depth + 1);
    }
    return total;
}

static uint64_t lay_flat(e2l_resolver *r, const e2l_span *spans, size_t n, uint32_t parent, unsigned depth);

/* Steps of one repetition; 0 when something is wrong with it. */
static uint64_t steps_of(e2l_resolver *r, const e2l_span *span, uint32_t index, unsigned depth)
{
    if (span->n_children > 0 && span->steps > 0) {
        e2l_resolver_problem(r, "span '%s': both steps and children are given", span->name);
        return 0;
    }
    if (span->n_children > 0 && depth + 1 >= MAX_DEPTH) {
        e2l_resolver_problem(r, "span '%s': more than %d spans inside each other", span->name, MAX_DEPTH);
        return 0;
    }
    return span->n_children > 0 ? lay_flat(r, span->children, span->n_children, index, depth + 1) : span->steps;
}

/* Steps of all together. */
static uint64_t lay_flat(e2l_resolver *r, const e2l_span *spans, size_t n, uint32_t parent, unsigned depth)
{
    uint64_t first = 0;
    for (size_t k = 0; k < n; k++) {
        const uint32_t index = r->out->n_spans++;
        e2l_bound_span *span = &r->out->spans[index];
        const uint64_t repeat = spans[k].repeat > 0 ? spans[k].repeat : 1;
        *span = (e2l_bound_span){.source = &spans[k], .parent = parent, .first = first, .repeat = repeat};
        span->steps = steps_of(r, &spans[k], index, depth);
        if (span->steps == 0 || span->steps > (step_limit - first) / repeat) {
            const char *times = repeat > 1 ? e2l_resolver_text(r, "%llu repetitions of ", (unsigned long long)repeat) : "";
            if (span->steps > 0 || !r->experiment->problems) { /* else it is one of those */
                e2l_resolver_problem(r, "span '%s': %s%llu steps is out of range 1..%llu", spans[k].name, times,
                                     (unsigned long long)span->steps, (unsigned long long)(step_limit - first));
            }
            span->steps = span->repeat = 1; /* so that what is said about the rest can be worked out */
            r->is_timeless = true;
        }
        first += span->steps * span->repeat;
    }
    return first;
}

static bool *find_set_parameters(e2l_resolver *r)
{
    const e2l_experiment *e = r->experiment;
    bool *is_set = e2l_resolver_alloc(r, e->n_parameters + 1, sizeof *is_set);
    for (uint32_t k = 0; is_set && k < r->out->n_spans; k++) {
        e2l_bound_span *span = &r->out->spans[k];
        span->set = e2l_resolver_alloc(r, span->source->n_set, sizeof *span->set);
        span->set_parameter = e2l_resolver_alloc(r, span->source->n_set, sizeof *span->set_parameter);
        for (size_t i = 0; span->set_parameter && i < span->source->n_set; i++) {
            const char *name = span->source->set[i].name ? span->source->set[i].name : "";
            uint32_t p = 0;
            while (p < e->n_parameters && strcmp(e->parameters[p].name, name) != 0) {
                p++;
            }
            span->set_parameter[i] = p;
            if (p == e->n_parameters) {
                e2l_resolver_problem(r, "span '%s': set: '%.64s' is no parameter of the experiment", span->source->name, name);
                r->is_hopeless = true;
            } else {
                is_set[p] = true;
            }
        }
    }
    return is_set;
}

void e2l_resolve_spans(e2l_resolver *r)
{
    const e2l_experiment *e = r->experiment;
    r->out->spans = e2l_resolver_alloc(r, count_spans(e->spans, e->n_spans, 0) + 1, sizeof *r->out->spans);
    if (!r->out->spans) {
        return;
    }
    r->out->n_steps = lay_flat(r, e->spans, e->n_spans, E2L_NO_INDEX, 0);
    r->is_set = find_set_parameters(r);
    if (e->n_spans == 0) {
        e2l_resolver_problem(r, "the experiment has no spans: nothing to run");
    }
}

/* What is set is made of numbers and the schedule: a value that depends on what was set before would have to be followed back. */
void e2l_resolve_sets(e2l_resolver *r)
{
    e2l_names names = {0};
    e2l_names_schedule(r, &names);
    e2l_names_numbers(r, &names);
    for (uint32_t k = 0; k < r->out->n_spans; k++) {
        e2l_bound_span *span = &r->out->spans[k];
        for (size_t i = 0; span->set && i < span->source->n_set; i++) {
            const char *place = e2l_resolver_text(r, "span '%s': set '%s'", span->source->name, span->source->set[i].name);
            if (e2l_names_read(r, &names, &span->set[i], span->source->set[i].expr, 0, place)) {
                (void)e2l_resolver_schedule(r, &span->set[i]);
            }
        }
    }
}

bool e2l_resolver_schedule(e2l_resolver *r, const e2l_bound *bound)
{
    e2l_resolved_memory *memory = r->out->memory;
    const size_t n = e2l_expr_n_names(bound->expr) + 1, bytes = e2l_expr_eval_bytes(bound->expr);
    if (n > memory->n_values) {
        memory->values = e2l_resolver_alloc(r, n, sizeof *memory->values);
        memory->inputs = e2l_resolver_alloc(r, n, sizeof *memory->inputs);
        memory->n_values = memory->values && memory->inputs ? n : 0;
    }
    if (bytes > memory->n_work) {
        memory->work = e2l_resolver_alloc(r, bytes, 1);
        memory->n_work = memory->work ? bytes : 0;
    }
    return memory->n_values >= n && memory->n_work >= bytes;
}

/* ---- where a step stands ---------------------------------------------------------------------------------- */
e2l_moment e2l_span_at_step(const e2l_resolved *resolved, uint32_t index, uint64_t step)
{
    const e2l_bound_span *span = &resolved->spans[index];
    const e2l_moment none = {0};
    if (span->parent != E2L_NO_INDEX) {
        const e2l_moment above = e2l_span_at_step(resolved, span->parent, step);
        if (!above.on) {
            return none;
        }
        step = above.t;
    }
    if (step < span->first || (step - span->first) / span->steps >= span->repeat) {
        return none;
    }
    const uint64_t since = step - span->first;
    return (e2l_moment){.on = true, .k = since / span->steps, .t = since % span->steps};
}

/* The last step up to `limit` at which a repetition of the span begins; false: there is none. */
static bool last_entry(const e2l_resolved *resolved, uint32_t index, uint64_t limit, uint64_t *out)
{
    const e2l_bound_span *span = &resolved->spans[index];
    uint64_t base = 0;
    if (span->parent != E2L_NO_INDEX) {
        const e2l_bound_span *parent = &resolved->spans[span->parent];
        if (!last_entry(resolved, span->parent, limit, &base)) {
            return false;
        }
        if (limit - base < span->first && (base == 0 || !last_entry(resolved, span->parent, base - 1, &base))) {
            return false;
        }
        const uint64_t end = base + parent->steps - 1;
        limit = limit < end ? limit : end;
    }
    if (limit - base < span->first) {
        return false;
    }
    const uint64_t k = (limit - base - span->first) / span->steps;
    *out = base + span->first + (k < span->repeat ? k : span->repeat - 1) * span->steps;
    return true;
}

double e2l_bound_at_step(const e2l_resolved *resolved, const e2l_bound *bound, uint64_t step)
{
    e2l_resolved_memory *memory = resolved->memory;
    const size_t n = e2l_expr_n_names(bound->expr);
    double value = 0;
    for (size_t k = 0; k < n; k++) {
        memory->values[k] = e2l_ref_at_step(resolved, &bound->refs[k], step);
        memory->inputs[k] = &memory->values[k];
    }
    e2l_expr_eval(bound->expr, E2L_ISA_SSE2, 1, memory->inputs, &value, memory->work);
    return value;
}

/* The last set wins; within one step that of the inner span, whose number is larger. */
static double set_value(const e2l_resolved *resolved, uint32_t parameter, double before, uint64_t step)
{
    const e2l_bound *last = NULL;
    uint64_t when = 0;
    for (uint32_t k = 0; k < resolved->n_spans; k++) {
        const e2l_bound_span *span = &resolved->spans[k];
        for (size_t i = 0; i < span->source->n_set; i++) {
            uint64_t entry;
            if (span->set_parameter[i] == parameter && last_entry(resolved, k, step, &entry) && (!last || entry >= when)) {
                last = &span->set[i];
                when = entry;
            }
        }
    }
    return last ? e2l_bound_at_step(resolved, last, when) : before;
}

double e2l_ref_at_step(const e2l_resolved *resolved, const e2l_ref *ref, uint64_t step)
{
    e2l_moment moment = {0};
    if (ref->kind >= E2L_REF_SPAN_ON && ref->kind <= E2L_REF_SPAN_K) {
        moment = e2l_span_at_step(resolved, ref->index, step);
    }
    switch ((int)ref->kind) {
    case E2L_REF_TIME: return (double)step * resolved->experiment->dt;
    case E2L_REF_STEP: return (double)step;
    case E2L_REF_SPAN_ON: return moment.on ? 1 : 0;
    case E2L_REF_SPAN_FIRST: return moment.on && moment.t == 0 ? 1 : 0;
    case E2L_REF_SPAN_LAST: return moment.on && moment.t + 1 == resolved->spans[ref->index].steps ? 1 : 0;
    case E2L_REF_SPAN_TIME: return (double)moment.t;
    case E2L_REF_SPAN_K: return (double)moment.k;
    case E2L_REF_SET: return set_value(resolved, ref->index, ref->value, step);
    default: return ref->value;
    }
}
