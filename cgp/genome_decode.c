/* genome_decode.c: genes to formula, in one walk.

   A depth-first walk from the output gene, arguments before users and left to right, meets the columns that count, each
   once, and no others. Nodes made on the way stand in the order that a formula's nodes have: the first of several equal
   columns makes its node just where a walk over the finished DAG would find it, the others find it in a table. Names and
   constants become nodes when a column first reads them, so everything is reachable. As in the builder, neg of a
   constant is a constant; it becomes a node only when something else reads it. */
#include <string.h>

#include "cgp/expr_impl.h"
#include "cgp/genome.h"
#include "cgp/genome_impl.h"

/* Sources are numbered as one: terminals, constants, columns. A source without a node is not met yet, or folded. */
#define NOT_MET E2L_NO_NODE
#define FOLDED (E2L_NO_NODE - 1)

/* A column on the way from the output, and its next argument. */
typedef struct frame {
    uint32_t column, i;
} frame;

/* An entry counts when its stamp is that of the present formula: nothing is cleared in between. */
typedef struct slot {
    uint32_t stamp, node;
} slot;

struct e2l_decoder {
    const e2l_genome_shape *shape; /* borrowed */
    size_t n_inputs, width;
    const e2l_primitive *neg;
    uint32_t *spelled;   /* [n_terminals] the first terminal with the same text */
    double *value;       /* [sources] of constants and folded columns */
    uint32_t *node_of;   /* [sources] */
    size_t *tree_size;   /* [sources] by node */
    frame *stack;        /* [columns] */
    slot *table;         /* open addressing, at most half full */
    size_t table_mask;
    uint32_t stamp;
    e2l_expr formula;    /* nodes and names are the decoder's */
};

static void find_spellings(e2l_decoder *d)
{
    const e2l_genome_shape *shape = d->shape;
    for (size_t k = 0; k < shape->n_terminals; k++) {
        d->spelled[k] = (uint32_t)k;
        for (size_t i = 0; i < k && d->spelled[k] == k; i++) {
            d->spelled[k] = (uint32_t)(strcmp(shape->terminals[i], shape->terminals[k]) == 0 ? i : k);
        }
    }
}

e2l_decoder *e2l_decoder_take(e2l_arena *arena, const e2l_genome_shape *shape)
{
    size_t n_inputs = e2l_genome_n_inputs(shape), n = n_inputs + shape->columns, n_table = 16;
    while (n_table < 2 * n) {
        n_table *= 2;
    }
    e2l_decoder *d = e2l_arena_alloc(arena, 1, sizeof *d);
    if (!d) {
        return NULL;
    }
    *d = (e2l_decoder){.shape = shape, .n_inputs = n_inputs, .width = 1 + e2l_genome_arity(shape),
                       .neg = e2l_primitive_find("neg"), .table_mask = n_table - 1};
    d->spelled = e2l_arena_alloc(arena, shape->n_terminals, sizeof d->spelled[0]);
    d->value = e2l_arena_alloc(arena, n, sizeof d->value[0]);
    d->node_of = e2l_arena_alloc(arena, n, sizeof d->node_of[0]);
    d->tree_size = e2l_arena_alloc(arena, n, sizeof d->tree_size[0]);
    d->stack = e2l_arena_alloc(arena, shape->columns, sizeof d->stack[0]);
    d->table = e2l_arena_alloc(arena, n_table, sizeof d->table[0]);
    d->formula.nodes = e2l_arena_alloc(arena, n, sizeof d->formula.nodes[0]);
    d->formula.names = e2l_arena_alloc(arena, shape->n_terminals, sizeof d->formula.names[0]);
    if (!d->spelled || !d->value || !d->node_of || !d->tree_size || !d->stack || !d->table || !d->formula.nodes ||
        !d->formula.names) {
        return NULL;
    }
    find_spellings(d);
    return d;
}

