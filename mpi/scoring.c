/* scoring.c: rule sets judged on one case set. */
#include "mpi/scoring.h"

#include <math.h>
#include <string.h>

static size_t usual_cases(const e2l_config *config, const char *set)
{
    if (strcmp(set, E2L_SET_SEARCH) == 0) {
        return (size_t)config->common.cases;
    }
    if (config->task->judged_cases > 0) {
        return (size_t)config->task->judged_cases;
    }
    return strcmp(set, E2L_SET_SELECT) == 0 ? E2L_CASES_SELECT
           : strcmp(set, E2L_SET_TEST) == 0 ? E2L_CASES_TEST
                                            : E2L_CASES_SHIFT;
}

e2l_status e2l_judge_open(e2l_ctx *ctx, e2l_judge *out, const e2l_lab *lab, const char *set, size_t n_cases)
{
    *out = (e2l_judge){.ctx = ctx, .lab = lab, .set = set ? set : E2L_SET_TEST};
    size_t n = 0, available = 0;
    e2l_status status = e2l_lab_count_cases(lab, out->set, 1, &n, &available);
    if (status == E2L_OK && available != SIZE_MAX && !set) {
        out->set = E2L_SET_ALL;
        status = e2l_lab_count_cases(lab, out->set, 1, &n, &available);
    }
    if (status != E2L_OK) {
        return status;
    }
    if (n_cases > available) {
        return e2l_fail(ctx, E2L_INPUT, "--cases: %zu cases wanted, set '%s' has %zu", n_cases, out->set, available);
    }
    if (n_cases == 0) {
        n_cases = available == SIZE_MAX ? usual_cases(lab->config, out->set) : available;
    }
    out->n_cases = n_cases;
    return e2l_lab_evaluator(lab, &out->evaluator, out->set, 0, n_cases);
}

void e2l_judge_close(e2l_judge *judge)
{
    e2l_evaluator_destroy(judge->evaluator);
    e2l_evaluator_destroy(judge->tuning);
    e2l_judged_clear(judge->ctx, &judge->floor);
    e2l_judged_clear(judge->ctx, &judge->reference);
    *judge = (e2l_judge){.ctx = judge->ctx};
}

/* The learning rate that counts where nothing is tuned: command line, then rule file, then data file, then task. */
static double plain_eta(const e2l_judge *judge, double from_rule)
{
    e2l_eta_mode mode = judge->lab->eta_mode;
    bool given = mode == E2L_ETA_GIVEN || mode == E2L_ETA_TUNE;
    return isfinite(from_rule) && !given ? from_rule : judge->lab->eta0;
}

e2l_status e2l_tune_rule(e2l_ctx *ctx, e2l_evaluator *evaluator, const e2l_task *task,
                         const e2l_expr *const *rules, double *etas)
{
    size_t step = 0;
    e2l_score *scores = e2l_alloc(ctx, e2l_evaluator_n_cases(evaluator), sizeof *scores);
    e2l_status status = scores ? e2l_evaluate_tuned(evaluator, &rules, 1, etas, &step, scores) : E2L_NOMEM;
    e2l_free(ctx, scores);
    for (size_t s = 0; s < task->n_slots && status == E2L_OK; s++) {
        etas[s] = e2l_evaluator_eta(evaluator, etas[s], step);
    }
    return status;
}

/* Replaces etas by the best of the grid around them on the search set. */
static e2l_status tune(e2l_judge *judge, const e2l_expr *const *rules, double *etas)
{
    e2l_status status = E2L_OK;
    if (!judge->tuning) {
        size_t n = 0, available = 0;
        status = e2l_lab_count_cases(judge->lab, E2L_SET_SEARCH, (size_t)judge->lab->config->common.cases, &n,
                                     &available);
        if (status == E2L_OK) {
            status = e2l_lab_evaluator(judge->lab, &judge->tuning, E2L_SET_SEARCH, 0, n);
        }
    }
    if (status != E2L_OK) {
        return status;
    }
    return e2l_tune_rule(judge->ctx, judge->tuning, judge->lab->config->task, rules, etas);
}

