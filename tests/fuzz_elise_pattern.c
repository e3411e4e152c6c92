/* Hostile pattern files: either rows of 0 and 1 of one length, of which some change, or E2L_INPUT with a message; never a leak. */
#include "tasks/elise_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 0;
    }
    elise_pattern pattern;
    const e2l_status status = elise_pattern_parse(ctx, &pattern, (const char *)data, size, "fuzz.txt");
    check(status == E2L_OK ? pattern.active != NULL : status == E2L_INPUT && e2l_ctx_message(ctx)[0] != '\0' && !pattern.active);
    bool changes = false;
    for (size_t i = 0; i < pattern.visible * pattern.slots; i++) {
        check(pattern.active[i] <= 1);
        changes = changes || pattern.active[i] != pattern.active[i / pattern.slots * pattern.slots];
    }
    check(changes == (status == E2L_OK) && pattern.visible <= ELISE_MOST_NEURONS && pattern.slots <= ELISE_MOST_SLOTS);
    elise_pattern_clear(ctx, &pattern);
    check(e2l_ctx_destroy(ctx) == 0);
    return 0;
}