static void start(e2l_decoder *d, const double *constants)
{
    const e2l_genome_shape *shape = d->shape;
    for (size_t k = 0; k < shape->n_constants; k++) {
        d->value[shape->n_terminals + k] = constants[k];
    }
    memset(d->node_of, 0xff, (d->n_inputs + shape->columns) * sizeof d->node_of[0]); /* NOT_MET */
    d->formula.n_nodes = d->formula.n_names = 0;
    if (++d->stamp == 0) {
        memset(d->table, 0, (d->table_mask + 1) * sizeof d->table[0]);
        d->stamp = 1;
    }
}

static uint32_t add(e2l_decoder *d, const e2l_node *node, size_t size)
{
    d->formula.nodes[d->formula.n_nodes] = *node;
    d->tree_size[d->formula.n_nodes] = size;
    return (uint32_t)d->formula.n_nodes++;
}

static bool node_same(const e2l_node *a, const e2l_node *b)
{
    return a->kind == b->kind && a->primitive == b->primitive && a->arg[0] == b->arg[0] && a->arg[1] == b->arg[1] &&
           a->arg[2] == b->arg[2] && e2l_double_bits(a->value) == e2l_double_bits(b->value);
}

/* Odd numbers with mixed bits (of pi); collisions cost time only, and the order of slots never reaches a result. */
static size_t node_hash(const e2l_node *node)
{
    _Static_assert(E2L_MAX_ARITY == 3, "every argument is hashed and compared");
    const uint64_t one = UINT64_C(0x243f6a8885a308d3), two = UINT64_C(0x13198a2e03707345), three = UINT64_C(0xa4093822299f31d1),
                   four = UINT64_C(0x082efa98ec4e6c89);
    uint64_t h = (uint64_t)(uintptr_t)node->primitive * one + node->arg[0] * two + node->arg[1] * three +
                 node->arg[2] * four + e2l_double_bits(node->value) * one;
    return (size_t)(h >> 32 ^ h >> 16);
}

/* The node equal to this one, or its place in the table. */
static slot *find(e2l_decoder *d, const e2l_node *node)
{
    size_t at = node_hash(node) & d->table_mask;
    while (d->table[at].stamp == d->stamp && !node_same(&d->formula.nodes[d->table[at].node], node)) {
        at = (at + 1) & d->table_mask;
    }
    return &d->table[at];
}

static size_t size_of_call(const e2l_decoder *d, const e2l_node *node)
{
    size_t size = 1;
    for (uint32_t i = 0; i < node->primitive->arity; i++) {
        size_t arg = d->tree_size[node->arg[i]];
        size = size > SIZE_MAX - arg ? SIZE_MAX : size + arg;
    }
    return size;
}

static uint32_t shared(e2l_decoder *d, const e2l_node *node)
{
    slot *at = find(d, node);
    if (at->stamp != d->stamp) {
        *at = (slot){.stamp = d->stamp,
                     .node = add(d, node, node->kind == E2L_NODE_CALL ? size_of_call(d, node) : 1)};
    }
    return at->node;
}

static uint32_t name_node(e2l_decoder *d, uint32_t terminal)
{
    uint32_t first = d->spelled[terminal];
    if (d->node_of[first] == NOT_MET) {
        d->formula.names[d->formula.n_names] = d->shape->terminals[first];
        d->node_of[first] =
            add(d, &(e2l_node){.kind = E2L_NODE_NAME, .name = (uint32_t)d->formula.n_names++}, 1);
    }
    return d->node_of[first];
}

/* The node of an input, or of a column behind us, which something reads now. */
static uint32_t settle(e2l_decoder *d, uint32_t source)
{
    if (d->node_of[source] >= FOLDED) {
        d->node_of[source] = source < d->shape->n_terminals
                                 ? name_node(d, source)
                                 : shared(d, &(e2l_node){.kind = E2L_NODE_CONST, .value = d->value[source]});
    }
    return d->node_of[source];
}

static bool is_constant(const e2l_decoder *d, uint32_t source)
{
    if (source < d->n_inputs) {
        return source >= d->shape->n_terminals;
    }
    uint32_t node = d->node_of[source];
    return node == FOLDED || d->formula.nodes[node].kind == E2L_NODE_CONST;
}

static uint32_t source_of(const e2l_decoder *d, size_t column, uint32_t gene)
{
    return gene < d->n_inputs ? gene : gene + (uint32_t)e2l_genome_first(d->shape, column);
}

