/* search.c: making and unmaking a search, and reading access to it. */
#include "cgp/search.h"

#include <string.h>
#include <xxhash.h>

#include "cgp/expr_impl.h"
#include "cgp/search_impl.h"

enum { MOST_INDIVIDUALS = 1 << 20, MOST_SLOTS = 64 };

static const search_method *const methods[] = {
    [E2L_SEARCH_CGP] = &e2l_search_method_cgp,
    [E2L_SEARCH_RANDOM] = &e2l_search_method_random,
};
static const size_t n_methods = sizeof methods / sizeof methods[0];

static e2l_status check_count(e2l_ctx *ctx, const char *name, size_t value, size_t most)
{
    if (value >= 1 && value <= most) {
        return E2L_OK;
    }
    return e2l_fail(ctx, E2L_INPUT, "search: %s: %zu; allowed: 1 to %zu", name, value, most);
}

static e2l_status check_options(e2l_ctx *ctx, const e2l_search_options *options)
{
    if (options->struct_size < sizeof *options) {
        return e2l_fail(ctx, E2L_INPUT, "search: options of %zu bytes; needed: %zu", options->struct_size,
                        sizeof *options);
    }
    if ((size_t)options->method >= n_methods) {
        return e2l_fail(ctx, E2L_INPUT, "search: method %d; allowed: 0 to %zu", (int)options->method, n_methods - 1);
    }
    e2l_status status = check_count(ctx, "parents", options->parents, MOST_INDIVIDUALS);
    if (status == E2L_OK) {
        status = check_count(ctx, "offspring", options->offspring, MOST_INDIVIDUALS);
    }
    if (status == E2L_OK) {
        status = check_count(ctx, "slots", options->n_slots, MOST_SLOTS);
    }
    for (size_t k = 0; k < options->n_slots && status == E2L_OK; k++) {
        status = e2l_genome_check(ctx, &options->shapes[k]);
    }
    return status;
}

/* ---- copies of the options ---- */

static const char *copy_text(e2l_arena *arena, const char *text)
{
    return e2l_arena_strdup(arena, text ? text : "", text ? strlen(text) : 0);
}

static void *copy_array(e2l_arena *arena, const void *from, size_t n, size_t size)
{
    void *to = e2l_arena_alloc(arena, n, size);
    if (to && n > 0) {
        memcpy(to, from, n * size);
    }
    return to;
}

static bool copy_shape(e2l_arena *arena, e2l_genome_shape *to, const e2l_genome_shape *from)
{
    *to = *from;
    const char **terminals = e2l_arena_alloc(arena, from->n_terminals, sizeof *terminals);
    to->slot = copy_text(arena, from->slot);
    to->terminals = terminals;
    to->constants = copy_array(arena, from->constants, from->n_constants, sizeof *from->constants);
    to->functions = copy_array(arena, from->functions, from->n_functions, sizeof *from->functions);
    bool complete = terminals && to->slot && to->constants && to->functions;
    for (size_t k = 0; k < from->n_terminals && complete; k++) {
        terminals[k] = copy_text(arena, from->terminals[k]);
        complete = terminals[k] != NULL;
    }
    return complete;
}

static void print_shape(e2l_text *text, const e2l_genome_shape *shape)
{
    e2l_pack_text(text, shape->slot);
    e2l_pack_u64(text, shape->n_terminals);
    for (size_t k = 0; k < shape->n_terminals; k++) {
        e2l_pack_text(text, shape->terminals[k]);
    }
    e2l_pack_u64(text, shape->n_constants);
    for (size_t k = 0; k < shape->n_constants; k++) {
        e2l_pack_double(text, shape->constants[k]);
    }
    e2l_pack_u64(text, shape->n_functions);
    for (size_t k = 0; k < shape->n_functions; k++) {
        e2l_pack_text(text, shape->functions[k]->name);
    }
    e2l_pack_u64(text, shape->columns);
    e2l_pack_u64(text, shape->levels_back);
}

/* What genes mean depends on the shapes alone: individuals may travel between islands that share them. */
static e2l_status take_fingerprint(e2l_search *search)
{
    e2l_text text;
    e2l_text_init(&text, search->ctx);
    for (size_t k = 0; k < search->n_slots; k++) {
        print_shape(&text, &search->shapes[k]);
    }
    e2l_status status = e2l_text_status(&text);
    search->fingerprint = status == E2L_OK ? XXH3_64bits(text.data, text.n) : 0;
    e2l_text_clear(&text);
    return status;
}

