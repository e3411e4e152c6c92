/* json.h: strict JSON on top of cJSON, and options read by field tables.

   Stricter than cJSON: duplicate keys, invalid UTF-8, numbers that overflow, trailing text and nesting beyond 64 are errors; every
   message names file, path inside the document and, for syntax, line and column. Numbers are those of e2l_number_read, to the bit.

   A `where` is what stands in front of ".key" in messages: "config.json: task", "--task", or "config.json:" (with the
   colon) for the document itself. */
#ifndef E2L_SUBSTRATE_JSON_H
#define E2L_SUBSTRATE_JSON_H

#include <cjson/cJSON.h>

#include "cgp/field.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { E2L_JSON_MAX_DEPTH = 64 };

/* `where` names the text in messages ("config.json", "--task"). Gives *out: e2l_json_free. */
E2L_MUST_CHECK e2l_status e2l_json_parse(e2l_ctx *ctx, cJSON **out, const char *text, size_t length,
                                         const char *where);
E2L_MUST_CHECK e2l_status e2l_json_read_file(e2l_ctx *ctx, cJSON **out, const char *path);
void e2l_json_free(cJSON *json);
/* Whole file into memory (at most 1 GiB); gives *out (e2l_free). Regular files and pipes; folders are errors. */
E2L_MUST_CHECK e2l_status e2l_file_read(e2l_ctx *ctx, char **out, size_t *length, const char *path);

/* Typed members: `where` is the path of `object` for messages. E2L_INPUT when missing or of another type. */
E2L_MUST_CHECK e2l_status e2l_json_number(e2l_ctx *ctx, double *out, const cJSON *object, const char *key,
                                          const char *where);
E2L_MUST_CHECK e2l_status e2l_json_string(e2l_ctx *ctx, const char **out, const cJSON *object,
                                          const char *key, const char *where);
/* Keys of `object` that are not in `known` are errors with the nearest known one. */
E2L_MUST_CHECK e2l_status e2l_json_known_keys(e2l_ctx *ctx, const cJSON *object, const char *const *known,
                                              size_t n, const char *where);

/* Fills the struct at `options` (zeroed, table's size) from the members of `object` (NULL or an object), defaults for
   the rest. Members named in `also_known` (may be NULL) are left to the caller. Texts are allocated: e2l_fields_clear. */
E2L_MUST_CHECK e2l_status e2l_fields_read(e2l_ctx *ctx, const e2l_field *fields, size_t n_fields,
                                          const cJSON *object, const char *const *also_known,
                                          size_t n_also_known, const char *where, void *options);
void e2l_fields_clear(e2l_ctx *ctx, const e2l_field *fields, size_t n_fields, void *options);
/* The struct as a JSON object with every key (defaults resolved), in table order. NULL when memory is out. */
cJSON *e2l_fields_write(e2l_ctx *ctx, const e2l_field *fields, size_t n_fields, const void *options);
/* Bytes that tell two settings of the is_data fields apart, appended to `out` (key=value lines). */
void e2l_fields_data_text(const e2l_field *fields, size_t n_fields, const void *options, e2l_text *out);

/* Canonical JSON text of a tree: two-space indent, shortest round-trip numbers, keys as they stand. Non-finite numbers are null. */
E2L_MUST_CHECK e2l_status e2l_json_print(const cJSON *json, bool pretty, e2l_text *out);
/* Appends a JSON string literal with escapes. */
void e2l_json_quote(e2l_text *out, const char *s);
/* Appends a number, or null when it is not finite. */
void e2l_json_put_number(e2l_text *out, double value);

#ifdef __cplusplus
}
#endif
#endif
