/* experiment_read.h: the JSON form of an experiment, read back: the inverse of e2l_experiment_print.

     {"experiment": NAME, "dt": [NUMBER, UNIT], "parameters": {NAME: EXPR},
      "arrays":      {NAME: {"kind": "static" | "by_step" | "rows" | "events" | "edges", "size": SIZE, "rows": SIZE}},
      "populations": {NAME: {"size": SIZE, "model": MODEL, "parameters": {..}, "state": {..}, "inputs": {PORT: "ARRAY" | "ARRAY[ROW]"},
                             "slots": {NAME: {TERMINAL: EXPR}}}},
      "projections": {NAME: {"from": POP, "to": "POP.PORT", "connect", "fan_in", "signal", "delay", "delay_max", "w", "weights_of", "transposed", "effect",
                             "reduce": "sum" | "max" | "min", "lower", "upper", "model", "parameters", "state", "slots", "synapse": [STATEMENT, ..]}},
      "environments": {NAME: {"environment": RECORD, "version": NUMBER, "parameters": {..}, "observes": {ITEM: EXPR}, "calls": [SPAN, ..]}},
      "spans":       [{"name", "repeat": SIZE, "steps": SIZE | "do": [..], "set": {PARAMETER: EXPR}, "reset": [..], "freeze": [..]}, ..],
      "probes":      {NAME: {"of", "when", "fold": "all" | "last" | "mean" | "sum" | "max"}}}

   A MODEL is a name, a path, or the model itself, as an object or its text. An EXPR is a text, a number, or [text, unit]. A SIZE is a whole number or a text over the parameters: "2 * n". Keys stand in any order;
   unknown ones are errors. What the texts say is not looked at here: e2l_experiment_check. Nor does reading end with the first mistake:
   what can be read is, and the mistakes stand in out->problems, which the checker reports before its own. */
#ifndef E2L_SUBSTRATE_EXPERIMENT_READ_H
#define E2L_SUBSTRATE_EXPERIMENT_READ_H

#include <cjson/cJSON.h>

#include "substrate/experiment.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Everything *out points to lies in `arena`. `where` stands in front of messages as in json.h. E2L_INPUT with the place when nothing can
   be read: no object, or no numbers to work sizes out with. */
E2L_MUST_CHECK e2l_status e2l_experiment_read(e2l_ctx *ctx, e2l_arena *arena, const cJSON *json, const char *where,
                                              e2l_experiment *out);
/* values[k] = parameter k before the run, from those before it. */
E2L_MUST_CHECK e2l_status e2l_experiment_constants(e2l_ctx *ctx, const e2l_experiment *experiment, const char *where,
                                                   double *values);
/* The value of a text over n names with known values; `where` says whose text it is. */
E2L_MUST_CHECK e2l_status e2l_constant(e2l_ctx *ctx, const char *text, const char *const *names, const double *values,
                                       size_t n, const char *where, double *out);

#ifdef __cplusplus
}
#endif
#endif
