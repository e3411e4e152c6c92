/* discover_table.c: the discovery table: lines of e2l-discover, by row and method, as Markdown.

   e2l-discover-table DIR, where DIR holds files ROW.METHOD.SEED.json. Failures count at their budget: ERT = all evaluations / successes
   (expected running time: Auger & Hansen 2005, CEC, "Performance evaluation of an advanced local search evolutionary algorithm"), the
   median takes a failure as later than any success. The ratio of two ERTs has a percentile bootstrap interval over seeds. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgp/stream.h"
#include "results/statistics.h"
#include "substrate/json.h"

enum { MAX_GROUPS = 128, MAX_RUNS = 1000, RESAMPLES = 2000, NAME_BYTES = 96 };

typedef struct run {
    bool solved;
    double evaluations, cpu_s, test, worst_shift;
    bool is_form;          /* of noisy records: the same terms as the hidden rule */
    double constant_error; /* ... and how far its constants are off */
} run;

/* Runs of one row with one method. */
typedef struct group {
    char row[NAME_BYTES], method[NAME_BYTES];
    bool is_noisy; /* stands in the second table */
    run runs[MAX_RUNS];
    size_t n;
} group;

static group groups[MAX_GROUPS];
static size_t n_groups;

static group *group_of(const char *row, const char *method)
{
    for (size_t k = 0; k < n_groups; k++) {
        if (strcmp(groups[k].row, row) == 0 && strcmp(groups[k].method, method) == 0) {
            return &groups[k];
        }
    }
    if (n_groups == MAX_GROUPS) {
        return NULL;
    }
    group *g = &groups[n_groups++];
    (void)snprintf(g->row, NAME_BYTES, "%s", row);
    (void)snprintf(g->method, NAME_BYTES, "%s", method);
    return g;
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

/* ROW.METHOD.SEED.json */
static bool split_name(const char *file, char row[NAME_BYTES], char method[NAME_BYTES])
{
    int length = 0;
    return sscanf(file, "%95[^.].%95[^.].%*[0-9].json%n", row, method, &length) == 2 && file[length] == '\0' && length > 0;
}

static e2l_status take_file(e2l_ctx *ctx, const char *dir, const char *file)
{
    char row[NAME_BYTES], method[NAME_BYTES], path[4096];
    cJSON *line = NULL;
    group *g = split_name(file, row, method) ? group_of(row, method) : NULL;
    if (!g || g->n == MAX_RUNS) {
        return E2L_OK;
    }
    (void)snprintf(path, sizeof path, "%s/%s", dir, file);
    e2l_status status = e2l_json_read_file(ctx, &line, path);
    if (status == E2L_OK) {
        const cJSON *form = cJSON_GetObjectItemCaseSensitive(line, "form");
        g->is_noisy = form != NULL;
        g->runs[g->n++] = (run){.solved = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(line, "solved")),
                                .evaluations = number(line, "evaluations"),
                                .cpu_s = number(line, "cpu_s"),
                                .test = number(line, "test"),
                                .worst_shift = number(line, "worst_shift"),
                                .is_form = cJSON_IsTrue(form),
                                .constant_error = number(line, "constant_error")};
    }
    e2l_json_free(line);
    return status;
}

static e2l_status read_all(e2l_ctx *ctx, const char *dir)
{
    struct dirent **files = NULL;
    int n = scandir(dir, &files, NULL, alphasort);
    e2l_status status = n >= 0 ? E2L_OK : e2l_fail(ctx, E2L_IO, "%s cannot be read", dir);
    for (int k = 0; k < n; k++) {
        status = status == E2L_OK ? take_file(ctx, dir, files[k]->d_name) : status;
        free(files[k]); /* scandir's */
    }
    free(files);
    return status;
}

/* ---- figures ------------------------------------------------------------------------------------------*/
static size_t count_solved(const group *g)
{
    size_t n = 0;
    for (size_t k = 0; k < g->n; k++) {
        n += g->runs[k].solved ? 1 : 0;
    }
    return n;
}

