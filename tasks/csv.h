/* csv.h: tables of numbers from comma-separated files: one header line of column names, then rows of finite numbers.

   Lines end in LF, CRLF or CR; a byte order mark, empty lines and lines that begin with # are skipped; cells may stand
   in double quotes ("" for a quote inside, no line end inside); blanks around a cell do not count. Everything else
   (ragged rows, words, nan and inf, overflow, names missing or given twice) is an error with file, line and column. */
#ifndef E2L_TASKS_CSV_H
#define E2L_TASKS_CSV_H

#include "cgp/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { E2L_CSV_MAX_COLUMNS = 1024, E2L_CSV_NAME_BYTES = 64 };

typedef enum e2l_csv_gaps {
    E2L_CSV_FULL, /* an empty cell is an error */
    E2L_CSV_GAPS  /* an empty cell is a gap: NaN in `values` */
} e2l_csv_gaps;

typedef struct e2l_csv {
    char *where;       /* owned: the path, for messages */
    size_t n_columns;
    char **names;      /* [n_columns] owned, in the order of the file: printable ASCII, 1 to 63 bytes */
    size_t n_rows;     /* at least 1 */
    double *values;    /* [row * n_columns + column] owned, finite or (gaps allowed) NaN */
    uint64_t *lines;   /* [n_rows] owned: line of the file a row stands on, from 1 */
} e2l_csv;

/* Reads the file at `path`. Gives what `out` points to: e2l_csv_clear; zeroed on failure.
   E2L_INPUT for a wrong file, E2L_IO when reading fails, E2L_NOMEM. Linear in the size of the file. */
E2L_MUST_CHECK e2l_status e2l_csv_read(e2l_ctx *ctx, e2l_csv *out, const char *path, e2l_csv_gaps gaps);
/* The same for a text in memory; `where` names it in messages. */
E2L_MUST_CHECK e2l_status e2l_csv_parse(e2l_ctx *ctx, e2l_csv *out, const char *text, size_t length,
                                        const char *where, e2l_csv_gaps gaps);
void e2l_csv_clear(e2l_ctx *ctx, e2l_csv *table);

/* The column called `name`; E2L_INPUT with the nearest name when there is none. */
E2L_MUST_CHECK e2l_status e2l_csv_column(e2l_ctx *ctx, size_t *column, const e2l_csv *table, const char *name);
/* n_columns when there is none. */
size_t e2l_csv_find(const e2l_csv *table, const char *name);
double e2l_csv_at(const e2l_csv *table, size_t row, size_t column);

#ifdef __cplusplus
}
#endif
#endif
