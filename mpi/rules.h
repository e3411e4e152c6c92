/* rules.h: RULE texts of the command line and the config, read for one task.

   RULE = EXPR, SLOT=EXPR, @FILE (rule.json, champion.json or plain text), or name:REFERENCE. Never guessed from the file system. For tasks with
   several slots, successive SLOT=EXPR fill one rule set until a slot comes again. */
#ifndef E2L_MPI_RULES_H
#define E2L_MPI_RULES_H

#include "cgp/expr.h"
#include "tasks/task.h"

enum { E2L_MAX_RULE_SETS = 64 };

typedef struct e2l_rule_choice {
    char *label;                     /* as given, for tables; owned */
    e2l_expr *rules[E2L_MAX_SLOTS];  /* by slot of the task; owned */
    double etas[E2L_MAX_SLOTS];      /* from a file; NaN: none */
} e2l_rule_choice;

typedef struct e2l_rule_choices {
    size_t n;
    e2l_rule_choice at[E2L_MAX_RULE_SETS];
} e2l_rule_choices;

/* `where` names the option ("--rule"). Fills `out` (from {0}); e2l_rule_choices_clear frees, also after a failure. */
E2L_MUST_CHECK e2l_status e2l_rule_choices_read(e2l_ctx *ctx, e2l_rule_choices *out, const e2l_task *task,
                                                const char *const *texts, size_t n, const char *where);
void e2l_rule_choices_clear(e2l_ctx *ctx, e2l_rule_choices *choices);
/* Adds one rule set given as texts by slot, under a label. */
E2L_MUST_CHECK e2l_status e2l_rule_choices_add(e2l_ctx *ctx, e2l_rule_choices *out, const e2l_task *task,
                                               const char *label, const char *const *texts, const char *where);
/* The reference called `name`, or NULL with a message and the nearest name. */
const e2l_reference *e2l_reference_find(e2l_ctx *ctx, const e2l_task *task, const char *name, const char *where);
/* The formulas of all slots joined ("forward = ...; feedback = ..."; without the name for a single slot). */
E2L_MUST_CHECK e2l_status e2l_rules_print(const e2l_task *task, const e2l_expr *const *rules, e2l_text *out);

#endif
