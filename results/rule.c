/* rule.c: building a rule set, and reading one from text.

   rule_json.c has the JSON form. */
#include "results/rule.h"

#include <math.h>
#include <string.h>

#include "results/rule_impl.h"
#include "substrate/json.h"

e2l_status e2l_rule_set_create(e2l_ctx *ctx, e2l_rule_set **out)
{
    *out = NULL;
    e2l_rule_set *set = e2l_alloc(ctx, 1, sizeof *set);
    if (!set) {
        return E2L_NOMEM;
    }
    set->ctx = ctx;
    set->trigger = "every step";
    e2l_status status = e2l_arena_create(ctx, &set->arena);
    if (status != E2L_OK) {
        e2l_free(ctx, set);
        return status;
    }
    *out = set;
    return E2L_OK;
}

void e2l_rule_set_destroy(e2l_rule_set *set)
{
    if (!set) {
        return;
    }
    for (size_t k = 0; k < set->n_slots; k++) {
        e2l_expr_destroy(set->ctx, set->slots[k].expr);
        e2l_expr_destroy(set->ctx, set->slots[k].canonical);
    }
    e2l_arena_destroy(set->arena);
    e2l_free(set->ctx, set);
}

static e2l_status keep(e2l_rule_set *set, const char **out, const char *text)
{
    *out = NULL;
    if (!text) {
        return E2L_OK;
    }
    *out = e2l_arena_strdup(set->arena, text, strlen(text));
    return *out ? E2L_OK : E2L_NOMEM;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Length of the identifier at `text`, 0 when there is none. */
static size_t identifier(const char *text, size_t n)
{
    size_t k = 0;
    while (k < n && (is_letter(text[k]) || (k > 0 && is_digit(text[k])))) {
        k++;
    }
    return k;
}

/* ---- slots ---- */

static e2l_status check_slot(const e2l_rule_set *set, const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > 64 || identifier(name, length) != length) {
        return e2l_fail(set->ctx, E2L_INPUT, "slot '%.64s': a name has 1 to 64 letters, digits and _, no digit first",
                        name);
    }
    if (e2l_rule_set_find(set, name)) {
        return e2l_fail(set->ctx, E2L_INPUT, "slot '%s' is given twice", name);
    }
    if (set->n_slots == E2L_RULE_MAX_SLOTS) {
        return e2l_fail(set->ctx, E2L_INPUT, "slot '%s': a rule set has at most %d slots", name,
                        (int)E2L_RULE_MAX_SLOTS);
    }
    return E2L_OK;
}

static e2l_status print_expr(e2l_rule_set *set, const char **out, const e2l_expr *expr, e2l_style style)
{
    e2l_text text;
    e2l_text_init(&text, set->ctx);
    e2l_status status = e2l_expr_print(expr, style, &text);
    status = status == E2L_OK ? e2l_text_status(&text) : status;
    status = status == E2L_OK ? keep(set, out, e2l_text_get(&text)) : status;
    e2l_text_clear(&text);
    return status;
}

/* The canonical form may be too large to print or to hold; then the formula itself is the one to read. */
static e2l_status make_canonical(e2l_rule_set *set, e2l_rule_slot *slot)
{
    e2l_status status = e2l_expr_canonical(set->ctx, &slot->canonical, slot->expr);
    if (status == E2L_OK) {
        status = print_expr(set, &slot->canonical_text, slot->canonical, E2L_STYLE_SHORTEST);
    }
    if (status != E2L_UNSUPPORTED && status != E2L_INPUT) {
        return status;
    }
    e2l_expr_destroy(set->ctx, slot->canonical);
    slot->canonical_text = slot->text;
    return e2l_expr_parse(set->ctx, &slot->canonical, slot->text, strlen(slot->text), NULL);
}

static e2l_status used_inputs(e2l_rule_set *set, e2l_rule_slot *slot)
{
    size_t n = e2l_expr_n_names(slot->expr);
    slot->inputs = e2l_arena_alloc(set->arena, n > 0 ? n : 1, sizeof slot->inputs[0]);
    if (!slot->inputs) {
        return E2L_NOMEM;
    }
    slot->n_inputs = n;
    for (size_t k = 0; k < n; k++) {
        e2l_status status = keep(set, &slot->inputs[k].name, e2l_expr_name(slot->expr, k));
        if (status != E2L_OK) {
            return status;
        }
    }
    return E2L_OK;
}

static e2l_status fill_slot(e2l_rule_set *set, e2l_rule_slot *slot)
{
    e2l_status status = print_expr(set, &slot->text, slot->expr, E2L_STYLE_SHORTEST);
    status = status == E2L_OK ? print_expr(set, &slot->hex, slot->expr, E2L_STYLE_HEX) : status;
    status = status == E2L_OK ? make_canonical(set, slot) : status;
    if (status != E2L_OK) {
        return status;
    }
    slot->complexity = e2l_expr_complexity(slot->canonical);
    return used_inputs(set, slot);
}

