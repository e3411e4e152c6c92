/* export_latex.c: the rule for a paper: latex/rule.tex to be \input, constants.tex, standalone.tex.

   Needs amsmath alone. The canonical form is what is shown; where the evaluated form looks otherwise it follows. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cgp/number.h"
#include "results/exporter.h"
#include "results/latex_print.h"
#include "results/run_folder.h"
#include "results/tool.h"

/* ---- rule.tex ---- */

/* "\Delta w" and "\eta", with the slot's name when there are several; a slot that is not applied as w += eta * SLOT is
   shown by its name. */
static void put_sides(const e2l_rule_set *rule, const e2l_rule_slot *slot, e2l_text *lhs, e2l_text *factor)
{
    static const char plain[] = "w += eta * ";
    e2l_text_reset(lhs);
    e2l_text_reset(factor);
    if (strncmp(slot->applied, plain, sizeof plain - 1) != 0 || strcmp(slot->applied + sizeof plain - 1, slot->name) != 0) {
        (void)e2l_latex_name(lhs, slot->name);
        return;
    }
    e2l_text_append(lhs, "\\Delta w");
    e2l_text_append(factor, "\\eta");
    if (rule->n_slots > 1) {
        e2l_text_append(lhs, "_{");
        (void)e2l_latex_name(lhs, slot->name);
        e2l_text_append(lhs, "}");
        e2l_text_append(factor, "_{");
        (void)e2l_latex_name(factor, slot->name);
        e2l_text_append(factor, "}");
    }
}

static e2l_status put_slot(e2l_latex *latex, const e2l_rule_slot *slot, e2l_text *out)
{
    e2l_text lhs = {.ctx = latex->ctx}, factor = {.ctx = latex->ctx}, other = {.ctx = latex->ctx};
    put_sides(latex->rule, slot, &lhs, &factor);
    size_t start = out->n;
    e2l_status status = e2l_latex_display(latex, out, slot->canonical, true, e2l_text_get(&lhs), e2l_text_get(&factor));
    if (status == E2L_OK) {
        status = e2l_latex_display(latex, &other, slot->expr, false, e2l_text_get(&lhs), e2l_text_get(&factor));
    }
    if (status == E2L_OK && strcmp(e2l_text_get(&other), e2l_text_get(out) + start) != 0) {
        e2l_text_append(out, "In the order of evaluation:\n");
        e2l_text_append(out, e2l_text_get(&other));
    }
    e2l_text_clear(&lhs);
    e2l_text_clear(&factor);
    e2l_text_clear(&other);
    return status;
}

/* Operations a reader of mathematics may not know get a line. */
static bool needs_words(const e2l_primitive *p)
{
    return strstr(p->latex_text, "\\operatorname") || strstr(p->latex_text, "\\wedge") ||
           strstr(p->latex_text, "\\vee") || strstr(p->latex_text, "\\neg") || strstr(p->latex_text, "\\bmod");
}

static bool stands_in(const e2l_expr *expr, const e2l_primitive *p)
{
    for (size_t k = 0; k < e2l_expr_n_nodes(expr); k++) {
        const e2l_node *node = &e2l_expr_nodes(expr)[k];
        if (node->kind == E2L_NODE_CALL && node->primitive == p) {
            return true;
        }
    }
    return false;
}

/* Whether an operation stands in any formula shown. */
static bool is_shown(const e2l_rule_set *rule, const e2l_primitive *p)
{
    bool shown = false;
    for (size_t k = 0; k < rule->n_slots; k++) {
        shown = shown || stands_in(rule->slots[k].expr, p) || stands_in(rule->slots[k].canonical, p);
    }
    return shown;
}

static void put_definition(e2l_text *out, const e2l_primitive *p)
{
    static const char letters[] = "abc";
    e2l_text_append(out, "\\par\\noindent{\\small $");
    for (const char *c = p->latex_text; *c != '\0'; c++) {
        if (*c == '$') {
            c++;
            e2l_text_append_n(out, &letters[*c - '0'], 1);
        } else if (strncmp(c, "\\left(", 6) == 0 || strncmp(c, "\\right)", 7) == 0) {
            c += c[1] == 'l' ? 5 : 6;
            e2l_text_append_n(out, c, 1);
        } else {
            e2l_text_append_n(out, c, 1);
        }
    }
    e2l_text_append(out, "$: ");
    e2l_latex_words(out, p->summary);
    e2l_text_append(out, "\\par}\n");
}

