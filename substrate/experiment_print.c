/* experiment_print.c: an experiment as JSON text, in the shape a neuroscientist reads aloud; keys stand in one order and defaults
   are left out, so equal experiments give equal text. */
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
    if (e->n_arrays == 0) {
        return;
    }
    key(o, "arrays");
    object arrays = open_object(o->out, o->depth);
    for (size_t k = 0; k < e->n_arrays; k++) {
        key(&arrays, e->arrays[k].name);
        object one = open_object(o->out, arrays.depth);
        put_text(&one, "kind", e->arrays[k].kind == E2L_ARRAY_BY_STEP ? "by_step" : "static");
        put_count(&one, "size", e->arrays[k].size);
        close_object(&one);
    }
    close_object(&arrays);
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
        if (population->n_inputs > 0) {
            key(&one, "inputs");
            object inputs = open_object(o->out, one.depth);
            for (size_t i = 0; i < population->n_inputs; i++) {
                put_text(&inputs, population->inputs[i].port,
                         population->inputs[i].array ? population->inputs[i].array : "");
            }
            close_object(&inputs);
        }
        close_object(&one);
    }
    close_object(&all);
}

static void put_slots(object *o, const e2l_projection *projection)
{
    if (projection->n_slots == 0) {
        return;
    }
    key(o, "slots");
    object slots = open_object(o->out, o->depth);
    for (size_t k = 0; k < projection->n_slots; k++) {
        const e2l_slot *slot = &projection->slots[k];
        key(&slots, slot->name);
        object terminals = open_object(o->out, slots.depth);
        for (size_t i = 0; i < slot->n_terminals; i++) {
            put_text(&terminals, slot->terminals[i].name,
                     slot->terminals[i].expr ? slot->terminals[i].expr : "");
        }
        close_object(&terminals);
    }
    close_object(&slots);
}

static void put_projection(object *all, const e2l_projection *projection)
{
    key(all, projection->name);
    object one = open_object(all->out, all->depth);
    put_text(&one, "from", projection->from);
    put_text(&one, "to", projection->to);
    put_text(&one, "port", projection->port);
    put_text(&one, "signal", projection->signal);
    key(&one, "delay");
    e2l_json_put_number(one.out, projection->delay);
    put_text(&one, "w", projection->w);
    put_text(&one, "weights_of", projection->weights_of);
    put_text(&one, "effect", projection->effect);
    put_slots(&one, projection);
    if (projection->n_synapse > 0) {
        key(&one, "synapse");
        e2l_text_append(one.out, "[");
        for (size_t k = 0; k < projection->n_synapse; k++) {
            e2l_text_append(one.out, k > 0 ? ", " : "");
            e2l_json_quote(one.out, projection->synapse[k] ? projection->synapse[k] : "");
        }
        e2l_text_append(one.out, "]");
    }
    close_object(&one);
}

static void put_spans(object *o, const e2l_experiment *e)
{
    key(o, "spans");
    e2l_text_append(o->out, "[");
    for (size_t k = 0; k < e->n_spans; k++) {
        e2l_text_append(o->out, k > 0 ? ", {\"name\": " : "{\"name\": ");
        e2l_json_quote(o->out, e->spans[k].name ? e->spans[k].name : "");
        e2l_text_append(o->out, ", \"steps\": ");
        e2l_json_put_number(o->out, (double)e->spans[k].steps);
        e2l_text_append(o->out, "}");
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
    put_spans(&o, e);
    put_probes(&o, e);
    close_object(&o);
    return e2l_text_status(out);
}
