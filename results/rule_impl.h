/* rule_impl.h: what the files of rule.h share. */
#ifndef E2L_RESULTS_RULE_IMPL_H
#define E2L_RESULTS_RULE_IMPL_H

#include "results/rule.h"

/* Copies a text into the set; NULL stays NULL. */
E2L_MUST_CHECK e2l_status e2l_rule_keep(e2l_rule_set *set, const char **out, const char *text);
/* Fills an empty set from rule.json or champion.json. */
E2L_MUST_CHECK e2l_status e2l_rule_read_json(e2l_rule_set *set, const char *text, size_t length, const char *where);

#endif
