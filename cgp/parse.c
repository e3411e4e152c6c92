/* parse.c: text to DAG by recursive descent.

   Which operators there are, their symbols and levels is read from the primitives' records. Nesting is counted,
   so that recursion is bounded by E2L_EXPR_MAX_DEPTH whatever the text; sums and products of any length are
   loops. Columns count bytes from 1.

     binary(level) = unary { infix of that level or tighter, binary(level + 1) }
     unary         = prefix unary | power
     power         = primary [ "^" unary ]
     primary       = number | inf | name | name "(" binary, ... ")" | "(" binary ")" */
#include <stdio.h>
#include <string.h>

#include "cgp/expr.h"
#include "cgp/number.h"

enum {
    MAX_NAME = 255,  /* bytes of a name */
    SHORT_LIST = 12, /* longest list of allowed names that an error spells out */
    MAX_PRODUCT = 4  /* x^2, x^3, x^4 are products */
};

typedef struct parser {
    e2l_ctx *ctx;
    const char *text;
    size_t length, at;
    size_t depth;
    const e2l_scope *scope;
    e2l_builder *builder;
    const e2l_primitive *mul, *pow;
    e2l_status status; /* the first failure; the context holds its message */
} parser;

static uint32_t parse_binary(parser *p, int level);
static uint32_t parse_unary(parser *p);

/* ---- errors ---- */

/* What stands at `at`, in words: a name, a number, a character. */
static const char *found(const parser *p, size_t at, char *buffer, size_t size)
{
    if (at >= p->length) {
        (void)snprintf(buffer, size, "the end of the text");
        return buffer;
    }
    unsigned char c = (unsigned char)p->text[at];
    if (c < ' ' || c > '~') {
        (void)snprintf(buffer, size, "byte 0x%02x", c);
        return buffer;
    }
    (void)snprintf(buffer, size, "'%c'", c);
    return buffer;
}

/* "column C: expected WHAT, found X". */
static uint32_t fail_expected(parser *p, size_t at, const char *what, const char *hint)
{
    char buffer[32];
    p->status = e2l_fail(p->ctx, E2L_INPUT, "column %zu: expected %s, found %s%s", at + 1, what,
                         found(p, at, buffer, sizeof buffer), hint);
    return E2L_NO_NODE;
}

static bool enter(parser *p)
{
    if (p->depth >= E2L_EXPR_MAX_DEPTH) {
        p->status = e2l_fail(p->ctx, E2L_INPUT, "column %zu: nested too deeply; allowed: %d levels", p->at + 1,
                             (int)E2L_EXPR_MAX_DEPTH);
        return false;
    }
    p->depth++;
    return true;
}

static void leave(parser *p)
{
    p->depth--;
}

/* ---- characters ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const parser *p, size_t ahead)
{
    return p->at + ahead < p->length ? p->text[p->at + ahead] : '\0';
}

static void skip_space(parser *p)
{
    while (p->at < p->length && strchr(" \t\r\n", p->text[p->at]) && p->text[p->at] != '\0') {
        p->at++;
    }
}

/* Bytes of the name at the present place, 0 when none: letters and digits, parts joined by dots. */
static size_t name_length(const parser *p)
{
    size_t n = 0;
    if (!is_letter(peek(p, 0))) {
        return 0;
    }
    for (;;) {
        char c = peek(p, n);
        bool joins = c == '.' && is_letter(peek(p, n + 1));
        if (!is_letter(c) && !is_digit(c) && !joins) {
            return n;
        }
        n++;
    }
}

/* The operator of this notation with the longest symbol that stands here, or NULL. */
static const e2l_primitive *operator_here(const parser *p, e2l_notation notation)
{
    const e2l_primitive *best = NULL;
    size_t longest = 0;
    for (size_t k = 0; k < e2l_n_primitives; k++) {
        const e2l_primitive *primitive = e2l_primitives[k];
        if (primitive->notation != notation || !primitive->symbol) {
            continue;
        }
        size_t n = strlen(primitive->symbol);
        if (n > longest && n <= p->length - p->at && memcmp(p->text + p->at, primitive->symbol, n) == 0) {
            best = primitive;
            longest = n;
        }
    }
    return best;
}

