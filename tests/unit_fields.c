/* Options by table: defaults, every type, every kind of wrong value, and write-read round trips of random settings. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "substrate/json.h"

typedef struct options {
    double scale;
    uint64_t samples;
    bool fast;
    int metric;
    e2l_word_list kinds;
    char *data;
    e2l_text_list rules;
    e2l_number_list widths;
    e2l_rate eta;
} options;

static const char *const metrics[] = {"angle", "final", "variance", NULL};
static const char *const kinds[] = {"random", "axis", "diag", "mixed", NULL};
static const e2l_field fields[] = {
    {"scale", E2L_FIELD_NUMBER, offsetof(options, scale), "1", "1.5", 0, 100, true, NULL, "", true},
    {"samples", E2L_FIELD_COUNT, offsetof(options, samples), "steps", "1000", 1, 1e9, false, NULL, "", true},
    {"fast", E2L_FIELD_BOOL, offsetof(options, fast), "1", "true", 0, 0, false, NULL, "", true},
    {"metric", E2L_FIELD_WORD, offsetof(options, metric), "1", "\"final\"", 0, 0, false, metrics, "", true},
    {"kinds", E2L_FIELD_WORDS, offsetof(options, kinds), "1", "\"random\"", 1, 3, false, kinds, "", true},
    {"data", E2L_FIELD_TEXT, offsetof(options, data), "1", "\"\"", 0, 0, false, NULL, "", true},
    {"rules", E2L_FIELD_TEXTS, offsetof(options, rules), "1", "[]", 0, 2, false, NULL, "", true},
    {"widths", E2L_FIELD_NUMBERS, offsetof(options, widths), "1", "[1, 2]", 0.5, 3, false, NULL, "", true},
    {"eta", E2L_FIELD_RATE, offsetof(options, eta), "1", "null", 0, 0, false, NULL, "", false},
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

static int create_ctx(void **state)
{
    e2l_ctx *ctx;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return -1;
    }
    *state = ctx;
    return 0;
}

static int destroy_ctx(void **state)
{
    return e2l_ctx_destroy(*state) == 0 ? 0 : -1;
}

static e2l_status read_options(e2l_ctx *ctx, options *out, const char *text)
{
    static const char *const also[] = {"name"};
    cJSON *json;
    memset(out, 0, sizeof *out);
    e2l_status status = e2l_json_parse(ctx, &json, text, strlen(text), "config.json");
    assert_int_equal(status, E2L_OK);
    status = e2l_fields_read(ctx, fields, N_FIELDS, json, also, 1, "config.json: task", out);
    e2l_json_free(json);
    return status;
}

static void defaults(void **state)
{
    e2l_ctx *ctx = *state;
    options o = {0};
    assert_int_equal(e2l_fields_read(ctx, fields, N_FIELDS, NULL, NULL, 0, "", &o), E2L_OK);
    assert_true(o.scale == 1.5 && o.samples == 1000 && o.fast && o.metric == 1);
    assert_true(o.kinds.n == 1 && o.kinds.at[0] == 0 && o.data == NULL && o.rules.n == 0);
    assert_true(o.widths.n == 2 && o.widths.at[1] == 2 && o.eta.kind == E2L_RATE_ABSENT);
    e2l_fields_clear(ctx, fields, N_FIELDS, &o);
}

static void given_values(void **state)
{
    e2l_ctx *ctx = *state;
    options o;
    assert_int_equal(read_options(ctx, &o,
                          "{\"name\": \"pca\", \"scale\": 100, \"samples\": 1, \"fast\": false, \"metric\": \"variance\","
                          "\"kinds\": [\"diag\", \"axis\"], \"data\": \"a b.json\", \"rules\": [\"x\", \"y\"],"
                          "\"widths\": 3, \"eta\": 0.01}"),
                     E2L_OK);
    assert_true(o.scale == 100 && o.samples == 1 && !o.fast && o.metric == 2 && o.kinds.n == 2);
    assert_true(o.kinds.at[0] == 2 && o.kinds.at[1] == 1 && o.widths.n == 1 && o.widths.at[0] == 3);
    assert_string_equal(o.data, "a b.json");
    assert_string_equal(o.rules.at[1], "y");
    assert_true(o.eta.kind == E2L_RATE_FIXED && o.eta.value == 0.01);
    e2l_fields_clear(ctx, fields, N_FIELDS, &o);
    assert_int_equal(read_options(ctx, &o, "{\"eta\": \"tune\"}"), E2L_OK);
    assert_int_equal(o.eta.kind, E2L_RATE_TUNE);
    e2l_fields_clear(ctx, fields, N_FIELDS, &o);
}

static void wrong_values(void **state)
{
    e2l_ctx *ctx = *state;
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"{\"samples\": -5}", "config.json: task.samples: -5 is out of range 1..1e+09 (steps)"},
        {"{\"samples\": 2.5}", "config.json: task.samples: 2.5, expected a whole number"},
        {"{\"samples\": \"ten\"}", "config.json: task.samples: string \"ten\", expected a whole number"},
        {"{\"samples\": 1e300}", "config.json: task.samples: 1e+300 is out of range 1..1e+09 (steps)"},
        {"{\"sampels\": 5}", "config.json: task.sampels: unknown key; did you mean 'samples'?"},
        {"{\"nam\": 5}", "config.json: task.nam: unknown key; did you mean 'name'?"},
        {"{\"scale\": 0}", "config.json: task.scale: 0 is out of range above 0..100"},
        {"{\"scale\": [1]}", "config.json: task.scale: a list, expected a number"},
        {"{\"fast\": 1}", "config.json: task.fast: number 1, expected true or false"},
        {"{\"metric\": \"angel\"}",
         "config.json: task.metric: 'angel' unknown, expected angle, final or variance; did you mean 'angle'?"},
        {"{\"metric\": null}", "config.json: task.metric: null, expected one of angle, final or variance"},
        {"{\"kinds\": []}", "config.json: task.kinds: 0 entries is out of range 1..3"},
        {"{\"kinds\": [\"diag\", \"axes\"]}",
         "config.json: task.kinds[1]: 'axes' unknown, expected random, axis, diag or mixed; did you mean 'axis'?"},
        {"{\"kinds\": [\"diag\", \"diag\"]}", "config.json: task.kinds[1]: 'diag' stands twice in the list"},
        {"{\"rules\": [\"a\", \"b\", \"c\"]}", "config.json: task.rules: 3 entries is out of range 0..2"},
        {"{\"rules\": [\"a\", 7]}", "config.json: task.rules[1]: number 7, expected a text"},
        {"{\"data\": 7}", "config.json: task.data: number 7, expected a text"},
        {"{\"widths\": [1, 4]}", "config.json: task.widths[1]: 4 is out of range 0.5..3"},
        {"{\"eta\": 0}", "config.json: task.eta: 0 is out of range, expected a number above 0, \"tune\" or null"},
        {"{\"eta\": \"auto\"}", "config.json: task.eta: string \"auto\", expected a number, \"tune\" or null"},
        {"{\"eta\": true}", "config.json: task.eta: true, expected a number, \"tune\" or null"},
        {"[1]", "config.json: task: a list, expected an object"},
    };
    options o;
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        assert_int_equal(read_options(ctx, &o, wrong[k].text), E2L_INPUT);
        assert_string_equal(e2l_ctx_message(ctx), wrong[k].message);
    }
}

static void too_long_lists(void **state)
{
    e2l_ctx *ctx = *state;
    e2l_text text;
    options o;
    e2l_text_init(&text, ctx);
    e2l_text_append(&text, "{\"widths\": [1");
    for (int k = 0; k < E2L_MAX_LIST; k++) {
        e2l_text_append(&text, ",1");
    }
    e2l_text_append(&text, "]}");
    assert_int_equal(read_options(ctx, &o, e2l_text_get(&text)), E2L_INPUT);
    assert_string_equal(e2l_ctx_message(ctx), "config.json: task.widths: 65 entries, at most 64 are allowed");
    e2l_text_clear(&text);
}

static void wrong_default_is_our_fault(void **state)
{
    static const e2l_field bad[] = {
        {"samples", E2L_FIELD_COUNT, offsetof(options, samples), "steps", "0", 1, 1e9, false, NULL, "", true}};
    options o = {0};
    assert_int_equal(e2l_fields_read(*state, bad, 1, NULL, NULL, 0, "t", &o), E2L_INTERNAL);
}

/* A generator of settings. */
static uint64_t draw(uint64_t *seed, uint64_t n)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % n;
}

