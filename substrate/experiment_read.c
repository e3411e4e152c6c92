/* experiment_read.c: see experiment_read.h. One function per kind of object; each knows its keys, so a misspelt one is named with the
   nearest that is meant. */
#include "substrate/experiment_read.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/number.h"
#include "substrate/json_impl.h"

enum { PLACE_BYTES = 256, MOST_CONSTANTS = 256 };
static const double most_elements = 9007199254740992.0; /* 2^53: whole numbers that a JSON number holds exactly */

typedef struct reader {
    e2l_ctx *ctx;
    e2l_arena *arena;
    const char *names[MOST_CONSTANTS]; /* parameters, for sizes */
    double values[MOST_CONSTANTS];
    size_t n;
    e2l_text problems; /* a line each */
} reader;

/* A value and how to call it in messages. */
typedef struct place {
    const cJSON *json;
    char where[PLACE_BYTES];
} place;

/* ---- one value -------------------------------------------------------------------------------------- */

/* Wrong input is noted, and reading goes on with what the default is; memory is another matter. */
static e2l_status note(reader *r, e2l_status status)
{
    if (status != E2L_INPUT) {
        return status;
    }
    e2l_text_appendf(&r->problems, "%s%s", r->problems.n > 0 ? "\n" : "", e2l_ctx_message(r->ctx));
    return E2L_OK;
}

static e2l_status wrong_type(reader *r, const place *at, const char *expected)
{
    char found[PLACE_BYTES];
    return note(r, e2l_fail(r->ctx, E2L_INPUT, "%.*s: %s, expected %s", e2l_json_where_length(at->where), at->where,
                            e2l_json_describe(found, sizeof found, at->json), expected));
}

/* False when the member is not there. */
static bool find(const place *at, const char *key, place *out)
{
    e2l_json_path(out->where, sizeof out->where, at->where, key);
    out->json = cJSON_GetObjectItemCaseSensitive(at->json, key);
    return out->json != NULL;
}

static place member(const place *at, const cJSON *child)
{
    place out = {.json = child};
    e2l_json_path(out.where, sizeof out.where, at->where, child->string ? child->string : "");
    return out;
}

static place entry(const place *at, const cJSON *child, size_t k)
{
    place out = {.json = child};
    (void)snprintf(out.where, sizeof out.where, "%.*s[%zu]", (int)sizeof out.where - 24, at->where, k);
    return out;
}

static e2l_status missing(reader *r, const place *at)
{
    return note(r, e2l_fail(r->ctx, E2L_INPUT, "%.*s: missing", e2l_json_where_length(at->where), at->where));
}

static e2l_status keep(reader *r, const char *text, size_t length, const char **out)
{
    *out = e2l_arena_strdup(r->arena, text, length);
    return *out ? E2L_OK : E2L_NOMEM;
}

/* A text; a number is taken as its text where expressions stand. */
static e2l_status read_text(reader *r, const place *at, bool may_be_number, const char **out)
{
    char digits[E2L_NUMBER_BYTES];
    if (cJSON_IsString(at->json)) {
        return keep(r, at->json->valuestring, strlen(at->json->valuestring), out);
    }
    if (!may_be_number || !cJSON_IsNumber(at->json)) {
        return wrong_type(r, at, may_be_number ? "an expression (a text) or a number" : "a text");
    }
    const char *text = e2l_number_shortest(digits, at->json->valuedouble);
    return keep(r, text, strlen(text), out);
}

/* A model's name, its path, its text, or the model itself. */
static e2l_status read_model(reader *r, const place *at, const char **out)
{
    if (!cJSON_IsObject(at->json)) {
        return cJSON_IsString(at->json) ? read_text(r, at, false, out) : wrong_type(r, at, "a model's name or path, or the model itself");
    }
    e2l_text text = {.ctx = r->ctx};
    e2l_status status = e2l_json_print(at->json, false, &text);
    if (status == E2L_OK) {
        status = keep(r, e2l_text_get(&text), text.n, out);
    }
    e2l_text_clear(&text);
    return status;
}

typedef struct text_member {
    const char *key;
    const char **out;
    bool is_expr, is_needed;
} text_member;

