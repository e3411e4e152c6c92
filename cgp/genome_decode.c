/* genome_decode.c: genes to formula. Active columns are found by one pass from the back, since a column only reads
   columns before it: each is visited once, however often it is used, and the others not at all. */
#include <string.h>

#include "cgp/genome.h"
#include "cgp/genome_impl.h"

static void mark_source(const e2l_genome_shape *shape, size_t c, size_t n_inputs, uint32_t gene, unsigned char *mark)
{
    if (gene >= n_inputs) {
        mark[e2l_genome_first(shape, c) + gene - n_inputs] = 1;
    }
}

static void reverse(uint32_t *list, size_t n)
{
    for (size_t k = 0; k < n / 2; k++) {
        uint32_t last = list[n - 1 - k];
        list[n - 1 - k] = list[k];
        list[k] = last;
    }
}

size_t e2l_genome_active(const e2l_genome_shape *shape, const uint32_t *genes, unsigned char *mark,
                         uint32_t *active)
{
    size_t width = 1 + e2l_genome_arity(shape), n_inputs = e2l_genome_n_inputs(shape), n = 0;
    mark_source(shape, shape->columns, n_inputs, genes[shape->columns * width], mark);
    for (size_t c = shape->columns; c-- > 0;) {
        if (!mark[c]) {
            continue;
        }
        const uint32_t *gene = genes + c * width;
        uint32_t arity = shape->functions[gene[0]]->arity;
        mark[c] = 0;
        active[n++] = (uint32_t)c;
        for (uint32_t i = 0; i < arity; i++) {
            mark_source(shape, c, n_inputs, gene[1 + i], mark);
        }
    }
    reverse(active, n);
    return n;
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

void e2l_genome_inputs(const e2l_genome_shape *shape, e2l_builder *builder, uint32_t *inputs)
{
    for (size_t k = 0; k < shape->n_terminals; k++) {
        inputs[k] = e2l_builder_name(builder, shape->terminals[k], strlen(shape->terminals[k]));
    }
    for (size_t k = 0; k < shape->n_constants; k++) {
        inputs[shape->n_terminals + k] = e2l_builder_const(builder, shape->constants[k]);
    }
}

uint32_t e2l_genome_build(const e2l_genome_shape *shape, const uint32_t *genes, const uint32_t *active,
                          size_t n_active, e2l_builder *builder, const uint32_t *inputs, uint32_t *node)
{
    size_t width = 1 + e2l_genome_arity(shape);
    for (size_t k = 0; k < n_active; k++) {
        size_t c = active[k];
        const uint32_t *gene = genes + c * width;
        const e2l_primitive *primitive = shape->functions[gene[0]];
        uint32_t args[E2L_MAX_ARITY] = {0};
        for (size_t i = 0; i < primitive->arity; i++) {
            e2l_genome_source source = e2l_genome_read(shape, c, gene[1 + i]);
            args[i] = source.is_column ? node[source.at] : inputs[source.at];
        }
        node[c] = e2l_builder_call(builder, primitive, args);
    }
    e2l_genome_source source = e2l_genome_read(shape, shape->columns, genes[shape->columns * width]);
    return source.is_column ? node[source.at] : inputs[source.at];
}

/* `scratch` has room for two numbers and a mark per column, and a number per input. */
static e2l_status decode_with(const e2l_genome_shape *shape, const uint32_t *genes, e2l_builder *builder,
                              uint32_t *scratch, e2l_expr **out)
{
    uint32_t *active = scratch, *node = scratch + shape->columns;
    uint32_t *inputs = node + shape->columns;
    unsigned char *mark = (unsigned char *)(inputs + e2l_genome_n_inputs(shape));
    size_t n_active = e2l_genome_active(shape, genes, mark, active);
    e2l_genome_inputs(shape, builder, inputs);
    return e2l_builder_finish(builder, e2l_genome_build(shape, genes, active, n_active, builder, inputs, node), out);
}

e2l_status e2l_genome_decode(e2l_ctx *ctx, const e2l_genome_shape *shape, const uint32_t *genes,
                             e2l_expr **out)
{
    *out = NULL;
    e2l_builder *builder;
    e2l_status status = e2l_builder_create(ctx, &builder);
    if (status != E2L_OK) {
        return status;
    }
    uint32_t *scratch = e2l_alloc(ctx, 3 * shape->columns + e2l_genome_n_inputs(shape), sizeof *scratch);
    status = scratch ? decode_with(shape, genes, builder, scratch, out) : E2L_NOMEM;
    e2l_free(ctx, scratch);
    e2l_builder_destroy(builder);
    return status;
}
