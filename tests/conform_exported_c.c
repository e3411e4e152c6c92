/* The C exporter's text, compiled and loaded, beside the engine: rules of random form see the same numbers in a network of the cpu
   substrate (x of the source, y of the target, w of the synapse: everything the compiler hoists and fuses) and as a C function. Arithmetic,
   comparisons and selections give the same bits; a function of libm over such arguments stays within some units in the last place. */
#include <dlfcn.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/export.h"
#include "results/run_folder.h"
#include "results/tool.h"
#include "substrate/substrate.h"
#include "tests/support/support.h"

enum { N_PRE = 5, N_POST = 3, N_SYNAPSES = N_PRE * N_POST, N_CASES = 7, N_RULES = E2L_RULE_MAX_SLOTS, GROUPS = 5, SIZE = 14, ULPS = 8 };
typedef double rule_function(const double *in);

static char folder[256];

/* ---- a network of one step -------------------------------------------------------------------------------- */
static const e2l_array arrays[] = {{.name = "xs", .kind = E2L_ARRAY_BY_STEP, .size = N_PRE},
                                   {.name = "ys", .kind = E2L_ARRAY_BY_STEP, .size = N_POST},
                                   {.name = "w0", .kind = E2L_ARRAY_STATIC, .size = N_SYNAPSES}};
static const e2l_input x_in[] = {{.port = "in", .array = "xs"}}, y_in[] = {{.port = "in", .array = "ys"}};
static const e2l_population populations[] = {{.name = "input", .size = N_PRE, .model = "relay", .inputs = x_in, .n_inputs = 1},
                                             {.name = "output", .size = N_POST, .model = "relay", .inputs = y_in, .n_inputs = 1}};
static const e2l_binding terminals[] = {{.name = "x", .expr = "x"}, {.name = "y", .expr = "post.r"}, {.name = "w", .expr = "w"}};
static const e2l_slot slot = {.name = "rule", .terminals = terminals, .n_terminals = 3};
/* What is no finite number is told apart by `kind`: states must be finite. */
static const e2l_binding states[] = {{.name = "value", .expr = "0"}, {.name = "kind", .expr = "0"}};
static const char *const looks[] = {"v = rule", "value = if(abs(v) < 1e300, v, 0)", "kind = (v == v) + 2 * (v >= 1e300) + 4 * (v <= -1e300)"};
static const char *const learns[] = {"w += eta * rule"};
#define PROJECTION .name = "p", .from = "input", .to = "output", .port = "in", .signal = "r", .w = "w0", .effect = "0 * x", .slots = &slot, .n_slots = 1
static const e2l_projection looking = {PROJECTION, .states = states, .n_states = 2, .synapse = looks, .n_synapse = 3};
static const e2l_projection learning = {PROJECTION, .synapse = learns, .n_synapse = 1};
static const e2l_span span = {.name = "once", .steps = 1};
static const e2l_probe look_probes[] = {{.name = "value", .of = "p.value", .fold = E2L_FOLD_LAST}, {.name = "kind", .of = "p.kind", .fold = E2L_FOLD_LAST}};
static const e2l_probe learn_probes[] = {{.name = "w", .of = "p.w", .fold = E2L_FOLD_LAST}};

static e2l_experiment experiment_of(const e2l_projection *projection)
{
    const bool is_look = projection == &looking;
    return (e2l_experiment){.struct_size = sizeof(e2l_experiment), .name = "oracle", .dt = 1, .dt_unit = "1", .arrays = arrays, .n_arrays = 3,
                            .populations = populations, .n_populations = 2, .projections = projection, .n_projections = 1, .spans = &span, .n_spans = 1,
                            .probes = is_look ? look_probes : learn_probes, .n_probes = is_look ? 2 : 1};
}

