/* rules_print.c: a rule as an expert would write it into the loops of one network: formula -> C with vectors.

   Operations that C has stand as the exporter of C writes them; the others are functions of the file's head. */
#include <string.h>

#include "cgp/primitive.h"
#include "results/c_print.h"
#include "tests/bench/rules.h"

/* Where a node is computed: the union of what it depends on. */
enum { ON_SOURCE = 1, ON_TARGET = 2, ON_STEP = 4, ON_WEIGHT = 8 };
typedef enum place { BEFORE, STEP, SOURCE, TARGET, SYNAPSE, N_PLACES } place;

static unsigned dependence_of_name(const char *name)
{
    switch (name[0]) {
    case 'x': return ON_SOURCE;
    case 'w': return ON_WEIGHT;
    case 'g': return ON_STEP;
    default: return ON_TARGET;
    }
}

typedef struct printer {
    e2l_text *out;
    const e2l_expr *rule;
    const e2l_node *nodes;
    size_t n;
    place at[E2L_EXPR_MAX_NODES];
    bool kept[E2L_EXPR_MAX_NODES]; /* used at another place than its own */
    bool needs_error;
} printer;

static place place_of(unsigned dependence)
{
    const unsigned by = dependence & ~(unsigned)ON_STEP;
    return dependence == 0 ? BEFORE : by == 0 ? STEP : by == ON_SOURCE ? SOURCE : by == ON_TARGET ? TARGET : SYNAPSE;
}

static void place_nodes(printer *p)
{
    unsigned dependence[E2L_EXPR_MAX_NODES] = {0};
    for (size_t k = 0; k < p->n; ++k) {
        const e2l_node *const node = &p->nodes[k];
        const size_t arity = node->kind == E2L_NODE_CALL ? node->primitive->arity : 0;
        if (node->kind == E2L_NODE_NAME) {
            const char *const name = e2l_expr_name(p->rule, node->name);
            dependence[k] = dependence_of_name(name);
            p->needs_error = p->needs_error || name[0] == 'e' || name[0] == 'z';
        }
        for (size_t a = 0; a < arity; ++a) {
            dependence[k] |= dependence[node->arg[a]];
        }
        p->at[k] = place_of(dependence[k]);
        for (size_t a = 0; a < arity; ++a) {
            p->kept[node->arg[a]] = p->kept[node->arg[a]] || p->at[node->arg[a]] != p->at[k];
        }
    }
    p->kept[p->n - 1] = p->at[p->n - 1] != SYNAPSE;
}

/* How node `k` is called at a place: a name of the network, a local of the place, or what another place has kept. */
static void put_use(printer *p, size_t k, place user)
{
    const e2l_node *const node = &p->nodes[k];
    if (node->kind == E2L_NODE_NAME) {
        e2l_text_append(p->out, e2l_expr_name(p->rule, node->name));
    } else if (p->at[k] == user || p->at[k] == BEFORE) {
        e2l_text_appendf(p->out, "t%zu", k);
    } else if (p->at[k] == STEP) {
        e2l_text_appendf(p->out, "k%zu[v]", k);
    } else {
        e2l_text_appendf(p->out, "k%zu[%c][v]", k, p->at[k] == SOURCE ? 'j' : 'i');
    }
}

static void put_call(printer *p, size_t k)
{
    const e2l_node *const node = &p->nodes[k];
    if (node->primitive->notation != E2L_NOTATION_CALL && strcmp(node->primitive->name, "mod") != 0) {
        for (const char *c = node->primitive->c_text; *c != '\0'; ++c) {
            if (c[0] == '$') {
                put_use(p, node->arg[c[1] - '0'], p->at[k]);
                ++c;
            } else {
                e2l_text_append_n(p->out, c, 1);
            }
        }
        return;
    }
    e2l_text_appendf(p->out, "f_%s(", node->primitive->name);
    for (size_t a = 0; a < node->primitive->arity; ++a) {
        e2l_text_append(p->out, a > 0 ? ", " : "");
        put_use(p, node->arg[a], p->at[k]);
    }
    e2l_text_append(p->out, ")");
}

