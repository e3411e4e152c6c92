/* builder.c: grows a DAG in which equal nodes are one (hash consing).

   Two open-addressing tables of indices, one for nodes and one for names, at most half full. A node's hash mixes
   what it is with the indices of its arguments, which are final once they are given out. */
#include <string.h>

#include "cgp/expr.h"
#include "cgp/expr_impl.h"

enum { FIRST_CAPACITY = 32 };

/* Index + 1 of the entry in each slot; 0 = empty. The capacity is a power of two. */
typedef struct table {
    uint32_t *slot;
    size_t capacity;
} table;

typedef struct spelling {
    const char *text; /* in the arena */
    size_t length;
} spelling;

struct e2l_builder {
    e2l_ctx *ctx;
    e2l_arena *arena; /* text of the names */
    const e2l_primitive *neg;
    e2l_node *nodes;
    size_t n_nodes, node_capacity;
    spelling *names;
    size_t n_names, name_capacity;
    table node_table, name_table;
    void *scratch; /* of finish, kept for the next formula */
    size_t scratch_bytes;
    e2l_status status; /* the first failure */
};

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15); /* Fibonacci hashing; collisions cost time only */
    return h ^ (h >> 29);
}

static uint64_t node_hash(const e2l_node *node)
{
    uint64_t h = mix(0, (uint64_t)node->kind);
    switch (node->kind) {
    case E2L_NODE_CONST:
        return mix(h, e2l_double_bits(node->value));
    case E2L_NODE_NAME:
        return mix(h, node->name);
    case E2L_NODE_CALL:
        break;
    }
    h = mix(h, (uint64_t)(uintptr_t)node->primitive); /* the order of slots never reaches a result */
    for (uint32_t i = 0; i < node->primitive->arity; i++) {
        h = mix(h, node->arg[i]);
    }
    return h;
}

static bool node_same(const e2l_node *a, const e2l_node *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case E2L_NODE_CONST:
        return e2l_double_bits(a->value) == e2l_double_bits(b->value);
    case E2L_NODE_NAME:
        return a->name == b->name;
    case E2L_NODE_CALL:
        break;
    }
    return a->primitive == b->primitive &&
           memcmp(a->arg, b->arg, a->primitive->arity * sizeof a->arg[0]) == 0;
}

static uint64_t name_hash(const char *text, size_t length)
{
    uint64_t h = length;
    for (size_t k = 0; k < length; k++) {
        h = mix(h, (unsigned char)text[k]);
    }
    return h;
}

static void table_put(table *t, uint64_t hash, size_t index)
{
    size_t at = hash & (t->capacity - 1);
    while (t->slot[at] != 0) {
        at = (at + 1) & (t->capacity - 1);
    }
    t->slot[at] = (uint32_t)index + 1;
}

static uint32_t out_of_memory(e2l_builder *b)
{
    b->status = E2L_NOMEM;
    return E2L_NO_NODE;
}

e2l_status e2l_builder_create(e2l_ctx *ctx, e2l_builder **out)
{
    *out = NULL;
    e2l_builder *b = e2l_alloc(ctx, 1, sizeof *b);
    if (!b) {
        return E2L_NOMEM;
    }
    b->ctx = ctx;
    b->neg = e2l_primitive_find("neg");
    if (e2l_arena_create(ctx, &b->arena) != E2L_OK) {
        e2l_builder_destroy(b);
        return E2L_NOMEM;
    }
    *out = b;
    return E2L_OK;
}

void e2l_builder_destroy(e2l_builder *builder)
{
    if (!builder) {
        return;
    }
    e2l_ctx *ctx = builder->ctx;
    e2l_arena_destroy(builder->arena);
    e2l_free(ctx, builder->nodes);
    e2l_free(ctx, builder->names);
    e2l_free(ctx, builder->node_table.slot);
    e2l_free(ctx, builder->name_table.slot);
    e2l_free(ctx, builder->scratch);
    e2l_free(ctx, builder);
}

