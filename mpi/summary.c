/* summary.c: champion.json as a page of text.

   Scores are means with the half width of their Student-t 95 % interval; the last columns are the paired difference over the same
   cases and Wilcoxon's p. */
#include "mpi/summary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mpi/page.h"
#include "mpi/simplify.h"
#include "results/run_folder.h"
#include "substrate/json.h"
#include "tasks/task.h"

double e2l_json_value(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

const char *e2l_json_word(const cJSON *object, const char *key)
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

/* Decimals that leave room between columns: four below 10, none from 10^4 on. */
static int decimals_of(double mean, double half)
{
    const double largest = fmax(fabs(mean), isfinite(half) ? half : 0);
    int decimals = 4;
    for (double power = 10; decimals > 0 && largest >= power; power *= 10) {
        decimals--;
    }
    return decimals;
}

/* ---- cells -------------------------------------------------------------------------------------------*/
void e2l_cell_mean(char cell[E2L_CELL_BYTES], const cJSON *object, bool sign)
{
    double mean = e2l_json_value(object, "mean");
    double half = half_width(object);
    mean = fabs(mean) < 5e-5 ? 0.0 : mean; /* no "-0.0000" */
    const int decimals = decimals_of(mean, half);
    bool is_large = fabs(mean) >= 1e5 || half >= 1e5;
    if (!isfinite(mean)) {
        (void)snprintf(cell, E2L_CELL_BYTES, "-");
    } else if (!isfinite(half)) {
        /* one case: a mean without an interval */
        (void)snprintf(cell, E2L_CELL_BYTES, is_large ? (sign ? "%+.*g" : "%.*g") : (sign ? "%+.*f" : "%.*f"), is_large ? 3 : decimals, mean);
    } else if (is_large) {
        (void)snprintf(cell, E2L_CELL_BYTES, sign ? "%+.3g ± %.2g" : "%.3g ± %.2g", mean, half);
    } else {
        (void)snprintf(cell, E2L_CELL_BYTES, sign ? "%+.*f ± %.*f" : "%.*f ± %.*f", decimals, mean, decimals, half);
    }
}

/* A contender's cell: "12 of 200 ok" when some cases went wrong. */
static void put_score(char cell[E2L_CELL_BYTES], const cJSON *one, double n_cases)
{
    double n_ok = e2l_json_value(one, "n_ok");
    if (n_ok < n_cases) {
        (void)snprintf(cell, E2L_CELL_BYTES, "%.0f of %.0f ok", n_ok, n_cases);
    } else {
        e2l_cell_mean(cell, one, false);
    }
}

static void put_p(char cell[E2L_CELL_BYTES], double p)
{
    if (!isfinite(p)) {
        (void)snprintf(cell, E2L_CELL_BYTES, "-");
    } else {
        (void)snprintf(cell, E2L_CELL_BYTES, p < 0.001 ? "%.0e" : "%.3f", p);
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
    char champion[E2L_CELL_BYTES];
    char reference[E2L_CELL_BYTES];
    char difference[E2L_CELL_BYTES];
    put_score(champion, cJSON_GetObjectItemCaseSensitive(both, "champion"), n_cases);
    put_score(reference, cJSON_GetObjectItemCaseSensitive(both, "reference"), n_cases);
    e2l_cell_mean(difference, cJSON_GetObjectItemCaseSensitive(both, "paired"), true);
    (void)printf("  %-*.*s", NAME_WIDTH, NAME_WIDTH, name);
    (void)printf("%4.0f  ", n_cases);
    print_cell(champion, SCORE_WIDTH);
    print_cell(reference, SCORE_WIDTH);
    (void)printf("%s\n", difference);
}

static void print_set(const cJSON *set)
{
    const cJSON *retuned = cJSON_GetObjectItemCaseSensitive(set, "retuned");
    char name[E2L_CELL_BYTES];
    bool is_shift = strncmp(set->string, E2L_SET_SHIFT, strlen(E2L_SET_SHIFT)) == 0;
    (void)snprintf(name, sizeof name, "%s%.40s", is_shift ? "other " : "",
                   is_shift ? set->string + strlen(E2L_SET_SHIFT) : set->string);
    double n_cases = e2l_json_value(set, "n_cases");
    print_row(name, set, n_cases);
    if (retuned) {
        print_row("  eta re-tuned", retuned, n_cases);
    }
}

/* ---- does it hold? -----------------------------------------------------------------------------------*/
enum { FLAG_INDENT = 4 };

/* A paragraph naming the flagged sets; nothing when there are none. */
static void print_flag(const cJSON *sets, const char *words)
{
    const cJSON *set;
    char line[1024] = "";
    cJSON_ArrayForEach(set, sets)
    {
        const char *name = cJSON_GetStringValue(set);
        bool is_shift = name && strncmp(name, E2L_SET_SHIFT, strlen(E2L_SET_SHIFT)) == 0;
        size_t length = strlen(line);
        (void)snprintf(line + length, sizeof line - length, "%s%.60s", set == sets->child ? words : ", ",
                       is_shift ? name + strlen(E2L_SET_SHIFT) : name ? name : "");
    }
    if (line[0]) {
        (void)printf("  ! ");
        e2l_page_wrap(line, FLAG_INDENT, FLAG_INDENT);
    }
}

static void print_flags(const cJSON *champion)
{
    char words[128];
    const cJSON *flags = cJSON_GetObjectItemCaseSensitive(champion, "flags");
    (void)snprintf(words, sizeof words, "DOES NOT HOLD (loses more than %g, or cases) on: ",
                   e2l_json_value(champion, "tolerated_loss"));
    print_flag(cJSON_GetObjectItemCaseSensitive(flags, "lost"), words);
    print_flag(cJSON_GetObjectItemCaseSensitive(flags, "lost_unless_retuned"), "Holds only with eta tuned anew on: ");
    print_flag(cJSON_GetObjectItemCaseSensitive(flags, "lost_when_retuned"), "Loses when both have eta tuned anew on: ");
}

/* (mean - floor) / (reference - floor) on test. */
static void print_norm(const cJSON *test, const char *reference)
{
    const cJSON *pair = cJSON_GetObjectItemCaseSensitive(test, "score_norm_ci95");
    const cJSON *low = cJSON_GetArrayItem(pair, 0), *high = cJSON_GetArrayItem(pair, 1);
    double norm = e2l_json_value(test, "score_norm");
    char line[256];
    size_t n = 0;
    if (!isfinite(norm)) {
        return;
    }
    (void)snprintf(line, sizeof line, "Normalised test score (floor 0, %.60s 1): %.4f", reference, norm);
    n = strlen(line);
    if (cJSON_IsNumber(low) && cJSON_IsNumber(high)) {
        (void)snprintf(line + n, sizeof line - n, " [%.4f, %.4f]", low->valuedouble, high->valuedouble);
    }
    (void)printf("  ");
    e2l_page_wrap(line, 2, 2);
}

static void print_scores(const cJSON *champion)
{
    const cJSON *scores = cJSON_GetObjectItemCaseSensitive(champion, "scores");
    const cJSON *reference = cJSON_GetObjectItemCaseSensitive(champion, "reference");
    const cJSON *set;
    char p[E2L_CELL_BYTES];
    (void)printf("  %-*s%-*s%-*s%-*.16s%s\n", NAME_WIDTH, "cases", CASES_WIDTH, "   n", SCORE_WIDTH, "champion",
                 SCORE_WIDTH, e2l_json_word(reference, "name"), "difference");
    cJSON_ArrayForEach(set, scores)
    {
        print_set(set);
    }
    put_p(p, e2l_json_value(cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(scores, E2L_SET_TEST), "paired"),
                       "p"));
    (void)printf("\n  Means ± 95 %% intervals; differences are paired (test: Wilcoxon p = %s),\n"
                 "  over the cases where both are ok.\n",
                 p);
    (void)printf("  The search saw the search cases; select chose the champion; test is unseen.\n");
    print_norm(cJSON_GetObjectItemCaseSensitive(scores, E2L_SET_TEST), e2l_json_word(reference, "name"));
    print_flags(champion);
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
        print_labelled(is_first && is_only ? label : "", e2l_json_word(slot, "canonical"));
        (void)snprintf(facts, sizeof facts, "complexity %.0f, eta %g%s", e2l_json_value(slot, "complexity"),
                       e2l_json_value(slot, "eta"), found);
        print_labelled("", facts);
    }
}

