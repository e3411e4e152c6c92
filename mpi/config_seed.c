/* config_seed.c: rules given as text for the first generation. */
#include <string.h>

#include "mpi/config.h"

static e2l_scope slot_scope(const e2l_task_slot *slot)
{
    e2l_scope scope = {.names = slot->terminals};
    while (slot->terminals[scope.n_names]) {
        scope.n_names++;
    }
    return scope;
}

static e2l_status parse_slot(e2l_ctx *ctx, const e2l_task_slot *slot, const char *text, size_t n, const char *where,
                             e2l_expr **out)
{
    e2l_scope scope = slot_scope(slot);
    if (*out) {
        return e2l_fail(ctx, E2L_INPUT, "%s: slot '%s' is given twice", where, slot->name);
    }
    e2l_status status = e2l_expr_parse(ctx, out, text, n, &scope);
    return status == E2L_OK ? status : e2l_fail_at(ctx, status, "%s: rule '%.*s'", where, (int)(n < 200 ? n : 200), text);
}

static e2l_status parse_named(e2l_ctx *ctx, const e2l_task *task, const char *name, const char *where, e2l_expr **rules)
{
    enum { MAX_NAMES = 64 };
    const char *names[MAX_NAMES];
    char hint[96];
    size_t n = task->n_references < MAX_NAMES ? task->n_references : MAX_NAMES;
    for (size_t k = 0; k < task->n_references; k++) {
        const e2l_reference *reference = &task->references[k];
        if (strcmp(reference->name, name) == 0) {
            e2l_status status = E2L_OK;
            for (size_t slot = 0; status == E2L_OK && slot < task->n_slots; slot++) {
                const char *text = reference->rules[slot];
                status = parse_slot(ctx, &task->slots[slot], text, strlen(text), where, &rules[slot]);
            }
            return status;
        }
    }
    for (size_t k = 0; k < n; k++) {
        names[k] = task->references[k].name;
    }
    return e2l_fail(ctx, E2L_INPUT, "%s: task '%s' has no rule named '%.60s'%s", where, task->name, name,
                    e2l_did_you_mean(hint, sizeof hint, name, names, n));
}

/* Slot whose name and '=' (not '==') begin the text; n_slots when none does. Sets `*rest` behind the '='. */
static size_t find_slot(const e2l_task *task, const char *text, const char **rest)
{
    for (size_t slot = 0; slot < task->n_slots; slot++) {
        size_t n = strlen(task->slots[slot].name);
        if (strncmp(text, task->slots[slot].name, n) == 0) {
            const char *after = text + n + strspn(text + n, " ");
            if (after[0] == '=' && after[1] != '=') {
                *rest = after + 1;
                return slot;
            }
        }
    }
    return task->n_slots;
}

static e2l_status parse_parts(e2l_ctx *ctx, const e2l_task *task, const char *text, const char *where, e2l_expr **rules)
{
    e2l_status status = E2L_OK;
    while (status == E2L_OK && *text) {
        text += strspn(text, " ;");
        size_t n = strcspn(text, ";");
        const char *rest = text;
        size_t slot = find_slot(task, text, &rest);
        if (slot == task->n_slots) {
            return e2l_fail(ctx, E2L_INPUT, "%s: '%.100s': expected SLOT=EXPR; the first slot of task '%s' is '%s'", where,
                            text, task->name, task->slots[0].name);
        }
        status = parse_slot(ctx, &task->slots[slot], rest, (size_t)(text + n - rest), where, &rules[slot]);
        text += n;
    }
    for (size_t slot = 0; status == E2L_OK && slot < task->n_slots; slot++) {
        if (!rules[slot]) {
            status = e2l_fail(ctx, E2L_INPUT, "%s: no rule for slot '%s'", where, task->slots[slot].name);
        }
    }
    return status;
}

e2l_status e2l_config_parse_seed(e2l_ctx *ctx, const e2l_task *task, const char *text, const char *where, e2l_expr **rules)
{
    static const char NAMED[] = "name:";
    const char *rest;
    e2l_status status;
    for (size_t slot = 0; slot < task->n_slots; slot++) {
        rules[slot] = NULL;
    }
    if (strncmp(text, NAMED, sizeof NAMED - 1) == 0) {
        status = parse_named(ctx, task, text + sizeof NAMED - 1, where, rules);
    } else if (task->n_slots == 1 && find_slot(task, text, &rest) == 1) {
        status = parse_slot(ctx, &task->slots[0], text, strlen(text), where, &rules[0]);
    } else {
        status = parse_parts(ctx, task, text, where, rules);
    }
    for (size_t slot = 0; status != E2L_OK && slot < task->n_slots; slot++) {
        e2l_expr_destroy(ctx, rules[slot]);
        rules[slot] = NULL;
    }
    return status;
}
