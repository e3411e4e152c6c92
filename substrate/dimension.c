/* dimension.c: see dimension.h. Units of the SI and their prefixes: BIPM, The International System of Units, 9th edition (2019). */
#include "substrate/dimension.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct named_unit {
    const char *name;
    int power[E2L_N_BASE_UNITS]; /* m, kg, s, A, K, mol */
    int scale;                   /* power of ten */
} named_unit;

static const named_unit units[] = {
    {"1", {0}, 0},
    {"rad", {0}, 0},
    {"s", {0, 0, 1, 0, 0, 0}, 0},
    {"V", {2, 1, -3, -1, 0, 0}, 0},
    {"A", {0, 0, 0, 1, 0, 0}, 0},
    {"S", {-2, -1, 3, 2, 0, 0}, 0},
    {"Ohm", {2, 1, -3, -2, 0, 0}, 0},
    {"F", {-2, -1, 4, 2, 0, 0}, 0},
    {"C", {0, 0, 1, 1, 0, 0}, 0},
    {"Hz", {0, 0, -1, 0, 0, 0}, 0},
    {"m", {1, 0, 0, 0, 0, 0}, 0},
    {"g", {0, 1, 0, 0, 0, 0}, -3},
    {"N", {1, 1, -2, 0, 0, 0}, 0},
    {"J", {2, 1, -2, 0, 0, 0}, 0},
    {"W", {2, 1, -3, 0, 0, 0}, 0},
    {"K", {0, 0, 0, 0, 1, 0}, 0},
    {"mol", {0, 0, 0, 0, 0, 1}, 0},
    {"M", {-3, 0, 0, 0, 0, 1}, 3}, /* mol per litre */
};
static const struct {
    const char *name;
    int scale;
} prefixes[] = {{"f", -15}, {"p", -12}, {"n", -9}, {"u", -6}, {"\xc2\xb5", -6}, {"m", -3}, {"c", -2}, {"d", -1}, {"k", 3}, {"M", 6}, {"G", 9}};
enum { N_UNITS = sizeof units / sizeof *units, N_PREFIXES = sizeof prefixes / sizeof *prefixes, NAME_BYTES = 24, MOST_POWER = 9 };

/* ---- text ------------------------------------------------------------------------------------------------ */
static bool find_unit(const char *name, e2l_dimension *out)
{
    for (size_t p = 0; p <= N_PREFIXES; p++) { /* without a prefix first: m is the metre, ms a millisecond */
        const size_t length = p == 0 ? 0 : strlen(prefixes[p - 1].name);
        if (p > 0 && strncmp(name, prefixes[p - 1].name, length) != 0) {
            continue;
        }
        for (size_t k = p == 0 ? 0 : 2; k < N_UNITS; k++) {
            if (strcmp(name + length, units[k].name) == 0) {
                *out = (e2l_dimension){.kind = E2L_DIMENSION_UNIT, .scale = 2 * (units[k].scale + (p == 0 ? 0 : prefixes[p - 1].scale))};
                for (int b = 0; b < E2L_N_BASE_UNITS; b++) {
                    out->power[b] = 2 * units[k].power[b];
                }
                return true;
            }
        }
    }
    return false;
}

static e2l_status unknown_unit(e2l_ctx *ctx, const char *name, const char *text)
{
    static const char *const usual[] = {"mV", "ms", "pA", "nS", "pF", "GOhm", "MOhm", "Hz", "kHz", "nA", "uA", "s", "V", "uS", "nF", "1", "um", "mM"};
    char hint[96];
    return e2l_fail(ctx, E2L_INPUT, "unit '%.40s': '%.20s' unknown%s", text, name,
                    e2l_did_you_mean(hint, sizeof hint, name, usual, sizeof usual / sizeof *usual));
}

/* One unit with its power from *at on. */
static e2l_status parse_factor(e2l_ctx *ctx, const char *text, const char **at, e2l_dimension *out)
{
    char name[NAME_BYTES];
    const size_t n = strcspn(*at, "*/^ ");
    if (n == 0 || n >= sizeof name) {
        return e2l_fail(ctx, E2L_INPUT, "unit '%.40s': expected a product like mV, 1/ms or pA*ms^2", text);
    }
    memcpy(name, *at, n);
    name[n] = '\0';
    *at += n;
    if (!find_unit(name, out)) {
        return unknown_unit(ctx, name, text);
    }
    if (**at == '^') {
        char *end;
        const long power = strtol(*at + 1, &end, 10);
        if (end == *at + 1 || power < -MOST_POWER || power > MOST_POWER) {
            return e2l_fail(ctx, E2L_INPUT, "unit '%.40s': expected a whole power from -%d to %d", text, MOST_POWER, MOST_POWER);
        }
        *at = end;
        *out = e2l_dimension_power(out, (double)power);
    }
    return E2L_OK;
}

