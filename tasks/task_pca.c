/* task_pca.c: online principal component analysis by one linear neuron (Oja 1982), the family of Mettler et al. 2021.

   y = w . x, w_i += eta * f(x_i, w_i, y), every sample once. The target is the first component of the generating
   covariance; alignment is measured on the way, length at the end. Neither is seen by the rule. */
#include "tasks/pca_impl.h"
#include "substrate/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define OPTION(member) .offset = offsetof(pca_options, member)

static const char *const inputs_words[] = {"gaussian", "uniform", "laplace", NULL};
static const char *const start_words[] = {"sphere", "cube", NULL};
static const char *const metric_words[] = {"angle", "final", "variance", NULL};
static const double default_alpha = 2;

static const e2l_field fields[] = {
    {.key = "n", .type = E2L_FIELD_COUNT, OPTION(n), .unit = "1", .fallback = "2", .low = 2, .high = 10000,
     .is_data = true, .help = "inputs"},
    {.key = "orientation", .type = E2L_FIELD_WORDS, OPTION(orientation), .unit = "1", .fallback = "[\"random\"]",
     .low = 1, .high = E2L_MAX_LIST, .words = pca_orientation_words, .is_data = true,
     .help = "first component: isotropic, along one input drawn per case, (1,..,1), or (+-1,..,+-1) drawn per case; "
             "of several, case k takes number k modulo their count"},
    {.key = "ratio", .type = E2L_FIELD_NUMBER, OPTION(ratio), .unit = "1", .fallback = "0.3", .low = 0, .high = 1,
     .is_data = true, .help = "all smaller eigenvalues over the largest one"},
    {.key = "scale", .type = E2L_FIELD_NUMBER, OPTION(scale), .unit = "1", .fallback = "1", .low = 0, .high = 1e6,
     .low_open = true, .is_data = true, .help = "largest eigenvalue: variance along the first component"},
    {.key = "inputs", .type = E2L_FIELD_WORD, OPTION(inputs), .unit = "1", .fallback = "\"gaussian\"",
     .words = inputs_words, .is_data = true, .help = "distribution of the sources before they are mixed"},
    {.key = "samples", .type = E2L_FIELD_COUNT, OPTION(samples), .unit = "steps", .fallback = "1000", .low = 1,
     .high = 1e8, .is_data = true, .help = "samples of a case, each used once"},
    {.key = "w0", .type = E2L_FIELD_WORD, OPTION(start), .unit = "1", .fallback = "\"sphere\"",
     .words = start_words, .is_data = true, .help = "direction of the first weights: isotropic, or uniform in a cube"},
    {.key = "w0_norm", .type = E2L_FIELD_NUMBER, OPTION(w0_norm), .unit = "1", .fallback = "1", .low = 0,
     .high = 1e5, .is_data = true, .help = "length of the first weights"},
    {.key = "metric", .type = E2L_FIELD_WORD, OPTION(metric), .unit = "1", .fallback = "\"angle\"",
     .words = metric_words,
     .help = "score: mean |cos| on the way, last |cos|, or variance of the output; minus alpha (|w| - 1)^2"},
    {.key = "alpha", .type = E2L_FIELD_NUMBERS, OPTION(alpha), .unit = "1", .fallback = "[]", .low = 0, .high = 1e9,
     .help = "price of a length that is not 1; not given: the data file's, else 2"},
    {.key = "data", .type = E2L_FIELD_TEXT, OPTION(data), .unit = "path", .fallback = "\"\"", .is_data = true,
     .help = "JSON file with cases of your own; settings of drawn cases are then without effect"},
};

static const char *const functions[] = {"add", "sub", "mul", NULL};
static const e2l_task_slot slots[] = {
    {.name = "rule",
     .terminals = pca_terminals,
     .functions = functions,
     .about = "change of one weight per sample and learning rate: its input x, itself w, the output y"},
};

