/* Data sets that are drawn: records are complete, rows finite and pure; Yin-Yang has the published geometry and gives the published first
   rows when it is drawn with the published generator. */
#include <math.h>
#include <string.h>

#include "tasks/dataset.h"
#include "tasks/yin_yang.h"
#include "tests/support/support.h"

static void test_records(void **state)
{
    (void)state;
    assert_true(e2l_n_datasets > 0);
    for (size_t k = 0; k < e2l_n_datasets; k++) {
        const e2l_dataset *one = e2l_datasets[k];
        assert_true(one->abi == E2L_DATASET_ABI && one->struct_size == sizeof *one);
        assert_true(one->name[0] && one->summary[0] && one->source[0]);
        assert_ptr_equal(e2l_dataset_find(one->name), one);
        assert_in_range(e2l_dataset_n_columns(one), 1, E2L_DATASET_MAX_COLUMNS);
        for (size_t r = 0; r < 1000; r++) {
            double row[2][E2L_DATASET_MAX_COLUMNS];
            for (int again = 0; again < 2; again++) {
                e2l_stream stream = e2l_test_stream(7, r);
                one->draw(&stream, row[again]);
            }
            for (size_t c = 0; c < e2l_dataset_n_columns(one); c++) {
                assert_true(isfinite(row[0][c]) && row[0][c] == row[1][c]);
            }
        }
    }
    assert_null(e2l_dataset_find("yin"));
}

/* ---- Yin-Yang ------------------------------------------------------------------------------------------------ */

/* Shares of the disc's area, and of the disc in the square: on a grid of a million points. */
static void test_areas(void **state)
{
    (void)state;
    enum { SIDE = 1000 };
    double n[3] = {0, 0, 0};
    for (int i = 0; i < SIDE; i++) {
        for (int j = 0; j < SIDE; j++) {
            const double x = (i + 0.5) / SIDE, y = (j + 0.5) / SIDE;
            n[e2l_yin_yang_class(x, y)] += e2l_yin_yang_is_inside(x, y);
        }
    }
    const double inside = n[E2L_YIN] + n[E2L_YANG] + n[E2L_DOT];
    assert_close(inside / SIDE / SIDE, acos(-1) / 4, 0, 1e-3);
    assert_close(n[E2L_YIN] / inside, 0.46, 0, 1e-3);
    assert_close(n[E2L_YANG] / inside, 0.46, 0, 1e-3);
    assert_close(n[E2L_DOT] / inside, 0.08, 0, 1e-3); /* two dots of a fifth of its radius */
}

static void test_rows(void **state)
{
    (void)state;
    enum { ROWS = 30000 };
    const e2l_dataset *data = e2l_dataset_find("yin_yang");
    e2l_stream stream = e2l_test_stream(1, 2);
    double n[3] = {0, 0, 0};
    for (size_t r = 0; r < ROWS; r++) {
        double row[E2L_DATASET_MAX_COLUMNS];
        data->draw(&stream, row);
        const e2l_yin_yang class = e2l_yin_yang_class(row[0], row[1]);
        assert_true(e2l_yin_yang_is_inside(row[0], row[1]) && row[2] == 1 - row[0] && row[3] == 1 - row[1]);
        assert_true(row[4] == (class == E2L_YIN) && row[5] == (class == E2L_YANG) && row[6] == (class == E2L_DOT) && row[7] == (double)class);
        n[class]++;
    }
    for (size_t k = 0; k < 3; k++) {
        assert_close(n[k] / ROWS, 1.0 / 3, 0, 5 * sqrt(2.0 / 9 / ROWS));
    }
}

/* ---- the published generator: MT19937 as numpy's RandomState(42) uses it -------------------------------------------- */

enum { MT_N = 624, MT_M = 397 };
typedef struct twister {
    uint32_t x[MT_N];
    size_t at;
} twister;

static void twister_init(twister *mt, uint32_t seed)
{
    mt->x[0] = seed;
    for (uint32_t k = 1; k < MT_N; k++) {
        mt->x[k] = 1812433253u * (mt->x[k - 1] ^ (mt->x[k - 1] >> 30)) + k;
    }
    mt->at = MT_N;
}

static uint32_t twister_next(twister *mt)
{
    for (size_t k = 0; mt->at == MT_N && k < MT_N; k++) {
        const uint32_t y = (mt->x[k] & 0x80000000u) | (mt->x[(k + 1) % MT_N] & 0x7fffffffu);
        mt->x[k] = mt->x[(k + MT_M) % MT_N] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    mt->at = mt->at == MT_N ? 0 : mt->at;
    uint32_t y = mt->x[mt->at++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

static double twister_double(twister *mt)
{
    const double high = twister_next(mt) >> 5, low = twister_next(mt) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

/* The training set's first row, as published: 0.68030754 0.45049925, a dot. */
static void test_first_row(void **state)
{
    (void)state;
    twister mt;
    twister_init(&mt, 42);
    uint32_t goal;
    do {
        goal = twister_next(&mt) & 3;
    } while (goal > 2);
    double x, y;
    do {
        x = twister_double(&mt);
        y = twister_double(&mt);
    } while (!e2l_yin_yang_is_inside(x, y) || (uint32_t)e2l_yin_yang_class(x, y) != goal);
    assert_int_equal(goal, E2L_DOT);
    assert_close(x, 0.68030754, 0, 5e-9);
    assert_close(y, 0.45049925, 0, 5e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_records), cmocka_unit_test(test_areas), cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_first_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
