/* What the resolver reads from the whole vocabulary, and what it says about each mistake in it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "substrate/json.h"
#include "substrate/resolve.h"

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))
#define NEURON                                                                                                        \
    "{\"model\": \"cell\", \"parameters\": {\"a\": [2, \"1\"], \"b\": [\"2 * a\", \"1\"]}, \"ports\": {\"in\": \"1\", " \
    "\"back\": \"1\"}, \"state\": {\"r\": [\"b\", \"1\"], \"u\": [0, \"1\"]}, \"step\": [\"u += in + back + uniform\", "    \
    "\"when u > normal: r = b * normal\"]}"
#define RULED                                                                                                         \
    "{\"model\": \"ruled\", \"ports\": {\"in\": \"1\", \"back\": \"1\"}, \"state\": {\"r\": [0, \"1\"]}, "                 \
    "\"step\": [\"r += eta.bias * bias + in + back\"]}"
#define SYNAPSE                                                                                                       \
    "{\"synapse\": \"traces\", \"parameters\": {\"tau\": [20, \"ms\"], \"gain\": [\"2 * tau\", \"ms\"]}, "                 \
    "\"state\": {\"c\": [\"gain\", \"ms\"]}, \"step\": [\"c += x / tau\", \"w += c\"]}"

enum { A, B, N_POPULATIONS };       /* of 3 and of 2 neurons */
enum { UP, DOWN, N_PROJECTIONS };   /* A to B, and back with the same weights */
enum { LAM, TAU };                  /* parameters; LAM is set */
enum { TRIAL, FREE, NUDGED, REST }; /* spans as the resolver numbers them */
enum { ROWS, MASK, PER_A, N_ARRAYS };

/* A network with a bit of everything. */
typedef struct net {
    e2l_binding parameters[2], drawn[2], initial[1], states[4], set[2], neuron_terminals[1], terminals[2];
    e2l_array arrays[N_ARRAYS];
    e2l_input inputs[1];
    e2l_slot neuron_slots[1], slots[1];
    e2l_population populations[N_POPULATIONS];
    const char *synapse[6], *resets[2], *freezes[2];
    e2l_projection projections[N_PROJECTIONS];
    e2l_span children[2], spans[2];
    e2l_probe probes[5];
    e2l_experiment experiment;
} net;

static void init_projections(net *n)
{
    n->states[0] = (e2l_binding){.name = "f", .expr = "0"};
    n->states[1] = (e2l_binding){.name = "g", .expr = "1"};
    n->states[2] = (e2l_binding){.name = "once", .expr = "0"};
    n->states[3] = (e2l_binding){.name = "xi", .expr = "normal"};
    n->terminals[0] = (e2l_binding){.name = "x", .expr = "x"};
    n->terminals[1] = (e2l_binding){.name = "g", .expr = "g"};
    n->slots[0] = (e2l_slot){.name = "rule", .terminals = n->terminals, .n_terminals = 2};
    n->synapse[0] = "f += x";
    n->synapse[1] = "g += post.r";
    n->synapse[2] = "once += lam";
    n->synapse[3] = "noisy = f * uniform";
    n->synapse[4] = "when nudged.last: w += eta.rule * rule * noisy";
    n->projections[UP] = (e2l_projection){
        .name = "up", .from = "A", .to = "B", .port = "in", .signal = "r", .connect = "mask * (pre.i != post.i)",
        .delay = "0.5 * (1 + i)", .delay_max = "1.5", .w = "0.1 * normal + pre.a", .effect = "(w + xi) * x * pre.b",
        .reduce = E2L_REDUCE_MAX, .lower = "-1", .upper = "2 * tau", .states = n->states, .n_states = 4,
        .slots = n->slots, .n_slots = 1, .synapse = n->synapse, .n_synapse = 5};
    n->projections[DOWN] = (e2l_projection){.name = "down", .from = "B", .to = "A", .port = "back", .signal = "r", .delay = "dt",
                                            .weights_of = "up", .transposed = true};
}

static void init_spans(net *n)
{
    n->set[0] = (e2l_binding){.name = "lam", .expr = "trial.k"};
    n->set[1] = (e2l_binding){.name = "lam", .expr = "10 + nudged.k"};
    n->resets[0] = "A.*";
    n->resets[1] = "up.xi";
    n->freezes[0] = "up.w";
    n->freezes[1] = "up.*";
    n->children[0] = (e2l_span){.name = "free", .steps = 2, .reset = n->resets, .n_reset = 2, .freeze = n->freezes, .n_freeze = 1};
    n->children[1] = (e2l_span){.name = "nudged", .steps = 3, .repeat = 2, .set = n->set + 1, .n_set = 1};
    n->spans[0] = (e2l_span){.name = "trial", .repeat = 3, .children = n->children, .n_children = 2, .set = n->set, .n_set = 1};
    n->spans[1] = (e2l_span){.name = "rest", .steps = 4, .freeze = n->freezes + 1, .n_freeze = 1};
}

