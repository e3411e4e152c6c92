/* task_recover.c: given what a network did, find the rule that made it do so.

   A teacher with a known rule, or a table of one's own, gives inputs, rewards and weights over time. A student with the candidate rule
   meets the same inputs; every `window` steps its weights are set to the recorded ones, in between it is on its own. What it
   misses, in units of what weights that never change would miss, is the score. A search ends where the student is the record. */
#include "tasks/recover_impl.h"
#include "substrate/json.h"
#include "tasks/csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define OPTION(member) .offset = offsetof(recover_options, member)

static const char *const inputs_words[] = {"gaussian", "uniform", "binary", NULL};
static const char *const observe_words[] = {"weights", "activity", "both", NULL};
static const char *const start_words[] = {"known", "recorded", NULL};
static const uint64_t most_values = 1000000; /* inputs of one recording */

static const e2l_field fields[] = {
    {.key = "teacher", .type = E2L_FIELD_TEXT, OPTION(teacher), .unit = "1", .fallback = "\"oja\"",
     .help = "the hidden rule: oja, decay, covariance, reward, threefactor, or a formula of x, y, w, r"},
    {.key = "n", .type = E2L_FIELD_COUNT, OPTION(n), .unit = "1", .fallback = "3", .low = 1, .high = 1000,
     .is_data = true, .help = "inputs of the recorded neuron"},
    {.key = "steps", .type = E2L_FIELD_COUNT, OPTION(steps), .unit = "steps", .fallback = "50", .low = 1, .high = 1000000,
     .is_data = true, .help = "updates of a recording; recordings of a data file are cut into pieces of so many"},
    {.key = "rate", .type = E2L_FIELD_NUMBER, OPTION(rate), .unit = "1", .fallback = "0.02", .low = 0, .high = 1e6,
     .low_open = true, .help = "learning rate of what was recorded; the student's too unless eta says otherwise"},
    {.key = "mean", .type = E2L_FIELD_NUMBER, OPTION(mean), .unit = "1", .fallback = "0.5", .low = -1e6, .high = 1e6,
     .is_data = true, .help = "mean of the inputs"},
    {.key = "sd", .type = E2L_FIELD_NUMBER, OPTION(sd), .unit = "1", .fallback = "1", .low = 0, .high = 1e6,
     .is_data = true, .help = "standard deviation of the inputs"},
    {.key = "inputs", .type = E2L_FIELD_WORD, OPTION(inputs), .unit = "1", .fallback = "\"gaussian\"",
     .words = inputs_words, .is_data = true, .help = "distribution of the inputs; binary: mean - sd or mean + sd"},
    {.key = "reward", .type = E2L_FIELD_NUMBER, OPTION(reward), .unit = "1", .fallback = "1", .low = 0, .high = 1e6,
     .is_data = true, .help = "rewards r are uniform on 0..reward, one per step for all synapses, used by the teacher or not"},
    {.key = "w0", .type = E2L_FIELD_NUMBER, OPTION(w0), .unit = "1", .fallback = "0.5", .low = 0, .high = 1e5,
     .is_data = true, .help = "standard deviation of the first weights"},
    {.key = "noise", .type = E2L_FIELD_NUMBER, OPTION(noise), .unit = "1", .fallback = "0", .low = 0, .high = 1e3,
     .help = "standard deviation of what is added to every recorded weight (activity), over their root mean square"},
    {.key = "start", .type = E2L_FIELD_WORD, OPTION(start), .unit = "1", .fallback = "\"known\"", .words = start_words,
     .help = "first weights: known exactly, or recorded with noise like all others"},
    {.key = "gaps", .type = E2L_FIELD_NUMBER, OPTION(gaps), .unit = "1", .fallback = "0", .low = 0, .high = 1,
     .help = "share of steps that were not recorded, drawn at random; first and last always are"},
    {.key = "every", .type = E2L_FIELD_COUNT, OPTION(every), .unit = "steps", .fallback = "1", .low = 1, .high = 1000000,
     .help = "only every so many-th step was recorded"},
    {.key = "observe", .type = E2L_FIELD_WORD, OPTION(observe), .unit = "1", .fallback = "\"weights\"",
     .words = observe_words, .help = "what is compared: weights; activity y alone, only the first weights are known; both: weights, "
             "with y as recorded driving the rule"},
    {.key = "window", .type = E2L_FIELD_COUNT, OPTION(window), .unit = "steps", .fallback = "1", .low = 0, .high = 1000000,
     .help = "the student takes the recorded weights over after so many steps: 1 without noise, more with it; 0: never"},
    {.key = "data", .type = E2L_FIELD_TEXT, OPTION(data), .unit = "path", .fallback = "\"\"", .is_data = true,
     .help = "CSV of your own: x1.., w1.., y, r, recording, one row per step; settings of drawn recordings are without effect"},
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

static const char *const functions[] = {"add", "sub", "mul", NULL};
static const e2l_task_slot slots[] = {
    {.name = "rule",
     .terminals = recover_terminals,
     .functions = functions,
     .about = "change of one weight per step and learning rate: its input x, the output y, itself w, the reward r"},
};

#define RULE(text) ((const char *const[]){text})
static const e2l_reference references[] = {
    {"oja", RULE("y * (x - y * w)"), "Oja, J. Math. Biol. 15:267 (1982)"},
    {"decay", RULE("y * x - w"), "Hebb with linear forgetting (Dayan and Abbott, Theoretical Neuroscience, ch. 8)"},
    {"covariance", RULE("(x - 0.5) * (y - 0.3)"),
     "Sejnowski, J. Math. Biol. 4:303 (1977): both factors from thresholds, here 0.5 and 0.3"},
    {"reward", RULE("r * x * y"), "three factors: Hebb gated by reward (Fremaux and Gerstner, Front. Neural Circuits 9:85, 2016)"},
    {"threefactor", RULE("(r - 0.2) * x * y - 0.1 * w"),
     "three factors: reward beyond what is expected, 0.2, times Hebb, with forgetting (same source)"},
    {"hebb", RULE("y * x"), "Hebb, The Organization of Behavior (1949)"},
};
#undef RULE
static const char *const blind[] = {"1", "x", "y", "w", "-w", NULL};
static const char *const measures[] = {"error", "rms", NULL};

/* ---- shifted sets: the same teacher elsewhere ---------------------------------------------------- */

static void shift_dimension(void *to)
{
    recover_options *options = to;
    options->n = options->n == 6 ? 3 : 6;
}

static void shift_inputs(void *to)
{
    recover_options *options = to;
    options->inputs = options->inputs == RECOVER_UNIFORM ? RECOVER_GAUSSIAN : RECOVER_UNIFORM;
}

static void shift_scale(void *to)
{
    recover_options *options = to;
    options->sd *= 1.5;
}

static void shift_start(void *to)
{
    recover_options *options = to;
    options->w0 *= 2;
}

static const e2l_shift shift_list[] = {{"dimension", shift_dimension}, {"inputs", shift_inputs}, {"scale", shift_scale}, {"start", shift_start}};
static const e2l_shifts shifts = {shift_list, sizeof shift_list / sizeof *shift_list, true};
static const char *const shift_names[] = {"dimension", "inputs", "scale", "start", NULL};

/* ---- opening ------------------------------------------------------------------------------------- */

e2l_status recover_teacher_parse(e2l_ctx *ctx, e2l_expr **out, const char *text)
{
    e2l_scope scope = {.names = recover_terminals};
    while (scope.names[scope.n_names]) {
        scope.n_names++;
    }
    for (size_t r = 0; r < sizeof references / sizeof *references; r++) {
        text = strcmp(text, references[r].name) == 0 ? references[r].rules[0] : text;
    }
    e2l_status status = e2l_expr_parse(ctx, out, text, strlen(text), &scope);
    return status == E2L_OK ? status : e2l_fail_at(ctx, status, "task.teacher '%.80s'", text);
}

static void family_close(e2l_ctx *ctx, e2l_family *family)
{
    if (!family) {
        return;
    }
    for (size_t k = 0; k < family->n_experiments; k++) {
        recover_experiment_destroy(ctx, family->experiments[k]);
    }
    for (size_t k = 0; k < family->n_file; k++) {
        recover_recording_destroy(ctx, family->file[k]);
    }
    for (size_t k = 0; family->store && k < family->store->room; k++) {
        recover_recording_destroy(ctx, family->store->at[k]);
    }
    if (family->store) {
        e2l_free(ctx, family->store->at);
    }
    e2l_free(ctx, family->store);
    e2l_free(ctx, family->experiments);
    e2l_free(ctx, family->file);
    e2l_expr_destroy(ctx, family->teacher);
    e2l_free(ctx, family);
}

/* The experiment of recordings of this shape, made when there is none yet. */
static e2l_status find_experiment(e2l_ctx *ctx, e2l_family *family, size_t n, size_t n_steps)
{
    for (size_t k = 0; k < family->n_experiments; k++) {
        if (family->experiments[k]->span.steps == n_steps) {
            return E2L_OK; /* n is the same in all recordings of a family */
        }
    }
    e2l_status status = recover_experiment_create(ctx, &family->experiments[family->n_experiments], n, n_steps,
                                                  family->options.observe);
    family->n_experiments += status == E2L_OK;
    return status;
}

static e2l_status open_drawn(e2l_ctx *ctx, e2l_family *family, const char *set)
{
    recover_options *options = &family->options;
    e2l_status status = e2l_drawn_open(ctx, &family->drawn, &e2l_task_recover, &shifts, options, family->drawn.seed, set);
    if (status == E2L_OK && options->n * options->steps > most_values) {
        status = e2l_fail(ctx, E2L_INPUT, "task.steps: %llu steps of %llu inputs are more than a recording holds, %llu numbers",
                          (unsigned long long)options->steps, (unsigned long long)options->n, (unsigned long long)most_values);
    }
    status = status == E2L_OK ? recover_teacher_parse(ctx, &family->teacher, options->teacher ? options->teacher : "") : status;
    if (status != E2L_OK) {
        return status;
    }
    family->n_cases = SIZE_MAX;
    family->stride = 1;
    family->experiments = e2l_alloc(ctx, 1, sizeof *family->experiments);
    family->store = e2l_alloc(ctx, 1, sizeof *family->store);
    if (!family->experiments || !family->store) {
        return E2L_NOMEM;
    }
    return find_experiment(ctx, family, (size_t)options->n, (size_t)options->steps);
}

/* search, select and test take every third recording of a file that has enough; `all` takes all. */
static void choose_cases(e2l_family *family, const char *set)
{
    const size_t n = family->n_file;
    family->stride = n >= 3 && strcmp(set, E2L_SET_ALL) != 0 ? 3 : 1;
    family->first = family->stride == 1 || strcmp(set, E2L_SET_SEARCH) == 0 ? 0 : strcmp(set, E2L_SET_SELECT) == 0 ? 1 : 2;
    family->n_cases = (n - family->first + family->stride - 1) / family->stride;
}

static e2l_status open_file(e2l_ctx *ctx, e2l_family *family, const char *set)
{
    e2l_status status = e2l_drawn_check_file_set(ctx, &e2l_task_recover, &shifts, set);
    if (status != E2L_OK) {
        return status;
    }
    family->has_file = true;
    status = recover_file_read(ctx, family, family->options.data);
    if (status != E2L_OK) {
        return status;
    }
    choose_cases(family, set);
    family->experiments = e2l_alloc(ctx, family->n_file, sizeof *family->experiments);
    if (!family->experiments) {
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < family->n_cases && status == E2L_OK; k++) {
        const recover_recording *record = family->file[family->first + k * family->stride];
        status = find_experiment(ctx, family, record->n, record->n_steps);
    }
    return status;
}

static e2l_status family_open(e2l_ctx *ctx, e2l_family **out, const void *options, uint64_t task_seed, const char *set)
{
    *out = NULL;
    e2l_family *family = e2l_alloc(ctx, 1, sizeof *family);
    if (!family) {
        return E2L_NOMEM;
    }
    family->options = *(const recover_options *)options;
    family->drawn.seed = task_seed;
    family->has_reward = family->options.reward > 0;
    const char *path = family->options.data;
    e2l_status status = path && path[0] ? open_file(ctx, family, set) : open_drawn(ctx, family, set);
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
    return family->options.rate;
}

/* ---- cases --------------------------------------------------------------------------------------- */

static e2l_status make_room(e2l_ctx *ctx, recover_store *store, size_t k)
{
    if (k < store->room) {
        return E2L_OK;
    }
    const size_t room = k < 16 ? 16 : 2 * k;
    recover_recording **grown = e2l_realloc(ctx, store->at, room, sizeof *grown);
    if (!grown) {
        return E2L_NOMEM;
    }
    for (size_t i = store->room; i < room; i++) {
        grown[i] = NULL;
    }
    store->at = grown;
    store->room = room;
    return E2L_OK;
}

e2l_status recover_case(e2l_ctx *ctx, const recover_recording **out, const e2l_family *family, size_t k)
{
    *out = NULL;
    if (family->has_file) {
        *out = family->file[family->first + k * family->stride];
        return E2L_OK;
    }
    e2l_status status = make_room(ctx, family->store, k);
    if (status == E2L_OK && !family->store->at[k]) {
        status = recover_draw(ctx, &family->store->at[k], family, k);
    }
    *out = status == E2L_OK ? family->store->at[k] : NULL;
    return status;
}

/* Where array `a` of a recording lies, and the elements of a row. */
static const double *rows_of(const recover_recording *r, const recover_options *options, recover_array a, size_t *width)
{
    const bool is_clamped = options->observe == RECOVER_BOTH;
    *width = a <= RECOVER_SEEN || a == RECOVER_W0 ? r->n : 1;
    switch (a) {
    case RECOVER_X:
        return r->x;
    case RECOVER_NOW:
    case RECOVER_W0:
        return r->w;
    case RECOVER_NEXT:
        return r->w + r->n;
    case RECOVER_SEEN:
        return r->w_seen + r->n;
    case RECOVER_REWARD:
        return r->reward;
    case RECOVER_SYNC:
        return r->sync;
    case RECOVER_CLAMP:
        return is_clamped ? r->y_seen : r->zeros;
    case RECOVER_Y:
        return r->y;
    case RECOVER_Y_SEEN:
        return r->y_seen;
    case RECOVER_N_ARRAYS:
        break;
    }
    return NULL;
}

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n_steps, double *out)
{
    const e2l_family *family = self->user;
    const recover_recording *record = NULL;
    e2l_status status = recover_case(ctx, &record, family, (size_t)self->index);
    if (status != E2L_OK) {
        return status;
    }
    const uint64_t rows = array == RECOVER_W0 ? 1 : record->n_steps;
    if (array >= RECOVER_N_ARRAYS || step0 > rows || n_steps > rows - step0) {
        return e2l_fail(ctx, E2L_INTERNAL, "recover: array %zu has no rows %llu to %llu", array, (unsigned long long)step0,
                        (unsigned long long)(step0 + n_steps));
    }
    size_t width = 0;
    const double *from = rows_of(record, &family->options, (recover_array)array, &width);
    memcpy(out, from + (size_t)step0 * width, n_steps * width * sizeof *out);
    return E2L_OK;
}

