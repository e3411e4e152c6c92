/* latex_names.c: names, macros and words for LaTeX. */
#include <string.h>

#include "results/latex_print.h"

static const double LETTER_EM = 0.57, SUBSCRIPT_EM = 0.4;

static const char *const greek[] = {"alpha", "beta",  "gamma", "delta", "epsilon", "zeta", "eta",   "theta",  "iota",
                                    "kappa", "lambda", "mu",   "nu",    "xi",      "pi",   "rho",   "sigma",  "tau",
                                    "upsilon", "phi", "chi",   "psi",   "omega",   "Gamma", "Delta", "Theta", "Lambda",
                                    "Xi",    "Pi",    "Sigma", "Phi",   "Psi",     "Omega"};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_greek(const char *text, size_t n)
{
    for (size_t k = 0; k < sizeof greek / sizeof *greek; k++) {
        if (strlen(greek[k]) == n && memcmp(greek[k], text, n) == 0) {
            return true;
        }
    }
    return false;
}

/* Letters and what else a name holds, upright; underscores escaped. */
static void put_upright(e2l_text *out, const char *text, size_t n)
{
    e2l_text_append(out, "\\mathrm{");
    for (size_t k = 0; k < n; k++) {
        e2l_text_append(out, text[k] == '_' ? "\\" : "");
        e2l_text_append_n(out, text + k, 1);
    }
    e2l_text_append(out, "}");
}

static double put_head(e2l_text *out, const char *text, size_t n)
{
    if (is_greek(text, n)) {
        e2l_text_append(out, "\\");
        e2l_text_append_n(out, text, n);
        return LETTER_EM;
    }
    if (n == 1 && is_letter(text[0])) {
        e2l_text_append_n(out, text, 1);
        return LETTER_EM;
    }
    put_upright(out, text, n);
    return LETTER_EM * (double)n;
}

/* Parts between underscores and dots, digits split off: "end_2" -> end, 2. */
static double put_subscript(e2l_text *out, const char *text, size_t n)
{
    double width = 0.0;
    e2l_text_append(out, "_{");
    for (size_t k = 0; k < n;) {
        size_t length = 0;
        while (k + length < n && text[k + length] != '_' && text[k + length] != '.') {
            length++;
        }
        e2l_text_append(out, width > 0.0 ? "," : "");
        if (length > 0 && is_digit(text[k])) {
            e2l_text_append_n(out, text + k, length);
        } else if (length > 0 && is_greek(text + k, length)) {
            (void)put_head(out, text + k, length);
        } else if (length > 0) {
            put_upright(out, text + k, length);
        }
        width += SUBSCRIPT_EM * (double)(length + 1);
        k += length + 1;
    }
    e2l_text_append(out, "}");
    return width;
}

double e2l_latex_name(e2l_text *out, const char *name)
{
    size_t n = strlen(name), head = 0;
    const char *dot = strrchr(name, '.');
    if (dot && is_letter(dot[1])) { /* pre.v is v of pre */
        double width = put_head(out, dot + 1, strlen(dot + 1));
        return width + put_subscript(out, name, (size_t)(dot - name));
    }
    while (head < n && is_letter(name[head])) {
        head++;
    }
    size_t rest = head < n && name[head] == '_' ? head + 1 : head;
    if (head == 0 || (rest == n && head < n) || strspn(name + rest, "_") > 0) { /* _x, x_, x__y */
        put_upright(out, name, n);
        return LETTER_EM * (double)n;
    }
    double width = put_head(out, name, head);
    return rest < n ? width + put_subscript(out, name + rest, n - rest) : width;
}

