/* base.h: what every part of e2l stands on: status codes, the context with its error message and
   allocation count, arenas, growing text, the nearest known name.

   It sits in cgp/ because cgp/ is the bottom of the include order; there is no "utils". */
#ifndef E2L_CGP_BASE_H
#define E2L_CGP_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define E2L_MUST_CHECK __attribute__((warn_unused_result))
#define E2L_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define E2L_MUST_CHECK
#define E2L_PRINTF(format_at, first_at)
#endif

/* X(NAME, value, "text") */
#define E2L_STATUS_LIST(X)                                                                         \
    X(OK, 0, "ok")                                                                                 \
    X(NOMEM, -1, "out of memory")                                                                  \
    X(INPUT, -2, "wrong input")          /* command line, config, data: exit code 2 */             \
    X(IO, -3, "input or output failed")  /* exit code 1 */                                         \
    X(TOOL, -4, "outside tool missing")  /* exit code 3 */                                         \
    X(UNSUPPORTED, -5, "not supported")  /* refused in words: exit code 2 */                       \
    X(CANCELLED, -6, "cancelled")        /* the caller's cancel flag was raised */                 \
    X(INTERNAL, -7, "internal error")    /* a broken program */

typedef enum e2l_status {
#define E2L_STATUS_ENUM(name, value, text) E2L_##name = value,
    E2L_STATUS_LIST(E2L_STATUS_ENUM)
#undef E2L_STATUS_ENUM
} e2l_status;

/* The text of a status; "unknown status" for anything else. */
const char *e2l_status_text(e2l_status status);

/* ---- context ---------------------------------------------------------------------------------
   One per thread of work; no mutable state lives outside it. It owns the last error message and
   counts heap blocks; e2l_ctx_destroy returns the number of blocks never freed. */
typedef struct e2l_ctx e2l_ctx;

enum { E2L_MESSAGE_BYTES = 4096 }; /* room for a checker's list of some thirty problems */

E2L_MUST_CHECK e2l_status e2l_ctx_create(e2l_ctx **out);
/* Destroys the context (NULL is legal) and returns how many heap blocks were still alive. */
size_t e2l_ctx_destroy(e2l_ctx *ctx);

/* Stores a message (printf format, what/where/value/range/nearest name) and returns `status`. */
e2l_status e2l_fail(e2l_ctx *ctx, e2l_status status, const char *format, ...) E2L_PRINTF(3, 4);
/* Puts "prefix: " in front of the present message and returns `status`: says where on the way up. */
e2l_status e2l_fail_at(e2l_ctx *ctx, e2l_status status, const char *format, ...) E2L_PRINTF(3, 4);
/* The message of the last failure; "" after e2l_ctx_clear. Borrowed until the next failure. */
const char *e2l_ctx_message(const e2l_ctx *ctx);
void e2l_ctx_clear(e2l_ctx *ctx);

/* ---- heap, counted through the context ---------------------------------------------------------
   All return NULL and store a NOMEM message when memory is out or the n-th allocation is told to
   fail. Blocks are zeroed. Sizes are n * size with overflow checked. */
void *e2l_alloc(e2l_ctx *ctx, size_t n, size_t size);
/* Aligned to 64 bytes, zeroed; freed with e2l_free as well. */
void *e2l_alloc_lanes(e2l_ctx *ctx, size_t n, size_t size);
/* Grows or shrinks; bytes past the old size are NOT zeroed. The old block stays on failure. */
void *e2l_realloc(e2l_ctx *ctx, void *block, size_t n, size_t size);
char *e2l_strdup(e2l_ctx *ctx, const char *text);
void e2l_free(e2l_ctx *ctx, void *block);
/* Tests: the n-th allocation from now fails (1 = the next one; 0 = never), and all after it. */
void e2l_ctx_fail_allocation(e2l_ctx *ctx, size_t n);
/* Heap blocks alive now. */
size_t e2l_ctx_blocks(const e2l_ctx *ctx);

/* ---- arena: many small blocks, freed together -------------------------------------------------- */
typedef struct e2l_arena e2l_arena;
E2L_MUST_CHECK e2l_status e2l_arena_create(e2l_ctx *ctx, e2l_arena **out);
void e2l_arena_destroy(e2l_arena *arena);
/* Forgets all blocks, keeps the memory. */
void e2l_arena_reset(e2l_arena *arena);
/* Zeroed, aligned to 64; NULL with a NOMEM message. */
void *e2l_arena_alloc(e2l_arena *arena, size_t n, size_t size);
/* The same, not zeroed: for large blocks that are written before they are read. */
void *e2l_arena_take(e2l_arena *arena, size_t n, size_t size);
char *e2l_arena_strdup(e2l_arena *arena, const char *text, size_t length);

/* ---- growing text -------------------------------------------------------------------------------
   `{.ctx = ctx}` or e2l_text_init starts one; append functions are no-ops after a failed allocation,
   so a writer checks once at the end with e2l_text_status. `data` is NUL-terminated when n > 0. */
typedef struct e2l_text {
    e2l_ctx *ctx;
    char *data;
    size_t n, capacity;
    bool failed;
} e2l_text;
void e2l_text_init(e2l_text *text, e2l_ctx *ctx);
void e2l_text_clear(e2l_text *text); /* frees */
void e2l_text_reset(e2l_text *text); /* empties, keeps the memory */
void e2l_text_append(e2l_text *text, const char *s);
void e2l_text_append_n(e2l_text *text, const char *s, size_t n);
void e2l_text_appendf(e2l_text *text, const char *format, ...) E2L_PRINTF(2, 3);
E2L_MUST_CHECK e2l_status e2l_text_status(const e2l_text *text);
/* The text as a C string, "" when empty. Borrowed until the next change. */
const char *e2l_text_get(const e2l_text *text);

/* ---- names --------------------------------------------------------------------------------------
   The candidate with the smallest edit distance to `name`, or NULL when none is near enough to be
   meant (distance <= 1 + length / 3). */
const char *e2l_nearest(const char *name, const char *const *candidates, size_t n);
/* "; did you mean 'X'?" into `buffer`, or "" when nothing is near. Returns `buffer`. */
const char *e2l_did_you_mean(char *buffer, size_t size, const char *name,
                             const char *const *candidates, size_t n);

#ifdef __cplusplus
}
#endif
#endif
