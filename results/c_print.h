/* c_print.h: a formula as C99 statements that compute the same bits. */
#ifndef E2L_RESULTS_C_PRINT_H
#define E2L_RESULTS_C_PRINT_H

#include "results/rule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The C name of input k of a slot: its own name where C and C++ leave it free, else with e2l_ in front; dots become _.
   Different inputs have different names. */
void e2l_c_input_name(e2l_text *out, const e2l_rule_slot *slot, size_t k);
/* "e2l_rule" for the slot called rule, else "e2l_rule_SLOT". */
void e2l_c_function_name(e2l_text *out, const e2l_rule_slot *slot);
/* A double as a C99 expression: hex float, INFINITY, NAN. */
void e2l_c_number(e2l_text *out, double value);
/* "    const double x = in->x; ... return ...;" lines of the function's body. */
E2L_MUST_CHECK e2l_status e2l_c_body(e2l_ctx *ctx, e2l_text *out, const e2l_rule_slot *slot);

#ifdef __cplusplus
}
#endif
#endif
