/* c_print.c: DAG to C99.

   Every argument that is not a name, a number, a call or a bracket stands in parentheses, so the compiler's evaluation
   is the tree's. A node used more than once, or whose text grows long, becomes a local constant: this keeps lines and
   nesting short however large the formula is (C99 promises 63 levels of parentheses only). */
#include "results/c_print.h"

#include <math.h>
#include <string.h>

#include "cgp/number.h"

enum { INLINE_BYTES = 44 }; /* longer arguments get a line of their own */

/* ---- names ---- */

/* Words of C and C++, names of <math.h> and macros of common headers: no good as names of variables. */
static const char *const taken[] = {
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
    "char16_t", "char32_t", "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "complex", "concept",
    "const", "const_cast", "consteval", "constexpr", "constinit", "continue", "decltype", "default", "delete", "do",
    "double", "dynamic_cast", "else", "enum", "explicit", "export", "extern", "false", "float", "for", "friend", "goto",
    "if", "imaginary", "in", "inline", "int", "linux", "long", "mutable", "namespace", "new", "noexcept", "not",
    "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "register", "reinterpret_cast",
    "requires", "restrict", "return", "short", "signed", "sizeof", "static", "static_assert", "static_cast", "struct",
    "switch", "template", "this", "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "typeof",
    "union", "unix", "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
    /* math.h */
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh", "erf",
    "erfc", "exp", "exp2", "expm1", "fabs", "fdim", "floor", "fma", "fmax", "fmin", "fmod", "fpclassify", "frexp",
    "gamma", "hypot", "ilogb", "isfinite", "isgreater", "isgreaterequal", "isinf", "isless", "islessequal",
    "islessgreater", "isnan", "isnormal", "isunordered", "j0", "j1", "jn", "ldexp", "lgamma", "llrint", "llround",
    "log", "log10", "log1p", "log2", "logb", "lrint", "lround", "modf", "nan", "nearbyint", "nextafter", "nexttoward",
    "pow", "remainder", "remquo", "rint", "round", "scalbln", "scalbn", "signbit", "signgam", "significand", "sin",
    "sinh", "sqrt", "tan", "tanh", "tgamma", "trunc", "y0", "y1", "yn", "abs", "drem", "finite", "pow10", "scalb",
    /* macros and types of common headers */
    "errno", "stdin", "stdout", "stderr", "assert", "offsetof", "major", "minor", "main", "I", "NULL", "EOF", "NAN",
    "INFINITY", "DOMAIN", "OVERFLOW", "SING", "HUGE", "HUGE_VAL", "EDOM", "ERANGE", "MAXFLOAT", "BUFSIZ"};

static bool is_taken(const char *name)
{
    for (size_t k = 0; k < sizeof taken / sizeof *taken; k++) {
        if (strcmp(taken[k], name) == 0) {
            return true;
        }
    }
    return false;
}

/* t1, t2, ... are the locals; names of e2l_ and _ in front are ours or the compiler's; M_PI and the like are macros. */
static bool is_ours(const char *name)
{
    bool local = name[0] == 't' && name[1] != '\0' && name[1 + strspn(name + 1, "0123456789")] == '\0';
    return local || name[0] == '_' || strncmp(name, "e2l_", 4) == 0 || strncmp(name, "M_", 2) == 0 ||
           strncmp(name, "FP_", 3) == 0;
}

static bool is_plain(const char *name)
{
    return !strchr(name, '.') && !is_taken(name) && !is_ours(name);
}

/* Whatever is not plain gets e2l_ and its place in the list, which makes it different from all others. */
void e2l_c_input_name(e2l_text *out, const e2l_rule_slot *slot, size_t k)
{
    const char *name = slot->inputs[k].name;
    if (is_plain(name)) {
        e2l_text_append(out, name);
        return;
    }
    e2l_text_append(out, "e2l_");
    bool exact = is_taken(name); /* e2l_int; nothing else can become that, for names of e2l_ get a number */
    for (const char *c = name; *c != '\0'; c++) {
        e2l_text_append_n(out, *c == '.' ? "_" : c, 1);
    }
    if (!exact) {
        e2l_text_appendf(out, "_%zu", k);
    }
}

