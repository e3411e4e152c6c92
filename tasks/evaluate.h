/* evaluate.h: scores of candidates on the cases of one set, on whatever substrate: groups cases by experiment, prepares a plan for each,
   runs, scores, and applies the learning-rate rules of DESIGN section 5. */
#ifndef E2L_TASKS_EVALUATE_H
#define E2L_TASKS_EVALUATE_H

#include "cgp/fitness.h"
#include "tasks/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct e2l_evaluator e2l_evaluator;

typedef struct e2l_evaluator_options {
    size_t struct_size;
    const e2l_task *task;        /* borrowed */
    const void *task_options;    /* borrowed */
    uint64_t task_seed;
    const char *set;             /* copied */
    size_t first_case, n_cases;  /* at most what a data file has; n_cases 0: all it has */
    size_t eta_grid;             /* learning rates per factor of two when tuned: 1, 2, 4 or 8; 0: 1 */
    const e2l_substrate *substrate;
    e2l_device *device;          /* borrowed */
    const volatile sig_atomic_t *cancel;
} e2l_evaluator_options;

/* Opens the family, draws the cases, asks supports, prepares the plans. */
E2L_MUST_CHECK e2l_status e2l_evaluator_create(e2l_ctx *ctx, e2l_evaluator **out,
                                               const e2l_evaluator_options *options);
void e2l_evaluator_destroy(e2l_evaluator *evaluator);
size_t e2l_evaluator_n_cases(const e2l_evaluator *evaluator);
const char *e2l_evaluator_case_name(const e2l_evaluator *evaluator, size_t k);
const e2l_family *e2l_evaluator_family(const e2l_evaluator *evaluator);

/* One rule set with its learning rates. scores[i * n_cases + k]. */
E2L_MUST_CHECK e2l_status e2l_evaluate(e2l_evaluator *evaluator, const e2l_candidate *candidates,
                                       size_t n_candidates, e2l_score *scores);
void e2l_evaluator_stats(const e2l_evaluator *evaluator, e2l_stats *out);

/* The grid of "eta": "tune": eta0 * 2^(k / per_octave), from 2^-8 to 2^8; per_octave 1, 2, 4 or 8. */
enum { E2L_TUNE_OCTAVES = 16 };
double e2l_tune_eta(double eta0, size_t per_octave, size_t step);
/* The same on the evaluator's grid, which has e2l_evaluator_n_etas steps. */
double e2l_evaluator_eta(const e2l_evaluator *evaluator, double eta0, size_t step);
size_t e2l_evaluator_n_etas(const e2l_evaluator *evaluator);
/* For each of n rule sets (rules[i][slot]) finds the step of the grid with the best fitness (all slots share the step; ties: smallest
   eta) and gives that step and its per-case scores. */
E2L_MUST_CHECK e2l_status e2l_evaluate_tuned(e2l_evaluator *evaluator, const e2l_expr *const *const *rules, size_t n,
                                             const double *etas0, size_t *steps, e2l_score *scores);
/* Racing: only who can reach `least` matters. Rule sets whose best mean over the cases (over the grid of learning rates when `tunes`, else at
   etas0) is at least `least` get it, and the step of the grid (0 without tuning); all others, failed ones too, get e2l_fitness_worst(), and
   were dropped as soon as the task's best possible score for the remaining cases could not save them. A learning rate more than `margin`
   behind the rule's best one on the cases so far is given up. Needs e2l_evaluate_can_race. */
E2L_MUST_CHECK e2l_status e2l_evaluate_raced(e2l_evaluator *evaluator, const e2l_expr *const *const *rules, size_t n,
                                             const double *etas0, bool tunes, double least, double margin, size_t *steps,
                                             e2l_fitness *fitness);
/* The task knows a best possible score, and there is more than one case. */
bool e2l_evaluate_can_race(const e2l_evaluator *evaluator);
/* Mean over cases when all are ok, else the order of bad candidates. */
e2l_fitness e2l_scores_fitness(const e2l_score *scores, size_t n);

#ifdef __cplusplus
}
#endif
#endif