static char *draw_text(e2l_ctx *ctx, uint64_t *seed)
{
    char text[20];
    size_t n = (size_t)draw(seed, 18) + 1;
    for (size_t k = 0; k < n; k++) {
        text[k] = (char)(draw(seed, 10) == 0 ? 1 + draw(seed, 31) : 32 + draw(seed, 95));
    }
    text[n] = '\0';
    return e2l_strdup(ctx, text);
}

static void draw_options(e2l_ctx *ctx, uint64_t *seed, options *o)
{
    memset(o, 0, sizeof *o);
    o->scale = ldexp((double)(draw(seed, 1u << 30) + 1), -24);
    o->samples = draw(seed, 1000000000) + 1;
    o->fast = draw(seed, 2) == 1;
    o->metric = (int)draw(seed, 3);
    o->kinds.n = (size_t)draw(seed, 3) + 1;
    for (size_t k = 0; k < o->kinds.n; k++) {
        o->kinds.at[k] = (int)((k + o->samples) % 4);
    }
    o->data = draw(seed, 2) ? draw_text(ctx, seed) : NULL;
    o->rules.n = (size_t)draw(seed, 3);
    for (size_t k = 0; k < o->rules.n; k++) {
        o->rules.at[k] = draw_text(ctx, seed);
    }
    o->widths.n = (size_t)draw(seed, E2L_MAX_LIST + 1);
    for (size_t k = 0; k < o->widths.n; k++) {
        o->widths.at[k] = 0.5 + 2.5 * (double)draw(seed, 1000003) / 1000003.0;
    }
    o->eta.kind = (e2l_rate_kind)draw(seed, 3);
    o->eta.value = o->eta.kind == E2L_RATE_FIXED ? ldexp(1.1, -(int)draw(seed, 900)) : 0;
}

