/* unit_stream.c: Philox against published vectors, moments, unbiased integers, independence, chunks. */
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

/* Random123 1.x, kat_vectors, philox4x32 10: counter, key -> block. */
static void test_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], block[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t k = 0; k < sizeof vectors / sizeof *vectors; k++) {
        e2l_stream stream = {.n_left = 0};
        memcpy(stream.counter, vectors[k].counter, sizeof stream.counter);
        memcpy(stream.key, vectors[k].key, sizeof stream.key);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(e2l_stream_u32(&stream), vectors[k].block[i]);
        }
    }
}

enum { N = 200000 };

static void test_normal_moments(void **state)
{
    (void)state;
    static double x[N];
    e2l_stream stream = e2l_test_stream(e2l_test_seed(), 0);
    double m1 = 0.0, m2 = 0.0, m3 = 0.0, m4 = 0.0, lag = 0.0;
    e2l_stream_fill_normal(&stream, N, x);
    for (size_t k = 0; k < N; k++) {
        m1 += x[k] / N;
        m2 += x[k] * x[k] / N;
        m3 += pow(x[k], 3) / N;
        m4 += pow(x[k], 4) / N;
        lag += k > 0 ? x[k] * x[k - 1] / N : 0.0;
    }
    double unit = 1.0 / sqrt(N); /* five standard errors each */
    assert_close(m1, 0.0, 0.0, 5.0 * unit);
    assert_close(m2, 1.0, 0.0, 5.0 * sqrt(2.0) * unit);
    assert_close(m3, 0.0, 0.0, 5.0 * sqrt(15.0) * unit);
    assert_close(m4, 3.0, 0.0, 5.0 * sqrt(96.0) * unit);
    assert_close(lag, 0.0, 0.0, 5.0 * unit);
}

static void test_uniform(void **state)
{
    (void)state;
    static double x[N];
    e2l_stream stream = e2l_test_stream(e2l_test_seed(), 1);
    double mean = 0.0, square = 0.0;
    e2l_stream_fill_uniform(&stream, N, x);
    for (size_t k = 0; k < N; k++) {
        assert_true(x[k] > 0.0 && x[k] < 1.0);
        mean += x[k] / N;
        square += x[k] * x[k] / N;
    }
    assert_close(mean, 0.5, 0.0, 5.0 * sqrt(1.0 / 12.0 / N));
    assert_close(square, 1.0 / 3.0, 0.0, 5.0 * sqrt(4.0 / 45.0 / N));
}

/* Chi-square with n - 1 degrees of freedom, at five standard deviations of its normal approximation. */
static void check_below(uint32_t n)
{
    size_t counts[16] = {0};
    double chi = 0.0;
    e2l_stream stream = e2l_test_stream(e2l_test_seed(), n);
    for (size_t k = 0; k < N; k++) {
        uint32_t value = e2l_stream_below(&stream, n);
        assert_true(value < n);
        counts[value * UINT64_C(16) / n]++;
    }
    for (size_t k = 0; k < 16; k++) {
        chi += pow((double)counts[k] - N / 16.0, 2) / (N / 16.0);
    }
    assert_true(chi < 15.0 + 5.0 * sqrt(30.0));
}

static void test_below(void **state)
{
    (void)state;
    check_below(16);
    check_below(UINT32_C(3) << 30); /* the plain product would hit a third of the values twice as often */
    e2l_stream stream = e2l_test_stream(1, 2);
    for (size_t k = 0; k < 100; k++) {
        assert_int_equal(e2l_stream_below(&stream, 1), 0);
    }
    /* Values that are 0 mod 3 are a third of all below 3 * 2^30. */
    size_t threes = 0;
    for (size_t k = 0; k < N; k++) {
        threes += e2l_stream_below(&stream, UINT32_C(3) << 30) % 3 == 0 ? 1 : 0;
    }
    assert_close((double)threes / N, 1.0 / 3.0, 0.0, 5.0 * sqrt(2.0 / 9.0 / N));
}

