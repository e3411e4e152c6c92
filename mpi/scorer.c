/* scorer.c: see scorer.h. No allocation once the buffers have grown to the largest batch. */
#include "mpi/scorer.h"

#include <math.h>
#include <string.h>

#include "mpi/probes.h"

enum { MAX_SCORES = 1 << 16 };

struct e2l_scorer {
    e2l_ctx *ctx;           /* borrowed */
    const e2l_lab *lab;     /* borrowed */
    size_t n_slots;
    e2l_evaluator *evaluator; /* owned; of block `block` */
    uint64_t block;
    size_t n_cases, n_available;
    bool has_probes;
    e2l_probes probes; /* of search.cache "probes" */
    bool races;        /* in the batch at hand */
    double least;
    struct {
        e2l_key *keys;               /* [room] what counts as the same */
        bool *known;                 /* [room] answered by the memo */
        size_t room;                 /* proposals */
        size_t *run;                 /* [room] indices of the proposals to run */
        size_t *twin;                /* [room] proposal i has the score of proposal twin[i] */
        e2l_candidate *candidates;   /* [room] */
        const e2l_expr *const **rules; /* [room] */
        size_t *steps;               /* [room] */
        e2l_fitness *raced;          /* [room] */
        e2l_score *scores;           /* [n_chunk * n_cases] */
    } batch;                         /* owned */
    size_t n_chunk;                       /* proposals run at once */
    double eta0[E2L_MAX_SLOTS];
    e2l_scorer_counts counts;
};

e2l_status e2l_scorer_create(e2l_ctx *ctx, e2l_scorer **out, const e2l_lab *lab)
{
    const e2l_config *config = lab->config;
    *out = NULL;
    e2l_scorer *scorer = e2l_alloc(ctx, 1, sizeof *scorer);
    if (!scorer) {
        return E2L_NOMEM;
    }
    *scorer = (e2l_scorer){.ctx = ctx, .lab = lab, .n_slots = config->task->n_slots};
    for (size_t k = 0; k < E2L_MAX_SLOTS; k++) {
        scorer->eta0[k] = lab->eta0;
    }
    e2l_status status = e2l_lab_count_cases(lab, E2L_SET_SEARCH, (size_t)config->common.cases, &scorer->n_cases,
                                            &scorer->n_available);
    if (status == E2L_OK && scorer->n_cases == 0) {
        status = e2l_fail(ctx, E2L_INPUT, "task '%s' has no cases to search on", config->task->name);
    }
    if (status == E2L_OK) {
        status = e2l_lab_evaluator(lab, &scorer->evaluator, E2L_SET_SEARCH, 0, scorer->n_cases);
    }
    if (status == E2L_OK && config->search.cache == E2L_CACHE_PROBES) {
        scorer->has_probes = true;
        status = e2l_probes_init(ctx, &scorer->probes, config->task, e2l_evaluator_family(scorer->evaluator));
    }
    if (status == E2L_OK) {
        size_t fits = MAX_SCORES / scorer->n_cases;
        scorer->n_chunk = fits > 0 ? fits : 1;
        scorer->counts.n_cases = scorer->n_cases;
        *out = scorer;
    } else {
        e2l_scorer_destroy(scorer);
    }
    return status;
}

static void free_batch(e2l_scorer *scorer)
{
    e2l_free(scorer->ctx, scorer->batch.keys);
    e2l_free(scorer->ctx, scorer->batch.known);
    e2l_free(scorer->ctx, scorer->batch.raced);
    e2l_free(scorer->ctx, scorer->batch.run);
    e2l_free(scorer->ctx, scorer->batch.twin);
    e2l_free(scorer->ctx, scorer->batch.candidates);
    e2l_free(scorer->ctx, scorer->batch.rules);
    e2l_free(scorer->ctx, scorer->batch.steps);
    e2l_free(scorer->ctx, scorer->batch.scores);
    memset(&scorer->batch, 0, sizeof scorer->batch);
}

void e2l_scorer_destroy(e2l_scorer *scorer)
{
    if (scorer) {
        free_batch(scorer);
        if (scorer->has_probes) {
            e2l_probes_clear(&scorer->probes);
        }
        e2l_evaluator_destroy(scorer->evaluator);
        e2l_free(scorer->ctx, scorer);
    }
}

