/* genome_impl.h: the inside of a genome, for the files of cgp/ that decode many of them. */
#ifndef E2L_CGP_GENOME_IMPL_H
#define E2L_CGP_GENOME_IMPL_H

#include "cgp/genome.h"

/* Where an input gene or the output gene points. */
typedef struct e2l_genome_source {
    bool is_column;
    size_t at; /* column, or input: terminals, then constants */
} e2l_genome_source;

/* The largest arity in the set; 0 without functions. */
size_t e2l_genome_arity(const e2l_genome_shape *shape);
static inline size_t e2l_genome_n_inputs(const e2l_genome_shape *shape)
{
    return shape->n_terminals + shape->n_constants;
}
/* The first column that column c may read (c == columns: the output, which may read all). */
static inline size_t e2l_genome_first(const e2l_genome_shape *shape, size_t c)
{
    bool all = shape->levels_back == 0 || c == shape->columns || c <= shape->levels_back;
    return all ? 0 : c - shape->levels_back;
}

static inline e2l_genome_source e2l_genome_read(const e2l_genome_shape *shape, size_t c, uint32_t gene)
{
    size_t n_inputs = e2l_genome_n_inputs(shape);
    if (gene < n_inputs) {
        return (e2l_genome_source){.is_column = false, .at = gene};
    }
    return (e2l_genome_source){.is_column = true, .at = e2l_genome_first(shape, c) + gene - n_inputs};
}

enum { E2L_GENOME_GAPS = 64, E2L_GENOME_TOPS = 256 };
/* A mutation rate, prepared: (1 - rate)^(k + 1) times 2^64, and how many of these are above every number with a given top byte. */
typedef struct e2l_genome_gaps {
    bool never;
    uint64_t power[E2L_GENOME_GAPS];
    unsigned char least[E2L_GENOME_TOPS];
} e2l_genome_gaps;

void e2l_genome_gaps_init(e2l_genome_gaps *gaps, double p);
/* e2l_genome_mutate with the rate of `gaps` instead of the shape's. */
size_t e2l_genome_mutate_with(const e2l_genome_shape *shape, const e2l_genome_gaps *gaps, e2l_stream *stream,
                              uint32_t *genes);

/* Decodes genomes of one shape, one after the other. Lives in an arena, with all its memory; borrows the shape. NULL: memory is
   out. */
typedef struct e2l_decoder e2l_decoder;
e2l_decoder *e2l_decoder_take(e2l_arena *arena, const e2l_genome_shape *shape);
/* The formula of the genes with these constants [n_constants] in place of the shape's, borrowed until the next run, and its
   columns, arguments before users, into `active` [columns]. */
const e2l_expr *e2l_decoder_run(e2l_decoder *decoder, const uint32_t *genes, const double *constants, uint32_t *active,
                                size_t *n_active);
/* The genes that count, those of the active columns of `a` and the output, are the same in `b`. */
bool e2l_genome_same(const e2l_genome_shape *shape, const uint32_t *a, const uint32_t *b,
                     const uint32_t *active, size_t n_active);

#endif
