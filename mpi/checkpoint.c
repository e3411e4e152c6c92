/* checkpoint.c: see checkpoint.h. The frame (version, length, checksum) is that of cgp/pack.h. */
#include "mpi/checkpoint.h"

#include "mpi/block.h"

static const char magic[] = "e2lckpt";
enum { VERSION = 1 };

e2l_status e2l_snapshot_init(e2l_ctx *ctx, e2l_snapshot *out, size_t n_islands)
{
    *out = (e2l_snapshot){.ctx = ctx, .n_islands = n_islands};
    out->search = e2l_alloc(ctx, n_islands, sizeof *out->search);
    out->archive = e2l_alloc(ctx, n_islands, sizeof *out->archive);
    if (!out->search || !out->archive) {
        e2l_free(ctx, out->search);
        e2l_free(ctx, out->archive);
        *out = (e2l_snapshot){0};
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < n_islands; k++) {
        e2l_text_init(&out->search[k], ctx);
        e2l_text_init(&out->archive[k], ctx);
    }
    return E2L_OK;
}

void e2l_snapshot_clear(e2l_snapshot *snapshot)
{
    for (size_t k = 0; k < snapshot->n_islands; k++) {
        e2l_text_clear(&snapshot->search[k]);
        e2l_text_clear(&snapshot->archive[k]);
    }
    if (snapshot->ctx) {
        e2l_free(snapshot->ctx, snapshot->search);
        e2l_free(snapshot->ctx, snapshot->archive);
    }
    *snapshot = (e2l_snapshot){0};
}

e2l_status e2l_snapshot_encode(const e2l_snapshot *snapshot, e2l_key config, e2l_text *out)
{
    e2l_text_reset(out);
    size_t start = e2l_pack_begin(out, magic, VERSION);
    e2l_pack_u64(out, config.low);
    e2l_pack_u64(out, config.high);
    e2l_pack_u64(out, snapshot->generation);
    e2l_pack_u64(out, snapshot->history_bytes);
    e2l_pack_u64(out, snapshot->lineage_bytes);
    e2l_pack_u64(out, snapshot->n_islands);
    for (size_t k = 0; k < snapshot->n_islands; k++) {
        e2l_block_put_text(out, &snapshot->search[k]);
        e2l_block_put_text(out, &snapshot->archive[k]);
    }
    e2l_pack_end(out, start);
    return e2l_text_status(out);
}

static e2l_status decode_head(e2l_snapshot *snapshot, e2l_key config, e2l_unpack *u)
{
    e2l_key of = {.low = e2l_unpack_u64(u)};
    of.high = e2l_unpack_u64(u);
    snapshot->generation = e2l_unpack_u64(u);
    snapshot->history_bytes = e2l_unpack_u64(u);
    snapshot->lineage_bytes = e2l_unpack_u64(u);
    uint64_t n_islands = e2l_unpack_u64(u);
    if (!u->bad && (of.low != config.low || of.high != config.high)) {
        return e2l_fail(snapshot->ctx, E2L_INPUT, "checkpoint: it belongs to another config.json, or its data file has changed");
    }
    if (u->bad || n_islands != snapshot->n_islands) {
        return e2l_fail(snapshot->ctx, E2L_INPUT, "checkpoint: %llu islands, the config has %zu",
                        (unsigned long long)n_islands, snapshot->n_islands);
    }
    return E2L_OK;
}

e2l_status e2l_snapshot_decode(e2l_snapshot *snapshot, e2l_key config, const void *bytes, size_t n)
{
    e2l_unpack u;
    e2l_status status = e2l_unpack_open(snapshot->ctx, &u, bytes, n, magic, VERSION, "checkpoint");
    if (status == E2L_OK) {
        status = decode_head(snapshot, config, &u);
    }
    for (size_t k = 0; status == E2L_OK && k < snapshot->n_islands; k++) {
        e2l_text_reset(&snapshot->search[k]);
        e2l_text_reset(&snapshot->archive[k]);
        e2l_block_get_text(&u, &snapshot->search[k]);
        e2l_block_get_text(&u, &snapshot->archive[k]);
        status = e2l_text_status(&snapshot->search[k]);
        status = status == E2L_OK ? e2l_text_status(&snapshot->archive[k]) : status;
    }
    if (status == E2L_OK && !e2l_unpack_done(&u)) {
        status = e2l_fail(snapshot->ctx, E2L_INPUT, "checkpoint: its content does not add up");
    }
    return status;
}
