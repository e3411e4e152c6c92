/* graph.h: what one step computes, as values without an order.

   A value is computed once for every element of its space: n_pre x n_post, where a population of n neurons is n x 1, a
   projection n_pre x n_post (element i_post * n_pre + i_pre) and everything global 1 x 1. An argument from a smaller
   space is looked at through a view. A value that needs sources alone lives in n_pre x 1, one that needs targets alone in
   n_post x 1: that is the hoisting, and it falls out of building the graph. Equal values are one. */
#ifndef E2L_SUBSTRATE_CPU_GRAPH_H
#define E2L_SUBSTRATE_CPU_GRAPH_H

#include "cgp/expr.h"
#include "substrate/cpu/precision.h"

typedef enum e2l_view {
    E2L_VIEW_SELF, /* same element, or the only one */
    E2L_VIEW_PRE,  /* element i_pre */
    E2L_VIEW_POST  /* element i_post */
} e2l_view;

typedef struct e2l_use {
    uint32_t value;
    e2l_view view;
} e2l_use;

typedef struct e2l_space {
    uint64_t n_pre, n_post;
    uint32_t list; /* projection + 1: only the synapses of its list (wide tapes, list.h); 0: all pairs */
} e2l_space;

typedef enum e2l_value_kind {
    E2L_VALUE_CONST,
    E2L_VALUE_STATE,    /* at the start of the step; index = state */
    E2L_VALUE_STATIC,   /* array of the case; index = array, for the values of edges n_arrays + array */
    E2L_VALUE_INPUT,    /* row of what is fed in; index = feed */
    E2L_VALUE_ETA,      /* index = slot */
    E2L_VALUE_SCHEDULE, /* same for all lanes; index = schedule entry */
    E2L_VALUE_ELEMENT,  /* the number of the element, from 0 */
    E2L_VALUE_CALL,     /* this and what follows is computed */
    E2L_VALUE_SUM,      /* of arg[0] over sources: from n_pre x n_post to n_post x 1 */
    E2L_VALUE_MAX,      /* the same with max or min instead: NaN passes on */
    E2L_VALUE_MIN,
    E2L_VALUE_TRANSPOSE, /* arg[0] of n_post x n_pre as n_pre x n_post */
    E2L_VALUE_FLAT,     /* arg[0] of n_pre x n_post as n_pre * n_post elements in a row; wide tapes */
    E2L_VALUE_NOISE,    /* index = draw of the program */
    E2L_VALUE_FAN_IN,   /* arg[0] of the synapses, thinned out to the fan-in; index = projection */
    E2L_VALUE_WORLD,    /* what a world shows and hides, after a call of this step if there is one; index = world; arg[0] observed, arg[1] before */
    E2L_VALUE_WORLD_BEGIN, /* the same before the run */
    E2L_VALUE_SLICE,    /* some elements of arg[0], from `index` on */
    E2L_VALUE_PACK,     /* arg[0], which has `index` elements, then arg[1] */
    E2L_VALUE_DELAYED   /* what was written into a ring some steps ago; index = ring; arg[0], if any: how many, per element */
} e2l_value_kind;

typedef struct e2l_value {
    e2l_value_kind kind;
    uint32_t index;
    e2l_space space;
    uint64_t n_summed; /* SUM: sources */
    const e2l_primitive *primitive; /* CALL */
    e2l_use arg[E2L_MAX_ARITY];
    uint32_t n_args;
    double constant;
    bool varies; /* from step to step */
} e2l_value;

static inline bool e2l_is_computed(const e2l_value *value)
{
    return value->kind >= E2L_VALUE_CALL;
}
/* By code that needs to know tiles, steps and cases (special.c). */
static inline bool e2l_is_special(const e2l_value *value)
{
    return value->kind >= E2L_VALUE_MAX;
}

/* Owned by its creator: e2l_graph_clear. */
typedef struct e2l_graph {
    e2l_ctx *ctx;
    e2l_isa isa;
    e2l_value *values;
    uint32_t n_values, room;
    uint32_t *table; /* open addressing, value + 1 */
    uint32_t table_size;
    bool failed; /* memory is out: every further value is 0 */
} e2l_graph;

void e2l_graph_init(e2l_graph *graph, e2l_ctx *ctx, e2l_isa isa);
void e2l_graph_clear(e2l_graph *graph);
/* Forgets all values, keeps the memory. */
void e2l_graph_reset(e2l_graph *graph);

/* n neurons; a projection (one source or one target make it a plain row of elements). */
e2l_space e2l_space_of(uint64_t n_pre, uint64_t n_post);
uint64_t e2l_space_rows(e2l_space space);
bool e2l_space_equal(e2l_space a, e2l_space b);
static inline bool e2l_use_equal(e2l_use a, e2l_use b)
{
    return a.value == b.value && a.view == b.view;
}
/* `use` of a population's value from inside a projection of this size. */
e2l_use e2l_use_pre(const e2l_graph *graph, e2l_use use, e2l_space space);
e2l_use e2l_use_post(const e2l_graph *graph, e2l_use use, e2l_space space);

e2l_use e2l_graph_const(e2l_graph *graph, double value);
e2l_use e2l_graph_leaf(e2l_graph *graph, e2l_value_kind kind, uint32_t index, e2l_space space, bool varies);
/* A call for the elements of `context`, done where it has to be done least often. */
e2l_use e2l_graph_call(e2l_graph *graph, e2l_space context, const e2l_primitive *primitive, const e2l_use *args);
/* args[0], one per element of `space` even if it is the same for many; args[1] is the constant one. */
e2l_use e2l_graph_spread(e2l_graph *graph, e2l_space space, const e2l_use *args);
/* Sum (or E2L_VALUE_MAX, E2L_VALUE_MIN) over the n_pre sources for each of the n_post targets. */
e2l_use e2l_graph_reduce(e2l_graph *graph, e2l_value_kind kind, uint64_t n_pre, uint64_t n_post, e2l_use effect);
/* Of `from` x `to` synapses the value of `to` x `from` synapses. */
e2l_use e2l_graph_transpose(e2l_graph *graph, uint64_t n_pre, uint64_t n_post, e2l_use use);
/* Any other computed value. */
e2l_use e2l_graph_special(e2l_graph *graph, e2l_value_kind kind, uint32_t index, e2l_space space, bool varies, const e2l_use *arg);
/* The same of two arguments. */
e2l_use e2l_graph_special_2(e2l_graph *graph, e2l_value_kind kind, uint32_t index, e2l_space space, bool varies, e2l_use a, e2l_use b);

#endif
