/* search.h: one island of a search, by ask and tell.

   e2l_search_ask hands out the candidates of the next generation that need a score; e2l_search_tell takes the scores in the same
   order. The search does not know where they are computed. Everything random comes from streams keyed by (seed, island, generation,
   offspring), so the course depends on nothing but options and scores.

   Methods: "cgp": (mu + lambda), parents with replacement by tournament of one, multi-gene mutation, offspring first among equals
   (neutral drift), silent offspring take the parent's score without being asked. "random": every individual is drawn afresh; the best seen
   is kept; the same number of asked candidates per generation. Further methods are further records of e2l_search_method. */
#ifndef E2L_CGP_SEARCH_H
#define E2L_CGP_SEARCH_H

#include "cgp/expr.h"
#include "cgp/fitness.h"
#include "cgp/genome.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct e2l_search e2l_search;

typedef enum e2l_search_method { E2L_SEARCH_CGP, E2L_SEARCH_RANDOM } e2l_search_method;

typedef struct e2l_search_options {
    size_t struct_size;
    e2l_search_method method;
    uint64_t seed;
    uint32_t island;
    size_t parents, offspring;         /* mu >= 1, lambda >= 1 */
    /* Candidates asked without a better best parent after which the population is drawn anew; 0: never. Stagnation, not time, ends a
       climb: restarts are the largest gain measured for (mu + lambda) here. The random method has nothing to restart. */
    uint64_t restart;
    const e2l_genome_shape *shapes;    /* one per slot, copied */
    size_t n_slots;
    /* Rules the first generation starts from, [n_seeds][n_slots]; copied. At most `parents` are used. */
    const e2l_expr *const *seeds;
    size_t n_seeds;
} e2l_search_options;

/* A candidate that wants a score. Borrowed until the next ask or destroy. */
typedef struct e2l_proposal {
    const e2l_expr *const *rules; /* [n_rules] */
    struct search_rule *const *decoded; /* the search's own */
    size_t n_rules;               /* slots */
    uint64_t id;                  /* individual, unique on this island, from 1 */
    uint64_t parent;              /* id, 0: none */
} e2l_proposal;
/* Of all slots: equal keys compute the same bits. Made when first asked for. */
e2l_key e2l_proposal_key(const e2l_proposal *proposal);

typedef struct e2l_search_counts {
    uint64_t candidates;     /* individuals made this generation */
    uint64_t skipped_silent; /* of these, not asked: same decoded rules as the parent */
    uint64_t aborted;        /* of the others: too large to write down (never asked), or told not ok */
} e2l_search_counts;

E2L_MUST_CHECK e2l_status e2l_search_create(e2l_ctx *ctx, e2l_search **out, const e2l_search_options *options);
void e2l_search_destroy(e2l_search *search);

/* Generation number of the next tell: 0 for the first individuals. */
uint64_t e2l_search_generation(const e2l_search *search);
/* The batch of the next tell, possibly empty (everything silent: tell all the same). Asked again before tell, it gives the
   same batch. After E2L_NOMEM it may be asked again. A rule that prints to more than E2L_EXPR_MAX_TREE nodes is never asked. */
E2L_MUST_CHECK e2l_status e2l_search_ask(e2l_search *search, const e2l_proposal **proposals, size_t *n);
/* eta[i * n_slots + slot] is the learning rate at which fitness[i] was reached: kept with the individual. NULL: zeros.
   Allocates nothing. E2L_INTERNAL without an ask before it. */
E2L_MUST_CHECK e2l_status e2l_search_tell(e2l_search *search, const e2l_fitness *fitness, const double *etas);
/* The next ask lists the parents first (resampling of cases); they keep their place in the population. */
void e2l_search_reevaluate(e2l_search *search);

/* An individual of the population as it stands after tell; borrowed until the next tell. */
typedef struct e2l_individual_view {
    const e2l_expr *const *rules;
    e2l_key key;
    e2l_fitness fitness;
    const double *etas;
    uint64_t id, parent, generation; /* generation it was made in; parent 0: none, or on another island */
    uint32_t island;                 /* it was made on: another one for an immigrant */
} e2l_individual_view;
/* Between ask and tell: what a candidate of the batch must reach to enter the population: the fitness of the worst parent, of a full
   population that is neither scored nor drawn anew. False: nothing is known, all matter. */
bool e2l_search_bar(const e2l_search *search, e2l_fitness *out);
/* How often the population was drawn anew. */
uint64_t e2l_search_n_restarts(const e2l_search *search);
size_t e2l_search_n_parents(const e2l_search *search);
void e2l_search_parent(const e2l_search *search, size_t k, e2l_individual_view *out); /* best first */
/* Individuals told in the last generation that entered the population and differ from their parent in a rule (for the lineage). */
size_t e2l_search_n_accepted(const e2l_search *search);
void e2l_search_accepted(const e2l_search *search, size_t k, e2l_individual_view *out);
/* Everything told in the last generation (for archive and median): fitness of made individuals in order, silent ones included. */
size_t e2l_search_n_told(const e2l_search *search);
void e2l_search_told(const e2l_search *search, size_t k, e2l_individual_view *out);
void e2l_search_last_counts(const e2l_search *search, e2l_search_counts *out);

/* Constants of the shapes, slots one after the other: how many; their values in the best parent, and which of them its rules use. Individuals
   inherit them from their parent; a population drawn anew starts with those of the shapes. */
size_t e2l_search_n_constants(const e2l_search *search);
void e2l_search_constants(const e2l_search *search, double *values, bool *used);
/* Between tell and ask: the best parent with other constants, as a candidate that wants a score. Borrowed until the next of vary, adopt,
   ask, load, immigrate. */
E2L_MUST_CHECK e2l_status e2l_search_vary(e2l_search *search, const double *values, e2l_proposal *out);
/* The candidate of vary takes the best parent's place, as its child, if it is better; false, and nothing done, if not. */
bool e2l_search_adopt(e2l_search *search, e2l_fitness fitness, const double *etas);

/* Migration, between tell and ask: the best individual as bytes; and its arrival: it replaces the worst parent when it is not
   worse than it, and gets an id of this island. E2L_INPUT, and nothing changed, for bytes of another configuration or damaged ones. */
E2L_MUST_CHECK e2l_status e2l_search_emigrate(const e2l_search *search, e2l_text *out);
E2L_MUST_CHECK e2l_status e2l_search_immigrate(e2l_search *search, const void *bytes, size_t n);

/* State between tell and ask as bytes (portable, versioned, checked on the way in): the options are not part of it, but a state
   of other shapes, seed, island or counts is refused. Saved between ask and tell, it is the state before the ask. What was told last
   (told, accepted, counts) is not part of it. A load that fails changes nothing. */
E2L_MUST_CHECK e2l_status e2l_search_save(const e2l_search *search, e2l_text *out);
E2L_MUST_CHECK e2l_status e2l_search_load(e2l_search *search, const void *bytes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
