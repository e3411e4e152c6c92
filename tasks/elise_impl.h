/* elise_impl.h: what the files of the sequence replay task share. Private to tasks/.

   elise_file.c reads a pattern, elise_draw.c draws patterns and networks, elise_experiment.c says which network learns them,
   elise_score.c compares the replay with the pattern, elise_shift.c holds the shifted sets; task_elise_replay.c holds the record and the options. */
#ifndef E2L_TASKS_ELISE_IMPL_H
#define E2L_TASKS_ELISE_IMPL_H

#include "tasks/drawn.h"

enum { ELISE_MOST_NEURONS = 1000, ELISE_MOST_SLOTS = 1000 };

typedef struct elise_options {
    uint64_t visible, slots, latent;
    uint64_t cycles, free_every, replay;
    double nudging;                     /* lambda */
    double speed;                       /* learning rates over the published ones */
    double visible_rate, latent_rate;   /* of synapses between visible neurons, and onto latent ones, over the learning rate */
    bool plastic;                       /* in the replay as well */
    double p0, p, q;                    /* growth of the scaffold */
    double noise, clamp_ms, clamp_mv;
    double dt;
    char *pattern; /* path, or NULL */
} elise_options;

/* A sequence: which visible neuron is active in which slot. */
typedef struct elise_pattern {
    size_t visible, slots;
    uint8_t *active; /* [i_visible * slots + i_slot] 0 or 1, owned */
} elise_pattern;
/* Rows of 0 and 1 between blanks, one row per neuron; empty lines and lines that begin with # are left out. `where` names the text
   in messages. Gives out->active: elise_pattern_clear. E2L_INPUT with line and column. */
E2L_MUST_CHECK e2l_status elise_pattern_parse(e2l_ctx *ctx, elise_pattern *out, const char *text, size_t length, const char *where);
E2L_MUST_CHECK e2l_status elise_pattern_read(e2l_ctx *ctx, elise_pattern *out, const char *path);
void elise_pattern_clear(e2l_ctx *ctx, elise_pattern *pattern);

/* The distribution cases are drawn from: everything a case depends on. */
typedef struct elise_source {
    elise_options options; /* as shifted; texts borrowed */
    e2l_drawn drawn;
    elise_pattern given;   /* active NULL: patterns are drawn */
    size_t visible, slots, n; /* n = visible + latent */
    size_t slot_steps, period, every; /* steps of a slot, of a cycle, between two looks at the replay */
} elise_source;

/* The arrays of the experiments, in this order; the last two only where the options ask for them. */
typedef enum elise_array {
    ELISE_TEACHER_EXC, /* [period + 1][n] 1/ms; the last row is 0: no teacher */
    ELISE_TEACHER_INH,
    ELISE_W0,        /* [n * n] mV, index i_post * n + i_pre */
    ELISE_SCAFFOLD,  /* [n * n] number of somatic connections */
    ELISE_DELAY,     /* [n] ms, per source */
    ELISE_DELAY_EXC,
    ELISE_DELAY_INH,
    ELISE_CLAMP,     /* [2][n]: nobody, the visible neurons */
    ELISE_NOISE,     /* [step][n] mV/ms */
    ELISE_N_ARRAYS
} elise_array;

/* Which neuron is active when in case k: out[visible * slots]. */
void elise_draw_pattern(const elise_source *source, size_t k, uint8_t *out);
/* How far the target is from rest, 0 to 1, in steps step0, step0 + stride, .. of the cycle: out[row * visible + i]. The target
   potential is E_l + 20 mV times that. */
void elise_draw_target(const elise_source *source, const uint8_t *active, size_t step0, size_t stride, size_t n_rows, double *out);
/* Their rates: activation to rate in place. */
void elise_target_rates(size_t n, double *activations);
E2L_MUST_CHECK e2l_status elise_draw_rows(e2l_ctx *ctx, const elise_source *source, size_t k, elise_array array, uint64_t step0,
                                          size_t n_rows, double *out);
e2l_key elise_draw_key(const elise_source *source, size_t k);
/* 1 / (1 + exp(-z)) in place, the same bits on every machine. */
void elise_sigmoid(size_t n, double *z);

/* ---- experiments -------------------------------------------------------------------------------- */
typedef struct elise_experiment elise_experiment;
E2L_MUST_CHECK e2l_status elise_experiment_create(e2l_ctx *ctx, elise_experiment **out, const elise_source *source);
void elise_experiment_destroy(e2l_ctx *ctx, elise_experiment *experiment);
const e2l_experiment *elise_experiment_get(const elise_experiment *experiment);
/* Which array number k of the experiment is. */
elise_array elise_experiment_array(const elise_experiment *experiment, size_t k);
extern const char *const elise_terminals[]; /* NULL-terminated, with the bindings the experiment uses */

/* ---- the family --------------------------------------------------------------------------------- */

/* What scoring needs: rows of one neuron each, so that shifts run over contiguous numbers. */
typedef struct elise_scratch {
    uint8_t *active;  /* [visible * slots] */
    double *target;   /* [looks of a cycle * visible] */
    double *replay;   /* [2 * looks] one neuron */
    double *errors;   /* [looks] square error by shift */
} elise_scratch;

extern const e2l_task e2l_task_elise_replay;
extern const e2l_shifts elise_shifts;
extern const char *const elise_shift_names[]; /* NULL-terminated */
struct e2l_family {
    elise_source source;
    elise_experiment *experiment; /* owned */
    elise_scratch *scratch;       /* a family belongs to one thread */
};
/* The recording: looks of the first cycle of the replay, then of its last two, each [n]. */
void elise_score(const e2l_family *family, size_t k, const e2l_recording *recording, e2l_score *out);
/* e2l_task.reach. */
E2L_MUST_CHECK e2l_status elise_reach(e2l_ctx *ctx, const e2l_family *family, size_t slot, size_t n, double *const *inputs);

#endif