static e2l_status copy_options(e2l_search *search, const e2l_search_options *options)
{
    e2l_arena *arena = search->arena;
    size_t n_slots = options->n_slots;
    search->method = methods[options->method];
    search->seed = options->seed;
    search->island = options->island;
    search->mu = options->parents;
    search->lambda = options->offspring;
    search->restart = search->method->restarts ? options->restart : 0;
    search->n_slots = n_slots;
    search->next_id = 1;
    search->shapes = e2l_arena_alloc(arena, n_slots, sizeof *search->shapes);
    search->gaps = e2l_arena_alloc(arena, n_slots, sizeof *search->gaps);
    search->gene_at = e2l_arena_alloc(arena, n_slots + 1, sizeof *search->gene_at);
    search->column_at = e2l_arena_alloc(arena, n_slots + 1, sizeof *search->column_at);
    search->constant_at = e2l_arena_alloc(arena, n_slots + 1, sizeof *search->constant_at);
    if (!search->shapes || !search->gaps || !search->gene_at || !search->column_at || !search->constant_at) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < n_slots; k++) {
        if (!copy_shape(arena, &search->shapes[k], &options->shapes[k])) {
            return E2L_NOMEM;
        }
        e2l_genome_gaps_init(&search->gaps[k], search->shapes[k].mutation);
        search->gene_at[k + 1] = search->gene_at[k] + e2l_genome_n_genes(&search->shapes[k]);
        search->column_at[k + 1] = search->column_at[k] + search->shapes[k].columns;
        search->constant_at[k + 1] = search->constant_at[k] + search->shapes[k].n_constants;
    }
    return take_fingerprint(search);
}

/* ---- pools ---- */

static bool fill_individual(e2l_search *search, search_individual *one)
{
    e2l_arena *arena = search->arena;
    size_t n = search->n_slots;
    one->genes = e2l_arena_alloc(arena, search->gene_at[n], sizeof *one->genes);
    one->active = e2l_arena_alloc(arena, search->column_at[n], sizeof *one->active);
    one->n_active = e2l_arena_alloc(arena, n, sizeof *one->n_active);
    one->rule = e2l_arena_alloc(arena, n, sizeof *one->rule);
    one->exprs = e2l_arena_alloc(arena, n, sizeof *one->exprs);
    one->etas = e2l_arena_alloc(arena, n, sizeof *one->etas);
    one->constants = e2l_arena_alloc(arena, search->constant_at[n], sizeof *one->constants);
    return one->constants && one->genes && one->active && one->n_active && one->rule && one->exprs && one->etas;
}

static e2l_status fill_pools(e2l_search *search)
{
    for (size_t k = 0; k < search->n_pool; k++) {
        if (!fill_individual(search, &search->pool[k])) {
            return E2L_NOMEM;
        }
        search->free_individuals[search->n_free_individuals++] = &search->pool[k];
    }
    for (size_t k = 0; k < search->n_pool * search->n_slots; k++) {
        search->free_rules[search->n_free_rules++] = &search->rules[k];
    }
    return E2L_OK;
}

/* In use at once: the parents, a batch, what was told last, as many parents again while a state is loaded, and a trial. */
static e2l_status create_pools(e2l_search *search)
{
    e2l_arena *arena = search->arena;
    size_t n_batch = search->mu > search->lambda ? search->mu : search->lambda;
    search->n_pool = 2 * search->mu + 2 * n_batch + 1;
    search->pool = e2l_arena_alloc(arena, search->n_pool, sizeof *search->pool);
    search->rules = e2l_arena_alloc(arena, search->n_pool * search->n_slots, sizeof *search->rules);
    search->free_individuals = e2l_arena_alloc(arena, search->n_pool, sizeof(search_individual *));
    search->free_rules = e2l_arena_alloc(arena, search->n_pool * search->n_slots, sizeof(search_rule *));
    search->parents = e2l_arena_alloc(arena, search->mu, sizeof(search_individual *));
    search->next_parents = e2l_arena_alloc(arena, search->mu, sizeof(search_individual *));
    search->made = e2l_arena_alloc(arena, n_batch, sizeof(search_individual *));
    search->told = e2l_arena_alloc(arena, n_batch, sizeof(search_individual *));
    search->accepted = e2l_arena_alloc(arena, n_batch, sizeof(search_individual *));
    search->asked = e2l_arena_alloc(arena, n_batch + search->mu, sizeof(search_individual *));
    search->proposals = e2l_arena_alloc(arena, n_batch + search->mu, sizeof *search->proposals);
    if (!search->pool || !search->rules || !search->free_individuals || !search->free_rules || !search->parents || !search->next_parents || !search->made ||
        !search->told || !search->accepted || !search->asked || !search->proposals) {
        return E2L_NOMEM;
    }
    return fill_pools(search);
}

