/* recovered.c: was the hidden rule of a noisy record found? A line of JSON about one run folder of the task `recover`.

   e2l-recovered RUN_DIR METHOD
   - cgp: the champion of the run, as it stands in champion.json.
   - trajectories: least squares on whole trajectories (tasks/recover_weak.c), on the recordings the run used, search and select together.
   - steps: least squares on one-step changes (tasks/recover_taylor.c), on the same: terms below 1 % of the largest count as dropped.

   "form": the same products of x, y, w, r as the teacher's rule; "constant_error": then the largest relative error of a coefficient. "solved"
   is both: the form, and every coefficient within 1 %. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mpi/scoring.h"
#include "substrate/json.h"
#include "tasks/recover.h"

enum { N_SETS = 2, PATH_BYTES = 4096 };
static const double near_nothing = 0.01, within = 0.01;

typedef struct verdict {
    bool form;
    double worst; /* NaN: not the form */
    double seconds, evaluations;
} verdict;

typedef struct found {
    e2l_ctx *ctx;
    const char *dir;
    e2l_config config;
    e2l_rule_choices rules; /* the teacher, the champion */
    e2l_family *families[N_SETS];
    size_t n_cases[N_SETS];
} found;

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static const e2l_expr *teacher_of(const found *f)
{
    return f->rules.at[0].rules[0];
}

/* ---- the three methods --------------------------------------------------------------------------------*/
static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

/* Seconds and evaluations of all starts of the run. */
static e2l_status read_cost(found *f, verdict *out)
{
    char path[PATH_BYTES];
    cJSON *root = NULL;
    (void)snprintf(path, sizeof path, "%s/provenance.json", f->dir);
    e2l_status status = e2l_json_read_file(f->ctx, &root, path);
    const cJSON *start;
    cJSON_ArrayForEach(start, cJSON_GetObjectItemCaseSensitive(root, "starts")) {
        out->seconds += number(start, "seconds");
        out->evaluations += number(start, "evaluations");
    }
    e2l_json_free(root);
    return status;
}

static e2l_status judge_champion(found *f, verdict *out)
{
    e2l_status status = e2l_recover_form(f->ctx, f->rules.at[1].rules[0], teacher_of(f), &out->form, &out->worst);
    return status == E2L_OK ? read_cost(f, out) : status;
}

/* Same terms, and how far off; `floor`: smaller coefficients count as none. */
static e2l_status judge_coefficients(found *f, const double *coefficient, double floor, verdict *out)
{
    double teacher[E2L_RECOVER_TERMS];
    bool is_in_basis = false;
    e2l_status status = e2l_recover_coefficients(f->ctx, teacher_of(f), teacher, &is_in_basis);
    out->form = is_in_basis;
    out->worst = 0;
    for (size_t k = 0; k < E2L_RECOVER_TERMS; k++) {
        out->form = out->form && (fabs(coefficient[k]) > floor) == (teacher[k] != 0);
        out->worst = teacher[k] != 0 ? fmax(out->worst, fabs(coefficient[k] / teacher[k] - 1)) : out->worst;
    }
    out->worst = out->form ? out->worst : (double)NAN;
    return status;
}

static e2l_status judge_trajectories(found *f, verdict *out)
{
    e2l_recover_weak_fit fit;
    e2l_status status = e2l_recover_weak(f->ctx, &fit, (const e2l_family *const *)f->families, f->n_cases, N_SETS);
    return status == E2L_OK ? judge_coefficients(f, fit.coefficient, 0, out) : status;
}

/* The one-step fit knows one set; select is the larger one. */
static e2l_status judge_steps(found *f, verdict *out)
{
    e2l_recover_fit *fit = e2l_alloc(f->ctx, 1, sizeof *fit);
    if (!fit) {
        return E2L_NOMEM;
    }
    double most = 0;
    e2l_status status = e2l_recover_taylor(f->ctx, fit, f->families[1], f->n_cases[1]);
    for (size_t k = 0; status == E2L_OK && k < E2L_RECOVER_TERMS; k++) {
        most = fmax(most, fabs(fit->coefficient[k]));
    }
    status = status == E2L_OK ? judge_coefficients(f, fit->coefficient, near_nothing * most, out) : status;
    e2l_free(f->ctx, fit);
    return status;
}

