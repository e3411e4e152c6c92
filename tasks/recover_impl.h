/* recover_impl.h: what the files of the recovery task share. Private to tasks/.

   recover_draw.c runs a teacher, recover_file.c reads recordings of one's own, recover_experiment.c says which student is run
   on them, recover_score.c compares, recover_taylor.c and recover_remarks.c say what the data can tell at all,
   recover_match.c whether a rule is the teacher's; task_recover.c holds the record and the options. */
#ifndef E2L_TASKS_RECOVER_IMPL_H
#define E2L_TASKS_RECOVER_IMPL_H

#include "tasks/drawn.h"
#include "tasks/recover.h"

typedef enum recover_inputs { RECOVER_GAUSSIAN, RECOVER_UNIFORM, RECOVER_BINARY } recover_inputs;
typedef enum recover_observe { RECOVER_WEIGHTS, RECOVER_ACTIVITY, RECOVER_BOTH } recover_observe;
typedef enum recover_start { RECOVER_KNOWN, RECOVER_RECORDED } recover_start;
/* The arrays of every recovery experiment, in this order. */
typedef enum recover_array {
    RECOVER_X,      /* [step][n] inputs */
    RECOVER_NOW,    /* [step][n] recorded weights before the step */
    RECOVER_NEXT,   /* [step][n] recorded weights after it */
    RECOVER_SEEN,   /* [step][n] 1 where those were recorded and are compared */
    RECOVER_REWARD, /* [step] */
    RECOVER_SYNC,   /* [step] 1: the student takes the recorded weights over */
    RECOVER_CLAMP,  /* [step] 1: the student's activity is the recorded one */
    RECOVER_Y,      /* [step] recorded activity */
    RECOVER_Y_SEEN, /* [step] 1 where it was recorded and is compared */
    RECOVER_W0,     /* [n] */
    RECOVER_N_ARRAYS
} recover_array;

typedef struct recover_options {
    char *teacher; /* a name or a formula */
    uint64_t n, steps;
    double rate, mean, sd;
    int inputs;      /* recover_inputs */
    double reward;   /* rewards are uniform on [0, reward] */
    double w0;
    double noise, gaps;
    uint64_t every;
    int start;       /* recover_start */
    int observe;     /* recover_observe */
    uint64_t window;
    char *data;      /* path, or NULL */
} recover_options;

/* One recording: T = n_steps updates, T + 1 rows of weights, zeros in gaps. */
typedef struct recover_recording {
    char name[E2L_CASE_NAME_BYTES];
    size_t n, n_steps;
    double *x;      /* [T * n] */
    double *reward; /* [T] */
    double *w;      /* [(T + 1) * n] as recorded */
    double *w_seen; /* [(T + 1) * n] 1 or 0 */
    double *y;      /* [T] as recorded */
    double *y_seen; /* [T] */
    double *sync;   /* [T] */
    double *zeros;  /* [T] */
    double still;   /* square error of weights that never change: the unit of the score */
    size_t n_compared;
    size_t n_cut;   /* rows not recorded because the teacher had diverged */
    e2l_key key;    /* of all of the above */
} recover_recording;
E2L_MUST_CHECK e2l_status recover_recording_create(e2l_ctx *ctx, recover_recording **out, size_t n, size_t n_steps);
void recover_recording_destroy(e2l_ctx *ctx, recover_recording *recording);
/* Once x, reward, w, y and what was seen are known: when the student is set, the unit of the score, the key. */
void recover_recording_finish(recover_recording *recording, const recover_options *options);
/* sum of a[i] * b[i] as networks sum: eight partial sums over i mod 8, combined as a fixed tree. */
double recover_dot(const double *a, const double *b, size_t n);

/* ---- experiments -------------------------------------------------------------------------------- */
typedef struct recover_experiment {
    e2l_experiment experiment; /* points into this struct: it never moves */
    e2l_array arrays[RECOVER_N_ARRAYS];
    e2l_population populations[3];
    e2l_span span;
    e2l_layout layout; /* owned */
} recover_experiment;
E2L_MUST_CHECK e2l_status recover_experiment_create(e2l_ctx *ctx, recover_experiment **out, size_t n, size_t n_steps,
                                                    int observe);
void recover_experiment_destroy(e2l_ctx *ctx, recover_experiment *experiment);
extern const char *const recover_terminals[]; /* NULL-terminated, with the bindings the experiment uses */

/* ---- the family --------------------------------------------------------------------------------- */

/* Recordings made so far; a family belongs to one thread, so drawing may keep what it drew. */
typedef struct recover_store {
    recover_recording **at; /* [room], NULL where not drawn yet */
    size_t room;
} recover_store;

extern const e2l_task e2l_task_recover;
struct e2l_family {
    recover_options options;       /* as shifted; texts borrowed */
    e2l_drawn drawn;
    e2l_expr *teacher;             /* owned; NULL with a data file */
    bool has_file, has_reward; /* has_reward: rules see r */
    recover_recording **file;      /* [n_file] owned: all of the file */
    size_t n_file;
    size_t first, stride, n_cases; /* case k of the set is recording first + k * stride of the file */
    recover_store *store;          /* owned: drawn recordings */
    recover_experiment **experiments; /* [n_experiments] owned */
    size_t n_experiments;
};
/* The rule called `text`, or the rule it is. */
E2L_MUST_CHECK e2l_status recover_teacher_parse(e2l_ctx *ctx, e2l_expr **out, const char *text);
/* Recording k of the family's distribution: gives *out. */
E2L_MUST_CHECK e2l_status recover_draw(e2l_ctx *ctx, recover_recording **out, const e2l_family *family, size_t k);
/* Reads the file into family->file. */
E2L_MUST_CHECK e2l_status recover_file_read(e2l_ctx *ctx, e2l_family *family, const char *path);
/* The recording of case k, drawn when needed; borrowed from the family. */
E2L_MUST_CHECK e2l_status recover_case(e2l_ctx *ctx, const recover_recording **out, const e2l_family *family, size_t k);
void recover_score(const e2l_family *family, size_t k, const e2l_recording *recording, e2l_score *out);
E2L_MUST_CHECK e2l_status recover_remarks(e2l_ctx *ctx, const e2l_family *family, size_t n_cases, e2l_text *out);
E2L_MUST_CHECK e2l_status recover_is_solution(e2l_ctx *ctx, const void *options, const e2l_expr *const *rules, bool *out);

#endif
