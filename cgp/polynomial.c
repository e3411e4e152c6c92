/* polynomial.c: sums and products of polynomials, and their normal form. */
#include "cgp/polynomial.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double exact_integers = 0x1p53; /* sums and products below are exact */
static const double small_integers = 0x1p31;

e2l_status e2l_algebra_init(e2l_algebra *algebra, e2l_arena *arena)
{
    *algebra = (e2l_algebra){.arena = arena, .budget = SIZE_MAX, .effort = E2L_POLY_EFFORT};
    algebra->scratch = e2l_arena_alloc(arena, E2L_POLY_PAIRS, sizeof algebra->scratch[0]);
    return algebra->scratch ? E2L_OK : E2L_NOMEM;
}

/* ---- monomials ---- */

/* Lexicographic by powers: where the sorted lists differ, the smaller atom has the higher power. */
int e2l_monomial_compare(const e2l_monomial *a, const e2l_monomial *b)
{
    for (uint32_t i = 0; i < a->n && i < b->n; i++) {
        if (a->at[i] != b->at[i]) {
            return a->at[i] < b->at[i] ? 1 : -1;
        }
    }
    return (a->n > b->n) - (a->n < b->n);
}

bool e2l_monomial_has(const e2l_monomial *m, uint32_t atom)
{
    for (uint32_t i = 0; i < m->n; i++) {
        if (m->at[i] == atom) {
            return true;
        }
    }
    return false;
}

e2l_monomial e2l_monomial_without(const e2l_monomial *m, uint32_t atom)
{
    e2l_monomial rest = {.n = 0};
    bool dropped = false;
    for (uint32_t i = 0; i < m->n; i++) {
        if (!dropped && m->at[i] == atom) {
            dropped = true;
        } else {
            rest.at[rest.n++] = m->at[i];
        }
    }
    return rest;
}

static bool monomial_mul(const e2l_monomial *a, const e2l_monomial *b, e2l_monomial *out)
{
    uint32_t i = 0, j = 0;
    *out = (e2l_monomial){.n = 0};
    if (a->n + b->n > E2L_POLY_DEGREE) {
        return false;
    }
    while (i < a->n || j < b->n) {
        bool first = j == b->n || (i < a->n && a->at[i] <= b->at[j]);
        out->at[out->n++] = first ? a->at[i++] : b->at[j++];
    }
    return true;
}

static e2l_monomial monomial_common(const e2l_monomial *a, const e2l_monomial *b)
{
    e2l_monomial common = {.n = 0};
    for (uint32_t i = 0, j = 0; i < a->n && j < b->n;) {
        if (a->at[i] == b->at[j]) {
            common.at[common.n++] = a->at[i];
            i++;
            j++;
        } else if (a->at[i] < b->at[j]) {
            i++;
        } else {
            j++;
        }
    }
    return common;
}

/* ---- normal form ---- */

static e2l_poly *poly_create(e2l_algebra *algebra, const e2l_term *terms, size_t n)
{
    e2l_poly *p = NULL;
    if (n <= E2L_POLY_TERMS) {
        p = e2l_arena_alloc(algebra->arena, 1, sizeof *p + n * sizeof *terms);
        algebra->no_memory = algebra->no_memory || !p;
    }
    if (!p) {
        return NULL;
    }
    p->scale = 1.0;
    p->n = n;
    p->term = (e2l_term *)(void *)(p + 1);
    if (n > 0) {
        memcpy(p->term, terms, n * sizeof *terms);
    }
    return p;
}

static bool usable(double coefficient)
{
    double size = fabs(coefficient);
    return size >= DBL_MIN && size <= DBL_MAX;
}

static double gcd(double a, double b)
{
    while (b > 0.0) {
        double rest = fmod(a, b);
        a = b;
        b = rest;
    }
    return a;
}

/* Divides integer k by their greatest common divisor, which goes to the scale. */
static bool reduce(e2l_poly *p)
{
    double divisor = 0.0;
    for (size_t i = 0; i < p->n; i++) {
        if (fabs(p->term[i].k) > exact_integers) {
            return false;
        }
        divisor = gcd(fabs(p->term[i].k), divisor);
    }
    for (size_t i = 0; i < p->n; i++) {
        p->term[i].k /= divisor;
    }
    p->scale = p->n > 0 ? p->scale * divisor : 1.0;
    return p->n == 0 || usable(p->scale);
}

