/* native_emit_impl.h: what native_recipe.c, native_elements.c, native_sums.c and native_emit.c share.

   A function goes

       for every tile: for every call: for every target: for every row: both halves of the row

   Pointers of a tile are in registers (slots). rdx counts tiles; rcx counts targets, or is the offset of an element; rax is the offset of the row where
   rows are looped over; r15 points to `constants` and the numbers of the group. ymm15 is the mask of magnitudes, ymm14 and ymm13 gather
   what says that a value left its range (note_range); the others come and go. */
#ifndef E2L_SUBSTRATE_CPU_NATIVE_EMIT_IMPL_H
#define E2L_SUBSTRATE_CPU_NATIVE_EMIT_IMPL_H

#include <math.h>

#include "substrate/cpu/native_impl.h"
#include "substrate/cpu/x86_impl.h"

enum { HALF = 32, HALVES = 2, ROW = HALVES * HALF };
enum { MOST_LASTING = 3 }; /* more would keep values out of vectors */
enum { MAGNITUDE = 15, SEEN = 14, FREE = SEEN - E2L_NATIVE_LIMITS + 1, NO_VECTOR = -1 };

/* What r15 points to begins with them. */
#ifdef E2L_SINGLE
typedef uint32_t pattern;
#else
typedef uint64_t pattern;
#endif
typedef struct constants {
    _Alignas(HALF) e2l_real zero[8], one[8], minus_one[8];
    pattern magnitude[8], sign[8], some[16]; /* some: n lanes before its middle, a mask of the first n */
} constants;
#define CONSTANT(name) ((address){.base = R15, .index = NO_INDEX, .disp = (int32_t)offsetof(struct constants, name)})

/* ---- recipes: what a call computes -------------------------------------------------------------------------------------- */
/* Arguments: operands of the call by number, what is at its output, constants, then nodes from NODE on. */
enum { OUT = E2L_OP_INPUTS, ZERO, ONE, MINUS_ONE, SIGNS, N_LEAVES, NODE = 16, MOST_NODES = 10 };
typedef enum node_kind { ARITHMETIC, COMPARISON, BLEND, FLOOR, ROOT } node_kind;
typedef struct node {
    node_kind kind;
    unsigned op;  /* vector_op or vector_compare */
    int a, b, c;  /* BLEND: a, where c is true b */
} node;
typedef struct recipe {
    node nodes[MOST_NODES];
    int uses[MOST_NODES]; /* by other nodes and as what is written */
    int n;
    int value; /* what is written */
    int mask;  /* of a truth value the node that is all bits or none; else NO_VECTOR */
} recipe;

static inline int e2l_native_arity(node_kind kind)
{
    return kind == BLEND ? 3 : kind == FLOOR || kind == ROOT ? 1 : 2;
}

typedef struct emitter {
    code code;
    const e2l_native *native;
    const e2l_native_group *group;
    const uint8_t *pool; /* constants, then the group's numbers */
    uint8_t *begin;      /* of the function */
    uint32_t taken;      /* vectors */
    address lasting[MOST_LASTING]; /* [n_lasting] numbers that are in the vectors from LASTING on while all tiles are gone through */
    size_t n_lasting;
    bool odd; /* number of values that were added to a sum (note_range) */
    bool indexed;        /* rows are looped over */
    unsigned scale;      /* of rax: 0 where it counts bytes; over a list it counts synapses */
    int tail;            /* over a list, in the last vector: mask of the lanes that are there; else NO_VECTOR */
    int node_vector[MOST_NODES], node_left[MOST_NODES]; /* of the call in work: where it is, who still wants it */
} emitter;

extern const gpr e2l_native_registers[E2L_NATIVE_SLOTS];

/* ---- vectors --------------------------------------------------------------------------------------------------------- */
static inline int take(emitter *e)
{
    for (int k = 0; k < FREE; ++k) {
        if ((e->taken >> k & 1u) == 0) {
            e->taken |= 1u << k;
            return k;
        }
    }
    e->code.full = true; /* not reached: what an expression takes is bounded */
    return 0;
}

