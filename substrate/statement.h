/* statement.h: `name = expr`, `name += expr`, each optionally behind `when cond:`. */
#ifndef E2L_SUBSTRATE_STATEMENT_H
#define E2L_SUBSTRATE_STATEMENT_H

#include "cgp/expr.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct e2l_statement {
    char *target;    /* owned */
    bool adds;       /* += */
    e2l_expr *expr;  /* owned */
    e2l_expr *guard; /* owned; NULL: always */
} e2l_statement;

/* Parses one statement; names are not resolved here. Errors name the column of the whole text. */
E2L_MUST_CHECK e2l_status e2l_statement_parse(e2l_ctx *ctx, e2l_statement *out, const char *text);
void e2l_statement_clear(e2l_ctx *ctx, e2l_statement *statement);

#ifdef __cplusplus
}
#endif
#endif
