/* rule_json.c: a rule set as rule.json, and back.

   The formula stands in it three times: as text with decimals that read back exactly, as text with hex floats, and as
   a list of nodes for programs without a parser. Reading takes the hex text, and refuses a file whose two texts are not
   the same formula: someone has edited one of them. */
#include <math.h>
#include <string.h>

#include "cgp/number.h"
#include "results/rule.h"
#include "results/rule_impl.h"
#include "substrate/json.h"

/* ---- writing ---- */

static void put_string(e2l_text *out, const char *text)
{
    if (text) {
        e2l_json_quote(out, text);
    } else {
        e2l_text_append(out, "null");
    }
}

/* `"key": "text"` behind an indent. */
static void put_member(e2l_text *out, const char *indent, const char *key, const char *text)
{
    e2l_text_appendf(out, "%s\"%s\": ", indent, key);
    put_string(out, text);
}

static void put_inputs(e2l_text *out, const e2l_rule_slot *slot)
{
    e2l_text_append(out, "      \"inputs\": [");
    for (size_t k = 0; k < slot->n_inputs; k++) {
        const e2l_rule_input *input = &slot->inputs[k];
        e2l_text_append(out, k > 0 ? ",\n        {" : "\n        {");
        put_member(out, "", "name", input->name);
        put_member(out, ", ", "unit", input->unit ? input->unit : "1");
        put_member(out, ", ", "meaning", input->meaning);
        e2l_text_append(out, "}");
    }
    e2l_text_append(out, slot->n_inputs > 0 ? "\n      ],\n" : "],\n");
}

/* A number as text in both bases: "inf" has no JSON number. */
static void put_constant(e2l_text *out, double value)
{
    char number[E2L_NUMBER_BYTES];
    put_member(out, "{", "decimal", e2l_number_shortest(number, value));
    put_member(out, ", ", "hex", e2l_number_hex(number, value));
    e2l_text_append(out, "}");
}

static void put_constants(e2l_text *out, const e2l_expr *expr)
{
    const e2l_node *nodes = e2l_expr_nodes(expr);
    bool any = false;
    e2l_text_append(out, "      \"constants\": [");
    for (size_t k = 0; k < e2l_expr_n_nodes(expr); k++) {
        if (nodes[k].kind == E2L_NODE_CONST) {
            e2l_text_append(out, any ? ",\n        " : "\n        ");
            put_constant(out, nodes[k].value);
            any = true;
        }
    }
    e2l_text_append(out, any ? "\n      ],\n" : "],\n");
}

static bool is_used(const e2l_expr *expr, const e2l_primitive *primitive)
{
    const e2l_node *nodes = e2l_expr_nodes(expr);
    for (size_t k = 0; k < e2l_expr_n_nodes(expr); k++) {
        if (nodes[k].kind == E2L_NODE_CALL && nodes[k].primitive == primitive) {
            return true;
        }
    }
    return false;
}

static void put_operators(e2l_text *out, const e2l_expr *expr)
{
    bool any = false;
    e2l_text_append(out, "      \"operators\": [");
    for (size_t k = 0; k < e2l_n_primitives; k++) {
        const e2l_primitive *p = e2l_primitives[k];
        if (!is_used(expr, p)) {
            continue;
        }
        put_member(out, any ? ",\n        {" : "\n        {", "name", p->name);
        put_member(out, ", ", "symbol", p->symbol);
        put_member(out, ", ", "meaning", p->summary);
        put_member(out, ", ", "domain", p->domain);
        e2l_text_append(out, "}");
        any = true;
    }
    e2l_text_append(out, any ? "\n      ],\n" : "],\n");
}

static void put_node(e2l_text *out, const e2l_expr *expr, const e2l_node *node)
{
    switch (node->kind) {
    case E2L_NODE_CONST:
        e2l_text_append(out, "{\"constant\": ");
        put_constant(out, node->value);
        break;
    case E2L_NODE_NAME:
        put_member(out, "{", "input", e2l_expr_name(expr, node->name));
        break;
    case E2L_NODE_CALL:
        put_member(out, "{", "call", node->primitive->name);
        e2l_text_append(out, ", \"of\": [");
        for (uint32_t i = 0; i < node->primitive->arity; i++) {
            e2l_text_appendf(out, "%s%u", i > 0 ? ", " : "", node->arg[i]);
        }
        e2l_text_append(out, "]");
        break;
    }
    e2l_text_append(out, "}");
}

/* Node k may use nodes before k only; the last one is the result. */
static void put_tree(e2l_text *out, const e2l_expr *expr)
{
    e2l_text_append(out, "      \"nodes\": [");
    for (size_t k = 0; k < e2l_expr_n_nodes(expr); k++) {
        e2l_text_append(out, k > 0 ? ",\n        " : "\n        ");
        put_node(out, expr, &e2l_expr_nodes(expr)[k]);
    }
    e2l_text_append(out, "\n      ]\n");
}

