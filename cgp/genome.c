/* genome.c: ranges, first draw and mutation of a one-row Cartesian genome.

   Genes of column c: g[c * (1 + a)] is the function, the next a the inputs, a the largest arity of the set; the last
   gene is the output. An input gene v < n_inputs means terminal or constant v; else it means column
   first(c) + v - n_inputs, where first(c) is the first column within reach: every value below n_values is legal. */
#include "cgp/genome.h"

#include <math.h>

#include "cgp/genome_impl.h"

size_t e2l_genome_arity(const e2l_genome_shape *shape)
{
    size_t arity = 0;
    for (size_t k = 0; k < shape->n_functions; k++) {
        arity = shape->functions[k]->arity > arity ? shape->functions[k]->arity : arity;
    }
    return arity;
}

size_t e2l_genome_n_inputs(const e2l_genome_shape *shape)
{
    return shape->n_terminals + shape->n_constants;
}

size_t e2l_genome_n_genes(const e2l_genome_shape *shape)
{
    return shape->columns * (1 + e2l_genome_arity(shape)) + 1;
}

size_t e2l_genome_first(const e2l_genome_shape *shape, size_t c)
{
    bool all = shape->levels_back == 0 || c == shape->columns || c <= shape->levels_back;
    return all ? 0 : c - shape->levels_back;
}

e2l_genome_source e2l_genome_read(const e2l_genome_shape *shape, size_t c, uint32_t gene)
{
    size_t n_inputs = e2l_genome_n_inputs(shape);
    if (gene < n_inputs) {
        return (e2l_genome_source){.is_column = false, .at = gene};
    }
    return (e2l_genome_source){.is_column = true, .at = e2l_genome_first(shape, c) + gene - n_inputs};
}

/* Values of an input gene of column c, or of the output (c == columns). */
static uint32_t n_sources(const e2l_genome_shape *shape, size_t c)
{
    return (uint32_t)(e2l_genome_n_inputs(shape) + c - e2l_genome_first(shape, c));
}

uint32_t e2l_genome_n_values(const e2l_genome_shape *shape, size_t k)
{
    size_t width = 1 + e2l_genome_arity(shape);
    size_t c = k / width;
    bool is_function = k % width == 0 && c < shape->columns;
    return is_function ? (uint32_t)shape->n_functions : n_sources(shape, c);
}

void e2l_genome_draw(const e2l_genome_shape *shape, e2l_stream *stream, uint32_t *genes)
{
    size_t arity = e2l_genome_arity(shape);
    for (size_t c = 0; c < shape->columns; c++) {
        uint32_t n = n_sources(shape, c);
        *genes++ = e2l_stream_below(stream, (uint32_t)shape->n_functions);
        for (size_t i = 0; i < arity; i++) {
            *genes++ = e2l_stream_below(stream, n);
        }
    }
    *genes = e2l_stream_below(stream, n_sources(shape, shape->columns));
}

/* ---- mutation ------------------------------------------------------------------------------------
   One independent draw per gene: "U < p" for a uniform U is decided on its leading byte nearly always, on further
   bytes only while they equal those of p. Exact to 2^-64, and a quarter of a generator word per gene; skipping
   geometrically would need a logarithm, whose last bit is not the same everywhere. */
typedef struct coin {
    e2l_stream *stream;
    bool always;
    uint64_t probability; /* times 2^64 */
    uint32_t bytes;
    unsigned n_bytes;
    size_t n_changed;
} coin;

static coin coin_of(e2l_stream *stream, double p)
{
    const double two_64 = 18446744073709551616.0;
    coin c = {.stream = stream, .always = p >= 1};
    c.probability = p > 0 && p < 1 ? (uint64_t)(p * two_64) : 0;
    return c;
}

static uint32_t next_byte(coin *c)
{
    if (c->n_bytes == 0) {
        c->bytes = e2l_stream_u32(c->stream);
        c->n_bytes = sizeof c->bytes;
    }
    uint32_t byte = c->bytes & 0xffU;
    c->bytes >>= 8;
    c->n_bytes--;
    return byte;
}

static bool toss(coin *c)
{
    for (unsigned shift = 64; shift > 0; shift -= 8) {
        uint32_t want = (uint32_t)(c->probability >> (shift - 8)) & 0xffU, got = next_byte(c);
        if (got != want) {
            return got < want;
        }
    }
    return false;
}

/* Uniform among the n - 1 values that are not the present one: those above it move down by one. */
static void mutate_gene(coin *c, uint32_t *gene, uint32_t n)
{
    if (n < 2 || !(c->always || toss(c))) {
        return;
    }
    uint32_t drawn = e2l_stream_below(c->stream, n - 1);
    *gene = drawn < *gene ? drawn : drawn + 1;
    c->n_changed++;
}

size_t e2l_genome_mutate(const e2l_genome_shape *shape, e2l_stream *stream, uint32_t *genes)
{
    coin c = coin_of(stream, shape->mutation);
    if (!c.always && c.probability == 0) {
        return 0;
    }
    size_t arity = e2l_genome_arity(shape);
    for (size_t k = 0; k < shape->columns; k++) {
        uint32_t n = n_sources(shape, k);
        mutate_gene(&c, genes++, (uint32_t)shape->n_functions);
        for (size_t i = 0; i < arity; i++) {
            mutate_gene(&c, genes++, n);
        }
    }
    mutate_gene(&c, genes, n_sources(shape, shape->columns));
    return c.n_changed;
}

bool e2l_genome_valid(const e2l_genome_shape *shape, const uint32_t *genes)
{
    size_t arity = e2l_genome_arity(shape);
    for (size_t c = 0; c < shape->columns; c++) {
        uint32_t n = n_sources(shape, c);
        bool valid = *genes++ < shape->n_functions;
        for (size_t i = 0; i < arity; i++) {
            valid = *genes++ < n && valid;
        }
        if (!valid) {
            return false;
        }
    }
    return *genes < n_sources(shape, shape->columns);
}

e2l_status e2l_genome_check(e2l_ctx *ctx, const e2l_genome_shape *shape)
{
    const char *slot = shape->slot ? shape->slot : "";
    size_t n_inputs = e2l_genome_n_inputs(shape);
    if (n_inputs == 0) {
        return e2l_fail(ctx, E2L_INPUT, "slot '%s': no terminals and no constants; needed: at least one", slot);
    }
    if (shape->columns > 0 && shape->n_functions == 0) {
        return e2l_fail(ctx, E2L_INPUT, "slot '%s': functions: none; needed for %zu columns: at least one", slot,
                        shape->columns);
    }
    if (n_inputs > E2L_EXPR_MAX_NODES || shape->n_functions > E2L_EXPR_MAX_NODES ||
        shape->columns > E2L_EXPR_MAX_NODES - n_inputs) {
        return e2l_fail(ctx, E2L_INPUT, "slot '%s': columns: %zu with %zu inputs; allowed: at most %d together", slot,
                        shape->columns, n_inputs, (int)E2L_EXPR_MAX_NODES);
    }
    if (!(shape->mutation >= 0 && shape->mutation <= 1)) {
        return e2l_fail(ctx, E2L_INPUT, "slot '%s': mutation: %g; allowed: 0 to 1", slot, shape->mutation);
    }
    for (size_t k = 0; k < shape->n_constants; k++) {
        if (isnan(shape->constants[k])) {
            return e2l_fail(ctx, E2L_INPUT, "slot '%s': constant %zu is not a number", slot, k + 1);
        }
    }
    return E2L_OK;
}
