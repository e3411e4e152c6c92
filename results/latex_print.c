/* latex_print.c: DAG to LaTeX.

   Every node becomes a piece: text, level, estimated width. What is too wide for a line gets a name of its own (a_1,
   a_2, ...) and a line below; a sum that is still too wide is broken between its terms. Piecewise definitions (if) and
   large subexpressions that stand in several places get a name as well. Widths are those of Computer Modern at 10 pt, roughly. */
#include "results/latex_print.h"

#include <math.h>
#include <string.h>

#include "cgp/number.h"

enum { SHARED_TREE = 40, MAX_FRACTIONS = 2, MAX_DIGITS = 4, PLAIN_INTEGER_DIGITS = 6 };

/* em. A line of an article has 34.5; what is left is for "a_12 =" and for the roughness of the estimate. */
static const double LINE_EM = 26.0, SHARED_EM = 5.0, BINARY_EM = 1.25, THIN_EM = 0.17, CHAR_EM = 0.5, SUPER = 0.75,
                    BRACKETS_EM = 0.9, PART_EM = 1.1;

typedef struct piece {
    const char *text;
    int level;
    double width;
    bool tall;    /* holds a fraction or cases */
    bool minus;   /* starts with a minus sign that may be merged with a sum */
    int fractions; /* nested */
    size_t part;  /* 0: in place; k: it is a_k */
    const char *head; /* of a product whose last factor is a power: the factors before it, NULL: none */
    size_t base, power; /* of the last factor: node and exponent, power 0: nothing known */
} piece;

typedef struct printer {
    e2l_latex *latex;
    e2l_arena *arena;
    const e2l_expr *expr;
    bool reading; /* the order of evaluation need not show */
    const e2l_node *nodes;
    size_t n_nodes;
    uint32_t *n_uses;
    piece *pieces; /* [n_nodes] as used by others */
    piece *whole;  /* [n_nodes] of parts: what stands on their line */
    size_t *parts; /* node of a_1, a_2, ... */
    size_t n_parts;
    e2l_status status;
} printer;

static const char *keep(printer *p, const e2l_text *text)
{
    e2l_status status = e2l_text_status(text);
    const char *copy = NULL;
    if (status == E2L_OK) {
        copy = e2l_arena_strdup(p->arena, e2l_text_get(text), strlen(e2l_text_get(text)));
        status = copy ? E2L_OK : E2L_NOMEM;
    }
    p->status = p->status == E2L_OK ? status : p->status;
    return copy ? copy : "";
}

static bool is_symbol(const e2l_node *node, const char *symbol)
{
    return node->kind == E2L_NODE_CALL && node->primitive->symbol && strcmp(node->primitive->symbol, symbol) == 0;
}

static bool is_sum(const e2l_node *node)
{
    return node->kind == E2L_NODE_CALL && node->primitive->notation == E2L_NOTATION_INFIX &&
           (is_symbol(node, "+") || is_symbol(node, "-"));
}

/* ---- constants ---- */

static size_t significant_digits(const char *number)
{
    size_t n = 0, zeros = 0;
    for (const char *c = number; *c != '\0' && *c != 'e'; c++) {
        if (*c == '0') {
            zeros++;
        } else if (*c >= '1' && *c <= '9') {
            n += n > 0 ? zeros + 1 : 1;
            zeros = 0;
        }
    }
    return n;
}

/* "c_k" of a value, the same for the same bits. */
static void put_named_constant(printer *p, e2l_text *out, double value)
{
    e2l_latex *l = p->latex;
    size_t k = 0;
    while (k < l->n_constants && memcmp(&l->constants[k], &value, sizeof value) != 0) {
        k++;
    }
    if (k == l->n_constants) {
        l->constants[l->n_constants++] = value;
    }
    e2l_text_appendf(out, "%s_{%zu}", l->constant_letter, k + 1);
}

