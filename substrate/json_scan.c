/* json_scan.c: the strict first pass over JSON text: grammar of RFC 8259, valid UTF-8, paired surrogates, no NUL, numbers that
   fit a double, nesting up to E2L_JSON_MAX_DEPTH. Everything after it may trust the text. */
#include "substrate/json_impl.h"

#include <math.h>
#include <string.h>

#include "cgp/number.h"

typedef struct scanner {
    e2l_ctx *ctx;
    const char *where;
    const unsigned char *text;
    size_t n, at;
    unsigned depth;
    e2l_json_scan *out;
    size_t capacity;
} scanner;

static e2l_status scan_value(scanner *scan);

/* Line and column (in bytes, from 1) of offset `at`. */
static e2l_status wrong_at(const scanner *scan, size_t at, const char *what)
{
    size_t line = 1, start = 0;
    for (size_t k = 0; k < at && k < scan->n; k++) {
        if (scan->text[k] == '\n') {
            line++;
            start = k + 1;
        }
    }
    return e2l_fail(scan->ctx, E2L_INPUT, "%s:%zu:%zu: %s", scan->where, line, at - start + 1, what);
}

static e2l_status wrong(const scanner *scan, const char *what)
{
    if (scan->at >= scan->n) {
        return wrong_at(scan, scan->n, "the text ends too early: something is missing or cut off");
    }
    return wrong_at(scan, scan->at, what);
}

static int peek(const scanner *scan)
{
    return scan->at < scan->n ? scan->text[scan->at] : -1;
}

static void skip_space(scanner *scan)
{
    while (scan->at < scan->n) {
        unsigned char c = scan->text[scan->at];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            return;
        }
        scan->at++;
    }
}

/* ---- strings ---- */

/* Bytes of the UTF-8 sequence at `at` (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF); 0 when it is none. */
static size_t utf8_length(const scanner *scan, size_t at)
{
    const unsigned char *s = scan->text + at;
    size_t left = scan->n - at;
    unsigned char low = 0x80, high = 0xBF;
    size_t length;
    if (s[0] < 0x80) {
        return 1;
    }
    if (s[0] >= 0xC2 && s[0] <= 0xDF) {
        length = 2;
    } else if ((s[0] & 0xF0) == 0xE0) {
        length = 3;
        low = s[0] == 0xE0 ? 0xA0 : low;
        high = s[0] == 0xED ? 0x9F : high;
    } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        length = 4;
        low = s[0] == 0xF0 ? 0x90 : low;
        high = s[0] == 0xF4 ? 0x8F : high;
    } else {
        return 0;
    }
    if (left < length || s[1] < low || s[1] > high) {
        return 0;
    }
    for (size_t k = 2; k < length; k++) {
        if ((s[k] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return length;
}

/* Four hexadecimal digits at `at`, or -1. */
static long hex4(const scanner *scan, size_t at)
{
    long value = 0;
    if (scan->n - at < 4) {
        return -1;
    }
    for (size_t k = at; k < at + 4; k++) {
        unsigned char c = scan->text[k];
        unsigned char lower = (unsigned char)(c | 0x20);
        if (c >= '0' && c <= '9') {
            value = value * 16 + (c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            value = value * 16 + (lower - 'a' + 10);
        } else {
            return -1;
        }
    }
    return value;
}

static e2l_status scan_unicode_escape(scanner *scan)
{
    long unit = hex4(scan, scan->at + 2);
    if (unit < 0) {
        return wrong(scan, "\\u needs four hexadecimal digits");
    }
    if (unit == 0) {
        return wrong(scan, "\\u0000 is not allowed: texts hold no NUL");
    }
    size_t length = 6;
    if (unit >= 0xDC00 && unit <= 0xDFFF) {
        return wrong(scan, "\\u escape is the second half of a surrogate pair");
    }
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        size_t next = scan->at + 6;
        long second = scan->n - next > 2 && scan->text[next] == '\\' && scan->text[next + 1] == 'u'
                          ? hex4(scan, next + 2)
                          : -1;
        if (second < 0xDC00 || second > 0xDFFF) {
            return wrong(scan, "\\u escape is half of a surrogate pair");
        }
        length = 12;
    }
    scan->at += length;
    return E2L_OK;
}

static e2l_status scan_escape(scanner *scan)
{
    if (scan->n - scan->at < 2) {
        scan->at = scan->n;
        return wrong(scan, "");
    }
    unsigned char c = scan->text[scan->at + 1];
    if (c == 'u') {
        return scan_unicode_escape(scan);
    }
    if (c == '\0' || !strchr("\"\\/bfnrt", c)) {
        return wrong(scan, "unknown escape in a string");
    }
    scan->at += 2;
    return E2L_OK;
}

static e2l_status scan_string(scanner *scan)
{
    size_t start = scan->at;
    scan->at++;
    while (scan->at < scan->n && scan->text[scan->at] != '"') {
        unsigned char c = scan->text[scan->at];
        if (c == '\\') {
            e2l_status status = scan_escape(scan);
            if (status != E2L_OK) {
                return status;
            }
            continue;
        }
        if (c < 0x20) {
            return wrong(scan, c == '\n' ? "a string ends at the end of the line without a quote"
                                         : "control character in a string");
        }
        size_t length = utf8_length(scan, scan->at);
        if (length == 0) {
            return wrong(scan, "the text is not valid UTF-8");
        }
        scan->at += length;
    }
    if (scan->at >= scan->n) {
        return wrong_at(scan, start, "a string begins here and never ends");
    }
    scan->at++;
    return E2L_OK;
}

/* ---- numbers ---- */

static size_t count_digits(const scanner *scan, size_t at)
{
    size_t n = 0;
    while (at + n < scan->n && scan->text[at + n] >= '0' && scan->text[at + n] <= '9') {
        n++;
    }
    return n;
}

/* End of the number literal at scan->at by the JSON grammar; 0 when there is none. */
static size_t number_end(const scanner *scan)
{
    size_t at = scan->at + (peek(scan) == '-' ? 1 : 0);
    size_t digits = count_digits(scan, at);
    if (digits == 0 || (digits > 1 && scan->text[at] == '0')) {
        return 0;
    }
    at += digits;
    if (at < scan->n && scan->text[at] == '.') {
        digits = count_digits(scan, at + 1);
        if (digits == 0) {
            return 0;
        }
        at += 1 + digits;
    }
    if (at < scan->n && (scan->text[at] | 0x20) == 'e') {
        at++;
        at += at < scan->n && (scan->text[at] == '+' || scan->text[at] == '-') ? 1 : 0;
        digits = count_digits(scan, at);
        if (digits == 0) {
            return 0;
        }
        at += digits;
    }
    return at;
}

static e2l_status keep_number(scanner *scan, double value)
{
    e2l_json_scan *out = scan->out;
    if (out->n_numbers == scan->capacity) {
        size_t capacity = scan->capacity > 0 ? scan->capacity * 2 : 64;
        double *numbers = e2l_realloc(scan->ctx, out->numbers, capacity, sizeof *numbers);
        if (!numbers) {
            return E2L_NOMEM;
        }
        out->numbers = numbers;
        scan->capacity = capacity;
    }
    out->numbers[out->n_numbers++] = value;
    return E2L_OK;
}

static e2l_status scan_number(scanner *scan)
{
    size_t end = number_end(scan);
    if (end == 0) {
        return wrong(scan, "not a number as JSON writes it (like -1.5e-3)");
    }
    bool negative = peek(scan) == '-';
    size_t start = scan->at + (negative ? 1 : 0);
    double value;
    size_t used = e2l_number_read((const char *)scan->text + start, end - start, &value);
    if (used != end - start) {
        return wrong(scan, "not a number as JSON writes it (like -1.5e-3)");
    }
    if (!isfinite(value)) {
        return wrong(scan, "the number is too large for a double (beyond 1.8e308)");
    }
    memset(scan->out->masked + scan->at, ' ', end - scan->at);
    scan->out->masked[scan->at] = '0';
    scan->at = end;
    return keep_number(scan, negative ? -value : value);
}

/* ---- structure ---- */

static e2l_status scan_word(scanner *scan)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        size_t length = strlen(words[k]);
        if (scan->n - scan->at >= length && memcmp(scan->text + scan->at, words[k], length) == 0) {
            scan->at += length;
            return E2L_OK;
        }
    }
    return wrong(scan, "expected a value: number, \"text\", [list], {object}, true, false or null");
}