/* All coefficients are integers times `unit`, to the bit of the product. */
static bool divides_all(const e2l_poly *p, double unit)
{
    for (size_t i = 0; i < p->n; i++) {
        double k = nearbyint(p->term[i].k / unit);
        if (k == 0.0 || fabs(k) > small_integers || k * unit != p->term[i].k) {
            return false;
        }
    }
    return true;
}

/* The largest unit of which all coefficients are small multiples; 0 when there is none. */
static double common_unit(const e2l_poly *p)
{
    enum { LARGEST_PART = 12 };
    double least = DBL_MAX;
    bool integers = true;
    for (size_t i = 0; i < p->n; i++) {
        double size = fabs(p->term[i].k);
        least = size < least ? size : least;
        integers = integers && size <= exact_integers && size == nearbyint(size);
    }
    if (integers) {
        return 1.0;
    }
    for (int part = 1; part <= LARGEST_PART; part++) {
        double unit = least / part;
        if (usable(unit) && divides_all(p, unit)) {
            return unit;
        }
    }
    return 0.0;
}

/* Coefficients (scale 1) into the normal form. */
static const e2l_poly *normalise(e2l_poly *p)
{
    double unit = common_unit(p);
    p->scale = 1.0;
    p->rough = unit == 0.0;
    if (p->rough || p->n == 0) {
        return p;
    }
    for (size_t i = 0; i < p->n; i++) {
        p->term[i].k = unit == 1.0 ? p->term[i].k : nearbyint(p->term[i].k / unit);
    }
    p->scale = unit;
    return reduce(p) ? p : NULL;
}

/* Adds a term to the sorted scratch; false when there is no room. */
static bool collect(e2l_term *terms, size_t *n, double k, const e2l_monomial *m)
{
    size_t low = 0, high = *n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = e2l_monomial_compare(&terms[middle].m, m);
        if (order == 0) {
            terms[middle].k += k; /* dropped in the end when it is 0 */
            return true;
        }
        if (order > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (*n == E2L_POLY_PAIRS) {
        return false;
    }
    memmove(&terms[low + 1], &terms[low], (*n - low) * sizeof *terms);
    terms[low] = (e2l_term){.k = k, .m = *m};
    (*n)++;
    return true;
}

/* The scratch without zeros, as a polynomial of integers (times scale) or of coefficients. */
static const e2l_poly *collected(e2l_algebra *algebra, size_t n, double scale, bool integers)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        double k = algebra->scratch[i].k;
        if (k == 0.0) {
            continue;
        }
        if (!usable(k)) {
            return NULL;
        }
        algebra->scratch[kept++] = algebra->scratch[i];
    }
    e2l_poly *p = poly_create(algebra, algebra->scratch, kept);
    if (!p) {
        return NULL;
    }
    if (!integers) {
        return normalise(p);
    }
    p->scale = scale;
    return reduce(p) ? p : NULL;
}

/* ---- arithmetic ---- */

const e2l_poly *e2l_poly_const(e2l_algebra *algebra, double value)
{
    e2l_term term = {.k = value < 0.0 ? -1.0 : 1.0};
    e2l_poly *p = poly_create(algebra, &term, value == 0.0 ? 0 : 1);
    if (p && p->n > 0) {
        p->scale = fabs(value);
    }
    return p;
}

const e2l_poly *e2l_poly_atom(e2l_algebra *algebra, uint32_t atom)
{
    e2l_term term = {.k = 1.0, .m = {.n = 1, .at = {atom}}};
    return poly_create(algebra, &term, 1);
}

double e2l_poly_coefficient(const e2l_poly *a, size_t i)
{
    return a->scale * a->term[i].k;
}

