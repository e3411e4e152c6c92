/* unit.h: simulations in lock-step: one rule set, some cases, some learning rates, one lane each. */
#ifndef E2L_SUBSTRATE_CPU_UNIT_H
#define E2L_SUBSTRATE_CPU_UNIT_H

#include "substrate/cpu/list.h"
#include "substrate/cpu/store.h"
#include "substrate/noise.h"
#include "substrate/substrate.h"

/* An e2l_op with what has to move. */
typedef struct e2l_bound_op {
    e2l_op op; /* first, so that a pointer to it leads here */
    e2l_op_fn *run; /* of one target, when there are several */
    uint64_t need;
    const e2l_instr *instr; /* special operations */
    const struct e2l_unit *unit;
    size_t row_step[E2L_OP_INPUTS + 1]; /* inputs, output: numbers from row to row */
    uint32_t *holes;  /* [n_holes] where a mask is not > 0 */
    size_t n_holes;
    size_t n_native_tiles; /* that instr->native goes over */
    bool is_done;     /* in this sweep */
    bool never_skips; /* a sum whose weights began out of range */
} e2l_bound_op;

/* Special operations are handed the e2l_bound_op that an operation is part of. */
static inline const e2l_bound_op *e2l_bound_of(const e2l_op *op)
{
    return (const e2l_bound_op *)(const void *)op;
}

/* A row of a tile, of an operand that may be one row for all; of the output. */
static inline const e2l_real *e2l_row_in(const e2l_op *op, int operand, size_t tile, size_t row)
{
    const bool one = (op->spread >> operand & 1u) != 0;
    return op->in[operand] + tile * op->tile[operand] + (one ? 0 : row * E2L_LANE_STEP);
}
static inline e2l_real *e2l_row_out(const e2l_op *op, size_t tile, size_t row)
{
    return op->out + tile * op->out_tile + row * E2L_LANE_STEP;
}

/* A sum over some sources is taken when at most one in so many adds something; measured. */
enum { E2L_SKIP_GAIN = 3 };

/* What a step goes through: operations of one region, or of none, that follow each other. */
typedef struct e2l_stretch {
    size_t first, end; /* of e2l_unit.ops */
    uint32_t region, list;
    size_t sweep;
    bool repeats; /* of a list: the guard is that of the stretch over a list before, unchanged */
    struct e2l_sent *sent; /* of a list: where its guard is what a ring takes or gives, who sent something; or NULL */
} e2l_stretch;

/* What a guard found in the places of a ring when they were written is what it will find when they are read. */
typedef struct e2l_sent {
    size_t row, depth, n; /* the ring's area, its places, elements of a place */
    uint64_t *steps;      /* [depth] when the place was looked at */
    uint32_t *n_found, *found; /* [depth], [depth][n] elements that are not 0 */
} e2l_sent;

/* A piece of a region that a guard wants: sources, or tiles of targets. */
typedef struct e2l_piece {
    size_t first, n;
} e2l_piece;

/* What is drawn for an element. Uniform numbers stay below 1 when they are rounded. */
static inline e2l_real e2l_drawn(const e2l_draw *draw, e2l_key key, uint64_t element, uint64_t step)
{
    const double number = draw->is_normal ? e2l_noise_normal(key, draw->site, element, step) : e2l_noise_uniform(key, draw->site, element, step);
    const e2l_real value = (e2l_real)number;
    return !draw->is_normal && value >= E2L_BELOW_ONE ? E2L_BELOW_ONE : value;
}

/* What max and min of two effects are: NaN passes on; of equal ones the first stays. */
static inline e2l_real e2l_larger(e2l_real so_far, e2l_real value, bool smallest)
{
    const bool better = smallest ? value < so_far : value > so_far;
    return so_far != so_far ? so_far : value != value || better ? value : so_far;
}