static e2l_status family_draw(e2l_ctx *ctx, const e2l_family *family, size_t k, size_t *experiment, e2l_case *out,
                              char name[E2L_CASE_NAME_BYTES])
{
    if (k >= family->n_cases) {
        return e2l_fail(ctx, E2L_INPUT, "recover: there is no case %zu, the set has %zu", k, family->n_cases);
    }
    const recover_recording *record = NULL;
    e2l_status status = recover_case(ctx, &record, family, k);
    if (status != E2L_OK) {
        return status;
    }
    *experiment = 0;
    while (family->experiments[*experiment]->span.steps != record->n_steps) {
        (*experiment)++;
    }
    *out = (e2l_case){.key = record->key, .fill = fill, .user = family, .index = k};
    (void)snprintf(name, E2L_CASE_NAME_BYTES, "%s", record->name);
    return E2L_OK;
}

e2l_status recover_is_solution(e2l_ctx *ctx, const void *options, const e2l_expr *const *rules, bool *out)
{
    const recover_options *given = options;
    const double tolerance = 0.01;
    e2l_expr *teacher = NULL;
    *out = false;
    if (given->data && given->data[0]) {
        return E2L_OK; /* nobody knows the rule */
    }
    e2l_status status = recover_teacher_parse(ctx, &teacher, given->teacher ? given->teacher : "");
    status = status == E2L_OK ? e2l_recover_matches(ctx, rules[0], teacher, tolerance, out) : status;
    e2l_expr_destroy(ctx, teacher);
    return status;
}

