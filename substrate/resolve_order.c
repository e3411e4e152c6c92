/* resolve_order.c: one legal order of all neuron statements of a step.

   Each population is a chain: its statements as written, a gather before the first statement that mentions the port (ports
   nobody mentions, but something reads, after the last statement). Between chains: a gather waits for the last writers of
   every zero-delay signal and effect that ends at the port, a statement for the last writers of the globals it reads. Of the
   chains that may go on, the population listed first goes on, so the order is one. */
#include "substrate/resolve_impl.h"

/* What an action waits for: `needs` actions of `population`'s chain are done. */
typedef struct wait {
    uint32_t population;
    size_t needs;
} wait;

typedef struct chain {
    e2l_action *actions;
    size_t n, done;
} chain;

typedef struct orderer {
    e2l_resolver *r;
    chain *chains; /* [n_populations] */
} orderer;

static bool names_port(const e2l_bound *bound, uint32_t population, uint32_t port)
{
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        const e2l_ref *ref = &bound->refs[k];
        if (ref->kind == E2L_REF_PORT && ref->owner == population && ref->index == port) {
            return true;
        }
    }
    return false;
}

/* In its own words, or in those of a rule that stands in it. */
static bool mentions_port(const e2l_resolver *r, const e2l_bound *bound, uint32_t population, uint32_t port)
{
    bool found = names_port(bound, population, port);
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        const e2l_bound_slot *slot = bound->refs[k].kind == E2L_REF_SLOT ? &r->out->slots[bound->refs[k].index] : NULL;
        for (size_t i = 0; slot && i < slot->source->n_terminals; i++) {
            found = found || names_port(&slot->terminals[i], population, port);
        }
    }
    return found;
}

static void push(chain *out, e2l_action_kind kind, uint32_t population, uint32_t index)
{
    out->actions[out->n++] = (e2l_action){.kind = kind, .population = population, .index = index};
}

/* A circle is one whatever else is wrong, as long as it is known what the statements are. */
static bool has_statements(const e2l_resolver *r, const e2l_bound_population *population)
{
    bool has = population->model && population->ports && population->statements;
    for (size_t k = 0; has && k < population->source->n_slots; k++) {
        const e2l_bound_slot *slot = &r->out->slots[population->first_slot + k];
        has = slot->source && slot->terminals;
    }
    return has;
}

static void make_chain(orderer *o, uint32_t p)
{
    const e2l_bound_population *population = &o->r->out->populations[p];
    const e2l_model *model = population->model;
    chain *out = &o->chains[p];
    if (!has_statements(o->r, population)) {
        return;
    }
    out->actions = e2l_resolver_alloc(o->r, model->n_statements + model->n_ports, sizeof *out->actions);
    bool *is_gathered = e2l_resolver_alloc(o->r, model->n_ports, sizeof *is_gathered);
    if (!out->actions || !is_gathered) {
        return;
    }
    for (uint32_t k = 0; k < model->n_statements; k++) {
        const e2l_bound_statement *statement = &population->statements[k];
        for (uint32_t port = 0; port < model->n_ports; port++) {
            bool is_first = !is_gathered[port] && (mentions_port(o->r, &statement->value, p, port) ||
                                                   mentions_port(o->r, &statement->guard, p, port));
            if (is_first) {
                push(out, E2L_ACTION_GATHER, p, port);
                is_gathered[port] = true;
            }
        }
        push(out, E2L_ACTION_STATEMENT, p, k);
    }
    for (uint32_t port = 0; port < model->n_ports; port++) {
        if (!is_gathered[port] && population->ports[port].is_read) {
            push(out, E2L_ACTION_GATHER, p, port);
        }
    }
}

/* Place in its chain behind the last action that makes the value: the last statement that writes the variable, or the gather
   of the port; 0 when nothing does. */
static size_t last_maker(const orderer *o, const e2l_ref *ref)
{
    const chain *from = &o->chains[ref->owner];
    size_t last = 0;
    for (size_t k = 0; k < from->n; k++) {
        const e2l_action *action = &from->actions[k];
        bool is_gather = action->kind == E2L_ACTION_GATHER;
        uint32_t made = is_gather ? action->index
                                  : o->r->out->populations[ref->owner].statements[action->index].target.index;
        if (is_gather == (ref->kind == E2L_REF_PORT) && made == ref->index) {
            last = k + 1;
        }
    }
    return last;
}

/* The first unmet need of an expression evaluated in the chain of population `own`; needs = 0: none. */
static wait find_wait(const orderer *o, const e2l_bound *bound, uint32_t own)
{
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        const e2l_ref *ref = &bound->refs[k];
        if ((ref->kind != E2L_REF_VARIABLE && ref->kind != E2L_REF_PORT) || ref->owner == own) {
            continue;
        }
        size_t needs = last_maker(o, ref);
        if (o->chains[ref->owner].done < needs) {
            return (wait){.population = ref->owner, .needs = needs};
        }
    }
    return (wait){0};
}

