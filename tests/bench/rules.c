/* rules.c: rules as searches meet them (rules.txt, made by rules.sh) in a layer of ten inputs and four outputs, 64 cases. By hand: what
   rules_print.c writes, compiled by cc with the flags of the other hand-written code and loaded. */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgp/primitive.h"
#include "substrate/json.h"
#include "tests/bench/rules.h"

enum { SAMPLES, TARGET, REWARD, W0, STEPS = 1000, N_NAMES = 6, LIBRARIES = 2, VARIANTS = LIBRARIES * RULES_ORDERS };
static const char *const names[N_NAMES] = {"x", "y", "e", "z", "w", "g"};

typedef struct rule {
    char *text;
    e2l_expr *expr;
    rules_fn *functions[VARIANTS];
    size_t n_functions;
} rule;

typedef struct rules {
    rules_net net;
    rule list[RULES_MOST];
    size_t n;
    const rule *now;
    bench_graph *graph;
    char folder[64];
    void *libraries[LIBRARIES];
} rules;

static double value(const void *user, size_t array, uint64_t row, uint64_t element, uint64_t a_case)
{
    (void)user;
    return array == W0 ? 0.25 + 0.5 * bench_uniform(array, row, element, a_case)
           : array == REWARD ? bench_uniform(array, row, element, a_case)
                             : bench_normal(array, row, element, a_case);
}

/* ---- contestants ---------------------------------------------------------------------------------------------- */
static void begin(const rules *r)
{
    memcpy(r->net.w, r->net.w0, RULES_OUT * RULES_IN * RULES_LANES * sizeof *r->net.w);
    memset(r->net.r_sum, 0, RULES_OUT * RULES_LANES * sizeof *r->net.r_sum);
}

static void hand(void *user, size_t variant)
{
    const rules *const r = user;
    begin(r);
    r->now->functions[variant](&r->net);
}

static void interpret_step(const rules *r, size_t step, size_t lane)
{
    const rules_net *const net = &r->net;
    const double *const x = net->x + step * RULES_IN * RULES_LANES + lane;
    for (size_t i = 0; i < RULES_OUT; ++i) {
        double *const w = net->w + i * RULES_IN * RULES_LANES + lane;
        double y = 0;
        for (size_t j = 0; j < RULES_IN; ++j) {
            y += w[j * RULES_LANES] * x[j * RULES_LANES];
        }
        net->r_sum[i * RULES_LANES + lane] += y;
        const double e = net->target[(step * RULES_OUT + i) * RULES_LANES + lane] - y, z = 0.5 * (1 - e * e);
        for (size_t j = 0; j < RULES_IN; ++j) {
            const double seen[N_NAMES] = {x[j * RULES_LANES], y, e, z, w[j * RULES_LANES], net->g[step * RULES_LANES + lane]};
            w[j * RULES_LANES] += net->eta * bench_graph_value(r->graph, seen);
        }
    }
}

static void interpret(void *user)
{
    const rules *const r = user;
    begin(r);
    for (size_t step = 0; step < r->net.n_steps; ++step) {
        for (size_t lane = 0; lane < RULES_LANES; ++lane) {
            interpret_step(r, step, lane);
        }
    }
}

static void collect(const void *user, uint64_t a_case, double *values)
{
    const rules *const r = user;
    for (size_t k = 0; k < RULES_OUT * RULES_IN; ++k) {
        values[k] = r->net.w[k * RULES_LANES + a_case];
    }
    for (size_t i = 0; i < RULES_OUT; ++i) {
        values[RULES_OUT * RULES_IN + i] = r->net.r_sum[i * RULES_LANES + a_case];
    }
}

/* ---- the rules -------------------------------------------------------------------------------------------------------- */
static e2l_status read_rules(e2l_ctx *ctx, rules *r)
{
    char *text = NULL;
    size_t length = 0;
    e2l_status status = e2l_file_read(ctx, &text, &length, E2L_SOURCE_DIR "/tests/bench/rules.txt");
    char *line = text;
    while (status == E2L_OK && line < text + length && r->n < RULES_MOST) {
        const size_t n = strcspn(line, "\n");
        char *const tab = memchr(line, '\t', n);
        line[n] = '\0';
        if (line[0] != '#' && tab != NULL) {
            rule *const out = &r->list[r->n++];
            out->text = e2l_strdup(ctx, tab + 1);
            const e2l_scope scope = {.names = names, .n_names = N_NAMES};
            status = out->text == NULL ? E2L_NOMEM : e2l_expr_parse(ctx, &out->expr, out->text, strlen(out->text), &scope);
        }
        line += n + 1;
    }
    e2l_free(ctx, text);
    return status;
}

