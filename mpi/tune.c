/* tune.c: see tune.h. */
#include "mpi/tune.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_multimin.h>

enum { MOST_CONSTANTS = E2L_MAX_SLOTS * E2L_MAX_LIST };
static const double relative_step = 0.1, least_step = 0.01, smallest_simplex = 1e-9;

/* What the simplex walks on. Better is larger for us and smaller for GSL. */
typedef struct landscape {
    e2l_island *island;
    e2l_scorer *scorer;
    uint64_t generation;
    size_t place[MOST_CONSTANTS]; /* of each dimension among the constants */
    size_t n;
    double values[MOST_CONSTANTS], best_values[MOST_CONSTANTS];
    e2l_fitness best;
    uint64_t n_left; /* evaluations */
    e2l_status status;
} landscape;

/* Bad candidates are a high plain, by what they have achieved: the simplex turns back from them. */
static double height(e2l_fitness fitness)
{
    return fitness.ok ? -fitness.score : 1e30;
}

static e2l_status score(landscape *l, const double *values, e2l_fitness *fitness, double *etas)
{
    e2l_proposal proposal;
    uint64_t before = l->island->memo.n_evaluations;
    e2l_status status = e2l_search_vary(l->island->search, values, &proposal);
    if (status == E2L_OK) {
        status = e2l_scorer_score(l->scorer, &l->island->memo, l->generation, &proposal, 1, NULL, fitness, etas);
    }
    uint64_t used = l->island->memo.n_evaluations - before;
    l->n_left -= used < l->n_left ? used : l->n_left;
    return status;
}

static double evaluate(const gsl_vector *x, void *params)
{
    landscape *l = params;
    e2l_fitness fitness = e2l_fitness_worst();
    double etas[E2L_MAX_SLOTS];
    for (size_t k = 0; k < l->n; k++) {
        double value = gsl_vector_get(x, k);
        if (!isfinite(value)) {
            return 1e30;
        }
        l->values[l->place[k]] = value;
    }
    if (l->status != E2L_OK || l->n_left == 0) {
        return 1e30;
    }
    l->status = score(l, l->values, &fitness, etas);
    if (l->status == E2L_OK && e2l_fitness_compare(fitness, l->best) > 0) {
        l->best = fitness;
        memcpy(l->best_values, l->values, sizeof l->values);
    }
    return height(fitness);
}

static void walk(landscape *l, gsl_multimin_fminimizer *simplex)
{
    const uint64_t most = 4 * l->n_left; /* steps whose points are all known already use nothing up */
    for (uint64_t k = 0; k < most && l->status == E2L_OK && l->n_left > 0; k++) {
        if (gsl_multimin_fminimizer_iterate(simplex) != 0 ||
            gsl_multimin_fminimizer_size(simplex) < smallest_simplex) {
            return;
        }
    }
}

static e2l_status minimise(landscape *l)
{
    gsl_multimin_fminimizer *simplex = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, l->n);
    gsl_vector *start = gsl_vector_alloc(l->n);
    gsl_vector *steps = gsl_vector_alloc(l->n);
    gsl_multimin_function f = {.f = evaluate, .n = l->n, .params = l};
    bool all = simplex && start && steps;
    for (size_t k = 0; all && k < l->n; k++) {
        double value = l->values[l->place[k]];
        gsl_vector_set(start, k, value);
        gsl_vector_set(steps, k, fmax(relative_step * fabs(value), least_step));
    }
    if (all && gsl_multimin_fminimizer_set(simplex, &f, start, steps) == 0) {
        walk(l, simplex);
    }
    if (simplex) {
        gsl_multimin_fminimizer_free(simplex);
    }
    gsl_vector_free(start);
    gsl_vector_free(steps);
    return all ? l->status : E2L_NOMEM;
}

/* The best point once more (it is remembered), and into the population and the archive with it. */
static e2l_status adopt(landscape *l)
{
    e2l_island *island = l->island;
    e2l_fitness fitness;
    double etas[E2L_MAX_SLOTS];
    e2l_status status = score(l, l->best_values, &fitness, etas);
    if (status != E2L_OK || !e2l_search_adopt(island->search, fitness, etas)) {
        return status;
    }
    e2l_individual_view best;
    e2l_search_parent(island->search, 0, &best);
    return e2l_archive_offer(island->archive, best.rules, best.fitness, best.etas, best.generation, island->index, best.id,
                             best.parent);
}

static bool is_due(const e2l_island *island, const e2l_individual_view *best)
{
    bool is_new = !island->has_tuned || best->fitness.score != island->tuned_score; /* drift among equals is none */
    return island->config->search.tune > 0 && best->fitness.ok && is_new;
}

e2l_status e2l_tune_best(e2l_island *island, e2l_scorer *scorer, uint64_t generation)
{
    e2l_individual_view best;
    bool used[MOST_CONSTANTS];
    size_t n = e2l_search_n_constants(island->search);
    e2l_search_parent(island->search, 0, &best);
    if (n > MOST_CONSTANTS || !is_due(island, &best)) {
        return E2L_OK;
    }
    landscape l = {.island = island, .scorer = scorer, .generation = generation, .best = best.fitness,
                   .n_left = island->config->search.tune};
    e2l_search_constants(island->search, l.values, used);
    for (size_t k = 0; k < n; k++) {
        l.place[l.n] = k;
        l.n += used[k] ? 1 : 0;
    }
    memcpy(l.best_values, l.values, sizeof l.values);
    e2l_status status = l.n > 0 ? minimise(&l) : E2L_OK;
    if (status == E2L_OK && e2l_fitness_compare(l.best, best.fitness) > 0) {
        status = adopt(&l);
    }
    e2l_search_parent(island->search, 0, &best);
    island->has_tuned = true;
    island->tuned_score = best.fitness.score;
    return status;
}
