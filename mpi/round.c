/* round.c: see round.h. */
#include "mpi/round.h"

#include <string.h>

#include "mpi/rescore.h"
#include "mpi/signals.h"

/* ---- advancing ---------------------------------------------------------------------------------------*/
static uint64_t next_multiple(uint64_t generation, uint64_t every)
{
    return every == 0 ? UINT64_MAX : (generation / every + 1) * every;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_due(uint64_t generation, uint64_t every, uint64_t n_generations)
{
    return every > 0 && generation % every == 0 && generation < n_generations;
}

static e2l_status step_until(e2l_run *run, e2l_island *island, uint64_t end)
{
    e2l_status status = E2L_OK;
    while (status == E2L_OK && e2l_search_generation(island->search) < end && !e2l_island_is_spent(island)) {
        if (e2l_signals_is_cancelled() || e2l_comm_is_stopped(run->comm)) {
            return e2l_fail(run->ctx, E2L_CANCELLED, "stopped");
        }
        status = e2l_island_step(island, run->scorer);
    }
    return status;
}

/* Sends the best of an island to the next one on the ring; a neighbour on the same rank gets it by `local`. */
static e2l_status send_migrant(e2l_run *run, e2l_island *island, e2l_text *local)
{
    uint64_t to = (island->index + 1) % run->config->search.islands;
    size_t size = e2l_comm_size(run->comm);
    e2l_status status = e2l_search_emigrate(island->search, local);
    if (status == E2L_OK && to % size != e2l_comm_rank(run->comm)) {
        status = e2l_comm_post(run->comm, (size_t)(to % size), (uint32_t)to, local->data, local->n);
    }
    return status;
}

static e2l_status receive_migrant(e2l_run *run, e2l_island *island, e2l_text *sent)
{
    uint64_t n_islands = run->config->search.islands;
    uint64_t from = (island->index + n_islands - 1) % n_islands;
    size_t size = e2l_comm_size(run->comm);
    size_t rank = (size_t)(from % size);
    e2l_text *bytes = &sent[from / size];
    e2l_text arrived = {.ctx = run->ctx};
    e2l_status status = E2L_OK;
    if (rank != e2l_comm_rank(run->comm)) {
        bytes = &arrived;
        status = e2l_comm_take(run->comm, rank, (uint32_t)island->index, bytes);
    }
    if (status == E2L_OK) {
        status = e2l_search_immigrate(island->search, e2l_text_get(bytes), bytes->n);
    }
    e2l_text_clear(&arrived);
    return status;
}

/* All leave before anyone arrives, so that the order of islands does not matter. Every rank sends before it waits. */
static e2l_status migrate(e2l_run *run)
{
    e2l_status status = E2L_OK;
    if (run->n_islands == 0) {
        return E2L_OK;
    }
    e2l_text *sent = e2l_alloc(run->ctx, run->n_islands, sizeof *sent);
    if (!sent) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < run->n_islands; k++) {
        e2l_text_init(&sent[k], run->ctx);
    }
    for (size_t k = 0; status == E2L_OK && k < run->n_islands; k++) {
        status = send_migrant(run, &run->islands[k], &sent[k]);
    }
    for (size_t k = 0; status == E2L_OK && k < run->n_islands; k++) {
        status = receive_migrant(run, &run->islands[k], sent);
    }
    for (size_t k = 0; k < run->n_islands; k++) {
        e2l_text_clear(&sent[k]);
    }
    e2l_free(run->ctx, sent);
    e2l_comm_settle(run->comm);
    return status;
}

/* New cases: parents and archive are scored on them. */
static e2l_status resample(e2l_run *run, e2l_island *island)
{
    e2l_evaluator *evaluator = NULL;
    e2l_search_reevaluate(island->search);
    e2l_status status = e2l_scorer_evaluator(run->scorer, &island->memo, run->generation, &evaluator);
    return status == E2L_OK ? e2l_archive_rescore(run->ctx, island->archive, &run->lab, evaluator) : status;
}

/* What happens between two generations: migrants, new cases. */
static e2l_status between(e2l_run *run)
{
    const e2l_search_settings *search = &run->config->search;
    e2l_status status = E2L_OK;
    if (search->islands > 1 && is_due(run->generation, search->migrate_every, search->generations)) {
        status = migrate(run);
    }
    bool resamples = is_due(run->generation, search->resample_every, search->generations);
    for (size_t k = 0; status == E2L_OK && resamples && k < run->n_islands; k++) {
        status = resample(run, &run->islands[k]);
    }
    return status;
}

