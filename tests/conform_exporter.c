/* conform_exporter.c: every export format of the registry against the same suite: is the record complete, are the files
   it names written, whole and summed, does its own check pass for every kind of rule and fail for a damaged file.
   A format whose tool is missing is named as not checked. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/export.h"
#include "results/run_folder.h"
#include "results/tool.h"

static char folder[256];

static int set_up(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/e2l_conform_exporter_XXXXXX", base ? base : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[320];
    (void)snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

/* Oja; protected division with awkward constants; a constant; unused inputs and names that C and LaTeX do not take; several
   slots; comparisons and cases; libm. Every primitive stands in one of them. */
static const char *const rules[] = {
    "y*(x - y*w)",
    "pdiv(x, y - w)*(0.1+0.2) + 1.0000000000000002*y - 1e-9*w + 12345.678*x",
    "0.25",
    "-inf",
    "{\"task\": \"a*/b \\\\ \\n\", \"slots\": {\"rule\": {\"rule\": \"int + y1*tau_w_end - x\", \"eta\": 0.01, \"inputs\": ["
    "{\"name\": \"int\", \"unit\": \"*/\"}, {\"name\": \"y1\"}, {\"name\": \"x\"}, {\"name\": \"spare\", \"meaning\": "
    "\"/* ?\?/ */ # $ % & _ { } ^ ~ \\\\\"}, {\"name\": \"tau_w_end\", \"unit\": \"ms\"}, {\"name\": \"in\"}, "
    "{\"name\": \"t1\"}, {\"name\": \"pre.v\"}]}}}",
    ("forward = if(x > 0.5 | y <= -1, -x^2, abs(y)) + (x < y & !w) + (x >= 1) + (x == y) + (x != y)\n"
    "feedback = sqrt(square(x) + relu(y)) + min(x, sign(w)) - max(step(x), floor(x % 3))\n"),
    "tanh(y)*(x/(1 + abs(w)) - 0.5*w) + sin(x*y)*cos(w)",
    "sigmoid(exp(-x^2) + log(abs(y))) + pow(abs(w), 0.3) - x/(y/(w/(x/y)))",
};
enum { N_RULES = sizeof rules / sizeof rules[0] };

