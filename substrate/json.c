/* json.c: strict JSON on cJSON. The first pass (json_scan.c) checks the text and reads the numbers; cJSON builds the
   tree; this file puts the numbers in and refuses duplicate keys. */
#include "substrate/json.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "substrate/json_impl.h"

enum { PATH_BYTES = 256, FEW_KEYS = 16 };

/* Where in the document we are, as a chain up the stack. */
typedef struct place {
    const struct place *up;
    const char *key; /* NULL: element `index` of a list */
    size_t index;
} place;

typedef struct json_walk {
    e2l_ctx *ctx;
    const char *where;
    const e2l_json_scan *scan;
    size_t next; /* number to be put in next */
} json_walk;

static void append(char *buffer, size_t size, const char *format, const char *text, size_t index)
{
    size_t used = strlen(buffer);
    if (used + 1 >= size) {
        return;
    }
    if (text) {
        (void)snprintf(buffer + used, size - used, "%s%s", format, text);
    } else {
        (void)snprintf(buffer + used, size - used, "[%zu]", index);
    }
}

static void path_text(char *buffer, size_t size, const place *at)
{
    if (at->up) {
        path_text(buffer, size, at->up);
        append(buffer, size, buffer[0] ? "." : "", at->key, at->index);
    }
}

static e2l_status duplicate(const json_walk *walk, const place *at, const char *key)
{
    char path[PATH_BYTES] = "";
    path_text(path, sizeof path, at);
    return e2l_fail(walk->ctx, E2L_INPUT, "%s: %s%skey '%s' stands twice", walk->where, path,
                    path[0] ? ": " : "", key);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Any key twice? Few keys: every pair; many: sorted. */
static e2l_status check_keys(const json_walk *walk, const place *at, const cJSON *object)
{
    size_t n = 0;
    for (const cJSON *child = object->child; child; child = child->next) {
        n++;
    }
    if (n <= FEW_KEYS) {
        for (const cJSON *a = object->child; a; a = a->next) {
            for (const cJSON *b = a->next; b; b = b->next) {
                if (strcmp(a->string, b->string) == 0) {
                    return duplicate(walk, at, a->string);
                }
            }
        }
        return E2L_OK;
    }
    const char **keys = e2l_alloc(walk->ctx, n, sizeof *keys);
    if (!keys) {
        return E2L_NOMEM;
    }
    n = 0;
    for (const cJSON *child = object->child; child; child = child->next) {
        keys[n++] = child->string;
    }
    qsort(keys, n, sizeof *keys, compare_keys);
    e2l_status status = E2L_OK;
    for (size_t k = 1; k < n && status == E2L_OK; k++) {
        status = strcmp(keys[k - 1], keys[k]) == 0 ? duplicate(walk, at, keys[k]) : E2L_OK;
    }
    e2l_free(walk->ctx, keys);
    return status;
}

/* Depth is bounded by the first pass. */
static e2l_status finish(json_walk *walk, const place *at, cJSON *json)
{
    if (cJSON_IsNumber(json)) {
        double value = walk->next < walk->scan->n_numbers ? walk->scan->numbers[walk->next] : 0;
        walk->next++;
        json->valuedouble = value;
        json->valueint = value >= INT_MAX ? INT_MAX : value <= INT_MIN ? INT_MIN : (int)value;
        return E2L_OK;
    }
    size_t index = 0;
    for (cJSON *child = json->child; child; child = child->next) {
        place below = {.up = at, .key = child->string, .index = index++};
        e2l_status status = finish(walk, &below, child);
        if (status != E2L_OK) {
            return status;
        }
    }
    return cJSON_IsObject(json) ? check_keys(walk, at, json) : E2L_OK;
}

e2l_status e2l_json_parse(e2l_ctx *ctx, cJSON **out, const char *text, size_t length, const char *where)
{
    *out = NULL;
    e2l_json_scan scan;
    e2l_status status = e2l_json_scan_text(ctx, &scan, text, length, where);
    if (status != E2L_OK) {
        return status;
    }
    const char *end = NULL;
    cJSON *json = cJSON_ParseWithLengthOpts(scan.masked, length + 1, &end, 1);
    json_walk walk = {.ctx = ctx, .where = where, .scan = &scan};
    if (!json) {
        /* The text is valid JSON: what is left is memory. */
        status = e2l_fail(ctx, E2L_NOMEM, "%s: out of memory while reading JSON", where);
    } else {
        status = finish(&walk, &(place){0}, json);
    }
    if (status == E2L_OK && walk.next != scan.n_numbers) {
        status = e2l_fail(ctx, E2L_INTERNAL, "%s: %zu numbers read, %zu expected", where, walk.next,
                          scan.n_numbers);
    }
    e2l_json_scan_clear(ctx, &scan);
    if (status != E2L_OK) {
        cJSON_Delete(json);
        return status;
    }
    *out = json;
    return E2L_OK;
}

e2l_status e2l_json_read_file(e2l_ctx *ctx, cJSON **out, const char *path)
{
    *out = NULL;
    char *text;
    size_t length;
    e2l_status status = e2l_file_read(ctx, &text, &length, path);
    if (status != E2L_OK) {
        return status;
    }
    status = e2l_json_parse(ctx, out, text, length, path);
    e2l_free(ctx, text);
    return status;
}

void e2l_json_free(cJSON *json)
{
    cJSON_Delete(json);
}

/* ---- typed members ---- */

void e2l_json_path(char *buffer, size_t size, const char *where, const char *key)
{
    size_t n = strlen(where);
    const char *joint = n == 0 ? "" : where[n - 1] == ':' ? " " : ".";
    (void)snprintf(buffer, size, "%s%s%s", where, joint, key);
}

int e2l_json_where_length(const char *where)
{
    size_t n = strlen(where);
    n -= n > 0 && where[n - 1] == ':' ? 1 : 0;
    return n < PATH_BYTES ? (int)n : PATH_BYTES;
}

const char *e2l_json_describe(char *buffer, size_t size, const cJSON *json)
{
    if (cJSON_IsString(json)) {
        bool cut = strlen(json->valuestring) > 40;
        (void)snprintf(buffer, size, "string \"%.40s%s\"", json->valuestring, cut ? ".." : "");
    } else if (cJSON_IsNumber(json)) {
        (void)snprintf(buffer, size, "number %.17g", json->valuedouble);
    } else {
        const char *word = cJSON_IsArray(json)    ? "a list"
                           : cJSON_IsObject(json) ? "an object"
                           : cJSON_IsTrue(json)   ? "true"
                           : cJSON_IsFalse(json)  ? "false"
                                                  : "null";
        (void)snprintf(buffer, size, "%s", word);
    }
    return buffer;
}

/* The member of that name, whatever it is; a message when it is missing. */
static e2l_status get_member(e2l_ctx *ctx, const cJSON **out, const cJSON *object, const char *key,
                             const char *where, const char *wanted)
{
    char path[PATH_BYTES], found[PATH_BYTES];
    if (!cJSON_IsObject(object)) {
        return e2l_fail(ctx, E2L_INPUT, "%.*s: %s, expected an object", e2l_json_where_length(where), where,
                        e2l_json_describe(found, sizeof found, object));
    }
    *out = cJSON_GetObjectItemCaseSensitive(object, key);
    if (*out) {
        return E2L_OK;
    }
    e2l_json_path(path, sizeof path, where, key);
    return e2l_fail(ctx, E2L_INPUT, "%s: missing, expected %s", path, wanted);
}

static e2l_status wrong_type(e2l_ctx *ctx, const cJSON *found, const char *key, const char *where,
                             const char *wanted)
{
    char path[PATH_BYTES], words[PATH_BYTES];
    e2l_json_path(path, sizeof path, where, key);
    return e2l_fail(ctx, E2L_INPUT, "%s: %s, expected %s", path,
                    e2l_json_describe(words, sizeof words, found), wanted);
}

e2l_status e2l_json_number(e2l_ctx *ctx, double *out, const cJSON *object, const char *key,
                           const char *where)
{
    const cJSON *member;
    e2l_status status = get_member(ctx, &member, object, key, where, "a number");
    if (status != E2L_OK) {
        return status;
    }
    if (!cJSON_IsNumber(member)) {
        return wrong_type(ctx, member, key, where, "a number");
    }
    *out = member->valuedouble;
    return E2L_OK;
}

e2l_status e2l_json_string(e2l_ctx *ctx, const char **out, const cJSON *object, const char *key,
                           const char *where)
{
    const cJSON *member;
    *out = NULL;
    e2l_status status = get_member(ctx, &member, object, key, where, "a text");
    if (status != E2L_OK) {
        return status;
    }
    if (!cJSON_IsString(member)) {
        return wrong_type(ctx, member, key, where, "a text");
    }
    *out = member->valuestring;
    return E2L_OK;
}

e2l_status e2l_json_known_keys(e2l_ctx *ctx, const cJSON *object, const char *const *known, size_t n,
                               const char *where)
{
    char path[PATH_BYTES], near[PATH_BYTES];
    for (const cJSON *child = object ? object->child : NULL; child; child = child->next) {
        bool is_known = false;
        for (size_t k = 0; k < n && !is_known; k++) {
            is_known = strcmp(child->string, known[k]) == 0;
        }
        if (!is_known) {
            e2l_json_path(path, sizeof path, where, child->string);
            return e2l_fail(ctx, E2L_INPUT, "%s: unknown key%s", path,
                            e2l_did_you_mean(near, sizeof near, child->string, known, n));
        }
    }
    return E2L_OK;
}
