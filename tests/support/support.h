/* support.h: what tests share: closeness in double precision, seeds, formulas from text and at random.

   Include it in place of cmocka.h. */
#ifndef E2L_TESTS_SUPPORT_H
#define E2L_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cgp/base.h"
#include "cgp/expr.h"
#include "cgp/stream.h"

/* |a - b| <= atol + rtol * max(|a|, |b|); equal infinities and two NaN are close. */
bool e2l_test_is_close(double a, double b, double rtol, double atol);
void e2l_test_assert_close(double a, double b, double rtol, double atol, const char *file, int line);
#define assert_close(a, b, rtol, atol) e2l_test_assert_close((a), (b), (rtol), (atol), __FILE__, __LINE__)

/* The environment's E2L_SEED, else 1. */
uint64_t e2l_test_seed(void);
/* Cases of a property test: the environment's E2L_CASES, else 1000. */
size_t e2l_test_cases(void);
/* The stream of case k of a property test. */
e2l_stream e2l_test_stream(uint64_t seed, size_t k);

/* A context that must be alive; destroying it must find no block left. */
e2l_ctx *e2l_test_ctx(void);
void e2l_test_ctx_end(e2l_ctx *ctx);
/* Which allocation fails after the n-th did: the first hundreds one by one, then ever fewer of the thousands that the stress build makes. */
static inline size_t e2l_test_next_allocation(size_t n)
{
    return n + 1 + n / 256;
}

/* Parses a formula that must be right; the caller destroys it. */
e2l_expr *e2l_test_parse(e2l_ctx *ctx, const char *text);
/* Prints into `text` (reset before), shortest style; returns its C string. */
const char *e2l_test_print(const e2l_expr *expr, e2l_text *text);

/* A random formula of up to `size` calls over x, y, w and constants. With `whole`, constants are small integers and
   the operations those of a polynomial; otherwise every primitive and any constant may come. */
e2l_expr *e2l_test_random_expr(e2l_ctx *ctx, e2l_stream *stream, size_t size, bool whole);

/* A property of one formula; false when it does not hold. */
typedef bool e2l_test_property(e2l_ctx *ctx, const e2l_expr *expr, uint64_t seed);
/* Holds a property against e2l_test_cases() random formulas. A failure is shrunk to the smallest part of the formula
   that still fails, printed with its seed, and fails the test. */
void e2l_test_for_all(const char *name, e2l_test_property *holds, size_t size, bool whole);

#endif