/* Halves and whole numbers now and then, so that comparisons have something to decide. */
static double datum(uint64_t index, size_t array, uint64_t k)
{
    const uint64_t words[] = {index, array, k};
    e2l_stream stream;
    e2l_stream_init(&stream, e2l_test_seed(), E2L_PURPOSE_TEST, words, 3);
    const double value = 4 * e2l_stream_uniform(&stream) - 2;
    return e2l_stream_below(&stream, 4) == 0 ? floor(2 * value) / 2 : value;
}

static e2l_status fill(const e2l_case *self, e2l_ctx *ctx, size_t array, uint64_t step0, size_t n, double *out)
{
    (void)ctx;
    for (uint64_t k = 0; k < n * arrays[array].size; ++k) {
        out[k] = datum(self->index, array, step0 * arrays[array].size + k);
    }
    return E2L_OK;
}

/* ---- rules --------------------------------------------------------------------------------------------------- */
static bool is_exact(const e2l_expr *expr, size_t n)
{
    bool exact = true;
    for (size_t k = 0; k < n; ++k) {
        const e2l_node *const node = &e2l_expr_nodes(expr)[k];
        exact = exact && (node->kind != E2L_NODE_CALL || (node->primitive->flags & E2L_EXACT) != 0);
    }
    return exact;
}

/* The exporter refuses rules whose every result depends on subnormal numbers. */
static bool is_tiny(const e2l_expr *expr)
{
    bool tiny = false;
    for (size_t k = 0; k < e2l_expr_n_nodes(expr); ++k) {
        const e2l_node *const node = &e2l_expr_nodes(expr)[k];
        tiny = tiny || (node->kind == E2L_NODE_CONST && node->value != 0 && fabs(node->value) < 1e-100);
    }
    return tiny;
}

/* The next random formula of arithmetic alone; every fourth one as argument of a libm function. */
static e2l_expr *draw_rule(e2l_ctx *ctx, e2l_stream *stream, size_t k)
{
    static const char *const functions[] = {"tanh", "exp", "sin", "cos", "sigmoid", "log"};
    e2l_text text = {.ctx = ctx};
    e2l_expr *expr = NULL;
    for (bool good = false; !good;) {
        e2l_expr_destroy(ctx, expr);
        expr = e2l_test_random_expr(ctx, stream, SIZE, false);
        good = is_exact(expr, e2l_expr_n_nodes(expr)) && e2l_expr_n_names(expr) > 0 && !is_tiny(expr);
    }
    if (k % 4 == 3) {
        const char *const function = functions[e2l_stream_below(stream, sizeof functions / sizeof *functions)];
        e2l_text_appendf(&text, "%s(", function);
        assert_int_equal(e2l_expr_print(expr, E2L_STYLE_HEX, &text), E2L_OK);
        e2l_text_append(&text, ")");
        e2l_expr_destroy(ctx, expr);
        expr = e2l_test_parse(ctx, e2l_text_get(&text));
        e2l_text_clear(&text);
    }
    return expr;
}

typedef struct group {
    e2l_ctx *ctx;
    e2l_expr *rules[N_RULES];
    e2l_rule_set *set;
    void *library;
    rule_function *functions[N_RULES];
} group;

static void make_set(group *g)
{
    e2l_text text = {.ctx = g->ctx};
    for (size_t k = 0; k < N_RULES; ++k) {
        e2l_text_appendf(&text, "r%zu = ", k);
        assert_int_equal(e2l_expr_print(g->rules[k], E2L_STYLE_HEX, &text), E2L_OK);
        e2l_text_append(&text, "\n");
    }
    if (e2l_rule_read_text(g->ctx, &g->set, e2l_text_get(&text), text.n, "rules") != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(g->ctx));
    }
    e2l_text_clear(&text);
}

