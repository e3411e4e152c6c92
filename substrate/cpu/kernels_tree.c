/* kernels_tree.c: outer(inner, inner); compiled once per instruction set. */
#include "substrate/cpu/kernels_impl.h"

#define TREE_FN(final, outer, left, right)                                                         \
    static void tree_##final##_##outer##_##left##_##right(const e2l_op *op)                        \
    {                                                                                              \
        fused(op, final, TREE, outer, 0, 0, 0, right, left);                                       \
    }
#define FOR_LEFT(X, ...)                                                                           \
    X(__VA_ARGS__, 0) X(__VA_ARGS__, 1) X(__VA_ARGS__, 2) X(__VA_ARGS__, 3) X(__VA_ARGS__, 4)      \
    X(__VA_ARGS__, 5) X(__VA_ARGS__, 6)
#define TREE_FNS(final, outer, left) FOR_INNER(TREE_FN, final, outer, left)
#define FOR_OUTER(X, final) FOR_LEFT(X, final, 0) FOR_LEFT(X, final, 1) FOR_LEFT(X, final, 2)

FOR_OUTER(TREE_FNS, 0)
FOR_OUTER(TREE_FNS, 1)

#define TREE_AT(final, outer, left, right)                                                         \
    [final][outer][left][right] = tree_##final##_##outer##_##left##_##right,
#define TREE_ATS(final, outer, left) FOR_INNER(TREE_AT, final, outer, left)

const e2l_tree_kernels E2L_KERNELS_NAME(e2l_tree_kernels) = {
    .tree = {FOR_OUTER(TREE_ATS, 0) FOR_OUTER(TREE_ATS, 1)},
};