static int ascending(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Failures are infinitely late. */
static double median_evaluations(const group *g)
{
    double values[MAX_RUNS];
    for (size_t k = 0; k < g->n; k++) {
        values[k] = g->runs[k].solved ? g->runs[k].evaluations : HUGE_VAL;
    }
    qsort(values, g->n, sizeof values[0], ascending);
    return (values[(g->n - 1) / 2] + values[g->n / 2]) / 2;
}

static double median_of_solved(const group *g, size_t offset)
{
    double values[MAX_RUNS];
    size_t n = 0;
    for (size_t k = 0; k < g->n; k++) {
        const double value = *(const double *)(const void *)((const char *)&g->runs[k] + offset);
        if (g->runs[k].solved && isfinite(value)) {
            values[n++] = value;
        }
    }
    qsort(values, n, sizeof values[0], ascending);
    return n > 0 ? (values[(n - 1) / 2] + values[n / 2]) / 2 : (double)NAN;
}

static double total(const group *g, size_t offset)
{
    double sum = 0;
    for (size_t k = 0; k < g->n; k++) {
        sum += *(const double *)(const void *)((const char *)&g->runs[k] + offset);
    }
    return sum;
}

/* ERT of runs drawn with replacement; of the runs themselves without a stream. */
static double running_time(const group *g, e2l_stream *stream)
{
    double evaluations = 0;
    size_t n_solved = 0;
    for (size_t k = 0; k < g->n; k++) {
        const run *one = &g->runs[stream ? e2l_stream_below(stream, (uint32_t)g->n) : k];
        evaluations += one->evaluations;
        n_solved += one->solved ? 1 : 0;
    }
    return n_solved > 0 ? evaluations / (double)n_solved : HUGE_VAL;
}

/* ERT of g over that of `other`, and its interval: low and high. */
static double time_ratio(const group *g, const group *other, double *low, double *high)
{
    static double ratios[RESAMPLES];
    e2l_stream stream;
    const uint64_t words[] = {g->n, other->n};
    e2l_stream_init(&stream, 0, E2L_PURPOSE_BOOTSTRAP, words, 2);
    for (size_t k = 0; k < RESAMPLES; k++) {
        double mine = running_time(g, &stream);
        double theirs = running_time(other, &stream);
        ratios[k] = isfinite(theirs) ? mine / theirs : 0;
    }
    qsort(ratios, RESAMPLES, sizeof ratios[0], ascending);
    *low = ratios[RESAMPLES / 40];
    *high = ratios[RESAMPLES - 1 - RESAMPLES / 40];
    double theirs = running_time(other, NULL);
    return isfinite(theirs) ? running_time(g, NULL) / theirs : 0;
}

/* ---- the table ----------------------------------------------------------------------------------------*/
static void print_count(double value)
{
    if (isfinite(value)) {
        (void)printf(" %.0f |", value);
    } else {
        (void)printf(" - |");
    }
}

static void print_difference(double value)
{
    if (isfinite(value)) {
        (void)printf(" %+.4f |", value);
    } else {
        (void)printf(" |");
    }
}

static const group *sampling_of(const group *g)
{
    for (size_t k = 0; k < n_groups; k++) {
        if (strcmp(groups[k].row, g->row) == 0 && strcmp(groups[k].method, "random") == 0) {
            return &groups[k];
        }
    }
    return NULL;
}

static void print_ratio(const group *g)
{
    const group *sampling = sampling_of(g);
    if (!sampling || sampling == g) {
        (void)printf(" |");
        return;
    }
    double low, high;
    double ratio = time_ratio(g, sampling, &low, &high);
    if (count_solved(sampling) == 0) {
        (void)printf(" sampling found none |");
    } else {
        (void)printf(" %.3f [%.3f, %.3f] |", ratio, low, high);
    }
}

static void print_group(const group *g)
{
    double low, high;
    size_t n_solved = count_solved(g);
    e2l_wilson(n_solved, g->n, &low, &high);
    (void)printf("| %s | %s | %zu of %zu | %.0f %% [%.0f, %.0f] |", g->row, g->method, n_solved, g->n,
                 100.0 * (double)n_solved / (double)g->n, 100 * low, 100 * high);
    print_count(median_evaluations(g));
    print_count(running_time(g, NULL));
    print_ratio(g);
    print_difference(median_of_solved(g, offsetof(run, test)));
    print_difference(median_of_solved(g, offsetof(run, worst_shift)));
    (void)printf(" %.0f |\n", total(g, offsetof(run, cpu_s)));
}

/* ---- noisy records ------------------------------------------------------------------------------------*/
static void print_noisy(const group *g)
{
    double errors[MAX_RUNS], low, high;
    size_t n_form = 0;
    for (size_t k = 0; k < g->n; k++) {
        if (g->runs[k].is_form) {
            errors[n_form++] = g->runs[k].constant_error;
        }
    }
    qsort(errors, n_form, sizeof errors[0], ascending);
    e2l_wilson(n_form, g->n, &low, &high);
    (void)printf("| %s | %s | %zu of %zu | %.0f %% [%.0f, %.0f] | %zu |", g->row, g->method, n_form, g->n,
                 100.0 * (double)n_form / (double)g->n, 100 * low, 100 * high, count_solved(g));
    if (n_form > 0) {
        (void)printf(" %.2f %% |", 100 * (errors[(n_form - 1) / 2] + errors[n_form / 2]) / 2);
    } else {
        (void)printf(" - |");
    }
    (void)printf(" %.0f | %.0f |\n", total(g, offsetof(run, evaluations)) / (double)g->n, total(g, offsetof(run, cpu_s)));
}

static void print_noisy_table(void)
{
    bool has_one = false;
    for (size_t k = 0; k < n_groups; k++) {
        if (groups[k].is_noisy && !has_one) {
            (void)puts("\nRecords with noise: a fixed budget, then the champion that select chose is judged. Form: the same products as the hidden "
                       "rule's.\n\n| record | method | form found | rate [Wilson 95 %] | constants within 1 % | median error of a form's "
                       "worst constant | evaluations | s |\n|---|---|---|---|---|---|---|---|");
        }
        has_one = has_one || groups[k].is_noisy;
        if (groups[k].is_noisy) {
            print_noisy(&groups[k]);
        }
    }
}

int main(int argc, char **argv)
{
    e2l_ctx *ctx = NULL;
    if (argc != 2) {
        (void)fputs("usage: e2l-discover-table DIR\n", stderr);
        return 2;
    }
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 1;
    }
    e2l_status status = read_all(ctx, argv[1]);
    if (status != E2L_OK) {
        (void)fprintf(stderr, "e2l-discover-table: %s\n", e2l_ctx_message(ctx));
    } else {
        (void)puts("| task | method | solved | rate [Wilson 95 %] | median evaluations | ERT | ERT / sampling's [95 %] | test - reference | "
                   "worst shifted set | core-s |\n|---|---|---|---|---|---|---|---|---|---|");
        for (size_t k = 0; k < n_groups; k++) {
            if (!groups[k].is_noisy) {
                print_group(&groups[k]);
            }
        }
        print_noisy_table();
    }
    e2l_ctx_destroy(ctx);
    return status == E2L_OK ? 0 : 1;
}
