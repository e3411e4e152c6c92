/* canonical.c: the form in which formulas are read, archived and recognised.

   Every node of the DAG becomes a polynomial over atoms: names, and calls of other primitives with canonical
   arguments. neg, add, sub, mul and square expand; dividing by a number divides the coefficients, dividing by
   anything else multiplies by the atom 1/that, which is never cancelled. Odd functions give their sign away, even
   ones drop it, idempotent ones collapse, commuting ones sort their arguments. What would exceed the bounds of
   polynomial.h, or would not stay finite, keeps its operation as it stands.

   Writing the root's polynomial (canonical_write.c) gives the DAG; it is repeated until nothing changes any more, so
   that the form of a canonical formula is that formula. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "cgp/canonical_impl.h"
#include "cgp/expr_impl.h"

enum { MAX_PASSES = 4 };

static void canon_clear(e2l_canon *c)
{
    e2l_free(c->ctx, c->keys);
    e2l_builder_destroy(c->builder);
    e2l_arena_destroy(c->algebra.arena);
}

static e2l_status canon_init(e2l_canon *c, e2l_ctx *ctx)
{
    e2l_arena *arena = NULL;
    *c = (e2l_canon){.ctx = ctx};
    e2l_status status = e2l_arena_create(ctx, &arena);
    c->algebra.arena = arena;
    if (status == E2L_OK) {
        status = e2l_algebra_init(&c->algebra, arena);
    }
    if (status == E2L_OK) {
        status = e2l_builder_create(ctx, &c->builder);
    }
    if (status != E2L_OK) {
        canon_clear(c);
        return status;
    }
    c->add = e2l_primitive_find("add");
    c->sub = e2l_primitive_find("sub");
    c->mul = e2l_primitive_find("mul");
    c->div = e2l_primitive_find("div");
    c->neg = e2l_primitive_find("neg");
    c->square = e2l_primitive_find("square");
    c->one = e2l_builder_const(c->builder, 1.0);
    return E2L_OK;
}

static const e2l_poly *atom(e2l_canon *c, uint32_t node)
{
    return node == E2L_NO_NODE ? NULL : e2l_poly_atom(&c->algebra, node);
}

/* The operation kept as it stands, over canonical arguments. */
static const e2l_poly *opaque(e2l_canon *c, const e2l_primitive *primitive, const e2l_poly *const *args)
{
    uint32_t nodes[E2L_MAX_ARITY] = {0};
    for (uint32_t i = 0; i < primitive->arity; i++) {
        nodes[i] = e2l_canon_write(c, args[i]);
        if (nodes[i] == E2L_NO_NODE) {
            return NULL;
        }
    }
    return atom(c, e2l_canon_call(c, primitive, nodes));
}

/* The result of an arithmetic step, or the operation itself where a bound was met. */
static const e2l_poly *or_opaque(e2l_canon *c, const e2l_poly *result, const e2l_primitive *primitive,
                                 const e2l_poly *const *args)
{
    return result || c->algebra.no_memory ? result : opaque(c, primitive, args);
}

static const e2l_poly *constant(e2l_canon *c, double value)
{
    if (fabs(value) > DBL_MAX) {
        const e2l_poly *infinite = atom(c, e2l_builder_const(c->builder, fabs(value)));
        return infinite && value < 0.0 ? e2l_poly_neg(&c->algebra, infinite) : infinite;
    }
    return e2l_poly_const(&c->algebra, fabs(value) < DBL_MIN ? 0.0 : value); /* subnormals count as 0 */
}

static const e2l_poly *divide(e2l_canon *c, const e2l_poly *const *args)
{
    const e2l_poly *quotient = NULL;
    double value;
    if (!e2l_poly_is_const(args[1], &value)) {
        uint32_t under = e2l_canon_write(c, args[1]);
        if (under == E2L_NO_NODE) {
            return NULL;
        }
        const e2l_poly *inverse = atom(c, e2l_builder_call(c->builder, c->div, (uint32_t[]){c->one, under}));
        quotient = inverse ? e2l_poly_mul(&c->algebra, args[0], inverse) : NULL;
        return !inverse ? NULL : or_opaque(c, quotient, c->div, args);
    }
    if (value != 0.0) {
        quotient = e2l_poly_over(&c->algebra, args[0], value);
    }
    return or_opaque(c, quotient, c->div, args);
}

/* The argument is one call of the same primitive, as it stands. */
static bool is_call_of(const e2l_canon *c, const e2l_poly *p, const e2l_primitive *primitive)
{
    size_t n;
    if (p->n != 1 || p->scale != 1.0 || p->term[0].k != 1.0 || p->term[0].m.n != 1) {
        return false;
    }
    const e2l_node *node = &e2l_builder_nodes(c->builder, &n)[p->term[0].m.at[0]];
    return node->kind == E2L_NODE_CALL && node->primitive == primitive;
}

static const e2l_poly *function(e2l_canon *c, const e2l_primitive *primitive, const e2l_poly *const *args)
{
    const e2l_poly *inner = args[0];
    bool turned = (primitive->flags & (E2L_ODD | E2L_EVEN)) && e2l_canon_sign(c, inner) < 0.0;
    if (turned) {
        inner = e2l_poly_neg(&c->algebra, inner);
    }
    if (!inner) {
        return NULL;
    }
    const e2l_poly *result = inner;
    if (!(primitive->flags & E2L_IDEMPOTENT) || !is_call_of(c, inner, primitive)) {
        const e2l_poly *const all[E2L_MAX_ARITY] = {inner, args[1], args[2]};
        result = opaque(c, primitive, all);
    }
    return result && turned && (primitive->flags & E2L_ODD) ? e2l_poly_neg(&c->algebra, result) : result;
}