static e2l_status read_texts(reader *r, const place *at, const text_member *list, size_t n)
{
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < n && status == E2L_OK; k++) {
        place one;
        if (find(at, list[k].key, &one)) {
            status = strcmp(list[k].key, "model") == 0 ? read_model(r, &one, list[k].out)
                                                       : read_text(r, &one, list[k].is_expr, list[k].out);
        } else if (list[k].is_needed) {
            status = missing(r, &one);
        }
    }
    return status;
}

static e2l_status read_bool(reader *r, const place *at, const char *key, bool *out)
{
    place one;
    if (!find(at, key, &one)) {
        return E2L_OK;
    }
    *out = cJSON_IsTrue(one.json);
    return cJSON_IsBool(one.json) ? E2L_OK : wrong_type(r, &one, "true or false");
}

static e2l_status read_word(reader *r, const place *at, const char *key, const char *const *words, size_t n, size_t *out)
{
    char hint[128];
    place one;
    if (!find(at, key, &one)) {
        return E2L_OK;
    }
    if (!cJSON_IsString(one.json)) {
        return wrong_type(r, &one, "a word");
    }
    for (size_t k = 0; k < n; k++) {
        if (strcmp(words[k], one.json->valuestring) == 0) {
            *out = k;
            return E2L_OK;
        }
    }
    char list[128] = "";
    for (size_t k = 0; k < n; k++) {
        const size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%s", k > 0 ? ", " : "", words[k]);
    }
    return note(r, e2l_fail(r->ctx, E2L_INPUT, "%s: '%.64s' unknown, expected one of %s%s", one.where, one.json->valuestring, list,
                            e2l_did_you_mean(hint, sizeof hint, one.json->valuestring, words, n)));
}

/* ---- numbers ---------------------------------------------------------------------------------------- */

e2l_status e2l_constant(e2l_ctx *ctx, const char *text, const char *const *names, const double *values, size_t n,
                        const char *where, double *out)
{
    const double *inputs[E2L_EXPR_MAX_NODES];
    e2l_expr *expr = NULL;
    const e2l_scope scope = {.names = names, .n_names = n};
    e2l_status status = e2l_expr_parse(ctx, &expr, text, strlen(text), &scope);
    if (status != E2L_OK) {
        return status == E2L_NOMEM ? status : e2l_fail_at(ctx, status, "%s: '%.64s'", where, text);
    }
    for (size_t k = 0; k < e2l_expr_n_names(expr); k++) {
        for (size_t i = 0; i < n; i++) {
            if (strcmp(names[i], e2l_expr_name(expr, k)) == 0) {
                inputs[k] = &values[i];
            }
        }
    }
    void *work = e2l_alloc_lanes(ctx, e2l_expr_eval_bytes(expr), 1);
    if (work) {
        e2l_expr_eval(expr, e2l_isa_best(), 1, inputs, out, work);
    }
    e2l_free(ctx, work);
    e2l_expr_destroy(ctx, expr);
    return work ? E2L_OK : E2L_NOMEM;
}

static e2l_status read_size(reader *r, const place *at, const char *key, bool is_needed, uint64_t *out)
{
    place one;
    double value = 0;
    if (!find(at, key, &one)) {
        return is_needed ? missing(r, &one) : E2L_OK;
    }
    if (cJSON_IsNumber(one.json)) {
        value = one.json->valuedouble;
    } else if (cJSON_IsString(one.json)) {
        e2l_status status = e2l_constant(r->ctx, one.json->valuestring, r->names, r->values, r->n, one.where, &value);
        if (status != E2L_OK) {
            return note(r, status);
        }
    } else {
        return wrong_type(r, &one, "a whole number, or an expression over the parameters");
    }
    if (!(value >= 0 && value <= most_elements) || value != floor(value)) {
        return note(r, e2l_fail(r->ctx, E2L_INPUT, "%s: %.17g, expected a whole number from 0 to 2^53", one.where, value));
    }
    *out = (uint64_t)value;
    return E2L_OK;
}

/* ---- lists and objects ------------------------------------------------------------------------------- */

