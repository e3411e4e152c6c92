/* unit_memo: scores by key, and bars: what a race found out is an answer to some questions and not to others. */
#include "mpi/memo.h"

#include <math.h>
#include <string.h>

#include "substrate/json.h"
#include "tests/support/support.h"

typedef struct testbed {
    e2l_ctx *ctx;
    e2l_config config;
    e2l_memo memo;
} testbed;

static void open_bed(testbed *out, const char *islands)
{
    cJSON *json = NULL;
    *out = (testbed){.ctx = e2l_test_ctx()};
    e2l_text text = {.ctx = out->ctx};
    e2l_text_appendf(&text, "{\"task\": {\"name\": \"pca\"}, \"search\": {\"islands\": %s}}", islands);
    assert_int_equal(e2l_json_parse(out->ctx, &json, e2l_text_get(&text), text.n, "test"), E2L_OK);
    assert_int_equal(e2l_config_from_json(out->ctx, &out->config, json, "test"), E2L_OK);
    e2l_json_free(json);
    e2l_text_clear(&text);
    assert_int_equal(e2l_memo_init(out->ctx, &out->memo, &out->config), E2L_OK);
}

static void close_bed(testbed *bed)
{
    e2l_memo_clear(&bed->memo);
    e2l_config_clear(&bed->config);
    e2l_test_ctx_end(bed->ctx);
}

static const e2l_fitness half = {.ok = true, .score = 0.5}, bad = {.ok = false, .n_ok = 3, .fail_step = 70};
static const double nowhere = -HUGE_VAL;

static e2l_key key_of(uint64_t k)
{
    return (e2l_key){.low = k * UINT64_C(0x9e3779b97f4a7c15), .high = k};
}

static void put(testbed *bed, uint64_t k, bool races, double least, e2l_fitness fitness)
{
    const double eta = (double)k;
    e2l_memo_put(&bed->memo, key_of(k), races, least, fitness, &eta);
}

enum { UNKNOWN = -99, BAD = -98, WORST = -97 };

/* The score; a word when there is none. */
static double get(testbed *bed, uint64_t k, bool races, double least)
{
    e2l_fitness fitness = {0};
    double eta = -1;
    if (!e2l_memo_get(&bed->memo, key_of(k), races, least, &fitness, &eta)) {
        return UNKNOWN;
    }
    assert_true(eta == (double)k);
    assert_true(fitness.ok || fitness.score == 0);
    bool is_worst = !fitness.ok && fitness.n_ok == 0 && fitness.fail_step == 0;
    assert_true(!fitness.ok || fitness.fail_step == 0); /* a bar is never handed out as a score */
    return fitness.ok ? fitness.score : is_worst ? WORST : BAD;
}

static void hits_and_misses(void **state)
{
    (void)state;
    testbed bed;
    open_bed(&bed, "4");
    assert_true(get(&bed, 1, false, nowhere) == UNKNOWN);
    put(&bed, 1, false, nowhere, half);
    put(&bed, 2, false, nowhere, bad);
    assert_true(get(&bed, 1, false, nowhere) == 0.5);
    assert_true(get(&bed, 2, false, nowhere) == BAD);
    assert_true(get(&bed, 3, false, nowhere) == UNKNOWN);
    /* a race asks whether a bar is reached */
    assert_true(get(&bed, 1, true, 0.4) == 0.5 && get(&bed, 1, true, 0.5) == 0.5);
    assert_true(get(&bed, 1, true, 0.5000001) == WORST);
    assert_true(get(&bed, 2, true, -5) == WORST);
    close_bed(&bed);
}

/* Below 0.3: no answer to who asks for less, or for the score itself. */
static void bars(void **state)
{
    (void)state;
    testbed bed;
    open_bed(&bed, "4");
    put(&bed, 1, true, 0.3, e2l_fitness_worst());
    assert_true(get(&bed, 1, true, 0.3) == WORST && get(&bed, 1, true, 0.9) == WORST);
    assert_true(get(&bed, 1, true, 0.2999999) == UNKNOWN);
    assert_true(get(&bed, 1, false, nowhere) == UNKNOWN);
    put(&bed, 1, true, 0.1, e2l_fitness_worst()); /* now it is known to be lower */
    assert_true(get(&bed, 1, true, 0.2) == WORST && get(&bed, 1, true, 0.05) == UNKNOWN);
    put(&bed, 1, true, -0.2, (e2l_fitness){.ok = true, .score = -0.1});
    assert_true(get(&bed, 1, false, nowhere) == -0.1 && get(&bed, 1, true, -0.2) == -0.1);
    assert_true(get(&bed, 1, true, 0.3) == WORST);
    put(&bed, 2, true, -1e300, e2l_fitness_worst());
    assert_true(get(&bed, 2, true, 0) == WORST && get(&bed, 2, false, nowhere) == UNKNOWN);
    put(&bed, 2, false, nowhere, bad);
    assert_true(get(&bed, 2, false, nowhere) == BAD && get(&bed, 2, true, 0) == WORST);
    close_bed(&bed);
}

