/* key.c: 128 bits that name what a formula computes (xxHash, XXH3).

   A node's key is the hash of what it is and of its arguments' keys; the arguments of a commuting primitive are
   taken in the order of their keys. Dead nodes are not in the DAG and shared ones have one key, so formulas that
   differ only by these get the same key, whatever their nodes are called. */
#include <string.h>

/* header-only: the lengths hashed here are known to the compiler */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "cgp/expr.h"
#include "cgp/expr_impl.h"

enum { OPERATION_BITS = 4, OPERATIONS = 1 << OPERATION_BITS };

static e2l_key hash(const void *bytes, size_t n)
{
    XXH128_hash_t h = XXH3_128bits(bytes, n);
    return (e2l_key){.low = h.low64, .high = h.high64};
}

e2l_key e2l_key_bytes(const void *bytes, size_t n, e2l_key seed)
{
    e2l_key own = hash(bytes, n);
    uint64_t words[5] = {seed.low, seed.high, own.low, own.high, n};
    return hash(words, sizeof words);
}

static bool key_less(e2l_key a, e2l_key b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

/* Tells the kinds of node apart, and formulas from keys of other things. */
static e2l_key seed_of(e2l_node_kind kind)
{
    return (e2l_key){.low = (uint64_t)kind, .high = UINT64_C(0x6532002d65787072)};
}

static e2l_key operation_key(const e2l_primitive *primitive)
{
    return e2l_key_bytes(primitive->name, strlen(primitive->name), seed_of(E2L_NODE_CALL));
}

static e2l_key call_key(const e2l_node *node, const e2l_key *keys, e2l_key operation)
{
    const e2l_primitive *primitive = node->primitive;
    e2l_key args[E2L_MAX_ARITY];
    for (uint32_t i = 0; i < primitive->arity; i++) {
        args[i] = keys[node->arg[i]];
    }
    if ((primitive->flags & E2L_COMMUTES) && key_less(args[1], args[0])) {
        e2l_key first = args[0];
        args[0] = args[1];
        args[1] = first;
    }
    return e2l_key_bytes(args, primitive->arity * sizeof args[0], operation);
}

e2l_key e2l_node_key(const e2l_node *node, const char *name, const e2l_key *keys)
{
    if (node->kind == E2L_NODE_CONST) {
        uint64_t bits = e2l_double_bits(node->value);
        return e2l_key_bytes(&bits, sizeof bits, seed_of(E2L_NODE_CONST));
    }
    if (node->kind == E2L_NODE_NAME) {
        return e2l_key_bytes(name, strlen(name), seed_of(E2L_NODE_NAME));
    }
    return call_key(node, keys, operation_key(node->primitive));
}

/* Formulas use few primitives many times: the key of an operation stays in the place its record's address gives
   until another needs the place. */
typedef struct operations {
    const e2l_primitive *primitive[OPERATIONS]; /* NULL: free */
    e2l_key key[OPERATIONS];
} operations;

static e2l_key known_operation(operations *known, const e2l_primitive *primitive)
{
    size_t at = ((uintptr_t)primitive * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - OPERATION_BITS);
    if (known->primitive[at] != primitive) {
        known->primitive[at] = primitive;
        known->key[at] = operation_key(primitive);
    }
    return known->key[at];
}

e2l_key e2l_expr_root_key(const e2l_expr *expr)
{
    e2l_key keys[E2L_EXPR_MAX_NODES]; /* no builder finishes a larger one */
    operations known = {.primitive = {NULL}};
    for (size_t k = 0; k < expr->n_nodes; k++) {
        const e2l_node *node = &expr->nodes[k];
        const char *name = node->kind == E2L_NODE_NAME ? expr->names[node->name] : NULL;
        keys[k] = node->kind == E2L_NODE_CALL ? call_key(node, keys, known_operation(&known, node->primitive))
                                              : e2l_node_key(node, name, keys);
    }
    return keys[expr->n_nodes - 1];
}

e2l_status e2l_expr_key(e2l_ctx *ctx, const e2l_expr *expr, e2l_key *out)
{
    (void)ctx;
    *out = e2l_expr_root_key(expr);
    return E2L_OK;
}
