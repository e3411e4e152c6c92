/* Any bytes as a model file: refused with a message, or a model whose statements print and parse again. */
#include "substrate/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void check_statement(e2l_ctx *ctx, const e2l_statement *statement)
{
    e2l_text text;
    e2l_text_init(&text, ctx);
    e2l_status status = E2L_OK;
    if (statement->guard) {
        e2l_text_append(&text, "when ");
        status = e2l_expr_print(statement->guard, E2L_STYLE_HEX, &text);
        e2l_text_append(&text, ": ");
    }
    e2l_text_appendf(&text, "%s %s ", statement->target, statement->adds ? "+=" : "=");
    if (status == E2L_OK) {
        status = e2l_expr_print(statement->expr, E2L_STYLE_HEX, &text);
    }
    check(status == E2L_OK || status == E2L_UNSUPPORTED);
    if (status == E2L_OK && text.n <= E2L_EXPR_MAX_TEXT) {
        e2l_statement again;
        check(e2l_statement_parse(ctx, &again, e2l_text_get(&text)) == E2L_OK);
        check(e2l_expr_equal(again.expr, statement->expr));
        check(!statement->guard || e2l_expr_equal(again.guard, statement->guard));
        e2l_statement_clear(ctx, &again);
    }
    e2l_text_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 0;
    }
    e2l_model *model;
    e2l_status status = e2l_model_parse(ctx, &model, (const char *)data, size, "fuzz");
    check(status == E2L_OK || (status == E2L_INPUT && e2l_ctx_message(ctx)[0] != '\0'));
    for (size_t k = 0; status == E2L_OK && k < model->n_statements; k++) {
        check_statement(ctx, &model->statements[k]);
    }
    e2l_model_destroy(ctx, model);
    check(e2l_ctx_destroy(ctx) == 0);
    return 0;
}