static void put_slot(e2l_text *out, const e2l_rule_slot *slot)
{
    e2l_text_append(out, "    ");
    e2l_json_quote(out, slot->name);
    put_member(out, ": {\n      ", "rule", slot->text);
    put_member(out, ",\n      ", "rule_hex", slot->hex);
    put_member(out, ",\n      ", "canonical", slot->canonical_text);
    e2l_text_appendf(out, ",\n      \"complexity\": %zu,\n      \"eta\": ", slot->complexity);
    e2l_json_put_number(out, slot->eta);
    put_member(out, ",\n      ", "output", "delta_w / eta");
    put_member(out, ",\n      ", "applied", slot->applied);
    e2l_text_append(out, ",\n");
    put_inputs(out, slot);
    put_constants(out, slot->expr);
    put_operators(out, slot->expr);
    put_tree(out, slot->expr);
    e2l_text_append(out, "    }");
}

e2l_status e2l_rule_print(const e2l_rule_set *set, e2l_text *out)
{
    put_member(out, "{\n  ", "schema", E2L_RULE_SCHEMA);
    put_member(out, ",\n  ", "task", set->task);
    put_member(out, ",\n  ", "trigger", set->trigger);
    put_member(out, ",\n  ", "order",
               "all neurons of a step, then the synapses; every effect of the step used the weight before the update");
    put_member(out, ",\n  ", "arithmetic",
               "binary64, round to nearest, in the order of the nodes, no contraction (FMA), no reassociation; e2l "
               "counts subnormal operands and results as zero");
    put_member(out, ",\n  ", "not_a_number", "NaN and infinity are passed on; no operation hides them");
    e2l_text_append(out, ",\n  \"slots\": {\n");
    for (size_t k = 0; k < set->n_slots; k++) {
        e2l_text_append(out, k > 0 ? ",\n" : "");
        put_slot(out, &set->slots[k]);
    }
    e2l_text_append(out, "\n  },\n  \"scores\": ");
    e2l_text_append(out, set->scores ? set->scores : "null");
    e2l_text_append(out, ",\n  \"provenance\": ");
    e2l_text_append(out, set->provenance ? set->provenance : "{\"e2l\":\"" E2L_VERSION "\"}");
    e2l_text_append(out, "\n}\n");
    return e2l_text_status(out);
}

/* ---- reading ---- */

typedef struct reader {
    e2l_rule_set *set;
    const char *where;
} reader;

static e2l_status wrong(const reader *r, const char *path, const char *what)
{
    return e2l_fail(r->set->ctx, E2L_INPUT, "%s: %s: %s", r->where, path, what);
}

/* A string member that may be absent or null (*out NULL). */
static e2l_status optional_string(const reader *r, const char **out, const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    *out = NULL;
    if (!item || cJSON_IsNull(item)) {
        return E2L_OK;
    }
    if (!cJSON_IsString(item)) {
        return wrong(r, key, "must be a string");
    }
    *out = item->valuestring;
    return E2L_OK;
}

static e2l_status read_eta(const reader *r, double *eta, const cJSON *slot)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(slot, "eta");
    *eta = (double)NAN;
    if (!item || cJSON_IsNull(item)) {
        return E2L_OK;
    }
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble) || !(item->valuedouble > 0)) {
        return wrong(r, "eta", "must be a number above 0 or null");
    }
    *eta = item->valuedouble;
    return E2L_OK;
}

static e2l_status read_input(const reader *r, e2l_rule_input *out, const cJSON *item)
{
    if (!cJSON_IsObject(item)) {
        return wrong(r, "inputs", "must be a list of objects");
    }
    e2l_status status = optional_string(r, &out->name, item, "name");
    status = status == E2L_OK ? optional_string(r, &out->unit, item, "unit") : status;
    status = status == E2L_OK ? optional_string(r, &out->meaning, item, "meaning") : status;
    return status == E2L_OK && !out->name ? wrong(r, "inputs", "an input without a name") : status;
}

static e2l_status read_inputs(const reader *r, size_t k, const cJSON *slot)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(slot, "inputs");
    if (!list || cJSON_IsNull(list)) {
        return E2L_OK;
    }
    if (!cJSON_IsArray(list)) {
        return wrong(r, "inputs", "must be a list");
    }
    e2l_rule_input inputs[E2L_RULE_MAX_INPUTS];
    size_t n = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (n == E2L_RULE_MAX_INPUTS) {
            return wrong(r, "inputs", "too many (at most 256)");
        }
        e2l_status status = read_input(r, &inputs[n++], item);
        if (status != E2L_OK) {
            return status;
        }
    }
    return e2l_rule_set_inputs(r->set, k, inputs, n);
}

/* The decimal text must be the formula of the hex text. */
static e2l_status check_same(const reader *r, const e2l_rule_slot *slot, const char *text)
{
    e2l_expr *other;
    e2l_status status = e2l_expr_parse(r->set->ctx, &other, text, strlen(text), NULL);
    if (status != E2L_OK) {
        return e2l_fail_at(r->set->ctx, status, "%s: rule", r->where);
    }
    bool same = e2l_expr_equal(slot->expr, other);
    e2l_expr_destroy(r->set->ctx, other);
    return same ? E2L_OK : wrong(r, "rule_hex", "is not the formula of \"rule\"; change both or leave rule_hex out");
}

