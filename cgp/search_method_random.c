/* search_method_random.c: what a search has to beat: genomes drawn afresh, the best seen kept, the first among
   equals staying (there is no drift to keep up, since nothing is made from a parent). */
#include "cgp/search_impl.h"

static void breed(const e2l_search *search, size_t k, search_individual *child)
{
    uint64_t drawn_before = search->mu + (search->generation - 1) * search->lambda;
    e2l_search_draw(search, drawn_before + k, 0, child);
}

const search_method e2l_search_method_random = {.name = "random", .drifts = false, .breed = breed};