#define RULE(text) ((const char *const[]){text})
static const e2l_reference references[] = {
    {"oja", RULE("y * (x - y * w)"), "Oja, J. Math. Biol. 15:267 (1982): first component, length 1"},
    {"hebb", RULE("y * x"), "Hebb, The Organization of Behavior (1949): right direction, length without bound"},
    {"oja2", RULE("2 * y * (x - y * w)"), "Oja's rule at twice the learning rate; ties with it under eta tune"},
    {"decay", RULE("y * x - w"),
     "Hebb with linear forgetting (Dayan and Abbott, Theoretical Neuroscience, ch. 8): length grows or shrinks "
     "with the largest eigenvalue"},
    {"absdecay", RULE("y * x - abs(y) * w"),
     "Hebb with forgetting by |y|: right direction, length set by the scale of the data; wins only where variance "
     "is the score"},
    {"cubic", RULE("y * x - w * w * w"),
     "Hebb with a local cubic decay, after Yuille, Kammen and Cohen, Biol. Cybern. 61:183 (1989), who divide by "
     "|w|^2, which no synapse knows"},
    {"instar", RULE("y * (x - w)"),
     "Grossberg, Biol. Cybern. 23:121 (1976): competitive learning; needs positive means"},
    {"bcm", RULE("x * y * (y - 1)"),
     "Bienenstock, Cooper and Munro, J. Neurosci. 2:32 (1982) with the threshold held at 1"},
    {"antihebb", RULE("-(y * x)"), "Foldiak, Biol. Cybern. 64:165 (1990): away from the first component"},
    {"square", RULE("x * x - w"),
     "learns where the variances are, not how inputs correlate: the local optimum searches on axes end in"},
};
#undef RULE

/* Rules without the product of input and output: what they reach needs no learning of correlations. */
static const char *const blind[] = {"1",     "x",     "y",     "w",       "-w",    "x - w",
                                    "1 - w", "y - w", "-1 - w", "-w * w * w", "w - w * w * w", NULL};
static const char *const measures[] = {"cos_mean", "cos_final", "norm", NULL};

static void family_close(e2l_ctx *ctx, e2l_family *family)
{
    if (!family) {
        return;
    }
    for (size_t i = 0; i < family->n_experiments; i++) {
        pca_experiment_destroy(ctx, family->experiments[i]);
    }
    e2l_free(ctx, family->experiments);
    e2l_free(ctx, family->experiment_of);
    e2l_free(ctx, family->component);
    pca_file_clear(&family->file);
    e2l_free(ctx, family);
}

/* ---- opening: which cases a set holds ------------------------------------------------------------ */

static e2l_status open_drawn(e2l_ctx *ctx, e2l_family *family, const char *set)
{
    pca_source *source = &family->source;
    e2l_status status = e2l_drawn_open(ctx, &source->drawn, &e2l_task_pca, &pca_shifts, &source->options, source->drawn.seed, set);
    if (status != E2L_OK) {
        return status;
    }
    family->n_cases = SIZE_MAX;
    family->stride = 1;
    family->component = e2l_alloc(ctx, (size_t)source->options.n, sizeof *family->component);
    family->experiments = e2l_alloc(ctx, 1, sizeof(pca_experiment *));
    if (!family->component || !family->experiments) {
        return E2L_NOMEM;
    }
    status = pca_experiment_create(ctx, &family->experiments[0], (size_t)source->options.n,
                                   (size_t)source->options.samples);
    family->n_experiments = status == E2L_OK;
    return status;
}

/* search, select and test take every third case of a file that has enough; `all` takes all. */
static void choose_cases(e2l_family *family, const char *set)
{
    const size_t n = family->file.n_cases;
    family->first = 0;
    family->stride = 1;
    if (n >= 3 && strcmp(set, E2L_SET_ALL) != 0) {
        family->stride = 3;
        family->first = strcmp(set, E2L_SET_SEARCH) == 0 ? 0 : strcmp(set, E2L_SET_SELECT) == 0 ? 1 : 2;
    }
    family->n_cases = (n - family->first + family->stride - 1) / family->stride;
}

