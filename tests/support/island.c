/* island.c: see island.h. */
#include "tests/support/island.h"

#include <string.h>

#include "substrate/json.h"

static e2l_status read_config(e2l_ctx *ctx, e2l_config *out, const char *text)
{
    cJSON *json = NULL;
    e2l_status status = e2l_json_parse(ctx, &json, text, strlen(text), "test");
    status = status == E2L_OK ? e2l_config_from_json(ctx, out, json, "test") : status;
    e2l_json_free(json);
    return status;
}

e2l_status test_island_open(e2l_ctx *ctx, test_island *out, const char *config)
{
    *out = (test_island){.ctx = ctx};
    e2l_status status = read_config(ctx, &out->config, config);
    status = status == E2L_OK ? e2l_lab_open(ctx, &out->lab, &out->config, NULL) : status;
    status = status == E2L_OK ? e2l_scorer_create(ctx, &out->scorer, &out->lab) : status;
    status = status == E2L_OK ? e2l_island_init(ctx, &out->island, &out->config, 0) : status;
    if (status != E2L_OK) {
        test_island_close(out);
    }
    return status;
}

void test_island_close(test_island *one)
{
    e2l_island_clear(&one->island);
    e2l_scorer_destroy(one->scorer);
    e2l_lab_close(&one->lab);
    if (one->config.ctx) {
        e2l_config_clear(&one->config);
    }
    *one = (test_island){.ctx = one->ctx};
}

e2l_status test_island_run(test_island *one, size_t n_generations)
{
    e2l_status status = E2L_OK;
    for (size_t g = 0; status == E2L_OK && g < n_generations; g++) {
        status = e2l_island_step(&one->island, one->scorer);
    }
    return status;
}

e2l_status test_island_print(const test_island *one, e2l_text *out)
{
    e2l_text search = {.ctx = one->ctx}, archive = {.ctx = one->ctx};
    e2l_status status = e2l_island_save(&one->island, &search, &archive);
    if (status == E2L_OK) {
        e2l_text_append_n(out, e2l_text_get(&search), search.n);
        e2l_text_append_n(out, e2l_text_get(&archive), archive.n);
        e2l_text_append_n(out, e2l_text_get(&one->island.history), one->island.history.n);
        e2l_text_append_n(out, e2l_text_get(&one->island.lineage), one->island.lineage.n);
        status = e2l_text_status(out);
    }
    e2l_text_clear(&search);
    e2l_text_clear(&archive);
    return status;
}