static void expect_equal(const options *a, const options *b)
{
    assert_true(a->scale == b->scale && a->samples == b->samples && a->fast == b->fast);
    assert_true(a->metric == b->metric && a->kinds.n == b->kinds.n && a->rules.n == b->rules.n);
    assert_memory_equal(a->kinds.at, b->kinds.at, a->kinds.n * sizeof *a->kinds.at);
    assert_true((a->data == NULL) == (b->data == NULL));
    assert_true(!a->data || strcmp(a->data, b->data) == 0);
    for (size_t k = 0; k < a->rules.n; k++) {
        assert_string_equal(a->rules.at[k], b->rules.at[k]);
    }
    assert_int_equal(a->widths.n, b->widths.n);
    if (a->widths.n > 0) {
        assert_memory_equal(a->widths.at, b->widths.at, a->widths.n * sizeof *a->widths.at);
    }
    assert_true(a->eta.kind == b->eta.kind && a->eta.value == b->eta.value);
}

static void written_settings_read_back(void **state)
{
    e2l_ctx *ctx = *state;
    uint64_t seed = 5;
    for (int round = 0; round < 500; round++) {
        options o, again;
        e2l_text text, data, data_again;
        e2l_text_init(&text, ctx);
        e2l_text_init(&data, ctx);
        e2l_text_init(&data_again, ctx);
        draw_options(ctx, &seed, &o);
        cJSON *json = e2l_fields_write(ctx, fields, N_FIELDS, &o);
        assert_non_null(json);
        assert_int_equal(e2l_json_print(json, round % 2 == 0, &text), E2L_OK);
        assert_int_equal(read_options(ctx, &again, e2l_text_get(&text)), E2L_OK);
        expect_equal(&o, &again);
        e2l_fields_data_text(fields, N_FIELDS, &o, &data);
        e2l_fields_data_text(fields, N_FIELDS, &again, &data_again);
        assert_string_equal(e2l_text_get(&data), e2l_text_get(&data_again));
        again.samples++;
        e2l_text_reset(&data_again);
        e2l_fields_data_text(fields, N_FIELDS, &again, &data_again);
        assert_string_not_equal(e2l_text_get(&data), e2l_text_get(&data_again));
        e2l_json_free(json);
        e2l_fields_clear(ctx, fields, N_FIELDS, &o);
        e2l_fields_clear(ctx, fields, N_FIELDS, &again);
        e2l_text_clear(&text);
        e2l_text_clear(&data);
        e2l_text_clear(&data_again);
    }
}

static void learning_rate_is_no_data(void **state)
{
    e2l_ctx *ctx = *state;
    options a, b;
    e2l_text first, second;
    e2l_text_init(&first, ctx);
    e2l_text_init(&second, ctx);
    assert_int_equal(read_options(ctx, &a, "{}"), E2L_OK);
    assert_int_equal(read_options(ctx, &b, "{\"eta\": 0.5}"), E2L_OK);
    e2l_fields_data_text(fields, N_FIELDS, &a, &first);
    e2l_fields_data_text(fields, N_FIELDS, &b, &second);
    assert_string_equal(e2l_text_get(&first), e2l_text_get(&second));
    e2l_text_clear(&first);
    e2l_text_clear(&second);
}

static void out_of_memory(void **state)
{
    e2l_ctx *ctx = *state;
    for (size_t n = 1; n < 1000; n++) {
        options o = {0};
        cJSON *json;
        static const char text[] = "{\"data\": \"d\", \"rules\": [\"x\", \"y\"]}";
        e2l_ctx_fail_allocation(ctx, n);
        e2l_status status = e2l_json_parse(ctx, &json, text, strlen(text), "t");
        if (status == E2L_OK) {
            status = e2l_fields_read(ctx, fields, N_FIELDS, json, NULL, 0, "t", &o);
            e2l_json_free(json);
        }
        e2l_ctx_fail_allocation(ctx, 0);
        if (status == E2L_OK) {
            e2l_fields_clear(ctx, fields, N_FIELDS, &o);
            return;
        }
        assert_int_equal(status, E2L_NOMEM);
        assert_int_equal(e2l_ctx_blocks(ctx), 0);
    }
    fail_msg("never enough memory");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, create_ctx, destroy_ctx)
    const struct CMUnitTest tests[] = {
        TEST(defaults),       TEST(given_values),               TEST(wrong_values),
        TEST(too_long_lists), TEST(wrong_default_is_our_fault), TEST(written_settings_read_back),
        TEST(learning_rate_is_no_data), TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