/* The experiment of this shape, made when there is none yet. */
static e2l_status find_experiment(e2l_ctx *ctx, e2l_family *family, const pca_case *item, size_t *out)
{
    for (size_t i = 0; i < family->n_experiments; i++) {
        const pca_experiment *have = family->experiments[i];
        if (have->arrays[PCA_ARRAY_PC1].size == item->n && have->span.steps == item->n_steps) {
            *out = i;
            return E2L_OK;
        }
    }
    *out = family->n_experiments;
    e2l_status status =
        pca_experiment_create(ctx, &family->experiments[family->n_experiments], item->n, item->n_steps);
    family->n_experiments += status == E2L_OK;
    return status;
}

static e2l_status open_file(e2l_ctx *ctx, e2l_family *family, const char *set)
{
    const char *path = family->source.options.data;
    e2l_status status = e2l_drawn_check_file_set(ctx, &e2l_task_pca, &pca_shifts, set);
    status = status == E2L_OK ? pca_file_read(ctx, &family->file, path) : status;
    if (status != E2L_OK) {
        return status;
    }
    family->has_file = true;
    choose_cases(family, set);
    family->experiments = e2l_alloc(ctx, family->n_cases, sizeof(pca_experiment *));
    family->experiment_of = e2l_alloc(ctx, family->n_cases, sizeof(size_t));
    if (!family->experiments || !family->experiment_of) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < family->n_cases && status == E2L_OK; k++) {
        const pca_case *item = &family->file.cases[family->first + k * family->stride];
        status = find_experiment(ctx, family, item, &family->experiment_of[k]);
    }
    return status;
}

/* An alpha that is given wins over the file's, which wins over the default. */
static e2l_status choose_alpha(e2l_ctx *ctx, e2l_family *family)
{
    const e2l_number_list *given = &family->source.options.alpha;
    if (given->n > 1) {
        return e2l_fail(ctx, E2L_INPUT, "task.alpha: %zu numbers, expected one (0 to 1e9) or none", given->n);
    }
    bool has_own = family->has_file && isfinite(family->file.alpha);
    family->alpha = given->n > 0 ? given->at[0] : has_own ? family->file.alpha : default_alpha;
    return E2L_OK;
}

static e2l_status family_open(e2l_ctx *ctx, e2l_family **out, const void *options, uint64_t task_seed,
                              const char *set)
{
    *out = NULL;
    e2l_family *family = e2l_alloc(ctx, 1, sizeof *family);
    if (!family) {
        return E2L_NOMEM;
    }
    family->source.options = *(const pca_options *)options;
    family->source.drawn.seed = task_seed;
    const char *path = family->source.options.data;
    e2l_status status = path && path[0] ? open_file(ctx, family, set) : open_drawn(ctx, family, set);
    status = status == E2L_OK ? choose_alpha(ctx, family) : status;
    if (status != E2L_OK) {
        family_close(ctx, family);
        return status;
    }
    *out = family;
    return E2L_OK;
}

/* ---- what a family tells ------------------------------------------------------------------------- */

static size_t family_n_experiments(const e2l_family *family)
{
    return family->n_experiments;
}

static const e2l_experiment *family_experiment(const e2l_family *family, size_t k)
{
    return &family->experiments[k]->experiment;
}

static size_t family_n_cases(const e2l_family *family)
{
    return family->n_cases;
}

static double family_eta(const e2l_family *family)
{
    return family->has_file ? family->file.eta : (double)NAN;
}

/* ---- cases --------------------------------------------------------------------------------------- */

