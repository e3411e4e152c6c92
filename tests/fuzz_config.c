/* Any bytes as a config: refused in words (E2L_INPUT, E2L_UNSUPPORTED), or a config whose resolved text reads back as itself. A second
   part of the input, behind a NUL, is a `--set` text. */
#include <string.h>

#include "mpi/config.h"
#include "substrate/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void check_refusal(const e2l_ctx *ctx, e2l_status status)
{
    check(status == E2L_INPUT || status == E2L_UNSUPPORTED);
    check(e2l_ctx_message(ctx)[0] != '\0');
}

static void check_resolved(e2l_ctx *ctx, const e2l_config *config)
{
    e2l_text first = {.ctx = ctx};
    e2l_text second = {.ctx = ctx};
    cJSON *root = NULL;
    e2l_config again;
    check(e2l_config_write(config, &first) == E2L_OK);
    check(e2l_json_parse(ctx, &root, first.data, first.n, "resolved") == E2L_OK);
    check(e2l_config_from_json(ctx, &again, root, "resolved") == E2L_OK);
    check(e2l_config_write(&again, &second) == E2L_OK);
    check(strcmp(e2l_text_get(&first), e2l_text_get(&second)) == 0);
    e2l_config_clear(&again);
    e2l_json_free(root);
    e2l_text_clear(&first);
    e2l_text_clear(&second);
}

static void try_config(e2l_ctx *ctx, cJSON *root)
{
    e2l_config config;
    e2l_status status = e2l_config_from_json(ctx, &config, root, "fuzz");
    if (status == E2L_OK) {
        check_resolved(ctx, &config);
    } else {
        check_refusal(ctx, status);
    }
    e2l_config_clear(&config);
}

static void try_setting(e2l_ctx *ctx, cJSON *root, const uint8_t *data, size_t size)
{
    char setting[256];
    size_t n = size < sizeof setting ? size : sizeof setting - 1;
    memcpy(setting, data, n);
    setting[n] = '\0';
    e2l_status status = e2l_config_set(ctx, root, setting);
    if (status != E2L_OK) {
        check_refusal(ctx, status);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    cJSON *root = NULL;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 0;
    }
    const uint8_t *nul = memchr(data, '\0', size);
    size_t n = nul ? (size_t)(nul - data) : size;
    e2l_status status = e2l_json_parse(ctx, &root, (const char *)data, n, "fuzz");
    if (status == E2L_OK) {
        if (nul && cJSON_IsObject(root)) {
            try_setting(ctx, root, nul + 1, size - n - 1);
        }
        try_config(ctx, root);
    } else {
        check_refusal(ctx, status);
    }
    e2l_json_free(root);
    check(e2l_ctx_destroy(ctx) == 0);
    return 0;
}
