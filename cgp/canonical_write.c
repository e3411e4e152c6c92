/* canonical_write.c: one fixed text for every polynomial.

   Atoms are numbered by how they are printed: high powers first, then names by alphabet with w last, then
   calls, then quotients (Oja's y*x - y*y*w has y squared, so y leads). Then
     number * common atoms * factors / quotients
   where the factors come from polynomial_factor.c, and a factor that stays a sum is grouped by the atom that most
   of its terms share. Terms are ordered by degree, then by atoms; the first positive one leads. */
#include <math.h>
#include <string.h>

#include "cgp/canonical_impl.h"
#include "cgp/expr_impl.h"

enum { COMPARE_DEPTH = 4 }; /* of calls compared node by node; deeper ones by key: 3^4 visits at most */

/* ---- order of nodes ---- */

static bool update_keys(e2l_canon *c)
{
    size_t n;
    const e2l_node *nodes = e2l_builder_nodes(c->builder, &n);
    if (n > c->capacity) {
        e2l_key *moved = e2l_realloc(c->ctx, c->keys, 2 * n, sizeof *moved);
        if (!moved) {
            c->status = E2L_NOMEM;
            return false;
        }
        c->keys = moved;
        c->capacity = 2 * n;
    }
    for (; c->n_keys < n; c->n_keys++) {
        const e2l_node *node = &nodes[c->n_keys];
        const char *name = node->kind == E2L_NODE_NAME ? e2l_builder_spelling(c->builder, node->name) : NULL;
        c->keys[c->n_keys] = e2l_node_key(node, name, c->keys);
    }
    return true;
}

static int compare_keys(e2l_key a, e2l_key b)
{
    if (a.high != b.high) {
        return a.high < b.high ? -1 : 1;
    }
    return (a.low > b.low) - (a.low < b.low);
}

static int compare_leaves(const e2l_canon *c, const e2l_node *a, const e2l_node *b)
{
    if (a->kind == E2L_NODE_NAME) {
        return strcmp(e2l_builder_spelling(c->builder, a->name), e2l_builder_spelling(c->builder, b->name));
    }
    if (a->value != b->value) {
        return a->value < b->value ? -1 : 1;
    }
    return 0;
}

