/* island.c: ask, score, tell; then the lines of history and lineage. */
#include "mpi/island.h"

#include <math.h>
#include <stdlib.h>

#include "mpi/figures.h"
#include "mpi/tune.h"
#include "substrate/json.h"

e2l_status e2l_island_init(e2l_ctx *ctx, e2l_island *out, const e2l_config *config, uint64_t index)
{
    *out = (e2l_island){.ctx = ctx, .config = config, .index = index, .history = {.ctx = ctx}, .lineage = {.ctx = ctx}};
    const e2l_search_settings *search = &config->search;
    e2l_search_options options = {.struct_size = sizeof options,
                                  .method = (e2l_search_method)search->method,
                                  .seed = search->seed,
                                  .island = (uint32_t)index,
                                  .parents = (size_t)search->parents,
                                  .offspring = (size_t)search->offspring,
                                  .restart = search->restart,
                                  .shapes = config->shapes,
                                  .n_slots = config->task->n_slots,
                                  .seeds = config->seed_rules,
                                  .n_seeds = config->seeds.n};
    e2l_status status = e2l_search_create(ctx, &out->search, &options);
    if (status == E2L_OK) {
        status = e2l_archive_create(ctx, &out->archive, options.n_slots);
    }
    if (status == E2L_OK) {
        status = e2l_memo_init(ctx, &out->memo, config);
    }
    if (status != E2L_OK) {
        e2l_island_clear(out);
    }
    return status;
}

void e2l_island_clear(e2l_island *island)
{
    if (!island->ctx) {
        return;
    }
    e2l_search_destroy(island->search);
    e2l_archive_destroy(island->archive);
    e2l_memo_clear(&island->memo);
    e2l_text_clear(&island->history);
    e2l_text_clear(&island->lineage);
    e2l_free(island->ctx, island->fitness);
    e2l_free(island->ctx, island->etas);
    e2l_free(island->ctx, island->told);
    *island = (e2l_island){0};
}

/* ---- rules as people read them ----------------------------------------------------------------------*/
/* What cannot be written down in canonical form stands as it is, as in the archive. */
static e2l_status describe_one(e2l_ctx *ctx, const e2l_expr *rule, e2l_text *text, uint64_t *complexity)
{
    e2l_expr *canonical = NULL;
    e2l_status status = e2l_expr_canonical(ctx, &canonical, rule);
    bool fits = status == E2L_OK && e2l_expr_tree_size(canonical) <= E2L_EXPR_MAX_TREE;
    const e2l_expr *shown = fits ? canonical : rule;
    if (status != E2L_NOMEM) {
        *complexity += e2l_expr_complexity(shown);
        status = text ? e2l_expr_print(shown, E2L_STYLE_SHORTEST, text) : E2L_OK;
    }
    e2l_expr_destroy(ctx, canonical);
    return status;
}

e2l_status e2l_rules_describe(e2l_ctx *ctx, const e2l_task *task, const e2l_expr *const *rules, e2l_text *text,
                              uint64_t *complexity)
{
    e2l_status status = E2L_OK;
    *complexity = 0;
    for (size_t slot = 0; status == E2L_OK && slot < task->n_slots; slot++) {
        if (text && task->n_slots > 1) {
            e2l_text_appendf(text, "%s%s: ", slot > 0 ? "; " : "", task->slots[slot].name);
        }
        status = describe_one(ctx, rules[slot], text, complexity);
    }
    return status;
}

/* ---- history -----------------------------------------------------------------------------------------*/
static int better_first(const void *a, const void *b)
{
    const e2l_fitness *left = a;
    const e2l_fitness *right = b;
    return e2l_fitness_compare(*right, *left);
}

/* Median score of all individuals told; false when it falls among those without a score. */
static e2l_status median_score(e2l_island *island, double *median, bool *has_median)
{
    size_t n = e2l_search_n_told(island->search);
    *has_median = false;
    if (n > island->told_room) {
        e2l_free(island->ctx, island->told);
        island->told = e2l_alloc(island->ctx, n, sizeof *island->told);
        island->told_room = island->told ? n : 0;
    }
    if (n == 0 || !island->told) {
        return n == 0 ? E2L_OK : E2L_NOMEM;
    }
    for (size_t k = 0; k < n; k++) {
        e2l_individual_view view;
        e2l_search_told(island->search, k, &view);
        island->told[k] = view.fitness;
    }
    qsort(island->told, n, sizeof *island->told, better_first);
    const e2l_fitness *high = &island->told[(n - 1) / 2];
    const e2l_fitness *low = &island->told[n / 2];
    *has_median = high->ok && low->ok;
    *median = high->score + (low->score - high->score) / 2;
    return E2L_OK;
}

