/* custom_impl.h: the inside of the task `custom`: a network, its cases and its score from the user's file. */
#ifndef E2L_TASKS_CUSTOM_IMPL_H
#define E2L_TASKS_CUSTOM_IMPL_H

#include <cjson/cJSON.h>

#include "tasks/dataset.h"
#include "tasks/task.h"

enum { CUSTOM_MAX_ARRAYS = 24, CUSTOM_MAX_REFERENCES = 32 };

typedef struct custom_options {
    char *file;               /* NULL: the built-in example */
    e2l_text_list parameters; /* "name=number" */
} custom_options;

/* What a name in a formula of the file stands for. */
typedef enum custom_kind {
    CUSTOM_INDEX,     /* i: number of the element */
    CUSTOM_ROW,       /* row, step: number of the row */
    CUSTOM_NORMAL,    /* a standard normal number of (case, array, row, element) */
    CUSTOM_UNIFORM,   /* uniform in (0, 1), likewise */
    CUSTOM_PARAMETER, /* value of parameter `at` */
    CUSTOM_ARRAY,     /* array `at`, same row and element */
    CUSTOM_PROBE      /* what probe `at` recorded */
} custom_kind;
typedef enum custom_fold { CUSTOM_VALUE, CUSTOM_SUM, CUSTOM_MEAN, CUSTOM_NORM, CUSTOM_MAX, CUSTOM_MIN } custom_fold;
typedef struct custom_ref {
    custom_kind kind;
    size_t at;
    custom_fold fold; /* over all elements of a row (array), or of all looks (probe); VALUE: the element itself */
} custom_ref;

typedef struct custom_formula {
    e2l_expr *expr;   /* owned */
    custom_ref *refs; /* [names of expr], in the arena */
} custom_formula;

/* Rows of numbers from a file or from the network file itself. */
typedef struct custom_table {
    size_t n_rows, n_columns;
    double *values; /* in the arena; [row * n_columns + column] */
} custom_table;

enum { CUSTOM_COLUMNS = 3 }; /* time, index; or source, target, value */
typedef struct custom_source {
    custom_formula formula; /* expr NULL: columns, the data set or the table */
    custom_formula columns[CUSTOM_COLUMNS]; /* of a list of events or edges; expr NULL: the data set or the table */
    const e2l_dataset *dataset;             /* NULL: the table */
    custom_table table;
    size_t rows_per_case;
    size_t *chosen; /* columns of the data set, [size of a row]; in the arena */
} custom_source;

typedef struct custom_measure {
    const char *name;
    custom_formula formula;
} custom_measure;

typedef struct custom_file {
    e2l_ctx *ctx;
    e2l_arena *arena;  /* borrowed: texts, bindings, tables */
    const char *where; /* the path */
    const char *folder; /* with its slash, "" for the working directory */
    cJSON *json;       /* owned */
    e2l_experiment experiment;
    e2l_layout layout; /* owned */
    double *parameters; /* values */
    custom_source *sources; /* [n_arrays] */
    custom_formula score;
    custom_measure measures[E2L_MAX_MEASURES];
    size_t n_measures;
    double eta, best, tolerated_loss; /* eta: NaN, best: HUGE_VAL, tolerated_loss: 0 when not given */
    e2l_text problems; /* owned: a line each */
    size_t n_problems;
    bool is_read;      /* the experiment is there, whatever is wrong with it */
    bool is_whole;     /* nothing is wrong with it */
    void *work;   /* owned: for score and measures */
    e2l_key key;  /* of everything the file and its data say */
} custom_file;

extern const char *const custom_example;

/* Reads the file of the options (or the example), with the parameters of the options and those of the shifted set on top. Needs
   custom_file_clear, also after a failure. */
E2L_MUST_CHECK e2l_status custom_file_read(e2l_ctx *ctx, e2l_arena *arena, const custom_options *options, const char *set,
                                           custom_file *out);
/* The same for a text in memory. */
E2L_MUST_CHECK e2l_status custom_file_parse(e2l_ctx *ctx, e2l_arena *arena, const char *text, size_t length, const char *where,
                                            const custom_options *options, const char *set, custom_file *out);
void custom_file_clear(custom_file *file);
/* Wrong input becomes lines of file->problems, and E2L_OK; anything else is handed on. */
E2L_MUST_CHECK e2l_status custom_note(custom_file *file, e2l_status status);
/* E2L_INPUT with all problems, if there are any. */
E2L_MUST_CHECK e2l_status custom_report(custom_file *file);
E2L_MUST_CHECK e2l_status custom_bind(e2l_ctx *ctx, e2l_task *record, e2l_arena *arena, const void *options, uint64_t task_seed);

/* A formula for array `array`, or (n_arrays) over probes. */
E2L_MUST_CHECK e2l_status custom_formula_read(custom_file *file, const cJSON *json, size_t array, const char *place, custom_formula *out);
/* Where array `array` comes from: the member of "case". */
E2L_MUST_CHECK e2l_status custom_source_read(custom_file *file, const cJSON *json, size_t array);

/* Rows [row0, row0 + n_rows) of an array of the case with this key; `block` is the case's number among those of its set's data. */
typedef struct custom_draw {
    const custom_file *file;
    e2l_key key;
    size_t set, k; /* 0 search, 1 select, 2 others; number of the case */
} custom_draw;
E2L_MUST_CHECK e2l_status custom_fill(e2l_ctx *ctx, const custom_draw *draw, size_t array, uint64_t row0, size_t n_rows, double *out);
/* Value of a formula over probes. */
double custom_value(const custom_file *file, const custom_formula *formula, const double *recorded);

#endif
