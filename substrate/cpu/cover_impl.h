/* cover_impl.h: how values are gathered into kernel calls; inside of the tape compiler. */
#ifndef E2L_SUBSTRATE_CPU_COVER_IMPL_H
#define E2L_SUBSTRATE_CPU_COVER_IMPL_H

#include "substrate/cpu/tape.h"

typedef enum e2l_shape { E2L_SHAPE_CALL, E2L_SHAPE_CHAIN_1, E2L_SHAPE_CHAIN_2, E2L_SHAPE_CHAIN_3, E2L_SHAPE_TREE } e2l_shape;

/* What the compiler knows of a value. */
typedef struct e2l_note {
    uint64_t need;   /* guards under which somebody wants it */
    uint32_t n_uses; /* by values, states and looks */
    uint32_t home;   /* state whose rows it is written to, or E2L_NO_STATE */
    bool kept;       /* must lie in memory: checked, looked at, read at the end of the step */
    bool fusable;    /* + - * of operands that are not both spread */
    bool inlinable;  /* fusable, wanted once, in the space and under the guards of who wants it */
    bool material;   /* gets a call of its own */
    e2l_shape shape;
    uint32_t deep, deeper; /* which argument goes on, which argument of that */
    uint32_t cost;         /* calls for it and for what of it is not shared */
    size_t row;            /* where it lies; SIZE_MAX: nowhere yet */
    size_t last;           /* call that reads it last */
    uint32_t made_in;      /* wide: the ring + 1 in whose place of this step it is made and lies; or 0 */
    uint32_t region;       /* in which it is computed, of a conditional write: in which it is written; or E2L_NO_REGION */
    bool is_guard;         /* of a region */
    bool conditional;      /* a selection between a new and the old value of its home: written only where the guard is true */
    bool is_silent;        /* conditional, and no call of its own: the new value is computed or copied into its home */
    bool uniform;          /* the same for all lanes, made of numbers and the schedule */
    uint32_t selected_by;  /* the silent selection that it is the new value of; 0: none (a selection is never the first value) */
    bool asked;            /* somebody wants it (while regions are spread) */
    bool is_punch;         /* selects 0 where there is no synapse: the new value is made in its home, then 0 is put where it belongs */
    bool in_blocks;        /* over a list: made and read while its synapses are gone through once */
    size_t sweep_tiles;    /* made and read inside a sweep: room for so many tiles; 0: for all */
    bool replicated;
    size_t replica_row, replica_last; /* wide: the same for its replica */
} e2l_note;

typedef struct e2l_arithmetic {
    const e2l_primitive *add, *sub, *mul;
} e2l_arithmetic;

/* Whether `use` is one row for all rows of a call in `space`. */
bool e2l_use_is_spread(const e2l_graph *graph, e2l_use use, e2l_space space);
/* Sets fusable, inlinable, shape, deep, deeper, cost of all values. Need, n_uses, home and kept are given. */
void e2l_cover_choose(const e2l_graph *graph, const e2l_arithmetic *arithmetic, e2l_note *notes);
/* The kernel for a fusable value and its leaves in the order the kernel wants them. Marks nothing. */
e2l_op_fn *e2l_cover_kernel(const e2l_graph *graph, const e2l_arithmetic *arithmetic, const e2l_note *notes,
                            const e2l_kernels *kernels, uint32_t value, bool final, e2l_use in[4]);
/* The leaves alone; returns how many. */
uint32_t e2l_cover_leaves(const e2l_graph *graph, const e2l_note *notes, uint32_t value, e2l_use leaves[4]);

#endif