static e2l_status make_room(e2l_scorer *scorer, size_t n)
{
    e2l_ctx *ctx = scorer->ctx;
    if (n <= scorer->batch.room) {
        return E2L_OK;
    }
    free_batch(scorer);
    size_t n_chunk = n < scorer->n_chunk ? n : scorer->n_chunk;
    scorer->batch.keys = e2l_alloc(ctx, n, sizeof *scorer->batch.keys);
    scorer->batch.known = e2l_alloc(ctx, n, sizeof *scorer->batch.known);
    scorer->batch.raced = e2l_alloc(ctx, n, sizeof *scorer->batch.raced);
    scorer->batch.run = e2l_alloc(ctx, n, sizeof *scorer->batch.run);
    scorer->batch.twin = e2l_alloc(ctx, n, sizeof *scorer->batch.twin);
    scorer->batch.candidates = e2l_alloc(ctx, n, sizeof *scorer->batch.candidates);
    scorer->batch.rules = e2l_alloc(ctx, n, sizeof *scorer->batch.rules);
    scorer->batch.steps = e2l_alloc(ctx, n, sizeof *scorer->batch.steps);
    scorer->batch.scores = e2l_alloc(ctx, n_chunk * scorer->n_cases, sizeof *scorer->batch.scores);
    bool all = scorer->batch.keys && scorer->batch.known && scorer->batch.raced && scorer->batch.run && scorer->batch.twin && scorer->batch.candidates && scorer->batch.rules &&
               scorer->batch.steps && scorer->batch.scores;
    scorer->batch.room = all ? n : 0;
    return all ? E2L_OK : E2L_NOMEM;
}

/* The cases of the block this generation belongs to; scores of other blocks are forgotten. */
static e2l_status enter_block(e2l_scorer *scorer, e2l_memo *memo, uint64_t generation)
{
    uint64_t every = scorer->lab->config->search.resample_every;
    uint64_t block = every > 0 ? generation / every : 0;
    e2l_memo_enter(memo, block);
    if (scorer->evaluator && block == scorer->block) {
        return E2L_OK;
    }
    uint64_t n_blocks = scorer->n_available / scorer->n_cases; /* of a data file; practically endless when drawn */
    size_t first = (size_t)(block % n_blocks) * scorer->n_cases;
    e2l_evaluator_destroy(scorer->evaluator);
    scorer->evaluator = NULL;
    e2l_status status = e2l_lab_evaluator(scorer->lab, &scorer->evaluator, E2L_SET_SEARCH, first, scorer->n_cases);
    scorer->block = block;
    return status;
}

e2l_status e2l_scorer_evaluator(e2l_scorer *scorer, e2l_memo *memo, uint64_t generation, e2l_evaluator **out)
{
    e2l_status status = enter_block(scorer, memo, generation);
    *out = scorer->evaluator;
    return status;
}

static e2l_status find_keys(e2l_scorer *scorer, const e2l_proposal *proposals, size_t n)
{
    e2l_status status = E2L_OK;
    for (size_t i = 0; status == E2L_OK && i < n; i++) {
        scorer->batch.keys[i] = e2l_proposal_key(&proposals[i]);
        if (scorer->has_probes) {
            status = e2l_probes_key(&scorer->probes, proposals[i].rules, &scorer->batch.keys[i]);
        }
    }
    return status;
}

/* An earlier proposal of the batch that computes the same; `i` when there is none. */
static size_t find_twin(const e2l_scorer *scorer, size_t n_run, size_t i)
{
    const e2l_key *keys = scorer->batch.keys;
    for (size_t k = 0; k < n_run; k++) {
        size_t run = scorer->batch.run[k];
        if (keys[run].low == keys[i].low && keys[run].high == keys[i].high) {
            return run;
        }
    }
    return i;
}

/* Fills what is known and lists the rest in run[]; returns their number. Without a cache what is known runs again: only the counts
   show that it was. */
static size_t sort_out(e2l_scorer *scorer, e2l_memo *memo, size_t n, e2l_fitness *fitness, double *etas)
{
    bool trusts = scorer->lab->config->search.cache != E2L_CACHE_NONE;
    size_t n_run = 0;
    for (size_t i = 0; i < n; i++) {
        scorer->batch.twin[i] = i;
        scorer->batch.known[i] = e2l_memo_get(memo, scorer->batch.keys[i], scorer->races, scorer->least, &fitness[i],
                                              etas + i * scorer->n_slots);
        if (scorer->batch.known[i] && trusts) {
            continue;
        }
        scorer->batch.twin[i] = find_twin(scorer, n_run, i);
        if (scorer->batch.twin[i] == i) {
            memo->n_evaluations += scorer->batch.known[i] ? 0 : 1;
            scorer->batch.run[n_run++] = i;
        }
    }
    return n_run;
}

/* Giving up learning rates on suspicion changes scores: with racing it is done with a bar and without one, so that a score does not depend
   on what was asked first. */
static bool suspects(const e2l_scorer *scorer)
{
    bool tunes = scorer->lab->eta_mode == E2L_ETA_TUNE;
    return scorer->lab->config->search.racing > 0 && tunes && e2l_evaluate_can_race(scorer->evaluator);
}

/* Without a bar, bad candidates are told apart by how far they got at their best rate; a race does not say. */
static e2l_status grade_failures(e2l_scorer *scorer, size_t n)
{
    e2l_status status = E2L_OK;
    for (size_t k = 0; status == E2L_OK && k < n; k++) {
        if (!scorer->batch.raced[k].ok) {
            status = e2l_evaluate_tuned(scorer->evaluator, &scorer->batch.rules[k], 1, scorer->eta0, &scorer->batch.steps[k],
                                        scorer->batch.scores);
            e2l_fitness full = e2l_scores_fitness(scorer->batch.scores, scorer->n_cases);
            scorer->batch.raced[k] = full.ok ? e2l_fitness_worst() : full; /* ok: its good rates were given up */
        }
    }
    return status;
}