static e2l_status scan_member(scanner *scan)
{
    if (peek(scan) != '"') {
        return wrong(scan, "expected a key in double quotes");
    }
    e2l_status status = scan_string(scan);
    if (status != E2L_OK) {
        return status;
    }
    skip_space(scan);
    if (peek(scan) != ':') {
        return wrong(scan, "expected ':' after the key");
    }
    scan->at++;
    return scan_value(scan);
}

/* The members of a list or object up to `close`. */
static e2l_status scan_members(scanner *scan, int close)
{
    scan->at++;
    skip_space(scan);
    if (peek(scan) == close) {
        scan->at++;
        return E2L_OK;
    }
    for (;;) {
        skip_space(scan);
        e2l_status status = close == '}' ? scan_member(scan) : scan_value(scan);
        if (status != E2L_OK) {
            return status;
        }
        skip_space(scan);
        int c = peek(scan);
        if (c != ',' && c != close) {
            return wrong(scan, close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
        }
        scan->at++;
        if (c == close) {
            return E2L_OK;
        }
    }
}

static e2l_status scan_value(scanner *scan)
{
    skip_space(scan);
    int c = peek(scan);
    if (c == '"') {
        return scan_string(scan);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        return scan_number(scan);
    }
    if (c != '{' && c != '[') {
        return scan_word(scan);
    }
    if (scan->depth >= E2L_JSON_MAX_DEPTH) {
        return wrong(scan, "nested deeper than 64 levels");
    }
    scan->depth++;
    e2l_status status = scan_members(scan, c == '{' ? '}' : ']');
    scan->depth--;
    return status;
}

static e2l_status scan_document(scanner *scan)
{
    skip_space(scan);
    if (scan->at >= scan->n) {
        return e2l_fail(scan->ctx, E2L_INPUT, "%s: is empty; expected JSON", scan->where);
    }
    e2l_status status = scan_value(scan);
    if (status != E2L_OK) {
        return status;
    }
    skip_space(scan);
    return scan->at < scan->n ? wrong(scan, "unexpected text after the end of the JSON value") : E2L_OK;
}

e2l_status e2l_json_scan_text(e2l_ctx *ctx, e2l_json_scan *out, const char *text, size_t length,
                              const char *where)
{
    *out = (e2l_json_scan){0};
    out->masked = e2l_alloc(ctx, length + 1, 1);
    if (!out->masked) {
        return E2L_NOMEM;
    }
    if (length > 0) {
        memcpy(out->masked, text, length);
    }
    scanner scan = {
        .ctx = ctx, .where = where, .text = (const unsigned char *)text, .n = length, .out = out};
    e2l_status status = scan_document(&scan);
    if (status != E2L_OK) {
        e2l_json_scan_clear(ctx, out);
    }
    return status;
}

void e2l_json_scan_clear(e2l_ctx *ctx, e2l_json_scan *scan)
{
    e2l_free(ctx, scan->masked);
    e2l_free(ctx, scan->numbers);
    *scan = (e2l_json_scan){0};
}
