/* export_c.c: the rule as C99: e2l_rule.h, e2l_rule.c and a program that checks them, selfcheck.c.

   The functions have no state and call libm only where the formula does. What would change the bits is refused by the
   preprocessor (-ffast-math, wider evaluation) or switched off (contraction to FMA). */
#include <math.h>
#include <string.h>

#include "cgp/number.h"
#include "results/c_print.h"
#include "results/exporter.h"
#include "results/run_folder.h"
#include "results/tool.h"

/* Text inside a comment: what would end it or start another is taken apart, control characters are blanks. */
static void put_comment(e2l_text *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        bool control = (unsigned char)*c < 0x20 || *c == '\\';
        e2l_text_append_n(out, control ? " " : c, 1);
        bool pair = (c[0] == '*' && c[1] == '/') || (c[0] == '/' && c[1] == '*') || (c[0] == '?' && c[1] == '?');
        e2l_text_append(out, pair ? " " : "");
    }
}

/* ---- e2l_rule.h ---- */

static void put_struct(e2l_text *out, const e2l_rule_slot *slot)
{
    e2l_text_append(out, "typedef struct ");
    e2l_c_function_name(out, slot);
    e2l_text_append(out, "_in {\n");
    for (size_t k = 0; k < slot->n_inputs; k++) {
        const e2l_rule_input *input = &slot->inputs[k];
        e2l_text_append(out, "    double ");
        e2l_c_input_name(out, slot, k);
        e2l_text_append(out, "; /* ");
        put_comment(out, input->name);
        e2l_text_append(out, " [");
        put_comment(out, input->unit ? input->unit : "1");
        e2l_text_append(out, "]");
        if (input->meaning) {
            e2l_text_append(out, ": ");
            put_comment(out, input->meaning);
        }
        e2l_text_append(out, " */\n");
    }
    if (slot->n_inputs == 0) {
        e2l_text_append(out, "    double unused; /* the rule is a constant */\n");
    }
    e2l_text_append(out, "} ");
    e2l_c_function_name(out, slot);
    e2l_text_append(out, "_in;\n\n");
}

static void put_signature(e2l_text *out, const e2l_rule_slot *slot)
{
    e2l_text_append(out, "double ");
    e2l_c_function_name(out, slot);
    e2l_text_append(out, "(const ");
    e2l_c_function_name(out, slot);
    e2l_text_append(out, "_in *in)");
}

static void put_declaration(e2l_text *out, const e2l_rule_slot *slot)
{
    put_struct(out, slot);
    if (isfinite(slot->eta)) {
        char number[E2L_NUMBER_BYTES];
        bool plain = strcmp(slot->name, E2L_RULE_SLOT) == 0;
        e2l_text_appendf(out, "/* Learning rate the rule was found or used with. */\n#define E2L_RULE_ETA%s%s %s\n\n",
                         plain ? "" : "_", plain ? "" : slot->name, e2l_number_shortest(number, slot->eta));
    }
    e2l_text_append(out, "/* The change of the weight divided by eta; applied as  ");
    put_comment(out, slot->applied);
    e2l_text_append(out, " */\n");
    put_signature(out, slot);
    e2l_text_append(out, ";\n\n");
}