/* The same of a statement's expression, with the terminals of the slots in it. */
static wait find_statement_wait(const orderer *o, const e2l_bound *bound, uint32_t own)
{
    wait found = find_wait(o, bound, own);
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        const e2l_bound_slot *slot = bound->refs[k].kind == E2L_REF_SLOT ? &o->r->out->slots[bound->refs[k].index] : NULL;
        for (size_t i = 0; slot && found.needs == 0 && i < slot->source->n_terminals; i++) {
            found = find_wait(o, &slot->terminals[i], own);
        }
    }
    return found;
}

/* A signal of the population to itself within the step: its last writers stand in the same chain, before the gather or not. */
static wait find_own_signal_wait(const orderer *o, const e2l_bound *bound, uint32_t own)
{
    for (size_t k = 0; bound->expr && k < e2l_expr_n_names(bound->expr); k++) {
        const e2l_ref *ref = &bound->refs[k];
        bool is_own = (ref->kind == E2L_REF_VARIABLE || ref->kind == E2L_REF_PORT) && ref->owner == own;
        size_t needs = is_own ? last_maker(o, ref) : 0;
        if (o->chains[own].done < needs) {
            return (wait){.population = own, .needs = needs};
        }
    }
    return (wait){0};
}

static wait find_gather_wait(const orderer *o, const e2l_action *action)
{
    const e2l_bound_port *port = &o->r->out->populations[action->population].ports[action->index];
    for (uint32_t k = 0; k < port->n_projections; k++) {
        const e2l_bound_projection *projection = &o->r->out->projections[port->projections[k]];
        wait found = find_wait(o, &projection->effect, E2L_NO_INDEX);
        if (found.needs == 0 && projection->delay_steps == 0) {
            found = find_wait(o, &projection->signal, action->population);
            if (found.needs == 0) {
                found = find_own_signal_wait(o, &projection->signal, action->population);
            }
        }
        if (found.needs > 0) {
            return found;
        }
    }
    return (wait){0};
}

static wait action_wait(const orderer *o, uint32_t population)
{
    const e2l_action *action = &o->chains[population].actions[o->chains[population].done];
    if (action->kind == E2L_ACTION_GATHER) {
        return find_gather_wait(o, action);
    }
    const e2l_bound_statement *statement = &o->r->out->populations[population].statements[action->index];
    wait found = find_statement_wait(o, &statement->value, population);
    return found.needs > 0 ? found : find_statement_wait(o, &statement->guard, population);
}

/* The statement at which a chain stands; a gather is named by its port. */
static const char *stands_at(const orderer *o, uint32_t population)
{
    const chain *now = &o->chains[population];
    const e2l_bound_population *bound = &o->r->out->populations[population];
    for (size_t k = now->done; k < now->n; k++) {
        if (now->actions[k].kind == E2L_ACTION_STATEMENT) {
            return e2l_resolver_text(o->r, "%s: '%s'", bound->source->name,
                                     bound->statements[now->actions[k].index].text);
        }
    }
    return e2l_resolver_text(o->r, "%s: port '%s'", bound->source->name,
                             bound->ports[now->actions[now->done].index].name);
}

/* Every chain waits for another: follow the waits until one comes round again and name the round. */
static void report_cycle(orderer *o, uint32_t stuck)
{
    size_t n = o->r->experiment->n_populations;
    uint32_t at = stuck;
    for (size_t k = 0; k < n; k++) {
        at = action_wait(o, at).population;
    }
    uint32_t first = at;
    const char *line = stands_at(o, first);
    for (size_t k = 0; k < n; k++) {
        at = action_wait(o, at).population;
        line = e2l_resolver_text(o->r, "%s, which waits for %s", line, stands_at(o, at));
        if (at == first) {
            break;
        }
    }
    e2l_resolver_problem(o->r, "the statements wait for each other within the step (a delay would break the circle): %s",
                         line);
}

static void run_chains(orderer *o)
{
    e2l_resolved *out = o->r->out;
    uint32_t n = (uint32_t)o->r->experiment->n_populations, p = 0;
    uint32_t stuck = E2L_NO_INDEX;
    while (p < n) {
        chain *now = &o->chains[p];
        if (now->done == now->n) {
            p++;
        } else if (action_wait(o, p).needs > 0) {
            stuck = stuck == E2L_NO_INDEX ? p : stuck;
            p++;
        } else {
            out->actions[out->n_actions++] = now->actions[now->done++];
            p = 0;
            stuck = E2L_NO_INDEX;
        }
    }
    if (stuck != E2L_NO_INDEX) {
        report_cycle(o, stuck);
    }
}

void e2l_resolve_order(e2l_resolver *r)
{
    if (!r->out->populations || !r->out->projections || !r->out->slots) {
        return;
    }
    uint32_t n = (uint32_t)r->experiment->n_populations;
    orderer o = {.r = r, .chains = e2l_resolver_alloc(r, n, sizeof *o.chains)};
    size_t total = 0;
    for (uint32_t p = 0; r->status == E2L_OK && p < n; p++) {
        make_chain(&o, p);
        total += o.chains[p].n;
    }
    r->out->actions = e2l_resolver_alloc(r, total, sizeof *r->out->actions);
    if (r->status == E2L_OK) {
        run_chains(&o);
    }
}