static int compare_nodes(const e2l_canon *c, const e2l_node *nodes, uint32_t a, uint32_t b, int depth)
{
    const e2l_node *p = &nodes[a], *q = &nodes[b];
    if (a == b) {
        return 0;
    }
    if (p->kind != q->kind) {
        return p->kind < q->kind ? -1 : 1;
    }
    if (p->kind != E2L_NODE_CALL) {
        return compare_leaves(c, p, q);
    }
    if (p->primitive != q->primitive) {
        return strcmp(p->primitive->name, q->primitive->name);
    }
    if (depth == 0) {
        return compare_keys(c->keys[a], c->keys[b]);
    }
    for (uint32_t i = 0; i < p->primitive->arity; i++) {
        int order = compare_nodes(c, nodes, p->arg[i], q->arg[i], depth - 1);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

int e2l_canon_compare(e2l_canon *canon, uint32_t a, uint32_t b)
{
    size_t n;
    if (!update_keys(canon)) {
        return 0;
    }
    return compare_nodes(canon, e2l_builder_nodes(canon->builder, &n), a, b, COMPARE_DEPTH);
}

uint32_t e2l_canon_call(e2l_canon *canon, const e2l_primitive *primitive, const uint32_t *args)
{
    if ((primitive->flags & E2L_COMMUTES) && args[0] != E2L_NO_NODE && args[1] != E2L_NO_NODE &&
        e2l_canon_compare(canon, args[1], args[0]) < 0) {
        return e2l_builder_call(canon->builder, primitive, (uint32_t[]){args[1], args[0]});
    }
    return e2l_builder_call(canon->builder, primitive, args);
}

/* ---- atoms by rank ---- */

typedef struct ranked {
    uint32_t node, power; /* highest power in the polynomial */
    bool is_quotient;     /* 1 / node */
    uint32_t under;       /* that node */
} ranked;

typedef struct ranks {
    ranked at[E2L_POLY_TERMS * E2L_POLY_DEGREE];
    uint32_t n;
} ranks;

static uint32_t rank_of(const ranks *r, uint32_t node)
{
    uint32_t k = 0;
    while (k < r->n && r->at[k].node != node) {
        k++;
    }
    return k;
}

static void note_atom(e2l_canon *c, ranks *r, uint32_t node, uint32_t power)
{
    size_t n;
    uint32_t k = rank_of(r, node);
    if (k == r->n) {
        const e2l_node *made = &e2l_builder_nodes(c->builder, &n)[node];
        bool is_quotient = made->kind == E2L_NODE_CALL && made->primitive == c->div && made->arg[0] == c->one;
        r->at[r->n++] = (ranked){.node = node, .is_quotient = is_quotient, .under = made->arg[1]};
    }
    r->at[k].power = power > r->at[k].power ? power : r->at[k].power;
}

/* The weight is written behind what it weighs: y * w, although w comes before y. */
static bool is_weight(e2l_canon *c, uint32_t node)
{
    size_t n;
    const e2l_node *made = &e2l_builder_nodes(c->builder, &n)[node];
    return made->kind == E2L_NODE_NAME && strcmp(e2l_builder_spelling(c->builder, made->name), "w") == 0;
}

static bool is_name(e2l_canon *c, uint32_t node)
{
    size_t n;
    return e2l_builder_nodes(c->builder, &n)[node].kind == E2L_NODE_NAME;
}

static bool ranked_before(e2l_canon *c, const ranked *a, const ranked *b)
{
    if (a->is_quotient != b->is_quotient) {
        return b->is_quotient;
    }
    if (a->power != b->power) {
        return a->power > b->power;
    }
    if (is_name(c, a->node) && is_name(c, b->node) && is_weight(c, a->node) != is_weight(c, b->node)) {
        return is_weight(c, b->node);
    }
    return e2l_canon_compare(c, a->node, b->node) < 0;
}

static void rank_atoms(e2l_canon *c, const e2l_poly *p, ranks *r)
{
    r->n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const e2l_monomial *m = &p->term[i].m;
        for (uint32_t j = 0, run = 1; j < m->n; j++, run++) {
            run = j > 0 && m->at[j] != m->at[j - 1] ? 1 : run;
            note_atom(c, r, m->at[j], run);
        }
    }
    for (uint32_t i = 1; i < r->n; i++) {
        ranked moved = r->at[i];
        uint32_t j = i;
        for (; j > 0 && ranked_before(c, &moved, &r->at[j - 1]); j--) {
            r->at[j] = r->at[j - 1];
        }
        r->at[j] = moved;
    }
}

/* The terms of `p`, without its scale, over ranks instead of nodes. */
static const e2l_poly *over_ranks(e2l_canon *c, const e2l_poly *p, const ranks *r)
{
    e2l_term terms[E2L_POLY_TERMS];
    for (size_t i = 0; i < p->n; i++) {
        const e2l_monomial *m = &p->term[i].m;
        e2l_monomial sorted = {.n = 0};
        for (uint32_t j = 0; j < m->n; j++) {
            uint32_t rank = rank_of(r, m->at[j]), k = sorted.n++;
            for (; k > 0 && sorted.at[k - 1] > rank; k--) {
                sorted.at[k] = sorted.at[k - 1];
            }
            sorted.at[k] = rank;
        }
        terms[i] = (e2l_term){.k = p->term[i].k, .m = sorted};
    }
    return e2l_poly_from(&c->algebra, terms, p->n);
}

/* ---- order and sign of terms ---- */

/* a stands before b: lower degree, then the atom that ranks first. */
static bool term_before(const e2l_monomial *a, const e2l_monomial *b)
{
    return a->n != b->n ? a->n < b->n : e2l_monomial_compare(a, b) > 0;
}

static const e2l_term *first_term(const e2l_poly *p)
{
    const e2l_term *first = &p->term[0];
    for (size_t i = 1; i < p->n; i++) {
        first = term_before(&p->term[i].m, &first->m) ? &p->term[i] : first;
    }
    return first;
}

static bool has_both_signs(const e2l_poly *p)
{
    bool plus = false, minus = false;
    for (size_t i = 0; i < p->n; i++) {
        plus = plus || p->term[i].k > 0.0;
        minus = minus || p->term[i].k < 0.0;
    }
    return plus && minus;
}

double e2l_canon_sign(e2l_canon *canon, const e2l_poly *p)
{
    ranks r;
    if (p->n == 0) {
        return 1.0;
    }
    rank_atoms(canon, p, &r);
    const e2l_poly *local = over_ranks(canon, p, &r);
    return local && first_term(local)->k < 0.0 ? -1.0 : 1.0;
}

/* ---- writing ---- */

typedef struct writer {
    e2l_canon *canon;
    const ranks *r;
} writer;

/* A node and whether it is to be subtracted. */
typedef struct signed_node {
    uint32_t node;
    bool negative;
    e2l_monomial first; /* its first term, for the order of a sum */
} signed_node;

static signed_node write_product(const writer *w, double scale, const e2l_poly *p, bool alone);

static uint32_t binary(const writer *w, const e2l_primitive *op, uint32_t a, uint32_t b)
{
    return e2l_builder_call(w->canon->builder, op, (uint32_t[]){a, b});
}

/* left * right, where left may still be missing. */
static uint32_t times(const writer *w, bool *empty, uint32_t left, uint32_t right)
{
    uint32_t node = *empty ? right : binary(w, w->canon->mul, left, right);
    *empty = false;
    return node;
}

/* The atom that most terms have, at least two; false when there is none. */
static bool most_shared(const writer *w, const e2l_term *terms, size_t n, uint32_t *out)
{
    size_t most = 1;
    for (uint32_t atom = 0; atom < w->r->n; atom++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
            count += e2l_monomial_has(&terms[i].m, atom) ? 1 : 0;
        }
        if (count > most) {
            most = count;
            *out = atom;
        }
    }
    return most > 1;
}

