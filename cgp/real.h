/* real.h: the number type of code that is compiled twice, for binary64 and for binary32 (E2L_SINGLE defined). */
#ifndef E2L_CGP_REAL_H
#define E2L_CGP_REAL_H

#include <stdint.h>

#ifdef E2L_SINGLE
typedef float e2l_real;
#define E2L_BELOW_ONE 0x1.fffffep-1f /* the largest number below 1 */
#define E2L_MOST_COUNTED (UINT64_C(1) << 24) /* whole numbers are exact up to here */
#else
typedef double e2l_real;
#define E2L_BELOW_ONE 0x1.fffffffffffffp-1
#define E2L_MOST_COUNTED (UINT64_C(1) << 53)
#endif

/* Lanes of a row: 64 bytes, a line of the cache. */
enum { E2L_REALS_OF_LINE = 64 / sizeof(e2l_real) };

#endif