/* Values of the ok cases, in order; returns how many. */
static size_t collect_ok(const e2l_score *scores, size_t n, double *values)
{
    size_t n_ok = 0;
    for (size_t k = 0; k < n; k++) {
        if (scores[k].outcome == E2L_OUTCOME_OK) {
            values[n_ok++] = scores[k].value;
        }
    }
    return n_ok;
}

static e2l_status summarise(e2l_judge *judge, e2l_judged *judged)
{
    double *values = e2l_alloc(judge->ctx, judge->n_cases, sizeof *values);
    if (!values) {
        return E2L_NOMEM;
    }
    judged->n_ok = collect_ok(judged->scores, judge->n_cases, values);
    e2l_status status = e2l_summarise(judge->ctx, values, judged->n_ok, &judged->summary);
    e2l_free(judge->ctx, values);
    return status;
}

e2l_status e2l_judge_rule(e2l_judge *judge, const e2l_rule_choice *choice, e2l_judged *out)
{
    const e2l_expr *rules[E2L_MAX_SLOTS] = {NULL};
    *out = (e2l_judged){.scores = NULL};
    for (size_t s = 0; s < judge->lab->config->task->n_slots; s++) {
        rules[s] = choice->rules[s];
        out->etas[s] = plain_eta(judge, choice->etas[s]);
    }
    e2l_status status = E2L_OK;
    if (judge->lab->eta_mode == E2L_ETA_TUNE) {
        status = tune(judge, rules, out->etas);
    }
    if (status != E2L_OK) {
        return status;
    }
    out->scores = e2l_alloc(judge->ctx, judge->n_cases, sizeof *out->scores);
    if (!out->scores) {
        return E2L_NOMEM;
    }
    const e2l_candidate candidate = {.rules = rules, .etas = out->etas};
    status = e2l_evaluate(judge->evaluator, &candidate, 1, out->scores);
    return status == E2L_OK ? summarise(judge, out) : status;
}

void e2l_judged_clear(e2l_ctx *ctx, e2l_judged *judged)
{
    e2l_free(ctx, judged->scores);
    *judged = (e2l_judged){.scores = NULL};
}

size_t e2l_scores_pair(const e2l_score *a, const e2l_score *b, size_t n, double *of_a, double *of_b)
{
    size_t n_both = 0;
    for (size_t k = 0; k < n; k++) {
        if (a[k].outcome == E2L_OUTCOME_OK && b[k].outcome == E2L_OUTCOME_OK) {
            of_a[n_both] = a[k].value;
            of_b[n_both++] = b[k].value;
        }
    }
    return n_both;
}

static const double ROUNDING = 1e-6; /* of the tolerated loss */

/* Case k's loss; false where `best` is not ok, which tells nothing. */
static bool get_loss(const e2l_score *best, const e2l_score *other, size_t k, double *loss)
{
    *loss = best[k].value - other[k].value;
    return best[k].outcome == E2L_OUTCOME_OK;
}

/* Standard error of the mean loss without the largest one. */
static double error_without_worst(const e2l_score *best, const e2l_score *other, size_t n, size_t worst, size_t n_kept)
{
    double loss = 0, mean = 0, squares = 0;
    for (size_t k = 0; k < n; k++) {
        mean += k != worst && get_loss(best, other, k, &loss) ? loss / (double)n_kept : 0;
    }
    for (size_t k = 0; k < n; k++) {
        if (k != worst && get_loss(best, other, k, &loss)) {
            squares += (loss - mean) * (loss - mean);
        }
    }
    return n_kept > 1 ? sqrt(squares / (double)(n_kept - 1) / (double)n_kept) : 0;
}

bool e2l_scores_hold(const e2l_score *best, const e2l_score *other, size_t n, double tolerated)
{
    size_t n_ok = 0, worst = 0;
    double sum = 0, loss = 0, largest = -HUGE_VAL;
    for (size_t k = 0; k < n; k++) {
        if (!get_loss(best, other, k, &loss)) {
            continue;
        }
        if (other[k].outcome != E2L_OUTCOME_OK) {
            return false;
        }
        n_ok++;
        sum += loss;
        worst = loss > largest ? k : worst;
        largest = loss > largest ? loss : largest;
    }
    if (n_ok == 0) {
        return false;
    }
    double error = error_without_worst(best, other, n, worst, n_ok - 1);
    return sum / (double)n_ok <= error + ROUNDING * tolerated;
}