static void blocks(void **state)
{
    (void)state;
    testbed bed;
    open_bed(&bed, "4");
    put(&bed, 1, false, nowhere, half);
    e2l_memo_enter(&bed.memo, 0);
    assert_true(get(&bed, 1, false, nowhere) == 0.5);
    e2l_memo_enter(&bed.memo, 1);
    assert_true(get(&bed, 1, false, nowhere) == UNKNOWN);
    put(&bed, 1, false, nowhere, half);
    e2l_memo_enter(&bed.memo, 0); /* what was known of it once is gone */
    assert_true(get(&bed, 1, false, nowhere) == UNKNOWN);
    close_bed(&bed);
}

/* The room is bounded, the same for all islands, and less for many of them; what is put last is never forgotten. */
static size_t n_kept(const char *islands, uint64_t n)
{
    testbed bed;
    open_bed(&bed, islands);
    for (uint64_t k = 0; k < n; k++) {
        put(&bed, k, false, nowhere, half);
    }
    size_t known = 0;
    for (uint64_t k = 0; k < n; k++) {
        known += get(&bed, k, false, nowhere) == 0.5 ? 1 : 0;
    }
    assert_true(get(&bed, n - 1, false, nowhere) == 0.5);
    close_bed(&bed);
    return known;
}

static void limits(void **state)
{
    (void)state;
    assert_int_equal(n_kept("4096", 500), 500);
    assert_in_range(n_kept("4096", 20000), 512, 1024);
    assert_in_range(n_kept("64", 60000), 16384, 32768);
    assert_int_equal(n_kept("1", 65536), 65536);
}

static void same_answers(testbed *a, testbed *b, uint64_t n)
{
    for (uint64_t k = 0; k < n; k++) {
        assert_true(get(a, k, false, nowhere) == get(b, k, false, nowhere));
        assert_true(get(a, k, true, 0.25) == get(b, k, true, 0.25));
    }
}

static void fill(testbed *bed, uint64_t from, uint64_t to)
{
    for (uint64_t k = from; k < to; k++) {
        put(bed, k, k % 3 == 0, 0.2, k % 3 == 0 ? e2l_fitness_worst() : k % 3 == 1 ? half : bad);
    }
}

/* A loaded memo answers as the saved one, and later forgets as it would have. */
static void saved_and_loaded(void **state)
{
    (void)state;
    testbed bed, other;
    open_bed(&bed, "4096");
    open_bed(&other, "4096");
    e2l_text bytes = {.ctx = bed.ctx};
    for (size_t round = 0; round < 4; round++) {
        e2l_text_reset(&bytes);
        e2l_memo_enter(&bed.memo, round / 2);
        fill(&bed, 1000 * round, 1000 * round + 700);
        bed.memo.n_evaluations = 17 * round;
        assert_int_equal(e2l_memo_save(&bed.memo, true, &bytes), E2L_OK);
        fill(&other, 5000, 5100); /* a past of its own is forgotten */
        assert_int_equal(e2l_memo_load(&other.memo, bytes.data, bytes.n), E2L_OK);
        assert_true(other.memo.block == round / 2 && other.memo.n_evaluations == 17 * round);
        same_answers(&bed, &other, 6000);
        fill(&bed, 1000 * round + 700, 1000 * round + 1000);
        fill(&other, 1000 * round + 700, 1000 * round + 1000);
        same_answers(&bed, &other, 6000);
    }
    e2l_text_reset(&bytes);
    assert_int_equal(e2l_memo_save(&bed.memo, false, &bytes), E2L_OK);
    assert_in_range(bytes.n, 1, 100);
    assert_int_equal(e2l_memo_load(&other.memo, bytes.data, bytes.n), E2L_OK);
    assert_true(other.memo.n_evaluations == bed.memo.n_evaluations && other.memo.block == bed.memo.block);
    assert_true(get(&other, 3500, false, nowhere) == UNKNOWN && get(&bed, 3500, false, nowhere) != UNKNOWN);
    e2l_text_clear(&bytes);
    close_bed(&other);
    close_bed(&bed);
}

static void refuse(testbed *bed, const void *bytes, size_t n)
{
    assert_int_equal(e2l_memo_load(&bed->memo, bytes, n), E2L_INPUT);
    assert_true(e2l_ctx_message(bed->ctx)[0] != '\0');
}