static void table_reset(table *t)
{
    if (t->capacity > 0) {
        memset(t->slot, 0, t->capacity * sizeof t->slot[0]);
    }
}

static void put_nodes(e2l_builder *b)
{
    for (size_t k = 0; k < b->n_nodes; k++) {
        table_put(&b->node_table, node_hash(&b->nodes[k]), k);
    }
}

void e2l_builder_reset(e2l_builder *builder)
{
    builder->n_nodes = builder->n_names = 0;
    builder->status = E2L_OK;
    table_reset(&builder->node_table);
    table_reset(&builder->name_table);
    e2l_arena_reset(builder->arena);
}

/* Doubles the room for entries and gives an empty table of four times that size: at most half full, always. */
static bool grow(e2l_ctx *ctx, void **entries, size_t size, size_t *capacity, table *t)
{
    size_t wider = *capacity > 0 ? *capacity * 2 : FIRST_CAPACITY;
    uint32_t *slot = e2l_alloc(ctx, wider * 2, sizeof *slot);
    void *moved = slot ? e2l_realloc(ctx, *entries, wider, size) : NULL;
    if (!moved) {
        e2l_free(ctx, slot);
        return false;
    }
    e2l_free(ctx, t->slot);
    *t = (table){.slot = slot, .capacity = wider * 2};
    *entries = moved;
    *capacity = wider;
    return true;
}

static bool grow_nodes(e2l_builder *b)
{
    void *entries = b->nodes;
    if (!grow(b->ctx, &entries, sizeof b->nodes[0], &b->node_capacity, &b->node_table)) {
        return false;
    }
    b->nodes = entries;
    put_nodes(b);
    return true;
}

static bool grow_names(e2l_builder *b)
{
    void *entries = b->names;
    if (!grow(b->ctx, &entries, sizeof b->names[0], &b->name_capacity, &b->name_table)) {
        return false;
    }
    b->names = entries;
    for (size_t k = 0; k < b->n_names; k++) {
        table_put(&b->name_table, name_hash(b->names[k].text, b->names[k].length), k);
    }
    return true;
}

static uint32_t find_node(const e2l_builder *b, const e2l_node *node, uint64_t hash)
{
    const table *t = &b->node_table;
    for (size_t at = hash; t->capacity > 0; at++) {
        uint32_t found = t->slot[at & (t->capacity - 1)];
        if (found == 0) {
            break;
        }
        if (node_same(&b->nodes[found - 1], node)) {
            return found - 1;
        }
    }
    return E2L_NO_NODE;
}

static uint32_t intern(e2l_builder *b, const e2l_node *node)
{
    uint64_t hash = node_hash(node);
    uint32_t found = find_node(b, node, hash);
    if (found != E2L_NO_NODE) {
        return found;
    }
    if (b->n_nodes == b->node_capacity && !grow_nodes(b)) {
        return out_of_memory(b);
    }
    b->nodes[b->n_nodes] = *node;
    table_put(&b->node_table, hash, b->n_nodes);
    return (uint32_t)b->n_nodes++;
}

uint32_t e2l_builder_const(e2l_builder *builder, double value)
{
    if (value != value) {
        builder->status = e2l_fail(builder->ctx, E2L_INPUT, "a constant must not be NaN");
        return E2L_NO_NODE;
    }
    return intern(builder, &(e2l_node){.kind = E2L_NODE_CONST, .value = value});
}

/* Index of the name, added when new; E2L_NO_NODE when memory is out. */
static uint32_t intern_name(e2l_builder *b, const char *text, size_t length)
{
    uint64_t hash = name_hash(text, length);
    const table *t = &b->name_table;
    for (size_t at = hash; t->capacity > 0; at++) {
        uint32_t found = t->slot[at & (t->capacity - 1)];
        if (found == 0) {
            break;
        }
        const spelling *s = &b->names[found - 1];
        if (s->length == length && memcmp(s->text, text, length) == 0) {
            return found - 1;
        }
    }
    if (b->n_names == b->name_capacity && !grow_names(b)) {
        return out_of_memory(b);
    }
    const char *copy = e2l_arena_strdup(b->arena, text, length);
    if (!copy) {
        return out_of_memory(b);
    }
    b->names[b->n_names] = (spelling){.text = copy, .length = length};
    table_put(&b->name_table, hash, b->n_names);
    return (uint32_t)b->n_names++;
}

