/* world.h: a small experiment that tests bend: the PCA neuron with a few more probes, on data that need no random numbers. */
#ifndef E2L_TESTS_SUPPORT_WORLD_H
#define E2L_TESTS_SUPPORT_WORLD_H

#include "substrate/resolve.h"
#include "substrate/substrate.h"

enum { WORLD_ARRAY_SAMPLES, WORLD_ARRAY_W0, WORLD_ARRAY_PC1, WORLD_N_ARRAYS };
enum {
    WORLD_PROBE_COS,     /* mean of |cos|, before the update */
    WORLD_PROBE_W_END,   /* weights after the last update */
    WORLD_PROBE_Y,       /* every output */
    WORLD_PROBE_W_TENTH, /* weights after steps 0, 10, 20, .. */
    WORLD_PROBE_X_SUM,   /* sum of the inputs */
    WORLD_N_PROBES
};

typedef struct world {
    e2l_array arrays[WORLD_N_ARRAYS];
    e2l_input inputs[1];
    e2l_population populations[2];
    e2l_binding terminals[3];
    e2l_slot slots[1];
    const char *synapse[1];
    const char *more_synapse[1];
    e2l_projection projections[3];
    e2l_span span;
    e2l_probe probes[WORLD_N_PROBES];
    e2l_experiment experiment;
} world;

/* `w` must stay where it is: its parts point to each other. */
void world_init(world *w, uint64_t n, uint64_t n_steps);

/* Case `index`: samples, weights and direction are simple functions of the indices. */
typedef struct world_case {
    const world *of;
    double scale; /* of the samples */
} world_case;
e2l_case world_case_of(const world_case *user, uint64_t index);
/* Element i of row `step` of an array. */
double world_value(const world_case *user, uint64_t index, size_t array, uint64_t step, uint64_t i);

#endif
