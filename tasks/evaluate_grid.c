/* evaluate_grid.c: rule sets at several learning rates, and racing: what can no longer reach a given score is not run to its end.

   A point of the grid is a rule set at one learning rate. Cases come in blocks that double; after each block
   - a point is dropped for good reason when its scores so far plus the best possible score (task->best) for the cases still to come leave
     its mean below `least`: it cannot matter any more;
   - a learning rate is dropped on suspicion when its mean so far is more than `margin` behind that of the same rule set's best
     learning rate on the same cases. This alone can be wrong, and then costs the rule set part of its score.
   Nothing about a result depends on chance or on other candidates: a rule set whose best mean among the points left is at least
   `least` gets that, any other gets e2l_fitness_worst(), whether it was dropped or ran to its end. */
#include <math.h>
#include <string.h>

#include "tasks/evaluate.h"
#include "tasks/evaluate_impl.h"

enum { FIRST_PART = 6 }; /* of the cases stand in the first block */

/* 2^(k / 8): numbers, so that no library decides about their last bit. */
enum { EIGHTHS = 8 };
static const double roots[EIGHTHS] = {1,
                                      1.0905077326652577,
                                      1.189207115002721,
                                      1.2968395546510096,
                                      1.4142135623730951,
                                      1.5422108254079407,
                                      1.681792830507429,
                                      1.8340080864093424};

double e2l_tune_eta(double eta0, size_t per_octave, size_t step)
{
    const double root = roots[step % per_octave * (EIGHTHS / per_octave)];
    return ldexp(eta0 * root, (int)(step / per_octave) - E2L_TUNE_OCTAVES / 2);
}

double e2l_evaluator_eta(const e2l_evaluator *evaluator, double eta0, size_t step)
{
    return e2l_tune_eta(eta0, evaluator->per_octave, step);
}

size_t e2l_evaluator_n_etas(const e2l_evaluator *evaluator)
{
    return E2L_TUNE_OCTAVES * evaluator->per_octave + 1;
}

void e2l_grid_clear(e2l_ctx *ctx, e2l_grid *grid)
{
    e2l_free(ctx, grid->candidates);
    e2l_free(ctx, grid->etas);
    e2l_free(ctx, grid->sums);
    e2l_free(ctx, grid->alive);
    e2l_free(ctx, grid->running);
    e2l_free(ctx, grid->scores);
    *grid = (e2l_grid){0};
}

static e2l_status reserve_points(e2l_ctx *ctx, e2l_grid *grid, size_t n, size_t n_slots)
{
    if (n <= grid->room) {
        return E2L_OK;
    }
    e2l_grid_clear(ctx, grid);
    grid->candidates = e2l_alloc(ctx, n, sizeof *grid->candidates);
    grid->etas = e2l_alloc(ctx, n * n_slots, sizeof *grid->etas);
    grid->sums = e2l_alloc(ctx, n, sizeof *grid->sums);
    grid->alive = e2l_alloc(ctx, n, sizeof *grid->alive);
    grid->running = e2l_alloc(ctx, n, sizeof *grid->running);
    bool all = grid->candidates && grid->etas && grid->sums && grid->alive && grid->running;
    grid->room = all ? n : 0;
    return all ? E2L_OK : E2L_NOMEM;
}

static e2l_status reserve_grid(e2l_evaluator *self, size_t n)
{
    e2l_grid *grid = &self->grid;
    e2l_status status = reserve_points(self->ctx, grid, n, self->task->n_slots);
    void *scores = grid->scores;
    if (status == E2L_OK) {
        status = e2l_evaluate_reserve(self->ctx, &scores, &grid->room_scores, n * self->n_cases, sizeof *grid->scores);
    }
    grid->scores = scores;
    return status;
}

/* Point i * n_steps + k: rule set i at step k of the grid, or at etas0 when there is but one step. */
static void fill_grid(e2l_evaluator *self, const e2l_expr *const *const *rules, size_t n, size_t n_steps,
                      const double *etas0)
{
    const size_t n_slots = self->task->n_slots;
    for (size_t p = 0; p < n * n_steps; p++) {
        double *etas = self->grid.etas + p * n_slots;
        for (size_t s = 0; s < n_slots; s++) {
            etas[s] = n_steps > 1 ? e2l_evaluator_eta(self, etas0[s], p % n_steps) : etas0[s];
        }
        self->grid.candidates[p] = (e2l_candidate){.rules = rules[p / n_steps], .etas = etas};
    }
}

/* The smallest of the best learning rates: `scores` are those of one rule set, one step after the other. */
static size_t best_step(const e2l_score *scores, size_t n_steps, size_t n_cases)
{
    size_t best = 0;
    e2l_fitness best_fitness = e2l_scores_fitness(scores, n_cases);
    for (size_t step = 1; step < n_steps; step++) {
        e2l_fitness fitness = e2l_scores_fitness(scores + step * n_cases, n_cases);
        if (e2l_fitness_compare(fitness, best_fitness) > 0) {
            best = step;
            best_fitness = fitness;
        }
    }
    return best;
}

e2l_status e2l_evaluate_tuned(e2l_evaluator *evaluator, const e2l_expr *const *const *rules, size_t n,
                              const double *etas0, size_t *steps, e2l_score *scores)
{
    const size_t n_cases = evaluator->n_cases, n_steps = e2l_evaluator_n_etas(evaluator);
    e2l_status status = reserve_grid(evaluator, n * n_steps);
    if (status != E2L_OK) {
        return status;
    }
    fill_grid(evaluator, rules, n, n_steps, etas0);
    status = e2l_evaluate(evaluator, evaluator->grid.candidates, n * n_steps, evaluator->grid.scores);
    for (size_t i = 0; i < n && status == E2L_OK; i++) {
        const e2l_score *grid = evaluator->grid.scores + i * n_steps * n_cases;
        steps[i] = best_step(grid, n_steps, n_cases);
        memcpy(scores + i * n_cases, grid + steps[i] * n_cases, n_cases * sizeof *scores);
    }
    return status;
}