static void put_nodes(printer *p, place at)
{
    for (size_t k = 0; k < p->n; ++k) {
        const e2l_node *const node = &p->nodes[k];
        if (p->at[k] != at || node->kind == E2L_NODE_NAME) {
            continue;
        }
        e2l_text_appendf(p->out, "const vector t%zu = ", k);
        if (node->kind == E2L_NODE_CONST) {
            e2l_text_append(p->out, "spread(");
            e2l_c_number(p->out, node->value);
            e2l_text_append(p->out, ")");
        } else {
            put_call(p, k);
        }
        e2l_text_append(p->out, ";\n");
        if (p->kept[k] && at != BEFORE) {
            e2l_text_appendf(p->out, at == STEP ? "k%zu[v] = t%zu;\n" : at == SOURCE ? "k%zu[j][v] = t%zu;\n" : "k%zu[i][v] = t%zu;\n", k, k);
        }
    }
}

static bool has(const printer *p, place at)
{
    bool any = false;
    for (size_t k = 0; k < p->n; ++k) {
        any = any || (p->at[k] == at && p->kept[k] && p->nodes[k].kind != E2L_NODE_NAME);
    }
    return any;
}

static void put_kept(printer *p)
{
    static const char *const shapes[N_PLACES] = {"", "[V]", "[RULES_IN][V]", "[RULES_OUT][V]", ""};
    for (size_t k = 0; k < p->n; ++k) {
        if (p->kept[k] && p->at[k] != BEFORE && p->at[k] != SYNAPSE && p->nodes[k].kind != E2L_NODE_NAME) {
            e2l_text_appendf(p->out, "vector k%zu%s;\n", k, shapes[p->at[k]]);
        }
    }
}

/* One step. EACH_V is a loop over vectors of lanes where the order has one, V_OUTSIDE where it has the other. */
static void put_step(printer *p)
{
    e2l_text *const out = p->out;
    e2l_text_append(out, "V_OUTSIDE {\n");
    if (has(p, STEP)) {
        e2l_text_append(out, "V_INSIDE { const vector g = G(v); (void)g;\n");
        put_nodes(p, STEP);
        e2l_text_append(out, "}\n");
    }
    if (has(p, SOURCE)) {
        e2l_text_append(out, "for (size_t j = 0; j < RULES_IN; ++j) V_INSIDE { const vector x = X(j, v), g = G(v); (void)x; (void)g;\n");
        put_nodes(p, SOURCE);
        e2l_text_append(out, "}\n");
    }
    e2l_text_append(out, "for (size_t i = 0; i < RULES_OUT; ++i) V_INSIDE {\nconst vector y = SUM(i, v);\nys[i][v] = y;\nsums[i][v] += y;\n");
    if (p->needs_error) {
        e2l_text_append(out, "const vector e = T(i, v) - y, z = 0.5 * (1.0 - e * e);\nes[i][v] = e;\nzs[i][v] = z;\n(void)e; (void)z;\n");
    }
    if (has(p, TARGET)) {
        e2l_text_append(out, "const vector g = G(v); (void)g;\n");
        put_nodes(p, TARGET);
    }
    e2l_text_append(out, "}\nfor (size_t i = 0; i < RULES_OUT; ++i) for (size_t j = 0; j < RULES_IN; ++j) V_INSIDE {\n"
                         "const vector x = X(j, v), y = ys[i][v], g = G(v), w = W(i, j, v);\n");
    if (p->needs_error) {
        e2l_text_append(out, "const vector e = es[i][v], z = zs[i][v]; (void)e; (void)z;\n");
    }
    e2l_text_append(out, "(void)x; (void)y; (void)g;\n");
    put_nodes(p, SYNAPSE);
    e2l_text_append(out, "W(i, j, v) = w + eta * ");
    put_use(p, p->n - 1, SYNAPSE);
    e2l_text_append(out, ";\n}\n}\n");
}

static void put_function(printer *p, size_t k, int order)
{
    e2l_text *const out = p->out;
    e2l_text_appendf(out, "#undef V_OUTSIDE\n#undef V_INSIDE\n#define V_%s for (size_t v = 0; v < V; ++v)\n#define V_%s\n",
                     order == 0 ? "INSIDE" : "OUTSIDE", order == 0 ? "OUTSIDE" : "INSIDE");
    e2l_text_appendf(out, "rules_fn rule_%zu_%d;\nvoid rule_%zu_%d(const rules_net *net)\n{\nBEGIN\n", k, order, k, order);
    put_kept(p);
    put_nodes(p, BEFORE);
    e2l_text_append(out, "for (size_t step = 0; step < net->n_steps; ++step) {\n");
    put_step(p);
    e2l_text_append(out, "}\n}\n");
}

