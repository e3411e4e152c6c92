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

size_t e2l_genome_n_genes(const e2l_genome_shape *shape)
{
    return shape->columns * (1 + e2l_genome_arity(shape)) + 1;
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
   Independent coins of one probability p fall heads at distances whose distribution is geometric, so the distances
   are drawn instead of the coins: a uniform number of 64 bits below (1 - p)^k means that the next k coins are tails.
   The powers are integers times 2^-64, made by multiplication: a logarithm's last bit is not the same everywhere.
   The table is short; where no coin in it is heads the next draw goes on behind it, for coins have no memory. Half of
   the number decides nearly always; the other half is drawn when the first equals that of a power. */
static uint64_t high_product(uint64_t a, uint64_t b)
{
    uint64_t a0 = a & UINT32_MAX, a1 = a >> 32, b0 = b & UINT32_MAX, b1 = b >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (middle & UINT32_MAX);
    return a1 * b1 + (middle >> 32) + (other >> 32);
}

void e2l_genome_gaps_init(e2l_genome_gaps *gaps, double p)
{
    const double two_64 = 18446744073709551616.0;
    uint64_t heads = p > 0 && p < 1 ? (uint64_t)(p * two_64) : 0;
    uint64_t tails = 0 - heads, power = p < 1 ? tails : 0;
    gaps->never = p < 1 && heads == 0;
    for (size_t k = 0; k < E2L_GENOME_GAPS; k++) {
        gaps->power[k] = power;
        power = high_product(power, tails);
    }
    for (uint64_t top = 0; top < E2L_GENOME_TOPS; top++) {
        size_t gap = 0;
        while (gap < E2L_GENOME_GAPS && gaps->power[gap] >> 56 > top) {
            gap++;
        }
        gaps->least[top] = (unsigned char)gap;
    }
}

/* How many powers are above the uniform number: coins that are tails, E2L_GENOME_GAPS when all of the table are. */
static size_t draw_gap(const e2l_genome_gaps *gaps, e2l_stream *stream)
{
    uint64_t upper = e2l_stream_u32(stream);
    size_t gap = gaps->least[upper >> 24];
    while (gap < E2L_GENOME_GAPS && gaps->power[gap] >> 32 > upper) {
        gap++;
    }
    if (gap < E2L_GENOME_GAPS && gaps->power[gap] >> 32 == upper) {
        uint64_t number = upper << 32 | e2l_stream_u32(stream);
        while (gap < E2L_GENOME_GAPS && number < gaps->power[gap]) {
            gap++;
        }
    }
    return gap;
}

/* Uniform among the n - 1 values that are not the present one: those above it move down by one. */
static size_t mutate_gene(e2l_stream *stream, uint32_t *gene, uint32_t n)
{
    if (n < 2) {
        return 0;
    }
    uint32_t drawn = e2l_stream_below(stream, n - 1);
    *gene = drawn < *gene ? drawn : drawn + 1;
    return 1;
}

size_t e2l_genome_mutate_with(const e2l_genome_shape *shape, const e2l_genome_gaps *gaps, e2l_stream *stream,
                              uint32_t *genes)
{
    uint32_t width = (uint32_t)e2l_genome_arity(shape) + 1, columns = (uint32_t)shape->columns;
    uint32_t n_genes = columns * width + 1, n_functions = (uint32_t)shape->n_functions;
    size_t n_changed = 0, k = 0;
    while (!gaps->never && k < n_genes) {
        size_t gap = draw_gap(gaps, stream);
        k += gap;
        if (gap < E2L_GENOME_GAPS && k < n_genes) {
            uint32_t c = (uint32_t)k / width;
            bool is_function = c < columns && (uint32_t)k == c * width;
            n_changed += mutate_gene(stream, genes + k, is_function ? n_functions : n_sources(shape, c));
            k++;
        }
    }
    return n_changed;
}

size_t e2l_genome_mutate(const e2l_genome_shape *shape, e2l_stream *stream, uint32_t *genes)
{
    e2l_genome_gaps gaps;
    e2l_genome_gaps_init(&gaps, shape->mutation);
    return e2l_genome_mutate_with(shape, &gaps, stream, genes);
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
