/* refused.c: see refused.h. */
#include "tests/support/refused.h"

#include <string.h>

#include "tests/support/support.h"
#include "tests/support/task.h"

void test_family_refused(e2l_ctx *ctx, const char *task, const char *options, const char *set, const char *say)
{
    test_family family;
    assert_int_equal(test_family_open(ctx, &family, task, options, 1, set), E2L_INPUT);
    if (!strstr(e2l_ctx_message(ctx), say)) {
        fail_msg("'%s' does not say '%s'", e2l_ctx_message(ctx), say);
    }
}
