/* Fitness: the order is total, and NaN cannot break it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "cgp/fitness.h"

/* From worst to best; equal ones have the same rank. */
static const struct {
    e2l_fitness fitness;
    int rank;
} ladder[] = {
    {{false, 0, 0, 0}, 0},          {{true, (double)NAN, 9, 9}, 0},  {{true, (double)INFINITY, 0, 0}, 0},
    {{true, -(double)INFINITY, 0, 7}, 0},   {{false, 5, 0, 0}, 0},   {{false, (double)NAN, 0, 1}, 1},
    {{false, 0, 0, 100}, 2},        {{false, 0, 1, 0}, 3},   {{false, 0, 2, 0}, 4},
    {{false, 0, UINT64_MAX, 0}, 5}, {{true, -1e300, 0, 0}, 6}, {{true, 0, 0, 0}, 7},
    {{true, -0.0, 3, 0}, 7},        {{true, 1e-300, 0, 0}, 8}, {{true, 1e300, 0, 0}, 9},
};
enum { N = sizeof ladder / sizeof ladder[0] };

static void test_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < N; k++) {
            int want = (ladder[i].rank > ladder[k].rank) - (ladder[i].rank < ladder[k].rank);
            assert_int_equal(e2l_fitness_compare(ladder[i].fitness, ladder[k].fitness), want);
        }
    }
}

static void test_worst(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        assert_true(e2l_fitness_compare(ladder[i].fitness, e2l_fitness_worst()) >= 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order), cmocka_unit_test(test_worst)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
