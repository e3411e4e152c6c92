/* graph.c: the scalar graph interpreter: active nodes in order, one switch per node, one element of one lane at a time. */
#include <math.h>
#include <string.h>

#include "tests/bench/bench.h"

/* X(name of the primitive, value of arguments a, b, c) */
#define OPERATIONS(X)                                                                              \
    X(add, a + b) X(sub, a - b) X(mul, a * b) X(div, a / b) X(neg, -a) X(square, a * a)            \
    X(pdiv, b == 0 ? 1 : a / b) X(tanh, tanh(a)) X(exp, exp(a)) X(log, log(a)) X(sqrt, sqrt(a))    \
    X(sin, sin(a)) X(cos, cos(a)) X(pow, pow(a, b)) X(abs, fabs(a)) X(sigmoid, 1 / (1 + exp(-a)))  \
    X(relu, a <= 0 ? 0 : a) X(step, a > 0) X(sign, a > 0 ? 1 : a < 0 ? -1 : a)                     \
    X(max, a > b || a != a ? a : b) X(min, a < b || a != a ? a : b) X(lt, a < b) X(le, a <= b)     \
    X(gt, a > b) X(ge, a >= b) X(and, a != 0 && b != 0) X(or, a != 0 || b != 0) X(not, a == 0)     \
    X(if, a > 0 ? b : c)

typedef enum operation {
#define OPERATION_ENUM(name, value) OPERATION_##name,
    OPERATIONS(OPERATION_ENUM)
#undef OPERATION_ENUM
        N_OPERATIONS
} operation;

typedef struct node {
    operation operation;
    uint32_t arg[3]; /* places of values */
    uint32_t out;
} node;

struct bench_graph {
    size_t n_inputs, n_nodes, root;
    uint32_t *from; /* [n_inputs] which of the names handed in */
    node *nodes;
    double *values; /* one per node of the formula */
};

static operation operation_of(const char *name)
{
    static const char *const names[] = {
#define OPERATION_NAME(name, value) #name,
        OPERATIONS(OPERATION_NAME)
#undef OPERATION_NAME
    };
    size_t k = 0;
    while (k < N_OPERATIONS && strcmp(names[k], name) != 0) {
        ++k;
    }
    return (operation)k;
}

static uint32_t place_of(const char *name, const char *const *names, size_t n_names)
{
    uint32_t k = 0;
    while (k < n_names && strcmp(names[k], name) != 0) {
        ++k;
    }
    return k;
}

static e2l_status build(e2l_ctx *ctx, bench_graph *graph, const e2l_expr *expr, const char *const *names, size_t n_names)
{
    const e2l_node *const nodes = e2l_expr_nodes(expr);
    const size_t n = e2l_expr_n_nodes(expr);
    graph->from = e2l_alloc(ctx, 2 * n, sizeof *graph->from);
    graph->nodes = e2l_alloc(ctx, n, sizeof *graph->nodes);
    graph->values = e2l_alloc(ctx, n, sizeof *graph->values);
    if (graph->from == NULL || graph->nodes == NULL || graph->values == NULL) {
        return E2L_NOMEM;
    }
    graph->root = n - 1;
    for (uint32_t k = 0; k < n; ++k) {
        if (nodes[k].kind == E2L_NODE_CONST) {
            graph->values[k] = nodes[k].value;
        } else if (nodes[k].kind == E2L_NODE_NAME) {
            graph->from[2 * graph->n_inputs] = place_of(e2l_expr_name(expr, nodes[k].name), names, n_names);
            graph->from[2 * graph->n_inputs++ + 1] = k;
        } else {
            node *const out = &graph->nodes[graph->n_nodes++];
            *out = (node){operation_of(nodes[k].primitive->name), {0, 0, 0}, k};
            memcpy(out->arg, nodes[k].arg, nodes[k].primitive->arity * sizeof *out->arg);
        }
    }
    for (size_t k = 0; k < graph->n_nodes; ++k) {
        if (graph->nodes[k].operation == N_OPERATIONS) {
            return e2l_fail(ctx, E2L_UNSUPPORTED, "the interpreter knows no '%s'", nodes[graph->nodes[k].out].primitive->name);
        }
    }
    return E2L_OK;
}

e2l_status bench_graph_create(e2l_ctx *ctx, bench_graph **out, const char *text, const char *const *names, size_t n_names)
{
    const e2l_scope scope = {.names = names, .n_names = n_names};
    e2l_expr *expr = NULL;
    bench_graph *const graph = e2l_alloc(ctx, 1, sizeof *graph);
    *out = NULL;
    e2l_status status = graph == NULL ? E2L_NOMEM : e2l_expr_parse(ctx, &expr, text, strlen(text), &scope);
    status = status == E2L_OK ? build(ctx, graph, expr, names, n_names) : status;
    e2l_expr_destroy(ctx, expr);
    if (status != E2L_OK) {
        bench_graph_destroy(ctx, graph);
        return status;
    }
    *out = graph;
    return E2L_OK;
}

void bench_graph_destroy(e2l_ctx *ctx, bench_graph *graph)
{
    if (graph != NULL) {
        e2l_free(ctx, graph->from);
        e2l_free(ctx, graph->nodes);
        e2l_free(ctx, graph->values);
        e2l_free(ctx, graph);
    }
}

double bench_graph_value(bench_graph *graph, const double *names)
{
    double *const values = graph->values;
    for (size_t k = 0; k < graph->n_inputs; ++k) {
        values[graph->from[2 * k + 1]] = names[graph->from[2 * k]];
    }
    for (size_t k = 0; k < graph->n_nodes; ++k) {
        const node *const at = &graph->nodes[k];
        const double a = values[at->arg[0]], b = values[at->arg[1]], c = values[at->arg[2]];
        double *const out = &values[at->out];
        switch (at->operation) {
#define OPERATION_CASE(name, value)                                                                \
    case OPERATION_##name: *out = value; break;
            OPERATIONS(OPERATION_CASE)
#undef OPERATION_CASE
        case N_OPERATIONS: break;
        }
    }
    return values[graph->root];
}
