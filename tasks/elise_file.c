/* elise_file.c: a pattern as text, such as

       # two notes in turn
       1 0 1 0
       0 1 0 1

   a row per visible neuron, a column per slot. */
#include "tasks/elise_impl.h"

#include <stdio.h>

#include "substrate/json.h"

typedef struct reader {
    e2l_ctx *ctx;
    elise_pattern *out;
    const char *where;
    const char *at, *end;
    const char *line_begin;
    size_t line; /* from 1 */
} reader;

static e2l_status fail_here(const reader *r, const char *what)
{
    return e2l_fail(r->ctx, E2L_INPUT, "%s: line %zu, column %zu: %s", r->where, r->line, (size_t)(r->at - r->line_begin) + 1, what);
}

static e2l_status fail_symbol(const reader *r)
{
    char text[80];
    const char c = *r->at;
    const bool is_printable = c >= ' ' && c <= '~';
    (void)snprintf(text, sizeof text, is_printable ? "'%c' is neither 0 nor 1" : "byte 0x%02x is neither 0 nor 1",
                   is_printable ? c : (unsigned char)c);
    return fail_here(r, text);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_line(reader *r)
{
    while (r->at < r->end && *r->at != '\n') {
        r->at++;
    }
    r->at += r->at < r->end;
    r->line++;
    r->line_begin = r->at;
}

static void skip_blanks(reader *r)
{
    while (r->at < r->end && is_blank(*r->at)) {
        r->at++;
    }
}

/* Onto the first symbol of the next row; false at the end of the text. */
static bool next_row(reader *r)
{
    for (;;) {
        skip_blanks(r);
        if (r->at == r->end) {
            return false;
        }
        if (*r->at != '\n' && *r->at != '#') {
            return true;
        }
        skip_line(r);
    }
}

/* One row to `row`, which has room for ELISE_MOST_SLOTS. */
static e2l_status read_row(reader *r, uint8_t *row, size_t *n)
{
    *n = 0;
    while (r->at < r->end && *r->at != '\n') {
        if (*r->at != '0' && *r->at != '1') {
            return fail_symbol(r);
        }
        if (*n == ELISE_MOST_SLOTS) {
            return fail_here(r, "more than 1000 slots");
        }
        row[(*n)++] = *r->at == '1';
        r->at++;
        if (r->at < r->end && *r->at != '\n' && !is_blank(*r->at)) {
            return fail_here(r, "expected a blank between symbols");
        }
        skip_blanks(r);
    }
    return E2L_OK;
}

static e2l_status add_row(reader *r, size_t n_have)
{
    elise_pattern *out = r->out;
    size_t n = 0;
    if (out->visible == ELISE_MOST_NEURONS) {
        return fail_here(r, "more than 1000 rows");
    }
    uint8_t *grown = e2l_realloc(r->ctx, out->active, n_have + ELISE_MOST_SLOTS, sizeof *grown);
    if (!grown) {
        return E2L_NOMEM;
    }
    out->active = grown;
    e2l_status status = read_row(r, out->active + n_have, &n);
    if (status != E2L_OK) {
        return status;
    }
    if (out->visible > 0 && n != out->slots) {
        char text[80];
        (void)snprintf(text, sizeof text, "%zu slots, the rows before have %zu", n, out->slots);
        return fail_here(r, text);
    }
    out->slots = n;
    out->visible++;
    return E2L_OK;
}

static e2l_status check_pattern(const reader *r)
{
    const elise_pattern *out = r->out;
    if (out->visible == 0) {
        return e2l_fail(r->ctx, E2L_INPUT, "%s: no rows of 0 and 1", r->where);
    }
    for (size_t i = 0; i < out->visible; i++) {
        for (size_t s = 1; s < out->slots; s++) {
            if (out->active[i * out->slots + s] != out->active[i * out->slots]) {
                return E2L_OK;
            }
        }
    }
    return e2l_fail(r->ctx, E2L_INPUT, "%s: no row changes: there is no sequence to learn", r->where);
}

e2l_status elise_pattern_parse(e2l_ctx *ctx, elise_pattern *out, const char *text, size_t length, const char *where)
{
    *out = (elise_pattern){0};
    reader r = {.ctx = ctx, .out = out, .where = where, .at = text, .end = text + length, .line_begin = text, .line = 1};
    e2l_status status = E2L_OK;
    while (status == E2L_OK && next_row(&r)) {
        status = add_row(&r, out->visible * out->slots);
    }
    status = status == E2L_OK ? check_pattern(&r) : status;
    if (status != E2L_OK) {
        elise_pattern_clear(ctx, out);
    }
    return status;
}

e2l_status elise_pattern_read(e2l_ctx *ctx, elise_pattern *out, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    *out = (elise_pattern){0};
    e2l_status status = e2l_file_read(ctx, &text, &length, path);
    status = status == E2L_OK ? elise_pattern_parse(ctx, out, text, length, path) : status;
    e2l_free(ctx, text);
    return status;
}

void elise_pattern_clear(e2l_ctx *ctx, elise_pattern *pattern)
{
    e2l_free(ctx, pattern->active);
    *pattern = (elise_pattern){0};
}
