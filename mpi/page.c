/* page.c: readable text at 80 columns. */
#include "mpi/page.h"

#include <stdio.h>
#include <string.h>

#include "cgp/number.h"
#include "substrate/json.h"

enum { NAME_COLUMN = 14 };

static void put_spaces(size_t n)
{
    (void)printf("%*s", (int)n, "");
}

/* Columns a UTF-8 text takes: bytes that do not continue a character. */
static size_t width_of(const char *s, size_t n)
{
    size_t width = 0;
    for (size_t k = 0; k < n; k++) {
        width += ((unsigned char)s[k] & 0xC0U) != 0x80U ? 1 : 0;
    }
    return width;
}

void e2l_page_wrap(const char *text, size_t column, size_t indent)
{
    bool first = true;
    while (*text) {
        size_t n = strcspn(text, " \n");
        size_t width = width_of(text, n);
        if (!first && column + 1 + width > E2L_PAGE_WIDTH) {
            (void)printf("\n");
            put_spaces(indent);
            column = indent;
        } else if (!first) {
            (void)printf(" ");
            column++;
        }
        (void)printf("%.*s", (int)n, text);
        column += width;
        first = false;
        text += n;
        text += strspn(text, " \n");
    }
    (void)printf("\n");
}

void e2l_page_entry(const char *name, const char *text)
{
    if (width_of(name, strlen(name)) > NAME_COLUMN - 3) { /* a name too long for its column has a line of its own */
        (void)printf("  %s\n", name);
        name = "";
    }
    (void)printf("  %-*s ", NAME_COLUMN - 3, name);
    e2l_page_wrap(text ? text : "", NAME_COLUMN, NAME_COLUMN);
}

/* Value of a scalar into a line of text. */
static void append_scalar(char *line, size_t size, const cJSON *value)
{
    size_t n = strlen(line);
    char digits[E2L_NUMBER_BYTES];
    const char *text = cJSON_GetStringValue(value);
    if (cJSON_IsNumber(value)) {
        text = e2l_number_shortest(digits, value->valuedouble);
    }
    (void)snprintf(line + n, size - n, "%s", text ? text : "");
}

static void append_words(char *line, size_t size, const cJSON *array)
{
    const cJSON *word;
    cJSON_ArrayForEach(word, array)
    {
        size_t n = strlen(line);
        (void)snprintf(line + n, size - n, "%s", word == array->child ? "" : ", ");
        append_scalar(line, size, word);
    }
}

/* One object of a list: its first member is the name, the others follow as "key value". */
static void print_list_item(const cJSON *object)
{
    char line[2048] = "";
    const cJSON *name = object->child, *member;
    for (member = name ? name->next : NULL; member; member = member->next) {
        size_t n = strlen(line);
        const bool is_unit = strcmp(member->string, "unit") == 0 && !cJSON_GetObjectItemCaseSensitive(object, "default") &&
                             !cJSON_GetObjectItemCaseSensitive(object, "terminals"); /* of a value: "10 ms" */
        const bool is_text = is_unit || strcmp(member->string, "help") == 0 || strcmp(member->string, "about") == 0 ||
                             strcmp(member->string, "value") == 0;
        (void)snprintf(line + n, sizeof line - n, "%s%s%s", n == 0 ? "" : is_unit ? " " : "; ", is_text ? "" : member->string,
                       is_text ? "" : " ");
        if (cJSON_IsArray(member)) {
            append_words(line, sizeof line, member);
        } else {
            append_scalar(line, sizeof line, member);
        }
    }
    e2l_page_entry(name && cJSON_GetStringValue(name) ? cJSON_GetStringValue(name) : "", line);
}

/* Statements and the like: sentences, not words. */
static bool is_sentences(const cJSON *member)
{
    const cJSON *first = cJSON_IsArray(member) ? member->child : NULL;
    return first && cJSON_IsString(first) && strchr(first->valuestring, ' ');
}

static void print_sentences(const cJSON *member)
{
    const cJSON *item;
    (void)printf("%s:\n", member->string);
    cJSON_ArrayForEach(item, member)
    {
        put_spaces(2);
        e2l_page_wrap(cJSON_GetStringValue(item) ? cJSON_GetStringValue(item) : "", 2, 6);
    }
}

void e2l_page_object(const cJSON *object)
{
    const cJSON *member, *item;
    cJSON_ArrayForEach(member, object)
    {
        if (cJSON_IsArray(member) && cJSON_IsObject(member->child)) {
            (void)printf("%s:\n", member->string);
            cJSON_ArrayForEach(item, member)
            {
                print_list_item(item);
            }
            continue;
        }
        if (is_sentences(member)) {
            print_sentences(member);
            continue;
        }
        char line[4096] = "";
        if (cJSON_IsArray(member)) {
            append_words(line, sizeof line, member);
        } else {
            append_scalar(line, sizeof line, member);
        }
        int width = printf("%-*s ", NAME_COLUMN - 1, member->string);
        e2l_page_wrap(line, width > 0 ? (size_t)width : NAME_COLUMN, NAME_COLUMN);
    }
}

e2l_status e2l_page_json(e2l_ctx *ctx, const cJSON *json)
{
    e2l_text text;
    e2l_text_init(&text, ctx);
    e2l_status status = e2l_json_print(json, true, &text);
    if (status == E2L_OK) {
        (void)printf("%s\n", e2l_text_get(&text));
    }
    e2l_text_clear(&text);
    return status;
}
