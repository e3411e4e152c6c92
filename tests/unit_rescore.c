/* unit_rescore: an archive moved to other cases has the scores of those cases, and nothing that fails or is beaten there. */
#include "mpi/rescore.h"

#include <string.h>

#include "mpi/scoring.h"
#include "substrate/json.h"
#include "tests/support/support.h"

typedef struct testbed {
    e2l_ctx *ctx;
    e2l_config config;
    e2l_lab lab;
    e2l_evaluator *evaluator;
    e2l_archive *archive;
} testbed;

enum { N_CASES = 5 };

static void open_bed(testbed *out, const char *eta)
{
    e2l_ctx *ctx = e2l_test_ctx();
    cJSON *json = NULL;
    e2l_text text = {.ctx = ctx};
    *out = (testbed){.ctx = ctx};
    e2l_text_appendf(&text, "{\"task\": {\"name\": \"pca\", \"samples\": 200, \"eta\": %s}}", eta);
    assert_int_equal(e2l_json_parse(ctx, &json, e2l_text_get(&text), text.n, "test"), E2L_OK);
    assert_int_equal(e2l_config_from_json(ctx, &out->config, json, "test"), E2L_OK);
    e2l_json_free(json);
    e2l_text_clear(&text);
    assert_int_equal(e2l_lab_open(ctx, &out->lab, &out->config, NULL), E2L_OK);
    assert_int_equal(e2l_lab_evaluator(&out->lab, &out->evaluator, E2L_SET_SEARCH, 100, N_CASES), E2L_OK);
    assert_int_equal(e2l_archive_create(ctx, &out->archive, 1), E2L_OK);
}

static void close_bed(testbed *bed)
{
    e2l_archive_destroy(bed->archive);
    e2l_evaluator_destroy(bed->evaluator);
    e2l_lab_close(&bed->lab);
    e2l_config_clear(&bed->config);
    e2l_test_ctx_end(bed->ctx);
}

static void offer(testbed *bed, const char *text, double score, double eta)
{
    e2l_expr *expr = e2l_test_parse(bed->ctx, text);
    const e2l_expr *rules[] = {expr};
    const e2l_fitness fitness = {.ok = true, .score = score, .n_ok = N_CASES};
    assert_int_equal(e2l_archive_offer(bed->archive, rules, fitness, &eta, 7, 1, 42, 41), E2L_OK);
    e2l_expr_destroy(bed->ctx, expr);
}

/* Made-up scores of an older block go; what is beaten by a simpler rule leaves: Hebb's and the last. */
static void scores_are_those_of_the_new_cases(void **state)
{
    (void)state;
    testbed bed;
    open_bed(&bed, "0.05");
    offer(&bed, "y", 0.1, 0.05);
    offer(&bed, "y * x", 0.6, 0.05);
    offer(&bed, "y * (x - y * w)", 0.7, 0.05);
    offer(&bed, "-(y * (x - y * w) * y * x)", 5.0, 0.05);
    assert_int_equal(e2l_archive_n(bed.archive), 4);
    assert_int_equal(e2l_archive_rescore(bed.ctx, bed.archive, &bed.lab, bed.evaluator), E2L_OK);
    size_t n = e2l_archive_n(bed.archive);
    assert_in_range(n, 1, 3);
    e2l_archive_entry best;
    e2l_archive_get(bed.archive, n - 1, &best);
    assert_string_equal(best.canonical[0], "y * (x - y * w)");
    assert_true(best.generation == 7 && best.island == 1 && best.id == 42 && best.parent == 41);

    e2l_score scores[N_CASES];
    e2l_expr *oja = e2l_test_parse(bed.ctx, "y * (x - y * w)");
    const e2l_expr *rules[] = {oja};
    const double eta = 0.05;
    const e2l_candidate candidate = {.rules = rules, .etas = &eta};
    assert_int_equal(e2l_evaluate(bed.evaluator, &candidate, 1, scores), E2L_OK);
    assert_true(best.fitness.score == e2l_scores_fitness(scores, N_CASES).score);
    e2l_expr_destroy(bed.ctx, oja);
    close_bed(&bed);
}

/* With "tune" the rate is found anew: that of Oja's rule and of twice Oja's rule are a factor of two apart, the scores equal. */
static void rates_are_tuned_anew(void **state)
{
    (void)state;
    e2l_archive_entry entry;
    double scores[2], etas[2];
    static const char *const RULES[] = {"y * (x - y * w)", "2 * y * (x - y * w)"};
    for (size_t k = 0; k < 2; k++) {
        testbed bed;
        open_bed(&bed, "\"tune\"");
        offer(&bed, RULES[k], 0.5, 1e-9);
        assert_int_equal(e2l_archive_rescore(bed.ctx, bed.archive, &bed.lab, bed.evaluator), E2L_OK);
        assert_int_equal(e2l_archive_n(bed.archive), 1);
        e2l_archive_get(bed.archive, 0, &entry);
        scores[k] = entry.fitness.score;
        etas[k] = entry.etas[0];
        close_bed(&bed);
    }
    assert_true(scores[0] == scores[1] && etas[0] == 2 * etas[1]);
}

static void out_of_memory(void **state)
{
    (void)state;
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        testbed bed;
        open_bed(&bed, "\"tune\"");
        offer(&bed, "y * (x - y * w)", 0.5, 0.1);
        e2l_ctx_fail_allocation(bed.ctx, n);
        e2l_status status = e2l_archive_rescore(bed.ctx, bed.archive, &bed.lab, bed.evaluator);
        e2l_ctx_fail_allocation(bed.ctx, 0);
        failed = status != E2L_OK;
        assert_true(!failed || status == E2L_NOMEM);
        assert_int_equal(e2l_archive_n(bed.archive), 1);
        close_bed(&bed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_those_of_the_new_cases),
        cmocka_unit_test(rates_are_tuned_anew),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
