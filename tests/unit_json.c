/* Strict JSON: numbers to the bit in any locale, every kind of wrong text refused with its place, and speed. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "substrate/json.h"

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

static void expect_wrong(e2l_ctx *ctx, const char *text, size_t length, const char *words)
{
    cJSON *json;
    assert_int_equal(e2l_json_parse(ctx, &json, text, length, "f.json"), E2L_INPUT);
    assert_null(json);
    if (!strstr(e2l_ctx_message(ctx), words)) {
        fail_msg("%.60s: expected '%s' in: %s", text, words, e2l_ctx_message(ctx));
    }
}

static void wrong_texts_are_refused(void **state)
{
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"", "f.json: is empty"},
        {" \n\t", "f.json: is empty"},
        {"{\"a\": 1,\n  \"b\" 2}", "f.json:2:7: expected ':'"},
        {"{\"a\": 1} x", "f.json:1:10: unexpected text after the end"},
        {"{\"a\": 1,}", "f.json:1:9: expected a key"},
        {"[1,]", "f.json:1:4: expected a value"},
        {"[1 2]", "f.json:1:4: expected ',' or ']'"},
        {"{\"a\": 1 \"b\": 2}", "f.json:1:9: expected ',' or '}'"},
        {"[1", "ends too early"},
        {"{\"a\"", "ends too early"},
        {"[1e999]", "f.json:1:2: the number is too large"},
        {"[-1e999]", "too large"},
        {"[NaN]", "expected a value"},
        {"[Infinity]", "expected a value"},
        {"[-Infinity]", "not a number as JSON writes it"},
        {"[inf]", "expected a value"},
        {"[01]", "not a number as JSON writes it"},
        {"[.5]", "expected a value"},
        {"[5.]", "not a number as JSON writes it"},
        {"[1e]", "not a number as JSON writes it"},
        {"[+1]", "expected a value"},
        {"[0x10]", "expected ',' or ']'"},
        {"[tru]", "expected a value"},
        {"'a'", "expected a value"},
        {"[\"a]", "f.json:1:2: a string begins here and never ends"},
        {"[\"a\nb\"]", "a string ends at the end of the line"},
        {"[\"a\tb\"]", "control character"},
        {"[\"\\q\"]", "unknown escape"},
        {"[\"\\u12G4\"]", "four hexadecimal digits"},
        {"[\"\\u0000\"]", "no NUL"},
        {"[\"\\ud800\"]", "half of a surrogate pair"},
        {"[\"\\udc00\"]", "second half of a surrogate pair"},
        {"[\"\\ud800\\u0041\"]", "half of a surrogate pair"},
        {"[\"\xff\"]", "f.json:1:3: the text is not valid UTF-8"},
        {"[\"\xc0\xaf\"]", "not valid UTF-8"},
        {"[\"\xed\xa0\x80\"]", "not valid UTF-8"},
        {"[\"\xf4\x90\x80\x80\"]", "not valid UTF-8"},
        {"[\"\xe2\x82\"]", "not valid UTF-8"},
        {"{\"a\": 1, \"a\": 2}", "f.json: key 'a' stands twice"},
        {"{\"a\": [0, {\"b\": {\"c\": 1, \"\\u0063\": 2}}]}", "f.json: a[1].b: key 'c' stands twice"},
        {"/* no */ 1", "expected a value"},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        expect_wrong(*state, wrong[k].text, strlen(wrong[k].text), wrong[k].words);
    }
    expect_wrong(*state, "1\0", 2, "unexpected text");
    expect_wrong(*state, "\"a\0b\"", 5, "control character");
}

static void good_texts_are_read(void **state)
{
    e2l_ctx *ctx = *state;
    static const char text[] =
        "\n{\"A\": 1, \"a\": [true, false, null, {}], \"\\u00e9\\ud83d\\ude00\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\"} ";
    cJSON *json;
    assert_int_equal(e2l_json_parse(ctx, &json, text, strlen(text), "t"), E2L_OK);
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(json, "\xc3\xa9\xf0\x9f\x98\x80")->valuestring,
                        "\"\\/\b\f\n\r\t");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "a")), 4);
    e2l_json_free(json);
}