/* ---- names and calls ---- */

/* "; allowed: a, b, c" when the list is short, else "; did you mean 'b'?" when one is near. */
static void name_hint(char *buffer, size_t size, const char *name, const char *const *names, size_t n)
{
    (void)e2l_did_you_mean(buffer, size, name, names, n);
    if (n == 0 || n > SHORT_LIST) {
        return;
    }
    size_t used = strlen(buffer);
    for (size_t k = 0; k < n && used + 1 < size; k++) {
        int more = snprintf(buffer + used, size - used, "%s%s", k == 0 ? "; allowed: " : ", ", names[k]);
        used += more > 0 ? (size_t)more : 0;
    }
}

static bool in_scope(const e2l_scope *scope, const char *name, size_t length)
{
    if (!scope || scope->any_name || !scope->names) {
        return true;
    }
    for (size_t k = 0; k < scope->n_names; k++) {
        if (strlen(scope->names[k]) == length && memcmp(scope->names[k], name, length) == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t fail_name(parser *p, size_t start, const char *name)
{
    char hint[E2L_MESSAGE_BYTES / 2];
    name_hint(hint, sizeof hint, name, p->scope->names, p->scope->n_names);
    p->status = e2l_fail(p->ctx, E2L_INPUT, "column %zu: unknown name '%s'%s", start + 1, name, hint);
    return E2L_NO_NODE;
}

static uint32_t fail_function(parser *p, size_t start, const char *name)
{
    char hint[E2L_MESSAGE_BYTES / 2] = "";
    bool is_name = p->scope && p->scope->names && in_scope(p->scope, name, strlen(name));
    const char **names = e2l_alloc(p->ctx, e2l_n_primitives, sizeof *names);
    if (!names) {
        p->status = E2L_NOMEM;
        return E2L_NO_NODE;
    }
    e2l_primitive_names(names);
    name_hint(hint, sizeof hint, name, names, e2l_n_primitives);
    e2l_free(p->ctx, names);
    p->status = e2l_fail(p->ctx, E2L_INPUT, "column %zu: unknown function '%s'%s", start + 1, name,
                   is_name ? "; it is a name: a product is written with *" : hint);
    return E2L_NO_NODE;
}

static uint32_t fail_count(parser *p, const e2l_primitive *primitive, size_t n, size_t start)
{
    p->status = e2l_fail(p->ctx, E2L_INPUT, "column %zu: %s() takes %u argument%s, found %s%zu", start + 1,
                   primitive->name, primitive->arity, primitive->arity == 1 ? "" : "s",
                   n > primitive->arity ? "at least " : "", n);
    return E2L_NO_NODE;
}

/* The arguments behind "(", up to and with ")". `at` stands on "(". */
static uint32_t parse_arguments(parser *p, const e2l_primitive *primitive, size_t start)
{
    uint32_t args[E2L_MAX_ARITY] = {0};
    size_t n = 0;
    p->at++;
    skip_space(p);
    if (peek(p, 0) == ')') {
        return fail_count(p, primitive, 0, start);
    }
    for (;;) {
        uint32_t arg = parse_binary(p, E2L_LEVEL_OR);
        if (arg == E2L_NO_NODE) {
            return E2L_NO_NODE;
        }
        if (n == primitive->arity) {
            return fail_count(p, primitive, n + 1, start);
        }
        args[n++] = arg;
        skip_space(p);
        if (peek(p, 0) != ',') {
            break;
        }
        p->at++;
    }
    if (peek(p, 0) != ')') {
        return fail_expected(p, p->at, "an operator, ',' or ')'", "");
    }
    p->at++;
    return n == primitive->arity ? e2l_builder_call(p->builder, primitive, args)
                                 : fail_count(p, primitive, n, start);
}

static uint32_t parse_call(parser *p, const char *name, size_t start)
{
    const e2l_primitive *primitive = e2l_primitive_find(name);
    if (!primitive) {
        return fail_function(p, start, name);
    }
    if (!enter(p)) {
        return E2L_NO_NODE;
    }
    uint32_t node = parse_arguments(p, primitive, start);
    leave(p);
    return node;
}

static uint32_t parse_word(parser *p, size_t n)
{
    char name[MAX_NAME + 1];
    size_t start = p->at;
    if (n > MAX_NAME) {
        p->status = e2l_fail(p->ctx, E2L_INPUT, "column %zu: a name of %zu bytes; allowed: at most %d", start + 1, n,
                       (int)MAX_NAME);
        return E2L_NO_NODE;
    }
    memcpy(name, p->text + start, n);
    name[n] = '\0';
    p->at += n;
    skip_space(p);
    if (peek(p, 0) == '(') {
        return parse_call(p, name, start);
    }
    if (strcmp(name, "inf") == 0) {
        return e2l_builder_const(p->builder, (double)__builtin_inf());
    }
    if (strcmp(name, "nan") == 0) {
        p->status = e2l_fail(p->ctx, E2L_INPUT, "column %zu: 'nan' is no constant of the language", start + 1);
        return E2L_NO_NODE;
    }
    return in_scope(p->scope, name, n) ? e2l_builder_name(p->builder, name, n) : fail_name(p, start, name);
}

/* ---- primaries ---- */

static uint32_t parse_number(parser *p, size_t n, double value)
{
    size_t start = p->at;
    p->at += n;
    if (value > __DBL_MAX__) {
        p->status = e2l_fail(p->ctx, E2L_INPUT, "column %zu: constant '%.*s' out of range; allowed: up to 1.797e308",
                       start + 1, (int)(n < 40 ? n : 40), p->text + start);
        return E2L_NO_NODE;
    }
    return e2l_builder_const(p->builder, value);
}

static uint32_t parse_parentheses(parser *p)
{
    size_t start = p->at;
    if (!enter(p)) {
        return E2L_NO_NODE;
    }
    p->at++;
    uint32_t node = parse_binary(p, E2L_LEVEL_OR);
    leave(p);
    if (node == E2L_NO_NODE) {
        return E2L_NO_NODE;
    }
    skip_space(p);
    if (peek(p, 0) != ')') {
        char hint[64];
        (void)snprintf(hint, sizeof hint, " ('(' at column %zu)", start + 1);
        return fail_expected(p, p->at, "an operator or ')'", hint);
    }
    p->at++;
    return node;
}

static uint32_t parse_primary(parser *p)
{
    skip_space(p);
    size_t n = name_length(p);
    if (n > 0) {
        return parse_word(p, n);
    }
    double value;
    n = p->at < p->length ? e2l_number_read(p->text + p->at, p->length - p->at, &value) : 0;
    if (n > 0) {
        return parse_number(p, n, value);
    }
    if (peek(p, 0) == '(') {
        return parse_parentheses(p);
    }
    bool power = peek(p, 0) == '*' && p->at > 0 && p->text[p->at - 1] == '*';
    return fail_expected(p, p->at, "a value", power ? "; a power is written ^" : "");
}

/* ---- operators ---- */

/* How many factors x^exponent has when it is written out as a product; 0: it is a pow. */
static int product_factors(const parser *p, const e2l_primitive *op, uint32_t exponent)
{
    for (int k = 2; k <= MAX_PRODUCT; k++) {
        /* The same constant is the same node. */
        if (op == p->pow && exponent == e2l_builder_const(p->builder, k)) {
            return k;
        }
    }
    return 0;
}

static uint32_t build_power(parser *p, const e2l_primitive *op, uint32_t base, uint32_t exponent)
{
    int n = exponent == E2L_NO_NODE ? 0 : product_factors(p, op, exponent);
    if (n == 0) {
        return e2l_builder_call(p->builder, op, (uint32_t[]){base, exponent});
    }
    uint32_t product = base;
    for (int k = 1; k < n; k++) {
        product = e2l_builder_call(p->builder, p->mul, (uint32_t[]){product, base});
    }
    return product;
}

static uint32_t parse_power(parser *p)
{
    uint32_t base = parse_primary(p);
    if (base == E2L_NO_NODE) {
        return E2L_NO_NODE;
    }
    skip_space(p);
    const e2l_primitive *op = operator_here(p, E2L_NOTATION_INFIX);
    if (!op || op->level != E2L_LEVEL_POWER) {
        return base;
    }
    if (!enter(p)) {
        return E2L_NO_NODE;
    }
    p->at += strlen(op->symbol);
    uint32_t exponent = parse_unary(p);
    leave(p);
    return exponent == E2L_NO_NODE ? E2L_NO_NODE : build_power(p, op, base, exponent);
}

static uint32_t parse_unary(parser *p)
{
    skip_space(p);
    const e2l_primitive *op = operator_here(p, E2L_NOTATION_PREFIX);
    if (!op) {
        return parse_power(p);
    }
    if (!enter(p)) {
        return E2L_NO_NODE;
    }
    p->at += strlen(op->symbol);
    uint32_t arg = parse_unary(p);
    leave(p);
    return e2l_builder_call(p->builder, op, (uint32_t[]){arg}); /* folds -constant */
}

static uint32_t fail_chain(parser *p)
{
    p->status = e2l_fail(p->ctx, E2L_INPUT,
                   "column %zu: comparisons do not chain; write (a < b) & (b < c), or use parentheses", p->at + 1);
    return E2L_NO_NODE;
}

static uint32_t parse_binary(parser *p, int level)
{
    uint32_t left = parse_unary(p);
    bool compared = false;
    while (left != E2L_NO_NODE) {
        skip_space(p);
        const e2l_primitive *op = operator_here(p, E2L_NOTATION_INFIX);
        if (!op || op->level < level) {
            return left;
        }
        if (compared && op->level == E2L_LEVEL_COMPARE) {
            return fail_chain(p);
        }
        compared = op->level == E2L_LEVEL_COMPARE;
        p->at += strlen(op->symbol);
        uint32_t right = parse_binary(p, op->level + 1);
        left = right == E2L_NO_NODE
                   ? E2L_NO_NODE
                   : e2l_builder_call(p->builder, op, (uint32_t[]){left, right});
    }
    return E2L_NO_NODE;
}

/* ---- the whole text ---- */

/* Nothing but the end may follow a whole formula. */
static uint32_t parse_all(parser *p)
{
    uint32_t root = parse_binary(p, E2L_LEVEL_OR);
    skip_space(p);
    if (root == E2L_NO_NODE || p->at == p->length) {
        return root;
    }
    char c = peek(p, 0);
    const char *hint = c == '=' ? "; equality is written ==" : "";
    if (c == ')') {
        return fail_expected(p, p->at, "an operator or the end", "; no '(' is open");
    }
    return fail_expected(p, p->at, "an operator", hint);
}

static e2l_status finish(parser *p, uint32_t root, e2l_expr **out)
{
    if (p->status != E2L_OK) {
        return p->status;
    }
    e2l_status status = e2l_builder_finish(p->builder, root, out);
    if (status != E2L_OK || e2l_expr_tree_size(*out) <= E2L_EXPR_MAX_TREE) {
        return status;
    }
    e2l_expr_destroy(p->ctx, *out);
    *out = NULL;
    return e2l_fail(p->ctx, E2L_INPUT, "column 1: the formula written out has more than %d operators and operands",
                    (int)E2L_EXPR_MAX_TREE);
}

e2l_status e2l_expr_parse(e2l_ctx *ctx, e2l_expr **out, const char *text, size_t length,
                          const e2l_scope *scope)
{
    *out = NULL;
    if (length > E2L_EXPR_MAX_TEXT) {
        return e2l_fail(ctx, E2L_INPUT, "column %d: the formula has %zu bytes; allowed: at most %d",
                        (int)E2L_EXPR_MAX_TEXT + 1, length, (int)E2L_EXPR_MAX_TEXT);
    }
    parser p = {.ctx = ctx, .text = text, .length = length, .scope = scope};
    p.mul = e2l_primitive_find("mul");
    p.pow = e2l_primitive_find("pow");
    e2l_status status = e2l_builder_create(ctx, &p.builder);
    if (status != E2L_OK) {
        return status;
    }
    status = finish(&p, parse_all(&p), out);
    e2l_builder_destroy(p.builder);
    return status;
}