/* Moves the terms with `atom` behind the others; returns how many others there are. */
static size_t split(e2l_term *terms, size_t n, uint32_t atom)
{
    e2l_term with[E2L_POLY_TERMS];
    size_t n_with = 0, n_without = 0;
    for (size_t i = 0; i < n; i++) {
        if (e2l_monomial_has(&terms[i].m, atom)) {
            with[n_with++] = terms[i];
        } else {
            terms[n_without++] = terms[i];
        }
    }
    memcpy(terms + n_without, with, n_with * sizeof with[0]);
    return n_without;
}

static signed_node write_group(const writer *w, const e2l_term *terms, size_t n)
{
    const e2l_poly *group = e2l_poly_from(&w->canon->algebra, terms, n);
    if (!group) {
        return (signed_node){.node = E2L_NO_NODE};
    }
    signed_node item = write_product(w, group->scale, group, false);
    item.first = first_term(group)->m;
    return item;
}

/* The order of a sum: by first terms, but the first positive item leads. */
static void sort_items(signed_node *items, size_t n)
{
    size_t lead = 0;
    for (size_t i = 1; i < n; i++) {
        signed_node moved = items[i];
        size_t j = i;
        for (; j > 0 && term_before(&moved.first, &items[j - 1].first); j--) {
            items[j] = items[j - 1];
        }
        items[j] = moved;
    }
    while (lead < n && items[lead].negative) {
        lead++;
    }
    if (lead > 0 && lead < n) {
        signed_node moved = items[lead];
        memmove(&items[1], &items[0], lead * sizeof items[0]);
        items[0] = moved;
    }
}

/* A sum whose coefficients stand in its terms. The first item of a sum without a positive one is negated. */
static uint32_t write_sum(const writer *w, const e2l_poly *p)
{
    e2l_term terms[E2L_POLY_TERMS];
    signed_node items[E2L_POLY_TERMS] = {{.node = E2L_NO_NODE}};
    size_t left = p->n, n = 0;
    uint32_t atom = 0;
    memcpy(terms, p->term, left * sizeof terms[0]);
    while (left > 0) {
        bool shared = most_shared(w, terms, left, &atom);
        size_t rest = shared ? split(terms, left, atom) : left - 1;
        items[n++] = write_group(w, terms + rest, left - rest);
        left = rest;
    }
    sort_items(items, n);
    uint32_t sum = items[0].node;
    if (items[0].negative && sum != E2L_NO_NODE) {
        sum = e2l_builder_call(w->canon->builder, w->canon->neg, &sum);
    }
    for (size_t i = 1; i < n; i++) {
        sum = binary(w, items[i].negative ? w->canon->sub : w->canon->add, sum, items[i].node);
    }
    return sum;
}

/* Numbers other than 1 in front of the terms. */
static size_t numbers_in(const e2l_poly *p, double scale)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        n += fabs(p->term[i].k * scale) != 1.0 ? 1 : 0;
    }
    return n;
}

/* The factors of a sum, the sign they leave over, and the number in front of them. */
typedef struct factoring {
    const e2l_poly *factor[E2L_POLY_FACTORS];
    size_t n;
    bool negative;
    double scale;
    bool failed;
} factoring;

static bool is_repeated(const factoring *f, size_t k)
{
    for (size_t i = 0; i < f->n; i++) {
        if (i != k && e2l_poly_equal(f->factor[i], f->factor[k])) {
            return true;
        }
    }
    return false;
}

static void flip(const writer *w, factoring *f, size_t k)
{
    const e2l_poly *flipped = e2l_poly_neg(&w->canon->algebra, f->factor[k]);
    f->failed = f->failed || !flipped;
    f->factor[k] = flipped ? flipped : f->factor[k];
    f->negative = !f->negative;
}

