/* task.c: families, evaluators and the oracle for the tests of tasks. */
#include "tests/support/task.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static e2l_status read_options(e2l_ctx *ctx, void **out, const e2l_field *fields, size_t n_fields, size_t size,
                               const char *text)
{
    cJSON *json = NULL;
    *out = e2l_alloc(ctx, 1, size);
    if (!*out) {
        return E2L_NOMEM;
    }
    e2l_status status = text ? e2l_json_parse(ctx, &json, text, strlen(text), "options") : E2L_OK;
    status = status == E2L_OK ? e2l_fields_read(ctx, fields, n_fields, json, NULL, 0, "options", *out) : status;
    e2l_json_free(json);
    if (status != E2L_OK) {
        e2l_fields_clear(ctx, fields, n_fields, *out);
        e2l_free(ctx, *out);
        *out = NULL;
    }
    return status;
}

static e2l_status open_options(e2l_ctx *ctx, test_family *out, const char *task, const char *options)
{
    *out = (test_family){.ctx = ctx, .task = e2l_task_find(task)};
    if (!out->task) {
        return e2l_fail(ctx, E2L_INPUT, "task '%s' unknown", task);
    }
    return read_options(ctx, &out->options, out->task->fields, out->task->n_fields, out->task->options_size,
                        options);
}

e2l_status test_family_open(e2l_ctx *ctx, test_family *out, const char *task, const char *options, uint64_t seed,
                            const char *set)
{
    e2l_status status = open_options(ctx, out, task, options);
    status = status == E2L_OK ? out->task->open(ctx, &out->family, out->options, seed, set) : status;
    if (status != E2L_OK) {
        test_family_close(out);
    }
    return status;
}

e2l_status test_family_open_file(e2l_ctx *ctx, test_family *out, const char *path, const char *set)
{
    e2l_text text;
    e2l_text_init(&text, ctx);
    e2l_text_append(&text, "{\"data\": ");
    e2l_json_quote(&text, path);
    e2l_text_append(&text, "}");
    e2l_status status = e2l_text_status(&text);
    status = status == E2L_OK ? test_family_open(ctx, out, "pca", e2l_text_get(&text), 1, set) : status;
    e2l_text_clear(&text);
    return status;
}

void test_family_close(test_family *family)
{
    if (family->family) {
        family->task->close(family->ctx, family->family);
    }
    if (family->options) {
        e2l_fields_clear(family->ctx, family->task->fields, family->task->n_fields, family->options);
        e2l_free(family->ctx, family->options);
    }
    family->family = NULL;
    family->options = NULL;
}

e2l_status test_arrays_create(e2l_ctx *ctx, test_arrays *out, const test_family *family, size_t k)
{
    size_t experiment = 0;
    *out = (test_arrays){0};
    e2l_status status = family->task->draw(ctx, family->family, k, &experiment, &out->item, out->name);
    if (status != E2L_OK) {
        return status;
    }
    out->experiment = family->task->experiment(family->family, experiment);
    out->n = (size_t)out->experiment->arrays[0].size;
    out->n_steps = (size_t)out->experiment->spans[0].steps;
    out->samples = e2l_alloc(ctx, out->n * out->n_steps, sizeof(double));
    out->w0 = e2l_alloc(ctx, out->n, sizeof(double));
    out->pc1 = e2l_alloc(ctx, out->n, sizeof(double));
    if (!out->samples || !out->w0 || !out->pc1) {
        status = E2L_NOMEM;
    }
    status = status == E2L_OK ? out->item.fill(&out->item, ctx, 0, 0, out->n_steps, out->samples) : status;
    status = status == E2L_OK ? out->item.fill(&out->item, ctx, 1, 0, 1, out->w0) : status;
    status = status == E2L_OK ? out->item.fill(&out->item, ctx, 2, 0, 1, out->pc1) : status;
    if (status != E2L_OK) {
        test_arrays_clear(ctx, out);
    }
    return status;
}

