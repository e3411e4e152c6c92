/* summary.c: champion.json as a page of text.

   Scores are means with the half width of their Student-t 95 % interval; the last columns are the paired difference over the same
   cases and Wilcoxon's p. */
#include "mpi/summary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mpi/page.h"
#include "results/run_folder.h"
#include "substrate/json.h"
#include "tasks/task.h"

enum { CELL_BYTES = 64 };

static double number_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

/* Half of ci95; NaN when there is none. */
static double half_width(const cJSON *object)
{
    const cJSON *pair = cJSON_GetObjectItemCaseSensitive(object, "ci95");
    const cJSON *low = cJSON_GetArrayItem(pair, 0);
    const cJSON *high = cJSON_GetArrayItem(pair, 1);
    return cJSON_IsNumber(low) && cJSON_IsNumber(high) ? (high->valuedouble - low->valuedouble) / 2 : (double)NAN;
}

/* ---- cells -------------------------------------------------------------------------------------------*/
/* "0.97241 ± 0.00312"; "0.97241" without an interval, "-" without a value. `sign`: always with one. */
static void put_mean(char cell[CELL_BYTES], const cJSON *object, bool sign)
{
    double mean = number_of(object, "mean");
    double half = half_width(object);
    mean = fabs(mean) < 5e-5 ? 0.0 : mean; /* no "-0.0000" */
    bool is_large = fabs(mean) >= 1e5 || half >= 1e5;
    if (!isfinite(mean)) {
        (void)snprintf(cell, CELL_BYTES, "-");
    } else if (!isfinite(half)) {
        /* one case: a mean without an interval */
        (void)snprintf(cell, CELL_BYTES, is_large ? (sign ? "%+.3g" : "%.3g") : (sign ? "%+.4f" : "%.4f"), mean);
    } else if (is_large) {
        (void)snprintf(cell, CELL_BYTES, sign ? "%+.3g ± %.2g" : "%.3g ± %.2g", mean, half);
    } else {
        (void)snprintf(cell, CELL_BYTES, sign ? "%+.4f ± %.4f" : "%.4f ± %.4f", mean, half);
    }
}

/* A contender's cell: "12 of 200 ok" when some cases went wrong. */
static void put_score(char cell[CELL_BYTES], const cJSON *one, double n_cases)
{
    double n_ok = number_of(one, "n_ok");
    if (n_ok < n_cases) {
        (void)snprintf(cell, CELL_BYTES, "%.0f of %.0f ok", n_ok, n_cases);
    } else {
        put_mean(cell, one, false);
    }
}

static void put_p(char cell[CELL_BYTES], double p)
{
    if (!isfinite(p)) {
        (void)snprintf(cell, CELL_BYTES, "-");
    } else {
        (void)snprintf(cell, CELL_BYTES, p < 0.001 ? "%.0e" : "%.3f", p);
    }
}

/* Pads by what is seen: ± has two bytes. */
static void print_cell(const char *cell, int width)
{
    int extra = strstr(cell, "±") ? 1 : 0;
    (void)printf("%-*s", width + extra, cell);
}

/* ---- rows --------------------------------------------------------------------------------------------*/
enum { NAME_WIDTH = 18, CASES_WIDTH = 6, SCORE_WIDTH = 18, DIFFERENCE_WIDTH = 19 };

/* `both`: a set, or its "retuned" part, which has the same number of cases and does not repeat it. */
static void print_row(const char *name, const cJSON *both, double n_cases)
{
    char champion[CELL_BYTES];
    char reference[CELL_BYTES];
    char difference[CELL_BYTES];
    put_score(champion, cJSON_GetObjectItemCaseSensitive(both, "champion"), n_cases);
    put_score(reference, cJSON_GetObjectItemCaseSensitive(both, "reference"), n_cases);
    put_mean(difference, cJSON_GetObjectItemCaseSensitive(both, "paired"), true);
    (void)printf("  %-*.*s", NAME_WIDTH, NAME_WIDTH, name);
    (void)printf("%4.0f  ", n_cases);
    print_cell(champion, SCORE_WIDTH);
    print_cell(reference, SCORE_WIDTH);
    (void)printf("%s\n", difference);
}

static void print_set(const cJSON *set)
{
    const cJSON *retuned = cJSON_GetObjectItemCaseSensitive(set, "retuned");
    char name[CELL_BYTES];
    bool is_shift = strncmp(set->string, E2L_SET_SHIFT, strlen(E2L_SET_SHIFT)) == 0;
    (void)snprintf(name, sizeof name, "%s%.40s", is_shift ? "other " : "",
                   is_shift ? set->string + strlen(E2L_SET_SHIFT) : set->string);
    double n_cases = number_of(set, "n_cases");
    print_row(name, set, n_cases);
    if (retuned) {
        print_row("  eta re-tuned", retuned, n_cases);
    }
}

/* ---- does it hold? -----------------------------------------------------------------------------------*/
static const double TOLERATED_LOSS = 0.02; /* below the reference, in units of the score */

/* Cases failed that the reference manages, or a mean below the reference's by more than is tolerated. */
static bool is_lost(const cJSON *set)
{
    double n_ok = number_of(cJSON_GetObjectItemCaseSensitive(set, "champion"), "n_ok");
    double n_reference = number_of(cJSON_GetObjectItemCaseSensitive(set, "reference"), "n_ok");
    double difference = number_of(cJSON_GetObjectItemCaseSensitive(set, "paired"), "mean");
    return n_ok < n_reference || !(difference >= -TOLERATED_LOSS);
}