uint32_t e2l_builder_name(e2l_builder *builder, const char *name, size_t length)
{
    uint32_t index = intern_name(builder, name, length);
    if (index == E2L_NO_NODE) {
        return E2L_NO_NODE;
    }
    return intern(builder, &(e2l_node){.kind = E2L_NODE_NAME, .name = index});
}

uint32_t e2l_builder_call(e2l_builder *builder, const e2l_primitive *primitive, const uint32_t *args)
{
    e2l_node node = {.kind = E2L_NODE_CALL, .primitive = primitive};
    for (uint32_t i = 0; i < primitive->arity; i++) {
        if (args[i] == E2L_NO_NODE) {
            return E2L_NO_NODE;
        }
        node.arg[i] = args[i];
    }
    const e2l_node *first = &builder->nodes[args[0]];
    if (primitive == builder->neg && first->kind == E2L_NODE_CONST) {
        return e2l_builder_const(builder, -first->value);
    }
    return intern(builder, &node);
}

const e2l_node *e2l_builder_nodes(const e2l_builder *builder, size_t *n)
{
    *n = builder->n_nodes;
    return builder->nodes;
}

const char *e2l_builder_spelling(const e2l_builder *builder, uint32_t name)
{
    return builder->names[name].text;
}

uint32_t e2l_builder_insert(e2l_builder *builder, const e2l_expr *expr)
{
    uint32_t *place = e2l_alloc(builder->ctx, expr->n_nodes, sizeof *place);
    if (!place) {
        return out_of_memory(builder);
    }
    uint32_t root = E2L_NO_NODE;
    for (size_t k = 0; k < expr->n_nodes; k++) {
        const e2l_node *node = &expr->nodes[k];
        if (node->kind == E2L_NODE_CONST) {
            root = e2l_builder_const(builder, node->value);
        } else if (node->kind == E2L_NODE_NAME) {
            const char *name = expr->names[node->name];
            root = e2l_builder_name(builder, name, strlen(name));
        } else {
            uint32_t args[E2L_MAX_ARITY] = {0};
            for (uint32_t i = 0; i < node->primitive->arity; i++) {
                args[i] = place[node->arg[i]];
            }
            root = e2l_builder_call(builder, node->primitive, args);
        }
        if (root == E2L_NO_NODE) {
            break;
        }
        place[k] = root;
    }
    e2l_free(builder->ctx, place);
    return root;
}

/* ---- copying the reachable part out ---- */

/* Scratch of finish, one block: tree_size, order, place, stack by node; name_place, named by name. */
typedef struct walk {
    size_t *tree_size;
    uint32_t *order, *place, *stack, *name_place;
    uint32_t *named; /* old name indices in the order of first use */
    size_t n_order, n_named, n_letters;
} walk;

static void number_names(const e2l_builder *b, walk *w)
{
    for (size_t k = 0; k < b->n_names; k++) {
        w->name_place[k] = E2L_NO_NODE;
    }
    for (size_t k = 0; k < w->n_order; k++) {
        const e2l_node *node = &b->nodes[w->order[k]];
        if (node->kind == E2L_NODE_NAME && w->name_place[node->name] == E2L_NO_NODE) {
            w->name_place[node->name] = (uint32_t)w->n_named;
            w->named[w->n_named++] = node->name;
            w->n_letters += b->names[node->name].length + 1;
        }
    }
}