static e2l_status known_keys(reader *r, const place *at, const char *const *known, size_t n)
{
    char path[PLACE_BYTES], near[PLACE_BYTES];
    e2l_status status = E2L_OK;
    for (const cJSON *child = at->json->child; child && status == E2L_OK; child = child->next) {
        bool is_known = false;
        for (size_t k = 0; k < n && !is_known; k++) {
            is_known = strcmp(child->string, known[k]) == 0;
        }
        if (!is_known) {
            e2l_json_path(path, sizeof path, at->where, child->string);
            status = note(r, e2l_fail(r->ctx, E2L_INPUT, "%s: unknown key%s", path,
                                      e2l_did_you_mean(near, sizeof near, child->string, known, n)));
        }
    }
    return status;
}
#define KNOWN(list) (list), sizeof(list) / sizeof *(list)

/* The members of `key`, an object (or, `is_list`, an array), and room for one `size` each. */
static e2l_status open_members(reader *r, const place *at, const char *key, bool is_list, size_t size, place *all, void **out,
                               size_t *n)
{
    *n = 0;
    *out = NULL;
    if (!find(at, key, all)) {
        return E2L_OK;
    }
    if (is_list ? !cJSON_IsArray(all->json) : !cJSON_IsObject(all->json)) {
        return wrong_type(r, all, is_list ? "a list" : "an object");
    }
    size_t count = 0;
    for (const cJSON *child = all->json->child; child; child = child->next) {
        count++;
    }
    *out = count > 0 ? e2l_arena_alloc(r->arena, count, size) : NULL;
    *n = *out ? count : 0;
    return count > 0 && !*out ? E2L_NOMEM : E2L_OK;
}

static e2l_status read_strings(reader *r, const place *at, const char *key, const char *const **out, size_t *n)
{
    place all;
    void *room;
    e2l_status status = open_members(r, at, key, true, sizeof(char *), &all, &room, n);
    const char **texts = room;
    const cJSON *child = *n > 0 ? all.json->child : NULL;
    for (size_t k = 0; child && status == E2L_OK; k++, child = child->next) {
        const place one = entry(&all, child, k);
        status = read_text(r, &one, false, &texts[k]);
    }
    *out = texts;
    return status;
}

static e2l_status read_binding(reader *r, const place *at, e2l_binding *out)
{
    e2l_status status = keep(r, at->json->string, strlen(at->json->string), &out->name);
    if (status != E2L_OK || !cJSON_IsArray(at->json)) {
        return status == E2L_OK ? read_text(r, at, true, &out->expr) : status;
    }
    const cJSON *first = at->json->child;
    if (!first || !first->next || first->next->next) {
        return note(r, e2l_fail(r->ctx, E2L_INPUT, "%s: expected [expression, unit]", at->where));
    }
    const place expr = entry(at, first, 0);
    const place unit = entry(at, first->next, 1);
    status = read_text(r, &expr, true, &out->expr);
    return status == E2L_OK ? read_text(r, &unit, false, &out->unit) : status;
}

static e2l_status read_bindings(reader *r, const place *at, const char *key, const e2l_binding **out, size_t *n)
{
    place all;
    void *room;
    e2l_status status = open_members(r, at, key, false, sizeof(e2l_binding), &all, &room, n);
    e2l_binding *bindings = room;
    const cJSON *child = *n > 0 ? all.json->child : NULL;
    for (size_t k = 0; child && status == E2L_OK; k++, child = child->next) {
        const place one = member(&all, child);
        status = read_binding(r, &one, &bindings[k]);
    }
    *out = bindings;
    return status;
}

static e2l_status read_slots(reader *r, const place *at, const e2l_slot **out, size_t *n)
{
    place all;
    void *room;
    e2l_status status = open_members(r, at, "slots", false, sizeof(e2l_slot), &all, &room, n);
    e2l_slot *slots = room;
    const cJSON *child = *n > 0 ? all.json->child : NULL;
    for (size_t k = 0; child && status == E2L_OK; k++, child = child->next) {
        status = keep(r, child->string, strlen(child->string), &slots[k].name);
        status = status == E2L_OK ? read_bindings(r, &all, child->string, &slots[k].terminals, &slots[k].n_terminals) : status;
    }
    *out = slots;
    return status;
}

