/* pca_impl.h: what the files of the PCA task share. Private to tasks/.

   pca_draw.c makes cases from the family's distribution, pca_file.c reads them from a file, pca_experiment.c says
   which network runs on them, task_pca.c holds the record, the options and the score. */
#ifndef E2L_TASKS_PCA_IMPL_H
#define E2L_TASKS_PCA_IMPL_H

#include "tasks/drawn.h"

typedef enum pca_orientation { PCA_RANDOM, PCA_AXIS, PCA_DIAG, PCA_MIXED, PCA_N_ORIENTATIONS } pca_orientation;
typedef enum pca_inputs { PCA_GAUSSIAN, PCA_UNIFORM, PCA_LAPLACE } pca_inputs;
typedef enum pca_start { PCA_SPHERE, PCA_CUBE } pca_start;
typedef enum pca_metric { PCA_ANGLE, PCA_FINAL, PCA_VARIANCE } pca_metric;
/* The arrays of every PCA experiment, in this order. */
typedef enum pca_array { PCA_ARRAY_SAMPLES, PCA_ARRAY_W0, PCA_ARRAY_PC1, PCA_N_ARRAYS } pca_array;

typedef struct pca_options {
    uint64_t n;
    e2l_word_list orientation;
    double ratio;  /* lambda_2 / lambda_1 */
    double scale;  /* lambda_1 */
    int inputs;    /* pca_inputs */
    uint64_t samples;
    int start;     /* pca_start */
    double w0_norm;
    int metric;    /* pca_metric */
    e2l_number_list alpha; /* one, or none: the data file's or the default */
    char *data;    /* path, or NULL */
} pca_options;
extern const char *const pca_orientation_words[];

/* The distribution cases are drawn from: everything a case depends on. */
typedef struct pca_source {
    pca_options options; /* as shifted; texts borrowed */
    e2l_drawn drawn;
} pca_source;

extern const e2l_shifts pca_shifts;
extern const char *const pca_shift_names[]; /* NULL-terminated */

pca_orientation pca_draw_orientation(const pca_source *source, size_t k);
/* First component of case k: unit vector, out[n]. */
void pca_draw_component(const pca_source *source, size_t k, double *out);
void pca_draw_start(const pca_source *source, size_t k, double *out);
/* Rows [step0, step0 + n_steps) of the samples of case k: out[row * n + i]. */
E2L_MUST_CHECK e2l_status pca_draw_samples(e2l_ctx *ctx, const pca_source *source, size_t k, uint64_t step0,
                                           size_t n_steps, double *out);
e2l_key pca_draw_key(const pca_source *source, size_t k);

/* ---- data files --------------------------------------------------------------------------------- */
typedef struct pca_case {
    const char *name;
    size_t n, n_steps;
    const double *samples; /* [t * n + i] */
    const double *w0;      /* [n] */
    const double *pc1;     /* [n], unit */
    e2l_key key;           /* of the three arrays */
} pca_case;
typedef struct pca_file {
    double eta, alpha; /* NaN: not given */
    size_t n_cases;
    pca_case *cases;   /* with all they point to in the arena */
    e2l_arena *arena;  /* owned */
} pca_file;
/* `text` is the document, `where` names it in messages. */
E2L_MUST_CHECK e2l_status pca_file_parse(e2l_ctx *ctx, pca_file *out, const char *text, size_t length,
                                         const char *where);
E2L_MUST_CHECK e2l_status pca_file_read(e2l_ctx *ctx, pca_file *out, const char *path);
void pca_file_clear(pca_file *file);
/* Top eigenvector of (1/T) sum_t x_t x_t', unit, first nonzero component positive. */
E2L_MUST_CHECK e2l_status pca_top_component(e2l_ctx *ctx, const double *samples, size_t n, size_t n_steps,
                                            double *out);
/* Scales to unit length; false for a zero vector. */
bool pca_normalise(double *v, size_t n, double length);

/* ---- experiments -------------------------------------------------------------------------------- */
typedef struct pca_experiment {
    e2l_experiment experiment; /* points into this struct: it never moves */
    e2l_array arrays[PCA_N_ARRAYS];
    e2l_population populations[2];
    e2l_span span;
    e2l_layout layout; /* owned */
} pca_experiment;
typedef enum pca_probe { PCA_PROBE_COS, PCA_PROBE_W_END, PCA_N_PROBES } pca_probe;
E2L_MUST_CHECK e2l_status pca_experiment_create(e2l_ctx *ctx, pca_experiment **out, size_t n, size_t n_steps);
void pca_experiment_destroy(e2l_ctx *ctx, pca_experiment *experiment);
extern const char *const pca_terminals[]; /* NULL-terminated, with the bindings the experiment uses */

/* ---- the family --------------------------------------------------------------------------------- */
extern const e2l_task e2l_task_pca;
struct e2l_family {
    pca_source source;
    double alpha;
    bool has_file;
    pca_file file;
    size_t first, stride, n_cases; /* case k of the set is case first + k * stride of the file */
    pca_experiment **experiments;  /* [n_experiments], owned */
    size_t n_experiments;
    size_t *experiment_of;         /* [n_cases] with a file, else NULL */
    double *component;             /* [n] without a file: scratch of score; a family belongs to one thread */
};
/* e2l_task.reach: x, w and y. */
E2L_MUST_CHECK e2l_status pca_reach(e2l_ctx *ctx, const e2l_family *family, size_t slot, size_t n,
                                    double *const *inputs);
void pca_score(const e2l_family *family, size_t k, const e2l_recording *recording, e2l_score *out);

#endif
