/* rule_task.c: what a task says about its slots: terminals with unit and meaning, the statement a slot stands in. */
#include <string.h>

#include "results/rule.h"
#include "results/rule_impl.h"
#include "substrate/json.h"
#include "tasks/task.h"

/* The slot of any projection of that name, and its projection. */
static const e2l_slot *find_slot(const e2l_experiment *experiment, const char *name, const e2l_projection **projection)
{
    for (size_t p = 0; p < experiment->n_projections; p++) {
        *projection = &experiment->projections[p];
        for (size_t s = 0; s < (*projection)->n_slots; s++) {
            if (strcmp((*projection)->slots[s].name, name) == 0) {
                return &(*projection)->slots[s];
            }
        }
    }
    return NULL;
}

static bool is_name_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* `name` stands in the statement as a whole word. */
static bool mentions(const char *statement, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = strstr(statement, name); at; at = strstr(at + 1, name)) {
        bool starts = at == statement || !is_name_letter(at[-1]);
        if (starts && !is_name_letter(at[n])) {
            return true;
        }
    }
    return false;
}

/* Every name of the formula is a terminal of the slot. */
static bool are_terminals(const e2l_rule_slot *rule, const e2l_slot *slot)
{
    for (size_t k = 0; k < e2l_expr_n_names(rule->expr); k++) {
        size_t i = 0;
        while (i < slot->n_terminals && strcmp(slot->terminals[i].name, e2l_expr_name(rule->expr, k)) != 0) {
            i++;
        }
        if (i == slot->n_terminals) {
            return false;
        }
    }
    return true;
}

static e2l_status describe_slot(e2l_rule_set *set, size_t k, const e2l_experiment *experiment, bool depends)
{
    const e2l_projection *projection;
    const e2l_slot *slot = find_slot(experiment, set->slots[k].name, &projection);
    if (!slot || slot->n_terminals > E2L_RULE_MAX_INPUTS || (depends && !are_terminals(&set->slots[k], slot))) {
        return E2L_OK; /* found with other options: its inputs stay the names it uses */
    }
    e2l_rule_input inputs[E2L_RULE_MAX_INPUTS];
    for (size_t i = 0; i < slot->n_terminals; i++) {
        const e2l_binding *terminal = &slot->terminals[i];
        inputs[i] = (e2l_rule_input){.name = terminal->name, .unit = terminal->unit, .meaning = terminal->expr};
    }
    e2l_status status = e2l_rule_set_inputs(set, k, inputs, slot->n_terminals);
    for (size_t i = 0; i < projection->n_synapse && status == E2L_OK; i++) {
        if (mentions(projection->synapse[i], slot->name)) {
            return e2l_rule_keep(set, &set->slots[k].applied, projection->synapse[i]);
        }
    }
    return status;
}

static e2l_status describe_from(e2l_rule_set *set, const e2l_task *task, const e2l_family *family)
{
    if (task->n_experiments(family) == 0) {
        return E2L_OK;
    }
    const e2l_experiment *experiment = task->experiment(family, 0);
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < set->n_slots && status == E2L_OK; k++) {
        status = describe_slot(set, k, experiment, task->bind != NULL);
    }
    return status;
}

e2l_status e2l_rule_set_describe(e2l_rule_set *set)
{
    const e2l_task *task = set->task ? e2l_task_find(set->task) : NULL;
    if (!task) {
        return E2L_OK;
    }
    void *options = e2l_alloc(set->ctx, 1, task->options_size);
    if (!options) {
        return E2L_NOMEM;
    }
    e2l_family *family = NULL;
    e2l_status status = e2l_fields_read(set->ctx, task->fields, task->n_fields, NULL, NULL, 0, task->name, options);
    if (status == E2L_OK) {
        status = task->open(set->ctx, &family, options, 1, E2L_SET_SEARCH);
        status = status == E2L_OK ? describe_from(set, task, family) : status;
        if (family) {
            task->close(set->ctx, family);
        }
        e2l_fields_clear(set->ctx, task->fields, task->n_fields, options);
    }
    e2l_free(set->ctx, options);
    return status;
}
