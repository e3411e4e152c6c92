/* simplify_show.c: the record of a simplification as JSON, and that JSON as lines for people. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mpi/figures.h"
#include "mpi/page.h"
#include "mpi/simplify.h"
#include "mpi/summary.h"
#include "substrate/json.h"

/* ---- JSON --------------------------------------------------------------------------------------------*/
static void put_text(e2l_text *out, const char *key, const char *text)
{
    e2l_text_appendf(out, "\"%s\": ", key);
    if (text) {
        e2l_json_quote(out, text);
    } else {
        e2l_text_append(out, "null");
    }
    e2l_text_append(out, ", ");
}

static void put_step(e2l_text *out, const e2l_task *task, const e2l_simpler *step)
{
    e2l_text_append(out, "{");
    put_text(out, "kind", step->evidence == E2L_EVIDENCE_ALGEBRAIC ? "algebraic" : "empirical");
    put_text(out, "slot", task->slots[step->slot].name);
    put_text(out, "removed", step->removed);
    put_text(out, "put", step->put);
    put_text(out, "from", step->from);
    put_text(out, "to", step->to);
    e2l_text_appendf(out, "\"complexity_before\": %zu, \"complexity_after\": %zu, \"eta\": ", step->complexity_before,
                     step->complexity_after);
    e2l_put_etas(out, task, step->etas, false);
    e2l_text_append(out, ", \"paired\": ");
    e2l_put_paired(out, &step->paired);
    e2l_text_append(out, "}");
}

void e2l_simplification_put(e2l_text *out, const e2l_simplification *simplification)
{
    e2l_text_appendf(out, "\"n_cases\": %zu, \"tried\": %zu, \"capped\": %s, \"steps\": [", simplification->n_cases,
                     simplification->n_tried, simplification->is_capped ? "true" : "false");
    for (size_t k = 0; k < simplification->n_steps; k++) {
        e2l_text_append(out, k > 0 ? ", " : "");
        put_step(out, simplification->task, &simplification->steps[k]);
    }
    e2l_text_append(out, "]");
}

/* ---- for people --------------------------------------------------------------------------------------*/
enum { LINE_BYTES = 640, PART_WIDTH = 240 };

/* Long parts are cut here; the rule below stands in full. */
static void print_change(const cJSON *step, size_t column)
{
    char line[LINE_BYTES];
    const char *removed = e2l_json_word(step, "removed"), *put = e2l_json_word(step, "put");
    if (*removed) {
        (void)snprintf(line, sizeof line, "%.*s%s becomes %.*s%s", PART_WIDTH, removed,
                       strlen(removed) > PART_WIDTH ? "..." : "", PART_WIDTH, put, strlen(put) > PART_WIDTH ? "..." : "");
    } else {
        (void)snprintf(line, sizeof line, "canonical form: equal in real arithmetic");
    }
    e2l_page_wrap(line, column, column);
}

static void print_step(const cJSON *step, size_t number, size_t indent, bool names_slot)
{
    char difference[E2L_CELL_BYTES], line[LINE_BYTES];
    const cJSON *paired = cJSON_GetObjectItemCaseSensitive(step, "paired");
    size_t column = indent + (size_t)printf("%*s%zu. ", (int)indent, "", number) - indent;
    print_change(step, column);
    (void)printf("%*s", (int)column, "");
    if (names_slot) {
        (void)snprintf(line, sizeof line, "%.60s = ", e2l_json_word(step, "slot"));
        (void)printf("%s", line);
        e2l_page_wrap(e2l_json_word(step, "to"), column + strlen(line), column);
    } else {
        e2l_page_wrap(e2l_json_word(step, "to"), column, column);
    }
    e2l_cell_mean(difference, paired, true);
    (void)snprintf(line, sizeof line, "complexity %.0f to %.0f, %s, select %s", e2l_json_value(step, "complexity_before"),
                   e2l_json_value(step, "complexity_after"), e2l_json_word(step, "kind"), difference);
    (void)printf("%*s", (int)column, "");
    e2l_page_wrap(line, column, column);
}

/* The rule before on unseen cases, and what the steps did to it. */
static void print_test(const cJSON *test, size_t indent)
{
    char before[E2L_CELL_BYTES], difference[E2L_CELL_BYTES], line[LINE_BYTES];
    if (!cJSON_IsObject(test)) {
        return;
    }
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(test, "from");
    const cJSON *to = cJSON_GetObjectItemCaseSensitive(test, "to");
    e2l_cell_mean(before, from, false);
    e2l_cell_mean(difference, cJSON_GetObjectItemCaseSensitive(test, "paired"), true);
    (void)snprintf(line, sizeof line, "all steps together, on unseen test cases: %s before (%.0f ok), difference %s (%.0f ok)",
                   before, e2l_json_value(from, "n_ok"), difference, e2l_json_value(to, "n_ok"));
    (void)printf("%*s", (int)indent, "");
    e2l_page_wrap(line, indent, indent);
}

void e2l_simplification_page(const cJSON *simplification, size_t column, size_t indent, bool names_slots)
{
    char line[LINE_BYTES];
    const cJSON *steps = cJSON_GetObjectItemCaseSensitive(simplification, "steps"), *step;
    int n = cJSON_GetArraySize(steps);
    size_t number = 0;
    (void)snprintf(line, sizeof line, "%d step%s, judged on %.0f select cases; %.0f rule%s tried%s", n, n == 1 ? "" : "s",
                   e2l_json_value(simplification, "n_cases"), e2l_json_value(simplification, "tried"),
                   e2l_json_value(simplification, "tried") > 1.5 ? "s" : "",
                   cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(simplification, "capped"))
                       ? "; more could not be tried (search.simplify)"
                       : "");
    e2l_page_wrap(line, column, indent);
    cJSON_ArrayForEach(step, steps)
    {
        print_step(step, ++number, indent, names_slots);
    }
    print_test(cJSON_GetObjectItemCaseSensitive(simplification, "test"), indent);
}
