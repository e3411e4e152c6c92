/* search_step.c: one generation: ask makes and decodes the offspring, tell scores, selects and counts. */
#include <math.h>
#include <string.h>

#include "cgp/search_impl.h"

void e2l_search_stream(const e2l_search *search, e2l_stream *stream, e2l_purpose purpose, uint64_t a,
                       uint64_t b, uint64_t slot)
{
    const uint64_t words[] = {search->island, a, b, slot};
    e2l_stream_init(stream, search->seed, purpose, words, sizeof words / sizeof words[0]);
}

void e2l_search_draw(const e2l_search *search, uint64_t index, uint64_t life, search_individual *child)
{
    for (size_t slot = 0; slot < search->n_slots; slot++) {
        e2l_stream stream;
        e2l_search_stream(search, &stream, E2L_PURPOSE_GENOME, index, life, slot);
        e2l_genome_draw(&search->shapes[slot], &stream, child->genes + search->gene_at[slot]);
    }
}

void e2l_search_inherit(const e2l_search *search, const search_individual *from, search_individual *child)
{
    child->from = from;
    memcpy(child->genes, from->genes, search->gene_at[search->n_slots] * sizeof child->genes[0]);
    memcpy(child->constants, from->constants, search->constant_at[search->n_slots] * sizeof child->constants[0]);
}

/* ---- ask ---- */

static void make_first(const e2l_search *search, size_t k, search_individual *child)
{
    size_t n_genes = search->gene_at[search->n_slots];
    if (k < search->n_seeds) {
        memcpy(child->genes, search->seed_genes + k * n_genes, n_genes * sizeof child->genes[0]);
    } else {
        e2l_search_draw(search, k, 0, child);
    }
}

static bool is_stagnant(const e2l_search *search)
{
    return search->restart > 0 && search->stale >= search->restart;
}

static e2l_status make(e2l_search *search, size_t k)
{
    search_individual *child = e2l_search_take(search);
    search->made[search->n_made++] = child;
    if (search->generation == 0) {
        make_first(search, k, child);
    } else if (search->restarting) {
        e2l_search_draw(search, k, search->n_restarts + 1, child);
    } else {
        search->method->breed(search, k, child);
    }
    child->id = search->next_id + k; /* taken when told, so that ask changes nothing that is saved */
    child->parent = child->from ? child->from->id : 0;
    child->generation = search->generation;
    child->island = search->island;
    return e2l_search_decode(search, child);
}

static void propose(e2l_search *search, search_individual *one)
{
    if (one->silent || one->too_large) {
        return;
    }
    search->proposals[search->n_asked] =
        (e2l_proposal){.rules = one->exprs, .decoded = one->rule, .n_rules = search->n_slots, .id = one->id,
                       .parent = one->parent};
    search->asked[search->n_asked++] = one;
}

/* Parents were offspring once: what made them silent then does not keep them from being asked again. */
static void propose_parents(e2l_search *search)
{
    for (size_t k = 0; k < search->n_parents; k++) {
        search->parents[k]->silent = false;
        propose(search, search->parents[k]);
    }
}

void e2l_search_cancel(e2l_search *search)
{
    e2l_search_drop_trial(search);
    e2l_search_release_all(search, search->made, &search->n_made);
    search->reevaluate = search->reevaluate || search->reevaluating;
    search->reevaluating = search->restarting = search->pending = false;
    search->n_asked = 0;
}

static e2l_status make_batch(e2l_search *search)
{
    search->restarting = is_stagnant(search);
    size_t n = search->generation == 0 || search->restarting ? search->mu : search->lambda;
    for (size_t k = 0; k < n; k++) {
        e2l_status status = make(search, k);
        if (status != E2L_OK) {
            e2l_search_cancel(search);
            return status;
        }
    }
    return E2L_OK;
}

static e2l_status ask(e2l_search *search)
{
    e2l_search_drop_trial(search);
    e2l_status status = make_batch(search);
    if (status != E2L_OK) {
        return status;
    }
    search->pending = true;
    search->reevaluating = search->reevaluate && !search->restarting;
    search->reevaluate = false;
    search->n_asked = 0;
    if (search->reevaluating) {
        propose_parents(search);
    }
    for (size_t k = 0; k < search->n_made; k++) {
        propose(search, search->made[k]);
    }
    return E2L_OK;
}

e2l_status e2l_search_ask(e2l_search *search, const e2l_proposal **proposals, size_t *n)
{
    *proposals = NULL;
    *n = 0;
    e2l_status status = search->pending ? E2L_OK : ask(search);
    if (status == E2L_OK) {
        *proposals = search->proposals;
        *n = search->n_asked;
    }
    return status;
}

/* ---- tell ---- */

e2l_fitness e2l_search_settled(e2l_fitness f)
{
    if (f.ok && !isfinite(f.score)) {
        return e2l_fitness_worst();
    }
    f.score = f.ok ? f.score + 0.0 : 0.0;
    return f;
}

