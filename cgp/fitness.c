/* fitness.c: the order of fitness values: finite scores by size, then bad ones by how far they got. */
#include "cgp/fitness.h"

#include <math.h>

/* A score that is no number is worth nothing, whatever it claims. */
static e2l_fitness trusted(e2l_fitness f)
{
    return f.ok && !isfinite(f.score) ? e2l_fitness_worst() : f;
}

int e2l_fitness_compare(e2l_fitness a, e2l_fitness b)
{
    a = trusted(a);
    b = trusted(b);
    if (a.ok != b.ok) {
        return a.ok ? 1 : -1;
    }
    if (a.ok) {
        return (a.score > b.score) - (a.score < b.score);
    }
    if (a.n_ok != b.n_ok) {
        return a.n_ok > b.n_ok ? 1 : -1;
    }
    return (a.fail_step > b.fail_step) - (a.fail_step < b.fail_step);
}

e2l_fitness e2l_fitness_worst(void)
{
    return (e2l_fitness){.ok = false, .score = 0, .n_ok = 0, .fail_step = 0};
}