static e2l_status read_facts(const reader *r, size_t k, const cJSON *item)
{
    const char *applied;
    e2l_status status = optional_string(r, &applied, item, "applied");
    if (status == E2L_OK && applied) {
        status = e2l_rule_keep(r->set, &r->set->slots[k].applied, applied);
    }
    return status == E2L_OK ? read_inputs(r, k, item) : status;
}

static e2l_status read_slot(const reader *r, const cJSON *item)
{
    const char *text = NULL, *hex = NULL;
    double eta = (double)NAN;
    if (!cJSON_IsObject(item)) {
        return wrong(r, "slots", "each slot must be an object {\"rule\": ...}");
    }
    e2l_status status = e2l_json_string(r->set->ctx, &text, item, "rule", r->where);
    status = status == E2L_OK ? optional_string(r, &hex, item, "rule_hex") : status;
    status = status == E2L_OK ? read_eta(r, &eta, item) : status;
    if (status != E2L_OK) {
        return status;
    }
    size_t k = r->set->n_slots;
    const char *exact = hex ? hex : text;
    status = e2l_rule_set_add(r->set, item->string, exact, strlen(exact), eta);
    if (status != E2L_OK) {
        return e2l_fail_at(r->set->ctx, status, "%s", r->where);
    }
    status = hex ? check_same(r, &r->set->slots[k], text) : E2L_OK;
    return status == E2L_OK ? read_facts(r, k, item) : status;
}

static e2l_status read_slots(const reader *r, const cJSON *root)
{
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(root, "slots");
    if (cJSON_IsNull(slots)) {
        return wrong(r, "slots", "is null: that search found no rule that ran on all of its cases");
    }
    if (!cJSON_IsObject(slots) || !slots->child) {
        return wrong(r, "slots", "must be an object with at least one slot: {\"rule\": {\"rule\": \"y * x\"}}");
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, slots)
    {
        e2l_status status = read_slot(r, item);
        if (status != E2L_OK) {
            return status;
        }
    }
    return E2L_OK;
}

/* An object member kept as it stands; absent or null: not known. */
static e2l_status keep_object(const reader *r, const char **out, const cJSON *root, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    if (!cJSON_IsObject(item)) {
        return E2L_OK;
    }
    e2l_text text;
    e2l_text_init(&text, r->set->ctx);
    e2l_status status = e2l_json_print(item, false, &text);
    status = status == E2L_OK ? e2l_text_status(&text) : status;
    status = status == E2L_OK ? e2l_rule_keep(r->set, out, e2l_text_get(&text)) : status;
    e2l_text_clear(&text);
    return status;
}

/* The task's name: "pca", or the whole of the task's settings, {"name": "pca", ...}. */
static e2l_status read_task(const reader *r, const cJSON *root)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, "task");
    if (cJSON_IsObject(item)) {
        item = cJSON_GetObjectItemCaseSensitive(item, "name");
    }
    if (item && !cJSON_IsString(item) && !cJSON_IsNull(item)) {
        return wrong(r, "task", "must be a name");
    }
    return e2l_rule_set_task(r->set, cJSON_IsString(item) ? item->valuestring : NULL);
}

static e2l_status read_schema(const reader *r, const cJSON *root)
{
    static const char family[] = "e2l.rule/";
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, "schema");
    bool is_rule = cJSON_IsString(item) && strncmp(item->valuestring, family, sizeof family - 1) == 0;
    if (is_rule && strcmp(item->valuestring, E2L_RULE_SCHEMA) != 0) {
        return e2l_fail(r->set->ctx, E2L_INPUT, "%s: schema '%.40s' is not known; this program reads %s", r->where,
                        item->valuestring, E2L_RULE_SCHEMA);
    }
    return E2L_OK;
}

static e2l_status read_root(const reader *r, const cJSON *root)
{
    const char *trigger = NULL;
    e2l_status status = read_schema(r, root);
    status = status == E2L_OK ? read_task(r, root) : status;
    status = status == E2L_OK ? optional_string(r, &trigger, root, "trigger") : status;
    if (status == E2L_OK && trigger) {
        status = e2l_rule_keep(r->set, &r->set->trigger, trigger);
    }
    status = status == E2L_OK ? read_slots(r, root) : status;
    status = status == E2L_OK ? keep_object(r, &r->set->scores, root, "scores") : status;
    return status == E2L_OK ? keep_object(r, &r->set->provenance, root, "provenance") : status;
}

e2l_status e2l_rule_read_json(e2l_rule_set *set, const char *text, size_t length, const char *where)
{
    reader r = {.set = set, .where = where};
    cJSON *root = NULL;
    e2l_status status = e2l_json_parse(set->ctx, &root, text, length, where);
    status = status == E2L_OK ? read_root(&r, root) : status;
    e2l_json_free(root);
    return status;
}