static void load(group *g)
{
    char path[512];
    const e2l_exporter *const c = e2l_exporter_find("c");
    assert_int_equal(e2l_export_write(g->ctx, g->set, &c, 1, folder, NULL), E2L_OK);
    const char *const argv[] = {"cc", "-O2", "-shared", "-fPIC", "-o", "rules.so", "c/e2l_rule.c", "-lm", NULL};
    if (e2l_tool_run(g->ctx, folder, "out.txt", argv) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(g->ctx));
    }
    (void)snprintf(path, sizeof path, "%s/rules.so", folder);
    g->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (g->library == NULL) {
        fail_msg("%s", dlerror());
    }
    for (size_t k = 0; k < N_RULES; ++k) {
        char name[32];
        (void)snprintf(name, sizeof name, "e2l_rule_r%zu", k);
        void *const symbol = dlsym(g->library, name);
        assert_non_null(symbol);
        memcpy(&g->functions[k], &symbol, sizeof symbol);
    }
}

/* The struct of inputs is doubles in the order of the rule's inputs. Subnormals count as zero on both sides. */
static double exported(const group *g, size_t rule, uint64_t index, size_t synapse)
{
    double in[4] = {0};
    const e2l_rule_slot *const about = &g->set->slots[rule];
    for (size_t k = 0; k < about->n_inputs; ++k) {
        const char name = about->inputs[k].name[0];
        in[k] = name == 'x' ? datum(index, 0, synapse % N_PRE) : name == 'y' ? datum(index, 1, synapse / N_PRE) : datum(index, 2, synapse);
    }
    const unsigned saved = e2l_flush_begin();
    const volatile double value = g->functions[rule](in);
    e2l_flush_end(saved);
    return value;
}

/* ---- comparison ------------------------------------------------------------------------------------------------ */
static void run(group *g, const e2l_projection *projection, double *values, e2l_recording *recordings)
{
    const e2l_substrate *const cpu = e2l_substrate_find("cpu");
    const e2l_experiment experiment = experiment_of(projection);
    const size_t n = projection == &looking ? 2 * N_SYNAPSES : N_SYNAPSES;
    const double eta = 0.5;
    e2l_device *device;
    e2l_plan *plan;
    e2l_candidate candidates[N_RULES];
    e2l_case cases[N_CASES];
    for (size_t k = 0; k < N_RULES; ++k) {
        candidates[k] = (e2l_candidate){(const e2l_expr *const *)&g->rules[k], &eta};
    }
    for (uint64_t k = 0; k < N_CASES; ++k) {
        cases[k] = (e2l_case){.key = {k, 5}, .fill = fill, .index = k};
    }
    for (size_t k = 0; k < N_RULES * N_CASES; ++k) {
        recordings[k] = (e2l_recording){.values = values + k * n};
    }
    assert_int_equal(cpu->open(g->ctx, &device, NULL), E2L_OK);
    if (cpu->prepare(g->ctx, device, &experiment, &plan) != E2L_OK) {
        fail_msg("%s", e2l_ctx_message(g->ctx));
    }
    assert_int_equal(cpu->run(g->ctx, plan, candidates, N_RULES, cases, N_CASES, NULL, recordings), E2L_OK);
    cpu->release(g->ctx, plan);
    cpu->close(g->ctx, device);
}

static double flushed(double value)
{
    return fabs(value) < 0x1p-1022 ? copysign(0, value) : value;
}

static bool same(const e2l_expr *rule, double a, double b)
{
    const double unit = nextafter(fabs(b), (double)INFINITY) - fabs(b);
    const bool exact = is_exact(rule, e2l_expr_n_nodes(rule));
    return a == b || (a != a && b != b) || (!exact && fabs(a - b) <= ULPS * unit);
}

static void complain(const group *g, size_t rule, size_t one, size_t synapse, const char *what, double have, double want)
{
    fail_msg("E2L_SEED=%" PRIu64 ", rule '%s', case %zu, synapse %zu: %s %a, exported C %a", e2l_test_seed(), g->set->slots[rule].text, one, synapse, what,
             have, want);
}

