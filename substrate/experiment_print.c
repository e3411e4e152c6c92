/* experiment_print.c: an experiment as JSON text, in the shape a neuroscientist reads aloud (experiment_read.h); keys stand in one order
   and defaults are left out, so equal experiments give equal text. */
#include "substrate/experiment.h"
#include "substrate/json.h"

/* Members of one object: commas and indents. */
typedef struct object {
    e2l_text *out;
    unsigned depth;
    bool has_members;
} object;

static void indent(const object *o)
{
    e2l_text_append(o->out, "\n");
    for (unsigned k = 0; k < o->depth; k++) {
        e2l_text_append(o->out, "  ");
    }
}

static object open_object(e2l_text *out, unsigned depth)
{
    e2l_text_append(out, "{");
    return (object){.out = out, .depth = depth + 1};
}

static void close_object(object *o)
{
    o->depth--;
    if (o->has_members) {
        indent(o);
    }
    e2l_text_append(o->out, "}");
}

static void key(object *o, const char *name)
{
    e2l_text_append(o->out, o->has_members ? "," : "");
    o->has_members = true;
    indent(o);
    e2l_json_quote(o->out, name ? name : "");
    e2l_text_append(o->out, ": ");
}

/* Left out when not given. */
static void put_text(object *o, const char *name, const char *value)
{
    if (value) {
        key(o, name);
        e2l_json_quote(o->out, value);
    }
}

static void put_count(object *o, const char *name, uint64_t value)
{
    key(o, name);
    e2l_json_put_number(o->out, (double)value);
}

static void put_bindings(object *o, const char *name, const e2l_binding *bindings, size_t n)
{
    if (n == 0) {
        return;
    }
    key(o, name);
    object inner = open_object(o->out, o->depth);
    for (size_t k = 0; k < n; k++) {
        key(&inner, bindings[k].name);
        bool has_unit = bindings[k].unit != NULL;
        e2l_text_append(o->out, has_unit ? "[" : "");
        e2l_json_quote(o->out, bindings[k].expr ? bindings[k].expr : "");
        if (has_unit) {
            e2l_text_append(o->out, ", ");
            e2l_json_quote(o->out, bindings[k].unit);
            e2l_text_append(o->out, "]");
        }
    }
    close_object(&inner);
}

static void put_arrays(object *o, const e2l_experiment *e)
{
    static const char *const kinds[] = {"static", "by_step", "rows", "events", "edges"};
    if (e->n_arrays == 0) {
        return;
    }
    key(o, "arrays");
    object arrays = open_object(o->out, o->depth);
    for (size_t k = 0; k < e->n_arrays; k++) {
        const e2l_array *array = &e->arrays[k];
        key(&arrays, array->name);
        object one = open_object(o->out, arrays.depth);
        put_text(&one, "kind", (unsigned)array->kind < 5 ? kinds[array->kind] : "unknown");
        put_count(&one, "size", array->size);
        if (array->kind >= E2L_ARRAY_ROWS) {
            put_count(&one, "rows", array->n_rows);
        }
        close_object(&one);
    }
    close_object(&arrays);
}

/* "key": "ab" or "key": "a<mid>b<end>". */
static void put_joined(object *o, const char *name, const char *a, const char *mid, const char *b, const char *end)
{
    e2l_text joined = {.ctx = o->out->ctx};
    e2l_text_append(&joined, a ? a : "");
    if (b) {
        e2l_text_append(&joined, mid);
        e2l_text_append(&joined, b);
        e2l_text_append(&joined, end);
    }
    put_text(o, name, e2l_text_get(&joined));
    o->out->failed = o->out->failed || joined.failed;
    e2l_text_clear(&joined);
}

static void put_inputs(object *o, const e2l_population *population)
{
    if (population->n_inputs == 0) {
        return;
    }
    key(o, "inputs");
    object inputs = open_object(o->out, o->depth);
    for (size_t i = 0; i < population->n_inputs; i++) {
        const e2l_input *input = &population->inputs[i];
        put_joined(&inputs, input->port, input->array, "[", input->row, "]");
    }
    close_object(&inputs);
}

static void put_slots(object *o, const e2l_slot *list, size_t n)
{
    if (n == 0) {
        return;
    }
    key(o, "slots");
    object slots = open_object(o->out, o->depth);
    for (size_t k = 0; k < n; k++) {
        if (list[k].n_terminals > 0) {
            put_bindings(&slots, list[k].name, list[k].terminals, list[k].n_terminals);
        } else {
            key(&slots, list[k].name);
            e2l_text_append(o->out, "{}");
        }
    }
    close_object(&slots);
}

static void put_texts(object *o, const char *name, const char *const *texts, size_t n)
{
    if (n == 0) {
        return;
    }
    key(o, name);
    e2l_text_append(o->out, "[");
    for (size_t k = 0; k < n; k++) {
        e2l_text_append(o->out, k > 0 ? ", " : "");
        e2l_json_quote(o->out, texts[k] ? texts[k] : "");
    }
    e2l_text_append(o->out, "]");
}

static void put_populations(object *o, const e2l_experiment *e)
{
    key(o, "populations");
    object all = open_object(o->out, o->depth);
    for (size_t k = 0; k < e->n_populations; k++) {
        const e2l_population *population = &e->populations[k];
        key(&all, population->name);
        object one = open_object(o->out, all.depth);
        put_count(&one, "size", population->size);
        put_text(&one, "model", population->model ? population->model : "");
        put_bindings(&one, "parameters", population->parameters, population->n_parameters);
        put_bindings(&one, "state", population->states, population->n_states);
        put_inputs(&one, population);
        put_slots(&one, population->slots, population->n_slots);
        close_object(&one);
    }
    close_object(&all);
}

