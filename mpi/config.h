/* config.h: what to search for and how: the config file as checked values, ready to run.

   A config is a JSON object {"task", "substrate", "search", "output"}; every key stands in one of the tables below with unit, range,
   default and one line of help, and the tables drive reading, `e2l list`, `e2l check` and config.json. */
#ifndef E2L_MPI_CONFIG_H
#define E2L_MPI_CONFIG_H

#include <cjson/cJSON.h>

#include "cgp/genome.h"
#include "cgp/search.h"
#include "mpi/rules.h"
#include "substrate/substrate.h"
#include "tasks/task.h"

/* "search": one value for the whole search. */
typedef struct e2l_search_settings {
    uint64_t seed;
    int method; /* e2l_search_method */
    uint64_t islands, parents, offspring, generations;
    uint64_t evaluations;                   /* all islands together; 0: no limit */
    uint64_t restart, migrate_every, resample_every; /* 0: never */
    uint64_t tune;                          /* evaluations of a tuning of constants; 0: constants stay */
    double racing;                          /* margin in units of the score; 0: no racing */
    int cache;                              /* E2L_CACHE_EXACT .. */
    uint64_t simplify;                      /* rule sets scored while the champion is simplified; 0: not at all */
    e2l_text_list seeds;
} e2l_search_settings;
extern const e2l_field e2l_search_fields[];
extern const size_t e2l_n_search_fields;
enum { E2L_CACHE_EXACT, E2L_CACHE_NONE, E2L_CACHE_PROBES };

/* "search" as well, or "search": {"slots": {NAME: ...}}: one value per slot of the task. */
typedef struct e2l_slot_settings {
    uint64_t columns;
    uint64_t levels_back; /* 0: all; the file says "all" */
    double mutation;
    e2l_text_list functions; /* empty: the task's own for this slot */
    e2l_number_list constants; /* the file may say true (1, 2, 0.5) or false (none) */
} e2l_slot_settings;
extern const e2l_field e2l_slot_fields[];
extern const size_t e2l_n_slot_fields;

typedef struct e2l_output_settings {
    char *dir; /* NULL: runs/TASK */
    double checkpoint_s;
} e2l_output_settings;
extern const e2l_field e2l_output_fields[];
extern const size_t e2l_n_output_fields;

typedef struct e2l_config {
    e2l_ctx *ctx; /* borrowed */
    const e2l_task *task; /* bound to its options: e2l_task_bind. Owned */
    void *task_options; /* owned, task->options_size bytes */
    e2l_task_common common;
    const e2l_substrate *substrate;
    void *substrate_options; /* owned */
    e2l_search_settings search;
    e2l_slot_settings slots[E2L_MAX_SLOTS];
    e2l_output_settings output;
    /* Resolved from the above; everything is borrowed from the config. */
    const e2l_primitive *functions[E2L_MAX_SLOTS][E2L_MAX_LIST];
    e2l_genome_shape shapes[E2L_MAX_SLOTS];
    e2l_rule_choices seeds;         /* owned */
    const e2l_expr **seed_rules;    /* owned list [seeds.n][task->n_slots] of borrowed rules; NULL: none */
} e2l_config;

/* Reads the tree of a config (it is normalised on the way: "all", true). All groups are read and everything found wrong stands in
   the message, one a line. `where` names the file. */
E2L_MUST_CHECK e2l_status e2l_config_from_json(e2l_ctx *ctx, e2l_config *out, cJSON *root, const char *where);
/* The file `path`, then the n settings "dotted.path=VALUE" on top, in order. */
E2L_MUST_CHECK e2l_status e2l_config_read(e2l_ctx *ctx, e2l_config *out, const char *path, const char *const *settings,
                                          size_t n);
/* Opens one case of search, select and test on the substrate: data files that cannot be read, networks it cannot run. Allocates and frees. */
E2L_MUST_CHECK e2l_status e2l_config_try(const e2l_config *config);
/* Sets one member of the tree: "search.functions=[add,mul]". */
E2L_MUST_CHECK e2l_status e2l_config_set(e2l_ctx *ctx, cJSON *root, const char *setting);
void e2l_config_clear(e2l_config *config);
/* The resolved config as JSON: reading it gives the same config. What cannot change a result (the folder's place, the cache) is left
   out, so that the file is the same wherever and however the search runs. */
E2L_MUST_CHECK e2l_status e2l_config_write(const e2l_config *config, e2l_text *out);

#endif
