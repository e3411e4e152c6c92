/* task.h: what the tests of tasks share: families opened from JSON options, evaluators on the CPU substrate, and a PCA
   neuron in twenty lines of C that knows nothing of experiments, as an independent oracle. */
#ifndef E2L_TESTS_SUPPORT_TASK_H
#define E2L_TESTS_SUPPORT_TASK_H

#include "substrate/json.h"
#include "tasks/evaluate.h"

/* A task with its options and, if asked for, a family of one set. */
typedef struct test_family {
    e2l_ctx *ctx;
    const e2l_task *task;
    void *options;
    e2l_family *family;
} test_family;
E2L_MUST_CHECK e2l_status test_family_open(e2l_ctx *ctx, test_family *out, const char *task, const char *options,
                                           uint64_t seed, const char *set);
void test_family_close(test_family *family);
/* Like test_family_open, for options with "data": the path with every backslash and quote escaped. */
E2L_MUST_CHECK e2l_status test_family_open_file(e2l_ctx *ctx, test_family *out, const char *path, const char *set);

/* One case with its arrays. */
typedef struct test_arrays {
    e2l_case item;
    const e2l_experiment *experiment;
    char name[E2L_CASE_NAME_BYTES];
    size_t n, n_steps;
    double *samples, *w0, *pc1;
} test_arrays;
E2L_MUST_CHECK e2l_status test_arrays_create(e2l_ctx *ctx, test_arrays *out, const test_family *family, size_t k);
void test_arrays_clear(e2l_ctx *ctx, test_arrays *arrays);

/* The oracle: y = w.x, w_i += eta * rule(x_i, w_i, y). */
typedef double (*test_rule_of)(double x, double w, double y);
typedef struct test_outcome {
    bool diverged;
    uint64_t step;    /* number of the update after which it did, from 1; else the number of samples */
    double cos_mean, cos_final, norm, score;
} test_outcome;
E2L_MUST_CHECK e2l_status test_simulate(e2l_ctx *ctx, test_outcome *out, const test_arrays *arrays,
                                        test_rule_of rule, double eta, double alpha);

/* Evaluator of `n` cases on the substrate "cpu", with what it borrows. */
typedef struct test_judge {
    test_family base; /* options; its family is not open */
    const e2l_substrate *substrate;
    void *device_options;
    e2l_device *device;
    e2l_evaluator *evaluator;
} test_judge;
E2L_MUST_CHECK e2l_status test_judge_open(e2l_ctx *ctx, test_judge *out, const char *task, const char *options,
                                          uint64_t seed, const char *set, size_t n_cases);
void test_judge_close(test_judge *judge);
/* Parses one text per slot with the slots' terminals and evaluates it at one learning rate for all slots. */
E2L_MUST_CHECK e2l_status test_judge_rules(test_judge *judge, const char *const *texts, double eta,
                                           e2l_score *scores);

/* Mean and standard error of the scores that are ok; a case that is not counts as `bad`. */
typedef struct test_mean {
    double mean, error;
    size_t n_ok;
} test_mean;
test_mean test_mean_of(const e2l_score *scores, size_t n, double bad);
bool test_close(double a, double b, double relative);

#endif
