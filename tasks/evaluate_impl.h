/* evaluate_impl.h: the inside of an evaluator, shared by evaluate.c (cases, runs) and evaluate_grid.c (learning rates, racing). */
#ifndef E2L_TASKS_EVALUATE_IMPL_H
#define E2L_TASKS_EVALUATE_IMPL_H

#include "tasks/evaluate.h"

/* Rule sets times learning rates: what is tuned or raced. Grown when needed. */
typedef struct e2l_grid {
    e2l_candidate *candidates; /* [n_points] */
    double *etas;              /* [n_points][n_slots] */
    double *sums;              /* [n_points] of the scores so far */
    size_t *alive;             /* [n_points] indices of the points still run */
    e2l_candidate *running;    /* [n_points] those */
    e2l_score *scores;         /* [n_points][n_cases] */
    size_t room, room_scores;
} e2l_grid;

/* Cases of one experiment: cases[first .. first + n) of the evaluator. */
typedef struct e2l_case_group {
    e2l_plan *plan;
    size_t first, n;
    size_t n_values; /* doubles of a recording */
} e2l_case_group;

struct e2l_evaluator {
    e2l_ctx *ctx;
    const e2l_task *task;
    const e2l_substrate *substrate;
    e2l_device *device;
    e2l_run_options run;
    e2l_family *family;
    size_t first_case, n_cases;
    size_t per_octave; /* of the grid of learning rates */
    e2l_case *cases;  /* [n_cases], by group */
    size_t *place_of; /* [n_cases]: cases[i] is case place_of[i] of the caller */
    char (*names)[E2L_CASE_NAME_BYTES]; /* [n_cases], the caller's order */
    e2l_case_group *groups;
    size_t n_groups;
    /* buffers, grown when needed */
    double *values;
    size_t room_values;
    e2l_recording *recordings;
    size_t room_recordings;
    e2l_grid grid;
};

/* Room for n elements of `size` bytes in *block; what it held is lost. */
E2L_MUST_CHECK e2l_status e2l_evaluate_reserve(e2l_ctx *ctx, void **block, size_t *room, size_t n, size_t size);
/* Candidates on cases [from, to). Scores of candidate i at scores[(where ? where[i] : i) * n_cases + case]. */
E2L_MUST_CHECK e2l_status e2l_evaluate_part(e2l_evaluator *evaluator, const e2l_candidate *candidates, size_t n,
                                            size_t from, size_t to, const size_t *where, e2l_score *scores);
void e2l_grid_clear(e2l_ctx *ctx, e2l_grid *grid);

#endif
