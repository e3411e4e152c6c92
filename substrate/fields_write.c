/* fields_write.c: option structs written as JSON, and as the text that keys the data they produce. */
#include <inttypes.h>

#include "cgp/number.h"
#include "substrate/json.h"

static const void *field_source(const e2l_field *field, const void *options)
{
    return (const unsigned char *)options + field->offset;
}

/* ---- back to JSON ---- */

static cJSON *write_rate(const e2l_rate *rate)
{
    switch (rate->kind) {
    case E2L_RATE_FIXED:
        return cJSON_CreateNumber(rate->value);
    case E2L_RATE_TUNE:
        return cJSON_CreateString("tune");
    case E2L_RATE_ABSENT:
        break;
    }
    return cJSON_CreateNull();
}

/* Adds and says whether that worked; a NULL item is memory that ran out. */
static bool add_item(cJSON *list, cJSON *item)
{
    return item && cJSON_AddItemToArray(list, item);
}

static cJSON *write_list(const e2l_field *field, const void *source)
{
    cJSON *list = cJSON_CreateArray();
    bool ok = list != NULL;
    if (field->type == E2L_FIELD_NUMBERS) {
        const e2l_number_list *numbers = source;
        for (size_t k = 0; k < numbers->n && ok; k++) {
            ok = add_item(list, cJSON_CreateNumber(numbers->at[k]));
        }
    } else if (field->type == E2L_FIELD_WORDS) {
        const e2l_word_list *words = source;
        for (size_t k = 0; k < words->n && ok; k++) {
            ok = add_item(list, cJSON_CreateString(field->words[words->at[k]]));
        }
    } else {
        const e2l_text_list *texts = source;
        for (size_t k = 0; k < texts->n && ok; k++) {
            ok = add_item(list, cJSON_CreateString(texts->at[k]));
        }
    }
    if (!ok) {
        cJSON_Delete(list);
        list = NULL;
    }
    return list;
}

static cJSON *write_value(const e2l_field *field, const void *source)
{
    switch (field->type) {
    case E2L_FIELD_NUMBER:
        return cJSON_CreateNumber(*(const double *)source);
    case E2L_FIELD_COUNT:
        return cJSON_CreateNumber((double)*(const uint64_t *)source);
    case E2L_FIELD_BOOL:
        return cJSON_CreateBool(*(const bool *)source);
    case E2L_FIELD_WORD:
        return cJSON_CreateString(field->words[*(const int *)source]);
    case E2L_FIELD_TEXT: {
        const char *text = *(char *const *)source;
        return cJSON_CreateString(text ? text : "");
    }
    case E2L_FIELD_RATE:
        return write_rate(source);
    case E2L_FIELD_WORDS:
    case E2L_FIELD_TEXTS:
    case E2L_FIELD_NUMBERS:
        return write_list(field, source);
    }
    return NULL;
}

cJSON *e2l_fields_write(e2l_ctx *ctx, const e2l_field *fields, size_t n_fields, const void *options)
{
    cJSON *object = cJSON_CreateObject();
    bool ok = object != NULL;
    for (size_t k = 0; k < n_fields && ok; k++) {
        cJSON *value = write_value(&fields[k], field_source(&fields[k], options));
        ok = value && cJSON_AddItemToObject(object, fields[k].key, value);
        if (!ok) {
            cJSON_Delete(value);
        }
    }
    if (!ok) {
        cJSON_Delete(object);
        (void)e2l_fail(ctx, E2L_NOMEM, "out of memory while writing options");
        return NULL;
    }
    return object;
}

/* ---- the settings that change the data ---- */

static void put_hex(e2l_text *out, double value)
{
    char buffer[E2L_NUMBER_BYTES];
    e2l_text_append(out, e2l_number_hex(buffer, value));
}

static void data_list(const e2l_field *field, const void *source, e2l_text *out)
{
    if (field->type == E2L_FIELD_NUMBERS) {
        const e2l_number_list *numbers = source;
        for (size_t k = 0; k < numbers->n; k++) {
            put_hex(out, numbers->at[k]);
            e2l_text_append(out, ",");
        }
    } else if (field->type == E2L_FIELD_WORDS) {
        const e2l_word_list *words = source;
        for (size_t k = 0; k < words->n; k++) {
            e2l_text_appendf(out, "%s,", field->words[words->at[k]]);
        }
    } else {
        const e2l_text_list *texts = source;
        for (size_t k = 0; k < texts->n; k++) {
            e2l_json_quote(out, texts->at[k]);
            e2l_text_append(out, ",");
        }
    }
}

static void data_value(const e2l_field *field, const void *source, e2l_text *out)
{
    const e2l_rate *rate;
    const char *text;
    switch (field->type) {
    case E2L_FIELD_NUMBER:
        put_hex(out, *(const double *)source);
        break;
    case E2L_FIELD_COUNT:
        e2l_text_appendf(out, "%" PRIu64, *(const uint64_t *)source);
        break;
    case E2L_FIELD_BOOL:
        e2l_text_append(out, *(const bool *)source ? "true" : "false");
        break;
    case E2L_FIELD_WORD:
        e2l_text_append(out, field->words[*(const int *)source]);
        break;
    case E2L_FIELD_TEXT:
        text = *(char *const *)source;
        e2l_json_quote(out, text ? text : "");
        break;
    case E2L_FIELD_RATE:
        rate = source;
        e2l_text_appendf(out, "%d:", (int)rate->kind);
        put_hex(out, rate->value);
        break;
    case E2L_FIELD_WORDS:
    case E2L_FIELD_TEXTS:
    case E2L_FIELD_NUMBERS:
        data_list(field, source, out);
        break;
    }
}

void e2l_fields_data_text(const e2l_field *fields, size_t n_fields, const void *options, e2l_text *out)
{
    for (size_t k = 0; k < n_fields; k++) {
        if (fields[k].is_data) {
            e2l_text_appendf(out, "%s=", fields[k].key);
            data_value(&fields[k], field_source(&fields[k], options), out);
            e2l_text_append(out, "\n");
        }
    }
}
