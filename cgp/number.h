/* number.h: doubles to text and back, exactly and whatever the locale. */
#ifndef E2L_CGP_NUMBER_H
#define E2L_CGP_NUMBER_H

#include "cgp/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { E2L_NUMBER_BYTES = 40 };

/* The shortest decimal that reads back to the same bits: "0.1", "1e-09" is "1e-9", "inf", "-inf",
   "-0". NaN gives "nan" (never written to JSON or CSV by us). Returns `buffer`. */
const char *e2l_number_shortest(char buffer[E2L_NUMBER_BYTES], double value);
/* C99 hexadecimal: "0x1.999999999999ap-4", "0x0p+0", "inf". */
const char *e2l_number_hex(char buffer[E2L_NUMBER_BYTES], double value);

/* Reads an unsigned decimal ("12", "1.5e-3", ".5") or hex float ("0x1.8p+1") at `text`, at most n
   bytes; returns the bytes used, 0 when no number stands there. No sign, no inf/nan words, no locale.
   Rounds to nearest; overflow gives inf (the caller decides), underflow follows the round. */
size_t e2l_number_read(const char *text, size_t n, double *out);

/* The 64 bits of a double: constants are compared by them, so 0 and -0 are two. */
uint64_t e2l_double_bits(double value);

#ifdef __cplusplus
}
#endif
#endif