/* A decimal with an exponent, 1.5e-9, as 1.5 \cdot 10^{-9}; true when it is a product. */
static bool put_scientific(e2l_text *out, const char *number)
{
    const char *e = strchr(number, 'e');
    bool one = e == number + 1 && number[0] == '1';
    if (!one) {
        e2l_text_append_n(out, number, (size_t)(e - number));
        e2l_text_append(out, "\\cdot ");
    }
    e2l_text_appendf(out, "10^{%s}", e + 1);
    return !one;
}

static void put_constant(printer *p, e2l_text *out, piece *made, double value)
{
    char number[E2L_NUMBER_BYTES];
    double size = fabs(value);
    e2l_number_shortest(number, size);
    made->level = E2L_LEVEL_ATOM;
    if (signbit(value)) {
        e2l_text_append(out, "-");
        made->minus = true;
        made->level = E2L_LEVEL_PRODUCT;
    }
    bool whole = strlen(number) <= PLAIN_INTEGER_DIGITS && !strpbrk(number, ".e");
    if (isinf(size)) {
        e2l_text_append(out, "\\infty");
        made->width = 2 * CHAR_EM;
    } else if (!whole && significant_digits(number) > MAX_DIGITS) {
        put_named_constant(p, out, size);
        made->width = PART_EM;
    } else if (strchr(number, 'e')) {
        int level = put_scientific(out, number) ? E2L_LEVEL_PRODUCT : E2L_LEVEL_POWER;
        made->level = level < made->level ? level : made->level;
        made->width = CHAR_EM * (double)strlen(number) + BINARY_EM;
    } else {
        e2l_text_append(out, number);
        made->width = CHAR_EM * (double)strlen(number);
    }
}

/* ---- calls ---- */

static piece bracketed(printer *p, const piece *in)
{
    e2l_text text = {.ctx = p->latex->ctx};
    e2l_text_appendf(&text, in->tall ? "\\left( %s \\right)" : "(%s)", in->text);
    piece out = *in;
    out.text = keep(p, &text);
    out.level = E2L_LEVEL_ATOM;
    out.width += BRACKETS_EM;
    out.minus = false;
    e2l_text_clear(&text);
    return out;
}

/* Argument i as it stands in the call, with brackets where its level asks for them. */
static piece argument(printer *p, const e2l_node *node, uint32_t i)
{
    const e2l_primitive *f = node->primitive;
    const piece *in = &p->pieces[node->arg[i]];
    bool open = f->latex_arg_levels[i] == 0; /* braces or brackets of its own around it */
    bool merges = is_sum(node) && i == 1;
    bool merges_not = f->notation == E2L_NOTATION_INFIX && f->level != E2L_LEVEL_COMPARE && i == 1 && !merges;
    bool after = in->minus && (merges_not || f->arity == 1);
    if (!open && (in->level < f->latex_arg_levels[i] || after)) {
        return bracketed(p, in);
    }
    return *in;
}

/* The function's own brackets: plain ones around low arguments; around tall ones without the space that \left makes
   after an operator's name. */
static size_t put_bracket(e2l_text *out, const char *at, bool tall)
{
    if (strncmp(at, "\\left(", 6) == 0) {
        e2l_text_append(out, tall ? "\\mathopen{}\\left(" : "(");
        return 6;
    }
    if (strncmp(at, "\\right)", 7) == 0) {
        e2l_text_append(out, tall ? "\\right)\\mathclose{}" : ")");
        return 7;
    }
    return 0;
}

static bool is_word(const char *text, size_t n, const char *const *words)
{
    for (; *words; words++) {
        if (strlen(*words) == n && memcmp(*words, text, n) == 0) {
            return true;
        }
    }
    return false;
}

/* Width of the command of n letters: names of functions by their letters, layout nothing, anything else as the sign of
   a relation. */
static double command_width(const char *text, size_t n)
{
    static const char *const functions[] = {"sin", "cos", "tanh", "ln", "exp", "log", "max", "min", NULL};
    static const char *const layout[] = {"left", "right", "operatorname", "text", "frac", "begin", "end", "mathopen",
                                         "mathclose", NULL};
    if (is_word(text, n, functions)) {
        return CHAR_EM * (double)n;
    }
    return n == 0 ? THIN_EM : is_word(text, n, layout) ? 0.0 : BINARY_EM;
}

