/* figures.c: statistics, and what there is one of per slot, as JSON. */
#include "mpi/figures.h"

#include "substrate/json.h"

void e2l_put_member(e2l_text *out, const char *key, double value)
{
    e2l_text_appendf(out, "\"%s\": ", key);
    e2l_json_put_number(out, value);
}

void e2l_put_interval(e2l_text *out, double low, double high)
{
    e2l_text_append(out, "[");
    e2l_json_put_number(out, low);
    e2l_text_append(out, ", ");
    e2l_json_put_number(out, high);
    e2l_text_append(out, "]");
}

void e2l_put_summary(e2l_text *out, const e2l_summary *summary)
{
    const double values[] = {summary->mean, summary->sd, summary->median, summary->q25, summary->q75};
    static const char *const KEYS[] = {"mean", "sd", "median", "q25", "q75"};
    for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
        e2l_put_member(out, KEYS[k], values[k]);
        e2l_text_append(out, ", ");
    }
    e2l_text_append(out, "\"ci95\": ");
    e2l_put_interval(out, summary->ci95_low, summary->ci95_high);
}

void e2l_put_paired(e2l_text *out, const e2l_paired *paired)
{
    e2l_text_append(out, "{");
    e2l_put_member(out, "mean", paired->mean);
    e2l_text_append(out, ", ");
    e2l_put_member(out, "sd", paired->sd);
    e2l_text_append(out, ", \"ci95\": ");
    e2l_put_interval(out, paired->ci95_low, paired->ci95_high);
    e2l_text_append(out, ", ");
    e2l_put_member(out, "p", paired->p);
    e2l_text_appendf(out, ", \"n\": %zu, ", paired->n);
    e2l_put_member(out, "cases_needed", paired->cases_needed);
    e2l_text_append(out, "}");
}

/* ---- one value per slot ------------------------------------------------------------------------------*/
static void begin_slot(e2l_text *out, const e2l_task *task, size_t slot, bool always)
{
    if (always || task->n_slots > 1) {
        e2l_text_append(out, slot > 0 ? ", " : "{");
        e2l_json_quote(out, task->slots[slot].name);
        e2l_text_append(out, ": ");
    }
}

static void end_slots(e2l_text *out, const e2l_task *task, bool always)
{
    e2l_text_append(out, always || task->n_slots > 1 ? "}" : "");
}

void e2l_put_texts(e2l_text *out, const e2l_task *task, const char *const *texts, bool always)
{
    for (size_t slot = 0; slot < task->n_slots; slot++) {
        begin_slot(out, task, slot, always);
        e2l_json_quote(out, texts[slot]);
    }
    end_slots(out, task, always);
}

void e2l_put_etas(e2l_text *out, const e2l_task *task, const double *etas, bool always)
{
    for (size_t slot = 0; slot < task->n_slots; slot++) {
        begin_slot(out, task, slot, always);
        e2l_json_put_number(out, etas[slot]);
    }
    end_slots(out, task, always);
}

e2l_status e2l_put_rules(e2l_text *out, const e2l_task *task, const e2l_expr *const *rules, bool always)
{
    e2l_text formula = {.ctx = out->ctx};
    e2l_status status = E2L_OK;
    for (size_t slot = 0; status == E2L_OK && slot < task->n_slots; slot++) {
        e2l_text_reset(&formula);
        begin_slot(out, task, slot, always);
        status = e2l_expr_print(rules[slot], E2L_STYLE_SHORTEST, &formula);
        e2l_json_quote(out, e2l_text_get(&formula));
    }
    end_slots(out, task, always);
    e2l_text_clear(&formula);
    return status;
}