/* Returns how many values were numbers. */
static size_t compare_looks(const group *g, const e2l_recording *recordings)
{
    size_t n = 0;
    for (size_t k = 0; k < N_RULES * N_CASES * N_SYNAPSES; ++k) {
        const size_t rule = k / N_SYNAPSES / N_CASES, one = k / N_SYNAPSES % N_CASES, s = k % N_SYNAPSES;
        const double want = flushed(exported(g, rule, one, s));
        const double *const got = recordings[k / N_SYNAPSES].values;
        assert_int_equal(recordings[k / N_SYNAPSES].outcome, E2L_OUTCOME_OK);
        const double kind = want != want ? 0 : want >= 1e300 ? 3 : want <= -1e300 ? 5 : 1;
        if (got[N_SYNAPSES + s] != kind) {
            complain(g, rule, one, s, "kind", got[N_SYNAPSES + s], kind);
        }
        if (kind == 1 && !same(g->rules[rule], got[s], want)) {
            complain(g, rule, one, s, "value", got[s], want);
        }
        n += kind == 1 ? 1 : 0;
    }
    return n;
}

static size_t compare_weights(const group *g, const e2l_recording *recordings)
{
    size_t n = 0;
    for (size_t k = 0; k < N_RULES * N_CASES * N_SYNAPSES; ++k) {
        const size_t rule = k / N_SYNAPSES / N_CASES, one = k / N_SYNAPSES % N_CASES, s = k % N_SYNAPSES;
        const e2l_recording *const recording = &recordings[k / N_SYNAPSES];
        if (recording->outcome != E2L_OUTCOME_OK || !is_exact(g->rules[rule], e2l_expr_n_nodes(g->rules[rule]))) {
            continue;
        }
        const volatile double change = 0.5 * exported(g, rule, one, s);
        const volatile double want = datum(one, 2, s) + change;
        if (recording->values[s] != want) {
            complain(g, rule, one, s, "weight", recording->values[s], want);
        }
        n++;
    }
    return n;
}

static void try_group(e2l_ctx *ctx, size_t k, size_t *n_values, size_t *n_weights)
{
    group g = {.ctx = ctx};
    e2l_stream stream = e2l_test_stream(e2l_test_seed(), k);
    e2l_recording recordings[N_RULES * N_CASES];
    static double values[N_RULES * N_CASES * N_SYNAPSES * 2];
    for (size_t r = 0; r < N_RULES; ++r) {
        g.rules[r] = draw_rule(ctx, &stream, r);
    }
    make_set(&g);
    load(&g);
    run(&g, &looking, values, recordings);
    *n_values += compare_looks(&g, recordings);
    run(&g, &learning, values, recordings);
    *n_weights += compare_weights(&g, recordings);
    assert_int_equal(dlclose(g.library), 0);
    e2l_rule_set_destroy(g.set);
    for (size_t r = 0; r < N_RULES; ++r) {
        e2l_expr_destroy(ctx, g.rules[r]);
    }
}

static void test_exported_rules(void **state)
{
    (void)state;
    e2l_ctx *ctx = e2l_test_ctx();
    size_t n_values = 0, n_weights = 0;
    if (!e2l_tool_exists(ctx, "cc")) {
        print_message("no cc in PATH: exported C not compared\n");
        e2l_test_ctx_end(ctx);
        skip();
    }
    for (size_t k = 0; k < GROUPS; ++k) {
        try_group(ctx, k, &n_values, &n_weights);
    }
    assert_true(n_values > GROUPS * N_RULES * N_CASES * N_SYNAPSES / 2); /* most are numbers */
    assert_true(n_weights > GROUPS * N_RULES * N_CASES * N_SYNAPSES / 4);
    e2l_test_ctx_end(ctx);
}

static int set_up(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/e2l_exported_c_XXXXXX", base ? base : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[320];
    (void)snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exported_rules)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
