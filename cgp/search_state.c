/* search_state.c: a population as bytes and back, whole (checkpoints) and one by one (migration).

   Rules are not stored: genes are, and decode to the same bits. Nothing read is believed: lengths, gene ranges,
   fitness values, ids, order. A load first builds all of the new and only then lets go of the old. */
#include <string.h>

#include "cgp/search_impl.h"

static const char state_magic[] = "e2lsrch", migrant_magic[] = "e2lmigr";
enum { VERSION = 2, STATE_VERSION = 3 };

/* ---- writing ---- */

static void pack_individual(const e2l_search *search, const search_individual *one, e2l_text *out)
{
    e2l_pack_u64(out, one->id);
    e2l_pack_u64(out, one->parent);
    e2l_pack_u64(out, one->generation);
    e2l_pack_u32(out, one->island);
    e2l_pack_fitness(out, one->fitness);
    for (size_t k = 0; k < search->n_slots; k++) {
        e2l_pack_double(out, one->etas[k]);
    }
    for (size_t k = 0; k < search->constant_at[search->n_slots]; k++) {
        e2l_pack_double(out, one->constants[k]);
    }
    for (size_t k = 0; k < search->gene_at[search->n_slots]; k++) {
        e2l_pack_u32(out, one->genes[k]);
    }
}

e2l_status e2l_search_emigrate(const e2l_search *search, e2l_text *out)
{
    if (search->n_parents == 0) {
        return e2l_fail(search->ctx, E2L_INTERNAL, "search: nobody to send before the first scores");
    }
    size_t start = e2l_pack_begin(out, migrant_magic, VERSION);
    e2l_pack_u64(out, search->fingerprint);
    pack_individual(search, search->parents[0], out);
    e2l_pack_end(out, start);
    return e2l_text_status(out);
}

e2l_status e2l_search_save(const e2l_search *search, e2l_text *out)
{
    size_t start = e2l_pack_begin(out, state_magic, STATE_VERSION);
    e2l_pack_u64(out, search->fingerprint);
    e2l_pack_text(out, search->method->name);
    e2l_pack_u64(out, search->seed);
    e2l_pack_u32(out, search->island);
    e2l_pack_u64(out, search->mu);
    e2l_pack_u64(out, search->lambda);
    e2l_pack_u64(out, search->generation);
    e2l_pack_u64(out, search->next_id);
    e2l_pack_u64(out, search->stale);
    e2l_pack_u64(out, search->n_restarts);
    e2l_pack_u32(out, search->reevaluate || search->reevaluating ? 1 : 0);
    e2l_pack_u64(out, search->n_parents);
    for (size_t k = 0; k < search->n_parents; k++) {
        pack_individual(search, search->parents[k], out);
    }
    e2l_pack_end(out, start);
    return e2l_text_status(out);
}

/* ---- reading ---- */

static e2l_status damaged(e2l_ctx *ctx, const char *what, const char *why)
{
    return e2l_fail(ctx, E2L_INPUT, "%s: %s", what, why);
}

static bool constants_valid(const e2l_search *search, const double *constants)
{
    bool valid = true;
    for (size_t k = 0; k < search->constant_at[search->n_slots]; k++) {
        valid = valid && constants[k] == constants[k];
    }
    return valid;
}

static bool genes_valid(const e2l_search *search, const uint32_t *genes)
{
    for (size_t k = 0; k < search->n_slots; k++) {
        if (!e2l_genome_valid(&search->shapes[k], genes + search->gene_at[k])) {
            return false;
        }
    }
    return true;
}

/* Gives a decoded individual with one user; on failure *out is NULL. */
static e2l_status unpack_individual(e2l_search *search, e2l_unpack *u, const char *what, search_individual **out)
{
    *out = NULL;
    search_individual *one = e2l_search_take(search);
    one->id = e2l_unpack_u64(u);
    one->parent = e2l_unpack_u64(u);
    one->generation = e2l_unpack_u64(u);
    one->island = e2l_unpack_u32(u);
    one->fitness = e2l_unpack_fitness(u);
    for (size_t k = 0; k < search->n_slots; k++) {
        one->etas[k] = e2l_unpack_double(u);
    }
    for (size_t k = 0; k < search->constant_at[search->n_slots]; k++) {
        one->constants[k] = e2l_unpack_double(u);
    }
    for (size_t k = 0; k < search->gene_at[search->n_slots]; k++) {
        one->genes[k] = e2l_unpack_u32(u);
    }
    e2l_status status = E2L_OK;
    if (u->bad) {
        status = damaged(search->ctx, what, "an individual is cut off or holds a value out of range");
    } else if (one->id == 0 || !genes_valid(search, one->genes) || !constants_valid(search, one->constants)) {
        status = damaged(search->ctx, what, "an individual holds a gene or number out of range");
    } else {
        status = e2l_search_decode(search, one);
    }
    if (status != E2L_OK) {
        e2l_search_release(search, one);
        return status;
    }
    one->silent = false;
    *out = one;
    return E2L_OK;
}