/* ---- parts of an experiment -------------------------------------------------------------------------- */

static e2l_status read_array(reader *r, const place *at, e2l_array *out)
{
    static const char *const known[] = {"kind", "size", "rows"};
    static const char *const kinds[] = {"static", "by_step", "rows", "events", "edges"};
    size_t kind = 0;
    e2l_status status = known_keys(r, at, KNOWN(known));
    status = status == E2L_OK ? keep(r, at->json->string, strlen(at->json->string), &out->name) : status;
    status = status == E2L_OK ? read_word(r, at, "kind", KNOWN(kinds), &kind) : status;
    out->kind = (e2l_array_kind)kind;
    out->size = out->kind == E2L_ARRAY_EDGES ? 2 : 0;
    status = status == E2L_OK ? read_size(r, at, "size", out->kind != E2L_ARRAY_EDGES, &out->size) : status;
    return status == E2L_OK ? read_size(r, at, "rows", out->kind >= E2L_ARRAY_ROWS, &out->n_rows) : status;
}

/* "ARRAY" or "ARRAY[ROW]". */
static e2l_status read_input(reader *r, const place *at, e2l_input *out)
{
    const char *text = NULL;
    e2l_status status = keep(r, at->json->string, strlen(at->json->string), &out->port);
    status = status == E2L_OK ? read_text(r, at, false, &text) : status;
    if (status != E2L_OK || !text) {
        return status;
    }
    const size_t length = strlen(text);
    const size_t name = strcspn(text, "[");
    if (name < length && text[length - 1] != ']') {
        return note(r, e2l_fail(r->ctx, E2L_INPUT, "%s: '%.64s', expected ARRAY or ARRAY[ROW]", at->where, text));
    }
    status = keep(r, text, name, &out->array);
    return status == E2L_OK && name < length ? keep(r, text + name + 1, length - name - 2, &out->row) : status;
}

static e2l_status read_inputs(reader *r, const place *at, e2l_population *out)
{
    place all;
    void *room;
    e2l_status status = open_members(r, at, "inputs", false, sizeof(e2l_input), &all, &room, &out->n_inputs);
    e2l_input *inputs = room;
    const cJSON *child = out->n_inputs > 0 ? all.json->child : NULL;
    for (size_t k = 0; child && status == E2L_OK; k++, child = child->next) {
        const place one = member(&all, child);
        status = read_input(r, &one, &inputs[k]);
    }
    out->inputs = inputs;
    return status;
}

static e2l_status read_population(reader *r, const place *at, e2l_population *out)
{
    static const char *const known[] = {"size", "model", "parameters", "state", "inputs", "slots"};
    const text_member texts[] = {{"model", &out->model, false, true}};
    e2l_status status = known_keys(r, at, KNOWN(known));
    status = status == E2L_OK ? keep(r, at->json->string, strlen(at->json->string), &out->name) : status;
    status = status == E2L_OK ? read_size(r, at, "size", true, &out->size) : status;
    status = status == E2L_OK ? read_texts(r, at, KNOWN(texts)) : status;
    status = status == E2L_OK ? read_bindings(r, at, "parameters", &out->parameters, &out->n_parameters) : status;
    status = status == E2L_OK ? read_bindings(r, at, "state", &out->states, &out->n_states) : status;
    status = status == E2L_OK ? read_inputs(r, at, out) : status;
    return status == E2L_OK ? read_slots(r, at, &out->slots, &out->n_slots) : status;
}

/* "POP.PORT". */
static e2l_status read_target(reader *r, const place *at, e2l_projection *out)
{
    place one;
    if (!find(at, "to", &one)) {
        return missing(r, &one);
    }
    const char *text = NULL;
    e2l_status status = read_text(r, &one, false, &text);
    if (status != E2L_OK || !text) {
        return status;
    }
    const char *dot = strchr(text, '.');
    if (!dot || dot == text || !dot[1]) {
        return note(r, e2l_fail(r->ctx, E2L_INPUT, "%s: '%.64s', expected POPULATION.PORT", one.where, text));
    }
    status = keep(r, text, (size_t)(dot - text), &out->to);
    return status == E2L_OK ? keep(r, dot + 1, strlen(dot + 1), &out->port) : status;
}