/* ---- compiled C ---------------------------------------------------------------------------------------------------------- */
static const char *flags_of(e2l_isa isa)
{
    return isa == E2L_ISA_AVX512 ? "-DE2L_LANES_avx512 -mavx512f -mavx512dq -mavx512vl -mavx512bw -mprefer-vector-width=512"
           : isa == E2L_ISA_AVX2 ? "-DE2L_LANES_avx2 -mavx2 -mno-fma"
                                 : "";
}

static e2l_status write_source(e2l_ctx *ctx, const rules *r)
{
    e2l_text out = {.ctx = ctx};
    rules_print_head(&out);
    e2l_status status = E2L_OK;
    for (size_t k = 0; status == E2L_OK && k < r->n; ++k) {
        status = rules_print(ctx, &out, k, r->list[k].expr);
    }
    char path[128];
    (void)snprintf(path, sizeof path, "%s/rules.c", r->folder);
    FILE *const file = status == E2L_OK ? fopen(path, "w") : NULL;
    if (status == E2L_OK && (file == NULL || fwrite(e2l_text_get(&out), 1, out.n, file) != out.n)) {
        status = e2l_fail(ctx, E2L_IO, "%s: cannot be written", path);
    }
    if (file != NULL && fclose(file) != 0 && status == E2L_OK) {
        status = e2l_fail(ctx, E2L_IO, "%s: cannot be written", path);
    }
    e2l_text_clear(&out);
    return status;
}

static e2l_status load(e2l_ctx *ctx, rules *r, size_t library)
{
    char command[2048], path[128];
    (void)snprintf(path, sizeof path, "%s/rules%zu.so", r->folder, library);
    (void)snprintf(command, sizeof command,
                   "cc -std=c17 -O3 -shared -fPIC -ffp-contract=off -fno-math-errno -fno-trapping-math %s%s -D_POSIX_C_SOURCE=200809L "
                   "-I'%s' -I'%s' -o %s %s/rules.c '%s' -lmvec -lm",
                   flags_of(e2l_isa_best()), library == 1 ? " -DWITH_GLIBC" : "", E2L_SOURCE_DIR, E2L_SLEEF_INCLUDE, path, r->folder,
                   E2L_SLEEF_LIBRARY);
    if (system(command) != 0) {
        return e2l_fail(ctx, E2L_TOOL, "rules of searches: %s: failed", command);
    }
    r->libraries[library] = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (r->libraries[library] == NULL) {
        return e2l_fail(ctx, E2L_IO, "%s: %s", path, dlerror());
    }
    return E2L_OK;
}

/* Rules that call nothing have one library's functions only: the other's are the same. */
static e2l_status find_functions(e2l_ctx *ctx, rules *r)
{
    for (size_t k = 0; k < r->n; ++k) {
        rule *const at = &r->list[k];
        at->n_functions = rules_is_transcendental(at->expr) ? VARIANTS : RULES_ORDERS;
        for (size_t f = 0; f < at->n_functions; ++f) {
            char name[32];
            (void)snprintf(name, sizeof name, "rule_%zu_%zu", k, f % RULES_ORDERS);
            void *const symbol = dlsym(r->libraries[f / RULES_ORDERS], name);
            memcpy(&at->functions[f], &symbol, sizeof symbol); /* POSIX: a symbol may be a function */
            if (symbol == NULL) {
                return e2l_fail(ctx, E2L_INTERNAL, "rules of searches: no %s in what was compiled", name);
            }
        }
    }
    return E2L_OK;
}

static e2l_status compile(e2l_ctx *ctx, rules *r)
{
    const char *const parent = getenv("TMPDIR");
    (void)snprintf(r->folder, sizeof r->folder, "%s/e2l-bench-XXXXXX", parent != NULL && strlen(parent) < 40 ? parent : "/tmp");
    if (mkdtemp(r->folder) == NULL) {
        r->folder[0] = '\0';
        return e2l_fail(ctx, E2L_IO, "no temporary folder");
    }
    e2l_status status = write_source(ctx, r);
    for (size_t k = 0; status == E2L_OK && k < LIBRARIES; ++k) {
        status = load(ctx, r, k);
    }
    return status == E2L_OK ? find_functions(ctx, r) : status;
}