static bool has_file(const char *dir, const char *path)
{
    char name[512];
    struct stat info;
    (void)snprintf(name, sizeof name, "%s/%s", dir, path);
    return stat(name, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0;
}

static void export_to(e2l_ctx *ctx, const char *text, const e2l_exporter *format, const char *dir)
{
    e2l_rule_set *rule;
    assert_int_equal(e2l_rule_read_text(ctx, &rule, text, strlen(text), text), E2L_OK);
    if (e2l_export_write(ctx, rule, &format, 1, dir, NULL) != E2L_OK) {
        fail_msg("%s: %s", text, e2l_ctx_message(ctx));
    }
    e2l_rule_set_destroy(rule);
}

/* The format's check; a missing tool is told and counts as what the caller hopes for. */
static e2l_status check(e2l_ctx *ctx, const e2l_exporter *format, const char *dir, e2l_status hoped)
{
    e2l_text log = {.ctx = ctx};
    e2l_status status = e2l_export_check(ctx, &format, 1, dir, &log);
    e2l_text_clear(&log);
    if (status == E2L_TOOL) {
        print_message("NOT CHECKED: %s: %s\n", format->name, e2l_ctx_message(ctx));
        return hoped;
    }
    return status;
}

static void in_folder(char dir[400], const char *name, size_t k)
{
    (void)snprintf(dir, 400, "%s/%s%zu", folder, name, k);
}

static void records(void **state)
{
    (void)state;
    assert_true(e2l_n_exports >= 3);
    for (size_t k = 0; k < e2l_n_exports; k++) {
        const e2l_exporter *f = e2l_exports[k];
        assert_int_equal(f->abi, E2L_EXPORTER_ABI);
        assert_int_equal(f->struct_size, sizeof *f);
        assert_ptr_equal(e2l_exporter_find(f->name), f);
        assert_true(f->summary && f->summary[0] && f->how_to && f->how_to[0] && f->lost && f->lost[0] && f->tools);
        assert_true(f->files && f->files[0] && f->write && f->check);
    }
    assert_null(e2l_exporter_find("nothing"));
}

static void every_rule(void **state)
{
    (void)state;
    for (size_t k = 0; k < e2l_n_exports * N_RULES; k++) {
        const e2l_exporter *f = e2l_exports[k / N_RULES];
        e2l_ctx *ctx = e2l_test_ctx();
        char dir[400];
        in_folder(dir, f->name, k);
        export_to(ctx, rules[k % N_RULES], f, dir);
        for (size_t i = 0; f->files[i]; i++) {
            assert_true(has_file(dir, f->files[i]));
        }
        assert_true(has_file(dir, "README.md") && has_file(dir, "vectors.csv") && has_file(dir, "rule.json"));
        if (check(ctx, f, dir, E2L_OK) != E2L_OK) {
            fail_msg("%s of '%s': %s", f->name, rules[k % N_RULES], e2l_ctx_message(ctx));
        }
        e2l_test_ctx_end(ctx);
    }
}

/* A rule of a hundred nodes. */
static void large_rule(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_text text = {.ctx = ctx};
    e2l_text_append(&text, "0");
    for (int k = 0; k < 17; k++) {
        e2l_text_appendf(&text, k % 3 == 0 ? " + 0.%d3*tanh(x*w - %d)" : " - x*(y + %d.75*w)/(1 + abs(w*%d))", k, k + 1);
    }
    for (size_t k = 0; k < e2l_n_exports; k++) {
        char dir[400];
        in_folder(dir, "large", k);
        export_to(ctx, e2l_text_get(&text), e2l_exports[k], dir);
        if (check(ctx, e2l_exports[k], dir, E2L_OK) != E2L_OK) {
            fail_msg("%s: %s", e2l_exports[k]->name, e2l_ctx_message(ctx));
        }
    }
    e2l_text_clear(&text);
    e2l_test_ctx_end(ctx);
}

/* Replaces the first `from` in DIR/path. */
static void damage(e2l_ctx *ctx, const char *dir, const char *path, const char *from, const char *to)
{
    char *text;
    size_t n;
    e2l_text out = {.ctx = ctx};
    assert_int_equal(e2l_folder_read(ctx, &text, &n, dir, path), E2L_OK);
    char *at = strstr(text, from);
    if (!at) {
        fail_msg("'%s' is not in %s", from, path);
    }
    e2l_text_append_n(&out, text, (size_t)(at - text));
    e2l_text_append(&out, to);
    e2l_text_append(&out, at + strlen(from));
    assert_int_equal(e2l_folder_write(ctx, dir, path, e2l_text_get(&out), out.n), E2L_OK);
    e2l_text_clear(&out);
    e2l_free(ctx, text);
}

/* Keeps the first half of DIR/path. */
static void cut(e2l_ctx *ctx, const char *dir, const char *path)
{
    char *text;
    size_t n;
    assert_int_equal(e2l_folder_read(ctx, &text, &n, dir, path), E2L_OK);
    assert_int_equal(e2l_folder_write(ctx, dir, path, text, n / 2), E2L_OK);
    e2l_free(ctx, text);
}

/* A check that cannot fail checks nothing: the first file of the format is cut off, then gone. */
static void damaged_files(void **state)
{
    (void)state;
    for (size_t k = 0; k < e2l_n_exports; k++) {
        e2l_ctx *ctx = e2l_test_ctx();
        char dir[400];
        in_folder(dir, "damaged", k);
        export_to(ctx, rules[0], e2l_exports[k], dir);
        cut(ctx, dir, e2l_exports[k]->files[0]);
        assert_int_not_equal(check(ctx, e2l_exports[k], dir, E2L_INTERNAL), E2L_OK);
        assert_int_equal(e2l_folder_remove(ctx, dir, e2l_exports[k]->files[0]), E2L_OK);
        assert_int_not_equal(check(ctx, e2l_exports[k], dir, E2L_INTERNAL), E2L_OK);
        e2l_test_ctx_end(ctx);
    }
}

static void c_mutant(const char *rule, const char *from, const char *to, size_t k)
{
    e2l_ctx *ctx = e2l_test_ctx();
    const e2l_exporter *c = e2l_exporter_find("c");
    char dir[400];
    in_folder(dir, "mutant", k);
    export_to(ctx, rule, c, dir);
    damage(ctx, dir, "c/e2l_rule.c", from, to);
    if (check(ctx, c, dir, E2L_INTERNAL) != E2L_INTERNAL) {
        fail_msg("selfcheck accepts '%s' with %s for %s", rule, to, from);
    }
    e2l_test_ctx_end(ctx);
}

/* The compiled self-check sees one ulp, swapped operands, an FMA-like order, a dropped protection. */
static void c_mutants(void **state)
{
    (void)state;
    c_mutant("0.30000000000000004*x", "0x1.3333333333334p-2", "0x1.3333333333333p-2", 0);
    c_mutant("y*(x - y*w)", "x - (y * w)", "(y * w) - x", 1);
    c_mutant("x*y + w", "(x * y) + w", "fma(x, y, w)", 2);
    c_mutant("pdiv(x, y)", "b == 0.0 ? 1.0 : a / b", "a / b", 3);
    c_mutant("0.5*tanh(x)", "tanh(x)", "tanh(x * 1.0000000001)", 4);
}

static void latex_holds(const char *rule, const char *part, bool wanted, size_t k)
{
    e2l_ctx *ctx = e2l_test_ctx();
    char dir[400], *text;
    size_t n;
    in_folder(dir, "latex", k);
    export_to(ctx, rule, e2l_exporter_find("latex"), dir);
    assert_int_equal(e2l_folder_read(ctx, &text, &n, dir, "latex/rule.tex"), E2L_OK);
    if ((strstr(text, part) != NULL) != wanted) {
        fail_msg("'%s' is %sin the LaTeX of '%s': %s", part, wanted ? "not " : "", rule, text);
    }
    e2l_free(ctx, text);
    e2l_test_ctx_end(ctx);
}

/* "x mod c w" would be read as x mod (c w); brackets are explained where there are some. */
static void latex_reads_right(void **state)
{
    (void)state;
    latex_holds("mod(x, 0.3)*w", "(\\evarx{} \\bmod 0.3)", true, 0);
    latex_holds("w - mod(x, y)", "(\\evarx{} \\bmod \\evary{})", true, 1);
    latex_holds("if(x > y, x, w)", "comparison", false, 2);
    latex_holds("(x > y)*w", "comparison", true, 3);
    latex_holds("if((x > y) & (w > y), x, w)", "comparison", true, 4);
}

/* Every line of SHA256SUMS is "64 hex digits, two blanks, path", and names every file. */
static void sums(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    char dir[400], *text;
    size_t n;
    in_folder(dir, "sums", 0);
    export_to(ctx, rules[0], e2l_exporter_find("c"), dir);
    assert_int_equal(e2l_folder_read(ctx, &text, &n, dir, "SHA256SUMS"), E2L_OK);
    assert_int_equal(strspn(text, "0123456789abcdef"), 64);
    assert_non_null(strstr(text, "  rule.json\n"));
    assert_non_null(strstr(text, "  c/selfcheck.c\n"));
    assert_non_null(strstr(text, "  README.md\n"));
    e2l_free(ctx, text);
    assert_int_equal(e2l_tool_run(ctx, dir, "out.txt", (const char *const[]){"sha256sum", "--strict", "-c", "SHA256SUMS", NULL}), E2L_OK);
    assert_int_equal(e2l_folder_write(ctx, dir, "README.md", "other", 5), E2L_OK);
    assert_int_not_equal(e2l_tool_run(ctx, dir, "out.txt", (const char *const[]){"sha256sum", "-c", "SHA256SUMS", NULL}), E2L_OK);
    e2l_test_ctx_end(ctx);
}

static void formats_are_named(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const e2l_exporter *formats[64];
    size_t n;
    assert_int_equal(e2l_export_formats(ctx, formats, &n, "all"), E2L_OK);
    assert_int_equal(n, e2l_n_exports);
    assert_int_equal(e2l_export_formats(ctx, formats, &n, "json,c"), E2L_OK);
    assert_string_equal(formats[0]->name, "json");
    assert_int_equal(e2l_export_formats(ctx, formats, &n, "latx"), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(ctx), "did you mean 'latex'"));
    assert_int_equal(e2l_export_formats(ctx, formats, &n, "c,c"), E2L_INPUT);
    assert_int_equal(e2l_export_formats(ctx, formats, &n, ""), E2L_INPUT);
    assert_int_equal(e2l_export_formats(ctx, formats, &n, "c,"), E2L_INPUT);
    e2l_test_ctx_end(ctx);
}

