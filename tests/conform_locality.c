/* No rule sees another synapse: for the networks of all tasks and of all published systems, one synapse's weight is changed, at the beginning and later, while signals
   are kept from depending on weights (every effect becomes a multiple of the arriving signal); then every other synapse learns the same
   bits, whatever the rule makes of its terminals, and the changed one does not. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"
#include "tests/support/task.h"

enum { MOST_PROJECTIONS = 32, MOST_STATEMENTS = 32, TEXT = 2048 };
#define SYSTEMS E2L_SOURCE_DIR "/tests/data/systems"

typedef struct lab {
    e2l_ctx *ctx;
    const char *what;
    const e2l_substrate *cpu;
    e2l_device *device;
    e2l_expr *rules[E2L_MAX_SLOTS];
    double etas[E2L_MAX_SLOTS];
    e2l_case one;
    size_t n_tried;
} lab;

/* All terminals of all slots, each with a weight of its own. */
static void make_rules(lab *l, const e2l_experiment *experiment)
{
    const e2l_slot *slots[E2L_MAX_SLOTS];
    const size_t n = e2l_experiment_slots(experiment, slots, E2L_MAX_SLOTS);
    for (size_t s = 0; s < n; ++s) {
        char text[TEXT] = "0.001";
        for (size_t t = 0; t < slots[s]->n_terminals; ++t) {
            const size_t used = strlen(text);
            (void)snprintf(text + used, sizeof text - used, " + 0.0%zu7 * tanh(%s)", t + 1, slots[s]->terminals[t].name);
        }
        l->rules[s] = e2l_test_parse(l->ctx, text);
        l->etas[s] = 0.01;
    }
}

/* Weights of the projection, summed over the run, or NULL when the run failed. */
static double *sum_weights(lab *l, const e2l_experiment *experiment, size_t *n)
{
    e2l_plan *plan = NULL;
    if (l->cpu->prepare(l->ctx, l->device, experiment, &plan) != E2L_OK) {
        fail_msg("%s: %s", l->what, e2l_ctx_message(l->ctx));
    }
    *n = l->cpu->layout(plan)->n_values;
    e2l_recording recording = {.values = e2l_alloc(l->ctx, *n, sizeof(double))};
    assert_non_null(recording.values);
    const e2l_candidate candidate = {(const e2l_expr *const *)l->rules, l->etas};
    assert_int_equal(l->cpu->run(l->ctx, plan, &candidate, 1, &l->one, 1, NULL, &recording), E2L_OK);
    l->cpu->release(l->ctx, plan);
    if (recording.outcome != E2L_OUTCOME_OK) {
        e2l_free(l->ctx, recording.values);
        return NULL;
    }
    return recording.values;
}

/* Synapse `which` of projection p begins elsewhere. */
static void try_synapse(lab *l, const e2l_experiment *base, size_t p, uint64_t pre, uint64_t post, uint64_t n_pre)
{
    char text[TEXT], later[TEXT], of[128];
    const char *statements[MOST_STATEMENTS];
    e2l_projection projections[MOST_PROJECTIONS];
    e2l_experiment experiment = *base;
    const size_t n_projections = experiment.n_projections;
    assert_true(n_projections <= MOST_PROJECTIONS);
    memcpy(projections, experiment.projections, n_projections * sizeof *projections);
    for (size_t k = 0; k < n_projections; ++k) {
        projections[k].effect = "0.25 * x";
    }
    (void)snprintf(of, sizeof of, "%s.w", base->projections[p].name);
    const e2l_probe probe = {.name = "all", .of = of, .fold = E2L_FOLD_SUM}; /* some begin again at the end */
    experiment.projections = projections;
    experiment.probes = &probe;
    experiment.n_probes = 1;
    size_t n = 0;
    double *const before = sum_weights(l, &experiment, &n);
    (void)snprintf(text, sizeof text, "(%s) + 1.0625 * (pre.i == %llu) * (post.i == %llu)", base->projections[p].w, (unsigned long long)pre,
                   (unsigned long long)post);
    projections[p].w = text;
    (void)snprintf(later, sizeof later, "when (step == 0) | (step == 2): w += 1.0625 * (pre.i == %llu) * (post.i == %llu)", (unsigned long long)pre,
                   (unsigned long long)post);
    const size_t n_statements = projections[p].n_synapse;
    assert_true(n_statements < MOST_STATEMENTS);
    for (size_t k = 0; k < n_statements; ++k) {
        statements[k] = projections[p].synapse[k];
    }
    statements[n_statements] = later; /* some weights are set to recorded ones in every step */
    projections[p].synapse = statements;
    projections[p].n_synapse = n_statements + 1;
    double *const after = sum_weights(l, &experiment, &n);
    const uint64_t own = post * n_pre + pre;
    for (uint64_t k = 0; before != NULL && after != NULL && k < n; ++k) {
        const bool same = memcmp(&before[k], &after[k], sizeof *before) == 0;
        if (k != own && !same) {
            fail_msg("%s: '%s': synapse %llu learns something else because synapse %llu has another weight", l->what, base->projections[p].name,
                     (unsigned long long)k, (unsigned long long)own);
        }
        l->n_tried += k == own && !same ? 1 : 0;
    }
    e2l_free(l->ctx, before);
    e2l_free(l->ctx, after);
}