static e2l_status default_statement(e2l_rule_set *set, e2l_rule_slot *slot)
{
    e2l_text text;
    e2l_text_init(&text, set->ctx);
    e2l_text_appendf(&text, "w += eta * %s", slot->name);
    e2l_status status = e2l_text_status(&text);
    status = status == E2L_OK ? keep(set, &slot->applied, e2l_text_get(&text)) : status;
    e2l_text_clear(&text);
    return status;
}

e2l_status e2l_rule_set_add(e2l_rule_set *set, const char *slot_name, const char *text, size_t length, double eta)
{
    e2l_status status = check_slot(set, slot_name);
    if (status != E2L_OK) {
        return status;
    }
    if (isinf(eta)) {
        return e2l_fail(set->ctx, E2L_INPUT, "slot '%s': eta must be finite", slot_name);
    }
    e2l_rule_slot *slot = &set->slots[set->n_slots];
    *slot = (e2l_rule_slot){.eta = eta};
    status = e2l_expr_parse(set->ctx, &slot->expr, text, length, NULL);
    if (status != E2L_OK) {
        return e2l_fail_at(set->ctx, status, "slot '%s'", slot_name);
    }
    set->n_slots++; /* from here on the set's destroy frees the formula */
    status = keep(set, &slot->name, slot_name);
    status = status == E2L_OK ? default_statement(set, slot) : status;
    return status == E2L_OK ? fill_slot(set, slot) : status;
}

const e2l_rule_slot *e2l_rule_set_find(const e2l_rule_set *set, const char *name)
{
    for (size_t k = 0; k < set->n_slots; k++) {
        if (strcmp(set->slots[k].name, name) == 0) {
            return &set->slots[k];
        }
    }
    return NULL;
}

/* ---- inputs ---- */