static const e2l_poly *call(e2l_canon *c, const e2l_primitive *primitive, const e2l_poly *const *args)
{
    e2l_algebra *algebra = &c->algebra;
    if (primitive == c->neg) {
        return e2l_poly_neg(algebra, args[0]);
    }
    if (primitive == c->add) {
        return or_opaque(c, e2l_poly_add(algebra, args[0], args[1]), c->add, args);
    }
    if (primitive == c->sub) {
        const e2l_poly *const sum[E2L_MAX_ARITY] = {args[0], e2l_poly_neg(algebra, args[1])};
        return sum[1] ? or_opaque(c, e2l_poly_add(algebra, sum[0], sum[1]), c->add, sum) : NULL;
    }
    if (primitive == c->mul) {
        return or_opaque(c, e2l_poly_mul(algebra, args[0], args[1]), c->mul, args);
    }
    if (primitive == c->square) {
        const e2l_poly *const pair[E2L_MAX_ARITY] = {args[0], args[0]};
        return or_opaque(c, e2l_poly_mul(algebra, args[0], args[0]), c->mul, pair);
    }
    return primitive == c->div ? divide(c, args) : function(c, primitive, args);
}

static const e2l_poly *node_poly(e2l_canon *c, const e2l_expr *expr, const e2l_node *node,
                                 const e2l_poly *const *polys)
{
    if (node->kind == E2L_NODE_CONST) {
        return constant(c, node->value);
    }
    if (node->kind == E2L_NODE_NAME) {
        const char *name = expr->names[node->name];
        return atom(c, e2l_builder_name(c->builder, name, strlen(name)));
    }
    const e2l_poly *args[E2L_MAX_ARITY] = {NULL};
    for (uint32_t i = 0; i < node->primitive->arity; i++) {
        args[i] = polys[node->arg[i]];
    }
    return call(c, node->primitive, args);
}

static e2l_status pass_with(e2l_canon *c, const e2l_expr *expr, e2l_expr **out)
{
    const e2l_poly **polys = e2l_arena_alloc(c->algebra.arena, expr->n_nodes, sizeof *polys);
    if (!polys) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < expr->n_nodes; k++) {
        polys[k] = node_poly(c, expr, &expr->nodes[k], polys);
        if (!polys[k]) {
            return E2L_NOMEM;
        }
    }
    uint32_t root = e2l_canon_write(c, polys[expr->n_nodes - 1]);
    return root == E2L_NO_NODE ? E2L_NOMEM : e2l_builder_finish(c->builder, root, out);
}

static e2l_status pass(e2l_ctx *ctx, const e2l_expr *expr, e2l_expr **out)
{
    e2l_canon c;
    *out = NULL;
    e2l_status status = canon_init(&c, ctx);
    if (status != E2L_OK) {
        return status;
    }
    status = pass_with(&c, expr, out);
    canon_clear(&c);
    return status;
}

static e2l_status copy(e2l_ctx *ctx, const e2l_expr *expr, e2l_expr **out)
{
    e2l_builder *builder;
    e2l_status status = e2l_builder_create(ctx, &builder);
    if (status == E2L_OK) {
        status = e2l_builder_finish(builder, e2l_builder_insert(builder, expr), out);
        e2l_builder_destroy(builder);
    }
    return status;
}

/* Whether a formula can be read again once it is printed; a small one always can. */
static e2l_status is_readable(e2l_ctx *ctx, const e2l_expr *expr, bool *out)
{
    e2l_text text;
    e2l_expr *again = NULL;
    *out = expr->tree_size < E2L_EXPR_MAX_DEPTH;
    if (*out || expr->tree_size > E2L_EXPR_MAX_TREE) {
        return E2L_OK;
    }
    e2l_text_init(&text, ctx);
    e2l_status status = e2l_expr_print(expr, E2L_STYLE_HEX, &text);
    if (status == E2L_OK) {
        status = e2l_expr_parse(ctx, &again, e2l_text_get(&text), text.n, NULL);
        *out = status == E2L_OK;
        status = status == E2L_INPUT ? E2L_OK : status;
    }
    e2l_expr_destroy(ctx, again);
    e2l_text_clear(&text);
    return status;
}

/* Passes until nothing changes; gives the last form. */
static e2l_status settle(e2l_ctx *ctx, const e2l_expr *expr, e2l_expr **out)
{
    e2l_expr *now = NULL;
    e2l_status status = pass(ctx, expr, &now);
    for (int k = 1; status == E2L_OK && k < MAX_PASSES; k++) {
        e2l_expr *next;
        status = pass(ctx, now, &next);
        bool settled = status == E2L_OK && e2l_expr_equal(now, next);
        if (status == E2L_OK) {
            e2l_expr_destroy(ctx, now);
            now = next;
        }
        if (settled) {
            break;
        }
    }
    if (status != E2L_OK) {
        e2l_expr_destroy(ctx, now);
        now = NULL;
    }
    *out = now;
    return status;
}

e2l_status e2l_expr_canonical(e2l_ctx *ctx, e2l_expr **out, const e2l_expr *expr)
{
    bool before = false, after = false;
    e2l_status status = settle(ctx, expr, out);
    if (status == E2L_INPUT) { /* more nodes than a formula may have */
        e2l_ctx_clear(ctx);
        return copy(ctx, expr, out);
    }
    if (status == E2L_OK) {
        status = is_readable(ctx, *out, &after);
    }
    if (status == E2L_OK && !after) {
        status = is_readable(ctx, expr, &before);
    }
    if (status == E2L_OK && (after || !before)) {
        return E2L_OK;
    }
    e2l_expr_destroy(ctx, *out);
    *out = NULL;
    return status == E2L_OK ? copy(ctx, expr, out) : status;
}
