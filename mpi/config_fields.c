/* config_fields.c: the keys of "search" and "output", each described once. */
#include "mpi/config.h"

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])

static const char *const METHODS[] = {"cgp", "random", NULL};
static const char *const CACHES[] = {"exact", "none", "probes", NULL};

#define SEARCH(member) .key = #member, .offset = offsetof(e2l_search_settings, member)
#define SLOT(member) .key = #member, .offset = offsetof(e2l_slot_settings, member)
#define OUTPUT(member) .key = #member, .offset = offsetof(e2l_output_settings, member)

#define MAX_EXACT 9007199254740992.0 /* 2^53: whole numbers a JSON number holds exactly */

const e2l_field e2l_search_fields[] = {
    {SEARCH(seed), .type = E2L_FIELD_COUNT, .unit = "1", .fallback = "1", .high = MAX_EXACT,
     .help = "random numbers of the search; the task's cases have their own seed, task.seed"},
    {SEARCH(method), .type = E2L_FIELD_WORD, .unit = "1", .fallback = "\"cgp\"", .words = METHODS,
     .help = "cgp evolves (mu + lambda); random draws every genome afresh, with the same budget"},
    {SEARCH(islands), .type = E2L_FIELD_COUNT, .unit = "islands", .fallback = "4", .low = 1, .high = 4096,
     .help = "populations that search side by side, dealt out over the ranks"},
    {SEARCH(parents), .type = E2L_FIELD_COUNT, .unit = "individuals", .fallback = "1", .low = 1, .high = 10000,
     .help = "individuals that survive a generation on each island (mu)"},
    {SEARCH(offspring), .type = E2L_FIELD_COUNT, .unit = "individuals", .fallback = "4", .low = 1, .high = 10000,
     .help = "individuals made in a generation on each island (lambda)"},
    {SEARCH(generations), .type = E2L_FIELD_COUNT, .unit = "generations", .fallback = "2000", .low = 1, .high = 1e9,
     .help = "how long to search"},
    {SEARCH(evaluations), .type = E2L_FIELD_COUNT, .unit = "evaluations", .fallback = "0", .high = MAX_EXACT,
     .help = "end when so many different candidates were evaluated, all islands together; 0: generations alone count"},
    {SEARCH(restart), .type = E2L_FIELD_COUNT, .unit = "candidates", .fallback = "0", .high = 1e9,
     .help = "an island begins anew after so many candidates without a better best; 0: never"},
    {SEARCH(tune), .type = E2L_FIELD_COUNT, .unit = "evaluations", .fallback = "0", .high = 1e6,
     .help = "tune the constants of every new best rule with at most so many evaluations; 0: constants stay as given"},
    {SEARCH(racing), .type = E2L_FIELD_NUMBER, .unit = "score", .fallback = "0", .high = 1e9,
     .help = "drop candidates that cannot come within this of the worst parent any more; 0: run all cases"},
    {SEARCH(migrate_every), .type = E2L_FIELD_COUNT, .unit = "generations", .fallback = "50", .high = 1e9,
     .help = "every so often the best of each island is sent to the next one; 0: never"},
    {SEARCH(resample_every), .type = E2L_FIELD_COUNT, .unit = "generations", .fallback = "0", .high = 1e9,
     .help = "every so often the search cases are drawn anew; 0: they stay"},
    {SEARCH(cache), .type = E2L_FIELD_WORD, .unit = "1", .fallback = "\"exact\"", .words = CACHES,
     .help = "exact remembers scores of rules that compute the same bits (none: forgets, same results); probes: of rules that agree on 256 inputs"},
    {SEARCH(simplify), .type = E2L_FIELD_COUNT, .unit = "evaluations", .fallback = "1000", .high = 1e9,
     .help = "at most so many trials to take parts out of the champion that carry no score on select; 0: none"},
    {SEARCH(seeds), .type = E2L_FIELD_TEXTS, .unit = "rules", .fallback = "[]", .high = E2L_MAX_LIST,
     .help = "rules the first generation starts from: \"y*x\", \"name:oja\", \"SLOT=EXPR\", \"@FILE\""},
};
const size_t e2l_n_search_fields = COUNT_OF(e2l_search_fields);

const e2l_field e2l_slot_fields[] = {
    {SLOT(columns), .type = E2L_FIELD_COUNT, .unit = "nodes", .fallback = "20", .low = 1, .high = 1000,
     .help = "nodes of a genome; most of them are silent"},
    {SLOT(levels_back), .type = E2L_FIELD_COUNT, .unit = "nodes", .fallback = "0", .high = 1000,
     .help = "how many columns back a node may read; \"all\" (or 0): any before it"},
    {SLOT(mutation), .type = E2L_FIELD_NUMBER, .unit = "1", .fallback = "0.05", .high = 1, .low_open = true,
     .help = "probability that a gene is redrawn"},
    {SLOT(functions), .type = E2L_FIELD_TEXTS, .unit = "primitives", .fallback = "[]", .high = E2L_MAX_LIST,
     .help = "operations a rule may use (e2l list primitives); []: the task's choice"},
    {SLOT(constants), .type = E2L_FIELD_NUMBERS, .unit = "1", .fallback = "[]", .low = -1e300, .high = 1e300,
     .help = "numbers a rule may use beside its terminals; true: [1, 2, 0.5]; false: none"},
};
const size_t e2l_n_slot_fields = COUNT_OF(e2l_slot_fields);

const e2l_field e2l_output_fields[] = {
    {OUTPUT(dir), .type = E2L_FIELD_TEXT, .unit = "path", .fallback = "\"\"",
     .help = "the run folder, new or empty; \"\": runs/TASK; --out goes first"},
    {OUTPUT(checkpoint_s), .type = E2L_FIELD_NUMBER, .unit = "s", .fallback = "60", .high = 1e9,
     .help = "seconds between checkpoints: what a killed run loses at most"},
};
const size_t e2l_n_output_fields = COUNT_OF(e2l_output_fields);