/* Every byte of the body in turn is set to something else under a checksum that is right: read or refused, and the memo works. */
static void hostile_bytes(void **state)
{
    (void)state;
    testbed bed;
    open_bed(&bed, "4096");
    e2l_text bytes = {.ctx = bed.ctx}, forged = {.ctx = bed.ctx};
    fill(&bed, 0, 4);
    assert_int_equal(e2l_memo_save(&bed.memo, true, &bytes), E2L_OK);
    for (size_t k = 0; k < bytes.n; k++) {
        bytes.data[k] = (char)(bytes.data[k] ^ 16);
        refuse(&bed, bytes.data, bytes.n);
        bytes.data[k] = (char)(bytes.data[k] ^ 16);
        refuse(&bed, bytes.data, k);
    }
    const char *body = bytes.data + E2L_PACK_HEAD_BYTES;
    const size_t n = bytes.n - E2L_PACK_HEAD_BYTES - E2L_PACK_TAIL_BYTES;
    size_t n_read = 0;
    for (size_t k = 0; k < n; k++) {
        e2l_text_reset(&forged);
        size_t start = e2l_pack_begin(&forged, bytes.data, 1);
        const char other = (char)(body[k] ^ 0x55);
        e2l_text_append_n(&forged, body, k);
        e2l_text_append_n(&forged, &other, 1);
        e2l_text_append_n(&forged, body + k + 1, n - k - 1);
        e2l_pack_end(&forged, start);
        e2l_status status = e2l_memo_load(&bed.memo, forged.data, forged.n);
        n_read += status == E2L_OK ? 1 : 0;
        assert_true(status == E2L_OK || (status == E2L_INPUT && e2l_ctx_message(bed.ctx)[0] != '\0'));
        e2l_text_reset(&forged); /* cut off within the body */
        start = e2l_pack_begin(&forged, bytes.data, 1);
        e2l_text_append_n(&forged, body, k);
        e2l_pack_end(&forged, start);
        refuse(&bed, forged.data, forged.n);
        put(&bed, 1, false, nowhere, half);
        assert_true(get(&bed, 1, false, nowhere) == 0.5);
    }
    assert_int_equal(n_read, 16); /* block and count are numbers like any other; the entries have a checksum of their own */
    assert_int_equal(e2l_memo_load(&bed.memo, bytes.data, bytes.n), E2L_OK);
    e2l_text_clear(&forged);
    e2l_text_clear(&bytes);
    close_bed(&bed);
}

/* A load that fails leaves nothing half read. */
static void a_failed_load_is_empty(void **state)
{
    (void)state;
    testbed bed, small;
    open_bed(&bed, "1");
    open_bed(&small, "4096");
    e2l_text bytes = {.ctx = bed.ctx};
    fill(&bed, 0, 9);
    fill(&small, 0, 9);
    bed.memo.block = 7;
    assert_int_equal(e2l_memo_save(&bed.memo, true, &bytes), E2L_OK);
    refuse(&small, bytes.data, bytes.n); /* another room: it would forget other things */
    for (uint64_t k = 0; k < 9; k++) {
        assert_true(get(&small, k, false, nowhere) == UNKNOWN);
    }
    assert_int_equal(small.memo.block, 0);
    e2l_text_clear(&bytes);
    close_bed(&small);
    close_bed(&bed);
}

static void out_of_memory(void **state)
{
    (void)state;
    testbed bed;
    e2l_memo memo;
    open_bed(&bed, "4096");
    e2l_status status = E2L_NOMEM;
    size_t n = 1;
    for (; status == E2L_NOMEM; n++) {
        e2l_text bytes = {.ctx = bed.ctx};
        e2l_ctx_fail_allocation(bed.ctx, n);
        status = e2l_memo_init(bed.ctx, &memo, &bed.config);
        status = status == E2L_OK ? e2l_memo_save(&memo, true, &bytes) : status;
        status = status == E2L_OK ? e2l_memo_load(&memo, bytes.data, bytes.n) : status;
        e2l_ctx_fail_allocation(bed.ctx, 0);
        e2l_text_clear(&bytes);
        e2l_memo_clear(&memo);
    }
    assert_int_equal(status, E2L_OK);
    assert_in_range(n, 6, 100);
    close_bed(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_and_misses), cmocka_unit_test(bars),          cmocka_unit_test(blocks),
        cmocka_unit_test(limits),          cmocka_unit_test(saved_and_loaded), cmocka_unit_test(hostile_bytes),
        cmocka_unit_test(a_failed_load_is_empty), cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