/* Width of the template without its arguments. */
static double template_width(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    double width = 0.0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '$') {
            c++;
        } else if (*c == '\\') {
            size_t n = strspn(c + 1, letters);
            width += command_width(c + 1, n);
            c += n > 0 ? n : 1;
        } else if (strchr("+-=<>", *c)) {
            width += BINARY_EM;
        } else if (!strchr("{}&^ ", *c)) {
            width += CHAR_EM;
        }
    }
    return width;
}

static double call_width(const e2l_primitive *f, const piece *args)
{
    if (strncmp(f->latex_text, "\\frac", 5) == 0) {
        return fmax(args[0].width, args[1].width) + 0.3;
    }
    double width = template_width(f->latex_text);
    for (const char *c = f->latex_text; *c != '\0'; c++) {
        if (c[0] == '$') {
            bool above = c - f->latex_text >= 2 && c[-1] == '{' && c[-2] == '^';
            width += args[c[1] - '0'].width * (above ? SUPER : 1.0);
            c++;
        }
    }
    return width;
}

/* "$0 > 0" of a comparison [a < b] is the comparison itself. */
static size_t put_condition(const printer *p, e2l_text *out, const e2l_node *node, const char *at, const piece *arg)
{
    static const char test[] = "$0 > 0", open[] = "\\left[", close[] = "\\right]";
    const e2l_node *of = &p->nodes[node->arg[0]];
    bool comparison = of->kind == E2L_NODE_CALL && of->primitive->unit_rule == E2L_UNIT_COMPARE && arg->part == 0;
    size_t n = arg->text ? strlen(arg->text) : 0;
    if (strncmp(at, test, sizeof test - 1) != 0 || !comparison || n < sizeof open + sizeof close ||
        strncmp(arg->text, open, sizeof open - 1) != 0) {
        return 0;
    }
    e2l_text_append_n(out, arg->text + sizeof open - 1, n - (sizeof open - 1) - (sizeof close - 1));
    return sizeof test - 1;
}

static void put_template(const printer *p, e2l_text *out, const e2l_node *node, const piece *args, bool tall)
{
    for (const char *c = node->primitive->latex_text; *c != '\0';) {
        size_t used = put_bracket(out, c, tall);
        used = used > 0 ? used : put_condition(p, out, node, c, &args[0]);
        if (used > 0) {
            c += used;
        } else if (c[0] == '$') {
            e2l_text_append(out, args[c[1] - '0'].text);
            c += 2;
        } else {
            e2l_text_append_n(out, c, 1);
            c++;
        }
    }
}

/* a + -b is a - b, a - -b is a + b; 2 3 needs its dot. */
static bool put_special(e2l_text *out, const e2l_node *node, const piece *args)
{
    bool digit = args[1].text && args[1].text[0] >= '0' && args[1].text[0] <= '9';
    if (is_sum(node) && args[1].minus) {
        e2l_text_appendf(out, "%s %s %s", args[0].text, is_symbol(node, "+") ? "-" : "+", args[1].text + 1);
        return true;
    }
    if (is_symbol(node, "*") && digit) {
        e2l_text_appendf(out, "%s \\cdot %s", args[0].text, args[1].text);
        return true;
    }
    return false;
}

/* x * x is x^2; c * x * x is c x^2 where reading comes before the order of evaluation. */
static bool put_power(printer *p, e2l_text *out, const e2l_node *node, piece *made)
{
    piece *left = &p->pieces[node->arg[0]], *right = &p->pieces[node->arg[1]];
    size_t base = right->power > 0 ? right->base : node->arg[1];
    size_t n_right = right->power > 0 ? right->power : 1, n_left = left->power > 0 ? left->power : 1;
    bool pure = (left->power > 0 ? left->base : node->arg[0]) == base && right->head == NULL;
    if (!is_symbol(node, "*") || !pure || (left->head && !p->reading) || p->nodes[base].kind == E2L_NODE_CONST) {
        return false;
    }
    piece atom = p->pieces[base].level < E2L_LEVEL_ATOM ? bracketed(p, &p->pieces[base]) : p->pieces[base];
    *made = (piece){.head = left->head, .base = base, .power = n_left + n_right, .tall = left->tall || atom.tall};
    made->level = left->head ? E2L_LEVEL_PRODUCT : E2L_LEVEL_POWER;
    made->minus = left->head && left->minus;
    made->fractions = left->fractions;
    made->width = left->width + (left->power > 1 ? 0.0 : CHAR_EM);
    e2l_text_appendf(out, "%s%s{%s}^{%zu}", left->head ? left->head : "", left->head ? "\\," : "", atom.text,
                     made->power);
    return true;
}

