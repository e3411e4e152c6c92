/* second_order_impl.h: what the files of the task second_order_errors share. Private to tasks/.

   second_order_draw.c makes cases, second_order_experiment.c says which network runs on them, second_order_shift.c holds the shifted sets,
   second_order_reach.c what rules see, task_second_order_errors.c the record, the options and the score. */
#ifndef E2L_TASKS_SECOND_ORDER_IMPL_H
#define E2L_TASKS_SECOND_ORDER_IMPL_H

#include "cgp/number.h"
#include "tasks/drawn.h"

/* How the two classes differ. */
typedef enum second_order_kind { SECOND_ORDER_VARIANCE, SECOND_ORDER_XOR, SECOND_ORDER_MEAN, SECOND_ORDER_N_KINDS } second_order_kind;
typedef enum second_order_array { SECOND_ORDER_LABEL, SECOND_ORDER_DATA, SECOND_ORDER_N_ARRAYS } second_order_array;
typedef enum second_order_probe { SECOND_ORDER_RIGHT, SECOND_ORDER_SHARE, SECOND_ORDER_N_PROBES } second_order_probe;
typedef enum second_order_slot { SECOND_ORDER_SLOT_MEAN, SECOND_ORDER_SLOT_PRECISION, SECOND_ORDER_N_SLOTS } second_order_slot;
enum { SECOND_ORDER_CLASSES = 2 };

typedef struct second_order_options {
    e2l_word_list sets;        /* second_order_kind */
    uint64_t n, train, test;
    double contrast, noise, scale;
    double w_noise;
    double tau, inference, dt;
} second_order_options;
extern const char *const second_order_kinds[]; /* NULL-terminated */

/* Numbers of the network as texts; their lifetime is the experiment's. */
typedef enum second_order_text { SECOND_ORDER_TEXT_TAU, SECOND_ORDER_TEXT_W_NOISE, SECOND_ORDER_TEXT_TRAIN, SECOND_ORDER_N_TEXTS } second_order_text;
enum { SECOND_ORDER_N_POPULATIONS = 3, SECOND_ORDER_N_PROJECTIONS = 6, SECOND_ORDER_N_PARAMETERS = 3, SECOND_ORDER_N_SPANS = 2 };

typedef struct second_order_experiment {
    e2l_experiment experiment; /* points into this struct: it never moves */
    char texts[SECOND_ORDER_N_TEXTS][E2L_NUMBER_BYTES];
    e2l_binding parameters[SECOND_ORDER_N_PARAMETERS], tau;
    e2l_array arrays[SECOND_ORDER_N_ARRAYS];
    e2l_population populations[SECOND_ORDER_N_POPULATIONS];
    e2l_span spans[SECOND_ORDER_N_SPANS];
    e2l_layout layout; /* owned */
} second_order_experiment;
E2L_MUST_CHECK e2l_status second_order_experiment_create(e2l_ctx *ctx, second_order_experiment **out, const second_order_options *options);
void second_order_experiment_destroy(e2l_ctx *ctx, second_order_experiment *experiment);
/* NULL-terminated, by slot. */
extern const char *const second_order_mean_terminals[];
extern const char *const second_order_precision_terminals[];
/* Steps of dt in which an answer is inferred; 0: not a whole number. */
uint64_t second_order_inference_steps(const second_order_options *options);

extern const e2l_shifts second_order_shifts;
extern const char *const second_order_shift_names[]; /* NULL-terminated */

extern const e2l_task e2l_task_second_order_errors;
struct e2l_family {
    second_order_options options; /* as shifted */
    e2l_drawn drawn;
    second_order_experiment *network; /* owned */
};

second_order_kind second_order_draw_kind(const e2l_family *family, size_t k);
/* Rows [row0, row0 + n_rows) of case k, the training samples first: labels[row * 2 + class] (1 or 0) and data[row * n + input]; either may be
   NULL. */
E2L_MUST_CHECK e2l_status second_order_draw_rows(e2l_ctx *ctx, const e2l_family *family, size_t k, uint64_t row0, size_t n_rows, double *labels,
                                                 double *data);
/* e2l_task.reach. */
E2L_MUST_CHECK e2l_status second_order_reach(e2l_ctx *ctx, const e2l_family *family, size_t slot, size_t n, double *const *inputs);

#endif