e2l_status e2l_judge_compare(e2l_judge *judge, const e2l_judged *a, const e2l_judged *b, e2l_paired *out)
{
    double *values = e2l_alloc(judge->ctx, 2 * judge->n_cases, sizeof *values);
    if (!values) {
        return E2L_NOMEM;
    }
    size_t n = e2l_scores_pair(a->scores, b->scores, judge->n_cases, values, values + judge->n_cases);
    e2l_status status = e2l_compare_paired(judge->ctx, values, values + judge->n_cases, n, out);
    e2l_free(judge->ctx, values);
    return status;
}

/* Judges the same text in every slot, or the texts by slot. */
static e2l_status judge_texts(e2l_judge *judge, const char *const *texts, e2l_judged *out)
{
    e2l_rule_choices choices = {.n = 0};
    e2l_status status =
        e2l_rule_choices_add(judge->ctx, &choices, judge->lab->config->task, texts[0], texts, "built-in rule");
    if (status == E2L_OK) {
        status = e2l_judge_rule(judge, &choices.at[0], out);
    }
    e2l_rule_choices_clear(judge->ctx, &choices);
    return status;
}

/* The better of `best` and a data-blind rule that is ok on every case; `best` keeps the winner. */
static e2l_status try_floor(e2l_judge *judge, const char *text, e2l_judged *best)
{
    const char *texts[E2L_MAX_SLOTS];
    for (size_t s = 0; s < E2L_MAX_SLOTS; s++) {
        texts[s] = text;
    }
    e2l_judged judged;
    e2l_status status = judge_texts(judge, texts, &judged);
    bool better = status == E2L_OK && judged.n_ok == judge->n_cases &&
                  (!best->scores || judged.summary.mean > best->summary.mean);
    if (better) {
        e2l_judged_clear(judge->ctx, best);
        *best = judged;
    } else {
        e2l_judged_clear(judge->ctx, &judged);
    }
    return status;
}

static e2l_status find_floor(e2l_judge *judge, e2l_judged *floor)
{
    *floor = (e2l_judged){.scores = NULL};
    e2l_status status = try_floor(judge, "0", floor);
    const char *const *blind = judge->lab->config->task->blind;
    for (; blind && *blind && status == E2L_OK; blind++) {
        status = try_floor(judge, *blind, floor);
    }
    return status;
}

/* Ratio of means over the cases where all three are ok. */
static e2l_status normalise(e2l_judge *judge, const e2l_judged *judged, const e2l_judged *floor,
                            const e2l_judged *reference, e2l_normalised *out)
{
    double *values = e2l_alloc(judge->ctx, 3 * judge->n_cases, sizeof *values);
    if (!values) {
        return E2L_NOMEM;
    }
    size_t n = 0, all = judge->n_cases;
    for (size_t k = 0; k < all && floor->scores; k++) {
        if (judged->scores[k].outcome == E2L_OUTCOME_OK && floor->scores[k].outcome == E2L_OUTCOME_OK &&
            reference->scores[k].outcome == E2L_OUTCOME_OK) {
            values[n] = judged->scores[k].value;
            values[all + n] = floor->scores[k].value;
            values[2 * all + n++] = reference->scores[k].value;
        }
    }
    e2l_status status = e2l_normalise_score(judge->ctx, values, values + all, values + 2 * all, n, out);
    e2l_free(judge->ctx, values);
    return status;
}

e2l_status e2l_judge_normalise(e2l_judge *judge, const e2l_judged *judged, e2l_normalised *out)
{
    e2l_status status = E2L_OK;
    if (!judge->has_norm) {
        e2l_judged_clear(judge->ctx, &judge->floor); /* of a try that failed */
        e2l_judged_clear(judge->ctx, &judge->reference);
        status = find_floor(judge, &judge->floor);
        if (status == E2L_OK) {
            status = judge_texts(judge, judge->lab->config->task->references[0].rules, &judge->reference);
        }
        judge->has_norm = status == E2L_OK;
    }
    return status == E2L_OK ? normalise(judge, judged, &judge->floor, &judge->reference, out) : status;
}
