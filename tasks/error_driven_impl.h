/* error_driven_impl.h: what the files of the task error_driven share. Private to tasks/.

   error_driven_draw.c makes cases, error_driven_experiment.c says which network runs on them, error_driven_shift.c holds the shifted sets,
   error_driven_reach.c what a rule sees, task_error_driven.c the record, the options and the score. */
#ifndef E2L_TASKS_ERROR_DRIVEN_IMPL_H
#define E2L_TASKS_ERROR_DRIVEN_IMPL_H

#include "cgp/number.h"
#include "tasks/drawn.h"

typedef enum error_sign { ERROR_SIGN_RANDOM, ERROR_SIGN_UP, ERROR_SIGN_DOWN } error_sign;
typedef enum error_array { ERROR_ARRAY_SPIKES, ERROR_ARRAY_TEACHER, ERROR_N_ARRAYS } error_array;
typedef enum error_probe { ERROR_PROBE_MSE, ERROR_PROBE_W_END, ERROR_N_PROBES } error_probe;

typedef struct error_options {
    uint64_t n;
    double rate_low, rate_high;    /* Hz */
    double spread, offset;         /* pA */
    int sign;                      /* error_sign */
    double w0;                     /* pA */
    double duration, dt, hold;     /* ms */
    double settle;                 /* share of the run that is not scored */
    double tau_i, tau_m, tau_syn;  /* ms */
} error_options;

#define ERROR_CAPACITY_PF 250.0 /* of both membranes: NEST's iaf_psc_exp, as published */

/* Numbers of the network as texts; their lifetime is the experiment's. */
typedef enum error_text {
    ERROR_TEXT_W0, ERROR_TEXT_HOLD, ERROR_TEXT_TAU_I, ERROR_TEXT_TAU_M, ERROR_TEXT_TAU_SYN, ERROR_TEXT_R_M, ERROR_N_TEXTS
} error_text;
enum { ERROR_N_POPULATIONS = 4, ERROR_N_PROJECTIONS = 3, ERROR_N_MEMBRANE = 3 };

typedef struct error_experiment {
    e2l_experiment experiment; /* points into this struct: it never moves */
    char texts[ERROR_N_TEXTS][E2L_NUMBER_BYTES];
    e2l_binding parameter;     /* w0 */
    e2l_binding membrane[ERROR_N_MEMBRANE], induction[ERROR_N_MEMBRANE + 1], sampling;
    e2l_array arrays[ERROR_N_ARRAYS];
    e2l_population populations[ERROR_N_POPULATIONS];
    e2l_projection projections[ERROR_N_PROJECTIONS];
    e2l_span spans[2];
    e2l_layout layout; /* owned */
} error_experiment;
E2L_MUST_CHECK e2l_status error_experiment_create(e2l_ctx *ctx, error_experiment **out, const error_options *options);
void error_experiment_destroy(e2l_ctx *ctx, error_experiment *experiment);
extern const char *const error_terminals[]; /* NULL-terminated */

extern const e2l_shifts error_shifts;
extern const char *const error_shift_names[]; /* NULL-terminated */

extern const e2l_task e2l_task_error_driven;
struct e2l_family {
    error_options options; /* as shifted */
    e2l_drawn drawn;
    uint64_t n_steps;
    error_experiment *network; /* owned */
    double *scratch;           /* [n] owned, for the score; a family belongs to one thread */
};

/* Steps in `duration` when it is a whole number of dt (to a part in 1e9), else 0. */
uint64_t error_steps(double duration, double dt);
/* Whether the teacher of case k is shifted up. */
bool error_draw_is_up(const e2l_family *family, size_t k);
/* Teacher's weights: out[n], pA. */
void error_draw_teacher(const e2l_family *family, size_t k, double *out);
/* Spikes in steps [step0, step0 + n_steps): out[step * n + input]. */
void error_draw_spikes(const e2l_family *family, size_t k, uint64_t step0, size_t n_steps, double *out);
e2l_key error_draw_key(const e2l_family *family, size_t k);
/* e2l_task.reach. */
E2L_MUST_CHECK e2l_status error_reach(e2l_ctx *ctx, const e2l_family *family, size_t slot, size_t n, double *const *inputs);

#endif
