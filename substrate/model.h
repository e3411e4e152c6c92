/* model.h: neuron and synapse models as data (substrate/models/NAME.json, or a user's own file). */
#ifndef E2L_SUBSTRATE_MODEL_H
#define E2L_SUBSTRATE_MODEL_H

#include "substrate/statement.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Parameter, port or state of a model. */
typedef struct e2l_model_item {
    char *name;
    char *unit;
    e2l_expr *value; /* parameter: default; state: initial value; port: NULL */
} e2l_model_item;

typedef struct e2l_model {
    char *name, *about, *source;
    bool is_synapse; /* of projections: {"synapse": NAME, ..}, no ports; statements see what synapse statements see */
    e2l_model_item *parameters, *ports, *states;
    size_t n_parameters, n_ports, n_states;
    e2l_statement *statements; /* "step", in the order written */
    size_t n_statements;
} e2l_model;

/* Built-in texts, generated from the JSON files of substrate/models. */
typedef struct e2l_model_text {
    const char *name, *text;
} e2l_model_text;
extern const e2l_model_text e2l_model_texts[];
extern const size_t e2l_n_model_texts;

/* A built-in name, the path of a file when `name` holds a '/' or ends in ".json", or the model itself when `name` begins
   with a '{' (a task whose ports follow from the user's data). Gives *out. */
E2L_MUST_CHECK e2l_status e2l_model_load(e2l_ctx *ctx, e2l_model **out, const char *name);
/* The same from JSON text; `where` names it in messages. Gives *out. */
E2L_MUST_CHECK e2l_status e2l_model_parse(e2l_ctx *ctx, e2l_model **out, const char *text, size_t length,
                                          const char *where);
void e2l_model_destroy(e2l_ctx *ctx, e2l_model *model);

#ifdef __cplusplus
}
#endif
#endif
