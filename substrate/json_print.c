/* json_print.c: JSON trees, texts and numbers as text. Lists of plain values stand on one line. */
#include <math.h>
#include <string.h>

#include "cgp/number.h"
#include "substrate/json.h"

void e2l_json_quote(e2l_text *out, const char *s)
{
    e2l_text_append(out, "\"");
    size_t start = 0, k = 0;
    for (; s[k]; k++) {
        unsigned char c = (unsigned char)s[k];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        e2l_text_append_n(out, s + start, k - start);
        start = k + 1;
        switch (c) {
        case '"':
            e2l_text_append(out, "\\\"");
            break;
        case '\\':
            e2l_text_append(out, "\\\\");
            break;
        case '\n':
            e2l_text_append(out, "\\n");
            break;
        case '\t':
            e2l_text_append(out, "\\t");
            break;
        default:
            e2l_text_appendf(out, "\\u%04x", (unsigned)c);
            break;
        }
    }
    e2l_text_append_n(out, s + start, k - start);
    e2l_text_append(out, "\"");
}

void e2l_json_put_number(e2l_text *out, double value)
{
    char buffer[E2L_NUMBER_BYTES];
    e2l_text_append(out, isfinite(value) ? e2l_number_shortest(buffer, value) : "null");
}

static void new_line(e2l_text *out, bool pretty, unsigned depth)
{
    if (pretty) {
        e2l_text_append(out, "\n");
        for (unsigned k = 0; k < depth; k++) {
            e2l_text_append(out, "  ");
        }
    }
}

static bool is_flat(const cJSON *json)
{
    for (const cJSON *child = json->child; child; child = child->next) {
        if (child->child || cJSON_IsObject(child)) {
            return false;
        }
    }
    return true;
}

static void put_value(e2l_text *out, const cJSON *json, bool pretty, unsigned depth);

static void put_members(e2l_text *out, const cJSON *json, bool pretty, unsigned depth)
{
    bool is_object = cJSON_IsObject(json);
    bool lines = pretty && json->child && (is_object || !is_flat(json));
    e2l_text_append(out, is_object ? "{" : "[");
    for (const cJSON *child = json->child; child; child = child->next) {
        new_line(out, lines, depth + 1);
        if (is_object) {
            e2l_json_quote(out, child->string);
            e2l_text_append(out, pretty ? ": " : ":");
        }
        put_value(out, child, pretty, depth + 1);
        if (child->next) {
            e2l_text_append(out, pretty && !lines ? ", " : ",");
        }
    }
    new_line(out, lines, depth);
    e2l_text_append(out, is_object ? "}" : "]");
}

static void put_value(e2l_text *out, const cJSON *json, bool pretty, unsigned depth)
{
    if (cJSON_IsNumber(json)) {
        e2l_json_put_number(out, json->valuedouble);
    } else if (cJSON_IsString(json)) {
        e2l_json_quote(out, json->valuestring);
    } else if (cJSON_IsObject(json) || cJSON_IsArray(json)) {
        put_members(out, json, pretty, depth);
    } else {
        e2l_text_append(out, cJSON_IsTrue(json) ? "true" : cJSON_IsFalse(json) ? "false" : "null");
    }
}

e2l_status e2l_json_print(const cJSON *json, bool pretty, e2l_text *out)
{
    put_value(out, json, pretty, 0);
    return e2l_text_status(out);
}