static void score(e2l_search *search, const e2l_fitness *fitness, const double *etas)
{
    size_t n = search->n_slots;
    for (size_t k = 0; k < search->n_asked; k++) {
        search_individual *one = search->asked[k];
        one->fitness = e2l_search_settled(fitness[k]);
        if (etas) {
            memcpy(one->etas, etas + k * n, n * sizeof etas[0]);
        } else {
            memset(one->etas, 0, n * sizeof one->etas[0]);
        }
    }
    for (size_t k = 0; k < search->n_made; k++) {
        search_individual *one = search->made[k];
        if (one->silent) { /* after the parents, which may have been scored anew just now */
            one->fitness = one->from->fitness;
            memcpy(one->etas, one->from->etas, n * sizeof one->etas[0]);
        }
    }
}

static void count(e2l_search *search)
{
    e2l_search_counts counts = {.candidates = search->n_made};
    for (size_t k = 0; k < search->n_made; k++) {
        const search_individual *one = search->made[k];
        counts.skipped_silent += one->silent ? 1 : 0;
        counts.aborted += !one->silent && !one->fitness.ok ? 1 : 0;
    }
    search->counts = counts;
}

/* Puts `one` behind all that are at least as good; the last falls off a full list. */
static void rank(e2l_search *search, size_t *n, search_individual *one)
{
    search_individual **list = search->next_parents;
    size_t at = *n;
    while (at > 0 && e2l_fitness_compare(one->fitness, list[at - 1]->fitness) > 0) {
        at--;
    }
    if (at == search->mu) {
        return;
    }
    *n += *n < search->mu ? 1 : 0;
    memmove(list + at + 1, list + at, (*n - 1 - at) * sizeof list[0]);
    list[at] = one;
}

static void rank_all(e2l_search *search, size_t *n, search_individual *const *list, size_t n_list)
{
    for (size_t k = 0; k < n_list; k++) {
        rank(search, n, list[k]);
    }
}

void e2l_search_select(e2l_search *search, search_individual *const *fresh, size_t n_fresh, bool fresh_first)
{
    size_t n = 0;
    if (fresh_first) {
        rank_all(search, &n, fresh, n_fresh);
    }
    rank_all(search, &n, search->parents, search->n_parents);
    if (!fresh_first) {
        rank_all(search, &n, fresh, n_fresh);
    }
    for (size_t k = 0; k < n; k++) {
        search->next_parents[k]->n_users++;
    }
    e2l_search_release_all(search, search->parents, &search->n_parents);
    search_individual **old = search->parents;
    search->parents = search->next_parents;
    search->next_parents = old;
    search->n_parents = n;
}

/* What was made is now what was told; who has a second user has become a parent. */
static void turn_over(e2l_search *search)
{
    e2l_search_release_all(search, search->told, &search->n_told);
    search_individual **free_list = search->told;
    search->told = search->made;
    search->n_told = search->n_made;
    search->made = free_list;
    search->n_made = 0;
    search->n_accepted = 0;
    for (size_t k = 0; k < search->n_told; k++) {
        search_individual *one = search->told[k];
        one->from = NULL;
        if (one->n_users > 1 && one->changed && !one->too_large) {
            search->accepted[search->n_accepted++] = one;
        }
    }
}

/* A population drawn anew owes nothing to the one before it. */
static void forget_parents(e2l_search *search)
{
    e2l_search_release_all(search, search->parents, &search->n_parents);
    search->n_restarts++;
}

/* Before selection `before` was the best; with it unbeaten, everything asked was in vain. */
static void watch_stagnation(e2l_search *search, bool had_best, e2l_fitness before)
{
    bool better = !had_best || e2l_fitness_compare(search->parents[0]->fitness, before) > 0;
    search->stale = better ? 0 : search->stale + search->n_asked;
}

e2l_status e2l_search_tell(e2l_search *search, const e2l_fitness *fitness, const double *etas)
{
    if (!search->pending) {
        return e2l_fail(search->ctx, E2L_INTERNAL, "search: scores told without candidates asked");
    }
    if (!fitness && search->n_asked > 0) {
        return e2l_fail(search->ctx, E2L_INTERNAL, "search: no scores for %zu candidates", search->n_asked);
    }
    score(search, fitness, etas);
    count(search);
    if (search->restarting) {
        forget_parents(search);
    }
    bool had_best = search->n_parents > 0;
    e2l_fitness before = had_best ? search->parents[0]->fitness : e2l_fitness_worst();
    e2l_search_select(search, search->made, search->n_made, search->method->drifts);
    watch_stagnation(search, had_best, before);
    search->next_id += search->n_made;
    turn_over(search);
    search->generation++;
    search->n_asked = 0;
    search->pending = search->reevaluating = search->restarting = false;
    return E2L_OK;
}