/* What a product remembers, so that a further factor may join its last one. */
static void remember_factors(const printer *p, const e2l_node *node, const piece *args, piece *made)
{
    const piece *right = &p->pieces[node->arg[1]];
    bool single = right->power > 0 || !is_symbol(&p->nodes[node->arg[1]], "*");
    if (is_symbol(node, "*") && p->reading && !right->head && single) {
        made->head = args[0].text;
        made->base = right->power > 0 ? right->base : node->arg[1];
        made->power = right->power > 0 ? right->power : 1;
    }
}

static void make_call(printer *p, const e2l_node *node, piece *out)
{
    const e2l_primitive *f = node->primitive;
    piece args[E2L_MAX_ARITY] = {{.text = NULL}};
    *out = (piece){.level = f->latex_level};
    for (uint32_t i = 0; i < f->arity; i++) {
        args[i] = argument(p, node, i);
        out->tall = out->tall || args[i].tall;
        out->fractions = args[i].fractions > out->fractions ? args[i].fractions : out->fractions;
    }
    e2l_text text = {.ctx = p->latex->ctx};
    if (put_power(p, &text, node, out)) {
        out->text = keep(p, &text);
        e2l_text_clear(&text);
        return;
    }
    if (!put_special(&text, node, args)) {
        put_template(p, &text, node, args, out->tall);
    }
    remember_factors(p, node, args, out);
    bool fraction = strncmp(f->latex_text, "\\frac", 5) == 0;
    out->fractions += fraction ? 1 : 0;
    out->tall = out->tall || fraction || strstr(f->latex_text, "\\begin");
    out->width = call_width(f, args);
    out->text = keep(p, &text);
    bool negative = f->notation == E2L_NOTATION_PREFIX && is_symbol(node, "-");
    bool leads = f->notation == E2L_NOTATION_INFIX && f->level == E2L_LEVEL_PRODUCT && !fraction && args[0].minus;
    out->minus = negative || leads;
    out->level = negative ? E2L_LEVEL_PRODUCT : out->level;
    e2l_text_clear(&text);
}

/* ---- parts ---- */

static void make_part(printer *p, size_t k)
{
    if (p->pieces[k].part > 0) {
        return;
    }
    e2l_text text = {.ctx = p->latex->ctx};
    p->whole[k] = p->pieces[k];
    p->parts[p->n_parts++] = k;
    e2l_text_appendf(&text, "%s_{%zu}", p->latex->part_letter, p->n_parts);
    p->pieces[k] = (piece){.text = keep(p, &text), .level = E2L_LEVEL_ATOM, .width = PART_EM, .part = p->n_parts};
    e2l_text_clear(&text);
}

/* Argument i stands in an exponent. */
static bool is_above(const e2l_primitive *f, uint32_t i)
{
    const char in_exponent[] = {'^', '{', '$', (char)('0' + i), '\0'};
    return strstr(f->latex_text, in_exponent) != NULL;
}

