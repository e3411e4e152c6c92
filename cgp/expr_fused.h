/* expr_fused.h: two or three operations of a formula in one pass over the lanes.

   A value that is used once, by an operation next to it, need not go through memory. Every operation is rounded as if it stood
   alone, in the order of the formula: the bits are those of the primitives one after the other, and tests hold them to it.
   Compiled once per instruction set, like the primitives. */
#ifndef E2L_CGP_EXPR_FUSED_H
#define E2L_CGP_EXPR_FUSED_H

#include "cgp/primitive.h"

/* Operations that are fused: cheap ones, and the protected division, beside whose latency the others are free. */
typedef enum e2l_fused_op { E2L_FUSED_ADD, E2L_FUSED_SUB, E2L_FUSED_MUL, E2L_FUSED_PDIV, E2L_N_FUSED } e2l_fused_op;

extern const e2l_primitive e2l_primitive_add, e2l_primitive_sub, e2l_primitive_mul, e2l_primitive_pdiv;

/* Which one it is; E2L_N_FUSED: none. A sum instead of a chain of branches that a formula makes unpredictable. */
static inline e2l_fused_op e2l_fused_op_of(const e2l_primitive *primitive)
{
    const int is_add = primitive == &e2l_primitive_add, is_sub = primitive == &e2l_primitive_sub,
              is_mul = primitive == &e2l_primitive_mul, is_pdiv = primitive == &e2l_primitive_pdiv;
    return (e2l_fused_op)(E2L_N_FUSED - is_add * (E2L_N_FUSED - E2L_FUSED_ADD) - is_sub * (E2L_N_FUSED - E2L_FUSED_SUB) -
                          is_mul * (E2L_N_FUSED - E2L_FUSED_MUL) - is_pdiv * (E2L_N_FUSED - E2L_FUSED_PDIV));
}

typedef struct e2l_fused_kernels {
    e2l_lanes_fn *first[E2L_N_FUSED][E2L_N_FUSED];             /* outer(inner(in0, in1), in2) */
    e2l_lanes_fn *second[E2L_N_FUSED][E2L_N_FUSED];            /* outer(in0, inner(in1, in2)) */
    e2l_lanes_fn *both[E2L_N_FUSED][E2L_N_FUSED][E2L_N_FUSED]; /* outer(left(in0, in1), right(in2, in3)) */
} e2l_fused_kernels;
enum { E2L_FUSED_INPUTS = 4 };

/* As for the primitives: no alignment is asked for, out may be one of the inputs. */
const e2l_fused_kernels *e2l_fused_kernels_of(e2l_isa isa);

extern const e2l_fused_kernels e2l_fused_kernels_sse2, e2l_fused_kernels_avx2, e2l_fused_kernels_avx512;

#endif