static e2l_status evaluate_chunk(e2l_scorer *scorer, size_t n)
{
    bool tunes = scorer->lab->eta_mode == E2L_ETA_TUNE;
    e2l_status status;
    if (scorer->races || suspects(scorer)) {
        status = e2l_evaluate_raced(scorer->evaluator, scorer->batch.rules, n, scorer->eta0, tunes, scorer->least,
                                    scorer->lab->config->search.racing, scorer->batch.steps, scorer->batch.raced);
        return status == E2L_OK && !scorer->races ? grade_failures(scorer, n) : status;
    }
    status = tunes ? e2l_evaluate_tuned(scorer->evaluator, scorer->batch.rules, n, scorer->eta0, scorer->batch.steps,
                                        scorer->batch.scores)
                   : e2l_evaluate(scorer->evaluator, scorer->batch.candidates, n, scorer->batch.scores);
    for (size_t k = 0; status == E2L_OK && k < n; k++) {
        scorer->batch.raced[k] = e2l_scores_fitness(scorer->batch.scores + k * scorer->n_cases, scorer->n_cases);
    }
    return status;
}

/* Runs run[first..first + n) and stores their scores. */
static e2l_status run_chunk(e2l_scorer *scorer, e2l_memo *memo, const e2l_proposal *proposals, size_t first, size_t n,
                            e2l_fitness *fitness, double *etas)
{
    bool tunes = scorer->lab->eta_mode == E2L_ETA_TUNE;
    for (size_t k = 0; k < n; k++) {
        scorer->batch.rules[k] = proposals[scorer->batch.run[first + k]].rules;
        scorer->batch.candidates[k] = (e2l_candidate){.rules = scorer->batch.rules[k], .etas = scorer->eta0};
    }
    e2l_status status = evaluate_chunk(scorer, n);
    for (size_t k = 0; status == E2L_OK && k < n; k++) {
        size_t i = scorer->batch.run[first + k];
        double eta = tunes ? e2l_evaluator_eta(scorer->evaluator, scorer->lab->eta0, scorer->batch.steps[k]) : scorer->lab->eta0;
        for (size_t slot = 0; slot < scorer->n_slots; slot++) {
            etas[i * scorer->n_slots + slot] = eta;
        }
        fitness[i] = scorer->batch.raced[k];
        if (!scorer->batch.known[i]) { /* run again without a cache: the memory must stay what it would be with one */
            e2l_memo_put(memo, scorer->batch.keys[i], scorer->races, scorer->least, fitness[i],
                         etas + i * scorer->n_slots);
        }
    }
    return status;
}

static void copy_twins(const e2l_scorer *scorer, size_t n, e2l_fitness *fitness, double *etas)
{
    for (size_t i = 0; i < n; i++) {
        size_t twin = scorer->batch.twin[i];
        fitness[i] = fitness[twin];
        for (size_t slot = 0; twin != i && slot < scorer->n_slots; slot++) {
            etas[i * scorer->n_slots + slot] = etas[twin * scorer->n_slots + slot];
        }
    }
}

/* Whether this batch races, and for what. */
static void set_bar(e2l_scorer *scorer, const e2l_fitness *bar)
{
    double margin = scorer->lab->config->search.racing;
    scorer->races = margin > 0 && bar && bar->ok && e2l_evaluate_can_race(scorer->evaluator);
    scorer->least = scorer->races ? bar->score - margin : -HUGE_VAL;
}

e2l_status e2l_scorer_score(e2l_scorer *scorer, e2l_memo *memo, uint64_t generation, const e2l_proposal *proposals,
                            size_t n, const e2l_fitness *bar, e2l_fitness *fitness, double *etas)
{
    e2l_status status = make_room(scorer, n);
    status = status == E2L_OK ? enter_block(scorer, memo, generation) : status;
    status = status == E2L_OK ? find_keys(scorer, proposals, n) : status;
    if (status != E2L_OK) {
        return status;
    }
    set_bar(scorer, bar);
    size_t n_run = sort_out(scorer, memo, n, fitness, etas);
    for (size_t first = 0; status == E2L_OK && first < n_run; first += scorer->n_chunk) {
        size_t left = n_run - first;
        size_t chunk = left < scorer->n_chunk ? left : scorer->n_chunk;
        status = run_chunk(scorer, memo, proposals, first, chunk, fitness, etas);
    }
    if (status == E2L_OK) {
        copy_twins(scorer, n, fitness, etas);
        scorer->counts.n_proposals += n;
        scorer->counts.n_evaluated += n_run;
    }
    return status;
}

void e2l_scorer_count(const e2l_scorer *scorer, e2l_scorer_counts *out)
{
    *out = scorer->counts;
}
