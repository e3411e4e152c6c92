/* base.c: status texts, context, counted heap, arenas, growing text, nearest names. */
#include "cgp/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct e2l_ctx {
    char message[E2L_MESSAGE_BYTES];
    size_t n_blocks;
    size_t fail_in; /* allocations until failure; 0 = never */
    bool failing;
};

const char *e2l_status_text(e2l_status status)
{
    switch (status) {
#define E2L_STATUS_CASE(name, value, text)                                                         \
    case E2L_##name:                                                                               \
        return text;
        E2L_STATUS_LIST(E2L_STATUS_CASE)
#undef E2L_STATUS_CASE
    default:
        return "unknown status";
    }
}

e2l_status e2l_ctx_create(e2l_ctx **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? E2L_OK : E2L_NOMEM;
}

size_t e2l_ctx_destroy(e2l_ctx *ctx)
{
    if (!ctx) {
        return 0;
    }
    size_t alive = ctx->n_blocks;
    free(ctx);
    return alive;
}

e2l_status e2l_fail(e2l_ctx *ctx, e2l_status status, const char *format, ...)
{
    char message[E2L_MESSAGE_BYTES]; /* the arguments may point into the present message */
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    memcpy(ctx->message, message, sizeof message);
    return status;
}

e2l_status e2l_fail_at(e2l_ctx *ctx, e2l_status status, const char *format, ...)
{
    char where[E2L_MESSAGE_BYTES / 2];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(where, sizeof where, format, args);
    va_end(args);
    return e2l_fail(ctx, status, "%s: %s", where, ctx->message);
}

const char *e2l_ctx_message(const e2l_ctx *ctx)
{
    return ctx->message;
}

void e2l_ctx_clear(e2l_ctx *ctx)
{
    ctx->message[0] = '\0';
}

/* True when this allocation is to be refused. */
static bool refuse_allocation(e2l_ctx *ctx, size_t n, size_t size)
{
    if (ctx->fail_in > 0 && --ctx->fail_in == 0) {
        ctx->failing = true;
    }
    if (ctx->failing || (size > 0 && n > (SIZE_MAX / 2) / size)) {
        (void)e2l_fail(ctx, E2L_NOMEM, "out of memory (%zu x %zu bytes)", n, size);
        return true;
    }
    return false;
}

static void *count_block(e2l_ctx *ctx, void *block, size_t n, size_t size)
{
    if (block) {
        ctx->n_blocks++;
    } else {
        (void)e2l_fail(ctx, E2L_NOMEM, "out of memory (%zu x %zu bytes)", n, size);
    }
    return block;
}

void *e2l_alloc(e2l_ctx *ctx, size_t n, size_t size)
{
    if (refuse_allocation(ctx, n, size)) {
        return NULL;
    }
    return count_block(ctx, calloc(n > 0 ? n : 1, size > 0 ? size : 1), n, size);
}

void *e2l_alloc_lanes(e2l_ctx *ctx, size_t n, size_t size)
{
    if (refuse_allocation(ctx, n, size)) {
        return NULL;
    }
    const size_t line = 64;
    size_t bytes = (n * size + line - 1) / line * line;
    bytes = bytes > 0 ? bytes : line;
    void *block = aligned_alloc(line, bytes);
    if (block) {
        memset(block, 0, bytes);
    }
    return count_block(ctx, block, n, size);
}

void *e2l_realloc(e2l_ctx *ctx, void *block, size_t n, size_t size)
{
    if (!block) {
        return e2l_alloc(ctx, n, size);
    }
    if (refuse_allocation(ctx, n, size)) {
        return NULL;
    }
    size_t bytes = n * size;
    void *moved = realloc(block, bytes > 0 ? bytes : 1);
    if (!moved) {
        (void)e2l_fail(ctx, E2L_NOMEM, "out of memory (%zu x %zu bytes)", n, size);
    }
    return moved;
}