/* An argument that cannot stay where it is: wider than a line and not the head of a sum, cases, towers of fractions. */
static bool must_part(const printer *p, const e2l_node *node, uint32_t i)
{
    const e2l_node *arg = &p->nodes[node->arg[i]];
    const piece *in = &p->pieces[node->arg[i]];
    bool spine = is_sum(node) && i == 0 && is_sum(arg);
    bool cases = strstr(in->text, "\\begin") != NULL;
    bool shared = p->n_uses[node->arg[i]] > 1 && in->width > SHARED_EM && e2l_expr_tree_size(p->expr) > SHARED_TREE;
    bool high = is_above(node->primitive, i) && (in->tall || in->width > LINE_EM / 3);
    return cases || shared || high || (in->width > LINE_EM && !spine) || in->fractions > MAX_FRACTIONS;
}

static bool part_widest(printer *p, const e2l_node *node)
{
    uint32_t widest = node->arg[0];
    for (uint32_t i = 1; i < node->primitive->arity; i++) {
        widest = p->pieces[node->arg[i]].width > p->pieces[widest].width ? node->arg[i] : widest;
    }
    bool helps = p->pieces[widest].width > 2 * PART_EM && p->pieces[widest].part == 0;
    if (helps) {
        make_part(p, widest);
    }
    return helps;
}

static void print_call(printer *p, size_t k)
{
    const e2l_node *node = &p->nodes[k];
    for (uint32_t i = 0; i < node->primitive->arity; i++) {
        if (must_part(p, node, i)) {
            make_part(p, node->arg[i]);
        }
    }
    make_call(p, node, &p->pieces[k]);
    while (p->status == E2L_OK && p->pieces[k].width > LINE_EM && !is_sum(node) && part_widest(p, node)) {
        make_call(p, node, &p->pieces[k]);
    }
}

static void print_node(printer *p, size_t k)
{
    const e2l_node *node = &p->nodes[k];
    piece *out = &p->pieces[k];
    e2l_text text = {.ctx = p->latex->ctx};
    size_t i = 0;
    switch (node->kind) {
    case E2L_NODE_CONST:
        put_constant(p, &text, out, node->value);
        out->text = keep(p, &text);
        break;
    case E2L_NODE_NAME:
        while (i + 1 < p->latex->n_names && strcmp(p->latex->names[i], e2l_expr_name(p->expr, node->name)) != 0) {
            i++;
        }
        e2l_text_appendf(&text, "%s{}", p->latex->macros[i]);
        *out = (piece){.text = keep(p, &text), .level = E2L_LEVEL_ATOM, .width = p->latex->widths[i]};
        break;
    case E2L_NODE_CALL:
        print_call(p, k);
        break;
    }
    e2l_text_clear(&text);
}

/* ---- lines ---- */

/* The terms of a sum from its left end, as far as they stand in place: nodes whose second argument is a term, and the
   node the sum starts with. Returns how many nodes of the spine there are. */
static size_t spine(const printer *p, size_t root, size_t *nodes)
{
    size_t n = 0, k = root;
    while (is_sum(&p->nodes[k]) && (k == root || p->pieces[k].part == 0)) {
        nodes[n++] = k;
        k = p->nodes[k].arg[0];
    }
    nodes[n] = k;
    return n;
}

static void put_term(printer *p, e2l_text *out, size_t k, double *width, double room)
{
    const e2l_node *node = &p->nodes[k];
    piece term = argument(p, node, 1);
    bool minus = is_symbol(node, "-") != term.minus;
    if (*width + BINARY_EM + term.width > room) {
        e2l_text_append(out, " \\\\\n    &\\qquad {}");
        *width = 2.0;
    }
    e2l_text_appendf(out, " %s %s", minus ? "-" : "+", term.text + (term.minus ? 1 : 0));
    *width += BINARY_EM + term.width;
}

/* The formula of a node on lines of its own; sums are broken between terms. */
static void put_lines(printer *p, e2l_text *out, size_t root, const piece *whole)
{
    if (whole->width <= LINE_EM || !is_sum(&p->nodes[root])) {
        e2l_text_append(out, whole->text);
        return;
    }
    size_t *nodes = e2l_arena_alloc(p->arena, p->n_nodes + 1, sizeof *nodes);
    if (!nodes) {
        p->status = E2L_NOMEM;
        return;
    }
    size_t n = spine(p, root, nodes);
    piece first = argument(p, &p->nodes[nodes[n - 1]], 0);
    double width = first.width;
    e2l_text_append(out, first.text);
    for (size_t k = n; k-- > 0;) {
        put_term(p, out, nodes[k], &width, LINE_EM);
    }
}

