/* task.h: a family of cases with a score.

   One record per task: tasks/task_NAME.c defines `const e2l_task e2l_task_NAME`. A task says which network to run on
   what and scores what came out; it does not know which substrate runs it. */
#ifndef E2L_TASKS_TASK_H
#define E2L_TASKS_TASK_H

#include "cgp/field.h"
#include "substrate/experiment.h"
#include "substrate/substrate.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Names of case sets: "search", "select", "test", "shift:NAME"; "all" for data files. */
#define E2L_SET_SEARCH "search"
#define E2L_SET_SELECT "select"
#define E2L_SET_TEST "test"
#define E2L_SET_ALL "all"
#define E2L_SET_SHIFT "shift:"

enum { E2L_MAX_MEASURES = 8, E2L_MAX_SLOTS = 8, E2L_CASE_NAME_BYTES = 64 };

typedef struct e2l_task_slot {
    const char *name;
    const char *const *terminals; /* NULL-terminated, the order of the genome's inputs */
    const char *const *functions; /* NULL-terminated: default function set of a search */
    const char *about;
} e2l_task_slot;

typedef struct e2l_reference {
    const char *name;         /* "oja": RULE `name:oja` */
    const char *const *rules; /* one text per slot */
    const char *about;        /* with source */
} e2l_reference;

typedef struct e2l_score {
    e2l_outcome outcome;
    double value; /* larger is better; 0 unless ok */
    uint64_t step;
    double measures[E2L_MAX_MEASURES]; /* NaN when unknown */
} e2l_score;

/* Begins the score of a case: the recording's outcome, no measure known. False: the case did not run to its end, and this is its score. */
bool e2l_score_begin(e2l_score *out, const e2l_recording *recording);

/* A setting with a name: what it stands for, and where that is from. */
typedef struct e2l_preset {
    const char *name, *about, *source;
} e2l_preset;

/* An open task for one case set: owns its experiments and data. Each task has its own struct behind it. */
typedef struct e2l_family e2l_family;

typedef struct e2l_task e2l_task;
struct e2l_task {
    uint32_t abi; /* E2L_TASK_ABI */
    size_t struct_size;
    const char *name, *summary, *source;
    const e2l_field *fields; /* options, all with defaults; "cases", "seed" and "eta" are common ones, see below */
    size_t n_fields;
    size_t options_size;
    const e2l_task_slot *slots;
    size_t n_slots;
    const e2l_reference *references; /* the first one is what results are compared with */
    size_t n_references;
    const char *const *blind; /* NULL-terminated texts of data-blind rules for the floor (all slots), beside "0" */
    const char *const *measures; /* NULL-terminated */
    const char *const *shifts;   /* NULL-terminated names of shifted sets */
    double eta;                  /* default learning rate */
    size_t smoke_cases;          /* cases that make a quick but meaningful test */
    /* No case can score more; HUGE_VAL: no bound known. NULL: none for any options. Racing rests on it. */
    double (*best)(const e2l_family *family);
    /* Inputs a rule of this slot really meets: inputs[t][k], terminal t (in the slot's order) of vector k < n. Rules that agree on all
       of them are one rule to search.cache "probes". NULL: standard normal numbers are taken. */
    e2l_status (*reach)(e2l_ctx *ctx, const e2l_family *family, size_t slot, size_t n, double *const *inputs);

    /* `options` is borrowed until close. */
    e2l_status (*open)(e2l_ctx *ctx, e2l_family **out, const void *options, uint64_t task_seed,
                       const char *set);
    void (*close)(e2l_ctx *ctx, e2l_family *family);
    size_t (*n_experiments)(const e2l_family *family);
    const e2l_experiment *(*experiment)(const e2l_family *family, size_t k);
    /* Cases there are: SIZE_MAX when they are drawn from a distribution. */
    size_t (*n_cases)(const e2l_family *family);
    /* Learning rate the data asks for; NaN: none. */
    double (*data_eta)(const e2l_family *family);
    /* Case k: which experiment it is an instance of, its arrays, its name. Pure function of (family, k). */
    e2l_status (*draw)(e2l_ctx *ctx, const e2l_family *family, size_t k, size_t *experiment, e2l_case *out,
                       char name[E2L_CASE_NAME_BYTES]);
    /* Turns a recording of case k (laid out as e2l_experiment_check says) into a score. */
    void (*score)(const e2l_family *family, size_t k, const e2l_recording *recording, e2l_score *out);
    /* Optional. In words, a line each: what the first n_cases cases of an open family can tell at all. */
    e2l_status (*remarks)(e2l_ctx *ctx, const e2l_family *family, size_t n_cases, e2l_text *out);
    /* Optional. Whether rules[slot] are what these options hide; false where nobody knows. */
    e2l_status (*is_solution)(e2l_ctx *ctx, const void *options, const e2l_expr *const *rules, bool *out);

    /* ---- optional, zero when not given ---- */
    uint64_t default_cases; /* cases of the search set when nobody says how many; 0: the common default */
    uint64_t judged_cases;  /* cases of select, test and shifted sets when nobody says how many; 0: 100, 200 and 200 */
    const char *smoke;      /* options, as JSON, of a version that costs next to nothing and in which the first reference still beats the
                               floor, for tests that run every task; NULL: the defaults cost little */
    bool no_eta;            /* no statement reads a learning rate: there is nothing to tune */
    double tolerated_loss;  /* a mean score lower by more than this is worse for people, units of the score; 0: E2L_TOLERATED_LOSS */
    const char *presets_name; /* what the named settings are called: "targets" */
    const e2l_preset *presets; /* a list that ends with a NULL name; NULL: none. `e2l list` shows them */
    const double *solved;   /* a search-set fitness from which on the search is solved; NULL: none is known */
    /* What depends on options or data files (slots, references, blind rules, solved): changes `record`, a copy of this one, where
       these options ask for it; what it points to then lies in `arena`. Not called by itself: e2l_task_bind. */
    e2l_status (*bind)(e2l_ctx *ctx, e2l_task *record, e2l_arena *arena, const void *options, uint64_t task_seed);
    e2l_arena *arena; /* NULL in the registry; of a record made by e2l_task_bind: where it lies, owned */
};

enum { E2L_TASK_ABI = 2 };

/* The record for these options: the task's own, or one made for them. Whoever reads slots, references, blind rules or
   `solved` of a task with options reads them there. Gives *out: e2l_task_unbind (NULL and registry records are legal). */
E2L_MUST_CHECK e2l_status e2l_task_bind(e2l_ctx *ctx, const e2l_task **out, const e2l_task *task, const void *options,
                                        uint64_t task_seed);
void e2l_task_unbind(const e2l_task *task);
/* NaN when there is none. */
double e2l_task_solved(const e2l_task *task);
/* The task's tolerated_loss, or the default. */
#define E2L_TOLERATED_LOSS 0.02
double e2l_tolerated_loss(const e2l_task *task);

/* Options every task understands besides its own, read by the program. */
typedef struct e2l_task_common {
    uint64_t cases; /* cases of the search set; not given: the task's default_cases, if it has one */
    uint64_t seed;  /* task.seed */
    e2l_rate eta;
    uint64_t eta_grid; /* rates per factor of two when tuned: 1, 2, 4 or 8 */
} e2l_task_common;
extern const e2l_field e2l_task_common_fields[];
extern const size_t e2l_n_task_common_fields;

extern const e2l_task *const e2l_tasks[];
extern const size_t e2l_n_tasks;
const e2l_task *e2l_task_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
