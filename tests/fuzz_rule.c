/* fuzz_rule.c: any bytes as a rule file. What is accepted must print as a rule.json that reads back to the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "results/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(e2l_ctx *ctx, const e2l_rule_set *set)
{
    e2l_text json = {.ctx = ctx}, again = {.ctx = ctx};
    e2l_rule_set *other = NULL;
    e2l_status status = e2l_rule_print(set, &json);
    if (status == E2L_OK) {
        status = e2l_rule_read_text(ctx, &other, e2l_text_get(&json), strlen(e2l_text_get(&json)), "again");
    }
    if (status == E2L_OK) {
        status = e2l_rule_print(other, &again);
    }
    if (status != E2L_OK || strcmp(e2l_text_get(&json), e2l_text_get(&again)) != 0) {
        abort(); /* the fuzzer's way to fail */
    }
    e2l_rule_set_destroy(other);
    e2l_text_clear(&json);
    e2l_text_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    e2l_rule_set *set;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 0;
    }
    if (e2l_rule_read_text(ctx, &set, (const char *)data, size, "fuzz") == E2L_OK) {
        check(ctx, set);
        e2l_rule_set_destroy(set);
    } else if (e2l_ctx_message(ctx)[0] == '\0') {
        abort(); /* refused without a word */
    }
    if (e2l_ctx_destroy(ctx) != 0) {
        abort();
    }
    return 0;
}
