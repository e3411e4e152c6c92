/* simplify.h: a rule set made smaller, step by step, as long as the select cases do not tell the difference.

   First the algebraic step: the evaluated formula gives way to its canonical form, which is equal in real arithmetic. Then empirical steps: of
   all edits of a slot's formula (cgp/reduction.h) that hold, the one that leaves the least complexity is taken (ties: fewest digits, then
   the best score), until none holds. A step holds when, on the select set, every case that was ok stays ok and the mean is not
   lower by more than one paired standard error (e2l_scores_hold), both against the rule before the step and against the rule
   the simplification began with, so that small losses cannot add up. With "eta": "tune" every candidate gets its own learning rate from
   the search set first. Test and shifted sets are never looked at. */
#ifndef E2L_MPI_SIMPLIFY_H
#define E2L_MPI_SIMPLIFY_H

#include <cjson/cJSON.h>

#include "mpi/scoring.h"

typedef enum e2l_evidence { E2L_EVIDENCE_ALGEBRAIC, E2L_EVIDENCE_EMPIRICAL } e2l_evidence;

/* One step of one slot. */
typedef struct e2l_simpler {
    e2l_evidence evidence;
    size_t slot;
    char *removed, *put; /* what went and what came in its place; NULL for an algebraic step; owned */
    char *from, *to;     /* the slot's formula before and after; owned */
    size_t complexity_before, complexity_after;
    double etas[E2L_MAX_SLOTS]; /* after */
    e2l_paired paired;          /* on select: after minus before */
} e2l_simpler;

typedef struct e2l_simplification {
    e2l_ctx *ctx;
    const e2l_task *task; /* borrowed */
    e2l_rule_choices *result; /* owned: one rule set with its learning rates */
    e2l_simpler *steps;   /* [n_steps] owned */
    size_t n_steps, room;
    size_t n_tried, n_cases; /* rule sets scored; cases of the select set */
    bool is_capped;          /* ended because `most` rule sets were scored */
} e2l_simplification;

/* Begins with `rules` at `etas`; scores at most `most` rule sets. The result is the rules themselves when nothing can go, or when they
   are ok on no case. e2l_simplification_clear frees, also after a failure. Deterministic. */
E2L_MUST_CHECK e2l_status e2l_simplify(e2l_ctx *ctx, e2l_simplification *out, const e2l_lab *lab,
                                       const e2l_expr *const *rules, const double *etas, size_t most);
void e2l_simplification_clear(e2l_simplification *simplification);
/* `"n_cases": .., "tried": .., "capped": .., "steps": [{kind, slot, removed, put, from, to, complexity_before, complexity_after, eta,
   paired}]`, without braces. */
void e2l_simplification_put(e2l_text *out, const e2l_simplification *simplification);
/* These members as lines of a page, with "test" when it is there; the cursor stands at `column`, lines begin at `indent`. */
void e2l_simplification_page(const cJSON *simplification, size_t column, size_t indent, bool names_slots);

#endif
