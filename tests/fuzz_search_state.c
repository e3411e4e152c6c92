/* Hostile bytes for search state, migrants and archives: E2L_OK or E2L_INPUT in words, never a crash, a leak or a
   changed search. The input is tried as it is, and as the body of a frame whose checksum is right, so that what lies
   behind the checksum is reached. The first byte chooses the reader. */
#include <stdlib.h>

#include "cgp/archive.h"
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

typedef struct target {
    e2l_ctx *ctx;
    e2l_search *search;
    e2l_archive *archive;
} target;

static void start(target *t)
{
    e2l_genome_shape shapes[] = {test_shape("a", 6, 0, 0.3), test_shape("b", 4, 2, 0.3)};
    e2l_search_options options = test_options(shapes, 2, 1, 2, 3);
    check(e2l_ctx_create(&t->ctx) == E2L_OK);
    check(e2l_search_create(t->ctx, &t->search, &options) == E2L_OK);
    check(e2l_archive_create(t->ctx, &t->archive, 1) == E2L_OK);
    check(test_generation(t->ctx, t->search, 2) == E2L_OK);
}

static void end(target *t)
{
    e2l_search_destroy(t->search);
    e2l_archive_destroy(t->archive);
    check(e2l_ctx_destroy(t->ctx) == 0);
}

static e2l_status read_bytes(target *t, unsigned kind, const void *bytes, size_t n)
{
    switch (kind) {
    case 0:
        return e2l_search_load(t->search, bytes, n);
    case 1:
        return e2l_search_immigrate(t->search, bytes, n);
    default:
        return e2l_archive_load(t->archive, bytes, n);
    }
}

/* Whatever was read, the search goes on and what is saved can be loaded. */
static void use(target *t, unsigned kind, const void *bytes, size_t n)
{
    e2l_status status = read_bytes(t, kind, bytes, n);
    check(status == E2L_OK || (status == E2L_INPUT && e2l_ctx_message(t->ctx)[0] != '\0'));
    e2l_text saved;
    e2l_text_init(&saved, t->ctx);
    if (kind > 1) {
        check(e2l_archive_save(t->archive, &saved) == E2L_OK);
        check(e2l_archive_load(t->archive, saved.data, saved.n) == E2L_OK);
    } else {
        check(test_generation(t->ctx, t->search, 2) == E2L_OK);
        check(e2l_search_save(t->search, &saved) == E2L_OK);
        check(e2l_search_load(t->search, saved.data, saved.n) == E2L_OK);
    }
    e2l_text_clear(&saved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const magic[] = {"e2lsrch", "e2lmigr", "e2larch"};
    unsigned kind = size > 0 ? data[0] % 3U : 0;
    const uint8_t *body = size > 0 ? data + 1 : data;
    size_t n = size > 0 ? size - 1 : 0;
    target t;
    start(&t);
    use(&t, kind, body, n);
    if (n > E2L_PACK_HEAD_BYTES + E2L_PACK_TAIL_BYTES) { /* corpus files are whole frames: the body again */
        e2l_text frame;
        e2l_text_init(&frame, t.ctx);
        size_t at = e2l_pack_begin(&frame, magic[kind], 1);
        e2l_text_append_n(&frame, (const char *)body + E2L_PACK_HEAD_BYTES,
                          n - E2L_PACK_HEAD_BYTES - E2L_PACK_TAIL_BYTES);
        e2l_pack_end(&frame, at);
        use(&t, kind, frame.data, frame.n);
        e2l_text_clear(&frame);
    }
    end(&t);
    return 0;
}
