/* search_pool.c: individuals and rules taken from the pools, decoded, shared and let go. */
#include <string.h>

#include "cgp/expr_impl.h"
#include "cgp/genome_impl.h"
#include "cgp/search_impl.h"

search_individual *e2l_search_take(e2l_search *search)
{
    search_individual *one = search->free_individuals[--search->n_free_individuals];
    one->n_users = 1;
    one->fitness = e2l_fitness_worst();
    one->from = NULL;
    one->parent = 0;
    one->changed = one->silent = one->too_large = false;
    memset(one->etas, 0, search->n_slots * sizeof one->etas[0]);
    for (size_t k = 0; k < search->n_slots; k++) {
        const e2l_genome_shape *shape = &search->shapes[k];
        memcpy(one->constants + search->constant_at[k], shape->constants, shape->n_constants * sizeof one->constants[0]);
    }
    return one;
}

static void release_rule(e2l_search *search, search_rule *rule)
{
    if (rule && --rule->n_users == 0) {
        search->free_rules[search->n_free_rules++] = rule;
    }
}

void e2l_search_release(e2l_search *search, search_individual *individual)
{
    if (--individual->n_users > 0) {
        return;
    }
    for (size_t k = 0; k < search->n_slots; k++) {
        release_rule(search, individual->rule[k]);
        individual->rule[k] = NULL;
        individual->exprs[k] = NULL;
    }
    search->free_individuals[search->n_free_individuals++] = individual;
}

void e2l_search_release_all(e2l_search *search, search_individual **list, size_t *n)
{
    for (size_t k = 0; k < *n; k++) {
        e2l_search_release(search, list[k]);
    }
    *n = 0;
}

static void use_rule(search_individual *one, size_t slot, search_rule *rule)
{
    rule->n_users++;
    one->rule[slot] = rule;
    one->exprs[slot] = rule->expr;
}

static bool same_constants(const e2l_search *search, const search_individual *a, const search_individual *b, size_t slot)
{
    size_t at = search->constant_at[slot];
    size_t n = search->constant_at[slot + 1] - at;
    return n == 0 || memcmp(a->constants + at, b->constants + at, n * sizeof a->constants[0]) == 0;
}

/* Genes of an active column of the parent that are all the same make the same rule; only otherwise is it decoded,
   and it may still turn out equal. */
static e2l_status decode_slot(e2l_search *search, search_individual *one, size_t slot)
{
    const e2l_genome_shape *shape = &search->shapes[slot];
    const search_individual *from = one->from;
    const uint32_t *genes = one->genes + search->gene_at[slot];
    uint32_t *active = one->active + search->column_at[slot];
    if (from) {
        const uint32_t *had = from->active + search->column_at[slot];
        size_t n = from->n_active[slot];
        if (same_constants(search, from, one, slot) &&
            e2l_genome_same(shape, from->genes + search->gene_at[slot], genes, had, n)) {
            memcpy(active, had, n * sizeof active[0]);
            one->n_active[slot] = n;
            use_rule(one, slot, from->rule[slot]);
            return E2L_OK;
        }
    }
    const e2l_expr *expr = e2l_decoder_run(search->decoders[slot], genes, one->constants + search->constant_at[slot], active,
                                           &one->n_active[slot]);
    if (from && e2l_expr_equal(expr, from->exprs[slot])) {
        use_rule(one, slot, from->rule[slot]);
        return E2L_OK;
    }
    search_rule *rule = search->free_rules[search->n_free_rules - 1];
    e2l_status status = e2l_expr_refill(search->ctx, expr, &rule->expr);
    if (status != E2L_OK) {
        return status;
    }
    rule->has_key = false;
    search->n_free_rules--;
    use_rule(one, slot, rule);
    return E2L_OK;
}

static e2l_key rule_key(search_rule *rule)
{
    if (!rule->has_key) {
        rule->key = e2l_expr_root_key(rule->expr);
        rule->has_key = true;
    }
    return rule->key;
}

e2l_key e2l_search_key(search_rule *const *rules, size_t n)
{
    e2l_key key = rule_key(rules[0]);
    for (size_t k = 1; k < n; k++) {
        const e2l_key next = rule_key(rules[k]);
        unsigned char bytes[16];
        for (size_t i = 0; i < 8; i++) {
            bytes[i] = (unsigned char)(next.low >> (8 * i) & 0xffU);
            bytes[8 + i] = (unsigned char)(next.high >> (8 * i) & 0xffU);
        }
        key = e2l_key_bytes(bytes, sizeof bytes, key);
    }
    return key;
}

e2l_key e2l_proposal_key(const e2l_proposal *proposal)
{
    return e2l_search_key(proposal->decoded, proposal->n_rules);
}

e2l_status e2l_search_decode(e2l_search *search, search_individual *individual)
{
    for (size_t k = 0; k < search->n_slots; k++) {
        e2l_status status = decode_slot(search, individual, k);
        if (status != E2L_OK) {
            return status;
        }
    }
    individual->changed = individual->from == NULL;
    for (size_t k = 0; k < search->n_slots; k++) {
        const search_rule *rule = individual->rule[k];
        individual->changed = individual->changed || rule != individual->from->rule[k];
        individual->too_large = individual->too_large || e2l_expr_tree_size(rule->expr) > E2L_EXPR_MAX_TREE;
    }
    individual->silent = !individual->changed;
    return E2L_OK;
}