enum { FLAG_INDENT = 4 };

/* A set that the champion loses: `for_good` when a learning rate tuned to it does not help. */
static bool is_flagged(const cJSON *set, bool for_good)
{
    const cJSON *retuned = cJSON_GetObjectItemCaseSensitive(set, "retuned");
    bool stays = retuned ? is_lost(retuned) : true;
    return is_lost(set) && stays == for_good;
}

/* A paragraph naming the flagged sets; nothing when there are none. Search and select were seen and are no evidence. */
static void print_flag(const cJSON *scores, bool for_good, const char *words)
{
    const cJSON *set;
    char line[1024] = "";
    size_t n = 0;
    cJSON_ArrayForEach(set, scores)
    {
        bool is_shift = strncmp(set->string, E2L_SET_SHIFT, strlen(E2L_SET_SHIFT)) == 0;
        if ((!is_shift && strcmp(set->string, E2L_SET_TEST) != 0) || !is_flagged(set, for_good)) {
            continue;
        }
        size_t length = strlen(line);
        (void)snprintf(line + length, sizeof line - length, "%s%s", n++ == 0 ? words : ", ",
                       is_shift ? set->string + strlen(E2L_SET_SHIFT) : set->string);
    }
    if (n > 0) {
        (void)printf("  ! ");
        e2l_page_wrap(line, FLAG_INDENT, FLAG_INDENT);
    }
}

static void print_scores(const cJSON *champion)
{
    const cJSON *scores = cJSON_GetObjectItemCaseSensitive(champion, "scores");
    const cJSON *reference = cJSON_GetObjectItemCaseSensitive(champion, "reference");
    const cJSON *set;
    char p[CELL_BYTES];
    (void)printf("  %-*s%-*s%-*s%-*.16s%s\n", NAME_WIDTH, "cases", CASES_WIDTH, "   n", SCORE_WIDTH, "champion",
                 SCORE_WIDTH, text_of(reference, "name"), "difference");
    cJSON_ArrayForEach(set, scores)
    {
        print_set(set);
    }
    put_p(p, number_of(cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(scores, E2L_SET_TEST), "paired"),
                       "p"));
    (void)printf("\n  Means ± 95 %% intervals; differences are paired (test: Wilcoxon p = %s),\n"
                 "  over the cases where both are ok.\n",
                 p);
    (void)printf("  The search saw the search cases; select chose the champion; test is unseen.\n");
    print_flag(scores, true, "DOES NOT HOLD (loses more than 0.02, or cases) on: ");
    print_flag(scores, false, "Holds only with eta tuned anew on: ");
}

/* ---- rules -------------------------------------------------------------------------------------------*/
enum { LABEL_WIDTH = 14 };

static void print_labelled(const char *label, const char *text)
{
    (void)printf("  %-*.*s", LABEL_WIDTH - 2, LABEL_WIDTH - 3, label);
    e2l_page_wrap(text, LABEL_WIDTH, LABEL_WIDTH);
}

/* Each formula with its facts below; `found` may be "". */
static void print_formulas(const char *label, const cJSON *slots, const char *found)
{
    const cJSON *slot;
    char facts[256];
    bool is_only = cJSON_GetArraySize(slots) == 1;
    cJSON_ArrayForEach(slot, slots)
    {
        bool is_first = slot == slots->child;
        if (!is_only) {
            print_labelled(is_first ? label : "", slot->string);
        }
        print_labelled(is_first && is_only ? label : "", text_of(slot, "canonical"));
        (void)snprintf(facts, sizeof facts, "complexity %.0f, eta %g%s", number_of(slot, "complexity"),
                       number_of(slot, "eta"), found);
        print_labelled("", facts);
    }
}

void e2l_summary_print(const cJSON *champion, const char *dir)
{
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(champion, "slots");
    const cJSON *reference = cJSON_GetObjectItemCaseSensitive(champion, "reference");
    char found[128];
    (void)printf("\n");
    if (!cJSON_IsObject(slots)) {
        print_labelled("champion", "none: no rule of this search ran on all of its cases");
    } else {
        (void)snprintf(found, sizeof found, ", found in generation %.0f of island %.0f", number_of(champion, "generation"),
                       number_of(champion, "island"));
        print_formulas("champion", slots, found);
        print_formulas(text_of(reference, "name"), cJSON_GetObjectItemCaseSensitive(reference, "slots"), "");
        (void)printf("\n");
        print_scores(champion);
    }
    (void)printf("\n  Run folder: %s\n", dir);
}

e2l_status e2l_champion_read(e2l_ctx *ctx, const char *dir, cJSON **out)
{
    char *text = NULL;
    size_t n = 0;
    *out = NULL;
    e2l_status status = e2l_folder_read(ctx, &text, &n, dir, E2L_FILE_CHAMPION);
    if (status == E2L_OK) {
        status = e2l_json_parse(ctx, out, text, n, E2L_FILE_CHAMPION);
    }
    if (status == E2L_OK && !cJSON_IsObject(*out)) {
        status = e2l_fail(ctx, E2L_INPUT, "%s/%s: not a JSON object", dir, E2L_FILE_CHAMPION);
        e2l_json_free(*out);
        *out = NULL;
    }
    e2l_free(ctx, text);
    return status;
}

e2l_status e2l_summary_show(e2l_ctx *ctx, const char *dir)
{
    cJSON *champion = NULL;
    e2l_status status = e2l_champion_read(ctx, dir, &champion);
    if (status == E2L_OK) {
        e2l_summary_print(champion, dir);
    }
    e2l_json_free(champion);
    return status;
}
