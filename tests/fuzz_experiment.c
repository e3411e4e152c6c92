/* Any bytes as an experiment file: refused with a message, or read; what was read prints, reads again and prints the same text. */
#include <string.h>

#include "substrate/experiment_read.h"
#include "substrate/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

/* False when it is refused. */
static bool read_one(e2l_ctx *ctx, e2l_arena *arena, const char *text, size_t size, e2l_text *out)
{
    cJSON *json = NULL;
    e2l_experiment experiment;
    e2l_status status = e2l_json_parse(ctx, &json, text, size, "fuzz");
    status = status == E2L_OK ? e2l_experiment_read(ctx, arena, json, "fuzz", &experiment) : status;
    e2l_json_free(json);
    check(status == E2L_OK || (status == E2L_INPUT && e2l_ctx_message(ctx)[0] != '\0'));
    if (status != E2L_OK) {
        return false;
    }
    check(e2l_experiment_print(&experiment, out) == E2L_OK);
    (void)e2l_experiment_n_steps(&experiment);
    status = e2l_experiment_check(ctx, &experiment, NULL);
    check(status == E2L_OK || ((status == E2L_INPUT || status == E2L_UNSUPPORTED) && e2l_ctx_message(ctx)[0] != '\0'));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    e2l_arena *arena;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 0;
    }
    check(e2l_arena_create(ctx, &arena) == E2L_OK);
    e2l_text first = {.ctx = ctx};
    e2l_text second = {.ctx = ctx};
    if (read_one(ctx, arena, (const char *)data, size, &first)) {
        check(read_one(ctx, arena, e2l_text_get(&first), first.n, &second));
        check(strcmp(e2l_text_get(&first), e2l_text_get(&second)) == 0);
    }
    e2l_text_clear(&first);
    e2l_text_clear(&second);
    e2l_arena_destroy(arena);
    check(e2l_ctx_destroy(ctx) == 0);
    return 0;
}