static inline void give(emitter *e, int vector)
{
    e->taken &= ~(1u << vector);
}

/* Where an operand is for a target and a row of those written out. */
static inline address at(const emitter *e, const e2l_native_operand *operand, size_t target, size_t row, int half)
{
    if (operand->is_number) {
        return (address){.base = R15, .index = NO_INDEX, .disp = (int32_t)sizeof(struct constants) + operand->disp};
    }
    const bool is_element = operand->row == (int32_t)sizeof(e2l_real);
    const int32_t disp = operand->disp + (int32_t)target * operand->target + (int32_t)row * operand->row + (is_element ? 0 : half * HALF);
    return (address){.base = e2l_native_registers[operand->slot], .index = !e->indexed || operand->row == 0 ? NO_INDEX : is_element ? RCX : RAX, .disp = disp, .scale = e->scale};
}

/* What says so when a value left its range: the largest magnitude so far, by its upper 32 bits; where the range is all numbers, the sum so far, which is not finite when
   one value is not. Sums of huge numbers say so, too: the unit looks itself who it was, and finds nobody. Two sums take turns where there is one limit: an addition waits for the
   one before. */
static inline void note_range(emitter *e, int limit, int value)
{
    if (limit >= 0 && isinf(e->group->limits[limit])) {
        const int seen = SEEN - limit - (e->group->n_limits == 1 && e->odd ? 1 : 0);
        x86_vector(&e->code, V_ADD, seen, seen, value);
        e->odd = !e->odd;
    } else if (limit >= 0) {
        const int magnitude = take(e);
        x86_vector(&e->code, V_AND, magnitude, value, MAGNITUDE);
        x86_max_u32(&e->code, SEEN - limit, SEEN - limit, magnitude);
        give(e, magnitude);
    }
}

/* native_lists.c: a vector of what an operand is for the synapses at rax; writes one. */
int e2l_native_fetch(emitter *e, const e2l_native_operand *from);
void e2l_native_put(emitter *e, const e2l_native_operand *to, int vector);
/* native_elements.c: before all tiles, when all calls of the group go over the same row: loads the numbers that they want most. */
void e2l_native_emit_lasting(emitter *e);
/* native_elements.c: these calls, for the synapses at rax. */
void e2l_native_emit_synapses(emitter *e, const e2l_native_op *ops, size_t n);
/* native_emit.c: what a function begins and ends with: constants, then code. False: no room. */
bool e2l_native_begin_function(emitter *e, e2l_native *native, const e2l_native_group *group);
void e2l_native_save(emitter *e);
void e2l_native_watch(emitter *e);
void *e2l_native_end_function(emitter *e, e2l_native *native);
/* native_recipe.c */
void e2l_native_make_recipe(const e2l_native *native, const e2l_native_op *op, recipe *out);
/* native_elements.c: a call, or some that go over the same rows, of the `n` ones from here on that might; gives how many. native_sums.c: one. */
size_t e2l_native_emit_elements(emitter *e, const e2l_native_op *ops, size_t n);
size_t e2l_native_cluster(const e2l_native_group *group, size_t first);
void e2l_native_emit_sum(emitter *e, const e2l_native_op *op);
/* native_emit.c: all targets of some calls, so many at a time; `some` writes out n from `target` on. */
typedef void e2l_native_some_fn(emitter *e, void *what, size_t target, size_t n);
void e2l_native_emit_targets(emitter *e, const e2l_native_op *ops, size_t n_ops, size_t at_a_time, e2l_native_some_fn *some, void *what);

static inline bool e2l_native_is_sum(const e2l_native_op *op)
{
    return op->form.kind == E2L_FORM_SUM || op->form.kind == E2L_FORM_SUMS;
}

#endif