static uint64_t size_of(const e2l_experiment *experiment, const char *population)
{
    for (size_t k = 0; k < experiment->n_populations; ++k) {
        if (strcmp(experiment->populations[k].name, population) == 0) {
            return experiment->populations[k].size;
        }
    }
    return 0;
}

/* Every projection with a rule of its own. Returns how many have other synapses to look at. */
static size_t try_experiment(lab *l, const e2l_experiment *experiment)
{
    size_t n_plastic = 0;
    make_rules(l, experiment);
    for (size_t p = 0; p < experiment->n_projections; ++p) {
        const e2l_projection *const projection = &experiment->projections[p];
        const uint64_t n_pre = size_of(experiment, projection->from), n_post = size_of(experiment, projection->to);
        if (projection->n_slots > 0 && projection->w != NULL && n_pre * n_post > 1) {
            n_plastic++;
            try_synapse(l, experiment, p, 0, n_post - 1, n_pre);
            try_synapse(l, experiment, p, n_pre - 1, 0, n_pre);
        }
    }
    for (size_t s = 0; s < E2L_MAX_SLOTS; ++s) {
        e2l_expr_destroy(l->ctx, l->rules[s]);
        l->rules[s] = NULL;
    }
    return n_plastic;
}

static void try_task(const char *task, const char *options, const char *what)
{
    lab l = {.ctx = e2l_test_ctx(), .what = what, .cpu = e2l_substrate_find("cpu")};
    test_family f;
    size_t which;
    char name[E2L_CASE_NAME_BYTES];
    assert_int_equal(l.cpu->open(l.ctx, &l.device, NULL), E2L_OK);
    if (test_family_open(l.ctx, &f, task, options, 1, E2L_SET_SEARCH) != E2L_OK) {
        fail_msg("%s: %s", what, e2l_ctx_message(l.ctx));
    }
    assert_int_equal(f.task->draw(l.ctx, f.family, 0, &which, &l.one, name), E2L_OK);
    const size_t n_plastic = try_experiment(&l, f.task->experiment(f.family, which));
    if (n_plastic > 0 && l.n_tried == 0) {
        fail_msg("%s: the changed synapse did not change, nothing was tested", what);
    }
    test_family_close(&f);
    l.cpu->close(l.ctx, l.device);
    e2l_test_ctx_end(l.ctx);
}

static void test_tasks(void **state)
{
    (void)state;
    for (size_t k = 0; k < e2l_n_tasks; ++k) {
        try_task(e2l_tasks[k]->name, e2l_tasks[k]->smoke, e2l_tasks[k]->name);
    }
}

static void test_systems(void **state)
{
    (void)state;
    DIR *const folder = opendir(SYSTEMS);
    size_t n = 0;
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char options[1024];
        if (strstr(entry->d_name, ".json") != NULL) {
            (void)snprintf(options, sizeof options, "{\"file\": \"%s/%s\"}", SYSTEMS, entry->d_name);
            try_task("custom", options, entry->d_name);
            n++;
        }
    }
    assert_int_equal(closedir(folder), 0);
    assert_true(n > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tasks), cmocka_unit_test(test_systems)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
