/* command_check.c: e2l check: everything wrong with a config in words, before a cluster is booked; and what it would do. */
#include "mpi/command.h"

#include <stdio.h>

#include "mpi/config.h"

static const e2l_option OPTIONS[] = {
    {"--set", "KEY=VALUE", "changes one key of the config, for example search.columns=30", true},
};
static const e2l_usage USAGE = {
    .command = "check",
    .operands = "CONFIG.json",
    .min_operands = 1,
    .max_operands = 1,
    .options = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .about = "Says everything that is wrong with a config; exit code 0 when it can run.",
};

static void print_plan(const e2l_config *config)
{
    const e2l_search_settings *search = &config->search;
    unsigned long long candidates =
        (unsigned long long)search->islands *
        (unsigned long long)(search->parents + search->generations * search->offspring);
    (void)printf("ok: task %s on substrate %s, %llu search cases\n", config->task->name, config->substrate->name,
                 (unsigned long long)config->common.cases);
    (void)printf("    %s, %llu islands, (%llu + %llu), %llu generations: at most %llu candidates\n",
                 search->method == E2L_SEARCH_RANDOM ? "random sampling" : "cgp",
                 (unsigned long long)search->islands, (unsigned long long)search->parents,
                 (unsigned long long)search->offspring, (unsigned long long)search->generations, candidates);
    if (search->evaluations > 0) {
        (void)printf("    ends after %llu evaluations of different candidates, if that comes first\n",
                     (unsigned long long)search->evaluations);
    }
    for (size_t s = 0; s < config->task->n_slots; s++) {
        const e2l_genome_shape *shape = &config->shapes[s];
        (void)printf("    slot %s: %zu columns, mutation %g, functions", shape->slot, shape->columns, shape->mutation);
        for (size_t f = 0; f < shape->n_functions; f++) {
            (void)printf(" %s", shape->functions[f]->name);
        }
        (void)printf(", %zu constants\n", shape->n_constants);
    }
}

static e2l_status run_check(e2l_ctx *ctx, const e2l_arguments *arguments)
{
    e2l_config config = {.ctx = ctx};
    size_t k = e2l_arguments_index(&USAGE, "--set");
    e2l_status status =
        e2l_config_read(ctx, &config, arguments->operands[0], arguments->values[k].at, arguments->values[k].n);
    status = status == E2L_OK ? e2l_config_try(&config) : status;
    if (status == E2L_OK) {
        print_plan(&config);
    }
    e2l_config_clear(&config);
    return status;
}

int e2l_command_check(int argc, char **argv)
{
    return e2l_command_with(&USAGE, argc, argv, run_check);
}