static e2l_status note_best(e2l_island *island, const e2l_individual_view *best)
{
    bool same = island->has_best && best->key.low == island->best_key.low && best->key.high == island->best_key.high;
    if (same) {
        return E2L_OK;
    }
    size_t complexity;
    island->best_key = best->key;
    island->has_best = true;
    if (e2l_archive_recall(island->archive, best->rules, &complexity)) {
        island->best_complexity = complexity;
        return E2L_OK;
    }
    return e2l_rules_describe(island->ctx, island->config->task, best->rules, NULL, &island->best_complexity);
}

static e2l_status add_history(e2l_island *island, uint64_t generation)
{
    e2l_individual_view best;
    e2l_search_counts counts;
    double median = 0;
    bool has_median;
    e2l_search_parent(island->search, 0, &best);
    e2l_search_last_counts(island->search, &counts);
    e2l_status status = note_best(island, &best);
    if (status == E2L_OK) {
        status = median_score(island, &median, &has_median);
    }
    if (status != E2L_OK) {
        return status;
    }
    e2l_text *line = &island->history;
    const double nothing = (double)NAN;
    e2l_text_appendf(line, "%llu,%llu,", (unsigned long long)generation, (unsigned long long)island->index);
    e2l_json_put_number(line, best.fitness.ok ? best.fitness.score : nothing);
    e2l_text_appendf(line, ",%llu,", (unsigned long long)island->best_complexity);
    e2l_json_put_number(line, has_median ? median : nothing);
    e2l_text_appendf(line, ",%llu,%llu,%llu\n", (unsigned long long)counts.candidates,
                     (unsigned long long)counts.skipped_silent, (unsigned long long)counts.aborted);
    return e2l_text_status(line);
}

/* ---- lineage -----------------------------------------------------------------------------------------*/
static e2l_status add_accepted(e2l_island *island, uint64_t generation, const e2l_individual_view *view)
{
    e2l_text line = {.ctx = island->ctx};
    e2l_text_appendf(&line, "{\"id\":%llu,\"parent\":%llu,\"generation\":%llu,\"island\":%llu,\"rule\":",
                     (unsigned long long)view->id, (unsigned long long)view->parent, (unsigned long long)view->generation,
                     (unsigned long long)island->index);
    e2l_status status = e2l_put_rules(&line, island->config->task, view->rules, false);
    e2l_text_append(&line, "}\n");
    if (status == E2L_OK) {
        status = e2l_text_status(&line);
    }
    if (status == E2L_OK) {
        e2l_pack_u64(&island->lineage, generation);
        e2l_block_put_text(&island->lineage, &line);
        status = e2l_text_status(&island->lineage);
    }
    e2l_text_clear(&line);
    return status == E2L_UNSUPPORTED ? E2L_OK : status; /* too large to be written down */
}

static e2l_status add_lineage(e2l_island *island, uint64_t generation)
{
    e2l_status status = E2L_OK;
    size_t n = e2l_search_n_accepted(island->search);
    for (size_t k = 0; status == E2L_OK && k < n; k++) {
        e2l_individual_view view;
        e2l_search_accepted(island->search, k, &view);
        status = add_accepted(island, generation, &view);
    }
    return status;
}

/* ---- a generation ------------------------------------------------------------------------------------*/
static e2l_status make_room(e2l_island *island, size_t n)
{
    if (n <= island->room) {
        return E2L_OK;
    }
    e2l_free(island->ctx, island->fitness);
    e2l_free(island->ctx, island->etas);
    island->fitness = e2l_alloc(island->ctx, n, sizeof *island->fitness);
    island->etas = e2l_alloc(island->ctx, n * island->config->task->n_slots, sizeof *island->etas);
    island->room = island->fitness && island->etas ? n : 0;
    return island->room ? E2L_OK : E2L_NOMEM;
}

