/* rules.c: RULE texts. */
#include "mpi/rules.h"

#include <math.h>
#include <string.h>

#include "results/rule.h"

static size_t count_words(const char *const *words)
{
    size_t n = 0;
    while (words[n]) {
        n++;
    }
    return n;
}

static e2l_status parse_slot(e2l_ctx *ctx, e2l_expr **out, const e2l_task *task, size_t slot, const char *text,
                             const char *where)
{
    const e2l_scope scope = {.names = task->slots[slot].terminals,
                             .n_names = count_words(task->slots[slot].terminals)};
    e2l_status status = e2l_expr_parse(ctx, out, text, strlen(text), &scope);
    return status == E2L_OK ? status : e2l_fail_at(ctx, status, "%s '%.80s'", where, text);
}

/* A new empty rule set at the end of the list. */
static e2l_status new_choice(e2l_ctx *ctx, e2l_rule_choices *out, const char *label, const char *where,
                             e2l_rule_choice **choice)
{
    if (out->n == E2L_MAX_RULE_SETS) {
        return e2l_fail(ctx, E2L_INPUT, "%s: more than %d rules", where, E2L_MAX_RULE_SETS);
    }
    *choice = &out->at[out->n++];
    **choice = (e2l_rule_choice){.label = e2l_strdup(ctx, label)};
    for (size_t s = 0; s < E2L_MAX_SLOTS; s++) {
        (*choice)->etas[s] = (double)NAN;
    }
    return (*choice)->label ? E2L_OK : E2L_NOMEM;
}

e2l_status e2l_rule_choices_add(e2l_ctx *ctx, e2l_rule_choices *out, const e2l_task *task, const char *label,
                                const char *const *texts, const char *where)
{
    e2l_rule_choice *choice = NULL;
    e2l_status status = new_choice(ctx, out, label, where, &choice);
    for (size_t s = 0; s < task->n_slots && status == E2L_OK; s++) {
        status = parse_slot(ctx, &choice->rules[s], task, s, texts[s], where);
    }
    return status;
}

const e2l_reference *e2l_reference_find(e2l_ctx *ctx, const e2l_task *task, const char *name, const char *where)
{
    const char *names[64];
    size_t n = 0;
    char hint[96];
    for (size_t k = 0; k < task->n_references; k++) {
        if (strcmp(task->references[k].name, name) == 0) {
            return &task->references[k];
        }
        if (n < sizeof names / sizeof names[0]) {
            names[n++] = task->references[k].name;
        }
    }
    (void)e2l_fail(ctx, E2L_INPUT, "%s: reference rule '%.60s' of task '%s' unknown%s (e2l list tasks %s)", where,
                   name, task->name, e2l_did_you_mean(hint, sizeof hint, name, names, n), task->name);
    return NULL;
}

static size_t find_slot(const e2l_task *task, const char *name, size_t length)
{
    for (size_t s = 0; s < task->n_slots; s++) {
        if (strlen(task->slots[s].name) == length && memcmp(task->slots[s].name, name, length) == 0) {
            return s;
        }
    }
    return task->n_slots;
}

static e2l_status unknown_slot(e2l_ctx *ctx, const e2l_task *task, const char *name, const char *where)
{
    const char *names[E2L_MAX_SLOTS];
    char hint[96];
    for (size_t s = 0; s < task->n_slots; s++) {
        names[s] = task->slots[s].name;
    }
    return e2l_fail(ctx, E2L_INPUT, "%s: slot '%.60s' unknown in task '%s'%s", where, name, task->name,
                    e2l_did_you_mean(hint, sizeof hint, name, names, task->n_slots));
}

/* @FILE: every slot of the task must be in the file; a single formula fits a single slot whatever its name. */
static e2l_status add_file(e2l_ctx *ctx, e2l_rule_choices *out, const e2l_task *task, const char *path,
                           const char *where)
{
    e2l_rule_set *set = NULL;
    e2l_rule_choice *choice = NULL;
    e2l_status status = e2l_rule_read_file(ctx, &set, path);
    if (status == E2L_OK) {
        status = new_choice(ctx, out, path, where, &choice);
    }
    for (size_t s = 0; s < task->n_slots && status == E2L_OK; s++) {
        const e2l_rule_slot *slot = e2l_rule_set_find(set, task->slots[s].name);
        slot = !slot && task->n_slots == 1 && set->n_slots == 1 ? &set->slots[0] : slot;
        if (!slot) {
            status = e2l_fail(ctx, E2L_INPUT, "%s: %s: no rule for slot '%s' of task '%s'", where, path,
                              task->slots[s].name, task->name);
            break;
        }
        choice->etas[s] = slot->eta;
        status = parse_slot(ctx, &choice->rules[s], task, s, slot->text, where);
    }
    e2l_rule_set_destroy(set);
    return status;
}