e2l_status e2l_round_advance(e2l_run *run, uint64_t n)
{
    const e2l_search_settings *search = &run->config->search;
    uint64_t end = run->generation + n;
    e2l_status status = E2L_OK;
    while (status == E2L_OK && run->generation < end) {
        uint64_t next = smaller(end, smaller(next_multiple(run->generation, search->migrate_every),
                                             next_multiple(run->generation, search->resample_every)));
        for (size_t k = 0; status == E2L_OK && k < run->n_islands; k++) {
            status = step_until(run, &run->islands[k], next);
        }
        if (status == E2L_OK) {
            run->generation = next;
            status = between(run);
        }
    }
    return status;
}

/* ---- gathering ---------------------------------------------------------------------------------------*/
/* The best of an island for the progress line; a rule too large to be written has no text. */
static e2l_status pack_best(e2l_run *run, const e2l_island *island, e2l_text *to)
{
    e2l_individual_view best;
    uint64_t complexity;
    e2l_text rule = {.ctx = run->ctx};
    e2l_search_parent(island->search, 0, &best);
    e2l_status status = e2l_rules_describe(run->ctx, run->config->task, best.rules, &rule, &complexity);
    if (status == E2L_UNSUPPORTED) {
        e2l_text_reset(&rule);
        status = E2L_OK;
    }
    e2l_pack_fitness(to, best.fitness);
    e2l_block_put_text(to, &rule);
    e2l_text_clear(&rule);
    return status;
}

static e2l_status pack_island(e2l_run *run, e2l_island *island, e2l_text *to)
{
    e2l_text search = {.ctx = run->ctx};
    e2l_text archive = {.ctx = run->ctx};
    e2l_status status = e2l_island_save(island, &search, &archive);
    if (status == E2L_OK) {
        e2l_pack_u64(to, island->index);
        e2l_pack_u32(to, e2l_island_is_spent(island) ? 1 : 0);
        e2l_pack_u64(to, island->memo.n_evaluations);
        e2l_block_put_text(to, &search);
        e2l_block_put_text(to, &archive);
        e2l_block_put_text(to, &island->history);
        e2l_block_put_text(to, &island->lineage);
        e2l_text_reset(&island->history);
        e2l_text_reset(&island->lineage);
        status = pack_best(run, island, to);
    }
    e2l_text_clear(&search);
    e2l_text_clear(&archive);
    return status;
}

static e2l_status pack_rank(e2l_run *run, e2l_text *to)
{
    e2l_scorer_counts counts;
    e2l_status status = E2L_OK;
    e2l_scorer_count(run->scorer, &counts);
    e2l_pack_u64(to, counts.n_proposals);
    e2l_pack_u64(to, counts.n_evaluated);
    e2l_pack_u64(to, run->n_islands);
    for (size_t k = 0; status == E2L_OK && k < run->n_islands; k++) {
        status = pack_island(run, &run->islands[k], to);
    }
    return status == E2L_OK ? e2l_text_status(to) : status;
}

static void take_block(e2l_unpack *u, e2l_text *to)
{
    e2l_text_reset(to);
    e2l_block_get_text(u, to);
}

/* One island's part into the desk; keeps the best of all for the progress line (lowest island among equals). */
static void take_island(e2l_desk *desk, e2l_unpack *u, size_t n_islands)
{
    uint64_t k = e2l_unpack_u64(u);
    desk->n_spent += e2l_unpack_u32(u);
    desk->n_counted += e2l_unpack_u64(u);
    if (u->bad || k >= n_islands) {
        u->bad = true;
        return;
    }
    take_block(u, &desk->next.search[k]);
    take_block(u, &desk->next.archive[k]);
    take_block(u, &desk->history_lines[k]);
    take_block(u, &desk->lineage_lines[k]);
    e2l_fitness fitness = e2l_unpack_fitness(u);
    size_t n;
    const char *rule = e2l_block_get(u, &n);
    if (desk->rule.n == 0 || e2l_fitness_compare(fitness, desk->best) > 0) {
        desk->best = fitness;
        e2l_text_reset(&desk->rule);
        e2l_text_append_n(&desk->rule, rule, n);
    }
}

/* Everybody's parts; the best so far stays the best, unless scores of other cases came since. Returns how many islands came. */
static size_t take_parts(e2l_desk *desk, const e2l_text *all, size_t n_islands, bool forgets_best)
{
    size_t n_came = 0;
    e2l_unpack u = {.at = (const unsigned char *)e2l_text_get(all), .left = all->n};
    desk->n_proposals = 0;
    desk->n_evaluated = 0;
    desk->n_spent = desk->n_counted = 0;
    if (forgets_best) {
        e2l_text_reset(&desk->rule);
    }
    while (!u.bad && u.left > 0) {
        desk->n_proposals += e2l_unpack_u64(&u);
        desk->n_evaluated += e2l_unpack_u64(&u);
        for (uint64_t n = e2l_unpack_u64(&u); !u.bad && n > 0; n--) {
            take_island(desk, &u, n_islands);
            n_came++;
        }
    }
    return u.bad ? 0 : n_came;
}

