/* Memory runs out at the n-th allocation, for every n: NOMEM, nothing leaks, and a search goes on as if nothing had
   been once there is memory again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cgp/archive.h"
#include "cgp/cache.h"
#include "cgp/search.h"
#include "tests/support/search.h"

enum { MOST_ALLOCATIONS = 20000 };
typedef e2l_status scene(e2l_ctx *ctx);

static void fail_at_every_allocation(scene *play)
{
    e2l_status status = E2L_NOMEM;
    size_t n = 0;
    while (status == E2L_NOMEM && n < MOST_ALLOCATIONS) {
        e2l_ctx *ctx;
        assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
        e2l_ctx_fail_allocation(ctx, ++n);
        status = play(ctx);
        assert_int_equal(e2l_ctx_destroy(ctx), 0);
    }
    assert_int_equal(status, E2L_OK);
    assert_in_range(n, 3, MOST_ALLOCATIONS - 1);
}

static e2l_status make_search(e2l_ctx *ctx, e2l_search **out)
{
    e2l_genome_shape shapes[] = {test_shape("a", 10, 0, 0.3), test_shape("b", 6, 2, 0.3)};
    e2l_search_options options = test_options(shapes, 2, 1, 2, 3);
    return e2l_search_create(ctx, out, &options);
}

static e2l_status play_course(e2l_ctx *ctx)
{
    e2l_search *search;
    e2l_text bytes;
    e2l_text_init(&bytes, ctx);
    e2l_status status = make_search(ctx, &search);
    for (size_t k = 0; k < 4 && status == E2L_OK; k++) {
        status = test_generation(ctx, search, 2);
    }
    if (status == E2L_OK) {
        status = e2l_search_emigrate(search, &bytes);
    }
    if (status == E2L_OK) {
        status = e2l_search_immigrate(search, bytes.data, bytes.n);
    }
    e2l_text_reset(&bytes);
    if (status == E2L_OK) {
        status = e2l_search_save(search, &bytes);
    }
    if (status == E2L_OK) {
        status = e2l_search_load(search, bytes.data, bytes.n);
    }
    e2l_text_clear(&bytes);
    e2l_search_destroy(search);
    return status;
}

static e2l_status offer_text(e2l_ctx *ctx, e2l_archive *archive, const char *text, double score)
{
    const e2l_scope scope = {.any_name = true};
    e2l_expr *rule;
    e2l_status status = e2l_expr_parse(ctx, &rule, text, strlen(text), &scope);
    if (status != E2L_OK) {
        return status;
    }
    const e2l_expr *rules[] = {rule};
    const double eta = 1;
    status = e2l_archive_offer(archive, rules, (e2l_fitness){.ok = true, .score = score}, &eta, 1, 2, 3, 4);
    e2l_expr_destroy(ctx, rule);
    return status;
}

static e2l_status play_archive(e2l_ctx *ctx)
{
    e2l_archive *archive;
    e2l_text bytes;
    e2l_text_init(&bytes, ctx);
    e2l_status status = e2l_archive_create(ctx, &archive, 1);
    const char *rules[] = {"x", "x * w", "y * x - y * y * w", "tanh(x * w) / (1 + w)"};
    for (size_t k = 0; k < 4 && status == E2L_OK; k++) {
        status = offer_text(ctx, archive, rules[k], (double)k);
    }
    if (status == E2L_OK) {
        status = e2l_archive_save(archive, &bytes);
    }
    if (status == E2L_OK) {
        status = e2l_archive_load(archive, bytes.data, bytes.n);
    }
    e2l_text_clear(&bytes);
    e2l_archive_destroy(archive);
    return status;
}

static e2l_status play_cache(e2l_ctx *ctx)
{
    e2l_cache *cache;
    e2l_status status = e2l_cache_create(ctx, &cache, 2, 10);
    e2l_cache_destroy(cache);
    return status;
}

static e2l_status play_genome(e2l_ctx *ctx)
{
    const e2l_scope scope = {.any_name = true};
    e2l_genome_shape shape = test_shape("a", 10, 0, 0.3);
    uint32_t genes[31];
    e2l_stream stream;
    e2l_stream_init(&stream, 1, E2L_PURPOSE_TEST, NULL, 0);
    e2l_expr *rule, *again = NULL;
    const char *text = "x * (w - x * w)";
    e2l_status status = e2l_expr_parse(ctx, &rule, text, strlen(text), &scope);
    if (status == E2L_OK) {
        status = e2l_genome_encode(ctx, &shape, rule, &stream, genes);
    }
    if (status == E2L_OK) {
        status = e2l_genome_decode(ctx, &shape, genes, &again);
    }
    e2l_expr_destroy(ctx, rule);
    e2l_expr_destroy(ctx, again);
    return status;
}

static void test_course(void **state)
{
    (void)state;
    fail_at_every_allocation(play_course);
}

static void test_archive(void **state)
{
    (void)state;
    fail_at_every_allocation(play_archive);
}

static void test_cache(void **state)
{
    (void)state;
    fail_at_every_allocation(play_cache);
}

static void test_genome(void **state)
{
    (void)state;
    fail_at_every_allocation(play_genome);
}

static void save(const e2l_search *search, e2l_text *out)
{
    assert_int_equal(e2l_search_save(search, out), E2L_OK);
}

/* An ask that fails may be asked again; the course is that of a search that never failed. */
static void test_asked_again(void **state)
{
    (void)state;
    e2l_ctx *ctx;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    e2l_search *calm, *troubled;
    assert_int_equal(make_search(ctx, &calm), E2L_OK);
    assert_int_equal(make_search(ctx, &troubled), E2L_OK);
    for (size_t g = 0; g < 10; g++) {
        const e2l_proposal *proposals;
        size_t n, fail = 0;
        e2l_status status = E2L_NOMEM;
        while (status == E2L_NOMEM) {
            e2l_ctx_fail_allocation(ctx, ++fail);
            status = e2l_search_ask(troubled, &proposals, &n);
        }
        e2l_ctx_fail_allocation(ctx, 0);
        assert_int_equal(status, E2L_OK);
        assert_int_equal(test_generation(ctx, troubled, 2), E2L_OK);
        assert_int_equal(test_generation(ctx, calm, 2), E2L_OK);
    }
    e2l_text a, b;
    e2l_text_init(&a, ctx);
    e2l_text_init(&b, ctx);
    save(calm, &a);
    save(troubled, &b);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.data, b.data, a.n);
    e2l_text_clear(&a);
    e2l_text_clear(&b);
    e2l_search_destroy(calm);
    e2l_search_destroy(troubled);
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_course), cmocka_unit_test(test_archive),
                                       cmocka_unit_test(test_cache), cmocka_unit_test(test_genome),
                                       cmocka_unit_test(test_asked_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