static void forget(e2l_ctx *ctx, rules *r)
{
    static const char *const files[] = {"rules.c", "rules0.so", "rules1.so"};
    char path[128];
    for (size_t k = 0; k < LIBRARIES; ++k) {
        if (r->libraries[k] != NULL) {
            (void)dlclose(r->libraries[k]);
        }
    }
    for (size_t k = 0; r->folder[0] != '\0' && k < sizeof files / sizeof *files; ++k) {
        (void)snprintf(path, sizeof path, "%s/%s", r->folder, files[k]);
        (void)unlink(path);
    }
    if (r->folder[0] != '\0') {
        (void)rmdir(r->folder);
    }
    for (size_t k = 0; k < r->n; ++k) {
        e2l_free(ctx, r->list[k].text);
        e2l_expr_destroy(ctx, r->list[k].expr);
    }
}

/* ---- all ----------------------------------------------------------------------------------------------------------------- */
static e2l_status create(e2l_ctx *ctx, e2l_arena *arena, rules *r)
{
    static const size_t sizes[] = {RULES_IN, RULES_OUT, 1, RULES_IN * RULES_OUT};
    double *numbers[6]; /* the arrays, then work */
    for (size_t array = 0; array < 6; ++array) {
        const size_t size = sizes[array < W0 ? array : W0], n = size * RULES_LANES * (array < W0 ? STEPS : 1);
        numbers[array] = e2l_arena_alloc(arena, n, sizeof(double));
        if (numbers[array] == NULL) {
            return E2L_NOMEM;
        }
        for (size_t k = 0; k < n; ++k) {
            numbers[array][k] = value(r, array, k / RULES_LANES / size, k / RULES_LANES % size, k % RULES_LANES);
        }
    }
    r->net = (rules_net){.n_steps = STEPS, .eta = 1e-7, .x = numbers[SAMPLES], .target = numbers[TARGET], .g = numbers[REWARD],
                         .w0 = numbers[W0], .w = numbers[W0 + 1], .r_sum = numbers[W0 + 2]};
    const e2l_status status = read_rules(ctx, r);
    return status == E2L_OK ? compile(ctx, r) : status;
}

static e2l_status run(e2l_ctx *ctx, bench_table *table, rules *r, size_t k)
{
    char name[27];
    const rule *const at = &r->list[k];
    const int n = snprintf(name, sizeof name, "rule %02zu: %s", k + 1, at->text);
    if (n >= (int)sizeof name) {
        memcpy(name + sizeof name - 4, "...", 4);
    }
    const char *const text = at->text;
    const bench_setting settings[] = {{"n_steps", STEPS}};
    const bench_contest contest = {.name = name, .group = BENCH_RULES, .network = "rules", .settings = settings, .n_settings = 1,
                                   .rules = &text, .eta = r->net.eta, .n_cases = RULES_LANES,
                                   .n_updates = (double)(STEPS * RULES_IN * RULES_OUT * RULES_LANES), .user = r, .value = value, .hand = hand,
                                   .n_variants = at->n_functions, .interpret = interpret, .collect = collect};
    r->now = at;
    r->graph = NULL;
    e2l_status status = bench_graph_create(ctx, &r->graph, text, names, N_NAMES);
    status = status == E2L_OK ? bench_run(ctx, table, &contest) : status;
    bench_graph_destroy(ctx, r->graph);
    return status;
}

e2l_status bench_rules(e2l_ctx *ctx, bench_table *table)
{
    if (table->options.only != NULL && strncmp(table->options.only, "rule ", strlen("rule ")) != 0) {
        return E2L_OK;
    }
    rules *const r = e2l_alloc(ctx, 1, sizeof *r);
    e2l_arena *arena = NULL;
    e2l_status status = r == NULL ? E2L_NOMEM : e2l_arena_create(ctx, &arena);
    status = status == E2L_OK ? create(ctx, arena, r) : status;
    for (size_t k = 0; status == E2L_OK && k < r->n; ++k) {
        status = run(ctx, table, r, k);
    }
    if (r != NULL) {
        forget(ctx, r);
    }
    e2l_arena_destroy(arena);
    e2l_free(ctx, r);
    return status;
}
