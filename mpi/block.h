/* block.h: counted runs of bytes inside packed bytes (cgp/pack.h): states and texts that travel together. */
#ifndef E2L_MPI_BLOCK_H
#define E2L_MPI_BLOCK_H

#include "cgp/pack.h"

/* Appends length and bytes. */
void e2l_block_put(e2l_text *to, const void *bytes, size_t n);
void e2l_block_put_text(e2l_text *to, const e2l_text *text);
/* The next block, borrowed from the bytes; n = 0 and u->bad when there is none. */
const char *e2l_block_get(e2l_unpack *u, size_t *n);
/* The next block appended to a text. */
void e2l_block_get_text(e2l_unpack *u, e2l_text *to);

#endif
