/* program_impl.h: what the files program*.c share. */
#ifndef E2L_SUBSTRATE_CPU_PROGRAM_IMPL_H
#define E2L_SUBSTRATE_CPU_PROGRAM_IMPL_H

#include "substrate/cpu/program.h"

/* Where an expression stands: the elements it is computed for, and who they are. */
typedef struct e2l_scene {
    e2l_space space;
    uint64_t n_self, n_pre, n_post; /* elements of the places; those that do not exist here are 1 */
    bool transposed; /* a projection that sees its weights from the other end */
    bool once;       /* noise is drawn before the run */
    bool begins;     /* the schedule is that of the first step */
    bool flat;       /* what is one per synapse is taken as one of so many elements in a row */
} e2l_scene;

e2l_scene e2l_scene_of_population(const e2l_program *program, size_t population);
e2l_scene e2l_scene_of_projection(const e2l_program *program, size_t projection);

/* program_values.c */
e2l_use e2l_program_number(e2l_program *program, double value);
e2l_use e2l_program_bound(e2l_program *program, const e2l_scene *scene, const e2l_bound *what);
e2l_use e2l_program_call(e2l_program *program, e2l_space space, const char *primitive, e2l_use a, e2l_use b, e2l_use c);
/* condition > 0 ? a : b */
e2l_use e2l_program_choose(e2l_program *program, e2l_space space, e2l_use condition, e2l_use a, e2l_use b);
/* 1 in a span, else 0. */
e2l_use e2l_program_in_span(e2l_program *program, uint32_t span);
/* 1 in the first step of a repetition, else 0. */
e2l_use e2l_program_enters(e2l_program *program, uint32_t span);
/* One more element of one of the program's lists; NULL when memory is out. */
void *e2l_program_more(e2l_program *program, void **list, uint32_t *n, uint32_t *room, size_t size);

E2L_MUST_CHECK e2l_status e2l_program_check_rule(e2l_ctx *ctx, const e2l_slot *slot, const e2l_expr *rule);

/* program_worlds.c */
/* What a world shows now. */
e2l_use e2l_program_shown(e2l_program *program, uint32_t world, uint32_t item);
/* As they begin; and their states at the beginning of a step. */
void e2l_program_begin_worlds(e2l_program *program);
void e2l_program_world_leaves(e2l_program *program);
/* After the neurons of a step. */
void e2l_program_call_worlds(e2l_program *program);

/* program_states.c */
/* States, rings and what every name means at the beginning of a step. */
void e2l_program_begin(e2l_program *program);
/* Parameters with a value per neuron, of all populations. */
void e2l_program_begin_parameters(e2l_program *program);
/* What the states are at its end. */
void e2l_program_end(e2l_program *program);
uint32_t e2l_program_add_state(e2l_program *program, const e2l_state *state);
/* The value in a state's own elements: per source without its view, everything else spread. */
e2l_use e2l_program_fit(e2l_program *program, e2l_use use, e2l_place place, e2l_space space);
/* > 0 where there is a synapse (without a mask of its own: where the weights' owner has one); false: everywhere. */
bool e2l_program_mask(e2l_program *program, size_t projection, e2l_use *mask);
/* 0 where there is no synapse. */
e2l_use e2l_program_masked(e2l_program *program, size_t projection, e2l_use use);
/* The weights of a projection within its bounds. */
e2l_use e2l_program_bounded(e2l_program *program, size_t projection, e2l_use w);
/* Its synapses. */
e2l_space e2l_program_synapses(const e2l_program *program, size_t projection);
e2l_space e2l_program_state_space(const e2l_program *program, size_t projection, e2l_place place);

#endif