/* ---- what the options decide about the record ---------------------------------------------------- */

/* Whether a reward is there to be seen: drawn ones that are not all 0, or a column of the file. */
static e2l_status has_reward(e2l_ctx *ctx, const recover_options *options, bool *out)
{
    *out = options->reward > 0;
    if (!options->data || !options->data[0]) {
        return E2L_OK;
    }
    e2l_csv table;
    e2l_status status = e2l_csv_read(ctx, &table, options->data, E2L_CSV_GAPS);
    if (status == E2L_OK) {
        *out = e2l_csv_find(&table, "r") < table.n_columns;
        e2l_csv_clear(ctx, &table);
    }
    return status;
}

/* The teacher goes in front of the references: it is what a result is compared with. */
static e2l_status bind_teacher(e2l_task *record, e2l_arena *arena, const recover_options *options)
{
    enum { N = sizeof references / sizeof *references };
    const char *text = options->teacher ? options->teacher : "";
    for (size_t r = 0; r < N; r++) {
        text = strcmp(text, references[r].name) == 0 ? references[r].rules[0] : text;
    }
    e2l_reference *list = e2l_arena_alloc(arena, N + 1, sizeof *list);
    const char **rules = e2l_arena_alloc(arena, 1, sizeof *rules);
    char *copy = e2l_arena_strdup(arena, text, strlen(text));
    if (!list || !rules || !copy) {
        return E2L_NOMEM;
    }
    rules[0] = copy;
    list[0] = (e2l_reference){.name = "teacher", .rules = rules, .about = "the hidden rule (task.teacher)"};
    memcpy(list + 1, references, sizeof references);
    record->references = list;
    record->n_references = N + 1;
    return E2L_OK;
}

