/* search.h: what the tests of genomes and searches share: shapes, rules from text, scores made of hashes. */
#ifndef E2L_TESTS_SUPPORT_SEARCH_H
#define E2L_TESTS_SUPPORT_SEARCH_H

#include "cgp/search.h"

/* {add, sub, mul, pdiv}, terminals x and w, constant 1. */
e2l_genome_shape test_shape(const char *slot, size_t columns, size_t levels_back, double mutation);
/* Gives the parsed text; NULL when it is wrong. */
e2l_expr *test_rule(e2l_ctx *ctx, const char *text);
/* Gives the rule's text on the heap of ctx; NULL when memory is out. */
char *test_text(e2l_ctx *ctx, const e2l_expr *rule);
/* A score without meaning that depends on the key alone; every seventh key is not ok, every eleventh NaN. */
e2l_fitness test_score(e2l_key key);
/* Options of an island with `n_slots` shapes. */
e2l_search_options test_options(const e2l_genome_shape *shapes, size_t n_slots, uint64_t seed, size_t parents,
                                size_t offspring);
/* One generation with test_score; rates are functions of the key as well. */
E2L_MUST_CHECK e2l_status test_generation(e2l_ctx *ctx, e2l_search *search, size_t n_slots);
/* Chi-square of counts against a uniform expectation. */
double test_chi_square(const size_t *counts, size_t n);

#endif