/* Seed, purpose, every word and the number of words make a stream of its own. */
static void test_keys_differ(void **state)
{
    (void)state;
    const uint64_t words[20] = {0};
    uint64_t first[64];
    size_t n = 0;
    for (size_t k = 0; k <= 20; k++) {
        e2l_stream stream;
        e2l_stream_init(&stream, 1, E2L_PURPOSE_CASE, words, k);
        first[n++] = e2l_stream_u64(&stream);
    }
    for (size_t k = 0; k < 20; k++) {
        uint64_t changed[20] = {0};
        e2l_stream stream;
        changed[k] = 1;
        e2l_stream_init(&stream, 1, E2L_PURPOSE_CASE, changed, 20);
        first[n++] = e2l_stream_u64(&stream);
    }
    for (uint64_t seed = 2; seed < 4; seed++) {
        e2l_stream stream;
        e2l_stream_init(&stream, seed, E2L_PURPOSE_CASE, words, 2);
        first[n++] = e2l_stream_u64(&stream);
        e2l_stream_init(&stream, seed, E2L_PURPOSE_NOISE, words, 2);
        first[n++] = e2l_stream_u64(&stream);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_true(first[i] != first[j]);
        }
    }
}

/* Neighbouring streams are uncorrelated. */
static void test_independent(void **state)
{
    (void)state;
    enum { STREAMS = 200, EACH = 500 };
    static double x[STREAMS][EACH];
    double sum = 0.0;
    for (size_t k = 0; k < STREAMS; k++) {
        e2l_stream stream = e2l_test_stream(e2l_test_seed(), k);
        e2l_stream_fill_normal(&stream, EACH, x[k]);
    }
    for (size_t k = 1; k < STREAMS; k++) {
        for (size_t i = 0; i < EACH; i++) {
            sum += x[k][i] * x[k - 1][i];
        }
    }
    assert_close(sum / ((STREAMS - 1) * EACH), 0.0, 0.0, 5.0 / sqrt((STREAMS - 1) * EACH));
}

/* However a stream is cut into calls, the numbers are the same (normals: cut at even places). */
static void test_chunks(void **state)
{
    (void)state;
    enum { LENGTH = 1111 };
    static double whole[LENGTH + 1], pieces[LENGTH + 1];
    for (size_t start = 0; start < 4; start++) {
        e2l_stream a = e2l_test_stream(7, 0), b = a;
        for (size_t k = 0; k < start; k++) {
            assert_int_equal(e2l_stream_u32(&a), e2l_stream_u32(&b));
        }
        e2l_stream_fill_uniform(&a, LENGTH, whole);
        for (size_t k = 0, now = 0; k < LENGTH; k += now) {
            now = k % 7 + 1 < LENGTH - k ? k % 7 + 1 : LENGTH - k;
            e2l_stream_fill_uniform(&b, now, pieces + k);
        }
        assert_memory_equal(whole, pieces, LENGTH * sizeof whole[0]);
        e2l_stream_fill_normal(&a, LENGTH + 1, whole);
        for (size_t k = 0, now = 0; k < LENGTH + 1; k += now) {
            now = 2 * (k % 5 + 1) < LENGTH + 1 - k ? 2 * (k % 5 + 1) : LENGTH + 1 - k;
            e2l_stream_fill_normal(&b, now, pieces + k);
        }
        assert_memory_equal(whole, pieces, (LENGTH + 1) * sizeof whole[0]);
        assert_int_equal(e2l_stream_u32(&a), e2l_stream_u32(&b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_normal_moments), cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_below),         cmocka_unit_test(test_keys_differ),    cmocka_unit_test(test_independent),
        cmocka_unit_test(test_chunks),
    };
    return cmocka_run_group_tests_name("unit_stream", tests, NULL, NULL);
}