e2l_status e2l_dimension_parse(e2l_ctx *ctx, e2l_dimension *out, const char *text)
{
    *out = (e2l_dimension){.kind = E2L_DIMENSION_UNKNOWN};
    if (!text || !text[0]) {
        return E2L_OK;
    }
    e2l_dimension all = {.kind = E2L_DIMENSION_UNIT};
    const char *at = text;
    int sign = 1;
    bool more; /* is promised by a * or / */
    do {
        e2l_dimension one;
        e2l_status status = parse_factor(ctx, text, &at, &one);
        if (status != E2L_OK) {
            return status;
        }
        all = e2l_dimension_product(&all, &one, sign);
        sign = 1;
        for (more = false; *at == ' ' || *at == '*' || *at == '/'; at++) {
            sign = *at == '/' ? -1 : sign;
            more = more || *at != ' ';
        }
    } while (*at || more);
    *out = all;
    return E2L_OK;
}

/* Powers of mV, ms and pA; false when length, mass, temperature or amount are left. */
static bool in_neuron_units(const e2l_dimension *d, int power[3], int *scale)
{
    power[0] = d->power[1];                       /* mass stands in the volt alone */
    power[2] = d->power[3] + power[0];            /* V has A^-1 */
    power[1] = d->power[2] + 3 * power[0];        /* and s^-3 */
    *scale = d->scale + 3 * power[0] + 3 * power[1] + 12 * power[2];
    return d->power[0] == 2 * power[0] && d->power[4] == 0 && d->power[5] == 0;
}

static void put_power(char *text, size_t room, const char *name, int twice, bool *any)
{
    const size_t n = strlen(text);
    const int power = twice < 0 ? -twice : twice;
    if (twice == 0) {
        return;
    }
    const char *between = twice < 0 ? "/" : *any ? "*" : "";
    if (power == 2) {
        (void)snprintf(text + n, room - n, "%s%s%s", !*any && twice < 0 ? "1" : "", between, name);
    } else {
        (void)snprintf(text + n, room - n, "%s%s%s^%g", !*any && twice < 0 ? "1" : "", between, name, power / 2.0);
    }
    *any = true;
}

const char *e2l_dimension_print(char buffer[E2L_DIMENSION_BYTES], const e2l_dimension *d)
{
    static const char *const base[] = {"m", "kg", "s", "A", "K", "mol"}, *const neuron[] = {"mV", "ms", "pA"};
    static const struct {
        const char *name;
        int power[3];
    } short_names[] = {{"nS", {-2, 0, 2}}, {"GOhm", {2, 0, -2}}, {"pF", {-2, 2, 2}}};
    int power[3], scale;
    bool any = false;
    buffer[0] = '\0';
    if (d->kind != E2L_DIMENSION_UNIT) {
        return buffer;
    }
    const bool fits = in_neuron_units(d, power, &scale);
    scale = fits ? scale : d->scale;
    if (scale != 0) {
        (void)snprintf(buffer, E2L_DIMENSION_BYTES, "1e%g ", scale / 2.0);
    }
    for (size_t k = 0; fits && k < sizeof short_names / sizeof *short_names; k++) {
        if (memcmp(power, short_names[k].power, sizeof power) == 0) {
            put_power(buffer, E2L_DIMENSION_BYTES, short_names[k].name, 2, &any);
            return buffer;
        }
    }
    for (int sign = 1; sign >= -1; sign -= 2) { /* what is divided by comes last */
        for (int k = 0; k < (fits ? 3 : E2L_N_BASE_UNITS); k++) {
            const int one = fits ? power[k] : d->power[k];
            put_power(buffer, E2L_DIMENSION_BYTES, fits ? neuron[k] : base[k], one * sign > 0 ? one : 0, &any);
        }
    }
    if (!any) {
        (void)snprintf(buffer + (scale != 0 ? strlen(buffer) - 1 : 0), 2, "%s", scale != 0 ? "" : "1");
    }
    return buffer;
}

/* ---- algebra --------------------------------------------------------------------------------------------- */
bool e2l_dimension_agree(const e2l_dimension *a, const e2l_dimension *b)
{
    if (a->kind != E2L_DIMENSION_UNIT || b->kind != E2L_DIMENSION_UNIT) {
        return true;
    }
    return a->scale == b->scale && memcmp(a->power, b->power, sizeof a->power) == 0;
}

static bool is_plain(const e2l_dimension *d)
{
    const e2l_dimension one = {.kind = E2L_DIMENSION_UNIT};
    return e2l_dimension_agree(d, &one);
}