static void print_simplification(const cJSON *simplification, bool names_slots)
{
    bool is_capped = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(simplification, "capped"));
    if (is_capped || cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(simplification, "steps")) > 0) {
        (void)printf("  %-*s", LABEL_WIDTH - 2, "simplified");
        e2l_simplification_page(simplification, LABEL_WIDTH, LABEL_WIDTH, names_slots);
    }
}

/* What the task says about the data, and whether the champion is the rule they hide. */
static void print_remarks(const cJSON *champion)
{
    const cJSON *remark;
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(champion, "solution"))) {
        (void)printf("  This is the hidden rule: the same formula, constants within 1 %%.\n");
    }
    cJSON_ArrayForEach(remark, cJSON_GetObjectItemCaseSensitive(champion, "remarks"))
    {
        (void)printf("  ");
        e2l_page_wrap(cJSON_IsString(remark) ? remark->valuestring : "", 2, FLAG_INDENT);
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
        (void)snprintf(found, sizeof found, ", found in generation %.0f of island %.0f", e2l_json_value(champion, "generation"),
                       e2l_json_value(champion, "island"));
        print_formulas("champion", slots, found);
        print_formulas(e2l_json_word(reference, "name"), cJSON_GetObjectItemCaseSensitive(reference, "slots"), "");
        print_simplification(cJSON_GetObjectItemCaseSensitive(champion, "simplification"), cJSON_GetArraySize(slots) > 1);
        (void)printf("\n");
        print_scores(champion);
        print_remarks(champion);
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