void e2l_latex_words(e2l_text *out, const char *words)
{
    for (const char *c = words; *c != '\0'; c++) {
        if (strchr("#$%&_{}", *c)) {
            e2l_text_appendf(out, "\\%c", *c);
        } else if (strchr("<>|*+=/", *c)) {
            e2l_text_appendf(out, "$%c$", *c);
        } else if (*c == '\\' || *c == '^' || *c == '~') {
            e2l_text_appendf(out, "\\char`\\%c{}", *c);
        } else if ((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f) {
            e2l_text_append_n(out, c, 1);
        } else {
            e2l_text_append(out, " ");
        }
    }
}

/* ---- macros ---- */

/* Names of macros are letters only: digits become words, the rest capital letters. */
static void put_macro(e2l_text *out, const char *name)
{
    static const char *const digit[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
    e2l_text_append(out, "\\evar");
    for (const char *c = name; *c != '\0'; c++) {
        if (is_digit(*c)) {
            e2l_text_append(out, digit[*c - '0']);
        } else {
            e2l_text_append_n(out, is_letter(*c) ? c : "U", 1);
        }
    }
}

static bool is_among(const char *const *texts, size_t n, const char *text)
{
    for (size_t k = 0; k < n; k++) {
        if (strcmp(texts[k], text) == 0) {
            return true;
        }
    }
    return false;
}

static e2l_status add_name(e2l_latex *l, const char *name, e2l_text *scratch)
{
    size_t k = l->n_names;
    if (is_among(l->names, k, name)) {
        return E2L_OK;
    }
    e2l_text_reset(scratch);
    put_macro(scratch, name);
    while (is_among(l->macros, k, e2l_text_get(scratch)) && !scratch->failed) { /* x1 and xone */
        e2l_text_append(scratch, "X");
    }
    l->macros[k] = e2l_arena_strdup(l->arena, e2l_text_get(scratch), strlen(e2l_text_get(scratch)));
    l->names[k] = name;
    e2l_text_reset(scratch);
    l->widths[k] = e2l_latex_name(scratch, name);
    l->n_names++;
    return l->macros[k] ? e2l_text_status(scratch) : E2L_NOMEM;
}

void e2l_latex_macros(const e2l_latex *latex, e2l_text *out)
{
    for (size_t k = 0; k < latex->n_names; k++) {
        e2l_text_appendf(out, "\\providecommand{%s}{", latex->macros[k]);
        (void)e2l_latex_name(out, latex->names[k]);
        e2l_text_append(out, "}\n");
    }
}

/* The first letter that no input starts with, so that c_1 is nobody's name. */
static const char *free_letter(const e2l_latex *l, const char *const *letters)
{
    for (; letters[1]; letters++) {
        bool used = false;
        for (size_t k = 0; k < l->n_names; k++) {
            const char *name = l->names[k];
            used = used || (name[0] == letters[0][0] && !is_letter(name[1]));
        }
        if (!used) {
            break;
        }
    }
    return letters[0];
}

static e2l_status fill(e2l_latex *l)
{
    static const char *const for_constants[] = {"c", "k", "C", "K", "\\kappa", NULL};
    static const char *const for_parts[] = {"a", "b", "q", "A", "B", "\\zeta", NULL};
    static const char *const for_whole[] = {"f", "g", "h", "F", "G", "\\Phi", NULL};
    e2l_text scratch = {.ctx = l->ctx};
    e2l_status status = E2L_OK;
    for (size_t s = 0; s < l->rule->n_slots; s++) {
        const e2l_rule_slot *slot = &l->rule->slots[s];
        for (size_t k = 0; k < slot->n_inputs && status == E2L_OK; k++) {
            status = add_name(l, slot->inputs[k].name, &scratch);
        }
    }
    e2l_text_clear(&scratch);
    l->constant_letter = free_letter(l, for_constants);
    l->part_letter = free_letter(l, for_parts);
    l->whole_letter = free_letter(l, for_whole);
    return status;
}

e2l_status e2l_latex_init(e2l_ctx *ctx, e2l_latex *out, const e2l_rule_set *rule)
{
    *out = (e2l_latex){.ctx = ctx, .rule = rule};
    size_t n = 1;
    for (size_t s = 0; s < rule->n_slots; s++) {
        n += rule->slots[s].n_inputs;
        out->room += e2l_expr_n_nodes(rule->slots[s].expr) + e2l_expr_n_nodes(rule->slots[s].canonical);
    }
    e2l_status status = e2l_arena_create(ctx, &out->arena);
    if (status != E2L_OK) {
        return status;
    }
    out->names = e2l_arena_alloc(out->arena, n, sizeof *out->names);
    out->macros = out->names ? e2l_arena_alloc(out->arena, n, sizeof *out->macros) : NULL;
    out->widths = out->macros ? e2l_arena_alloc(out->arena, n, sizeof *out->widths) : NULL;
    out->constants = out->widths ? e2l_arena_alloc(out->arena, out->room, sizeof *out->constants) : NULL;
    status = out->constants ? fill(out) : E2L_NOMEM;
    if (status != E2L_OK) {
        e2l_latex_clear(out);
    }
    return status;
}

void e2l_latex_clear(e2l_latex *latex)
{
    e2l_arena_destroy(latex->arena);
    *latex = (e2l_latex){.ctx = latex->ctx};
}