e2l_dimension e2l_dimension_product(const e2l_dimension *a, const e2l_dimension *b, int sign)
{
    if (a->kind == E2L_DIMENSION_UNKNOWN || b->kind == E2L_DIMENSION_UNKNOWN) {
        return (e2l_dimension){.kind = E2L_DIMENSION_UNKNOWN};
    }
    const bool numbers = a->kind == E2L_DIMENSION_NUMBER && b->kind == E2L_DIMENSION_NUMBER;
    e2l_dimension out = {.kind = numbers ? E2L_DIMENSION_NUMBER : E2L_DIMENSION_UNIT, .scale = a->scale + sign * b->scale};
    for (int k = 0; k < E2L_N_BASE_UNITS; k++) {
        out.power[k] = a->power[k] + sign * b->power[k];
    }
    return out;
}

e2l_dimension e2l_dimension_power(const e2l_dimension *a, double exponent)
{
    e2l_dimension out = *a;
    bool whole = true;
    for (int k = 0; k < E2L_N_BASE_UNITS; k++) {
        whole = whole && a->power[k] * exponent == floor(a->power[k] * exponent);
        out.power[k] = (int)fmax(-1e6, fmin(1e6, a->power[k] * exponent));
    }
    whole = whole && a->scale * exponent == floor(a->scale * exponent);
    out.scale = (int)fmax(-1e6, fmin(1e6, a->scale * exponent));
    return whole ? out : (e2l_dimension){.kind = E2L_DIMENSION_UNKNOWN};
}

/* ---- through a formula ----------------------------------------------------------------------------------- */
typedef struct walk {
    const e2l_node *nodes;
    e2l_dimension *out;
    size_t n_clashes;
    e2l_dimension_clash *clash;
} walk;

static void clash(walk *w, uint32_t node, const e2l_dimension *a, const e2l_dimension *b)
{
    if (w->n_clashes++ == 0) {
        *w->clash = (e2l_dimension_clash){.node = node, .a = *a, .alone = b == NULL};
        w->clash->b = b ? *b : (e2l_dimension){.kind = E2L_DIMENSION_UNKNOWN};
    }
}

/* Arguments from `first` on agree: their unit, unknown after a clash. */
static e2l_dimension same(walk *w, uint32_t node, uint32_t first)
{
    const e2l_node *n = &w->nodes[node];
    e2l_dimension found = w->out[n->arg[first]];
    for (uint32_t k = first + 1; k < n->primitive->arity; k++) {
        const e2l_dimension *one = &w->out[n->arg[k]];
        if (!e2l_dimension_agree(&found, one)) {
            clash(w, node, &found, one);
            return (e2l_dimension){.kind = E2L_DIMENSION_UNKNOWN};
        }
        if (found.kind != E2L_DIMENSION_UNIT && (one->kind == E2L_DIMENSION_UNIT || one->kind == E2L_DIMENSION_UNKNOWN)) {
            found = *one;
        }
    }
    return found;
}

static void plain(walk *w, uint32_t node, uint32_t k)
{
    const e2l_dimension *one = &w->out[w->nodes[node].arg[k]];
    if (!is_plain(one)) {
        clash(w, node, one, NULL);
    }
}

static e2l_dimension to_power(walk *w, uint32_t node)
{
    const e2l_node *n = &w->nodes[node], *exponent = &w->nodes[n->arg[1]];
    const e2l_dimension *base = &w->out[n->arg[0]];
    plain(w, node, 1);
    if (exponent->kind == E2L_NODE_CONST) {
        return e2l_dimension_power(base, exponent->value);
    }
    return is_plain(base) ? *base : (e2l_dimension){.kind = E2L_DIMENSION_UNKNOWN};
}

static e2l_dimension of_call(walk *w, uint32_t node)
{
    const e2l_node *n = &w->nodes[node];
    const e2l_dimension number = {.kind = E2L_DIMENSION_NUMBER};
    switch (n->primitive->unit_rule) {
    case E2L_UNIT_SAME: return same(w, node, 0);
    case E2L_UNIT_PRODUCT: return e2l_dimension_product(&w->out[n->arg[0]], &w->out[n->arg[1]], 1);
    case E2L_UNIT_QUOTIENT: return e2l_dimension_product(&w->out[n->arg[0]], &w->out[n->arg[1]], -1);
    case E2L_UNIT_SQRT: return e2l_dimension_power(&w->out[n->arg[0]], 0.5);
    case E2L_UNIT_SQUARE: return e2l_dimension_power(&w->out[n->arg[0]], 2);
    case E2L_UNIT_DIMENSIONLESS:
        for (uint32_t k = 0; k < n->primitive->arity; k++) {
            plain(w, node, k);
        }
        return number;
    case E2L_UNIT_COMPARE: (void)same(w, node, 0); return number;
    case E2L_UNIT_SELECT: return same(w, node, 1);
    case E2L_UNIT_POWER: return to_power(w, node);
    case E2L_UNIT_SIGN:
    default: return number;
    }
}

