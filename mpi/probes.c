/* probes.c: see probes.h. */
#include "mpi/probes.h"

#include <string.h>

#include "cgp/stream.h"

enum { MAX_TERMINALS = 64 };

static size_t count_terminals(const e2l_task_slot *slot)
{
    size_t n = 0;
    while (slot->terminals[n]) {
        n++;
    }
    return n;
}

static e2l_status fill_slot(e2l_probes *probes, const e2l_family *family, size_t slot)
{
    size_t n = count_terminals(&probes->task->slots[slot]);
    double *columns[MAX_TERMINALS];
    if (n > MAX_TERMINALS) {
        return e2l_fail(probes->ctx, E2L_UNSUPPORTED, "slot '%s' has %zu terminals; probes: at most %d",
                        probes->task->slots[slot].name, n, (int)MAX_TERMINALS);
    }
    double *inputs = e2l_alloc(probes->ctx, (n > 0 ? n : 1) * E2L_N_PROBES, sizeof *inputs);
    probes->inputs[slot] = inputs;
    if (!inputs) {
        return E2L_NOMEM;
    }
    for (size_t t = 0; t < n; t++) {
        e2l_stream stream;
        const uint64_t words[] = {slot, t};
        columns[t] = inputs + t * E2L_N_PROBES;
        e2l_stream_init(&stream, 0, E2L_PURPOSE_PROBE, words, sizeof words / sizeof words[0]);
        e2l_stream_fill_normal(&stream, E2L_N_PROBES, columns[t]);
    }
    return probes->task->reach ? probes->task->reach(probes->ctx, family, slot, E2L_N_PROBES, columns) : E2L_OK;
}

e2l_status e2l_probes_init(e2l_ctx *ctx, e2l_probes *out, const e2l_task *task, const e2l_family *family)
{
    *out = (e2l_probes){.ctx = ctx, .task = task};
    e2l_status status = E2L_OK;
    for (size_t slot = 0; status == E2L_OK && slot < task->n_slots; slot++) {
        status = fill_slot(out, family, slot);
    }
    if (status != E2L_OK) {
        e2l_probes_clear(out);
    }
    return status;
}

void e2l_probes_clear(e2l_probes *probes)
{
    for (size_t slot = 0; slot < E2L_MAX_SLOTS; slot++) {
        e2l_free(probes->ctx, probes->inputs[slot]);
    }
    e2l_free(probes->ctx, probes->work);
    *probes = (e2l_probes){.ctx = probes->ctx};
}

static e2l_status reserve_work(e2l_probes *probes, size_t bytes)
{
    if (bytes <= probes->work_bytes) {
        return E2L_OK;
    }
    e2l_free(probes->ctx, probes->work);
    probes->work = e2l_alloc_lanes(probes->ctx, 1, bytes);
    probes->work_bytes = probes->work ? bytes : 0;
    return probes->work ? E2L_OK : E2L_NOMEM;
}

/* The rule's names in its own order. */
static void gather(const e2l_probes *probes, size_t slot, const e2l_expr *rule, const double **columns)
{
    const char *const *terminals = probes->task->slots[slot].terminals;
    for (size_t k = 0; k < e2l_expr_n_names(rule); k++) {
        size_t t = 0;
        while (terminals[t + 1] && strcmp(terminals[t], e2l_expr_name(rule, k)) != 0) {
            t++;
        }
        columns[k] = probes->inputs[slot] + t * E2L_N_PROBES;
    }
}

static e2l_status slot_key(e2l_probes *probes, size_t slot, const e2l_expr *rule, e2l_key *key)
{
    const double *columns[MAX_TERMINALS];
    _Alignas(64) double out[E2L_N_PROBES];
    e2l_status status = reserve_work(probes, e2l_expr_eval_bytes(rule));
    if (status != E2L_OK) {
        return status;
    }
    gather(probes, slot, rule, columns);
    e2l_expr_eval(rule, e2l_isa_best(), E2L_N_PROBES, columns, out, probes->work);
    for (size_t k = 0; k < E2L_N_PROBES; k++) {
        if (out[k] != out[k]) {
            memset(&out[k], 0xff, sizeof out[k]); /* which NaN depends on the machine */
        }
    }
    *key = e2l_key_bytes(out, sizeof out, *key);
    return E2L_OK;
}

e2l_status e2l_probes_key(e2l_probes *probes, const e2l_expr *const *rules, e2l_key *out)
{
    *out = (e2l_key){0};
    e2l_status status = E2L_OK;
    for (size_t slot = 0; status == E2L_OK && slot < probes->task->n_slots; slot++) {
        status = slot_key(probes, slot, rules[slot], out);
    }
    return status;
}