e2l_status e2l_search_immigrate(e2l_search *search, const void *bytes, size_t n)
{
    const char *what = "immigrant";
    if (search->pending || search->n_parents == 0) {
        return e2l_fail(search->ctx, E2L_INTERNAL, "search: migration belongs between scores and the next candidates");
    }
    e2l_search_drop_trial(search);
    e2l_unpack u;
    e2l_status status = e2l_unpack_open(search->ctx, &u, bytes, n, migrant_magic, VERSION, what);
    if (status != E2L_OK) {
        return status;
    }
    if (e2l_unpack_u64(&u) != search->fingerprint) {
        return damaged(search->ctx, what, "comes from a search with other slots, functions or columns");
    }
    search_individual *one;
    status = unpack_individual(search, &u, what, &one);
    if (status != E2L_OK) {
        return status;
    }
    if (!e2l_unpack_done(&u)) {
        e2l_search_release(search, one);
        return damaged(search->ctx, what, "bytes left over");
    }
    one->id = search->next_id++;
    one->parent = 0;
    if (e2l_fitness_compare(one->fitness, search->parents[0]->fitness) > 0) {
        search->stale = 0; /* a better best, wherever it comes from */
    }
    const search_individual *worst = search->parents[search->n_parents - 1];
    if (e2l_fitness_compare(one->fitness, worst->fitness) >= 0) {
        search_individual *fallen = search->parents[--search->n_parents];
        e2l_search_select(search, &one, 1, false);
        e2l_search_release(search, fallen);
    }
    e2l_search_release(search, one);
    return E2L_OK;
}

/* What stands before the individuals. */
typedef struct head {
    uint64_t generation, next_id, stale, n_restarts, n_parents;
    bool reevaluate;
} head;

static e2l_status check_same(e2l_search *search, e2l_unpack *u, const char *what)
{
    const char *names[] = {"seed", "island", "parents", "offspring"};
    if (e2l_unpack_u64(u) != search->fingerprint) {
        return damaged(search->ctx, what, "is of a search with other slots, functions or columns");
    }
    const char *method = e2l_unpack_text(u);
    if (strcmp(method, search->method->name) != 0) {
        return e2l_fail(search->ctx, E2L_INPUT, "%s: method '%.32s'; this search: '%s'", what, method,
                        search->method->name);
    }
    const uint64_t here[] = {search->seed, search->island, search->mu, search->lambda};
    uint64_t there[4];
    there[0] = e2l_unpack_u64(u);
    there[1] = e2l_unpack_u32(u);
    there[2] = e2l_unpack_u64(u);
    there[3] = e2l_unpack_u64(u);
    for (size_t k = 0; k < 4; k++) {
        if (here[k] != there[k]) {
            return e2l_fail(search->ctx, E2L_INPUT, "%s: %s %llu; this search: %llu", what, names[k],
                            (unsigned long long)there[k], (unsigned long long)here[k]);
        }
    }
    return E2L_OK;
}

static e2l_status read_head(e2l_search *search, e2l_unpack *u, const char *what, head *out)
{
    e2l_status status = check_same(search, u, what);
    if (status != E2L_OK) {
        return status;
    }
    out->generation = e2l_unpack_u64(u);
    out->next_id = e2l_unpack_u64(u);
    out->stale = e2l_unpack_u64(u);
    out->n_restarts = e2l_unpack_u64(u);
    uint32_t reevaluate = e2l_unpack_u32(u);
    out->reevaluate = reevaluate == 1;
    out->n_parents = e2l_unpack_u64(u);
    uint64_t due = out->generation == 0 ? 0 : search->mu;
    const uint64_t most = UINT64_MAX / 2; /* counters that a run cannot reach must not wrap either */
    bool counters = out->generation <= most && out->next_id >= 1 && out->next_id <= most && out->stale <= most &&
                    out->n_restarts <= out->generation;
    if (u->bad || reevaluate > 1 || !counters || out->n_parents != due) {
        return damaged(search->ctx, what, "generation, ids and population do not belong together");
    }
    return E2L_OK;
}

/* Fills next_parents; on failure what was read is let go. */
static e2l_status read_parents(e2l_search *search, e2l_unpack *u, const char *what, const head *h)
{
    search_individual **list = search->next_parents;
    e2l_status status = E2L_OK;
    size_t n = 0;
    while (n < h->n_parents && status == E2L_OK) {
        status = unpack_individual(search, u, what, &list[n]);
        if (status != E2L_OK) {
            break;
        }
        n++;
        bool in_order = n < 2 || e2l_fitness_compare(list[n - 2]->fitness, list[n - 1]->fitness) >= 0;
        if (!in_order || list[n - 1]->id >= h->next_id || list[n - 1]->parent >= h->next_id) {
            status = damaged(search->ctx, what, "individuals are out of order");
        }
    }
    if (status == E2L_OK && !e2l_unpack_done(u)) {
        status = damaged(search->ctx, what, "bytes left over");
    }
    if (status != E2L_OK) {
        e2l_search_release_all(search, list, &n);
    }
    return status;
}

e2l_status e2l_search_load(e2l_search *search, const void *bytes, size_t n)
{
    const char *what = "search state";
    e2l_unpack u;
    head h;
    e2l_status status = e2l_unpack_open(search->ctx, &u, bytes, n, state_magic, STATE_VERSION, what);
    if (status == E2L_OK) {
        status = read_head(search, &u, what, &h);
    }
    if (status == E2L_OK) {
        status = read_parents(search, &u, what, &h);
    }
    if (status != E2L_OK) {
        return status;
    }
    e2l_search_cancel(search);
    e2l_search_release_all(search, search->told, &search->n_told);
    e2l_search_release_all(search, search->parents, &search->n_parents);
    search_individual **old = search->parents;
    search->parents = search->next_parents;
    search->next_parents = old;
    search->n_parents = (size_t)h.n_parents;
    search->n_accepted = 0;
    search->counts = (e2l_search_counts){0};
    search->generation = h.generation;
    search->next_id = h.next_id;
    search->stale = h.stale;
    search->n_restarts = h.n_restarts;
    search->reevaluate = h.reevaluate;
    return E2L_OK;
}
