/* search.c: see search.h. */
#include "tests/support/search.h"

#include <math.h>
#include <string.h>

static const char *const terminals[] = {"x", "w"};
static const double constants[] = {1.0};
static const e2l_primitive *functions[4];

e2l_genome_shape test_shape(const char *slot, size_t columns, size_t levels_back, double mutation)
{
    const char *names[] = {"add", "sub", "mul", "pdiv"};
    for (size_t k = 0; k < 4; k++) {
        functions[k] = e2l_primitive_find(names[k]);
    }
    return (e2l_genome_shape){.slot = slot,
                              .terminals = terminals,
                              .n_terminals = 2,
                              .constants = constants,
                              .n_constants = 1,
                              .functions = functions,
                              .n_functions = 4,
                              .columns = columns,
                              .levels_back = levels_back,
                              .mutation = mutation};
}

e2l_expr *test_rule(e2l_ctx *ctx, const char *text)
{
    const e2l_scope scope = {.any_name = true};
    e2l_expr *rule;
    return e2l_expr_parse(ctx, &rule, text, strlen(text), &scope) == E2L_OK ? rule : NULL;
}

char *test_text(e2l_ctx *ctx, const e2l_expr *rule)
{
    e2l_text text;
    e2l_text_init(&text, ctx);
    e2l_status status = e2l_expr_print(rule, E2L_STYLE_SHORTEST, &text);
    char *copy = status == E2L_OK ? e2l_strdup(ctx, e2l_text_get(&text)) : NULL;
    e2l_text_clear(&text);
    return copy;
}

e2l_fitness test_score(e2l_key key)
{
    uint64_t h = key.low ^ key.high;
    if (h % 7 == 0) {
        return (e2l_fitness){.ok = false, .n_ok = h % 3, .fail_step = h % 5};
    }
    double score = h % 11 == 0 ? (double)NAN : (double)(h % 1000) / 8;
    return (e2l_fitness){.ok = true, .score = score};
}

e2l_search_options test_options(const e2l_genome_shape *shapes, size_t n_slots, uint64_t seed, size_t parents,
                                size_t offspring)
{
    return (e2l_search_options){.struct_size = sizeof(e2l_search_options),
                                .method = E2L_SEARCH_CGP,
                                .seed = seed,
                                .island = 3,
                                .parents = parents,
                                .offspring = offspring,
                                .shapes = shapes,
                                .n_slots = n_slots};
}

e2l_status test_generation(e2l_ctx *ctx, e2l_search *search, size_t n_slots)
{
    const e2l_proposal *proposals;
    size_t n;
    e2l_status status = e2l_search_ask(search, &proposals, &n);
    if (status != E2L_OK) {
        return status;
    }
    e2l_fitness *fitness = e2l_alloc(ctx, n, sizeof *fitness);
    double *etas = fitness ? e2l_alloc(ctx, n * n_slots, sizeof *etas) : NULL;
    for (size_t k = 0; etas && k < n; k++) {
        fitness[k] = test_score(e2l_proposal_key(&proposals[k]));
        for (size_t slot = 0; slot < n_slots; slot++) {
            etas[k * n_slots + slot] = (double)(e2l_proposal_key(&proposals[k]).low % 97) + (double)slot / 4;
        }
    }
    status = etas ? e2l_search_tell(search, fitness, etas) : E2L_NOMEM;
    e2l_free(ctx, fitness);
    e2l_free(ctx, etas);
    return status;
}

double test_chi_square(const size_t *counts, size_t n)
{
    double total = 0, sum = 0;
    for (size_t k = 0; k < n; k++) {
        total += (double)counts[k];
    }
    for (size_t k = 0; k < n; k++) {
        double off = (double)counts[k] - total / (double)n;
        sum += off * off / (total / (double)n);
    }
    return sum;
}
