/* statement.c: [when COND:] NAME = EXPR, [when COND:] NAME += EXPR. */
#include "substrate/statement.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_part(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '.';
}

static size_t skip_space(const char *text, size_t at)
{
    while (is_space(text[at])) {
        at++;
    }
    return at;
}

static e2l_status wrong(e2l_ctx *ctx, size_t at, const char *what, const char *text)
{
    return e2l_fail(ctx, E2L_INPUT, "column %zu: %s in statement '%.200s'", at + 1, what, text);
}

/* Parses text[first, last) in front of which spaces stand, so that columns are those of the whole text. */
static e2l_status parse_part(e2l_ctx *ctx, e2l_expr **out, const char *text, size_t first, size_t last)
{
    char *padded = e2l_alloc(ctx, last + 1, 1);
    if (!padded) {
        return E2L_NOMEM;
    }
    memset(padded, ' ', first);
    memcpy(padded + first, text + first, last - first);
    e2l_scope scope = {.any_name = true};
    e2l_status status = e2l_expr_parse(ctx, out, padded, last, &scope);
    e2l_free(ctx, padded);
    return status;
}

/* `when COND:`; leaves *at behind the colon. */
static e2l_status parse_guard(e2l_ctx *ctx, e2l_statement *out, const char *text, size_t *at)
{
    static const char word[] = "when";
    size_t length = sizeof word - 1;
    if (strncmp(text + *at, word, length) != 0 || is_name_part(text[*at + length])) {
        return E2L_OK;
    }
    size_t first = *at + length;
    const char *colon = strchr(text + first, ':');
    if (!colon) {
        return wrong(ctx, strlen(text), "':' expected after the condition of 'when'", text);
    }
    size_t last = (size_t)(colon - text);
    *at = skip_space(text, last + 1);
    return parse_part(ctx, &out->guard, text, first, last);
}

static e2l_status parse_target(e2l_ctx *ctx, e2l_statement *out, const char *text, size_t *at)
{
    size_t first = *at, last = first;
    if (!is_name_start(text[first])) {
        return wrong(ctx, first, "a name to be written expected", text);
    }
    while (is_name_part(text[last])) {
        last++;
    }
    if (memchr(text + first, '.', last - first)) {
        return wrong(ctx, first, "only own variables can be written: no '.' in the name written", text);
    }
    out->target = e2l_alloc(ctx, last - first + 1, 1);
    if (!out->target) {
        return E2L_NOMEM;
    }
    memcpy(out->target, text + first, last - first);
    *at = skip_space(text, last);
    out->adds = text[*at] == '+';
    *at += out->adds ? 1 : 0;
    if (text[*at] != '=' || text[*at + 1] == '=') {
        return wrong(ctx, *at, "'=' or '+=' expected after the name", text);
    }
    *at += 1;
    return E2L_OK;
}

e2l_status e2l_statement_parse(e2l_ctx *ctx, e2l_statement *out, const char *text)
{
    *out = (e2l_statement){0};
    size_t n = strlen(text), at = skip_space(text, 0);
    if (n > E2L_EXPR_MAX_TEXT) {
        return e2l_fail(ctx, E2L_INPUT, "a statement of %zu bytes, at most %d are allowed", n,
                        E2L_EXPR_MAX_TEXT);
    }
    e2l_status status = parse_guard(ctx, out, text, &at);
    if (status == E2L_OK) {
        status = parse_target(ctx, out, text, &at);
    }
    if (status == E2L_OK) {
        status = parse_part(ctx, &out->expr, text, at, n);
    }
    if (status != E2L_OK) {
        e2l_statement_clear(ctx, out);
    }
    return status;
}

void e2l_statement_clear(e2l_ctx *ctx, e2l_statement *statement)
{
    e2l_free(ctx, statement->target);
    e2l_expr_destroy(ctx, statement->expr);
    e2l_expr_destroy(ctx, statement->guard);
    *statement = (e2l_statement){0};
}
