/* Units through an experiment: which mismatches are said, which models are left alone, and the unit a rule has in its place. */
#include <string.h>

#include "substrate/experiment_read.h"
#include "substrate/json.h"
#include "substrate/resolve.h"
#include "tests/support/support.h"

/* A source in 1, a target with a membrane in mV fed in pA; pieces are put in where something is to be tried. */
typedef struct pieces {
    const char *dt, *step, *parameters, *signal, *effect, *state, *slots, *synapse, *probe, *inner;
} pieces;

static const pieces plain = {.dt = "[1, \"ms\"]", .step = "\"v += dt / tau * (E - v + R * in)\"", .parameters = "", .signal = "r", .effect = "w * x",
                             .state = "\"trace\": [0, \"pA\"]", .slots = "\"rule\": {\"x\": \"x\", \"w\": \"w\", \"v\": \"post.v\", \"d\": \"post.v / R_of\"}",
                             .synapse = "\"w += eta * rule\"", .probe = "out.v", .inner = "[10, \"ms\"]"};

static e2l_status resolve(e2l_ctx *ctx, e2l_arena *arena, const pieces *p, e2l_resolved **out)
{
    static e2l_experiment experiment; /* borrowed by the resolved one */
    e2l_text text = {.ctx = ctx};
    cJSON *json = NULL;
    e2l_text_appendf(&text,
                     "{\"experiment\": \"units\", \"dt\": %s, \"parameters\": {\"R_of\": [2, \"GOhm\"], \"free\": 3},"
                     "\"populations\": {\"src\": {\"size\": 2, \"model\": \"linear\"}, \"out\": {\"size\": 2, \"model\": {\"model\": \"m\", "
                     "\"parameters\": {\"tau\": %s, \"E\": [-70, \"mV\"], \"R\": [0.1, \"GOhm\"]}, \"ports\": {\"in\": \"pA\"}, "
                     "\"state\": {\"v\": [\"E\", \"mV\"]}, \"step\": [%s]}, \"parameters\": {%s}}},"
                     "\"projections\": {\"p\": {\"from\": \"src\", \"to\": \"out.in\", \"signal\": \"%s\", \"effect\": \"%s\", \"w\": \"0.1\", \"state\": {%s}, "
                     "\"slots\": {%s}, \"synapse\": [%s]}}, \"spans\": [{\"name\": \"s\", \"steps\": 3}], \"probes\": {\"q\": {\"of\": \"%s\", \"fold\": \"last\"}}}",
                     p->dt, p->inner, p->step, p->parameters, p->signal, p->effect, p->state, p->slots, p->synapse, p->probe);
    *out = NULL;
    e2l_status status = e2l_json_parse(ctx, &json, e2l_text_get(&text), text.n, "test");
    status = status == E2L_OK ? e2l_experiment_read(ctx, arena, json, "test", &experiment) : status;
    status = status == E2L_OK ? e2l_resolve(ctx, out, &experiment) : status;
    e2l_json_free(json);
    e2l_text_clear(&text);
    return status;
}

static void accept(const pieces *p, const char *rule_unit, const char *last_terminal)
{
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_arena *arena;
    e2l_resolved *resolved;
    assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
    if (resolve(ctx, arena, p, &resolved) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(ctx));
    }
    const e2l_bound_slot *const slot = &resolved->slots[0];
    assert_string_equal(slot->unit, rule_unit);
    assert_string_equal(slot->terminal_units[slot->source->n_terminals - 1], last_terminal);
    e2l_resolved_destroy(ctx, resolved);
    e2l_arena_destroy(arena);
    e2l_test_ctx_end(ctx);
}

static void refuse(const pieces *p, const char *words)
{
    e2l_ctx *ctx = e2l_test_ctx();
    e2l_arena *arena;
    e2l_resolved *resolved;
    assert_int_equal(e2l_arena_create(ctx, &arena), E2L_OK);
    if (resolve(ctx, arena, p, &resolved) == E2L_OK) {
        fail_msg("it passes: %s", words);
    }
    assert_null(resolved);
    if (strcmp(e2l_ctx_message(ctx), words) != 0) { /* that alone */
        fail_msg("'%s' is said instead of '%s'", e2l_ctx_message(ctx), words);
    }
    e2l_arena_destroy(arena);
    e2l_test_ctx_end(ctx);
}

#define WITH(...) (&(pieces){PLAIN, __VA_ARGS__})
#define PLAIN                                                                                                              \
    .dt = plain.dt, .step = plain.step, .parameters = plain.parameters, .signal = plain.signal, .effect = plain.effect,    \
    .state = plain.state, .slots = plain.slots, .synapse = plain.synapse, .probe = plain.probe, .inner = plain.inner