/* Goes on with the arguments of a column: false when one of them has to be met before. */
static bool read_arguments(e2l_decoder *d, frame *f, const uint32_t *gene, uint32_t *before)
{
    const e2l_primitive *primitive = d->shape->functions[gene[0]];
    for (; f->i < primitive->arity; f->i++) {
        uint32_t source = source_of(d, f->column, gene[1 + f->i]);
        if (source >= d->n_inputs && d->node_of[source] == NOT_MET) {
            *before = source;
            return false;
        }
        if (primitive != d->neg || !is_constant(d, source)) {
            (void)settle(d, source);
        }
    }
    return true;
}

static void finish_column(e2l_decoder *d, uint32_t column, const uint32_t *gene)
{
    e2l_node node = {.kind = E2L_NODE_CALL, .primitive = d->shape->functions[gene[0]]};
    uint32_t source = source_of(d, column, gene[1]), here = (uint32_t)d->n_inputs + column;
    if (node.primitive == d->neg && is_constant(d, source)) {
        d->value[here] = -d->value[source];
        d->node_of[here] = FOLDED;
        return;
    }
    for (uint32_t i = 0; i < node.primitive->arity; i++) {
        node.arg[i] = d->node_of[source_of(d, column, gene[1 + i])];
    }
    d->node_of[here] = shared(d, &node);
}

const e2l_expr *e2l_decoder_run(e2l_decoder *d, const uint32_t *genes, const double *constants, uint32_t *active,
                                size_t *n_active)
{
    start(d, constants);
    uint32_t root = source_of(d, d->shape->columns, genes[d->shape->columns * d->width]), next = root;
    size_t n_stack = 0, n = 0;
    if (root >= d->n_inputs) {
        d->stack[n_stack++] = (frame){.column = root - (uint32_t)d->n_inputs, .i = 0};
    }
    while (n_stack > 0) {
        frame *f = &d->stack[n_stack - 1];
        const uint32_t *gene = genes + f->column * d->width;
        if (read_arguments(d, f, gene, &next)) {
            finish_column(d, f->column, gene);
            active[n++] = f->column;
            n_stack--;
        } else {
            d->stack[n_stack++] = (frame){.column = next - (uint32_t)d->n_inputs, .i = 0};
        }
    }
    *n_active = n;
    d->formula.tree_size = d->tree_size[settle(d, root)];
    return &d->formula;
}

bool e2l_genome_same(const e2l_genome_shape *shape, const uint32_t *a, const uint32_t *b,
                     const uint32_t *active, size_t n_active)
{
    size_t width = 1 + e2l_genome_arity(shape);
    size_t out = shape->columns * width;
    if (a[out] != b[out]) {
        return false;
    }
    for (size_t k = 0; k < n_active; k++) {
        size_t at = active[k] * width;
        size_t end = at + 1 + shape->functions[a[at]]->arity;
        for (; at < end; at++) { /* a few words: less than the call of memcmp */
            if (a[at] != b[at]) {
                return false;
            }
        }
    }
    return true;
}

static e2l_status decode_with(e2l_ctx *ctx, e2l_arena *arena, const e2l_genome_shape *shape, const uint32_t *genes,
                              e2l_expr **out)
{
    e2l_decoder *decoder = e2l_decoder_take(arena, shape);
    uint32_t *active = decoder ? e2l_arena_alloc(arena, shape->columns, sizeof *active) : NULL;
    if (!active) {
        return E2L_NOMEM;
    }
    size_t n_active;
    return e2l_expr_refill(ctx, e2l_decoder_run(decoder, genes, shape->constants, active, &n_active), out);
}

e2l_status e2l_genome_decode(e2l_ctx *ctx, const e2l_genome_shape *shape, const uint32_t *genes,
                             e2l_expr **out)
{
    *out = NULL;
    e2l_arena *arena;
    e2l_status status = e2l_arena_create(ctx, &arena);
    if (status == E2L_OK) {
        status = decode_with(ctx, arena, shape, genes, out);
        e2l_arena_destroy(arena);
    }
    return status;
}