static void deep_nesting_is_refused(void **state)
{
    enum { DEEP = 100000 };
    char *text = malloc(DEEP + 1);
    assert_non_null(text);
    memset(text, '[', DEEP);
    expect_wrong(*state, text, DEEP, "f.json:1:65: nested deeper than 64");
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    cJSON *json;
    assert_int_equal(e2l_json_parse(*state, &json, text, 128, "deep"), E2L_OK);
    e2l_json_free(json);
    free(text);
}

/* A xorshift generator: doubles of any exponent. */
static double next_double(uint64_t *seed)
{
    double value;
    do {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        memcpy(&value, seed, sizeof value);
    } while (!isfinite(value));
    return value;
}

static void numbers_are_exact(void **state)
{
    e2l_ctx *ctx = *state;
    enum { COUNT = 2000 };
    uint64_t seed = 88172645463325252u;
    double values[COUNT];
    e2l_text text;
    e2l_text_init(&text, ctx);
    (void)setlocale(LC_ALL, "C");
    e2l_text_append(&text, "[");
    for (size_t k = 0; k < COUNT; k++) {
        values[k] = next_double(&seed);
        e2l_text_appendf(&text, k > 0 ? ",\n%.*e" : "%.*e", k % 3 == 0 ? 16 : k % 3 == 1 ? 25 : 90, values[k]);
    }
    e2l_text_append(&text, "]");
    /* A locale with a decimal comma, where the machine has one: nothing may change. */
    bool has_comma = setlocale(LC_ALL, "de_DE.UTF-8") || setlocale(LC_ALL, "de_DE.utf8");
    (void)has_comma;
    cJSON *json;
    assert_int_equal(e2l_json_parse(ctx, &json, text.data, text.n, "numbers"), E2L_OK);
    (void)setlocale(LC_ALL, "C");
    size_t k = 0;
    for (const cJSON *item = json->child; item; item = item->next, k++) {
        assert_memory_equal(&item->valuedouble, &values[k], sizeof values[k]);
    }
    assert_int_equal(k, COUNT);
    e2l_text printed;
    e2l_text_init(&printed, ctx);
    assert_int_equal(e2l_json_print(json, true, &printed), E2L_OK);
    cJSON *again;
    assert_int_equal(e2l_json_parse(ctx, &again, printed.data, printed.n, "again"), E2L_OK);
    assert_true(cJSON_Compare(json, again, 1));
    e2l_json_free(again);
    e2l_json_free(json);
    e2l_text_clear(&printed);
    e2l_text_clear(&text);
}

static void special_numbers(void **state)
{
    static const char text[] = "[-0, 0.1, 5e-324, 1.7976931348623157e308, 1e-400, 123456789012345678901234567890]";
    static const double expected[] = {-0.0, 0.1, 5e-324, 1.7976931348623157e308, 0, 123456789012345678901234567890.0};
    cJSON *json;
    assert_int_equal(e2l_json_parse(*state, &json, text, strlen(text), "t"), E2L_OK);
    const cJSON *item = json->child;
    for (size_t k = 0; k < 6; k++, item = item->next) {
        assert_memory_equal(&item->valuedouble, &expected[k], sizeof(double));
    }
    e2l_json_free(json);
}

static void non_finite_numbers_print_as_null(void **state)
{
    e2l_text text;
    e2l_text_init(&text, *state);
    cJSON *json = cJSON_CreateArray();
    assert_true(cJSON_AddItemToArray(json, cJSON_CreateNumber((double)NAN)));
    assert_true(cJSON_AddItemToArray(json, cJSON_CreateNumber((double)INFINITY)));
    assert_true(cJSON_AddItemToArray(json, cJSON_CreateNumber(1.5)));
    assert_int_equal(e2l_json_print(json, false, &text), E2L_OK);
    assert_string_equal(e2l_text_get(&text), "[null,null,1.5]");
    e2l_json_free(json);
    e2l_text_clear(&text);
}

