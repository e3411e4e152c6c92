/* refused.h: options and sets that a task must refuse. Apart from task.h, which programs without CMocka use, too. */
#ifndef E2L_TESTS_SUPPORT_REFUSED_H
#define E2L_TESTS_SUPPORT_REFUSED_H

#include "cgp/base.h"

/* Opening a family with these options or this set is wrong input, and the message says `say`. */
void test_family_refused(e2l_ctx *ctx, const char *task, const char *options, const char *set, const char *say);

#endif
