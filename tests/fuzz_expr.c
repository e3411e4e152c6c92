/* fuzz_expr.c: any bytes as a formula. It is refused with a column, or it prints, reads back to the same DAG, has a
   canonical form that is its own canonical form, and no block stays behind. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cgp/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_again(e2l_ctx *ctx, const e2l_expr *expr, e2l_style style)
{
    e2l_text text;
    e2l_expr *again;
    e2l_text_init(&text, ctx);
    require(e2l_expr_print(expr, style, &text) == E2L_OK);
    if (text.n <= E2L_EXPR_MAX_TEXT) { /* long names and hex floats may make the text longer than a formula may be */
        require(e2l_expr_parse(ctx, &again, e2l_text_get(&text), text.n, NULL) == E2L_OK);
        require(e2l_expr_equal(expr, again));
        e2l_expr_destroy(ctx, again);
    }
    e2l_text_clear(&text);
}

static void check(e2l_ctx *ctx, const e2l_expr *expr)
{
    e2l_expr *once, *twice;
    e2l_key key;
    check_again(ctx, expr, E2L_STYLE_SHORTEST);
    check_again(ctx, expr, E2L_STYLE_HEX);
    require(e2l_expr_key(ctx, expr, &key) == E2L_OK);
    require(e2l_expr_canonical(ctx, &once, expr) == E2L_OK);
    check_again(ctx, once, E2L_STYLE_SHORTEST);
    require(e2l_expr_canonical(ctx, &twice, once) == E2L_OK);
    require(e2l_expr_equal(once, twice));
    e2l_expr_destroy(ctx, once);
    e2l_expr_destroy(ctx, twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    e2l_expr *expr;
    require(e2l_ctx_create(&ctx) == E2L_OK);
    e2l_status status = e2l_expr_parse(ctx, &expr, (const char *)data, size, NULL);
    if (status == E2L_OK) {
        check(ctx, expr);
        e2l_expr_destroy(ctx, expr);
    } else {
        require(status == E2L_INPUT && !expr);
        require(strncmp(e2l_ctx_message(ctx), "column ", 7) == 0 || strstr(e2l_ctx_message(ctx), "nodes"));
    }
    require(e2l_ctx_destroy(ctx) == 0);
    return 0;
}
