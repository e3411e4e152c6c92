/* kernels.h: the loops everything runs in, one table per instruction set.

   Lanes come in tiles of E2L_LANE_STEP. A variable of n rows (neurons, synapses) is stored tile by tile, in a tile row by row:
   [tile][row][lane], so that all rows of a tile are one stream, sums over rows as well as updates of them.

   An operation (e2l_op) works on n_rows rows of n_tiles tiles. An operand is either flat (row r of tile t at in + t * tile + r *
   E2L_LANE_STEP) or spread (one row of each tile serves for all: a value of the target neuron, a constant, a learning
   rate per lane). All pointers are aligned to 64.

   Trees of up to three + - * are one pass over memory: every operation is rounded as if it stood alone, in the order of
   the tree; nothing is contracted or reassociated. Layout of the operands:

       chain1: inner(in0, in1)
       chain2: second(in2, inner(in0, in1))
       chain3: third(in3, second(in2, inner(in0, in1)))
       tree:   outer(inner(in0, in1), inner(in2, in3))
       final:  out + in4 * that, in4 spread */
#ifndef E2L_SUBSTRATE_CPU_KERNELS_H
#define E2L_SUBSTRATE_CPU_KERNELS_H

#include "substrate/cpu/precision.h"

enum { E2L_LANE_STEP = E2L_REALS_OF_LINE, E2L_PARTIAL_SUMS = 8, E2L_OP_INPUTS = 5, E2L_MORE_SUMS = 2 };

typedef struct e2l_op e2l_op;
typedef void e2l_op_fn(const e2l_op *op);
struct e2l_op {
    e2l_op_fn *run;
    e2l_real *out;
    e2l_real *more[E2L_MORE_SUMS]; /* further outputs of sums, as out */
    const e2l_real *in[E2L_OP_INPUTS];
    size_t tile[E2L_OP_INPUTS], out_tile; /* numbers from tile to tile */
    size_t n_rows, n_tiles;
    size_t n_targets; /* trees, sums and updates: the same for so many targets */
    size_t target[E2L_OP_INPUTS], out_target; /* numbers from target to target */
    e2l_real_lanes_fn *eval; /* call */
    e2l_real limit;       /* checks: *bad |= some |out| is not < limit */
    unsigned *bad;
    uint32_t spread;    /* call: bit k set: in[k] is one row */
};

/* Innermost operation and which of its operands is spread (s) or flat (f). Commuted forms are one. */
typedef enum e2l_inner {
    E2L_INNER_ADD_FF,
    E2L_INNER_ADD_SF,
    E2L_INNER_MUL_FF,
    E2L_INNER_MUL_SF,
    E2L_INNER_SUB_FF,
    E2L_INNER_SUB_SF,
    E2L_INNER_SUB_FS,
    E2L_N_INNER
} e2l_inner;

/* How a leaf a meets a value v: a + v, a * v, a - v, v - a. */
typedef enum e2l_meet { E2L_MEET_ADD, E2L_MEET_MUL, E2L_MEET_SUB, E2L_MEET_RSUB, E2L_N_MEET } e2l_meet;
enum { E2L_N_OUTER = 3 }; /* of a tree: ADD, MUL, SUB */

/* Effects that are summed without a pass of their own. */
typedef enum e2l_sum {
    E2L_SUM_ONE,   /* in0 */
    E2L_SUM_FF,    /* in0 * in1 */
    E2L_SUM_FS,    /* in0 * in1, in1 spread */
    E2L_SUM_FFF,   /* (in0 * in1) * in2 */
    E2L_SUM_FE,    /* in0 * in1, of in1 element r serves for row r of all tiles; wide */
    E2L_N_SUM
} e2l_sum;

/* First index of the tables: 0 = out is the value, 1 = final. Spread leaves: index 1 after their meet. */
typedef struct e2l_short_kernels {
    e2l_op_fn *chain1[2][E2L_N_INNER];
    e2l_op_fn *chain2[2][E2L_N_MEET][2][E2L_N_INNER];
    e2l_op_fn *update; /* out += in4 * in0, checked */
} e2l_short_kernels;
typedef struct e2l_tree_kernels {
    e2l_op_fn *tree[2][E2L_N_OUTER][E2L_N_INNER][E2L_N_INNER]; /* outer, left, right */
} e2l_tree_kernels;
typedef struct e2l_long_kernels {
    e2l_op_fn *chain3[E2L_N_MEET][2][E2L_N_MEET][2][E2L_N_INNER]; /* third, second, innermost */
} e2l_long_kernels;
typedef struct e2l_row_kernels {
    /* One row out: eight partial sums over row index mod 8, each ascending, combined
       ((s0+s4)+(s2+s6))+((s1+s5)+(s3+s7)); checked. */
    e2l_op_fn *sum[E2L_N_SUM];
    /* Two or three sums with one factor in common, in one go: out = in0 * in1, more[0] = in0 * in2, more[1] = in0 * in3, all
       flat. `out` alone is checked. */
    e2l_op_fn *sums[E2L_MORE_SUMS];
    e2l_op_fn *call;  /* out = eval(in..) */
    e2l_op_fn *copy;  /* out = in0, subnormals as zero; checked */
    e2l_op_fn *check; /* in0 */
    /* E2L_SUM_FE over these rows alone: ordered by row mod 8, then ascending; start[k] is where those of k begin, start[8] how many there are.
       The same bits when all others would add a zero. */
    void (*sum_rows)(const e2l_op *op, const uint32_t *rows, const size_t start[9]);
    /* Writes the indices of the elements that are not 0, in that order, and start. False, and nothing is written, when there are more than `most`. */
    bool (*find_rows)(const e2l_real *elements, size_t n, size_t most, uint32_t *rows, size_t start[9]);
    /* Writes the indices of the elements > 0, or with `sends` of those that are not 0, ascending; returns how many. */
    size_t (*find)(const e2l_real *elements, size_t n, bool sends, uint32_t *out);
    /* out[i] = the sum that the eight partial sums of target i are, which begin again at 0; i = which[k], or k where `which` is NULL. */
    void (*fold)(e2l_real *partial, const uint32_t *which, size_t n, e2l_real *out);
    e2l_op_fn *replicate; /* row r of out = element r of in0 in all lanes */
} e2l_row_kernels;

typedef struct e2l_kernels {
    const e2l_short_kernels *shorts;
    const e2l_tree_kernels *trees;
    const e2l_long_kernels *longs[2]; /* [final] */
    const e2l_row_kernels *rows;
} e2l_kernels;

/* The table of an instruction set; E2L_ISA_SSE2 is plain C. */
e2l_kernels e2l_kernels_of(e2l_isa isa);

#define E2L_KERNELS_DECLARE(isa)                                                                   \
    extern const e2l_short_kernels e2l_short_kernels_##isa;                                        \
    extern const e2l_tree_kernels e2l_tree_kernels_##isa;                                          \
    extern const e2l_long_kernels e2l_long_kernels_##isa, e2l_final_kernels_##isa;                 \
    extern const e2l_row_kernels e2l_row_kernels_##isa
E2L_KERNELS_DECLARE(sse2);
E2L_KERNELS_DECLARE(avx2);
E2L_KERNELS_DECLARE(avx512);

#endif