/* Without a reward a rule does not see one; without noise the record can be met exactly. */
static e2l_status family_bind(e2l_ctx *ctx, e2l_task *record, e2l_arena *arena, const void *options, uint64_t task_seed)
{
    static const char *const no_reward[] = {"x", "y", "w", NULL};
    static const double exact = -1e-12;
    const recover_options *given = options;
    bool is_seen = true;
    (void)task_seed;
    e2l_status status = has_reward(ctx, given, &is_seen);
    if (status == E2L_OK && !is_seen) {
        e2l_task_slot *own = e2l_arena_alloc(arena, 1, sizeof *own);
        if (!own) {
            return E2L_NOMEM;
        }
        *own = slots[0];
        own->terminals = no_reward;
        record->slots = own;
    }
    if (status == E2L_OK && !(given->data && given->data[0])) {
        e2l_expr *teacher = NULL;
        status = recover_teacher_parse(ctx, &teacher, given->teacher ? given->teacher : "");
        e2l_expr_destroy(ctx, teacher);
        status = status == E2L_OK ? bind_teacher(record, arena, given) : status;
        record->solved = given->noise > 0 ? NULL : &exact;
    }
    return status;
}

/* A square error is never below 0. */
static double best_score(const e2l_family *family)
{
    (void)family;
    return 0;
}

