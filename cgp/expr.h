/* expr.h: one formula of the one language, as an immutable DAG.

   Text -> e2l_expr_parse -> DAG -> e2l_expr_print -> text is stable: printing what was parsed and parsing
   it again gives the same DAG, node for node. A node that stands twice in the text is stored once
   (structural sharing), so every walk over the node array visits it once.

   Grammar (tightest last):  |   &   == != < <= > >= (do not chain)   + -   * / %   unary - !   ^ (right)
   Constants are decimal or hex floats, `inf`; names may hold dots (pre.v, trial.last); calls are
   primitive_name(args). `-x^2` is -(x^2); a^b is pow, but a literal exponent 2, 3 or 4 gives the product
   from left to right. A minus before a literal is part of the constant. */
#ifndef E2L_CGP_EXPR_H
#define E2L_CGP_EXPR_H

#include "cgp/base.h"
#include "cgp/primitive.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum e2l_node_kind { E2L_NODE_CONST, E2L_NODE_NAME, E2L_NODE_CALL } e2l_node_kind;

typedef struct e2l_node {
    e2l_node_kind kind;
    uint32_t name;                  /* NAME: index into the names of the expression */
    uint32_t arg[E2L_MAX_ARITY];    /* CALL: indices of nodes before this one */
    const e2l_primitive *primitive; /* CALL */
    double value;                   /* CONST: never NaN */
} e2l_node;

/* Immutable. nodes are in the order of a depth-first walk, arguments before users, left to right; the
   last one is the root. Every node is reachable from the root. */
typedef struct e2l_expr e2l_expr;

size_t e2l_expr_n_nodes(const e2l_expr *expr);
const e2l_node *e2l_expr_nodes(const e2l_expr *expr); /* [n_nodes], borrowed from expr */
size_t e2l_expr_n_names(const e2l_expr *expr);
const char *e2l_expr_name(const e2l_expr *expr, size_t k); /* k < n_names, in order of first node */
void e2l_expr_destroy(e2l_ctx *ctx, e2l_expr *expr);
/* Same DAG, bit for bit of the constants. */
bool e2l_expr_equal(const e2l_expr *a, const e2l_expr *b);

/* ---- building ---------------------------------------------------------------------------------
   Structural sharing on the way in: equal nodes get one index. Indices stay valid until destroy. */
typedef struct e2l_builder e2l_builder;
E2L_MUST_CHECK e2l_status e2l_builder_create(e2l_ctx *ctx, e2l_builder **out);
void e2l_builder_destroy(e2l_builder *builder);
void e2l_builder_reset(e2l_builder *builder);
#define E2L_NO_NODE UINT32_MAX
/* All three return E2L_NO_NODE when memory is out (and pass it on when an argument is E2L_NO_NODE). */
uint32_t e2l_builder_const(e2l_builder *builder, double value);
uint32_t e2l_builder_name(e2l_builder *builder, const char *name, size_t length);
/* neg of a constant is folded into the constant; nothing else is rewritten. */
uint32_t e2l_builder_call(e2l_builder *builder, const e2l_primitive *primitive, const uint32_t *args);
/* Copies the part reachable from `root` out. */
E2L_MUST_CHECK e2l_status e2l_builder_finish(e2l_builder *builder, uint32_t root, e2l_expr **out);
/* Copies `expr` in and returns its root. */
uint32_t e2l_builder_insert(e2l_builder *builder, const e2l_expr *expr);

/* ---- text ---------------------------------------------------------------------------------------*/
enum {
    E2L_EXPR_MAX_TEXT = 65536,  /* bytes of a formula */
    E2L_EXPR_MAX_DEPTH = 500,   /* nesting of parentheses, calls, prefix operators */
    E2L_EXPR_MAX_NODES = 4096,  /* nodes of a DAG */
    E2L_EXPR_MAX_TREE = 4096    /* nodes printed: shared ones counted every time they stand in the text */
};

/* What a text may name. NULL lists mean: everything. */
typedef struct e2l_scope {
    const char *const *names; /* allowed names, for the error's nearest name as well */
    size_t n_names;
    bool any_name;            /* names are not restricted */
} e2l_scope;

/* Hostile text is welcome: E2L_INPUT with "column C: what is wrong" (columns count bytes from 1). */
E2L_MUST_CHECK e2l_status e2l_expr_parse(e2l_ctx *ctx, e2l_expr **out, const char *text, size_t length,
                                         const e2l_scope *scope);

typedef enum e2l_style {
    E2L_STYLE_SHORTEST, /* shortest round-trip decimals: for people, exact all the same */
    E2L_STYLE_HEX       /* hex floats: for files */
} e2l_style;
/* Appends the text with the fewest parentheses that keeps the DAG. E2L_UNSUPPORTED when the tree would
   have more than E2L_EXPR_MAX_TREE nodes. */
E2L_MUST_CHECK e2l_status e2l_expr_print(const e2l_expr *expr, e2l_style style, e2l_text *text);
/* Nodes of the printed tree, saturating at SIZE_MAX. */
size_t e2l_expr_tree_size(const e2l_expr *expr);

/* ---- canonical form: for reading, archives and recognising a rule; never evaluated in its stead ----
   Sums of products over atoms (names and function values), like terms collected, then common factors
   taken out again, in one fixed order: y*x - y*y*w and y*(x - y*w) give the same DAG.
   Holds where both sides are finite; quotients are not cancelled. */
E2L_MUST_CHECK e2l_status e2l_expr_canonical(e2l_ctx *ctx, e2l_expr **out, const e2l_expr *expr);
/* Operators plus constants, shared nodes once, of the DAG as it stands (hand in the canonical one). */
size_t e2l_expr_complexity(const e2l_expr *expr);

/* ---- identity of what is computed ------------------------------------------------------------------
   128-bit key, equal for DAGs that compute the same bits by these rewrites: dead code, common
   subexpressions, commuted arguments of E2L_COMMUTES primitives. */
typedef struct e2l_key {
    uint64_t low, high;
} e2l_key;
E2L_MUST_CHECK e2l_status e2l_expr_key(e2l_ctx *ctx, const e2l_expr *expr, e2l_key *out);
e2l_key e2l_key_bytes(const void *bytes, size_t n, e2l_key seed); /* xxHash of bytes, chained */

/* ---- evaluation of a formula by itself (exports, probes, regression) --------------------------------
   out[k] = expr at inputs[name][k], k < n; inputs in the order of e2l_expr_name. Node by node over blocks
   of lanes; bits as everywhere. `work` has e2l_expr_eval_bytes(expr) bytes, aligned to 64. Flushes
   subnormals while it runs. */
size_t e2l_expr_eval_bytes(const e2l_expr *expr);
void e2l_expr_eval(const e2l_expr *expr, e2l_isa isa, size_t n, const double *const *inputs,
                   double *out, void *work);

#ifdef __cplusplus
}
#endif
#endif
