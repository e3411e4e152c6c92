/* Event lists and edges: what a case's rows mean, worked out by hand, and what is said about rows that mean nothing. */
#include <string.h>

#include "substrate/lists.h"
#include "tests/support/support.h"

static const double event_rows[] = {0.35, 1, 0.3, 0, -1, 2, 0, 2, 0.3, 0, 1e300, 1, 0.299, 2};
static const double edge_rows[] = {0, 1, 0.5, 2, 0, -0.25, 0, 1, 0.75, -1, 0, 9, 1, 1, 2};
static double broken[15];

static e2l_array arrays[] = {{.name = "spikes", .kind = E2L_ARRAY_EVENTS, .size = 3, .n_rows = 7},
                             {.name = "graph", .kind = E2L_ARRAY_EDGES, .size = 3, .n_rows = 5}};
static const e2l_experiment experiment = {.struct_size = sizeof experiment, .name = "lists", .dt = 0.1, .arrays = arrays, .n_arrays = 2};

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t row0, size_t n, double *out)
{
    (void)ctx;
    const size_t columns = (size_t)e2l_array_n_columns(&arrays[array]);
    const double *const rows = self->user != NULL ? self->user : array == 0 ? event_rows : edge_rows;
    memcpy(out, rows + row0 * columns, n * columns * sizeof *out);
    return E2L_OK;
}

static void events(void **state)
{
    (void)state;
    static const struct {
        uint64_t row, element;
    } expected[] = {{0, 2}, {2, 2}, {3, 0}, {3, 0}, {3, 1}}; /* 0.3 / 0.1 is a little less than 3 and counts as 3 */
    e2l_ctx *ctx = e2l_test_ctx();
    const e2l_case one = {.fill = fill, .index = 4};
    e2l_event *list;
    size_t n;
    assert_int_equal(e2l_events_read(ctx, &experiment, &one, 0, &list, &n), E2L_OK);
    assert_int_equal(n, 5); /* neither the one before the beginning nor the one that never comes */
    unsigned elements_of_three = 0;
    for (size_t k = 0; k < n; ++k) {
        assert_int_equal(list[k].row, expected[k].row);
        elements_of_three += list[k].row == 3 ? 1u << (4 * list[k].element) : 0; /* within a row in any order */
        assert_true(list[k].row == 3 || list[k].element == expected[k].element);
    }
    assert_int_equal(elements_of_three, 0x12);
    assert_int_equal(e2l_events_find(list, n, 0), 0);
    assert_int_equal(e2l_events_find(list, n, 1), 1);
    assert_int_equal(e2l_events_find(list, n, 3), 2);
    assert_int_equal(e2l_events_find(list, n, 4), 5);
    e2l_free(ctx, list);
    e2l_test_ctx_end(ctx);
}

static void edges(void **state)
{
    (void)state;
    static const double there[6] = {0, 0, 1, 1, 1, 0}, values[6] = {0, 0, -0.25, 0.75, 2, 0};
    e2l_ctx *ctx = e2l_test_ctx();
    const e2l_case one = {.fill = fill};
    double out[6];
    assert_int_equal(e2l_edges_read(ctx, &experiment, &one, 1, 3, 2, false, out), E2L_OK);
    assert_memory_equal(out, there, sizeof out);
    assert_int_equal(e2l_edges_read(ctx, &experiment, &one, 1, 3, 2, true, out), E2L_OK);
    assert_memory_equal(out, values, sizeof out); /* of a pair that stands twice, the later value */
    arrays[1].size = 2;
    arrays[1].n_rows = 2;
    assert_int_equal(e2l_edges_read(ctx, &experiment, &(e2l_case){.fill = fill, .user = (const double[]){1, 0, 2, 1}}, 1, 3, 2, true, out), E2L_OK);
    assert_true(out[1] == 1 && out[5] == 1 && out[0] == 0); /* without a value, 1 */
    arrays[1].size = 3;
    arrays[1].n_rows = 5;
    e2l_test_ctx_end(ctx);
}

static void refuse(e2l_ctx *ctx, size_t array, size_t at, double value, const char *words)
{
    double out[6];
    e2l_event *list;
    size_t n;
    memcpy(broken, array == 0 ? event_rows : edge_rows, array == 0 ? sizeof event_rows : sizeof edge_rows);
    broken[at] = value;
    const e2l_case one = {.fill = fill, .user = broken, .index = 12};
    const e2l_status status = array == 0 ? e2l_events_read(ctx, &experiment, &one, 0, &list, &n)
                                         : e2l_edges_read(ctx, &experiment, &one, 1, 3, 2, false, out);
    assert_int_equal(status, E2L_INPUT);
    assert_string_equal(e2l_ctx_message(ctx), words);
}

static void refused(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    refuse(ctx, 0, 1, 3, "array 'spikes' of case 12: row 0: index 3, expected a whole number in 0..2");
    refuse(ctx, 0, 3, 0.5, "array 'spikes' of case 12: row 1: index 0.5, expected a whole number in 0..2");
    refuse(ctx, 0, 7, -1, "array 'spikes' of case 12: row 3: index -1, expected a whole number in 0..2");
    refuse(ctx, 1, 3, 3, "array 'graph' of case 12: row 1: source 3, expected a whole number in 0..2");
    refuse(ctx, 1, 1, 2, "array 'graph' of case 12: row 0: target 2, expected a whole number in 0..1");
    e2l_test_ctx_end(ctx);
}

static void memory(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const e2l_case one = {.fill = fill};
    e2l_status status = E2L_NOMEM;
    for (size_t k = 1; status != E2L_OK; ++k) {
        e2l_event *list = NULL;
        double out[6];
        size_t n;
        e2l_ctx_fail_allocation(ctx, k);
        status = e2l_events_read(ctx, &experiment, &one, 0, &list, &n);
        status = status == E2L_OK ? e2l_edges_read(ctx, &experiment, &one, 1, 3, 2, true, out) : status;
        e2l_ctx_fail_allocation(ctx, 0);
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        e2l_free(ctx, list);
        assert_int_equal(e2l_ctx_blocks(ctx), 0);
    }
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(events), cmocka_unit_test(edges), cmocka_unit_test(refused), cmocka_unit_test(memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
