/* search_method_cgp.c: a parent drawn uniformly, and every gene of every slot mutated at the rate of its shape.
   Source: Miller (ed.), Cartesian Genetic Programming, Springer 2011, chapter 2, with probabilistic instead of point
   mutation; Goldman & Punch, "Reducing wasted evaluations in Cartesian genetic programming", EuroGP 2013 (skip). */
#include "cgp/search_impl.h"

static const search_individual *choose(const e2l_search *search, size_t k)
{
    if (search->n_parents == 1) {
        return search->parents[0];
    }
    e2l_stream stream;
    e2l_search_stream(search, &stream, E2L_PURPOSE_PARENT, search->generation, k, 0);
    return search->parents[e2l_stream_below(&stream, (uint32_t)search->n_parents)];
}

static void breed(const e2l_search *search, size_t k, search_individual *child)
{
    e2l_search_inherit(search, choose(search, k), child);
    for (size_t slot = 0; slot < search->n_slots; slot++) {
        e2l_stream stream;
        e2l_search_stream(search, &stream, E2L_PURPOSE_MUTATION, search->generation, k, slot);
        (void)e2l_genome_mutate_with(&search->shapes[slot], &search->gaps[slot], &stream,
                                     child->genes + search->gene_at[slot]);
    }
}

const search_method e2l_search_method_cgp = {.name = "cgp", .drifts = true, .restarts = true, .breed = breed};
