/* program.h: an experiment with rules in its slots as one graph: what every state is after a step, and what the probes
   look at. */
#ifndef E2L_SUBSTRATE_CPU_PROGRAM_H
#define E2L_SUBSTRATE_CPU_PROGRAM_H

#include "substrate/cpu/graph.h"
#include "substrate/resolve.h"
#include "substrate/substrate.h"

#define E2L_NO_STATE UINT32_MAX

/* Something that lasts from step to step: a variable of a population, weights, what a probe has gathered. */
typedef struct e2l_state {
    e2l_space space;
    e2l_use initial; /* does not vary */
    e2l_use reset;   /* taken before anything else of a step, under reset_guard */
    e2l_use next;
    double limit;    /* diverged unless |next| < limit; 0: not looked at (probes) */
    uint64_t guard;  /* bit of the program's guards under which next is taken; bit 0: always */
    uint64_t reset_guard; /* 0: never */
} e2l_state;

/* What is under way to a projection: the signal of the last `depth` steps, each an area of `space`. In step t place t mod depth is
   written, after it was read by whoever waits for `depth` steps. */
typedef struct e2l_ring {
    e2l_space space;
    size_t depth;
    bool by_source; /* each source has a delay of its own */
    uint32_t twin;  /* the ring that holds the same: itself, or an earlier one as deep as both need */
    e2l_use signal, initial, reset;
    uint64_t reset_guard;
} e2l_ring;

/* What a value of E2L_VALUE_NOISE draws. */
typedef struct e2l_draw {
    uint64_t site;
    bool is_normal;
    bool once; /* before the run; else in every step */
} e2l_draw;

/* What a probe writes when it looks. */
typedef struct e2l_look {
    uint32_t probe;
    e2l_use value;  /* not of folded probes */
    uint32_t state; /* what a folded probe has gathered; else E2L_NO_STATE */
    uint32_t count; /* state that counts the looks of a condition that only the network knows; else E2L_NO_STATE */
    uint64_t guard;
} e2l_look;

/* Guards: bit 0 every step, bit k + 1 looks of probe k, then one for every span that resets something (its first steps), the last one
   steps whose inputs may not be finite. */
enum { E2L_MAX_GUARDS = 63 };
#define E2L_GUARD_BAD_INPUT ((uint64_t)1 << E2L_MAX_GUARDS)

/* Owned by its creator: e2l_program_clear. Reused from candidate to candidate. */
typedef struct e2l_program {
    e2l_ctx *ctx;
    const e2l_resolved *resolved;
    bool is_wide; /* for a wide tape */
    const bool *listed; /* [projection] has a list of its synapses; NULL: none. Borrowed */
    e2l_graph graph;
    e2l_state *states;
    uint32_t n_states, states_room;
    e2l_look *looks; /* [n_probes] */
    e2l_ref *schedule; /* refs that E2L_VALUE_SCHEDULE values stand for; only ever added to */
    uint32_t n_schedule, schedule_room;
    /* values of names while the graph is being built */
    e2l_use **variables, **ports, **drawn, **locals, **synapse_states; /* [population][..], [projection][..] */
    uint32_t **variable_at, **synapse_at; /* index of the state */
    e2l_use *x, *w;                       /* [projection] */
    uint32_t *w_at, *ring_at;             /* [projection] */
    e2l_use *worlds;                      /* [world] what it shows and hides */
    uint32_t *world_at;                   /* [world] index of the state */
    const e2l_expr *const *rules;
    e2l_use one, minus_one; /* of the graph */
    e2l_use *nodes; /* one expression */
    size_t nodes_room;
    e2l_ring *rings;
    uint32_t n_rings, rings_room;
    e2l_draw *draws; /* only ever added to */
    uint32_t n_draws, draws_room;
    uint32_t n_begin; /* the first values of the graph: what initial and reset values are made of */
} e2l_program;

E2L_MUST_CHECK e2l_status e2l_program_init(e2l_program *program, e2l_ctx *ctx, const e2l_resolved *resolved, e2l_isa isa,
                                           bool is_wide);
void e2l_program_clear(e2l_program *program);
/* Builds the graph for these rules, one per slot. E2L_INPUT when a rule names what is no terminal of its slot. */
E2L_MUST_CHECK e2l_status e2l_program_build(e2l_program *program, const e2l_expr *const *rules);
/* Instead, the graph of which synapses there are, of the projections that are wanted: states[p] is projection p's mask, > 0 where there is one. */
E2L_MUST_CHECK e2l_status e2l_program_build_masks(e2l_program *program, const bool *wanted, uint32_t *states);
/* What this compiler cannot do yet, in words; false then. */
bool e2l_program_can(const e2l_resolved *resolved, char why[256]);
/* Bit of probe k: 1 << (k + 1); 1: every step. */
uint64_t e2l_probe_guard(const e2l_resolved *resolved, size_t probe);
/* Bit of a span that resets something; 0: it does not. */
uint64_t e2l_reset_guard(const e2l_resolved *resolved, uint32_t span);
/* What is fed into ports: BY_STEP arrays by their index, then the ports with ROWS arrays in order. */
uint32_t e2l_feed_of(const e2l_resolved *resolved, uint32_t population, uint32_t port);

#endif
