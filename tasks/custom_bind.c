/* custom_bind.c: the record of a network file: slots and terminals of the network, rules to compare with, names of measures and shifts. */
#include "tasks/custom_impl.h"

#include <math.h>
#include <string.h>

typedef struct binder {
    custom_file *file;
    e2l_task *record;
    e2l_arena *arena;
} binder;

static const char *keep(const binder *b, const char *text)
{
    return e2l_arena_strdup(b->arena, text, strlen(text));
}

/* NULL-terminated: the keys of an object, or the texts of a list. */
static e2l_status keep_words(const binder *b, const cJSON *json, const char *place, const char *const **out)
{
    size_t n = 0;
    const size_t room = json ? (size_t)cJSON_GetArraySize(json) + 1 : 1;
    const char **words = e2l_arena_alloc(b->arena, room, sizeof *words);
    if (!words) {
        return E2L_NOMEM;
    }
    for (const cJSON *one = json ? json->child : NULL; one; one = one->next) {
        const char *word = cJSON_IsObject(json) ? one->string : cJSON_IsString(one) && cJSON_IsArray(json) ? one->valuestring : NULL;
        if (!word) {
            return e2l_fail(b->file->ctx, E2L_INPUT, "%s: %s: expected a list of texts", b->file->where, place);
        }
        words[n] = keep(b, word);
        if (!words[n++]) {
            return E2L_NOMEM;
        }
    }
    *out = words;
    return E2L_OK;
}

/* A rule text that a slot can have. */
static e2l_status check_rule(const binder *b, const char *text, const e2l_task_slot *slot, const char *place)
{
    e2l_expr *expr = NULL;
    e2l_scope scope = {.names = slot->terminals};
    while (slot->terminals[scope.n_names]) {
        scope.n_names++;
    }
    e2l_status status = e2l_expr_parse(b->file->ctx, &expr, text, strlen(text), &scope);
    e2l_expr_destroy(b->file->ctx, expr);
    return status == E2L_OK || status == E2L_NOMEM ? status : e2l_fail_at(b->file->ctx, status, "%s: %s", b->file->where, place);
}

static e2l_status put_slots(const binder *b)
{
    static const char *const usual[] = {"add", "sub", "mul", NULL};
    const char *const *functions = usual;
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(b->file->json, "functions");
    const e2l_slot *slots[E2L_MAX_SLOTS];
    const size_t n = e2l_experiment_slots(&b->file->experiment, slots, E2L_MAX_SLOTS);
    e2l_status status = given ? keep_words(b, given, "functions", &functions) : E2L_OK;
    for (size_t k = 0; status == E2L_OK && functions[k]; k++) {
        if (!e2l_primitive_find(functions[k])) {
            return e2l_fail(b->file->ctx, E2L_INPUT, "%s: functions[%zu]: '%.64s' unknown, see e2l list primitives", b->file->where, k,
                            functions[k]);
        }
    }
    if (status == E2L_OK && !functions[0]) {
        return e2l_fail(b->file->ctx, E2L_INPUT, "%s: functions: the list is empty", b->file->where);
    }
    e2l_task_slot *out = e2l_arena_alloc(b->arena, n, sizeof *out);
    status = out ? status : E2L_NOMEM;
    for (size_t s = 0; s < n && status == E2L_OK; s++) {
        const char **terminals = e2l_arena_alloc(b->arena, slots[s]->n_terminals + 1, sizeof *terminals);
        if (!terminals) {
            return E2L_NOMEM;
        }
        for (size_t t = 0; t < slots[s]->n_terminals; t++) {
            terminals[t] = keep(b, slots[s]->terminals[t].name);
            status = terminals[t] ? status : E2L_NOMEM;
        }
        out[s] = (e2l_task_slot){.name = keep(b, slots[s]->name), .terminals = terminals, .functions = functions,
                                 .about = "a slot of the user's network"};
        status = out[s].name ? status : E2L_NOMEM;
        if (status == E2L_OK && slots[s]->n_terminals == 0) {
            status = e2l_fail(b->file->ctx, E2L_INPUT, "%s: slot '%.64s' has no terminals", b->file->where, slots[s]->name);
        }
    }
    b->record->slots = out;
    b->record->n_slots = n;
    return status;
}

