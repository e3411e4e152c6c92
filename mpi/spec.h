/* spec.h: SPEC of the command line, `NAME[:KEY=VALUE,...]`, as the JSON object a config would hold.

   A VALUE is a number, true, false, null, a bare word or path without , [ ] and double quotes, a JSON string in double quotes, or a list
   `[a,b]` of these. The name ends at the first colon. */
#ifndef E2L_MPI_SPEC_H
#define E2L_MPI_SPEC_H

#include <cjson/cJSON.h>

#include "cgp/base.h"

/* Gives *out (e2l_json_free): {"name": NAME, KEY: VALUE, ...}. `where` names the option in messages. */
E2L_MUST_CHECK e2l_status e2l_spec_parse(e2l_ctx *ctx, cJSON **out, const char *spec, const char *where);
/* One VALUE as JSON (for --set key=value). Gives *out. */
E2L_MUST_CHECK e2l_status e2l_spec_value(e2l_ctx *ctx, cJSON **out, const char *text, const char *where);

#endif
