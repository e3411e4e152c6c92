/* search_impl.h: the inside of a search, shared by search*.c.

   Individuals and decoded rules live in two pools of fixed size, counted by their users; a free rule keeps the block of
   its last formula for the next one, so that a generation allocates nothing after a while. A silent slot of an offspring shares the rule of its parent; so "the same
   rule" is "the same pointer". */
#ifndef E2L_CGP_SEARCH_IMPL_H
#define E2L_CGP_SEARCH_IMPL_H

#include "cgp/genome_impl.h"
#include "cgp/pack.h"
#include "cgp/search.h"

typedef struct search_rule {
    e2l_expr *expr; /* of a free one: nobody's, or NULL */
    e2l_key key;    /* made when first asked for */
    bool has_key;
    size_t n_users; /* 0: free */
} search_rule;

typedef struct search_individual {
    uint32_t *genes;   /* slots one after the other: gene_at */
    uint32_t *active;  /* active columns, by slot: column_at */
    size_t *n_active;  /* [n_slots] */
    search_rule **rule;     /* [n_slots], NULL: not decoded */
    const e2l_expr **exprs; /* [n_slots] */
    double *etas;           /* [n_slots] */
    double *constants;      /* slots one after the other: constant_at; those of the shapes unless tuned */
    e2l_fitness fitness;
    uint64_t id, parent, generation;
    uint32_t island;
    const struct search_individual *from; /* parent, while a batch is out */
    bool changed;   /* differs from its parent in a rule; true without a parent */
    bool silent;    /* takes its parent's fitness */
    bool too_large; /* cannot be written down: never asked */
    size_t n_users; /* 0: free */
} search_individual;

/* How a method makes individual k of a generation after the first: fills genes, and `from` when it has a parent. */
typedef struct search_method {
    const char *name;
    bool drifts; /* among equals, new individuals come before old ones */
    bool restarts; /* may be drawn anew on stagnation */
    void (*breed)(const e2l_search *search, size_t k, search_individual *child);
} search_method;
extern const search_method e2l_search_method_cgp;
extern const search_method e2l_search_method_random;

struct e2l_search {
    e2l_ctx *ctx;
    e2l_arena *arena; /* everything below that does not change its size */
    const search_method *method;
    uint64_t seed;
    uint32_t island;
    size_t mu, lambda, n_slots;
    e2l_genome_shape *shapes;
    e2l_genome_gaps *gaps;       /* [n_slots] */
    size_t *gene_at, *column_at, *constant_at; /* [n_slots + 1] */
    uint64_t fingerprint;        /* of the options that the state depends on */
    uint32_t *seed_genes;        /* [n_seeds][n_genes] */
    size_t n_seeds;

    search_individual *pool;
    search_rule *rules;
    size_t n_pool;
    search_individual **free_individuals; /* stacks of what is not in use */
    search_rule **free_rules;
    size_t n_free_individuals, n_free_rules;
    search_individual **parents, **made, **told, **accepted, **asked, **next_parents;
    size_t n_parents, n_made, n_told, n_accepted, n_asked;
    e2l_proposal *proposals;
    bool pending;      /* between ask and tell */
    bool reevaluate;   /* the next ask lists the parents */
    bool reevaluating; /* the pending batch does */
    bool restarting;   /* the pending batch is a population drawn anew */
    uint64_t generation, next_id;
    uint64_t restart;         /* of the options */
    uint64_t stale;           /* candidates asked since the best parent got better */
    uint64_t n_restarts;
    e2l_search_counts counts;

    e2l_decoder **decoders; /* [n_slots] */
    search_individual *trial; /* the best parent with other constants; NULL: none */
};

/* A stream of the search keyed by (island, a, b, slot). */
void e2l_search_stream(const e2l_search *search, e2l_stream *stream, e2l_purpose purpose, uint64_t a,
                       uint64_t b, uint64_t slot);
/* Genes drawn afresh; `index` counts the individuals drawn on this island in this life, the time since start or restart. */
void e2l_search_draw(const e2l_search *search, uint64_t index, uint64_t life, search_individual *child);
/* Genes and constants of `from`. */
void e2l_search_inherit(const e2l_search *search, const search_individual *from, search_individual *child);
/* A free individual, used once, without rules. Never NULL: the pool covers all that can be in use. */
search_individual *e2l_search_take(e2l_search *search);
/* One user less; at zero its rules are let go. */
void e2l_search_release(e2l_search *search, search_individual *individual);
void e2l_search_release_all(e2l_search *search, search_individual **list, size_t *n);
/* Active columns, rules (shared with `from` where equal), and what follows from them. */
E2L_MUST_CHECK e2l_status e2l_search_decode(e2l_search *search, search_individual *individual);
/* The key of a single rule is its own; several are chained in the order of the slots. */
e2l_key e2l_search_key(search_rule *const *rules, size_t n);
/* What is kept is comparable and can be written down: no NaN, one zero, no score without ok. */
e2l_fitness e2l_search_settled(e2l_fitness f);
/* The trial of e2l_search_vary, if any, is let go. */
void e2l_search_drop_trial(e2l_search *search);
/* Drops a batch that was asked and not told. */
void e2l_search_cancel(e2l_search *search);
/* The best mu of new ones and parents become the parents. Takes over no users: adds and releases them. */
void e2l_search_select(e2l_search *search, search_individual *const *fresh, size_t n_fresh, bool fresh_first);

#endif
