/* scoring.h: rule sets judged on the cases of one set: learning rates by the rules of DESIGN section 5, scores, statistics, floor and
   reference on the same cases. For `e2l eval` and for the champion of a search. */
#ifndef E2L_MPI_SCORING_H
#define E2L_MPI_SCORING_H

#include "mpi/lab.h"
#include "mpi/rules.h"
#include "results/statistics.h"

/* Cases of a set when neither anybody nor the task (judged_cases) says otherwise; the search set has task.cases. */
enum { E2L_CASES_SELECT = 100, E2L_CASES_TEST = 200, E2L_CASES_SHIFT = 200 };

/* One rule set on all cases. */
typedef struct e2l_judged {
    double etas[E2L_MAX_SLOTS];
    e2l_score *scores; /* [n_cases], owned */
    size_t n_ok;
    e2l_summary summary; /* of the ok cases */
} e2l_judged;

typedef struct e2l_judge {
    e2l_ctx *ctx;
    const e2l_lab *lab;       /* borrowed */
    e2l_evaluator *evaluator; /* of the set judged on; owned */
    e2l_evaluator *tuning;    /* of the search set, made when eta is tuned; owned */
    const char *set;
    size_t n_cases;
    e2l_judged floor, reference; /* of score_norm, once asked for; owned. `floor.scores` NULL: not yet, or no rule of it is ok */
    bool has_norm;
} e2l_judge;

/* `set` NULL: "all" for a data file, else "test". n_cases 0: the set's usual number. */
E2L_MUST_CHECK e2l_status e2l_judge_open(e2l_ctx *ctx, e2l_judge *out, const e2l_lab *lab, const char *set,
                                         size_t n_cases);
void e2l_judge_close(e2l_judge *judge);
/* Scores one rule set; e2l_judged_clear frees. */
E2L_MUST_CHECK e2l_status e2l_judge_rule(e2l_judge *judge, const e2l_rule_choice *choice, e2l_judged *out);
void e2l_judged_clear(e2l_ctx *ctx, e2l_judged *judged);
/* Replaces the learning rates by the best step of the grid around them, on the evaluator's cases. */
E2L_MUST_CHECK e2l_status e2l_tune_rule(e2l_ctx *ctx, e2l_evaluator *evaluator, const e2l_task *task,
                                        const e2l_expr *const *rules, double *etas);
/* Paired comparison over the cases where both are ok. */
E2L_MUST_CHECK e2l_status e2l_judge_compare(e2l_judge *judge, const e2l_judged *a, const e2l_judged *b,
                                            e2l_paired *out);
/* Values of the cases where both are ok, in order; room for n each. Returns how many. */
size_t e2l_scores_pair(const e2l_score *a, const e2l_score *b, size_t n, double *of_a, double *of_b);
/* `other` is as good as `best` as far as n cases can tell: every case that is ok with `best` is ok with `other`, and over these the
   mean of `other` is lower by at most one standard error of the paired difference. The standard error is taken without the case that
   loses most: one disaster among cases that are all equal has a mean and a standard error of d / n each and would excuse
   itself. Losses below a millionth of `tolerated` are rounding. False when no case is ok with `best`. */
bool e2l_scores_hold(const e2l_score *best, const e2l_score *other, size_t n, double tolerated);
/* score_norm of `judged`: floor = best of zero and the task's data-blind rules, reference = the task's first, all of them run once for
   a judge. */
E2L_MUST_CHECK e2l_status e2l_judge_normalise(e2l_judge *judge, const e2l_judged *judged, e2l_normalised *out);

#endif