static e2l_status offer_all(e2l_island *island, uint64_t generation, const e2l_proposal *proposals, size_t n)
{
    size_t n_slots = island->config->task->n_slots;
    e2l_status status = E2L_OK;
    for (size_t k = 0; status == E2L_OK && k < n; k++) {
        if (island->fitness[k].ok) {
            status = e2l_archive_offer(island->archive, proposals[k].rules, island->fitness[k],
                                       island->etas + k * n_slots, generation, island->index, proposals[k].id,
                                       proposals[k].parent);
        }
    }
    return status;
}

e2l_status e2l_island_step(e2l_island *island, e2l_scorer *scorer)
{
    const e2l_proposal *proposals;
    size_t n;
    uint64_t generation = e2l_search_generation(island->search);
    e2l_status status = e2l_search_ask(island->search, &proposals, &n);
    if (status == E2L_OK) {
        status = make_room(island, n);
    }
    if (status == E2L_OK && n > 0) {
        e2l_fitness bar;
        bool has_bar = e2l_search_bar(island->search, &bar);
        status = e2l_scorer_score(scorer, &island->memo, generation, proposals, n, has_bar ? &bar : NULL, island->fitness,
                                  island->etas);
    }
    if (status == E2L_OK) {
        status = offer_all(island, generation, proposals, n);
    }
    if (status == E2L_OK) {
        status = e2l_search_tell(island->search, island->fitness, island->etas);
    }
    if (status == E2L_OK) {
        status = add_history(island, generation);
    }
    if (status == E2L_OK && island->config->search.tune > 0) {
        status = e2l_tune_best(island, scorer, generation);
    }
    return status == E2L_OK ? add_lineage(island, generation) : status;
}

bool e2l_island_is_spent(const e2l_island *island)
{
    const e2l_search_settings *search = &island->config->search;
    uint64_t share = (search->evaluations + search->islands - 1) / search->islands;
    return search->evaluations > 0 && island->memo.n_evaluations >= share;
}

/* What the memo holds decides the course where probes stand for rules, and where evaluations are counted. */
static bool memo_decides(const e2l_island *island)
{
    return island->config->search.cache == E2L_CACHE_PROBES || island->config->search.evaluations > 0;
}

static e2l_status save_search(const e2l_island *island, e2l_text *to)
{
    e2l_text search = {.ctx = island->ctx};
    e2l_text memo = {.ctx = island->ctx};
    e2l_status status = e2l_search_save(island->search, &search);
    status = status == E2L_OK ? e2l_memo_save(&island->memo, memo_decides(island), &memo) : status;
    e2l_block_put_text(to, &search);
    e2l_block_put_text(to, &memo);
    e2l_pack_u32(to, island->has_tuned ? 1 : 0);
    e2l_pack_double(to, island->tuned_score);
    e2l_text_clear(&search);
    e2l_text_clear(&memo);
    return status == E2L_OK ? e2l_text_status(to) : status;
}

static e2l_status load_search(e2l_island *island, const e2l_text *from)
{
    e2l_unpack u = {.at = (const unsigned char *)e2l_text_get(from), .left = from->n};
    size_t n_search;
    size_t n_memo;
    const char *search = e2l_block_get(&u, &n_search);
    const char *memo = e2l_block_get(&u, &n_memo);
    uint32_t has_tuned = e2l_unpack_u32(&u);
    double tuned_score = e2l_unpack_double(&u);
    if (!e2l_unpack_done(&u) || has_tuned > 1 || !isfinite(tuned_score)) {
        return e2l_fail(island->ctx, E2L_INPUT, "island %llu: the state is cut off or damaged", (unsigned long long)island->index);
    }
    island->has_tuned = has_tuned == 1;
    island->tuned_score = tuned_score;
    e2l_status status = e2l_search_load(island->search, search, n_search);
    return status == E2L_OK ? e2l_memo_load(&island->memo, memo, n_memo) : status;
}

e2l_status e2l_island_save(const e2l_island *island, e2l_text *search, e2l_text *archive)
{
    e2l_text_reset(search);
    e2l_text_reset(archive);
    e2l_status status = save_search(island, search);
    return status == E2L_OK ? e2l_archive_save(island->archive, archive) : status;
}

e2l_status e2l_island_load(e2l_island *island, const e2l_text *search, const e2l_text *archive)
{
    island->has_best = false;
    e2l_status status = load_search(island, search);
    return status == E2L_OK ? e2l_archive_load(island->archive, e2l_text_get(archive), archive->n) : status;
}