static void init_probes(net *n)
{
    n->probes[0] = (e2l_probe){.name = "traces", .of = "up.f + A.a", .fold = E2L_FOLD_LAST};
    n->probes[1] = (e2l_probe){.name = "targets", .of = "up.g", .fold = E2L_FOLD_MEAN};
    n->probes[2] = (e2l_probe){.name = "count", .of = "up.once", .when = "trial.last", .fold = E2L_FOLD_ALL};
    n->probes[3] = (e2l_probe){.name = "draws", .of = "up.xi * up.w", .fold = E2L_FOLD_LAST};
    n->probes[4] = (e2l_probe){.name = "weights", .of = "down.w", .fold = E2L_FOLD_LAST};
}

static void init(net *n)
{
    *n = (net){0};
    n->parameters[LAM] = (e2l_binding){.name = "lam", .expr = "0.25"};
    n->parameters[TAU] = (e2l_binding){.name = "tau", .expr = "7", .unit = "ms"};
    n->arrays[ROWS] = (e2l_array){.name = "images", .kind = E2L_ARRAY_ROWS, .size = 3, .n_rows = 3};
    n->arrays[MASK] = (e2l_array){.name = "mask", .kind = E2L_ARRAY_STATIC, .size = 6};
    n->arrays[PER_A] = (e2l_array){.name = "gains", .kind = E2L_ARRAY_STATIC, .size = 3};
    n->inputs[0] = (e2l_input){.port = "in", .array = "images", .row = "trial.k"};
    n->drawn[0] = (e2l_binding){.name = "a", .expr = "gains * tau + i"};
    n->initial[0] = (e2l_binding){.name = "u", .expr = "a + normal"};
    n->neuron_terminals[0] = (e2l_binding){.name = "r", .expr = "r + i"};
    n->neuron_slots[0] = (e2l_slot){.name = "bias", .terminals = n->neuron_terminals, .n_terminals = 1};
    n->populations[A] = (e2l_population){.name = "A", .size = 3, .model = NEURON, .parameters = n->drawn, .n_parameters = 1,
                                         .states = n->initial, .n_states = 1, .inputs = n->inputs, .n_inputs = 1};
    n->populations[B] = (e2l_population){.name = "B", .size = 2, .model = RULED, .slots = n->neuron_slots, .n_slots = 1};
    init_projections(n);
    init_spans(n);
    init_probes(n);
    n->experiment = (e2l_experiment){
        .struct_size = sizeof n->experiment, .name = "net", .dt = 0.5, .dt_unit = "ms", .parameters = n->parameters,
        .n_parameters = 2, .arrays = n->arrays, .n_arrays = N_ARRAYS, .populations = n->populations,
        .n_populations = N_POPULATIONS, .projections = n->projections, .n_projections = N_PROJECTIONS, .spans = n->spans,
        .n_spans = 2, .probes = n->probes, .n_probes = 5};
}

typedef struct fixture {
    e2l_ctx *ctx;
    e2l_resolved *resolved;
    net net;
} fixture;

static int create(void **state)
{
    e2l_ctx *ctx;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return -1;
    }
    fixture *f = e2l_alloc(ctx, 1, sizeof *f);
    if (!f) {
        return -1;
    }
    f->ctx = ctx;
    init(&f->net);
    *state = f;
    return 0;
}

static int destroy(void **state)
{
    fixture *f = *state;
    e2l_ctx *ctx = f->ctx;
    e2l_resolved_destroy(ctx, f->resolved);
    e2l_free(ctx, f);
    return e2l_ctx_destroy(ctx) == 0 ? 0 : -1;
}

static const e2l_resolved *resolve(fixture *f)
{
    e2l_resolved_destroy(f->ctx, f->resolved);
    f->resolved = NULL;
    if (e2l_resolve(f->ctx, &f->resolved, &f->net.experiment) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(f->ctx));
    }
    return f->resolved;
}

/* What `name` means in an expression. */
static const e2l_ref *ref_of(const e2l_bound *bound, const char *name)
{
    for (size_t k = 0; bound->expr != NULL && k < e2l_expr_n_names(bound->expr); ++k) {
        if (strcmp(e2l_expr_name(bound->expr, k), name) == 0) {
            return &bound->refs[k];
        }
    }
    fail_msg("'%s' is not there", name);
    static const e2l_ref nothing;
    return &nothing;
}

static uint64_t site_of(const char *text)
{
    return e2l_key_bytes(text, strlen(text), (e2l_key){0, 0}).low;
}

/* ---- what is drawn once per case ----------------------------------------------------------------------------- */
static void parameters_per_neuron(void **state)
{
    fixture *const f = *state;
    const e2l_bound_population *a = &resolve(f)->populations[A];
    assert_non_null(a->drawn[0].expr);
    assert_int_equal(ref_of(&a->drawn[0], "gains")->kind, E2L_REF_ARRAY);
    assert_int_equal(ref_of(&a->drawn[0], "i")->kind, E2L_REF_INDEX);
    assert_true(ref_of(&a->drawn[0], "tau")->value == 7);
    assert_int_equal(ref_of(&a->drawn[1], "a")->kind, E2L_REF_PARAMETER); /* a default follows what it is made of */
    assert_int_equal(ref_of(&a->variables[0].initial, "b")->kind, E2L_REF_PARAMETER);
    const e2l_ref *const draw = ref_of(&a->variables[1].initial, "normal");
    assert_int_equal(draw->place, E2L_AT_SELF);
    assert_true(draw->site == site_of("population/A/state/u"));
    assert_int_equal(ref_of(&f->resolved->projections[UP].w, "pre.a")->kind, E2L_REF_PARAMETER);
    assert_int_equal(ref_of(&f->resolved->projections[UP].w, "pre.a")->place, E2L_AT_PRE);
    f->net.drawn[0].expr = "1 + tau"; /* one for all */
    a = &resolve(f)->populations[A];
    assert_null(a->drawn[0].expr);
    assert_true(a->parameters[0] == 8 && a->parameters[1] == 16);
}

