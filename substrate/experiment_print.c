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

/* Left out when it is 0. */
static void put_given(object *o, const char *name, uint64_t value)
{
    if (value > 0) {
        put_count(o, name, value);
    }
}

static void put_list(object *o, const char *name, const char *const *texts, size_t n)
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
    static const char *const kinds[] = {"static", "by_step", "rows"};
    if (e->n_arrays == 0) {
        return;
    }
    key(o, "arrays");
    object arrays = open_object(o->out, o->depth);
    for (size_t k = 0; k < e->n_arrays; k++) {
        key(&arrays, e->arrays[k].name);
        object one = open_object(o->out, arrays.depth);
        put_text(&one, "kind", (unsigned)e->arrays[k].kind < 3 ? kinds[e->arrays[k].kind] : "unknown");
        put_count(&one, "size", e->arrays[k].size);
        put_given(&one, "rows", e->arrays[k].n_rows);
        close_object(&one);
    }
    close_object(&arrays);
}

static void put_slots(object *o, const e2l_slot *list, size_t n)
{
    if (n == 0) {
        return;
    }
    key(o, "slots");
    object slots = open_object(o->out, o->depth);
    for (size_t k = 0; k < n; k++) {
        const e2l_slot *slot = &list[k];
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

static void put_inputs(object *o, const e2l_population *population)
{
    if (population->n_inputs == 0) {
        return;
    }
    key(o, "inputs");
    object inputs = open_object(o->out, o->depth);
    for (size_t k = 0; k < population->n_inputs; k++) {
        const e2l_input *input = &population->inputs[k];
        key(&inputs, input->port);
        if (!input->row) {
            e2l_json_quote(inputs.out, input->array ? input->array : "");
            continue;
        }
        e2l_text_append(inputs.out, "[");
        e2l_json_quote(inputs.out, input->array ? input->array : "");
        e2l_text_append(inputs.out, ", ");
        e2l_json_quote(inputs.out, input->row);
        e2l_text_append(inputs.out, "]");
    }
    close_object(&inputs);
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
        put_bindings(&one, "states", population->states, population->n_states);
        put_inputs(&one, population);
        put_slots(&one, population->slots, population->n_slots);
        close_object(&one);
    }
    close_object(&all);
}

static void put_projection(object *all, const e2l_projection *projection)
{
    key(all, projection->name);
    object one = open_object(all->out, all->depth);
    put_text(&one, "from", projection->from);
    put_text(&one, "to", projection->to);
    put_text(&one, "port", projection->port);
    put_text(&one, "connect", projection->connect);
    put_text(&one, "signal", projection->signal);
    put_text(&one, "delay", projection->delay);
    put_text(&one, "delay_max", projection->delay_max);
    put_text(&one, "w", projection->w);
    put_text(&one, "weights_of", projection->weights_of);
    if (projection->transposed) {
        key(&one, "transposed");
        e2l_text_append(one.out, "true");
    }
    put_text(&one, "effect", projection->effect);
    if (projection->reduce != E2L_REDUCE_SUM) {
        put_text(&one, "reduce", projection->reduce == E2L_REDUCE_MAX ? "max" : "min");
    }
    put_text(&one, "lower", projection->lower);
    put_text(&one, "upper", projection->upper);
    put_text(&one, "model", projection->model);
    put_bindings(&one, "parameters", projection->parameters, projection->n_parameters);
    put_bindings(&one, "states", projection->states, projection->n_states);
    put_slots(&one, projection->slots, projection->n_slots);
    put_list(&one, "synapse", projection->synapse, projection->n_synapse);
    close_object(&one);
}

static void put_spans(object *o, const e2l_span *spans, size_t n)
{
    e2l_text_append(o->out, "[");
    for (size_t k = 0; k < n; k++) {
        e2l_text_append(o->out, k > 0 ? ", " : "");
        object one = open_object(o->out, o->depth);
        put_text(&one, "name", spans[k].name ? spans[k].name : "");
        put_given(&one, "steps", spans[k].steps);
        put_given(&one, "repeat", spans[k].repeat);
        put_bindings(&one, "set", spans[k].set, spans[k].n_set);
        put_list(&one, "reset", spans[k].reset, spans[k].n_reset);
        put_list(&one, "freeze", spans[k].freeze, spans[k].n_freeze);
        if (spans[k].n_children > 0) {
            key(&one, "do");
            put_spans(&one, spans[k].children, spans[k].n_children);
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
    key(&o, "spans");
    put_spans(&o, e->spans, e->n_spans);
    put_probes(&o, e);
    close_object(&o);
    return e2l_text_status(out);
}