char *e2l_strdup(e2l_ctx *ctx, const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = e2l_alloc(ctx, n, 1);
    if (copy) {
        memcpy(copy, text, n);
    }
    return copy;
}

void e2l_free(e2l_ctx *ctx, void *block)
{
    if (block) {
        ctx->n_blocks--;
        free(block);
    }
}

void e2l_ctx_fail_allocation(e2l_ctx *ctx, size_t n)
{
    ctx->fail_in = n;
    ctx->failing = false;
}

size_t e2l_ctx_blocks(const e2l_ctx *ctx)
{
    return ctx->n_blocks;
}

/* ---- arena ---- */

enum { ARENA_LINE = 64 };
#ifdef E2L_STRESS
enum { ARENA_CHUNK = 64 };
#else
enum { ARENA_CHUNK = 65536 };
#endif

typedef struct arena_chunk {
    struct arena_chunk *next;
    size_t capacity, used;
    unsigned char *bytes; /* aligned, owned */
} arena_chunk;

struct e2l_arena {
    e2l_ctx *ctx;
    arena_chunk *first, *now;
};

e2l_status e2l_arena_create(e2l_ctx *ctx, e2l_arena **out)
{
    *out = e2l_alloc(ctx, 1, sizeof **out);
    if (!*out) {
        return E2L_NOMEM;
    }
    (*out)->ctx = ctx;
    return E2L_OK;
}

void e2l_arena_destroy(e2l_arena *arena)
{
    if (!arena) {
        return;
    }
    for (arena_chunk *chunk = arena->first; chunk;) {
        arena_chunk *next = chunk->next;
        e2l_free(arena->ctx, chunk->bytes);
        e2l_free(arena->ctx, chunk);
        chunk = next;
    }
    e2l_free(arena->ctx, arena);
}

void e2l_arena_reset(e2l_arena *arena)
{
    for (arena_chunk *chunk = arena->first; chunk; chunk = chunk->next) {
        chunk->used = 0;
    }
    arena->now = arena->first;
}

/* Makes `arena->now` a chunk with `bytes` free behind the present one; NULL when memory is out. */
static arena_chunk *arena_next_chunk(e2l_arena *arena, size_t bytes)
{
    while (arena->now && arena->now->next) {
        arena->now = arena->now->next;
        if (arena->now->capacity >= bytes) {
            return arena->now;
        }
    }
    arena_chunk *chunk = e2l_alloc(arena->ctx, 1, sizeof *chunk);
    if (!chunk) {
        return NULL;
    }
    chunk->capacity = bytes > ARENA_CHUNK ? bytes : ARENA_CHUNK;
    chunk->bytes = e2l_alloc_lanes(arena->ctx, chunk->capacity, 1);
    if (!chunk->bytes) {
        e2l_free(arena->ctx, chunk);
        return NULL;
    }
    if (arena->now) {
        arena->now->next = chunk;
    } else {
        arena->first = chunk;
    }
    arena->now = chunk;
    return chunk;
}

/* The place of a block; its bytes in *bytes. */
static void *arena_place(e2l_arena *arena, size_t n, size_t size, size_t *out)
{
    if (size > 0 && n > (SIZE_MAX / 4) / size) {
        (void)e2l_fail(arena->ctx, E2L_NOMEM, "out of memory (%zu x %zu bytes)", n, size);
        return NULL;
    }
    size_t bytes = (n * size + ARENA_LINE - 1) / ARENA_LINE * ARENA_LINE;
    bytes = bytes > 0 ? bytes : ARENA_LINE;
    arena_chunk *chunk = arena->now;
    if (!chunk || chunk->capacity - chunk->used < bytes) {
        chunk = arena_next_chunk(arena, bytes);
        if (!chunk) {
            return NULL;
        }
    }
    void *block = chunk->bytes + chunk->used;
    chunk->used += bytes;
    *out = bytes;
    return block;
}