static void overrides_see_those_before(void **state)
{
    fixture *const f = *state;
    const e2l_binding both[] = {{.name = "b", .expr = "10 * a"}, {.name = "a", .expr = "3"}}; /* in whichever order they are given */
    f->net.populations[A].parameters = both;
    f->net.populations[A].n_parameters = 2;
    assert_true(resolve(f)->populations[A].parameters[1] == 30);
    const e2l_binding drawn[] = {{.name = "a", .expr = "uniform"}, {.name = "b", .expr = "a * a"}};
    f->net.populations[A].parameters = drawn;
    const e2l_bound_population *const a = &resolve(f)->populations[A];
    assert_int_equal(ref_of(&a->drawn[1], "a")->kind, E2L_REF_PARAMETER);
    assert_true(ref_of(&a->drawn[0], "uniform")->site == site_of("population/A/parameter/a"));
}

/* What a model calls its own is its own, whatever the experiment calls its numbers. */
static void own_names_come_first(void **state)
{
    fixture *const f = *state;
    e2l_projection *const up = &f->net.projections[UP];
    const char *statements[] = {"lam = x", "w += lam * rule"};
    up->model = SYNAPSE;
    up->synapse = statements;
    up->n_synapse = 2;
    const e2l_bound_projection *bound = &resolve(f)->projections[UP];
    assert_int_equal(bound->n_statements, 4); /* the model's first */
    assert_true(ref_of(&bound->statements[0].value, "tau")->value == 20);
    assert_true(ref_of(&bound->states[0].initial, "gain")->value == 40);
    assert_int_equal(ref_of(&bound->statements[3].value, "lam")->kind, E2L_REF_LOCAL);
    const e2l_binding given = {.name = "tau", .expr = "tau + 1"}; /* the experiment's, as it is the experiment that says it */
    up->parameters = &given;
    up->n_parameters = 1;
    bound = &resolve(f)->projections[UP];
    assert_true(ref_of(&bound->statements[0].value, "tau")->value == 8);
    assert_true(ref_of(&bound->states[0].initial, "gain")->value == 16);
    const e2l_binding again[] = {{.name = "c", .expr = "tau"}, {.name = "xi", .expr = "0"}};
    up->states = again;
    up->n_states = 2;
    f->net.terminals[1].expr = "c";
    f->net.experiment.n_probes = 0;
    bound = &resolve(f)->projections[UP];
    assert_int_equal(bound->n_states, 2); /* c is the model's */
    assert_true(ref_of(&bound->states[0].initial, "tau")->value == 8);
}

static void a_state_hides_a_number(void **state)
{
    fixture *const f = *state;
    f->net.states[0].name = "tau";
    f->net.synapse[0] = "tau += x";
    f->net.synapse[3] = "noisy = tau * uniform";
    f->net.probes[0].of = "up.tau";
    const e2l_bound_projection *const up = &resolve(f)->projections[UP];
    assert_int_equal(ref_of(&up->statements[3].value, "tau")->kind, E2L_REF_SYNAPSE_STATE);
    assert_true(up->upper == 14); /* bounds are the experiment's */
}

/* ---- projections --------------------------------------------------------------------------------------------- */
static void states_live_where_their_statements_allow(void **state)
{
    fixture *const f = *state;
    const e2l_bound_projection *up = &resolve(f)->projections[UP];
    const e2l_place first[] = {E2L_AT_PRE, E2L_AT_POST, E2L_AT_GLOBAL, E2L_AT_SYNAPSE};
    assert_memory_equal(up->state_places, first, sizeof first);
    assert_int_equal(up->statements[0].target.place, E2L_AT_PRE);
    assert_int_equal(ref_of(&up->statements[3].value, "f")->place, E2L_AT_PRE);
    assert_int_equal(ref_of(&up->statements[3].value, "uniform")->place, E2L_AT_SYNAPSE);
    assert_int_equal(ref_of(&f->resolved->slots[1].terminals[1], "g")->place, E2L_AT_POST);
    /* found by going round: f is read before what it is made of is known to be wider */
    f->net.synapse[0] = "f = once";
    f->net.synapse[2] = "once = g";
    f->net.synapse[1] = "when f > 0: g += normal";
    f->net.synapse[3] = "noisy = x";
    f->net.synapse[5] = "when x: once += 1";
    f->net.projections[UP].n_synapse = 6;
    f->net.probes[0].of = "up.f";
    f->net.probes[2].fold = E2L_FOLD_LAST;
    up = &resolve(f)->projections[UP];
    const e2l_place later[] = {E2L_AT_PRE, E2L_AT_PRE, E2L_AT_PRE, E2L_AT_SYNAPSE};
    assert_memory_equal(up->state_places, later, sizeof later);
    assert_int_equal(ref_of(&up->statements[1].value, "normal")->place, E2L_AT_PRE); /* noise fits anywhere */
    f->net.synapse[1] = "when post.r: g += normal";
    up = &resolve(f)->projections[UP];
    const e2l_place last[] = {E2L_AT_SYNAPSE, E2L_AT_POST, E2L_AT_SYNAPSE, E2L_AT_SYNAPSE};
    assert_memory_equal(up->state_places, last, sizeof last);
    f->net.synapse[0] = "f += rule"; /* as wide as what the rule may see */
    f->net.synapse[2] = "once = 1";
    f->net.synapse[1] = "g = 1";
    assert_int_equal(resolve(f)->projections[UP].state_places[0], E2L_AT_PRE);
}

