/* pack.c: portable bytes: little endian whatever the machine, a version, a length and a checksum. */
#include "cgp/pack.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

enum { VERSION_AT = 8, LENGTH_AT = 16 };

static void put(unsigned char *out, uint64_t value, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        out[k] = (unsigned char)(value >> (8 * k) & 0xffU);
    }
}

static uint64_t get(const unsigned char *in, size_t n)
{
    uint64_t value = 0;
    for (size_t k = 0; k < n; k++) {
        value |= (uint64_t)in[k] << (8 * k);
    }
    return value;
}

static void append(e2l_text *text, uint64_t value, size_t n)
{
    char bytes[sizeof value];
    put((unsigned char *)bytes, value, n);
    e2l_text_append_n(text, bytes, n);
}

void e2l_pack_u32(e2l_text *text, uint32_t value)
{
    append(text, value, sizeof value);
}

void e2l_pack_u64(e2l_text *text, uint64_t value)
{
    append(text, value, sizeof value);
}

void e2l_pack_double(e2l_text *text, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    e2l_pack_u64(text, bits);
}

void e2l_pack_fitness(e2l_text *text, e2l_fitness fitness)
{
    e2l_pack_u32(text, fitness.ok ? 1 : 0);
    e2l_pack_double(text, fitness.score);
    e2l_pack_u64(text, fitness.n_ok);
    e2l_pack_u64(text, fitness.fail_step);
}

void e2l_pack_text(e2l_text *text, const char *s)
{
    size_t n = strlen(s);
    e2l_pack_u64(text, n);
    e2l_text_append_n(text, s, n + 1);
}

size_t e2l_pack_begin(e2l_text *text, const char *magic, uint64_t version)
{
    size_t start = text->n;
    e2l_text_append_n(text, magic, E2L_PACK_MAGIC_BYTES);
    e2l_pack_u64(text, version);
    e2l_pack_u64(text, 0); /* length: end fills it in */
    return start;
}

void e2l_pack_end(e2l_text *text, size_t start)
{
    if (text->failed || text->n < start + E2L_PACK_HEAD_BYTES) {
        return;
    }
    unsigned char *frame = (unsigned char *)text->data + start;
    size_t n = text->n - start;
    put(frame + LENGTH_AT, n - E2L_PACK_HEAD_BYTES, sizeof(uint64_t));
    e2l_pack_u64(text, XXH3_64bits(frame, n));
}

e2l_status e2l_unpack_open(e2l_ctx *ctx, e2l_unpack *u, const void *bytes, size_t n, const char *magic,
                           uint64_t version, const char *what)
{
    *u = (e2l_unpack){.bad = true};
    const unsigned char *frame = bytes;
    const size_t around = E2L_PACK_HEAD_BYTES + E2L_PACK_TAIL_BYTES;
    if (n < around) {
        return e2l_fail(ctx, E2L_INPUT, "%s: %zu bytes; needed: at least %zu", what, n, around);
    }
    if (memcmp(frame, magic, E2L_PACK_MAGIC_BYTES) != 0) {
        return e2l_fail(ctx, E2L_INPUT, "%s: does not begin with '%.8s'", what, magic);
    }
    uint64_t found = get(frame + VERSION_AT, sizeof found);
    if (found != version) {
        return e2l_fail(ctx, E2L_INPUT, "%s: version %llu; this program reads version %llu", what,
                        (unsigned long long)found, (unsigned long long)version);
    }
    uint64_t length = get(frame + LENGTH_AT, sizeof length);
    if (length != n - around) {
        return e2l_fail(ctx, E2L_INPUT, "%s: %zu bytes of content, %llu announced: cut off or longer", what,
                        n - around, (unsigned long long)length);
    }
    if (XXH3_64bits(frame, n - E2L_PACK_TAIL_BYTES) !=
        get(frame + n - E2L_PACK_TAIL_BYTES, E2L_PACK_TAIL_BYTES)) {
        return e2l_fail(ctx, E2L_INPUT, "%s: checksum does not match: the bytes are damaged", what);
    }
    *u = (e2l_unpack){.at = frame + E2L_PACK_HEAD_BYTES, .left = n - around};
    return E2L_OK;
}

static uint64_t take(e2l_unpack *u, size_t n)
{
    if (u->bad || u->left < n) {
        u->bad = true;
        return 0;
    }
    uint64_t value = get(u->at, n);
    u->at += n;
    u->left -= n;
    return value;
}

uint32_t e2l_unpack_u32(e2l_unpack *u)
{
    return (uint32_t)take(u, sizeof(uint32_t));
}

uint64_t e2l_unpack_u64(e2l_unpack *u)
{
    return take(u, sizeof(uint64_t));
}

double e2l_unpack_double(e2l_unpack *u)
{
    uint64_t bits = e2l_unpack_u64(u);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

e2l_fitness e2l_unpack_fitness(e2l_unpack *u)
{
    uint32_t ok = e2l_unpack_u32(u);
    e2l_fitness f = {.ok = ok == 1, .score = e2l_unpack_double(u)};
    f.n_ok = e2l_unpack_u64(u);
    f.fail_step = e2l_unpack_u64(u);
    u->bad = u->bad || ok > 1 || !isfinite(f.score) || (!f.ok && f.score != 0);
    return f;
}

const char *e2l_unpack_text(e2l_unpack *u)
{
    uint64_t n = e2l_unpack_u64(u);
    if (u->bad || n >= u->left || u->at[n] != '\0' || memchr(u->at, '\0', (size_t)n) != NULL) {
        u->bad = true;
        return "";
    }
    const char *text = (const char *)u->at;
    u->at += n + 1;
    u->left -= (size_t)n + 1;
    return text;
}

bool e2l_unpack_done(const e2l_unpack *u)
{
    return !u->bad && u->left == 0;
}