static void copy_names(const e2l_builder *b, const walk *w, e2l_expr *expr, char *letters)
{
    for (size_t k = 0; k < w->n_named; k++) {
        const spelling *s = &b->names[w->named[k]];
        memcpy(letters, s->text, s->length);
        letters[s->length] = '\0';
        expr->names[k] = letters;
        letters += s->length + 1;
    }
}

static void copy_node(const e2l_builder *b, const walk *w, e2l_node *out, uint32_t from)
{
    const e2l_node *node = &b->nodes[from];
    *out = *node;
    if (node->kind == E2L_NODE_NAME) {
        out->name = w->name_place[node->name];
    } else if (node->kind == E2L_NODE_CALL) {
        for (uint32_t i = 0; i < node->primitive->arity; i++) {
            out->arg[i] = w->place[node->arg[i]];
        }
    }
}

/* Nodes of the tree at `root`, saturating; `size` has room for every node. */
static size_t tree_size(const e2l_expr *expr, size_t *size)
{
    for (size_t k = 0; k < expr->n_nodes; k++) {
        const e2l_node *node = &expr->nodes[k];
        uint32_t arity = node->kind == E2L_NODE_CALL ? node->primitive->arity : 0;
        size[k] = 1;
        for (uint32_t i = 0; i < arity; i++) {
            size_t arg = size[node->arg[i]];
            size[k] = size[k] > SIZE_MAX - arg ? SIZE_MAX : size[k] + arg;
        }
    }
    return size[expr->n_nodes - 1];
}

static e2l_status copy_expr(const e2l_builder *b, const walk *w, e2l_expr **out)
{
    e2l_status status = e2l_expr_reserve(b->ctx, w->n_order, w->n_named, w->n_letters, out);
    if (status != E2L_OK) {
        return status;
    }
    e2l_expr *expr = *out;
    copy_names(b, w, expr, (char *)(expr->names + w->n_named));
    for (size_t k = 0; k < w->n_order; k++) {
        copy_node(b, w, &expr->nodes[k], w->order[k]);
    }
    expr->tree_size = tree_size(expr, w->tree_size);
    return E2L_OK;
}

static e2l_status finish_with(e2l_builder *b, uint32_t root, e2l_expr **out)
{
    walk w = {.tree_size = b->scratch};
    w.order = (uint32_t *)(void *)(w.tree_size + b->n_nodes);
    w.place = w.order + b->n_nodes;
    w.stack = w.place + b->n_nodes;
    w.name_place = w.stack + b->n_nodes;
    w.named = w.name_place + b->n_names;
    w.n_order = e2l_nodes_order(b->nodes, b->n_nodes, root, w.order, w.place, w.stack);
    if (w.n_order > E2L_EXPR_MAX_NODES) {
        return e2l_fail(b->ctx, E2L_INPUT, "the formula has %zu nodes; allowed: at most %d", w.n_order,
                        (int)E2L_EXPR_MAX_NODES);
    }
    number_names(b, &w);
    return copy_expr(b, &w, out);
}

static bool reserve_scratch(e2l_builder *b)
{
    size_t bytes = b->n_nodes * (sizeof(size_t) + 3 * sizeof(uint32_t)) + b->n_names * 2 * sizeof(uint32_t);
    if (bytes <= b->scratch_bytes) {
        return true;
    }
    void *wider = e2l_alloc(b->ctx, 2, bytes);
    if (!wider) {
        return false;
    }
    e2l_free(b->ctx, b->scratch);
    b->scratch = wider;
    b->scratch_bytes = 2 * bytes;
    return true;
}

e2l_status e2l_builder_finish(e2l_builder *builder, uint32_t root, e2l_expr **out)
{
    *out = NULL;
    if (root == E2L_NO_NODE) { /* the call that failed has left its message */
        return builder->status != E2L_OK ? builder->status
                                         : e2l_fail(builder->ctx, E2L_INTERNAL, "a formula without a root");
    }
    return reserve_scratch(builder) ? finish_with(builder, root, out) : E2L_NOMEM;
}