static void texts_of_a_projection(void **state)
{
    fixture *const f = *state;
    const e2l_bound_projection *up = &resolve(f)->projections[UP];
    assert_int_equal(up->delay_steps, 3);
    assert_int_equal(ref_of(&up->delay, "i")->place, E2L_AT_SELF);
    assert_int_equal(ref_of(&up->connect, "pre.i")->place, E2L_AT_PRE);
    assert_int_equal(ref_of(&up->connect, "post.i")->place, E2L_AT_POST);
    assert_int_equal(ref_of(&up->connect, "mask")->place, E2L_AT_SYNAPSE);
    assert_true(up->lower == -1 && up->upper == 14);
    assert_int_equal(up->effect.expr != NULL ? ref_of(&up->effect, "xi")->kind : E2L_REF_NUMBER, E2L_REF_SYNAPSE_STATE);
    const e2l_bound_projection *const down = &f->resolved->projections[DOWN];
    assert_int_equal(down->weights, UP);
    assert_true(down->n_pre == 2 && down->n_post == 3 && down->delay_steps == 1);
    assert_true(down->w.expr == NULL && down->connect.expr == NULL && down->delay.expr == NULL);
    assert_true(down->lower == -HUGE_VAL && down->upper == HUGE_VAL);
    f->net.projections[UP].delay = "2 * dt + 0.5";
    f->net.projections[UP].delay_max = NULL;
    up = &resolve(f)->projections[UP];
    assert_true(up->delay.expr == NULL && up->delay_steps == 3);
}

static void every_text_draws_on_its_own(void **state)
{
    fixture *const f = *state;
    f->net.projections[UP].connect = "uniform < 0.5";
    f->net.projections[UP].signal = "r + normal";
    f->net.projections[UP].effect = "w * x + normal";
    const e2l_bound_population *const a = &resolve(f)->populations[A];
    const e2l_bound_projection *const up = &f->resolved->projections[UP];
    const uint64_t shared = site_of("population/A/step/1");
    assert_true(ref_of(&a->statements[0].value, "uniform")->site == site_of("population/A/step/0"));
    assert_true(ref_of(&a->statements[1].value, "normal")->site == shared); /* the same word in one statement is one draw */
    assert_true(ref_of(&a->statements[1].guard, "normal")->site == shared);
    assert_true(ref_of(&up->w, "normal")->site == site_of("projection/up/w"));
    assert_true(ref_of(&up->connect, "uniform")->site == site_of("projection/up/connect"));
    assert_true(ref_of(&up->signal, "normal")->site == site_of("projection/up/signal"));
    assert_true(ref_of(&up->effect, "normal")->site == site_of("projection/up/effect"));
    assert_int_equal(ref_of(&up->signal, "normal")->place, E2L_AT_SELF);
    assert_int_equal(ref_of(&up->effect, "normal")->place, E2L_AT_SYNAPSE);
    assert_true(ref_of(&up->statements[3].value, "uniform")->site == site_of("projection/up/synapse/3"));
    assert_true(ref_of(&up->states[3].initial, "normal")->site == site_of("projection/up/state/xi"));
}

static void slots_of_neurons_come_first(void **state)
{
    fixture *const f = *state;
    const e2l_slot *slots[1] = {NULL};
    assert_int_equal(e2l_experiment_slots(&f->net.experiment, slots, 1), 2); /* no more than there is room for */
    assert_string_equal(slots[0]->name, "bias");
    const e2l_resolved *const r = resolve(f);
    assert_int_equal(r->n_slots, 2);
    assert_true(r->slots[0].population == B && r->slots[0].projection == E2L_NO_INDEX);
    assert_true(r->slots[1].population == E2L_NO_INDEX && r->slots[1].projection == UP);
    assert_int_equal(ref_of(&r->populations[B].statements[0].value, "bias")->index, 0);
    assert_int_equal(ref_of(&r->projections[UP].statements[4].value, "rule")->index, 1);
    assert_int_equal(ref_of(&r->projections[UP].statements[4].value, "eta.rule")->index, 1);
    assert_int_equal(ref_of(&r->slots[0].terminals[0], "i")->place, E2L_AT_SELF);
}