const e2l_poly *e2l_poly_add(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *b)
{
    bool integers = !a->rough && !b->rough && a->scale == b->scale;
    size_t n = 0;
    for (int side = 0; side < 2; side++) {
        const e2l_poly *p = side == 0 ? a : b;
        for (size_t i = 0; i < p->n; i++) {
            double k = integers ? p->term[i].k : e2l_poly_coefficient(p, i);
            if (!collect(algebra->scratch, &n, k, &p->term[i].m)) {
                return NULL;
            }
        }
    }
    return collected(algebra, n, a->scale, integers);
}

const e2l_poly *e2l_poly_neg(e2l_algebra *algebra, const e2l_poly *a)
{
    e2l_poly *p = poly_create(algebra, a->term, a->n);
    if (!p) {
        return NULL;
    }
    p->scale = a->scale;
    p->rough = a->rough;
    for (size_t i = 0; i < p->n; i++) {
        p->term[i].k = -p->term[i].k;
    }
    return p;
}

const e2l_poly *e2l_poly_mul(e2l_algebra *algebra, const e2l_poly *a, const e2l_poly *b)
{
    bool integers = !a->rough && !b->rough;
    size_t n = 0;
    if (a->n * b->n > E2L_POLY_PAIRS || a->n * b->n > algebra->budget) {
        return NULL;
    }
    algebra->budget -= a->n * b->n;
    for (size_t i = 0; i < a->n; i++) {
        for (size_t j = 0; j < b->n; j++) {
            e2l_monomial m;
            double k = integers ? a->term[i].k * b->term[j].k
                                : e2l_poly_coefficient(a, i) * e2l_poly_coefficient(b, j);
            bool fits = usable(k) && (!integers || fabs(k) <= exact_integers) &&
                        monomial_mul(&a->term[i].m, &b->term[j].m, &m);
            if (!fits || !collect(algebra->scratch, &n, k, &m)) {
                return NULL;
            }
        }
    }
    return collected(algebra, n, a->scale * b->scale, integers);
}

const e2l_poly *e2l_poly_from(e2l_algebra *algebra, const e2l_term *terms, size_t n)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!collect(algebra->scratch, &n_kept, terms[i].k, &terms[i].m)) {
            return NULL;
        }
    }
    return collected(algebra, n_kept, 1.0, false);
}

const e2l_poly *e2l_poly_over(e2l_algebra *algebra, const e2l_poly *a, double c)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        double k = e2l_poly_coefficient(a, i) / c;
        if (!usable(k) || !collect(algebra->scratch, &n, k, &a->term[i].m)) {
            return NULL;
        }
    }
    return collected(algebra, n, 1.0, false);
}

const e2l_poly *e2l_poly_primitive(e2l_algebra *algebra, const e2l_poly *a)
{
    e2l_poly *p = poly_create(algebra, a->term, a->n);
    if (p) {
        p->rough = a->rough;
    }
    return p;
}

bool e2l_poly_is_const(const e2l_poly *a, double *value)
{
    *value = a->n == 1 ? e2l_poly_coefficient(a, 0) : 0.0;
    return a->n == 0 || (a->n == 1 && a->term[0].m.n == 0);
}

bool e2l_poly_equal(const e2l_poly *a, const e2l_poly *b)
{
    if (a->n != b->n || a->rough != b->rough || a->scale != b->scale) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (a->term[i].k != b->term[i].k || e2l_monomial_compare(&a->term[i].m, &b->term[i].m) != 0) {
            return false;
        }
    }
    return true;
}

e2l_monomial e2l_poly_common(const e2l_poly *a)
{
    e2l_monomial common = a->term[0].m;
    for (size_t i = 1; i < a->n; i++) {
        common = monomial_common(&common, &a->term[i].m);
    }
    return common;
}

const e2l_poly *e2l_poly_strip(e2l_algebra *algebra, const e2l_poly *a, const e2l_monomial *m)
{
    e2l_poly *p = poly_create(algebra, a->term, a->n);
    if (!p) {
        return NULL;
    }
    p->scale = a->scale;
    p->rough = a->rough;
    for (size_t i = 0; i < p->n; i++) {
        for (uint32_t j = 0; j < m->n; j++) {
            p->term[i].m = e2l_monomial_without(&p->term[i].m, m->at[j]);
        }
    }
    return p; /* dividing by a common monomial keeps the order */
}