static void strings_survive_quoting(void **state)
{
    e2l_ctx *ctx = *state;
    char all[256];
    for (int k = 1; k < 128; k++) {
        all[k - 1] = (char)k;
    }
    (void)snprintf(all + 127, 128, "%s", "\xc3\xa9\xe2\x82\xac");
    e2l_text text;
    e2l_text_init(&text, ctx);
    e2l_json_quote(&text, all);
    cJSON *json;
    assert_int_equal(e2l_json_parse(ctx, &json, text.data, text.n, "t"), E2L_OK);
    assert_string_equal(json->valuestring, all);
    e2l_json_free(json);
    e2l_text_clear(&text);
}

static void typed_members(void **state)
{
    e2l_ctx *ctx = *state;
    static const char text[] = "{\"n\": 5, \"s\": \"ten\", \"smaples\": 1}";
    static const char *const known[] = {"n", "s", "samples"};
    cJSON *json;
    double number;
    const char *string;
    assert_int_equal(e2l_json_parse(ctx, &json, text, strlen(text), "t"), E2L_OK);
    assert_int_equal(e2l_json_number(ctx, &number, json, "n", "f: task"), E2L_OK);
    assert_true(number == 5);
    assert_int_equal(e2l_json_number(ctx, &number, json, "s", "f: task"), E2L_INPUT);
    assert_string_equal(e2l_ctx_message(ctx), "f: task.s: string \"ten\", expected a number");
    assert_int_equal(e2l_json_string(ctx, &string, json, "n", "f:"), E2L_INPUT);
    assert_string_equal(e2l_ctx_message(ctx), "f: n: number 5, expected a text");
    assert_int_equal(e2l_json_string(ctx, &string, json, "m", "f: task"), E2L_INPUT);
    assert_string_equal(e2l_ctx_message(ctx), "f: task.m: missing, expected a text");
    assert_int_equal(e2l_json_known_keys(ctx, json, known, 3, "f: task"), E2L_INPUT);
    assert_string_equal(e2l_ctx_message(ctx), "f: task.smaples: unknown key; did you mean 'samples'?");
    e2l_json_free(json);
}

static void files(void **state)
{
    e2l_ctx *ctx = *state;
    cJSON *json;
    char path[] = "/tmp/e2l_unit_json_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, "{\"a\": 1}", 8), 8);
    assert_int_equal(close(file), 0);
    assert_int_equal(e2l_json_read_file(ctx, &json, path), E2L_OK);
    e2l_json_free(json);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(e2l_json_read_file(ctx, &json, path), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "is empty"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(e2l_json_read_file(ctx, &json, path), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), path));
    assert_int_equal(e2l_json_read_file(ctx, &json, "/tmp"), E2L_INPUT);
    assert_string_equal(e2l_ctx_message(ctx), "/tmp: is a folder, expected a file");
}

/* Many keys and long lists take time in proportion. */
static void large_documents(void **state)
{
    e2l_ctx *ctx = *state;
    e2l_text text;
    e2l_text_init(&text, ctx);
    e2l_text_append(&text, "{\"list\": [0");
    for (int k = 0; k < 100000; k++) {
        e2l_text_appendf(&text, ",0.%05d", k);
    }
    e2l_text_append(&text, "]");
    for (int k = 0; k < 50000; k++) {
        e2l_text_appendf(&text, ",\"key%d\":%d", k, k);
    }
    e2l_text_append(&text, "}");
    cJSON *json;
    assert_int_equal(e2l_json_parse(ctx, &json, text.data, text.n, "t"), E2L_OK);
    e2l_json_free(json);
    text.data[text.n - 1] = ',';
    e2l_text_append(&text, "\"key77\": 1}");
    assert_int_equal(e2l_json_parse(ctx, &json, text.data, text.n, "t"), E2L_INPUT);
    assert_string_equal(e2l_ctx_message(ctx), "t: key 'key77' stands twice");
    e2l_text_clear(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, create_ctx, destroy_ctx)
    const struct CMUnitTest tests[] = {
        TEST(wrong_texts_are_refused), TEST(good_texts_are_read), TEST(deep_nesting_is_refused),
        TEST(numbers_are_exact),       TEST(special_numbers),     TEST(non_finite_numbers_print_as_null),
        TEST(strings_survive_quoting), TEST(typed_members),       TEST(files),
        TEST(large_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