/* ---- the schedule -------------------------------------------------------------------------------------------- */
static void spans_are_a_tree(void **state)
{
    fixture *const f = *state;
    const e2l_resolved *const r = resolve(f);
    assert_int_equal(r->n_spans, 4);
    assert_int_equal(r->n_steps, 28);
    assert_int_equal(e2l_experiment_n_steps(&f->net.experiment), 28);
    assert_true(r->spans[TRIAL].parent == E2L_NO_INDEX && r->spans[FREE].parent == TRIAL && r->spans[REST].parent == E2L_NO_INDEX);
    assert_true(r->spans[TRIAL].steps == 8 && r->spans[NUDGED].first == 2 && r->spans[REST].first == 24);
    for (uint64_t step = 0; step < 28; ++step) {
        const uint64_t t = step % 8;
        const bool in = step < 24, nudged = in && t >= 2;
        const e2l_moment trial = e2l_span_at_step(r, TRIAL, step), inner = e2l_span_at_step(r, NUDGED, step);
        assert_true(trial.on == in && trial.k == (in ? step / 8 : 0) && trial.t == (in ? t : 0));
        assert_true(inner.on == nudged && inner.k == (nudged ? (t - 2) / 3 : 0) && inner.t == (nudged ? (t - 2) % 3 : 0));
        const e2l_ref last = {.kind = E2L_REF_SPAN_LAST, .index = NUDGED}, first = {.kind = E2L_REF_SPAN_FIRST, .index = FREE};
        assert_true(e2l_ref_at_step(r, &last, step) == (in && (t == 4 || t == 7)));
        assert_true(e2l_ref_at_step(r, &first, step) == (in && t == 0));
    }
}

static void what_is_set_is_that_of_the_last_set(void **state)
{
    fixture *const f = *state;
    const e2l_resolved *r = resolve(f);
    e2l_ref lam = *ref_of(&r->projections[UP].statements[2].value, "lam");
    assert_int_equal(lam.kind, E2L_REF_SET);
    for (uint64_t step = 0; step < 28; ++step) {
        const uint64_t t = step % 8;
        const double want = step >= 24 || t >= 5 ? 11 : t >= 2 ? 10 : (double)(step / 8);
        assert_true(e2l_ref_at_step(r, &lam, step) == want);
    }
    f->net.spans[0].n_set = 0; /* before the first set it is what it was */
    r = resolve(f);
    assert_true(e2l_ref_at_step(r, &lam, 1) == 0.25 && e2l_ref_at_step(r, &lam, 2) == 10 && e2l_ref_at_step(r, &lam, 8) == 11);
    f->net.spans[0].n_set = 1; /* who begins together: the inner one has the last word */
    f->net.children[0].set = &f->net.set[1];
    f->net.children[0].n_set = 1;
    assert_true(e2l_ref_at_step(resolve(f), &lam, 8) == 10);
}

static void resets_and_freezes_reach_what_they_name(void **state)
{
    fixture *const f = *state;
    const e2l_resolved *r = resolve(f);
    const e2l_bound_projection *up = &r->projections[UP];
    assert_true(r->populations[A].variables[0].n_resets == 1 && r->populations[A].variables[0].resets[0] == FREE);
    assert_true(r->populations[A].variables[1].n_resets == 1 && r->populations[B].variables[0].n_resets == 0);
    assert_true(up->n_w_resets == 0 && up->states[3].n_resets == 1 && up->states[0].n_resets == 0);
    assert_true(up->statements[4].n_frozen == 1 && up->statements[4].frozen[0] == FREE);  /* up.w, not up.* */
    assert_true(up->statements[0].n_frozen == 1 && up->statements[0].frozen[0] == REST);  /* up.*, not up.w */
    assert_true(up->statements[3].n_frozen == 0);                                         /* a local */
    f->net.resets[0] = "up.w";
    f->net.freezes[1] = "A.u";
    r = resolve(f);
    assert_int_equal(r->projections[UP].n_w_resets, 1);
    assert_true(r->populations[A].statements[0].n_frozen == 1 && r->populations[A].statements[1].n_frozen == 0);
}

static void rows_and_probes(void **state)
{
    fixture *const f = *state;
    const e2l_resolved *const r = resolve(f);
    e2l_layout layout;
    assert_int_equal(r->populations[A].ports[0].array, ROWS);
    assert_true(e2l_bound_at_step(r, &r->populations[A].ports[0].row, 17) == 2);
    assert_int_equal(e2l_resolved_layout(f->ctx, r, &layout), E2L_OK);
    const size_t width[] = {3, 2, 1, 6, 6}, looks[] = {1, 1, 3, 1, 1};
    for (size_t k = 0; k < COUNT_OF(width); ++k) {
        assert_int_equal(layout.places[k].width, width[k]);
        assert_int_equal(layout.places[k].n_looks, looks[k]);
    }
    e2l_layout_clear(f->ctx, &layout);
}

/* ---- mistakes ------------------------------------------------------------------------------------------------ */
static void expect(fixture *f, const char *words)
{
    assert_int_equal(e2l_experiment_check(f->ctx, &f->net.experiment, NULL), E2L_INPUT);
    if (!strstr(e2l_ctx_message(f->ctx), words)) {
        fail_msg("expected '%s' in: %s", words, e2l_ctx_message(f->ctx));
    }
    init(&f->net);
}

