/* rule.h: a rule set as a value: named slots, their formulas, and what is known about them.

   rule.json is its lossless form: reading it again gives the same DAG, bit for bit of the constants. Formulas are
   also read from champion.json (the same keys) and from plain text: one formula, or lines `SLOT = EXPR`; `#` starts
   a comment in text. The canonical form is made afresh from the formula, never read. */
#ifndef E2L_RESULTS_RULE_H
#define E2L_RESULTS_RULE_H

#include "cgp/expr.h"

#ifdef __cplusplus
extern "C" {
#endif

#define E2L_RULE_SCHEMA "e2l.rule/1"
#define E2L_RULE_SLOT "rule" /* name of the slot when only a formula is given */

enum { E2L_RULE_MAX_SLOTS = 8, E2L_RULE_MAX_INPUTS = 256 };

/* A terminal: what the formula may see. */
typedef struct e2l_rule_input {
    const char *name;
    const char *unit;    /* NULL: "1" */
    const char *meaning; /* expression of the network, "pre.x"; NULL: not known */
} e2l_rule_input;

/* One formula of the set. All texts are owned by the set. */
typedef struct e2l_rule_slot {
    const char *name;
    e2l_expr *expr;        /* what is evaluated */
    e2l_expr *canonical;   /* for reading */
    const char *text;      /* of expr, shortest decimals that read back to the same bits */
    const char *hex;       /* of expr, hex floats */
    const char *canonical_text;
    size_t complexity;     /* of canonical */
    double eta;            /* NaN: not known */
    const char *applied;   /* statement that uses the formula: "w += eta * rule" */
    size_t n_inputs;
    e2l_rule_input *inputs; /* [n_inputs], in the task's order when it is known */
} e2l_rule_slot;

typedef struct e2l_rule_set {
    e2l_ctx *ctx; /* borrowed */
    e2l_arena *arena;
    size_t n_slots;
    e2l_rule_slot slots[E2L_RULE_MAX_SLOTS];
    const char *task;       /* NULL: not known */
    const char *trigger;    /* when the formula is evaluated: "every step" */
    const char *scores;     /* JSON object as text, NULL: not known */
    const char *provenance; /* JSON object as text, NULL: this program's version is written */
} e2l_rule_set;

/* Gives an empty set; e2l_rule_set_destroy (NULL is legal). `ctx` is borrowed until then. */
E2L_MUST_CHECK e2l_status e2l_rule_set_create(e2l_ctx *ctx, e2l_rule_set **out);
void e2l_rule_set_destroy(e2l_rule_set *set);

/* Adds a slot with a formula given as text. Its inputs are the names it uses until e2l_rule_set_inputs says more.
   `eta` NaN: not known. E2L_INPUT for a bad slot name, a slot that is there already, a formula that does not parse. */
E2L_MUST_CHECK e2l_status e2l_rule_set_add(e2l_rule_set *set, const char *slot, const char *text, size_t length,
                                           double eta);
/* Copies the list of terminals of slot k; every name the formula uses must be among them. */
E2L_MUST_CHECK e2l_status e2l_rule_set_inputs(e2l_rule_set *set, size_t k, const e2l_rule_input *inputs, size_t n);
/* Copy a text into the set; NULL forgets it. scores and provenance are JSON objects, checked. */
E2L_MUST_CHECK e2l_status e2l_rule_set_task(e2l_rule_set *set, const char *task);
E2L_MUST_CHECK e2l_status e2l_rule_set_scores(e2l_rule_set *set, const char *json);
E2L_MUST_CHECK e2l_status e2l_rule_set_provenance(e2l_rule_set *set, const char *json);
/* Takes terminals (order, unit, meaning) and statements of the slots from the set's task, opened with its default options.
   Does nothing where the task or a slot is not known. E2L_INPUT when a formula uses what is no terminal. */
E2L_MUST_CHECK e2l_status e2l_rule_set_describe(e2l_rule_set *set);
/* The slot called `name`, or NULL. Borrowed from the set. */
const e2l_rule_slot *e2l_rule_set_find(const e2l_rule_set *set, const char *name);

/* Reads rule.json, champion.json or plain text (anything whose first character is not `{`). `where` names the text
   in messages. */
E2L_MUST_CHECK e2l_status e2l_rule_read_text(e2l_ctx *ctx, e2l_rule_set **out, const char *text, size_t length,
                                             const char *where);
E2L_MUST_CHECK e2l_status e2l_rule_read_file(e2l_ctx *ctx, e2l_rule_set **out, const char *path);

/* Appends rule.json. The same set gives the same bytes, and what is read from them prints as them. */
E2L_MUST_CHECK e2l_status e2l_rule_print(const e2l_rule_set *set, e2l_text *out);
E2L_MUST_CHECK e2l_status e2l_rule_write_file(const e2l_rule_set *set, const char *path);

#ifdef __cplusplus
}
#endif
#endif