/* The sum that eight partial sums are, in the order of kernels_rows.c. */
static inline e2l_real e2l_sum_of_partials(const e2l_real s[E2L_PARTIAL_SUMS])
{
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

/* Where in a ring the value of `delay` steps ago lies, 1 <= delay <= depth. */
static inline size_t e2l_ring_place(size_t now, size_t depth, e2l_real delay)
{
    const size_t place = now + depth - (size_t)(uint32_t)delay;
    return place < depth ? place : place - depth;
}

typedef struct e2l_lane {
    uint32_t candidate, a_case; /* indices of the run; candidate UINT32_MAX: a lane that repeats another */
    uint32_t in_block;          /* lane of the block of cases */
} e2l_lane;

/* What all units of a run share. */
typedef struct e2l_shift {
    e2l_ctx *ctx;
    const e2l_resolved *resolved;
    const e2l_row_kernels *kernels;
    const e2l_program *program; /* looks and schedule; the same for all rules */
    const e2l_layout *layout;
    const e2l_candidate *candidates;
    size_t n_cases;
    e2l_recording *recordings;
    e2l_stats *stats;
    const uint64_t *guards; /* [steps of the chunk] */
    uint64_t step0;
    size_t n_steps; /* of the chunk */
} e2l_shift;

typedef struct e2l_moving {
    const e2l_real **at;
    size_t offset; /* numbers from the start of a step */
} e2l_moving;

/* An operand in a ring: what reads, or writes, a place. */
typedef struct e2l_turning {
    const e2l_real **reads;
    e2l_real **writes;
    e2l_real *ring;
    size_t place, size, depth, ahead; /* size: numbers of a place; ahead: places from that which is written in a step */
} e2l_turning;

typedef struct e2l_unit {
    const e2l_tape *tape;
    const e2l_resolved *resolved;
    const e2l_case *cases; /* of the block */
    uint64_t step;         /* the present one */
    size_t n_lanes, n_alive;
    size_t n_real;    /* lanes it began with, without those that repeat another */
    e2l_lane *lanes;
    size_t *places;   /* [n_lanes] room for where each is in the block */
    bool is_straight; /* lane k is lane k of the block: its rows serve as they are */
    bool is_moved;    /* lanes were closed up after some died */
    e2l_real *memory;   /* n_rows * n_lanes: the areas of the tape, one after the other */
    e2l_bound_op *ops; /* init, then step */
    size_t n_ops, n_init;
    e2l_stretch *stretches; /* the first n_init_stretches before the run */
    size_t n_stretches, n_init_stretches;
    const e2l_list *lists; /* [projection] of the block */
    e2l_real **list_at;      /* [n_list_areas] */
    e2l_real *blocks;        /* [n_blocks][E2L_LIST_BLOCK] */
    e2l_real *gathered;      /* [E2L_OP_INPUTS + 1][E2L_LIST_BLOCK] */
    uint32_t *ids;         /* [E2L_LIST_BLOCK] */
    e2l_real *partial;       /* [most targets of a list][E2L_PARTIAL_SUMS] partial sums, 0 between sums */
    bool *marked;          /* [most targets] has partial sums */
    uint32_t *touched;     /* [n_touched] which ones have */
    size_t n_touched;
    e2l_sent *sent;        /* [n_sent] */
    size_t n_sent;
    uint64_t *filled;      /* the last step before which rings began again */
    uint32_t *wanted;      /* [n_wanted] sources or targets that the last guard of a list wanted in this step; with `sends` that send something */
    size_t n_wanted;
    const e2l_real *wanted_of; /* that guard */
    uint64_t wanted_step;
    bool sends;
    const e2l_row_kernels *kernels;
    uint32_t *rows;    /* room for the sources of a sum */
    e2l_piece *pieces; /* [n_pieces] of the region being gone through */
    size_t n_pieces;
    e2l_moving *moving; /* operands in the chunk */
    size_t n_moving;
    e2l_turning *turning; /* operands in rings */
    size_t n_turning;
    uint64_t direct_looks; /* guards of probes that write when they look */
    uint64_t *n_looks; /* [n_probes] */
    unsigned bad, ignored;
    bool *dead; /* [n_lanes] */
} e2l_unit;

/* Takes its memory from `arena`. n_lanes is a multiple of E2L_LANE_STEP; the first lanes are the real ones. Copies `lanes`. */
E2L_MUST_CHECK e2l_status e2l_unit_create(e2l_unit **out, e2l_arena *arena, const e2l_tape *tape, const e2l_lane *lanes,
                                          size_t n_lanes, const e2l_shift *shift, const e2l_store *store,
                                          const e2l_block *block);
/* Runs the steps of the shift over `rows` (chunk rows of this unit's lanes). */
void e2l_unit_advance(e2l_unit *unit, const e2l_shift *shift, const e2l_real *rows, size_t n_chunk_rows, bool bad_input);
/* Steps of the block's chunk for this unit's lanes: [step][tile][row][lane] from `from` (block lanes) to `to` (unit lanes). */
void e2l_unit_expand(const e2l_unit *unit, const e2l_real *from, size_t n_block_lanes, size_t n_rows, size_t n_steps,
                     e2l_real *to);
/* special_wide.c: few sources of the sum send something, and the others add nothing. */
bool e2l_has_few_events(const e2l_bound_op *bound);
/* Where an operand lies; `rows`: chunk rows of this step. */
const e2l_real *e2l_unit_area(const e2l_unit *unit, const e2l_operand *operand, const e2l_real *rows);
/* list_guards.c: sets unit->wanted to the sources, or targets, of n whose guard is true; with `sends`, that send something: those that are true are among them. */
void e2l_unit_find_wanted(e2l_unit *unit, const e2l_stretch *stretch, bool sends, const e2l_real *guard, size_t n);
/* list_guards.c: room for what guards find in rings; says of stretches over lists whether they repeat a guard, and what is found for them. */
E2L_MUST_CHECK bool e2l_unit_allocate_sent(e2l_unit *unit, e2l_arena *arena);
void e2l_unit_find_repeats(e2l_unit *unit);
/* list_run.c: a stretch over the synapses of a list; the region was entered. NULL: of none. */
void e2l_unit_run_list(e2l_unit *unit, const e2l_stretch *stretch, const e2l_region *region, const e2l_real *rows, uint64_t guards);
/* Closes up when that saves a vector; between chunks. */
void e2l_unit_close_up(e2l_unit *unit);
/* Hands the folded probes over; after the last step. */
void e2l_unit_finish(e2l_unit *unit, const e2l_shift *shift, uint64_t n_steps);

#endif
