/* Any bytes as a checkpoint: refused in words or read into a snapshot that encodes and decodes as itself. The input is tried as it is and
   as the body of a frame whose checksum is right, so that what lies behind the checksum is reached; what was read is handed to an
   island, which must refuse what is not its own. */
#include <string.h>

#include "mpi/checkpoint.h"
#include "mpi/island.h"
#include "substrate/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { N_ISLANDS = 2 };
static const e2l_key KEY = {.low = 1, .high = 2};

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void check_again(e2l_ctx *ctx, const e2l_snapshot *snapshot)
{
    e2l_text first = {.ctx = ctx};
    e2l_text second = {.ctx = ctx};
    e2l_snapshot again;
    check(e2l_snapshot_encode(snapshot, KEY, &first) == E2L_OK);
    check(e2l_snapshot_init(ctx, &again, N_ISLANDS) == E2L_OK);
    check(e2l_snapshot_decode(&again, KEY, first.data, first.n) == E2L_OK);
    check(e2l_snapshot_encode(&again, KEY, &second) == E2L_OK);
    check(first.n == second.n && memcmp(first.data, second.data, first.n) == 0);
    e2l_snapshot_clear(&again);
    e2l_text_clear(&first);
    e2l_text_clear(&second);
}

static void try_island(e2l_ctx *ctx, const e2l_snapshot *snapshot)
{
    static const char text[] = "{\"task\":{\"name\":\"pca\"}}";
    cJSON *root = NULL;
    e2l_config config;
    e2l_island island;
    check(e2l_json_parse(ctx, &root, text, sizeof text - 1, "config") == E2L_OK);
    check(e2l_config_from_json(ctx, &config, root, "config") == E2L_OK);
    check(e2l_island_init(ctx, &island, &config, 1) == E2L_OK);
    e2l_status status = e2l_island_load(&island, &snapshot->search[1], &snapshot->archive[1]);
    check(status == E2L_OK || (status == E2L_INPUT && e2l_ctx_message(ctx)[0] != '\0'));
    e2l_island_clear(&island);
    e2l_config_clear(&config);
    e2l_json_free(root);
}

static void try_bytes(e2l_ctx *ctx, const void *bytes, size_t n)
{
    e2l_snapshot snapshot;
    check(e2l_snapshot_init(ctx, &snapshot, N_ISLANDS) == E2L_OK);
    e2l_status status = e2l_snapshot_decode(&snapshot, KEY, bytes, n);
    if (status == E2L_OK) {
        check_again(ctx, &snapshot);
        try_island(ctx, &snapshot);
    } else {
        check(status == E2L_INPUT && e2l_ctx_message(ctx)[0] != '\0');
    }
    e2l_snapshot_clear(&snapshot);
}

/* A frame with the right key around bytes that may be anything. */
static void try_framed(e2l_ctx *ctx, const uint8_t *data, size_t size)
{
    e2l_text frame = {.ctx = ctx};
    size_t start = e2l_pack_begin(&frame, "e2lckpt", 1);
    e2l_pack_u64(&frame, KEY.low);
    e2l_pack_u64(&frame, KEY.high);
    e2l_text_append_n(&frame, (const char *)data, size);
    e2l_pack_end(&frame, start);
    try_bytes(ctx, frame.data, frame.n);
    e2l_text_clear(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 0;
    }
    try_bytes(ctx, data, size);
    try_framed(ctx, data, size);
    check(e2l_ctx_destroy(ctx) == 0);
    return 0;
}