/* 20 may be 20 ms; what only counts or halves is a plain number. */
static e2l_dimension of_constant(double value)
{
    const double size = fabs(value);
    const bool counts = size == 0 || size == 0.5 || size == 1 || size == 2;
    return (e2l_dimension){.kind = counts ? E2L_DIMENSION_NUMBER : E2L_DIMENSION_UNKNOWN};
}

size_t e2l_dimension_of(const e2l_expr *expr, const e2l_dimension *names, e2l_dimension *out, e2l_dimension_clash *first)
{
    walk w = {.nodes = e2l_expr_nodes(expr), .out = out, .clash = first};
    for (uint32_t k = 0; k < e2l_expr_n_nodes(expr); k++) {
        out[k] = w.nodes[k].kind == E2L_NODE_CALL   ? of_call(&w, k)
                 : w.nodes[k].kind == E2L_NODE_NAME ? names[w.nodes[k].name]
                                                    : of_constant(w.nodes[k].value);
    }
    return w.n_clashes;
}

/* ---- backwards ------------------------------------------------------------------------------------------- */
/* holds[k]: the name stands in node k. */
static void mark(const e2l_node *nodes, size_t n, uint32_t which, bool *holds)
{
    for (size_t at = 0; at < n; at++) {
        holds[at] = nodes[at].kind == E2L_NODE_NAME && nodes[at].name == which;
        for (uint32_t k = 0; nodes[at].kind == E2L_NODE_CALL && k < nodes[at].primitive->arity; k++) {
            holds[at] = holds[at] || holds[nodes[at].arg[k]];
        }
    }
}

/* What argument k must have for the call to have `wanted`. */
static e2l_dimension wanted_of(const e2l_node *node, const e2l_dimension *known, uint32_t k, e2l_dimension wanted)
{
    const e2l_dimension one = {.kind = E2L_DIMENSION_UNIT}, unknown = {.kind = E2L_DIMENSION_UNKNOWN};
    const e2l_dimension *other = &known[node->arg[node->primitive->arity > 1 ? 1 - (k > 0) : 0]];
    switch (node->primitive->unit_rule) {
    case E2L_UNIT_SAME: return wanted.kind == E2L_DIMENSION_UNIT || node->primitive->arity < 2 ? wanted : *other;
    case E2L_UNIT_COMPARE: return *other;
    case E2L_UNIT_PRODUCT: return e2l_dimension_product(&wanted, other, -1);
    case E2L_UNIT_QUOTIENT: return k == 0 ? e2l_dimension_product(&wanted, other, 1) : e2l_dimension_product(other, &wanted, -1);
    case E2L_UNIT_SQRT: return e2l_dimension_power(&wanted, 2);
    case E2L_UNIT_SQUARE: return e2l_dimension_power(&wanted, 0.5);
    case E2L_UNIT_DIMENSIONLESS: return one;
    case E2L_UNIT_SELECT: return k == 0 ? unknown : wanted.kind == E2L_DIMENSION_UNIT ? wanted : known[node->arg[3 - k]];
    case E2L_UNIT_POWER: return k == 1 ? one : unknown;
    case E2L_UNIT_SIGN:
    default: return unknown;
    }
}

e2l_dimension e2l_dimension_solve(const e2l_expr *expr, const e2l_dimension *known, uint32_t which, e2l_dimension wanted)
{
    bool holds[E2L_EXPR_MAX_NODES];
    const e2l_node *nodes = e2l_expr_nodes(expr);
    const size_t n = e2l_expr_n_nodes(expr);
    uint32_t at = (uint32_t)n - 1;
    mark(nodes, n, which, holds);
    while (nodes[at].kind == E2L_NODE_CALL) {
        uint32_t k = 0;
        while (k < nodes[at].primitive->arity && !holds[nodes[at].arg[k]]) {
            k++;
        }
        if (k == nodes[at].primitive->arity) {
            return (e2l_dimension){.kind = E2L_DIMENSION_UNKNOWN};
        }
        wanted = wanted_of(&nodes[at], known, k, wanted);
        at = nodes[at].arg[k];
    }
    return nodes[at].kind == E2L_NODE_NAME && nodes[at].name == which ? wanted : (e2l_dimension){.kind = E2L_DIMENSION_UNKNOWN};
}
