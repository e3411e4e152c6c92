/* remarks.c: what tasks say in words about their data (e2l_task.remarks) and whether a rule is the hidden one (e2l_task.is_solution). */
#include "mpi/remarks.h"

#include <stdio.h>
#include <string.h>

#include "mpi/page.h"
#include "substrate/json.h"

enum { MOST_CASES = 10, INDENT = 2 };

e2l_status e2l_remarks_read(e2l_ctx *ctx, const e2l_task *task, const e2l_evaluator *evaluator, e2l_text *out)
{
    if (!task->remarks) {
        return E2L_OK;
    }
    const size_t n = e2l_evaluator_n_cases(evaluator);
    return task->remarks(ctx, e2l_evaluator_family(evaluator), n < MOST_CASES ? n : MOST_CASES, out);
}

/* The line at `*at` into `line`, cut at its size; moves on. */
static bool next_line(const char **at, char *line, size_t size)
{
    if (**at == '\0') {
        return false;
    }
    const size_t length = strcspn(*at, "\n");
    const size_t kept = length < size ? length : size - 1;
    memcpy(line, *at, kept);
    line[kept] = '\0';
    *at += length + ((*at)[length] == '\n');
    return true;
}

void e2l_put_remarks(e2l_text *out, const char *lines)
{
    char line[1024];
    const char *separator = "";
    e2l_text_append(out, "\"remarks\":[");
    while (next_line(&lines, line, sizeof line)) {
        e2l_text_append(out, separator);
        e2l_json_quote(out, line + strspn(line, " "));
        separator = ",";
    }
    e2l_text_append(out, "]");
}

void e2l_remarks_print(const char *lines)
{
    char line[1024];
    if (lines[0]) {
        (void)printf("\n");
    }
    while (next_line(&lines, line, sizeof line)) {
        const size_t indent = strspn(line, " ");
        (void)printf("%*s", (int)indent, "");
        e2l_page_wrap(line + indent, indent, indent + INDENT);
    }
}

static e2l_status put_data_remarks(e2l_ctx *ctx, e2l_text *out, const e2l_lab *lab)
{
    e2l_text lines;
    e2l_text_init(&lines, ctx);
    e2l_evaluator *evaluator = NULL;
    size_t n = 0, available = 0;
    e2l_status status = e2l_lab_count_cases(lab, E2L_SET_SEARCH, MOST_CASES, &n, &available);
    status = status == E2L_OK ? e2l_lab_evaluator(lab, &evaluator, E2L_SET_SEARCH, 0, n) : status;
    status = status == E2L_OK ? e2l_remarks_read(ctx, lab->config->task, evaluator, &lines) : status;
    if (status == E2L_OK) {
        e2l_put_remarks(out, e2l_text_get(&lines));
        e2l_text_append(out, ",");
    }
    e2l_evaluator_destroy(evaluator);
    e2l_text_clear(&lines);
    return status;
}

static e2l_status put_solution(e2l_ctx *ctx, e2l_text *out, const e2l_lab *lab, const e2l_expr *const *rules)
{
    const e2l_config *config = lab->config;
    bool is_one = false;
    if (!config->task->is_solution) {
        return E2L_OK;
    }
    e2l_status status = config->task->is_solution(ctx, config->task_options, rules, &is_one);
    e2l_text_appendf(out, "\"solution\":%s,", is_one ? "true" : "false");
    return status;
}

e2l_status e2l_put_found(e2l_ctx *ctx, e2l_text *out, const e2l_lab *lab, const e2l_expr *const *rules)
{
    e2l_status status = lab->config->task->remarks ? put_data_remarks(ctx, out, lab) : E2L_OK;
    return status == E2L_OK ? put_solution(ctx, out, lab, rules) : status;
}