static e2l_status read_wiring(reader *r, const place *at, e2l_projection *out)
{
    static const char *const folds[] = {"sum", "max", "min"};
    const text_member texts[] = {
        {"from", &out->from, false, true},          {"connect", &out->connect, true, false},
        {"fan_in", &out->fan_in, true, false},
        {"signal", &out->signal, true, false},      {"delay", &out->delay, true, false},
        {"delay_max", &out->delay_max, true, false}, {"w", &out->w, true, false},
        {"weights_of", &out->weights_of, false, false}, {"effect", &out->effect, true, false},
        {"lower", &out->lower, true, false},        {"upper", &out->upper, true, false},
        {"model", &out->model, false, false},
    };
    size_t reduce = 0;
    e2l_status status = read_texts(r, at, KNOWN(texts));
    status = status == E2L_OK ? read_target(r, at, out) : status;
    status = status == E2L_OK ? read_bool(r, at, "transposed", &out->transposed) : status;
    status = status == E2L_OK ? read_word(r, at, "reduce", KNOWN(folds), &reduce) : status;
    out->reduce = reduce == 0 ? E2L_REDUCE_SUM : reduce == 1 ? E2L_REDUCE_MAX : E2L_REDUCE_MIN;
    return status;
}

static e2l_status read_projection(reader *r, const place *at, e2l_projection *out)
{
    static const char *const known[] = {"from",   "to",     "connect", "fan_in", "signal", "delay",      "delay_max", "w",     "weights_of", "transposed",
                                        "effect", "reduce", "lower",   "upper",  "model",      "parameters", "state", "slots",      "synapse"};
    e2l_status status = known_keys(r, at, KNOWN(known));
    status = status == E2L_OK ? keep(r, at->json->string, strlen(at->json->string), &out->name) : status;
    status = status == E2L_OK ? read_wiring(r, at, out) : status;
    status = status == E2L_OK ? read_bindings(r, at, "parameters", &out->parameters, &out->n_parameters) : status;
    status = status == E2L_OK ? read_bindings(r, at, "state", &out->states, &out->n_states) : status;
    status = status == E2L_OK ? read_slots(r, at, &out->slots, &out->n_slots) : status;
    return status == E2L_OK ? read_strings(r, at, "synapse", &out->synapse, &out->n_synapse) : status;
}

static e2l_status read_world(reader *r, const place *at, e2l_world *out)
{
    static const char *const known[] = {"environment", "version", "parameters", "observes", "calls"};
    const text_member texts[] = {{"environment", &out->environment, false, true}};
    e2l_status status = known_keys(r, at, KNOWN(known));
    status = status == E2L_OK ? keep(r, at->json->string, strlen(at->json->string), &out->name) : status;
    status = status == E2L_OK ? read_texts(r, at, KNOWN(texts)) : status;
    status = status == E2L_OK ? read_size(r, at, "version", false, &out->version) : status;
    status = status == E2L_OK ? read_bindings(r, at, "parameters", &out->parameters, &out->n_parameters) : status;
    status = status == E2L_OK ? read_bindings(r, at, "observes", &out->observes, &out->n_observes) : status;
    return status == E2L_OK ? read_strings(r, at, "calls", &out->calls, &out->n_calls) : status;
}

static e2l_status read_spans(reader *r, const place *at, const char *key, const e2l_span **out, size_t *n);

static e2l_status read_span(reader *r, const place *at, e2l_span *out)
{
    static const char *const known[] = {"name", "repeat", "steps", "do", "set", "reset", "freeze"};
    const text_member texts[] = {{"name", &out->name, false, true}};
    e2l_status status = known_keys(r, at, KNOWN(known));
    const bool has_children = status == E2L_OK && cJSON_HasObjectItem(at->json, "do");
    status = status == E2L_OK ? read_texts(r, at, KNOWN(texts)) : status;
    status = status == E2L_OK ? read_size(r, at, "repeat", false, &out->repeat) : status;
    status = status == E2L_OK ? read_size(r, at, "steps", !has_children, &out->steps) : status;
    status = status == E2L_OK ? read_spans(r, at, "do", &out->children, &out->n_children) : status;
    status = status == E2L_OK ? read_bindings(r, at, "set", &out->set, &out->n_set) : status;
    status = status == E2L_OK ? read_strings(r, at, "reset", &out->reset, &out->n_reset) : status;
    return status == E2L_OK ? read_strings(r, at, "freeze", &out->freeze, &out->n_freeze) : status;
}

