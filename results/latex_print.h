/* latex_print.h: formulas as LaTeX (amsmath) that fits the lines of a page. */
#ifndef E2L_RESULTS_LATEX_PRINT_H
#define E2L_RESULTS_LATEX_PRINT_H

#include "results/rule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the texts of one export share: macros of the inputs, named constants. Borrows the rule set; its texts live in
   `arena`. */
typedef struct e2l_latex {
    e2l_ctx *ctx;
    e2l_arena *arena;
    const e2l_rule_set *rule;
    size_t n_names;
    const char **names;  /* inputs of all slots, each once */
    const char **macros; /* "\evarx" */
    double *widths;      /* in em, estimated */
    size_t n_constants, room;
    double *constants; /* those without an exact short decimal: c_1, c_2, ... */
    const char *constant_letter, *part_letter, *whole_letter;
} e2l_latex;

E2L_MUST_CHECK e2l_status e2l_latex_init(e2l_ctx *ctx, e2l_latex *out, const e2l_rule_set *rule);
void e2l_latex_clear(e2l_latex *latex);
/* \providecommand lines of the inputs. */
void e2l_latex_macros(const e2l_latex *latex, e2l_text *out);
/* A name in mathematics: tau_m -> \tau_{\mathrm{m}}; returns its width in em. */
double e2l_latex_name(e2l_text *out, const char *name);
/* Words in running text, special characters escaped. */
void e2l_latex_words(e2l_text *out, const char *words);
/* align* with "LHS = FACTOR\,formula" and, where it is too wide for a line, its parts below. FACTOR may be "".
   `reading`: powers are gathered although that hides the order of evaluation. */
E2L_MUST_CHECK e2l_status e2l_latex_display(e2l_latex *latex, e2l_text *out, const e2l_expr *expr, bool reading,
                                            const char *lhs, const char *factor);

#ifdef __cplusplus
}
#endif
#endif