static void put_definitions(const e2l_rule_set *rule, e2l_text *out)
{
    for (size_t k = 0; k < e2l_n_primitives; k++) {
        if (needs_words(e2l_primitives[k]) && is_shown(rule, e2l_primitives[k])) {
            put_definition(out, e2l_primitives[k]);
        }
    }
    if (strstr(e2l_text_get(out), "\\left[")) { /* one that is the condition of cases stands without brackets */
        e2l_text_append(out, "\\par\\noindent{\\small $[\\ldots]$ is 1 where the comparison holds, else 0.\\par}\n");
    }
}

static e2l_status put_rule(e2l_latex *latex, e2l_text *out)
{
    e2l_text_append(out, "% rule.tex: a synaptic plasticity rule, exported by e2l " E2L_VERSION ". \\input it; needs amsmath.\n"
                         "% Define a macro before to print a variable differently. SPDX-License-Identifier: CC0-1.0\n");
    e2l_latex_macros(latex, out);
    e2l_text_append(out, "\\begingroup\\allowdisplaybreaks\n");
    for (size_t k = 0; k < latex->rule->n_slots; k++) {
        e2l_status status = put_slot(latex, &latex->rule->slots[k], out);
        if (status != E2L_OK) {
            return status;
        }
    }
    put_definitions(latex->rule, out);
    e2l_text_append(out, "\\endgroup\n");
    return E2L_OK;
}

/* ---- constants.tex ---- */

static void put_constant(const e2l_latex *latex, e2l_text *out, size_t k)
{
    char decimal[48], hex[E2L_NUMBER_BYTES];
    (void)snprintf(decimal, sizeof decimal, "%.17g", latex->constants[k]);
    char *comma = strchr(decimal, ',');
    if (comma) { /* the locale's */
        *comma = '.';
    }
    e2l_text_appendf(out, "\\par\\noindent\\makebox[4em][l]{$%s_{%zu}$}\\makebox[15em][l]{%s}\\texttt{%s}\n",
                     latex->constant_letter, k + 1, decimal, e2l_number_hex(hex, latex->constants[k]));
}

static void put_eta(const e2l_rule_set *rule, e2l_text *out)
{
    for (size_t k = 0; k < rule->n_slots; k++) {
        char number[E2L_NUMBER_BYTES];
        if (isfinite(rule->slots[k].eta)) {
            e2l_text_append(out, "\\par\\noindent\\makebox[4em][l]{$\\eta");
            if (rule->n_slots > 1) {
                e2l_text_append(out, "_{");
                (void)e2l_latex_name(out, rule->slots[k].name);
                e2l_text_append(out, "}");
            }
            e2l_text_appendf(out, "$}%s\n", e2l_number_shortest(number, rule->slots[k].eta));
        }
    }
}

static void put_constants(const e2l_latex *latex, e2l_text *out)
{
    e2l_text_append(out, "% constants.tex: the constants that rule.tex names, with 17 digits and as hex floats, and the\n"
                         "% learning rate where it is known. Both forms read back to the same bits.\n");
    for (size_t k = 0; k < latex->n_constants; k++) {
        put_constant(latex, out, k);
    }
    put_eta(latex->rule, out);
    e2l_text_append(out, "\\par\n");
}

static void put_standalone(e2l_text *out)
{
    e2l_text_append(out, "% standalone.tex: pdflatex standalone.tex shows the rule; cropped where preview.sty is installed.\n"
                         "\\documentclass{article}\n\\usepackage{amsmath}\n\\pagestyle{empty}\n"
                         "\\newcommand{\\showrule}{\\input{rule}\\medskip\\input{constants}}\n"
                         "\\IfFileExists{preview.sty}{\\usepackage[active,tightpage]{preview}"
                         "\\setlength{\\PreviewBorder}{6pt}}{}\n"
                         "\\begin{document}\n\\makeatletter\n"
                         "\\@ifundefined{preview}{\\showrule}{%\n"
                         "  \\begin{preview}\\begin{minipage}{\\textwidth}\\showrule\\end{minipage}\\end{preview}}\n"
                         "\\makeatother\n\\end{document}\n");
}