/* ---- racing ---------------------------------------------------------------------------------------- */

/* What a race is about. */
typedef struct race {
    size_t n_steps; /* learning rates of a rule set */
    double best, least, margin;
    size_t from, to; /* cases of the block at hand */
} race;

/* Adds the scores of the block; false when the point has failed or can no longer reach `least`. */
static bool can_reach(const e2l_evaluator *self, const race *r, size_t point)
{
    const e2l_score *scores = self->grid.scores + point * self->n_cases;
    double *sum = &self->grid.sums[point];
    for (size_t k = r->from; k < r->to; k++) {
        if (scores[k].outcome != E2L_OUTCOME_OK) {
            return false;
        }
        *sum += scores[k].value;
    }
    /* rounding of the sum must not decide: the bound is given the room of a few units in the last place of `best` */
    double bound = (*sum + r->best * (double)(self->n_cases - r->to)) / (double)self->n_cases;
    return bound >= r->least - 1e-12 * (fabs(r->best) + fabs(r->least));
}

/* Keeps of alive[0..n), the points of one rule set, those near the best of them; returns how many. */
static size_t keep_near(const e2l_evaluator *self, const race *r, size_t *alive, size_t n)
{
    const double *sums = self->grid.sums;
    double top = -HUGE_VAL;
    for (size_t k = 0; k < n; k++) {
        top = sums[alive[k]] > top ? sums[alive[k]] : top;
    }
    size_t n_kept = 0;
    for (size_t k = 0; k < n; k++) {
        if (sums[alive[k]] >= top - r->margin * (double)r->to) {
            alive[n_kept++] = alive[k];
        }
    }
    return n_kept;
}

/* After a block: who goes on. Points ascend, so those of a rule set stand together. */
static size_t keep(const e2l_evaluator *self, const race *r, size_t n_alive)
{
    size_t *alive = self->grid.alive;
    size_t n_left = 0;
    for (size_t k = 0; k < n_alive;) {
        size_t rule = alive[k] / r->n_steps;
        size_t first = n_left;
        for (; k < n_alive && alive[k] / r->n_steps == rule; k++) {
            if (can_reach(self, r, alive[k])) {
                alive[n_left++] = alive[k];
            }
        }
        n_left = first + keep_near(self, r, alive + first, n_left - first);
    }
    return n_left;
}

/* Runs the alive points block by block; *n_alive becomes how many are left. */
static e2l_status run_race(e2l_evaluator *self, race *r, size_t *n_alive)
{
    e2l_grid *grid = &self->grid;
    size_t block = (self->n_cases + FIRST_PART - 1) / FIRST_PART;
    e2l_status status = E2L_OK;
    for (r->from = 0; status == E2L_OK && r->from < self->n_cases && *n_alive > 0; r->from = r->to) {
        r->to = self->n_cases - r->from > block ? r->from + block : self->n_cases;
        block = r->to;
        for (size_t k = 0; k < *n_alive; k++) {
            grid->running[k] = grid->candidates[grid->alive[k]];
        }
        status = e2l_evaluate_part(self, grid->running, *n_alive, r->from, r->to, grid->alive, grid->scores);
        *n_alive = status == E2L_OK ? keep(self, r, *n_alive) : 0;
    }
    return status;
}

/* The best of what ran to its end; the smallest learning rate among equals, since points ascend. */
static void take_winners(const e2l_evaluator *self, size_t n_alive, size_t n_steps, double least, size_t *steps,
                         e2l_fitness *fitness)
{
    for (size_t a = 0; a < n_alive; a++) {
        size_t point = self->grid.alive[a];
        size_t i = point / n_steps;
        e2l_fitness found = e2l_scores_fitness(self->grid.scores + point * self->n_cases, self->n_cases);
        if (found.ok && found.score >= least && e2l_fitness_compare(found, fitness[i]) > 0) {
            fitness[i] = found;
            steps[i] = point % n_steps;
        }
    }
}

bool e2l_evaluate_can_race(const e2l_evaluator *evaluator)
{
    return evaluator->task->best != NULL && evaluator->n_cases > 1 && isfinite(evaluator->task->best(evaluator->family));
}

e2l_status e2l_evaluate_raced(e2l_evaluator *evaluator, const e2l_expr *const *const *rules, size_t n,
                              const double *etas0, bool tunes, double least, double margin, size_t *steps,
                              e2l_fitness *fitness)
{
    const size_t n_steps = tunes ? e2l_evaluator_n_etas(evaluator) : 1;
    size_t n_alive = n * n_steps;
    e2l_status status = reserve_grid(evaluator, n_alive);
    if (status != E2L_OK) {
        return status;
    }
    fill_grid(evaluator, rules, n, n_steps, etas0);
    for (size_t p = 0; p < n_alive; p++) {
        evaluator->grid.alive[p] = p;
        evaluator->grid.sums[p] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        fitness[i] = e2l_fitness_worst();
        steps[i] = 0;
    }
    race r = {.n_steps = n_steps, .best = evaluator->task->best(evaluator->family), .least = least, .margin = margin};
    status = run_race(evaluator, &r, &n_alive);
    if (status == E2L_OK) {
        take_winners(evaluator, n_alive, n_steps, least, steps, fitness);
    }
    return status;
}