/* RULE, or {SLOT: RULE}. */
static e2l_status put_rules(const binder *b, const cJSON *json, const char **rules)
{
    const size_t n = b->record->n_slots;
    e2l_status status = E2L_OK;
    for (size_t s = 0; s < n && status == E2L_OK; s++) {
        const e2l_task_slot *slot = &b->record->slots[s];
        const cJSON *one = cJSON_IsObject(json) ? cJSON_GetObjectItemCaseSensitive(json, slot->name) : n == 1 ? json : NULL;
        if (!cJSON_IsString(one)) {
            return e2l_fail(b->file->ctx, E2L_INPUT, "%s: references.%.64s: no rule (a text) for slot '%.64s'", b->file->where, json->string,
                            slot->name);
        }
        rules[s] = keep(b, one->valuestring);
        status = rules[s] ? check_rule(b, rules[s], slot, json->string) : E2L_NOMEM;
    }
    if (status == E2L_OK && cJSON_IsObject(json) && (size_t)cJSON_GetArraySize(json) != n) {
        status = e2l_fail(b->file->ctx, E2L_INPUT, "%s: references.%.64s: more rules than slots", b->file->where, json->string);
    }
    return status;
}

static e2l_status put_references(const binder *b)
{
    const cJSON *all = cJSON_GetObjectItemCaseSensitive(b->file->json, "references");
    if (!all || !all->child) {
        return e2l_fail(b->file->ctx, E2L_INPUT, "%s: references: missing; name at least one rule to compare with", b->file->where);
    }
    const size_t n = (size_t)cJSON_GetArraySize(all);
    e2l_reference *out = n <= CUSTOM_MAX_REFERENCES ? e2l_arena_alloc(b->arena, n, sizeof *out) : NULL;
    if (!out) {
        return n <= CUSTOM_MAX_REFERENCES ? E2L_NOMEM
                                          : e2l_fail(b->file->ctx, E2L_INPUT, "%s: references: at most %d", b->file->where, CUSTOM_MAX_REFERENCES);
    }
    e2l_status status = E2L_OK;
    size_t k = 0;
    for (const cJSON *one = all->child; one && status == E2L_OK; one = one->next, k++) {
        const char **rules = e2l_arena_alloc(b->arena, b->record->n_slots, sizeof *rules);
        out[k] = (e2l_reference){.name = keep(b, one->string), .rules = rules, .about = "a reference of the network file"};
        status = rules && out[k].name ? custom_note(b->file, put_rules(b, one, rules)) : E2L_NOMEM;
    }
    b->record->references = out;
    b->record->n_references = n;
    return status;
}

static e2l_status put_blind(const binder *b)
{
    e2l_status status = keep_words(b, cJSON_GetObjectItemCaseSensitive(b->file->json, "blind"), "blind", &b->record->blind);
    for (size_t k = 0; status == E2L_OK && b->record->blind[k]; k++) {
        for (size_t s = 0; s < b->record->n_slots && status == E2L_OK; s++) {
            status = custom_note(b->file, check_rule(b, b->record->blind[k], &b->record->slots[s], "blind"));
        }
    }
    return status;
}

e2l_status custom_bind(e2l_ctx *ctx, e2l_task *record, e2l_arena *arena, const void *options, uint64_t task_seed)
{
    (void)task_seed;
    custom_file file;
    e2l_status status = custom_file_read(ctx, arena, options, E2L_SET_SEARCH, &file);
    const binder b = {.file = &file, .record = record, .arena = arena};
    const bool goes_on = status == E2L_OK || (status == E2L_INPUT && file.is_read);
    const size_t n_slots = goes_on ? e2l_experiment_slots(&file.experiment, NULL, 0) : 0;
    if (goes_on && n_slots > 0 && n_slots <= E2L_MAX_SLOTS) { /* what is wrong with the network says nothing about the rules */
        const size_t before = file.n_problems;
        status = custom_note(&file, put_slots(&b));
        status = status == E2L_OK && file.n_problems == before ? custom_note(&file, put_references(&b)) : status;
        status = status == E2L_OK && file.n_problems == before ? custom_note(&file, put_blind(&b)) : status;
        status = status == E2L_OK ? custom_report(&file) : status;
    }
    status = status == E2L_OK
                 ? keep_words(&b, cJSON_GetObjectItemCaseSensitive(file.json, "measures"), "measures", &record->measures)
                 : status;
    status = status == E2L_OK ? keep_words(&b, cJSON_GetObjectItemCaseSensitive(file.json, "shifts"), "shifts", &record->shifts) : status;
    if (status == E2L_OK) {
        record->tolerated_loss = file.tolerated_loss;
        record->eta = isnan(file.eta) ? record->eta : file.eta;
    }
    custom_file_clear(&file);
    return status;
}