/* Nesting is bounded by that of JSON (E2L_JSON_MAX_DEPTH). */
static e2l_status read_spans(reader *r, const place *at, const char *key, const e2l_span **out, size_t *n)
{
    place all;
    void *room;
    e2l_status status = open_members(r, at, key, true, sizeof(e2l_span), &all, &room, n);
    e2l_span *spans = room;
    const cJSON *child = *n > 0 ? all.json->child : NULL;
    size_t read = 0;
    for (size_t k = 0; child && status == E2L_OK; k++, child = child->next) {
        const place one = entry(&all, child, k);
        status = cJSON_IsObject(child) ? read_span(r, &one, &spans[read++]) : wrong_type(r, &one, "an object");
    }
    *n = read;
    *out = spans;
    return status;
}

static e2l_status read_probe(reader *r, const place *at, e2l_probe *out)
{
    static const char *const known[] = {"of", "when", "fold"};
    static const char *const folds[] = {"all", "last", "mean", "sum", "max"};
    const text_member texts[] = {{"of", &out->of, true, true}, {"when", &out->when, true, false}};
    size_t fold = 0;
    e2l_status status = known_keys(r, at, KNOWN(known));
    status = status == E2L_OK ? keep(r, at->json->string, strlen(at->json->string), &out->name) : status;
    status = status == E2L_OK ? read_texts(r, at, KNOWN(texts)) : status;
    status = status == E2L_OK ? read_word(r, at, "fold", KNOWN(folds), &fold) : status;
    out->fold = (e2l_fold)fold;
    return status;
}

/* ---- the whole -------------------------------------------------------------------------------------- */

static e2l_status read_dt(reader *r, const place *at, e2l_experiment *out)
{
    place one;
    out->dt = 1; /* so that the rest can be looked at */
    if (!find(at, "dt", &one)) {
        return missing(r, &one);
    }
    const cJSON *number = cJSON_IsArray(one.json) ? one.json->child : one.json;
    const cJSON *unit = cJSON_IsArray(one.json) && number ? number->next : NULL;
    if (!cJSON_IsNumber(number) || (unit && (!cJSON_IsString(unit) || unit->next))) {
        return wrong_type(r, &one, "a number or [number, unit]");
    }
    out->dt = number->valuedouble;
    return unit ? keep(r, unit->valuestring, strlen(unit->valuestring), &out->dt_unit) : keep(r, "1", 1, &out->dt_unit);
}

e2l_status e2l_experiment_constants(e2l_ctx *ctx, const e2l_experiment *experiment, const char *where, double *values)
{
    const size_t n = experiment->n_parameters;
    const char **names = e2l_alloc(ctx, n, sizeof *names);
    e2l_status status = names ? E2L_OK : E2L_NOMEM;
    for (size_t k = 0; k < n && status == E2L_OK; k++) {
        char place_text[PLACE_BYTES];
        char key[PLACE_BYTES];
        names[k] = experiment->parameters[k].name;
        (void)snprintf(key, sizeof key, "parameters.%.100s", names[k]);
        e2l_json_path(place_text, sizeof place_text, where, key);
        status = e2l_constant(ctx, experiment->parameters[k].expr, names, values, k, place_text, &values[k]);
    }
    e2l_free(ctx, names);
    return status;
}

static e2l_status read_parameters(reader *r, const place *at, e2l_experiment *out)
{
    e2l_status status = read_bindings(r, at, "parameters", &out->parameters, &out->n_parameters);
    if (status == E2L_OK && out->n_parameters > MOST_CONSTANTS) {
        return e2l_fail(r->ctx, E2L_INPUT, "%s: %zu parameters, at most %d", at->where, out->n_parameters, MOST_CONSTANTS);
    }
    for (size_t k = 0; status == E2L_OK && k < out->n_parameters; k++) {
        if (!out->parameters[k].expr) {
            return e2l_fail(r->ctx, E2L_INPUT, "%s", e2l_text_get(&r->problems)); /* no numbers to work anything out with */
        }
    }
    status = status == E2L_OK ? e2l_experiment_constants(r->ctx, out, at->where, r->values) : status;
    for (r->n = 0; status == E2L_OK && r->n < out->n_parameters; r->n++) {
        r->names[r->n] = out->parameters[r->n].name;
    }
    return status;
}

