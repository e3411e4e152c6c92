/* unit_rule.c: rule sets: reading text and JSON, writing rule.json, what is refused and in which words. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/rule.h"

typedef struct fixture {
    e2l_ctx *ctx;
    e2l_rule_set *set;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->ctx = e2l_test_ctx();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    e2l_rule_set_destroy(f->set);
    e2l_test_ctx_end(f->ctx);
    free(f);
    return 0;
}

static const e2l_rule_set *read_rule(fixture *f, const char *text)
{
    e2l_rule_set_destroy(f->set);
    assert_int_equal(e2l_rule_read_text(f->ctx, &f->set, text, strlen(text), "test"), E2L_OK);
    return f->set;
}

/* Refused with E2L_INPUT and these words in the message. */
static void refuse(fixture *f, const char *text, const char *words)
{
    e2l_rule_set *set = (e2l_rule_set *)f;
    assert_int_equal(e2l_rule_read_text(f->ctx, &set, text, strlen(text), "test"), E2L_INPUT);
    assert_null(set);
    if (!strstr(e2l_ctx_message(f->ctx), words)) {
        fail_msg("'%s' does not say '%s'", e2l_ctx_message(f->ctx), words);
    }
}

static void text_one_formula(void **state)
{
    fixture *f = *state;
    const e2l_rule_set *set = read_rule(f, "# Oja 1982\ny * # on two lines\n  (x - y*w)\n");
    assert_int_equal(set->n_slots, 1);
    assert_string_equal(set->slots[0].name, "rule");
    assert_string_equal(set->slots[0].text, "y * (x - y * w)");
    assert_string_equal(set->slots[0].applied, "w += eta * rule");
    assert_int_equal(set->slots[0].n_inputs, 3);
    assert_true(isnan(set->slots[0].eta));
    assert_int_equal(read_rule(f, "a == b")->n_slots, 1);
}

static void text_slots(void **state)
{
    const e2l_rule_set *set = read_rule(*state, "\nforward = x*y # first\r\n\n feedback=w - 0.1\n");
    assert_int_equal(set->n_slots, 2);
    assert_string_equal(e2l_rule_set_find(set, "forward")->text, "x * y");
    assert_string_equal(e2l_rule_set_find(set, "feedback")->text, "w - 0.1");
    assert_null(e2l_rule_set_find(set, "rule"));
}

static void text_refused(void **state)
{
    fixture *f = *state;
    refuse(f, "", "no formula");
    refuse(f, "# nothing\n \n", "no formula");
    refuse(f, "x *", "test");
    refuse(f, "a = x\ny*w\n", "SLOT = EXPR");
    refuse(f, "a = x\na = y\n", "twice");
    refuse(f, "a=1\nb=1\nc=1\nd=1\ne=1\nf=1\ng=1\nh=1\ni=1\n", "at most 8");
}

static void champion_is_read(void **state)
{
    const e2l_rule_set *set = read_rule(
        *state, "{\"task\": {\"name\": \"pca\", \"n\": 2}, \"complexity\": 5, \"slots\": {\"rule\": {\"rule\": "
                "\"y*(x-y*w)\", \"canonical\": \"anything\", \"eta\": 0.01}}, \"scores\": {\"test\": [1, 0.5]}}");
    assert_string_equal(set->task, "pca");
    assert_true(set->slots[0].eta == 0.01);
    assert_string_equal(set->slots[0].canonical_text, "y * (x - y * w)");
    assert_non_null(strstr(set->scores, "0.5"));
}

static void json_refused(void **state)
{
    fixture *f = *state;
    refuse(f, "{", "test");
    refuse(f, "{}", "slots");
    refuse(f, "{\"slots\": {}}", "slots");
    refuse(f, "{\"slots\": {\"rule\": \"x\"}}", "object");
    refuse(f, "{\"slots\": {\"rule\": {}}}", "rule");
    refuse(f, "{\"slots\": {\"rule\": {\"rule\": \"x +\"}}}", "column");
    refuse(f, "{\"slots\": {\"rule\": {\"rule\": \"x\", \"eta\": \"a\"}}}", "eta");
    refuse(f, "{\"slots\": {\"rule\": {\"rule\": \"x\", \"eta\": -1}}}", "eta");
    refuse(f, "{\"slots\": {\"rule\": {\"rule\": \"x\", \"eta\": 0}}}", "eta");
    refuse(f, "{\"slots\": {\"9\": {\"rule\": \"x\"}}}", "no digit first");
    refuse(f, "{\"schema\": \"e2l.rule/2\", \"slots\": {\"rule\": {\"rule\": \"x\"}}}", "e2l.rule/1");
    refuse(f, "{\"slots\": {\"rule\": {\"rule\": \"0.1*x\", \"rule_hex\": \"0x1.999999999999bp-4*x\"}}}", "rule_hex");
    refuse(f, "{\"slots\": {\"rule\": {\"rule\": \"weigth\", \"inputs\": [{\"name\": \"weight\"}]}}}",
           "did you mean 'weight'");
    refuse(f, "{\"slots\": {\"rule\": {\"rule\": \"x\", \"inputs\": [{\"name\": \"x\"}, {\"name\": \"x\"}]}}}", "twice");
    refuse(f, "{\"slots\": {\"rule\": {\"rule\": \"x\", \"inputs\": [{\"unit\": \"1\"}]}}}", "without a name");
}