static void unwritable(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const e2l_exporter *c = e2l_exporter_find("c");
    e2l_rule_set *rule;
    assert_int_equal(e2l_rule_read_text(ctx, &rule, "x", 1, "x"), E2L_OK);
    assert_int_not_equal(e2l_export_write(ctx, rule, &c, 1, "/dev/null/there", NULL), E2L_OK);
    assert_int_equal(e2l_export_write(ctx, rule, &c, 1, "", NULL), E2L_INPUT);
    e2l_rule_set_destroy(rule);
    e2l_test_ctx_end(ctx);
}

static void missing_tool(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    const char *const argv[] = {"e2l-no-such-tool", NULL};
    assert_false(e2l_tool_exists(ctx, argv[0]));
    assert_int_equal(e2l_tool_run(ctx, folder, "out.txt", argv), E2L_TOOL);
    assert_int_equal(e2l_tool_run(ctx, folder, "out.txt", (const char *const[]){"sh", "-c", "echo why; exit 3", NULL}),
                     E2L_INTERNAL);
    assert_non_null(strstr(e2l_ctx_message(ctx), "why"));
    e2l_test_ctx_end(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records),       cmocka_unit_test(every_rule), cmocka_unit_test(large_rule),
        cmocka_unit_test(damaged_files), cmocka_unit_test(c_mutants), cmocka_unit_test(latex_reads_right),  cmocka_unit_test(sums),
        cmocka_unit_test(unwritable),    cmocka_unit_test(missing_tool), cmocka_unit_test(formats_are_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