/* Each factor begins with a positive term; a minus that is left over turns round the first factor that can take it. */
static void set_signs(const writer *w, factoring *f)
{
    for (size_t k = 0; k < f->n; k++) {
        if (first_term(f->factor[k])->k < 0.0) {
            flip(w, f, k);
        }
    }
    for (size_t k = 0; f->negative && k < f->n; k++) {
        if (has_both_signs(f->factor[k]) && !is_repeated(f, k)) {
            flip(w, f, k);
        }
    }
}

/* One sum with a number in front: the number goes into the sum where that takes fewer numbers. */
static void place_scale(const writer *w, factoring *f)
{
    const e2l_poly *p = f->factor[0];
    if (f->n != 1 || f->scale == 1.0 || 1 + numbers_in(p, 1.0) <= numbers_in(p, f->scale)) {
        return;
    }
    e2l_poly *inside = e2l_arena_alloc(w->canon->algebra.arena, 1, sizeof *inside);
    e2l_term *terms = e2l_arena_alloc(w->canon->algebra.arena, p->n, sizeof *terms);
    if (!inside || !terms) {
        f->failed = true;
        return;
    }
    for (size_t i = 0; i < p->n; i++) {
        terms[i] = p->term[i];
        terms[i].k = f->scale * p->term[i].k;
    }
    *inside = (e2l_poly){.scale = 1.0, .rough = true, .n = p->n, .term = terms};
    f->factor[0] = inside;
    f->scale = 1.0;
}

/* Splits what is left of `p` without its common atoms. */
static factoring take_apart(const writer *w, double scale, const e2l_poly *p, const e2l_monomial *common)
{
    factoring f = {.scale = scale};
    const e2l_poly *rest = e2l_poly_strip(&w->canon->algebra, p, common);
    if (!rest) {
        f.failed = true;
        return f;
    }
    if (rest->n == 1) {
        f.scale *= fabs(rest->term[0].k);
        f.negative = rest->term[0].k < 0.0;
        return f;
    }
    f.factor[0] = rest;
    f.n = 1;
    const e2l_poly *plain = rest->rough ? NULL : e2l_poly_primitive(&w->canon->algebra, rest);
    if (plain) {
        f.n = e2l_poly_factor(&w->canon->algebra, plain, f.factor);
    }
    f.failed = f.n == 0 || (!rest->rough && !plain);
    if (!f.failed) {
        set_signs(w, &f);
        place_scale(w, &f);
    }
    return f;
}

/* scale * p as number * atoms * factors / quotients. Standing alone it has its minus in the number, if it has one:
   -2 * x, but a - 2 * x. */
static signed_node write_product(const writer *w, double scale, const e2l_poly *p, bool alone)
{
    e2l_monomial common = e2l_poly_common(p);
    factoring f = take_apart(w, scale, p, &common);
    bool empty = true;
    uint32_t node = E2L_NO_NODE;
    if (f.failed) {
        return (signed_node){.node = E2L_NO_NODE};
    }
    bool bare = f.n == 0 && (common.n == 0 || w->r->at[common.at[0]].is_quotient);
    if (f.scale != 1.0 || bare) {
        bool inside = alone && f.negative;
        f.negative = f.negative && !inside;
        node = times(w, &empty, node, e2l_builder_const(w->canon->builder, inside ? -f.scale : f.scale));
    }
    for (uint32_t i = 0; i < common.n; i++) {
        const ranked *atom = &w->r->at[common.at[i]];
        node = atom->is_quotient ? node : times(w, &empty, node, atom->node);
    }
    for (size_t k = 0; k < f.n; k++) {
        node = times(w, &empty, node, write_sum(w, f.factor[k]));
    }
    for (uint32_t i = 0; i < common.n; i++) {
        const ranked *atom = &w->r->at[common.at[i]];
        node = atom->is_quotient ? binary(w, w->canon->div, node, atom->under) : node;
    }
    return (signed_node){.node = node, .negative = f.negative};
}

uint32_t e2l_canon_write(e2l_canon *canon, const e2l_poly *p)
{
    ranks r;
    if (p->n == 0) {
        return e2l_builder_const(canon->builder, 0.0);
    }
    rank_atoms(canon, p, &r);
    writer w = {.canon = canon, .r = &r};
    const e2l_poly *local = over_ranks(canon, p, &r);
    if (!local) {
        canon->status = E2L_NOMEM;
        return E2L_NO_NODE;
    }
    signed_node whole = write_product(&w, p->scale, local, true);
    if (whole.node == E2L_NO_NODE) {
        canon->status = E2L_NOMEM;
        return E2L_NO_NODE;
    }
    return whole.negative ? e2l_builder_call(canon->builder, canon->neg, &whole.node) : whole.node;
}