e2l_status rules_print(e2l_ctx *ctx, e2l_text *out, size_t k, const e2l_expr *rule)
{
    printer *const p = e2l_alloc(ctx, 1, sizeof *p);
    if (p == NULL) {
        return E2L_NOMEM;
    }
    *p = (printer){.out = out, .rule = rule, .nodes = e2l_expr_nodes(rule), .n = e2l_expr_n_nodes(rule)};
    place_nodes(p);
    for (int order = 0; order < RULES_ORDERS; ++order) {
        put_function(p, k, order);
    }
    e2l_free(ctx, p);
    return e2l_text_status(out);
}

void rules_print_head(e2l_text *out)
{
    e2l_text_append(out,
                    "#include \"tests/bench/hand.h\"\n#include \"tests/bench/rules.h\"\n"
                    "#ifdef WITH_GLIBC\n#define LIBRARY GLIBCS\n#else\n#define LIBRARY THE_ENGINES\n#endif\n"
                    "enum { V = RULES_LANES / WIDTH };\n"
                    "#define BEGIN const double eta = net->eta; vector *const restrict weights = (vector *)(void *)net->w; "
                    "vector (*const restrict sums)[V] = (vector (*)[V])(void *)net->r_sum; "
                    "vector ys[RULES_OUT][V], es[RULES_OUT][V], zs[RULES_OUT][V]; (void)es; (void)zs;\n"
                    "#define W(i, j, v) weights[((i) * RULES_IN + (j)) * V + (v)]\n"
                    "#define X(j, v) load(net->x + ((step * RULES_IN + (j)) * V + (v)) * WIDTH)\n"
                    "#define T(i, v) load(net->target + ((step * RULES_OUT + (i)) * V + (v)) * WIDTH)\n"
                    "#define G(v) load(net->g + (step * V + (v)) * WIDTH)\n"
                    /* ten inputs, in the order of the engine's sums */
                    "#define P(i, j, v) (W(i, j, v) * X(j, v))\n"
                    "#define SUM(i, v) ((P(i, 0, v) + P(i, 8, v) + P(i, 4, v)) + (P(i, 2, v) + P(i, 6, v))) + "
                    "((P(i, 1, v) + P(i, 9, v) + P(i, 5, v)) + (P(i, 3, v) + P(i, 7, v)))\n"
                    "INLINE vector f_tanh(vector a) { return vector_tanh(LIBRARY, a); }\n"
                    "INLINE vector f_exp(vector a) { return vector_exp(LIBRARY, a); }\n"
                    "INLINE vector f_square(vector a) { return a * a; }\n"
                    "INLINE vector f_relu(vector a) { return choose(a <= 0.0, (vector){0}, a); }\n"
                    "INLINE vector f_abs(vector a) { return (vector)((bits)a & INT64_MAX); }\n"
                    "INLINE vector f_step(vector a) { return choose(a > 0.0, spread(1.0), (vector){0}); }\n"
                    "INLINE vector f_pdiv(vector a, vector b) { return choose(b == 0.0, spread(1.0), a / b); }\n"
                    "INLINE vector f_max(vector a, vector b) { return choose((a > b) | (a != a), a, b); }\n"
                    "INLINE vector f_min(vector a, vector b) { return choose((a < b) | (a != a), a, b); }\n"
                    "INLINE vector f_sqrt(vector a) { vector r; for (size_t l = 0; l < WIDTH; ++l) { r[l] = __builtin_sqrt(a[l]); } return r; }\n");
}

bool rules_is_transcendental(const e2l_expr *rule)
{
    const e2l_node *const nodes = e2l_expr_nodes(rule);
    bool any = false;
    for (size_t k = 0; k < e2l_expr_n_nodes(rule); ++k) {
        any = any || (nodes[k].kind == E2L_NODE_CALL && (strcmp(nodes[k].primitive->name, "tanh") == 0 || strcmp(nodes[k].primitive->name, "exp") == 0));
    }
    return any;
}