#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif

static void a_rule_has_the_unit_of_its_place(void **state)
{
    (void)state;
    accept(&plain, "pA", "pA"); /* w carries 1 into pA; mV / GOhm */
    accept(WITH(.effect = "w * x * post.E"), "nS", "pA");
    accept(WITH(.signal = "free * in", .effect = "x"), "", "pA"); /* nothing says what w is */
    accept(WITH(.synapse = "\"trace += dt / 20 * (rule - trace)\", \"w += eta * trace\""), "pA", "pA");
    accept(WITH(.synapse = "\"w += dt * eta * rule\""), "pA/ms", "pA");
    accept(WITH(.synapse = "\"w = w / rule\""), "1", "pA");
    accept(WITH(.synapse = "\"w += tanh(rule)\""), "1", "pA");
    accept(WITH(.synapse = "\"w += if(rule > post.v, w, 0)\""), "mV", "pA");
    accept(WITH(.synapse = "\"change = eta * rule\", \"w += change\""), "", "pA"); /* a local asks for nothing */
}

static void what_adapts(void **state)
{
    (void)state;
    accept(WITH(.step = "\"v += dt / 10 * (-65 - v + 3 * in)\""), "pA", "pA");       /* numbers stand for anything */
    accept(WITH(.step = "\"v += free * (1 - v) + 2 * R * in\""), "pA", "pA");        /* undeclared parameters, too */
    accept(WITH(.step = "\"v += i + normal + s.k\""), "pA", "pA");
    accept(WITH(.dt = "1"), "pA", "pA");                                            /* a dt without unit is any time */
    accept(WITH(.parameters = "\"E\": \"-60 + 5 * uniform\""), "pA", "pA");
    accept(WITH(.parameters = "\"E\": [\"-60\", \"mV\"]"), "pA", "pA");
    accept(WITH(.probe = "src.r + out.v"), "pA", "pA");                             /* linear declares nothing but 1 */
}

static void what_does_not_fit(void **state)
{
    (void)state;
    refuse(WITH(.step = "\"v += dt * (E - v)\""), "population 'out' (model 'm'): statement 'v += dt * (E - v)': units: the value is in mV*ms, 'v' in mV");
    refuse(WITH(.step = "\"v += dt / tau * (E - v + in)\""),
           "population 'out' (model 'm'): statement 'v += dt / tau * (E - v + in)': units: in 'E - v + in' mV meets pA");
    refuse(WITH(.step = "\"when in > E: v = 0\""), "population 'out' (model 'm'): statement 'when in > E: v = 0': units: in 'in > E' pA meets mV");
    refuse(WITH(.step = "\"a = R * in\", \"b = a + in\", \"v = a\""),
           "population 'out' (model 'm'): statement 'b = a + in': units: in 'a + in' mV meets pA");
    refuse(WITH(.step = "\"v = E * exp(v)\""), "population 'out' (model 'm'): statement 'v = E * exp(v)': units: in 'exp(v)' stands something in mV; exp takes plain numbers");
    refuse(WITH(.dt = "[0.001, \"s\"]"),
           "population 'out' (model 'm'): statement 'v += dt / tau * (E - v + R * in)': units: the value is in 1e3 mV, 'v' in mV");
    refuse(WITH(.parameters = "\"E\": [\"-0.07\", \"V\"]"), "population 'out': parameter 'E': units: the value is in 1e3 mV, the model has it in mV");
    refuse(WITH(.effect = "post.E"), "projection 'p': effect: units: the value is in mV, port 'in' in pA");
    refuse(WITH(.synapse = "\"trace = dt\", \"w += eta * rule\""), "projection 'p': statement 'trace = dt': units: the value is in ms, 'trace' in pA");
    refuse(WITH(.synapse = "\"trace += rule\", \"trace += post.v * rule\""),
           "projection 'p': statement 'trace += post.v * rule': units: here the rule of slot 'rule' is in nS, elsewhere in pA\n"
           "projection 'p': statement 'trace += post.v * rule': units: the value is in mV*pA, 'trace' in pA");
    refuse(WITH(.probe = "out.v + out.in"), "probe 'q': units: in 'out.v + out.in' mV meets pA");
    refuse(WITH(.slots = "\"rule\": {\"v\": [\"post.v\", \"pA\"]}"), "projection 'p': slot 'rule': terminal 'v': units: the value is in mV, it is declared in pA");
    refuse(WITH(.inner = "[10, \"mss\"]"), "population 'out' (model 'm'): 'tau': unit 'mss': 'mss' unknown; did you mean 'ms'?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_rule_has_the_unit_of_its_place), cmocka_unit_test(what_adapts), cmocka_unit_test(what_does_not_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
