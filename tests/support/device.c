/* device.c: see device.h. */
#include "tests/support/device.h"

#include <string.h>

#include "substrate/json.h"
#include "tests/support/support.h"

static void must(e2l_ctx *ctx, e2l_status status)
{
    if (status != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
}

e2l_device *test_device_open(e2l_ctx *ctx, const e2l_substrate *substrate, const char *options)
{
    cJSON *json = NULL;
    e2l_device *device = NULL;
    void *const values = e2l_alloc(ctx, 1, substrate->options_size);
    assert_non_null(values);
    must(ctx, e2l_json_parse(ctx, &json, options, strlen(options), "test"));
    must(ctx, e2l_fields_read(ctx, substrate->fields, substrate->n_fields, json, NULL, 0, substrate->name, values));
    must(ctx, substrate->open(ctx, &device, values));
    e2l_json_free(json);
    e2l_fields_clear(ctx, substrate->fields, substrate->n_fields, values);
    e2l_free(ctx, values);
    return device;
}
