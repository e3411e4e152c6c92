/* search_trial.c: the best parent with other constants: what a local method tries between two generations, and takes over when it is better. */
#include <math.h>
#include <string.h>

#include "cgp/search_impl.h"

size_t e2l_search_n_constants(const e2l_search *search)
{
    return search->constant_at[search->n_slots];
}

static void mark_input(const e2l_search *search, size_t slot, size_t c, uint32_t gene, bool *used)
{
    const e2l_genome_shape *shape = &search->shapes[slot];
    e2l_genome_source source = e2l_genome_read(shape, c, gene);
    if (!source.is_column && source.at >= shape->n_terminals) {
        used[search->constant_at[slot] + source.at - shape->n_terminals] = true;
    }
}

static void mark_slot(const e2l_search *search, const search_individual *one, size_t slot, bool *used)
{
    const e2l_genome_shape *shape = &search->shapes[slot];
    const uint32_t *genes = one->genes + search->gene_at[slot];
    const uint32_t *active = one->active + search->column_at[slot];
    size_t width = 1 + e2l_genome_arity(shape);
    for (size_t k = 0; k < one->n_active[slot]; k++) {
        const uint32_t *gene = genes + active[k] * width;
        for (size_t i = 0; i < shape->functions[gene[0]]->arity; i++) {
            mark_input(search, slot, active[k], gene[1 + i], used);
        }
    }
    mark_input(search, slot, shape->columns, genes[shape->columns * width], used);
}

void e2l_search_constants(const e2l_search *search, double *values, bool *used)
{
    const search_individual *best = search->parents[0];
    size_t n = e2l_search_n_constants(search);
    memcpy(values, best->constants, n * sizeof values[0]);
    memset(used, 0, n * sizeof used[0]);
    for (size_t slot = 0; slot < search->n_slots; slot++) {
        mark_slot(search, best, slot, used);
    }
}

void e2l_search_drop_trial(e2l_search *search)
{
    if (search->trial) {
        e2l_search_release(search, search->trial);
        search->trial = NULL;
    }
}

e2l_status e2l_search_vary(e2l_search *search, const double *values, e2l_proposal *out)
{
    if (search->pending || search->n_parents == 0) {
        return e2l_fail(search->ctx, E2L_INTERNAL, "search: constants are varied between scores and the next candidates");
    }
    for (size_t k = 0; k < e2l_search_n_constants(search); k++) {
        if (!isfinite(values[k])) {
            return e2l_fail(search->ctx, E2L_INTERNAL, "search: constant %zu is not finite", k);
        }
    }
    e2l_search_drop_trial(search);
    search_individual *one = e2l_search_take(search);
    e2l_search_inherit(search, search->parents[0], one);
    memcpy(one->constants, values, e2l_search_n_constants(search) * sizeof values[0]);
    e2l_status status = e2l_search_decode(search, one);
    if (status != E2L_OK) {
        e2l_search_release(search, one);
        return status;
    }
    one->id = search->next_id;
    one->parent = search->parents[0]->id;
    one->generation = search->generation > 0 ? search->generation - 1 : 0;
    one->island = search->island;
    search->trial = one;
    *out = (e2l_proposal){.rules = one->exprs, .decoded = one->rule, .n_rules = search->n_slots, .id = one->id,
                          .parent = one->parent};
    return E2L_OK;
}

bool e2l_search_adopt(e2l_search *search, e2l_fitness fitness, const double *etas)
{
    search_individual *one = search->trial;
    fitness = e2l_search_settled(fitness);
    if (!one || one->too_large || e2l_fitness_compare(fitness, search->parents[0]->fitness) <= 0) {
        return false;
    }
    one->fitness = fitness;
    memcpy(one->etas, etas, search->n_slots * sizeof etas[0]);
    one->from = NULL;
    one->silent = false;
    e2l_search_release(search, search->parents[0]);
    search->parents[0] = one;
    search->trial = NULL;
    search->next_id++;
    search->stale = 0;
    return true;
}