void test_arrays_clear(e2l_ctx *ctx, test_arrays *arrays)
{
    e2l_free(ctx, arrays->samples);
    e2l_free(ctx, arrays->w0);
    e2l_free(ctx, arrays->pc1);
    *arrays = (test_arrays){0};
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

static double cosine(const double *w, const double *p, size_t n)
{
    double norm = sqrt(dot(w, w, n));
    return norm > 0 ? fabs(dot(w, p, n)) / norm : 0;
}

static bool update(double *w, const double *x, size_t n, test_rule_of rule, double eta)
{
    double y = dot(w, x, n);
    bool sane = true;
    for (size_t i = 0; i < n; i++) {
        w[i] += eta * rule(x[i], w[i], y);
        sane = sane && fabs(w[i]) < E2L_WEIGHT_LIMIT; /* false for NaN */
    }
    return sane;
}

e2l_status test_simulate(e2l_ctx *ctx, test_outcome *out, const test_arrays *arrays, test_rule_of rule, double eta,
                         double alpha)
{
    const size_t n = arrays->n;
    *out = (test_outcome){0};
    double *w = e2l_alloc(ctx, n, sizeof *w);
    if (!w) {
        return E2L_NOMEM;
    }
    memcpy(w, arrays->w0, n * sizeof *w);
    while (out->step < arrays->n_steps && !out->diverged) {
        out->cos_mean += cosine(w, arrays->pc1, n);
        out->diverged = !update(w, arrays->samples + out->step * n, n, rule, eta);
        out->step++;
    }
    out->cos_mean /= (double)arrays->n_steps;
    out->cos_final = cosine(w, arrays->pc1, n);
    out->norm = sqrt(dot(w, w, n));
    out->score = out->cos_mean - alpha * (out->norm - 1) * (out->norm - 1);
    e2l_free(ctx, w);
    return E2L_OK;
}

e2l_status test_judge_open(e2l_ctx *ctx, test_judge *out, const char *task, const char *options, uint64_t seed,
                           const char *set, size_t n_cases)
{
    *out = (test_judge){.substrate = e2l_substrate_find("cpu")};
    e2l_status status = open_options(ctx, &out->base, task, options);
    if (status == E2L_OK && !out->substrate) {
        status = e2l_fail(ctx, E2L_TOOL, "substrate 'cpu' is missing");
    }
    if (status == E2L_OK) {
        status = read_options(ctx, &out->device_options, out->substrate->fields, out->substrate->n_fields,
                              out->substrate->options_size, NULL);
    }
    status = status == E2L_OK ? out->substrate->open(ctx, &out->device, out->device_options) : status;
    const e2l_evaluator_options choice = {.struct_size = sizeof choice,
                                          .task = out->base.task,
                                          .task_options = out->base.options,
                                          .task_seed = seed,
                                          .set = set,
                                          .n_cases = n_cases,
                                          .substrate = out->substrate,
                                          .device = out->device};
    status = status == E2L_OK ? e2l_evaluator_create(ctx, &out->evaluator, &choice) : status;
    if (status != E2L_OK) {
        test_judge_close(out);
    }
    return status;
}

void test_judge_close(test_judge *judge)
{
    e2l_ctx *ctx = judge->base.ctx;
    e2l_evaluator_destroy(judge->evaluator);
    if (judge->device) {
        judge->substrate->close(ctx, judge->device);
    }
    if (judge->device_options) {
        e2l_fields_clear(ctx, judge->substrate->fields, judge->substrate->n_fields, judge->device_options);
        e2l_free(ctx, judge->device_options);
    }
    test_family_close(&judge->base);
    *judge = (test_judge){.base = {.ctx = ctx}};
}

e2l_status test_judge_rules(test_judge *judge, const char *const *texts, double eta, e2l_score *scores)
{
    e2l_ctx *ctx = judge->base.ctx;
    const e2l_task *task = judge->base.task;
    e2l_expr *rules[E2L_MAX_SLOTS] = {NULL};
    const e2l_expr *borrowed[E2L_MAX_SLOTS] = {NULL};
    double etas[E2L_MAX_SLOTS];
    e2l_status status = E2L_OK;
    for (size_t s = 0; s < task->n_slots && status == E2L_OK; s++) {
        e2l_scope scope = {.names = task->slots[s].terminals};
        while (scope.names[scope.n_names]) {
            scope.n_names++;
        }
        status = e2l_expr_parse(ctx, &rules[s], texts[s], strlen(texts[s]), &scope);
        borrowed[s] = rules[s];
        etas[s] = eta;
    }
    const e2l_candidate candidate = {.rules = borrowed, .etas = etas};
    status = status == E2L_OK ? e2l_evaluate(judge->evaluator, &candidate, 1, scores) : status;
    for (size_t s = 0; s < task->n_slots; s++) {
        e2l_expr_destroy(ctx, rules[s]);
    }
    return status;
}

test_mean test_mean_of(const e2l_score *scores, size_t n, double bad)
{
    test_mean out = {0};
    double square = 0;
    for (size_t k = 0; k < n; k++) {
        bool is_ok = scores[k].outcome == E2L_OUTCOME_OK;
        double value = is_ok ? scores[k].value : bad;
        out.n_ok += is_ok;
        out.mean += value;
        square += value * value;
    }
    out.mean /= (double)n;
    out.error = n > 1 ? sqrt(fmax(0, square / (double)n - out.mean * out.mean) / (double)(n - 1)) : 0;
    return out;
}

bool test_close(double a, double b, double relative)
{
    return fabs(a - b) <= relative * fmax(fabs(a), fabs(b)); /* false for NaN */
}