static void put_header(const e2l_rule_set *rule, e2l_text *out)
{
    e2l_text_append(out, "/* e2l_rule.h: a synaptic plasticity rule, exported by e2l " E2L_VERSION ".\n   ");
    if (rule->task) {
        e2l_text_append(out, "Task: ");
        put_comment(out, rule->task);
        e2l_text_append(out, ". ");
    }
    e2l_text_append(out, "Evaluated: ");
    put_comment(out, rule->trigger);
    e2l_text_append(out, ".\n   SPDX-License-Identifier: CC0-1.0 */\n#ifndef E2L_RULE_H\n#define E2L_RULE_H\n\n"
                         "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    for (size_t k = 0; k < rule->n_slots; k++) {
        put_declaration(out, &rule->slots[k]);
    }
    e2l_text_append(out, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

/* ---- e2l_rule.c ---- */

static bool is_used(const e2l_rule_set *rule, const e2l_primitive *primitive)
{
    for (size_t s = 0; s < rule->n_slots; s++) {
        const e2l_node *nodes = e2l_expr_nodes(rule->slots[s].expr);
        for (size_t k = 0; k < e2l_expr_n_nodes(rule->slots[s].expr); k++) {
            if (nodes[k].kind == E2L_NODE_CALL && nodes[k].primitive == primitive) {
                return true;
            }
        }
    }
    return false;
}

static void put_helpers(const e2l_rule_set *rule, e2l_text *out)
{
    for (size_t k = 0; k < e2l_n_primitives; k++) {
        const e2l_primitive *p = e2l_primitives[k];
        if (p->c_helper && is_used(rule, p)) {
            e2l_text_append(out, "/* ");
            put_comment(out, p->summary);
            e2l_text_appendf(out, " */\n%s\n", p->c_helper);
        }
    }
}

static e2l_status put_source(const e2l_export_job *job, e2l_text *out)
{
    e2l_text_append(out, "/* e2l_rule.c: the rule, operation for operation as e2l evaluated it (binary64, no contraction).\n"
                         "   e2l counts subnormal numbers as zero; this code does not.\n"
                         "   SPDX-License-Identifier: CC0-1.0 */\n"
                         "#include \"e2l_rule.h\"\n\n#include <float.h>\n#include <math.h>\n\n"
                         "#ifdef __FAST_MATH__\n#error \"-ffast-math changes what the rule computes\"\n#endif\n"
                         "#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0\n"
                         "#error \"double must be evaluated as double (on i386: -msse2 -mfpmath=sse)\"\n#endif\n"
                         "/* No a * b + c in one rounding. gcc does not know the standard's pragma. */\n"
                         "#if defined(__GNUC__) && !defined(__clang__)\n#pragma GCC optimize(\"fp-contract=off\")\n"
                         "#else\n#pragma STDC FP_CONTRACT OFF\n#endif\n\n");
    put_helpers(job->rule, out);
    for (size_t k = 0; k < job->rule->n_slots; k++) {
        const e2l_rule_slot *slot = &job->rule->slots[k];
        put_signature(out, slot);
        e2l_text_append(out, "\n{\n");
        e2l_status status = e2l_c_body(job->ctx, out, slot);
        if (status != E2L_OK) {
            return status;
        }
        e2l_text_append(out, k + 1 < job->rule->n_slots ? "}\n\n" : "}\n");
    }
    return E2L_OK;
}

/* ---- selfcheck.c ---- */

enum { NUMBERS_A_LINE = 4 };

static void put_rows(e2l_text *out, const e2l_rule_slot *slot, const e2l_vectors *v)
{
    e2l_text_append(out, "static const double rows_");
    e2l_c_function_name(out, slot);
    e2l_text_appendf(out, "[%zu][%zu] = {\n", v->n_rows, v->n_inputs + 2);
    for (size_t r = 0; r < v->n_rows; r++) {
        e2l_text_append(out, "    {");
        for (size_t k = 0; k < v->n_inputs + 2; k++) {
            double value = k < v->n_inputs ? v->in[r * v->n_inputs + k] : k == v->n_inputs ? v->expected[r] : v->allowed[r];
            e2l_text_append(out, k == 0 ? "" : k % NUMBERS_A_LINE == 0 ? ",\n     " : ", ");
            e2l_c_number(out, value);
        }
        e2l_text_append(out, r + 1 < v->n_rows ? "},\n" : "}};\n\n");
    }
}

static void put_check(e2l_text *out, const e2l_rule_slot *slot, const e2l_vectors *v)
{
    e2l_text_append(out, "static int check_");
    e2l_c_function_name(out, slot);
    e2l_text_append(out, "(void)\n{\n    int wrong = 0, r;\n    ");
    e2l_c_function_name(out, slot);
    e2l_text_appendf(out, "_in in;\n    for (r = 0; r < %zu; r++) {\n        const double *row = rows_", v->n_rows);
    e2l_c_function_name(out, slot);
    e2l_text_append(out, "[r];\n");
    for (size_t k = 0; k < v->n_inputs; k++) {
        e2l_text_append(out, "        in.");
        e2l_c_input_name(out, slot, k);
        e2l_text_appendf(out, " = row[%zu];\n", k);
    }
    e2l_text_append(out, v->n_inputs == 0 ? "        in.unused = 0.0;\n" : "");
    e2l_text_append(out, "        wrong += check(\"");
    e2l_c_function_name(out, slot);
    e2l_text_append(out, "\", r, ");
    e2l_c_function_name(out, slot);
    e2l_text_appendf(out, "(&in), row[%zu], row[%zu]);\n    }\n    return wrong;\n}\n\n", v->n_inputs, v->n_inputs + 1);
}

static void put_selfcheck(const e2l_export_job *job, e2l_text *out)
{
    e2l_text_appendf(out,
                     "/* selfcheck.c: the rule against the values e2l computes. Ends with 0 when all are right.\n\n"
                     "       cc -std=c99 e2l_rule.c selfcheck.c -lm -o selfcheck && ./selfcheck\n\n"
                     "   A row holds the inputs, the expected value and how far off a result may be; 0 means the same\n"
                     "   bits (any NaN for NaN). More than 0 stands where libm functions take part: 4 ulp of each of\n"
                     "   them, as it arrives at the result. rule.json SHA-256 %s\n"
                     "   SPDX-License-Identifier: CC0-1.0 */\n"
                     "#include \"e2l_rule.h\"\n\n#include <math.h>\n#include <stdio.h>\n#include <string.h>\n\n"
                     "int e2l_selfcheck(void);\n\n",
                     job->rule_sum);
    for (size_t k = 0; k < job->rule->n_slots; k++) {
        put_rows(out, &job->rule->slots[k], &job->vectors[k]);
    }
    e2l_text_append(out, "static int check(const char *name, int row, double got, double expected, double allowed)\n{\n"
                         "    double off = got > expected ? got - expected : expected - got;\n"
                         "    int same = memcmp(&got, &expected, sizeof got) == 0 || (got != got && expected != expected);\n"
                         "    if (same || (allowed > 0.0 && off <= allowed)) {\n        return 0;\n    }\n"
                         "    printf(\"%s row %d: %.17g (%a), expected %.17g (%a), allowed %g\\n\", name, row, got, got,\n"
                         "           expected, expected, allowed);\n    return 1;\n}\n\n");
    for (size_t k = 0; k < job->rule->n_slots; k++) {
        put_check(out, &job->rule->slots[k], &job->vectors[k]);
    }
    e2l_text_append(out, "int e2l_selfcheck(void)\n{\n    int wrong = 0;\n");
    size_t n_rows = 0;
    for (size_t k = 0; k < job->rule->n_slots; k++) {
        e2l_text_append(out, "    wrong += check_");
        e2l_c_function_name(out, &job->rule->slots[k]);
        e2l_text_append(out, "();\n");
        n_rows += job->vectors[k].n_rows;
    }
    e2l_text_appendf(out,
                     "    printf(\"%%d of %zu rows wrong\\n\", wrong);\n    return wrong;\n}\n\n", n_rows);
    e2l_text_append(out, "int main(void)\n{\n    return e2l_selfcheck() == 0 ? 0 : 1;\n}\n");
}

/* ---- the record ---- */

static e2l_status write_c(const e2l_export_job *job)
{
    e2l_text out = {.ctx = job->ctx};
    put_header(job->rule, &out);
    e2l_status status = e2l_sink_put(job->sink, "c/e2l_rule.h", &out);
    e2l_text_reset(&out);
    status = status == E2L_OK ? put_source(job, &out) : status;
    status = status == E2L_OK ? e2l_sink_put(job->sink, "c/e2l_rule.c", &out) : status;
    e2l_text_reset(&out);
    if (status == E2L_OK) {
        put_selfcheck(job, &out);
        status = e2l_sink_put(job->sink, "c/selfcheck.c", &out);
    }
    e2l_text_clear(&out);
    return status;
}

#define WARNINGS "-Wall", "-Wextra", "-Werror", "-pedantic"

static e2l_status run_and_tidy(e2l_ctx *ctx, const char *dir, const char *const *argv)
{
    e2l_status status = e2l_tool_run(ctx, dir, "check.txt", argv);
    return status == E2L_OK ? e2l_folder_remove(ctx, dir, "check.txt") : status;
}

/* Compiles and runs selfcheck.c with one compiler. */
static e2l_status check_with(e2l_ctx *ctx, const char *dir, const char *compiler, e2l_text *log)
{
    const char *const build[] = {compiler, "-std=c99", "-O2",  WARNINGS,      "-o", "selfcheck.check",
                                 "e2l_rule.c", "selfcheck.c", "-lm", NULL};
    const char *const run[] = {"sh", "-c", "./selfcheck.check", NULL};
    e2l_status status = run_and_tidy(ctx, dir, build);
    status = status == E2L_OK ? run_and_tidy(ctx, dir, run) : status;
    status = status == E2L_OK ? e2l_folder_remove(ctx, dir, "selfcheck.check") : status;
    if (status == E2L_OK) {
        e2l_text_appendf(log, "c: compiled with %s -std=c99 -Wall -Wextra -Werror -pedantic; selfcheck passes\n", compiler);
    }
    return status;
}

/* The header is C++ as well. */
static e2l_status check_header(e2l_ctx *ctx, const char *dir, const char *compiler, e2l_text *log)
{
    const char *const argv[] = {compiler, WARNINGS, "-fsyntax-only", "-x", "c++", "-include", "e2l_rule.h", "/dev/null",
                                NULL};
    e2l_status status = run_and_tidy(ctx, dir, argv);
    if (status == E2L_OK) {
        e2l_text_appendf(log, "c: header compiles as C++ with %s\n", compiler);
    }
    return status;
}

static e2l_status check_in(e2l_ctx *ctx, const char *dir, e2l_text *log)
{
    static const char *const compilers[] = {"gcc", "clang"};
    e2l_status status = E2L_OK;
    size_t n = 0;
    for (size_t k = 0; k < 2 && status == E2L_OK; k++) {
        if (e2l_tool_exists(ctx, compilers[k])) {
            status = check_with(ctx, dir, compilers[k], log);
            n++;
        }
    }
    if (n == 0) {
        status = check_with(ctx, dir, "cc", log);
    }
    if (status == E2L_OK && e2l_tool_exists(ctx, "c++")) {
        status = check_header(ctx, dir, "c++", log);
    }
    return status;
}

static e2l_status check_c(e2l_ctx *ctx, const char *dir, e2l_text *log)
{
    char *folder = e2l_folder_path(ctx, dir, "c");
    e2l_status status = folder ? check_in(ctx, folder, log) : E2L_NOMEM;
    e2l_free(ctx, folder);
    return status;
}

static const char *const files[] = {"c/e2l_rule.h", "c/e2l_rule.c", "c/selfcheck.c", NULL};

extern const e2l_exporter e2l_export_c;
const e2l_exporter e2l_export_c = {
    .abi = E2L_EXPORTER_ABI,
    .struct_size = sizeof(e2l_exporter),
    .name = "c",
    .summary = "C99 functions with a self-check",
    .files = files,
    .tools = "gcc, clang or cc; c++ for the header",
    .how_to = "Add c/e2l_rule.h and c/e2l_rule.c to your program (the header is C++ as well). Fill the struct of inputs and\n"
              "call the function once per synapse: `w += eta * e2l_rule(&in);`. Check your compiler and flags with\n"
              "`cc -std=c99 YOUR_FLAGS c/e2l_rule.c c/selfcheck.c -lm -o selfcheck && ./selfcheck`.",
    .lost = "nothing of the formula; subnormal numbers are not flushed. Functions of libm (exp, tanh, ...) may differ in the\n"
            "last bits from e2l's, which are SLEEF's.",
    .write = write_c,
    .check = check_c,
};