/* What synapses of the recordings saw: the very numbers the score rests on. */
static e2l_status reach(e2l_ctx *ctx, const e2l_family *family, size_t slot, size_t n, double *const *inputs)
{
    enum { MOST_CASES = 16, STRIDE = 797 /* prime: spreads over any length */ };
    const size_t n_cases = family->n_cases < MOST_CASES ? family->n_cases : MOST_CASES;
    (void)slot; /* there is one */
    for (size_t k = 0; k < n; k++) {
        const recover_recording *record = NULL;
        e2l_status status = recover_case(ctx, &record, family, k % n_cases);
        if (status != E2L_OK) {
            return status;
        }
        const size_t t = k * STRIDE % record->n_steps, i = k / n_cases % record->n, at = t * record->n + i;
        const double *w = record->w + t * record->n;
        inputs[0][k] = record->x[at];
        inputs[1][k] = recover_dot(w, record->x + t * record->n, record->n);
        inputs[2][k] = record->w[at]; /* 0 in a gap: a weight like any other */
        if (family->has_reward) {
            inputs[3][k] = record->reward[t];
        }
    }
    return E2L_OK;
}

const e2l_task e2l_task_recover = {
    .abi = E2L_TASK_ABI,
    .struct_size = sizeof(e2l_task),
    .name = "recover",
    .summary = "find the hidden rule that changed the recorded weights of a linear neuron",
    .source = "Confavreux et al., NeurIPS 2020; Mehta et al., NeurIPS 2024 (MetaLearnPlasticity)",
    .fields = fields,
    .n_fields = N_FIELDS,
    .options_size = sizeof(recover_options),
    .slots = slots,
    .n_slots = sizeof slots / sizeof *slots,
    .references = references,
    .n_references = sizeof references / sizeof *references,
    .blind = blind,
    .measures = measures,
    .shifts = shift_names,
    .eta = 0.02,
    .smoke_cases = 20,
    .best = best_score,
    .reach = reach,
    .open = family_open,
    .close = family_close,
    .n_experiments = family_n_experiments,
    .experiment = family_experiment,
    .n_cases = family_n_cases,
    .data_eta = family_eta,
    .draw = family_draw,
    .score = recover_score,
    .remarks = recover_remarks,
    .is_solution = recover_is_solution,
    .bind = family_bind,
};
