/* json_impl.h: the strict first pass over JSON text (json_scan.c), used by json.c alone. */
#ifndef E2L_SUBSTRATE_JSON_IMPL_H
#define E2L_SUBSTRATE_JSON_IMPL_H

#include "substrate/json.h"

/* What the first pass finds: the numbers in the order of the text, and a copy of the text in which every number
   reads 0 (padded with spaces), so that cJSON never converts one: its conversion depends on the locale, cuts
   literals at 63 bytes and cannot tell an overflow. */
typedef struct e2l_json_scan {
    char *masked;    /* owned, NUL-terminated */
    double *numbers; /* owned */
    size_t n_numbers;
} e2l_json_scan;

E2L_MUST_CHECK e2l_status e2l_json_scan_text(e2l_ctx *ctx, e2l_json_scan *out, const char *text,
                                             size_t length, const char *where);
void e2l_json_scan_clear(e2l_ctx *ctx, e2l_json_scan *scan);

/* "a.b": `where` and `key` joined for a message. A `where` that ends in ':' gets a space instead of the dot. */
void e2l_json_path(char *buffer, size_t size, const char *where, const char *key);
/* Length of `where` without the colon at its end, for "%.*s: message". */
int e2l_json_where_length(const char *where);
/* What a value is, in words: "string \"ten\"", "the number 5", "an object", .. Returns `buffer`. */
const char *e2l_json_describe(char *buffer, size_t size, const cJSON *json);

#endif
