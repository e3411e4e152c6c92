/* expr_impl.h: inside of a formula; only for the files of cgp/ that build one. */
#ifndef E2L_CGP_EXPR_IMPL_H
#define E2L_CGP_EXPR_IMPL_H

#include "cgp/expr.h"
#include "cgp/number.h"

/* One heap block: this head, then the nodes, then the names' pointers and their text. */
struct e2l_expr {
    size_t n_nodes, n_names;
    size_t tree_size; /* nodes of the printed tree, saturating */
    size_t capacity;  /* bytes of the block */
    e2l_node *nodes;
    const char **names;
};

/* Nodes reachable from `root`, arguments before users, left to right: `order` gets old indices (room for
   n_nodes), `place` the new index of each node or E2L_NO_NODE, `stack` is scratch; all [n_nodes]. Returns their
   number. Each node is entered once, however often it is used. */
size_t e2l_nodes_order(const e2l_node *nodes, size_t n_nodes, uint32_t root, uint32_t *order,
                       uint32_t *place, uint32_t *stack);

/* Copies `expr` over a formula that nobody needs any more (or NULL): its block is used again when it is large enough, else
   freed and replaced. A failure leaves *out as it was. */
E2L_MUST_CHECK e2l_status e2l_expr_refill(e2l_ctx *ctx, const e2l_expr *expr, e2l_expr **out);
/* The block for that many nodes and names with that many letters, NUL included: sizes and pointers set, the rest not. */
E2L_MUST_CHECK e2l_status e2l_expr_reserve(e2l_ctx *ctx, size_t n_nodes, size_t n_names, size_t n_letters, e2l_expr **out);

/* Nodes of a builder so far, borrowed until the next one is made, and the spelling of its names. */
const e2l_node *e2l_builder_nodes(const e2l_builder *builder, size_t *n);
const char *e2l_builder_spelling(const e2l_builder *builder, uint32_t name);

/* e2l_expr_key, which cannot fail. */
e2l_key e2l_expr_root_key(const e2l_expr *expr);
/* Key of one node (see e2l_expr_key): its name's text when it is a NAME, its arguments' keys by index. */
e2l_key e2l_node_key(const e2l_node *node, const char *name, const e2l_key *keys);

#endif
