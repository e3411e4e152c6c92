/* spec.c: SPEC texts to JSON: rewritten as JSON text, then read by the one strict reader. */
#include "mpi/spec.h"

#include <string.h>

#include "cgp/number.h"
#include "substrate/json.h"

typedef struct spec_reader {
    e2l_ctx *ctx;
    const char *text, *where;
    size_t at, length;
    e2l_text json;
} spec_reader;

static e2l_status spec_error(spec_reader *reader, const char *what)
{
    return e2l_fail(reader->ctx, E2L_INPUT, "%s: column %zu of '%.200s': %s", reader->where, reader->at + 1,
                    reader->text, what);
}

static char spec_now(const spec_reader *reader)
{
    return reader->at < reader->length ? reader->text[reader->at] : '\0';
}

/* A signed number in the whole of text[0..n)? Written as JSON in its shortest form. */
static bool put_number(e2l_text *json, const char *text, size_t n)
{
    double value;
    char digits[E2L_NUMBER_BYTES];
    size_t sign = n > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    if (n == sign || e2l_number_read(text + sign, n - sign, &value) != n - sign || value - value != 0.0) {
        return false;
    }
    e2l_text_append(json, e2l_number_shortest(digits, text[0] == '-' ? -value : value));
    return true;
}

static void put_bare(e2l_text *json, const char *text, size_t n)
{
    static const char *const LITERALS[] = {"true", "false", "null"};
    for (size_t k = 0; k < sizeof LITERALS / sizeof LITERALS[0]; k++) {
        if (strlen(LITERALS[k]) == n && memcmp(LITERALS[k], text, n) == 0) {
            e2l_text_append(json, LITERALS[k]);
            return;
        }
    }
    if (put_number(json, text, n)) {
        return;
    }
    e2l_text word;
    e2l_text_init(&word, json->ctx);
    e2l_text_append_n(&word, text, n);
    e2l_json_quote(json, e2l_text_get(&word));
    json->failed = json->failed || word.failed;
    e2l_text_clear(&word);
}

/* A JSON string literal: copied as it stands, up to its closing quote. */
static e2l_status read_quoted(spec_reader *reader)
{
    size_t first = reader->at++;
    while (reader->at < reader->length && reader->text[reader->at] != '"') {
        reader->at += reader->text[reader->at] == '\\' ? 2 : 1;
    }
    if (reader->at >= reader->length) {
        reader->at = first;
        return spec_error(reader, "the string that begins here has no closing quote");
    }
    reader->at++;
    e2l_text_append_n(&reader->json, reader->text + first, reader->at - first);
    return E2L_OK;
}

static e2l_status read_scalar(spec_reader *reader)
{
    if (spec_now(reader) == '"') {
        return read_quoted(reader);
    }
    size_t n = strcspn(reader->text + reader->at, ",[]\"");
    if (n == 0) {
        return spec_error(reader, "a value is missing here");
    }
    put_bare(&reader->json, reader->text + reader->at, n);
    reader->at += n;
    return E2L_OK;
}

static e2l_status read_list(spec_reader *reader)
{
    size_t first = reader->at++;
    e2l_text_append(&reader->json, "[");
    while (spec_now(reader) != ']') {
        e2l_status status = read_scalar(reader);
        if (status != E2L_OK) {
            return status;
        }
        if (spec_now(reader) == ',') {
            e2l_text_append(&reader->json, ",");
            reader->at++;
        } else if (spec_now(reader) != ']') {
            reader->at = first;
            return spec_error(reader, "the list that begins here has no closing ]");
        }
    }
    reader->at++;
    e2l_text_append(&reader->json, "]");
    return E2L_OK;
}

static e2l_status read_value(spec_reader *reader)
{
    return spec_now(reader) == '[' ? read_list(reader) : read_scalar(reader);
}

/* KEY=VALUE */
static e2l_status read_member(spec_reader *reader)
{
    size_t n = strcspn(reader->text + reader->at, "=,[]\"");
    if (n == 0 || reader->text[reader->at + n] != '=') {
        return spec_error(reader, "expected KEY=VALUE");
    }
    e2l_text_append(&reader->json, ",");
    e2l_text key;
    e2l_text_init(&key, reader->ctx);
    e2l_text_append_n(&key, reader->text + reader->at, n);
    e2l_json_quote(&reader->json, e2l_text_get(&key));
    reader->json.failed = reader->json.failed || key.failed;
    e2l_text_clear(&key);
    e2l_text_append(&reader->json, ":");
    reader->at += n + 1;
    return read_value(reader);
}

static e2l_status read_spec(spec_reader *reader)
{
    size_t name = strcspn(reader->text, ":");
    e2l_text_append(&reader->json, "{\"name\":");
    put_bare(&reader->json, reader->text, name);
    reader->at = name;
    while (reader->at < reader->length) {
        reader->at++; /* the colon or comma */
        e2l_status status = read_member(reader);
        if (status != E2L_OK) {
            return status;
        }
        if (reader->at < reader->length && spec_now(reader) != ',') {
            return spec_error(reader, "expected a comma before the next KEY=VALUE");
        }
    }
    e2l_text_append(&reader->json, "}");
    return E2L_OK;
}

static e2l_status finish(spec_reader *reader, e2l_status status, cJSON **out)
{
    if (status == E2L_OK) {
        status = e2l_text_status(&reader->json);
    }
    if (status == E2L_OK) {
        status = e2l_json_parse(reader->ctx, out, e2l_text_get(&reader->json), reader->json.n, reader->where);
    }
    e2l_text_clear(&reader->json);
    return status;
}

e2l_status e2l_spec_parse(e2l_ctx *ctx, cJSON **out, const char *spec, const char *where)
{
    spec_reader reader = {.ctx = ctx, .text = spec, .where = where, .length = strlen(spec)};
    *out = NULL;
    e2l_text_init(&reader.json, ctx);
    if (reader.length == 0 || spec[0] == ':') {
        return e2l_fail(ctx, E2L_INPUT, "%s: a name is missing: NAME[:KEY=VALUE,...]", where);
    }
    return finish(&reader, read_spec(&reader), out);
}

e2l_status e2l_spec_value(e2l_ctx *ctx, cJSON **out, const char *text, const char *where)
{
    spec_reader reader = {.ctx = ctx, .text = text, .where = where, .length = strlen(text)};
    *out = NULL;
    e2l_text_init(&reader.json, ctx);
    e2l_status status = read_value(&reader);
    if (status == E2L_OK && reader.at < reader.length) {
        status = spec_error(&reader, "text behind the value");
    }
    return finish(&reader, status, out);
}
