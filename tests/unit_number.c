/* unit_number.c: shortest decimals, hex floats, hostile digits, and a locale with a decimal comma. */
#include "tests/support/support.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cgp/number.h"

static void check_shortest(double value, const char *expected)
{
    char buffer[E2L_NUMBER_BYTES];
    assert_string_equal(e2l_number_shortest(buffer, value), expected);
}

static void check_hex(double value, const char *expected)
{
    char buffer[E2L_NUMBER_BYTES];
    assert_string_equal(e2l_number_hex(buffer, value), expected);
}

static void test_shortest(void **state)
{
    (void)state;
    check_shortest(0.1, "0.1");
    check_shortest(0.001, "0.001");
    check_shortest(1e-9, "1e-9");
    check_shortest(100000, "100000");
    check_shortest(1e21, "1e21");
    check_shortest(-1.5, "-1.5");
    check_shortest(123.456, "123.456");
    check_shortest(0.0, "0");
    check_shortest(-0.0, "-0");
    check_shortest(5e-324, "5e-324");
    check_shortest(DBL_MAX, "1.7976931348623157e308");
    check_shortest(1.0 / 3.0, "0.3333333333333333");
    check_shortest(0.1 + 0.2, "0.30000000000000004");
    check_shortest(9007199254740993.0, "9007199254740992");
    check_shortest((double)INFINITY, "inf");
    check_shortest(-(double)INFINITY, "-inf");
}

static void test_hex(void **state)
{
    (void)state;
    check_hex(0.1, "0x1.999999999999ap-4");
    check_hex(1.0, "0x1p+0");
    check_hex(0.0, "0x0p+0");
    check_hex(-0.0, "-0x0p+0");
    check_hex(5e-324, "0x0.0000000000001p-1022");
    check_hex(DBL_MAX, "0x1.fffffffffffffp+1023");
}

static double random_double(e2l_stream *stream)
{
    double value;
    do {
        uint64_t bits = e2l_stream_u64(stream) & ~(UINT64_C(1) << 63);
        memcpy(&value, &bits, sizeof value);
    } while (!isfinite(value));
    return value;
}

/* Both forms read back to the same bits, and strtod agrees with our reading. */
static void check_round_trips(size_t n)
{
    e2l_stream stream = e2l_test_stream(e2l_test_seed(), 0);
    for (size_t k = 0; k < n; k++) {
        char buffer[E2L_NUMBER_BYTES];
        double value = random_double(&stream), again = -1.0;
        e2l_number_shortest(buffer, value);
        assert_int_equal(e2l_number_read(buffer, strlen(buffer), &again), strlen(buffer));
        assert_memory_equal(&again, &value, sizeof value);
        e2l_number_hex(buffer, value);
        assert_int_equal(e2l_number_read(buffer, strlen(buffer), &again), strlen(buffer));
        assert_memory_equal(&again, &value, sizeof value);
    }
}

static void test_round_trips(void **state)
{
    (void)state;
    check_round_trips(20000);
}

/* Where the machine has such a locale; the digits alone must not depend on it. */
static void test_decimal_comma(void **state)
{
    (void)state;
    static const char *const comma[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    bool found = false;
    for (size_t k = 0; k < sizeof comma / sizeof *comma && !found; k++) {
        found = setlocale(LC_ALL, comma[k]) != NULL;
    }
    if (!found) {
        skip();
    }
    check_shortest(0.1, "0.1");
    check_shortest(1.25e-9, "1.25e-9");
    check_round_trips(1000);
    assert_non_null(setlocale(LC_ALL, "C"));
}

typedef struct reading {
    const char *text;
    size_t used;
    double value;
} reading;

static void test_read(void **state)
{
    (void)state;
    static const reading readings[] = {
        {"12", 2, 12.0},         {".5", 2, 0.5},         {"5.", 2, 5.0},          {"1.5e-3", 6, 1.5e-3},
        {"1e", 1, 1.0},          {"1e+", 1, 1.0},        {"1.2.3", 3, 1.2},       {"0x1.8p+1", 8, 3.0},
        {"0x", 1, 0.0},          {"0xg", 1, 0.0},        {"0x.8", 4, 0.5},        {"007", 3, 7.0},
        {".", 0, 0.0},           {"-1", 0, 0.0},         {"inf", 0, 0.0},         {"1E5x", 3, 1e5},
        {"1e-99999999", 11, 0.0}, {"0e999999999", 11, 0.0},
    };
    for (size_t k = 0; k < sizeof readings / sizeof *readings; k++) {
        double value = 0.0;
        assert_int_equal(e2l_number_read(readings[k].text, strlen(readings[k].text), &value), readings[k].used);
        assert_true(value == readings[k].value);
    }
    double value = 0.0;
    assert_int_equal(e2l_number_read("1e999", 5, &value), 5);
    assert_true(isinf(value));
    assert_int_equal(e2l_number_read("123", 2, &value), 2); /* no further than told */
    assert_true(value == 12.0);
}

/* Halfway cases: 2^53 + 1 lies between two doubles, and one digit far behind decides. */
static void test_long(void **state)
{
    (void)state;
    enum { LENGTH = 5000 };
    char text[LENGTH + 1];
    double value;
    const char *head = "9007199254740993.";
    memset(text, '0', LENGTH);
    memcpy(text, head, strlen(head));
    text[LENGTH] = '\0';
    assert_int_equal(e2l_number_read(text, LENGTH, &value), LENGTH);
    assert_true(value == 9007199254740992.0); /* ties to even */
    text[LENGTH - 1] = '1';
    assert_int_equal(e2l_number_read(text, LENGTH, &value), LENGTH);
    assert_true(value == 9007199254740994.0);
    assert_int_equal(e2l_number_read("0x1.00000000000008p0", 20, &value), 20);
    assert_true(value == 1.0);
    assert_int_equal(e2l_number_read("0x1.000000000000080001p0", 24, &value), 24);
    assert_true(value == 1.0 + DBL_EPSILON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shortest),      cmocka_unit_test(test_hex),  cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_decimal_comma), cmocka_unit_test(test_read), cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests_name("unit_number", tests, NULL, NULL);
}
