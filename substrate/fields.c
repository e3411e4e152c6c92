/* fields.c: option structs read from JSON by their field tables (cgp/field.h).

   A default is JSON text read by the same code as the user's value, so that a default outside its own range is found by the tests.
   low = high = 0 means: no range. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "substrate/json_impl.h"

enum { PATH_BYTES = 256, WORDS_BYTES = 512, MAX_KEYS = 256 };

/* One field being read: where its value goes and how to call it in messages. */
typedef struct reader {
    e2l_ctx *ctx;
    const e2l_field *field;
    char path[PATH_BYTES];
} reader;

static size_t count_words(const char *const *words)
{
    size_t n = 0;
    while (words && words[n]) {
        n++;
    }
    return n;
}

static const char *unit_text(char buffer[PATH_BYTES], const e2l_field *field)
{
    buffer[0] = '\0';
    if (field->unit && field->unit[0] && strcmp(field->unit, "1") != 0) {
        (void)snprintf(buffer, PATH_BYTES, " (%s)", field->unit);
    }
    return buffer;
}

static e2l_status wrong_type(const reader *reader_now, const cJSON *json, const char *expected)
{
    char found[PATH_BYTES];
    return e2l_fail(reader_now->ctx, E2L_INPUT, "%s: %s, expected %s", reader_now->path,
                    e2l_json_describe(found, sizeof found, json), expected);
}

static bool has_range(const e2l_field *field)
{
    return field->low != field->high || field->low != 0.0;
}

/* `what` is "" for the value itself, " entries" for a length. */
static e2l_status out_of_range(const reader *now, double value, const char *what)
{
    const e2l_field *field = now->field;
    char unit[PATH_BYTES];
    return e2l_fail(now->ctx, E2L_INPUT, "%s: %.10g%s is out of range %s%g..%g%s", now->path, value,
                    what, field->low_open && !what[0] ? "above " : "", field->low, field->high,
                    what[0] ? "" : unit_text(unit, field));
}

static e2l_status check_range(const reader *now, double value)
{
    const e2l_field *field = now->field;
    if (!has_range(field)) {
        return E2L_OK;
    }
    bool low_enough = value <= field->high;
    bool high_enough = field->low_open ? value > field->low : value >= field->low;
    return low_enough && high_enough ? E2L_OK : out_of_range(now, value, "");
}

static e2l_status check_length(const reader *now, size_t n)
{
    const e2l_field *field = now->field;
    if (n > E2L_MAX_LIST) {
        return e2l_fail(now->ctx, E2L_INPUT, "%s: %zu entries, at most %d are allowed", now->path, n,
                        E2L_MAX_LIST);
    }
    bool is_limited = has_range(field) && field->type != E2L_FIELD_NUMBERS;
    if (is_limited && ((double)n < field->low || (double)n > field->high)) {
        return out_of_range(now, (double)n, " entries");
    }
    return E2L_OK;
}

/* ---- one type each ---- */

static e2l_status read_number(const reader *now, const cJSON *json, double *out)
{
    if (!cJSON_IsNumber(json)) {
        return wrong_type(now, json, "a number");
    }
    *out = json->valuedouble;
    return check_range(now, *out);
}

static e2l_status read_count(const reader *now, const cJSON *json, uint64_t *out)
{
    const double exact_limit = 9007199254740992.0; /* 2^53: whole numbers above are not all doubles */
    if (!cJSON_IsNumber(json)) {
        return wrong_type(now, json, "a whole number");
    }
    double value = json->valuedouble;
    e2l_status status = check_range(now, value);
    if (status != E2L_OK) {
        return status;
    }
    if (value != floor(value)) {
        return e2l_fail(now->ctx, E2L_INPUT, "%s: %.17g, expected a whole number", now->path, value);
    }
    if (value < 0 || value > exact_limit) {
        return e2l_fail(now->ctx, E2L_INPUT, "%s: %.17g is out of range 0..%.0f", now->path, value,
                        exact_limit);
    }
    *out = (uint64_t)value;
    return E2L_OK;
}

static e2l_status read_bool(const reader *now, const cJSON *json, bool *out)
{
    if (!cJSON_IsBool(json)) {
        return wrong_type(now, json, "true or false");
    }
    *out = cJSON_IsTrue(json);
    return E2L_OK;
}

