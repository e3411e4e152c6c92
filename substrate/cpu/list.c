/* list.c: see list.h. */
#include "substrate/cpu/list.h"
#include "substrate/cpu/wide.h"

static size_t count(const e2l_space space, const e2l_real *mask)
{
    size_t n = 0;
    for (size_t k = 0; k < space.n_pre * space.n_post; ++k) {
        n += mask[e2l_wide_at(space, k)] > 0.0 ? 1 : 0;
    }
    return n;
}

size_t e2l_list_room(const e2l_list *list)
{
    return e2l_tiles_of(list->n) * E2L_LANE_STEP;
}

size_t e2l_list_read(const e2l_list *list)
{
    return e2l_list_room(list) + E2L_LANE_STEP;
}

static bool allocate(e2l_ctx *ctx, e2l_list *list)
{
    const size_t room = e2l_list_read(list);
    list->pre = e2l_alloc(ctx, room, sizeof *list->pre);
    list->post = e2l_alloc(ctx, room, sizeof *list->post);
    list->place = e2l_alloc(ctx, room, sizeof *list->place);
    list->in = e2l_alloc(ctx, room, sizeof *list->in);
    list->in_pre = e2l_alloc(ctx, room, sizeof *list->in_pre);
    list->out_start = e2l_alloc(ctx, list->n_pre + 1, sizeof *list->out_start);
    list->in_start = e2l_alloc(ctx, list->n_post + 2, sizeof *list->in_start);
    return list->pre != NULL && list->post != NULL && list->in != NULL && list->in_pre != NULL && list->place != NULL && list->out_start != NULL && list->in_start != NULL;
}

static void fill_out(e2l_list *list, e2l_space space, const e2l_real *mask)
{
    uint32_t at = 0;
    for (uint32_t pre = 0; pre < list->n_pre; ++pre) {
        list->out_start[pre] = at;
        for (uint32_t post = 0; post < list->n_post; ++post) {
            if (mask[e2l_wide_at(space, post * list->n_pre + pre)] > 0.0) {
                list->pre[at] = pre;
                list->post[at] = post;
                list->place[at++] = post * E2L_PARTIAL_SUMS + pre % E2L_PARTIAL_SUMS;
            }
        }
    }
    list->out_start[list->n_pre] = at;
    for (size_t k = list->n; list->n > 0 && k < e2l_list_read(list); ++k) {
        list->pre[k] = list->pre[list->n - 1];
        list->post[k] = list->post[list->n - 1];
    }
}

/* Counting sort by target. */
static void fill_in(e2l_list *list)
{
    uint32_t *const start = list->in_start;
    for (size_t k = 0; k < list->n; ++k) {
        start[list->post[k] + 2]++;
    }
    for (size_t post = 2; post < list->n_post + 2; ++post) {
        start[post] += start[post - 1];
    }
    for (uint32_t k = 0; k < list->n; ++k) {
        list->in[start[list->post[k] + 1]++] = k;
    }
    for (size_t k = list->n; list->n > 0 && k < e2l_list_read(list); ++k) {
        list->in[k] = list->in[list->n - 1];
    }
    for (size_t k = 0; k < e2l_list_read(list); ++k) {
        list->in_pre[k] = list->pre[list->in[k]];
    }
}

e2l_status e2l_list_create(e2l_ctx *ctx, e2l_list *out, uint64_t n_pre, uint64_t n_post, const e2l_real *mask)
{
    const e2l_space space = {n_pre, n_post, 0};
    *out = (e2l_list){.n_pre = (size_t)n_pre, .n_post = (size_t)n_post};
    out->n = count(space, mask);
    if (!allocate(ctx, out)) {
        e2l_list_clear(ctx, out);
        return E2L_NOMEM;
    }
    fill_out(out, space, mask);
    fill_in(out);
    return E2L_OK;
}

void e2l_list_clear(e2l_ctx *ctx, e2l_list *list)
{
    e2l_free(ctx, list->pre);
    e2l_free(ctx, list->post);
    e2l_free(ctx, list->place);
    e2l_free(ctx, list->in);
    e2l_free(ctx, list->in_pre);
    e2l_free(ctx, list->out_start);
    e2l_free(ctx, list->in_start);
    *list = (e2l_list){0};
}