/* `change` may speak of the network as n. */
#define PROBLEM(change, words)         \
    do {                               \
        fixture *const f = *state;     \
        net *const n = &f->net;        \
        change;                        \
        expect(f, words);              \
    } while (0)

static void mistakes_in_populations(void **state)
{
    const e2l_binding twice[] = {{.name = "a", .expr = "1"}, {.name = "a", .expr = "2"}};
    const e2l_binding again[] = {{.name = "u", .expr = "1"}, {.name = "u", .expr = "2"}};
    PROBLEM(n->drawn[0].name = "aa", "population 'A': parameter 'aa' unknown in model 'cell'; did you mean 'a'?");
    PROBLEM((n->populations[A].parameters = twice, n->populations[A].n_parameters = 2), "population 'A': parameter 'a' is given twice");
    PROBLEM((n->populations[A].states = again, n->populations[A].n_states = 2), "population 'A': state 'u' is given twice");
    PROBLEM(n->initial[0].name = "uu", "population 'A': state 'uu' unknown in model 'cell'; did you mean 'u'?");
    PROBLEM(n->drawn[0].expr = "b", "population 'A': parameter 'a': 'b' unknown"); /* it comes later */
    PROBLEM(n->drawn[0].expr = "mask", "array 'mask' has 6 elements, expected 3");
    PROBLEM(n->drawn[0].expr = "lam", "population 'A': parameter 'a': parameter 'lam' is set by a span; only what stays the same can stand here");
    PROBLEM(n->initial[0].expr = "r", "population 'A': state 'u': 'r' unknown");
    PROBLEM(n->initial[0].expr = "step", "population 'A': state 'u': 'step' unknown");
    PROBLEM(n->populations[A].model = SYNAPSE, "population 'A': model 'traces' is one of synapses");
    PROBLEM(n->populations[B].model = "{\"model\": \"m\", \"parameters\": {\"dt\": [1, \"1\"]}, \"ports\": {\"in\": \"1\", "
                                      "\"back\": \"1\"}, \"state\": {\"r\": [0, \"1\"]}, \"step\": [\"r += bias + in + back\"]}",
            "population 'B' (model 'm'): dt: the name is reserved");
    PROBLEM(n->inputs[0].row = NULL, "input 'in': row: which row of the array is read must be said");
    PROBLEM(n->inputs[0].row = "trial.k + 1", "input 'in': row: row 3 at step 16 is out of range 0..2");
    PROBLEM(n->inputs[0].row = "-0.5", "row -0.5 at step 0 is out of range");
    PROBLEM(n->inputs[0].row = "uniform", "input 'in': row: 'uniform' unknown");
    PROBLEM((n->arrays[ROWS].kind = E2L_ARRAY_BY_STEP, n->arrays[ROWS].n_rows = 0), "the array has a row per step; none can be chosen");
    PROBLEM(n->arrays[ROWS].n_rows = 0, "array 'images': 0 rows; one of rows, events or edges has 1..");
    PROBLEM(n->populations[B].n_slots = 0, "'bias' unknown");
    PROBLEM(n->neuron_terminals[0].expr = "q", "population 'B': slot 'bias': terminal 'r': 'q' unknown");
    PROBLEM(n->neuron_terminals[0].expr = "pre.r", "slot 'bias': terminal 'r': 'pre.r' unknown");
}

static void mistakes_in_projections(void **state)
{
    PROBLEM(n->projections[UP].connect = "pre.r", "projection 'up': connect: 'pre.r' unknown");
    PROBLEM(n->projections[UP].w = "x", "projection 'up': initial weight w: 'x' unknown");
    PROBLEM(n->projections[UP].w = "lam", "initial weight w: parameter 'lam' is set by a span");
    PROBLEM(n->projections[UP].w = "gains", "array 'gains' has 3 elements, expected 6");
    PROBLEM(n->projections[UP].delay_max = NULL, "delay '0.5 * (1 + i)' may differ from source to source; delay_max must say");
    PROBLEM(n->projections[UP].delay_max = "0.7", "delay_max 0.7 is no multiple of dt");
    PROBLEM((n->projections[UP].delay = "2", n->projections[UP].delay_max = "1"), "delay '2' is longer than delay_max '1'");
    PROBLEM(n->projections[UP].delay = "r", "projection 'up': delay: 'r' unknown");
    PROBLEM(n->projections[UP].signal = "in", "'in' is no state; a delayed signal is made of states");
    PROBLEM(n->projections[UP].lower = "15", "projection 'up': lower 15 is above upper 14");
    PROBLEM(n->projections[UP].lower = "uniform", "projection 'up': lower: 'uniform' unknown");
    PROBLEM(n->projections[DOWN].upper = "1", "bounds belong to the projection that owns the weights");
    PROBLEM(n->projections[DOWN].transposed = false, "3 x 2 synapses, but weights_of 'up' has 2 x 3");
    PROBLEM((n->projections[DOWN].weights_of = NULL, n->projections[DOWN].w = "1"), "transposed says how weights_of is read");
    PROBLEM(n->projections[UP].reduce = (e2l_reduce)3, "projection 'up': reduce 3 is out of range 0..2");
    PROBLEM(n->projections[UP].effect = "post.r", "projection 'up': effect: 'post.r' unknown");
    PROBLEM(n->terminals[0].expr = "noisy", "slot 'rule': terminal 'x': 'noisy' unknown");
    PROBLEM((n->projections[DOWN].synapse = n->synapse + 5, n->projections[DOWN].n_synapse = 1, n->synapse[5] = "w += 1"),
            "the weights belong to projection 'up'");
}