/* One list of named objects. */
#define READ_ALL(name, key, type, read_one)                                                                                    \
    static e2l_status name(reader *r, const place *at, const type **out, size_t *n)                                            \
    {                                                                                                                          \
        place all;                                                                                                             \
        void *room;                                                                                                            \
        e2l_status status = open_members(r, at, key, false, sizeof(type), &all, &room, n);                                     \
        type *items = room;                                                                                                    \
        const cJSON *child = *n > 0 ? all.json->child : NULL;                                                                  \
        size_t read = 0;                                                                                                       \
        for (; child && status == E2L_OK; child = child->next) {                                                               \
            const place one = member(&all, child);                                                                             \
            status = cJSON_IsObject(child) ? read_one(r, &one, &items[read++]) : wrong_type(r, &one, "an object");             \
        }                                                                                                                      \
        *n = read;                                                                                                             \
        *out = items;                                                                                                          \
        return status;                                                                                                         \
    }
READ_ALL(read_arrays, "arrays", e2l_array, read_array)
READ_ALL(read_populations, "populations", e2l_population, read_population)
READ_ALL(read_projections, "projections", e2l_projection, read_projection)
READ_ALL(read_worlds, "environments", e2l_world, read_world)
READ_ALL(read_probes, "probes", e2l_probe, read_probe)

e2l_status e2l_experiment_read(e2l_ctx *ctx, e2l_arena *arena, const cJSON *json, const char *where, e2l_experiment *out)
{
    static const char *const known[] = {"experiment",  "dt",    "parameters", "arrays", "populations",
                                        "projections", "environments", "spans", "probes"};
    *out = (e2l_experiment){.struct_size = sizeof *out};
    reader *r = e2l_alloc(ctx, 1, sizeof *r);
    if (!r) {
        return E2L_NOMEM;
    }
    *r = (reader){.ctx = ctx, .arena = arena, .problems = {.ctx = ctx}};
    place root = {.json = json};
    (void)snprintf(root.where, sizeof root.where, "%.*s", PLACE_BYTES - 1, where);
    const text_member texts[] = {{"experiment", &out->name, false, true}};
    e2l_status status = cJSON_IsObject(json) ? known_keys(r, &root, KNOWN(known)) : wrong_type(r, &root, "an object");
    if (status == E2L_OK && !cJSON_IsObject(json)) {
        status = e2l_fail(ctx, E2L_INPUT, "%s", e2l_text_get(&r->problems));
    }
    status = status == E2L_OK ? read_texts(r, &root, KNOWN(texts)) : status;
    status = status == E2L_OK ? read_dt(r, &root, out) : status;
    status = status == E2L_OK ? read_parameters(r, &root, out) : status;
    status = status == E2L_OK ? read_arrays(r, &root, &out->arrays, &out->n_arrays) : status;
    status = status == E2L_OK ? read_populations(r, &root, &out->populations, &out->n_populations) : status;
    status = status == E2L_OK ? read_projections(r, &root, &out->projections, &out->n_projections) : status;
    status = status == E2L_OK ? read_worlds(r, &root, &out->worlds, &out->n_worlds) : status;
    status = status == E2L_OK ? read_spans(r, &root, "spans", &out->spans, &out->n_spans) : status;
    status = status == E2L_OK ? read_probes(r, &root, &out->probes, &out->n_probes) : status;
    status = status == E2L_OK ? e2l_text_status(&r->problems) : status;
    status = status == E2L_OK && r->problems.n > 0 ? keep(r, e2l_text_get(&r->problems), r->problems.n, &out->problems) : status;
    e2l_text_clear(&r->problems);
    e2l_free(ctx, r);
    return status;
}
