/* page.h: text for a terminal: wrapped paragraphs, entries, JSON objects as readable lists. Writes to standard output. */
#ifndef E2L_MPI_PAGE_H
#define E2L_MPI_PAGE_H

#include <cjson/cJSON.h>

#include "cgp/base.h"

enum { E2L_PAGE_WIDTH = 80 };

/* Words of `text` from column `indent` on, wrapped at the page's width; the cursor stands at `column` already. Ends with a newline. */
void e2l_page_wrap(const char *text, size_t column, size_t indent);
/* "  name      text ..." with the text wrapped in its own column. */
void e2l_page_entry(const char *name, const char *text);
/* Members of an object: texts wrapped, lists of words on one line, lists of objects as entries. */
void e2l_page_object(const cJSON *object);
/* The tree as JSON text, indented. */
E2L_MUST_CHECK e2l_status e2l_page_json(e2l_ctx *ctx, const cJSON *json);

#endif