static void facts_survive(void **state)
{
    fixture *f = *state;
    const e2l_rule_input inputs[] = {{"x", "mV", "pre.x"}, {"unused", NULL, NULL}, {"w", "1", "w \"quoted\" \n"}};
    (void)read_rule(f, "x*w");
    f->set->slots[0].eta = 0.1 + 0.2;
    assert_int_equal(e2l_rule_set_inputs(f->set, 0, inputs, 3), E2L_OK);
    assert_int_equal(e2l_rule_set_task(f->set, "pca"), E2L_OK);
    assert_int_equal(e2l_rule_set_scores(f->set, "{\"mean\": 0.1}"), E2L_OK);
    assert_int_equal(e2l_rule_set_scores(f->set, "[1]"), E2L_INPUT);
    assert_int_equal(e2l_rule_set_scores(f->set, "{\"mean\": 0.1}"), E2L_OK);
    assert_int_equal(e2l_rule_set_inputs(f->set, 0, inputs, 2), E2L_INPUT);
    e2l_text json = {.ctx = f->ctx};
    assert_int_equal(e2l_rule_print(f->set, &json), E2L_OK);
    const e2l_rule_slot *slot = &read_rule(f, e2l_text_get(&json))->slots[0];
    assert_true(slot->eta == 0.1 + 0.2);
    assert_int_equal(slot->n_inputs, 3);
    assert_string_equal(slot->inputs[0].unit, "mV");
    assert_string_equal(slot->inputs[2].meaning, "w \"quoted\" \n");
    assert_string_equal(f->set->task, "pca");
    e2l_text_clear(&json);
}

/* A task tells the terminals of its slots. */
static void described_by_task(void **state)
{
    fixture *f = *state;
    (void)read_rule(f, "y*x");
    assert_int_equal(e2l_rule_set_describe(f->set), E2L_OK);
    assert_int_equal(f->set->slots[0].n_inputs, 2); /* no task: as used */
    assert_int_equal(e2l_rule_set_task(f->set, "pca"), E2L_OK);
    assert_int_equal(e2l_rule_set_describe(f->set), E2L_OK);
    assert_int_equal(f->set->slots[0].n_inputs, 3);
    assert_string_equal(f->set->slots[0].inputs[0].name, "x");
    assert_non_null(f->set->slots[0].inputs[0].meaning);
    assert_string_equal(f->set->slots[0].applied, "w += eta * rule");
    (void)read_rule(f, "y*voltage");
    assert_int_equal(e2l_rule_set_task(f->set, "pca"), E2L_OK);
    assert_int_equal(e2l_rule_set_describe(f->set), E2L_INPUT);
    assert_non_null(strstr(e2l_ctx_message(f->ctx), "voltage"));
}

/* rule.json read again is the same DAG, bit for bit, and prints as the same bytes. */
static bool json_is_lossless(e2l_ctx *ctx, const e2l_expr *expr, uint64_t seed)
{
    (void)seed;
    e2l_text text = {.ctx = ctx}, json = {.ctx = ctx}, again = {.ctx = ctx};
    e2l_rule_set *set = NULL, *other = NULL;
    bool ok = e2l_expr_print(expr, E2L_STYLE_HEX, &text) == E2L_OK &&
              e2l_rule_read_text(ctx, &set, e2l_text_get(&text), strlen(e2l_text_get(&text)), "hex") == E2L_OK &&
              e2l_rule_print(set, &json) == E2L_OK &&
              e2l_rule_read_text(ctx, &other, e2l_text_get(&json), strlen(e2l_text_get(&json)), "json") == E2L_OK &&
              e2l_rule_print(other, &again) == E2L_OK && e2l_expr_equal(expr, other->slots[0].expr) &&
              strcmp(e2l_text_get(&json), e2l_text_get(&again)) == 0;
    e2l_rule_set_destroy(set);
    e2l_rule_set_destroy(other);
    e2l_text_clear(&text);
    e2l_text_clear(&json);
    e2l_text_clear(&again);
    return ok;
}

static void lossless(void **state)
{
    (void)state;
    e2l_test_for_all("rule.json is lossless", json_is_lossless, 12, false);
}

static void no_infinity_in_json(void **state)
{
    fixture *f = *state;
    e2l_text json = {.ctx = f->ctx};
    assert_int_equal(e2l_rule_print(read_rule(f, "min(x, inf)"), &json), E2L_OK);
    assert_non_null(strstr(e2l_text_get(&json), "{\"decimal\": \"inf\", \"hex\": \"inf\"}"));
    assert_non_null(strstr(e2l_text_get(&json), "\"eta\": null"));
    e2l_text_clear(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_one_formula, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_slots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(champion_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(facts_survive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(described_by_task, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lossless, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_infinity_in_json, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