static bool is_input(const e2l_rule_input *inputs, size_t n, const char *name)
{
    for (size_t k = 0; k < n; k++) {
        if (strcmp(inputs[k].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static e2l_status check_inputs(const e2l_rule_set *set, const e2l_rule_slot *slot, const e2l_rule_input *inputs,
                               size_t n)
{
    if (n > E2L_RULE_MAX_INPUTS) {
        return e2l_fail(set->ctx, E2L_INPUT, "slot '%s' has %zu inputs; allowed: at most %d", slot->name, n,
                        (int)E2L_RULE_MAX_INPUTS);
    }
    for (size_t k = 0; k < n; k++) {
        size_t length = strlen(inputs[k].name);
        if (identifier(inputs[k].name, length) == 0) {
            return e2l_fail(set->ctx, E2L_INPUT, "slot '%s': input '%.64s' is not a name", slot->name, inputs[k].name);
        }
        if (is_input(inputs, k, inputs[k].name)) {
            return e2l_fail(set->ctx, E2L_INPUT, "slot '%s': input '%s' is listed twice", slot->name, inputs[k].name);
        }
    }
    const char *names[E2L_RULE_MAX_INPUTS];
    for (size_t k = 0; k < n; k++) {
        names[k] = inputs[k].name;
    }
    for (size_t k = 0; k < e2l_expr_n_names(slot->expr); k++) {
        const char *name = e2l_expr_name(slot->expr, k);
        if (!is_input(inputs, n, name)) {
            char hint[160];
            return e2l_fail(set->ctx, E2L_INPUT, "slot '%s': the formula uses '%s', which is no input of it%s",
                            slot->name, name, e2l_did_you_mean(hint, sizeof hint, name, names, n));
        }
    }
    return E2L_OK;
}

e2l_status e2l_rule_set_inputs(e2l_rule_set *set, size_t k, const e2l_rule_input *inputs, size_t n)
{
    e2l_rule_slot *slot = &set->slots[k];
    e2l_status status = check_inputs(set, slot, inputs, n);
    if (status != E2L_OK) {
        return status;
    }
    e2l_rule_input *copy = e2l_arena_alloc(set->arena, n > 0 ? n : 1, sizeof *copy);
    if (!copy) {
        return E2L_NOMEM;
    }
    for (size_t i = 0; i < n && status == E2L_OK; i++) {
        status = keep(set, &copy[i].name, inputs[i].name);
        status = status == E2L_OK ? keep(set, &copy[i].unit, inputs[i].unit) : status;
        status = status == E2L_OK ? keep(set, &copy[i].meaning, inputs[i].meaning) : status;
    }
    if (status == E2L_OK) {
        slot->inputs = copy;
        slot->n_inputs = n;
    }
    return status;
}

/* ---- facts about the set ---- */

e2l_status e2l_rule_set_task(e2l_rule_set *set, const char *task)
{
    return keep(set, &set->task, task);
}

/* Keeps a JSON object in the one way this program prints it. */
static e2l_status keep_json(e2l_rule_set *set, const char **out, const char *json, const char *where)
{
    *out = NULL;
    if (!json) {
        return E2L_OK;
    }
    cJSON *tree = NULL;
    e2l_status status = e2l_json_parse(set->ctx, &tree, json, strlen(json), where);
    if (status == E2L_OK && !cJSON_IsObject(tree)) {
        status = e2l_fail(set->ctx, E2L_INPUT, "%s: must be an object", where);
    }
    e2l_text text;
    e2l_text_init(&text, set->ctx);
    status = status == E2L_OK ? e2l_json_print(tree, false, &text) : status;
    status = status == E2L_OK ? e2l_text_status(&text) : status;
    status = status == E2L_OK ? keep(set, out, e2l_text_get(&text)) : status;
    e2l_text_clear(&text);
    e2l_json_free(tree);
    return status;
}

e2l_status e2l_rule_set_scores(e2l_rule_set *set, const char *json)
{
    return keep_json(set, &set->scores, json, "scores");
}

e2l_status e2l_rule_set_provenance(e2l_rule_set *set, const char *json)
{
    return keep_json(set, &set->provenance, json, "provenance");
}

e2l_status e2l_rule_keep(e2l_rule_set *set, const char **out, const char *text)
{
    return keep(set, out, text);
}

/* ---- plain text ---- */

/* Blanks comments and line ends of one formula, so that it may stand on several lines. */
static void blank_comments(char *text, size_t n)
{
    bool comment = false;
    for (size_t k = 0; k < n; k++) {
        comment = text[k] == '#' || (comment && text[k] != '\n');
        text[k] = comment ? ' ' : text[k];
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_blank(const char *text, size_t n, size_t at)
{
    while (at < n && is_blank(text[at])) {
        at++;
    }
    return at;
}

/* Position behind `NAME =` at `at`, 0 when something else stands there (`a == b` is a formula). */
static size_t slot_prefix(const char *text, size_t n, size_t at, size_t *name_length)
{
    *name_length = identifier(text + at, n - at);
    size_t equals = at + *name_length;
    while (equals < n && (text[equals] == ' ' || text[equals] == '\t')) {
        equals++;
    }
    bool found = *name_length > 0 && equals < n && text[equals] == '=' && !(equals + 1 < n && text[equals + 1] == '=');
    return found ? equals + 1 : 0;
}

/* One line `SLOT = EXPR` from `at`; moves `at` behind it. */
static e2l_status read_line(e2l_rule_set *set, const char *text, size_t n, size_t *at)
{
    size_t name_length, start = slot_prefix(text, n, *at, &name_length);
    if (start == 0) {
        return e2l_fail(set->ctx, E2L_INPUT, "every formula needs its slot: SLOT = EXPR");
    }
    const char *end = memchr(text + start, '\n', n - start);
    size_t stop = end ? (size_t)(end - text) : n;
    char name[80];
    size_t kept = name_length < sizeof name ? name_length : sizeof name - 1;
    memcpy(name, text + *at, kept);
    name[kept] = '\0';
    *at = stop;
    return e2l_rule_set_add(set, name, text + start, stop - start, (double)NAN);
}

static e2l_status read_lines(e2l_rule_set *set, char *text, size_t n)
{
    blank_comments(text, n);
    size_t name_length, at = skip_blank(text, n, 0);
    if (at == n) {
        return e2l_fail(set->ctx, E2L_INPUT, "no formula in it");
    }
    if (slot_prefix(text, n, at, &name_length) == 0) {
        return e2l_rule_set_add(set, E2L_RULE_SLOT, text + at, n - at, (double)NAN);
    }
    e2l_status status = E2L_OK;
    while (at < n && status == E2L_OK) {
        status = read_line(set, text, n, &at);
        at = skip_blank(text, n, at);
    }
    return status;
}

static e2l_status read_plain(e2l_rule_set *set, const char *text, size_t length)
{
    char *copy = e2l_alloc(set->ctx, length + 1, 1);
    if (!copy) {
        return E2L_NOMEM;
    }
    memcpy(copy, text, length);
    e2l_status status = read_lines(set, copy, length);
    e2l_free(set->ctx, copy);
    return status;
}

e2l_status e2l_rule_read_text(e2l_ctx *ctx, e2l_rule_set **out, const char *text, size_t length, const char *where)
{
    e2l_rule_set *set;
    *out = NULL;
    e2l_status status = e2l_rule_set_create(ctx, &set);
    if (status != E2L_OK) {
        return status;
    }
    size_t at = skip_blank(text, length, 0);
    if (at < length && text[at] == '{') {
        status = e2l_rule_read_json(set, text, length, where);
    } else {
        status = read_plain(set, text, length);
        status = status != E2L_OK ? e2l_fail_at(ctx, status, "%s", where) : status;
    }
    if (status != E2L_OK) {
        e2l_rule_set_destroy(set);
        return status;
    }
    *out = set;
    return E2L_OK;
}

e2l_status e2l_rule_read_file(e2l_ctx *ctx, e2l_rule_set **out, const char *path)
{
    char *text;
    size_t length;
    *out = NULL;
    e2l_status status = e2l_file_read(ctx, &text, &length, path);
    if (status != E2L_OK) {
        return status;
    }
    status = e2l_rule_read_text(ctx, out, text, length, path);
    e2l_free(ctx, text);
    return status;
}
