/* regression_impl.h: what the files of the regression task share. Private to tasks/.

   regression_targets.c holds the table of known targets, regression_points.c makes points from one of them or from a
   table of the user's, regression_experiment.c says which network runs on them, regression_bind.c makes the record of
   given options, task_regression.c holds the record, the options and the score. */
#ifndef E2L_TASKS_REGRESSION_IMPL_H
#define E2L_TASKS_REGRESSION_IMPL_H

#include "substrate/json.h"
#include "tasks/csv.h"
#include "tasks/task.h"

enum { REGRESSION_MAX_INPUTS = 5 }; /* of a known target */

/* ---- known targets ------------------------------------------------------------------------------ */
typedef struct regression_range {
    double low, high;           /* points of search, select and test */
    double wide_low, wide_high; /* points of the shifted set "range" */
} regression_range;
typedef struct regression_target {
    const char *name;
    const char *formula;       /* in e2l's language */
    const char *const *inputs; /* NULL-terminated names */
    regression_range range;    /* of every input */
    const char *source;
} regression_target;
extern const regression_target regression_targets[];
extern const char *const regression_target_words[]; /* NULL-terminated names, in the same order */
extern const e2l_preset regression_presets[]; /* the same for people */
size_t regression_n_inputs(const regression_target *target);

/* ---- options ------------------------------------------------------------------------------------ */
typedef enum regression_sampling { REGRESSION_EVEN, REGRESSION_UNIFORM } regression_sampling;
typedef enum regression_error { REGRESSION_ABS, REGRESSION_SQUARE } regression_error;
typedef struct regression_options {
    int target;   /* index into regression_targets */
    char *data;   /* path of a CSV file, or NULL */
    char *target_column; /* NULL: the last one */
    double holdout;      /* share of the rows that the search does not see */
    uint64_t points;
    int sampling; /* regression_sampling */
    double noise;
    int error;    /* regression_error */
} regression_options;
extern const e2l_field regression_fields[];
extern const size_t regression_n_fields;

/* ---- points ------------------------------------------------------------------------------------- */
/* Column by column: columns[c * n + i], the target last. */
typedef struct regression_points {
    size_t n, n_columns;
    double *values; /* owned */
} regression_points;
void regression_points_clear(e2l_ctx *ctx, regression_points *points);

/* Where drawn points come from. */
typedef struct regression_source {
    regression_options options; /* texts borrowed */
    uint64_t seed;
    e2l_key settings; /* of the options that change the data, and the set */
    bool is_search, is_wide;
} regression_source;
/* Gives the points of case k. */
E2L_MUST_CHECK e2l_status regression_draw(e2l_ctx *ctx, regression_points *out, const regression_source *source,
                                          size_t k);
e2l_key regression_draw_key(const regression_source *source, size_t k);

/* A CSV table read for regression: every column a terminal but the target's. */
typedef struct regression_table {
    e2l_csv csv;
    size_t target; /* column */
    size_t *order; /* [csv.n_rows] owned: rows as dealt; the search's come first, then select's, then test's */
    size_t n_search, n_select, n_test;
} regression_table;
E2L_MUST_CHECK e2l_status regression_table_read(e2l_ctx *ctx, regression_table *out,
                                                const regression_options *options, uint64_t seed);
void regression_table_clear(e2l_ctx *ctx, regression_table *table);
/* Gives the rows order[first..first + n) as points, or in the order of the file when `in_file_order`. */
E2L_MUST_CHECK e2l_status regression_table_points(e2l_ctx *ctx, regression_points *out, const regression_table *table,
                                                  size_t first, size_t n, bool in_file_order);

/* ---- experiments -------------------------------------------------------------------------------- */
/* One step: a synapse per point keeps what the rule says there. */
typedef struct regression_experiment {
    e2l_experiment experiment; /* points into this struct and its arena: it never moves */
    e2l_array *arrays;         /* [n_inputs] */
    e2l_population populations[2];
    e2l_projection projection;
    e2l_slot slot;
    e2l_span span;
    const char *statement;
    e2l_arena *arena; /* owned */
} regression_experiment;
/* `unit` (a power of two) is what a weight of 1 stands for. */
E2L_MUST_CHECK e2l_status regression_experiment_create(e2l_ctx *ctx, regression_experiment **out,
                                                       const char *const *inputs, size_t n_inputs, size_t n_points,
                                                       double unit);
void regression_experiment_destroy(e2l_ctx *ctx, regression_experiment *experiment);

/* ---- record and family -------------------------------------------------------------------------- */
E2L_MUST_CHECK e2l_status regression_bind(e2l_ctx *ctx, e2l_task *record, e2l_arena *arena, const void *options,
                                          uint64_t task_seed);
extern const e2l_task_slot regression_slot; /* of the default target; its functions are those of every target */

struct e2l_family {
    regression_source source;
    bool has_table;
    regression_table table;
    const char **inputs; /* [n_inputs] owned list of borrowed names */
    size_t n_inputs;
    double unit;
    size_t first_row, n_rows;               /* of the table, in its order: the rows of this set */
    size_t n_cases;                         /* SIZE_MAX when drawn */
    regression_experiment *experiments[2];  /* owned; the second one: cases with one point less */
    size_t n_experiments;
    struct regression_cache *cache;         /* owned: points of the cases drawn so far; a family belongs to one thread */
};

#endif