/* Length of SLOT in "SLOT = EXPR" (not "a == b"), 0 when the text does not begin so. */
static size_t slot_prefix(const char *text, const char **expr)
{
    size_t n = 0;
    while ((text[n] >= 'a' && text[n] <= 'z') || (text[n] >= 'A' && text[n] <= 'Z') || text[n] == '_' ||
           (n > 0 && text[n] >= '0' && text[n] <= '9')) {
        n++;
    }
    size_t after = n + strspn(text + n, " \t");
    if (n == 0 || text[after] != '=' || text[after + 1] == '=') {
        return 0;
    }
    *expr = text + after + 1;
    return n;
}

/* SLOT=EXPR: goes into the set being filled, or begins a new one. */
static e2l_status add_slot(e2l_ctx *ctx, e2l_rule_choices *out, const e2l_task *task, const char *text,
                           size_t length, const char *expr, const char *where, bool *filling)
{
    char name[64];
    size_t slot = find_slot(task, text, length);
    if (slot == task->n_slots) {
        length = length < sizeof name ? length : sizeof name - 1;
        memcpy(name, text, length);
        name[length] = '\0';
        return unknown_slot(ctx, task, name, where);
    }
    e2l_rule_choice *choice = *filling && out->n > 0 ? &out->at[out->n - 1] : NULL;
    if (!choice || choice->rules[slot]) {
        e2l_status status = new_choice(ctx, out, task->n_slots == 1 ? expr + strspn(expr, " ") : text, where, &choice);
        if (status != E2L_OK) {
            return status;
        }
    }
    *filling = true;
    return parse_slot(ctx, &choice->rules[slot], task, slot, expr, where);
}

static e2l_status add_text(e2l_ctx *ctx, e2l_rule_choices *out, const e2l_task *task, const char *text,
                           const char *where, bool *filling)
{
    const char *expr = NULL;
    size_t length = slot_prefix(text, &expr);
    if (length > 0) {
        return add_slot(ctx, out, task, text, length, expr, where, filling);
    }
    *filling = false;
    if (text[0] == '@') {
        return add_file(ctx, out, task, text + 1, where);
    }
    if (strncmp(text, "name:", 5) == 0) {
        const e2l_reference *reference = e2l_reference_find(ctx, task, text + 5, where);
        return reference ? e2l_rule_choices_add(ctx, out, task, reference->name, reference->rules, where)
                         : E2L_INPUT;
    }
    if (task->n_slots > 1) {
        return e2l_fail(ctx, E2L_INPUT, "%s: '%.80s': task '%s' has %zu slots; say which: SLOT=EXPR", where, text,
                        task->name, task->n_slots);
    }
    return e2l_rule_choices_add(ctx, out, task, text, &text, where);
}

static e2l_status check_complete(e2l_ctx *ctx, const e2l_rule_choices *choices, const e2l_task *task,
                                 const char *where)
{
    for (size_t k = 0; k < choices->n; k++) {
        for (size_t s = 0; s < task->n_slots; s++) {
            if (!choices->at[k].rules[s]) {
                return e2l_fail(ctx, E2L_INPUT, "%s: '%.80s': no rule for slot '%s'", where, choices->at[k].label,
                                task->slots[s].name);
            }
        }
    }
    return E2L_OK;
}

e2l_status e2l_rule_choices_read(e2l_ctx *ctx, e2l_rule_choices *out, const e2l_task *task,
                                 const char *const *texts, size_t n, const char *where)
{
    bool filling = false;
    for (size_t k = 0; k < n; k++) {
        e2l_status status = add_text(ctx, out, task, texts[k], where, &filling);
        if (status != E2L_OK) {
            return status;
        }
    }
    return check_complete(ctx, out, task, where);
}

void e2l_rule_choices_clear(e2l_ctx *ctx, e2l_rule_choices *choices)
{
    for (size_t k = 0; k < choices->n; k++) {
        e2l_free(ctx, choices->at[k].label);
        for (size_t s = 0; s < E2L_MAX_SLOTS; s++) {
            e2l_expr_destroy(ctx, choices->at[k].rules[s]);
        }
    }
    choices->n = 0;
}

e2l_status e2l_rules_print(const e2l_task *task, const e2l_expr *const *rules, e2l_text *out)
{
    for (size_t s = 0; s < task->n_slots; s++) {
        if (task->n_slots > 1) {
            e2l_text_appendf(out, "%s%s = ", s > 0 ? "; " : "", task->slots[s].name);
        }
        e2l_status status = e2l_expr_print(rules[s], E2L_STYLE_SHORTEST, out);
        if (status != E2L_OK) {
            return status;
        }
    }
    return e2l_text_status(out);
}
