/* unit_base.c: messages, counted heap, arenas, growing text, nearest names. */
#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

static void test_messages(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    assert_string_equal(e2l_ctx_message(ctx), "");
    assert_int_equal(e2l_fail(ctx, E2L_INPUT, "value %d", 7), E2L_INPUT);
    assert_int_equal(e2l_fail_at(ctx, E2L_IO, "file '%s'", "a"), E2L_IO);
    assert_string_equal(e2l_ctx_message(ctx), "file 'a': value 7");
    for (int k = 0; k < 100; k++) { /* a message that grows without end is cut */
        assert_int_equal(e2l_fail_at(ctx, E2L_IO, "%s", "a long piece of text in front of the message"), E2L_IO);
    }
    assert_true(strlen(e2l_ctx_message(ctx)) < E2L_MESSAGE_BYTES);
    e2l_ctx_clear(ctx);
    assert_string_equal(e2l_ctx_message(ctx), "");
    assert_string_equal(e2l_status_text(E2L_NOMEM), "out of memory");
    assert_string_equal(e2l_status_text((e2l_status)-99), "unknown status");
    e2l_test_ctx_end(ctx);
}

static void test_heap(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    unsigned char *lanes = e2l_alloc_lanes(ctx, 3, 8);
    assert_non_null(lanes);
    assert_int_equal((uintptr_t)lanes % 64, 0);
    assert_int_equal(lanes[23], 0);
    assert_int_equal(e2l_ctx_blocks(ctx), 1);
    assert_null(e2l_alloc(ctx, SIZE_MAX / 2, 4)); /* the product overflows */
    e2l_ctx_fail_allocation(ctx, 2);
    void *first = e2l_alloc(ctx, 1, 1);
    assert_non_null(first);
    assert_null(e2l_alloc(ctx, 1, 1));
    assert_null(e2l_realloc(ctx, first, 100, 1)); /* and all after it */
    e2l_ctx_fail_allocation(ctx, 0);
    e2l_free(ctx, first);
    e2l_free(ctx, NULL);
    assert_int_equal(e2l_ctx_blocks(ctx), 1);
    e2l_free(ctx, lanes);
    char *copy = e2l_strdup(ctx, "abc");
    assert_string_equal(copy, "abc");
    assert_int_equal(e2l_ctx_destroy(ctx), 1); /* the copy was not freed: the count says so */
    free(copy);
}

static void test_arena(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_arena *arena;
    assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
    for (int round = 0; round < 3; round++) {
        for (size_t k = 0; k < 300; k++) {
            unsigned char *block = e2l_arena_alloc(arena, k * 7, 3);
            assert_non_null(block);
            assert_int_equal((uintptr_t)block % 64, 0);
            for (size_t i = 0; i < k * 21; i++) {
                assert_int_equal(block[i], 0);
                block[i] = 0xff;
            }
        }
        e2l_arena_reset(arena);
    }
    assert_string_equal(e2l_arena_strdup(arena, "abcdef", 3), "abc");
    assert_null(e2l_arena_alloc(arena, SIZE_MAX / 2, 8));
    e2l_arena_destroy(arena);
    e2l_arena_destroy(NULL);
    e2l_test_ctx_end(ctx);
}

static void test_text(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text text;
    e2l_text_init(&text, ctx);
    assert_string_equal(e2l_text_get(&text), "");
    for (int k = 0; k < 100; k++) {
        e2l_text_appendf(&text, "%d,", k);
    }
    e2l_text_append_n(&text, "endless", 3);
    assert_int_equal(text.n, 10 * 2 + 90 * 3 + 3);
    assert_string_equal(e2l_text_get(&text) + text.n - 6, "99,end");
    assert_int_equal(e2l_text_status(&text), E2L_OK);
    e2l_text_reset(&text);
    assert_string_equal(e2l_text_get(&text), "");
    e2l_text_clear(&text);
    e2l_ctx_fail_allocation(ctx, 1);
    e2l_text_append(&text, "x");
    e2l_text_append(&text, "y");
    assert_int_equal(e2l_text_status(&text), E2L_NOMEM);
    e2l_text_clear(&text);
    e2l_test_ctx_end(ctx);
}

static void test_nearest(void **state)
{
    (void)state;
    static const char *const names[] = {"generations", "offspring", "parents"};
    char buffer[64];
    assert_string_equal(e2l_nearest("generation", names, 3), "generations");
    assert_string_equal(e2l_nearest("ofspring", names, 3), "offspring");
    assert_null(e2l_nearest("zzz", names, 3));
    assert_null(e2l_nearest("x", names, 0));
    assert_string_equal(e2l_did_you_mean(buffer, sizeof buffer, "parent", names, 3), "; did you mean 'parents'?");
    assert_string_equal(e2l_did_you_mean(buffer, sizeof buffer, "zzz", names, 3), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages), cmocka_unit_test(test_heap),    cmocka_unit_test(test_arena),
        cmocka_unit_test(test_text),     cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests_name("unit_base", tests, NULL, NULL);
}
