/* Hostile bytes for search state, migrants, archives and caches: E2L_OK or E2L_INPUT in words, never a crash, a leak or a
   changed search. The input is tried as it is, and as the body of a frame whose checksum is right, so that what lies
   behind the checksum is reached. The first byte chooses the reader. */
#include <stdlib.h>
#include <string.h>

#include "cgp/archive.h"
#include "cgp/cache.h"
#include "cgp/pack.h"
#include "cgp/search.h"
#include "tests/support/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good) {
        abort();
    }
}

enum { STATE, MIGRANT, ARCHIVE, CACHE, N_KINDS };
static const struct {
    const char *magic;
    uint64_t version;
} frames[N_KINDS] = {{"e2lsrch", 3}, {"e2lmigr", 2}, {"e2larch", 1}, {"e2lcach", 1}};

typedef struct target {
    e2l_ctx *ctx;
    e2l_search *search;
    e2l_archive *archive;
    e2l_cache *cache;
} target;

static void save_kind(const target *t, unsigned kind, e2l_text *out)
{
    e2l_text_reset(out);
    check((kind == STATE     ? e2l_search_save(t->search, out)
           : kind == MIGRANT ? e2l_search_emigrate(t->search, out)
           : kind == ARCHIVE ? e2l_archive_save(t->archive, out)
                             : e2l_cache_save(t->cache, out)) == E2L_OK);
}

/* The table above is that of the program: otherwise nothing behind the version would ever be reached, and nobody would know. */
static void check_frames(const target *t)
{
    e2l_text saved;
    e2l_text_init(&saved, t->ctx);
    for (unsigned kind = 0; kind < N_KINDS; kind++) {
        save_kind(t, kind, &saved);
        check(saved.n > E2L_PACK_HEAD_BYTES && memcmp(saved.data, frames[kind].magic, E2L_PACK_MAGIC_BYTES) == 0);
        check((unsigned char)saved.data[E2L_PACK_MAGIC_BYTES] == frames[kind].version);
    }
    e2l_text_clear(&saved);
}

static void start(target *t)
{
    e2l_genome_shape shapes[] = {test_shape("a", 6, 0, 0.3), test_shape("b", 4, 2, 0.3)};
    e2l_search_options options = test_options(shapes, 2, 1, 2, 3);
    check(e2l_ctx_create(&t->ctx) == E2L_OK);
    check(e2l_search_create(t->ctx, &t->search, &options) == E2L_OK);
    check(e2l_archive_create(t->ctx, &t->archive, 1) == E2L_OK);
    check(e2l_cache_create(t->ctx, &t->cache, 2, 6) == E2L_OK);
    check(test_generation(t->ctx, t->search, 2) == E2L_OK);
    check_frames(t);
}

static void end(target *t)
{
    e2l_search_destroy(t->search);
    e2l_archive_destroy(t->archive);
    e2l_cache_destroy(t->cache);
    check(e2l_ctx_destroy(t->ctx) == 0);
}

static e2l_status read_bytes(target *t, unsigned kind, const void *bytes, size_t n)
{
    switch (kind) {
    case STATE:
        return e2l_search_load(t->search, bytes, n);
    case MIGRANT:
        return e2l_search_immigrate(t->search, bytes, n);
    case ARCHIVE:
        return e2l_archive_load(t->archive, bytes, n);
    default:
        return e2l_cache_load(t->cache, bytes, n);
    }
}

/* Constants that came in can be looked at, tried and taken over. */
static void try_constants(target *t)
{
    enum { MOST = 8 };
    double values[MOST], etas[2] = {0.5, 0.5};
    bool used[MOST];
    e2l_proposal proposal;
    const size_t n = e2l_search_n_constants(t->search);
    if (e2l_search_n_parents(t->search) == 0) {
        return;
    }
    check(n <= MOST);
    e2l_search_constants(t->search, values, used);
    for (size_t k = 0; k < n; k++) {
        check(values[k] == values[k]);
        values[k] = (double)k + 1;
    }
    check(e2l_search_vary(t->search, values, &proposal) == E2L_OK);
    (void)e2l_search_adopt(t->search, (e2l_fitness){.ok = true, .score = 1e9}, etas);
}

static void fill_cache(target *t)
{
    const double etas[2] = {1, 2};
    for (uint64_t k = 0; k < 20; k++) {
        e2l_cache_put(t->cache, (e2l_key){.low = k, .high = k}, e2l_fitness_worst(), etas);
    }
}

/* Whatever was read, the search goes on and what is saved can be loaded. */
static void use(target *t, unsigned kind, const void *bytes, size_t n)
{
    e2l_status status = read_bytes(t, kind, bytes, n);
    check(status == E2L_OK || (status == E2L_INPUT && e2l_ctx_message(t->ctx)[0] != '\0'));
    e2l_text saved;
    e2l_text_init(&saved, t->ctx);
    if (kind <= MIGRANT) {
        try_constants(t);
        check(test_generation(t->ctx, t->search, 2) == E2L_OK);
        kind = STATE;
    } else if (kind == CACHE) {
        save_kind(t, kind, &saved);
        check(read_bytes(t, kind, saved.data, saved.n) == E2L_OK);
        fill_cache(t);
    }
    save_kind(t, kind, &saved);
    check(read_bytes(t, kind, saved.data, saved.n) == E2L_OK);
    e2l_text_clear(&saved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned kind = size > 0 ? data[0] % N_KINDS : 0U;
    const uint8_t *body = size > 0 ? data + 1 : data;
    size_t n = size > 0 ? size - 1 : 0;
    target t;
    start(&t);
    use(&t, kind, body, n);
    if (n > E2L_PACK_HEAD_BYTES + E2L_PACK_TAIL_BYTES) { /* corpus files are whole frames: the body again */
        e2l_text frame;
        e2l_text_init(&frame, t.ctx);
        size_t at = e2l_pack_begin(&frame, frames[kind].magic, frames[kind].version);
        e2l_text_append_n(&frame, (const char *)body + E2L_PACK_HEAD_BYTES,
                          n - E2L_PACK_HEAD_BYTES - E2L_PACK_TAIL_BYTES);
        e2l_pack_end(&frame, at);
        use(&t, kind, frame.data, frame.n);
        e2l_text_clear(&frame);
    }
    end(&t);
    return 0;
}