e2l_status e2l_round_gather(e2l_run *run, e2l_status status, bool *complete)
{
    *complete = false;
    e2l_text_reset(&run->mine);
    if (status == E2L_OK) {
        status = pack_rank(run, &run->mine);
    }
    if (status != E2L_OK) {
        e2l_text_reset(&run->mine);
        run->mine.failed = false;
    }
    e2l_status gathered = e2l_comm_gather(run->comm, &run->mine, &run->all);
    if (gathered == E2L_OK && run->desk) {
        size_t n_islands = (size_t)run->config->search.islands;
        *complete = take_parts(run->desk, &run->all, n_islands, run->config->search.resample_every > 0) == n_islands;
        run->desk->next.generation = run->generation;
    }
    return status != E2L_OK ? status : gathered;
}

/* ---- absorbing ---------------------------------------------------------------------------------------*/
/* Takes the first line off the front of a list of lines. */
static void move_line(const char **at, const char *end, e2l_text *to)
{
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    const char *next = newline ? newline + 1 : end;
    e2l_text_append_n(to, *at, (size_t)(next - *at));
    *at = next;
}

/* Islands have one line per generation each, so their lines alternate. */
static e2l_status merge_history(e2l_desk *desk, size_t n_islands, const char **at)
{
    e2l_text_reset(&desk->scratch);
    for (size_t k = 0; k < n_islands; k++) {
        at[k] = e2l_text_get(&desk->history_lines[k]);
    }
    for (bool more = true; more;) {
        more = false;
        for (size_t k = 0; k < n_islands; k++) {
            const char *end = e2l_text_get(&desk->history_lines[k]) + desk->history_lines[k].n;
            move_line(&at[k], end, &desk->scratch);
            more = more || at[k] < end;
        }
    }
    e2l_status status = e2l_text_status(&desk->scratch);
    return status == E2L_OK ? e2l_growing_append(desk->history, desk->scratch.data, desk->scratch.n) : status;
}

/* Lineage lines carry their generation in front; an island has any number of them. */
static e2l_status merge_lineage(e2l_desk *desk, size_t n_islands, e2l_unpack *at, uint64_t first, uint64_t end)
{
    e2l_text_reset(&desk->scratch);
    for (size_t k = 0; k < n_islands; k++) {
        at[k] = (e2l_unpack){.at = (const unsigned char *)e2l_text_get(&desk->lineage_lines[k]),
                             .left = desk->lineage_lines[k].n};
    }
    for (uint64_t generation = first; generation < end; generation++) {
        for (size_t k = 0; k < n_islands; k++) {
            for (e2l_unpack ahead = at[k]; ahead.left > 0 && e2l_unpack_u64(&ahead) == generation; ahead = at[k]) {
                e2l_block_get_text(&ahead, &desk->scratch);
                at[k] = ahead;
            }
        }
    }
    e2l_status status = e2l_text_status(&desk->scratch);
    if (status == E2L_OK && desk->scratch.n > 0) {
        status = e2l_growing_append(desk->lineage, desk->scratch.data, desk->scratch.n);
    }
    return status;
}

e2l_status e2l_round_absorb(e2l_run *run)
{
    e2l_desk *desk = run->desk;
    size_t n_islands = (size_t)run->config->search.islands;
    const char **lines = e2l_alloc(run->ctx, n_islands, sizeof *lines);
    e2l_unpack *packed = e2l_alloc(run->ctx, n_islands, sizeof *packed);
    e2l_status status = lines && packed ? E2L_OK : E2L_NOMEM;
    if (status == E2L_OK) {
        status = merge_history(desk, n_islands, lines);
    }
    if (status == E2L_OK) {
        status = merge_lineage(desk, n_islands, packed, desk->standing.generation, desk->next.generation);
    }
    if (status == E2L_OK) {
        desk->next.history_bytes = e2l_growing_length(desk->history);
        desk->next.lineage_bytes = e2l_growing_length(desk->lineage);
        e2l_snapshot old = desk->standing;
        desk->standing = desk->next;
        desk->next = old;
    }
    e2l_free(run->ctx, lines);
    e2l_free(run->ctx, packed);
    return status;
}