static e2l_status create_decoders(e2l_search *search)
{
    search->decoders = e2l_arena_alloc(search->arena, search->n_slots, sizeof(e2l_decoder *));
    for (size_t k = 0; search->decoders && k < search->n_slots; k++) {
        search->decoders[k] = e2l_decoder_take(search->arena, &search->shapes[k]);
        if (!search->decoders[k]) {
            return E2L_NOMEM;
        }
    }
    return search->decoders ? E2L_OK : E2L_NOMEM;
}

/* Seeds are turned into genes at once: a rule that does not fit is refused before anything runs. */
static e2l_status encode_seeds(e2l_search *search, const e2l_search_options *options)
{
    size_t n = search->n_slots, n_genes = search->gene_at[n];
    search->n_seeds = options->n_seeds < search->mu ? options->n_seeds : search->mu;
    search->seed_genes = e2l_arena_alloc(search->arena, search->n_seeds * n_genes, sizeof *search->seed_genes);
    if (!search->seed_genes) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < search->n_seeds * n; k++) {
        size_t seed = k / n, slot = k % n;
        e2l_stream stream;
        e2l_search_stream(search, &stream, E2L_PURPOSE_GENOME, seed, 0, slot);
        uint32_t *genes = search->seed_genes + seed * n_genes + search->gene_at[slot];
        e2l_status status = e2l_genome_encode(search->ctx, &search->shapes[slot], options->seeds[k], &stream, genes);
        if (status != E2L_OK) {
            return e2l_fail_at(search->ctx, status, "search: first rules: number %zu", seed + 1);
        }
    }
    return E2L_OK;
}

static e2l_status fill(e2l_search *search, const e2l_search_options *options)
{
    e2l_status status = e2l_arena_create(search->ctx, &search->arena);
    if (status == E2L_OK) {
        status = copy_options(search, options);
    }
    if (status == E2L_OK) {
        status = create_pools(search);
    }
    if (status == E2L_OK) {
        status = create_decoders(search);
    }
    return status == E2L_OK ? encode_seeds(search, options) : status;
}

e2l_status e2l_search_create(e2l_ctx *ctx, e2l_search **out, const e2l_search_options *options)
{
    *out = NULL;
    e2l_status status = check_options(ctx, options);
    if (status != E2L_OK) {
        return status;
    }
    e2l_search *search = e2l_alloc(ctx, 1, sizeof *search);
    if (!search) {
        return E2L_NOMEM;
    }
    search->ctx = ctx;
    status = fill(search, options);
    if (status != E2L_OK) {
        e2l_search_destroy(search);
        return status;
    }
    *out = search;
    return E2L_OK;
}

void e2l_search_destroy(e2l_search *search)
{
    if (!search) {
        return;
    }
    e2l_ctx *ctx = search->ctx;
    for (size_t k = 0; search->rules && k < search->n_pool * search->n_slots; k++) {
        e2l_expr_destroy(ctx, search->rules[k].expr);
    }
    e2l_arena_destroy(search->arena);
    e2l_free(ctx, search);
}

/* ---- reading ---- */

uint64_t e2l_search_generation(const e2l_search *search)
{
    return search->generation;
}

void e2l_search_reevaluate(e2l_search *search)
{
    search->reevaluate = true;
}

static void view(const e2l_search *search, const search_individual *one, e2l_individual_view *out)
{
    *out = (e2l_individual_view){.rules = one->exprs,
                                 .key = e2l_search_key(one->rule, search->n_slots),
                                 .fitness = one->fitness,
                                 .etas = one->etas,
                                 .id = one->id,
                                 .parent = one->parent,
                                 .generation = one->generation,
                                 .island = one->island};
}

bool e2l_search_bar(const e2l_search *search, e2l_fitness *out)
{
    bool is_known = search->pending && !search->restarting && !search->reevaluating && search->n_parents == search->mu;
    if (is_known) {
        *out = search->parents[search->n_parents - 1]->fitness;
    }
    return is_known;
}

uint64_t e2l_search_n_restarts(const e2l_search *search)
{
    return search->n_restarts;
}

size_t e2l_search_n_parents(const e2l_search *search)
{
    return search->n_parents;
}

void e2l_search_parent(const e2l_search *search, size_t k, e2l_individual_view *out)
{
    view(search, search->parents[k], out);
}

size_t e2l_search_n_accepted(const e2l_search *search)
{
    return search->n_accepted;
}

void e2l_search_accepted(const e2l_search *search, size_t k, e2l_individual_view *out)
{
    view(search, search->accepted[k], out);
}

size_t e2l_search_n_told(const e2l_search *search)
{
    return search->n_told;
}

void e2l_search_told(const e2l_search *search, size_t k, e2l_individual_view *out)
{
    view(search, search->told[k], out);
}

void e2l_search_last_counts(const e2l_search *search, e2l_search_counts *out)
{
    *out = search->counts;
}