/* ---- the program --------------------------------------------------------------------------------------*/
static e2l_status open_all(found *f)
{
    char path[PATH_BYTES], champion[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/config.json", f->dir);
    (void)snprintf(champion, sizeof champion, "@%s/champion.json", f->dir);
    const char *const texts[] = {"name:teacher", champion};
    e2l_status status = e2l_config_read(f->ctx, &f->config, path, NULL, 0);
    if (status == E2L_OK && strcmp(f->config.task->name, "recover") != 0) {
        return e2l_fail(f->ctx, E2L_INPUT, "%s: task '%s', expected 'recover'", f->dir, f->config.task->name);
    }
    status = status == E2L_OK ? e2l_rule_choices_read(f->ctx, &f->rules, f->config.task, texts, 2, "rules") : status;
    static const char *const sets[N_SETS] = {E2L_SET_SEARCH, E2L_SET_SELECT};
    f->n_cases[0] = (size_t)f->config.common.cases;
    f->n_cases[1] = E2L_CASES_SELECT;
    for (size_t s = 0; status == E2L_OK && s < N_SETS; s++) {
        status = f->config.task->open(f->ctx, &f->families[s], f->config.task_options, f->config.common.seed, sets[s]);
    }
    return status;
}

static void close_all(found *f)
{
    for (size_t s = 0; s < N_SETS; s++) {
        if (f->families[s]) {
            f->config.task->close(f->ctx, f->families[s]);
        }
    }
    e2l_rule_choices_clear(f->ctx, &f->rules);
    e2l_config_clear(&f->config);
}

static e2l_status judge(found *f, const char *method, verdict *out)
{
    const double start = cpu_seconds();
    if (strcmp(method, "cgp") == 0) {
        return judge_champion(f, out);
    }
    e2l_status status = strcmp(method, "trajectories") == 0 ? judge_trajectories(f, out)
                        : strcmp(method, "steps") == 0      ? judge_steps(f, out)
                                                            : e2l_fail(f->ctx, E2L_INPUT, "method '%s' unknown", method);
    out->seconds = cpu_seconds() - start;
    return status;
}

static e2l_status report(const found *f, const char *method, const verdict *v)
{
    e2l_text line = {.ctx = f->ctx};
    e2l_text_appendf(&line, "{\"task\":\"recover\",\"method\":\"%s\",\"seed\":%llu,\"solved\":%s,\"form\":%s,\"evaluations\":%.0f,\"constant_error\":",
                     method, (unsigned long long)f->config.common.seed, v->form && v->worst <= within ? "true" : "false",
                     v->form ? "true" : "false", v->evaluations);
    e2l_json_put_number(&line, v->worst);
    e2l_text_append(&line, ",\"cpu_s\":");
    e2l_json_put_number(&line, v->seconds);
    e2l_text_append(&line, "}\n");
    e2l_status status = e2l_text_status(&line);
    if (status == E2L_OK) {
        (void)fputs(e2l_text_get(&line), stdout);
    }
    e2l_text_clear(&line);
    return status;
}

int main(int argc, char **argv)
{
    e2l_ctx *ctx = NULL;
    if (argc != 3) {
        (void)fputs("usage: e2l-recovered RUN_DIR cgp|trajectories|steps\n", stderr);
        return 2;
    }
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 1;
    }
    static found f;
    f = (found){.ctx = ctx, .dir = argv[1]};
    verdict v = {.worst = (double)NAN};
    e2l_status status = open_all(&f);
    status = status == E2L_OK ? judge(&f, argv[2], &v) : status;
    status = status == E2L_OK ? report(&f, argv[2], &v) : status;
    if (status != E2L_OK) {
        (void)fprintf(stderr, "e2l-recovered: %s\n", e2l_ctx_message(ctx));
    }
    close_all(&f);
    e2l_ctx_destroy(ctx);
    return status == E2L_OK ? 0 : status == E2L_INPUT ? 2 : 1;
}
