/* Every environment record: complete, its numbers in range and said, and a pure function: the same calls with the same streams give the same
   bits whatever was called in between, and whatever it is shown, what it shows stays finite. */
#include <math.h>
#include <string.h>

#include "tasks/environments.h"
#include "tests/support/support.h"

enum { MOST_PARAMETERS = 32, CALLS = 500 };

static size_t numbers(const double *parameters, const e2l_environment_item *items, size_t n)
{
    size_t total = 0;
    for (size_t k = 0; k < n; ++k) {
        total += items[k].sized_by > 0 ? (size_t)parameters[items[k].sized_by - 1] : 1;
    }
    return total;
}

static bool is_said(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static void check_items(const e2l_environment *record, const e2l_environment_item *items, size_t n)
{
    for (size_t k = 0; k < n; ++k) {
        assert_true(is_said(items[k].name) && is_said(items[k].unit) && is_said(items[k].help));
        assert_null(strchr(items[k].name, '.'));
        assert_true(items[k].sized_by <= record->n_parameters);
        for (size_t i = 0; i < k; ++i) {
            assert_string_not_equal(items[k].name, items[i].name);
        }
        if (items[k].sized_by > 0) {
            assert_true(record->parameters[items[k].sized_by - 1].is_whole && record->parameters[items[k].sized_by - 1].low >= 1);
        }
    }
}

static void test_records(void **state)
{
    (void)state;
    assert_true(e2l_n_environments > 0);
    for (size_t k = 0; k < e2l_n_environments; ++k) {
        const e2l_environment *const record = e2l_environments[k];
        assert_int_equal(record->abi, E2L_ENVIRONMENT_ABI);
        assert_int_equal(record->struct_size, sizeof *record);
        assert_true(is_said(record->name) && is_said(record->summary) && is_said(record->source) && record->version > 0);
        assert_ptr_equal(e2l_environment_find(record->name), record);
        assert_true(record->n_parameters <= MOST_PARAMETERS && record->n_shown > 0);
        for (size_t i = 0; i < record->n_parameters; ++i) {
            const e2l_environment_parameter *const one = &record->parameters[i];
            assert_true(is_said(one->name) && is_said(one->unit) && is_said(one->help));
            assert_true(one->low <= one->fallback && one->fallback <= one->high && (!one->is_whole || one->fallback == floor(one->fallback)));
        }
        check_items(record, record->observed, record->n_observed);
        check_items(record, record->shown, record->n_shown);
        check_items(record, record->hidden, record->n_hidden);
    }
    assert_null(e2l_environment_find("no such environment"));
}

static e2l_stream stream_of(uint64_t run, uint64_t call)
{
    const uint64_t words[] = {run, call};
    e2l_stream stream;
    e2l_stream_init(&stream, e2l_test_seed(), E2L_PURPOSE_TEST, words, 2);
    return stream;
}

/* Anything a network may show it. */
static void observe(uint64_t run, uint64_t call, size_t n, double *out)
{
    static const double wild[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e300, -1e300, 0.5};
    e2l_stream stream = stream_of(run + 1000, call);
    for (size_t k = 0; k < n; ++k) {
        const uint32_t which = e2l_stream_below(&stream, 40);
        out[k] = which < sizeof wild / sizeof *wild ? wild[which] : 40 * e2l_stream_uniform(&stream) - 4;
    }
}

static void one_call(const e2l_environment *record, const double *parameters, uint64_t run, uint64_t call, double *state)
{
    double observed[E2L_ENVIRONMENT_NUMBERS + 1];
    e2l_stream stream = stream_of(run, call);
    if (call == 0) {
        memset(state, 0, E2L_ENVIRONMENT_NUMBERS * sizeof *state);
        record->begin(parameters, &stream, state);
        return;
    }
    observe(run, call, numbers(parameters, record->observed, record->n_observed), observed);
    record->step(parameters, &stream, observed, state);
}

/* Alone, then beside another one: the same bits. */
static void check_pure(const e2l_environment *record, const double *parameters)
{
    static double alone[E2L_ENVIRONMENT_NUMBERS], beside[E2L_ENVIRONMENT_NUMBERS], other[E2L_ENVIRONMENT_NUMBERS];
    const size_t n = numbers(parameters, record->shown, record->n_shown) + numbers(parameters, record->hidden, record->n_hidden);
    assert_true(n <= E2L_ENVIRONMENT_NUMBERS);
    bool moved = false;
    double first = 0;
    for (uint64_t call = 0; call < CALLS; ++call) {
        one_call(record, parameters, 1, call, alone);
        for (size_t k = 0; k < n; ++k) {
            assert_true(isfinite(alone[k]));
            moved = moved || (call > 0 && k == n - 1 && alone[k] != first);
        }
        first = call == 0 ? alone[n - 1] : first;
    }
    for (uint64_t call = 0; call < CALLS; ++call) {
        one_call(record, parameters, 2, call, other);
        one_call(record, parameters, 1, call, beside);
    }
    assert_memory_equal(alone, beside, n * sizeof *alone);
    assert_true(moved); /* something happens at all */
}

static void test_calls(void **state)
{
    (void)state;
    for (size_t k = 0; k < e2l_n_environments; ++k) {
        const e2l_environment *const record = e2l_environments[k];
        for (int corner = 0; corner < 3; ++corner) {
            double parameters[MOST_PARAMETERS];
            for (size_t i = 0; i < record->n_parameters; ++i) {
                const e2l_environment_parameter *const one = &record->parameters[i];
                parameters[i] = corner == 0 ? one->fallback : corner == 1 ? (one->low > 0 ? one->low : one->fallback) : one->high;
            }
            check_pure(record, parameters);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_records), cmocka_unit_test(test_calls)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