void e2l_c_function_name(e2l_text *out, const e2l_rule_slot *slot)
{
    e2l_text_append(out, "e2l_rule");
    if (strcmp(slot->name, E2L_RULE_SLOT) != 0) {
        e2l_text_appendf(out, "_%s", slot->name);
    }
}

void e2l_c_number(e2l_text *out, double value)
{
    char number[E2L_NUMBER_BYTES];
    if (isnan(value)) {
        e2l_text_append(out, "(double)NAN");
    } else if (isinf(value)) {
        e2l_text_append(out, value < 0.0 ? "-(double)INFINITY" : "(double)INFINITY");
    } else {
        e2l_text_append(out, e2l_number_hex(number, value));
    }
}

/* ---- formula ---- */

typedef struct printer {
    e2l_ctx *ctx;
    const e2l_rule_slot *slot;
    const e2l_node *nodes;
    size_t n_nodes;
    uint32_t *n_uses; /* [n_nodes] */
    char **text;      /* [n_nodes] text of each node; in the arena */
    e2l_arena *arena;
    size_t n_locals;
} printer;

/* Index of the bracket that closes the one at `open`. */
static size_t closing(const char *text, size_t open)
{
    size_t depth = 0, k = open;
    for (; text[k] != '\0'; k++) {
        depth += text[k] == '(' ? 1 : 0;
        depth -= text[k] == ')' ? 1 : 0;
        if (depth == 0) {
            break;
        }
    }
    return k;
}

/* A name, an unsigned number, name(...) or (...) as a whole. */
static bool is_primary(const char *text)
{
    size_t n = strlen(text);
    size_t k = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    if (k == n) {
        return true;
    }
    bool is_number = text[0] >= '0' && text[0] <= '9' && !strchr(text, ' ');
    return is_number || (text[k] == '(' && closing(text, k) + 1 == n);
}

static void put_argument(e2l_text *out, const char *text)
{
    bool bare = is_primary(text);
    e2l_text_append(out, bare ? "" : "(");
    e2l_text_append(out, text);
    e2l_text_append(out, bare ? "" : ")");
}

static void put_call(const printer *p, e2l_text *out, const e2l_node *node)
{
    for (const char *c = node->primitive->c_text; *c != '\0'; c++) {
        if (c[0] == '$' && c[1] >= '0' && c[1] <= '2') {
            put_argument(out, p->text[node->arg[c[1] - '0']]);
            c++;
        } else {
            e2l_text_append_n(out, c, 1);
        }
    }
}

static size_t input_place(const e2l_rule_slot *slot, const char *name)
{
    size_t k = 0;
    while (k < slot->n_inputs && strcmp(slot->inputs[k].name, name) != 0) {
        k++;
    }
    return k;
}

static void put_node(const printer *p, e2l_text *out, const e2l_node *node)
{
    switch (node->kind) {
    case E2L_NODE_CONST:
        e2l_c_number(out, node->value);
        break;
    case E2L_NODE_NAME:
        e2l_c_input_name(out, p->slot, input_place(p->slot, e2l_expr_name(p->slot->expr, node->name)));
        break;
    case E2L_NODE_CALL:
        put_call(p, out, node);
        break;
    }
}

/* Constants in decimals behind the line they stand in. */
static void put_decimals(e2l_text *out, const e2l_node *node)
{
    char number[E2L_NUMBER_BYTES];
    if (node->kind == E2L_NODE_CONST) {
        e2l_text_appendf(out, " /* %s */", e2l_number_shortest(number, node->value));
    }
}