void *e2l_arena_alloc(e2l_arena *arena, size_t n, size_t size)
{
    size_t bytes = 0;
    void *block = arena_place(arena, n, size, &bytes);
    if (block) {
        memset(block, 0, bytes);
    }
    return block;
}

void *e2l_arena_take(e2l_arena *arena, size_t n, size_t size)
{
    size_t bytes = 0;
    void *block = arena_place(arena, n, size, &bytes);
#ifdef E2L_STRESS
    if (block) {
        memset(block, 0xff, bytes); /* doubles become NaN: who reads before writing is found out */
    }
#endif
    return block;
}

char *e2l_arena_strdup(e2l_arena *arena, const char *text, size_t length)
{
    char *copy = e2l_arena_alloc(arena, length + 1, 1);
    if (copy) {
        memcpy(copy, text, length);
    }
    return copy;
}

/* ---- text ---- */

void e2l_text_init(e2l_text *text, e2l_ctx *ctx)
{
    *text = (e2l_text){.ctx = ctx};
}

void e2l_text_clear(e2l_text *text)
{
    if (text->ctx) {
        e2l_free(text->ctx, text->data);
    }
    *text = (e2l_text){.ctx = text->ctx};
}

void e2l_text_reset(e2l_text *text)
{
    text->n = 0;
    text->failed = false;
    if (text->data) {
        text->data[0] = '\0';
    }
}

/* Room for n more bytes and a NUL. */
static bool text_reserve(e2l_text *text, size_t n)
{
    if (text->failed) {
        return false;
    }
    if (text->capacity - text->n > n) {
        return true;
    }
    size_t capacity = (text->n + n + 1) * 2;
    char *data = e2l_realloc(text->ctx, text->data, capacity, 1);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void e2l_text_append_n(e2l_text *text, const char *s, size_t n)
{
    if (text_reserve(text, n)) {
        memcpy(text->data + text->n, s, n);
        text->n += n;
        text->data[text->n] = '\0';
    }
}

void e2l_text_append(e2l_text *text, const char *s)
{
    e2l_text_append_n(text, s, strlen(s));
}

void e2l_text_appendf(e2l_text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n >= 0 && text_reserve(text, (size_t)n)) {
        (void)vsnprintf(text->data + text->n, (size_t)n + 1, format, again);
        text->n += (size_t)n;
    }
    va_end(again);
}

e2l_status e2l_text_status(const e2l_text *text)
{
    return text->failed ? E2L_NOMEM : E2L_OK;
}

const char *e2l_text_get(const e2l_text *text)
{
    return text->n > 0 ? text->data : "";
}

/* ---- names ---- */

enum { NEAREST_MAX = 64 }; /* longer names are not compared */

/* Levenshtein distance of two short names. */
static size_t edit_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t row[NEAREST_MAX + 1];
    for (size_t j = 0; j <= n_b; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= n_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            size_t best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = replace < best ? replace : best;
        }
    }
    return row[n_b];
}

const char *e2l_nearest(const char *name, const char *const *candidates, size_t n)
{
    size_t length = strlen(name), best = SIZE_MAX;
    const char *nearest = NULL;
    if (length > NEAREST_MAX) {
        return NULL;
    }
    for (size_t k = 0; k < n; k++) {
        size_t other = strlen(candidates[k]);
        if (other > NEAREST_MAX) {
            continue;
        }
        size_t distance = edit_distance(name, length, candidates[k], other);
        if (distance < best) {
            best = distance;
            nearest = candidates[k];
        }
    }
    return best <= 1 + length / 3 ? nearest : NULL;
}

const char *e2l_did_you_mean(char *buffer, size_t size, const char *name,
                             const char *const *candidates, size_t n)
{
    const char *nearest = e2l_nearest(name, candidates, n);
    buffer[0] = '\0';
    if (nearest) {
        (void)snprintf(buffer, size, "; did you mean '%s'?", nearest);
    }
    return buffer;
}