/* "a, b or c". */
static void list_words(char *buffer, size_t size, const char *const *words)
{
    size_t n = count_words(words), used = 0;
    buffer[0] = '\0';
    for (size_t k = 0; k < n && used < size; k++) {
        const char *joint = k == 0 ? "" : k + 1 == n ? " or " : ", ";
        int added = snprintf(buffer + used, size - used, "%s%s", joint, words[k]);
        used += added > 0 ? (size_t)added : 0;
    }
}

static e2l_status read_word(const reader *now, const cJSON *json, int *out)
{
    char list[WORDS_BYTES], expected[WORDS_BYTES + 32], near[PATH_BYTES];
    const char *const *words = now->field->words;
    list_words(list, sizeof list, words);
    if (!cJSON_IsString(json)) {
        (void)snprintf(expected, sizeof expected, "one of %s", list);
        return wrong_type(now, json, expected);
    }
    for (int k = 0; words && words[k]; k++) {
        if (strcmp(words[k], json->valuestring) == 0) {
            *out = k;
            return E2L_OK;
        }
    }
    e2l_did_you_mean(near, sizeof near, json->valuestring, words, count_words(words));
    return e2l_fail(now->ctx, E2L_INPUT, "%s: '%.64s' unknown, expected %s%s", now->path,
                    json->valuestring, list, near);
}

static e2l_status read_text(const reader *now, const cJSON *json, char **out)
{
    if (cJSON_IsNull(json)) {
        return E2L_OK;
    }
    if (!cJSON_IsString(json)) {
        return wrong_type(now, json, "a text");
    }
    if (json->valuestring[0] == '\0') {
        return E2L_OK;
    }
    *out = e2l_strdup(now->ctx, json->valuestring);
    return *out ? E2L_OK : E2L_NOMEM;
}

static e2l_status read_rate(const reader *now, const cJSON *json, e2l_rate *out)
{
    if (cJSON_IsNull(json)) {
        *out = (e2l_rate){.kind = E2L_RATE_ABSENT};
        return E2L_OK;
    }
    if (cJSON_IsString(json) && strcmp(json->valuestring, "tune") == 0) {
        *out = (e2l_rate){.kind = E2L_RATE_TUNE};
        return E2L_OK;
    }
    if (!cJSON_IsNumber(json)) {
        return wrong_type(now, json, "a number, \"tune\" or null");
    }
    *out = (e2l_rate){.kind = E2L_RATE_FIXED, .value = json->valuedouble};
    if (!(json->valuedouble > 0)) {
        return e2l_fail(now->ctx, E2L_INPUT, "%s: %.10g is out of range, expected a number above 0, \"tune\" or null",
                        now->path, json->valuedouble);
    }
    return check_range(now, json->valuedouble);
}

/* ---- lists: a single entry may stand without brackets ---- */

static e2l_status read_entry(const reader *now, const cJSON *json, void *target, size_t k)
{
    if (now->field->type == E2L_FIELD_NUMBERS) {
        return read_number(now, json, &((e2l_number_list *)target)->at[k]);
    }
    if (now->field->type == E2L_FIELD_WORDS) {
        e2l_word_list *list = target;
        e2l_status status = read_word(now, json, &list->at[k]);
        for (size_t i = 0; status == E2L_OK && i < k; i++) {
            if (list->at[i] == list->at[k]) {
                status = e2l_fail(now->ctx, E2L_INPUT, "%s: '%s' stands twice in the list", now->path,
                                  now->field->words[list->at[k]]);
            }
        }
        return status;
    }
    if (!cJSON_IsString(json)) {
        return wrong_type(now, json, "a text");
    }
    char **at = &((e2l_text_list *)target)->at[k];
    *at = e2l_strdup(now->ctx, json->valuestring);
    return *at ? E2L_OK : E2L_NOMEM;
}

static void set_length(e2l_field_type type, void *target, size_t n)
{
    if (type == E2L_FIELD_NUMBERS) {
        ((e2l_number_list *)target)->n = n;
    } else if (type == E2L_FIELD_WORDS) {
        ((e2l_word_list *)target)->n = n;
    } else {
        ((e2l_text_list *)target)->n = n;
    }
}

static e2l_status read_list(reader *now, const cJSON *json, void *target)
{
    bool is_list = cJSON_IsArray(json);
    size_t n = is_list ? 0 : 1, used = strlen(now->path);
    for (const cJSON *child = is_list ? json->child : NULL; child; child = child->next) {
        n++;
    }
    e2l_status status = check_length(now, n);
    const cJSON *child = is_list ? json->child : json;
    for (size_t k = 0; k < n && status == E2L_OK; k++) {
        if (is_list) {
            (void)snprintf(now->path + used, sizeof now->path - used, "[%zu]", k);
        }
        status = read_entry(now, child, target, k);
        set_length(now->field->type, target, k + 1);
        child = child->next;
    }
    return status;
}