static void mistakes_in_synapses(void **state)
{
    const e2l_binding tau[] = {{.name = "tau", .expr = "1"}, {.name = "tau", .expr = "2"}, {.name = "tua", .expr = "1"}};
    const e2l_binding c[] = {{.name = "c", .expr = "1"}, {.name = "c", .expr = "2"}};
    PROBLEM(n->states[0].expr = "x", "projection 'up': state 'f': 'x' unknown");
    PROBLEM(n->states[0].name = "w", "projection 'up': state 'w': the name is taken");
    PROBLEM(n->states[0].name = "rule", "projection 'up': state 'rule': the name is taken");
    PROBLEM(n->states[0].name = "g", "projection 'up': state 'g' is given twice");
    PROBLEM(n->synapse[0] = "x = 1", "statement 'x = 1': 'x' cannot be written");
    PROBLEM((n->synapse[0] = "f += (", n->synapse[1] = "g = )"), "synapse[1]: column 5");
    PROBLEM((n->synapse[0] = "f += (", n->synapse[1] = "g = )"), "synapse[0]: column 7");
    PROBLEM(n->synapse[3] = "noisy = noisy + 1", "'noisy' is read before it is written");
    PROBLEM(n->synapse[3] = "when x: noisy = 1", "'noisy' is no state; a guarded statement writes states only");
    PROBLEM((n->projections[UP].parameters = tau, n->projections[UP].n_parameters = 1), "parameter 'tau': there is no synapse model that has it");
    PROBLEM((n->projections[UP].model = SYNAPSE, n->projections[UP].parameters = tau, n->projections[UP].n_parameters = 2),
            "projection 'up': parameter 'tau' is given twice");
    PROBLEM((n->projections[UP].model = SYNAPSE, n->projections[UP].parameters = tau + 2, n->projections[UP].n_parameters = 1),
            "parameter 'tua' unknown in model 'traces'; did you mean 'tau'?");
    PROBLEM((n->projections[UP].model = SYNAPSE, n->projections[UP].states = c, n->projections[UP].n_states = 2), "state 'c' is given twice");
    PROBLEM((n->projections[UP].model = SYNAPSE, n->synapse[3] = "tau = x"), "statement 'tau = x': 'tau' cannot be written");
    PROBLEM(n->projections[UP].model = "{\"synapse\": \"s\", \"parameters\": {\"x\": [1, \"1\"]}, \"step\": [\"w += x\"]}",
            "projection 'up': parameter 'x': the name is taken");
    PROBLEM(n->projections[UP].model = NEURON, "projection 'up': model 'cell' is one of neurons");
    PROBLEM(n->projections[UP].model = "{\"synapse\": \"s\", \"ports\": {}}", "a synapse model has no 'ports'");
    PROBLEM(n->projections[UP].model = "trace", "projection 'up': model 'trace' unknown");
}

static void mistakes_in_spans_and_probes(void **state)
{
    PROBLEM(n->spans[0].steps = 3, "span 'trial': both steps and children are given");
    PROBLEM(n->children[0].steps = 0, "span 'free': 0 steps is out of range 1..");
    PROBLEM((n->spans[1].steps = UINT64_C(1) << 40, n->spans[1].repeat = UINT64_C(1) << 40),
            "span 'rest': 1099511627776 repetitions of 1099511627776 steps is out of range");
    PROBLEM(n->children[1].name = "trial", "span 'trial': the name is already that of a span");
    PROBLEM(n->set[0].name = "lamb", "span 'trial': set: 'lamb' is no parameter of the experiment");
    PROBLEM(n->set[0].expr = "A.r", "span 'trial': set 'lam': 'A.r' unknown");
    PROBLEM(n->set[0].expr = "lam + 1", "span 'trial': set 'lam': parameter 'lam' is set by a span");
    PROBLEM(n->resets[0] = "A.in", "span 'free': reset 'A.in': no such state");
    PROBLEM(n->resets[0] = "down.w", "span 'free': reset 'down.w': no such state");
    PROBLEM(n->resets[0] = "A", "span 'free': reset 'A': no such state");
    PROBLEM(n->freezes[0] = "up.ff", "span 'free': freeze 'up.ff': no such state");
    PROBLEM(n->freezes[0] = NULL, "span 'free': freeze '': no such state");
    PROBLEM(n->probes[1].of = "up.f * up.g", "'up.f' has 3 elements, 'up.g' has 2; all must have the same number");
    PROBLEM(n->probes[1].of = "up.noisy", "probe 'targets': 'up.noisy' unknown");
    PROBLEM(n->probes[2].when = "A.u", "probe 'count': when: 'A.u' unknown");
    PROBLEM(n->probes[2].when = "rest.k > 0", "its condition is never true");
}