static void put_synapse(object *o, const e2l_projection *projection)
{
    static const char *const folds[] = {"sum", "max", "min"};
    put_text(o, "effect", projection->effect);
    if (projection->reduce != E2L_REDUCE_SUM) {
        put_text(o, "reduce", (unsigned)projection->reduce < 3 ? folds[projection->reduce] : "unknown");
    }
    put_text(o, "lower", projection->lower);
    put_text(o, "upper", projection->upper);
    put_text(o, "model", projection->model);
    put_bindings(o, "parameters", projection->parameters, projection->n_parameters);
    put_bindings(o, "state", projection->states, projection->n_states);
    put_slots(o, projection->slots, projection->n_slots);
    put_texts(o, "synapse", projection->synapse, projection->n_synapse);
}

static void put_projection(object *all, const e2l_projection *projection)
{
    key(all, projection->name);
    object one = open_object(all->out, all->depth);
    put_text(&one, "from", projection->from);
    put_joined(&one, "to", projection->to, ".", projection->port, "");
    put_text(&one, "connect", projection->connect);
    put_text(&one, "fan_in", projection->fan_in);
    put_text(&one, "signal", projection->signal);
    put_text(&one, "delay", projection->delay);
    put_text(&one, "delay_max", projection->delay_max);
    put_text(&one, "w", projection->w);
    put_text(&one, "weights_of", projection->weights_of);
    if (projection->transposed) {
        key(&one, "transposed");
        e2l_text_append(one.out, "true");
    }
    put_synapse(&one, projection);
    close_object(&one);
}

static void put_worlds(object *o, const e2l_experiment *e)
{
    if (e->n_worlds == 0) {
        return;
    }
    key(o, "environments");
    object all = open_object(o->out, o->depth);
    for (size_t k = 0; k < e->n_worlds; k++) {
        const e2l_world *world = &e->worlds[k];
        key(&all, world->name);
        object one = open_object(o->out, all.depth);
        put_text(&one, "environment", world->environment ? world->environment : "");
        const uint64_t version = world->version > 0 || !world->record ? world->version : world->record->version;
        if (version > 0) { /* an environment is known by name, version and parameters */
            put_count(&one, "version", version);
        }
        put_bindings(&one, "parameters", world->parameters, world->n_parameters);
        put_bindings(&one, "observes", world->observes, world->n_observes);
        put_texts(&one, "calls", world->calls, world->n_calls);
        close_object(&one);
    }
    close_object(&all);
}

static void put_spans(object *o, const char *name, const e2l_span *spans, size_t n)
{
    key(o, name);
    e2l_text_append(o->out, "[");
    for (size_t k = 0; k < n; k++) {
        e2l_text_append(o->out, k > 0 ? ", " : "");
        object one = open_object(o->out, o->depth);
        put_text(&one, "name", spans[k].name ? spans[k].name : "");
        if (spans[k].repeat > 0) {
            put_count(&one, "repeat", spans[k].repeat);
        }
        if (spans[k].steps > 0 || spans[k].n_children == 0) {
            put_count(&one, "steps", spans[k].steps);
        }
        put_bindings(&one, "set", spans[k].set, spans[k].n_set);
        put_texts(&one, "reset", spans[k].reset, spans[k].n_reset);
        put_texts(&one, "freeze", spans[k].freeze, spans[k].n_freeze);
        if (spans[k].n_children > 0) {
            put_spans(&one, "do", spans[k].children, spans[k].n_children);
        }
        close_object(&one);
    }
    e2l_text_append(o->out, "]");
}

static void put_probes(object *o, const e2l_experiment *e)
{
    static const char *const folds[] = {"all", "last", "mean", "sum", "max"};
    if (e->n_probes == 0) {
        return;
    }
    key(o, "probes");
    object all = open_object(o->out, o->depth);
    for (size_t k = 0; k < e->n_probes; k++) {
        const e2l_probe *probe = &e->probes[k];
        key(&all, probe->name);
        object one = open_object(o->out, all.depth);
        put_text(&one, "of", probe->of);
        put_text(&one, "when", probe->when);
        put_text(&one, "fold", (unsigned)probe->fold < 5 ? folds[probe->fold] : "unknown");
        close_object(&one);
    }
    close_object(&all);
}

e2l_status e2l_experiment_print(const e2l_experiment *e, e2l_text *out)
{
    object o = open_object(out, 0);
    put_text(&o, "experiment", e->name ? e->name : "");
    key(&o, "dt");
    e2l_text_append(out, "[");
    e2l_json_put_number(out, e->dt);
    e2l_text_append(out, ", ");
    e2l_json_quote(out, e->dt_unit ? e->dt_unit : "1");
    e2l_text_append(out, "]");
    put_bindings(&o, "parameters", e->parameters, e->n_parameters);
    put_arrays(&o, e);
    put_populations(&o, e);
    if (e->n_projections > 0) {
        key(&o, "projections");
        object all = open_object(out, o.depth);
        for (size_t k = 0; k < e->n_projections; k++) {
            put_projection(&all, &e->projections[k]);
        }
        close_object(&all);
    }
    put_worlds(&o, e);
    put_spans(&o, "spans", e->spans, e->n_spans);
    put_probes(&o, e);
    close_object(&o);
    return e2l_text_status(out);
}