/* Factor times formula on one line. */
static void put_product(printer *p, e2l_text *out, const piece *whole, const char *factor)
{
    bool cases = strstr(whole->text, "\\begin") == whole->text;
    piece shown = *whole;
    bool minus = factor[0] != '\0' && whole->minus && whole->level >= E2L_LEVEL_PRODUCT;
    if (minus) { /* -eta x */
        shown.text++;
    } else if (!cases && factor[0] != '\0' && whole->level < E2L_LEVEL_PRODUCT) {
        shown = bracketed(p, whole);
    }
    bool digit = shown.text[0] >= '0' && shown.text[0] <= '9';
    e2l_text_appendf(out, "%s%s", minus ? "-" : "", factor);
    e2l_text_append(out, factor[0] == '\0' ? "" : digit ? " \\cdot " : "\\,");
    e2l_text_append(out, shown.text);
}

static void put_display(printer *p, e2l_text *out, const char *lhs, const char *factor)
{
    size_t root = p->n_nodes - 1;
    const piece whole = p->pieces[root];
    e2l_text_appendf(out, "\\begin{align*}\n    %s &= ", lhs);
    if (whole.width <= LINE_EM || factor[0] == '\0') {
        if (factor[0] == '\0') {
            put_lines(p, out, root, &whole);
        } else {
            put_product(p, out, &whole, factor);
        }
    } else {
        e2l_text_appendf(out, "%s\\,%s \\\\\n    %s &= ", factor, p->latex->whole_letter, p->latex->whole_letter);
        put_lines(p, out, root, &whole);
    }
    for (size_t i = 0; i < p->n_parts; i++) {
        size_t k = p->parts[i];
        e2l_text_appendf(out, " \\\\\n    %s &= ", p->pieces[k].text);
        put_lines(p, out, k, &p->whole[k]);
    }
    e2l_text_append(out, "\n\\end{align*}\n");
}

static void count_uses(printer *p)
{
    for (size_t k = 0; k < p->n_nodes; k++) {
        uint32_t arity = p->nodes[k].kind == E2L_NODE_CALL ? p->nodes[k].primitive->arity : 0;
        for (uint32_t i = 0; i < arity; i++) {
            p->n_uses[p->nodes[k].arg[i]]++;
        }
    }
}

static e2l_status print_all(printer *p, e2l_text *out, const char *lhs, const char *factor)
{
    count_uses(p);
    for (size_t k = 0; k < p->n_nodes && p->status == E2L_OK; k++) {
        print_node(p, k);
    }
    if (p->status == E2L_OK) {
        put_display(p, out, lhs, factor);
    }
    return p->status == E2L_OK ? e2l_text_status(out) : p->status;
}

e2l_status e2l_latex_display(e2l_latex *latex, e2l_text *out, const e2l_expr *expr, bool reading,
                             const char *lhs, const char *factor)
{
    printer p = {.latex = latex, .expr = expr, .reading = reading, .nodes = e2l_expr_nodes(expr), .n_nodes = e2l_expr_n_nodes(expr)};
    e2l_status status = e2l_arena_create(latex->ctx, &p.arena);
    if (status != E2L_OK) {
        return status;
    }
    p.n_uses = e2l_arena_alloc(p.arena, p.n_nodes, sizeof *p.n_uses);
    p.pieces = p.n_uses ? e2l_arena_alloc(p.arena, p.n_nodes, sizeof *p.pieces) : NULL;
    p.whole = p.pieces ? e2l_arena_alloc(p.arena, p.n_nodes, sizeof *p.whole) : NULL;
    p.parts = p.whole ? e2l_arena_alloc(p.arena, p.n_nodes, sizeof *p.parts) : NULL;
    status = p.parts ? print_all(&p, out, lhs, factor) : E2L_NOMEM;
    e2l_arena_destroy(p.arena);
    return status;
}
