/* pack.h: numbers and texts as portable bytes, in a frame that shows damage.

   A frame is: magic (8 bytes), version, length of the body (8 bytes each, little endian), body, XXH3 of all before.
   Reading never trusts a length: everything is checked against what is left. */
#ifndef E2L_CGP_PACK_H
#define E2L_CGP_PACK_H

#include "cgp/fitness.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { E2L_PACK_MAGIC_BYTES = 8, E2L_PACK_HEAD_BYTES = 24, E2L_PACK_TAIL_BYTES = 8 };

/* Starts a frame and returns its place in `text`, to be handed to end. `magic` has 8 bytes. */
size_t e2l_pack_begin(e2l_text *text, const char *magic, uint64_t version);
void e2l_pack_end(e2l_text *text, size_t start);
void e2l_pack_u32(e2l_text *text, uint32_t value);
void e2l_pack_u64(e2l_text *text, uint64_t value);
void e2l_pack_double(e2l_text *text, double value); /* by its bits */
void e2l_pack_fitness(e2l_text *text, e2l_fitness fitness);
void e2l_pack_text(e2l_text *text, const char *s); /* length, bytes, NUL */

/* Reads a body. After a read past the end, `bad` is true and everything reads as 0. */
typedef struct e2l_unpack {
    const unsigned char *at;
    size_t left;
    bool bad;
} e2l_unpack;
/* Checks the frame around `bytes`; E2L_INPUT in words, with `what` in front ("search state"). */
E2L_MUST_CHECK e2l_status e2l_unpack_open(e2l_ctx *ctx, e2l_unpack *u, const void *bytes, size_t n,
                                          const char *magic, uint64_t version, const char *what);
uint32_t e2l_unpack_u32(e2l_unpack *u);
uint64_t e2l_unpack_u64(e2l_unpack *u);
double e2l_unpack_double(e2l_unpack *u);
/* Bad unless what is read could have come from e2l_pack_fitness of an honest fitness. */
e2l_fitness e2l_unpack_fitness(e2l_unpack *u);
/* Borrowed from the bytes, NUL-terminated, without a NUL inside; "" when bad. */
const char *e2l_unpack_text(e2l_unpack *u);
/* Everything read, nothing bad. */
bool e2l_unpack_done(const e2l_unpack *u);

#ifdef __cplusplus
}
#endif

#endif
