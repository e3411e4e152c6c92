/* substrate.c: the registry by name, and the words of outcomes. */
#include "substrate/substrate.h"

#include <string.h>

const char *e2l_outcome_text(e2l_outcome outcome)
{
    static const char *const texts[] = {
#define OUTCOME_TEXT(name, text) text,
        E2L_OUTCOME_LIST(OUTCOME_TEXT)
#undef OUTCOME_TEXT
    };
    return (unsigned)outcome < E2L_N_OUTCOMES ? texts[outcome] : "unknown outcome";
}

const e2l_substrate *e2l_substrate_find(const char *name)
{
    for (size_t k = 0; k < e2l_n_substrates; k++) {
        if (strcmp(e2l_substrates[k]->name, name) == 0) {
            return e2l_substrates[k];
        }
    }
    return NULL;
}
