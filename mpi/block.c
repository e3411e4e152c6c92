/* block.c: see block.h. */
#include "mpi/block.h"

void e2l_block_put(e2l_text *to, const void *bytes, size_t n)
{
    e2l_pack_u64(to, n);
    e2l_text_append_n(to, bytes, n);
}

void e2l_block_put_text(e2l_text *to, const e2l_text *text)
{
    e2l_block_put(to, e2l_text_get(text), text->n);
    to->failed = to->failed || text->failed;
}

const char *e2l_block_get(e2l_unpack *u, size_t *n)
{
    uint64_t length = e2l_unpack_u64(u);
    *n = 0;
    if (u->bad || length > u->left) {
        u->bad = true;
        return "";
    }
    const char *bytes = (const char *)u->at;
    u->at += length;
    u->left -= (size_t)length;
    *n = (size_t)length;
    return bytes;
}

void e2l_block_get_text(e2l_unpack *u, e2l_text *to)
{
    size_t n;
    const char *bytes = e2l_block_get(u, &n);
    e2l_text_append_n(to, bytes, n);
}
