/* Any bytes as JSON: refused with a message, or a tree of finite numbers that prints and reads back the same. */
#include <math.h>

#include "substrate/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void check_numbers(const cJSON *json)
{
    check(!cJSON_IsNumber(json) || isfinite(json->valuedouble));
    for (const cJSON *child = json->child; child; child = child->next) {
        check_numbers(child);
    }
}

static void check_round_trip(e2l_ctx *ctx, const cJSON *json, bool pretty)
{
    e2l_text text;
    e2l_text_init(&text, ctx);
    check(e2l_json_print(json, pretty, &text) == E2L_OK);
    cJSON *again;
    check(e2l_json_parse(ctx, &again, text.data, text.n, "again") == E2L_OK);
    check(cJSON_Compare(json, again, 1));
    e2l_json_free(again);
    e2l_text_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 0;
    }
    cJSON *json;
    e2l_status status = e2l_json_parse(ctx, &json, (const char *)data, size, "fuzz");
    check(status == E2L_OK || (status == E2L_INPUT && e2l_ctx_message(ctx)[0] != '\0'));
    if (status == E2L_OK) {
        check_numbers(json);
        check_round_trip(ctx, json, true);
        check_round_trip(ctx, json, false);
        e2l_json_free(json);
    }
    check(e2l_ctx_destroy(ctx) == 0);
    return 0;
}
