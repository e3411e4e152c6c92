/* vectors.c: choosing rows of inputs that show whether a ported formula is right.

   A pool of rows is evaluated node by node, with and without flushing. A row is good when both agree in every node and,
   for formulas with libm functions, when the result moves little under changes of 4 ulp. Of the good rows are taken: the
   fixed edge rows; rows that bring some node into a class (positive, negative, zero, infinite, NaN) not seen yet; for
   every mutant of the formula (last bit of a constant, swapped arguments) one that tells it apart; ordinary rows. */
#include "results/vectors.h"

#include <math.h>
#include <string.h>

#include "cgp/stream.h"

enum {
    POOL = 320,          /* rows to choose from */
    N_FIXED = 9,         /* the same number in every input */
    N_SPECIAL = 160,     /* up to this row: mixtures of edge numbers */
    MAX_COVER = 36,      /* rows picked for classes of nodes */
    MIN_ORDINARY = 12,
    MAX_ROWS = 64,
    MAX_MUTANTS = 256,
    MAX_SINGLE = 64,     /* libm calls moved one at a time */
    N_JOINT = 16,        /* rounds in which all are moved */
    N_CLASSES = 5,
    N_KINDS = 625,       /* classes of the result and of up to three arguments */
    ULPS = 4
};

/* Rows whose allowance is larger than this, relative to the result, say nothing. */
static const double WORST_ALLOWED = 1e-6;
/* Nearer to the subnormals than this is too near. */
static const double SMALLEST = 1e-290;
static const uint64_t ROWS_SEED = 1;

const char *e2l_tolerance_name(e2l_tolerance tolerance)
{
    return tolerance == E2L_TOLERANCE_EXACT ? "exact" : "ulp4";
}

typedef struct lab {
    e2l_ctx *ctx;
    const e2l_rule_slot *slot;
    const e2l_node *nodes;
    size_t n_nodes, n_inputs;
    double *in;       /* [n_inputs][POOL] */
    double *values;   /* [n_nodes][POOL] as e2l computes them */
    double *other;    /* [n_nodes][POOL] of a changed formula */
    double *expected; /* [POOL] */
    double *allowed;  /* [POOL] */
    double *reach;    /* [POOL] scratch */
    int *jolt;        /* [n_nodes] ulps added to a node */
    size_t *place;    /* [n_names] input of each name */
    bool good[POOL];
    size_t n_picked, picked[MAX_ROWS];
    bool *seen; /* [n_nodes][N_KINDS] */
} lab;

/* A change of the formula: one node's constant or the order of its last two arguments; jolts of all nodes. */
typedef struct change {
    size_t node; /* SIZE_MAX: none */
    bool swap;
    double value;
    bool jolted;
} change;

static const change no_change = {.node = SIZE_MAX};

/* ---- evaluation ---- */