/* A constant with a short exact decimal stays in place; others get a line with their decimals. */
static bool is_simple_number(double value)
{
    return isfinite(value) && fabs(value) < 1e6 && value == trunc(value);
}

static bool needs_local(const printer *p, size_t k, size_t length)
{
    const e2l_node *node = &p->nodes[k];
    if (k + 1 == p->n_nodes || node->kind == E2L_NODE_NAME) {
        return false;
    }
    if (node->kind == E2L_NODE_CONST) {
        return !is_simple_number(node->value);
    }
    return p->n_uses[k] > 1 || length > INLINE_BYTES;
}

/* Writes node k into text[k]: as it is, or as the name of a new local. */
static e2l_status print_node(printer *p, e2l_text *out, size_t k, e2l_text *scratch)
{
    e2l_text_reset(scratch);
    if (p->nodes[k].kind == E2L_NODE_CONST && is_simple_number(p->nodes[k].value)) {
        char number[E2L_NUMBER_BYTES];
        e2l_text_appendf(scratch, "%s.0", e2l_number_shortest(number, p->nodes[k].value));
    } else {
        put_node(p, scratch, &p->nodes[k]);
    }
    if (needs_local(p, k, scratch->n)) {
        e2l_text_appendf(out, "    const double t%zu = %s;", ++p->n_locals, e2l_text_get(scratch));
        put_decimals(out, &p->nodes[k]);
        e2l_text_append(out, "\n");
        e2l_text_reset(scratch);
        e2l_text_appendf(scratch, "t%zu", p->n_locals);
    }
    e2l_status status = e2l_text_status(scratch);
    p->text[k] = status == E2L_OK ? e2l_arena_strdup(p->arena, e2l_text_get(scratch), scratch->n) : NULL;
    return p->text[k] ? E2L_OK : E2L_NOMEM;
}

static void put_inputs(e2l_text *out, const e2l_rule_slot *slot)
{
    for (size_t k = 0; k < e2l_expr_n_names(slot->expr); k++) {
        size_t i = input_place(slot, e2l_expr_name(slot->expr, k));
        e2l_text_append(out, "    const double ");
        e2l_c_input_name(out, slot, i);
        e2l_text_append(out, " = in->");
        e2l_c_input_name(out, slot, i);
        e2l_text_append(out, ";\n");
    }
    if (e2l_expr_n_names(slot->expr) == 0) {
        e2l_text_append(out, "    (void)in;\n");
    }
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

static e2l_status print_all(printer *p, e2l_text *out)
{
    e2l_text scratch = {.ctx = p->ctx};
    e2l_status status = E2L_OK;
    count_uses(p);
    for (size_t k = 0; k < p->n_nodes && status == E2L_OK; k++) {
        status = print_node(p, out, k, &scratch);
    }
    e2l_text_clear(&scratch);
    if (status == E2L_OK) {
        e2l_text_appendf(out, "    return %s;", p->text[p->n_nodes - 1]);
        put_decimals(out, &p->nodes[p->n_nodes - 1]);
        e2l_text_append(out, "\n");
    }
    return status == E2L_OK ? e2l_text_status(out) : status;
}

e2l_status e2l_c_body(e2l_ctx *ctx, e2l_text *out, const e2l_rule_slot *slot)
{
    printer p = {.ctx = ctx, .slot = slot, .nodes = e2l_expr_nodes(slot->expr), .n_nodes = e2l_expr_n_nodes(slot->expr)};
    e2l_status status = e2l_arena_create(ctx, &p.arena);
    if (status != E2L_OK) {
        return status;
    }
    p.n_uses = e2l_arena_alloc(p.arena, p.n_nodes, sizeof *p.n_uses);
    p.text = p.n_uses ? e2l_arena_alloc(p.arena, p.n_nodes, sizeof *p.text) : NULL;
    put_inputs(out, slot);
    status = p.text ? print_all(&p, out) : E2L_NOMEM;
    e2l_arena_destroy(p.arena);
    return status;
}