/* ---- the record ---- */

static e2l_status write_with(const e2l_export_job *job, e2l_latex *latex, e2l_text *out)
{
    e2l_status status = put_rule(latex, out);
    status = status == E2L_OK ? e2l_sink_put(job->sink, "latex/rule.tex", out) : status;
    if (status != E2L_OK) {
        return status;
    }
    e2l_text_reset(out);
    put_constants(latex, out);
    status = e2l_sink_put(job->sink, "latex/constants.tex", out);
    e2l_text_reset(out);
    put_standalone(out);
    return status == E2L_OK ? e2l_sink_put(job->sink, "latex/standalone.tex", out) : status;
}

static e2l_status write_latex(const e2l_export_job *job)
{
    e2l_latex latex;
    e2l_status status = e2l_latex_init(job->ctx, &latex, job->rule);
    if (status != E2L_OK) {
        return status;
    }
    e2l_text out = {.ctx = job->ctx};
    status = write_with(job, &latex, &out);
    e2l_text_clear(&out);
    e2l_latex_clear(&latex);
    return status;
}

/* A line wider than the page is a fault of ours, although LaTeX goes on. */
static e2l_status look_for_overfull(e2l_ctx *ctx, const char *dir)
{
    char *text;
    size_t n;
    e2l_status status = e2l_folder_read(ctx, &text, &n, dir, "check.txt");
    if (status != E2L_OK) {
        return status;
    }
    const char *found = strstr(text, "Overfull \\hbox");
    if (found) {
        status = e2l_fail(ctx, E2L_INTERNAL, "a line is too wide for the page: %.60s", found);
    }
    e2l_free(ctx, text);
    return status;
}

static e2l_status check_in(e2l_ctx *ctx, const char *dir, e2l_text *log)
{
    static const char *const argv[] = {"pdflatex", "-interaction=nonstopmode", "-halt-on-error", "standalone.tex", NULL};
    static const char *const litter[] = {"check.txt", "standalone.aux", "standalone.log"};
    e2l_status status = e2l_tool_run(ctx, dir, "check.txt", argv);
    status = status == E2L_OK ? look_for_overfull(ctx, dir) : status;
    for (size_t k = 0; k < sizeof litter / sizeof *litter && status == E2L_OK; k++) {
        status = e2l_folder_remove(ctx, dir, litter[k]);
    }
    if (status == E2L_OK) {
        e2l_text_append(log, "latex: standalone.tex compiles to standalone.pdf, no line too wide\n");
    }
    return status;
}

static e2l_status check_latex(e2l_ctx *ctx, const char *dir, e2l_text *log)
{
    char *folder = e2l_folder_path(ctx, dir, "latex");
    e2l_status status = folder ? check_in(ctx, folder, log) : E2L_NOMEM;
    e2l_free(ctx, folder);
    return status;
}

static const char *const files[] = {"latex/rule.tex", "latex/constants.tex", "latex/standalone.tex", NULL};

extern const e2l_exporter e2l_export_latex;
const e2l_exporter e2l_export_latex = {
    .abi = E2L_EXPORTER_ABI,
    .struct_size = sizeof(e2l_exporter),
    .name = "latex",
    .summary = "the rule as a display equation",
    .files = files,
    .tools = "pdflatex",
    .how_to = "`\\input{rule}` and, for the named constants, `\\input{constants}`; only amsmath is needed. Each variable is a\n"
              "macro (`\\evarx`): define yours before to change its look. `pdflatex standalone.tex` shows the rule alone.",
    .lost = "the order of evaluation in the canonical form (the evaluated form follows where it looks otherwise), and the\n"
            "names of inputs that the formula does not use.",
    .write = write_latex,
    .check = check_latex,
};
