/* figures.c: statistics as JSON. */
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
