/* genome.h: Cartesian genetic programming with one row: inputs, then columns, then one output gene.

   A genome is a list of integers: per column a function gene and as many input genes as the largest arity in the set needs, then the output
   gene. A column may read inputs and at most `levels_back` columns before it, the output any. Genes beyond a function's arity are inert.
   Source: Miller & Thomson, "Cartesian genetic programming", EuroGP 2000; Miller (ed.), Cartesian Genetic Programming, Springer 2011. */
#ifndef E2L_CGP_GENOME_H
#define E2L_CGP_GENOME_H

#include "cgp/expr.h"
#include "cgp/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a genome can say. Inputs are terminals, then constants. */
typedef struct e2l_genome_shape {
    const char *slot;
    const char *const *terminals;
    size_t n_terminals;
    const double *constants;
    size_t n_constants;
    const e2l_primitive *const *functions;
    size_t n_functions;
    size_t columns;
    size_t levels_back; /* 0: all */
    double mutation;    /* probability that a gene is redrawn to a different value, if it has one */
} e2l_genome_shape;

/* What a search needs of a shape: an input, a function when there are columns, a mutation rate in [0, 1], constants that are
   numbers, room in a formula. The functions below expect a shape that passed. E2L_INPUT in words. */
E2L_MUST_CHECK e2l_status e2l_genome_check(e2l_ctx *ctx, const e2l_genome_shape *shape);
/* columns * (1 + largest arity) + 1: [function, inputs...] per column, then the output. */
size_t e2l_genome_n_genes(const e2l_genome_shape *shape);
/* Number of values gene k may take (>= 1). */
uint32_t e2l_genome_n_values(const e2l_genome_shape *shape, size_t k);
/* Uniform over all genomes of the shape. */
void e2l_genome_draw(const e2l_genome_shape *shape, e2l_stream *stream, uint32_t *genes);
/* Each gene mutates independently with the shape's probability, to a different value, uniformly; a genome may come
   back unchanged. Returns the number of genes changed. */
size_t e2l_genome_mutate(const e2l_genome_shape *shape, e2l_stream *stream, uint32_t *genes);
/* The formula of the genes; only nodes reachable from the output are visited, each once. */
E2L_MUST_CHECK e2l_status e2l_genome_decode(e2l_ctx *ctx, const e2l_genome_shape *shape, const uint32_t *genes,
                                            e2l_expr **out);
/* Genes that decode to `expr` (columns filled from the front, the rest drawn): E2L_INPUT when it does not fit, saying why. */
E2L_MUST_CHECK e2l_status e2l_genome_encode(e2l_ctx *ctx, const e2l_genome_shape *shape, const e2l_expr *expr,
                                            e2l_stream *stream, uint32_t *genes);
/* Every gene within its range. */
bool e2l_genome_valid(const e2l_genome_shape *shape, const uint32_t *genes);

#ifdef __cplusplus
}
#endif
#endif