static e2l_status read_value(reader *now, const cJSON *json, void *target)
{
    switch (now->field->type) {
    case E2L_FIELD_NUMBER:
        return read_number(now, json, target);
    case E2L_FIELD_COUNT:
        return read_count(now, json, target);
    case E2L_FIELD_BOOL:
        return read_bool(now, json, target);
    case E2L_FIELD_WORD:
        return read_word(now, json, target);
    case E2L_FIELD_TEXT:
        return read_text(now, json, target);
    case E2L_FIELD_RATE:
        return read_rate(now, json, target);
    case E2L_FIELD_WORDS:
    case E2L_FIELD_TEXTS:
    case E2L_FIELD_NUMBERS:
        return read_list(now, json, target);
    }
    return e2l_fail(now->ctx, E2L_INTERNAL, "%s: unknown field type %d", now->path, (int)now->field->type);
}

/* ---- whole tables ---- */

static void *field_target(const e2l_field *field, void *options)
{
    return (unsigned char *)options + field->offset;
}

static e2l_status read_fallback(reader *now, void *target)
{
    const char *text = now->field->fallback ? now->field->fallback : "null";
    cJSON *json;
    e2l_status status = e2l_json_parse(now->ctx, &json, text, strlen(text), "default");
    if (status == E2L_OK) {
        status = read_value(now, json, target);
        e2l_json_free(json);
    }
    if (status == E2L_INPUT) {
        status = e2l_fail_at(now->ctx, E2L_INTERNAL, "the table's default");
    }
    return status;
}

static e2l_status check_keys(e2l_ctx *ctx, const e2l_field *fields, size_t n_fields, const cJSON *object,
                             const char *const *also_known, size_t n_also_known, const char *where)
{
    const char *known[MAX_KEYS];
    size_t n = 0;
    if (n_fields + n_also_known > MAX_KEYS) {
        return e2l_fail(ctx, E2L_INTERNAL, "%s: a table of more than %d fields", where, MAX_KEYS);
    }
    for (size_t k = 0; k < n_fields; k++) {
        known[n++] = fields[k].key;
    }
    for (size_t k = 0; k < n_also_known; k++) {
        known[n++] = also_known[k];
    }
    return e2l_json_known_keys(ctx, object, known, n, where);
}

e2l_status e2l_fields_read(e2l_ctx *ctx, const e2l_field *fields, size_t n_fields, const cJSON *object,
                           const char *const *also_known, size_t n_also_known, const char *where,
                           void *options)
{
    char found[PATH_BYTES];
    if (object && !cJSON_IsObject(object)) {
        return e2l_fail(ctx, E2L_INPUT, "%.*s: %s, expected an object", e2l_json_where_length(where), where,
                        e2l_json_describe(found, sizeof found, object));
    }
    e2l_status status =
        check_keys(ctx, fields, n_fields, object, also_known, n_also_known, where);
    for (size_t k = 0; k < n_fields && status == E2L_OK; k++) {
        reader now = {.ctx = ctx, .field = &fields[k]};
        e2l_json_path(now.path, sizeof now.path, where, fields[k].key);
        void *target = field_target(&fields[k], options);
        const cJSON *member = object ? cJSON_GetObjectItemCaseSensitive(object, fields[k].key) : NULL;
        status = member ? read_value(&now, member, target) : read_fallback(&now, target);
    }
    if (status != E2L_OK) {
        e2l_fields_clear(ctx, fields, n_fields, options);
    }
    return status;
}

void e2l_fields_clear(e2l_ctx *ctx, const e2l_field *fields, size_t n_fields, void *options)
{
    for (size_t k = 0; k < n_fields; k++) {
        if (fields[k].type == E2L_FIELD_TEXT) {
            char **text = field_target(&fields[k], options);
            e2l_free(ctx, *text);
            *text = NULL;
        } else if (fields[k].type == E2L_FIELD_TEXTS) {
            e2l_text_list *list = field_target(&fields[k], options);
            for (size_t i = 0; i < E2L_MAX_LIST; i++) {
                e2l_free(ctx, list->at[i]);
                list->at[i] = NULL;
            }
            list->n = 0;
        }
    }
}