/* ---- printing, memory ---------------------------------------------------------------------------------------- */
/* Where a span has no length nothing is said about what stands at which step. */
static void wrong_lengths_are_all_that_is_said(void **state)
{
    fixture *const f = *state;
    f->net.children[0].steps = 0;
    f->net.probes[2].when = "nudged.k > 1";
    assert_int_equal(e2l_experiment_check(f->ctx, &f->net.experiment, NULL), E2L_INPUT);
    assert_string_equal(e2l_ctx_message(f->ctx), "span 'free': 0 steps is out of range 1..9007199254740992");
}

static void everything_is_printed(void **state)
{
    fixture *const f = *state;
    static const char *const words[] = {
        "\"a\": \"gains * tau + i\"", "\"u\": \"a + normal\"", "\"in\": \"images[trial.k]\"", "\"rows\": 3", "\"bias\": {",
        "\"to\": \"B.in\"", "\"connect\": \"mask * (pre.i != post.i)\"", "\"delay_max\": \"1.5\"", "\"reduce\": \"max\"",
        "\"lower\": \"-1\"", "\"upper\": \"2 * tau\"", "\"xi\": \"normal\"", "\"transposed\": true", "\"weights_of\": \"up\"",
        "\"do\": [", "\"repeat\": 3", "\"lam\": \"10 + nudged.k\"", "\"reset\": [\"A.*\", \"up.xi\"]", "\"freeze\": [\"up.w\"]",
        "\"model\": \"traces\"", "\"tau\": \"5\""};
    const e2l_binding tau = {.name = "tau", .expr = "5"};
    e2l_text out;
    e2l_text_init(&out, f->ctx);
    f->net.projections[UP].model = "traces";
    f->net.projections[UP].parameters = &tau;
    f->net.projections[UP].n_parameters = 1;
    assert_int_equal(e2l_experiment_print(&f->net.experiment, &out), E2L_OK);
    for (size_t k = 0; k < COUNT_OF(words); ++k) {
        if (!strstr(e2l_text_get(&out), words[k])) {
            fail_msg("%s is not in %s", words[k], e2l_text_get(&out));
        }
    }
    cJSON *json;
    assert_int_equal(e2l_json_parse(f->ctx, &json, out.data, out.n, "printed"), E2L_OK);
    const cJSON *const down = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(json, "projections"), "down");
    static const char *const left_out[] = {"connect", "effect", "reduce", "lower", "upper", "model", "state", "slots", "synapse", "w"};
    for (size_t k = 0; k < COUNT_OF(left_out); ++k) {
        assert_null(cJSON_GetObjectItemCaseSensitive(down, left_out[k]));
    }
    e2l_json_free(json);
    e2l_text_clear(&out);
}

static e2l_status check_and_print(e2l_ctx *ctx, const e2l_experiment *experiment)
{
    e2l_layout layout;
    e2l_text text;
    e2l_text_init(&text, ctx);
    e2l_status status = e2l_experiment_check(ctx, experiment, &layout);
    if (status == E2L_OK) {
        status = e2l_experiment_print(experiment, &text);
        e2l_layout_clear(ctx, &layout);
    }
    e2l_text_clear(&text);
    return status;
}

static void fail_each(fixture *f, e2l_status want)
{
    const size_t blocks = e2l_ctx_blocks(f->ctx);
    e2l_status status = E2L_NOMEM;
    size_t n = 0;
    while (status == E2L_NOMEM) {
        assert_true(++n < 100000);
        e2l_ctx_fail_allocation(f->ctx, n);
        status = check_and_print(f->ctx, &f->net.experiment);
        e2l_ctx_fail_allocation(f->ctx, 0);
        assert_int_equal(e2l_ctx_blocks(f->ctx), blocks);
    }
    assert_int_equal(status, want);
    assert_true(n > 100);
}

static void out_of_memory(void **state)
{
    fixture *const f = *state;
    const e2l_binding tau = {.name = "tau", .expr = "tau"};
    f->net.projections[UP].model = SYNAPSE;
    f->net.projections[UP].parameters = &tau;
    f->net.projections[UP].n_parameters = 1;
    fail_each(f, E2L_OK);
    f->net.synapse[0] = "f += (";
    f->net.drawn[0].expr = "lam";
    f->net.resets[0] = "nobody";
    fail_each(f, E2L_INPUT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)
    const struct CMUnitTest tests[] = {
        TEST(parameters_per_neuron),
        TEST(overrides_see_those_before),
        TEST(own_names_come_first),
        TEST(a_state_hides_a_number),
        TEST(states_live_where_their_statements_allow),
        TEST(texts_of_a_projection),
        TEST(every_text_draws_on_its_own),
        TEST(slots_of_neurons_come_first),
        TEST(spans_are_a_tree),
        TEST(what_is_set_is_that_of_the_last_set),
        TEST(resets_and_freezes_reach_what_they_name),
        TEST(rows_and_probes),
        TEST(mistakes_in_populations),
        TEST(mistakes_in_projections),
        TEST(mistakes_in_synapses),
        TEST(mistakes_in_spans_and_probes),
        TEST(wrong_lengths_are_all_that_is_said),
        TEST(everything_is_printed),
        TEST(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