static e2l_status check_rows(e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps, uint64_t have)
{
    bool is_by_step = array == PCA_ARRAY_SAMPLES;
    uint64_t rows = is_by_step ? have : 1;
    if (array >= PCA_N_ARRAYS || step0 > rows || n_steps > rows - step0) {
        return e2l_fail(ctx, E2L_INTERNAL, "pca: array %zu has no rows %llu to %llu", array,
                        (unsigned long long)step0, (unsigned long long)(step0 + n_steps));
    }
    return E2L_OK;
}

static e2l_status fill_drawn(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps,
                             double *out)
{
    const e2l_family *family = self->user;
    const pca_source *source = &family->source;
    e2l_status status = check_rows(ctx, array, step0, n_steps, source->options.samples);
    if (status != E2L_OK || n_steps == 0) {
        return status;
    }
    if (array == PCA_ARRAY_SAMPLES) {
        return pca_draw_samples(ctx, source, (size_t)self->index, step0, n_steps, out);
    }
    if (array == PCA_ARRAY_W0) {
        pca_draw_start(source, (size_t)self->index, out);
    } else {
        pca_draw_component(source, (size_t)self->index, out);
    }
    return E2L_OK;
}

static e2l_status fill_file(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps,
                            double *out)
{
    const pca_case *item = self->user;
    e2l_status status = check_rows(ctx, array, step0, n_steps, item->n_steps);
    if (status != E2L_OK || n_steps == 0) {
        return status;
    }
    const double *from = array == PCA_ARRAY_SAMPLES ? item->samples + (size_t)step0 * item->n
                         : array == PCA_ARRAY_W0    ? item->w0
                                                    : item->pc1;
    memcpy(out, from, n_steps * item->n * sizeof *out);
    return E2L_OK;
}

static e2l_status family_draw(e2l_ctx *ctx, const e2l_family *family, size_t k, size_t *experiment,
                              e2l_case *out, char name[E2L_CASE_NAME_BYTES])
{
    if (k >= family->n_cases) {
        return e2l_fail(ctx, E2L_INPUT, "pca: there is no case %zu, the set has %zu", k, family->n_cases);
    }
    if (family->has_file) {
        const pca_case *item = &family->file.cases[family->first + k * family->stride];
        *experiment = family->experiment_of[k];
        *out = (e2l_case){.key = item->key, .fill = fill_file, .user = item, .index = k};
        (void)snprintf(name, E2L_CASE_NAME_BYTES, "%s", item->name);
        return E2L_OK;
    }
    *experiment = 0;
    *out = (e2l_case){
        .key = pca_draw_key(&family->source, k), .fill = fill_drawn, .user = family, .index = k};
    (void)snprintf(name, E2L_CASE_NAME_BYTES, "%s-%zu",
                   pca_orientation_words[pca_draw_orientation(&family->source, k)], k);
    return E2L_OK;
}

/* |cos| is at most 1 and the penalty at least 0; the variance has no bound that does not depend on the data. */
static double family_best(const e2l_family *family)
{
    return family->source.options.metric == PCA_VARIANCE ? HUGE_VAL : 1.0;
}

const e2l_task e2l_task_pca = {
    .abi = E2L_TASK_ABI,
    .struct_size = sizeof(e2l_task),
    .name = "pca",
    .summary = "one linear neuron finds the first principal component of its input, online",
    .source = "Oja, J. Math. Biol. 15:267 (1982); Mettler, Schmidt, Senn, Petrovici and Jordan, arXiv:2102.04312",
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .options_size = sizeof(pca_options),
    .slots = slots,
    .n_slots = sizeof slots / sizeof *slots,
    .references = references,
    .n_references = sizeof references / sizeof *references,
    .blind = blind,
    .measures = measures,
    .shifts = pca_shift_names,
    .eta = 0.01,
    .smoke_cases = 20,
    .best = family_best,
    .reach = pca_reach,
    .open = family_open,
    .close = family_close,
    .n_experiments = family_n_experiments,
    .experiment = family_experiment,
    .n_cases = family_n_cases,
    .data_eta = family_eta,
    .draw = family_draw,
    .score = pca_score,
};
