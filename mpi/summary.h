/* summary.h: what a run found, for people: the champion, its scores beside the reference's, where the folder is. */
#ifndef E2L_MPI_SUMMARY_H
#define E2L_MPI_SUMMARY_H

#include <cjson/cJSON.h>

#include "cgp/base.h"

/* DIR/champion.json, an object. Gives *out (e2l_json_free); NULL after a failure. */
E2L_MUST_CHECK e2l_status e2l_champion_read(e2l_ctx *ctx, const char *dir, cJSON **out);
/* Reads DIR/champion.json and prints it on standard output, at most 80 columns wide. */
E2L_MUST_CHECK e2l_status e2l_summary_show(e2l_ctx *ctx, const char *dir);
/* The same of a champion.json that was read; `dir` for the last lines. */
void e2l_summary_print(const cJSON *champion, const char *dir);

/* Members of such files: NaN, "" where they are missing. */
double e2l_json_value(const cJSON *object, const char *key);
const char *e2l_json_word(const cJSON *object, const char *key);
enum { E2L_CELL_BYTES = 64 };
/* An object with mean and ci95: "0.97241 ± 0.00312"; "0.97241" without an interval, "-" without a value. `sign`: always with one. */
void e2l_cell_mean(char cell[E2L_CELL_BYTES], const cJSON *object, bool sign);

#endif