static double move_ulps(double value, int ulps)
{
    uint64_t bits;
    if (value == 0.0 || !isfinite(value)) {
        return value;
    }
    memcpy(&bits, &value, sizeof bits);
    bits += (uint64_t)(int64_t)ulps; /* sign and magnitude: one step of the magnitude is one ulp */
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void evaluate_call(const lab *l, double *values, size_t k, const change *c)
{
    const e2l_primitive *p = l->nodes[k].primitive;
    const double *in[E2L_MAX_ARITY];
    for (uint32_t i = 0; i < p->arity; i++) {
        in[i] = values + l->nodes[k].arg[i] * (size_t)POOL;
    }
    if (c->node == k && c->swap) {
        const double *last = in[p->arity - 1];
        in[p->arity - 1] = in[p->arity - 2];
        in[p->arity - 2] = last;
    }
    p->eval[E2L_ISA_SSE2](POOL, values + k * POOL, in);
}

static void evaluate_node(const lab *l, double *values, size_t k, const change *c)
{
    double *out = values + k * POOL;
    const e2l_node *node = &l->nodes[k];
    switch (node->kind) {
    case E2L_NODE_CONST:
        for (size_t r = 0; r < POOL; r++) {
            out[r] = c->node == k ? c->value : node->value;
        }
        break;
    case E2L_NODE_NAME:
        memcpy(out, l->in + l->place[node->name] * POOL, POOL * sizeof *out);
        break;
    case E2L_NODE_CALL:
        evaluate_call(l, values, k, c);
        break;
    }
    for (size_t r = 0; c->jolted && l->jolt[k] != 0 && r < POOL; r++) {
        out[r] = move_ulps(out[r], l->jolt[k]);
    }
}

static const double *evaluate(const lab *l, double *values, const change *c)
{
    unsigned saved = e2l_flush_begin();
    for (size_t k = 0; k < l->n_nodes; k++) {
        evaluate_node(l, values, k, c);
    }
    e2l_flush_end(saved);
    return values + (l->n_nodes - 1) * POOL;
}

static void evaluate_unflushed(const lab *l, double *values)
{
    for (size_t k = 0; k < l->n_nodes; k++) {
        evaluate_node(l, values, k, &no_change);
    }
}

/* ---- the pool ---- */

static bool is_libm(const e2l_node *node)
{
    return node->kind == E2L_NODE_CALL && (node->primitive->flags & E2L_EXACT) == 0;
}

/* A constant of the formula, its neighbours, or their negatives: where comparisons turn. */
static double near_constant(const lab *l, e2l_stream *stream)
{
    size_t start = e2l_stream_below(stream, (uint32_t)l->n_nodes);
    for (size_t i = 0; i < l->n_nodes; i++) {
        const e2l_node *node = &l->nodes[(start + i) % l->n_nodes];
        if (node->kind == E2L_NODE_CONST) {
            double value = move_ulps(node->value, (int)e2l_stream_below(stream, 3) - 1);
            return e2l_stream_below(stream, 4) == 0 ? -value : value;
        }
    }
    return 1.0;
}

static double special(const lab *l, e2l_stream *stream)
{
    static const double numbers[] = {0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 1e3, -1e3, 0.25, -1.5};
    enum { N_NUMBERS = sizeof numbers / sizeof *numbers };
    uint32_t pick = e2l_stream_below(stream, 24);
    switch (pick) {
    case 20:
        return (double)INFINITY;
    case 21:
        return -(double)INFINITY;
    case 22:
        return (double)NAN;
    default:
        return pick < N_NUMBERS ? numbers[pick] : near_constant(l, stream);
    }
}

/* Of either sign, magnitudes from 0.02 to 5 or so, all bits in use. */
static double ordinary(e2l_stream *stream)
{
    double u = 2.0 * e2l_stream_uniform(stream) - 1.0;
    double scale = e2l_stream_below(stream, 4) == 0 ? 5.0 : 1.25;
    return u * scale;
}

static void fill_pool(lab *l)
{
    static const double fixed[N_FIXED] = {0.0,  -0.0, 1.0, -1.0, 1e3, -1e3, (double)NAN, (double)INFINITY,
                                          -(double)INFINITY};
    e2l_stream stream;
    e2l_stream_init(&stream, ROWS_SEED, E2L_PURPOSE_TEST, NULL, 0);
    for (size_t r = 0; r < POOL; r++) {
        for (size_t k = 0; k < l->n_inputs; k++) {
            l->in[k * POOL + r] = r < N_FIXED     ? fixed[r]
                                  : r < N_SPECIAL ? special(l, &stream)
                                                  : ordinary(&stream);
        }
    }
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

/* Good so far: no node is subnormal or nearly so, with or without flushing. */
static void judge_subnormals(lab *l)
{
    evaluate_unflushed(l, l->other);
    for (size_t r = 0; r < POOL; r++) {
        l->good[r] = true;
        for (size_t k = 0; k < l->n_nodes; k++) {
            double with = l->values[k * POOL + r], without = l->other[k * POOL + r];
            bool small = without != 0.0 && fabs(without) < SMALLEST;
            l->good[r] = l->good[r] && !small && same_bits(with, without);
        }
    }
}

/* ---- how far libm may move the result ---- */

/* |result of the changed formula - expected| into reach[r]; rows that change their kind are no good. */
static void measure_reach(lab *l, const change *c)
{
    const double *root = evaluate(l, l->other, c);
    for (size_t r = 0; r < POOL; r++) {
        bool same = same_bits(root[r], l->expected[r]);
        double moved = same ? 0.0 : fabs(root[r] - l->expected[r]);
        l->good[r] = l->good[r] && isfinite(moved);
        l->reach[r] = fmax(l->reach[r], isfinite(moved) ? moved : 0.0);
    }
}

/* Every call by itself, up and down; the reaches add up. */
static void move_singly(lab *l)
{
    change c = {.node = SIZE_MAX, .jolted = true};
    size_t n = 0;
    for (size_t k = 0; k < l->n_nodes && n < MAX_SINGLE; k++) {
        if (!is_libm(&l->nodes[k])) {
            continue;
        }
        memset(l->reach, 0, POOL * sizeof *l->reach);
        l->jolt[k] = ULPS;
        measure_reach(l, &c);
        l->jolt[k] = -ULPS;
        measure_reach(l, &c);
        l->jolt[k] = 0;
        for (size_t r = 0; r < POOL; r++) {
            l->allowed[r] += l->reach[r];
        }
        n++;
    }
}

/* All together, by random signs: sees where small movements add up to a rounding. */
static void move_jointly(lab *l)
{
    change c = {.node = SIZE_MAX, .jolted = true};
    e2l_stream stream;
    e2l_stream_init(&stream, ROWS_SEED + 1, E2L_PURPOSE_TEST, NULL, 0);
    memset(l->reach, 0, POOL * sizeof *l->reach);
    for (int round = 0; round < N_JOINT; round++) {
        for (size_t k = 0; k < l->n_nodes; k++) {
            int sign = e2l_stream_below(&stream, 2) == 0 ? ULPS : -ULPS;
            l->jolt[k] = is_libm(&l->nodes[k]) ? sign : 0;
        }
        measure_reach(l, &c);
    }
    for (size_t r = 0; r < POOL; r++) {
        l->allowed[r] = fmax(l->allowed[r], l->reach[r]);
        double most = isfinite(l->expected[r]) ? WORST_ALLOWED * fabs(l->expected[r]) : 0.0;
        l->good[r] = l->good[r] && l->allowed[r] <= most;
    }
}

static e2l_tolerance find_tolerance(lab *l)
{
    e2l_tolerance kind = E2L_TOLERANCE_EXACT;
    for (size_t k = 0; k < l->n_nodes; k++) {
        kind = is_libm(&l->nodes[k]) ? E2L_TOLERANCE_ULP4 : kind;
    }
    if (kind == E2L_TOLERANCE_ULP4) {
        move_singly(l);
        move_jointly(l);
    }
    return kind;
}

/* ---- choosing ---- */

static bool accepts(double expected, double allowed, double value)
{
    return same_bits(expected, value) || (allowed > 0.0 && fabs(value - expected) <= allowed);
}

static bool same_row(const lab *l, size_t a, size_t b)
{
    for (size_t k = 0; k < l->n_inputs; k++) {
        if (!same_bits(l->in[k * POOL + a], l->in[k * POOL + b])) {
            return false;
        }
    }
    return true;
}

static void pick(lab *l, size_t r)
{
    if (!l->good[r] || l->n_picked == MAX_ROWS) {
        return;
    }
    for (size_t i = 0; i < l->n_picked; i++) {
        if (same_row(l, l->picked[i], r)) {
            return;
        }
    }
    l->picked[l->n_picked++] = r;
}

static size_t class_of(double value)
{
    return isnan(value) ? 0 : isinf(value) ? 1 : value == 0.0 ? 2 : value < 0.0 ? 3 : 4;
}

/* What row r shows of node k: the class of its result and, when `deep`, of its arguments. */
static size_t kind_of(const lab *l, size_t k, size_t r, bool deep)
{
    const e2l_node *node = &l->nodes[k];
    size_t kind = class_of(l->values[k * POOL + r]);
    uint32_t arity = deep && node->kind == E2L_NODE_CALL ? node->primitive->arity : 0;
    for (uint32_t i = 0; i < arity; i++) {
        kind = kind * N_CLASSES + class_of(l->values[node->arg[i] * (size_t)POOL + r]);
    }
    return kind;
}

/* Marks what row r shows; true when any of it is new. */
static bool mark_kinds(lab *l, size_t r, bool deep)
{
    bool is_new = false;
    for (size_t k = 0; k < l->n_nodes; k++) {
        bool *seen = &l->seen[k * N_KINDS + kind_of(l, k, r, deep)];
        is_new = is_new || !*seen;
        *seen = true;
    }
    return is_new;
}

static void pick_new(lab *l, bool deep)
{
    memset(l->seen, 0, l->n_nodes * N_KINDS * sizeof *l->seen);
    for (size_t i = 0; i < l->n_picked; i++) {
        (void)mark_kinds(l, l->picked[i], deep);
    }
    for (size_t r = N_FIXED; r < POOL && l->n_picked < MAX_COVER; r++) {
        if (l->good[r] && mark_kinds(l, r, deep)) {
            pick(l, r);
        }
    }
}

static void pick_cover(lab *l)
{
    for (size_t r = 0; r < N_FIXED; r++) {
        pick(l, r);
    }
    pick_new(l, false);
    pick_new(l, true);
}

static bool tells_apart(const lab *l, size_t r, const double *root)
{
    return !accepts(l->expected[r], l->allowed[r], root[r]);
}

static void pick_against(lab *l, const change *mutant)
{
    const double *root = evaluate(l, l->other, mutant);
    for (size_t i = 0; i < l->n_picked; i++) {
        if (tells_apart(l, l->picked[i], root)) {
            return;
        }
    }
    for (size_t r = POOL; r-- > 0;) { /* ordinary rows first */
        if (l->good[r] && tells_apart(l, r, root)) {
            pick(l, r);
            return;
        }
    }
}

/* Returns how many mutants node k has had. */
static size_t pick_against_node(lab *l, size_t k)
{
    const e2l_node *node = &l->nodes[k];
    change c = {.node = k};
    if (node->kind == E2L_NODE_CONST) {
        c.value = move_ulps(node->value, 1);
        pick_against(l, &c);
        c.value = move_ulps(node->value, -1);
        pick_against(l, &c);
        return 2;
    }
    if (node->kind == E2L_NODE_CALL && node->primitive->arity > 1 && (node->primitive->flags & E2L_COMMUTES) == 0) {
        c.swap = true;
        pick_against(l, &c);
        return 1;
    }
    return 0;
}

static void choose(lab *l)
{
    pick_cover(l);
    size_t n = 0;
    for (size_t k = 0; k < l->n_nodes && n < MAX_MUTANTS; k++) {
        n += pick_against_node(l, k);
    }
    size_t most = l->n_picked + MIN_ORDINARY;
    most = most > E2L_VECTORS_ROWS ? most : E2L_VECTORS_ROWS;
    for (size_t r = POOL; r-- > N_SPECIAL && l->n_picked < most;) {
        pick(l, r);
    }
}

/* ---- putting together ---- */

static void lab_clear(lab *l)
{
    e2l_free(l->ctx, l->in);
    e2l_free(l->ctx, l->values);
    e2l_free(l->ctx, l->other);
    e2l_free(l->ctx, l->expected);
    e2l_free(l->ctx, l->allowed);
    e2l_free(l->ctx, l->reach);
    e2l_free(l->ctx, l->jolt);
    e2l_free(l->ctx, l->place);
    e2l_free(l->ctx, l->seen);
}

static bool lab_alloc(lab *l)
{
    size_t n_names = e2l_expr_n_names(l->slot->expr);
    l->in = e2l_alloc_lanes(l->ctx, (l->n_inputs + 1) * POOL, sizeof *l->in);
    l->values = l->in ? e2l_alloc_lanes(l->ctx, l->n_nodes * POOL, sizeof *l->values) : NULL;
    l->other = l->values ? e2l_alloc_lanes(l->ctx, l->n_nodes * POOL, sizeof *l->other) : NULL;
    l->expected = l->other ? e2l_alloc_lanes(l->ctx, POOL, sizeof *l->expected) : NULL;
    l->allowed = l->expected ? e2l_alloc_lanes(l->ctx, POOL, sizeof *l->allowed) : NULL;
    l->reach = l->allowed ? e2l_alloc_lanes(l->ctx, POOL, sizeof *l->reach) : NULL;
    l->jolt = l->reach ? e2l_alloc(l->ctx, l->n_nodes, sizeof *l->jolt) : NULL;
    l->place = l->jolt ? e2l_alloc(l->ctx, n_names + 1, sizeof *l->place) : NULL;
    l->seen = l->place ? e2l_alloc(l->ctx, l->n_nodes * N_KINDS, sizeof *l->seen) : NULL;
    return l->seen != NULL;
}

static void place_names(lab *l)
{
    for (size_t k = 0; k < e2l_expr_n_names(l->slot->expr); k++) {
        const char *name = e2l_expr_name(l->slot->expr, k);
        for (size_t i = 0; i < l->n_inputs; i++) {
            l->place[k] = strcmp(l->slot->inputs[i].name, name) == 0 ? i : l->place[k];
        }
    }
}

/* The evaluator itself says what is expected; the node by node walk here must agree with it. */
static e2l_status evaluate_expected(lab *l)
{
    const e2l_expr *expr = l->slot->expr;
    size_t n_names = e2l_expr_n_names(expr);
    const double **in = e2l_alloc(l->ctx, n_names + 1, sizeof *in);
    void *work = in ? e2l_alloc_lanes(l->ctx, e2l_expr_eval_bytes(expr), 1) : NULL;
    if (!work) {
        e2l_free(l->ctx, in);
        return E2L_NOMEM;
    }
    for (size_t k = 0; k < n_names; k++) {
        in[k] = l->in + l->place[k] * POOL;
    }
    e2l_expr_eval(expr, E2L_ISA_SSE2, POOL, in, l->expected, work);
    e2l_free(l->ctx, work);
    e2l_free(l->ctx, in);
    const double *root = evaluate(l, l->values, &no_change);
    for (size_t r = 0; r < POOL; r++) {
        if (!same_bits(root[r], l->expected[r])) {
            return e2l_fail(l->ctx, E2L_INTERNAL, "slot '%s': two evaluations of the formula differ", l->slot->name);
        }
    }
    return E2L_OK;
}

static e2l_status copy_rows(const lab *l, e2l_vectors *out)
{
    if (l->n_picked == 0) {
        return e2l_fail(l->ctx, E2L_UNSUPPORTED,
                        "slot '%s': no self-check is possible, every result depends on subnormal numbers",
                        l->slot->name);
    }
    out->n_inputs = l->n_inputs;
    out->in = e2l_alloc(l->ctx, l->n_picked * l->n_inputs + 1, sizeof *out->in);
    out->expected = out->in ? e2l_alloc(l->ctx, l->n_picked, sizeof *out->expected) : NULL;
    out->allowed = out->expected ? e2l_alloc(l->ctx, l->n_picked, sizeof *out->allowed) : NULL;
    if (!out->allowed) {
        return E2L_NOMEM;
    }
    out->n_rows = l->n_picked;
    for (size_t i = 0; i < l->n_picked; i++) {
        size_t r = l->picked[i];
        for (size_t k = 0; k < l->n_inputs; k++) {
            out->in[i * l->n_inputs + k] = l->in[k * POOL + r];
        }
        out->expected[i] = l->expected[r];
        out->allowed[i] = l->allowed[r];
    }
    return E2L_OK;
}

static e2l_status make(lab *l, e2l_vectors *out)
{
    if (!lab_alloc(l)) {
        return E2L_NOMEM;
    }
    place_names(l);
    fill_pool(l);
    e2l_status status = evaluate_expected(l);
    if (status != E2L_OK) {
        return status;
    }
    judge_subnormals(l);
    out->kind = find_tolerance(l);
    choose(l);
    return copy_rows(l, out);
}

e2l_status e2l_vectors_make(e2l_ctx *ctx, e2l_vectors *out, const e2l_rule_slot *slot)
{
    *out = (e2l_vectors){.n_rows = 0};
    lab *l = e2l_alloc(ctx, 1, sizeof *l);
    if (!l) {
        return E2L_NOMEM;
    }
    l->ctx = ctx;
    l->slot = slot;
    l->nodes = e2l_expr_nodes(slot->expr);
    l->n_nodes = e2l_expr_n_nodes(slot->expr);
    l->n_inputs = slot->n_inputs;
    e2l_status status = make(l, out);
    lab_clear(l);
    e2l_free(ctx, l);
    if (status != E2L_OK) {
        e2l_vectors_clear(ctx, out);
    }
    return status;
}

void e2l_vectors_clear(e2l_ctx *ctx, e2l_vectors *vectors)
{
    e2l_free(ctx, vectors->in);
    e2l_free(ctx, vectors->expected);
    e2l_free(ctx, vectors->allowed);
    *vectors = (e2l_vectors){.n_rows = 0};
}

bool e2l_vectors_accept(const e2l_vectors *vectors, size_t r, double value)
{
    return accepts(vectors->expected[r], vectors->allowed[r], value);
}
